"""Faults on order: the next answers of a channel come back the way that real services spoil theirs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.training.channel import Asgi, Message, Receive, Refusal, Scope, Send, Spoils
from smartcity_desk.training.channels import CHANNELS
from smartcity_desk.training.servers.common import HTML, SKEW_MS

CENTRAL: Final = "central"
STATUSES: Final = frozenset({"401", "403", "429", "500", "503"})
BODIES: Final = frozenset({"html", "error_inside", "malformed", "cut", "big"})
SKEW: Final = "skew"
REPEAT: Final = "repeat_token"
"""For channels whose `spoils` has a method of that name: the others know no tokens."""
CONTENTS: Final = frozenset(
    {SKEW, "wrong_type", "unknown_enum", "duplicate", REPEAT, "empty", "swapped", "zero"}
)
_OF_ITEMS: Final = CONTENTS | {"error_inside"}
KINDS: Final = STATUSES | BODIES | CONTENTS
BIG_BYTES: Final = 33 * 1024 * 1024
ALIASES: Final = {"rate-limit": "429", "html-error": "html", "error-inside": "error_inside"}
"""Other words for some of them, as people say them."""


class Faults:
    """What is on order, per channel, first come first served."""

    def __init__(self) -> None:
        self._orders: dict[str, deque[list[Any]]] = {}
        self._own: dict[str, tuple[Callable[[str], None], Sequence[str]]] = {}
        self.requests: dict[str, int] = {}

    def order(self, channel: str, fault: str, count: int) -> None:
        """Spoil the next `count` answers of a channel. Raises ConfigProblem for an unknown one or an unknown fault."""
        if not 1 <= count <= 1_000_000:
            raise ConfigProblem(name="count", reason="out_of_range", value=str(count))
        known = self.known().get(channel)
        if known is None:
            raise ConfigProblem(name="channel", reason="unknown_channel", value=channel[:60])
        fault = fault if fault in known else ALIASES.get(fault, fault)
        if fault not in known:
            raise ConfigProblem(name="fault", reason="unknown_fault", value=fault[:60])
        if channel in self._own:
            for _ in range(count):
                self._own[channel][0](fault)
        else:
            self._orders.setdefault(channel, deque()).append([fault, count])

    def known(self) -> dict[str, tuple[str, ...]]:
        """What can be ordered: by channel (or layer), its faults."""
        found = {
            name: tuple(sorted(KINDS if hasattr(channel.spoils, REPEAT) else KINDS - {REPEAT}))
            for name, channel in CHANNELS.items()
            if channel.spoils is not None
        }
        found[CENTRAL] = tuple(sorted(STATUSES | BODIES - {"error_inside"}))
        return found | {name: tuple(faults) for name, (_, faults) in self._own.items()}

    def hand_to(self, channel: str, spoil: Callable[[str], None], faults: Sequence[str]) -> None:
        """Let a server with faults of its own spoil its answers itself."""
        self._own[channel] = spoil, faults

    def clear(self) -> None:
        """Cancel everything that is on order."""
        self._orders.clear()

    def take(self, channel: str, *, items: bool = True) -> str | None:
        """The fault for the answer that is due now; one of items waits for an answer that has `items`."""
        self.requests[channel] = self.requests.get(channel, 0) + 1
        orders = self._orders.get(channel)
        if not orders:
            return None
        first = orders[0]
        if not items and first[0] in _OF_ITEMS:
            return None
        first[1] -= 1
        if first[1] == 0:
            orders.popleft()
        return str(first[0])

    def waiting(self) -> dict[str, dict[str, int]]:
        """What is still on order: channel, fault, count."""
        return {channel: dict(orders) for channel, orders in self._orders.items() if orders}


def spoiled(app: Asgi, channel: str, faults: Faults, spoils: Spoils | None = None) -> Asgi:
    """`app` with the faults that are on order for `channel`. The central server needs no `spoils`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        lists: Callable[[str], bool] = getattr(spoils, "lists", lambda _path: True)
        fault = faults.take(channel, items=lists(scope["path"])) if scope["type"] == "http" else None
        if fault is None:
            await app(scope, receive, send)
        elif fault in STATUSES:
            await _whole(
                send, int(fault), _of_central(int(fault)) if spoils is None else spoils.refusal(int(fault))
            )
        elif fault == "html":
            await _whole(send, 200, Refusal(b"text/html; charset=utf-8", HTML))
        elif fault == "error_inside" and spoils is not None:
            await _whole(send, 200, Refusal(b"application/json", spoils.error_inside()))
        else:
            await _changed(app, scope, receive, send, spoils, fault)

    return answer


async def _changed(
    app: Asgi, scope: Scope, receive: Receive, send: Send, spoils: Spoils | None, fault: str
) -> None:
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
    if fault in CONTENTS and spoils is not None:
        content = json.dumps(_spoil(spoils, fault, json.loads(content))).encode()
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


async def _whole(send: Send, status: int, what: Refusal) -> None:
    headers = [
        (b"content-type", what.media_type),
        (b"content-length", str(len(what.body)).encode()),
        *what.headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": what.body})


def _of_central(status: int) -> Refusal:
    code = {401: "token_refused", 429: "too_many_attempts"}.get(status, "fault_on_order")
    problem = {"type": f"about:blank#{code}", "title": code, "status": status, "code": code}
    return Refusal(b"application/problem+json", json.dumps(problem).encode())


def _spoil(spoils: Spoils, fault: str, data: Any) -> Any:
    """The answer's content with a fault in it; an answer without items stays as it is."""
    if fault == REPEAT:
        again: Callable[[Any], Any] = getattr(spoils, REPEAT)
        return again(data)
    items = spoils.items(data)
    if fault == "empty":
        return spoils.put(data, [])
    if fault == "duplicate":
        return spoils.put(data, [*reversed(items), *items[:3]])
    if items:
        items[0] = spoils.spoil(fault, items[0])
    return spoils.put(data, items)
