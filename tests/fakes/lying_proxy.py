"""A proxy in front of a real server that drops, repeats and delays: what a bad line does to honest people.

Speaks HTTP/1.1 with whole bodies on loopback. What it does to each request comes from a seed.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LIES = ("honest", "drop_before", "drop_after", "repeat", "delay", "cut_answer", "refuse")
HONEST_ONLY = ("/v1/token", "/v1/stream")


@dataclass
class LyingProxy:
    """`weights` say how often each lie is told; `told` counts them."""

    target: str
    dice: random.Random
    weights: dict[str, float]
    url: str = ""
    told: Counter[str] = field(default_factory=Counter)
    lines: set[asyncio.Task[None]] = field(default_factory=set)
    """Connections that are open; asyncio itself holds its tasks by a thread only."""

    def choose(self, path: str) -> str:
        if path.startswith(HONEST_ONLY):
            return "honest"
        names = list(self.weights)
        lie = self.dice.choices(names, [self.weights[name] for name in names])[0]
        self.told[lie] += 1
        return lie

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self.serve(reader, writer))
        self.lines.add(line)
        line.add_done_callback(self.lines.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _message(reader)) is not None:
                if not await self._one(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            await _close(writer)

    async def _one(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        lie = self.choose(request.split(b" ", 2)[1].decode("latin-1"))
        if lie == "drop_before":
            return False
        if lie == "refuse":
            writer.write(b"HTTP/1.1 503 X\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
            await writer.drain()
            return True
        if lie == "delay":
            await asyncio.sleep(self.dice.uniform(0.005, 0.04))
        answer = await self._forward(request)
        if lie == "repeat":
            answer = await self._forward(request)
        if lie == "drop_after":
            return False
        writer.write(answer[: len(answer) // 2] if lie == "cut_answer" else answer)
        await writer.drain()
        return lie != "cut_answer"

    async def _forward(self, request: bytes) -> bytes:
        parts = urlsplit(self.target)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write(request)
            await writer.drain()
            answer = await _message(reader)
            if answer is None:
                raise ConnectionError("the server said nothing")
            return answer
        finally:
            await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """One request or answer with its body, as bytes; None at the end of the line."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = await reader.readline()
        if not line:
            return None
        head += line
    size = next(
        (
            int(line.split(b":", 1)[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    return head + await reader.readexactly(size)


@contextmanager
def lying_proxy(target: str, seed: int, weights: dict[str, float]) -> Iterator[LyingProxy]:
    """Run a proxy on a thread of its own while the block runs."""
    proxy = LyingProxy(target, random.Random(seed), weights)
    ready = threading.Event()
    ends: list[Callable[[], object]] = []

    async def listen() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await stop.wait()
        server.close()
        for line in tuple(proxy.lines):
            line.cancel()
        await asyncio.gather(*proxy.lines, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(listen()), daemon=True, name="lying-proxy")
    thread.start()
    assert ready.wait(10)
    try:
        yield proxy
    finally:
        ends[0]()
        thread.join(10)
