"""What the frame asks of a screen."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets.texts import Texts


class Screen(QWidget):
    """A whole screen behind one button of the rail. Built when first shown; `key` is stable and is stored."""

    key: ClassVar[str]
    title_key: ClassVar[str]
    icon: ClassVar[str]

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.texts = Texts()
        desk.bridge.language_changed.connect(self.retranslate)
        desk.bridge.theme_changed.connect(self.restyle)

    def show_face(self, key: str) -> None:
        """Show the side that a button of the rail stands for; a screen with one side has nothing to do."""

    def activate(self) -> None:
        """The screen is shown: fetch what is new."""

    def deactivate(self) -> None:
        """Another screen is shown: stop what only eyes need."""

    def retranslate(self) -> None:
        """Say every text again in the language spoken now."""
        self.texts.retranslate()

    def restyle(self) -> None:
        """Take the new theme: icons and whatever the screen draws itself."""
