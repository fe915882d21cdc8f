"""What time alone brings about: deemed service, windows, extensions, and a review that the unit missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.calendar import Calendars, DayEntry, DayKind
from smartcity_desk.domain.events import (
    ExclusionCode,
    MarkStepped,
    ObjectionDecided,
    ObjectionOutcome,
    ObjectionTaken,
)
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import (
    DEFAULT_REASON,
    MarkState,
    MarkStep,
    Standing,
    contested,
    exclusions,
    open_objections,
    review_due,
    standing,
    step,
    window_closes,
    window_opens,
)
from smartcity_desk.domain.policy import ObjectionRules, PolicyBook
from smartcity_desk.domain.times import DAY, HOUR, to_datetime
from tests.domain.builders import DIRECTORY, POLICY, TEBET
from tests.domain.mark_world import (
    CLOSES_AT,
    FILED_AT,
    LAW,
    NOTIFIED_AT,
    PLACES,
    RAISED_AT,
    REVIEW_DUE,
    SERVED_AT,
    Case,
    answering,
    filing,
    wib,
)

FIVE_DAYS = replace(POLICY, objection=ObjectionRules(window_days=5))


def noticed(at: int, law: Law = LAW) -> Case:
    return Case(law).do("raise", "marker", RAISED_AT).do("notify", "notifier", at)


# ---------------------------------------------------------------- windows

# Friday 20, Monday 23, Tuesday 24 is a holiday, Wednesday 25, Thursday 26, Friday 27, Monday 30 November.


@pytest.mark.parametrize(
    ("notified", "served", "opens", "closes"),
    [
        ("11-20 10:00", None, "11-24 00:00", "11-28 00:00"),  # deemed served on Monday at 24.00
        ("11-20 10:00", "11-20 15:00", "11-20 15:00", "11-27 00:00"),
        ("11-20 10:00", "11-21 15:00", "11-21 15:00", "11-27 00:00"),  # on Saturday: the day itself is none
        ("11-20 10:00", "11-23 23:59", "11-23 23:59", "11-28 00:00"),  # no worse and no better than deemed
        ("11-20 10:00", "11-25 08:00", "11-24 00:00", "11-28 00:00"),  # too late to move anything
        ("11-20 23:59", None, "11-24 00:00", "11-28 00:00"),
        ("11-21 00:00", None, "11-24 00:00", "11-28 00:00"),  # Saturday
        ("11-22 12:00", None, "11-24 00:00", "11-28 00:00"),  # Sunday
        ("11-23 00:00", None, "11-26 00:00", "12-01 00:00"),  # Monday: deemed served on Wednesday
        ("11-24 12:00", None, "11-26 00:00", "12-01 00:00"),  # on the holiday
        ("11-24 12:00", "11-24 12:01", "11-24 12:01", "11-28 00:00"),
    ],
)
def test_windows_end_at_midnight_of_a_working_day(
    notified: str, served: str | None, opens: str, closes: str
) -> None:
    case = noticed(wib(notified))
    if served is not None:
        case.do("serve", "lurah", wib(served), MarkStepped())
    assert window_opens(case.state, LAW) == wib(opens)
    assert window_closes(case.state, LAW) == wib(closes)
    end = wib(closes)
    assert step(case.state, LAW, wib(opens)) is MarkStep.WINDOW
    assert [case.code("file", "lurah", at) for at in (end - 1, end)] == ["ok", "window_closed"]
    assert [step(case.state, LAW, at) for at in (end - 1, end)] == [MarkStep.WINDOW, MarkStep.ELIGIBLE]


def test_a_notice_that_nobody_confirms_is_served_in_the_end() -> None:
    case = noticed(NOTIFIED_AT)
    assert step(case.state, LAW, wib("11-24 00:00") - 1) is MarkStep.NOTIFIED
    assert step(case.state, LAW, wib("11-24 00:00")) is MarkStep.WINDOW
    assert step(case.state, LAW, wib("11-28 00:00")) is MarkStep.ELIGIBLE


def test_a_receipt_dated_before_the_notice_opens_nothing_earlier() -> None:
    case = noticed(NOTIFIED_AT).do("serve", "lurah", NOTIFIED_AT - 3 * DAY, MarkStepped())
    assert window_opens(case.state, LAW) == NOTIFIED_AT


def test_an_extension_adds_working_days_and_moves_what_was_closed_nowhere() -> None:
    case = noticed(NOTIFIED_AT).do("serve", "lurah", SERVED_AT, MarkStepped())
    assert window_closes(case.state, LAW) == CLOSES_AT
    case.do("extend", "reviewer", CLOSES_AT - 1)
    assert window_closes(case.state, LAW) == wib("12-01 00:00")  # Friday 27, and Monday 30
    assert step(case.state, LAW, CLOSES_AT) is MarkStep.WINDOW
    assert case.code("file", "lurah", wib("12-01 00:00") - 1) == "ok"
    assert case.code("propose", "proposer", wib("12-01 00:00") - 1) == "mark_not_there"
    late = noticed(NOTIFIED_AT).do("serve", "lurah", SERVED_AT, MarkStepped())
    assert late.code("extend", "reviewer", CLOSES_AT) == "window_closed"


def test_terms_are_those_of_the_version_that_the_mark_was_raised_under() -> None:
    later = replace(FIVE_DAYS, version="baru", effective_from=RAISED_AT + 1)
    law = Law(PolicyBook([POLICY, later]), LAW.calendars, DIRECTORY)
    case = noticed(NOTIFIED_AT, law).do("serve", "lurah", SERVED_AT, MarkStepped())
    assert window_closes(case.state, law) == CLOSES_AT
    five = Law(PolicyBook([FIVE_DAYS]), LAW.calendars, DIRECTORY)
    case = noticed(NOTIFIED_AT, five).do("serve", "lurah", SERVED_AT, MarkStepped())
    assert window_closes(case.state, five) == wib("12-01 00:00")
    forgotten = Law(PolicyBook([replace(POLICY, version="lain")]), LAW.calendars, DIRECTORY)
    assert window_closes(case.state, forgotten) == CLOSES_AT, (
        "a version that nobody knows: the one of its day"
    )


def test_a_mark_without_a_notice_has_no_window() -> None:
    case = PLACES["candidate"].make()
    assert window_opens(case.state, LAW) is None
    assert window_closes(case.state, LAW) is None
    assert step(MarkState(), LAW, RAISED_AT) is MarkStep.NONE


@given(
    notified=st.integers(0, 40 * DAY),
    served=st.none() | st.integers(0, 10 * DAY),
    days=st.integers(0, 6),
    holidays=st.sets(st.integers(0, 60), max_size=12),
)
def test_a_window_is_as_many_working_days_as_the_policy_says(
    notified: int, served: int | None, days: int, holidays: set[int]
) -> None:
    """Counted by hand: whole days of Jakarta, one after the other."""
    first = date(2026, 11, 1)
    off = [DayEntry((first + timedelta(n)).toordinal(), DayKind.HOLIDAY, "x") for n in holidays]
    rules = ObjectionRules(deemed_served_days=1, window_days=days)
    law = Law(PolicyBook([replace(POLICY, objection=rules)]), Calendars.of(off), DIRECTORY)
    start = wib("11-01 00:00")
    state = MarkState(
        policy=POLICY.version,
        raised_at=start,
        notified_at=start + notified,
        served_at=None if served is None else start + notified + served,
    )

    def working(day: int) -> bool:
        return (first + timedelta(day)).weekday() < 5 and day not in holidays

    day = notified // DAY + 1
    while not working(day):
        day += 1
    deemed = day + 1  # 24.00 of that day
    of_service = day
    if served is not None and (notified + served) // DAY < deemed:
        of_service = (notified + served) // DAY
    left = days
    while left:
        of_service += 1
        left -= working(of_service)
    assert window_closes(state, law) == start + (of_service + 1) * DAY


# ---------------------------------------------------------------- the unit's own clock


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        ("11-20 23:59", "11-26 00:00"),  # Friday: Monday, no Tuesday, Wednesday
        ("11-21 08:00", "11-26 00:00"),  # Saturday
        ("11-23 00:00", "11-27 00:00"),
        ("11-24 12:00", "11-27 00:00"),  # the holiday
        ("11-26 12:00", "12-01 00:00"),  # Thursday: Friday, Monday
    ],
)
def test_the_unit_answers_within_two_working_days_or_the_segments_are_out(filed: str, due: str) -> None:
    case = noticed(wib("11-20 08:00")).do("file", "lurah", wib(filed), filing(letter=""))
    (one,) = case.state.objections
    end = wib(due)
    assert review_due(case.state, one, LAW) == end
    assert [standing(case.state, one, LAW, at) for at in (end - 1, end)] == [Standing.OPEN, Standing.DEFAULT]
    assert contested(case.state, LAW, end - 1) == {"s1", "s2"}
    assert not contested(case.state, LAW, end)
    assert not exclusions(case.state, LAW, end - 1)
    out = exclusions(case.state, LAW, end)
    assert set(out) == {"s1", "s2"}
    assert {(one.code, one.user, one.reason, one.at) for one in out.values()} == {
        (ExclusionCode.MISROUTED, "", DEFAULT_REASON, end)
    }
    assert open_objections([case.state], LAW, end - 1) == {TEBET: end}
    assert open_objections([case.state], LAW, end) == {}
    assert [case.code("answer", "reviewer", at) for at in (end - 1, end)] == ["ok", "review_term_missed"]
    assert [case.code("take", "reviewer", at, ObjectionTaken("o1")) for at in (end - 1, end)] == [
        "ok",
        "review_term_missed",
    ]


def test_begun_is_not_answered() -> None:
    case = PLACES["reviewed"].make()
    (one,) = case.state.objections
    assert standing(case.state, one, LAW, REVIEW_DUE - 1) is Standing.UNDER_REVIEW
    assert standing(case.state, one, LAW, REVIEW_DUE) is Standing.DEFAULT


def test_an_objection_without_a_code_that_nobody_answered_is_out_all_the_same() -> None:
    case = noticed(NOTIFIED_AT).do("file", "lurah", FILED_AT, filing(code=None, letter=""))
    out = exclusions(case.state, LAW, REVIEW_DUE)
    assert {one.code for one in out.values()} == {ExclusionCode.OUTAGE}
    assert set(out) == {"s1", "s2"}


def test_what_was_answered_in_time_stays_answered() -> None:
    case = PLACES["answered"].make()
    (one,) = case.state.objections
    for at in (wib("11-25 09:00"), REVIEW_DUE, REVIEW_DUE + 300 * DAY):
        assert standing(case.state, one, LAW, at) is Standing.PARTLY
        assert set(exclusions(case.state, LAW, at)) == {"s1"}
        assert not contested(case.state, LAW, at)
    out = exclusions(case.state, LAW, REVIEW_DUE)["s1"]
    assert (out.code, out.user, out.reason) == (ExclusionCode.MISROUTED, "rere", "terbukti dari surat")
    assert out.event == case.events[-1].id
    own = answering(code=None)
    mine = PLACES["reviewed"].make().do("answer", "reviewer", wib("11-25 09:00"), own)
    assert exclusions(mine.state, LAW, REVIEW_DUE)["s1"].code is ExclusionCode.MISROUTED, "the office's own"


def test_a_rejected_objection_takes_nothing_out() -> None:
    no = ObjectionDecided("o1", ObjectionOutcome.REJECTED, (), None, "tidak terbukti")
    case = PLACES["reviewed"].make().do("answer", "reviewer", wib("11-25 09:00"), no)
    assert not exclusions(case.state, LAW, REVIEW_DUE + DAY)
    assert not contested(case.state, LAW, REVIEW_DUE + DAY)


def test_the_last_of_several_objections_holds_the_office() -> None:
    case = PLACES["objected"].make().do("file", "lurah", wib("11-26 09:00"), filing("o2", ("s3",), letter=""))
    assert step(case.state, LAW, REVIEW_DUE) is MarkStep.OBJECTED, (
        "the first is out by default, not the second"
    )
    assert open_objections([case.state], LAW, REVIEW_DUE) == {TEBET: wib("12-01 00:00")}
    assert step(case.state, LAW, wib("12-01 00:00")) is MarkStep.ELIGIBLE
    assert case.code("propose", "proposer", wib("12-01 00:00")) == "ok"
    assert open_objections([], LAW, REVIEW_DUE) == {}


def test_times_in_this_file_are_what_they_seem() -> None:
    assert to_datetime(RAISED_AT + 7 * HOUR).strftime("%A %H:%M") == "Monday 09:00"
    assert to_datetime(CLOSES_AT - HOUR + 7 * HOUR).strftime("%A") == "Thursday"
