"""Tile files of a few pictures, made for tests."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Mapping
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
