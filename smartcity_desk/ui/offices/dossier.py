"""The making of a dossier as the screen shows it: how far, how long still, and *Batal*."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QProgressBar, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Deed, Level
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_LOOK_MS = 100
_GUESS_FROM = 0.04
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


class DossierStrip(QWidget):
    """Hidden until a dossier is being made; one at a time."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._making: Making | None = None
        self._began = 0.0
        self._office = ""
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.words = basic.label(tone="muted", step=-1)
        self.cancel = basic.button()
        self.cancel.clicked.connect(self.stop)
        layout = basic.row(self.words, self.bar, self.cancel, margins=(12, 2, 12, 4))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._show)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether one is being made."""
        return self._making is not None

    def make(self, office: str) -> None:
        """Begin to make the dossier of an office, if this desk can."""
        if self._desk.dossier is not None and self._making is None:
            self._desk.tasks.spawn(self._make(office), name="office.dossier")

    async def _make(self, office: str) -> None:
        maker, desk = self._desk.dossier, self._desk
        assert maker is not None
        making = Making()
        self._making, self._office, self._began = making, office, time.monotonic()
        self.cancel.setEnabled(True)
        self._show()
        self.show()
        self._look.start()
        try:
            made = await desk.readers.run(maker, office, making.tell)
        except DeskError as problem:
            desk.notify.error(problem, replaces="dossier")
        else:
            self._tell(made)
        finally:
            making.stop()  # a screen that goes leaves no maker behind
            if alive(self):
                self._making = None
                self._look.stop()
                self.hide()

    def _tell(self, made: Path | None) -> None:
        name = words.office(self._desk.directory, self._office)
        if made is None:
            self._desk.notify.say(tr("offices.dossier.stopped", office=name), Level.INFO, replaces="dossier")
            return
        folder = QUrl.fromLocalFile(str(made.parent))
        deed = Deed(tr("offices.dossier.folder"), lambda: QDesktopServices.openUrl(folder))
        self._desk.notify.done(
            tr("offices.dossier.done", office=name, file=made.name), deed=deed, replaces="dossier"
        )

    def stop(self) -> None:
        """Ask for the end; what was made so far is thrown away by who makes it."""
        if self._making is not None:
            self._making.stop()
            self.cancel.setEnabled(False)
            self.words.setText(tr("offices.dossier.stopping"))

    def _show(self) -> None:
        making = self._making
        if making is None or not self.cancel.isEnabled():
            return
        self.bar.setValue(round(1000 * making.share))
        name = words.office(self._desk.directory, self._office)
        if making.share < _GUESS_FROM:
            self.words.setText(tr("offices.dossier.begun", office=name))
            return
        spent = time.monotonic() - self._began
        rest = round(1000 * spent * (1 - making.share) / making.share)
        self.words.setText(tr("offices.dossier.left", office=name, span=formats.duration(rest)))

    def retranslate(self) -> None:
        """Every text anew."""
        self.cancel.setText(tr("common.cancel"))
        self.bar.setAccessibleName(tr("offices.dossier.progress"))
        self._show()
