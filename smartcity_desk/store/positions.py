"""Where reports lie and how their clocks stand, as columns of numbers: what a map of a million of them is made of.

SQLite packs each line into four whole numbers, so that reading a million costs about a second and no text.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from smartcity_desk.store.engine import Raw, chunks, marks

_FETCH: Final = 4_000

OPEN: Final = 1
VERIFY: Final = 2
CONTEXT: Final = 4
DOUBT: Final = 8
"""Flags: not finished, waits for verification, live traffic and other context, place not sure."""
NOWHERE: Final = -1
LON_BITS: Final = 30
FLAG_BITS: Final = 4
MICRO: Final = 1_000_000

_LINES: Final = (
    f"SELECT pk, CASE WHEN lat IS NULL OR lon IS NULL THEN {NOWHERE} ELSE "
    f"(CAST((lat + 90) * {MICRO} + 0.5 AS INTEGER) << {LON_BITS}) "
    f"+ CAST((lon + 180) * {MICRO} + 0.5 AS INTEGER) END, "
    f"((reported_at / 1000) << {FLAG_BITS}) + is_open + {VERIFY} * (status = 'awaiting_verification') "
    f"+ {CONTEXT} * (kind = 'context') + {DOUBT} * (place_doubt <> 0), "
    "CASE WHEN place IS NULL THEN 0 ELSE CAST(REPLACE(place, '.', '') AS INTEGER) END FROM report_state"
)
_CLOCKS: Final = (
    "SELECT pk, due_at, paused FROM report_state WHERE due_at IS NOT NULL",
    "SELECT pk, 0, paused FROM report_state WHERE paused > 0 AND due_at IS NULL",
)


def _longs() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Whereabouts:
    """Numbers of reports, one after the other.

    `lines`, four each: pk; the place as (latitude + 90) and (longitude + 180) in millionths of a degree, the latter in
    the lowest 30 bits, or `NOWHERE`, where a person moved the point to or else the channel put it; when it was
    reported in seconds UTC above four bits of flags; the digits of the kelurahan code or 0.
    `clocks`, three each and only where there is one: pk, due date and end of a pause in ms UTC, 0 for none.
    """

    lines: array[int] = field(default_factory=_longs)
    clocks: array[int] = field(default_factory=_longs)


def whereabouts(raw: Raw, *, pks: Sequence[int] | None = None, after: int = 0) -> Whereabouts:
    """Read these reports, or all that arrived `after` a pk."""
    found = Whereabouts()
    for part in _walk(raw, _LINES, "WHERE", pks, after):
        found.lines.extend(chain.from_iterable(part))
    for sql in _CLOCKS:
        for part in _walk(raw, sql, "AND", pks, after):
            found.clocks.extend(chain.from_iterable(part))
    return found


ROADS_MOST: Final = 2_000


def roads(raw: Raw, since: int) -> list[str]:
    """The roads of live traffic reported after `since` (ms UTC), newest first: JSON lists of [latitude, longitude]."""
    rows = raw.execute(
        "SELECT w.path FROM report_state s INDEXED BY ix_state_open JOIN road w ON w.report_pk = s.pk "
        "WHERE s.is_open = 1 AND s.kind = 'context' AND s.reported_at > ? ORDER BY s.reported_at DESC LIMIT ?",
        (since, ROADS_MOST),
    )
    return [path for (path,) in rows]


def pks_of(raw: Raw, ids: Sequence[str]) -> list[int]:
    """The pks of reports by their ids; unknown ones are left out."""
    found: list[int] = []
    for part in chunks(ids):
        sql = f"SELECT pk FROM report WHERE id IN ({marks(len(part))})"
        found.extend(pk for (pk,) in raw.execute(sql, tuple(part)))
    return found


def _walk(
    raw: Raw, sql: str, joined: str, pks: Sequence[int] | None, after: int
) -> Iterator[list[tuple[Any, ...]]]:
    if pks is not None:
        for part in chunks(pks):
            yield raw.execute(f"{sql} {joined} pk IN ({marks(len(part))})", tuple(part)).fetchall()
        return
    cursor = raw.execute(f"{sql} {joined} pk > ?", (after,))
    try:
        while rows := cursor.fetchmany(_FETCH):
            yield rows
    finally:
        cursor.close()
