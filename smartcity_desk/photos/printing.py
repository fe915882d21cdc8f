"""A picture as it goes on paper: small, upright, without metadata. Runs in a process that may die of it (`worker`)."""

from __future__ import annotations

import io
import math
from typing import Final

from PIL import Image

from smartcity_desk.photos.upright import TURNS

LONGEST: Final = 1024
ENOUGH: Final = 640
"""Pixels of the longer side. Papers show a picture some 42 mm wide: 640 are 390 dpi. Between the two a JPEG is taken as
it is unpacked (at a half, a quarter, an eighth), which spares resampling it."""
QUALITY: Final = 75
MOST_PIXELS: Final = 60_000_000
"""What is larger is not unpacked: 180 MB. A JPEG is unpacked at a fraction and may be larger."""
KINDS: Final = ("JPEG", "PNG", "GIF", "WEBP")
_ORIENTATION: Final = 0x0112


def small(original: bytes) -> tuple[bytes, int, int]:
    """A JPEG of at most `LONGEST` pixels a side, upright, without metadata; and its size.

    Raises `ValueError` for what is no picture, or too large a one.
    """
    try:
        return _small(original)
    except Exception as problem:  # noqa: BLE001 - bytes from outside break decoders in every way there is
        raise ValueError(type(problem).__name__) from None


def _small(original: bytes) -> tuple[bytes, int, int]:
    with Image.open(io.BytesIO(original), formats=KINDS) as opened:
        turn = TURNS.get(opened.getexif().get(_ORIENTATION, 1))
        enough = min(1.0, ENOUGH / max(opened.size))
        opened.draft("RGB", (math.ceil(opened.width * enough), math.ceil(opened.height * enough)))
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError("too large a picture")
        picture = _on_white(opened)
    scale = LONGEST / max(picture.size)
    if scale < 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if turn is not None:
        picture = picture.transpose(turn)
    picture.info = {}  # a JPEG's remark would be written again
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=QUALITY)
    return packed.getvalue(), picture.width, picture.height


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    ground.alpha_composite(layered)
    return ground.convert("RGB")
