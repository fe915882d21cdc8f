"""A layer of an ArcGIS server for the map: `sync.arcgis` asks, this says what of it a layer keeps."""

from __future__ import annotations

from collections.abc import Mapping

from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers.content import Brought, plain_row
from smartcity_desk.sync import arcgis
from smartcity_desk.sync.layers.wire import Wire


async def fetch(wire: Wire, url: str, part: str, known: str) -> tuple[Brought, str] | None:
    """The layer and its mark for the next time, or None when nothing was edited since `known`. Raises DeskError."""
    found = await arcgis.whole(
        wire.transport, url, clock=wire.clock, layer=part, token=wire.token, known=known
    )
    if found is None:
        return None
    drawn = len(found.features)
    properties: list[Mapping[str, object]] = [plain_row(one.items()) for one in found.features.properties]
    return (
        Brought(
            features=Features(found.features.geometries, properties) if drawn else None,
            rows=() if drawn else tuple(plain_row(one.items()) for one in found.rows),
            name=found.name,
            source=found.source,
            as_of=found.as_of,
            left_out=found.count - drawn if drawn else 0,
        ),
        found.mark,
    )
