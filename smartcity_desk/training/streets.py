"""Streets that never were: flat pieces in three dimensions, made from a seed and the number of a report.

Pieces at depths of their own, so that a second picture from a step aside shows what an honest one shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from smartcity_desk.training.draw import pick, seeded

Pixels = NDArray[np.uint8]
"""BGR, rows first."""
Point = tuple[float, float, float]
"""Metres: right, up, ahead."""
Colour = tuple[int, int, int]

_NEAR: Final = 2.0
_FAR: Final = 46.0
_TILE: Final = 256

WALLS: Final[tuple[Colour, ...]] = (
    (188, 205, 214),
    (150, 180, 205),
    (170, 172, 150),
    (120, 150, 190),
    (205, 210, 205),
    (90, 120, 165),
    (160, 190, 160),
)
PROBLEMS: Final = {
    "sampah": "heap",
    "sampah_liar": "heap",
    "saluran_tersumbat": "puddle",
    "genangan": "puddle",
    "banjir": "puddle",
    "air_bersih": "puddle",
    "jalan_rusak": "hole",
    "fasum_rusak": "hole",
    "parkir_liar": "cars",
    "pkl": "cars",
    "pohon_rawan": "branches",
    "pohon_tumbang": "branches",
    "angin": "branches",
}
"""What a report's category looks like from the street; a heap where nothing is said."""

Piece = tuple[Pixels, tuple[Point, Point, Point, Point]]
"""Something flat with its corners, clockwise from top left."""


@dataclass(frozen=True, slots=True)
class Street:
    """What stands still at the place of a report. `problem` is where the reported thing lies."""

    seed: int
    half: float
    ground: tuple[Piece, ...]
    fronts: tuple[Piece, ...]
    trees: tuple[tuple[float, float, float], ...]
    poles: tuple[tuple[float, float], ...]
    kind: str
    problem: tuple[float, float, float]


def street(seed: int, number: int, category: str) -> Street:
    """The place of a report by its number."""
    rng = seeded(seed, "street", number)
    half = rng.choice((1.7, 2.8, 4.2)) * rng.uniform(0.85, 1.2)
    kerb = rng.uniform(0.5, 1.4)
    fronts = [front for side in (-1, 1) for front in _row(rng, side, half + kerb)]
    end = rng.uniform(30, 44)
    wide, high = 3.0 * (half + kerb), rng.uniform(3, 10)
    fronts.append(
        (_front(rng, high), ((-wide, high, end), (wide, high, end), (wide, 0, end), (-wide, 0, end)))
    )
    fronts.sort(key=lambda front: -sum(z for _, _, z in front[1]))
    edge = half + kerb * 0.6
    trees = tuple(
        (rng.choice((-1, 1)) * edge, rng.uniform(6, 22), rng.uniform(2.8, 5.5))
        for _ in range(rng.randrange(4))
    )
    poles = tuple((rng.choice((-1, 1)) * edge, rng.uniform(4.5, 26)) for _ in range(1 + rng.randrange(3)))
    problem = (rng.uniform(-0.45, 0.45) * half, rng.uniform(4.2, 6.5), rng.uniform(0.8, 1.3))
    return Street(
        rng.getrandbits(32),
        half,
        tuple(_road(rng, half, kerb)),
        tuple(fronts),
        tuple(sorted(trees, key=lambda tree: -tree[1])),
        poles,
        PROBLEMS.get(category, "heap"),
        problem,
    )


def _row(rng: Random, side: int, edge: float) -> list[Piece]:
    """The fronts on one side of the street."""
    found = []
    z = _NEAR - rng.uniform(0.0, 0.5)
    while z < 34:
        length, high = rng.uniform(3.5, 9), rng.uniform(2.6, 8.5)
        x = side * (edge + rng.uniform(0, 0.8))
        near, far = (x, z), (x, z + length)
        first, last = (near, far) if side < 0 else (far, near)
        corners = (
            (first[0], high, first[1]),
            (last[0], high, last[1]),
            (last[0], 0.0, last[1]),
            (first[0], 0.0, first[1]),
        )
        found.append((_front(rng, high), corners))
        z += length + rng.choice((0.0, 0.0, 1.3))
    return found


def _road(rng: Random, half: float, kerb: float) -> Iterator[Piece]:
    """Pavements and road, far and near: the farther, the coarser."""
    tone, wide = rng.randrange(92, 140), half + kerb
    stone = min(tone + 38, 190)
    for left, right in ((-wide, -half), (half, wide)):
        slabs = _stain(rng, _plain((stone,) * 3, 64, _TILE), 0.3)
        for line in range(0, _TILE, 6):
            cv2.line(slabs, (0, line), (63, line), (tone - 20,) * 3, 1)
        yield slabs, ((left, 0, _FAR), (right, 0, _FAR), (right, 0, 1.0), (left, 0, 1.0))
    for near, far in ((7.0, _FAR), (1.0, 7.0)):
        asphalt = _stain(rng, _plain((tone,) * 3, _TILE, _TILE), 0.4)
        for _ in range(9 if near < 7 else 3):  # what was mended before
            middle = (rng.randrange(_TILE), rng.randrange(_TILE))
            axes = (rng.randrange(4, 26), rng.randrange(3, 14))
            shade = (tone - rng.randrange(10, 34),) * 3
            cv2.ellipse(asphalt, middle, axes, rng.randrange(180), 0, 360, shade, -1)
        yield asphalt, ((-half, 0, far), (half, 0, far), (half, 0, near), (-half, 0, near))


def _front(rng: Random, high: float) -> Pixels:
    """A wall with what walls have: doors, windows, shutters, a board."""
    drift = rng.randrange(-18, 19)
    base = tuple(min(240, max(30, band + drift)) for band in pick(rng, WALLS))
    picture = _stain(rng, _plain(base, 192, 128), 0.3)
    floors = max(1, round(high / 3.2))
    tall = 128 // floors
    darker = rng.randrange(50, 100)
    trim = tuple(max(20, band - darker) for band in base)
    for floor in range(floors):
        top = floor * tall
        count = rng.randrange(2, 5)
        for place in range(count):
            left = 8 + place * (184 // count) + rng.randrange(8)
            wide = rng.randrange(16, 34)
            ground = floor == floors - 1
            if ground and rng.random() < 0.45:
                cv2.rectangle(picture, (left, top + tall // 4), (left + wide, 127), trim, -1)
                for line in range(top + tall // 4, 127, 5):
                    cv2.line(picture, (left, line), (left + wide, line), (70, 70, 74), 1)
            else:
                low, up = top + tall // 4, top + (3 * tall) // 4
                cv2.rectangle(picture, (left, low), (left + wide, up), (62, 54, 46), -1)
                cv2.rectangle(picture, (left, low), (left + wide, up), trim, 2)
                cv2.line(picture, (left + wide // 2, low), (left + wide // 2, up), trim, 1)
        cv2.line(picture, (0, top), (191, top), trim, 2)
    if rng.random() < 0.5:
        left, top = rng.randrange(110), 128 - tall + rng.randrange(6)
        colour = (rng.randrange(30, 230), rng.randrange(30, 230), rng.randrange(30, 230))
        cv2.rectangle(picture, (left, top), (left + 60, top + 14), colour, -1)
        for letter in range(6):
            at = left + 6 + 9 * letter
            cv2.rectangle(picture, (at, top + 4), (at + 4, top + 10), (235, 235, 235), -1)
    return picture


@cache
def _blots(strength: float) -> NDArray[np.int16]:
    """What weather and use leave on a surface, large and small. Drawn once; each surface takes a part of it."""
    draw = np.random.default_rng(2026)
    total = np.zeros((512, 512), np.float32)
    for size, weight in ((8, 26.0), (32, 22.0), (128, 20.0), (512, 14.0)):
        small = draw.normal(0, weight * strength, (size, size)).astype(np.float32)
        total += cv2.resize(small, (512, 512), interpolation=cv2.INTER_CUBIC)
    tile: NDArray[np.int16] = cv2.merge((total, total, total)).astype(np.int16)
    return tile


def _stain(rng: Random, picture: Pixels, strength: float) -> Pixels:
    """A surface with the blots that weather and use leave."""
    high, wide = picture.shape[:2]
    down, right = rng.randrange(512 - high), rng.randrange(512 - wide)
    part = _blots(strength)[down : down + high, right : right + wide]
    stained: Pixels = cv2.add(picture, part, dtype=cv2.CV_8U)
    return stained


def _plain(colour: Sequence[int], wide: int, high: int) -> Pixels:
    picture = np.empty((high, wide, 3), np.uint8)
    cv2.rectangle(picture, (0, 0), (wide, high), tuple(colour), -1)
    return picture
