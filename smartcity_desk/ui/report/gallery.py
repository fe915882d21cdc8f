"""A report's pictures and papers as small tiles: what came, what is on its way, what was kept out and why.

Shows our own copies from the profile's folder, read off the interface thread. Nothing here asks the network, and the
bytes that a stranger made never reach a decoder of this process.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.filetypes import PDF
from smartcity_desk.i18n import has_text, tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from smartcity_desk.store import Store
    from smartcity_desk.store.media import Shown
    from smartcity_desk.store.rows import ReportDetail
    from smartcity_desk.ui.services import Desk

MOST: Final = 24
"""Tiles of one report, those of its replies included."""
SIDE: Final = 84
_COPY_BYTES: Final = 8 << 20
"""No copy of ours is larger."""
_JPEG: Final = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Tile:
    """One file and its small copy; None where there is none, or none that can be read."""

    file: Shown
    image: QImage | None


def load(store: Store, folder: Path, pk: int) -> list[Tile]:
    """The files of a report (by pk) with their small copies. Blocks; for a reader's thread. Raises `StoreProblem`."""
    return [
        Tile(one, copy_image(folder, one.sha256, "thumb") if one.width else None)
        for one in store.media.of_report(pk)[:MOST]
    ]


def copy_image(folder: Path, sha256: str, which: str) -> QImage | None:
    """A copy of ours (`view` or `thumb`), or None where it does not lie there. Blocks."""
    from smartcity_desk.store import files

    try:
        with files.copy_of(folder, sha256, which).open("rb") as stream:
            content = stream.read(_COPY_BYTES)
    except OSError:
        return None
    image = QImage()
    whole = content.startswith(_JPEG) and image.loadFromData(content, "JPEG")
    return image if whole else None


class GallerySection(QWidget):
    """Gone where a report names nothing. Enter or a click on a picture opens it; papers are saved where one wants."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._pk: int | None = None
        self._names = False
        self._veiled: frozenset[str] = frozenset()
        self._channel = ""
        self._tiles: list[Tile] = []
        self.head = basic.label(tone="muted", step=-1, bold=True)
        self.why = basic.label(tone="muted", step=-1, wrap=True)
        self._flow = Flow(spacing=6)
        self.buttons: list[_Thumb] = []
        self.setLayout(basic.column(self.head, self._flow, self.why, spacing=4))
        desk.bridge.media_changed.connect(self._arrived)
        self.hide()

    def show_report(self, detail: ReportDetail | None, *, revealed: bool = False) -> None:
        """Show the files of another report, or of the same one as they are now.

        Of what was said in private nothing, unless it was `revealed`: neither of a report nor of a reply.
        """
        pk = None if detail is None or (detail.report.private and not revealed) else detail.pk
        names = pk is not None and detail is not None and bool(detail.report.media)
        replies = () if detail is None or revealed else detail.replies
        self._veiled = frozenset(reply.id for reply in replies if reply.private)
        if pk != self._pk:
            self._tiles = []
        self._pk = pk
        self._names = names
        self._channel = "" if detail is None else detail.report.channel
        self._fill()
        if self._pk is not None:
            self._desk.tasks.replace("report.gallery", self._read(self._pk))
        else:
            self._desk.tasks.cancel("report.gallery")

    @property
    def tiles(self) -> list[Tile]:
        """What is on show."""
        return self._tiles

    async def _read(self, pk: int) -> None:
        desk = self._desk
        try:
            found = await desk.readers.run(load, desk.store, desk.paths.media, pk)
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self) and self._pk == pk:
            self._tiles = [one for one in found if one.file.reply not in self._veiled]
            self._fill()

    def _arrived(self, line: object) -> None:
        pks = line.get("pks") if isinstance(line, dict) else None
        if self._pk is not None and isinstance(pks, list) and self._pk in pks:
            self._desk.tasks.replace("report.gallery", self._read(self._pk))

    def _fill(self) -> None:
        self.setVisible(self._names or bool(self._tiles))
        fetched = bool(self._desk.settings.get(config.PICTURES_FETCHED))
        for at in range(
            len(self.buttons), len(self._tiles)
        ):  # most reports name none: a desk starts without any
            button = _Thumb(self._desk, self)
            button.clicked.connect(lambda _=False, at=at: self.open(at))
            self._flow.addWidget(button)
            self.buttons.append(button)
        for at, button in enumerate(self.buttons):
            tile = self._tiles[at] if at < len(self._tiles) else None
            button.show_tile(tile, at + 1, len(self._tiles), fetched=fetched)
        refused = [tile.file for tile in self._tiles if tile.file.state.value == "refused"]
        reasons = dict.fromkeys(reason for file in refused if (reason := reason_sentence(file)))
        self.why.setText("\n".join(reasons))
        self.why.setVisible(bool(reasons))

    def open(self, at: int) -> None:
        """Open a picture in its window, or ask where to save a paper."""
        if at >= len(self._tiles):
            return
        from smartcity_desk.sync import registry

        tile = self._tiles[at]
        may_save = registry.exportable(self._channel, self._desk.settings)
        if tile.file.kind == PDF:
            if may_save:
                self._desk.tasks.replace("report.paper", self._save(tile.file))
            else:
                self._desk.notify.say(tr("report.media.stays"))
        elif tile.image is not None:
            from smartcity_desk.ui.report.pictures import PicturesViewer

            seen = [one.file for one in self._tiles if one.image is not None]
            viewer = PicturesViewer(self._desk, seen, seen.index(tile.file), self.window(), may_save=may_save)
            viewer.finished.connect(viewer.deleteLater)
            viewer.open()

    async def _save(self, file: Shown) -> None:
        from smartcity_desk.store import files as kept
        from smartcity_desk.ui.files import save_file

        desk = self._desk
        target = await save_file(self, tr("report.media.save_paper"), f"{file.sha256[:8]}.pdf", "PDF (*.pdf)")
        if target is None:
            return
        try:
            await desk.errands.run(kept.copy_out, desk.paths.media, file.sha256, target)
        except OSError as problem:
            desk.notify.say(tr("report.media.not_saved", reason=problem.strerror or ""))
        except DeskError as problem:
            desk.notify.error(problem)

    def retranslate(self) -> None:
        """Every text anew."""
        self.head.setText(tr("report.media.head"))
        self.setAccessibleName(tr("report.media.head"))
        self._fill()


class _Thumb(QPushButton):
    """One tile: the picture, or in words why there is none."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tile: Tile | None = None
        self._word = ""
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_tile(self, tile: Tile | None, at: int, number: int, *, fetched: bool) -> None:
        """Show a file, the `at`-th of so many; nothing for none."""
        self._tile = tile
        self.setVisible(tile is not None)
        if tile is None:
            return
        self._word = state_word(tile, fetched=fetched)
        opens = tile.image is not None or tile.file.kind == PDF
        self.setEnabled(opens)
        self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
        told = tr("report.media.name", at=formats.number(at), number=formats.number(number))
        why = reason_sentence(tile.file)
        about = about_line(tile.file) if tile.file.kind else f"{self._word}. {why}" if why else self._word
        self.setAccessibleName(f"{told}: {about}")
        self.setToolTip(formats.tip(about))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A square that grows with the letters."""
        side = self._desk.theme.pixels(SIDE)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """The same: it is never cut."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture in the middle, or its words; a line around it, twice as thick with the focus."""
        theme, painter = self._desk.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = self.rect().adjusted(1, 1, -1, -1)
        painter.fillRect(area, theme.color("window"))
        image = None if self._tile is None else self._tile.image
        if image is not None:
            size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (area.width() - size.width()) // 2, (area.height() - size.height()) // 2
            painter.drawImage(QRect(area.topLeft(), size).translated(left, top), image)
        else:
            painter.setFont(theme.font(step=-1))
            painter.setPen(theme.color("muted"))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(area.adjusted(4, 4, -4, -4), flags, self._word)
        token, width = ("focus", 2) if self.hasFocus() else ("border", 1)
        painter.setPen(QPen(QColor(theme.color(token)), width))
        painter.drawRect(area)
        painter.end()


def state_word(tile: Tile, *, fetched: bool) -> str:
    """What stands in a tile without a picture."""
    file = tile.file
    if file.kind == PDF:
        return tr("report.media.paper", size=formats.number(max(1, file.size >> 10)))
    if file.state.value == "wanted" and not fetched:
        return tr("report.media.state.off")
    if file.kind and tile.image is None:
        return tr("report.media.state.missing")
    return tr(f"report.media.state.{file.state.value}")


def reason_sentence(file: Shown) -> str:
    """Why a file was kept out or could not be had yet; empty where there is nothing to say."""
    if not file.reason:
        return ""
    name = f"report.media.reason.{file.reason}"
    return tr(name) if has_text(name) else tr("report.media.reason.other")


def about_line(file: Shown) -> str:
    """What is known of a file that is here: its size, when and where it says that it was taken, what touched it."""
    if not file.width:
        return tr("report.media.paper", size=formats.number(max(1, file.size >> 10)))
    facts = _facts(file.facts)
    parts = [tr("report.media.size", width=file.width, height=file.height)]
    if isinstance(facts.get("taken_at"), int):
        parts.append(tr("report.media.taken", at=formats.date_time(facts["taken_at"])))
    if isinstance(facts.get("lat"), float) and isinstance(facts.get("lon"), float):
        point = f"{facts['lat']:.5f}, {facts['lon']:.5f}"
        parts.append(tr("report.media.point", point=point))
    traces = [name for _, name in facts.get("traces", ()) if isinstance(name, str)]
    if traces:
        parts.append(tr("report.media.traces", names=formats.one_line(", ".join(traces), 80)))
    return " · ".join(parts)


def _facts(text: str) -> dict[str, Any]:
    import json

    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
