"""Peta & batas: which boundaries are in force, from whom and as of when; taking in others, and taking that back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPlainTextEdit

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import files, formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.places import places_of
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.place.editions import Edition
    from smartcity_desk.place.importing import Brought

_KINDS = "*.zip *.geojson *.json *.gz"


class PlacesSection(Section):
    """Read when shown. An import runs away from the window; its report stays until the next one."""

    title_key = "place.settings.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._editions: tuple[Edition, ...] = ()
        self._current = ""
        self._trouble: DeskError | None = None
        self._working = False
        self._report = ""
        self.state = basic.label(wrap=True)
        self.choose = basic.button(kind="primary")
        self.texts.bind("place.settings.import", self.choose.setText)
        self.choose.clicked.connect(self._choose)
        self.progress = basic.label(tone="muted")
        self.card(self.state, basic.row(self.progress, 0, self.choose), self.note("place.settings.help"))
        self.list = QListWidget()
        self.list.setFixedHeight(desk.theme.pixels(140))
        self.use = basic.button()
        self.texts.bind("place.settings.use", self.use.setText)
        self.use.clicked.connect(self._use)
        self.list.currentRowChanged.connect(lambda _: self._enable())
        self.card(self.field("place.settings.editions", self.list), self.list, basic.row(0, self.use))
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setMinimumHeight(desk.theme.pixels(180))
        self.report_card = self.card(self.field("place.settings.report", self.report), self.report)
        self.retranslate()

    def activate(self) -> None:
        """Read what is in force."""
        self.desk.tasks.replace("settings.places", self._load())

    async def _load(self) -> None:
        library = places_of(self.desk)

        def read() -> tuple[tuple[Edition, ...], str, DeskError | None]:
            current = library.edition
            return library.editions.all(), current, library.trouble

        editions, current, trouble = await self.desk.errands.run(read)
        if alive(self):
            self._editions, self._current, self._trouble = editions, current, trouble
            self.retranslate()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self.state.setText(self._state())
        self.list.clear()
        for edition in self._editions:
            self._add(edition.name, self._line(edition))
        self._add("", tr("place.approximate"))
        self.report.setPlainText(self._report)
        self.report_card.setVisible(bool(self._report))
        self.progress.setText(tr("place.settings.working") if self._working else "")
        self._enable()

    def _add(self, name: str, text: str) -> None:
        in_force = name == self._current or (not name and self._current not in self._names())
        item = QListWidgetItem(tr("place.settings.in_force", edition=text) if in_force else text)
        item.setData(Qt.ItemDataRole.UserRole, name)
        self.list.addItem(item)
        if in_force:
            self.list.setCurrentItem(item)

    def _names(self) -> set[str]:
        return {edition.name for edition in self._editions}

    def _line(self, edition: Edition) -> str:
        about = edition.manifest
        if about is None:
            return tr("place.settings.unreadable", edition=formats.one_line(edition.name, 80))
        title = about.title.get("id", "")
        return f"{formats.one_line(edition.name, 80)} — {formats.one_line(title, 80)}"

    def _state(self) -> str:
        about = next((one.manifest for one in self._editions if one.name == self._current), None)
        lines = []
        if about is None:
            lines.append(tr("place.approximate"))
        else:
            said = {
                name: formats.one_line(getattr(about, name), 200) or "—"
                for name in ("source", "licence", "as_of")
            }
            lines.append(
                tr(
                    "place.settings.state",
                    edition=formats.one_line(about.edition, 80),
                    n=_layers(about),
                    **said,
                )
            )
        if self._trouble is not None:
            from smartcity_desk.ui import errors_text

            lines.append(errors_text.of_error(self._trouble).whole)
        return "\n".join(lines)

    def _chosen(self) -> str | None:
        row = self.list.currentRow()
        return None if row < 0 else str(self.list.item(row).data(Qt.ItemDataRole.UserRole))

    def _enable(self) -> None:
        chosen = self._chosen()
        current = self._current if self._current in self._names() else ""
        self.use.setEnabled(not self._working and chosen is not None and chosen != current)
        self.choose.setEnabled(not self._working)

    def _choose(self) -> None:
        self.desk.tasks.spawn(self._ask(), name="settings.places.ask")

    async def _ask(self) -> None:
        title = tr("place.settings.import")
        chosen = await files.open_files(self, title, f"{tr('place.settings.kinds')} ({_KINDS})")
        if chosen and alive(self):
            await self.bring(chosen)

    async def bring(self, chosen: list[Path]) -> None:
        """Check and take in files: the first is the boundaries, further ones become layers."""
        from smartcity_desk.place.importing import Wanted, bring

        desk, loop = self.desk, asyncio.get_running_loop()

        def told(done: int, total: int) -> None:
            loop.call_soon_threadsafe(self._tell, done, total)

        self._working = True
        self.retranslate()
        try:
            library = places_of(desk)
            wanted = Wanted(chosen[0], chosen[1:])
            brought = await desk.errands.run(bring, library.editions, wanted, desk.directory, told=told)
        except DeskError as problem:
            desk.notify.error(problem)
        else:
            self._report = _text(brought)
            if brought.report.ok:
                desk.notify.say(tr("place.settings.done", edition=brought.manifest.edition), Level.DONE)
            else:
                desk.notify.say(tr("place.settings.refused"), Level.WARNING)
        finally:
            self._working = False
        if alive(self):
            await self._load()

    def _tell(self, done: int, total: int) -> None:
        if alive(self) and total:
            self.progress.setText(tr("place.settings.percent", percent=done * 100 // total))

    def _use(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.desk.tasks.spawn(self._put(chosen), name="settings.places.use")

    async def _put(self, edition: str) -> None:
        try:
            await self.desk.errands.run(places_of(self.desk).editions.use, edition or None)
        except DeskError as problem:
            self.desk.notify.error(problem)
        if alive(self):
            await self._load()


def _layers(about: Any) -> int:
    return len([file for file in about.files if file.id])


def _text(brought: Brought) -> str:
    from smartcity_desk.place.saying import report_lines

    head = tr("place.settings.checked", edition=formats.one_line(brought.manifest.edition, 80))
    return "\n".join([head, *report_lines(brought.report)])
