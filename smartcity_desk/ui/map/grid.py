"""Web-Mercator positions as whole numbers, and what of them lies in a window: numpy only, no Qt, no page.

A position is two unsigned 32-bit numbers, the fractions of the world's width and height. A pixel of zoom `z` is then
`position >> (24 - z)`, and a cell of 2**k pixels `position >> (24 - z + k)`: binning a million reports is a few shifts
and one count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Positions = NDArray[np.uint32]
    Whole = NDArray[np.int64]

MAX_ZOOM: Final = 19
_TILE_BITS: Final = 8
_MAX_LAT: Final = 85.05112877980659
_WORLD: Final = 2.0**32
BANDS: Final = 8
"""Room for the bands of a report; see `points.Band`."""


def to_world(lat: Any, lon: Any) -> tuple[Positions, Positions]:
    """Degrees (numbers or arrays) to positions. What lies beyond the map's edge is put on the edge."""
    bounded = np.clip(np.asarray(lat, dtype=np.float64), -_MAX_LAT, _MAX_LAT)
    sine = np.sin(np.radians(bounded))
    x = (np.asarray(lon, dtype=np.float64) + 180.0) / 360.0
    y = 0.5 - np.arctanh(sine) / (2 * math.pi)
    last = 1.0 - 1.0 / _WORLD
    return (
        (np.clip(x, 0.0, last) * _WORLD).astype(np.uint32),
        (np.clip(y, 0.0, last) * _WORLD).astype(np.uint32),
    )


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """(latitude, longitude) of a position."""
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / _WORLD))))
    return lat, x / _WORLD * 360.0 - 180.0


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the map: its north-west corner in pixels of zoom `z`, its width and height in pixels."""

    z: int
    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        """Refuse what no map shows. Raises ValueError."""
        world = 1 << (self.z + _TILE_BITS) if 0 <= self.z <= MAX_ZOOM else 0
        fits = 0 < self.width <= 16_384 and 0 < self.height <= 16_384
        if not world or not fits or not (abs(self.x) <= 2 * world and abs(self.y) <= 2 * world):
            raise ValueError("no such part of the map")

    @property
    def shift(self) -> int:
        """How many bits a position has more than a pixel of this zoom."""
        return 24 - self.z


def inside(xs: Positions, ys: Positions, window: Window) -> NDArray[np.bool_]:
    """Which positions lie in the window."""
    low_x, high_x = _bounds(window.x, window.width, window.shift)
    low_y, high_y = _bounds(window.y, window.height, window.shift)
    # Unsigned numbers wrap around, so one comparison asks for both ends.
    return ((xs - low_x) < (high_x - low_x)) & ((ys - low_y) < (high_y - low_y))


def _bounds(start: int, length: int, shift: int) -> tuple[np.uint32, np.uint32]:
    top = (1 << 32) - 1
    low = min(max(start << shift, 0), top)
    high = min(max((start + length) << shift, 0), top)
    return np.uint32(low), np.uint32(high)


def pixels(values: Positions, start: int, shift: int, scale: int = 16) -> Whole:
    """Positions as pixels from `start`, times `scale` so that nothing jumps by a pixel."""
    fine = shift - (scale.bit_length() - 1)
    wide = values.astype(np.int64)
    moved = wide >> fine if fine >= 0 else wide << -fine
    return moved - start * scale


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells that hold something: middle in sixteenths of a pixel from the window's corner, and counts by band."""

    x: Whole
    y: Whole
    counts: NDArray[np.int64]  # cells x BANDS


def cells(
    xs: Positions, ys: Positions, bands: NDArray[np.uint8], window: Window, power: int, *, weigh: bool
) -> Cells:
    """Count positions that lie in `window` by cells of 2**power pixels. `weigh`: the mean place, else the middle."""
    shift = window.shift + power
    first_x, first_y = window.x >> power, window.y >> power
    columns = ((window.x + window.width) >> power) - first_x + 1
    rows = ((window.y + window.height) >> power) - first_y + 1
    column = (xs >> np.uint32(shift)).astype(np.int32) - np.int32(first_x)
    row = (ys >> np.uint32(shift)).astype(np.int32) - np.int32(first_y)
    at = row * np.int32(columns) + column
    total = columns * rows
    by_band = np.bincount(at * np.int32(BANDS) + bands, minlength=total * BANDS)[: total * BANDS]
    table = by_band.reshape(total, BANDS)
    held = np.flatnonzero(table.any(axis=1))
    counts = table[held]
    if weigh:
        size = counts.sum(axis=1)
        mean_x = np.bincount(at, weights=pixels(xs, window.x, window.shift), minlength=total)[held] / size
        mean_y = np.bincount(at, weights=pixels(ys, window.y, window.shift), minlength=total)[held] / size
        return Cells(mean_x.astype(np.int64), mean_y.astype(np.int64), counts)
    side = 1 << power
    middle_x = ((held % columns + first_x) * side + side // 2 - window.x) * 16
    middle_y = ((held // columns + first_y) * side + side // 2 - window.y) * 16
    return Cells(middle_x, middle_y, counts)


def heat(xs: Positions, ys: Positions, window: Window, power: int) -> NDArray[np.uint8]:
    """How dense the window is, by squares of 2**power pixels, smoothed: 0 nothing, 255 the densest place in it."""
    shift = window.shift + power
    first_x, first_y = window.x >> power, window.y >> power
    columns = ((window.x + window.width) >> power) - first_x + 1
    rows = ((window.y + window.height) >> power) - first_y + 1
    column = (xs >> np.uint32(shift)).astype(np.int32) - np.int32(first_x)
    row = (ys >> np.uint32(shift)).astype(np.int32) - np.int32(first_y)
    counted = np.bincount(row * np.int32(columns) + column, minlength=columns * rows)[: columns * rows]
    field = counted.reshape(rows, columns).astype(np.float32)
    for _ in range(3):  # three boxes are nearly a bell
        field = _box(_box(field, 0), 1)
    top = float(field.max(initial=0.0))
    if top <= 0:
        return np.zeros((rows, columns), dtype=np.uint8)
    shades: NDArray[np.uint8] = (np.sqrt(field / top) * 255).astype(np.uint8)
    return shades


_RADIUS: Final = 3


def _box(field: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """The mean of each value and its neighbours along one axis."""
    pad = [(0, 0), (0, 0)]
    pad[axis] = (_RADIUS + 1, _RADIUS)
    summed = np.cumsum(np.pad(field, pad), axis=axis, dtype=np.float64)
    size = field.shape[axis]
    high = np.take(summed, np.arange(2 * _RADIUS + 1, size + 2 * _RADIUS + 1), axis=axis)
    low = np.take(summed, np.arange(size), axis=axis)
    return ((high - low) / (2 * _RADIUS + 1)).astype(np.float32)


def within(xs: Positions, ys: Positions, ring: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which positions lie inside a closed line of positions (rows of x, y), by the even-odd rule."""
    result = np.zeros(len(xs), dtype=bool)
    low, high = ring.min(axis=0), ring.max(axis=0)
    near = np.flatnonzero((xs >= low[0]) & (xs <= high[0]) & (ys >= low[1]) & (ys <= high[1]))
    x, y = xs[near].astype(np.float64), ys[near].astype(np.float64)
    odd = np.zeros(len(near), dtype=bool)
    for (x1, y1), (x2, y2) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y1 != y2:
            odd ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    result[near] = odd
    return result
