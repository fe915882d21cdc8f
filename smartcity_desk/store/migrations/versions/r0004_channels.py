"""What channels say beyond a report: replies, tombstones, pictures, layers, counts."""

from __future__ import annotations

from typing import Final

from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"

MEDIA: Final = (
    """CREATE TABLE media (
        pk INTEGER NOT NULL,
        report_pk INTEGER NOT NULL,
        reply TEXT NOT NULL,
        url TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        sha256 TEXT,
        tries INTEGER NOT NULL,
        next_try_at INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (pk),
        CONSTRAINT uq_media_report_pk UNIQUE (report_pk, reply, url),
        FOREIGN KEY(report_pk) REFERENCES report (pk)
    )""",
    """CREATE TABLE media_file (
        sha256 TEXT NOT NULL,
        kind TEXT NOT NULL,
        size INTEGER NOT NULL,
        disk INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        facts TEXT NOT NULL,
        print BLOB,
        at INTEGER NOT NULL,
        PRIMARY KEY (sha256)
    )""",
    # What is in the file already has its pictures fetched like anything new, the newest reports first.
    """INSERT OR IGNORE INTO media (report_pk, reply, url, state, tries, next_try_at, at)
        SELECT r.pk, '', j.value, 'wanted', 0, 0, r.received_at FROM report r, json_each(r.media) j
        WHERE r.media <> '' AND j.key < 8 ORDER BY r.pk, j.key""",
    """CREATE INDEX ix_media_wanted ON media (next_try_at, pk DESC) WHERE state = 'wanted'""",
    """CREATE INDEX ix_media_sha ON media (sha256) WHERE sha256 IS NOT NULL""",
    """CREATE INDEX ix_media_erased ON media (sha256) WHERE state = 'erased' AND sha256 IS NOT NULL""",
    """CREATE INDEX ix_media_reply ON media (reply) WHERE reply <> ''""",
    """CREATE INDEX ix_media_file_at ON media_file (at, disk)""",
)
"""Pictures and papers that reports name."""

STATEMENTS: Final[tuple[str, ...]] = (
    *MEDIA,
    """CREATE TABLE erased (
        report_pk INTEGER NOT NULL,
        withdrawn_at INTEGER,
        expired_at INTEGER,
        PRIMARY KEY (report_pk),
        FOREIGN KEY(report_pk) REFERENCES report (pk)
    )""",
    """CREATE TABLE reply (
        pk INTEGER NOT NULL,
        id TEXT NOT NULL,
        report_id TEXT NOT NULL,
        channel TEXT NOT NULL,
        external_id TEXT NOT NULL,
        about TEXT NOT NULL,
        at INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        text TEXT NOT NULL,
        official INTEGER NOT NULL,
        state_raw TEXT NOT NULL,
        author TEXT,
        link TEXT,
        media TEXT NOT NULL,
        private INTEGER NOT NULL,
        withdrawn_at INTEGER,
        digest INTEGER NOT NULL,
        pushed INTEGER NOT NULL,
        PRIMARY KEY (pk),
        CONSTRAINT uq_reply_channel UNIQUE (channel, external_id),
        CONSTRAINT uq_reply_id UNIQUE (id)
    )""",
    """CREATE INDEX ix_reply_report ON reply (report_id, at)""",
    """CREATE INDEX ix_reply_unpushed ON reply (pk) WHERE pushed = 0""",
    """CREATE TABLE reply_private (
        reply_pk INTEGER NOT NULL,
        raw TEXT NOT NULL,
        unmasked TEXT,
        PRIMARY KEY (reply_pk),
        FOREIGN KEY(reply_pk) REFERENCES reply (pk)
    )""",
    # what is private is not searched: a hit would tell what stands in it
    """INSERT INTO report_fts (report_fts, rowid, title, text)
        SELECT 'delete', pk, title, text FROM report WHERE private = 1""",
    """UPDATE report_state SET lat = NULL, lon = NULL WHERE pk IN (SELECT pk FROM report WHERE private = 1)""",
    """ALTER TABLE channel_state ADD COLUMN last_new_at INTEGER""",
    """CREATE TABLE channel_hour (
        channel TEXT NOT NULL,
        hour INTEGER NOT NULL,
        n INTEGER NOT NULL,
        PRIMARY KEY (channel, hour)
    ) WITHOUT ROWID""",
    """INSERT INTO channel_hour (channel, hour, n)
        SELECT channel, reported_at / 3600000, count(*) FROM report GROUP BY 1, 2""",
    """CREATE TRIGGER report_counted AFTER INSERT ON report BEGIN
        INSERT INTO channel_hour (channel, hour, n) VALUES (NEW.channel, NEW.reported_at / 3600000, 1)
        ON CONFLICT (channel, hour) DO UPDATE SET n = n + 1; END""",
    """CREATE TRIGGER report_counted_again AFTER UPDATE OF reported_at ON report
        WHEN NEW.reported_at / 3600000 <> OLD.reported_at / 3600000 BEGIN
        UPDATE channel_hour SET n = n - 1 WHERE channel = OLD.channel AND hour = OLD.reported_at / 3600000;
        INSERT INTO channel_hour (channel, hour, n) VALUES (NEW.channel, NEW.reported_at / 3600000, 1)
        ON CONFLICT (channel, hour) DO UPDATE SET n = n + 1; END""",
    """CREATE TRIGGER report_uncounted AFTER DELETE ON report BEGIN
        UPDATE channel_hour SET n = n - 1 WHERE channel = OLD.channel AND hour = OLD.reported_at / 3600000; END""",
    """CREATE TABLE outage (
        id INTEGER NOT NULL,
        place TEXT NOT NULL,
        kind TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER,
        code TEXT NOT NULL,
        witnessed INTEGER NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT uq_outage_place UNIQUE (place, kind, since)
    )""",
    """CREATE INDEX ix_outage_open ON outage (place, kind) WHERE until IS NULL""",
    """CREATE TABLE day_count (
        channel TEXT NOT NULL,
        day TEXT NOT NULL,
        source INTEGER,
        central INTEGER,
        at INTEGER NOT NULL,
        PRIMARY KEY (channel, day)
    ) WITHOUT ROWID""",
)


def upgrade() -> None:
    """From the third schema."""
    for statement in STATEMENTS:
        op.execute(statement)
