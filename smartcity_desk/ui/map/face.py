"""Peta: the map that takes the table's place, over the same list, the same marks and the same report."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from smartcity_desk import config, i18n
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.commands import MAP, TRIAGE
from smartcity_desk.ui.layers import shelf_of
from smartcity_desk.ui.map.answers import Kind, Viewer, Wanted
from smartcity_desk.ui.map.bar import MapBar
from smartcity_desk.ui.map.following import Following
from smartcity_desk.ui.map.layering import Layering
from smartcity_desk.ui.map.layers import LayerBook
from smartcity_desk.ui.map.legend import Legend
from smartcity_desk.ui.map.memory import Look
from smartcity_desk.ui.map.page import Asset
from smartcity_desk.ui.map.points import PointBook
from smartcity_desk.ui.map.said import Said
from smartcity_desk.ui.map.stage import Stage
from smartcity_desk.ui.map.timebar import TimeBar
from smartcity_desk.ui.map.tip import report_tip
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.places import places_of
from smartcity_desk.ui.shortcuts import ScreenKeys
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QHideEvent, QKeyEvent

    from smartcity_desk.ui.map.scheme import Question
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.model import ReportTable
    from smartcity_desk.ui.triage.view import ReportView

_log = logging.getLogger(__name__)

TICK_MS: Final = 60_000
STEP: Final = 120
"""Pixels by which an arrow key moves the map."""
JAKARTA: Final = (-6.372, 106.686, -6.09, 106.973)
_ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_BINARY: Final = "application/octet-stream"
_JSON: Final = "application/json"


def page_words() -> dict[str, str]:
    """The few words that the page has of its own."""
    return {"language": i18n.language(), "cluster": tr("map.cluster", n="%1", late="%2")}


class MapFace(QWidget):
    """The parts of the map wired: what the page is told, what it says, and every key that works on it."""

    chosen = Signal(int, bool)
    """A report was clicked: its pk, and whether it is to be marked besides."""
    drawn = Signal(object)
    """A picture is on screen: what the page said of it, as `Said`."""
    gave_up = Signal()
    moved_to = Signal(float, float)
    """A new place for the report in hand: latitude and longitude."""

    def __init__(
        self,
        desk: Desk,
        model: ReportTable,
        table: ReportView,
        view_name: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        """`view_name` says what the list on show is called."""
        super().__init__(parent)
        self.desk = desk
        self.view_name = view_name
        self._model = model
        self._table = table
        self.viewer = Viewer(PointBook())
        self.layers = LayerBook(
            partial(places_of, desk), lambda: desk.directory, desk.store, self.viewer, shelf_of(desk)
        )
        self.look = Look.load(desk.settings)
        self.tool = ""
        self.box: tuple[float, float, float, float] | None = None
        self.points = Following(desk, self.viewer.book, self)
        self.stage = Stage(desk, self._answer, self)
        self._active = False
        self._pictured = False
        self._last: Said | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._minute)
        model.complete.connect(lambda _: self._new_list())
        model.busy_changed.connect(lambda _: self._show_busy())
        table.marks_changed.connect(self.lay)
        self.points.read.connect(self._points_read)
        self.stage.opened.connect(self._opened)
        self.stage.said.connect(self._heard)
        self.stage.gave_up.connect(self._give_up)
        desk.bridge.settings_changed.connect(self._setting_changed)
        desk.bridge.layers_changed.connect(lambda _: self.read_layers())
        self._bind()
        self.keys = ScreenKeys(desk.commands, MAP, self)
        self.retranslate()

    def _build(self) -> None:
        desk = self.desk
        self.bar = MapBar(desk, self)
        self.line = QProgressBar(self)
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        kept = self.line.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.line.setSizePolicy(kept)
        self.layering = Layering(desk, self.layers, self.look, self)
        self.layering.changed.connect(self._push_layers)
        self.layering.colored.connect(self._colored)
        self.bar.colored.connect(self.layering.set_color)
        middle = basic.row(self.layering.list, spacing=0)
        middle.addWidget(self.stage, 1)
        self.time = TimeBar(desk, self)
        self.time.moved.connect(lambda _: self._push())
        self.legend = Legend(desk, self)
        self.caption = basic.label(tone="muted", step=-1)
        foot = basic.frame(ground="surface", line="top")
        # Always two lines: one that came and went with the words would change the map's size, and with it the words.
        foot.setLayout(basic.column(self.legend, self.caption, spacing=2, margins=(10, 3, 10, 3)))
        whole = basic.column(self.bar, self.line, spacing=0)
        whole.addLayout(middle, 1)
        whole.addWidget(self.time)
        whole.addWidget(foot)
        self.setLayout(whole)
        self.bar.show_state("layers", self.look.panel)
        self.bar.show_state("heat", self.look.heat)
        self.bar.show_color(self.look.color)

    def _bind(self) -> None:
        bind = self.desk.commands.bind
        for name, (right, down) in zip(("left", "right", "up", "down"), _ARROWS.values(), strict=True):
            bind(f"map.{name}", partial(self.pan, right, down))
        bind("map.zoom_in", lambda: self.zoom(1))
        bind("map.zoom_out", lambda: self.zoom(-1))
        bind("map.layers", self.toggle_layers)
        bind("map.color", self.layering.next_color)
        bind("map.heat", self.toggle_heat)
        bind("map.time", self.toggle_time)
        bind("map.play", self._play)
        bind("map.earlier", lambda: self._step_time(-1), self.time.isVisible)
        bind("map.later", lambda: self._step_time(1), self.time.isVisible)
        bind("map.lasso", lambda: self.use("" if self.tool == "lasso" else "lasso"))
        bind("map.measure", lambda: self.use("" if self.tool == "measure" else "measure"))
        bind("map.area", lambda: self.stage.call("around"))
        bind("map.fit", self.fit)
        bind("map.find", self._find)
        bind("map.print", self._print)

    # -- shown and hidden --------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Shown: the first time this starts everything; later what has changed meanwhile is read."""
        self._active = True
        self._tick.start()
        self.points.start()
        if self.stage.view is None:
            self.stage.open()
            self._show_busy()
        else:
            self._minute()
            self.show_current(self._table.current_pk())
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def deactivate(self) -> None:
        """Hidden: nothing is read and nothing drawn until it is shown again."""
        self._active = False
        self._tick.stop()
        self.points.stop()
        self.stage.leave()
        self.time.stop()
        self.look.save(self.desk.settings)

    def hideEvent(self, event: QHideEvent) -> None:
        """The window closes."""
        super().hideEvent(event)
        if not event.spontaneous() and self._active:
            self.deactivate()

    # -- what the page draws -----------------------------------------------------------------------------------

    def _new_list(self) -> None:
        self.lay()
        self.layering.refill()

    def lay(self) -> None:
        """Take the table's list and marks; the page then asks for them."""
        if self._model.whole:
            self.viewer.lay(self._model.snapshot, self._table.marked)
            self._push()

    def wants(self) -> dict[str, object]:
        """What the page is to draw of the reports."""
        since, until = self.time.stretch() if self.time.isVisible() else (None, None)
        hidden = not self.viewer.book.loaded or self.viewer.pks is None
        return {
            "serial": self.viewer.serial,
            "hidden": hidden,
            "heat": self.look.heat,
            "thin": bool(self.look.color),
            "since": since,
            "until": until,
        }

    def _push(self) -> None:
        if self._active:
            self.stage.call("show", self.wants())

    def _opened(self) -> None:
        """The page is new and knows nothing."""
        self.stage.call("words", page_words())
        self.stage.call("go", self.look.lat, self.look.lon, self.look.zoom)
        self._push()
        self.show_current(self._table.current_pk())
        self.stage.call("tool", self.tool)
        self._pictured = False

    def show_current(self, pk: int | None) -> None:
        """Ring the report under the table's cursor."""
        self.stage.call("current", None if pk is None else self.viewer.book.position(pk))

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
        if what == "tile":
            picture = self.layers.tile(int(question["z"]), int(question["x"]), int(question["y"]))
            return None if picture is None else Asset(*picture)
        if what == "names":
            return Asset(self.layers.labels(), _JSON)
        if what == "layer":
            body = self.layers.answer(question["key"], now)
            return None if body is None else Asset(body, _JSON)
        return None

    @property
    def answers(self) -> Callable[[str, Question], Asset | None]:
        """What answers a page of this map: a page on paper asks the same."""
        return self._answer

    # -- layers ------------------------------------------------------------------------------------------------

    def read_layers(self) -> None:
        """Look at the shelf again, if the list of layers has been read before: an edition came, or one grew old."""
        if self._active and self._pictured:
            self.desk.tasks.replace("map.layers", self.layering.read())

    def _push_layers(self) -> None:
        self._show_caption()
        if self.layering.edition:
            self.stage.call("names", self.layering.edition)
            self.stage.call("layers", self.layering.wanted())

    def show_layer(self, key: str) -> None:
        """Switch a layer on, as if its box had been ticked."""
        self.layering.show(key)

    def _colored(self, color: str) -> None:
        self.bar.show_color(color)
        self._push()
        self.legend.show_kind(self.legend.kind, color)

    def toggle_layers(self) -> None:
        """Show or hide the list of layers."""
        self.bar.show_state("layers", self.layering.toggle_panel())

    def toggle_heat(self) -> None:
        """Heat instead of counts, and back."""
        self.look.heat = not self.look.heat
        self.bar.show_state("heat", self.look.heat)
        self._push()

    # -- time --------------------------------------------------------------------------------------------------

    def toggle_time(self) -> None:
        """Show the thirty days, or all of the list again."""
        if self.time.isVisible():
            self.time.stop()
            self.time.hide()
            self._push()
        else:
            self.time.begin()
        self.bar.show_state("time", self.time.isVisible())

    def _play(self) -> None:
        if not self.time.isVisible():
            self.toggle_time()
        self.time.toggle()

    def _step_time(self, by: int) -> None:
        self.time.slider.setValue(self.time.slider.value() + by)

    # -- what the page says ------------------------------------------------------------------------------------

    def _heard(self, what: str, values: Mapping[str, str]) -> None:
        try:
            said = Said.of(what, values)
        except (ValueError, KeyError):
            _log.warning("the map said %s in a way that nobody does", what[:20])
            return
        if said.what == "drawn":
            self._show_busy()
            self._last = said
            self._show_caption()
            if not self._pictured and not self.wants()["hidden"]:
                self._pictured = True  # the borders come after the first picture, not before
                self.desk.tasks.replace("map.layers", self.layering.read())
            self.drawn.emit(said)
        elif said.what == "view":
            self.look.lat, self.look.lon, self.look.zoom, self.box = said.lat, said.lon, said.zoom, said.box
        elif said.what == "chosen":
            self.chosen.emit(said.pk, said.add)
        elif said.what == "lasso":
            self.desk.tasks.replace("map.lasso", self._mark_within(said.ring))
        elif said.what == "moved_to":
            self.use("")
            self.moved_to.emit(said.lat, said.lon)

    async def _mark_within(self, ring: tuple[tuple[float, float], ...]) -> None:
        """Mark what lies inside a line: the same marks as the table's, so that the same keys act on them."""
        since, until = self.time.stretch() if self.time.isVisible() else (None, None)
        found = await self.desk.readers.run(self.viewer.lasso, list(ring), since, until, self.desk.clock())
        self.use("")
        if found:
            self._table.set_marked(found)
        else:
            self.desk.notify.say(tr("map.lasso.empty"), replaces="map")

    def _show_caption(self) -> None:
        said = self._last
        if said is None:
            return
        parts = [tr("map.caption", n=formats.number(said.total))]
        if said.off:
            parts.append(tr("map.caption.off", n=formats.number(said.off)))
        if self._model.rowCount() == 0:
            parts = [tr("map.caption.empty")]
        if self.layering.approximate:
            parts.append(tr("map.caption.approximate"))
        credit = self.layering.credit()
        if credit:
            parts.append(credit)
        self.caption.setText(" · ".join(parts))
        self.legend.show_kind(Kind(said.kind), self.look.color)

    def _show_busy(self) -> None:
        opening = not self.viewer.book.loaded or (self.stage.view is not None and not self.stage.ready)
        self.line.setVisible(self._model.busy or (opening and not self.stage.over))

    def _give_up(self) -> None:
        """The work goes on in the table; where the map was it says why, until the desk is opened anew."""
        self._show_busy()
        self.desk.notify.say(tr("map.gave_up.said"), Level.WARNING, seconds=20.0, replaces="map")
        if self._active:
            self.desk.bridge.navigate.emit(TRIAGE)
        self.gave_up.emit()

    # -- data changes underneath -------------------------------------------------------------------------------

    def _points_read(self, first: bool) -> None:
        if first:
            self.lay()
        else:
            self.viewer.touch()
            self._push()
            self.layering.refill()
        self.show_current(self._table.current_pk())

    def _minute(self) -> None:
        """Due dates pass without anybody doing anything."""
        self.points.catch_up()
        self.viewer.touch()
        self._push()
        if self.layering.ages():
            self.read_layers()

    # -- the hand ----------------------------------------------------------------------------------------------

    def pan(self, right: int, down: int) -> None:
        """Move by steps."""
        self.stage.call("pan", right * STEP, down * STEP)

    def zoom(self, by: int) -> None:
        """Nearer or farther."""
        self.stage.call("zoom", by)

    def fit(self) -> None:
        """All of the city."""
        self.stage.call("fit", *JAKARTA)

    def go_to(self, lat: float, lon: float, zoom: int | None = None) -> None:
        """Move the map's middle; a page that is not there yet begins there."""
        if not self.stage.ready:
            self.look.lat, self.look.lon, self.look.zoom = lat, lon, zoom or self.look.zoom
        self.stage.call("go", lat, lon, zoom)

    def use(self, tool: str) -> None:
        """Take a tool into the hand, or with an empty name lay it down."""
        self.tool = tool
        self.stage.call("tool", tool)
        for name in ("lasso", "measure"):
            self.bar.show_state(name, tool == name)
        hints = {"lasso": "map.hint.lasso", "measure": "map.hint.measure", "move": "map.hint.move"}
        if tool:
            self.desk.notify.say(tr(hints[tool]), replaces="map")
        else:
            self.desk.notify.withdraw("map")

    def lay_down(self) -> bool:
        """Esc: lay the tool down; tell whether there was one."""
        if not self.tool:
            return False
        self.use("")
        return True

    def _find(self) -> None:
        from smartcity_desk.ui.map.finding import find_place

        self.desk.tasks.spawn(find_place(self.desk, self), name="map.find")

    def _print(self) -> None:
        from smartcity_desk.ui.map.printing import print_map

        self.desk.tasks.replace("map.print", print_map(self.desk, self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows move the map; everything else is a command's key."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            self.pan(*step)

    # -- words and theme ---------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("map.title"))
        self.line.setAccessibleName(tr("triage.busy"))
        for part in (self.bar, self.layering.list, self.stage, self.time, self.legend):
            part.retranslate()
        if self.stage.ready:
            self._opened()

    def _setting_changed(self, name: str) -> None:
        if name == config.KEYMAP.name:
            self.keys.bind()
            self.bar.retranslate()

    def restyle(self) -> None:
        """The new theme has a page of its own."""
        self.legend.update()
        if self.stage.view is not None or self._active:
            self.stage.open()
