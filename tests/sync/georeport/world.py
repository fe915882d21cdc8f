"""An Open311 server on loopback for tests of a desk: a real socket, invented reports, a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from smartcity_desk.central.serve import bind
from smartcity_desk.domain.office import Category, Directory
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import lapor, open311
from smartcity_desk.training.servers.georeport import Flavour, Open311Server
from tests.sync.bench import NOW

CITY = Directory.of(
    edition="t",
    offices=[],
    categories=[
        Category("sampah", "Sampah menumpuk", "kebersihan"),
        Category("lampu_jalan", "Lampu jalan mati", "jalan"),
        Category("lainnya", "Lainnya", "lainnya"),
    ],
)
KEY = "kunci-latihan"


def citizen(number: int, at: int, channel: str = "open311", **changes: Any) -> Citizen:
    """A report of an invented citizen."""
    make_id = open311.external_id if channel == "open311" else lapor.external_id
    values: dict[str, Any] = {
        "number": number,
        "channel": channel,
        "external_id": make_id(number, at),
        "at": at,
        "text": f"Sampah menumpuk di gang {number}, hub 0812-3456-7890",
        "author": number,
        "category": "sampah",
        "place": "31.74.01.1001",
        "placed": "31.74.01.1001",
        "competent": "31.74.01.1001",
        "incident": number,
        "lat": -6.2 - number / 100_000,
        "lon": 106.8 + number / 100_000,
        "picture": number % 2 == 0,
    }
    return Citizen(**{**values, **changes})


def people(count: int, channel: str = "open311", newest: int = NOW - MINUTE) -> list[Citizen]:
    """So many reports a minute apart, oldest first."""
    return [citizen(n, newest - (count - 1 - n) * MINUTE, channel) for n in range(count)]


def server_of(
    source: list[Citizen], clock: Any, flavour: Flavour | None = None, channel: str = "open311"
) -> Open311Server:
    if channel == "lapor":
        item, services = lapor.complaint_of, lapor.services_of()
    else:
        item, services = open311.request_of, open311.services_of(CITY)
    return Open311Server(source, CITY, clock, item=item, services=services, key=KEY, flavour=flavour)


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free port of loopback; its origin."""
    with bind("127.0.0.1", 0) as listener:
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.001)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
