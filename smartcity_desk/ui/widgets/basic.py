"""Labels, buttons and frames as every screen builds them: plain text only, toned by token, named for the reader."""

from __future__ import annotations

from typing import Literal, TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from smartcity_desk.ui.formats import clean, one_line, tip

Box = TypeVar("Box", bound=QAbstractSpinBox)
Tone = Literal[
    "", "muted", "accent", "overdue", "soon", "in_time", "paused", "verify", "candidate", "uncertain"
]


def label(
    text: str = "", *, tone: Tone = "", step: int = 0, bold: bool = False, wrap: bool = False
) -> QLabel:
    """A label that shows its text as it is, whatever stands in it. `step` as in `Theme.font`."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(clean(text))
    made.setWordWrap(wrap)
    if wrap:
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    set_tone(made, tone)
    if step or bold:
        made.setProperty("step", step)
        made.setProperty("strong", bold)
    return made


def set_tone(widget: QWidget, tone: Tone) -> None:
    """Colour a label by token; costs a style pass, so only when it changes."""
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ElidedLabel(QLabel):
    """One line of text that is cut with `…` where there is no room; the whole text is its tool tip."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show `text` from outside or inside."""
        self._whole = one_line(text, 1000)
        self.setText(self._whole)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(self.fontMetrics().averageCharWidth() * 4, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the whole text as a tip only where it is cut."""
        super().resizeEvent(event)
        cut = QFontMetrics(self.font()).horizontalAdvance(self._whole) > self.contentsRect().width()
        self.setToolTip(tip(self._whole if cut else ""))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        box = self.contentsRect()
        text = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, box.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(box, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)


def button(*, kind: Literal["", "primary", "quiet"] = "", parent: QWidget | None = None) -> QPushButton:
    """A push button without text yet; bind its text, which is also its name for the reader."""
    made = QPushButton(parent)
    if kind:
        made.setProperty("kind", kind)
    made.setAutoDefault(kind == "primary")
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def tool(parent: QWidget | None = None) -> QToolButton:
    """A small button for an icon that Tab reaches; name it with `Texts.name`."""
    made = QToolButton(parent)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def indented(box: Box) -> Box:
    """A box for a number or a time whose text keeps off the edge, as in a line; no style sheet reaches it there."""
    line = box.lineEdit()
    if line is not None:
        line.setTextMargins(7, 0, 0, 0)
    return box


def frame(
    *,
    ground: Literal["", "window", "surface", "raised", "card"] = "",
    line: Literal["", "top", "bottom", "right"] = "",
    parent: QWidget | None = None,
) -> QFrame:
    """A plain area on one of the grounds, perhaps with one line at its edge."""
    made = QFrame(parent)
    if ground:
        made.setProperty("ground", ground)
    if line:
        made.setProperty("line", line)
    return made


def row(
    *parts: QWidget | QLayout | int, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """Parts side by side. A number is a gap in pixels; 0 takes all the room that is left."""
    layout = QHBoxLayout()
    _fill(layout, parts, spacing, margins)
    return layout


def column(
    *parts: QWidget | QLayout | int, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """Parts below each other. A number is a gap in pixels; 0 takes all the room that is left."""
    layout = QVBoxLayout()
    _fill(layout, parts, spacing, margins)
    return layout


def _fill(
    layout: QHBoxLayout | QVBoxLayout,
    parts: tuple[QWidget | QLayout | int, ...],
    spacing: int,
    margins: tuple[int, int, int, int],
) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for part in parts:
        if isinstance(part, int):
            layout.addSpacing(part) if part else layout.addStretch(1)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
