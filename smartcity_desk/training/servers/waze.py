"""A Waze partner feed: one secret address, one snapshot of all that holds now (channels paper 2)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from smartcity_desk.domain.office import Directory, Office, OfficeLevel
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import HOUR, MINUTE, to_datetime
from smartcity_desk.training.channel import Refusal, Stage, TrainingChannel
from smartcity_desk.training.draw import pick, poisson, seeded
from smartcity_desk.training.record import WAZE, Citizen
from smartcity_desk.training.servers.common import HTML, SKEW_MS, Clock, json_response, moment
from smartcity_desk.training.texts import STREETS

REFRESH: Final = 2 * MINUTE
WINDOW: Final = MINUTE
SLOT: Final = 10 * MINUTE
LONGEST: Final = 3 * HOUR
BY_HOUR: Final = (1, 1, 1, 1, 2, 4, 9, 12, 11, 8, 7, 7, 7, 6, 7, 8, 11, 14, 13, 9, 6, 4, 3, 2)
"""How many things begin in ten minutes, by the hour in Jakarta."""
ALERTS: Final = (
    ("JAM", "JAM_HEAVY_TRAFFIC", 30),
    ("JAM", "JAM_STAND_STILL_TRAFFIC", 14),
    ("JAM", "JAM_MODERATE_TRAFFIC", 10),
    ("HAZARD", "HAZARD_ON_ROAD_POT_HOLE", 8),
    ("HAZARD", "HAZARD_ON_SHOULDER_CAR_STOPPED", 8),
    ("HAZARD", "HAZARD_ON_ROAD_CONSTRUCTION", 5),
    ("HAZARD", "HAZARD_WEATHER_FLOOD", 5),
    ("ACCIDENT", "ACCIDENT_MINOR", 5),
    ("ACCIDENT", "ACCIDENT_MAJOR", 2),
    ("ROAD_CLOSED", "ROAD_CLOSED_EVENT", 4),
    ("POLICE", "", 4),
    ("MISC", "", 1),
)
_WORDS: Final = ("genangan setinggi ban motor", "hati-hati licin", "ada mobil mogok", "pohon di tepi jalan")


class WazeServer:
    """Traffic that depends on the seed and the minute only: nothing has to be remembered."""

    def __init__(self, directory: Directory, seed: int, secret: str, clock: Clock) -> None:
        self._directory = directory
        self._seed = seed
        self._secret = secret
        self._clock = clock
        self._mainland = [
            office
            for office in directory.offices.values()
            if office.level is OfficeLevel.KELURAHAN and not office.code.startswith("31.01")
        ]

    @property
    def path(self) -> str:
        """The path that is the credential, with its query."""
        return f"/row-partnerhub-api/partners/11412/waze-feeds/{self._secret}?format=1"

    def app(self) -> Starlette:
        """The ASGI application."""
        route = Route("/row-partnerhub-api/partners/{partner}/waze-feeds/{secret}", self._feed)
        return Starlette(routes=[route], exception_handlers={404: _nothing_here})

    async def _feed(self, request: Request) -> Response:
        right = request.path_params["partner"] == "11412" and request.path_params["secret"] == self._secret
        if not right or request.query_params.get("format", "1") != "1":
            return await _nothing_here(request, None)
        return json_response(self.snapshot(moment(request, self._clock)))

    def snapshot(self, now: int) -> dict[str, Any]:
        """All that holds in the last whole refresh before `now` (ms UTC)."""
        end = now // REFRESH * REFRESH
        alerts: list[dict[str, Any]] = []
        jams: list[dict[str, Any]] = []
        irregularities: list[dict[str, Any]] = []
        for begun, rng in self._begun(end):
            lasts = int(min(LONGEST, rng.expovariate(1 / 35) * MINUTE + 4 * MINUTE))
            thing = self._alert(rng, begun)
            jam = self._jam(rng, begun, thing) if thing["type"] == "JAM" else None
            if end < begun + lasts:
                alerts.append(thing)
                if jam is not None:
                    jams.append(jam)
                    if jam["level"] >= 4 and rng.random() < 0.25:
                        irregularities.append(_irregularity(rng, begun, end, jam))
        body: dict[str, Any] = {
            "startTimeMillis": end - WINDOW,
            "endTimeMillis": end,
            "startTime": _colons(end - WINDOW),
            "endTime": _colons(end),
            "alerts": alerts,
            "jams": jams,
        }
        if irregularities:
            body["irregularities"] = irregularities
        return body

    def _begun(self, end: int) -> Iterator[tuple[int, Random]]:
        for slot in range((end - LONGEST) // SLOT, end // SLOT + 1):
            rng = seeded(self._seed, "waze", slot)
            hour = (slot * SLOT // HOUR + 7) % 24
            for number in range(poisson(rng, BY_HOUR[hour] * 1.6)):
                begun = slot * SLOT + int(rng.random() * SLOT)
                if begun <= end:
                    yield begun, seeded(self._seed, "waze", slot, number)

    def _alert(self, rng: Random, begun: int) -> dict[str, Any]:
        office = pick(rng, self._mainland)
        kind, subtype = _kind(rng)
        found: dict[str, Any] = {
            "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "pubMillis": begun,
            "country": "ID",
            "location": _near(rng, office, 0.006),
            "type": kind,
            "subtype": subtype,
            "magvar": int(rng.random() * 360),
            "reliability": 5 + int(rng.random() * 6),
            "confidence": int(rng.random() * 6),
            "reportRating": int(rng.random() * 7),
            "nThumbsUp": int(rng.random() * 9),
            "reportByMunicipalityUser": "false",
        }
        if rng.random() < 0.93:
            found["street"] = f"Jl. {pick(rng, STREETS)} {office.name}"
            found["roadType"] = 1 + int(rng.random() * 7)
        if rng.random() < 0.81:
            found["city"] = self._city(office)
        if kind in {"HAZARD", "MISC"} and rng.random() < 0.5:
            found["reportDescription"] = pick(rng, _WORDS)
        return found

    def _jam(self, rng: Random, begun: int, alert: dict[str, Any]) -> dict[str, Any]:
        level = 2 + int(rng.random() * 4)
        number = int.from_bytes(hashlib.blake2b(alert["uuid"].encode(), digest_size=7).digest(), "big")
        speed = round(rng.uniform(0.4, 6.0), 2) if level < 5 else 0
        point = alert["location"]
        line = [
            {"x": round(point["x"] + step * 0.0012, 6), "y": round(point["y"] - step * 0.0008, 6)}
            for step in range(3 + int(rng.random() * 4))
        ]
        found = {
            "uuid": number,
            "id": number,
            "pubMillis": begun,
            "country": "ID",
            "level": level,
            "speed": speed,
            "speedKMH": round(speed * 3.6, 1),
            "length": 150 * len(line),
            "delay": -1 if level == 5 else 60 + int(rng.random() * 600),
            "roadType": 2,
            "turnType": "NONE",
            "line": line,
            "segments": [{}],
        }
        for name in ("street", "city"):
            if name in alert:
                found[name] = alert[name]
        if level == 5:
            found["blockingAlertUuid"] = alert["uuid"]
        return found

    def _city(self, office: Office) -> str:
        kota = self._directory.offices[office.code[:5]]
        return kota.name


def _kind(rng: Random) -> tuple[str, str]:
    weights = sum(weight for _, _, weight in ALERTS)
    left = rng.random() * weights
    for kind, subtype, weight in ALERTS:
        left -= weight
        if left < 0:
            return kind, subtype
    return ALERTS[0][:2]


def _near(rng: Random, office: Office, reach: float) -> dict[str, float]:
    assert office.lat is not None
    assert office.lon is not None
    return {
        "x": round(office.lon + rng.uniform(-reach, reach), 6),
        "y": round(office.lat + rng.uniform(-reach, reach), 6),
    }


def _irregularity(rng: Random, begun: int, end: int, jam: dict[str, Any]) -> dict[str, Any]:
    number = jam["uuid"] ^ 0x5A5A5A5A
    return {
        "id": number,
        "detectionDate": _english(begun),
        "detectionDateMillis": begun,
        "updateDate": _english(end),
        "updateDateMillis": end,
        "type": "Medium",
        "severity": 3 + int(rng.random() * 3),
        "jamLevel": min(4, jam["level"]),
        "trend": int(rng.random() * 3) - 1,
        "speed": jam["speedKMH"],
        "regularSpeed": 28.0,
        "seconds": 400,
        "delaySeconds": max(60, jam["delay"]),
        "length": jam["length"],
        "driversCount": 5 + int(rng.random() * 60),
        "alertsCount": 1,
        "nComments": 0,
        "nImages": 0,
        "nThumbsUp": 0,
        "highway": False,
        "country": "ID",
        "line": jam["line"],
        "alerts": [],
        **{name: jam[name] for name in ("street", "city") if name in jam},
    }


def _colons(at: int) -> str:
    """`2026-11-22 01:45:00:000`, UTC, with a colon before the milliseconds, as the feed writes it."""
    return to_datetime(at).strftime("%Y-%m-%d %H:%M:%S") + f":{at % 1000:03}"


_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _english(at: int) -> str:
    """`Wed May 3 05:27:47 +0000 2017`, whatever language this machine speaks."""
    time = to_datetime(at)
    day, month = _DAYS[time.weekday()], _MONTHS[time.month - 1]
    return f"{day} {month} {time.day} {time:%H:%M:%S} +0000 {time.year}"


async def _nothing_here(_request: Request, _: Exception | None) -> Response:
    return HTMLResponse("<html><title>Error 404 (Not Found)!!1</title><p>That's all we know.</html>", 404)


# ---------------------------------------------------------------- the channel of the city


def published(_record: Citizen, _directory: Directory) -> Report:
    """Nobody reports here: the feed tells of traffic."""
    raise AssertionError("no citizen writes to this channel")


class WazeSpoils:
    """How the feed is spoiled. No form of an error is documented: a bare status, or HTML."""

    def refusal(self, _status: int) -> Refusal:
        """A page of the gateway."""
        return Refusal(b"text/html; charset=utf-8", HTML)

    def error_inside(self) -> bytes:
        """An error with status 200."""
        return b'{"error":"Internal error"}'

    def items(self, data: Any) -> list[Any]:
        """The alerts."""
        return list(data.get("alerts", []))

    def put(self, data: Any, items: list[Any]) -> Any:
        """The feed with other alerts."""
        data["alerts"] = items
        return data

    def spoil(self, fault: str, item: Any) -> Any:
        """One alert with a fault in it; the window itself is ahead by its own clock."""
        if fault == "skew":
            item["pubMillis"] += SKEW_MS
        elif fault == "wrong_type":
            item["pubMillis"] = {"never": ["a", "time"]}
        elif fault == "unknown_enum":
            item["type"] = "NEVER_SEEN_BEFORE"
        else:
            point = item["location"]
            item["location"] = {"x": 0, "y": 0} if fault == "zero" else {"x": point["y"], "y": point["x"]}
        return item


def _server(_source: Sequence[Citizen], stage: Stage) -> WazeServer:
    return WazeServer(stage.directory, stage.seed, stage.secrets["feed"], stage.clock)


CHANNEL: Final = TrainingChannel(
    WAZE, lambda number, _at: str(number), published, _server, WazeSpoils(), secrets=("feed",)
)
