"""Where reports lie and how their clocks stand, as columns of numbers: what a map of a million of them is made of.

Two walks that each stay within one table; the caller joins them by pk. Nothing here is a report's text.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from smartcity_desk.store.engine import Raw, chunks, marks

_FETCH: Final = 4_000

OPEN: Final = 1
VERIFY: Final = 2
CONTEXT: Final = 4
"""Bits of `Standing.flags`: not finished, waits for verification, live traffic and other context."""

_POINTS: Final = "SELECT pk, lat, lon FROM report"
_STANDINGS: Final = (
    "SELECT pk, reported_at, COALESCE(due_at, 0), paused, "
    "is_open + 2 * (status = 'awaiting_verification') + 4 * (kind = 'context'), COALESCE(place, '') FROM report_state"
)


def _doubles() -> array[float]:
    return array("d")


def _longs() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Points:
    """Reports that have a place: `pk`, and `lat`/`lon` in degrees, as long as each other."""

    pk: array[int] = field(default_factory=_longs)
    lat: array[float] = field(default_factory=_doubles)
    lon: array[float] = field(default_factory=_doubles)


@dataclass(slots=True)
class Standings:
    """How reports stand: instants in ms UTC, `due_at` 0 where no clock runs, `paused` the end of a pause or 0.

    `place` numbers the kelurahan code in `places`; number 0 is none.
    """

    pk: array[int] = field(default_factory=_longs)
    reported_at: array[int] = field(default_factory=_longs)
    due_at: array[int] = field(default_factory=_longs)
    paused: array[int] = field(default_factory=_longs)
    flags: array[int] = field(default_factory=lambda: array("B"))
    place: array[int] = field(default_factory=lambda: array("H"))
    places: list[str] = field(default_factory=lambda: [""])


def points(raw: Raw, *, pks: Sequence[int] | None = None, after: int = 0) -> Points:
    """The points of these reports, or of all that arrived `after` a pk."""
    found = Points()
    for part in _walk(raw, _POINTS, "lat IS NOT NULL AND lon IS NOT NULL", pks, after):
        pk, lat, lon = zip(*part, strict=True)
        found.pk.extend(pk)
        found.lat.extend(lat)
        found.lon.extend(lon)
    return found


def standings(raw: Raw, *, pks: Sequence[int] | None = None, after: int = 0) -> Standings:
    """How these reports stand, or all that arrived `after` a pk."""
    found = Standings()
    numbers: dict[str, int] = {"": 0}
    for part in _walk(raw, _STANDINGS, "1", pks, after):
        pk, at, due, paused, flags, place = zip(*part, strict=True)
        found.pk.extend(pk)
        found.reported_at.extend(at)
        found.due_at.extend(due)
        found.paused.extend(paused)
        found.flags.extend(flags)
        found.place.extend([numbers.setdefault(code, len(numbers)) for code in place])
    found.places = list(numbers)
    return found


def pks_of(raw: Raw, ids: Sequence[str]) -> list[int]:
    """The pks of reports by their ids; unknown ones are left out."""
    found: list[int] = []
    for part in chunks(ids):
        sql = f"SELECT pk FROM report WHERE id IN ({marks(len(part))})"
        found.extend(pk for (pk,) in raw.execute(sql, tuple(part)))
    return found


def _walk(
    raw: Raw, sql: str, where: str, pks: Sequence[int] | None, after: int
) -> Iterator[list[tuple[Any, ...]]]:
    if pks is not None:
        for part in chunks(pks):
            rows = raw.execute(f"{sql} WHERE {where} AND pk IN ({marks(len(part))})", tuple(part)).fetchall()
            if rows:
                yield rows
        return
    cursor = raw.execute(f"{sql} WHERE {where} AND pk > ?", (after,))
    try:
        while rows := cursor.fetchmany(_FETCH):
            yield rows
    finally:
        cursor.close()
