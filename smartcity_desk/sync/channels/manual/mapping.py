"""From an entry to the item that is kept as raw, and from that item to a report. Touches nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from smartcity_desk.domain import geo, ids
from smartcity_desk.domain.entry import Entry
from smartcity_desk.domain.filetypes import ENCLOSED, enclosed_hash
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.sync.channel import Fields, Json, raw_text

NAME: Final = "manual"


def item_of(entry: Entry, *, by: str, entered_at: int) -> dict[str, Json]:
    """The entry as it is kept: all that was said, by whom it was entered (an account) and when (ms UTC)."""
    return {
        "id": entry.id,
        "at": entry.at,
        "via": entry.via.value,
        "text": entry.text.strip(),
        "category": entry.category,
        "place": entry.place.strip(),
        "kelurahan": entry.kelurahan,
        "lat": entry.lat,
        "lon": entry.lon,
        "caller": {"name": entry.caller_name.strip(), "phone": entry.caller_phone.strip()},
        "private": entry.private,
        "files": list(entry.files),
        "by": by,
        "entered_at": entered_at,
    }


def to_report(item: Any, pseudonym: Callable[[str], str | None]) -> Report:
    """One kept entry as a report. Raises `BadData`.

    Who called goes into `unmasked` only; the report carries a lasting mark of the telephone number, so that a second
    call about the same thing is recognised.
    """
    fields = Fields(NAME, item)
    external_id = fields.needed_identifier("id")
    at = fields.instant("at")
    if at is None:
        raise fields.bad("at")
    lat, lon = fields.number("lat"), fields.number("lon")
    if (lat is None) != (lon is None):
        raise fields.bad("lat")
    words = mask_both("", fields.needed_text("text"))
    caller = fields.child("caller")
    name, phone = ("", "") if caller is None else (caller.text("name"), caller.text("phone"))
    unmasked = words.unmasked
    links = tuple(ENCLOSED + name for name in fields.list("files") if isinstance(name, str))
    if any(enclosed_hash(link) is None for link in links):
        raise fields.bad("files")
    if name or phone:
        original = {"title": "", "text": fields.text("text").strip(), "name": name, "phone": phone}
        unmasked = json.dumps(original, ensure_ascii=False)
    digits = "".join(letter for letter in phone if letter.isdecimal())
    return Report(
        id=ids.report_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=at,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=PlaceQuality.NONE if lat is None or lon is None else geo.judge(lat, lon),
        place_hint=mask(fields.text("place")).text,
        category=fields.text("category") or None,
        category_raw=fields.text("via"),
        author=pseudonym(_number(digits)) if len(digits) >= 6 else None,
        media=links,
        private=fields.data.get("private") is True,
        unmasked=unmasked,
        raw=raw_text(item),
    )


def _number(digits: str) -> str:
    """A telephone number as one of its spellings: with the country's code and without the zero before it."""
    if digits.startswith("62"):
        return digits
    return "62" + digits.removeprefix("0")
