"""The pitfalls of the domain paper as the desk lives them: what is asked, what is refused, what is due. One life each.

What follows for offices stands in the law book, `tests/domain/golden/`.
"""

from __future__ import annotations

import pytest

from smartcity_desk.domain.events import (
    CategorySet,
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    EventKind,
    PauseCode,
    Paused,
    PlaceSet,
    RejectCode,
    Reopened,
    ReportRejected,
    Responded,
    Resumed,
    ReturnAnswered,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.policy import DueBand, band
from smartcity_desk.domain.report import ReportKind, Status
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.domain.builders import (
    ANI,
    BUDI,
    LURAH,
    LURAH_2,
    MENTENG,
    PLN,
    SITI,
    SUDIN,
    SYSTEM,
    T0,
    TEBET,
    UPT,
    Life,
    report,
)

K = EventKind
WHY = "banjir di sana"
ANSWER = "Petugas PPSU sudah di lokasi dan memompa"


def held(at: int = T0 + HOUR) -> Life:
    """A report that Tebet holds and has in its inbox since `at`."""
    life = Life()
    life.do(K.ROUTING_SENT, RoutingSent(TEBET, WHY), at=T0 + MINUTE)
    life.do(K.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM, at=at)
    return life


# F1: misassigned


def test_f1_an_accepted_hand_back_ends_the_office_s_time_and_starts_the_unit_s() -> None:
    life = held()
    life.do(K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang", SUDIN), by=LURAH, at=T0 + 2 * HOUR)
    assert (life.state.office, life.state.return_pending, life.state.return_competent) == (TEBET, True, SUDIN)
    assert life.due == T0 + HOUR + 24 * HOUR, "until somebody answers, the office's time goes on"
    life.do(K.ROUTING_RETURN_ACCEPTED, ReturnAnswered(), at=T0 + 3 * HOUR)
    assert (life.state.office, life.state.status, life.state.return_pending) == (None, Status.NEW, False)
    assert life.due == T0 + 3 * HOUR + 6 * HOUR


def test_f1_a_refused_hand_back_leaves_the_office_its_old_date() -> None:
    life = held()
    life.do(K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang"), by=LURAH, at=T0 + 20 * HOUR)
    life.do(K.ROUTING_RETURN_REFUSED, ReturnAnswered("ini wewenang kelurahan"), at=T0 + 22 * HOUR)
    assert (life.state.office, life.state.return_pending) == (TEBET, False)
    assert life.due == T0 + 25 * HOUR


def test_f1_sending_it_on_accepts_the_hand_back_and_the_log_says_so() -> None:
    life = held()
    life.do(K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang", SUDIN), by=LURAH, at=T0 + 2 * HOUR)
    life.do(K.ROUTING_SENT, RoutingSent(SUDIN, "saluran kota", TEBET), at=T0 + 3 * HOUR)
    assert [event.kind for event in life.events[-2:]] == [K.ROUTING_RETURN_ACCEPTED, K.ROUTING_SENT]
    assert (life.state.office, life.state.return_pending, life.state.held_since) == (SUDIN, False, None)


def test_f1_sending_it_back_to_the_same_office_refuses_the_hand_back_and_gives_no_new_time() -> None:
    life = held()
    life.do(K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang"), by=LURAH, at=T0 + 20 * HOUR)
    life.do(K.ROUTING_SENT, RoutingSent(TEBET, "ini wewenang kelurahan", TEBET), at=T0 + 22 * HOUR)
    assert life.events[-1].kind is K.ROUTING_RETURN_REFUSED
    assert (life.state.office, life.state.return_pending) == (TEBET, False)
    assert life.due == T0 + 25 * HOUR


def test_f1_a_hand_back_that_crossed_a_new_routing_changes_nothing() -> None:
    life = held()
    life.do(K.ROUTING_SENT, RoutingSent(MENTENG, "salah alamat", TEBET), at=T0 + 2 * HOUR)
    late = RoutingReturned(TEBET, "bukan wewenang")
    assert life.refused(K.ROUTING_RETURNED, late, by=LURAH, at=T0 + 3 * HOUR) == "not_holder"


def test_f1_a_closed_report_keeps_no_hand_back_that_could_open_it_again() -> None:
    life = held()
    life.do(K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah selesai"), by=LURAH, at=T0 + 2 * HOUR)
    life.do(K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang"), by=LURAH, at=T0 + 3 * HOUR)
    life.do(K.COMPLETION_ACCEPTED, CompletionAnswered("", Status.AWAITING_VERIFICATION), at=T0 + 4 * HOUR)
    assert life.refused(K.ROUTING_RETURN_ACCEPTED, ReturnAnswered(), at=T0 + 5 * HOUR) == "nothing_returned"
    assert life.state.status is Status.DONE


# F2: a third party is a holder, and has no clock of the city's


def test_f2_a_third_party_holds_without_a_date() -> None:
    life = Life()
    life.do(K.ROUTING_SENT, RoutingSent(PLN, "gardu milik PLN"))
    life.do(K.REPORT_DELIVERED, Delivered(PLN), by=SYSTEM)
    assert (life.state.office, life.state.status) == (PLN, Status.ROUTED)
    assert life.due is None
    assert band(life.due, False, T0 + 300 * DAY) is DueBand.NONE


# F5: waiting for the reporter


def test_f5_a_pause_that_nobody_ends_is_over_by_itself() -> None:
    life = held()
    until = T0 + 3 * HOUR + 2 * DAY
    life.do(K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", until), at=T0 + 3 * HOUR)
    assert life.state.paused(until - 1)
    assert not life.state.paused(until)
    assert life.due == T0 + 25 * HOUR + 2 * DAY
    date = life.due
    life.do(K.CLOCK_RESUMED, Resumed(), by=SYSTEM, at=until + 5 * DAY)
    assert life.due == date, "resuming late gives no more time than the pause had"


def test_f5_a_pause_that_is_over_makes_room_for_the_next() -> None:
    life = held()
    life.do(
        K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", T0 + 5 * HOUR), at=T0 + 3 * HOUR
    )
    later = Paused(PauseCode.WAITING_REPORTER, "menunggu alamat lagi", T0 + 9 * HOUR)
    assert life.refused(K.CLOCK_PAUSED, later, at=T0 + 4 * HOUR) == "already_paused"
    life.do(K.CLOCK_PAUSED, later, at=T0 + 6 * HOUR)
    assert (life.state.paused_ms, life.due) == (2 * HOUR, T0 + 25 * HOUR + 2 * HOUR + 3 * HOUR)


def test_f5_a_pause_is_bounded() -> None:
    too_long = Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", T0 + 30 * DAY)
    assert held().refused(K.CLOCK_PAUSED, too_long, at=T0 + HOUR) == "pause_too_long"


def test_f6_a_pause_for_a_third_party_needs_a_supervisor() -> None:
    pause = Paused(PauseCode.WAITING_THIRD_PARTY, "menunggu PLN", T0 + 3 * DAY)
    assert held().refused(K.CLOCK_PAUSED, pause, by=ANI) == "pause_needs_supervisor"
    held().do(K.CLOCK_PAUSED, pause, by=SITI)


# F8: the report never reached the official


def test_f8_no_clock_before_the_delivery_receipt() -> None:
    life = Life()
    life.do(K.ROUTING_SENT, RoutingSent(TEBET, WHY))
    assert life.due is None
    assert band(life.due, False, T0 + 90 * DAY) is DueBand.NONE
    life.do(K.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM, at=T0 + 5 * DAY)
    assert life.due == T0 + 6 * DAY


def test_f8_a_second_receipt_moves_nothing() -> None:
    life = held()
    life.do(K.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM, at=T0 + 9 * HOUR)
    assert life.due == T0 + 25 * HOUR


def test_f8_a_pause_before_the_receipt_is_not_added_to_the_office_s_time() -> None:
    life = Life()
    life.do(K.ROUTING_SENT, RoutingSent(TEBET, WHY), at=T0 + MINUTE)
    life.do(K.CLOCK_PAUSED, Paused(PauseCode.OUTAGE, "gangguan jaringan", T0 + 9 * HOUR), at=T0 + HOUR)
    life.do(K.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM, at=T0 + 3 * HOUR)
    life.do(K.CLOCK_RESUMED, Resumed(), at=T0 + 4 * HOUR)
    assert life.state.paused_ms == HOUR
    assert life.due == T0 + 3 * HOUR + 24 * HOUR + HOUR


# F10 and F11: each holder has his own time from his own receipt


def test_f11_a_new_holder_starts_with_all_of_his_own_time() -> None:
    """GLPI 1911: group 2 got the ticket at 10:30 with the 11:00 limit of group 1."""
    life = held()
    late = T0 + 24 * HOUR + 30 * MINUTE
    life.do(K.ROUTING_SENT, RoutingSent(SUDIN, "saluran kota", TEBET), at=late)
    life.do(K.REPORT_DELIVERED, Delivered(SUDIN), by=SYSTEM, at=late + MINUTE)
    assert life.due == late + MINUTE + 7 * DAY


def test_f11_pauses_and_answers_of_the_former_holder_are_not_the_new_one_s() -> None:
    life = held()
    life.do(
        K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", T0 + 9 * HOUR), at=T0 + 2 * HOUR
    )
    life.do(K.CLOCK_RESUMED, Resumed(), at=T0 + 4 * HOUR)
    life.do(K.REPORT_RESPONDED, Responded(TEBET, ANSWER), by=LURAH, at=T0 + 5 * HOUR)
    life.do(K.ROUTING_SENT, RoutingSent(MENTENG, "salah alamat", TEBET), at=T0 + 6 * HOUR)
    state = life.state
    assert (state.paused_ms, state.responded_at, state.acknowledged_at, state.delivered_at) == (
        0,
        None,
        None,
        None,
    )
    life.do(K.REPORT_DELIVERED, Delivered(MENTENG), by=SYSTEM, at=T0 + 7 * HOUR)
    assert life.due == T0 + 31 * HOUR


def test_f10_the_office_holds_and_not_the_person() -> None:
    life = held()
    life.do(K.REPORT_RESPONDED, Responded(TEBET, ANSWER), by=LURAH)
    assert life.state.office == TEBET
    assert life.refused(K.REPORT_RESPONDED, Responded(TEBET, ANSWER), by=LURAH_2) == "not_your_office"


# F12: pauses are kept whatever is re-classified


@pytest.mark.parametrize("when", ["during", "after"])
def test_f12_pauses_survive_re_categorisation_and_a_moved_place(when: str) -> None:
    life = held()
    life.do(
        K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", T0 + 9 * HOUR), at=T0 + 2 * HOUR
    )
    if when == "after":
        life.do(K.CLOCK_RESUMED, Resumed(), at=T0 + 9 * HOUR)
    before = life.due
    life.do(K.CATEGORY_SET, CategorySet("tree"), at=T0 + 10 * HOUR)
    life.do(K.PLACE_SET, PlaceSet(MENTENG), at=T0 + 10 * HOUR)
    assert life.due == before == T0 + 25 * HOUR + 7 * HOUR


def test_adding_a_pause_never_makes_a_date_earlier() -> None:
    for start in range(0, 30, 3):
        for length in (1, 5, 20):
            life = held()
            before = life.due
            assert before is not None
            at = T0 + HOUR + start * HOUR
            life.do(
                K.CLOCK_PAUSED,
                Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", at + length * HOUR),
                at=at,
            )
            during = life.due
            life.do(K.CLOCK_RESUMED, Resumed(), at=at + HOUR // 2)
            after = life.due
            assert during is not None
            assert after is not None
            assert before <= after <= during


# Fake green (F16) and what a refused completion means


def test_f16_a_claimed_completion_waits_for_a_person() -> None:
    life = held()
    life.do(K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah selesai"), by=LURAH, at=T0 + 2 * HOUR)
    assert (life.state.status, life.state.closed_at) == (Status.AWAITING_VERIFICATION, None)
    assert life.due == T0 + 2 * HOUR + 12 * HOUR, "now the unit's own clock runs"
    life.do(
        K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah selesai, sungguh"), by=LURAH, at=T0 + 9 * HOUR
    )
    assert life.due == T0 + 14 * HOUR, "saying it twice gives the unit no more time"


def test_f16_a_refused_completion_puts_the_report_back_on_the_office_s_clock() -> None:
    life = held()
    life.do(K.REPORT_RESPONDED, Responded(TEBET, ANSWER), by=LURAH, at=T0 + 2 * HOUR)
    assert life.due is None
    life.do(K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah selesai"), by=LURAH, at=T0 + 3 * HOUR)
    refusal = CompletionAnswered("foto lama", Status.AWAITING_VERIFICATION)
    life.do(K.COMPLETION_REFUSED, refusal, at=T0 + 4 * HOUR)
    assert (life.state.status, life.state.refused_completions) == (Status.IN_PROGRESS, 1)
    assert life.due == T0 + 28 * HOUR
    life.do(K.COMPLETION_REFUSED, refusal, by=BUDI, at=T0 + 9 * HOUR)
    assert life.due == T0 + 28 * HOUR, "a second operator who said the same moved nothing"


def test_a_reopened_report_comes_back_to_its_holder_with_time() -> None:
    life = held()
    life.do(K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, base=Status.ROUTED), at=T0 + 2 * HOUR)
    assert life.due is None
    life.do(K.REPORT_REOPENED, Reopened("bukan spam", Status.REJECTED), at=T0 + 50 * HOUR)
    assert (life.state.office, life.state.status, life.state.reopened) == (TEBET, Status.ROUTED, 1)
    assert (life.state.reject_code, life.state.closed_at) == (None, None)
    assert life.due == T0 + 74 * HOUR


def test_what_the_unit_takes_back_is_the_unit_s_and_on_the_unit_s_clock() -> None:
    life = held()
    life.do(K.ROUTING_SENT, RoutingSent(UPT, "perlu dicek ulang", TEBET), at=T0 + 2 * HOUR)
    assert (life.state.office, life.state.status) == (None, Status.NEW)
    assert life.due == T0 + 8 * HOUR


# Traffic context


def test_traffic_context_has_no_date_and_takes_no_routing() -> None:
    life = Life(report(ReportKind.CONTEXT))
    assert life.due is None
    assert life.refused(K.ROUTING_SENT, RoutingSent(TEBET, WHY)) == "traffic_context"
    assert life.refused(K.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM) == "traffic_context"
    pause = Paused(PauseCode.WAITING_REPORTER, WHY, T0 + DAY)
    assert life.refused(K.CLOCK_PAUSED, pause) == "traffic_context"
    assert life.due is None
