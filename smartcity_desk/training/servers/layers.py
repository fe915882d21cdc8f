"""The city's layers, invented, by the protocols that the real ones speak: ArcGIS, Overpass, gauges, Satu Data.

Fibre routes and towers on a FeatureServer with pages, posts and shops on an Overpass server, gauges as XML, JSON and
history whose levels rise in a flood, people by kelurahan as rows of text. Everything follows from the seed and the
clock: nothing has to be remembered, and two servers of one seed tell the same.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.office import Directory, Office, OfficeLevel
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, to_datetime, to_iso
from smartcity_desk.training.draw import pick, seeded
from smartcity_desk.training.servers.common import Clock, json_response, moment, whole_number
from smartcity_desk.training.texts import STREETS

SLUG: Final = "jumlah-penduduk-per-kelurahan-contoh"
"""What the data set of people is called."""
PAGE: Final = 100
"""Records that the FeatureServer gives at most, whatever is asked."""
REFRESH: Final = 10 * MINUTE
_ANY: Final = ("429", "504", "html", "collapse")
_ARCGIS: Final = ("token", "error_inside", *_ANY)
_OVERPASS: Final = ("remark", *_ANY)
FAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "pintu_air": ("500", "stale", *_ANY),
    "serat_optik": _ARCGIS,
    "menara": _ARCGIS,
    "pos_polisi": _OVERPASS,
    "spbu": _OVERPASS,
    "restoran": _OVERPASS,
    "penduduk": ("error_inside", *_ANY),
}
"""What each layer's server can do wrong: `token` and `error_inside` come with status 200, `remark` breaks off half-way,
`stale` gauges stand still for 3 h, `collapse` leaves a tenth of the records."""
_ROOT: Final = "/server/rest/services"
_FLOOD_EVERY: Final = 60 * HOUR
_FLOOD_LASTS: Final = 9 * HOUR
_STALE: Final = 3 * HOUR
_ORG: Final = "Kota latihan (data rekaan)"
_SHOPS: Final = ("Warung", "Rumah Makan", "Kedai", "Depot", "Kantin")
_BRANDS: Final = ("Pertamaju", "Sinar Energi", "Bahari Gas")
_GAUGES: Final = (
    ("Pintu Latihan Hulu", "Ciliwung", (2000, 1500, 800, 0)),
    ("Pintu Latihan Tengah", "Ciliwung", (9500, 8500, 7500, 0)),
    ("Pintu Latihan Hilir", "Ciliwung", (3500, 2700, 2000, 1)),
    ("Pos Latihan Barat", "Pesanggrahan", (3500, 2500, 1500, 1)),
    ("Pos Latihan Timur", "Sunter", (3000, 2500, 2000, 0)),
    ("Waduk Latihan Utara", "Krukut", (0, 0, 0, 0)),
)

Flood = Callable[[int], float]
"""How much of a flood there is at an instant (ms UTC): 0 for none, 1 for the worst."""


def app(directory: Directory, seed: int, clock: Clock, flood: Flood | None = None) -> Starlette:
    """The ASGI application of all layers of a city. `flood` is the city's own; without it one comes every few days."""
    return LayersServer(directory, seed, clock, flood).app()


def urls(origin: str) -> dict[str, dict[str, str]]:
    """What a desk has to be told, by layer: `reader`, `url` and `part`, as `layer set` takes them."""
    overpass = f"{origin}/api/interpreter"
    found = {
        "pintu_air": ("water", f"{origin}/xmldata.xml", ""),
        "serat_optik": ("arcgis", f"{origin}{_ROOT}", "UTILITAS/Serat_Optik/Jalur serat optik"),
        "menara": ("arcgis", f"{origin}{_ROOT}/UTILITAS/Menara/FeatureServer", "Menara"),
        "pos_polisi": ("overpass", overpass, 'nwr["amenity"="police"];'),
        "spbu": ("overpass", overpass, 'nwr["amenity"="fuel"];'),
        "restoran": ("overpass", overpass, 'nwr["amenity"="restaurant"];'),
        "penduduk": ("satudata", f"{origin}/gateway/DataPortalSatuDataJakarta/1.0/satudata", SLUG),
    }
    return {name: {"reader": reader, "url": url, "part": part} for name, (reader, url, part) in found.items()}


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer of the FeatureServer."""

    service: str
    name: str
    geometry: str
    fields: Sequence[tuple[str, str]]
    features: Sequence[Mapping[str, Any]]


class LayersServer:
    """Answers for a city. `spoil` puts a fault on order for a layer, one answer each."""

    def __init__(self, directory: Directory, seed: int, clock: Clock, flood: Flood | None = None) -> None:
        self._seed = seed
        self._clock = clock
        self._flood = flood or self._own_flood
        self._orders: dict[str, deque[str]] = {}
        self._short: set[str] = set()
        """Services that have lost most of their records until they are asked anew."""
        self._places = [
            office
            for office in directory.offices.values()
            if office.level is OfficeLevel.KELURAHAN and office.lat is not None and office.lon is not None
        ]
        self._layers = {one.service: one for one in (self._fibre(), self._towers())}

    def spoil(self, layer: str, fault: str) -> None:
        """Make a layer's next answer a fault. Raises ConfigProblem (`unknown_channel`, `unknown_fault`)."""
        if layer not in FAULTS:
            raise ConfigProblem(name="channel", reason="unknown_channel", value=layer[:60])
        if fault not in FAULTS[layer]:
            raise ConfigProblem(name="fault", reason="unknown_fault", value=fault[:60])
        self._orders.setdefault(layer, deque()).append(fault)

    def app(self) -> Starlette:
        """The ASGI application."""
        arcgis = [
            Route(_ROOT, self._directory_page),
            Route(f"{_ROOT}/UTILITAS", self._directory_page),
            Route(_ROOT + "/UTILITAS/{service}/FeatureServer", self._service),
            Route(_ROOT + "/UTILITAS/{service}/FeatureServer/{number}", self._layer),
            Route(_ROOT + "/UTILITAS/{service}/FeatureServer/{number}/query", self._query),
        ]
        return Starlette(
            routes=[
                *arcgis,
                Route("/api/interpreter", self._overpass, methods=["POST"]),
                Route("/xmldata.xml", self._gauges_xml),
                Route("/datatma.json", self._gauges_json),
                Route("/datatmalaststatus.json", self._gauges_json),
                Route("/Pages/GenerateDataTinggiAir.aspx", self._history),
                Route("/gateway/DataPortalSatuDataJakarta/1.0/satudata", self._people),
            ]
        )

    def _fault(self, layer: str) -> str:
        orders = self._orders.get(layer)
        return orders.popleft() if orders else ""

    # -- ArcGIS ------------------------------------------------------------------------------------------------

    def _fibre(self) -> _Layer:
        features = []
        for number, office in enumerate(self._places, 1):
            rng = seeded(self._seed, "fibre", office.code)
            other = pick(rng, self._places)
            path = _path(rng, office, other)
            features.append(
                {
                    "attributes": {
                        "OBJECTID": number,
                        "nama": f"Ruas {pick(rng, STREETS)} {office.name}",
                        "pemilik": pick(rng, ("SJUT contoh", "Operator contoh A", "Operator contoh B")),
                        "panjang_m": 900 + int(rng.random() * 2600),
                    },
                    "geometry": {"paths": [path]},
                }
            )
        fields = (("OBJECTID", "OID"), ("nama", "String"), ("pemilik", "String"), ("panjang_m", "Integer"))
        return _Layer("Serat_Optik", "Jalur serat optik", "esriGeometryPolyline", fields, features)

    def _towers(self) -> _Layer:
        features = []
        number = 0
        for office in self._places:
            rng = seeded(self._seed, "towers", office.code)
            for _ in range(1 + int(rng.random() * 3)):
                number += 1
                x, y = _near(rng, office)
                features.append(
                    {
                        "attributes": {
                            "OBJECTID": number,
                            "nama": f"Menara {office.name} {number}",
                            "tinggi_m": 20 + int(rng.random() * 52),
                        },
                        "geometry": {"x": x, "y": y},
                    }
                )
        fields = (("OBJECTID", "OID"), ("nama", "String"), ("tinggi_m", "Integer"))
        return _Layer("Menara", "Menara", "esriGeometryPoint", fields, features)

    async def _directory_page(self, request: Request) -> Response:
        inside = request.url.path.endswith("/UTILITAS")
        services = [{"name": f"UTILITAS/{name}", "type": "FeatureServer"} for name in self._layers]
        return json_response(
            {
                "currentVersion": 11.2,
                "folders": [] if inside else ["UTILITAS"],
                "services": services if inside else [],
            }
        )

    def _of(self, request: Request) -> _Layer | None:
        found = self._layers.get(request.path_params["service"])
        return found if request.path_params.get("number", "0") == "0" else None

    async def _service(self, request: Request) -> Response:
        layer = self._of(request)
        if layer is None:
            return _inside(404, "Service not found")
        return json_response(
            {
                "currentVersion": 11.2,
                "maxRecordCount": PAGE,
                "copyrightText": _ORG,
                "layers": [{"id": 0, "name": layer.name, "geometryType": layer.geometry}],
            }
        )

    async def _layer(self, request: Request) -> Response:
        layer = self._of(request)
        if layer is None:
            return _inside(404, "Layer not found")
        fault = self._fault("serat_optik" if layer.service == "Serat_Optik" else "menara")
        self._short.discard(layer.service)
        if fault == "collapse":
            self._short.add(layer.service)
        elif fault == "token":
            return _inside(499, "Token Required")
        elif fault:
            return _spoiled(fault)
        edited = moment(request, self._clock) // (7 * DAY) * 7 * DAY
        return json_response(
            {
                "currentVersion": 11.2,
                "id": 0,
                "name": layer.name,
                "type": "Feature Layer",
                "geometryType": layer.geometry,
                "objectIdField": "OBJECTID",
                "maxRecordCount": PAGE,
                "copyrightText": _ORG,
                "editingInfo": {"lastEditDate": edited},
                "advancedQueryCapabilities": {"supportsPagination": True, "supportsOrderBy": True},
                "fields": _fields(layer),
            }
        )

    async def _query(self, request: Request) -> Response:
        layer, asked = self._of(request), request.query_params
        if layer is None:
            return _inside(404, "Layer not found")
        if asked.get("where", "1=1") != "1=1":
            return _inside(400, f'Invalid "where" parameter: {asked["where"][:80]}')
        features = layer.features
        if layer.service in self._short:
            features = features[: max(1, len(features) // 10)]
        if asked.get("returnCountOnly") == "true":
            return json_response({"count": len(features)})
        if asked.get("returnIdsOnly") == "true":
            ids = [one["attributes"]["OBJECTID"] for one in features]
            return json_response({"objectIdFieldName": "OBJECTID", "objectIds": ids})
        offset = whole_number(asked.get("resultOffset")) or 0
        wanted = min(whole_number(asked.get("resultRecordCount")) or PAGE, PAGE)
        return json_response(
            {
                "objectIdFieldName": "OBJECTID",
                "geometryType": layer.geometry,
                "spatialReference": {"wkid": 4326, "latestWkid": 4326},
                "fields": _fields(layer),
                "features": features[offset : offset + wanted],
                "exceededTransferLimit": offset + wanted < len(features),
            }
        )

    # -- Overpass ----------------------------------------------------------------------------------------------

    async def _overpass(self, request: Request) -> Response:
        form = parse_qs((await request.body())[:100_000].decode("utf-8", "replace"))
        question = "".join(form.get("data", []))
        found = re.search(r'\["amenity"="(police|fuel|restaurant)"\]', question)
        if not question.startswith("[out:json]") or found is None:
            told = "line 1: parse error: ';' expected - 'out' found."
            return HTMLResponse(f"<html><p><strong>Error</strong>: {told}</p></html>", 400)
        kind = found.group(1)
        fault = self._fault({"police": "pos_polisi", "fuel": "spbu", "restaurant": "restoran"}[kind])
        elements = self._objects(kind)
        answer: dict[str, Any] = {
            "version": 0.6,
            "generator": "Overpass API",
            "osm3s": {
                "timestamp_osm_base": to_iso(moment(request, self._clock) // DAY * DAY),
                "copyright": "Kota latihan (data rekaan)",
            },
            "elements": elements,
        }
        if fault == "remark":
            answer |= {
                "elements": elements[:3],
                "remark": 'runtime error: Query timed out in "query" at line 1 after 61 seconds.',
            }
        elif fault == "collapse":
            answer["elements"] = elements[: max(1, len(elements) // 10)]
        elif fault:
            return _spoiled(fault)
        return json_response(answer)

    def _objects(self, kind: str) -> list[dict[str, Any]]:
        share = {"police": 0.35, "fuel": 0.6, "restaurant": 4.0}[kind]
        found: list[dict[str, Any]] = []
        for office in self._places:
            rng = seeded(self._seed, kind, office.code)
            for _ in range(int(share) + (rng.random() < share % 1)):
                x, y = _near(rng, office)
                number = 900_000_000 + len(found)
                tags = {"amenity": kind, "name": _called(kind, rng, office)}
                if rng.random() < 0.3:
                    center = {"lat": y, "lon": x}
                    found.append({"type": "way", "id": number, "center": center, "tags": tags})
                else:
                    found.append({"type": "node", "id": number, "lat": y, "lon": x, "tags": tags})
        return found

    # -- gauges ------------------------------------------------------------------------------------------------

    def level(self, gauge: int, at: int) -> int:
        """The level of a gauge (mm) at an instant: a calm day's tide, and what a flood puts on top of it."""
        _, _, thresholds = _GAUGES[gauge]
        top = thresholds[0] or 2_000
        calm = 0.45 * (thresholds[2] or 1_200)
        tide = 0.05 * top * math.sin(2 * math.pi * (at / (12.4 * HOUR) + gauge / 7))
        late = at - gauge * 20 * MINUTE  # water takes its time on the way down
        return round((calm + tide + 1.05 * (top - calm) * self._flood(late)) / 10) * 10

    def _own_flood(self, at: int) -> float:
        number = at // _FLOOD_EVERY
        rng = seeded(self._seed, "water", number)
        begun = number * _FLOOD_EVERY + int(rng.random() * (_FLOOD_EVERY - _FLOOD_LASTS))
        part = (at - begun) / _FLOOD_LASTS
        return rng.uniform(0.6, 1.0) * math.sin(math.pi * part) ** 2 if 0 < part < 1 else 0.0

    def _rows(self, now: int) -> list[dict[str, Any]]:
        fault = self._fault("pintu_air")
        at = (now - (_STALE if fault == "stale" else 0)) // REFRESH * REFRESH
        rows = []
        for number, (name, river, thresholds) in enumerate(_GAUGES):
            office = self._places[(number * 37 + self._seed) % len(self._places)]
            level = self.level(number, at)
            siaga = next((rank for rank in (1, 2, 3) if 1 < thresholds[rank - 1] <= level), 4)
            # Some rows of the real feed write their time without a zone.
            local = to_datetime(at).astimezone(JAKARTA)
            told = f"{local:%Y-%m-%d %H:%M:%S}" if number == 3 else local.isoformat(timespec="seconds")
            rows.append(
                {
                    "ID_PINTU_AIR": 900 + number,
                    "KODE_STASIUN": f"{number + 1:02}",
                    "NAMA_PINTU_AIR": name,
                    "LOKASI": river,
                    **{f"SIAGA{rank}": thresholds[rank - 1] for rank in (1, 2, 3, 4)},
                    "COOR_X": 300 + 10 * number,
                    "COOR_Y": 520,
                    "LATITUDE": office.lat,
                    "LONGITUDE": office.lon,
                    "RECORD_STATUS": 1,
                    "TANGGAL": told,
                    "TINGGI_AIR": level,
                    "TINGGI_AIR_SEBELUMNYA": self.level(number, at - REFRESH),
                    "STATUS_SIAGA": "Status : Normal" if siaga == 4 else f"Status : Siaga {siaga}",
                }
            )
        return rows[:1] if fault == "collapse" else rows

    async def _gauges_xml(self, request: Request) -> Response:
        orders = self._orders.get("pintu_air")
        if orders and orders[0] not in {"stale", "collapse"}:
            return _spoiled(self._fault("pintu_air"))
        records = "".join(
            "<SP_GET_LAST_STATUS_PINTU_AIR>"
            + "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in row.items())
            + "</SP_GET_LAST_STATUS_PINTU_AIR>"
            for row in self._rows(moment(request, self._clock))
        )
        body = f'<?xml version="1.0" standalone="yes"?>\n<DocumentElement>{records}</DocumentElement>'
        return Response(body, media_type="text/xml")

    async def _gauges_json(self, request: Request) -> Response:
        return json_response(self._rows(moment(request, self._clock)))

    async def _history(self, request: Request) -> Response:
        number = (whole_number(request.query_params.get("IdPintuAir")) or 0) - 900
        first, last = (_day(request.query_params.get(name, "")) for name in ("StartDate", "EndDate"))
        if not 0 <= number < len(_GAUGES) or first is None or last is None or last - first > 90 * DAY:
            return HTMLResponse("<html><title>Runtime Error</title></html>", 500)
        until = min(last + DAY, moment(request, self._clock))
        told = []
        for at in range(first, until, REFRESH):
            local = to_datetime(at).astimezone(JAKARTA)
            told.append(f"{local:%Y-%m-%d %H.%M.%S},{self.level(number, at) // 10};")
        thresholds = ";".join(str(one) for one in _GAUGES[number][2][:3])
        return PlainTextResponse(f"{''.join(told)}|{thresholds}|\n\n<html></html>", media_type="text/html")

    # -- Satu Data ---------------------------------------------------------------------------------------------

    async def _people(self, request: Request) -> Response:
        fault = self._fault("penduduk")
        if fault and fault != "collapse":
            return _spoiled(fault)
        if request.query_params.get("url") != SLUG:
            return json_response({"data": []})
        rows = []
        for office in self._places:
            rng = seeded(self._seed, "people", office.code)
            whole = office.population or 8_000 + int(rng.random() * 30_000)
            for period, share in (("2024", 0.98), ("2025", 1.0)):
                for sex, part in (("Laki-laki", 0.503), ("Perempuan", 0.497)):
                    rows.append(
                        {
                            "periode_data": period,
                            "kode_kelurahan": office.code.replace(".", ""),
                            "nama_kelurahan": office.name.upper(),
                            "jenis_kelamin": sex,
                            "jumlah_penduduk": str(round(whole * share * part)),
                        }
                    )
        return json_response({"data": rows[: len(rows) // 10] if fault else rows})


def _fields(layer: _Layer) -> list[dict[str, Any]]:
    return [{"name": name, "type": f"esriFieldType{kind}", "alias": name} for name, kind in layer.fields]


def _inside(code: int, message: str) -> Response:
    """An error as ArcGIS sends it: with status 200."""
    return json_response({"error": {"code": code, "message": message, "details": []}})


def _spoiled(fault: str) -> Response:
    if fault == "error_inside":
        return _inside(400, "Unable to complete operation.")
    if fault == "500":
        return HTMLResponse("<html><title>Runtime Error</title></html>", 500)
    if fault == "429":
        return HTMLResponse("<html>Too Many Requests</html>", 429, {"Retry-After": "60"})
    if fault == "504":
        return HTMLResponse("<html>The server is probably too busy to handle your request.</html>", 504)
    return HTMLResponse("<!DOCTYPE html><html><title>Gangguan</title><p>Sedang diperbaiki</p></html>")


def _near(rng: Any, office: Office) -> tuple[float, float]:
    assert office.lat is not None
    assert office.lon is not None
    x, y = rng.uniform(-0.004, 0.004), rng.uniform(-0.004, 0.004)
    return round(office.lon + x, 6), round(office.lat + y, 6)


def _path(rng: Any, office: Office, other: Office) -> list[list[float]]:
    """A way that leads a little towards another kelurahan, in steps along streets."""
    x, y = _near(rng, office)
    assert other.lat is not None
    assert other.lon is not None
    path = [[x, y]]
    for _ in range(4 + int(rng.random() * 8)):
        if rng.random() < 0.5:
            x += math.copysign(rng.uniform(0.0006, 0.002), other.lon - x)
        else:
            y += math.copysign(rng.uniform(0.0006, 0.002), other.lat - y)
        path.append([round(x, 6), round(y, 6)])
    return path


def _called(kind: str, rng: Any, office: Office) -> str:
    if kind == "police":
        return f"Pos Polisi {office.name}"
    if kind == "fuel":
        return f"SPBU {pick(rng, _BRANDS)} {office.name}"
    return f"{pick(rng, _SHOPS)} {pick(rng, STREETS)}"


def _day(text: str) -> int | None:
    """The first instant of a day of Jakarta, `dd/MM/yyyy`."""
    from datetime import datetime

    from smartcity_desk.domain.times import from_datetime

    try:
        return from_datetime(datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=JAKARTA))
    except (ValueError, OverflowError):
        return None
