"""Every error of the API as RFC 9457 problem+json with a stable code. No words for people, no insides of the server."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException

_log: Final = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_BY_STATUS: Final = {
    400: "bad_request",
    401: "auth_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_type",
    429: "too_many_attempts",
    503: "unavailable",
}


class Problem(Exception):  # noqa: N818 - the standard's own word
    """An answer that is an error: HTTP `status`, stable `code`, parameters for the caller's own sentence."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        params: Mapping[str, Any] | None = None,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status: Final = status
        self.code: Final = code
        self.params: Final = dict(params or {})
        self.detail: Final = detail
        self.headers: Final = dict(headers or {})


def body(problem: Problem) -> dict[str, Any]:
    """The JSON object of a problem."""
    result: dict[str, Any] = {
        "type": f"about:blank#{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
    }
    if problem.detail is not None:
        result["detail"] = problem.detail
    if problem.params:
        result["params"] = problem.params
    return result


def respond(problem: Problem) -> Response:
    """The HTTP response of a problem."""
    return Response(
        msgspec.json.encode(body(problem)), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Make every way in which a request can fail a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(OperationalError, _on_database)
    app.add_exception_handler(InterfaceError, _on_database)
    app.add_exception_handler(Exception, _on_anything)


async def _on_problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return respond(problem)


async def _on_invalid(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    # Where and what is wrong, never the value: it may be a password.
    wrong = [{"loc": _place(error["loc"]), "type": str(error["type"])} for error in problem.errors()[:20]]
    return respond(Problem(400, "bad_request", params={"errors": wrong}))


def _place(loc: Sequence[object]) -> str:
    return ".".join(str(part) for part in loc)[:200]


async def _on_http(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    code = _BY_STATUS.get(problem.status_code, "http_error")
    return respond(Problem(problem.status_code, code, headers=problem.headers))


async def _on_database(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, DBAPIError)
    _log.error("database failed at %s: %s", request.scope.get("path"), type(problem.orig).__name__)
    return respond(Problem(503, "unavailable", headers={"Retry-After": "5"}))


async def _on_anything(_request: Request, _problem: Exception) -> Response:
    return respond(Problem(500, "server_error"))  # the traceback goes to the log by the server beneath
