"""What layers need of the boundaries in force: streets as lines, for tables that only name them, and their weight."""

from __future__ import annotations

from pathlib import Path

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.place import geojson
from smartcity_desk.place.editions import Editions
from smartcity_desk.place.geojson import MOST_BYTES, Features
from smartcity_desk.place.manifest import Role


def base_bytes(place: Path) -> int:
    """What the boundaries in force weigh, tiles aside: they share the room of the layers."""
    editions = Editions(place)
    current = editions.current()
    if current is None:
        return 0
    try:
        return sum(file.bytes for file in editions.manifest(current).files if file.role is not Role.TILES)
    except DeskError:
        return 0


def lines(place: Path) -> Features | None:
    """The streets of the bundle in force in a profile's `place` folder; None when there are none that can be read."""
    editions = Editions(place)
    current = editions.current()
    if current is None:
        return None
    try:
        for file in editions.manifest(current).of(Role.STREETS):
            with (editions.path(current) / file.path).open("rb") as stream:
                return geojson.read(stream.read(MOST_BYTES + 1), name=file.path)
    except (DeskError, OSError):
        return None
    return None
