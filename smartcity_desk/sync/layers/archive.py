"""Zip files from anybody's hand: nothing is written anywhere, and unpacking ends at a size, whatever is claimed."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from typing import Final

from smartcity_desk.domain.errors import BadData
from smartcity_desk.place.layers.content import MOST_BYTES, bad

MOST_ENTRIES: Final = 200
_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")  # the second: one that is empty
_WORKBOOK: Final = "xl/workbook.xml"
_DAMAGED: Final = (
    *(zipfile.BadZipFile, KeyError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError),
    RuntimeError,  # it wants a password, or is packed in a way that nobody knows
)


def is_zip(data: bytes) -> bool:
    """Whether a file is a zip by its first bytes."""
    return data.startswith(_STARTS)


def opened(data: bytes) -> zipfile.ZipFile:
    """A zip to read from. Raises BadData (`layer_zip`)."""
    try:
        found = zipfile.ZipFile(io.BytesIO(data))
        if len(found.infolist()) > MOST_ENTRIES:
            raise bad("zip")
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise bad("zip") from None
    return found


def names(found: zipfile.ZipFile) -> list[str]:
    """The files of a zip, without what a Macintosh puts beside each of them."""
    return [
        one
        for one in found.namelist()
        if not one.endswith("/")
        and not one.startswith("__MACOSX/")
        and not one.rpartition("/")[2].startswith("._")
    ]


def unknown(found: zipfile.ZipFile) -> BadData:
    """The refusal of a zip that holds nothing drawable: a workbook is one too, and is named."""
    inside = names(found)
    if _WORKBOOK in inside:
        return bad("workbook")
    return bad("zip_other", value=", ".join(one.rpartition("/")[2] for one in inside[:5])[:120] or "—")


def member(found: zipfile.ZipFile, name: str, most: int = MOST_BYTES) -> bytes:
    """A file of a zip, if it unpacks to at most `most` bytes. Raises BadData (`layer_zip`, `layer_too_large`)."""
    try:
        with found.open(name) as stream:
            data = stream.read(most + 1)
    except _DAMAGED:
        raise bad("zip") from None
    if len(data) > most:
        raise bad("too_large", most=most >> 20)
    return data
