"""Asking about a subject that is no report, and keeping what the rules let happen."""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from smartcity_desk.domain import ids
from smartcity_desk.domain.decision import Accepted, Action, Decision
from smartcity_desk.domain.events import Actor, Event, EventKind, Payload
from smartcity_desk.domain.subjects import Context, Subject, decide_subject, fold_subject, subject_of
from tests.domain.mark_world import LAW, PEOPLE, said

DOMAIN = Path(__file__).resolve().parents[2] / "smartcity_desk" / "domain"
RULES = ("foureyes", "mark_rules", "calamity", "policies", "outward", "subjects")
"""Modules with rules about what is no report."""


def refused_by(name: str) -> set[str]:
    """The codes that a module of rules names."""
    found = set()
    for node in ast.walk(ast.parse((DOMAIN / f"{name}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
            code = node.args[0]
            assert isinstance(code, ast.Constant), "a code is written where it is used"
            found.add(str(code.value))
    return found


@dataclass
class Affair:
    """One subject: its events so far and its state, and a hand to ask with. `state` is the fold of `events`."""

    kind: Subject
    name: str
    context: Context = field(default_factory=lambda: Context(LAW))
    events: list[Event] = field(default_factory=list)

    @property
    def state(self) -> Any:
        return fold_subject(self.kind, self.events)

    def ask(self, kind: EventKind, payload: Payload, by: str | Actor, at: int) -> Decision:
        assert subject_of(kind) is self.kind
        actor = PEOPLE[by] if isinstance(by, str) else by
        name = ids.time_ordered_id(at, (len(self.events) + 1).to_bytes(10, "big"))
        return decide_subject(self.state, Action(name, self.name, kind, payload, actor, at), self.context)

    def code(self, kind: EventKind, payload: Payload, by: str | Actor, at: int) -> str:
        return said(self.ask(kind, payload, by, at))

    def codes(self, kind: EventKind, payload: Payload, at: int) -> dict[str, str]:
        """What everybody is told."""
        return {who: self.code(kind, payload, who, at) for who in PEOPLE}

    def do(self, kind: EventKind, payload: Payload, by: str | Actor, at: int) -> Affair:
        decision = self.ask(kind, payload, by, at)
        assert isinstance(decision, Accepted), decision
        for event in decision.events:
            self.events.append(replace(event, seq=len(self.events) + 1))
        return self


def in_any_order(kind: Subject, events: list[Event], dice: random.Random) -> None:
    """Hold a fold to its promise: the same whatever the order and however often news comes, waiting or confirmed."""
    whole = fold_subject(kind, events)
    again = [*events, *(dice.choice(events) for _ in range(4) if events)]
    dice.shuffle(again)
    assert fold_subject(kind, again) == whole
    split = dice.randint(0, len(events))
    waiting = [replace(event, seq=None, order=n) for n, event in enumerate(events[split:], start=1)]
    mixed = events[:split] + waiting
    dice.shuffle(mixed)
    desk: Any = fold_subject(kind, mixed)
    assert replace(desk, seq=whole.seq, pending=0) == whole
    assert desk.pending == len(waiting)
    both = events + waiting
    dice.shuffle(both)
    assert fold_subject(kind, both) == whole
