"""What leaves the unit: notices to offices, and the numbered list for the Governor."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.decision import SKEW_MS, Accepted, Action, Decision, Refused, plain_events
from smartcity_desk.domain.events import Event, EventKind, ListPrinted, NoticeSent, Role
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.ids import inbox_id, is_digest, list_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.mark_rules import no_longer_named
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
    """The fold of an office's box of notices: which steps it was told of, and when its digests went (ms UTC, sorted).

    Urgent ones are in `digests` alone; `plain` are those that the next has to keep its distance from.
    """

    office: str = ""
    keys: frozenset[str] = frozenset()
    digests: tuple[int, ...] = ()
    plain: tuple[int, ...] = ()
    seq: int = 0
    pending: int = 0


def fold_inbox(events: Iterable[Event]) -> InboxState:
    """The state of an office's box after its notices."""
    keys: set[str] = set()
    digests: list[int] = []
    plain: list[int] = []
    office, seq, pending = "", 0, 0
    for event in canonical(events):
        if isinstance(event.payload, NoticeSent):
            office = event.payload.office
            keys.update(event.payload.keys)
            digests.append(event.at)
            if not event.payload.urgent:
                plain.append(event.at)
        seq = max(seq, event.seq or 0)
        pending += event.seq is None
    return InboxState(office, frozenset(keys), tuple(sorted(digests)), tuple(sorted(plain)), seq, pending)


def quiet(ladder: Ladder, at: int) -> bool:
    """Whether an instant lies in the quiet hours of Jakarta. A day without a waking hour has no quiet ones."""
    if ladder.quiet_to - ladder.quiet_from >= 24:
        return False
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


def free_from(plain: Sequence[int], ladder: Ladder, at: int) -> int:
    """The first instant from `at` on at which a digest may go: not at night, and none went shortly before.

    Nor shortly after: one that a fast clock dated ahead holds the next ones back for a while and not until its date.
    """
    while True:
        start = at
        near = bisect_right(plain, at - ladder.digest_ms)
        if near < len(plain) and plain[near] - ladder.digest_ms < at:
            at = plain[near] + ladder.digest_ms
        at = quiet_ends(ladder, at)
        if at == start:
            return at


def decide_notice(state: InboxState, action: Action, law: Law) -> Decision:
    """Whether a digest goes out: each step once, at most one in the digest's time, none at night but for life."""
    payload = action.payload
    assert isinstance(payload, NoticeSent)
    verdict = _notice(state, action, payload, law)
    return Accepted(plain_events(action)) if verdict is None else verdict


def _notice(state: InboxState, action: Action, payload: NoticeSent, law: Law) -> Refused | None:
    rungs = {rung_of(key) for key in payload.keys}
    parts = [key.split("|") for key in payload.keys]
    fits = (
        action.report == inbox_id(payload.office)
        and bool(rungs)
        and None not in rungs
        and len(set(payload.keys)) == len(parts)
        and {part[0] for part in parts} == set(payload.segments)
        and {part[-1] for part in parts} == {payload.office}
    )
    if not fits:
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
    free = free_from(state.plain, ladder, action.at)
    return None if free == action.at else Refused("notice_too_early", {"at": free})


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


NUMBER_MAX: Final = 60
"""Characters that the number of a list has at most."""
READY: Final = frozenset({MarkStep.ELIGIBLE, MarkStep.PROPOSED, MarkStep.DECIDED})
"""What may stand in a list for the Governor: nothing leaves while an objection is open (capability 12)."""


def decide_list(
    state: ListState, action: Action, law: Law, mark_of: Callable[[str], MarkState | None]
) -> Decision:
    """Whether a numbered list exists: never without a snapshot, nor with a mark that may not be proposed."""
    payload = action.payload
    assert isinstance(payload, ListPrinted)
    if state.printed is not None:
        return Refused("list_number_taken", {"number": payload.number})
    fits = (
        0 < len(payload.number.strip()) <= NUMBER_MAX
        and action.report == list_id(payload.number)
        and payload.data_at <= action.at + SKEW_MS
    )
    if not fits:
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
        emptied = no_longer_named(known, law, action.at)
        if emptied is not None:
            return emptied
    return Accepted(plain_events(action))


OUTWARD_KINDS: Final = frozenset({EventKind.MARK_NOTIFIED, EventKind.MARK_PROPOSED, EventKind.LIST_PRINTED})
"""The three outward acts: held back for a while, so that they can be stopped (capability 14)."""
OUTWARD_HOLD_MS: Final = 60_000
