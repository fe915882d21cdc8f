"""Log-in, renewal, log-out, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from sqlalchemy import Connection, update

import smartcity_desk
from smartcity_desk.central import schema, tokens, users
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.routing import PROBLEM, Route, answer
from smartcity_desk.central.services import Caller, Server, Services
from smartcity_desk.central.wire import Health, Me, PasswordChange, PasswordGrant, TokenAnswer, TokenAsked

router = APIRouter(route_class=Route, tags=["sessions"])


@router.post("/v1/token", response_model=TokenAnswer, responses={401: PROBLEM, 429: PROBLEM})
async def log_in(request: Request, server: Server, asked: Annotated[TokenAsked, Body()]) -> Response:
    """Tokens for a name and password, or a fresh pair for a refresh token."""
    if isinstance(asked, PasswordGrant):
        issued = await _by_password(server, asked, request.client.host if request.client else "")
    else:
        token, now = asked.refresh_token, server.auth_clock()
        renewed = await server.db.write(
            lambda connection: tokens.refresh(connection, server.settings, token, now=now)
        )
        if renewed is None:
            raise Problem(401, "bad_credentials")
        issued = renewed
    who = issued.principal
    return answer(
        {
            "access_token": issued.access,
            "token_type": "Bearer",
            "expires_in": server.settings.access_ttl_s,
            "refresh_token": issued.refresh,
            "user": who.user,
            "name": who.name,
            "role": who.role.value,
            "office": who.office,
        }
    )


async def _by_password(server: Services, asked: PasswordGrant, address: str) -> tokens.Issued:
    await prove(server, asked.user, asked.password, address)
    user, now = asked.user.strip().lower(), server.auth_clock()
    return await server.db.write(
        lambda connection: tokens.open_session(connection, server.settings, user, asked.device, now=now)
    )


async def prove(server: Services, typed: str, password: str, address: str) -> None:
    """Check a password at the price of an attempt. Raises Problem 401 or 429; an unknown name takes as long."""
    settings, now = server.settings, server.auth_clock()
    user = typed.strip().lower()

    def attempt(connection: Connection) -> tuple[str, str | None]:
        name = tokens.begin_attempt(connection, settings, user, address, now=now)
        row = None if "\0" in user else users.find(connection, user)
        return name, None if row is None or row.disabled_at is not None else row.password_hash

    name, stored = await server.db.write(attempt)
    if not await server.passwords.check(stored, password):
        raise Problem(401, "bad_credentials")
    assert stored is not None
    fresh = await server.passwords.hash(password) if server.passwords.outdated(stored) else None

    def welcome(connection: Connection) -> None:
        tokens.succeeded(connection, user, name)
        if fresh is not None:
            table = schema.account
            same = (table.c.user == user) & (table.c.password_hash == stored)
            connection.execute(update(table).where(same).values(password_hash=fresh))

    await server.db.write(welcome)


@router.delete("/v1/token", status_code=204)
async def log_out(server: Server, caller: Caller) -> Response:
    """End this session; its tokens stop working at once."""
    now = server.auth_clock()
    await server.db.write(lambda connection: tokens.revoke(connection, now=now, session=caller.session))
    return Response(status_code=204)


@router.get("/v1/me", response_model=Me)
async def me(server: Server, caller: Caller) -> Response:
    """The account behind the token, and the server's time."""
    return answer(
        {
            "user": caller.user,
            "name": caller.name,
            "role": caller.role.value,
            "office": caller.office,
            "server_time": server.clock(),
        }
    )


@router.post("/v1/me/password", status_code=204, responses={429: PROBLEM})
async def change_password(
    request: Request, server: Server, caller: Caller, asked: Annotated[PasswordChange, Body()]
) -> Response:
    """A new password of one's own; every other session of the account ends."""
    check_length(server, asked.new)
    await prove(server, caller.user, asked.old, request.client.host if request.client else "")
    await _set_password(server, caller, asked.new)
    return Response(status_code=204)


async def _set_password(server: Services, caller: Principal, password: str) -> None:
    hashed, now = await server.passwords.hash(password), server.auth_clock()
    await server.db.write(
        lambda connection: users.change(
            connection, caller.user, now=now, password_hash=hashed, keep_session=caller.session
        )
    )


def check_length(server: Services, password: str) -> None:
    """Raises Problem 400 `password_too_short`."""
    if len(password) < server.settings.password_min:
        raise Problem(400, "password_too_short", params={"least": server.settings.password_min})


@router.get("/v1/health", response_model=Health)
async def health(server: Server) -> Response:
    """Whether server and database answer. Needs no log-in and tells nothing else."""
    await server.db.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
    return answer({"ok": True, "version": smartcity_desk.__version__, "server_time": server.clock()})
