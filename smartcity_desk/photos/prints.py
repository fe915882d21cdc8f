"""A photograph's print: 33 bytes by which it is known again after being cut, shrunken and recompressed.

A print holds two hashes of 128 bits: of the whole picture, and of its inner part. A bit is the sign of one low spatial
frequency (the order of pHash), so light, size and compression hardly touch it. A cut shifts and stretches the picture,
which such a hash does not survive; but whoever looks for an original can guess the cut. A :class:`Probe` holds the
hashes that the original's inner part would have for a thousand guesses, and those that a cut of this picture would
have; :class:`Index` looks all of them up at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from smartcity_desk.domain.errors import BadData

VERSION: Final = 1
"""First byte of a print. Prints of two versions know nothing of each other."""
BITS: Final = 128
BYTES: Final = BITS // 8
INNER: Final = 0.7
"""The inner part's share of width and height: no cut of 15 % of a side, wherever, touches it."""
CUTS: Final = (0.96, 0.92, 0.88, 0.84, 0.8)
"""Shares of a side that are guessed to be left, wherever they leave the inner part whole."""
STEP: Final = 0.02
"""How densely the guesses lie."""
NEAR: Final = 24
"""Bits of 128. A cut at half the size and JPEG 50 differs in up to 18; strangers in 29 or more, after 2,100 guesses."""
SURE: Final = 6
"""Bits of 128 between whole pictures. A copy that is only smaller or poorer differs in up to 4; another photograph of
the same place, at best, in 8: near enough to be a candidate, and far enough not to be told as a fact."""
BUCKET: Final = 22
"""Bits that the index sorts by; the lowest frequencies, of which a true guess gets at most one wrong."""
_SIDE: Final = 64
_FREQUENCIES: Final = 12
_SKY: Final = (1, 0)
_LOW: Final = sorted(
    ((down, right) for down in range(_FREQUENCIES) for right in range(_FREQUENCIES) if (down or right)),
    key=lambda pair: (pair[0] ** 2 + pair[1] ** 2, pair),
)[:BITS]
_ORDER: Final = np.array([*(pair for pair in _LOW if pair != _SKY), _SKY])
"""Low frequencies first. Whether it is lighter above comes last: it mostly is, so nothing could be sorted by it."""

Words = NDArray[np.uint64]
"""Hashes as rows of two words, the lowest frequency in the highest bit of the first."""


@dataclass(frozen=True, slots=True)
class Print:
    """What is kept of a photograph: the hash of the whole and of its inner part, 16 bytes each."""

    whole: bytes
    inner: bytes

    def to_bytes(self) -> bytes:
        """Return the 33 bytes that a column keeps."""
        return bytes([VERSION]) + self.whole + self.inner

    @classmethod
    def from_bytes(cls, data: bytes) -> Print:
        """Return the print that :meth:`to_bytes` wrote. Raises `BadData` for anything else."""
        if len(data) != 1 + 2 * BYTES or data[0] != VERSION:
            raise BadData("photo", "print")
        return cls(data[1 : 1 + BYTES], data[1 + BYTES :])

    def distance(self, other: Print) -> int:
        """Return how many bits of the whole pictures' hashes differ."""
        return (int.from_bytes(self.whole, "big") ^ int.from_bytes(other.whole, "big")).bit_count()


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """What is asked with: the print, and the hashes under every guess, to be held against inner parts and wholes."""

    print: Print
    against_inner: Words
    against_whole: Words


class Found(NamedTuple):
    """A photograph of the index that is near: its key, and in how many of 128 bits the best guess differs.

    `alike`: even uncut, the two differ so little that nobody need lay them over each other to know.
    """

    key: int
    distance: int
    alike: bool


def probe(pixels: NDArray[np.uint8]) -> Probe:
    """Return the print of a photograph together with its guesses. Costs about 3 ms."""
    small = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = small.astype(np.float32)
    windows = _windows()
    whole, inner = _hashes(grey, windows.whole), _hashes(grey, windows.inner)
    mine = Print(whole[0].astype(">u8").tobytes(), inner[0].astype(">u8").tobytes())
    return Probe(mine, _hashes(grey, windows.of_inner), np.vstack([whole, _hashes(grey, windows.of_cuts)]))


# ---------------------------------------------------------------- hashes of windows


class _Windows(NamedTuple):
    """Bases of frequencies, each over a part of one side."""

    whole: NDArray[np.float32]
    inner: NDArray[np.float32]
    of_inner: NDArray[np.float32]
    of_cuts: NDArray[np.float32]


@cache
def _windows() -> _Windows:
    margin = (1 - INNER) / 2
    cuts = [(share, start) for share in CUTS for start in _starts(share)]
    inner_parts = [((margin - start) / share, (1 - margin - start) / share) for share, start in cuts]
    return _Windows(
        np.stack([_basis(0, 1)]),
        np.stack([_basis(margin, 1 - margin)]),
        np.stack([_basis(left, right) for left, right in [(margin, 1 - margin), *inner_parts]]),
        np.stack([_basis(start, start + share) for share, start in cuts]),
    )


def _starts(share: float) -> Iterator[float]:
    margin = (1 - INNER) / 2
    first, last = max(0.0, 1 - margin - share), min(margin, 1 - share)
    count = max(2, int(np.ceil((last - first) / STEP)) + 1)
    yield from (float(start) for start in np.linspace(first, last, count))


def _basis(left: float, right: float) -> NDArray[np.float32]:
    """The cosines of the low frequencies over a window of one side (0 to 1), nothing outside of it."""
    edges = np.arange(_SIDE + 1) / _SIDE
    low, high = np.maximum(edges[:-1], left), np.minimum(edges[1:], right)
    weight = np.clip(high - low, 0, None) * _SIDE
    place = np.clip(((low + high) / 2 - left) / (right - left), 0, 1)
    waves = weight * np.cos(np.pi * np.arange(_FREQUENCIES)[:, None] * place)
    waves[1:] -= weight * (waves[1:].sum(axis=1) / weight.sum())[:, None]  # blind to how bright it is
    basis: NDArray[np.float32] = waves.astype(np.float32)
    return basis


def _hashes(grey: NDArray[np.float32], bases: NDArray[np.float32]) -> Words:
    """The hashes of all windows that these parts of the sides make with each other."""
    count = len(bases)
    rows = bases.reshape(-1, _SIDE)
    parts = (rows @ grey @ rows.T).reshape(count, _FREQUENCIES, count, _FREQUENCIES)
    bits = parts.transpose(0, 2, 1, 3)[:, :, _ORDER[:, 0], _ORDER[:, 1]] > 0
    packed = np.ascontiguousarray(np.packbits(bits.reshape(count * count, BITS), axis=1))
    return packed.view(">u8").astype(np.uint64)


# ---------------------------------------------------------------- the index


class _Table:
    """Hashes sorted by their first bits, so that those near a given one lie in a few known stretches."""

    def __init__(self) -> None:
        self.first: NDArray[np.uint64] = np.empty(0, np.uint64)
        self.second: NDArray[np.uint64] = np.empty(0, np.uint64)
        self.keys: NDArray[np.int64] = np.empty(0, np.int64)
        self._ends: NDArray[np.int32] = np.zeros((1 << BUCKET) + 1, np.int32)

    def add(self, words: Words, keys: NDArray[np.int64]) -> None:
        buckets = _bucket(words[:, 0])
        order = np.argsort(buckets, kind="stable")
        at = self._ends[buckets[order] + 1]
        self.first = np.insert(self.first, at, words[order, 0])
        self.second = np.insert(self.second, at, words[order, 1])
        self.keys = np.insert(self.keys, at, keys[order])
        if len(buckets) <= _FEW:
            for bucket in buckets.tolist():
                self._ends[bucket + 1 :] += 1
        else:
            self._ends[1:] += np.cumsum(np.bincount(buckets, minlength=1 << BUCKET)).astype(np.int32)

    def near(self, asked: Words, within: int) -> tuple[NDArray[np.int64], ...]:
        """Of what lies within so many bits of any hash asked for: keys (also twice), distances, which hash it was."""
        probes = (_bucket(asked[:, 0])[:, None] ^ _ONE_WRONG).ravel()
        starts = self._ends[probes]
        sizes = self._ends[probes + 1] - starts
        full = np.flatnonzero(sizes)
        starts, sizes = starts[full], sizes[full]
        ends = np.cumsum(sizes)
        asking = full // len(_ONE_WRONG)
        # all stretches behind one another, and beside each of their hashes the one that is asked for there
        places = np.repeat(starts - (ends - sizes), sizes) + np.arange(ends[-1] if len(ends) else 0)
        distances = np.bitwise_count(self.first[places] ^ np.repeat(asked[asking, 0], sizes))
        close = np.flatnonzero(distances <= within)
        places, asking = places[close], asking[np.searchsorted(ends, close, side="right")]
        far = distances[close].astype(np.int64) + np.bitwise_count(self.second[places] ^ asked[asking, 1])
        close = np.flatnonzero(far <= within)
        return self.keys[places[close]], far[close], asking[close]


def _bucket(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    return (words >> np.uint64(64 - BUCKET)).astype(np.int64)


_FEW: Final = 16
"""Up to here, shifting the ends of all later stretches one by one is the quicker way."""
_ONE_WRONG: Final = np.array([0, *(1 << bit for bit in range(BUCKET))], np.int64)


class Index:
    """The prints of many photographs, in memory: 48 bytes each and 34 MB. Not for two threads at once."""

    def __init__(self, prints: Iterable[tuple[int, bytes]] = ()) -> None:
        self._whole, self._inner = _Table(), _Table()
        self.add(prints)

    def __len__(self) -> int:
        """Return how many photographs there are."""
        return len(self._whole.keys)

    def add(self, prints: Iterable[tuple[int, bytes]]) -> None:
        """Add photographs: a key each, and :meth:`Print.to_bytes`. Prints of another version are left out.

        Adding many at once costs little more than adding one.
        """
        rows = [(key, data) for key, data in prints if len(data) == 1 + 2 * BYTES and data[0] == VERSION]
        if not rows:
            return
        keys = np.array([key for key, _ in rows], np.int64)
        packed = np.frombuffer(b"".join(data for _, data in rows), np.uint8).reshape(-1, 1 + 2 * BYTES)[:, 1:]
        words = np.ascontiguousarray(packed).view(">u8").astype(np.uint64)
        self._whole.add(words[:, :2], keys)
        self._inner.add(words[:, 2:], keys)

    def look_up(self, asked: Probe, *, within: int = NEAR, limit: int = 8) -> tuple[Found, ...]:
        """Return the nearest photographs, nearest first: candidates, about which `align.overlay` knows more."""
        whole, far, asking = self._whole.near(asked.against_whole, within)
        alike = set(whole[(asking == 0) & (far <= SURE)].tolist())
        inner, off, _ = self._inner.near(asked.against_inner, within)
        keys, distances = np.concatenate([whole, inner]), np.concatenate([far, off])
        order = np.lexsort((keys, distances))
        best: dict[int, int] = {}
        for key, distance in zip(keys[order].tolist(), distances[order].tolist(), strict=True):
            best.setdefault(key, distance)
            if len(best) == limit:
                break
        return tuple(Found(key, distance, key in alike) for key, distance in best.items())
