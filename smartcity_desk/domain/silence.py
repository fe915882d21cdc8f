"""When a channel has gone silent: nothing came for so long that chance does not explain it.

What usually comes is learnt from the file's own last weeks: items an hour for each hour of the week, drawn towards its
coarser neighbours (working day or free day, then the hour of the day) where there is little to go by. Hours of a known
outage teach nothing, a surge teaches no more than a busy hour, and a holiday is a Sunday. What is no fault of a channel
is then taken off. A day that is quieter than usual (rain, a long weekend) lowers what is expected of its next hours;
days of Ramadan, whose hours are others, count as their least hour around; and what the same hours differ by beyond pure
chance (`shape`) makes a long quiet less surprising than Poisson's law says.

A pause between two items is silence when its chance is below 0.001 (capabilities paper 17) and so small that not even
one in two months of such a channel's pauses would be as long by chance: with thousands of pauses a month, one in a
thousand alone would ring every day. So a channel that brings 60 items an hour is flagged within a quarter of an hour,
a slower one later: `Verdict.due_at` says when.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from smartcity_desk.domain.times import DAY, HOUR, JAKARTA

LEARNT_HOURS: Final = 8 * 7 * 24
"""How far back is learnt from."""
LEAST_HOURS: Final = 7 * 24
"""A week of hours in which the channel was heard, at least: without each day of the week nothing is usual."""
LEAST_ITEMS: Final = 50
IMPROBABLE: Final = 0.001
"""Chance below which a pause may be called silence at all."""
ALLOWED: Final = 0.5
"""Pauses in 30 days that may be as long by chance, were the law of the pauses exactly known."""
MONTH_HOURS: Final = 30 * 24
_WEEK: Final = 7 * 24
_ZONE: Final = int(JAKARTA.utcoffset(None).total_seconds()) // 3600
_THURSDAY: Final = 3
_SUNDAY: Final = 6
_DRAWN: Final = 3.0
"""Hours that a coarser bucket weighs beside an hour's own."""
_SURGE: Final = 3.0
_STILL: Final = 7.0
"""An hour that usually brings so many and brought none was an outage that nobody noted."""
_LEVEL_HOURS: Final = (3, 24)
_LEVEL_DRAWN: Final = 6.0
_QUIETEST: Final = 0.1
_MOVED: Final = 2
"""Hours by which the day of Ramadan is shifted at most."""
_BLOCK: Final = 4.0
_SHAPE_MOST: Final = 60.0
_SHAPE_LEAST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a channel usually brings. `rates` are items an hour of the week (Jakarta, from Monday 0.00).

    `shape` is the shape of the gamma law by which an hour's true rate strays from that; the larger, the steadier.
    `heard` counts the hours that it was learnt from.
    """

    rates: tuple[float, ...]
    shape: float
    heard: int

    @property
    def threshold(self) -> float:
        """The chance below which a pause is silence: what one month's pauses allow, and never above 0.001."""
        monthly = sum(self.rates) / _WEEK * MONTH_HOURS
        return min(IMPROBABLE, ALLOWED / max(1.0, monthly))

    def expected(
        self, since: int, until: int, free: Container[int] = (), moved: Container[int] = ()
    ) -> float:
        """Items that usually come in a span (ms UTC).

        `free` are days (as of `day_of`) that pass as Sundays, `moved` such whose hours are others (Ramadan): of them no
        more is expected than of the least hour around.
        """
        total, at = 0.0, since
        while at < until:
            hour = at // HOUR
            end = min(until, (hour + 1) * HOUR)
            total += self._rate(hour, free, moved) * (end - at) / HOUR
            at = end
        return total

    def _rate(self, hour: int, free: Container[int], moved: Container[int]) -> float:
        if (hour + _ZONE) // 24 not in moved:
            return self.rates[slot(hour, free)]
        return min(self.rates[slot(near, free)] for near in range(hour - _MOVED, hour + _MOVED + 1))

    def enough(self, threshold: float) -> float:
        """Items that have to be missing before their absence has a chance of `threshold`."""
        return self.shape * math.expm1(-math.log(threshold) / self.shape)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a channel's present pause is judged. `expected` items were missed, with the chance `chance` (None: unknown).

    `due_at` is when this pause becomes silence if nothing comes (ms UTC); None when not within the next two days.
    """

    silent: bool
    expected: float | None = None
    chance: float | None = None
    due_at: int | None = None


def day_of(instant: int) -> int:
    """The number of an instant's day in Jakarta."""
    return (instant + _ZONE * HOUR) // DAY


def slot(hour: int, free: Container[int] = ()) -> int:
    """The hour of the week in Jakarta of an hour counted from 1970; a free day is a Sunday."""
    local = hour + _ZONE
    day = local // 24
    weekday = _SUNDAY if day in free else (day + _THURSDAY) % 7
    return weekday * 24 + local % 24


def learn(
    counts: Mapping[int, int],
    begin: int,
    end: int,
    *,
    without: Sequence[tuple[int, int]] = (),
    free: Container[int] = (),
) -> Rhythm | None:
    """What is usual, from items by hour (hours since 1970) in `begin` to `end`; None while there is too little.

    `without` are spans (ms UTC) of known outages.
    """
    deaf = {
        hour
        for since, until in without
        for hour in range(max(begin, since // HOUR), min(end, -(-until // HOUR)))
    }
    heard = [(hour, slot(hour, free), counts.get(hour, 0)) for hour in range(begin, end) if hour not in deaf]
    if len(heard) < LEAST_HOURS or sum(n for _, _, n in heard) < LEAST_ITEMS:
        return None
    ordinary = [median([n for _, at, n in heard if at % 24 == hour] or [0]) for hour in range(24)]
    limits = [_SURGE * ordinary[at % 24] + 5.0 for at in range(_WEEK)]
    rates = _rates(heard, limits)
    heard = [one for one in heard if one[2] > 0 or rates[one[1]] < _STILL]
    if len(heard) < LEAST_HOURS:
        return None
    rates = _rates(heard, limits)
    known = Rhythm(tuple(rates), _SHAPE_MOST, len(heard))
    return Rhythm(known.rates, _shape(known, counts, heard, deaf, free), known.heard)


def _rates(heard: Sequence[tuple[int, int, int]], limits: Sequence[float]) -> list[float]:
    """Items an hour by hour of the week, each drawn towards the means that are coarser than itself."""
    total = [[0.0, 0.0] for _ in range(_WEEK)]
    for _, at, n in heard:
        total[at][0] += min(float(n), limits[at])
        total[at][1] += 1
    mean = sum(one[0] for one in total) / sum(one[1] for one in total)
    by_hour = [_drawn(total[at::24], mean) for at in range(24)]
    working = [_drawn(total[at : 5 * 24 : 24], by_hour[at]) for at in range(24)]
    weekend = [_drawn(total[5 * 24 + at :: 24], by_hour[at]) for at in range(24)]
    return [_drawn([one], (working if at < 5 * 24 else weekend)[at % 24]) for at, one in enumerate(total)]


def _drawn(cells: Sequence[Sequence[float]], coarser: float) -> float:
    items, hours = sum(one[0] for one in cells), sum(one[1] for one in cells)
    return (items + _DRAWN * coarser) / (hours + _DRAWN)


def _shape(
    rhythm: Rhythm,
    counts: Mapping[int, int],
    heard: Sequence[tuple[int, int, int]],
    deaf: Container[int],
    free: Container[int],
) -> float:
    """By how much hours stray from what is expected of them, beyond chance (moments, without the wildest hours)."""
    squares = beyond = came = usual = 0.0
    first = heard[0][0] + _LEVEL_HOURS[-1]
    for hour, at, n in heard:
        if hour < first:
            continue
        came += n
        usual += rhythm.rates[at] * level(rhythm, counts, hour, deaf, free)
        if usual < _BLOCK:  # a slow channel's hours are looked at together, or chance is all that is seen
            continue
        # A busy time makes no silence: it counts as far as it strays, but no more than as if it had been quiet.
        stray = min(abs(came - usual), usual)
        squares += usual * usual
        beyond += stray * stray - usual
        came = usual = 0.0
    if beyond * _SHAPE_MOST <= squares:
        return _SHAPE_MOST
    return max(_SHAPE_LEAST, squares / beyond)


def level(
    rhythm: Rhythm,
    counts: Mapping[int, int],
    hour: int,
    deaf: Container[int] = (),
    free: Container[int] = (),
) -> float:
    """How the hours before an hour compare with what was expected of them: 1 as usual or more, less on a quiet day."""
    lowest = 1.0
    for back in _LEVEL_HOURS:
        came = usual = _LEVEL_DRAWN
        for one in range(hour - back, hour):
            if one not in deaf:
                came += counts.get(one, 0)
                usual += rhythm.rates[slot(one, free)]
        lowest = min(lowest, came / usual)
    return max(_QUIETEST, lowest)


def judge(
    rhythm: Rhythm | None,
    counts: Mapping[int, int],
    since: int,
    until: int,
    *,
    free: Container[int] = (),
    moved: Container[int] = (),
) -> Verdict:
    """Whether a pause from `since`, the last item, to `until`, when the channel was last asked, is silence (ms UTC)."""
    if rhythm is None:
        return Verdict(silent=False)
    share = level(rhythm, counts, since // HOUR, (), free)
    enough, step = rhythm.enough(rhythm.threshold) / share, HOUR
    expected = rhythm.expected(since, until, free, moved) * share
    chance = (1 + expected / rhythm.shape) ** -rhythm.shape
    due: int | None = None
    at, missing = since, 0.0
    while at < max(since, until) + 2 * DAY:
        end = (at // step + 1) * step
        more = rhythm.expected(at, end, free, moved)
        if missing + more >= enough:
            due = at + math.ceil((enough - missing) / more * (end - at))
            break
        at, missing = end, missing + more
    return Verdict(due is not None and due <= until, expected, chance, due)
