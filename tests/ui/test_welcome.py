"""The three doors."""

from __future__ import annotations

import pytest

from smartcity_desk import config, i18n
from smartcity_desk.domain.errors import DeskError, Offline, Transient
from smartcity_desk.ui.training_window import TrainingWindow
from smartcity_desk.ui.welcome import WelcomeScreen
from tests.ui import crawl
from tests.ui.kit import Kit, press, show, type_in
from tests.ui.test_login import FakeDoor, with_session


def welcome(kit: Kit) -> tuple[WelcomeScreen, FakeDoor, list[str]]:
    door = with_session(kit)
    kit.desk.settings.set(config.CENTRAL_URL, "")
    screen, opened = WelcomeScreen(kit.desk), list[str]()
    screen.opened.connect(opened.append)
    show(screen, 1180, 640)
    screen.activate()
    return screen, door, opened


def test_the_first_door_asks_the_server_before_it_believes(kit: Kit) -> None:
    screen, door, opened = welcome(kit)
    assert screen.url.hasFocus()
    type_in(screen, "https://pusat.example.org/")
    press(screen, "Return")
    kit.settle()
    assert door.asked == [("probe", "https://pusat.example.org")]
    assert opened == ["central"]
    assert kit.desk.settings.get(config.CENTRAL_URL) == "https://pusat.example.org"


@pytest.mark.parametrize(
    ("url", "answer", "words"),
    [
        ("", None, "bukan alamat http"),
        ("pusat", None, "bukan alamat http"),
        ("http://a:b@127.0.0.1", None, "tidak boleh memuat"),
        ("https://pusat.example.org", Offline(), "Periksa alamat"),
        ("https://pusat.example.org", Transient(), "terganggu"),
    ],
)
def test_a_door_that_does_not_open_says_why(kit: Kit, url: str, answer: DeskError | None, words: str) -> None:
    screen, door, opened = welcome(kit)
    door.answer = answer
    screen.url.setText(url)
    screen.central.button.click()
    kit.settle()
    assert opened == []
    assert words in screen.trouble.text()
    assert screen.central.button.isEnabled()
    assert kit.desk.settings.get(config.CENTRAL_URL) == ""


def test_the_other_doors(kit: Kit) -> None:
    screen, door, opened = welcome(kit)
    screen.training.button.click()
    screen.local.button.click()
    assert opened == ["training", "local"]
    assert door.asked == []


def test_leaving_through_none(kit: Kit) -> None:
    screen, _, _ = welcome(kit)
    left: list[int] = []
    screen.closed.connect(lambda: left.append(1))
    screen.close()
    assert left == [1]


def test_it_switches_language_and_is_reached_by_keyboard(kit: Kit) -> None:
    screen, _, _ = welcome(kit)
    assert crawl.nameless(screen) == []
    assert crawl.out_of_reach(screen) == []
    assert crawl.strangers(screen, "id", "en") == []
    i18n.set_language("en")
    kit.desk.bridge.language_changed.emit()
    assert crawl.strangers(screen, "en", "id") == []
    assert "Connect" in screen.central.button.text()


def test_the_training_window_shows_stage_share_and_time(kit: Kit) -> None:
    window = TrainingWindow(kit.desk.theme)
    cancelled: list[int] = []
    window.cancelled.connect(lambda: cancelled.append(1))
    show(window, 460, 300)
    window.show_progress(0.42, "history", 12.4)
    assert window.bar.value() == 420
    assert window.stage.text() == "Menyusun riwayat 90 hari"
    assert window.left.text() == "kira-kira 12 dtk lagi"
    window.show_progress(0.5, "../x", None)
    assert window.stage.text() == "Menyiapkan kota latihan"
    assert crawl.nameless(window) == []
    window.cancel.click()
    assert cancelled == [1]
    assert not window.isVisible()
