"""From a course to the ordinary decision: its dialog with everything filled in, and the record of what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smartcity_desk import saying
from smartcity_desk.domain.courses import PAUSES, REJECTS, TO_OFFICE, Course, CourseKind
from smartcity_desk.domain.events import (
    CourseChosen,
    CourseRefused,
    EventKind,
    NoteAdded,
    PauseCode,
    Payload,
    ReturnAnswered,
)
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.triage import suggest
from smartcity_desk.ui.triage.choosers import (
    NoteDialog,
    PauseDialog,
    PickDialog,
    Pointless,
    ReasonDialog,
    RejectDialog,
    RouteDialog,
)
from smartcity_desk.ui.triage.popover import Popover, ReasonLine
from smartcity_desk.ui.triage.suggest import Choice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from smartcity_desk.store.advice import Offer
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.asking import Asking, Target
    from smartcity_desk.ui.triage.deeds import Deeds

K = EventKind
_REASON_MOST = 2_000


class Choosing(QObject):
    """Opens what a course means. Enter or Ctrl+Enter does it, Esc leaves it undone and unrecorded."""

    def __init__(
        self,
        desk: Desk,
        asking: Asking,
        deeds: Deeds,
        look: Callable[[Target], Awaitable[None]],
        window: QWidget,
    ) -> None:
        """`look` opens the claimed completion of a report."""
        super().__init__(window)
        self._desk = desk
        self._deeds = deeds
        self._asking = asking
        self._look = look
        self._window = window

    async def choose(self, target: Target, offer: Offer, rank: int) -> None:
        """Open the decision that the course at a place means."""
        course = offer.courses[rank - 1]
        choice = CourseChosen(course.id, rank, tuple(one.id for one in offer.courses), offer.knowledge)
        row = target.single
        if row is None:
            return
        if course.kind in TO_OFFICE:
            await self._route(target, course, choice)
        elif course.kind in REJECTS:
            await self._reject(target, course, choice)
        elif course.kind in (CourseKind.ASK, CourseKind.WAIT):
            await self._pause(target, course, choice)
        elif course.kind is CourseKind.REFUSE_RETURN:
            await self._refuse_return(target, course, choice)
        elif course.kind is CourseKind.NO_ACTION:
            await self._note(target, course, choice)
        elif course.kind is CourseKind.VERIFY:
            await self._deeds.record(choice, [row.id])
            await self._look(target)
        elif course.kind is CourseKind.JOIN:
            await self._join(target, course, choice)

    async def refuse(self, target: Target, offer: Offer, holder: str | None) -> None:
        """Say which of the offered courses is not the one, with a reason or without."""
        directory = self._desk.directory
        titles = [formats.one_line(saying.course_title(one, holder, directory), 160) for one in offer.courses]
        dialog = PickDialog(
            self._desk,
            tr("course.refuse"),
            self._asking.subject(target),
            [Choice(course.id, title) for course, title in zip(offer.courses, titles, strict=True)],
            tr("course.refuse.which"),
            self._window,
        )
        reason: ReasonLine = ReasonLine([], tr("course.refuse.reason"), dialog)
        dialog.field(tr("course.refuse.reason"), reason)
        reason.entered.connect(dialog.finish)
        ids = tuple(one.id for one in offer.courses)

        def build(_row: RowData | None) -> Payload:
            rank = ids.index(str(dialog.code)) + 1
            return CourseRefused(ids[rank - 1], rank, ids, offer.knowledge, reason.currentText().strip())

        await self._asking.ask(dialog, target, "course.refuse", K.COURSE_REFUSED, build)

    # -- one dialog each ---------------------------------------------------------------------------------------

    async def _route(self, target: Target, course: Course, choice: CourseChosen) -> None:
        offered = suggest.offices(self._desk.directory, target.single, course.target)
        dialog = RouteDialog(
            self._desk,
            self._asking.title("report.route"),
            self._asking.subject(target),
            offered,
            self._window,
            Pointless.of(await self._asking.detail(target), self._desk.directory),
        )
        _prefer(dialog.reason, course.text)
        dialog.pick.choose(course.target)
        if await self._asking.ask(dialog, target, "report.route", K.ROUTING_SENT, dialog.routing, choice):
            self._asking.advance.emit()

    async def _reject(self, target: Target, course: Course, choice: CourseChosen) -> None:
        dialog = RejectDialog(
            self._desk, self._asking.title("report.reject"), self._asking.subject(target), self._window
        )
        _prefer(dialog.reason, course.text)
        dialog.pick.choose(REJECTS[course.kind].value)
        if await self._asking.ask(
            dialog, target, "report.reject", K.REPORT_REJECTED, dialog.rejection, choice
        ):
            self._asking.advance.emit()

    async def _pause(self, target: Target, course: Course, choice: CourseChosen) -> None:
        dialog = PauseDialog(
            self._desk, self._asking.title("report.pause"), self._asking.subject(target), self._window
        )
        code = PAUSES.get(course.kind, PauseCode.WAITING_THIRD_PARTY)
        dialog.pick.choose(code.value)
        _prefer(dialog.reason, course.text)
        await self._asking.ask(dialog, target, "report.pause", K.CLOCK_PAUSED, dialog.pausing, choice)

    async def _refuse_return(self, target: Target, course: Course, choice: CourseChosen) -> None:
        dialog = ReasonDialog(
            self._desk,
            self._asking.title("report.refuse_return"),
            self._asking.subject(target),
            "refuse_return",
            self._window,
        )
        _prefer(dialog.reason, course.text)
        await self._asking.ask(
            dialog,
            target,
            "report.refuse_return",
            K.ROUTING_RETURN_REFUSED,
            lambda _: ReturnAnswered(dialog.reason.currentText().strip()),
            choice,
        )

    async def _note(self, target: Target, course: Course, choice: CourseChosen) -> None:
        dialog = NoteDialog(
            self._desk,
            self._asking.title("report.note"),
            self._asking.subject(target),
            self._window,
            text=course.text,
        )
        await self._asking.ask(
            dialog, target, "report.note", K.NOTE_ADDED, lambda _: NoteAdded(dialog.text), choice
        )

    async def _join(self, target: Target, course: Course, choice: CourseChosen) -> None:
        """Join with the other report, or with all that it is joined to; the dialog says which clocks would rest."""
        from smartcity_desk.ui.triage.joining import JoinDialog

        row, desk = target.single, self._desk
        assert row is not None
        dialog = JoinDialog(desk, self._asking.subject(target), [row.id, course.member], [], self._window)
        _prefer(dialog.reason, course.text)

        async def submit() -> str | None:
            assert dialog.plan is not None
            pks = await desk.readers.run(desk.store.pks_of, dialog.plan.reports)
            found = await desk.readers.run(desk.store.rows, pks, now=desk.clock())
            rows = [found[pk] for pk in pks if pk in found]
            kind = K.INCIDENT_JOINED
            return (await self._deeds.act(kind, dialog.payload, rows, bulk=True, choice=choice)).refusal

        dialog.submit = submit
        if await shown(dialog) == Popover.DialogCode.Accepted:
            self._asking.advance.emit()


def _prefer(line: ReasonLine, text: str) -> None:
    """Put the unit's text where the reason goes, with the usual sentences still under the arrow keys."""
    line.setEditText(formats.one_line(text, _REASON_MOST))
