"""The control chart of one office: its weeks, its own mean, and the limits that chance gives each week's n."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import pyqtgraph as pg
from PySide6.QtGui import QPainterPath

from smartcity_desk.domain.charts import ControlChart, Signal
from smartcity_desk.domain.times import DAY
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices.charts.canvas import Canvas, tick_room, triangle
from smartcity_desk.ui.offices.rows import SIGNAL_TONES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from smartcity_desk.ui.services import Desk

SYMBOLS: Final[dict[Signal, tuple[str | QPainterPath, float]]] = {
    Signal.NONE: ("o", 8),
    Signal.LOW: (triangle(down=True), 13),
    Signal.HIGH: (triangle(down=False), 13),
    Signal.RUN_LOW: (triangle(down=True, hollow=True), 12),
    Signal.RUN_HIGH: (triangle(down=False, hollow=True), 12),
}


class WeekAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Weeks by the date on which they begin."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.starts: Sequence[int] = ()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """A tick at every week, or at every second or third where there is no room."""
        step = max(1, ceil(tick_room(self, formats.day_month(27 * DAY), low, high, size)))
        return [(float(step), [float(n) for n in range(0, len(self.starts), step)])]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """Day and month."""
        return [
            formats.day_month(self.starts[round(value)]) if 0 <= round(value) < len(self.starts) else ""
            for value in values
        ]


class ControlCanvas(Canvas):
    """Weeks from left to right; a week without an item leaves a gap."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent, bottom=WeekAxis())
        self._chart: ControlChart | None = None
        self._lines: list[Any] = []
        self.scatter: Any = pg.ScatterPlotItem(pxMode=True)
        self.scatter.setZValue(10)
        self.box.addItem(self.scatter, ignoreBounds=True)
        self.restyle()

    def show_chart(self, found: ControlChart | None) -> None:
        """Draw an office's weeks."""
        self._chart = found
        self._draw()

    def restyle(self) -> None:
        """Take the theme."""
        super().restyle()
        self._draw()

    def retranslate(self) -> None:
        """Say the axes again."""
        self._draw()

    def _draw(self) -> None:
        self.drop(self._lines)
        self.say_axes(tr("offices.axis.share"), tr("offices.axis.week"))
        found = self._chart
        self.bottom.starts = [] if found is None else [point.since for point in found.points]
        self.bottom.picture = None
        self.bottom.update()
        if found is None or found.centre is None:
            self.scatter.setData(x=[], y=[])
            self.set_points([], [])
            return
        last = len(found.points) - 1
        known = [(n, point) for n, point in enumerate(found.points) if point.limits is not None]
        lows = [point.limits.low_3 for _, point in known if point.limits is not None]
        floor = max(-0.03, min([*lows, *(point.share or 0.0 for _, point in known)]) - 0.06)
        self.box.setRange(xRange=(-0.6, last + 0.6), yRange=(floor, 1.04), padding=0)
        self.line([-0.5, last + 0.5], [found.centre] * 2, self.pen("muted", 1.2), self._lines)
        ends = [end for n, _ in known for end in (n - 0.5, n + 0.5)] * 2
        limits = [point.limits for _, point in known if point.limits is not None]
        three = [one.low_3 for one in limits for _ in "ab"] + [one.high_3 for one in limits for _ in "ab"]
        two = [one.low_2 for one in limits for _ in "ab"] + [one.high_2 for one in limits for _ in "ab"]
        self.line(ends, three, self.pen("outline", 1.4), self._lines, pairs=True)
        self.line(ends, two, self.pen("outline", 1.0, dashed=True), self._lines, pairs=True)
        places = [(float(n), point.share or 0.0) for n, point in known]
        self.line([x for x, _ in places], [y for _, y in places], self.pen("accent", 1.4), self._lines, z=2)
        tones = [
            "accent" if point.signal is Signal.NONE else SIGNAL_TONES[point.signal.value][1]
            for _, point in known
        ]
        self.spots(
            self.scatter,
            places,
            [SYMBOLS[point.signal][0] for _, point in known],
            [SYMBOLS[point.signal][1] for _, point in known],
            [self.brush(tone) for tone in tones],
            [self.edge()] * len(known),
        )
        self.set_points([str(point.since) for _, point in known], places)
