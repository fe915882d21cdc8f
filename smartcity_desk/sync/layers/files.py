"""A file that an operator has: GeoJSON, CSV, KML or KMZ, a zipped Shapefile, or JSON rows; known by its content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.text import one_line
from smartcity_desk.place import geojson
from smartcity_desk.place.layers import checking
from smartcity_desk.place.layers.content import MOST_BYTES, Brought, bad
from smartcity_desk.sync.layers import archive, csvfile, kml, satudata, shapefiles, tables
from smartcity_desk.sync.layers.tables import PLAIN, ColumnMap

ENDINGS: Final = ("geojson", "json", "csv", "kml", "kmz", "zip", "gz")
"""What a file may end in; what it is is told by its content."""
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")


def load(path: Path, mapping: ColumnMap = PLAIN) -> Brought:
    """Read a file; its name is its source until a person says another. Blocks.

    Raises BadData (`layer_…`, `place_…`), also for a file that is not there.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError:
        raise bad("unreadable", value=path.name[:80]) from None
    return replace(read(data, path.name, mapping), source=one_line(path.name, 80))


def read(data: bytes, name: str, mapping: ColumnMap = PLAIN) -> Brought:
    """What the bytes of a file hold. `name` is only said. Raises BadData."""
    if len(data) > MOST_BYTES:
        raise bad("too_large", most=MOST_BYTES >> 20)
    if archive.is_zip(data):
        with archive.opened(data) as found:
            if any(one.lower().endswith(".shp") for one in archive.names(found)):
                return shapefiles.read(found)
            return kml.read_kmz(found)
    try:
        data = geojson.unpacked(data, MOST_BYTES)
    except BadData as problem:
        raise bad(
            "too_large" if problem.key == "place_too_large" else "damaged", most=MOST_BYTES >> 20
        ) from None
    if data.startswith(_WIDE) and not csvfile.decoded(data).lstrip("\ufeff \t\r\n").startswith("<"):
        data = csvfile.decoded(data).encode()  # XML says itself in which letters it is written
    start = data[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not start:
        raise bad("empty")
    if start.lower().startswith((b"<html", b"<!doctype html")):
        raise bad("page")
    if start.startswith(b"<"):
        return kml.read(data)
    if start.startswith((b"{", b"[")):
        rows = satudata.rows_of(data)
        if rows is not None:
            return _table(rows, mapping)
        plain = data.removeprefix(b"\xef\xbb\xbf")
        features = geojson.read(plain, name=name[:80], most_broken=checking.FAR_SHARE)
        return Brought(features=features, left_out=features.left_out)
    return _table(csvfile.rows(data), mapping)


def _table(rows: list[dict[str, str | int | float | bool | None]], mapping: ColumnMap) -> Brought:
    if tables.has_places(rows, mapping):
        return tables.placed(rows, mapping)
    return Brought(rows=tuple(rows), as_of=tables.newest(rows))
