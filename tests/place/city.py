"""A small city of made-up kelurahan: twelve that meet without gaps, a lake among them, and one of two islands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from smartcity_desk.domain.office import Directory, Office, OfficeLevel
from smartcity_desk.place import plane
from smartcity_desk.place.units import Unit

MIDDLE = plane.to_plane(shapely.Point(106.82, -6.2))
NAMES = (
    *("Kebon Salak", "Kebon Jeruk Manis", "Pulo Nangka", "Tanah Rendah", "Gunung Pasir", "Rawa Kerbau"),
    *("Cipelem", "Duren Lima", "Kampung Angsa", "Pasar Rebon", "Tugu Lama", "Mangga Empat", "Pulau Dua"),
)


@cache
def units(seed: int = 1) -> tuple[Unit, ...]:
    """The kelurahan, in degrees; codes 31.74.01.1001 on, of two kecamatan, and an island of another kota."""
    draw = np.random.default_rng(seed)
    land = _blob(MIDDLE, 1_600, draw)
    lake = _blob(shapely.Point(MIDDLE.x + 300, MIDDLE.y - 200), 180, draw)
    land = land.difference(lake)
    centres = shapely.MultiPoint(draw.uniform(-1_300, 1_300, (12, 2)) + np.array([MIDDLE.x, MIDDLE.y]))
    drawn = shapely.get_parts(shapely.voronoi_polygons(centres, extend_to=land.envelope, ordered=True))
    shapes = [land.intersection(cell) for cell in drawn]
    islands = shapely.union_all(
        [_blob(shapely.Point(MIDDLE.x + dx, MIDDLE.y + 3_000), 250, draw) for dx in (-400, 500)]
    )
    codes = [f"31.74.{1 + number // 6:02}.{1001 + number % 6}" for number in range(12)]
    return tuple(
        Unit(code, name, plane.to_degrees(shape))
        for code, name, shape in zip([*codes, "31.71.01.1001"], NAMES, [*shapes, islands], strict=True)
    )


def _blob(middle: Any, radius: float, draw: np.random.Generator) -> Any:
    around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    far = radius * draw.uniform(0.8, 1.2, 40)
    return shapely.Polygon(
        np.column_stack((middle.x + far * np.cos(around), middle.y + far * np.sin(around)))
    )


def directory(made: Sequence[Unit]) -> Directory:
    """The offices of a city, with the centres of its kelurahan."""
    offices = [Office("31", "DKI Jakarta", OfficeLevel.PROVINSI)]
    for kota in sorted({unit.kota for unit in made}):
        offices.append(Office(kota, f"Kota {kota[-2:]}", OfficeLevel.KOTA, "31"))
    for kecamatan in sorted({unit.kecamatan for unit in made}):
        offices.append(Office(kecamatan, f"Distrik {kecamatan[-2:]}", OfficeLevel.KECAMATAN, kecamatan[:5]))
    for unit in made:
        inside = unit.geometry.representative_point()
        offices.append(
            Office(unit.code, unit.name, OfficeLevel.KELURAHAN, unit.kecamatan, lat=inside.y, lon=inside.x)
        )
    return Directory.of(offices=offices)


def features(made: Iterable[Unit], *, code: str = "kode", name: str = "nama", **more: Any) -> dict[str, Any]:
    """A GeoJSON collection of a city."""
    return {
        "type": "FeatureCollection",
        **more,
        "features": [
            {
                "type": "Feature",
                "properties": {code: unit.code, name: unit.name},
                "geometry": json.loads(shapely.to_geojson(unit.geometry)),
            }
            for unit in made
        ],
    }


def write(path: Path, collection: Any) -> Path:
    """Write JSON and return its path."""
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def with_shape(made: Sequence[Unit], at: int, geometry: Any) -> tuple[Unit, ...]:
    """The city with another outline of one kelurahan."""
    return (*made[:at], replace(made[at], geometry=geometry), *made[at + 1 :])
