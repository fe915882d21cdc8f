"""The table's columns and the parts of the screen as the operator left them, and the menu of the table's head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSplitter

from smartcity_desk.config import COLUMN_ORDER, COLUMN_WIDTHS, COLUMNS_HIDDEN, SPLITTERS, Json
from smartcity_desk.i18n import tr
from smartcity_desk.ui.triage.model import COLUMNS
from smartcity_desk.ui.triage.view import WIDTHS

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.view import ReportView

_SIZES = (180, 806, 300)
_NAME = "triage"


class LayoutMemory:
    """Puts columns and splitter where they were, and notes where they are now."""

    def __init__(self, desk: Desk, view: ReportView, split: QSplitter) -> None:
        self._desk = desk
        self._view = view
        self._split = split

    def restore(self) -> None:
        """Columns and parts as the settings have them, else as usual."""
        self.set_columns()
        sizes = self._desk.settings.get(SPLITTERS).get(_NAME)
        wanted = [size for size in sizes if isinstance(size, int)] if isinstance(sizes, list) else []
        usual = [self._desk.theme.pixels(size) for size in _SIZES]
        self._split.setSizes(wanted if len(wanted) == len(usual) else usual)

    def set_columns(self) -> None:
        """Columns as the settings have them."""
        get = self._desk.settings.get
        widths = {name: width for name, width in get(COLUMN_WIDTHS).items() if isinstance(width, int)}
        order = [name for name in get(COLUMN_ORDER) if isinstance(name, str)]
        hidden = [name for name in get(COLUMNS_HIDDEN) if isinstance(name, str)]
        self._view.set_columns(widths, order, hidden)

    def remember(self) -> None:
        """Put down where everything stands; the settings are saved with the rest."""
        widths, order, hidden = self._view.columns()
        settings = self._desk.settings
        stored = settings.get(COLUMN_WIDTHS)
        kept: dict[str, Json] = {name: width for name, width in stored.items() if name not in widths}
        # Only what the operator chose: a better default of a later version reaches everybody else.
        kept.update({name: width for name, width in widths.items() if abs(width - WIDTHS[name]) > 1})
        settings.set(COLUMN_WIDTHS, kept)
        settings.set(COLUMN_ORDER, list[Json](order))
        settings.set(COLUMNS_HIDDEN, list[Json](hidden))
        splitters: dict[str, Json] = settings.get(SPLITTERS).copy()
        splitters[_NAME] = list[Json](self._split.sizes())
        settings.set(SPLITTERS, splitters)

    def show_menu(self, at: QPoint) -> None:
        """One switch a column; the text cannot be hidden."""
        head = self._view.horizontalHeader()
        menu = QMenu(self._view)
        for logical, name in enumerate(COLUMNS):
            action = QAction(tr(f"triage.column.{name}"), menu)
            action.setCheckable(True)
            action.setChecked(not self._view.column_hidden(logical))
            action.setEnabled(name != "text")
            action.toggled.connect(lambda on, logical=logical: self._view.show_column(logical, on))
            menu.addAction(action)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(head.mapToGlobal(at))
