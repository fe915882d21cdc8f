"""A blocking session on a thread of its own, for a loop that must not wait. Cancelled, it breaks the connection off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Final, ParamSpec, Self, TypeVar

from smartcity_desk.sync.mailbox.session import Access, Session

P = ParamSpec("P")
R = TypeVar("R")


class Worker:
    """One session and its thread. Use as an async context; leaving it closes the connection."""

    def __init__(self, access: Access) -> None:
        self.session: Final = Session(access)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"mail-{access.place}")

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a call on the thread. When the waiting is cancelled, the call is woken by an error and ends."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, partial(call, *args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.session.cut()
            future.add_done_callback(_heard)
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            await self.run(self.session.close)
        else:
            self.session.cut()
            self._thread.submit(self.session.close)
        self._thread.shutdown(wait=False)


def _heard(future: asyncio.Future[R]) -> None:
    """Take note of how a call ended that nobody waits for any more."""
    if not future.cancelled():
        future.exception()
