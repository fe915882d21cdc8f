"""Where and when complaints were reported, as columns in memory: what a look for neighbours starts from.

A quarter of a million rows take 15 MB and one pass over them a millisecond or two, so there are no cells to keep.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from smartcity_desk.domain import lookalike
from smartcity_desk.domain.lookalike import CROWD_M, CROWD_MS, VAGUE_M, WINDOW_MS, Told
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.times import DAY
from smartcity_desk.store.engine import Raw, chunks, marks

WHERE: Final = (
    "s.lat, s.lon, s.place, r.place_quality, CASE WHEN s.lat IS r.lat AND s.lon IS r.lon THEN r.accuracy_m END, "
    "s.category, r.author"
)
"""Where, what and by whom; the first five are for `placed`. A stated accuracy is that of the channel's own point."""
_COLUMNS: Final = (
    f"SELECT s.pk, s.reported_at, {WHERE} FROM report r CROSS JOIN report_state s NOT INDEXED ON s.pk = r.pk "
    "WHERE s.kind = 'complaint'"
)
_QUALITIES: Final = {quality.value: quality for quality in PlaceQuality}
_TYPES: Final = (
    np.int64,
    np.int64,
    np.float64,
    np.float64,
    np.float64,
    np.int64,
    np.int64,
    np.float64,
    np.int64,
)


def placed(spot: Sequence[Any], directory: Directory) -> tuple[float | None, float | None, float]:
    """A position and how far off it may be, from `WHERE`'s first five.

    Without a point it is the middle of the kelurahan that was found for the report, if one was.
    """
    lat, lon, place, quality, accuracy = spot
    if lat is not None and lon is not None and (lat or lon):
        return lat, lon, lookalike.error_of(_QUALITIES[quality], accuracy)
    office = None if place is None else directory.offices.get(place)
    if office is not None and office.lat is not None and office.lon is not None:
        return office.lat, office.lon, lookalike.error_of(PlaceQuality.COARSE, None)
    return None, None, lookalike.error_of(PlaceQuality.NONE, None)


class Sightings:
    """A row for each complaint of the last months, in order of arrival. Not for two threads at once."""

    def __init__(self) -> None:
        self._columns: list[NDArray[Any]] = [np.empty(0, kind) for kind in _TYPES]
        self._kinds: dict[str, int] = {}
        self._revision = self._seq = 0
        self._pending: set[str] = set()

    def follow(self, raw: Raw, directory: Directory, *, now: int) -> None:
        """Take in what has come and what has changed since the last time."""
        pk = self._columns[0]
        newest = int(pk[-1]) if len(pk) else 0
        self._changed(raw, directory, newest)
        came = raw.execute(
            f"{_COLUMNS} AND r.pk > ? AND s.reported_at >= ? ORDER BY r.pk", (newest, now - 2 * WINDOW_MS)
        )
        columns = self._read(came, directory)
        if len(columns[0]):
            self._columns = [np.concatenate(pair) for pair in zip(self._columns, columns, strict=True)]

    def _changed(self, raw: Raw, directory: Directory, newest: int) -> None:
        """Read again what a channel revised, or what somebody acted on: its point or category may be another one."""
        revision, seq = raw.execute(
            "SELECT (SELECT coalesce(max(pk), 0) FROM report_revision), (SELECT coalesce(max(seq), 0) FROM event)"
        ).fetchone()
        pending = {
            row[0] for row in raw.execute("SELECT report_id FROM op WHERE state IN ('queued', 'sending')")
        }
        if newest:
            touched = pending ^ self._pending
            touched |= {
                row[0] for row in raw.execute("SELECT subject FROM event WHERE seq > ?", (self._seq,))
            }
            for part in chunks(sorted(touched)):
                self._replace(raw, directory, f"r.id IN ({marks(len(part))})", tuple(part))
            if revision > self._revision:
                later = "r.pk IN (SELECT report_pk FROM report_revision WHERE pk > ?)"
                self._replace(raw, directory, later, (self._revision,))
        self._revision, self._seq, self._pending = revision, seq, pending

    def _replace(self, raw: Raw, directory: Directory, where: str, params: tuple[Any, ...]) -> None:
        columns = self._read(raw.execute(f"{_COLUMNS} AND {where}", params), directory)
        mine, theirs = self._columns[0], columns[0]
        places = np.searchsorted(mine, theirs)
        known = np.flatnonzero(mine[np.minimum(places, len(mine) - 1)] == theirs)
        for kept, new in zip(self._columns, columns, strict=True):
            kept[places[known]] = new[known]

    def _read(self, rows: Iterable[tuple[Any, ...]], directory: Directory) -> list[NDArray[Any]]:
        columns: list[list[Any]] = [[] for _ in _TYPES]
        for pk, at, *spot, category, author in rows:
            lat, lon, error_m = placed(spot, directory)
            values = (
                pk,
                at,
                math.nan if lat is None else lat,
                math.nan if lon is None else lon,
                error_m,
                self._kind(category, directory),
                crc32(author.encode()) if author else 0,
                lookalike.reach_m(category),
                lookalike.lasts_ms(category),
            )
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        return [np.array(column, kind) for column, kind in zip(columns, _TYPES, strict=True)]

    def _kind(self, category: str | None, directory: Directory) -> int:
        known = None if category is None else directory.categories.get(category)
        return 0 if known is None else self._kinds.setdefault(known.group, len(self._kinds) + 1)

    def span(self, since: int, until: int) -> tuple[int, int]:
        """The lowest and the highest pk of what was reported in a span of time."""
        pk, at = self._columns[:2]
        inside = pk[(at >= since) & (at <= until)]
        return (int(inside[0]), int(inside[-1])) if len(inside) else (1, 0)

    def pointless(self, pks: Sequence[int]) -> list[int]:
        """Those of these pks that have no position of any kind."""
        pk, lat = self._columns[0], self._columns[2]
        places = np.searchsorted(pk, pks)
        known = [
            (number, place) for number, place in zip(pks, places.tolist(), strict=True) if place < len(pk)
        ]
        return [number for number, place in known if pk[place] == number and math.isnan(lat[place])]

    def share_of(self, author: str | None) -> float | None:
        """What part of all these reports an author wrote; None without an author."""
        if not author:
            return None
        authors = self._columns[6]
        written = int(np.count_nonzero(authors == crc32(author.encode())))
        return max(1, written) / max(_LEAST_REPORTS, len(authors))

    def by_author(self, own: int, told: Told, now: int, most: int) -> list[int]:
        """The newest pks of the same author and kind within the window, wherever they are."""
        if not told.author:
            return []
        pk, at, *_, kind, author, _reach, _lasts = self._columns
        mine = self._kinds.get(told.group or "", 0)
        rows = np.flatnonzero(
            (author == crc32(told.author.encode()))
            & (np.abs(at - told.at) <= WINDOW_MS)
            & (at <= now)
            & (pk != own)
            & ((kind == 0) | (mine == 0) | (kind == mine))
        )
        newest: list[int] = pk[rows[-most:]].tolist()
        return newest

    def near(self, own: int, told: Told, now: int, most: int, least: float) -> tuple[list[int], int]:
        """The pks that are likeliest by distance, time, kind and author, and how many of the kind lie around.

        So many whose position is worth something beside the asked one's, and as many whose is not. The words are not
        looked at; who could not reach a probability of `least` with the best of words is left out. Nothing for a report
        without any position.
        """
        if told.lat is None or told.lon is None:
            return [], 0
        pk, at, lat, lon, error, kind, author, reach, lasts = self._columns
        north = _FAR_M / _DEGREE_M
        shrink = max(0.1, math.cos(math.radians(told.lat)))
        rows = np.flatnonzero(
            (np.abs(lat - told.lat) <= north)
            & (np.abs(lon - told.lon) <= north / shrink)
            & (np.abs(at - told.at) <= WINDOW_MS)
            & (at <= now)
            & (pk != own)
        )
        up = (lat[rows] - told.lat) * _DEGREE_M
        over = (lon[rows] - told.lon) * _DEGREE_M * shrink
        square = up * up + over * over
        apart = np.abs(at[rows] - told.at)
        mine = self._kinds.get(told.group or "", 0)
        unknown = (kind[rows] == 0) | (mine == 0)
        alike = unknown | (kind[rows] == mine)
        crowd = np.count_nonzero(
            alike & (square <= CROWD_M**2) & (apart <= CROWD_MS) & (error[rows] < VAGUE_M)
        )
        own_reach = lookalike.reach_m(told.category, told.said.topics)
        spread = error[rows] ** 2 + told.error_m**2 + np.maximum(reach[rows], own_reach) ** 2
        lasting = np.sqrt(lasts[rows] * lookalike.lasts_ms(told.category, told.said.topics))
        vague = spread >= VAGUE_M**2
        same_author = author[rows] == (crc32(told.author.encode()) if told.author else -1)
        points = (
            lookalike.BASE
            - 0.95 * np.log(spread / _NARROW_M**2)
            - 3.7 * np.log1p(square / spread / 4)
            - 2.3 * np.log1p(apart / lasting)
            - 1.7 * np.log(lasting / _LONG_MS)
            + np.where(unknown, 0.0, np.where(alike, 1.2, -2.4))
            + np.where(same_author, lookalike.author_points(self.share_of(told.author)), 0.0)
        )
        wanted = points >= _log_odds(least) - np.where(vague, _BEST_PLACES, _BEST_WORDS)
        found: list[int] = []
        for part in (np.flatnonzero(wanted & ~vague), np.flatnonzero(wanted & vague)):
            if len(part) > most:
                part = part[np.argpartition(-points[part], most)[:most]]
            found += pk[rows[part]].tolist()
        return found, int(crowd)


def _log_odds(probability: float) -> float:
    held = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(held / (1 - held))


_NARROW_M: Final = 50.0
_LONG_MS: Final = 2 * DAY
_BEST_WORDS: Final = 9.0
_BEST_PLACES: Final = 13.0
"""Points that the same words, street, RT/RW and landmark give, the latter where a position says little. The formula is
the domain's own, in columns."""
_LEAST_REPORTS: Final = 500
"""In a file of fewer, everybody would seem to report much."""
_DEGREE_M: Final = 111_195.0
_FAR_M: Final = 3_000.0
"""Farther apart no two reports of one thing are looked for, the middle of a kelurahan included."""
