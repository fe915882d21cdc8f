"""Pictures as people send them: of a problem, of the finished work, and of work that was none; a few ms each.

The same seed and report give the same picture. Nothing real is in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from smartcity_desk.domain.times import JAKARTA, to_datetime
from smartcity_desk.training.draw import pick, seeded
from smartcity_desk.training.streets import Colour, Pixels, Street

cv2.setNumThreads(1)  # what is drawn is small, and the city's servers need the other cores

MEDIA_TYPE: Final = "image/jpeg"
WIDTH: Final = 640
HEIGHT: Final = 480
_FOCAL: Final = 500.0
_EYE: Final = 1.55
_CLOSEST: Final = 0.3
"""Metres before the telephone, below which nothing is drawn."""

CLOTHES: Final[tuple[Colour, ...]] = (
    (40, 60, 150),
    (120, 70, 40),
    (60, 60, 60),
    (150, 140, 60),
    (90, 40, 110),
)
RUBBISH: Final[tuple[Colour, ...]] = (
    (48, 46, 46),
    (70, 66, 62),
    (206, 208, 206),
    (168, 172, 176),
    (96, 120, 140),
    (60, 84, 110),
    (150, 110, 70),
    (84, 124, 84),
)
VEST: Final[Colour] = (30, 120, 236)
"""Orange, as the city's street crews wear it."""
EDITORS: Final = ("Adobe Photoshop 25.4", "Snapseed 2.21", "PicsArt 24.3", "GIMP 2.10")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: metres aside and ahead, degrees, the light, and whether the reported thing is still there."""

    moment: int
    aside: float = 0.0
    ahead: float = 0.0
    yaw: float = 0.0
    pitch: float = -8.0
    roll: float = 0.0
    light: float = 1.0
    warmth: float = 0.0
    problem: bool = True
    crew: int = 0


@cache
def _grain() -> NDArray[np.int16]:
    """A sensor's noise. Drawn once; each picture takes a part of it."""
    draw = np.random.default_rng(1527)
    grey = draw.normal(0, 2.2, (HEIGHT + 128, WIDTH + 128, 1))
    return np.ascontiguousarray(np.broadcast_to(grey, (*grey.shape[:2], 3))).astype(np.int16)


# ---------------------------------------------------------------- taking a picture


class _Camera:
    """From metres in the street to points of the picture."""

    def __init__(self, shot: Shot) -> None:
        yaw, pitch, roll = (math.radians(angle) for angle in (shot.yaw, shot.pitch, shot.roll))
        about_y = np.array([[math.cos(yaw), 0, -math.sin(yaw)], [0, 1, 0], [math.sin(yaw), 0, math.cos(yaw)]])
        about_x = np.array(
            [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
        )
        about_z = np.array(
            [[math.cos(roll), math.sin(roll), 0], [-math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
        )
        lens = np.array([[_FOCAL, 0, WIDTH / 2], [0, -_FOCAL, HEIGHT / 2], [0, 0, 1]])
        self._turn = lens @ about_z @ about_x @ about_y
        self._place = np.array([shot.aside, _EYE, shot.ahead])

    def points(self, corners: object) -> NDArray[np.float64] | None:
        """Points of the picture, or None when one lies behind the telephone or too near to it."""
        seen = (np.asarray(corners, np.float64) - self._place) @ self._turn.T
        if (seen[:, 2] < _CLOSEST).any():
            return None
        flat: NDArray[np.float64] = seen[:, :2] / seen[:, 2:]
        return flat

    def size(self, x: float, z: float) -> tuple[int, int, float] | None:
        """Where a foot stands in the picture, and how many points a metre has there."""
        found = self.points([(x, 0, z), (x, 1, z)])
        if found is None:
            return None
        return int(found[0][0]), int(found[0][1]), float(np.hypot(*(found[1] - found[0])))


def photograph(place: Street, shot: Shot) -> Pixels:
    """Take a picture of a street."""
    rng = seeded(place.seed, "shot", shot.moment)
    camera = _Camera(shot)
    picture = _backdrop(rng, camera)
    for tile, corners in place.ground:
        _lay(picture, tile, camera.points(corners))
    if shot.problem and place.kind in ("puddle", "hole"):
        _flat_problem(picture, place, camera)
    for front, corners in place.fronts:
        _lay(picture, front, camera.points(corners))
    for x, z in place.poles:
        _pole(picture, camera, x, z)
    for number, (x, z, size) in enumerate(place.trees):
        _tree(picture, camera, (x, z, size), seeded(place.seed, "tree", number))
    if shot.problem and place.kind not in ("puddle", "hole"):
        _standing_problem(picture, place, camera)
    for _ in range(rng.randrange(3)):
        _person(picture, camera, rng.uniform(-0.8, 0.8) * place.half, rng.uniform(7, 20), pick(rng, CLOTHES))
    for _ in range(shot.crew):
        x = place.problem[0] + rng.uniform(-1.2, 1.2)
        _person(picture, camera, x, place.problem[1] + rng.uniform(0.2, 1.5), VEST)
    return _develop(picture, shot, rng)


def _backdrop(rng: Random, camera: _Camera) -> Pixels:
    """Sky above the horizon, haze and earth below it."""
    far = camera.points([(-60, 0, 200), (60, 0, 200)])
    horizon = HEIGHT // 2 if far is None else int(np.clip(far[:, 1].mean(), 40, HEIGHT - 40))
    grey = rng.random()
    top = np.array((196 - 6 * grey, 150 + 44 * grey, 112 + 78 * grey), np.float32)
    rise = np.linspace(0, 1, horizon, dtype=np.float32)[:, None]
    sky = (top * (1 - rise) + np.array((228, 222, 214), np.float32) * rise).astype(np.uint8)
    picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    picture[:horizon] = cv2.resize(sky[:, None], (WIDTH, horizon), interpolation=cv2.INTER_NEAREST)
    cv2.rectangle(picture, (0, horizon), (WIDTH, HEIGHT), (104, 116, 126), -1)
    return picture


def _lay(picture: Pixels, piece: Pixels, points: NDArray[np.float64] | None) -> None:
    """Put a flat piece into its corners (clockwise from top left), over what is there."""
    if points is None:
        return
    low = np.maximum(np.floor(points.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 1, (WIDTH, HEIGHT))
    wide, tall = (high - low).tolist()
    if wide < 2 or tall < 2:
        return
    rows, columns = piece.shape[:2]
    source = np.array([[0, 0], [columns - 1, 0], [columns - 1, rows - 1], [0, rows - 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, (points - low).astype(np.float32))
    region = picture[low[1] : high[1], low[0] : high[0]]
    cv2.warpPerspective(piece, matrix, (wide, tall), dst=region, borderMode=cv2.BORDER_TRANSPARENT)


def _pole(picture: Pixels, camera: _Camera, x: float, z: float) -> None:
    ends = camera.points([(x, 0, z), (x, 6.5, z), (x - math.copysign(1.6, x), 6.3, z)])
    if ends is not None:
        foot, head, arm = (tuple(int(value) for value in end) for end in ends)
        thick = max(1, int(40 / z))
        cv2.line(picture, foot, head, (88, 90, 92), thick, cv2.LINE_AA)
        cv2.line(picture, head, arm, (88, 90, 92), max(1, thick // 2), cv2.LINE_AA)


def _tree(picture: Pixels, camera: _Camera, tree: tuple[float, float, float], rng: Random) -> None:
    foot = camera.size(tree[0], tree[1])
    if foot is None:
        return
    x, y, metre = foot
    size = tree[2] * metre
    cv2.line(picture, (x, y), (x, int(y - size * 0.6)), (52, 74, 96), max(2, int(0.12 * size)))
    for _ in range(16):
        middle = (int(x + rng.uniform(-0.32, 0.32) * size), int(y - rng.uniform(0.5, 1.0) * size))
        green = rng.randrange(70, 130)
        cv2.circle(picture, middle, max(2, int(rng.uniform(0.08, 0.2) * size)), (40, green, green // 2), -1)


def _person(picture: Pixels, camera: _Camera, x: float, z: float, colour: Colour) -> None:
    foot = camera.size(x, z)
    if foot is None:
        return
    left, y, metre = foot
    half = max(2, int(0.22 * metre))
    cv2.rectangle(picture, (left - half, int(y - 0.85 * metre)), (left + half, y), (58, 48, 44), -1)
    cv2.rectangle(
        picture, (left - half, int(y - 1.45 * metre)), (left + half, int(y - 0.8 * metre)), colour, -1
    )
    cv2.circle(picture, (left, int(y - 1.58 * metre)), max(2, int(0.13 * metre)), (92, 128, 168), -1)


def _flat_problem(picture: Pixels, place: Street, camera: _Camera) -> None:
    """Water or a hole: an outline on the road."""
    rng = seeded(place.seed, "problem")
    x, z, size = place.problem
    outline = []
    for step in range(14):
        angle = 2 * math.pi * step / 14
        reach = size * rng.uniform(0.7, 1.15)
        outline.append((x + reach * math.cos(angle), 0.0, z + 1.4 * reach * math.sin(angle)))
    points = camera.points(outline)
    if points is None:
        return
    flat = points.astype(np.int32)
    if place.kind == "puddle":
        water = picture.copy()
        cv2.fillPoly(water, [flat], (168, 162, 150))
        cv2.addWeighted(water, 0.72, picture, 0.28, 0, dst=picture)
        cv2.polylines(picture, [flat], True, (84, 84, 80), 2)
    else:
        cv2.fillPoly(picture, [flat], (44, 46, 50))
        cv2.polylines(picture, [flat], True, (132, 136, 140), 3)


def _standing_problem(picture: Pixels, place: Street, camera: _Camera) -> None:
    """Rubbish, cars in the way, or branches, as they lie in the street."""
    rng = seeded(place.seed, "problem")
    x, z, size = place.problem
    foot = camera.size(x, z)
    if foot is None:
        return
    left, y, metre = foot
    if place.kind == "cars":
        for number in range(2):
            _car(picture, camera, x + 0.3 * number, z + 1.0 + 3.6 * (1 - number), rng)
        return
    wide = 1.3 * size * metre
    for _ in range(46 if place.kind == "heap" else 26):
        across = rng.gauss(0, 0.4)
        middle = (
            int(left + across * wide),
            int(y - abs(rng.gauss(0, 0.3)) * (1.1 - abs(across)) * 0.7 * wide),
        )
        if place.kind == "heap":
            colour = pick(rng, RUBBISH)
            axes = (max(3, int(rng.uniform(0.05, 0.16) * wide)), max(2, int(rng.uniform(0.04, 0.1) * wide)))
            cv2.ellipse(picture, middle, axes, rng.randrange(180), 0, 360, colour, -1)
        else:
            tip = (int(middle[0] + rng.gauss(0, 0.3) * wide), int(middle[1] - rng.random() * 0.3 * wide))
            cv2.line(picture, middle, tip, (46, 66, 88), max(1, int(0.02 * wide)))
            cv2.circle(
                picture, tip, max(3, int(rng.uniform(0.04, 0.1) * wide)), (42, rng.randrange(80, 130), 50), -1
            )


def _car(picture: Pixels, camera: _Camera, x: float, z: float, rng: Random) -> None:
    foot = camera.size(x, z)
    colour = (rng.randrange(40, 220), rng.randrange(40, 220), rng.randrange(40, 220))
    if foot is None:
        return
    left, y, metre = foot
    half, tall = int(0.85 * metre), int(1.45 * metre)
    cv2.rectangle(
        picture, (left - half, y - int(0.62 * tall)), (left + half, y - int(0.12 * tall)), colour, -1
    )
    cv2.rectangle(
        picture, (left - int(0.8 * half), y - tall), (left + int(0.8 * half), y - tall // 2), colour, -1
    )
    cv2.rectangle(
        picture, (left - int(0.7 * half), y - int(0.94 * tall)), (left + int(0.7 * half), y - int(0.62 * tall)),
        (70, 62, 54), -1,
    )  # fmt: skip
    for side in (-1, 1):
        cv2.circle(
            picture,
            (left + side * int(0.7 * half), y - int(0.12 * tall)),
            max(3, int(0.14 * tall)),
            (30,) * 3,
            -1,
        )


def _develop(picture: Pixels, shot: Shot, rng: Random) -> Pixels:
    """The light of the hour, the lens, and the sensor's grain."""
    gains = (shot.light * (1 - shot.warmth), shot.light, shot.light * (1 + shot.warmth))
    lit = cv2.transform(cv2.GaussianBlur(picture, (3, 3), 0.7), np.diag(gains))
    down, right = rng.randrange(128), rng.randrange(128)
    part = _grain()[down : down + HEIGHT, right : right + WIDTH]
    developed: Pixels = cv2.add(lit, part, dtype=cv2.CV_8U)
    return developed


# ---------------------------------------------------------------- what people do


def first_shot(seed: int, number: int) -> Shot:
    """How the citizen took the picture of what is wrong."""
    rng = seeded(seed, "before", number)
    return Shot(
        0,
        rng.uniform(-0.6, 0.6),
        rng.uniform(-0.5, 0.3),
        rng.uniform(-10, 10),
        rng.uniform(-13, -4),
        rng.uniform(-3, 3),
        rng.uniform(0.78, 1.1),
        rng.uniform(-0.06, 0.06),
    )


def second_shot(seed: int, number: int, nth: int) -> Shot:
    """How a crew takes the picture of the finished work: from elsewhere, in another light."""
    rng = seeded(seed, "after", number, nth)
    first = first_shot(seed, number)
    aside = first.aside + rng.choice((-1, 1)) * rng.uniform(0.45, 1.1)
    return replace(
        first,
        moment=nth,
        aside=min(1.2, max(-1.2, aside)),
        ahead=rng.uniform(-0.8, 0.6),
        yaw=rng.uniform(-10, 10),
        pitch=rng.uniform(-13, -4),
        roll=rng.uniform(-3, 3),
        light=rng.uniform(0.78, 1.12),
        warmth=rng.uniform(-0.08, 0.08),
        problem=False,
        crew=rng.randrange(3) if rng.random() < 0.5 else 0,
    )


def painted_over(place: Street, shot: Shot, rng: Random) -> Pixels:
    """The citizen's own picture, with the place of the problem changed and all else as it was."""
    picture = photograph(place, shot)
    clean = photograph(place, replace(shot, problem=False, crew=rng.randrange(3)))
    foot = _Camera(shot).size(place.problem[0], place.problem[1])
    left, y, metre = foot or (WIDTH // 2, HEIGHT * 2 // 3, 60.0)
    reach = int(1.7 * place.problem[2] * metre)
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.rectangle(mask, (left - reach, y - int(1.3 * reach)), (left + reach, y + reach // 2), 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 5)[..., None]
    mixed = picture * (1 - mask) + clean * mask
    mixed = mixed * rng.uniform(0.93, 1.07) + rng.uniform(-8, 8)
    painted: Pixels = np.clip(mixed, 0, 255).astype(np.uint8)
    return painted


def used_again(picture: Pixels, rng: Random) -> Pixels:
    """Somebody else's picture, cut at the edges and made smaller."""
    keep = rng.uniform(0.9, 0.97)
    high, wide = int(HEIGHT * keep), int(WIDTH * keep)
    down, right = rng.randrange(HEIGHT - high + 1), rng.randrange(WIDTH - wide + 1)
    cut = picture[down : down + high, right : right + wide]
    scale = rng.uniform(0.6, 1.0)
    size = (round(wide * scale), round(high * scale))
    small: Pixels = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    return small


def jpeg(picture: Pixels, quality: int = 55) -> bytes:
    """The picture as a file."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)


def with_metadata(
    data: bytes,
    *,
    taken_at: int | None = None,
    zone: bool = True,
    point: tuple[float, float] | None = None,
    software: str = "",
) -> bytes:
    """The file with what a telephone or an editor writes into it. `taken_at` in ms UTC, `point` in degrees."""
    from PIL import Image

    exif = Image.Exif()
    if software:
        exif[0x0131] = software
    if taken_at is not None:
        moment = to_datetime(taken_at).astimezone(JAKARTA).strftime("%Y:%m:%d %H:%M:%S")
        details = {0x9003: moment} | ({0x9011: "+07:00"} if zone else {})
        exif.get_ifd(0x8769).update(details)
        exif[0x8769] = details
    if point is not None:
        lat, lon = point
        exif[0x8825] = {
            1: "N" if lat >= 0 else "S",
            2: _sexagesimal(lat),
            3: "E" if lon >= 0 else "W",
            4: _sexagesimal(lon),
        }
    body = exif.tobytes()
    return data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]


def _sexagesimal(value: float) -> tuple[float, float, float]:
    degrees, rest = divmod(abs(value), 1)
    minutes, rest = divmod(rest * 60, 1)
    return degrees, minutes, round(rest * 60, 3)
