"""Actions become events: decided on the fold of each report's log, answered once and for ever by action id.

A batch is decided in its order, each action on what the ones before it made true, and each by itself: a refused or
contradicted one changes nothing and stops nobody. What was decided is written together, so a batch that is cut off
left no trace and may be sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from smartcity_desk import codec
from smartcity_desk.central import ledger, schema
from smartcity_desk.central.db import chunks, insert_rows, lock_name
from smartcity_desk.central.ledger import Change
from smartcity_desk.central.others import BY_OUR_CLOCK, Others
from smartcity_desk.central.permissions import Principal
from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Action, Contradicted, Decision, Refused
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import Event, EventKind
from smartcity_desk.domain.fold import apply, fold
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.domain.subjects import Subject, subject_of
from smartcity_desk.domain.times import LATEST, MINUTE

FUTURE_MS: Final = 5 * MINUTE
"""How far ahead of the server an action's time may be before the server's own is written instead."""
PAST_MS: Final = 5 * MINUTE
"""How far behind the server an official's time may be, likewise."""

Json = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """The answer to one action. `first`..`last` are the numbers of its events."""

    id: str
    outcome: str
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    contradiction: Contradicted | None = None
    bodies: list[str] = field(default_factory=list)
    first: int | None = None
    last: int | None = None

    def kept(self) -> Json:
        """What is stored: everything but the events, which the log has."""
        result: Json = {"outcome": self.outcome}
        if self.code is not None:
            result["code"] = self.code
        if self.params:
            result["params"] = dict(self.params)
        if self.contradiction is not None:
            result |= codec.builtins(self.contradiction)
        return result

    def wire(self) -> Json:
        """The JSON object of one result."""
        result = {
            "id": self.id,
            **self.kept(),
            "events": [msgspec.Raw(body.encode()) for body in self.bodies],
        }
        if self.last is not None:
            result["seq"] = self.last
        return result


def parse(item: Mapping[str, Any], principal: Principal) -> Action | Outcome:
    """An action of the token's account, or the refusal of one that cannot be read; that refusal is not remembered."""
    name = str(item["id"])
    try:
        action = codec.action_from_wire(dict(item), principal.actor)
        codec.payload_to_json(action.payload).encode()
    except (BadData, ValueError, OverflowError, RecursionError) as problem:
        key = problem.key if isinstance(problem, BadData) else "action"
        return Outcome(name, "rejected", "unreadable_action", {"key": key})
    if not 0 <= action.at <= LATEST:
        return Outcome(name, "rejected", "unreadable_action", {"key": "at"})
    if "\0" in action.report or len(action.report) > 64:
        return Outcome(name, "rejected", "unknown_report")
    return action


def fingerprint(action: Action) -> str:
    """What an action says and who says it: the same id with another fingerprint is another action."""
    said = [action.report, action.kind.value, codec.builtins(action.payload), action.at, action.actor.user]
    return hashlib.sha256(ledger.canonical(said).encode()).hexdigest()


def perform(
    connection: Connection,
    principal: Principal,
    items: Sequence[Mapping[str, Any]],
    law: Law,
    *,
    now: int,
) -> list[Outcome]:
    """Decide and write a batch; one result an item, in the same order."""
    parsed = [parse(item, principal) for item in items]
    wanted = [action for action in parsed if isinstance(action, Action)]
    others = {
        action.report: subject_of(action.kind)
        for action in wanted
        if subject_of(action.kind) is not Subject.REPORT
    }
    # Locks first: a retry that overtakes its own first attempt then waits, and finds the answer.
    reports = ledger.reports_of(
        connection, [action.report for action in wanted if action.report not in others], lock=True
    )
    for name in sorted(others):
        lock_name(connection, f"subject:{name}")
    answered = _answered(connection, [action.id for action in wanted])
    histories = ledger.events_of(connection, sorted(reports))
    states = {key: fold(initial(report), histories[key]) for key, report in reports.items()}
    batch = _Batch(connection, principal, law, now, states, Others(connection, law, others), answered)
    outcomes = [batch.settle(item) if isinstance(item, Action) else item for item in parsed]
    batch.write()
    return outcomes


@dataclass(slots=True)
class _Known:
    fingerprint: str
    outcome: Outcome


class _Batch:
    def __init__(
        self,
        connection: Connection,
        principal: Principal,
        law: Law,
        now: int,
        states: dict[str, ReportState],
        others: Others,
        known: dict[str, _Known],
    ) -> None:
        self._connection = connection
        self._principal = principal
        self._law = law
        self._now = now
        self._states = states
        self._others = others
        self._known = known
        self._changes: list[Change] = []
        self._decided: list[tuple[Action, int, str, Outcome]] = []
        self._slots: list[Outcome] = []
        self._repeated: list[tuple[Outcome, Outcome]] = []

    def settle(self, asked: Action) -> Outcome:
        """The outcome of one action; its events' numbers follow in `write`."""
        mark = fingerprint(asked)
        known = self._known.get(asked.id)
        if known is not None:
            if known.fingerprint != mark:
                return Outcome(asked.id, "rejected", "id_reused")
            return self._again(known.outcome)
        outcome = self._outcome(action := self._in_time(asked))
        if outcome is None:
            return Outcome(asked.id, "rejected", "unknown_report")
        self._known[asked.id] = _Known(mark, outcome)
        self._decided.append((action, asked.at, mark, outcome))
        return outcome

    def _outcome(self, action: Action) -> Outcome | None:
        """The answer to an action, or None where its subject is not for this account to know."""
        if subject_of(action.kind) is not Subject.REPORT:
            if not self._others.may_know(action, self._principal):
                return None
            return self._taken(action, self._others.decide(action), self._others.take)
        state = self._states.get(action.report)
        if state is None or not self._may_know(action, state):
            return None
        office = self._principal.confined_to
        if office is not None and state.office != office:
            return Outcome(action.id, "rejected", "not_holder", {"office": office})
        return self._taken(action, decide(state, action, self._law.directory), self._take)

    def _again(self, original: Outcome) -> Outcome:
        """The same answer once more: what was accepted is a duplicate now, a no stays the same no."""
        repeated = replace(
            original, outcome="duplicate" if original.outcome == "accepted" else original.outcome
        )
        self._repeated.append((repeated, original))
        return repeated

    def _may_know(self, action: Action, state: ReportState) -> bool:
        """An official acts on what his office holds; that other reports exist is not his to learn."""
        office = self._principal.confined_to
        if office is None or state.office == office:
            return True
        held = select(schema.custody.c.report).where(
            schema.custody.c.report == action.report, schema.custody.c.office == office
        )
        return self._connection.execute(held.limit(1)).first() is not None

    def _in_time(self, action: Action) -> Action:
        latest = self._now if action.kind is EventKind.CLAIM_TAKEN else self._now + FUTURE_MS
        # A fast clock must not make another's lease look over before it is. And whoever is measured by the clock does
        # not set it: an official's answer counts from when it came, and so does the unit's to an objection.
        measured = self._principal.confined_to is not None or action.kind in BY_OUR_CLOCK
        earliest = self._now - PAST_MS if measured else 0
        return action if earliest <= action.at <= latest else replace(action, at=self._now)

    def _taken(self, action: Action, decision: Decision, take: Callable[[Event], Change]) -> Outcome:
        if isinstance(decision, Refused):
            return Outcome(action.id, "rejected", decision.code, decision.params)
        if isinstance(decision, Contradicted):
            return Outcome(action.id, "conflict", contradiction=decision)
        outcome = Outcome(action.id, "accepted")
        for event in decision.events:
            self._changes.append(take(event))
            self._slots.append(outcome)
        return outcome

    def _take(self, event: Event) -> Change:
        before = self._states[event.subject]
        after = self._states[event.subject] = apply(before, event)
        return Change(event, before.office, after.office)

    def write(self) -> None:
        """Write projections, events and answers. The log's lock comes last but for the answers, as `ledger` asks."""
        touched = {change.event.subject for change in self._changes} & self._states.keys()
        ledger.project(self._connection, {key: self._states[key] for key in touched})
        for outcome, done in zip(
            self._slots, ledger.append(self._connection, self._changes, now=self._now), strict=True
        ):
            outcome.bodies.append(done.body)
            outcome.first = outcome.first or done.seq
            outcome.last = done.seq
        for repeated, original in self._repeated:
            repeated.bodies, repeated.first, repeated.last = original.bodies, original.first, original.last
        insert_rows(self._connection, schema.action, [self._row(*decided) for decided in self._decided])

    def _row(self, action: Action, claimed_at: int, mark: str, outcome: Outcome) -> Json:
        return {
            "id": action.id,
            "fingerprint": mark,
            "user": action.actor.user,
            "report": action.report,
            "kind": action.kind.value,
            "at": action.at,
            "claimed_at": claimed_at,
            "received_at": self._now,
            "result": codec.encode(outcome.kept()),
            "first_seq": outcome.first,
            "last_seq": outcome.last,
        }


def _answered(connection: Connection, ids: Sequence[str]) -> dict[str, _Known]:
    """The answers that were given before, with their events."""
    found: dict[str, _Known] = {}
    by_seq: dict[int, Outcome] = {}
    for part in chunks(sorted(set(ids))):
        for row in connection.execute(select(schema.action).where(schema.action.c.id.in_(part))):
            kept = msgspec.json.decode(row.result)
            outcome = Outcome(
                row.id,
                kept["outcome"],
                kept.get("code"),
                kept.get("params", {}),
                codec.convert(kept, Contradicted, key="result") if kept["outcome"] == "conflict" else None,
                first=row.first_seq,
                last=row.last_seq,
            )
            found[row.id] = _Known(row.fingerprint, outcome)
            if row.first_seq is not None:
                by_seq.update(dict.fromkeys(range(row.first_seq, row.last_seq + 1), outcome))
    for numbers in chunks(sorted(by_seq)):
        query = select(schema.event_log.c.seq, schema.event_log.c.body).where(
            schema.event_log.c.seq.in_(numbers)
        )
        for row in connection.execute(query.order_by(schema.event_log.c.seq)):
            by_seq[row.seq].bodies.append(row.body)
    return found
