"""The background out of a place bundle's tile file, under everything else and off this machine's own disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcity_desk.place import tiles
from smartcity_desk.ui.map.layerlist import about_offer
from smartcity_desk.ui.map.layers import GROUND
from smartcity_desk.ui.places import places_of
from tests.place.tilefiles import mbtiles, png
from tests.ui.kit import until
from tests.ui.map.conftest import OpenMap

EVIL = b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran = 1'/>"


def around(z: int, x: int, y: int, reach: int) -> list[tuple[int, int, int]]:
    return [(z, x + dx, y + dy) for dx in range(-reach, reach + 1) for dy in range(-reach, reach + 1)]


def give(city_map: OpenMap, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a tile file into the edition in force."""
    places = places_of(city_map.kit.desk)
    monkeypatch.setattr(places, "tiles", lambda: path)
    monkeypatch.setattr(places, "background", lambda: tiles.look(path))
    until(lambda: bool(city_map.face.layering.offers))
    city_map.kit.desk.bridge.layers_changed.emit(frozenset())
    until(lambda: any(offer.key == GROUND for offer in city_map.face.layering.offers))
    city_map.kit.settle()


def test_the_background_is_switched_on_and_names_its_source(
    city_map: OpenMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Zoom 11 over the middle of the city, and one zoom less: what is not there is drawn from nothing.
    pictures = dict.fromkeys(around(11, 1631, 1059, 3), png())
    pictures[11, 1631, 1059] = EVIL
    give(city_map, mbtiles(tmp_path / "dasar.mbtiles", pictures), monkeypatch)
    face = city_map.face
    offer = face.layering.offers[0]
    assert (offer.key, offer.title) == (GROUND, "Latar")
    assert about_offer(offer).startswith("© Kontributor & Kota")
    assert city_map.js("document.querySelectorAll('.leaflet-ground-pane img').length") == 0

    face.layering.list.boxes[GROUND].setChecked(True)
    until(lambda: GROUND in city_map.js("desk.laid().join()").split(","))
    shown = (
        "[...document.querySelectorAll('.leaflet-ground-pane img')]"
        ".filter((one) => one.complete && one.naturalWidth === 256).length"
    )
    until(lambda: city_map.js(shown) > 4)
    assert any("© Kontributor & Kota" in line for line in face.layering.sources())
    assert "© Kontributor & Kota" in face.caption.text()
    assert city_map.js("window.ran || 0") == 0
    assert face.stage.view is not None
    assert face.stage.view.guard.refused == 0

    face.layering.list.boxes[GROUND].setChecked(False)
    until(lambda: city_map.js("document.querySelectorAll('.leaflet-ground-pane img').length") == 0)
    assert "Kontributor" not in face.caption.text()


def test_vector_tiles_are_named_as_what_is_not_drawn(
    city_map: OpenMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(city_map, mbtiles(tmp_path / "dasar.mbtiles", {(9, 1, 1): b"\x1f\x8b" + bytes(40)}), monkeypatch)
    offer = city_map.face.layering.offers[0]
    assert offer.missing
    assert "ubin vektor" in offer.title
    assert GROUND not in city_map.face.layering.list.boxes
