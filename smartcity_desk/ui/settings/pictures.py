"""Whether pictures of reports are fetched, how much of the disk they may have, and how it stands with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QSpinBox

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.times import DAY
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.store.media import Totals

LEAST_MB, MOST_MB, STEP_MB = 100, 1_000_000, 512


class PicturesSection(Section):
    """A switch and a number; both hold from the helper's next turn on."""

    title_key = "settings.pictures.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.fetched = QCheckBox()
        self.fetched.setChecked(desk.settings.get(config.PICTURES_FETCHED))
        self.texts.bind("settings.pictures.fetched", self.fetched.setText)
        self.fetched.toggled.connect(self._switched)
        self.disk = basic.indented(QSpinBox())
        self.disk.setRange(LEAST_MB, MOST_MB)
        self.disk.setSingleStep(STEP_MB)
        self.texts.bind("settings.pictures.unit", self.disk.setSuffix)
        self.disk.setValue(desk.settings.get(config.PICTURES_MB))
        self.disk.editingFinished.connect(self._sized)
        self.stands = basic.label(wrap=True)
        self._totals: Totals | None = None
        self.retry = basic.button()
        self.texts.bind("settings.pictures.retry", self.retry.setText)
        self.retry.clicked.connect(lambda _=False: desk.tasks.replace("settings.media.retry", self._retry()))
        self.card(self.fetched, self.note("settings.pictures.fetched.help"))
        self.card(
            self.field("settings.pictures.disk", self.disk),
            basic.row(self.disk, 0),
            self.note("settings.pictures.disk.help"),
        )
        self.card(self.stands, basic.row(self.retry, 0))

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self._tell()

    def activate(self) -> None:
        """Count anew."""
        self.desk.tasks.replace("settings.media", self._count())

    def _switched(self, on: bool) -> None:
        self.desk.settings.set(config.PICTURES_FETCHED, on)
        self._changed(config.PICTURES_FETCHED.name)

    def _sized(self) -> None:
        if self.disk.value() != self.desk.settings.get(config.PICTURES_MB):
            self.desk.settings.set(config.PICTURES_MB, self.disk.value())
            self._changed(config.PICTURES_MB.name)

    def _changed(self, name: str) -> None:
        self.desk.bridge.settings_changed.emit(name)
        self.desk.tasks.replace("settings.save", self._save())

    async def _save(self) -> None:
        desk = self.desk
        try:
            await desk.errands.run(desk.settings.save)
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if desk.sync is not None:
            desk.sync.send({"cmd": "settings"})

    async def _count(self) -> None:
        desk = self.desk
        try:
            totals = await desk.readers.run(desk.store.media.totals, desk.clock() - DAY)
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self):
            self._totals = totals
            self._tell()

    def _tell(self) -> None:
        totals = self._totals
        if totals is not None:
            states = totals.states
            self.stands.setText(
                tr(
                    "settings.pictures.stands",
                    files=formats.number(totals.files),
                    mb=formats.number(totals.disk >> 20),
                    wanted=formats.number(states.get("wanted", 0)),
                    refused=formats.number(states.get("refused", 0) + states.get("gone", 0)),
                )
            )

    async def _retry(self) -> None:
        desk = self.desk
        try:
            number = await desk.writer.run(desk.store.media.retry, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem)
            return
        desk.notify.say(trn("settings.pictures.retried", number))
        await self._count()
