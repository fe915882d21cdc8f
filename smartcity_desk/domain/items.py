"""Items: what counts for or against an office. One custody segment of a judged office, with its clock and its label.

An item belongs to the window in which its due date falls: by then it is decided, whoever looks and whenever (domain
paper 2.5). One that left the office before it was due decides nothing and is no item. An office that has no delivery
receipt has no clock, so nothing of it can be late (E8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from smartcity_desk.domain.clock import Clock, charged, clock
from smartcity_desk.domain.custody import Doubt, Excluded, Segment, Stay
from smartcity_desk.domain.events import ExclusionCode, RejectCode
from smartcity_desk.domain.fairness import Tally
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.office import Tenure


class Outcome(StrEnum):
    """What is known of an item. Silent, slow and empty are three labels; `empty` stands beside the others."""

    RUNNING = "running"  # not due yet, no answer yet
    ON_TIME = "on_time"
    SLOW = "slow"  # answered after the due date
    SILENT = "silent"  # no answer, and the due date has passed


class Item(NamedTuple):
    """A segment with what it counts as. `contested` = under an objection that is not answered: counted nowhere.

    `charged_ms` is the time that counts against the holder, in the allowance's calendar: to the answer, else to `now`.
    `verified_in_time` is the second measure: a completion that was accepted had been claimed before the due date.
    """

    segment: Segment
    clock: Clock
    outcome: Outcome
    empty: bool
    excluded: Excluded | None
    contested: bool
    charged_ms: int
    verified_in_time: bool | None

    @property
    def due_at(self) -> int:
        """When the answer was due. An item has a clock."""
        assert self.clock.due_at is not None
        return self.clock.due_at

    @property
    def counts(self) -> bool:
        """Whether it stands in n: decided, not excluded, not contested."""
        return self.excluded is None and not self.contested and self.outcome is not Outcome.RUNNING


@dataclass(frozen=True, slots=True)
class Objected:
    """What stands outside a report's own events at one instant: segments that objections took out, and those under one
    that is not answered; and reports that follow another one of the same incident (F3), by id.
    """

    excluded: Mapping[str, Excluded]
    contested: AbstractSet[str]
    joined: Mapping[str, Excluded] = field(default_factory=dict)


NO_OBJECTIONS: Final = Objected({}, frozenset())

_REJECTED: Final = {
    RejectCode.SPAM: ExclusionCode.INVALID,
    RejectCode.NOT_A_COMPLAINT: ExclusionCode.INVALID,
    RejectCode.TOO_VAGUE: ExclusionCode.INVALID,
    RejectCode.DUPLICATE: ExclusionCode.DUPLICATE,
    RejectCode.OUTSIDE_CITY: ExclusionCode.OUT_OF_JURISDICTION,
    RejectCode.EMERGENCY_ELSEWHERE: ExclusionCode.OUT_OF_JURISDICTION,
}
AUTOMATIC: Final = ""
"""The user of an exclusion that follows from the events themselves."""
NEW_HOLDER: Final = "new_holder"
"""The reason of the one exclusion that time alone sets and lifts (F10)."""
REASONS: Final = (
    "return_accepted",
    "return_pending",
    "new_holder",
    *(f"rejected_{code.value}" for code in _REJECTED),
    "place_uncertain",
    "place_elsewhere",
    "joined",
)
"""Every reason of such an exclusion: the catalogues have words for them."""


def item(segment: Segment, law: Law, now: int, objected: Objected = NO_OBJECTIONS) -> Item | None:
    """The item of a segment at `now`, or None when it is none: not a judged office, no receipt, left before due."""
    if segment.stay is not Stay.HOLD or not law.scored(segment.office):
        return None
    found = clock(segment, law)
    outcome = outcome_of(segment, found, law, now)
    if outcome is None:
        return None
    answered, due = segment.responded_at, found.due_at
    assert due is not None
    return Item(
        segment,
        found,
        outcome,
        segment.refused_at is not None,
        excluded_by(segment, found, law, now, objected),
        segment.id in objected.contested,
        charged(segment, found, law, now if answered is None else min(answered, now)),
        None if segment.accepted_at is None or segment.claimed_at is None else segment.claimed_at <= due,
    )


def outcome_of(segment: Segment, found: Clock, law: Law, now: int) -> Outcome | None:
    """What a judged office's segment counts as; None when it is no item."""
    due, answered = found.due_at, segment.responded_at
    if due is None:
        return None
    if answered is None:
        if segment.until is not None and segment.until <= due:
            return None
        return Outcome.SILENT if due < now else Outcome.RUNNING
    if answered <= due:
        return Outcome.ON_TIME
    # An answer in the night after the last working hour has cost no more of it (domain paper 2.5: chargeable time).
    assert found.allowance is not None
    used = charged(segment, found, law, min(answered, now))
    return Outcome.ON_TIME if used <= found.allowance.ms else Outcome.SLOW


def excluded_by(
    segment: Segment, found: Clock, law: Law, now: int, objected: Objected = NO_OBJECTIONS
) -> Excluded | None:
    """Why an item does not count: somebody said so, an objection did, or it follows from the events."""
    said = segment.excluded or objected.excluded.get(segment.id)
    if said is not None:
        return said
    due, starts, answered = found.due_at, found.starts_at, segment.responded_at
    assert due is not None
    assert starts is not None
    own = _by_itself(segment, starts, min(due if answered is None else answered, now), law, now)
    return own or objected.joined.get(segment.report)


def _by_itself(segment: Segment, starts: int, decided: int, law: Law, now: int) -> Excluded | None:
    """The exclusion that follows from the events, with the event that says it (domain paper 3.1).

    A hand-back that the unit has not answered is counted nowhere until it is: the office said in time or not that the
    work is not its own, and only the answer tells (F1). A rejection is about the report, so it clears every office that
    held it.
    """
    if segment.misrouted_at is not None:
        return Excluded(
            ExclusionCode.MISROUTED,
            AUTOMATIC,
            "return_accepted",
            segment.misrouted_at,
            segment.misrouted_by or "",
        )
    if segment.reject_code is not None:
        code = _REJECTED[segment.reject_code]
        reason = f"rejected_{segment.reject_code.value}"
        return Excluded(code, AUTOMATIC, reason, segment.rejected_at or now, segment.rejected_by or "")
    if segment.returned_at is not None and segment.until is None:
        return Excluded(
            ExclusionCode.MISROUTED,
            AUTOMATIC,
            "return_pending",
            segment.returned_at,
            segment.returned_by or "",
        )
    if segment.doubt is not None:
        doubtful = _doubtful(segment, segment.doubt, law)
        if doubtful is not None:
            return doubtful
    holder = law.holder(segment.office, now)
    if holder is not None and not his(segment.office, holder, starts, decided, law):
        return Excluded(ExclusionCode.NEW_HOLDER, AUTOMATIC, NEW_HOLDER, holder.valid_from, "")
    return None


def _doubtful(segment: Segment, doubt: Doubt, law: Law) -> Excluded | None:
    """Whether it is open, or turned out not so, that the report lies where the office is competent (F19).

    What a machine said without official boundaries counts against nobody who is competent for a part of the city.
    """
    office = segment.office
    if doubt.decided is not None:
        if law.answers_for(office, doubt.decided):
            return None
        at = segment.since if doubt.decided_at is None else doubt.decided_at
        return Excluded(ExclusionCode.AMBIGUOUS_PLACE, AUTOMATIC, "place_elsewhere", at, doubt.decided_by)
    if law.everywhere(office):
        return None
    if doubt.badge is not PlaceBadge.APPROXIMATE and law.answers_for_all(office, doubt.candidates):
        return None
    return Excluded(
        ExclusionCode.AMBIGUOUS_PLACE, AUTOMATIC, "place_uncertain", segment.since, segment.opened_by
    )


def his(office: str, holder: Tenure, starts: int, decided: int, law: Law) -> bool:
    """Whether the holder was in office when the clock began and when the item was decided (F10).

    Whoever comes back from leave is no new holder: what he left behind is his again, and what an acting one had is not.
    """
    if holder.valid_from <= starts and law.tenures(office)[-1] is holder:
        return True  # nobody came after him
    for at in (starts, decided):
        then = law.holder(office, at)
        if then is None or then.official != holder.official:
            return False
    return True


def items(segments: Iterable[Segment], law: Law, now: int, objected: Objected = NO_OBJECTIONS) -> list[Item]:
    """The items of segments, in their order."""
    found = (item(segment, law, now, objected) for segment in segments)
    return [one for one in found if one is not None]


def falls_in(one: Item, window: tuple[int, int]) -> bool:
    """Whether an item belongs to a window (ms UTC, half-open)."""
    since, until = window
    return since <= one.due_at < until


def tally(found: Iterable[Item]) -> Tally:
    """The counts of some items of one office; contested ones stand nowhere, running ones neither."""
    on_time = silent = slow = empty = excluded = 0
    for one in found:
        if one.contested or one.outcome is Outcome.RUNNING:
            continue
        if one.excluded is not None:
            excluded += 1
            continue
        if one.outcome is Outcome.ON_TIME:
            on_time += 1
        elif one.outcome is Outcome.SLOW:
            slow += 1
        else:
            silent += 1
        empty += one.empty and one.outcome is not Outcome.SILENT
    return Tally(on_time + slow + silent, on_time, silent, slow, empty, excluded)


def by_office(found: Iterable[Item]) -> dict[str, list[Item]]:
    """Items by the office that held them."""
    offices: dict[str, list[Item]] = {}
    for one in found:
        offices.setdefault(one.segment.office, []).append(one)
    return offices


def in_windows(found: Sequence[Item], windows: Sequence[tuple[int, int]]) -> tuple[list[Item], ...]:
    """The items of each window, oldest window first."""
    parts: tuple[list[Item], ...] = tuple([] for _ in windows)
    for one in found:
        for part, window in zip(parts, windows, strict=True):
            if falls_in(one, window):
                part.append(one)
                break
    return parts
