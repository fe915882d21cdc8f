"""Our own line icons (`resources/icons/*.svg`), drawn in a token's colour. Qt's SVG module loads with the first one."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from smartcity_desk import paths
from smartcity_desk.ui.theme import Theme

_SCALES: Final = (1, 2, 3)


def icon(name: str, theme: Theme, *, tone: str = "text", size: int = 20) -> QIcon:
    """The icon `name` in the colour of the token `tone`; its disabled form is faint. Sharp on dense screens."""
    return _icon(name, str(getattr(theme.tokens, tone)), theme.tokens.outline, theme.pixels(size))


@lru_cache(maxsize=256)
def _icon(name: str, color: str, faint: str, size: int) -> QIcon:
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(_pixmap(name, color, size, scale), QIcon.Mode.Normal)
        made.addPixmap(_pixmap(name, faint, size, scale), QIcon.Mode.Disabled)
    return made


def _pixmap(name: str, color: str, size: int, scale: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    drawing = _source(name).replace(b"currentColor", color.encode())
    pixmap = QPixmap(QSize(size, size) * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=64)
def _source(name: str) -> bytes:
    return paths.resource("icons", f"{name}.svg").read_bytes()
