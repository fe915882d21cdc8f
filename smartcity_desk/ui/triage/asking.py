"""A decision carried out on the reports that are meant: a dialog for one, a preview for many, and then the deed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.events import CourseChosen, EventKind, Payload
from smartcity_desk.domain.query import Filter
from smartcity_desk.i18n import tr, trn
from smartcity_desk.store.engine import Cancelled
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.triage.choosers import RouteDialog
from smartcity_desk.ui.triage.claims import ClaimKeeper
from smartcity_desk.ui.triage.deeds import SLOT, Deeds
from smartcity_desk.ui.triage.popover import Popover
from smartcity_desk.ui.triage.preview import BULK_MAX, PreviewDialog

if TYPE_CHECKING:
    from smartcity_desk.store.rows import ReportDetail, RowData
    from smartcity_desk.ui.services import Desk

Build = Callable[["RowData | None"], Payload]
"""Makes what is done from the report as it was seen, or from nothing for many."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a decision is about: rows known already, or all that match a filter."""

    rows: tuple[RowData, ...] = ()
    pks: tuple[int, ...] = ()
    whole: Filter | None = None

    @property
    def single(self) -> RowData | None:
        """The one report, if it is one."""
        return self.rows[0] if len(self.rows) == 1 and not self.pks and self.whole is None else None


class Asking(QObject):
    """One decision at a time. `target` says which reports are meant when the key is pressed."""

    advance = Signal()
    """The report is out of this operator's hands: go to the next one."""
    bulk_done = Signal()

    def __init__(
        self, desk: Desk, deeds: Deeds, target: Callable[[], Target | None], window: QWidget
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._deeds = deeds
        self._target = target
        self._window = window
        self._busy = False
        self.keeper = ClaimKeeper(desk, deeds, self)

    @property
    def busy(self) -> bool:
        """Whether a decision is being made right now."""
        return self._busy

    def start(self, work: Callable[[Target], Awaitable[Any]]) -> None:
        """Begin a decision about the reports that are meant now; one that has begun is not disturbed."""
        if self._busy:
            return
        target = self._target()
        if target is None:
            self.say(tr("action.no_report"))
        else:
            self.start_apart(partial(work, target))

    def start_apart(self, work: Callable[[], Awaitable[Any]]) -> None:
        """As `start`, for what is about none of the reports in the list."""
        if self._busy:
            return
        if self._desk.actor is None:
            self.say(tr("action.no_actor"))
            return
        self._busy = True
        self._desk.tasks.spawn(self._guarded(work), name="action.ask")

    async def _guarded(self, work: Callable[[], Awaitable[Any]]) -> None:
        try:
            await work()
        finally:
            self._busy = False

    async def detail(self, target: Target) -> ReportDetail | None:
        """All that is known of the one report that is meant; None for several."""
        if target.single is None:
            return None
        return await self._desk.readers.run(self._desk.store.report, target.single.id)

    async def ask(
        self,
        dialog: Popover,
        target: Target,
        command: str,
        kind: EventKind,
        build: Build,
        choice: CourseChosen | None = None,
    ) -> bool:
        """Show the dialog; for one report the deed is done before it closes, so that a refusal is read in it.

        `choice` is the course that it is, if the report was offered one.
        """
        row = target.single
        if row is not None:
            only = row

            async def submit() -> str | None:
                settled = dialog.settled(only.place) if isinstance(dialog, RouteDialog) else None
                if settled is not None:
                    placed = await self._deeds.act(EventKind.PLACE_SET, settled, [only])
                    if not placed.done:
                        return placed.refusal
                return (await self._deeds.act(kind, build(only), [only], choice=choice)).refusal

            dialog.submit = submit
        self.keeper.begin(row)
        try:
            accepted = await shown(dialog) == Popover.DialogCode.Accepted
        finally:
            self.keeper.end()
        if not accepted:
            return False
        return True if row is not None else await self.many(target, command, kind, build(None))

    async def apply(
        self, target: Target, command: str, kind: EventKind, build: Build, *, advance: bool = False
    ) -> None:
        """Do what needs no dialog: at once to one report, after the preview to many. A refusal is said."""
        row = target.single
        if row is None:
            await self.many(target, command, kind, build(None))
            return
        reply = await self._deeds.act(kind, build(row), [row])
        if reply.refusal is not None:
            self.say(reply.refusal)
        elif advance:
            self.advance.emit()

    async def many(self, target: Target, command: str, kind: EventKind, payload: Payload) -> bool:
        """Show what would become of each report, and do it to all at once; tell whether it was done."""
        rows = await self.rows(target)
        if rows is None or self._desk.actor is None:
            return False
        desk, actor = self._desk, self._desk.actor
        refused = await desk.readers.run(
            desk.store.preview, kind, payload, [row.id for row in rows], actor=actor, now=desk.clock()
        )
        dialog = PreviewDialog(desk, self.title(command), rows, payload, refused, self._window)

        async def submit() -> str | None:
            return (await self._deeds.act(kind, payload, rows, bulk=True)).refusal

        dialog.submit = submit
        if await shown(dialog) != Popover.DialogCode.Accepted:
            return False
        self.bulk_done.emit()
        return True

    async def rows(self, target: Target) -> Sequence[RowData] | None:
        """The reports that are meant, read now; None after saying that there are too many, or for a list that went."""
        desk, now = self._desk, self._desk.clock()
        pks = target.pks
        if target.whole is not None:
            try:
                n = await desk.readers.run(desk.store.count, target.whole, now=now, cap=BULK_MAX + 1)
                if n <= BULK_MAX:
                    pks = tuple(await desk.readers.run(desk.store.ids, target.whole, now=now))
            except Cancelled:
                return None  # another list was opened meanwhile: nobody sees any more what this was about
            if n > BULK_MAX:
                self.say(tr("action.too_many", most=formats.number(BULK_MAX)))
                return None
        if len(pks) > BULK_MAX:
            self.say(tr("action.too_many", most=formats.number(BULK_MAX)))
            return None
        if not pks:
            return target.rows
        found = await desk.readers.run(desk.store.rows, pks, now=now)
        return [found[pk] for pk in pks if pk in found]

    def title(self, command: str) -> str:
        """What a command is called, for the head of its dialog."""
        return self._desk.commands.title(command)

    def subject(self, target: Target) -> str:
        """Which reports a dialog is about, in a line."""
        row = target.single
        if row is None:
            return (
                trn("action.subject.many", len(target.pks))
                if target.whole is None
                else tr("action.subject.all")
            )
        text = formats.one_line(row.title or row.text, 90)
        subject = tr("action.subject.one", report=formats.one_line(row.external_id, 40), text=text)
        if row.lead is None:
            return subject
        return tr("incident.subject", subject=subject, key=self._desk.commands.shown_key("report.lead"))

    def say(self, sentence: str) -> None:
        """Say why nothing comes of a key."""
        self._desk.notify.say(sentence, Level.WARNING, replaces=SLOT)
