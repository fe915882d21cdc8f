"""A server that is ill, or not filled yet, answers with correct, empty lists: every channel finds all of it later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.georeport.states import instant
from smartcity_desk.training.channel import TrainingChannel
from smartcity_desk.training.servers import (
    crm,
    facebook,
    lapor,
    open311,
    petabencana,
    qlue,
    x,
)
from tests.sync.bench import NOW, Bench
from tests.sync.social.world import citizen, people, played

REACH = (
    (petabencana.CHANNEL, 6),
    (x.CHANNEL, 20),
    (facebook.CHANNEL, 12),
    (crm.CHANNEL, 13),
    (qlue.CHANNEL, 40),
    (open311.CHANNEL, 25),
    (lapor.CHANNEL, 25),
)
"""Days that a first walk reaches back, nearly."""
EVERY = pytest.mark.parametrize(("channel", "days"), [pytest.param(*one, id=one[0].name) for one in REACH])
EMPTY = ["empty"] * 1_000


@EVERY
def test_a_first_walk_that_is_answered_empty_loses_nothing(
    channel: TrainingChannel, days: int, tmp_path: Path
) -> None:
    source = people(channel, 5, newest=NOW - 2 * HOUR, step=days * DAY // 5)

    async def scene(desk: Bench, stand: Any) -> None:
        stand.door.orders = list(EMPTY)
        for _ in range(3):
            assert (await desk.once(channel.name)).errors == ()
            assert desk.lines() == []
            desk.clock.now += 5 * MINUTE
        stand.door.orders = []
        desk.clock.now += HOUR
        for _ in range(2):
            assert (await desk.once(channel.name)).errors == ()
            desk.clock.now += 5 * MINUTE
        assert sorted(line.report.external_id for line in desk.lines()) == sorted(
            record.external_id for record in source
        )

    played(tmp_path, channel, scene, source)


@EVERY
def test_a_later_walk_that_is_answered_empty_loses_nothing(
    channel: TrainingChannel, days: int, tmp_path: Path
) -> None:
    """The desk asks all the while, and is told for days that nothing has come."""
    source = people(channel, 2)

    async def scene(desk: Bench, stand: Any) -> None:
        assert (await desk.once(channel.name)).errors == ()
        assert len(desk.lines()) == 2
        for day in range(days):
            desk.clock.now += DAY
            stand.door.orders = list(EMPTY)
            assert (await desk.once(channel.name)).errors == ()
            source.append(citizen(channel, 10 + day, desk.clock.now - 2 * HOUR))
        stand.door.orders = []
        desk.clock.now += HOUR
        for _ in range(2):
            assert (await desk.once(channel.name)).errors == ()
            desk.clock.now += 5 * MINUTE
        assert len(desk.lines()) == 2 + days
        assert desk.store.channel_state(channel.name).cursor.get("gaps") is None

    played(tmp_path, channel, scene, source)


@EVERY
def test_a_walk_after_an_absence_that_is_answered_empty_loses_nothing(
    channel: TrainingChannel, days: int, tmp_path: Path
) -> None:
    away = 40 if channel is crm.CHANNEL else days
    source = people(channel, 2)

    async def scene(desk: Bench, stand: Any) -> None:
        assert (await desk.once(channel.name)).errors == ()
        source.extend(citizen(channel, 10 + day, NOW + day * DAY) for day in range(away))
        desk.clock.now += away * DAY
        stand.door.orders = list(EMPTY)
        assert (await desk.once(channel.name)).errors == ()
        assert len(desk.lines()) == 2
        stand.door.orders = []
        for _ in range(2):
            desk.clock.now += 5 * MINUTE
            assert (await desk.once(channel.name)).errors == ()
        assert len(desk.lines()) == 2 + away

    played(tmp_path, channel, scene, source)


def test_a_silence_that_was_longer_than_the_window_is_asked_of_the_archive(tmp_path: Path) -> None:
    channel = petabencana.CHANNEL
    source = people(channel, 2)

    async def scene(desk: Bench, stand: Any) -> None:
        for day in range(20):
            assert (await desk.once(channel.name)).errors == ()
            source.append(citizen(channel, 10 + day, desk.clock.now + HOUR))
            desk.clock.now += DAY
            stand.door.orders = ["empty"]
        stand.door.orders = []
        assert (await desk.once(channel.name)).errors == ()
        assert len(desk.lines()) == 2 + 20
        asked = sum("archive" in one for one in stand.door.asked)
        assert asked == 1
        desk.clock.now += 5 * MINUTE
        assert (await desk.once(channel.name)).errors == ()
        assert sum("archive" in one for one in stand.door.asked) == asked

    played(tmp_path, channel, scene, source, archive="express", window_hours="24")


async def close(url: str, name: str, at: int) -> None:
    """Say that a request is done, as a foreign system does."""
    form = {"service_request_id": name, "status": "CLOSED", "update_id": "u-1", "description": "Selesai"}
    async with httpx.AsyncClient() as http:
        sent = {**form, "api_key": "kunci-latihan", "updated_datetime": instant(at)}
        (await http.post(f"{url}/servicerequestupdates.json", data=sent)).raise_for_status()


@pytest.mark.parametrize("changes", ["updated_after", "servicerequestupdates"])
def test_what_changed_while_the_questions_for_changes_were_answered_empty_is_learned(
    changes: str, tmp_path: Path
) -> None:
    source = people(open311.CHANNEL, 3, newest=NOW - 2 * DAY)
    name = source[1].external_id

    async def scene(desk: Bench, stand: Any) -> None:
        assert (await desk.once("open311")).errors == ()
        desk.clock.now += MINUTE
        await close(stand.url, name, desk.clock.now)
        for _ in range(10):
            desk.clock.now += DAY
            stand.door.orders = list(EMPTY)
            assert (await desk.once("open311")).errors == ()
        stand.door.orders = []
        desk.clock.now += 5 * MINUTE
        assert (await desk.once("open311")).errors == ()
        found = {line.report.external_id: line.report.source_status for line in desk.lines()}
        assert found[name] is Status.DONE
        assert desk.store.channel_state("open311").cursor.get("gaps") is None

    played(tmp_path, open311.CHANNEL, scene, source, changes=changes)


def test_a_source_that_is_silent_for_months_is_no_gap(tmp_path: Path) -> None:
    """Nobody has written an update for long; now and then the desk is off over a holiday."""

    source = people(open311.CHANNEL, 3)

    async def scene(desk: Bench, stand: Any) -> None:
        await close(stand.url, source[0].external_id, NOW)
        for _ in range(20):
            desk.clock.now += 5 * DAY
            for _ in range(2):
                result = await desk.once("open311")
                assert result.errors == ()
                assert result.channels[0].pulled is not None
                assert result.channels[0].pulled.gap is None
                desk.clock.now += 5 * MINUTE

    played(tmp_path, open311.CHANNEL, scene, source, changes="servicerequestupdates")
