"""What is done to a photograph: sent on smaller and poorer, or changed in place so that a problem seems solved."""

from __future__ import annotations

import io
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from tests.photos import pieces
from tests.photos.pieces import Image
from tests.photos.scenes import Scene, Shot, corners_in, shoot

REUSES: Final = ("crop", "quality", "resize", "crop+quality", "crop+resize", "quality+resize", "all")
"""Crop: a tenth of the width and of the height is gone. Quality: JPEG 50. Resize: half the width and height."""
FINISHES: Final = ("none", "light", "warmth", "colour", "sharpen", "smooth", "regenerated")


def jpeg(pixels: Image, quality: int = 88, exif: Pillow.Exif | None = None) -> bytes:
    """The photograph as a file."""
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, "JPEG", quality=quality, exif=exif or Pillow.Exif())
    return out.getvalue()


def pixels_of(data: bytes) -> Image:
    """The photograph in a file of ours."""
    with Pillow.open(io.BytesIO(data)) as opened:
        return np.asarray(opened.convert("RGB"))


def crop(pixels: Image, draw: np.random.Generator, away: float = 0.1) -> Image:
    """Cut so much of the width and of the height away, on whichever sides."""
    height, width = pixels.shape[:2]
    down, right = round(height * (1 - away)), round(width * (1 - away))
    top, left = int(draw.integers(0, height - down + 1)), int(draw.integers(0, width - right + 1))
    return np.ascontiguousarray(pixels[top : top + down, left : left + right])


def smaller(pixels: Image, by: float) -> Image:
    """Scale down."""
    size = (round(pixels.shape[1] * by), round(pixels.shape[0] * by))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def reused(data: bytes, how: str, draw: np.random.Generator) -> bytes:
    """Somebody hands the same photograph in again; `how` is one of `REUSES`."""
    pixels = pixels_of(data)
    if how in ("crop", "crop+quality", "crop+resize", "all"):
        pixels = crop(pixels, draw)
    if how in ("resize", "crop+resize", "quality+resize", "all"):
        pixels = smaller(pixels, 0.5)
    return jpeg(pixels, 50 if how in ("quality", "crop+quality", "quality+resize", "all") else 90)


# ---------------------------------------------------------------- in place


def _region(place: Scene, shot: Shot, draw: np.random.Generator) -> tuple[int, int, int, int]:
    """Where the problem is in the photograph with some room about it (left, top, right, bottom); else somewhere."""
    found = [corners for piece in place.problem if (corners := corners_in(shot, piece)) is not None]
    left = top = right = bottom = 0
    if found:
        low, high = np.vstack(found).min(axis=0), np.vstack(found).max(axis=0)
        grow = 0.12 * (high - low) + 6
        left, top = (int(value) for value in np.maximum(low - grow, 0))
        right, bottom = (int(value) for value in np.minimum(high + grow, (shot.width, shot.height)))
    share = (right - left) * (bottom - top) / (shot.width * shot.height)
    if right - left < 40 or bottom - top < 40 or share > 0.45:
        width, height = int(shot.width * draw.uniform(0.25, 0.6)), int(shot.height * draw.uniform(0.25, 0.6))
        left, top = int(draw.integers(0, shot.width - width)), int(draw.integers(0, shot.height - height))
        right, bottom = left + width, top + height
    return left, top, right, bottom


def _blend(below: Image, above: Image, box: tuple[int, int, int, int]) -> Image:
    left, top, right, bottom = box
    mask = np.zeros(below.shape[:2], np.float32)
    mask[top:bottom, left:right] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), 4)[..., None]
    return (below * (1 - mask) + above * mask).astype(np.uint8)


def _stick(pixels: Image, figure: Image, box: tuple[int, int, int, int]) -> Image:
    """Paste a cut-out so that it stands in the box."""
    left, top, _, bottom = box
    high = int(np.clip((bottom - top) * 0.9, 30, 260))
    wide = max(8, round(high * figure.shape[1] / figure.shape[0]))
    left = min(left, pixels.shape[1] - wide)
    small = cv2.resize(figure, (wide, high), interpolation=cv2.INTER_AREA)
    alpha = small[..., 3:].astype(np.float32) / 255
    out = pixels.copy()
    room = out[bottom - high : bottom, left : left + wide]
    room[:] = (room * (1 - alpha) + small[..., :3] * alpha).astype(np.uint8)
    return out


def _change(place: Scene, shot: Shot, pixels: Image, draw: np.random.Generator) -> Image:
    """Change what is in the region of the problem."""
    box = _region(place, shot, draw)
    left, top, right, bottom = box
    clean = shoot(
        place, Shot(**{name: getattr(shot, name) for name in shot.__slots__} | {"with_problem": False})
    )
    kind = draw.integers(4)
    if kind == 0:  # as well as it can be done
        return _blend(pixels, clean, box)
    if kind == 1:  # a telephone's eraser
        mask = np.zeros(pixels.shape[:2], np.uint8)
        mask[top:bottom, left:right] = 255
        erased = cv2.inpaint(pixels, mask, 3, cv2.INPAINT_TELEA)
        return _blend(pixels, erased + 0 * pixels, box)
    if kind == 2:  # a crew that never came
        out = _blend(pixels, clean, box)
        for _ in range(draw.integers(1, 4)):
            shift = int(draw.integers(-60, 60))
            moved = (max(0, left + shift), top, right + shift, bottom)
            out = _stick(out, pieces.person(draw, (236, 120, 30)), moved)
        return out
    other = np.roll(pixels, (int(draw.integers(-200, 200)), int(draw.integers(100, 400))), axis=(0, 1))
    return _blend(pixels, other, box)  # stamped over with another part


def finish(pixels: Image, how: str, draw: np.random.Generator) -> Image:
    """What an editor or a generator does to the whole picture by the way; `how` is one of `FINISHES`."""
    plain = pixels.astype(np.float32)
    if how == "light":
        plain = (plain - 128) * draw.uniform(0.8, 1.25) + 128 + draw.uniform(-25, 25)
    elif how == "warmth":
        plain *= np.array([1 + draw.uniform(-0.12, 0.12), 1, 1 + draw.uniform(-0.12, 0.12)], np.float32)
    elif how == "colour":
        grey = plain.mean(axis=2, keepdims=True)
        plain = grey + (plain - grey) * draw.uniform(0.3, 1.7)
    elif how == "sharpen":
        plain += draw.uniform(0.4, 1.2) * (plain - cv2.GaussianBlur(plain, (0, 0), 1.5))
    elif how == "smooth":
        return cv2.bilateralFilter(pixels, 5, 30, 3)
    elif how == "regenerated":
        plain = _regenerated(pixels, draw)
    return np.clip(plain, 0, 255).astype(np.uint8)


def _regenerated(pixels: Image, draw: np.random.Generator) -> NDArray[np.float32]:
    """What a generator gives back: the finest grain is gone, tones and edges drift a little from place to place."""
    height, width = pixels.shape[:2]
    small = cv2.medianBlur(smaller(pixels, float(draw.uniform(0.55, 0.8))), 3)
    plain = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    plain += 7 * pieces.clouds(draw, height, width, 5)[..., None]
    plain += 0.5 * (plain - cv2.GaussianBlur(plain, (0, 0), 1.5))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    drift = [draw.uniform(0, 1.0) * pieces.clouds(draw, height, width, 2) for _ in range(2)]
    return cv2.remap(plain, x + drift[0], y + drift[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def edited(place: Scene, shot: Shot, data: bytes, draw: np.random.Generator) -> bytes:
    """The reporter's own photograph, changed in place and handed in as the after-photo."""
    pixels = _change(place, shot, pixels_of(data), draw)
    pixels = finish(pixels, FINISHES[draw.integers(len(FINISHES))], draw)
    if draw.random() < 0.35:
        pixels = crop(pixels, draw, float(draw.uniform(0.02, 0.1)))
    if draw.random() < 0.4:
        pixels = smaller(pixels, float(draw.uniform(0.5, 1.0)))
    return jpeg(pixels, int(draw.integers(50, 93)))
