"""One office opened: its windows, its items, and beside them one item in full or what is known of the office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QWidget,
)

from smartcity_desk.domain.figures import judging_policy
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.offices import rows, words
from smartcity_desk.ui.offices.detail import ItemDetail
from smartcity_desk.ui.offices.dossier import DossierMaker
from smartcity_desk.ui.offices.facts import OfficeFacts
from smartcity_desk.ui.offices.items import ITEM_COLUMNS
from smartcity_desk.ui.triage.suggest import fold
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.grid import Grid
from smartcity_desk.ui.widgets.gridmodel import Cell, Column, Row
from smartcity_desk.ui.working import WorkStrip

if TYPE_CHECKING:
    from smartcity_desk.domain.items import Item
    from smartcity_desk.store.rows import ReportDetail
    from smartcity_desk.ui.offices.book import Book, OfficePage
    from smartcity_desk.ui.offices.memory import Memory
    from smartcity_desk.ui.services import Desk

_SIDES: Final = ("facts", "item")
_DEBOUNCE_MS: Final = 120
_ABOUT: Final = frozenset({"office", "holder", "standing"})
WINDOW_COLUMNS: Final = (
    Column("window", "offices.column.window", 170, stretch=True, sorts=False),
    *(column for column in rows.OFFICE_COLUMNS if column.name not in _ABOUT),
    Column(
        "contested",
        "offices.column.contested",
        84,
        right=True,
        aside=9,
        tip_key="offices.tip.contested",
    ),
    Column(
        "verified",
        "offices.column.verified",
        104,
        right=True,
        aside=10,
        tip_key="offices.tip.verified",
    ),
)


class OfficeView(QWidget):
    """Widgets only; what is read is the screen's.

    `item_opened` brings the id of a segment whose report is wanted now, `item_chosen` of one that the cursor is on:
    it may move on at once.
    """

    left = Signal()
    item_chosen = Signal(str)
    item_opened = Signal(str)

    def __init__(self, desk: Desk, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._memory = memory
        self.code = ""
        self.page: OfficePage | None = None
        self._items: dict[str, Item] = {}
        self.back = basic.button(kind="quiet")
        self.back.clicked.connect(self.left)
        self.name = basic.ElidedLabel()
        self.name.setProperty("step", 1)
        self.name.setProperty("strong", True)
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.standing = basic.label(bold=True)
        self.holder = basic.ElidedLabel()
        self.holder.setProperty("tone", "muted")
        self.dossier_button = basic.button(kind="primary")
        self.dossier_button.clicked.connect(lambda: desk.commands.run("office.dossier"))
        self.strip = WorkStrip(desk)
        self.dossier = DossierMaker(desk, self.strip)
        self.line = QProgressBar()
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        kept = self.line.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.line.setSizePolicy(kept)
        self.windows = Grid(desk, WINDOW_COLUMNS, "offices.windows", quiet=True)
        self.windows.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.windows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaxLength(100)
        self.filter.installEventFilter(self)
        self._typing = once(self, _DEBOUNCE_MS, self.apply_filter)
        self.filter.textChanged.connect(lambda _: self._typing.start())
        self.count = basic.label(tone="muted", step=-1)
        self.items = Grid(desk, ITEM_COLUMNS, "offices.items")
        self.items.current_changed.connect(self._item_moved)
        self.items.opened.connect(self.open_item)
        self.items.columns_changed.connect(lambda: memory.note_grid("items", self.items))
        self._teach = basic.label(tone="muted", wrap=True)
        self._teach.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._teach.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._teach.setMargin(24)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.items)
        self._pages.addWidget(self._teach)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for _ in _SIDES:
            self.tabs.addTab("")
        self.facts = OfficeFacts(desk)
        self.detail = ItemDetail(desk)
        self.detail.left.connect(self._to_items)
        self.side = QStackedWidget()
        self.side.addWidget(self.facts)
        self.side.addWidget(self.detail)
        self.tabs.currentChanged.connect(self._side_chosen)
        self._lay_out()
        memory.restore_grid("items", self.items)
        self.retranslate()
        self.restyle()

    def _lay_out(self) -> None:
        head = basic.row(
            self.back,
            self.name,
            self.standing,
            self.holder,
            self.dossier_button,
            margins=(8, 6, 12, 2),
            spacing=12,
        )
        head.setStretch(3, 1)
        tools = basic.row(self.filter, self.count, margins=(8, 6, 8, 6))
        tools.setStretch(0, 1)
        middle = QWidget()
        inner = basic.column(tools, spacing=0)
        inner.addWidget(self._pages, 1)
        middle.setLayout(inner)
        right = basic.frame(ground="surface")
        side = basic.column(self.tabs, spacing=0)
        side.addWidget(self.side, 1)
        right.setLayout(side)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(middle)
        self._split.addWidget(right)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 1)
        self._memory.restore_split("page", self._split, [862, 412])
        self._split.splitterMoved.connect(lambda *_: self._memory.note_split("page", self._split))
        whole = basic.column(head, self.strip, self.line, self.windows, spacing=0)
        whole.addWidget(self._split, 1)
        self.setLayout(whole)
        self.set_busy(busy=False)

    # -- what is shown -----------------------------------------------------------------------------------------

    def open(self, code: str, book: Book | None) -> None:
        """Show another office: its name at once, its items when they have been read."""
        self.code, self.page = code, None
        self._items = {}
        self.filter.clear()
        self.items.set_rows(())
        self.items.sort_rows("")
        self.windows.set_rows(())
        self.detail.show_item(None, None)
        self.show_side("facts")
        self._say_head(book)
        self.facts.show_page(code, None)
        self._pages.setCurrentWidget(self.items)

    def show_page(self, page: OfficePage, made: list[Row], book: Book | None) -> None:
        """What was read of the office on show."""
        self.page = page
        self._items = {one.segment.id: one for one in page.items}
        self.items.set_rows(made)
        self.windows.set_rows(window_rows(page))
        self.facts.show_page(self.code, page)
        self._say_head(book)
        self.apply_filter()
        shown = self.detail.item
        if shown is not None:
            fresh = self._items.get(shown.segment.id)
            line = None if fresh is None else page.lines.get(fresh.segment.report)
            self.detail.show_item(fresh, line)

    def set_busy(self, *, busy: bool) -> None:
        """Newer figures are being read."""
        self.line.setVisible(busy)
        self.items.dim(on=busy and self.page is not None)

    def _say_head(self, book: Book | None) -> None:
        directory, now = self._desk.directory, self._desk.clock()
        self.name.set_text(words.office(directory, self.code) if self.code else "")
        self.name.setToolTip(formats.tip(self.code))
        figures = None if self.page is None else self.page.figures
        if figures is None and book is not None:
            figures = book.figures.offices.get(self.code)
        if figures is None or (book is None and self.page is None):
            self.standing.setText("")
            self.holder.set_text("")
            return
        law = self.page.law if self.page is not None else book.law if book is not None else None
        assert law is not None
        live = book.marks.get(self.code) if book is not None else None
        said = words.standing(figures.verdict.finding, live, law, now)
        self.standing.setText(said.text)
        basic.set_tone(self.standing, said.tone)  # type: ignore[arg-type]  # a token of the theme
        if figures.holder is None:
            self.holder.set_text(tr("offices.holders.none"))
        else:
            name = words.holder(figures.holder, directory)
            self.holder.set_text(
                tr("offices.holder.since", name=name, since=words.day(figures.holder.valid_from))
            )

    # -- items -------------------------------------------------------------------------------------------------

    def apply_filter(self) -> None:
        """Show the items in which every typed word begins a word."""
        self._typing.stop()
        parts = fold(self.filter.text()).split()
        self.items.set_filter((lambda row: rows.fits(row, parts)) if parts else None)
        table = self.items.table
        shown = len(table.shown)
        total = (
            table.total if self.page is None else len(self.page.items)
        )  # the last rows may still be on their way
        self.count.setText(
            trn("offices.items.count", total)
            if not parts
            else tr("offices.position", shown=formats.number(shown), total=formats.number(total))
        )
        if shown or self.page is None:
            self._pages.setCurrentWidget(self.items)
            return
        had_focus = self.items.hasFocus()
        if table.total:
            self._teach.setText(tr("offices.empty.items.filter"))
        else:
            self._teach.setText(
                tr("offices.empty.items", office=words.office(self._desk.directory, self.code))
            )
        self._teach.setAccessibleName(self._teach.text())
        self._pages.setCurrentWidget(self._teach)
        if had_focus:
            self._teach.setFocus()

    def clear_filter(self) -> bool:
        """Show all items again; whether there was anything to clear."""
        if not self.filter.text():
            return False
        self.filter.clear()
        self.apply_filter()
        return True

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def take_focus(self) -> None:
        """Put the hand on the items, or on what stands in their place."""
        page = self._teach if self._pages.currentWidget() is self._teach else self.items
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def current_item(self) -> Item | None:
        """The item under the cursor."""
        return self._items.get(self.items.current_key)

    def open_item(self, key: str = "") -> None:
        """Show an item with its custody, its events and why it counts as it does."""
        item = self._items.get(key or self.items.current_key)
        if item is None or self.page is None:
            return
        self.show_side("item")
        self.detail.show_item(item, self.page.lines.get(item.segment.report))
        self.detail.setFocus(Qt.FocusReason.TabFocusReason)
        self.item_opened.emit(item.segment.id)

    def show_detail(self, detail: ReportDetail | None) -> None:
        """The report of the item on show has been read."""
        self.detail.show_detail(detail)

    def _item_moved(self, _key: str) -> None:
        if self.side_name == "item" and self.current_item is not None and self.page is not None:
            item = self.current_item
            self.detail.show_item(item, self.page.lines.get(item.segment.report))
            self.item_chosen.emit(item.segment.id)

    def _to_items(self) -> None:
        self.take_focus()

    def step_back(self) -> bool:
        """One step back inside the page; False when there is none and the page is to be left."""
        if self.filter.hasFocus():
            if not self.clear_filter():
                self.take_focus()
            return True
        if self.detail.hasFocus() or self.facts.hasFocus():
            self.take_focus()
            return True
        return False

    # -- the side ----------------------------------------------------------------------------------------------

    @property
    def side_name(self) -> str:
        """What stands beside the items: `facts` or `item`."""
        return _SIDES[max(0, self.side.currentIndex())]

    def show_side(self, name: str) -> None:
        """Put something else beside the items."""
        self.tabs.setCurrentIndex(_SIDES.index(name))

    def next_side(self) -> None:
        """The other one."""
        self.show_side(_SIDES[(_SIDES.index(self.side_name) + 1) % len(_SIDES)])

    def _side_chosen(self, at: int) -> None:
        self.side.setCurrentIndex(at)
        if _SIDES[at] == "item":
            self._item_moved("")

    # -- look --------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text anew; the items' rows are made again by the screen."""
        commands = self._desk.commands
        self.back.setText(
            tr("offices.with_key", name=tr("offices.back"), key=commands.shown_key("offices.back"))
        )
        self.dossier_button.setText(
            tr("offices.with_key", name=tr("offices.dossier"), key=commands.shown_key("office.dossier"))
        )
        self.filter.setPlaceholderText(tr("offices.items.hint", key=commands.shown_key("offices.filter")))
        self.filter.setAccessibleName(tr("offices.items.filter"))
        self.line.setAccessibleName(tr("offices.busy"))
        self.tabs.setAccessibleName(tr("offices.sides"))
        for at, name in enumerate(_SIDES):
            self.tabs.setTabText(at, tr(f"offices.side.{name}"))
        for part in (self.items, self.windows, self.facts, self.detail, self.strip):
            part.retranslate()
        if self.page is not None:
            self.windows.set_rows(window_rows(self.page))

    def say_dossier(self) -> None:
        """Whether a dossier can be made here, and why not."""
        able = self._desk.dossier is not None
        self.dossier_button.setEnabled(able and not self.dossier.busy)
        self.dossier_button.setToolTip(
            formats.tip(tr("offices.dossier.tip" if able else "offices.dossier.not"))
        )

    def restyle(self) -> None:
        """Take the theme."""
        for part in (self.items, self.windows, self.detail):
            part.restyle()
        theme = self._desk.theme
        head = max(self.windows.horizontalHeader().sizeHint().height(), theme.pixels(28))
        self.windows.setFixedHeight(head + 2 * theme.row_height + 4)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the filter Enter and Down go to the items."""
        if watched is self.filter and event.type() is QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self.apply_filter()
                self.take_focus()
                return True
        return super().eventFilter(watched, event)


def window_rows(page: OfficePage) -> list[Row]:
    """A row for each judged window, the newest first."""
    rule = judging_policy(page.law, page.at).marking
    found: list[Row] = []
    for window in reversed(page.figures.windows):
        counts, enough = window.tally, window.interval is not None
        span = tr(
            "offices.span",
            since=formats.day_month(window.window[0]),
            until=formats.short_date(window.window[1] - 1),
        )
        on_time = rows.on_time_cell(window, rule.target_percent / 100)
        looked = window.verified + window.refused
        texts = [
            formats.number(value)
            for value in (counts.n, counts.on_time, counts.slow, counts.silent, counts.empty)
        ]
        cells = (
            Cell(span),
            *(Cell(text) for text in texts),
            on_time,
            Cell(words.length(window.median_ms if enough else None)),
            Cell(words.length(window.p90_ms if enough else None)),
            Cell(words.percent(window.excluded_share)),
            Cell(formats.number(window.contested)),
            Cell(tr("offices.of", part=formats.number(window.verified), n=formats.number(looked))),
        )
        titles = [tr(column.title_key) for column in WINDOW_COLUMNS]
        said = ", ".join(
            f"{title} {cell.text}" for title, cell in zip(titles[1:], cells[1:], strict=True) if cell.text
        )
        found.append(Row(str(window.window[0]), cells, f"{span}. {said}", faint=not enough))
    return found
