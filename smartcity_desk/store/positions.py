"""Where reports lie and how their clocks stand, as columns of numbers: what a map of a million of them is made of.

SQLite writes each report as a few numbers of sixteen hexadecimal digits and thousands of reports as one text: the
driver takes the interpreter's lock once a text instead of once a report, so the window and the map's engine go on
beside it.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from smartcity_desk.store.engine import Raw, chunks, marks

_STEP: Final = 10_000
"""Reports a text: one megabyte, and some ten milliseconds until the next reader's turn."""

OPEN: Final = 1
VERIFY: Final = 2
CONTEXT: Final = 4
DOUBT: Final = 8
"""Flags: not finished, waits for verification, live traffic and other context, place not sure."""
NOWHERE: Final = -1
LON_BITS: Final = 30
FLAG_BITS: Final = 4
MICRO: Final = 1_000_000

LINE: Final = 3
"""Numbers a report: its pk; the place as (latitude + 90) and (longitude + 180) in millionths of a degree, the latter in
the lowest 30 bits, or `NOWHERE`, where a person moved the point to or else the channel put it; when it was reported in
seconds UTC above four bits of flags.
"""
CLOCK: Final = 4
"""Numbers a report that has a clock: its pk; due date and end of a pause in ms UTC, 0 for none; the digits of the
kelurahan code or 0: only what is overdue is counted by kelurahan.
"""

_LINES: Final = (
    f"SELECT group_concat(printf('{'%016x' * LINE}', pk, CASE WHEN lat IS NULL OR lon IS NULL THEN {NOWHERE} ELSE "
    f"(CAST((lat + 90) * {MICRO} + 0.5 AS INTEGER) << {LON_BITS}) "
    f"+ CAST((lon + 180) * {MICRO} + 0.5 AS INTEGER) END, "
    f"((reported_at / 1000) << {FLAG_BITS}) + is_open + {VERIFY} * (status = 'awaiting_verification') "
    f"+ {CONTEXT} * (kind = 'context') + {DOUBT} * (place_doubt <> 0)), '') FROM report_state WHERE "
)
_CLOCK: Final = (
    f"SELECT group_concat(printf('{'%016x' * CLOCK}', pk, due_at, paused, "
    "CASE WHEN place IS NULL THEN 0 ELSE CAST(REPLACE(place, '.', '') AS INTEGER) END), '') FROM report_state WHERE "
)
_CLOCKS: Final = (f"{_CLOCK} due_at IS NOT NULL AND ", f"{_CLOCK} paused > 0 AND due_at IS NULL AND ")
"""Two questions, for each of them has an index of its own."""


def _longs() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Whereabouts:
    """Numbers of reports, one report after the other: `LINE` each in `lines`, `CLOCK` each in `clocks`."""

    lines: array[int] = field(default_factory=_longs)
    clocks: array[int] = field(default_factory=_longs)


def whereabouts(raw: Raw, *, pks: Sequence[int] | None = None, after: int = 0) -> Whereabouts:
    """Read these reports, or all that arrived `after` a pk."""
    found = Whereabouts()
    if pks is not None:
        for part in chunks(pks):
            among = f"pk IN ({marks(len(part))})"
            _read(raw, _LINES + among, part, found.lines)
            for sql in _CLOCKS:
                _read(raw, sql + among, part, found.clocks)
        return found
    (last,) = raw.execute("SELECT max(pk) FROM report_state").fetchone()
    for start in range(after, last or 0, _STEP):
        _read(raw, f"{_LINES} pk > ? AND pk <= ?", (start, start + _STEP), found.lines)
    for sql in _CLOCKS:
        # The plus keeps SQLite to the index of clocks where all of them are wanted.
        _read(raw, f"{sql} {'' if after else '+'}pk > ?", (after,), found.clocks)
    return found


def _read(raw: Raw, sql: str, values: Sequence[int], into: array[int]) -> None:
    (text,) = raw.execute(sql, tuple(values)).fetchone()
    numbers = array("q", bytes.fromhex(text or ""))
    if sys.byteorder == "little":
        numbers.byteswap()
    into.extend(numbers)


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
