"""The city's pictures, as the channels' own hosts would serve them: `GET /foto/CHANNEL/EXTERNAL_ID.jpg`.

Drawn when asked for; the same report always has the same picture. Nothing real is in them. On request the next answers
are what hostile or broken hosts give instead.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.training.proofs import reported
from smartcity_desk.training.record import Citizen

_KEPT: Final = 128
"""Pictures that are not drawn anew when several desks ask for them."""


class PhotoServer:
    """Serves pictures of the records of `source`, which may grow while it runs. `seed` is the city's."""

    path: Final = ""

    def __init__(self, source: Sequence[Citizen], seed: int) -> None:
        self._source = source
        self._seen = 0
        self._known: dict[tuple[str, str], Citizen] = {}
        self._spoiled: deque[str] = deque()
        self._draw: Callable[[str, str], bytes] = lru_cache(_KEPT)(
            lambda channel, name: reported(seed, self._known[channel, name])
        )

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(routes=[Route("/foto/{channel}/{name:path}.jpg", self._picture)])

    def spoil(self, fault: str) -> None:
        """Make the next answer a fault of `FAULTS`. Raises ConfigProblem (`unknown_fault`)."""
        if fault not in FAULTS:
            raise ConfigProblem(name="fault", reason="unknown_fault", value=fault[:60])
        self._spoiled.append(fault)

    async def _picture(self, request: Request) -> Response:
        if self._spoiled:
            return FAULTS[self._spoiled.popleft()]()
        key = request.path_params["channel"], request.path_params["name"]
        record = self._find(key)
        if record is None or not record.picture:
            return Response(b"", 404)
        content = await run_in_threadpool(self._draw, *key)
        return Response(content, media_type="image/jpeg", headers={"cache-control": "max-age=86400"})

    def _find(self, key: tuple[str, str]) -> Citizen | None:
        upto = len(self._source)
        for record in self._source[self._seen : upto]:
            self._known[record.channel, record.external_id] = record
        self._seen = upto
        return self._known.get(key)


def _bomb() -> Response:
    """A picture of a few kilobytes that claims 60,000 by 60,000 points."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    return Response(b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b""), media_type="image/png")


FAULTS: Final[Mapping[str, Callable[[], Response]]] = {
    "photo-bomb": _bomb,
    "photo-gone": lambda: Response(b"", 404),
    "photo-html": lambda: Response(b"<!DOCTYPE html><p>Silakan masuk", media_type="image/jpeg"),
    "photo-inward": lambda: Response(b"", 302, {"location": "http://169.254.169.254/latest/meta-data/"}),
    "photo-ill": lambda: Response(b"", 503, {"retry-after": "60"}),
}
"""What hostile or broken hosts answer."""
