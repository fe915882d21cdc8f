"""Pairs of reports that probably tell of the same thing."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"

STATEMENTS: Final[tuple[str, ...]] = (
    """CREATE TABLE twin (
        report_pk INTEGER NOT NULL,
        other_pk INTEGER NOT NULL,
        score INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        PRIMARY KEY (report_pk, other_pk),
        FOREIGN KEY(report_pk) REFERENCES report (pk),
        FOREIGN KEY(other_pk) REFERENCES report (pk)
    ) WITHOUT ROWID""",
    """CREATE INDEX ix_twin_other ON twin (other_pk)""",
)


def upgrade() -> None:
    """From the fourth schema."""
    for statement in STATEMENTS:
        op.execute(statement)
