"""What is on screen kept true while data streams in: rows and counts read again, not too often, and only when seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.store.engine import Cancelled
from smartcity_desk.ui.beats import once

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.model import ReportTable
    from smartcity_desk.ui.triage.sidebar import SideBar
    from smartcity_desk.ui.triage.views import Views

REFRESH_MS: Final = 400
"""At most so often are the rows on screen read again while data streams in."""
COUNTS_MS: Final = 2_500
TICK_MS: Final = 60_000
"""Due dates pass without anybody doing anything, so the counts are also read once a minute."""


class Freshness(QObject):
    """Rows on screen, counts beside the views, and what waits. `plain_view` is the view's key, or None in a search."""

    refreshed = Signal()
    """The rows on screen are being read again: so should be the report."""
    failed = Signal(object)
    news = Signal(int, bool)
    """So many reports wait to be taken in, and whether the list is otherwise no longer what its view gives."""

    def __init__(
        self,
        desk: Desk,
        views: Views,
        model: ReportTable,
        sidebar: SideBar,
        parent: QObject,
        plain_view: Callable[[], str | None],
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._views = views
        self._model = model
        self._sidebar = sidebar
        self._plain_view = plain_view
        self._active = False
        self._counting = False
        self._counts_old = True
        self.rows_old = True
        self._rows_timer = once(self, REFRESH_MS, self.refresh)
        self._counts_timer = once(self, COUNTS_MS, self.count)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.count_again)

    def start(self) -> None:
        """Somebody looks."""
        self._active = True
        self._tick.start()

    def stop(self) -> None:
        """Nobody looks: what changes is noted and read later."""
        self._active = False
        for timer in (self._rows_timer, self._counts_timer, self._tick):
            timer.stop()

    def data_changed(self) -> None:
        """Something in the file is new."""
        self.rows_old = self._counts_old = True
        if self._active:
            for timer in (self._rows_timer, self._counts_timer):
                if not timer.isActive():
                    timer.start()

    def refresh(self) -> None:
        """Read the rows on screen again, now."""
        self._rows_timer.stop()
        if not self._active:
            return
        self.rows_old = False
        self._model.refresh()
        self.refreshed.emit()
        self._desk.tasks.replace("triage.news", self._news())

    async def _news(self) -> None:
        """How many reports wait to be taken in."""
        if not self._model.whole:
            return
        try:
            new = await self._desk.readers.run(
                self._desk.store.new_since, self._model.filter, self._model.newest_pk, now=self._desk.clock()
            )
        except DeskError as problem:
            self.failed.emit(problem)
            return
        self.news.emit(new, self._list_changed())

    def _list_changed(self) -> bool:
        """Whether the list on show is no longer what its view would give: reports have come, gone, or come due."""
        view = self._plain_view()
        count = None if view is None else self._sidebar.count_of(view)
        return self._model.whole and count is not None and count != self._model.rowCount()

    def count_again(self) -> None:
        """The counts may be other ones."""
        self._counts_old = True
        self.count()

    def count(self) -> None:
        """Read the counts if they are old, but never beside a list that is being read: both want the readers."""
        if self._active and self._counts_old and not self._counting and not self._model.busy:
            self._counting = True
            self._desk.tasks.spawn(self._read_counts(), name="triage.counts")

    async def _read_counts(self) -> None:
        desk, views = self._desk, self._views.all
        user = "" if desk.actor is None else desk.actor.user
        self._counts_old = False
        try:
            counts = await desk.readers.run(desk.store.counts, self._views.filters(user), now=desk.clock())
        except Cancelled:
            self._counts_old = True
            if self._active:
                self._counts_timer.start()
            return
        except DeskError as problem:
            self.failed.emit(problem)
            return
        finally:
            self._counting = False
        self._sidebar.set_counts({view.key: count for view, count in zip(views, counts, strict=True)})
        if self._model.whole:
            desk.tasks.replace("triage.news", self._news())
