"""The cable of the training city: while it is cut, its listeners drop every connection at once.

A client sees its connection reset before any answer, as when a line goes dead; running streams break off. The control
server has a cable of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK: Final = "127.0.0.1"


class Network:
    """Whether the city can be reached, and the connections that are open through it."""

    def __init__(self) -> None:
        self.up = True
        self._open: set[asyncio.WriteTransport] = set()

    def cut(self) -> None:
        """Drop what is open and whatever comes, until `mend`."""
        self.up = False
        for transport in tuple(self._open):
            transport.abort()
        self._open.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.up = True

    def enter(self, transport: asyncio.WriteTransport) -> bool:
        """Whether a new connection may live; one that may not is dropped here."""
        if not self.up:
            transport.abort()
            return False
        self._open.add(transport)
        return True

    def leave(self, transport: asyncio.WriteTransport | None) -> None:
        """Forget a connection that ended by itself."""
        if transport is not None:
            self._open.discard(transport)


def protocol_through(network: Network) -> type[asyncio.Protocol]:
    """The HTTP protocol of a listener behind this cable."""

    class Gated(H11Protocol):
        _dropped = False

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self._dropped = not network.enter(transport)
            if not self._dropped:
                super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            if not self._dropped:
                super().data_received(data)

        def eof_received(self) -> None:
            if not self._dropped:
                super().eof_received()

        def connection_lost(self, exc: Exception | None) -> None:
            if not self._dropped:
                network.leave(self.transport)
                super().connection_lost(exc)

    return Gated


class Server(uvicorn.Server):
    """A server among several in one process: signals are the process's own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def listener(port: int = 0) -> socket:
    """A loopback socket on a free port, or on this one. Raises OSError when the port is taken."""
    found = socket(AF_INET, SOCK_STREAM)
    try:
        found.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        found.bind((LOOPBACK, port))
        found.listen(256)
        found.setblocking(False)
    except BaseException:
        found.close()
        raise
    return found


def serve(app: Any, network: Network | None, *, lifespan: bool = False) -> Server:
    """A server for `app` that writes no log of its own and stops without waiting for streams."""
    config = uvicorn.Config(
        app,
        http=H11Protocol if network is None else protocol_through(network),
        ws="none",
        lifespan="on" if lifespan else "off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
    )
    return Server(config)
