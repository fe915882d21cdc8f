"""The rail of screens at the left: icon over word, the one that is shown is marked by ground, line and weight."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton

from smartcity_desk.i18n import tr
from smartcity_desk.ui.formats import tip
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic, icons


class Rail(QFrame):
    """`chosen` brings the key of the screen that was asked for."""

    chosen = Signal(str)

    def __init__(self, desk: Desk, screens: list[tuple[str, str, str, str]]) -> None:
        """`screens`: (key, title key, icon, command id) from top to bottom; the last stands at the foot."""
        super().__init__()
        self._desk = desk
        self._screens = screens
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self.setProperty("ground", "window")
        self.setProperty("line", "right")
        layout = basic.column(spacing=0, margins=(0, 8, 0, 8))
        for index, (key, _, _, _) in enumerate(screens):
            made = basic.tool()
            made.setProperty("kind", "rail")
            made.setCheckable(True)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self._group.addButton(made)
            self._buttons[key] = made
            if index == len(screens) - 1:
                layout.addStretch(1)
            layout.addWidget(made)
        self.setLayout(layout)
        self.restyle()
        self.retranslate()

    def show_chosen(self, key: str) -> None:
        """Mark the screen that is shown."""
        self._buttons[key].setChecked(True)

    def restyle(self) -> None:
        """Take the theme's colours and sizes."""
        theme = self._desk.theme
        self.setFixedWidth(theme.pixels(80))
        for key, _, name, _ in self._screens:
            self._buttons[key].setIcon(icons.icon(name, theme, size=22))
            self._buttons[key].setIconSize(QSize(theme.pixels(22), theme.pixels(22)))
        self._fit()

    def retranslate(self) -> None:
        """Say the titles, with the key that leads there as the tip."""
        for key, title_key, _, command in self._screens:
            title = tr(title_key)
            self._buttons[key].setText(title)
            self._buttons[key].setAccessibleName(title)
            shortcut = self._desk.commands.shown_key(command)
            self._buttons[key].setToolTip(tip(f"{title}  {shortcut}" if shortcut else title))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the window is low for the size of its letters, the words stay and the drawings go."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._wear(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        layout = self.layout()
        if layout is not None and layout.sizeHint().height() > self.height() > 0:
            self._wear(Qt.ToolButtonStyle.ToolButtonTextOnly)

    def _wear(self, style: Qt.ToolButtonStyle) -> None:
        for button in self._buttons.values():
            button.setToolButtonStyle(style)
