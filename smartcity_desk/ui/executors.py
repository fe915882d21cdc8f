"""Where blocking calls go: threads that read, one that writes, some for the keyring and files, some for papers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Lane:
    """A few threads for one sort of work. What runs there must not touch a widget."""

    def __init__(self, name: str, threads: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self.name = name

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call in a thread of this lane and wait for the answer. Raises what the call raises.

        Cancelling the wait does not stop a call that has begun; one that has not begun is dropped.
        """
        return await asyncio.wrap_future(self._pool.submit(call, *args, **kwargs))

    def post(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call in a thread of this lane and forget it: for work whose failure is logged where it happens."""
        self._pool.submit(call, *args, **kwargs)

    async def close(self) -> None:
        """Let what has begun end, drop the rest, and stop the threads, without blocking the loop."""
        loop = asyncio.get_event_loop()
        done: asyncio.Future[None] = loop.create_future()

        def stop() -> None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            loop.call_soon_threadsafe(done.set_result, None)

        import threading

        threading.Thread(target=stop, name=f"{self.name}-close", daemon=True).start()
        await done
