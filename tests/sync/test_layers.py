"""The city's layers over loopback: read whole or not at all, the old edition kept, troubles told once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs

import numpy as np
import pytest
import shapely

from smartcity_desk.config import Settings
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain import waterlevel
from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    ConfigProblem,
    DeskError,
    Forbidden,
    RateLimited,
    Rejected,
    Transient,
)
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND, from_iso, to_iso
from smartcity_desk.domain.waterlevel import Thresholds, Trend
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import gauges, plans
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.sync.child import Conversation
from smartcity_desk.sync.engine import Engine
from smartcity_desk.sync.layers import overpass, water
from smartcity_desk.sync.layers.rounds import Layers, Outcome
from smartcity_desk.sync.transport import USER_AGENT, Transport
from tests.fakes.http_server import Asked, Reply, Server, serving

T = TypeVar("T")
NOW = from_iso("2026-11-22T01:55:00Z")
DIRECTORY = builtin_directory(0)
ESRI = "/server/rest/services"


class Keys:
    """A secret store in memory."""

    persistent = True

    def __init__(self, **values: str) -> None:
        self.values = values

    def get(self, name: str) -> str | None:
        return self.values.get(name.split("/")[1])

    def set(self, name: str, value: str) -> None:
        raise AssertionError(name)

    def delete(self, name: str) -> None:
        raise AssertionError(name)


class World:
    """A shelf, settings and a clock; `ask` asks one layer of a server."""

    def __init__(self, folder: Path, **secrets: str) -> None:
        self.now = NOW
        self.told: list[Any] = []
        self.settings = Settings(folder / "settings.json")
        self.shelf = LayerShelf(folder / "layers")
        self.layers = Layers(
            self.shelf,
            lambda: DIRECTORY,
            Keys(**secrets),
            clock=lambda: self.now,
            notify=lambda notice: self.told.append(notice),
        )
        self.transport: Transport | None = None

    def engine(self, store: Store) -> Engine:
        """An engine with these layers and nothing else switched on."""
        return Engine(
            store,
            self.settings,
            Keys(),
            clock=lambda: self.now,
            transport=self.transport,
            layers=self.layers,
        )

    async def ask(
        self, name: str, url: str, part: str = "", *, force: bool = False, reader: str = ""
    ) -> Outcome:
        said: dict[str, Any] = {"enabled": True, "url": url, "part": part}
        plans.change(self.settings, name, **(said | ({"reader": reader} if reader else {})))
        assert self.transport is not None
        return await self.layers.ask(self.transport, plans.plan(self.settings, name), force=force)


def play(
    folder: Path,
    answer: Callable[[Asked], Reply],
    scenario: Callable[[World, Server], Coroutine[Any, Any, T]],
    **secrets: str,
) -> T:
    async def run() -> T:
        async def at_once(_: float) -> None:
            await asyncio.sleep(0)

        world = World(folder, **secrets)
        world.transport = Transport(clock=lambda: world.now, sleep=at_once)
        async with serving(answer) as server:
            try:
                return await scenario(world, server)
            finally:
                await world.transport.close()

    return asyncio.run(run())


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.01)


def error_of(outcome: Outcome) -> DeskError:
    assert outcome.error is not None
    return outcome.error


# ---------------------------------------------------------------- gauges


def row(key: int = 160, level: object = 7620, **other: object) -> dict[str, object]:
    return {
        "ID_PINTU_AIR": key, "KODE_STASIUN": "12", "NAMA_PINTU_AIR": "P.A. Contoh", "LOKASI": "Ciliwung",
        "SIAGA1": 9500, "SIAGA2": 8500, "SIAGA3": 7500, "SIAGA4": 0, "COOR_X": 315, "COOR_Y": 530,
        "LATITUDE": -6.2077, "LONGITUDE": 106.848, "TANGGAL": "2026-11-22T08:50:00+07:00",
        "TINGGI_AIR": level, "TINGGI_AIR_SEBELUMNYA": 7410, "STATUS_SIAGA": "Status : Siaga 3", **other,
    }  # fmt: skip


def feed(*rows: dict[str, object]) -> bytes:
    records = "".join(
        f"<{water.RECORD}>" + "".join(f"<{k}>{v}</{k}>" for k, v in one.items()) + f"</{water.RECORD}>"
        for one in rows
    )
    return f'<?xml version="1.0" standalone="yes"?><DocumentElement>{records}</DocumentElement>'.encode()


def test_a_gauge_in_millimetres_by_xml_and_json_alike() -> None:
    [station] = water.read(feed(row())).stations
    assert (station.key, station.name, station.river) == ("160", "P.A. Contoh", "Ciliwung")
    assert station.thresholds == Thresholds(9500, 8500, 7500)
    assert (station.reading.level, station.before, station.siaga, station.told) == (7620, 7410, 3, 3)
    assert (station.lat, station.lon) == (-6.2077, 106.848)  # the pixels of the sketch are no degrees
    assert station.reading.at == from_iso("2026-11-22T01:50:00Z")
    for twin in ([row()], {"data": [row()]}, {"DocumentElement": {water.RECORD: [row()]}}):
        assert water.read(json.dumps(twin).encode()).stations == (station,)


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("TANGGAL", "2026-11-22 08:50:00", from_iso("2026-11-22T01:50:00Z")),
        ("TANGGAL", "2026-11-22T08:50:00.367+07:00", from_iso("2026-11-22T01:50:00.367Z")),
        ("TANGGAL", "kemarin", None),
        ("TANGGAL", "9999-12-31T23:59:59-23:00", None),
        ("TINGGI_AIR", "-120", from_iso("2026-11-22T01:50:00Z")),
        ("TINGGI_AIR", "120 cm", None),
        ("TINGGI_AIR", "", None),
        ("ID_PINTU_AIR", "../../x", None),
        ("LATITUDE", "0", None),
        ("LATITUDE", "nan", None),
    ],
)
def test_both_forms_of_time_and_rows_that_are_none(field: str, value: str, found: int | None) -> None:
    both = feed(row(1, TANGGAL="2026-11-22T08:00:00+07:00"), row(**{field: value}))
    stations = {one.key: one for one in water.read(both).stations}
    assert (stations["160"].reading.at if "160" in stations else None) == found
    assert water.read(both).left_out == (1 if found is None else 0)


@pytest.mark.parametrize("huge", [10**400, -(10**400)])
def test_numbers_beyond_all_measure_are_none(huge: int) -> None:
    item = {"ID_PINTU_AIR": 160, "TINGGI_AIR": 1, "TANGGAL": "2026-11-22T08:00:00+07:00", "LATITUDE": -6.2}
    good, bad = item | {"LONGITUDE": 106.8}, item | {"ID_PINTU_AIR": 161, "LONGITUDE": huge}
    assert [one.key for one in water.read(json.dumps([good, bad]).encode()).stations] == ["160"]
    found = overpass.read(osm(NODE, {**NODE, "id": 7, "lat": huge}))
    assert (found.features is not None, found.left_out) == (True, 1)


@pytest.mark.parametrize(
    ("siaga", "told", "meant"),
    [
        ((0, 0, 0), "Status : Siaga 2", 2),
        ((1, 1, 1), "Status : Normal", 4),
        ((0, 0, 0), "?", 4),
        ((1, 0, 7000), "", 3),
    ],
)
def test_thresholds_of_nought_and_one_are_none(siaga: tuple[int, int, int], told: str, meant: int) -> None:
    rows = feed(row(SIAGA1=siaga[0], SIAGA2=siaga[1], SIAGA3=siaga[2], STATUS_SIAGA=told))
    assert water.read(rows).stations[0].siaga == meant


def test_the_history_has_centimetres_before_the_bar_and_millimetres_after_it() -> None:
    text = b"2026-11-22 08.30.00,741;2026-11-22 08.40.00,752;rusak;2026-11-22 08.50.00,-3;|9500;8500;0|\n\n<html>"
    found = water.read_history(text)
    assert [one.level for one in found.readings] == [7410, 7520, -30]
    assert found.thresholds == Thresholds(9500, 8500, None)
    assert found.readings[0].at == from_iso("2026-11-22T01:30:00Z")
    with pytest.raises(Transient):
        water.read_history(b"<html><title>Runtime Error</title></html>")


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><DocumentElement>&b;</DocumentElement>'
)
FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><DocumentElement>&a;</DocumentElement>'


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (BOMB, "layer_xml"), (FILE, "layer_xml"), (b"<a>" * 60, "layer_xml"), (b"<a><b></a>", "layer_xml"),
        (b"<DocumentElement/>", "layer_empty"), (b"[]", "layer_empty"), (b"{", "json"), (b'{"a":1}', "layer_empty"),
        (feed(*[row(n) for n in range(2_001)]), "layer_too_many"),
    ],
)  # fmt: skip
def test_hostile_feeds_are_refused(body: bytes, key: str) -> None:
    with pytest.raises(BadData) as caught:
        water.read(body)
    assert caught.value.key == key


def test_a_round_with_the_gauges_remembers_since_when(tmp_path: Path) -> None:
    history = b"2026-11-22 08.00.00,730;2026-11-22 08.10.00,751;2026-11-22 08.40.00,760;|9500;8500;7500|"

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith(".aspx"):
            assert asked.query == {"IdPintuAir": "160", "StartDate": "21/11/2026", "EndDate": "22/11/2026"}
            return Reply(history, headers={"Content-Type": "text/html"})
        calm = row(161, 300, STATUS_SIAGA="Status : Normal")
        return Reply(feed(row(), calm), headers={"Content-Type": "text/xml"})

    async def scenario(world: World, server: Server) -> None:
        outcome = await world.ask("pintu_air", f"{server.url}/xmldata.xml")
        assert (outcome.ok, outcome.fresh, outcome.count) == (True, True, 2)
        watch = gauges.watches(world.shelf)["160"]
        assert (watch.siaga, watch.crossed_at) == (3, from_iso("2026-11-22T01:10:00Z"))
        assert waterlevel.trend(watch.readings) == Trend(320, from_iso("2026-11-22T01:00:00Z"))
        assert len([one for one in server.asked if one.path.endswith(".aspx")]) == 1
        again = await world.ask("pintu_air", f"{server.url}/xmldata.xml")
        assert (again.ok, again.fresh) == (True, False)
        assert len([one for one in server.asked if one.path.endswith(".aspx")]) == 1
        about = world.shelf.about("pintu_air")
        assert about is not None
        assert NOW - about.old_at() == 5 * MINUTE
        assert [one.kind for one in world.told] == ["layer", "layer"]

    play(tmp_path, answer, scenario)


def test_a_feed_that_is_no_edition_still_raises_the_water_line(tmp_path: Path) -> None:
    every = [row(100 + number, 300, STATUS_SIAGA="Status : Normal") for number in range(20)]
    later = "2026-11-22T08:54:00+07:00"
    left = [row(100, 8_600, STATUS_SIAGA="Status : Siaga 2", TANGGAL=later)]
    feeds = [feed(*every), feed(*left)]

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith(".aspx"):
            return Reply(b"|||", headers={"Content-Type": "text/html"})
        return Reply(feeds.pop(0), headers={"Content-Type": "text/xml"})

    async def scenario(world: World, server: Server) -> None:
        assert (await world.ask("pintu_air", f"{server.url}/xmldata.xml")).count == 20
        outcome = await world.ask("pintu_air", f"{server.url}/xmldata.xml")
        assert error_of(outcome).params["key"] == "layer_collapse"
        about = world.shelf.about("pintu_air")
        assert about is not None
        assert about.count == 20
        assert gauges.watches(world.shelf)["100"].siaga == 2

    play(tmp_path, answer, scenario)


# ---------------------------------------------------------------- Overpass


def osm(*elements: dict[str, Any], **other: Any) -> dict[str, Any]:
    stamp = {"timestamp_osm_base": "2026-11-22T01:00:00Z", "copyright": "www.openstreetmap.org, ODbL"}
    return {"version": 0.6, "osm3s": stamp, "elements": list(elements), **other}


NODE = {
    "type": "node",
    "id": 9,
    "lat": -6.23,
    "lon": 106.84,
    "tags": {"amenity": "fuel", "name": "SPBU Contoh"},
}
WAY = {"type": "way", "id": 9, "center": {"lat": -6.21, "lon": 106.82}, "tags": {"name": "<b>Warung</b>"}}
LOST = {"type": "way", "id": 10, "nodes": [1, 2]}


def test_overpass_is_asked_by_a_form_and_known_by_type_and_id(tmp_path: Path) -> None:
    async def scenario(world: World, server: Server) -> None:
        outcome = await world.ask("spbu", f"{server.url}/api/interpreter")
        assert (outcome.ok, outcome.count) == (True, 2)
        [asked] = server.asked
        assert asked.method == "POST"
        assert asked.headers["user-agent"] == USER_AGENT
        [question] = parse_qs(asked.body.decode())["data"]
        assert question == overpass.question('nwr["amenity"="fuel"];')
        assert "out center tags;" in question
        about = world.shelf.about("spbu")
        assert about is not None
        assert (about.licence, about.attribution) == ("ODbL 1.0", "© OpenStreetMap contributors")
        assert (about.as_of, about.left_out) == ("2026-11-22T01:00:00Z", 1)
        assert [one["osm"] for one in world.shelf.features("spbu").properties] == ["node/9", "way/9"]

    play(tmp_path, lambda _: Reply.json(osm(NODE, WAY, LOST)), scenario)


def test_a_remark_keeps_the_old_layer(tmp_path: Path) -> None:
    answers = [osm(NODE, WAY), osm(NODE, remark='runtime error: Query timed out in "query" at line 4')]

    async def scenario(world: World, server: Server) -> None:
        await world.ask("spbu", f"{server.url}/api/interpreter")
        outcome = await world.ask("spbu", f"{server.url}/api/interpreter")
        problem = error_of(outcome)
        assert isinstance(problem, Transient)
        assert problem.params["reason"] == "overpass_remark"
        assert len(world.shelf.features("spbu")) == 2
        state = world.shelf.state("spbu")
        assert (state.error, state.attempts) == ("transient", 1)
        assert state.next_try_at is not None
        assert state.next_try_at > NOW

    play(tmp_path, lambda _: Reply.json(answers.pop(0)), scenario)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"<html><strong>Error</strong>: line 2: parse error</html>", 400), Rejected),
        (Reply.html(429), RateLimited),
        (Reply.html(504), Transient),
        (Reply.html(), Transient),
        (Reply.json([]), BadData),
        (Reply(b"{"), BadData),
        (Reply.json(osm()), BadData),
        (Reply.json(osm({"type": "node", "id": True, "lat": 1, "lon": 2}, {"type": 7})), BadData),
        (Reply.json(osm(*[NODE | {"id": n, "lat": 52.5, "lon": 13.4} for n in range(5)])), BadData),
        (Reply(b"{}", cut=1), Transient),
    ],
)
def test_what_overpass_may_say_instead(tmp_path: Path, reply: Reply, kind: type[DeskError]) -> None:
    async def scenario(world: World, server: Server) -> None:
        outcome = await world.ask("spbu", f"{server.url}/api/interpreter")
        assert isinstance(error_of(outcome), kind)
        assert world.shelf.about("spbu") is None

    play(tmp_path, lambda _: reply, scenario)


# ---------------------------------------------------------------- ArcGIS


class Esri:
    """A directory with one service; `pages` off means by ids; `edited` is what the server says of its edits."""

    def __init__(self, count: int = 25, *, most: int = 10, pages: bool = True, **about: Any) -> None:
        self.count, self.most, self.pages, self.about = count, most, pages, about

    def answer(self, asked: Asked) -> Reply:
        path, query = asked.path.removeprefix(ESRI), asked.query
        if path == "":
            return Reply.json(
                {"folders": ["UTILITAS"], "services": [{"name": "Lain", "type": "GeometryServer"}]}
            )
        if path == "/UTILITAS":
            services = [
                ("UTILITAS/Menara", "MapServer"),
                ("UTILITAS/Menara", "FeatureServer"),
                ("UTILITAS/B", "X"),
            ]
            return Reply.json({"services": [{"name": name, "type": kind} for name, kind in services]})
        if path == "/UTILITAS/Menara/FeatureServer":
            return Reply.json({"layers": [{"id": 3, "name": "Lama"}, {"id": 7, "name": "Menara"}]})
        if path == "/UTILITAS/Menara/FeatureServer/7":
            paging = {"supportsPagination": self.pages}
            return Reply.json(
                {
                    "name": "Menara",
                    "geometryType": "esriGeometryPoint",
                    "objectIdField": "OBJECTID",
                    "maxRecordCount": self.most,
                    "advancedQueryCapabilities": paging,
                    **self.about,
                }
            )
        if path == "/UTILITAS/Menara/FeatureServer/7/query":
            return Reply.json(self._query(query))
        return Reply.json({"error": {"code": 404, "message": "Not found", "details": []}})

    def _query(self, query: dict[str, str]) -> dict[str, Any]:
        assert query.get("returnCountOnly") or query.get("returnIdsOnly") or query["outSR"] == "4326"
        if query.get("returnCountOnly"):
            return {"count": self.count if query["where"] == "1=1" else 0}
        numbers = list(range(1, self.count + 1))
        if query.get("returnIdsOnly"):
            return {"objectIdFieldName": "OBJECTID", "objectIds": numbers}
        if "objectIds" in query:
            numbers = [int(one) for one in query["objectIds"].split(",")]
        else:
            assert query["orderByFields"] == "OBJECTID"
            start = int(query["resultOffset"])
            numbers = numbers[start : start + min(self.most, int(query["resultRecordCount"]))]
        features = [
            {
                "attributes": {"OBJECTID": one, "nama": f"Menara {one}", "raw": {"a": 1}},
                "geometry": {"x": 106.8 + one / 1e3, "y": -6.2},
            }
            for one in numbers
        ]
        return {
            "objectIdFieldName": "OBJECTID",
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326},
            "features": features,
            "exceededTransferLimit": bool(numbers) and numbers[-1] < self.count and "objectIds" not in query,
        }


PART = "UTILITAS/Menara/Menara"


@pytest.mark.parametrize("pages", [True, False])
def test_a_layer_is_found_by_name_and_read_whole(tmp_path: Path, pages: bool) -> None:
    async def scenario(world: World, server: Server) -> None:
        outcome = await world.ask("menara", server.url + ESRI, PART)
        assert (outcome.ok, outcome.count) == (True, 25)
        assert world.shelf.features("menara").properties[0] == {"OBJECTID": 1, "nama": "Menara 1"}
        assert all(one.headers.get("x-esri-authorization") == "Bearer rahasia" for one in server.asked)
        assert not any("rahasia" in str(one.query) + one.path for one in server.asked)

    play(tmp_path, Esri(pages=pages).answer, scenario, menara="rahasia")


@pytest.mark.parametrize(
    "about",
    [{"editingInfo": {"lastEditDate": 1_764_547_200_000}}, {"editFieldsInfo": {"editDateField": "diubah"}}],
)
def test_what_was_not_edited_since_is_not_fetched_again(tmp_path: Path, about: dict[str, Any]) -> None:
    async def scenario(world: World, server: Server) -> None:
        await world.ask("menara", server.url + ESRI, PART)
        asked = len(server.asked)
        world.now += DAY
        outcome = await world.ask("menara", server.url + ESRI, PART)
        assert (outcome.ok, outcome.fresh, outcome.count) == (True, False, 25)
        later = [one.query for one in server.asked[asked:]]
        assert not any("resultOffset" in one for one in later)
        if "editFieldsInfo" in about:
            assert any(one.get("where", "").startswith("diubah > timestamp '2026-11-") for one in later)
        assert world.shelf.state("menara").ok_at == world.now

    play(tmp_path, Esri(**about).answer, scenario)


def test_an_edited_layer_or_one_without_dates_is_read_again(tmp_path: Path) -> None:
    service = Esri(editingInfo={"lastEditDate": 1})

    async def scenario(world: World, server: Server) -> None:
        await world.ask("menara", server.url + ESRI, PART)
        service.about["editingInfo"] = {"lastEditDate": 2}
        service.count = 26
        assert (await world.ask("menara", server.url + ESRI, PART)).count == 26
        service.about.clear()
        assert not (await world.ask("menara", server.url + ESRI, PART)).fresh  # the same by its hash
        service.count = 4
        assert error_of(await world.ask("menara", server.url + ESRI, PART)).params["key"] == "layer_collapse"
        assert len(world.shelf.features("menara")) == 26
        assert (await world.ask("menara", server.url + ESRI, PART, force=True)).count == 4

    play(tmp_path, service.answer, scenario)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.json({"error": {"code": 498, "message": "Invalid Token"}}), AuthExpired),
        (Reply.json({"error": {"code": 499, "message": "Token Required"}}), AuthExpired),
        (Reply.json({"error": {"code": 403, "message": "No."}}), Forbidden),
        (Reply.json({}, 403), Forbidden),
        (Reply.json({"error": {"code": 400, "message": "Unable to complete operation."}}), Rejected),
        (Reply.json({"services": [], "folders": []}), Rejected),
    ],
)
def test_refusals_inside_a_success(tmp_path: Path, reply: Reply, kind: type[DeskError]) -> None:
    async def scenario(world: World, server: Server) -> None:
        problem = error_of(await world.ask("menara", server.url + ESRI, PART))
        assert isinstance(problem, kind)
        waits_for_a_person = kind in (AuthExpired, Forbidden)
        assert world.shelf.state("menara").paused is waits_for_a_person
        due, _ = world.layers.due(world.settings, NOW + DAY)
        assert [one.name for one in due] == ([] if waits_for_a_person else ["menara"])
        due, _ = world.layers.due(world.settings, NOW + SECOND, again=True)
        assert [one.name for one in due] == ["menara"]

    play(tmp_path, lambda _: reply, scenario)


def test_what_was_wanted_of_a_layer_that_is_off_is_forgotten(tmp_path: Path) -> None:
    async def scenario(world: World, server: Server) -> None:
        world.layers.want("menara", force=True)
        assert world.layers.due(world.settings, NOW)[0] == []
        await world.ask("menara", server.url + ESRI, PART)
        assert world.layers.due(world.settings, NOW + SECOND)[0] == [], (
            "a loss would be taken in that nobody accepted"
        )

    play(tmp_path, lambda _: Reply.json({}, 503), scenario)


def test_a_table_without_shapes_is_joined(tmp_path: Path) -> None:
    codes = [one.code for one in DIRECTORY.offices.values() if one.level is OfficeLevel.KELURAHAN][:3]

    def answer(asked: Asked) -> Reply:
        if not asked.path.endswith("query"):
            return Reply.json({"name": "Penduduk", "geometryType": None, "objectIdField": "OBJECTID"})
        if asked.query.get("returnCountOnly"):
            return Reply.json({"count": 3})
        rows = [{"OBJECTID": n, "KODE_KELURAHAN": code, "JUMLAH": 10 * n} for n, code in enumerate(codes)]
        return Reply.json({"features": [{"attributes": one} for one in rows]})

    async def scenario(world: World, server: Server) -> None:
        outcome = await world.ask("penduduk", f"{server.url}{ESRI}/P/MapServer/4", reader="arcgis")
        assert (outcome.error, outcome.count) == (None, 3)
        assert [one.value for one in world.shelf.areas("penduduk")] == [0, 10, 20]

    play(tmp_path, answer, scenario)


# ---------------------------------------------------------------- Satu Data, and rounds


def test_a_data_set_of_speeds_lies_along_the_streets_of_the_base_map(tmp_path: Path) -> None:
    rows = [{"periode_data": "2023", "bulan": 5, "nama_jalan": "Contoh", "kecepatan": "27,62"}]
    line = shapely.LineString([(106.8, -6.2), (106.81, -6.21)])
    streets = Features(np.array([line], object), [{"nama": "Jalan Contoh"}])

    async def scenario(world: World, server: Server) -> None:
        url = f"{server.url}/satudata"
        outcome = await world.ask("lalu_lintas", url, "kecepatan", reader="satudata")
        assert error_of(outcome).params["key"] == "layer_no_streets"
        world.layers = Layers(
            world.shelf, lambda: DIRECTORY, Keys(), clock=lambda: world.now, streets=lambda: streets
        )
        outcome = await world.ask("lalu_lintas", url, "kecepatan", reader="satudata")
        assert (outcome.error, outcome.count) == (None, 1)
        assert world.shelf.features("lalu_lintas").properties[0] == {"name": "Contoh", "value": 27.6}

    play(tmp_path, lambda _: Reply.json({"data": rows}), scenario)


def test_satu_data_rows_are_joined_or_placed(tmp_path: Path) -> None:
    codes = [one.code for one in DIRECTORY.offices.values() if one.level is OfficeLevel.KELURAHAN]
    people = [
        {"periode_data": period, "kode_kelurahan": code, "jumlah_penduduk": "1.250"}
        for period in ("2024", "2025")
        for code in codes
    ]
    pumps = [
        {"nama": f"SPBU {n}", "latitude": "-6,2", "longitude": "106.8", "periode_data": "202506"}
        for n in range(3)
    ]

    def answer(asked: Asked) -> Reply:
        assert (asked.query["kategori"], asked.query["tipe"]) == ("dataset", "detail")
        return Reply.json({"data": people if asked.query["url"] == "penduduk" else pumps, "count": 9})

    async def scenario(world: World, server: Server) -> None:
        outcome = await world.ask("penduduk", f"{server.url}/satudata", "penduduk")
        assert (outcome.error, outcome.count) == (None, len(codes))
        assert {one.value for one in world.shelf.areas("penduduk")} == {1250}
        about = world.shelf.about("penduduk")
        assert about is not None
        assert about.as_of == "2025-01-01"
        outcome = await world.ask("spbu", f"{server.url}/satudata", "spbu", reader="satudata")
        assert (outcome.error, outcome.count) == (None, 3)

    play(tmp_path, answer, scenario)


def test_rounds_ask_what_is_due_and_rest_until_then(tmp_path: Path) -> None:
    async def scenario(world: World, server: Server) -> None:
        assert world.transport is not None
        assert await world.layers.round(world.transport, world.settings) == HOUR
        for name in ("spbu", "restoran"):
            plans.change(
                world.settings, name, enabled=True, url=f"{server.url}/api/interpreter", every=10 * MINUTE
            )
        rest = await world.layers.round(world.transport, world.settings)
        assert 10 * MINUTE <= rest <= 13 * MINUTE
        assert len(server.asked) == 2
        assert 0 < await world.layers.round(world.transport, world.settings) <= 10 * MINUTE
        assert len(server.asked) == 2
        world.now += 10 * MINUTE + SECOND
        await world.layers.round(world.transport, world.settings)
        assert len(server.asked) == 4
        plans.change(world.settings, "spbu", enabled=False)
        world.now += DAY
        await world.layers.round(world.transport, world.settings)
        assert len(server.asked) == 5

    play(tmp_path, lambda _: Reply.json(osm(NODE, WAY)), scenario)


def test_an_answer_that_breaks_us_costs_its_layer_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = overpass.read

    def breaking(data: Any) -> Any:
        if not broken:
            broken.append(True)
            raise ZeroDivisionError
        return read(data)

    broken: list[bool] = []
    monkeypatch.setattr(overpass, "read", breaking)

    async def scenario(world: World, server: Server) -> None:
        for name in ("spbu", "restoran"):
            plans.change(world.settings, name, enabled=True, url=f"{server.url}/api/interpreter")
        assert world.transport is not None
        await world.layers.round(world.transport, world.settings)
        states = [world.layers.shelf.state(name) for name in ("spbu", "restoran")]
        assert sorted(bool(state.error) for state in states) == [False, True]
        assert all(state.next_try_at is not None for state in states)

    play(tmp_path, lambda _: Reply.json(osm(NODE, WAY)), scenario)


def test_a_layer_without_an_address_says_so(tmp_path: Path) -> None:
    async def scenario(world: World, server: Server) -> None:
        problem = error_of(await world.ask("menara", ""))
        assert isinstance(problem, ConfigProblem)
        assert problem.params["reason"] == "layer_not_set"
        plans.change(world.settings, "spbu", mapping="nonsense", reader="satudata", url=server.url, part="x")
        plan = plans.plan(world.settings, "spbu")
        assert world.transport is not None
        assert isinstance(error_of(await world.layers.ask(world.transport, plan)), ConfigProblem)

    play(tmp_path, lambda _: Reply(), scenario)


# ---------------------------------------------------------------- genuine answers


def test_the_genuine_gauges_agree_with_what_they_say_of_themselves(shared: Path) -> None:
    [path] = (shared / "data/samples/tma").glob("*.xml")
    found = water.read(path.read_bytes())
    assert (len(found.stations), found.left_out) == (39, 0)
    assert [one for one in found.stations if one.siaga != one.told] == []
    assert to_iso(max(one.reading.at for one in found.stations)).startswith("2026-04-30T16:5")
    [text] = (shared / "data/samples/tma").glob("*.txt")
    history = water.read_history(text.read_bytes())
    assert (len(history.readings), history.thresholds) == (273, Thresholds(3500, 2500, 1500))


def test_the_genuine_remark_of_overpass(shared: Path) -> None:
    body = json.loads((shared / "data/samples/overpass/remark-runtime-error-01.json").read_bytes())
    with pytest.raises(Transient):
        overpass.read(body)


# ---------------------------------------------------------------- in the engine


def test_gauges_wait_for_no_other_layers_slow_server(tmp_path: Path) -> None:
    never = asyncio.Event()

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/api"):
            return replace(Reply.json(osm(NODE)), wait=never)
        if asked.path.endswith(".aspx"):
            return Reply(b"|||", headers={"Content-Type": "text/html"})
        return Reply(feed(row()), headers={"Content-Type": "text/xml"})

    async def scenario(world: World, server: Server) -> None:
        with closing(Store.open(tmp_path / "desk.db", now=NOW, policy=load_policy())) as store:
            engine = world.engine(store)
            plans.change(world.settings, "spbu", enabled=True, url=f"{server.url}/api/interpreter")
            plans.change(world.settings, "pintu_air", enabled=True, url=f"{server.url}/xmldata.xml")
            stop = asyncio.Event()
            following = asyncio.create_task(engine.follow(stop))

            def read(times: int) -> bool:
                feeds = [one for one in server.asked if one.path == "/xmldata.xml"]
                return len(feeds) >= times and len(world.told) >= times

            try:
                await until(lambda: any(one.path.startswith("/api") for one in server.asked))
                for times in (1, 2, 3):
                    await until(partial(read, times))
                    engine.ask_layer("pintu_air")
                assert {one.data["layer"] for one in world.told} == {"pintu_air"}
            finally:
                stop.set()
                await following

    play(tmp_path, answer, scenario)


def test_the_engine_keeps_layers_beside_the_channels_and_wakes_them(tmp_path: Path) -> None:
    """What a person asks for is asked, in trouble or not due; a loss is taken in by a word; nothing off the line."""
    broken, many = True, 20

    def answer(_: Asked) -> Reply:
        nodes = [NODE | {"id": number} for number in range(many)]
        return Reply.json({}, 403) if broken else Reply.json(osm(*nodes))

    async def scenario(world: World, server: Server) -> None:
        nonlocal broken, many
        with closing(Store.open(tmp_path / "desk.db", now=NOW, policy=load_policy())) as store:
            engine = world.engine(store)
            plans.change(world.settings, "spbu", enabled=True, url=f"{server.url}/api/interpreter")
            stop = asyncio.Event()
            following = asyncio.create_task(engine.follow(stop))
            conversation = Conversation(engine, SecretStore.in_memory(), lambda: world.settings, stop)
            try:
                await until(lambda: bool(world.told))
                assert world.told[-1].data["code"] == "forbidden"
                assert world.shelf.state("spbu").paused
                broken = False
                conversation.hear('{"cmd":"pull","layer":"spbu"}')
                await until(lambda: world.told[-1].data["ok"] is True)
                assert world.told[-1].data == {"layer": "spbu", "ok": True, "fresh": True, "count": 20}
                many = 3
                conversation.hear('{"cmd":"pull","layer":"spbu"}')
                await until(lambda: world.told[-1].data["ok"] is False)
                assert world.told[-1].data["params"]["key"] == "layer_collapse"
                conversation.hear('{"cmd":"pull","layer":"spbu","force":true}')
                await until(lambda: world.told[-1].data["ok"] is True)
                assert world.told[-1].data["count"] == 3
                engine.set_offline(True)
                world.now += 30 * DAY
                asked = len(server.asked)
                conversation.hear('{"cmd":"pull","layer":"spbu"}')
                for _ in range(50):
                    await asyncio.sleep(0)  # whatever was woken has had its turn
                assert len(server.asked) == asked
                engine.set_offline(False)
                await until(lambda: len(server.asked) > asked)
            finally:
                stop.set()
                await following

    play(tmp_path, answer, scenario)
