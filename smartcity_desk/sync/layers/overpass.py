"""OpenStreetMap by an Overpass server: one question a layer, the whole answer or none (channels paper 11.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartcity_desk.domain.errors import BadData, Rejected, Transient
from smartcity_desk.domain.text import one_line
from smartcity_desk.place.layers import checking
from smartcity_desk.place.layers.content import MOST_FEATURES, Brought, bad, plain_properties
from smartcity_desk.place.layers.known import OSM_CREDIT, OSM_LICENCE
from smartcity_desk.sync.layers.wire import PLACE, Wire
from smartcity_desk.sync.transport import decode_json, looks_like_html

BOX: Final = "-6.38,106.37,-5.18,106.98"
"""The province with Kepulauan Seribu: south, west, north, east."""
SECONDS: Final = 60
MOST_BYTES: Final = 40 << 20
_TAGS: Final = (
    "name",
    "brand",
    "operator",
    "amenity",
    "man_made",
    "height",
    "addr:street",
    "opening_hours",
    "cuisine",
)


def question(part: str) -> str:
    """The question that a layer's part of it makes."""
    return f"[out:json][timeout:{SECONDS}][bbox:{BOX}];({part});out center tags;"


async def fetch(wire: Wire, url: str, part: str) -> Brought:
    """All objects of a question. An answer that broke off half-way is `Transient(overpass_remark)`: keep the old layer.

    Raises `Rejected(overpass_query)` for a question that the server does not understand, and what the wire raises.
    """
    try:
        answer = await wire.post_form(url, {"data": question(part)}, most_bytes=MOST_BYTES)
    except Rejected as problem:
        if problem.reason == "http_400":
            raise Rejected("overpass_query", place=PLACE) from None
        raise
    body = answer.data
    if looks_like_html(body, answer.headers.get("content-type", "")):
        raise Transient(place=PLACE, status=answer.status, reason="html")
    try:
        data = decode_json(body)
    except ValueError:
        raise BadData(PLACE, "json") from None
    return read(data)


def read(data: Any) -> Brought:
    """What an answer holds. Raises Transient (`overpass_remark`), BadData."""
    found = data.get("elements") if isinstance(data, dict) else None
    if not isinstance(found, list):
        raise BadData(PLACE, "envelope")
    remark = data.get("remark")
    if isinstance(remark, str) and remark:
        raise Transient(place=PLACE, reason="overpass_remark", detail=one_line(remark, 120))
    if len(found) > MOST_FEATURES:
        raise bad("too_many", value=len(found), most=MOST_FEATURES)
    points: dict[str, tuple[tuple[float, float], Mapping[str, Any]]] = {}
    left_out = 0
    for element in found:
        key, at = _key(element), _position(element)
        if key is None or at is None:
            left_out += 1
            continue
        tags = element.get("tags")
        tags = tags if isinstance(tags, dict) else {}
        wanted = [(tag, tags[tag]) for tag in _TAGS if tag in tags]
        points[key] = at, {"osm": key, **plain_properties(wanted)}
    if not points:
        raise bad("empty")
    stamp = data.get("osm3s")
    stamp = stamp if isinstance(stamp, dict) else {}
    base, credit = stamp.get("timestamp_osm_base"), stamp.get("copyright")
    # A server of other data by the same protocol says whose they are.
    own = not isinstance(credit, str) or "openstreetmap" in credit.lower() or not credit.strip()
    return Brought(
        features=checking.features_of([at for at, _ in points.values()], [one for _, one in points.values()]),
        source="OpenStreetMap" if own else one_line(str(credit), 80),
        as_of=base[:40] if isinstance(base, str) else "",
        licence=OSM_LICENCE if own else "",
        attribution=OSM_CREDIT if own else "",
        left_out=left_out,
    )


def _key(element: Any) -> str | None:
    if not isinstance(element, dict):
        return None
    kind, number = element.get("type"), element.get("id")
    if kind not in {"node", "way", "relation"} or not isinstance(number, int) or isinstance(number, bool):
        return None
    return f"{kind}/{number}"


def _position(element: Mapping[str, Any]) -> tuple[float, float] | None:
    inner = element.get("center")
    holder = inner if isinstance(inner, dict) else element
    lat, lon = holder.get("lat"), holder.get("lon")
    for value in (lat, lon):
        if isinstance(value, bool) or not isinstance(value, int | float) or not -180 <= value <= 180:
            return None
    return float(lon), float(lat)  # type: ignore[arg-type]  # numbers, as the loop has seen
