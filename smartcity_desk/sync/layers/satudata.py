"""Satu Data Jakarta: a data set as JSON rows whose values are mostly texts; sets of tens of thousands of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import msgspec

from smartcity_desk.domain.errors import BadData, Transient
from smartcity_desk.place.layers.content import MOST_BYTES, MOST_ROWS, Brought, Plain, bad, plain_row
from smartcity_desk.sync.layers import tables
from smartcity_desk.sync.layers.wire import PLACE, Wire
from smartcity_desk.sync.transport import looks_like_html


class _Set(msgspec.Struct):
    data: list[msgspec.Raw] | None = None
    type: str | None = None


_SET: Final = msgspec.json.Decoder(_Set)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ROW: Final = msgspec.json.Decoder(dict[str, Any])


async def fetch(wire: Wire, url: str, slug: str, mapping: tables.ColumnMap) -> Brought:
    """A data set by its name. Raises DeskError."""
    params = {"kategori": "dataset", "tipe": "detail", "url": slug}
    answer = await wire.get(url, params=params, most_bytes=MOST_BYTES)
    if looks_like_html(answer.data, answer.headers.get("content-type", "")):
        raise Transient(place=PLACE, status=answer.status, reason="html")
    rows = rows_of(answer.data)
    if rows is None:
        raise BadData(PLACE, "envelope")
    if not rows:
        raise bad("empty")
    if tables.has_places(rows, mapping):
        brought = tables.placed(rows, mapping)
    else:
        brought = Brought(rows=tuple(rows), as_of=tables.newest(rows))
    return replace(brought, name=slug[:80])


def rows_of(data: bytes) -> list[dict[str, Plain]] | None:
    """The rows of an answer, or of a plain list; None when it is something else (GeoJSON, say). Row by row.

    Raises BadData (`layer_too_many`).
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        if data.lstrip()[:1] == b"[":
            found = _LIST.decode(data)
        else:
            whole = _SET.decode(data)
            if whole.data is None or whole.type is not None:
                return None
            found = whole.data
        if len(found) > MOST_ROWS:
            raise bad("too_many", value=len(found), most=MOST_ROWS)
        return [plain_row(_ROW.decode(one).items()) for one in found]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
