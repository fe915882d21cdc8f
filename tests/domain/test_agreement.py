"""Cohen's kappa against worked examples, and shares with their intervals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.agreement import agreement, shares


def table(yes: int, yes_no: int, no_yes: int, no: int) -> list[tuple[str, str]]:
    return [("y", "y")] * yes + [("y", "n")] * yes_no + [("n", "y")] * no_yes + [("n", "n")] * no


def test_the_worked_example_of_two_readers() -> None:
    """Fifty proposals read by two: 20 yes, 15 no, 5 and 10 apart. Kappa 0.4."""
    found = agreement(table(20, 5, 10, 15))
    assert (found.n, found.agreed) == (50, 35)
    assert found.kappa == pytest.approx(0.4)
    assert found.low


def test_the_standard_error_is_that_of_fleiss_cohen_and_everitt() -> None:
    """Their paper's own table (1969), 200 cases in three classes: kappa 0.429, variance 0.002885."""
    cells = {
        ("1", "1"): 106, ("1", "2"): 10, ("1", "3"): 4,
        ("2", "1"): 22, ("2", "2"): 28, ("2", "3"): 10,
        ("3", "1"): 2, ("3", "2"): 12, ("3", "3"): 6,
    }  # fmt: skip
    found = agreement([pair for pair, number in cells.items() for _ in range(number)])
    assert found.kappa == pytest.approx(0.429, abs=5e-4)
    assert found.error is not None
    assert found.error**2 == pytest.approx(0.002885, abs=1e-5)


def test_full_agreement_and_none() -> None:
    whole = agreement(table(10, 0, 0, 10))
    assert (whole.kappa, whole.error, whole.upper, whole.low) == (1.0, 0.0, 1.0, False)
    assert agreement(table(0, 10, 10, 0)).kappa == -1.0


def test_exactly_six_tenths_is_no_warning() -> None:
    assert agreement(table(40, 10, 10, 40)).kappa == pytest.approx(0.6)
    assert not agreement(table(40, 10, 10, 40)).low
    assert agreement(table(40, 10, 11, 40)).low


@pytest.mark.parametrize("pairs", [[], table(7, 0, 0, 0)])
def test_where_chance_explains_everything_nothing_is_said(pairs: list[tuple[str, str]]) -> None:
    found = agreement(pairs)
    assert (found.kappa, found.error, found.low) == (None, None, False)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=60), st.randoms())
def test_kappa_is_the_same_in_any_order_and_for_either_reader(
    pairs: list[tuple[str, str]], shuffled: random.Random
) -> None:
    found = agreement(pairs)
    other = [(second, first) for first, second in pairs]
    shuffled.shuffle(other)
    assert agreement(other) == found
    if found.kappa is not None:
        assert found.lower is not None
        assert found.upper is not None
        assert -1 <= found.lower <= found.kappa <= found.upper <= 1


def test_shares_by_key_with_wilson_s_interval() -> None:
    """Wilson 1927: 3 of 10 gives 0.108 to 0.603."""
    cases = [("siti", True)] * 3 + [("siti", False)] * 7 + [("budi", True)]
    budi, siti = shares(cases)
    assert (siti.key, siti.n, siti.hits, siti.share) == ("siti", 10, 3, 0.3)
    assert (siti.lower, siti.upper) == (pytest.approx(0.1078, abs=1e-4), pytest.approx(0.6032, abs=1e-4))
    assert (budi.key, budi.upper) == ("budi", 1.0)
    assert budi.lower < 0.25, "one case says little"
    assert shares([]) == ()
