"""The city's own Open311 server: its categories are its services, and most citizens find the right one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import DAY, from_iso
from smartcity_desk.training.channel import Refusal, Stage, TrainingChannel
from smartcity_desk.training.published import picture_url, place_name, point_of
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.georeport import Open311Server, written

NAME: Final = "open311"
ELSEWHERE: Final = "lainnya"
_ELSEWHERE_ONE_IN: Final = 7
"""So many citizens find no service for what they have to say."""


def external_id(number: int, _at: int) -> str:
    """Digits that grow with every report."""
    return str(1_100_000 + number)


def chosen(record: Citizen, directory: Directory) -> str:
    """The service that the citizen chose: most find theirs."""
    found = ELSEWHERE if record.number % _ELSEWHERE_ONE_IN == 0 else record.category
    return found if found in directory.categories else ELSEWHERE


def services_of(directory: Directory) -> list[dict[str, Any]]:
    """The city's own categories as services."""
    return [
        {
            "service_code": code,
            "service_name": category.name,
            "description": category.name,
            "metadata": False,
            "type": "realtime",
            "keywords": "",
            "group": "kota",
        }
        for code, category in sorted(directory.categories.items())
    ]


def request_of(record: Citizen, directory: Directory) -> dict[str, Any]:
    """A citizen's report as this server tells of it."""
    code = chosen(record, directory)
    category = directory.categories.get(code)
    at = written(record.at)
    return {
        "service_request_id": int(record.external_id),
        "status": "open",
        "status_notes": "",
        "service_name": code if category is None else category.name,
        "service_code": code,
        "description": record.text,
        "agency_responsible": "",
        "service_notice": "",
        "requested_datetime": at,
        "updated_datetime": at,
        "expected_datetime": written(record.at + 7 * DAY),
        "address": place_name(directory, record.box) if record.box else "",
        "lat": record.lat,
        "long": record.lon,
        "media_url": picture_url(record) or "",
    }


def report_of(record: Citizen, item: Mapping[str, Any], **more: Any) -> Report:
    """The report that a desk reads out of what the server tells."""
    words = mask_both("", storable(record.text.strip()))
    lat, lon, quality = point_of(record)
    return Report(
        id=record.id,
        channel=record.channel,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=record.at,
        text=words.text,
        title="" if record.text.strip() else item["service_name"],
        changed_at=record.at,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(storable(item["address"])).text,
        category_raw=item["service_name"],
        media=(item["media_url"],) if item["media_url"] else (),
        **more,
    )


def published(record: Citizen, directory: Directory) -> Report:
    """The report as a desk reads it that takes the server's codes for the city's own."""
    item = request_of(record, directory)
    return report_of(record, item, category=item["service_code"], state_raw="open")


class Open311Spoils:
    """How such a server spoils an answer."""

    def refusal(self, status: int) -> Refusal:
        """As the adapter writes it."""
        said = [{"code": status, "description": "Error on order"}]
        retry = ((b"retry-after", b"60"),) if status == 429 else ()
        return Refusal(b"application/json", msgspec.json.encode(said), retry)

    def error_inside(self) -> bytes:
        """An error with status 200."""
        return b'{"errors":{"code":400,"description":"Bad request: on order"}}'

    def items(self, data: Any) -> list[Any]:
        """The requests."""
        return list(data) if isinstance(data, list) else list(data.get("service_requests", []))

    def put(self, data: Any, items: list[Any]) -> Any:
        """The answer with other items."""
        return items if isinstance(data, list) else {**data, "service_requests": items}

    def spoil(self, fault: str, item: Any) -> Any:
        """One item with a fault in it."""
        if fault == "skew":
            item["requested_datetime"] = written(from_iso(item["requested_datetime"]) + 90_000)
        elif fault == "wrong_type":
            item["requested_datetime"] = {"never": ["a", "time"]}
        elif fault == "unknown_enum":
            item["status"] = "NEVER_SEEN_BEFORE"
        elif fault == "zero":
            item["lat"] = item["long"] = 0
        else:
            item["lat"], item["long"] = item.get("long"), item.get("lat")
        return item


def _server(source: Sequence[Citizen], stage: Stage) -> Open311Server:
    return Open311Server(
        source,
        stage.directory,
        stage.clock,
        item=request_of,
        services=services_of(stage.directory),
        key=stage.secrets.get("api_key", ""),
    )


CHANNEL: Final = TrainingChannel(
    NAME,
    external_id,
    published,
    _server,
    Open311Spoils(),
    secrets=("api_key",),
    options={"categories": "*", "changes": "servicerequestupdates"},
)
