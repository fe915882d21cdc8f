"""Small dialogs for one decision each: type to filter, Enter to go on, Esc to leave. Nothing needs the mouse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.triage.suggest import Choice, matching

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_SHOWN: Final = 60
_DIGITS: Final = 9
_AIR: Final = 4
"""Pixels above and below a line of a list."""
_CODE: Final = int(Qt.ItemDataRole.UserRole)


class PickList(QWidget):
    """A line to type in and the choices that match. Digits choose while nothing is typed."""

    chosen = Signal(str)
    """Enter, a digit or a double click on a choice: its code."""

    def __init__(self, choices: Sequence[Choice], hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices = list(choices)
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(hint)
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("action.pick.list"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.line)
        layout.addWidget(self.list, 1)
        self.setFocusProxy(self.line)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._fill)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(_CODE)))
        self._fill("")

    def _fill(self, typed: str) -> None:
        self.list.clear()
        height = self.fontMetrics().height() + 2 * _AIR
        for at, choice in enumerate(matching(self._choices, typed)[:_SHOWN]):
            digit = f"{at + 1}" if at < _DIGITS else ""
            item = QListWidgetItem(choice.line if typed else f"{digit:\u2007>1}  {choice.line}", self.list)
            item.setSizeHint(QSize(0, height))
            item.setData(_CODE, choice.code)
            item.setToolTip(formats.tip(choice.line))
        self.list.setCurrentRow(0)

    def current(self) -> str | None:
        """The code under the cursor."""
        if self.list.currentRow() < 0:
            return None
        return str(self.list.currentItem().data(_CODE))

    def choose(self, code: str) -> None:
        """Put the cursor on a choice and go on as if a hand had chosen it; a code that is not shown does nothing."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_CODE) == code:
                self._choose(row)
                return

    def name_of(self, code: str) -> str:
        """How a choice is called."""
        return next((choice.label for choice in self._choices if choice.code == code), code)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows, Enter and digits of the line work on the list."""
        if watched is not self.line or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        assert isinstance(event, QKeyEvent)
        key, row = event.key(), self.list.currentRow()
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if key in moves:
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, row + moves[Qt.Key(key)])))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(row)
            return True
        digit = event.text()
        if digit.isascii() and digit.isdigit() and digit != "0" and not self.line.text():
            self._choose(int(digit) - 1)
            return True
        return super().eventFilter(watched, event)

    def _choose(self, row: int) -> None:
        item = self.list.item(row)
        if item is not None:
            self.list.setCurrentRow(row)
            self.chosen.emit(str(item.data(_CODE)))


class ReasonLine(QComboBox):
    """A reason in one line, with ready sentences under the arrow keys; the first one is there already."""

    entered = Signal()

    def __init__(self, templates: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.addItems(list(templates))
        self.setAccessibleName(name)
        line = self.lineEdit()
        assert line is not None
        line.setPlaceholderText(tr("action.reason.hint"))
        line.setAccessibleName(name)
        line.setMaxLength(2_000)
        line.returnPressed.connect(self.entered)
        line.setCompleter(None)  # type: ignore[arg-type]  # it would complete a sentence that is only begun

    def set_templates(self, templates: Sequence[str]) -> None:
        """Offer other sentences; what was typed by hand stays."""
        own = "" if self.currentText() in self.texts() else self.currentText()
        self.clear()
        self.addItems(list(templates))
        if own:
            self.setEditText(own)

    def texts(self) -> list[str]:
        """The ready sentences."""
        return [self.itemText(at) for at in range(self.count())]

    def take_focus(self) -> None:
        """Put the cursor here with the sentence selected, so that typing replaces it."""
        line = self.lineEdit()
        assert line is not None
        line.setFocus(Qt.FocusReason.TabFocusReason)
        line.selectAll()


class Popover(QDialog):
    """The frame of every decision: what it is, on which report, the body, why it was refused, and two buttons.

    `submit` is awaited with the dialog still open; a sentence that it returns is shown and the dialog stays.
    """

    def __init__(self, desk: Desk, title: str, subject: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.submit: Callable[[], Awaitable[str | None]] | None = None
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setModal(True)
        self.setMinimumWidth(desk.theme.pixels(460))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 12, 16, 12)
        self._layout.setSpacing(8)
        self.heading = self.label(title)
        self.heading.setFont(desk.theme.font(step=1, bold=True))
        self._layout.addWidget(self.heading)
        self.subject = self.label(subject)
        self.subject.setProperty("tone", "muted")
        self._layout.addWidget(self.subject)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        self._layout.addLayout(self.body, 1)
        self.trouble = self.label("")
        self.trouble.setProperty("tone", "overdue")
        self.trouble.hide()
        self._layout.addWidget(self.trouble)
        row = QHBoxLayout()
        row.addStretch(1)
        self.cancel = QPushButton(tr("action.button.cancel"), self)
        self.cancel.clicked.connect(self.reject)
        self.accept_button = QPushButton(tr("action.button.save"), self)
        self.accept_button.setProperty("kind", "primary")
        self.accept_button.clicked.connect(self.finish)
        for button in (self.cancel, self.accept_button):
            button.setAutoDefault(False)
            row.addWidget(button)
        self._layout.addLayout(row)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(keys, self, self.finish)
        self._busy = False

    def label(self, text: str) -> QLabel:
        """A line of plain text that wraps."""
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setText(text)
        return label

    def field(self, title: str, widget: QWidget) -> None:
        """A named field of the body."""
        label = self.label(title)
        label.setProperty("tone", "muted")
        label.setProperty("step", -1)
        label.setBuddy(widget)
        self.body.addWidget(label)
        self.body.addWidget(widget)

    def ready(self) -> str | None:
        """What is still missing, as a sentence, or None. Subclasses say."""
        return None

    def finish(self) -> None:
        """Try to do it; the dialog closes once it is done."""
        if self._busy:
            return
        missing = self.ready()
        if missing is not None:
            self.complain(missing)
            return
        self._busy = True
        self.desk.tasks.spawn(self._finish(), name="action.submit")

    async def _finish(self) -> None:
        try:
            refusal = None if self.submit is None else await self.submit()
        finally:
            self._busy = False
        if not alive(self):
            return  # Esc was quicker; what was done is told in the frame, with its way back
        if refusal is None:
            self.accept()
        else:
            self.complain(refusal)

    def complain(self, sentence: str) -> None:
        """Say why it cannot be done, where the eyes are."""
        self.trouble.setText(sentence)
        self.trouble.show()


class NameDialog(Popover):
    """A name in one line."""

    def __init__(self, desk: Desk, title: str, name: str, parent: QWidget | None) -> None:
        super().__init__(desk, title, tr("action.name.help"), parent)
        self.line = QLineEdit(name, self)
        self.line.setMaxLength(60)
        self.line.setAccessibleName(title)
        self.line.returnPressed.connect(self.finish)
        self.body.addWidget(self.line)
        self.line.setFocus()
        self.line.selectAll()

    @property
    def name(self) -> str:
        """What was typed."""
        return self.line.text().strip()

    def ready(self) -> str | None:
        """A name has letters."""
        return None if self.name else tr("action.name.empty")
