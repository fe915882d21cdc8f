"""Alerts, jams and irregularities of one snapshot to context reports. Pure.

Ids are texts: alerts have UUIDs, jams and irregularities whole numbers of up to 19 digits. A field that this version
does not know, or a value of `type` that it has never seen, passes through in `raw` and `category_raw`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.geo import judge
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.sync.channel import Fields, Unreadable, raw_text

NAME: Final = "waze"
SECTIONS: Final = ("alerts", "jams", "irregularities")

_BY_SUBTYPE: Final = {
    "HAZARD_WEATHER_FLOOD": "banjir",
    "HAZARD_ON_ROAD_POT_HOLE": "jalan_rusak",
    "HAZARD_ON_ROAD_TRAFFIC_LIGHT_FAULT": "rambu",
    "HAZARD_ON_SHOULDER_MISSING_SIGN": "rambu",
    "HAZARD_WEATHER_FOG": "kabut_asap",
}
_BY_TYPE: Final = {
    "ACCIDENT": "kecelakaan",
    "JAM": "kemacetan",
    "WEATHERHAZARD": "bahaya_jalan",
    "HAZARD": "bahaya_jalan",
    "CONSTRUCTION": "bahaya_jalan",
    "ROAD_CLOSED": "jalan_ditutup",
}
BLOCKED: Final = -1
"""A jam's `delay` in seconds when nothing moves at all."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parts of one answer. `end` in ms UTC; `ids` are the external ids that are there, readable or not."""

    end: int | None
    items: tuple[tuple[str, Any], ...]
    ids: frozenset[str]
    unreadable: tuple[Unreadable, ...]


def read_snapshot(data: Any) -> Snapshot:
    """Take an answer apart. Any section may be missing, which means that there is nothing of it now.

    Raises `BadData` for what is no snapshot at all: without a window and without any section it could as well be
    another service's answer, and would end everything there is.
    """
    envelope = Fields(NAME, data)
    if not any(key in envelope.data for key in (*SECTIONS, "endTimeMillis")):
        raise BadData(NAME, "envelope")
    end = envelope.instant("endTimeMillis")
    items: list[tuple[str, Any]] = []
    unreadable: list[Unreadable] = []
    owners: dict[str, str] = {}
    for section in SECTIONS:
        try:
            members = envelope.list(section)
        except BadData:
            unreadable.append(Unreadable(section, raw_text(envelope.data[section])))
            continue
        for member in members:
            external_id = peek_id(member)
            if external_id and owners.setdefault(external_id, section) != section:
                unreadable.append(Unreadable("id_twice", raw_text(member), external_id))
                continue
            items.append((section, member))
    return Snapshot(end, tuple(items), frozenset(owners), tuple(unreadable))


def peek_id(item: Any) -> str:
    """The external id of an item of any section, "" when it shows none."""
    if isinstance(item, dict):
        for key in ("uuid", "id"):
            value = item.get(key)
            if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
                return str(value).strip()[:200]
    return ""


def alert(item: Any) -> Report:
    """The report of an alert."""
    fields = Fields(NAME, item)
    location = fields.child("location")
    lat, lon, quality = (None, None, PlaceQuality.NONE) if location is None else _point(location, "location")
    kind, subtype = fields.text("type"), fields.text("subtype")
    image = fields.text("imageUrl")
    return _report(
        fields,
        item,
        reported_at=_needed_instant(fields, "pubMillis"),
        position=(lat, lon, quality),
        text=fields.text("reportDescription").strip() or fields.text("additionalInfo").strip(),
        category=_BY_SUBTYPE.get(subtype) or _BY_TYPE.get(kind),
        category_raw=f"{kind}/{subtype}" if subtype else kind,
        media=(storable(image),) if image else (),
    )


def jam(item: Any) -> Report:
    """The report of a jam. `state_raw` is its level, or `blocked`."""
    fields = Fields(NAME, item)
    level, delay = fields.number("level"), fields.number("delay")
    blocked = delay == BLOCKED or level == 5
    return _report(
        fields,
        item,
        reported_at=_needed_instant(fields, "pubMillis"),
        position=_middle(fields),
        category="kemacetan",
        category_raw="jam",
        state_raw="blocked" if blocked else "" if level is None else f"level {level:g}",
        path=_path(fields),
    )


def irregularity(item: Any) -> Report:
    """The report of an irregularity: slower than this road is at this hour."""
    fields = Fields(NAME, item)
    kind = fields.text("type")
    return _report(
        fields,
        item,
        reported_at=_needed_instant(fields, "detectionDateMillis"),
        changed_at=fields.instant("updateDateMillis"),
        position=_middle(fields),
        category="kemacetan",
        category_raw=f"irregularity/{kind.lower()}" if kind else "irregularity",
        path=_path(fields),
    )


MAPPINGS: Final = {"alerts": alert, "jams": jam, "irregularities": irregularity}


def _report(
    fields: Fields,
    item: Any,
    *,
    reported_at: int,
    position: tuple[float | None, float | None, PlaceQuality],
    category: str | None,
    category_raw: str,
    text: str = "",
    changed_at: int | None = None,
    state_raw: str = "",
    media: tuple[str, ...] = (),
    path: tuple[tuple[float, float], ...] = (),
) -> Report:
    external_id = fields.identifier("uuid") or fields.needed_identifier("id")
    lat, lon, quality = position
    street, end = fields.text("street").strip(), fields.text("endNode").strip()
    way = f"{street} → {end}" if street and end else street or end
    words = mask_both(storable(way), storable(text))
    return Report(
        id=report_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        kind=ReportKind.CONTEXT,
        reported_at=reported_at,
        changed_at=changed_at,
        title=words.title,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(
            storable(", ".join(part for part in (street, fields.text("city").strip()) if part))
        ).text,
        category=category,
        category_raw=storable(category_raw),
        state_raw=state_raw,
        media=media,
        unmasked=words.unmasked,
        raw=raw_text(item),
        path=path,
    )


def _needed_instant(fields: Fields, key: str) -> int:
    value = fields.instant(key)
    if value is None:
        raise fields.bad(key)
    return value


def _point(
    fields: Fields, key: str, *, coarse: bool = False
) -> tuple[float | None, float | None, PlaceQuality]:
    lon, lat = fields.number("x"), fields.number("y")
    if lon is None or lat is None:
        raise fields.bad("x" if lon is None else "y")
    try:
        quality = judge(lat, lon, coarse=coarse)
    except ValueError:
        raise BadData(NAME, key) from None
    return (None, None, quality) if quality is PlaceQuality.NONE else (float(lat), float(lon), quality)


def _middle(fields: Fields) -> tuple[float | None, float | None, PlaceQuality]:
    """The middle vertex of a line stands for it: it lies on the road, which a mean of the ends may not."""
    line = fields.list("line")
    if not line:
        return None, None, PlaceQuality.NONE
    return _point(Fields(NAME, line[len(line) // 2], "line."), "line", coarse=True)


PATH_MOST: Final = 200
"""Vertices kept of a line: a road through the whole city has fewer bends that a map could show."""


def _path(fields: Fields) -> tuple[tuple[float, float], ...]:
    """The vertices of a line, its ends among them; none at all when one of them is no position."""
    line = fields.list("line")
    step = max(1, -(-len(line) // PATH_MOST))
    kept = [*line[:-1:step], *line[-1:]]
    found: list[tuple[float, float]] = []
    for vertex in kept:
        try:
            lat, lon, _ = _point(Fields(NAME, vertex, "line."), "line")
        except BadData:
            return ()
        if lat is None or lon is None:
            return ()
        found.append((lat, lon))
    return tuple(found) if len(found) > 1 else ()
