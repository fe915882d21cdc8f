"""Lapisan: the city's layers, each with its address, what it holds, how old that is, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QListWidget, QListWidgetItem

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, files, formats
from smartcity_desk.ui.layers import shelf_of, title_of
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.place.layers.plans import Plan
    from smartcity_desk.place.layers.shelf import About, State

_ENDINGS = "*.geojson *.json *.csv *.kml *.kmz *.zip *.gz"


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one layer."""

    plan: Plan
    state: State
    about: About | None
    before: About | None


class LayersSection(Section):
    """Read when shown, and again whenever a layer moved. Everything that touches files runs away from the window."""

    title_key = "layer.settings.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._lines: tuple[Line, ...] = ()
        self.list = QListWidget()
        self.list.setFixedHeight(desk.theme.pixels(236))
        self.list.currentRowChanged.connect(lambda _: self._show())
        self.card(self.field("layer.settings.list", self.list), self.list, self.note("layer.settings.help"))
        self.state = basic.label(wrap=True)
        self.trouble = basic.label(tone="overdue", wrap=True)
        self.on = QCheckBox()
        self.texts.bind("layer.settings.on", self.on.setText)
        self.url, self.part, self.token = QLineEdit(), QLineEdit(), QLineEdit()
        for line in (self.url, self.part, self.token):
            line.setMaxLength(2_000)
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.buttons = {
            name: basic.button(kind="primary" if name == "save" else "")
            for name in ("save", "now", "accept", "import", "before", "remove")
        }
        for name in ("save", "now", "accept", "import", "remove"):
            self.texts.bind(f"layer.settings.{name}", self.buttons[name].setText)
        self.buttons["save"].clicked.connect(lambda: self._spawn(self._save()))
        self.buttons["now"].clicked.connect(self._ask_now)
        self.buttons["accept"].clicked.connect(lambda: self._ask_now(force=True))
        self.buttons["import"].clicked.connect(lambda: self._spawn(self._import()))
        self.buttons["before"].clicked.connect(lambda: self._spawn(self._go_back()))
        self.buttons["remove"].clicked.connect(lambda: self._spawn(self._remove()))
        self._asking = [
            self.on,
            self.field("layer.settings.url", self.url),
            self.url,
            self.field("layer.settings.part", self.part),
            self.part,
            self.field("layer.settings.token", self.token),
            self.token,
        ]
        self.card(
            self.state,
            self.trouble,
            basic.row(self.buttons["import"], self.buttons["before"], self.buttons["remove"], 0),
            *self._asking,
            basic.row(0, self.buttons["accept"], self.buttons["now"], self.buttons["save"]),
        )
        desk.bridge.layers_changed.connect(lambda _: self._read())
        self.retranslate()

    def activate(self) -> None:
        """Read how the layers stand."""
        self._read()

    def _read(self) -> None:
        self.desk.tasks.replace("settings.layers", self._load())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.desk.tasks.replace("settings.layers.deed", work)

    async def _load(self) -> None:
        desk = self.desk

        def read() -> tuple[Line, ...]:
            from smartcity_desk.place.layers.plans import plan, plans

            shelf = shelf_of(desk)
            names = dict.fromkeys([*(one.name for one in plans(desk.settings)), *shelf.names()])
            return tuple(
                Line(plan(desk.settings, name), shelf.state(name), shelf.about(name), shelf.before(name))
                for name in names
            )

        lines = await desk.errands.run(read)
        if alive(self):
            self._lines = lines
            self._fill()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self._fill()

    def _fill(self) -> None:
        row = max(0, self.list.currentRow())
        self.list.blockSignals(True)
        self.list.clear()
        for line in self._lines:
            item = QListWidgetItem(self._words(line))
            item.setData(Qt.ItemDataRole.UserRole, line.plan.name)
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self.list.blockSignals(False)
        self._show()

    def _words(self, line: Line) -> str:
        """A sign, the name, and what it holds."""
        now, sign = self.desk.clock(), "○"
        state = tr("layer.settings.waiting") if line.plan.enabled else tr("layer.settings.off")
        if line.about is not None:
            sign, state = "●", trn("layer.settings.count", line.about.count)
            if now - line.about.old_at() > line.about.stale_after:
                sign, state = "◌", f"{state}, {tr('map.layer.stale')}"
        if line.state.error:
            sign = "▲"
        return tr("layer.settings.line", sign=sign, layer=title_of(line.plan.name, line.about), state=state)

    @property
    def current(self) -> Line | None:
        """The layer under the cursor."""
        row = self.list.currentRow()
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def choose(self, name: str) -> None:
        """Put the cursor on a layer."""
        for row, line in enumerate(self._lines):
            if line.plan.name == name:
                self.list.setCurrentRow(row)

    def _show(self) -> None:
        from smartcity_desk.place.layers.known import Reader

        line = self.current
        asked = line is not None and line.plan.reader not in (Reader.DESK, Reader.FILE)
        for widget in self._asking:
            widget.setVisible(asked)
        for name in ("save", "now"):
            self.buttons[name].setVisible(asked)
        for button in self.buttons.values():
            button.setEnabled(line is not None)
        self.buttons["accept"].hide()
        if line is None:
            self.state.setText("")
            self.trouble.hide()
            return
        self.state.setText(self._about(line))
        self.trouble.setVisible(bool(line.state.error))
        if line.state.error:
            what = errors_text.of_code(line.state.error, line.state.params).whole
            self.trouble.setText(tr("layer.settings.state.trouble", what=what))
        plan = line.plan
        self.on.setChecked(plan.enabled)
        for field, own, text in (
            (self.url, plan.about.url, plan.url),
            (self.part, plan.about.part, plan.part),
        ):
            field.setPlaceholderText(own)
            field.setText("" if text == own else text)
        self.token.clear()
        self.buttons["now"].setEnabled(plan.enabled and plan.ready)
        self.buttons["accept"].setVisible(asked and line.state.params.get("key") == "layer_collapse")
        before = line.before
        self.buttons["before"].setEnabled(before is not None)
        self.buttons["before"].setText(
            tr("layer.settings.no_before")
            if before is None
            else tr("layer.settings.before", edition=formats.one_line(before.edition, 40))
        )
        self.buttons["remove"].setEnabled(line.about is not None)

    def _about(self, line: Line) -> str:
        about, now = line.about, self.desk.clock()
        if about is None:
            by_desk = line.plan.reader.value == "desk"
            return tr("layer.settings.state.desk") if by_desk else tr("layer.settings.state.none")
        text = tr(
            "layer.settings.state.there",
            edition=formats.one_line(about.edition, 40),
            n=trn("layer.settings.count", about.count),
            source=formats.one_line(about.attribution or about.source, 80) or "—",
            as_of=formats.dated(about.as_of) or "—",
            licence=formats.one_line(about.licence, 60) or "—",
            age=formats.ago(about.old_at(), now),
        )
        stale = now - about.old_at() > about.stale_after
        return f"{text}\n{tr('layer.settings.state.stale')}" if stale else text

    # -- what may be done --------------------------------------------------------------------------------------

    async def _save(self) -> None:
        line, desk = self.current, self.desk
        if line is None:
            return
        name, token = line.plan.name, self.token.text().strip()
        wanted: dict[str, bool | str | int] = {
            "enabled": self.on.isChecked(),
            "url": self.url.text().strip(),
            "part": self.part.text().strip(),
        }

        def keep() -> None:
            from smartcity_desk.place.layers.plans import change, secret_name

            change(desk.settings, name, **wanted)
            if token:
                desk.secrets.set(secret_name(name), token)
            desk.settings.save()

        if await self._done(keep):
            desk.bridge.settings_changed.emit(config.LAYERS.name)
            desk.notify.say(tr("layer.settings.saved", layer=title_of(name)), Level.DONE, replaces="layer")
            await self._load()

    def _ask_now(self, *, force: bool = False) -> None:
        line = self.current
        if line is not None and self.desk.sync is not None:
            self.desk.sync.send({"cmd": "pull", "layer": line.plan.name, "force": force})
        self.desk.notify.say(tr("layer.settings.asked"), replaces="layer")

    async def _import(self) -> None:
        from smartcity_desk.ui.loop import shown
        from smartcity_desk.ui.settings.layer_import import ImportDialog

        line = self.current
        if line is None:
            return
        title = tr("layer.settings.import")
        chosen = await files.open_files(self, title, f"{tr('layer.settings.kinds')} ({_ENDINGS})")
        if chosen and alive(self):
            await shown(ImportDialog(self.desk, line.plan.about, chosen[0], self))
            if alive(self):
                await self._load()

    async def _go_back(self) -> None:
        line = self.current
        if line is None or line.before is None:
            return
        name, edition = line.plan.name, line.before.edition
        if await self._done(lambda: shelf_of(self.desk).use(name, edition)):
            self.desk.bridge.layers_changed.emit({"layer": name})
            told = tr("layer.settings.used", layer=title_of(name), edition=edition)
            self.desk.notify.say(told, Level.DONE, replaces="layer")

    async def _remove(self) -> None:
        line = self.current
        if line is None:
            return
        name = line.plan.name
        if await self._done(lambda: shelf_of(self.desk).remove(name)):
            self.desk.bridge.layers_changed.emit({"layer": name})
            told = tr("layer.settings.removed", layer=title_of(name))
            self.desk.notify.say(told, Level.DONE, replaces="layer")

    async def _done(self, work: Callable[[], object]) -> bool:
        try:
            await self.desk.errands.run(work)
        except DeskError as problem:
            self.desk.notify.error(problem)
            return False
        return alive(self)
