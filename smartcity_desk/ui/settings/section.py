"""One page of the settings: a scrolling column of cards with labelled fields."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QScrollArea, QWidget

from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.texts import Texts

READABLE = 760
"""How wide a column of text may be, in pixels at 100 %."""


class Section(QScrollArea):
    """`title_key` stands over the page and in the list of pages. Built when first shown."""

    title_key: str

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.texts = Texts()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        title = basic.label(step=2, bold=True)
        self.texts.bind(self.title_key, title.setText)
        self.texts.bind(self.title_key, self.setAccessibleName)
        self.cards = basic.column(spacing=16)
        self.setWidget(self.body(title))

    def body(self, title: QLabel) -> QWidget:
        """The title over a readable column of cards."""
        inside = basic.frame()
        inside.setMaximumWidth(self.desk.theme.pixels(READABLE))
        inside.setLayout(basic.column(title, self.cards, 0, spacing=12))
        holder = basic.frame()
        line = basic.row(inside, margins=(24, 20, 24, 20))
        line.addStretch(1)
        line.setStretch(0, 100)
        holder.setLayout(line)
        return holder

    def activate(self) -> None:
        """The page is shown."""

    def retranslate(self) -> None:
        """Say every text again."""
        self.texts.retranslate()

    def card(self, *parts: QWidget | QLayout | int) -> QFrame:
        """Add a card with these parts below each other."""
        made = basic.frame(ground="card")
        made.setLayout(basic.column(*parts, spacing=8, margins=(20, 16, 20, 16)))
        self.cards.addWidget(made)
        return made

    def field(self, key: str, control: QWidget) -> QLabel:
        """A label for a control, which is also its name for the screen reader."""
        made = basic.label()
        self.texts.bind(key, made.setText)
        self.texts.bind(key, control.setAccessibleName)
        made.setBuddy(control)
        return made

    def note(self, key: str) -> QLabel:
        """A quiet sentence that explains."""
        made = basic.label(tone="muted", step=-1, wrap=True)
        self.texts.bind(key, made.setText)
        return made
