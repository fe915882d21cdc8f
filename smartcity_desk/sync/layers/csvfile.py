"""A CSV file as rows: its encoding and its separator found out, bounded in rows, columns and the length of a cell."""

from __future__ import annotations

import csv
import io
from typing import Final

from smartcity_desk.place.layers.content import MOST_ROWS, Plain, bad, plain_properties

_SEPARATORS: Final = ",;\t|"
_MOST_COLUMNS: Final = 200
_LOOKED_AT: Final = 64_000


def rows(data: bytes) -> list[dict[str, Plain]]:
    """The rows by the names of the first line. Raises BadData (`layer_csv`, `layer_too_many`)."""
    text = decoded(data)
    start = text[:_LOOKED_AT]
    head = start.splitlines()[0] if start.strip() else ""
    separator = max(_SEPARATORS, key=head.count)
    found: list[dict[str, Plain]] = []
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        names = [name.strip() for name in next(reader, [])]
        if not 1 <= len(names) <= _MOST_COLUMNS or not any(names):
            raise bad("csv")
        for cells in reader:
            if not any(cells):
                continue
            if len(found) >= MOST_ROWS:
                raise bad("too_many", value=len(found), most=MOST_ROWS)
            found.append(plain_properties(zip(names, cells, strict=False)))
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
