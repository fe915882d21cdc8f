"""Whether decision alternatives are offered. Switching them off takes nothing else away."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section


class DecisionsSection(Section):
    """One switch; it is in force at once."""

    title_key = "settings.decisions.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.courses = QCheckBox()
        self.courses.setChecked(desk.settings.get(config.COURSES_SHOWN))
        self.texts.bind("settings.decisions.courses", self.courses.setText)
        self.courses.toggled.connect(self._switched)
        self.card(self.courses, self.note("settings.decisions.courses.help"))

    def _switched(self, on: bool) -> None:
        self.desk.settings.set(config.COURSES_SHOWN, on)
        self.desk.bridge.settings_changed.emit(config.COURSES_SHOWN.name)
        self.desk.tasks.replace("settings.save", self._save())

    async def _save(self) -> None:
        try:
            await self.desk.errands.run(self.desk.settings.save)
        except DeskError as problem:
            self.desk.notify.error(problem)
