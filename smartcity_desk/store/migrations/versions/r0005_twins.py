"""Pairs of reports that probably tell of the same thing; replies that are new, or searched; receipts of answers."""

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
    # what lies in the file already counts as read
    """ALTER TABLE reply ADD COLUMN unread INTEGER DEFAULT '0' NOT NULL""",
    """CREATE INDEX ix_reply_unread ON reply (report_id) WHERE unread = 1""",
    """CREATE VIRTUAL TABLE reply_fts USING fts5(
        text, content='reply', content_rowid='pk', tokenize='unicode61 remove_diacritics 2'
    )""",
    """INSERT INTO reply_fts (rowid, text) SELECT pk, text FROM reply WHERE private = 0 AND text <> ''""",
    """CREATE TRIGGER reply_indexed AFTER INSERT ON reply WHEN NEW.private = 0 AND NEW.text <> '' BEGIN
        INSERT INTO reply_fts (rowid, text) VALUES (NEW.pk, NEW.text); END""",
    """CREATE TRIGGER reply_indexed_again AFTER UPDATE OF text, private ON reply
        WHEN NEW.text <> OLD.text OR NEW.private <> OLD.private BEGIN
        INSERT INTO reply_fts (reply_fts, rowid, text)
        SELECT 'delete', OLD.pk, OLD.text WHERE OLD.private = 0 AND OLD.text <> '';
        INSERT INTO reply_fts (rowid, text) SELECT NEW.pk, NEW.text WHERE NEW.private = 0 AND NEW.text <> ''; END""",
    """CREATE TABLE receipt (
        id TEXT NOT NULL,
        report_id TEXT NOT NULL,
        target TEXT NOT NULL,
        kind TEXT NOT NULL,
        seq INTEGER NOT NULL,
        state TEXT NOT NULL,
        queued_at INTEGER NOT NULL,
        next_at INTEGER NOT NULL,
        settled_at INTEGER,
        attempts INTEGER NOT NULL,
        code TEXT,
        detail TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE INDEX ix_receipt_report ON receipt (report_id)""",
    """CREATE INDEX ix_receipt_refused ON receipt (settled_at) WHERE state = 'refused'""",
)


def upgrade() -> None:
    """From the fourth schema."""
    for statement in STATEMENTS:
        op.execute(statement)
