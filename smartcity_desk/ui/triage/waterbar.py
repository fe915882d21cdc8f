"""Tinggi muka air: a line above the table while a gauge stands above a threshold, once a crossing, until it has fallen.

It says what was read and when. A gauge that has fallen silent is told as silent, never as the state of now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget

from smartcity_desk import config
from smartcity_desk.domain import waterlevel
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.layers import shelf_of
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.domain.waterlevel import Watch
    from smartcity_desk.ui.services import Desk

LOOK_MS: Final = 60_000
"""Ages pass without anybody doing anything."""
FIRST_LOOK_MS: Final = 2_500
MOST_SEEN: Final = 100
"""Crossings that were put away and are remembered."""


def gauge_words(watch: Watch, now: int) -> str:
    """`▲ P.A. Manggarai Siaga 3 — 762 cm, naik 21 cm sejak 08.10, diperbarui 8 mnt lalu`."""
    from smartcity_desk.place.saying import centimetres
    from smartcity_desk.ui.map.city import trend_words

    reading = watch.station.reading
    said = {
        "name": formats.one_line(watch.station.name, 60),
        "siaga": tr(f"map.siaga.{watch.siaga}"),
        "level": centimetres(reading.level),
    }
    if waterlevel.is_stale(reading, now):
        return tr("layer.water.stale", time=formats.near(reading.at, now), **said)
    moved = waterlevel.trend(watch.readings, watch.station.before)
    age = formats.ago(reading.at, now)
    if moved is None:
        return tr("layer.water.plain", age=age, **said)
    return tr("layer.water.said", trend=trend_words(moved), age=age, **said)


class WaterBar(QFrame):
    """Gone while every gauge is normal. A crossing that was put away stays away; a worse or a new one comes again."""

    wanted = Signal(float, float)
    """Show this place on the map: latitude and longitude."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._found: list[Watch] = []
        self.setProperty("ground", "raised")
        self.setProperty("line", "bottom")
        self.said = basic.label(tone="soon", bold=True, wrap=True)
        self.open = basic.button()
        self.open.setAutoDefault(False)
        self.open.clicked.connect(self._open)
        self.away = basic.button(kind="quiet")
        self.away.clicked.connect(self._put_away)
        layout = basic.row(self.said, self.open, self.away, margins=(10, 4, 10, 4))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._timer = QTimer(self)
        self._timer.setInterval(FIRST_LOOK_MS)
        self._timer.timeout.connect(self.look)
        desk.bridge.layers_changed.connect(self._layer_changed)
        self.hide()

    @property
    def current(self) -> Watch | None:
        """The gauge that the line speaks of."""
        return self._found[0] if self._found else None

    def start(self) -> None:
        """Look in a moment, and every minute from then on."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _layer_changed(self, told: object) -> None:
        from smartcity_desk.place.layers.gauges import LAYER

        if isinstance(told, dict) and told.get("layer") == LAYER and self._timer.isActive():
            self.look()

    def look(self) -> None:
        """Read what is remembered of the gauges, beside everything else."""
        self._timer.setInterval(LOOK_MS)
        self._desk.tasks.replace("water.look", self._look())

    async def _look(self) -> None:
        from smartcity_desk.place.layers import gauges

        watches = await self._desk.errands.run(gauges.watches, shelf_of(self._desk))
        if alive(self):
            self.show_watches(list(watches.values()))

    def show_watches(self, watches: list[Watch]) -> None:
        """Say the worst of what stands above a threshold and was not put away."""
        self._found = waterlevel.alerts(watches, self._seen(), self._desk.clock())
        self._fill()

    def _seen(self) -> frozenset[str]:
        kept = self._desk.settings.get(config.WATER_SEEN)
        return frozenset(one for one in kept if isinstance(one, str))

    def _put_away(self) -> None:
        if self.current is None:
            return
        kept = [*self._desk.settings.get(config.WATER_SEEN), self.current.crossing]
        self._desk.settings.set(config.WATER_SEEN, kept[-MOST_SEEN:])  # whoever closes the desk saves them
        self._found = self._found[1:]
        self._fill()

    def _open(self) -> None:
        if self.current is not None:
            self.wanted.emit(self.current.station.lat, self.current.station.lon)

    def _fill(self) -> None:
        watch = self.current
        self.setVisible(watch is not None)
        self.open.setText(tr("layer.water.map"))
        self.away.setText(tr("layer.water.hide"))
        if watch is None:
            return
        now = self._desk.clock()
        parts = [gauge_words(watch, now)]
        if len(self._found) > 1:
            parts.append(trn("layer.water.more", len(self._found) - 1))
        stale = waterlevel.is_stale(watch.station.reading, now)
        basic.set_tone(self.said, "muted" if stale else "overdue" if watch.siaga <= 2 else "soon")
        self.said.setText(" ".join(parts))

    def retranslate(self) -> None:
        """Every text anew."""
        self.setAccessibleName(tr("layer.water.name"))
        self._fill()
