"""A small real HTTP server on loopback: says what a test tells it to, and can drop, cut, drip and delay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """`cut` closes the line after so many bytes of the body; `drop` before a word; `wait` comes before the answer."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drop: bool = False
    wait: asyncio.Event | None = None
    announce: int | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(json.dumps(value).encode(), status, {"Content-Type": "application/json", **named})

    @classmethod
    def html(cls, status: int = 200) -> Reply:
        page = b"<!DOCTYPE html><html><head><title>Portal</title></head><body>Silakan masuk</body></html>"
        return cls(page, status, {"Content-Type": "text/html"})


Handler = Callable[[Asked], Reply | Awaitable[Reply]]


class Server:
    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.asked: list[Asked] = []
        self.url = ""
        self._serving: set[asyncio.Task[None]] = set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)  # an answer that never comes is held by nobody else
        task.add_done_callback(self._serving.discard)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def end(self) -> None:
        """Leave whoever still waits for an answer."""
        waiting = list(self._serving)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line = (await reader.readline()).decode("latin-1")
        if not line.strip():
            return False
        method, target, _ = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (header := (await reader.readline()).decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        parts = urlsplit(target)
        asked = Asked(method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)
        self.asked.append(asked)
        found = self.handler(asked)
        reply = found if isinstance(found, Reply) else await found
        if reply.wait is not None:
            await reply.wait.wait()
        if reply.drop:
            return False
        size = reply.announce if reply.announce is not None else len(reply.body)
        head = [f"HTTP/1.1 {reply.status} X", f"Content-Length: {size}"]
        if reply.status == 304:
            head = ["HTTP/1.1 304 X"]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
        writer.write(
            b"" if reply.status == 304 else reply.body if reply.cut is None else reply.body[: reply.cut]
        )
        await writer.drain()
        return reply.cut is None


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Server]:
    """Run a server on a free port of loopback while the block runs."""
    server = Server(handler)
    listening = await asyncio.start_server(server._serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await server.end()
        await asyncio.sleep(0)
