"""The page's own style and sign: served from here, loaded from nowhere else."""

from __future__ import annotations

import hashlib
from functools import cache

from fastapi import Response

from smartcity_desk import paths
from smartcity_desk.central.pages.visit import Visit


@cache
def _asset(name: str) -> tuple[bytes, str]:
    content = paths.resource("pages", name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _send(visit: Visit, name: str, media_type: str) -> Response:
    content, tag = _asset(name)
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=3600",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if visit.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


async def style(visit: Visit) -> Response:
    """The style sheet."""
    return _send(visit, "style.css", "text/css")


async def icon(visit: Visit) -> Response:
    """The sign in the browser's tab."""
    return _send(visit, "icon.svg", "image/svg+xml")
