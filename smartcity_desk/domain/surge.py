"""When an area sends far more reports than it usually does at this hour: the moment to offer an incident board.

"Passes five times its usual hourly rate" (capabilities paper 22), looked at over ten, twenty and sixty minutes, so that
a great surge is seen at once and a small one within the hour. Five times very little is still little: a surge has at
least nine reports, and so many that chance would not bring them even at twice the usual rate. So one fire that eight
neighbours report in a quiet area rings no bell.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE

FACTOR: Final = 5.0
LEAST: Final = 9
"""Reports in the window."""
WINDOWS_MS: Final = (10 * MINUTE, 20 * MINUTE, 60 * MINUTE)
_ALLOWED: Final = 2.0
"""Rain and rumours double a rate without being an event."""
_IMPROBABLE: Final = math.log(1e6)
"""Areas times windows times minutes are many tries: what chance does once in a million, it does not do in a month."""
_LEAST_RATE: Final = 0.05
"""Reports an hour that even an area without a past is thought to send."""
LEARNT_DAYS: Final = 28
_DAY_AT_MOST: Final = 3.0
_HOURS: Final = 24
_OFFSET_MS: Final = int(JAKARTA.utcoffset(None).total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Usual:
    """What areas usually send: reports an hour by area, and how the hours of working days and weekends differ.

    `profile` has 48 numbers with the mean 1: the hours of Monday to Friday, then those of Saturday and Sunday.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    profile: tuple[float, ...] = (1.0,) * (2 * _HOURS)

    def at(self, area: str, instant: int) -> float:
        """Reports an hour that an area usually sends at an instant (ms UTC)."""
        return max(_LEAST_RATE, self.rates.get(area, 0.0) * self.profile[_slot(instant)])


@dataclass(frozen=True, slots=True)
class Surge:
    """An area that passes five times its usual rate. `since` is the first report of it (ms UTC).

    `count` reports came in `window_ms`; `usual` is how many usually come in that time; `factor` the ratio of the two.
    `alarms` counts those whose words tell of danger to life.
    """

    area: str
    since: int
    count: int
    usual: float
    factor: float
    window_ms: int
    alarms: int = 0


def surges(
    arrivals: Mapping[str, Sequence[int]], usual: Usual, now: int, alarms: Mapping[str, int] | None = None
) -> tuple[Surge, ...]:
    """The areas that are in a surge at `now`: those with danger to life first, then by how far they pass.

    `arrivals` are the instants of the reports of each area in ascending order; what lies outside of the last hour is
    not looked at.
    """
    found: list[Surge] = []
    for area, instants in arrivals.items():
        surge = _surge(area, instants, usual, now, (alarms or {}).get(area, 0))
        if surge is not None:
            found.append(surge)
    return tuple(sorted(found, key=lambda one: (-one.alarms, -one.factor, one.area)))


def _surge(area: str, instants: Sequence[int], usual: Usual, now: int, alarms: int) -> Surge | None:
    upto = bisect_right(instants, now)
    best: Surge | None = None
    for window in WINDOWS_MS:
        first = bisect_right(instants, now - window)
        count = upto - first
        expected = usual.at(area, now) * window / HOUR
        if count >= LEAST and count >= FACTOR * expected and _improbable(count, _ALLOWED * expected):
            # the longest window that still passes tells best since when
            best = Surge(area, instants[first], count, expected, count / expected, window, alarms)
    return best


def _improbable(count: int, expected: float) -> bool:
    """Whether so many would come by chance less than once in a million times (Chernoff's bound on the Poisson tail)."""
    return count > expected and count * math.log(count / expected) - count + expected >= _IMPROBABLE


def learn(arrivals: Iterable[tuple[str, int]], until: int, days: int = LEARNT_DAYS) -> Usual:
    """What is usual, out of the reports (area, ms UTC) of so many whole days before `until`.

    A day counts at most as three of the area's median days: a flood must not make the next one usual.
    """
    since = until - days * DAY
    by_day: dict[str, Counter[int]] = {}
    slots: Counter[int] = Counter()
    for area, at in arrivals:
        if since <= at < until:
            by_day.setdefault(area, Counter())[(at - since) // DAY] += 1
            slots[_slot(at)] += 1
    rates: dict[str, float] = {}
    for area, counts in by_day.items():
        each = [counts[day] for day in range(days)]
        most = _DAY_AT_MOST * max(1.0, median(each))
        rates[area] = sum(min(most, count) for count in each) / days / _HOURS
    return Usual(rates, _profile(slots, since, days))


def _profile(slots: Counter[int], since: int, days: int) -> tuple[float, ...]:
    """The hours against each other, city-wide: one area alone has too few reports to tell one hour from the next."""
    hours = Counter(_slot(since + hour * HOUR) for hour in range(days * _HOURS))
    total = sum(slots.values())
    if not total:
        return Usual().profile
    mean = total / (days * _HOURS)
    # ten reports of the mean beside each hour's own, so that an hour that was never seen is not thought to be empty
    return tuple(
        (slots[slot] + 10) / (hours[slot] * mean + 10) if hours[slot] else 1.0 for slot in range(2 * _HOURS)
    )


def _slot(instant: int) -> int:
    local = instant + _OFFSET_MS
    weekend = (local // DAY + 3) % 7 >= 5  # the first of January 1970 was a Thursday
    return _HOURS * weekend + local % DAY // HOUR
