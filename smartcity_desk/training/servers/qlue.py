"""QLUE's marker lists of all versions, bare arrays newest first, and the history of a marker (channels paper 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import Report, ReportKind, Status
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, SECOND, from_iso, to_datetime
from smartcity_desk.training.channel import Refusal, Stage, TrainingChannel
from smartcity_desk.training.published import picture_url, pictures_of, point_of
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.common import Clock, json_response, moment

NAME: Final = "qlue"
MOST: Final = 2_000
"""Markers of a list at most."""
PROGRESS: Final = 6 * HOUR
_MOVES_ONE_IN: Final = 11
_SKEW: Final = 90_000
LABELS: Final = {
    "banjir": ("Banjir", "Flood"),
    "jalan_rusak": ("Jalan rusak", "Damaged Road"),
    "lampu_jalan": ("Lampu jalan rusak", "Street Light"),
    "parkir_liar": ("Parkir liar", "Illegal Parking"),
    "pkl": ("PKL liar", "Street Vendor"),
    "pohon_tumbang": ("Pohon tumbang", "Fallen Tree"),
    "sampah": ("Sampah", "Sanitation"),
}
"""The city's categories as the app's labels; the others are public facilities."""
OTHER: Final = ("Fasilitas umum", "Public Facility")
_READ_AS: Final = {"Flood": "banjir", "Sanitation": "sampah"}
"""What a desk makes of the labels of the later lists."""
_HTML: Final = b"<!DOCTYPE html><html><head><title>Qlue</title></head><body>Error</body></html>"


class QlueServer:
    """Serves the markers of `source`, oldest first, which may grow meanwhile."""

    path: Final = ""

    def __init__(self, source: Sequence[Citizen], directory: Directory, clock: Clock) -> None:
        self._source = source
        self._directory = directory
        self._clock = clock

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/qluein_marker_level1.php", self._first),
            Route("/qluein_marker_v2.php", self._nested),
            Route("/qluein_marker_v3.php", self._nested),
            Route("/web_list_history_progress.php", self._history),
        ]
        return Starlette(routes=routes, exception_handlers={404: _no_route})

    def _until(self, now: int) -> list[Citizen]:
        return [record for record in self._source if record.at <= now][-MOST:][::-1]

    async def _first(self, request: Request) -> Response:
        now = moment(request, self._clock)
        return json_response([flat(record) for record in self._until(now)])

    async def _nested(self, request: Request) -> Response:
        now = moment(request, self._clock)
        return json_response(
            [nested(record, self._directory, self._state(record)) for record in self._until(now)]
        )

    async def _history(self, request: Request) -> Response:
        wanted = request.query_params.get("pid", "")
        found = [record for record in self._source if record.external_id == wanted]
        return json_response(self._steps(found[0]) if found else [])

    def _state(self, record: Citizen) -> str:
        """What became of a marker here: a few are worked on after hours, and fewer are done after a day."""
        age = self._clock() - record.at
        if record.number % _MOVES_ONE_IN or age < PROGRESS:
            return "wait"
        return "complete" if age >= DAY and record.number % (3 * _MOVES_ONE_IN) == 0 else "process"

    def _steps(self, record: Citizen) -> list[dict[str, Any]]:
        state = self._state(record)
        steps = [_step(record, PROGRESS, "process", "Petugas menuju lokasi.")] if state != "wait" else []
        if state == "complete":
            steps.append(_step(record, DAY, "complete", "Sudah ditangani, terima kasih."))
        return steps


def _step(record: Citizen, after: int, state: str, text: str) -> dict[str, Any]:
    return {
        "tl_by": "Kelurahan",
        "username": "petugas_latihan",
        "timestamp": _local(record.at + after),
        "status": state,
        "description": text,
        "file": "",
    }


def flat(record: Citizen) -> dict[str, Any]:
    """A marker as version 1 writes it."""
    return {
        "post_id": int(record.external_id),
        "post_date": _local(record.at),
        "post_title": LABELS.get(record.category, OTHER)[0],
        "post_desc": record.text,
        "post_images": _plain_http(record),
        "loc_lat": record.lat or 0,
        "loc_lng": record.lon or 0,
        "profile_name": f"warga {record.author}",
    }


def nested(record: Citizen, directory: Directory, state: str) -> dict[str, Any]:
    """A marker as versions 2 and 3 write it."""
    return {
        "id": int(record.external_id),
        "type": LABELS.get(record.category, OTHER)[1],
        "profile": {
            "username": f"warga_{record.author}",
            "timestamp": _local(record.at),
            "location": {"lat": record.lat or 0, "lng": record.lon or 0},
            "detail": {
                "status": state,
                "kd_kel": record.placed.replace(".", ""),
                "name_kel": directory.offices[record.placed].name if record.lat else "",
                "desc": record.text,
                "image": _plain_http(record),
                "comment_count": record.number % 5,
                "suggest": {"tags": []},
            },
        },
    }


def _plain_http(record: Citizen) -> str:
    """The picture's link over HTTP, as the app wrote it."""
    return (picture_url(record) or "").replace("https://", "http://")


def _local(at: int) -> str:
    """The app's time: Jakarta's, without a zone."""
    return to_datetime(at).astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M:%S")


async def _no_route(_request: Request, _: Exception) -> Response:
    return HTMLResponse(_HTML, 404)


# ---------------------------------------------------------------- the channel of the city


def external_id(number: int, _at: int) -> str:
    """Digits that grow with every marker."""
    return str(412_000 + number)


def published(record: Citizen, directory: Directory) -> Report:
    """The report as a desk reads it from version 3, when nothing was done about it yet."""
    label = LABELS.get(record.category, OTHER)[1]
    words = mask_both(label, storable(record.text.strip()))
    lat, lon, quality = point_of(record)
    return Report(
        id=record.id,
        channel=record.channel,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=record.at // SECOND * SECOND,
        title=words.title,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(storable(directory.offices[record.placed].name)).text if record.lat else "",
        category=_READ_AS.get(label),
        category_raw=label,
        source_status=Status.NEW,
        state_raw="wait",
        media=pictures_of(record),
    )


class QlueSpoils:
    """How these lists are spoiled. They know no form of an error."""

    def refusal(self, status: int) -> Refusal:
        """A page of the web server."""
        retry = ((b"retry-after", b"60"),) if status == 429 else ()
        return Refusal(b"text/html; charset=utf-8", _HTML, retry)

    def error_inside(self) -> bytes:
        """An error with status 200."""
        return b'{"status":500,"message":"on order"}'

    def items(self, data: Any) -> list[Any]:
        """The markers."""
        return list(data) if isinstance(data, list) else []

    def put(self, data: Any, items: list[Any]) -> Any:
        """The list with other markers."""
        return items if isinstance(data, list) else data

    def spoil(self, fault: str, item: Any) -> Any:
        """One marker, or one step of a history, with a fault in it."""
        holder, key = (item, "post_date") if "post_date" in item else (item.get("profile", item), "timestamp")
        if fault == "skew":
            ahead = from_iso(holder[key], naive_zone=JAKARTA) + _SKEW
            holder[key] = _local(ahead)
        elif fault == "wrong_type":
            holder[key] = {"never": ["a", "time"]}
        elif fault == "unknown_enum":
            item["post_title" if "post_date" in item else "type"] = "NEVER_SEEN_BEFORE"
        else:
            lat, lon = (0, 0) if fault == "zero" else (106.8, -6.2)
            if "post_date" in item:
                item["loc_lat"], item["loc_lng"] = lat, lon
            else:
                holder["location"] = {"lat": lat, "lng": lon}
        return item


def _server(source: Sequence[Citizen], stage: Stage) -> QlueServer:
    return QlueServer(source, stage.directory, stage.clock)


CHANNEL: Final = TrainingChannel(NAME, external_id, published, _server, QlueSpoils())
