"""A confidential report in Triase: a word instead of its words, and a reason before they are shown."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from smartcity_desk.domain.events import Actor, EventKind, Role
from smartcity_desk.domain.ids import reply_id
from smartcity_desk.domain.reply import Reply
from smartcity_desk.store import OpState
from smartcity_desk.ui.map.tip import report_tip
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import NOW, Kit, make_report, pause, press, until
from tests.ui.triage.conftest import dialog, gone, opened

SECRET = "zulkarnaen"
NUMBER = 400_001


@pytest.fixture
def screen(kit: Kit) -> TriageScreen:
    said = Reply(
        reply_id("petabencana", "r1"),
        "petabencana",
        "r1",
        str(NUMBER),
        NOW,
        f"Balasan {SECRET}",
        official=True,
    )
    kit.ingest([make_report(1, text=f"Tentang {SECRET}", private=True), make_report(0)])
    kit.desk.store.ingest("petabencana", (), checkpoint=None, now=NOW, replies=[said])
    return opened(kit)


def shown(screen: TriageScreen) -> str:
    """All the words of the panel."""
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in screen.panel.findChildren(QLabel) if not label.isHidden())


def test_no_row_no_tip_and_no_voice_has_a_word_of_it(screen: TriageScreen, kit: Kit) -> None:
    row = screen.model.row_data(0)
    assert row is not None
    assert row.private
    told = (
        words.words(row, kit.desk.directory, NOW).text,
        report_tip(row, kit.desk.directory, NOW),
        words.spoken(row, kit.desk.directory, NOW, False),
        shown(screen),
    )
    assert told[0] == "Laporan rahasia"
    assert SECRET not in "\n".join(told)
    screen.close()


def test_a_reason_opens_it_and_is_written_down(screen: TriageScreen, kit: Kit) -> None:
    press(screen, "Shift+R")
    asked = dialog()
    press(screen, "Return")  # without a reason nothing happens
    assert asked.isVisible()
    assert SECRET not in shown(screen)
    asked.reason.setEditText("menentukan instansi")  # type: ignore[attr-defined]
    press(screen, "Return")
    gone()
    kit.settle()
    assert f"Tentang {SECRET}" in shown(screen)
    assert f"Balasan {SECRET}" in shown(screen)
    (op,) = kit.desk.store.ops([OpState.QUEUED])
    assert op.kind is EventKind.PERSONAL_DATA_REVEALED
    press(screen, "Z")  # what was seen was seen
    kit.settle()
    assert len(kit.desk.store.ops([OpState.QUEUED])) == 1
    press(screen, "J")
    kit.settle()
    press(screen, "K")
    kit.settle()
    assert SECRET not in shown(screen), "whoever comes back gives a reason again"
    screen.close()


def test_what_was_read_for_whoever_has_left_meanwhile_is_not_shown(
    screen: TriageScreen, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor goes away and comes back while the report is being read with what was said in private."""
    pk, store = screen.view.current_pk(), type(kit.desk.store)
    assert pk is not None
    may_go_on, read = threading.Event(), store.report

    def slow(*values: Any, **named: Any) -> Any:
        assert may_go_on.wait(20)
        return read(*values, **named)

    with monkeypatch.context() as patch:
        patch.setattr(store, "report", slow)
        screen.current.reveal(pk)
        pause(1)
        screen.view.step(1)
        screen.view.step(-1)
        screen.current._timer.stop()
        may_go_on.set()
        kit.settle()
    assert SECRET not in shown(screen)
    screen.close()


def test_a_reason_given_for_a_report_that_was_left_opens_nothing(screen: TriageScreen, kit: Kit) -> None:
    pk = screen.view.current_pk()
    assert pk is not None
    screen.view.step(1)
    kit.settle()
    screen.current.reveal(pk)
    kit.settle()
    screen.view.step(-1)
    kit.settle()
    until(lambda: not screen.current._timer.isActive())
    kit.settle()
    assert SECRET not in shown(screen)
    screen.close()


def test_who_only_looks_may_not_open_it(screen: TriageScreen, kit: Kit) -> None:
    kit.desk.actor = Actor("vina", Role.VIEWER)
    press(screen, "Shift+R")
    asked = dialog()
    asked.reason.setEditText("ingin tahu saja")  # type: ignore[attr-defined]
    press(screen, "Return")
    until(lambda: bool(asked.trouble.text()))  # type: ignore[attr-defined]
    assert SECRET not in shown(screen)
    press(screen, "Esc")
    gone()
    screen.close()


def test_a_tombstone_says_what_it_is(screen: TriageScreen, kit: Kit) -> None:
    kit.desk.store.ingest("petabencana", (), checkpoint=None, now=NOW, gone=["400000"])
    screen.model.refresh()
    kit.settle()
    row = screen.model.row_data(1)
    assert row is not None
    assert words.words(row, kit.desk.directory, NOW).text == "Dihapus di sumbernya"
    screen.close()
