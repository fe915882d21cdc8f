"""Whether what a reader brought is fit to be a layer of this city: where it lies, whether it can be drawn, how much.

Coordinates are judged by their numbers, whatever the file says of itself: degrees around the city, degrees with the
axes exchanged, or metres of some projection. The last two are refused in words: a guess would move a tower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import content
from smartcity_desk.place.layers.content import bad
from smartcity_desk.place.layers.known import Draw

WEST: Final = 106.0
EAST: Final = 107.6
SOUTH: Final = -7.2
NORTH: Final = -5.0
"""The city with what flows into it: gauges as far as Bogor, and Kepulauan Seribu (degrees, EPSG:4326)."""
FAR_SHARE: Final = 0.2
"""Beyond this share of features that lie elsewhere or cannot be drawn, the layer is refused instead of thinned out."""
LEAST_SHARE: Final = 0.5
"""A layer that comes back with less than this share of its features keeps its old edition until a person decides."""
SMALL: Final = 10
"""Below so many features a loss of half is no collapse but a change."""


class Where(StrEnum):
    """What the numbers of a layer are."""

    HERE = "here"
    SWAPPED = "swapped"
    PROJECTED = "projected"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A layer fit to be kept: its features, and how many were mended or left out and why."""

    features: Features
    elsewhere: int = 0
    mended: int = 0
    undrawable: int = 0


def inside(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    """Which positions (degrees, longitude and latitude) lie in the region."""
    found: NDArray[np.bool_] = (x >= WEST) & (x <= EAST) & (y >= SOUTH) & (y <= NORTH)
    return found


def where(x: NDArray[Any], y: NDArray[Any]) -> Where:
    """What these numbers are, by what most of them can be. Empty ones are elsewhere."""
    if len(x) == 0:
        return Where.ELSEWHERE
    half = len(x) / 2
    if int(np.count_nonzero(inside(x, y))) >= half:
        return Where.HERE
    if int(np.count_nonzero(inside(y, x))) >= half:
        return Where.SWAPPED
    if int(np.count_nonzero((np.abs(x) > 180) | (np.abs(y) > 90))) >= half:
        return Where.PROJECTED
    return Where.ELSEWHERE


def turned(features: Features) -> Features:
    """The same features with the axes exchanged, for a file of which a person has said that they are."""
    return Features(
        shapely.transform(features.geometries, lambda points: points[:, ::-1]), features.properties
    )


def check(features: Features, draw: Draw) -> Checked:
    """The features that can be drawn, mended where that is safe.

    Raises BadData (`layer_swapped`, `layer_projected`, `layer_elsewhere`, `layer_geometry`, `layer_kind`,
    `layer_too_many`, `layer_empty`).
    """
    total = len(features)
    if total == 0:
        raise bad("empty")
    points = int(shapely.get_num_coordinates(features.geometries).sum())
    if total > content.MOST_FEATURES:
        raise bad("too_many", value=total, most=content.MOST_FEATURES)
    if points > content.MOST_POINTS:
        raise bad("too_many", value=points, most=content.MOST_POINTS)
    if not np.isfinite(shapely.get_coordinates(features.geometries)).all():
        raise bad("geometry", value=total)
    corners = shapely.bounds(features.geometries)
    middle_x, middle_y = (corners[:, 0] + corners[:, 2]) / 2, (corners[:, 1] + corners[:, 3]) / 2
    found = where(middle_x, middle_y)
    if found is not Where.HERE:
        raise bad(found.value, x=float(np.median(middle_x)), y=float(np.median(middle_y)))
    here = inside(corners[:, 0], corners[:, 1]) & inside(corners[:, 2], corners[:, 3])
    elsewhere = total - int(np.count_nonzero(here))
    if elsewhere > total * FAR_SHARE:
        raise bad("elsewhere", x=float(np.median(middle_x)), y=float(np.median(middle_y)))
    shapes, mended = _mended(features.geometries[here])
    drawn = _as_drawn(shapes, draw)
    full = ~(shapely.is_missing(drawn) | shapely.is_empty(drawn))
    undrawable = len(drawn) - int(np.count_nonzero(full))
    if not full.any() or undrawable > total * FAR_SHARE:
        raise bad("kind" if mended == 0 else "geometry", value=undrawable, kind=draw.value)
    kept = np.flatnonzero(here)[full].tolist()
    return Checked(
        Features(drawn[full], [features.properties[at] for at in kept]), elsewhere, mended, undrawable
    )


def _mended(shapes: NDArray[Any]) -> tuple[NDArray[Any], int]:
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        shapes = shapes.copy()
        shapes[broken] = shapely.make_valid(shapes[broken])
    return shapes, int(np.count_nonzero(broken))


_POINTS: Final = (0, 4)
_LINES: Final = (1, 2, 5)
_AREAS: Final = (3, 6)


def _as_drawn(shapes: NDArray[Any], draw: Draw) -> NDArray[Any]:
    """Each shape as its layer draws it, or None: a house stands for a point, a line never for an area."""
    kinds = shapely.get_type_id(shapes)
    if draw in (Draw.POINT, Draw.LEVEL):
        made = shapes.copy()
        wide = ~np.isin(kinds, _POINTS)
        made[wide] = shapely.point_on_surface(shapes[wide])
        several = kinds == 4
        made[several] = shapely.centroid(shapes[several])
        return made
    wanted = _LINES if draw is Draw.LINE else _AREAS
    made = np.full(len(shapes), None, dtype=object)
    fits = np.isin(kinds, wanted)
    made[fits] = shapes[fits]
    # Mending leaves a collection of the shape wanted and of crumbs: the crumbs go.
    for at in np.flatnonzero(kinds == 7).tolist():
        parts = [part for part in shapely.get_parts(shapes[at]) if shapely.get_type_id(part) in wanted]
        if parts:
            made[at] = shapely.multilinestrings(parts) if draw is Draw.LINE else shapely.union_all(parts)
    return made


def collapsed(count: int, before: int | None) -> bool:
    """Whether a layer lost so much that its old edition stays until a person says otherwise."""
    return before is not None and before >= SMALL and count < before * LEAST_SHARE


def kind_of(shapes: NDArray[Any]) -> Draw:
    """How shapes of nobody's table are drawn: as what most of them are."""
    kinds = shapely.get_type_id(shapes)
    counts: Mapping[Draw, int] = {
        Draw.POINT: int(np.isin(kinds, _POINTS).sum()),
        Draw.LINE: int(np.isin(kinds, _LINES).sum()),
        Draw.POLYGON: int(np.isin(kinds, _AREAS).sum()),
    }
    return max(counts, key=lambda draw: counts[draw])


def features_of(points: Sequence[tuple[float, float]], properties: Sequence[Mapping[str, Any]]) -> Features:
    """Points (longitude, latitude) as features."""
    made = np.empty(len(points), object)
    if points:
        made[:] = shapely.points(np.array(points, dtype=np.float64))
    return Features(made, properties)
