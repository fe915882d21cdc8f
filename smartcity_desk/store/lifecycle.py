"""Opening and closing the file: made, migrated with a copy beside it, refused when it is too new."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from smartcity_desk import codec
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.policy import Policy
from smartcity_desk.paths import as_store_problem
from smartcity_desk.store import directory, migrations, projection
from smartcity_desk.store.engine import Database, Raw, connect, driver, translated
from smartcity_desk.store.projection import Rules

COPY_SUFFIX: Final = ".sebelum-"
"""Between the file's name and the revision it had, for the copy made before a migration."""


def open_database(path: Path, *, now: int, policy: Policy, migrate: bool) -> tuple[Database, Rules]:
    """A database at the present schema, and the rules in force. Raises `StoreProblem`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise as_store_problem(problem, path.parent) from problem
    with translated(path):
        _bring_up_to_date(path, migrate=migrate)
    database = Database(path)
    try:
        with database.write() as connection:
            raw = driver(connection)
            rules = Rules(directory.stored_policy(raw) or policy, directory.load(raw))
            used = fingerprint(rules.policy)
            if directory.get(raw, "policy.used") != used:
                projection.recompute_due(raw, rules)
                directory.put(raw, "policy.used", used)
            if migrate:
                directory.put(raw, "clean", "0")
                directory.put(raw, "opened_at", str(now))
    except BaseException:
        database.close()
        raise
    return database, rules


def leave_clean(database: Database) -> None:
    """The last words of an orderly exit: the planner's statistics, and the mark that saves the next start a check."""
    try:
        with database.outside_transaction() as raw:
            raw.execute("PRAGMA analysis_limit = 400")
            raw.execute("PRAGMA optimize")
        with database.write() as connection:
            directory.put(driver(connection), "clean", "1")
    except StoreProblem:
        return  # without the mark the next start looks more closely, which is right


def was_clean(path: Path) -> bool:
    """Whether the last session on an existing file ended in order. Raises `sqlite3.Error` when it cannot be read."""
    with closing(connect(path, writable=True)) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return "meta" not in tables or directory.get(raw, "clean") != "0"


def fingerprint(policy: Policy) -> str:
    """A short text that changes when any allowance does."""
    return sha256(codec.encode(policy).encode()).hexdigest()[:16]


def _bring_up_to_date(path: Path, *, migrate: bool) -> None:
    with closing(connect(path, writable=True)) as raw:
        found = migrations.revision_of(raw)
        if found == migrations.HEAD:
            return
        if not migrate:
            raise StoreProblem("migration_failed", reason="owner_has_not_migrated", found=found)
        if found is not None:
            _copy(raw, path, found)
        _upgrade(raw, found)


def _copy(raw: Raw, path: Path, revision: str) -> None:
    """A whole copy beside the file, so that a failed or regretted migration costs nothing."""
    target = path.with_name(f"{path.name}{COPY_SUFFIX}{revision}")
    target.unlink(missing_ok=True)
    with closing(connect(target, writable=True)) as copy:
        raw.backup(copy)


def _upgrade(raw: Raw, found: str | None) -> None:
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            migrations.upgrade(connection)
        except Exception as error:
            connection.exec_driver_sql("ROLLBACK")
            if isinstance(error, StoreProblem):
                raise
            raise StoreProblem(
                "migration_failed", reason="error", found=found, detail=str(error)[:300]
            ) from error
        connection.exec_driver_sql("COMMIT")
