"""What this is: versions, where the data lies, and a check of it."""

from __future__ import annotations

import platform
import sqlite3

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication

import smartcity_desk
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic


class AboutSection(Section):
    """The text can be copied whole, for a letter to the administrator."""

    title_key = "settings.about.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.facts = basic.label(wrap=True)
        self.facts.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.texts.name("settings.about.title", self.facts)
        self.copy = basic.button()
        self.texts.bind("common.copy", self.copy.setText)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.facts.text()))
        self.check = basic.button()
        self.texts.bind("settings.about.check", self.check.setText)
        self.check.clicked.connect(lambda: desk.tasks.replace("settings.check", self._check()))
        self.outcome = basic.label(wrap=True)
        self.outcome.hide()
        self._policy = ""
        self.card(self.facts, basic.row(0, self.check, self.copy), self.outcome)
        self.retranslate()
        desk.tasks.replace("settings.policy", self._read_policy())

    async def _read_policy(self) -> None:
        law = await self.desk.readers.run(self.desk.store.law)
        if alive(self):
            self._policy = law.book.at(self.desk.clock()).version
            self.retranslate()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        paths = self.desk.paths
        lines = (
            tr("settings.about.version", version=smartcity_desk.__version__),
            tr("settings.about.profile", profile=paths.profile),
            tr("settings.about.data", folder=str(paths.profile_dir)),
            tr("settings.about.log", folder=str(paths.logs)),
            tr("settings.about.directory", edition=self.desk.directory.edition or "—"),
            tr("settings.about.policy", version=self._policy or "…"),
            tr(
                "settings.about.parts",
                python=platform.python_version(),
                qt=qVersion(),
                sqlite=sqlite3.sqlite_version,
                system=platform.platform(terse=True),
            ),
        )
        self.facts.setText("\n".join(lines))
        self.outcome.hide()

    async def _check(self) -> None:
        desk = self.desk
        self.outcome.setText(tr("settings.about.checking"))
        basic.set_tone(self.outcome, "muted")
        self.outcome.show()
        try:
            rows = await desk.readers.run(desk.store.self_check)
        except DeskError as problem:
            rows = None
            text = errors_text.of_error(problem).whole
        if not alive(self):
            return
        if rows is None:
            good = False
        else:
            bad = [row.name for row in rows if not row.ok]
            good = not bad
            text = (
                tr("settings.about.good", n=len(rows))
                if good
                else tr("settings.about.bad", names=", ".join(bad))
            )
        self.outcome.setText(text)
        basic.set_tone(self.outcome, "in_time" if good else "overdue")
