"""One feature of CogniCity, however it is wrapped, to a report. Pure.

Three envelopes are in use: `{statusCode, result}` around GeoJSON, the same around TopoJSON (with or without a
quantising `transform`), and bare GeoJSON files as the project publishes its archives.

**Times without zone are WIB.** Archives carry `created_at` without one. The 2017 archive says itself which it is: a
report of `21:58:35` tells of a flood "pukul 20.00 wib", one of `19:14:43` of "malam ini", two of half past six of
"pagi ini"; and its column of days (`hari`) is always the day of `created_at`. In UTC those would lie at five in the
morning, at two at night, and past noon. The live servers send `Z`.

**Items without `pkey`** (archives) get an id from what does not change in them: time, source, point and text. Time,
source and point alone would join different reports of the same minute from one block of flats.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, TypeGuard

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.geo import judge
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import JAKARTA, from_iso, plausible
from smartcity_desk.sync.channel import Fields, raw_text
from smartcity_desk.sync.transport import decode_json

NAME: Final = "petabencana"
_COUNT_DIGITS: Final = 9
_NUMBER: Final = (float, int)  # and not bool, which is an int to isinstance
CATEGORIES: Final = {
    "flood": "banjir",
    "earthquake": "gempa",
    "fire": "kebakaran",
    "haze": "kabut_asap",
    "wind": "angin",
    "typhoon": "angin",
    "volcano": "gunung_api",
}
"""Their word to ours. A word that is not here passes through as `category_raw`, without a category."""


def items_of(data: Any) -> list[Any]:
    """The features of an answer as GeoJSON features, or `BadData` when it is no envelope that is known."""
    if isinstance(data, dict) and "result" in data:
        data = data["result"]
    if not isinstance(data, dict):
        raise BadData(NAME, "envelope")
    if data.get("type") == "FeatureCollection" and isinstance(data.get("features"), list):
        features: list[Any] = data["features"]
        return features
    if data.get("type") == "Topology":
        return list(_from_topology(data))
    raise BadData(NAME, "envelope")


def count_in(data: Any, place: str) -> int:
    """The sum of a time series (`[{"ts": …, "count": "3"}]`, a number as text). Raises `BadData`."""
    rows = data.get("result") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise BadData(place, "envelope")
    total = 0
    for row in rows:
        count = row.get("count") if isinstance(row, dict) else None
        if not str(count).isascii() or not str(count).isdigit() or len(str(count)) > _COUNT_DIGITS:
            raise BadData(place, "count")
        total += int(str(count))
    return total


def _from_topology(data: dict[str, Any]) -> Iterator[Any]:
    """Points of a TopoJSON as GeoJSON features. A `transform` scales whole numbers into degrees."""
    objects = data.get("objects")
    if not isinstance(objects, dict):
        raise BadData(NAME, "objects")
    scale, translate = _transform(data.get("transform"))
    for collection in objects.values():
        geometries = collection.get("geometries") if isinstance(collection, dict) else None
        if not isinstance(geometries, list):
            raise BadData(NAME, "geometries")
        for geometry in geometries:
            if not isinstance(geometry, dict):
                yield geometry
                continue
            point = geometry.get("coordinates")
            if scale is not None and _is_pair(point):
                point = [point[axis] * scale[axis] + translate[axis] for axis in (0, 1)]
            yield {
                "type": "Feature",
                "geometry": None
                if geometry.get("type") is None
                else {"type": geometry["type"], "coordinates": point},
                "properties": geometry.get("properties"),
            }


def _transform(value: Any) -> tuple[tuple[float, float] | None, tuple[float, float]]:
    if value is None:
        return None, (0.0, 0.0)
    scale = value.get("scale") if isinstance(value, dict) else None
    translate = value.get("translate") if isinstance(value, dict) else None
    if not (_is_pair(scale) and _is_pair(translate)):
        raise BadData(NAME, "transform")
    return (scale[0], scale[1]), (translate[0], translate[1])


def _is_pair(value: Any) -> TypeGuard[list[float]]:
    return (
        isinstance(value, list)
        and len(value) >= 2
        and type(value[0]) in _NUMBER
        and type(value[1]) in _NUMBER
    )


def to_report(item: Any) -> Report:
    """The report of one feature. Raises `BadData` that names the field which cannot be read."""
    feature = Fields(NAME, item)
    properties = feature.child("properties")
    if properties is None:
        raise feature.bad("properties")
    created = properties.needed_text("created_at")
    point = _point(feature)
    disaster = properties.text("disaster_type")
    data = _report_data(properties)
    return _report(
        created=created,
        pkey=properties.identifier("pkey"),
        point=point,
        text=properties.text("text"),
        title=properties.text("title"),
        source=properties.text("source"),
        status=properties.text("status"),
        hazard=disaster or data.text("report_type") or ("flood" if data.number("flood_depth") else ""),
        image=properties.text("image_url"),
        link=properties.text("url"),
        raw=raw_text(item),
    )


def to_report_from_text(item: msgspec.Raw) -> Report:
    """The same from the feature's own JSON text. The usual shape is read in one go; any other one field by field."""
    try:
        feature = _FEATURE.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return to_report(_lenient(item))
    properties, geometry = feature.properties, feature.geometry
    created = properties.created_at.strip()
    point = None if geometry is None else geometry.coordinates
    if not created or (point is not None and len(point) < 2):
        return to_report(_lenient(item))
    data = properties.report_data
    hazard = properties.disaster_type or ""
    if not hazard and data is not None:
        hazard = data.report_type or ("flood" if data.flood_depth else "")
    pkey = properties.pkey
    return _report(
        created=created,
        pkey="" if pkey is None else str(pkey).strip(),
        point=point,
        text=properties.text or "",
        title=properties.title or "",
        source=properties.source or "",
        status=properties.status or "",
        hazard=hazard,
        image=properties.image_url or "",
        link=properties.url or "",
        raw=raw_text(item),
    )


def _lenient(item: msgspec.Raw) -> Any:
    try:
        return decode_json(bytes(item))
    except ValueError:
        raise BadData(NAME, "item") from None


class _Data(msgspec.Struct):
    report_type: str | None = None
    flood_depth: float | None = None


class _Properties(msgspec.Struct):
    created_at: str
    pkey: Annotated[str, msgspec.Meta(max_length=200)] | int | None = None
    source: str | None = None
    status: str | None = None
    url: str | None = None
    image_url: str | None = None
    disaster_type: str | None = None
    report_data: _Data | None = None
    title: str | None = None
    text: str | None = None


class _Point(msgspec.Struct):
    type: Literal["Point"]
    coordinates: list[float]


class _Feature(msgspec.Struct):
    properties: _Properties
    geometry: _Point | None = None


_FEATURE: Final = msgspec.json.Decoder(_Feature)


class _Collection(msgspec.Struct):
    type: Literal["FeatureCollection"]
    features: list[msgspec.Raw]


class Wrapped(msgspec.Struct):
    """The usual answer, its features still as text. Every other answer is read as plain JSON."""

    statusCode: Literal[200]  # noqa: N815 - their name
    result: _Collection


WRAPPED: Final = msgspec.json.Decoder(Wrapped)


def _report(
    *,
    created: str,
    pkey: str,
    point: list[float] | None,
    text: str,
    title: str,
    source: str,
    status: str,
    hazard: str,
    image: str,
    link: str,
    raw: str,
) -> Report:
    try:
        reported_at = plausible(from_iso(created, naive_zone=JAKARTA))
    except (ValueError, OverflowError):
        raise BadData(NAME, "properties.created_at") from None
    lat, lon, quality = _place(point)
    text, title, kind = text.strip(), title.strip(), hazard.lower()
    external_id = pkey or _content_id(created, source, lat, lon, text)
    words = mask_both(storable(title), storable(text))
    return Report(
        id=report_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=reported_at,
        text=words.text,
        title=words.title,
        lat=lat,
        lon=lon,
        place_quality=quality,
        category=CATEGORIES.get(kind),
        category_raw=storable(kind),
        state_raw=storable(status),
        link=storable(link) or None,
        media=(storable(image),) if image else (),
        unmasked=words.unmasked,
        raw=raw,
    )


def _point(feature: Fields) -> list[float] | None:
    geometry = feature.child("geometry")
    if geometry is None:
        return None
    point = geometry.data.get("coordinates")
    if point is None or point == []:
        return None
    if geometry.data.get("type") != "Point" or not _is_pair(point):
        raise geometry.bad("coordinates")
    return point


def _place(point: list[float] | None) -> tuple[float | None, float | None, PlaceQuality]:
    if point is None:
        return None, None, PlaceQuality.NONE
    try:
        lon, lat = float(point[0]), float(point[1])
        quality = judge(lat, lon)
    except (ValueError, OverflowError):
        raise BadData(NAME, "geometry.coordinates") from None
    return (None, None, quality) if quality is PlaceQuality.NONE else (lat, lon, quality)


def _report_data(properties: Fields) -> Fields:
    """`report_data` is an object, a JSON text of one, or null (channels paper 1.2)."""
    value = properties.data.get("report_data")
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value) if value.strip() else None
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise properties.bad("report_data") from None
    if value is None:
        value = {}
    return Fields(NAME, value, "properties.report_data.")


def _content_id(created: str, source: str, lat: float | None, lon: float | None, text: str) -> str:
    parts = "\x1f".join((created, source, repr(lat), repr(lon), text))
    return "c-" + hashlib.blake2b(parts.encode("utf-8", "replace"), digest_size=12).hexdigest()


def is_drill(item: Any) -> bool:
    """Whether a feature is of a drill: serverless servers mark those (`is_training`). Nobody was under water."""
    if isinstance(item, msgspec.Raw):
        if b"is_training" not in bytes(item):
            return False
        try:
            item = _lenient(item)
        except BadData:
            return False
    properties = item.get("properties") if isinstance(item, dict) else None
    return isinstance(properties, dict) and properties.get("is_training") is True


def peek_id(item: Any) -> str:
    """The id of an item that could not be read, if it shows one."""
    if isinstance(item, msgspec.Raw):
        try:
            item = _lenient(item)
        except BadData:
            return ""
    properties = item.get("properties") if isinstance(item, dict) else None
    value = properties.get("pkey") if isinstance(properties, dict) else None
    return str(value)[:200] if isinstance(value, str | int) else ""
