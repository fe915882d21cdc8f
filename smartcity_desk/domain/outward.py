"""What leaves the unit: notices to offices, and the numbered list for the Governor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.decide import Accepted, Action, Decision, Refused, is_digest, plain_events
from smartcity_desk.domain.events import Event, EventKind, ListPrinted, NoticeSent, Role
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.ids import inbox_id, list_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState, MarkStep, step
from smartcity_desk.domain.policy import AUTOMATIC_RUNGS, Ladder, Rung
from smartcity_desk.domain.times import HOUR, JAKARTA

_OFFSET: Final = int(JAKARTA.utcoffset(None).total_seconds() * 1000)
_PERSONS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
_KEY_PARTS: Final = 3


# ---------------------------------------------------------------- notices


def notice_key(segment: str, rung: Rung, office: str) -> str:
    """The name of one step: whatever restarts or clocks do, it is told once."""
    return f"{segment}|{rung.value}|{office}"


def rung_of(key: str) -> Rung | None:
    """The rung that a key names, or None for what is no key."""
    parts = key.split("|")
    try:
        return Rung(parts[1]) if len(parts) == _KEY_PARTS else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class InboxState:
    """The fold of an office's box of notices: which steps it was told of, and when the last digests went."""

    office: str = ""
    keys: frozenset[str] = frozenset()
    digests: tuple[int, ...] = ()
    last_plain_at: int | None = None
    seq: int = 0
    pending: int = 0


def fold_inbox(events: Iterable[Event]) -> InboxState:
    """The state of an office's box after its notices."""
    keys: set[str] = set()
    office, digests, plain, seq, pending = "", [], None, 0, 0
    for event in canonical(events):
        if isinstance(event.payload, NoticeSent):
            office = event.payload.office
            keys.update(event.payload.keys)
            digests.append(event.at)
            if not event.payload.urgent:
                plain = event.at if plain is None else max(plain, event.at)
        seq = max(seq, event.seq or 0)
        pending += event.seq is None
    return InboxState(office, frozenset(keys), tuple(digests), plain, seq, pending)


def quiet(ladder: Ladder, at: int) -> bool:
    """Whether an instant lies in the quiet hours of Jakarta."""
    hour = (at + _OFFSET) // HOUR % 24
    if ladder.quiet_from <= ladder.quiet_to:
        return ladder.quiet_from <= hour < ladder.quiet_to
    return hour >= ladder.quiet_from or hour < ladder.quiet_to


def quiet_ends(ladder: Ladder, at: int) -> int:
    """The first instant at or after `at` that is outside the quiet hours."""
    if not quiet(ladder, at):
        return at
    day = (at + _OFFSET) // (24 * HOUR) * (24 * HOUR) - _OFFSET
    end = day + ladder.quiet_to * HOUR
    return end if end > at else end + 24 * HOUR


def decide_notice(state: InboxState, action: Action, law: Law) -> Decision:
    """Whether a digest goes out: each step once, at most one in the digest's time, none at night but for life."""
    payload = action.payload
    assert isinstance(payload, NoticeSent)
    verdict = _notice(state, action, payload, law)
    return Accepted(plain_events(action)) if verdict is None else verdict


def _notice(state: InboxState, action: Action, payload: NoticeSent, law: Law) -> Refused | None:
    rungs = {rung_of(key) for key in payload.keys}
    fits = action.report == inbox_id(payload.office) and payload.keys and None not in rungs
    if not fits or not all(key.rsplit("|", 1)[1] == payload.office for key in payload.keys):
        return Refused("payload_mismatch")
    if not rungs <= AUTOMATIC_RUNGS and action.actor.role not in _PERSONS:
        return Refused("notice_needs_person")
    if not state.keys.isdisjoint(payload.keys):
        return Refused("notice_already_sent")
    if payload.urgent:
        return None
    ladder = law.book.at(action.at).ladder
    if quiet(ladder, action.at):
        return Refused("quiet_hours")
    if state.last_plain_at is not None and action.at < state.last_plain_at + ladder.digest_ms:
        return Refused("notice_too_early", {"at": state.last_plain_at + ladder.digest_ms})
    return None


# ---------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class ListState:
    """The fold of one numbered list; `printed` is None before it exists."""

    printed: ListPrinted | None = None
    printed_at: int | None = None
    printed_by: str = ""
    seq: int = 0
    pending: int = 0


def fold_list(events: Iterable[Event]) -> ListState:
    """The state of a numbered list. A number names one list for ever: the first stands."""
    state = ListState()
    for event in canonical(events):
        if isinstance(event.payload, ListPrinted) and state.printed is None:
            state = replace(state, printed=event.payload, printed_at=event.at, printed_by=event.actor.user)
        state = replace(
            state,
            seq=max(state.seq, event.seq or 0),
            pending=state.pending + (1 if event.seq is None else 0),
        )
    return state


READY: Final = frozenset({MarkStep.ELIGIBLE, MarkStep.PROPOSED, MarkStep.DECIDED})
"""What may stand in a list for the Governor: nothing leaves while an objection is open (capability 12)."""


def decide_list(
    state: ListState, action: Action, law: Law, mark_of: Callable[[str], MarkState | None]
) -> Decision:
    """Whether a numbered list exists: never without a snapshot, nor with a mark that is not ready."""
    payload = action.payload
    assert isinstance(payload, ListPrinted)
    if state.printed is not None:
        return Refused("list_number_taken", {"number": payload.number})
    if not payload.number.strip() or action.report != list_id(payload.number):
        return Refused("payload_mismatch")
    if not is_digest(payload.snapshot) or not is_digest(payload.document):
        return Refused("snapshot_required")
    for name in payload.marks:
        known = mark_of(name)
        if known is None:
            return Refused("no_mark")
        where = step(known, law, action.at)
        if where not in READY:
            return Refused("mark_not_ready", {"office": known.office, "step": where.value})
    return Accepted(plain_events(action))


OUTWARD_KINDS: Final = frozenset({EventKind.MARK_NOTIFIED, EventKind.MARK_PROPOSED, EventKind.LIST_PRINTED})
"""The three outward acts: held back for a while, so that they can be stopped (capability 14)."""
OUTWARD_HOLD_MS: Final = 60_000
