"""What a source says of its own ticket, late and again, is its word: no decision of a person is undone by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.custody import origin_of, segments
from smartcity_desk.domain.events import (
    CompletionAnswered,
    Event,
    EventKind,
    PauseCode,
    Payload,
    RejectCode,
    Reopened,
    ReportRejected,
    RoutingSent,
)
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.report import CLOSED_STATUSES, OPEN_STATUSES, ReportKind, Status
from smartcity_desk.domain.standing import DECIDING, start_of, told_apart
from smartcity_desk.domain.state import ReportState, initial
from tests.domain.builders import ANI, T0, histories, report
from tests.domain.golden.book import TEBET, Story, wib


def later(story: Story, source: Status) -> ReportState:
    """How the report stands once its source says another status of it."""
    story.report = replace(story.report, source_status=source)
    return fold(initial(story.report), story.events)


def story(status: Status = Status.NEW) -> Story:
    return Story("2026-04-06 08:00", category="trash", channel="lapor", status=status)


def test_a_rejected_report_is_not_done_because_its_source_says_so() -> None:
    told = story().rejected("2026-04-06 09:00", RejectCode.NOT_A_COMPLAINT)
    before = told.custody()
    state = later(told, Status.DONE)
    assert (state.status, state.reject_code) == (Status.REJECTED, RejectCode.NOT_A_COMPLAINT)
    assert state.closed_at == told.events[-1].at
    assert told.custody() == before == [
        "UPT hold: 2026-04-06 08:00 to 2026-04-06 09:00, rejected",
        "nobody rest: 2026-04-06 09:00 to -, open",
    ]  # fmt: skip
    assert later(told, Status.IN_PROGRESS).status is Status.REJECTED, "nor open again"


def test_a_report_that_was_taken_up_again_is_not_closed_by_an_old_word() -> None:
    told = story(Status.DONE).reopened("2026-04-06 11:00")
    before = told.custody()
    assert before == [
        "nobody rest: 2026-04-06 08:00 to 2026-04-06 11:00, reopened",
        "UPT hold: 2026-04-06 11:00 to -, open",
    ]
    for word in (Status.DONE, Status.REJECTED, Status.NEW, Status.IN_PROGRESS):
        state = later(told, word)
        assert (state.status, state.reopened, state.held_since) == (Status.NEW, 1, told.events[-1].at), word
        assert told.custody() == before, word


def test_the_units_time_with_a_report_stays_its_own_when_the_source_closes_it_late() -> None:
    told = story().arrives("2026-04-06 10:00", TEBET)
    before, state = told.custody(), later(told, Status.DONE)
    assert (state.status, state.office) == (Status.ROUTED, TEBET)
    assert told.custody() == before
    assert before[0] == "UPT hold: 2026-04-06 08:00 to 2026-04-06 10:00, routed"


def test_an_accepted_completion_that_the_source_claimed_stays_accepted() -> None:
    told = story(Status.AWAITING_VERIFICATION).accepted("2026-04-06 12:00")
    before = told.custody()
    for word in (Status.IN_PROGRESS, Status.NEW, Status.REJECTED):
        assert later(told, word).status is Status.DONE, word
        assert told.custody() == before, word


def test_a_refused_completion_that_the_source_claimed_stays_refused() -> None:
    told = story(Status.AWAITING_VERIFICATION).refused("2026-04-06 12:00")
    assert later(told, Status.DONE).status is Status.IN_PROGRESS
    assert told.custody()[-1] == "UPT hold: 2026-04-06 12:00 to -, open"


def test_where_nobody_decided_the_source_goes_on_speaking() -> None:
    told = story().categorised("2026-04-06 08:10", "flood").placed("2026-04-06 08:12", TEBET)
    assert later(told, Status.DONE).status is Status.DONE
    assert later(told, Status.IN_PROGRESS).status is Status.IN_PROGRESS
    assert later(story(), Status.REJECTED).status is Status.REJECTED


def paused() -> Story:
    told = story().categorised("2026-04-06 08:10", "flood")
    return told.paused("2026-04-06 09:00", PauseCode.WAITING_REPORTER, "2026-04-08 09:00")


def test_what_the_unit_holds_for_a_reason_is_not_closed_by_its_source() -> None:
    told = paused()
    before, state = told.state, later(told, Status.DONE)
    assert state.status is Status.AWAITING_VERIFICATION, "a claim that a person looks at"
    assert (state.pause, state.closed_at, state.held_since) == (before.pause, None, before.held_since)
    assert told.custody() == ["UPT verify: 2026-04-06 08:00 to -, open"]
    [held] = told.segments
    assert [(pause.since, pause.until) for pause in held.pauses] == [
        (wib("2026-04-06 09:00"), wib("2026-04-08 09:00"))
    ]
    assert later(told, Status.REJECTED).status is Status.NEW, (
        "a refusal of the source's is none of the unit's"
    )
    assert later(told, Status.IN_PROGRESS).status is Status.IN_PROGRESS


def test_taking_a_pause_back_closes_nothing_either() -> None:
    """Whoever resumes says that the unit goes on with it; a report that vanished under that key would be a trap."""
    told = paused().resumed("2026-04-06 10:00")
    state = later(told, Status.DONE)
    assert (state.status, state.pause) == (Status.AWAITING_VERIFICATION, None)


def test_the_unit_closes_what_its_source_had_closed_under_a_pause() -> None:
    told = paused()
    told.state = later(told, Status.DONE)
    told.accepted("2026-04-07 08:00")
    for word in (Status.DONE, Status.NEW, Status.REJECTED):
        assert later(told, word).status is Status.DONE, word
        assert told.custody()[-1] == "nobody rest: 2026-04-07 08:00 to -, open", word


def test_traffic_ends_with_its_feed() -> None:
    over = report(ReportKind.CONTEXT, source_status=Status.ENDED, reported_at=T0)
    assert fold(initial(over), []).status is Status.ENDED


@given(histories(), st.sampled_from(list(Status)), st.sampled_from(list(Status)))
def test_no_word_of_the_source_opens_or_closes_what_a_person_decided(
    history: list[Event], first: Status, second: Status
) -> None:
    """With a decision about it, a report stands on the same side and in the same hands whatever its source says."""
    decided = any(event.kind in DECIDING for event in history)
    states = [fold(initial(report(source_status=status)), history) for status in (first, second)]
    if decided:
        one, other = states
        assert (one.status in CLOSED_STATUSES) == (other.status in CLOSED_STATUSES)
        assert (one.office, one.reject_code, one.reopened) == (
            other.office,
            other.reject_code,
            other.reopened,
        )
    elif any(event.kind is EventKind.CLOCK_PAUSED for event in history):
        assert not {state.status for state in states} & CLOSED_STATUSES
    else:
        assert [state.status for state in states] == [first, second]


@given(histories(), st.sampled_from(sorted(OPEN_STATUSES - {Status.AWAITING_VERIFICATION})))
def test_custody_and_state_start_from_the_same(history: list[Event], source: Status) -> None:
    told = report(source_status=source)
    shut = replace(told, source_status=Status.DONE)
    if any(event.kind in DECIDING for event in history):
        assert segments(origin_of(shut), history) == segments(origin_of(told), history)


@pytest.mark.parametrize("kind", sorted(DECIDING))
def test_the_start_is_open_or_closed_as_the_first_decision_needs_it(kind: EventKind) -> None:
    for source in Status:
        closed = start_of(source, [_event(kind)]) in CLOSED_STATUSES
        assert closed == (kind is EventKind.REPORT_REOPENED)


def _event(kind: EventKind) -> Event:
    made: dict[EventKind, Payload] = {
        EventKind.ROUTING_SENT: RoutingSent(TEBET, "wilayahnya"),
        EventKind.REPORT_REJECTED: ReportRejected(RejectCode.SPAM),
        EventKind.REPORT_REOPENED: Reopened("belum selesai"),
    }
    return Event("e", "r", kind, T0, ANI, made.get(kind, CompletionAnswered()), seq=1)


def test_only_another_word_of_the_source_is_said() -> None:
    assert told_apart(Status.DONE, Status.REJECTED)
    assert not told_apart(Status.DONE, Status.DONE)
    assert not told_apart(Status.NEW, Status.REJECTED), "that it came in says nothing"
