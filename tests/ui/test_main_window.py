"""The frame: one language at a time, every control named and in reach, its place remembered, never blocked."""

from __future__ import annotations

import sqlite3
import threading
import time
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QToolButton

from smartcity_desk import config, i18n
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.ui import restyle
from smartcity_desk.ui.bridge import Connection, Link
from smartcity_desk.ui.commands import EVERYWHERE
from smartcity_desk.ui.main_window import MainWindow
from smartcity_desk.ui.notify import Deed, Level
from smartcity_desk.ui.settings.screen import SECTIONS, SettingsScreen
from smartcity_desk.ui.sitting import PLACES
from smartcity_desk.ui.topbar import SHAPES
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui import crawl
from tests.ui.kit import NOW, Kit, make_report, press, show, until
from tests.ui.test_login import with_session


def frame(kit: Kit, width: int = 1366, height: int = 768) -> MainWindow:
    if kit.desk.session is None:
        with_session(kit)
    window = MainWindow(kit.desk, list(PLACES))
    show(window, width, height)
    kit.settle()
    return window


def everything(kit: Kit, window: MainWindow) -> None:
    """Show every screen and every page of the settings once."""
    for key in window.places:
        window.show_screen(key)
        kit.settle()
    settings = window.screens["settings"]
    assert isinstance(settings, SettingsScreen)
    for row in range(len(SECTIONS)):
        settings.list.setCurrentRow(row)
        kit.settle()


@pytest.mark.parametrize(("spoken", "other"), [("id", "en"), ("en", "id")])
def test_a_switch_of_language_leaves_nothing_of_the_other(kit: Kit, spoken: str, other: str) -> None:
    kit.ingest([make_report(n) for n in range(40)])
    i18n.set_language(other)
    window = frame(kit)
    kit.desk.bridge.set_connection(Connection(Link.OFFLINE, NOW - 60_000, 3, 1, "offline"))
    everything(kit, window)
    restyle.set_language(kit.desk, spoken)
    kit.settle()
    window.menu.aboutToShow.emit()
    window.user_menu.aboutToShow.emit()
    assert crawl.strangers(window, spoken, other) == []
    for menu in window.findChildren(QMenu):
        texts = [action.text().split("\t")[0] for action in menu.actions()]
        assert [text for text in texts if crawl.speaks(text, other) and not crawl.speaks(text, spoken)] == []
    everything(kit, window)
    assert crawl.strangers(window, spoken, other) == []
    window.close()


def test_every_control_has_a_name_and_is_reached_by_keyboard(kit: Kit) -> None:
    kit.ingest([make_report(n) for n in range(40)])
    window = frame(kit)
    kit.desk.bridge.set_connection(Connection(Link.ONLINE, NOW, 3, 1))
    for key in window.places:
        window.show_screen(key)
        kit.settle()
        assert crawl.nameless(window) == [], key
        assert crawl.out_of_reach(window) == [], key
    everything(kit, window)
    assert crawl.nameless(window) == []
    window.close()


def test_tab_goes_round_the_frame_and_the_focus_is_seen(kit: Kit) -> None:
    window = frame(kit)
    window.show_screen("health")
    kit.settle()
    seen = set()
    before = window.grab().toImage()
    for _ in range(60):
        press(window, "Tab")
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused not in seen:
            after = window.grab().toImage()
            assert after != before, f"focus on {focused.accessibleName()} is not seen"
            before = after
        seen.add(focused)
    assert window.topbar.search in seen
    assert window.rail._buttons["triage"] in seen
    assert window.topbar.theme in seen
    window.close()


def test_the_keys_of_the_window_lead_to_the_screens(kit: Kit) -> None:
    window = frame(kit)
    for key, command in (
        ("outbox", "Ctrl+2"),
        ("health", "Ctrl+3"),
        ("offices", "Ctrl+4"),
        ("escalation", "Ctrl+5"),
        ("settings", "Ctrl+,"),
        ("triage", "Ctrl+1"),
    ):
        press(window, command)
        assert window.current == key
        assert window.rail._buttons[key].isChecked()
    window.close()


def test_new_keys_are_in_force_at_once(kit: Kit) -> None:
    window = frame(kit)
    kit.desk.settings.set(config.KEYMAP, {"app.health": ["F8"]})
    kit.desk.bridge.settings_changed.emit(config.KEYMAP.name)
    press(window, "F8")
    assert window.current == "health"
    press(window, "Ctrl+1")
    press(window, "Ctrl+3")
    assert window.current == "triage"
    window.close()


def test_the_menu_is_the_registry(kit: Kit) -> None:
    window = frame(kit)
    window.menu.aboutToShow.emit()
    texts = [
        action.text().split("\t")[0]
        for menu in (window.menu, *window.menu.findChildren(QMenu))
        for action in menu.actions()
    ]
    commands = kit.desk.commands
    for command in commands:
        if command.screen in (EVERYWHERE, "triage") and commands.bound(command.id):
            assert commands.title(command.id) in texts, command.id
    assert commands.title("app.network") not in texts
    window.close()


def test_it_opens_where_it_was(kit: Kit) -> None:
    window = frame(kit, 900, 650)
    window.show_screen("health")
    window.remember()
    window.close()
    again = MainWindow(kit.desk, list(PLACES))
    assert again.size().height() == 650
    assert again.current == "health"
    kit.desk.settings.set(config.WINDOW_GEOMETRY, "not base64 ✗")
    kit.desk.settings.set(config.LAST_SCREEN, "gone")
    third = MainWindow(kit.desk, list(PLACES))
    assert third.current == "triage"
    kit.settle()


@pytest.mark.parametrize("place", ["triage", "map"])
def test_a_window_that_is_made_anew_is_not_asleep(kit: Kit, place: str) -> None:
    """Qt hides and shows it when the map's view brings a graphics surface: the screen on show goes on."""
    kit.ingest([make_report(n) for n in range(30)])
    window = frame(kit)
    window.show_screen(place)
    kit.settle()
    window.hide()
    window.show()
    kit.ingest([make_report(n) for n in range(30, 37)])
    kit.desk.bridge.reports_changed.emit(None)
    screen = window.shown
    assert isinstance(screen, TriageScreen)
    until(lambda: screen.sidebar.count_of("all") == 37)
    before = screen.panel.detail
    kit.desk.commands.run("triage.next")
    until(lambda: screen.panel.detail is not None and screen.panel.detail is not before)
    kit.settle()
    window.close()


def test_closing_asks_to_leave(kit: Kit) -> None:
    window = frame(kit)
    left: list[int] = []
    window.closing.connect(lambda: left.append(1))
    window.close()
    assert left == [1]
    assert kit.desk.settings.get(config.WINDOW_GEOMETRY)


@pytest.mark.parametrize("link", Link)
def test_the_connection_is_shape_and_word(kit: Kit, link: Link) -> None:
    window = frame(kit)
    kit.desk.bridge.set_connection(Connection(link, NOW - 12_000, 3, 0))
    shape, _ = SHAPES[link]
    assert window.topbar.link.text().startswith(shape)
    assert len(window.topbar.link.text()) > 4
    assert window.topbar.link.toolTip()
    assert window.topbar.waiting.text() == "⇡ 3"
    assert "3 tindakan" in window.topbar.waiting.accessibleName()
    assert not window.topbar.conflicts.isVisible()
    if link is Link.ONLINE:
        assert window.topbar.link.text() == "● Daring · data 12 dtk lalu"
        kit.now += 60_000
        window._refresh_bar()
        assert window.topbar.link.text() == "● Daring · data 1 m lalu"
    window.close()


def test_messages_stack_replace_and_go(kit: Kit) -> None:
    window = frame(kit)
    notify, stack = kit.desk.notify, window.messages
    done: list[int] = []
    notify.say("satu", deed=Deed("Urungkan", lambda: done.append(1)))
    notify.say("dua", replaces="slot")
    notify.say("tiga", Level.WARNING, replaces="slot")
    assert [card.message.text for card in stack.cards] == ["satu", "tiga"]
    notify.error(StoreProblem("disk_full"))
    for n in range(6):
        notify.say(f"lagi {n}", seconds=0.05 if n == 5 else None)
    assert len(stack.cards) == 4
    until(lambda: [card.message.text for card in stack.cards] == ["lagi 2", "lagi 3", "lagi 4"])
    assert window.rect().contains(stack.geometry())
    notify.say("x", deed=Deed("Urungkan", lambda: done.append(2)))
    stack.cards[-1].findChildren(QAbstractButton)[0].click()
    assert done == [2]
    for card in stack.cards:
        card.dismiss()
    assert not stack.isVisible()
    window.close()


def test_a_message_from_outside_is_plain_text(kit: Kit) -> None:
    window = frame(kit)
    kit.desk.notify.say("<b>tebal</b><img src=x>")
    card = window.messages.cards[-1]
    assert "<b>tebal</b><img src=x>" in [part.text() for part in card.findChildren(QLabel)]
    window.close()


@pytest.mark.parametrize("percent", [100, 150, 200])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_button_cuts_its_text(kit: Kit, percent: int, language: str) -> None:
    i18n.set_language(language)
    window = frame(kit, 1366, 768)
    restyle.set_percent(kit.desk, percent)
    kit.desk.bridge.set_connection(Connection(Link.ONLINE, NOW - 12_000, 3, 1))
    for key in ("offices", "health", "settings"):
        window.show_screen(key)
        kit.settle()
        cut = [
            button.text()
            for button in window.findChildren(QAbstractButton)
            if button.isVisible()
            and button is not window.topbar.search
            and QFontMetrics(button.font()).horizontalAdvance(button.text()) > button.width()
        ]
        assert cut == [], key
    window.close()


@pytest.mark.parametrize(("percent", "width"), [(100, 1366), (150, 1366), (200, 1366), (200, 1206)])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_search_says_what_there_is_room_for(kit: Kit, percent: int, width: int, language: str) -> None:
    i18n.set_language(language)
    window = frame(kit, width, 768)
    restyle.set_percent(kit.desk, percent)
    kit.desk.bridge.set_connection(Connection(Link.ONLINE, NOW - 12_000, 3, 1))
    kit.settle()
    search = window.topbar.search
    room = search.width() - search.iconSize().width() - 8
    assert QFontMetrics(search.font()).horizontalAdvance(search.drawn()) <= room
    if percent == 100:
        assert search.drawn() == search.text()
        assert search.text().endswith("Ctrl+K")
    else:
        assert search.drawn() in search.text() or search.drawn().endswith("…")
        assert len(search.drawn()) > 6
    window.close()


@pytest.mark.parametrize(("percent", "drawn"), [(100, True), (200, False)])
def test_the_rail_keeps_its_words_whole_where_the_window_is_low(kit: Kit, percent: int, drawn: bool) -> None:
    window = frame(kit, 1366, 768)
    restyle.set_percent(kit.desk, percent)
    kit.settle()
    buttons = window.rail.findChildren(QToolButton)
    assert len(buttons) == len(window.places)
    for button in buttons:
        assert button.height() >= button.sizeHint().height(), button.text()
        assert (button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonTextOnly) is drawn
    window.close()


def test_a_locked_file_never_blocks_the_interface(kit: Kit) -> None:
    """Another process holds the write lock for a second while the operator moves about: the clock goes on ticking."""
    kit.ingest([make_report(n) for n in range(200)])
    window = frame(kit)
    beats: list[float] = []
    heart = QTimer()
    heart.timeout.connect(lambda: beats.append(time.monotonic()))
    heart.start(5)
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        other = sqlite3.connect(kit.desk.store._database.path)
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        release.wait(20)
        other.rollback()
        other.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(20)
    press(window, "Shift+K")
    began = time.monotonic()
    while time.monotonic() - began < 1.2:
        for key in ("health", "outbox", "settings", "triage"):
            window.show_screen(key)
        QTest.qWait(20)
    release.set()
    holder.join()
    kit.settle()
    heart.stop()
    worst = max(after - before for before, after in pairwise(beats))
    assert worst < 0.9, f"the interface stood still for {worst:.2f} s"
    window.close()


def test_data_older_than_ten_minutes_put_a_banner_over_everything(kit: Kit) -> None:
    window = frame(kit)
    bridge, now = kit.desk.bridge, kit.now
    kit.desk.settings.set(config.CENTRAL_URL, "http://127.0.0.1:1")
    bridge.set_connection(Connection(Link.OFFLINE, now - 9 * MINUTE))
    assert not window.stale.isVisible()
    bridge.set_connection(Connection(Link.OFFLINE, now - 11 * MINUTE))
    assert window.stale.isVisible()
    assert "11 m lalu" in window.stale.accessibleName()
    bridge.set_connection(Connection(Link.ONLINE, now))
    assert not window.stale.isVisible()
    kit.desk.settings.set(config.CENTRAL_URL, "")
    bridge.set_connection(
        Connection(Link.NONE, now - 30 * DAY)
    )  # local data only: nobody is to bring newer ones
    assert not window.stale.isVisible()
