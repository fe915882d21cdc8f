"""A background for the map out of a bundle's MBTiles or PMTiles file: what is in it, and its pictures one by one.

MBTiles is a stranger's database. It is opened to be read only, by statements of ours only, each with an end; nothing
in its schema is trusted. A tile is handed on if its own first bytes say that it is a picture of a sensible size, and
under the type that these bytes say. Format: MBTiles 1.3 (rows are counted from the south).
"""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

from smartcity_desk.place import pmtiles
from smartcity_desk.place.problems import bad

MOST_TILE: Final = 1 << 20
"""Bytes of a tile; a picture of 512 pixels has a tenth of that."""
MOST_SIDE: Final = 1_024
MOST_ZOOM: Final = 22
_MOST_COUNTED: Final = 2_000_000
_MOST_TEXT: Final = 400
_STEPS_PER_CALL: Final = 20_000
_MOST_CALLS: Final = 2_000
"""Forty million steps of SQLite's machine: a second. A view that never ends ends here."""
_SQLITE: Final = b"SQLite format 3\x00"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MAY: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_FUNCTIONS: Final = frozenset({"count", "min", "max"})
_PACKED_KINDS: Final = {2: "image/png", 3: "image/jpeg", 4: "image/webp"}
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_TILE: Final = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ? LIMIT 1"
_FIRST: Final = "SELECT tile_data FROM tiles WHERE zoom_level = ? LIMIT 1"
_COUNT: Final = f"SELECT count(*) FROM (SELECT 1 FROM tiles LIMIT {_MOST_COUNTED})"  # noqa: S608 - a number of ours
_ZOOMS: Final = "SELECT min(zoom_level), max(zoom_level) FROM tiles"


@dataclass(frozen=True, slots=True)
class Background:
    """What a tile file says of itself. `type` is that of its pictures, empty where there is nothing to draw.

    `attribution` is plain text. `bounds`: south, west, north, east in degrees, None where the file does not say.
    """

    packed: str
    type: str
    count: int = 0
    name: str = ""
    attribution: str = ""
    low: int = 0
    high: int = 0
    bounds: tuple[float, float, float, float] | None = None

    @property
    def drawn(self) -> bool:
        """Whether the map can draw it."""
        return bool(self.type)


def look(path: Path, name: str = "") -> Background:
    """What a file holds. Raises BadData (`tiles`) for what is neither MBTiles nor PMTiles."""
    name = name or path.name
    try:
        with path.open("rb") as stream:
            start = stream.read(16)
    except OSError:
        raise bad("missing_file", name=name) from None
    try:
        if start.startswith(pmtiles.MAGIC):
            with path.open("rb") as stream:
                return _about_packed(stream)
        if start != _SQLITE:
            raise bad("tiles", name=name)
        with _opened(path) as raw:
            return _about(raw)
    except (OSError, sqlite3.Error, ValueError, OverflowError, RecursionError):
        raise bad("tiles", name=name) from None


def tile(path: Path, z: int, x: int, y: int) -> tuple[bytes, str] | None:
    """The picture of a tile and its type, `y` counted from the north; None where there is none that can be shown."""
    if not (0 <= z <= MOST_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
        return None
    try:
        data = _packed(path, z, x, y) if _is_packed(path) else _stored(path, z, x, y)
    except (OSError, sqlite3.Error, ValueError, OverflowError):
        return None
    kind = "" if data is None else picture(data)
    return (data, kind) if data is not None and kind else None


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(pmtiles.MAGIC)) == pmtiles.MAGIC


def _stored(path: Path, z: int, x: int, y: int) -> bytes | None:
    with _opened(path) as raw:
        row = raw.execute(_TILE, (z, x, (1 << z) - 1 - y)).fetchone()
    return row[0] if row is not None and isinstance(row[0], bytes) else None


def _packed(path: Path, z: int, x: int, y: int) -> bytes | None:
    with path.open("rb") as stream:
        return pmtiles.tile(stream, pmtiles.head(stream), z, x, y, MOST_TILE)


def _about_packed(stream: IO[bytes]) -> Background:
    head = pmtiles.head(stream)
    said = pmtiles.metadata(stream, head)
    words = {name: plain(said[name]) for name in ("name", "attribution") if isinstance(said.get(name), str)}
    kind = _PACKED_KINDS.get(head.kind, "")
    south, west, north, east = head.bounds
    return Background(
        "PMTiles",
        kind,
        head.count,
        words.get("name", ""),
        words.get("attribution", ""),
        head.low,
        min(head.high, MOST_ZOOM),
        _bounds(f"{west},{south},{east},{north}"),
    )


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """`immutable`: nothing is written beside it, no lock is taken, and no journal of a stranger's is played."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as raw:
        raw.execute("PRAGMA trusted_schema = OFF")
        raw.execute("PRAGMA query_only = ON")
        raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TILE)
        raw.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        raw.set_authorizer(_allowed)
        left = [_MOST_CALLS]

        def over() -> int:
            left[0] -= 1
            return left[0] < 0

        raw.set_progress_handler(over, _STEPS_PER_CALL)
        yield raw


def _allowed(action: int, _first: str | None, second: str | None, *_rest: str | None) -> int:
    if action in _MAY or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _about(raw: sqlite3.Connection) -> Background:
    said = _metadata(raw)
    (count,) = raw.execute(_COUNT).fetchone()
    if not count:
        return Background("MBTiles", "", 0, said.get("name", ""))
    low, high = (int(zoom) for zoom in raw.execute(_ZOOMS).fetchone())
    if not 0 <= low <= high <= MOST_ZOOM:
        raise ValueError("no such zoom")
    (first,) = raw.execute(_FIRST, (low,)).fetchone()
    return Background(
        "MBTiles",
        picture(first) if isinstance(first, bytes) else "",
        int(count),
        said.get("name", ""),
        said.get("attribution", ""),
        low,
        high,
        _bounds(said.get("bounds", "")),
    )


def _metadata(raw: sqlite3.Connection) -> dict[str, str]:
    found = {}
    for name in ("name", "attribution", "bounds"):
        row = raw.execute("SELECT value FROM metadata WHERE name = ? LIMIT 1", (name,)).fetchone()
        if row is not None and isinstance(row[0], str):
            found[name] = plain(row[0])
    return found


def plain(text: str) -> str:
    """Words without markup: attributions come as HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", text[: 4 * _MOST_TEXT])).split())[:_MOST_TEXT]


def _bounds(text: str) -> tuple[float, float, float, float] | None:
    """`west,south,east,north` as the format has it."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    fits = -180 <= west < east <= 180 and -90 <= south < north <= 90
    return (south, west, north, east) if fits else None


def picture(data: bytes) -> str:
    """The type of a PNG, JPEG or WebP picture of at most `MOST_SIDE` pixels a side; empty for all else."""
    if len(data) > MOST_TILE:
        return ""
    kind, size = "", (0, 0)
    if data.startswith(_PNG) and data[12:16] == b"IHDR":
        kind, size = "image/png", (_big(data[16:20]), _big(data[20:24]))
    elif data.startswith(b"\xff\xd8\xff"):
        kind, size = "image/jpeg", _jpeg(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind, size = "image/webp", _webp(data)
    return kind if all(0 < side <= MOST_SIDE for side in size) else ""


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _jpeg(data: bytes) -> tuple[int, int]:
    """Width and height from the frame's head; marker by marker."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7])
        at += 2 + max(2, _big(data[at + 2 : at + 4]))
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    """Width and height: lossy, lossless and extended files each have them elsewhere."""
    sort = data[12:16]
    if sort == b"VP8X":
        return 1 + _little(data[24:27]), 1 + _little(data[27:30])
    if sort == b"VP8L" and data[20:21] == b"\x2f":
        bits = _little(data[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if sort == b"VP8 ":
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return 0, 0
