"""The pictures themselves: side by side, one swiped over the other, or their difference."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.theme import Theme

if TYPE_CHECKING:
    from smartcity_desk.ui.verify.evidence import Shown

STEP: Final = 0.05
_GAP: Final = 8


class Mode(StrEnum):
    """How a pair is shown."""

    SIDE = "side"
    SWIPE = "swipe"
    DIFFERENCE = "difference"


class PairView(QWidget):
    """Paints one pair. Captions say which is which; the swipe is moved by keys or the mouse."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.mode = Mode.SIDE
        self.at = 0.5
        self._images: dict[str, QImage] = {}
        self._box: tuple[float, float, float, float] | None = None
        self._text = ""
        self.setMinimumHeight(theme.pixels(200))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def sizeHint(self) -> QSize:
        """Wide enough for two pictures."""
        return QSize(self._theme.pixels(820), self._theme.pixels(360))

    def show_pair(self, shown: Shown | None, text: str = "") -> None:
        """Take a pair, or a sentence where there is none."""
        self._images, self._box, self._text = {}, None, text
        if shown is not None:
            found = shown.comparison
            contents = {"before": shown.before, "after": shown.after}
            if found is not None:
                contents |= {"laid": found.after, "difference": found.difference}
                self._box = found.box
            self._images = {
                name: image
                for name, content in contents.items()
                if content is not None and not (image := QImage.fromData(content)).isNull()
            }
        self.update()

    @property
    def comparable(self) -> bool:
        """Whether both sides are here, so that they can be swiped and subtracted."""
        return "laid" in self._images

    def set_mode(self, mode: Mode) -> None:
        """Show it another way; a single picture has only one."""
        self.mode = mode if self.comparable else Mode.SIDE
        self.update()

    def move_swipe(self, to: float) -> None:
        """Put the border of the swipe at a share of the width."""
        self.at = min(1.0, max(0.0, to))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the border."""
        if self.mode is Mode.SWIPE and event.buttons() & Qt.MouseButton.LeftButton:
            area = self._area(self._images["before"], self.rect())
            self.move_swipe((event.position().x() - area.x()) / max(1, area.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what the mode asks for."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        tokens = self._theme.tokens
        painter.fillRect(self.rect(), QColor(tokens.surface))
        painter.setPen(QColor(tokens.text))
        if not self._images:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._text)
        elif self.mode is Mode.DIFFERENCE and "difference" in self._images:
            self._picture(painter, "difference", self.rect(), tr("verify.difference"))
        elif self.mode is Mode.SWIPE and self.comparable:
            self._swipe(painter)
        else:
            self._side(painter)

    def _side(self, painter: QPainter) -> None:
        half = (self.width() - _GAP) // 2
        left, right = QRect(0, 0, half, self.height()), QRect(half + _GAP, 0, half, self.height())
        sides = (
            ("before", left, tr("verify.before"), tr("verify.before_missing")),
            ("after", right, tr("verify.after"), tr("verify.after_missing")),
        )
        for name, area, caption, missing in sides:
            if name in self._images:
                self._picture(painter, name, area, caption)
            else:
                painter.setPen(QColor(self._theme.tokens.muted))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, missing)

    def _swipe(self, painter: QPainter) -> None:
        area = self._area(self._images["before"], self.rect())
        border = area.x() + round(area.width() * self.at)
        painter.drawImage(area, self._images["before"])
        painter.save()
        painter.setClipRect(QRect(border, area.y(), area.right() - border + 1, area.height()))
        painter.drawImage(area, self._images["laid"])
        painter.restore()
        painter.setPen(QPen(QColor(self._theme.tokens.focus), 2))
        painter.drawLine(QPoint(border, area.top()), QPoint(border, area.bottom()))
        self._caption(painter, area, tr("verify.before"), Qt.AlignmentFlag.AlignLeft)
        self._caption(painter, area, tr("verify.after"), Qt.AlignmentFlag.AlignRight)

    def _picture(self, painter: QPainter, name: str, room: QRect, caption: str) -> None:
        area = self._area(self._images[name], room)
        painter.drawImage(area, self._images[name])
        if self._box is not None and name != "after":
            left, top, right, bottom = self._box
            painter.setPen(QPen(QColor(self._theme.tokens.soon), 2, Qt.PenStyle.DashLine))
            painter.drawRect(
                QRect(
                    area.x() + round(left * area.width()),
                    area.y() + round(top * area.height()),
                    round((right - left) * area.width()),
                    round((bottom - top) * area.height()),
                )
            )
        self._caption(painter, area, caption, Qt.AlignmentFlag.AlignLeft)

    def _caption(self, painter: QPainter, area: QRect, text: str, side: Qt.AlignmentFlag) -> None:
        metrics = painter.fontMetrics()
        wide, high = metrics.horizontalAdvance(text) + 16, metrics.height() + 6
        left = area.x() if side is Qt.AlignmentFlag.AlignLeft else area.right() - wide + 1
        ground = QRect(left, area.y(), wide, high)
        painter.fillRect(ground, QColor(self._theme.tokens.raised))
        painter.setPen(QColor(self._theme.tokens.text))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _area(image: QImage, room: QRect) -> QRect:
        size = image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRect(
            room.x() + (room.width() - size.width()) // 2,
            room.y() + (room.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )
