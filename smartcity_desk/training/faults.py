"""Faults on order: the next answers of a channel come back the way that real services spoil theirs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.times import from_iso, to_iso
from smartcity_desk.training.record import CHANNELS, PETABENCANA, WAZE, X

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

CENTRAL: Final = "central"
STATUSES: Final = frozenset({"401", "403", "429", "500", "503"})
BODIES: Final = frozenset({"html", "error_inside", "malformed", "cut", "big"})
SKEW: Final = "skew"
CONTENTS: Final = frozenset(
    {SKEW, "wrong_type", "unknown_enum", "duplicate", "repeat_token", "empty", "swapped", "zero"}
)
KINDS: Final = STATUSES | BODIES | CONTENTS
SKEW_MS: Final = 90_000
BIG_BYTES: Final = 11 * 1024 * 1024
HTML: Final = b"""<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"""


class Faults:
    """What is on order, per channel, first come first served."""

    def __init__(self) -> None:
        self._orders: dict[str, deque[list[Any]]] = {}
        self.requests: dict[str, int] = {}

    def order(self, channel: str, fault: str, count: int) -> None:
        """Spoil the next `count` answers of a channel. Raises ConfigProblem for an unknown one or an unknown fault."""
        if channel not in (*CHANNELS, CENTRAL):
            raise ConfigProblem(name="channel", reason="unknown_channel", value=channel[:60])
        known = STATUSES | BODIES - {"error_inside"} if channel == CENTRAL else KINDS
        if fault not in known:
            raise ConfigProblem(name="fault", reason="unknown_fault", value=fault[:60])
        if not 1 <= count <= 1_000_000:
            raise ConfigProblem(name="count", reason="out_of_range", value=str(count))
        self._orders.setdefault(channel, deque()).append([fault, count])

    def clear(self) -> None:
        """Cancel everything that is on order."""
        self._orders.clear()

    def take(self, channel: str) -> str | None:
        """The fault for the answer that is due now."""
        self.requests[channel] = self.requests.get(channel, 0) + 1
        orders = self._orders.get(channel)
        if not orders:
            return None
        first = orders[0]
        first[1] -= 1
        if first[1] == 0:
            orders.popleft()
        return str(first[0])

    def waiting(self) -> dict[str, dict[str, int]]:
        """What is still on order: channel, fault, count."""
        return {channel: dict(orders) for channel, orders in self._orders.items() if orders}


def spoiled(app: Asgi, channel: str, faults: Faults) -> Asgi:
    """`app` with the faults that are on order for `channel`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        fault = faults.take(channel) if scope["type"] == "http" else None
        if fault is None:
            await app(scope, receive, send)
        elif fault in STATUSES:
            await _whole(send, int(fault), *_refusal(channel, int(fault)))
        elif fault == "html":
            await _whole(send, 200, b"text/html; charset=utf-8", HTML)
        elif fault == "error_inside":
            await _whole(send, 200, b"application/json", _error_inside(channel))
        else:
            await _changed(app, scope, receive, send, channel, fault)

    return answer


async def _changed(app: Asgi, scope: Scope, receive: Receive, send: Send, channel: str, fault: str) -> None:
    """The real answer, spoiled on its way."""
    begin: Message = {}
    body = bytearray()

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            begin.update(message)
        else:
            body.extend(message.get("body", b""))

    # A cached or unchanged answer would have nothing to spoil.
    headers = [pair for pair in scope["headers"] if pair[0].lower() != b"if-none-match"]
    extra = {"training.skew": SKEW_MS} if fault == SKEW else {}
    await app({**scope, "headers": headers, **extra}, receive, collect)
    content = bytes(body)
    if fault in CONTENTS:
        content = json.dumps(_spoil(channel, fault, json.loads(content))).encode()
    elif fault == "malformed":
        content = content[: max(1, len(content) * 2 // 3)]
    elif fault == "big":
        content += b" " * BIG_BYTES
    length = len(content)
    kept = [pair for pair in begin["headers"] if pair[0].lower() not in (b"content-length", b"etag")]
    await send({**begin, "headers": [*kept, (b"content-length", str(length).encode())]})
    if fault == "cut":
        # The server closes the connection of an answer that is shorter than announced.
        await send({"type": "http.response.body", "body": content[: length // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": content})


async def _whole(send: Send, status: int, kind: bytes, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_X_TITLES: Final = {
    401: ("Unauthorized", "about:blank"),
    403: ("Client Forbidden", "https://api.x.com/2/problems/client-forbidden"),
    429: ("Too Many Requests", "https://api.x.com/2/problems/rate-limit-exceeded"),
    500: ("Internal Server Error", "about:blank"),
    503: ("Service Unavailable", "about:blank"),
}


def _refusal(channel: str, status: int) -> tuple[Any, ...]:
    """Content type, body and headers of a refusal as this service writes it."""
    if channel == X:
        title, kind = _X_TITLES[status]
        body = json.dumps({"title": title, "detail": title, "type": kind, "status": status}).encode()
        limits = (
            (b"x-rate-limit-limit", b"450"),
            (b"x-rate-limit-remaining", b"0"),
            (b"x-rate-limit-reset", b"0"),
        )
        return b"application/problem+json", body, *(limits if status == 429 else ())
    if channel == WAZE:
        return b"text/html; charset=utf-8", HTML
    if channel == CENTRAL:
        code = {401: "token_refused", 429: "too_many_attempts"}.get(status, "fault_on_order")
        problem = {"type": f"about:blank#{code}", "title": code, "status": status, "code": code}
        return b"application/problem+json", json.dumps(problem).encode()
    if status in (403, 429):  # the gateway in front answers these
        content: dict[str, Any] = {"message": "Forbidden" if status == 403 else "Too Many Requests"}
    else:
        content = {"status": status, "stack": "Error: training", "message": "Internal Server Error"}
    return b"application/json", json.dumps(content).encode()


def _error_inside(channel: str) -> bytes:
    if channel == X:
        return b'{"errors":[{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}]}'
    if channel == PETABENCANA:
        return b'{"statusCode":400,"message":"Error while processing request"}'
    return b'{"error":"Internal error"}'


def _items(channel: str, data: Any) -> list[Any]:
    """The list of items inside an answer."""
    if channel == PETABENCANA:
        result = data.get("result") or {}
        if "objects" in result:
            return list(result["objects"]["output"]["geometries"])
        return list(result.get("features", []))
    return list(data.get("data" if channel == X else "alerts", []))


def _put(channel: str, data: Any, items: list[Any]) -> Any:
    if channel == PETABENCANA:
        result = data["result"]
        if "objects" in result:
            result["objects"]["output"]["geometries"] = items
        else:
            result["features"] = items
    else:
        data["data" if channel == X else "alerts"] = items
    return data


def _spoil(channel: str, fault: str, data: Any) -> Any:
    """The answer's content with a fault in it; an answer without items stays as it is."""
    if fault == "repeat_token":
        if channel == X:
            data.setdefault("meta", {})["next_token"] = "the-same-again"  # noqa: S105 - a page token
        return data
    items = _items(channel, data)
    if fault == "empty":
        return _put(channel, data, [])
    if fault == "duplicate":
        return _put(channel, data, [*reversed(items), *items[:3]])
    if items:
        items[0] = _spoil_item(channel, fault, items[0])
    return _put(channel, data, items)


def _spoil_item(channel: str, fault: str, item: Any) -> Any:
    inside = item.get("properties", item)
    if fault == SKEW:
        _later(channel, inside)
    elif fault == "wrong_type":
        inside["created_at" if channel != WAZE else "pubMillis"] = {"never": ["a", "time"]}
    elif fault == "unknown_enum":
        inside["disaster_type" if channel == PETABENCANA else "type"] = "NEVER_SEEN_BEFORE"
    elif channel == PETABENCANA:
        holder = item.get("geometry", item)
        holder["coordinates"] = [0, 0] if fault == "zero" else holder["coordinates"][::-1]
    elif channel == WAZE:
        point = item["location"]
        item["location"] = {"x": 0, "y": 0} if fault == "zero" else {"x": point["y"], "y": point["x"]}
    else:
        item["geo"] = {
            "coordinates": {"type": "Point", "coordinates": [0, 0] if fault == "zero" else [-6.2, 106.8]}
        }
    return item


def _later(channel: str, item: Any) -> None:
    """The newest item carries the time of a clock that is ahead; Waze's window is ahead by itself."""
    if channel == WAZE:
        item["pubMillis"] += SKEW_MS
    else:
        item["created_at"] = to_iso(from_iso(item["created_at"]) + SKEW_MS)
