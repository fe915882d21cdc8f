"""The files of an objection, as a screen needs them: looked at, read, saved and refused. Everything here blocks.

A picture is decoded in the darkroom's process and its copy is shown by ourselves. A PDF is never opened by us: it is
saved where a person wants it. Nothing is read or saved whose bytes are not those of its hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QImage

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.errors import BadData
from smartcity_desk.i18n import tr
from smartcity_desk.paths import as_store_problem
from smartcity_desk.store import files
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import words

if TYPE_CHECKING:
    from smartcity_desk.store import Store
    from smartcity_desk.store.pictures import Awaited
    from smartcity_desk.sync.darkroom import Darkroom

_NAME_MOST: Final = 60
_SHOWABLE: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of evidence. `size` is None while it is not here; `media_type` None for a kind that nobody knows."""

    sha256: str
    media_type: str | None = None
    size: int | None = None
    awaited: Awaited | None = None

    @property
    def here(self) -> bool:
        """Whether its bytes are at hand."""
        return self.size is not None

    @property
    def showable(self) -> bool:
        """Whether it is a picture that we can show."""
        return self.here and self.media_type in _SHOWABLE

    @property
    def savable(self) -> bool:
        """Whether it is of a kind that a person may be given."""
        return self.here and self.media_type is not None

    @property
    def short(self) -> str:
        """The beginning of its hash, as the papers group it."""
        return f"{self.sha256[:4]} {self.sha256[4:8]}"

    @property
    def name(self) -> str:
        """What it is called when it is saved."""
        return f"{self.sha256[:16]}.{filetypes.ENDINGS.get(self.media_type or '', 'bin')}"


def look(store: Store, folder: Path, hashes: Sequence[str]) -> tuple[Piece, ...]:
    """What is known of these files without reading them."""
    awaited = store.evidence.awaited(hashes)
    return tuple(_look(folder, sha256, awaited.get(sha256)) for sha256 in hashes)


def _look(folder: Path, sha256: str, awaited: Awaited | None) -> Piece:
    path = files.path_of(folder, sha256)
    try:
        with path.open("rb") as stream:
            start, size = stream.read(filetypes.START), path.stat().st_size
    except OSError:
        return Piece(sha256, awaited=awaited)
    return Piece(sha256, filetypes.media_type(start), size)


def picture(folder: Path, sha256: str, room: Darkroom) -> QImage:
    """A picture, upright and no larger than a screen needs, as the darkroom copied it. Raises OSError, BadData."""
    content = files.read(folder, sha256)
    if content is None:
        raise BadData(files.PLACE, "no_file")
    image = QImage()
    if not image.loadFromData(room.develop(content).view, "JPEG"):
        raise BadData(files.PLACE, "damaged")
    return image


# ---------------------------------------------------------------- sentences


def kind(media_type: str | None) -> str:
    """What sort of file it is, in a word or two."""
    if media_type is None:
        return tr("escalation.file.kind.unknown")
    name = media_type.rpartition("/")[2].upper()
    return name if media_type == filetypes.PDF else tr("escalation.file.kind.picture", kind=name)


def standing(piece: Piece, now: int) -> str:
    """What is the matter with a file that cannot be opened here, and what happens next; nothing where all is well."""
    if piece.savable:
        return ""
    if piece.here:
        return tr("escalation.file.unknown")
    if piece.awaited is not None and piece.awaited.tries:
        return tr("escalation.file.later", at=formats.near(max(now, piece.awaited.next_try_at), now))
    return tr("escalation.file.awaited")


def not_opened(problem: OSError | BadData) -> str:
    """Why a file of ours was not shown or saved."""
    if isinstance(problem, OSError):
        return words.problem(as_store_problem(problem, Path(str(problem.filename or ""))))
    if problem.key in ("changed", "no_file"):
        return tr(f"escalation.file.{problem.key}")
    return tr("escalation.file.unreadable")


def not_taken(problem: OSError | BadData, path: Path, home: Path) -> str:
    """Why a file that somebody chose is not taken, and what he can do."""
    name = formats.one_line(path.name, _NAME_MOST)
    if isinstance(problem, BadData):
        return tr(f"escalation.object.refused.{problem.key}", name=name, most=filetypes.MOST_BYTES >> 20)
    if problem.filename is None or Path(str(problem.filename)) != path:
        return words.problem(as_store_problem(problem, home))
    return tr("escalation.object.refused.unreadable", name=name)
