"""Columns in memory: the same states as the table shows, and followed when the store changes."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.events import EventKind, PlaceSet
from smartcity_desk.domain.policy import DueBand, band
from smartcity_desk.domain.report import PlaceQuality, ReportKind, Status
from smartcity_desk.store.positions import CONTEXT, OPEN, VERIFY
from smartcity_desk.ui.map.points import Band, PointBook, bands
from tests.ui.kit import NOW, OPERATOR, TEBET_TIMUR, Kit, make_report

MS = st.one_of(st.just(0), st.integers(NOW - 10**8, NOW + 10**8))
_WORDS = {
    DueBand.OVERDUE: Band.OVERDUE,
    DueBand.SOON: Band.SOON,
    DueBand.IN_TIME: Band.IN_TIME,
    DueBand.PAUSED: Band.PAUSED,
}


def placed(n: int, **fields: Any) -> Any:
    values = {"lat": -6.2 - n / 1000, "lon": 106.8 + n / 1000, "place_quality": PlaceQuality.EXACT}
    return make_report(n, **(values | fields))


@given(st.lists(st.tuples(MS, MS, st.booleans(), st.booleans()), max_size=40))
def test_bands_are_those_of_the_table(rows: list[tuple[int, int, bool, bool]]) -> None:
    due, paused = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    flags = np.array([OPEN * row[2] + VERIFY * row[3] for row in rows], dtype=np.uint8)
    found = bands(due, paused, flags, NOW)
    for got, (due_at, until, is_open, verify) in zip(found, rows, strict=True):
        kind = band(due_at or None, until > NOW, NOW)
        if verify:
            urgent = kind in (DueBand.OVERDUE, DueBand.SOON)
            assert got == (_WORDS[kind] if urgent else Band.VERIFY)
        elif kind is not DueBand.NONE:
            assert got == _WORDS[kind]
        else:
            assert got == (Band.OPEN if is_open else Band.CLOSED)


def test_context_is_drawn_as_context() -> None:
    flags = np.array([CONTEXT | OPEN], dtype=np.uint8)
    assert bands(np.zeros(1, np.int64), np.zeros(1, np.int64), flags, NOW)[0] == Band.CONTEXT


def test_all_that_have_a_point_are_there_in_the_lists_order(kit: Kit) -> None:
    kit.ingest([placed(0), make_report(1), placed(2)])
    book = PointBook()
    book.load(kit.desk.store)
    shown = book.shown(array("q", [3, 2, 1]), NOW)
    assert (shown.total, shown.pk.tolist()) == (3, [3, 1])
    assert book.position(1) == pytest.approx((-6.2, 106.8), abs=1e-6)
    assert book.position(2) is None
    assert book.position(99) is None


def test_the_moved_point_is_shown(kit: Kit) -> None:
    kit.ingest([placed(0)])
    book = PointBook()
    book.load(kit.desk.store)
    payload = PlaceSet(TEBET_TIMUR, lat=-6.3, lon=106.9)
    [report] = [detail.report.id for detail in [kit.desk.store.report(1)] if detail is not None]
    result = kit.desk.store.act(
        EventKind.PLACE_SET, payload, [report], actor=OPERATOR, now=NOW, randomness=kit.desk.randomness
    )
    assert result is not None
    book.follow(kit.desk.store, kit.desk.store.pks_of([report, "nobody"]))
    assert book.position(1) == pytest.approx((-6.3, 106.9), abs=1e-6)
    shown = book.shown(array("q", [1]), NOW)
    assert shown.places[shown.place[0]] == TEBET_TIMUR


def test_what_arrives_later_and_what_loses_its_point(kit: Kit) -> None:
    kit.ingest([placed(0)])
    book = PointBook()
    book.load(kit.desk.store)
    kit.ingest([placed(n) for n in range(1, 30)])
    kit.ingest([replace(make_report(0), changed_at=NOW, text="pindah")])
    book.follow(kit.desk.store, [1])
    assert book.newest == 30
    assert len(book.shown(array("q", range(1, 31)), NOW)) == 29
    book.follow(kit.desk.store, None)
    assert len(book.shown(array("q", range(1, 31)), NOW)) == 29


def test_live_traffic_is_what_has_not_ended(kit: Kit) -> None:
    live = placed(1, kind=ReportKind.CONTEXT, reported_at=NOW - 1_000, source_status=Status.NEW)
    kit.ingest(
        [live, placed(2, kind=ReportKind.CONTEXT, reported_at=NOW - 1_000, source_status=Status.ENDED)]
    )
    book = PointBook()
    book.load(kit.desk.store)
    [(lat, lon)] = book.traffic(NOW)
    assert (lat, lon) == pytest.approx((live.lat, live.lon), abs=1e-6)
    assert book.traffic(NOW + 2 * 86_400_000) == []
