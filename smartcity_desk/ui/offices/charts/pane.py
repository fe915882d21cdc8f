"""The charts side by side: the funnel, and beside it the chosen office's weeks or all offices against their mix."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabBar, QWidget

from smartcity_desk.domain.fairness import Finding
from smartcity_desk.i18n import tr
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.offices import rows, words
from smartcity_desk.ui.offices.charts.frame import ChartFrame
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.charts import ControlChart
    from smartcity_desk.ui.offices.book import Book
    from smartcity_desk.ui.offices.rows import Sheet
    from smartcity_desk.ui.services import Desk

SIDES: Final = ("control", "mix")
_DRAWN: Final = ("funnel", *SIDES)


def load() -> None:
    """Load what draws, on a thread of its own: pyqtgraph takes a second, and the table is there before it."""
    import smartcity_desk.ui.offices.charts.control
    import smartcity_desk.ui.offices.charts.funnel
    import smartcity_desk.ui.offices.charts.mix  # noqa: F401


class ChartPane(QSplitter):
    """Three charts. `picked` and `opened` bring the code of an office."""

    picked = Signal(str)
    opened = Signal(str)
    changed = Signal()
    """Another chart, or another form of one, is on show."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._desk = desk
        self._book: Book | None = None
        self._level = ""
        self._matching: Collection[str] | None = None
        self._control: ControlChart | None = None
        self._current = ""
        self._loading = False
        self._undrawn: set[str] = set()
        self._drawing = False
        self.funnel = ChartFrame(
            desk, rows.FUNNEL_COLUMNS, "offices.chart.funnel", "offices.chart.funnel.help"
        )
        self.control = ChartFrame(
            desk, rows.CONTROL_COLUMNS, "offices.chart.control", "offices.chart.control.help", apart=True
        )
        self.mix = ChartFrame(
            desk, rows.MIX_COLUMNS, "offices.chart.mix", "offices.chart.mix.help", apart=True
        )
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for _ in SIDES:
            self.tabs.addTab("")
        self.tabs.currentChanged.connect(self._side_chosen)
        self.side = QStackedWidget()
        self._heads = QStackedWidget()
        for frame in (self.control, self.mix):
            self.side.addWidget(frame)
            self._heads.addWidget(frame.head)
        right = basic.frame(ground="surface")
        head = basic.row(self.tabs, self._heads, spacing=0)
        head.setStretch(1, 1)
        layout = basic.column(head, spacing=0)
        layout.addWidget(self.side, 1)
        right.setLayout(layout)
        self.addWidget(self.funnel)
        self.addWidget(right)
        self.setChildrenCollapsible(False)
        for frame in self.frames:
            frame.toggled.connect(self.changed)
        for frame in (self.funnel, self.mix):
            frame.picked.connect(self.picked)
            frame.opened.connect(self.opened)
        self.control.picked.connect(self.control.select)
        self.control.opened.connect(lambda _week: self.opened.emit(self._current))

    @property
    def frames(self) -> tuple[ChartFrame, ...]:
        """All three."""
        return (self.funnel, self.control, self.mix)

    # -- what is drawn with ------------------------------------------------------------------------------------

    def ensure_canvases(self) -> None:
        """Load the drawing part, once; the tables work without it."""
        if not self._loading:
            self._loading = True
            self._desk.tasks.spawn(self._make(), name="offices.charts")

    async def _make(self) -> None:
        await self._desk.errands.run(load)
        from smartcity_desk.ui.offices.charts.control import ControlCanvas
        from smartcity_desk.ui.offices.charts.funnel import FunnelCanvas
        from smartcity_desk.ui.offices.charts.mix import MixCanvas

        for frame, made in zip(self.frames, (FunnelCanvas, ControlCanvas, MixCanvas), strict=True):
            await asyncio.sleep(0)  # one at a time: each takes as long as a step may
            if not alive(self):
                return
            frame.set_canvas(made(self._desk))
            self._draw()

    # -- what is shown -----------------------------------------------------------------------------------------

    def show_sheet(self, book: Book, sheet: Sheet, matching: Collection[str] | None) -> None:
        """The charts of a level with the rows of their tables; offices that do not match the filter are faint."""
        self._book, self._level, self._matching = book, sheet.level, matching
        funnel, mix = book.funnels.get(sheet.level), book.mixes.get(sheet.level)
        too_few = tr("offices.empty.charts", n=book.figures.policy.marking.least_n)
        if funnel is None or not funnel.curve:
            self.funnel.teach(too_few)
        else:
            self.funnel.show_rows(sheet.funnel, words.summary(funnel.summary), self._funnel_words)
        if mix is None or all(point.ratio is None for point in mix.points):
            self.mix.teach(too_few)
        else:
            self.mix.show_rows(sheet.mix, words.summary(mix.summary), self._mix_words)
        self._draw()

    def show_loading(self) -> None:
        """Nothing has been read yet."""
        for frame in self.frames:
            frame.teach(tr("offices.loading"))

    def show_matching(self, matching: Collection[str] | None) -> None:
        """Another filter on the same figures."""
        if matching != self._matching:
            self._matching = matching
            self._draw("funnel", "mix")

    def _funnel_words(self, code: str) -> str:
        book = self._book
        found = None if book is None else book.funnels.get(self._level)
        point = None if found is None else next((one for one in found.points if one.office == code), None)
        if book is None or point is None:
            return ""
        name = words.office(self._desk.directory, code)
        if point.limits is None:
            return tr("offices.readout.too_few", office=name, n=point.tally.n)
        latest = book.figures.offices[code].latest
        return tr(
            "offices.readout",
            office=name,
            n=point.tally.n,
            share=words.share(point.share),
            estimate=words.percent(latest.estimate),
            interval=words.interval(latest.interval),
            position=words.position(point.position).text,
        )

    def _mix_words(self, code: str) -> str:
        row = self.mix.grid.table.row_of(code)
        found = None if row is None else self.mix.grid.table.row(row)
        return "" if found is None else found.utterance

    def _draw(self, *names: str) -> None:
        """Have these charts (or all) drawn anew, one at a time, and those out of sight when they are looked at."""
        self._undrawn.update(names or _DRAWN)
        if not self._drawing:
            self._drawing = True
            QTimer.singleShot(0, self, self._draw_next)

    def _draw_next(self) -> None:
        self._drawing = False
        name = next((name for name in ("funnel", self.side_name) if name in self._undrawn), None)
        if name is None:
            return
        self._undrawn.discard(name)
        self._draw_one(name)
        if self._undrawn:
            self._drawing = True
            QTimer.singleShot(0, self, self._draw_next)

    def _draw_one(self, name: str) -> None:
        book = self._book
        if name == "control":
            if self.control.canvas is not None:
                self.control.canvas.show_chart(self._control)
        elif book is not None and name == "funnel" and self.funnel.canvas is not None:
            found = book.funnels.get(self._level)
            if found is not None:
                target = book.figures.policy.marking.target_percent / 100
                self.funnel.canvas.show_funnel(found, target, _candidates(book), self._matching)
        elif book is not None and name == "mix" and self.mix.canvas is not None:
            chart = book.mixes.get(self._level)
            if chart is not None:
                self.mix.canvas.show_chart(chart, self._matching)
        if name != "control":
            {"funnel": self.funnel, "mix": self.mix}[name].select(self._current)

    def show_control(self, office: str, found: ControlChart | None) -> None:
        """The weeks of the chosen office; None while they are being read."""
        self._control = found
        name = words.office(self._desk.directory, office) if office else ""
        if found is None:
            self.control.teach(tr("offices.loading") if office else tr("offices.empty.choose"))
        elif found.centre is None:
            self.control.teach(tr("offices.empty.control", office=name))
        else:
            made = rows.control_rows(found)
            spoken = {row.key: row.utterance for row in made}
            sentence = f"{name}: {words.summary(found.summary)}"
            self.control.show_rows(made, sentence, lambda key: spoken.get(key, ""))
        self._draw("control")

    def select(self, code: str) -> None:
        """The chosen office, everywhere."""
        self._current = code
        for frame in (self.funnel, self.mix):
            frame.select(code)

    # -- which of them -----------------------------------------------------------------------------------------

    @property
    def side_name(self) -> str:
        """Which chart stands beside the funnel."""
        return SIDES[max(0, self.side.currentIndex())]

    def set_side(self, name: str) -> None:
        """Put another chart beside the funnel."""
        if name in SIDES:
            self.tabs.setCurrentIndex(SIDES.index(name))

    def next_side(self) -> None:
        """The other one."""
        self.set_side(SIDES[(SIDES.index(self.side_name) + 1) % len(SIDES)])

    def _side_chosen(self, at: int) -> None:
        self.side.setCurrentIndex(at)
        self._heads.setCurrentIndex(at)
        if self._undrawn:
            self._draw(*self._undrawn)
        self.changed.emit()

    @property
    def as_tables(self) -> bool:
        """Whether the charts are shown as tables."""
        return all(frame.as_table for frame in self.frames)

    def set_tables(self, *, on: bool) -> None:
        """Show all of them as tables, or as plots again."""
        for frame in self.frames:
            frame.set_table(on=on)

    def retranslate(self) -> None:
        """Every text anew."""
        self.tabs.setAccessibleName(tr("offices.chart.tabs"))
        for at, name in enumerate(SIDES):
            self.tabs.setTabText(at, tr(f"offices.chart.{name}"))
            self.tabs.setTabToolTip(at, tr(f"offices.chart.{name}.help"))
        for frame in self.frames:
            frame.retranslate()
        self.show_control(self._current, self._control)

    def restyle(self) -> None:
        """Take the theme."""
        for frame in self.frames:
            frame.restyle()


def _candidates(book: Book) -> set[str]:
    """The offices that the rule or a live mark calls candidates."""
    return {
        code
        for code, one in book.figures.offices.items()
        if one.verdict.finding is Finding.CANDIDATE or code in book.marks
    }
