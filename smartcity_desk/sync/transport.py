"""One HTTP client for everything: time-outs by kind, answers of bounded size, JSON recognised by its content.

Nothing here logs an address: three of the services carry a secret in theirs (channels paper 0.6).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import httpx
import msgspec

from smartcity_desk import __version__
from smartcity_desk.domain.addresses import is_loopback, is_public, literal
from smartcity_desk.domain.errors import BadData, DeskError, RateLimited, Rejected, Transient
from smartcity_desk.domain.times import SECOND
from smartcity_desk.sync import http_errors
from smartcity_desk.sync.ratelimit import Bucket, Rate

USER_AGENT: Final = f"smartcity-desk/{__version__} (city monitoring unit; report intake)"
MOST_BYTES: Final = 32 * 1024 * 1024
"""Largest answer taken from a channel, unpacked. The genuine Waze feed of the city has 0.8 MB."""
MOST_REDIRECTS: Final = 3
_PIECE: Final = 64 * 1024
_A_MOMENT: Final = 5 * SECOND
_TAKEN_ALONG: Final = frozenset({"host", "accept", "accept-encoding", "user-agent", "connection"})
"""Headers that another host may hear too."""

TIMEOUTS: Final[dict[str, httpx.Timeout]] = {
    "channel": httpx.Timeout(connect=10.0, read=30.0, write=15.0, pool=30.0),
    "central": httpx.Timeout(connect=5.0, read=20.0, write=20.0, pool=30.0),
    "bulk": httpx.Timeout(connect=5.0, read=90.0, write=90.0, pool=30.0),
    # keep-alives come every 15 s; three missed ones mean that the line is dead
    "stream": httpx.Timeout(connect=5.0, read=50.0, write=10.0, pool=30.0),
}
"""Seconds by kind of call; explicit, so that nothing ever waits for ever."""
MOST_SECONDS: Final[dict[str, float]] = {"channel": 120.0, "central": 60.0, "bulk": 300.0}
"""A whole answer, however slowly it drips."""


Judge: TypeAlias = Callable[[int, Mapping[str, str], Any], DeskError | None]
"""A service's own reading of an answer (status, headers, decoded JSON or else the body's bytes), for one whose codes
stand in the body. None leaves the answer to the common table."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. `data` is the decoded JSON (the body's bytes where they were asked for `plain`), None when
    `not_modified`. Header names are lower case.
    """

    status: int
    headers: Mapping[str, str]
    data: Any = None
    etag: str | None = None
    not_modified: bool = False


@dataclass(slots=True)
class _Host:
    bucket: Bucket
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Transport:
    """The one HTTP client of a process. Close it with :meth:`close`.

    `clock` gives ms UTC; `sleep` takes seconds. The TLS context (the system's own trust store, so that an office's own
    authority counts) is made when the first https address is asked, and shared.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        mock: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._mock = mock
        self._plain: httpx.AsyncClient | None = None
        self._secure: httpx.AsyncClient | None = None
        self._hosts: dict[str, _Host] = {}

    def channel(self, name: str, rate: Rate) -> Http:
        """A view of this client for one channel, with its rate."""
        return Http(self, name, rate=rate)

    async def close(self) -> None:
        """Close connections. Safe to call twice."""
        for client in (self._plain, self._secure):
            if client is not None:
                await client.aclose()
        self._plain = self._secure = None

    def client_for(self, url: str) -> httpx.AsyncClient:
        """The client for an address: plain for http, with the system's trust store for https."""
        if url[:6].lower() == "https:":
            if self._secure is None:
                self._secure = self._make(trust())
            return self._secure
        if self._plain is None:
            self._plain = self._make(False)
        return self._plain

    def _make(self, verify: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=verify,
            transport=self._mock,
            timeout=TIMEOUTS["channel"],
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=8),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
            # an office's proxy is honoured, but nothing on this machine is reached through it
            mounts={f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")},
        )

    async def _owed(self, url: str, rate: Rate, place: str) -> None:
        """Wait for this host's turn. Raises `RateLimited` when the host itself closed for longer than a moment."""
        host = self._host(url, rate)
        async with host.lock:
            closed = host.bucket.closed_for(self._clock())
            if closed > _A_MOMENT:
                raise RateLimited(closed, place=place)
            wait = max(host.bucket.take(self._clock()), closed)
            if wait > 0:
                await self._sleep(wait / SECOND)

    def _host(self, url: str, rate: Rate) -> _Host:
        name = urlsplit(url).netloc
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(Bucket(rate))
        return host

    def _heed(self, url: str, rate: Rate, headers: Mapping[str, str]) -> None:
        """Take the server's own word about what is left."""
        wait = http_errors.reset_wait(headers, self._clock())
        if http_errors.remaining(headers) == 0 and wait:
            self._host(url, rate).bucket.close_until(self._clock() + wait)

    @asynccontextmanager
    async def open(
        self, request: httpx.Request, *, place: str, redirects: int
    ) -> AsyncIterator[httpx.Response]:
        """Send a request and hand out its open response, redirects followed. Raises `DeskError`."""
        client = self.client_for(str(request.url))
        response: httpx.Response | None = None
        try:
            for _ in range(redirects + 1):
                response = await client.send(request, stream=True, follow_redirects=False)
                following = response.next_request
                if following is None:
                    break
                if request.url.scheme == "https" and following.url.scheme != "https":
                    raise Rejected("redirect_to_plain", place=place)
                if following.url.scheme not in {"http", "https"}:
                    raise Rejected("redirects", place=place)
                _leave_behind(request, following, place)
                await response.aclose()
                following.extensions = dict(request.extensions)
                request = following
                client = self.client_for(str(request.url))
            else:
                raise Rejected("redirects", place=place)
            yield response
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise http_errors.from_exception(error, place, answered=response is not None) from None
        finally:
            if response is not None:
                await response.aclose()

    async def call(
        self,
        method: str,
        url: str,
        *,
        place: str,
        kind: str = "channel",
        rate: Rate | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        etag: str | None = None,
        most_bytes: int = MOST_BYTES,
        redirects: int = 0,
        shape: msgspec.json.Decoder[Any] | None = None,
        plain: bool = False,
        judge: Judge | None = None,
    ) -> Answer:
        """One request and its JSON answer. Raises the word of the vocabulary for everything else.

        With `shape`, `data` is what that decoder makes of a success; plain JSON where it does not fit. With `plain`,
        `data` is the body of a success as it came, whatever it is: what it holds is for the caller to say.
        """
        if rate is not None:
            await self._owed(url, rate, place)
        request = self._request(method, url, place, kind, params, headers, content, etag)
        try:
            async with (
                asyncio.timeout(MOST_SECONDS[kind]),
                self.open(request, place=place, redirects=redirects) as response,
            ):
                if rate is not None:
                    self._heed(url, rate, response.headers)
                if response.status_code == 304:
                    return Answer(304, response.headers, etag=etag, not_modified=True)
                body = await read_bounded(response, most_bytes, place)
        except TimeoutError:
            raise Transient(place=place, reason="timeout") from None
        if plain and 200 <= response.status_code < 300:
            return Answer(response.status_code, response.headers, body, response.headers.get("etag"))
        return self._judge(response, body, place, shape, judge)

    def _request(
        self,
        method: str,
        url: str,
        place: str,
        kind: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        etag: str | None,
    ) -> httpx.Request:
        sent = {"Accept": "application/json", **(headers or {})}
        if etag:
            sent["If-None-Match"] = etag
        try:
            return self.client_for(url).build_request(
                method, url, params=params or None, headers=sent, content=content, timeout=TIMEOUTS[kind]
            )
        except (httpx.InvalidURL, ValueError, TypeError):
            raise Rejected("bad_url", place=place) from None

    def _judge(
        self,
        response: httpx.Response,
        body: bytes,
        place: str,
        shape: msgspec.json.Decoder[Any] | None,
        judge: Judge | None,
    ) -> Answer:
        status = response.status_code
        if shape is not None and 200 <= status < 300:
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return Answer(status, response.headers, shape.decode(body), response.headers.get("etag"))
        data: Any = None
        unreadable: DeskError | None = None
        if body.strip():
            try:
                data = decode_json(body)
            except ValueError:
                unreadable = (
                    Transient(place=place, status=status, reason="html")
                    if looks_like_html(body, response.headers.get("content-type", ""))
                    else BadData(place, "json", status=status)
                )
        elif status < 300 and status != 204:
            unreadable = BadData(place, "empty", status=status)
        problem = None if judge is None else judge(status, response.headers, body if data is None else data)
        if problem is None:
            problem = http_errors.from_status(
                status, place, now=self._clock(), headers=response.headers, body=data
            )
        if problem is None:
            problem = unreadable
        if problem is not None:
            raise problem
        return Answer(status, response.headers, data, response.headers.get("etag"))


class Http:
    """What a channel's client asks with: GET of JSON, at the channel's rate, under the channel's name."""

    def __init__(self, transport: Transport, place: str, *, rate: Rate) -> None:
        self._transport = transport
        self._rate = rate
        self.place = place

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        shape: msgspec.json.Decoder[Any] | None = None,
        plain: bool = False,
        judge: Judge | None = None,
    ) -> Answer:
        """The JSON answer of a GET, in `shape` if it fits; redirects are followed a few times. Raises `DeskError`.

        `plain` and `judge` as in `Transport.call`.
        """
        return await self._transport.call(
            "GET",
            url,
            place=self.place,
            rate=self._rate,
            params=params,
            headers=headers,
            etag=etag,
            redirects=MOST_REDIRECTS,
            shape=shape,
            plain=plain,
            judge=judge,
        )

    def error_inside(self, data: Any, now: int) -> DeskError | None:
        """The error that an answer with HTTP 200 carries, or None."""
        return http_errors.from_content(data, self.place, now=now)


def _leave_behind(request: httpx.Request, following: httpx.Request, place: str) -> None:
    """Take to another host nothing but the question: httpx leaves `Authorization` behind, and no other key.

    Raises `Rejected` where a host of the open internet sends us to a number inside of the building.
    """
    here, there = request.url, following.url
    upgraded = (here.scheme, _port(here), there.scheme, _port(there)) == ("http", 80, "https", 443)
    if here.host == there.host and (upgraded or (here.scheme, _port(here)) == (there.scheme, _port(there))):
        return
    if _is_inside(there.host) and not _is_inside(here.host):
        raise Rejected("redirect_inward", place=place)
    for name in list(following.headers):
        if name.lower() not in _TAKEN_ALONG:
            del following.headers[name]


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _is_inside(host: str) -> bool:
    """Whether a host is this machine, or spells an address that is not public. A name may still lead there."""
    return is_loopback(host) or not all(is_public(one) for one in literal(host))


def trust() -> Any:
    """The system's own trust store, as a TLS context for clients."""
    import ssl

    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def read_bounded(response: httpx.Response, most: int, place: str) -> bytes:
    """The whole body, unpacked, if it has at most `most` bytes; memory stays near that. Raises `BadData` otherwise."""
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:18]) > most:
        raise BadData(place, "too_large", most=most)
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in {"identity", ""}:
        unpacker = None
    elif coding in {"gzip", "x-gzip", "deflate"}:
        unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, by their first bytes
    else:
        raise BadData(place, "content_encoding")
    pieces: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw(_PIECE):
        for piece in (chunk,) if unpacker is None else _unpacked(unpacker, chunk, place):
            size += len(piece)
            if size > most:
                raise BadData(place, "too_large", most=most)
            pieces.append(piece)
    if unpacker is not None and not unpacker.eof:
        raise Transient(place=place, reason="cut")
    return b"".join(pieces)


async def write_bounded(
    response: httpx.Response, target: Path, most: int, place: str, told: Callable[[int], None]
) -> str:
    """Write a body that comes unpacked to a file, and return its SHA-256. Raises `BadData` beyond `most` bytes."""
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise BadData(place, "content_encoding")
    digest, size = hashlib.sha256(), 0
    with await asyncio.to_thread(target.open, "wb") as out:
        async for piece in response.aiter_raw(_PIECE):
            size += len(piece)
            if size > most:
                raise BadData(place, "too_large", most=most)
            digest.update(piece)
            await asyncio.to_thread(out.write, piece)
            told(size)
    return digest.hexdigest()


def _unpacked(unpacker: Any, chunk: bytes, place: str) -> Iterator[bytes]:
    """What a packed chunk holds, piece by piece: a small bomb must not become a large block of memory."""
    rest, full = chunk, True
    while rest or full:
        try:
            piece = unpacker.decompress(rest, _PIECE)
        except zlib.error:
            raise BadData(place, "content_encoding") from None
        rest, full = unpacker.unconsumed_tail, len(piece) == _PIECE
        yield piece


def looks_like_html(body: bytes, content_type: str) -> bool:
    """Whether an answer is a page for people: by its first bytes, or by what it says it is."""
    start = body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<")) or (
        "html" in content_type.lower()
    )


def decode_json(body: bytes) -> Any:
    """JSON from bytes. Broken characters inside texts are replaced instead of losing the page. Raises `ValueError`."""
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # Half a character (a cut emoji) in one report must not cost the others: the lenient reader, then a clean-up.
    try:
        return _whole(json.loads(body.decode("utf-8", "replace"), parse_constant=_no_constant))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"not JSON: {name}")


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value
