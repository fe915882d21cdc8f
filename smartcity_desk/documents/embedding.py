"""Pictures put into a finished PDF, so that the typesetter never holds one.

The typesetter unpacks a picture that it is given, and keeps it: 400 of them take a gigabyte. So it gets a page of the
picture's size that holds a mark in the picture's stead, and passes that on unread. Afterwards each mark is replaced by
the JPEG's own bytes, which a PDF takes as they are, and the table of places is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_MARKED: Final = re.compile(
    rb"<</Length \d+(?P<rest>[^<>]{0,300}/Filter/DCTDecode[^<>]{0,300})>>\nstream\n(?P<mark>[0-9a-f]{64})\nendstream"
)
_END: Final = re.compile(rb"startxref\n(\d+)\n%%EOF\s*\Z")
_TABLE: Final = re.compile(rb"xref\n0 (\d+)\n")
_ENTRY: Final = 20
_IN_USE: Final = b"n"


def stand_in(mark: str, width: int, height: int) -> bytes:
    """A PDF of one page, so many points wide and high, of one picture: `mark`, 64 letters of hex, for its bytes."""
    draw = b"%d 0 0 %d 0 0 cm /I Do" % (width, height)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R" % (width, height)
    image = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB" % (width, height)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page + b"/Resources<</XObject<</I 5 0 R>>>>>>",
        _stream(b"", draw),
        _stream(image + b"/BitsPerComponent 8/Filter/DCTDecode", mark.encode()),
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


def filled(pdf: bytes, pictures: Mapping[str, Path]) -> bytes:
    """The typesetter's PDF with every mark replaced by the JPEG that it stands for.

    Raises `ValueError` for a PDF of another build than the typesetter's, or with a mark that nobody knows.
    """
    end = _END.search(pdf)
    table = None if end is None else _TABLE.match(pdf, int(end[1]))
    if end is None or table is None:
        raise ValueError("the typesetter writes its table of places in another way")
    parts: list[bytes] = []
    moved: list[tuple[int, int]] = []  # from this place on, everything lies so much further
    done = shift = 0
    for found in _MARKED.finditer(pdf, 0, table.start()):
        path = pictures.get(found["mark"].decode())
        if path is None:
            raise ValueError("a picture that nobody put there")
        stream = _stream(found["rest"], path.read_bytes())
        parts += [pdf[done : found.start()], stream]
        done = found.end()
        shift += len(stream) - (found.end() - found.start())
        moved.append((done, shift))
    parts += [pdf[done : table.end()], _moved(pdf, table, moved), pdf[_after(table) : end.start(1)]]
    parts += [b"%d" % (table.start() + shift), pdf[end.end(1) :]]
    return b"".join(parts)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(content), entries, content)


def _after(table: re.Match[bytes]) -> int:
    return table.end() + int(table[1]) * _ENTRY


def _moved(pdf: bytes, table: re.Match[bytes], moved: list[tuple[int, int]]) -> bytes:
    """The entries of the table of places, each as far on as what was put in before it is long."""
    entries = []
    for start in range(table.end(), _after(table), _ENTRY):
        entry = pdf[start : start + _ENTRY]
        if entry[17:18] == _IN_USE:
            place = int(entry[:10])
            shift = next((further for since, further in reversed(moved) if since <= place), 0)
            entry = b"%010d%b" % (place + shift, entry[10:])
        entries.append(entry)
    return b"".join(entries)
