"""What is remembered of the gauges between two rounds, in one small file beside the layer `pintu_air`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from smartcity_desk.domain import waterlevel
from smartcity_desk.domain.waterlevel import Station, Watch
from smartcity_desk.place.layers.shelf import LayerShelf

LAYER: Final = "pintu_air"
_FILE: Final = "watches.json"
_MOST: Final = 8 << 20
_DECODER: Final = msgspec.json.Decoder(list[Watch])


def watches(shelf: LayerShelf) -> dict[str, Watch]:
    """The watch of every gauge by its key; none where nothing was ever read."""
    try:
        with (shelf.folder / LAYER / _FILE).open("rb") as stream:
            return _decoded(stream.read(_MOST))
    except OSError:
        return {}


def remember(shelf: LayerShelf, stations: Iterable[Station], now: int) -> dict[str, Watch]:
    """Take a round's readings into the watches and give all of them back. Raises StoreProblem."""
    found: dict[str, Watch] = {}

    def change(before: bytes | None) -> bytes:
        nonlocal found
        found = waterlevel.after(_decoded(before or b""), stations, now)
        return msgspec.json.encode(list(found.values()))

    shelf.update(LAYER, _FILE, change)
    return found


def replace(shelf: LayerShelf, watch: Watch) -> None:
    """Put one watch in the place of what was remembered of its gauge. Raises StoreProblem."""

    def change(before: bytes | None) -> bytes:
        return msgspec.json.encode(list((_decoded(before or b"") | {watch.station.key: watch}).values()))

    shelf.update(LAYER, _FILE, change)


def _decoded(data: bytes) -> dict[str, Watch]:
    try:
        return {one.station.key: one for one in _DECODER.decode(data)} if data else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
