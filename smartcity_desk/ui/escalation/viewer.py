"""A picture in a window of its own: as large as the window, or nearer; nothing of it is handed to another program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QDialog, QFrame, QPushButton, QScrollArea, QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_STEP: Final = 1.25
_MOST: Final = 4.0


class Canvas(QWidget):
    """Paints one picture into all of its own area."""

    def __init__(self, image: QImage, ground: str) -> None:
        super().__init__()
        self.pixels = QPixmap.fromImage(image)
        self._ground = ground

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is to be seen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), QColor(self._ground))
        painter.drawPixmap(self.rect(), self.pixels, QRect(0, 0, self.pixels.width(), self.pixels.height()))


class Viewer(QDialog):
    """Plus and minus come nearer and go back, zero fits the window, arrows move, Esc closes."""

    def __init__(self, desk: Desk, title: str, image: QImage, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.factor: float | None = None
        """How large a point is shown; None fits the window."""
        self.canvas = Canvas(image, desk.theme.tokens.window)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setAccessibleName(title)
        self.area.setWidget(self.canvas)
        self.place = basic.label(tone="muted")
        bar = Flow(spacing=8)
        for deed, keys, call in (
            ("nearer", ("+", "="), lambda: self.zoom(_STEP)),
            ("further", ("-",), lambda: self.zoom(1 / _STEP)),
            ("fit", ("0",), lambda: self.show_at(None)),
            ("close", (), self.reject),
        ):
            bar.addWidget(self._button(deed, keys, call))
        bar.addWidget(self.place)
        whole = basic.column(self.area, bar, spacing=8, margins=(12, 12, 12, 12))
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.resize(desk.theme.pixels(900), desk.theme.pixels(700))
        self.area.setFocus()

    def _button(self, deed: str, keys: tuple[str, ...], call: Callable[[], None]) -> QPushButton:
        made = basic.button(kind="quiet")
        made.setText(tr(f"escalation.view.{deed}"))
        made.setAutoDefault(False)
        made.clicked.connect(lambda _=False: call())
        for key in keys:
            QShortcut(QKeySequence(key), self).activated.connect(call)
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture that fits goes on fitting."""
        super().resizeEvent(event)
        self.show_at(self.factor)

    @property
    def fitting(self) -> float:
        """The factor at which the whole picture is seen; never larger than it is."""
        room = self.area.maximumViewportSize()
        size = self.canvas.pixels.size()
        return min(1.0, room.width() / size.width(), room.height() / size.height())

    def zoom(self, by: float) -> None:
        """Nearer or further by a factor."""
        present = self.fitting if self.factor is None else self.factor
        self.show_at(present * by)

    def show_at(self, factor: float | None) -> None:
        """Show it at a factor, or fitting where that would be smaller."""
        fit = self.fitting
        self.factor = None if factor is None or factor <= fit else min(_MOST, factor)
        shown = self.factor or fit
        size = self.canvas.pixels.size()
        self.canvas.resize(QSize(max(1, round(size.width() * shown)), max(1, round(size.height() * shown))))
        self.place.setText(tr("escalation.view.place", zoom=round(shown * 100)))
