"""Where reports lie and how their clocks stand, as columns of numbers: what a map of a million of them is made of.

SQLite writes each report as six numbers of sixteen hexadecimal digits and thousands of reports as one text: the driver
takes the interpreter's lock once a text instead of once a report, so the window and the map's engine go on beside it.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
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

LINE: Final = 6
"""Numbers a report: its pk; the place as (latitude + 90) and (longitude + 180) in millionths of a degree, the latter in
the lowest 30 bits, or `NOWHERE`, where a person moved the point to or else the channel put it; when it was reported in
seconds UTC above four bits of flags; the digits of the kelurahan code or 0; due date and end of a pause in ms UTC, 0
for none.
"""

_LINES: Final = (
    f"SELECT group_concat(printf('{'%016x' * LINE}', pk, CASE WHEN lat IS NULL OR lon IS NULL THEN {NOWHERE} ELSE "
    f"(CAST((lat + 90) * {MICRO} + 0.5 AS INTEGER) << {LON_BITS}) "
    f"+ CAST((lon + 180) * {MICRO} + 0.5 AS INTEGER) END, "
    f"((reported_at / 1000) << {FLAG_BITS}) + is_open + {VERIFY} * (status = 'awaiting_verification') "
    f"+ {CONTEXT} * (kind = 'context') + {DOUBT} * (place_doubt <> 0), "
    "CASE WHEN place IS NULL THEN 0 ELSE CAST(REPLACE(place, '.', '') AS INTEGER) END, "
    "due_at, paused), '') FROM report_state WHERE "
)


def whereabouts(raw: Raw, *, pks: Sequence[int] | None = None, after: int = 0) -> array[int]:
    """Read these reports, or all that arrived `after` a pk: `LINE` numbers each, one report after the other."""
    digits = _named(raw, pks) if pks is not None else _walk(raw, after)
    found = array("q")
    for text in digits:
        found.frombytes(bytes.fromhex(text))
    if sys.byteorder == "little":
        found.byteswap()
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


def _named(raw: Raw, pks: Sequence[int]) -> Iterator[str]:
    for part in chunks(pks):
        (text,) = raw.execute(f"{_LINES} pk IN ({marks(len(part))})", tuple(part)).fetchone()
        yield text or ""


def _walk(raw: Raw, after: int) -> Iterator[str]:
    (last,) = raw.execute("SELECT max(pk) FROM report_state").fetchone()
    for start in range(after, last or 0, _STEP):
        (text,) = raw.execute(f"{_LINES} pk > ? AND pk <= ?", (start, start + _STEP)).fetchone()
        yield text or ""
