"""Pictures and files of a dossier: read one by one, held against their hashes, pictures made small for print.

A picture is printed from a copy without any metadata (no place, no telephone, no owner), and only when its bytes are
those whose hash is on record. Memory stays bounded whatever the number and size: a few workers, one picture each.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, repeat
from pathlib import Path
from typing import Final

from PIL import Image

from smartcity_desk.documents.model import Attachment, Content, Photo

LONGEST: Final = 1000
"""Pixels of the longer side: some 400 dpi in the size in which papers show a picture."""
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
    """A picture as it goes on paper. `file` lies beside the templates; `sha256` is the hash of the printed copy."""

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
    name = f"photo-{number}.pdf"
    (folder / name).write_bytes(_as_pdf(jpeg, width, height))
    return Printed(Found.READY, name, hashlib.sha256(jpeg).hexdigest(), width, height)


def small(original: bytes) -> tuple[bytes, int, int]:
    """A JPEG of at most `LONGEST` pixels a side, upright, without metadata; and its size.

    Raises whatever a decoder raises for what is no picture, and `ValueError` for one that is too large.
    """
    with Image.open(io.BytesIO(original)) as opened:
        turn = _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
        scale = min(1.0, LONGEST / max(opened.size))
        size = (max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
        opened.draft("RGB", size)
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("too large a picture")
        picture = _on_white(opened)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
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


def _as_pdf(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG as a page of its own. The typesetter passes such a page on as it is; a bare picture it would unpack,
    which for 400 of them takes a gigabyte."""
    draw = b"%d 0 0 %d 0 0 cm /I Do" % (width, height)
    image = (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
        b"/Filter/DCTDecode/Length %d>>" % (width, height, len(jpeg))
    )
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>"
        % (width, height),
        b"<</Length %d>>\nstream\n%b\nendstream" % (len(draw), draw),
        b"%b\nstream\n%b\nendstream" % (image, jpeg),
    )
    written = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table)
    written += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(written)
