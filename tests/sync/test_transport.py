"""One HTTP client: every answer is bounded, recognised by its content, and told in the closed vocabulary."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import ssl
import tracemalloc
import zlib
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    DeskError,
    Forbidden,
    Offline,
    RateLimited,
    Rejected,
    Transient,
)
from smartcity_desk.domain.times import SECOND
from smartcity_desk.sync import transport as module
from smartcity_desk.sync.http_errors import from_content, from_exception, from_status
from smartcity_desk.sync.ratelimit import Bucket, Rate
from smartcity_desk.sync.transport import MOST_BYTES, USER_AGENT, Http, Transport, decode_json
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import NOW, Clock

FAST = Rate(1000, 1000, 1000)


def asking(
    handler: Callable[[Asked], Any],
    use: Callable[[Http, str], Coroutine[Any, Any, Any]],
    clock: Clock | None = None,
) -> Any:
    async def run() -> Any:
        ticking = clock or Clock()
        transport = Transport(clock=ticking, sleep=ticking.sleep)
        try:
            async with serving(handler) as server:
                return await use(transport.channel("x", FAST), server.url)
        finally:
            await transport.close()

    return asyncio.run(run())


async def get(http: Http, url: str) -> Any:
    return (await http.get(url)).data


def failing(reply: Reply, clock: Clock | None = None) -> DeskError:
    with pytest.raises(DeskError) as caught:
        asking(lambda _: reply, get, clock)
    return caught.value


def test_json_arrives_and_the_client_says_who_it_is() -> None:
    heard: list[Asked] = []

    def handler(asked: Asked) -> Reply:
        heard.append(asked)
        return Reply.json({"a": 1})

    assert asking(handler, get) == {"a": 1}
    assert heard[0].headers["user-agent"].startswith("smartcity-desk/")


@pytest.mark.parametrize(
    ("reply", "kind", "params"),
    [
        (Reply.json({}, 401), AuthExpired, {}),
        (Reply.json({}, 403), Forbidden, {}),
        (Reply.html(403), Forbidden, {}),
        (Reply.json({}, 429), RateLimited, {"after": None}),
        (Reply.json({}, 429, Retry_After="7"), RateLimited, {"after": 7 * SECOND}),
        (Reply.json({}, 429, x_rate_limit_reset=str(NOW // 1000 + 30)), RateLimited, {"after": 30 * SECOND}),
        # for a clock that runs ahead the time to come back is over: then as if none had been said
        (Reply.json({}, 429, x_rate_limit_reset=str(NOW // 1000 - 90)), RateLimited, {"after": None}),
        (Reply.json({}, 429, Retry_After="Mon, 23 Nov 2026 01:58:30 GMT"), RateLimited, {"after": None}),
        (Reply.json({}, 429, Retry_After="0"), RateLimited, {"after": None}),
        (
            Reply.json({}, 429, Retry_After="Mon, 23 Nov 2026 02:01:00 GMT"),
            RateLimited,
            {"after": 60 * SECOND},
        ),
        (Reply.json({}, 429, Retry_After="besok"), RateLimited, {"after": None}),
        (Reply.json({}, 503, Retry_After="9"), RateLimited, {"after": 9 * SECOND}),
        (Reply.json({"stack": "x"}, 500), Transient, {"status": 500}),
        (Reply.html(502), Transient, {"status": 502}),
        (Reply.json({}, 408), Transient, {"status": 408}),
        (Reply.html(200), Transient, {"reason": "html"}),
        (Reply(b"<?xml version='1.0'?><a/>"), Transient, {"reason": "html"}),
        (Reply(b"Bad gateway", 200, {"Content-Type": "text/html"}), Transient, {"reason": "html"}),
        (Reply(b'{"a":'), BadData, {"key": "json"}),
        (Reply(b"{'a': 1}"), BadData, {"key": "json"}),
        (Reply(b'{"a": NaN}'), BadData, {"key": "json"}),
        (Reply(b""), BadData, {"key": "empty"}),
        (Reply(b"[" * 200_000), BadData, {"key": "json"}),
        (Reply(b"{}", headers={"Content-Encoding": "br"}), BadData, {"key": "content_encoding"}),
        (Reply(b"not packed", headers={"Content-Encoding": "gzip"}), BadData, {"key": "content_encoding"}),
        (Reply(b'{"a": 1}', cut=4), Transient, {"reason": "cut"}),
        (Reply(drop=True), Offline, {"reason": "cut"}),
        (
            Reply.json({"type": "https://api.x.com/2/problems/invalid-request"}, 400),
            Rejected,
            {"reason": "invalid-request"},
        ),
        (
            Reply.json({"type": "https://api.twitter.com/2/problems/usage-capped"}, 404),
            Rejected,
            {"reason": "usage-capped"},
        ),
        (Reply.json({"type": "about:blank"}, 400), Rejected, {"reason": "http_400"}),
        (Reply.json({"code": "bad_credentials"}, 409), Rejected, {"reason": "bad_credentials"}),
        (Reply(status=302, headers={"Location": "/again"}), Rejected, {"reason": "redirects"}),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), Rejected, {}),
    ],
)
def test_each_answer_has_its_word(reply: Reply, kind: type[DeskError], params: dict[str, Any]) -> None:
    error = failing(reply)
    assert type(error) is kind
    for name, value in params.items():
        assert error.params[name] == value


def test_nobody_at_home_is_offline() -> None:
    async def run() -> None:
        transport = Transport(clock=Clock())
        http = transport.channel("x", FAST)
        with pytest.raises(Offline) as caught:
            await http.get("http://127.0.0.1:9/")
        assert caught.value.offline
        await transport.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectTimeout("x"), Offline),
        (httpx.ConnectError("x"), Offline),
        (httpx.ReadTimeout("x"), Transient),
        (httpx.WriteError("x"), Offline),
        (httpx.RemoteProtocolError("x"), Offline),
        (httpx.TooManyRedirects("x"), Rejected),
        (httpx.UnsupportedProtocol("x"), Rejected),
        (ConnectionResetError("x"), Offline),
    ],
)
def test_exceptions_of_the_library(error: Exception, kind: type[DeskError]) -> None:
    assert type(from_exception(error, "x")) is kind


@pytest.mark.parametrize(
    "error", [httpx.ReadError("x"), httpx.RemoteProtocolError("x"), ConnectionResetError("x")]
)
def test_an_answer_that_broke_off_is_the_sources_trouble_and_not_the_cables(error: Exception) -> None:
    assert type(from_exception(error, "x", answered=True)) is Transient


def test_a_certificate_that_does_not_hold_is_no_lack_of_network() -> None:
    error = httpx.ConnectError("x")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    found = from_exception(error, "x")
    assert isinstance(found, Rejected)
    assert found.reason == "tls"


def test_a_slow_drip_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.MOST_SECONDS, "channel", 0.2)

    async def use(http: Http, url: str) -> None:
        with pytest.raises(Transient) as caught:
            await http.get(url)
        assert caught.value.params["reason"] == "timeout"

    asking(lambda _: Reply(wait=asyncio.Event()), use)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_forty_megabytes_is_refused_in_bounded_memory(announced: bool) -> None:
    body = b'{"a":"' + b"x" * 40_000_000 + b'"}'
    reply = Reply(body) if announced else Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    error = failing(reply)
    assert isinstance(error, BadData)
    assert error.key == "too_large"


def test_a_bomb_does_not_fill_the_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"0" * 1_000_000) for _ in range(400)) + packer.flush()
    assert len(bomb) < 500_000
    tracemalloc.start()
    try:
        error = failing(Reply(bomb, headers={"Content-Encoding": "gzip"}))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(error, BadData)
    assert peak < 3 * MOST_BYTES


def test_packed_answers_are_read() -> None:
    content = json.dumps({"a": ["x"] * 50_000}).encode()
    for packed in (gzip.compress(content), zlib.compress(content)):
        coding = "gzip" if packed[:2] == b"\x1f\x8b" else "deflate"
        reply = Reply(packed, headers={"Content-Encoding": coding})
        assert len(asking(lambda _, reply=reply: reply, get)["a"]) == 50_000
    cut = gzip.compress(content)[:-20]
    error = failing(Reply(cut, headers={"Content-Encoding": "gzip"}))
    assert isinstance(error, Transient)


def test_half_characters_do_not_cost_the_page() -> None:
    assert decode_json(b'{"a": "x\\ud83d y"}') == {"a": "x\ufffd y"}
    assert decode_json(b'{"a": "x\xff"}') == {"a": "x\ufffd"}
    assert decode_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert decode_json(b'{"a": 9999999999999999999}') == {"a": 9999999999999999999}


def test_redirects_are_followed_but_carry_no_credential_elsewhere() -> None:
    heard: list[Asked] = []

    async def run() -> None:
        async with serving(lambda asked: (heard.append(asked), Reply.json({"b": 2}))[1]) as other:
            moved = Reply(status=307, headers={"Location": f"{other.url}/there"})
            async with serving(lambda _: moved) as server:
                transport = Transport(clock=Clock())
                http = transport.channel("x", FAST)
                keys = {"Authorization": "Bearer rahasia", "X-Api-Key": "rahasia"}
                answer = await http.get(server.url, headers=keys, etag='"1"')
                assert answer.data == {"b": 2}
                await transport.close()

    asyncio.run(run())
    assert heard[0].headers["user-agent"] == USER_AGENT
    assert {"authorization", "x-api-key", "if-none-match"}.isdisjoint(heard[0].headers)


def test_the_same_host_over_tls_hears_the_key() -> None:
    heard: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        if request.url.scheme == "https":
            return httpx.Response(200, stream=httpx.ByteStream(b"{}"))
        return httpx.Response(301, headers={"Location": "https://kanal.example/v2"})

    async def run() -> None:
        transport = Transport(clock=Clock(), mock=httpx.MockTransport(answer))
        await transport.channel("x", FAST).get("http://kanal.example/", headers={"X-Api-Key": "kunci"})
        await transport.close()

    asyncio.run(run())
    assert [request.headers.get("x-api-key") for request in heard] == ["kunci", "kunci"]


@pytest.mark.parametrize(
    "inside",
    [
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
        "http://localhost:8080/",
        "http://0x7f.1/",
        "http://[::1]/",
    ],
)
def test_a_public_host_sends_nobody_into_the_building(inside: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": inside})

    async def run() -> None:
        transport = Transport(clock=Clock(), mock=httpx.MockTransport(answer))
        with pytest.raises(Rejected) as refusal:
            await transport.channel("x", FAST).get("http://kanal.example/")
        assert refusal.value.reason == "redirect_inward"
        await transport.close()

    asyncio.run(run())
    assert asked == ["kanal.example"]


def test_a_tag_is_kept_and_304_is_no_error() -> None:
    heard: list[Asked] = []

    def handler(asked: Asked) -> Reply:
        heard.append(asked)
        return (
            Reply(status=304) if asked.headers.get("if-none-match") == '"1"' else Reply.json({}, ETag='"1"')
        )

    async def use(http: Http, url: str) -> None:
        first = await http.get(url)
        assert first.etag == '"1"'
        second = await http.get(url, etag=first.etag)
        assert second.not_modified
        assert second.etag == '"1"'

    asking(handler, use)
    assert len(heard) == 2


def test_the_rate_is_kept_by_waiting() -> None:
    clock = Clock()

    async def run() -> None:
        transport = Transport(clock=clock, sleep=clock.sleep)
        async with serving(lambda _: Reply.json({})) as server:
            http = transport.channel("x", Rate(calls=2, per_ms=1000, burst=2))
            for _ in range(6):
                await http.get(server.url)
        await transport.close()

    asyncio.run(run())
    assert sum(clock.slept) == pytest.approx(2.0, abs=0.1)


def test_an_exhausted_allowance_is_not_asked_again_before_its_reset() -> None:
    clock = Clock()
    heard: list[Asked] = []

    def handler(asked: Asked) -> Reply:
        heard.append(asked)
        return Reply.json({}, x_rate_limit_remaining="0", x_rate_limit_reset=str(clock.now // 1000 + 600))

    async def use(http: Http, url: str) -> None:
        await http.get(url)
        with pytest.raises(RateLimited) as caught:
            await http.get(url)
        assert caught.value.after == 600 * SECOND
        clock.now += 600 * SECOND
        await http.get(url)

    asking(handler, use, clock)
    assert len(heard) == 2


def test_nothing_of_an_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "smartcity_desk")

    async def use(http: Http, url: str) -> None:
        with pytest.raises(DeskError) as caught:
            await http.get(f"{url}/feeds/rahasia-1?token=rahasia-2")
        assert "rahasia" not in str(caught.value)
        assert "rahasia" not in repr(caught.value.params)

    asking(lambda _: Reply.json({}, 500), use)
    assert "rahasia" not in caplog.text


def test_the_systems_own_trust_is_asked_for_https_only() -> None:
    async def run() -> None:
        transport = Transport(clock=Clock())
        plain = transport.client_for("http://127.0.0.1/")
        assert transport.client_for("http://127.0.0.2/") is plain
        secure = transport.client_for("https://127.0.0.1/")
        assert secure is not plain
        assert transport.client_for("HTTPS://127.0.0.1/") is secure
        await transport.close()

    asyncio.run(run())


# ---------------------------------------------------------------- errors with HTTP 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"statusCode": 400, "message": "Error while processing request"}, Rejected),
        ({"status": 400, "message": "Time period should be less"}, Rejected),
        ({"statusCode": 500}, Transient),
        ({"error": {"code": 499, "message": "Token Required"}}, Rejected),
        ({"error": {"code": 401}}, AuthExpired),
        ({"error": "salah"}, Rejected),
        ({"statusCode": 429}, RateLimited),
        ({"statusCode": 200, "result": {}}, type(None)),
        ({"data": [], "errors": [{"title": "gone"}]}, type(None)),
        ([1], type(None)),
    ],
)
def test_an_error_inside_success(body: Any, kind: type) -> None:
    assert type(from_content(body, "x", now=NOW)) is kind


def test_the_table_is_total() -> None:
    for status in range(100, 600):
        found = from_status(status, "x", now=NOW, headers={}, body=None)
        assert (found is None) == (200 <= status < 300 or status == 304)


# ---------------------------------------------------------------- the bucket


def test_a_clock_that_jumps_back_gives_nothing_away() -> None:
    bucket = Bucket(Rate(1, 1000, 1))
    assert bucket.take(10_000) == 0
    assert bucket.take(5_000) > 0
    assert bucket.take(5_000) > 1_000
