"""An automatic place in a sentence: how sure it is, which offices are in question, and what is to be done about it."""

from __future__ import annotations

from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.office import Directory
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.theme import SHAPES, State
from smartcity_desk.ui.triage import words


def sentence(location: Location, directory: Directory) -> str:
    """What the boundaries, or the words of the report, say about where it lies; empty where they are sure or silent."""
    if location.badge in (PlaceBadge.SURE, PlaceBadge.NONE):
        return ""
    if location.badge is PlaceBadge.OUTSIDE:
        return tr("report.located.outside")
    return f"{SHAPES[State.UNCERTAIN]} {_doubt(location, directory)}"


def _doubt(location: Location, directory: Directory) -> str:
    first = _name(directory, location.place)
    second = _name(directory, location.neighbour)
    if location.badge is PlaceBadge.BORDER:
        metres = formats.number(location.border_m or 0)
        return tr("report.located.border", first=first, second=second, metres=metres)
    if location.badge is PlaceBadge.APPROXIMATE:
        return tr("report.located.approximate", first=first)
    if location.badge is PlaceBadge.NAMED:
        return tr("report.located.named", first=first)
    if location.place is None or location.neighbour is None:
        return tr("report.located.many")
    return tr("report.located.ambiguous", first=first, second=second)


def _name(directory: Directory, code: str | None) -> str:
    return tr("report.located.beyond") if code is None else words.place_name(directory, code)
