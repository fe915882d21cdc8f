"""Where reports lie and how their clocks stand, as columns of numbers: what a map of a million of them is made of."""

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
DOUBT: Final = 8
"""Bits of `Whereabouts.flags`: not finished, waits for verification, live traffic and other context, place not sure."""
NOWHERE: Final = 1e9
"""Stands for the latitude and longitude of a report that has no point."""

_COLUMNS: Final = (
    f"SELECT pk, COALESCE(lat, {NOWHERE}), COALESCE(lon, {NOWHERE}), reported_at, COALESCE(due_at, 0), paused, "
    "is_open + 2 * (status = 'awaiting_verification') + 4 * (kind = 'context') + 8 * (place_doubt <> 0), "
    "COALESCE(place, '') FROM report_state"
)


def _doubles() -> array[float]:
    return array("d")


def _longs() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Whereabouts:
    """Columns of one length. `lat`/`lon` in degrees, where a person moved the point to or else the channel put it.

    Instants in ms UTC: `due_at` 0 where no clock runs, `paused` the end of a pause or 0. `place` numbers the kelurahan
    code in `places`; number 0 is none.
    """

    pk: array[int] = field(default_factory=_longs)
    lat: array[float] = field(default_factory=_doubles)
    lon: array[float] = field(default_factory=_doubles)
    reported_at: array[int] = field(default_factory=_longs)
    due_at: array[int] = field(default_factory=_longs)
    paused: array[int] = field(default_factory=_longs)
    flags: array[int] = field(default_factory=lambda: array("B"))
    place: array[int] = field(default_factory=lambda: array("H"))
    places: list[str] = field(default_factory=lambda: [""])


def whereabouts(raw: Raw, *, pks: Sequence[int] | None = None, after: int = 0) -> Whereabouts:
    """Read these reports, or all that arrived `after` a pk."""
    found = Whereabouts()
    numbers: dict[str, int] = {"": 0}
    for part in _walk(raw, pks, after):
        pk, lat, lon, at, due, paused, flags, place = zip(*part, strict=True)
        found.pk.extend(pk)
        found.lat.extend(lat)
        found.lon.extend(lon)
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


def _walk(raw: Raw, pks: Sequence[int] | None, after: int) -> Iterator[list[tuple[Any, ...]]]:
    if pks is not None:
        for part in chunks(pks):
            rows = raw.execute(f"{_COLUMNS} WHERE pk IN ({marks(len(part))})", tuple(part)).fetchall()
            if rows:
                yield rows
        return
    cursor = raw.execute(f"{_COLUMNS} WHERE pk > ?", (after,))
    try:
        while rows := cursor.fetchmany(_FETCH):
            yield rows
    finally:
        cursor.close()
