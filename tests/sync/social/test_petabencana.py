"""PetaBencana: what the window missed comes from the archive, and every form of answer says the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.sync.channel import Mapped, Setup
from smartcity_desk.sync.channels.petabencana import cap, mapping
from smartcity_desk.sync.ratelimit import Rate
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.transport import Transport
from smartcity_desk.training.record import PETABENCANA, Citizen
from smartcity_desk.training.servers.petabencana import ARCHIVE_KEY, PetabencanaServer, external_id
from tests.conftest import ROOT
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import NOW, Bench, bench
from tests.sync.georeport.world import listening
from tests.sync.social.world import PLACE

FIXTURES = ROOT / "tests/fixtures/channels/petabencana"
CAP = (FIXTURES / "reports.cap.xml").read_bytes()
FEED = (FIXTURES / "reports.geojson.json").read_bytes()


def flood(number: int, at: int) -> Citizen:
    return Citizen(
        number, PETABENCANA, external_id(number, at), at, f"banjir {number} & arus <deras>", number, "banjir",
        PLACE, PLACE, PLACE, number, lat=-6.2, lon=106.8, disaster="flood", depth=40,
    )  # fmt: skip


@asynccontextmanager
async def stood(
    folder: Path, source: list[Citizen], *, key: str = "", **options: str
) -> AsyncIterator[Bench]:
    async with bench(folder, {"channel/petabencana/api_key": key} if key else {}) as desk:
        server = PetabencanaServer(source, desk.clock)
        async with listening(server.app()) as url:
            desk.channel("petabencana", url, **options)
            yield desk


# ---------------------------------------------------------------- forms


def test_cap_gives_the_same_reports_as_geojson() -> None:
    (one, broken) = cap.features_of(CAP, "petabencana")
    report = mapping.to_report(one)
    other = mapping.to_report_from_text(mapping.WRAPPED.decode(FEED).result.features[0])
    for name in ("id", "text", "reported_at", "lat", "lon", "category", "category_raw", "state_raw", "media"):
        assert getattr(report, name) == getattr(other, name), name
    with pytest.raises(BadData, match="created_at"):
        mapping.to_report({**broken, "geometry": None})
    with pytest.raises(BadData, match="coordinates"):
        mapping.to_report(broken)


@pytest.mark.parametrize(
    "body",
    [
        b"<?xml version='1.0'?><!DOCTYPE feed [<!ENTITY a 'b'>]><feed><entry>&a;</entry></feed>",
        b"<?xml version='1.0'?><feed>",
        b"<?xml version='1.0'?><rss/>",
        b"<?xml version='1.0'?>" + b"<a>" * 40 + b"</a>" * 40,
    ],
)
def test_xml_that_declares_is_cut_or_deep_is_refused(body: bytes) -> None:
    with pytest.raises(BadData):
        cap.features_of(body, "petabencana")


@given(st.data())
def test_a_damaged_feed_is_read_refused_or_set_aside(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(CAP) - 1))
    end = data.draw(st.integers(start, min(len(CAP), start + 60)))
    body = CAP[:start] + data.draw(st.binary(max_size=12)) + CAP[end:]
    try:
        found = cap.features_of(body, "petabencana")
    except BadData:
        return
    reports, unreadable, _ = Mapped((item, mapping.to_report) for item in found).take(10)
    assert all(one.key != "unexpected" for one in unreadable)
    assert len(reports) <= len(found)


@pytest.mark.parametrize("form", ["geojson", "topojson", "cap"])
def test_every_form_can_be_asked_for(form: str, tmp_path: Path) -> None:
    source = [flood(n, NOW - n * MINUTE) for n in range(5, 0, -1)]

    async def run() -> None:
        async with stood(tmp_path, source, format=form) as desk:
            assert (await desk.once("petabencana")).errors == ()
            found = {line.report.external_id: line.report for line in desk.lines()}
            assert {name: one.text for name, one in found.items()} == {
                one.external_id: one.text for one in source
            }
            assert {(one.lat, one.lon, one.category) for one in found.values()} == {(-6.2, 106.8, "banjir")}
            assert {one.reported_at for one in found.values()} == {one.at for one in source}

    asyncio.run(run())


def test_a_form_that_was_not_asked_for_is_recognised(tmp_path: Path) -> None:
    async def run() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(CAP)) as server:
            desk.channel("petabencana", server.url)
            assert (await desk.once("petabencana")).errors == ()
            assert [line.report.external_id for line in desk.lines()] == ["318204"]
            assert len(desk.store.quarantine("petabencana")) == 1

    asyncio.run(run())


@pytest.mark.parametrize("status", ["Exercise", "Test"])
def test_an_exercise_in_cap_is_no_flood_either(status: str) -> None:
    (one, _) = cap.features_of(CAP.replace(b"Actual", status.encode()), "petabencana")
    assert mapping.is_drill(one)
    (real, _) = cap.features_of(CAP, "petabencana")
    assert not mapping.is_drill(real)


@pytest.mark.parametrize("form", ["geojson", "topojson"])
def test_a_drill_is_no_flood(form: str, tmp_path: Path) -> None:
    """Nobody's clock runs for what was never under water."""
    one = json.loads(FEED)["result"]["features"][0]
    drill = {**one, "properties": {**one["properties"], "pkey": "9", "is_training": True}}
    real = {**one, "properties": {**one["properties"], "is_training": False}}
    result: dict[str, Any] = {"type": "FeatureCollection", "features": [drill, real]}
    if form == "topojson":
        members = [
            {"type": "Point", "coordinates": f["geometry"]["coordinates"], "properties": f["properties"]}
            for f in (drill, real)
        ]
        result = {
            "type": "Topology",
            "objects": {"output": {"type": "GeometryCollection", "geometries": members}},
        }

    async def run() -> None:
        answer = Reply.json({"statusCode": 200, "result": result})
        async with bench(tmp_path) as desk, serving(lambda _: answer) as server:
            desk.channel("petabencana", server.url)
            assert (await desk.once("petabencana")).errors == ()
            assert [line.report.external_id for line in desk.lines()] == [one["properties"]["pkey"]]

    asyncio.run(run())


# ---------------------------------------------------------------- the archive


@pytest.mark.parametrize(("archive", "key"), [("express", ""), ("serverless", ARCHIVE_KEY)])
def test_what_the_window_no_longer_reaches_comes_from_the_archive(
    archive: str, key: str, tmp_path: Path
) -> None:
    source = [flood(n, NOW + n * DAY - HOUR) for n in range(121)]

    async def run() -> None:
        async with stood(tmp_path, source, key=key, archive=archive, window_hours="24") as desk:
            await desk.once("petabencana")
            assert len(desk.lines()) == 1
            desk.clock.now = NOW + 120 * DAY
            result = await desk.once("petabencana")
            assert result.errors == ()
            assert len(desk.lines()) == 121
            pulled = result.channels[0].pulled
            assert pulled is not None
            assert pulled.gap is None
            assert desk.store.channel_state("petabencana").cursor.get("gaps") is None

    asyncio.run(run())


def test_an_archive_that_refuses_leaves_the_gap_noted(tmp_path: Path) -> None:
    source = [flood(n, NOW + n * DAY - HOUR) for n in range(41)]

    async def run() -> None:
        async with stood(tmp_path, source, key="salah", archive="serverless", window_hours="24") as desk:
            await desk.once("petabencana")
            desk.clock.now = NOW + 40 * DAY
            result = await desk.once("petabencana")
            assert result.errors == ()
            assert len(desk.lines()) == 2, "what the window gives"
            assert result.channels[0].pulled is not None
            assert result.channels[0].pulled.gap == (NOW, NOW + 39 * DAY)

    asyncio.run(run())


def test_an_archive_that_is_ill_is_asked_again_from_where_it_stopped(tmp_path: Path) -> None:
    spans: list[Asked] = []
    answers = [Reply(FEED), Reply.json({}, 503)]

    def handler(asked: Asked) -> Reply:
        if asked.path == "/reports/archive":
            spans.append(asked)
            return answers.pop(0) if answers else Reply(FEED)
        return Reply(FEED)

    async def run() -> None:
        async with bench(tmp_path) as desk, serving(handler) as server:
            desk.channel("petabencana", server.url, archive="express", window_hours="24")
            await desk.once("petabencana")
            desk.clock.now += 70 * DAY
            assert [error.code for _, error in (await desk.once("petabencana")).errors] == ["transient"]
            desk.clock.now += MINUTE
            assert (await desk.once("petabencana")).errors == ()
            assert spans[2].query["start"] > spans[0].query["end"][:11], "not from the beginning"
            assert all(one.query["start"].endswith("+0700") for one in spans)

    asyncio.run(run())


def test_an_archive_that_is_ill_keeps_nothing_of_today_back(tmp_path: Path) -> None:
    """The desk was away for a month, and the archive is down on the night of the flood."""
    source = [flood(n, NOW + n * DAY - HOUR) for n in range(41)]
    ill = [True]

    async def run() -> None:
        async with bench(tmp_path) as desk:
            behind = PetabencanaServer(source, desk.clock)
            async with listening(behind.app()) as real:

                async def handler(asked: Asked) -> Reply:
                    if ill[0] and asked.path == "/reports/archive":
                        return Reply.json({"status": 500, "message": "Internal Server Error"}, 500)
                    async with httpx.AsyncClient() as http:
                        answer = await http.get(real + asked.path, params=dict(asked.query))
                    return Reply(answer.content, answer.status_code, {"Content-Type": "application/json"})

                async with serving(handler) as server:
                    desk.channel("petabencana", server.url, archive="express", window_hours="24")
                    await desk.once("petabencana")
                    desk.clock.now = NOW + 40 * DAY
                    for _ in range(2):
                        result = await desk.once("petabencana")
                        assert [error.code for _, error in result.errors] == ["transient"]
                        assert len(desk.lines()) == 2, "what the window gives is here all the same"
                        desk.clock.now += MINUTE
                    ill[0] = False
                    result = await desk.once("petabencana")
                    assert result.errors == ()
                    assert len(desk.lines()) == 41
                    assert desk.store.channel_state("petabencana").cursor.keys().isdisjoint({"owed", "gaps"})

    asyncio.run(run())


def test_a_trial_shows_what_the_window_holds(tmp_path: Path) -> None:
    async def run() -> None:
        async with bench(tmp_path) as desk:
            server = PetabencanaServer([flood(1, NOW - 30 * HOUR)], desk.clock)
            async with listening(server.app()) as url:
                client = CHANNELS["petabencana"].build(Setup(url, {"window_hours": "168"}))
                transport = Transport(clock=desk.clock)
                result = await client.test(transport.channel("petabencana", Rate(10, MINUTE, 10)), NOW)
                await transport.close()
                assert (result.ok, result.items, len(result.sample)) == (True, 1, 1)

    asyncio.run(run())


def test_an_answer_that_is_too_large_is_asked_for_in_halves(tmp_path: Path) -> None:
    spans: list[Asked] = []

    def handler(asked: Asked) -> Reply:
        if asked.path == "/reports/archive":
            spans.append(asked)
            return Reply(FEED, announce=40_000_000, cut=10) if len(spans) == 1 else Reply(FEED)
        return Reply(FEED)

    async def run() -> None:
        async with bench(tmp_path) as desk, serving(handler) as server:
            desk.channel("petabencana", server.url, archive="express", window_hours="24")
            await desk.once("petabencana")
            desk.clock.now += 30 * DAY
            assert (await desk.once("petabencana")).errors == ()
            assert spans[0].query["start"] == spans[1].query["start"]
            assert spans[0].query["end"] > spans[1].query["end"]

    asyncio.run(run())
