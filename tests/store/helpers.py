"""Small makers that the tests of the store share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from smartcity_desk.domain import ids
from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.events import Actor, Event, EventKind, Payload
from smartcity_desk.domain.fold import apply
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.store import ActResult, OpResult, OpRow, Store
from smartcity_desk.store.engine import Raw, connect
from tests.domain.builders import ANI, DIRECTORY, T0, report

HOUR = 3_600_000


def made(number: int, *, channel: str = "petabencana", **changes: Any) -> Report:
    """A report with its own id; `number` also moves its time, so that orders can be told."""
    given = {
        "id": ids.report_id(channel, str(number)),
        "external_id": str(number),
        "reported_at": T0 + number,
        "text": f"Banjir nomor {number}",
        "raw": f'{{"n":{number}}}',
    } | changes
    return report(channel=channel, **given)


def traffic(number: int, **changes: Any) -> Report:
    return made(number, channel="waze", kind=ReportKind.CONTEXT, **changes)


def counter() -> Callable[[int], bytes]:
    """Randomness that counts: every call gives other bytes, and every run the same."""
    numbers = itertools.count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def put(store: Store, *reports: Report, now: int = T0) -> None:
    for channel, part in itertools.groupby(reports, key=lambda one: one.channel):
        store.ingest(channel, list(part), checkpoint=None, now=now)


def do(
    store: Store,
    kind: EventKind,
    payload: Payload,
    *reports: Report,
    actor: Actor = ANI,
    now: int = T0 + HOUR,
    randomness: Callable[[int], bytes] | None = None,
    fill_base: bool = True,
    hold_ms: int = 0,
) -> ActResult:
    return store.act(
        kind,
        payload,
        [one.id for one in reports],
        actor=actor,
        now=now,
        randomness=randomness or _random,
        fill_base=fill_base,
        hold_ms=hold_ms,
    )


_random = counter()


def one(result: ActResult) -> OpRow:
    assert not result.refused, result.refused
    assert len(result.done) == 1
    return result.done[0]


def state_of(store: Store, given: Report) -> ReportState:
    found = store.report(given.id)
    assert found is not None
    return found.state


class Central:
    """What the central server would answer: the same rules, its own state, one order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.states: dict[str, ReportState] = {}

    def know(self, reports: Iterable[Report]) -> None:
        for given in reports:
            self.states.setdefault(given.id, initial(given))

    def ask(self, action: Action) -> OpResult:
        """The answer to one action, without regard to having been asked before."""
        known = tuple(event for event in self.events if event.action == action.id)
        if known:
            return OpResult(action.id, "duplicate", events=known, seq=known[-1].seq)
        decision = decide(self.states[action.report], action, DIRECTORY)
        if isinstance(decision, Accepted):
            return OpResult(action.id, "accepted", events=self._take(decision.events))
        if hasattr(decision, "code"):
            return OpResult(action.id, "rejected", code=decision.code, params=decision.params)
        return OpResult(
            action.id,
            "conflict",
            field=decision.field,
            base=decision.base,
            mine=decision.mine,
            theirs=decision.theirs,
        )

    def _take(self, events: Sequence[Event]) -> tuple[Event, ...]:
        taken = []
        for event in events:
            confirmed = replace(event, seq=len(self.events) + 1, order=0)
            self.events.append(confirmed)
            self.states[event.subject] = apply(self.states[event.subject], confirmed)
            taken.append(confirmed)
        return tuple(taken)


def raw_of(path: Path) -> closing[Raw]:
    """A connection of one's own to look at, or to spoil, what is in the file."""
    return closing(connect(path, writable=True))
