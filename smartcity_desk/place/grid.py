"""A grid that knows for each of its squares whose it is and which pieces of border can be the nearest there.

That makes a point cost a handful of distances instead of a search: the answer is exact, only the way to it is short.
For a square with centre c and half diagonal h, a piece of border can be the nearest one of some point of it only when
it is at most 2h farther from c than the nearest one. Where the nearest border belongs to one kelurahan only (a coast,
the city's edge) the pieces of the second nearest kelurahan are kept too, if that is nearer than `SECOND`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OUTSIDE: Final = -1
MIXED: Final = -2
SECOND: Final = 300.0
"""Metres within which the second nearest kelurahan is always among the pieces of a square."""
_PARTED: Final = 4
"""Small squares along the side of a large one."""
_LARGE_M2: Final = 1_000_000.0
_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """Every piece of border once, in metres: from `a` along `d`. `left` and `right` are the units on it, -1 for none.

    Two kelurahan that were drawn along the same points share a piece; where their points differ each has its own.
    """

    a: Floats
    d: Floats
    inverse: Floats
    left: Ints
    right: Ints
    outlines: NDArray[Any]

    @classmethod
    def of(cls, outlines: NDArray[Any]) -> Borders:
        """The borders of polygons in metres."""
        parts, owner = shapely.get_parts(outlines, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        owner = owner[part]
        points, ring = shapely.get_coordinates(rings, return_index=True)
        joined = ring[:-1] == ring[1:]
        start, end = points[:-1][joined], points[1:][joined]
        unit = owner[ring[:-1][joined]].astype(np.int64)
        moves = (start != end).any(axis=1)
        start, end, unit = start[moves], end[moves], unit[moves]
        swapped = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
        low, high = np.where(swapped[:, None], end, start), np.where(swapped[:, None], start, end)
        pieces, which = np.unique(np.hstack((low, high)), axis=0, return_inverse=True)
        which = which.reshape(-1)
        left = np.full(len(pieces), len(outlines), np.int64)
        right = np.full(len(pieces), -1, np.int64)
        np.minimum.at(left, which, unit)
        np.maximum.at(right, which, unit)
        right[right == left] = -1
        d = pieces[:, 2:] - pieces[:, :2]
        return cls(
            np.ascontiguousarray(pieces[:, :2]), d, 1 / (d * d).sum(axis=1), left, right, np.asarray(outlines)
        )

    def lines(self, chosen: Any = slice(None)) -> NDArray[Any]:
        """The pieces as shapely lines."""
        found: NDArray[Any] = shapely.linestrings(
            np.stack((self.a[chosen], self.a[chosen] + self.d[chosen]), axis=1)
        )
        return found

    def squared(self, x: Floats, y: Floats, piece: Ints) -> Floats:
        """Squared distance of each point to the piece beside it."""
        ax, ay = self.a[piece, 0], self.a[piece, 1]
        dx, dy = self.d[piece, 0], self.d[piece, 1]
        along = ((x - ax) * dx + (y - ay) * dy) * self.inverse[piece]
        np.clip(along, 0.0, 1.0, out=along)
        ax += along * dx
        ay += along * dy
        ax -= x
        ay -= y
        result: Floats = ax * ax + ay * ay
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Squares of `cell` metres from (`x`, `y`) on, `wide` by `high`; `row` says where a square's facts stand, or -1.

    By row: `unit` (a unit's number, `OUTSIDE` or `MIXED`), the pieces `pieces[starts[row]:starts[row + 1]]` by their
    distance from the square's centre, which `off` has in metres, rounded down; and for mixed squares the units that
    touch it, `touching[touches[row]:touches[row + 1]]`.
    """

    x: float
    y: float
    cell: float
    wide: int
    high: int
    row: NDArray[np.int32]
    unit: NDArray[np.int32]
    starts: NDArray[np.int32]
    pieces: NDArray[np.int32]
    off: NDArray[np.uint16]
    touches: NDArray[np.int32]
    touching: NDArray[np.int32]

    def rows(self, x: Floats, y: Floats) -> Ints:
        """The row of each point, -1 for a point in no square that is known."""
        with np.errstate(invalid="ignore"):
            across, up = np.floor((x - self.x) / self.cell), np.floor((y - self.y) / self.cell)
            within = (across >= 0) & (across < self.wide) & (up >= 0) & (up < self.high)
        found = np.full(len(x), -1, np.int64)
        at = up[within].astype(np.int64) * self.wide + across[within].astype(np.int64)
        found[within] = self.row[at]
        return found


def fine(borders: Borders, cell: float, reach: float) -> Grid:
    """Squares for everything nearer than `reach` metres to the box around a part of a kelurahan."""
    boxes = shapely.bounds(shapely.get_parts(borders.outlines))
    large = cell * _PARTED
    x, y, wide, high = _frame(boxes, large, reach)
    known = np.zeros((high, wide), bool)
    low = np.floor((boxes[:, :2] - reach - (x, y)) / large).astype(int)
    top = np.floor((boxes[:, 2:] + reach - (x, y)) / large).astype(int) + 1
    for (west, south), (east, north) in zip(low, top, strict=True):
        known[south:north, west:east] = True
    up, across = np.nonzero(known)
    usable = np.arange(len(borders.a))
    half = large / math.sqrt(2)
    middles = _centres(x, y, large, across, up)
    near, pieces = _candidates(borders, usable, middles, half, second=SECOND + 2 * half)
    owners = np.repeat(_owners(borders, middles, large)[0], _PARTED**2)
    wide, high = wide * _PARTED, high * _PARTED
    child_across = np.repeat(across * _PARTED, _PARTED**2) + np.tile(
        np.arange(_PARTED**2) % _PARTED, len(across)
    )
    child_up = np.repeat(up * _PARTED, _PARTED**2) + np.tile(np.arange(_PARTED**2) // _PARTED, len(up))
    centres = _centres(x, y, cell, child_across, child_up)
    near, pieces = _parted(borders, near, pieces, centres, cell / math.sqrt(2))
    mixed = np.flatnonzero(owners == MIXED)
    owners[mixed], touch_row, touching = _owners(borders, centres[mixed], cell)
    return _made(
        borders,
        (x, y, cell, wide, high),
        child_up * wide + child_across,
        centres,
        (near, pieces),
        (owners, mixed[touch_row], touching),
    )


def coarse(borders: Borders, cell: float, reach: float, inner: Grid) -> Grid:
    """Larger squares around the mainland for what lies outside `inner` but not far away: only the edge counts there."""
    parts = shapely.get_parts(borders.outlines)
    large = shapely.area(parts) > _LARGE_M2
    x, y, wide, high = _frame(shapely.bounds(parts[large] if large.any() else parts), cell, reach)
    edge = np.flatnonzero(borders.right < 0)
    across, up = np.tile(np.arange(wide), high), np.repeat(np.arange(high), wide)
    around = np.zeros(wide * high, bool)
    for right, top in ((0, 0), (0, 1), (1, 0), (1, 1)):  # a square whose corners are known is known
        corners = np.float64(x) + (across + right) * cell, np.float64(y) + (up + top) * cell
        around |= inner.rows(*corners) < 0
    across, up = across[around], up[around]
    centres = _centres(x, y, cell, across, up)
    near, pieces = _candidates(borders, edge, centres, cell / math.sqrt(2), second=0.0)
    nobody = np.full(len(centres), OUTSIDE), np.empty(0, np.int64), np.empty(0, np.int64)
    return _made(borders, (x, y, cell, wide, high), up * wide + across, centres, (near, edge[pieces]), nobody)


def _frame(boxes: Floats, cell: float, reach: float) -> tuple[float, float, int, int]:
    west, south = boxes[:, :2].min(axis=0) - reach
    east, north = boxes[:, 2:].max(axis=0) + reach
    # An odd beginning keeps the centres of squares off coordinates that were rounded to something even.
    x, y = math.floor(west / cell) * cell + 0.37, math.floor(south / cell) * cell + 0.41
    return x, y, math.ceil((east - x) / cell) + 1, math.ceil((north - y) / cell) + 1


def _centres(x: float, y: float, cell: float, across: Ints, up: Ints) -> Floats:
    return np.column_stack((x + (across + 0.5) * cell, y + (up + 0.5) * cell))


def _made(
    borders: Borders,
    frame: tuple[float, float, float, int, int],
    places: Ints,
    centres: Floats,
    pairs: tuple[Ints, Ints],
    owners: tuple[Ints, Ints, Ints],
) -> Grid:
    """A grid from its squares' places in the frame, pairs of square and piece, and whose each is."""
    x, y, cell, wide, high = frame
    near, pieces = pairs
    row = np.full(wide * high, -1, np.int32)
    row[places] = np.arange(len(places), dtype=np.int32)
    off = np.sqrt(borders.squared(centres[near, 0], centres[near, 1], pieces))
    order = np.lexsort((off, near))
    unit, touch_row, touching = owners
    return Grid(
        x,
        y,
        cell,
        wide,
        high,
        row,
        unit.astype(np.int32),
        _starts(near, len(places)),
        pieces[order].astype(np.int32),
        np.minimum(off[order], 65_535).astype(np.uint16),
        _starts(touch_row, len(places)),
        touching[np.lexsort((touching, touch_row))].astype(np.int32),
    )


def _starts(rows: Ints, count: int) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count)))).astype(np.int32)


def _candidates(
    borders: Borders, usable: Ints, centres: Floats, half: float, second: float
) -> tuple[Ints, Ints]:
    """Pairs of a square and a piece (its place in `usable`) that may be the nearest somewhere in the square."""
    tree = shapely.STRtree(borders.lines(usable))
    points = shapely.points(centres)
    (_, nearest), first = tree.query_nearest(points, return_distance=True, all_matches=False)
    alone = (borders.right[usable[nearest]] < 0) & (first <= second)
    plain = np.flatnonzero(~alone)
    near, pieces = tree.query(points[plain], predicate="dwithin", distance=first[plain] + 2 * half)
    found_rows, found_pieces = [plain[near]], [pieces]
    lonely = np.flatnonzero(alone)
    for start in range(0, len(lonely), _AT_ONCE):
        some = lonely[start : start + _AT_ONCE]
        rows, kept = _two_nearest(borders, usable, tree, points[some], centres[some], half, second)
        found_rows.append(some[rows])
        found_pieces.append(kept)
    return np.concatenate(found_rows), np.concatenate(found_pieces)


def _two_nearest(
    borders: Borders, usable: Ints, tree: Any, points: Any, centres: Floats, half: float, second: float
) -> tuple[Ints, Ints]:
    """The same where the nearest border is a coast: the pieces of the nearest and of the second nearest kelurahan."""
    near, pieces = tree.query(points, predicate="dwithin", distance=second + 3 * half)
    wanted = _of_the_two(borders, near, usable[pieces], centres, half, second)
    return near[wanted], pieces[wanted]


def _parted(borders: Borders, near: Ints, pieces: Ints, centres: Floats, half: float) -> tuple[Ints, Ints]:
    """The pairs of the small squares, out of those of the large ones that they are parts of, in their order.

    What can be the nearest somewhere in a part can be so in the whole: nothing else needs to be looked at.
    """
    order = np.argsort(near, kind="stable")
    near, pieces = near[order], pieces[order]
    starts = np.searchsorted(near, np.arange(len(centres) // _PARTED**2 + 1))
    found: list[tuple[Ints, Ints]] = []
    for first in range(0, len(starts) - 1, _AT_ONCE // _PARTED):
        last = min(first + _AT_ONCE // _PARTED, len(starts) - 1)
        some = slice(starts[first], starts[last])
        small = (near[some, None] * _PARTED**2 + np.arange(_PARTED**2)).reshape(-1)
        piece = np.repeat(pieces[some], _PARTED**2)
        order = np.argsort(small, kind="stable")
        small, piece = small[order], piece[order]
        base = first * _PARTED**2
        rows, here = small - base, centres[base : last * _PARTED**2]
        far = np.sqrt(borders.squared(here[rows, 0], here[rows, 1], piece))
        begins = np.flatnonzero(np.diff(rows, prepend=-1))
        least = np.full(len(here), np.inf)
        least[rows[begins]] = np.minimum.reduceat(far, begins)
        # A coast is nearest when no nearest piece has a kelurahan on both sides.
        inland = np.zeros(len(here), bool)
        inland[rows[(far <= least[rows]) & (borders.right[piece] >= 0)]] = True
        alone = ~inland & (least <= SECOND)
        plain = ~alone[rows] & (far <= least[rows] + 2 * half)
        coast = np.flatnonzero(alone[rows])
        kept = np.concatenate(
            (
                np.flatnonzero(plain),
                coast[_of_the_two(borders, rows[coast], piece[coast], here, half, SECOND)],
            )
        )
        found.append((small[kept], piece[kept]))
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def _of_the_two(
    borders: Borders, near: Ints, which: Ints, centres: Floats, half: float, second: float
) -> NDArray[np.bool_]:
    """Which pairs belong to the nearest or the second nearest kelurahan of their square, and can be its nearest."""
    wanted = np.zeros(len(near), bool)
    order = np.argsort(near, kind="stable")
    edges = np.searchsorted(near[order], np.arange(0, len(centres) + _AT_ONCE, _AT_ONCE))
    for number, (start, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        pairs = order[start:end]
        base = number * _AT_ONCE
        some = centres[base : base + _AT_ONCE]
        wanted[pairs] = _of_the_two_at_once(borders, near[pairs] - base, which[pairs], some, half, second)
    return wanted


def _of_the_two_at_once(
    borders: Borders, near: Ints, which: Ints, centres: Floats, half: float, second: float
) -> NDArray[np.bool_]:
    far = np.sqrt(borders.squared(centres[near, 0], centres[near, 1], which))
    by_unit = np.full((len(centres), len(borders.outlines)), np.inf)
    left, right = borders.left[which], borders.right[which]
    np.minimum.at(by_unit, (near, left), far)
    np.minimum.at(by_unit, (near[right >= 0], right[right >= 0]), far[right >= 0])
    limit = by_unit[:, 0] if by_unit.shape[1] < 2 else np.partition(by_unit, 1, axis=1)[:, 1]
    # No second one within reach: only the nearest one's own pieces, so that nothing looks like a second one.
    lonely = ~(limit <= second + half)
    limit = np.where(lonely, by_unit.min(axis=1), limit)
    own = by_unit[near, left]
    beyond = np.where(right >= 0, by_unit[near, right], np.inf)
    wanted: NDArray[np.bool_] = (far <= limit[near] + 2 * half) & (
        ((own <= limit[near] + 2 * half) & (far <= own + 2 * half))
        | ((beyond <= limit[near] + 2 * half) & (far <= beyond + 2 * half))
    )
    wanted &= ~lonely[near] | (own == limit[near]) | (beyond == limit[near])
    return wanted


def _owners(borders: Borders, centres: Floats, cell: float) -> tuple[Ints, Ints, Ints]:
    """Whose each square is, and for the mixed ones which units touch them (rows, units)."""
    half = cell / 2
    boxes = shapely.box(
        centres[:, 0] - half, centres[:, 1] - half, centres[:, 0] + half, centres[:, 1] + half
    )
    crossed = np.zeros(len(centres), bool)
    crossed[shapely.STRtree(borders.lines()).query(boxes, predicate="intersects")[0]] = True
    tree = shapely.STRtree(borders.outlines)
    whole = np.flatnonzero(~crossed)
    at, unit = tree.query(shapely.points(centres[whole]), predicate="intersects")
    owners = np.full(len(centres), OUTSIDE, np.int64)
    owners[whole[at]] = unit
    many = np.bincount(at, minlength=len(whole))[at] > 1
    owners[crossed] = MIXED
    owners[whole[at[many]]] = MIXED
    mixed = np.flatnonzero(crossed)
    rows, touching = tree.query(boxes[mixed], predicate="intersects")
    return (
        owners,
        np.concatenate((mixed[rows], whole[at[many]])),
        np.concatenate((touching, unit[many])),
    )
