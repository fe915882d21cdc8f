"""One marker of QLUE to a report, and one step of its history to a reply. Pure.

Version 1 is flat (`post_id`, `loc_lat`), versions 2 and 3 nest everything in `profile`. Times carry no zone: the app
wrote Jakarta's. A position of 0,0 is none. Pictures were linked over plain HTTP and are asked for over HTTPS.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.ids import reply_id, report_id
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import JAKARTA, SECOND, from_iso, plausible
from smartcity_desk.sync.channel import Fields, raw_text

NAME: Final = "qlue"
STATES: Final = {
    "wait": Status.NEW,
    "red": Status.NEW,
    "process": Status.IN_PROGRESS,
    "yellow": Status.IN_PROGRESS,
    "complete": Status.DONE,
    "green": Status.DONE,
}
"""Its words, and the colours that the officials' app shows for them, to ours."""
CATEGORIES: Final = {
    "banjir": "banjir",
    "fasilitas umum": "fasum_rusak",
    "iklan tak berizin": "reklame_liar",
    "jalan rusak": "jalan_rusak",
    "joki 3in1": "gangguan",
    "kawasan dilarang merokok": "gangguan",
    "kebakaran": "kebakaran",
    "kemacetan": "kemacetan",
    "kriminal": "gangguan",
    "lampu jalan rusak": "lampu_jalan",
    "makanan non-higienis": "kesehatan",
    "parkir liar": "parkir_liar",
    "pelanggaran aturan": "gangguan",
    "pelanggaran izin bangunan": "bangunan_liar",
    "pengemis": "sosial",
    "pkl liar": "pkl",
    "pohon tumbang": "pohon_tumbang",
    "potensi teroris": "gangguan",
    "sampah": "sampah",
    # the English names of the later lists
    "flood": "banjir",
    "fire": "kebakaran",
    "sanitation": "sampah",
    "traffic jam": "kemacetan",
}
"""Its labels of 2016 to ours. Another one passes through as `category_raw`."""

Pseudonym = Callable[[str], str | None]


def items_of(data: Any) -> list[Any]:
    """The markers of an answer. Raises `BadData` for what is no list."""
    if not isinstance(data, list):
        raise BadData(NAME, "envelope")
    return data


def to_report(item: Any, pseudonym: Pseudonym) -> Report:
    """The report of one marker of any version. Raises `BadData` that names the field which cannot be read."""
    marker = Fields(NAME, item)
    return _first(marker, item, pseudonym) if "post_id" in marker.data else _nested(marker, item, pseudonym)


def _first(marker: Fields, item: Any, pseudonym: Pseudonym) -> Report:
    title = marker.text("post_title").strip()
    return _report(
        item,
        external_id=marker.needed_identifier("post_id"),
        at=_instant(marker, "post_date"),
        label=title,
        text=marker.text("post_desc"),
        point=marker.point("loc_lat", "loc_lng"),
        image=marker.text("post_images"),
        author=pseudonym(name) if (name := marker.text("profile_name").strip()) else None,
    )


def _nested(marker: Fields, item: Any, pseudonym: Pseudonym) -> Report:
    profile = marker.child("profile")
    if profile is None:
        raise marker.bad("profile")
    detail = profile.child("detail")
    location = profile.child("location")
    state = "" if detail is None else detail.text("status").strip()
    return _report(
        item,
        external_id=marker.needed_identifier("id"),
        at=_instant(profile, "timestamp"),
        label=marker.text("type").strip(),
        text="" if detail is None else detail.text("desc"),
        point=(None, None, PlaceQuality.NONE) if location is None else location.point("lat", "lng"),
        image="" if detail is None else detail.text("image"),
        author=pseudonym(name) if (name := profile.text("username").strip()) else None,
        hint="" if detail is None else detail.text("name_kel").strip(),
        state=state,
    )


def _report(
    item: Any,
    *,
    external_id: str,
    at: int,
    label: str,
    text: str,
    point: tuple[float | None, float | None, PlaceQuality],
    image: str,
    author: str | None,
    hint: str = "",
    state: str = "",
) -> Report:
    lat, lon, quality = point
    words = mask_both(storable(label), storable(text.strip()))
    return Report(
        id=report_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=at,
        title=words.title,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(storable(hint)).text,
        category=CATEGORIES.get(label.lower()),
        category_raw=words.title,
        source_status=STATES.get(state.lower(), Status.NEW),
        state_raw=storable(state),
        author=author,
        media=(secure(storable(image)),) if image.strip() else (),
        unmasked=words.unmasked,
        raw=raw_text(item),
    )


def to_reply(item: Any, about: str, pseudonym: Pseudonym) -> Reply:
    """The reply of one step of a marker's history. Raises `BadData`.

    A step has no id of its own: who, when and what make one. One that names a state, or who followed it up (`tl_by`),
    is the city's own word; the others are comments.
    """
    step = Fields(NAME, item)
    at = _instant(step, "timestamp")
    by, name = step.text("tl_by").strip(), step.text("username").strip()
    state = step.text("status").strip()
    words = mask_both("", storable(step.text("description").strip()))
    official = bool(by or state)
    author = "" if official else name
    parts = "\x1f".join((about, str(at), by or name, state, step.text("description")))
    external_id = f"{about}-{hashlib.blake2b(parts.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"
    picture = step.text("file").strip()
    return Reply(
        id=reply_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        about=about,
        at=at,
        text=words.text,
        official=official,
        state_raw=storable(state),
        author=pseudonym(author) if author else None,
        media=(secure(storable(picture)),) if picture else (),
        unmasked=words.unmasked,
        raw=raw_text(item),
    )


def aside(item: Any, about: str) -> str:
    """A step that could not be read, with its marker, as a text."""
    return raw_text({"about": about, "step": item})


def wrapped_reply(item: Any, pseudonym: Pseudonym) -> Reply | None:
    """The reply of a step that was set `aside`; None for what is none. Raises `BadData`."""
    if not isinstance(item, dict) or "step" not in item:
        return None
    return to_reply(item["step"], Fields(NAME, item).needed_identifier("about"), pseudonym)


def secure(link: str) -> str:
    """A link over HTTPS."""
    return f"https://{link[7:]}" if link[:7].lower() == "http://" else link


def time_of(item: Any) -> int | None:
    """When a marker was set, or None when it does not say."""
    try:
        marker = Fields(NAME, item)
        if "post_id" in marker.data:
            return _instant(marker, "post_date")
        profile = marker.child("profile")
        return None if profile is None else _instant(profile, "timestamp")
    except BadData:
        return None


def peek_id(item: Any) -> str:
    """The id of a marker, "" when it shows none."""
    if not isinstance(item, dict):
        return ""
    value = item.get("post_id", item.get("id"))
    return str(value).strip()[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def number_of(item: Any) -> int:
    """The id of a marker as a number, 0 when it is none."""
    found = peek_id(item)
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 19 else 0


def _instant(fields: Fields, key: str) -> int:
    """A local time without a zone (WIB); a number, or its digits, are seconds since 1970."""
    value = fields.data.get(key)
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return plausible(value * SECOND)
        text = fields.needed_text(key)
        if text.isascii() and text.isdecimal() and len(text) < 12:
            return plausible(int(text) * SECOND)
        return plausible(from_iso(text, naive_zone=JAKARTA))
    except (ValueError, OverflowError):
        raise fields.bad(key) from None
