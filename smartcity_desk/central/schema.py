"""The central server's tables, the same on SQLite and PostgreSQL, and how a database comes to have them.

Version 1 is `create_all`. A later version adds a step to `UPGRADES`; a database that is newer than the program is
refused. See docs/decisions for why this is not Alembic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from smartcity_desk.domain.errors import ConfigProblem, StoreProblem

VERSION: Final = 4

metadata: Final = MetaData()

# SQLite makes a rowid of INTEGER only, and PostgreSQL's INTEGER is too small for milliseconds.
_Big = BigInteger().with_variant(Integer, "sqlite")

meta: Final = Table(
    "meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False)
)

head: Final = Table(
    "head",
    metadata,
    Column("name", String(10), primary_key=True),  # one of `HEADS`
    Column("seq", _Big, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("at", _Big, nullable=False),
)
"""The end of each numbered list. Its row is locked from drawing a number to commit, so numbers follow commit order."""

report: Final = Table(
    "report",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("rev", _Big, nullable=False),
    Column("channel", String(60), nullable=False),
    Column("reported_at", _Big, nullable=False),
    Column("changed_at", _Big),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("office", String(60)),
    Column("status", String(30), nullable=False),
    Column("received_at", _Big, nullable=False),
    Column("pushed_by", String(64), nullable=False),
    Column("incident", String(36)),
    Index("report_rev", "rev", unique=True),
    Index("report_day", "reported_at", "channel"),
    Index("report_office", "office", "status", "id"),
    Index("report_incident", "incident"),
)
"""What channels said. `body` never holds unmasked text. `office`, `status` and `incident` are the fold's, for pages."""

reply: Final = Table(
    "reply",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("rev", _Big, nullable=False),
    Column("report", String(36), nullable=False),  # it may come later than what is said about it
    Column("at", _Big, nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("received_at", _Big, nullable=False),
    Column("pushed_by", String(64), nullable=False),
    Index("reply_rev", "rev", unique=True),
    Index("reply_report", "report", "at"),
)
"""What channels said later about reports. `body` never holds unmasked text."""

HEADS: Final = ("event", "report", "reply", "outgoing")
"""The numbered lists."""

event_log: Final = Table(
    "event",
    metadata,
    Column("seq", _Big, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("subject", String(64), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", _Big, nullable=False),
    Column("user", String(64), nullable=False),
    Column("office", String(60)),
    Column("action", String(64)),
    Column("body", Text, nullable=False),
    Column("recorded_at", _Big, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("event_subject", "subject", "seq"),
    Index("event_day", "at"),
    Index("event_recorded", "recorded_at"),
)
"""The log. `body` is the canonical JSON that was hashed; the columns beside it are copies for finding it."""

action: Final = Table(
    "action",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("user", String(64), nullable=False),
    Column("report", String(64), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", _Big, nullable=False),
    Column("claimed_at", _Big, nullable=False),
    Column("received_at", _Big, nullable=False),
    Column("result", Text, nullable=False),
    Column("first_seq", _Big),
    Column("last_seq", _Big),
)
"""Every action that got a definite answer, so that the same question gets the same answer for ever."""

custody: Final = Table(
    "custody",
    metadata,
    Column("report", String(36), primary_key=True),
    Column("from_seq", _Big, primary_key=True),
    Column("office", String(60), nullable=False),
    Column("to_seq", _Big),
    Index("custody_office", "office", "report"),
)
"""Which office held a report from which event to which (inclusive): what an official may see."""

attachment: Final = Table(
    "attachment",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String(60), nullable=False),
    Column("size", _Big, nullable=False),
    Column("user", String(64), nullable=False),
    Column("office", String(60)),
    Column("at", _Big, nullable=False),
)

attachment_use: Final = Table(
    "attachment_use",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("seq", _Big, primary_key=True),
    Column("report", String(36), nullable=False),
)

directory: Final = Table(
    "directory",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("etag", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("loaded_at", _Big, nullable=False),
    Column("loaded_by", String(64), nullable=False),
)

account: Final = Table(
    "account",
    metadata,
    Column("user", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("office", String(60)),
    Column("password_hash", String(200), nullable=False),
    Column("created_at", _Big, nullable=False),
    Column("disabled_at", _Big),
)

session: Final = Table(
    "session",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user", String(64), ForeignKey("account.user"), nullable=False),
    Column("device", String(200), nullable=False),
    Column("created_at", _Big, nullable=False),
    Column("expires_at", _Big, nullable=False),
    Column("revoked_at", _Big),
    Index("session_user", "user"),
)

access_token: Final = Table(
    "access_token",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("session", String(36), ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", _Big, nullable=False),
    Index("access_token_session", "session"),
)

refresh_token: Final = Table(
    "refresh_token",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("session", String(36), ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("parent", String(64)),
    Column("used_at", _Big),
    Index("refresh_token_session", "session"),
)

login_attempt: Final = Table(
    "login_attempt",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(64), nullable=False),  # a hash: people type passwords into the wrong field
    Column("address", String(64), nullable=False),
    Column("at", _Big, nullable=False),
    Index("login_attempt_account", "account", "at"),
    Index("login_attempt_address", "address", "at"),
)

outgoing_target: Final = Table(
    "outgoing_target",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("mode", String(10), nullable=False),
    Column("jurisdiction", String(200), nullable=False),
    Column("answers", String(60), nullable=False),
    Column("reports", String(60), nullable=False),
    Column("office", String(60), nullable=False),
    Column("service", String(120), nullable=False),
    Column("services", Text, nullable=False),
    Column("since_seq", _Big, nullable=False),
    Column("since_rev", _Big, nullable=False),
)
"""Other systems that things may go to, without their keys. How far the log was read for each."""

outgoing: Final = Table(
    "outgoing",
    metadata,
    Column("id", String(36), primary_key=True),  # the far side's idempotency key
    Column("target", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("report", String(36), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("seq", _Big, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", _Big, nullable=False),
    Column("next_at", _Big, nullable=False),
    Column("settled_at", _Big),
    Column("code", String(60)),
    Column("detail", Text),
    Column("answer_id", String(200)),
    Column("rev", _Big, nullable=False, server_default="0"),  # of the last change that a desk is told of
    Index("outgoing_due", "state", "next_at"),
    Index("outgoing_rev", "rev"),
    Index("outgoing_report", "report", "seq"),
)
"""What is to leave, leaves, or has left. A line stays as its own receipt."""

_NEVER: Final = "SELECT RAISE(ABORT, 'event is append-only')"
_APPEND_ONLY: Final = {
    "sqlite": (
        f"CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN {_NEVER}; END",
        f"CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN {_NEVER}; END",
    ),
    "postgresql": (
        """
        CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'event is append-only'; END $$
        """,
        """
        CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only()
        """,
    ),
}


def _guard_log(connection: Connection) -> None:
    for statement in _APPEND_ONLY[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def _add_incidents(connection: Connection) -> None:
    """From 1: what each report was joined to. Nobody could join any before."""
    connection.exec_driver_sql("ALTER TABLE report ADD COLUMN incident VARCHAR(36)")
    connection.exec_driver_sql("CREATE INDEX report_incident ON report (incident)")


def _add_channels(connection: Connection) -> None:
    """From 2: what channels say beyond reports."""
    reply.create(connection)
    connection.execute(insert(head).values(name="reply", seq=0, hash="0" * 64, at=0))
    outgoing_target.create(connection)
    outgoing.create(connection)


def _number_outgoing(connection: Connection) -> None:
    """From 3: desks are told what became of what leaves, in the order of the changes."""
    if not any(column["name"] == "rev" for column in inspect(connection).get_columns(outgoing.name)):
        connection.exec_driver_sql("ALTER TABLE outgoing ADD COLUMN rev BIGINT NOT NULL DEFAULT 0")
        connection.exec_driver_sql("CREATE INDEX outgoing_rev ON outgoing (rev)")
    order = (outgoing.c.queued_at, outgoing.c.seq, outgoing.c.id)
    names = connection.execute(select(outgoing.c.id).order_by(*order)).scalars().all()
    for rev, name in enumerate(names, 1):
        connection.execute(update(outgoing).where(outgoing.c.id == name).values(rev=rev))
    connection.execute(insert(head).values(name="outgoing", seq=len(names), hash="0" * 64, at=0))


UPGRADES: Final[dict[int, Callable[[Connection], None]]] = {
    1: _add_incidents,
    2: _add_channels,
    3: _number_outgoing,
}
"""From version n to n + 1. A step that was released is never edited."""


def found_version(engine: Engine) -> int | None:
    """The version of the tables behind `engine`, or None when there are none."""
    if not inspect(engine).has_table(meta.name):
        return None
    with engine.connect() as connection:
        value = connection.execute(select(meta.c.value).where(meta.c.key == "version")).scalar()
    return None if value is None else int(value)


def prepare(engine: Engine, *, create: bool) -> None:
    """Bring the tables to `VERSION`.

    Raises ConfigProblem (`not_initialised`) when there are none and `create` is off, StoreProblem (`too_new`).
    """
    version = found_version(engine)
    if version is None:
        if not create:
            raise ConfigProblem(name="database", reason="not_initialised")
        with engine.begin() as connection:
            metadata.create_all(connection)
            _guard_log(connection)
            connection.execute(insert(meta).values(key="version", value=str(VERSION)))
            connection.execute(
                insert(head),
                [{"name": name, "seq": 0, "hash": "0" * 64, "at": 0} for name in HEADS],
            )
        return
    if version > VERSION:
        raise StoreProblem("too_new", found=version, known=VERSION)
    for number in range(version, VERSION):
        with engine.begin() as connection:
            UPGRADES[number](connection)
            connection.execute(update(meta).where(meta.c.key == "version").values(value=str(number + 1)))
