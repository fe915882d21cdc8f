"""The desk's one library of places: opened with the first need, and kept for the sitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.ui.services import Desk


def places_of(desk: Desk) -> PlaceLibrary:
    """The library of this desk's profile. Cheap; what it is asked reads files, so ask it away from the window."""
    if desk.places is None:
        from smartcity_desk.place.library import PlaceLibrary

        desk.places = PlaceLibrary(desk.paths.profile_dir / "place", lambda: desk.directory)
    return desk.places
