"""A zipped Shapefile: shapes, their table, and whether its .prj says degrees of WGS 84. Read in memory by pyshp."""

from __future__ import annotations

import io
import math
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
import shapefile
import shapely

from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers.content import (
    MOST_FEATURES,
    MOST_POINTS,
    Brought,
    Plain,
    bad,
    plain_row,
)
from smartcity_desk.sync.layers import archive

_SAME: Final = ("WGS1984", "WGS84", "DGN1995", "DGN95", "SRGI2013")
_HEADER: Final = 100
_SMALL: Final = 1 << 16
_CODE_PAGE: Final = re.compile(r"(?:ISO)?8859(1[0-6]|[1-9])|(?:ANSI|OEM|CP|WINDOWS|LDID)?([0-9]{3,5})")
_RAW: Final = "latin-1"
"""Every byte is a letter of it, so nothing is lost before it is known how the table is written."""
_WRONG: Final = (
    shapefile.ShapefileException,
    struct.error,
    ValueError,  # UnicodeDecodeError too
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    AssertionError,
    EOFError,
    OSError,
    shapely.errors.ShapelyError,
)
"""What pyshp and shapely raise for files that are none: it takes lengths and counts as they stand."""


def read(opened: zipfile.ZipFile) -> Brought:
    """The one Shapefile of a zip. Raises BadData (`layer_zip`, `layer_prj`, `layer_shapefile`, `layer_too_many`)."""
    inside = archive.names(opened)
    stems = sorted(str(PurePosixPath(one).with_suffix("")) for one in inside if one.lower().endswith(".shp"))
    if not stems:
        raise bad("empty")
    if len(stems) > 1:
        raise bad("several", value=", ".join(PurePosixPath(one).name for one in stems)[:200])
    parts = {
        PurePosixPath(one).suffix.lower(): one
        for one in inside
        if str(PurePosixPath(one).with_suffix("")).lower() == stems[0].lower()
    }
    if ".prj" in parts:
        _check_system(archive.member(opened, parts[".prj"], _SMALL).decode("utf-8", "replace"))
    shp = archive.member(opened, parts[".shp"])
    dbf = archive.member(opened, parts[".dbf"]) if ".dbf" in parts else None
    shx = archive.member(opened, parts[".shx"]) if ".shx" in parts else None
    coding = ""
    if ".cpg" in parts:
        coding = _coding(archive.member(opened, parts[".cpg"], _SMALL).decode("ascii", "replace"))
    if len(shp) < _HEADER or int.from_bytes(shp[24:28], "big") * 2 != len(shp):
        raise bad("shapefile", value=PurePosixPath(stems[0]).name[:80])  # cut off, or never whole
    try:
        return _read(shp, shx, dbf, coding)
    except _WRONG:
        raise bad("shapefile", value=PurePosixPath(stems[0]).name[:80]) from None


def _read(shp: bytes, shx: bytes | None, dbf: bytes | None, coding: str) -> Brought:
    reader = shapefile.Reader(
        shp=io.BytesIO(shp),
        shx=None if shx is None else io.BytesIO(shx),
        dbf=None if dbf is None else io.BytesIO(dbf),
        encoding=coding or _RAW,
        encodingErrors="replace",
    )
    shapes: list[Any] = []
    properties: list[dict[str, Any]] = []
    points = left_out = 0
    rows = iter(reader.iterRecords()) if dbf is not None else None
    for shape in reader.iterShapes():
        row = next(rows, None) if rows is not None else None
        if shape.shapeType == shapefile.NULL or not shape.points:
            left_out += 1
            continue
        points += len(shape.points)
        if len(shapes) >= MOST_FEATURES or points > MOST_POINTS:
            raise bad("too_many", value=len(shapes), most=MOST_FEATURES)
        if not all(math.isfinite(one) for point in shape.points for one in point[:2]):
            raise bad("geometry", value=len(shapes))
        shapes.append(shapely.force_2d(shapely.geometry.shape(shape.__geo_interface__)))
        properties.append(_said(row.as_dict(), coding) if row is not None else {})
    if not shapes:
        raise bad("empty")
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return Brought(features=Features(made, properties), left_out=left_out)


def _check_system(text: str) -> None:
    """Raises BadData (`layer_prj`) for anything but degrees of WGS 84 (or its Indonesian twins, DGN95 and SRGI2013)."""
    plain = re.sub(r"[\s_]+", "", text).upper()
    if not plain:
        return
    name = re.search(r'"([^"]{1,80})"', text)
    if plain.startswith("PROJ") or not any(one in plain for one in _SAME):
        raise bad("prj", value=name.group(1) if name else text[:60])


def _coding(said: str) -> str:
    """The encoding that a .cpg names (`UTF-8`, `1252`, `ANSI 1252`, `ISO 88591`); empty for anything else."""
    plain = re.sub(r"[^0-9A-Z]", "", said.upper())
    if plain in {"UTF8", "65001"}:
        return "utf-8"
    found = _CODE_PAGE.fullmatch(plain)
    if found is None:
        return ""
    name = f"iso8859-{found.group(1)}" if found.group(1) else f"cp{found.group(2)}"
    try:
        b"".decode(name)
    except LookupError:
        return ""
    return name


def _said(row: Mapping[str, Any], coding: str) -> dict[str, Plain]:
    """The values of a row; where no .cpg says how they are written, each is UTF-8 if it can be, else Western."""
    if coding:
        return plain_row(row.items())
    return plain_row((_letters(key), _letters(value)) for key, value in row.items())


def _letters(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    raw = value.encode(_RAW, "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
