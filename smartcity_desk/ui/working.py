"""Long work as the screen shows it: how far, how long still, and *Batal*. One at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QWidget

from smartcity_desk.evidence.issuing import Stopped, Told
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

T = TypeVar("T")
_LOOK_MS: Final = 100
_GUESS_FROM: Final = 0.05
"""Before so much is done the rest is not guessed."""


class Making:
    """What the maker's thread and the interface share. Both only read and write single values."""

    def __init__(self) -> None:
        self.share = 0.0
        self._stop = threading.Event()

    def tell(self, share: float) -> bool:
        """Called by the maker: how far it is, 0 to 1. False once it is to stop."""
        self.share = min(1.0, max(0.0, share))
        return not self._stop.is_set()

    def stop(self) -> None:
        """Ask the maker to stop at its next step."""
        self._stop.set()


class WorkStrip(QWidget):
    """Hidden while nothing is made. The work runs among the papers, so that nothing short waits for it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._making: Making | None = None
        self._began = 0.0
        self._what = ""
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.words = basic.label(tone="muted", step=-1)
        self.cancel = basic.button()
        self.cancel.clicked.connect(self.stop)
        layout = basic.row(self.words, self.bar, self.cancel, margins=(12, 4, 12, 4))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._show)
        self.hide()
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Whether something is being made."""
        return self._making is not None

    async def run(self, what: str, call: Callable[[Told], T]) -> T | None:
        """Do it among the papers; return what came of it, None when it was called off. Raises what the call raises."""
        if self._making is not None:
            self._desk.notify.say(tr("escalation.work.busy", what=self._what), Level.WARNING)
            return None
        making = Making()
        self._making, self._what, self._began = making, what, time.monotonic()
        self.cancel.setEnabled(True)
        self._show()
        self.show()
        self._look.start()
        try:
            made = await self._desk.papers.run(call, making.tell)
        except Stopped:
            self._desk.notify.say(tr("escalation.work.stopped", what=what), replaces="escalation.work")
            return None
        finally:
            making.stop()  # a screen that goes leaves no maker behind
            if alive(self):
                self._making = None
                self._look.stop()
                self.words.setText("")
                self.hide()
        return made

    def stop(self) -> None:
        """Ask for the end; it comes with the maker's next step."""
        if self._making is not None:
            self._making.stop()
            self.cancel.setEnabled(False)
            self.words.setText(tr("offices.dossier.stopping"))

    def _show(self) -> None:
        making = self._making
        if making is None or not self.cancel.isEnabled():
            return
        self.bar.setValue(round(1000 * making.share))
        if making.share < _GUESS_FROM:
            self.words.setText(tr("escalation.work.begun", what=self._what))
            return
        spent = time.monotonic() - self._began
        rest = round(1000 * spent * (1 - making.share) / making.share)
        self.words.setText(tr("escalation.work.left", what=self._what, span=formats.duration(rest)))

    def retranslate(self) -> None:
        """Every text anew."""
        self.cancel.setText(tr("common.cancel"))
        self.bar.setAccessibleName(tr("escalation.work.progress"))
        self._show()
