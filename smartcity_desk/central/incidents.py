"""Which reports belong together, out of the server's own log: the same lead and the same followers as on every desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from smartcity_desk import codec
from smartcity_desk.central import schema
from smartcity_desk.central.db import chunks
from smartcity_desk.domain import incident
from smartcity_desk.domain.custody import Excluded
from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.fold import apply
from smartcity_desk.domain.incident import Member, Tie
from smartcity_desk.domain.report import ReportKind, Status
from smartcity_desk.domain.state import Joined, ReportState

_KINDS: Final = (EventKind.INCIDENT_JOINED.value, EventKind.INCIDENT_SEPARATED.value)


def members(connection: Connection, reports: Iterable[str]) -> dict[str, list[Member]]:
    """The members of every incident that one of these reports is in, by incident."""
    table = schema.report
    named: set[str] = set()
    for part in chunks(sorted(set(reports))):
        query = select(table.c.incident).where(table.c.id.in_(part), table.c.incident.is_not(None))
        named.update(connection.execute(query).scalars())
    rows = [
        row
        for part in chunks(sorted(named))
        for row in connection.execute(
            select(table.c.id, table.c.reported_at, table.c.status, table.c.incident).where(
                table.c.incident.in_(part)
            )
        )
    ]
    joined = _joined(connection, [row.id for row in rows])
    found: dict[str, list[Member]] = {}
    for row in rows:
        one = Member(row.id, row.reported_at, Status(row.status), joined[row.id])
        found.setdefault(row.incident, []).append(one)
    return found


def _joined(connection: Connection, ids: Sequence[str]) -> dict[str, Joined]:
    """Who joined each of these reports, why and by which event."""
    log = schema.event_log
    states: dict[str, ReportState] = {}
    for part in chunks(sorted(ids)):
        query = select(log.c.subject, log.c.body).where(log.c.subject.in_(part), log.c.kind.in_(_KINDS))
        for row in connection.execute(query.order_by(log.c.seq)):
            before = states.get(row.subject) or ReportState(ReportKind.COMPLAINT, Status.NEW, None)
            states[row.subject] = apply(before, codec.event_from_wire(msgspec.json.decode(row.body)))
    return {name: state.incident for name, state in states.items() if state.incident is not None}


def ties(connection: Connection, reports: Iterable[str]) -> dict[str, Tie]:
    """How these reports stand in their incidents; those that stand by themselves are left out."""
    wanted = set(reports)
    return {
        one.report: tie
        for those in members(connection, wanted).values()
        for one in those
        if one.report in wanted and (tie := incident.tie(those, one.report)) is not None
    }


def following(connection: Connection, reports: Iterable[str]) -> Mapping[str, Excluded]:
    """What the items of those of these reports that follow another one count as (E3)."""
    wanted = set(reports)
    return {
        name: found
        for those in members(connection, wanted).values()
        for name, found in incident.followers(those).items()
        if name in wanted
    }
