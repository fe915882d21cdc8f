"""The map over sixty reports with a point each, its page open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.ui.map.face import MapFace
from smartcity_desk.ui.map.said import Said
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import Kit, make_report, until
from tests.ui.triage.conftest import opened

REPORTS = 60


def placed(n: int, **fields: Any) -> Any:
    """The n-th report, with a point of its own in the middle of the city."""
    point = {"lat": -6.2 + (n % 8) / 400, "lon": 106.83 + (n // 8) / 400, "place_quality": PlaceQuality.EXACT}
    return make_report(n, **(point | fields))


@dataclass
class OpenMap:
    """A screen that shows its map, and what the page said of each picture."""

    kit: Kit
    screen: TriageScreen
    drawn: list[Said] = field(default_factory=list)

    @property
    def face(self) -> MapFace:
        """The map."""
        return self.screen.map.face

    def after(self, deed: Callable[[], object]) -> Said:
        """Do something and wait for the next picture that has the newest list."""
        before = len(self.drawn)
        deed()
        self.kit.settle()  # what was asked for is there; the page may still paint an older list
        until(lambda: len(self.drawn) > before and self.drawn[-1].serial >= self.face.viewer.serial)
        self.kit.settle()
        return self.drawn[-1]

    def js(self, script: str) -> Any:
        """What a script in the page comes to."""
        answer: list[Any] = []
        assert self.face.stage.view is not None
        self.face.stage.view.web.page().runJavaScript(script, 0, answer.append)
        until(lambda: bool(answer))
        return answer[0]


@pytest.fixture
def city_map(kit: Kit) -> Iterator[OpenMap]:
    """The map of all sixty."""
    kit.ingest([placed(n) for n in range(REPORTS)])
    screen = opened(kit)
    made = OpenMap(kit, screen)
    screen.show_face("map")
    screen.map.face.drawn.connect(made.drawn.append)
    screen.activate()
    until(lambda: bool(made.drawn) and made.drawn[-1].total == REPORTS)
    kit.settle()
    yield made
    kit.settle()
    screen.deactivate()
    screen.close()
