"""The watch: windows declared once whatever desks and restarts do, ended when heard again, and counts asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.actor import Actor
from smartcity_desk.domain.events import CalamityDeclared, CalamityEnded, PauseCode, Role
from smartcity_desk.domain.outage import CENTRAL, LEAST, REASON
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.store import OpResult, OpState, Store
from smartcity_desk.store.health import day_name
from smartcity_desk.sync.notice import Notice
from smartcity_desk.sync.watch import COUNTED_DAYS, Watch, declare
from tests.conftest import ROOT
from tests.domain.builders import POLICY, T0
from tests.fakes.http_server import Reply, serving
from tests.store.helpers import counter
from tests.sync.bench import bench

ANI = Actor("ani", Role.OPERATOR)
NOW = T0 + 6 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    yield made
    made.close()


def fail(store: Store, place: str, at: int) -> None:
    store.record_channel_failure(place, "transient", {}, attempts=1, next_try_at=at, now=at)


def answer(store: Store, place: str, at: int) -> None:
    store.record_channel_ok(place, now=at, next_try_at=at + MINUTE)


def said(store: Store) -> list[Any]:
    return [op.payload for op in store.ops()]


def test_an_outage_is_declared_while_it_lasts_and_ended_when_it_is_over(store: Store) -> None:
    fail(store, "x", T0)
    assert declare(store, ANI, T0 + LEAST - 1, counter()) == 0
    assert declare(store, ANI, T0 + LEAST, counter()) == 1
    assert declare(store, ANI, T0 + HOUR, counter()) == 0
    assert said(store) == [CalamityDeclared(PauseCode.OUTAGE, (), T0, None, REASON, ("x",))]
    answer(store, "x", T0 + 2 * HOUR)
    assert declare(store, ANI, T0 + 2 * HOUR + MINUTE, counter()) == 1
    assert said(store)[0] == CalamityEnded(T0 + 2 * HOUR, REASON)
    assert declare(store, ANI, NOW, counter()) == 0
    (exemption,) = store.law().exemptions
    assert (exemption.since, exemption.until, exemption.channels) == (T0, T0 + 2 * HOUR, frozenset({"x"}))


def test_the_central_server_s_own_outage_is_declared_once_it_is_back(store: Store) -> None:
    fail(store, CENTRAL, T0)
    answer(store, CENTRAL, T0 + HOUR)
    assert declare(store, ANI, T0 + HOUR, counter()) == 1
    (exemption,) = store.law().exemptions
    assert (exemption.channels, exemption.offices, exemption.until) == (frozenset(), frozenset(), T0 + HOUR)


def test_two_desks_name_the_same_window_and_the_slower_one_is_quiet(store: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "other.sqlite3", now=T0, policy=POLICY)
    begun = T0 // LEAST * LEAST
    for number, each in enumerate((store, other)):
        fail(each, "x", begun + number * MINUTE)
        answer(each, "x", begun + HOUR + number * MINUTE)
    assert declare(store, ANI, NOW, counter()) == declare(other, ANI, NOW + 40_000, counter()) == 1
    assert {op.report_id for op in store.ops()} == {op.report_id for op in other.ops()}
    (op,) = other.ops()
    other.central.settle([OpResult(op.id, "rejected", code="already_declared")], NOW)
    assert other.ops()[0].state is OpState.REJECTED
    declare(other, ANI, NOW + MINUTE, counter())
    assert other.ops([OpState.REJECTED]) == []
    other.close()


def test_whoever_only_reads_declares_nothing(store: Store) -> None:
    fail(store, "x", T0)
    assert declare(store, Actor("vera", Role.VIEWER), NOW, counter()) == 0


class Central:
    """A central server that says who is there and how much it has."""

    def __init__(self, reports: Mapping[str, int]) -> None:
        self.session = self
        self.reports = reports
        self.asked: list[str] = []

    def has_token(self) -> bool:
        return True

    async def actor(self) -> Actor:
        return ANI

    async def counts(self, day: str) -> Mapping[str, Any]:
        self.asked.append(day)
        return {"day": day, "reports": dict(self.reports)}


async def _at_once(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return call(*args, **named)


at_once: Any = _at_once


def test_days_are_counted_once_an_hour_and_only_while_the_server_answers(store: Store) -> None:
    now = [NOW]
    told: list[Notice] = []
    watch = Watch(store, clock=lambda: now[0], notify=told.append, randomness=counter())
    central: Any = Central({"x": 7})

    async def source(_day: str) -> dict[str, int]:
        return {"x": 9}

    def turn() -> int:
        return asyncio.run(watch.round(["x", "waze"], central, at_once, source))

    turn()
    assert central.asked == []  # it has not answered yet
    answer(store, CENTRAL, NOW)
    turn()
    now[0] += MINUTE
    turn()
    assert len(central.asked) == COUNTED_DAYS
    assert central.asked[0] == day_name(NOW)
    found, traffic = store.health.look(["x", "waze"], NOW)
    assert (found.days[0].source, found.days[0].central, found.days[0].desk) == (9, 7, 0)
    assert (traffic.days[0].source, traffic.days[0].central) == (None, 0)
    fail(store, CENTRAL, now[0])
    now[0] += 2 * HOUR
    turn()
    assert len(central.asked) == COUNTED_DAYS


def test_a_source_that_counts_is_asked_what_it_has_of_a_day(tmp_path: Path) -> None:
    series: dict[str, Any] = {"statusCode": 200, "result": [{"ts": "…", "count": "3"}, {"count": "4"}]}

    async def scene() -> dict[str, str]:
        async with serving(lambda _: Reply.json(series)) as served, bench(tmp_path) as desk:
            desk.channel("petabencana", served.url, admin="")
            assert await desk.engine.source_counts("2026-11-23") == {"petabencana": 7}
            desk.channel("petabencana", served.url, admin="ID-JK")  # the source counts the whole country
            assert await desk.engine.source_counts("2026-11-23") == {}
            desk.channel("petabencana", served.url, admin="")
            series["result"] = [{"count": {"never": "a number"}}]
            assert await desk.engine.source_counts("2026-11-23") == {}
            return served.asked[0].query

    assert asyncio.run(scene()) == {"start": "2026-11-23T00:00:00+0700", "end": "2026-11-23T23:59:59+0700"}


def test_a_channel_is_read_once_more_beside_its_ordinary_walk(tmp_path: Path) -> None:
    """What was missed comes in, what is here is known, and the ordinary walk goes on where it stood."""
    body = (ROOT / "tests/fixtures/channels/petabencana/reports.geojson.json").read_bytes()

    async def scene() -> None:
        async with serving(lambda _: Reply(body)) as served, bench(tmp_path) as desk:
            desk.channel("petabencana", served.url)
            await desk.once("petabencana")
            before = desk.store.channel_state("petabencana")
            count = len(desk.lines())
            assert count > 1
            since = desk.clock.now - 3 * HOUR
            outcome = await desk.engine.read_again("petabencana", since)
            assert outcome.ok
            assert outcome.pulled is not None
            assert (outcome.pulled.new, len(desk.lines())) == (0, count)
            assert int(served.asked[-1].query["timeperiod"]) >= 3 * 3600
            after = desk.store.channel_state("petabencana")
            assert (after.cursor, after.boundary) == (before.cursor, before.boundary)
            assert desk.told("reread")[0]["ok"] is True
            desk.channel("petabencana", "http://127.0.0.1:9")
            refused = await desk.engine.read_again("petabencana", since)
            assert refused.error is not None
            assert desk.told("reread")[1]["code"] == "offline"

    asyncio.run(scene())
