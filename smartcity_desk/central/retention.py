"""Reports kept as long as they may be lose their content at the server, and with it on every desk; a tombstone stays.

The rule of the desks' own sweep: nothing that is open, that stands in an incident with an open member, or that an
office may still need for its defence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, tuple_, update

from smartcity_desk import codec
from smartcity_desk.central import erasing, ledger, schema
from smartcity_desk.central.db import Database, chunks
from smartcity_desk.central.directories import Directories
from smartcity_desk.central.laws import Laws
from smartcity_desk.central.ledger import Head, canonical
from smartcity_desk.domain.clock import clock
from smartcity_desk.domain.custody import origin_of, walk
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MARK_KINDS, OVER, contested, fold_mark, named, step
from smartcity_desk.domain.report import OPEN_STATUSES, Report, expired
from smartcity_desk.domain.times import DAY

_AT_ONCE: Final = 200
_OPEN: Final = [status.value for status in OPEN_STATUSES]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: how many reports were erased, and how many old ones may not be yet."""

    erased: int = 0
    kept: int = 0


def sweep(db: Database, *, days: int, channel: str | None, now: int) -> Swept:
    """Erase what was reported more than so many days ago, of one channel or of all. In small transactions."""
    directories, laws = Directories(), Laws()
    before, place, total = now - days * DAY, (-1, ""), Swept()
    while True:

        def work(
            connection: Connection, after: tuple[int, str] = place
        ) -> tuple[Swept, tuple[int, str] | None]:
            law = laws.current(connection, directories.current(connection))
            return _step(connection, law, after, before=before, channel=channel, now=now)

        done, following = db.write_now(work)
        total = Swept(total.erased + done.erased, total.kept + done.kept)
        if following is None:
            return total
        place = following


def _step(
    connection: Connection, law: Law, after: tuple[int, str], *, before: int, channel: str | None, now: int
) -> tuple[Swept, tuple[int, str] | None]:
    table = schema.report
    query = select(table.c.id).where(
        tuple_(table.c.reported_at, table.c.id) > tuple_(*after), table.c.reported_at < before
    )
    if channel is not None:
        query = query.where(table.c.channel == channel)
    # Whoever hands in a newer word of one of these, or opens it again, waits until it is decided what becomes of it.
    ledger.head(connection, "report", lock=True)
    names = (
        connection.execute(query.order_by(table.c.reported_at, table.c.id).limit(_AT_ONCE)).scalars().all()
    )
    rows = _held(connection, names)
    if not rows:
        return Swept(), None
    place = (rows[-1].reported_at, rows[-1].id)
    reports = {row.id: codec.decode(row.body, Report, key="report") for row in rows}
    old = [row for row in rows if not reports[row.id].erased]
    busy = _open_incidents(connection, {row.incident for row in old if row.incident})
    closed = [row.id for row in old if row.status not in _OPEN and row.incident not in busy]
    needed = _needed(connection, {name: reports[name] for name in closed}, law, now)
    gone = [name for name in closed if name not in needed]
    _empty(connection, {name: expired(reports[name], now) for name in gone}, now)
    return Swept(len(gone), len(old) - len(gone)), place


def _held(connection: Connection, names: Sequence[str]) -> list[Row[Any]]:
    """These reports, by time; nobody else changes them until this transaction ends. Locks go in order of id."""
    table = schema.report
    query = select(table.c.id, table.c.reported_at, table.c.status, table.c.incident, table.c.body)
    query = query.where(table.c.id.in_(names)).order_by(table.c.id).with_for_update()
    return sorted(connection.execute(query), key=lambda row: (row.reported_at, row.id))


def _open_incidents(connection: Connection, incidents: set[str]) -> set[str]:
    table = schema.report
    return {
        name
        for part in chunks(sorted(incidents))
        for name in connection.execute(
            select(table.c.incident).where(table.c.incident.in_(part), table.c.status.in_(_OPEN))
        ).scalars()
    }


def _needed(connection: Connection, reports: dict[str, Report], law: Law, now: int) -> set[str]:
    """Those that an office may still need."""
    rule = law.book.at(now).marking
    judged = now - (rule.windows + 1) * rule.window_days * DAY
    items = _named(connection, law, now)
    events = ledger.events_of(connection, sorted(reports))
    found: set[str] = set()
    for name, report in reports.items():
        for segment in walk(origin_of(report), events[name]):
            due = clock(segment, law).due_at
            if segment.id in items or (due is not None and due >= judged):
                found.add(name)
    return found


def _named(connection: Connection, law: Law, now: int) -> set[str]:
    """The items of marks that are not over and of objections without an answer."""
    log = schema.event_log
    kinds = [kind.value for kind in MARK_KINDS]
    names = connection.execute(select(log.c.subject).where(log.c.kind.in_(kinds)).distinct()).scalars().all()
    found: set[str] = set()
    for events in ledger.events_of(connection, sorted(names)).values():
        mark = fold_mark(_of_marks(events))
        if step(mark, law, now) not in OVER:
            found |= named(mark)
        found |= contested(mark, law, now)
    return found


def _of_marks(events: list[Event]) -> list[Event]:
    return [event for event in events if event.kind in MARK_KINDS]


def _empty(connection: Connection, tombstones: dict[str, Report], now: int) -> None:
    if not tombstones:
        return
    end = ledger.head(connection, "report", lock=True)
    rows: list[dict[str, Any]] = []
    for rev, name in enumerate(sorted(tombstones), end.seq + 1):
        body = canonical(codec.report_to_wire(tombstones[name]))
        digest = hashlib.sha256(body.encode()).hexdigest()
        rows.append({"its_id": name, "its_rev": rev, "its_body": body, "its_digest": digest})
    table = schema.report
    connection.execute(
        update(table)
        .where(table.c.id == bindparam("its_id"))
        .values(rev=bindparam("its_rev"), body=bindparam("its_body"), digest=bindparam("its_digest")),
        rows,
    )
    ledger.move_head(connection, Head(end.seq + len(rows), end.hash, now), "report")
    erasing.follow(connection, dict.fromkeys(tombstones, now), now=now)
