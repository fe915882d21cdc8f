"""The stream's pump by itself: what is committed while a reader comes is told, however long each look takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from smartcity_desk.central import stream
from smartcity_desk.central.permissions import Principal
from smartcity_desk.domain.events import Role

OFFICIAL = Principal("lurah", "Lurah", Role.OFFICIAL, "31.74.01.1001", "s")


class SlowDatabase:
    """A log whose present end is read in so many turns of the loop: the n-th look takes the n-th number."""

    def __init__(self, *turns: int) -> None:
        self.seq = 0
        self._turns = list(turns)

    async def read(self, _work: Callable[[Any], Any]) -> Any:
        for _ in range(self._turns.pop(0) if self._turns else 0):
            await asyncio.sleep(0)
        return stream._Ends(self.seq, 0), []


def test_what_is_committed_while_a_reader_comes_is_told() -> None:
    async def scenario() -> list[bytes]:
        database = SlowDatabase(20, 60)
        hub = stream.Hub(cast("Any", database), keep_alive_s=60, poll_s=60)
        pump = asyncio.create_task(hub.run(lambda problem: None))
        await asyncio.sleep(0)
        frames = hub.listen(OFFICIAL, 0)
        first = asyncio.ensure_future(anext(frames))
        await asyncio.sleep(0)
        hub.poke()  # somebody else's commit: the pump looks while the reader does
        heard = [await first]
        database.seq = 1
        hub.poke()
        heard.append(await asyncio.wait_for(anext(frames), 5))
        await frames.aclose()  # type: ignore[attr-defined]
        hub.close()
        await pump
        return heard

    assert asyncio.run(scenario()) == [b": here\n\n", stream.frame("seq", {"seq": 1}, name=1)]
