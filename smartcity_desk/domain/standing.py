"""From which status a complaint's custody starts: its source's, until somebody here has decided about it.

A source tells its own status again and again, and late. If that were always the start, a report that the unit rejected
would be done because the channel says so, and one that it took up again would be closed: a machine's word would undo a
person's. So the first decision fixes the start to what it was made on. What the source says goes on being shown as its
word, beside the unit's status.

A pause is no decision, but it says that the unit holds the report for a reason until a time. What the unit once paused
is therefore closed by a person: a source that says "done" of it has claimed a completion, which the unit looks at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from smartcity_desk.domain.events import Event, EventKind, Reopened
from smartcity_desk.domain.report import CLOSED_STATUSES, Status

DECIDING: Final = frozenset(
    {
        EventKind.ROUTING_SENT,
        EventKind.REPORT_REJECTED,
        EventKind.REPORT_REOPENED,
        EventKind.COMPLETION_ACCEPTED,
        EventKind.COMPLETION_REFUSED,
    }
)
"""Kinds by which somebody says what becomes of a report. Places, categories, notes and claims do not, nor does a pause.
"""
_ON_CLAIM: Final = frozenset({EventKind.COMPLETION_ACCEPTED, EventKind.COMPLETION_REFUSED})


def start_of(source: Status, events: Iterable[Event]) -> Status:
    """The status that a complaint starts from, given its source's present word and its events in canonical order."""
    held = False
    for event in events:
        if event.kind in DECIDING:
            return _decided_on(source, event)
        held = held or event.kind is EventKind.CLOCK_PAUSED
    return while_held(source) if held else source


def while_held(source: Status) -> Status:
    """What the source's word comes to for a report that the unit has paused and nobody has decided: it closes nothing.

    "Done" is a claim that a person looks at. A refusal of the source's is no decision of the unit.
    """
    if source is Status.DONE:
        return Status.AWAITING_VERIFICATION
    return Status.NEW if source in CLOSED_STATUSES else source


def _decided_on(source: Status, event: Event) -> Status:
    """What the first decision was made on: it fits the source's word where that allows it, else it tells by itself."""
    if event.kind in _ON_CLAIM:
        return Status.AWAITING_VERIFICATION
    if event.kind is EventKind.REPORT_REOPENED:
        if source in CLOSED_STATUSES:
            return source
        base = event.payload.base if isinstance(event.payload, Reopened) else None
        return base if base in CLOSED_STATUSES else Status.DONE
    return Status.NEW if source in CLOSED_STATUSES else source


def told_apart(source: Status, here: Status) -> bool:
    """Whether the source's word is worth saying beside the unit's status: another, and more than that it came in."""
    return source is not here and source is not Status.NEW
