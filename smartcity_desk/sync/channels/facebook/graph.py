"""What the Graph API says of a refusal and of how much of its allowance is used (channels paper 4.3). Pure.

Its codes stand in the body; the HTTP status beside them is 400, 401 or 403 for nearly all. What it writes in words is
never repeated: a message about a malformed token contains the token.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from smartcity_desk.domain.errors import (
    AuthExpired,
    ConfigProblem,
    DeskError,
    Forbidden,
    RateLimited,
    Rejected,
    Transient,
)
from smartcity_desk.domain.times import MINUTE

SLOW: Final = 75.0
STOP: Final = 95.0
"""Per cent of the allowance at which less is asked for, and at which nothing is."""
STOP_WAIT: Final = 15 * MINUTE
"""How long nothing is asked where the answer names no wait: a quarter of the hour that it counts."""
GONE: Final = "does_not_exist"
BAD_PARAMETER: Final = "bad_parameter"

_TRANSIENT: Final = frozenset({1, 2})
_LIMITS: Final = frozenset({4, 17, 32, 613, *range(80000, 80015)})
_PERMISSION: Final = frozenset({3, 10, *range(200, 300)})
_TOKEN: Final = frozenset({102, 190})
_SUBCODES: Final = {458: "app_removed", 460: "password_changed", 463: "expired", 467: "invalid"}
_PAGE_TOKEN_NEEDED: Final = 2069032
_POLICY: Final = 368
_PARAMETER: Final = 100
_ALIAS: Final = 803
_NO_OBJECT: Final = 33
_LONGEST: Final = 20_000
_LONGEST_WAIT: Final = 24 * 60
"""Minutes."""


def error_of(data: Any) -> Mapping[str, Any] | None:
    """The error inside an answer, or None. One of another shape is an error without a code."""
    error = data.get("error") if isinstance(data, dict) else None
    if not error:
        return None
    return error if isinstance(error, dict) else {}


def refusal(status: int, headers: Mapping[str, str], data: Any, place: str) -> DeskError | None:
    """The word for an answer that carries an error of the Graph API, or None. Never its words."""
    error = error_of(data)
    if error is None:
        return None
    code, subcode = _whole(error.get("code")), _whole(error.get("error_subcode"))
    if code in _TOKEN:
        if subcode == _PAGE_TOKEN_NEEDED:
            return ConfigProblem(name="token", reason="page_token_needed", channel=place)
        return AuthExpired(place=place, reason=_SUBCODES.get(subcode, "token_refused"))
    if code in _LIMITS:
        return RateLimited(wait_of(headers) or None, place=place, reason=f"graph_{code}")
    if code in _PERMISSION:
        return Forbidden(place=place, reason="permission")
    if code == _POLICY:
        return Forbidden(place=place, reason="policy")
    if code in _TRANSIENT or error.get("is_transient") is True:
        return Transient(place=place, reason=f"graph_{code}")
    if is_gone(error):
        return Rejected(GONE, place=place, status=status)
    if code == _PARAMETER:
        return Rejected(BAD_PARAMETER, place=place, status=status)
    if status == 401:
        return AuthExpired(place=place, reason="token_refused")
    if status == 403:
        return Forbidden(place=place, reason="permission")
    if status == 429:
        return RateLimited(wait_of(headers) or None, place=place)
    if status >= 500:
        return Transient(place=place, status=status)
    return Rejected(f"graph_{code}" if code else "error_inside", place=place, status=status)


def is_gone(error: Mapping[str, Any]) -> bool:
    """Whether an error says of an id that there is nothing behind it (any more)."""
    code = _whole(error.get("code"))
    return (code == _PARAMETER and _whole(error.get("error_subcode")) == _NO_OBJECT) or code == _ALIAS


def usage_of(headers: Mapping[str, str]) -> float:
    """How much of the allowance is used, in per cent: the largest figure of both headers, 0 without them."""
    return max((value for count, value in _figures(headers) if not count), default=0.0)


def wait_of(headers: Mapping[str, str]) -> int:
    """Milliseconds until access is regained, by the headers' own word (which is in minutes); 0 without one."""
    minutes = max((value for count, value in _figures(headers) if count), default=0.0)
    return int(min(minutes, _LONGEST_WAIT) * MINUTE)


def _figures(headers: Mapping[str, str]) -> Iterator[tuple[bool, float]]:
    """The figures of both headers: (whether it is a wait, value)."""
    entries: list[Any] = [_decoded(headers.get("x-app-usage", ""))]
    business = _decoded(headers.get("x-business-use-case-usage", ""))
    for members in business.values() if isinstance(business, dict) else ():
        entries += members if isinstance(members, list) else []
    for entry in entries:
        for name, value in entry.items() if isinstance(entry, dict) else ():
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                if name == "estimated_time_to_regain_access":
                    yield True, float(value)
                elif name in {"call_count", "total_time", "total_cputime"}:
                    yield False, float(value)


def _decoded(text: str) -> Any:
    if not text or len(text) > _LONGEST:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
