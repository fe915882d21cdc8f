"""*Cetak peta*: what the map shows on one A4 sheet at 300 dots per inch. The preview shows the very bytes of the file.

The sheet is drawn by a page of its own that nobody sees, in the light style, with three and an eighth pixels to each
of the screen's; so lines and letters are as sharp as the paper allows.
"""

from __future__ import annotations

import asyncio
import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QDialog

from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.times import to_iso
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats, theme
from smartcity_desk.ui.loop import shown
from smartcity_desk.ui.map import legend
from smartcity_desk.ui.map.answers import Viewer, Wanted
from smartcity_desk.ui.map.page import Asset
from smartcity_desk.ui.map.said import Said
from smartcity_desk.ui.map.view import MapView
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartcity_desk.config import Settings
    from smartcity_desk.store import Store
    from smartcity_desk.ui.map.face import MapFace
    from smartcity_desk.ui.map.scheme import Question
    from smartcity_desk.ui.services import Desk

DPI: Final = 300
FINE: Final = DPI / 96
"""Dots on paper to a pixel of the page."""
WIDTH, HEIGHT, FOOT = 1046, 590, 60
"""The map on paper in pixels of the page, 277 by 156 mm, and what is left for the four lines below it."""
_LONGEST_SECONDS: Final = 30.0
_OVER_SECONDS: Final = 0.2
"""What is painted has to come over from the page's process."""
_EARTH_M: Final = 40_075_016.686


def scale_of(lat: float, zoom: int) -> int:
    """The scale of the sheet's map, so many to one, rounded to two figures."""
    metres = _EARTH_M * math.cos(math.radians(lat)) / 2 ** (zoom + 8)
    exact = metres / (0.0254 / 96)
    step = 10 ** max(0, math.floor(math.log10(exact)) - 1)
    return int(round(exact / step) * step)


@dataclass(frozen=True, slots=True)
class Printable:
    """The part of a list that may leave the unit, how many of each channel may not, and which channels those are."""

    pks: array[int]
    withheld: Mapping[str, int]
    closed: tuple[str, ...]


def printable(store: Store, settings: Settings, pks: array[int], now: int) -> Printable:
    """Leave out the reports of channels that may not be exported. Blocks; for a reader's thread."""
    from smartcity_desk.sync import registry

    closed = tuple(name for name in registry.CHANNELS if not registry.exportable(name, settings))
    listed = np.frombuffer(pks, dtype=np.int64) if len(pks) else np.zeros(0, np.int64)
    withheld: dict[str, int] = {}
    for channel in closed:
        theirs = np.frombuffer(store.ids(Filter(channels=frozenset({channel})), now=now), dtype=np.int64)
        mine = np.isin(listed, theirs)
        if mine.any():
            withheld[channel] = int(np.count_nonzero(mine))
            listed = listed[~mine]
    return Printable(array("q", listed.tobytes()), withheld, closed)


class _Sheet:
    """A page that nobody sees, and what it has drawn so far.

    What a channel's terms keep inside the unit is not on it: neither its reports nor its layer.
    """

    def __init__(self, desk: Desk, face: MapFace, may: Printable) -> None:
        self._face = face
        shown = face.viewer
        self._paper = Viewer(shown.book, may.pks, shown.marked, shown.serial)
        self._now = desk.clock
        self._wanted = [layer for layer in face.layering.wanted() if layer["key"] not in may.closed]
        self._layers = {str(layer["key"]) for layer in self._wanted}
        self._drawn = False
        self._told = False
        self.total = 0
        self.done: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        self.view = MapView(desk, self._answer)
        self.view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.view.resize(round(WIDTH * FINE), round(HEIGHT * FINE))
        self.view.web.setZoomFactor(FINE)
        self.view.opened.connect(self._opened)
        self.view.said.connect(self._heard)

    def _answer(self, what: str, question: Question) -> Asset | None:
        """In a reader's thread: as the map on screen answers, but for the reports."""
        if what == "reports":
            return Asset(self._paper.draw(Wanted.of(question), self._now()), "application/octet-stream")
        return self._face.answers(what, question)

    def _opened(self) -> None:
        from smartcity_desk.ui.map.face import page_words

        face, call = self._face, self.view.call
        call("words", page_words())
        call("go", face.look.lat, face.look.lon, face.look.zoom)
        call("layers", self._wanted)
        call("names", face.layering.edition)
        call("show", face.wants())

    def _heard(self, what: str, values: Mapping[str, str]) -> None:
        try:
            said = Said.of(what, values)
        except (ValueError, KeyError):
            return
        if said.what == "drawn":
            self._drawn, self.total = True, said.total
        elif said.what in ("laid", "failed"):
            self._layers.discard(said.layer)
        elif said.what == "painted" and not self.done.done():
            self.done.set_result(None)
        if self._drawn and not self._layers and not self._told:
            self._told = True
            self.view.call("settled")


async def draw_sheet(desk: Desk, face: MapFace) -> bytes:
    """The sheet as a PDF. Raises TimeoutError when the page does not come to an end."""
    listed = array("q") if face.viewer.pks is None else face.viewer.pks
    may = await desk.readers.run(printable, desk.store, desk.settings, listed, desk.clock())
    sheet = _Sheet(desk, face, may)
    try:
        sheet.view.show()
        sheet.view.open("light", await face.stage.files("light"))
        await asyncio.wait_for(sheet.done, _LONGEST_SECONDS)
        await asyncio.sleep(_OVER_SECONDS)
        picture = sheet.view.web.grab().toImage()
    finally:
        sheet.view.hide()
        sheet.view.deleteLater()
    return await desk.papers.run(
        compose, picture, _texts(desk, face, sheet.total, may.withheld), face.legend.parts()
    )


def _texts(desk: Desk, face: MapFace, total: int, withheld: Mapping[str, int]) -> tuple[str, str, list[str]]:
    """Heading, the line below it, and what stands at the foot."""
    look, now = face.look, desk.clock()
    scale = tr("map.print.scale", scale=formats.number(scale_of(look.lat, look.zoom)))
    parts = [
        tr("map.print.as_of", at=formats.date_time(now)),
        tr("map.caption", n=formats.number(total)),
        scale,
    ]
    if face.time.isVisible():
        since, until = face.time.stretch()
        parts.append(tr("map.time.shown", since=formats.date_time(since), until=formats.date_time(until)))
    # What limits the sheet stands first: a long list of sources may be the one to be cut.
    foot = [tr("map.caption.approximate")] if face.layering.approximate else []
    if withheld:
        of = [f"{words.channel_name(channel)} {formats.number(count)}" for channel, count in withheld.items()]
        foot.append(tr("map.print.withheld", of="; ".join(of)))
    foot.append(tr("map.print.sources", sources="; ".join(face.layering.sources()) or "—"))
    return tr("map.print.title", view=face.view_name()), " · ".join(parts), foot


def compose(picture: QImage, texts: tuple[str, str, list[str]], parts: list[legend.Part]) -> bytes:
    """One A4 sheet, across: heading, map, legend, sources. Runs in an errand: Qt lets any thread paint on a picture."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    layout = QPageLayout(
        QPageSize(QPageSize.PageSizeId.A4),
        QPageLayout.Orientation.Landscape,
        QMarginsF(10, 10, 10, 10),
        QPageLayout.Unit.Millimeter,
    )
    writer.setPageLayout(layout)
    title, line, foot = texts
    writer.setTitle(title)
    writer.setCreator("smartcity-desk")
    light, painter = theme.make("light"), QPainter(writer)
    painter.scale(FINE, FINE)
    painter.setFont(light.font(step=1, bold=True))
    painter.setPen(light.color("text"))
    painter.drawText(QRect(0, 0, WIDTH, 22), Qt.AlignmentFlag.AlignVCenter, title)
    painter.setFont(light.font(step=-1))
    painter.setPen(light.color("muted"))
    painter.drawText(QRect(0, 22, WIDTH, 18), Qt.AlignmentFlag.AlignVCenter, line)
    painter.drawImage(QRectF(0, 44, WIDTH, HEIGHT), picture)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(light.color("outline"))
    painter.drawRect(QRect(0, 44, WIDTH, HEIGHT))
    legend.paint(painter, QRect(0, 44 + HEIGHT + 4, WIDTH, 18), light, parts)
    painter.setFont(light.font(step=-1))
    painter.setPen(light.color("muted"))
    wrap = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(QRect(0, 44 + HEIGHT + 24, WIDTH, FOOT), int(wrap), "\n".join(foot))
    painter.end()
    return bytes(buffer.data().data())


class PrintPreview(QDialog):
    """The sheet as it will be, and two ways out: a file, or the printer."""

    def __init__(self, desk: Desk, content: bytes, face: MapFace) -> None:
        from smartcity_desk.ui.escalation.pdfpane import PdfPane

        super().__init__(face)
        self.content = content
        self._desk = desk
        self.setWindowTitle(tr("map.print.preview"))
        self.pane = PdfPane(desk, self)
        self.pane.show_bytes(content)
        self.save = basic.button(kind="primary")
        self.save.setText(tr("map.print.save"))
        self.paper = basic.button()
        self.paper.setText(tr("map.print.paper"))
        self.leave = basic.button()
        self.leave.setText(tr("action.button.cancel"))
        self.leave.clicked.connect(self.reject)
        self.save.clicked.connect(lambda: desk.tasks.spawn(self._save(), name="map.save"))
        self.paper.clicked.connect(lambda: desk.tasks.spawn(self._to_paper(), name="map.paper"))
        whole = basic.column(
            self.pane, basic.row(0, self.leave, self.paper, self.save), margins=(12, 12, 12, 12)
        )
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.resize(desk.theme.pixels(900), desk.theme.pixels(680))

    async def _save(self) -> None:
        from smartcity_desk.ui.files import save_file

        name = f"peta-{to_iso(self._desk.clock())[:16].replace(':', '')}.pdf"
        where = await save_file(self, tr("map.print.save"), name, "PDF (*.pdf)")
        if where is not None:
            await self._desk.errands.run(where.write_bytes, self.content)
            self._desk.notify.done(tr("map.print.saved", name=where.name), replaces="map")
            self.accept()

    async def _to_paper(self) -> None:
        from smartcity_desk.ui.escalation.printing import ask_printer, print_pages

        printer = await ask_printer(self, tr("map.print.preview"), 1)
        if printer is not None:
            await self._desk.papers.run(print_pages, printer, self.content, range(1), lambda _: True)
            self.accept()


async def print_map(desk: Desk, face: MapFace) -> None:
    """Draw the sheet and show it."""
    desk.notify.say(tr("map.print.drawing"), replaces="map")
    try:
        content = await draw_sheet(desk, face)
    except TimeoutError:
        desk.notify.say(tr("map.print.failed"), replaces="map")
        return
    desk.notify.withdraw("map")
    await shown(PrintPreview(desk, content, face))
