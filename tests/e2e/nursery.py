"""Lives to be cut short: forks a desk that pulls, acts, pushes and reads without end, and kills it.

Run as a process of its own (`python -m tests.e2e.nursery`), single-threaded, with everything imported before the first
fork. One JSON line in asks for one life; a life says on standard output what its operator was told, line by line.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from smartcity_desk import config
from smartcity_desk.directory import builtin_directory, category_table, load_policy
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.events import (
    Actor,
    CategorySet,
    EventKind,
    NoteAdded,
    Payload,
    PlaceSet,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.query import Filter
from smartcity_desk.secrets import CENTRAL_TOKEN, SecretStore
from smartcity_desk.store import OpState, Store
from smartcity_desk.sync.engine import Engine
from smartcity_desk.sync.transport import Transport

K = EventKind
ACTOR = Actor("sari", Role.OPERATOR)
LONGEST_S = 3.0


class Points:
    """Places where a life may end by its own hand: the `nth` one met."""

    def __init__(self, nth: int | None) -> None:
        self.left = nth

    def meet(self, name: str) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            say({"point": name})
            os.kill(os.getpid(), signal.SIGKILL)


def say(fact: dict[str, Any]) -> None:
    """One line, in one write: whole even if the next instruction is the last."""
    os.write(1, json.dumps(fact).encode() + b"\n")


class FragileStore(Store):
    """A store whose process may end before, inside and after each of its transactions."""

    points: Points

    @contextmanager
    def _write(self) -> Iterator[Any]:
        self.points.meet("before transaction")
        with super()._write() as raw:
            yield raw
            self.points.meet("before commit")
        self.points.meet("after commit")


class FragileTransport(Transport):
    """A client whose process may end before a request goes out, and after its answer came in."""

    points: Points

    async def call(self, *args: Any, **kwargs: Any) -> Any:
        self.points.meet("before request")
        answer = await super().call(*args, **kwargs)
        self.points.meet("after answer")
        return answer


def live(order: dict[str, Any]) -> None:
    """Work until killed; with `drain`, only until nothing waits any more."""
    points = Points(order.get("point"))
    offset = order["offset_ms"]

    def clock() -> int:
        return time.time_ns() // 1_000_000 + offset

    folder = Path(order["folder"])
    store = FragileStore.open(folder / "desk.sqlite3", now=clock(), policy=load_policy())
    FragileStore.points = points
    if not store.directory().offices:
        store.set_directory(builtin_directory(clock()), None, clock())
    settings = config.Settings(folder / "settings.json")
    settings.set(config.CENTRAL_URL, order["central"])
    settings.set_channel("petabencana", config.ChannelSettings(True, order["source"], {}))
    secrets = SecretStore.in_memory({CENTRAL_TOKEN: order["token"]})
    transport = FragileTransport(clock=clock)
    transport.points = points
    engine = Engine(store, settings, secrets, clock=clock, transport=transport)
    dice = random.Random(order["seed"])

    async def work() -> None:
        turn = 0
        while True:
            turn += 1
            if order.get("drain"):
                result = await engine.run_once()
                waiting = store.summary().ops
                if not result.errors and not waiting[OpState.QUEUED] and not waiting[OpState.SENDING]:
                    return
                nonlocal offset
                offset += 30_000
                continue
            _act(store, dice, clock(), f"{order['seed']}-{turn}")
            await engine.run_once()

    async def whole() -> None:
        try:
            await work()
        finally:
            await engine.close()

    asyncio.run(whole())
    store.close()


def _act(store: Store, dice: random.Random, now: int, name: str) -> None:
    """What an operator does between two rounds; every line said here is a promise to him."""
    rows = store.page_first(Filter(), now=now, limit=40)
    if not rows:
        return
    for number in range(dice.randint(1, 4)):
        row = dice.choice(rows)
        kind, payload = _wish(dice, f"{name}-{number}")
        result = store.act(
            kind, payload, [row.id], actor=ACTOR, now=now, randomness=dice.randbytes, fill_base=True
        )
        for op in result.done:
            say({"kept": op.id, "note": payload.text if isinstance(payload, NoteAdded) else None})
            if dice.random() < 0.15:
                say({"withdrawing": op.id})  # a life may end after the commit and before the word
                for undone in store.undo([op.id], now):
                    say({"withdrawn": undone.id})


def _wish(dice: random.Random, name: str) -> tuple[EventKind, Payload]:
    offices = ["31.74.01.1001", "31.71.06.1001"]
    match dice.randrange(6):
        case 0:
            return K.CATEGORY_SET, CategorySet(dice.choice(list(category_table())[:4]))
        case 1:
            return K.PLACE_SET, PlaceSet(dice.choice(offices))
        case 2:
            return K.ROUTING_SENT, RoutingSent(dice.choice(offices), f"alasan {name}")
        case _:
            return K.NOTE_ADDED, NoteAdded(f"catatan {name}")


def main() -> None:
    """Obey orders until there are none."""
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                live(order)
                code = 0
            except StoreProblem as problem:
                say({"problem": str(problem)})
            except BaseException as problem:  # noqa: BLE001 - told to the test, which fails
                say({"crash": repr(problem)})
            finally:
                os._exit(code)
        say(_end(child, order))


def _end(child: int, order: dict[str, Any]) -> dict[str, Any]:
    """Wait for the end that was ordered: after a time, at a point, or by itself."""
    patience = 60.0 if order.get("drain") else LONGEST_S
    wait = order["after_ms"] / 1000 if order.get("after_ms") is not None else patience
    began = time.monotonic()
    while time.monotonic() - began < wait:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return {"ended": os.waitstatus_to_exitcode(status)}
        time.sleep(0.002)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return {"ended": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    main()
