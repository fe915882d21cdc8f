"""Dialogs over their window: in its middle, never larger, and with nothing cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QDialog, QScrollArea, QWidget

from smartcity_desk.ui import theme
from smartcity_desk.ui.help_sheet import HelpSheet
from smartcity_desk.ui.widgets.hints import HintLine
from smartcity_desk.ui.widgets.over import lay_over
from tests.ui.kit import Kit, show


@pytest.fixture
def window(kit: Kit) -> QWidget:
    made = QWidget()
    kit.__dict__["held"] = made  # a window that nobody holds is gone
    show(made, 700, 500)
    made.move(20, 30)
    return made


@pytest.mark.parametrize("size", [(300, 200), (5_000, 4_000)])
def test_a_dialog_lies_in_the_middle_of_its_window_and_fits_into_it(
    window: QWidget, size: tuple[int, int]
) -> None:
    dialog = QDialog(window)
    dialog.resize(*size)
    lay_over(dialog)
    own, around = QRect(dialog.pos(), dialog.size()), window.geometry()
    assert around.contains(own)
    assert abs(own.center().x() - around.center().x()) <= 1
    assert abs(own.center().y() - around.center().y()) <= 1
    if size == (300, 200):
        assert own.size().toTuple() == size


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_the_sheet_of_keys_is_never_cut_at_the_side(kit: Kit, window: QWidget, percent: int) -> None:
    kit.desk.theme = theme.make("light", percent=percent)
    theme.apply(kit.desk.theme)
    sheet = HelpSheet(kit.desk, window)
    sheet.show()
    for width in (1_200, 800, 640):
        sheet.resize(width, 500)
        kit.settle()
        area = sheet.findChild(QScrollArea)
        assert area is not None
        inside = area.widget()
        assert inside is not None
        assert inside.width() <= area.viewport().width() or width == 640
        if percent == 100 and width == 1_200:
            assert len(sheet._laid) == 3
    sheet.close()


def test_the_line_of_keys_keeps_the_way_to_all_keys(kit: Kit) -> None:
    line = HintLine(kit.desk)
    kit.__dict__["line"] = line
    line.show_screen("triage")
    line.show()
    line.resize(2_000, 30)
    kit.settle()
    whole = line._text.text()
    line.resize(500, 30)
    kit.settle()
    short = line._text.text()
    assert len(short) < len(whole)
    assert short.endswith(whole[-15:])
    assert line._text.fontMetrics().horizontalAdvance(short) <= 500
    assert line._text.toolTip() == whole
    line.close()
