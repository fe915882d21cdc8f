"""From a decided deed to the outbox and back: acting on one subject, the hold of the outward acts, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from smartcity_desk.config import HOLD_SECONDS
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import EventKind, Payload
from smartcity_desk.domain.outward import OUTWARD_HOLD_MS, OUTWARD_KINDS
from smartcity_desk.domain.times import SECOND
from smartcity_desk.i18n import tr
from smartcity_desk.store.shown import OpState
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.notify import Deed, Level

if TYPE_CHECKING:
    from smartcity_desk.store.rows import OpRow
    from smartcity_desk.ui.services import Desk

STEPS: Final = 200
SLOT: Final = "escalation"
_LOOKED: Final = 50
_HELD_SECONDS: Final = 20.0
"""So long the message of a held act stays; its card tells of it, and stops it, to the end."""
_OURS: Final = frozenset({"mark", "objection", "calamity", "list", "notice"})
"""What this screen acts on: the part of a kind before its dot."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed on the way back."""

    op_id: str
    subject: str
    kind: EventKind
    sentence: str


class Acts(QObject):
    """Acts on one subject at a time, in the order in which it was asked for."""

    changed = Signal(str)
    """The subject (its id) whose state is new."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._undo: list[Entry] = []

    async def act(self, kind: EventKind, payload: Payload, subject: str, sentence: str) -> str | None:
        """Do it; return why not, or None once it is queued. `sentence` says that it was done."""
        desk = self._desk
        if desk.actor is None:
            return tr("action.no_actor")
        try:
            result = await desk.writer.run(
                desk.store.act,
                kind,
                payload,
                [subject],
                actor=desk.actor,
                now=desk.clock(),
                randomness=desk.randomness,
                hold_ms=self._hold(kind),
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return errors_text.of_error(problem).whole
        if result.refused:
            return words.refusal(result.refused[0][1]).whole
        for op in result.done:
            self._undo.append(Entry(op.id, subject, kind, sentence))
            self._tell(op, sentence)
        del self._undo[:-STEPS]
        self._announce(subject, self._hold(kind))
        return None

    def _hold(self, kind: EventKind) -> int:
        return OUTWARD_HOLD_MS if kind in OUTWARD_KINDS else self._desk.settings.get(HOLD_SECONDS) * SECOND

    def _tell(self, op: OpRow, sentence: str) -> None:
        if op.kind not in OUTWARD_KINDS:
            back = Deed(tr("action.toast.undo"), self.undo_soon)
            self._desk.notify.say(sentence, Level.DONE, deed=back, replaces=SLOT)
            return
        stop = Deed(tr("escalation.stop"), lambda: self.stop_soon(op.id))
        self._desk.notify.say(
            sentence,
            Level.WARNING,
            detail=tr("escalation.held", at=formats.clock(op.not_before), key=self._key()),
            deed=stop,
            seconds=_HELD_SECONDS,
            replaces=f"{SLOT}.{op.id}",
        )

    def _key(self) -> str:
        return self._desk.commands.shown_key("escalation.undo")

    def _announce(self, subject: str, wait: int) -> None:
        self.changed.emit(subject)
        self._desk.bridge.outbox_changed.emit(None)
        if wait:
            QTimer.singleShot(wait + 50, self, self._desk.nudge_sync)
        else:
            self._desk.nudge_sync()

    # -- the way back ------------------------------------------------------------------------------------------

    def undo_soon(self) -> None:
        """Take back the last deed of this sitting, or of an earlier one that was not sent."""
        self._desk.tasks.spawn(self.undo(), name="escalation.undo")

    def stop_soon(self, op_id: str) -> None:
        """Stop one held act; for the button of its message."""
        self._desk.tasks.spawn(self.undo(op_id), name="escalation.stop")

    async def undo(self, op_id: str | None = None) -> None:
        """Take back a deed while it is here. What was sent stays in the log, and this says what to do instead."""
        entry = self._entry(op_id) or await self._from_outbox(op_id)
        notify = self._desk.notify
        if entry is None:
            notify.say(tr("action.undo.nothing"), replaces=SLOT)
            return
        try:
            withdrawn = await self._desk.writer.run(self._desk.store.undo, [entry.op_id], self._desk.clock())
        except DeskError as problem:
            notify.error(problem)
            return
        self._undo = [one for one in self._undo if one.op_id != entry.op_id]
        notify.withdraw(f"{SLOT}.{entry.op_id}")
        if withdrawn:
            outward = entry.kind in OUTWARD_KINDS
            key = "escalation.stopped" if outward else "action.undo.done"
            notify.done(tr(key, what=entry.sentence), replaces=SLOT)
            self._announce(entry.subject, 0)
        else:
            notify.say(
                tr("action.undo.sent", what=entry.sentence),
                Level.WARNING,
                detail=tr("escalation.undo.sent_why"),
                replaces=SLOT,
            )

    def _entry(self, op_id: str | None) -> Entry | None:
        if op_id is None:
            return self._undo[-1] if self._undo else None
        return next((one for one in self._undo if one.op_id == op_id), None)

    async def _from_outbox(self, op_id: str | None) -> Entry | None:
        """The newest deed of this screen's kinds that has not been sent, of an earlier sitting."""
        ops = await self._desk.readers.run(self._desk.store.ops, [OpState.QUEUED], _LOOKED)
        for op in ops:
            ours = op.kind.value.partition(".")[0] in _OURS
            if not op.sent and (op.id == op_id if op_id else ours):
                return Entry(op.id, op.report_id, op.kind, words.act(op.kind))
        return None
