"""What could not be read: a list, the item by its shape, and the ways out: read again, or put away.

An item as it came holds what somebody said. It is shown as plain text once a reason is written down (Shift+R), to this
window and as long as it is open.
"""

from __future__ import annotations

import json
from contextlib import suppress

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import EventKind, QuarantineRevealed
from smartcity_desk.domain.ids import quarantine_id
from smartcity_desk.domain.opening import ITEMS_MAX, item_name, shape
from smartcity_desk.i18n import tr, trn
from smartcity_desk.store.rows import QuarantineRow
from smartcity_desk.ui import channels, errors_text, formats
from smartcity_desk.ui.loop import alive, shown
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.texts import Texts

SHOWN = 500
"""The list holds this many; the newest come first."""
_RAW_SHOWN = 100_000
_FIELDS = 5
_MODE = QHeaderView.ResizeMode


class QuarantineWindow(QDialog):
    """Non-modal. `released` says that items left the quarantine."""

    released = Signal()

    def __init__(self, desk: Desk, channel: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.channel = channel
        self.texts = Texts()
        self.rows: list[QuarantineRow] = []
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        room = (parent.window() if parent is not None else self).size()
        self.resize(
            min(desk.theme.pixels(860), max(600, room.width() - 80)),
            min(desk.theme.pixels(560), max(400, room.height() - 80)),
        )
        self.text = basic.label(tone="muted", wrap=True)
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setColumnCount(3)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.header().setStretchLastSection(False)
        self.list.header().setObjectName("plain")
        for column, mode in enumerate((_MODE.ResizeToContents, _MODE.Stretch, _MODE.ResizeToContents)):
            self.list.header().setSectionResizeMode(column, mode)
        self.texts.name("health.quarantine.list", self.list)
        self.list.itemSelectionChanged.connect(self._selected)
        self.raw = QPlainTextEdit()
        self.raw.setReadOnly(True)
        self.raw.setTabChangesFocus(True)
        self.texts.name("health.quarantine.raw", self.raw)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.list)
        split.addWidget(self.raw)
        split.setSizes([420, 440])
        self.opened: set[int] = set()
        self.reveal = basic.button()
        self.reveal.clicked.connect(self._reveal)
        self.key = QShortcut(QKeySequence("Shift+R"), self)
        self.key.activated.connect(self._reveal)
        self.put_away = basic.button()
        self.texts.bind("health.quarantine.put_away", self.put_away.setText)
        self.put_away.clicked.connect(self._put_away)
        self.again = basic.button(kind="primary")
        self.texts.bind("health.quarantine.again", self.again.setText)
        self.again.clicked.connect(self._read_again)
        self.every = basic.button()
        self.texts.bind("health.quarantine.every", self.every.setText)
        self.every.clicked.connect(self._read_all)
        self.leave = basic.button()
        self.texts.bind("common.close", self.leave.setText)
        self.leave.clicked.connect(self.close)
        layout = basic.column(
            self.text,
            split,
            basic.row(self.reveal, self.put_away, 0, self.leave, self.every, self.again),
            spacing=12,
            margins=(20, 16, 20, 16),
        )
        layout.setStretch(1, 1)
        self.setLayout(layout)
        desk.bridge.language_changed.connect(self.retranslate)
        self.retranslate()
        self.reload()

    def retranslate(self) -> None:
        """Say every text again."""
        self.texts.retranslate()
        name = channels.title(self.channel)
        self.reveal.setText(
            tr("report.button.with_key", name=tr("health.quarantine.reveal"), key=self.key.key().toString())
        )
        self.setWindowTitle(tr("health.quarantine.title", channel=name))
        self.list.setHeaderLabels(
            [tr("health.quarantine.when"), tr("health.quarantine.what"), tr("health.quarantine.times")]
        )
        self._fill()

    def reload(self) -> None:
        """Read the list again."""
        self.desk.tasks.replace("quarantine.load", self._load())

    async def _load(self) -> None:
        rows = await self.desk.readers.run(self.desk.store.quarantine, self.channel, SHOWN)
        if alive(self):
            self.rows = rows
            self._fill()

    def _fill(self) -> None:
        now = self.desk.clock()
        self.list.clear()
        for row in self.rows:
            item = QTreeWidgetItem(
                [formats.ago(row.last_at, now), formats.one_line(row.key, 80), formats.number(row.times)]
            )
            item.setSizeHint(1, QSize(0, self.desk.theme.row_height))
            item.setToolTip(0, formats.date_time(row.last_at))
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.list.addTopLevelItem(item)
        self.text.setText(
            trn("health.quarantine.text", len(self.rows)) if self.rows else tr("health.quarantine.empty")
        )
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)
        self._selected()

    @property
    def selected(self) -> list[QuarantineRow]:
        """The rows that are chosen."""
        return [self.rows[self.list.indexOfTopLevelItem(item)] for item in self.list.selectedItems()]

    def _selected(self) -> None:
        chosen = self.selected
        for part in (self.put_away, self.again):
            part.setEnabled(bool(chosen))
        self.every.setEnabled(bool(self.rows))
        self.reveal.setEnabled(any(row.id not in self.opened for row in chosen))
        first = chosen[0] if chosen else None
        self.raw.setPlainText("" if first is None else shown_raw(first, opened=first.id in self.opened))

    def _reveal(self) -> None:
        hidden = [row for row in self.selected if row.id not in self.opened][:ITEMS_MAX]
        if hidden:
            self.desk.tasks.replace("quarantine.reveal", self._ask(hidden))

    async def _ask(self, rows: list[QuarantineRow]) -> None:
        """A reason first, and its record; then the items."""
        from smartcity_desk.ui.triage.choosers import ReasonDialog

        about = trn("health.quarantine.items", len(rows), channel=channels.title(self.channel))
        dialog = ReasonDialog(self.desk, tr("health.quarantine.reveal"), about, "reveal", self)

        async def submit() -> str | None:
            return await self._record(rows, dialog.reason.currentText().strip())

        dialog.submit = submit
        if await shown(dialog) == ReasonDialog.DialogCode.Accepted and alive(self):
            self.opened.update(row.id for row in rows)
            self._selected()

    async def _record(self, rows: list[QuarantineRow], reason: str) -> str | None:
        """Write down who looks and why; what speaks against it, or None."""
        desk = self.desk
        if desk.actor is None:
            return tr("action.no_actor")
        try:
            result = await desk.writer.run(
                desk.store.act,
                EventKind.QUARANTINE_REVEALED,
                QuarantineRevealed(self.channel, tuple(item_name(row.raw) for row in rows), reason),
                [quarantine_id(self.channel)],
                actor=desk.actor,
                now=desk.clock(),
                randomness=desk.randomness,
                fill_base=False,
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return errors_text.of_error(problem).what
        if not result.done:
            return errors_text.of_decision(result.refused[0][1]).whole
        desk.bridge.outbox_changed.emit(None)
        desk.nudge_sync()
        return None

    def _put_away(self) -> None:
        self.desk.tasks.replace("quarantine.act", self._release([row.id for row in self.selected]))

    def _read_again(self) -> None:
        self.desk.tasks.replace("quarantine.act", self._reread([row.id for row in self.selected]))

    def _read_all(self) -> None:
        self.desk.tasks.replace("quarantine.act", self._reread(None))

    async def _release(self, ids: list[int]) -> None:
        desk = self.desk
        await desk.writer.run(desk.store.release_quarantine, ids, now=desk.clock())
        desk.notify.done(trn("health.quarantine.gone", len(ids)))
        self._again()

    async def _reread(self, ids: list[int] | None) -> None:
        """Read items again, all of the channel if None, and say what remains and at which fields that fails."""
        desk = self.desk
        if desk.reread is None:
            return
        result = await desk.writer.run(desk.reread, self.channel, ids)
        text = tr("health.quarantine.reread", read=result.read, left=result.left)
        if result.reasons:
            fields = ", ".join(
                f"{formats.one_line(field, 40)} ({n})" for field, n in result.reasons[:_FIELDS]
            )
            text = f"{text} {tr('health.quarantine.reasons', fields=fields)}"
        desk.notify.done(text)
        if result.read:
            desk.bridge.reports_changed.emit(None)
        self._again()

    def _again(self) -> None:
        if alive(self):
            self.released.emit()
            self.reload()


def shown_raw(row: QuarantineRow, *, opened: bool) -> str:
    """What is wrong, then the item: laid out if it is JSON, always plain text, and only its shape while unopened."""
    words = errors_text.of_code(
        "bad_data", {"channel": channels.title(row.channel), "key": row.key, **row.params}
    )
    if not opened:
        return f"{words.what}\n\n{tr('health.quarantine.hidden')}\n\n{formats.clean(shape(row.raw))}"
    text = row.raw[:_RAW_SHOWN]
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(row.raw), ensure_ascii=False, indent=2)[:_RAW_SHOWN]
    return f"{words.what}\n\n{formats.clean(text)}"
