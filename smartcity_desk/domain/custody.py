"""Custody segments: who held a report from when to when. Pure, total, and facts only: no allowance, no calendar.

Segments of one report never overlap and never leave a gap: they add up to its lifetime to the millisecond (domain paper
2.5). What decides whether an answer came in time is worked out from them in `clock.py`.

A claimed completion passes the report to the unit, which has to look at it (`Stay.VERIFY`); a refused one gives it back
to the office as a new segment with its own time. A closed report rests with nobody (`Stay.REST`) until it is reopened.

Events count in canonical order, and what happened inside a segment keeps its own time: a receipt or a pause that comes
to light late (F12, F17) stands where it belongs and not where it arrived. Only what ends a segment can never lie before
what was done in it, so that no time is negative and none is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from smartcity_desk.domain.events import (
    Event,
    EventKind,
    ExclusionCode,
    PauseCode,
    RejectCode,
)
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.report import CLOSED_STATUSES, Report, ReportKind, Status
from smartcity_desk.domain.standing import start_of


class Stay(StrEnum):
    """What a report is with its holder for."""

    HOLD = "hold"  # to be dealt with
    VERIFY = "verify"  # the unit looks at a claimed completion
    REST = "rest"  # closed: nobody's time runs


class Ending(StrEnum):
    """How a segment ended."""

    OPEN = "open"  # it has not
    ROUTED = "routed"  # sent elsewhere by the unit
    RETURN_ACCEPTED = "return_accepted"  # handed back as bukan wewenang, and the unit agreed (F1)
    CLAIMED = "claimed"  # the office says that the work is done
    ACCEPTED = "accepted"  # a person accepted the completion
    REFUSED = "refused"  # a person refused it
    REJECTED = "rejected"  # the report asks nobody for work
    REOPENED = "reopened"  # the rest of a closed report is over


class PauseSpan(NamedTuple):
    """A time in which the holder's clock stood still. `until` is its limit as long as nobody ended it (F5)."""

    code: PauseCode
    since: int
    until: int
    reason: str
    opened_by: str
    closed_by: str | None = None


class Recategorised(NamedTuple):
    """Another category was set while the office held the report: when, what it was before, and the event."""

    at: int
    before: str | None
    event: str


class Excluded(NamedTuple):
    """A segment that does not count: the code, who said so, why, and the event that says it."""

    code: ExclusionCode
    user: str
    reason: str
    at: int
    event: str


class Doubt(NamedTuple):
    """The report was located by a machine, and not surely: the candidates, None among them for outside the city.

    `decided` is where a person said that it lies, by the event `decided_by` at `decided_at`; None while nobody has.
    """

    badge: PlaceBadge
    candidates: tuple[str | None, ...]
    decided: str | None = None
    decided_by: str = ""
    decided_at: int | None = None


class Segment(NamedTuple):
    """One holder's time with a report. Instants in ms UTC, `until` None while it lasts; event fields hold event ids.

    `id` is the id of the event that opened it (the report's own id for the first), so it survives any re-computation.
    `office` is a code, `UPT` for the unit, empty for nobody. `claimant` is the office whose claim a VERIFY segment
    looks at. `router` is the account that sent the report here. `accepted_at`/`refused_at` tell what became of the
    completion that this segment ended with. `returned_at` is a hand-back that was not refused; `misrouted_at` is when
    the unit agreed to it. `reject_code` stands on every segment of a report that is rejected, until it is reopened; so
    does `doubt` of a report whose automatic place is not sure.
    """

    id: str
    report: str
    number: int
    office: str
    stay: Stay
    since: int
    until: int | None
    channel: str
    category: str | None
    place: str | None
    opened_by: str
    closed_by: str | None
    ending: Ending
    router: str
    delivered_at: int | None = None
    delivered_by: str | None = None
    seen_at: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    responded_at: int | None = None
    responded_by: str | None = None
    responder: str | None = None
    claimed_at: int | None = None
    accepted_at: int | None = None
    refused_at: int | None = None
    returned_at: int | None = None
    returns_refused: int = 0
    reject_code: RejectCode | None = None
    claimant: str | None = None
    pauses: tuple[PauseSpan, ...] = ()
    excluded: Excluded | None = None
    recategorised: tuple[Recategorised, ...] = ()
    returned_by: str | None = None
    return_refused_by: str | None = None
    misrouted_at: int | None = None
    misrouted_by: str | None = None
    rejected_at: int | None = None
    rejected_by: str | None = None
    doubt: Doubt | None = None


# Looking a member up in its class is slow in Python 3.11, and this is done some twenty times a report.
_HOLD: Final = Stay.HOLD
_VERIFY: Final = Stay.VERIFY
_REST: Final = Stay.REST

# Where each value stands in a segment while it is still a list: a million of them are made at a start.
# fmt: off
(
    _ID, _REPORT, _NUMBER, _OFFICE, _STAY, _SINCE, _UNTIL, _CHANNEL, _CATEGORY, _PLACE, _OPENED_BY, _CLOSED_BY, _ENDING,
    _ROUTER, _DELIVERED_AT, _DELIVERED_BY, _SEEN_AT, _ACKNOWLEDGED_AT, _ACKNOWLEDGED_BY, _RESPONDED_AT, _RESPONDED_BY,
    _RESPONDER, _CLAIMED_AT, _ACCEPTED_AT, _REFUSED_AT, _RETURNED_AT, _RETURNS_REFUSED, _REJECT_CODE, _CLAIMANT,
    _PAUSES, _EXCLUDED, _RECATEGORISED, _RETURNED_BY, _RETURN_REFUSED_BY, _MISROUTED_AT, _MISROUTED_BY, _REJECTED_AT,
    _REJECTED_BY, _DOUBT,
) = range(len(Segment._fields))
# fmt: on
_BLANK: Final[list[Any]] = [Segment._field_defaults.get(name) for name in Segment._fields]


class Origin(NamedTuple):
    """What custody starts from: the report's own facts. `at` is when it was reported (ms UTC)."""

    report: str
    channel: str
    kind: ReportKind
    at: int
    category: str | None = None
    status: Status = Status.NEW
    location: Location | None = None


def origin_of(report: Report) -> Origin:
    """The origin of a report as its channel told it."""
    return Origin(
        report.id,
        report.channel,
        report.kind,
        report.reported_at,
        report.category,
        report.source_status,
        report.location,
    )


def segments(origin: Origin, events: Iterable[Event]) -> tuple[Segment, ...]:
    """Every segment of a report's life, in order; none for traffic context.

    The same whatever the order in which the events arrived: they count in central order, then the desk's own.
    """
    return walk(origin, canonical(events))


def walk(origin: Origin, events: Iterable[Event]) -> tuple[Segment, ...]:
    """`segments` of events that are in canonical order already."""
    return () if origin.kind is ReportKind.CONTEXT else _lived(origin, events).end()


def walk_offices(origin: Origin, events: Iterable[Event]) -> tuple[Segment, ...]:
    """Those segments of `walk` in which an office had a report in its inbox: all that can count for or against it."""
    if origin.kind is ReportKind.CONTEXT:
        return ()
    return _lived(origin, events).end(delivered=True)


def _lived(origin: Origin, events: Iterable[Event]) -> _Life:
    if not isinstance(events, list | tuple):
        events = list(events)
    life = _Life(origin, start_of(origin.status, events))
    steps = _STEPS
    for event in events:
        step = steps.get(event.kind)
        if step is not None:
            at = event.at
            if at < life.since:  # a clock that runs behind: nobody acts on a report before he has it
                at = life.since
            step(life, event, event.payload, at)
    return life


class _Life:
    """One report's life as it is walked through: the present segment as a list, the past ones as well.

    `holder` is the office that has it or had it last (None = the unit), through verification and rest. `reached` says
    that its inbox has the report. `last` is the latest thing that was done in the present segment.
    """

    __slots__ = (
        "category",
        "cells",
        "doubt",
        "excluded",
        "holder",
        "last",
        "origin",
        "past",
        "pauses",
        "place",
        "reached",
        "recategorised",
        "rejection",
        "returned",
        "running",
        "since",
        "stay",
    )

    def __init__(self, origin: Origin, status: Status) -> None:
        self.origin = origin
        self.category = origin.category
        self.place: str | None = None
        self.doubt: Doubt | None = None
        if origin.location is not None:
            self.place = origin.location.place
            self.doubt = doubt_of(origin.location)
        self.past: list[list[Any]] = []
        self.excluded: dict[str, Excluded] | None = None
        self.rejection: tuple[RejectCode, int, str] | None = None
        self.holder: str | None = None
        self.reached = False
        self.returned: tuple[int, str] | None = None
        self.running: tuple[PauseSpan, ...] = ()
        self.pauses: tuple[PauseSpan, ...] = ()
        self.recategorised: tuple[Recategorised, ...] = ()
        self.cells: list[Any] = []
        stay = _HOLD
        if status in CLOSED_STATUSES:
            stay = _REST
        elif status is Status.AWAITING_VERIFICATION:
            stay = _VERIFY  # claimed at the source, by nobody that we know
        self.open(origin.report, "", origin.at, stay)

    def open(self, event_id: str, user: str, at: int, stay: Stay) -> None:
        """Begin a segment of the present holder, or of the unit on his account."""
        holder = self.holder
        self.stay, self.since, self.last = stay, at, at
        self.cells = cells = _BLANK.copy()
        cells[_ID] = cells[_OPENED_BY] = event_id
        cells[_REPORT] = self.origin.report
        cells[_NUMBER] = len(self.past)
        cells[_STAY] = stay
        cells[_SINCE] = at
        cells[_CHANNEL] = self.origin.channel
        cells[_ROUTER] = user
        if stay is _HOLD:
            cells[_OFFICE] = UPT if holder is None else holder
        elif stay is _VERIFY:
            cells[_OFFICE] = UPT
            cells[_CLAIMANT] = holder
        else:
            cells[_OFFICE] = ""

    def close(self, event_id: str | None, at: int | None, ending: Ending) -> None:
        """Write the present segment down."""
        cells = self.cells
        cells[_UNTIL] = at
        cells[_CLOSED_BY] = event_id
        cells[_ENDING] = ending
        cells[_CATEGORY] = self.category
        cells[_PLACE] = self.place
        if self.running:
            self.keep_pauses(at, event_id)
        if self.pauses:
            cells[_PAUSES] = self.pauses if at is None else _within(self.pauses, at, event_id)
            self.pauses = ()
        if self.recategorised:
            cells[_RECATEGORISED] = self.recategorised
            self.recategorised = ()
        if self.returned is not None:
            cells[_RETURNED_AT], cells[_RETURNED_BY] = self.returned
        self.past.append(cells)

    def keep_pauses(self, at: int | None, event_id: str | None) -> None:
        """Note what of the running pauses lies in the present segment, up to `at`.

        The unit's look at a completion stands still only for what the unit itself waits for: a pause that was meant for
        the office's work does not hide how long the unit takes.
        """
        for pause in self.running:
            since, until, closed_by = pause.since, pause.until, None
            if since < self.since:
                if self.stay is _VERIFY:
                    continue
                since = self.since
            if at is not None and at < until:
                until, closed_by = at, event_id
            if until > since:
                self.pauses += (pause._replace(since=since, until=until, closed_by=closed_by),)

    def pass_on(self, event: Event, at: int, ending: Ending, stay: Stay) -> None:
        """End the present segment and begin the next at the same instant."""
        if at < self.last:
            at = self.last
        self.close(event.id, at, ending)
        self.open(event.id, event.actor.user, at, stay)

    def move(self, event: Event, at: int, ending: Ending, office: str | None) -> None:
        """Another holder: what was paused and handed back was not his (F11)."""
        if at < self.last:
            at = self.last
        self.close(event.id, at, ending)
        self.holder, self.reached, self.returned, self.rejection = office, False, None, None
        self.running = ()
        self.open(event.id, event.actor.user, at, _HOLD)

    def shut(self, event: Event, at: int, ending: Ending) -> None:
        """The report is closed: it rests with nobody, and only reopening gives it back to its holder."""
        self.pass_on(event, at, ending, _REST)
        self.returned = None
        self.running = ()

    def done(self, at: int) -> None:
        """Something was done in the present segment: it cannot end before that."""
        if at > self.last:
            self.last = at

    def told(self, event: Event) -> None:
        """The holder knows of a segment by what opened it, and his own time starts afresh."""
        if self.holder is not None:
            self.reached = True
            self.cells[_DELIVERED_AT], self.cells[_DELIVERED_BY] = self.since, event.id

    def claimed(self) -> list[Any] | None:
        """The segment whose completion is being looked at; None for one that was claimed at the source."""
        return self.past[-1] if self.holder is not None else None

    def end(self, *, delivered: bool = False) -> tuple[Segment, ...]:
        """All segments, the present one open; or the `delivered` ones alone."""
        self.close(None, None, Ending.OPEN)
        past = self.past
        if delivered:
            past = [cells for cells in past if cells[_DELIVERED_AT] is not None]
        if self.excluded:
            for cells in past:
                cells[_EXCLUDED] = self.excluded.get(cells[_ID])
        if self.rejection is not None:
            for cells in past:
                if cells[_STAY] is not _REST:
                    cells[_REJECT_CODE], cells[_REJECTED_AT], cells[_REJECTED_BY] = self.rejection
        if self.doubt is not None:
            for cells in past:
                cells[_DOUBT] = self.doubt
        make = tuple.__new__
        return tuple([make(Segment, cells) for cells in past])


def doubt_of(location: Location) -> Doubt | None:
    """What is not sure about an automatic place; None where it is sure, or there is none to be sure of."""
    if not location.uncertain:
        return None
    return Doubt(location.badge, (location.place, location.neighbour))


def _within(pauses: tuple[PauseSpan, ...], end: int, event_id: str | None) -> tuple[PauseSpan, ...]:
    """Pauses up to the end of their segment: one may have been ended by a clock that runs ahead of who ended that."""
    if all(one.until <= end for one in pauses):
        return pauses
    cut = (one if one.until <= end else one._replace(until=end, closed_by=event_id) for one in pauses)
    return tuple(one for one in cut if one.since < one.until)


def _category(life: _Life, event: Event, payload: Any, at: int) -> None:
    before, life.category = life.category, payload.category
    if life.stay is _HOLD and life.holder is not None and before != payload.category:
        life.recategorised += (Recategorised(at, before, event.id),)


def _place(life: _Life, event: Event, payload: Any, at: int) -> None:
    life.place = payload.place
    if life.doubt is not None:
        life.doubt = life.doubt._replace(decided=payload.place, decided_by=event.id, decided_at=at)


def _sent(life: _Life, event: Event, payload: Any, at: int) -> None:
    office = None if payload.office == UPT else payload.office
    if office == life.holder and (life.stay is _HOLD or (life.stay is _VERIFY and office is not None)):
        # Two desks said the same: the second must not give the holder his time again. And what waits for a person to
        # look at the work says nothing new by being sent where it came from.
        return
    life.move(event, at, Ending.ROUTED, office)


def _delivered(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.holder != payload.office:
        return
    life.reached = True
    if life.stay is _HOLD and life.cells[_DELIVERED_AT] is None:
        life.cells[_DELIVERED_AT], life.cells[_DELIVERED_BY] = at, event.id
        life.done(at)


def _seen(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is _HOLD and life.holder == payload.office and life.cells[_SEEN_AT] is None:
        life.cells[_SEEN_AT] = at
        life.done(at)


def _acknowledged(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is _HOLD and life.holder == payload.office and life.cells[_ACKNOWLEDGED_AT] is None:
        life.cells[_ACKNOWLEDGED_AT], life.cells[_ACKNOWLEDGED_BY] = at, event.id
        life.done(at)


def _responded(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is _HOLD and life.holder == payload.office and life.cells[_RESPONDED_AT] is None:
        life.cells[_RESPONDED_AT], life.cells[_RESPONDED_BY] = at, event.id
        life.cells[_RESPONDER] = event.actor.user
        life.done(at)


def _returned(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not _REST and life.holder == payload.office:
        life.returned = (at, event.id)
        life.done(at)


def _return_accepted(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.returned is None:
        return
    held = life.claimed() if life.stay is _VERIFY else life.cells
    assert held is not None  # only an office hands back
    life.move(event, at, Ending.RETURN_ACCEPTED, None)
    held[_MISROUTED_AT], held[_MISROUTED_BY] = life.since, event.id


def _return_refused(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.returned is not None:
        life.returned = None
        life.cells[_RETURNS_REFUSED] += 1
        life.cells[_RETURN_REFUSED_BY] = event.id


def _claimed(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not _HOLD or life.holder != payload.office:
        return
    cells = life.cells
    if cells[_RESPONDED_AT] is None:
        cells[_RESPONDED_AT], cells[_RESPONDED_BY], cells[_RESPONDER] = at, event.id, event.actor.user
    cells[_CLAIMED_AT] = at
    life.pass_on(event, at, Ending.CLAIMED, _VERIFY)


def _accepted(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not _VERIFY:
        return
    held = life.claimed()
    life.shut(event, at, Ending.ACCEPTED)
    if held is not None:
        held[_ACCEPTED_AT] = life.since


def _refused(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not _VERIFY:
        return
    held = life.claimed()
    life.pass_on(event, at, Ending.REFUSED, _HOLD)
    if held is not None:
        held[_REFUSED_AT] = life.since
    life.told(event)


def _rejected(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not _REST:
        life.shut(event, at, Ending.REJECTED)
        life.rejection = (payload.code, life.since, event.id)


def _reopened(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is _REST:
        life.pass_on(event, at, Ending.REOPENED, _HOLD)
        life.rejection = None
        if life.reached:
            life.told(event)


def _paused(life: _Life, event: Event, payload: Any, at: int) -> None:
    # One that comes while another runs stands beside it: time is subtracted once, and no order of arrival loses any.
    if life.stay is not _REST:
        life.running += (PauseSpan(payload.code, at, payload.until, payload.reason, event.id),)


def _resumed(life: _Life, event: Event, payload: Any, at: int) -> None:
    life.keep_pauses(at, event.id)
    life.running = ()


def _excluded(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.excluded is None:
        life.excluded = {}
    life.excluded[payload.segment] = Excluded(
        payload.code, event.actor.user, payload.reason, event.at, event.id
    )


def _counted(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.excluded is not None:
        life.excluded.pop(payload.segment, None)


_Step = Callable[[_Life, Event, Any, int], None]

_STEPS: Final[dict[EventKind, _Step]] = {
    EventKind.CATEGORY_SET: _category,
    EventKind.PLACE_SET: _place,
    EventKind.ROUTING_SENT: _sent,
    EventKind.ROUTING_RETURNED: _returned,
    EventKind.ROUTING_RETURN_ACCEPTED: _return_accepted,
    EventKind.ROUTING_RETURN_REFUSED: _return_refused,
    EventKind.REPORT_DELIVERED: _delivered,
    EventKind.REPORT_SEEN: _seen,
    EventKind.REPORT_ACKNOWLEDGED: _acknowledged,
    EventKind.REPORT_RESPONDED: _responded,
    EventKind.REPORT_REJECTED: _rejected,
    EventKind.REPORT_REOPENED: _reopened,
    EventKind.CLOCK_PAUSED: _paused,
    EventKind.CLOCK_RESUMED: _resumed,
    EventKind.COMPLETION_CLAIMED: _claimed,
    EventKind.COMPLETION_ACCEPTED: _accepted,
    EventKind.COMPLETION_REFUSED: _refused,
    EventKind.EXCLUSION_SET: _excluded,
    EventKind.EXCLUSION_LIFTED: _counted,
}
"""Kinds that are not here move no custody: notes, files, claims, reviews, marks."""
