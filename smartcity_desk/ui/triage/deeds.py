"""What an operator did, done: the op in the outbox, the row at once, the way back by Z, and what to do once it is sent.

Nothing here touches the network. An action waits `HOLD` before the sync child may send it, so that Z can still take it
back as if it had never been; after that the way back is a new action that does the opposite, where there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from smartcity_desk.config import HOLD_SECONDS
from smartcity_desk.domain.courses import CourseKind
from smartcity_desk.domain.decide import LEASE_MS
from smartcity_desk.domain.decision import Contradicted, Refused
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import (
    Actor,
    CategorySet,
    ClaimTaken,
    CourseChosen,
    CourseRefused,
    EventKind,
    IncidentChanged,
    Paused,
    Payload,
    PersonalDataRevealed,
    PlaceSet,
    RoutingSent,
)
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.times import SECOND
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.notify import Deed, Level
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.opposites import opposite

if TYPE_CHECKING:
    from smartcity_desk.store.rows import ActResult, OpRow, RowData
    from smartcity_desk.ui.services import Desk

STEPS: Final = 200
"""How many deeds can be taken back one after the other (capability 14)."""
SLOT: Final = "deed"
JOIN: Final = f"{CourseKind.JOIN.value}:"
"""How the courses begin that join a report with another one."""

_KIND = EventKind
UNHELD: Final = frozenset({_KIND.CLAIM_TAKEN, _KIND.CLAIM_RELEASED})
"""Sent at once: a claim that waits protects nobody."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed on the way back: its ops, and what the reports looked like before."""

    kind: EventKind
    payload: Payload
    op_ids: tuple[str, ...]
    before: dict[str, RowData]
    sentence: str
    records: tuple[str, ...] = ()
    """Ops that only tell which course the deed was: they are taken back with it and never counted."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a deed: how many reports it changed, and a sentence for each that it did not."""

    done: int
    refusal: str | None = None


class Deeds(QObject):
    """Acting, undoing and redoing, in the order in which it was asked for."""

    changed = Signal(object)
    """Ids of the reports whose state is new, as a frozenset."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._undo: list[Entry] = []
        self._redo: list[Entry] = []
        self._user = ""

    # -- acting ------------------------------------------------------------------------------------------------

    async def act(
        self,
        kind: EventKind,
        payload: Payload,
        rows: Sequence[RowData],
        *,
        bulk: bool = False,
        choice: CourseChosen | None = None,
        also: Sequence[CourseRefused] = (),
    ) -> Reply:
        """Do one thing to these reports in one transaction. `bulk` bases it on what is there, not on what was seen.

        `choice` is the course that it was, if it was one, and `also` are further refusals of the same key press: their
        records go and come back with the deed.
        """
        desk = self._desk
        if desk.actor is None:
            return Reply(0, tr("action.no_actor"))
        try:
            result = await self._put(
                desk.actor, kind, payload, [row.id for row in rows], hold_ms=self._hold(kind), fill_base=bulk
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return Reply(0, errors_text.of_error(problem).what)
        records = await self._record([*([] if choice is None else [choice]), *also], result)
        self._tell(kind, payload, rows, result, records)
        refusal = None
        if result.refused and not result.done:
            refusal = errors_text.of_decision(result.refused[0][1]).whole
        return Reply(len(result.done), refusal)

    async def _record(
        self, said: Sequence[CourseChosen | CourseRefused], result: ActResult
    ) -> tuple[str, ...]:
        """Write down what was said of courses with a deed; without the deed there is nothing to write down."""
        reports = [op.report_id for op in result.done]
        return tuple([op for one in said if reports for op in await self.record(one, reports)])

    async def record(self, said: CourseChosen | CourseRefused, reports: Sequence[str]) -> tuple[str, ...]:
        """Write down what was said of a course; returns the ids of the ops. It is no deed that Z takes back alone."""
        desk = self._desk
        if desk.actor is None:
            return ()
        kind = _KIND.COURSE_CHOSEN if isinstance(said, CourseChosen) else _KIND.COURSE_REFUSED
        try:
            recorded = await self._put(desk.actor, kind, said, reports, hold_ms=self._hold(kind))
        except DeskError as problem:
            desk.notify.error(problem)
            return ()
        return tuple(op.id for op in recorded.done)

    async def reveal(self, row: RowData, reason: str) -> str | None:
        """Write down that a private report is looked at, and why; what speaks against it, or None. Never undone."""
        desk = self._desk
        if desk.actor is None:
            return tr("action.no_actor")
        try:
            result = await self._put(
                desk.actor, _KIND.PERSONAL_DATA_REVEALED, PersonalDataRevealed(reason), [row.id]
            )
        except DeskError as problem:
            desk.notify.error(problem)
            return errors_text.of_error(problem).what
        if not result.done:
            return errors_text.of_decision(result.refused[0][1]).whole
        self._announce(result.done, None)
        return None

    async def renew(self, row: RowData) -> int | None:
        """Make one's own claim last anew; return until when, or None. It is no deed of its own: Z passes it over."""
        desk, now = self._desk, self._desk.clock()
        if desk.actor is None:
            return None
        claim = ClaimTaken(desk.actor.user, now + LEASE_MS)
        try:
            result = await self._put(desk.actor, _KIND.CLAIM_TAKEN, claim, [row.id])
        except DeskError as problem:
            desk.notify.error(problem)
            return None
        if not result.done:
            return None
        self._announce(result.done, None)
        return claim.until

    async def _put(
        self,
        actor: Actor,
        kind: EventKind,
        payload: Payload,
        reports: Sequence[str],
        *,
        hold_ms: int = 0,
        fill_base: bool = False,
    ) -> ActResult:
        """Into the outbox, in the writer's thread. Raises DeskError."""
        desk = self._desk
        return await desk.writer.run(
            desk.store.act,
            kind,
            payload,
            reports,
            actor=actor,
            now=desk.clock(),
            randomness=desk.randomness,
            hold_ms=hold_ms,
            fill_base=fill_base,
        )

    def _hold(self, kind: EventKind) -> int:
        return 0 if kind in UNHELD else self._desk.settings.get(HOLD_SECONDS) * SECOND

    def _tell(
        self,
        kind: EventKind,
        payload: Payload,
        rows: Sequence[RowData],
        result: ActResult,
        records: tuple[str, ...] = (),
    ) -> None:
        if not result.done:
            return
        before = {row.id: row for row in rows}
        sentence = self._sentence(kind, payload, rows, len(result.done))
        entry = Entry(kind, payload, tuple(op.id for op in result.done), before, sentence, records)
        self._look_who_sits_here()
        self._undo.append(entry)
        del self._undo[:-STEPS]
        self._redo.clear()
        skipped = reasons(result.refused)
        self._desk.notify.say(
            sentence,
            Level.DONE,
            detail=skipped,
            deed=Deed(tr("action.toast.undo"), self.undo_soon),
            replaces=SLOT,
        )
        self._announce(result.done, kind)

    def _sentence(self, kind: EventKind, payload: Payload, rows: Sequence[RowData], n: int) -> str:
        value = self._value(payload)
        if n > 1:
            return trn(f"action.done.many.{kind.value.replace('.', '_')}", n, value=value)
        number = formats.one_line(rows[0].external_id, 40) if rows else ""
        if isinstance(payload, CourseRefused) and all(one.startswith(JOIN) for one in payload.offered):
            return trn("action.done.not_alike", len(payload.offered), report=number)
        return tr(f"action.done.{kind.value.replace('.', '_')}", report=number, value=value)

    def _value(self, payload: Payload) -> str:
        directory = self._desk.directory
        if isinstance(payload, CategorySet):
            return words.category_name(directory, payload.category)
        if isinstance(payload, PlaceSet):
            return words.place_name(directory, payload.place)
        if isinstance(payload, RoutingSent):
            return (
                tr("action.unit") if payload.office == UPT else words.office_name(directory, payload.office)
            )
        if isinstance(payload, IncidentChanged):
            return incident_name(payload.incident) if payload.incident else tr("incident.its_own")
        if isinstance(payload, Paused):
            return formats.near(payload.until, self._desk.clock())
        return ""

    def _announce(self, ops: Sequence[OpRow], kind: EventKind | None) -> None:
        ids = frozenset(op.report_id for op in ops)
        self.changed.emit(ids)
        self._desk.bridge.outbox_changed.emit(None)
        wait = 0 if kind is None else self._hold(kind)
        if wait:
            QTimer.singleShot(wait + 50, self, self._desk.nudge_sync)
        else:
            self._desk.nudge_sync()

    # -- the way back ------------------------------------------------------------------------------------------

    def _look_who_sits_here(self) -> None:
        """Whoever takes the seat over takes back nothing of who sat there before."""
        actor = self._desk.actor
        if actor is not None and actor.user != self._user:
            self._undo.clear()
            self._redo.clear()
            self._user = actor.user

    def undo_soon(self) -> None:
        """Start to take back the last deed; for a button."""
        self._desk.tasks.spawn(self.undo(), name="action.undo")

    def redo_soon(self) -> None:
        """Start to do again what was taken back; for a key."""
        self._desk.tasks.spawn(self.redo(), name="action.redo")

    async def undo(self) -> None:
        """Take back the last deed: as if it had never been while it is here, by its opposite once it was sent."""
        self._look_who_sits_here()
        entry = self._undo.pop() if self._undo else await self._from_outbox()
        if entry is None:
            self._desk.notify.say(tr("action.undo.nothing"), replaces=SLOT)
            return
        try:
            both = await self._desk.writer.run(
                self._desk.store.undo, entry.op_ids + entry.records, self._desk.clock()
            )
        except DeskError as problem:
            self._undo.append(entry)
            self._desk.notify.error(problem)
            return
        withdrawn = [op for op in both if op.id not in entry.records]
        records = tuple(op.id for op in both if op.id in entry.records)
        if withdrawn:
            self._announce(both, None)
            ids = tuple(op.id for op in withdrawn)
            self._redo.append(Entry(entry.kind, entry.payload, ids, entry.before, entry.sentence, records))
        left = len(entry.op_ids) - len(withdrawn)
        if not left:
            self._desk.notify.done(
                tr("action.undo.done", what=entry.sentence),
                deed=Deed(tr("action.toast.redo"), self.redo_soon),
                replaces=SLOT,
            )
            return
        gone = {op.report_id for op in withdrawn}
        await self._compensate(entry, [row for report, row in entry.before.items() if report not in gone])

    async def redo(self) -> None:
        """Do again what was taken back last."""
        self._look_who_sits_here()
        if not self._redo:
            self._desk.notify.say(tr("action.redo.nothing"), replaces=SLOT)
            return
        entry = self._redo.pop()
        try:
            both = await self._desk.writer.run(
                self._desk.store.redo, entry.op_ids + entry.records, self._desk.clock()
            )
        except DeskError as problem:
            self._redo.append(entry)
            self._desk.notify.error(problem)
            return
        again = [op for op in both if op.id not in entry.records]
        if not again:
            self._desk.notify.say(tr("action.redo.no_longer"), Level.WARNING, replaces=SLOT)
            return
        records = tuple(op.id for op in both if op.id in entry.records)
        ids = tuple(op.id for op in again)
        self._undo.append(Entry(entry.kind, entry.payload, ids, entry.before, entry.sentence, records))
        self._announce(both, entry.kind)
        self._desk.notify.done(
            tr("action.redo.done", what=entry.sentence),
            deed=Deed(tr("action.toast.undo"), self.undo_soon),
            replaces=SLOT,
        )

    async def _from_outbox(self) -> Entry | None:
        """The newest deed of an earlier sitting that has not been sent, if it is one's own."""
        from smartcity_desk.store.rows import OpState

        ops = await self._desk.readers.run(self._desk.store.ops, [OpState.QUEUED], 1)
        actor = self._desk.actor
        if not ops or ops[0].sent or (actor is not None and ops[0].user != actor.user):
            return None
        op = ops[0]
        number = formats.one_line(op.external_id, 40)
        sentence = tr(
            f"action.done.{op.kind.value.replace('.', '_')}", report=number, value=self._value(op.payload)
        )
        return Entry(op.kind, op.payload, (op.id,), {}, sentence)

    async def _compensate(self, entry: Entry, rows: Sequence[RowData]) -> None:
        """What was sent stays in the log; where there is an opposite, it is done as a deed of its own."""
        desk, actor = self._desk, self._desk.actor
        done: list[OpRow] = []
        try:
            for row in rows if actor is not None else ():
                detail = await desk.readers.run(desk.store.report, row.id)
                if actor is None or detail is None:
                    continue
                found = opposite(entry.kind, entry.payload, row, detail, actor.user, desk.clock())
                if found is not None:
                    done += (await self._put(actor, *found, [row.id])).done
        except DeskError as problem:
            desk.notify.error(problem)
            if done:
                self._announce(done, None)
            return
        if done:
            self._announce(done, None)
            desk.notify.done(tr("action.undo.opposite", what=entry.sentence), replaces=SLOT)
        else:
            desk.notify.say(
                tr("action.undo.sent", what=entry.sentence),
                Level.WARNING,
                detail=tr("action.undo.sent_why"),
                replaces=SLOT,
            )


def reasons(refused: Sequence[tuple[str, Refused | Contradicted]]) -> str:
    """Why some reports were passed over: a line per reason with its count, or nothing."""
    counts: Counter[str] = Counter(errors_text.of_decision(decision).what for _, decision in refused)
    return "\n".join(trn("action.skipped", n, why=why) for why, n in counts.most_common(6))
