"""What the shapes, rings and fills on the map mean: shape and word and colour, never colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.map import areas
from smartcity_desk.ui.map.answers import Kind
from smartcity_desk.ui.map.layers import fill_looks
from smartcity_desk.ui.theme import SHAPES, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.theme import Theme

Part = tuple[str, str, str, float, bool]
"""Shape, word, colour token, strength of a fill or 0, hatched."""
LINE = 20
"""Points of the height of a line."""
_LEAST = 14
_GAP, _APART = 5, 14
_STATES = (State.OVERDUE, State.SOON, State.IN_TIME, State.PAUSED, State.VERIFY)


class Legend(QWidget):
    """A line, or as many as it takes, drawn anew when what is on the map changes."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._kind = Kind.SQUARES
        self._fill = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name()

    @property
    def kind(self) -> Kind:
        """What is explained now."""
        return self._kind

    def show_kind(self, kind: Kind, fill: str) -> None:
        """Explain what is drawn now."""
        if (kind, fill) != (self._kind, self._fill):
            self._kind, self._fill = kind, fill
            self._name()
            self._fit()

    def parts(self) -> list[Part]:
        """What there is to explain, in order."""
        found: list[Part] = []
        if self._kind is Kind.POINTS:
            found += [(SHAPES[s], tr(f"map.legend.{s.value}"), s.value, 0.0, False) for s in _STATES]
            found.append(("●", tr("map.legend.open"), "accent", 0.0, False))
            found.append(("■", tr("map.legend.closed"), "outline", 0.0, False))
        elif self._kind is Kind.HEAT:
            found.append(("", tr("map.legend.heat"), "overdue", 0.8, False))
        else:
            # Over filled areas squares are dots, as dark as words.
            many = ("●", "text") if self._fill and self._kind is Kind.SQUARES else ("", "accent")
            found.append((many[0], tr("map.legend.many"), many[1], 0.7, False))
            found.append((many[0], tr("map.legend.late"), "overdue", 0.7, False))
        looks = fill_looks(self._fill) if self._fill else {}
        steps = {
            areas.LATE: areas.LATE_STEPS,
            areas.SHARE: areas.SHARE_STEPS,
            areas.PEOPLE: areas.PEOPLE_STEPS,
        }
        for at, least in enumerate((0, *steps.get(self._fill, ())) if self._fill else ()):
            look = looks.get(f"{self._fill}{at}", {})
            shown = f"{least // 10} %" if self._fill == areas.SHARE else formats.number(least)
            strength = look.get("strength", 0.0)
            assert isinstance(strength, float)
            found.append(("", f"≥ {shown}", str(look.get("fill", "muted")), max(strength, 0.04), False))
        if self._fill == areas.SHARE:
            found.append(("", tr("map.legend.few"), "muted", 0.5, True))
        return found

    def _name(self) -> None:
        self.setAccessibleName(tr("map.legend.name", parts=", ".join(word for _, word, *_ in self.parts())))

    def retranslate(self) -> None:
        """Every text anew."""
        self._name()
        self._fit()

    def sizeHint(self) -> QSize:
        """A line of small text."""
        return QSize(200, self._desk.theme.pixels(LINE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may take other lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        theme = self._desk.theme
        self.setFixedHeight(theme.pixels(LINE) * len(lines_of(self.parts(), theme, self.width())))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Swatch and word after word, in as many lines as there are."""
        painter = QPainter(self)
        paint(painter, self.rect(), self._desk.theme, self.parts())
        painter.end()


def lines_of(parts: Sequence[Part], theme: Theme, width: int) -> list[list[tuple[Part, int]]]:
    """The parts in the lines that they take, each with its width; at least one line, and in each at least one part."""
    metrics, side = QFontMetrics(theme.font(step=-1)), theme.pixels(11)
    lines: list[list[tuple[Part, int]]] = [[]]
    left = 0
    for part in parts:
        wide = side + _GAP + metrics.horizontalAdvance(part[1]) + _APART
        if lines[-1] and left + wide > width + _APART:
            lines.append([])
            left = 0
        lines[-1].append((part, wide))
        left += wide
    return lines


def paint(painter: QPainter, area: QRect, theme: Theme, parts: Sequence[Part]) -> None:
    """Swatch and word after word, line below line, as far as there is room: on screen, and on paper."""
    lines = lines_of(parts, theme, area.width())
    height = (
        area.height() // len(lines) if area.height() >= len(lines) * theme.pixels(_LEAST) else area.height()
    )
    painter.setFont(theme.font(step=-1))
    for number, line in enumerate(lines):
        _paint_line(
            painter, QRect(area.left(), area.top() + number * height, area.width(), height), theme, line
        )


def _paint_line(painter: QPainter, area: QRect, theme: Theme, parts: Sequence[tuple[Part, int]]) -> None:
    left, side = area.left(), theme.pixels(11)
    for (shape, word, token, strength, hatched), width in parts:
        box = QRect(left, area.top() + (area.height() - side) // 2, side, side)
        if shape:
            painter.setPen(theme.color(token))
            painter.drawText(box.adjusted(-2, -3, 2, 3), Qt.AlignmentFlag.AlignCenter, shape)
        else:
            color = QColor(theme.color(token))
            color.setAlphaF(strength)
            pattern = Qt.BrushStyle.BDiagPattern if hatched else Qt.BrushStyle.SolidPattern
            painter.setPen(QPen(theme.color("outline"), 1))
            painter.setBrush(QBrush(color, pattern))
            painter.drawRect(box)
        painter.setPen(theme.color("muted"))
        words = QRect(left + side + _GAP, area.top(), width, area.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, word)
        left += width
