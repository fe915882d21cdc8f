"""What the unit and the offices do about things that are no reports, each step decided by the rules that decide all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from smartcity_desk.calendars import load_calendars
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.calamity import fold_calamity
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.events import Actor, Event, EventKind, Payload, Role
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import PolicyBook
from smartcity_desk.domain.subjects import (
    Context,
    State,
    Subject,
    decide_subject,
    fold_subject,
    subject_of,
)
from smartcity_desk.training.behaviour import DEPUTY, SUPERVISOR
from smartcity_desk.training.draw import seeded


class Open(msgspec.Struct, array_like=True, gc=False):
    """Something that an office will do after the end of the history, at `at` (ms UTC), to a report or a mark."""

    at: int
    report: str
    kind: EventKind
    by: str
    payload: dict[str, object]


RATNA: Final = Actor(SUPERVISOR, Role.SUPERVISOR)
RANI: Final = Actor(DEPUTY, Role.SUPERVISOR)


class Steps:
    """The past of subjects that are no reports. A step that comes after `end` or that the rules refuse is not taken."""

    def __init__(self, seed: int, end: int, directory: Directory) -> None:
        self.events: Final[list[Event]] = []
        self.pending: Final[list[Open]] = []
        self.end: Final = end
        self.directory: Final = directory
        self._seed = seed
        self._logs: dict[str, list[Event]] = {}
        self._states: dict[str, State] = {}
        self._declared: list[Event] = []
        self._laws: dict[int, Law] = {}

    def law(self, at: int) -> Law:
        """The law as it was known at an instant: with what had been declared by then."""
        declared = [one for one in self._declared if one.at <= at]
        found = self._laws.get(len(declared))
        if found is None:
            by_name: dict[str, list[Event]] = {}
            for one in declared:
                by_name.setdefault(one.subject, []).append(one)
            stops = (fold_calamity(those).exemption() for those in by_name.values())
            found = Law(
                PolicyBook([load_policy()]),
                load_calendars(),
                self.directory,
                [stop for stop in stops if stop is not None],
            )
            self._laws[len(declared)] = found
        return found

    def mark(self, name: str) -> MarkState | None:
        """A mark as it stands."""
        found = self._states.get(name)
        return found if isinstance(found, MarkState) else None

    def take(self, name: str, at: int, kind: EventKind, payload: Payload, actor: Actor) -> bool:
        """Take one step if it is possible then; whether it was."""
        subject = subject_of(kind)
        state = self._states.get(name) or fold_subject(subject, ())
        if at >= self.end:
            return False
        randomness = seeded(self._seed, "step", name, kind.value, at).getrandbits(80).to_bytes(10, "big")
        action = Action(time_ordered_id(at, randomness), name, kind, payload, actor, at)
        decision = decide_subject(state, action, Context(self.law(at), self.mark))
        if not isinstance(decision, Accepted):
            return False
        self.events.extend(decision.events)
        if subject is Subject.CALAMITY:
            self._declared.extend(decision.events)
        log = self._logs.setdefault(name, [])
        log.extend(decision.events)
        self._states[name] = fold_subject(subject, log)
        return True

    def states(self) -> Iterable[State]:
        """Every subject as it stands."""
        return self._states.values()

    def all(self, name: str, steps: Iterable[tuple[int, EventKind, Payload, Actor]]) -> bool:
        """Take steps one after the other up to the first that is not possible; whether all were."""
        return all(self.take(name, *step) for step in steps)

    def invented(self, *parts: str | int) -> str:
        """A name for a subject that has none of its own."""
        randomness = seeded(self._seed, "name", *parts).getrandbits(80).to_bytes(10, "big")
        return time_ordered_id(self.end, randomness)
