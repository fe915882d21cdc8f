"""The marking rule of domain paper 3.3, in whole numbers: the same finding on every machine and in any row order.

An office's share on time is estimated by a beta-binomial model that is shrunk to the city's mean. Successes, failures
and the prior are whole numbers, and for these the beta distribution's tail is a finite sum of binomial terms: each
comparison with the target is one of integers. Nothing here knows a report, an official or a reason; what is counted
and what is not is decided before (`items.py`). Why so: `docs/decisions/0014-exact-fair-marks.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import gcd, isqrt
from typing import Final

from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.times import DAY, HOUR

TAIL: Final = (1, 20)
"""What lies above the upper bound, as a ratio: the paper's "upper 95 % bound" is one-sided.

Read so, the seeded city gives the paper's table (here 0.05 wrongly marked per run and 80.1 % found, there 0.06 and
79.9 %); read as the end of a two-sided 95 % interval it gives 0.02 and 74.9 %.
"""

_JAKARTA: Final = 7 * HOUR


@dataclass(frozen=True, slots=True)
class Tally:
    """What one office had in one window. `n` = on time + slow + silent; nothing else is counted.

    `empty` of the answered ones (on time or slow) failed verification; it is a label beside the other, never one of
    the three. `excluded` carry a code E1-E11 and are not in `n`. Raises `ValueError` for counts that cannot be.
    """

    n: int = 0
    on_time: int = 0
    silent: int = 0
    slow: int = 0
    empty: int = 0
    excluded: int = 0

    def __post_init__(self) -> None:
        if min(self.on_time, self.silent, self.slow, self.empty, self.excluded) < 0:
            raise ValueError("a count below zero")
        if self.n != self.on_time + self.silent + self.slow:
            raise ValueError("an item is on time, slow or silent, and only one of them")
        if self.empty > self.on_time + self.slow:
            raise ValueError("only an answer can be empty")

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.n + other.n,
            self.on_time + other.on_time,
            self.silent + other.silent,
            self.slow + other.slow,
            self.empty + other.empty,
            self.excluded + other.excluded,
        )

    @property
    def missed(self) -> int:
        """Counted items that were not on time."""
        return self.n - self.on_time


NOTHING: Final = Tally()
"""An office without an item in a window."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of any office before its own reports: `weight` pseudo-reports, `on_time` of them on time."""

    on_time: int
    weight: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of an estimate in tenths of a percent, each rounded down: `upper` < target is the rule itself."""

    lower: int
    upper: int


class Finding(StrEnum):
    """All that can be said of an office by statistics. None of it is a judgement of a person."""

    NOT_ENOUGH = "not_enough"
    """Fewer than the least n in one of the windows: *data belum cukup*, and nothing else is said."""
    CANDIDATE = "candidate"
    """The rule holds in every window: *Calon*."""
    ONE_WINDOW = "one_window"
    """The rule holds in some windows and not in all: not a candidate."""
    CLEAR = "clear"
    """The rule holds in no window."""


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One window held against the rule: it `holds` when at most `most_on_time` were on time.

    `most_on_time` is None where no number could make the rule hold, or where n is too small to say anything.
    """

    tally: Tally
    most_on_time: int | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The finding on one office with the windows it rests on, oldest first."""

    finding: Finding
    windows: tuple[WindowResult, ...]

    @property
    def latest_holds(self) -> bool:
        """The rule holds in the newest window: tells the two cases of `ONE_WINDOW` apart."""
        return self.windows[-1].holds


def spans(end: int, days: int, count: int) -> tuple[tuple[int, int], ...]:
    """`count` consecutive spans of whole Jakarta days as (since, until), until excluded, oldest first (ms UTC).

    The newest ends at the last Jakarta midnight that is not after `end`, so a running day is in none of them.
    """
    until = (end + _JAKARTA) // DAY * DAY - _JAKARTA
    length = days * DAY
    return tuple((until - k * length, until - (k - 1) * length) for k in range(count, 0, -1))


def windows(end: int, marking: Marking) -> tuple[tuple[int, int], ...]:
    """The windows to judge at `end` (ms UTC), oldest first."""
    return spans(end, marking.window_days, marking.windows)


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies: the city's, or an area's."""
    return sum(tallies, NOTHING)


def prior_of(marking: Marking) -> Prior:
    """The prior that a version of the policy fixes."""
    return Prior(marking.prior_on_time, marking.prior_weight)


def city_prior(tallies: Iterable[Tally], weight: int) -> Prior | None:
    """The prior that these tallies would give: `weight` x the city's mean, rounded half up; None without an item.

    It is what a new version of the policy is proposed with. The rule itself never computes it: one report could move
    it, and with it every office. At least one pseudo-report lies on each side.
    """
    city = total(tallies)
    if city.n == 0:
        return None
    rounded = (2 * weight * city.on_time + city.n) // (2 * city.n)
    return Prior(min(max(rounded, 1), weight - 1), weight)


def most_on_time(n: int, prior: Prior, target_percent: int) -> int | None:
    """The largest number on time, of `n`, with which the upper bound lies below the target; None if there is none."""
    most = min(n, _largest_below(n + prior.weight - 1, target_percent) - prior.on_time)
    return most if most >= 0 else None


def judge(tallies: Sequence[Tally], marking: Marking) -> Verdict:
    """The finding on one office from its tallies, one for each of `windows`, oldest first.

    Raises `ValueError` for another number of windows than the marking asks for.
    """
    if len(tallies) != marking.windows:
        raise ValueError("one tally for each window")
    results = tuple(_result(tally, marking) for tally in tallies)
    if any(tally.n < marking.least_n for tally in tallies):
        finding = Finding.NOT_ENOUGH
    elif all(result.holds for result in results):
        finding = Finding.CANDIDATE
    elif any(result.holds for result in results):
        finding = Finding.ONE_WINDOW
    else:
        finding = Finding.CLEAR
    return Verdict(finding, results)


def interval(tally: Tally, prior: Prior) -> Interval:
    """Where the office's share on time lies: the bounds that leave `TAIL` below and above, in tenths of a percent."""
    return _interval(tally.on_time + prior.on_time, tally.missed + prior.weight - prior.on_time)


def _result(tally: Tally, marking: Marking) -> WindowResult:
    if tally.n < marking.least_n:
        return WindowResult(tally, None, holds=False)
    most = most_on_time(tally.n, prior_of(marking), marking.target_percent)
    return WindowResult(tally, most, most is not None and tally.on_time <= most)


@lru_cache(maxsize=65_536)
def _largest_below(trials: int, percent: int) -> int:
    """The largest a for which a posterior Beta(a, trials + 1 - a) has its upper bound below `percent`.

    The bound lies below x when I_x(a, b) > 1 - tail, and I_x(a, b) = P(Binomial(a + b - 1, x) >= a) for whole a and b:
    so a may grow as long as the terms below it sum to less than the tail.
    """
    shrink = gcd(percent, 100)
    hit, whole = percent // shrink, 100 // shrink
    miss = whole - hit
    allowed = whole**trials * TAIL[0]
    term = miss**trials
    below = term
    a = 0
    while below * TAIL[1] < allowed:
        a += 1
        term = term * (trials - a + 1) * hit // (a * miss)
        below += term
    return a


@lru_cache(maxsize=65_536)
def _interval(a: int, b: int) -> Interval:
    return Interval(_bound(a, b, *TAIL, -_NORMAL), _bound(a, b, TAIL[1] - TAIL[0], TAIL[1], _NORMAL))


_NORMAL: Final = 1645
"""Thousandths of a standard deviation that leave `TAIL` in a normal distribution: only where the search begins."""


def _bound(a: int, b: int, part: int, whole: int, aside: int) -> int:
    """The largest k with I_{k/1000}(a, b) <= part/whole. The search starts at a guess; what it finds is exact."""

    def within(k: int) -> bool:
        if not 0 < k < 1000:
            return k <= 0
        shrink = gcd(k, 1000)
        everything: int = (1000 // shrink) ** (a + b - 1)
        return tail(a, b, k // shrink, 1000 // shrink) * whole <= part * everything

    deviation = isqrt(1_000_000 * a * b // ((a + b) ** 2 * (a + b + 1)))
    low = 1000 * a // (a + b) + aside * deviation // 1000
    step = 4
    while not within(low):
        low -= step
    high = low + step
    while within(high):
        low, high = high, high + step
    while high - low > 1:
        middle = (low + high) // 2
        if within(middle):
            low = middle
        else:
            high = middle
    return max(low, 0)


def tail(a: int, b: int, hit: int, whole: int) -> int:
    """The numerator of the regularised incomplete beta I_x(a, b), x = hit/whole, over whole ** (a + b - 1)."""
    trials = a + b - 1
    everything: int = whole**trials
    if a <= b:
        return everything - _first_terms(trials, a, hit, whole - hit)
    return _first_terms(trials, b, whole - hit, hit)


def _first_terms(trials: int, count: int, hit: int, miss: int) -> int:
    """The sum of the first `count` terms of (miss + hit) ** trials by powers of `hit`. `count` <= `trials`."""
    coefficient = 1
    power = 1
    inner = 0
    for j in range(count):
        inner = inner * miss + coefficient * power
        coefficient = coefficient * (trials - j) // (j + 1)
        power *= hit
    result: int = inner * miss ** (trials - count + 1)
    return result
