"""What the charts have in common: one plot with two axes, a cursor that keys and pointer move, and the theme's colours.

The only modules that import pyqtgraph are here and beside it (`docs/decisions/0016-charts-pyqtgraph.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from smartcity_desk.ui import formats

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_EDGES: Final = (2, 6, 10)
"""What stays free at the left, above and below, and at the right, in pixels."""
_AXES: Final = (52, 36)
"""Width of the left axis and height of the bottom one, in pixels at 100 % text."""
REACH: Final = 14
"""How near the pointer has to come to a point, in pixels."""
pg.setConfigOptions(antialias=True)


def tick_room(axis: Any, sample: str, low: float, high: float, size: float) -> float:
    """How far apart ticks have to be for labels like `sample`, in the axis's own units; `size` in pixels."""
    font = axis.style["tickFont"]
    width = QFontMetricsF(font).horizontalAdvance(sample) if font is not None else 40.0
    return (high - low) * 1.35 * width / max(size, 1.0)


class PercentAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Shares between 0 and 1 as percents."""

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """The labels of the ticks."""
        return [f"{round(100 * value)}" for value in values]


class CountAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Whole numbers, and nothing between them."""

    def tickStrings(self, values: Sequence[float], _scale: float, spacing: float) -> list[str]:
        """The labels of the ticks."""
        if spacing >= 1:
            return [formats.number(round(value)) for value in values]
        return [formats.locale().toString(float(value), "f", 1) for value in values]


class Canvas(QGraphicsView):
    """A plot. Its points have keys; `hovered` tells which the pointer or a key is on, `opened` which was chosen."""

    picked = Signal(str)
    hovered = Signal(str)
    opened = Signal(str)
    sigDeviceRangeChanged = Signal(object, object)
    sigDeviceTransformChanged = Signal(object)
    """Both are asked for by pyqtgraph's items; nothing here ever moves, so they are never sent."""

    def __init__(
        self, desk: Desk, parent: QWidget | None = None, *, left: Any = None, bottom: Any = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._keys: list[str] = []
        self._points: list[tuple[float, float]] = []
        self._current = ""
        self._brushes: dict[tuple[str, float], QBrush] = {}
        self._edges: dict[float, QPen] = {}
        self._said = ("", "", "")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.plot: Any = pg.GraphicsScene(parent=self)
        self.setScene(self.plot)
        self.left: Any = left or PercentAxis("left")
        self.bottom: Any = bottom or CountAxis("bottom")
        self.box: Any = pg.ViewBox(enableMenu=False, enableMouse=False)
        self.box.disableAutoRange()
        # No graphics layout (pyqtgraph's own view has one): where a window goes, Python may free it before Qt does.
        for part in (self.box, self.left, self.bottom):
            self.plot.addItem(part)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
        self.ring: Any = pg.ScatterPlotItem()
        self.ring.setZValue(20)
        self.box.addItem(self.ring, ignoreBounds=True)
        self._lay_out()

    def _lay_out(self) -> None:
        """The plot in the middle, one axis at its left and one below."""
        box: Any = getattr(self, "box", None)
        if box is None:
            return  # Qt asks before the plot is there
        width, height = self.viewport().width(), self.viewport().height()
        self.setSceneRect(0, 0, width, height)
        left, below = (self._desk.theme.pixels(size) for size in _AXES)
        inside = QRectF(
            left + _EDGES[0], _EDGES[1], width - left - _EDGES[0] - _EDGES[2], height - below - 2 * _EDGES[1]
        )
        if inside.isEmpty():
            return
        box.setGeometry(inside)
        self.left.setGeometry(QRectF(_EDGES[0], inside.top(), left, inside.height()))
        self.bottom.setGeometry(QRectF(inside.left(), inside.bottom(), inside.width(), below))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Let the plot get ready first, as pyqtgraph's own view does."""
        self.plot.prepareForPaint()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The plot takes the room that the axes leave."""
        super().resizeEvent(event)
        self._lay_out()

    # -- look --------------------------------------------------------------------------------------------------

    def color(self, token: str, alpha: float = 1.0) -> QColor:
        """A colour token, perhaps thinner."""
        found = QColor(self._desk.theme.color(token))
        found.setAlphaF(alpha)
        return found

    def pen(self, token: str, width: float = 1.0, *, dashed: bool = False, alpha: float = 1.0) -> QPen:
        """A pen of a colour token; it keeps its width at any zoom."""
        made = QPen(self.color(token, alpha), width * self._desk.theme.percent / 100)
        made.setCosmetic(True)
        if dashed:
            made.setStyle(Qt.PenStyle.DashLine)
        return made

    def brush(self, token: str, alpha: float = 1.0) -> QBrush:
        """A brush of a colour token. The same object each time: symbols are kept by the brush they were drawn with."""
        key = (token, alpha)
        if key not in self._brushes:
            self._brushes[key] = QBrush(self.color(token, alpha))
        return self._brushes[key]

    def edge(self, alpha: float = 1.0) -> QPen:
        """The pen around a point, in the ground's colour, so that points that touch can be told apart."""
        if alpha not in self._edges:
            self._edges[alpha] = self.pen("surface", 0.8, alpha=alpha)
        return self._edges[alpha]

    def restyle(self) -> None:
        """Take the theme; what draws points and lines draws them again."""
        self._brushes.clear()
        self._edges.clear()
        theme = self._desk.theme
        self.setBackgroundBrush(theme.color("surface"))
        font = theme.font(step=-1)
        for axis in (self.left, self.bottom):
            axis.setTickFont(font)
            axis.setPen(self.pen("outline"))
            axis.setTextPen(self.color("muted"))
            axis.setStyle(tickLength=-4, tickTextOffset=theme.pixels(4), maxTickLevel=0)
            axis.label.setFont(font)
        self.left.setWidth(theme.pixels(_AXES[0]))
        self.bottom.setHeight(theme.pixels(_AXES[1]))
        self._lay_out()

    def say_axes(self, left: str, bottom: str) -> None:
        """What the axes show."""
        color = self.color("muted").name()
        size = f"{self._desk.theme.font(step=-1).pixelSize()}px"
        if self._said == (left, bottom, color + size):
            return
        self._said = (left, bottom, color + size)
        self.left.setLabel(left, **{"color": color, "font-size": size})
        self.bottom.setLabel(bottom, **{"color": color, "font-size": size})

    def drop(self, items: list[Any]) -> None:
        """Take items off the plot."""
        for item in items:
            self.box.removeItem(item)
        items.clear()

    def add(self, item: Any, z: float, into: list[Any]) -> None:
        """Put an item on the plot and note it."""
        item.setZValue(z)
        self.box.addItem(item, ignoreBounds=True)
        into.append(item)

    def line(
        self,
        x: Sequence[float],
        y: Sequence[float],
        pen: QPen,
        into: list[Any],
        *,
        z: float = 1,
        pairs: bool = False,
    ) -> None:
        """A line through these points, or strokes between each two of them."""
        connect = "pairs" if pairs else "all"
        self.add(pg.PlotCurveItem(x=np.array(x), y=np.array(y), pen=pen, connect=connect), z, into)

    def spots(
        self,
        scatter: Any,
        places: Sequence[tuple[float, float]],
        symbols: Sequence[str | QPainterPath],
        sizes: Sequence[float],
        brushes: Sequence[QBrush],
        pens: Sequence[QPen],
    ) -> None:
        """Points, each with its own look."""
        at = np.array(places, dtype=float).reshape(-1, 2)
        scatter.setData(
            x=at[:, 0],
            y=at[:, 1],
            symbol=list(symbols),
            size=[size * self._desk.theme.percent / 100 for size in sizes],
            brush=list(brushes),
            pen=list(pens),
        )

    def words_at(
        self, text: str, x: float, y: float, token: str, into: list[Any], *, anchor: tuple[float, float]
    ) -> None:
        """A few words beside a line."""
        item = pg.TextItem(anchor=anchor, fill=QBrush(self.color("surface", 0.7)))
        item.setPlainText(text)
        item.textItem.setDefaultTextColor(self.color(token))
        item.setFont(self._desk.theme.font(step=-1))
        item.setPos(x, y)
        self.add(item, 5, into)

    # -- the cursor --------------------------------------------------------------------------------------------

    def set_points(self, keys: Sequence[str], points: Sequence[tuple[float, float]]) -> None:
        """The points that can be chosen, from left to right."""
        order = sorted(range(len(keys)), key=lambda n: (points[n], keys[n]))
        self._keys = [keys[n] for n in order]
        self._points = [points[n] for n in order]
        self.show_ring()

    def select(self, key: str) -> None:
        """Put the ring around a point, or around none."""
        self._current = key
        self.show_ring()

    @property
    def current(self) -> str:
        """The key of the chosen point, or nothing."""
        return self._current

    def show_ring(self) -> None:
        """Draw the ring anew."""
        if self._current in self._keys:
            x, y = self._points[self._keys.index(self._current)]
            size = self._desk.theme.pixels(17)
            pen = self.pen("focus" if self.hasFocus() else "text", 2)
            self.ring.setData(x=[x], y=[y], size=size, symbol="o", pen=pen, brush=None)
        else:
            self.ring.setData(x=[], y=[])

    def _nearest(self, at: QPointF) -> str:
        """The key of the point that the pointer is on, or nothing."""
        best, found = float(REACH * REACH), ""
        transform: QTransform = self.box.childGroup.sceneTransform()
        scene = self.mapToScene(at.toPoint())
        for key, (x, y) in zip(self._keys, self._points, strict=True):
            place = transform.map(QPointF(x, y))
            away = (place.x() - scene.x()) ** 2 + (place.y() - scene.y()) ** 2
            if away < best:
                best, found = away, key
        return found

    def place_of(self, key: str) -> QPointF:
        """Where a point is on the canvas, in pixels. Raises ValueError for one that is not drawn."""
        x, y = self._points[self._keys.index(key)]
        return QPointF(self.mapFromScene(self.box.childGroup.sceneTransform().map(QPointF(x, y))))

    @property
    def drawn(self) -> Sequence[str]:
        """The keys of all points, from left to right."""
        return self._keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name what the pointer is on."""
        found = self._nearest(event.position())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
        self.hovered.emit(found)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what the pointer is on; what is chosen already opens."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        found = self._nearest(event.position()) if event.button() == Qt.MouseButton.LeftButton else ""
        if found and found == self._current:
            self.opened.emit(found)
        elif found:
            self.picked.emit(found)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing is dragged here."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of a double click opens already."""
        self.mousePressEvent(event)

    def wheelEvent(self, event: QEvent) -> None:
        """The plot does not move: the page around it may."""
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is on nothing."""
        self.hovered.emit("")
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from point to point, Enter opens."""
        at = self._keys.index(self._current) if self._current in self._keys else -1
        last = len(self._keys) - 1
        goals: dict[int, Callable[[], int]] = {
            Qt.Key.Key_Right: lambda: min(last, at + 1),
            Qt.Key.Key_Left: lambda: max(0, at - 1),
            Qt.Key.Key_Home: lambda: 0,
            Qt.Key.Key_End: lambda: last,
        }
        goal = goals.get(event.key())
        if goal is not None and self._keys:
            self.picked.emit(self._keys[goal()])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at >= 0:
            self.opened.emit(self._current)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Keys work here now: the ring says so."""
        super().focusInEvent(event)
        self.show_ring()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys work elsewhere now."""
        super().focusOutEvent(event)
        self.show_ring()


def triangle(*, down: bool, hollow: bool = False) -> QPainterPath:
    """A triangle as pyqtgraph wants its symbols: within a square of 1 around nothing."""
    path = QPainterPath()
    tip, base = (0.5, -0.42) if down else (-0.5, 0.42)
    path.moveTo(0, tip)
    path.lineTo(0.5, base)
    path.lineTo(-0.5, base)
    path.closeSubpath()
    if hollow:
        inner = QPainterPath()
        inner.moveTo(0, tip * 0.45)
        inner.lineTo(0.24, base * 0.55)
        inner.lineTo(-0.24, base * 0.55)
        inner.closeSubpath()
        path = path.subtracted(inner)
    return path
