"""Automatic places, moved points and incidents. A line is made anew: its columns stand in the order of the code."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"

STATEMENTS: Final = (
    """CREATE TABLE located (
        report_pk INTEGER NOT NULL,
        badge TEXT NOT NULL,
        place TEXT,
        neighbour TEXT,
        border_m INTEGER,
        edition TEXT NOT NULL,
        PRIMARY KEY (report_pk),
        FOREIGN KEY(report_pk) REFERENCES report (pk)
    )""",
    """CREATE TABLE road (
        report_pk INTEGER NOT NULL,
        path TEXT NOT NULL,
        PRIMARY KEY (report_pk),
        FOREIGN KEY(report_pk) REFERENCES report (pk)
    )""",
    """CREATE TABLE fresh (
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
        place_doubt INTEGER NOT NULL,
        lat FLOAT,
        lon FLOAT,
        incident TEXT,
        lead INTEGER,
        members INTEGER NOT NULL,
        fold TEXT,
        PRIMARY KEY (pk),
        CONSTRAINT ck_report_state_clock CHECK (due_at IS NULL OR (is_open = 1 AND kind = 'complaint')),
        FOREIGN KEY(pk) REFERENCES report (pk)
    )""",
    """INSERT INTO fresh SELECT s.pk, s.reported_at, s.kind, s.status, s.is_open, s.channel, s.category, s.place,
        s.office, s.due_at, s.paused, s.return_pending, s.pending, s."conflict", s.claimed_by, s.claim_until,
        0, r.lat, r.lon, NULL, NULL, 0, s.fold FROM report_state s JOIN report r ON r.pk = s.pk""",
    """DROP TABLE report_state""",
    """ALTER TABLE fresh RENAME TO report_state""",
    """CREATE INDEX ix_state_claim
        ON report_state (claimed_by, claim_until)
        WHERE claimed_by IS NOT NULL""",
    """CREATE INDEX ix_state_doubt ON report_state (reported_at) WHERE place_doubt = 1 AND is_open = 1""",
    """CREATE INDEX ix_state_due
        ON report_state (due_at, paused, pk, reported_at, status, channel, category,
            place, office, return_pending, pending, lead, place_doubt)
        WHERE due_at IS NOT NULL""",
    """CREATE INDEX ix_state_incident ON report_state (incident) WHERE incident IS NOT NULL""",
    """CREATE INDEX ix_state_office
        ON report_state (office, reported_at)
        WHERE office IS NOT NULL""",
    """CREATE INDEX ix_state_open
        ON report_state (reported_at, pk, kind, status, channel, category,
            place, office, due_at, paused, return_pending, pending, lead, place_doubt)
        WHERE is_open = 1""",
    """CREATE INDEX ix_state_paused ON report_state (reported_at) WHERE paused > 0""",
    """CREATE INDEX ix_state_pending ON report_state (reported_at) WHERE pending > 0""",
    """CREATE INDEX ix_state_returned ON report_state (reported_at) WHERE return_pending = 1""",
    """CREATE INDEX ix_state_status ON report_state (kind, status, reported_at, pk, lead)""",
    """CREATE INDEX ix_state_time
        ON report_state (reported_at, pk, kind, status, channel, category,
            place, office, due_at, paused, return_pending, pending, lead, place_doubt)""",
)


def upgrade() -> None:
    """From the second schema."""
    for statement in STATEMENTS:
        op.execute(statement)
