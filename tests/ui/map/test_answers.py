"""What the page gets to draw: never more than the table's list, and its marks with it."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.ui.map import answers, grid
from smartcity_desk.ui.map.answers import Kind, Viewer, Wanted
from smartcity_desk.ui.map.points import Band, PointBook, Shown
from tests.ui.kit import NOW
from tests.ui.map.test_grid import window_around

HOUR = 3_600_000


class Fixed(PointBook):
    """Points by formula: report `pk` was made `pk` hours ago, somewhere in the city."""

    def shown(self, pks: array[int], now: int) -> Shown:
        pk = np.array(pks, dtype=np.int64)
        draw = np.random.default_rng(5)
        spread = draw.normal(0, 0.03, (100_000, 2))[pk]
        x, y = grid.to_world(-6.2 + spread[:, 0], 106.83 + spread[:, 1])
        band = (pk % 3).astype(np.uint8)
        place = (pk % 2).astype(np.uint16)
        return Shown(len(pk) + 7, pk, x, y, band, now - pk * HOUR, place, ("", "31.74.01.1001"))


def viewer(count: int, marked: frozenset[int] | None = frozenset()) -> Viewer:
    made = Viewer(Fixed())
    made.lay(array("q", range(1, count + 1)), marked)
    return made


def read(body: bytes) -> tuple[np.ndarray, np.ndarray]:
    words = np.frombuffer(body[:32], dtype="<i4")
    rest = np.frombuffer(body[32:], dtype="<i4" if words[0] != Kind.HEAT else np.uint8)
    return words, rest.reshape(-1, 8) if words[0] != Kind.HEAT else rest


CITY = window_around(11, -6.2, 106.83, 1400, 1200)


@pytest.mark.parametrize(
    ("count", "zoom", "kind"), [(300, 11, Kind.POINTS), (9_000, 11, Kind.SQUARES), (9_000, 13, Kind.CLUSTERS)]
)
def test_squares_then_clusters_then_points(count: int, zoom: int, kind: Kind) -> None:
    window = window_around(zoom, -6.2, 106.83, 1400, 1200)
    head, records = read(viewer(count).draw(Wanted(window), NOW))
    assert head[0] == kind
    assert head[1] == len(records)
    assert head[3] == 7
    shown = viewer(count).shown(NOW)
    inside = int(grid.inside(shown.x, shown.y, window).sum())
    assert head[2] == inside
    assert (len(records) if kind is Kind.POINTS else records[:, 2].sum()) == inside
    if kind is not Kind.POINTS:
        late = (shown.band == Band.OVERDUE) & grid.inside(shown.x, shown.y, window)
        assert records[:, 3].sum() == late.sum()


@given(st.frozensets(st.integers(1, 9_000), max_size=50), st.booleans())
def test_the_marks_are_the_tables(marked: frozenset[int], near: bool) -> None:
    window = window_around(13 if near else 11, -6.2, 106.83, 3000, 3000)
    made = viewer(9_000, marked)
    shown = made.shown(NOW)
    inside = set(shown.pk[grid.inside(shown.x, shown.y, window)].tolist())
    _, records = read(made.draw(Wanted(window), NOW))
    assert records[:, 5].sum() == len(marked & inside)


def test_all_that_match_means_every_point_is_marked() -> None:
    _, records = read(viewer(200, None).draw(Wanted(CITY), NOW))
    assert records[:, 4].all()
    _, cells = read(viewer(9_000, None).draw(Wanted(CITY), NOW))
    assert (cells[:, 5] == cells[:, 2]).all()


def test_the_most_urgent_is_drawn_last() -> None:
    _, records = read(viewer(300).draw(Wanted(CITY), NOW))
    assert records[-1, 3] == Band.OVERDUE
    assert (np.diff(records[:, 3]) <= 0).all()


def test_time_leaves_only_its_stretch() -> None:
    wanted = Wanted(CITY, since=NOW - 10 * HOUR, until=NOW)
    _, records = read(viewer(300).draw(wanted, NOW))
    assert sorted(records[:, 2]) == list(range(1, 11))


def test_heat_comes_as_bytes() -> None:
    head, field = read(viewer(300).draw(Wanted(CITY, heat=True), NOW))
    assert head[0] == Kind.HEAT
    assert len(field) == head[6] * head[7]
    assert field.max() >= 254


def test_a_lasso_takes_what_is_shown_and_nothing_else() -> None:
    made = viewer(300)
    ring = [(-6.0, 106.5), (-6.0, 107.2), (-6.5, 107.2), (-6.5, 106.5)]
    assert made.lasso(ring, None, None, NOW) == frozenset(range(1, 301))
    assert made.lasso(ring, NOW - 2 * HOUR, NOW + 1, NOW) == {1, 2}
    assert made.lasso(ring[:2], None, None, NOW) == frozenset()
    far = [(lat + 3, lon) for lat, lon in ring]
    assert made.lasso(far, None, None, NOW) == frozenset()


def test_overdue_by_kelurahan_counts_the_list() -> None:
    made = viewer(300)
    expected = sum(1 for pk in range(1, 301) if pk % 3 == 0 and pk % 2 == 1)
    assert made.late_by_place(NOW) == {"31.74.01.1001": expected}


def test_bands_are_worked_out_again_after_a_while() -> None:
    made = viewer(3)
    first = made.shown(NOW)
    assert made.shown(NOW + 1) is first
    assert made.shown(NOW + 20_000) is not first
    made.touch()
    assert made.shown(NOW + 20_000) is not first


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"z": "11", "x": "0", "y": "0", "w": "a", "h": "1"},
        {"z": "11", "x": "0", "y": "0", "w": "100000", "h": "1"},
        {"z": "1e3", "x": "0", "y": "0", "w": "1", "h": "1"},
    ],
)
def test_a_question_that_no_page_asks_is_refused(question: dict[str, str]) -> None:
    with pytest.raises((ValueError, KeyError)):
        Wanted.of(question)


def test_a_question_is_read() -> None:
    asked = {"z": "11", "x": "-3", "y": "4", "w": "10", "h": "20", "since": "5", "until": "6", "heat": "1"}
    assert Wanted.of(asked) == Wanted(grid.Window(11, -3, 4, 10, 20), True, 5, 6)
    assert answers.POINTS_MOST == 2_000
