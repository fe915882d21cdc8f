"""A stranger's tile file: what it says, which of its pictures are shown, and what it cannot do."""

from __future__ import annotations

import gzip
import io
import sqlite3
import struct
import time
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import BadData
from smartcity_desk.place import pmtiles as pm
from smartcity_desk.place import tiles
from smartcity_desk.place.pmtiles import number as numbered
from tests.place.tilefiles import mbtiles, pmtiles, png

PICTURE = png()
EVIL = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
VECTOR = b"\x1f\x8b\x08\x00" + bytes(40)


def jpeg(width: int, height: int) -> bytes:
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(9)
        + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + bytes(12)
    )  # fmt: skip


def webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + size


def test_it_says_what_it_holds_in_plain_words(tmp_path: Path) -> None:
    found = tiles.look(mbtiles(tmp_path / "a.mbtiles", {(9, 408, 264): PICTURE, (10, 816, 529): PICTURE}))
    assert found == tiles.Background(
        "MBTiles", "image/png", 2, "Peta dasar uji", "© Kontributor & Kota", 9, 10, (-6.5, 106.6, -5.9, 107.1)
    )


def test_rows_are_counted_from_the_north(tmp_path: Path) -> None:
    north, south = png(color=(1, 2, 3)), png(color=(9, 8, 7))
    path = mbtiles(tmp_path / "a.mbtiles", {(1, 0, 0): north, (1, 0, 1): south})
    assert tiles.tile(path, 1, 0, 0) == (north, "image/png")
    assert tiles.tile(path, 1, 0, 1) == (south, "image/png")
    assert tiles.tile(path, 1, 1, 1) is None
    assert tiles.tile(path, 1, 0, 2) is None
    assert tiles.tile(path, 99, 0, 0) is None
    assert tiles.tile(path, 1, -1, 0) is None
    assert tiles.tile(tmp_path / "none.mbtiles", 1, 0, 0) is None


def test_vector_tiles_are_kept_and_not_drawn(tmp_path: Path) -> None:
    found = tiles.look(mbtiles(tmp_path / "a.mbtiles", {(9, 1, 1): VECTOR}, {}))
    assert (found.packed, found.drawn, found.bounds) == ("MBTiles", False, None)
    assert not tiles.look(mbtiles(tmp_path / "b.mbtiles", {})).drawn
    packed = pmtiles(tmp_path / "a.pmtiles", {numbered(9, 1, 1): VECTOR}, kind=1)
    assert not tiles.look(packed).drawn
    assert tiles.tile(packed, 9, 1, 1) is None


@pytest.mark.parametrize(
    ("z", "x", "y", "number"),
    # The corners of the first zooms, and one far in, as the format's own examples have them.
    [
        (0, 0, 0, 0),
        (1, 0, 0, 1),
        (1, 0, 1, 2),
        (1, 1, 1, 3),
        (1, 1, 0, 4),
        (2, 0, 0, 5),
        (12, 3423, 1763, 19078479),
    ],
)
def test_tiles_are_numbered_along_the_curve(z: int, x: int, y: int, number: int) -> None:
    assert numbered(z, x, y) == number


@given(st.integers(0, 12))
def test_neighbours_along_the_curve_are_neighbours_on_the_map(z: int) -> None:
    if z < 5:
        places = {numbered(z, x, y): (x, y) for x in range(1 << z) for y in range(1 << z)}
        ordered = [places[one] for one in sorted(places)]
        assert len(ordered) == 4**z
        steps = pairwise(ordered)
        assert all(abs(x1 - x2) + abs(y1 - y2) == 1 for (x1, y1), (x2, y2) in steps)
    last = (1 << z) - 1
    assert numbered(z, last, 0) == (4 ** (z + 1) - 1) // 3 - 1  # a zoom ends in its north-east corner


@pytest.mark.parametrize("leaves", [False, True])
def test_pmtiles_are_read_through_their_directories(tmp_path: Path, leaves: bool) -> None:
    other = png(color=(7, 7, 7))
    made = {numbered(9, 408, 264): PICTURE, numbered(10, 816, 529): other, numbered(10, 817, 529): EVIL}
    path = pmtiles(tmp_path / "whatever.tiles", made, leaves=leaves)
    found = tiles.look(path)
    assert (found.packed, found.type, found.count, found.low, found.high) == (
        "PMTiles",
        "image/png",
        3,
        9,
        12,
    )
    assert (found.attribution, found.bounds) == ("© Kontributor & Kota", (-6.5, 106.6, -5.9, 107.1))
    assert tiles.tile(path, 9, 408, 264) == (PICTURE, "image/png")
    assert tiles.tile(path, 10, 816, 529) == (other, "image/png")
    assert tiles.tile(path, 10, 817, 529) is None
    assert tiles.tile(path, 10, 818, 529) is None
    assert tiles.tile(path, 0, 0, 0) is None


def test_a_directory_that_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    path = pmtiles(tmp_path / "a.pmtiles", {numbered(9, 1, 1): PICTURE})
    raw, bomb = bytearray(path.read_bytes()), gzip.compress(bytes(50 << 20))
    assert len(bomb) < 1 << 20
    struct.pack_into("<4Q", raw, 8, len(raw), len(bomb), len(raw), len(bomb))
    path.write_bytes(bytes(raw) + bomb)
    assert tiles.tile(path, 9, 1, 1) is None
    with pytest.raises(BadData, match="place_tiles"):
        tiles.look(path)


def test_a_directory_that_leads_to_itself_comes_to_an_end(tmp_path: Path) -> None:
    path = pmtiles(tmp_path / "a.pmtiles", {numbered(9, 1, 1): PICTURE}, leaves=True)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<2Q", raw, 40, 127, struct.unpack_from("<Q", raw, 16)[0])
    path.write_bytes(bytes(raw))
    assert tiles.tile(path, 9, 1, 1) is None


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(rest: bytes) -> None:
    with suppress(ValueError):
        stream = io.BytesIO(pm.MAGIC + rest)
        pm.tile(stream, pm.head(stream), 3, 1, 1, 1_000)
    with suppress(ValueError):
        pm._directory(rest)


@pytest.mark.parametrize("data", [b"MZ" + bytes(99), b"SQLite format 3\x00" + bytes(99), b"", PICTURE])
def test_what_is_no_tile_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mbtiles"
    path.write_bytes(data)
    with pytest.raises(BadData, match="place_tiles"):
        tiles.look(path)
    assert tiles.tile(path, 0, 0, 0) is None


@pytest.mark.parametrize(
    "data",
    [
        EVIL,
        b"<html><script>1</script>",
        b"GIF89a" + bytes(40),
        VECTOR,
        png(side=2),
        PICTURE + bytes(tiles.MOST_TILE),
    ],
    ids=["svg", "html", "gif", "vector", "small", "long"],
)
def test_only_pictures_of_a_sensible_size_are_handed_on(tmp_path: Path, data: bytes) -> None:
    path = mbtiles(tmp_path / "a.mbtiles", {(3, 1, 1): data, (2, 0, 0): PICTURE})
    found = tiles.tile(path, 3, 1, 1)
    assert found == ((data, "image/png") if data == png(side=2) else None)
    assert tiles.tile(path, 2, 0, 0) == (PICTURE, "image/png")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (jpeg(256, 512), "image/jpeg"),
        (jpeg(60_000, 256), ""),
        (webp(512, 512), "image/webp"),
        (webp(16_000, 4), ""),
        (b"RIFF" + bytes(4) + b"WEBPVP8L" + bytes(4) + b"\x2f\xff\xc0\x3f\x00", "image/webp"),
        (b"RIFF" + bytes(4) + b"WEBPVP8 " + bytes(10) + b"\x00\x01\x00\x01", "image/webp"),
        (png()[:16] + struct.pack(">II", 50_000, 50_000) + png()[24:], ""),
    ],
    ids=["jpeg", "jpeg-wide", "webp", "webp-wide", "webp-lossless", "webp-lossy", "png-wide"],
)
def test_the_size_is_read_from_the_picture_itself(data: bytes, kind: str) -> None:
    assert tiles.picture(data) == kind


@given(st.sampled_from([b"\xff\xd8\xff", b"RIFF0000WEBP", PICTURE[:16], b""]), st.binary(max_size=200))
def test_no_bytes_break_the_look_at_a_picture(start: bytes, rest: bytes) -> None:
    assert tiles.picture(start + rest) in {"", "image/png", "image/jpeg", "image/webp"}


@given(st.text(max_size=120))
def test_an_attribution_is_short_and_on_one_line(text: str) -> None:
    said = tiles.plain(text)
    assert len(said) <= 400
    assert "\n" not in said


ENDLESS = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT 1 AS zoom_level, i AS tile_column, 0 AS tile_row, NULL AS tile_data FROM n WHERE i < 0
"""


def hostile(path: Path, view: str) -> Path:
    mbtiles(path, {})
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TABLE tiles")
        raw.execute(f"CREATE VIEW tiles AS {view}")
    return path


def test_a_view_that_never_ends_is_ended(tmp_path: Path) -> None:
    path, begun = hostile(tmp_path / "a.mbtiles", ENDLESS), time.process_time()
    assert tiles.tile(path, 1, 0, 1) is None
    with pytest.raises(BadData, match="place_tiles"):
        tiles.look(path)
    assert time.process_time() - begun < 20


def test_the_schema_runs_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    view = "SELECT 0 AS zoom_level, 0 AS tile_column, 0 AS tile_row, randomblob(9000000) AS tile_data"
    path = hostile(tmp_path / "a.mbtiles", view)
    before = path.read_bytes()
    assert tiles.tile(path, 0, 0, 0) is None
    with pytest.raises(BadData, match="place_tiles"):
        tiles.look(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.mbtiles"]


def test_a_view_over_two_tables_is_what_many_files_have(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "a.mbtiles", {(0, 0, 0): PICTURE})
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE images AS SELECT 'a' AS tile_id, tile_data FROM tiles")
        raw.execute("CREATE TABLE map AS SELECT zoom_level, tile_column, tile_row, 'a' AS tile_id FROM tiles")
        raw.execute("DROP TABLE tiles")
        raw.execute(
            "CREATE VIEW tiles AS SELECT m.zoom_level, m.tile_column, m.tile_row, i.tile_data "
            "FROM map m JOIN images i ON i.tile_id = m.tile_id"
        )
    assert tiles.look(path).type == "image/png"
    assert tiles.tile(path, 0, 0, 0) == (PICTURE, "image/png")
