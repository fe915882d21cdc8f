"""The line of keys at the foot of the window: what the hand can do on this screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame

from smartcity_desk.ui.commands import EVERYWHERE
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic

_ALWAYS: Final = ("app.palette", "app.triage", "app.outbox", "app.refresh", "app.theme")
"""What a screen without keys of its own shows."""


class HintLine(QFrame):
    """One line, cut at the right where the window is narrow; the whole line is its tool tip."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._screen = ""
        self.setProperty("ground", "window")
        self.setProperty("line", "top")
        self._text = basic.ElidedLabel()
        self._text.setProperty("tone", "muted")
        self._text.setProperty("step", -1)
        self.setLayout(basic.row(self._text, margins=(12, 4, 12, 4)))

    def show_screen(self, key: str) -> None:
        """Show the keys of a screen."""
        self._screen = key
        self.retranslate()

    def retranslate(self) -> None:
        """Say the line again."""
        commands = self._desk.commands
        own = [command for command in commands.of_screen(self._screen) if command.hint]
        if not own:
            own = [command for command in commands.of_screen(self._screen) if commands.bound(command.id)][:8]
        everywhere = [
            command
            for command in commands
            if command.screen == EVERYWHERE and (command.hint or (not own and command.id in _ALWAYS))
        ]
        parts = []
        for command in (*own, *everywhere):
            key = commands.shown_key(command.id)
            if key:
                parts.append(f"{key} {commands.title(command.id)}")
        self._text.set_text("  ·  ".join(parts))
