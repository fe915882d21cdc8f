"""Bundles and plain files come in whole and checked, or not at all; hostile ones are refused with a word for it."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from smartcity_desk import i18n
from smartcity_desk.domain.errors import BadData, StoreProblem
from smartcity_desk.place import bundle, geojson, importing, problems
from smartcity_desk.place.checking import Level
from smartcity_desk.place.editions import Editions
from smartcity_desk.place.importing import About, Brought, Wanted
from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.place.manifest import Kind
from smartcity_desk.place.saying import report_lines
from smartcity_desk.ui import errors_text
from tests.conftest import ROOT
from tests.place import city
from tests.place.tilefiles import mbtiles, pmtiles, png

FEATURE = b'{"type":"FeatureCollection","features":[{"geometry":%s}]}'
DIRECTORY = city.directory(city.units())


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return city.write(tmp_path / "kelurahan.geojson", city.features(city.units()))


@pytest.fixture
def editions(tmp_path: Path) -> Editions:
    return Editions(tmp_path / "place")


def bring(editions: Editions, base: Path | None, **more: Any) -> Brought:
    return importing.bring(editions, Wanted(base, **more), DIRECTORY)


def refused(editions: Editions, base: Path | None, **more: Any) -> str:
    with pytest.raises(BadData) as caught:
        bring(editions, base, **more)
    assert editions.current() is None
    assert editions.names() == ()
    assert not editions.incoming.exists() or list(editions.incoming.iterdir()) == []
    return caught.value.key.removeprefix("place_")


def errors(brought: Brought) -> dict[str, tuple[str, ...]]:
    return {one.code: one.items for one in brought.report.findings if one.level is Level.ERROR}


def warnings(brought: Brought) -> dict[str, tuple[str, ...]]:
    return {one.code: one.items for one in brought.report.findings if one.level is Level.WARNING}


# ---------------------------------------------------------------- plain files


def test_a_plain_file_becomes_the_edition_in_force(editions: Editions, plain: Path) -> None:
    brought = bring(editions, plain, about=About("BIG", "CC0", "2025-06-01"))
    assert brought.report.ok
    assert brought.fresh
    assert not brought.report.findings or set(warnings(brought)) == {"area", "gap"}
    assert brought.report.facts["kelurahan"] == 13
    assert editions.current() == brought.manifest.edition
    assert brought.manifest.edition.startswith("kelurahan-")
    again = bring(editions, plain)
    assert again.manifest.edition == brought.manifest.edition
    assert not again.fresh


def test_the_library_follows_what_is_put_in_force(editions: Editions, plain: Path, tmp_path: Path) -> None:
    places = PlaceLibrary(editions.folder, lambda: DIRECTORY)
    assert (places.edition, places.approximate) == ("perkiraan", True)
    assert len(places.units()) == 13
    first = bring(editions, plain).manifest.edition
    assert (places.edition, places.approximate) == (first, False)
    assert places.resolver().edition == first
    other = city.write(tmp_path / "lain.geojson", city.features(city.units(2)))
    second = importing.bring(editions, Wanted(other), city.directory(city.units(2))).manifest.edition
    assert places.edition == second
    assert set(editions.names()) == {first, second}
    editions.use(first)
    assert places.resolver().edition == first
    editions.use(None)
    assert places.edition == "perkiraan"
    with pytest.raises(BadData, match="place_no_edition"):
        editions.use("tidak-ada")


@pytest.mark.parametrize(
    ("code", "name", "form"),
    [
        ("KODE_KEL", "NAMA_KEL", lambda code: code.replace(".", "")),
        ("kdepum", "WADMKD", str),
        ("kode_desa", "desa", lambda code: int(code.replace(".", ""))),
        ("ID", "Kelurahan", lambda code: float(code.replace(".", ""))),
    ],
)
def test_the_columns_of_others_are_known(
    editions: Editions, tmp_path: Path, code: str, name: str, form: Callable[[str], object]
) -> None:
    collection = city.features(city.units(), code=code, name=name)
    for feature in collection["features"]:
        feature["properties"][code] = form(feature["properties"][code])
        feature["properties"]["kode_bps"] = "3171010001"
    assert errors(bring(editions, city.write(tmp_path / "a.geojson", collection))) == {}


def test_names_decide_where_there_is_no_code(editions: Editions, tmp_path: Path) -> None:
    collection = city.features(city.units(), code="fid", name="NAMOBJ")
    for feature in collection["features"]:
        feature["properties"]["fid"] = 1
        feature["properties"]["NAMOBJ"] = feature["properties"]["NAMOBJ"].upper().replace(" ", "")
    brought = bring(editions, city.write(tmp_path / "a.geojson", collection))
    assert errors(brought) == {}
    assert "codes_by_name" in warnings(brought)


def test_layers_and_streets_join_the_edition_in_force(
    editions: Editions, plain: Path, tmp_path: Path
) -> None:
    first = bring(editions, plain)
    inside = city.units()[2].geometry.representative_point()
    posts = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"nama": "<b>Pos</b>"},
                      "geometry": {"type": "Point", "coordinates": [inside.x, inside.y]}}],
    }  # fmt: skip
    line = [[inside.x, inside.y], [inside.x + 0.0002, inside.y]]
    streets = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"nama": "Jalan Lengkuas"},
                      "geometry": {"type": "LineString", "coordinates": line}}],
    }  # fmt: skip
    packed = tmp_path / "jalan.geojson.gz"
    packed.write_bytes(gzip.compress(json.dumps(streets).encode()))
    layer = city.write(tmp_path / "Pos Polisi.geojson", posts)
    about = About("Dinas", "CC BY 4.0", "2024-05-01", stale_after_days=365)
    second = bring(editions, None, layers=[layer], streets=packed, about=about)
    assert second.manifest.edition != first.manifest.edition
    places = PlaceLibrary(editions.folder, lambda: DIRECTORY)
    (found,) = places.layers()
    assert (found.id, found.kind, found.source, found.licence) == (
        "pos_polisi", Kind.POINT, "Dinas", "CC BY 4.0"
    )  # fmt: skip
    assert (found.as_of, found.stale_after_days, len(found.features())) == ("2024-05-01", 365, 1)
    assert places.finder().locate("lubang di jl lengkuas no 4").place == city.units()[2].code
    same = bring(editions, None, layers=[layer], about=about)
    assert (same.manifest.edition, same.fresh) == (second.manifest.edition, False)


def test_there_is_nothing_to_add_to_without_an_edition(editions: Editions, plain: Path) -> None:
    assert refused(editions, None, layers=[plain]) == "no_base"


def test_tiles_are_looked_into_and_the_report_says_what_is_there(
    editions: Editions, plain: Path, tmp_path: Path
) -> None:
    tiles = mbtiles(tmp_path / "dasar.mbtiles", {(9, 408, 264): png()})
    brought = bring(editions, plain, tiles=tiles)
    with i18n.speaking("id"):
        assert "latar peta: 1 ubin PNG, zoom 9–9" in list(report_lines(brought.report))
    library = PlaceLibrary(editions.folder, lambda: DIRECTORY)
    found, background = library.tiles(), library.background()
    assert found is not None
    assert found.read_bytes() == tiles.read_bytes()
    assert background is not None
    assert background.attribution == "© Kontributor & Kota"
    vector = pmtiles(tmp_path / "dasar.pmtiles", {7: b"vector"}, kind=1)
    second = bring(editions, None, tiles=vector)
    assert second.report.ok
    assert "tiles_not_drawn" in warnings(second)
    later = library.background()
    assert later is not None
    assert not later.drawn
    tiles.write_bytes(b"MZ" + bytes(100))
    with pytest.raises(BadData, match="place_tiles"):
        bring(editions, plain, tiles=tiles)


# ---------------------------------------------------------------- the check


def looked(tmp_path: Path, collection: Any) -> Brought:
    editions = Editions(tmp_path / "place")
    editions.use(None)
    brought = importing.bring(editions, Wanted(city.write(tmp_path / "a.geojson", collection)), DIRECTORY)
    assert (editions.current() is None) == (not brought.report.ok)
    return brought


def swap(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], float):
        return [value[1], value[0]]
    return [swap(one) for one in value] if isinstance(value, list) else value


def test_swapped_axes_are_recognised(tmp_path: Path) -> None:
    collection = city.features(city.units())
    for feature in collection["features"]:
        feature["geometry"]["coordinates"] = swap(feature["geometry"]["coordinates"])
    assert "swapped" in errors(looked(tmp_path, collection))


def test_metres_are_no_degrees(tmp_path: Path) -> None:
    made = [city.Unit(unit.code, unit.name, city.plane.to_plane(unit.geometry)) for unit in city.units()]
    assert "projected" in errors(looked(tmp_path, city.features(made)))


def test_missing_unknown_and_double_codes_are_named(tmp_path: Path) -> None:
    made = city.units()
    park = city.Unit("31.74.99.1001", "TMII", made[4].geometry)
    twice = city.Unit(made[0].code, "Kebon Salak", made[5].geometry)
    found = errors(looked(tmp_path, city.features([*made[:4], park, twice, *made[6:]])))
    assert found["unknown"] == ("31.74.99.1001 TMII",)
    assert found["double"] == (made[0].code,)
    assert found["missing"] == (f"{made[4].code} {made[4].name}", f"{made[5].code} {made[5].name}")
    assert "count_kelurahan" in found


def test_exchanged_codes_are_seen_by_their_distance(tmp_path: Path) -> None:
    made = city.units()
    far = shapely.transform(made[3].geometry, lambda points: points + np.array([0.08, 0.02]))
    found = errors(looked(tmp_path, city.features(city.with_shape(made, 3, far))))
    assert found["displaced"][0].startswith(made[3].code)


def test_self_crossing_outlines_and_lines_are_refused(tmp_path: Path) -> None:
    made = city.units()
    bow = shapely.Polygon([(106.80, -6.2), (106.82, -6.19), (106.82, -6.2), (106.80, -6.19)])
    found = errors(looked(tmp_path, city.features(city.with_shape(made, 2, bow))))
    assert found["invalid"][0].startswith(f"{made[2].code} {made[2].name}: Self-intersection")
    line = shapely.LineString([(106.80, -6.2), (106.82, -6.19)])
    assert "not_polygon" in errors(looked(tmp_path, city.features(city.with_shape(made, 2, line))))


def test_overlaps_and_gaps_are_measured(tmp_path: Path) -> None:
    made = city.units()
    shape = city.plane.to_plane(made[0].geometry)
    little = city.plane.to_degrees(shape.buffer(0.5, join_style="mitre"))
    brought = looked(tmp_path, city.features(city.with_shape(made, 0, little)))
    assert brought.report.ok
    assert brought.report.facts["overlaps"] > 0
    assert "overlap" in warnings(brought)
    much = city.plane.to_degrees(shape.buffer(120))
    assert "overlap_large" in errors(looked(tmp_path, city.features(city.with_shape(made, 0, much))))
    whole = looked(tmp_path, city.features(made))
    land = [city.plane.to_plane(unit.geometry) for unit in made]
    inner = max(land, key=lambda one: one.boundary.intersection(shapely.union_all(land).boundary).length * -1)
    at = land.index(inner)
    shrunk = city.plane.to_degrees(inner.buffer(-20))
    brought = looked(tmp_path, city.features(city.with_shape(made, at, shrunk)))
    assert brought.report.facts["gap_m2"] > whole.report.facts["gap_m2"]


def test_another_name_is_told_and_another_spelling_is_not(tmp_path: Path) -> None:
    collection = city.features(city.units())
    collection["features"][0]["properties"]["nama"] = "KEBON-SALAK"
    collection["features"][1]["properties"]["nama"] = "Nama Lama"
    brought = looked(tmp_path, collection)
    assert warnings(brought)["name"] == ("31.74.01.1002 Nama Lama ≠ Kebon Jeruk Manis",)
    assert brought.report.ok


# ---------------------------------------------------------------- hostile files


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "no_features"),
        (b"{", "json"),
        (b"[" * 200_000, "json"),
        (b'{"type":"FeatureCollection","features":[]}', "no_features"),
        (b'{"type":"Topology","features":[{}]}', "no_features"),
        (FEATURE % b'{"type":"Point","coordinates":[NaN,1]}', "json"),
        (FEATURE % b'{"type":"Point","coordinates":[1e999,1]}', "geometry"),
        (FEATURE % b'{"type":"Polygon","coordinates":"x"}', "geometry"),
        (FEATURE % b'{"type":"Point","coordinates":[]}', "no_features"),
        (FEATURE % b"null", "no_features"),
        (b"\xff\xfe\x00", "json"),
        (b"\x1f\x8b\x08\x00cut", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_map_is_refused(editions: Editions, tmp_path: Path, content: bytes, key: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    assert refused(editions, path) == key


def test_deep_json_inside_a_geometry_is_refused(editions: Editions, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(FEATURE % (b'{"type":"Polygon","coordinates":%s%s}' % (b"[" * 100_000, b"]" * 100_000)))
    assert refused(editions, path) in {"json", "geometry"}


def test_another_coordinate_system_is_refused_by_its_name(editions: Editions, tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::23830"}}
    assert (
        refused(editions, city.write(tmp_path / "a.geojson", city.features(city.units(), crs=crs))) == "crs"
    )
    crs["properties"] = {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}  # type: ignore[dict-item]
    good = city.write(tmp_path / "b.geojson", city.features(city.units(), crs=crs))
    assert bring(editions, good).report.ok


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson.gz"
    path.write_bytes(gzip.compress(b"[" * (3 << 20)))
    with pytest.raises(BadData, match="place_too_large"):
        geojson.unpacked(path.read_bytes(), 1 << 20)


def packed(tmp_path: Path, **changes: Any) -> Path:
    """A right bundle as a zip, with one thing changed."""
    content = json.dumps(city.features(city.units())).encode()
    file = {
        "path": "kelurahan.geojson", "role": "kelurahan", "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    file |= changes.pop("file", {})
    about = {
        "format": "smartcity-place-bundle", "version": 1, "edition": "uji-1", "title": {"id": "Uji", "en": "Test"},
        "source": "kami", "licence": "CC0", "as_of": "2026-01-01", "crs": "EPSG:4326",
        "counts": {"kelurahan": 13, "kecamatan": 3, "kota": 2}, "files": [file],
    }  # fmt: skip
    path = tmp_path / "paket.zip"
    name, content = changes.pop("name", "kelurahan.geojson"), changes.pop("content", content)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(about | changes))
        archive.writestr(name, content)
        archive.writestr("../../jahat.txt", "x")
    return path


def test_a_bundle_comes_in_and_goes_out_the_same(editions: Editions, tmp_path: Path) -> None:
    brought = bring(editions, packed(tmp_path))
    assert errors(brought) == {}
    assert (editions.current(), brought.fresh) == ("uji-1", True)
    assert not list(tmp_path.rglob("jahat.txt"))
    out, again = tmp_path / "keluar.zip", tmp_path / "keluar2.zip"
    bundle.pack(editions.path("uji-1"), editions.manifest("uji-1"), out)
    bundle.pack(editions.path("uji-1"), editions.manifest("uji-1"), again)
    assert out.read_bytes() == again.read_bytes()
    other = Editions(tmp_path / "lain")
    assert bring(other, out).manifest == brought.manifest
    assert bring(Editions(tmp_path / "folder"), editions.path("uji-1")).manifest == brought.manifest


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"format": "zip"}, "manifest"),
        ({"version": 2}, "format_version"),
        ({"edition": "../x"}, "edition"),
        ({"edition": "perkiraan"}, "edition"),
        ({"edition": ""}, "edition"),
        ({"crs": "EPSG:23830"}, "crs"),
        ({"files": []}, "manifest"),
        ({"files": "x"}, "manifest"),
        ({"as_of": "kemarin"}, "manifest"),
        ({"source": "x" * 1_000}, "manifest"),
        ({"file": {"path": "../../jahat.txt"}}, "path"),
        ({"file": {"path": "/etc/passwd"}}, "path"),
        ({"file": {"path": "a\\b.geojson"}}, "path"),
        ({"file": {"path": "manifest.json"}}, "path"),
        ({"file": {"path": "con.geojson"}}, "path"),
        ({"file": {"path": "lain.geojson"}}, "missing_file"),
        ({"file": {"sha256": "0" * 64}}, "checksum"),
        ({"file": {"sha256": "zz"}}, "manifest"),
        ({"file": {"bytes": 10}}, "size"),
        ({"file": {"bytes": 10_000_000}}, "size"),
        ({"file": {"bytes": 1 << 40}}, "too_large"),
        ({"file": {"role": "layer", "id": "x", "kind": "point"}}, "no_kelurahan"),
        ({"file": {"role": "virus"}}, "manifest"),
        ({"content": b"0" * (8 << 20)}, "size"),
    ],
)
def test_a_bundle_that_lies_is_refused(
    editions: Editions, tmp_path: Path, changes: dict[str, Any], key: str
) -> None:
    assert refused(editions, packed(tmp_path, **changes)) == key


def test_a_torn_zip_is_refused(editions: Editions, tmp_path: Path) -> None:
    path = packed(tmp_path)
    content = path.read_bytes()
    for end in (4, 100, len(content) // 2, len(content) - 10):
        path.write_bytes(content[:end])
        assert refused(editions, path) == "damaged"
    path.write_bytes(content[:200] + bytes(60) + content[260:])
    assert refused(editions, path) in {"damaged", "json", "manifest"}
    for at in range(64, 400, 16):  # inside what is packed: the unpacker stumbles before any sum is checked
        path.write_bytes(content[:at] + bytes((content[at] ^ 0x55,)) + content[at + 1 :])
        (tmp_path / f"{at}").mkdir()
        with suppress(BadData):  # a byte of a date changes nothing
            bundle.unpack(path, tmp_path / f"{at}")


def test_a_folder_does_not_lead_out_of_itself(editions: Editions, tmp_path: Path) -> None:
    path = packed(tmp_path)
    folder = tmp_path / "folder"
    with zipfile.ZipFile(path) as archive:
        archive.extract("manifest.json", folder)
        archive.extract("kelurahan.geojson", tmp_path)
    (folder / "kelurahan.geojson").symlink_to(tmp_path / "kelurahan.geojson")
    assert refused(editions, folder) == "missing_file"


def test_counts_that_the_manifest_claims_are_held(editions: Editions, tmp_path: Path) -> None:
    brought = bring(editions, packed(tmp_path, counts={"kelurahan": 267}))
    assert "claimed_kelurahan" in errors(brought)
    assert editions.current() is None


def test_a_name_cannot_be_taken_twice_for_other_content(
    editions: Editions, tmp_path: Path, plain: Path
) -> None:
    bring(editions, packed(tmp_path))
    lines = json.dumps(city.features(city.units()), indent=1).encode()
    file = {"bytes": len(lines), "sha256": hashlib.sha256(lines).hexdigest()}
    with pytest.raises(BadData, match="place_edition_taken"):
        bring(editions, packed(tmp_path, content=lines, file=file))
    assert editions.current() == "uji-1"


def test_a_damaged_edition_in_force_falls_back_to_the_cells_and_says_so(
    editions: Editions, plain: Path
) -> None:
    edition = bring(editions, plain).manifest.edition
    (editions.path(edition) / "kelurahan.geojson").write_bytes(b"rusak")
    places = PlaceLibrary(editions.folder, lambda: DIRECTORY)
    assert places.edition == "perkiraan"
    assert places.trouble is not None
    (editions.folder / "current").write_bytes(b"\xff\xff/../..")
    assert PlaceLibrary(editions.folder, lambda: DIRECTORY).edition == "perkiraan"


def test_only_one_imports_at_a_time(editions: Editions, plain: Path) -> None:
    with editions.staging(), pytest.raises(StoreProblem, match="second_instance"):
        bring(Editions(editions.folder), plain)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("stop", ["unpack", "install", "use"])
def test_a_killed_import_leaves_the_old_edition(
    editions: Editions, plain: Path, tmp_path: Path, stop: str
) -> None:
    old = bring(editions, plain).manifest.edition
    path = packed(tmp_path)
    code = f"""
import os, signal
from pathlib import Path
from smartcity_desk.place import bundle, editions, importing
from tests.place import city
from tests.place.tilefiles import mbtiles, pmtiles, png
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
if {stop!r} == "unpack": bundle.check_tiles = die
elif {stop!r} == "install": editions.Editions.install = die
else: editions._sync_folder = lambda folder, was=editions._sync_folder: die() if folder.name == "place" else was(folder)
if {stop!r} == "use": os.replace = os.rename
importing.bring(editions.Editions(Path({str(editions.folder)!r})), importing.Wanted(Path({str(path)!r})),
                city.directory(city.units()))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    places = PlaceLibrary(editions.folder, lambda: DIRECTORY)
    assert places.edition == ("uji-1" if stop == "use" else old)
    assert places.resolver().locate(-6.2, 106.82).edition == places.edition
    assert bring(editions, path).report.ok
    assert editions.current() == "uji-1"
    assert list(editions.incoming.iterdir()) == []


def test_every_refusal_has_its_sentences() -> None:
    for key in problems.KEYS:
        words = errors_text.of_error(problems.bad(key, name="a", most=1, value="b", part="c", known=2))
        for language in i18n.LANGUAGES:
            i18n.set_language(language)
            assert i18n.has_text(f"errors.bad_data.place_{key}.what"), key
        assert "{" not in words.whole
