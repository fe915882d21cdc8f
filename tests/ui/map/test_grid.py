"""Positions as whole numbers: what lies where, counted the quick way and the plain way."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.ui.map import grid
from smartcity_desk.ui.map.grid import Window

LATS = st.floats(-6.5, -5.2)
LONS = st.floats(106.4, 107.1)
POINTS = st.lists(st.tuples(LATS, LONS), min_size=0, max_size=60)
ZOOMS = st.integers(9, 19)


def positions(points: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(points, dtype=np.float64).reshape(len(points), 2)
    return grid.to_world(table[:, 0], table[:, 1])


def window_around(z: int, lat: float, lon: float, width: int = 900, height: int = 700) -> Window:
    x, y = grid.to_world(lat, lon)
    shift = 24 - z
    return Window(z, (int(x) >> shift) - width // 2, (int(y) >> shift) - height // 2, width, height)


@given(st.floats(-84, 84), st.floats(-179.9, 179.9))
def test_a_place_comes_back_within_centimetres(lat: float, lon: float) -> None:
    x, y = grid.to_world(lat, lon)
    back = grid.to_degrees(int(x) + 0.5, int(y) + 0.5)
    assert back == pytest.approx((lat, lon), abs=2e-7)


@pytest.mark.parametrize(("lat", "lon"), [(90.0, 0.0), (-90.0, 200.0), (1e9, 1e9), (float("nan"), 5.0)])
def test_what_lies_beyond_the_map_does_no_harm(lat: float, lon: float) -> None:
    with np.errstate(invalid="ignore"):
        x, y = grid.to_world(lat, lon)
    assert x.dtype == y.dtype == np.uint32


@given(POINTS, ZOOMS, LATS, LONS)
def test_what_is_in_a_window_is_what_plain_arithmetic_says(
    points: list[tuple[float, float]], z: int, lat: float, lon: float
) -> None:
    window = window_around(z, lat, lon)
    xs, ys = positions(points)
    shift = 24 - z
    plain = [
        window.x <= int(x) >> shift < window.x + window.width
        and window.y <= int(y) >> shift < window.y + window.height
        for x, y in zip(xs, ys, strict=True)
    ]
    assert grid.inside(xs, ys, window).tolist() == plain


@given(POINTS, ZOOMS, st.integers(3, 7), st.booleans(), st.data())
def test_cells_hold_every_report_once(
    points: list[tuple[float, float]], z: int, power: int, weigh: bool, data: st.DataObject
) -> None:
    window = window_around(z, -6.2, 106.8)
    xs, ys = positions(points)
    here = grid.inside(xs, ys, window)
    xs, ys = xs[here], ys[here]
    drawn = data.draw(st.lists(st.integers(0, 7), min_size=len(xs), max_size=len(xs)))
    bands = np.array(drawn, dtype=np.uint8)
    found = grid.cells(xs, ys, bands, window, power, weigh=weigh)
    shift = 24 - z + power
    plain = Counter(
        (int(y) >> shift, int(x) >> shift, int(band)) for x, y, band in zip(xs, ys, bands, strict=True)
    )
    assert found.counts.sum() == len(xs)
    cells = sorted({key[:2] for key in plain})
    assert len(found.x) == len(cells)
    for at, cell in enumerate(cells):
        assert found.counts[at].tolist() == [plain[(*cell, band)] for band in range(grid.BANDS)]
        side = 1 << power
        left, top = (cell[1] * side - window.x) * 16, (cell[0] * side - window.y) * 16
        assert left <= found.x[at] <= left + side * 16
        assert top <= found.y[at] <= top + side * 16


@given(POINTS, st.lists(st.tuples(LATS, LONS), min_size=3, max_size=12))
def test_a_lasso_holds_what_a_polygon_holds(
    points: list[tuple[float, float]], ring: list[tuple[float, float]]
) -> None:
    corners = np.stack([part.astype(np.float64) for part in positions(ring)], axis=1)
    polygon = shapely.Polygon(corners)
    xs, ys = positions(points)
    found = grid.within(xs, ys, corners)
    if not polygon.is_valid:
        return
    for x, y, inside in zip(xs, ys, found, strict=True):
        point = shapely.Point(float(x), float(y))
        if polygon.boundary.distance(point) > 4:
            assert inside == polygon.contains(point)


@given(POINTS, ZOOMS)
def test_heat_is_hottest_where_most_is(points: list[tuple[float, float]], z: int) -> None:
    window = window_around(z, -6.2, 106.8)
    xs, ys = positions(points)
    here = grid.inside(xs, ys, window)
    field = grid.heat(xs[here], ys[here], window, 2)
    assert field.dtype == np.uint8
    assert (field.max() >= 254) == bool(here.any())


@pytest.mark.parametrize(
    ("z", "x", "y", "width", "height"),
    [(-1, 0, 0, 9, 9), (20, 0, 0, 9, 9), (11, 0, 0, 0, 9), (11, 0, 0, 9, 99_999), (3, 10**9, 0, 9, 9)],
)
def test_a_window_that_no_map_shows_is_refused(z: int, x: int, y: int, width: int, height: int) -> None:
    with pytest.raises(ValueError, match="no such part"):
        Window(z, x, y, width, height)
