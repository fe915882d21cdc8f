"""Whose time it is: hand-backs, hand-overs, third parties, duplicates, new holders (F1-F4, F10, F11, F19)."""

from __future__ import annotations

from smartcity_desk.domain.events import EventKind, ExclusionCode, PauseCode, RejectCode, RoutingSent
from smartcity_desk.domain.office import UPT, Tenure
from tests.domain.golden.book import (
    BUDI,
    CILANDAK,
    LEBAK_BULUS,
    MENTENG,
    PLN,
    SUDIN,
    TEBET,
    Story,
    law,
    wib,
)


def test_f1_an_accepted_hand_back_clears_the_office_and_puts_the_unit_on_its_clock() -> None:
    """F1: "not our authority, yet in our load". Tebet hands back in time, the unit agrees after the due date."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.handed_back("2026-04-07 07:00", SUDIN).hand_back_accepted("2026-04-07 10:00")
    assert story.custody() == [
        "UPT hold: 2026-04-06 08:00 to 2026-04-06 08:30, routed",
        f"{TEBET} hold: 2026-04-06 08:30 to 2026-04-07 10:00, return_accepted",
        "UPT hold: 2026-04-07 10:00 to -, open",
    ]
    assert story.verdict(TEBET, "2026-04-08 00:00") == "silent E1 return_accepted e4"
    assert story.waits() == "2026-04-07 16:00"
    assert story.why(TEBET, "2026-04-08 00:00") == [
        f"routed 2026-04-06 08:30 {TEBET} <- e1",
        "delivered 2026-04-06 08:31 <- e2",
        "allowance 24:00 golden <- e2",
        "due 2026-04-07 08:31 <- e2",
        "left.return_accepted 2026-04-07 10:00 <- e4",
    ]


def test_f1_a_hand_back_that_is_accepted_before_the_date_leaves_no_item_at_all() -> None:
    """F1: what left an office before it was due decides nothing about it."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.handed_back("2026-04-06 09:00").hand_back_accepted("2026-04-06 11:00")
    assert story.verdict(TEBET, "2026-04-20 00:00") == "no item"
    assert story.waits() == "2026-04-06 17:00"


def test_f1_a_refused_hand_back_charges_the_office_that_handed_back() -> None:
    """F1: "a rejected hand-back charges the one who handed back": the date stays what it was."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.handed_back("2026-04-07 07:00").hand_back_refused("2026-04-07 10:00").answered("2026-04-07 12:31")
    assert story.due(TEBET) == "2026-04-07 08:31"
    assert story.verdict(TEBET, "2026-04-08 00:00") == "slow"
    assert story.charged(TEBET, "2026-04-08 00:00") == "28:00"
    assert story.why(TEBET, "2026-04-08 00:00")[-3:] == [
        "return_refused 1 <- e4",
        "due 2026-04-07 08:31 <- e2",
        "answered 2026-04-07 12:31 <- e5",
    ]


def test_f1_while_the_unit_has_not_answered_a_hand_back_nothing_is_counted() -> None:
    """F1, where the paper is silent: the office has said its word, and only the unit can say whether it is right.

    Counting the item against it meanwhile would let the unit's own delay mark an official; so E1 stands for now.
    """
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET).handed_back("2026-04-06 15:00")
    assert story.waits() == "2026-04-07 08:31", "the date itself does not move"
    assert story.verdict(TEBET, "2026-04-10 00:00") == "silent E1 return_pending e3"
    assert story.why(TEBET, "2026-04-10 00:00")[-2:] == [
        "returned 2026-04-06 15:00 <- e3",
        "due 2026-04-07 08:31 <- e2",
    ]
    story.hand_back_refused("2026-04-10 09:00")
    assert story.verdict(TEBET, "2026-04-10 10:00") == "silent"


def test_f1_a_hand_back_of_work_that_is_claimed_done_is_heard_too() -> None:
    """F1: Tebet clears the drain and says that drains are not its own; the unit agrees while it looks at the work."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET).claimed("2026-04-08 08:31")
    story.handed_back("2026-04-08 08:40", SUDIN).hand_back_accepted("2026-04-08 09:00")
    assert story.custody() == [
        "UPT hold: 2026-04-06 08:00 to 2026-04-06 08:30, routed",
        f"{TEBET} hold: 2026-04-06 08:30 to 2026-04-08 08:31, claimed",
        "UPT verify: 2026-04-08 08:31 to 2026-04-08 09:00, return_accepted",
        "UPT hold: 2026-04-08 09:00 to -, open",
    ]
    assert story.verdict(TEBET, "2026-04-09 00:00") == "slow E1 return_accepted e5"


def test_glpi_1911_the_next_holder_has_all_of_its_own_time() -> None:
    """GLPI #1911 (F11): created 09:00, group 1 has two hours; at 10:30 group 2 gets it, with one hour, and is late at

    11:00. Here Tebet lets it lie for 23 hours 30 minutes; Cilandak Barat still has its 24 hours from its own receipt.
    """
    story = Story("2026-04-06 09:00").arrives("2026-04-06 09:00", TEBET)
    story.sent("2026-04-07 08:30", CILANDAK).received("2026-04-07 08:31")
    assert story.custody() == [
        "UPT hold: 2026-04-06 09:00 to 2026-04-06 09:00, routed",
        f"{TEBET} hold: 2026-04-06 09:00 to 2026-04-07 08:30, routed",
        f"{CILANDAK} hold: 2026-04-07 08:30 to -, open",
    ]
    assert story.due(TEBET) == "2026-04-07 09:01"
    assert story.waits() == "2026-04-08 08:31"
    assert story.verdict(TEBET, "2026-04-09 00:00") == "no item"
    assert story.why(CILANDAK, "2026-04-07 09:30") == [
        f"routed 2026-04-07 08:30 {CILANDAK} <- e3",
        "delivered 2026-04-07 08:31 <- e4",
        "allowance 24:00 golden <- e4",
        "due 2026-04-08 08:31 <- e4",
    ]


def test_the_cilandak_hand_over_charges_three_lost_days_to_nobody_who_could_not_act() -> None:
    """R11, a day with CROP in Cilandak Barat, May 2016: three days were lost because the report sat in the wrong

    kelurahan and CROP could not send it on. Lebak Bulus said so on the first day; the unit took three days to agree.
    The days are the unit's, and Cilandak Barat starts afresh.
    """
    story = Story("2016-05-09 07:30").arrives("2016-05-09 08:00", LEBAK_BULUS)
    story.handed_back("2016-05-09 09:00", CILANDAK)
    story.sent("2016-05-12 09:00", CILANDAK).received("2016-05-12 09:05").answered("2016-05-12 11:35")
    assert story.custody() == [
        "UPT hold: 2016-05-09 07:30 to 2016-05-09 08:00, routed",
        f"{LEBAK_BULUS} hold: 2016-05-09 08:00 to 2016-05-12 09:00, return_accepted",
        "UPT hold: 2016-05-12 09:00 to 2016-05-12 09:00, routed",
        f"{CILANDAK} hold: 2016-05-12 09:00 to -, open",
    ]
    assert story.verdict(LEBAK_BULUS, "2016-06-01 00:00") == "silent E1 return_accepted e4"
    assert story.due(CILANDAK) == "2016-05-13 09:05"
    assert story.verdict(CILANDAK, "2016-06-01 00:00") == "on_time"
    assert story.charged(CILANDAK, "2016-06-01 00:00") == "2:30"


def test_osticket_1_7_606_another_department_has_its_own_rule_and_not_the_first_one_s() -> None:
    """osTicket-1.7 #606 (open since 2013): a ticket that is transferred keeps the SLA of the first department."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.sent("2026-04-06 10:00", SUDIN).received("2026-04-06 10:00")
    assert story.waits() == "2026-04-13 10:00", "five working days, and not 24 hours"
    assert story.why(SUDIN, "2026-04-06 12:00") == [
        f"routed 2026-04-06 10:00 {SUDIN} <- e3",
        "delivered 2026-04-06 10:00 <- e4",
        "allowance_working 37:30 golden <- e4",
        "due 2026-04-13 10:00 <- e4",
    ]


def test_zammad_5624_nothing_of_the_former_holder_s_clock_is_left() -> None:
    """Zammad #5624 (2025): passed from Support to Sales, the ticket keeps an update time that only Support has.

    Here even Tebet's pause and Tebet's answer stay behind.
    """
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.answered("2026-04-06 09:00").paused(
        "2026-04-06 09:30", PauseCode.WAITING_REPORTER, "2026-04-10 09:30"
    )
    story.sent("2026-04-06 12:00", MENTENG).received("2026-04-06 12:10")
    assert story.of(TEBET).pauses[0].closed_by == "e5"
    assert story.of(MENTENG).pauses == ()
    assert story.waits() == "2026-04-07 12:10"
    assert story.verdict(MENTENG, "2026-04-08 00:00") == "silent"
    assert story.verdict(TEBET, "2026-04-08 00:00") == "on_time"


def test_f2_a_third_party_holds_without_a_clock_of_the_city_s() -> None:
    """F2: CROP could not send anything to private utilities. PLN can hold a report; nobody judges it."""
    story = Story("2026-04-06 08:00", category="power").arrives("2026-04-06 08:30", PLN)
    assert story.waits() == "-"
    assert story.verdict(PLN, "2026-12-01 00:00") == "no item"
    assert story.why(PLN, "2026-04-08 00:00") == [
        f"routed 2026-04-06 08:30 {PLN} <- e1",
        "delivered 2026-04-06 08:31 <- e2",
        f"no_allowance {PLN} <- e1",
    ]


def test_f2_a_category_s_own_allowance_gives_a_third_party_no_date_either() -> None:
    """F2 and F9: broken roads have 60 working days, for the city's offices. A toll road's operator is not one."""
    story = Story("2026-04-06 08:00", category="road").arrives("2026-04-06 08:30", PLN)
    assert story.waits() == "-"


def test_f3_a_duplicate_counts_against_nobody_who_ever_held_it() -> None:
    """F3: duplicates inflate the load. Tebet was late, Cilandak Barat holds it now; then it turns out to be one."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.sent("2026-04-07 12:00", CILANDAK).received("2026-04-07 12:00")
    assert story.verdict(TEBET, "2026-04-09 00:00") == "silent"
    story.rejected("2026-04-09 12:00", RejectCode.DUPLICATE)
    assert story.verdict(TEBET, "2026-04-10 00:00") == "silent E3 rejected_duplicate e5"
    assert story.verdict(CILANDAK, "2026-04-10 00:00") == "silent E3 rejected_duplicate e5"
    assert story.custody()[-1] == "nobody rest: 2026-04-09 12:00 to -, open"


def test_f4_a_report_that_is_no_spam_after_all_counts_again_and_starts_afresh() -> None:
    """F4: an operator takes it for spam and corrects himself. What Tebet missed before that it did miss."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.rejected("2026-04-07 12:00", RejectCode.SPAM)
    assert story.verdict(TEBET, "2026-04-08 00:00") == "silent E4 rejected_spam e3"
    story.reopened("2026-04-09 08:00")
    first = story.segments[1]
    assert (first.office, first.reject_code) == (TEBET, None)
    assert story.due(TEBET) == "2026-04-10 08:00"
    assert story.verdict(TEBET, "2026-04-09 12:00") == "running"
    assert story.why(TEBET, "2026-04-09 12:00") == [
        f"given_back 2026-04-09 08:00 {TEBET} <- e4",
        "told_again 2026-04-09 08:00 <- e4",
        "allowance 24:00 golden <- e4",
        "due 2026-04-10 08:00 <- e4",
    ]


def test_f10_a_new_lurah_starts_with_a_clean_sheet_and_the_office_keeps_the_report() -> None:
    """F10: segments belong to the office. What came in before the new holder's first day is not his."""
    tenures = [
        Tenure(TEBET, "lama", wib("2024-01-01 00:00"), wib("2026-04-08 00:00")),
        Tenure(TEBET, "baru", wib("2026-04-08 00:00")),
    ]
    under = law(tenures=tenures)
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    assert story.verdict(TEBET, "2026-04-07 12:00", under) == "silent"
    assert story.verdict(TEBET, "2026-04-08 12:00", under) == "silent E10 new_holder -"
    assert story.due(TEBET, under) == "2026-04-07 08:31", "the report itself is as overdue as it was"


def test_f10_who_comes_back_from_leave_is_no_new_holder_and_does_not_answer_for_the_acting_one() -> None:
    """F10, where the paper is silent: a leave must not wipe a record clean, and no Plt's items become the lurah's.

    On leave from 8 to 14 April. Items of 1 April are the lurah's, those of 9 April were the acting one's; one that
    came on the lurah's last day and fell due on the Plt's first belongs to neither of them.
    """
    under = law(
        tenures=[
            Tenure(TEBET, "lurah", wib("2024-01-01 00:00"), wib("2026-04-08 00:00")),
            Tenure(TEBET, "plt", wib("2026-04-08 00:00"), wib("2026-04-15 00:00"), acting=True),
            Tenure(TEBET, "lurah", wib("2026-04-15 00:00")),
        ]
    )
    his = Story("2026-04-01 08:00").arrives("2026-04-01 08:30", TEBET)
    acting = Story("2026-04-09 08:00").arrives("2026-04-09 08:30", TEBET)
    between = Story("2026-04-07 08:00").arrives("2026-04-07 08:30", TEBET)
    now = "2026-04-20 00:00"
    assert his.verdict(TEBET, now, under) == "silent"
    assert acting.verdict(TEBET, now, under) == "silent E10 new_holder -"
    assert between.verdict(TEBET, now, under) == "silent E10 new_holder -"
    assert acting.verdict(TEBET, "2026-04-12 00:00", under) == "silent", "while he acts, it is the Plt's"
    assert his.verdict(TEBET, "2026-04-12 00:00", under) == "silent E10 new_holder -"


def test_a_report_that_the_unit_takes_back_late_still_counts_until_somebody_says_why_not() -> None:
    """Every exclusion has a code, a person and a reason: moving a report on does not launder what was missed.

    The reviewer who finds that it had been sent to the wrong office says E1, and may take it back.
    """
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.sent("2026-04-07 12:00", SUDIN)
    segment = story.of(TEBET).id
    assert story.verdict(TEBET, "2026-04-08 00:00") == "silent"
    story.excluded("2026-04-08 09:00", segment, TEBET, ExclusionCode.MISROUTED)
    assert story.verdict(TEBET, "2026-04-09 00:00") == "silent E1 siti e4"
    story.counted("2026-04-09 09:00", segment, TEBET, ExclusionCode.MISROUTED)
    assert story.verdict(TEBET, "2026-04-10 00:00") == "silent"


def test_f19_an_ambiguous_place_is_taken_out_until_it_is_confirmed() -> None:
    """F19, E11: the point lies on the border of two kelurahan."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    story.excluded("2026-04-06 09:00", story.of(TEBET).id, TEBET, ExclusionCode.AMBIGUOUS_PLACE)
    assert story.verdict(TEBET, "2026-04-08 00:00") == "silent E11 siti e3"


def test_the_unit_s_own_delay_is_the_unit_s_and_never_the_office_s() -> None:
    """2.5: holders include the UPT. It sat on the report for two days; Tebet's clock knows nothing of that."""
    story = Story("2026-04-04 08:00").arrives("2026-04-06 08:30", TEBET, "2026-04-06 08:31")
    first = story.segments[0]
    assert (first.office, first.until) == (UPT, wib("2026-04-06 08:30"))
    assert story.due(UPT) == "2026-04-04 14:00"
    assert story.due(TEBET) == "2026-04-07 08:31"
    assert story.why(UPT, "2026-04-07 00:00") == [
        "reported 2026-04-04 08:00 UPT <- r",
        "allowance 6:00 golden <- r",
        "due 2026-04-04 14:00 <- r",
        "left.routed 2026-04-06 08:30 <- e1",
    ]


def test_two_desks_that_send_it_to_the_same_office_give_it_no_second_time() -> None:
    """2.5: one segment, whoever says it again. Budi was offline and had not seen that Ani sent it."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 08:30", TEBET)
    late = RoutingSent(TEBET, "wilayahnya", None)
    story.step("2026-04-06 08:29", EventKind.ROUTING_SENT, late, BUDI)
    assert len(story.segments) == 2
    assert story.waits() == "2026-04-07 08:31"
