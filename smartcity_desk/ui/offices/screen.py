"""Pejabat: all offices, one office with its items, the supervisor's corner. Reads on a reader, keeps what it got."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from smartcity_desk.config import KEYMAP
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.times import MINUTE, SECOND
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.commands import OFFICES
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.offices import book as books
from smartcity_desk.ui.offices.items import item_rows
from smartcity_desk.ui.offices.memory import Memory
from smartcity_desk.ui.offices.overview import Overview
from smartcity_desk.ui.offices.rows import make_sheet
from smartcity_desk.ui.shortcuts import ScreenKeys
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.screen import Screen

if TYPE_CHECKING:
    from smartcity_desk.domain.charts import ControlChart
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store import Store
    from smartcity_desk.ui.offices.book import Book, OfficePage
    from smartcity_desk.ui.offices.corner import CornerView
    from smartcity_desk.ui.offices.page import OfficeView
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.widgets.gridmodel import Row

GATHER_MS: Final = 1_500
"""So long what streams in is gathered before the figures are read again."""
REST_MS: Final = 15 * SECOND
"""And never more often than this: a city's figures are a second of work."""
OLD_AFTER_MS: Final = 10 * MINUTE
"""Due dates pass without anybody doing anything."""
_TICK_MS: Final = 60_000
_CONTROL_MS: Final = 80
_ITEM_MS: Final = 60
FIRST_ITEMS: Final = 60
"""More than a screen holds."""
_WARM_MS: Final = 50


class OfficesScreen(Screen):
    """Wires the parts. Everything that touches the store runs in a lane and comes back here."""

    key: ClassVar[str] = "offices"
    title_key: ClassVar[str] = "shell.screen.offices"
    icon: ClassVar[str] = "offices"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.memory = Memory(desk)
        self.book: Book | None = None
        self._controls: dict[str, ControlChart] = {}
        self._active = False
        self._old = True
        self._old_corner = True
        self._reading = False
        self._read_at = 0
        self.overview = Overview(desk, self.memory)
        self._office: OfficeView | None = None
        self.corner: CornerView | None = None
        self.pages = QStackedWidget()
        self.pages.addWidget(self.overview)
        self.setLayout(basic.column(self.pages, spacing=0))
        self._gather = once(self, GATHER_MS, self.refresh)
        self._control_timer = once(self, _CONTROL_MS, self._read_control)
        self._item_timer = once(self, _ITEM_MS, self._read_item)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._minute)
        self._connect()
        self._bind()
        self.keys = ScreenKeys(desk.commands, OFFICES, self)
        self.retranslate()

    def _connect(self) -> None:
        bridge = self.desk.bridge
        bridge.reports_changed.connect(self._data_changed)
        bridge.outbox_changed.connect(self._data_changed)
        bridge.directory_changed.connect(self._data_changed)
        bridge.actor_changed.connect(self._actor_changed)
        bridge.settings_changed.connect(self._setting_changed)
        bridge.open_figures.connect(self.open_office)
        self.overview.chosen.connect(self._office_chosen)
        self.overview.opened.connect(self.open_office)
        self.overview.level_changed.connect(self._make_sheet)

    @property
    def office(self) -> OfficeView:
        """The page of one office. Made with the first need, or after the first figures: the table comes before it."""
        if self._office is None:
            from smartcity_desk.ui.offices.page import OfficeView

            made = OfficeView(self.desk, self.memory)
            made.left.connect(self.show_overview)
            made.item_chosen.connect(lambda _segment: self._item_timer.start())
            made.item_opened.connect(self._read_item)
            made.say_dossier()
            self.pages.addWidget(made)
            self._office = made
        return self._office

    def _bind(self) -> None:
        bind = self.desk.commands.bind
        bind("offices.next", partial(self._step, 1))
        bind("offices.previous", partial(self._step, -1))
        bind("offices.open", self._open_current)
        bind("offices.back", self._back)
        bind("offices.filter", self._focus_filter)
        bind("offices.level", self.overview.next_level, self._at_overview)
        bind("offices.area", self.overview.next_area, self._at_overview)
        bind("offices.sort", self.overview.next_sort, self._at_overview)
        bind("offices.reverse", self.overview.reverse_sort, self._at_overview)
        bind("offices.charts", self.overview.toggle_charts, self._at_overview)
        bind("offices.chart", self.overview.charts.next_side, self._at_overview)
        bind("offices.chart_table", self._chart_tables, self._at_overview)
        bind("offices.side", self._next_side, self._at_office)
        bind("offices.report", self._open_report, lambda: self._at_office() and self._report() is not None)
        bind("offices.supervisor", self.show_corner)
        bind("office.dossier", self._make_dossier, self._may_make_dossier)

    # -- shown and hidden --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Shown: read the figures unless those that are here are still true."""
        self._active = True
        self._tick.start()
        self.overview.shown()
        if self._old or self._too_old():
            self.refresh()
        self._take_focus()

    def deactivate(self) -> None:
        """Hidden: nothing is read until it is shown again."""
        self._active = False
        for timer in (self._tick, self._gather, self._control_timer, self._item_timer):
            timer.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """The window closes: nothing may start any more. A window that is only minimised goes on."""
        super().hideEvent(event)
        if self._active and not event.spontaneous():
            self.deactivate()

    def _too_old(self) -> bool:
        return self.book is None or self.desk.clock() - self.book.at >= OLD_AFTER_MS

    def _minute(self) -> None:
        if self._too_old():
            self.refresh()

    def _data_changed(self, _what: object = None) -> None:
        self._old = self._old_corner = True
        if self._active and not self._gather.isActive():
            since = self.desk.clock() - self._read_at
            self._gather.start(GATHER_MS if since > REST_MS else REST_MS)

    def _actor_changed(self) -> None:
        if self.corner is not None:
            self.corner.retranslate()
        self._data_changed()

    def _setting_changed(self, name: str) -> None:
        if name == KEYMAP.name:
            self.keys.bind()
            self.retranslate()

    # -- the city ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the figures anew; what is on screen stays, dimmed, until they are there."""
        self._gather.stop()
        if self._reading:
            self._old = True
            return
        self._reading = True
        self.desk.tasks.spawn(self._read(), name="offices.read")

    async def _read(self) -> None:
        desk = self.desk
        self._old = False
        self.overview.set_busy(busy=True)
        try:
            now = desk.clock()
            found = await desk.readers.run(books.read_book, desk.store, now)
            level = self.overview.chosen_level
            sheet = await desk.readers.run(make_sheet, found, level, desk.directory, now)
        except DeskError as problem:
            self._old = True
            desk.notify.error(problem, replaces="offices")
            return
        finally:
            self._reading = False
            if alive(self):
                self.overview.set_busy(busy=False)
        if not alive(self):
            return
        self._read_at = desk.clock()
        self.book = found
        self._controls = {}
        self.overview.show_sheet(found, sheet)
        self._office_chosen(self.overview.current)
        if self._at_office():
            self._read_office()
        if self._at_corner():
            self._read_corner()
        if self._office is None:
            QTimer.singleShot(_WARM_MS, self, self._warm)

    def _warm(self) -> None:
        """Make the page of an office before the first one is opened."""
        if self._active:
            self.office.say_dossier()

    def _make_sheet(self) -> None:
        if self.book is not None:
            self.desk.tasks.replace("offices.sheet", self._sheet(self.book))

    async def _sheet(self, book: Book) -> None:
        """The same figures in other words, or another level's charts."""
        desk = self.desk
        level = self.overview.chosen_level
        sheet = await desk.readers.run(make_sheet, book, level, desk.directory, desk.clock())
        if alive(self) and self.book is book:
            self.overview.show_sheet(book, sheet)

    # -- the chosen office's weeks -----------------------------------------------------------------------------

    def _office_chosen(self, code: str) -> None:
        known = self._controls.get(code)
        self.overview.charts.show_control(code, known)
        if code and known is None and self._active:
            self._control_timer.start()

    def _read_control(self) -> None:
        code = self.overview.current
        if code and code not in self._controls:
            self.desk.tasks.replace("offices.control", self._control(code))

    async def _control(self, code: str) -> None:
        desk = self.desk
        try:
            found = await desk.readers.run(books.read_control, desk.store, code, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem, replaces="offices")
            return
        if alive(self):
            self._controls[code] = found
            if self.overview.current == code:
                self.overview.charts.show_control(code, found)

    # -- one office --------------------------------------------------------------------------------------------

    def open_office(self, code: str) -> None:
        """Show one office with its items."""
        if code not in self.desk.directory.offices:
            return
        if code != self.office.code or self.office.page is None:
            self.office.open(code, self.book)
        self.overview.choose(code)
        self._control_timer.stop()  # the page brings the weeks
        self.pages.setCurrentWidget(self.office)
        self._read_office()
        self.office.take_focus()

    def _read_office(self) -> None:
        if self.office.code:
            self.desk.tasks.replace("offices.office", self._page(self.office.code))

    async def _page(self, code: str) -> None:
        desk = self.desk
        now = desk.clock()
        self.office.set_busy(busy=True)
        try:
            # A screenful at once: the reports of a thousand items take longer than a key may.
            found, rows = await desk.readers.run(_read_page, desk.store, code, now, desk.directory)
            if not self._still(code):
                return
            self._controls[code] = found.control
            whole = len(found.items) <= len(rows)
            if whole or self.office.page is None:
                self.office.show_page(found, rows, self.book)
            if not whole:
                found, rows = await desk.readers.run(_read_rest, desk.store, found, desk.directory)
                if not self._still(code):
                    return
                self.office.show_page(found, rows, self.book)
        except DeskError as problem:
            desk.notify.error(problem, replaces="offices")
            return
        finally:
            if alive(self):
                self.office.set_busy(busy=False)
        if self.office.detail.item is not None:
            self._item_timer.start()

    def _still(self, code: str) -> bool:
        """Whether what was read is of the office that is open now."""
        return alive(self) and self.office.code == code

    def _read_item(self, _segment: str = "") -> None:
        self._item_timer.stop()
        item = self.office.detail.item
        if item is not None:
            self.desk.tasks.replace("offices.item", self._detail(item.segment.report))

    async def _detail(self, report: str) -> None:
        try:
            found = await self.desk.readers.run(self.desk.store.report, report)
        except DeskError as problem:
            self.desk.notify.error(problem, replaces="offices")
            return
        if alive(self):
            self.office.show_detail(found)

    def _report(self) -> str | None:
        item = self.office.current_item
        return None if item is None else item.segment.report

    def _open_report(self) -> None:
        report = self._report()
        if report is not None:
            self.desk.bridge.open_report.emit(report)

    # -- the dossier -------------------------------------------------------------------------------------------

    def _dossier_office(self) -> str:
        return self.office.code if self._at_office() else self.overview.current if self._at_overview() else ""

    def _may_make_dossier(self) -> bool:
        return (
            self.desk.dossier is not None and bool(self._dossier_office()) and not self._busy_with_dossier()
        )

    def _busy_with_dossier(self) -> bool:
        return self._office is not None and self._office.dossier.busy

    def _make_dossier(self) -> None:
        code = self._dossier_office()
        if self._at_overview():
            self.open_office(code)
        self.office.dossier.make(code)

    # -- the supervisor's corner -------------------------------------------------------------------------------

    def show_corner(self) -> None:
        """Show the unit's own hand in the figures."""
        if self.corner is None:
            from smartcity_desk.ui.offices.corner import CornerView

            self.corner = CornerView(self.desk)
            self.corner.left.connect(self.show_overview)
            self.pages.addWidget(self.corner)
        self.pages.setCurrentWidget(self.corner)
        self.corner.retranslate()
        if self._old_corner:
            self._read_corner()
        self.corner.take_focus()

    def _read_corner(self) -> None:
        if self.corner is not None and self.corner.allowed:
            self.desk.tasks.replace("offices.corner", self._corner())

    async def _corner(self) -> None:
        desk, view = self.desk, self.corner
        assert view is not None
        view.set_busy(busy=True)
        try:
            found = await desk.readers.run(books.read_corner, desk.store, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem, replaces="offices")
            return
        finally:
            if alive(self):
                view.set_busy(busy=False)
        if alive(self):
            self._old_corner = False
            view.show_corner(found)

    # -- where the hand is -------------------------------------------------------------------------------------

    def _at_overview(self) -> bool:
        return self.pages.currentWidget() is self.overview

    def _at_office(self) -> bool:
        return self._office is not None and self.pages.currentWidget() is self._office

    def _at_corner(self) -> bool:
        return self.corner is not None and self.pages.currentWidget() is self.corner

    def show_overview(self) -> None:
        """Back to all offices."""
        self.pages.setCurrentWidget(self.overview)
        self.overview.take_focus()

    def _take_focus(self) -> None:
        if self._at_office():
            self.office.take_focus()
        elif self.corner is not None and self._at_corner():
            self.corner.take_focus()
        else:
            self.overview.take_focus()

    def _step(self, by: int) -> None:
        if self._at_overview():
            self.overview.step(by)
        elif self._at_office():
            self.office.items.step(by)
        elif self.corner is not None:
            bar = self.corner.area.verticalScrollBar()
            bar.setValue(bar.value() + by * 3 * bar.singleStep())

    def _open_current(self) -> None:
        if self._at_overview():
            self.open_office(self.overview.current)
        elif self._at_office():
            self.office.open_item()

    def _back(self) -> None:
        """One step back: out of the filter, out of the item, out of the office."""
        overview = self.overview
        if self._at_office():
            if not self.office.step_back():
                self.show_overview()
        elif self._at_corner():
            self.show_overview()
        elif not overview.filter.text() or not overview.clear_filter():
            overview.take_focus()

    def _next_side(self) -> None:
        self.office.next_side()

    def _focus_filter(self) -> None:
        if self._at_office():
            self.office.focus_filter()
        else:
            if self._at_corner():
                self.show_overview()
            self.overview.focus_filter()

    def _chart_tables(self) -> None:
        charts = self.overview.charts
        charts.set_tables(on=not charts.as_tables)
        charts.changed.emit()

    # -- look --------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text anew; rows are made again on a reader."""
        super().retranslate()
        self.overview.retranslate()
        if self._office is not None:
            self._office.retranslate()
            self._office.say_dossier()
        if self.corner is not None:
            self.corner.retranslate()
        self._make_sheet()
        if self._office is not None and self._office.page is not None:
            self._read_office()

    def restyle(self) -> None:
        """The new theme."""
        self.overview.restyle()
        if self._office is not None:
            self._office.restyle()
        if self.corner is not None:
            self.corner.restyle()


def _read_page(store: Store, code: str, now: int, directory: Directory) -> tuple[OfficePage, list[Row]]:
    """One office, and the words of its first items. On a reader's thread."""
    found = books.read_page(store, code, now, first=FIRST_ITEMS)
    return found, item_rows(found, directory, now, FIRST_ITEMS)


def _read_rest(store: Store, page: OfficePage, directory: Directory) -> tuple[OfficePage, list[Row]]:
    """The same office with all its items in words. On a reader's thread."""
    whole = books.with_lines(page, store)
    return whole, item_rows(whole, directory, whole.at)
