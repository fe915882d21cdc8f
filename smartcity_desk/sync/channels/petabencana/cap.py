"""A CAP answer of CogniCity: an Atom feed with a CAP 1.2 alert in each entry, as the features that GeoJSON gives. Pure.

The description is percent-encoded, the circle is `lat,lon radius` (channels paper 1.3). The entry's id is the report's
`pkey`, so one report has one id in every form.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from smartcity_desk.domain.errors import BadData
from smartcity_desk.georeport import xml

_ITEM: Final = "item"
_DRILLS: Final = frozenset({"exercise", "test"})
"""Statuses of alerts that nobody should act on (CAP 1.2, 3.2.1)."""


def looks_like_cap(body: bytes) -> bool:
    """Whether an answer is XML of this kind: the first bytes say so, a page for people begins otherwise."""
    start = body[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<?xml", b"<feed")) and b"<html" not in start and b"<!doctype" not in start


def features_of(body: bytes, channel: str) -> list[Any]:
    """The features of a feed. Raises `BadData` for what is no feed; an entry that is none is kept as it is."""
    try:
        document = xml.parse(body)
    except ValueError:
        raise BadData(channel, "xml") from None
    if document.name != "feed":
        raise BadData(channel, "envelope")
    return [_feature(value) for name, value in document.children if name == "entry"]


def _feature(entry: Any) -> Any:
    alert = _inside(_inside(entry, "content"), "alert")
    info = _inside(alert, "info")
    if not isinstance(info, dict):
        return {_ITEM: entry}
    named = {_text(one, "valueName").lower(): _text(one, "value") for one in _several(info, "parameter")}
    status = _text(alert, "status")
    key = _text(entry, "id") or _text(alert, "identifier").partition(".")[0]
    return {
        "type": "Feature",
        "geometry": _point(_text(_inside(info, "area"), "circle")),
        "properties": {
            "pkey": key,
            "created_at": _text(alert, "sent"),
            "source": _text(alert, "sender"),
            "status": "confirmed" if status == "Actual" else status,
            "is_training": status.lower() in _DRILLS,
            "disaster_type": _text(info, "event"),
            "image_url": named.get("image_url") or None,
            "text": unquote(_text(info, "description")),
        },
    }


def _point(circle: str) -> dict[str, Any] | None:
    """The middle of a circle; a text that is none stays, and the mapping names it."""
    if not circle:
        return None
    middle = circle.split(maxsplit=1)[0].split(",")
    try:
        lat, lon = (float(part) for part in middle)
    except ValueError:
        return {"type": "Point", "coordinates": circle}
    return {"type": "Point", "coordinates": [lon, lat]}


def _inside(value: Any, name: str) -> Any:
    """A child; the first of several."""
    found = value.get(name.lower()) if isinstance(value, dict) else None
    return found[0] if isinstance(found, list) and found else found


def _several(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name.lower(), [])
    return found if isinstance(found, list) else [found]


def _text(value: Any, name: str) -> str:
    found = _inside(value, name)
    return found.strip() if isinstance(found, str) else ""
