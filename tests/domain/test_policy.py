"""Due dates and their bands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.clock import clock, due_at
from smartcity_desk.domain.custody import Segment, Stay, origin_of, segments
from smartcity_desk.domain.events import Delivered, Event, EventKind, RoutingSent
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import UPT, Directory, OfficeLevel
from smartcity_desk.domain.policy import SOON_MS, Allowance, DueBand, Policy, PolicyBook, band
from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import DAY, HOUR
from tests.domain.builders import (
    ANI,
    LAW,
    NOWHERE,
    POLICY,
    SUDIN,
    SYSTEM,
    T0,
    TEBET,
    Life,
    histories,
    law,
    report,
)

NOW = T0 + DAY


@pytest.mark.parametrize(
    ("due", "paused", "expected"),
    [
        (None, False, DueBand.NONE),
        (NOW - 1, False, DueBand.OVERDUE),
        (NOW, False, DueBand.OVERDUE),
        (NOW + 1, False, DueBand.SOON),
        (NOW + SOON_MS, False, DueBand.SOON),
        (NOW + SOON_MS + 1, False, DueBand.IN_TIME),
        (NOW - DAY, True, DueBand.PAUSED),
        (None, True, DueBand.PAUSED),
    ],
)
def test_bands(due: int | None, paused: bool, expected: DueBand) -> None:
    assert band(due, paused, NOW) is expected


@given(st.integers(), st.integers())
def test_a_date_only_ever_comes_nearer(due: int, now: int) -> None:
    order = [DueBand.IN_TIME, DueBand.SOON, DueBand.OVERDUE]
    assert order.index(band(due, False, now)) <= order.index(band(due, False, now + 1))


def held(office: str) -> Segment:
    """A report that an office has in its inbox since `T0`, whether the directory knows the office or not."""
    events = [
        Event("e1", "r", EventKind.ROUTING_SENT, T0, ANI, RoutingSent(office, "wilayahnya"), seq=1),
        Event("e2", "r", EventKind.REPORT_DELIVERED, T0, SYSTEM, Delivered(office), seq=2),
    ]
    return segments(origin_of(report()), events)[-1]


def due(segment: Segment, under: Law = LAW) -> int | None:
    return due_at(segment, clock(segment, under))


def test_a_report_of_the_unit_runs_on_the_unit_s_allowance() -> None:
    assert Life().due == T0 + 6 * HOUR


def test_the_level_of_the_holder_decides() -> None:
    assert due(held(TEBET)) == T0 + 24 * HOUR
    assert due(held(SUDIN)) == T0 + 7 * DAY
    assert due(held(NOWHERE)) == T0 + 24 * HOUR
    assert due(held(TEBET), law(directory=Directory())) == T0 + 24 * HOUR


def test_a_policy_without_an_allowance_for_a_level_gives_no_date() -> None:
    only_sudin = Policy("x", 0, {OfficeLevel.SUDIN: HOUR}, verification=HOUR)
    assert due(Life().segments[-1], law(policies=[only_sudin])) is None
    assert due(held(TEBET), law(policies=[only_sudin])) is None
    assert due(held(SUDIN), law(policies=[only_sudin])) == T0 + HOUR


@given(histories(), st.sampled_from(list(ReportKind)))
def test_there_is_a_date_exactly_where_somebody_s_clock_runs(history: list[Event], kind: ReportKind) -> None:
    spans = segments(origin_of(report(kind)), history)
    if kind is ReportKind.CONTEXT:
        assert spans == ()
        return
    last = spans[-1]
    if last.stay is Stay.REST:
        assert due(last) is None
    elif last.office == UPT:
        assert due(last) is not None, "the unit's, whether it holds the report or looks at a completion"
    elif last.delivered_at is None:
        assert due(last) is None, "no clock of an office before its receipt"
    elif last.responded_at is not None:
        assert due(last) is None, "it has answered"
    else:
        assert (due(last) is None) == (LAW.allowance(POLICY, last.office, last.category) is None)


def test_a_category_s_own_allowance_goes_first_where_an_office_of_the_city_holds_it() -> None:
    own = replace(POLICY, categories={"tree": Allowance(HOUR)})
    levels = {level: own.allowance(level, "tree") for level in OfficeLevel}
    assert levels[OfficeLevel.KELURAHAN] == levels[OfficeLevel.DINAS] == Allowance(HOUR)
    assert levels[OfficeLevel.UPT] == Allowance(6 * HOUR), "the unit's first look is its own"
    assert levels[OfficeLevel.THIRD_PARTY] is None, "a third party has no clock of the city's (F2)"
    assert own.allowance(OfficeLevel.KELURAHAN, "flood") == Allowance(24 * HOUR)
    assert own.allowance(OfficeLevel.KELURAHAN, None) == Allowance(24 * HOUR)


@given(st.integers(0, 400 * DAY))
def test_the_grace_is_four_hours_or_a_tenth_and_never_more_than_the_allowance(allowance: int) -> None:
    grace = POLICY.grace(allowance)
    assert grace <= allowance
    assert grace == allowance or (grace >= 4 * HOUR and grace >= allowance // 10)
    assert grace in (allowance, 4 * HOUR, allowance * 10 // 100)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6), st.integers(-10, 1010))
def test_of_several_policies_the_latest_that_has_begun_holds(starts: list[int], at: int) -> None:
    versions = [replace(POLICY, version=f"v{n}", effective_from=start) for n, start in enumerate(starts)]
    book = PolicyBook(versions)
    found = book.at(at)
    begun = [start for start in starts if start <= at]
    assert found.effective_from == (max(begun) if begun else min(starts)), "some rule always holds"
    assert book.named(found.version) is found
    assert book == PolicyBook(book.versions)
    assert hash(book) == hash(PolicyBook(book.versions))


def test_a_book_without_a_policy_is_none() -> None:
    with pytest.raises(ValueError, match="without a policy"):
        PolicyBook([])
    assert PolicyBook([POLICY]).named("another") is None
