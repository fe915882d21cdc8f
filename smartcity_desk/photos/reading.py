"""Hostile bytes in, a photograph out: upright, small enough to work with, and what its metadata says."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from smartcity_desk.domain.errors import BadData
from smartcity_desk.photos.containers import Kind, kind_of, parts_of, passes_of, size_of
from smartcity_desk.photos.metadata import Metadata, metadata_of, quietly
from smartcity_desk.photos.upright import TURNS

PLACE: Final = "photo"
"""Where `BadData` says it comes from."""
BYTES: Final = 32 << 20
POINTS: Final = 64_000_000
"""What a telephone of 64 megapixels makes; as JPEG, which is scaled while it is decoded."""
POINTS_PLAIN: Final = 25_000_000
"""Other kinds are decoded whole: 100 MB at four bytes a point."""
WORK: Final = 800_000_000
"""Points times passes of a progressive JPEG: some ten seconds at worst, and 12 passes of the largest picture."""
LEAST_SIDE: Final = 48
"""A smaller picture shows nothing that could be compared."""
LONG_SIDE: Final = 1_000
"""Points along the longer side that comparing and showing side by side need; a quarter of what 12 megapixels have."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photograph that could be read. `pixels` RGB, upright, at most as long as asked; `width`, `height` of the file,
    upright; `sha256` of its bytes."""

    sha256: str
    kind: Kind
    width: int
    height: int
    metadata: Metadata
    pixels: NDArray[np.uint8]


def read(data: bytes, *, long_side: int = LONG_SIDE) -> Photo:
    """Read a photograph; of an animation the first picture.

    Raises `BadData("photo", key)` and nothing else: `empty`, `too_large`, `heic`, `unknown_format`, `too_many_points`,
    `too_small` or `damaged`.
    """
    kind = _admit(data)
    metadata = metadata_of(parts_of(data))
    try:
        image = _open(data, kind)
        width, height = image.size
        pixels = _pixels(image, metadata.turn, long_side)
    except BadData:
        raise
    except Exception as problem:  # decoders raise whatever the bytes make them stumble on
        raise BadData(PLACE, "damaged") from problem
    if metadata.turn >= 5:
        width, height = height, width
    return Photo(hashlib.sha256(data).hexdigest(), kind, width, height, metadata, pixels)


def _admit(data: bytes) -> Kind:
    """Refuse by what the file says of itself, before any decoder sees it."""
    if not data:
        raise BadData(PLACE, "empty")
    if len(data) > BYTES:
        raise BadData(PLACE, "too_large", most=BYTES)
    kind = kind_of(data)
    if kind in (Kind.HEIC, Kind.UNKNOWN):
        raise BadData(PLACE, "heic" if kind is Kind.HEIC else "unknown_format")
    size = size_of(data)
    if size is None:
        raise BadData(PLACE, "damaged")
    _check(kind, size)
    if size[0] * size[1] * passes_of(data) > WORK:
        raise BadData(PLACE, "too_many_points", most=WORK)
    return kind


def _check(kind: Kind, size: tuple[int, int]) -> None:
    most = POINTS if kind is Kind.JPEG else POINTS_PLAIN
    if size[0] * size[1] > most:
        raise BadData(PLACE, "too_many_points", most=most)
    if min(size) < LEAST_SIDE:
        raise BadData(PLACE, "too_small", least=LEAST_SIDE)


def _open(data: bytes, kind: Kind) -> Image.Image:
    with quietly():
        image: Image.Image = Image.open(io.BytesIO(data), formats=(kind.upper(),))
    _check(kind, image.size)  # a GIF's picture may be larger than the screen it is said to be for
    return image


def _pixels(image: Image.Image, turn: int, long_side: int) -> NDArray[np.uint8]:
    share = min(1.0, long_side / max(image.size))
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    image.draft("RGB", size)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = Image.new("RGBA", clear.size, "white")
        image.alpha_composite(clear)
    pixels = np.asarray(image.convert("RGB"))
    if pixels.shape[1::-1] != size:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if turn in TURNS:
        pixels = np.asarray(Image.fromarray(pixels).transpose(TURNS[turn]))
    return np.ascontiguousarray(pixels)
