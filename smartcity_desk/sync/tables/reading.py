"""A CSV or XLSX file as a heading and rows of texts. All that it holds is text: nothing is computed, nothing fetched.

The file is hostile: its size, its rows and its columns have limits, a row that cannot be cut into cells is told by
itself, and the rest goes on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from smartcity_desk.domain.text import CELL_MOST, storable
from smartcity_desk.sync.tables import workbook
from smartcity_desk.sync.tables.problems import bad

MOST_BYTES: Final = 64_000_000
MOST_ROWS: Final = 500_000
MOST_COLUMNS: Final = 200
MOST_CELL: Final = 50_000
"""Letters of one cell; a longer one is no cell but a quote that was never closed."""
DELIMITERS: Final = (",", ";", "\t", "|")
ENCODINGS: Final = ("utf-8", "utf-16", "cp1252")
_LOOKED_AT: Final = 40
"""Lines from which the delimiter is guessed."""
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (the heading included, from 1) and its cells, as many as there are columns."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be cut into cells: its number, why, and its text."""

    number: int
    reason: str
    raw: str


Line: TypeAlias = Row | Broken


@dataclass(slots=True)
class Table:
    """An opened file. `total` is how many rows there are at most, None when only reading them tells."""

    headings: tuple[str, ...]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    total: int | None = None
    _lines: list[str] = field(default_factory=list, repr=False)
    _book: workbook.Book | None = field(default=None, repr=False)
    _first: int = 0
    """How many rows of the file come before the first one below the heading."""

    def rows(self) -> Iterator[Line]:
        """Every row below the heading, empty ones left out. Raises `BadData` behind `MOST_ROWS` of them."""
        found = _cut(self._lines, self.delimiter) if self._book is None else self._book.rows(self.sheet)
        width, given = len(self.headings), 0
        for number, cells in found:
            if number <= self._first:
                continue
            if self._book is not None:
                cells = cells[:width]  # beside a table there may be anything
            if not isinstance(cells, str) and not any(cell.strip() for cell in cells):
                continue
            given += 1
            if given > MOST_ROWS:
                raise bad("too_large")
            if isinstance(cells, str):
                yield Broken(number, "row", cells[:MOST_CELL])
            else:
                yield _row(number, cells, width)


def open_table(path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = "") -> Table:
    """Open a file; what is not said is guessed. Raises `BadData`. Blocks: reads the file, a large one for seconds."""
    content = _bytes(path)
    if content.startswith(_ZIP):
        return _workbook(content, sheet)
    if content.startswith(b"\xd0\xcf\x11\xe0"):  # the spreadsheets of before 2007
        raise bad("not_xlsx", name=path.name)
    chosen = encoding or guess_encoding(content)
    text = _decoded(content, chosen)
    lines = list(io.StringIO(text, newline=""))
    mark = delimiter or guess_delimiter(lines[:_LOOKED_AT])
    for number, cells in _cut(lines, mark):
        if not isinstance(cells, str) and any(cell.strip() for cell in cells):
            return Table(
                _headings(cells), chosen, mark, total=max(len(lines) - number, 0), _lines=lines, _first=number
            )
    raise bad("empty", name=path.name)


def guess_encoding(content: bytes) -> str:
    """How the letters are written: by the mark at the beginning, else UTF-8 if it is that, else Windows' own."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def guess_delimiter(lines: list[str]) -> str:
    """What stands between cells: the mark that cuts the most lines into the same number of them, more than one."""

    def worth(mark: str) -> tuple[int, int]:
        widths = [len(cells) for _, cells in _cut(lines, mark) if not isinstance(cells, str) and cells]
        if not widths or widths[0] < 2:
            return 0, 0
        return sum(width == widths[0] for width in widths), widths[0]

    return max(DELIMITERS, key=worth)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError:
        raise bad("missing", name=path.name) from None
    if len(content) > MOST_BYTES:
        raise bad("too_large", name=path.name)
    return content


def _decoded(content: bytes, encoding: str) -> str:
    if encoding == "utf-8":
        encoding = "utf-8-sig"  # the mark at the beginning is no letter of the first heading
    try:
        return storable(content.decode(encoding, "replace"))
    except LookupError:
        raise bad("missing", name=encoding[:40]) from None


def _cut(lines: list[str], mark: str) -> Iterator[tuple[int, list[str] | str]]:
    """Numbered rows of cells.

    Where the rules of CSV are broken the line is given as it stands, and the next one is read afresh; an unclosed quote
    cannot swallow more than a cell may hold.
    """
    csv.field_size_limit(CELL_MOST)
    at = number = 0
    while at < len(lines):
        reader = csv.reader((lines[n] for n in range(at, len(lines))), delimiter=mark)
        base = start = at
        try:
            for cells in reader:
                if any(len(cell) > MOST_CELL for cell in cells):
                    raise csv.Error  # a quote that was never closed, and met another one
                number += 1
                yield number, cells
                start = base + reader.line_num
            return
        except csv.Error:
            number += 1
            yield number, lines[start].rstrip("\r\n")
            at = start + 1


def _row(number: int, cells: list[str], width: int) -> Line:
    if len(cells) > MOST_COLUMNS:
        return Broken(number, "row", " ".join(cells)[:MOST_CELL])
    extra = [cell for cell in cells[width:] if cell.strip()]
    if extra:  # a text with a delimiter in it and no quotes around: nobody knows which cell is which
        return Broken(number, "cells", " | ".join(cells)[:MOST_CELL])
    return Row(number, tuple(cells[:width]) + ("",) * (width - len(cells)))


def _headings(cells: list[str]) -> tuple[str, ...]:
    """Every column with a name of its own; one without a name has its number."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > MOST_COLUMNS:
        raise bad("no_columns")
    named: list[str] = []
    for at, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:100] or f"#{at}"
        named.append(name if name not in named else f"{name} #{at}")
    return tuple(named)


def _workbook(content: bytes, sheet: str) -> Table:
    book = workbook.Book(content)
    chosen = sheet if sheet in book.sheets else book.sheets[0]
    for number, cells in book.rows(chosen):
        if any(cell.strip() for cell in cells):
            return Table(_headings(cells), sheet=chosen, sheets=book.sheets, _book=book, _first=number)
    raise bad("empty", name=chosen[:60])
