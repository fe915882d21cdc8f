"""One photograph laid over another: where it lies, whether it holds still there, and where the two are equal.

A copy of a photograph, also a cut, shrunken, recompressed or painted-over one, lies on it to a fraction of a point all
over. A second photograph of the same place does not: the hand was elsewhere, and near things moved against far ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""RGB, rows first."""
Matrix = NDArray[np.float64]
"""3 x 3, points of one picture to points of another."""

LONG_SIDE: Final = 512
"""Points along the longer side while comparing: enough for half a point of parallax, a quarter of the time of 1,024."""
CORNERS: Final = 500
DIFFERENT_CORNER: Final = 64
"""Of 256 bits. Two corners farther apart than this are not the same one."""
ROUGHLY: Final = 2.0
STILL: Final = 0.5
"""Points. What lies within this distance after fitting has not moved."""
LEAST: Final = 12
"""Fewer corners that agree, or cells with something in them, are an accident."""
CELL: Final = 16
ROUGH: Final = 20.0
"""Variance of grey. A smoother cell is equal to any other smooth one, so it has no say."""
ALIKE: Final = 0.9
"""Correlation of a cell; the light may differ, the drawing may not."""
SAME_STILL: Final = 0.55
SAME_EQUAL: Final = 0.45
"""From these shares on, one photograph is a copy of the other; docs/decisions/0010-pictures-opencv.md says why."""
SAME_OVERLAP: Final = 0.3
SAME_SHOWN: Final = 0.6
"""A before-photo that is half of a collage, as many offices send it, is no frame handed in again."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A photograph made ready for comparing: small and grey, with its corners. `scale` is small over full size."""

    grey: Pixels
    points: NDArray[np.float32]
    corners: Pixels
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """How a second photograph lies on a first one. All shares are 0 to 1.

    `matrix` leads from points of the second to points of the first, both at full size. `still`: share of the first's
    corners that are where they were. `equal`: share of the cells with something in them that are equal. `outside`: the
    same without the largest coherent unequal region; `region`: that region's share of the overlap and `box` its place
    in the first photograph (left, top, right, bottom as shares), None if there is none. `overlap`: share of the first
    photograph that the second covers; `shown`: share of the second that lies on the first.
    """

    matrix: Matrix
    still: float
    equal: float
    outside: float
    region: float
    box: tuple[float, float, float, float] | None
    overlap: float
    shown: float

    @property
    def copied(self) -> bool:
        """Whether one holds a copy of the other, perhaps with something changed in it."""
        return self.still >= SAME_STILL and self.equal >= SAME_EQUAL

    @property
    def same_frame(self) -> bool:
        """Whether the second is a copy of the first, and little else."""
        return self.copied and self.overlap >= SAME_OVERLAP and self.shown >= SAME_SHOWN


def features(pixels: Pixels) -> Features:
    """Make a photograph ready. Costs about 10 ms. A mere strip has no corners."""
    height, width = pixels.shape[:2]
    scale = LONG_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=way), cv2.COLOR_RGB2GRAY)
    found: Sequence[cv2.KeyPoint] = ()
    corners = None
    if min(size) >= 4 * CELL:
        found, corners = cv2.ORB.create(CORNERS, 1.2, 6, fastThreshold=8).detectAndCompute(grey, None)
    if corners is None:
        corners = np.empty((0, 32), np.uint8)
    points = np.array([corner.pt for corner in found], np.float32).reshape(-1, 2)
    return Features(grey, points, corners, scale)


def pairs(first: Features, second: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The corners that are each other's nearest: their points in the first and in the second."""
    if not len(first.points) or not len(second.points):
        return np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)
    found = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(second.corners, first.corners)
    near = [match for match in found if match.distance < DIFFERENT_CORNER]
    return (
        first.points[[match.trainIdx for match in near]],
        second.points[[match.queryIdx for match in near]],
    )


def overlay(first: Features, second: Features) -> Overlay | None:
    """Lay `second` on `first`, or None where nothing shows that it belongs there. Costs some 30 ms.

    The fit moves, turns and scales, and nothing else: what a copy needs. A second photograph needs more, and is found
    out by that.
    """
    ours, theirs = pairs(first, second)
    if len(ours) < LEAST:
        return None
    rough, agreed = cv2.estimateAffinePartial2D(
        theirs, ours, method=cv2.RANSAC, ransacReprojThreshold=ROUGHLY, maxIters=2000, confidence=0.999
    )
    if rough is None or int(agreed.sum()) < LEAST:
        return None
    laid, covered = _lay(second.grey, rough, first.grey.shape)
    better, still = _refine(_even(first.grey), _even(laid), covered)
    matrix = _square(better) @ _square(rough)
    laid, covered = _lay(second.grey, matrix[:2], first.grey.shape)
    equal, rough_cells, inside = _cells(first.grey, laid, covered)
    if int(rough_cells.sum()) < LEAST:
        return None
    outside, region, box = _region(equal, rough_cells, inside)
    shares = float(equal.sum() / rough_cells.sum()), outside, region
    overlap = float((covered > 0).mean())
    shown = overlap * first.grey.size / (abs(np.linalg.det(matrix[:2, :2])) * second.grey.size)
    return Overlay(_at_full_size(matrix, first, second), still, *shares, box, overlap, min(1.0, float(shown)))


def _square(matrix: NDArray[np.floating]) -> Matrix:
    return np.vstack([matrix, [0.0, 0.0, 1.0]]).astype(np.float64)


def _at_full_size(matrix: Matrix, first: Features, second: Features) -> Matrix:
    down, up = np.diag([second.scale, second.scale, 1.0]), np.diag([1 / first.scale, 1 / first.scale, 1.0])
    return up @ matrix @ down


def _lay(grey: Pixels, matrix: NDArray[np.floating], shape: tuple[int, ...]) -> tuple[Pixels, Pixels]:
    """The second picture moved onto the first, and where it covers it (255)."""
    size = (shape[1], shape[0])
    laid: Pixels = cv2.warpAffine(grey, matrix[:2], size)
    covered: Pixels = cv2.warpAffine(
        np.full(grey.shape, 255, np.uint8), matrix[:2], size, flags=cv2.INTER_NEAREST
    )
    return laid, covered


def _even(grey: Pixels) -> Pixels:
    """The drawing without the light: every neighbourhood brought to the same mean and contrast."""
    plain = cv2.GaussianBlur(grey, (0, 0), 1.0).astype(np.float32)
    mean = cv2.blur(plain, (41, 41))
    spread = np.sqrt(np.maximum(cv2.blur(plain * plain, (41, 41)) - mean * mean, 0))
    even: Pixels = np.clip((plain - mean) * (40 / (spread + 6)) + 128, 0, 255).astype(np.uint8)
    return even


def _refine(first: Pixels, laid: Pixels, covered: Pixels) -> tuple[NDArray[np.floating], float]:
    """The rest of the fit, by following corners, and the share of the corners that then have not moved."""
    stay: NDArray[np.floating] = np.eye(2, 3)
    sure = cv2.erode(covered, np.ones((17, 17), np.uint8))
    corners = cv2.goodFeaturesToTrack(first, 200, 0.03, 12, mask=sure)
    if corners is None:
        return stay, 0.0
    followed, found, _ = cv2.calcOpticalFlowPyrLK(first, laid, corners, None, winSize=(21, 21), maxLevel=1)
    there, here, seen = followed[:, 0], corners[:, 0], found[:, 0] > 0
    if int(seen.sum()) < LEAST:
        return stay, 0.0
    fit, _ = cv2.estimateAffinePartial2D(
        there[seen],
        here[seen],
        method=cv2.RANSAC,
        ransacReprojThreshold=STILL,
        maxIters=2000,
        confidence=0.999,
    )
    if fit is None:
        return stay, 0.0
    off = np.linalg.norm(there @ fit[:, :2].T + fit[:, 2] - here, axis=1)
    return fit, float((seen & (off < STILL)).mean())


def _cells(first: Pixels, laid: Pixels, covered: Pixels) -> tuple[NDArray[np.bool_], ...]:
    """For each cell: is it equal, has it anything in it, does the second picture cover it."""
    high, wide = (side // CELL for side in first.shape)

    def mean(values: NDArray[np.floating]) -> NDArray[np.float32]:
        whole = values[: high * CELL, : wide * CELL].astype(np.float32)
        means: NDArray[np.float32] = cv2.resize(whole, (wide, high), interpolation=cv2.INTER_AREA)
        return means

    ours, theirs = (cv2.GaussianBlur(grey, (0, 0), 1.0).astype(np.float32) for grey in (first, laid))
    mean_ours, mean_theirs = mean(ours), mean(theirs)
    spread_ours = np.maximum(mean(ours * ours) - mean_ours**2, 1)
    spread_theirs = np.maximum(mean(theirs * theirs) - mean_theirs**2, 1)
    likeness = (mean(ours * theirs) - mean_ours * mean_theirs) / np.sqrt(spread_ours * spread_theirs)
    inside = mean(covered.astype(np.float32)) > 254
    rough = inside & (np.maximum(spread_ours, spread_theirs) > ROUGH)
    return rough & (likeness > ALIKE), rough, inside


def _region(
    equal: NDArray[np.bool_], rough: NDArray[np.bool_], inside: NDArray[np.bool_]
) -> tuple[float, float, tuple[float, float, float, float] | None]:
    """The share of equal cells outside the largest unequal region, that region's share of all, and its place."""
    unequal = cv2.morphologyEx((rough & ~equal).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, facts, _ = cv2.connectedComponentsWithStats(unequal, connectivity=4)
    if count < 2:
        return float(equal.sum() / rough.sum()), 0.0, None
    largest = 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    left, top, width, height, area = (int(value) for value in facts[largest])
    rest = rough & (labels != largest)
    high, wide = labels.shape
    box = (left / wide, top / high, (left + width) / wide, (top + height) / high)
    return float((equal & rest).sum() / max(1, rest.sum())), float(area / max(1, inside.sum())), box
