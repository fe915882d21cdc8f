"""Triase on a desk with sixty reports."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from smartcity_desk.ui import sheets
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import Kit, make_report, show, until

REPORTS = 60


@pytest.fixture
def triage(kit: Kit) -> Iterator[TriageScreen]:
    """The screen in the view of everything, its first report under the cursor."""
    kit.ingest([make_report(n) for n in range(REPORTS)])
    screen = opened(kit)
    yield screen
    kit.settle()
    screen.close()


def opened(kit: Kit, view: str = "all") -> TriageScreen:
    """A screen that shows a view and has read all it wants."""
    screen = TriageScreen(kit.desk)
    sheets.bind(kit.desk, screen)
    show(screen)
    screen.activate()
    kit.settle()
    if view != screen.on_show.view.key:
        screen.on_show.open(view)
        kit.settle()
    return screen


def dialog() -> QDialog:
    """The dialog on screen, waited for."""
    until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
    found = QApplication.activeModalWidget()
    assert isinstance(found, QDialog)
    return found


def gone() -> None:
    """Wait until no dialog is on screen."""
    until(lambda: QApplication.activeModalWidget() is None)
