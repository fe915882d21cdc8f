"""The list of views with their live counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from smartcity_desk.domain.query import View
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.commands import VIEW_KEYS
from smartcity_desk.ui.triage.views import view_name

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_KEY: Final = int(Qt.ItemDataRole.UserRole)
_COUNT: Final = _KEY + 1
_DIGIT: Final = _KEY + 2
_URGENT: Final = "overdue"


class SideBar(QWidget):
    """Views by name; the digit that opens one stands before it, how many match stands after it."""

    chosen = Signal(str)
    save_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._title = QLabel(self)
        self._title.setProperty("tone", "muted")
        self._title.setProperty("step", -1)
        self._title.setIndent(8)
        self.list = _Views(self)
        self.list.setItemDelegate(_ViewRow(desk, self.list))
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(_KEY)))
        self.list.opened.connect(self.chosen)
        self._save = QPushButton(self)
        self._save.setProperty("kind", "quiet")
        self._save.clicked.connect(self.save_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 8, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._save)
        self.retranslate()

    def retranslate(self) -> None:
        """Every text anew; the views are set again by the screen."""
        self._title.setText(tr("triage.views.title"))
        self.list.setAccessibleName(tr("triage.views.name"))
        self._save.setText(tr("triage.views.save"))

    def set_views(self, views: list[View], current: str) -> None:
        """Show these views, `current` chosen."""
        counts = {
            self.list.item(at).data(_KEY): self.list.item(at).data(_COUNT) for at in range(self.list.count())
        }
        self.list.clear()
        for at, view in enumerate(views):
            item = QListWidgetItem(view_name(view), self.list)
            item.setData(_KEY, view.key)
            item.setData(_DIGIT, str(at + 1) if at < VIEW_KEYS else "")
            item.setToolTip(formats.tip(view_name(view)))
            self._set_count(item, counts.get(view.key))
        self.set_current(current)

    def set_current(self, key: str) -> None:
        """Put the cursor on a view, or on none when what is shown is not in the list."""
        self.list.setCurrentRow(-1)
        for at in range(self.list.count()):
            if self.list.item(at).data(_KEY) == key:
                self.list.setCurrentRow(at)

    def set_counts(self, counts: dict[str, int]) -> None:
        """Show how many match, by view."""
        for at in range(self.list.count()):
            item = self.list.item(at)
            count = counts.get(item.data(_KEY))
            if count != item.data(_COUNT):
                self._set_count(item, count)

    def _set_count(self, item: QListWidgetItem, count: int | None) -> None:
        item.setData(_COUNT, count)
        shown = "" if count is None else formats.number(count)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, tr("triage.views.spoken", name=item.text(), n=shown))

    def count_of(self, key: str) -> int | None:
        """The count that is shown beside a view."""
        for at in range(self.list.count()):
            if self.list.item(at).data(_KEY) == key:
                found = self.list.item(at).data(_COUNT)
                return None if found is None else int(found)
        return None


class _Views(QListWidget):
    opened = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setUniformItemSizes(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the view under the cursor."""
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and item is not None:
            self.opened.emit(item.data(_KEY))
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""


class _ViewRow(QStyledItemDelegate):
    """Digit, name, count in three columns; figures of one width, right-aligned."""

    def __init__(self, desk: Desk, parent: QListWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._list = parent

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, self._desk.theme.row_height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, area = self._desk.theme, QRect(option.rect)
        current = index.row() == self._list.currentRow()
        painter.save()
        if current:
            painter.fillRect(area, theme.color("selection"))
            painter.fillRect(area.left(), area.top(), 3, area.height(), theme.color("accent"))
            if self._list.hasFocus():
                painter.setPen(theme.color("focus"))
                painter.drawRect(area.adjusted(0, 0, -1, -1))
        digit = str(index.data(_DIGIT) or "")
        count = index.data(_COUNT)
        shown = "" if count is None else formats.number(count)
        painter.setFont(theme.font(step=-1))
        painter.setPen(theme.color("on_selection" if current else "muted"))
        left = area.adjusted(8, 0, 0, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(left, middle | Qt.AlignmentFlag.AlignLeft, digit)
        painter.setFont(theme.font())
        metrics = painter.fontMetrics()
        count_width = metrics.horizontalAdvance(shown) + 8 if shown else 0
        urgent = index.data(_KEY) == _URGENT and bool(count)
        painter.setPen(theme.color("overdue" if urgent else "on_selection" if current else "text"))
        painter.drawText(area.adjusted(0, 0, -8, 0), middle | Qt.AlignmentFlag.AlignRight, shown)
        painter.setPen(theme.color("on_selection" if current else "text"))
        name = area.adjusted(8 + theme.pixels(16), 0, -8 - count_width, 0)
        text = metrics.elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, middle | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
