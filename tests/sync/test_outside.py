"""A stranger's link leads to the open internet or nowhere, and what hangs at its end has a size and a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import DeskError, Offline, RateLimited, Rejected, Transient
from smartcity_desk.sync.outside import MOST_REDIRECTS, Home, Outside, _two_of
from tests.fakes.http_server import Asked, Reply, Server, serving

PUBLIC = "93.184.215.14"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"x" * 100


class Clock:
    """Time that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


def names(**known: str) -> Callable[[str, int], Coroutine[Any, Any, Sequence[str]]]:
    """A resolver that knows these names and counts nothing else as one."""

    async def resolve(name: str, _port: int) -> Sequence[str]:
        found = known.get(name.replace(".", "_").replace("-", "_"))
        if found is None:
            raise OSError("no such name")
        return found.split()

    return resolve


async def refused(outside: Outside, url: str, home: Home | None = None) -> str:
    try:
        await outside.get(url, most=1_000, home=home)
    except Rejected as problem:
        return problem.reason
    except DeskError as problem:
        return problem.code
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.jpg",
        "http://127.1/a.jpg",
        "http://2130706433/a.jpg",  # 127.0.0.1 as one number
        "http://0x7f000001/a.jpg",
        "http://0177.0.0.1/a.jpg",
        "http://10.0.0.1/a.jpg",
        "http://172.16.5.5/a.jpg",
        "http://192.168.1.1:8080/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/a.jpg",
        "http://0.0.0.0/a.jpg",
        "http://224.0.0.1/a.jpg",
        "http://255.255.255.255/a.jpg",
        "http://[::1]/a.jpg",
        "http://[::ffff:127.0.0.1]/a.jpg",
        "http://[::ffff:a00:1]/a.jpg",
        "http://[fe80::1]/a.jpg",
        "http://[fc00::1]/a.jpg",
        "http://[64:ff9b::a9fe:a9fe]/a.jpg",
        "http://[2002:7f00:1::]/a.jpg",
    ],
)
def test_no_spelling_of_an_inner_address_is_asked(url: str) -> None:
    async def go() -> None:
        outside = Outside(clock=Clock())
        assert await refused(outside, url) == "private_address"
        await outside.close()

    asyncio.run(go())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://foto.example.invalid/a.jpg",
        "file:///etc/passwd",
        "gopher://foto.example.invalid/",
        "javascript:alert(1)",
        "enclosed:abc",
        "http://user:word@foto.example.invalid/a.jpg",
        "http://foto.example.invalid:22/a.jpg",
        "http://foto.example.invalid:25/a.jpg",
        "http://foto.example.invalid:99999/a.jpg",
        "http://foto.example.invalid/a b.jpg",
        "http://foto.example.invalid\\@127.0.0.1/",
        "http:///a.jpg",
        "//foto.example.invalid/a.jpg",
        "",
        "http://" + "a" * 70 + ".example.invalid/",
        "http://foto.example.invalid/" + "a" * 3_000,
    ],
)
def test_what_is_no_plain_web_address_is_not_followed(url: str) -> None:
    async def go() -> None:
        outside = Outside(clock=Clock(), resolve=names(foto_example_invalid=PUBLIC))
        assert await refused(outside, url) == "bad_address"
        await outside.close()

    asyncio.run(go())


def test_one_inner_address_among_outer_ones_refuses_the_name() -> None:
    async def go() -> None:
        resolve = names(dua_example_invalid=f"{PUBLIC} 10.0.0.7", dalam_example_invalid="192.168.0.9")
        outside = Outside(clock=Clock(), resolve=resolve)
        for name in ("dua", "dalam"):
            assert await refused(outside, f"http://{name}.example.invalid/a.jpg") == "private_address"
        assert await refused(outside, "http://tiada.example.invalid/a.jpg") == "offline"
        await outside.close()

    asyncio.run(go())


def with_server(handler: Callable[[Asked], Reply], check: Callable[[Server, Outside, Home], Any]) -> None:
    """Run a check against a server on loopback that is at the same time the channel's home."""

    async def go() -> None:
        clock = Clock()
        async with serving(handler) as server:
            outside = Outside(clock=clock, sleep=clock.sleep, seconds=2.0)
            home = Home.of(server.url)
            assert home is not None
            try:
                await check(server, outside, home)
            finally:
                await outside.close()

    asyncio.run(go())


def test_a_channel_at_home_has_its_pictures_at_home_and_nothing_else_is_told_to_them() -> None:
    async def check(server: Server, outside: Outside, home: Home) -> None:
        for path in ("/a.png", "/b.png?sig=1"):
            assert await outside.get(server.url + path, most=1_000, home=home) == PICTURE
        first, second = server.asked
        assert (first.path, second.query) == ("/a.png", {"sig": "1"})
        assert "cookie" not in second.headers
        assert "authorization" not in second.headers
        assert second.headers["accept-encoding"] == "identity"
        assert await refused(outside, server.url + "/a.png") == "private_address"

    with_server(lambda _: Reply(PICTURE, headers={"Set-Cookie": "spur=1"}), check)


def test_a_channel_elsewhere_opens_no_way_to_this_machine_nor_to_others_of_its_building() -> None:
    async def check(server: Server, outside: Outside, _home: Home) -> None:
        far = Home.of("https://kanal.example.invalid/api")
        near = Home.of("http://10.1.2.3:8080/api")
        for home in (far, near):
            assert await refused(outside, server.url + "/a.png", home) == "private_address"
        assert await refused(outside, "http://10.1.2.3:9090/a.png", near) == "private_address"
        assert await refused(outside, "http://10.1.2.4:8080/a.png", near) == "private_address"
        assert server.asked == []

    with_server(lambda _: Reply(PICTURE), check)


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """A name that answers twice, and otherwise the second time, is asked for once."""
    asked: list[str] = []

    async def check(server: Server, _outside: Outside, _home: Home) -> None:
        async def resolve(name: str, _port: int) -> Sequence[str]:
            asked.append(name)
            return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

        outside = Outside(clock=Clock(), resolve=resolve)
        port = server.url.rpartition(":")[2]
        home = Home("localhost", 1)
        found = await outside.get(f"http://localhost:{port}/a.png", most=1_000, home=home)
        assert found == PICTURE
        assert asked == ["localhost"]
        assert server.asked[0].headers["host"] == f"localhost:{port}"
        await outside.close()

    with_server(lambda _: Reply(PICTURE), check)


def test_where_one_address_cannot_be_reached_the_other_is_asked() -> None:
    async def check(server: Server, _outside: Outside, _home: Home) -> None:
        async def resolve(_name: str, _port: int) -> Sequence[str]:
            return ["127.0.0.2", "127.0.0.1"]

        outside = Outside(clock=Clock(), resolve=resolve)
        port = server.url.rpartition(":")[2]
        found = await outside.get(f"http://localhost:{port}/", most=1_000, home=Home("localhost", 1))
        assert found == PICTURE
        await outside.close()

    with_server(lambda _: Reply(PICTURE), check)


def test_of_many_addresses_one_of_each_family_is_tried() -> None:
    assert _two_of(["2606::1", "2606::2", "8.8.8.8", "8.8.4.4"]) == ["2606::1", "8.8.8.8"]
    assert _two_of(["8.8.8.8", "8.8.4.4"]) == ["8.8.8.8", "8.8.4.4"]
    assert _two_of(["8.8.8.8"]) == ["8.8.8.8"]


def test_a_name_that_only_calls_itself_this_machine_is_not_believed() -> None:
    async def go() -> None:
        outside = Outside(clock=Clock(), resolve=names(localhost="10.0.0.1"))
        assert await refused(outside, "http://localhost:8080/", Home("127.0.0.1", 80)) == "private_address"
        await outside.close()

    asyncio.run(go())


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://169.254.169.254/latest/", "private_address"),
        ("http://10.0.0.1/a.png", "private_address"),
        ("file:///etc/passwd", "bad_address"),
        ("http://user:word@127.0.0.1/", "bad_address"),
        ("", "bad_address"),
        ("/", "redirects"),
    ],
)
def test_every_hop_is_held_to_the_rules(target: str, reason: str) -> None:
    async def check(server: Server, outside: Outside, home: Home) -> None:
        assert await refused(outside, server.url + "/a.png", home) == reason
        assert len(server.asked) == (MOST_REDIRECTS + 1 if reason == "redirects" else 1)

    with_server(lambda _: Reply(b"", 302, {"Location": target}), check)


def test_a_redirect_that_stays_in_bounds_is_followed() -> None:
    async def check(server: Server, outside: Outside, home: Home) -> None:
        assert await outside.get(server.url + "/a.png", most=1_000, home=home) == PICTURE

    with_server(
        lambda asked: Reply(PICTURE) if asked.path == "/b" else Reply(b"", 307, {"Location": "/b"}), check
    )


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"x" * 1_001), "too_large"),
        (Reply(b"x" * 10, announce=10_000_000), "too_large"),
        (Reply(PICTURE, headers={"Content-Encoding": "gzip"}), "packed"),
        (Reply(b"", 404), "gone"),
        (Reply(b"", 410), "gone"),
        (Reply(b"", 451), "gone"),
        (Reply(b"", 403), "forbidden"),
        (Reply(b"", 401), "forbidden"),
        (Reply(b"", 400), "no_file"),
        (Reply(b"", 206), "no_file"),
        (Reply(b"", 304), "no_file"),
    ],
)
def test_a_definite_no_has_a_reason(reply: Reply, reason: str) -> None:
    async def check(server: Server, outside: Outside, home: Home) -> None:
        assert await refused(outside, server.url + "/a.png", home) == reason
        assert outside.closed_for(server.url) == 0

    with_server(lambda _: reply, check)


def test_a_host_that_is_ill_is_left_alone_longer_and_longer() -> None:
    async def check(server: Server, outside: Outside, home: Home) -> None:
        waits = []
        for _ in range(3):
            with pytest.raises(Transient):
                await outside.get(server.url + "/a.png", most=1_000, home=home)
            waits.append(outside.closed_for(server.url + "/other.png"))
        assert 0 < waits[0] < waits[1] < waits[2]

    with_server(lambda _: Reply(b"", 500), check)


def test_a_host_says_itself_how_long() -> None:
    async def check(server: Server, outside: Outside, home: Home) -> None:
        with pytest.raises(RateLimited):
            await outside.get(server.url + "/a.png", most=1_000, home=home)
        assert outside.closed_for(server.url) == 7_200_000

    with_server(lambda _: Reply(b"", 429, {"Retry-After": "7200"}), check)


def test_an_answer_that_never_ends_or_never_begins_has_an_end() -> None:
    held = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while not held.is_set():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def go() -> None:
        clock = Clock()
        outside = Outside(clock=clock, sleep=clock.sleep, seconds=0.3)
        for behaviour, error in ((drip, Transient), (endless, Rejected)):
            listening = await asyncio.start_server(behaviour, "127.0.0.1", 0)
            url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            with pytest.raises(error):
                await outside.get(url, most=100_000, home=Home.of(url))
            listening.close()
        held.set()
        await outside.close()

    asyncio.run(go())


def test_a_line_that_breaks_is_tried_later() -> None:
    async def check(server: Server, outside: Outside, home: Home) -> None:
        with pytest.raises((Transient, Offline)):
            await outside.get(server.url + "/a.png", most=1_000, home=home)

    with_server(lambda _: Reply(PICTURE, cut=10), check)


def test_one_host_is_asked_no_faster_than_its_rate() -> None:
    clock = Clock()
    began = clock.now

    async def go() -> None:
        async with serving(lambda _: Reply(PICTURE)) as server:
            outside = Outside(clock=clock, sleep=clock.sleep)
            for _ in range(10):
                await outside.get(server.url + "/a.png", most=1_000, home=Home.of(server.url))
            await outside.close()

    asyncio.run(go())
    assert clock.now - began >= 2_500


class Silent:
    """A transport that takes every request and answers that there is nothing."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == PUBLIC
        return httpx.Response(404, request=request)

    async def aclose(self) -> None:
        """Nothing is open."""


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(max_size=60).map("http://foto.example.invalid/".__add__),
        st.text(max_size=30).map(lambda host: f"https://{host}/a.jpg"),
        st.text(max_size=30).map(lambda host: f"http://foto{host}"),
    )
)
def test_no_link_breaks_anything(url: str) -> None:
    async def resolve(_name: str, _port: int) -> Sequence[str]:
        return [PUBLIC]

    async def go() -> None:
        outside = Outside(clock=Clock(), resolve=resolve)
        silent: Any = Silent()
        outside._transport = lambda *_: silent  # type: ignore[method-assign]
        assert await refused(outside, url) in ("bad_address", "private_address", "gone", "offline")

    asyncio.run(go())
