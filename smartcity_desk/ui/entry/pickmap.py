"""A small map to put a point on: borders and names around a middle, a click is the point, the wheel is the scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.places import places_of
from smartcity_desk.ui.report.minimap import Around, around

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

MONAS: Final = (-6.1754, 106.8272)
"""Where the map opens when nothing is known yet."""
_METRES: Final = 111_320.0
_SPANS: Final = (800.0, 1_600.0, 3_200.0, 6_400.0, 12_800.0, 25_600.0)
_STEP: Final = 0.12
"""How far an arrow key moves the map, as a share of what is seen."""
_KEYS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class PickMap(QWidget):
    """Latitude and longitude in degrees. Arrow keys move it, + and - change the scale, Enter takes the middle."""

    picked = Signal(float, float)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._middle = MONAS
        self._span = len(_SPANS) - 2
        self._around: Around | None = None
        self._drawn = MONAS
        self._seen: tuple[tuple[float, float], float] | None = None
        self.point: tuple[float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(desk.theme.pixels(120))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.retranslate()

    def retranslate(self) -> None:
        """Say every text again."""
        self.setAccessibleName(tr("entry.map"))
        self.update()

    @property
    def span_m(self) -> float:
        """How much of the city is seen from left to right, in metres."""
        return _SPANS[self._span]

    def look_at(self, lat: float, lon: float, *, near: bool) -> None:
        """Move the middle there; `near` for a spot, else for a kelurahan."""
        self._middle = (lat, lon)
        self._span = 1 if near else 2
        self._look()

    def set_point(self, point: tuple[float, float] | None) -> None:
        """Show a point, or none."""
        self.point = point
        self.update()

    def _look(self) -> None:
        self.update()
        wanted = (self._middle, self.span_m)
        if wanted != self._seen and self.isVisible():
            self._seen = wanted
            self._desk.tasks.replace("entry.around", self._read(*wanted))

    async def _read(self, middle: tuple[float, float], span: float) -> None:
        try:
            found = await self._desk.readers.run(lambda: around(places_of(self._desk), *middle, span))
        except DeskError:
            return  # a point can be set without borders, and what the library lacks is told where it is imported
        if alive(self) and self._seen == (middle, span):
            self._around = found
            self._drawn = middle
            self.update()

    # ------------------------------------------------------------ the hand

    def showEvent(self, event: object) -> None:
        """Read the borders once it can be seen."""
        super().showEvent(event)  # type: ignore[arg-type]  # Qt's own event
        self._look()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click is the point."""
        self._take(event.position().x(), event.position().y())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel is the scale."""
        self._scale(-1 if event.angleDelta().y() > 0 else 1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, + and - scale, Enter and Space take the middle."""
        key = Qt.Key(event.key())
        if key in _KEYS:
            over, up = _KEYS[key]
            lat, lon = self._middle
            step = self.span_m * _STEP
            self._middle = (lat + up * step / _METRES, lon + over * step / self._east(lat))
            self._look()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._scale(1 if key == Qt.Key.Key_Minus else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self._take(self.width() / 2, self.height() / 2)
        else:
            super().keyPressEvent(event)

    def _scale(self, by: int) -> None:
        self._span = max(0, min(len(_SPANS) - 1, self._span + by))
        self._look()

    def _take(self, x: float, y: float) -> None:
        scale, (lat, lon) = self.span_m / max(1, self.width()), self._middle
        up = (self.height() / 2 - y) * scale
        over = (x - self.width() / 2) * scale
        self.point = (round(lat + up / _METRES, 6), round(lon + over / self._east(lat), 6))
        self.update()
        self.picked.emit(*self.point)

    @staticmethod
    def _east(lat: float) -> float:
        return _METRES * math.cos(math.radians(lat))

    def _on_screen(self, lat: float, lon: float) -> tuple[float, float]:
        scale, (mid_lat, mid_lon) = max(1, self.width()) / self.span_m, self._middle
        x = self.width() / 2 + (lon - mid_lon) * self._east(mid_lat) * scale
        return x, self.height() / 2 - (lat - mid_lat) * _METRES * scale

    # ------------------------------------------------------------ the picture

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, self._desk.theme.pixels(200))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, borders, names, the middle for the keyboard, and the point."""
        theme, painter = self._desk.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("window"))
        if self._around is not None:
            self._paint_around(painter, self._around)
        painter.setFont(theme.font(step=-1))
        painter.setPen(theme.color("muted"))
        seen = tr("entry.map.span", km=f"{self.span_m / 1_000:g}".replace(".", ","))
        painter.drawText(self.rect().adjusted(8, 0, -8, -4), Qt.AlignmentFlag.AlignBottom, seen)
        if self.hasFocus():
            x, y = self.width() / 2, self.height() / 2
            painter.drawLine(QPointF(x - 6, y), QPointF(x + 6, y))
            painter.drawLine(QPointF(x, y - 6), QPointF(x, y + 6))
        if self.point is not None:
            painter.setBrush(theme.color("overdue"))
            painter.setPen(QPen(theme.color("surface"), 2))
            painter.drawEllipse(QPointF(*self._on_screen(*self.point)), 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("focus" if self.hasFocus() else "border"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_around(self, painter: QPainter, found: Around) -> None:
        """Metres around where it was read, from where the map is now."""
        theme = self._desk.theme
        scale = self.width() / self.span_m
        x0, y0 = self._on_screen(*self._drawn)
        style = Qt.PenStyle.DashLine if found.approximate else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.color("outline"), 1.2, style))
        for line in found.lines:
            painter.drawPolyline(QPolygonF([QPointF(x0 + x * scale, y0 - y * scale) for x, y in line]))
        if self.span_m > _SPANS[3]:
            return  # the names of a whole city would lie upon each other
        painter.setFont(theme.font(step=-1))
        painter.setPen(theme.color("muted"))
        for name, x, y in found.names:
            box = QRect(round(x0 + x * scale) - 70, round(y0 - y * scale) - 9, 140, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, one_line(name, 30))
