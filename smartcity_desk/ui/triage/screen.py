"""Triase: views on the left, the table in the middle, the report on the right, and every key that works on them."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from smartcity_desk.config import KEYMAP
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.query import Order
from smartcity_desk.i18n import tr
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.commands import COURSE_KEYS, TRIAGE
from smartcity_desk.ui.report.panel import ReportPanel
from smartcity_desk.ui.shortcuts import ScreenKeys
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.triage.center import Center
from smartcity_desk.ui.triage.columns import LayoutMemory
from smartcity_desk.ui.triage.current import CurrentReport
from smartcity_desk.ui.triage.follow import Follow, Wish
from smartcity_desk.ui.triage.freshness import Freshness
from smartcity_desk.ui.triage.mapside import MapSide
from smartcity_desk.ui.triage.model import ReportTable
from smartcity_desk.ui.triage.onshow import OnShow
from smartcity_desk.ui.triage.sidebar import SideBar
from smartcity_desk.ui.triage.surge import SurgeBar, open_board
from smartcity_desk.ui.triage.teaching import teach
from smartcity_desk.ui.triage.views import Views, view_name
from smartcity_desk.ui.triage.waterbar import WaterBar
from smartcity_desk.ui.widgets.screen import Screen

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.asking import Target
    from smartcity_desk.ui.triage.decisions import Decisions
    from smartcity_desk.ui.triage.deeds import Deeds

_COLUMNS_MS: Final = 800
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
        self.on_show = OnShow(desk, self.views, self.sidebar, self.center, self)
        self.current = CurrentReport(desk, self.model, self.view, self.panel)
        self.map = MapSide(
            desk,
            self.model,
            self.center,
            self.panel,
            self.current,
            lambda: view_name(self.on_show.view),
            lambda: self.deeds,
            self,
        )
        self.freshness = Freshness(
            desk,
            self.views,
            self.model,
            self.sidebar,
            self,
            lambda: None if self.on_show.text else self.on_show.view.key,
        )
        self._follow = Follow(self.view, self.model)
        self._waiting = (0, False)
        self._active = False
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
        self.layout_memory = LayoutMemory(desk, self.view, self._split)
        self._columns_timer = once(self, _COLUMNS_MS, self.layout_memory.remember)
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
        decisions.revealed.connect(self.current.reveal)
        decisions.asking.bulk_done.connect(lambda: self.view.set_marked(frozenset()))
        return decisions

    def _connect(self) -> None:
        bridge = self.desk.bridge
        bridge.reports_changed.connect(self._data_changed)
        bridge.outbox_changed.connect(self._data_changed)
        bridge.directory_changed.connect(self._directory_changed)
        bridge.actor_changed.connect(self._actor_changed)
        bridge.open_report.connect(self.open_report)
        bridge.report_entered.connect(self._entered)
        bridge.open_view.connect(self.on_show.open)
        bridge.open_office.connect(self.on_show.open_office)
        bridge.settings_changed.connect(self._setting_changed)
        self.on_show.changed.connect(self._show)
        self.on_show.renamed.connect(self._renamed)
        self.model.first_page.connect(self._first_page)
        self.model.complete.connect(self._complete)
        self.model.busy_changed.connect(self.center.set_busy)
        self.model.failed.connect(self._failed)
        self.freshness.failed.connect(self._failed)
        self.freshness.news.connect(self._news)
        self.model.kept_back.connect(self._kept_back)
        self.freshness.refreshed.connect(self.current.load_soon)
        self.current.reader.read.connect(self._replies_read)
        self.view.current_changed.connect(self._current_changed)
        self.view.visible_changed.connect(self._show_position)
        self.view.marks_changed.connect(self._show_marks)
        self.view.sort_requested.connect(self.on_show.sort_by)
        self.view.opened.connect(self._open_current)
        self.view.columns_changed.connect(self._columns_timer.start)
        self.view.horizontalHeader().customContextMenuRequested.connect(self.layout_memory.show_menu)
        self._split.splitterMoved.connect(lambda *_: self._columns_timer.start())
        self.center.search_left.connect(self._to_table)
        self.center.take_in.connect(self._take_in)
        self.center.clear_marks.connect(lambda: self.view.set_marked(frozenset()))
        self.panel.left.connect(self._to_table)
        self.surge.wanted.connect(self._open_board)
        self.water.wanted.connect(self.map.open_gauge)

    def _bind(self) -> None:
        bind, there = self.desk.commands.bind, self._there
        self.on_show.bind()
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
        for name in _DECISIONS:
            bind(f"report.{name}", partial(self._decide, name))
        for n in range(1, COURSE_KEYS + 1):
            bind(f"course.{n}", partial(self._take_course, n), partial(self._has_course, n))
        bind("course.refuse", self._refuse_course, partial(self._has_course, 1))
        bind("course.details", self.panel.courses.toggle_details, partial(self._has_course, 1))
        bind("report.lead", self._open_lead, there)
        bind("triage.surge", self._open_board)
        bind("map.move", self.map.begin_move, there)
        bind("triage.second_review", partial(self._decide, "second_review"))
        bind("action.undo", self._undo)
        bind("action.redo", self._redo)

    def _has_course(self, rank: int) -> bool:
        return self.panel.courses.course(rank) is not None or self.panel.courses_coming

    def _take_course(self, rank: int) -> None:
        offer = self.panel.courses.offer
        if offer is not None and self.panel.courses.course(rank) is not None:
            self.decisions.course(offer, rank)
        else:  # a blind key decides nothing, and says so
            self.desk.notify.say(tr("course.coming"), replaces="course")

    def _refuse_course(self) -> None:
        offer, detail = self.panel.courses.offer, self.panel.courses.detail
        if offer is not None and detail is not None:
            self.decisions.refuse_course(offer, detail.state.office)

    def _decide(self, name: str) -> None:
        getattr(self.decisions, name)()

    def _open_board(self) -> None:
        self.desk.tasks.spawn(open_board(self.desk, self.deeds, self.surge, self), name="surge.open")

    def _open_lead(self) -> None:
        row = self.current.row
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
        self.map.show_face(key)

    # -- shown and hidden --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Shown: take up where it was left, with what has changed meanwhile."""
        self._active = True
        self.current.start()
        self.freshness.start()
        self.surge.start()
        self.water.start()
        if self.freshness.rows_old and not self.model.whole:
            self.on_show.open(self.on_show.view.key)
        elif self.freshness.rows_old:
            self.freshness.refresh()
        self.freshness.count_again()
        self.map.start()
        self._to_table()

    def deactivate(self) -> None:
        """Hidden: nothing is read until it is shown again."""
        self._active = False
        self.freshness.stop()
        self.surge.stop()
        self.water.stop()
        self.map.stop()
        self.current.stop()
        self._columns_timer.stop()
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
        self.on_show.list_views()
        self.center.retranslate()
        self.panel.retranslate()
        self.surge.retranslate()
        self.water.retranslate()
        self.map.retranslate()
        self.view.apply_theme()
        self._show_marks()
        self._show_position()

    def restyle(self) -> None:
        """The new theme."""
        self.view.apply_theme()
        self.layout_memory.set_columns()
        self.map.restyle()
        self.sidebar.list.viewport().update()
        self.sidebar.list.doItemsLayout()

    # -- a list begins -----------------------------------------------------------------------------------------

    def _show(self) -> None:
        self._keep = None
        self.view.set_marked(frozenset())
        self.view.handled.clear()
        self.center.set_banner(0, changed=False)
        wanted = self.on_show.filter
        self.center.set_order(wanted.order)
        column = "state" if wanted.order is Order.DUE else "age"
        self.view.show_sort(column, wanted.order is Order.OLDEST)
        self.freshness.rows_old = False
        self.model.show(wanted)

    def _renamed(self) -> None:
        self._show_or_teach()
        self._to_table()
        self.freshness.count_again()

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
            typed = self.center.search.text() if self.on_show.text else ""
            teach(self.center, self.on_show.view, typed, self.desk.commands)

    def _failed(self, problem: DeskError) -> None:
        self.desk.notify.error(problem)

    # -- data changes underneath -------------------------------------------------------------------------------

    def _data_changed(self, _what: object) -> None:
        self.freshness.data_changed()

    def _own_change(self, ids: frozenset[str]) -> None:
        self.map.follow_reports(ids)
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
        if self.on_show.view.filter.claimed_by is not None and self._active:
            self._show()
        self._data_changed(None)

    def _setting_changed(self, name: str) -> None:
        if name == KEYMAP.name:
            self.keys.bind()
            self.retranslate()

    # -- the report under the cursor ---------------------------------------------------------------------------

    def _there(self) -> bool:
        return self.model.rowCount() > 0

    def _current_changed(self) -> None:
        self.current.moved()
        self._show_position()
        self.map.show_current()

    def _replies_read(self, _ids: frozenset[str]) -> None:
        """The sign goes; the list itself stays as it is under the hand."""
        self.freshness.refresh()
        self.freshness.count_again()

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
        elif not self.model.whole or self.on_show.view.key != "all" or self.on_show.text:
            self._pending_report = detail.report.id
            self.on_show.open("all")
        else:
            self._pending_report = detail.report.id
            self._take_in()

    def _open_current(self) -> None:
        self.panel.setFocus(Qt.FocusReason.TabFocusReason)

    def _to_table(self) -> None:
        self.center.take_focus()

    def _back(self) -> None:
        """Esc: first lay down a tool of the map, then lose the marks, then the search, then just be at the table."""
        if self.map.lay_down():
            return
        at_list = self.view.hasFocus() or self.map.has_focus()
        if at_list and self.view.marked != frozenset():
            self.view.set_marked(frozenset())
        elif at_list and self.on_show.text:
            self.on_show.leave_search()
        self._to_table()

    def _copy(self) -> None:
        row = self.current.row
        if row is not None:
            QGuiApplication.clipboard().setText(words.number_of(row, 200))
            self.desk.notify.say(tr("triage.copied", report=words.number_of(row, 60)), replaces="copy")

    def target(self) -> Target | None:
        """What a decision is about now: the marked reports, or the one under the cursor."""
        from smartcity_desk.ui.triage.asking import Target

        marked = self.view.marked
        if marked is None:
            return Target(whole=self.model.filter)
        if marked:
            only = self.current.row
            if len(marked) == 1 and only is not None and only.pk in marked:
                return Target(rows=(only,))
            return Target(pks=tuple(sorted(marked)))
        row = self.current.row
        return None if row is None else Target(rows=(row,))

    # -- what the foot says, what is remembered ----------------------------------------------------------------

    def _show_position(self) -> None:
        first, last = self.view.window_rows()
        self.center.set_position(first, last, self.model.rowCount(), self.model.whole)

    def _show_marks(self) -> None:
        self.center.set_marks(self.view.marked, self.model.rowCount())
