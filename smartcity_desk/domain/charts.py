"""The values behind the charts on offices over time and against each other: funnel and control chart. No drawing.

A chart's `points` are the rows of its table, in the order of the offices' codes (a rank list does not exist), and its
`summary` is a key with the numbers of one sentence. Only additions, products, quotients, square roots and sums without
rounding (`fsum`) are used, which every machine does alike. Charts compare an office with the city, so one report may
move a line for all; a mark never rests on them (`fairness.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import fsum, sqrt
from typing import Final

from smartcity_desk.domain.fairness import Tally, spans, total

_BEYOND_2: Final = 0.022750131948179
_BEYOND_3: Final = 0.001349898031630
"""One-sided tails of the normal distribution at 2 and 3 standard deviations."""

_NOTHING_LEFT: Final = 1e-17
"""A binomial term this small against the largest changes no limit."""

_WINSOR: Final = 10
"""Percent of the offices at either end whose distance is cut when the spread is estimated (Spiegelhalter 2005)."""

RUN: Final = 8
"""So many weeks in a row on one side of the office's own mean are a signal."""

_CURVE_POINTS: Final = 48


class Position(StrEnum):
    """Where a value lies between its limits. Beyond 3 sigma is *very*; beyond 2 is worth a look and no more."""

    NOT_ENOUGH = "not_enough"
    VERY_LOW = "very_low"
    LOW = "low"
    WITHIN = "within"
    HIGH = "high"
    VERY_HIGH = "very_high"


class SummaryKey(StrEnum):
    """The sentences that can stand below a chart. The interface has the words; `Summary.params` the numbers."""

    FUNNEL_NOT_ENOUGH = "funnel_not_enough"
    FUNNEL_WITHIN = "funnel_within"
    FUNNEL_BEYOND = "funnel_beyond"
    CONTROL_NOT_ENOUGH = "control_not_enough"
    CONTROL_STEADY = "control_steady"
    CONTROL_SIGNALS = "control_signals"
    MIX_NOT_ENOUGH = "mix_not_enough"
    MIX_WITHIN = "mix_within"
    MIX_BEYOND = "mix_beyond"
    RATES_NOT_ENOUGH = "rates_not_enough"
    RATES = "rates"
    BUSIEST_NOT_ENOUGH = "busiest_not_enough"
    BUSIEST = "busiest"
    EXCLUSIONS_NOT_ENOUGH = "exclusions_not_enough"
    EXCLUSIONS_EVEN = "exclusions_even"
    EXCLUSIONS_LEAN = "exclusions_lean"


@dataclass(frozen=True, slots=True)
class Summary:
    """One sentence as a key and its numbers. Shares are between 0 and 1."""

    key: SummaryKey
    params: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which shares an office with `n` items lies by chance, 2 and 3 sigma."""

    n: int
    low_3: float
    low_2: float
    high_2: float
    high_3: float

    def position(self, share: float) -> Position:
        """Where a share lies. On a limit is within it."""
        if share < self.low_2:
            return Position.VERY_LOW if share < self.low_3 else Position.LOW
        if share > self.high_2:
            return Position.VERY_HIGH if share > self.high_3 else Position.HIGH
        return Position.WITHIN


# ---------------------------------------------------------------- funnel


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One office in the funnel. `limits` are None where n is too small to say anything, `share` where n is 0."""

    office: str
    tally: Tally
    share: float | None
    limits: Limits | None
    position: Position


@dataclass(frozen=True, slots=True)
class Funnel:
    """Every office beside the limits for its n. `spread` is the factor by which offices vary more than chance does."""

    centre: float | None
    spread: float
    points: tuple[FunnelPoint, ...]
    curve: tuple[Limits, ...]
    summary: Summary


def funnel(tallies: Mapping[str, Tally], least_n: int) -> Funnel:
    """The funnel plot of a window. Offices below `least_n` stand in the table without a position.

    Limits are exact binomial ones, interpolated, so that small n is not called far out because of the distribution's
    skew; their distance from the city's mean is stretched by the root of the winsorised multiplicative over-dispersion
    (both Spiegelhalter 2005, domain paper R67).
    """
    city = total(tallies.values())
    judged = [tally for tally in tallies.values() if tally.n >= least_n]
    centre = city.on_time / city.n if city.n else None
    if centre is None or not judged:
        points = tuple(_unplaced(office, tallies[office]) for office in sorted(tallies))
        summary = Summary(SummaryKey.FUNNEL_NOT_ENOUGH, {"offices": len(tallies), "least_n": least_n})
        return Funnel(centre, 1.0, points, (), summary)
    spread = over_dispersion(judged, centre)
    stretch = sqrt(spread)
    known: dict[int, Limits] = {}

    def at(n: int) -> Limits:
        if n not in known:
            known[n] = limits(n, centre, stretch)
        return known[n]

    points = tuple(
        FunnelPoint(
            office,
            tally,
            tally.on_time / tally.n,
            at(tally.n),
            at(tally.n).position(tally.on_time / tally.n),
        )
        if tally.n >= least_n
        else _unplaced(office, tally)
        for office, tally in sorted(tallies.items())
    )
    counts = count(point.position for point in points)
    beyond = counts[Position.VERY_LOW] + counts[Position.VERY_HIGH]
    summary = Summary(
        SummaryKey.FUNNEL_BEYOND if beyond else SummaryKey.FUNNEL_WITHIN,
        {
            "offices": len(points),
            "judged": len(judged),
            "not_enough": counts[Position.NOT_ENOUGH],
            "least_n": least_n,
            "below": counts[Position.VERY_LOW],
            "above": counts[Position.VERY_HIGH],
            "share": centre,
            "spread": spread,
        },
    )
    return Funnel(centre, spread, points, tuple(at(n) for n in _steps(least_n, judged)), summary)


def over_dispersion(tallies: Sequence[Tally], centre: float) -> float:
    """By how much the offices' variance exceeds the binomial one: the mean square of winsorised z-scores, at least 1.

    The outermost tenth at either end counts as if it lay at the tenth, so that the few offices which the funnel is to
    show do not widen it for themselves.
    """
    variance = centre * (1 - centre)
    if variance <= 0 or not tallies:
        return 1.0
    scores = sorted((tally.on_time - tally.n * centre) / sqrt(tally.n * variance) for tally in tallies)
    cut = len(scores) * _WINSOR // 100
    lowest, highest = scores[cut], scores[-1 - cut]
    squares = (min(max(score, lowest), highest) ** 2 for score in scores)
    return max(1.0, fsum(squares) / len(scores))


def limits(n: int, centre: float, stretch: float = 1.0) -> Limits:
    """The 2 and 3 sigma limits of a share on time of `n` items where `centre` is expected."""
    low_3, low_2, high_2, high_3 = (
        min(1.0, max(0.0, centre + stretch * (reach / n - centre))) for reach in _binomial_limits(n, centre)
    )
    return Limits(n, low_3, low_2, high_2, high_3)


def _binomial_limits(n: int, centre: float) -> tuple[float, float, float, float]:
    """Exact limits as fractional counts: a count beyond one has at most the tail's probability."""
    if not 0 < centre < 1:
        return (n * centre,) * 4
    first, terms = _binomial(n, centre)
    whole = fsum(terms)
    low = [first + _reach(terms, whole * tail) for tail in (_BEYOND_3, _BEYOND_2)]
    backwards = terms[::-1]
    last = first + len(terms) - 1
    high = [last - _reach(backwards, whole * tail) for tail in (_BEYOND_2, _BEYOND_3)]
    return low[0], low[1], high[0], high[1]


def _binomial(n: int, centre: float) -> tuple[int, list[float]]:
    """The binomial terms around the mode, which is 1, and the count that the first one belongs to."""
    odds = centre / (1 - centre)
    mode = min(n, int((n + 1) * centre))
    terms = [1.0]
    k, term = mode, 1.0
    while k > 0 and term > _NOTHING_LEFT:
        term *= k / ((n - k + 1) * odds)
        k -= 1
        terms.append(term)
    terms.reverse()
    first = k
    k, term = mode, 1.0
    while k < n and term > _NOTHING_LEFT:
        term *= (n - k) * odds / (k + 1)
        k += 1
        terms.append(term)
    return first, terms


def _reach(terms: Sequence[float], allowed: float) -> float:
    """How many terms fit into `allowed`, the last one in part; below zero when not even the first does."""
    below = 0.0
    for k, term in enumerate(terms):
        below += term
        if below >= allowed:
            return k - (below - allowed) / term
    return float(len(terms))


def _steps(least: int, judged: Sequence[Tally]) -> list[int]:
    """The sizes at which the funnel's lines are drawn: close together where they bend."""
    most = max(*(tally.n for tally in judged), least + 1)
    return sorted(
        {least + round((most - least) * (k / _CURVE_POINTS) ** 2) for k in range(_CURVE_POINTS + 1)}
    )


def _unplaced(office: str, tally: Tally) -> FunnelPoint:
    share = tally.on_time / tally.n if tally.n else None
    return FunnelPoint(office, tally, share, None, Position.NOT_ENOUGH)


def count(positions: Iterable[Position]) -> dict[Position, int]:
    """How many lie where."""
    counts = dict.fromkeys(Position, 0)
    for position in positions:
        counts[position] += 1
    return counts


# ---------------------------------------------------------------- control chart


class Signal(StrEnum):
    """What a week of a control chart shows. A run is named at its last week and at each that prolongs it."""

    NONE = "none"
    LOW = "low"
    HIGH = "high"
    RUN_LOW = "run_low"
    RUN_HIGH = "run_high"


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One week of an office, ms UTC, `until` excluded. `share` and `limits` are None in a week without an item."""

    since: int
    until: int
    tally: Tally
    share: float | None
    limits: Limits | None
    signal: Signal


@dataclass(frozen=True, slots=True)
class ControlChart:
    """An office's weeks around its own mean `centre` (None without an item)."""

    centre: float | None
    points: tuple[ControlPoint, ...]
    summary: Summary


def weeks(end: int, count: int) -> tuple[tuple[int, int], ...]:
    """The last `count` whole weeks that end at a Jakarta midnight, oldest first (ms UTC)."""
    return spans(end, 7, count)


def control_chart(buckets: Sequence[tuple[tuple[int, int], Tally]], least_n: int) -> ControlChart:
    """The control chart of one office from its weeks, oldest first: exact binomial limits around its own mean.

    A signal is a week beyond 3 sigma, or a run of `RUN` weeks on one side of the mean. A week without an item neither
    prolongs nor breaks a run; one on the mean breaks it. With fewer than `least_n` items in all there is no signal.
    """
    city = total(tally for _, tally in buckets)
    enough = city.n >= least_n
    centre = city.on_time / city.n if city.n else None
    points: list[ControlPoint] = []
    run = 0
    for (since, until), tally in buckets:
        if centre is None or not tally.n:
            points.append(ControlPoint(since, until, tally, None, None, Signal.NONE))
            continue
        share, bounds = tally.on_time / tally.n, limits(tally.n, centre)
        # Whole numbers decide the side: a share that was divided may miss its own mean by a rounding.
        side = tally.on_time * city.n - city.on_time * tally.n
        run = 0 if side == 0 else (max(run, 0) + 1 if side > 0 else min(run, 0) - 1)
        signal = _signal(bounds.position(share), run) if enough else Signal.NONE
        points.append(ControlPoint(since, until, tally, share, bounds, signal))
    return ControlChart(centre, tuple(points), _control_summary(points, city, least_n))


def _signal(position: Position, run: int) -> Signal:
    if position is Position.VERY_LOW:
        return Signal.LOW
    if position is Position.VERY_HIGH:
        return Signal.HIGH
    if abs(run) >= RUN:
        return Signal.RUN_HIGH if run > 0 else Signal.RUN_LOW
    return Signal.NONE


def _control_summary(points: Sequence[ControlPoint], office: Tally, least_n: int) -> Summary:
    if office.n < least_n:
        return Summary(
            SummaryKey.CONTROL_NOT_ENOUGH, {"weeks": len(points), "n": office.n, "least_n": least_n}
        )
    signals = [point.signal for point in points]
    params = {
        "weeks": len(points),
        "n": office.n,
        "share": office.on_time / office.n,
        "low": signals.count(Signal.LOW),
        "high": signals.count(Signal.HIGH),
        "run_low": signals.count(Signal.RUN_LOW),
        "run_high": signals.count(Signal.RUN_HIGH),
    }
    steady = all(signal is Signal.NONE for signal in signals)
    return Summary(SummaryKey.CONTROL_STEADY if steady else SummaryKey.CONTROL_SIGNALS, params)
