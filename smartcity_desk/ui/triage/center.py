"""The middle of Triase: search, the table with its line of progress, what teaches when it is empty, and the foot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QProgressBar, QStackedLayout, QWidget

from smartcity_desk.domain.query import Order
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.triage.model import ReportTable
from smartcity_desk.ui.triage.view import ReportView
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

DEBOUNCE_MS: Final = 180
DIM_AFTER_MS: Final = 120
"""A query that is quicker than this changes the rows without a flicker; a slower one dims the old ones."""


class Center(QWidget):
    """Widgets only; what they mean is the screen's."""

    search_changed = Signal(str)
    search_left = Signal()
    take_in = Signal()
    order_wanted = Signal()
    clear_marks = Signal()
    everywhere_wanted = Signal()

    def __init__(self, desk: Desk, model: ReportTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.search = QLineEdit(self)
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(400)
        self.search.installEventFilter(self)
        self._debounce = once(self, DEBOUNCE_MS, lambda: self.search_changed.emit(self.search.text()))
        self.search.textEdited.connect(lambda _: self._debounce.start())
        self.order = basic.button(kind="quiet")
        self.order.clicked.connect(self.order_wanted)
        self.line = QProgressBar(self)
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        self.view = ReportView(desk, model, self)
        self._teach = basic.frame(ground="surface")
        self.teach_title = basic.label(step=1, bold=True, wrap=True)
        self.teach_text = basic.label(tone="muted", wrap=True)
        self.teach_button = basic.button()
        self.teach_button.clicked.connect(self.everywhere_wanted)
        for widget in (self.teach_title, self.teach_text):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inner = basic.column(
            0,
            self.teach_title,
            self.teach_text,
            basic.row(0, self.teach_button, 0),
            0,
            margins=(48, 24, 48, 24),
        )
        self._teach.setLayout(inner)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._teach)
        self.banner = basic.button()
        self.banner.clicked.connect(self.take_in)
        self.marks = basic.label(bold=True)
        self.unmark = basic.button(kind="quiet")
        self.unmark.clicked.connect(self.clear_marks)
        self.position = basic.label(tone="muted", step=-1)
        self._map: QWidget | None = None
        self._on_map = False
        self._taught = False
        self._foot = QFrame(self)
        self._foot.setProperty("ground", "raised")
        self._foot.setProperty("line", "top")
        self._foot.setLayout(
            basic.row(self.banner, self.marks, self.unmark, 0, self.position, margins=(8, 3, 10, 3))
        )
        self._foot.setMinimumHeight(desk.theme.pixels(34))
        top = basic.row(self.search, self.order, margins=(8, 6, 8, 6))
        top.setStretch(0, 1)
        whole = basic.column(top, self.line, spacing=0)
        whole.addLayout(self._pages, 1)
        whole.addWidget(self._foot)
        self.setLayout(whole)
        self._dim = once(self, DIM_AFTER_MS, lambda: self._set_dimmed(True))
        self._order = Order.NEWEST
        self._banner = 0
        self._changed = False
        self._set_dimmed(False)
        self.set_banner(0, changed=False)
        self.set_marks(frozenset(), 0)
        self.retranslate()

    def show_map(self, face: QWidget | None) -> None:
        """Put the map where the table stands, or with None the table back. The list and its marks are the same."""
        if face is not None and self._map is None:
            self._map = face
            self._pages.addWidget(face)
        taught = self.teaching
        self._on_map = face is not None
        self._pages.setCurrentWidget(face or (self._teach if taught else self.view))

    def set_busy(self, busy: bool) -> None:
        """A query runs: after a moment the old rows are dimmed and a thin line moves."""
        if busy:
            self._dim.start()
        else:
            self._dim.stop()
            self._set_dimmed(False)

    def _set_dimmed(self, dimmed: bool) -> None:
        kept = self.line.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.line.setSizePolicy(kept)
        self.line.setVisible(dimmed)
        if self.view.dimmed != dimmed:
            self.view.dimmed = dimmed
            self.view.viewport().update()

    def set_banner(self, new: int, *, changed: bool) -> None:
        """Say how many reports wait to be taken in, or that the list is no longer what the filter gives."""
        self._banner, self._changed = new, changed
        key = self._desk.commands.shown_key("triage.take_new")
        self.banner.setVisible(new > 0 or changed)
        if new:
            self.banner.setText(trn("triage.new", new, key=key))
        elif changed:
            self.banner.setText(tr("triage.changed", key=key))
        self.banner.setProperty("kind", "primary" if new else "quiet")
        self.banner.style().unpolish(self.banner)
        self.banner.style().polish(self.banner)

    def set_marks(self, marked: frozenset[int] | None, total: int) -> None:
        """Say how many are marked: what the next key will change."""
        count = total if marked is None else len(marked)
        shown = marked is None or bool(marked)
        self.marks.setVisible(shown)
        self.unmark.setVisible(shown)
        text = trn("triage.marked.all", count) if marked is None else trn("triage.marked", count)
        self.marks.setText(text if shown else "")

    def set_position(self, first: int, last: int, total: int, whole: bool) -> None:
        """Say which rows are on screen, of how many."""
        if last < first:
            self.position.setText("")
            return
        numbers = [formats.number(n) for n in (first + 1, last + 1, total)]
        key = "triage.position" if whole else "triage.position.counting"
        self.position.setText(tr(key, first=numbers[0], last=numbers[1], total=numbers[2]))

    def set_order(self, order: Order) -> None:
        """Say how the rows are ordered."""
        self._order = order
        key = self._desk.commands.shown_key("view.order")
        self.order.setText(tr(f"triage.order.{order.value}", key=key))

    def teach(self, title: str, text: str, button: str = "") -> None:
        """Show an empty state instead of the table: why it is empty and what fills it."""
        self.teach_title.setText(title)
        self.teach_text.setText(text)
        self.teach_button.setVisible(bool(button))
        self.teach_button.setText(button)
        self._taught = True
        if self._on_map:
            return
        had_focus = self.view.hasFocus()
        self._pages.setCurrentWidget(self._teach)
        if had_focus:  # focus never falls into nothing
            self.take_focus()

    def show_table(self) -> None:
        """Show the table again."""
        self._taught = False
        if self._on_map:
            return
        had_focus = self._teach.hasFocus() or self.teach_button.hasFocus()
        self._pages.setCurrentWidget(self.view)
        if had_focus:
            self.view.setFocus()

    def take_focus(self) -> None:
        """Put the hand on the table, or on what stands in its place: keys are commands there, not letters."""
        reason = Qt.FocusReason.OtherFocusReason
        if self._on_map and self._map is not None:
            self._map.setFocus(reason)
            return
        if not self.teaching:
            self.view.setFocus(reason)
            return
        self._teach.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        (self._teach if self.teach_button.isHidden() else self.teach_button).setFocus(reason)

    @property
    def teaching(self) -> bool:
        """Whether an empty state stands where the table would."""
        return self._taught

    def clear_search(self) -> None:
        """Empty the field without asking again."""
        self._debounce.stop()
        self.search.clear()

    def search_now(self) -> None:
        """Ask at once for what was typed."""
        self._debounce.stop()
        self.search_changed.emit(self.search.text())

    def retranslate(self) -> None:
        """Every text anew."""
        key = self._desk.commands.shown_key("view.search")
        self.search.setPlaceholderText(tr("triage.search.hint", key=key))
        self.search.setAccessibleName(tr("triage.search.name"))
        self.line.setAccessibleName(tr("triage.busy"))
        self.unmark.setText(tr("triage.unmark"))
        self.set_order(self._order)
        self.set_banner(self._banner, changed=self._changed)
        self.view.retranslate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field: Enter and Down go to the rows, Esc empties the field and then leaves it."""
        if watched is self.search and event.type() is QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self.search_now()
                self.search_left.emit()
                return True
            if event.key() == Qt.Key.Key_Escape:
                if self.search.text():
                    self.clear_search()
                    self.search_changed.emit("")
                self.search_left.emit()
                return True
        return super().eventFilter(watched, event)
