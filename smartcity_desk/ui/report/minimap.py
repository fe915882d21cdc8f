"""The small map of one report: its point, how far it may be wrong, and the borders around it.

Painted by the desk itself: a report is looked at far more often than the city, and needs no browser for it. The
borders come from the place library, read when the hand rests on a report, never while the desk starts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.places import places_of
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.store.rows import ReportDetail
    from smartcity_desk.ui.services import Desk

SPAN_M: Final = 1_600.0
"""How much of the city is shown from left to right."""
REST_MS: Final = 350
HEIGHT: Final = 150
_METRES: Final = 111_320.0

Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around a point: outlines and names in metres east and north of it."""

    lines: tuple[Line, ...]
    names: tuple[tuple[str, float, float], ...]
    approximate: bool


def around(library: PlaceLibrary, lat: float, lon: float, span_m: float = SPAN_M) -> Around:
    """Cut the borders around a point, `span_m` wide. Blocks; the first call reads the library."""
    import shapely

    east, north = _METRES * math.cos(math.radians(lat)), _METRES
    half_lon, half_lat = span_m / east, span_m / north
    box = (lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat)
    lines: list[Line] = []
    names: list[tuple[str, float, float]] = []
    for unit in library.units():
        low_x, low_y, high_x, high_y = unit.geometry.bounds
        if low_x > box[2] or high_x < box[0] or low_y > box[3] or high_y < box[1]:
            continue
        cut = shapely.clip_by_rect(unit.geometry, *box)
        if cut.is_empty:
            continue
        for ring in shapely.get_parts(shapely.clip_by_rect(shapely.boundary(unit.geometry), *box)):
            found = shapely.get_coordinates(shapely.simplify(ring, 0.00003))
            lines.append(tuple(((x - lon) * east, (y - lat) * north) for x, y in found.tolist()))
        inner = shapely.point_on_surface(cut)
        names.append((unit.name, (inner.x - lon) * east, (inner.y - lat) * north))
    return Around(tuple(lines), tuple(names), library.approximate)


class MiniMap(QWidget):
    """Shows itself where there is a point. `opened` asks for the large map, the button for another place."""

    opened = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.picture = _Picture(desk, self)
        self.picture.clicked.connect(self.opened)
        self.move_button = basic.button(kind="quiet", parent=self)
        self.move_button.clicked.connect(lambda: desk.commands.run("map.move"))
        self.open_button = basic.button(kind="quiet", parent=self)
        self.open_button.clicked.connect(self.opened)
        buttons = Flow(spacing=2)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.move_button)
        self.setLayout(basic.column(self.picture, buttons, spacing=2))
        self._rest = once(self, REST_MS, self._look)
        self.retranslate()
        self.hide()

    def show_report(self, detail: ReportDetail | None) -> None:
        """Show where this report lies, or nothing."""
        point = None if detail is None else point_of(detail)
        self.setVisible(detail is not None)
        self.picture.setVisible(point is not None)
        self.open_button.setVisible(point is not None)
        accuracy = None if detail is None or detail.state.lat is not None else detail.report.accuracy_m
        if self.picture.set_point(point, accuracy):
            self._rest.start()
        if point is None:
            self._rest.stop()

    def _look(self) -> None:
        if self.picture.point is not None and self.isVisible():
            self._desk.tasks.replace("report.around", self._read(self.picture.point))

    async def _read(self, point: tuple[float, float]) -> None:
        try:
            found = await self._desk.readers.run(lambda: around(places_of(self._desk), *point))
        except DeskError:
            return  # the point itself is there; what the library lacks is told where it is imported
        if alive(self) and self.picture.point == point:
            self.picture.set_around(found)

    def retranslate(self) -> None:
        """Every text anew."""
        key = self._desk.commands.shown_key("map.move")
        self.move_button.setText(tr("map.mini.move", key=key))
        self.open_button.setText(tr("map.mini.open"))
        self.picture.setAccessibleName(tr("map.mini.name"))
        self.picture.update()


def point_of(detail: ReportDetail) -> tuple[float, float] | None:
    """Where a report lies: where a person moved it to, else where its channel put it."""
    if detail.state.lat is not None and detail.state.lon is not None:
        return detail.state.lat, detail.state.lon
    if detail.report.lat is None or detail.report.lon is None:
        return None
    return detail.report.lat, detail.report.lon


class _Picture(QWidget):
    clicked = Signal()

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self.point: tuple[float, float] | None = None
        self._accuracy: float | None = None
        self._around: Around | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_point(self, point: tuple[float, float] | None, accuracy: float | None) -> bool:
        """Take another point; tell whether it is another one, whose surroundings are still to be read."""
        if (point, accuracy) == (self.point, self._accuracy):
            return False
        new = point != self.point
        self.point, self._accuracy = point, accuracy
        if new:
            self._around = None
        self.update()
        return new

    def set_around(self, found: Around) -> None:
        """Show what lies around it."""
        self._around = found
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(240, self._desk.theme.pixels(HEIGHT))

    def mouseReleaseEvent(self, _event: object) -> None:
        """A click opens the large map."""
        self.clicked.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, borders, names, how far it may be wrong, and the point."""
        theme, painter = self._desk.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("window"))
        scale = self.width() / SPAN_M
        middle = QPointF(self.width() / 2, self.height() / 2)
        if self._around is not None:
            style = Qt.PenStyle.DashLine if self._around.approximate else Qt.PenStyle.SolidLine
            painter.setPen(QPen(theme.color("outline"), 1.2, style))
            for line in self._around.lines:
                painter.drawPolyline(QPolygonF([middle + QPointF(x * scale, -y * scale) for x, y in line]))
            painter.setFont(theme.font(step=-1))
            painter.setPen(theme.color("muted"))
            for name, x, y in self._around.names:
                at = middle + QPointF(x * scale, -y * scale)
                box = QRect(round(at.x()) - 70, round(at.y()) - 9, 140, 18)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, one_line(name, 30))
        if self._accuracy:
            color = theme.color("accent")
            color.setAlphaF(0.15)
            painter.setBrush(color)
            painter.setPen(QPen(theme.color("accent"), 1))
            radius = min(self._accuracy * scale, self.width())
            painter.drawEllipse(middle, radius, radius)
        painter.setBrush(theme.color("overdue"))
        painter.setPen(QPen(theme.color("surface"), 2))
        painter.drawEllipse(middle, 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.color("border"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
