"""Marks, declared events, policies, notices and lists at the server: decided by the same rules as at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from smartcity_desk.central import ledger
from smartcity_desk.central.ledger import Change
from smartcity_desk.central.permissions import Principal
from smartcity_desk.domain.decision import Action, Decision
from smartcity_desk.domain.events import Event, EventKind
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MARK_KINDS, MarkState, fold_mark
from smartcity_desk.domain.outward import InboxState
from smartcity_desk.domain.subjects import Context, State, Subject, decide_subject, fold_subject, subject_of

BY_OUR_CLOCK: Final = MARK_KINDS | {
    EventKind.POLICY_PROPOSED,
    EventKind.POLICY_APPROVED,
    EventKind.POLICY_WITHDRAWN,
}
"""What counts from when it came, whoever sent it: terms of objection and effective dates hang on it."""


def seen_by(state: State) -> str | None:
    """The office that may know of a subject: of a mark from its notice on, of a box of notices its own office."""
    if isinstance(state, MarkState):
        return state.office if state.notified_at is not None else None
    if isinstance(state, InboxState):
        return state.office or None
    return None


class Others:
    """The subjects of one batch that are no reports. The caller holds their names locked."""

    def __init__(self, connection: Connection, law: Law, wanted: Mapping[str, Subject]) -> None:
        self._connection = connection
        self._events = ledger.events_of(connection, sorted(wanted)) if wanted else {}
        self._states: dict[str, State] = {}
        for name, kind in wanted.items():
            # A report's id is no name for a mark: its events would make no sense of one.
            known = [event for event in self._events[name] if subject_of(event.kind) is kind]
            self._events[name] = known
            self._states[name] = fold_subject(kind, known)
        self._context = Context(law, self._mark)

    def may_know(self, action: Action, principal: Principal) -> bool:
        """An official knows the marks on his own office from the notice on, and nothing else of these."""
        office = principal.confined_to
        if office is None:
            return True
        state = self._states[action.report]
        return isinstance(state, MarkState) and state.office == office and state.notified_at is not None

    def decide(self, action: Action) -> Decision:
        """The decision on an action, after what the batch has done before."""
        return decide_subject(self._states[action.report], action, self._context)

    def take(self, event: Event) -> Change:
        """Take an event into account; the change says which office may see the subject before and after it."""
        name = event.subject
        before = seen_by(self._states[name])
        events = self._events[name] = [*self._events[name], event]
        after = self._states[name] = fold_subject(subject_of(event.kind), events)
        return Change(event, before, seen_by(after))

    def _mark(self, name: str) -> MarkState | None:
        found = self._states.get(name)
        if isinstance(found, MarkState):
            return found
        events = ledger.events_of(self._connection, [name])[name]
        state = fold_mark(event for event in events if event.kind in MARK_KINDS)
        return state if state.raised_at is not None else None
