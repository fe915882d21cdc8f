"""A table of a few hundred rows: j and k move, Enter opens, a head sorts, columns step aside where there is no room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.widgets.gridmodel import Column, GridModel, Index, Row
from smartcity_desk.ui.widgets.gridpaint import GridPainter, Look, Place

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

NARROW = 36
_WIDEST = 2_000
_GIVES = 0.5
"""Once nothing can step aside any more, a stretched column gives so much of its width."""


class Grid(QTableView):
    """Tells what the hand did; who owns it decides what follows. Rows are drawn by `GridPainter`."""

    current_changed = Signal(str)
    """The cursor is on the row with this key, or on none (empty)."""
    opened = Signal(str)
    """Enter or a double click on the row with this key."""
    sorted = Signal()
    columns_changed = Signal()

    def __init__(
        self,
        desk: Desk,
        columns: Sequence[Column],
        name_key: str,
        parent: QWidget | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """`quiet`: the cursor's row is lit up only while keys work here, for tables that are read and not worked on."""
        super().__init__(parent)
        self._quiet = quiet
        self._desk = desk
        self.name_key = name_key
        self.table = GridModel(columns, self)
        self._painter = GridPainter(desk.theme)
        self._hover = -1
        self._fitting = False
        self._fitted = -1
        self._aside: set[int] = set()
        self._widths = {column.name: column.width for column in columns}
        self._key = ""
        self.dimmed = False
        self.setModel(self.table)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(NARROW)
        head.sectionResized.connect(self._resized)
        head.sectionClicked.connect(self._head_clicked)
        self.restyle()
        self.retranslate()

    # -- look --------------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        """Take colours, row height and text size from the theme."""
        theme = self._desk.theme
        self._painter.set_theme(theme)
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(theme.row_height)
        rows.setDefaultSectionSize(theme.row_height)
        self._set_widths()

    def retranslate(self) -> None:
        """Say titles and name again; whoever made the rows makes them again."""
        self.setAccessibleName(tr(self.name_key))
        self.horizontalHeader().setAccessibleName(tr(self.name_key))
        self.horizontalHeader().viewport().update()

    def dim(self, *, on: bool) -> None:
        """Show the rows as old ones, while newer are being read."""
        if on != self.dimmed:
            self.dimmed = on
            self.viewport().update()

    def sizeHint(self) -> QSize:
        """Room for some rows."""
        return QSize(480, self._desk.theme.row_height * 6)

    # -- columns -----------------------------------------------------------------------------------------------

    @property
    def widths(self) -> dict[str, int]:
        """The widths that the hand has chosen, by column, in pixels at 100 % text."""
        usual = {column.name: column.width for column in self.table.columns}
        return {name: width for name, width in self._widths.items() if width != usual[name]}

    def set_widths(self, widths: Mapping[str, object]) -> None:
        """Put the columns as they were left."""
        for name, width in widths.items():
            if name in self._widths and isinstance(width, int) and not isinstance(width, bool):
                self._widths[name] = max(NARROW, min(_WIDEST, width))
        self._set_widths()

    def _set_widths(self) -> None:
        self._fitting = True
        for at, column in enumerate(self.table.columns):
            self.horizontalHeader().resizeSection(at, self._desk.theme.pixels(self._widths[column.name]))
        self._fitting = False
        self._fit()

    def _resized(self, at: int, _before: int, width: int) -> None:
        if self._fitting:
            return
        self._widths[self.table.columns[at].name] = max(NARROW, round(width * 100 / self._desk.theme.percent))
        self._fit()
        self.columns_changed.emit()

    def _fit(self) -> None:
        """The stretched column takes what the others leave; some step aside where that would be too little."""
        if self._fitting:
            return
        self._fitted = width = self.viewport().width()
        self._fitting = True
        head, columns, pixels = self.horizontalHeader(), self.table.columns, self._desk.theme.pixels
        shown = set(range(len(columns)))
        sizes = {at: pixels(self._widths[column.name]) for at, column in enumerate(columns)}
        gives = sum(round(sizes[at] * _GIVES) for at in shown if columns[at].stretch)
        for at in sorted(shown, key=lambda at: -columns[at].aside):
            if not columns[at].aside or sum(sizes[one] for one in shown) <= width:
                break
            if columns[at].name != self.table.sort_column:
                shown.discard(at)
        self._aside = set(sizes) - shown
        rest = width - sum(sizes[at] for at in shown)
        for at, column in enumerate(columns):
            head.setSectionHidden(at, at in self._aside)
            if at in shown:
                head.resizeSection(at, sizes[at] + (max(-gives, rest) if column.stretch else 0))
        self._fitting = False
        self.viewport().update()

    def _places(self) -> list[Place]:
        head = self.horizontalHeader()
        return [
            Place(at, head.sectionViewportPosition(at), head.sectionSize(at), column.right, column.middle)
            for at, column in enumerate(self.table.columns)
            if not head.isSectionHidden(at)
        ]

    def updateGeometries(self) -> None:
        """A scroll bar that came or went has changed the room, with no other sign of it."""
        super().updateGeometries()
        if self.viewport().width() != self._fitted:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns."""
        super().resizeEvent(event)
        self._fit()
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    # -- rows and order ----------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; the cursor stays on its row, as far from the top as before."""
        self._keeping(lambda: self.table.set_rows(rows))

    def set_filter(self, wanted: Callable[[Row], bool] | None) -> None:
        """Show only the rows that are wanted; None = all."""
        self._keeping(lambda: self.table.set_filter(wanted))

    def sort_rows(self, column: str, *, descending: bool = False) -> None:
        """Sort by a column, or by nothing."""
        self._keeping(lambda: self.table.sort_by(column, descending=descending))
        head = self.horizontalHeader()
        head.setSortIndicatorShown(bool(self.table.sort_column))
        if self.table.sort_column:
            order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
            head.setSortIndicator(self.table.column_at(self.table.sort_column), order)
        self._fit()

    def _head_clicked(self, at: int) -> None:
        column = self.table.columns[at]
        if not column.sorts:
            return
        again = self.table.sort_column == column.name
        self.sort_rows(column.name, descending=again and not self.table.descending)
        self.sorted.emit()

    def _keeping(self, change: Callable[[], None]) -> None:
        key, top = self._key, self.verticalScrollBar().value()
        below = self.currentIndex().row() - top
        self.blockSignals(True)
        change()
        self.blockSignals(False)
        row = self.table.row_of(key)
        if row is None:
            self.go_to(0)
        else:
            self.go_to(row)
            self.verticalScrollBar().setValue(max(0, row - max(0, below)))
        if not self.table.rowCount():
            self._tell("")
        self.viewport().update()

    @property
    def current_key(self) -> str:
        """The key of the row under the cursor, or nothing."""
        return self._key

    def go_to(self, row: int) -> None:
        """Put the cursor on a row and show it."""
        if self.table.rowCount():
            at = max(0, min(row, self.table.rowCount() - 1))
            self.setCurrentIndex(self.table.index(at, 0))
            found = self.table.row(at)
            self._tell("" if found is None else found.key)

    def go_to_key(self, key: str) -> bool:
        """Put the cursor on the row with this key; whether it is on show."""
        row = self.table.row_of(key)
        if row is not None:
            self.go_to(row)
        return row is not None

    def step(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.go_to(max(0, self.currentIndex().row() + by))

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell that the cursor is elsewhere."""
        super().currentChanged(current, previous)
        self.viewport().update()
        found = self.table.row(current.row()) if current.isValid() else None
        if found is not None and not self.signalsBlocked():
            self._tell(found.key)

    def _tell(self, key: str) -> None:
        if key != self._key:
            self._key = key
            self.current_changed.emit(key)

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that need it, whole and in one pass."""
        theme = self._desk.theme
        height, width = theme.row_height, self.viewport().width()
        dirty, first = event.rect(), self.verticalScrollBar().value()
        current, focused, count = self.currentIndex().row(), self.hasFocus(), self.table.rowCount()
        places = self._places()
        painter = QPainter(self.viewport())
        self._painter.begin(painter)
        row = first + max(0, dirty.top()) // height
        y = (row - first) * height
        if self.dimmed:
            painter.fillRect(dirty, theme.color("surface"))
            painter.setOpacity(0.5)
        while y <= dirty.bottom() and row < count:
            found = self.table.row(row)
            assert found is not None
            lit = row == current and (focused or not self._quiet)
            look = Look(lit, focused, row == self._hover)
            self._painter.draw(painter, found, places, QRect(0, y, width, height), look)
            y += height
            row += 1
        if y <= dirty.bottom():
            painter.fillRect(0, y, width, dirty.bottom() - y + 1, theme.color("surface"))
        painter.end()

    # -- hand --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End go to the first and the last row."""
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Home: lambda: self.go_to(0),
            Qt.Key.Key_End: lambda: self.go_to(self.table.rowCount() - 1),
            Qt.Key.Key_Return: self._open,
            Qt.Key.Key_Enter: self._open,
        }
        deed = keys.get(event.key())
        if deed is None:
            super().keyPressEvent(event)
        else:
            deed()

    def _open(self) -> None:
        if self._key:
            self.opened.emit(self._key)

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here, never a search through the rows."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Keys work here now."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys work elsewhere now."""
        super().focusOutEvent(event)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the pointer."""
        self._set_hover(self.rowAt(int(event.position().y())))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the row."""
        if self.rowAt(int(event.position().y())) >= 0:
            self._open()

    def leaveEvent(self, event: QEvent) -> None:
        """No row is under the pointer."""
        self._set_hover(-1)
        super().leaveEvent(event)

    def _set_hover(self, row: int) -> None:
        if row != self._hover:
            self._hover = row
            self.viewport().update()
