"""Running a central server: a socket, uvicorn, and an orderly end. Words belong to the command line."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Final

import uvicorn
from fastapi import FastAPI

from smartcity_desk.central.app import create_app
from smartcity_desk.central.services import Services
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain.errors import ConfigProblem

_GRACE_S: Final = 10
_HEARTBEAT_S: Final = 60.0
_log: Final = logging.getLogger(__name__)


class CentralServer(uvicorn.Server):
    """A uvicorn server that ends its streams when it is told to stop, instead of waiting for their readers."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop."""
        self._services.hub.close()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises ConfigProblem (`cannot_listen`)."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise ConfigProblem(name="host", reason="cannot_listen", host=host, port=port) from problem
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as problem:
        listener.close()
        raise ConfigProblem(name="port", reason="cannot_listen", host=host, port=port) from problem
    return listener


def build_server(app: FastAPI, settings: CentralSettings) -> CentralServer:
    """A server for an application of `create_app`; run it with `await server.serve(sockets=[listener])`.

    Its log is the program's own: no line a request, no bodies, no addresses with queries.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        ssl_certfile=None if settings.tls_certificate is None else str(settings.tls_certificate),
        ssl_keyfile=None if settings.tls_key is None else str(settings.tls_key),
        timeout_graceful_shutdown=_GRACE_S,
        lifespan="on",
    )
    return CentralServer(config, app.state.services)


def serve(
    host: str, port: int, settings: CentralSettings, *, ready: Callable[[str], None] | None = None
) -> int:
    """Serve until SIGINT or SIGTERM; `ready` hears the address once connections are taken. Returns an exit code.

    Raises ConfigProblem (`not_initialised`, `bad_url`, `cannot_listen`) and StoreProblem (`too_new`) before it starts.
    """
    with closing(bind(host, port)) as listener:
        app = create_app(replace(settings, heartbeat_s=_HEARTBEAT_S))
        server = build_server(app, settings)
        if ready is not None:
            ready(address(listener, settings))
        server.run(sockets=[listener])
    return 0 if server.started else 1


def address(listener: socket.socket, settings: CentralSettings) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'http' if settings.tls_certificate is None else 'https'}://{shown}:{port}"
