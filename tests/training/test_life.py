"""Life goes on: reports arrive, offices react through the central server, and nothing happens twice or is forgotten."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartcity_desk.central.app import create_app
from smartcity_desk.domain.events import Event, EventKind, Role, RoutingSent
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.training.behaviour import Case, office_reacts, possible
from smartcity_desk.training.city import City
from smartcity_desk.training.draw import poisson, seeded, spread
from smartcity_desk.training.officials import AT_ONCE, Accounts, Life, Pace
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.traits import Traits
from tests.training.conftest import NOW, SEED, Clock, run
from tests.training.world import living

K = EventKind


def test_hours_go_by_with_reports_and_offices_at_work(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            before = len(city.arrivals)
            await world.pass_time(48 * HOUR, 10 * MINUTE)
            arrived = len(city.arrivals) - before
            assert city.arrived == arrived
            assert arrived == pytest.approx(2 * city.rate_per_day, rel=0.7)
            events = await world.events()
            assert world.life.acted == len(events) > 5
            roles = Counter(event.actor.role for event in events)
            assert set(roles) <= {Role.OFFICIAL, Role.SYSTEM}
            assert roles[Role.OFFICIAL] > 0
            assert all(NOW < event.at <= clock.now for event in events)
            kinds = {event.kind for event in events}
            assert kinds & {K.REPORT_RESPONDED, K.COMPLETION_CLAIMED, K.REPORT_ACKNOWLEDGED}

    run(go())


def test_an_office_takes_up_what_an_operator_sends(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            records: list[Citizen] = []
            while len(records) < 12:
                records += [r for r in city.arrive(4) if r.competent == r.place and not r.spam]
            assert (await world.push(records))["accepted"] == len(records)
            for record in records:
                assert await world.route(record, record.place) == "accepted"
            await world.pass_time(10 * MINUTE, MINUTE)
            ids = {record.id for record in records}
            mine = [event for event in await world.events() if event.subject in ids]
            delivered = {event.subject for event in mine if event.kind is K.REPORT_DELIVERED}
            assert delivered == ids
            await world.pass_time(40 * HOUR, 30 * MINUTE)
            mine = [event for event in await world.events() if event.subject in ids]
            answered = {event.subject for event in mine if event.kind is K.REPORT_RESPONDED}
            claimed = {event.subject for event in mine if event.kind is K.COMPLETION_CLAIMED}
            assert len(answered) >= 6
            assert claimed
            for event in mine:
                if event.kind is K.REPORT_RESPONDED:
                    place = next(record.place for record in records if record.id == event.subject)
                    assert event.actor.office == place
                    assert event.actor.user.startswith("lurah.")

    run(go())


def test_work_of_others_is_handed_back(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            records: list[Citizen] = []
            while len(records) < 10:
                records += [r for r in city.arrive(10) if r.competent != r.place and not r.spam]
            await world.push(records)
            for record in records:
                await world.route(record, record.place)
            await world.pass_time(5 * DAY, HOUR)
            ids = {record.id for record in records}
            back = [
                event
                for event in await world.events()
                if event.subject in ids and event.kind is K.ROUTING_RETURNED
            ]
            assert len(back) >= 4

    run(go())


def test_a_restart_repeats_nothing_and_forgets_nothing(city: City, clock: Clock, folder: Path) -> None:
    async def first() -> tuple[list[Event], Citizen]:
        async with living(city, clock) as world:
            record = next(r for r in city.arrive(30) if r.competent == r.place and not r.spam)
            await world.push([record])
            await world.route(record, record.place)
            await world.pass_time(6 * HOUR, 10 * MINUTE)
            return await world.events(), record

    async def second(again: City) -> list[Event]:
        async with living(again, clock) as world:
            await world.life.step()
            await world.life.step()
            return await world.events()

    done, record = run(first())
    again = City.open(folder, seed=SEED, scale=0.03, clock=clock)
    assert again.facts.city == city.facts.city
    assert [r.external_id for r in again.sources["x"]] == [r.external_id for r in city.sources["x"]]
    assert again.arrived == city.arrived
    found = run(second(again))
    assert found[: len(done)] == done
    assert len({event.id for event in found}) == len(found)
    assert len({event.action for event in found}) == len(found)
    received = [event for event in found if event.subject == record.id and event.kind is K.REPORT_DELIVERED]
    assert len(received) == 1


def test_a_faster_city_lives_more_in_the_same_time(made: Path, tmp_path: Path) -> None:
    counts = []
    for speed in (1.0, 60.0):
        folder = Path(shutil.copytree(made, tmp_path / str(speed)))
        clock = Clock()
        city = City.open(folder, seed=SEED, scale=0.03, clock=clock)

        async def go(city: City = city, clock: Clock = clock, speed: float = speed) -> int:
            async with living(city, clock, speed) as world:
                await world.pass_time(20 * MINUTE, MINUTE)
                return world.life.acted

        counts.append(run(go()))
        assert all(record.at <= clock.now for record in city.sources["x"])
    assert counts[1] > counts[0] + 3


def test_a_desk_that_pulls_what_central_has_doubles_nothing(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            answer = await world.push([*city.sources["x"][-60:], *city.sources["petabencana"][-30:]])
            assert (answer["accepted"], answer["known"], answer["rejected"]) == (0, 90, [])

    run(go())


def test_an_ill_central_server_is_told_of_once(
    city: City, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(Accounts):
        ill = True

        async def ask(self, *args: Any, **more: Any) -> dict[str, Any]:
            if self.ill:
                raise httpx.ConnectError("away")
            return await super().ask(*args, **more)

    async def go() -> None:
        app = create_app(city.settings, clock=clock)
        accounts = Away(city, app)
        life = Life(city, accounts, Pace(clock()))
        for _ in range(3):
            await life.step()
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        accounts.ill = False
        await life.step()
        await accounts.close()
        app.state.services.close()

    with caplog.at_level("INFO", logger="smartcity_desk.training"):
        run(go())
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_a_log_in_that_ended_is_renewed(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            await world.life.step()
            for name, (_, until) in list(world.accounts._tokens.items()):
                world.accounts._tokens[name] = ("sda_wrong", until)
            page = await world.accounts.ask("jaringan-kota", "GET", "/v1/me")
            assert page["role"] == "system"

    run(go())


def test_after_a_long_rest_the_city_comes_back_in_order(city: City, clock: Clock) -> None:
    async def go() -> None:
        async with living(city, clock) as world:
            before = city.arrived
            clock.now += 20 * DAY
            await world.life.step()
            assert world.life.acted <= AT_ONCE
            assert 0 < city.arrived - before <= AT_ONCE
            await world.life.step()
            assert city.arrived - before <= AT_ONCE + 1

    run(go())


def test_the_citys_own_time_never_jumps() -> None:
    pace = Pace(NOW, 10)
    assert pace.at(NOW + SECOND) == NOW + 10 * SECOND
    pace.change(NOW + SECOND, 2)
    assert pace.at(NOW + SECOND) == NOW + 10 * SECOND
    assert pace.at(NOW + 2 * SECOND) == NOW + 12 * SECOND


def test_what_has_been_overtaken_is_not_done(traits: Traits) -> None:
    record = Citizen(1, "x", "1", NOW, "", 1, "sampah", "31.74.01.1001", "31.74.01.1001", "31.74.01.1001", 1)
    case = Case(record, record.id)
    case.advance(K.ROUTING_SENT, RoutingSent(record.place, "Sesuai lokasi"))
    (receipt,) = office_reacts(seeded(1), case, K.ROUTING_SENT, traits)
    assert possible(case, receipt.kind, receipt.payload, receipt.by)
    case.advance(K.ROUTING_SENT, RoutingSent("SUDIN-LH-JS", "Dialihkan", record.place))
    assert not possible(case, receipt.kind, receipt.payload, receipt.by)
    case.advance(K.REPORT_REJECTED, RoutingSent("UPT", "Ditarik kembali"))
    assert case.office is None
    assert office_reacts(seeded(1), case, K.REPORT_DELIVERED, traits) == ()


def test_draws_have_their_means() -> None:
    rng = seeded("draws")
    for mean in (0.0, 0.5, 12.0, 300.0):
        drawn = [poisson(rng, mean) for _ in range(3000)]
        assert sum(drawn) / 3000 == pytest.approx(mean, rel=0.08, abs=0.01)
    values = sorted(spread(rng, 4.0, 0.8, 0.5, 40.0) for _ in range(3001))
    assert values[1500] == pytest.approx(4.0, rel=0.1)
    assert 0.5 <= values[0] <= values[-1] <= 40.0
    assert seeded("a", 1).random() == seeded("a", "1").random() != seeded("a1").random()
