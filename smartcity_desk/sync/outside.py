"""Files from addresses that strangers wrote down: fetched without a credential, and never from inside the building.

Every hop is held to the same rules: http(s) only; the name is resolved here, every address of it has to be public
(`domain.addresses`), and the connection goes to the very address that was looked at, so a name that changes its mind
changes nothing. No cookies, no connection is used twice, bodies are counted while they come, and all of it has an end.
Nothing here logs an address.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from smartcity_desk.domain.addresses import host_of, is_loopback, is_public, literal
from smartcity_desk.domain.errors import DeskError, Offline, RateLimited, Rejected, Transient
from smartcity_desk.domain.times import MINUTE, SECOND
from smartcity_desk.sync import http_errors
from smartcity_desk.sync.backoff import doubled
from smartcity_desk.sync.ratelimit import Bucket, Rate
from smartcity_desk.sync.transport import USER_AGENT, trust

PLACE: Final = "media"
MOST_REDIRECTS: Final = 3
SECONDS: Final = 60.0
"""For a whole file, however slowly it drips, redirects and names included."""
RATE: Final = Rate(calls=2, per_ms=SECOND, burst=4)
"""How often one host is asked."""
COOL_FIRST, COOL_MOST = MINUTE, 60 * MINUTE
"""A host that is ill or away is left alone for so long, doubled with every further failure."""
_MOST_HOSTS: Final = 500
_PIECE: Final = 64 << 10
_TIMEOUT: Final = {"connect": 8.0, "read": 15.0, "write": 8.0, "pool": 8.0}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410, 451})
_HEADERS: Final = {
    "User-Agent": USER_AGENT,
    "Accept": "image/*, application/pdf;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, as text. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the channel itself lies, host and port: what an administrator named may have its pictures there.

    On this machine (training, a test server) every port may; elsewhere only that one, so that no link asks the
    building's other machines.
    """

    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Home | None:
        """The home of a channel's address, or None where it has none."""
        found = host_of(url)
        return None if found is None else cls(*found)

    def covers(self, host: str, port: int) -> bool:
        """Whether an address may be asked although it is not public."""
        if is_loopback(self.host):
            return is_loopback(host)
        return (host.lower(), port) == (self.host.lower(), self.port)


@dataclass(slots=True)
class _Host:
    bucket: Bucket = field(default_factory=lambda: Bucket(RATE))
    failures: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Outside:
    """Fetches files. `clock` gives ms UTC, `sleep` takes seconds, `seconds` bounds one file. Close it when done."""

    def __init__(
        self,
        *,
        clock: Callable[[], int],
        resolve: Resolve | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        seconds: float = SECONDS,
    ) -> None:
        self._clock: Final = clock
        self._resolve: Final = resolve or _resolve
        self._sleep: Final = sleep
        self._seconds: Final = seconds
        self._transports: dict[tuple[bool, str], httpx.AsyncHTTPTransport] = {}
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    async def get(self, url: str, *, most: int, home: Home | None = None) -> bytes:
        """The bytes of a file, at most `most` of them.

        Raises `Rejected` with a reason for a definite no (`bad_address`, `private_address`, `redirects`, `too_large`,
        `packed`, `gone`, `forbidden`, `no_file`, `tls`), `RateLimited`, `Transient` or `Offline` when it may be later.
        """
        try:
            async with asyncio.timeout(self._seconds):
                for _ in range(MOST_REDIRECTS + 1):
                    found = await self._hop(url, most, home)
                    if isinstance(found, bytes):
                        return found
                    url = found
        except TimeoutError:
            raise self._ill(url, Transient(place=PLACE, reason="too_slow")) from None
        raise Rejected("redirects", place=PLACE)

    def closed_for(self, url: str) -> int:
        """How many ms the host of an address is left alone from now on, by its own word or after failures."""
        found = host_of(url)
        host = None if found is None else self._hosts.get(found[0].lower())
        return 0 if host is None else host.bucket.closed_for(self._clock())

    async def close(self) -> None:
        """Close connections. Safe to call twice."""
        transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            await transport.aclose()

    # ---------------------------------------------------------------- one request

    async def _hop(self, url: str, most: int, home: Home | None) -> bytes | str:
        """The file, or where its host sends us instead."""
        found = host_of(url)
        if found is None:
            raise Rejected("bad_address", place=PLACE)
        name, port = _ascii(found[0]), found[1]
        addresses = await self._addresses(name, port, home)
        host = self._host(name)
        async with host.lock:
            wait = host.bucket.take(self._clock())
            if wait > 0:
                await self._sleep(wait / SECOND)
        try:
            response = await self._send(url, name, port, addresses)
        except (httpx.InvalidURL, httpx.LocalProtocolError, ValueError):
            raise Rejected("bad_address", place=PLACE) from None
        except (httpx.HTTPError, OSError) as error:
            raise self._ill(url, http_errors.from_exception(error, PLACE)) from None
        try:
            if response.status_code in _REDIRECTS:
                return self._following(url, response.headers.get("location", ""))
            self._judge(url, response)
            content = await _body(response, most)
        except (httpx.HTTPError, OSError) as error:
            raise self._ill(url, http_errors.from_exception(error, PLACE, answered=True)) from None
        finally:
            with suppress(httpx.HTTPError, OSError):
                await response.aclose()
        host.failures = 0
        return content

    async def _addresses(self, name: str, port: int, home: Home | None) -> list[str]:
        """The addresses that may be connected to. One address of the name that is not public refuses it."""
        try:
            addresses = literal(name) or await self._resolve(name, port)
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise Offline(place=PLACE, reason="no_name")
        if home is not None and home.covers(name, port):
            # a name that claims to be this machine has to be it
            if not is_loopback(home.host) or all(is_loopback(one) for one in addresses):
                return _two_of(addresses)
        elif all(is_public(one) for one in addresses):
            return _two_of(addresses)
        raise Rejected("private_address", place=PLACE)

    async def _send(self, url: str, name: str, port: int, addresses: Sequence[str]) -> httpx.Response:
        """Ask the first address that can be connected to."""
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._send_to(url, name, port, address)
        return await self._send_to(url, name, port, addresses[-1])

    async def _send_to(self, url: str, name: str, port: int, address: str) -> httpx.Response:
        """Ask the address itself, under the name that the link gave it: also for its certificate."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        literal = f"[{address}]" if ":" in address else address
        shown = f"[{name}]" if ":" in name else name
        usual = port == (443 if secure else 80)
        path = parts.path or "/"
        pinned = f"{parts.scheme}://{literal}:{port}{path}" + (f"?{parts.query}" if parts.query else "")
        request = httpx.Request(
            "GET",
            pinned,
            headers={"Host": shown if usual else f"{shown}:{port}", **_HEADERS},
            extensions={"timeout": _TIMEOUT, "sni_hostname": shown.strip("[]")},
        )
        return await self._transport(secure, name).handle_async_request(request)

    def _transport(self, secure: bool, name: str) -> httpx.AsyncHTTPTransport:
        """Connections that are used once: two names may share an address, and never a certificate."""
        proxy = (
            ""
            if is_loopback(name) or proxy_bypass(name)
            else getproxies().get("https" if secure else "http", "")
        )
        transport = self._transports.get((secure, proxy))
        if transport is None:
            verify: Any = trust() if secure else False
            transport = httpx.AsyncHTTPTransport(
                verify=verify,
                trust_env=False,
                proxy=proxy or None,
                limits=httpx.Limits(max_connections=8, max_keepalive_connections=0),
            )
            self._transports[secure, proxy] = transport
        return transport

    def _following(self, url: str, location: str) -> str:
        try:
            following = urljoin(url, location.strip())
        except ValueError:
            following = ""
        if not location.strip() or host_of(following) is None:
            raise Rejected("bad_address", place=PLACE)
        if url[:6].lower() == "https:" and following[:6].lower() != "https:":
            raise Rejected("redirect_to_plain", place=PLACE)
        return following

    def _judge(self, url: str, response: httpx.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        if status in _GONE:
            raise Rejected("gone", place=PLACE)
        if status in (401, 403):
            raise Rejected("forbidden", place=PLACE)
        problem = http_errors.from_status(status, PLACE, now=self._clock(), headers=response.headers)
        if problem is not None and problem.retryable:
            raise self._ill(url, problem)
        raise Rejected("no_file", place=PLACE)

    # ---------------------------------------------------------------- hosts

    def _host(self, name: str) -> _Host:
        host = self._hosts.setdefault(name.lower(), _Host())
        self._hosts.move_to_end(name.lower())
        while len(self._hosts) > _MOST_HOSTS:
            self._hosts.popitem(last=False)
        return host

    def _ill(self, url: str, problem: DeskError) -> DeskError:
        """Leave a host alone for a while that gave no answer."""
        found = host_of(url)
        if found is not None and problem.retryable:
            host = self._host(found[0])
            host.failures += 1
            asked = problem.after if isinstance(problem, RateLimited) else None
            wait = doubled(COOL_FIRST, COOL_MOST, host.failures)
            host.bucket.close_until(self._clock() + max(wait, min(asked or 0, 24 * COOL_MOST)))
        return problem


def _ascii(name: str) -> str:
    """A name as it is asked for, foreign letters spelled out. Raises `Rejected`."""
    try:
        return name if ":" in name else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise Rejected("bad_address", place=PLACE) from None


async def _body(response: httpx.Response, most: int) -> bytes:
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Rejected("packed", place=PLACE)
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:18]) > most:
        raise Rejected("too_large", place=PLACE, most=most)
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_raw(_PIECE):
        size += len(piece)
        if size > most:
            raise Rejected("too_large", place=PLACE, most=most)
        pieces.append(piece)
    return b"".join(pieces)


def _two_of(addresses: Sequence[str]) -> list[str]:
    """The first address and, if there is one, the first of the other family: a line may carry one of them only."""
    first = addresses[0]
    others = [one for one in addresses[1:] if (":" in one) != (":" in first)] or list(addresses[1:])
    return [first, *others[:1]]


async def _resolve(name: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
