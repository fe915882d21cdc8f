"""The city's gauges: `xmldata.xml`, its JSON twins, and the history text (channels paper 11.1).

Levels and thresholds are millimetres, except in the history text, where levels are centimetres and thresholds are not.
`COOR_X` and `COOR_Y` are pixels of a sketch. Some rows write their time without a zone: Jakarta's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from smartcity_desk.domain.errors import BadData, Transient
from smartcity_desk.domain.text import one_line
from smartcity_desk.domain.times import JAKARTA, from_iso, plausible, to_datetime, to_iso
from smartcity_desk.domain.waterlevel import NORMAL, Reading, Station, Thresholds, threshold
from smartcity_desk.place.layers import checking
from smartcity_desk.place.layers.content import Brought, bad
from smartcity_desk.sync.layers.wire import PLACE, Wire
from smartcity_desk.sync.layers.xmltree import elements, local, text
from smartcity_desk.sync.transport import decode_json

RECORD: Final = "SP_GET_LAST_STATUS_PINTU_AIR"
MOST_STATIONS: Final = 2_000
MM_PER_CM: Final = 10
_HISTORY: Final = "/Pages/GenerateDataTinggiAir.aspx"
_SIAGA: Final = re.compile(r"siaga\s*([1-4])")
_KEY: Final = re.compile(r"[0-9]{1,9}")
_LINE: Final = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2})[.:](\d{2})[.:](\d{2}),(-?\d{1,6}(?:\.\d+)?)")
_WHOLE: Final = re.compile(r"-?\d{1,7}(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class Gauges:
    """The stations of an answer, and how many rows were none."""

    stations: tuple[Station, ...]
    left_out: int


async def fetch(wire: Wire, url: str) -> Gauges:
    """All gauges as they stand. Raises DeskError; an empty answer or one of nothing readable is BadData."""
    return read((await wire.get(url)).data)


def read(data: bytes) -> Gauges:
    """The gauges of an answer, XML or JSON by its first letter. Raises BadData."""
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.lower().startswith((b"<html", b"<!doctype html")):
        raise Transient(place=PLACE, reason="html")
    rows = list(_xml(data)) if start.startswith(b"<") else _json(data)
    found: dict[str, Station] = {}
    for row in rows:
        station = _station(row)
        if station is not None:
            before = found.get(station.key)
            if before is None or station.reading.at >= before.reading.at:
                found[station.key] = station
    if not found:
        raise bad("no_gauges", value=len(rows)) if rows else bad("empty")
    return Gauges(tuple(found.values()), len(rows) - len(found))


def _xml(data: bytes) -> Iterable[Mapping[str, Any]]:
    for number, record in enumerate(elements(data, RECORD)):
        if number >= MOST_STATIONS:
            raise bad("too_many", value=number, most=MOST_STATIONS)
        yield {local(one): text(one) for one in record}


def _json(data: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        found = decode_json(data)
    except ValueError:
        raise BadData(PLACE, "json") from None
    while isinstance(found, dict):  # {"DocumentElement": {"SP_…": [...]}} or {"data": [...]}
        found = next((one for one in found.values() if isinstance(one, list | dict)), [])
    if not isinstance(found, list) or len(found) > MOST_STATIONS:
        raise BadData(PLACE, "envelope")
    return [one for one in found if isinstance(one, dict)]


def _station(row: Mapping[str, Any]) -> Station | None:
    """One row as a gauge, or None when its key, level, time or place cannot be read."""
    key, name = str(row.get("ID_PINTU_AIR", "")).strip(), row.get("NAMA_PINTU_AIR")
    level, at = _millimetres(row.get("TINGGI_AIR")), _time(row.get("TANGGAL"))
    lat, lon = _degrees(row.get("LATITUDE")), _degrees(row.get("LONGITUDE"))
    if not _KEY.fullmatch(key) or level is None or at is None or lat is None or lon is None:
        return None
    ones = [threshold(_millimetres(row.get(f"SIAGA{rank}"))) for rank in (1, 2, 3)]
    river = row.get("LOKASI")
    return Station(
        key,
        one_line(name, 80) if isinstance(name, str) and name.strip() else key,
        one_line(river, 60) if isinstance(river, str) else "",
        lat,
        lon,
        Thresholds(*ones),
        Reading(level, at),
        _millimetres(row.get("TINGGI_AIR_SEBELUMNYA")),
        _told(row.get("STATUS_SIAGA")),
    )


def _millimetres(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10_000_000 else None
    if isinstance(value, float):
        return round(value) if abs(value) < 10_000_000 else None
    return int(float(value)) if isinstance(value, str) and _WHOLE.fullmatch(value.strip()) else None


def _degrees(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if -180 <= found <= 180 and found != 0 else None


def _time(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return plausible(from_iso(value[:40], naive_zone=JAKARTA))
    except (ValueError, OverflowError):
        return None


def _told(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    found = _SIAGA.search(value.lower())
    if found:
        return int(found.group(1))
    return NORMAL if "normal" in value.lower() else None


def layer(gauges: Gauges) -> Brought:
    """The gauges as shapes of a layer: levels in mm, the time as an instant in ISO 8601."""
    newest = max(one.reading.at for one in gauges.stations)
    return Brought(
        features=checking.features_of(
            [(one.lon, one.lat) for one in gauges.stations],
            [
                {
                    "name": one.name,
                    "key": one.key,
                    "river": one.river,
                    "level_mm": one.reading.level,
                    "read_at": to_iso(one.reading.at),
                    "siaga": one.siaga,
                }
                for one in gauges.stations
            ],
        ),
        as_of=to_iso(newest),
        left_out=gauges.left_out,
    )


# ---------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class History:
    """The readings of one gauge (mm, by time) and its thresholds (mm)."""

    readings: tuple[Reading, ...]
    thresholds: Thresholds


def history_url(url: str) -> str | None:
    """Where the history of the same server lies; None when the address is none of this server's."""
    parts = urlsplit(url)
    if parts.path.rpartition("/")[2] not in {"xmldata.xml", "datatma.json", "datatmalaststatus.json"}:
        return None
    root = parts.path.rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, root + _HISTORY, "", ""))


async def history(wire: Wire, url: str, key: str, since: int, until: int) -> History:
    """The readings of one gauge between two instants, by whole days of Jakarta. Ask for a week at most.

    Raises DeskError; a page of the server's own troubles is Transient.
    """
    first, last = (_day(at) for at in (since, until))
    params = {"IdPintuAir": key, "StartDate": f"{first:%d/%m/%Y}", "EndDate": f"{last:%d/%m/%Y}"}
    return read_history((await wire.get(url, params=params)).data)


def read_history(data: bytes) -> History:
    """`time,cm;time,cm;…|mm;mm;mm|` and an empty page after it. Raises Transient where there is none of it."""
    told = data[: 8 << 20].decode("utf-8", "replace").partition("<")[0]
    parts = told.split("|")
    if len(parts) < 2:
        raise Transient(place=PLACE, reason="html")
    readings = []
    for found in _LINE.finditer(parts[0]):
        day, hour, minute, second, level = found.groups()
        at = _time(f"{day} {hour}:{minute}:{second}")
        if at is not None:
            readings.append(Reading(round(float(level) * MM_PER_CM), at))
    ones = [threshold(_millimetres(one)) for one in (*parts[1].split(";"), "", "", "")[:3]]
    return History(tuple(sorted(readings, key=lambda one: one.at)), Thresholds(*ones))


def _day(at: int) -> date:
    return to_datetime(at).astimezone(JAKARTA).date()
