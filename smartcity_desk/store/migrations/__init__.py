"""Brings a file to the present schema. The revisions are data files that Alembic loads, also in a frozen build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.store.engine import Raw

if TYPE_CHECKING:
    from sqlalchemy import Connection

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005")
"""Every revision, oldest first. Kept by hand so that opening a file of today costs no import of Alembic."""
HEAD: Final = REVISIONS[-1]
FOLDER: Final = Path(__file__).resolve().parent


def revision_of(raw: Raw) -> str | None:
    """The revision a file stands at, or None when it is empty. Raises `StoreProblem` for one that we do not know."""
    tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in tables:
        if tables:
            raise StoreProblem("migration_failed", reason="not_ours")
        return None
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise StoreProblem("migration_failed", reason="not_ours")
    revision = str(row[0])
    if revision not in REVISIONS:
        raise StoreProblem("too_new", found=revision, known=HEAD)
    return revision


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run every revision that is still missing, inside the caller's transaction. Raises what Alembic raises."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
