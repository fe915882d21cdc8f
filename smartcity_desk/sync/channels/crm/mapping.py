"""One report of the CRM to a report, with its detail where that is open. Pure.

The list holds one text in which the form's fields stand behind each other; it is taken apart in their order, so a word
like "Lokasi:" in what the citizen wrote stays where it is. `zone` is the office that has the report now: it stands
behind the state, because a hand-over changes nothing else. A report whose detail is refused is private.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import Report, ReportKind, Status
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import JAKARTA, from_iso, plausible
from smartcity_desk.sync.channel import Fields, raw_text

NAME: Final = "crm"
MOST_MEDIA: Final = 20
STATES: Final = {
    "menunggu": Status.NEW,
    "koordinasi": Status.ROUTED,
    "disposisi": Status.ROUTED,
    "proses": Status.IN_PROGRESS,
    "selesai": Status.DONE,
}
_NUMBER: Final = re.compile(r"[A-Z]{2}[0-9]{4,14}")
_VALIDATION: Final = "menunggu validasi"
CATEGORIES: Final = {
    "air bersih": "air_bersih",
    "banjir": "banjir",
    "fasilitas umum": "fasum_rusak",
    "fogging dbd": "kesehatan",
    "genangan": "genangan",
    "iklan liar": "reklame_liar",
    "jalan": "jalan_rusak",
    "jalan rusak": "jalan_rusak",
    "kabel semrawut": "kabel",
    "kaki lima liar": "pkl",
    "kebakaran": "kebakaran",
    "kemacetan": "kemacetan",
    "lampu lalu lintas": "rambu",
    "parkir liar": "parkir_liar",
    "pelanggaran": "gangguan",
    "pelanggaran bangunan": "bangunan_liar",
    "pelanggaran ketertiban umum": "gangguan",
    "penerangan jalan": "lampu_jalan",
    "pju rusak": "lampu_jalan",
    "pohon tumbang": "pohon_tumbang",
    "potensi banjir": "genangan",
    "rambu lalu lintas": "rambu",
    "saluran air": "saluran_tersumbat",
    "sampah": "sampah",
    "taman": "taman",
    "tanaman bermasalah": "pohon_rawan",
    "trotoar": "trotoar_rusak",
    "tunawisma/pengemis": "sosial",
}
"""Its most frequent categories, in small letters, to ours where the meaning is plain. Others pass as `category_raw`."""
_LABELS: Final = tuple(
    (word, re.compile(rf"{word}{more}\s*:\s*", re.IGNORECASE))
    for word, more in (
        ("permasalahan", ""),
        ("kategori", ""),
        ("lokasi", ""),
        ("detail alamat", "(?: laporan)?"),
    )
)
"""The form's labels in their order: the word to look for, and what has to stand there."""


@dataclass(frozen=True, slots=True)
class Content:
    """The one text of a report, taken apart."""

    problem: str
    category: str
    place: str
    address: str


def taken_apart(content: str) -> Content:
    """The form's fields in their order; a text without them is the problem."""
    parts = [content.strip(), "", "", ""]
    for turn, (word, label) in enumerate(_LABELS):
        # what came before is searched for the next label; a label that is missing leaves its field empty
        holder = max((at for at in range(turn) if parts[at]), default=0)
        found = _found(parts[holder], word, label)
        if found is None:
            continue
        before, after = parts[holder][: found.start()], parts[holder][found.end() :]
        if turn == 0:
            parts[0] = f"{before.strip()} {after.strip()}".strip()
        else:
            parts[holder], parts[turn] = before.strip(), after.strip()
    return Content(*parts)


def _found(text: str, word: str, label: re.Pattern[str]) -> re.Match[str] | None:
    """The first place where a label begins a text or follows a blank."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that is two in small ones would shift every place behind it
        lowered = text
    at = lowered.find(word)
    while at >= 0:
        found = label.match(text, at) if at == 0 or text[at - 1].isspace() else None
        if found is not None:
            return found
        at = lowered.find(word, at + 1)
    return None


def items_of(data: Any) -> list[Any]:
    """The reports of an answer, bare or as `data`. Raises `BadData` for another envelope."""
    if isinstance(data, dict) and isinstance(data.get("data"), list):
        data = data["data"]
    if not isinstance(data, list):
        raise BadData(NAME, "envelope")
    return data


def to_report(item: Any, detail: Any = None, *, private: bool = False) -> Report:
    """The report of one item of the list, with its detail if there is one. Raises `BadData` that names the field."""
    fields = Fields(NAME, item)
    external_id = fields.needed_identifier("id")
    try:
        at = plausible(from_iso(fields.needed_text("createdAt"), naive_zone=JAKARTA))
    except (ValueError, OverflowError):
        raise fields.bad("createdAt") from None
    content = taken_apart(fields.text("content"))
    code = fields.identifier("code")
    category = _name(fields, "complaintCategory") or content.category
    state, zone = _name(fields, "tstatus"), _name(fields, "zone")
    is_number = _NUMBER.fullmatch(code) is not None  # the report's own, and no one's telephone
    words = mask_both("" if is_number else storable(code), storable(content.problem))
    lat, lon, quality = fields.point("lat", "lng")
    village, media = ("", ()) if detail is None else _detail(detail)
    places = dict.fromkeys(part for part in (content.address, content.place, village) if part)
    return Report(
        id=report_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=at,
        title=code if is_number else words.title,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(storable(", ".join(places))).text,
        category=CATEGORIES.get(category.lower()),
        category_raw=mask(storable(category)).text,
        source_status=status_of(state),
        state_raw=storable(": ".join(part for part in (state, zone) if part)),
        media=media,
        private=private,
        unmasked=words.unmasked,
        raw=raw_text(item),
    )


def status_of(word: str) -> Status:
    """Its state as ours. A word that is not known is a new report, whose own word is shown."""
    plain = " ".join(word.lower().split())
    return Status.AWAITING_VERIFICATION if plain.startswith(_VALIDATION) else STATES.get(plain, Status.NEW)


def _name(fields: Fields, key: str) -> str:
    inside = fields.child(key)
    return "" if inside is None else inside.text("name").strip()


def _detail(data: Any) -> tuple[str, tuple[str, ...]]:
    """The village with what it lies in, and the pictures. What of it has another shape is left aside."""
    if isinstance(data, dict) and isinstance(data.get("data"), dict):
        data = data["data"]
    known = data if isinstance(data, dict) else {}
    names: list[str] = []
    level: Any = known.get("village")
    for inside in ("district", "city", "province"):
        name = level.get("name") if isinstance(level, dict) else None
        if isinstance(name, str) and name.strip():
            names.append(name.strip())
        level = level.get(inside) if isinstance(level, dict) else None
    documents = known.get("documents")
    links = [
        storable(document["url"])
        for document in (documents if isinstance(documents, list) else [])
        if isinstance(document, dict) and isinstance(document.get("url"), str)
        if document["url"].startswith(("https://", "http://"))
    ]
    return ", ".join(names), tuple(dict.fromkeys(links))[:MOST_MEDIA]


def time_of(item: Any) -> int | None:
    """When a report was made, or None when it does not say."""
    try:
        return from_iso(Fields(NAME, item).needed_text("createdAt"), naive_zone=JAKARTA)
    except (BadData, ValueError, OverflowError):
        return None


def peek_id(item: Any) -> str:
    """The id of an item that could not be read, if it shows one."""
    value = item.get("id") if isinstance(item, dict) else None
    return str(value)[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""
