"""The real central server on loopback in a thread of its own, and a line to it that drops, repeats and delays."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from smartcity_desk.central.app import create_app
from smartcity_desk.central.serve import bind, build_server
from smartcity_desk.central.settings import CentralSettings
from tests.central.world import found_city, settings_for
from tests.fakes.http_server import Asked, Reply, Server, serving


@dataclass
class Running:
    url: str
    settings: CentralSettings


@contextmanager
def central_server(folder: Path, **changes: object) -> Iterator[Running]:
    """A server with the small city and its people (`tests.central.world`) while the block runs."""
    settings = settings_for(folder, **changes)
    found_city(settings)
    listener = bind("127.0.0.1", 0)
    server = build_server(create_app(settings), settings)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), name="central")
    thread.start()
    try:
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", settings)
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the central server did not stop"


@dataclass
class Line:
    """How bad the line is: shares of requests lost before, answers lost after, requests that arrive twice."""

    lost: float = 0.0
    unanswered: float = 0.0
    repeated: float = 0.0
    delay: float = 0.0
    down: bool = False
    elsewhere: str = ""
    """Another server that has taken the address."""


@asynccontextmanager
async def bad_line(target: str, line: Line, seed: int) -> AsyncIterator[Server]:
    """A server that hands everything on to `target`, as badly as `line` says."""
    dice = random.Random(seed)
    async with httpx.AsyncClient(timeout=30) as client:

        async def forward(asked: Asked) -> Reply:
            if line.down or dice.random() < line.lost:
                return Reply(drop=True)
            kept = {
                name: value
                for name, value in asked.headers.items()
                if name in ("authorization", "content-type", "if-none-match", "accept")
            }
            url = (line.elsewhere or target) + asked.path
            for _ in range(2 if dice.random() < line.repeated else 1):
                answer = await client.request(
                    asked.method, url, params=asked.query, headers=kept, content=asked.body or None
                )
            if line.delay:
                await asyncio.sleep(dice.random() * line.delay)
            if line.down or dice.random() < line.unanswered:
                return Reply(drop=True)
            passed = {
                name: value
                for name, value in answer.headers.items()
                if name in ("content-type", "etag", "retry-after")
            }
            return Reply(answer.content, answer.status_code, passed)

        async with serving(forward) as server:
            yield server
