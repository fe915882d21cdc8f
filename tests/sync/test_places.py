"""What comes in is placed, what waited is placed when boundaries come, and what an office has stays as it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.events import EventKind, PlaceSet, RoutingSent
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.report import PlaceQuality, Report
from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.sync import places as module
from smartcity_desk.sync.places import COARSE_M, Places, accuracy
from tests.conftest import ROOT
from tests.domain.builders import DIRECTORY, MENTENG, TEBET
from tests.fakes.http_server import Reply, serving
from tests.store.helpers import do, made, one
from tests.sync.bench import Bench, bench

PAGE = (ROOT / "tests/fixtures/channels/petabencana/reports.geojson.json").read_bytes()


@dataclass
class Borders:
    """Stands in for a library: one answer for every point, and the edition that gave it."""

    edition: str = "perkiraan"
    answer: Location = field(
        default_factory=lambda: Location(PlaceBadge.APPROXIMATE, TEBET, MENTENG, 700, "perkiraan")
    )
    asked: list[tuple[float, float, float | None]] = field(default_factory=list)

    def resolver(self) -> Borders:
        return self

    def finder(self) -> Words:
        return Words()

    def locate(self, lat: float, lon: float, accuracy_m: float | None) -> Location:
        self.asked.append((lat, lon, accuracy_m))
        return self.answer


class Words:
    def locate(self, text: str) -> Location:
        return (
            Location(PlaceBadge.NAMED, TEBET, edition="x")
            if "tebet" in text.lower()
            else Location(PlaceBadge.NONE)
        )


def places(borders: Borders) -> Places:
    return Places(borders)  # type: ignore[arg-type]


def test_a_page_of_a_channel_is_placed_with_the_edition_that_placed_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        library = PlaceLibrary(tmp_path / "place", lambda: builtin_directory(0))
        async with bench(tmp_path) as desk, serving(lambda _: Reply(PAGE)) as source:
            desk.engine = desk.new_engine(places=Places(library))
            desk.channel("petabencana", source.url)
            await desk.once("petabencana")
            found = [line.report for line in desk.lines()]
            assert found
            for report in found:
                assert report.location is not None
                assert report.location.badge in (PlaceBadge.APPROXIMATE, PlaceBadge.OUTSIDE, PlaceBadge.NONE)
                assert report.location.edition == "perkiraan"
            assert any(report.location and report.location.place for report in found)

    asyncio.run(scenario())


def test_a_point_says_more_than_words_and_words_more_than_nothing() -> None:
    borders = Borders()
    here = places(borders)
    assert here.locate(made(1, lat=-6.2, lon=106.8, accuracy_m=12.0)).badge is PlaceBadge.APPROXIMATE
    assert borders.asked == [(-6.2, 106.8, 12.0)]
    assert here.locate(made(2, text="banjir di Tebet")).badge is PlaceBadge.NAMED
    assert here.locate(made(3, lat=0.0, lon=0.0, text="kosong")).badge is PlaceBadge.NONE


@pytest.mark.parametrize(
    ("report", "metres"),
    [
        (made(1, accuracy_m=30.0), 30.0),
        (made(1), None),
        (made(1, place_quality=PlaceQuality.COARSE), COARSE_M),
        (made(1, accuracy_m=float("nan")), None),
        (made(1, accuracy_m=-3.0), None),
    ],
)
def test_how_far_a_point_can_err(report: Report, metres: float | None) -> None:
    assert accuracy(report) == metres


def test_what_came_before_the_boundaries_is_placed_by_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)

    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            desk.store.set_directory(DIRECTORY, None, desk.clock.now)
            borders = Borders()
            here = places(borders)
            fresh = [made(number, lat=-6.2, lon=106.8) for number in range(1, 6)]
            desk.store.ingest("petabencana", here.placed(fresh), checkpoint=None, now=desk.clock.now)
            one(do(desk.store, EventKind.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya"), fresh[0]))
            one(do(desk.store, EventKind.PLACE_SET, PlaceSet(MENTENG, TEBET), fresh[1]))
            assert _walk(here, desk) == [], "nothing better is known"
            borders.edition, borders.answer = "e1", Location(PlaceBadge.SURE, MENTENG, TEBET, 300, "e1")
            assert _walk(here, desk) == [3, 4, 5]
            assert here.catch_up(desk.store, 0) == ([], None)
            badges = {line.pk: line.report.location.badge for line in desk.lines() if line.report.location}
            assert badges == {
                1: PlaceBadge.APPROXIMATE,
                2: PlaceBadge.APPROXIMATE,
                **dict.fromkeys((3, 4, 5), PlaceBadge.SURE),
            }
            assert {line.pk: line.place for line in desk.lines()} == {
                1: TEBET,
                **dict.fromkeys((2, 3, 4, 5), MENTENG),
            }

    asyncio.run(scenario())


def _walk(here: Places, desk: Bench) -> list[int]:
    changed: list[int] = []
    after: int | None = 0
    while after is not None:
        more, after = here.catch_up(desk.store, after)
        changed += more
    return sorted(changed)
