"""A gauge above its threshold: one calm line, once a crossing, gone when the water has gone, honest about silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from smartcity_desk import config
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.domain.waterlevel import Reading, Station, Thresholds, Watch, step
from smartcity_desk.place.layers import gauges
from smartcity_desk.ui.layers import shelf_of
from smartcity_desk.ui.triage.waterbar import WaterBar, gauge_words
from tests.ui.kit import NOW, Kit, show, until

MANGGARAI = Station(
    "160",
    "P.A. Manggarai\u202e",
    "Ciliwung",
    -6.2077,
    106.848,
    Thresholds(9500, 8500, 7500),
    Reading(7410, NOW - 50 * MINUTE),
)


def at(level: int, when: int, before: Watch | None = None, key: str = "160") -> Watch:
    return step(before, replace(MANGGARAI, key=key, reading=Reading(level, when)))


RISEN = at(7620, NOW - 8 * MINUTE, at(7410, NOW - 50 * MINUTE))


@pytest.fixture
def bar(kit: Kit) -> Iterator[WaterBar]:
    found = WaterBar(kit.desk)
    show(found)
    found.hide()
    found.retranslate()
    yield found
    found.stop()
    found.close()
    found.deleteLater()


def test_the_line_says_what_was_read_and_when() -> None:
    assert gauge_words(RISEN, NOW) == (
        "▲ P.A. Manggarai Siaga 3 — 762 cm, naik 21 cm sejak 08.10, diperbarui 8 m lalu"
    )
    alone = at(7620, NOW - 8 * MINUTE)
    assert gauge_words(alone, NOW) == "▲ P.A. Manggarai Siaga 3 — 762 cm, diperbarui 8 m lalu"
    told = replace(alone, station=replace(alone.station, before=7680))
    assert "turun 6 cm," in gauge_words(told, NOW)
    steady = replace(alone, station=replace(alone.station, before=7617))
    assert "tetap" in gauge_words(steady, NOW)


def test_a_silent_gauge_is_told_as_silent() -> None:
    said = gauge_words(RISEN, NOW + 2 * HOUR)
    assert said.startswith("△")
    assert "tidak ada bacaan sejak hari ini 08.52" in said
    assert "tidak diketahui" in said


def test_it_comes_once_a_crossing_and_goes_when_the_water_has_gone(kit: Kit, bar: WaterBar) -> None:
    bar.show_watches([])
    assert not bar.isVisible()
    bar.show_watches([RISEN])
    assert bar.isVisible()
    bar.away.click()
    assert not bar.isVisible()
    higher = at(7680, NOW - MINUTE, RISEN)
    bar.show_watches([higher])
    assert not bar.isVisible()  # the same crossing
    assert kit.desk.settings.get(config.WATER_SEEN) == [RISEN.crossing]
    worse = at(8600, NOW, higher)
    bar.show_watches([worse])
    assert "Siaga 2" in bar.said.text()
    assert bar.said.property("tone") == "overdue"
    bar.show_watches([at(6_000, NOW + MINUTE, worse)])
    assert not bar.isVisible()


def test_several_are_counted_and_the_map_opens_there(kit: Kit, bar: WaterBar) -> None:
    opened: list[tuple[float, float]] = []
    bar.wanted.connect(lambda lat, lon: opened.append((lat, lon)))
    bar.show_watches([RISEN, at(8_700, NOW, key="161")])
    assert "Siaga 2" in bar.said.text()
    assert "(1 pos lain)" in bar.said.text()
    bar.open.click()
    assert opened == [(-6.2077, 106.848)]


def test_what_the_child_remembered_is_read_when_it_tells(kit: Kit, bar: WaterBar) -> None:
    bar.start()
    gauges.remember(shelf_of(kit.desk), [replace(MANGGARAI, reading=Reading(8_600, NOW))], NOW)
    kit.desk.bridge.layers_changed.emit({"layer": "spbu", "ok": True})
    kit.settle()
    assert not bar.isVisible()
    kit.desk.bridge.layers_changed.emit({"layer": "pintu_air", "ok": True})
    until(bar.isVisible)
    assert "Siaga 2" in bar.said.text()
