"""The desk in a real window, worked on from inside: run in a process of its own by the tests beside it.

Prints one line of JSON with what was seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from smartcity_desk.app import Start, run
from smartcity_desk.ui.sitting import Sitting


async def until(done: Callable[[], Any], what: str) -> None:
    """Wait until something has come to pass."""
    for _ in range(3_000):
        if done():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(what)


def children(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def off_centre(dialog: QWidget, window: QWidget) -> int:
    """How far the middle of a dialog is from the middle of its window, in pixels."""
    away = dialog.frameGeometry().center() - window.frameGeometry().center()
    return max(abs(away.x()), abs(away.y()))


async def work(sitting: Sitting) -> dict[str, Any]:
    """Wait for the city, look at a report, route it by key; say what was seen."""
    desk = sitting.desk
    await until(lambda: sitting.window is not None, "window")
    window = sitting.window
    assert window is not None
    triage: Any = window.screens["triage"]
    triage.on_show.open("all")  # there is nothing yet, and later there is for certain
    await until(lambda: desk.bridge.connection.link.value == "online", "online")
    # nobody presses N: an empty list fills by itself
    await until(lambda: triage.model.rowCount() > 0 and triage.panel.detail is not None, "rows")
    window.activateWindow()
    await until(triage.view.hasFocus, "focus")
    seen: dict[str, Any] = {
        "platform": QApplication.platformName(),
        "children": children(os.getpid()),
        "dialogs": {},
    }
    for key, letter in (("category", Qt.Key.Key_C), ("route", Qt.Key.Key_R), ("palette", None)):
        if letter is None:
            QTest.keyClick(triage.view, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        else:
            QTest.keyClick(triage.view, letter)
        await until(lambda: isinstance(QApplication.activeModalWidget(), QDialog), key)
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        await until(dialog.isVisible, key)
        await asyncio.sleep(0.3)
        seen["dialogs"][key] = off_centre(dialog, window)
        QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Escape)
        await until(lambda: QApplication.activeModalWidget() is None, "closed")
        window.activateWindow()  # no window manager does it here
        await until(triage.view.hasFocus, "focus again")
    seen["rows"] = triage.model.rowCount()
    return seen


def started(sitting: Sitting) -> None:
    async def guided() -> None:
        try:
            sys.stdout.write(json.dumps(await work(sitting)) + "\n")
        except (TimeoutError, AssertionError):
            traceback.print_exc()
        finally:
            if sitting.window is not None:
                sitting.window.close()
            else:
                sitting.leave()

    sitting.desk.tasks.spawn(guided(), name="guided")


if __name__ == "__main__":
    sys.exit(
        run(
            Start(
                data_dir=sys.argv[1],
                training=True,
                dialogs=False,
                started=started,
                training_arguments=("--scale", "0.02"),
            )
        )
    )
