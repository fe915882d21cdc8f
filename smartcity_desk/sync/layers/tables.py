"""Rows of a table into points, shapes by WKT, or what is joined by kelurahan: by a mapping, else by usual names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import checking
from smartcity_desk.place.layers.content import MOST_CELL, NAMES, Brought, Plain, bad
from smartcity_desk.place.layers.joining import PERIOD_COLUMNS, Columns

_NAMED: Final = ("nama_", "name_")
FIELDS: Final = ("lat", "lon", "name", "wkt", "code", "area", "value", "period", "street")
"""What a mapping may name a column for. `code` and `area` join on kelurahan, `street` on the named streets."""
_LAT: Final = ("lat", "latitude", "lintang", "y", "koordinat_y")
_LON: Final = ("lon", "lng", "long", "longitude", "bujur", "x", "koordinat_x")
_WITHIN: Final = "GEOMETRYCOLLECTION"
_MOST_WITHIN: Final = 20
_WKT: Final = ("wkt", "geom", "geometry", "the_geom")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column says what; a field that is not there is looked for by its usual names."""

    columns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> ColumnMap:
        """From `lat=Y,lon=X,name=Nama`. Raises ConfigProblem for a field that there is not."""
        found: dict[str, str] = {}
        for part in filter(None, (one.strip() for one in text.split(","))):
            name, equals, column = part.partition("=")
            if not equals or name.strip() not in FIELDS or not column.strip():
                raise ConfigProblem(name="mapping", reason="bad_mapping", value=part[:60])
            found[name.strip()] = column.strip()
        return cls(found)

    def areas(self) -> Columns:
        """What joining on kelurahan or streets needs."""
        values = tuple(filter(None, self.columns.get("value", "").split("+")))
        code, area, period, street = (
            self.columns.get(key, "") for key in ("code", "area", "period", "street")
        )
        return Columns(code, area, values, period, street)


PLAIN: Final = ColumnMap()
"""No column is named: the usual names count."""


def heads(rows: Sequence[Mapping[str, Plain]]) -> list[str]:
    """The columns of a table, in the order in which they come."""
    found: dict[str, None] = {}
    for row in rows[:50]:
        found.update(dict.fromkeys(row))
    return list(found)


def column(given: str, usual: Iterable[str], columns: Sequence[str]) -> str:
    """The column meant, or empty. Raises BadData (`layer_columns`) when one that was given is not there."""
    if given:
        if given not in columns:
            raise bad("columns", value=given)
        return given
    folded = {one.strip().lower().replace(" ", "_"): one for one in columns}
    return next((folded[one] for one in usual if one in folded), "")


def degrees(value: Plain) -> float | None:
    """A coordinate as tables write it, with a point or a comma; None for what is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        text = (
            value.strip().replace(",", ".") if value.count(",") == 1 and "." not in value else value.strip()
        )
        try:
            value = float(text)
        except ValueError:
            return None
    return float(value) if math.isfinite(value) else None


def has_places(rows: Sequence[Mapping[str, Plain]], mapping: ColumnMap) -> bool:
    """Whether the rows say by themselves where they lie."""
    columns = heads(rows)
    lat, lon = (column(mapping.columns.get(name, ""), usual, columns) for name, usual in _AXES)
    wkt = column(mapping.columns.get("wkt", ""), _WKT, columns)
    return bool((lat and lon) or wkt)


_AXES: Final = (("lat", _LAT), ("lon", _LON))


def placed(rows: Sequence[Mapping[str, Plain]], mapping: ColumnMap) -> Brought:
    """Rows as features; those without a readable place are counted and left out. Raises BadData (`layer_columns`)."""
    columns = heads(rows)
    lat, lon = (column(mapping.columns.get(name, ""), usual, columns) for name, usual in _AXES)
    wkt = column(mapping.columns.get("wkt", ""), _WKT, columns)
    name = column(mapping.columns.get("name", ""), (one.lower() for one in NAMES), columns) or _named(columns)
    if not (lat and lon) and not wkt:
        raise bad("columns", value=", ".join(columns[:12])[:200])
    used = {lat, lon, wkt, name}
    points: list[tuple[float, float]] = []
    shapes: list[object] = []
    properties: list[dict[str, Plain]] = []
    for row in rows:
        if lat and lon:
            y, x = degrees(row.get(lat)), degrees(row.get(lon))
            if x is None or y is None or (x == 0 and y == 0):
                continue
            points.append((x, y))
        else:
            shape = _shape(row.get(wkt))
            if shape is None:
                continue
            shapes.append(shape)
        kept: dict[str, Plain] = {
            key: value for key, value in row.items() if key not in used and value is not None
        }
        if name and row.get(name) not in (None, ""):
            kept = {"name": str(row[name]), **kept}
        properties.append(kept)
    if not properties:
        raise bad("no_places", value=_shown(rows, (lat, lon) if lat and lon else (wkt,)))
    if points:
        features = checking.features_of(points, properties)
    else:
        made = np.empty(len(shapes), object)
        made[:] = shapes
        features = Features(made, properties)
    return Brought(
        features=features, rows=tuple(rows), as_of=newest(rows), left_out=len(rows) - len(properties)
    )


def _named(columns: Sequence[str]) -> str:
    """The one column that is a name of something (`nama_pintu_air`); empty where several are."""
    found = [one for one in columns if one.strip().lower().startswith(_NAMED)]
    return found[0] if len(found) == 1 else ""


def _shown(rows: Sequence[Mapping[str, Plain]], columns: Sequence[str]) -> str:
    """What stands in the columns of the place, of the first row that has something there."""
    for row in rows:
        said = [str(row[one]) for one in columns if row.get(one) not in (None, "")]
        if said:
            return "; ".join(said)[:80]
    return "—"


def newest(rows: Sequence[Mapping[str, Plain]]) -> str:
    """The newest period that the rows speak of, as a day: `2023` and `202306` count from their first day."""
    period = column("", PERIOD_COLUMNS, heads(rows))
    if not period:
        return ""
    digits = max(("".join(filter(str.isdigit, str(row.get(period) or ""))) for row in rows), default="")
    if len(digits) >= 8:
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
    if len(digits) == 6:
        return f"{digits[:4]}-{digits[4:6]}-01"
    return f"{digits}-01-01" if len(digits) == 4 else ""


def _shape(value: Plain) -> Any:
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_CELL:
        return None
    if value.upper().count(_WITHIN) > _MOST_WITHIN:  # its reader goes down for each of them
        return None
    try:
        made = shapely.force_2d(
            shapely.from_wkt(value.split(";")[-1] if value[:5].upper() == "SRID=" else value)
        )
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return None
    if made is None or shapely.is_empty(made) or not np.isfinite(shapely.get_coordinates(made)).all():
        return None
    return made
