"""What keeps an entry from being a report, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.entry import (
    AHEAD_MS,
    CALLER_MOST,
    CITY,
    FILES_MOST,
    OLDEST_MS,
    PLACE_MOST,
    TEXT_LEAST,
    TEXT_MOST,
    Entry,
    Fault,
    faults,
)

NOW = 1_795_399_200_000
GOOD = Entry("01936f3c-1000-7000-8000-000000000001", NOW, "Lampu jalan mati")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"text": " x" * 3}, Fault.TEXT_SHORT),
        ({"text": "x" * (TEXT_MOST + 1)}, Fault.TEXT_LONG),
        ({"place": "x" * (PLACE_MOST + 1)}, Fault.PLACE_LONG),
        ({"caller_name": "x" * (CALLER_MOST + 1)}, Fault.CALLER_LONG),
        ({"caller_phone": "0" * (CALLER_MOST + 1)}, Fault.CALLER_LONG),
        ({"at": NOW + AHEAD_MS + 1}, Fault.FUTURE),
        ({"at": NOW - OLDEST_MS - 1}, Fault.TOO_OLD),
        ({"lat": -6.2}, Fault.HALF_POINT),
        ({"lon": 106.8}, Fault.HALF_POINT),
        ({"lat": float("nan"), "lon": 106.8}, Fault.BAD_POINT),
        ({"lat": -96.2, "lon": 106.8}, Fault.BAD_POINT),
        ({"lat": 48.1, "lon": 11.5}, Fault.FAR_POINT),
        ({"files": ("a",) * (FILES_MOST + 1)}, Fault.MANY_FILES),
    ],
)
def test_each_fault_has_its_name(changes: dict[str, Any], fault: Fault) -> None:
    assert faults(replace(GOOD, **changes), NOW) == (fault,)


@given(
    st.text(min_size=TEXT_LEAST, max_size=200).filter(lambda text: len(text.strip()) >= TEXT_LEAST),
    st.integers(NOW - OLDEST_MS, NOW + AHEAD_MS),
    st.none() | st.tuples(st.floats(CITY[0], CITY[2]), st.floats(CITY[1], CITY[3])),
)
def test_what_is_complete_may_be_saved(text: str, at: int, point: tuple[float, float] | None) -> None:
    lat, lon = point or (None, None)
    assert faults(replace(GOOD, text=text, at=at, lat=lat, lon=lon), NOW) == ()


def test_several_faults_come_in_the_order_of_the_form() -> None:
    found = faults(replace(GOOD, text="", at=NOW + AHEAD_MS + 1, lat=1.0), NOW)
    assert found == (Fault.FUTURE, Fault.TEXT_SHORT, Fault.HALF_POINT)
