"""Tile files of a few pictures, made for tests."""

from __future__ import annotations

import gzip
import json
import sqlite3
import struct
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

NAMES = {
    "name": "Peta dasar uji",
    "attribution": '<a href="https://example.org/">© Kontributor &amp; Kota</a>',
    "bounds": "106.6,-6.5,107.1,-5.9",
    "format": "png",
}


def png(side: int = 256, color: tuple[int, int, int] = (120, 190, 90)) -> bytes:
    """A picture of one colour."""
    rows = zlib.compress((b"\0" + bytes(color) * side) * side, 9)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def mbtiles(
    path: Path, tiles: Mapping[tuple[int, int, int], bytes], names: Mapping[str, str] | None = None
) -> Path:
    """An MBTiles file; rows of `tiles` are counted from the north, as everywhere but in the file."""
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        raw.execute(
            "CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB)"
        )
        raw.executemany(
            "INSERT INTO metadata VALUES (?, ?)", list((NAMES if names is None else names).items())
        )
        raw.executemany(
            "INSERT INTO tiles VALUES (?, ?, ?, ?)",
            [(z, x, (1 << z) - 1 - y, data) for (z, x, y), data in tiles.items()],
        )
    return path


def varint(value: int) -> bytes:
    """A whole number, seven bits a byte."""
    found = b""
    while value > 0x7F:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def directory(entries: Sequence[tuple[int, int, int, int]]) -> bytes:
    """A directory of PMTiles: number, run, length and offset of each entry."""
    ids = [entry[0] for entry in entries]
    steps = [one - before for one, before in zip(ids, [0, *ids], strict=False)]
    columns = (
        steps,
        [entry[1] for entry in entries],
        [entry[2] for entry in entries],
        [entry[3] + 1 for entry in entries],
    )
    return gzip.compress(
        b"".join(map(varint, (len(entries), *(one for column in columns for one in column))))
    )


def pmtiles(path: Path, tiles: Mapping[int, bytes], kind: int = 2, *, leaves: bool = False) -> Path:
    """A PMTiles file of these tiles by their numbers; with `leaves` one directory leads to another."""
    entries, data = [], b""
    for number, tile in sorted(tiles.items()):
        entries.append((number, 1, len(tile), len(data)))
        data += tile
    root, leaf = directory(entries), b""
    if leaves:
        leaf, root = root, directory([(entries[0][0], 0, len(root), 0)])
    said = gzip.compress(json.dumps({"name": NAMES["name"], "attribution": NAMES["attribution"]}).encode())
    at, places = 127, []
    for part in (root, said, leaf, data):
        places += [at, len(part)]
        at += len(part)
    head = b"PMTiles\x03" + struct.pack("<11Q", *places, len(tiles), len(tiles), len(tiles))
    head += bytes([1, 2, 1, kind, 9, 12]) + struct.pack("<4i", 1066000000, -65000000, 1071000000, -59000000)
    path.write_bytes(head.ljust(127, b"\0") + root + said + leaf + data)
    return path
