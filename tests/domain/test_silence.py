"""When a channel is silent, and when it is only quiet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.silence import (
    IMPROBABLE,
    LEARNT_HOURS,
    LEAST_ITEMS,
    Rhythm,
    day_of,
    judge,
    learn,
    level,
    slot,
)
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, from_iso

MONDAY = from_iso("2026-04-06T00:00:00+07:00")
DAYTIME = (3, 2, 1, 1, 2, 5, 9, 11, 10, 9, 9, 8, 8, 8, 8, 9, 10, 10, 9, 9, 8, 7, 6, 4)
STEADY = Rhythm((60.0,) * 168, 60.0, 1344)


def arrivals(seed: int, a_day: float, days: int, *, burst: float = 0.0, begin: int = MONDAY) -> Iterator[int]:
    """Instants at which items come, by the hours of a day; days and hours stray by `burst` (gamma)."""
    dice = random.Random(seed)
    for day in range(days):
        size = a_day * (0.7 if day % 7 >= 5 else 1.0)
        if burst:
            size *= dice.gammavariate(1 / burst, burst)
        for hour, weight in enumerate(DAYTIME):
            mean = size * weight / sum(DAYTIME)
            if burst:
                mean *= dice.gammavariate(1 / burst, burst)
            at = dice.expovariate(1.0)
            while at < mean:
                yield begin + day * DAY + hour * HOUR + int(at / mean * HOUR)
                at += dice.expovariate(1.0)


def by_hour(instants: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for at in instants:
        found[at // HOUR] = found.get(at // HOUR, 0) + 1
    return found


def learnt(instants: list[int], until: int) -> Rhythm:
    rhythm = learn(by_hour(instants), until // HOUR - LEARNT_HOURS, until // HOUR)
    assert rhythm is not None
    return rhythm


def test_a_channel_of_sixty_items_an_hour_is_flagged_within_a_quarter_of_an_hour() -> None:
    counts = dict.fromkeys(range(MONDAY // HOUR - 48, MONDAY // HOUR + 48), 60)
    since = MONDAY + 10 * HOUR
    quiet = judge(STEADY, counts, since, since + 10 * MINUTE)
    assert not quiet.silent
    assert quiet.due_at is not None
    assert quiet.due_at - since <= 13 * MINUTE  # two minutes are left for the channel's own interval
    flagged = judge(STEADY, counts, since, quiet.due_at)
    assert flagged.silent
    assert flagged.chance is not None
    assert flagged.chance < IMPROBABLE


def test_nobody_is_flagged_while_little_is_known() -> None:
    few = by_hour(list(arrivals(1, 400, 6)))
    assert learn(few, MONDAY // HOUR, MONDAY // HOUR + 6 * 24) is None
    rare = {MONDAY // HOUR + hour: 1 for hour in range(LEAST_ITEMS - 1)}
    assert learn(rare, MONDAY // HOUR, MONDAY // HOUR + 30 * 24) is None
    verdict = judge(None, {}, MONDAY, MONDAY + DAY)
    assert (verdict.silent, verdict.expected, verdict.due_at) == (False, None, None)


def test_the_hours_of_the_week_are_learnt() -> None:
    instants = list(arrivals(2, 1000, 56))
    rhythm = learnt(instants, MONDAY + 56 * DAY)
    hour = MONDAY // HOUR
    assert rhythm.rates[slot(hour + 7)] == pytest.approx(1000 * 11 / sum(DAYTIME), rel=0.15)
    assert rhythm.rates[slot(hour + 3)] == pytest.approx(1000 / sum(DAYTIME), rel=0.4)
    saturday = rhythm.rates[slot(hour + 5 * 24 + 10)]
    assert saturday == pytest.approx(0.7 * 1000 * 9 / sum(DAYTIME), rel=0.2)
    assert rhythm.expected(MONDAY, MONDAY + DAY) == pytest.approx(1000, rel=0.05)


def test_an_outage_and_a_surge_teach_nothing() -> None:
    instants = list(arrivals(3, 600, 56))
    calm = learnt(instants, MONDAY + 56 * DAY)
    out = (MONDAY + 40 * DAY, MONDAY + 43 * DAY)
    cut = [at for at in instants if not out[0] <= at < out[1]]
    flood = cut + [MONDAY + 50 * DAY + 9 * HOUR + number * 500 for number in range(20_000)]
    rhythm = learn(by_hour(flood), MONDAY // HOUR, (MONDAY + 56 * DAY) // HOUR, without=[out])
    assert rhythm is not None
    assert rhythm.heard == 56 * 24 - 72
    for at in range(168):
        assert rhythm.rates[at] == pytest.approx(calm.rates[at], rel=0.35, abs=1.5)
    unknown = learnt(cut, MONDAY + 56 * DAY)  # nobody noted it: busy hours without an item are left out
    assert sum(unknown.rates) == pytest.approx(sum(calm.rates), rel=0.05)


def test_a_holiday_is_a_sunday() -> None:
    assert slot(MONDAY // HOUR + 9) == 9
    assert slot(MONDAY // HOUR + 9, {day_of(MONDAY)}) == 6 * 24 + 9
    assert slot((MONDAY - HOUR) // HOUR) == 167


def test_a_quiet_day_expects_less_of_its_next_hours() -> None:
    hour = MONDAY // HOUR + 100
    usual = dict.fromkeys(range(hour - 24, hour), 60)
    assert level(STEADY, usual, hour) == pytest.approx(1.0)
    assert level(STEADY, dict.fromkeys(usual, 20), hour) == pytest.approx(0.35, abs=0.05)
    assert level(STEADY, dict.fromkeys(usual, 200), hour) == 1.0


@pytest.mark.parametrize("burst", [0.0, 0.1])
@pytest.mark.parametrize("a_day", [60, 400, 1_500])
def test_at_most_one_false_flag_a_month(a_day: int, burst: float) -> None:
    instants = list(arrivals(17, a_day, 86, burst=burst))
    counts = by_hour(instants)
    begin = MONDAY + 56 * DAY
    false, rhythm, learnt_at = 0, None, 0
    for one, after in pairwise(instants):
        if one < begin:
            continue
        if one - learnt_at >= 5 * DAY:
            rhythm, learnt_at = learnt([at for at in instants if at < one], one), one
        # only the longer pauses can be: what is asked of all others is the same
        if after - one > 2 * MINUTE:
            false += judge(rhythm, counts, one, after).silent
    assert false <= 1


@given(
    st.lists(st.floats(0.0, 500.0), min_size=168, max_size=168),
    st.floats(1.5, 60.0),
    st.integers(0, 4 * DAY),
    st.integers(0, 4 * DAY),
)
def test_a_longer_pause_is_never_less_silent(rates: list[float], shape: float, one: int, more: int) -> None:
    rhythm = Rhythm(tuple(rates), shape, 1344)
    short = judge(rhythm, {}, MONDAY, MONDAY + one)
    long = judge(rhythm, {}, MONDAY, MONDAY + one + more)
    assert short.expected is not None
    assert long.expected is not None
    assert long.expected >= short.expected
    assert long.silent or not short.silent
    if short.silent and short.chance is not None:
        assert short.chance <= rhythm.threshold * 1.001


def test_of_a_day_in_ramadan_no_more_is_expected_than_of_the_least_hour_around() -> None:
    rates = tuple(float(at % 24) for at in range(168))
    rhythm = Rhythm(rates, 60.0, 1344)
    noon = MONDAY + 12 * HOUR
    assert rhythm.expected(noon, noon + HOUR) == pytest.approx(12.0)
    assert rhythm.expected(noon, noon + HOUR, (), {day_of(MONDAY)}) == pytest.approx(10.0)
    assert rhythm.expected(noon, noon + HOUR, (), {day_of(MONDAY) + 1}) == pytest.approx(12.0)
