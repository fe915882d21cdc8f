"""The rules that are data: allowances by level and category, calendars, targets, ladders, windows of objection.

Deadlines are data with an effective date (`resources/policy/`, or proposed and approved by two people), never constants
in code. A version is never changed and never retroactive: each clock runs under the one in force when it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.times import DAY, HOUR


@dataclass(frozen=True, slots=True)
class Allowance:
    """Milliseconds of a calendar until an answer is due."""

    ms: int
    calendar: CalendarKind = CalendarKind.ROUND_THE_CLOCK


class Rung(StrEnum):
    """To whom a notice climbs. The first is the office itself."""

    OFFICE = "office"
    KECAMATAN = "kecamatan"
    KOTA = "kota"
    DINAS = "dinas"
    ASISTEN = "asisten"
    SEKDA = "sekda"
    GUBERNUR = "gubernur"


AUTOMATIC_RUNGS: Final = frozenset({Rung.OFFICE, Rung.KECAMATAN})
"""No step above a camat happens without a person's approval (capability 12)."""


@dataclass(frozen=True, slots=True)
class Step:
    """A notice to `to`, so many milliseconds after the due date."""

    to: Rung
    after: int


_TERRITORIAL: Final = (
    Step(Rung.OFFICE, 0),
    Step(Rung.KECAMATAN, 1 * DAY),
    Step(Rung.KOTA, 3 * DAY),
    Step(Rung.SEKDA, 7 * DAY),
    Step(Rung.GUBERNUR, 14 * DAY),
)
_AGENCY: Final = (
    Step(Rung.OFFICE, 0),
    Step(Rung.DINAS, 2 * DAY),
    Step(Rung.ASISTEN, 5 * DAY),
    Step(Rung.SEKDA, 10 * DAY),
    Step(Rung.GUBERNUR, 17 * DAY),
)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Two ladders, and how notices are sent. Hours are Jakarta's, 0 to 24; `quiet_from` > `quiet_to` spans midnight.

    An acknowledgement delays the next step once by `acknowledged_ms`. At most one digest goes to an office in
    `digest_ms`.
    """

    territorial: tuple[Step, ...] = _TERRITORIAL
    agency: tuple[Step, ...] = _AGENCY
    acknowledged_ms: int = 24 * HOUR
    digest_ms: int = 4 * HOUR
    quiet_from: int = 21
    quiet_to: int = 6


@dataclass(frozen=True, slots=True)
class ObjectionRules:
    """Lengths of the objection flow in working days (domain paper 3.2); the owner has yet to choose 3 or 5.

    A notice that nobody confirms counts as served at the end of `deemed_served_days`.
    """

    deemed_served_days: int = 1
    window_days: int = 3
    extension_days: int = 2
    review_days: int = 2


_NO_OWN: Final = frozenset({OfficeLevel.UPT, OfficeLevel.THIRD_PARTY})


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules. `response` is milliseconds to a response per level of the holder.

    `calendars` says in which calendar (round the clock where it says nothing); `categories` are allowances of their own
    (F9, SE 40/2019). `verification` is the unit's own time to look at a claimed completion. After a pause at least
    `grace_ms` or `grace_percent` of the allowance is left, whichever is more (F13). `review_percent` of the answers to
    completions get a blind second review (F20). `source` names the regulation.
    """

    version: str
    effective_from: int
    response: Mapping[OfficeLevel, int]
    verification: int
    source: str = ""
    calendars: Mapping[OfficeLevel, CalendarKind] = field(default_factory=dict)
    categories: Mapping[str, Allowance] = field(default_factory=dict)
    grace_ms: int = 4 * HOUR
    grace_percent: int = 10
    marking: Marking = field(default_factory=Marking)
    ladder: Ladder = field(default_factory=Ladder)
    objection: ObjectionRules = field(default_factory=ObjectionRules)
    review_percent: int = 5

    def allowance(self, level: OfficeLevel, category: str | None) -> Allowance | None:
        """The allowance of a holder of this level; its category's own goes first, where an office of the city holds it.

        The unit has its own time whatever it is about, and a third party has none of the city's (F2).
        """
        if category is not None and level not in _NO_OWN:
            own = self.categories.get(category)
            if own is not None:
                return own
        ms = self.response.get(level)
        if ms is None:
            return None
        return Allowance(ms, self.calendars.get(level, CalendarKind.ROUND_THE_CLOCK))

    def grace(self, allowance: int) -> int:
        """The least that is left of an allowance after a pause, in ms of its calendar."""
        return min(allowance, max(self.grace_ms, allowance * self.grace_percent // 100))


class PolicyBook:
    """Every version by effective date. The one before the first date is the first: some rule always holds."""

    __slots__ = ("versions",)

    def __init__(self, versions: Iterable[Policy]) -> None:
        by_start: dict[int, Policy] = {}
        for policy in versions:
            by_start[policy.effective_from] = policy  # of two for one date the later said holds
        self.versions: tuple[Policy, ...] = tuple(by_start[start] for start in sorted(by_start))
        if not self.versions:
            raise ValueError("a book without a policy")

    def at(self, instant: int) -> Policy:
        """The version in force at an instant (ms UTC)."""
        found = self.versions[0]
        for policy in self.versions:
            if policy.effective_from > instant:
                break
            found = policy
        return found

    def named(self, version: str) -> Policy | None:
        """The version of this name."""
        return next((policy for policy in self.versions if policy.version == version), None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyBook) and self.versions == other.versions

    def __hash__(self) -> int:
        return hash(tuple(policy.version for policy in self.versions))


class DueBand(StrEnum):
    """How near the due date is. Shown as shape + word + colour."""

    OVERDUE = "overdue"
    SOON = "soon"
    IN_TIME = "in_time"
    PAUSED = "paused"
    NONE = "none"


SOON_MS = 2 * HOUR
"""What counts as *segera*: a near breach as the handover digest uses it (capability 18)."""


def band(due: int | None, paused: bool, now: int) -> DueBand:
    """The band of a due date at `now`."""
    if paused:
        return DueBand.PAUSED
    if due is None:
        return DueBand.NONE
    if due <= now:
        return DueBand.OVERDUE
    return DueBand.SOON if due - now <= SOON_MS else DueBand.IN_TIME
