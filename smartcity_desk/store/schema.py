"""The tables of the desk's local file, as SQLAlchemy Core describes them. Instants are whole milliseconds UTC.

`report` holds what a channel said, `event` what the central server confirmed, `op` what this desk still has to tell
it. `report_state` is the fold of the three, written in the same transaction as any of them.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata: Final = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

report: Final = Table(
    "report",
    metadata,
    Column("pk", Integer, primary_key=True),  # order of arrival
    Column("id", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reported_at", Integer, nullable=False),
    Column("changed_at", Integer),
    Column("received_at", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("accuracy_m", Float),
    Column("place_quality", Text, nullable=False),
    Column("place_hint", Text, nullable=False),
    Column("category", Text),
    Column("category_raw", Text, nullable=False),
    Column("source_status", Text, nullable=False),
    Column("state_raw", Text, nullable=False),
    Column("author", Text),
    Column("link", Text),
    Column("media", Text, nullable=False),  # JSON list, empty text for none
    Column("private", Integer, nullable=False),
    Column(
        "digest", Integer, nullable=False
    ),  # of the mapped fields; tells a changed item from a repeated one
    Column("revision", Integer, nullable=False),
    Column("pushed", Integer, nullable=False),  # the central server has this revision
    UniqueConstraint("channel", "external_id"),
)
Index("ix_report_unpushed", report.c.pk, sqlite_where=text("pushed = 0"))

report_private: Final = Table(
    "report_private",
    metadata,
    Column("report_pk", Integer, ForeignKey("report.pk"), primary_key=True),
    Column("raw", Text, nullable=False),
    Column("unmasked", Text),
)
"""What may hold personal data: never searched, never listed, read only on purpose."""

located: Final = Table(
    "located",
    metadata,
    Column("report_pk", Integer, ForeignKey("report.pk"), primary_key=True),
    Column("badge", Text, nullable=False),
    Column("place", Text),
    Column("neighbour", Text),
    Column("border_m", Integer),
    Column("edition", Text, nullable=False),
)
"""Where a report lies as a machine found it, and the edition of the boundaries that it asked."""

road: Final = Table(
    "road",
    metadata,
    Column("report_pk", Integer, ForeignKey("report.pk"), primary_key=True),
    Column("path", Text, nullable=False),  # JSON list of [latitude, longitude]
)
"""The road that traffic lies along, of the few reports that have one."""

report_revision: Final = Table(
    "report_revision",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("report_pk", Integer, ForeignKey("report.pk"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("replaced_at", Integer, nullable=False),
    Column("body", Text, nullable=False),  # the masked report as JSON
    Column("raw", Text, nullable=False),
    Column("unmasked", Text),
    UniqueConstraint("report_pk", "revision"),
)

erased: Final = Table(
    "erased",
    metadata,
    Column("report_pk", Integer, ForeignKey("report.pk"), primary_key=True),
    Column("withdrawn_at", Integer),
    Column("expired_at", Integer),
)
"""The tombstones: reports without content, because their source has them no longer or their time is over."""

reply: Final = Table(
    "reply",
    metadata,
    Column("pk", Integer, primary_key=True),  # order of arrival
    Column("id", Text, nullable=False, unique=True),
    Column("report_id", Text, nullable=False),  # what it is about; that report may come later
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("received_at", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("official", Integer, nullable=False),
    Column("state_raw", Text, nullable=False),
    Column("author", Text),
    Column("link", Text),
    Column("media", Text, nullable=False),  # JSON list, empty text for none
    Column("private", Integer, nullable=False),
    Column("withdrawn_at", Integer),
    Column("digest", Integer, nullable=False),
    Column("pushed", Integer, nullable=False),
    # A citizen's, and nobody has looked at this desk.
    Column("unread", Integer, nullable=False, server_default="0"),
    UniqueConstraint("channel", "external_id"),
)
Index("ix_reply_report", reply.c.report_id, reply.c.at)
Index("ix_reply_unpushed", reply.c.pk, sqlite_where=text("pushed = 0"))
Index("ix_reply_unread", reply.c.report_id, sqlite_where=text("unread = 1"))
"""What channels said later about reports."""

reply_private: Final = Table(
    "reply_private",
    metadata,
    Column("reply_pk", Integer, ForeignKey("reply.pk"), primary_key=True),
    Column("raw", Text, nullable=False),
    Column("unmasked", Text),
)
"""What may hold personal data of replies: read only on purpose."""

receipt: Final = Table(
    "receipt",
    metadata,
    Column("id", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("queued_at", Integer, nullable=False),
    Column("next_at", Integer, nullable=False),
    Column("settled_at", Integer),
    Column("attempts", Integer, nullable=False),
    Column("code", Text),
    Column("detail", Text, nullable=False),
)
Index("ix_receipt_report", receipt.c.report_id)
Index("ix_receipt_refused", receipt.c.settled_at, sqlite_where=text("state = 'refused'"))
"""What became of answers that the central server carries, as it last told."""

event: Final = Table(
    "event",
    metadata,
    Column("seq", Integer, primary_key=True),  # the central server's order
    Column("id", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("user", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("office", Text),
    Column("action", Text),
    Column("payload", Text, nullable=False),
)
Index("ix_event_subject", event.c.subject, event.c.seq)

op: Final = Table(
    "op",
    metadata,
    Column("position", Integer, primary_key=True),  # order in the outbox
    Column("id", Text, nullable=False, unique=True),
    Column("report_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Integer, nullable=False),
    # These two stand together: a salvage of a damaged file reads the state just before the action's own JSON.
    Column("state", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("not_before", Integer, nullable=False),
    Column("next_try_at", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent", Integer, nullable=False),  # 1 once it may have left this machine
    Column("error_code", Text),
    Column("error_params", Text),
    Column("settled_at", Integer),
)
Index("ix_op_live", op.c.report_id, op.c.position, sqlite_where=text("state IN ('queued', 'sending')"))
Index("ix_op_state", op.c.state, op.c.position)

conflict: Final = Table(
    "conflict",
    metadata,
    Column("op_id", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("mine", Text),
    Column("theirs", Text),
    Column("base", Text),
    Column("at", Integer, nullable=False),
    Column("choice", Text),
    Column("chosen_at", Integer),
    Column("chosen_by", Text),
)
Index("ix_conflict_waiting", conflict.c.report_id, sqlite_where=text("choice IS NULL"))

report_state: Final = Table(
    "report_state",
    metadata,
    Column("pk", Integer, ForeignKey("report.pk"), primary_key=True),
    Column("reported_at", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("is_open", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category", Text),
    Column("place", Text),
    Column("office", Text),
    Column("due_at", Integer),
    Column("paused", Integer, nullable=False),  # when the pause ends by itself (ms UTC); 0 = there is none
    Column("return_pending", Integer, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("conflict", Integer, nullable=False),
    Column("claimed_by", Text),
    Column("claim_until", Integer),
    Column("place_doubt", Integer, nullable=False),
    Column("lat", Float),
    Column("lon", Float),  # where a person moved the point to, else where the channel put it
    Column("incident", Text),
    Column("lead", Integer),  # the report whose clock runs for this one (pk)
    Column("members", Integer, nullable=False),  # how many follow this one
    Column("fold", Text),  # the whole state as JSON; NULL while nobody has touched the report
    # queries drop conditions that a running clock implies
    CheckConstraint("due_at IS NULL OR (is_open = 1 AND kind = 'complaint')", name="clock"),
)
_s = report_state.c
_FILTERED: Final = (
    _s.reported_at,
    _s.pk,
    _s.kind,
    _s.status,
    _s.channel,
    _s.category,
    _s.place,
    _s.office,
    _s.due_at,
    _s.paused,
    _s.return_pending,
    _s.pending,
    _s.lead,
    _s.place_doubt,
)
"""Wide on purpose: any combination of conditions walks one of three indices in order, never the table."""
Index("ix_state_time", *_FILTERED)
Index("ix_state_open", *_FILTERED, sqlite_where=text("is_open = 1"))
Index("ix_state_status", _s.kind, _s.status, _s.reported_at, _s.pk, _s.lead)
Index(
    "ix_state_due",
    _s.due_at,
    _s.paused,
    _s.pk,
    _s.reported_at,
    _s.status,
    _s.channel,
    _s.category,
    _s.place,
    _s.office,
    _s.return_pending,
    _s.pending,
    _s.lead,
    _s.place_doubt,
    sqlite_where=text("due_at IS NOT NULL"),
)
Index("ix_state_office", _s.office, _s.reported_at, sqlite_where=text("office IS NOT NULL"))
Index("ix_state_claim", _s.claimed_by, _s.claim_until, sqlite_where=text("claimed_by IS NOT NULL"))
Index("ix_state_returned", _s.reported_at, sqlite_where=text("return_pending = 1"))
Index("ix_state_paused", _s.reported_at, sqlite_where=text("paused > 0"))
Index("ix_state_pending", _s.reported_at, sqlite_where=text("pending > 0"))

Index("ix_state_doubt", _s.reported_at, sqlite_where=text("place_doubt = 1 AND is_open = 1"))
Index("ix_state_incident", _s.incident, sqlite_where=text("incident IS NOT NULL"))

segment: Final = Table(
    "segment",
    metadata,
    Column("report_pk", Integer, ForeignKey("report.pk"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("office", Text, nullable=False),  # empty while nobody holds it
    Column("stay", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Column("due_at", Integer),  # of its own clock, answered or not
    Column("facts", Text, nullable=False),  # the whole segment as JSON
    sqlite_with_rowid=False,
)
Index("ix_segment_id", segment.c.id)
Index(
    "ix_segment_judged",
    segment.c.office,
    segment.c.due_at,
    sqlite_where=text("stay = 'hold' AND due_at IS NOT NULL"),
)
Index(
    "ix_segment_open",
    segment.c.due_at,
    sqlite_where=text("stay = 'hold' AND due_at IS NOT NULL AND until IS NULL"),
)
"""Custody: who held a report from when to when; only of reports that somebody has touched."""

subject: Final = Table(
    "subject",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("fold", Text, nullable=False),
)
Index("ix_subject_kind", subject.c.kind, subject.c.at)
"""The folds of marks, declared events, proposed policies, boxes of notices and numbered lists."""

picture: Final = Table(
    "picture",
    metadata,
    Column("sha256", Text, nullable=False),
    Column("report_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("user", Text, nullable=False),
    Column("after", Integer, nullable=False),  # 0 = before the work, 1 = what was done, 2 = of an objection
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Integer, nullable=False),
    Column("print", LargeBinary),
    UniqueConstraint("sha256", "event"),
)
Index("ix_picture_report", picture.c.report_id)
Index("ix_picture_wanted", picture.c.next_try_at, sqlite_where=text("state = 'wanted'"))

hint: Final = Table(
    "hint",
    metadata,
    Column("report_id", Text, primary_key=True),
    Column("event", Text, nullable=False),  # the claim that was examined
    Column("at", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("hints", Text, nullable=False),
)
"""What an examination of a claimed completion suggests. Only this desk's own opinion: it never leaves the file."""

media: Final = Table(
    "media",
    metadata,
    Column("pk", Integer, primary_key=True),
    Column("report_pk", Integer, ForeignKey("report.pk"), nullable=False),
    Column("reply", Text, nullable=False),  # the id of the reply that names it; empty for the report itself
    Column("url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("sha256", Text),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Integer, nullable=False),
    Column("at", Integer, nullable=False),  # when it got its state
    UniqueConstraint("report_pk", "reply", "url"),
)
Index(
    "ix_media_wanted",
    media.c.next_try_at,
    media.c.pk.desc(),
    sqlite_where=text("state = 'wanted'"),
)
Index("ix_media_sha", media.c.sha256, sqlite_where=text("sha256 IS NOT NULL"))
Index("ix_media_erased", media.c.sha256, sqlite_where=text("state = 'erased' AND sha256 IS NOT NULL"))
Index("ix_media_reply", media.c.reply, sqlite_where=text("reply <> ''"))
"""What reports name by a link, and what became of it."""

media_file: Final = Table(
    "media_file",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # its media type, by its content
    Column("size", Integer, nullable=False),
    Column("disk", Integer, nullable=False),  # bytes, its copies included
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("facts", Text, nullable=False),  # what its metadata says, as JSON
    Column("print", LargeBinary),
    Column("at", Integer, nullable=False),
)
Index("ix_media_file_at", media_file.c.at, media_file.c.disk)
"""Files of reports that lie in the profile's folder, each once."""

channel_state: Final = Table(
    "channel_state",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("boundary", Text, nullable=False),
    Column("etag", Text),
    Column("last_ok_at", Integer),
    Column("last_error_at", Integer),
    Column("last_error_code", Text),
    Column("last_error_params", Text),
    Column("last_item_at", Integer),
    Column("next_try_at", Integer),
    Column("attempts", Integer, nullable=False),
    Column("paused_reason", Text),
    Column("fetched_total", Integer, nullable=False),
    Column("last_new_at", Integer),  # when something came that was not there before
)

channel_hour: Final = Table(
    "channel_hour",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("hour", Integer, primary_key=True),  # since 1970
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Reports by channel and hour of `reported_at`, kept by triggers: what is usual, and the counts of a day."""

outage: Final = Table(
    "outage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("place", Text, nullable=False),  # a channel, or the central server
    Column("kind", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("until", Integer),
    Column("code", Text, nullable=False),
    Column("witnessed", Integer, nullable=False),
    UniqueConstraint("place", "kind", "since"),
)
Index("ix_outage_open", outage.c.place, outage.c.kind, sqlite_where=text("until IS NULL"))
"""When a place gave nothing, as this desk saw it."""

day_count: Final = Table(
    "day_count",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # in Jakarta, YYYY-MM-DD
    Column("source", Integer),
    Column("central", Integer),
    Column("at", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What others count of a day. The desk's own number follows from `channel_hour`."""

twin: Final = Table(
    "twin",
    metadata,
    Column("report_pk", Integer, ForeignKey("report.pk"), primary_key=True, autoincrement=False),
    Column("other_pk", Integer, ForeignKey("report.pk"), primary_key=True, autoincrement=False),
    Column("score", Integer, nullable=False),  # percent
    Column("refused", Integer, nullable=False),  # 1 = said on the report, 2 = on the other one, 3 = on both
    sqlite_with_rowid=False,
)
Index("ix_twin_other", twin.c.other_pk)
"""Pairs that probably tell of the same thing, the later report first; made from the facts and from what was refused."""

quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("digest", Integer, nullable=False),
    Column("at", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
    Column("times", Integer, nullable=False),
    Column("released_at", Integer),
    UniqueConstraint("channel", "digest"),
)

directory: Final = Table(
    "directory",
    metadata,
    Column("edition", Text, primary_key=True),
    Column("received_at", Integer, nullable=False),
    Column("etag", Text),
    Column("body", Text, nullable=False),
)
Index("ix_directory_received", directory.c.received_at)

meta: Final = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

EXTRAS: Final = (
    """CREATE VIRTUAL TABLE report_fts USING fts5(
        title, text, content='report', content_rowid='pk', tokenize='unicode61 remove_diacritics 2'
    )""",
    """CREATE VIRTUAL TABLE reply_fts USING fts5(
        text, content='reply', content_rowid='pk', tokenize='unicode61 remove_diacritics 2'
    )""",
    """CREATE TRIGGER reply_indexed AFTER INSERT ON reply WHEN NEW.private = 0 AND NEW.text <> '' BEGIN
        INSERT INTO reply_fts (rowid, text) VALUES (NEW.pk, NEW.text); END""",
    """CREATE TRIGGER reply_indexed_again AFTER UPDATE OF text, private ON reply
        WHEN NEW.text <> OLD.text OR NEW.private <> OLD.private BEGIN
        INSERT INTO reply_fts (reply_fts, rowid, text)
        SELECT 'delete', OLD.pk, OLD.text WHERE OLD.private = 0 AND OLD.text <> '';
        INSERT INTO reply_fts (rowid, text) SELECT NEW.pk, NEW.text WHERE NEW.private = 0 AND NEW.text <> ''; END""",
    # A row that is there already stays, whatever conflict clause the statement carries.
    """CREATE TRIGGER event_once BEFORE INSERT ON event
        WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq OR id = NEW.id)
        BEGIN SELECT RAISE(IGNORE); END""",
    """CREATE TRIGGER event_no_update BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'event is append-only'); END""",
    """CREATE TRIGGER event_no_delete BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'event is append-only'); END""",
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
)
"""What SQLAlchemy has no words for: the search index and the triggers that keep `event` append-only."""
