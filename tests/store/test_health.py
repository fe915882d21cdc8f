"""What the file knows of its channels: items by the hour, outages, silence, missing numbers, and counts of days."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from smartcity_desk.domain.outage import CENTRAL, Outage, OutageKind
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.store import ChannelCheckpoint, Quarantined, Store
from smartcity_desk.store.health import ChannelHealth, DayCount, day_name
from tests.domain.builders import T0
from tests.store.helpers import made, put, raw_of

START = T0 // HOUR * HOUR


def hours(store: Store) -> dict[tuple[str, int], int]:
    with raw_of(store.path) as raw:
        return {
            (row[0], row[1]): row[2]
            for row in raw.execute("SELECT channel, hour, n FROM channel_hour WHERE n")
        }


def page(store: Store, *, at: int, new: int = 0, number: int = 0, channel: str = "petabencana") -> None:
    """A round that brought so many new reports, filed just before."""
    reports = [made(number + n, channel=channel, reported_at=at - 1) for n in range(new)]
    store.ingest(channel, reports, checkpoint=ChannelCheckpoint({}), now=at)
    store.record_channel_ok(channel, now=at, next_try_at=at + MINUTE)


def look(store: Store, now: int, name: str = "petabencana") -> ChannelHealth:
    (found,) = store.health.look([name], now)
    return found


def test_reports_are_counted_by_the_hour_in_which_they_were_filed(store: Store) -> None:
    put(
        store,
        made(1, reported_at=START),
        made(2, reported_at=START + HOUR - 1),
        made(3, reported_at=START + HOUR),
    )
    assert hours(store) == {("petabencana", START // HOUR): 2, ("petabencana", START // HOUR + 1): 1}
    put(store, made(1, reported_at=START))  # again: it is there already
    moved = made(2, reported_at=START + 2 * HOUR, changed_at=START + 3 * HOUR)
    put(store, moved)
    put(store, replace(moved, text="Banjir surut", changed_at=START + 4 * HOUR))
    at = START // HOUR
    assert hours(store) == {("petabencana", at): 1, ("petabencana", at + 1): 1, ("petabencana", at + 2): 1}


def test_failed_rounds_are_an_outage_until_the_next_answer(store: Store) -> None:
    def fail(place: str, code: str, at: int) -> None:
        store.record_channel_failure(place, code, {}, attempts=1, next_try_at=at, now=at)

    fail("x", "transient", T0)
    fail("x", "transient", T0 + HOUR)
    page(store, at=T0 + 2 * HOUR, channel="x")
    assert store.health.outages(0) == [
        Outage("x", OutageKind.FAILED, T0, T0 + 2 * HOUR, "transient", witnessed=True)
    ]
    fail("x", "config_problem", T0 + 3 * HOUR)
    fail(CENTRAL, "auth_expired", T0 + 3 * HOUR)
    assert len(store.health.outages(0)) == 1
    fail(CENTRAL, "transient", T0 + 3 * HOUR)
    assert store.health.outages(T0 + 3 * HOUR)[0].place == CENTRAL


def test_a_desk_whose_own_line_is_out_has_seen_no_outage_of_others(store: Store) -> None:
    page(store, at=T0 - MINUTE, channel="waze")

    def fail(place: str, at: int) -> None:
        store.record_channel_failure(place, "offline", {}, attempts=1, next_try_at=at, now=at)

    for number in range(3):
        fail("x", T0 + number * MINUTE)
        fail("waze", T0 + number * MINUTE + 1)
    assert [one.witnessed for one in store.health.outages(0)] == [False, False]
    page(store, at=T0 + 5 * MINUTE, channel="waze")
    assert not store.health.outages(0)[
        1
    ].witnessed  # seen at the next failure only: the line may just be back
    fail("x", T0 + 6 * MINUTE)
    assert {one.place: one.witnessed for one in store.health.outages(0)} == {"x": True, "waze": False}


def test_a_gap_is_an_outage_once(store: Store) -> None:
    store.health.note_gap("x", T0, T0 + HOUR)
    store.health.note_gap("x", T0, T0 + HOUR)
    store.health.note_gap("x", T0, T0)
    assert [(one.kind, one.until) for one in store.health.outages(0)] == [(OutageKind.GAP, T0 + HOUR)]


@pytest.fixture
def busy(store: Store) -> Store:
    """A channel that brought some sixty items in each hour of the last three weeks."""
    dice = random.Random(5)
    reports = [made(n, reported_at=START - 21 * DAY + int(n * MINUTE * 1.01)) for n in range(20 * 24 * 60)]
    dice.shuffle(reports)
    with_states = reports[:: len(reports) // 400]  # the rest counts without the price of a whole report
    put(store, *with_states)
    with raw_of(store.path) as raw:
        raw.execute("DELETE FROM channel_hour")
        raw.executemany(
            "INSERT INTO channel_hour (channel, hour, n) VALUES ('petabencana', ?, 60)",
            [(START // HOUR - back,) for back in range(1, 21 * 24)],
        )
        raw.commit()
    return store


def test_a_silent_channel_is_told_once_and_late_items_make_it_an_outage(busy: Store) -> None:
    page(busy, at=START, new=1, number=900_000)
    page(busy, at=START + 5 * MINUTE)
    assert busy.health.watch(["petabencana"], START + 5 * MINUTE) == []
    found = look(busy, START + 5 * MINUTE)
    assert found.learnt
    assert found.verdict.due_at is not None
    page(busy, at=START + 15 * MINUTE)
    assert busy.health.watch(["petabencana"], START + 15 * MINUTE) == ["petabencana"]
    assert busy.health.watch(["petabencana"], START + 16 * MINUTE) == []
    assert look(busy, START + 16 * MINUTE).silent_since == START
    back = START + 2 * HOUR
    late = [made(910_000 + n, reported_at=START + HOUR + n) for n in range(40)]
    busy.ingest("petabencana", late, checkpoint=None, now=back)
    assert busy.health.watch(["petabencana"], back) == []
    (outage,) = busy.health.outages(0)
    assert (outage.since, outage.until, outage.witnessed) == (START, back, True)
    assert look(busy, back).silent_since is None


def test_a_silence_after_which_nothing_comes_late_was_no_outage(busy: Store) -> None:
    page(busy, at=START, new=1, number=900_000)
    page(busy, at=START + 20 * MINUTE)
    assert busy.health.watch(["petabencana"], START + 20 * MINUTE) == ["petabencana"]
    page(busy, at=START + 30 * MINUTE, new=1, number=900_001)
    busy.health.watch(["petabencana"], START + 30 * MINUTE)
    (outage,) = busy.health.outages(0)
    assert (outage.until, outage.witnessed) == (START + 30 * MINUTE, False)


def test_a_channel_that_fails_is_not_called_silent(busy: Store) -> None:
    page(busy, at=START, new=1, number=900_000)
    busy.record_channel_failure(
        "petabencana", "transient", {}, attempts=1, next_try_at=None, now=START + HOUR
    )
    assert busy.health.watch(["petabencana"], START + HOUR) == []


def test_the_bars_show_what_came_and_what_usually_comes(busy: Store) -> None:
    bars = look(busy, START).bars
    assert len(bars) == 24
    assert bars[-2].n == 60
    assert bars[-2].low is not None
    assert bars[-2].high is not None
    assert bars[-2].low < 60 < bars[-2].high
    fresh = look(busy, START, "x")
    assert (fresh.learnt, fresh.verdict.silent, fresh.bars[0].low) == (False, False, None)


def test_numbers_that_never_came_are_named_unless_they_wait_in_quarantine(store: Store) -> None:
    numbers = [n for n in range(412_000, 412_200) if n not in (412_030, 412_031, 412_032, 412_050, 412_070)]
    put(store, *(made(n, channel="qlue", reported_at=START + n) for n in numbers))
    aside = Quarantined("post_date", "{}", {"external_id": "412070"})
    store.ingest("qlue", [], quarantined=[aside], checkpoint=None, now=START)
    assert look(store, START, "qlue").missing == ((412_050, 412_050), (412_030, 412_032))
    put(store, *(made(n * 7, channel="x", reported_at=START + n) for n in range(100)))
    assert look(store, START, "x").missing == ()


def test_days_are_compared_with_the_source_and_the_central_server(store: Store) -> None:
    put(store, made(1, reported_at=START), made(2, reported_at=START), made(3, reported_at=START - DAY))
    today, before = day_name(START), day_name(START - DAY)
    store.health.count_days(today, source={"petabencana": 3}, central={"petabencana": 2, "x": 1}, now=START)
    store.health.count_days(today, source={}, central={"petabencana": 2}, now=START)
    days = look(store, START).days
    assert days[:2] == (DayCount(today, 2, 3, 2), DayCount(before, 1, None, None))
    assert [day.agrees for day in days[:2]] == [False, True]
    store.health.count_days(today, source={}, central={}, now=START + 91 * DAY)
    assert look(store, START).days[0] == DayCount(today, 2, None, None)
