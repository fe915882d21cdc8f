"""What an event is about, and the rules and folds of each: one door for the desk's outbox and the central server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.calamity import CalamityState, decide_calamity, fold_calamity
from smartcity_desk.domain.decision import Action, Decision, not_allowed
from smartcity_desk.domain.events import Event, EventKind
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.mark_rules import decide_mark
from smartcity_desk.domain.marks import MARK_KINDS, MarkState, fold_mark
from smartcity_desk.domain.opening import OpenedState, decide_opened, fold_opened
from smartcity_desk.domain.outward import (
    InboxState,
    ListState,
    decide_list,
    decide_notice,
    fold_inbox,
    fold_list,
)
from smartcity_desk.domain.policies import PolicyState, decide_policy, fold_policy


class Subject(StrEnum):
    """What the `subject` of an event is the id of."""

    REPORT = "report"
    MARK = "mark"
    CALAMITY = "calamity"
    POLICY = "policy"
    INBOX = "inbox"
    LIST = "list"
    QUARANTINE = "quarantine"


State = MarkState | CalamityState | PolicyState | InboxState | ListState | OpenedState
"""The folds of everything that is no report."""

_SUBJECTS: Final[dict[EventKind, Subject]] = {
    **dict.fromkeys(MARK_KINDS, Subject.MARK),
    EventKind.CALAMITY_DECLARED: Subject.CALAMITY,
    EventKind.CALAMITY_ENDED: Subject.CALAMITY,
    EventKind.POLICY_PROPOSED: Subject.POLICY,
    EventKind.POLICY_APPROVED: Subject.POLICY,
    EventKind.POLICY_WITHDRAWN: Subject.POLICY,
    EventKind.NOTICE_SENT: Subject.INBOX,
    EventKind.LIST_PRINTED: Subject.LIST,
    EventKind.QUARANTINE_REVEALED: Subject.QUARANTINE,
}

_FOLDS: Final[dict[Subject, Callable[[Iterable[Event]], State]]] = {
    Subject.MARK: fold_mark,
    Subject.CALAMITY: fold_calamity,
    Subject.POLICY: fold_policy,
    Subject.INBOX: fold_inbox,
    Subject.LIST: fold_list,
    Subject.QUARANTINE: fold_opened,
}


def subject_of(kind: EventKind) -> Subject:
    """What events of a kind are about."""
    return _SUBJECTS.get(kind, Subject.REPORT)


def fold_subject(subject: Subject, events: Iterable[Event]) -> State:
    """The state of a subject that is no report. Raises KeyError for a report: its fold is `fold.fold`."""
    return _FOLDS[subject](events)


def _no_mark(_name: str) -> MarkState | None:
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules of a subject may look at beside its own state."""

    law: Law
    mark_of: Callable[[str], MarkState | None] = _no_mark


def decide_subject(state: State, action: Action, context: Context) -> Decision:
    """`decide` for everything that is no report."""
    refusal = not_allowed(action)
    if refusal is not None:
        return refusal
    if isinstance(state, MarkState):
        return decide_mark(state, action, context.law)
    if isinstance(state, CalamityState):
        return decide_calamity(state, action, context.law.directory)
    if isinstance(state, PolicyState):
        return decide_policy(state, action, context.law)
    if isinstance(state, InboxState):
        return decide_notice(state, action, context.law)
    if isinstance(state, OpenedState):
        return decide_opened(action)
    return decide_list(state, action, context.law, context.mark_of)
