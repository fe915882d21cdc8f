"""Reports that a machine may still place: what the unit itself holds and nobody has decided.

What an office has, or had, stays as it was located when it came in: newer borders move no report that somebody already
worked on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from smartcity_desk.domain.location import Location, PlaceBadge, improves
from smartcity_desk.domain.report import Report
from smartcity_desk.store import ingest, projection
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.facts import REPORT_COLUMNS, REPORT_WIDTH, REPORTS, report_of
from smartcity_desk.store.rules import Rules


class Unplaced(NamedTuple):
    """A report that a machine may place. `pk` is where the next page goes on."""

    pk: int
    report: Report


def unplaced(raw: Raw, after: int, limit: int) -> list[Unplaced]:
    """Open reports behind a pk, in its order, that the unit holds and that no official boundary has placed yet."""
    rows = raw.execute(
        f"SELECT {REPORT_COLUMNS}, s.pk FROM {REPORTS} JOIN report_state s ON s.pk = r.pk "
        "WHERE s.pk > ? AND s.is_open = 1 AND s.office IS NULL AND (s.place IS NULL OR s.place_doubt = 1) "
        "AND (l.badge IS NULL OR l.badge = ?) ORDER BY s.pk LIMIT ?",
        (after, PlaceBadge.APPROXIMATE.value, limit),
    )
    return [Unplaced(row[REPORT_WIDTH], report_of(row)) for row in rows]


def place(raw: Raw, found: Sequence[tuple[Unplaced, Location]], rules: Rules) -> list[int]:
    """Write down where reports lie, where that says more than before. Returns the pks of those that changed.

    They are handed to the central server again, which takes the better place and tells it to every desk.
    """
    better = [(one, location) for one, location in found if improves(location, one.report.location)]
    ingest.locate(raw, [(one.pk, location) for one, location in better])
    raw.executemany("UPDATE report SET pushed = 0 WHERE pk = ?", [(one.pk,) for one, _ in better])
    return projection.refold(raw, [one.report.id for one, _ in better], rules)
