"""Triase: views on the left, the table in the middle, the report on the right, and every key that works on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from smartcity_desk.config import KEYMAP
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.query import Filter, Order, View, for_user
from smartcity_desk.domain.report import OPEN_STATUSES
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.commands import COURSE_KEYS, MAP, TRIAGE, VIEW_KEYS
from smartcity_desk.ui.report.minimap import point_of
from smartcity_desk.ui.report.panel import ReportPanel
from smartcity_desk.ui.shortcuts import ScreenKeys
from smartcity_desk.ui.triage.center import Center
from smartcity_desk.ui.triage.columns import LayoutMemory
from smartcity_desk.ui.triage.follow import Follow, Wish
from smartcity_desk.ui.triage.freshness import Freshness
from smartcity_desk.ui.triage.model import SORTS, ReportTable
from smartcity_desk.ui.triage.reader import ReplyReader
from smartcity_desk.ui.triage.sidebar import SideBar
from smartcity_desk.ui.triage.surge import SurgeBar, open_board
from smartcity_desk.ui.triage.teaching import as_query, teach
from smartcity_desk.ui.triage.views import Views, view_name
from smartcity_desk.ui.triage.waterbar import WaterBar
from smartcity_desk.ui.triage.words import office_name
from smartcity_desk.ui.widgets.screen import Screen

if TYPE_CHECKING:
    from smartcity_desk.ui.map.face import MapFace
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.asking import Target
    from smartcity_desk.ui.triage.decisions import Decisions
    from smartcity_desk.ui.triage.deeds import Deeds

_NEAR: Final = 17
"""The zoom at which one report is looked at."""
_AROUND: Final = 14
"""The zoom at which a gauge is seen with the streets that it speaks for."""
_DETAIL_MS: Final = 60
_ORDERS: Final = (Order.NEWEST, Order.OLDEST, Order.DUE)
_DECISIONS: Final = (
    "category",
    "place",
    "route",
    "note",
    "answer",
    "pause",
    "verify",
    "refuse_completion",
    "reject",
    "join",
    "not_alike",
    "separate",
    "accept_return",
    "refuse_return",
    "reopen",
    "reveal",
    "claim",
)
"""Methods of `Decisions`, and what their commands are called after `report.`"""


class TriageScreen(Screen):
    """Wires the parts. Everything that touches the store runs in a lane and comes back here."""

    key: ClassVar[str] = "triage"
    title_key: ClassVar[str] = "triage.title"
    icon: ClassVar[str] = "triage"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.views = Views(desk.settings)
        self.model = ReportTable(desk, self)
        self.sidebar = SideBar(desk, self)
        self.center = Center(desk, self.model, self)
        self.view = self.center.view
        self.panel = ReportPanel(desk, self)
        self.freshness = Freshness(
            desk,
            self.views,
            self.model,
            self.sidebar,
            self,
            lambda: None if self._text else self.current_view.key,
        )
        self._follow = Follow(self.view, self.model)
        self._waiting = (0, False)
        self.current_view = self.views.last()
        self._order: Order | None = None
        self._text = ""
        self._active = False
        self._on_map = False
        self._revealed: int | None = None
        self._keep: tuple[int | None, int] | None = None
        self._pending_report: str | None = None
        self.surge = SurgeBar(desk)
        inner = self.center.layout()
        assert isinstance(inner, QVBoxLayout)
        inner.insertWidget(0, self.surge)
        self.water = WaterBar(desk)
        inner.insertWidget(1, self.water)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        for part in (self.sidebar, self.center, self.panel):
            self._split.addWidget(part)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(1, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._split)
        self._reader = ReplyReader(desk, self)
        self._reader.read.connect(self._replies_read)
        self._detail_timer = self._timer(_DETAIL_MS, self._load_detail)
        self.layout_memory = LayoutMemory(desk, self.view, self._split)
        self._columns_timer = self._timer(800, self.layout_memory.remember)
        self._connect()
        self._bind()
        self.keys = ScreenKeys(desk.commands, TRIAGE, self, only_in={"triage.open": self.view})
        self.layout_memory.restore()
        self.retranslate()

    @cached_property
    def deeds(self) -> Deeds:
        """Acting and undoing. Made with the first need, like `decisions`: reading begins before either is loaded."""
        from smartcity_desk.ui.triage.deeds import Deeds

        deeds = Deeds(self.desk, self)
        deeds.changed.connect(self._own_change)
        return deeds

    @cached_property
    def decisions(self) -> Decisions:
        """What the keys of decision ask, and of which reports."""
        from smartcity_desk.ui.triage.decisions import Decisions

        decisions = Decisions(self.desk, self.deeds, self.target, self)
        decisions.asking.advance.connect(self._advance)
        decisions.revealed.connect(self._reveal)
        decisions.asking.bulk_done.connect(lambda: self.view.set_marked(frozenset()))
        return decisions

    @cached_property
    def map(self) -> MapFace:
        """The map over the same list and marks. Made when it is first shown: it needs a browser's engine."""
        from smartcity_desk.ui.map.face import MapFace

        face = MapFace(self.desk, self.model, self.view, lambda: view_name(self.current_view), self.center)
        face.chosen.connect(self._chosen_on_map)
        face.moved_to.connect(self._move_point)
        return face

    def _timer(self, interval: int, call: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(call)
        return timer

    def _connect(self) -> None:
        bridge = self.desk.bridge
        bridge.reports_changed.connect(self._data_changed)
        bridge.outbox_changed.connect(self._data_changed)
        bridge.directory_changed.connect(self._directory_changed)
        bridge.actor_changed.connect(self._actor_changed)
        bridge.open_report.connect(self.open_report)
        bridge.report_entered.connect(self._entered)
        bridge.open_view.connect(self.open_view)
        bridge.open_office.connect(self.open_office)
        bridge.settings_changed.connect(self._setting_changed)
        self.model.first_page.connect(self._first_page)
        self.model.complete.connect(self._complete)
        self.model.busy_changed.connect(self.center.set_busy)
        self.model.failed.connect(self._failed)
        self.freshness.failed.connect(self._failed)
        self.freshness.news.connect(self._news)
        self.model.kept_back.connect(self._kept_back)
        self.freshness.refreshed.connect(self._detail_timer.start)
        self.model.rows_arrived.connect(self._rows_arrived)
        self.view.current_changed.connect(self._current_changed)
        self.view.visible_changed.connect(self._show_position)
        self.view.marks_changed.connect(self._show_marks)
        self.view.sort_requested.connect(self._sort_by)
        self.view.opened.connect(self._open_current)
        self.view.columns_changed.connect(self._columns_timer.start)
        self.view.horizontalHeader().customContextMenuRequested.connect(self.layout_memory.show_menu)
        self._split.splitterMoved.connect(lambda *_: self._columns_timer.start())
        self.sidebar.chosen.connect(self.open_view)
        self.sidebar.save_wanted.connect(self._save_view)
        self.center.search_changed.connect(self._search)
        self.center.search_left.connect(self._to_table)
        self.center.take_in.connect(self._take_in)
        self.center.order_wanted.connect(self._next_order)
        self.center.clear_marks.connect(lambda: self.view.set_marked(frozenset()))
        self.center.everywhere_wanted.connect(self._search_everywhere)
        self.panel.left.connect(self._to_table)
        self.surge.wanted.connect(self._open_board)
        self.water.wanted.connect(self._open_gauge)
        self.panel.minimap.opened.connect(self._open_map)

    def _bind(self) -> None:
        bind, there = self.desk.commands.bind, self._there
        bind("triage.next", lambda: self.view.step(1))
        bind("triage.previous", lambda: self.view.step(-1))
        bind("triage.open", self._open_current, there)
        bind("triage.take_new", self._take_in)
        bind("triage.back", self._back)
        bind("triage.mark", self.view.toggle_mark, there)
        bind("triage.mark_down", lambda: self.view.extend(1), there)
        bind("triage.mark_up", lambda: self.view.extend(-1), there)
        bind("triage.select_all", self.view.selectAll, there)
        bind("triage.copy", self._copy, there)
        bind("view.search", self.focus_search)
        bind("view.order", self._next_order)
        bind("view.next", lambda: self._step_view(1))
        bind("view.previous", lambda: self._step_view(-1))
        bind("view.save", self._save_view)
        bind("view.rename", self._rename_view, self._own_view)
        bind("view.delete", self._delete_view, self._own_view)
        for n in range(VIEW_KEYS):
            bind(f"view.{n + 1}", partial(self._open_nth, n))
        for name in _DECISIONS:
            bind(f"report.{name}", partial(self._decide, name))
        for n in range(1, COURSE_KEYS + 1):
            bind(f"course.{n}", partial(self._take_course, n), partial(self._has_course, n))
        bind("course.refuse", self._refuse_course, partial(self._has_course, 1))
        bind("course.details", self.panel.courses.toggle_details, partial(self._has_course, 1))
        bind("report.lead", self._open_lead, there)
        bind("triage.surge", self._open_board)
        bind("map.move", self._begin_move, self._there)
        bind("triage.second_review", partial(self._decide, "second_review"))
        bind("action.undo", self._undo)
        bind("action.redo", self._redo)

    def _has_course(self, rank: int) -> bool:
        return self.panel.courses.course(rank) is not None

    def _take_course(self, rank: int) -> None:
        offer = self.panel.courses.offer
        if offer is not None and self._has_course(rank):
            self.decisions.course(offer, rank)

    def _refuse_course(self) -> None:
        offer, detail = self.panel.courses.offer, self.panel.courses.detail
        if offer is not None and detail is not None:
            self.decisions.refuse_course(offer, detail.state.office)

    def _decide(self, name: str) -> None:
        getattr(self.decisions, name)()

    def _open_board(self) -> None:
        self.desk.tasks.spawn(open_board(self.desk, self.deeds, self.surge, self), name="surge.open")

    def _open_lead(self) -> None:
        row = self.model.row_data(self.view.currentIndex().row())
        if row is None:
            return
        if row.lead is None:
            self.desk.notify.say(tr("incident.no_lead"), replaces="find")
        else:
            self.desk.tasks.replace("triage.find", self._find(row.lead))

    def _undo(self) -> None:
        self.deeds.undo_soon()

    def _redo(self) -> None:
        self.deeds.redo_soon()

    def show_face(self, key: str) -> None:
        """The table, or the map in its place."""
        self._on_map = key == MAP
        self.center.show_map(self.map if self._on_map else None)

    def _chosen_on_map(self, pk: int, mark: bool) -> None:
        row = self.model.row_of(pk)
        if row is None:
            return
        self.view.go_to(row)
        if mark:
            self.view.toggle_mark(row)

    def _open_map(self) -> None:
        """The large map, where the report in hand lies."""
        detail = self.panel.detail
        point = None if detail is None else point_of(detail)
        self.desk.bridge.navigate.emit(MAP)
        if point is not None:
            self.map.go_to(*point, _NEAR)

    def _open_gauge(self, lat: float, lon: float) -> None:
        """The map where a gauge stands, with the layer of all gauges on."""
        self.desk.bridge.navigate.emit(MAP)
        self.map.show_layer("city.pintu_air")
        self.map.go_to(lat, lon, _AROUND)

    def _begin_move(self) -> None:
        self._open_map()
        self.map.use("move")

    def _move_point(self, lat: float, lon: float) -> None:
        pk = self.view.current_pk()
        row = self.model.row_data(self.view.currentIndex().row())
        if pk is None or row is None:
            return
        from smartcity_desk.ui.map.moving import move_point

        self.desk.tasks.spawn(move_point(self.desk, self.deeds, row, lat, lon, self), name="map.move")

    # -- shown and hidden --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Shown: take up where it was left, with what has changed meanwhile."""
        self._active = True
        self.freshness.start()
        self.surge.start()
        self.water.start()
        if self.freshness.rows_old and not self.model.whole:
            self.open_view(self.current_view.key)
        elif self.freshness.rows_old:
            self.freshness.refresh()
        self.freshness.count_again()
        if self._on_map:
            self.map.activate()
        self._to_table()

    def deactivate(self) -> None:
        """Hidden: nothing is read until it is shown again."""
        self._active = False
        self.freshness.stop()
        self.surge.stop()
        self.water.stop()
        if self._on_map:
            self.map.deactivate()
        for timer in (self._detail_timer, self._columns_timer):
            timer.stop()
        self._reader.leave()
        self.layout_memory.remember()

    def hideEvent(self, event: QHideEvent) -> None:
        """The window closes: nothing may start any more. A window that is only minimised goes on."""
        super().hideEvent(event)
        if self._active and not event.spontaneous():
            self.deactivate()

    def retranslate(self) -> None:
        """Every text anew."""
        super().retranslate()
        self.sidebar.retranslate()
        self.sidebar.set_views(self.views.all, self.current_view.key)
        self.center.retranslate()
        self.panel.retranslate()
        self.surge.retranslate()
        self.water.retranslate()
        if "map" in self.__dict__:
            self.map.retranslate()
        self.view.apply_theme()
        self._show_marks()
        self._show_position()

    def restyle(self) -> None:
        """The new theme."""
        self.view.apply_theme()
        self.layout_memory.set_columns()
        if "map" in self.__dict__:
            self.map.restyle()
        self.sidebar.list.viewport().update()
        self.sidebar.list.doItemsLayout()

    # -- views -------------------------------------------------------------------------------------------------

    @property
    def filter(self) -> Filter:
        """What is on show: the view, as this user, with what was typed and the chosen order."""
        user = "" if self.desk.actor is None else self.desk.actor.user
        wanted = for_user(self.current_view.filter, user)
        if self._text:
            return replace(wanted, text=self._text, order=Order.NEWEST)
        return wanted if self._order is None else replace(wanted, order=self._order)

    def open_view(self, key: str) -> None:
        """Show a view from its beginning."""
        found = self.views.get(key)
        if found is not None:
            self.views.remember(found)
            self._open(found)

    def open_office(self, code: str) -> None:
        """Show what an office holds and has not finished; it can be kept as a view."""
        wanted = Filter(statuses=OPEN_STATUSES, office=code, order=Order.DUE)
        self._open(View(f"office.{code}", wanted, office_name(self.desk.directory, code)))

    def _open(self, found: View) -> None:
        self.current_view = found
        self._order, self._text, self._keep = None, "", None
        self.center.clear_search()
        self.sidebar.set_current(found.key)
        self._show()

    def _show(self) -> None:
        self.view.set_marked(frozenset())
        self.view.handled.clear()
        self.center.set_banner(0, changed=False)
        wanted = self.filter
        self.center.set_order(wanted.order)
        column = "state" if wanted.order is Order.DUE else "age"
        self.view.show_sort(column, wanted.order is Order.OLDEST)
        self.freshness.rows_old = False
        self.model.show(wanted)

    def _step_view(self, by: int) -> None:
        keys = [view.key for view in self.views.all]
        at = keys.index(self.current_view.key) if self.current_view.key in keys else -1
        self.open_view(keys[(at + by) % len(keys)])

    def _open_nth(self, n: int) -> None:
        views = self.views.all
        if n < len(views):
            self.open_view(views[n].key)

    def _own_view(self) -> bool:
        return not self.current_view.builtin and self.views.get(self.current_view.key) is not None

    def _save_view(self) -> None:
        from smartcity_desk.ui.triage.viewbook import ask_to_save

        wanted = replace(self.current_view.filter, text=self._text, order=self.filter.order)
        self.desk.tasks.spawn(self._saved(ask_to_save(self.desk, self.views, wanted, self)), name="view.save")

    def _rename_view(self) -> None:
        from smartcity_desk.ui.triage.viewbook import ask_to_rename

        self.desk.tasks.spawn(
            self._saved(ask_to_rename(self.desk, self.views, self.current_view, self)), name="view.rename"
        )

    async def _saved(self, asking: Awaitable[View | None]) -> None:
        view = await asking
        if view is None:
            return
        if view.key != self.current_view.key:
            self.open_view(view.key)
        self.current_view = view
        self.sidebar.set_views(self.views.all, view.key)
        self._show_or_teach()
        self._to_table()
        self.freshness.count_again()

    def _delete_view(self) -> None:
        from smartcity_desk.ui.triage.viewbook import save_settings

        gone = self.views.delete(self.current_view.key)
        if gone is None:
            return
        self.desk.tasks.spawn(save_settings(self.desk), name="view.delete")
        self.open_view(self.views.all[0].key)
        self.sidebar.set_views(self.views.all, self.current_view.key)
        self.desk.notify.done(tr("triage.view.deleted", name=gone.name), replaces="view")

    # -- order and search --------------------------------------------------------------------------------------

    def _sort_by(self, column: str) -> None:
        orders = SORTS.get(column)
        if orders is None:
            self.desk.notify.say(tr("triage.column.sorts_not"), replaces="sort")
            return
        now = self.filter.order
        self._set_order(orders[(orders.index(now) + 1) % len(orders)] if now in orders else orders[0])

    def _next_order(self) -> None:
        self._set_order(_ORDERS[(_ORDERS.index(self.filter.order) + 1) % len(_ORDERS)])

    def _set_order(self, order: Order) -> None:
        if self._text:
            self.desk.notify.say(tr("triage.order.search"), replaces="sort")
            return
        self._order = order
        self._show()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.center.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.center.search.selectAll()

    def search_for(self, text: str) -> None:
        """Search in the view on show, as if it had been typed."""
        self.center.search.setText(text)
        self.center.search_now()

    def _search(self, typed: str) -> None:
        text = as_query(typed)
        if text != self._text:
            self._text, self._keep = text, None
            self._show()

    def _search_everywhere(self) -> None:
        typed = self.center.search.text()
        self.open_view("all")
        self.search_for(typed)

    # -- a snapshot arrives ------------------------------------------------------------------------------------

    def _first_page(self) -> None:
        self._show_or_teach()
        if self.model.rowCount() and self._keep is None:
            self._to_top()
        self.view.refresh_window()
        self._current_changed()
        self._show_position()

    def _complete(self, total: int) -> None:
        if self._keep is not None:
            pk, from_top = self._keep
            self._keep = None
            self.view.restore(pk, from_top)
            self._current_changed()
        elif self.view.currentIndex().row() < 0 and total:
            self._to_top()
        self._show_or_teach()
        if self.model.rowCount() == 0:
            self._follow.was_empty(self.desk.clock())
        self.view.refresh_window()
        self._show_position()
        self._show_marks()
        if self._pending_report is not None:
            wanted, self._pending_report = self._pending_report, None
            self.open_report(wanted)
        self.freshness.count()

    def _to_top(self) -> None:
        """Where the cursor stands before a hand has moved it."""
        self.view.go_to(0)
        self.view.scrollToTop()
        self._follow.put_at(self.view.current_pk())

    def _show_or_teach(self) -> None:
        if self.model.rowCount():
            self.center.show_table()
        else:
            typed = self.center.search.text() if self._text else ""
            teach(self.center, self.current_view, typed, self.desk.commands)

    def _failed(self, problem: DeskError) -> None:
        self.desk.notify.error(problem)

    # -- data changes underneath -------------------------------------------------------------------------------

    def _data_changed(self, _what: object) -> None:
        self.freshness.data_changed()

    def _own_change(self, ids: frozenset[str]) -> None:
        if "map" in self.__dict__:
            self.map.points.follow_reports(ids)
        first, last = self.view.window_rows()
        rows = [self.model.row_data(row) for row in range(first, last + 1)]
        self.view.handled.difference_update(row.pk for row in rows if row is not None and row.id in ids)
        self._follow.put_at(None)
        self.freshness.refresh()

    def _advance(self) -> None:
        """Done with this report: it stays where it is, faint, and the cursor goes on."""
        pk = self.view.current_pk()
        if pk is not None:
            self.view.handled.add(pk)
        self.view.step(1)

    def _news(self, new: int, changed: bool) -> None:
        """Reports wait: a list with nothing under the hand takes them in itself, any other one says so."""
        self._waiting = (new, changed)
        busy = self.model.busy or self.decisions.asking.busy
        wish = Wish.WAIT if busy else self._follow.wish(new, self.desk.clock(), changed=changed)
        if wish is Wish.WAIT:
            self.center.set_banner(new, changed=changed)
        elif wish is Wish.TOP:
            self._keep = None
            self.model.take_in()
        else:
            pk = self.view.current_pk()
            self._keep = (pk, self.model.rowCount() + new)  # the list itself stays at its top
            self.model.take_in(unless_gone=pk)

    def _entered(self, report_id: str) -> None:
        """Somebody entered a report by hand: the list takes it in, and the cursor goes there."""
        if self._active:
            self._pending_report = report_id
            self._take_in()

    def _kept_back(self) -> None:
        self._keep = None
        self.center.set_banner(self._waiting[0], changed=self._waiting[1])

    def _take_in(self) -> None:
        self._keep = (self.view.current_pk(), self.view.from_top())
        self.view.handled.clear()
        self.center.set_banner(0, changed=False)
        self.model.take_in()
        self.freshness.count_again()

    def _directory_changed(self) -> None:
        self.view.painter_of_rows.set_directory(self.desk.directory)
        self.view.viewport().update()
        self.panel.retranslate()

    def _actor_changed(self) -> None:
        if self.current_view.filter.claimed_by is not None and self._active:
            self._show()
        self._data_changed(None)

    def _setting_changed(self, name: str) -> None:
        if name == KEYMAP.name:
            self.keys.bind()
            self.retranslate()

    # -- the report under the cursor ---------------------------------------------------------------------------

    def _there(self) -> bool:
        return self.model.rowCount() > 0

    def _rows_arrived(self) -> None:
        row = self.model.row_data(self.view.currentIndex().row())
        if row is not None:
            self.panel.show_row(row)
            self._reader.show(row, self.panel.detail, revealed=row.pk == self._revealed)
            if self.panel.detail is None or self.panel.detail.pk != row.pk:
                self._detail_timer.start()

    def _current_changed(self) -> None:
        if self.view.current_pk() != self._revealed:
            self._revealed = None
        self.panel.show_row(self.model.row_data(self.view.currentIndex().row()))
        self._reader.leave()
        self._detail_timer.start()
        self._show_position()
        if self._on_map:
            self.map.show_current(self.view.current_pk())

    def _load_detail(self) -> None:
        pk = self.view.current_pk()
        if pk is not None and self._active:
            self.desk.tasks.replace("triage.detail", self._read_detail(pk))

    async def _read_detail(self, pk: int) -> None:
        try:
            revealed = pk == self._revealed
            detail = await self.desk.readers.run(self.desk.store.report, pk, revealed=revealed)
        except DeskError as problem:
            self._failed(problem)
            return
        if detail is not None:
            self.panel.show_detail(detail, revealed=revealed)
            row = self.model.row_data(self.view.currentIndex().row())
            self._reader.show(row, detail, revealed=revealed)

    def _replies_read(self, _ids: frozenset[str]) -> None:
        """The sign goes; the list itself stays as it is under the hand."""
        self.freshness.refresh()
        self.freshness.count_again()

    def _reveal(self, pk: int) -> None:
        """Show what was said in private as long as the cursor rests on it; whoever comes back gives a reason again."""
        self._revealed = pk
        self._load_detail()

    def open_report(self, report_id: str) -> None:
        """Show a report by its id: in the view on show if it is there, else among all."""
        self.desk.tasks.replace("triage.find", self._find(report_id))

    async def _find(self, which: str | int) -> None:
        detail = await self.desk.readers.run(self.desk.store.report, which)
        if detail is None:
            self.desk.notify.say(tr("triage.not_here"), replaces="find")
            return
        row = self.model.row_of(detail.pk) if self.model.whole else None
        if row is not None:
            self.view.go_to(row)
            self.view.setFocus()
        elif not self.model.whole or self.current_view.key != "all" or self._text:
            self._pending_report = detail.report.id
            self.open_view("all")
        else:
            self._pending_report = detail.report.id
            self._take_in()

    def _open_current(self) -> None:
        self.panel.setFocus(Qt.FocusReason.TabFocusReason)

    def _to_table(self) -> None:
        self.center.take_focus()

    def _back(self) -> None:
        """Esc: first lay down a tool of the map, then lose the marks, then the search, then just be at the table."""
        if self._on_map and self.map.lay_down():
            return
        at_list = self.view.hasFocus() or (self._on_map and self.map.hasFocus())
        if at_list and self.view.marked != frozenset():
            self.view.set_marked(frozenset())
        elif at_list and self._text:
            self.center.clear_search()
            self._search("")
        self._to_table()

    def _copy(self) -> None:
        row = self.model.row_data(self.view.currentIndex().row())
        if row is not None:
            QGuiApplication.clipboard().setText(formats.one_line(row.external_id, 200))
            self.desk.notify.say(
                tr("triage.copied", report=formats.one_line(row.external_id, 60)), replaces="copy"
            )

    def target(self) -> Target | None:
        """What a decision is about now: the marked reports, or the one under the cursor."""
        from smartcity_desk.ui.triage.asking import Target

        marked = self.view.marked
        if marked is None:
            return Target(whole=self.model.filter)
        if marked:
            only = self.model.row_data(self.view.currentIndex().row())
            if len(marked) == 1 and only is not None and only.pk in marked:
                return Target(rows=(only,))
            return Target(pks=tuple(sorted(marked)))
        row = self.model.row_data(self.view.currentIndex().row())
        return None if row is None else Target(rows=(row,))

    # -- what the foot says, what is remembered ----------------------------------------------------------------

    def _show_position(self) -> None:
        first, last = self.view.window_rows()
        self.center.set_position(first, last, self.model.rowCount(), self.model.whole)

    def _show_marks(self) -> None:
        self.center.set_marks(self.view.marked, self.model.rowCount())
