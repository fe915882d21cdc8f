"""Peta: the map that takes the table's place, over the same list, the same marks and the same report."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QStackedLayout, QWidget

from smartcity_desk import i18n
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.commands import MAP
from smartcity_desk.ui.map.answers import Viewer, Wanted
from smartcity_desk.ui.map.page import Asset, PageShelf, assets
from smartcity_desk.ui.map.points import PointBook
from smartcity_desk.ui.map.said import Said
from smartcity_desk.ui.map.tip import report_tip
from smartcity_desk.ui.map.view import MapView, prepare
from smartcity_desk.ui.shortcuts import ScreenKeys
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QHideEvent, QKeyEvent

    from smartcity_desk.ui.map.scheme import Question
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.model import ReportTable
    from smartcity_desk.ui.triage.view import ReportView

_log = logging.getLogger(__name__)

FOLLOW_MS: Final = 700
"""At most so often is read what has changed of reports while data streams in."""
TICK_MS: Final = 60_000
STEP: Final = 120
"""Pixels by which an arrow key moves the map."""
_ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_BINARY: Final = "application/octet-stream"
_JSON: Final = "application/json"


class MapFace(QWidget):
    """Everything heavy runs in a reader's thread: reading positions, counting them, making the page."""

    chosen = Signal(int, bool)
    """A report was clicked: its pk, and whether it is to be marked besides."""
    drawn = Signal(object)
    """A picture is on screen: what the page said of it, as `Said`."""
    gave_up = Signal()

    def __init__(
        self, desk: Desk, model: ReportTable, table: ReportView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.desk = desk
        self._model = model
        self._table = table
        self.viewer = Viewer(PointBook())
        self.view: MapView | None = None
        self._common: dict[str, Asset] = {}
        self._shelf = PageShelf(desk.paths.cache / "map")
        self._active = False
        self._changed: set[int] | None = set()
        self._behind = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.line = QProgressBar(self)
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        kept = self.line.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.line.setSizePolicy(kept)
        self._gone = basic.label(tone="muted", wrap=True)
        self._gone.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedLayout()
        self._room = QWidget(self)
        self._pages.addWidget(self._room)
        self._pages.addWidget(self._gone)
        self.caption = basic.label(tone="muted", step=-1)
        foot = basic.frame(ground="surface", line="top")
        foot.setLayout(basic.row(self.caption, 0, margins=(10, 3, 10, 3)))
        whole = basic.column(self.line, spacing=0)
        whole.addLayout(self._pages, 1)
        whole.addWidget(foot)
        self.setLayout(whole)
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.setInterval(FOLLOW_MS)
        self._follow.timeout.connect(self._read_changes)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._minute)
        model.complete.connect(lambda _: self.lay())
        model.busy_changed.connect(lambda _: self._show_busy())
        table.marks_changed.connect(self.lay)
        desk.bridge.reports_changed.connect(self._reports_changed)
        self._bind()
        self.keys = ScreenKeys(desk.commands, MAP, self)
        self.retranslate()

    def _bind(self) -> None:
        bind = self.desk.commands.bind
        bind("map.left", lambda: self.pan(-1, 0))
        bind("map.right", lambda: self.pan(1, 0))
        bind("map.up", lambda: self.pan(0, -1))
        bind("map.down", lambda: self.pan(0, 1))
        bind("map.zoom_in", lambda: self.zoom(1))
        bind("map.zoom_out", lambda: self.zoom(-1))

    # -- shown and hidden --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Shown: the first time this starts everything; later what has changed meanwhile is read."""
        self._active = True
        self._tick.start()
        if self.view is None:
            self._start()
        elif self._changed is None or self._changed or self._behind:
            self._read_changes()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def deactivate(self) -> None:
        """Hidden: nothing is read and nothing drawn until it is shown again."""
        self._active = False
        self._tick.stop()
        self._follow.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """The window closes."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.deactivate()

    def _start(self) -> None:
        prepare(software=False)
        self.view = MapView(self.desk, self._answer, self)
        self.view.opened.connect(self._opened)
        self.view.said.connect(self._heard)
        self.view.gave_up.connect(self._give_up)
        self._pages.insertWidget(0, self.view)
        self._pages.setCurrentWidget(self.view)
        self._show_busy()
        self.desk.tasks.replace("map.page", self._open_page())
        self.desk.tasks.replace("map.points", self._load_points())

    async def _open_page(self) -> None:
        name, tokens = self.desk.theme.name, self.desk.theme.tokens
        if not self._common:
            self._common = await self.desk.errands.run(assets)
        own = await self.desk.errands.run(self._shelf.take, name, tokens)
        if self.view is not None:
            self.view.open(name, {**self._common, **own})

    async def _load_points(self) -> None:
        try:
            await self.desk.readers.run(self.viewer.book.load, self.desk.store)
        except DeskError as problem:
            self.desk.notify.error(problem)
            return
        self._changed = set()
        self.lay()

    # -- what the page draws -----------------------------------------------------------------------------------

    def lay(self) -> None:
        """Take the table's list and marks; the page then asks for them."""
        if self._model.whole:
            self.viewer.lay(self._model.snapshot, self._table.marked)
            self._push()

    def _push(self) -> None:
        if self.view is None or not self._active:
            self._behind = True
            return
        self._behind = False
        hidden = not self.viewer.book.loaded or self.viewer.pks is None
        self.view.call("show", {"serial": self.viewer.serial, "hidden": hidden})

    def _opened(self) -> None:
        """The page is new and knows nothing."""
        if self.view is None:
            return
        self.view.call(
            "words", {"language": i18n.language(), "cluster": tr("map.cluster", n="%1", late="%2")}
        )
        self._push()
        self.show_current(self._table.current_pk())

    def show_current(self, pk: int | None) -> None:
        """Ring the report under the table's cursor."""
        if self.view is not None:
            self.view.call("current", None if pk is None else self.viewer.book.position(pk))

    def _answer(self, what: str, question: Question) -> Asset | None:
        """In a reader's thread: what the page asked for."""
        now = self.desk.clock()
        if what == "reports":
            return Asset(self.viewer.draw(Wanted.of(question), now), _BINARY)
        if what == "report":
            pk = int(question["pk"])
            row = self.desk.store.rows([pk], now=now).get(pk)
            text = "" if row is None else report_tip(row, self.desk.directory, now)
            return Asset(json.dumps({"text": text}).encode(), _JSON)
        return None

    # -- what the page says ------------------------------------------------------------------------------------

    def _heard(self, what: str, values: Mapping[str, str]) -> None:
        try:
            said = Said.of(what, values)
        except (ValueError, KeyError):
            _log.warning("the map said %s in a way that nobody does", what[:20])
            return
        if said.what == "drawn":
            self._show_busy()
            self._show_caption(said)
            self.drawn.emit(said)
        elif said.what == "chosen":
            self.chosen.emit(said.pk, said.add)

    def _show_caption(self, said: Said) -> None:
        shown = tr("map.caption", n=formats.number(said.total), off=formats.number(said.off))
        self.caption.setText(shown)

    def _show_busy(self) -> None:
        waits = (
            self._model.busy or not self.viewer.book.loaded or (self.view is not None and not self.view.ready)
        )
        self.line.setVisible(waits)

    def _give_up(self) -> None:
        self._pages.setCurrentWidget(self._gone)
        self.gave_up.emit()

    # -- data changes underneath -------------------------------------------------------------------------------

    def _reports_changed(self, what: object) -> None:
        pks = what.get("pks") if isinstance(what, dict) else None
        self.follow(pks)

    def follow(self, pks: frozenset[int] | None) -> None:
        """Some reports are other ones now; None = anything may be."""
        if pks is None or self._changed is None:
            self._changed = None
        else:
            self._changed.update(pks)
        if self._active and self.view is not None and not self._follow.isActive():
            self._follow.start()

    def follow_reports(self, ids: frozenset[str]) -> None:
        """Reports that the operator has just acted on, by id."""
        self.desk.tasks.spawn(self._follow_ids(sorted(ids)), name="map.follow")

    async def _follow_ids(self, ids: list[str]) -> None:
        self.follow(frozenset(await self.desk.readers.run(self.desk.store.pks_of, ids)))

    def _read_changes(self) -> None:
        if self._active and self.viewer.book.loaded:
            changed, self._changed = self._changed, set()
            self.desk.tasks.spawn(self._follow_store(changed), name="map.follow")

    async def _follow_store(self, changed: set[int] | None) -> None:
        wanted = None if changed is None else sorted(changed)
        try:
            await self.desk.readers.run(self.viewer.book.follow, self.desk.store, wanted)
        except DeskError as problem:
            self.desk.notify.error(problem)
            return
        self.viewer.touch()
        self._push()

    def _minute(self) -> None:
        """Due dates pass without anybody doing anything."""
        self.viewer.touch()
        self._push()

    # -- the hand ----------------------------------------------------------------------------------------------

    def pan(self, right: int, down: int) -> None:
        """Move by steps."""
        if self.view is not None:
            self.view.call("pan", right * STEP, down * STEP)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows move the map; everything else is a command's key."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            self.pan(*step)

    def zoom(self, by: int) -> None:
        """Nearer or farther."""
        if self.view is not None:
            self.view.call("zoom", by)

    # -- words and theme ---------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("map.title"))
        self.line.setAccessibleName(tr("triage.busy"))
        self._gone.setText(tr("map.gave_up"))
        if self.view is not None and self.view.ready:
            self._opened()

    def restyle(self) -> None:
        """The new theme has a page of its own."""
        if self.view is not None:
            self.desk.tasks.replace("map.page", self._open_page())
