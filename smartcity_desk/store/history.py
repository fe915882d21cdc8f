"""Events as they lie in the file: confirmed ones in central order, and those of ops that still count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from smartcity_desk import codec
from smartcity_desk.domain.events import PAYLOADS, Actor, Event, EventKind, Role
from smartcity_desk.domain.fold import canonical
from smartcity_desk.store.engine import Raw, chunks, marks

_EVENTS: Final = msgspec.json.Decoder(list[codec.WireEvent])


def placed(event: Event, position: int, index: int) -> Event:
    """An op's n-th event where it stands among the desk's own: by the op's position, then by the order inside it."""
    return replace(event, order=position * 16 + index)


def decode_events(text: str, position: int) -> list[Event]:
    """The events of the op at this position, from its column."""
    events = [
        Event(
            id=wire.id,
            subject=wire.subject,
            kind=wire.kind,
            at=wire.at,
            actor=Actor(wire.user, wire.role, wire.office),
            payload=codec.convert(wire.payload, PAYLOADS[wire.kind], key=wire.kind.value),
            action=wire.action,
        )
        for wire in _EVENTS.decode(text)
    ]
    return [placed(event, position, index) for index, event in enumerate(events)]


def encode_events(events: Iterable[Event]) -> str:
    """JSON of an op's events for its column."""
    return codec.encode([codec.event_to_wire(event) for event in events])


EVENT_COLUMNS: Final = "seq, id, subject, kind, at, user, role, office, action, payload"


def event_of(row: tuple[Any, ...]) -> Event:
    """A confirmed event from its line (`EVENT_COLUMNS`)."""
    seq, event_id, subject, kind, at, user, role, office, action, payload = row
    event_kind = EventKind(kind)
    return Event(
        id=event_id,
        subject=subject,
        kind=event_kind,
        at=at,
        actor=Actor(user, Role(role), office),
        payload=codec.payload_from_json(event_kind, payload),
        seq=seq,
        action=action,
    )


def confirmed_events(raw: Raw, ids: Sequence[str]) -> dict[str, list[Event]]:
    """The confirmed events of these subjects, by subject, in central order."""
    found: dict[str, list[Event]] = {}
    for part in chunks(ids):
        for row in raw.execute(
            f"SELECT {EVENT_COLUMNS} FROM event WHERE subject IN ({marks(len(part))}) ORDER BY seq",
            tuple(part),
        ):
            event = event_of(row)
            found.setdefault(event.subject, []).append(event)
    return found


def pending_events(raw: Raw, ids: Sequence[str]) -> dict[str, list[Event]]:
    """The events of the ops that still count, by report, in outbox order."""
    found: dict[str, list[Event]] = {}
    for part in chunks(ids):
        for report_id, position, events in raw.execute(
            "SELECT report_id, position, events FROM op INDEXED BY ix_op_live "
            f"WHERE state IN ('queued', 'sending') AND report_id IN ({marks(len(part))}) ORDER BY position",
            tuple(part),
        ):
            found.setdefault(report_id, []).extend(decode_events(events, position))
    return found


def of_subjects(raw: Raw, ids: Sequence[str]) -> dict[str, list[Event]]:
    """Every event of these subjects in canonical order."""
    confirmed, pending = confirmed_events(raw, ids), pending_events(raw, ids)
    return {name: canonical([*confirmed.get(name, ()), *pending.get(name, ())]) for name in ids}


def newest_at(raw: Raw) -> int | None:
    """The time of the latest of the newest events: numbers follow the server's order, times nearly do."""
    rows = raw.execute("SELECT max(at) FROM (SELECT at FROM event ORDER BY seq DESC LIMIT 1000)").fetchone()
    waiting = raw.execute("SELECT max(at) FROM op WHERE state IN ('queued', 'sending')").fetchone()
    found = [row[0] for row in (rows, waiting) if row[0] is not None]
    return max(found, default=None)


def of_kind(raw: Raw, kind: EventKind, after: int) -> list[Event]:
    """The confirmed events of a kind with a number above `after`, in order."""
    rows = raw.execute(
        f"SELECT {EVENT_COLUMNS} FROM event WHERE seq > ? AND kind = ? ORDER BY seq", (after, kind.value)
    )
    return [event_of(row) for row in rows]
