"""Custody segments: who held a report from when to when. Pure, total, and facts only: no allowance, no calendar.

Segments of one report never overlap and never leave a gap: they add up to its lifetime to the millisecond (domain paper
2.5). What decides whether an answer came in time is worked out from them in `clock.py`.

A claimed completion passes the report to the unit, which has to look at it (`Role.VERIFY`); a refused one gives it back
to the office as a new segment with its own time. A closed report rests with nobody (`Role.REST`) until it is reopened.
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
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.report import CLOSED_STATUSES, Report, ReportKind, Status


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


class Excluded(NamedTuple):
    """A segment that does not count: the code, who said so, why, and the event that says it."""

    code: ExclusionCode
    user: str
    reason: str
    at: int
    event: str


class Segment(NamedTuple):
    """One holder's time with a report. Instants in ms UTC, `until` None while it lasts; event fields hold event ids.

    `id` is the id of the event that opened it (the report's own id for the first), so it survives any re-computation.
    `office` is a code, `UPT` for the unit, empty for nobody. `claimant` is the office whose claim a VERIFY segment
    looks at. `router` is the account that sent the report here. `accepted_at`/`refused_at` tell what became of the
    completion that this segment ended with.
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


class Origin(NamedTuple):
    """What custody starts from: the report's own facts. `at` is when it was reported (ms UTC)."""

    report: str
    channel: str
    kind: ReportKind
    at: int
    category: str | None = None
    status: Status = Status.NEW


def origin_of(report: Report) -> Origin:
    """The origin of a report as its channel told it."""
    return Origin(
        report.id, report.channel, report.kind, report.reported_at, report.category, report.source_status
    )


def segments(origin: Origin, events: Iterable[Event]) -> tuple[Segment, ...]:
    """Every segment of a report's life, in order; none for traffic context.

    The same whatever the order in which the events arrived: they count in central order, then the desk's own. A clock
    that runs behind is taken as standing still, so that no time is negative and none is lost.
    """
    return walk(origin, canonical(events))


def walk(origin: Origin, events: Iterable[Event]) -> tuple[Segment, ...]:
    """`segments` of events that are in canonical order already."""
    if origin.kind is ReportKind.CONTEXT:
        return ()
    life = _Life(origin)
    steps = _STEPS
    for event in events:
        step = steps.get(event.kind)
        if step is not None:
            at = event.at
            if at < life.at:
                at = life.at
            else:
                life.at = at
            step(life, event, event.payload, at)
    return life.end()


class _Life:
    """One report's life as it is walked through: the present segment in parts, the past ones as lists."""

    __slots__ = (
        "at",
        "category",
        "channel",
        "excluded",
        "facts",
        "office",
        "opened_by",
        "pause",
        "pauses",
        "place",
        "report",
        "router",
        "rows",
        "since",
        "stay",
    )

    def __init__(self, origin: Origin) -> None:
        self.report = origin.report
        self.channel = origin.channel
        self.at = origin.at
        self.category = origin.category
        self.place: str | None = None
        self.rows: list[tuple[list[Any], dict[str, Any]]] = []
        self.excluded: dict[str, Excluded] | None = None
        self.office = UPT
        self.stay = Stay.HOLD
        if origin.status in CLOSED_STATUSES:
            self.office, self.stay = "", Stay.REST
        elif origin.status is Status.AWAITING_VERIFICATION:
            self.stay = Stay.VERIFY  # claimed at the source, by nobody that we know
        self.since = origin.at
        self.opened_by = origin.report
        self.router = ""
        self.pause: PauseSpan | None = None
        self.pauses: list[PauseSpan] = []
        self.facts: dict[str, Any] = {}

    def close(self, event_id: str | None, at: int | None, ending: Ending) -> None:
        """Write the present segment down. The caller opens the next one, or it is the end."""
        if self.pause is not None and self.stay is Stay.HOLD:
            self.pauses.append(self._span(self.pause, at, event_id))
        facts = self.facts
        if self.pauses:
            facts["pauses"] = tuple(self.pauses)
            self.pauses = []
        self.rows.append(
            (
                [
                    self.opened_by,
                    self.report,
                    len(self.rows),
                    self.office,
                    self.stay,
                    self.since,
                    at,
                    self.channel,
                    self.category,
                    self.place,
                    self.opened_by,
                    event_id,
                    ending,
                    self.router,
                ],
                facts,
            )
        )

    def _span(self, pause: PauseSpan, at: int | None, event_id: str | None) -> PauseSpan:
        since = max(pause.since, self.since)
        if at is None or at >= pause.until:
            return pause._replace(since=min(since, pause.until))
        return pause._replace(since=min(since, at), until=at, closed_by=event_id)

    def open(self, event: Event, at: int, office: str, stay: Stay) -> None:
        """Begin the next segment."""
        self.office, self.stay, self.since, self.opened_by = office, stay, at, event.id
        self.router = event.actor.user
        self.facts = {}

    def pass_on(self, event: Event, at: int, ending: Ending, office: str, stay: Stay = Stay.HOLD) -> None:
        """End the present segment and begin the next at the same instant."""
        self.close(event.id, at, ending)
        self.open(event, at, office, stay)

    def last_hold(self) -> dict[str, Any]:
        """The facts of the segment whose completion is being looked at."""
        return self.rows[-1][1]

    def end(self) -> tuple[Segment, ...]:
        """All segments, the present one open."""
        self.close(None, None, Ending.OPEN)
        excluded = self.excluded
        if excluded:
            for row, facts in self.rows:
                if row[0] in excluded:
                    facts["excluded"] = excluded[row[0]]
        return tuple(Segment(*row, **facts) for row, facts in self.rows)


def _category(life: _Life, event: Event, payload: Any, at: int) -> None:
    life.category = payload.category


def _place(life: _Life, event: Event, payload: Any, at: int) -> None:
    life.place = payload.place


def _sent(life: _Life, event: Event, payload: Any, at: int) -> None:
    office = payload.office
    if office == life.office and life.stay is Stay.HOLD:
        return  # two desks said the same: the second must not give the office its time again
    if life.stay is Stay.VERIFY and office != UPT and life.facts.get("claimant") == office:
        return  # it waits for a person to look at the work; sending it where it came from says nothing new
    life.pause = None
    life.pass_on(event, at, Ending.ROUTED, office)


def _delivered(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is Stay.HOLD and life.office == payload.office and "delivered_at" not in life.facts:
        life.facts["delivered_at"] = at
        life.facts["delivered_by"] = event.id


def _seen(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is Stay.HOLD and life.office == payload.office:
        life.facts.setdefault("seen_at", at)


def _acknowledged(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is Stay.HOLD and life.office == payload.office and "acknowledged_at" not in life.facts:
        life.facts["acknowledged_at"] = at
        life.facts["acknowledged_by"] = event.id


def _answered(life: _Life, event: Event, at: int) -> None:
    if "responded_at" not in life.facts:
        life.facts["responded_at"] = at
        life.facts["responded_by"] = event.id
        life.facts["responder"] = event.actor.user


def _responded(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is Stay.HOLD and life.office == payload.office:
        _answered(life, event, at)


def _returned(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is Stay.HOLD and life.office == payload.office:
        life.facts["returned_at"] = at


def _return_accepted(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.facts.get("returned_at") is None:
        return
    life.pause = None
    life.pass_on(event, at, Ending.RETURN_ACCEPTED, UPT)


def _return_refused(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.facts.get("returned_at") is not None:
        life.facts["returned_at"] = None
        life.facts["returns_refused"] = life.facts.get("returns_refused", 0) + 1


def _claimed(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not Stay.HOLD or life.office != payload.office:
        return
    _answered(life, event, at)
    life.facts["claimed_at"] = at
    life.pass_on(event, at, Ending.CLAIMED, UPT, Stay.VERIFY)
    life.facts["claimant"] = payload.office


def _accepted(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not Stay.VERIFY:
        return
    if life.rows:
        life.last_hold()["accepted_at"] = at
    life.pause = None
    life.pass_on(event, at, Ending.ACCEPTED, "", Stay.REST)


def _refused(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not Stay.VERIFY:
        return
    office = life.facts.get("claimant", UPT)
    if life.rows:
        life.last_hold()["refused_at"] = at
    life.pass_on(event, at, Ending.REFUSED, office)
    if office != UPT:
        # The office knows: it was told by the refusal itself, and its own time starts afresh.
        life.facts["delivered_at"], life.facts["delivered_by"] = at, event.id


def _rejected(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is Stay.REST:
        return
    life.pause = None
    life.facts["reject_code"] = payload.code
    if life.stay is Stay.VERIFY and life.rows:
        life.last_hold()["reject_code"] = payload.code
    life.pass_on(event, at, Ending.REJECTED, "", Stay.REST)


def _reopened(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is not Stay.REST:
        return
    office, delivered = UPT, False
    for row, facts in reversed(life.rows):
        if row[4] is Stay.HOLD:
            office, delivered = row[3], "delivered_at" in facts
            break
    life.pass_on(event, at, Ending.REOPENED, office)
    if office != UPT and delivered:
        life.facts["delivered_at"], life.facts["delivered_by"] = at, event.id


def _paused(life: _Life, event: Event, payload: Any, at: int) -> None:
    if life.stay is Stay.REST:
        return
    if life.pause is not None:
        if at < life.pause.until:
            return
        _end_pause(life, at, None)  # it was over by itself
    life.pause = PauseSpan(payload.code, at, max(at, payload.until), payload.reason, event.id)


def _end_pause(life: _Life, at: int, event_id: str | None) -> None:
    if life.pause is not None and life.stay is Stay.HOLD:
        life.pauses.append(life._span(life.pause, at, event_id))
    life.pause = None


def _resumed(life: _Life, event: Event, payload: Any, at: int) -> None:
    _end_pause(life, at, event.id)


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
