"""How every request comes in: token and role first, then the body within its size, and JSON that is really JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from fastapi import Request, Response
from fastapi.routing import APIRoute

from smartcity_desk.central import tokens
from smartcity_desk.central.permissions import OPEN, TABLE, Principal
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.services import services
from smartcity_desk.central.wire import ProblemBody

PROBLEM: dict[str, Any] = {"model": ProblemBody}


class _Request(Request):
    """A request whose JSON is read strictly: no NaN, no half surrogates, no depth without end."""

    async def json(self) -> Any:
        try:
            return msgspec.json.decode(await self.body())
        except (msgspec.DecodeError, RecursionError, ValueError) as problem:
            raise json.JSONDecodeError("not JSON", "", 0) from problem


class Route(APIRoute):
    """A route that asks `permissions.TABLE` who may use it, before it looks at anything else of the request."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        method = next(iter(options["methods"]))
        self.roles = TABLE[method, path]
        options["responses"] = {**_problems(self.roles, method), **(options.get("responses") or {})}
        if self.roles is not OPEN:
            options["openapi_extra"] = {"security": [{"bearer": []}], **(options.get("openapi_extra") or {})}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of FastAPI behind the door."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            if self.roles is not OPEN:
                request.state.principal = await _admit(request, self.roles)
            return await inner(_Request(request.scope, request.receive))

        return handler


def _problems(roles: frozenset[Any], method: str) -> dict[int | str, Any]:
    found: dict[int | str, Any] = {400: PROBLEM, 422: PROBLEM, 503: PROBLEM}
    if roles is not OPEN:
        found |= {401: PROBLEM, 403: PROBLEM}
    if method in {"POST", "PUT", "PATCH"}:
        found[413] = PROBLEM
    return found


async def _admit(request: Request, roles: frozenset[Any]) -> Principal:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(401, "auth_required", headers={"WWW-Authenticate": "Bearer"})
    server = services(request)
    now = server.auth_clock()
    found = await server.db.read(lambda connection: tokens.who(connection, token.strip(), now=now))
    if found is None:
        raise Problem(401, "token_refused", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if found.role not in roles:
        raise Problem(403, "role_not_allowed", params={"role": found.role.value})
    return found


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response of builtins, with ready-made JSON inside where `msgspec.Raw` says so."""
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")
