"""The training city's layers by the real readers: whole, the same twice, rising in a flood, spoiled on order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from smartcity_desk.config import Settings
from smartcity_desk.domain.errors import AuthExpired, BadData, ConfigProblem, RateLimited, Rejected, Transient
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.domain.waterlevel import NORMAL, is_stale, trend
from smartcity_desk.place.layers import gauges
from smartcity_desk.place.layers.known import KNOWN, Draw
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.training.servers.layers import FAULTS, LayersServer, app, urls
from tests.layered import fetch_all, fill
from tests.training.conftest import NOW, SEED, Clock


def asked(folder: Path, directory: Directory, server: LayersServer, clock: Clock, *names: str) -> LayerShelf:
    shelf = LayerShelf(folder / "layers")
    asyncio.run(fetch_all(shelf, Settings(folder / "s.json"), directory, server, clock, names))
    return shelf


def test_every_layer_that_asks_a_server_comes_whole(directory: Directory, tmp_path: Path) -> None:
    assert set(urls("")) == set(KNOWN) - {"lalu_lintas"}
    shelf = fill(tmp_path / "layers", directory, NOW, seed=SEED)
    counts = {name: about.count for name in urls("") if (about := shelf.about(name)) is not None}
    assert counts["serat_optik"] == 267
    assert counts["penduduk"] == 267
    assert counts["pintu_air"] == 6
    assert counts["restoran"] == 4 * 267
    assert 267 < counts["menara"] <= 3 * 267
    assert 50 < counts["pos_polisi"] < counts["spbu"] < 267
    shops = shelf.about("restoran")
    assert shops is not None
    assert (shops.as_of, shops.licence) == ("2026-11-22T00:00:00.000Z", "")
    about = shelf.about("menara")
    assert about is not None
    assert (about.draw, about.source, about.as_of[:4]) == (Draw.POINT, "Kota latihan (data rekaan)", "2026")


def test_two_servers_of_one_seed_tell_the_same(directory: Directory, clock: Clock) -> None:
    one, other = (LayersServer(directory, SEED, clock) for _ in range(2))
    another = LayersServer(directory, SEED + 1, clock)
    for number in range(6):
        assert one.level(number, NOW) == other.level(number, NOW)
    assert one._layers["Serat_Optik"].features == other._layers["Serat_Optik"].features
    assert one._layers["Serat_Optik"].features != another._layers["Serat_Optik"].features
    assert app(directory, SEED, clock).routes


def test_a_flood_raises_the_gauges_and_history_says_since_when(
    directory: Directory, clock: Clock, tmp_path: Path
) -> None:
    begun = NOW - 2 * HOUR
    server = LayersServer(directory, SEED, clock, lambda at: min(1.0, max(0.0, (at - begun) / HOUR)))
    shelf = asked(tmp_path, directory, server, clock, "pintu_air")
    watches = gauges.watches(shelf)
    high = [one for one in watches.values() if one.siaga != NORMAL]
    assert len(high) == 5  # the sixth has no thresholds
    assert watches["905"].siaga == NORMAL
    for one in high:
        assert begun < one.crossed_at < NOW
        moved = trend(one.readings)
        assert moved is not None
        assert moved.by > 0
        assert moved.since is not None
    clock.now += 12 * HOUR
    server = LayersServer(directory, SEED, clock, lambda _: 0.0)
    asked(tmp_path, directory, server, clock, "pintu_air")
    assert {one.siaga for one in gauges.watches(shelf).values()} == {NORMAL}


def test_a_flood_of_its_own_comes_every_few_days(directory: Directory, clock: Clock) -> None:
    server = LayersServer(directory, SEED, clock)
    levels = [server.level(1, NOW + at * 30 * MINUTE) for at in range(480)]
    assert max(levels) > 7_500
    assert sorted(levels)[240] < 5_500


KINDS: dict[tuple[str, str], type[Exception]] = {
    ("", "token"): AuthExpired,
    ("", "error_inside"): Rejected,
    ("penduduk", "error_inside"): BadData,
    ("", "remark"): Transient,
    ("", "429"): RateLimited,
    ("", "500"): Transient,
    ("", "504"): Transient,
    ("", "html"): Transient,
    ("", "collapse"): BadData,
}


@pytest.mark.parametrize(
    ("layer", "fault"),
    [
        (layer, fault)
        for layer, faults in FAULTS.items()
        for fault in faults
        if layer
        not in {"serat_optik", "pos_polisi", "spbu"}  # by the same servers as `menara` and `restoran`
        and (layer, fault) not in {("pintu_air", "stale"), ("pintu_air", "collapse")}  # which are answers
    ],
)
def test_faults_on_order_spoil_one_answer_and_cost_nothing(
    directory: Directory, clock: Clock, tmp_path: Path, layer: str, fault: str
) -> None:
    server = LayersServer(directory, SEED, clock)
    shelf = LayerShelf(tmp_path / "layers")
    settings = Settings(tmp_path / "s.json")

    def once() -> Exception | None:
        return asyncio.run(fetch_all(shelf, settings, directory, server, clock, (layer,)))[layer].error

    assert once() is None
    before = shelf.about(layer)
    server.spoil(layer, fault)
    problem = once()
    assert isinstance(problem, KINDS.get((layer, fault), KINDS["", fault]))
    assert not isinstance(problem, BadData) or (fault == "collapse") == (
        problem.params["key"] == "layer_collapse"
    )
    assert shelf.about(layer) == before
    assert once() is None


def test_a_feed_that_lost_its_gauges_keeps_the_edition_before(
    directory: Directory, clock: Clock, tmp_path: Path
) -> None:
    server = LayersServer(directory, SEED, clock)
    shelf = asked(tmp_path, directory, server, clock, "pintu_air")
    server.spoil("pintu_air", "collapse")
    asyncio.run(fetch_all(shelf, Settings(tmp_path / "s.json"), directory, server, clock, ("pintu_air",)))
    now, before = shelf.about("pintu_air"), shelf.before("pintu_air")
    assert now is not None
    assert before is not None
    assert (now.count, before.count, len(gauges.watches(shelf))) == (1, 6, 6)


def test_gauges_that_stand_still_are_stale(directory: Directory, clock: Clock, tmp_path: Path) -> None:
    server = LayersServer(directory, SEED, clock)
    server.spoil("pintu_air", "stale")
    shelf = asked(tmp_path, directory, server, clock, "pintu_air")
    assert all(is_stale(one.station.reading, NOW) for one in gauges.watches(shelf).values())


def test_orders_that_nobody_can_take(directory: Directory, clock: Clock) -> None:
    server = LayersServer(directory, SEED, clock)
    for layer, fault in (("menara", "x"), ("menara", "stale"), ("x", "429")):
        with pytest.raises(ConfigProblem):
            server.spoil(layer, fault)
