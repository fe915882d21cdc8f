"""The first schema."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: Final = "0001"
down_revision: Final = None

STATEMENTS: Final = (
    """CREATE TABLE channel_state (
        channel TEXT NOT NULL,
        cursor TEXT NOT NULL,
        boundary TEXT NOT NULL,
        etag TEXT,
        last_ok_at INTEGER,
        last_error_at INTEGER,
        last_error_code TEXT,
        last_error_params TEXT,
        last_item_at INTEGER,
        next_try_at INTEGER,
        attempts INTEGER NOT NULL,
        paused_reason TEXT,
        fetched_total INTEGER NOT NULL,
        PRIMARY KEY (channel)
    )""",
    """CREATE TABLE "conflict" (
        op_id TEXT NOT NULL,
        report_id TEXT NOT NULL,
        field TEXT NOT NULL,
        mine TEXT,
        theirs TEXT,
        base TEXT,
        at INTEGER NOT NULL,
        choice TEXT,
        chosen_at INTEGER,
        chosen_by TEXT,
        PRIMARY KEY (op_id)
    )""",
    """CREATE INDEX ix_conflict_waiting ON "conflict" (report_id) WHERE choice IS NULL""",
    """CREATE TABLE directory (
        edition TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        etag TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (edition)
    )""",
    """CREATE INDEX ix_directory_received ON directory (received_at)""",
    """CREATE TABLE event (
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        user TEXT NOT NULL,
        role TEXT NOT NULL,
        office TEXT,
        action TEXT,
        payload TEXT NOT NULL,
        PRIMARY KEY (seq),
        CONSTRAINT uq_event_id UNIQUE (id)
    )""",
    """CREATE INDEX ix_event_subject ON event (subject, seq)""",
    """CREATE TABLE meta (
        "key" TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY ("key")
    )""",
    """CREATE TABLE op (
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        report_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        state TEXT NOT NULL,
        action TEXT NOT NULL,
        events TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        next_try_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        sent INTEGER NOT NULL,
        error_code TEXT,
        error_params TEXT,
        settled_at INTEGER,
        PRIMARY KEY (position),
        CONSTRAINT uq_op_id UNIQUE (id)
    )""",
    """CREATE INDEX ix_op_live ON op (report_id, position) WHERE state IN ('queued', 'sending')""",
    """CREATE INDEX ix_op_state ON op (state, position)""",
    """CREATE TABLE quarantine (
        id INTEGER NOT NULL,
        channel TEXT NOT NULL,
        "key" TEXT NOT NULL,
        params TEXT NOT NULL,
        raw TEXT NOT NULL,
        digest INTEGER NOT NULL,
        at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        times INTEGER NOT NULL,
        released_at INTEGER,
        PRIMARY KEY (id),
        CONSTRAINT uq_quarantine_channel UNIQUE (channel, digest)
    )""",
    """CREATE TABLE report (
        pk INTEGER NOT NULL,
        id TEXT NOT NULL,
        channel TEXT NOT NULL,
        external_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        reported_at INTEGER NOT NULL,
        changed_at INTEGER,
        received_at INTEGER NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        lat FLOAT,
        lon FLOAT,
        accuracy_m FLOAT,
        place_quality TEXT NOT NULL,
        place_hint TEXT NOT NULL,
        category TEXT,
        category_raw TEXT NOT NULL,
        source_status TEXT NOT NULL,
        state_raw TEXT NOT NULL,
        author TEXT,
        link TEXT,
        media TEXT NOT NULL,
        private INTEGER NOT NULL,
        digest INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        pushed INTEGER NOT NULL,
        PRIMARY KEY (pk),
        CONSTRAINT uq_report_channel UNIQUE (channel, external_id),
        CONSTRAINT uq_report_id UNIQUE (id)
    )""",
    """CREATE INDEX ix_report_unpushed ON report (pk) WHERE pushed = 0""",
    """CREATE TABLE report_private (
        report_pk INTEGER NOT NULL,
        raw TEXT NOT NULL,
        unmasked TEXT,
        PRIMARY KEY (report_pk),
        FOREIGN KEY(report_pk) REFERENCES report (pk)
    )""",
    """CREATE TABLE report_revision (
        pk INTEGER NOT NULL,
        report_pk INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        replaced_at INTEGER NOT NULL,
        body TEXT NOT NULL,
        raw TEXT NOT NULL,
        unmasked TEXT,
        PRIMARY KEY (pk),
        CONSTRAINT uq_report_revision_report_pk UNIQUE (report_pk, revision),
        FOREIGN KEY(report_pk) REFERENCES report (pk)
    )""",
    """CREATE TABLE report_state (
        pk INTEGER NOT NULL,
        reported_at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        status TEXT NOT NULL,
        is_open INTEGER NOT NULL,
        channel TEXT NOT NULL,
        category TEXT,
        place TEXT,
        office TEXT,
        due_at INTEGER,
        paused INTEGER NOT NULL,
        return_pending INTEGER NOT NULL,
        pending INTEGER NOT NULL,
        "conflict" INTEGER NOT NULL,
        claimed_by TEXT,
        claim_until INTEGER,
        fold TEXT,
        PRIMARY KEY (pk),
        CONSTRAINT ck_report_state_clock CHECK (due_at IS NULL OR (is_open = 1 AND kind = 'complaint')),
        FOREIGN KEY(pk) REFERENCES report (pk)
    )""",
    """CREATE INDEX ix_state_claim
        ON report_state (claimed_by, claim_until)
        WHERE claimed_by IS NOT NULL""",
    """CREATE INDEX ix_state_due
        ON report_state (due_at, paused, pk, reported_at, status, channel, category,
            place, office, return_pending, pending)
        WHERE due_at IS NOT NULL""",
    """CREATE INDEX ix_state_office
        ON report_state (office, reported_at)
        WHERE office IS NOT NULL""",
    """CREATE INDEX ix_state_open
        ON report_state (reported_at, pk, kind, status, channel, category,
            place, office, due_at, paused, return_pending, pending)
        WHERE is_open = 1""",
    """CREATE INDEX ix_state_paused ON report_state (reported_at) WHERE paused > 0""",
    """CREATE INDEX ix_state_pending ON report_state (reported_at) WHERE pending > 0""",
    """CREATE INDEX ix_state_returned ON report_state (reported_at) WHERE return_pending = 1""",
    """CREATE INDEX ix_state_status ON report_state (kind, status, reported_at)""",
    """CREATE INDEX ix_state_time
        ON report_state (reported_at, pk, kind, status, channel, category,
            place, office, due_at, paused, return_pending, pending)""",
    """CREATE VIRTUAL TABLE report_fts USING fts5(
            title, text, content='report', content_rowid='pk', tokenize='unicode61 remove_diacritics 2'
        )""",
    """CREATE TRIGGER event_once BEFORE INSERT ON event
            WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq OR id = NEW.id)
            BEGIN SELECT RAISE(IGNORE); END""",
    """CREATE TRIGGER event_no_update BEFORE UPDATE ON event
            BEGIN SELECT RAISE(ABORT, 'event is append-only'); END""",
    """CREATE TRIGGER event_no_delete BEFORE DELETE ON event
            BEGIN SELECT RAISE(ABORT, 'event is append-only'); END""",
    "INSERT INTO meta (key, value) VALUES ('change', '0')",
)


def upgrade() -> None:
    """From an empty file."""
    for statement in STATEMENTS:
        op.execute(statement)
