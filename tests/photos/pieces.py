"""Pictures of what a street is made of: asphalt, fronts, trees, cars, rubbish; drawn from a seeded generator."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB, or RGBA for what is cut out; rows first."""
Colour = tuple[int, ...]


@lru_cache(maxsize=2)
def _sheet(rough: bool) -> NDArray[np.float32]:
    """A sheet of noise that all pictures cut their pieces from: fresh noise for each would be most of the time."""
    draw = np.random.default_rng(20261122 + rough)
    if rough:
        return draw.standard_normal((2048, 2048)).astype(np.float32)
    total = np.zeros((1024, 1024), np.float32)
    for octave in range(7):
        small = draw.standard_normal((8 << octave, 8 << octave)).astype(np.float32)
        total += 0.62**octave * cv2.resize(small, (1024, 1024), interpolation=cv2.INTER_CUBIC)
    return total / 2.2


def clouds(draw: np.random.Generator, height: int, width: int, cells: float = 4) -> NDArray[np.float32]:
    """Noise of all sizes at once, about -1 to 1, with so many of its largest shapes along the longer side."""
    scale = min(cells * 128, 1000) / max(height, width)
    down, right = max(2, int(height * scale)), max(2, int(width * scale))
    top, left = draw.integers(0, 1024 - down), draw.integers(0, 1024 - right)
    cut = _sheet(False)[top : top + down, left : left + right]
    return cv2.resize(cut, (width, height))[:: 1 if draw.random() < 0.5 else -1]


def grain(draw: np.random.Generator, height: int, width: int, strength: float) -> NDArray[np.float32]:
    """What a rough surface has at the size of single points."""
    top, left = draw.integers(0, 2048 - height), draw.integers(0, 2048 - width)
    return strength * _sheet(True)[top : top + height, left : left + width]


def tinted(base: Colour, *layers: NDArray[np.float32]) -> Image:
    """A plain colour with layers of light and dark on it."""
    relief = layers[0] if len(layers) == 1 else layers[0] + layers[1]
    colour = [np.clip(relief + value, 0, 255).astype(np.uint8) for value in base]
    return cv2.merge(colour)


def some(draw: np.random.Generator, low: Any, high: Any, count: int = 3) -> Colour:
    """A colour between two."""
    return tuple(int(value) for value in draw.integers(low, high, count))


def darker(colour: Colour, by: float) -> Colour:
    """The same colour in less light."""
    return tuple(min(255, int(value * by)) for value in colour)


def _weather(draw: np.random.Generator, picture: Image, strength: float) -> None:
    """Uneven light and grain over what was drawn, where it is not cut out."""
    relief = strength * clouds(draw, *picture.shape[:2]) + grain(draw, *picture.shape[:2], strength / 3)
    picture[..., :3] = np.clip(picture[..., :3] + relief[..., None], 0, 255).astype(np.uint8)


# ---------------------------------------------------------------- the ground


def asphalt(draw: np.random.Generator, tone: int, width: int, height: int) -> Image:
    """A road seen from above, with cracks, patches, litter and perhaps a line in its middle."""
    picture = tinted(
        (tone, tone, tone + 3), 15 * clouds(draw, height, width, 7), grain(draw, height, width, 9)
    )
    area = width * height / 300_000
    for _ in range(int(area * draw.integers(6, 16))):
        at = draw.uniform((0, 0), (width, height))
        walk = np.cumsum(np.vstack([at, draw.normal(0, 20, (draw.integers(4, 14), 2))]), axis=0)
        shade = darker((tone,) * 3, draw.uniform(0.4, 0.75))
        cv2.polylines(picture, [walk.astype(np.int32)], False, shade, int(draw.integers(1, 4)))
    over = picture.copy()
    for _ in range(int(area * draw.integers(4, 12))):
        centre = some(draw, (0, 0), (width, height), 2)
        shade = darker((tone,) * 3, draw.uniform(0.6, 1.35))
        cv2.ellipse(over, centre, some(draw, 8, 50, 2), float(draw.uniform(0, 180)), 0, 360, shade, -1)
    picture = cv2.addWeighted(picture, 0.6, over, 0.4, 0)
    if draw.random() < 0.7:
        period = int(draw.integers(180, 300))
        for top in range(int(draw.integers(0, period)), height, period):
            ends = (width // 2 - 5, top), (width // 2 + 5, top + period // 2)
            cv2.rectangle(picture, *ends, (205, 203, 192), -1)
    for _ in range(int(area * draw.integers(12, 50))):
        at, size = some(draw, (0, 0), (width, height), 2), (int(draw.integers(2, 6)), 2)
        cv2.ellipse(
            picture,
            at,
            size,
            float(draw.uniform(0, 180)),
            0,
            360,
            some(draw, (60, 60, 30), (210, 190, 150)),
            -1,
        )
    return picture


def paving(draw: np.random.Generator, base: Colour, width: int, height: int) -> Image:
    """Slabs of a pavement, some of them newer than the others."""
    picture = tinted(base, 12 * clouds(draw, height, width), grain(draw, height, width, 7))
    size = int(draw.integers(26, 46))
    for row, top in enumerate(range(0, height, size)):
        cv2.line(picture, (0, top), (width, top), darker(base, 0.6), 1)
        for left in range((row % 2) * size // 2, width, size):
            cv2.line(picture, (left, top), (left, top + size), darker(base, 0.62), 1)
            if draw.random() < 0.12:
                slab = picture[top : top + size, left : left + size]
                slab[:] = np.clip(slab * draw.uniform(0.7, 1.2), 0, 255).astype(np.uint8)
    return picture


def blot(draw: np.random.Generator, colour: Colour, relief: float) -> Image:
    """A puddle or a hole, cut out with a ragged rim."""
    height, width = 240, 300
    picture = tinted(colour, relief * clouds(draw, height, width, 3))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    rim = 1 - np.hypot(x, y) + 0.16 * clouds(draw, height, width, 4)
    return np.dstack([picture, np.clip(rim * 900, 0, 255).astype(np.uint8)])


# ---------------------------------------------------------------- fronts


def front(draw: np.random.Generator, base: Colour, trim: Colour, length: float, rise: float) -> Image:
    """A house's front of so many metres: wall, stains, bricks, windows, a door, a sign."""
    width, height = int(np.clip(length * 62, 60, 560)), int(np.clip(rise * 62, 60, 460))
    picture = tinted(base, 12 * clouds(draw, height, width, 3), grain(draw, height, width, 5))
    drips = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 3 * (1 + clouds(draw, height, width, 7))
    picture = np.clip(picture - 27 * drips[..., None], 0, 255).astype(np.uint8)
    if draw.random() < 0.35:
        _bricks(picture, base)
    step = int(draw.integers(70, 130))
    size = (int(step * draw.uniform(0.4, 0.65)), int(draw.integers(44, 80)))
    for top in range(int(draw.integers(12, 40)), max(13, height - 130), int(size[1] * 1.7)):
        for left in range(int(draw.integers(8, 40)), width - size[0], step):
            if draw.random() < 0.86:
                _window(draw, picture, left, top, size, trim)
    if height > 130:
        _entrance(draw, picture, trim)
    return picture


def _bricks(picture: Image, base: Colour) -> None:
    height, width = picture.shape[:2]
    for row, top in enumerate(range(0, height, 9)):
        cv2.line(picture, (0, top), (width, top), darker(base, 0.8), 1)
        for left in range((row % 2) * 10, width, 20):
            cv2.line(picture, (left, top), (left, top + 9), darker(base, 0.82), 1)


def _entrance(draw: np.random.Generator, picture: Image, trim: Colour) -> None:
    height, width = picture.shape[:2]
    door = int(draw.integers(80, 150))
    left = int(draw.integers(0, max(1, width - door)))
    if draw.random() < 0.5:
        colour = some(draw, (90, 80, 80), (190, 180, 175))
        cv2.rectangle(picture, (left, height - 118), (left + door, height), colour, -1)
        for line in range(height - 118, height, 6):
            cv2.line(picture, (left, line), (left + door, line), darker(colour, 0.72), 1)
    else:
        _window(draw, picture, left, height - 112, (door // 2, 112), trim)
    if draw.random() < 0.65:
        _sign(draw, picture, left, height - 160, door + 40)


def _window(
    draw: np.random.Generator, picture: Image, left: int, top: int, size: tuple[int, int], trim: Colour
) -> None:
    width, height = size
    cv2.rectangle(picture, (left - 3, top - 3), (left + width + 3, top + height + 3), trim, -1)
    glass = tinted((52, 60, 68), 22 * clouds(draw, height, width, 3))
    room = picture[top : top + height, left : left + width]
    room[:] = glass[: room.shape[0], : room.shape[1]]
    if draw.random() < 0.6:
        cv2.line(picture, (left + width // 2, top), (left + width // 2, top + height), trim, 2)
    if draw.random() < 0.6:
        cv2.line(picture, (left, top + height // 2), (left + width, top + height // 2), trim, 2)
    if draw.random() < 0.4:
        for bar in range(left, left + width, 7):
            cv2.line(picture, (bar, top), (bar, top + height), (38, 36, 36), 1)


def _sign(draw: np.random.Generator, picture: Image, left: int, top: int, width: int) -> None:
    colour = some(draw, 30, 230)
    cv2.rectangle(picture, (left, top), (left + width, top + 34), colour, -1)
    ink = (250, 250, 245) if sum(colour) < 390 else (25, 25, 40)
    cv2.putText(picture, letters(draw), (left + 5, top + 25), cv2.FONT_HERSHEY_SIMPLEX, 0.72, ink, 2)


def letters(draw: np.random.Generator) -> str:
    """Letters that mean nothing."""
    return "".join(chr(int(code)) for code in draw.integers(65, 91, draw.integers(4, 10)))


# ---------------------------------------------------------------- what stands about


def tree(draw: np.random.Generator) -> Image:
    """A crown of blobs on a trunk."""
    height, width = 420, 320
    picture = tinted((58, 92, 46), 34 * clouds(draw, height, width, 5), grain(draw, height, width, 16))
    alpha = np.zeros((height, width), np.uint8)
    for _ in range(46):
        centre = (int(draw.normal(width / 2, width / 6)), int(draw.normal(height * 0.34, height / 9)))
        cv2.circle(alpha, centre, int(draw.integers(14, 46)), 255, -1)
    alpha[clouds(draw, height, width, 7) > 0.9] = 0
    trunk = slice(width // 2 - int(draw.integers(9, 16)), width // 2 + int(draw.integers(9, 16)))
    alpha[int(height * 0.45) :, trunk] = 255
    low = int(height * 0.52)
    picture[low:, trunk] = tinted((84, 68, 54), 14 * clouds(draw, height, width, 7))[low:, trunk]
    return np.dstack([picture, alpha])


def car(draw: np.random.Generator) -> Image:
    """A car from behind."""
    picture = np.zeros((190, 240, 4), np.uint8)
    paints = ((200, 200, 204), (30, 32, 36), (150, 24, 28), (70, 84, 110), (228, 226, 218))
    paint = (*paints[draw.integers(len(paints))], 255)
    cv2.rectangle(picture, (14, 74), (226, 166), paint, -1)
    cv2.fillPoly(picture, [np.array([[40, 76], [62, 16], [178, 16], [202, 76]])], paint)
    cv2.fillPoly(picture, [np.array([[52, 74], [70, 26], [170, 26], [190, 74]])], (46, 54, 62, 255))
    for left in (26, 186):
        cv2.rectangle(picture, (left, 92), (left + 30, 112), (180, 40, 30, 255), -1)
        cv2.rectangle(picture, (left, 150), (left + 28, 188), (22, 22, 22, 255), -1)
    cv2.rectangle(picture, (92, 122), (150, 140), (18, 18, 18, 255), -1)
    plate = f"B {int(draw.integers(1000, 9999))}"
    cv2.putText(picture, plate, (94, 136), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (240, 240, 240, 255), 1)
    _weather(draw, picture, 16)
    return picture


def person(draw: np.random.Generator, shirt: Colour | None = None) -> Image:
    """Somebody standing."""
    picture = np.zeros((220, 90, 4), np.uint8)
    cloth, legs = shirt or some(draw, 20, 230), some(draw, 20, 90)
    cv2.rectangle(picture, (28, 118), (43, 216), (*legs, 255), -1)
    cv2.rectangle(picture, (48, 118), (63, 216), (*legs, 255), -1)
    cv2.ellipse(picture, (45, 86), (25, 44), 0, 0, 360, (*cloth, 255), -1)
    cv2.ellipse(picture, (45, 24), (14, 18), 0, 0, 360, (122, 88, 66, 255), -1)
    _weather(draw, picture, 14)
    return picture


def heap(draw: np.random.Generator) -> Image:
    """Bags and litter."""
    height, width = 200, 380
    picture = np.zeros((height, width, 4), np.uint8)
    paints = ((28, 28, 32), (218, 218, 214), (60, 90, 170), (170, 60, 50), (130, 110, 70))
    for _ in range(60):
        x = int(np.clip(draw.normal(width / 2, width / 6), 20, width - 20))
        reach = max(12, int((1 - abs(x - width / 2) / (width / 2)) * 120))
        y = height - 12 - int(draw.integers(0, reach))
        paint = paints[draw.integers(len(paints))]
        axes = some(draw, (8, 7), (30, 20), 2)
        cv2.ellipse(picture, (x, y), axes, float(draw.uniform(0, 180)), 0, 360, (*paint, 255), -1)
        lit = (*darker(paint, 1.4), 255)
        cv2.ellipse(picture, (x - 3, y - 3), (axes[0] // 2, axes[1] // 3), 20, 0, 360, lit, -1)
    _weather(draw, picture, 20)
    return picture


def stall(draw: np.random.Generator) -> Image:
    """What stands before houses for years: a cart, a cupboard, a stack of crates, a bush in a tub."""
    height, width = 200, 160
    picture = np.zeros((height, width, 4), np.uint8)
    if draw.random() < 0.4:
        for _ in range(30):
            at = some(draw, (25, 20), (135, 120), 2)
            green = (int(draw.integers(30, 80)), int(draw.integers(80, 130)), int(draw.integers(30, 60)), 255)
            cv2.circle(picture, at, int(draw.integers(8, 22)), green, -1)
        cv2.rectangle(picture, (48, 118), (112, 199), (*some(draw, 90, 190), 255), -1)
    else:
        paint = some(draw, 40, 220)
        cv2.rectangle(picture, (8, int(draw.integers(6, 80))), (152, 190), (*paint, 255), -1)
        for top in range(20, 190, int(draw.integers(16, 44))):
            cv2.line(picture, (8, top), (152, top), (*darker(paint, 0.55), 255), 3)
        cv2.putText(
            picture, letters(draw), (16, 120), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (*darker(paint, 0.3), 255), 2
        )
    _weather(draw, picture, 18)
    return picture
