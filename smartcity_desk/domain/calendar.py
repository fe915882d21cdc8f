"""Two calendars: the clock on the wall, and the working hours of Jakarta's offices.

Working hours are a week that repeats for ever, less what the days of calendar data take from it. So a count of any
length is arithmetic and one look-up among those days, and no year lies beyond a table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
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


@dataclass(frozen=True, slots=True)
class Hours:
    """The working time of a day, ms after midnight: from `begin` to `end` without `[pause, resume)`."""

    begin: int
    pause: int
    resume: int
    end: int

    @property
    def total(self) -> int:
        """How much is worked in the day."""
        return self.pause - self.begin + self.end - self.resume

    def passed(self, at: int) -> int:
        """How much of it lies before `at`."""
        if at <= self.begin:
            return 0
        if at <= self.pause:
            return at - self.begin
        if at <= self.resume:
            return self.pause - self.begin
        return min(at, self.end) - self.begin - (self.resume - self.pause)

    def reached(self, worked: int) -> int:
        """When so much of it (above 0, at most all) is behind."""
        at = self.begin + worked
        return at if at <= self.pause else at + self.resume - self.pause


def _hours(begin: str, pause: str, resume: str, end: str) -> Hours:
    def after_midnight(text: str) -> int:
        hour, minute = text.split(":")
        return int(hour) * HOUR + int(minute) * MINUTE

    return Hours(*(after_midnight(text) for text in (begin, pause, resume, end)))


_OFF: Final = Hours(0, 0, 0, 0)
# Perpres 21/2023, articles 3 and 4: Monday to Friday; from 07.30, in Ramadan from 08.00; 37.5 and 32.5 hours a week
# without breaks of 60 minutes (Friday 90), in Ramadan 30 (Friday 60). It fixes the length of a break and not its hour:
# at noon, and on Friday around the prayer, is how agencies announce it.
_WEEKDAY: Final = _hours("07:30", "12:00", "13:00", "16:00")
_FRIDAY: Final = _hours("07:30", "11:30", "13:00", "16:30")
_FASTING_WEEKDAY: Final = _hours("08:00", "12:00", "12:30", "15:00")
_FASTING_FRIDAY: Final = _hours("08:00", "11:30", "12:30", "15:30")

USUAL_WEEK: Final = (_WEEKDAY, _WEEKDAY, _WEEKDAY, _WEEKDAY, _FRIDAY, _OFF, _OFF)
RAMADAN_WEEK: Final = (*(_FASTING_WEEKDAY,) * 4, _FASTING_FRIDAY, _OFF, _OFF)
"""Working hours from Monday to Sunday."""

_BEFORE: Final = tuple(sum(hours.total for hours in USUAL_WEEK[:weekday]) for weekday in range(7))
_WEEK: Final = sum(hours.total for hours in USUAL_WEEK)
# Inside, days are counted from a Monday, so that a day's weekday is its remainder.
_MONDAY: Final = date(1969, 12, 29).toordinal()
_ZONE: Final = int(JAKARTA.utcoffset(None).total_seconds()) * 1000
_SHIFT: Final = _ZONE + (date(1970, 1, 1).toordinal() - _MONDAY) * DAY


class Calendars:
    """Both calendars under one set of days. Immutable; equal days make equal calendars, whatever their edition.

    Total: any instants, any days. Of days on which nobody works anyhow nothing is changed.
    """

    __slots__ = ("_days", "_hours", "_lost", "_starts", "edition", "entries")

    def __init__(self, entries: Iterable[DayEntry] = (), edition: str = "") -> None:
        self.entries: tuple[DayEntry, ...] = tuple(
            sorted(set(entries), key=lambda one: (one.day, _RANK[one.kind], one.name))
        )
        self.edition = edition
        self._days: list[int] = []
        self._hours: list[Hours] = []
        self._lost: list[int] = [0]  # before the day of the same index: what the week has and the days took
        self._starts: list[int] = []  # what is worked in all before the day of the same index
        for entry in self.entries:
            day = entry.day - _MONDAY
            usual = USUAL_WEEK[day % 7]
            if not usual.total or (self._days and self._days[-1] == day):
                continue
            hours = RAMADAN_WEEK[day % 7] if entry.kind is DayKind.RAMADAN else _OFF
            lost = self._lost[-1]
            self._days.append(day)
            self._hours.append(hours)
            self._starts.append(day // 7 * _WEEK + _BEFORE[day % 7] - lost)
            self._lost.append(lost + usual.total - hours.total)

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
        """The earliest instant from `at` on inside working hours."""
        return self._reached(self._passed(at) + 1) - 1

    def names(self, since: int, until: int) -> tuple[DayEntry, ...]:
        """The working days touched by [since, until) that were not as usual, one entry a day; its names joined."""
        if until <= since:
            return ()
        first = bisect_left(self._days, (since + _SHIFT) // DAY)
        last = bisect_left(self._days, (until - 1 + _SHIFT) // DAY + 1)
        return tuple(self._named(day + _MONDAY) for day in self._days[first:last])

    def _named(self, day: int) -> DayEntry:
        start = bisect_left(self.entries, day, key=lambda one: one.day)
        kind = self.entries[start].kind
        names = [
            one.name
            for one in self.entries[start : start + len(DayKind) * 2]
            if one.day == day and one.kind is kind
        ]
        return DayEntry(day, kind, ", ".join(names))

    def _passed(self, at: int) -> int:
        """What is worked in all before an instant."""
        day, inside = divmod(at + _SHIFT, DAY)
        week, weekday = divmod(day, 7)
        index = bisect_left(self._days, day)
        if index < len(self._days) and self._days[index] == day:
            return self._starts[index] + self._hours[index].passed(inside)
        return week * _WEEK + _BEFORE[weekday] - self._lost[index] + USUAL_WEEK[weekday].passed(inside)

    def _reached(self, worked: int) -> int:
        """The earliest instant before which so much is worked in all."""
        index = bisect_left(self._starts, worked)
        if index:  # a day of calendar data began earlier: did it end later?
            rest = worked - self._starts[index - 1]
            hours = self._hours[index - 1]
            if rest <= hours.total:
                return self._days[index - 1] * DAY + hours.reached(rest) - _SHIFT
        week, rest = divmod(worked + self._lost[index] - 1, _WEEK)
        weekday = bisect_left(_BEFORE, rest + 1) - 1
        inside = USUAL_WEEK[weekday].reached(rest + 1 - _BEFORE[weekday])
        return (week * 7 + weekday) * DAY + inside - _SHIFT


_RANK: Final = {kind: rank for rank, kind in enumerate(DayKind)}
