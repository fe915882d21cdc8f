"""The last day of a channel in twenty-four small bars, over the range in which nineteen of twenty such hours lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from smartcity_desk.domain.times import HOUR
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats

if TYPE_CHECKING:
    from smartcity_desk.store.health import HourBar
    from smartcity_desk.ui.theme import Theme

_WIDTH: Final = 150
_HEIGHT: Final = 30
_LEAST: Final = 4.0
"""Items at the top of the scale at least, so that one item an hour does not look like a flood."""


class Pulse(QWidget):
    """Paints only; the numbers are in its tool tip and its description."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.bars: tuple[HourBar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def restyle(self, theme: Theme) -> None:
        """Take a theme's measure and colours."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as twenty-four bars that can be told apart."""
        return QSize(self._theme.pixels(_WIDTH), self._theme.pixels(_HEIGHT))

    def show_bars(self, title: str, bars: Sequence[HourBar]) -> None:
        """Show these hours, oldest first. Cheap when they are those on show."""
        if tuple(bars) == self.bars:
            return
        self.bars = tuple(bars)
        text = spoken(self.bars)
        self.setAccessibleName(tr("health.pulse.name", source=title))
        self.setAccessibleDescription(text)
        self.setToolTip(formats.tip(text))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A pale band for what is usual, a bar for what came; an hour below its band has the colour of a warning."""
        if not self.bars:
            return
        tokens = self._theme.tokens
        width, height = self.width() / len(self.bars), float(self.height())
        top = max([_LEAST, *(max(float(bar.n), bar.high or 0.0) for bar in self.bars)])
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)

        def y(value: float) -> float:
            return height - value / top * height

        banded = [(at, bar) for at, bar in enumerate(self.bars) if bar.high is not None]
        if banded:
            upper = [QPointF((at + 0.5) * width, y(bar.high or 0.0)) for at, bar in banded]
            lower = [QPointF((at + 0.5) * width, y(bar.low or 0.0)) for at, bar in reversed(banded)]
            painter.setBrush(QColor(tokens.selection))
            painter.drawPolygon(QPolygonF([*upper, *lower]))
        last = len(self.bars) - 1
        for at, bar in enumerate(self.bars):
            few = bar.low is not None and bar.n < bar.low and at != last  # the last hour is not over
            painter.setBrush(QColor(tokens.soon if few else tokens.accent))
            size = max(1.0, bar.n / top * height)
            painter.drawRect(QRectF(at * width + 1, height - size, max(1.0, width - 2), size))
        painter.end()


def spoken(bars: Sequence[HourBar]) -> str:
    """The bars in a sentence: how much came in a day, and how much usually does."""
    total = sum(bar.n for bar in bars)
    if not bars or bars[-1].high is None:
        return tr("health.pulse.text_unknown", n=formats.number(total))
    usual = sum(((bar.low or 0.0) + (bar.high or 0.0)) / 2 for bar in bars)
    last = bars[-1]
    return tr(
        "health.pulse.text",
        n=formats.number(total),
        usual=formats.number(round(usual)),
        since=formats.date_time(last.hour * HOUR),
        hour=formats.number(last.n),
        low=formats.number(int(last.low or 0.0)),
        high=formats.number(round(last.high or 0.0)),
    )
