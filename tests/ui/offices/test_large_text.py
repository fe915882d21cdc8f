"""At any text size and in both languages nothing is cut, every control has a name, and the keyboard reaches it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from smartcity_desk import i18n
from smartcity_desk.ui import restyle
from smartcity_desk.ui.offices.screen import OfficesScreen
from smartcity_desk.ui.widgets.basic import ElidedLabel
from tests.ui import crawl
from tests.ui.kit import Kit
from tests.ui.offices import seed
from tests.ui.offices.conftest import settle


def pages(kit: Kit, screen: OfficesScreen) -> Iterator[str]:
    """Every page of the screen, one after the other."""
    screen.show_overview()
    settle(kit, screen)
    yield "table"
    if not screen.overview.tall:
        screen.overview.toggle_charts()
        settle(kit, screen)
        yield "charts"
        screen.overview.toggle_charts()
    screen.open_office(seed.CANDIDATE)
    settle(kit, screen)
    yield "office"
    screen.office.open_item()
    settle(kit, screen)
    yield "item"
    screen.show_corner()
    settle(kit, screen)
    yield "corner"


def seen(root: QWidget, kind: type[QObject]) -> Iterator[QWidget]:
    for widget in root.findChildren(kind):
        if isinstance(widget, QWidget) and widget.isVisible():
            yield widget


def cut(root: QWidget) -> list[str]:
    """Texts on screen that have less room than they need."""
    found = []
    for button in seen(root, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        if QFontMetrics(button.font()).horizontalAdvance(button.text()) > button.width():
            found.append(button.text())
    for box in seen(root, QComboBox):
        assert isinstance(box, QComboBox)
        if QFontMetrics(box.font()).horizontalAdvance(box.currentText()) > box.width() - box.height() // 2:
            found.append(box.currentText())
    for label in seen(root, QLabel):
        assert isinstance(label, QLabel)
        if isinstance(label, ElidedLabel) or not label.text():
            continue  # offers the whole as its tool tip
        room = label.contentsRect()
        if label.wordWrap():
            if label.heightForWidth(label.width()) > label.height() + 1:
                found.append(label.text())
        elif QFontMetrics(label.font()).horizontalAdvance(label.text().split("\n")[0]) > room.width() + 1:
            found.append(label.text())
    return found


@pytest.mark.parametrize("percent", [100, 200])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_nothing_is_cut(screen: OfficesScreen, city: Kit, percent: int, language: str) -> None:
    restyle.set_language(city.desk, language)
    restyle.set_percent(city.desk, percent)
    settle(city, screen)
    found = {name: cut(screen) for name in pages(city, screen)}
    assert {name: texts for name, texts in found.items() if texts} == {}
    restyle.set_percent(city.desk, 100)


def test_every_control_has_a_name_and_is_reached_by_keyboard(screen: OfficesScreen, city: Kit) -> None:
    for name in pages(city, screen):
        assert crawl.nameless(screen) == [], name
        assert crawl.out_of_reach(screen) == [], name


def test_the_focus_is_seen_on_every_page(screen: OfficesScreen, city: Kit) -> None:
    for name in pages(city, screen):
        focused = [widget for widget in crawl.controls(screen) if widget.isVisible() and widget.isEnabled()]
        assert focused, name
        for widget in focused:
            widget.clearFocus()
            before = widget.grab().toImage()
            widget.setFocus()
            if widget.hasFocus():
                assert widget.grab().toImage() != before, f"{name}: {widget.accessibleName()}"
