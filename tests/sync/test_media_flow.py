"""From a channel's page to a picture on the disk: with the real engine, a real server and the real decoding process."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.report import Report
from smartcity_desk.store import Store, files
from smartcity_desk.store.media import MediaState
from smartcity_desk.sync import engine as engine_module
from smartcity_desk.sync.channel import Enclosure, Fetched, Position, TestResult
from smartcity_desk.sync.media import MediaFetcher
from smartcity_desk.sync.puller import pull
from smartcity_desk.sync.ratelimit import Rate
from smartcity_desk.sync.transport import Http, Transport
from tests.cli.kit import flood
from tests.domain.builders import T0
from tests.fakes.http_server import Asked, Reply, serving
from tests.photos.files import file, plain
from tests.store.helpers import made
from tests.sync.bench import NOW, POLICY, Bench
from tests.sync.test_follow import Following, until

PICTURE = file(plain(300, 200))
ENCLOSED = Enclosure(hashlib.sha256(PICTURE).hexdigest(), "image/jpeg", "foto.jpg", PICTURE)


class Post:
    """A channel whose only item has a file inside."""

    def __init__(self, *reports: Report) -> None:
        self._reports = reports

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        yield Fetched(Position({"uid": 1}), self._reports, seen=len(self._reports), files=(ENCLOSED,))

    async def test(self, http: Http, now: int) -> TestResult:
        raise NotImplementedError


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    yield opened
    opened.close()


async def walk(store: Store, fetcher: MediaFetcher) -> None:
    async def writer(method: Any, *args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(method, *args, **kwargs)

    transport = Transport(clock=lambda: T0)
    await pull(
        "petabencana",
        Post(made(1, media=(ENCLOSED.link,))),
        transport.channel("petabencana", Rate(1, 1)),
        store,
        writer,
        source="s",
        clock=lambda: T0,
        chunk_rows=10,
        page_done=lambda _: None,
        keep=fetcher.keep_enclosed,
    )
    await transport.close()


def test_a_page_is_written_after_its_files(store: Store, tmp_path: Path) -> None:
    fetcher = MediaFetcher(store, tmp_path / "media", clock=lambda: T0)
    asyncio.run(walk(store, fetcher))
    assert files.read(tmp_path / "media", ENCLOSED.sha256) == PICTURE
    assert [one.state for one in store.media.of_report(1)] == [MediaState.WANTED]


def test_a_page_whose_files_cannot_lie_is_asked_for_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    fetcher = MediaFetcher(store, tmp_path / "media", clock=lambda: T0)
    monkeypatch.setattr(files, "keep", full)
    with pytest.raises(StoreProblem):
        asyncio.run(walk(store, fetcher))
    assert store.pks_of([made(1).id]) == []
    assert dict(store.channel_state("petabencana").cursor) == {}


def test_a_report_of_a_channel_has_its_picture_a_moment_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "MEDIA_SECONDS", 0.05)

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/foto"):
            return Reply(PICTURE) if asked.path == "/foto/1.jpg" else Reply(b"<svg/>", 200)
        host = f"http://{asked.headers['host']}"
        items = [
            flood(1, NOW - 60_000, image_url=f"{host}/foto/1.jpg"),
            flood(2, NOW - 50_000, image_url=f"{host}/foto/2.jpg"),
            flood(3, NOW - 40_000, image_url="http://169.254.169.254/latest"),
        ]
        body = {"statusCode": 200, "result": {"type": "FeatureCollection", "features": items}}
        return Reply(json.dumps(body).encode(), headers={"Content-Type": "application/json"})

    async def scenario() -> None:
        async with serving(answer) as server:
            desk = Bench(tmp_path)
            folder = tmp_path / "media"
            fetcher = MediaFetcher(desk.store, folder, clock=desk.clock, notify=desk.notices.append)
            await desk.engine.close()
            desk.engine = desk.new_engine(media=fetcher)
            desk.channel("petabencana", server.url)
            try:
                async with Following(desk):
                    await until(lambda: dict(desk.store.media.totals(0).states) == {"have": 1, "refused": 2})
                    await until(lambda: bool(desk.told("media")))
                reasons = dict(desk.store.media.totals(0).reasons)
                assert reasons == {"unsupported_type": 1, "private_address": 1}
                sha256 = ENCLOSED.sha256
                assert files.copy_of(folder, sha256, "thumb").read_bytes().startswith(b"\xff\xd8\xff")
            finally:
                await desk.engine.close()
                desk.store.close()

    asyncio.run(scenario())
