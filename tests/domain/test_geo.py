"""What a position is worth."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.geo import inside_city, judge
from smartcity_desk.domain.report import PlaceQuality


@pytest.mark.parametrize(
    ("lat", "lon", "quality"),
    [
        (-6.2, 106.82, PlaceQuality.EXACT),
        (-5.61, 106.55, PlaceQuality.EXACT),  # Kepulauan Seribu
        (0, 0, PlaceQuality.NONE),
        (0.0, -0.0, PlaceQuality.NONE),
        (106.82, -6.2, PlaceQuality.OUTSIDE),  # exchanged: kept as it was reported
        (-6.9, 107.6, PlaceQuality.OUTSIDE),  # Bandung
        (6.2, 106.82, PlaceQuality.OUTSIDE),  # the wrong side of the equator
    ],
)
def test_quality(lat: float, lon: float, quality: PlaceQuality) -> None:
    assert judge(lat, lon) is quality


def test_the_middle_of_something_is_coarse() -> None:
    assert judge(-6.2, 106.82, coarse=True) is PlaceQuality.COARSE


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_no_position(bad: float) -> None:
    with pytest.raises(ValueError, match="position"):
        judge(bad, 106.8)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_every_position_has_a_quality(lat: float, lon: float) -> None:
    assert (judge(lat, lon) is PlaceQuality.EXACT) == (inside_city(lat, lon) and (lat, lon) != (0, 0))
