"""Before and after for a person's eyes: the two photographs in one frame, and where they differ.

The desk shows them side by side, as a swipe, or as the difference. Nothing is judged here; what counts as the same
frame is :attr:`align.Overlay.same_frame`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np

from smartcity_desk.photos import align
from smartcity_desk.photos.align import Features, Matrix, Overlay, Pixels

QUALITY: Final = 90
FAR: Final = 3.0
"""Points. How well corners of two honest photographs agree on one plane of the scene."""
SURE: Final = 24
"""So many have to, before a photograph is bent for the eye: a wrong frame is worse than none."""
MOST_BENT: Final = 4.0
"""A frame that grows or shrinks more than this is no second photograph of the place, but an accident."""
_NOTHING: Final = 128


class Fit(StrEnum):
    """How the second photograph came into the first one's frame."""

    COPY = "copy"  # moved, turned and scaled: it is the same photograph
    PLACE = "place"  # bent so that most of the same place lies on itself
    NONE = "none"  # only scaled: nothing shows that it is the same place


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What the desk shows of a pair. All pictures are JPEG files; `after`, `difference` and `before` have one size.

    `after_plain` is the second photograph in its own frame, for the view side by side. The difference is dark where
    both are alike, and bright where they are not, after light and contrast were brought together. `box`: the region in
    which a copy was changed, as shares of the frame (left, top, right, bottom). `overlay` is None where nothing fits.
    """

    fit: Fit
    before: bytes
    after: bytes
    after_plain: bytes
    difference: bytes
    box: tuple[float, float, float, float] | None
    overlay: Overlay | None


def compare(before: Pixels, after: Pixels) -> Comparison:
    """Lay `after` into the frame of `before`. Costs some 100 ms; for the thread of an executor."""
    first, second = align.features(before), align.features(after)
    overlay = align.overlay(first, second)
    fit, matrix = _fit(before, after, first, second, overlay)
    size = (before.shape[1], before.shape[0])
    moved = cv2.warpPerspective(after, matrix, size, borderValue=(_NOTHING,) * 3)
    covered = cv2.warpPerspective(
        np.full(after.shape[:2], 255, np.uint8), matrix, size, flags=cv2.INTER_NEAREST
    )
    return Comparison(
        fit,
        encode(before),
        encode(moved),
        encode(after),
        encode(difference(before, moved, covered > 0)),
        overlay.box if overlay is not None and fit is Fit.COPY else None,
        overlay,
    )


def _fit(
    before: Pixels, after: Pixels, first: Features, second: Features, overlay: Overlay | None
) -> tuple[Fit, Matrix]:
    if overlay is not None and overlay.same_frame:
        return Fit.COPY, overlay.matrix
    # of a collage that holds the before-photo, laying that half over it would hide the other one
    bent = None if overlay is not None and overlay.copied else _bent(first, second)
    if bent is not None:
        return Fit.PLACE, bent
    scale = min(before.shape[0] / after.shape[0], before.shape[1] / after.shape[1])
    right, down = (
        (ours - theirs * scale) / 2
        for ours, theirs in zip(before.shape[1::-1], after.shape[1::-1], strict=True)
    )
    return Fit.NONE, np.array([[scale, 0, right], [0, scale, down], [0, 0, 1]])


def _bent(first: Features, second: Features) -> Matrix | None:
    """The plane-to-plane map that most corners agree on, if it leaves a picture that one can look at."""
    ours, theirs = align.pairs(first, second)
    if len(ours) < SURE:
        return None
    found, agreed = cv2.findHomography(theirs, ours, cv2.RANSAC, FAR, maxIters=2000, confidence=0.995)
    if found is None or int(agreed.sum()) < SURE:
        return None
    high, wide = second.grey.shape
    rim = np.array([[[0, 0]], [[wide, 0]], [[wide, high]], [[0, high]]], np.float32)
    frame = cv2.perspectiveTransform(rim, found)
    share = cv2.contourArea(frame) / (first.grey.shape[0] * first.grey.shape[1])
    if not cv2.isContourConvex(frame) or not 1 / MOST_BENT < share < MOST_BENT:
        return None
    full: Matrix = (
        np.diag([1 / first.scale, 1 / first.scale, 1]) @ found @ np.diag([second.scale, second.scale, 1])
    )
    return full


def difference(
    before: Pixels, after: Pixels, covered: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> Pixels:
    """Return where two pictures of one size differ: dark for alike, bright for not, grey where there is no second."""
    ours, theirs = (cv2.GaussianBlur(picture, (0, 0), 1.5).astype(np.float32) for picture in (before, after))
    if covered.any():
        for band in range(3):  # another hour's light is no difference
            one, other = ours[..., band][covered], theirs[..., band][covered]
            gain = np.clip(one.std() / max(float(other.std()), 1.0), 0.4, 2.5)
            theirs[..., band] = (theirs[..., band] - other.mean()) * gain + one.mean()
    apart = np.clip(np.abs(ours - theirs).max(axis=2) * 2.5, 0, 255).astype(np.uint8)
    shown: Pixels = cv2.cvtColor(cv2.applyColorMap(apart, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    shown[~covered] = _NOTHING
    return shown


def encode(pixels: Pixels) -> bytes:
    """Return the picture as a JPEG file."""
    _, out = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    return bytes(out)
