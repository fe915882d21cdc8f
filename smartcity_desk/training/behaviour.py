"""What people in the city do next, after each event of a report's life: the unit's operators, and the offices.

The same rules make the past (`history.py`, both sides) and keep the present alive (`officials.py`, the offices only;
the unit is the trainee then). Delays are milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

import msgspec

from smartcity_desk.domain.decide import PAUSE_MAX
from smartcity_desk.domain.events import (
    Acknowledged,
    CategorySet,
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    EventKind,
    NoteAdded,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    RejectCode,
    Reopened,
    ReportRejected,
    Responded,
    Resumed,
    ReturnAnswered,
    RoutingReturned,
    RoutingSent,
    SecondReview,
)
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.training import texts
from smartcity_desk.training.draw import pick, spread
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.traits import REOPENED, OfficeTraits, Traits

K = EventKind


class Case(msgspec.Struct, array_like=True, gc=False):
    """Where a report stands, as far as the people in the city need to know."""

    record: Citizen
    id: str = ""
    office: str | None = None
    status: Status = Status.NEW
    category: str | None = None
    place: str | None = None
    returned: bool = False
    pause_until: int = 0
    rounds: int = 0
    refused: int = 0
    reopened: int = 0
    fake: bool = False
    claims: int = 0
    pictured: int = 0
    """The last honest claim whose picture others may have seen; 0 for none."""
    private: bool = False
    """Whether only the office may know of it: such a report is joined with no other."""

    @classmethod
    def of(cls, record: Citizen, report: Report) -> Case:
        """The case of a report that has just come in."""
        return cls(record, record.id, category=report.category, private=report.private)

    def advance(self, kind: EventKind, payload: Payload) -> None:
        """Take an event into account, whoever caused it."""
        if isinstance(payload, RoutingSent):
            self.office = None if payload.office == "UPT" else payload.office
            self.status = Status.ROUTED if self.office else Status.NEW
            self.returned = False
            self.pause_until = 0
            self.rounds += 1
        elif isinstance(payload, CategorySet):
            self.category = payload.category
        elif isinstance(payload, PlaceSet):
            self.place = payload.place
        elif isinstance(payload, Paused):
            self.pause_until = payload.until
        elif kind is K.CLOCK_RESUMED:
            self.pause_until = 0
        elif isinstance(payload, CompletionClaimed) and payload.attachments and not self.fake:
            self.pictured = self.claims + 1
            self._work(kind)
        else:
            self._work(kind)

    def _work(self, kind: EventKind) -> None:
        if kind is K.REPORT_RESPONDED and self.status is Status.ROUTED:
            self.status = Status.IN_PROGRESS
        elif kind is K.ROUTING_RETURNED:
            self.returned = True
        elif kind is K.ROUTING_RETURN_REFUSED:
            self.returned = False
        elif kind is K.ROUTING_RETURN_ACCEPTED:
            self.office, self.status, self.returned, self.pause_until = None, Status.NEW, False, 0
        elif kind is K.COMPLETION_CLAIMED:
            self.status = Status.AWAITING_VERIFICATION
            self.claims += 1
        elif kind is K.COMPLETION_REFUSED:
            self.status = Status.IN_PROGRESS
            self.refused += 1
        elif kind is K.COMPLETION_ACCEPTED:
            self.status, self.returned, self.pause_until = Status.DONE, False, 0
        elif kind is K.REPORT_REJECTED:
            self.status, self.returned, self.pause_until = Status.REJECTED, False, 0
        elif kind is K.REPORT_REOPENED:
            self.status = Status.ROUTED if self.office else Status.NEW
            self.returned = False
            self.pause_until = 0
            self.reopened += 1


def possible(case: Case, kind: EventKind, payload: Payload, by: str) -> bool:
    """Whether the report still stands as it did when this was planned; what has been overtaken is not done."""
    if kind in (K.REVIEW_RECORDED, K.ATTACHMENT_ADDED):
        return True
    if case.status in (Status.DONE, Status.REJECTED):
        return kind is K.REPORT_REOPENED and case.status is Status.DONE
    if kind in _BY_OFFICE:
        if kind is not K.REPORT_DELIVERED and by != case.office:
            return False
        if kind is K.ROUTING_RETURNED:
            return not case.returned
        return getattr(payload, "office", case.office) == case.office
    if isinstance(payload, RoutingSent):
        return payload.base == case.office
    needs = _NEEDS.get(kind)
    return needs is None or needs(case)


_BY_OFFICE: Final = frozenset(
    {K.REPORT_DELIVERED, K.REPORT_ACKNOWLEDGED, K.REPORT_RESPONDED, K.ROUTING_RETURNED, K.COMPLETION_CLAIMED}
)
_NEEDS: Final[dict[EventKind, Callable[[Case], bool]]] = {
    K.ROUTING_RETURN_REFUSED: lambda case: case.returned,
    K.COMPLETION_ACCEPTED: lambda case: case.status is Status.AWAITING_VERIFICATION,
    K.COMPLETION_REFUSED: lambda case: case.status is Status.AWAITING_VERIFICATION,
    K.CLOCK_PAUSED: lambda case: case.pause_until == 0 and case.status is not Status.AWAITING_VERIFICATION,
    K.CLOCK_RESUMED: lambda case: case.pause_until != 0,
    K.REPORT_REJECTED: lambda case: case.status is Status.NEW,
    K.REPORT_REOPENED: lambda case: case.status is Status.DONE,
}


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that somebody will do. `by` is an office's code, an operator's account, or `SYSTEM`."""

    after: int
    kind: EventKind
    payload: Payload
    by: str


SYSTEM: Final = "system"
OPERATORS: Final = ("sari", "budi")
SUPERVISOR: Final = "ratna"
DEPUTY: Final = "rani"
REVIEWERS: Final = ("dewi", "dian")

_DELIVERY_MS: Final = (20 * SECOND, 180 * SECOND)


def deliver(rng: Random, office: str) -> Planned:
    """The receipt that says that an office's inbox has the report."""
    low, high = _DELIVERY_MS
    return Planned(int(rng.uniform(low, high)), K.REPORT_DELIVERED, Delivered(office), SYSTEM)


def hours(rng: Random, median: float, low: float, high: float, sigma: float = 0.8) -> int:
    """A delay around a median, in milliseconds; the bounds are hours."""
    return int(spread(rng, median, sigma, low, high) * HOUR)


def office_reacts(rng: Random, case: Case, kind: EventKind, traits: Traits) -> tuple[Planned, ...]:
    """What the office that holds the report does after an event; nothing when it is silent."""
    office = case.office
    if office is None or case.status in (Status.DONE, Status.REJECTED):
        return ()
    own = traits.of(office)
    if kind is K.ROUTING_SENT:
        return (deliver(rng, office),)
    if kind is K.REPORT_DELIVERED:
        return _takes_up(rng, case, own)
    if kind in (K.ROUTING_RETURN_REFUSED, K.REPORT_REOPENED):
        if rng.random() < own.on_time * 0.95:
            return (_answer(rng, own, hours(rng, own.answer_hours, 0.3, own.allowance_hours * 0.95)),)
        return ()
    if kind is K.REPORT_RESPONDED and case.status is not Status.AWAITING_VERIFICATION:
        if rng.random() < 0.975:
            return (_claims(rng, case, own),)
        return ()
    if kind is K.COMPLETION_REFUSED and rng.random() < 0.88:
        return (_claims(rng, case, own),)
    return ()


def _takes_up(rng: Random, case: Case, own: OfficeTraits) -> tuple[Planned, ...]:
    office = own.office
    if case.record.competent != office and case.record.place != office:
        return _hands_back(rng, case, own, 0.9)
    if case.record.competent != office:
        return _hands_back(rng, case, own, 0.8)
    if rng.random() < 0.015:
        after = hours(rng, own.answer_hours, 0.5, own.allowance_hours)
        back = RoutingReturned(office, pick(rng, texts.WEAK_RETURNS))
        return (Planned(after, K.ROUTING_RETURNED, back, office),)
    chance = rng.random()
    if chance < own.on_time:
        after = hours(rng, own.answer_hours, 0.15, own.allowance_hours * 0.96)
    elif chance < own.on_time + (1 - own.on_time) * 0.45:
        after = int((own.allowance_hours + rng.expovariate(1 / 30)) * HOUR)
    elif rng.random() < own.on_time * 0.65:
        after = int(rng.uniform(6, 30) * own.allowance_hours * HOUR)  # somebody asked again and again
    else:
        return _touches(rng, own, 4 * HOUR, 0.3)
    return (*_touches(rng, own, min(after, int(own.allowance_hours * HOUR)), 0.6), _answer(rng, own, after))


def _touches(rng: Random, own: OfficeTraits, before: int, share: float) -> tuple[Planned, ...]:
    """A first touch before the answer. It is no response."""
    if rng.random() >= share:
        return ()
    after = int(before * rng.uniform(0.05, 0.7))
    text = pick(rng, texts.ACKNOWLEDGEMENTS)
    return (Planned(after, K.REPORT_ACKNOWLEDGED, Acknowledged(own.office, text), own.office),)


def _hands_back(rng: Random, case: Case, own: OfficeTraits, share: float) -> tuple[Planned, ...]:
    if rng.random() >= share:
        # Stays in the load of somebody who cannot do it: the grievance behind F1.
        return () if rng.random() < 0.5 else (_answer(rng, own, hours(rng, 30, 1, 200)),)
    median = 30.0 if own.misrouted > 0.5 else 8.0
    named = case.record.competent if rng.random() < 0.7 else None
    back = RoutingReturned(own.office, pick(rng, texts.RETURNS), named)
    return (Planned(hours(rng, median, 0.5, 90), K.ROUTING_RETURNED, back, own.office),)


def _answer(rng: Random, own: OfficeTraits, after: int) -> Planned:
    order = f"SPK-{int(rng.random() * 9000) + 1000}" if rng.random() < 0.3 else ""
    payload = Responded(own.office, pick(rng, texts.RESPONSES), order)
    return Planned(after, K.REPORT_RESPONDED, payload, own.office)


def _claims(rng: Random, case: Case, own: OfficeTraits) -> Planned:
    share = own.fake * (0.6 if case.refused else 1.0)
    case.fake = rng.random() < share
    text = pick(rng, texts.EMPTY_COMPLETIONS if case.fake else texts.COMPLETIONS)
    median = own.work_hours * (0.3 if case.fake else 1.0)
    after = hours(rng, median, 0.2, own.work_hours * 8)
    return Planned(after, K.COMPLETION_CLAIMED, CompletionClaimed(own.office, text), own.office)


# ---------------------------------------------------------------- the unit, in the past only


def second_look(rng: Random, case: Case, answer: str, accepted: bool) -> Planned:
    """A blind second review of the answer to a completion (F20): mostly the same, as people are."""
    doubt = (0.5 if case.fake else 0.01) if accepted else 0.85
    accept = rng.random() >= doubt
    said = SecondReview(answer, accept, "" if accept else pick(rng, texts.REFUSE_DONE))
    return Planned(hours(rng, 20, 1, 90), K.REVIEW_RECORDED, said, pick(rng, REVIEWERS))


def unit_reacts(
    rng: Random, case: Case, kind: EventKind | None, known: bool, traits: Traits
) -> tuple[Planned, ...]:
    """What the unit's operators do after an event; `None` is the arrival, `known` that its original came before."""
    if kind is None:
        return _verifies(rng, case, known, traits)
    operator = OPERATORS[case.record.number & 1]
    if kind is K.ROUTING_RETURNED:
        return (_answers_return(rng, case, operator),)
    if kind is K.CLOCK_RESUMED and case.office is None:
        return _places_and_routes(rng, case, operator, 10 * MINUTE, traits)
    if kind is K.COMPLETION_CLAIMED:
        return (_verifies_completion(rng, case, operator),)
    if kind is K.COMPLETION_ACCEPTED:
        return _comes_back(rng, case, operator)
    if kind is K.REPORT_RESPONDED and case.office is not None and rng.random() < 0.025:
        pause = Paused(PauseCode.WAITING_THIRD_PARTY, texts.WAIT_THIRD, 0)
        return (Planned(hours(rng, 1, 0.2, 4), K.CLOCK_PAUSED, pause, SUPERVISOR),)
    return ()


def _comes_back(rng: Random, case: Case, operator: str) -> tuple[Planned, ...]:
    # A fake that passed comes back more often than honest work.
    if case.reopened >= 2 or rng.random() >= (0.6 if case.fake else _REOPENED_HONEST):
        return ()
    again = Reopened(pick(rng, texts.REOPEN), Status.DONE)
    return (Planned(hours(rng, 96, 8, 600), K.REPORT_REOPENED, again, operator),)


_REOPENED_HONEST: Final = REOPENED * 0.93


def pause_until(at: int, payload: Paused, rng: Random) -> Paused:
    """The pause with its end: inside the longest that its reason allows."""
    longest = min(PAUSE_MAX[payload.code], 9 * DAY)
    return Paused(payload.code, payload.reason, at + int(rng.uniform(0.5, 1.0) * longest), payload.base)


def _verifies(rng: Random, case: Case, known: bool, traits: Traits) -> tuple[Planned, ...]:
    record = case.record
    operator = OPERATORS[record.number & 1]
    chance = rng.random()
    if chance < 0.62:
        after = hours(rng, 0.3, 0.03, 3)
    elif chance < 0.94:
        after = hours(rng, 1.5, 0.2, 6)
    else:
        after = hours(rng, 8, 3, 30)
    if record.spam:
        return (_rejects(after, RejectCode.SPAM, "", operator),)
    if record.outside:
        return (_rejects(after, RejectCode.OUTSIDE_CITY, "", operator),)
    if known and rng.random() < 0.86:
        return (_rejects(after, RejectCode.DUPLICATE, "", operator),)
    if record.vague or (record.lat is None and not record.box and rng.random() < 0.4):
        if rng.random() < 0.35:
            return (_rejects(after, RejectCode.TOO_VAGUE, "", operator),)
        pause = Paused(PauseCode.WAITING_REPORTER, texts.WAIT_REPORTER, 0)
        return (Planned(after, K.CLOCK_PAUSED, pause, operator),)
    return _places_and_routes(rng, case, operator, after, traits)


_JOINED_ONE_IN: Final = 4
"""Of so many repeats that are known as such one is joined to its first report, and the others are rejected."""


def joins(case: Case, first: Case, payload: Payload) -> bool:
    """Whether the unit joins what it would reject as a repeat: the first report has to be alive to carry it."""
    return (
        isinstance(payload, ReportRejected)
        and payload.code is RejectCode.DUPLICATE
        and first.status is not Status.REJECTED
        and not (case.private or first.private)
        and case.record.number % _JOINED_ONE_IN == 0
    )


def _rejects(after: int, code: RejectCode, reason: str, operator: str) -> Planned:
    return Planned(after, K.REPORT_REJECTED, ReportRejected(code, reason, Status.NEW), operator)


def _places_and_routes(
    rng: Random, case: Case, operator: str, after: int, traits: Traits
) -> tuple[Planned, ...]:
    record = case.record
    steps: list[Planned] = []
    moment = after
    if case.category is None:
        steps.append(Planned(moment, K.CATEGORY_SET, CategorySet(record.category), operator))
        moment += 5 * SECOND
    # Who only looks at the point puts a wrong one into the wrong kelurahan; the text may say better.
    place = record.placed if rng.random() < 0.8 else record.place
    if case.place is None:
        steps.append(Planned(moment, K.PLACE_SET, PlaceSet(place), operator))
        moment += 5 * SECOND
    if rng.random() < 0.03:
        steps.append(Planned(moment, K.NOTE_ADDED, NoteAdded(pick(rng, texts.NOTES)), operator))
        moment += 5 * SECOND
    office = record.competent if record.competent != record.place else place
    if office != place and rng.random() < max(traits.of(place).misrouted, 0.28 if case.rounds == 0 else 0.0):
        office = place
    reason = pick(rng, texts.ROUTE_REASONS)
    steps.append(Planned(moment, K.ROUTING_SENT, RoutingSent(office, reason, case.office), operator))
    return tuple(steps)


def _answers_return(rng: Random, case: Case, operator: str) -> Planned:
    after = hours(rng, 5, 0.2, 30)
    if case.record.competent != case.office:
        route = RoutingSent(case.record.competent, pick(rng, texts.REROUTE_REASONS), case.office)
        return Planned(after, K.ROUTING_SENT, route, operator)
    return Planned(after, K.ROUTING_RETURN_REFUSED, ReturnAnswered(pick(rng, texts.REFUSE_RETURN)), operator)


def _verifies_completion(rng: Random, case: Case, operator: str) -> Planned:
    after = hours(rng, 5, 0.2, 40)
    caught = rng.random() < (0.75 if case.fake else 0.02)
    base = Status.AWAITING_VERIFICATION
    if caught:
        refusal = CompletionAnswered(pick(rng, texts.REFUSE_DONE), base)
        return Planned(after, K.COMPLETION_REFUSED, refusal, operator)
    return Planned(after, K.COMPLETION_ACCEPTED, CompletionAnswered("", base), operator)


def resumes(rng: Random, paused: Paused, at: int, by: str) -> Planned:
    """The end of a pause, before its latest day."""
    after = int((paused.until - at) * rng.uniform(0.1, 0.8))
    reason = texts.GOT_PLACE if paused.code is PauseCode.WAITING_REPORTER else texts.THIRD_DONE
    return Planned(after, K.CLOCK_RESUMED, Resumed(reason), by)
