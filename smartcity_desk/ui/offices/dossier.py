"""The dossier of an office, made from its figures into the usual folder: one at a time, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui.notify import Deed, Level
from smartcity_desk.ui.offices import words

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.working import WorkStrip


class DossierMaker:
    """Makes it with `Desk.dossier`; `strip` shows how far it is and holds *Batal*."""

    def __init__(self, desk: Desk, strip: WorkStrip) -> None:
        self._desk = desk
        self._strip = strip

    @property
    def busy(self) -> bool:
        """Whether one is being made."""
        return self._strip.busy

    def make(self, office: str) -> None:
        """Begin to make the dossier of an office, if this desk can."""
        if self._desk.dossier is not None and not self.busy:
            self._desk.tasks.spawn(self._make(office), name="office.dossier")

    async def _make(self, office: str) -> None:
        maker, desk = self._desk.dossier, self._desk
        assert maker is not None
        name = words.office(desk.directory, office)
        try:
            made = await self._strip.run(
                tr("escalation.work.dossier", office=name), lambda told: maker(office, told)
            )
        except DeskError as problem:
            desk.notify.error(problem, replaces="dossier")
        else:
            self._tell(made, name)

    def _tell(self, made: Path | None, name: str) -> None:
        if made is None:
            self._desk.notify.say(tr("offices.dossier.stopped", office=name), Level.INFO, replaces="dossier")
            return
        folder = QUrl.fromLocalFile(str(made.parent))
        deed = Deed(tr("offices.dossier.folder"), lambda: QDesktopServices.openUrl(folder))
        self._desk.notify.done(
            tr("offices.dossier.done", office=name, file=made.name), deed=deed, replaces="dossier"
        )
