"""What stands in for boundaries: a cell around every centre, and never more certain than that."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.location import UNCERTAIN, PlaceBadge
from smartcity_desk.domain.office import Directory, Office, OfficeLevel
from smartcity_desk.place import plane
from smartcity_desk.place.cells import EDITION, cells
from smartcity_desk.place.resolver import Resolver
from smartcity_desk.place.units import Unit

DIRECTORY = builtin_directory(0)


@cache
def drawn() -> tuple[Unit, ...]:
    return cells(DIRECTORY)


@cache
def resolver() -> Resolver:
    return Resolver(drawn(), EDITION, approximate=True)


def test_every_kelurahan_has_a_cell_that_meets_the_others_and_overlaps_none() -> None:
    codes = [unit.code for unit in drawn()]
    assert len(codes) == 267
    assert codes == sorted(codes)
    assert (len({unit.kecamatan for unit in drawn()}), len({unit.kota for unit in drawn()})) == (44, 6)
    shapes = plane.to_plane(np.array([unit.geometry for unit in drawn()], object))
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes).tolist()) == {3}
    assert shapely.area(shapes).sum() == pytest.approx(shapely.area(shapely.union_all(shapes)), rel=1e-9)


def test_a_centre_lies_in_its_own_cell_and_is_only_approximate() -> None:
    offices = [DIRECTORY.offices[unit.code] for unit in drawn()]
    many = resolver().locate_many([one.lat for one in offices], [one.lon for one in offices])
    for at, office in enumerate(offices):
        assert many[at].place == office.code
        assert many[at].badge is PlaceBadge.APPROXIMATE
        assert many[at].badge in UNCERTAIN
        assert many[at].edition == EDITION


def test_the_neighbour_is_the_next_nearest_centre() -> None:
    found = resolver().locate(-6.2268, 106.8533)
    assert (found.place, found.neighbour) == ("31.74.01.1001", "31.74.01.1006")
    assert found.border_m is not None


@pytest.mark.parametrize(
    ("where", "lat", "lon"),
    [
        ("Bogor", -6.595, 106.816),
        ("Depok", -6.402, 106.794),
        ("Tangerang", -6.178, 106.630),
        ("Bekasi", -6.238, 106.992),
        ("the sea", -5.99, 106.82),
        ("Bandung", -6.917, 107.619),
    ],
)
def test_neighbouring_cities_and_the_sea_are_outside(where: str, lat: float, lon: float) -> None:
    assert resolver().locate(lat, lon).badge is PlaceBadge.OUTSIDE, where


def test_centres_that_coincide_still_have_cells_of_their_own() -> None:
    made = [
        Office(
            f"31.74.01.{1001 + n}",
            f"K{n}",
            OfficeLevel.KELURAHAN,
            "31.74.01",
            lat=-6.2,
            lon=106.8 + n // 2 / 100,
        )
        for n in range(4)
    ]
    found = cells(Directory.of(offices=made))
    assert [unit.code for unit in found] == [office.code for office in made]
    assert all(unit.geometry.area > 0 for unit in found)
    assert len(cells(Directory.of(offices=made[:1]))) == 1
    assert cells(Directory()) == ()


def test_the_drawn_city_has_no_holes() -> None:
    whole = shapely.union_all([unit.geometry for unit in drawn()])
    assert all(shapely.get_num_interior_rings(part) == 0 for part in shapely.get_parts(whole))
