"""What a picture file says about itself before anything of it is decoded: kind, size, and the parts that hold metadata.

Every function is total: any bytes give an answer, and none reads more than a bounded number of parts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from smartcity_desk.domain import filetypes

PARTS: Final = 4_096
"""More parts than any camera or editor writes; what follows them is not looked at."""
PART_BYTES: Final = 1 << 20
"""So much of one part is looked at."""
_SOF: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""


class Kind(StrEnum):
    """What the first bytes claim. HEIC is known by name so that the desk can say why it cannot show it."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    HEIC = "heic"
    UNKNOWN = "unknown"


_KINDS: Final = {
    "image/jpeg": Kind.JPEG,
    "image/png": Kind.PNG,
    "image/webp": Kind.WEBP,
    "image/gif": Kind.GIF,
    "image/heic": Kind.HEIC,
}


class Part(NamedTuple):
    """One part with metadata: the container's own name for it, and its bytes."""

    name: str
    data: bytes


def kind_of(data: bytes) -> Kind:
    """Tell the kind by the first bytes, never by a file's name."""
    return _KINDS.get(filetypes.media_type(data[: filetypes.START]) or "", Kind.UNKNOWN)


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height as the file states them, or None where it does not."""
    kind = kind_of(data)
    if kind is Kind.JPEG:
        for code, start, end in _segments(data):
            if code in _SOF and end - start >= 5:
                return _big(data, start + 3, 2), _big(data, start + 1, 2)
    elif kind is Kind.PNG and len(data) >= 24 and data[12:16] == b"IHDR":
        return _big(data, 16, 4), _big(data, 20, 4)
    elif kind is Kind.GIF and len(data) >= 10:
        return _little(data, 6, 2), _little(data, 8, 2)
    elif kind is Kind.WEBP and len(data) >= 30:
        return _webp_size(data)
    return None


def passes_of(data: bytes) -> int:
    """How often a decoder goes over a JPEG, at most; 1 for every other kind.

    Inside of a scan the two bytes cannot stand together, so what is counted are scans, also those of a preview.
    """
    return max(1, data.count(b"\xff\xda")) if kind_of(data) is Kind.JPEG else 1


def parts_of(data: bytes) -> tuple[Part, ...]:
    """The parts that may hold metadata: `exif`, `xmp`, `c2pa`, or `text:KEYWORD` for a PNG's own texts."""
    kind = kind_of(data)
    if kind is Kind.JPEG:
        return tuple(_of_jpeg(data))
    if kind is Kind.PNG:
        return tuple(_of_png(data))
    if kind is Kind.WEBP:
        names = {b"EXIF": "exif", b"XMP ": "xmp", b"C2PA": "c2pa"}
        return tuple(Part(names[name], part) for name, part in _riff(data) if name in names)
    if kind is Kind.GIF:
        at = data.find(b"XMP DataXMP", 0, PART_BYTES)
        found = [] if at < 0 else [Part("xmp", data[at + 11 : at + 11 + PART_BYTES])]
        return (*found, Part("c2pa", data[:PART_BYTES])) if b"C2PA_GIF" in data[:PART_BYTES] else tuple(found)
    return ()


def _big(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "big")


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Code, start and end of a JPEG's segments up to its first scan."""
    at = 2
    for _ in range(PARTS):
        while at < len(data) and data[at] == 0xFF:
            at += 1
        if at >= len(data) or data[at - 1] != 0xFF or data[at] in (0xD9, 0xDA):
            return
        code = data[at]
        at += 1
        if code in _ALONE:
            continue
        length = _big(data, at, 2)
        if length < 2 or at + length > len(data):
            return
        yield code, at + 2, at + length
        at += length


def _of_jpeg(data: bytes) -> Iterator[Part]:
    boxes = bytearray()
    for code, start, end in _segments(data):
        if code == 0xE1 and data[start : start + 6] == b"Exif\0\0":
            yield Part("exif", data[start + 6 : end])
        elif code == 0xE1 and data[start : start + 29] == b"http://ns.adobe.com/xap/1.0/\0":
            yield Part("xmp", data[start + 29 : end])
        elif code == 0xEB and data[start : start + 2] == b"JP" and len(boxes) < PART_BYTES:
            boxes += data[start + 8 : end]  # boxes that are longer than a segment go on in the next one
    if b"c2pa" in boxes:
        yield Part("c2pa", bytes(boxes[:PART_BYTES]))


def _of_png(data: bytes) -> Iterator[Part]:
    at = 8
    for _ in range(PARTS):
        length, name = _big(data, at, 4), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + min(length, PART_BYTES)]
        if len(name) < 4 or name == b"IEND":
            return
        if name == b"eXIf":
            yield Part("exif", body)
        elif name == b"caBX":
            yield Part("c2pa", body)
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, text = _png_text(name, body)
            yield Part("xmp" if keyword == "XML:com.adobe.xmp" else f"text:{keyword}", text)
        at += 12 + length


def _png_text(name: bytes, body: bytes) -> tuple[str, bytes]:
    keyword, _, rest = body.partition(b"\0")
    packed = name == b"zTXt"
    if packed:
        rest = rest[1:]
    elif name == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if packed:
        try:
            rest = zlib.decompressobj().decompress(rest, PART_BYTES)
        except zlib.error:
            rest = b""
    return keyword[:79].decode("latin-1"), rest


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    for _ in range(PARTS):
        if at + 8 > len(data):
            return
        length = _little(data, at + 4, 4)
        yield data[at : at + 4], data[at + 8 : at + 8 + min(length, PART_BYTES)]
        at += 8 + length + length % 2


def _webp_size(data: bytes) -> tuple[int, int] | None:
    name = data[12:16]
    if name == b"VP8X":
        return _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
    if name == b"VP8L":
        packed = _little(data, 21, 4)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if name == b"VP8 ":
        return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF
    return None
