"""What the list shows: which view, in which order, with which words; and views kept, renamed and dropped."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.query import Filter, Order, View, for_user
from smartcity_desk.domain.report import OPEN_STATUSES
from smartcity_desk.i18n import tr
from smartcity_desk.ui.commands import VIEW_KEYS
from smartcity_desk.ui.triage.model import SORTS
from smartcity_desk.ui.triage.teaching import as_query
from smartcity_desk.ui.triage.views import Views
from smartcity_desk.ui.triage.words import office_name

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.center import Center
    from smartcity_desk.ui.triage.sidebar import SideBar

_ORDERS: Final = (Order.NEWEST, Order.OLDEST, Order.DUE)


class OnShow(QObject):
    """The view on show; what is typed and how it is ordered besides. The side bar and the search field follow it."""

    changed = Signal()
    """The filter is another one: the list begins anew."""
    renamed = Signal()
    """The view on show is called otherwise, or is kept now; what it shows is the same."""

    def __init__(self, desk: Desk, views: Views, sidebar: SideBar, center: Center, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._sidebar = sidebar
        self._center = center
        self._window = window
        self._order: Order | None = None
        self.views = views
        self.view = views.last()
        self.text = ""
        """What is searched for, as the store's words."""
        sidebar.chosen.connect(self.open)
        sidebar.save_wanted.connect(self.save)
        center.search_changed.connect(self._search)
        center.order_wanted.connect(self.next_order)
        center.everywhere_wanted.connect(self._search_everywhere)

    def bind(self) -> None:
        """Its commands."""
        bind = self._desk.commands.bind
        bind("view.search", self.focus_search)
        bind("view.order", self.next_order)
        bind("view.next", lambda: self._step(1))
        bind("view.previous", lambda: self._step(-1))
        bind("view.save", self.save)
        bind("view.rename", self._rename, self._own)
        bind("view.delete", self._delete, self._own)
        for n in range(VIEW_KEYS):
            bind(f"view.{n + 1}", partial(self._open_nth, n))

    @property
    def filter(self) -> Filter:
        """What is on show: the view, as this user, with what was typed and the chosen order."""
        user = "" if self._desk.actor is None else self._desk.actor.user
        wanted = for_user(self.view.filter, user)
        if self.text:
            return replace(wanted, text=self.text, order=Order.NEWEST)
        return wanted if self._order is None else replace(wanted, order=self._order)

    # -- views -------------------------------------------------------------------------------------------------

    def open(self, key: str) -> None:
        """Show a view from its beginning."""
        found = self.views.get(key)
        if found is not None:
            self.views.remember(found)
            self._open(found)

    def open_office(self, code: str) -> None:
        """Show what an office holds and has not finished; it can be kept as a view."""
        wanted = Filter(statuses=OPEN_STATUSES, office=code, order=Order.DUE)
        self._open(View(f"office.{code}", wanted, office_name(self._desk.directory, code)))

    def _open(self, found: View) -> None:
        self.view = found
        self._order, self.text = None, ""
        self._center.clear_search()
        self._sidebar.set_current(found.key)
        self.changed.emit()

    def list_views(self) -> None:
        """Fill the side bar."""
        self._sidebar.set_views(self.views.all, self.view.key)

    def _step(self, by: int) -> None:
        keys = [view.key for view in self.views.all]
        at = keys.index(self.view.key) if self.view.key in keys else -1
        self.open(keys[(at + by) % len(keys)])

    def _open_nth(self, n: int) -> None:
        views = self.views.all
        if n < len(views):
            self.open(views[n].key)

    def _own(self) -> bool:
        return not self.view.builtin and self.views.get(self.view.key) is not None

    def save(self) -> None:
        """Keep what is on show as a view, under a name that is asked for."""
        from smartcity_desk.ui.triage.viewbook import ask_to_save

        wanted = replace(self.view.filter, text=self.text, order=self.filter.order)
        self._desk.tasks.spawn(
            self._saved(ask_to_save(self._desk, self.views, wanted, self._window)), name="view.save"
        )

    def _rename(self) -> None:
        from smartcity_desk.ui.triage.viewbook import ask_to_rename

        self._desk.tasks.spawn(
            self._saved(ask_to_rename(self._desk, self.views, self.view, self._window)), name="view.rename"
        )

    async def _saved(self, asking: Awaitable[View | None]) -> None:
        view = await asking
        if view is None:
            return
        if view.key != self.view.key:
            self.open(view.key)
        self.view = view
        self.list_views()
        self.renamed.emit()

    def _delete(self) -> None:
        from smartcity_desk.ui.triage.viewbook import save_settings

        gone = self.views.delete(self.view.key)
        if gone is None:
            return
        self._desk.tasks.spawn(save_settings(self._desk), name="view.delete")
        self.open(self.views.all[0].key)
        self.list_views()
        self._desk.notify.done(tr("triage.view.deleted", name=gone.name), replaces="view")

    # -- order and search --------------------------------------------------------------------------------------

    def sort_by(self, column: str) -> None:
        """Order by a column, or the other way round if it is ordered so."""
        orders = SORTS.get(column)
        if orders is None:
            self._desk.notify.say(tr("triage.column.sorts_not"), replaces="sort")
            return
        now = self.filter.order
        self._set_order(orders[(orders.index(now) + 1) % len(orders)] if now in orders else orders[0])

    def next_order(self) -> None:
        """The next way to order the list."""
        self._set_order(_ORDERS[(_ORDERS.index(self.filter.order) + 1) % len(_ORDERS)])

    def _set_order(self, order: Order) -> None:
        if self.text:
            self._desk.notify.say(tr("triage.order.search"), replaces="sort")
            return
        self._order = order
        self.changed.emit()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self._center.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._center.search.selectAll()

    def search_for(self, text: str) -> None:
        """Search in the view on show, as if it had been typed."""
        self._center.search.setText(text)
        self._center.search_now()

    def leave_search(self) -> None:
        """Show all of the view again."""
        self._center.clear_search()
        self._search("")

    def _search(self, typed: str) -> None:
        text = as_query(typed)
        if text != self.text:
            self.text = text
            self.changed.emit()

    def _search_everywhere(self) -> None:
        typed = self._center.search.text()
        self.open("all")
        self.search_for(typed)
