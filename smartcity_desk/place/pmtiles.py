"""Single tiles out of a PMTiles file (version 3), with a bound on everything that a stranger's file can ask for.

A head of 127 bytes, then directories (gzip, whole numbers in seven bits a byte) that lead to a tile in at most four
steps. Tiles are numbered along a Hilbert curve a zoom. Format: PMTiles version 3, sections 2 to 4.
"""

from __future__ import annotations

import json
import struct
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import IO, Any, Final

MAGIC: Final = b"PMTiles\x03"
MOST_DIRECTORY: Final = 1 << 20
"""Bytes of a directory, packed and unpacked: some hundred thousand entries."""
_HEAD: Final = 127
_STEPS: Final = 4
_GZIP: Final = 2
_NONE: Final = 1


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the beginning. Offsets and lengths in bytes; `bounds` south, west, north, east in degrees.

    `kind`: 2 PNG, 3 JPEG, 4 WebP, 0 for tiles that are packed once more.
    """

    root: tuple[int, int]
    said: tuple[int, int]
    leaves: tuple[int, int]
    data: tuple[int, int]
    count: int
    packing: int
    kind: int
    low: int
    high: int
    bounds: tuple[float, float, float, float]


def head(stream: IO[bytes]) -> Head:
    """Read the head. Raises ValueError for what is none."""
    stream.seek(0)
    raw = stream.read(_HEAD)
    if len(raw) < _HEAD or not raw.startswith(MAGIC):
        raise ValueError("no head")
    numbers = struct.unpack_from("<11Q", raw, 8)
    _clustered, packing, tile_packing, kind, low, high = raw[96:102]
    west, south, east, north = (value / 1e7 for value in struct.unpack_from("<4i", raw, 102))
    if not low <= high <= 31 or packing not in (_NONE, _GZIP):
        raise ValueError("no such file")
    return Head(
        (numbers[0], numbers[1]),
        (numbers[2], numbers[3]),
        (numbers[4], numbers[5]),
        (numbers[6], numbers[7]),
        numbers[8],
        packing,
        kind if tile_packing == _NONE else 0,
        low,
        high,
        (south, west, north, east),
    )


def metadata(stream: IO[bytes], about: Head) -> dict[str, Any]:
    """What the file says of itself in JSON. Raises ValueError."""
    found = json.loads(_unpacked(stream, about, *about.said))
    return found if isinstance(found, dict) else {}


def tile(stream: IO[bytes], about: Head, z: int, x: int, y: int, most: int) -> bytes | None:
    """The bytes of a tile, `y` from the north, None where there is none of at most `most`. Raises ValueError."""
    wanted, (offset, length) = number(z, x, y), about.root
    for _ in range(_STEPS):
        ids, runs, lengths, offsets = _directory(_unpacked(stream, about, offset, length))
        at = bisect_right(ids, wanted) - 1
        if at < 0:
            return None
        if runs[at] == 0:
            offset, length = about.leaves[0] + offsets[at], lengths[at]
            continue
        if wanted - ids[at] >= runs[at] or not 0 < lengths[at] <= most:
            return None
        stream.seek(about.data[0] + offsets[at])
        found = stream.read(lengths[at])
        return found if len(found) == lengths[at] else None
    return None


def number(z: int, x: int, y: int) -> int:
    """A tile's place along the curve, after all those of the zooms before it."""
    found, side = ((1 << 2 * z) - 1) // 3, 1 << z >> 1
    while side:
        right, down = int(x & side > 0), int(y & side > 0)
        found += side * side * ((3 * right) ^ down)
        if not down:
            if right:
                x, y = side - 1 - (x & side - 1), side - 1 - (y & side - 1)
            x, y = y, x
        side >>= 1
    return found


def _unpacked(stream: IO[bytes], about: Head, offset: int, length: int) -> bytes:
    if not 0 < length <= MOST_DIRECTORY or offset > 1 << 62:
        raise ValueError("too large")
    stream.seek(offset)
    raw = stream.read(length)
    if about.packing == _NONE:
        return raw
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(raw, MOST_DIRECTORY)
    except zlib.error as problem:
        raise ValueError("not packed as said") from problem
    if not unpacking.eof:
        raise ValueError("too large")
    return found


def _directory(raw: bytes) -> tuple[list[int], list[int], list[int], list[int]]:
    """Numbers, runs, lengths and offsets of the entries."""
    numbers = _numbers(raw)
    count = numbers[0] if numbers else 0
    if count < 1 or len(numbers) < 1 + 4 * count:
        raise ValueError("cut off")
    ids, at = [], 0
    for step in numbers[1 : 1 + count]:
        at += step
        ids.append(at)
    runs, lengths = numbers[1 + count : 1 + 2 * count], numbers[1 + 2 * count : 1 + 3 * count]
    offsets: list[int] = []
    for place, said in enumerate(numbers[1 + 3 * count : 1 + 4 * count]):
        if said == 0 and place == 0:
            raise ValueError("an offset like the one before the first")
        offsets.append(said - 1 if said else offsets[-1] + lengths[place - 1])
    return ids, runs, lengths, offsets


def _numbers(raw: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            if shift > 63:
                raise ValueError("no number")
        else:
            found.append(value)
            value = shift = 0
    return found
