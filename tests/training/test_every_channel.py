"""The whole city through a desk's own channels: all it says is read, spoiled on order, and read again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from smartcity_desk.app import configure_city
from smartcity_desk.config import Settings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.times import HOUR
from smartcity_desk.place.layers import plans
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.store.media import MediaState
from smartcity_desk.sync.engine import Engine
from smartcity_desk.sync.layers.rounds import Layers
from smartcity_desk.sync.media import MediaFetcher
from smartcity_desk.sync.transport import Transport
from smartcity_desk.training.channels import CHANNELS, as_report
from smartcity_desk.training.city import City
from smartcity_desk.training.run import RunningCity
from smartcity_desk.ui.training import City as Known
from tests.sync.test_media import QuickRoom
from tests.training.conftest import SEED, Clock
from tests.training.conftest import run as await_

ASKED = [name for name, channel in CHANNELS.items() if channel.on]
SPOKEN = [name for name in ASKED if CHANNELS[name].spoils is not None]


@dataclass
class World:
    """A running city and a desk of its training profile, on the same clock."""

    running: RunningCity
    clock: Clock
    store: Store
    settings: Settings
    secrets: SecretStore
    engine: Engine
    transport: Transport
    folder: Path

    @property
    def city(self) -> City:
        return self.running.city

    def configure(self) -> None:
        desk = SimpleNamespace(settings=self.settings, secrets=self.secrets)
        configure_city(Known.from_line(self.running.ready), cast("Any", desk))

    def held(self, channel: str) -> set[str]:
        wanted = Filter(channels=frozenset({channel}))
        return {row.id for row in self.store.page_first(wanted, now=self.clock.now, limit=2_000)}

    async def order(self, channel: str, fault: str) -> None:
        async with httpx.AsyncClient() as http:
            body = {"channel": channel, "fault": fault}
            answer = await http.post(self.running.ready["control"] + "/faults", json=body)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def world(folder: Path, tmp_path: Path) -> AsyncIterator[World]:
    clock = Clock()

    async def sleep(seconds: float) -> None:
        clock.now += int(seconds * 1_000)
        await asyncio.sleep(0)

    running = await RunningCity.started(City.open(folder, seed=SEED, scale=0.03, clock=clock), speed=0)
    transport = Transport(clock=clock, sleep=sleep)
    secrets = SecretStore.in_memory()
    settings = Settings(tmp_path / "settings.json")
    with closing(Store.open(tmp_path / "desk.sqlite3", now=clock.now, policy=load_policy())) as store:
        store.set_directory(running.city.directory, None, clock.now)
        engine = Engine(store, settings, secrets, clock=clock, transport=transport)
        try:
            yield World(running, clock, store, settings, secrets, engine, transport, tmp_path)
        finally:
            await engine.close()
            await running.close()


def test_a_desk_reads_every_channel_and_finds_what_the_past_holds(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with world(folder, tmp_path) as here:
            here.configure()
            assert {*here.settings.channels()} == {*CHANNELS}
            result = await here.engine.run_once(with_central=False)
            assert result.errors == ()
            assert here.store.quarantine() == []
            known = {record.id: record for record in here.city.arrivals}
            for name in ASKED:
                held = here.held(name)
                assert held, name
                if name == "waze":
                    continue  # its alerts are no citizens' reports
                assert held <= known.keys(), name
                newest = here.city.sources[name][-1]
                assert newest.id in held, name
                read = here.store.report(newest.id, revealed=True)
                assert read is not None
                assert read.report.text == as_report(newest, here.city.directory).text

    await_(go())


def test_a_fault_of_each_channel_is_told_and_nothing_is_lost(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with world(folder, tmp_path) as here:
            here.configure()
            for fault in ("rate-limit", "html-error"):
                for name in SPOKEN:
                    await here.order(name, fault)
                result = await here.engine.run_once(SPOKEN, with_central=False)
                told = {place: problem.code for place, problem in result.errors}
                assert told.keys() == {*SPOKEN}, fault
                here.clock.now += HOUR
            here.city.network.cut()
            result = await here.engine.run_once(with_central=False)
            assert {place for place, _ in result.errors} == {*ASKED}
            assert {problem.code for _, problem in result.errors} == {"offline"}
            here.city.network.mend()
            here.city.faults.clear()
            here.clock.now += HOUR
            result = await here.engine.run_once(with_central=False)
            assert result.errors == ()
            for name in ASKED:
                assert here.held(name), name

    await_(go())


def test_what_was_switched_off_stays_off_and_leave_is_a_persons_to_give(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with world(folder, tmp_path) as here:
            here.configure()
            assert here.settings.channel("crm").enabled is False
            assert "confirmed" not in here.settings.channel("crm").options
            assert all(plans.plan(here.settings, name).enabled for name in here.running.ready["layers"])
            off = replace(here.settings.channel("qlue"), enabled=False)
            here.settings.set_channel("qlue", off)
            plans.change(here.settings, "spbu", enabled=False)
            leave = replace(here.settings.channel("crm"), enabled=True, options={"confirmed": "ya"})
            here.settings.set_channel("crm", leave)
            here.configure()
            assert here.settings.channel("qlue").enabled is False
            assert not plans.plan(here.settings, "spbu").enabled
            result = await here.engine.run_once(["crm"], with_central=False)
            assert result.errors == ()
            assert here.held("crm")

    await_(go())


def test_the_citys_layers_and_pictures_are_where_the_desk_is_told(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with world(folder, tmp_path) as here:
            here.configure()
            layers = Layers(
                LayerShelf(tmp_path / "layers"), here.store.directory, here.secrets, clock=here.clock
            )
            for name in here.running.ready["layers"]:
                outcome = await layers.ask(here.transport, plans.plan(here.settings, name))
                assert outcome.ok, (name, outcome)
            assert (await here.engine.run_once(["open311"], with_central=False)).errors == ()
            fetcher = MediaFetcher(here.store, tmp_path / "media", clock=here.clock, darkroom=QuickRoom())

            async def on_writer(method: Any, *args: Any) -> Any:
                return await asyncio.to_thread(method, *args)

            await here.order("photos", "photo-gone")
            await fetcher.round(on_writer, here.settings)
            await fetcher.close()
            states = [
                one.state
                for number in range(1, 200)
                for one in here.store.media.of_report(number)
                if one.state is not MediaState.WANTED
            ]
            assert states.count(MediaState.GONE) == 1
            assert set(states) == {MediaState.GONE, MediaState.HAVE}

    await_(go())


def test_answers_go_back_to_the_channels_that_take_them(folder: Path, tmp_path: Path) -> None:
    async def go() -> None:
        async with world(folder, tmp_path) as here:
            from smartcity_desk.central import admin
            from smartcity_desk.central.outgoing import targets

            with admin.opened(here.city.settings) as database:
                found = {one.name: one for one in database.read_now(targets.every)}
            assert {name: one.url for name, one in found.items()} == {
                name: here.running.ready["channels"][name] for name in ("open311", "lapor")
            }
            for name in found:
                key = targets.key_of(here.city.settings.keys, name)
                assert key == here.running.ready["secrets"][name]["api_key"]

    await_(go())


@pytest.mark.parametrize("name", SPOKEN)
def test_what_can_be_ordered_is_said(city: City, name: str) -> None:
    assert {"429", "html", "zero"} <= {*city.faults.known()[name]}
