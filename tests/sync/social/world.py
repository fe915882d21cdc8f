"""Pages, markers and dashboards on loopback for tests of a desk: real sockets, invented reports, faults on order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from smartcity_desk.domain.office import Category, Directory, Office, OfficeLevel
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.training.channel import (
    Asgi,
    Message,
    Receive,
    Scope,
    Send,
    Spoils,
    Stage,
    TrainingChannel,
)
from smartcity_desk.training.record import Citizen
from tests.sync.bench import NOW, Bench, bench
from tests.sync.georeport.world import listening

PLACE = "31.74.01.1001"
CITY = Directory.of(
    edition="t",
    offices=[Office(PLACE, "Contoh Barat", OfficeLevel.KELURAHAN, None, lat=-6.2, lon=106.8)],
    categories=[Category("sampah", "Sampah menumpuk", "kebersihan")],
)
Scene = Callable[[Bench, Any], Coroutine[Any, Any, None]]


def citizen(channel: TrainingChannel, number: int, at: int, **changes: Any) -> Citizen:
    """A report of an invented citizen."""
    values: dict[str, Any] = {
        "number": number,
        "channel": channel.name,
        "external_id": channel.external_id(number, at),
        "at": at,
        "text": f"Sampah menumpuk di gang {number}, hub 0812-3456-7890",
        "author": number,
        "category": "sampah",
        "place": PLACE,
        "placed": PLACE,
        "competent": PLACE,
        "incident": number,
        "lat": -6.2 - number / 100_000,
        "lon": 106.8 + number / 100_000,
        "picture": number % 2 == 0,
    }
    return Citizen(**{**values, **changes})


def people(
    channel: TrainingChannel, count: int, newest: int = NOW - MINUTE, step: int = MINUTE
) -> list[Citizen]:
    """So many reports some time apart, oldest first."""
    return [citizen(channel, n, newest - (count - 1 - n) * step) for n in range(count)]


class Faulty:
    """An application whose next answers are spoiled on order, and which remembers who asked for what."""

    def __init__(self, app: Asgi, spoils: Spoils | None) -> None:
        self._app = app
        self._spoils = spoils
        self.orders: list[str] = []
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        self.asked.append(scope["path"] + (f"?{query}" if query else ""))
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        fault = self.orders.pop(0) if self.orders else ""
        if not fault:
            await self._app(scope, receive, send)
            return
        assert self._spoils is not None
        if fault.isdigit():
            what = self._spoils.refusal(int(fault))
            await _whole(send, int(fault), what.media_type, what.body, *what.headers)
        elif fault == "html":
            await _whole(send, 200, b"text/html", b"<!DOCTYPE html><html></html>")
        elif fault == "error_inside":
            await _whole(send, 200, b"application/json", self._spoils.error_inside())
        elif fault == "malformed":
            await _whole(send, 200, b"application/json", b'{"data":[{"id"')
        else:
            await self._changed(scope, receive, send, fault)

    async def _changed(self, scope: Scope, receive: Receive, send: Send, fault: str) -> None:
        import json

        assert self._spoils is not None
        body = bytearray()
        begin: Message = {}

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                begin.update(message)
            else:
                body.extend(message.get("body", b""))

        # what is spoiled here is a whole answer, never a 304
        headers = [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]
        await self._app({**scope, "headers": headers}, receive, collect)
        data = json.loads(bytes(body))
        items = self._spoils.items(data)
        if fault == "empty":
            items = []
        elif fault == "duplicate":
            items = [*reversed(items), *items[:3]]
        elif items:
            items[0] = self._spoils.spoil(fault, items[0])
        await _whole(
            send, begin["status"], b"application/json", json.dumps(self._spoils.put(data, items)).encode()
        )


async def _whole(send: Send, status: int, kind: bytes, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Stand:
    """A server of one channel and what stands before it."""

    def __init__(self, channel: TrainingChannel, source: list[Citizen], clock: Any) -> None:
        secrets = dict.fromkeys(channel.secrets, "kunci-latihan")
        self.source = source
        self.server: Any = channel.server(source, Stage(CITY, 1, clock, secrets))
        self.door = Faulty(self.server.app(), channel.spoils)
        self.url = ""


def played(
    folder: Path, channel: TrainingChannel, scene: Scene, source: list[Citizen], **options: str
) -> None:
    """A desk and a server of a channel, the desk set up for it."""

    async def run() -> None:
        secrets = {f"channel/{channel.name}/{name}": "kunci-latihan" for name in channel.secrets}
        async with bench(folder, secrets) as desk:
            stand = Stand(channel, source, desk.clock)
            async with listening(stand.door) as url:
                stand.url = url + stand.server.path
                desk.channel(channel.name, stand.url, **{**channel.options, **options})
                await scene(desk, stand)

    asyncio.run(run())


REFUSALS = {
    "401": "auth_expired",
    "403": "forbidden",
    "429": "rate_limited",
    "500": "transient",
    "503": "transient",
    "html": "transient",
    "error_inside": "transient",
    "malformed": "bad_data",
}
"""What a desk calls a spoiled answer."""


def nothing_moves(folder: Path, channel: TrainingChannel, *faults: str) -> None:
    """An answer that is spoiled as a whole brings nothing and loses nothing: all of it comes with the next good one."""

    async def scene(desk: Bench, stand: Stand) -> None:
        for fault in faults:
            stand.door.orders = [fault]
            result = await desk.once(channel.name)
            assert [error.code for _, error in result.errors] == [REFUSALS[fault]], fault
            assert desk.lines() == []
            desk.clock.now += HOUR
        assert (await desk.once(channel.name)).errors == ()
        assert len(desk.lines()) == 4

    played(folder, channel, scene, people(channel, 4))


def plain(report: Report) -> Report:
    """Without what stays at a desk, and without the pseudonym, whose key is the desk's own."""
    return replace(report, raw="", unmasked=None, location=None, author=None)


def read_of(desk: Bench) -> dict[str, Report]:
    """The reports of a desk by external id."""
    return {line.report.external_id: plain(line.report) for line in desk.lines()}
