"""The marking rule: exact, blind to order and to other offices, and silent where there is too little to say."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from math import comb, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.fairness import (
    TAIL,
    Finding,
    Interval,
    Prior,
    Tally,
    Verdict,
    city_prior,
    interval,
    judge,
    most_on_time,
    prior_of,
    spans,
    tail,
    total,
    windows,
)
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.times import DAY, HOUR, from_iso

RULE = Marking()
PRIOR = prior_of(RULE)
LEVEL = 1 - Fraction(*TAIL)


def beta(a: int, b: int, x: Fraction) -> Fraction:
    """The regularised incomplete beta by integrating the density's polynomial: another way than the one tested."""
    area = sum(
        (-1) ** k * comb(b - 1, k) * x ** (a + k) / Fraction(a + k) for k in range(b)
    )  # t^(a-1) (1-t)^(b-1), term by term
    return area * Fraction(factorial(a + b - 1), factorial(a - 1) * factorial(b - 1))


def had(n: int, on_time: int) -> Tally:
    return Tally(n, on_time, silent=n - on_time)


def judge_offices(offices: dict[str, tuple[Tally, Tally]], marking: Marking) -> dict[str, Verdict]:
    return {office: judge(row, marking) for office, row in offices.items()}


@st.composite
def tallies(draw: st.DrawFn, least: int = 0, most: int = 150) -> Tally:
    n = draw(st.integers(least, most))
    on_time = draw(st.integers(0, n))
    silent = draw(st.integers(0, n - on_time))
    slow = n - on_time - silent
    return Tally(
        n, on_time, silent, slow, draw(st.integers(0, on_time + slow)), excluded=draw(st.integers(0, 30))
    )


priors = st.integers(2, 30).flatmap(
    lambda weight: st.builds(Prior, st.integers(1, weight - 1), st.just(weight))
)


# ---------------------------------------------------------------- the arithmetic is exact


@given(st.integers(1, 25), st.integers(1, 25), st.integers(1, 999))
def test_the_tail_is_the_beta_distribution_s(a: int, b: int, k: int) -> None:
    assert Fraction(tail(a, b, k, 1000), 1000 ** (a + b - 1)) == beta(a, b, Fraction(k, 1000))


def test_the_tail_has_the_known_values() -> None:
    assert Fraction(tail(1, 7, 1, 5), 5**7) == 1 - Fraction(4, 5) ** 7
    assert Fraction(tail(9, 1, 4, 5), 5**9) == Fraction(4, 5) ** 9
    assert Fraction(tail(30, 30, 1, 2), 2**59) == Fraction(1, 2)
    assert Fraction(tail(2, 2, 1, 4), 4**3) == Fraction(10, 64)  # 3x^2 - 2x^3


@given(st.integers(0, 60), priors, st.integers(1, 99))
def test_the_most_on_time_is_where_the_bound_crosses_the_target(n: int, prior: Prior, target: int) -> None:
    def below(on_time: int) -> bool:
        a, b = on_time + prior.on_time, n - on_time + prior.weight - prior.on_time
        return beta(a, b, Fraction(target, 100)) > LEVEL

    fitting = [on_time for on_time in range(n + 1) if below(on_time)]
    assert most_on_time(n, prior, target) == (max(fitting) if fitting else None)


@given(tallies(most=60), priors)
def test_an_interval_is_rounded_down_from_the_exact_bounds(tally: Tally, prior: Prior) -> None:
    a, b = tally.on_time + prior.on_time, tally.missed + prior.weight - prior.on_time
    found = interval(tally, prior)
    for bound, level in ((found.lower, Fraction(*TAIL)), (found.upper, LEVEL)):
        assert beta(a, b, Fraction(bound, 1000)) <= level < beta(a, b, Fraction(bound + 1, 1000))


@given(tallies(least=20, most=400), st.integers(1, 99))
def test_the_bound_that_is_shown_is_the_rule(tally: Tally, target: int) -> None:
    marking = Marking(target_percent=target, windows=1)
    shown_below = interval(tally, prior_of(marking)).upper < 10 * target
    assert judge([tally], marking).windows[0].holds is shown_below


def test_the_numbers_of_the_shipped_rule() -> None:
    """Golden: these have to come out on any machine."""
    known = {10: 3, 15: 6, 20: 10, 21: 11, 25: 14, 30: 17, 45: 29, 60: 40, 100: 71, 200: 148, 1000: 777}
    assert {n: most_on_time(n, PRIOR, 80) for n in known} == known
    assert most_on_time(5, PRIOR, 80) is None, "five silent reports say less than the city's mean"
    assert most_on_time(14_000, PRIOR, 80) == 11_120
    assert most_on_time(0, Prior(1, 2), 95) is None, "a bound on the target itself is not below it"
    assert most_on_time(0, Prior(1, 2), 96) == 0
    assert interval(had(45, 29), PRIOR) == Interval(611, 796)
    assert interval(had(45, 30), PRIOR) == Interval(628, 809)


# ---------------------------------------------------------------- the rule


@given(tallies(least=1), priors)
def test_one_more_on_time_never_lowers_a_bound(tally: Tally, prior: Prior) -> None:
    if tally.missed == 0:
        return
    better = had(tally.n, tally.on_time + 1)
    before, after = interval(tally, prior), interval(better, prior)
    assert before.lower <= after.lower
    assert before.upper <= after.upper


@given(tallies(most=19), tallies(), st.booleans())
def test_below_the_least_n_nothing_else_is_said(few: Tally, other: Tally, first: bool) -> None:
    verdict = judge((few, other) if first else (other, few), RULE)
    assert verdict.finding is Finding.NOT_ENOUGH
    small = verdict.windows[0 if first else 1]
    assert (small.most_on_time, small.holds) == (None, False)


def test_a_candidate_needs_every_window() -> None:
    bad, good = had(45, 29), had(45, 30)
    assert judge((bad, bad), RULE).finding is Finding.CANDIDATE
    assert judge((good, good), RULE).finding is Finding.CLEAR
    last, earlier = judge((good, bad), RULE), judge((bad, good), RULE)
    assert (last.finding, last.latest_holds) == (Finding.ONE_WINDOW, True)
    assert (earlier.finding, earlier.latest_holds) == (Finding.ONE_WINDOW, False)
    assert judge((bad, bad, good), Marking(windows=3)).finding is Finding.ONE_WINDOW
    with pytest.raises(ValueError, match="window"):
        judge((bad,), RULE)


@given(tallies(), tallies())
def test_what_is_excluded_or_empty_or_slow_moves_no_finding(one: Tally, two: Tally) -> None:
    plain = [had(tally.n, tally.on_time) for tally in (one, two)]
    assert judge((one, two), RULE).finding is judge(plain, RULE).finding


@given(st.lists(st.tuples(tallies(), tallies()), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(rows: list[tuple[Tally, Tally]], shuffled: random.Random) -> None:
    offices = {f"{number:03}": row for number, row in enumerate(rows)}
    keys = list(offices)
    shuffled.shuffle(keys)
    other = {key: offices[key] for key in keys}
    assert judge_offices(other, RULE) == judge_offices(offices, RULE)
    last = [offices[key][1] for key in keys]
    assert total(last) == total(row[1] for row in rows)
    assert city_prior(last, 20) == city_prior([row[1] for row in rows], 20)


@given(st.lists(st.tuples(tallies(), tallies()), min_size=2, max_size=20), st.data())
def test_an_item_moves_only_the_office_that_held_it(
    rows: list[tuple[Tally, Tally]], data: st.DataObject
) -> None:
    offices = {f"{number:03}": row for number, row in enumerate(rows)}
    moved = data.draw(st.sampled_from(sorted(offices)))
    before, last = offices[moved]
    changed = offices | {moved: (before, last + data.draw(st.sampled_from([had(1, 0), had(1, 1)])))}
    old, new = judge_offices(offices, RULE), judge_offices(changed, RULE)
    assert {office for office in offices if old[office] != new[office]} == {moved}


def test_the_city_s_mean_would_move_every_office_and_so_is_not_asked() -> None:
    """One report tips the rounded mean of this city; nobody else's finding may follow it (capability 2)."""
    city = [had(45, 30), had(955, 844)]
    assert (city_prior(city, 20), city_prior([*city[:1], had(955, 845)], 20)) == (
        Prior(17, 20),
        Prior(18, 20),
    )
    watched = had(45, 30)
    assert most_on_time(45, Prior(16, 20), 80) == 30
    assert most_on_time(45, Prior(17, 20), 80) == 29, "the prior does decide"
    assert judge((watched, watched), RULE).windows[0].most_on_time == 29


def test_a_prior_from_the_city_has_both_kinds_of_pseudo_reports() -> None:
    assert city_prior([had(10, 10)], 20) == Prior(19, 20)
    assert city_prior([had(10, 0)], 20) == Prior(1, 20)
    assert city_prior([had(40, 35)], 20) == Prior(18, 20), "half goes up"
    assert city_prior([Tally(excluded=7)], 20) is None


# ---------------------------------------------------------------- F14: small numbers neither win nor lose


def test_f14_bungur_s_21_reports_are_no_first_place() -> None:
    """2018: "fastest" with 105 minutes over 21 reports. Here: clear, with an interval that says how little is known."""
    window = had(21, 21)
    assert judge((window, window), RULE).finding is Finding.CLEAR
    small, large = interval(window, PRIOR), interval(had(210, 203), PRIOR)
    assert small == Interval(850, 979)
    assert small.lower < large.lower, (
        "a large office with seven late reports is known better, and lies higher"
    )


def test_f14_one_report_in_four_minutes_says_nothing() -> None:
    window = had(1, 1)
    assert judge((window, window), RULE).finding is Finding.NOT_ENOUGH
    assert interval(window, PRIOR).lower < interval(had(45, 43), PRIOR).lower


def test_twenty_silent_reports_are_the_least_that_can_be_judged() -> None:
    assert judge((had(20, 0), had(20, 0)), RULE).finding is Finding.CANDIDATE
    assert judge((had(19, 0), had(20, 0)), RULE).finding is Finding.NOT_ENOUGH


# ---------------------------------------------------------------- windows and counts


def test_windows_end_at_a_midnight_in_jakarta() -> None:
    midnight = from_iso("2026-03-01T00:00:00+07:00")
    assert windows(midnight, RULE) == (
        (midnight - 56 * DAY, midnight - 28 * DAY),
        (midnight - 28 * DAY, midnight),
    )
    assert windows(midnight + DAY - 1, RULE) == windows(midnight, RULE)
    assert windows(midnight - 1, RULE)[-1][1] == midnight - DAY


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 60), st.integers(1, 6))
def test_spans_are_whole_days_without_a_gap(end: int, days: int, count: int) -> None:
    found = spans(end, days, count)
    assert len(found) == count
    assert all(until - since == days * DAY for since, until in found)
    assert all(one[1] == two[0] for one, two in pairwise(found))
    assert 0 <= end - found[-1][1] < DAY
    assert (found[-1][1] + 7 * HOUR) % DAY == 0


@pytest.mark.parametrize(
    "counts",
    [
        {"n": 3, "on_time": 1, "silent": 1},
        {"n": 1, "on_time": 2, "silent": -1},
        {"n": 1, "silent": 1, "empty": 1},
        {"excluded": -1},
    ],
)
def test_counts_that_cannot_be_are_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"count|item|answer"):
        Tally(**counts)


@pytest.mark.parametrize(
    "parameters",
    [
        {"target_percent": 100},
        {"target_percent": 0},
        {"window_days": 0},
        {"windows": 0},
        {"least_n": 0},
        {"prior_on_time": 0},
        {"prior_on_time": 20},
        {"prior_weight": 10},
    ],
)
def test_a_rule_that_cannot_be_computed_is_refused(parameters: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"target|window|prior"):
        Marking(**parameters)
