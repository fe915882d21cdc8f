"""Observed against expected: how many items an office missed beside how many its mix of categories explains."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

import pyqtgraph as pg
from PySide6.QtGui import QPainterPath

from smartcity_desk.domain.charts import Position
from smartcity_desk.domain.equity import MixChart
from smartcity_desk.i18n import tr
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.offices.charts.canvas import Canvas, CountAxis, triangle

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from smartcity_desk.ui.services import Desk

SYMBOLS: Final[dict[Position, tuple[str | QPainterPath, float]]] = {
    Position.VERY_HIGH: (triangle(down=False), 12),
    Position.WITHIN: ("o", 7),
    Position.VERY_LOW: (triangle(down=True, hollow=True), 11),
}
FAINT: Final = 0.22


class MixCanvas(Canvas):
    """Expected number missed to the right, observed number upward; on the line an office does as its mix explains."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent, left=CountAxis("left"))
        self._chart: MixChart | None = None
        self._matching: Collection[str] | None = None
        self._lines: list[Any] = []
        self._interval: list[Any] = []
        self.scatter: Any = pg.ScatterPlotItem(pxMode=True)
        self.scatter.setZValue(10)
        self.box.addItem(self.scatter, ignoreBounds=True)
        self.restyle()

    def show_chart(self, found: MixChart, matching: Collection[str] | None) -> None:
        """Draw the offices; those that do not match the filter are faint."""
        self._chart, self._matching = found, matching
        self._draw()

    def restyle(self) -> None:
        """Take the theme."""
        super().restyle()
        self._draw()

    def retranslate(self) -> None:
        """Say the axes again."""
        self._draw()

    def select(self, key: str) -> None:
        """Put the ring around an office, with the interval of what it missed."""
        super().select(key)
        self.drop(self._interval)
        found = self._chart
        point = None if found is None else next((one for one in found.points if one.office == key), None)
        if point is not None and point.lower is not None and point.upper is not None:
            low, high = point.lower * point.expected, point.upper * point.expected
            pen = self.pen("text", 1.4)
            self.line([point.expected] * 2, [low, high], pen, self._interval, z=5)

    def _draw(self) -> None:
        self.drop(self._lines)
        self.say_axes(tr("offices.axis.missed"), tr("offices.axis.expected"))
        found = self._chart
        placed = [] if found is None else [point for point in found.points if point.ratio is not None]
        if not placed:
            self.scatter.setData(x=[], y=[])
            self.set_points([], [])
            return
        right = max(point.expected for point in placed) * 1.06 + 0.5
        top = max([*(point.missed for point in placed), right * 0.6]) * 1.06 + 0.5
        self.box.setRange(xRange=(-right * 0.02, right), yRange=(-top * 0.03, top), padding=0)
        end = min(right, top)
        self.line([0, end], [0, end], self.pen("muted", 1.2), self._lines)
        self.words_at(
            tr("offices.mix.as_expected"), end * 0.86, end * 0.86, "muted", self._lines, anchor=(1.08, 0.9)
        )
        fits = [self._matching is None or point.office in self._matching for point in placed]
        places = [(point.expected, float(point.missed)) for point in placed]
        self.spots(
            self.scatter,
            places,
            [SYMBOLS[point.position][0] for point in placed],
            [SYMBOLS[point.position][1] for point in placed],
            [
                self.brush(words.MIX_TONES[point.position], 1.0 if on else FAINT)
                for point, on in zip(placed, fits, strict=True)
            ],
            [self.edge(1.0 if on else FAINT) for on in fits],
        )
        known = [n for n, on in enumerate(fits) if on]
        self.set_points([placed[n].office for n in known], [places[n] for n in known])
        self.select(self.current)
