"""All keys on one sheet, made from the same table as the keys themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.commands import Command, Group, key_label
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

Columns: TypeAlias = tuple[tuple[Group, ...], ...]
_COLUMNS: Final[tuple[Columns, ...]] = (
    (
        (Group.MOVE, Group.DECIDE, Group.OUTBOX, Group.MAP),
        (Group.SELECT, Group.VIEW, Group.OFFICES),
        (Group.ESCALATION, Group.APP),
    ),
    (
        (Group.MOVE, Group.DECIDE, Group.OUTBOX, Group.SELECT, Group.VIEW, Group.MAP),
        (Group.OFFICES, Group.ESCALATION, Group.APP),
    ),
    (tuple(Group),),
)
"""By falling width."""
_EDGE: Final = 12


class HelpSheet(QDialog):
    """Columns of keys; Esc or ? closes it."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._laid: Columns = ()
        self.setModal(True)
        self.setWindowTitle(tr("command.app.help"))
        self.setAccessibleName(tr("command.app.help"))
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(tr("command.app.help"))
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        layout.addWidget(self._scroll)
        self.resize(desk.theme.pixels(1120), desk.theme.pixels(660))
        self._lay(_COLUMNS[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as there is room for; no line is ever cut at the side."""
        super().resizeEvent(event)
        # the area itself follows only after this
        room = self.width() - 2 * _EDGE - self._scroll.verticalScrollBar().sizeHint().width()
        for columns in _COLUMNS:
            self._lay(columns)
            inside = self._scroll.widget()
            if inside is None or inside.minimumSizeHint().width() <= room:
                return

    def _lay(self, columns: Columns) -> None:
        if self._laid == columns:
            return
        self._laid = columns
        inside = QWidget()
        side_by_side = QHBoxLayout(inside)
        side_by_side.setContentsMargins(8, 8, 8, 8)
        side_by_side.setSpacing(self._desk.theme.pixels(32))
        for groups in columns:
            column = QVBoxLayout()
            column.setSpacing(8)
            for group in groups:
                column.addWidget(basic.label(tr(f"command.group.{group.value}"), step=1, bold=True))
                column.addLayout(self._group(group))
                column.addSpacing(16)
            column.addStretch(1)
            side_by_side.addLayout(column)
        self._scroll.setWidget(inside)

    def _group(self, group: Group) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        commands = [
            command for command in self._desk.commands if command.group is group and not command.is_digit
        ]
        row = 0
        for command in commands:
            keys = self._keys(command)
            if keys:
                row += 1
                grid.addWidget(basic.label(keys, bold=True), row, 0)
                grid.addWidget(basic.label(self._desk.commands.title(command.id)), row, 1)
        if group is Group.VIEW:
            grid.addWidget(basic.label(tr("command.digits"), bold=True), row + 1, 0)
            grid.addWidget(basic.label(tr("command.view.digits")), row + 1, 1)
        return grid

    def _keys(self, command: Command) -> str:
        keys = (*self._desk.commands.keys(command.id), *command.native)
        return "  ".join(dict.fromkeys(key_label(key) for key in keys))
