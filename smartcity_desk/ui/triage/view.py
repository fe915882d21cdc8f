"""The table on screen: rows of one height drawn by `RowPainter`, marks by report and not by row number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.triage.delegate import Cell, Look, RowPainter
from smartcity_desk.ui.triage.model import COLUMNS, SORTS, Gone, Index, ReportTable

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

WIDTHS: Final[dict[str, int]] = {
    "state": 108,
    "badges": 44,
    "channel": 84,
    "category": 120,
    "text": 276,
    "place": 112,
    "office": 140,
    "age": 88,
}
"""Widths in pixels at 100 % text; the text takes what is left over."""
NARROW: Final = 40
MAKE_ROOM: Final = ("office", "age", "channel", "category", "place")
"""Columns that step aside, in this order, where the text would have no room to be read; the panel says the same."""
DRAG_CAP: Final = 5_000
"""How many rows one drag or one Shift-click may mark; more is what "all that match" is for."""
_MINUTE_TICK: Final = 5_000


class ReportView(QTableView):
    """The triage table. It tells what the hand did; the screen decides what follows."""

    current_changed = Signal()
    visible_changed = Signal()
    """Other rows are on screen."""
    marks_changed = Signal()
    sort_requested = Signal(str)
    opened = Signal()
    columns_changed = Signal()

    def __init__(self, desk: Desk, model: ReportTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._table = model
        self.painter_of_rows = RowPainter(desk.theme, desk.directory)
        self.dimmed = False
        self.handled: set[int] = set()
        self._marked: set[int] | None = set()
        self._anchor: int | None = None
        self._hover = -1
        self._cells: list[Cell] = []
        self._shown = (-1, -1)
        self._restoring = False
        self._hidden: set[str] = set()
        self._aside: set[str] = set()
        self.setModel(model)
        self.setAccessibleName(tr("triage.table.name"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
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
        head.setSectionsMovable(True)
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(NARROW)
        head.sectionResized.connect(self._columns_moved)
        head.sectionMoved.connect(self._columns_moved)
        head.sectionClicked.connect(lambda section: self.sort_requested.emit(COLUMNS[section]))
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.setAccessibleName(tr("triage.table.columns"))
        model.rows_arrived.connect(self.viewport().update)
        model.dataChanged.connect(lambda *_: self.viewport().update())
        self.verticalScrollBar().valueChanged.connect(self._window_moved)
        self._tick = QTimer(self)
        self._tick.setInterval(_MINUTE_TICK)
        self._tick.timeout.connect(self._minute)
        self._tick.start()
        self.apply_theme()

    # -- look --------------------------------------------------------------------------------------------------

    def apply_theme(self) -> None:
        """Take colours, row height and text size from the theme."""
        theme = self._desk.theme
        self.painter_of_rows.set_theme(theme)
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(theme.row_height)
        rows.setDefaultSectionSize(theme.row_height)
        self._fit()
        self.viewport().update()

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("triage.table.name"))
        self.horizontalHeader().setAccessibleName(tr("triage.table.columns"))
        self.painter_of_rows.forget()
        self.horizontalHeader().viewport().update()
        self.viewport().update()

    def set_columns(self, widths: dict[str, int], order: list[str], hidden: list[str]) -> None:
        """Put the columns as they were left: widths by name (at 100 % text), names in order, names not shown."""
        head = self.horizontalHeader()
        self._restoring = True
        for logical, name in enumerate(COLUMNS):
            width = widths.get(name, WIDTHS[name])
            head.resizeSection(logical, max(NARROW, self._desk.theme.pixels(min(width, 2_000))))
            head.setSectionHidden(logical, name in hidden and name != "text")
        self._hidden = {name for name in hidden if name in COLUMNS and name != "text"}
        known = [name for name in order if name in COLUMNS]
        for visual, name in enumerate(known):
            head.moveSection(head.visualIndex(COLUMNS.index(name)), visual)
        self._restoring = False
        self._fit()

    def columns(self) -> tuple[dict[str, int], list[str], list[str]]:
        """Widths, order and hidden columns as :meth:`set_columns` takes them."""
        head, percent = self.horizontalHeader(), self._desk.theme.percent
        widths = {
            name: round(head.sectionSize(logical) * 100 / percent)
            for logical, name in enumerate(COLUMNS)
            if not head.isSectionHidden(logical) and name != "text"
        }
        order = [COLUMNS[head.logicalIndex(visual)] for visual in range(len(COLUMNS))]
        return widths, order, [name for name in COLUMNS if name in self._hidden]

    def show_sort(self, column: str, descending: bool) -> None:
        """Put the arrow on the column that sorts."""
        head = self.horizontalHeader()
        head.setSortIndicatorShown(column in SORTS)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        head.setSortIndicator(COLUMNS.index(column), order)

    def show_column(self, logical: int, shown: bool) -> None:
        """Show a column or hide it."""
        self._hidden.symmetric_difference_update(
            {COLUMNS[logical]} if self.column_hidden(logical) is shown else ()
        )
        self.horizontalHeader().setSectionHidden(logical, not shown)
        self._columns_moved()

    def column_hidden(self, logical: int) -> bool:
        """Whether the operator hid a column; one that only steps aside is not hidden."""
        return COLUMNS[logical] in self._hidden

    def _columns_moved(self, *_: int) -> None:
        if self._restoring:
            return
        self._fit()
        self.columns_changed.emit()

    def _fit(self) -> None:
        """The text column takes what the others leave."""
        if self._restoring or self._table.columnCount() == 0:
            return
        self._restoring = True
        head, text = self.horizontalHeader(), COLUMNS.index("text")
        width = self.viewport().width()
        least = min(self._desk.theme.pixels(WIDTHS["text"]), width * 2 // 5)
        for name in MAKE_ROOM:
            head.setSectionHidden(COLUMNS.index(name), name in self._hidden)
        self._aside = set()
        for name in (name for name in MAKE_ROOM if name not in self._hidden):
            if self._others() + least <= width:
                break
            self._aside.add(name)
            head.setSectionHidden(COLUMNS.index(name), True)
        head.resizeSection(text, max(least // 2, width - self._others()))
        self._restoring = False
        self._place_cells()

    def _others(self) -> int:
        """The width of all columns that are shown, but the text."""
        head, text = self.horizontalHeader(), COLUMNS.index("text")
        return sum(
            head.sectionSize(at) for at in range(len(COLUMNS)) if at != text and not head.isSectionHidden(at)
        )

    def _place_cells(self) -> None:
        head = self.horizontalHeader()
        self._cells = [
            Cell(COLUMNS[logical], head.sectionViewportPosition(logical), head.sectionSize(logical))
            for logical in (head.logicalIndex(visual) for visual in range(head.count()))
            if not head.isSectionHidden(logical)
        ]
        self.painter_of_rows.set_cells(self._cells)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns and ask for the rows that came into view."""
        super().resizeEvent(event)
        self._fit()
        self._window_moved()

    def sizeHint(self) -> QSize:
        """Wide and high enough to work in."""
        return QSize(800, 600)

    @property
    def cells(self) -> list[Cell]:
        """The columns on screen, from left to right."""
        return self._cells

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that need it, whole and in one pass."""
        height = self._desk.theme.row_height
        dirty, width = event.rect(), self.viewport().width()
        first = self.verticalScrollBar().value()
        self._place_cells()
        self.painter_of_rows.set_now(self._desk.clock())
        current, focused = self.currentIndex().row(), self.hasFocus()
        count, table, marked = self._table.rowCount(), self._table, self._marked
        painter = QPainter(self.viewport())
        draw = self.painter_of_rows.draw
        self.painter_of_rows.begin(painter)
        if self.dimmed:
            painter.setOpacity(0.5)
        row = first + max(0, dirty.top()) // height
        y = (row - first) * height
        while y <= dirty.bottom() and row < count:
            entry = table.entry(row)
            pk = table.pk(row)
            look = Look(
                current=row == current,
                focused=focused,
                marked=marked is None or pk in marked,
                hovered=row == self._hover,
                faint=pk in self.handled,
            )
            draw(painter, entry, QRect(0, y, width, height), look)
            y += height
            row += 1
        if y <= dirty.bottom():
            painter.fillRect(0, y, width, dirty.bottom() - y + 1, self._desk.theme.color("surface"))
        painter.end()

    def _minute(self) -> None:
        if self.isVisible() and self.painter_of_rows.set_now(self._desk.clock()):
            self.viewport().update()

    # -- what is on screen -------------------------------------------------------------------------------------

    def window_rows(self) -> tuple[int, int]:
        """First and last row on screen, both included; (0, -1) when there is none."""
        count = self._table.rowCount()
        if not count:
            return (0, -1)
        first = self.verticalScrollBar().value()
        fitting = max(1, -(-self.viewport().height() // self._desk.theme.row_height))
        return (min(first, count - 1), min(count - 1, first + fitting - 1))

    def _window_moved(self) -> None:
        first, last = self.window_rows()
        self._table.set_window(first, last)
        if (first, last) != self._shown:
            self._shown = (first, last)
            self.visible_changed.emit()

    def whole_rows(self) -> int:
        """How many rows fit on screen without being cut."""
        return self.viewport().height() // self._desk.theme.row_height

    def refresh_window(self) -> None:
        """Ask for what is on screen; after a new snapshot."""
        self._shown = (-1, -1)
        self._window_moved()
        self.viewport().update()

    # -- the current row ---------------------------------------------------------------------------------------

    def current_pk(self) -> int | None:
        """The store's key of the row under the cursor."""
        return self._table.pk(self.currentIndex().row())

    def go_to(self, row: int) -> None:
        """Put the cursor on a row and show it. Rows that have gone are skipped by the keys that move."""
        count = self._table.rowCount()
        if count:
            self.setCurrentIndex(self._table.index(max(0, min(row, count - 1)), 0))

    def step(self, by: int) -> None:
        """Move the cursor by so many rows."""
        at = self.currentIndex().row()
        step = 1 if by >= 0 else -1
        row = 0 if at < 0 else at + by
        while 0 <= row < self._table.rowCount() and isinstance(self._table.entry(row), Gone):
            row += step
        if 0 <= row < self._table.rowCount() or at < 0:
            self.go_to(row)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell that the cursor is elsewhere."""
        super().currentChanged(current, previous)
        self.viewport().update()
        self.current_changed.emit()

    def restore(self, pk: int | None, from_top: int) -> None:
        """After a new snapshot: the same report under the cursor, as far from the top as before."""
        row = None if pk is None else self._table.row_of(pk)
        if row is None:
            self.go_to(max(0, min(self.currentIndex().row(), self._table.rowCount() - 1)))
        else:
            self.go_to(row)
            self.verticalScrollBar().setValue(max(0, row - from_top))
        self.refresh_window()

    def from_top(self) -> int:
        """How many rows the cursor is below the first one on screen."""
        return max(0, self.currentIndex().row() - self.verticalScrollBar().value())

    # -- marks -------------------------------------------------------------------------------------------------

    @property
    def marked(self) -> frozenset[int] | None:
        """Keys of the marked reports; None means all that match the filter."""
        return None if self._marked is None else frozenset(self._marked)

    def set_marked(self, pks: frozenset[int] | None) -> None:
        """Mark exactly these, or all that match."""
        self._marked = None if pks is None else set(pks)
        self._table.marked = self.marked
        self.viewport().update()
        self.marks_changed.emit()

    def toggle_mark(self, row: int | None = None) -> None:
        """Mark a row, or take its mark away. From "all that match" it goes back to single rows."""
        at = self.currentIndex().row() if row is None else row
        pk = self._table.pk(at)
        if pk is None:
            return
        chosen = set(self._marked or ())
        chosen.symmetric_difference_update({pk})
        self._anchor = at
        self.set_marked(frozenset(chosen))

    def mark_range(self, first: int, last: int) -> None:
        """Mark a run of rows beside what is marked, at most `DRAG_CAP` of them."""
        low, high = min(first, last), max(first, last)
        if high - low >= DRAG_CAP:
            low, high = (first, first + DRAG_CAP - 1) if last > first else (first - DRAG_CAP + 1, first)
        self.set_marked(frozenset(set(self._marked or ()) | set(self._table.pks(low, high))))

    def extend(self, by: int) -> None:
        """Mark the current row and the one that the cursor moves to."""
        before = self.currentIndex().row()
        self.step(by)
        self.mark_range(before, self.currentIndex().row())

    def selectAll(self) -> None:
        """All that match, as a value: no row is touched."""
        if self._table.rowCount():
            self.set_marked(None)

    # -- hand --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End go to the first and the last row; Shift with an arrow marks."""
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Home: lambda: self.go_to(0),
            Qt.Key.Key_End: lambda: self.go_to(self._table.rowCount() - 1),
        }
        if shift:
            keys = {Qt.Key.Key_Down: lambda: self.extend(1), Qt.Key.Key_Up: lambda: self.extend(-1)}
        deed = keys.get(event.key())
        if deed is None:
            super().keyPressEvent(event)
        else:
            deed()

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here, never a search through the rows."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ctrl marks one row, Shift a run of them; a plain press moves the cursor."""
        row = self.rowAt(int(event.position().y()))
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                start = self.currentIndex().row()
                self.mark_range(max(0, start), row)
                self.go_to(row)
                return
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.toggle_mark(row)
                self.go_to(row)
                return
            self._anchor = row
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the row under the pointer; with the button down, mark what the pointer passes."""
        row = self.rowAt(int(event.position().y()))
        if event.buttons() & Qt.MouseButton.LeftButton and self._anchor is not None:
            if row >= 0 and row != self._anchor:
                self.mark_range(self._anchor, row)
            return
        self._set_hover(row)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The drag is over."""
        self._anchor = None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the report."""
        if self.rowAt(int(event.position().y())) >= 0:
            self.opened.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """No row is under the pointer."""
        self._set_hover(-1)
        super().leaveEvent(event)

    def _set_hover(self, row: int) -> None:
        if row == self._hover:
            return
        height, first = self._desk.theme.row_height, self.verticalScrollBar().value()
        for at in (self._hover, row):
            if at >= 0:
                self.viewport().update(0, (at - first) * height, self.viewport().width(), height)
        self._hover = row
