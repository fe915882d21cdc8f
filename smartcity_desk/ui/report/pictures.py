"""A report's pictures, one after the other, in a window of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation.viewer import Viewer
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.report.gallery import about_line, copy_image
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.store.media import Shown
    from smartcity_desk.ui.services import Desk


class PicturesViewer(Viewer):
    """Left and right go to the next picture while the whole of one is seen, and move over it when nearer."""

    def __init__(
        self, desk: Desk, files: Sequence[Shown], at: int, parent: QWidget | None, *, may_save: bool = True
    ) -> None:
        self._arrows: list[QShortcut] = []
        super().__init__(desk, tr("report.media.head"), _nothing(), parent)
        self._desk = desk
        self._files = list(files)
        self.at = at
        self.about = basic.label(tone="muted", step=-1, wrap=True)
        self.before = basic.button(kind="quiet")
        self.before.clicked.connect(lambda _=False: self.step(-1))
        self.after = basic.button(kind="quiet")
        self.after.clicked.connect(lambda _=False: self.step(1))
        self.save = basic.button(kind="quiet")
        self.save.clicked.connect(lambda _=False: desk.tasks.replace("report.save", self._save()))
        for button, name in ((self.before, "before"), (self.after, "after"), (self.save, "save")):
            button.setText(tr(f"report.media.{name}"))
            button.setAutoDefault(False)
        self.save.setVisible(may_save)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addLayout(basic.row(self.before, self.after, self.save, 0))
        layout.addWidget(self.about)
        self._arrows = [self._key(Qt.Key.Key_Left, -1), self._key(Qt.Key.Key_Right, 1)]
        self._key(Qt.Key.Key_PageUp, -1)
        self._key(Qt.Key.Key_PageDown, 1)
        self._show()

    def _key(self, key: Qt.Key, by: int) -> QShortcut:
        made = QShortcut(QKeySequence(key), self)
        made.activated.connect(lambda: self.step(by))
        return made

    def step(self, by: int) -> None:
        """Go to another picture; before the first and behind the last there is none."""
        at = self.at + by
        if 0 <= at < len(self._files):
            self.at = at
            self._show()

    def show_at(self, factor: float | None) -> None:
        """Arrows change the picture while the whole of it is seen; a nearer one is moved by them."""
        super().show_at(factor)
        for arrow in self._arrows:
            arrow.setEnabled(self.factor is None)

    def _show(self) -> None:
        number = len(self._files)
        title = tr("report.media.name", at=formats.number(self.at + 1), number=formats.number(number))
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        about = about_line(self._files[self.at])
        self.about.setText(about)
        self.area.setAccessibleName(f"{title}: {about}")
        self.before.setEnabled(self.at > 0)
        self.after.setEnabled(self.at < number - 1)
        self._desk.tasks.replace("report.picture", self._read(self._files[self.at]))

    async def _read(self, file: Shown) -> None:
        desk = self._desk
        image = await desk.readers.run(copy_image, desk.paths.media, file.sha256, "view")
        if alive(self) and self._files[self.at] is file:
            if image is None:
                self.about.setText(tr("report.media.state.missing"))
            self.canvas.pixels = QPixmap.fromImage(image or _nothing())
            self.show_at(None)
            self.canvas.update()

    async def _save(self) -> None:
        """Copy what is seen to where a person wants it: our own copy, without place, time and telephone."""
        from smartcity_desk.ui.files import save_file

        desk, file = self._desk, self._files[self.at]
        target = await save_file(
            self, tr("report.media.save_title"), f"{file.sha256[:8]}.jpg", "JPEG (*.jpg)"
        )
        if target is None:
            return
        try:
            await desk.errands.run(save_copy, desk.paths.media, file.sha256, target)
        except OSError as problem:
            desk.notify.say(tr("report.media.not_saved", reason=problem.strerror or ""))
        except DeskError as problem:
            desk.notify.error(problem)


def save_copy(folder: Path, sha256: str, target: Path) -> None:
    """Write the copy of a picture that may leave: points without metadata, never the original. Raises OSError."""
    from smartcity_desk.store import files

    files.replace(target, files.copy_of(folder, sha256, "view").read_bytes())


def _nothing() -> QImage:
    image = QImage(1, 1, QImage.Format.Format_RGB32)
    image.fill(0)
    return image
