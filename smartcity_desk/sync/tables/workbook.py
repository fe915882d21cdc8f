"""The sheets of an XLSX file as rows of texts, by openpyxl, after the archive has been looked through.

An honest workbook is a small archive of XML without a document type. What unpacks to far more than it is, or declares
entities, is refused before any parser sees it; sheets are then read row by row, whatever size they claim to have.
"""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from lzma import LZMAError
from typing import Any, Final

from smartcity_desk.domain.text import storable
from smartcity_desk.sync.tables.problems import bad

MOST_UNPACKED: Final = 100_000_000
MOST_PARTS: Final = 2_000
MOST_GAP: Final = 1_100_000
"""Rows that are walked, empty ones included: a sheet has no more."""
_WIDTH: Final = 201
_PIECE: Final = 1 << 20
_FORBIDDEN: Final = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype", b"<!entity")


def check(content: bytes) -> None:
    """Look through the archive. Raises `BadData`: no workbook, too large once unpacked, or XML with entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise bad("too_large")
            if "xl/workbook.xml" not in archive.namelist():
                raise bad("not_xlsx")
            left = MOST_UNPACKED
            for part in parts:
                left -= _look(archive, part, left)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, LZMAError, RuntimeError, EOFError, OSError):
        raise bad("not_xlsx") from None


def _look(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    """Unpack one part piece by piece; its true size. Media are not parsed, so only their size counts."""
    is_xml = part.filename.endswith((".xml", ".rels", ".vml"))
    size, tail = 0, b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > most:
                raise bad("too_large")
            if is_xml:
                seen = tail + piece
                if size == len(piece) and seen[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"):
                    raise bad("hostile")  # XML in UTF-16 hides what is looked for; no spreadsheet writes it
                if any(word in seen for word in _FORBIDDEN):
                    raise bad("hostile")
                tail = seen[-16:]
    return size


class Book:
    """A workbook that was looked through and opened once: its shared texts take seconds to read in a large one.

    Raises `BadData`. Not for two threads at once.
    """

    def __init__(self, content: bytes) -> None:
        import openpyxl

        check(content)
        try:
            with warnings.catch_warnings():  # what it does not support is nobody's news
                warnings.simplefilter("ignore")
                self._book: Any = openpyxl.load_workbook(
                    io.BytesIO(content), read_only=True, data_only=True, keep_links=False
                )
        except Exception:  # noqa: BLE001 - a damaged workbook raises whatever its parser met
            raise bad("not_xlsx") from None
        self.sheets = tuple(
            str(sheet.title) for sheet in self._book.worksheets if sheet.sheet_state == "visible"
        )
        if not self.sheets:
            raise bad("empty")

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Numbered rows of a sheet. Of a formula it is what the spreadsheet last computed. Raises `BadData`."""
        page = self._book[sheet]
        page.reset_dimensions()  # what a sheet says of its own size may be a lie
        found = page.iter_rows(max_col=_WIDTH, max_row=MOST_GAP, values_only=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(found, None)
            except Exception:  # noqa: BLE001 - a broken part raises whatever its parser met
                raise bad("not_xlsx", name=sheet[:60]) from None
            if cells is None:
                return
            yield number, _texts(cells)


def _texts(cells: tuple[Any, ...]) -> list[str]:
    """The cells as texts, without the empty ones at the end."""
    last = len(cells)
    while last and cells[last - 1] in (None, ""):
        last -= 1
    return [_text(cell) for cell in cells[:last]]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
