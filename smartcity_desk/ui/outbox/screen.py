"""Keluar: the tray of contradictions above, answers that were refused, the queue below; each a table and a few keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSizePolicy, QWidget

from smartcity_desk.config import KEYMAP
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import NoteAdded, Payload, ReporterAnswered
from smartcity_desk.domain.subjects import Subject, subject_of
from smartcity_desk.i18n import tr, trn
from smartcity_desk.store.rows import OpState
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.commands import OUTBOX
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.outbox.models import (
    ConflictTable,
    OpTable,
    RefusedTable,
    deed_words,
    own_words,
    report_words,
)
from smartcity_desk.ui.outbox.table import CursorTable, keep_cursor, table
from smartcity_desk.ui.shortcuts import ScreenKeys
from smartcity_desk.ui.triage.choosers import NoteDialog
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.screen import Screen

if TYPE_CHECKING:
    from smartcity_desk.store.rows import ConflictRow, OpRow, RefusedRow
    from smartcity_desk.ui.services import Desk

SHOWN: Final = (OpState.QUEUED, OpState.SENDING, OpState.REJECTED)
MOST: Final = 2_000
_REFRESH_MS: Final = 400
_TICK_MS: Final = 5_000
_SLOT: Final = "outbox"
_OP_WIDTHS: Final = {"state": 196, "what": 280, "at": 124, "attempts": 84, "next": 96, "why": 190}
_REFUSED_WIDTHS: Final = {"what": 140, "target": 120, "at": 140, "why": 420}
_CONFLICT_WIDTHS: Final = {"field": 100, "mine": 190, "theirs": 190, "base": 160, "at": 140}


class OutboxScreen(Screen):
    """Reads on a reader, acts on the writer; the queue is told from the triage screen by `Bridge.outbox_changed`."""

    key: ClassVar[str] = "outbox"
    title_key: ClassVar[str] = "outbox.title"
    icon: ClassVar[str] = "outbox"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.ops = OpTable(desk, self)
        self.conflicts = ConflictTable(desk, self)
        self.op_view = table(self.ops, "report", _OP_WIDTHS, desk)
        self.conflict_view = table(self.conflicts, "report", _CONFLICT_WIDTHS, desk)
        self.conflict_view.setMaximumHeight(desk.theme.pixels(300))
        self._title = basic.label(step=1, bold=True)
        self._tray_title = basic.label(step=1, bold=True, tone="overdue")
        self._tray_help = basic.label(tone="muted", wrap=True)
        self.refused = RefusedTable(desk, self)
        self.refused_view = table(self.refused, "report", _REFUSED_WIDTHS, desk)
        self.refused_view.setMaximumHeight(desk.theme.pixels(220))
        self._refused_title = basic.label(step=1, bold=True, tone="overdue")
        self._refused_help = basic.label(tone="muted", wrap=True)
        self._refused = basic.frame()
        self._refused.setLayout(
            basic.column(self._refused_title, self._refused_help, self.refused_view, spacing=6)
        )
        self._refused.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._tray = basic.frame()
        self._tray.setLayout(basic.column(self._tray_title, self._tray_help, self.conflict_view, spacing=6))
        self._tray.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._help = basic.label(tone="muted", wrap=True)
        self._empty = basic.label(tone="muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._empty.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._buttons = {name: basic.button() for name in ("retry", "edit", "discard", "open")}
        for name, button in self._buttons.items():
            button.clicked.connect(lambda _=False, name=name: desk.commands.run(f"outbox.{name}"))
        bar = basic.row(self._title, 0, *self._buttons.values())
        whole = basic.column(
            self._tray, self._refused, bar, self._help, self._empty, margins=(16, 12, 16, 12)
        )
        whole.addWidget(self.op_view, 1)
        # takes the room of the queue while that is empty, so that the words stay at the top
        whole.addStretch(0)
        self.setLayout(whole)
        self._active = False
        self._withdrawn: list[tuple[str, ...]] = []
        self._timer = once(self, _REFRESH_MS, self.refresh)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._say_times)
        desk.bridge.outbox_changed.connect(self._changed)
        desk.bridge.reports_changed.connect(self._changed)
        desk.bridge.settings_changed.connect(self._setting_changed)
        self._bind()
        self.keys = ScreenKeys(desk.commands, OUTBOX, self)
        self.retranslate()
        self._show_parts()

    def _bind(self) -> None:
        bind = self.desk.commands.bind
        bind("outbox.retry", self._retry, self._has_op)
        bind("outbox.discard", self._discard, self._has_op)
        bind("outbox.edit", self._edit, self._has_op)
        bind("outbox.open", self._open, lambda: self._report() is not None)
        bind("outbox.keep_mine", lambda: self._resolve("mine"), self._has_conflict)
        bind("outbox.keep_theirs", lambda: self._resolve("theirs"), self._has_conflict)
        bind("outbox.switch", self._switch)
        bind("outbox.undo", self._undo)

    # -- shown and hidden --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Shown: read what waits."""
        self._active = True
        self._tick.start()
        self.refresh()
        self._focus_something()

    def deactivate(self) -> None:
        """Hidden: nothing is read."""
        self._active = False
        self._tick.stop()

    def retranslate(self) -> None:
        """Every text anew."""
        super().retranslate()
        self._title.setText(tr("outbox.title"))
        self._help.setText(tr("outbox.help"))
        self._empty.setText(tr("outbox.empty"))
        self._tray_help.setText(
            tr("outbox.tray.help", mine=self._key("keep_mine"), theirs=self._key("keep_theirs"))
        )
        self.op_view.setAccessibleName(tr("outbox.table"))
        self.conflict_view.setAccessibleName(tr("outbox.tray"))
        self.refused_view.setAccessibleName(tr("outbox.refused.table"))
        self._refused_help.setText(tr("outbox.refused.help", open=self._key("open")))
        for name, button in self._buttons.items():
            button.setText(tr("outbox.button", name=tr(f"outbox.do.{name}"), key=self._key(name)))
        self._show_parts()

    def restyle(self) -> None:
        """The new theme."""
        for view in self._views:
            view.verticalHeader().setDefaultSectionSize(self.desk.theme.row_height)
            view.light(on=view.hasFocus())

    def _key(self, name: str) -> str:
        return self.desk.commands.shown_key(f"outbox.{name}")

    def _changed(self, _what: object) -> None:
        if self._active and not self._timer.isActive():
            self._timer.start()

    def _setting_changed(self, name: str) -> None:
        if name == KEYMAP.name:
            self.keys.bind()
            self.retranslate()

    def _say_times(self) -> None:
        for view in self._views:
            view.viewport().update()

    def refresh(self) -> None:
        """Read queue and tray anew."""
        self.desk.tasks.replace("outbox.read", self._read())

    async def _read(self) -> None:
        try:
            ops = await self.desk.readers.run(self.desk.store.ops, SHOWN, MOST)
            conflicts = await self.desk.readers.run(self.desk.store.conflicts)
            refused = await self.desk.readers.run(self.desk.store.refused_answers)
        except DeskError as problem:
            self.desk.notify.error(problem)
            return
        keep_cursor(self.op_view, self.ops, ops, lambda row: row.id)
        keep_cursor(self.conflict_view, self.conflicts, conflicts, lambda row: row.op_id)
        keep_cursor(self.refused_view, self.refused, refused, lambda row: row.receipt.id)
        self._show_parts()

    def _show_parts(self) -> None:
        conflicts, ops = self.conflicts.rowCount(), self.ops.rowCount()
        refused = self.refused.rowCount()
        had_focus = any(part.hasFocus() for part in (*self._views, self._empty))
        idle = self._empty.hasFocus()  # Qt would hand the focus on by itself, to whatever stands next
        self._tray.setVisible(conflicts > 0)
        self._tray_title.setText(trn("outbox.tray.title", conflicts))
        self._refused.setVisible(refused > 0)
        self._refused_title.setText(tr("outbox.refused.title", n=formats.number(refused)))
        self.op_view.setVisible(ops > 0)
        self._empty.setVisible(ops == 0)
        for name, button in self._buttons.items():
            button.setEnabled(ops > 0 or (name == "open" and conflicts + refused > 0))
        if had_focus:
            self._focus_something(keep=not idle)

    def _focus_something(self, *, keep: bool = False) -> None:
        """The tray first, then the queue, then the sentence that says that all is sent."""
        if keep and any(part.hasFocus() and part.isVisible() for part in self._views):
            return
        filled = self._filled()
        (filled[0] if filled else self._empty).setFocus()

    @property
    def _views(self) -> tuple[CursorTable, ...]:
        """The tables, the most pressing one first."""
        return (self.conflict_view, self.op_view, self.refused_view)

    def _filled(self) -> list[CursorTable]:
        return [view for view in self._views if view.model().rowCount()]

    # -- keys --------------------------------------------------------------------------------------------------

    def _op(self) -> OpRow | None:
        row: OpRow | None = self.ops.row(self.op_view.currentIndex().row())
        return row

    def _conflict(self) -> ConflictRow | None:
        row: ConflictRow | None = self.conflicts.row(self.conflict_view.currentIndex().row())
        return row

    def _has_op(self) -> bool:
        """A key for the queue never works from a tray, where the eyes are on another row."""
        elsewhere = self.conflict_view.hasFocus() or self.refused_view.hasFocus()
        return self._op() is not None and not elsewhere

    def _has_conflict(self) -> bool:
        """Nor the other way round."""
        elsewhere = self.op_view.hasFocus() or self.refused_view.hasFocus()
        return self._conflict() is not None and not elsewhere

    def _report(self) -> str | None:
        if self.refused_view.hasFocus():
            refused: RefusedRow | None = self.refused.row(self.refused_view.currentIndex().row())
            return None if refused is None else refused.receipt.report
        if self.conflict_view.hasFocus():
            conflict = self._conflict()
            return None if conflict is None else conflict.report_id
        op = self._op()
        return None if op is None else op.report_id

    def _open(self) -> None:
        op = self._op() if self._has_op() else None
        if op is not None and subject_of(op.kind) is not Subject.REPORT:
            self._open_subject(op)
            return
        report = self._report()
        if report is not None:
            self.desk.bridge.open_report.emit(report)

    def _open_subject(self, op: OpRow) -> None:
        """Marks, notices and lists are at home in Eskalasi, what could not be read in Kesehatan."""
        if subject_of(op.kind) is Subject.QUARANTINE:
            self.desk.bridge.navigate.emit("health")
            return
        from smartcity_desk.evidence.gathering import short_code

        self.desk.bridge.navigate.emit("escalation")
        if subject_of(op.kind) is Subject.MARK:
            self.desk.bridge.open_dossier.emit(short_code(op.report_id))

    def _switch(self) -> None:
        filled = self._filled()
        here = next((at for at, view in enumerate(filled) if view.hasFocus()), None)
        if here is None or len(filled) == 1:
            self.focusNextChild()
        else:
            filled[(here + 1) % len(filled)].setFocus(Qt.FocusReason.TabFocusReason)

    def _retry(self) -> None:
        op = self._op()
        if op is not None:
            self.desk.tasks.spawn(self._retried(op), name="outbox.retry")

    async def _retried(self, op: OpRow) -> None:
        if op.state is OpState.REJECTED:
            why = errors_text.of_code(op.error_code or "rejected", op.error_params)
            self.desk.notify.say(tr("outbox.retry.refused"), Level.WARNING, detail=why.whole, replaces=_SLOT)
            return
        if not await self._wrote(self.desk.store.hurry, [op.id], self.desk.clock()):
            return
        self.desk.nudge_sync()
        self.desk.notify.say(tr("outbox.retry.done"), replaces=_SLOT)
        self.refresh()

    def _discard(self) -> None:
        op = self._op()
        if op is not None:
            self.desk.tasks.spawn(self._discarded(op), name="outbox.discard")

    async def _discarded(self, op: OpRow) -> None:
        if op.state is OpState.REJECTED:
            if await self._wrote(self.desk.store.dismiss, [op.id], self.desk.clock()):
                self.desk.notify.done(tr("outbox.dismissed"), replaces=_SLOT)
        elif op.sent or not await self._wrote(self.desk.store.undo, [op.id], self.desk.clock()):
            self.desk.notify.say(
                tr("outbox.discard.not"), Level.WARNING, detail=tr("outbox.discard.why"), replaces=_SLOT
            )
        else:
            self._withdrawn.append((op.id,))
            what = deed_words(op, self.desk.directory)
            self.desk.notify.done(tr("outbox.discarded", what=what), replaces=_SLOT)
            self._told(op.report_id)
        self.refresh()

    def _undo(self) -> None:
        if self._withdrawn:
            self.desk.tasks.spawn(self._undone(self._withdrawn.pop()), name="outbox.undo")

    async def _undone(self, op_ids: tuple[str, ...]) -> None:
        if await self._wrote(self.desk.store.redo, op_ids, self.desk.clock()):
            self.desk.notify.done(tr("outbox.undone"), replaces=_SLOT)
            self._told(None)
        self.refresh()

    def _edit(self) -> None:
        op = self._op()
        if op is not None:
            self.desk.tasks.spawn(self._edited(op), name="outbox.edit")

    async def _edited(self, op: OpRow) -> None:
        text = own_words(op)
        if op.sent or op.state is not OpState.QUEUED or text is None:
            self.desk.notify.say(tr("outbox.edit.not"), Level.WARNING, replaces=_SLOT)
            return
        title = tr("outbox.do.edit")
        dialog = NoteDialog(
            self.desk, title, report_words(op), self, text=text, hint=tr("action.reason.name")
        )

        async def submit() -> str | None:
            return await self._replaced(op, _with_words(op.payload, dialog.text))

        dialog.submit = submit
        await shown(dialog)
        self.refresh()

    async def _replaced(self, op: OpRow, payload: Payload) -> str | None:
        """The old action is taken back and the new one queued in its place; if it is refused, the old one returns."""
        desk = self.desk
        if desk.actor is None:
            return tr("action.no_actor")
        if not await self._wrote(desk.store.undo, [op.id], desk.clock()):
            return tr("outbox.edit.not")
        try:
            result = await desk.writer.run(
                desk.store.act,
                op.kind,
                payload,
                [op.report_id],
                actor=desk.actor,
                now=desk.clock(),
                randomness=desk.randomness,
            )
        except DeskError as problem:
            await self._wrote(desk.store.redo, [op.id], desk.clock())
            return errors_text.of_error(problem).whole
        if result.refused:
            await self._wrote(desk.store.redo, [op.id], desk.clock())
            return errors_text.of_decision(result.refused[0][1]).whole
        self._told(op.report_id)
        desk.nudge_sync()
        return None

    def _resolve(self, keep: str) -> None:
        conflict = self._conflict()
        if conflict is not None:
            self.desk.tasks.spawn(self._resolved(conflict, keep), name="outbox.resolve")

    async def _resolved(self, conflict: ConflictRow, keep: str) -> None:
        desk = self.desk
        if desk.actor is None:
            desk.notify.say(tr("action.no_actor"), Level.WARNING, replaces=_SLOT)
            return
        try:
            result = await desk.writer.run(
                desk.store.resolve_conflict,
                conflict.op_id,
                keep,
                desk.clock(),
                actor=desk.actor,
                randomness=desk.randomness,
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if result.refused:
            words = errors_text.of_decision(result.refused[0][1])
            desk.notify.say(words.what, Level.WARNING, detail=words.rest, replaces=_SLOT)
        else:
            desk.notify.done(tr(f"outbox.resolved.{keep}"), replaces=_SLOT)
        self._told(conflict.report_id)
        desk.nudge_sync()
        self.refresh()

    async def _wrote(
        self, call: Callable[[Sequence[str], int], object], op_ids: Sequence[str], now: int
    ) -> bool:
        """Run a writer method of the store; whether it changed anything."""
        try:
            return bool(await self.desk.writer.run(call, op_ids, now))
        except DeskError as problem:
            self.desk.notify.error(problem)
            return False

    def _told(self, _report: str | None) -> None:
        self.desk.bridge.outbox_changed.emit(None)


def _with_words(payload: Payload, text: str) -> Payload:
    """The payload with other words of the person's own."""
    if isinstance(payload, NoteAdded | ReporterAnswered):
        return replace(payload, text=text)
    return replace(payload, reason=text)  # type: ignore[arg-type]  # only kinds that have a reason come here
