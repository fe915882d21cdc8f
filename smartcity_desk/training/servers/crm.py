"""The CRM's dashboard: a window of days, the detail of a report, and private ones whose detail is refused (paper 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, from_iso, to_datetime, to_iso
from smartcity_desk.training.channel import Refusal, Stage, TrainingChannel
from smartcity_desk.training.published import picture_url, point_of
from smartcity_desk.training.record import QLUE, Citizen
from smartcity_desk.training.servers.common import Clock, json_response, moment

NAME: Final = "crm"
_SKEW: Final = 90_000
_PRIVATE_ONE_IN: Final = 17
CITY: Final = "Kota Latihan"
CATEGORIES: Final = {
    "sampah": "SAMPAH",
    "reklame_liar": "IKLAN LIAR",
    "genangan": "POTENSI BANJIR",
    "gangguan": "PELANGGARAN",
    "pohon_rawan": "TANAMAN BERMASALAH",
    "lampu_jalan": "Penerangan Jalan",
}
"""The city's categories in its words; the others are public facilities."""
OTHER: Final = "FASILITAS UMUM"
STATES: Final = (
    (0, "Menunggu"),
    (HOUR, "Koordinasi"),
    (3 * HOUR, "Disposisi"),
    (6 * HOUR, "Proses"),
    (2 * DAY, "Menunggu validasi dan verifikasi"),
    (3 * DAY, "Selesai"),
)


class CrmServer:
    """Serves the reports of `source`, oldest first, which may grow meanwhile."""

    path: Final = ""

    def __init__(self, source: Sequence[Citizen], directory: Directory, clock: Clock) -> None:
        self._source = source
        self._directory = directory
        self._clock = clock
        self.details = 0
        """How many details were asked for."""

    def app(self) -> Starlette:
        """The ASGI application."""
        base = "/api/public/dashboard"
        routes = [Route(f"{base}/distribution-map", self._list), Route(f"{base}/detail", self._detail)]
        return Starlette(routes=routes, exception_handlers={404: _no_route})

    async def _list(self, request: Request) -> Response:
        try:
            first, last = (
                date.fromisoformat(request.query_params.get(name, "")) for name in ("dateStart", "dateEnd")
            )
        except ValueError:
            return _refused(422, "dateStart and dateEnd are needed")
        now = moment(request, self._clock)
        found = [
            listed(record, self._directory, self._state(record, now))
            for record in self._source
            if record.at <= now and first <= _day(record.at) <= last
        ]
        return json_response(found)

    async def _detail(self, request: Request) -> Response:
        self.details += 1
        wanted = request.query_params.get("id", "")
        found = [record for record in self._source if record.external_id == wanted]
        if not found:
            return _refused(404, "Not found")
        if is_private(found[0]):
            return _refused(403, "Forbidden")
        state = self._state(found[0], moment(request, self._clock))
        return json_response(
            listed(found[0], self._directory, state)
            | {
                "documents": [{"url": link}] if (link := picture_url(found[0])) else [],
                "village": {
                    "name": self._directory.offices[found[0].placed].name,
                    "district": {"name": "Kecamatan Contoh", "city": {"name": CITY}},
                },
            }
        )

    def _state(self, record: Citizen, now: int) -> str:
        """What became of a report by now: every second one stays where it began."""
        age = now - record.at
        reached = [name for after, name in STATES if age >= after]
        return reached[-1] if reached and record.number % 2 == 0 else STATES[0][1]


def is_private(record: Citizen) -> bool:
    """Whether the reporter wants only the office to read it."""
    return record.number % _PRIVATE_ONE_IN == 3


def listed(record: Citizen, directory: Directory, state: str) -> dict[str, Any]:
    """A report as the map's list tells of it."""
    category = CATEGORIES.get(record.category, OTHER)
    place = directory.offices[record.placed].name
    return {
        "id": int(record.external_id),
        "code": f"JK{record.external_id}",
        "content": f"Permasalahan: {record.text} Kategori: {category} Lokasi: Jl. Contoh {place} "
        f"Detail Alamat Laporan: dekat pos RW {record.number % 9 + 1:02}",
        "lat": record.lat,
        "lng": record.lon,
        "tstatus": {"name": state},
        "complaintCategory": {"name": category},
        "zone": {"name": f"Kelurahan {place}"},
        "createdAt": to_iso(record.at),
    }


def _day(at: int) -> date:
    return to_datetime(at).astimezone(JAKARTA).date()


def _refused(status: int, text: str) -> Response:
    return json_response({"statusCode": status, "message": text}, status)


async def _no_route(_request: Request, _: Exception) -> Response:
    return _refused(404, "Cannot GET")


# ---------------------------------------------------------------- the channel of the city


def external_id(number: int, _at: int) -> str:
    """Digits that grow with every report."""
    return str(7_001_000 + number)


def published(record: Citizen, directory: Directory) -> Report:
    """The report as a desk reads it, when nothing was done about it yet."""
    category = CATEGORIES.get(record.category, OTHER)
    own = {name: code for code, name in CATEGORIES.items()} | {OTHER: "fasum_rusak"}
    place, private = directory.offices[record.placed].name, is_private(record)
    words = mask_both(f"JK{record.external_id}", storable(record.text.strip()))
    lat, lon, quality = point_of(record)
    hints = [f"dekat pos RW {record.number % 9 + 1:02}", f"Jl. Contoh {place}"]
    if not private:
        hints.append(f"{place}, Kecamatan Contoh, {CITY}")
    picture = None if private else picture_url(record)
    return Report(
        id=record.id,
        channel=record.channel,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=record.at,
        title=words.title,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(storable(", ".join(hints))).text,
        category=own[category],
        category_raw=category,
        state_raw=f"{STATES[0][1]}: Kelurahan {place}",
        media=(picture,) if picture else (),
        private=private,
    )


class CrmSpoils:
    """How the dashboard spoils an answer."""

    def refusal(self, status: int) -> Refusal:
        """As its framework writes it."""
        retry = ((b"retry-after", b"60"),) if status == 429 else ()
        body = {"statusCode": status, "message": "on order"}
        return Refusal(b"application/json", msgspec.json.encode(body), retry)

    def error_inside(self) -> bytes:
        """An error with status 200."""
        return b'{"statusCode":500,"message":"on order"}'

    def items(self, data: Any) -> list[Any]:
        """The reports of the list; a detail is one."""
        return list(data) if isinstance(data, list) else [data]

    def put(self, data: Any, items: list[Any]) -> Any:
        """The answer with other reports."""
        return items if isinstance(data, list) else next(iter(items), {})

    def spoil(self, fault: str, item: Any) -> Any:
        """One report with a fault in it."""
        if fault == "skew":
            item["createdAt"] = to_iso(from_iso(item["createdAt"]) + _SKEW)
        elif fault == "wrong_type":
            item["createdAt"] = {"never": ["a", "time"]}
        elif fault == "unknown_enum":
            item["tstatus"] = {"name": "NEVER_SEEN_BEFORE"}
        elif fault == "zero":
            item["lat"] = item["lng"] = 0
        else:
            item["lat"], item["lng"] = 106.8, -6.2
        return item


def _server(source: Sequence[Citizen], stage: Stage) -> CrmServer:
    return CrmServer(source, stage.directory, stage.clock)


CHANNEL: Final = TrainingChannel(
    NAME,
    external_id,
    published,
    _server,
    CrmSpoils(),
    options={"confirmed": "ya"},
    on=False,
    heard_by=QLUE,
)
