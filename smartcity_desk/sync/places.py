"""Every report that comes in is placed by the boundaries in force, or by the place names in its words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Protocol

from smartcity_desk.domain.location import Location
from smartcity_desk.domain.report import PlaceQuality, Report, located
from smartcity_desk.place.library import PlaceLibrary
from smartcity_desk.store.places import Unplaced

COARSE_M: Final = 1_000.0
"""How far the middle of a named place or box may lie from the spot, where its channel does not say."""
PAGE: Final = 200


class PlaceStore(Protocol):
    """What catching up needs of the store."""

    def unplaced(self, after: int, limit: int) -> list[Unplaced]:
        """Reports that a machine may still place."""

    def place(self, found: Sequence[tuple[Unplaced, Location]]) -> list[int]:
        """Write down where they lie; the pks of those that changed."""


class Places:
    """Places reports. Called on the writer's thread: an answer takes some microseconds, the first one loads borders."""

    def __init__(self, library: PlaceLibrary) -> None:
        self._library = library
        self._caught_up = ""

    def placed(self, reports: Sequence[Report]) -> list[Report]:
        """The reports, each with its place and the edition that gave it."""
        return [located(report, self.locate(report)) for report in reports]

    def locate(self, report: Report) -> Location:
        """Where a report lies: by its point, else by what its words name."""
        if report.lat is not None and report.lon is not None and (report.lat, report.lon) != (0, 0):
            return self._library.resolver().locate(report.lat, report.lon, accuracy(report))
        return self._library.finder().locate(f"{report.place_hint}\n{report.title}\n{report.text}")

    def catch_up(self, store: PlaceStore, after: int) -> tuple[list[int], int | None]:
        """Place one more page of what came before these boundaries: the pks that changed, and where to go on.

        None = that was all, until another edition is in force.
        """
        edition = self._library.edition
        if edition == self._caught_up:
            return [], None
        page = store.unplaced(after, PAGE)
        changed = store.place([(one, self.locate(one.report)) for one in page]) if page else []
        if len(page) == PAGE:
            return changed, page[-1].pk
        self._caught_up = edition
        return changed, None


def accuracy(report: Report) -> float | None:
    """How far a reported point can err, in metres; None where nobody says."""
    stated = report.accuracy_m
    if stated is not None and math.isfinite(stated) and stated >= 0:
        return stated
    return COARSE_M if report.place_quality is PlaceQuality.COARSE else None
