"""How a citizen's report looks once a desk has read it from its channel: what the central server holds of the past.

It says the same as the channels' own mappings do (a test compares them), so a desk that pulls a window finds the
reports that the central server already has, and none twice. Raw items and unmasked texts never reach a central server.
"""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.geo import judge
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask_both, pseudonym
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.training.record import PETABENCANA, PETABENCANA_CATEGORY, Citizen

_KEY: Final = b"training city, no secret"
BOX_HALF: Final = 0.02
"""Half the side of a named place's box, in degrees: about 2 km."""


def box_of(directory: Directory, code: str) -> tuple[float, float, float, float]:
    """West, south, east, north of the box that stands for an office's territory."""
    office = directory.offices[code]
    assert office.lat is not None
    assert office.lon is not None
    return (
        round(office.lon - BOX_HALF, 3),
        round(office.lat - BOX_HALF, 3),
        round(office.lon + BOX_HALF, 3),
        round(office.lat + BOX_HALF, 3),
    )


def place_name(directory: Directory, code: str) -> str:
    """The name of a place as X writes it in full."""
    return f"{directory.offices[code].name}, Indonesia"


def author_id(record: Citizen) -> str:
    """The invented account's number at its channel."""
    return str(88_000_000 + record.author)


def picture_url(record: Citizen) -> str | None:
    """Where the picture would be. The host cannot exist."""
    if not record.picture:
        return None
    host = "images.example.invalid" if record.channel == PETABENCANA else "pbs.example.invalid"
    return f"https://{host}/{record.external_id}.jpg"


def as_report(record: Citizen, directory: Directory) -> Report:
    """The report as a desk shares it with the central server."""
    words = mask_both("", storable(record.text.strip() if record.channel == PETABENCANA else record.text))
    lat, lon, quality, hint = _place(record, directory)
    picture = picture_url(record)
    on_petabencana = record.channel == PETABENCANA
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
        category=PETABENCANA_CATEGORY.get(record.disaster) if on_petabencana else None,
        category_raw=record.disaster if on_petabencana else "",
        state_raw="confirmed" if on_petabencana else "",
        author=None if on_petabencana else pseudonym(_KEY, record.channel, author_id(record)),
        link=f"kartu-{record.external_id}"
        if on_petabencana
        else f"https://x.com/i/status/{record.external_id}",
        media=(picture,) if picture else (),
    )


def _place(record: Citizen, directory: Directory) -> tuple[float | None, float | None, PlaceQuality, str]:
    hint = place_name(directory, record.box) if record.box else ""
    if record.lat is not None and record.lon is not None:
        quality = judge(record.lat, record.lon)
        return (
            (None, None, quality, hint)
            if quality is PlaceQuality.NONE
            else (record.lat, record.lon, quality, hint)
        )
    if record.box:
        west, south, east, north = box_of(directory, record.box)
        lat, lon = (south + north) / 2, (west + east) / 2
        return lat, lon, judge(lat, lon, coarse=True), hint
    return None, None, PlaceQuality.NONE, hint
