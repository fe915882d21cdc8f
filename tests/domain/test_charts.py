"""Funnel and control chart: limits that chance keeps to, and nothing said where there is too little."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.seeded import SEED, equal
from smartcity_desk.domain.charts import (
    RUN,
    Position,
    Signal,
    SummaryKey,
    control_chart,
    funnel,
    limits,
    over_dispersion,
    weeks,
)
from smartcity_desk.domain.fairness import Tally, total
from smartcity_desk.domain.times import DAY

LEAST = 20
OUT = (Position.VERY_LOW, Position.VERY_HIGH)
TAILS = (Fraction("0.001349898031630"), Fraction("0.022750131948179"))


def had(n: int, on_time: int) -> Tally:
    return Tally(n, on_time, silent=n - on_time)


def city(tallies: list[Tally]) -> dict[str, Tally]:
    return {f"{number:03}": tally for number, tally in enumerate(tallies)}


def binomial(n: int, share: Fraction) -> list[Fraction]:
    return [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]


def reach(terms: list[Fraction], tail: Fraction) -> Fraction:
    """Spiegelhalter 2005, appendix: the smallest r with P(R <= r) >= p, less the part that is too much."""
    below = Fraction(0)
    for k, term in enumerate(terms):
        below += term
        if below >= tail:
            return k - (below - tail) / term
    raise AssertionError


# ---------------------------------------------------------------- limits


@given(st.integers(1, 120), st.integers(1, 99))
def test_limits_are_the_exact_binomial_ones(n: int, percent: int) -> None:
    terms = binomial(n, Fraction(percent, 100))
    low = [max(Fraction(0), reach(terms, tail)) / n for tail in TAILS]
    high = [min(Fraction(n), n - reach(terms[::-1], tail)) / n for tail in TAILS]
    found = limits(n, percent / 100)
    assert [found.low_3, found.low_2, found.high_2, found.high_3] == pytest.approx(
        [float(bound) for bound in (*low, *reversed(high))], abs=1e-9
    )


@given(st.integers(1, 120), st.integers(1, 99))
def test_chance_leaves_the_limits_no_more_often_than_it_may(n: int, percent: int) -> None:
    terms = binomial(n, Fraction(percent, 100))
    bounds = limits(n, percent / 100)
    places = [bounds.position(k / n) for k in range(n + 1)]
    for where, allowed in ((Position.VERY_LOW, TAILS[0]), (Position.VERY_HIGH, TAILS[0])):
        assert sum(term for term, place in zip(terms, places, strict=True) if place is where) <= allowed


def test_limits_of_a_city_without_a_miss_are_the_line_itself() -> None:
    bounds = limits(30, 1.0)
    assert (bounds.low_3, bounds.high_3) == (1.0, 1.0)
    assert bounds.position(1.0) is Position.WITHIN


def test_a_large_office_has_limits_too() -> None:
    """A term of 0.1 ** 5000 is no number of a machine; the limits do not need it."""
    bounds = limits(5_000, 0.9)
    assert bounds.low_3 == pytest.approx(0.9 - 3 * (0.09 / 5_000) ** 0.5, abs=5e-4)
    assert bounds.high_3 == pytest.approx(0.9 + 3 * (0.09 / 5_000) ** 0.5, abs=5e-4)


# ---------------------------------------------------------------- funnel


def test_of_equal_offices_at_most_one_lies_outside_per_run() -> None:
    """Acceptance of capability 23, over its 100 runs."""
    generator = np.random.default_rng(SEED)
    outside = 0
    for _ in range(100):
        chart = funnel(city(equal(generator)), LEAST)
        outside += sum(point.position in OUT for point in chart.points)
    assert outside <= 100


def test_an_office_that_differs_is_seen() -> None:
    offices = city([had(45, 41)] * 100) | {"slow": had(45, 20), "quick": had(400, 398)}
    chart = funnel(offices, LEAST)
    places = {point.office: point.position for point in chart.points}
    assert (places["slow"], places["quick"]) == (Position.VERY_LOW, Position.VERY_HIGH)
    assert set(places.values()) == {Position.WITHIN, Position.VERY_LOW, Position.VERY_HIGH}
    assert chart.summary.key is SummaryKey.FUNNEL_BEYOND
    assert (chart.summary.params["below"], chart.summary.params["above"]) == (1, 1)


def test_f14_small_offices_have_no_place_in_the_funnel() -> None:
    offices = city([had(45, 41)] * 20) | {"minutes": had(1, 1), "none": Tally(excluded=4), "few": had(19, 0)}
    chart = funnel(offices, LEAST)
    small = {point.office: point for point in chart.points if point.position is Position.NOT_ENOUGH}
    assert set(small) == {"minutes", "none", "few"}
    assert all(point.limits is None for point in small.values())
    assert small["none"].share is None
    assert chart.summary.params["not_enough"] == 3
    assert min(line.n for line in chart.curve) == LEAST


def test_f14_bungur_s_21_timely_reports_lie_within() -> None:
    offices = city([had(45, 40), had(60, 54), had(90, 80)] * 10) | {"bungur": had(21, 21)}
    places = {point.office: point.position for point in funnel(offices, LEAST).points}
    assert places["bungur"] is Position.WITHIN


def test_a_city_that_varies_more_than_chance_has_wider_limits() -> None:
    generator = random.Random(7)
    shares = [generator.betavariate(18, 2) for _ in range(267)]
    varied = city([had(60, sum(generator.random() < share for _ in range(60))) for share in shares])
    chart = funnel(varied, LEAST)
    assert chart.centre is not None
    plain = limits(60, chart.centre)
    assert chart.spread > 1.5
    line = next(point.limits for point in chart.points if point.limits)
    assert line.low_3 < plain.low_3
    narrow = sum(plain.position(tally.on_time / tally.n) in OUT for tally in varied.values())
    assert sum(point.position in OUT for point in chart.points) < narrow / 2


def test_the_few_that_the_funnel_is_to_show_do_not_widen_it() -> None:
    usual = [had(50, 45 + n % 5 - 2) for n in range(100)]
    outlying = [*usual, *[had(50, 5)] * 5]
    centre = total(usual).on_time / total(usual).n
    assert over_dispersion(usual, centre) == over_dispersion(outlying, centre) == 1.0
    assert over_dispersion([], 0.9) == over_dispersion(usual, 1.0) == 1.0


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=40), st.randoms())
def test_a_funnel_is_whole_in_any_order(pairs: list[tuple[int, int]], shuffled: random.Random) -> None:
    offices = city([had(max(pair), min(pair)) for pair in pairs])
    keys = list(offices)
    shuffled.shuffle(keys)
    chart = funnel({key: offices[key] for key in keys}, LEAST)
    assert chart == funnel(offices, LEAST)
    assert [point.office for point in chart.points] == sorted(offices)
    for line in (*chart.curve, *(point.limits for point in chart.points if point.limits)):
        assert chart.centre is not None
        assert 0 <= line.low_3 <= line.low_2 <= line.high_2 <= line.high_3 <= 1
        assert line.low_2 - 1e-12 <= chart.centre <= line.high_2 + 1e-12
    for point in chart.points:
        assert (point.position is Position.NOT_ENOUGH) == (point.tally.n < LEAST)


@pytest.mark.parametrize("offices", [{}, {"a": Tally()}, {"a": had(3, 3)}])
def test_a_funnel_of_too_little_says_so(offices: dict[str, Tally]) -> None:
    chart = funnel(offices, LEAST)
    assert chart.summary.key is SummaryKey.FUNNEL_NOT_ENOUGH
    assert chart.summary.params == {"offices": len(offices), "least_n": LEAST}
    assert chart.curve == ()


# ---------------------------------------------------------------- control chart


def chart_of(*pairs: tuple[int, int]) -> list[Signal]:
    buckets = list(zip(weeks(len(pairs) * 7 * DAY, len(pairs)), (had(*pair) for pair in pairs), strict=True))
    return [point.signal for point in control_chart(buckets, LEAST).points]


def test_a_steady_office_gives_no_signal() -> None:
    pairs = [(12, 11), (9, 8), (15, 13), (11, 10), (8, 8), (14, 12)] * 2
    assert set(chart_of(*pairs)) == {Signal.NONE}


def test_a_week_far_out_is_a_signal() -> None:
    assert chart_of(*[(12, 11)] * 11, (12, 2))[-1] is Signal.LOW
    assert chart_of(*[(40, 8)] * 11, (40, 36))[-1] is Signal.HIGH


def test_a_run_on_one_side_is_a_signal_from_its_eighth_week() -> None:
    found = chart_of(*[(20, 18)] * RUN, *[(20, 15)] * (RUN + 1))
    assert found[: RUN - 1] == [Signal.NONE] * (RUN - 1)
    assert found[RUN - 1] is Signal.RUN_HIGH
    assert found[RUN : 2 * RUN - 1] == [Signal.NONE] * (RUN - 1)
    assert found[2 * RUN - 1 :] == [Signal.RUN_LOW] * 2


def test_an_empty_week_neither_breaks_nor_prolongs_a_run_and_one_on_the_mean_breaks_it() -> None:
    half = [(20, 18)] * (RUN - 1)
    low = [(20, 15)] * (RUN - 1)
    assert set(chart_of(*half, (0, 0), *low)) == {Signal.NONE}
    assert chart_of((20, 18), (0, 0), *half, *low)[RUN] is Signal.RUN_HIGH
    middle = chart_of(*[(20, 18)] * 4, (20, 16), *[(20, 18)] * 4, *[(20, 14)] * 4, (20, 16), *[(20, 14)] * 4)
    assert set(middle) == {Signal.NONE}


def test_a_control_chart_of_too_little_gives_no_signal() -> None:
    buckets = list(zip(weeks(0, 10), [had(2, 2)] * 9 + [had(1, 0)], strict=True))
    chart = control_chart(buckets, LEAST)
    assert {point.signal for point in chart.points} == {Signal.NONE}
    assert chart.summary.key is SummaryKey.CONTROL_NOT_ENOUGH
    nothing = control_chart([], LEAST)
    assert (nothing.centre, nothing.points) == (None, ())


def test_a_control_chart_s_summary_counts_its_signals() -> None:
    buckets = list(zip(weeks(0, 12), [*[had(12, 11)] * 11, had(12, 2)], strict=True))
    summary = control_chart(buckets, LEAST).summary
    assert summary.key is SummaryKey.CONTROL_SIGNALS
    assert (summary.params["weeks"], summary.params["low"], summary.params["n"]) == (12, 1, 144)
    steady = control_chart(buckets[:7], LEAST).summary
    assert steady.key is SummaryKey.CONTROL_STEADY
