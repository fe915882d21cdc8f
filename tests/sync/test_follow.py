"""The engine for ever: woken by the stream, by the desk and by due times; stopped without losing what is on its way."""

from __future__ import annotations

import asyncio
import io
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

import pytest

from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.domain.events import CategorySet, EventKind
from smartcity_desk.domain.report import PlaceQuality, Report
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.secrets import CENTRAL_REFRESH, CENTRAL_TOKEN
from smartcity_desk.store.rows import OpState
from smartcity_desk.sync import child as child_module
from smartcity_desk.sync.central.round import CENTRAL_POLL_MS
from smartcity_desk.sync.child import Conversation, converse, lines_of, write_notice
from smartcity_desk.sync.engine import STREAM_REFUSED
from smartcity_desk.sync.notice import Notice
from tests.central.world import report as city_report
from tests.conftest import ROOT
from tests.fakes.central_server import Line, Running, bad_line
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import Bench, bench
from tests.sync.test_central import act, desk_of, note, take_in

GOOD = (ROOT / "tests/fixtures/channels/petabencana/reports.geojson.json").read_bytes()


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Let the loop run until something holds; a test that waits in vain fails."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.01)


class Following:
    """A desk whose engine follows while the block runs."""

    def __init__(self, desk: Bench) -> None:
        self.desk = desk
        self.stop = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.desk.engine.follow(self.stop))
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 20)


def test_another_desks_action_arrives_by_the_stream(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as mine, desk_of(tmp_path, server.url, "oni") as other:
            report_id = take_in(mine, 1)[0]
            await mine.once()
            async with Following(other):
                await until(lambda: len(other.lines()) == 1)
                act(mine, EventKind.CATEGORY_SET, CategorySet("flood"), report_id)
                await mine.once()
                # far sooner than the 15 s of the poll: the stream woke it
                await until(lambda: other.store.report(report_id).state.category == "flood", 8)

    asyncio.run(scenario())


def test_a_push_goes_out_when_the_desk_says_so(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            report_id = take_in(desk, 1)[0]
            async with Following(desk):
                await until(lambda: bool(desk.told("central")))
                op = note(desk, report_id)
                desk.engine.wake("central")
                await until(lambda: [row.id for row in desk.store.ops([OpState.CONFIRMED])] == [op])

    asyncio.run(scenario())


def test_what_comes_in_is_compared_and_told_to_the_desk(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            await desk.engine.close()
            desk.engine = desk.new_engine(with_twins=True)
            alike = {"lat": -6.2266, "lon": 106.8547, "place_quality": PlaceQuality.EXACT}
            texts = "Jalan berlubang di Jl. Melati III RT 3/RW 5", "lobang gede jln melati 3"
            first, again = (
                city_report(n, text=text, reported_at=desk.clock.now - HOUR + n, **alike)
                for n, text in enumerate(texts, 1)
            )
            desk.store.ingest("petabencana", [first, again], checkpoint=None, now=desk.clock.now)
            async with Following(desk):
                await until(lambda: len(desk.lines(alike=True)) == 1)
                assert [line.report.id for line in desk.lines(alike=True)] == [again.id]
                await until(lambda: any(list(one["pks"]) == [2] for one in desk.told("events")))

    asyncio.run(scenario())


def test_off_the_line_and_back(server: Running, tmp_path: Path) -> None:
    heard: list[Asked] = []

    def handler(asked: Asked) -> Reply:
        heard.append(asked)
        return Reply(GOOD)

    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk, serving(handler) as source:
            desk.engine.set_offline(True)
            desk.channel("petabencana", source.url)
            async with Following(desk):
                desk.engine.wake()
                await asyncio.sleep(0.2)
                assert heard == []
                assert desk.notices == [notice for notice in desk.notices if notice.kind == "secret"]
                desk.engine.set_offline(False)
                await until(lambda: len(desk.lines()) == 3)
                await until(lambda: desk.store.central.unpushed_reports(10) == [])

    asyncio.run(scenario())


def test_the_line_comes_back_by_itself(
    server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcity_desk.sync.backoff.OFFLINE_WAIT", 1000)
    monkeypatch.setattr("smartcity_desk.sync.backoff.ILL_FIRST", 50)

    async def scenario() -> None:
        line = Line(down=True)
        async with bad_line(server.url, line, 1) as proxy, desk_of(tmp_path, server.url) as desk:
            desk.central(proxy.url)
            report_id = take_in(desk, 1)[0]
            op = note(desk, report_id)
            async with Following(desk):
                await until(lambda: any(not entry["ok"] for entry in desk.told("central")))
                line.down = False
                desk.clock.now += 2 * 24 * 60 * MINUTE
                await until(lambda: [row.id for row in desk.store.ops([OpState.CONFIRMED])] == [op])

    asyncio.run(scenario())


def test_a_new_channel_and_a_mended_one_are_asked_at_once(tmp_path: Path) -> None:
    state = {"status": 401}

    async def scenario() -> None:
        async with (
            bench(tmp_path) as desk,
            serving(lambda _: Reply(GOOD, state["status"])) as source,
            Following(desk),
        ):
            fresh = Settings(tmp_path / "other.json")
            fresh.set_channel("petabencana", ChannelSettings(True, source.url, {}))
            desk.engine.reload(fresh)
            await until(lambda: desk.store.channel_state("petabencana").paused_reason == "auth_expired")
            asked = len(source.asked)
            await asyncio.sleep(0.1)
            assert len(source.asked) == asked, "it stands still"
            state["status"] = 200
            desk.engine.wake("petabencana")
            await until(lambda: len(desk.lines()) == 3)

    asyncio.run(scenario())


def test_stopping_in_the_middle_of_a_push_keeps_the_action(server: Running, tmp_path: Path) -> None:
    reached = asyncio.Event()

    async def scenario() -> None:
        async with bad_line(server.url, Line(), 1) as proxy:

            async def handler(asked: Asked) -> Reply:
                found = proxy.handler(asked)
                answer = found if isinstance(found, Reply) else await found
                if asked.path == "/v1/actions":
                    reached.set()
                    answer.wait = asyncio.Event()  # the server did it; the answer never comes
                return answer

            async with serving(handler) as front, desk_of(tmp_path, server.url) as desk:
                report_id = take_in(desk, 1)[0]
                await desk.once()
                desk.central(front.url)
                op = note(desk, report_id)
                async with Following(desk):
                    await reached.wait()
                assert [row.id for row in desk.store.ops([OpState.QUEUED])] == [op]
                desk.central(server.url)
                assert (await desk.once()).errors == ()
                assert [row.id for row in desk.store.ops([OpState.CONFIRMED])] == [op]
                assert desk.store.report(report_id).state.notes == 1

    asyncio.run(scenario())


def test_an_action_that_may_still_be_taken_back_goes_out_when_its_time_is_over(
    server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            report_id = take_in(desk, 1)[0]
            await desk.once()
            desk.store.act(
                EventKind.CATEGORY_SET,
                CategorySet("flood"),
                [report_id],
                actor=(await desk.engine.central().session.me()).actor,
                now=desk.clock.now,
                randomness=random.Random(1).randbytes,
                hold_ms=400,
            )
            async with Following(desk):
                await until(lambda: bool(desk.told("central")))
                desk.clock.now += 400
                await until(lambda: desk.store.ops([OpState.QUEUED, OpState.SENDING]) == [], 8)

    asyncio.run(scenario())


def test_a_log_in_that_is_over_is_not_knocked_with_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcity_desk.sync.engine.STREAM_RETRY", 1)
    stood: list[float] = []
    refused = Reply(b'{"code": "token_refused"}', 401)

    async def scenario() -> None:
        async with (
            bench(tmp_path, {CENTRAL_TOKEN: "old", CENTRAL_REFRESH: "old"}) as desk,
            serving(lambda _: refused) as front,
        ):
            desk.central(front.url)
            rest = desk.engine._rest

            async def watched(name: str, wait: int | None) -> None:
                if name == "stream" and wait is not None:
                    stood.append(wait)
                await rest(name, wait)

            monkeypatch.setattr(desk.engine, "_rest", watched)
            async with Following(desk):
                await until(lambda: bool(stood) and bool(desk.told("auth")))
                asked = [one.path for one in front.asked]
                desk.engine.tokens_changed()
                await until(lambda: len(stood) == 2, 8)
            assert set(stood) == {STREAM_REFUSED}
            assert asked.count("/v1/stream") <= 1

    asyncio.run(scenario())


def test_an_account_that_may_only_read_is_not_busy_with_what_it_cannot_send(
    server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url, "vina") as desk:
            report_id = take_in(desk, 1)[0]
            note(desk, report_id)  # left from the days when the account was an operator's
            waits: list[int | None] = []
            rest = desk.engine._rest

            async def watched(name: str, wait: int | None) -> None:
                if name == "central":
                    waits.append(wait)
                await rest(name, wait)

            desk.engine._rest = watched  # type: ignore[method-assign]
            async with Following(desk):
                await until(lambda: bool(waits))
            assert waits == [CENTRAL_POLL_MS]

    asyncio.run(scenario())


# ---------------------------------------------------------------- as a child process


def test_commands_and_notices_are_lines_of_json(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk, serving(lambda _: Reply(GOOD)) as source:
            token = desk.secrets.get(CENTRAL_TOKEN)
            assert token is not None
            desk.secrets.delete(CENTRAL_TOKEN)
            desk.secrets.delete("central/refresh")
            desk.engine.tokens_changed()
            told: asyncio.Queue[str | None] = asyncio.Queue()

            async def lines() -> AsyncIterator[str]:
                while (line := await told.get()) is not None:
                    yield line

            def say(**message: Any) -> None:
                told.put_nowait(json.dumps(message) + "\n")

            def load() -> Settings:
                fresh = Settings(tmp_path / "s.json")
                fresh.set_channel("petabencana", ChannelSettings(True, source.url, {}))
                fresh.set(__import__("smartcity_desk.config").config.CENTRAL_URL, server.url)
                return fresh

            stop = asyncio.Event()
            conversation = Conversation(desk.engine, desk.secrets, load, stop)
            running = asyncio.create_task(converse(desk.engine, conversation, lines(), stop))
            for strange in ("kacau", "[]", '{"cmd": 5}', '{"cmd":"format_disk"}', "{" * 100_000, "", "null"):
                told.put_nowait(strange + "\n")
            say(cmd="settings")
            await until(lambda: len(desk.lines()) == 3)
            assert desk.told("central") == [], "nobody is logged in"
            say(cmd="secrets", values={CENTRAL_TOKEN: token, "../bad": "x", "central/refresh": 7})
            await until(lambda: any(entry["ok"] for entry in desk.told("central")))
            say(cmd="secrets", values={})
            await until(lambda: desk.secrets.get(CENTRAL_TOKEN) is None)
            asked = len(source.asked)
            say(cmd="pull", channel="petabencana")
            await until(lambda: len(source.asked) > asked)
            say(cmd="offline", on=True)
            say(cmd="pull")
            say(cmd="push")
            told.put_nowait(None)  # the desk has gone
            await asyncio.wait_for(running, 20)
            assert stop.is_set()

    asyncio.run(scenario())


def test_notices_are_single_lines(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    write_notice(stream, Notice("reports", {"channel": "x", "new": 3, "text": "baris\nbaru"}))
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert json.loads(written) == {"kind": "reports", "channel": "x", "new": 3, "text": "baris\nbaru"}
    stream.close()
    write_notice(stream, Notice("reports"))  # a desk that has gone is no error


def test_lines_are_read_in_a_thread_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "LONGEST_LINE", 10)

    async def scenario() -> None:
        found = [line async for line in lines_of(io.StringIO("satu\ndua\n" + "x" * 25 + "\n"))]
        assert found == ["satu\n", "dua\n", "x" * 10, "x" * 10, "xxxxx\n"]

    asyncio.run(scenario())


def test_the_child_is_a_process_that_ends_with_its_desk(tmp_path: Path) -> None:
    """The whole child in a process of its own: settings and secrets in, reports in the file, notices out."""
    import subprocess
    import sys

    from smartcity_desk.directory import load_policy
    from smartcity_desk.paths import Paths
    from smartcity_desk.store import Store

    paths = Paths.of(tmp_path / "data", "uji").prepare()
    Store.open(paths.database, now=1, policy=load_policy()).close()

    async def scenario() -> None:
        async with serving(lambda _: Reply(GOOD)) as source:
            settings = Settings.load(paths.settings)
            settings.set_channel("petabencana", ChannelSettings(True, source.url, {}))
            settings.save()
            code = (
                "import sys; from smartcity_desk.paths import Paths; from smartcity_desk.sync.child import run; "
                "from smartcity_desk.directory import load_policy; "
                f"sys.exit(run(Paths.of({str(tmp_path / 'data')!r}, 'uji'), load_policy()))"
            )
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
            )
            assert process.stdin is not None
            assert process.stdout is not None
            kinds = set()
            while "channel" not in kinds:
                notice = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
                kinds.add(notice["kind"])
            assert kinds == {"reports", "channel"}
            process.stdin.close()
            assert await asyncio.wait_for(process.wait(), 30) == 0

    asyncio.run(scenario())
    store = Store.open(paths.database, now=1, policy=load_policy())
    found: Report | None = getattr(store.find("petabencana", "318204"), "report", None)
    store.close()
    assert found is not None
