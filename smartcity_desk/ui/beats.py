"""Timers that beat once: what a hand does in quick succession, or what streams in, is answered when it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable


def once(owner: QObject, ms: int, call: Callable[[], object]) -> QTimer:
    """A timer of `owner` that calls once, `ms` after it was last started; it stands still until then."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    timer.timeout.connect(call)
    return timer
