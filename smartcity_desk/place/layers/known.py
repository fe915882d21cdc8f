"""The layers of the city's portal, by name: how each is read, from where, how often, and how old it may grow.

An address stands here only where one is known (channels paper 11); the others wait for one, or for a file. What an
address would have cost to guess wrongly is a wrong map.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.domain.waterlevel import STALE_AFTER

OSM_CREDIT: Final = "© OpenStreetMap contributors"
OSM_LICENCE: Final = "ODbL 1.0"
OVERPASS_URL: Final = "https://overpass-api.de/api/interpreter"
SATUDATA_URL: Final = "https://ws.jakarta.go.id/gateway/DataPortalSatuDataJakarta/1.0/satudata"
WATER_URL: Final = "https://poskobanjir.dsdadki.web.id/xmldata.xml"

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Reader(StrEnum):
    """Whose words a layer is read in. `FILE`: only from files. `DESK`: from what the desk has of its channels."""

    WATER = "water"
    ARCGIS = "arcgis"
    OVERPASS = "overpass"
    SATUDATA = "satudata"
    FILE = "file"
    DESK = "desk"


class Draw(StrEnum):
    """How a layer is drawn. `AREA` fills kelurahan by a number; `LEVEL` are gauges with their siaga."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"
    AREA = "area"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Known:
    """A layer of the table. `part` is the layer's name in a service, the query, or the name of a data set.

    `every` is how often it is asked for, `stale_after` the age from which it is shown as old (both ms).
    """

    name: str
    reader: Reader
    draw: Draw
    every: int
    stale_after: int
    url: str = ""
    part: str = ""
    source: str = ""
    licence: str = ""
    attribution: str = ""

    @property
    def ready(self) -> bool:
        """Whether it can be asked for without anybody typing an address."""
        return bool(self.url) and (bool(self.part) or self.reader is Reader.WATER)


def _osm(name: str, part: str) -> Known:
    return Known(
        name,
        Reader.OVERPASS,
        Draw.POINT,
        every=7 * DAY,
        stale_after=180 * DAY,
        url=OVERPASS_URL,
        part=part,
        source="OpenStreetMap",
        licence=OSM_LICENCE,
        attribution=OSM_CREDIT,
    )


_CITY: Final = "Pemprov DKI Jakarta"

KNOWN: Final[Mapping[str, Known]] = {
    one.name: one
    for one in (
        Known(
            "pintu_air",
            Reader.WATER,
            Draw.LEVEL,
            every=5 * MINUTE,
            stale_after=STALE_AFTER,
            url=WATER_URL,
            source="Posko Banjir, Dinas Sumber Daya Air DKI Jakarta",
        ),
        Known("serat_optik", Reader.ARCGIS, Draw.LINE, every=7 * DAY, stale_after=365 * DAY, source=_CITY),
        Known("menara", Reader.ARCGIS, Draw.POINT, every=7 * DAY, stale_after=365 * DAY, source=_CITY),
        _osm("pos_polisi", 'nwr["amenity"="police"];'),
        Known(
            "penduduk",
            Reader.SATUDATA,
            Draw.AREA,
            every=7 * DAY,
            stale_after=2 * 365 * DAY,
            url=SATUDATA_URL,
            source="Satu Data Jakarta",
        ),
        _osm("spbu", 'nwr["amenity"="fuel"];'),
        _osm("restoran", 'nwr["amenity"="restaurant"];'),
        Known("lalu_lintas", Reader.DESK, Draw.LINE, every=HOUR, stale_after=365 * DAY),
    )
}
"""By name, in the order in which the portal shows them."""


def check_name(name: str) -> str:
    """The name of a layer, if it can be one: a-z, digits and `_`, at most 40. Raises ConfigProblem."""
    if not _NAME.fullmatch(name):
        raise ConfigProblem(name="layer", reason="bad_layer_name", value=name[:60])
    return name


def known(name: str) -> Known:
    """A layer of the table, or what stands for one that a unit added from a file. Raises ConfigProblem."""
    return KNOWN.get(check_name(name)) or Known(
        name, Reader.FILE, Draw.POINT, every=7 * DAY, stale_after=365 * DAY
    )
