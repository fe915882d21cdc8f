"""The true boundaries, streets and offices, through exactly the way that a unit's own file takes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.place import importing
from smartcity_desk.place.editions import Editions
from smartcity_desk.place.importing import Wanted
from smartcity_desk.place.library import PlaceLibrary

DIRECTORY = builtin_directory(0)


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> PlaceLibrary:
    data = shared / "data"
    places = PlaceLibrary(tmp_path_factory.mktemp("place"))
    wanted = Wanted(
        data / "boundaries/kelurahan.geojson",
        layers=[data / "layers/pos_polisi.geojson", data / "layers/sungai.geojson"],
        streets=data / "gazetteer/jalan_bernama.geojson.gz",
    )
    brought = importing.bring(places.editions, wanted, DIRECTORY)
    assert brought.report.ok
    facts = brought.report.facts
    assert [facts[name] for name in ("kelurahan", "kecamatan", "kota")] == [267, 44, 6]
    assert (facts["overlaps"], facts["gaps"]) == (0, 0)
    assert {one.code for one in brought.report.findings} == {"no_source", "no_licence", "no_as_of"}
    return places


def test_every_point_lies_where_plain_geometry_puts_it(real: PlaceLibrary) -> None:
    assert not real.approximate
    shapes = np.array([unit.geometry for unit in real.units()], object)
    draw = np.random.default_rng(2)
    lon, lat = draw.uniform(106.66, 107.0, 20_000), draw.uniform(-6.4, -6.05, 20_000)
    at, unit = shapely.STRtree(shapes).query(shapely.points(lon, lat), "intersects")
    expected = np.full(20_000, -1)
    expected[at] = unit
    found = real.resolver().locate_many(lat, lon)
    assert ((found.place == expected) | (found.border_m <= 1)).all()
    one = real.resolver()
    for n in range(0, 20_000, 40):
        assert one.locate(lat[n], lon[n]) == found[n]


def test_labels_lie_in_their_own_kelurahan(real: PlaceLibrary, shared: Path) -> None:
    with (shared / "data/gazetteer/wilayah_dki.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 267
    for row in rows:
        found = real.resolver().locate(float(row["label_lat"]), float(row["label_lng"]))
        assert found.place == row["kode"]
        for spelling in filter(None, row["nama_lain"].split(";")):
            assert real.finder().locate(f"Kel. {spelling}").place == row["kode"]
            alone = real.finder().find(spelling)
            assert row["kode"] in {one.code for one in alone}


def test_lurah_offices_that_were_placed_well_lie_at_home_or_ask(real: PlaceLibrary, shared: Path) -> None:
    features = json.loads((shared / "data/layers/kantor_pemerintahan.geojson").read_text("utf-8"))["features"]
    fitting = [
        one for one in features if one["properties"]["lokasi_cocok"] and one["properties"]["kode_kelurahan"]
    ]
    assert fitting
    for one in fitting:
        lon, lat = one["geometry"]["coordinates"][:2]
        found = real.resolver().locate(lat, lon)
        assert one["properties"]["kode_kelurahan"] in found.candidates
        if found.badge is PlaceBadge.SURE:
            assert found.place == one["properties"]["kode_kelurahan"]


@pytest.mark.parametrize(
    ("where", "lat", "lon", "badge"),
    [
        ("Bogor", -6.595, 106.816, PlaceBadge.OUTSIDE),
        ("Depok", -6.402, 106.794, PlaceBadge.OUTSIDE),
        ("Tangerang", -6.178, 106.630, PlaceBadge.OUTSIDE),
        ("Bekasi", -6.238, 106.992, PlaceBadge.OUTSIDE),
        ("the sea", -6.05, 106.85, PlaceBadge.OUTSIDE),
        ("nowhere", 0.0, 0.0, PlaceBadge.NONE),
    ],
)
def test_the_rest_of_the_world(
    real: PlaceLibrary, where: str, lat: float, lon: float, badge: PlaceBadge
) -> None:
    assert real.resolver().locate(lat, lon).badge is badge, where


def test_real_streets_are_candidates_or_ask(real: PlaceLibrary) -> None:
    streets = real.streets()
    assert len(streets) > 5_000
    assert all(code in DIRECTORY.offices for codes in streets.known.values() for code in codes)
    alone = next(name for name, codes in streets.known.items() if len(codes) == 1 and len(name) > 8)
    several = next(name for name, codes in streets.known.items() if len(codes) > 3 and len(name) > 8)
    assert real.finder().locate(f"Jl. {alone} no 3").place == streets.known[alone][0]
    assert real.finder().locate(f"Jl. {several} no 3").badge is PlaceBadge.AMBIGUOUS


def test_fire_addresses_find_the_kelurahan_that_their_records_name(real: PlaceLibrary, shared: Path) -> None:
    """Real addresses with RT and RW: the kelurahan's own name in front must decide, or be asked, and never mislead."""
    with (shared / "data/reports/kebakaran_2013q1.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = {office.name: code for code, office in DIRECTORY.offices.items() if code.count(".") == 3}
    column = next(key for key in rows[0] if "kelurahan" in key.lower())
    known = [row for row in rows if row[column].strip().title() in names]
    assert len(known) > 200
    for row in known:
        name = row[column].strip()
        found = real.finder().find(f"Kel. {name}")
        assert [one.code for one in found if one.certain] == [names[name.title()]]


def test_the_other_set_of_boundaries_comes_in_too(shared: Path, tmp_path: Path) -> None:
    wanted = Wanted(shared / "data/boundaries/kelurahan_bps2020.geojson")
    report = importing.look(Editions(tmp_path), wanted, DIRECTORY).report
    assert report.ok
    assert (report.facts["kelurahan"], report.facts["overlaps"]) == (267, 0)


def test_kecamatan_are_no_kelurahan(shared: Path, tmp_path: Path) -> None:
    wanted = Wanted(shared / "data/boundaries/kecamatan.geojson")
    report = importing.look(Editions(tmp_path), wanted, DIRECTORY).report
    assert not report.ok
    assert {"no_code", "missing"} <= {one.code for one in report.findings}
