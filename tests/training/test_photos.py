"""The city's pictures: one for each report that has one, always the same, and the faults of other hosts on request."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from PIL import Image

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.training.published import picture_path
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.photos import FAULTS, PhotoServer


def citizen(number: int, *, picture: bool = True, channel: str = "x") -> Citizen:
    return Citizen(
        number=number,
        channel=channel,
        external_id=f"a/{number}" if channel == "qlue" else str(number),
        at=0,
        text="",
        author=1,
        category="sampah",
        place="",
        placed="",
        competent="",
        incident=number,
        lat=-6.2,
        lon=106.8,
        picture=picture,
    )


@dataclass
class Asking:
    http: httpx.AsyncClient

    async def __call__(self, record: Citizen) -> httpx.Response:
        return await self.http.get(picture_path(record))


def run(server: PhotoServer, check: Callable[[Asking], Awaitable[None]]) -> None:
    async def go() -> None:
        transport = httpx.ASGITransport(app=server.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://foto.latihan") as http:
            await check(Asking(http))

    asyncio.run(go())


def test_a_report_has_its_own_picture_also_one_that_came_later() -> None:
    source = [citizen(1), citizen(2, picture=False)]
    server = PhotoServer(source, 7)

    async def check(ask: Asking) -> None:
        first = await ask(source[0])
        assert first.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(first.content)) as opened:
            assert opened.size == (640, 480)
        assert (await ask(source[0])).content == first.content
        assert (await ask(source[1])).status_code == 404
        later = citizen(3, channel="qlue")
        assert (await ask(later)).status_code == 404
        source.append(later)
        assert (await ask(later)).content not in (b"", first.content)

    run(server, check)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_given_once(fault: str) -> None:
    source = [citizen(1)]
    server = PhotoServer(source, 7)
    server.spoil(fault)

    async def check(ask: Asking) -> None:
        spoiled, whole = await ask(source[0]), await ask(source[0])
        assert not spoiled.content.startswith(b"\xff\xd8\xff")
        assert whole.content.startswith(b"\xff\xd8\xff")

    run(server, check)


def test_a_fault_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigProblem):
        PhotoServer([], 7).spoil("photo-none")
