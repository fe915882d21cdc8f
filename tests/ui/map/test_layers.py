"""Layers say where they come from and how old they are; what is missing says so; the small things around them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import shapely

from smartcity_desk import config
from smartcity_desk.directory import builtin_directory
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.place.library import Layer, PlaceLibrary
from smartcity_desk.place.manifest import Kind
from smartcity_desk.ui.map import areas
from smartcity_desk.ui.map.answers import Viewer
from smartcity_desk.ui.map.crashmark import CrashMark
from smartcity_desk.ui.map.finding import choices
from smartcity_desk.ui.map.layerlist import about_offer
from smartcity_desk.ui.map.layers import BORDERS, LayerBook, fill_looks
from smartcity_desk.ui.map.memory import Look
from smartcity_desk.ui.map.points import PointBook
from smartcity_desk.ui.map.printing import scale_of
from smartcity_desk.ui.report.minimap import MiniMap, around
from tests.ui.kit import NOW, Kit, until
from tests.ui.map.conftest import placed


@dataclass(frozen=True)
class Bundled(Layer):
    """A layer with one named point in it."""

    def features(self) -> Features:
        return Features(shapely.points([[106.8, -6.2]]), [{"name": "<b>Pos</b>\u202e 1"}])


LAYER = Bundled(
    "pos_polisi",
    {"id": "Pos polisi", "en": "Police"},
    Kind.POINT,
    "Polda",
    "CC0",
    "2026-01-01",
    90,
    Path("x"),
)


@pytest.fixture
def book(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LayerBook:
    library = PlaceLibrary(tmp_path / "place")
    monkeypatch.setattr(
        library, "layers", lambda: (LAYER, replace(LAYER, id="pintu_air", stale_after_days=None))
    )
    return LayerBook(
        lambda: library,
        lambda: builtin_directory(NOW),
        kit.desk.store,
        Viewer(PointBook()),
        LayerShelf(tmp_path / "layers"),
    )


def test_every_layer_has_its_source_and_the_missing_ones_say_so(book: LayerBook) -> None:
    offers = {offer.key: offer for offer in book.offers(NOW)}
    assert set(BORDERS) <= set(offers)
    assert {offer.key for offer in offers.values() if offer.missing} == {
        "serat_optik",
        "menara",
        "spbu",
        "restoran",
    }
    assert all(about_offer(offer) for offer in offers.values() if not offer.missing)


def test_a_layer_beyond_its_age_is_hatched(book: LayerBook) -> None:
    offers = {offer.key: offer for offer in book.offers(NOW)}
    old = offers["bundle.pos_polisi"]
    assert old.stale
    assert old.age_days == 326
    assert "usang" in about_offer(old)
    assert not offers["bundle.pintu_air"].stale
    looks: Any = book.look_of(old.key, 3, stale=True)["looks"]
    assert looks[""]["hatch"] is True


def test_names_of_a_bundle_are_one_plain_line(book: LayerBook) -> None:
    body = book.answer("bundle.pos_polisi", NOW)
    assert body is not None
    [feature] = json.loads(body)["features"]
    assert "\u202e" not in feature["properties"]["name"]
    assert feature["geometry"]["coordinates"] == [106.8, -6.2]
    assert book.answer("bundle.nothing", NOW) is None


def test_borders_and_fills_are_whole(book: LayerBook) -> None:
    found = book.book.areas()
    assert len(found.codes) == 267
    for level, count in (("kelurahan", 267), ("kecamatan", 44), ("kota", 6)):
        assert len(json.loads(book.answer(level, NOW) or b"")["features"]) == count
    people = json.loads(book.answer(areas.PEOPLE, NOW) or b"")["features"]
    looks = {feature["properties"]["look"] for feature in people}
    assert looks <= set(fill_looks(areas.PEOPLE))
    shares = json.loads(book.answer(areas.SHARE, NOW) or b"")["features"]
    assert {feature["properties"]["look"] for feature in shares} == {
        "few"
    }  # nobody has answered anything yet
    assert len(json.loads(book.labels())) == 267 + 44 + 6


def test_steps_of_a_fill() -> None:
    assert [areas.step(n, areas.LATE_STEPS) for n in (0, 1, 2, 3, 6, 11, 500)] == [0, 1, 1, 2, 3, 4, 5]
    looks = areas.late_looks({"a": 0, "b": 7})
    assert (looks["a"][0], looks["b"][0]) == ("late0", "late3")
    assert {look for look, _ in looks.values()} <= set(fill_looks(areas.LATE))


def test_what_a_settings_file_says_wrongly_is_not_said(kit: Kit) -> None:
    wrong: dict[str, Any] = {"lat": "x", "lon": 1e9, "zoom": 77, "layers": [1, "kota"], "color": "pink"}
    kit.desk.settings.set(config.MAP, wrong)
    look = Look.load(kit.desk.settings)
    assert (look.zoom, look.layers, look.color) == (Look().zoom, ["kota"], "")
    assert (look.lat, look.lon) == (Look().lat, Look().lon)


def test_a_start_that_fell_while_opening_draws_by_software(kit: Kit, tmp_path: Path) -> None:
    mark = CrashMark(tmp_path / "cache" / "map.opening")
    assert not mark.wants_software(kit.desk.settings)
    mark.set()
    assert CrashMark(tmp_path / "cache" / "map.opening").wants_software(kit.desk.settings)
    mark.clear()
    mark.clear()
    assert not mark.wants_software(kit.desk.settings)
    kit.desk.settings.set(config.MAP_GRAPHICS, "software")
    assert mark.wants_software(kit.desk.settings)


def test_places_are_found_by_name() -> None:
    found = choices(builtin_directory(NOW))
    assert len(found) == 267 + 44 + 6
    assert len({choice.code for choice in found}) == len(found)


def test_the_scale_is_that_of_the_paper() -> None:
    assert scale_of(0.0, 0) == 590_000_000 or 580_000_000 < scale_of(0.0, 0) < 600_000_000
    assert scale_of(-6.2, 12) == pytest.approx(scale_of(-6.2, 11) / 2, rel=0.05)


def test_the_small_map_shows_the_borders_around_a_point(tmp_path: Path) -> None:
    found = around(PlaceLibrary(tmp_path / "place"), -6.2262, 106.8587)
    assert found.approximate
    assert found.lines
    assert "Tebet Timur" in {name for name, _, _ in found.names}


def test_the_small_map_follows_the_report(kit: Kit) -> None:
    kit.ingest([placed(0), placed(1, lat=None, lon=None)])
    small = MiniMap(kit.desk)
    small.resize(260, 220)
    small.show()
    first, second = kit.desk.store.report(1), kit.desk.store.report(2)
    small.show_report(first)
    assert small.picture.point == (-6.2, 106.83)
    until(lambda: small.picture._around is not None)
    small.grab()
    small.show_report(second)
    assert small.picture.isHidden()
    assert not small.move_button.isHidden()
    small.show_report(None)
    assert small.isHidden()
    small.close()
    kit.settle()
