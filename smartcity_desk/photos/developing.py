"""From the bytes of a stranger's picture to what the desk keeps and shows of it: copies of our own, and what it says.

Runs in a process that may die of it (`worker`). The copies hold points and nothing else: no place, no telephone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from smartcity_desk.photos import prints
from smartcity_desk.photos.containers import Kind
from smartcity_desk.photos.metadata import Metadata
from smartcity_desk.photos.reading import read

VIEW_SIDE: Final = 1_600
"""Points along the longer side of the copy that is looked at and handed on: house numbers stay readable."""
THUMB_SIDE: Final = 256
_VIEW_QUALITY: Final = 85
_THUMB_QUALITY: Final = 80


@dataclass(frozen=True, slots=True, eq=False)
class Developed:
    """A picture as it is kept. `width` and `height` of the original, upright; `view` and `thumb` are JPEG files."""

    kind: Kind
    width: int
    height: int
    metadata: Metadata
    print: bytes
    view: bytes
    thumb: bytes


def develop(data: bytes, *, view_side: int = VIEW_SIDE) -> Developed:
    """Read a picture once and make all that is kept of it. Raises `BadData` as `reading.read` does."""
    photo = read(data, long_side=view_side)
    share = min(1.0, THUMB_SIDE / max(photo.pixels.shape[:2]))
    size = tuple(max(1, round(side * share)) for side in photo.pixels.shape[1::-1])
    small = cv2.resize(photo.pixels, (size[0], size[1]), interpolation=cv2.INTER_AREA)
    return Developed(
        photo.kind,
        photo.width,
        photo.height,
        photo.metadata,
        prints.probe(photo.pixels).print.to_bytes(),
        _jpeg(photo.pixels, _VIEW_QUALITY),
        _jpeg(small.astype(np.uint8, copy=False), _THUMB_QUALITY),
    )


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    _, out = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return bytes(out)
