"""All judged offices: filter, charts above, the table below. Widgets only; what is read and opened is the screen's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.offices import rows, words
from smartcity_desk.ui.offices.book import CITY
from smartcity_desk.ui.offices.charts.pane import ChartPane
from smartcity_desk.ui.triage.suggest import fold
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow
from smartcity_desk.ui.widgets.grid import Grid

if TYPE_CHECKING:
    from smartcity_desk.ui.offices.book import Book
    from smartcity_desk.ui.offices.memory import Memory
    from smartcity_desk.ui.offices.rows import Sheet
    from smartcity_desk.ui.services import Desk

_DEBOUNCE_MS: Final = 120
DIM_AFTER_MS: Final = 120
TALL: Final = 560
"""Below this height (pixels at 100 % text) charts and table take turns."""
_FILTER_LEAST: Final = 260
SORTS: Final = tuple(column.name for column in rows.OFFICE_COLUMNS)


class Overview(QWidget):
    """Tells which office is chosen, opened, and that another level's charts are wanted."""

    chosen = Signal(str)
    opened = Signal(str)
    level_changed = Signal()

    def __init__(self, desk: Desk, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._memory = memory
        self._book: Book | None = None
        self._front_charts = False
        self._wanted_charts: bool = memory.get("charts", True)
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaxLength(100)
        self.filter.installEventFilter(self)
        self._typing = once(self, _DEBOUNCE_MS, self.apply_filter)
        self.filter.textChanged.connect(lambda _: self._typing.start())
        self.level = QComboBox()
        self.area = QComboBox()
        for box in (self.level, self.area):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.level.currentIndexChanged.connect(self._level_chosen)
        self.area.currentIndexChanged.connect(self._area_chosen)
        self.sort = basic.button(kind="quiet")
        self.sort.clicked.connect(lambda: desk.commands.run("offices.sort"))
        self.charts_button = basic.button(kind="quiet")
        self.charts_button.clicked.connect(lambda: desk.commands.run("offices.charts"))
        self.supervisor = basic.button(kind="quiet")
        self.supervisor.clicked.connect(lambda: desk.commands.run("offices.supervisor"))
        self.line = QProgressBar()
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        kept = self.line.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.line.setSizePolicy(kept)
        self.charts = ChartPane(desk)
        self.grid = Grid(desk, rows.OFFICE_COLUMNS, "offices.table")
        self.caption = basic.ElidedLabel()
        self.caption.setProperty("tone", "muted")
        self.caption.setProperty("step", -1)
        self.position = basic.label(tone="muted", step=-1)
        self._teach = basic.frame(ground="surface")
        self.teach_title = basic.label(step=1, bold=True, wrap=True)
        self.teach_text = basic.label(tone="muted", wrap=True)
        for part in (self.teach_title, self.teach_text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._teach.setLayout(basic.column(0, self.teach_title, self.teach_text, 0, margins=(48, 16, 48, 16)))
        self._teach.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.grid)
        self._pages.addWidget(self._teach)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.addWidget(self.charts)
        self._split.addWidget(self._pages)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(1, 1)
        foot = basic.frame(ground="raised", line="top")
        foot.setLayout(basic.row(self.caption, self.position, margins=(12, 3, 12, 3)))
        foot.layout().setStretch(0, 1)  # type: ignore[union-attr]  # it was set just now
        self._tools = Flow()
        for tool in (self.level, self.area, self.sort, self.charts_button, self.supervisor):
            self._tools.addWidget(tool)
        self._bar = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._bar.setContentsMargins(8, 6, 8, 6)
        self._bar.setSpacing(6)
        self._bar.addWidget(self.filter, 1)
        self._bar.addLayout(self._tools)
        whole = basic.column(spacing=0)
        whole.addLayout(self._bar)
        whole.addWidget(self.line)
        whole.addWidget(self._split, 1)
        whole.addWidget(foot)
        self.setLayout(whole)
        self._dim = once(self, DIM_AFTER_MS, lambda: self._set_dimmed(on=True))
        self._set_dimmed(on=False)
        self.grid.current_changed.connect(self._row_chosen)
        self.grid.opened.connect(self.opened)
        self.grid.sorted.connect(self._sorted)
        self.grid.columns_changed.connect(lambda: memory.note_grid("offices", self.grid))
        self.charts.picked.connect(self.choose)
        self.charts.opened.connect(self.opened)
        self.charts.changed.connect(self._charts_changed)
        self._split.splitterMoved.connect(lambda *_: memory.note_split("overview", self._split))
        self.charts.splitterMoved.connect(lambda *_: memory.note_split("charts", self.charts))
        self._restore()

    def _restore(self) -> None:
        get = self._memory.get
        self._memory.restore_grid("offices", self.grid)
        self._memory.restore_split("overview", self._split, [296, 320])
        self._memory.restore_split("charts", self.charts, [680, 560])
        self.grid.sort_rows(get("sort", ""), descending=get("descending", False))
        self.charts.set_tables(on=get("tables", False))  # first: choosing a side writes both down
        self.charts.set_side(get("side", "control"))
        self._fill_boxes()
        self.charts.show_loading()
        self.retranslate()

    # -- what is shown -----------------------------------------------------------------------------------------

    def set_busy(self, *, busy: bool) -> None:
        """Newer figures are being read: after a moment the old rows are dimmed and a thin line moves."""
        if busy:
            self._dim.start()
        else:
            self._dim.stop()
            self._set_dimmed(on=False)

    def _set_dimmed(self, *, on: bool) -> None:
        self.line.setVisible(on)
        self.grid.dim(on=on)

    def show_sheet(self, book: Book, sheet: Sheet) -> None:
        """The rows of a book, and the charts of the chosen level."""
        self._book = book
        self._fill_boxes()
        self.grid.set_rows(sheet.offices)
        self.charts.show_sheet(book, sheet, None)
        self.apply_filter()
        self._say_caption()

    def _fill_boxes(self) -> None:
        book = self._book
        levels = [] if book is None else [level.value for level in book.levels]
        areas = (
            [] if book is None else sorted(set(book.areas.values()), key=lambda code: (code == CITY, code))
        )
        for box, name, codes, say in (
            (self.level, "level", levels, words.level),
            (self.area, "area", areas, self._area_word),
        ):
            wanted = box.currentData() if box.count() > 1 else self._memory.get(name, "")
            with QSignalBlocker(box):
                box.clear()
                for code in ["", *codes]:
                    box.addItem(say(code), code)
                at = box.findData(wanted)
                box.setCurrentIndex(max(at, 0))

    def _area_word(self, code: str) -> str:
        return words.area(self._desk.directory, code) if code else tr("offices.area.any")

    def _say_caption(self) -> None:
        book = self._book
        if book is None:
            self.caption.set_text(tr("offices.loading"))
            return
        rule = book.figures.policy.marking
        since, until = book.figures.windows[-1]
        self.caption.set_text(
            tr(
                "offices.caption",
                span=tr("offices.span", since=formats.day_month(since), until=formats.short_date(until - 1)),
                target=words.share(rule.target_percent / 100),
                n=rule.least_n,
                windows=rule.windows,
                policy=formats.one_line(book.figures.policy.version, 40),
                at=formats.near(book.at, self._desk.clock()),
            )
        )

    # -- filter and order --------------------------------------------------------------------------------------

    @property
    def chosen_level(self) -> str:
        """The level on show; empty for all."""
        return str(self.level.currentData() or "")

    def apply_filter(self) -> None:
        """Show what matches level, area and words."""
        self._typing.stop()
        book = self._book
        if book is None:
            return
        parts = fold(self.filter.text()).split()
        area = str(self.area.currentData() or "")
        codes = rows.chosen(self.chosen_level, area, book)
        self.grid.set_filter(lambda row: rows.fits(row, parts, codes))
        shown = frozenset(row.key for row in self.grid.table.shown)
        narrowed = bool(parts or area)
        self.charts.show_matching(shown if narrowed else None)
        self.position.setText(
            tr(
                "offices.position",
                shown=formats.number(len(shown)),
                total=formats.number(self.grid.table.total),
            )
        )
        if not self.grid.table.total:
            self._teach_that(tr("offices.empty.title"), tr("offices.empty.text"))
        elif not shown:
            text = tr("offices.empty.filter", words=formats.one_line(self.filter.text(), 60))
            self._teach_that(tr("offices.empty.filter.title"), text)
        else:
            self._pages.setCurrentWidget(self.grid)

    def _teach_that(self, title: str, text: str) -> None:
        had_focus = self.grid.hasFocus()
        self.teach_title.setText(title)
        self.teach_text.setText(text)
        self._teach.setAccessibleName(f"{title}. {text}")
        self._pages.setCurrentWidget(self._teach)
        if had_focus:
            self._teach.setFocus()

    def clear_filter(self) -> bool:
        """Show all offices again; whether there was anything to clear."""
        if not self.filter.text():
            return False
        self.filter.clear()
        self.apply_filter()
        return True

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def next_level(self) -> None:
        """The next level, and after the last one all."""
        self.level.setCurrentIndex((self.level.currentIndex() + 1) % self.level.count())

    def next_area(self) -> None:
        """The next area, and after the last one all."""
        self.area.setCurrentIndex((self.area.currentIndex() + 1) % self.area.count())

    def _level_chosen(self) -> None:
        self._memory.note(level=self.chosen_level)
        self.apply_filter()
        self.level_changed.emit()

    def _area_chosen(self) -> None:
        self._memory.note(area=str(self.area.currentData() or ""))
        self.apply_filter()

    def next_sort(self) -> None:
        """Sort by the next column on show, and after the last one by code again."""
        head = self.grid.horizontalHeader()
        names = ["", *(name for at, name in enumerate(SORTS) if not head.isSectionHidden(at))]
        now = self.grid.table.sort_column
        at = names.index(now) if now in names else 0
        self.grid.sort_rows(names[(at + 1) % len(names)])
        self._sorted()

    def reverse_sort(self) -> None:
        """The same column the other way round."""
        table = self.grid.table
        if table.sort_column:
            self.grid.sort_rows(table.sort_column, descending=not table.descending)
            self._sorted()

    def _sorted(self) -> None:
        table = self.grid.table
        self._memory.note(sort=table.sort_column, descending=table.descending)
        self._say_sort()

    def _say_sort(self) -> None:
        table = self.grid.table
        column = tr(f"offices.column.{table.sort_column}" if table.sort_column else "offices.sort.code")
        way = ("↓" if table.descending else "↑") if table.sort_column else ""
        key = self._desk.commands.shown_key("offices.sort")
        self.sort.setText(tr("offices.sort", column=f"{column} {way}".strip(), key=key))
        shared = table.sort_column == "on_time"
        self.sort.setToolTip(formats.tip(tr("offices.sort.share.tip" if shared else "offices.sort.tip")))

    # -- the chosen office -------------------------------------------------------------------------------------

    def choose(self, code: str) -> None:
        """Put the cursor on an office, in table and charts."""
        if not self.grid.go_to_key(code):
            self._row_chosen(code)

    def _row_chosen(self, code: str) -> None:
        self.charts.select(code)
        self.chosen.emit(code)

    @property
    def current(self) -> str:
        """The code of the chosen office, or nothing."""
        return self.grid.current_key

    def step(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.grid.step(by)

    def take_focus(self) -> None:
        """Put the hand on the table, or on what stands in its place."""
        if not self._pages.isVisible() and self.isVisible():
            self.charts.funnel.take_focus()
        else:
            page = self._teach if self._pages.currentWidget() is self._teach else self.grid
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- charts and table --------------------------------------------------------------------------------------

    @property
    def tall(self) -> bool:
        """Whether there is room for charts and table at once."""
        return self.height() >= self._desk.theme.pixels(TALL)

    @property
    def charts_shown(self) -> bool:
        """Whether the charts are on show."""
        return self._wanted_charts if self.tall else self._front_charts

    def toggle_charts(self) -> None:
        """Show the charts or put them away; where there is no room for both, they change places with the table."""
        if self.tall:
            self._wanted_charts = not self._wanted_charts
            self._memory.note(charts=self._wanted_charts)
        else:
            self._front_charts = not self._front_charts
        focused: QWidget | None = self.window().focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self._arrange()
        if had_focus:
            self.take_focus()

    def _arrange(self) -> None:
        charts = self.charts_shown
        self.charts.setVisible(charts)
        self._pages.setVisible(self.tall or not charts)
        if charts and self.isVisible():
            self.charts.ensure_canvases()
        self._say_charts()

    def _say_charts(self) -> None:
        key = self._desk.commands.shown_key("offices.charts")
        if not self.charts_shown:
            word = "offices.charts.show"
        else:
            word = "offices.charts.hide" if self.tall else "offices.charts.table"
        self.charts_button.setText(tr(word, key=key))

    def _charts_changed(self) -> None:
        self._memory.note(side=self.charts.side_name, tables=self.charts.as_tables)

    def shown(self) -> None:
        """The screen is on show: load what the charts need."""
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another height may have room for both, or for one only."""
        super().resizeEvent(event)
        self._arrange()
        self._fit_bar()

    def _fit_bar(self) -> None:
        """The filter stands in a line of its own where the tools leave it no room."""
        wanted = self._tools.sizeHint().width() + self._desk.theme.pixels(_FILTER_LEAST)
        narrow = self.width() < wanted
        ways = QBoxLayout.Direction
        self._bar.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)

    # -- look --------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text anew; the rows are made again by the screen."""
        commands = self._desk.commands
        self.filter.setPlaceholderText(tr("offices.filter.hint", key=commands.shown_key("offices.filter")))
        self.filter.setAccessibleName(tr("offices.filter.name"))
        for box, name in ((self.level, "level"), (self.area, "area")):
            box.setAccessibleName(tr(f"offices.{name}.name"))
            key = commands.shown_key(f"offices.{name}")
            box.setToolTip(formats.tip(tr("offices.with_key", name=tr(f"offices.{name}.name"), key=key)))
        self.supervisor.setText(
            tr(
                "offices.with_key",
                name=tr("offices.corner.short"),
                key=commands.shown_key("offices.supervisor"),
            )
        )
        self.line.setAccessibleName(tr("offices.busy"))
        self._fill_boxes()
        self.grid.retranslate()
        self.charts.retranslate()
        self._say_sort()
        self._say_charts()
        self._say_caption()
        self._fit_bar()

    def restyle(self) -> None:
        """Take the theme."""
        self.grid.restyle()
        self.charts.restyle()
        self._arrange()
        self._fit_bar()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the filter Enter and Down go to the rows."""
        if watched is self.filter and event.type() is QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self.apply_filter()
                self.take_focus()
                return True
        return super().eventFilter(watched, event)
