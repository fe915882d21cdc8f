"""Working hours: the decree's sums, what days of calendar data take away, and arithmetic held to slow counting."""

from __future__ import annotations

import pickle
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk.domain.calendar import (
    RAMADAN_WEEK,
    USUAL_WEEK,
    CalendarKind,
    Calendars,
    DayEntry,
    DayKind,
)
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, from_datetime, to_datetime

WORKING = CalendarKind.WORKING_DAYS
CLOCK = CalendarKind.ROUND_THE_CLOCK
PLAIN = Calendars.of(())


def at(text: str) -> int:
    """An instant from Jakarta's own writing of it."""
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=JAKARTA))


def entry(day: str, kind: DayKind, name: str = "x") -> DayEntry:
    return DayEntry(date.fromisoformat(day).toordinal(), kind, name)


def days(first: str, count: int, kind: DayKind, name: str = "x") -> list[DayEntry]:
    start = date.fromisoformat(first).toordinal()
    return [DayEntry(start + number, kind, name) for number in range(count)]


RAMADAN_2026 = days("2026-02-19", 30, DayKind.RAMADAN, "Ramadan 1447 H")
BUSY = Calendars.of(
    [
        *RAMADAN_2026,
        entry("2026-02-16", DayKind.JOINT_LEAVE, "Cuti bersama Imlek"),
        entry("2026-02-17", DayKind.HOLIDAY, "Imlek"),
        entry("2026-03-19", DayKind.HOLIDAY, "Nyepi"),
        entry("2026-03-20", DayKind.JOINT_LEAVE, "Cuti bersama Idul Fitri"),
        *days("2026-03-21", 2, DayKind.HOLIDAY, "Idul Fitri"),
        entry("2025-12-31", DayKind.JOINT_LEAVE),
        entry("2026-01-01", DayKind.HOLIDAY),
    ]
)

# ---------------------------------------------------------------- slow counting, which shares nothing with the rules


def stretches(day: date, kinds: set[DayKind]) -> list[tuple[time, time]]:
    if day.weekday() >= 5 or kinds & {DayKind.HOLIDAY, DayKind.JOINT_LEAVE}:
        return []
    friday = day.weekday() == 4
    if DayKind.RAMADAN in kinds:
        noon = (time(11, 30), time(12, 30)) if friday else (time(12), time(12, 30))
        return [(time(8), noon[0]), (noon[1], time(15, 30) if friday else time(15))]
    noon = (time(11, 30), time(13)) if friday else (time(12), time(13))
    return [(time(7, 30), noon[0]), (noon[1], time(16, 30) if friday else time(16))]


def by_minutes(calendars: Calendars, since: int, until: int) -> int:
    """The worked minutes of [since, until), each looked at on its own; both ends are whole minutes."""
    kinds: dict[int, set[DayKind]] = {}
    for one in calendars.entries:
        kinds.setdefault(one.day, set()).add(one.kind)
    total = 0
    for minute in range(since, until, MINUTE):
        local = to_datetime(minute).astimezone(JAKARTA)
        hours = stretches(local.date(), kinds.get(local.toordinal(), set()))
        total += any(begin <= local.time() < end for begin, end in hours)
    return total * MINUTE


def by_days(calendars: Calendars, since: int, until: int) -> int:
    """The worked ms of [since, until), day by day."""
    kinds: dict[int, set[DayKind]] = {}
    for one in calendars.entries:
        kinds.setdefault(one.day, set()).add(one.kind)
    day = to_datetime(since).astimezone(JAKARTA).date()
    total = 0
    while from_datetime(datetime.combine(day, time(), JAKARTA)) < until:
        for begin, end in stretches(day, kinds.get(day.toordinal(), set())):
            first = from_datetime(datetime.combine(day, begin, JAKARTA))
            last = from_datetime(datetime.combine(day, end, JAKARTA))
            total += max(0, min(last, until) - max(first, since))
        day += timedelta(days=1)
    return total


INSTANTS = st.integers(at("2025-11-01"), at("2026-07-01"))
ANY = st.integers(-(10**15), 10**15)
ENTRIES = st.builds(
    DayEntry,
    st.integers(date(2026, 1, 1).toordinal(), date(2026, 3, 31).toordinal()),
    st.sampled_from(DayKind),
    st.sampled_from(["a", "b", "c"]),
)
CALENDARS = st.one_of(st.just(BUSY), st.lists(ENTRIES, max_size=60).map(Calendars.of))


@settings(max_examples=60)
@given(CALENDARS, st.integers(0, 130_000), st.integers(0, 5_000))
def test_it_counts_what_a_count_of_minutes_counts(calendars: Calendars, start: int, minutes: int) -> None:
    since = at("2025-12-28") + start * MINUTE
    until = since + minutes * MINUTE
    assert calendars.worked(WORKING, since, until) == by_minutes(calendars, since, until)


@given(CALENDARS, INSTANTS, st.integers(0, 120 * DAY))
def test_it_counts_what_a_count_of_days_counts(calendars: Calendars, since: int, length: int) -> None:
    assert calendars.worked(WORKING, since, since + length) == by_days(calendars, since, since + length)


@given(CALENDARS, st.sampled_from(CalendarKind), ANY, ANY, ANY)
def test_stretches_add_up(calendars: Calendars, kind: CalendarKind, one: int, two: int, three: int) -> None:
    first, middle, last = sorted((one, two, three))
    assert calendars.worked(kind, first, last) == (
        calendars.worked(kind, first, middle) + calendars.worked(kind, middle, last)
    )


@given(CALENDARS, st.sampled_from(CalendarKind), ANY, st.integers(0, 10**11))
def test_a_longer_time_never_holds_less_and_never_more_than_itself(
    calendars: Calendars, kind: CalendarKind, since: int, length: int
) -> None:
    assert 0 <= calendars.worked(kind, since, since + length) <= length
    assert calendars.worked(kind, since, since + length) <= calendars.worked(
        kind, since, since + length + HOUR
    )


@given(CALENDARS, st.sampled_from(CalendarKind), st.one_of(INSTANTS, ANY), st.integers(1, 3000 * HOUR))
def test_adding_reaches_the_earliest_instant_that_has_it(
    calendars: Calendars, kind: CalendarKind, since: int, ms: int
) -> None:
    reached = calendars.add(kind, since, ms)
    assert calendars.worked(kind, since, reached) == ms
    assert calendars.worked(kind, since, reached - 1) == ms - 1


@given(
    CALENDARS, st.sampled_from(CalendarKind), INSTANTS, st.integers(0, 900 * HOUR), st.integers(0, 900 * HOUR)
)
def test_adding_twice_is_adding_the_sum(
    calendars: Calendars, kind: CalendarKind, since: int, one: int, two: int
) -> None:
    assert calendars.add(kind, calendars.add(kind, since, one), two) == calendars.add(kind, since, one + two)


@given(CALENDARS, INSTANTS, INSTANTS, st.integers(0, 900 * HOUR))
def test_who_starts_later_is_never_due_earlier(calendars: Calendars, one: int, two: int, ms: int) -> None:
    first, last = sorted((one, two))
    assert calendars.add(WORKING, first, ms) <= calendars.add(WORKING, last, ms)


@given(CALENDARS, INSTANTS)
def test_the_next_working_instant_is_worked_and_nothing_before_it_is(
    calendars: Calendars, since: int
) -> None:
    found = calendars.next_working(since)
    assert found >= since
    assert calendars.worked(WORKING, since, found) == 0
    assert calendars.worked(WORKING, found, found + 1) == 1


# ---------------------------------------------------------------- the decree


def test_a_usual_week_has_37_and_a_half_hours_and_one_in_ramadan_32_and_a_half() -> None:
    assert PLAIN.worked(WORKING, at("2026-06-08"), at("2026-06-15")) == 37 * HOUR + 30 * MINUTE
    assert BUSY.worked(WORKING, at("2026-02-23"), at("2026-03-02")) == 32 * HOUR + 30 * MINUTE


def test_breaks_are_as_long_as_the_decree_says() -> None:
    def breaks(week: tuple[tuple[tuple[int, int], ...], ...]) -> list[int]:
        return [(day[1][0] - day[0][1]) // MINUTE for day in week if day]

    assert breaks(USUAL_WEEK) == [60, 60, 60, 60, 90]
    assert breaks(RAMADAN_WEEK) == [30, 30, 30, 30, 60]


@pytest.mark.parametrize(
    ("since", "until", "minutes"),
    [
        ("2026-06-12 11:30", "2026-06-12 13:00", 0),  # Friday: the whole break
        ("2026-06-12 11:00", "2026-06-12 13:30", 60),
        ("2026-06-12 16:00", "2026-06-12 17:00", 30),  # Friday goes on to 16.30
        ("2026-06-11 11:30", "2026-06-11 13:00", 30),  # Thursday: work to noon
        ("2026-06-11 16:00", "2026-06-11 17:00", 0),
        ("2026-06-11 07:00", "2026-06-11 08:00", 30),
        ("2026-06-13 00:00", "2026-06-15 00:00", 0),  # a weekend
        ("2026-02-26 07:30", "2026-02-26 08:00", 0),  # Ramadan, Thursday
        ("2026-02-26 12:00", "2026-02-26 13:00", 30),
        ("2026-02-26 14:30", "2026-02-26 16:00", 30),
        ("2026-02-27 11:00", "2026-02-27 13:00", 60),  # Ramadan, Friday
        ("2026-02-27 15:00", "2026-02-27 16:30", 30),
        ("2026-02-18 15:00", "2026-02-19 09:00", 120),  # the eve of Ramadan to its first morning
    ],
)
def test_hours_of_a_day(since: str, until: str, minutes: int) -> None:
    assert BUSY.worked(WORKING, at(since), at(until)) == minutes * MINUTE


def test_a_day_of_two_kinds_is_the_stronger_one() -> None:
    both = Calendars.of(
        [entry("2026-03-19", DayKind.RAMADAN, "Ramadan"), entry("2026-03-19", DayKind.HOLIDAY, "Nyepi")]
    )
    assert both.worked(WORKING, at("2026-03-19"), at("2026-03-20")) == 0
    assert both.names(at("2026-03-19"), at("2026-03-20")) == (entry("2026-03-19", DayKind.HOLIDAY, "Nyepi"),)


def test_joint_leave_and_a_new_year_carry_a_due_date_over_them() -> None:
    assert BUSY.worked(WORKING, at("2025-12-31"), at("2026-01-02")) == 0
    due = BUSY.add(WORKING, at("2025-12-30 15:00"), 2 * HOUR)
    assert due == at("2026-01-02 08:30")  # a Friday
    assert BUSY.add(WORKING, at("2026-03-18 14:00"), 1 * HOUR) == at("2026-03-18 15:00")
    assert BUSY.add(WORKING, at("2026-03-18 14:00"), 1 * HOUR + 1) == at("2026-03-23 07:30") + 1


def test_the_last_millisecond_of_work_is_due_at_the_end_of_work_and_not_next_morning() -> None:
    assert PLAIN.add(WORKING, at("2026-06-11 07:30"), 7 * HOUR + 30 * MINUTE) == at("2026-06-11 16:00")
    assert PLAIN.add(WORKING, at("2026-06-11 07:30"), 4 * HOUR + 30 * MINUTE) == at("2026-06-11 12:00")


def test_days_are_jakartas_and_not_utcs() -> None:
    holiday = Calendars.of([entry("2026-06-01", DayKind.HOLIDAY)])  # a Monday
    assert holiday.next_working(at("2026-05-31 20:00")) == at("2026-06-02 07:30")
    assert (
        holiday.worked(WORKING, at("2026-06-02 07:30"), at("2026-06-02 08:30")) == HOUR
    )  # 00.30 to 01.30 UTC


def test_nothing_takes_no_time_and_an_empty_stretch_holds_none() -> None:
    midnight = at("2026-06-13")
    for kind in CalendarKind:
        assert BUSY.add(kind, midnight, 0) == midnight
        assert BUSY.worked(kind, midnight, midnight) == 0
        assert BUSY.worked(kind, midnight + 5, midnight) == 0


def test_round_the_clock_is_the_clock() -> None:
    saturday = at("2026-03-21 23:00")
    assert BUSY.worked(CLOCK, saturday, saturday + 5 * HOUR) == 5 * HOUR
    assert BUSY.add(CLOCK, saturday, 24 * HOUR) == saturday + DAY


@pytest.mark.parametrize("year", [1, 1969, 1970, 2013, 2046, 2199, 9998])
def test_no_year_lies_outside(year: int) -> None:
    since = from_datetime(datetime(year, 12, 20, 9, tzinfo=JAKARTA))
    until = from_datetime(datetime(year + 1, 1, 9, 9, tzinfo=JAKARTA))
    assert BUSY.worked(WORKING, since, until) == by_days(BUSY, since, until)
    far = Calendars.of(
        [DayEntry(date(year, 12, 27).toordinal() + number, DayKind.HOLIDAY, "x") for number in range(7)]
    )
    assert far.worked(WORKING, since, until) == by_days(far, since, until)
    assert far.add(WORKING, since, far.worked(WORKING, since, until)) <= until


# ---------------------------------------------------------------- what explains a due date


def test_names_are_the_working_days_that_were_not_as_usual_once_each() -> None:
    found = BUSY.names(at("2026-03-18 12:00"), at("2026-03-24"))
    assert [(date.fromordinal(one.day).isoformat(), one.kind, one.name) for one in found] == [
        ("2026-03-18", DayKind.RAMADAN, "Ramadan 1447 H"),
        ("2026-03-19", DayKind.HOLIDAY, "Nyepi"),
        ("2026-03-20", DayKind.JOINT_LEAVE, "Cuti bersama Idul Fitri"),
    ]  # Idul Fitri fell on a weekend: no working day was lost to it


def test_two_names_of_one_day_stand_together() -> None:
    both = Calendars.of(
        [entry("2026-06-09", DayKind.HOLIDAY, "B"), entry("2026-06-09", DayKind.HOLIDAY, "A")]
    )
    assert both.names(at("2026-06-01"), at("2026-07-01")) == (entry("2026-06-09", DayKind.HOLIDAY, "A, B"),)


def test_names_begin_and_end_with_the_days_that_are_touched() -> None:
    assert BUSY.names(at("2026-03-19"), at("2026-03-19")) == ()
    assert [one.name for one in BUSY.names(at("2026-03-19 23:59"), at("2026-03-20") + 1)] == [
        "Nyepi",
        "Cuti bersama Idul Fitri",
    ]
    assert [one.name for one in BUSY.names(at("2026-03-19 23:59"), at("2026-03-20"))] == ["Nyepi"]


@given(CALENDARS, INSTANTS, st.integers(0, 60 * DAY))
def test_where_no_day_is_named_the_time_is_as_usual(calendars: Calendars, since: int, length: int) -> None:
    if not calendars.names(since, since + length):
        assert calendars.worked(WORKING, since, since + length) == PLAIN.worked(
            WORKING, since, since + length
        )


# ---------------------------------------------------------------- a value


def test_equal_days_make_equal_calendars() -> None:
    again = Calendars.of([*reversed(BUSY.entries), BUSY.entries[0]], edition="another")
    assert again == BUSY
    assert hash(again) == hash(BUSY)
    assert again.edition == "another"
    assert Calendars.of(BUSY.entries[1:]) != BUSY
    assert pickle.loads(pickle.dumps(BUSY)) == BUSY
