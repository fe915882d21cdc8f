"""What an answer is, what a completion is worth, and what a number of them says (F5, F14, F16, F20)."""

from __future__ import annotations

import pytest

from smartcity_desk.domain.events import CompletionAnswered, EventKind
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.figures import office_figures
from smartcity_desk.domain.items import items
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import DAY, MINUTE
from tests.domain.golden.book import BUDI, LAW, TEBET, Story, shown, wib


def tebet() -> Story:
    """Tebet has a report in its inbox since Monday 08:31, so an answer is due on Tuesday 08:31."""
    return Story("2026-04-06 08:00", category="trash").arrives("2026-04-06 08:30", TEBET)


def test_osticket_1684_who_has_answered_is_never_overdue() -> None:
    """osTicket #1684, #1279 and PR 419: "I answer. User disappears. Ticket got overdue. Why?? I did my job." """
    story = tebet().answered("2026-04-06 10:00")
    assert story.waits() == "-"
    assert story.verdict(TEBET, "2026-12-31 00:00") == "on_time"
    assert story.charged(TEBET, "2026-12-31 00:00") == "1:29"


def test_opening_and_acknowledging_are_no_answer() -> None:
    """2.5: "opening or acknowledging is not a response"."""
    story = tebet().seen("2026-04-06 08:40").acknowledged("2026-04-06 08:45")
    assert story.waits() == "2026-04-07 08:31"
    assert story.verdict(TEBET, "2026-04-08 00:00") == "silent"


def test_only_the_first_answer_counts() -> None:
    """2.5: t_resp is the first substantive response. A second one cannot make it late, nor undo that it was."""
    story = tebet().answered("2026-04-07 10:00").answered("2026-04-08 10:00")
    assert story.verdict(TEBET, "2026-04-09 00:00") == "slow"
    assert story.charged(TEBET, "2026-04-09 00:00") == "25:29"


def test_silent_slow_and_empty_are_three_labels() -> None:
    """2.5: "three labels, never one". Late and then not done: slow, and empty beside it."""
    story = tebet().claimed("2026-04-07 12:00").refused("2026-04-07 13:00")
    first = story.segments[1]
    assert (first.office, shown(first.refused_at)) == (TEBET, "2026-04-07 13:00")
    found = items([first], LAW, wib("2026-04-08 00:00"))
    assert [(one.outcome.value, one.empty) for one in found] == [("slow", True)]


def test_f16_a_fake_green_is_green_only_until_somebody_looks() -> None:
    """F16, "TL asal hijau": a claimed completion waits for a person; a refused one gives the work back."""
    story = tebet().claimed("2026-04-06 09:00").refused("2026-04-06 15:00")
    assert story.custody() == [
        "UPT hold: 2026-04-06 08:00 to 2026-04-06 08:30, routed",
        f"{TEBET} hold: 2026-04-06 08:30 to 2026-04-06 09:00, claimed",
        "UPT verify: 2026-04-06 09:00 to 2026-04-06 15:00, refused",
        f"{TEBET} hold: 2026-04-06 15:00 to -, open",
    ]
    assert story.waits() == "2026-04-07 15:00"
    assert story.why(TEBET, "2026-04-06 16:00") == [
        f"given_back 2026-04-06 15:00 {TEBET} <- e4",
        "told_again 2026-04-06 15:00 <- e4",
        "allowance 24:00 golden <- e4",
        "due 2026-04-07 15:00 <- e4",
    ]
    now = wib("2026-04-10 00:00")
    tally = office_figures(TEBET, items(story.segments, LAW, now), LAW, now).latest.tally
    assert (tally.n, tally.on_time, tally.silent, tally.empty) == (2, 1, 1, 1)


def test_verification_is_the_unit_s_time_however_long_it_takes() -> None:
    """2.5: the office is done when it says so, if that holds. The unit is five days late, by its own clock."""
    story = tebet().claimed("2026-04-06 10:31").accepted("2026-04-12 10:31")
    assert story.due(UPT) == "2026-04-06 22:31"
    found = story.item(TEBET, "2026-04-20 00:00")
    assert found is not None
    assert (found.outcome.value, found.empty, found.verified_in_time) == ("on_time", False, True)
    assert story.charged(TEBET, "2026-04-20 00:00") == "2:00"
    assert story.why(UPT, "2026-04-20 00:00") == [
        f"claimed 2026-04-06 10:31 UPT {TEBET} <- e3",
        "allowance_verify 12:00 golden <- e3",
        "due 2026-04-06 22:31 <- e3",
        "left.accepted 2026-04-12 10:31 <- e4",
    ]


def test_the_second_measure_is_the_completion_that_held() -> None:
    """2.5: on time to t_resp; second measure to t_ok. Answered at once, done on the third day."""
    story = tebet().answered("2026-04-06 09:00").claimed("2026-04-08 09:00").accepted("2026-04-08 10:00")
    found = story.item(TEBET, "2026-04-20 00:00")
    assert found is not None
    assert (found.outcome.value, found.verified_in_time) == ("on_time", False)


def test_fixmystreet_897_closed_is_not_fixed_and_reopening_starts_afresh() -> None:
    """FixMyStreet #897 (2014, open), and GLPI #23359: the days while it was closed are nobody's, and no pause."""
    story = tebet().claimed("2026-04-06 10:00").accepted("2026-04-06 11:00").reopened("2026-04-20 08:00")
    assert story.custody()[3:] == [
        "nobody rest: 2026-04-06 11:00 to 2026-04-20 08:00, reopened",
        f"{TEBET} hold: 2026-04-20 08:00 to -, open",
    ]
    assert story.of(TEBET).pauses == ()
    assert story.waits() == "2026-04-21 08:00"
    assert story.verdict(TEBET, "2026-04-22 00:00") == "silent"
    assert story.why("", "2026-04-22 00:00") == ["closed 2026-04-06 11:00 <- e4"]


def test_a_report_that_was_closed_before_its_receipt_came_is_known_to_the_office_when_it_opens_again() -> (
    None
):
    """F8 and reopening: the receipt came while it was closed. The inbox has it, so telling again starts the time."""
    story = Story("2026-04-06 08:00", category="trash").sent("2026-04-06 08:30", TEBET)
    story.claimed("2026-04-06 09:00").accepted("2026-04-06 09:30").received("2026-04-06 10:00")
    assert story.reopened("2026-04-07 08:00").waits() == "2026-04-08 08:00"


def test_a_completion_that_was_claimed_at_its_channel_has_no_time_of_its_claim() -> None:
    """F8, in the unit's favour too: no clock runs from an instant that nobody knows."""
    story = Story("2026-04-06 08:00", status=Status.AWAITING_VERIFICATION)
    assert story.waits() == "-"
    assert story.why(UPT, "2026-04-07 00:00") == ["claimed_at_source 2026-04-06 08:00 <- r"]
    story.refused("2026-04-07 08:00")
    assert story.custody() == [
        "UPT verify: 2026-04-06 08:00 to 2026-04-07 08:00, refused",
        "UPT hold: 2026-04-07 08:00 to -, open",
    ]
    assert story.waits() == "2026-04-07 14:00"


def test_two_operators_who_look_at_the_same_completion_decide_once() -> None:
    """Zammad #246 (2016): two take the same case. The second word changes nothing."""
    story = tebet().claimed("2026-04-06 10:00").refused("2026-04-06 11:00")
    again = CompletionAnswered("foto lama", Status.AWAITING_VERIFICATION)
    story.step("2026-04-06 15:00", EventKind.COMPLETION_REFUSED, again, BUDI)
    assert len(story.segments) == 4
    assert story.waits() == "2026-04-07 11:00"


@pytest.mark.parametrize(
    ("reports", "minutes", "interval"),
    [
        pytest.param(1, 4, None, id="one report fixed in 4 minutes topped a national list [R35]"),
        pytest.param(21, 105, (850, 979), id="Bungur: 105 minutes from 21 reports [R29b]"),
    ],
)
def test_f14_few_reports_win_nothing(reports: int, minutes: int, interval: tuple[int, int] | None) -> None:
    """F14: a number below the least n says nothing; above it the interval stands beside it. No league table."""
    start = wib("2026-04-06 08:31")
    stories = [tebet().answered(shown(start + minutes * MINUTE)) for _ in range(reports)]
    now = start + 10 * DAY
    found = items([one for story in stories for one in story.segments], LAW, now)
    figures = office_figures(TEBET, found, LAW, now)
    latest = figures.latest
    assert (latest.tally.n, latest.share, latest.median_ms) == (reports, 1000, minutes * MINUTE)
    got = latest.interval
    assert (None if got is None else (got.lower, got.upper)) == interval
    assert figures.verdict.finding is Finding.NOT_ENOUGH, "two windows are needed to say anything"
