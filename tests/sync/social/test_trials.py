"""A trial of each channel with a server of its own: in plain words what came, what would be imported, and the terms."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk import i18n
from smartcity_desk.sync import registry, trial
from smartcity_desk.sync.channel import TestResult
from smartcity_desk.sync.transport import Transport
from smartcity_desk.training.channel import TrainingChannel
from smartcity_desk.training.servers import crm, facebook, lapor, open311, qlue
from tests.fakes.http_server import Reply, serving
from tests.sync.bench import NOW, Bench, bench
from tests.sync.social.world import CITY, citizen, people, played

SERVED = (crm.CHANNEL, facebook.CHANNEL, lapor.CHANNEL, open311.CHANNEL, qlue.CHANNEL)


async def tried(desk: Bench, name: str) -> TestResult:
    transport = Transport(clock=desk.clock, sleep=desk.clock.sleep)
    entry = registry.CHANNELS[name]
    client = entry.build(registry.setup(name, desk.settings, desk.secrets))
    result = await client.test(transport.channel(name, entry.manifest.rate), desk.clock())
    await transport.close()
    return result


def said(result: TestResult, name: str) -> str:
    manifest = registry.CHANNELS[name].manifest
    return "\n".join(trial.sentences(result, manifest, lambda at: f"@{at}"))


@pytest.mark.parametrize("channel", SERVED, ids=lambda channel: channel.name)
def test_a_trial_says_what_would_come_and_what_not(channel: TrainingChannel, tmp_path: Path) -> None:
    async def scene(desk: Bench, stand: Any) -> None:
        stand.door.orders = ["wrong_type"]
        result = await tried(desk, channel.name)
        assert result.ok
        assert result.items == 5
        assert len(result.sample) == 3
        assert [report.reported_at for report in result.sample] == sorted(
            (report.reported_at for report in result.sample), reverse=True
        )
        assert result.unreadable == sum(result.reasons.values()) == 1
        words = said(result, channel.name)
        assert i18n.tr(f"channel.{channel.name}.terms") in words
        assert "Sampah menumpuk di gang" in words
        assert "0812" not in words
        (reason,) = result.reasons
        assert reason in words, "the field that stopped it is named"
        assert desk.lines() == [], "a trial imports nothing"

    played(tmp_path, channel, scene, people(channel, 5))


@pytest.mark.parametrize("channel", SERVED, ids=lambda channel: channel.name)
@pytest.mark.parametrize("fault", ["401", "html", "503"])
def test_a_trial_that_fails_says_why(channel: TrainingChannel, fault: str, tmp_path: Path) -> None:
    async def scene(desk: Bench, stand: Any) -> None:
        stand.door.orders = [fault]
        result = await tried(desk, channel.name)
        assert not result.ok
        assert result.error is not None
        assert "kunci-latihan" not in str(result.error) + repr(result.error.params)

    played(tmp_path, channel, scene, people(channel, 2))


def test_what_is_private_is_not_shown_by_a_trial(tmp_path: Path) -> None:
    async def scene(desk: Bench, stand: Any) -> None:
        result = await tried(desk, "crm")
        assert [report.private for report in result.sample] == [True]
        words = said(result, "crm")
        assert "Sampah" not in words
        assert i18n.tr("channel.trial.private") in words

    hidden = [citizen(crm.CHANNEL, n, NOW - 60_000) for n in range(400)]
    private = next(one for one in hidden if crm.published(one, CITY).private)
    played(tmp_path, crm.CHANNEL, scene, [private])


GEORSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:georss="http://www.georss.org/georss"><channel><item/></channel></rss>"""


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Reply(GEORSS, 200, {"Content-Type": "text/xml"}), "config_problem"),
        (Reply.html(), "transient"),
        (Reply(GEORSS, 503, {"Content-Type": "text/xml"}), "transient"),
    ],
)
def test_a_waze_address_of_the_other_form_is_told_as_that(answer: Reply, code: str, tmp_path: Path) -> None:
    """Not as a gateway's page that somebody should look at in a browser, for ever."""

    async def run() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: answer) as server:
            desk.channel("waze", server.url)
            result = await tried(desk, "waze")
            assert result.error is not None
            assert result.error.code == code
            ((_, error),) = (await desk.once("waze")).errors
            assert error.code == code
            assert (desk.store.channel_state("waze").next_try_at is None) == (code == "config_problem")

    asyncio.run(run())
