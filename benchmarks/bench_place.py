"""Points to kelurahan with the distance to the border: a million at once, one by one, and near borders with error.

The boundaries are the real ones where the folder of real data is at hand, else the cells drawn from centres, taken as
if they were official. Truth of the labelled points is where they were drawn, by shapely in degrees; what the resolver
gets is that position with a Gaussian error on each axis. Silently wrong is a badge *sure* with another kelurahan.

Times are of the one core that the work runs on, not of the clock on the wall.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.figure import Figure, Options
from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.place import plane
from smartcity_desk.place.cells import cells
from smartcity_desk.place.names import Finder
from smartcity_desk.place.resolver import BADGES, Resolver
from smartcity_desk.place.units import Unit

MILLION: Final = 1_000_000
ONE_BY_ONE: Final = 300_000
LABELLED: Final = 5_000
NEAR_M: Final = 60.0
BOX: Final = (106.68, -6.38, 106.98, -6.08)
"""Around the mainland: 6 of 10 points lie in the city."""
ROOT: Final = Path(__file__).resolve().parents[1]
TEXT: Final = (
    "Mohon ditindaklanjuti, lampu jalan mati di Jl. Tebet Timur Dalam RT 3/RW 5 Kel. Tebet Timur depan pasar, "
    "sudah tiga hari gelap dan berbahaya bagi pengendara pada malam hari"
)


def run(options: Options) -> list[Figure]:
    """Build a resolver and measure it."""
    units, whose = _units()
    built, resolver = _timed(lambda: Resolver(units, "ukur"))
    prepared = resolver.prepared
    loaded, resolver = _timed(lambda: Resolver(units, "ukur", prepared=prepared))
    draw = np.random.default_rng(20_260)
    return [
        *_speed(resolver, units, options, draw, whose),
        Figure(
            "place: a resolver ready, from kept grids",
            loaded,
            "s",
            1.0,
            control=built,
            control_name="making the grids",
        ),
        *_near_borders(resolver, units, options, draw),
        _texts(options),
    ]


def _units() -> tuple[tuple[Unit, ...], str]:
    shared = Path(os.environ.get("SMARTCITY_SHARED") or ROOT.parent / "shared")
    path = shared / "data/boundaries/kelurahan.geojson"
    if not path.is_file():
        return cells(builtin_directory(0)), "drawn cells"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    made = [
        Unit(
            one["properties"]["kode"],
            one["properties"]["nama"],
            shapely.from_geojson(json.dumps(one["geometry"])),
        )
        for one in features
    ]
    return tuple(made), "real boundaries"


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    made = work()
    return time.process_time() - started, made


def _speed(
    resolver: Resolver, units: tuple[Unit, ...], options: Options, draw: np.random.Generator, whose: str
) -> list[Figure]:
    count = options.size(MILLION, 10_000)
    lon, lat = draw.uniform(BOX[0], BOX[2], count), draw.uniform(BOX[1], BOX[3], count)
    many = min(_timed(lambda: resolver.locate_many(lat, lon))[0] for _ in range(options.repeats))
    sample = min(count, 50_000)
    tree = _ByTree(units)
    plain = _timed(lambda: tree.ask(lon[:sample], lat[:sample]))[0] * count / sample
    single = min(options.size(ONE_BY_ONE, 5_000), count)
    pairs = list(zip(lat[:single].tolist(), lon[:single].tolist(), strict=True))
    one = min(_timed(lambda: [resolver.locate(*point) for point in pairs])[0] for _ in range(options.repeats))
    some = min(single, 2_000)
    alone = _timed(lambda: [tree.ask(lon[n : n + 1], lat[n : n + 1]) for n in range(some)])[0] / some
    return [
        Figure(
            "place: 1,000,000 points with border distance",
            many * MILLION / count,
            "s",
            5.0,
            control=plain * MILLION / count,
            control_name="shapely's tree",
            note=f"{whose}, uniform over a box of which the city is 6 tenths; time of one core",
        ),
        Figure(
            "place: a point one by one",
            one / single * 1e6,
            "us",
            12.0,
            control=alone * 1e6,
            control_name="shapely's tree",
        ),
    ]


class _ByTree:
    """The same by shapely's own means: who covers each point, and the nearest outline's distance."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self._shapes = plane.to_plane(np.array([unit.geometry for unit in units], object))
        self._covering = shapely.STRtree(self._shapes)
        self._lines = shapely.STRtree(shapely.get_parts(shapely.boundary(self._shapes)))

    def ask(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
        points = shapely.points(lon * plane.EAST_M, lat * plane.NORTH_M)
        covered = self._covering.query(points, predicate="intersects")
        _, far = self._lines.query_nearest(points, return_distance=True, all_matches=False)
        return covered, far


# ---------------------------------------------------------------- near borders


def _near_borders(
    resolver: Resolver, units: tuple[Unit, ...], options: Options, draw: np.random.Generator
) -> list[Figure]:
    count = options.size(LABELLED, 500)
    lon, lat, truth = _labelled(units, count, draw)
    figures = []
    for name, scale, stated, target in (
        ("error 5 to 12 m, stated as its scale", draw.uniform(5, 12, count), 1.0, 0.0),
        ("error 20 m, stated as its scale", np.full(count, 20.0), 1.0, None),
        ("error 20 m, stated as what it stays within (4 scales)", np.full(count, 20.0), 4.0, None),
        ("error 50 m, stated as its scale", np.full(count, 50.0), 1.0, None),
        ("error 50 m, stated as what it stays within (4 scales)", np.full(count, 50.0), 4.0, None),
    ):
        seen_lon = lon + draw.normal(0, scale) / plane.EAST_M
        seen_lat = lat + draw.normal(0, scale) / plane.NORTH_M
        found = resolver.locate_many(seen_lat, seen_lon, scale * stated)
        sure = found.badge == BADGES.index(PlaceBadge.SURE)
        wrong = int((sure & (found.place != truth)).sum())
        figures.append(
            Figure(
                f"place: silently wrong of {count:,} within 60 m of a border, {name}",
                float(wrong),
                "points",
                target,
                note=f"asked {1 - sure.mean():.1%}, right without asking {(sure & (found.place == truth)).mean():.1%}",
            )
        )
    return figures


def _labelled(
    units: tuple[Unit, ...], count: int, draw: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Positions inside a kelurahan, nearer than 60 m to its outline, and the number of the kelurahan."""
    shapes = np.array([unit.geometry for unit in units], object)
    tree = shapely.STRtree(shapes)
    kept: list[tuple[float, float, int]] = []
    east = math.radians(1) * 6_378_137 * math.cos(math.radians(6.2))
    while len(kept) < count:
        lon, lat = draw.uniform(BOX[0], BOX[2], 20_000), draw.uniform(BOX[1], BOX[3], 20_000)
        at, unit = tree.query(shapely.points(lon, lat), predicate="intersects")
        far = shapely.distance(shapely.boundary(shapes[unit]), shapely.points(lon[at], lat[at])) * east
        for n in np.flatnonzero(far < NEAR_M):
            kept.append((float(lon[at[n]]), float(lat[at[n]]), int(unit[n])))
    lons, lats, numbers = zip(*kept[:count], strict=True)
    return np.array(lons), np.array(lats), np.array(numbers)


def _texts(options: Options) -> Figure:
    finder = Finder(builtin_directory(0))
    count = options.size(2_000, 200)
    took = min(_timed(lambda: [finder.find(TEXT) for _ in range(count)])[0] for _ in range(options.repeats))
    return Figure("place: names in a text", took / count * 1e3, "ms", 1.0)
