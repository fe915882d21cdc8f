"""A server that is ill, or not filled yet, answers with correct, empty lists: every channel finds all of it later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.times import DAY, HOUR, MINUTE
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
    (crm.CHANNEL, 12),
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
