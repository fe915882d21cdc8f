"""Where the map's page stands: started with the first need, opened anew for another theme, and given up for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.map.crashmark import CrashMark
from smartcity_desk.ui.map.page import Asset, PageShelf
from smartcity_desk.ui.theme import SCHEMES
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartcity_desk.ui.map.scheme import Question
    from smartcity_desk.ui.map.view import MapView
    from smartcity_desk.ui.services import Desk


class Stage(QWidget):
    """Nothing, then the page, and in the end perhaps why there is none. `answer` runs in a reader's thread."""

    opened = Signal()
    """The page is there, for the first time or again: it knows nothing yet."""
    said = Signal(str, object)
    """The page tells a word and its values, all text from outside."""
    gave_up = Signal()
    """There is no map any more in this sitting."""

    def __init__(
        self, desk: Desk, answer: Callable[[str, Question], Asset | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._answer = answer
        self._shelf = PageShelf(desk.paths.cache / "map")
        self._mark = CrashMark(desk.paths.cache / "map.opening")
        self.view: MapView | None = None
        self.over = False
        """Whether the map was given up."""
        self._gone = basic.label(tone="muted", wrap=True)
        self._gone.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._gone.setMargin(40)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(QWidget(self))
        self._pages.addWidget(self._gone)

    @property
    def ready(self) -> bool:
        """Whether a page is there that can be told something."""
        return self.view is not None and self.view.ready

    def call(self, name: str, *values: object) -> None:
        """Call a function of the page with plain values; without a page it is not called."""
        if self.view is not None:
            self.view.call(name, *values)

    def open(self) -> None:
        """Open the page in the theme of now; the first time this starts the engine."""
        self._desk.tasks.replace("map.page", self._open())

    def leave(self) -> None:
        """Nobody looks: an engine that has not been started yet is not started."""
        if self.view is None:
            self._desk.tasks.cancel("map.page")

    async def files(self, style: str) -> dict[str, Asset]:
        """The files of the page of a style."""
        return await self._desk.errands.run(self._shelf.files, style, SCHEMES[style])

    async def _open(self) -> None:
        style = self._desk.theme.name
        files = await self.files(style)
        if self.over:
            return
        if self.view is None:
            # Loading and starting the engine keeps this thread for a quarter of a second: the threads that read the
            # points and the page have been asked by now, and the page can be opened as soon as the engine is there.
            self.view = self._start_engine()
        self.view.open(style, files)

    def _start_engine(self) -> MapView:
        from smartcity_desk.ui.map.view import MapView, prepare

        software = self._mark.wants_software(self._desk.settings)
        self._mark.set()
        prepare(software=software)
        view = MapView(self._desk, self._answer, self)
        view.opened.connect(self._opened)
        view.said.connect(self.said)
        view.gave_up.connect(self._give_up)
        self._pages.insertWidget(0, view)
        self._pages.setCurrentWidget(view)
        return view

    def _opened(self) -> None:
        self._mark.clear()
        self.opened.emit()

    def _give_up(self) -> None:
        self._mark.clear()
        self.over = True
        self._pages.setCurrentWidget(self._gone)
        self.gave_up.emit()

    def retranslate(self) -> None:
        """Every text anew."""
        self._gone.setText(tr("map.gave_up"))
