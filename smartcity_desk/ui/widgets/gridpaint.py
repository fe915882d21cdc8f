"""A grid's rows drawn in one pass: each text measured and cut once, each interval as a line with its point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText, QTransform

from smartcity_desk.ui.theme import Theme
from smartcity_desk.ui.widgets.gridmodel import Bar, Cell, Row

PADDING: Final = 8
BAR_SHARE: Final = 0.38
"""How much of a cell's width its interval takes; the numbers have the rest."""
_KEPT: Final = 8_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands in the viewport: number, left edge and width in pixels; how its texts stand in it."""

    column: int
    x: int
    width: int
    right: bool
    middle: bool


@dataclass(frozen=True, slots=True)
class Look:
    """How a row is to be drawn."""

    current: bool = False
    focused: bool = False
    hovered: bool = False


class GridPainter:
    """Draws rows for one theme; texts are kept as Qt has laid them out."""

    def __init__(self, theme: Theme) -> None:
        self._texts: dict[tuple[str, int, bool], QStaticText] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Colours and font of a theme."""
        tokens = theme.tokens
        self._theme = theme
        self._font = theme.font()
        self._metrics = QFontMetricsF(self._font)
        self._ground = QColor(tokens.surface)
        self._hover = QColor(tokens.hover)
        self._selection = QColor(tokens.selection)
        self._line = QColor(tokens.border)
        self._focus = QPen(QColor(tokens.focus), 2)
        self._rest = QPen(QColor(tokens.outline), 1)
        self._scale = QPen(QColor(tokens.border), 1)
        self._target = QPen(QColor(tokens.text), 1)
        self._texts.clear()

    def begin(self, painter: QPainter) -> None:
        """Ready a painter for rows."""
        painter.setFont(self._font)

    def draw(self, painter: QPainter, row: Row, places: list[Place], area: QRect, look: Look) -> None:
        """Draw one row into `area`."""
        ground = self._selection if look.current else self._hover if look.hovered else self._ground
        top, height = area.top(), area.height()
        painter.fillRect(area, ground)
        painter.fillRect(area.left(), top + height - 1, area.width(), 1, self._line)
        for place in places:
            self._cell(painter, row.cells[place.column], place, top, height, faint=row.faint, look=look)
        if look.current:
            painter.setPen(self._focus if look.focused else self._rest)
            painter.drawRect(area.adjusted(1, 1, -1, -2))

    def _cell(
        self,
        painter: QPainter,
        cell: Cell,
        place: Place,
        top: int,
        height: int,
        *,
        faint: bool,
        look: Look,
    ) -> None:
        left, room = place.x + PADDING, place.width - 2 * PADDING
        if room <= 4:
            return
        tone = cell.tone or ("muted" if faint else "text")
        if look.current and tone in ("text", "muted"):
            tone = "on_selection"
        if cell.bar is not None:
            width = int(room * BAR_SHARE)
            self._bar(painter, cell.bar, QRect(left, top, width, height - 1), tone)
            left, room = left + width + PADDING, room - width - PADDING
        if not cell.text:
            return
        text = self._static(cell.text, room, middle=place.middle)
        x = float(left + room - text.size().width()) if place.right else float(left)
        painter.setPen(self._theme.color(tone))
        painter.drawStaticText(QPointF(x, top + (height - self._metrics.height()) / 2), text)

    def _bar(self, painter: QPainter, bar: Bar, area: QRect, tone: str) -> None:
        """A scale from 0 to 1, the interval on it, its point, and a stroke where the target lies."""
        middle = area.top() + area.height() / 2
        width = area.width() - 1
        painter.setPen(self._scale)
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.left() + width, middle))
        color = self._theme.color(tone)
        thick = max(3.0, self._theme.pixels(4))
        low, high = area.left() + bar.lower * width, area.left() + bar.upper * width
        painter.fillRect(QRectF(low, middle - thick / 2, max(2.0, high - low), thick), color)
        if bar.mark is not None:
            x = area.left() + bar.mark * width
            reach = max(5.0, area.height() * 0.32)
            painter.setPen(self._target)
            painter.drawLine(QPointF(x, middle - reach), QPointF(x, middle + reach))
        if bar.at is not None:
            radius = thick * 0.95
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._ground, 1.5))
            painter.setBrush(color)
            painter.drawEllipse(QPointF(area.left() + bar.at * width, middle), radius, radius)
            painter.restore()

    def _static(self, content: str, room: int, *, middle: bool) -> QStaticText:
        key = (content, room, middle)
        text = self._texts.get(key)
        if text is None:
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
            text = QStaticText(self._metrics.elidedText(content, mode, room))
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            text.prepare(QTransform(), self._font)
            self._texts[key] = text
        return text
