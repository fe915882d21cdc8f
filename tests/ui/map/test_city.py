"""The city's layers on the map: source, date, licence, age; old ones hatched; gauges by word and sign; plain texts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.place.layers import gauges
from smartcity_desk.place.layers.content import AreaValue, encode_areas
from smartcity_desk.place.layers.known import Draw, known
from smartcity_desk.place.layers.making import Said, make
from smartcity_desk.place.layers.shelf import LayerShelf, New
from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.sync.layers import files
from smartcity_desk.ui.layers import shelf_of
from smartcity_desk.ui.map import areas
from smartcity_desk.ui.map.answers import Viewer
from smartcity_desk.ui.map.city import gauge_looks, gauge_tip, look_of, quantiles
from smartcity_desk.ui.map.layerlist import about_offer
from smartcity_desk.ui.map.layers import LayerBook
from smartcity_desk.ui.map.points import PointBook
from tests.layered import fill
from tests.ui.kit import NOW, Kit, until
from tests.ui.map.conftest import OpenMap
from tests.ui.triage.test_waterbar import RISEN

DIRECTORY = builtin_directory(NOW)
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def put(shelf: LayerShelf, name: str, *, now: int = NOW, **said: Any) -> None:
    point = {"type": "Point", "coordinates": [106.83, -6.2]}
    one = {"type": "Feature", "geometry": point, "properties": {"name": HOSTILE, "tinggi": 42, "x": {"y": 1}}}
    brought = files.read(json.dumps({"type": "FeatureCollection", "features": [one]}).encode(), "x.geojson")
    made = make(known(name), brought, DIRECTORY, said=Said(**said))
    shelf.put(name, made.new, now=now)


@pytest.fixture
def book(kit: Kit, tmp_path: Path) -> LayerBook:
    library = PlaceLibrary(tmp_path / "place")
    shelf = LayerShelf(tmp_path / "layers")
    return LayerBook(lambda: library, lambda: DIRECTORY, kit.desk.store, Viewer(PointBook()), shelf)


def test_a_layer_says_source_date_licence_and_age_and_when_it_is_old(book: LayerBook) -> None:
    put(book.shelf, "menara", source="Citata", licence="CC BY 4.0", as_of="2026-11-13")
    offer = {one.key: one for one in book.offers(NOW)}["city.menara"]
    assert about_offer(offer) == "Citata · per 13 Nov 2026 · CC BY 4.0 · 10 hari lalu"
    assert not offer.stale
    later = {one.key: one for one in book.offers(NOW + 400 * DAY)}["city.menara"]
    assert about_offer(later).startswith("usang · ")
    assert later.edition != offer.edition
    looks: Any = book.look_of(later.key, 3, stale=later.stale, kind=later.kind)["looks"]
    assert looks[""]["hatch"] is True
    assert "menara" not in {one.key for one in book.offers(NOW) if one.missing}


def test_texts_from_outside_travel_as_one_plain_line(book: LayerBook) -> None:
    put(book.shelf, "menara")
    [feature] = json.loads(book.answer("city.menara", NOW) or b"")["features"]
    assert feature["properties"] == {"look": "", "name": "<img src=x onerror=alert(1)>\ntinggi: 42"}
    for key in ("city.spbu", "city.../../x", "city.", "city.nothing"):
        assert book.answer(key, NOW) is None


def test_gauges_have_a_word_and_a_sign_beside_their_colour(tmp_path: Path, book: LayerBook) -> None:
    looks = gauge_looks()
    assert [looks[f"siaga{n}"]["sign"] for n in (1, 2, 3, 4)] == ["1", "2", "3", "–"]
    assert len({str(looks[f"siaga{n}"]["line"]) for n in (1, 2, 3, 4)}) == 4
    assert (looks["siaga1"]["word"], looks["stale"]["word"], looks["stale"]["sign"]) == (
        "Siaga 1",
        "usang",
        "?",
    )
    assert gauge_tip(RISEN, NOW).split("\n") == [
        "P.A. Manggarai (Ciliwung)",
        "Siaga 3 — 762 cm",
        "naik 21 cm sejak 08.10",
        "dibaca hari ini 08.52 (8 m lalu)",
    ]
    assert gauge_tip(RISEN, NOW + 2 * HOUR).endswith("bacaan usang, bukan keadaan sekarang")


def test_gauges_change_with_their_readings_and_with_silence(tmp_path: Path, book: LayerBook) -> None:
    shelf = fill(book.shelf.folder, DIRECTORY, NOW, flood=lambda at: 1.0 if at > NOW - HOUR else 0.0)
    features = json.loads(book.answer("city.pintu_air", NOW) or b"")["features"]
    found = {one["properties"]["look"] for one in features}
    assert found <= {"siaga1", "siaga2", "siaga3", "siaga4"}
    assert found & {"siaga1", "siaga2"}
    quiet = json.loads(book.answer("city.pintu_air", NOW + 2 * HOUR) or b"")["features"]
    assert {one["properties"]["look"] for one in quiet} == {"stale"}
    offers = [
        {one.key: one for one in book.offers(NOW + after)}["city.pintu_air"] for after in (MINUTE, 2 * HOUR)
    ]
    assert offers[0].edition != offers[1].edition
    assert (offers[0].stale, offers[1].stale) == (False, True)
    assert "dibaca" in about_offer(offers[0])
    (shelf.folder / "pintu_air" / "watches.json").unlink()
    alone = json.loads(book.answer("city.pintu_air", NOW) or b"")["features"]
    assert {one["properties"]["look"] for one in alone} == {"none"}


def numbers(shelf: LayerShelf, name: str, value: float) -> None:
    codes = [code for code in DIRECTORY.offices if code.count(".") == 3]
    data = encode_areas([AreaValue(code, value + n) for n, code in enumerate(codes)])
    shelf.put(name, New(Draw.AREA, data, len(codes), 0, "Satu Data", "", "", "2025-01-01", DAY), now=NOW)


def test_the_units_own_population_is_what_the_fill_shows(book: LayerBook) -> None:
    before = book.answer(areas.PEOPLE, NOW)
    numbers(book.shelf, "penduduk", 50_000)
    offers = {one.key: one for one in book.offers(NOW)}
    assert "city.penduduk" not in offers
    assert (offers[areas.PEOPLE].source, offers[areas.PEOPLE].as_of) == ("Satu Data", "2025-01-01")
    assert offers[areas.PEOPLE].stale
    assert book.answer(areas.PEOPLE, NOW) != before


def test_other_numbers_fill_the_areas_by_fifths(book: LayerBook) -> None:
    numbers(book.shelf, "rumah_tangga", 1)
    features = json.loads(book.answer("city.rumah_tangga", NOW) or b"")["features"]
    assert {one["properties"]["look"] for one in features} == {f"step{n}" for n in range(5)}
    assert quantiles([]) == []
    looks: Any = look_of("rumah_tangga", "area", 0, stale=False)["looks"]
    assert set(looks) >= {f"step{n}" for n in range(5)}


def test_speeds_are_lines_by_their_speed(book: LayerBook) -> None:
    line = {"type": "LineString", "coordinates": [[106.83, -6.2], [106.84, -6.2]]}
    one = {"type": "Feature", "geometry": line, "properties": {"name": "Contoh", "value": 12.4}}
    brought = files.read(json.dumps({"type": "FeatureCollection", "features": [one]}).encode(), "x.geojson")
    book.shelf.put("lalu_lintas", make(known("lalu_lintas"), brought, DIRECTORY).new, now=NOW)
    [feature] = json.loads(book.answer("city.lalu_lintas", NOW) or b"")["features"]
    assert feature["properties"] == {"look": "speed0", "name": "Contoh: 12 km/jam"}


def test_a_layer_that_comes_is_offered_and_drawn_without_a_restart(city_map: OpenMap) -> None:
    face = city_map.face
    until(lambda: bool(face.layering.offers))
    shelf = shelf_of(city_map.kit.desk)
    put(shelf, "menara")
    now = city_map.kit.now
    brought = replace(RISEN.station, lat=-6.2, lon=106.84)
    point = {"type": "Point", "coordinates": [brought.lon, brought.lat]}
    one = {"type": "Feature", "geometry": point, "properties": {"name": "P.A.", "key": "160"}}
    told = files.read(json.dumps({"type": "FeatureCollection", "features": [one]}).encode(), "x.geojson")
    shelf.put("pintu_air", make(known("pintu_air"), told, DIRECTORY).new, now=now)
    gauges.remember(shelf, [brought], now)
    city_map.kit.desk.bridge.layers_changed.emit({"layer": "menara", "ok": True})
    city_map.kit.settle()
    assert {"city.menara", "city.pintu_air"} <= set(face.layering.list.boxes)
    for key in ("city.pintu_air", "city.menara"):
        face.show_layer(key)
    until(lambda: {"city.menara", "city.pintu_air"} <= set(city_map.js("desk.laid().join()").split(",")))
    assert face.layering.list.boxes["city.pintu_air"].isChecked()
    assert city_map.js("document.querySelectorAll('img[src=x]').length") == 0
    face.layering.switch("city.pintu_air", False)
    city_map.screen.water.wanted.emit(-6.21, 106.85)
    until(lambda: abs(face.look.lat + 6.21) < 0.001 and abs(face.look.lon - 106.85) < 0.001)
    assert "city.pintu_air" in face.look.layers
