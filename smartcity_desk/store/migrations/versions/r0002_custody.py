"""Custody segments, and the folds of what is no report. The lines themselves are folded after the migration."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

STATEMENTS: Final = (
    """CREATE TABLE segment (
        report_pk INTEGER NOT NULL,
        number INTEGER NOT NULL,
        id TEXT NOT NULL,
        office TEXT NOT NULL,
        stay TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER,
        due_at INTEGER,
        facts TEXT NOT NULL,
        PRIMARY KEY (report_pk, number),
        FOREIGN KEY(report_pk) REFERENCES report (pk)
    ) WITHOUT ROWID""",
    """CREATE INDEX ix_segment_id ON segment (id)""",
    """CREATE INDEX ix_segment_judged ON segment (office, due_at)
        WHERE stay = 'hold' AND due_at IS NOT NULL""",
    """CREATE INDEX ix_segment_open ON segment (due_at)
        WHERE stay = 'hold' AND due_at IS NOT NULL AND until IS NULL""",
    """CREATE TABLE subject (
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        fold TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE INDEX ix_subject_kind ON subject (kind, at)""",
    """CREATE TABLE picture (
        sha256 TEXT NOT NULL,
        report_id TEXT NOT NULL,
        event TEXT NOT NULL,
        at INTEGER NOT NULL,
        user TEXT NOT NULL,
        after INTEGER NOT NULL,
        state TEXT NOT NULL,
        tries INTEGER NOT NULL,
        next_try_at INTEGER NOT NULL,
        print BLOB,
        CONSTRAINT uq_picture_sha256 UNIQUE (sha256, event)
    )""",
    """CREATE INDEX ix_picture_report ON picture (report_id)""",
    """CREATE INDEX ix_picture_wanted ON picture (next_try_at) WHERE state = 'wanted'""",
    """CREATE TABLE hint (
        report_id TEXT NOT NULL,
        event TEXT NOT NULL,
        at INTEGER NOT NULL,
        count INTEGER NOT NULL,
        hints TEXT NOT NULL,
        PRIMARY KEY (report_id)
    )""",
    """INSERT INTO meta (key, value) SELECT 'policies', '[' || value || ']' FROM meta WHERE key = 'policy'""",
    """DELETE FROM meta WHERE key = 'policy'""",
)


def upgrade() -> None:
    """From the first schema."""
    for statement in STATEMENTS:
        op.execute(statement)
