"""Points to kelurahan, with the distance to the nearest border and what lies behind it.

A point is exact geometry at any time: squares of a grid that lie wholly in one kelurahan only save the asking. The
rule of certainty is the domain paper's (3.1, F19): nearer to a border than the larger of the stated accuracy and 50 m
is *batas*, and nothing is assigned until a person decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.place import plane
from smartcity_desk.place.grid import MIXED, SECOND, Borders, Floats, Grid, Ints, coarse, fine
from smartcity_desk.place.units import Unit

BORDER_M: Final = 50.0
"""Nearer than this to a border is uncertain, however accurate the position claims to be."""
ACCURACY_MOST_M: Final = 100_000.0
"""A stated accuracy is taken for at most this: beyond it the whole province is meant."""
CELL_M: Final = 100.0
REACH_M: Final = 1_200.0
COARSE_M: Final = 400.0
COARSE_REACH_M: Final = 13_000.0
ROUGH: Final = 2
"""Drawn cells have few and long borders: larger squares know them as well, and are ready sooner."""
FAR_M: Final = 1_500.0
"""Without official boundaries, a point is outside only when it is this far from every drawn cell."""
_BEHIND_M: Final = 10.0
"""What begins within this of the nearest border lies behind it: outlines by different hands leave gaps."""
_ON_LINE_M: Final = 0.5
_FARTHEST: Final = 360.0
_AT_ONCE: Final = 200_000

BADGES: Final = (
    PlaceBadge.NONE,
    PlaceBadge.OUTSIDE,
    PlaceBadge.BORDER,
    PlaceBadge.SURE,
    PlaceBadge.APPROXIMATE,
)
_NONE, _OUTSIDE, _BORDER, _SURE, _APPROXIMATE = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Answers for many points, by column. `place` and `neighbour` are numbers in `codes`, -1 for none; `border_m` is
    in whole metres, -1 without one; `badge` is a number in `BADGES`."""

    codes: tuple[str, ...]
    edition: str
    badge: NDArray[np.uint8]
    place: NDArray[np.int32]
    neighbour: NDArray[np.int32]
    border_m: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.badge)

    def __getitem__(self, at: int) -> Location:
        place, neighbour, border = int(self.place[at]), int(self.neighbour[at]), int(self.border_m[at])
        return Location(
            BADGES[self.badge[at]],
            None if place < 0 else self.codes[place],
            None if neighbour < 0 else self.codes[neighbour],
            None if border < 0 else border,
            self.edition,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a resolver computes once from the outlines: two grids. `place.cache` keeps it on disk."""

    near: Grid
    far: Grid


class Resolver:
    """Answers for one edition. `approximate` marks everything that was found by cells drawn from centres.

    Safe to use from several threads; building it takes some seconds, with `prepared` some hundredths of one.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        edition: str,
        *,
        approximate: bool = False,
        prepared: Prepared | None = None,
    ) -> None:
        self.edition = edition
        self.approximate = approximate
        self.codes = tuple(unit.code for unit in units)
        self._outlines = plane.to_plane(shapely.force_2d(np.array([unit.geometry for unit in units], object)))
        self._borders = Borders.of(self._outlines)
        shapely.prepare(self._outlines)
        if prepared is None:
            share = ROUGH if approximate else 1
            near = fine(self._borders, share * CELL_M, REACH_M)
            prepared = Prepared(near, coarse(self._borders, share * COARSE_M, COARSE_REACH_M, near))
        self.prepared = prepared
        self._tree = shapely.STRtree(self._borders.lines())
        self._one = _One(self._borders, prepared, self._outlines)

    # ---------------------------------------------------------------- one point

    def locate(self, lat: float | None, lon: float | None, accuracy_m: float | None = None) -> Location:
        """Where a position in degrees lies. `accuracy_m` is how far the position can err, in metres.

        0,0 and what is no number have no location; everything else gets an answer, however far away.
        """
        if (
            lat is None
            or lon is None
            or not (-_FARTHEST <= lat <= _FARTHEST and -_FARTHEST <= lon <= _FARTHEST)
        ):
            known = lat is not None and lon is not None and math.isfinite(lat) and math.isfinite(lon)
            return Location(PlaceBadge.OUTSIDE if known else PlaceBadge.NONE, edition=self.edition)
        if lat == 0 and lon == 0:
            return Location(PlaceBadge.NONE, edition=self.edition)
        limit = BORDER_M
        if accuracy_m is not None and accuracy_m > BORDER_M:
            limit = min(accuracy_m, ACCURACY_MOST_M)
        x, y = lon * plane.EAST_M, lat * plane.NORTH_M
        own, double, border, other, beyond = self._one.find(x, y) or self._searched(x, y)
        if other < 0 and limit > SECOND:
            other, beyond = self._nearest_other(x, y, own)
        badge, place, neighbour = self._judge(own, double, border, other, beyond, limit)
        codes = self.codes
        return Location(
            badge,
            codes[place] if place >= 0 else None,
            codes[neighbour] if neighbour >= 0 else None,
            round(border),
            self.edition,
        )

    def _judge(
        self, own: int, double: int, border: float, other: int, beyond: float, limit: float
    ) -> tuple[PlaceBadge, int, int]:
        """Badge, place and neighbour from what was measured. `locate_many` says the same in columns."""
        if own >= 0 and double < 0 and not self.approximate:
            if border <= limit:
                return PlaceBadge.BORDER, own, other if beyond <= max(limit, border + _BEHIND_M) else -1
            return PlaceBadge.SURE, own, other if beyond <= border + _BEHIND_M else -1
        if own < 0 and border <= _ON_LINE_M:
            return (PlaceBadge.APPROXIMATE if self.approximate else PlaceBadge.BORDER), other, -1
        if self.approximate:
            if own < 0:
                return (PlaceBadge.OUTSIDE, -1, -1) if border > max(limit, FAR_M) else (
                    PlaceBadge.APPROXIMATE, -1, other
                )  # fmt: skip
            return PlaceBadge.APPROXIMATE, own, other
        if own < 0:
            return (PlaceBadge.OUTSIDE, -1, -1) if border > limit else (PlaceBadge.BORDER, -1, other)
        return PlaceBadge.BORDER, own, double

    def _searched(self, x: float, y: float) -> tuple[int, int, float, int, float]:
        """The same as `_One.find` for a point in no square: outside, some way off."""
        piece, far = self._tree.query_nearest(shapely.Point(x, y), return_distance=True, all_matches=False)
        return -1, -1, float(far[0]), int(self._borders.left[piece[0]]), float(far[0])

    def _nearest_other(self, x: float, y: float, own: int) -> tuple[int, float]:
        """The nearest unit beside `own`, at any distance."""
        far = shapely.distance(self._outlines, shapely.Point(x, y))
        if own >= 0:
            far[own] = math.inf
        at = int(far.argmin())
        return (at, float(far[at])) if math.isfinite(far[at]) else (-1, math.inf)

    # ---------------------------------------------------------------- many points

    def locate_many(self, lats: ArrayLike, lons: ArrayLike, accuracies: ArrayLike | None = None) -> Located:
        """The same for columns of degrees and metres; NaN stands for what is not known."""
        lat = np.ascontiguousarray(lats, np.float64)
        lon = np.ascontiguousarray(lons, np.float64)
        limit = np.full(len(lat), BORDER_M)
        if accuracies is not None:
            stated = np.asarray(accuracies, np.float64)
            limit = np.fmax(limit, np.minimum(stated, ACCURACY_MOST_M))  # NaN: nothing was stated
        badge = np.zeros(len(lat), np.uint8)
        place = np.full(len(lat), -1, np.int32)
        neighbour = np.full(len(lat), -1, np.int32)
        border = np.full(len(lat), -1, np.int32)
        for start in range(0, len(lat), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            self._some(
                lat[some], lon[some], limit[some], badge[some], place[some], neighbour[some], border[some]
            )
        return Located(self.codes, self.edition, badge, place, neighbour, border)

    def _some(
        self,
        lat: Floats,
        lon: Floats,
        limit: Floats,
        badge: NDArray[np.uint8],
        place: NDArray[np.int32],
        neighbour: NDArray[np.int32],
        border_m: NDArray[np.int32],
    ) -> None:
        known = np.isfinite(lat) & np.isfinite(lon) & ((lat != 0) | (lon != 0))
        with np.errstate(invalid="ignore"):
            away = known & ((np.abs(lat) > _FARTHEST) | (np.abs(lon) > _FARTHEST))
        badge[away] = _OUTSIDE
        at = np.flatnonzero(known & ~away)
        x, y, limit = lon[at] * plane.EAST_M, lat[at] * plane.NORTH_M, limit[at]
        own, double, border, other, beyond = self._measured(x, y)
        for lonely in np.flatnonzero((other < 0) & (limit > SECOND)):
            other[lonely], beyond[lonely] = self._nearest_other(x[lonely], y[lonely], int(own[lonely]))
        on_line = (own < 0) & (border <= _ON_LINE_M)
        own[on_line], other[on_line] = other[on_line], -1
        outside = (own < 0) & (border > (np.maximum(limit, FAR_M) if self.approximate else limit))
        if self.approximate:
            said = np.where(outside, _OUTSIDE, _APPROXIMATE)
        else:
            near = border <= limit
            said = np.where(outside, _OUTSIDE, np.where(near | (double >= 0), _BORDER, _SURE))
            within = np.where(near, np.maximum(limit, border + _BEHIND_M), border + _BEHIND_M)
            other = np.where((own >= 0) & ~(beyond <= within), -1, other)
            other = np.where(double >= 0, double, other)
        other[outside] = -1
        badge[at], place[at], neighbour[at] = said, own, other
        border_m[at] = np.rint(border).astype(np.int32)

    def _measured(self, x: Floats, y: Floats) -> tuple[Ints, Ints, Floats, Ints, Floats]:
        count = len(x)
        own, double = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
        border, beyond = np.full(count, np.inf), np.full(count, np.inf)
        other = np.full(count, -1, np.int64)
        near = self.prepared.near
        rows = near.rows(x, y)
        inside = np.flatnonzero(rows >= 0)
        own[inside], double[inside] = self._owners(near, rows[inside], x[inside], y[inside])
        border[inside], other[inside], beyond[inside] = self._nearest(
            near, rows[inside], x[inside], y[inside], own[inside]
        )
        rest = np.flatnonzero(rows < 0)
        if len(rest):
            far = self.prepared.far
            rows = far.rows(x[rest], y[rest])
            some = rest[rows >= 0]
            border[some], other[some], beyond[some] = self._nearest(
                far, rows[rows >= 0], x[some], y[some], own[some]
            )
            some = rest[rows < 0]
            if len(some):
                (_, piece), distance = self._tree.query_nearest(
                    shapely.points(x[some], y[some]), return_distance=True, all_matches=False
                )
                border[some], other[some], beyond[some] = distance, self._borders.left[piece], distance
        return own, double, border, other, beyond

    def _owners(self, grid: Grid, rows: Ints, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        own = grid.unit[rows].astype(np.int64)
        double = np.full(len(rows), -1, np.int64)
        mixed = np.flatnonzero(own == MIXED)
        own[mixed] = -1
        counts = (grid.touches[rows[mixed] + 1] - grid.touches[rows[mixed]]).astype(np.int64)
        point, pair = _pairs(grid.touches[rows[mixed]], counts)
        unit = grid.touching[pair]
        order = np.argsort(unit, kind="stable")
        point, unit = mixed[point[order]], unit[order]
        edges = np.searchsorted(unit, np.arange(len(self.codes) + 1))
        for number, (start, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            if start == end:
                continue
            asked = point[start:end]
            within = asked[shapely.intersects_xy(self._outlines[number], x[asked], y[asked])]
            taken = own[within] >= 0
            double[within[taken]] = number
            own[within[~taken]] = number
        return own, double

    def _nearest(
        self, grid: Grid, rows: Ints, x: Floats, y: Floats, own: Ints
    ) -> tuple[Floats, Ints, Floats]:
        """Distance to the nearest border, the nearest unit that is not `own`, and the distance to that."""
        borders = self._borders
        if not len(rows):
            return np.empty(0), np.empty(0, np.int64), np.empty(0)
        counts = (grid.starts[rows + 1] - grid.starts[rows]).astype(np.int64)
        point, pair = _pairs(grid.starts[rows], counts)
        piece = grid.pieces[pair].astype(np.int64)
        squared = borders.squared(x[point], y[point], piece)
        begins = np.concatenate(([0], np.cumsum(counts)[:-1]))
        border = np.sqrt(np.minimum.reduceat(squared, begins))
        left, right = borders.left[piece], borders.right[piece]
        unit = np.where(left == own[point], right, left)
        squared[unit < 0] = np.inf
        least = np.minimum.reduceat(squared, begins)
        hit = np.flatnonzero((squared == least[point]) & (unit >= 0))[::-1]
        other = np.full(len(rows), -1, np.int64)
        other[point[hit]] = unit[hit]
        return border, other, np.sqrt(least)


def _pairs(starts: NDArray[np.int32], counts: Ints) -> tuple[Ints, Ints]:
    """For each point as many pairs as it has entries: its own number and the entry's."""
    total = int(counts.sum())
    point = np.repeat(np.arange(len(counts)), counts)
    shift = np.repeat(
        starts - np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else starts, counts
    )
    return point, np.arange(total) + shift


class _One:
    """The same as columns for a single point, in plain Python: an array of one costs more than the work."""

    def __init__(self, borders: Borders, prepared: Prepared, outlines: NDArray[Any]) -> None:
        self._near = _Squares(prepared.near, borders, outlines)
        self._far = _Squares(prepared.far, borders, outlines)

    def find(self, x: float, y: float) -> tuple[int, int, float, int, float] | None:
        """Unit, a second unit that covers the point too, distance to the border, nearest other unit, distance to it;
        None for a point in no square."""
        squares = self._near
        square = squares.at(x, y)
        if square is None:
            squares = self._far
            square = squares.at(x, y)
            if square is None:
                return None
        own, double = square.own, -1
        if own == MIXED:
            own, double = square.owner(x, y)
        pieces = square.pieces.get(own) or squares.pieces(square, own)
        border = beyond = stop = math.inf
        other = -1
        away = math.hypot(x - square.x, y - square.y)
        for off, ax, ay, dx, dy, inverse, unit in pieces:
            if off > stop:  # all that follow are farther from the centre than any that could count from here
                break
            px = x - ax
            py = y - ay
            along = (px * dx + py * dy) * inverse
            if along > 0.0:
                if along > 1.0:
                    along = 1.0
                px -= along * dx
                py -= along * dy
            squared = px * px + py * py
            if squared < beyond:
                if squared < border:
                    border = squared
                if unit >= 0:
                    beyond, other = squared, unit
                    stop = math.sqrt(squared) + away
        return own, double, math.sqrt(border), other, math.sqrt(beyond)


_Piece = tuple[int, float, float, float, float, float, int]
"""Distance from the square's centre, beginning, extent, inverse of the squared length, the unit that is not `own`."""


@dataclass(slots=True, eq=False)
class _Square:
    """A square as plain values. `pieces` by the unit that a point in it belongs to."""

    row: int
    x: float
    y: float
    own: int
    touching: list[int]
    outlines: NDArray[Any]
    pieces: dict[int, list[_Piece]]

    def owner(self, x: float, y: float) -> tuple[int, int]:
        """The first two units that cover a point, -1 for none."""
        own = double = -1
        for unit, covers in zip(
            self.touching, shapely.intersects_xy(self.outlines, x, y).tolist(), strict=True
        ):
            if covers:
                if own < 0:
                    own = unit
                else:
                    double = unit
        return own, double


class _Squares:
    """The squares of a grid as plain values, made when a point first falls into one."""

    def __init__(self, grid: Grid, borders: Borders, outlines: NDArray[Any]) -> None:
        self._grid = grid
        self._borders = borders
        self._outlines = outlines
        self._x, self._y, self._cell = grid.x, grid.y, grid.cell
        self._wide, self._high = grid.wide, grid.high
        self._known: dict[int, _Square | None] = {}

    def at(self, x: float, y: float) -> _Square | None:
        """The square around a point in metres, or None when nothing is known about it."""
        across = int((x - self._x) // self._cell)
        up = int((y - self._y) // self._cell)
        if not (0 <= across < self._wide and 0 <= up < self._high):
            return None
        number = up * self._wide + across
        try:
            return self._known[number]
        except KeyError:
            square = self._known[number] = self._made(number, across, up)
            return square

    def _made(self, number: int, across: int, up: int) -> _Square | None:
        grid = self._grid
        row = int(grid.row[number])
        if row < 0:
            return None
        own = int(grid.unit[row])
        touching: list[int] = []
        if own == MIXED:
            touching = grid.touching[grid.touches[row] : grid.touches[row + 1]].tolist()
        x, y = self._x + (across + 0.5) * self._cell, self._y + (up + 0.5) * self._cell
        return _Square(
            row, x, y, own, touching, self._outlines[touching] if touching else self._outlines[:0], {}
        )

    def pieces(self, square: _Square, own: int) -> list[_Piece]:
        """The pieces of border of a square, nearest first, as a point of `own` sees them."""
        grid, borders = self._grid, self._borders
        start, end = grid.starts[square.row], grid.starts[square.row + 1]
        which = grid.pieces[start:end]
        left = borders.left[which]
        made = list(
            zip(
                grid.off[start:end].tolist(),
                *borders.a[which].T.tolist(),
                *borders.d[which].T.tolist(),
                borders.inverse[which].tolist(),
                np.where(left == own, borders.right[which], left).tolist(),
                strict=True,
            )
        )
        square.pieces[own] = made
        return made
