"""The city's mailbox and the forum's mails: what a desk reads from them is what the past holds, and faults happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from smartcity_desk.domain.errors import AuthExpired, ConfigProblem, DeskError, Transient
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.sync.channel import Position, Setup
from smartcity_desk.sync.channels.balai_warga import mapping as forum_mapping
from smartcity_desk.sync.channels.email import mapping as email_mapping
from smartcity_desk.sync.mailbox.letter import Mail, read
from smartcity_desk.sync.mailbox.mapping import external_id, to_report
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.training import texts
from smartcity_desk.training.channel import Stage, TrainingChannel
from smartcity_desk.training.city import City
from smartcity_desk.training.network import listener
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import balai_warga, email, letters
from smartcity_desk.training.servers.postbox import FAULTS, MailServer
from tests.training.conftest import NOW, SEED, Clock

PASSWORD = "rahasia-latihan"
BOTH = pytest.mark.parametrize("channel", [email.CHANNEL, balai_warga.CHANNEL], ids=["email", "balai_warga"])


def citizens(city: City, channel: TrainingChannel, count: int) -> list[Citizen]:
    """Reports of the city as if they had come by mail, the oldest first, texts of every kind among them."""
    rng = Random(7)
    found = []
    for number, record in enumerate(city.sources["x"][-count:]):
        at = NOW - (count - number) * MINUTE
        text = texts.spam_text(rng, tag=False) if number % 10 == 9 else record.text
        named = channel.external_id(number, at)
        found.append(
            Citizen(
                number=number,
                channel=channel.name,
                external_id=named,
                at=at,
                text=text,
                author=record.author,
                category=record.category,
                place=record.place,
                placed=record.placed,
                competent=record.competent,
                incident=number,
                picture=number % 3 == 0,
            )
        )
    return found


def comparable(report: Report) -> Report:
    """Without what stays at a desk, and without the pseudonym, whose key is the desk's own."""
    return replace(report, raw="", unmasked=None, author=None)


@BOTH
def test_the_past_is_what_a_desk_reads(city: City, channel: TrainingChannel, directory: Directory) -> None:
    module: Any = email if channel is email.CHANNEL else balai_warga
    assert len({record.external_id for record in citizens(city, channel, 200)}) == 200
    for record in citizens(city, channel, 200):
        content, at = module.letters_of(record)[0]
        letter, _ = read(Mail(1, 1, at, len(content), content))
        if channel is email.CHANNEL:
            box = email_mapping.box(lambda address: address)
            report = to_report(letter, box, external_id(letter))
            assert report.author == email.sender_of(record)
        else:
            box = forum_mapping.box(lambda address: address)
            report = forum_mapping.with_link(to_report(letter, box, external_id(letter)), letter)
            assert report.author is None
        assert comparable(report) == comparable(channel.published(record, directory))


class Box:
    """A running server and what a desk has read of it."""

    def __init__(self, channel: TrainingChannel, server: MailServer, url: str, clock: Clock) -> None:
        self.channel = channel
        self.server = server
        self.clock = clock
        options = {"user": letters.ADDRESS, **channel.options}
        self._client = CHANNELS[channel.name].build(
            Setup(url, options, {"password": PASSWORD}, lambda _: "nama")
        )
        self.position = Position()
        self.reports: list[str] = []
        self.replies: list[str] = []

    async def pull(self) -> DeskError | None:
        try:
            async for page in self._client.pull(self.position, None, NOW):  # type: ignore[arg-type]
                self.reports += [report.external_id for report in page.reports]
                self.replies += [reply.external_id for reply in page.replies]
                self.position = page.position or self.position
        except DeskError as error:
            return error
        return None

    async def spoil(self, fault: str) -> None:
        self.server.spoil(fault)
        await self.server.step()


@asynccontextmanager
async def running(
    channel: TrainingChannel, source: list[Citizen], directory: Directory, clock: Clock
) -> AsyncIterator[Box]:
    server: Any = channel.server(source, Stage(directory, SEED, clock, {"password": PASSWORD}))
    assert isinstance(server, MailServer)
    sock = listener()
    serving = asyncio.create_task(server.serve(sock))
    try:
        yield Box(channel, server, f"{server.scheme}://127.0.0.1:{sock.getsockname()[1]}", clock)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@BOTH
def test_letters_come_as_their_time_does(
    city: City, channel: TrainingChannel, directory: Directory, clock: Clock
) -> None:
    source = citizens(city, channel, 60)

    async def scenario() -> None:
        async with running(channel, source[:50], directory, clock) as box:
            assert await box.pull() is None
            assert box.reports == [record.external_id for record in source[:50]]
            assert not any(name.startswith("mesin.") for name in box.reports)
            early = len(box.replies)
            clock.now += HOUR
            await box.server.step()
            assert await box.pull() is None
            assert len(box.replies) > early
            assert len(box.replies) == sum(record.number % 9 == 0 for record in source[:50])

    asyncio.run(scenario())


@BOTH
def test_faults_cost_nothing(
    city: City, channel: TrainingChannel, directory: Directory, clock: Clock
) -> None:
    source = citizens(city, channel, 30)
    growing = source[:20]
    expected: dict[str, Callable[[DeskError | None], bool]] = {
        "expunge": lambda error: error is None,
        "uidvalidity": lambda error: error is None,
        "bye": lambda error: isinstance(error, Transient),
        "auth": lambda error: isinstance(error, AuthExpired),
    }
    assert set(expected) == set(channel.faults) == set(FAULTS)

    async def scenario() -> None:
        async with running(channel, growing, directory, clock) as box:
            assert await box.pull() is None
            for fault, holds in expected.items():
                await box.spoil(fault)
                assert holds(await box.pull()), fault
                assert await box.pull() is None, fault
            growing.extend(source[20:])
            await box.server.step()
            assert await box.pull() is None
            assert sorted(box.reports) == sorted(record.external_id for record in source)
            with pytest.raises(ConfigProblem):
                box.server.spoil("tidak-ada")

    asyncio.run(scenario())
