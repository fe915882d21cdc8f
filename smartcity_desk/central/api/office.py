"""The directory, accounts, files, and what a desk reconciles itself with."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse

from smartcity_desk.central import attachments, directories, log_reader, tokens, users
from smartcity_desk.central.api.sessions import check_length
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.routing import PROBLEM, Route, answer
from smartcity_desk.central.services import Caller, Server
from smartcity_desk.central.users import NAME_SHAPE
from smartcity_desk.central.wire import (
    DAY_SHAPE,
    SHA_SHAPE,
    Anchor,
    AttachmentStored,
    Counts,
    DirectoryBody,
    DirectoryLoaded,
    SessionsEnded,
    User,
    UserAsked,
    UserChange,
    Users,
)
from smartcity_desk.domain.errors import BadData

router = APIRouter(route_class=Route, tags=["office"])

UserName = Annotated[str, Path(pattern=NAME_SHAPE)]
Day = Annotated[str, Query(pattern=DAY_SHAPE, description="a day in Jakarta, YYYY-MM-DD")]


@router.get("/v1/directory", response_model=DirectoryBody, responses={304: {"description": "Not modified"}})
async def read_directory(
    server: Server, _caller: Caller, if_none_match: Annotated[str, Header(max_length=2000)] = ""
) -> Response:
    """Offices, officials, tenures, categories, policies and routing in force, with an entity tag."""
    edition = await server.db.read(server.directories.current)
    headers = {"ETag": f'"{edition.etag}"', "Cache-Control": "private, no-cache"}
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return Response(edition.body, headers=headers, media_type="application/json")


@router.put("/v1/directory", response_model=DirectoryLoaded)
async def load_directory(
    server: Server, caller: Caller, asked: Annotated[dict[str, Any], Body()]
) -> Response:
    """Put another edition in force. Earlier ones are kept; what it does not say of routing stays as it was."""
    try:
        directory, policies = directories.read(asked)
        routing = directories.routing_of(asked)
    except (BadData, ValueError, OverflowError) as problem:
        key = problem.key if isinstance(problem, BadData) else "directory"
        raise Problem(400, "bad_directory", params={"key": key}) from problem
    now = server.clock()
    version, etag = await server.db.write(
        lambda connection: directories.load(
            connection, directory, policies, by=caller.user, now=now, routing=routing
        )
    )
    return answer({"version": version, "etag": etag})


@router.post(
    "/v1/attachments",
    response_model=AttachmentStored,
    status_code=201,
    responses={200: {"model": AttachmentStored}, 415: PROBLEM},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                name: {"schema": {"type": "string", "format": "binary"}} for name in attachments.TYPES
            },
        }
    },
)
async def upload(
    request: Request, server: Server, caller: Caller, x_sha256: Annotated[str, Header(pattern=SHA_SHAPE)]
) -> Response:
    """Keep a file under its own hash. What it is is told by its first bytes, not by its header. Again is as good."""
    received = await attachments.receive(request.stream(), server.settings)
    now = server.clock()
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    stored = await attachments.keep(server.db, server.settings, received, x_sha256, declared, caller, now=now)
    body = {"sha256": x_sha256, "size": received.size, "media_type": stored.media_type}
    return answer(body, 201 if stored.fresh else 200)


@router.get(
    "/v1/attachments/{sha256}",
    response_class=FileResponse,
    responses={
        200: {
            "content": {
                name: {"schema": {"type": "string", "format": "binary"}} for name in attachments.TYPES
            }
        },
        404: PROBLEM,
    },
)
async def download(
    server: Server, caller: Caller, sha256: Annotated[str, Path(pattern=SHA_SHAPE)]
) -> Response:
    """A file by its hash. An official gets those of his office's reports and his own; others do not exist for him."""
    found = await server.db.read(lambda connection: attachments.find(connection, sha256, caller))
    path = attachments.path(server.settings, sha256)
    if found is None or not path.is_file():
        raise Problem(404, "unknown_attachment")
    headers = {
        "Content-Disposition": f'attachment; filename="{sha256}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=31536000, immutable",
    }
    return FileResponse(path, media_type=found, headers=headers)


@router.get("/v1/counts", response_model=Counts)
async def counts(server: Server, _caller: Caller, day: Day) -> Response:
    """How much the server has of a day, for a desk to compare."""
    _check_day(day)
    return answer(await server.db.read(lambda connection: log_reader.counts(connection, day)))


@router.get("/v1/anchor", response_model=Anchor)
async def anchor(server: Server, _caller: Caller, day: Day) -> Response:
    """The log's end at the end of a day. Whoever wrote it down can prove later that nothing before was changed."""
    _check_day(day)
    return answer(await server.db.read(lambda connection: log_reader.anchor(connection, day)))


def _check_day(day: str) -> None:
    try:
        log_reader.day_bounds(day)
    except (ValueError, OverflowError) as problem:
        raise Problem(400, "bad_day") from problem


@router.get("/v1/users", response_model=Users)
async def read_users(server: Server, _caller: Caller) -> Response:
    """All accounts."""
    return answer({"users": await server.db.read(users.every)})


@router.post("/v1/users", response_model=User, status_code=201, responses={409: PROBLEM})
async def add_user(server: Server, _caller: Caller, asked: Annotated[UserAsked, Body()]) -> Response:
    """A new account."""
    check_length(server, asked.password)
    hashed, now = await server.passwords.hash(asked.password), server.auth_clock()

    def work(connection: Any) -> dict[str, Any]:
        users.add(
            connection,
            asked.user,
            name=asked.name,
            role=asked.role,
            office=asked.office,
            password_hash=hashed,
            now=now,
        )
        return users.shown(connection, asked.user)

    return answer(await server.db.write(work), 201)


@router.patch("/v1/users/{user}", response_model=User, responses={404: PROBLEM, 409: PROBLEM})
async def change_user(
    server: Server, _caller: Caller, user: UserName, asked: Annotated[UserChange, Body()]
) -> Response:
    """Change an account. A new password, role or office, and disabling, end its sessions."""
    hashed = None
    if asked.password is not None:
        check_length(server, asked.password)
        hashed = await server.passwords.hash(asked.password)
    now = server.auth_clock()

    def work(connection: Any) -> dict[str, Any]:
        users.change(
            connection,
            user,
            now=now,
            name=asked.name,
            role=asked.role,
            office=asked.office,
            disabled=asked.disabled,
            password_hash=hashed,
        )
        return users.shown(connection, user)

    return answer(await server.db.write(work))


@router.delete("/v1/users/{user}/sessions", response_model=SessionsEnded, responses={404: PROBLEM})
async def end_sessions(server: Server, _caller: Caller, user: UserName) -> Response:
    """End every session of an account, at once."""
    now = server.auth_clock()

    def work(connection: Any) -> int:
        if users.find(connection, user) is None:
            raise Problem(404, "unknown_user")
        return tokens.revoke(connection, now=now, user=user)

    return answer({"ended": await server.db.write(work)})
