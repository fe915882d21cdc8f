"""LAPOR! 1708 as it would be served over Open311: topics by number, *disposisi*, secret and anonymous complaints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import Report
from smartcity_desk.training.channel import Stage, TrainingChannel
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.georeport import Flavour, Open311Server
from smartcity_desk.training.servers.open311 import (
    ELSEWHERE,
    Open311Spoils,
    chosen,
    report_of,
    request_of,
)

NAME: Final = "lapor"
JURISDICTION: Final = "lapor.go.id"
AGENCY: Final = "Pemerintah Kota Latihan"
_SECRET_ONE_IN: Final = 29
_ANONYMOUS_ONE_IN: Final = 5
TOPICS: Final[dict[str, tuple[str, str]]] = {
    "jalan_rusak": ("13", "Infrastruktur jalan"),
    "lampu_jalan": ("14", "Penerangan jalan"),
    "sampah": ("15", "Kebersihan"),
    "sampah_liar": ("15", "Kebersihan"),
    "saluran_tersumbat": ("16", "Saluran air"),
    "genangan": ("16", "Saluran air"),
    "banjir": ("17", "Bencana"),
    "pelayanan": ("18", "Pelayanan publik"),
    "gangguan": ("19", "Ketertiban"),
    "parkir_liar": ("19", "Ketertiban"),
    ELSEWHERE: ("99", "Topik lainnya"),
}
"""The city's categories as LAPOR!'s topics; several may share one. The numbers are invented."""


def external_id(number: int, _at: int) -> str:
    """A tracking id: digits that grow with every complaint."""
    return str(7_000_000 + number)


def is_secret(record: Citizen) -> bool:
    """Whether the reporter marked the complaint *rahasia*."""
    return record.number % _SECRET_ONE_IN == 0


def _topic(record: Citizen, directory: Directory) -> tuple[str, str]:
    return TOPICS.get(chosen(record, directory), TOPICS[ELSEWHERE])


def complaint_of(record: Citizen, directory: Directory) -> dict[str, Any]:
    """A citizen's complaint as this server tells of it."""
    code, name = _topic(record, directory)
    flags = {"rahasia": is_secret(record), "anonim": record.number % _ANONYMOUS_ONE_IN == 0}
    return request_of(record, directory) | {
        "service_request_id": record.external_id,
        "service_code": code,
        "service_name": name,
        "agency_responsible": AGENCY,
        "attributes": [{"code": flag, "value": "1" if on else "0"} for flag, on in flags.items()],
    }


def services_of() -> list[dict[str, Any]]:
    """The topics as services."""
    return [
        {
            "service_code": code,
            "service_name": name,
            "description": name,
            "metadata": False,
            "type": "realtime",
        }
        for code, name in sorted(set(TOPICS.values()))
    ]


def published(record: Citizen, directory: Directory) -> Report:
    """The report as a desk reads it."""
    return report_of(
        record,
        complaint_of(record, directory),
        state_raw=f"open · {AGENCY}",
        link=f"https://www.lapor.go.id/pengaduan/{record.external_id}",
        private=is_secret(record),
    )


def _server(source: Sequence[Citizen], stage: Stage) -> Open311Server:
    return Open311Server(
        source,
        stage.directory,
        stage.clock,
        key=stage.secrets.get("api_key", ""),
        flavour=Flavour(jurisdiction=JURISDICTION),
        item=complaint_of,
        services=services_of(),
    )


CHANNEL: Final = TrainingChannel(NAME, external_id, published, _server, Open311Spoils(), secrets=("api_key",))
