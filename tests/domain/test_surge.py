"""When an area sends far more than usual, and when it only seems so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.surge import FACTOR, LEARNT_DAYS, LEAST, Usual, learn, surges
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, to_datetime
from tests.domain.builders import T0

USUAL = Usual({"quiet": 0.2, "busy": 12.0})


def every(step: int, count: int, until: int = T0) -> list[int]:
    return [until - step * number for number in range(count)][::-1]


def test_a_flood_is_seen_after_ten_minutes() -> None:
    (surge,) = surges({"quiet": every(MINUTE, 10)}, USUAL, T0)
    assert (surge.area, surge.count, surge.since) == ("quiet", 10, T0 - 9 * MINUTE)
    assert surge.factor >= FACTOR


def test_a_slow_surge_is_seen_within_the_hour() -> None:
    (surge,) = surges({"quiet": every(6 * MINUTE, 10)}, USUAL, T0)
    assert surge.window_ms == HOUR


def test_five_times_very_little_is_still_little() -> None:
    assert not surges({"quiet": every(MINUTE, LEAST - 1)}, USUAL, T0)


def test_a_busy_area_has_to_pass_five_times_its_own_rate() -> None:
    assert not surges({"busy": every(90_000, 40)}, USUAL, T0)
    assert surges({"busy": every(30_000, 120)}, USUAL, T0)


def test_what_lies_outside_the_hour_is_not_looked_at() -> None:
    old = every(MINUTE, 60, until=T0 - HOUR)
    late = [T0 + number for number in range(1, 40)]
    assert not surges({"quiet": old + late}, USUAL, T0)


def test_danger_to_life_comes_first() -> None:
    arrivals = {"quiet": every(30_000, 20), "busy": every(10_000, 360)}
    far_over = surges(arrivals, USUAL, T0)
    assert [one.area for one in far_over] == ["quiet", "busy"]
    assert [one.area for one in surges(arrivals, USUAL, T0, {"busy": 3})] == ["busy", "quiet"]


def test_the_usual_knows_hours_and_weekends() -> None:
    until = T0 // DAY * DAY
    arrivals: list[tuple[str, int]] = []
    for at in range(until - LEARNT_DAYS * DAY, until, HOUR):
        local = to_datetime(at).astimezone(JAKARTA)
        arrivals += [("a", at)] * 20 * ((8 if local.weekday() < 5 else 2) if 8 <= local.hour < 18 else 1)
    usual = learn(arrivals, until)
    for at in range(until, until + 7 * DAY, HOUR):
        local = to_datetime(at).astimezone(JAKARTA)
        true = (8 if local.weekday() < 5 else 2) if 8 <= local.hour < 18 else 1
        assert usual.at("a", at) == pytest.approx(20 * true, rel=0.15)


def test_a_flood_does_not_make_the_next_one_usual() -> None:
    until = T0 // DAY * DAY
    calm = [("a", at) for at in range(until - LEARNT_DAYS * DAY, until, HOUR)]
    flood = [("a", until - 5 * DAY + number * 1_000) for number in range(5_000)]
    # of 28 days one counts three times: a fourteenth more
    assert learn(calm + flood, until).rates["a"] == pytest.approx(learn(calm, until).rates["a"], rel=0.08)


def test_an_area_without_a_past_needs_as_many_as_any_other() -> None:
    assert not surges({"new": every(MINUTE, LEAST - 1)}, Usual(), T0)
    assert surges({"new": every(MINUTE, LEAST)}, Usual(), T0)
    assert learn([], T0) == Usual()


@given(st.lists(st.integers(T0 - 2 * HOUR, T0 + HOUR), max_size=80), st.floats(0, 50))
def test_one_report_more_never_ends_a_surge(instants: list[int], rate: float) -> None:
    usual = Usual({"a": rate})
    before = surges({"a": sorted(instants)}, usual, T0)
    after = surges({"a": sorted([*instants, T0])}, usual, T0)
    assert bool(after) >= bool(before)
