"""A short table with a cursor, as the screen of what goes out has several of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

if TYPE_CHECKING:
    from smartcity_desk.ui.outbox.models import Rows
    from smartcity_desk.ui.services import Desk

T = TypeVar("T")


def keep_cursor(view: QTableView, model: Rows, rows: Sequence[T], key: Callable[[T], str]) -> None:
    """Show other rows; the cursor stays on its row, or where it was when that row has gone."""
    at = max(0, view.currentIndex().row())
    current = model.row(at)
    model.set_rows(rows)
    if not rows:
        return
    wanted = None if current is None else key(current)
    found = next((n for n, row in enumerate(rows) if key(row) == wanted), None)
    view.setCurrentIndex(model.index(min(at, len(rows) - 1) if found is None else found, 0))


def table(model: Rows, stretched: str, widths: dict[str, int], desk: Desk) -> CursorTable:
    """A table over rows whose column `stretched` takes the room that is left; widths in pixels at 100 % text."""
    view = CursorTable(desk)
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    view.setShowGrid(False)
    view.verticalHeader().hide()
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setDefaultSectionSize(desk.theme.row_height)
    head = view.horizontalHeader()
    head.setObjectName("plain")
    head.setHighlightSections(False)
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setMinimumSectionSize(60)
    for at in range(model.columnCount()):
        name = model.column_name(at)
        if name == stretched:
            head.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        else:
            view.setColumnWidth(at, desk.theme.pixels(widths[name]))
    return view


class CursorTable(QTableView):
    """A table in which j and k move, letters search nothing, and only the one with the focus lights its row up."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.light(on=False)

    def light(self, *, on: bool) -> None:
        """Show the cursor's row as the one that keys work on, or only faintly."""
        palette, theme = self.palette(), self._desk.theme
        palette.setColor(palette.ColorRole.Highlight, theme.color("selection" if on else "hover"))
        palette.setColor(palette.ColorRole.HighlightedText, theme.color("on_selection" if on else "text"))
        self.setPalette(palette)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Keys work here now."""
        super().focusInEvent(event)
        self.light(on=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys work elsewhere now."""
        super().focusOutEvent(event)
        self.light(on=False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """J and k go down and up, as everywhere."""
        steps = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}
        step = steps.get(Qt.Key(event.key())) if not event.modifiers() else None
        if step is None:
            super().keyPressEvent(event)
            return
        row = max(0, min(self.model().rowCount() - 1, self.currentIndex().row() + step))
        self.setCurrentIndex(self.model().index(row, 0))

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""
