"""Peta & batas: which boundaries are in force, from whom and as of when; taking in others, and taking that back.

They come from a file or from the central server. Either way the work runs away from the window, says how far it is and
can be stopped: until the last step nothing has changed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QProgressBar, QWidget

from smartcity_desk import config
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
_MB: Final = 1_000_000


class _StoppedError(Exception):
    """The operator has stopped it."""


Work = Callable[[Callable[[int, int], None]], "Brought | None"]
"""Takes in an edition; what it is given hears of the progress. None where there was nothing new."""


class PlacesSection(Section):
    """Read when shown. One import at a time; its report stays until the next one."""

    title_key = "place.settings.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._editions: tuple[Edition, ...] = ()
        self._current = ""
        self._trouble: DeskError | None = None
        self._working = False
        self._report = ""
        self._stop = threading.Event()
        self.state = basic.label(wrap=True)
        self.choose = basic.button(kind="primary")
        self.texts.bind("place.settings.import", self.choose.setText)
        self.choose.clicked.connect(self._choose)
        self.fetch_button = basic.button()
        self.texts.bind("place.settings.fetch", self.fetch_button.setText)
        self.fetch_button.clicked.connect(self._fetch)
        self.stop_button = basic.button()
        self.texts.bind("place.settings.stop", self.stop_button.setText)
        self.stop_button.clicked.connect(self.stop)
        self.progress = basic.label(tone="muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(desk.theme.pixels(4))
        self.texts.bind("place.settings.progress", self.bar.setAccessibleName)
        self.card(
            self.state,
            self.progress,
            self.bar,
            basic.row(0, self.stop_button, self.fetch_button, self.choose),
            self.note("place.settings.help"),
        )
        self.said: dict[str, QLineEdit] = {}
        parts: list[QWidget] = []
        for name in ("source", "licence", "as_of"):
            field = self.said[name] = QLineEdit()
            field.setMaxLength(300)
            parts += [self.field(f"place.settings.{name}", field), field]
        self.texts.bind("place.settings.as_of.hint", self.said["as_of"].setPlaceholderText)
        self.card(self.note("place.settings.about"), *parts)
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
                name: formats.one_line(getattr(about, name), 200) or "—" for name in ("source", "licence")
            }
            said["as_of"] = formats.dated(about.as_of) or "—"
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
        self.fetch_button.setEnabled(not self._working and bool(self.desk.settings.get(config.CENTRAL_URL)))
        tip = "" if self.desk.settings.get(config.CENTRAL_URL) else tr("place.settings.no_server")
        self.fetch_button.setToolTip(formats.tip(tip))
        self.stop_button.setEnabled(self._working and not self._stop.is_set())
        for widget in (self.progress, self.bar, self.stop_button):
            widget.setVisible(self._working)

    def _choose(self) -> None:
        self.desk.tasks.spawn(self._ask(), name="settings.places.ask")

    async def _ask(self) -> None:
        title = tr("place.settings.import")
        chosen = await files.open_files(self, title, f"{tr('place.settings.kinds')} ({_KINDS})")
        if chosen and alive(self):
            await self.bring(chosen)

    async def bring(self, chosen: list[Path]) -> None:
        """Check and take in files: the first is the boundaries, further ones become layers."""
        desk, library = self.desk, places_of(self.desk)
        source, licence, as_of = (field.text().strip() for field in self.said.values())

        def work(told: Callable[[int, int], None]) -> Brought:
            from smartcity_desk.place import importing

            wanted = importing.Wanted(chosen[0], chosen[1:], about=importing.About(source, licence, as_of))
            return importing.bring(library.editions, wanted, desk.directory, told=told)

        await self._take_in(work)

    def _fetch(self) -> None:
        self.desk.tasks.spawn(self.fetch(), name="settings.places.fetch")

    async def fetch(self) -> None:
        """Take in what the central server has, if it is another bundle than the last one from there."""
        desk, loop, editions = self.desk, asyncio.get_running_loop(), places_of(self.desk).editions
        url = desk.settings.get(config.CENTRAL_URL)
        renewed: list[str] = []

        def came(size: int) -> None:
            if self._stop.is_set():
                raise _StoppedError
            loop.call_soon_threadsafe(self._tell_came, size)

        def work(told: Callable[[int, int], None]) -> Brought | None:
            import tempfile

            from smartcity_desk.place import importing
            from smartcity_desk.ui import doors

            editions.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="fetch-", dir=editions.folder) as made:
                path = Path(made) / "place.zip"
                tag = doors.fetch_place(
                    url,
                    desk.secrets,
                    desk.clock,
                    path,
                    editions.fetched_tag(),
                    came,
                    lambda name, _: renewed.append(name),
                )
                if tag is None:
                    return None
                brought = importing.bring(editions, importing.Wanted(path), desk.directory, told=told)
                if brought.report.ok:
                    editions.keep_fetched_tag(tag)
                return brought

        try:
            await self._take_in(work)
        finally:
            if renewed and desk.session is not None and desk.sync is not None:
                for line in desk.session.greeting():
                    desk.sync.send(line)

    async def _take_in(self, work: Work) -> None:
        desk, loop = self.desk, asyncio.get_running_loop()

        def told(done: int, total: int) -> None:
            if self._stop.is_set():
                raise _StoppedError
            loop.call_soon_threadsafe(self._tell, done, total)

        self._stop.clear()
        self._working = True
        self.bar.setRange(0, 0)
        self.progress.setText(tr("place.settings.working"))
        self._enable()
        try:
            brought = await desk.errands.run(work, told)
        except DeskError as problem:
            desk.notify.error(problem)
        except asyncio.CancelledError:
            self._stop.set()  # the window goes: the thread need not go on for nobody
            raise
        except _StoppedError:
            desk.notify.say(tr("place.settings.stopped"))
        else:
            self._tell_done(brought)
        finally:
            self._working = False
            if alive(self):
                self._enable()
        if alive(self):
            await self._load()

    def _tell_done(self, brought: Brought | None) -> None:
        if brought is None:
            self.desk.notify.say(tr("place.settings.unchanged"))
            return
        self._report = _text(brought)
        if brought.report.ok:
            edition = formats.one_line(brought.manifest.edition, 80)
            self.desk.notify.say(tr("place.settings.done", edition=edition), Level.DONE)
        else:
            self.desk.notify.say(tr("place.settings.refused"), Level.WARNING)

    def stop(self) -> None:
        """Stop what is being taken in, at its next step."""
        self._stop.set()
        self.stop_button.setEnabled(False)
        self.progress.setText(tr("place.settings.stopping"))

    def _tell(self, done: int, total: int) -> None:
        if alive(self) and self._working and not self._stop.is_set():
            self.bar.setRange(0, max(1, total))
            self.bar.setValue(done)
            self.progress.setText(tr("place.settings.percent", percent=done * 100 // max(1, total)))

    def _tell_came(self, size: int) -> None:
        if alive(self) and self._working and not self._stop.is_set():
            self.progress.setText(tr("place.settings.came", mb=formats.number(size // _MB)))

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
