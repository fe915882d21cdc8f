"""Every report that has a place, as columns in memory, and the part of them that the table's filter shows.

A million reports take some 35 MB and are read once, when the map is first opened; after that only what changed is
read. Made and changed in a reader's thread; a `Shown` never changes once it is made.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from smartcity_desk.domain.policy import SOON_MS
from smartcity_desk.domain.times import DAY, SECOND
from smartcity_desk.store.positions import (
    CLOCK,
    CONTEXT,
    FLAG_BITS,
    LINE,
    LON_BITS,
    MICRO,
    NOWHERE,
    OPEN,
    VERIFY,
)
from smartcity_desk.ui.map import grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from smartcity_desk.store import Store
    from smartcity_desk.store.positions import Whereabouts

_ROOM: Final = 4_096


class Band(IntEnum):
    """How a report is drawn: the table's own states, the most urgent first. Values are what the page gets."""

    OVERDUE = 0
    SOON = 1
    IN_TIME = 2
    PAUSED = 3
    VERIFY = 4
    OPEN = 5  # open without a clock
    CLOSED = 6
    CONTEXT = 7


@dataclass(slots=True)
class _Columns:
    x: NDArray[np.uint32]
    y: NDArray[np.uint32]
    placed: NDArray[np.bool_]
    due: NDArray[np.int64]
    paused: NDArray[np.int64]
    at: NDArray[np.int64]
    flags: NDArray[np.uint8]
    place: NDArray[np.uint16]

    @classmethod
    def empty(cls, size: int) -> _Columns:
        return cls(
            np.zeros(size, np.uint32),
            np.zeros(size, np.uint32),
            np.zeros(size, bool),
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
            np.zeros(size, np.uint8),
            np.zeros(size, np.uint16),
        )

    def grown(self, size: int) -> _Columns:
        bigger = _Columns.empty(size)
        for name in self.__slots__:
            getattr(bigger, name)[: len(self.x)] = getattr(self, name)
        return bigger


@dataclass(frozen=True, slots=True)
class Shown:
    """The reports of one id list that have a place, in its order. `total` = all of the list, placed or not.

    `place` counts in `places` and is known of what has a clock.
    """

    total: int
    pk: NDArray[np.int64]
    x: NDArray[np.uint32]
    y: NDArray[np.uint32]
    band: NDArray[np.uint8]
    at: NDArray[np.int64]
    place: NDArray[np.uint16]
    places: tuple[str, ...]

    def when(self, since: int, until: int) -> Shown:
        """Only those reported in a stretch of time (ms UTC, its end left out)."""
        return self.only((self.at >= since) & (self.at < until))

    def only(self, which: NDArray[Any]) -> Shown:
        """Only these."""
        return Shown(
            self.total,
            self.pk[which],
            self.x[which],
            self.y[which],
            self.band[which],
            self.at[which],
            self.place[which],
            self.places,
        )

    def __len__(self) -> int:
        return len(self.pk)


@dataclass(slots=True)
class PointBook:
    """All reports by pk. Not for two threads at once: the map asks one thing after the other."""

    _columns: _Columns = field(default_factory=lambda: _Columns.empty(_ROOM))
    _places: dict[str, int] = field(default_factory=lambda: {"": 0})
    newest: int = 0
    loaded: bool = False

    def load(self, store: Store) -> None:
        """Read everything. Blocks: some two seconds for a million."""
        self._take(store.whereabouts())
        self.loaded = True

    def follow(self, store: Store, changed: Sequence[int] | None) -> None:
        """Read what arrived since, and these; None = anything may have changed."""
        if changed is None:
            self.load(store)
            return
        old = [pk for pk in changed if pk <= self.newest]
        self._take(store.whereabouts(after=self.newest))
        if old:
            self._take(store.whereabouts(old))

    def _take(self, read: Whereabouts) -> None:
        lines = np.frombuffer(read.lines, dtype=np.int64).reshape(-1, LINE)
        clocks = np.frombuffer(read.clocks, dtype=np.int64).reshape(-1, CLOCK)
        pk, where = lines[:, 0], lines[:, 1]
        highest = max(int(pk.max(initial=0)), self.newest)
        if highest >= len(self._columns.x):
            self._columns = self._columns.grown(max(highest + _ROOM, len(self._columns.x) * 3 // 2))
        columns = self._columns
        lat = (where >> LON_BITS) / MICRO - 90.0
        lon = (where & ((1 << LON_BITS) - 1)) / MICRO - 180.0
        columns.x[pk], columns.y[pk] = grid.to_world(lat, lon)
        columns.placed[pk] = where != NOWHERE
        columns.at[pk] = (lines[:, 2] >> FLAG_BITS) * SECOND
        columns.flags[pk] = (lines[:, 2] & ((1 << FLAG_BITS) - 1)).astype(np.uint8)
        columns.due[pk] = columns.paused[pk] = columns.place[pk] = 0
        # What came after the lines were read has a clock but no line yet: it comes with the next.
        clocks = clocks[clocks[:, 0] <= highest]
        timed = clocks[:, 0]
        columns.due[timed], columns.paused[timed] = clocks[:, 1], clocks[:, 2]
        digits, which = np.unique(clocks[:, 3], return_inverse=True)
        numbers = [self._places.setdefault(_code(int(one)), len(self._places)) for one in digits]
        columns.place[timed] = np.array(numbers, dtype=np.uint16)[which] if numbers else 0
        self.newest = highest

    def shown(self, pks: array[int], now: int) -> Shown:
        """The part of an id list that has a place, with its bands as they stand at `now`."""
        columns = self._columns
        listed = np.frombuffer(pks, dtype=np.int64) if len(pks) else np.zeros(0, np.int64)
        known = listed[listed < len(columns.x)]
        chosen = known[columns.placed[known]]
        return Shown(
            len(pks),
            chosen,
            columns.x[chosen],
            columns.y[chosen],
            bands(columns.due[chosen], columns.paused[chosen], columns.flags[chosen], now),
            columns.at[chosen],
            columns.place[chosen],
            tuple(self._places),
        )

    def traffic(self, now: int) -> list[tuple[float, float]]:
        """Where live context (traffic) is now: points of what has not ended, not older than a day."""
        columns = self._columns
        live = (columns.flags & (CONTEXT | OPEN)) == (CONTEXT | OPEN)
        which = np.flatnonzero(live & columns.placed & (columns.at > now - DAY))
        return [
            grid.to_degrees(int(x), int(y)) for x, y in zip(columns.x[which], columns.y[which], strict=True)
        ]

    def position(self, pk: int) -> tuple[float, float] | None:
        """(latitude, longitude) of a report, or None."""
        if not 0 <= pk < len(self._columns.x) or not self._columns.placed[pk]:
            return None
        return grid.to_degrees(int(self._columns.x[pk]) + 0.5, int(self._columns.y[pk]) + 0.5)


def _code(digits: int) -> str:
    """A kelurahan code from its digits: 3174011001 is 31.74.01.1001; what is none is none."""
    text = str(digits)
    return f"{text[:2]}.{text[2:4]}.{text[4:6]}.{text[6:]}" if len(text) == 10 else ""


def bands(
    due: NDArray[np.int64], paused: NDArray[np.int64], flags: NDArray[np.uint8], now: int
) -> NDArray[np.uint8]:
    """The bands that the table would show: `domain.policy.band` and `triage.words.state_words` for whole columns."""
    result = np.full(len(due), Band.CLOSED, np.uint8)
    result[(flags & OPEN) > 0] = Band.OPEN
    clock = due > 0
    result[clock] = Band.IN_TIME
    waits = (flags & VERIFY) > 0
    result[waits] = Band.VERIFY
    stopped = paused > now
    running = clock & ~stopped
    result[running & (due - now <= SOON_MS)] = Band.SOON
    result[running & (due <= now)] = Band.OVERDUE
    result[stopped & ~waits] = Band.PAUSED
    result[(flags & CONTEXT) > 0] = Band.CONTEXT
    return result
