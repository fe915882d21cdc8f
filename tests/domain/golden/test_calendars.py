"""In which time it is counted, and when it stands still by declaration (2.4, F7, F8; the calendars of 2026)."""

from __future__ import annotations

from dataclasses import replace

from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.figures import office_figures
from smartcity_desk.domain.items import items
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.times import HOUR
from tests.domain.golden.book import LAW, MENTENG, POLICY, SITI, SUDIN, TEBET, Story, declared, law, wib

FLOOD = declared(PauseCode.CALAMITY, "2026-04-06 12:00", "2026-04-08 12:00", "31.74")
"""A flood in Jakarta Selatan, from Monday noon to Wednesday noon."""


def tebet(category: str = "trash", channel: str = "jaki") -> Story:
    """Tebet has a report in its inbox since Monday 08:31, so an answer is due on Tuesday 08:31."""
    return Story("2026-04-06 08:00", category=category, channel=channel).arrives("2026-04-06 08:30", TEBET)


def sudin(reported: str, received: str) -> Story:
    return Story(reported, category="flood").sent(reported, SUDIN).received(received)


def test_the_lunch_break_is_nobody_s_time() -> None:
    """Frappe Helpdesk #1675 and #2212: the break of the working day was counted."""
    story = sudin("2026-04-06 10:59", "2026-04-06 11:00").answered("2026-04-06 13:30")
    assert story.charged(SUDIN, "2026-04-07 00:00") == "1:30"


def test_the_friday_break_is_half_an_hour_longer_and_the_day_too() -> None:
    """2.4, Perpres 21/2023: Friday 07.30-11.30 and 13.00-16.30."""
    story = sudin("2026-04-10 10:59", "2026-04-10 11:00")
    assert story.due(SUDIN) == "2026-04-17 11:00"
    story.answered("2026-04-10 14:00")
    assert story.charged(SUDIN, "2026-04-11 00:00") == "1:30"


def test_in_ramadan_five_working_days_are_still_as_many_hours() -> None:
    """2.4: Ramadan hours are calendar data. 32.5 hours a week, so 37.5 hours take a day more."""
    story = sudin("2026-03-02 07:00", "2026-03-02 08:00")
    assert story.due(SUDIN) == "2026-03-09 13:30"
    assert story.why(SUDIN, "2026-03-03 00:00") == [
        f"routed 2026-03-02 07:00 {SUDIN} <- e1",
        "delivered 2026-03-02 08:00 <- e2",
        "allowance_working 37:30 golden <- e2",
        "days_off 6 Ramadan <- e2",
        "due 2026-03-09 13:30 <- e2",
    ]


def test_joint_leave_and_holidays_are_no_working_days() -> None:
    """2.4: cuti bersama is calendar data. Nyepi and Idulfitri of 2026 lie in one week: no work from 18 to 24 March."""
    story = sudin("2026-03-16 07:00", "2026-03-16 08:00")
    assert story.due(SUDIN) == "2026-03-30 09:30"
    names = "Ramadan, Cuti bersama Nyepi, Nyepi, Cuti bersama Idulfitri"
    assert f"days_off 7 {names} <- e2" in story.why(SUDIN, "2026-03-17 00:00")


def test_the_kelurahan_s_24_hours_are_on_the_wall_whatever_day_it_is() -> None:
    """2.4: two calendars at once. PPSU works on weekends, and on Idulfitri."""
    story = Story("2026-03-21 08:00").arrives("2026-03-21 08:59", TEBET)
    assert story.due(TEBET) == "2026-03-22 09:00"
    assert not any(line.startswith("days_off") for line in story.why(TEBET, "2026-03-21 10:00"))


def test_an_answer_in_the_night_after_the_last_working_hour_has_cost_no_more_of_it() -> None:
    """2.5: on time is chargeable time <= policy. Friday 16:30 to Monday 07:30 is nobody's working time."""
    received = ("2026-04-11 09:00", "2026-04-11 10:00")
    story = sudin(*received).answered("2026-04-18 09:00")
    assert story.due(SUDIN) == "2026-04-17 16:30"
    assert story.verdict(SUDIN, "2026-04-21 00:00") == "on_time"
    assert story.charged(SUDIN, "2026-04-21 00:00") == "37:30"
    late = sudin(*received).answered("2026-04-20 07:31")
    assert late.verdict(SUDIN, "2026-04-21 00:00") == "slow"
    assert late.charged(SUDIN, "2026-04-21 00:00") == "37:31"


def test_f7_in_a_declared_flood_the_clocks_of_the_area_stand_still() -> None:
    """F7: a declared event (area and time) pauses, signed: the line names the declaration."""
    story = tebet()
    assert story.due(TEBET) == "2026-04-07 08:31"
    under = law(FLOOD)
    assert story.due(TEBET, under) == "2026-04-09 08:31"
    assert story.why(TEBET, "2026-04-09 00:00", under)[3:] == [
        "declared 2026-04-06 12:00 2026-04-08 12:00 48:00 E7 air setinggi pinggang <- x",
        "due 2026-04-09 08:31 <- e2",
    ]
    elsewhere = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", MENTENG)
    assert elsewhere.due(MENTENG, under) == "2026-04-07 08:31"


def test_f7_the_flood_is_where_the_report_is_and_not_only_where_its_holder_sits() -> None:
    """F7, area and time: a sudin is below no kecamatan, but its pumps stand in Tebet."""
    under = law(FLOOD)
    story = sudin("2026-04-06 08:00", "2026-04-06 08:31")
    assert story.due(SUDIN, under) == "2026-04-13 08:31"
    story.placed("2026-04-06 09:00", TEBET)
    assert story.due(SUDIN, under) == "2026-04-15 08:31"


def test_f7_life_and_limb_never_wait_for_a_flood_to_end() -> None:
    """F7: non-emergency clocks. A torn power line is worse in a flood."""
    under = law(FLOOD)
    assert tebet("fallen_wire").due(TEBET, under) == "2026-04-07 08:31"


def test_f7_a_supervisor_may_still_pause_one_report_about_life_and_limb() -> None:
    """F7, where the paper is silent: a declaration is for all, and says nothing of this one.

    A pause is a person's word on this report, with his name and reason; an official who relied on it is protected.
    """
    story = tebet("fallen_wire").paused("2026-04-06 12:00", PauseCode.CALAMITY, "2026-04-06 18:00", SITI)
    assert story.due(TEBET, law(FLOOD)) == "2026-04-07 14:31"


def test_f7_when_the_flood_is_over_early_the_clocks_are_as_if_nothing_more_had_been_said() -> None:
    """Ending a declaration restores clocks exactly; one that is taken back whole leaves no trace."""
    story = tebet()
    area = ("31.74",)
    early = declared(PauseCode.CALAMITY, "2026-04-06 12:00", "2026-04-07 00:00", *area, ended_by="y")
    short = declared(PauseCode.CALAMITY, "2026-04-06 12:00", "2026-04-07 00:00", *area)
    void = declared(PauseCode.CALAMITY, "2026-04-06 12:00", "2026-04-06 12:00", *area, ended_by="y")
    assert story.due(TEBET, law(early)) == story.due(TEBET, law(short)) == "2026-04-07 20:31"
    assert story.clock(TEBET, law(void)) == story.clock(TEBET)


def test_f7_a_flood_that_is_declared_afterwards_takes_the_red_away() -> None:
    """F7 and F12: everything is worked out from events. It is signed on Thursday for Monday to Wednesday."""
    story = tebet().answered("2026-04-09 08:00")
    assert story.verdict(TEBET, "2026-04-10 00:00") == "slow"
    assert story.verdict(TEBET, "2026-04-10 00:00", law(FLOOD)) == "on_time"
    assert story.charged(TEBET, "2026-04-10 00:00", law(FLOOD)) == "23:29"


def test_a_pause_in_a_flood_is_subtracted_once() -> None:
    """2.5: chargeable time is calendar time minus pauses, and a minute is one minute however many reasons it has."""
    story = tebet().paused("2026-04-06 10:31", PauseCode.WAITING_REPORTER, "2026-04-07 10:31")
    both = law(declared(PauseCode.CALAMITY, "2026-04-06 22:31", "2026-04-07 22:31"))
    assert story.due(TEBET, both) == "2026-04-08 20:31"


def test_f8_an_outage_of_a_channel_stops_the_clocks_of_its_reports_only() -> None:
    """F8: channel outage windows are subtracted; "channel healthy" is part of being eligible (2.5)."""
    under = law(
        declared(
            PauseCode.OUTAGE, "2026-04-06 20:00", "2026-04-07 02:00", channels=["jaki"], reason="JAKI padam"
        )
    )
    assert tebet(channel="jaki").due(TEBET, under) == "2026-04-07 14:31"
    assert tebet(channel="x").due(TEBET, under) == "2026-04-07 08:31"


def test_f8_of_636_reports_that_never_arrived_none_counts() -> None:
    """F8: 636 red in Qlue, about 10 in the office's own list [R7]. No clock before confirmed delivery."""
    stories = [Story("2026-04-06 08:00").sent("2026-04-06 08:30", TEBET) for _ in range(626)]
    stories += [tebet() for _ in range(10)]
    now = wib("2026-04-20 00:00")
    found = items([one for story in stories for one in story.segments], LAW, now)
    figures = office_figures(TEBET, found, LAW, now)
    assert (figures.latest.tally.n, figures.latest.tally.silent, figures.overdue) == (10, 10, 10)
    assert stories[0].why(TEBET, "2026-04-20 00:00") == [
        f"routed 2026-04-06 08:30 {TEBET} <- e1",
        f"not_delivered {TEBET} <- e1",
    ]


def test_f8_a_receipt_three_days_late_starts_the_clock_three_days_later() -> None:
    """F8: the inbox was down until Thursday; the disposition of Monday starts nothing."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET, "2026-04-09 10:00")
    assert story.due(TEBET) == "2026-04-10 10:00"


def test_a_stricter_policy_is_for_what_comes_after_it() -> None:
    """2.4: deadlines are data with an effective date. A clock runs under the one in force when it began."""
    strict = replace(
        POLICY,
        version="ketat",
        effective_from=wib("2026-04-07 00:00"),
        response=dict(POLICY.response) | {OfficeLevel.KELURAHAN: 12 * HOUR},
    )
    under = law(policies=[POLICY, strict])
    before = tebet()
    after = Story("2026-04-07 08:00").arrives("2026-04-07 08:30", TEBET)
    assert before.due(TEBET, under) == "2026-04-07 08:31"
    assert after.due(TEBET, under) == "2026-04-07 20:31"
    assert before.why(TEBET, "2026-04-08 00:00", under)[2] == "allowance 24:00 golden <- e2"
    assert after.why(TEBET, "2026-04-08 00:00", under)[2] == "allowance 12:00 ketat <- e2"
    strict_now = before.categorised("2026-04-07 01:00", "flood")
    assert strict_now.due(TEBET, under) == "2026-04-07 08:31", "not even by another category"
