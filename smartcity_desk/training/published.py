"""What the channels' servers share when they make public what a citizen sent: its place, its author, its picture."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from smartcity_desk.domain.geo import judge
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import pseudonym
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.training.record import Citizen

_KEY: Final = b"training city, no secret"
PICTURE_HOST: Final = "foto.kota-latihan.invalid"
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


def author_mark(record: Citizen) -> str:
    """The author's mark as a desk would make it, with a key that is no secret."""
    mark = pseudonym(_KEY, record.channel, author_id(record))
    assert mark is not None
    return mark


def picture_path(record: Citizen) -> str:
    """Where a report's picture lies on the city's server of pictures."""
    return f"/foto/{quote(record.channel)}/{quote(record.external_id, safe='')}.jpg"


def picture_url(record: Citizen) -> str | None:
    """The address of the picture, the same for as long as the city lasts.

    The host cannot exist: a training desk is told where its pictures are served today.
    """
    return f"https://{PICTURE_HOST}{picture_path(record)}" if record.picture else None


def pictures_of(record: Citizen) -> tuple[str, ...]:
    """The addresses of the pictures, as a report names them."""
    link = picture_url(record)
    return () if link is None else (link,)


def point_of(record: Citizen, *, coarse: bool = False) -> tuple[float | None, float | None, PlaceQuality]:
    """Latitude, longitude and quality of the sent point, as a desk judges it: one that cannot be is none."""
    if record.lat is None or record.lon is None:
        return None, None, PlaceQuality.NONE
    quality = judge(record.lat, record.lon, coarse=coarse)
    return (None, None, quality) if quality is PlaceQuality.NONE else (record.lat, record.lon, quality)


def place_of(record: Citizen, directory: Directory) -> tuple[float | None, float | None, PlaceQuality, str]:
    """Latitude, longitude, their quality and the named place, as a desk judges them."""
    hint = place_name(directory, record.box) if record.box else ""
    if record.lat is None and record.box:
        west, south, east, north = box_of(directory, record.box)
        lat, lon = (south + north) / 2, (west + east) / 2
        return lat, lon, judge(lat, lon, coarse=True), hint
    return *point_of(record), hint
