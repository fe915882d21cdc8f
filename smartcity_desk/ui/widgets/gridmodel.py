"""The rows of a grid: made by whoever knows the words, sorted and filtered here, equal values in a stable order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from smartcity_desk.i18n import tr
from smartcity_desk.ui.formats import tip

Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` in pixels at 100 % text; the one with `stretch` takes what the others leave, or gives some.

    Where there is no room, columns step aside, the one with the greatest `aside` first; 0 never does. `tip_key` is
    what the head says in more words. Texts with `middle` lose their middle where they are too long, not their end.
    """

    name: str
    title_key: str
    width: int
    right: bool = False
    stretch: bool = False
    aside: int = 0
    sorts: bool = True
    tip_key: str = ""
    middle: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval on a scale from 0 to 1: the line from `lower` to `upper`, a point at `at`, a stroke at `mark`."""

    lower: float
    upper: float
    at: float | None = None
    mark: float | None = None


Words = str | Callable[[], str]
"""A text, or the call that makes it: what nobody may ever ask for is not said a thousand times."""


def said(words: Words) -> str:
    """The text itself."""
    return words if isinstance(words, str) else words()


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell. `tone` names a colour token; `order` is what it sorts by, None is always last.

    A `tip` that is a call is made when somebody asks for it.
    """

    text: str = ""
    tone: str = ""
    order: Any = None
    tip: Words = ""
    bar: Bar | None = None

    @property
    def tip_text(self) -> str:
        """What the tool tip says."""
        return said(self.tip) or self.text


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `spoken` is the whole of it in one utterance (or the call that makes it), `find` what a filter reads."""

    key: str
    cells: tuple[Cell, ...]
    spoken: Words = ""
    find: str = ""
    faint: bool = False

    @property
    def utterance(self) -> str:
        """The row in one utterance."""
        return said(self.spoken)


class GridModel(QAbstractTableModel):
    """Rows in the order in which they were given, unless one column sorts them."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: Final = tuple(columns)
        self._all: list[Row] = []
        self._shown: list[Row] = []
        self._where: dict[str, int] = {}
        self._wanted: Callable[[Row], bool] | None = None
        self.sort_column = ""
        self.descending = False

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Other rows, in their own order."""
        self._all = list(rows)
        self._arrange()

    def set_filter(self, wanted: Callable[[Row], bool] | None) -> None:
        """Show only these; None = all."""
        self._wanted = wanted
        self._arrange()

    def sort_by(self, column: str, *, descending: bool = False) -> None:
        """Sort by a column's `order`; an unknown or empty name gives the rows' own order back."""
        self.sort_column = column if any(one.name == column and one.sorts for one in self.columns) else ""
        self.descending = descending
        self._arrange()

    def _arrange(self) -> None:
        shown = self._all if self._wanted is None else [row for row in self._all if self._wanted(row)]
        if self.sort_column:
            at = self.column_at(self.sort_column)
            known = [row for row in shown if row.cells[at].order is not None]
            known.sort(key=lambda row: row.cells[at].order, reverse=self.descending)
            shown = known + [row for row in shown if row.cells[at].order is None]
        self.beginResetModel()
        self._shown = list(shown)
        self._where = {row.key: n for n, row in enumerate(self._shown)}
        self.endResetModel()

    @property
    def total(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._all)

    @property
    def shown(self) -> Sequence[Row]:
        """The rows on show, from top to bottom."""
        return self._shown

    def row(self, at: int) -> Row | None:
        """A row on show, or None."""
        return self._shown[at] if 0 <= at < len(self._shown) else None

    def row_of(self, key: str) -> int | None:
        """Where a row is on show, or None."""
        return self._where.get(key)

    def column_at(self, name: str) -> int:
        """The place of a column."""
        return next(n for n, column in enumerate(self.columns) if column.name == name)

    # -- what Qt asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many rows are on show."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many columns there are, shown or hidden."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role in (_ROLE.DisplayRole, _ROLE.AccessibleTextRole):
            return tr(column.title_key)
        if role == _ROLE.ToolTipRole:
            return tip(tr(column.tip_key or column.title_key))
        if role == _ROLE.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        """Text of a cell; the grid draws rows itself, screen readers, tool tips and tests come here."""
        row = self.row(index.row()) if index.isValid() else None
        if row is None:
            return None
        cell = row.cells[index.column()]
        if role == _ROLE.DisplayRole:
            return cell.text
        if role == _ROLE.AccessibleTextRole:
            return (row.utterance or cell.text) if index.column() == 0 else cell.text
        if role == _ROLE.ToolTipRole:
            return tip(cell.tip_text)
        return None
