"""The sync child: kept alive, restarted with growing pauses, and given up on when it only ever falls over."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from smartcity_desk.ui.lineprocess import LineProcess

_log = logging.getLogger(__name__)

PAUSES_MS: Final = (500, 2_000, 5_000, 15_000, 60_000)
"""Wait before each restart in a row; the last one holds."""
TOO_MANY: Final = 6
WITHIN_SECONDS: Final = 180.0
"""So many deaths within this time are a crash loop: stop and tell."""
SETTLED_SECONDS: Final = 60.0
"""A child that lived this long was well: the next restart is quick again."""


class SyncState(StrEnum):
    """What the child is doing."""

    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting"  # died; a restart is set
    GIVEN_UP = "given_up"  # crash loop; only a person restarts it


class SyncProcess(QObject):
    """Runs `command` for as long as the desk lives.

    `noticed` brings each line of the child. `greeting` makes the lines that a fresh child is told first, such as the
    secrets of this sitting: they travel by its input, never by arguments or environment.
    """

    noticed = Signal(object)
    state_changed = Signal(object)

    def __init__(
        self,
        command: Sequence[str],
        *,
        greeting: Callable[[], Sequence[Mapping[str, Any]]] = tuple,
        pauses_ms: Sequence[int] = PAUSES_MS,
        monotonic: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._command = list(command)
        self._greeting = greeting
        self._pauses = tuple(pauses_ms)
        self._monotonic = monotonic
        self._child: LineProcess | None = None
        self._born = 0.0
        self._deaths: deque[float] = deque(maxlen=TOO_MANY)
        self._in_a_row = 0
        self._stopping = False
        self.state = SyncState.STOPPED
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._spawn)

    @property
    def pid(self) -> int:
        """The child's process id, 0 when there is none."""
        return self._child.pid if self._child is not None else 0

    def start(self) -> None:
        """Start the child, also after it was given up on."""
        if self._child is not None and self._child.running:
            return
        self._stopping = False
        self._deaths.clear()
        self._in_a_row = 0
        self._again.stop()
        self._spawn()

    def send(self, message: Mapping[str, Any]) -> None:
        """Hand the child one line. A child that is not there learns what it needs from `greeting` and the store."""
        if self._child is not None:
            self._child.send(message)

    async def stop(self) -> None:
        """End the child and do not restart it."""
        self._stopping = True
        self._again.stop()
        if self._child is not None:
            await self._child.stop({"cmd": "stop"})
        self._set(SyncState.STOPPED)

    async def restart(self) -> None:
        """End the child and start a new one, as after new settings."""
        await self.stop()
        self.start()

    def _spawn(self) -> None:
        if self._child is not None:
            self._child.deleteLater()
        child = LineProcess(self._command, parent=self)
        self._child = child
        self._born = self._monotonic()
        child.line.connect(self.noticed)
        child.ended.connect(self._ended)
        self._set(SyncState.RUNNING)
        child.start()  # may tell its end at once when the program is not there
        for message in self._greeting():
            child.send(message)

    def _ended(self, code: int | None) -> None:
        child, now = self._child, self._monotonic()
        if self._stopping or child is None:
            self._set(SyncState.STOPPED)
            return
        if now - self._born >= SETTLED_SECONDS:
            self._in_a_row = 0
        self._deaths.append(now)
        _log.warning("sync child ended with %s: %s", code, child.last_words[-600:])
        if len(self._deaths) == TOO_MANY and now - self._deaths[0] <= WITHIN_SECONDS:
            _log.error("sync child ended %d times in a row; not restarted", TOO_MANY)
            self._set(SyncState.GIVEN_UP)
            return
        pause = self._pauses[min(self._in_a_row, len(self._pauses) - 1)]
        self._in_a_row += 1
        self._again.start(pause)
        self._set(SyncState.WAITING)

    def _set(self, state: SyncState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)
