"""PetaBencana's `GET /reports` and its neighbours: a window without a cursor (channels paper 1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import HOUR, MINUTE, SECOND, from_iso, to_iso
from smartcity_desk.training.channel import Refusal, TrainingChannel
from smartcity_desk.training.published import picture_url, pictures_of, place_of
from smartcity_desk.training.record import PETABENCANA, PETABENCANA_CATEGORY, Citizen
from smartcity_desk.training.servers.common import (
    JSON,
    Clock,
    json_response,
    later,
    moment,
    tag_of,
    whole_number,
)

_CODES: Final = "BANBBTJTJBKTKSKBSTGOSASNSGSRACBEJALARISBSSSUNTMAMUJIBBKRPAPBKIKUYOJK"
REGIONS: Final = tuple(f"ID-{_CODES[at : at + 2]}" for at in range(0, len(_CODES), 2))
WINDOWS: Final = {"flood": 3, "earthquake": 12, "wind": 2, "haze": 6, "volcano": 12, "fire": 6}
"""Hours that are answered when the request names no `timeperiod`."""
LONGEST_S: Final = 2_592_000
ARCHIVE_LONGEST_S: Final = 18_748_800
ARCHIVE_KEY: Final = "kunci-arsip-latihan"
FORMATS: Final = ("topojson", "geojson", "cap")
CACHE_MS: Final = MINUTE
_HERE: Final = "ID-JK"


class PetabencanaServer:
    """Serves the records of `source`, oldest first, which may grow while it runs."""

    path: Final = ""

    def __init__(self, source: Sequence[Citizen], clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._cache: dict[str, tuple[int, bytes, str]] = {}

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/reports", self._reports),
                Route("/reports/archive", self._archive),
                Route("/archive/reports", self._keyed_archive),
                Route("/reports/timeseries", self._timeseries),
                Route("/reports/{id}", self._one),
            ],
            exception_handlers={404: _no_route, 405: _no_route},
        )

    async def _reports(self, request: Request) -> Response:
        query = request.query_params
        now = moment(request, self._clock)
        refusal = _check(query.get("admin"), query.get("disaster"), query.get("geoformat"))
        if refusal is not None:
            return refusal
        period = whole_number(query.get("timeperiod"))
        if query.get("timeperiod") is not None:
            if period is None or period < 1:
                return _invalid("timeperiod", "must be a number")
            if period > LONGEST_S:
                text = f"Time period should be less than our equal to {LONGEST_S} (30 days)"
                return json_response({"status": 400, "message": text}, 400)
        key = str(request.url.query)
        cached = self._cache.get(key)
        if cached is None or not 0 <= now - cached[0] < CACHE_MS:
            found = self._within(now, period, query.get("disaster"), query.get("admin"))
            content = _body(found, query.get("geoformat", "topojson"), now)
            cached = (now, content, tag_of(content))
            if len(self._cache) > 100:
                self._cache.clear()
            self._cache[key] = cached
        _, content, tag = cached
        headers = {"etag": tag, "access-control-allow-origin": "*", "cache-control": "public, max-age=60"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        kind = "application/xml; charset=utf-8" if query.get("geoformat") == "cap" else JSON
        return Response(content, headers={**headers, "content-type": kind})

    def _within(self, now: int, period: int | None, disaster: str | None, admin: str | None) -> list[Citizen]:
        if admin not in (None, "", _HERE):
            return []
        found = []
        for record in reversed(self._source):
            span = LONGEST_S if period is None else period
            if record.at < now - span * SECOND:
                break
            if record.at > now or (disaster and record.disaster != disaster):
                continue
            if period is None and record.at < now - WINDOWS[record.disaster] * HOUR:
                continue
            found.append(record)
        return found

    async def _archive(self, request: Request) -> Response:
        query = request.query_params
        bounds = []
        for name in ("start", "end"):
            try:
                # A raw "+" of the zone arrives as a blank.
                bounds.append(from_iso(query.get(name, "").replace(" ", "+")))
            except ValueError:
                return _invalid(
                    name, "must be a string with one of the following formats [YYYY-MM-DDTHH:mm:ssZ]"
                )
        if bounds[1] - bounds[0] > ARCHIVE_LONGEST_S * SECOND:
            return _invalid("end", f"is more than {ARCHIVE_LONGEST_S} seconds greater than 'start'")
        refusal = _check(query.get("admin"), query.get("disaster"), query.get("geoformat"))
        if refusal is not None:
            return refusal
        found = [record for record in reversed(self._source) if bounds[0] <= record.at <= bounds[1]]
        content = _body(found, query.get("geoformat", "topojson"), moment(request, self._clock))
        kind = "application/xml; charset=utf-8" if query.get("geoformat") == "cap" else JSON
        return Response(content, headers={"content-type": kind})

    async def _keyed_archive(self, request: Request) -> Response:
        """The same behind the gateway of the serverless form, which wants a key."""
        if request.headers.get("x-api-key", "") != ARCHIVE_KEY:
            return json_response({"message": "Forbidden"}, 403)
        return await self._archive(request)

    async def _timeseries(self, request: Request) -> Response:
        try:
            start, end = (
                from_iso(request.query_params.get(name, "").replace(" ", "+")) for name in ("start", "end")
            )
        except ValueError:
            return _invalid(
                "start", "must be a string with one of the following formats [YYYY-MM-DDTHH:mm:ssZ]"
            )
        counts = dict.fromkeys(range(start // HOUR, min(end // HOUR, start // HOUR + 24 * 366) + 1), 0)
        for record in self._source:
            if record.at // HOUR in counts:
                counts[record.at // HOUR] += 1
        result = [{"ts": to_iso(hour * HOUR), "count": str(count)} for hour, count in counts.items()]
        return json_response({"statusCode": 200, "result": result})

    async def _one(self, request: Request) -> Response:
        wanted = request.path_params["id"]
        found = [record for record in self._source if record.external_id == wanted]
        if not found:
            return json_response({"statusCode": 404, "found": False, "result": None}, 404)
        form = request.query_params.get("geoformat", "topojson")
        content = _body(found, form, moment(request, self._clock))
        return Response(content, headers={"content-type": JSON})


def feature(record: Citizen) -> dict[str, Any]:
    """A report as a GeoJSON feature, with the fields that the server sends."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [record.lon, record.lat]},
        "properties": _properties(record),
    }


def _properties(record: Citizen) -> dict[str, Any]:
    data: Any = {"report_type": record.disaster, "points": record.number % 4}
    if record.depth is not None:
        data["flood_depth"] = record.depth
    if record.number % 11 == 0:
        data = json.dumps(data)  # some rows hold the object as a text
    return {
        "pkey": record.external_id,
        "created_at": to_iso(record.at),
        "source": "grasp",
        "status": "confirmed",
        "url": f"kartu-{record.external_id}",
        "image_url": picture_url(record),
        "disaster_type": record.disaster,
        "report_data": data,
        "tags": {"district_id": None, "local_area_id": None, "instance_region_code": _HERE},
        "title": " " if record.number % 3 == 0 else None,
        "text": record.text,
        "partner_code": None,
        "partner_icon": None,
    }


def _body(records: Sequence[Citizen], form: str, now: int) -> bytes:

    if form == "cap":
        return _cap(records, now)
    result: dict[str, Any]
    if form == "geojson":
        result = {"type": "FeatureCollection", "features": [feature(record) for record in records]}
    else:
        result = _topology(records)
    body = {"statusCode": 200, "result": result}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _topology(records: Sequence[Citizen]) -> dict[str, Any]:
    """TopoJSON as the server that was run sends it: plain coordinates, no `transform`."""
    points = [(record.lon or 0.0, record.lat or 0.0) for record in records]
    box: list[float | None] = [None, None, None, None]
    if points:
        lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
        box = [min(lons), min(lats), max(lons), max(lats)]
    geometries = [
        {"type": "Point", "properties": _properties(record), "coordinates": [record.lon, record.lat]}
        for record in records
    ]
    return {
        "type": "Topology",
        "objects": {"output": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [],
        "bbox": box,
    }


def _cap(records: Iterable[Citizen], now: int) -> bytes:
    """An Atom feed with a CAP 1.2 alert in each entry."""
    entries = "".join(
        f"<entry><id>{record.external_id}</id><title>{record.external_id}.grasp</title><updated>{to_iso(record.at)}</updated>"
        f'<content type="text/xml"><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{record.external_id}</identifier><sender>grasp</sender><sent>{to_iso(record.at)}</sent>"
        "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><category>Geo</category>"
        f"<event>{escape(record.disaster)}</event><urgency>Immediate</urgency><severity>Moderate</severity>"
        f"<certainty>Observed</certainty><description>{quote(record.text)}</description>"
        f"<area><areaDesc>{_HERE}</areaDesc><circle>{record.lat},{record.lon} 0</circle></area>"
        "</info></alert></content></entry>"
        for record in records
    )
    return (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>https://data.petabencana.id/reports</id>'
        f"<title>Disaster Reports in Indonesia</title><updated>{to_iso(now)}</updated>{entries}</feed>"
    ).encode()


def _check(admin: str | None, disaster: str | None, form: str | None) -> Response | None:
    if admin is not None and admin not in REGIONS:
        return _invalid("admin", f"must be one of [{', '.join(REGIONS)}]")
    if disaster is not None and disaster not in (*WINDOWS, "typhoon"):
        return _invalid("disaster", f"must be one of [{', '.join(WINDOWS)}]")
    if form is not None and form not in FORMATS:
        return _invalid("geoformat", f"must be one of [{', '.join(FORMATS)}]")
    return None


def _invalid(name: str, why: str) -> Response:
    text = f'child "{name}" fails because ["{name}" {why}]'
    body = {
        "statusCode": 400,
        "error": "Bad Request",
        "message": text,
        "validation": {"source": "query", "keys": [name]},
    }
    return json_response(body, 400)


async def _no_route(request: Request, _: Exception) -> Response:
    return json_response({"message": "URL not found", "url": request.url.path}, 404)


# ---------------------------------------------------------------- the channel of the city


def external_id(number: int, _at: int) -> str:
    """A `pkey`: digits that grow with every report."""
    return str(310_000 + number)


def published(record: Citizen, directory: Directory) -> Report:
    """The report as a desk reads it."""
    words = mask_both("", storable(record.text.strip()))
    lat, lon, quality, hint = place_of(record, directory)
    return Report(
        id=record.id,
        channel=record.channel,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=record.at,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=hint,
        category=PETABENCANA_CATEGORY.get(record.disaster),
        category_raw=record.disaster,
        state_raw="confirmed",
        link=f"kartu-{record.external_id}",
        media=pictures_of(record),
    )


class PetabencanaSpoils:
    """How the gateway and the server behind it spoil an answer."""

    def refusal(self, status: int) -> Refusal:
        """The gateway in front answers some, the server itself the others."""
        if status in (403, 429):
            content: dict[str, Any] = {"message": "Forbidden" if status == 403 else "Too Many Requests"}
        else:
            content = {"status": status, "stack": "Error: training", "message": "Internal Server Error"}
        return Refusal(b"application/json", json.dumps(content).encode())

    def error_inside(self) -> bytes:
        """An error with status 200."""
        return b'{"statusCode":400,"message":"Error while processing request"}'

    def items(self, data: Any) -> list[Any]:
        """The features, or a topology's geometries."""
        result = data.get("result") or {}
        if "objects" in result:
            return list(result["objects"]["output"]["geometries"])
        return list(result.get("features", []))

    def put(self, data: Any, items: list[Any]) -> Any:
        """The answer with other items."""
        result = data["result"]
        if "objects" in result:
            result["objects"]["output"]["geometries"] = items
        else:
            result["features"] = items
        return data

    def spoil(self, fault: str, item: Any) -> Any:
        """One item with a fault in it."""
        inside = item["properties"]
        if fault == "skew":
            inside["created_at"] = later(inside["created_at"])
        elif fault == "wrong_type":
            inside["created_at"] = {"never": ["a", "time"]}
        elif fault == "unknown_enum":
            inside["disaster_type"] = "NEVER_SEEN_BEFORE"
        else:
            holder = item.get("geometry", item)
            holder["coordinates"] = [0, 0] if fault == "zero" else holder["coordinates"][::-1]
        return item


CHANNEL: Final = TrainingChannel(
    PETABENCANA,
    external_id,
    published,
    lambda source, stage: PetabencanaServer(source, stage.clock),
    PetabencanaSpoils(),
)
