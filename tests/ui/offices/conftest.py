"""Pejabat on a desk with the seeded city, at a supervisor's hands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from smartcity_desk.ui import qt_texts, sheets, theme
from smartcity_desk.ui.offices.screen import OfficesScreen
from tests.ui.conftest import put_away
from tests.ui.kit import Kit, show, until
from tests.ui.offices.seed import city_kit


@pytest.fixture
def city(qapp: QApplication, tmp_path: Path) -> Iterator[Kit]:
    """A desk whose store holds the seeded city. Windows and timers that a test leaves behind fail it."""
    qt_texts.install()
    with city_kit(tmp_path) as made:
        yield made
    put_away(qapp)
    assert [timer for timer in qapp.findChildren(QTimer) if timer.isActive()] == []
    theme.apply(theme.make("light"))


def opened(kit: Kit, width: int = 1366, height: int = 768) -> OfficesScreen:
    """The screen with its figures read and its charts drawn."""
    screen = OfficesScreen(kit.desk)
    sheets.bind(kit.desk, screen)
    show(screen, width, height)
    screen.activate()
    settle(kit, screen)
    return screen


def settle(kit: Kit, screen: OfficesScreen) -> None:
    """Wait for everything that was asked for: figures, charts, the chosen office's weeks, the open item."""
    kit.settle()
    until(
        lambda: (
            screen.book is not None
            and not (screen._control_timer.isActive() or screen._item_timer.isActive())
            and not screen.overview.charts._drawing
        )
    )
    kit.settle()


@pytest.fixture
def screen(city: Kit) -> Iterator[OfficesScreen]:
    """The screen as it opens, the hand on the table."""
    made = opened(city)
    until(lambda: made._office is not None)
    yield made
    city.settle()
    made.close()
