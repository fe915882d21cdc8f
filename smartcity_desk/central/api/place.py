"""Boundaries for the desks: the bundle in force, as it was loaded."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Header, Response
from fastapi.responses import FileResponse

from smartcity_desk.central import bundles
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.routing import PROBLEM, Route
from smartcity_desk.central.services import Caller, Server

router = APIRouter(route_class=Route, tags=["place"])

_ZIP: Final = "application/zip"


@router.get(
    "/v1/place/bundle",
    response_class=FileResponse,
    responses={
        200: {"content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "Not modified"},
        404: PROBLEM,
    },
)
async def read_bundle(
    server: Server, _caller: Caller, if_none_match: Annotated[str, Header(max_length=2000)] = ""
) -> Response:
    """The place bundle in force (a zip), with an entity tag that is its SHA-256."""
    found = await asyncio.to_thread(bundles.current, server.settings)
    if found is None:
        raise Problem(404, "no_place_bundle")
    headers = {"ETag": f'"{found.sha256}"', "Cache-Control": "private, no-cache"}
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'attachment; filename="place.zip"'
    return FileResponse(found.path, media_type=_ZIP, headers=headers)
