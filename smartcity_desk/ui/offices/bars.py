"""Who held a report from when to when, as bars on one line of time: pauses hatched, the judged stay framed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from smartcity_desk.domain.custody import Segment, Stay
from smartcity_desk.domain.office import UPT
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words

if TYPE_CHECKING:
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.ui.services import Desk

_TONES: Final = {Stay.HOLD: "accent", Stay.VERIFY: "verify", Stay.REST: "paused"}
_NAME_SHARE: Final = 0.36


@dataclass(frozen=True, slots=True)
class BarLine:
    """One stay: name, length in words, its part of the whole (0 to 1), its pauses and its due date likewise."""

    name: str
    length: str
    since: float
    until: float
    pauses: tuple[tuple[float, float], ...]
    due: float | None
    tone: str
    own: bool
    spoken: str


def bar_lines(
    segments: Sequence[Segment], own: str, due_at: int | None, directory: Directory, now: int
) -> list[BarLine]:
    """The stays of a report. The rest of a closed one takes no room: it lasts for ever."""
    stays = [one for one in segments if one.stay is not Stay.REST]
    if not stays:
        return []
    begin = stays[0].since
    end = max([now if one.until is None else one.until for one in stays] + [begin + 1])
    if due_at is not None:
        end = max(end, due_at)

    def place(at: int) -> float:
        return min(1.0, max(0.0, (at - begin) / (end - begin)))

    found: list[BarLine] = []
    for one in stays:
        until = now if one.until is None else one.until
        name = holder_name(one, directory)
        length = words.length(max(0, until - one.since))
        span = tr("offices.span.times", since=formats.near(one.since, now), until=_end(one, now))
        found.append(
            BarLine(
                name,
                length,
                place(one.since),
                place(until),
                tuple((place(pause.since), place(pause.until)) for pause in one.pauses),
                place(due_at) if due_at is not None and one.id == own else None,
                "muted" if one.office == UPT and one.stay is Stay.HOLD else _TONES[one.stay],
                one.id == own,
                f"{name}: {span}, {length}",
            )
        )
    return found


def _end(one: Segment, now: int) -> str:
    return tr("offices.now") if one.until is None else formats.near(one.until, now)


def holder_name(one: Segment, directory: Directory) -> str:
    """Who held it, and what for."""
    if one.stay is Stay.VERIFY:
        return tr("offices.bar.verify")
    return tr("report.unit") if one.office == UPT else words.office(directory, one.office)


class CustodyBars(QWidget):
    """As tall as its lines. The words of every bar are its name for the screen reader."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.lines: list[BarLine] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_lines(self, lines: list[BarLine]) -> None:
        """Show these stays, the first on top."""
        self.lines = lines
        self.setAccessibleName(tr("offices.bars.name"))
        self.setAccessibleDescription(". ".join(line.spoken for line in lines))
        self.setToolTip(formats.tip("\n".join(line.spoken for line in lines)))
        self.updateGeometry()
        self.update()

    @property
    def _step(self) -> int:
        return QFontMetrics(self._desk.theme.font(step=-1)).height() + self._desk.theme.pixels(8)

    def sizeHint(self) -> QSize:
        """A line for each stay."""
        return QSize(240, self._step * len(self.lines))

    def minimumSizeHint(self) -> QSize:
        """Narrow is enough; every line is needed."""
        return QSize(160, self._step * len(self.lines))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Name, bar and length of each stay."""
        theme = self._desk.theme
        painter = QPainter(self)
        painter.setFont(theme.font(step=-1))
        metrics, step = painter.fontMetrics(), self._step
        widest = max((metrics.horizontalAdvance(line.length) for line in self.lines), default=0)
        left = int(self.width() * _NAME_SHARE)
        room = max(20, self.width() - left - widest - theme.pixels(20))
        for at, line in enumerate(self.lines):
            top = at * step
            painter.setPen(theme.color("text" if line.own else "muted"))
            name = metrics.elidedText(line.name, Qt.TextElideMode.ElideRight, left - theme.pixels(8))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, left, step), middle | Qt.AlignmentFlag.AlignLeft, name)
            area = QRectF(0, top, self.width(), step)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, line.length)
            self._bar(painter, line, QRectF(left, top + step * 0.24, room, step * 0.52))
        painter.end()

    def _bar(self, painter: QPainter, line: BarLine, area: QRectF) -> None:
        theme = self._desk.theme
        painter.fillRect(QRectF(area.left(), area.center().y(), area.width(), 1), theme.color("border"))
        left = area.left() + line.since * area.width()
        width = max(2.0, (line.until - line.since) * area.width())
        bar = QRectF(left, area.top(), width, area.height())
        painter.fillRect(bar, theme.color(line.tone))
        for since, until in line.pauses:
            part = QRectF(
                area.left() + since * area.width(),
                area.top(),
                max(2.0, (until - since) * area.width()),
                area.height(),
            ).intersected(bar)
            painter.fillRect(part, theme.color("surface"))
            painter.fillRect(part, QBrush(theme.color(line.tone), Qt.BrushStyle.BDiagPattern))
        if line.own:
            painter.setPen(QPen(theme.color("text"), 1.4))
            painter.drawRect(bar.adjusted(-1, -1, 1, 1))
        if line.due is not None:
            x = area.left() + line.due * area.width()
            painter.setPen(QPen(theme.color("overdue"), 2))
            painter.drawLine(QPointF(x, area.top() - 3), QPointF(x, area.bottom() + 3))
