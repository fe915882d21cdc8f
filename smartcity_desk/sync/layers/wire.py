"""How readers of layers ask: bytes by GET or a form by POST, bounded, at a gentle rate, under one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from smartcity_desk.sync.ratelimit import Rate
from smartcity_desk.sync.transport import MOST_BYTES, MOST_REDIRECTS, Answer, Transport

PLACE: Final = "layer"
RATE: Final = Rate(calls=2, per_ms=1_000, burst=4)


class Wire:
    """One reader's view of the client. `clock` gives ms UTC; `token` is a secret of the layer, or empty."""

    def __init__(self, transport: Transport, clock: Callable[[], int], token: str = "") -> None:
        self.transport = transport
        self.clock = clock
        self.token = token

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, most_bytes: int = MOST_BYTES
    ) -> Answer:
        """The bytes at an address. Raises DeskError."""
        headers = {"Accept": "*/*"} | ({"token": self.token} if self.token else {})
        return await self.transport.call(
            "GET",
            url,
            place=PLACE,
            kind="bulk",
            rate=RATE,
            params=params,
            headers=headers,
            redirects=MOST_REDIRECTS,
            most_bytes=most_bytes,
            plain=True,
        )

    async def post_form(self, url: str, fields: Mapping[str, str], *, most_bytes: int = MOST_BYTES) -> Answer:
        """The bytes that a form is answered with. Raises DeskError."""
        return await self.transport.call(
            "POST",
            url,
            place=PLACE,
            kind="bulk",
            rate=RATE,
            headers={"Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode(fields).encode(),
            most_bytes=most_bytes,
            plain=True,
        )
