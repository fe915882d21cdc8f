"""One chart as it stands on the screen: title, what the cursor is on, the plot or its table, and a sentence below.

The plot itself comes later (`set_canvas`), so that a screen can be shown before pyqtgraph is loaded. Whatever the plot
shows stands in the table as well, and the sentence says it without either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QStackedLayout, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.formats import tip
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.grid import Grid
from smartcity_desk.ui.widgets.gridmodel import Column, Row

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_LEAST = 120


class ChartFrame(QFrame):
    """`picked` brings the key of a point or row that was chosen, `opened` of one that is to be opened."""

    picked = Signal(str)
    opened = Signal(str)
    toggled = Signal()

    def __init__(
        self,
        desk: Desk,
        columns: Sequence[Column],
        name_key: str,
        help_key: str,
        parent: QWidget | None = None,
        *,
        apart: bool = False,
    ) -> None:
        """`apart`: `head` is laid out by the owner, who also says the title."""
        super().__init__(parent)
        self._desk = desk
        self._name_key = name_key
        self._help_key = help_key
        self._sentence = ""
        self._teaching = ""
        self._say: Callable[[str], str] = lambda _key: ""
        self._hovered = ""
        self.canvas: Any = None
        self.as_table = False
        self.setProperty("ground", "surface")
        self.title = basic.label(bold=True)
        self.readout = basic.ElidedLabel()
        self.toggle = basic.button(kind="quiet")
        self.toggle.clicked.connect(self._toggle)
        self.grid = Grid(desk, columns, name_key)
        self.grid.setFrameShape(QFrame.Shape.NoFrame)
        self.grid.current_changed.connect(self._row_chosen)
        self.grid.opened.connect(self.opened)
        self._waiting = basic.label(tone="muted", wrap=True)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.summary = basic.label(tone="muted", step=-1, wrap=True)
        self._pages = QStackedLayout()
        for page in (self._waiting, self.grid):
            self._pages.addWidget(page)
        self.head = QWidget()
        head = basic.row(self.title, self.readout, self.toggle, margins=(12, 2, 6, 0))
        head.setStretch(1, 1)
        self.head.setLayout(head)
        self.title.setVisible(not apart)
        foot = basic.row(self.summary, margins=(12, 2, 12, 6))
        layout = basic.column(spacing=0) if apart else basic.column(self.head, spacing=0)
        layout.addLayout(self._pages, 1)
        layout.addLayout(foot)
        self.setLayout(layout)
        self.setMinimumHeight(_LEAST)

    def set_canvas(self, canvas: Any) -> None:
        """The plot has been loaded."""
        self.canvas = canvas
        self._pages.addWidget(canvas)
        canvas.picked.connect(self.picked)
        canvas.opened.connect(self.opened)
        canvas.hovered.connect(self._hover)
        self._show_page()
        self._name()

    def set_table(self, *, on: bool) -> None:
        """Show the table in the plot's place, or the plot again."""
        if on != self.as_table:
            page = self._pages.currentWidget()
            had_focus = page is not None and page.hasFocus()
            self.as_table = on
            self._show_page()
            if had_focus:
                self.take_focus()
        self._name()

    def _toggle(self) -> None:
        self.set_table(on=not self.as_table)
        self.toggled.emit()

    def take_focus(self) -> None:
        """Put the hand on the plot, or on the table in its place."""
        page = self._pages.currentWidget()
        (self.toggle if page is None or page is self._waiting else page).setFocus(
            Qt.FocusReason.TabFocusReason
        )

    def show_rows(self, rows: Sequence[Row], sentence: str, say: Callable[[str], str]) -> None:
        """The chart's table and sentence; `say` tells in words what a point is."""
        self._sentence, self._say, self._teaching = sentence, say, ""
        self.grid.set_rows(rows)
        self._name()
        self._show_page()
        self._read_out()

    def teach(self, text: str) -> None:
        """There is nothing to draw: say why, and what would fill it."""
        self._teaching, self._sentence = text, ""
        self._say = lambda _key: ""
        self.grid.set_rows(())
        self._name()
        self._show_page()
        self._read_out()

    def select(self, key: str) -> None:
        """The chosen point, in plot and table."""
        if self.canvas is not None:
            self.canvas.select(key)
        self.grid.blockSignals(True)
        self.grid.go_to_key(key)
        self.grid.blockSignals(False)
        self._read_out()

    def _row_chosen(self, key: str) -> None:
        if key and self.grid.hasFocus():
            self.picked.emit(key)

    def _hover(self, key: str) -> None:
        self._hovered = key
        self._read_out()

    def _read_out(self) -> None:
        key = self._hovered or ("" if self.canvas is None else self.canvas.current)
        words = self._say(key) if key else ""
        self.readout.set_text(words)
        if self.canvas is not None:
            self.canvas.setAccessibleDescription(words)

    def _show_page(self) -> None:
        self._waiting.setText(self._teaching or tr("offices.chart.loading"))
        if self._teaching:
            page: QWidget = self._waiting
        elif self.as_table:
            page = self.grid
        elif self.canvas is None:
            page = self._waiting
        else:
            page = self.canvas
        self._pages.setCurrentWidget(page)
        self.toggle.setEnabled(not self._teaching)

    def _name(self) -> None:
        name = tr(self._name_key)
        self.title.setText(name)
        self.title.setToolTip(tip(tr(self._help_key)))
        self.summary.setText(self._sentence)
        self.summary.setVisible(bool(self._sentence))
        key = self._desk.commands.shown_key("offices.chart_table")
        word = tr("offices.chart.as_plot" if self.as_table else "offices.chart.as_table", key=key)
        self.toggle.setText(word)
        self.toggle.setAccessibleName(f"{name}: {word}")
        self.setAccessibleName(name)
        if self.canvas is not None:
            self.canvas.setAccessibleName(tr("offices.chart.spoken", name=name, sentence=self._sentence))

    def retranslate(self) -> None:
        """Say the fixed texts again; whoever shows rows shows them again."""
        self.grid.retranslate()
        if self.canvas is not None:
            self.canvas.retranslate()
        self._show_page()
        self._name()

    def restyle(self) -> None:
        """Take the theme."""
        self.grid.restyle()
        if self.canvas is not None:
            self.canvas.restyle()
