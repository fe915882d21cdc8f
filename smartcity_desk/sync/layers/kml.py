"""KML and KMZ: placemarks with their names and data. Links, styles, pictures and descriptions are left alone."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element

import numpy as np
import shapely

from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import checking
from smartcity_desk.place.layers.content import (
    MOST_FEATURES,
    MOST_POINTS,
    Brought,
    bad,
    plain_properties,
)
from smartcity_desk.sync.layers import archive
from smartcity_desk.sync.layers.xmltree import elements, local, text

_SHAPES: Final = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
_MOST_PARTS: Final = 10_000


def read(data: bytes) -> Brought:
    """The placemarks of a KML file. Raises BadData (`layer_xml`, `layer_too_many`, `layer_geometry`, `layer_empty`)."""
    shapes: list[Any] = []
    properties: list[dict[str, Any]] = []
    left_out = points = broken = 0
    for mark in elements(data, "Placemark"):
        try:
            made = _placed(mark)
        except (ValueError, IndexError, shapely.errors.ShapelyError):
            made, broken = None, broken + 1
        if made is None:
            left_out += 1
            continue
        points += int(shapely.get_num_coordinates(made))
        if len(shapes) >= MOST_FEATURES or points > MOST_POINTS:
            raise bad("too_many", value=len(shapes), most=MOST_FEATURES)
        shapes.append(made)
        properties.append(dict(plain_properties(_said(mark))))
    if broken > checking.FAR_SHARE * (len(shapes) + broken):
        raise bad("geometry", value=broken)
    if not shapes:
        raise bad("empty")
    every = np.empty(len(shapes), object)
    every[:] = shapes
    return Brought(features=Features(every, properties), left_out=left_out)


def read_kmz(opened: zipfile.ZipFile) -> Brought:
    """The first KML file of a KMZ. Raises BadData."""
    found = [one for one in archive.names(opened) if one.lower().endswith(".kml")]
    if not found:
        raise archive.unknown(opened)
    main = next((one for one in found if one.lower() == "doc.kml"), found[0])
    return read(archive.member(opened, main))


def _said(mark: Element) -> Iterator[tuple[str, str]]:
    for child in mark:
        if local(child) == "name":
            yield "name", text(child)
    for inner in mark.iter():
        kind = local(inner)
        if kind == "SimpleData":
            yield inner.get("name", ""), text(inner)
        elif kind == "Data":
            yield inner.get("name", ""), next((text(one) for one in inner if local(one) == "value"), "")


def _placed(mark: Element) -> Any:
    for child in mark:
        if local(child) in _SHAPES:
            return _shape(child)
    return None


def _shape(element: Element) -> Any:
    kind = local(element)
    if kind == "MultiGeometry":
        parts = [
            one for one in (_shape(child) for child in element if local(child) in _SHAPES) if one is not None
        ]
        if len(parts) > _MOST_PARTS:
            raise bad("too_many", value=len(parts), most=_MOST_PARTS)
        if not parts:
            return None
        types = {part.geom_type for part in parts}
        if types == {"Point"}:
            return shapely.MultiPoint(parts)
        if types == {"LineString"}:
            return shapely.MultiLineString(parts)
        return (
            shapely.union_all(parts)
            if types <= {"Polygon", "MultiPolygon"}
            else shapely.GeometryCollection(parts)
        )
    if kind == "Polygon":
        outer: list[tuple[float, float]] = []
        holes: list[list[tuple[float, float]]] = []
        for ring in element:
            corners = _coordinates(ring)
            if local(ring) == "outerBoundaryIs":
                outer = corners
            elif local(ring) == "innerBoundaryIs" and len(corners) >= 4:
                holes.append(corners)
        return shapely.Polygon(outer, holes) if len(outer) >= 4 else None
    corners = _coordinates(element)
    if kind == "Point":
        return shapely.Point(corners[0]) if corners else None
    return shapely.LineString(corners) if len(corners) >= 2 else None


def _coordinates(element: Element) -> list[tuple[float, float]]:
    for inner in element.iter():
        if local(inner) == "coordinates":
            found = []
            for one in text(inner).split():
                parts = one.split(",")
                x, y = float(parts[0]), float(parts[1])
                if not (math.isfinite(x) and math.isfinite(y)):
                    raise ValueError("not a position")
                found.append((x, y))
            return found
    return []
