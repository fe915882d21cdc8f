"""The past of the training city: every report of the last 90 days and what was done about it, from a fixed seed.

The same seed, end and scale give the same bytes. Each report's life is one of `behaviour`'s; what would come after the
end is kept apart, so that the present goes on where the past stops.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Final

import msgspec

from smartcity_desk.central.history import PastFile
from smartcity_desk.domain.events import (
    Actor,
    CompletionClaimed,
    Event,
    EventKind,
    IncidentChanged,
    MarkRaised,
    Paused,
    Payload,
    ReturnAnswered,
    Role,
    RoutingSent,
    SecondReview,
)
from smartcity_desk.domain.ids import event_id, time_ordered_id
from smartcity_desk.domain.office import Directory, Tenure
from smartcity_desk.domain.reviews import drawn
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.training import texts
from smartcity_desk.training.arrivals import Spring
from smartcity_desk.training.behaviour import (
    OPERATORS,
    REVIEWERS,
    SUPERVISOR,
    SYSTEM,
    Case,
    Planned,
    joins,
    office_reacts,
    pause_until,
    possible,
    resumes,
    second_look,
    unit_reacts,
)
from smartcity_desk.training.channels import as_report
from smartcity_desk.training.declaring import declare, propose
from smartcity_desk.training.draw import seeded
from smartcity_desk.training.illustrating import Claimed, Shown, illustrate
from smartcity_desk.training.marking import mark
from smartcity_desk.training.objecting import Marked
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.steps import Open, Steps
from smartcity_desk.training.telling import tell
from smartcity_desk.training.traits import Traits

DAYS: Final = 90
OUTAGES: Final = ((40, 2), (17, 26))
"""Times when no inbox could be reached: days before the end, and hours."""
REVIEW_PERCENT: Final = 5
"""As the policy says that ships."""
K = EventKind
_ANSWERS: Final = frozenset({K.COMPLETION_ACCEPTED, K.COMPLETION_REFUSED})
_UNIT: Final = frozenset({*OPERATORS, SUPERVISOR, *REVIEWERS})


class Truth(msgspec.Struct):
    """What no server tells: for later measures of the rules that look for it."""

    unresponsive: list[str]
    fast_but_empty: list[str]
    hurt_by_misrouting: list[str]
    flood_prone: list[str]
    fakes: list[int] = msgspec.field(default_factory=list)
    """Numbers of reports with a claimed completion that was none."""
    reopened: list[int] = msgspec.field(default_factory=list)
    shown: list[Shown] = msgspec.field(default_factory=list)
    """What backs each claim that was drawn: which completions are fakes of which kind."""
    marked: dict[str, str] = msgspec.field(default_factory=dict)
    """Marks by their ids: the story that each was put through."""


@dataclass(slots=True)
class History:
    """The past as lists: reports by time, events in the server's order, what is still to come, and the truth."""

    cases: list[Case]
    truth: Truth
    events: list[Event] = field(default_factory=list)
    pending: list[Open] = field(default_factory=list)
    files: list[PastFile] = field(default_factory=list)

    @property
    def marks(self) -> dict[str, Marked]:
        """The marks that were raised: what an office needs to know to object to one."""
        return {
            event.subject: Marked(event.payload.office, event.payload.segments)
            for event in self.events
            if isinstance(event.payload, MarkRaised)
        }

    @property
    def records(self) -> list[Citizen]:
        """The reports alone, by time."""
        return [case.record for case in self.cases]


def generate(
    seed: int,
    end: int,
    directory: Directory,
    traits: Traits,
    *,
    days: int = DAYS,
    scale: float = 1.0,
    progress: Callable[[float], None] = lambda _: None,
) -> History:
    """The history up to `end` (ms UTC). `progress` hears 0..1 now and then."""
    records = list(Spring(seed, directory, traits).past(end, days, scale))
    truth = Truth(
        sorted(traits.unresponsive),
        sorted(traits.fast_but_empty),
        sorted(traits.hurt_by_misrouting),
        sorted(traits.flood_prone),
    )
    cases = [Case.of(record, as_report(record, directory)) for record in records]
    history = History(cases, truth)
    life = _Lives(seed, end, directory, traits, history)
    first = {case.id: case for case in cases}
    for index, case in enumerate(cases):
        life.live(case, first.get(case.record.original))
        if index % 1000 == 0:
            progress(0.8 * index / len(records))
    drawn_up = illustrate(seed, end, history.events, life.claims, traits, life.system)
    progress(0.97)
    history.files = drawn_up.files
    truth.shown = drawn_up.shown
    history.events += drawn_up.events
    history.events.sort(key=_at)
    steps = Steps(seed, end, directory)
    days_ago, hours = OUTAGES[-1]
    declare(steps, traits, (end - days_ago * DAY, end - days_ago * DAY + hours * HOUR), days)
    propose(steps)
    marking = mark(seed, steps, history.events, cases, traits, days)
    truth.marked = marking.told
    tell(steps, history.events, cases, days, life.system)
    history.pending += steps.pending
    history.events += steps.events
    history.events.sort(key=_at)
    return history


def _at(event: Event) -> int:
    return event.at


class _Lives:
    """Plays the life of one report after another."""

    def __init__(self, seed: int, end: int, directory: Directory, traits: Traits, history: History) -> None:
        self._seed = seed
        self._end = end
        self._directory = directory
        self._traits = traits
        self._history = history
        self._outages = [(end - days * DAY, end - days * DAY + hours * HOUR) for days, hours in OUTAGES]
        self._tenures: dict[str, list[Tenure]] = {}
        for tenure in directory.tenures:
            self._tenures.setdefault(tenure.office, []).insert(0, tenure)
        self.system: Final = Actor(SYSTEM, Role.SYSTEM)
        self.claims: Final[list[Claimed]] = []
        self._joined: Final[set[str]] = set()
        self._actors: dict[str, Actor] = {
            SYSTEM: self.system,
            SUPERVISOR: Actor(SUPERVISOR, Role.SUPERVISOR),
            **{name: Actor(name, Role.REVIEWER) for name in REVIEWERS},
            **{name: Actor(name, Role.OPERATOR) for name in OPERATORS},
        }

    def live(self, case: Case, first: Case | None) -> None:
        """Play one life; `first` is the report that this one repeats, if the city has it."""
        record, known = case.record, first is not None
        rng = Random((self._seed << 32) ^ record.number)
        agenda: list[tuple[int, int, Planned]] = []
        order = 0
        for planned in unit_reacts(rng, case, None, known, self._traits):
            heappush(agenda, (record.at + planned.after, order, planned))
            order += 1
        last = record.at
        delivered_at, answer = record.at, ""
        while agenda:
            at, _, planned = heappop(agenda)
            at = max(at, last + 1)
            if planned.kind is K.REPORT_DELIVERED:
                at = self._after_outage(at)
            if not possible(case, planned.kind, planned.payload, planned.by):
                continue
            payload = planned.payload
            if isinstance(payload, SecondReview) and payload.event != answer:
                continue  # another answer stands by now
            if at >= self._end:
                self._leave(at, case, planned)
                continue
            last = at
            if isinstance(payload, Paused):
                payload = pause_until(at, payload, rng)
                end = resumes(rng, payload, at, planned.by)
                heappush(agenda, (at + end.after, order, end))
                order += 1
            kind = planned.kind
            if first is not None and joins(case, first, payload):
                kind, payload = K.INCIDENT_JOINED, self._together(first, at, planned.by)
            event = self._record(rng, case, kind, payload, at, planned.by)
            case.advance(kind, payload)
            if kind is K.REPORT_DELIVERED:
                delivered_at = at
            elif isinstance(payload, CompletionClaimed):
                self._claim(case, payload, at, delivered_at)
            elif kind in _ANSWERS:
                answer = event
                if drawn(event, REVIEW_PERCENT):
                    look = second_look(
                        seeded(self._seed, "look", event), case, event, kind is K.COMPLETION_ACCEPTED
                    )
                    heappush(agenda, (at + look.after, order, look))
                    order += 1
            self._count(case, kind)
            for reaction in (
                *office_reacts(rng, case, kind, self._traits),
                *unit_reacts(rng, case, kind, known, self._traits),
            ):
                heappush(agenda, (at + reaction.after, order, reaction))
                order += 1

    def _together(self, first: Case, at: int, by: str) -> IncidentChanged:
        """The incident of a report and what repeats it; the report itself is joined with the first that does."""
        number = first.record.incident
        payload = IncidentChanged(event_id(f"incident\x1f{self._seed}\x1f{number}"), texts.JOINED)
        if first.id not in self._joined:
            self._joined.add(first.id)
            action = time_ordered_id(at, (number % 2**80).to_bytes(10, "big"))
            event = Event(
                event_id(action), first.id, K.INCIDENT_JOINED, at, self._actor(by, at), payload, action=action
            )
            self._history.events.append(event)
        return payload

    def _claim(self, case: Case, payload: CompletionClaimed, at: int, delivered_at: int) -> None:
        index = len(self._history.events) - 1
        self.claims.append(Claimed(index, at, case, payload.office, case.claims, case.fake, delivered_at))

    def _record(self, rng: Random, case: Case, kind: EventKind, payload: Payload, at: int, by: str) -> str:
        action = time_ordered_id(at, rng.getrandbits(80).to_bytes(10, "big"))
        actor = self._actor(by, at)
        kinds: list[tuple[EventKind, Payload]] = [(kind, payload)]
        if isinstance(payload, RoutingSent) and case.returned:
            kinds.insert(0, (K.ROUTING_RETURN_ACCEPTED, ReturnAnswered(payload.reason)))
        subject = case.id
        events = self._history.events
        for index, (what, content) in enumerate(kinds):
            events.append(
                Event(event_id(action, index), subject, what, at, actor, content, action=action, order=index)
            )
        return events[-1].id

    def _actor(self, by: str, at: int) -> Actor:
        if by not in self._tenures:
            return self._actors[by]
        user = next((tenure.official for tenure in self._tenures[by] if tenure.covers(at)), None)
        assert user is not None  # spans of an office leave no gap
        found = self._actors.get(user)
        if found is None:
            found = self._actors[user] = Actor(user, Role.OFFICIAL, by)
        return found

    def _after_outage(self, at: int) -> int:
        for begin, over in self._outages:
            if begin <= at < over:
                return over + at % (20 * MINUTE) + SECOND
        return at

    def _leave(self, at: int, case: Case, planned: Planned) -> None:
        if planned.by in _UNIT:
            return  # the unit of the present is the trainee
        payload = msgspec.to_builtins(planned.payload)
        self._history.pending.append(Open(at, case.id, planned.kind, planned.by, payload))

    def _count(self, case: Case, kind: EventKind) -> None:
        truth = self._history.truth
        if kind is K.COMPLETION_CLAIMED and case.fake:
            truth.fakes.append(case.record.number)
        elif kind is K.REPORT_REOPENED:
            truth.reopened.append(case.record.number)
