"""Where a point lies, and how sure that is: what a machine says before a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PlaceBadge(StrEnum):
    """What an automatic place is worth."""

    SURE = "sure"  # inside one kelurahan, farther from its border than the position can err
    BORDER = "border"  # batas: nearer to a border than the position can err
    APPROXIMATE = "approximate"  # found without official boundaries, by cells drawn from centres
    NAMED = "named"  # read from the words of the report, and only one office fits them
    AMBIGUOUS = "ambiguous"  # the words fit several offices
    OUTSIDE = "outside"  # luar wilayah: in the sea, in a neighbouring city
    NONE = "none"  # tanpa lokasi


UNCERTAIN: Final = frozenset(
    {PlaceBadge.BORDER, PlaceBadge.APPROXIMATE, PlaceBadge.NAMED, PlaceBadge.AMBIGUOUS}
)
"""Badges under which an item cannot count until a person decides (domain paper 3.1, F19, code E11)."""


@dataclass(frozen=True, slots=True)
class Location:
    """An automatic place. `place` is the kelurahan that fits best, by code; None outside the city and without a place.

    `neighbour` is the next best one (None = none, or what lies behind the border is outside the city). `border_m` is
    the distance to the nearest border in whole metres, None without a point. `edition` names the boundaries that were
    asked: it says under which borders the report was located, also after newer ones have come.
    """

    badge: PlaceBadge
    place: str | None = None
    neighbour: str | None = None
    border_m: int | None = None
    edition: str = ""

    @property
    def uncertain(self) -> bool:
        """Whether a person has to decide before anything counts against an office."""
        return self.badge in UNCERTAIN

    @property
    def candidates(self) -> tuple[str, ...]:
        """The offices in question, best first."""
        return tuple(code for code in (self.place, self.neighbour) if code is not None)


def improves(mine: Location | None, theirs: Location | None) -> bool:
    """Whether an automatic place may stand instead of another one for the same point.

    Only where there was none, or one without official boundaries. Borders that change later do not move a report: it
    keeps the edition that located it.
    """
    if mine is None:
        return False
    if theirs is None:
        return True
    return theirs.badge is PlaceBadge.APPROXIMATE and mine.badge is not PlaceBadge.APPROXIMATE
