"""The server knows when it was gone, says so once, and takes nobody's short pause for an outage."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import Connection, select

from smartcity_desk.central import heartbeat, schema
from smartcity_desk.central.services import Services
from smartcity_desk.domain.events import CalamityDeclared, EventKind
from smartcity_desk.domain.outage import LEAST, LONGEST, REASON, is_automatic
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.central.world import NOW, World


def at(world: World, now: int) -> Services:
    found = world.app.state.services
    assert isinstance(found, Services)
    return replace(found, clock=lambda: now)


def wake(world: World, now: int) -> int:
    return asyncio.run(heartbeat.wake(at(world, now)))


def alive(world: World) -> str | None:
    query = select(schema.meta.c.value).where(schema.meta.c.key == heartbeat.ALIVE)
    found: str | None = world.db.read_now(lambda connection: connection.execute(query).scalar())
    return found


def test_an_outage_of_the_server_is_excluded_for_everybody(world: World) -> None:
    assert wake(world, NOW) == 0  # its first day: it was never there before
    assert wake(world, NOW + LEAST - 1) == 0
    assert wake(world, NOW + LEAST - 1 + 2 * HOUR) == 1
    found = at(world, NOW)
    (exemption,) = world.db.read_now(found.law).exemptions
    assert (exemption.since, exemption.until) == (NOW + LEAST - 1, NOW + LEAST - 1 + 2 * HOUR)
    assert (exemption.channels, exemption.offices, exemption.reason) == (frozenset(), frozenset(), REASON)
    (event,) = world.all_events("susi")
    assert (event["kind"], event["user"], event["role"]) == (EventKind.CALAMITY_DECLARED, "central", "system")
    said = CalamityDeclared(exemption.code, (), exemption.since, exemption.until, REASON)
    assert is_automatic(event["subject"], said)


def test_a_long_outage_is_several_windows(world: World) -> None:
    wake(world, NOW)
    assert wake(world, NOW + 2 * LONGEST + DAY) == 3


def test_each_beat_is_written_down(world: World) -> None:
    async def scene() -> None:
        beating = asyncio.create_task(heartbeat.beat(at(world, NOW + MINUTE), 0.0))
        while alive(world) != str(NOW + MINUTE):  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0)
        beating.cancel()

    wake(world, NOW)
    assert alive(world) == str(NOW)
    asyncio.run(scene())


def test_a_machine_that_slept_is_an_outage_though_nothing_was_started_anew(world: World) -> None:
    async def scene() -> None:
        beating = asyncio.create_task(heartbeat.beat(at(world, NOW + 3 * HOUR), 0.0))
        while alive(world) != str(NOW + 3 * HOUR):  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0)
        beating.cancel()

    wake(world, NOW)
    asyncio.run(scene())
    (exemption,) = world.db.read_now(at(world, NOW).law).exemptions
    assert (exemption.since, exemption.until, exemption.reason) == (NOW, NOW + 3 * HOUR, REASON)


def test_a_clock_that_ran_back_is_no_outage(world: World) -> None:
    wake(world, NOW)
    assert wake(world, NOW - DAY) == 0
    assert alive(world) == str(NOW - DAY)


def test_what_stands_there_may_be_anything(world: World) -> None:
    def spoil(connection: Connection) -> None:
        heartbeat._alive(connection, now=NOW)
        connection.execute(schema.meta.update().where(schema.meta.c.key == heartbeat.ALIVE).values(value="x"))

    world.db.write_now(spoil)
    assert wake(world, NOW + DAY) == 0
