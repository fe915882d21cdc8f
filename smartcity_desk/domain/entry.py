"""A report that an operator enters for somebody: by telephone, at the counter, by letter. What is missing in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.times import DAY, MINUTE

TEXT_LEAST: Final = 10
"""Letters: fewer tell no office what to do."""
TEXT_MOST: Final = 10_000
PLACE_MOST: Final = 300
CALLER_MOST: Final = 200
FILES_MOST: Final = 8
OLDEST_MS: Final = 366 * DAY
AHEAD_MS: Final = 5 * MINUTE
"""How far the desk's clock may lag behind the one that the operator reads."""
CITY: Final = (-6.75, 106.3, -5.0, 107.35)
"""South, west, north and east of all that a desk of this city is told of, the islands included (degrees)."""


class Via(StrEnum):
    """How a report came to the desk. The values are the channel's own words and are kept as they are."""

    PHONE = "telepon"
    VISIT = "datang"
    LETTER = "surat"


class Fault(StrEnum):
    """What keeps an entry from being a report."""

    TEXT_SHORT = "text_short"
    TEXT_LONG = "text_long"
    PLACE_LONG = "place_long"
    CALLER_LONG = "caller_long"
    MANY_FILES = "many_files"
    FUTURE = "future"
    TOO_OLD = "too_old"
    HALF_POINT = "half_point"
    BAD_POINT = "bad_point"
    FAR_POINT = "far_point"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was said. `id` is made when the entry is begun, so that saving twice is one report; `at` in ms UTC.

    `place` are the words for the spot; `kelurahan` is the code that the operator chose, or None. `lat`/`lon` in degrees
    (EPSG:4326). The caller's name and number are personal data: they stay at this desk, apart from the report.
    `files` are the SHA-256 of pictures and papers that came with it.
    """

    id: str
    at: int
    text: str
    via: Via = Via.PHONE
    category: str | None = None
    place: str = ""
    kelurahan: str | None = None
    lat: float | None = None
    lon: float | None = None
    caller_name: str = ""
    caller_phone: str = ""
    private: bool = False
    files: tuple[str, ...] = ()


def faults(entry: Entry, now: int) -> tuple[Fault, ...]:
    """What is wrong with an entry at `now` (ms UTC), in the order of the form; nothing when it may be saved."""
    found: list[Fault] = []
    if entry.at > now + AHEAD_MS:
        found.append(Fault.FUTURE)
    if entry.at < now - OLDEST_MS:
        found.append(Fault.TOO_OLD)
    letters = len(entry.text.strip())
    if letters < TEXT_LEAST:
        found.append(Fault.TEXT_SHORT)
    if letters > TEXT_MOST:
        found.append(Fault.TEXT_LONG)
    if len(entry.place.strip()) > PLACE_MOST:
        found.append(Fault.PLACE_LONG)
    if (point := _point_fault(entry)) is not None:
        found.append(point)
    if max(len(entry.caller_name.strip()), len(entry.caller_phone.strip())) > CALLER_MOST:
        found.append(Fault.CALLER_LONG)
    if len(entry.files) > FILES_MOST:
        found.append(Fault.MANY_FILES)
    return tuple(found)


def _point_fault(entry: Entry) -> Fault | None:
    lat, lon = entry.lat, entry.lon
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        return Fault.HALF_POINT
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return Fault.BAD_POINT
    south, west, north, east = CITY
    return None if south <= lat <= north and west <= lon <= east else Fault.FAR_POINT
