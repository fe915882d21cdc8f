"""What an office does with the notice of a mark: it opens it, looks into its own log, and in part objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from smartcity_desk.domain.events import (
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    MarkRaised,
    MarkStepped,
    ObjectionFiled,
    Payload,
    Responded,
    RoutingSent,
)
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.training import texts
from smartcity_desk.training.draw import pick, seeded

K = EventKind
OPENS: Final = 0.85
"""Share of offices that open a notice; the others count as served after a working day."""
OBJECTS: Final = 0.6
NO_CODE: Final = 0.15
"""Share of objections that name no code: allowed, and flagged."""
MOST: Final = 4


class Marked(msgspec.Struct, array_like=True, gc=False):
    """What a notice is about: the office, and the segments that were counted."""

    office: str
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reaction:
    """A step that the office takes so long after the notice (ms)."""

    after: int
    kind: EventKind
    payload: Payload


class Notices:
    """The marks that the city heard of."""

    def __init__(self, known: dict[str, Marked]) -> None:
        self._known: Final = dict(known)

    def hear(self, event: Event) -> Marked | None:
        """Take an event on a mark into account; the mark if this is its notice."""
        if isinstance(event.payload, MarkRaised):
            self._known.setdefault(event.subject, Marked(event.payload.office, event.payload.segments))
        return self._known.get(event.subject) if event.kind is K.MARK_NOTIFIED else None


def late_segments(events: Iterable[Event], office: str, wanted: Collection[str]) -> list[str]:
    """Of some segments those that the office did not answer within a day, by what its own log shows; newest first."""
    opened: dict[str, str] = {}
    began: dict[str, int] = {}
    late: dict[str, int] = {}
    for event in events:
        payload, subject = event.payload, event.subject
        if isinstance(payload, RoutingSent):
            opened.pop(subject, None)
            if payload.office == office:
                opened[subject] = event.id
        elif event.kind in (K.COMPLETION_REFUSED, K.REPORT_REOPENED):
            opened[subject] = event.id
            began[event.id] = late[event.id] = event.at
        elif isinstance(payload, Delivered) and subject in opened:
            began.setdefault(opened[subject], event.at)
            late.setdefault(opened[subject], event.at)
        elif isinstance(payload, Responded | CompletionClaimed) and subject in opened:
            segment = opened.pop(subject)
            if event.at - began.get(segment, event.at) <= DAY:
                late.pop(segment, None)
    return sorted((segment for segment in late if segment in wanted), key=lambda one: (-late[one], one))


def reactions(seed: int, notice: Event, mark: Marked, late: list[str]) -> list[Reaction]:
    """What the office does after a notice: the same whenever it is asked."""
    rng = seeded(seed, "notice", notice.id)
    opened = int(rng.uniform(0.4, 5) * HOUR)
    planned = []
    if rng.random() < OPENS:
        planned.append(Reaction(opened, K.MARK_SERVED, MarkStepped()))
    if rng.random() < OBJECTS:
        code = None if rng.random() < NO_CODE else pick(rng, tuple(texts.OBJECTIONS))
        text = texts.OBJECTION_PLAIN if code is None else pick(rng, texts.OBJECTIONS[code])
        segments = (late or list(mark.segments))[: 1 + int(rng.random() * MOST)]
        filed = ObjectionFiled(f"sanggah-{notice.id}", tuple(segments), text, code)
        planned.append(Reaction(opened + int(rng.uniform(1, 18) * HOUR), K.OBJECTION_FILED, filed))
    return planned
