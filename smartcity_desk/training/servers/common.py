"""What the channel servers share: the time that an answer is made at, and JSON answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from smartcity_desk.domain.times import from_iso, to_iso

Clock = Callable[[], int]
JSON: Final = "application/json; charset=utf-8"
SKEW_MS: Final = 90_000
"""How far a clock is ahead that a fault has set wrong."""
HTML: Final = b"""<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"""


def moment(request: Request, clock: Clock) -> int:
    """Now (ms UTC) by this server's clock, which a fault on order may have set wrong."""
    skew = request.scope.get("training.skew", 0)
    return clock() + int(skew)


def json_response(
    body: Any, status: int = 200, *, kind: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer as compact JSON."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, {"content-type": kind, **(headers or {})})


def tag_of(content: bytes) -> str:
    """A weak ETag of a body, as Express makes it."""
    return f'W/"{len(content):x}-{hashlib.sha256(content).hexdigest()[:27]}"'


def whole_number(text: str | None) -> int | None:
    """The number that a text spells in digits, or None."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None


def later(iso: str) -> str:
    """An instant as a clock that is ahead would write it."""
    return to_iso(from_iso(iso) + SKEW_MS)
