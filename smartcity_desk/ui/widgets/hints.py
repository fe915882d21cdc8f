"""The line of keys at the foot of the window: what the hand can do on this screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame

from smartcity_desk.ui.commands import EVERYWHERE
from smartcity_desk.ui.formats import one_line, tip
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic

_ALWAYS: Final = ("app.palette", "app.triage", "app.outbox", "app.refresh", "app.theme")
"""What a screen without keys of its own shows."""
_MARGIN: Final = 12


class HintLine(QFrame):
    """One line. Where the window is narrow the screen's last keys give way to those that work everywhere."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._screen = ""
        self.setProperty("ground", "window")
        self.setProperty("line", "top")
        self._text = basic.ElidedLabel()
        self._text.setProperty("tone", "muted")
        self._text.setProperty("step", -1)
        self._own: list[str] = []
        self._everywhere: list[str] = []
        self.setLayout(basic.row(self._text, margins=(_MARGIN, 4, _MARGIN, 4)))

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
        self._own, self._everywhere = (
            [
                f"{key} {commands.title(command.id)}"
                for command in some
                if (key := commands.shown_key(command.id))
            ]
            for some in (own, everywhere)
        )
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, room = self._text.fontMetrics(), self.width() - 2 * _MARGIN
        shown = len(self._own)
        while shown > 1 and metrics.horizontalAdvance(self._line(shown)) > room:
            shown -= 1
        self._text.set_text(self._line(shown))
        if shown < len(self._own):
            self._text.setToolTip(tip(one_line(self._line(len(self._own)), 1000)))

    def _line(self, own: int) -> str:
        return one_line("  ·  ".join([*self._own[:own], *self._everywhere]), 1000)
