"""Picture files of every kind, with the metadata that a test wants in them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from tests.photos.pieces import Image

KINDS = ("JPEG", "PNG", "WEBP", "GIF")


def plain(width: int = 96, height: int = 64, colour: tuple[int, int, int] = (90, 120, 60)) -> Image:
    """A slanting ramp of one colour, so that every turn of it looks different."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return (np.asarray(colour) * (0.4 + 0.4 * x + 0.8 * y)[..., None]).clip(0, 255).astype(np.uint8)


def file(pixels: Image | None = None, kind: str = "JPEG", **options: Any) -> bytes:
    """The pixels as a file of a kind."""
    out = io.BytesIO()
    Pillow.fromarray(plain() if pixels is None else pixels).save(out, kind, **options)
    return out.getvalue()


def exif(
    tags: dict[int, Any], details: dict[int, Any] | None = None, place: dict[int, Any] | None = None
) -> Any:
    """EXIF with its directories of details and of the place."""
    made = Pillow.Exif()
    made.update(tags)
    if details:
        made.get_ifd(0x8769).update(details)
        made[0x8769] = details
    if place:
        made[0x8825] = place
    return made


def at(lat: float, lon: float, **more: Any) -> dict[int, Any]:
    """The EXIF tags of a position, in degrees, minutes and seconds."""

    def sexagesimal(value: float) -> tuple[float, float, float]:
        degrees, rest = divmod(abs(value), 1)
        minutes, rest = divmod(rest * 60, 1)
        return degrees, minutes, round(rest * 60, 3)

    tags: dict[int, Any] = {
        1: "N" if lat >= 0 else "S",
        2: sexagesimal(lat),
        3: "E" if lon >= 0 else "W",
        4: sexagesimal(lon),
    }
    if "error" in more:
        tags[0x1F] = more["error"]
    return tags


def with_xmp(body: str) -> bytes:
    """A JPEG with an XMP packet."""
    return file(xmp=f"<x:xmpmeta><rdf:RDF><rdf:Description {body}/></rdf:RDF></x:xmpmeta>".encode())


def with_text(**texts: str) -> bytes:
    """A PNG with texts by keyword."""
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword.replace("_", "-"), text)
    return file(kind="PNG", pnginfo=info)


def with_boxes(body: bytes) -> bytes:
    """A JPEG with content credentials in its eleventh application segment."""
    payload = b"JP\0\1\0\0\0\1" + struct.pack(">I4s", len(body) + 12, b"jumb") + b"c2pa" + body
    plain_file = file()
    return plain_file[:2] + b"\xff\xeb" + struct.pack(">H", len(payload) + 2) + payload + plain_file[2:]


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_that_says(width: int, height: int, more: Iterable[bytes] = ()) -> bytes:
    """A PNG of few bytes that claims to be so large."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(3_000_000)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + body + chunk(b"IEND", b"")


def jpeg_that_says(width: int, height: int) -> bytes:
    """A JPEG whose frame header was rewritten."""
    data = bytearray(file())
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)
