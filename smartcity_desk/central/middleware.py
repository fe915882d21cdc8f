"""What holds for every response and every body, before any endpoint: sizes, security headers."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartcity_desk.central import problems
from smartcity_desk.central.permissions import PREFIX
from smartcity_desk.central.settings import MIB, CentralSettings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_WITH_FILES = re.compile(rf"{PREFIX}/(laporan|usulan)/")
_SWALLOWED: Final = 128 * MIB
"""A refused body up to here is still read to its end, unkept. A connection that is closed on unread bytes takes the
answer with it, and whoever sent a file that is too large would only ever see a line that breaks."""


class Guard:
    """Refuses bodies that are too big, as soon as that is known, and marks every response as no page for a browser.

    The officials' pages bring headers of their own, and say in words that a form is too big.
    """

    def __init__(self, app: ASGIApp, settings: CentralSettings) -> None:
        self._app = app
        self._small = settings.small_body_bytes
        self._most = {
            "/v1/actions": settings.actions_body_bytes,
            "/v1/reports": settings.reports_body_bytes,
            "/v1/replies": settings.reports_body_bytes,
            "/v1/directory": settings.directory_body_bytes,
            "/v1/attachments": settings.attachment_bytes,
        }
        self._form = settings.page_body_bytes
        self._secure = settings.tls_certificate is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if self._secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        most = self._limit(scope["path"])
        headers = Headers(scope=scope)
        if is_longer(headers, most) and not scope["path"].startswith(f"{PREFIX}/"):
            hopeless = is_longer(headers, _SWALLOWED)
            await problems.respond(_too_large(most, hang_up=hopeless))(scope, receive, marked)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, marked)

    def _limit(self, path: str) -> int:
        return self._form if _WITH_FILES.match(path) else self._most.get(path, self._small)


def is_longer(headers: Headers, most: int) -> bool:
    """Whether a body is longer than `most` bytes by its own account."""
    declared = headers.get("content-length", "")
    return declared.isdecimal() and int(declared) > most


def _too_large(most: int, *, hang_up: bool) -> problems.Problem:
    close = {"Connection": "close"} if hang_up else {}
    return problems.Problem(413, "body_too_large", params={"most": most}, headers=close)
