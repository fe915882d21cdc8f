"""The funnel plot: n against the share on time, the limits that chance gives each n, the city's mean and the target."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import pyqtgraph as pg
from PySide6.QtGui import QPainterPath

from smartcity_desk.domain.charts import Funnel, FunnelPoint, Position
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.offices.charts.canvas import Canvas, tick_room, triangle

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from smartcity_desk.ui.services import Desk

SYMBOLS: Final[dict[Position, tuple[str | QPainterPath, float]]] = {
    Position.VERY_LOW: (triangle(down=True), 12),
    Position.LOW: (triangle(down=True, hollow=True), 11),
    Position.WITHIN: ("o", 7),
    Position.HIGH: (triangle(down=False, hollow=True), 11),
    Position.VERY_HIGH: (triangle(down=False), 12),
}
"""Shapes as the table's words have them; sizes in pixels at 100 % text."""
FAINT: Final = 0.22
_TICKS: Final = tuple(round(step * 10**power) for power in range(1, 6) for step in (1, 1.5, 2, 3, 4, 5, 7))


class SizeAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """n on a scale of square roots: limits narrow with the root of n, and the many small offices get room."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Ticks at round numbers, as many as have room."""
        chosen: list[float] = []
        apart = tick_room(self, "000", low, high, size)
        for x in (sqrt(n) for n in _TICKS):
            if low <= x <= high and (not chosen or x - chosen[-1] >= apart):
                chosen.append(x)
        return [(1.0, chosen)]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """The n at each tick."""
        return [formats.number(round(value * value)) for value in values]


class FunnelCanvas(Canvas):
    """Offices below the least n are not drawn: nothing can be said of them."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent, bottom=SizeAxis("bottom"))
        self._funnel: Funnel | None = None
        self._target = 0.0
        self._candidates: Collection[str] = ()
        self._matching: Collection[str] | None = None
        self._lines: list[Any] = []
        self.scatter: Any = pg.ScatterPlotItem(pxMode=True)
        self.scatter.setZValue(10)
        self.box.addItem(self.scatter, ignoreBounds=True)
        self.restyle()

    def show_funnel(
        self,
        found: Funnel,
        target: float,
        candidates: Collection[str],
        matching: Collection[str] | None,
    ) -> None:
        """Draw a funnel. `candidates` have their own shape; offices that do not match the filter are faint."""
        same = found is self._funnel and target == self._target
        self._funnel, self._target = found, target
        self._candidates, self._matching = candidates, matching
        if same and found.curve:
            self._draw_points(_placed(found))
        else:
            self._draw()

    def restyle(self) -> None:
        """Take the theme."""
        super().restyle()
        self._draw()

    def retranslate(self) -> None:
        """Say the axes and the words beside the lines again."""
        self._draw()

    def _draw(self) -> None:
        self.drop(self._lines)
        self.say_axes(tr("offices.axis.share"), tr("offices.axis.n"))
        found = self._funnel
        if found is None or not found.curve or found.centre is None:
            self.scatter.setData(x=[], y=[])
            self.set_points([], [])
            return
        placed = _placed(found)
        self._range(found, [point.share or 0.0 for point in placed])
        self._draw_lines(found, found.centre)
        self._draw_points(placed)

    def _range(self, found: Funnel, values: list[float]) -> None:
        assert found.centre is not None
        first, last = sqrt(found.curve[0].n), sqrt(found.curve[-1].n)
        low = min([self._target, found.centre, *values, *(one.low_3 for one in found.curve)])
        margin = max(0.2, (last - first) * 0.03)
        floor = max(-0.02, low - 0.06)
        self.box.setRange(xRange=(first - margin, last + margin), yRange=(floor, 1.03), padding=0)

    def _draw_lines(self, found: Funnel, centre: float) -> None:
        n = [sqrt(one.n) for one in found.curve]
        for values, pen in (
            ([one.low_3 for one in found.curve], self.pen("outline", 1.4)),
            ([one.high_3 for one in found.curve], self.pen("outline", 1.4)),
            ([one.low_2 for one in found.curve], self.pen("outline", 1.0, dashed=True)),
            ([one.high_2 for one in found.curve], self.pen("outline", 1.0, dashed=True)),
            ([centre] * len(n), self.pen("muted", 1.2)),
            ([self._target] * len(n), self.pen("accent", 1.6)),
        ):
            self.line(n, values, pen, self._lines)
        above = centre >= self._target
        mean, target = words.share(centre), words.share(self._target)
        for text, y, token, high in (
            (tr("offices.funnel.mean", share=mean), centre, "muted", above),
            (tr("offices.funnel.target", share=target), self._target, "accent", not above),
        ):
            self.words_at(text, n[-1], y, token, self._lines, anchor=(1.0, 1.0 if high else 0.0))

    def _draw_points(self, placed: Sequence[FunnelPoint]) -> None:
        looks: list[tuple[str | QPainterPath, float, str, bool]] = []
        for point in placed:
            symbol, size = SYMBOLS[point.position]
            token = words.POSITION_TONES[point.position]
            if point.office in self._candidates:
                symbol, size, token = "star", 14, "candidate"
            looks.append((symbol, size, token, self._matching is None or point.office in self._matching))
        places = [(sqrt(point.tally.n), point.share or 0.0) for point in placed]
        self.spots(
            self.scatter,
            places,
            [symbol for symbol, *_ in looks],
            [size for _, size, *_ in looks],
            [self.brush(token, 1.0 if fits else FAINT) for _, _, token, fits in looks],
            [self.edge(1.0 if fits else FAINT) for *_, fits in looks],
        )
        known = [n for n, (*_, fits) in enumerate(looks) if fits]
        self.set_points([placed[n].office for n in known], [places[n] for n in known])


def _placed(found: Funnel) -> list[FunnelPoint]:
    """The offices of which something can be said."""
    return [point for point in found.points if point.limits is not None and point.share is not None]
