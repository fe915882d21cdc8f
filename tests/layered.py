"""A shelf full of the training city's layers, fetched through the real readers from the training city's own server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from smartcity_desk.config import Settings
from smartcity_desk.domain.office import Directory
from smartcity_desk.place.layers import plans
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.sync.layers.rounds import Layers, Outcome
from smartcity_desk.sync.transport import Transport
from smartcity_desk.training.servers.layers import LayersServer, urls

ORIGIN = "http://127.0.0.1:9"


class NoSecrets:
    persistent = False

    def get(self, name: str) -> str | None:
        return None

    def set(self, name: str, value: str) -> None:
        raise AssertionError(name)

    def delete(self, name: str) -> None:
        raise AssertionError(name)


async def fetch_all(
    shelf: LayerShelf,
    settings: Settings,
    directory: Directory,
    server: LayersServer,
    clock: Callable[[], int],
    names: tuple[str, ...] = tuple(urls(ORIGIN)),
) -> dict[str, Outcome]:
    """Set these layers as the city says and ask for each once."""

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    transport = Transport(clock=clock, sleep=at_once, mock=httpx.ASGITransport(app=server.app()))
    layers = Layers(shelf, lambda: directory, NoSecrets(), clock=clock)
    try:
        found = {}
        for name in names:
            plans.change(settings, name, enabled=True, **urls(ORIGIN)[name])
            found[name] = await layers.ask(transport, plans.plan(settings, name))
        return found
    finally:
        await transport.close()


def fill(
    folder: Path,
    directory: Directory,
    now: int,
    *,
    flood: Callable[[int], float] = lambda _: 0.0,
    seed: int = 7,
) -> LayerShelf:
    """All layers of a city of this seed, as of `now`, in a folder of layers."""
    shelf = LayerShelf(folder)
    server = LayersServer(directory, seed, lambda: now, flood)
    settings = Settings(folder / "settings-of-nobody.json")
    with ThreadPoolExecutor(1) as beside:  # the caller's thread may have a loop of its own that runs
        work = fetch_all(shelf, settings, directory, server, lambda: now)
        outcomes = beside.submit(asyncio.run, work).result()
    assert [one for one in outcomes.values() if not one.ok] == []
    return shelf
