"""Ctrl+K: every command, view, office and report number by a few letters, in either language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from smartcity_desk import i18n, saying
from smartcity_desk.domain import shortcodes
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.commands import speaking
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.suggest import fold, office_label
from smartcity_desk.ui.triage.views import Views, view_name

if TYPE_CHECKING:
    from smartcity_desk.evidence.dossier import Subject
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk

SHOWN: Final = 30
_WAIT_MS: Final = 60
_AIR: Final = 4
_SCREEN: Final = "triage"
CODE_LENGTH: Final = 7
"""Letters of a short code (`evidence.gathering`), which is loaded only when one is typed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found: its sort and name as shown, the folded text that finds it, and what it does."""

    sort: str
    label: str
    find: str
    run: Callable[[], object]
    key: str = ""


class Index:
    """Everything but report numbers, folded once when the palette opens."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.entries = [*self._commands(), *self._views(), *self._offices()]

    def _commands(self) -> list[Entry]:
        commands = self._desk.commands
        names: dict[str, list[str]] = {}
        for language in i18n.LANGUAGES:
            with speaking(language):
                for command in commands:
                    names.setdefault(command.id, []).append(commands.title(command.id))
        sort = tr("command.sort.command")
        return [
            Entry(
                sort,
                commands.title(command.id),
                fold(" ".join(names[command.id])),
                partial(commands.run, command.id),
                commands.shown_key(command.id),
            )
            for command in commands
            if command.id != "app.palette" and not command.is_digit and commands.enabled(command.id)
        ]

    def _views(self) -> list[Entry]:
        views = Views(self._desk.settings).all
        names: dict[str, list[str]] = {}
        for language in i18n.LANGUAGES:
            with speaking(language):
                for view in views:
                    names.setdefault(view.key, []).append(view_name(view))
        sort, bridge = tr("command.sort.view"), self._desk.bridge
        return [
            Entry(
                sort,
                view_name(view),
                fold(" ".join(names[view.key])),
                self._go(bridge.open_view.emit, view.key),
            )
            for view in views
        ]

    def _offices(self) -> list[Entry]:
        sort, bridge = tr("command.sort.office"), self._desk.bridge
        return [
            Entry(
                sort,
                office_label(office),
                fold(f"{office.name} {office.code} {' '.join(office.aliases)}"),
                self._go(bridge.open_office.emit, office.code),
            )
            for office in self._desk.directory.offices.values()
        ]

    def _go(self, tell: Callable[[str], object], value: str) -> Callable[[], None]:
        def run() -> None:
            self._desk.bridge.navigate.emit(_SCREEN)
            tell(value)

        return run

    def find(self, typed: str) -> list[Entry]:
        """The entries in which each typed word begins a word; those whose name begins so first."""
        wanted = fold(typed).split()
        if not wanted:
            return self.entries[:SHOWN]
        first: list[Entry] = []
        second: list[Entry] = []
        beginning = " ".join(wanted)
        for entry in self.entries:
            text = f" {entry.find}"
            if all(f" {word}" in text for word in wanted):
                (first if f" {beginning}" in text else second).append(entry)
        return [*first, *second][:SHOWN]

    def report(self, row: RowData) -> Entry:
        """A report that was found by its number or its short code."""
        number = f"{words.channel_name(row.channel)} {words.number_of(row, 40)}"
        label = f"{number} · {formats.one_line(row.title or row.text, 70)}"
        return Entry(
            tr("command.sort.report"),
            label,
            fold(number),
            self._go(self._desk.bridge.open_report.emit, row.id),
        )

    def dossier(self, subject: Subject) -> Entry:
        """A dossier that was found by its short code."""
        bridge, code = self._desk.bridge, subject.code
        office = saying.office_name(subject.office, self._desk.directory)

        def run() -> None:
            bridge.navigate.emit("escalation")
            bridge.open_dossier.emit(code)

        label = tr("escalation.code.entry", code=code, office=office)
        return Entry(tr("escalation.code.sort"), label, fold(code), run)


def is_code(typed: str) -> bool:
    """Whether what was typed may be a short code: the rest is asked of who knows codes."""
    word = typed.strip()
    return len(word) == CODE_LENGTH and word.isalnum() and word.isascii()


class Palette(QDialog):
    """A line to type in and what it finds. Enter does it; Esc leaves."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.index = Index(desk)
        self._entries: list[Entry] = []
        self.setModal(True)
        self.setWindowTitle(tr("command.app.palette"))
        self.setAccessibleName(tr("command.app.palette"))
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(tr("command.palette.hint"))
        self.line.setAccessibleName(tr("command.app.palette"))
        self.line.setMaxLength(200)
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("command.palette.list"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(lambda _: self._run())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.resize(desk.theme.pixels(620), desk.theme.pixels(440))
        self._wait = once(
            self, _WAIT_MS, lambda: desk.tasks.replace("palette.numbers", self._numbers(self.line.text()))
        )
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._typed)
        self._typed("")
        self.line.setFocus()

    def _typed(self, text: str) -> None:
        self._fill(self.index.find(text))
        self._wait.start()

    async def _numbers(self, typed: str) -> None:
        if is_code(typed):
            await self._dossier(typed)
        number = typed.rsplit(maxsplit=1)[-1] if typed.split() else ""
        if shortcodes.id_range(typed) is not None:
            number = typed  # also without a digit, or with a space in its middle
        elif not any(letter.isdigit() for letter in number):
            return
        try:
            rows = await self._desk.readers.run(self._desk.store.numbered, number, now=self._desk.clock())
        except DeskError:
            return  # the screen behind says what is wrong with the file
        if self.isVisible() and typed == self.line.text() and rows:
            self._fill([*(self.index.report(row) for row in rows), *self._entries])

    async def _dossier(self, typed: str) -> None:
        """A short code from paper opens its dossier."""
        try:
            found = await self._desk.readers.run(self._look_up, typed)
        except DeskError:
            return
        if found is not None and self.isVisible() and typed == self.line.text():
            self._fill([self.index.dossier(found), *self._entries])

    def _look_up(self, typed: str) -> Subject | None:
        from smartcity_desk.evidence.finding import of_code

        store = self._desk.store
        # an ordinary word of seven letters is no reason to look half a year through
        deep = typed.isupper() or any(letter.isdigit() for letter in typed)
        return of_code(typed, store.law(), store.offices.marks(), self._desk.clock(), deep=deep)

    def _fill(self, entries: list[Entry]) -> None:
        self._entries = entries
        self.list.clear()
        height = self.fontMetrics().height() + 2 * _AIR
        for entry in entries:
            key = f"    {entry.key}" if entry.key else ""
            item = QListWidgetItem(f"{entry.label}{key}   —   {entry.sort}", self.list)
            item.setToolTip(formats.tip(entry.label))
            item.setSizeHint(QSize(0, height))
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter of the line work on the list."""
        if watched is self.line and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            key = Qt.Key(event.key())
            if key in steps:
                row = self.list.currentRow() + steps[key]
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return super().eventFilter(watched, event)

    def _run(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._entries):
            entry = self._entries[row]
            self.accept()
            # after the dialog has given the focus back, so that what runs finds the screen as it was
            QTimer.singleShot(0, self.parent() or self, entry.run)
