"""A CSV file as rows: its encoding and its separator found out, bounded in rows, columns and the length of a cell."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from smartcity_desk.domain.text import CELL_MOST
from smartcity_desk.place.layers.content import MOST_COLUMNS, MOST_ROWS, Plain, bad, plain_row

_SEPARATORS: Final = ",;\t|"
_LOOKED_AT: Final = 64_000
_SAID: Final = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)
"""The line with which Excel says how a file is separated."""


def rows(data: bytes) -> list[dict[str, Plain]]:
    """The rows by the names of the first line. Raises BadData (`layer_csv`, `layer_too_many`)."""
    text = decoded(data)
    said = _SAID.match(text)
    text = text[said.end() :] if said else text
    start = text[:_LOOKED_AT]
    head = start.splitlines()[0] if start.strip() else ""
    separator = said.group(1) if said else max(_SEPARATORS, key=head.count)
    found: list[dict[str, Plain]] = []
    csv.field_size_limit(CELL_MOST)
    try:
        # Any line's end is one, that of an old Macintosh too.
        reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
        names = [name.strip() for name in next(reader, [])]
        if not 1 <= len(names) <= MOST_COLUMNS or not any(names):
            raise bad("csv")
        for cells in reader:
            if not any(cells):
                continue
            if len(found) >= MOST_ROWS:
                raise bad("too_many", value=len(found) + 1, most=MOST_ROWS)
            found.append(plain_row(zip(names, cells, strict=False)))
    except csv.Error:
        raise bad("csv") from None
    if not found:
        raise bad("empty")
    return found


def decoded(data: bytes) -> str:
    """The text of a file that does not say in which letters it is written. Raises BadData (`layer_csv`)."""
    coding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\x00" in text[:_LOOKED_AT]:
        raise bad("csv")
    return text
