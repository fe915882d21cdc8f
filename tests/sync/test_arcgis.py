"""Layers of an ArcGIS server come whole, whatever the server can and cannot do, or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely

from smartcity_desk.domain.errors import AuthExpired, BadData, DeskError, Rejected
from smartcity_desk.place import esri, geojson, plane
from smartcity_desk.place.units import Unit
from smartcity_desk.sync import arcgis
from smartcity_desk.sync.arcgis import Fetched
from smartcity_desk.sync.transport import Transport
from tests.fakes.arcgis import ROOT, Service
from tests.fakes.http_server import Asked, Reply, serving
from tests.place import city


def fetch(
    answer: Callable[[Asked], Reply], path: str = f"{ROOT}/0", told: Any = None, layer: str = ""
) -> tuple[Fetched, list[Asked]]:
    async def scenario() -> tuple[Fetched, list[Asked]]:
        async def at_once(_: float) -> None:
            await asyncio.sleep(0)

        clock = lambda: time.time_ns() // 1_000_000  # noqa: E731
        transport = Transport(clock=clock, sleep=at_once)
        async with serving(answer) as server:
            try:
                found = await arcgis.fetch(
                    transport, server.url + path, clock=clock, layer=layer, told=told or (lambda *_: None)
                )
            finally:
                await transport.close()
            return found, server.asked

    return asyncio.run(scenario())


def refused(service: Service | Callable[[Asked], Reply], path: str = f"{ROOT}/0") -> DeskError:
    with pytest.raises(DeskError) as caught:
        fetch(service.answer if isinstance(service, Service) else service, path)
    return caught.value


def same_as_city(found: Fetched) -> None:
    features = geojson.read(found.content, name="x")
    made = city.units()
    assert [one["KODE_KEL"] for one in features.properties] == [unit.code.replace(".", "") for unit in made]
    for shape, unit in zip(features.geometries, made, strict=True):
        apart = plane.to_plane(shape).symmetric_difference(plane.to_plane(unit.geometry)).area
        assert apart < 0.01


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"limit_told": False},
        {"pages": False},
        {"wkid": 102100},
        {"most": 1000},
        {"most": 1},
        {"about": {"objectIdField": None, "advancedQueryCapabilities": None}},
    ],
)
def test_a_layer_comes_whole(options: dict[str, Any]) -> None:
    told: list[tuple[int, int]] = []
    found, _ = fetch(Service(city.units(), **options).answer, told=lambda *one: told.append(one))
    assert (found.count, found.name, found.source, found.as_of) == (13, "Kelurahan", "Citata", "2025-12-01")
    assert told[-1] == (13, 13)
    same_as_city(found)


def test_the_address_of_the_service_does_when_the_layer_is_plain() -> None:
    same_as_city(fetch(Service(city.units()).answer, f"{ROOT}/?f=html")[0])
    same_as_city(fetch(Service(city.units()).answer, f"{ROOT}/0/query?where=1=1")[0])
    two = Service(city.units(), layers=("Kelurahan", "Kota"))
    same_as_city(fetch(two.answer, ROOT, layer="KELURAHAN")[0])
    problem = refused(two, ROOT)
    assert isinstance(problem, Rejected)
    assert (problem.reason, problem.params["value"]) == ("arcgis_no_layer", "Kelurahan, Kota")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"lost": 1}, "arcgis_count"),
        ({"same_page": True}, "arcgis_count"),
        ({"claimed": 0}, "arcgis_count"),
        ({"claimed": 400}, "arcgis_count"),
        ({"wkid": 23830}, "arcgis_system"),
    ],
)
def test_what_does_not_add_up_is_refused(options: dict[str, Any], reason: str) -> None:
    problem = refused(Service(city.units(), **options))
    assert isinstance(problem, Rejected)
    assert problem.reason == reason


def test_errors_inside_a_success_are_errors() -> None:
    assert isinstance(refused(Service(city.units(), token=True)), AuthExpired)
    assert isinstance(refused(Service(city.units()), f"{ROOT}/7"), Rejected)
    assert isinstance(refused(lambda _: Reply.html()), DeskError)
    assert isinstance(refused(lambda _: Reply.json([])), BadData)
    assert isinstance(refused(lambda _: Reply.json({"count": True})), BadData)


def test_a_page_that_is_too_large_is_asked_for_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcity_desk.sync.transport.MOST_BYTES", 1)  # read once, as a default; see below
    service = Service(city.units(), most=200)

    def answer(asked: Asked) -> Reply:
        if int(asked.query.get("resultRecordCount", "0")) > 50:
            return Reply(b"x", announce=100 << 20)
        return service.answer(asked)

    found, asked = fetch(answer)
    same_as_city(found)
    sizes = [one.query["resultRecordCount"] for one in asked if "resultRecordCount" in one.query]
    assert sizes == ["200", "50"]


def test_whoever_listens_may_stop_it() -> None:
    class StopError(Exception):
        pass

    def stop(_done: int, _all: int) -> None:
        raise StopError

    with pytest.raises(StopError):
        fetch(Service(city.units()).answer, told=stop)


def test_rings_the_wrong_way_round_are_still_one_outline_with_its_hole() -> None:
    outer = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    right = esri.shape({"rings": [outer[::-1], hole]}, mercator=False)
    assert right.area == 15
    assert esri.shape({"rings": [outer]}, mercator=False).area == 16
    apart = esri.shape({"rings": [outer[::-1], [[9, 9], [10, 9], [10, 10], [9, 9]]]}, mercator=False)
    assert shapely.get_num_geometries(apart) == 2
    assert esri.shape({"paths": [[[0, 0], [1, 1]]]}, mercator=False).length == pytest.approx(np.sqrt(2))
    assert esri.shape({"x": 1, "y": 2}, mercator=False) == shapely.Point(1, 2)
    assert esri.shape({"x": "NaN", "y": "NaN"}, mercator=False) is None
    assert esri.shape(None, mercator=False) is None
    for hostile in (
        {"rings": [["ab", "cd", "ef", "gh"]]},
        {"rings": [[[1, "a"]] * 5]},
        {"paths": [[1, 2]]},
        {"points": [[None, 1]]},
        {"points": [[1]]},
        {"x": 10**400, "y": 1},
        ["x"],
    ):
        with pytest.raises(BadData, match="place_geometry"):
            esri.shape(hostile, mercator=False)
    assert Unit("31.74.01.1001", "A", right).parents == ("31.74.01", "31.74")
