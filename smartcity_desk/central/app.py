"""The central server as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

import smartcity_desk
from smartcity_desk.central import heartbeat, problems
from smartcity_desk.central.api import office, place, sessions, work
from smartcity_desk.central.db import Database
from smartcity_desk.central.middleware import Guard
from smartcity_desk.central.outgoing.sending import Sender
from smartcity_desk.central.pages import app as pages
from smartcity_desk.central.passwords import Passwords
from smartcity_desk.central.services import Services
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.central.stream import Hub

_log: Final = logging.getLogger(__name__)


def now_ms() -> int:
    """The machine's time in ms UTC."""
    return time.time_ns() // 1_000_000


def create_app(
    settings: CentralSettings,
    *,
    clock: Callable[[], int] = now_ms,
    auth_clock: Callable[[], int] = now_ms,
    create: bool = False,
) -> FastAPI:
    """A server on an initialised database; `create` makes the tables where there are none.

    `app.state.services.close()` lets go of it; the lifespan of a running server does so by itself.
    Raises ConfigProblem (`not_initialised`, `bad_url`) and StoreProblem (`too_new`).
    """
    db = Database(settings.database, durable=settings.durable, create=create)
    hub = Hub(db, keep_alive_s=settings.keep_alive_s, poll_s=settings.poll_s)
    services = Services(settings, db, Passwords(settings), hub, clock, auth_clock)
    app = FastAPI(
        title="smartcity-desk central server",
        version=smartcity_desk.__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # the pages would load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.services = services
    for router in (sessions.router, work.router, office.router, place.router):
        app.include_router(router)
    app.router.routes.extend(pages.routes(services))
    problems.install(app)
    app.add_middleware(Guard, settings=settings)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    failing = False

    def failed(problem: Exception) -> None:
        nonlocal failing
        if not failing:
            _log.error("the stream cannot read the database: %s", type(problem).__name__)
        failing = True

    pump = asyncio.create_task(services.hub.run(failed), name="central-stream")
    settings = services.settings
    sender = Sender(services.db, settings.keys, clock=services.clock, poll_s=settings.outgoing_s)
    carrier = asyncio.create_task(sender.run(), name="central-outgoing")
    tasks = [pump, carrier]
    if settings.heartbeat_s:
        await heartbeat.wake(services)
        tasks.append(
            asyncio.create_task(heartbeat.beat(services, settings.heartbeat_s), name="central-heartbeat")
        )
    try:
        yield
    finally:
        services.hub.close()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        services.close()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of what the server really does: problems instead of FastAPI's own error bodies."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        for path in document["paths"].values():
            for operation in path.values():
                answers = operation["responses"]
                answers.pop("422", None)
                for status, answer in answers.items():
                    if status >= "400":
                        answer["content"] = {problems.MEDIA_TYPE: answer["content"]["application/json"]}
        app.openapi_schema = document
    return app.openapi_schema
