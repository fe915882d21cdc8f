"""Every way in which a source can fail: its error on record, one log line, nothing lost, one line when it is well."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.report import PlaceQuality, Status
from smartcity_desk.domain.times import DAY, MINUTE, SECOND, to_iso
from tests.conftest import ROOT
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import bench

FIXTURES = ROOT / "tests" / "fixtures" / "channels"
GOOD = (FIXTURES / "petabencana/reports.geojson.json").read_bytes()
OURS = "smartcity_desk"


class EndedError(BaseException):
    """The process ends here."""


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith(OURS)]


FAULTS: dict[str, tuple[Callable[[], Reply], str]] = {
    "malformed": (lambda: Reply(GOOD[:-30]), "bad_data"),
    "html": (Reply.html, "transient"),
    "html_502": (lambda: Reply.html(502), "transient"),
    "error_inside": (lambda: Reply((FIXTURES / "petabencana/error.inside.json").read_bytes()), "rejected"),
    "other_envelope": (lambda: Reply.json({"statusCode": 200, "result": {"type": "Other"}}), "bad_data"),
    "ten_megabytes": (lambda: Reply(b'{"a":"' + b"x" * 10_000_000 + b'"}'), "bad_data"),
    "429": (lambda: Reply.json({"message": "Limit Exceeded"}, 429), "rate_limited"),
    "500": (lambda: Reply.json({"status": 500, "stack": "…"}, 500), "transient"),
    "404_route": (lambda: Reply.json({"message": "URL not found", "url": "/nope"}, 404), "rejected"),
    "cut": (lambda: Reply(GOOD, cut=len(GOOD) // 2), "transient"),
    "dropped": (lambda: Reply(drop=True), "offline"),
    "401": (lambda: Reply.json({"message": "Unauthorized"}, 401), "auth_expired"),
    "403": (lambda: Reply.json({"message": "Forbidden"}, 403), "forbidden"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_logged_once_and_survived(
    fault: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make, code = FAULTS[fault]
    caplog.set_level(logging.INFO, OURS)

    async def scenario() -> None:
        ill = False
        async with bench(tmp_path) as desk, serving(lambda _: make() if ill else Reply(GOOD)) as server:
            desk.channel("petabencana", server.url)
            assert (await desk.once()).errors == ()
            before = desk.store.channel_state("petabencana")
            ill = True
            for _ in range(3):
                desk.clock.now += MINUTE
                result = await desk.once()
                assert [error.code for _, error in result.errors] == [code]
            state = desk.store.channel_state("petabencana")
            assert state.last_error_code == code
            assert state.cursor == before.cursor, "a failure advances nothing"
            assert state.boundary == before.boundary
            stopped = code in ("auth_expired", "forbidden")
            assert (state.next_try_at is None) == stopped
            assert state.paused_reason == (code if stopped else None)
            assert [entry["code"] for entry in desk.told("channel") if not entry["ok"]] == [code] * 3
            assert bool(desk.told("auth")) == stopped
            assert len(desk.lines()) == 3
            ill = False
            desk.clock.now += MINUTE
            assert (await desk.once()).errors == ()
            well = desk.store.channel_state("petabencana")
            assert (well.last_error_code, well.paused_reason, well.attempts) == (None, None, 0)
            assert len(desk.lines()) == 3
        said = lines(caplog)
        assert len([line for line in said if "failed" in line]) == 1, said
        assert len([line for line in said if "works again" in line]) == 1, said
        assert len(said) == 2, said

    asyncio.run(scenario())


def test_being_offline_uses_up_no_attempt(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, OURS)

    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            desk.channel("petabencana", "http://127.0.0.1:9")
            for _ in range(5):
                result = await desk.once()
                assert [error.code for _, error in result.errors] == ["offline"]
            state = desk.store.channel_state("petabencana")
            assert state.attempts == 0
            assert state.next_try_at is not None
            assert state.next_try_at - desk.clock.now <= 18 * SECOND
        assert len(lines(caplog)) == 1

    asyncio.run(scenario())


def test_attempts_climb_the_ladder_over_process_restarts(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply.json({}, 500)) as server:
            desk.channel("petabencana", server.url)
            waits = []
            for _ in range(4):
                engine = desk.new_engine()
                await engine.run_once()
                await engine.close()
                state = desk.store.channel_state("petabencana")
                assert state.next_try_at is not None
                waits.append((state.next_try_at - desk.clock.now) // SECOND)
            for wait, least in zip(waits, (30, 60, 120, 240), strict=True):
                assert least <= wait <= least * 1.2

    asyncio.run(scenario())


def test_items_that_cannot_be_read_are_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    document = json.loads(GOOD)
    features = document["result"]["features"]
    bad = json.loads(json.dumps(features[0]))
    bad["properties"].update(pkey="9", created_at=17)
    document["result"]["features"] = [features[0], bad, "bukan item", None, *features[1:]]
    content = json.dumps(document).encode()

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(content)) as server:
            desk.channel("petabencana", server.url)
            for _ in range(3):
                assert (await desk.once()).errors == ()
                desk.clock.now += MINUTE
            assert len(desk.lines()) == 3
            kept = desk.store.quarantine("petabencana")
            assert sorted(row.key for row in kept) == ["item", "item", "properties.created_at"]
            assert {row.times for row in kept} == {1}, "an item that is known to be bad is not counted again"
            named = next(row for row in kept if row.key == "properties.created_at")
            assert json.loads(named.raw) == bad
            assert named.params["external_id"] == "9"
            assert desk.told("reports")[0]["quarantined"] == 3

    asyncio.run(scenario())


def test_a_mended_item_arrives_later(tmp_path: Path) -> None:
    document = json.loads(GOOD)
    document["result"]["features"][0]["properties"]["text"] = {"id": "x"}
    state = {"content": json.dumps(document).encode()}

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(state["content"])) as server:
            desk.channel("petabencana", server.url)
            await desk.once()
            assert len(desk.lines()) == 2
            state["content"] = GOOD
            await desk.once()
            assert len(desk.lines()) == 3

    asyncio.run(scenario())


def test_duplicates_reordering_and_a_changed_item(tmp_path: Path) -> None:
    document = json.loads(GOOD)
    features = document["result"]["features"]
    state = {"items": [*reversed(features), *features]}

    def handler(_: Asked) -> Reply:
        return Reply.json(
            {"statusCode": 200, "result": {"type": "FeatureCollection", "features": state["items"]}}
        )

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(handler) as server:
            desk.channel("petabencana", server.url)
            await desk.once()
            assert len(desk.lines()) == 3
            changed = json.loads(json.dumps(features))
            changed[0]["properties"]["text"] = "Air sudah surut"
            state["items"] = changed
            desk.clock.now += MINUTE
            result = await desk.once()
            assert result.channels[0].pulled is not None
            assert (result.channels[0].pulled.new, result.channels[0].pulled.changed) == (0, 1)
            detail = desk.store.find("petabencana", "318204")
            assert detail is not None
            assert detail.report.text == "Air sudah surut"
            assert detail.revisions[0].report.text == "Air masuk rumah, arus deras"

    asyncio.run(scenario())


def test_strange_positions_are_kept_and_marked(tmp_path: Path) -> None:
    document = json.loads(GOOD)
    for feature, point in zip(
        document["result"]["features"], ([0, 0], [-6.2, 106.8], [107.6, -6.9]), strict=True
    ):
        feature["geometry"]["coordinates"] = point
    content = json.dumps(document).encode()

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(content)) as server:
            desk.channel("petabencana", server.url)
            await desk.once()
            found = {line.report.external_id: line.report for line in desk.lines()}
            assert found["318204"].place_quality is PlaceQuality.NONE
            assert found["318205"].place_quality is PlaceQuality.OUTSIDE
            assert (found["318205"].lat, found["318205"].lon) == (106.8, -6.2)
            assert found["318206"].place_quality is PlaceQuality.OUTSIDE

    asyncio.run(scenario())


def test_hostile_text_arrives_whole(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\u202e=cmd|' /C calc'!A0\x00\ud83d" + "x" * 100_000
    document = json.loads(GOOD)
    document["result"]["features"][0]["properties"]["text"] = hostile
    content = json.dumps(document).encode()

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(content)) as server:
            desk.channel("petabencana", server.url)
            assert (await desk.once()).errors == ()
            found = desk.store.find("petabencana", "318204")
            assert found is not None
            assert len(found.report.text) == len(hostile)
            assert found.report.text.startswith("<script>alert(1)</script>\u202e=cmd")

    asyncio.run(scenario())


@pytest.mark.parametrize("skew", [-90, 90])
def test_a_clock_that_is_wrong_by_ninety_seconds_loses_nothing(skew: int, tmp_path: Path) -> None:
    """The server's window ends at its own now; reports arrive all the time while the desk's clock is off."""

    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            true = desk.clock.now
            made: list[tuple[int, dict[str, Any]]] = []
            template = json.loads(GOOD)["result"]["features"][0]

            def handler(asked: Asked) -> Reply:
                since = true - int(asked.query["timeperiod"]) * 1000
                recent = [item for at, item in made if since <= at <= true]
                body = {"type": "FeatureCollection", "features": recent}
                return Reply.json({"statusCode": 200, "result": body})

            async with serving(handler) as server:
                desk.channel("petabencana", server.url)
                for number in range(120):
                    true += 37 * SECOND
                    item = json.loads(json.dumps(template))
                    at = true + 80 * SECOND if number % 7 == 0 else true  # some devices run ahead
                    item["properties"].update(pkey=str(number), created_at=to_iso(at))
                    made.append((true, item))
                    if number % 4 == 0:
                        desk.clock.now = true + skew * SECOND
                        assert (await desk.once()).errors == ()
                    if number == 60:
                        true += 5 * 60 * MINUTE  # the desk was off for five hours
                true += MINUTE
                desk.clock.now = true + skew * SECOND
                await desk.once()
                found = {line.report.external_id: line.report.reported_at for line in desk.lines()}
                assert len(found) == 120
                assert max(found.values()) <= true + 80 * SECOND

    asyncio.run(scenario())


def test_a_gap_that_the_source_no_longer_gives_is_on_record(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(GOOD)) as server:
            desk.channel("petabencana", server.url, window_hours="24")
            await desk.once()
            was = desk.clock.now
            desk.clock.now += 72 * 60 * MINUTE
            await desk.once()
            state = desk.store.channel_state("petabencana")
            assert state.cursor["gaps"] == [[was, desk.clock.now - 24 * 60 * MINUTE]]
            desk.clock.now += MINUTE
            await desk.once()
            assert desk.store.channel_state("petabencana").cursor["gaps"] == state.cursor["gaps"]
        assert len([line for line in lines(caplog) if "no longer gives" in line]) == 1

    asyncio.run(scenario())


def test_another_address_is_another_source(tmp_path: Path) -> None:
    heard: list[Asked] = []

    def handler(asked: Asked) -> Reply:
        heard.append(asked)
        return Reply(GOOD, headers={"ETag": '"1"'})

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(handler) as one, serving(handler) as two:
            desk.channel("petabencana", one.url)
            await desk.once()
            await desk.once()
            desk.channel("petabencana", two.url)
            await desk.once()
            assert [asked.headers.get("if-none-match") for asked in heard] == [None, '"1"', None]
            assert heard[2].query["timeperiod"] == heard[0].query["timeperiod"] == str(168 * 3600)
            assert heard[1].query["timeperiod"] == "3600"
            assert len(desk.lines()) == 3

    asyncio.run(scenario())


# ---------------------------------------------------------------- waze


def feed(**changes: Any) -> dict[str, Any]:
    return {**json.loads((FIXTURES / "waze/feed.json").read_text("utf-8")), **changes}


def test_what_is_absent_from_a_newer_snapshot_has_ended_and_may_come_back(tmp_path: Path) -> None:
    state = {"feed": feed()}

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply.json(state["feed"])) as server:
            desk.channel("waze", server.url)

            async def statuses() -> dict[str, Status]:
                desk.clock.now += 2 * MINUTE
                assert (await desk.once()).errors == ()
                return {line.report.external_id: line.status for line in desk.lines()}

            assert set((await statuses()).values()) == {Status.NEW}
            state["feed"] = feed(jams=[], endTimeMillis=1795311960000)
            assert set((await statuses()).values()) == {Status.NEW}, "a snapshot that is not newer is ignored"
            state["feed"] = feed(jams=[], endTimeMillis=1795312080000)
            found = await statuses()
            assert found["9223372036854775807"] is Status.ENDED
            assert found["123480250"] is Status.NEW
            state["feed"] = feed(endTimeMillis=1795312200000)
            assert set((await statuses()).values()) == {Status.NEW}
            assert all(line.due_at is None for line in desk.lines()), "traffic has no official's clock"

    asyncio.run(scenario())


def test_a_snapshot_dated_years_ahead_does_not_shut_the_feed(tmp_path: Path) -> None:
    state = {"feed": feed(endTimeMillis=1795311960000 + 3650 * DAY)}

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply.json(state["feed"])) as server:
            desk.channel("waze", server.url)
            await desk.once()
            state["feed"] = feed(jams=[])
            desk.clock.now += 2 * MINUTE
            assert (await desk.once()).errors == ()
            assert {line.report.external_id: line.status for line in desk.lines()}[
                "9223372036854775807"
            ] is Status.ENDED

    asyncio.run(scenario())


def test_a_section_that_cannot_be_read_ends_nothing(tmp_path: Path) -> None:
    state = {"feed": feed()}

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply.json(state["feed"])) as server:
            desk.channel("waze", server.url)
            await desk.once()
            state["feed"] = feed(jams="rusak", endTimeMillis=1795312080000)
            assert (await desk.once()).errors == ()
            assert {line.status for line in desk.lines()} == {Status.NEW}
            assert [row.key for row in desk.store.quarantine("waze")] == ["jams"]

    asyncio.run(scenario())


# ---------------------------------------------------------------- the local file


def test_a_full_disk_stops_the_round_and_loses_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, OURS)

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(GOOD)) as server:
            desk.channel("petabencana", server.url)
            real = desk.store.ingest

            def full(*_: Any, **__: Any) -> Any:
                raise StoreProblem("disk_full")

            monkeypatch.setattr(desk.store, "ingest", full)
            for _ in range(2):
                result = await desk.once()
                assert [error.code for _, error in result.errors] == ["store_problem"]
            assert [entry["params"]["kind"] for entry in desk.told("error")] == ["disk_full"] * 2
            monkeypatch.setattr(desk.store, "ingest", real)
            assert (await desk.once()).errors == ()
            assert len(desk.lines()) == 3
        said = lines(caplog)
        assert len([line for line in said if "failed" in line]) == 1
        assert len([line for line in said if "works again" in line]) == 1

    asyncio.run(scenario())


def test_another_writer_of_the_file_is_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(GOOD)) as server:
            desk.channel("petabencana", server.url)
            holder = sqlite3.connect(tmp_path / "desk.sqlite3", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            desk_round = asyncio.create_task(desk.once())
            await asyncio.sleep(0)
            holder.execute("ROLLBACK")
            holder.close()
            assert (await desk_round).errors == ()
            assert len(desk.lines()) == 3

    asyncio.run(scenario())


def test_a_page_cut_in_the_middle_by_the_end_of_the_process_is_asked_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(GOOD, headers={"ETag": '"1"'})) as server:
            desk.channel("petabencana", server.url)
            real, calls = desk.store.ingest, []

            def dies(*arguments: Any, **named: Any) -> Any:
                calls.append(named)
                if len(calls) == 2:
                    raise EndedError
                return real(*arguments, **named)

            desk.store.ingest = dies  # type: ignore[method-assign]
            engine = desk.new_engine(chunk_rows=1)
            with pytest.raises(EndedError):
                await engine.run_once()
            await engine.close()
            assert len(desk.lines()) == 1
            assert desk.store.channel_state("petabencana").etag is None, (
                "the position comes with the last piece"
            )
            desk.store.ingest = real  # type: ignore[method-assign]
            await desk.once()
            assert len(desk.lines()) == 3

    asyncio.run(scenario())
