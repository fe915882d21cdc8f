"""Follows the log and the reports, and queues what is to leave: each thing once, whatever is repeated or restarted.

It reads what was committed, so the desks' work never waits for it. The reporters of a whole incident get the answer of
the report that leads it; whoever joins later gets it then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select, update

from smartcity_desk import codec, i18n
from smartcity_desk.central import incidents, ledger, schema
from smartcity_desk.central.db import chunks, insert_rows, lock_name
from smartcity_desk.central.directories import Directories
from smartcity_desk.central.outgoing import receipts, targets
from smartcity_desk.central.outgoing.targets import Mode, Target
from smartcity_desk.domain import answering, incident
from smartcity_desk.domain.answering import Said
from smartcity_desk.domain.events import Event, EventKind, PlaceSet, RoutingSent
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.ids import told_id
from smartcity_desk.domain.privacy import mask
from smartcity_desk.domain.report import Report, ReportKind, Status
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.domain.text import cut, storable
from smartcity_desk.i18n import tr

UPDATE: Final = "update"
REQUEST: Final = "request"
WAITING, SENDING, SENT, REFUSED, DRY = "waiting", "sending", "sent", "refused", "dry"
STATES: Final = (WAITING, SENDING, SENT, REFUSED, DRY)
LOCK: Final = "outgoing"
DESCRIPTION_MOST: Final = 4_000
"""Letters of a description (channels paper 10.1)."""
AT_ONCE: Final = 500
_ADDRESS_LEVELS: Final = 3
"""Kelurahan, kecamatan, kota: what an address of the city names."""
_REFUSED_AS_IT_WAS: Final = "http_4"
"""How the codes begin with which a far side says that it does not take a request as it stands."""
_KINDS: Final = sorted(
    kind.value
    for kind in (
        *answering.TELLING,
        EventKind.INCIDENT_JOINED,
        EventKind.ROUTING_SENT,
        EventKind.PLACE_SET,
    )
)


def take_in(connection: Connection, *, now: int) -> int:
    """Queue what has been said since the last time. Returns how many lines are new. Without a target nothing is read.

    The texts of a page's worth of events at a time; call it again while it fills one.
    """
    lock_name(connection, LOCK)
    wanted = [target for target in targets.every(connection) if target.mode is not Mode.OFF]
    if not wanted:
        return 0
    rows = [*_from_events(connection, wanted, now), *_from_reports(connection, wanted, now)]
    return _insert(connection, rows)


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    table = schema.outgoing
    unique = {row["id"]: row for row in rows}
    there: set[str] = set()
    for part in chunks(sorted(unique)):
        there.update(connection.execute(select(table.c.id).where(table.c.id.in_(part))).scalars())
    fresh = [row for name, row in unique.items() if name not in there]
    insert_rows(connection, table, fresh)
    receipts.stamp(connection, [row["id"] for row in fresh])
    return len(fresh)


# ---------------------------------------------------------------- out of events


def _from_events(connection: Connection, wanted: Sequence[Target], now: int) -> list[dict[str, Any]]:
    log = schema.event_log
    start = min(target.since_seq for target in wanted)
    query = select(log.c.seq, log.c.body).where(log.c.seq > start, log.c.kind.in_(_KINDS))
    read = connection.execute(query.order_by(log.c.seq).limit(AT_ONCE)).all()
    end = read[-1].seq if len(read) == AT_ONCE else ledger.head(connection).seq
    rows: list[dict[str, Any]] = []
    for line in read:
        event = codec.event_from_wire(msgspec.json.decode(line.body))
        heard = [target for target in wanted if target.since_seq < line.seq]
        rows += _of_event(connection, event, heard, now)
    _move_on(connection, wanted, seq=end)
    return rows


def _move_on(connection: Connection, wanted: Iterable[Target], **marks: int) -> None:
    table = schema.outgoing_target
    for name, value in marks.items():
        column = f"since_{name}"
        behind = [target.name for target in wanted if getattr(target, column) < value]
        if behind:
            connection.execute(update(table).where(table.c.name.in_(behind)).values({column: value}))


def _of_event(
    connection: Connection, event: Event, heard: Sequence[Target], now: int
) -> Iterator[dict[str, Any]]:
    if not heard:
        return
    if isinstance(event.payload, RoutingSent):
        office = event.payload.office
        for target in heard:
            if target.office == office:
                yield from _handed_over(connection, event, target, now)
        return
    if isinstance(event.payload, PlaceSet):
        for target in heard:
            _ask_again(connection, event, target, now)
        return
    if any(target.answers for target in heard):
        yield from _told(connection, event, heard, now)


def _told(
    connection: Connection, event: Event, heard: Sequence[Target], now: int
) -> Iterator[dict[str, Any]]:
    """What the reporters are told of an event: its own, and those of the whole incident that its report leads."""
    members = _members(connection, event.subject)
    lead = incident.lead(members)
    followers = [one.report for one in incident.following(members)]
    told = [event.subject]
    if event.kind is EventKind.INCIDENT_JOINED:
        if lead is None or event.subject not in followers:
            return
        source = lead.report
    else:
        source = event.subject
        if lead is not None and lead.report == source:
            told += followers
    reports = ledger.reports_of(connection, [source, *told])
    if source not in reports:
        return
    # As it stood right after the event: what is told must not run ahead of the words.
    events = [
        one for one in ledger.events_of(connection, [source])[source] if (one.seq or 0) <= seq_of(event)
    ]
    said = answering.now_said(events) if source != event.subject else answering.said(events)
    if said is None:
        return
    status = fold(initial(reports[source]), events).status
    for name in told:
        report = reports.get(name)
        for target in heard:
            if report is not None and target.answers == report.channel and not report.erased:
                yield _update(report, said, status, event, target, now)


def seq_of(event: Event) -> int:
    """The number of a confirmed event."""
    return event.seq or 0


def _members(connection: Connection, report: str) -> list[incident.Member]:
    found = list(incidents.members(connection, [report]).values())
    return found[0] if found else []


def _update(
    report: Report, said: Said, status: Status, event: Event, target: Target, now: int
) -> dict[str, Any]:
    # Masked once more: what an office wrote may name somebody, and here it becomes public.
    text = mask(storable(said.text or tr(f"outgoing.{said.code}"))).text
    return _row(
        told_id(f"{said.event}\x1f{target.name}", report.id),
        UPDATE,
        target,
        report,
        seq_of(event),
        now,
        body={"status": status.value, "text": cut(text, DESCRIPTION_MOST), "at": event.at},
        external_id=report.external_id,
    )


def _handed_over(connection: Connection, event: Event, target: Target, now: int) -> Iterator[dict[str, Any]]:
    report = ledger.reports_of(connection, [event.subject]).get(event.subject)
    if report is not None:
        events = ledger.events_of(connection, [report.id])[report.id]
        state = fold(initial(report), [one for one in events if seq_of(one) <= seq_of(event)])
        if state.office != target.office:
            return
        place = (state.lat, state.lon) if state.lat is not None else (report.lat, report.lon)
        address = report.place_hint.strip() or _kelurahan(connection, state)
        yield from _request(report, state.category, place, target, seq_of(event), now, address)


def _kelurahan(connection: Connection, state: ReportState) -> str:
    """The kelurahan of a report as an address, once it is settled: in doubt nobody is sent there."""
    if state.place is None or state.place_doubt is not None:
        return ""
    city = Directories().current(connection).directory
    names = [
        city.offices[code].name
        for code in (state.place, *city.ancestors(state.place))
        if code in city.offices
    ]
    if len(names) < _ADDRESS_LEVELS:
        return ""
    return tr("outgoing.address", kelurahan=names[0], kecamatan=names[1], kota=names[2])


def _ask_again(connection: Connection, event: Event, target: Target, now: int) -> None:
    """Hand a report in once more that was refused as it was, now that a person has said where it lies."""
    if not target.office:
        return
    table, name = schema.outgoing, _request_id(target, event.subject)
    code = connection.execute(
        select(table.c.code).where(table.c.id == name, table.c.state == REFUSED)
    ).scalar()
    if code is None or not code.startswith(_REFUSED_AS_IT_WAS):
        return
    for row in _handed_over(connection, event, target, now):
        again = {"body": row["body"], "state": row["state"], "attempts": 0, "next_at": now}
        again |= {"settled_at": None, "code": None, "detail": None}
        connection.execute(update(table).where(table.c.id == name).values(again))
        receipts.stamp(connection, [name])


def _request_id(target: Target, report: str) -> str:
    return told_id(f"request\x1f{target.name}", report)


def _request(
    report: Report,
    category: str | None,
    place: tuple[float | None, float | None],
    target: Target,
    number: int,
    now: int,
    address: str | None = None,
) -> Iterator[dict[str, Any]]:
    """A new request for a target. A private report is handed to nobody, nor is traffic, nor one without words."""
    text = report.text.strip() or report.title.strip()
    if report.private or report.kind is ReportKind.CONTEXT or not text or report.erased:
        return
    body = {
        "text": cut(mask(storable(text)).text, DESCRIPTION_MOST),
        "service": target.service_of(category),
        "lat": place[0],
        "long": place[1],
        "address": cut(report.place_hint.strip() if address is None else address, 300),
        "media": next(iter(link for link in report.media if link.startswith(("http://", "https://"))), ""),
    }
    yield _row(
        _request_id(target, report.id), REQUEST, target, report, number, now, body=body, external_id=""
    )


def _row(
    name: str,
    kind: str,
    target: Target,
    report: Report,
    number: int,
    now: int,
    *,
    body: dict[str, Any],
    external_id: str,
) -> dict[str, Any]:
    return {
        "id": name,
        "target": target.name,
        "kind": kind,
        "report": report.id,
        "external_id": external_id,
        "seq": number,
        "body": msgspec.json.encode(body).decode(),
        "state": WAITING if target.mode is Mode.ON else DRY,
        "attempts": 0,
        "queued_at": now,
        "next_at": now,
        "settled_at": None,
        "code": None,
        "detail": None,
        "answer_id": None,
        "rev": 0,
    }


# ---------------------------------------------------------------- out of reports


def _from_reports(connection: Connection, wanted: Sequence[Target], now: int) -> list[dict[str, Any]]:
    """Reports of channels that are handed on as they come, such as those that an operator enters by hand."""
    asking = [target for target in wanted if target.reports]
    if not asking:
        return []
    table = schema.report
    query = select(table.c.rev, table.c.body).where(
        table.c.rev > min(target.since_rev for target in asking),
        table.c.channel.in_({target.reports for target in asking}),
    )
    read = connection.execute(query.order_by(table.c.rev).limit(AT_ONCE)).all()
    end = read[-1].rev if len(read) == AT_ONCE else ledger.head(connection, "report").seq
    rows: list[dict[str, Any]] = []
    for line in read:
        report = codec.decode(line.body, Report, key="report")
        for target in asking:
            if target.since_rev < line.rev and target.reports == report.channel:
                place = (report.lat, report.lon)
                rows += _request(report, report.category, place, target, line.rev, now)
    _move_on(connection, asking, rev=end)
    return rows


def speaking_for_citizens() -> AbstractContextManager[None]:
    """The language in which fixed sentences are said to reporters, whatever the server's own is."""
    return i18n.speaking(i18n.DEFAULT_LANGUAGE)
