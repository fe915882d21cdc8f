"""The table's model: a snapshot list of ids and a cache of pages, both filled off the interface thread.

The order of the rows is fixed when a snapshot is taken. Reports that arrive never move a row: they are counted, and the
operator takes them in. Changed rows are told by `dataChanged`, and only those that are on screen.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.query import Filter, Order
from smartcity_desk.i18n import tr
from smartcity_desk.store.engine import Cancelled
from smartcity_desk.ui import formats
from smartcity_desk.ui.triage import words

if TYPE_CHECKING:
    from smartcity_desk.store.rows import RowData
    from smartcity_desk.ui.services import Desk

Index = QModelIndex | QPersistentModelIndex

COLUMNS: Final = ("state", "badges", "channel", "category", "text", "place", "office", "age")
SORTS: Final[dict[str, tuple[Order, ...]]] = {"state": (Order.DUE,), "age": (Order.NEWEST, Order.OLDEST)}
"""Columns that sort, and the indexed orders behind them; no other sort is offered."""
UNTITLED: Final = frozenset({"badges"})
"""Columns too narrow for their name: it is in the tooltip, and said to the screen reader."""

FIRST_PAGE: Final = 100
PAGE: Final = 64
KEPT_PAGES: Final = 96
_HEAD_START_SECONDS: Final = 0.1

_ROLE = Qt.ItemDataRole


@dataclass(frozen=True, slots=True)
class Gone:
    """A row whose report is no longer in the store: it stays as a disabled line, so that nothing moves."""


GONE: Final = Gone()
Entry = "RowData | Gone | None"


class ReportTable(QAbstractTableModel):
    """Rows of one filter. `position` = rows known so far; the whole list follows the first page."""

    first_page = Signal()
    """The first page of a new snapshot is there."""
    complete = Signal(int)
    """The id list is whole: how many rows."""
    kept_back = Signal()
    """A new list was not taken, because the report under the hand is not in it."""
    busy_changed = Signal(bool)
    failed = Signal(object)
    """A `DeskError`: what is on screen is the last that could be read."""
    rows_arrived = Signal()
    """Some of the rows that were asked for are there."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._pks: array[int] = array("q")
        self._cache: dict[int, RowData | Gone] = {}
        self._window = (0, 0)
        self._fetching = False
        self._busy = False
        self._serial = 0
        self.filter = Filter()
        self.whole = False
        self.newest_pk = 0
        self.marked: frozenset[int] | None = frozenset()

    # -- what views ask ----------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Rows known so far."""
        return 0 if parent.isValid() else len(self._pks)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """The columns of `COLUMNS`, shown or hidden."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        """Text of a cell; the view draws rows itself and does not come here, screen readers and tests do."""
        if not index.isValid() or not 0 <= index.row() < len(self._pks):
            return None
        entry = self.entry(index.row())
        if role in (_ROLE.DisplayRole, _ROLE.AccessibleTextRole):
            if entry is None:
                return tr("triage.row.loading")
            if isinstance(entry, Gone):
                return tr("triage.row.gone")
            now = self._desk.clock()
            if role == _ROLE.AccessibleTextRole and index.column() == 0:
                return words.spoken(entry, self._desk.directory, now, self.is_marked(entry.pk))
            return _cell(words.words(entry, self._desk.directory, now), COLUMNS[index.column()])
        if role == _ROLE.ToolTipRole and entry is not None and not isinstance(entry, Gone):
            return formats.tip(self._tooltip(entry, COLUMNS[index.column()]))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:
        """Titles of the columns; the tooltip says which of them sort."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        name = COLUMNS[section]
        if role == _ROLE.DisplayRole:
            return "" if name in UNTITLED else tr(f"triage.column.{name}")
        if role == _ROLE.AccessibleTextRole:
            return tr(f"triage.column.{name}")
        if role == _ROLE.ToolTipRole:
            sorts = tr("triage.column.sorts") if name in SORTS else tr("triage.column.sorts_not")
            return f"{tr(f'triage.column.{name}')}\n{sorts}" if name in UNTITLED else sorts
        if role == _ROLE.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be chosen, but not those that have gone."""
        if not index.isValid() or isinstance(self.entry(index.row()), Gone):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def entry(self, row: int) -> RowData | Gone | None:
        """What is known of a row: its data, that it has gone, or None while it is being fetched."""
        if not 0 <= row < len(self._pks):
            return None
        return self._cache.get(self._pks[row])

    def row_data(self, row: int) -> RowData | None:
        """The data of a row if it is there and known."""
        entry = self.entry(row)
        return None if entry is None or isinstance(entry, Gone) else entry

    def pk(self, row: int) -> int | None:
        """The store's key of a row."""
        return self._pks[row] if 0 <= row < len(self._pks) else None

    @property
    def snapshot(self) -> array[int]:
        """The list itself: taken anew for each snapshot, never changed in place."""
        return self._pks

    def row_of(self, pk: int) -> int | None:
        """Where a report stands in this snapshot, or None. Walks the list: a few ms in a million."""
        try:
            return self._pks.index(pk)
        except ValueError:
            return None

    def pks(self, first: int, last: int) -> list[int]:
        """The keys of rows `first` to `last`, both included."""
        return self._pks[max(0, first) : last + 1].tolist()

    def is_marked(self, pk: int) -> bool:
        """Whether a row is among the marked ones; `marked` None means all that match."""
        return self.marked is None or pk in self.marked

    @property
    def busy(self) -> bool:
        """Whether a new snapshot is on its way and what is on screen is the old one."""
        return self._busy

    # -- snapshots ---------------------------------------------------------------------------------------------

    def show(self, filter: Filter) -> None:  # noqa: A002 - the domain's own word
        """Take a new snapshot for a filter: the first page at once, the whole list after it."""
        self.filter = filter
        self._serial += 1
        self._desk.store.interrupt_reader()
        self._set_busy(True)
        there = asyncio.Event()
        self._desk.tasks.replace("triage.first", self._first_of(there, self._serial, filter))
        self._desk.tasks.replace("triage.ids", self._ids_behind(there, self._serial, filter))

    def take_in(self, unless_gone: int | None = None) -> None:
        """Take the same filter's snapshot anew; the rows stay until the new list is whole.

        A list in which the report `unless_gone` is missing is not taken: `kept_back` says so, and the rows stay.
        """
        self._serial += 1
        self._desk.tasks.cancel("triage.first")
        self._set_busy(True)
        work = self._ids(self._serial, self.filter, swap=True, unless_gone=unless_gone)
        self._desk.tasks.replace("triage.ids", work)

    async def _first(self, serial: int, wanted: Filter) -> None:
        now = self._desk.clock()
        try:
            rows = await self._desk.readers.run(
                self._desk.store.page_first, wanted, now=now, limit=FIRST_PAGE
            )
        except DeskError as problem:
            self._fail(serial, problem)
            return
        if serial != self._serial or self.whole_for(serial):
            return
        self.beginResetModel()
        self._pks = array("q", (row.pk for row in rows))
        self._cache = {row.pk: row for row in rows}
        self.whole = False
        self.newest_pk = max(self._pks, default=0)
        self.endResetModel()
        self._set_busy(False)
        self.first_page.emit()

    def whole_for(self, serial: int) -> bool:
        """Whether the list of this very request is already whole (it overtook its own first page)."""
        return self._whole_serial == serial

    _whole_serial = -1

    async def _first_of(self, there: asyncio.Event, serial: int, wanted: Filter) -> None:
        try:
            await self._first(serial, wanted)
        finally:
            there.set()

    async def _ids_behind(self, there: asyncio.Event, serial: int, wanted: Filter) -> None:
        """Read the list once the first page is there: both at once would take the interpreter from each other.

        A first page that takes long is not waited for; then the list may well bring it.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(there.wait(), _HEAD_START_SECONDS)
        await self._ids(serial, wanted, swap=False)

    async def _ids(self, serial: int, wanted: Filter, *, swap: bool, unless_gone: int | None = None) -> None:
        now = self._desk.clock()
        try:
            pks, newest = await self._desk.readers.run(self._read_ids, wanted, now)
        except Cancelled:
            return  # a newer question interrupted this one
        except DeskError as problem:
            self._fail(serial, problem)
            return
        if serial != self._serial:
            return
        if unless_gone is not None and unless_gone not in pks:
            self._set_busy(False)
            self.kept_back.emit()
            return
        self._whole_serial = serial
        known = len(self._pks)
        if not swap and not self._busy and pks[:known] == self._pks:
            if len(pks) > known:
                self.beginInsertRows(QModelIndex(), known, len(pks) - 1)
                self._pks = pks
                self.endInsertRows()
        elif pks != self._pks or self._busy:
            self.beginResetModel()
            self._pks = pks
            if not swap:
                self._cache.clear()
            self.endResetModel()
        self.whole, self.newest_pk = True, newest
        first = self._busy and not swap
        self._set_busy(False)
        if first:
            self.first_page.emit()
        self.complete.emit(len(pks))
        if swap:
            self.refresh()

    def _read_ids(self, wanted: Filter, now: int) -> tuple[array[int], int]:
        pks = self._desk.store.ids(wanted, now=now)
        return pks, max(pks, default=0)

    def _fail(self, serial: int, problem: DeskError) -> None:
        if serial == self._serial:
            self._set_busy(False)
            self.failed.emit(problem)

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)

    # -- pages -------------------------------------------------------------------------------------------------

    def set_window(self, first: int, last: int) -> None:
        """Say which rows are on screen; those that are not known are fetched, and the newest wish wins."""
        self._window = (first, last)
        if not self._fetching and self._missing():
            self._fetching = True
            self._desk.tasks.spawn(self._fetch(), name="triage.pages")

    def _missing(self) -> list[int]:
        first, last = self._window
        first, last = max(0, first), min(len(self._pks) - 1, last)
        if first > last:
            return []
        if all(self._pks[row] in self._cache for row in range(first, last + 1)):
            return []
        low, high = first // PAGE * PAGE, (last // PAGE + 1) * PAGE
        return [pk for pk in self._pks[low:high] if pk not in self._cache]

    async def _fetch(self) -> None:
        try:
            while missing := self._missing():
                if not await self._fill(missing):
                    return
        finally:
            self._fetching = False

    async def _fill(self, pks: Sequence[int]) -> bool:
        try:
            found = await self._desk.readers.run(self._desk.store.rows, pks, now=self._desk.clock())
        except DeskError as problem:
            self.failed.emit(problem)
            return False
        self._forget_far_pages()
        self._take(pks, found)
        self.rows_arrived.emit()
        return True

    def _take(self, asked: Sequence[int], found: dict[int, RowData]) -> None:
        changed = set()
        for pk in asked:
            entry = found.get(pk, GONE)
            if self._cache.get(pk) != entry:
                self._cache[pk] = entry
                changed.add(pk)
        first, last = self._window
        rows = [
            row
            for row in range(max(0, first), min(last, len(self._pks) - 1) + 1)
            if self._pks[row] in changed
        ]
        for low, high in _runs(rows):
            self.dataChanged.emit(self.index(low, 0), self.index(high, len(COLUMNS) - 1))

    def _forget_far_pages(self) -> None:
        if len(self._cache) < PAGE * KEPT_PAGES:
            return
        first, last = self._window
        near = set(self._pks[max(0, first - PAGE * 8) : last + PAGE * 8])
        self._cache = {pk: row for pk, row in self._cache.items() if pk in near}

    def refresh(self, pks: Sequence[int] | None = None) -> None:
        """Read the rows on screen again, or of those only `pks`, and tell which changed."""
        first, last = self._window
        shown = self.pks(first, last)
        asked = shown if pks is None else [pk for pk in pks if pk in self._cache or pk in shown]
        on_screen = set(shown)
        for pk in [pk for pk in self._cache if pks is None and pk not in on_screen]:
            del self._cache[pk]  # what is off screen is read again when it comes into view
        if asked:
            self._desk.tasks.replace("triage.refresh", self._refresh(asked))

    async def _refresh(self, pks: Sequence[int]) -> None:
        try:
            found = await self._desk.readers.run(self._desk.store.rows, pks, now=self._desk.clock())
        except DeskError as problem:
            self.failed.emit(problem)
            return
        self._take(pks, found)
        self.rows_arrived.emit()

    def _tooltip(self, row: RowData, column: str) -> str:
        if column == "age":
            return formats.date_time(row.reported_at)
        if column == "state":
            status = words.status_name(row.status)
            return (
                status
                if row.due_at is None
                else tr("triage.tip.due", status=status, at=formats.date_time(row.due_at))
            )
        if column == "badges":
            return "\n".join(words.badge_words(row, self._desk.clock()))
        return _cell(words.words(row, self._desk.directory, self._desk.clock()), column)


def _cell(shown: words.RowWords, column: str) -> str:
    return f"{shown.shape} {shown.state}" if column == "state" else str(getattr(shown, column))


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers as (first, last) pairs."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
