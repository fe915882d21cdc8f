"""What a position from a channel is worth before anybody looked at it."""

from __future__ import annotations

import math
from typing import Final

from smartcity_desk.domain.report import PlaceQuality

WEST: Final = 106.37
EAST: Final = 106.99
SOUTH: Final = -6.39
NORTH: Final = -5.18
"""The province with Kepulauan Seribu, in degrees (EPSG:4326), about 1.5 km wider than its kelurahan borders."""

_EARTH_M: Final = 6_371_009
"""Mean radius."""


def inside_city(lat: float, lon: float) -> bool:
    """Whether a position lies in the box around the province."""
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> int:
    """Whole metres between two positions in degrees, along the ground (a sphere is right to half a percent)."""
    south, north = math.radians(lat), math.radians(other_lat)
    half_up, half_over = (north - south) / 2, math.radians(other_lon - lon) / 2
    chord = math.sin(half_up) ** 2 + math.cos(south) * math.cos(north) * math.sin(half_over) ** 2
    return round(2 * _EARTH_M * math.asin(math.sqrt(min(1.0, chord))))


def judge(lat: float, lon: float, *, coarse: bool = False) -> PlaceQuality:
    """The quality of a reported position. `coarse` says that it is the middle of something named.

    0,0 is what broken devices send: NONE. Everything outside the box is OUTSIDE and stays as it was reported, also
    when latitude and longitude look exchanged: an office is charged by place, so a guess must not move a report into
    somebody's territory; the operator sees the numbers and places it. Raises `ValueError` for what is no number.
    """
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise ValueError("not a position")
    if lat == 0 and lon == 0:
        return PlaceQuality.NONE
    if not inside_city(lat, lon):
        return PlaceQuality.OUTSIDE
    return PlaceQuality.COARSE if coarse else PlaceQuality.EXACT
