"""What the page gets to draw: the reports of the table's own list, in the part of the map that it shows.

Answers are whole numbers, 32 bits each, little end first: a head of eight, then records of eight. Text travels as JSON
and is put on the page as text.

Head: what the records are, how many, how many reports they stand for, how many of the list have no place, the serial
of the list, side of a cell in pixels, columns and rows (heat). A cell: x, y (sixteenths of a pixel from the window's
corner), reports, overdue, soon, marked, the commonest band, 0. A point: x, y, pk, band, marked, 0, 0, 0. Heat: a byte
a square after the head.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from smartcity_desk.ui.map import grid
from smartcity_desk.ui.map.points import Band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from smartcity_desk.ui.map.points import PointBook, Shown

POINTS_MOST: Final = 2_000
SQUARES_TO: Final = 12
"""Up to this zoom reports are counted by squares; from the next one on by clusters at their mean place."""
SQUARE_POWER: Final = 4
CLUSTER_POWER: Final = 6
HEAT_POWER: Final = 2
_WORDS: Final = 8
_BANDS_KEPT_MS: Final = 10_000


class Kind(IntEnum):
    """What the records of an answer are."""

    SQUARES = 0
    CLUSTERS = 1
    POINTS = 2
    HEAT = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page asks: a window, and which of the list's reports. Times in ms UTC, None = no limit."""

    window: grid.Window
    heat: bool = False
    since: int | None = None
    until: int | None = None

    @classmethod
    def of(cls, question: Mapping[str, str]) -> Wanted:
        """Read a question. Raises ValueError or KeyError for one that no page of ours asks."""
        z, x, y, width, height = (int(question[name]) for name in ("z", "x", "y", "w", "h"))
        since, until = question.get("since"), question.get("until")
        return cls(
            grid.Window(z, x, y, width, height),
            question.get("heat") == "1",
            None if since is None else int(since),
            None if until is None else int(until),
        )


@dataclass(slots=True)
class Viewer:
    """The list that the table shows now, as the map sees it. `lay` in the interface thread, `draw` in a reader's."""

    book: PointBook
    pks: array[int] | None = None
    marked: frozenset[int] | None = frozenset()
    serial: int = 0
    _kept: tuple[tuple[int, int], Shown] | None = field(default=None, repr=False)

    def lay(self, pks: array[int] | None, marked: frozenset[int] | None) -> int:
        """Take the table's list and marks; None = not known yet. Returns the serial that the page has to ask for."""
        self.pks, self.marked = pks, marked
        self.serial += 1
        return self.serial

    def touch(self) -> int:
        """What is known of the reports has changed: the page has to ask again."""
        self.serial += 1
        return self.serial

    def shown(self, now: int) -> Shown:
        """The list's reports that have a place, with bands not older than some seconds."""
        key = (self.serial, now // _BANDS_KEPT_MS)
        kept = self._kept
        if kept is not None and kept[0] == key:
            return kept[1]
        found = self.book.shown(array("q") if self.pks is None else self.pks, now)
        self._kept = (key, found)  # one word: two readers may be at it
        return found

    def draw(self, wanted: Wanted, now: int) -> bytes:
        """The records for a window."""
        everything = self.shown(now)
        chosen = everything
        if wanted.since is not None and wanted.until is not None:
            chosen = chosen.when(wanted.since, wanted.until)
        inside = grid.inside(chosen.x, chosen.y, wanted.window)
        many = int(np.count_nonzero(inside))
        here = chosen if many == len(chosen) else chosen.only(np.flatnonzero(inside))
        window, off = wanted.window, everything.total - len(everything)
        if wanted.heat:
            field_ = grid.heat(here.x, here.y, window, HEAT_POWER)
            rows, columns = field_.shape
            head = [Kind.HEAT, rows * columns, many, off, self.serial, 1 << HEAT_POWER, columns, rows]
            return np.array(head, dtype="<i4").tobytes() + field_.tobytes()
        if many <= POINTS_MOST:
            return self._points(here, window, off)
        squares = window.z <= SQUARES_TO
        power = SQUARE_POWER if squares else CLUSTER_POWER
        found = grid.cells(here.x, here.y, here.band, window, power, weigh=not squares)
        marked = self._marked_by_cell(here, window, power, found)
        kind = Kind.SQUARES if squares else Kind.CLUSTERS
        records = np.zeros((len(found.x), _WORDS), dtype="<i4")
        records[:, 0], records[:, 1] = found.x, found.y
        records[:, 2] = found.counts.sum(axis=1)
        records[:, 3], records[:, 4] = found.counts[:, Band.OVERDUE], found.counts[:, Band.SOON]
        records[:, 5] = marked
        records[:, 6] = found.counts.argmax(axis=1)
        head = [kind, len(records), many, off, self.serial, 1 << power, 0, 0]
        return np.array(head, dtype="<i4").tobytes() + records.tobytes()

    def late_by_place(self, now: int) -> dict[str, int]:
        """How many reports of the list are overdue, by kelurahan code; those without a kelurahan are left out."""
        everything = self.shown(now)
        counted = np.bincount(everything.place[everything.band == Band.OVERDUE], minlength=1)
        return {everything.places[at]: int(n) for at, n in enumerate(counted) if at and n}

    def _points(self, here: Shown, window: grid.Window, off: int) -> bytes:
        records = np.zeros((len(here), _WORDS), dtype="<i4")
        records[:, 0] = grid.pixels(here.x, window.x, window.shift)
        records[:, 1] = grid.pixels(here.y, window.y, window.shift)
        records[:, 2], records[:, 3] = here.pk, here.band
        records[:, 4] = self._is_marked(here.pk)
        # The most urgent last: what is drawn later lies on top.
        records = records[np.argsort(-here.band.astype(np.int16), kind="stable")]
        head = [Kind.POINTS, len(records), len(records), off, self.serial, 0, 0, 0]
        return np.array(head, dtype="<i4").tobytes() + records.tobytes()

    def _is_marked(self, pks: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self.marked is None:
            return np.ones(len(pks), bool)
        if not self.marked:
            return np.zeros(len(pks), bool)
        return np.isin(pks, np.fromiter(self.marked, np.int64, len(self.marked)))

    def _marked_by_cell(
        self, here: Shown, window: grid.Window, power: int, found: grid.Cells
    ) -> NDArray[np.int64]:
        if self.marked is None:
            every: NDArray[np.int64] = found.counts.sum(axis=1)
            return every
        if not self.marked:
            return np.zeros(len(found.x), np.int64)
        which = self._is_marked(here.pk)
        # Bands are of no use here, so they carry which ones are marked: the same cells in the same order.
        again = grid.cells(here.x, here.y, which.astype(np.uint8), window, power, weigh=False)
        return again.counts[:, 1]

    def lasso(
        self, ring: Sequence[tuple[float, float]], since: int | None, until: int | None, now: int
    ) -> frozenset[int]:
        """The reports that lie inside a line of (latitude, longitude) corners and that the map shows."""
        if len(ring) < 3:
            return frozenset()
        chosen = self.shown(now)
        if since is not None and until is not None:
            chosen = chosen.when(since, until)
        corners = np.array(ring, dtype=np.float64)
        x, y = grid.to_world(corners[:, 0], corners[:, 1])
        line = np.stack([x.astype(np.float64), y.astype(np.float64)], axis=1)
        return frozenset(chosen.pk[grid.within(chosen.x, chosen.y, line)].tolist())
