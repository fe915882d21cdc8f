"""Files in rows: those of an objection, to be looked at and saved, and those that are to go with a letter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from smartcity_desk.domain.errors import BadData
from smartcity_desk.i18n import tr
from smartcity_desk.store import files
from smartcity_desk.ui import formats
from smartcity_desk.ui.darkroom import room_of
from smartcity_desk.ui.escalation import evidence
from smartcity_desk.ui.escalation.evidence import Piece
from smartcity_desk.ui.files import save_file
from smartcity_desk.ui.loop import alive, shown
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.flow import Flow

if TYPE_CHECKING:
    from smartcity_desk.store.files import Chosen
    from smartcity_desk.ui.services import Desk

_NAME_MOST: Final = 80


class Rows(QWidget):
    """Rows below each other that are made anew when what they show has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[QWidget] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._layout = layout

    def fill(self, rows: Sequence[QWidget]) -> None:
        """Show these rows and no others."""
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = list(rows)
        for row in self.rows:
            self._layout.addWidget(row)
        self.setVisible(bool(rows))

    @property
    def buttons(self) -> list[QPushButton]:
        """What can be pressed, from top to bottom."""
        return [button for row in self.rows for button in row.findChildren(QPushButton)]

    @property
    def texts(self) -> list[str]:
        """What stands in the rows, from top to bottom."""
        return [" ".join(label.text() for label in row.findChildren(QLabel)) for row in self.rows]


class EvidenceRows(QWidget):
    """A row for each file: kind, size, beginning of the hash; a picture is shown by us, everything can be saved.

    A file that has not come yet says so, and its row changes by itself when it comes. `slot` names the reading.
    """

    def __init__(self, desk: Desk, slot: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._slot = slot
        self._hashes: tuple[str, ...] = ()
        self.pieces: tuple[Piece, ...] = ()
        self._said: tuple[object, ...] | None = None
        self.rows = Rows()
        self.trouble = basic.label(step=-1, wrap=True)
        self.trouble.hide()
        whole = basic.column(self.rows, self.trouble, spacing=4)
        self.setLayout(whole)
        desk.bridge.files_arrived.connect(self._arrived)
        self.hide()

    def show_files(self, hashes: Sequence[str]) -> None:
        """Show these files; the same ones again are only looked at afresh."""
        wanted = tuple(dict.fromkeys(hashes))
        if wanted != self._hashes:
            self._hashes, self.pieces, self._said = wanted, (), None
            self.trouble.hide()
            self.rows.fill([])
        self.setVisible(bool(wanted))
        if wanted:
            self._desk.tasks.replace(self._slot, self._look())

    def _arrived(self, what: object) -> None:
        named = what.get("files") if isinstance(what, dict) else None
        if isinstance(named, list) and not set(self._hashes).isdisjoint(str(one) for one in named):
            self._desk.tasks.replace(self._slot, self._look())

    async def _look(self) -> None:
        desk, hashes = self._desk, self._hashes
        found = await desk.readers.run(evidence.look, desk.store, desk.paths.attachments, hashes)
        if alive(self) and hashes == self._hashes:
            self._show(found)

    def _show(self, pieces: tuple[Piece, ...]) -> None:
        states = [evidence.standing(piece, self._desk.clock()) for piece in pieces]
        said = (pieces, tuple(states))
        if said == self._said:
            return  # a row made anew would take the focus from its button
        had = any(button.hasFocus() for button in self.rows.buttons)
        self.pieces, self._said = pieces, said
        numbered = enumerate(zip(pieces, states, strict=True), start=1)
        self.rows.fill([self._row(number, piece, state) for number, (piece, state) in numbered])
        if had:
            self.take_focus()

    def _row(self, number: int, piece: Piece, state: str) -> QWidget:
        made = QWidget(self)
        parts = [tr("escalation.file.number", n=number)]
        if piece.size is not None:
            parts += [evidence.kind(piece.media_type), formats.size(piece.size)]
        parts.append(piece.short)
        about = basic.label(" · ".join(parts), step=-1)
        about.setToolTip(formats.tip(tr("escalation.file.hash", sha256=piece.sha256)))
        line = Flow(spacing=8)
        line.addWidget(about)
        if piece.showable:
            line.addWidget(self._button("view", number, partial(self.view, piece)))
        if piece.savable:
            line.addWidget(self._button("save", number, partial(self.save, piece)))
        if state:
            said = basic.label(f"◌ {state}", tone="muted", step=-1, wrap=True)
            made.setLayout(basic.column(line, said, spacing=2))
        else:
            made.setLayout(line)
        return made

    def _button(self, deed: str, number: int, call: partial[None]) -> QPushButton:
        made = basic.button()
        made.setText(tr(f"escalation.file.{deed}"))
        made.setAccessibleName(tr(f"escalation.file.{deed}.name", n=number))
        made.clicked.connect(lambda _=False: call())
        return made

    def take_focus(self) -> bool:
        """Put the hand on the first button; whether there is one."""
        for button in self.rows.buttons[:1]:
            button.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return False

    # -- deeds -------------------------------------------------------------------------------------------------

    def view(self, piece: Piece) -> None:
        """Show a picture in a window of our own."""
        self._desk.tasks.spawn(self._view(piece), name="escalation.file.view")

    async def _view(self, piece: Piece) -> None:
        desk = self._desk
        try:
            image = await desk.errands.run(
                evidence.picture, desk.paths.attachments, piece.sha256, room_of(desk)
            )
        except (OSError, BadData) as problem:
            await self._failed(problem, piece)
            return
        if alive(self):
            from smartcity_desk.ui.escalation.viewer import Viewer

            self.trouble.hide()
            title = f"{evidence.kind(piece.media_type)} · {piece.short}"
            await shown(Viewer(desk, title, image, self.window()))

    def save(self, piece: Piece) -> None:
        """Ask where to, and copy the file there."""
        self._desk.tasks.spawn(self._save(piece), name="escalation.file.save")

    async def _save(self, piece: Piece) -> None:
        desk = self._desk
        kinds = f"{evidence.kind(piece.media_type)} (*{Path(piece.name).suffix})"
        target = await save_file(self.window(), tr("escalation.file.save.title"), piece.name, kinds)
        if target is None:
            return
        try:
            await desk.errands.run(files.copy_out, desk.paths.attachments, piece.sha256, target)
        except (OSError, BadData) as problem:
            await self._failed(problem, piece)
            return
        if alive(self):
            self._say(tr("escalation.file.saved", name=formats.one_line(target.name, _NAME_MOST)), "muted")

    async def _failed(self, problem: OSError | BadData, piece: Piece) -> None:
        if isinstance(problem, BadData) and problem.key == "changed":
            await self._desk.writer.run(self._desk.store.evidence.lost, piece.sha256)
        if alive(self):
            self._say(evidence.not_opened(problem), "overdue")

    def _say(self, sentence: str, tone: basic.Tone) -> None:
        self.trouble.setText(sentence)
        basic.set_tone(self.trouble, tone)
        self.trouble.show()


class ChosenRows(QWidget):
    """The files that are to go with a letter, each with its size and a way to take it out again.

    What is no evidence is not taken in: `refused` brings the sentence, and everything else stays as it was.
    """

    refused = Signal(str)
    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._looking = 0
        self.chosen: list[Chosen] = []
        self.none = basic.label(tr("escalation.object.no_file"), tone="muted")
        self.rows = Rows()
        self.setLayout(basic.column(self.none, self.rows, spacing=4))

    @property
    def busy(self) -> bool:
        """Whether files are still being looked at."""
        return self._looking > 0

    @property
    def paths(self) -> list[Path]:
        """The files, in the order in which they were chosen."""
        return [one.path for one in self.chosen]

    def add(self, paths: Sequence[Path]) -> None:
        """Look at these files, and take in those that may be evidence."""
        self._looking += 1
        self._desk.tasks.spawn(self._add(list(paths)), name="escalation.attach.look")

    async def _add(self, paths: Sequence[Path]) -> None:
        desk, wrong = self._desk, list[str]()
        try:
            for path in dict.fromkeys(paths):
                try:
                    found = await desk.errands.run(files.look, path)
                except (OSError, BadData) as problem:
                    wrong.append(evidence.not_taken(problem, path, path))
                else:
                    if path not in self.paths:
                        self.chosen.append(found)
        finally:
            self._looking -= 1
        if alive(self):
            self._fill()
            if wrong:
                self.refused.emit("\n".join(wrong))

    def _fill(self) -> None:
        self.rows.fill([self._row(one) for one in self.chosen])
        self.none.setVisible(not self.chosen)
        self.changed.emit()

    def _row(self, one: Chosen) -> QWidget:
        made, name = QWidget(self), formats.one_line(one.path.name, _NAME_MOST)
        said = basic.ElidedLabel(name)
        about = basic.label(f"{evidence.kind(one.media_type)} · {formats.size(one.size)}", tone="muted")
        out = basic.button(kind="quiet")
        out.setText(tr("escalation.object.take_out"))
        out.setAccessibleName(tr("escalation.object.take_out.name", name=name))
        out.clicked.connect(lambda _=False: self.take_out(one))
        line = basic.row(said, about, out)
        line.setStretch(0, 1)
        made.setLayout(line)
        return made

    def take_out(self, one: Chosen) -> None:
        """Leave a file out again."""
        at = self.chosen.index(one)
        self.chosen.remove(one)
        self._fill()
        buttons = self.rows.buttons
        if buttons:
            buttons[min(at, len(buttons) - 1)].setFocus(Qt.FocusReason.TabFocusReason)
