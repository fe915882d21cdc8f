"""What a person is shown: both photographs in one frame, and where they differ."""

from __future__ import annotations

import numpy as np
import pytest

from smartcity_desk.photos import compare
from smartcity_desk.photos.compare import Comparison, Fit
from smartcity_desk.photos.reading import read
from tests.photos import edits
from tests.photos.conftest import Street


def of(first: bytes, second: bytes) -> Comparison:
    return compare.compare(read(first).pixels, read(second).pixels)


def test_all_views_have_the_size_of_the_before_photo(one: Street) -> None:
    small = edits.jpeg(edits.smaller(edits.pixels_of(one.honest), 0.4))
    found = of(one.before, small)
    shapes = [read(view).pixels.shape for view in (found.before, found.after, found.difference)]
    assert shapes == [(600, 800, 3)] * 3
    assert read(found.after_plain).pixels.shape == (240, 320, 3)


def test_a_copy_is_moved_onto_its_original_and_only_the_change_is_bright(one: Street) -> None:
    changed = one.pixels.copy()
    changed[240:380, 300:480] = (210, 60, 60)
    found = of(one.before, edits.jpeg(changed[30:570, 40:760], 70))
    assert found.fit is Fit.COPY
    assert found.box is not None
    assert found.box == pytest.approx((300 / 800, 240 / 600, 480 / 800, 380 / 600), abs=0.07)
    light = read(found.difference).pixels.mean(axis=2)
    assert light[250:370, 310:470].mean() > 3 * light[400:560, 100:700].mean()
    assert (
        np.abs(read(found.after).pixels[450:550, 100:700].astype(int) - one.pixels[450:550, 100:700]).mean()
        < 8
    )
    assert read(found.difference).pixels[5, 5].tolist() == pytest.approx(
        [128, 128, 128], abs=6
    )  # was cut away


def test_an_honest_photograph_is_bent_into_the_frame_where_that_helps(streets: list[Street]) -> None:
    fits = [of(street.before, street.honest) for street in streets]
    assert sum(found.fit is Fit.PLACE for found in fits) >= len(streets) // 2
    assert all(found.box is None for found in fits if found.fit is not Fit.COPY)


def test_what_shows_something_else_is_only_scaled_into_the_frame(streets: list[Street]) -> None:
    tall = np.rot90(streets[1].pixels)
    found = of(streets[0].before, edits.jpeg(tall))
    assert found.fit is Fit.NONE
    shown = read(found.after).pixels
    assert shown.shape == (600, 800, 3)
    assert np.abs(shown[:, 5].astype(int) - 128).max() < 8  # nothing beside a tall picture in a wide frame
    middle = shown[:, 400 - 225 + 4 : 400 + 225 - 4]
    assert middle.std() > 20


def test_a_collage_is_shown_as_it_is(one: Street) -> None:
    collage = np.concatenate([one.pixels, edits.pixels_of(one.honest)], axis=1)
    assert of(one.before, edits.jpeg(collage)).fit is Fit.NONE


def test_another_hours_light_is_no_difference(one: Street) -> None:
    dark = (one.pixels * 0.6 + 20).astype(np.uint8)
    there = np.ones(one.pixels.shape[:2], bool)
    assert compare.difference(one.pixels, dark, there).mean() < 10
    assert compare.difference(one.pixels, one.pixels[:, ::-1], there).mean() > 40


def test_nothing_covered_is_all_grey(one: Street) -> None:
    assert np.unique(
        compare.difference(one.pixels, one.pixels, np.zeros(one.pixels.shape[:2], bool))
    ).tolist() == [128]
