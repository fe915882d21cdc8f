"""Sends what is queued: in order for each report, with growing waits, and never twice on purpose.

A line is taken under a lease before it is sent, so that two processes on one database do not both send it. An update
may be sent again after a crash, because it carries its own id; a new request may not: it is shown as unsure, and an
administrator says whether to try again. A target that is away rests as a whole: each line that it is asked about may
take a minute, and what waits for another target would wait for all of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from sqlalchemy import Connection, and_, func, or_, select, update

from smartcity_desk.central import schema
from smartcity_desk.central.db import Database, chunks, lock_name
from smartcity_desk.central.outgoing import feed, receipts, targets, wire
from smartcity_desk.central.outgoing.feed import REFUSED, REQUEST, SENDING, SENT, WAITING
from smartcity_desk.central.outgoing.targets import Mode, Target
from smartcity_desk.central.outgoing.wire import Outcome
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import HOUR, MINUTE, SECOND

_log: Final = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 30 * SECOND, 6 * HOUR
LONGEST_REST: Final = 5 * MINUTE
"""How long a target that is away is left alone at most; longer only where it asks for it itself."""
LEASE: Final = 5 * MINUTE
LEFT: Final = 2 * MINUTE
"""What a lease must have left when its line is sent: twice what an attempt may take (`wire.MOST_SECONDS`)."""
AT_ONCE: Final = 20
"""Lines that one round takes."""
UNSURE: Final = "unsure"
"""The code of a new request of which nobody knows whether it arrived."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is to be sent."""

    id: str
    target: Target
    kind: str
    external_id: str
    body: dict[str, Any]
    attempts: int
    leased_until: int


def wait_after(attempts: int, asked: int | None = None) -> int:
    """How long (ms) a line waits after so many attempts, or what the server asked for."""
    if asked is not None:
        return min(max(asked, SECOND), LONGEST_WAIT)
    return int(min(FIRST_WAIT << min(max(attempts, 1) - 1, 20), LONGEST_WAIT))


def take(connection: Connection, *, now: int, resting: Collection[str] = ()) -> list[Line]:
    """Take the lines that are due, under a lease: of each report the oldest one that is not settled.

    Lines for targets in `resting` are left where they are.
    """
    lock_name(connection, feed.LOCK)
    awake = (target for target in targets.every(connection) if target.name not in resting)
    on = {target.name: target for target in awake if target.mode is Mode.ON}
    if not on:
        return []
    table, earlier = schema.outgoing, schema.outgoing.alias()
    lost = and_(table.c.state == SENDING, table.c.next_at <= now)
    # A process died while it sent: an update is sent again, of a new request nobody knows whether it arrived.
    unsure = connection.execute(select(table.c.id).where(lost, table.c.kind == REQUEST)).scalars().all()
    if unsure:
        given_up = {"state": REFUSED, "code": UNSURE, "settled_at": now}
        connection.execute(update(table).where(table.c.id.in_(unsure)).values(given_up))
        receipts.stamp(connection, unsure)
    ahead = select(earlier.c.id).where(
        earlier.c.target == table.c.target,
        earlier.c.report == table.c.report,
        earlier.c.state.in_((WAITING, SENDING)),
        or_(earlier.c.seq < table.c.seq, and_(earlier.c.seq == table.c.seq, earlier.c.id < table.c.id)),
    )
    query = select(table).where(
        table.c.target.in_(sorted(on)),
        or_(and_(table.c.state == WAITING, table.c.next_at <= now), lost),
        ~ahead.exists(),
    )
    rows = connection.execute(query.order_by(table.c.next_at, table.c.seq, table.c.id).limit(AT_ONCE)).all()
    names = [row.id for row in rows]
    if names:
        leased = {"state": SENDING, "next_at": now + LEASE}
        connection.execute(update(table).where(table.c.id.in_(names)).values(leased))
    return [
        Line(
            row.id,
            on[row.target],
            row.kind,
            row.external_id,
            msgspec.json.decode(row.body),
            row.attempts,
            now + LEASE,
        )
        for row in rows
    ]


def keep(connection: Connection, line: Line, *, now: int) -> Line | None:
    """The line under a new lease; None when the old one ran out and somebody else has taken or settled it."""
    table = schema.outgoing
    mine = and_(table.c.id == line.id, table.c.state == SENDING, table.c.next_at == line.leased_until)
    found = connection.execute(update(table).where(mine).values(next_at=now + LEASE)).rowcount
    return replace(line, leased_until=now + LEASE) if found else None


def put_back(connection: Connection, line: Line, *, now: int) -> None:
    """Let go of a line that was taken and not tried."""
    table = schema.outgoing
    mine = and_(table.c.id == line.id, table.c.state == SENDING, table.c.next_at == line.leased_until)
    connection.execute(update(table).where(mine).values(state=WAITING, next_at=now))


def settle(connection: Connection, line: Line, outcome: Outcome, *, now: int) -> None:
    """Write down what became of a line."""
    values: dict[str, Any] = {
        "attempts": line.attempts + 1,
        "code": outcome.code,
        "detail": outcome.detail or None,
        "next_at": now,
    }
    if outcome.code is None:
        values |= {"state": SENT, "settled_at": now, "answer_id": outcome.answer_id or None}
    elif outcome.lasting:
        values |= {"state": REFUSED, "settled_at": now}
    elif line.kind == REQUEST and outcome.unsure:
        values |= {"state": REFUSED, "settled_at": now, "code": UNSURE, "detail": outcome.code}
    else:
        values |= {"state": WAITING, "next_at": now + wait_after(line.attempts + 1, outcome.after)}
    table = schema.outgoing
    mine = update(table).where(table.c.id == line.id, table.c.state == SENDING)
    if connection.execute(mine.values(values)).rowcount:
        receipts.stamp(connection, [line.id])


async def send(http: httpx.AsyncClient, line: Line, keys: Path, now: int) -> Outcome:
    """One attempt."""
    try:
        key = targets.key_of(keys, line.target.name)
    except ConfigProblem as problem:
        return Outcome(str(problem.params["reason"]))
    if line.kind == REQUEST:
        return await wire.send_request(http, line.target, wire.request_form(line.target, key, line.body), now)
    form = wire.update_form(
        line.target,
        key,
        name=line.id,
        about=line.external_id,
        status=Status(line.body["status"]),
        text=line.body["text"],
        at=line.body["at"],
    )
    return await wire.send_update(http, line.target, form, now)


@dataclass(frozen=True, slots=True)
class _Rest:
    """A target that was away so many times in a row, and until when it is left alone (ms UTC)."""

    times: int
    until: int


class Sender:
    """The one who carries things out of a server. `run` works until it is cancelled."""

    def __init__(
        self,
        db: Database,
        keys: Path,
        *,
        clock: Callable[[], int],
        poll_s: float,
        client: Callable[[], httpx.AsyncClient] = wire.new_client,
    ) -> None:
        self._db = db
        self._keys = keys
        self._clock = clock
        self._poll_s = poll_s
        self._client = client
        self._http: httpx.AsyncClient | None = None
        self._failing: dict[str, str] = {}
        self._resting: dict[str, _Rest] = {}

    async def run(self) -> None:
        """Queue and send, again and again. What the database does is told once and outlived."""
        try:
            while True:
                try:
                    while await self.round():
                        pass
                except Exception as problem:  # noqa: BLE001 - the carrier outlives whatever the database does
                    self._tell("queue", type(problem).__name__)
                else:
                    self._tell("queue", None)
                await asyncio.sleep(self._poll_s)
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def round(self) -> int:
        """Queue what was said, and send what is due. Returns how many lines were tried."""
        if not await self._db.read(targets.every):
            return 0
        now = self._clock()
        with feed.speaking_for_citizens():
            await self._db.write(lambda connection: feed.take_in(connection, now=now))
        resting = [name for name, rest in self._resting.items() if now < rest.until]
        lines = await self._db.write(partial(take, now=now, resting=resting))
        if lines and self._http is None:
            self._http = self._client()
        tried = 0
        for line in lines:
            tried += await self._carry(line)
        return tried

    async def _carry(self, line: Line) -> bool:
        """Try one line of a round, unless its target has turned out to be away or its lease is somebody else's."""
        assert self._http is not None
        name, now = line.target.name, self._clock()
        rest = self._resting.get(name)
        if rest is not None and now < rest.until:
            await self._db.write(partial(put_back, line=line, now=now))
            return False
        mine: Line | None = line
        if now > line.leased_until - LEFT:
            mine = await self._db.write(partial(keep, line=line, now=now))
        if mine is None:
            return False
        outcome = await send(self._http, mine, self._keys, now)
        now = self._clock()
        await self._db.write(partial(settle, line=mine, outcome=outcome, now=now))
        if outcome.away:
            times = 1 if rest is None else rest.times + 1
            wait = wait_after(times, outcome.after)
            self._resting[name] = _Rest(times, now + (wait if outcome.after else min(wait, LONGEST_REST)))
        else:
            self._resting.pop(name, None)
        self._tell(name, outcome.code)
        return True

    def _tell(self, name: str, code: str | None) -> None:
        """Once on failure, once on recovery; the target by its name, never by its address."""
        before = self._failing.get(name)
        if code is None:
            if self._failing.pop(name, None) is not None:
                _log.info("outgoing %s: works again", name)
        elif code != before:
            self._failing[name] = code
            _log.warning("outgoing %s: %s", name, code)


# ---------------------------------------------------------------- what an administrator sees and does


def listed(
    connection: Connection, *, state: str = "", report: str = "", limit: int = 200
) -> list[dict[str, Any]]:
    """The lines of the queue, newest first, without their texts."""
    table = schema.outgoing
    query = select(table)
    if state:
        query = query.where(table.c.state == state)
    if report:
        query = query.where(table.c.report == report)
    rows = connection.execute(query.order_by(table.c.queued_at.desc(), table.c.id).limit(limit))
    return [{name: value for name, value in row._mapping.items() if name != "body"} for row in rows]


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """How many lines of each target stand in which state."""
    table = schema.outgoing
    query = select(table.c.target, table.c.state, func.count().label("n")).group_by(
        table.c.target, table.c.state
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.target, {})[row.state] = row.n
    return found


def retry(connection: Connection, names: Sequence[str], *, now: int) -> int:
    """Send these lines once more, or all that were refused when none is named. Returns how many wait now."""
    table = schema.outgoing
    wanted = table.c.id.in_(list(names)) if names else table.c.state == REFUSED
    again = {
        "state": WAITING,
        "attempts": 0,
        "next_at": now,
        "settled_at": None,
        "code": None,
        "detail": None,
    }
    there = select(table.c.id).where(wanted, table.c.state.not_in((SENT, SENDING)))
    lines = connection.execute(there.with_for_update()).scalars().all()
    for part in chunks(lines):
        connection.execute(update(table).where(table.c.id.in_(part)).values(again))
    receipts.stamp(connection, lines)
    return len(lines)
