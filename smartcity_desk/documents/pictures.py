"""Pictures and files of a dossier: read one by one, held against their hashes, pictures made small for print.

A picture is printed from a copy without any metadata (no place, no telephone, no owner), and only when its bytes are
those whose hash is on record. Memory stays bounded whatever the number and size: a few workers, one picture each.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, repeat
from pathlib import Path
from typing import Final

from PIL import Image

from smartcity_desk.documents.embedding import stand_in
from smartcity_desk.documents.model import Attachment, Content, Photo

LONGEST: Final = 1024
ENOUGH: Final = 640
"""Pixels of the longer side. Papers show a picture some 42 mm wide: 640 are 390 dpi. Between the two a JPEG is taken as
it is unpacked (at a half, a quarter, an eighth), which spares resampling it."""
QUALITY: Final = 75
WORKERS: Final = 4
MOST_PIXELS: Final = 60_000_000
"""What is larger is not unpacked: 180 MB for each worker. A JPEG is unpacked at a fraction and may be larger."""
_BLOCK: Final = 1 << 20
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Found(StrEnum):
    """What became of a picture or a file."""

    READY = "ready"
    MISSING = "missing"  # its bytes are not at hand
    CHANGED = "changed"  # they are not the ones on record
    UNREADABLE = "unreadable"  # they are no picture, or too large a one


@dataclass(frozen=True, slots=True)
class Printed:
    """A picture as it goes on paper. `file` stands in for it beside the templates; `sha256` is of the printed copy."""

    found: Found
    file: str = ""
    sha256: str = ""
    width: int = 0
    height: int = 0


def prepare(photos: Iterable[Photo], folder: Path) -> dict[str, Printed]:
    """Printable copies of pictures in `folder`, by the hash of the original. Their contents are read in threads."""
    unique = {photo.sha256: photo for photo in photos}
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1), "paper-picture") as workers:
        made = workers.map(_print_copy, count(), unique.values(), repeat(folder))
        return dict(zip(unique, made, strict=True))


def check(attachment: Attachment, target: Path | None = None) -> Found:
    """Hold a file against its hash; with `target`, write it there when it is the one on record."""
    if attachment.content is None:
        return Found.MISSING
    try:
        content = _bytes_of(attachment.content)
    except OSError:
        return Found.MISSING
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        return Found.CHANGED
    if target is not None:
        target.write_bytes(content)
    return Found.READY


def _bytes_of(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.read_bytes() if isinstance(content, Path) else content()


def _print_copy(number: int, photo: Photo, folder: Path) -> Printed:
    if photo.content is None:
        return Printed(Found.MISSING)
    try:
        original = _bytes_of(photo.content)
    except OSError:
        return Printed(Found.MISSING)
    if hashlib.sha256(original).hexdigest() != photo.sha256:
        return Printed(Found.CHANGED)
    try:
        jpeg, width, height = small(original)
    except Exception:  # noqa: BLE001 - bytes from outside break decoders in every way there is
        return Printed(Found.UNREADABLE)
    name, sha256 = f"photo-{number}", hashlib.sha256(jpeg).hexdigest()
    (folder / f"{name}.pdf").write_bytes(stand_in(sha256, width, height))
    (folder / f"{name}.jpg").write_bytes(jpeg)
    return Printed(Found.READY, f"{name}.pdf", sha256, width, height)


def files(printed: Iterable[Printed], folder: Path) -> dict[str, Path]:
    """Where the printed copies lie, by their own hashes: what stands in for them on paper."""
    return {
        one.sha256: (folder / one.file).with_suffix(".jpg") for one in printed if one.found is Found.READY
    }


def small(original: bytes) -> tuple[bytes, int, int]:
    """A JPEG of at most `LONGEST` pixels a side, upright, without metadata; and its size.

    Raises whatever a decoder raises for what is no picture, and `ValueError` for one that is too large.
    """
    with Image.open(io.BytesIO(original)) as opened:
        turn = _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
        enough = min(1.0, ENOUGH / max(opened.size))
        opened.draft("RGB", (math.ceil(opened.width * enough), math.ceil(opened.height * enough)))
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("too large a picture")
        picture = _on_white(opened)
    scale = LONGEST / max(picture.size)
    if scale < 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if turn is not None:
        picture = picture.transpose(turn)
    picture.info = {}  # a JPEG's remark would be written again
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=QUALITY)
    return packed.getvalue(), picture.width, picture.height


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    ground.alpha_composite(layered)
    return ground.convert("RGB")
