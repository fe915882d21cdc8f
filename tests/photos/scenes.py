"""Streets that never were: a seeded city scene in three dimensions, photographed as often and from wherever one likes.

Flat pieces (ground, fronts, trees, cars) stand at depths of their own and are painted from far to near, so that a
second photograph from a step aside shows parallax, as an honest one does, and a copy of the first does not. Everything
follows from the seed; no photograph of anything real is in here. `benchmarks/bench_photos.py` uses this file too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.photos import pieces
from tests.photos.pieces import Colour, Image

WIDTH: Final = 800
HEIGHT: Final = 600
EYE: Final = 1.55
PALETTES: Final[tuple[tuple[Colour, Colour, Colour], ...]] = (
    ((214, 205, 188), (178, 160, 140), (120, 96, 82)),
    ((226, 222, 210), (150, 172, 170), (92, 104, 110)),
    ((205, 180, 150), (172, 122, 92), (110, 70, 60)),
)
"""Few, so that two streets often look alike."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A flat piece: its picture and its corners in metres (x right, y up, z ahead), clockwise from top left."""

    picture: Image
    corners: tuple[tuple[float, float, float], ...]
    side: str = "ground"

    @property
    def depth(self) -> float:
        """How far off its middle is, which orders the painting."""
        return sum(z for _, _, z in self.corners) / len(self.corners)


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands still at one spot, and the problem that somebody reported there."""

    seed: int
    street: float
    ground: tuple[Piece, ...]
    still: tuple[Piece, ...]
    problem: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph: where the telephone was and looked, the light, and how many happened to pass.

    Metres, degrees, and factors; `moment` seeds sky, shadows, passers-by and noise.
    """

    x: float = 0.0
    y: float = EYE
    z: float = 0.0
    yaw: float = 0.0
    pitch: float = -7.0
    roll: float = 0.0
    zoom: float = 0.78
    moment: int = 0
    light: float = 1.0
    warmth: float = 0.0
    sun: float = 0.3
    passers: int = 2
    with_problem: bool = True
    width: int = WIDTH
    height: int = HEIGHT
    noise: float = 2.5


# ---------------------------------------------------------------- scenes


def scene(seed: int) -> Scene:
    """The scene of a seed: a lane, a street or a road, in one of few palettes."""
    draw = np.random.default_rng(seed)
    wall, second, trim = PALETTES[draw.integers(len(PALETTES))]
    street = float(draw.choice([3.2, 6.5, 9.0]) * draw.uniform(0.85, 1.15))
    walk = float(draw.uniform(0.7, 1.8))
    still: list[Piece] = []
    for side in (-1, 1):
        still += _houses(draw, side, side * (street / 2 + walk), (wall, second, trim))
        still += _beside(draw, side, side * (street / 2 + walk), walk)
    end, rise = float(draw.uniform(40, 55)), float(draw.uniform(4, 11))
    still.append(_upright(pieces.front(draw, second, trim, street * 2.4, rise), 0, end, street * 2.4, rise))
    return Scene(
        seed, street, tuple(_ground(draw, street, walk)), tuple(still), tuple(_problem(draw, street))
    )


def _upright(picture: Image, x: float, z: float, width: float, height: float, side: str = "front") -> Piece:
    left, right = x - width / 2, x + width / 2
    return Piece(picture, ((left, height, z), (right, height, z), (right, 0, z), (left, 0, z)), side)


def _flat(picture: Image, left: float, right: float, near: float, far: float, y: float = 0.0) -> Piece:
    return Piece(picture, ((left, y, far), (right, y, far), (right, y, near), (left, y, near)))


def _houses(
    draw: np.random.Generator, side: int, edge: float, palette: tuple[Colour, Colour, Colour]
) -> Iterator[Piece]:
    z = float(draw.uniform(-3.0, -1.0))
    while z < 42:
        length, rise = float(draw.uniform(4, 9)), float(draw.uniform(2.6, 8.5))
        base = palette[0] if draw.random() < 0.5 else palette[1]
        base = tuple(int(np.clip(value + draw.normal(0, 12), 30, 245)) for value in base)
        back = edge + side * float(draw.uniform(0, 0.9))
        ends = (z, z + length) if side < 0 else (z + length, z)
        corners = ((back, rise, ends[0]), (back, rise, ends[1]), (back, 0, ends[1]), (back, 0, ends[0]))
        yield Piece(
            pieces.front(draw, base, palette[2], length, rise), corners, "left" if side < 0 else "right"
        )
        if draw.random() < 0.5:  # an awning or a balcony stands out from the front
            out, height = back - side * float(draw.uniform(0.5, 1.1)), float(draw.uniform(2.1, 2.9))
            near, far = z + length * 0.2, z + length * 0.8
            cloth = pieces.tinted(pieces.some(draw, 50, 210), 22 * pieces.clouds(draw, 60, 240, 5))
            if side < 0:
                top = (
                    (back, height + 0.5, far),
                    (out, height, far),
                    (out, height, near),
                    (back, height + 0.5, near),
                )
            else:
                top = (
                    (out, height, far),
                    (back, height + 0.5, far),
                    (back, height + 0.5, near),
                    (out, height, near),
                )
            yield Piece(cloth, top, "front")
        z += length + float(draw.choice([0.0, 0.0, 1.2]))


def _beside(draw: np.random.Generator, side: int, edge: float, walk: float) -> Iterator[Piece]:
    for _ in range(draw.integers(0, 4)):
        size = float(draw.uniform(3.0, 6.5))
        at = edge - side * walk * 0.6
        yield _upright(pieces.tree(draw), at, float(draw.uniform(4, 24)), size * 0.76, size)
    for _ in range(draw.integers(2, 7)):
        size = float(draw.uniform(0.7, 1.5))
        at = edge - side * float(draw.uniform(0.2, 0.9))
        yield _upright(pieces.stall(draw), at, float(draw.uniform(2.5, 16)), size * 0.8, size)
    for z in np.arange(float(draw.uniform(4, 9)), 40, float(draw.uniform(9, 16))):
        pole = pieces.tinted((96, 94, 92), 8 * pieces.clouds(draw, 300, 12, 3))
        yield _upright(pole, edge - side * walk * 0.75, float(z), 0.16, 6.5)


def _ground(draw: np.random.Generator, street: float, walk: float) -> Iterator[Piece]:
    """Earth below everything, then road and pavements in stretches: the farther, the coarser."""
    earth = pieces.tinted((128, 118, 104), 12 * pieces.clouds(draw, 600, 300, 7))
    yield _flat(earth, -14, 14, 0.7, 60, -0.02)
    tone, base = int(draw.integers(84, 118)), pieces.some(draw, (120, 112, 104), (176, 168, 160))
    half = street / 2
    for near, far, dots in ((0.7, 6.0, 95), (6.0, 14.0, 60), (14.0, 60.0, 18)):
        long, wide, aside = (int(metres * dots) for metres in (far - near, street, walk))
        yield _flat(pieces.asphalt(draw, tone, wide, long), -half, half, near, far)
        yield _flat(pieces.paving(draw, base, aside, long), -half - walk, -half, near, far, 0.05)
        yield _flat(pieces.paving(draw, base, aside, long), half, half + walk, near, far, 0.05)


def _problem(draw: np.random.Generator, street: float) -> list[Piece]:
    x, z = float(draw.uniform(-0.28, 0.28) * street), float(draw.uniform(3.6, 6.5))
    kind = draw.integers(4)
    if kind == 0:
        width, height = float(draw.uniform(1.8, 2.8)), float(draw.uniform(0.8, 1.4))
        return [_upright(pieces.heap(draw), x, z, width, height)]
    if kind == 1:
        return [_upright(pieces.car(draw), x + 0.4 * n, z + 1 + 3.2 * n, 1.75, 1.45) for n in range(2)]
    size = float(draw.uniform(0.9, 1.6)) if kind == 2 else float(draw.uniform(0.5, 0.9))
    colour, relief = ((118, 124, 128), 30) if kind == 2 else ((48, 44, 42), 22)
    return [_flat(pieces.blot(draw, colour, relief), x - size, x + size, z - size, z + 1.5 * size)]


# ---------------------------------------------------------------- photographs


def _camera(shot: Shot) -> NDArray[np.float64]:
    """World (metres, homogeneous) to points of the picture."""
    yaw, pitch, roll = (math.radians(angle) for angle in (shot.yaw, shot.pitch, shot.roll))
    about_y = np.array([[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), math.sin(roll), 0], [-math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    focal = shot.zoom * shot.width
    lens = np.array([[focal, 0, shot.width / 2], [0, -focal, shot.height / 2], [0, 0, 1]])
    place = np.hstack([np.eye(3), -np.array([[shot.x], [shot.y], [shot.z]])])
    return lens @ about_z @ about_x @ about_y @ place


def corners_in(shot: Shot, piece: Piece) -> NDArray[np.float32] | None:
    """Where a piece's corners fall in a photograph; None when one of them is not before the telephone."""
    points = np.array([(*corner, 1.0) for corner in piece.corners]) @ _camera(shot).T
    if (points[:, 2] < 0.25).any():
        return None
    return (points[:, :2] / points[:, 2:]).astype(np.float32)


def _halves(piece: Piece) -> tuple[Piece, Piece]:
    """The near and the far half of a piece, or its left and right one: whichever way it is longer."""
    a, b, c, d = (np.array(corner) for corner in piece.corners)
    height, width = piece.picture.shape[:2]
    if np.linalg.norm(b - a) > np.linalg.norm(d - a):
        top, low, cut = (a + b) / 2, (d + c) / 2, width // 2
        parts = ((a, top, low, d), piece.picture[:, :cut]), ((top, b, c, low), piece.picture[:, cut:])
    else:
        left, right, cut = (a + d) / 2, (b + c) / 2, height // 2
        parts = ((a, b, right, left), piece.picture[:cut]), ((left, right, c, d), piece.picture[cut:])
    first, second = (
        replace(piece, picture=part, corners=tuple(tuple(map(float, corner)) for corner in corners))
        for corners, part in parts
    )
    return first, second


def _paint(canvas: Image, shot: Shot, piece: Piece, light: NDArray[np.float32], depth: int = 5) -> None:
    """Put a piece over what is there; of one that reaches behind the telephone, the parts that do not."""
    corners = corners_in(shot, piece)
    if corners is None:
        if depth and min(piece.picture.shape[:2]) > 1:
            for half in _halves(piece):
                _paint(canvas, shot, half, light, depth - 1)
        return
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, (canvas.shape[1], canvas.shape[0]))
    if (high - low < 1).any():
        return
    picture = piece.picture
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    across = 1.3 * max(edges[1], edges[3]) / picture.shape[1]
    down = 1.3 * max(edges[0], edges[2]) / picture.shape[0]
    if min(across, down) < 0.8:
        size = (
            max(2, round(picture.shape[1] * min(across, 1))),
            max(2, round(picture.shape[0] * min(down, 1))),
        )
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    height, width = picture.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners - low.astype(np.float32))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    laid = cv2.warpPerspective(picture[..., :3], matrix, size, borderMode=cv2.BORDER_REPLICATE) * light
    solid = np.full((height, width), 255, np.uint8) if picture.shape[2] == 3 else picture[..., 3]
    alpha = cv2.warpPerspective(np.ascontiguousarray(solid), matrix, size)[..., None] * np.float32(1 / 255)
    region = canvas[low[1] : high[1], low[0] : high[0]]
    region[:] = np.clip(region + (laid - region) * alpha, 0, 255).astype(np.uint8)


def _sky(shot: Shot, draw: np.random.Generator) -> Image:
    rise = np.linspace(0, 1, shot.height, dtype=np.float32)[:, None, None]
    overcast = np.float32(draw.random())
    top = (
        np.array((112, 148, 196), np.float32) * (1 - overcast)
        + np.array((190, 194, 198), np.float32) * overcast
    )
    base = top * (1 - rise) + np.array((214, 222, 228), np.float32) * rise
    veil = 15 * pieces.clouds(draw, shot.height, shot.width, 2.5)
    return np.clip(base + veil[..., None], 0, 255).astype(np.uint8)


def _passers(draw: np.random.Generator, street: float, count: int) -> Iterator[Piece]:
    for _ in range(count):
        x, z = float(draw.uniform(-0.5, 0.5) * street), float(draw.uniform(5, 22))
        if draw.random() < 0.5 and street > 5:
            yield _upright(pieces.car(draw), x, z, 1.8, 1.5)
        else:
            yield _upright(pieces.person(draw), x, z, 0.7, 1.68)


def _shadows(canvas: Image, shot: Shot, draw: np.random.Generator, street: float) -> None:
    """What the sun of this hour draws on the ground."""
    shade = np.ones(canvas.shape[:2], np.float32)
    for _ in range(int(3 + 4 * shot.sun)):
        x, z = float(draw.uniform(-0.7, 0.7) * street), float(draw.uniform(2.2, 16))
        size = float(draw.uniform(0.6, 2.4)) * draw.uniform(0.6, 1, 12)
        turn = np.linspace(0, 6, 12)
        outline = np.stack([x + size * np.cos(turn), 0 * turn, z + size * np.sin(turn), 1 + 0 * turn], axis=1)
        points = outline @ _camera(shot).T
        if (points[:, 2] > 0.3).all():
            flat = (points[:, :2] / points[:, 2:]).astype(np.int32)
            cv2.fillPoly(shade, [flat], float(1 - 0.6 * shot.sun))
    canvas[:] = (canvas * cv2.GaussianBlur(shade, (0, 0), 2.0)[..., None]).astype(np.uint8)


def shoot(place: Scene, shot: Shot) -> Image:
    """Take the photograph."""
    draw = np.random.default_rng((place.seed, shot.moment))
    canvas = _sky(shot, draw)
    lit = {"left": 1 + 0.35 * shot.sun, "right": 1 - 0.3 * shot.sun, "ground": 1.0, "front": 0.95}
    if shot.moment % 2:
        lit["left"], lit["right"] = lit["right"], lit["left"]
    tint = np.array((1 + shot.warmth, 1.0, 1 - shot.warmth), np.float32) * np.float32(shot.light)
    problem = place.problem if shot.with_problem else ()
    for piece in (*place.ground, *(piece for piece in problem if piece.side == "ground")):
        _paint(canvas, shot, piece, tint)
    _shadows(canvas, shot, draw, place.street)
    standing = [*place.still, *_passers(draw, place.street, shot.passers)]
    standing += [piece for piece in problem if piece.side != "ground"]
    for piece in sorted(standing, key=lambda piece: -piece.depth):
        _paint(canvas, shot, piece, tint * np.float32(lit[piece.side]))
    y, x = np.mgrid[-1 : 1 : shot.height * 1j, -1 : 1 : shot.width * 1j].astype(np.float32)
    lens = 1 - 0.08 * (x * x + y * y)
    rough = pieces.grain(draw, shot.height, shot.width, shot.noise)
    return np.clip(cv2.GaussianBlur(canvas, (0, 0), 0.7) * lens[..., None] + rough[..., None], 0, 255).astype(
        np.uint8
    )


def first_shot(seed: int) -> Shot:
    """How the reporter stood: mostly along the street, at times before a front."""
    draw = np.random.default_rng((seed, 1))
    aside = draw.random() < 0.3
    return Shot(
        x=float(draw.uniform(-0.6, 0.6)),
        y=float(draw.uniform(1.35, 1.7)),
        yaw=float(draw.uniform(20, 50) * draw.choice([-1, 1]) if aside else draw.uniform(-9, 9)),
        pitch=float(draw.uniform(-13, -2)),
        roll=float(draw.normal(0, 1.2)),
        zoom=float(draw.uniform(0.7, 0.86)),
        moment=int(draw.integers(1 << 30)),
        light=float(draw.uniform(0.75, 1.12)),
        warmth=float(draw.normal(0.01, 0.03)),
        sun=float(draw.uniform(0, 0.8)),
        passers=int(draw.integers(0, 5)),
    )


def honest_after(seed: int) -> Shot:
    """How somebody else stood at the same spot later, when the problem was gone.

    Some take a picture from a pace away, some try hard to stand as the reporter did: from a few centimetres to a
    metre, in every case with a hand that is not a tripod. The light is another one three times in five.
    """
    draw = np.random.default_rng((seed, 2))
    first = first_shot(seed)
    near = float(10 ** draw.uniform(-1.3, 0.2))
    later = bool(draw.random() < 0.6)
    return replace(
        first,
        x=first.x + near * float(draw.normal(0, 0.45)),
        y=first.y + near * float(draw.normal(0, 0.12)),
        z=first.z + near * float(draw.normal(0, 0.35)),
        yaw=first.yaw + (0.2 + near) * float(draw.normal(0, 3.0)),
        pitch=first.pitch + (0.2 + near) * float(draw.normal(0, 2.0)),
        roll=first.roll + (0.2 + near) * float(draw.normal(0, 1.5)),
        zoom=first.zoom * float(draw.choice([1.0, 1.0, draw.uniform(0.9, 1.1)])),
        moment=int(draw.integers(1 << 30)),
        light=first.light * float(draw.uniform(0.75, 1.25) if later else draw.uniform(0.95, 1.05)),
        warmth=first.warmth + float(draw.normal(0, 0.03) if later else 0.0),
        sun=float(draw.uniform(0, 0.8)) if later else first.sun,
        passers=int(draw.integers(0, 5)),
        with_problem=False,
    )
