"""A dialog over the window that it belongs to: never larger than that, never in a corner of the screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget

_MARGIN: Final = 12
_RESIZED: Final = Qt.WidgetAttribute.WA_Resized


def lay_over(dialog: QWidget, least: tuple[int, int] = (240, 120)) -> None:
    """Give a dialog its place before it is shown: in the middle of its parent's window, and no larger than it."""
    parent = dialog.parentWidget()
    if parent is None:
        return
    window = parent.window()
    area = QRect(window.geometry())
    screen = window.screen().availableGeometry()
    if screen.intersects(area):
        area = area.intersected(screen)
    wanted = dialog.size() if dialog.testAttribute(_RESIZED) else dialog.sizeHint()
    wanted = wanted.expandedTo(dialog.minimumSizeHint()).expandedTo(dialog.minimumSize())
    width = max(least[0], min(wanted.width(), area.width() - 2 * _MARGIN))
    height = max(least[1], min(wanted.height(), area.height() - 2 * _MARGIN))
    dialog.setMinimumSize(min(dialog.minimumWidth(), width), min(dialog.minimumHeight(), height))
    dialog.resize(width, height)
    placed = dialog.size()  # the layout may insist on more
    dialog.move(
        area.x() + max(0, area.width() - placed.width()) // 2,
        area.y() + max(0, area.height() - placed.height()) // 2,
    )
