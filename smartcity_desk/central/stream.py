"""The server-sent stream: that the log has grown, who took which report, who is there. Numbers and names, no content.

One pump a process reads what was committed and tells every stream, so that a claim made through another process of the
same database arrives too. A stream that cannot keep up is closed; its reader comes back with `Last-Event-ID`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from smartcity_desk import codec
from smartcity_desk.central import ledger, schema, tokens
from smartcity_desk.central.db import Database
from smartcity_desk.central.permissions import Principal
from smartcity_desk.domain.events import ClaimReleased, ClaimTaken, EventKind

_BACKLOG: Final = 1000
_CLAIMS: Final = (EventKind.CLAIM_TAKEN.value, EventKind.CLAIM_RELEASED.value)


def frame(event: str, data: dict[str, Any], *, name: int | None = None) -> bytes:
    """One server-sent event."""
    head = b"" if name is None else f"id: {name}\n".encode()
    return head + f"event: {event}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


@dataclass(eq=False, slots=True)
class _Reader:
    principal: Principal
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_BACKLOG))

    def put(self, data: bytes | None) -> bool:
        with suppress(asyncio.QueueFull):
            self.queue.put_nowait(data)
            return True
        return False


@dataclass(frozen=True, slots=True)
class _Ends:
    seq: int
    rev: int


class Hub:
    """All streams of one process. `run` is its pump; `poke` tells it that something was committed."""

    def __init__(self, db: Database, *, keep_alive_s: float, poll_s: float) -> None:
        self._db = db
        self._keep_alive_s = keep_alive_s
        self._poll_s = poll_s
        self._readers: set[_Reader] = set()
        self._wake: asyncio.Event | None = None
        self._ends: _Ends | None = None
        # Who sets the present end and who tells what came after it must not overlap: what is committed between two
        # readings of "now" would be told to nobody.
        self._turn = asyncio.Lock()
        self._closed = False

    def poke(self) -> None:
        """Something was committed by this process. Called on the event loop."""
        if self._wake is not None:
            self._wake.set()

    def close(self) -> None:
        """End every stream, so that the server beneath can stop."""
        self._closed = True
        for reader in list(self._readers):
            self._end(reader)
        self.poke()

    async def run(self, failed: Callable[[Exception], None]) -> None:
        """Tell the streams what was committed, until closed. A database that is away is asked again later."""
        self._wake = asyncio.Event()
        while not self._closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._poll_s)
            self._wake.clear()
            if not self._readers:
                self._ends = None
                continue
            try:
                await self._pump()
            except Exception as problem:  # noqa: BLE001 - the pump outlives whatever the database does
                failed(problem)

    async def _pump(self) -> None:
        async with self._turn:
            before = self._ends
            ends, claims = await self._db.read(lambda connection: _news(connection, before))
            self._ends = ends
        if before is None:
            return
        for claim in claims:
            self._tell(frame("claim", claim), unit_only=True)
        if ends.rev != before.rev:
            self._tell(frame("reports", {"cursor": str(ends.rev)}), unit_only=True)
        if ends.seq != before.seq:
            self._tell(frame("seq", {"seq": ends.seq}, name=ends.seq))

    def _tell(self, data: bytes, *, unit_only: bool = False) -> None:
        for reader in list(self._readers):
            if unit_only and reader.principal.confined_to is not None:
                continue
            if not reader.put(data):
                self._end(reader)

    def _end(self, reader: _Reader) -> None:
        self._readers.discard(reader)
        if not reader.put(None):
            reader.queue.get_nowait()
            reader.put(None)

    def _presence(self) -> None:
        users = {reader.principal.user: reader.principal.name for reader in self._readers}
        data = {"users": [{"user": user, "name": users[user]} for user in sorted(users)]}
        self._tell(frame("presence", data), unit_only=True)

    async def listen(self, principal: Principal, after: int) -> AsyncIterator[bytes]:
        """The frames of one stream, from the log's present end on; a comment when nothing happened for a while."""
        reader = _Reader(principal)
        self._readers.add(reader)
        try:
            async with self._turn:
                if self._ends is None:
                    self._ends = (await self._db.read(lambda connection: _news(connection, None)))[0]
                end = self._ends.seq
            yield frame("seq", {"seq": end}, name=end) if end > after else b": here\n\n"
            self._presence()
            async for data in self._frames(reader):
                yield data
        finally:
            self._readers.discard(reader)
            self._presence()

    async def _frames(self, reader: _Reader) -> AsyncIterator[bytes]:
        session, loop = reader.principal.session, asyncio.get_running_loop()
        check_at = loop.time() + self._keep_alive_s
        while not self._closed:
            try:
                data = await asyncio.wait_for(reader.queue.get(), self._keep_alive_s)
            except TimeoutError:
                data = b": still here\n\n"
            if loop.time() >= check_at:
                # An open answer must not outlive the log-in it was given to, however much there is to tell.
                if not await self._db.read(lambda connection: tokens.is_live(connection, session)):
                    return
                check_at = loop.time() + self._keep_alive_s
            if data is None:
                return
            yield data


def _news(connection: Connection, before: _Ends | None) -> tuple[_Ends, list[dict[str, Any]]]:
    ends = _Ends(ledger.head(connection).seq, ledger.head(connection, "report").seq)
    if before is None or ends.seq == before.seq:
        return ends, []
    log = schema.event_log
    query = select(log.c.body).where(log.c.seq > before.seq, log.c.seq <= ends.seq, log.c.kind.in_(_CLAIMS))
    claims = []
    for body in connection.execute(query.order_by(log.c.seq)).scalars():
        event = codec.event_from_wire(msgspec.json.decode(body))
        if isinstance(event.payload, ClaimTaken):
            claims.append({"report": event.subject, "user": event.payload.user, "until": event.payload.until})
        elif isinstance(event.payload, ClaimReleased):
            claims.append({"report": event.subject, "user": None, "until": None})
    return ends, claims
