"""What the reporter of a report is told, out of the events on it: only texts that were written for him.

An office's response and an accepted completion are; so is what the unit itself tells the reporter. A reason is written
for colleagues, so a rejected report is answered with a fixed sentence by its code, and spam with none at all. Notes,
reasons and names of people never are. How it reaches him is the affair of the central server's outgoing channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from smartcity_desk.domain.events import (
    CompletionClaimed,
    Event,
    EventKind,
    RejectCode,
    ReporterAnswered,
    ReportRejected,
    Responded,
)
from smartcity_desk.domain.incident import answer_of

TELLING: Final = frozenset(
    {
        EventKind.REPORT_RESPONDED,
        EventKind.COMPLETION_ACCEPTED,
        EventKind.REPORT_REJECTED,
        EventKind.REPORT_REOPENED,
        EventKind.REPORTER_ANSWERED,
    }
)
"""Kinds of events that a reporter is told of."""
UNANSWERED: Final = frozenset({RejectCode.SPAM})


@dataclass(frozen=True, slots=True)
class Said:
    """What one event says to the reporter: his words in `text`, or a fixed sentence by its `code`.

    `event` is the event whose words they are.
    """

    event: str
    text: str = ""
    code: str = ""


def said(events: Sequence[Event]) -> Said | None:
    """What the last of a report's events (in canonical order) tells its reporter, or None when it tells nothing."""
    if not events:
        return None
    last = events[-1]
    payload = last.payload
    if isinstance(payload, Responded | ReporterAnswered):
        return _words(last, payload.text)
    if last.kind is EventKind.COMPLETION_ACCEPTED:
        return now_said(events)
    if isinstance(payload, ReportRejected):
        return None if payload.code in UNANSWERED else Said(last.id, code=f"reject.{payload.code.value}")
    if last.kind is EventKind.REPORT_REOPENED:
        return Said(last.id, code="reopened")
    return None


def now_said(events: Sequence[Event]) -> Said | None:
    """What the reporter of a report is to know by now, as one who joined late is told it; None without an answer."""
    found = answer_of(events)
    if found is None or not isinstance(found.payload, Responded | CompletionClaimed | ReporterAnswered):
        return None
    return _words(found, found.payload.text)


def _words(event: Event, text: str) -> Said | None:
    return Said(event.id, text=text.strip()) if text.strip() else None
