"""Who rests on a report with new replies has read them: their sign goes, at this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.ui.beats import once

if TYPE_CHECKING:
    from smartcity_desk.store.rows import ReportDetail, RowData
    from smartcity_desk.ui.services import Desk

REST_MS: Final = 1_500
"""How long the panel has to show a reply before it counts as read: whoever only passes by has read nothing."""


class ReplyReader(QObject):
    """Waits until a report has been on show long enough, and then writes down that its replies were read."""

    read = Signal(object)
    """The replies of these reports (ids, a frozenset) are no longer new."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._detail: ReportDetail | None = None
        self._timer = once(self, REST_MS, self._rested)

    def show(self, row: RowData | None, detail: ReportDetail | None, *, revealed: bool = False) -> None:
        """The panel shows this report now. What was said in private is read only once it is revealed."""
        hidden = detail is not None and detail.report.private and not revealed
        if row is None or detail is None or hidden or not row.unread or row.pk != detail.pk:
            self.leave()
        elif self._detail is None or self._detail.replies != detail.replies:
            self._detail = detail
            self._timer.start()

    def leave(self) -> None:
        """It is no longer on show."""
        self._detail = None
        self._timer.stop()

    def _rested(self) -> None:
        if self._detail is not None:
            self._desk.tasks.spawn(self._mark(self._detail), name="triage.read")

    async def _mark(self, detail: ReportDetail) -> None:
        seen = [reply.id for reply in detail.replies]
        try:
            done = await self._desk.writer.run(self._desk.store.mark_replies_read, detail.report.id, seen)
        except DeskError as problem:
            self._desk.notify.error(problem)
            return
        if done:
            self.read.emit(frozenset({detail.report.id}))
