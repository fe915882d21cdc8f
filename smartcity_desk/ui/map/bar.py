"""The line above the map: what is drawn, what the hand does, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.formats import tip
from smartcity_desk.ui.map.layers import FILLS
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

SWITCHES: Final = ("layers", "heat", "time", "lasso", "measure")
"""Buttons that stay down; `map.` and the name is the command that each stands for."""
DEEDS: Final = ("find", "print")
COLORS: Final = ("", *FILLS)


class MapBar(QWidget):
    """Buttons say their keys. Everything here is a command as well, and the buttons only run these."""

    colored = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.buttons: dict[str, QPushButton] = {}
        self.color = QComboBox(self)
        self.color.activated.connect(lambda at: self.colored.emit(COLORS[at]))
        self.color.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        flow = Flow(self)
        flow.setContentsMargins(8, 4, 8, 4)
        for name in (*SWITCHES, *DEEDS):
            made = basic.button(kind="quiet", parent=self)
            made.setCheckable(name in SWITCHES)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda _=False, name=name: desk.commands.run(f"map.{name}"))
            self.buttons[name] = made
            flow.addWidget(made)
            if name == "layers":
                flow.addWidget(self.color)
        self.retranslate()

    def show_state(self, name: str, on: bool) -> None:
        """Show a switch as it is."""
        self.buttons[name].setChecked(on)

    def show_color(self, color: str) -> None:
        """Show what fills the areas."""
        self.color.setCurrentIndex(COLORS.index(color))

    def retranslate(self) -> None:
        """Every text anew."""
        for name, made in self.buttons.items():
            key = self._desk.commands.shown_key(f"map.{name}")
            made.setText(tr(f"map.bar.{name}"))
            made.setAccessibleName(tr(f"map.bar.{name}"))
            title = self._desk.commands.title(f"map.{name}")
            made.setToolTip(tip(f"{title}  {key}" if key else title))
        chosen = max(0, self.color.currentIndex())
        self.color.clear()
        self.color.addItems([tr(f"map.color.{name or 'none'}") for name in COLORS])
        self.color.setCurrentIndex(chosen)
        self.color.setAccessibleName(tr("map.color.name"))
        self.color.setToolTip(tip(tr("map.color.name")))
