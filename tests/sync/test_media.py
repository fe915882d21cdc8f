"""What reports name comes to the disk: once, judged by its content, within its budget, and goes when it has to."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk import config
from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.domain.errors import BadData, Rejected, StoreProblem
from smartcity_desk.domain.filetypes import ENCLOSED
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.store import Store, files
from smartcity_desk.store.media import TRIES, MediaState, Shown
from smartcity_desk.sync import media
from smartcity_desk.sync.channel import Enclosure
from smartcity_desk.sync.darkroom import Darkroom, Picture
from smartcity_desk.sync.media import MediaFetcher
from smartcity_desk.sync.notice import Notice
from smartcity_desk.sync.outside import Outside
from tests.domain.builders import DIRECTORY, POLICY, T0
from tests.fakes.http_server import Asked, Reply, Server, serving
from tests.photos.files import file, plain
from tests.store.helpers import made, put

PICTURE = file(plain(300, 200))
PDF = b"%PDF-1.7\n" + b"x" * 200


class QuickRoom(Darkroom):
    """Decodes without a process: the process has tests of its own."""

    def __init__(self) -> None:
        super().__init__(command=["none"])
        self.seen: list[bytes] = []

    def develop(self, data: bytes) -> Picture:
        self.seen.append(data)
        if not data.startswith(b"\xff\xd8\xff"):
            raise BadData("photo", "damaged")
        return Picture("jpeg", 300, 200, "{}", b"\1" * 33, b"\xff\xd8\xffview", b"\xff\xd8\xffthumb")


async def nobody(_name: str, _port: int) -> Sequence[str]:
    """There is no name in this network."""
    raise OSError


class Desk:
    """A store, a folder and a fetcher, with a clock that moves when somebody sleeps."""

    def __init__(self, tmp_path: Path) -> None:
        self.now = T0
        self.wall = time.time()
        self.folder = tmp_path / "media"
        self.store = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
        self.store.set_directory(DIRECTORY, "e", T0)
        self.settings = Settings.load(tmp_path / "settings.json")
        self.room = QuickRoom()
        self.told: list[Notice] = []
        self.fetcher = MediaFetcher(
            self.store,
            self.folder,
            clock=lambda: self.now,
            notify=self.told.append,
            outside=Outside(clock=lambda: self.now, resolve=nobody, sleep=self.sleep, seconds=5.0),
            darkroom=self.room,
            wall=lambda: self.wall,
        )

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1000)

    async def writer(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(method, *args, **kwargs)

    def at_home(self, url: str) -> None:
        self.settings.set_channel("petabencana", ChannelSettings(True, url, {}))

    async def round(self) -> bool:
        return await self.fetcher.round(self.writer, self.settings)

    def rows(self, pk: int = 1) -> list[Shown]:
        return self.store.media.of_report(pk)

    def lying(self) -> set[str]:
        return {path.name for path in self.folder.rglob("*") if path.is_file()}

    def age(self) -> None:
        """Let everything on the disk be old."""
        for path in self.folder.rglob("*"):
            os.utime(path, (self.wall - 90_000, self.wall - 90_000))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made_desk = Desk(tmp_path)
    yield made_desk
    made_desk.store.close()


def run(desk: Desk, handler: Callable[[Asked], Reply], check: Callable[[Server], Awaitable[None]]) -> None:
    """Run a check beside a server that is the channel's own."""

    async def go() -> None:
        async with serving(handler) as server:
            desk.at_home(server.url)
            try:
                await check(server)
            finally:
                await desk.fetcher.close()

    asyncio.run(go())


def test_a_picture_comes_once_with_its_copies_and_the_panel_hears_of_it(desk: Desk) -> None:
    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/a", server.url + "/b")))
        assert await desk.round() is False
        first, second = desk.rows()
        assert (first.state, first.kind, first.width) == (MediaState.HAVE, "image/jpeg", 300)
        assert first.sha256 == second.sha256 == hashlib.sha256(PICTURE).hexdigest()
        assert desk.lying() == {first.sha256, f"{first.sha256}.view.jpg", f"{first.sha256}.thumb.jpg"}
        assert files.read(desk.folder, first.sha256) == PICTURE
        assert desk.told == [Notice("media", {"pks": [1]})]
        assert await desk.round() is False
        assert len(server.asked) == 2

    run(desk, lambda _: Reply(PICTURE, headers={"Content-Type": "text/html"}), check)


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        (Reply(b"<html>Silakan masuk</html>", headers={"Content-Type": "image/jpeg"}), "wanted", "page"),
        (Reply(b"\xef\xbb\xbf\r\n<!DOCTYPE html><title>Wi-Fi</title>"), "wanted", "page"),
        (Reply(b"<svg/>", headers={"Content-Type": "image/png"}), "refused", "unsupported_type"),
        (Reply(b"MZ\x90\0" + bytes(100)), "refused", "unsupported_type"),
        (Reply(b""), "refused", "empty"),
        (Reply(b"\x89PNG\r\n\x1a\nbroken"), "refused", "damaged"),
        (Reply(PICTURE, announce=media.MOST_BYTES + 1), "refused", "too_large"),
        (Reply(b"", 404), "gone", "gone"),
        (Reply(b"", 403), "refused", "forbidden"),
        (Reply(b"", 503), "wanted", "transient"),
        (Reply(PICTURE, drop=True), "wanted", ""),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_kept_out_for_a_reason(
    desk: Desk, reply: Reply, state: str, reason: str
) -> None:
    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/a.jpg",)))
        await desk.round()
        row = desk.rows()[0]
        assert (row.state.value, row.reason) == (state, reason)
        assert desk.lying() == set()

    run(desk, lambda _: reply, check)


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_page_in_a_pictures_place_is_asked_for_again_later_and_later_and_at_last_refused_as_that(
    desk: Desk, comes_back: bool
) -> None:
    """A network that wants a log-in first answers in the place of every server."""
    waits: list[int] = []

    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/a.jpg", "https://tiada.example.invalid/b")))
        for _ in range(TRIES - 1):
            await desk.round()
            row, away = desk.rows()
            assert (row.state, row.reason) == (MediaState.WANTED, "page")
            assert (away.state, away.reason) == (MediaState.WANTED, ""), "nobody else was heard either"
            waits.append(row.next_try_at - desk.now)
            desk.now = row.next_try_at
        ill[0] = not comes_back
        await desk.round()
        row = desk.rows()[0]
        assert (row.state.value, row.reason) == (("have", "") if comes_back else ("refused", "page"))
        assert waits == sorted(set(waits))
        assert sum(waits) > DAY

    ill = [True]
    page = Reply(b"<!doctype html><h1>Selamat datang</h1>", headers={"Content-Type": "text/html"})
    run(desk, lambda _: page if ill[0] else Reply(PICTURE), check)


def test_a_certificate_that_does_not_hold_is_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> bytes:
        raise Rejected("tls", place="media")

    async def go() -> None:
        put(desk.store, made(1, media=("https://foto.example.invalid/a.jpg",)))
        monkeypatch.setattr(Outside, "get", refused)
        for _ in range(TRIES - 1):
            await desk.round()
            row = desk.rows()[0]
            assert (row.state, row.reason) == (MediaState.WANTED, "tls")
            desk.now = row.next_try_at
        await desk.round()
        assert (desk.rows()[0].state, desk.rows()[0].reason) == (MediaState.REFUSED, "tls")
        await desk.fetcher.close()

    asyncio.run(go())


def test_a_paper_is_kept_as_it_is_and_never_decoded(desk: Desk) -> None:
    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/surat",)))
        await desk.round()
        row = desk.rows()[0]
        assert (row.state, row.kind, row.size) == (MediaState.HAVE, "application/pdf", len(PDF))
        assert desk.room.seen == []

    run(desk, lambda _: Reply(PDF), check)


def test_a_host_that_is_away_costs_one_question_and_the_others_wait_without_a_try(desk: Desk) -> None:
    async def check(server: Server) -> None:
        put(desk.store, *(made(n, media=(f"{server.url}/{n}.jpg",)) for n in range(1, 6)))
        await desk.round()
        assert len(server.asked) == 1
        rows = [desk.rows(pk)[0] for pk in range(1, 6)]
        assert all(row.state is MediaState.WANTED and row.next_try_at > desk.now for row in rows)
        assert [row.reason for row in rows].count("transient") == 1

    run(desk, lambda _: Reply(b"", 500), check)


def test_our_own_line_that_is_down_costs_no_try(desk: Desk) -> None:
    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/a", "https://tiada.example.invalid/b")))
        await desk.round()
        first = desk.rows()
        assert [(row.state, row.reason) for row in first] == [(MediaState.WANTED, "")] * 2
        assert [row.tries for row in desk.store.media.wanted(5, desk.now + DAY)] == [0, 0]
        answers.append(PICTURE)
        desk.now += 10 * MINUTE
        await desk.round()
        assert [row.state for row in desk.rows()] == [MediaState.HAVE, MediaState.WANTED]
        assert [(row.tries, row.url) for row in desk.store.media.wanted(5, desk.now + DAY)] == [
            (1, "https://tiada.example.invalid/b")
        ]

    answers: list[bytes] = []
    run(desk, lambda _: Reply(answers[0]) if answers else Reply(drop=True), check)


def test_a_private_address_is_refused_for_good(desk: Desk) -> None:
    async def check(server: Server) -> None:
        desk.at_home("https://kanal.example.invalid")
        put(desk.store, made(1, media=(server.url + "/a", "http://169.254.169.254/latest")))
        await desk.round()
        assert [row.reason for row in desk.rows()] == ["private_address", "private_address"]
        assert server.asked == []

    run(desk, lambda _: Reply(PICTURE), check)


def test_turned_off_or_without_room_nothing_is_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/a",)))
        desk.settings.set(config.PICTURES_FETCHED, False)
        assert await desk.round() is False
        desk.settings.set(config.PICTURES_FETCHED, True)
        monkeypatch.setattr(media, "DAY_BYTES", 0)
        assert await desk.round() is False
        assert server.asked == []
        monkeypatch.setattr(media, "DAY_BYTES", 1 << 30)
        desk.now += 11 * MINUTE  # the room is counted anew
        await desk.round()
        assert desk.rows()[0].state is MediaState.HAVE

    run(desk, lambda _: Reply(PICTURE), check)


def test_a_full_disk_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/a",)))
        monkeypatch.setattr(files, "keep", full)
        await desk.round()
        assert (desk.rows()[0].state, desk.rows()[0].reason) == (MediaState.WANTED, "disk")

    run(desk, lambda _: Reply(PICTURE), check)


# ---------------------------------------------------------------- enclosed


def enclosure(content: bytes, sha256: str = "") -> Enclosure:
    return Enclosure(sha256 or hashlib.sha256(content).hexdigest(), "image/png", "../../x.exe", content)


def test_an_enclosed_file_is_judged_like_any_other(desk: Desk) -> None:
    good, bad, far = enclosure(PICTURE), enclosure(b"MZ" + bytes(50)), ENCLOSED + "7" * 64
    desk.fetcher.keep_enclosed([good, bad])
    put(desk.store, made(1, media=(good.link, bad.link, far)))
    asyncio.run(desk.round())
    assert [(row.state.value, row.reason) for row in desk.rows()] == [
        ("have", ""),
        ("refused", "unsupported_type"),
        ("refused", "not_here"),
    ]
    desk.age()
    assert desk.fetcher.sweep_orphans() == 1
    assert bad.sha256 not in desk.lying()
    assert good.sha256 in desk.lying()


def test_a_file_that_is_not_what_its_item_says_is_left_out(desk: Desk) -> None:
    desk.fetcher.keep_enclosed([enclosure(PICTURE, "8" * 64)])
    assert desk.lying() == set()


def test_a_page_whose_files_cannot_lie_is_no_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "keep", full)
    with pytest.raises(StoreProblem) as problem:
        desk.fetcher.keep_enclosed([enclosure(PICTURE)])
    assert problem.value.kind == "disk_full"


def test_a_cut_between_file_and_row_leaves_nothing_for_ever(desk: Desk) -> None:
    one = enclosure(PICTURE)
    desk.fetcher.keep_enclosed([one])
    assert desk.fetcher.sweep_orphans() == 0  # it may belong to a page that is being written
    (files.path_of(desk.folder, one.sha256).parent / ".new-abc").write_bytes(b"half")
    desk.age()
    assert desk.fetcher.sweep_orphans() == 1
    assert desk.lying() == set()


# ---------------------------------------------------------------- erased


def test_what_is_erased_leaves_the_disk_and_what_another_report_names_stays(desk: Desk) -> None:
    async def check(server: Server) -> None:
        put(desk.store, made(1, media=(server.url + "/a",)), made(2, media=(server.url + "/a",)))
        await desk.round()
        desk.store.ingest("petabencana", [], checkpoint=None, now=desk.now, gone=["1"])
        assert [row.state for row in desk.rows(1)] == [MediaState.ERASED]
        desk.age()
        await desk.fetcher.sweep(desk.writer)
        assert len(desk.lying()) == 3
        desk.store.ingest("petabencana", [], checkpoint=None, now=desk.now, gone=["2"])
        await desk.fetcher.sweep(desk.writer)
        assert desk.lying() == set()
        assert desk.store.media.to_remove(5) == []

    run(desk, lambda _: Reply(PICTURE), check)


def test_a_file_that_just_came_again_is_not_taken_from_under_its_page(desk: Desk) -> None:
    one = enclosure(PICTURE)
    desk.fetcher.keep_enclosed([one])
    put(desk.store, made(1, media=(one.link,)))
    asyncio.run(desk.round())
    desk.store.media.erase([1], desk.now)
    os.utime(files.path_of(desk.folder, one.sha256), (desk.wall, desk.wall))
    asyncio.run(desk.fetcher.sweep(desk.writer))
    assert one.sha256 in desk.lying()
    desk.wall += 3_600
    asyncio.run(desk.fetcher.sweep(desk.writer))
    assert desk.lying() == set()


def test_tidying_has_its_times(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[str] = []

    async def sweep(_writer: object) -> None:
        swept.append("erased")

    monkeypatch.setattr(desk.fetcher, "sweep", sweep)
    monkeypatch.setattr(desk.fetcher, "sweep_orphans", lambda: swept.append("orphans"))

    async def go() -> None:
        for wait in (0, 5_000, MINUTE, DAY):
            desk.now += wait
            await desk.fetcher.tidy(desk.writer)

    asyncio.run(go())
    assert swept == ["erased", "orphans", "erased", "erased", "orphans"]


def test_the_same_picture_of_two_reports_joins_them(desk: Desk) -> None:
    """Two files of one photograph are a reason to think that two reports tell of one thing."""

    async def check(server: Server) -> None:
        links: Sequence[str] = (server.url + "/a", server.url + "/b")
        put(
            desk.store,
            made(1, media=links[:1], text="Pohon tumbang menutup jalan", lat=-6.2, lon=106.8),
            made(2, media=links[1:], text="Dahan besar jatuh", lat=-6.2002, lon=106.8001),
        )
        ids = [made(1).id, made(2).id]
        before = desk.store.lookalikes.of(ids[0], now=T0 + DAY, least=0.0)
        await desk.round()
        after = desk.store.lookalikes.of(ids[0], now=T0 + DAY, least=0.0)
        assert "picture" not in {reason.code.value for one in before for reason in one.reasons}
        assert "picture" in {reason.code.value for one in after for reason in one.reasons}

    run(desk, lambda asked: Reply(PICTURE + asked.path.encode()), check)
