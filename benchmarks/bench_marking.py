"""The marking rule beside other rules in the seeded city of domain paper 3.3, and the charts in cities without a cause.

The project's own `judge`, `funnel` and `exclusions` are what is measured; the other rules are the controls. As in the
product, the prior is fixed before the windows that are judged: here from one window more, drawn before them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np

from benchmarks.figure import Figure, Options
from benchmarks.seeded import AREAS, OFFICES, SEED, UNRESPONSIVE, City, Counts, Flags, draw, equal
from smartcity_desk.domain import fairness
from smartcity_desk.domain.charts import Position, funnel
from smartcity_desk.domain.equity import Screened, TakenOut, exclusions
from smartcity_desk.domain.fairness import Finding, Tally, city_prior, judge
from smartcity_desk.domain.marking import Marking

RUNS: Final = 400
EQUAL_RUNS: Final = 100
BIAS_RUNS: Final = 200
BIASES: Final = (1 / 2, 1 / 3, 1 / 4)
"""In the favoured area somebody takes out this share of the items that were missed and would count."""
HALF_YEAR: Final = 6
EXPECTED: Final = 25
RULE: Final = Marking()
YEAR: Final = 12
"""Judgements, one after each 28 days, each over its last two windows."""

PAPER: Final = {
    "raw bottom-10 list": (4.80, 5.20, 52.9),
    "raw rate < 80 %": (137.54, 9.69, 99.9),
    "raw rate < 80 %, n >= 20": (98.83, 6.79, 99.2),
    "exclusions, rate < 80 %, n >= 20": (16.41, 6.15, 94.6),
    "exclusions + bound, one window": (0.28, 5.52, 86.6),
    "exclusions + bound, two windows": (0.06, 4.96, 79.9),
}
"""The table of domain paper 3.3: wrongly marked per run, found of 10, found among those with >= 25 expected (%)."""
*_, CODED, ONE, PROPOSED = PAPER
BOTTOM = next(iter(PAPER))


@dataclass
class Score:
    """What one rule did over all runs. An office is large when at least `EXPECTED` reports a window are expected."""

    wrong: list[int] = field(default_factory=list)
    found: int = 0
    found_large: int = 0
    large: int = 0

    def add(self, marked: Flags, city: City) -> None:
        """Count one run."""
        large = city.mean[:UNRESPONSIVE] >= EXPECTED
        self.wrong.append(int(marked[UNRESPONSIVE:].sum()))
        self.found += int(marked[:UNRESPONSIVE].sum())
        self.found_large += int((marked[:UNRESPONSIVE] & large).sum())
        self.large += int(large.sum())

    @property
    def row(self) -> tuple[float, float, float]:
        """Return the three columns of the paper's table."""
        runs = len(self.wrong)
        return sum(self.wrong) / runs, self.found / runs, 100 * self.found_large / max(1, self.large)


def run(options: Options) -> list[Figure]:
    """Measure all of it; print the table of rules."""
    began = time.perf_counter()
    scores = compare(options.size(RUNS, 4), prior_before)
    took = time.perf_counter() - began
    rows = {name: score.row for name, score in scores.items()}
    print(_table(rows))
    shipped = compare(options.size(RUNS, 4), lambda _: RULE)[PROPOSED].row
    wrong, _, found = rows[PROPOSED]
    return [
        Figure(
            "good officials marked per run",
            wrong,
            "offices",
            0.25,
            control=rows[BOTTOM][0],
            control_name=BOTTOM,
            note=f"the paper's own simulation: {PAPER[PROPOSED][0]}; with the shipped prior {shipped[0]:.2f}",
            details={name: row[0] for name, row in rows.items()},
        ),
        Figure(
            "unresponsive with 25 or more expected, found",
            found,
            "%",
            75,
            "at least",
            control=rows[BOTTOM][2],
            control_name=BOTTOM,
            note=f"the paper's own simulation: {PAPER[PROPOSED][2]}; with the shipped prior {shipped[2]:.1f}",
            details={name: row[2] for name, row in rows.items()},
        ),
        Figure(f"{options.size(RUNS, 4)} runs with all rules", took, "s"),
        _year(options),
        _judging(options),
        *_funnel(options),
        bias(options),
    ]


def prior_before(city: City) -> Marking:
    """Return the rule with the prior of the city's first window, which is not judged."""
    prior = city_prior(city.tallies(0), RULE.prior_weight)
    assert prior is not None
    return replace(RULE, prior_on_time=prior.on_time)


def compare(runs: int, marking_of: Callable[[City], Marking]) -> dict[str, Score]:
    """Return what each rule did in so many cities."""
    scores = {name: Score() for name in PAPER}
    random = np.random.default_rng(SEED)
    for _ in range(runs):
        city = draw(random, 3)
        for name, marked in rules(city, marking_of(city)).items():
            scores[name].add(marked, city)
    return scores


def rules(city: City, marking: Marking) -> dict[str, Flags]:
    """Return whom each rule marks. All but the proposed one look at the last window alone."""
    reports, timely = city.all[-1], city.all_on_time[-1]
    rate = np.where(reports > 0, timely / np.maximum(reports, 1), np.inf)
    bottom = np.zeros(OFFICES, dtype=np.bool_)
    bottom[np.argsort(rate, kind="stable")[:10]] = True
    target = marking.target_percent / 100
    before, last = city.tallies(-2), city.tallies(-1)
    once = replace(marking, windows=1)
    enough = city.eligible[-1] >= marking.least_n
    return dict(
        zip(
            PAPER,
            (
                bottom,
                rate < target,
                (rate < target) & (reports >= marking.least_n),
                (city.on_time[-1] < target * city.eligible[-1]) & enough,
                _marked([(tally,) for tally in last], once),
                _marked(list(zip(before, last, strict=True)), marking),
            ),
            strict=True,
        )
    )


def _marked(offices: Sequence[tuple[Tally, ...]], marking: Marking) -> Flags:
    return np.array([judge(tallies, marking).finding is Finding.CANDIDATE for tallies in offices])


def _table(rows: dict[str, tuple[float, float, float]]) -> str:
    head = f"{'rule':34}  {'wrongly marked':>22}  {'found of 10':>20}  {f'found, >= {EXPECTED} expected':>22}"
    lines = [
        head,
        f"{'':34}  {'here':>13} {'paper':>8}  {'here':>11} {'paper':>8}  {'here':>13} {'paper':>8}",
    ]
    for name, (wrong, found, large) in rows.items():
        paper = PAPER[name]
        lines.append(
            f"{name:34}  {wrong:13.2f} {paper[0]:8.2f}  {found:11.2f} {paper[1]:8.2f}"
            f"  {large:11.1f} % {paper[2]:6.1f} %"
        )
    return "\n".join(lines)


def _year(options: Options) -> Figure:
    """How many good officials are ever marked when the rule looks again and again: chance has more than one try."""
    random = np.random.default_rng(SEED + 1)
    runs = options.size(100, 2)
    ever = 0
    for _ in range(runs):
        city = draw(random, YEAR + 2)
        marking = prior_before(city)
        windows = [city.tallies(window) for window in range(1, YEAR + 2)]
        marked = np.zeros(OFFICES, dtype=np.bool_)
        for before, last in pairwise(windows):
            marked |= _marked(list(zip(before, last, strict=True)), marking)
        ever += int(marked[UNRESPONSIVE:].sum())
    return Figure(
        f"good officials ever marked in {YEAR} judgements, one each 28 days",
        ever / runs,
        "offices",
        note="told, not promised: the paper's figure is for one judgement",
    )


def _judging(options: Options) -> Figure:
    """One city judged from nothing, as after a start, with the intervals that the table shows."""
    city = draw(np.random.default_rng(SEED), 3)
    pairs = list(zip(city.tallies(1), city.tallies(2), strict=True))
    prior = fairness.prior_of(RULE)
    times: list[float] = []
    for _ in range(max(3, options.repeats)):
        fairness._largest_below.cache_clear()
        fairness._interval.cache_clear()
        began = time.perf_counter()
        _marked(pairs, RULE)
        judged = time.perf_counter() - began
        for _, last in pairs:
            fairness.interval(last, prior)
        times.append(time.perf_counter() - began)
    return Figure(
        "267 offices judged, with intervals, nothing cached",
        sorted(times)[len(times) // 2] * 1000,
        "ms",
        100,
        details={"judged alone": judged * 1000},
    )


def _funnel(options: Options) -> list[Figure]:
    random = np.random.default_rng(SEED)
    outside = 0
    times: list[float] = []
    runs = options.size(EQUAL_RUNS, 4)
    for _ in range(runs):
        tallies = {f"{number:03}": tally for number, tally in enumerate(equal(random))}
        began = time.perf_counter()
        chart = funnel(tallies, RULE.least_n)
        times.append(time.perf_counter() - began)
        outside += sum(point.position in (Position.VERY_LOW, Position.VERY_HIGH) for point in chart.points)
    return [
        Figure("equal offices outside 3 sigma, per run", outside / runs, "offices", 1),
        Figure("funnel of 267 offices", sorted(times)[runs // 2] * 1000, "ms", 100),
    ]


def bias(options: Options) -> Figure:
    """One of the five cities is favoured: part of what it missed is taken out too. And a city in which nobody is."""
    random = np.random.default_rng(SEED)
    runs = options.size(BIAS_RUNS, 4)
    found: dict[float, int] = dict.fromkeys(BIASES, 0)
    alarms = 0
    for number in range(runs):
        city = draw(random, HALF_YEAR)
        areas = random.permutation(np.repeat(np.arange(len(AREAS)), AREAS))
        for part in BIASES:
            found[part] += number % 5 in _named(city, random, areas, number % 5, part)[0]
        alarms += any(_named(city, random, areas, 0, 0.0))
    return Figure(
        "favoured area found, half of its missed items taken out, half a year",
        100 * found[BIASES[0]] / runs,
        "%",
        95,
        "at least",
        control=100 * alarms / runs,
        control_name="of even cities have an area named",
        details={f"{100 * part:.0f} % of the missed taken out": 100 * found[part] / runs for part in BIASES},
    )


def _named(
    city: City, random: np.random.Generator, areas: Counts, favoured: int, part: float
) -> tuple[set[int], set[int]]:
    """The areas that the chart calls favoured, and the contrary."""
    offices = []
    eligible, on_time = city.eligible.sum(axis=0), city.on_time.sum(axis=0)
    taken, taken_on_time = city.taken.sum(axis=0), city.taken_on_time.sum(axis=0)
    extra = np.where(areas == favoured, random.binomial(eligible - on_time, part), 0)
    for number in range(OFFICES):
        n, timely, more = int(eligible[number]), int(on_time[number]), int(extra[number])
        late = int(taken[number] - taken_on_time[number]) + more
        out = (TakenOut("E1", "operator", missed=True),) * late
        out += (TakenOut("E1", "operator", missed=False),) * int(taken_on_time[number])
        tally = Tally(n - more, timely, silent=n - more - timely, excluded=len(out))
        offices.append(Screened(f"{number:03}", str(areas[number]), tally, out))
    points = exclusions(offices, RULE.least_n).points
    high, low = (
        {int(point.area) for point in points if where in (point.much.position, point.picked.position)}
        for where in (Position.VERY_HIGH, Position.VERY_LOW)
    )
    return high, low
