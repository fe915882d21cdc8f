"""Events that come twice, late, out of order, or from a clock that is wrong (F12, F17)."""

from __future__ import annotations

from dataclasses import replace

from smartcity_desk.domain.custody import origin_of, segments
from smartcity_desk.domain.events import PauseCode
from tests.domain.golden.book import CILANDAK, MENTENG, TEBET, Story, shown


def tebet() -> Story:
    """Tebet has a report in its inbox since Monday 08:31, so an answer is due on Tuesday 08:31."""
    return Story("2026-04-06 08:00", category="trash").arrives("2026-04-06 08:30", TEBET)


def test_f17_green_does_not_turn_red_again_when_it_is_synchronised_twice() -> None:
    """F17: "green turned red again" [R7]. Each event counts once, in the server's order, however often it comes."""
    story = tebet().answered("2026-04-06 10:00").claimed("2026-04-06 12:00").accepted("2026-04-06 13:00")
    once = story.segments
    pending = [replace(event, seq=None, order=number) for number, event in enumerate(story.events)]
    twice = [*pending, *reversed(story.events), *story.events]
    assert segments(origin_of(story.report), twice) == once
    assert story.custody()[-1] == "nobody rest: 2026-04-06 13:00 to -, open"


def test_f17_a_pending_answer_is_green_before_the_server_says_so_and_after() -> None:
    """F17: the desk's own event stands last until it is confirmed under the same id."""
    story = tebet().answered("2026-04-06 10:00")
    *confirmed, answer = story.events
    waiting = segments(origin_of(story.report), [*confirmed, replace(answer, seq=None)])
    assert waiting == story.segments


def test_a_clock_that_runs_behind_makes_no_time_negative() -> None:
    """Clock skew: the official's computer is two hours behind, and answers before it had the report."""
    story = tebet().answered("2026-04-06 06:45")
    segment = story.of(TEBET)
    assert shown(segment.responded_at) == "2026-04-06 08:30", "not before it was sent there"
    assert story.verdict(TEBET, "2026-04-07 00:00") == "on_time"
    assert story.charged(TEBET, "2026-04-07 00:00") == "0:00"


def test_a_desk_s_clock_that_runs_ahead_costs_the_office_nothing() -> None:
    """Clock skew: the desk says 12:00 when it is 10:00. The office's time cannot begin before the report was its."""
    story = Story("2026-04-06 08:00").arrives("2026-04-06 12:00", TEBET, "2026-04-06 10:01")
    assert story.waits() == "2026-04-07 12:00"


def test_a_pause_that_a_fast_clock_ended_does_not_reach_into_the_next_office_s_time() -> None:
    """Clock skew: Ani's computer says 14:00 when she resumes; at 13:00 another desk sends the report to Cilandak."""
    story = tebet().paused("2026-04-06 10:00", PauseCode.WAITING_REPORTER, "2026-04-09 10:00")
    story.resumed("2026-04-06 14:00").arrives("2026-04-06 13:00", CILANDAK)
    (pause,) = story.of(TEBET).pauses
    assert (shown(pause.since), shown(pause.until)) == ("2026-04-06 10:00", "2026-04-06 13:00")
    assert story.of(CILANDAK).pauses == ()
    assert story.waits() == "2026-04-07 13:01"


def test_f12_a_pause_that_arrives_late_stands_where_it_was_said() -> None:
    """F12, retroactive: Ani paused at 10:00 without a network; the office opened the report before that arrived.

    Counted from its arrival the pause would be gone, because by then it was over.
    """
    story = tebet().seen("2026-04-06 18:00")
    story.paused("2026-04-06 10:00", PauseCode.WAITING_REPORTER, "2026-04-06 16:00")
    assert story.waits() == "2026-04-07 14:31"
    assert story.why(TEBET, "2026-04-07 00:00")[3] == (
        "paused 2026-04-06 10:00 2026-04-06 16:00 6:00 E5 belum dijawab <- e4"
    )


def test_an_answer_keeps_its_own_time_behind_what_arrived_before_it() -> None:
    """Retroactive: answered at 08:00 on Tuesday, in time. An operator's later hand arrived at the server first."""
    story = tebet().acknowledged("2026-04-07 09:00")
    story.answered("2026-04-07 08:00")
    assert story.verdict(TEBET, "2026-04-08 00:00") == "on_time"


def test_a_receipt_that_comes_to_light_late_says_when_the_inbox_had_it() -> None:
    """F8, retroactive: the receipt of 08:31 was lost for a day. The answer was in time, and counts as such."""
    story = Story("2026-04-06 08:00").sent("2026-04-06 08:30", TEBET).answered("2026-04-06 20:31")
    assert story.verdict(TEBET, "2026-04-08 00:00") == "no item"
    story.received("2026-04-06 08:31")
    assert story.due(TEBET) == "2026-04-07 08:31"
    assert story.verdict(TEBET, "2026-04-08 00:00") == "on_time"
    assert story.charged(TEBET, "2026-04-08 00:00") == "12:00"


def test_what_ends_a_holding_never_lies_before_what_was_done_in_it() -> None:
    """Retroactive: the unit sent it on at 10:00 by its own clock; Tebet, which still had it, answered at 11:00."""
    story = tebet().answered("2026-04-06 11:00").sent("2026-04-06 10:00", MENTENG)
    assert story.custody() == [
        "UPT hold: 2026-04-06 08:00 to 2026-04-06 08:30, routed",
        f"{TEBET} hold: 2026-04-06 08:30 to 2026-04-06 11:00, routed",
        f"{MENTENG} hold: 2026-04-06 11:00 to -, open",
    ]
    assert story.verdict(TEBET, "2026-04-08 00:00") == "on_time"


def test_one_event_more_about_one_report_touches_no_other_office() -> None:
    """Capability 2: a change of one event changes only offices that held that report."""
    story = tebet().sent("2026-04-07 12:00", MENTENG).received("2026-04-07 12:00")
    before = story.clock(TEBET), story.verdict(TEBET, "2026-04-10 00:00")
    story.answered("2026-04-08 11:00")
    assert (story.clock(TEBET), story.verdict(TEBET, "2026-04-10 00:00")) == before
