"""Due dates and their bands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.events import Event
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.policy import SOON_MS, DueBand, Policy, band, due_at
from smartcity_desk.domain.report import CLOSED_STATUSES, ReportKind, Status
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import DAY, HOUR
from tests.domain.builders import DIRECTORY, NOWHERE, POLICY, SUDIN, T0, TEBET, histories, report

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


def test_a_report_of_the_unit_runs_on_the_unit_s_allowance() -> None:
    assert due_at(initial(report()), POLICY, DIRECTORY) == T0 + 6 * HOUR


def test_the_level_of_the_holder_decides() -> None:
    state = replace(initial(report()), status=Status.ROUTED, held_since=T0, office=TEBET)
    assert due_at(state, POLICY, DIRECTORY) == T0 + 24 * HOUR
    assert due_at(replace(state, office=SUDIN), POLICY, DIRECTORY) == T0 + 7 * DAY
    assert due_at(replace(state, office=NOWHERE), POLICY, DIRECTORY) == T0 + 24 * HOUR
    assert due_at(state, POLICY, Directory()) == T0 + 24 * HOUR


def test_a_policy_without_an_allowance_for_a_level_gives_no_date() -> None:
    only_sudin = Policy("x", 0, {OfficeLevel.SUDIN: HOUR}, verification=HOUR)
    assert due_at(initial(report()), only_sudin, DIRECTORY) is None


@given(histories(), st.sampled_from(list(ReportKind)))
def test_there_is_a_date_exactly_where_somebody_s_clock_runs(history: list[Event], kind: ReportKind) -> None:
    state = fold(initial(report(kind)), history)
    due = due_at(state, POLICY, DIRECTORY)
    if kind is ReportKind.CONTEXT or state.status in CLOSED_STATUSES:
        assert due is None
    elif state.status is Status.AWAITING_VERIFICATION:
        assert due is not None
    elif state.office is not None and state.delivered_at is None and state.refused_completions == 0:
        assert due is None, "no clock of an office before its receipt"
