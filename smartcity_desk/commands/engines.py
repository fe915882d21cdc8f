"""A command that asks the network for one thing: the sync engine for as long as that takes, and no desk beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from smartcity_desk.commands.context import Context

if TYPE_CHECKING:
    from smartcity_desk.sync.engine import Engine

T = TypeVar("T")


def with_engine(context: Context, work: Callable[[Engine], Awaitable[T]]) -> T:
    """What `work` makes of an engine on this profile's file; reports that it brings are placed."""
    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.sync.engine import Engine
    from smartcity_desk.sync.places import Places

    async def run() -> T:
        engine = Engine(
            store,
            context.settings,
            context.secrets,
            clock=context.clock,
            places=Places(PlaceLibrary(context.paths.place, store.directory)),
        )
        try:
            return await work(engine)
        finally:
            await engine.close()

    with context.syncing(), context.store() as store:
        return asyncio.run(run())
