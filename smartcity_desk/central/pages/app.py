"""The officials' pages as an application of their own below `PREFIX`: who comes in, and words for whatever fails."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from smartcity_desk import i18n
from smartcity_desk.central.middleware import is_longer
from smartcity_desk.central.pages import deeds, entry, inbox, marking, notices, report, static
from smartcity_desk.central.pages import visit as visits
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.central.permissions import OPEN, PAGES, PREFIX
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.services import Services
from smartcity_desk.central.settings import KIB

Handler = Callable[[Visit], Awaitable[Response]]

HANDLERS: Final[dict[tuple[str, str], Handler]] = {
    ("GET", "/"): inbox.show,
    ("GET", "/masuk"): entry.ask,
    ("POST", "/masuk"): entry.log_in,
    ("POST", "/keluar"): entry.log_out,
    ("GET", "/gaya.css"): static.style,
    ("GET", "/tanda.svg"): static.icon,
    ("GET", "/laporan/{report}"): report.show,
    ("POST", "/laporan/{report}/terima"): deeds.acknowledge,
    ("GET", "/laporan/{report}/jawab"): deeds.ask,
    ("POST", "/laporan/{report}/jawab"): deeds.do,
    ("GET", "/laporan/{report}/kembalikan"): deeds.ask,
    ("POST", "/laporan/{report}/kembalikan"): deeds.do,
    ("GET", "/laporan/{report}/selesai"): deeds.ask,
    ("POST", "/laporan/{report}/selesai"): deeds.do,
    ("GET", "/laporan/{report}/catatan"): deeds.ask,
    ("POST", "/laporan/{report}/catatan"): deeds.do,
    ("GET", "/berkas/{sha256}"): report.file,
    ("GET", "/usulan"): marking.listed,
    ("GET", "/usulan/{mark}"): marking.show,
    ("POST", "/usulan/{mark}/terima"): marking.serve,
    ("GET", "/usulan/{mark}/butir/{segment}"): marking.item,
    ("GET", "/usulan/{mark}/berkas/{sha256}"): marking.file,
    ("GET", "/usulan/{mark}/sanggah"): marking.ask,
    ("POST", "/usulan/{mark}/sanggah"): marking.do,
    ("GET", "/pemberitahuan"): notices.show,
}

FILES_MOST: Final = 12
FIELDS_MOST: Final = 60
FIELD_BYTES: Final = 128 * KIB
"""What one form may hold: some pictures, and a text of 20,000 characters of any script."""
_WRITTEN: Final = ("teks", "alasan")
_log: Final = logging.getLogger(__name__)


def routes(services: Services) -> list[Route | Mount]:
    """What a central server serves beside its API: the pages, and the way to them from its bare address."""
    pages = Starlette(routes=[_Page(services, method, path) for method, path in HANDLERS])
    lost = _Lost(services)
    pages.router.default = lost.serve
    pages.add_exception_handler(HTTPException, lost.answer)
    return [
        Route("/", _to_the_pages, methods=["GET"]),
        Route(PREFIX, _to_the_pages, methods=["GET"]),
        Mount(PREFIX, pages),
    ]


async def _to_the_pages(_request: Request) -> Response:
    return RedirectResponse(f"{PREFIX}/", 303)


class _Page(Route):
    """A page that asks `permissions.PAGES` who may see it."""

    def __init__(self, services: Services, method: str, path: str) -> None:
        self.roles = PAGES[method, path]
        super().__init__(
            path, _Entrance(services, self.roles, HANDLERS[method, path]).answer, methods=[method]
        )


class _Lost:
    """What is no page of ours, in words all the same."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        if scope["type"] == "http":
            answer = await self.answer(Request(scope, receive), Problem(404, "not_found"))
            await answer(scope, receive, send)

    async def answer(self, request: Request, failure: Exception) -> Response:
        """The page that says what failed."""

        async def fail(_visit: Visit) -> Response:
            raise failure

        return await _answered(request, self._services, fail)


async def _answered(request: Request, services: Services, answer: Handler) -> Response:
    """The answer to a request in its own language, whatever happens meanwhile."""
    visit = Visit(request, services, i18n.DEFAULT_LANGUAGE)
    try:
        visit = await visits.receive(request, services)
        with i18n.speaking(visit.language):
            return visit.dress(await answer(visit))
    except Exception as failure:  # noqa: BLE001 - whatever it is, people get a page
        with i18n.speaking(visit.language):
            return visit.dress(_sorry(visit, failure))


class _Entrance:
    """Lets in whom it may, and hands a form on once it is known to be ours."""

    def __init__(self, services: Services, roles: frozenset[Any], handler: Handler) -> None:
        self._services = services
        self._roles = roles
        self._handler = handler

    async def answer(self, request: Request) -> Response:
        """The answer to a request."""
        return await _answered(request, self._services, self._admitted)

    async def _admitted(self, visit: Visit) -> Response:
        request, posted = visit.request, visit.request.method == "POST"
        if posted:
            visit.check_origin()
        if self._roles is not OPEN:
            if visit.principal is None:
                return await _ended(visit) if posted else entry.send_to(visit)
            if visit.principal.role not in self._roles:
                raise Problem(403, "role_not_allowed")
        if not posted:
            return await self._handler(visit)
        if is_longer(request.headers, self._services.settings.page_body_bytes):
            raise Problem(413, "body_too_large")
        async with _form(request) as visit.form:
            visit.check_key()
            return await self._handler(visit)


def _form(request: Request) -> Any:
    return request.form(max_files=FILES_MOST, max_fields=FIELDS_MOST, max_part_size=FIELD_BYTES)


async def _ended(visit: Visit) -> Response:
    """The session ended while somebody wrote: give back what is still at hand."""
    written: list[str] = []
    declared = visit.request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) <= visit.server.settings.small_body_bytes:
        async with _form(visit.request) as form:
            written = [text for name in _WRITTEN if isinstance(text := form.get(name), str) and text.strip()]
    return visit.page("ended.html", 401, written=written)


_BY_STATUS: Final = {
    400: i18n.key("page.error.bad_form"),
    403: i18n.key("page.error.not_allowed"),
    404: i18n.key("page.error.not_found"),
    405: i18n.key("page.error.not_found"),
    413: i18n.key("page.error.too_large"),
    503: i18n.key("page.error.unavailable"),
}
_BY_CODE: Final = {"foreign_form": i18n.key("page.error.foreign_form")}


def _sorry(visit: Visit, failure: Exception) -> Response:
    status, code = 500, "server_error"
    if isinstance(failure, Problem):
        status, code = failure.status, failure.code
    elif isinstance(failure, HTTPException):
        status = failure.status_code
    elif isinstance(failure, DBAPIError):
        status = 503
    if status >= 500:
        _log.error("a page failed: %s", type(failure).__name__, exc_info=failure if status == 500 else None)
    text = _BY_CODE.get(code) or _BY_STATUS.get(status) or "page.error.server"
    answer = visit.page("error.html", status, text_key=text)
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer
