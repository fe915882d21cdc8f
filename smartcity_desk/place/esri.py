"""Geometry as ArcGIS services send it (rings, paths, points) into shapely's.

In a ring list an outer ring runs clockwise and a hole the other way; services that do not keep to it exist, so a hole
that lies in no outer ring counts as one itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely

from smartcity_desk.place.problems import bad

DEGREES: Final = frozenset({4326})
MERCATOR: Final = frozenset({3857, 102100, 102113, 900913})
_HALF_WORLD: Final = math.pi * 6_378_137.0
_MOST_RINGS: Final = 20_000


def shape(geometry: Mapping[str, Any] | None, *, mercator: bool) -> Any:
    """The shapely geometry in degrees, or None for a feature without one. Raises BadData (`geometry`)."""
    if not geometry:
        return None
    try:
        made = _made(geometry)
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError, shapely.errors.ShapelyError):
        raise bad("geometry", name="ArcGIS") from None
    if made is None or shapely.is_empty(made):
        return None
    return shapely.transform(made, _degrees) if mercator else made


def _made(geometry: Mapping[str, Any]) -> Any:
    if "rings" in geometry:
        return _polygons(geometry["rings"])
    if "paths" in geometry:
        lines = [shapely.LineString(_points(path)) for path in geometry["paths"]]
        return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    if "points" in geometry:
        return shapely.MultiPoint(_points(geometry["points"]))
    if geometry.get("x") in (None, "NaN"):
        return None
    return shapely.Point(float(geometry["x"]), float(geometry["y"]))


def _points(points: Sequence[Sequence[float]]) -> Any:
    return np.array([(float(point[0]), float(point[1])) for point in points])


def _polygons(rings: Sequence[Sequence[Sequence[float]]]) -> Any:
    if len(rings) > _MOST_RINGS:
        raise bad("too_many", name="ArcGIS", most=_MOST_RINGS)
    made = [shapely.LinearRing(_points(ring)) for ring in rings if len(ring) >= 4]
    outer = [shapely.Polygon(ring) for ring in made if not shapely.is_ccw(ring)]
    inner = [shapely.Polygon(ring) for ring in made if shapely.is_ccw(ring)]
    if not outer:
        outer, inner = inner, []
    holes: list[list[Any]] = [[] for _ in outer]
    tree = shapely.STRtree(outer)
    for hole in inner:
        around = tree.query(shapely.point_on_surface(hole), predicate="within").tolist()
        if around:
            holes[min(around, key=lambda at: outer[at].area)].append(hole.exterior)
        else:
            outer.append(hole)
            holes.append([])
    whole = [shapely.Polygon(one.exterior, within) for one, within in zip(outer, holes, strict=True)]
    return whole[0] if len(whole) == 1 else shapely.MultiPolygon(whole)


def _degrees(points: Any) -> Any:
    x, y = points[:, 0] / _HALF_WORLD, points[:, 1] / _HALF_WORLD
    return np.column_stack((x * 180, np.degrees(2 * np.arctan(np.exp(y * math.pi)) - math.pi / 2)))
