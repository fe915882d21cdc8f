"""The one table from a status, an exception or an answer's content to the closed vocabulary of errors.

| what happened | becomes |
|---|---|
| no connection, no name, no route, or a connection cut before any answer | `Offline` |
| a certificate that does not hold | `Rejected("tls")` |
| an answer cut half-way, a time-out after connecting | `Transient("cut" / "timeout")` |
| 401 | `AuthExpired` |
| 403 | `Forbidden` |
| 429, or any answer with a time to come back | `RateLimited(after)` |
| 408, 425, 5xx, HTML where JSON is due | `Transient` |
| any other 4xx, an address that leads in circles | `Rejected(code)` |
| JSON that is none, an answer that is too large | `BadData(place, key)` |
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from smartcity_desk.domain.errors import (
    AuthExpired,
    DeskError,
    Forbidden,
    Offline,
    RateLimited,
    Rejected,
    Transient,
)
from smartcity_desk.domain.privacy import mask
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import SECOND, from_datetime

_CODE: Final = re.compile(r"[a-z0-9_.-]{1,60}")
_LONGEST_TEXT: Final = 300
_WAITING: Final = frozenset({408, 425})


def from_exception(error: Exception, place: str, *, answered: bool = False) -> DeskError:
    """The word of the vocabulary for what the HTTP library raised. Never carries an address or a header.

    `answered` says that an answer had begun. A pulled cable resets a connection before that, and costs no attempt.
    """
    if isinstance(error, httpx.TimeoutException):
        if isinstance(error, httpx.ConnectTimeout):
            return Offline(place=place, reason="timeout")
        return Transient(place=place, reason="timeout")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        if _is_certificate(error):
            return Rejected("tls", place=place)
        return Offline(place=place, reason="no_connection")
    if isinstance(error, httpx.TooManyRedirects):
        return Rejected("redirects", place=place)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Rejected("bad_url", place=place)
    return Transient(place=place, reason="cut") if answered else Offline(place=place, reason="cut")


def _is_certificate(error: BaseException) -> bool:
    current: BaseException | None = error
    for _ in range(8):
        if current is None:
            return False
        if isinstance(current, ssl.SSLError):
            return True
        current = current.__cause__ or current.__context__
    return False


def from_status(
    status: int, place: str, *, now: int, headers: Mapping[str, str], body: Any = None
) -> DeskError | None:
    """The word for an HTTP status, or None for success. `body` is the decoded JSON, if it was any."""
    if status < 400:
        return None if 200 <= status < 300 or status == 304 else Rejected(f"http_{status}", place=place)
    code = _code_in(body)
    if status == 401:
        return AuthExpired(place=place, reason=code)
    if status == 403:
        return Forbidden(place=place, reason=code)
    after = asked_wait(headers, now)
    if status == 429:
        if after is None:
            after = reset_wait(headers, now) or None  # one that is over says nothing either
        return RateLimited(after, place=place, reason=code)
    if status >= 500 or status in _WAITING:
        if after is not None:
            return RateLimited(after, place=place, status=status)
        return Transient(place=place, status=status, reason=code)
    return Rejected(code or f"http_{status}", place=place, status=status, detail=text_in(body))


def asked_wait(headers: Mapping[str, str], now: int) -> int | None:
    """Milliseconds that `Retry-After` asks for (seconds or an HTTP date), or None."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return int(value[:9]) * SECOND or None
    try:
        # a date that is over for a clock that runs ahead says nothing: asking each second would only anger them
        wait = from_datetime(parsedate_to_datetime(value)) - now
        return wait if wait > 0 else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def reset_wait(headers: Mapping[str, str], now: int) -> int | None:
    """Milliseconds until `x-rate-limit-reset` (unix seconds), or None. A reset in the past is a wait of nothing."""
    value = headers.get("x-rate-limit-reset", "").strip()
    if not value.isdecimal() or len(value) > 12:
        return None
    return max(0, int(value) * SECOND - now)


def remaining(headers: Mapping[str, str]) -> int | None:
    """How many calls the server says are left before its reset, or None."""
    value = headers.get("x-rate-limit-remaining", "").strip()
    return int(value) if value.isdecimal() and len(value) < 10 else None


def from_content(body: Any, place: str, *, now: int) -> DeskError | None:
    """The word for an error that came with HTTP 200, or None. Knows the envelopes of channels paper 0.4 and 1.4."""
    if not isinstance(body, dict):
        return None
    inside: Any = body.get("error")
    for holder in (body, inside if isinstance(inside, dict) else {}):
        for key in ("statusCode", "status", "code"):
            status = holder.get(key)
            if isinstance(status, int) and not isinstance(status, bool) and 400 <= status <= 599:
                return from_status(status, place, now=now, headers={}, body=body)
    if inside:
        return Rejected(_code_in(body) or "error_inside", place=place, detail=text_in(body))
    return None


def _code_in(body: Any) -> str | None:
    """A stable code in a problem body: our own `code`, or the last part of `type` (hosts before it differ)."""
    if not isinstance(body, dict):
        return None
    for value in (body.get("code"), body.get("type")):
        if isinstance(value, str):
            found = re.split(r"[/#:]", value)[-1].strip().lower()
            if found != "blank" and _CODE.fullmatch(found):
                return found
    return None


def text_in(body: Any) -> str | None:
    """What the far side said about its refusal, shortened and masked. For details on screen; never for logic."""
    if not isinstance(body, dict):
        return None
    for key in ("detail", "message", "title", "error"):
        value = body.get(key)
        if isinstance(value, str) and value.strip():
            return _shown(value)
        if isinstance(value, dict) and isinstance(value.get("message"), str):
            return _shown(value["message"])
    return None


def _shown(text: str) -> str:
    return mask(storable(text.strip()[:_LONGEST_TEXT])).text
