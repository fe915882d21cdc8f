"""The report under the cursor: read when the cursor rests on it, shown in the panel, hidden again when it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.triage.reader import ReplyReader

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.report.panel import ReportPanel
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.model import ReportTable
    from smartcity_desk.ui.triage.view import ReportView

_REST_MS: Final = 60
"""Whoever runs through the list with a key held down asks for no report."""


class CurrentReport(QObject):
    """Fills the panel. What was said in private is on show only until the cursor moves on."""

    def __init__(self, desk: Desk, model: ReportTable, view: ReportView, panel: ReportPanel) -> None:
        super().__init__(panel)
        self._desk = desk
        self._model = model
        self._view = view
        self._panel = panel
        self._active = False
        self._revealed: int | None = None
        self.reader = ReplyReader(desk, self)
        self._timer = once(self, _REST_MS, self._load)
        model.rows_arrived.connect(self._rows_arrived)

    @property
    def row(self) -> RowData | None:
        """What the table knows of it; None without a report, or before its row has been read."""
        return self._model.row_data(self._view.currentIndex().row())

    def start(self) -> None:
        """Somebody looks: what the cursor was put on when nobody did is read now."""
        self._active = True
        self._timer.start()

    def stop(self) -> None:
        """Nobody looks."""
        self._active = False
        self._timer.stop()
        self.reader.leave()

    def moved(self) -> None:
        """The cursor stands on another report, or on the same one anew."""
        if self._view.current_pk() != self._revealed:
            self._revealed = None
        self._panel.show_row(self.row)
        self.reader.leave()
        self._timer.start()

    def load_soon(self) -> None:
        """It may be another one now: read it again."""
        self._timer.start()

    def reveal(self, pk: int) -> None:
        """Show what was said in private as long as the cursor rests on it; whoever comes back gives a reason again."""
        if pk == self._view.current_pk():
            self._revealed = pk
            self._load()

    def _rows_arrived(self) -> None:
        row = self.row
        if row is not None:
            self._panel.show_row(row)
            self.reader.show(row, self._panel.detail, revealed=row.pk == self._revealed)
            if self._panel.detail is None or self._panel.detail.pk != row.pk:
                self._timer.start()

    def _load(self) -> None:
        pk = self._view.current_pk()
        if pk is not None and self._active:
            self._desk.tasks.replace("triage.detail", self._read(pk))

    async def _read(self, pk: int) -> None:
        revealed = pk == self._revealed
        try:
            detail = await self._desk.readers.run(self._desk.store.report, pk, revealed=revealed)
        except DeskError as problem:
            self._desk.notify.error(problem)
            return
        if revealed and pk != self._revealed:
            return  # the cursor has been elsewhere meanwhile: what was said in private is hidden again
        if detail is not None:
            self._panel.show_detail(detail, revealed=revealed)
            self.reader.show(self.row, detail, revealed=revealed)
