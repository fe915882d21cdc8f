"""A copy lies still on its original all over; a second photograph of the place does not."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from smartcity_desk.photos import align
from smartcity_desk.photos.align import Overlay, features, overlay
from smartcity_desk.photos.reading import read
from tests.photos import edits
from tests.photos.conftest import Street


def laid(first: bytes, second: bytes) -> Overlay | None:
    return overlay(features(read(first).pixels), features(read(second).pixels))


def is_same(first: bytes, second: bytes) -> bool:
    found = laid(first, second)
    return found is not None and found.same_frame


@pytest.mark.parametrize("how", ["crop", "quality", "resize", "all"])
def test_what_was_sent_on_is_the_same_frame(streets: list[Street], how: str) -> None:
    for street in streets[:4]:
        assert is_same(street.before, edits.reused(street.before, how, np.random.default_rng(street.seed)))


@pytest.mark.parametrize("how", edits.FINISHES)
def test_what_an_editor_does_to_the_whole_picture_does_not_hide_it(streets: list[Street], how: str) -> None:
    done = [edits.finish(street.pixels, how, np.random.default_rng(street.seed)) for street in streets[:4]]
    assert all(
        is_same(street.before, edits.jpeg(pixels)) for street, pixels in zip(streets, done, strict=False)
    )


def test_what_was_changed_in_place_is_the_same_frame(streets: list[Street]) -> None:
    assert sum(is_same(street.before, street.edited) for street in streets) >= len(streets) - 1


def test_an_honest_photograph_of_the_same_spot_is_another_frame(streets: list[Street]) -> None:
    assert sum(is_same(street.before, street.honest) for street in streets) <= 1


def test_another_street_is_another_frame(streets: list[Street]) -> None:
    for first, second in pairwise(streets):
        assert not is_same(first.before, second.before)


def test_the_changed_region_is_told_where_it_is(one: Street) -> None:
    changed = one.pixels.copy()
    changed[200:360, 400:600] = np.random.default_rng(1).integers(0, 255, (160, 200, 3))
    found = laid(one.before, edits.jpeg(changed))
    assert found is not None
    assert found.box is not None
    assert found.box == pytest.approx((0.5, 1 / 3, 0.75, 0.6), abs=0.06)
    assert found.region == pytest.approx(160 * 200 / (800 * 600), abs=0.03)
    assert found.outside > 0.95 > found.equal


def test_a_copy_that_was_cut_and_turned_lies_where_it_was_cut_from(one: Street) -> None:
    turn = cv2.getRotationMatrix2D((400, 300), 3.0, 1.0)
    second = cv2.warpAffine(one.pixels, turn, (800, 600))[60:560, 80:760]
    found = overlay(features(one.pixels), features(second))
    assert found is not None
    assert found.same_frame
    back = np.linalg.inv(np.vstack([turn, [0, 0, 1]])) @ np.array([[1, 0, 80], [0, 1, 60], [0, 0, 1]])
    for x, y in ((0, 0), (679, 0), (679, 499), (0, 499)):
        where, there = found.matrix @ [x, y, 1], back @ [x, y, 1]
        assert np.hypot(*(where - there)[:2]) < 1.5


def test_the_same_two_photographs_always_give_the_same_answer(one: Street) -> None:
    first, again = laid(one.before, one.honest), laid(one.before, one.honest)
    assert first is not None
    assert again is not None
    assert (first.still, first.equal, first.outside) == (again.still, again.equal, again.outside)
    assert np.array_equal(first.matrix, again.matrix)


def test_a_collage_of_before_and_after_is_no_frame_handed_in_again(streets: list[Street]) -> None:
    """Many offices send both photographs in one."""
    for street in streets[:3]:
        for axis in (0, 1):
            collage = np.concatenate([street.pixels, edits.pixels_of(street.honest)], axis=axis)
            found = laid(street.before, edits.jpeg(collage))
            assert found is not None
            assert found.copied
            assert found.shown == pytest.approx(0.5, abs=0.05)
            assert not found.same_frame


@pytest.mark.parametrize("size", [(600, 800), (1, 4000), (4000, 1), (50, 50)])
def test_where_nothing_is_drawn_nothing_is_said(size: tuple[int, int], one: Street) -> None:
    blank = features(np.full((*size, 3), 120, np.uint8))
    assert overlay(blank, blank) is None
    assert overlay(blank, features(one.pixels)) is None
    assert overlay(features(one.pixels), blank) is None


def test_a_stamp_in_the_corner_makes_no_two_photographs_the_same(streets: list[Street]) -> None:
    """Applications print place and time into every photograph, in the same spot and type."""

    def stamped(pixels: np.ndarray) -> np.ndarray:
        out = pixels.copy()
        cv2.rectangle(out, (0, 450), (360, 600), (240, 240, 240), -1)
        for line, text in enumerate(("Kel. Contoh, Jakarta", "6.2000 S 106.8000 E", "05 Apr 2026 16:30 WIB")):
            cv2.putText(out, text, (12, 490 + 40 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2)
        return out

    for first, second in pairwise(streets):
        found = overlay(features(stamped(first.pixels)), features(stamped(second.pixels)))
        assert found is None or not found.same_frame


@settings(max_examples=25)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 70), st.just(3))))
def test_no_picture_breaks_it(pixels: np.ndarray) -> None:
    ready = features(pixels)
    assert max(ready.grey.shape) == align.LONG_SIDE
    found = overlay(ready, ready)
    assert found is None or 0 <= found.still <= 1
