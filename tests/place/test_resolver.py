"""Every answer is what brute force with plain geometry says, however the way to it was shortened."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.place import cache as kept
from smartcity_desk.place import plane
from smartcity_desk.place.resolver import BORDER_M, FAR_M, Resolver
from smartcity_desk.place.units import Unit
from tests.place import city

SEEDS = (1, 2, 3)


@cache
def resolver(seed: int = 1) -> Resolver:
    return Resolver(city.units(seed), "uji")


@cache
def flat(made: tuple[Unit, ...]) -> dict[str, Any]:
    return {unit.code: plane.to_plane(unit.geometry) for unit in made}


def brute(made: tuple[Unit, ...], lat: float, lon: float) -> tuple[set[str], float, dict[str, float]]:
    """Who covers a point, how far the nearest border is, and how far each kelurahan, by shapely alone."""
    point = shapely.Point(lon * plane.EAST_M, lat * plane.NORTH_M)
    shapes = flat(made)
    inside = {code for code, shape in shapes.items() if shape.intersects(point)}
    border = min(shape.boundary.distance(point) for shape in shapes.values())
    return inside, border, {code: shape.distance(point) for code, shape in shapes.items()}


points = st.tuples(
    st.floats(-6.2 - 0.05, -6.2 + 0.06, allow_nan=False),
    st.floats(106.82 - 0.05, 106.82 + 0.05, allow_nan=False),
) | st.tuples(st.floats(-6.22, -6.18), st.floats(106.80, 106.84))


@given(st.sampled_from(SEEDS), points, st.none() | st.floats(0, 2_000))
def test_one_point_is_placed_as_brute_force_places_it(
    seed: int, point: tuple[float, float], accuracy: float | None
) -> None:
    made = city.units(seed)
    inside, border, far = brute(made, *point)
    limit = max(accuracy or 0, BORDER_M)
    found = resolver(seed).locate(*point, accuracy)
    assert found.edition == "uji"
    if found.badge is not PlaceBadge.BORDER or found.place is not None:
        assert found.border_m == pytest.approx(border, abs=0.51)
    if inside:
        assert found.place in inside
        if abs(border - limit) > 0.01:
            assert (found.badge is PlaceBadge.BORDER) == (border <= limit)
        others = {code: distance for code, distance in far.items() if code != found.place}
        nearest = min(others.values())
        if found.badge is PlaceBadge.BORDER and nearest < limit - 0.01:
            assert found.neighbour is not None
        if found.neighbour is not None:
            assert far[found.neighbour] == pytest.approx(nearest, abs=0.01)
    else:
        nearest = min(far.values())
        if nearest > 0.51:
            assert found.place is None
        if nearest > limit + 0.01:
            assert found == Location(PlaceBadge.OUTSIDE, None, None, round(nearest), "uji")
        elif nearest < limit - 0.01:
            assert found.badge is PlaceBadge.BORDER
            assert far[found.neighbour or found.place or ""] == pytest.approx(nearest, abs=0.01)


@given(st.sampled_from(SEEDS), st.lists(st.tuples(points, st.none() | st.floats(0, 2_000)), max_size=20))
def test_a_column_of_points_gets_the_same_answers(
    seed: int, rows: list[tuple[tuple[float, float], float | None]]
) -> None:
    asked = resolver(seed)
    many = asked.locate_many(
        [point[0] for point, _ in rows],
        [point[1] for point, _ in rows],
        [math.nan if accuracy is None else accuracy for _, accuracy in rows],
    )
    assert len(many) == len(rows)
    for at, (point, accuracy) in enumerate(rows):
        assert many[at] == asked.locate(*point, accuracy)


def test_thousands_of_points_by_column_lie_where_shapely_says() -> None:
    made = city.units()
    draw = np.random.default_rng(5)
    lat, lon = draw.uniform(-6.23, -6.15, 5_000), draw.uniform(106.79, 106.85, 5_000)
    many = resolver().locate_many(lat, lon)
    at, unit = shapely.STRtree([one.geometry for one in made]).query(shapely.points(lon, lat), "intersects")
    expected = np.full(5_000, -1)
    expected[at] = unit
    # Degrees and metres round differently on the very line, and nowhere else.
    assert ((many.place == expected) | (many.border_m <= 1)).all()
    assert set(many.badge.tolist()) == {1, 2, 3}


@pytest.mark.parametrize("seed", SEEDS)
def test_points_on_a_shared_border_name_both_sides(seed: int) -> None:
    made, asked = city.units(seed), resolver(seed)
    shared = plane.to_plane(made[0].geometry).intersection(plane.to_plane(made[1].geometry))
    for one in range(12):
        for other in range(one + 1, 12):
            shared = plane.to_plane(made[one].geometry).intersection(plane.to_plane(made[other].geometry))
            if shared.length > 50:
                middle = plane.to_degrees(shared.interpolate(0.5, normalized=True))
                found = asked.locate(middle.y, middle.x)
                assert found.badge is PlaceBadge.BORDER
                assert {found.place, found.neighbour} == {made[one].code, made[other].code}
                assert found.border_m == 0


def test_every_corner_of_every_outline_is_on_the_border() -> None:
    corners = shapely.get_coordinates([unit.geometry for unit in city.units()])
    many = resolver().locate_many(corners[:, 1], corners[:, 0])
    assert (many.border_m == 0).all()
    assert (many.place >= 0).all()
    assert {many[at].badge for at in range(len(many))} == {PlaceBadge.BORDER}


@pytest.mark.parametrize(
    "point", [(None, None), (-6.2, None), (None, 106.8), (0.0, 0.0), (math.nan, 106.8), (-6.2, math.inf)]
)
def test_what_is_no_position_has_no_location(point: tuple[float | None, float | None]) -> None:
    assert resolver().locate(*point) == Location(PlaceBadge.NONE, edition="uji")
    column = [math.nan if value is None else value for value in point]
    assert resolver().locate_many(column[:1], column[1:])[0] == Location(PlaceBadge.NONE, edition="uji")


@pytest.mark.parametrize("point", [(106.82, -6.2), (51.5, -0.1), (-6.9, 107.6), (1e300, 5.0), (-6.2, 0.0)])
def test_the_rest_of_the_world_is_outside(point: tuple[float, float]) -> None:
    found = resolver().locate(*point)
    assert found.badge is PlaceBadge.OUTSIDE
    assert found.candidates == ()
    assert resolver().locate_many([point[0]], [point[1]])[0] == found


def test_a_point_just_outside_is_nobodys_until_a_person_decides() -> None:
    island = plane.to_plane(city.units()[-1].geometry)
    west, _, _, north = island.bounds
    edge = min(shapely.get_coordinates(island).tolist())
    outside = plane.to_degrees(shapely.Point(edge[0] - 30, edge[1]))
    found = resolver().locate(outside.y, outside.x)
    assert found.badge is PlaceBadge.BORDER
    assert (found.place, found.neighbour) == (None, "31.71.01.1001")
    farther = plane.to_degrees(shapely.Point(west - 200, north))
    assert resolver().locate(farther.y, farther.x).badge is PlaceBadge.OUTSIDE
    assert resolver().locate(farther.y, farther.x, 5_000).neighbour == "31.71.01.1001"


def test_the_lake_belongs_to_nobody() -> None:
    land = shapely.union_all([plane.to_plane(unit.geometry) for unit in city.units()[:12]])
    (lake,) = max(shapely.get_parts(land), key=lambda part: part.area).interiors
    middle = plane.to_degrees(shapely.Polygon(lake).representative_point())
    assert resolver().locate(middle.y, middle.x).badge is PlaceBadge.OUTSIDE


def test_where_two_outlines_overlap_both_are_asked_even_far_from_a_line() -> None:
    made = city.units()
    whole = plane.to_degrees(plane.to_plane(made[0].geometry).convex_hull.buffer(150))
    doubled = city.with_shape(made, 0, whole)
    asked = Resolver(doubled, "tumpang")
    draw = np.random.default_rng(3)
    west, south, east, north = whole.bounds
    lat, lon = draw.uniform(south, north, 3_000), draw.uniform(west, east, 3_000)
    many = asked.locate_many(lat, lon)
    deep = 0
    for at in range(3_000):
        inside, _, _ = brute(doubled, lat[at], lon[at])
        if len(inside) == 2:
            assert many[at].badge is PlaceBadge.BORDER
            assert set(many[at].candidates) == inside
            assert asked.locate(lat[at], lon[at]) == many[at]
            deep += (many[at].border_m or 0) > BORDER_M
    assert deep


def test_an_accuracy_that_is_no_number_is_none_at_all() -> None:
    inside = city.units()[3].geometry.representative_point()
    plain = resolver().locate(inside.y, inside.x)
    assert resolver().locate(inside.y, inside.x, math.nan) == plain
    assert resolver().locate(inside.y, inside.x, -5) == plain
    assert resolver().locate_many([inside.y], [inside.x], [math.nan])[0] == plain
    assert resolver().locate(inside.y, inside.x, math.inf).badge is PlaceBadge.BORDER


def test_cells_are_never_sure_and_outside_only_far_away() -> None:
    asked = Resolver(city.units(), "kira", approximate=True)
    draw = np.random.default_rng(9)
    lat, lon = draw.uniform(-6.25, -6.12, 500), draw.uniform(106.77, 106.87, 500)
    many = asked.locate_many(lat, lon)
    for at in range(500):
        inside, _, far = brute(city.units(), lat[at], lon[at])
        found = many[at]
        assert found == asked.locate(lat[at], lon[at])
        assert found.badge in (PlaceBadge.APPROXIMATE, PlaceBadge.OUTSIDE)
        assert (found.place in inside) if inside else (found.place is None)
        if abs(min(far.values()) - FAR_M) > 1:
            assert (found.badge is PlaceBadge.OUTSIDE) == (min(far.values()) > FAR_M)


def test_grids_from_disk_answer_the_same_and_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    made = city.units()
    first = kept.resolver(made, "uji", tmp_path, approximate=False)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    for damage in (content[: len(content) // 2], b"PK\x03\x04 nothing"):
        file.write_bytes(damage)
        again = kept.resolver(made, "uji", tmp_path, approximate=False)
        assert again.locate(-6.2, 106.82) == first.locate(-6.2, 106.82)
    assert file.read_bytes() == content
    loaded = kept.resolver(made, "uji", tmp_path, approximate=False)
    draw = np.random.default_rng(4)
    lat, lon = draw.uniform(-6.25, -6.15, 500), draw.uniform(106.78, 106.86, 500)
    assert [loaded.locate_many(lat, lon)[at] for at in range(500)] == [
        first.locate_many(lat, lon)[at] for at in range(500)
    ]


def test_other_outlines_have_other_grids(tmp_path: Path) -> None:
    kept.resolver(city.units(1), "uji", tmp_path, approximate=False)
    kept.resolver(city.units(2), "uji", tmp_path, approximate=False)
    kept.resolver(city.units(2), "uji", tmp_path, approximate=True)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    found = kept.resolver(city.units(), "uji", blocked / "cache", approximate=False)
    assert found.locate(-6.2, 106.82).badge is not PlaceBadge.NONE
