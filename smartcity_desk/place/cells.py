"""Cells drawn from the centres of the kelurahan: what stands in for boundaries until the official ones are loaded.

A point belongs to the kelurahan whose centre is nearest. That is right for some two thirds of the city and wrong for
the rest, which is why everything found by it is marked approximate and never counts against an office.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from smartcity_desk.domain.office import Directory, Office, OfficeLevel
from smartcity_desk.place import plane
from smartcity_desk.place.units import Unit

EDITION: Final = "perkiraan"
"""The edition that a report located by these cells remembers. No bundle can have this name."""
_ISLANDS: Final = "31.01."
_AROUND_M: Final = 2_000.0
_BACK_M: Final = 900.0
"""The mainland is what lies within the first of some centre, taken back by the second: some 1.1 km around the outer
centres, without holes between them."""
_ISLANDS_M: Final = 6_000.0
"""A kelurahan of Kepulauan Seribu is many islands and the water between."""


def cells(directory: Directory) -> tuple[Unit, ...]:
    """One cell for every kelurahan that has a centre, by code. They meet without gap or overlap."""
    offices = sorted(
        (office for office in directory.offices.values() if _placed(office)), key=lambda office: office.code
    )
    if not offices:
        return ()
    centres = plane.to_plane(
        shapely.points([office.lon for office in offices], [office.lat for office in offices])
    )
    island = np.array([office.code.startswith(_ISLANDS) for office in offices])
    mainland = shapely.union_all(shapely.buffer(centres[~island], _AROUND_M)).buffer(-_BACK_M)
    outline = shapely.union_all([_filled(mainland), *shapely.buffer(centres[island], _ISLANDS_M)])
    drawn = _voronoi(centres, outline)
    kept = shapely.set_precision(shapely.intersection(drawn, outline), 0)
    return tuple(
        Unit(office.code, office.name, geometry)
        for office, geometry in zip(offices, plane.to_degrees(kept), strict=True)
    )


def _placed(office: Office) -> bool:
    return office.level is OfficeLevel.KELURAHAN and office.lat is not None and office.lon is not None


def _filled(area: Any) -> Any:
    """An area without its holes: a kelurahan so large that its centre is far from everywhere is no lake."""
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(area))))


def _voronoi(centres: Any, outline: Any) -> Any:
    if len(centres) == 1:
        return np.array([outline])
    # Centres to three decimals may coincide: a metre aside each has a cell, and nobody can see the difference.
    shift = np.arange(len(centres)) * 0.01
    moved = shapely.points(shapely.get_coordinates(centres) + shift[:, None])
    drawn = shapely.voronoi_polygons(shapely.multipoints(moved), extend_to=outline, ordered=True)
    return shapely.get_parts(drawn)
