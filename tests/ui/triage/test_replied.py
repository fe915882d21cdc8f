"""A new reply has a sign in the table, a view of its own, and is read when the panel has shown it for a while."""

from __future__ import annotations

from typing import Any

import pytest

from smartcity_desk.domain.ids import reply_id
from smartcity_desk.domain.reply import Reply
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.reader import ReplyReader
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import NOW, Kit, make_report, until
from tests.ui.triage.conftest import opened


def reply(number: int, **changes: Any) -> Reply:
    about = make_report(number).external_id
    name = f"r{number}"
    values: dict[str, Any] = {"at": NOW - 1, "text": "Masih menumpuk sampai hari ini", **changes}
    return Reply(reply_id("petabencana", name), "petabencana", name, about, **values)


@pytest.fixture
def screen(kit: Kit) -> TriageScreen:
    kit.ingest([make_report(0), make_report(1), make_report(2, private=True)])
    kit.desk.store.ingest("petabencana", (), checkpoint=None, now=NOW, replies=[reply(0), reply(1), reply(2)])
    screen = opened(kit)
    go(screen, kit, 0)
    return screen


def go(screen: TriageScreen, kit: Kit, number: int) -> None:
    """Put the cursor on a report and wait for its panel."""
    name = make_report(number).id
    row = screen.model.row_of(kit.desk.store.pks_of([name])[0])
    assert row is not None
    screen.view.go_to(row)
    until(lambda: screen.panel.detail is not None and screen.panel.detail.report.id == name)
    kit.settle()


def signs(screen: TriageScreen) -> dict[str, str]:
    rows = [screen.model.row_data(at) for at in range(screen.model.rowCount())]
    return {row.id: words.badges(row, NOW) for row in rows if row is not None}


def rest(screen: TriageScreen, kit: Kit) -> None:
    """The cursor rests as long as it takes; no test waits for it."""
    reader: ReplyReader = screen.current.reader
    assert reader._timer.isActive()
    reader._timer.stop()
    reader._rested()
    kit.settle()


def test_a_sign_stands_until_the_panel_was_read(screen: TriageScreen, kit: Kit) -> None:
    first = screen.model.row_data(screen.view.currentIndex().row())
    assert first is not None
    assert words.BADGE_UNREAD in signs(screen)[first.id]
    assert "ada balasan baru" in words.spoken(first, kit.desk.directory, NOW, False)
    rest(screen, kit)
    until(lambda: words.BADGE_UNREAD not in signs(screen)[first.id])
    others = [badge for name, badge in signs(screen).items() if name != first.id]
    assert all(words.BADGE_UNREAD in badge for badge in others)
    screen.close()


def test_whoever_only_passes_by_has_read_nothing(screen: TriageScreen, kit: Kit) -> None:
    assert screen.current.reader._timer.isActive()
    go(screen, kit, 2)
    assert not screen.current.reader._timer.isActive()
    kit.settle()
    screen.deactivate()
    assert not screen.current.reader._timer.isActive()
    screen.close()


def test_what_was_said_in_private_is_not_read_before_it_is_shown(screen: TriageScreen, kit: Kit) -> None:
    go(screen, kit, 2)
    assert screen.panel.detail is not None
    assert screen.panel.detail.report.private
    assert not screen.current.reader._timer.isActive()
    screen.close()


def test_new_replies_are_a_view_with_words_when_empty(screen: TriageScreen, kit: Kit) -> None:
    screen.on_show.open("replied")
    until(lambda: screen.model.whole and screen.model.rowCount() == 3)
    for number in range(3):
        kit.desk.store.mark_replies_read(make_report(number).id, [reply(number).id])
    screen.on_show.open("replied")
    until(lambda: screen.model.whole and screen.model.rowCount() == 0)
    kit.settle()
    screen.close()
