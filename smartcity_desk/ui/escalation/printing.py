"""Handing a PDF to the operating system's printer: its own dialog, then the pages as pictures at 300 dots per inch."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPrintSupport import QAbstractPrintDialog, QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from smartcity_desk.evidence.issuing import Stopped, Told
from smartcity_desk.ui.loop import shown

DPI: Final = 300
_INCH: Final = 72
_WHITE: Final = 0xFFFFFFFF


async def ask_printer(parent: QWidget, name: str, pages: int) -> QPrinter | None:
    """The printer that a person chose, with which pages; None when it was called off."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(name)
    dialog = QPrintDialog(printer, parent)
    dialog.setOption(QAbstractPrintDialog.PrintDialogOption.PrintPageRange, on=True)
    dialog.setMinMax(1, max(1, pages))
    dialog.setFromTo(1, max(1, pages))
    accepted = await shown(dialog) == QDialog.DialogCode.Accepted
    return printer if accepted else None


def chosen_pages(printer: QPrinter, pages: int) -> range:
    """Which pages (from 0) the person wants."""
    first, last = printer.fromPage(), printer.toPage()
    if printer.printRange() is not QPrinter.PrintRange.PageRange or not first:
        return range(pages)
    return range(max(0, first - 1), min(pages, last))


def print_pages(printer: QPrinter, content: bytes, wanted: range, told: Told) -> bool:
    """Put pages of a PDF on paper, one a sheet and whole; whether the printer took them. Raises Stopped.

    Runs in an errand: Qt lets any thread paint on a printer. One page is in memory at a time.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    painter = QPainter()
    if not painter.begin(printer):
        return False
    try:
        for done, page in enumerate(wanted):
            if not told(done / max(1, len(wanted))):
                printer.abort()
                raise Stopped
            if done:
                printer.newPage()
            image = page_image(document, page)
            area = QRectF(painter.viewport())
            scale = min(area.width() / image.width(), area.height() / image.height())
            width, height = image.width() * scale, image.height() * scale
            target = QRectF((area.width() - width) / 2, (area.height() - height) / 2, width, height)
            painter.drawImage(target, image)
    finally:
        painter.end()
        document.close()
    return True


def page_image(document: QPdfDocument, page: int) -> QImage:
    """One page as a picture on white."""
    points = document.pagePointSize(page)
    size = QSize(round(points.width() * DPI / _INCH), round(points.height() * DPI / _INCH))
    picture = document.render(page, size)
    white = QImage(picture.size(), QImage.Format.Format_RGB32)
    white.fill(_WHITE)
    painter = QPainter(white)
    painter.drawImage(0, 0, picture)
    painter.end()
    return white
