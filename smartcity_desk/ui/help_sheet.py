"""All keys on one sheet, made from the same table as the keys themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.commands import Command, Group, key_label
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_COLUMNS = ((Group.MOVE, Group.DECIDE), (Group.SELECT, Group.VIEW), (Group.OUTBOX, Group.APP))


class HelpSheet(QDialog):
    """Three columns of keys; Esc or ? closes it."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setModal(True)
        self.setWindowTitle(tr("command.app.help"))
        self.setAccessibleName(tr("command.app.help"))
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setSpacing(desk.theme.pixels(32))
        for groups in _COLUMNS:
            column = QVBoxLayout()
            for group in groups:
                column.addWidget(basic.label(tr(f"command.group.{group.value}"), step=1, bold=True))
                column.addLayout(self._group(group))
                column.addSpacing(12)
            column.addStretch(1)
            columns.addLayout(column)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setAccessibleName(tr("command.app.help"))
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll)
        self.resize(desk.theme.pixels(1120), desk.theme.pixels(660))

    def _group(self, group: Group) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        commands = [
            command for command in self._desk.commands if command.group is group and not command.is_digit
        ]
        for command in commands:
            keys = self._keys(command)
            if keys:
                row = grid.rowCount()
                grid.addWidget(basic.label(keys, bold=True), row, 0)
                grid.addWidget(basic.label(self._desk.commands.title(command.id)), row, 1)
        if group is Group.VIEW:
            row = grid.rowCount()
            grid.addWidget(basic.label(tr("command.digits"), bold=True), row, 0)
            grid.addWidget(basic.label(tr("command.view.digits")), row, 1)
        return grid

    def _keys(self, command: Command) -> str:
        keys = (*self._desk.commands.keys(command.id), *command.native)
        return "  ".join(dict.fromkeys(key_label(key) for key in keys))


def bind(desk: Desk, window: QWidget) -> None:
    """Let Ctrl+K and ? open their sheets over a window."""
    from smartcity_desk.ui.loop import shown
    from smartcity_desk.ui.palette import Palette

    def palette() -> None:
        desk.tasks.replace("app.palette", shown(Palette(desk, window)))

    def sheet() -> None:
        desk.tasks.replace("app.help", shown(HelpSheet(desk, window)))

    desk.commands.bind("app.palette", palette)
    desk.commands.bind("app.help", sheet)
