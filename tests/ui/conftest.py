"""What holds for every test of a screen: a desk of its own, and nothing left over afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication

from smartcity_desk.ui import qt_texts, theme
from tests.ui.kit import Kit, desk_in

QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)  # as the application does


@pytest.fixture
def kit(qapp: QApplication, tmp_path: Path) -> Iterator[Kit]:
    """A desk in a temporary folder. Windows, timers and tasks that a test leaves behind fail it."""
    qt_texts.install()
    with desk_in(tmp_path, scheme="light") as made:
        made.desk.paths.prepare()
        yield made
    put_away(qapp)
    left = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert left == [], "windows left open"
    assert [timer for timer in qapp.findChildren(QTimer) if timer.isActive()] == []
    theme.apply(theme.make("light"))


def put_away(app: QApplication) -> None:
    """Close and delete every window, as leaving the program does."""
    for widget in app.topLevelWidgets():
        widget.hide()
        widget.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app.processEvents()
    gc.collect()
