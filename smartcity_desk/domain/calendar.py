"""Two calendars: the clock on the wall, and the working hours of Jakarta's offices.

Working hours are a week that repeats for ever, less what the days of calendar data take from it. So a count of any
length is arithmetic and one look-up among those days, and no year lies beyond a table.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate, groupby
from typing import Final

from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE


class CalendarKind(StrEnum):
    """In which time an allowance is counted."""

    ROUND_THE_CLOCK = "round_the_clock"
    WORKING_DAYS = "working_days"


class DayKind(StrEnum):
    """What a day of calendar data can be. Of several the first of these holds."""

    HOLIDAY = "holiday"
    JOINT_LEAVE = "joint_leave"
    RAMADAN = "ramadan"


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One day in Jakarta that is not as usual: `day` is its proleptic ordinal, `date.toordinal()`."""

    day: int
    kind: DayKind
    name: str


Hours = tuple[tuple[int, int], ...]
"""The working time of a day: stretches [begin, end) in ms after midnight, in order; empty when nobody works."""


def _hours(*stretches: str) -> Hours:
    def after_midnight(text: str) -> int:
        hour, minute = text.split(":")
        return int(hour) * HOUR + int(minute) * MINUTE

    ends = [stretch.split("-") for stretch in stretches]
    return tuple((after_midnight(begin), after_midnight(end)) for begin, end in ends)


# Perpres 21/2023, articles 3 and 4: Monday to Friday; from 07.30, in Ramadan from 08.00; 37.5 and 32.5 hours a week
# without breaks of 60 minutes (Friday 90), in Ramadan 30 (Friday 60). It fixes how long a break is and not when: in
# Ramadan that is the province's circular 1/SE/2026, else what is usual (resources/calendar/SOURCES.md).
_DAY: Final = _hours("07:30-12:00", "13:00-16:00")
_FRIDAY: Final = _hours("07:30-11:30", "13:00-16:30")
_FASTING_DAY: Final = _hours("08:00-12:00", "12:30-15:00")
_FASTING_FRIDAY: Final = _hours("08:00-11:30", "12:30-15:30")

USUAL_WEEK: Final[tuple[Hours, ...]] = (_DAY, _DAY, _DAY, _DAY, _FRIDAY, (), ())
RAMADAN_WEEK: Final[tuple[Hours, ...]] = (*(_FASTING_DAY,) * 4, _FASTING_FRIDAY, (), ())
"""Working hours from Monday to Sunday."""


def length(hours: Hours) -> int:
    """How much is worked in a day."""
    return sum(end - begin for begin, end in hours)


# The usual week laid out: where each stretch of work begins, ms after Monday 00.00; what is worked before it; and what
# is not. The first is empty, so that Monday's early morning lies after some stretch too; the last of `_BEFORE` is the
# whole week's work.
_SPAN: Final = 7 * DAY
_LAID_OUT: Final = [
    (weekday * DAY + begin, end - begin) for weekday in range(7) for begin, end in USUAL_WEEK[weekday]
]
_BEGINS: Final = [0, *(begin for begin, _ in _LAID_OUT)]
_BEFORE: Final = [0, *accumulate((span for _, span in _LAID_OUT), initial=0)]
_IDLE: Final = [begin - before for begin, before in zip(_BEGINS, _BEFORE, strict=False)]
_WEEK: Final = _BEFORE[-1]

_MONDAY: Final = date(1969, 12, 29)
"""Weeks are counted from the Monday before the epoch."""
_ZONE: Final = int(JAKARTA.utcoffset(None).total_seconds()) * 1000
_SHIFT: Final = _ZONE + (date(1970, 1, 1) - _MONDAY).days * DAY


class Calendars:
    """Both calendars under one set of days. Immutable; equal days make equal calendars, whatever their edition.

    Total: any instants, any days. Days on which nobody works anyhow change nothing.
    """

    __slots__ = ("_days", "_edges", "_lost", "_starts", "edition", "entries")

    def __init__(self, entries: Iterable[DayEntry] = (), edition: str = "") -> None:
        self.entries: tuple[DayEntry, ...] = tuple(sorted(set(entries), key=_order))
        self.edition = edition
        # The working days that are not as usual: who they are, where they begin and end, what is worked in all before
        # each, and how much less than in usual weeks that is (one more: after the last).
        self._days: list[tuple[DayEntry, Hours]] = []
        self._edges: list[int] = []
        self._starts: list[int] = []
        self._lost: list[int] = [0]
        for number, same in groupby(self.entries, key=lambda one: one.day):
            weeks, weekday = divmod(number - _MONDAY.toordinal(), 7)
            usual = length(USUAL_WEEK[weekday])
            if not usual:
                continue
            entry = _joined(same)
            hours = RAMADAN_WEEK[weekday] if entry.kind is DayKind.RAMADAN else ()
            begin = (weeks * 7 + weekday) * DAY - _SHIFT
            self._starts.append(self._passed(begin))
            self._days.append((entry, hours))
            self._edges += (begin, begin + DAY)
            self._lost.append(self._lost[-1] + usual - length(hours))

    @classmethod
    def of(cls, entries: Iterable[DayEntry], *, edition: str = "") -> Calendars:
        """Calendars with these days. `edition` says which data they are, for people and for comparing."""
        return cls(entries, edition)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendars) and self.entries == other.entries

    def __hash__(self) -> int:
        return hash(self.entries)

    def worked(self, kind: CalendarKind, since: int, until: int) -> int:
        """Milliseconds of a calendar inside [since, until), both ms UTC; 0 when that is empty."""
        if until <= since:
            return 0
        if kind is CalendarKind.ROUND_THE_CLOCK:
            return until - since
        return self._passed(until) - self._passed(since)

    def add(self, kind: CalendarKind, at: int, ms: int) -> int:
        """The earliest instant from `at` on with so many milliseconds of a calendar behind it; `at` for none."""
        if ms <= 0:
            return at
        if kind is CalendarKind.ROUND_THE_CLOCK:
            return at + ms
        return self._reached(self._passed(at) + ms)

    def next_working(self, at: int) -> int:
        """The earliest instant from `at` on that lies in working hours."""
        return self._reached(self._passed(at) + 1) - 1

    def names(self, since: int, until: int) -> tuple[DayEntry, ...]:
        """The working days touched by [since, until) that were not as usual; one entry a day, its names joined."""
        if until <= since:
            return ()
        first = bisect_right(self._edges, since) // 2
        last = (bisect_left(self._edges, until) + 1) // 2
        return tuple(entry for entry, _ in self._days[first:last])

    def _passed(self, at: int) -> int:
        """What is worked in all before an instant."""
        index = bisect_right(self._edges, at)
        if index & 1:
            inside = at - self._edges[index - 1]
            total = self._starts[index >> 1]
            for begin, end in self._days[index >> 1][1]:
                if begin < inside:
                    total += min(inside, end) - begin
            return total
        weeks, inside = divmod(at + _SHIFT, _SPAN)
        piece = bisect_right(_BEGINS, inside)
        before = inside - _IDLE[piece - 1]
        if before > _BEFORE[piece]:
            before = _BEFORE[piece]
        return weeks * _WEEK + before - self._lost[index >> 1]

    def _reached(self, worked: int) -> int:
        """The earliest instant before which so much is worked in all."""
        index = bisect_left(self._starts, worked)
        if index:  # the last such day that began earlier: is it reached inside?
            rest = worked - self._starts[index - 1]
            for begin, end in self._days[index - 1][1]:
                if rest <= end - begin:
                    return self._edges[index * 2 - 2] + begin + rest
                rest -= end - begin
        weeks, rest = divmod(worked + self._lost[index] - 1, _WEEK)
        piece = bisect_right(_BEFORE, rest) - 1
        return weeks * _SPAN + rest + 1 + _IDLE[piece] - _SHIFT


_RANK: Final = {kind: rank for rank, kind in enumerate(DayKind)}


def _order(entry: DayEntry) -> tuple[int, int, str]:
    return entry.day, _RANK[entry.kind], entry.name


def _joined(same: Iterable[DayEntry]) -> DayEntry:
    """What a day counts as: its first kind, under all names of that kind."""
    first, *others = same
    names = [first.name, *(one.name for one in others if one.kind is first.kind)]
    return DayEntry(first.day, first.kind, ", ".join(names))
