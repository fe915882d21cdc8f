"""Keys of one screen: its commands as shortcuts that work while the screen, or one widget in it, has the focus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from smartcity_desk.ui.commands import CommandRegistry


class ScreenKeys:
    """The shortcuts of a screen. A letter never gets here while a text field has the focus: Qt asks the field first."""

    def __init__(
        self,
        commands: CommandRegistry,
        screen: str,
        owner: QWidget,
        *,
        only_in: dict[str, QWidget] | None = None,
    ) -> None:
        self._commands = commands
        self._screen = screen
        self._owner = owner
        self._only_in = only_in or {}
        self._shortcuts: list[QShortcut] = []
        self.bind()

    def bind(self) -> None:
        """Take the keys as the registry has them now."""
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []
        for command in self._commands.of_screen(self._screen):
            widget = self._only_in.get(command.id, self._owner)
            self._add(command.id, self._commands.keys(command.id), widget)

    def _add(self, command_id: str, keys: Iterable[str], widget: QWidget) -> None:
        context = (
            Qt.ShortcutContext.WidgetWithChildrenShortcut
            if widget is self._owner
            else Qt.ShortcutContext.WidgetShortcut
        )
        for key in keys:
            shortcut = QShortcut(QKeySequence(key), widget)
            shortcut.setContext(context)
            shortcut.activated.connect(lambda name=command_id: self._commands.run(name))
            self._shortcuts.append(shortcut)
