"""One row of a table as a report. Touches nothing else; what stops a row has a name, and nothing is guessed into it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from smartcity_desk.domain import geo, ids
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.sync.channel import raw_text
from smartcity_desk.sync.tables.columns import Columns, Target, from_json, plain
from smartcity_desk.sync.tables.times import DateOrder, read

MOST_TEXT: Final = 20_000
_MOST_ID: Final = 200

_STATUSES: Final[Mapping[str, Status]] = {
    word: status
    for status, words in (
        (Status.NEW, "menunggu baru open new wait waiting belum_ditindaklanjuti"),
        (Status.ROUTED, "koordinasi disposisi diteruskan forwarded"),
        (Status.IN_PROGRESS, "proses diproses dikerjakan process in_progress progress tindak_lanjut"),
        (
            Status.AWAITING_VERIFICATION,
            "menunggu_verifikasi menunggu_validasi menunggu_validasi_dan_verifikasi fixed",
        ),
        (Status.DONE, "selesai complete completed closed done tuntas"),
        (Status.REJECTED, "ditolak rejected arsip bukan_kewenangan cancelled batal duplicate"),
    )
    for word in words.split()
}
"""Words of states (channels paper 12); one that is not known is kept raw and counts as new."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every row of one import has in common. `categories` gives ours for a folded word; `dates` is decided."""

    channel: str
    kind: ReportKind
    columns: Columns
    dates: DateOrder
    categories: Mapping[str, str] = field(default_factory=dict)
    pseudonym: Callable[[str], str | None] = lambda _: None


def to_report(headings: tuple[str, ...], cells: tuple[str, ...], frame: Frame) -> Report:
    """A row as a report. Raises `BadData` whose key is the field that stops it."""
    given = dict(zip(headings, cells, strict=True))
    said = {target: given.get(name, "").strip() for target, name in frame.columns.of.items()}

    def bad(target: Target) -> BadData:
        return BadData(frame.channel, target.value)

    external_id = said.get(Target.ID, "")
    if len(external_id) > _MOST_ID or (Target.ID in said and not external_id):
        raise bad(Target.ID)
    try:
        at = read(said.get(Target.TIME, ""), frame.dates)
    except (ValueError, OverflowError):
        raise bad(Target.TIME) from None
    title, text = said.get(Target.TITLE, ""), said.get(Target.TEXT, "")
    category_raw = said.get(Target.CATEGORY, "")
    if not text:
        title, text = "", title or category_raw
    if not text or len(title) + len(text) > MOST_TEXT:
        raise bad(Target.TEXT)
    lat, lon, quality = _point(said, bad)
    words = mask_both(title, text)
    external_id = external_id or content_id(given)
    return Report(
        id=ids.report_id(frame.channel, external_id),
        channel=frame.channel,
        external_id=external_id,
        kind=frame.kind,
        reported_at=at,
        title=words.title,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(said.get(Target.ADDRESS, "")[:300]).text,
        category=frame.categories.get(plain(category_raw)),
        category_raw=category_raw[:200],
        source_status=_STATUSES.get(plain(said.get(Target.STATUS, "")), Status.NEW),
        state_raw=said.get(Target.STATUS, "")[:200],
        author=frame.pseudonym(said[Target.AUTHOR]) if said.get(Target.AUTHOR) else None,
        link=_link(said.get(Target.LINK, "")),
        unmasked=words.unmasked,
        raw=raw_text(item_of(given, frame)),
    )


def content_id(given: Mapping[str, str]) -> str:
    """The id of a row that has none: a short name of all that stands in it, the same in every file."""
    parts = "\x1f".join(f"{name}\x1e{cell.strip()}" for name, cell in sorted(given.items()))
    return "row-" + hashlib.blake2b(parts.encode("utf-8", "replace"), digest_size=12).hexdigest()


def item_of(given: Mapping[str, str], frame: Frame) -> dict[str, Any]:
    """A row as it is kept: its cells by heading, and what each column was taken for, so that it can be read again."""
    return {"row": dict(given), **frame.columns.to_json(), "dates": frame.dates.value}


def is_row(item: Any) -> bool:
    """Whether a kept item is a row of a table."""
    return isinstance(item, dict) and isinstance(item.get("row"), dict) and "columns" in item


def from_item(item: Any, channel: str, kind: ReportKind, pseudonym: Callable[[str], str | None]) -> Report:
    """A kept row once more as a report. Raises `BadData`."""
    row = item["row"]
    if not all(isinstance(cell, str) for cell in row.values()):
        raise BadData(channel, "row")
    columns = from_json(item)
    frame = Frame(channel, kind, columns, columns.dates or DateOrder.DAY_FIRST, pseudonym=pseudonym)
    return to_report(tuple(row), tuple(row.values()), frame)


def _point(
    said: Mapping[Target, str], bad: Callable[[Target], BadData]
) -> tuple[float | None, float | None, PlaceQuality]:
    first, second = said.get(Target.LAT, ""), said.get(Target.LON, "")
    if not first and not second:
        return None, None, PlaceQuality.NONE
    lat, lon = _degrees(first, 90), _degrees(second, 180)
    if lat is None:
        raise bad(Target.LAT)
    if lon is None:
        raise bad(Target.LON)
    quality = geo.judge(lat, lon)
    return (None, None, quality) if quality is PlaceQuality.NONE else (lat, lon, quality)


def _degrees(text: str, most: float) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= most else None


def _link(text: str) -> str | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname and len(text) <= 2_000 else None
