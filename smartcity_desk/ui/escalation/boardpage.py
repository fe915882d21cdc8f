"""The three columns. Where there is room for one only, the heads are the way to the others. Widgets only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStackedWidget, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.board import Column
from smartcity_desk.ui.escalation.cardlist import CardList
from smartcity_desk.ui.escalation.cards import CardWords, count_words
from smartcity_desk.ui.formats import tip
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

WIDE: Final = 940
"""Width in pixels at 100 % text from which all three columns stand side by side."""
BUTTONS: Final = ("escalation.print", "escalation.events", "escalation.over")


class BoardPage(QWidget):
    """Tells which card is chosen and opened."""

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._column = Column.HEARING
        self._over = False
        self._begun = False
        self.title = basic.label(step=1, bold=True)
        self.caption = basic.ElidedLabel()
        self.caption.setProperty("tone", "muted")
        self.caption.setProperty("step", -1)
        self.buttons: dict[str, QPushButton] = {}
        for name in BUTTONS:
            button = basic.button(kind="primary" if name == "escalation.print" else "quiet")
            button.clicked.connect(lambda _=False, name=name: desk.commands.run(name))
            self.buttons[name] = button
        self.buttons["escalation.over"].setCheckable(True)
        self.line = QProgressBar()
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        kept = self.line.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.line.setSizePolicy(kept)
        self.lists: dict[Column, CardList] = {}
        self.heads: dict[Column, QPushButton] = {}
        self.teach: dict[Column, QLabel] = {}
        self._pages: dict[Column, QStackedWidget] = {}
        self._columns: dict[Column, QWidget] = {}
        for column in Column:
            self._make(column)
        head = basic.row(self.title, self.caption, *self.buttons.values(), margins=(16, 8, 12, 4), spacing=12)
        head.setStretch(1, 1)
        self._head_row = basic.row(*self.heads.values(), margins=(12, 2, 12, 4), spacing=12)
        body = basic.row(*self._columns.values(), margins=(12, 0, 12, 8), spacing=12)
        for at in range(len(Column)):
            self._head_row.setStretch(at, 1)
            body.setStretch(at, 1)
        whole = basic.column(head, self.line, self._head_row, spacing=0)
        whole.addLayout(body, 1)
        self.setLayout(whole)
        self.set_busy(busy=False)
        self.retranslate()

    def _make(self, column: Column) -> None:
        cards = CardList(self._desk, f"escalation.column.{column.value}")
        cards.chosen.connect(lambda key, column=column: self._card_chosen(column, key))
        cards.opened.connect(self.opened)
        cards.aside.connect(self.aside)
        cards.entered.connect(lambda column=column: self._entered(column))
        head = basic.button()
        head.setProperty("kind", "head")
        head.setCheckable(True)
        head.clicked.connect(lambda _=False, column=column: self.go_to(column))
        teach = basic.label(tone="muted", wrap=True)
        teach.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        teach.setMargin(24)
        teach.setProperty("teach", True)
        teach.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        pages = QStackedWidget()
        pages.addWidget(cards)
        pages.addWidget(teach)
        whole = QWidget()
        whole.setLayout(basic.column(pages, spacing=0))
        self.lists[column], self.heads[column], self.teach[column] = cards, head, teach
        self._pages[column], self._columns[column] = pages, whole

    # -- cards -------------------------------------------------------------------------------------------------

    def show_cards(self, made: Mapping[Column, Sequence[CardWords]], *, loaded: bool) -> None:
        """Show the cards of all columns; before anything was read the columns say that they are being filled."""
        for column in Column:
            cards = list(made.get(column, ()))
            had = self.teach[column].hasFocus() or self.lists[column].hasFocus()
            self.lists[column].set_cards(cards)
            key = f"escalation.empty.{column.value}" if loaded else "escalation.loading"
            self.teach[column].setText(tr(key))
            self.teach[column].setAccessibleName(self.teach[column].text())
            self._pages[column].setCurrentIndex(0 if cards else 1)
            if had:
                self._part(column).setFocus(Qt.FocusReason.OtherFocusReason)
            self._say_head(column, len(cards))
        if loaded and not made.get(self._column):
            self._column_with_cards(made)
        self._begun = self._begun or any(made.values())
        self.chosen.emit(self.current_key)

    def _column_with_cards(self, made: Mapping[Column, Sequence[CardWords]]) -> None:
        """An empty column is no place to begin with, unless all are."""
        held = any(self._part(column).hasFocus() for column in Column)
        if held and self._begun:
            return  # a hand rests here, and the cards under it have only just gone
        for column in (Column.HEARING, Column.READY, Column.RISING):
            if made.get(column):
                self._choose(column)
                if held:
                    self.take_focus()
                return

    def _part(self, column: Column) -> QWidget:
        empty = self._pages[column].currentIndex() > 0
        return self.teach[column] if empty else self.lists[column]

    @property
    def column(self) -> Column:
        """The column that keys work on."""
        return self._column

    @property
    def current_key(self) -> str:
        """The key of the chosen card, or nothing."""
        return self.lists[self._column].current_key

    def choose(self, key: str) -> bool:
        """Put the cursor on a card, whatever column it is in."""
        for column, cards in self.lists.items():
            if cards.go_to(key):
                self._choose(column)
                return True
        return False

    def step(self, by: int) -> None:
        """Move the cursor down or up."""
        self.lists[self._column].step(by)

    def aside(self, by: int) -> None:
        """Move to the column at the left or right."""
        every = list(Column)
        at = max(0, min(len(every) - 1, every.index(self._column) + by))
        self.go_to(every[at])

    def go_to(self, column: Column) -> None:
        """Put the hand on a column."""
        self._choose(column)
        self.take_focus()

    def take_focus(self) -> None:
        """Put the hand on the column that it was on."""
        self._part(self._column).setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, column: Column) -> None:
        self._column = column
        self._arrange()
        self.chosen.emit(self.current_key)

    def _entered(self, column: Column) -> None:
        if column is not self._column:
            self._choose(column)

    def _card_chosen(self, column: Column, key: str) -> None:
        if column is self._column:
            self.chosen.emit(key)

    # -- look --------------------------------------------------------------------------------------------------

    @property
    def wide(self) -> bool:
        """Whether all columns are on show."""
        return self.width() >= self._desk.theme.pixels(WIDE)

    def _arrange(self) -> None:
        for column in Column:
            self._columns[column].setVisible(self.wide or column is self._column)
            self.heads[column].setChecked(column is self._column)
            self._say_head(column, len(self.lists[column].keys))

    def set_busy(self, *, busy: bool) -> None:
        """Newer figures are being read."""
        self.line.setVisible(busy)

    def say_over(self, *, on: bool) -> None:
        """Whether cards of marks that are over are on show."""
        self._over = on
        self.buttons["escalation.over"].setChecked(on)

    def _say_head(self, column: Column, n: int) -> None:
        key = f"escalation.column.{column.value}"
        name = tr(key) if self.wide else tr(f"{key}.short")
        self.heads[column].setText(tr("escalation.head", name=name, n=count_words(column.value, n)))
        self.heads[column].setToolTip(tip(tr(f"{key}.help")))

    def retranslate(self) -> None:
        """Every text anew; the cards are made again by the screen."""
        commands = self._desk.commands
        self.title.setText(tr("escalation.title"))
        self.line.setAccessibleName(tr("escalation.busy"))
        for name, button in self.buttons.items():
            short = name.removeprefix("escalation.")
            button.setText(words.with_key(tr(f"escalation.button.{short}"), commands, name))
        for column in Column:
            self.lists[column].retranslate()
            self._say_head(column, len(self.lists[column].keys))

    def restyle(self) -> None:
        """Take the theme."""
        for cards in self.lists.values():
            cards.restyle()
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows lead out of an empty column as well."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.aside(step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may have room for all columns, or for one."""
        super().resizeEvent(event)
        self._arrange()
