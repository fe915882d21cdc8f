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

from smartcity_desk.domain.events import (
    Actor,
    Event,
    EventKind,
    Paused,
    Payload,
    ReturnAnswered,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.ids import event_id, time_ordered_id
from smartcity_desk.domain.office import Directory, Tenure
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.training.arrivals import Spring
from smartcity_desk.training.behaviour import (
    OPERATORS,
    SUPERVISOR,
    SYSTEM,
    Case,
    Planned,
    office_reacts,
    pause_until,
    possible,
    resumes,
    unit_reacts,
)
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.traits import Traits

DAYS: Final = 90
OUTAGES: Final = ((40, 2), (17, 26))
"""Times when no inbox could be reached: days before the end, and hours."""
K = EventKind


class Open(msgspec.Struct, array_like=True, gc=False):
    """Something that an office will do after the end of the history, at `at` (ms UTC)."""

    at: int
    report: str
    kind: EventKind
    by: str
    payload: dict[str, object]


class Truth(msgspec.Struct):
    """What no server tells: for later measures of the rules that look for it."""

    unresponsive: list[str]
    fast_but_empty: list[str]
    hurt_by_misrouting: list[str]
    flood_prone: list[str]
    fakes: list[int] = msgspec.field(default_factory=list)
    """Numbers of reports with a claimed completion that was none."""
    reopened: list[int] = msgspec.field(default_factory=list)


@dataclass(slots=True)
class History:
    """The past as lists: reports by time, events in the server's order, what is still to come, and the truth."""

    cases: list[Case]
    events: list[Event] = field(default_factory=list)
    pending: list[Open] = field(default_factory=list)
    truth: Truth | None = None

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
    known = {record.external_id for record in records}
    truth = Truth(
        sorted(traits.unresponsive),
        sorted(traits.fast_but_empty),
        sorted(traits.hurt_by_misrouting),
        sorted(traits.flood_prone),
    )
    cases = [Case(record, record.id, category=_channel_category(record)) for record in records]
    history = History(cases, truth=truth)
    life = _Lives(seed, end, directory, traits, history)
    for index, case in enumerate(cases):
        life.live(case, case.record.original in known)
        if index % 1000 == 0:
            progress(index / len(records))
    history.events.sort(key=lambda event: event.at)
    return history


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
        self._actors: dict[str, Actor] = {
            SYSTEM: Actor("system", Role.SYSTEM),
            SUPERVISOR: Actor(SUPERVISOR, Role.SUPERVISOR),
            **{name: Actor(name, Role.OPERATOR) for name in OPERATORS},
        }

    def live(self, case: Case, known: bool) -> None:
        record = case.record
        rng = Random((self._seed << 32) ^ record.number)
        agenda: list[tuple[int, int, Planned]] = []
        order = 0
        for planned in unit_reacts(rng, case, None, known, self._traits):
            heappush(agenda, (record.at + planned.after, order, planned))
            order += 1
        last = record.at
        while agenda:
            at, _, planned = heappop(agenda)
            at = max(at, last + 1)
            if planned.kind is K.REPORT_DELIVERED:
                at = self._after_outage(at)
            if not possible(case, planned.kind, planned.payload, planned.by):
                continue
            if at >= self._end:
                self._leave(at, case, planned)
                continue
            last = at
            payload = planned.payload
            if isinstance(payload, Paused):
                payload = pause_until(at, payload, rng)
                end = resumes(rng, payload, at, planned.by)
                heappush(agenda, (at + end.after, order, end))
                order += 1
            kind = planned.kind
            self._record(rng, case, kind, payload, at, planned.by)
            case.advance(kind, payload)
            self._count(case, kind)
            for reaction in (
                *office_reacts(rng, case, kind, self._traits),
                *unit_reacts(rng, case, kind, known, self._traits),
            ):
                heappush(agenda, (at + reaction.after, order, reaction))
                order += 1

    def _record(self, rng: Random, case: Case, kind: EventKind, payload: Payload, at: int, by: str) -> None:
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
        if planned.by in OPERATORS or planned.by == SUPERVISOR:
            return  # the unit of the present is the trainee
        payload = msgspec.to_builtins(planned.payload)
        self._history.pending.append(Open(at, case.id, planned.kind, planned.by, payload))

    def _count(self, case: Case, kind: EventKind) -> None:
        truth = self._history.truth
        assert truth is not None
        if kind is K.COMPLETION_CLAIMED and case.fake:
            truth.fakes.append(case.record.number)
        elif kind is K.REPORT_REOPENED:
            truth.reopened.append(case.record.number)


def _channel_category(record: Citizen) -> str | None:
    return record.category if record.disaster and record.channel == "petabencana" else None
