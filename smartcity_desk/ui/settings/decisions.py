"""Whether decision alternatives are offered, and by which knowledge. Switching them off takes nothing else away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.routing import Routing


class DecisionsSection(Section):
    """One switch; it is in force at once. The versions of the routing are read when the page is shown."""

    title_key = "settings.decisions.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.courses = QCheckBox()
        self.courses.setChecked(desk.settings.get(config.COURSES_SHOWN))
        self.texts.bind("settings.decisions.courses", self.courses.setText)
        self.courses.toggled.connect(self._switched)
        self.card(self.courses, self.note("settings.decisions.courses.help"))
        self._versions: tuple[Routing, ...] = ()
        self.routing = basic.label(wrap=True)
        self.card(
            self.field("settings.decisions.routing", self.routing),
            self.routing,
            self.note("settings.decisions.routing.help"),
        )
        self.retranslate()

    def activate(self) -> None:
        """Read which versions there are."""
        self.desk.tasks.replace("settings.routing", self._load())

    async def _load(self) -> None:
        desk = self.desk

        def read() -> tuple[Routing, ...]:
            from smartcity_desk import knowledge

            return knowledge.load(
                desk.paths.profile_dir / knowledge.FOLDER, desk.store.routing()
            ).routing.versions

        try:
            versions = await desk.readers.run(read)
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self):
            self._versions = versions
            self.retranslate()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        now = self.desk.clock()
        lines = []
        for one in reversed(self._versions):
            key = "coming" if one.effective_from > now else "since"
            note = f" ({formats.one_line(one.note, 160)})" if one.note else ""
            lines.append(
                tr(
                    f"settings.policy.{key}",
                    version=formats.one_line(one.version, 60),
                    date=formats.date(one.effective_from),
                )
                + note
            )
        self.routing.setText("\n".join(lines))

    def _switched(self, on: bool) -> None:
        self.desk.settings.set(config.COURSES_SHOWN, on)
        self.desk.bridge.settings_changed.emit(config.COURSES_SHOWN.name)
        self.desk.tasks.replace("settings.save", self._save())

    async def _save(self) -> None:
        try:
            await self.desk.errands.run(self.desk.settings.save)
        except DeskError as problem:
            self.desk.notify.error(problem)
