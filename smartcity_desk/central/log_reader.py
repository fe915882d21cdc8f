"""Reading the log back: pages of events, an office's share of them, its inbox, the counts and anchors of a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, func, or_, select

from smartcity_desk import codec
from smartcity_desk.central import ledger, schema
from smartcity_desk.central.permissions import shows
from smartcity_desk.domain.disclosure import UNIT_ONLY
from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.report import OPEN_STATUSES, veiled
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import DAY, JAKARTA, from_datetime

_BEYOND: Final = 2**62
_SLICE: Final = 5000


@dataclass(frozen=True, slots=True)
class Page:
    """Bodies of events, the number to go on from, and whether more is there already."""

    bodies: list[msgspec.Raw]
    last_seq: int
    more: bool


def page(connection: Connection, after: int, limit: int, *, office: str | None = None) -> Page:
    """Events after a number. For an `office`: those on reports in its custody, from the one that brought the report
    to the one that took it away, without what stays inside the unit. What is shown depends on the log up to the event
    alone, so a cursor never has to look back.
    """
    log = schema.event_log
    end = ledger.head(connection).seq
    query = select(log.c.seq, log.c.body).where(log.c.seq > after, log.c.seq <= end)
    if office is not None:
        held = schema.custody
        query = query.join(
            held,
            and_(
                held.c.report == log.c.subject,
                held.c.office == office,
                log.c.seq >= held.c.from_seq,
                log.c.seq <= func.coalesce(held.c.to_seq, _BEYOND),
            ),
        ).where(or_(log.c.kind.not_in([kind.value for kind in UNIT_ONLY]), log.c.office == office))
    rows = connection.execute(query.order_by(log.c.seq).limit(limit + 1)).all()
    more = len(rows) > limit
    shown = rows[:limit]
    return Page(
        [msgspec.Raw(row.body.encode()) for row in shown], shown[-1].seq if more else max(after, end), more
    )


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Wire objects of what an office holds, and where to go on."""

    items: list[dict[str, Any]]
    next: str | None


def inbox(
    connection: Connection, office: str, after: str, limit: int, *, confined: bool, veil: bool = False
) -> InboxPage:
    """Open reports that `office` holds, by id after a cursor. `confined` leaves out what tells who reported.

    With `veil` private ones come without what was said in them.
    """
    table = schema.report
    query = select(table.c.id).where(
        table.c.office == office,
        table.c.status.in_([status.value for status in OPEN_STATUSES]),
        table.c.id > after,
    )
    ids = list(connection.execute(query.order_by(table.c.id).limit(limit + 1)).scalars())
    shown = ids[:limit]
    reports = ledger.reports_of(connection, shown)
    events = ledger.events_of(connection, shown)
    items = []
    for key in shown:
        report = reports[key]
        state = fold(initial(report), events[key])
        if confined:
            # The number at the source and a link lead to the person; who works on it is the unit's own affair.
            report = replace(report, author=None, link=None, external_id="")
            notes = sum(shows(event, office) for event in events[key] if event.kind is EventKind.NOTE_ADDED)
            state = replace(state, claimed_by=None, claim_until=None, notes=notes)
        if veil:
            report = veiled(report)
        items.append({"report": codec.report_to_wire(report), "state": codec.builtins(state)})
    return InboxPage(items, shown[-1] if len(ids) > limit else None)


def may_see_attachment(connection: Connection, sha256: str, office: str) -> bool:
    """Whether an office's people sent a file, or it hangs on a report while they hold it."""
    sent = select(schema.attachment.c.sha256).where(
        schema.attachment.c.sha256 == sha256, schema.attachment.c.office == office
    )
    if office and connection.execute(sent).first() is not None:
        return True
    use, held = schema.attachment_use, schema.custody
    query = (
        select(use.c.seq)
        .join(held, held.c.report == use.c.report)
        .where(
            use.c.sha256 == sha256,
            held.c.office == office,
            use.c.seq >= held.c.from_seq,
            use.c.seq <= func.coalesce(held.c.to_seq, _BEYOND),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def day_bounds(day: str) -> tuple[int, int]:
    """First and last (exclusive) millisecond of a day in Jakarta. Raises ValueError."""
    start = from_datetime(datetime.combine(date.fromisoformat(day), datetime.min.time(), JAKARTA))
    return start, start + DAY


def counts(connection: Connection, day: str) -> dict[str, Any]:
    """What a desk compares itself with: reports by channel, events, and the actions behind them."""
    start, end = day_bounds(day)
    table, log = schema.report, schema.event_log
    by_channel = connection.execute(
        select(table.c.channel, func.count().label("n"))
        .where(table.c.reported_at >= start, table.c.reported_at < end)
        .group_by(table.c.channel)
        .order_by(table.c.channel)
    )
    events = connection.execute(
        select(func.count().label("events"), func.count(log.c.action.distinct()).label("actions")).where(
            log.c.at >= start, log.c.at < end
        )
    ).one()
    reports = {row.channel: row.n for row in by_channel}
    return {"day": day, "reports": reports, "events": events.events, "actions": events.actions}


def anchor(connection: Connection, day: str) -> dict[str, Any]:
    """Number and hash of the last event recorded before the day's end; zeros before the first one."""
    log = schema.event_log
    query = select(log.c.seq, log.c.hash).where(log.c.recorded_at < day_bounds(day)[1])
    row = connection.execute(
        query.order_by(log.c.recorded_at.desc(), log.c.seq.desc()).limit(1)
    ).one_or_none()
    return {
        "day": day,
        "last_seq": 0 if row is None else row.seq,
        "hash": "0" * 64 if row is None else row.hash,
    }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of walking the chain: how many events fit, and the first number that does not."""

    checked: int
    broken_at: int | None


def verify(connection: Connection) -> Verdict:
    """Walk the whole chain, from the first event to the head."""
    log = schema.event_log
    previous, checked, more = "0" * 64, 0, True
    while more:
        query = select(log.c.seq, log.c.body, log.c.hash).where(log.c.seq > checked).order_by(log.c.seq)
        rows = connection.execute(query.limit(_SLICE)).all()
        for row in rows:
            if row.seq != checked + 1 or ledger.link(previous, row.body) != row.hash:
                return Verdict(checked, checked + 1)
            previous, checked = row.hash, checked + 1
        more = bool(rows)
    end = ledger.head(connection)
    return Verdict(checked, None if (end.seq, end.hash) == (checked, previous) else checked + 1)
