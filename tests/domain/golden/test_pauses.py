"""When time stands still, for how long, and what no re-classification takes away again (F5, F6, F9, F12, F13)."""

from __future__ import annotations

from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import DueBand, band
from tests.domain.golden.book import CILANDAK, MENTENG, SUDIN, TEBET, Story, shown, wib

REPORTER = PauseCode.WAITING_REPORTER
THIRD = PauseCode.WAITING_THIRD_PARTY


def tebet() -> Story:
    """Tebet has a report in its inbox since Monday 08:31, so an answer is due on Tuesday 08:31."""
    return Story("2026-04-06 08:00", category="trash").arrives("2026-04-06 08:30", TEBET)


def test_osticket_3034_a_report_that_waits_for_its_reporter_costs_the_office_nothing() -> None:
    """osTicket #3034 (asked for from 2016 to 2023, open): pause the clock for a status."""
    story = tebet().paused("2026-04-06 12:31", REPORTER, "2026-04-09 12:31").resumed("2026-04-07 12:31")
    assert story.waits() == "2026-04-08 08:31"
    story.answered("2026-04-08 08:00")
    assert story.verdict(TEBET, "2026-04-10 00:00") == "on_time"
    assert story.charged(TEBET, "2026-04-10 00:00") == "23:29"
    assert story.why(TEBET, "2026-04-10 00:00") == [
        f"routed 2026-04-06 08:30 {TEBET} <- e1",
        "delivered 2026-04-06 08:31 <- e2",
        "allowance 24:00 golden <- e2",
        "paused 2026-04-06 12:31 2026-04-07 12:31 24:00 E5 belum dijawab <- e3",
        "due 2026-04-08 08:31 <- e2",
        "answered 2026-04-08 08:00 <- e5",
    ]


def test_glpi_6902_changing_what_it_is_about_while_it_waits_loses_no_pause() -> None:
    """GLPI #6902 (2020, went stale): on pending, urgency raised, and the waiting time was gone from the limit."""
    story = tebet().paused("2026-04-06 10:31", REPORTER, "2026-04-08 10:31")
    before = story.waits()
    story.categorised("2026-04-07 09:00", "flood").placed("2026-04-07 09:05", TEBET)
    assert before == story.waits() == "2026-04-09 08:31"


def test_glpi_15605_another_allowance_counts_from_the_start_and_keeps_the_days_on_hold() -> None:
    """GLPI #15605 (2023, still seen 2024): the new SLA started from the opening date without the time on hold."""
    story = Story("2026-04-06 09:00", category="flood").arrives("2026-04-06 09:59", SUDIN)
    story.paused("2026-04-06 12:00", REPORTER, "2026-04-08 12:00").resumed("2026-04-08 12:00")
    assert story.waits() == "2026-04-15 10:00", "five working days, and the two on hold"
    story.categorised("2026-04-09 08:00", "road")
    assert story.waits() == "2026-07-01 10:00", "sixty working days, and the two on hold"
    assert story.why(SUDIN, "2026-04-10 00:00") == [
        f"routed 2026-04-06 09:59 {SUDIN} <- e1",
        "delivered 2026-04-06 10:00 <- e2",
        "allowance_category_working 450:00 golden road <- e2",
        "paused 2026-04-06 12:00 2026-04-08 12:00 48:00 E5 belum dijawab <- e3",
        "due 2026-07-01 10:00 <- e2",
    ]


def test_glpi_24481_nothing_is_violated_while_it_is_pending() -> None:
    """GLPI #24481 (2026, open): on pending, with a reason, and violated all the same."""
    story = tebet().paused("2026-04-07 08:00", REPORTER, "2026-04-10 08:00")
    assert story.verdict(TEBET, "2026-04-09 23:59") == "running"
    assert band(wib(story.waits()), story.state.paused(wib("2026-04-09 23:59")), 0) is DueBand.PAUSED
    assert story.charged(TEBET, "2026-04-09 23:59") == "23:29"
    assert story.why(TEBET, "2026-04-09 23:59")[3:] == [
        "paused 2026-04-07 08:00 2026-04-10 08:00 72:00 E5 belum dijawab <- e3",
        "grace 2026-04-10 08:00 4:00 <- e3",
        "due_if_paused 2026-04-10 12:00 <- e3",
    ]


def test_zammad_s_un_pause_does_not_fire_at_once() -> None:
    """F13; Zammad's manual: a ticket that leaves pending "may instantly escalate". One minute was left: now four hours.

    The grace is a gift: an office that uses it has used its 24 hours, and not 28.
    """
    story = tebet().paused("2026-04-07 08:30", REPORTER, "2026-04-10 08:30").resumed("2026-04-09 14:00")
    assert story.waits() == "2026-04-09 18:00"
    assert story.verdict(TEBET, "2026-04-09 18:00") == "running"
    assert story.verdict(TEBET, "2026-04-09 18:01") == "silent"
    story.answered("2026-04-09 17:59")
    assert story.verdict(TEBET, "2026-04-10 00:00") == "on_time"
    assert story.charged(TEBET, "2026-04-10 00:00") == "24:00"
    assert story.why(TEBET, "2026-04-10 00:00")[-4:] == [
        "paused 2026-04-07 08:30 2026-04-09 14:00 53:30 E5 belum dijawab <- e3",
        "grace 2026-04-09 14:00 4:00 <- e4",
        "due 2026-04-09 18:00 <- e2",
        "answered 2026-04-09 17:59 <- e5",
    ]


def test_f13_of_a_long_allowance_a_tenth_is_left_and_in_working_hours() -> None:
    """F13: at least 4 h or 10 %. Of 60 working days one is left when the pause begins, and six when it ends."""
    story = Story("2026-04-03 09:00", category="road").arrives("2026-04-04 09:00", SUDIN, "2026-04-06 07:30")
    assert story.waits() == "2026-06-26 16:30"
    story.paused("2026-06-26 07:30", REPORTER, "2026-07-03 07:30").resumed("2026-06-29 07:30")
    assert story.waits() == "2026-07-06 16:00"
    assert "grace_working 2026-06-29 07:30 45:00 <- e4" in story.why(SUDIN, "2026-07-01 00:00")


def test_f13_a_date_that_had_passed_before_the_pause_is_not_saved_by_it() -> None:
    """F13 is about breaches that a pause would cause. This one was there before anybody paused."""
    story = tebet().paused("2026-04-07 09:00", REPORTER, "2026-04-09 09:00")
    assert story.waits() == "2026-04-07 08:31"
    assert story.verdict(TEBET, "2026-04-08 00:00") == "silent"
    assert story.charged(TEBET, "2026-04-08 00:00") == "24:29"
    assert story.why(TEBET, "2026-04-08 00:00")[3:] == ["due 2026-04-07 08:31 <- e2"]


def test_f5_a_pause_that_nobody_ends_is_over_by_itself() -> None:
    """F5: auto-resume, and a maximum length. Who presses the button five days later gives no more time by it."""
    story = tebet().paused("2026-04-06 12:31", REPORTER, "2026-04-08 12:31")
    assert story.waits() == "2026-04-09 08:31"
    story.resumed("2026-04-13 12:31")
    assert story.waits() == "2026-04-09 08:31"
    assert story.of(TEBET).pauses[0].closed_by is None
    assert story.verdict(TEBET, "2026-04-13 13:00") == "silent"


def test_f6_waiting_for_a_third_party_is_a_supervisor_s_pause_and_stands_in_the_reasons() -> None:
    """F6: LAPOR! knows "Tunda"; osTicket's pause is missing since 2016. It is visible, with code and reason."""
    story = tebet().paused("2026-04-06 20:31", THIRD, "2026-05-06 20:31")
    assert story.waits() == "2026-05-07 08:31"
    assert "paused 2026-04-06 20:31 2026-05-06 20:31 720:00 E6 belum dijawab <- e3" in story.why(
        TEBET, "2026-04-20 00:00"
    )


def test_f8_what_was_paused_before_the_receipt_was_never_the_office_s() -> None:
    """F8: no clock before delivery, so nothing to stop either. Only what is left of the pause after it counts."""
    story = Story("2026-04-06 08:00").sent("2026-04-06 08:30", TEBET)
    story.paused("2026-04-06 09:00", PauseCode.OUTAGE, "2026-04-07 09:00").received("2026-04-06 20:00")
    assert story.waits() == "2026-04-08 09:00", "24 hours from the end of the pause"
    assert story.charged(TEBET, "2026-04-07 10:00") == "1:00"
    assert story.why(TEBET, "2026-04-07 12:00")[3:] == [
        "paused 2026-04-06 20:00 2026-04-07 09:00 13:00 E8 belum dijawab <- e2",
        "due 2026-04-08 09:00 <- e3",
    ]


def test_f12_a_pause_that_was_running_when_the_report_left_still_protects_whom_it_was_for() -> None:
    """F12: pauses are segments and not a counter. Tebet was waiting for the reporter when the unit moved the report on.

    Without the pause Tebet would have been silent; with it, the report left before anything was due.
    """
    story = tebet().paused("2026-04-07 08:00", REPORTER, "2026-04-16 08:00").sent("2026-04-09 10:00", MENTENG)
    pause = story.of(TEBET).pauses[0]
    assert (shown(pause.since), shown(pause.until), pause.closed_by) == (
        "2026-04-07 08:00",
        "2026-04-09 10:00",
        "e4",
    )
    assert story.verdict(TEBET, "2026-05-01 00:00") == "no item"


def test_f12_a_hand_back_that_is_accepted_in_a_pause_keeps_it() -> None:
    """The same, by the other door out of an office."""
    story = tebet().paused("2026-04-07 08:00", REPORTER, "2026-04-16 08:00")
    story.handed_back("2026-04-08 08:00").hand_back_accepted("2026-04-09 10:00")
    assert story.of(TEBET).pauses[0].closed_by == "e5"
    assert story.due(TEBET) == "2026-04-09 14:00"
    assert story.verdict(TEBET, "2026-05-01 00:00") == "no item"


def test_a_pause_for_the_office_s_work_does_not_hide_how_long_the_unit_takes_to_look_at_it() -> None:
    """2.5, where the paper is silent: the pause was the office's. It goes on when the work comes back, not before."""
    story = tebet().paused("2026-04-06 10:00", REPORTER, "2026-04-10 10:00").claimed("2026-04-06 12:00")
    assert story.waits() == "2026-04-07 00:00", "the unit's twelve hours"
    assert story.charged(TEBET, "2026-04-07 00:00") == "1:29"
    story.refused("2026-04-07 09:00")
    assert story.waits() == "2026-04-11 10:00", "24 hours of its own, after the pause"


def test_the_unit_may_wait_for_the_reporter_s_word_on_whether_the_work_is_done() -> None:
    """E5 while the unit verifies: its own twelve hours stand still, of which one is used."""
    story = tebet().claimed("2026-04-06 12:00").paused("2026-04-06 13:00", REPORTER, "2026-04-08 13:00")
    assert story.waits() == "2026-04-09 00:00"
    assert story.why(UPT, "2026-04-07 00:00") == [
        f"claimed 2026-04-06 12:00 UPT {TEBET} <- e3",
        "allowance_verify 12:00 golden <- e3",
        "paused 2026-04-06 13:00 2026-04-08 13:00 48:00 E5 belum dijawab <- e4",
        "due_if_paused 2026-04-09 00:00 <- e4",
    ]


def test_however_often_it_was_paused_the_reasons_fit_in_twelve_lines() -> None:
    """Capability 1: at most 12 lines, each naming an event. The earliest pauses are told together."""
    story = Story("2026-04-05 08:00", category="road").arrives("2026-04-06 07:00", SUDIN, "2026-04-06 07:30")
    for day in range(10, 24):
        story.paused(f"2026-04-{day} 08:00", REPORTER, f"2026-04-{day} 09:00")
    lines = story.why(SUDIN, "2026-04-24 00:00")
    assert len(lines) == 12
    assert lines[3] == "earlier_stops 7 7:00 <- e3"
    assert lines[4] == "paused 2026-04-17 08:00 2026-04-17 09:00 1:00 E5 belum dijawab <- e10"
    assert lines[-1] == "due 2026-06-30 10:00 <- e2", "of the fourteen hours ten were working ones"


def test_a_correction_of_the_category_does_not_fire_at_once() -> None:
    """F12 and F13, where the papers are silent: no office can keep a date that nobody could tell it.

    For ten days it was a broken road with 60 working days. Then it is rubbish after all: 24 hours, from the correction.
    """
    story = Story("2026-04-06 08:00", category="road").arrives("2026-04-06 08:30", TEBET)
    story.categorised("2026-04-16 10:00", "trash")
    assert story.waits() == "2026-04-17 10:00"
    assert story.verdict(TEBET, "2026-04-16 10:01") == "running"
    assert story.why(TEBET, "2026-04-16 11:00") == [
        f"routed 2026-04-06 08:30 {TEBET} <- e1",
        "delivered 2026-04-06 08:31 <- e2",
        "allowance 24:00 golden <- e2",
        "recategorised 2026-04-16 10:00 trash <- e3",
        "due 2026-04-17 10:00 <- e2",
    ]


def test_a_correction_of_the_category_never_gives_less_than_was_left() -> None:
    """The same where less was left: the office keeps the old date, and gains nothing by the correction."""
    story = Story("2026-04-06 08:00", category="road").arrives("2026-04-06 08:30", TEBET)
    old = story.waits()
    story.categorised("2026-06-29 08:00", "trash")
    assert old == story.waits() == "2026-06-29 08:31"


def test_an_answer_that_was_in_time_when_it_was_given_stays_in_time() -> None:
    """2.4: answered on the fifth day of sixty; two days later the category is corrected to one with 24 hours."""
    story = Story("2026-04-06 08:00", category="road").arrives("2026-04-06 08:30", CILANDAK)
    story.answered("2026-04-13 09:00")
    assert story.verdict(CILANDAK, "2026-04-14 00:00") == "on_time"
    story.categorised("2026-04-15 09:00", "trash")
    assert story.verdict(CILANDAK, "2026-04-20 00:00") == "on_time"


def test_f9_work_that_takes_months_has_its_category_s_time_or_a_plan_that_a_supervisor_accepts() -> None:
    """F9: SE 40/2019 allows adapted time for hard cases; a milestone plan (E9) stands instead of a completion."""
    story = Story("2026-04-06 07:00", category="road").arrives("2026-04-06 07:29", SUDIN)
    assert story.waits() == "2026-06-26 16:30"
    story.paused("2026-04-08 07:30", PauseCode.LONG_WORK, "2026-09-30 07:30")
    assert story.waits() == "2026-12-18 16:30"
    assert story.verdict(SUDIN, "2026-09-01 00:00") == "running"
