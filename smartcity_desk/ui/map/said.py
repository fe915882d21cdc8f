"""What the page tells the desk, read as carefully as anything from outside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

_PK_MOST: Final = 2**53
_CORNERS_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Said:
    """One word of the page with its values; those that the word does not have keep their rest values."""

    what: str
    pk: int = 0
    add: bool = False
    lat: float = 0.0
    lon: float = 0.0
    zoom: int = 0
    box: tuple[float, float, float, float] | None = None
    ring: tuple[tuple[float, float], ...] = ()
    kind: int = 0
    n: int = 0
    total: int = 0
    off: int = 0
    serial: int = 0
    metres: int = 0
    layer: str = ""

    @classmethod
    def of(cls, what: str, values: Mapping[str, str]) -> Self:
        """Read it. Raises ValueError or KeyError for what no page of ours says."""
        if what in ("ready", "view"):
            south, west, north, east = (_degrees(part) for part in values["box"].split(","))
            return cls(
                what,
                lat=_degrees(values["lat"]),
                lon=_degrees(values["lon"]),
                zoom=_whole(values["zoom"], 30),
                box=(south, west, north, east),
            )
        if what == "drawn":
            kind, n, total, off, serial = (
                _whole(values[name]) for name in ("kind", "n", "total", "off", "serial")
            )
            return cls(what, kind=kind, n=n, total=total, off=off, serial=serial)
        if what == "chosen":
            return cls(what, pk=_whole(values["pk"]), add=values.get("add") == "1")
        if what == "lasso":
            corners = values["ring"].split(";")
            if len(corners) > _CORNERS_MOST:
                raise ValueError("too many corners")
            return cls(what, ring=tuple(_corner(text) for text in corners))
        if what == "measured":
            return cls(what, metres=_whole(values["metres"]))
        if what == "moved_to":
            return cls(what, lat=_degrees(values["lat"]), lon=_degrees(values["lon"]))
        if what == "painted":
            return cls(what)
        if what in ("laid", "failed"):
            return cls(what, layer=values["layer"][:80], n=_whole(values.get("n", "0")))
        raise ValueError("no such word")


def _whole(text: str, most: int = _PK_MOST) -> int:
    value = int(text)
    if not 0 <= value <= most:
        raise ValueError("out of range")
    return value


def _degrees(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or abs(value) > 540:
        raise ValueError("no angle")
    return value


def _corner(text: str) -> tuple[float, float]:
    lat, lon = text.split(",")
    return _degrees(lat), _degrees(lon)
