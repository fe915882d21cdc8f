"""What makes offices hard to compare, in numbers: mix of categories, size, busy reporters, and the unit's own hand.

Each chart's `points` are the rows of its table in the order of their codes; `summary` is a key with the numbers of one
sentence (`charts.SummaryKey`). Intervals are 3 sigma throughout, as in the funnel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Final, NamedTuple

from smartcity_desk.domain.charts import Position, Summary, SummaryKey, count
from smartcity_desk.domain.fairness import Tally, total

SIGMAS: Final = 3.0
"""How far out a value has to lie to be called beyond."""

BUSIEST: Final = 5
"""Whose share of an office's reports is told (capability 23)."""


def poisson_interval(events: int) -> tuple[float, float]:
    """Where the mean of a Poisson count lies, 3 sigma on either side, by Byar's approximation.

    It is a little wider than the exact interval and never narrower; from 10 events on by less than 2 %. For events out
    of a fixed number both are too wide, which is to the office's good.
    """
    upper = events + 1
    low = 0.0
    if events:
        low = events * max(0.0, 1 - 1 / (9 * events) - SIGMAS / (3 * sqrt(events))) ** 3
    return low, upper * (1 - 1 / (9 * upper) + SIGMAS / (3 * sqrt(upper))) ** 3


# ---------------------------------------------------------------- observed against expected


@dataclass(frozen=True, slots=True)
class MixPoint:
    """How many items an office missed beside how many the city would have missed with the same categories.

    `ratio` (missed / expected) and its interval are None where too little can be expected to say anything.
    """

    office: str
    n: int
    missed: int
    expected: float
    ratio: float | None
    lower: float | None
    upper: float | None
    position: Position


@dataclass(frozen=True, slots=True)
class MixChart:
    """Every office against its own mix of categories. `rates` is the city's share missed by category, with its n."""

    points: tuple[MixPoint, ...]
    rates: Mapping[str, tuple[int, float]]
    summary: Summary


def observed_expected(cells: Mapping[str, Mapping[str, Tally]], least_n: int) -> MixChart:
    """Indirect standardisation by category: `cells` holds the tally of each office and category.

    An office lies high (it missed more than its mix explains) or low when the 3 sigma interval leaves out 1.
    """
    by_category: dict[str, list[Tally]] = {}
    for categories in cells.values():
        for category, tally in categories.items():
            by_category.setdefault(category, []).append(tally)
    sums = {category: total(tallies) for category, tallies in sorted(by_category.items())}
    rates = {category: (city.n, city.missed / city.n) for category, city in sums.items() if city.n}
    points = tuple(_mix_point(office, cells[office], rates, least_n) for office in sorted(cells))
    where = count(point.position for point in points)
    judged = len(points) - where[Position.NOT_ENOUGH]
    more, fewer = where[Position.VERY_HIGH], where[Position.VERY_LOW]
    key = SummaryKey.MIX_BEYOND if more or fewer else SummaryKey.MIX_WITHIN
    return MixChart(
        points,
        rates,
        Summary(
            key if judged else SummaryKey.MIX_NOT_ENOUGH,
            {
                "offices": len(points),
                "judged": judged,
                "not_enough": where[Position.NOT_ENOUGH],
                "least_n": least_n,
                "more": more,
                "fewer": fewer,
                "categories": len(rates),
            },
        ),
    )


def _mix_point(
    office: str, categories: Mapping[str, Tally], rates: Mapping[str, tuple[int, float]], least_n: int
) -> MixPoint:
    own = total(categories.values())
    expected = fsum(tally.n * rates[category][1] for category, tally in categories.items() if tally.n)
    if own.n < least_n or expected <= 0:
        return MixPoint(office, own.n, own.missed, expected, None, None, None, Position.NOT_ENOUGH)
    lower, upper = (bound / expected for bound in poisson_interval(own.missed))
    return MixPoint(
        office, own.n, own.missed, expected, own.missed / expected, lower, upper, _against(1.0, lower, upper)
    )


def _against(reference: float, lower: float, upper: float) -> Position:
    if lower > reference:
        return Position.VERY_HIGH
    return Position.VERY_LOW if upper < reference else Position.WITHIN


# ---------------------------------------------------------------- size


@dataclass(frozen=True, slots=True)
class RatePoint:
    """Reports of an office per so many people, or per member of its crew. None where the base is not known."""

    office: str
    reports: int
    base: int | None
    rate: float | None
    lower: float | None
    upper: float | None
    position: Position


@dataclass(frozen=True, slots=True)
class RateChart:
    """Every office's rate beside the city's (None where no base is known), per 1,000 people or per member."""

    per: int
    city: float | None
    points: tuple[RatePoint, ...]
    summary: Summary


def rates(reports: Mapping[str, int], bases: Mapping[str, int | None], per: int = 1000) -> RateChart:
    """Reports per `per` people (or per member of the crew) of each office, and of all offices with a known base."""
    known = {office: base for office in reports if (base := bases.get(office))}
    people = sum(known.values())
    city = per * sum(reports[office] for office in known) / people if people else None
    points = tuple(
        _rate_point(office, reports[office], known.get(office), per, city) for office in sorted(reports)
    )
    where = count(point.position for point in points)
    params: dict[str, int | float] = {"offices": len(points), "known": len(known), "per": per}
    if city is not None:
        params |= {"rate": city, "above": where[Position.VERY_HIGH], "below": where[Position.VERY_LOW]}
    key = SummaryKey.RATES_NOT_ENOUGH if city is None else SummaryKey.RATES
    return RateChart(per, city, points, Summary(key, params))


def _rate_point(office: str, reports: int, base: int | None, per: int, city: float | None) -> RatePoint:
    if base is None or city is None:
        return RatePoint(office, reports, base, None, None, None, Position.NOT_ENOUGH)
    lower, upper = (per * bound / base for bound in poisson_interval(reports))
    return RatePoint(office, reports, base, per * reports / base, lower, upper, _against(city, lower, upper))


# ---------------------------------------------------------------- a few busy reporters


@dataclass(frozen=True, slots=True)
class BusiestPoint:
    """How much of an office's reports comes from its `BUSIEST` busiest reporters. `share` is None below the least n."""

    office: str
    reports: int
    reporters: int
    from_busiest: int
    share: float | None


@dataclass(frozen=True, slots=True)
class BusiestChart:
    """Every office's load by few reporters."""

    points: tuple[BusiestPoint, ...]
    summary: Summary


def busiest(reports: Mapping[str, Mapping[str, int]], least_n: int) -> BusiestChart:
    """The share from the busiest reporters: `reports` counts by office and reporter's pseudonym."""
    points = tuple(_busiest_point(office, reports[office], least_n) for office in sorted(reports))
    judged = [point for point in points if point.share is not None]
    if not judged:
        summary = Summary(SummaryKey.BUSIEST_NOT_ENOUGH, {"offices": len(points), "least_n": least_n})
        return BusiestChart(points, summary)
    params = {
        "offices": len(points),
        "judged": len(judged),
        "least_n": least_n,
        "busiest": BUSIEST,
        "share": sum(point.from_busiest for point in judged) / sum(point.reports for point in judged),
        "over_half": sum(2 * point.from_busiest > point.reports for point in judged),
    }
    return BusiestChart(points, Summary(SummaryKey.BUSIEST, params))


def _busiest_point(office: str, by_reporter: Mapping[str, int], least_n: int) -> BusiestPoint:
    counts = sorted(by_reporter.values(), reverse=True)
    everything, few = sum(counts), sum(counts[:BUSIEST])
    share = few / everything if everything >= max(least_n, 1) else None
    return BusiestPoint(office, everything, len(counts), few, share)


# ---------------------------------------------------------------- what the unit takes out


@dataclass(frozen=True, slots=True)
class TakenOut:
    """One excluded item: its code E1-E11, who set it (empty: it follows from the events), and whether it was missed."""

    code: str
    actor: str
    missed: bool


@dataclass(frozen=True, slots=True)
class Screened:
    """One office's window as the unit left it: what counts, and each item that it took out."""

    office: str
    area: str
    counted: Tally
    taken_out: tuple[TakenOut, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A share here beside the same share in all other areas, and their difference in standard deviations.

    None and `NOT_ENOUGH` where there are too few on either side.
    """

    share: float | None
    elsewhere: float | None
    score: float | None
    position: Position


@dataclass(frozen=True, slots=True)
class ExclusionPoint:
    """What was taken out in one area: `excluded` of `items` by somebody, `automatic` more by the events themselves.

    `much`: of all items, those that were missed and taken out. `picked`: of those taken out, those that were missed.
    """

    area: str
    offices: int
    items: int
    excluded: int
    missed: int
    automatic: int
    much: Compared
    picked: Compared


@dataclass(frozen=True, slots=True)
class ExclusionCount:
    """How many items one actor took out of one area with one code, and how many of them were missed."""

    area: str
    code: str
    actor: str
    excluded: int
    missed: int


@dataclass(frozen=True, slots=True)
class ExclusionChart:
    """Exclusions by area, and by area, code and actor."""

    points: tuple[ExclusionPoint, ...]
    counts: tuple[ExclusionCount, ...]
    summary: Summary


def exclusions(offices: Iterable[Screened], least_n: int) -> ExclusionChart:
    """Whether the unit's own exclusions favour an area: is more taken out there, and is it what would count against it?

    Two questions, each a comparison of two proportions, this area against all others; beyond 3 sigma an area is named
    (high = favoured). `much` finds a heavy hand, but an area may honestly have more that is not its own (a toll road).
    `picked` does not mind that: whoever takes out what is not an office's own takes out late and timely items as they
    come. Neither depends on how well the offices of an area answer. Offices differ, so the items of one office are not
    independent: by the beta-binomial correlation among them, estimated within areas by moments (Williams 1982), m
    items of an office weigh as m / (1 + (m - 1) x correlation). Small favours need long periods to be seen.
    """
    by_area: dict[str, list[Screened]] = {}
    for office in sorted(offices, key=lambda office: (office.area, office.office)):
        by_area.setdefault(office.area, []).append(office)
    much = _compare(
        {area: [_much(office) for office in members] for area, members in by_area.items()}, least_n
    )
    picked = _compare(
        {area: [_picked(office) for office in members] for area, members in by_area.items()}, least_n
    )
    points = tuple(
        _exclusion_point(area, members, much[area], picked[area]) for area, members in by_area.items()
    )
    return ExclusionChart(points, _exclusion_counts(by_area), _exclusion_summary(points))


def _much(office: Screened) -> tuple[int, int]:
    own = [item for item in office.taken_out if item.actor]
    return office.counted.n + len(own), sum(item.missed for item in own)


def _picked(office: Screened) -> tuple[int, int]:
    own = [item for item in office.taken_out if item.actor]
    return len(own), sum(item.missed for item in own)


class _Cases(NamedTuple):
    """Cases and hits among them, plain and by their weight."""

    n: int
    hits: int
    weight: float
    weight_hits: float

    @classmethod
    def of(cls, offices: Iterable[tuple[int, int]], likeness: float) -> _Cases:
        known = [(n, hits, 1 + (n - 1) * likeness) for n, hits in offices if n]
        return cls(
            sum(n for n, _, _ in known),
            sum(hits for _, hits, _ in known),
            fsum(n / shrink for n, _, shrink in known),
            fsum(hits / shrink for _, hits, shrink in known),
        )


def _compare(areas: Mapping[str, list[tuple[int, int]]], least_n: int) -> dict[str, Compared]:
    """Each area's share of hits against that of all others, from (n, hits) of each office."""
    likeness = _likeness(areas.values())
    city = _Cases.of((office for offices in areas.values() for office in offices), likeness)
    return {
        area: _against_rest(_Cases.of(offices, likeness), city, least_n) for area, offices in areas.items()
    }


def _likeness(areas: Iterable[list[tuple[int, int]]]) -> float:
    """The correlation among the cases of one office, by moments around its area's share; between 0 and 1."""
    excess: list[float] = []
    pairs = 0
    for offices in areas:
        cases, hits = sum(n for n, _ in offices), sum(k for _, k in offices)
        if 0 < hits < cases:
            share = hits / cases
            known = [(n, k) for n, k in offices if n]
            excess += [(k - n * share) ** 2 / (n * share * (1 - share)) - 1 for n, k in known]
            pairs += cases - len(known)
    return min(1.0, max(0.0, fsum(excess) / pairs)) if pairs else 0.0


def _against_rest(own: _Cases, city: _Cases, least_n: int) -> Compared:
    rest, hits = city.n - own.n, city.hits - own.hits
    share = own.hits / own.n if own.n else None
    elsewhere = hits / rest if rest else None
    if min(own.n, rest) < least_n:
        return Compared(share, elsewhere, None, Position.NOT_ENOUGH)
    weight = city.weight - own.weight
    mean = city.weight_hits / city.weight
    variance = mean * (1 - mean) * (1 / own.weight + 1 / weight)
    difference = own.weight_hits / own.weight - (city.weight_hits - own.weight_hits) / weight
    score = difference / sqrt(variance) if variance > 0 else 0.0
    return Compared(share, elsewhere, score, _against(0.0, score - SIGMAS, score + SIGMAS))


def _exclusion_point(
    area: str, offices: Sequence[Screened], much: Compared, picked: Compared
) -> ExclusionPoint:
    taken = [item for office in offices for item in office.taken_out]
    own = [item for item in taken if item.actor]
    return ExclusionPoint(
        area,
        len(offices),
        sum(office.counted.n for office in offices) + len(own),
        len(own),
        sum(item.missed for item in own),
        len(taken) - len(own),
        much,
        picked,
    )


def _exclusion_counts(by_area: Mapping[str, Sequence[Screened]]) -> tuple[ExclusionCount, ...]:
    counts: dict[tuple[str, str, str], tuple[int, int]] = {}
    for area, offices in by_area.items():
        for item in (item for office in offices for item in office.taken_out):
            excluded, missed = counts.get((area, item.code, item.actor), (0, 0))
            counts[area, item.code, item.actor] = (excluded + 1, missed + item.missed)
    return tuple(ExclusionCount(*key, *counts[key]) for key in sorted(counts))


def _exclusion_summary(points: Sequence[ExclusionPoint]) -> Summary:
    judged = [point for point in points if point.much.score is not None]
    if not judged:
        return Summary(SummaryKey.EXCLUSIONS_NOT_ENOUGH, {"areas": len(points)})
    where = [(point.much.position, point.picked.position) for point in points]
    favoured = sum(Position.VERY_HIGH in both for both in where)
    contrary = sum(Position.VERY_LOW in both for both in where)
    items, excluded = sum(point.items for point in points), sum(point.excluded for point in points)
    return Summary(
        SummaryKey.EXCLUSIONS_LEAN if favoured or contrary else SummaryKey.EXCLUSIONS_EVEN,
        {
            "areas": len(points),
            "judged": len(judged),
            "items": items,
            "excluded": excluded,
            "share": excluded / items,
            "missed": sum(point.missed for point in points),
            "favoured": favoured,
            "contrary": contrary,
        },
    )
