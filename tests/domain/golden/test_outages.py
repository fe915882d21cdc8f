"""F8 by itself: what an outage that was noticed means for a report that came late, was delivered, or was answered."""

from __future__ import annotations

from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.outage import REASON
from tests.domain.golden.book import TEBET, Story, declared, law


def out(since: str, until: str, *channels: str) -> Law:
    window: Exemption = declared(PauseCode.OUTAGE, since, until, channels=channels, reason=REASON)
    return law(window)


def test_a_report_that_came_late_costs_the_unit_only_from_the_channel_s_recovery() -> None:
    """Filed at 09:00 while the channel was out from 08:00 to 14:00: the unit's six hours begin at 14:00."""
    story = Story("2026-04-06 09:00")
    assert story.waits() == "2026-04-06 15:00"
    assert story.waits(out("2026-04-06 08:00", "2026-04-06 14:00", "jaki")) == "2026-04-06 20:00"


def test_a_report_that_came_late_costs_the_office_nothing_before_its_own_receipt() -> None:
    """The office's clock starts with its receipt, however late that is: the outage before it changes nothing."""
    story = Story("2026-04-06 09:00", category="trash").arrives("2026-04-06 15:00", TEBET, "2026-04-06 15:01")
    gone = out("2026-04-06 08:00", "2026-04-06 14:00", "jaki")
    assert story.due(TEBET) == story.due(TEBET, gone) == "2026-04-07 15:01"


def test_while_the_central_server_is_out_no_office_is_late() -> None:
    """Nobody gets or answers anything from 04:00 to 10:00: six hours more."""
    story = Story("2026-04-06 08:00", category="trash").arrives("2026-04-06 08:30", TEBET, "2026-04-06 08:31")
    gone = out("2026-04-07 04:00", "2026-04-07 10:00")
    assert story.due(TEBET) == "2026-04-07 08:31"
    assert story.due(TEBET, gone) == "2026-04-07 14:31"
    late = story.answered("2026-04-07 13:00")
    assert late.verdict(TEBET, "2026-04-08 00:00") == "slow"
    assert late.verdict(TEBET, "2026-04-08 00:00", gone) == "on_time"


def test_an_outage_that_ends_when_the_time_is_nearly_over_leaves_the_grace() -> None:
    """F13: ten minutes were left when the server went out; four hours are left when it is back."""
    story = Story("2026-04-06 08:00", category="trash").arrives("2026-04-06 08:30", TEBET, "2026-04-06 08:31")
    gone = out("2026-04-07 08:21", "2026-04-07 12:00")
    assert story.due(TEBET, gone) == "2026-04-07 16:00"


def test_an_outage_of_another_channel_is_nothing_to_a_report() -> None:
    """A channel's window is for the reports of that channel alone."""
    story = Story("2026-04-06 08:00", category="trash").arrives("2026-04-06 08:30", TEBET, "2026-04-06 08:31")
    assert story.due(TEBET, out("2026-04-06 10:00", "2026-04-06 16:00", "x")) == "2026-04-07 08:31"
    assert story.due(TEBET, out("2026-04-06 10:00", "2026-04-06 16:00", "jaki")) == "2026-04-07 14:31"


def test_an_outage_after_the_answer_changes_nothing() -> None:
    """What was answered in time stays so, and a late answer is not excused by a later outage."""
    story = Story("2026-04-06 08:00", category="trash").arrives("2026-04-06 08:30", TEBET, "2026-04-06 08:31")
    late = story.answered("2026-04-07 09:00")
    gone = out("2026-04-07 10:00", "2026-04-07 16:00")
    assert late.verdict(TEBET, "2026-04-08 00:00", gone) == "slow"


def test_the_unit_holds_itself_to_the_same_windows() -> None:
    """UPT segments are stopped by the same law: nobody is judged by another measure."""
    story = Story("2026-04-06 08:00")
    gone = out("2026-04-06 09:00", "2026-04-06 11:00")
    assert story.of(UPT).office == UPT
    assert story.waits(gone) == "2026-04-06 16:00"
