"""Coming in at the central server, and asking it under the log-in that this process holds.

A refused access token is renewed once, by one caller at a time; a refused renewal means that a person has to log in
again (`AuthExpired`). The server's clock is compared with ours whenever it says its time (ms UTC).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import msgspec

from smartcity_desk import codec
from smartcity_desk.config import machine_user
from smartcity_desk.domain.errors import AuthExpired, DeskError
from smartcity_desk.domain.events import Actor
from smartcity_desk.secrets import CENTRAL_REFRESH, CENTRAL_TOKEN
from smartcity_desk.sync import http_errors
from smartcity_desk.sync.central import PLACE, answers
from smartcity_desk.sync.central.answers import Me
from smartcity_desk.sync.registry import Secrets
from smartcity_desk.sync.transport import TIMEOUTS, Answer, Transport

MOST_BYTES: Final = 64 * 1024 * 1024
"""Largest answer of the central server: a full page of long reports."""


class Session:
    """One address, and whoever is logged in there. Every call raises a word of the vocabulary when it fails."""

    def __init__(
        self,
        base_url: str,
        tokens: Secrets,
        transport: Transport,
        *,
        clock: Callable[[], int],
        renewed: Callable[[str, str], None] = lambda _name, _value: None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._tokens = tokens
        self._transport = transport
        self._clock = clock
        self._renewed = renewed
        self._renewing = asyncio.Lock()
        self._access: str | None = None
        self._who: Me | None = None
        self.clock_offset: int | None = None
        """How far the server's clock is ahead of ours (ms), as last seen; None before its first word."""
        self.may_push = True
        """False once the server said that this account's role only reads; a new log-in asks again."""

    # ------------------------------------------------------------ who comes in

    async def login(self, user: str, password: str, device: str = "") -> Me:
        """Log in with a password; the tokens go to the secret store. Raises `AuthExpired` for a wrong one."""
        body = {"grant": "password", "user": user, "password": password, "device": device}
        answer = await self._plain("POST", "/v1/token", body)
        self.may_push = True
        return self._keep(answer.data)

    async def logout(self) -> None:
        """End this session here, and at the server if it can be reached."""
        try:
            if self._token() is not None:
                await self.call("DELETE", "/v1/token")
        except DeskError:
            pass  # the server forgets an unused session by itself
        finally:
            self._access = self._who = None
            for name in (CENTRAL_TOKEN, CENTRAL_REFRESH):
                self._tokens.delete(name)

    def has_token(self) -> bool:
        """Whether there is anything to come in with."""
        return self._token() is not None or self._tokens.get(CENTRAL_REFRESH) is not None

    def forget_cached(self) -> None:
        """Look into the secret store again: another process or the log-in form put tokens there."""
        self._access = self._who = None
        self.may_push = True

    async def health(self) -> bool:
        """Whether the server is there. Needs no token."""
        answer = await self._plain("GET", "/v1/health")
        self.compare_clocks(answer.data)
        return isinstance(answer.data, dict) and answer.data.get("ok") is True

    async def me(self) -> Me:
        """Who this token is."""
        answer = await self.call("GET", "/v1/me")
        self.compare_clocks(answer.data)
        return answers.me(answer.data)

    async def actor(self) -> Actor:
        """Who acts under this token."""
        if self._who is None:
            self._who = await self.me()
        return self._who.actor

    async def people(self) -> tuple[str, ...]:
        """Whose actions go out under this token: the account's, and this machine's from before there was a server."""
        if self._who is None:
            self._who = await self.me()
        return self.known_people()

    def known_people(self) -> tuple[str, ...]:
        """The same without asking: nobody while it is not known whose token this is."""
        return () if self._who is None else (self._who.user, machine_user())

    def compare_clocks(self, data: Any) -> None:
        """Take the server's time from an answer, where it says one."""
        server = data.get("server_time") if isinstance(data, dict) else None
        if isinstance(server, int) and not isinstance(server, bool):
            self.clock_offset = server - self._clock()

    # ------------------------------------------------------------ asking under the log-in

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        etag: str | None = None,
        kind: str = "central",
        shape: msgspec.json.Decoder[Any] | None = None,
    ) -> Answer:
        """One request under the token, and its JSON answer; `shape` as in `Transport.call`."""
        sent = {**({} if body is None else {"Content-Type": "application/json"}), **(headers or {})}
        payload = content if body is None else codec.encode(body).encode()
        if self._token() is None:
            await self._renew()
        for attempt in (1, 2):
            used = self._access
            try:
                return await self._transport.call(
                    method,
                    self._base + path,
                    place=PLACE,
                    kind=kind,
                    params=params,
                    headers={**sent, **self._bearer()},
                    content=payload,
                    etag=etag,
                    most_bytes=MOST_BYTES,
                    shape=shape,
                )
            except AuthExpired:
                if attempt == 2:
                    raise
                if self._access == used:
                    await self._renew(used)
        raise AuthExpired(place=PLACE)

    @asynccontextmanager
    async def open(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        kind: str = "bulk",
        also: frozenset[int] = frozenset(),
    ) -> AsyncIterator[httpx.Response]:
        """The open answer to a GET under the token, to be read piece by piece: a success, or a status of `also`."""
        url = self._base + path
        if self._token() is None:
            await self._renew()
        for attempt in (1, 2):
            used = self._access
            request = self._transport.client_for(url).build_request(
                "GET",
                url,
                params=params,
                headers={**(headers or {}), **self._bearer()},
                timeout=TIMEOUTS[kind],
            )
            async with self._transport.open(request, place=PLACE, redirects=0) as response:
                if response.status_code != 401 or attempt == 2:
                    problem = http_errors.from_status(
                        response.status_code, PLACE, now=self._clock(), headers=response.headers
                    )
                    if problem is not None and response.status_code not in also:
                        raise problem
                    yield response
                    return
            if self._access == used:
                await self._renew(used)

    # ------------------------------------------------------------ tokens

    def _token(self) -> str | None:
        if self._access is None:
            self._access = self._tokens.get(CENTRAL_TOKEN)
        return self._access

    def _bearer(self) -> dict[str, str]:
        token = self._token()
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    async def _plain(self, method: str, path: str, body: object = None) -> Answer:
        return await self._transport.call(
            method,
            self._base + path,
            place=PLACE,
            kind="central",
            headers={} if body is None else {"Content-Type": "application/json"},
            content=None if body is None else codec.encode(body).encode(),
            most_bytes=MOST_BYTES,
        )

    async def _renew(self, refused: str | None = None) -> None:
        """Get a fresh access token. Raises `AuthExpired` when only a person can."""
        async with self._renewing:
            if refused is not None and self._access not in (None, refused):
                return  # another call was quicker
            kept = self._tokens.get(CENTRAL_TOKEN)
            if kept is not None and kept not in (refused, self._access):
                self._access, self._who = kept, None  # another process was quicker, for whomever
                return
            token = self._tokens.get(CENTRAL_REFRESH)
            if token is None:
                raise AuthExpired(place=PLACE, reason="not_logged_in")
            answer = await self._plain("POST", "/v1/token", {"grant": "refresh", "refresh_token": token})
            self._keep(answer.data)

    def _keep(self, data: Any) -> Me:
        access, refresh = answers.tokens(data)
        me = answers.me(data)
        self._access, self._who = access, me
        for name, value in ((CENTRAL_REFRESH, refresh), (CENTRAL_TOKEN, access)):
            self._tokens.set(name, value)
            self._renewed(name, value)
        return me
