"""The city's central server as this program speaks to it. The only module that knows its addresses.

Tokens: a refused access token is renewed once, by one caller at a time; a refused renewal means that a person has to
log in again (`AuthExpired`). Times in ms UTC; the server's clock is compared with ours whenever it says its time.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from smartcity_desk import codec
from smartcity_desk.config import machine_user
from smartcity_desk.domain.decide import Action
from smartcity_desk.domain.errors import AuthExpired, BadData, DeskError, Rejected, Transient
from smartcity_desk.domain.events import Actor, Event, Role
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.receipt import Outlet, Receipt
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.routing import Routing
from smartcity_desk.secrets import CENTRAL_REFRESH, CENTRAL_TOKEN
from smartcity_desk.store.files import KEPT_MOST
from smartcity_desk.store.rows import OpResult, Params
from smartcity_desk.sync import http_errors
from smartcity_desk.sync.channel import raw_text
from smartcity_desk.sync.registry import Secrets
from smartcity_desk.sync.transport import TIMEOUTS, Answer, Transport, read_bounded, write_bounded

PLACE: Final = "central"
MOST_BYTES: Final = 64 * 1024 * 1024
"""Largest answer of the central server: a full page of long reports."""
BUNDLE_MOST: Final = 768 * 1024 * 1024
"""Largest place bundle: what a desk would take from a file as well."""
ACTIONS_MOST: Final = 500
REPORTS_MOST: Final = 1000
_NOT_KNOWN_YET: Final = "unknown_report"


@dataclass(frozen=True, slots=True)
class Me:
    """Who is logged in, as the server knows him."""

    user: str
    name: str
    role: Role
    office: str | None

    @property
    def actor(self) -> Actor:
        """The actor of this account's actions."""
        return Actor(self.user, self.role, self.office)


@dataclass(frozen=True, slots=True)
class DirectoryFound:
    """A directory, the policies and the routing beside it, and the tag of them all."""

    directory: Directory
    policies: tuple[Policy, ...]
    etag: str | None
    routing: tuple[Routing, ...] = ()


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Confirmed events in the server's order. What this version cannot read stands in `unreadable` (key, raw)."""

    events: tuple[Event, ...]
    unreadable: tuple[tuple[str, str], ...]
    last_seq: int
    more: bool


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Reports that other desks pulled. `cursor` is where to go on, now (`more`) or later."""

    reports: tuple[Report, ...]
    unreadable: tuple[tuple[str, str], ...]
    cursor: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class RepliesPage:
    """Other desks' replies. `last` is where to go on, now (with `more`) or later."""

    replies: tuple[Reply, ...]
    unreadable: tuple[tuple[str, str], ...]
    last: int
    more: bool


@dataclass(frozen=True, slots=True)
class ReceiptsPage:
    """What became of answers, and where answers go. `last` is where to go on, now (with `more`) or later."""

    receipts: tuple[Receipt, ...]
    outlets: tuple[Outlet, ...]
    unreadable: tuple[tuple[str, str], ...]
    last: int
    more: bool


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that the server's stream told: `seq`, `claim` or `presence`, with its data."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


class _WireReports(msgspec.Struct):
    """A page of reports as the server sends it."""

    reports: list[Report]
    next: str | None = None
    cursor: str | None = None


_REPORTS: Final = msgspec.json.Decoder(_WireReports)


class CentralClient:
    """The central server's API. Every call raises a word of the vocabulary when it fails."""

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
        self.same_log = False  # whether the server was seen to hold what this desk has read of it
        self.may_push = True
        self.has_replies = self.has_receipts = (
            True  # until a server from before there were any says otherwise
        )
        """False once the server said that this account's role only reads; a new log-in asks again."""
        self._stored: set[str] = set()  # files that this server took from us

    # ------------------------------------------------------------ log-in

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
                await self._authorised("DELETE", "/v1/token")
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
        self._compare_clocks(answer.data)
        return isinstance(answer.data, dict) and answer.data.get("ok") is True

    async def me(self) -> Me:
        """Who this token is."""
        answer = await self._authorised("GET", "/v1/me")
        self._compare_clocks(answer.data)
        return _me(answer.data)

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

    # ------------------------------------------------------------ reading

    async def directory(self, etag: str | None) -> DirectoryFound | None:
        """The directory as it is now, or None when it is still the one of `etag`."""
        answer = await self._authorised("GET", "/v1/directory", etag=etag, kind="bulk")
        if answer.not_modified:
            return None
        body = _object(answer.data, "directory")
        policies, routing = body.get("policies") or [], body.get("routing") or []
        return DirectoryFound(
            codec.directory_from_wire(answer.data),
            tuple(codec.convert(policies, list[Policy], key="policies")),
            answer.etag,
            tuple(codec.convert(routing, list[Routing], key="routing")),
        )

    async def events(self, after: int, limit: int) -> EventsPage:
        """Confirmed events after a number of the server's order."""
        answer = await self._authorised(
            "GET", "/v1/events", params={"after": str(after), "limit": str(limit)}, kind="bulk"
        )
        body = _object(answer.data, "events")
        events: list[Event] = []
        unreadable: list[tuple[str, str]] = []
        for item in _list(body, "events"):
            try:
                events.append(codec.event_from_wire(item))
            except BadData as problem:
                unreadable.append((problem.key, raw_text(item)))
        last = body.get("last_seq")
        if not isinstance(last, int) or isinstance(last, bool) or last < 0:
            raise BadData(PLACE, "last_seq")
        more = body.get("more") is True
        if more and last <= after:
            raise BadData(PLACE, "last_seq")  # a page that leads nowhere would be asked for again for ever
        return EventsPage(tuple(events), tuple(unreadable), max(last, after), more)

    async def reports(self, cursor: str | None, limit: int) -> ReportsPage:
        """Reports in the order of their last change at the server."""
        params = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        answer = await self._authorised("GET", "/v1/reports", params=params, kind="bulk", shape=_REPORTS)
        if isinstance(answer.data, _WireReports):
            found = answer.data
            more = found.next is not None and found.next != cursor
            return ReportsPage(tuple(found.reports), (), found.next or found.cursor or cursor, more)
        # Something in the page does not fit: one by one, so that one report cannot hold up the others.
        body = _object(answer.data, "reports")
        reports: list[Report] = []
        unreadable: list[tuple[str, str]] = []
        for item in _list(body, "reports"):
            try:
                reports.append(codec.report_from_wire(item))
            except BadData as problem:
                unreadable.append((problem.key, raw_text(item)))
        following, later = body.get("next"), body.get("cursor")
        more = isinstance(following, str) and following != cursor
        reached = following if isinstance(following, str) else later
        return ReportsPage(
            tuple(reports), tuple(unreadable), reached if isinstance(reached, str) else cursor, more
        )

    async def replies(self, after: int, limit: int) -> RepliesPage:
        """Replies after a number, in the order of their last change at the server."""
        params = {"after": str(after), "limit": str(limit)}
        answer = await self._authorised("GET", "/v1/replies", params=params, kind="bulk")
        body = _object(answer.data, "replies")
        replies: list[Reply] = []
        unreadable: list[tuple[str, str]] = []
        for item in _list(body, "replies"):
            try:
                replies.append(codec.reply_from_wire(item))
            except BadData as problem:
                unreadable.append((problem.key, raw_text(item)))
        last, more = _reached(body, after)
        return RepliesPage(tuple(replies), tuple(unreadable), last, more)

    async def receipts(self, after: int, limit: int) -> ReceiptsPage:
        """What became of answers, after a number, in the order of the last changes at the server."""
        params = {"after": str(after), "limit": str(limit)}
        answer = await self._authorised("GET", "/v1/receipts", params=params, kind="bulk")
        body = _object(answer.data, "receipts")
        receipts: list[Receipt] = []
        unreadable: list[tuple[str, str]] = []
        for item in _list(body, "receipts"):
            try:
                receipts.append(codec.convert(item, Receipt, key="receipt"))
            except BadData as problem:
                unreadable.append((problem.key, raw_text(item)))
        outlets = codec.convert(_list(body, "outlets"), list[Outlet], key="outlets")
        last, more = _reached(body, after)
        return ReceiptsPage(tuple(receipts), tuple(outlets), tuple(unreadable), last, more)

    # ------------------------------------------------------------ writing

    async def push_reports(self, reports: Sequence[Report]) -> dict[str, str]:
        """Hand in reports that this desk pulled, at most `REPORTS_MOST`. Refused ones come back: id -> code."""
        body = {"reports": [codec.report_to_wire(report) for report in reports]}
        answer = await self._authorised("POST", "/v1/reports", body=body, kind="bulk")
        return _refused(answer.data, "reports")

    async def push_replies(self, replies: Sequence[Reply]) -> dict[str, str]:
        """Hand in replies that this desk pulled, at most `REPORTS_MOST`. Refused ones come back: id -> code."""
        body = {"replies": [codec.reply_to_wire(reply) for reply in replies]}
        answer = await self._authorised("POST", "/v1/replies", body=body, kind="bulk")
        return _refused(answer.data, "replies")

    async def push_actions(self, actions: Sequence[Action]) -> list[OpResult]:
        """Hand in actions, at most `ACTIONS_MOST`. One result an action; one without an answer is `unknown`."""
        body = {"actions": [codec.action_to_wire(action) for action in actions]}
        answer = await self._authorised("POST", "/v1/actions", body=body, kind="bulk")
        self._compare_clocks(answer.data)
        results: dict[str, OpResult] = {}
        for item in _list(_object(answer.data, "actions"), "results"):
            result = _result(item)
            if result is not None:
                results[result.op_id] = result
        return [
            results.get(action.id) or OpResult(action.id, "unknown", code="no_answer") for action in actions
        ]

    async def claim(self, report: str, *, minutes: int = 10) -> tuple[str, int]:
        """Take a lease at once: (user, until). Raises `Rejected` with the holder in its parameters."""
        answer = await self._authorised("POST", "/v1/claims", body={"report": report, "minutes": minutes})
        body = _object(answer.data, "claim")
        user, until = body.get("user"), body.get("until")
        if not isinstance(user, str) or not isinstance(until, int):
            raise BadData(PLACE, "claim")
        return user, until

    async def release(self, report: str) -> None:
        """Give a lease back."""
        await self._authorised("DELETE", f"/v1/claims/{quote(report, safe='')}")

    async def put_attachment(self, content: bytes, media_type: str, sha256: str) -> None:
        """Store a file under its hash. What was stored by this client is not sent again."""
        if self.has_attachment(sha256):
            return
        await self._authorised(
            "POST",
            "/v1/attachments",
            content=content,
            headers={"Content-Type": media_type, "X-SHA256": sha256},
            kind="bulk",
        )
        self._stored.add(sha256)

    def has_attachment(self, sha256: str) -> bool:
        """Whether this client has stored that file."""
        return sha256 in self._stored

    async def get_attachment(self, sha256: str) -> bytes:
        """A file by its hash, and nothing else under that name. Raises `Rejected` where the server has not got it."""
        url = f"{self._base}/v1/attachments/{quote(sha256, safe='')}"
        for attempt in (1, 2):
            used = self._token()
            request = self._transport.client_for(url).build_request(
                "GET", url, headers=self._bearer(), timeout=TIMEOUTS["bulk"]
            )
            async with self._transport.open(request, place=PLACE, redirects=0) as response:
                if response.status_code == 401 and attempt == 1:
                    await self._renew(used)
                    continue
                problem = http_errors.from_status(
                    response.status_code, PLACE, now=self._clock(), headers=response.headers
                )
                if problem is not None:
                    raise problem
                content = await read_bounded(response, KEPT_MOST, PLACE)
            if hashlib.sha256(content).hexdigest() != sha256:
                raise BadData(PLACE, "attachment")
            return content
        raise AuthExpired(place=PLACE)

    async def place_bundle(
        self, target: Path, etag: str | None, told: Callable[[int], None] = lambda _: None
    ) -> str | None:
        """Write the server's place bundle to `target` and return its tag; None when it is the one of `etag`.

        `told` hears how many bytes have come. Raises `Rejected` (`no_place_bundle`) where the server has none.
        """
        url = f"{self._base}/v1/place/bundle"
        if self._token() is None:
            await self._renew()
        for attempt in (1, 2):
            used = self._token()
            known = {} if etag is None else {"If-None-Match": etag}
            request = self._transport.client_for(url).build_request(
                "GET",
                url,
                headers={"Accept-Encoding": "identity", **known, **self._bearer()},
                timeout=TIMEOUTS["bulk"],
            )
            async with self._transport.open(request, place=PLACE, redirects=0) as response:
                if response.status_code == 401 and attempt == 1:
                    await self._renew(used)
                    continue
                if response.status_code == 304:
                    return None
                if response.status_code == 404:
                    raise Rejected("no_place_bundle", place=PLACE)
                problem = http_errors.from_status(
                    response.status_code, PLACE, now=self._clock(), headers=response.headers
                )
                if problem is not None:
                    raise problem
                digest = await write_bounded(response, target, BUNDLE_MOST, PLACE, told)
                tag = str(response.headers.get("etag", ""))
                if tag != f'"{digest}"':
                    raise BadData(PLACE, "place_checksum", name=target.name)
                return tag
        raise AuthExpired(place=PLACE)

    async def counts(self, day: str) -> Mapping[str, Any]:
        """What the server has of one day in Jakarta (YYYY-MM-DD), for reconciliation."""
        return _object((await self._authorised("GET", "/v1/counts", params={"day": day})).data, "counts")

    async def anchor(self, day: str) -> Mapping[str, Any]:
        """The log's last number and hash at a day's end."""
        return _object((await self._authorised("GET", "/v1/anchor", params={"day": day})).data, "anchor")

    # ------------------------------------------------------------ the stream

    async def stream(self, after: int) -> AsyncIterator[Signal]:
        """What the server tells by itself. It is a wake-up and nothing else: what counts is fetched as always."""
        from httpx_sse import EventSource, SSEError

        url = f"{self._base}/v1/stream"
        for attempt in (1, 2):
            used = self._token()
            request = self._transport.client_for(url).build_request(
                "GET",
                url,
                params={"after": str(after)},
                headers={"Accept": "text/event-stream", "Cache-Control": "no-store", **self._bearer()},
                timeout=TIMEOUTS["stream"],
            )
            async with self._transport.open(request, place=PLACE, redirects=0) as response:
                if response.status_code == 401 and attempt == 1:
                    await self._renew(used)
                    continue
                problem = http_errors.from_status(
                    response.status_code, PLACE, now=self._clock(), headers=response.headers
                )
                if problem is not None:
                    raise problem
                try:
                    async for event in EventSource(response).aiter_sse():
                        yield Signal(event.event, _signal_data(event.data))
                except SSEError:
                    raise Transient(place=PLACE, reason="html") from None
                return

    # ------------------------------------------------------------ inside

    def _token(self) -> str | None:
        if self._access is None:
            self._access = self._tokens.get(CENTRAL_TOKEN)
        return self._access

    def _bearer(self) -> dict[str, str]:
        token = self._token()
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    async def _plain(self, method: str, path: str, body: object = None, *, kind: str = "central") -> Answer:
        return await self._transport.call(
            method,
            self._base + path,
            place=PLACE,
            kind=kind,
            headers={} if body is None else {"Content-Type": "application/json"},
            content=None if body is None else codec.encode(body).encode(),
            most_bytes=MOST_BYTES,
        )

    async def _authorised(
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
        body = _object(data, "token")
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
            raise BadData(PLACE, "token")
        me = _me(body)
        self._access, self._who = access, me
        for name, value in ((CENTRAL_REFRESH, refresh), (CENTRAL_TOKEN, access)):
            self._tokens.set(name, value)
            self._renewed(name, value)
        return me

    def _compare_clocks(self, data: Any) -> None:
        server = data.get("server_time") if isinstance(data, dict) else None
        if isinstance(server, int) and not isinstance(server, bool):
            self.clock_offset = server - self._clock()


def _object(data: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise BadData(PLACE, key)
    return data


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    found = body.get(key)
    if not isinstance(found, list):
        raise BadData(PLACE, key)
    return found


def _reached(body: Mapping[str, Any], after: int) -> tuple[int, bool]:
    """Where a page ends and whether there are more; one that leads nowhere would be asked for again for ever."""
    last, more = body.get("last"), body.get("more") is True
    if not isinstance(last, int) or isinstance(last, bool) or last < after or (more and last == after):
        raise BadData(PLACE, "last")
    return last, more


def _refused(data: Any, key: str) -> dict[str, str]:
    return {
        item["id"]: str(item.get("code") or "rejected")
        for item in _list(_object(data, key), "rejected")
        if isinstance(item, dict) and isinstance(item.get("id"), str)
    }


def _me(data: Any) -> Me:
    body = _object(data, "me")
    try:
        role = Role(str(body.get("role")))
    except ValueError:
        raise BadData(PLACE, "role") from None
    user, name, office = body.get("user"), body.get("name"), body.get("office")
    if not isinstance(user, str) or not user:
        raise BadData(PLACE, "user")
    return Me(user, name if isinstance(name, str) else "", role, office if isinstance(office, str) else None)


def _result(item: Any) -> OpResult | None:
    """The answer to one action; None when it names no action. What cannot be read is `unknown`, never an acceptance."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return None
    op_id, outcome = item["id"], item.get("outcome")
    code, params = _text(item, "code"), _params(item.get("params"))
    if outcome in ("accepted", "duplicate"):
        try:
            events = tuple(codec.event_from_wire(event) for event in item.get("events") or [])
        except BadData:
            # Accepted, but shown in words that this version cannot read; the events come with the log.
            return OpResult(op_id, "unknown", code="unreadable_answer")
        seq = item.get("seq")
        return OpResult(op_id, outcome, events, seq if isinstance(seq, int) else None)
    if outcome == "conflict":
        return OpResult(
            op_id,
            "conflict",
            field=_text(item, "field"),
            base=_text(item, "base"),
            mine=_text(item, "mine"),
            theirs=_text(item, "theirs"),
            code=code,
            params=params,
        )
    if outcome == "rejected":
        if code == _NOT_KNOWN_YET:
            # Reports go first, so this one is on its way (another desk's page, a page that was refused for now).
            return OpResult(op_id, "unknown", code=code)
        return OpResult(op_id, "rejected", code=code or "rejected", params=params)
    return OpResult(op_id, "unknown", code="unreadable_answer")


def _text(item: dict[str, Any], key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) else None


def _params(value: Any) -> Params:
    if not isinstance(value, dict):
        return {}
    return {
        str(name): part for name, part in value.items() if part is None or isinstance(part, str | int | float)
    }


def _signal_data(text: str) -> Mapping[str, Any]:
    try:
        found = codec.decode(text, dict[str, Any], key="stream")
    except BadData:
        return {}
    return found
