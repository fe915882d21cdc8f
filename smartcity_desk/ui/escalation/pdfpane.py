"""A PDF on screen, from its very bytes: pages below each other, zoom and pages by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Signal
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtWidgets import QWidget

from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.ui.services import Desk

_STEP: Final = 1.25
_LEAST, _MOST = 0.25, 5.0


class PdfPane(QWidget):
    """Shows `content`. The bytes are kept as they came: what is saved or printed from here is what is seen."""

    moved = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.content = b""
        self._buffer: QBuffer | None = None
        self._document = QPdfDocument(self)
        self.view = QPdfView(self)
        self.view.setPageMode(QPdfView.PageMode.MultiPage)
        self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.view.setDocument(self._document)
        self.view.pageNavigator().currentPageChanged.connect(lambda _: self._say())
        self.view.zoomFactorChanged.connect(lambda _: self._say())
        self.place = basic.label(tone="muted", step=-1)
        whole = basic.column(self.view, basic.row(0, self.place, 0, margins=(8, 2, 8, 2)), spacing=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.view)
        self.retranslate()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return self._document.pageCount()

    @property
    def page(self) -> int:
        """The page on show, from 1."""
        return self.view.pageNavigator().currentPage() + 1 if self.pages else 0

    def show_bytes(self, content: bytes) -> None:
        """Show another paper; nothing where it is empty."""
        if content == self.content:
            return
        self.content = content
        self._document.close()
        if self._buffer is not None:
            self._buffer.close()
            self._buffer.deleteLater()
            self._buffer = None
        if content:
            self._buffer = QBuffer(self)
            self._buffer.setData(QByteArray(content))
            self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
            self._document.load(self._buffer)
        self._say()

    # -- moving about ------------------------------------------------------------------------------------------

    def zoom(self, by: int) -> None:
        """Nearer (1), further (-1), or as wide as the window (0)."""
        if by == 0:
            self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        else:
            factor = self.factor * (_STEP if by > 0 else 1 / _STEP)
            self.view.setZoomMode(QPdfView.ZoomMode.Custom)
            self.view.setZoomFactor(min(_MOST, max(_LEAST, factor)))
        self._say()

    @property
    def factor(self) -> float:
        """How large a page is shown; 1 is its size on paper."""
        if self.view.zoomMode() is QPdfView.ZoomMode.Custom:
            return float(self.view.zoomFactor())
        points = self._document.pagePointSize(0).width() if self.pages else 595.0
        margins = self.view.documentMargins()
        room = self.view.viewport().width() - margins.left() - margins.right()
        return max(_LEAST, room / max(1.0, points * self.view.logicalDpiX() / 72))

    def turn(self, by: int) -> None:
        """So many pages further or back."""
        if self.pages:
            target = max(0, min(self.pages - 1, self.page - 1 + by))
            self.view.pageNavigator().jump(target, self.view.pageNavigator().currentLocation(), 0)
            self._say()

    def scroll_by(self, by: int) -> None:
        """A few lines down or up."""
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.value() + by * self._desk.theme.pixels(60))

    def _say(self) -> None:
        text = ""
        if self.pages:
            text = tr(
                "escalation.pdf.place",
                page=formats.number(self.page),
                pages=formats.number(self.pages),
                zoom=round(self.factor * 100),
            )
        self.place.setText(text)
        self.view.setAccessibleDescription(text)
        self.moved.emit()

    def retranslate(self) -> None:
        """Every text anew."""
        self.view.setAccessibleName(tr("escalation.pdf.name"))
        self._say()
