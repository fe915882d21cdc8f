"""Siaga from millimetres, with hysteresis: one crossing is one line, and silence is never the state of now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.domain.waterlevel import (
    AHEAD,
    GONE_AFTER,
    HIGHEST_MM,
    KEPT,
    MARGIN_MM,
    NORMAL,
    STALE_AFTER,
    Reading,
    Station,
    Thresholds,
    Trend,
    Watch,
    after,
    alerts,
    is_stale,
    kept,
    step,
    threshold,
    trend,
    with_history,
)

AT = 1_790_000_000_000
MANGGARAI = Thresholds(9500, 8500, 7500)


def gauge(level: int, at: int = AT, thresholds: Thresholds = MANGGARAI, told: int | None = None) -> Station:
    return Station(
        "160", "P.A. Manggarai", "Ciliwung", -6.2, 106.85, thresholds, Reading(level, at), told=told
    )


def life(levels: list[int], every: int = 10 * MINUTE) -> list[Watch]:
    watches: list[Watch] = []
    watch: Watch | None = None
    for number, level in enumerate(levels):
        watch = step(watch, gauge(level, AT + number * every))
        watches.append(watch)
    return watches


@pytest.mark.parametrize(
    ("value", "known"),
    [(None, None), (-5, None), (0, None), (1, None), (2, 2), (7500, 7500), (HIGHEST_MM + 1, None)],
)
def test_a_threshold_of_nought_or_one_is_none(value: int | None, known: int | None) -> None:
    assert threshold(value) == known


@pytest.mark.parametrize(
    ("level", "siaga"), [(-40, 4), (7499, 4), (7500, 3), (8499, 3), (8500, 2), (9500, 1), (12_000, 1)]
)
def test_siaga_by_its_thresholds(level: int, siaga: int) -> None:
    assert gauge(level).siaga == siaga


def test_the_worse_of_the_thresholds_and_what_the_source_says_counts() -> None:
    assert gauge(9_999, thresholds=Thresholds()).siaga == NORMAL
    assert gauge(10, thresholds=Thresholds(), told=2).siaga == 2
    # Levels in centimetres against thresholds in millimetres: the source warns, its numbers do not reach.
    assert gauge(750, told=3).siaga == 3
    assert gauge(9_500, told=NORMAL).siaga == 1
    assert Thresholds(None, None, 800).siaga(5_000) == 3


def test_worse_counts_at_once_and_better_only_below_the_margin() -> None:
    assert [one.siaga for one in life([7_400, 7_500, 8_500, 8_460, 8_449, 7_460, 7_450])] == [
        4,
        3,
        2,
        2,
        3,
        3,
        4,
    ]


def test_a_level_that_dances_is_one_crossing() -> None:
    watches = life([7_400, 7_510, 7_490, 7_505, 7_470, 7_500])
    assert {one.crossing for one in watches[1:]} == {f"160.3.{AT + 10 * MINUTE}"}
    fallen = life([7_510, 7_400, 7_510])
    assert fallen[1].crossing == ""
    assert fallen[0].crossing != fallen[2].crossing


def test_an_older_reading_changes_no_siaga() -> None:
    now = step(None, gauge(7_600))
    assert step(now, gauge(100, AT - MINUTE)).siaga == 3
    assert step(now, gauge(100, AT)).station.reading == Reading(7_600, AT)


def test_trends() -> None:
    readings = [Reading(7_410, AT - 40 * MINUTE), Reading(7_500, AT - 20 * MINUTE), Reading(7_620, AT)]
    assert trend(readings) == Trend(210, AT - 40 * MINUTE)
    assert trend([Reading(1, AT - 2 * HOUR), Reading(7_620, AT)], before=7_410) == Trend(210, None)
    assert trend([Reading(7_620, AT)]) is None
    assert trend([]) is None


def test_history_says_since_when() -> None:
    watch = step(None, gauge(7_620))
    told = [
        Reading(7_300, AT - 60 * MINUTE),
        Reading(7_520, AT - 50 * MINUTE),
        Reading(7_560, AT - 20 * MINUTE),
    ]
    known = with_history(watch, [*told, Reading(99, AT + HOUR), Reading(9 * HIGHEST_MM, AT - MINUTE)])
    assert known.crossed_at == AT - 50 * MINUTE
    assert trend(known.readings) == Trend(320, AT - 60 * MINUTE)
    assert [one.level for one in known.readings] == [7_300, 7_520, 7_560, 7_620]


def test_a_round_leaves_out_the_future_and_the_impossible_and_keeps_the_silent_for_a_day() -> None:
    first = after({}, [gauge(7_600)], AT)
    assert after(first, [gauge(100, AT + AHEAD + 1)], AT) == first
    assert after(first, [gauge(HIGHEST_MM + 1, AT + MINUTE)], AT) == first
    assert after(first, [], AT + KEPT) == first
    assert after(first, [], AT + KEPT + 1) == {}


def test_lines_speak_of_the_worst_and_not_of_what_was_put_away_or_is_long_silent() -> None:
    low, high = step(None, gauge(7_600)), step(None, replace(gauge(8_600), key="161", name="P.A. Karet"))
    calm = step(None, replace(gauge(10), key="162"))
    assert [one.station.key for one in alerts([low, high, calm], frozenset(), AT)] == ["161", "160"]
    assert alerts([low, high], frozenset({high.crossing}), AT) == [low]
    later = AT + STALE_AFTER + 1
    fresh = step(None, replace(gauge(7_600, later), key="163"))
    assert is_stale(high.station.reading, later)
    assert [one.station.key for one in alerts([high, fresh], frozenset(), later)] == ["163", "161"]
    assert alerts([low, high], frozenset(), AT + GONE_AFTER + 1) == []


LEVELS = st.lists(st.integers(-500, 12_000), min_size=1, max_size=40)


@given(LEVELS)
def test_siaga_is_never_milder_than_the_level_says(levels: list[int]) -> None:
    for watch in life(levels):
        assert watch.siaga <= MANGGARAI.siaga(watch.station.reading.level)


@given(LEVELS)
def test_a_siaga_that_holds_has_its_threshold_within_the_margin(levels: list[int]) -> None:
    for watch in life(levels):
        least = MANGGARAI.of(watch.siaga)
        assert least is None or watch.station.reading.level > least - MARGIN_MM
        assert (watch.siaga == NORMAL) == (watch.crossing == "")


@given(st.lists(st.tuples(st.integers(0, 3 * KEPT), st.integers(0, 9_000)), min_size=1, max_size=30))
def test_a_day_of_readings_is_kept_in_order(found: list[tuple[int, int]]) -> None:
    readings: tuple[Reading, ...] = ()
    for at, level in found:
        readings = kept(readings, Reading(level, AT + at))
    times = [one.at for one in readings]
    assert times == sorted(set(times))
    assert times[-1] - times[0] <= KEPT
