"""One request of an Open311 server to a report, and one update to a reply. Pure.

Servers differ in what stands where (channels paper 10.2): ids and positions as numbers or as texts, an office as a text
or an object, times with microseconds and any offset, empty where there is none. The usual shape is read in one go; any
other one field by field. What a server says of the person who reported is never read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.geo import judge
from smartcity_desk.domain.ids import reply_id, report_id
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.text import cut, storable
from smartcity_desk.domain.times import from_iso, plausible
from smartcity_desk.georeport.states import UNCHANGED, status_of
from smartcity_desk.sync.channel import Fields, raw_text
from smartcity_desk.sync.transport import decode_json

MOST_MEDIA: Final = 20
_LINK_LONGEST: Final = 2_000
_WORD_LONGEST: Final = 300
OWN_CODES: Final = "*"
"""As the option `categories`: the server's codes are the city's own."""
MARKS: Final = frozenset({"rahasia", "anonim"})
"""What a reporter may have asked for: that nobody reads the report, that nobody learns who sent it."""
_FALSE: Final = frozenset({"", "0", "0.0", "false", "f", "tidak", "no", "n", "null", "none"})
"""What says that a mark is not set; whatever else stands there sets it, so that no spelling of *ya* gives one away."""
PERSONAL: Final = frozenset(
    (
        *("requestor_name", "first_name", "last_name", "email", "phone", "device_id", "account_id"),
        *("pelapor", "namadepan", "namabelakang", "telpon"),
    )
)
"""Fields that name a person."""


def _same(words: Words) -> tuple[Status, str]:
    """The state of a plain Open311 server: its word, and its note behind it."""
    return status_of(words.status), words.joined(words.notes)


@dataclass(frozen=True, slots=True)
class Words:
    """What a request says about how it stands, in the server's words."""

    status: str
    notes: str
    agency: str

    def joined(self, *more: str) -> str:
        """The word, with what else is said behind it; masked, because people write into notes."""
        said = " · ".join(part.strip() for part in (self.status, *more) if part.strip())
        return cut(mask(storable(said)).text, _WORD_LONGEST)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one channel reads Open311.

    `link` is the address of a report's public page with `{id}` in it, or "". `categories` are the server's service
    codes and what they are here (`own_codes`: they are the city's own). `state` reads how a request stands. `guarded`
    says that reports may be marked *rahasia* or *anonim*.
    """

    channel: str
    link: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    own_codes: bool = False
    state: Callable[[Words], tuple[Status, str]] = _same
    guarded: bool = False


def categories_of(option: str) -> tuple[dict[str, str], bool]:
    """What an option such as `13=jalan_rusak 15=sampah`, or `*`, says: the table, and whether codes are the city's."""
    pairs = [word.partition("=") for word in option.split()]
    return {code: ours for code, _, ours in pairs if ours}, option.strip() == OWN_CODES


_Id = Annotated[str, msgspec.Meta(max_length=200)] | int
_Degrees = float | str | None


class _Request(msgspec.Struct):
    service_request_id: _Id
    requested_datetime: str
    status: str | None = None
    status_notes: str | None = None
    service_name: str | None = None
    service_code: str | int | None = None
    title: str | None = None
    description: str | None = None
    agency_responsible: str | None = None
    updated_datetime: str | None = None
    address: str | None = None
    lat: _Degrees = None
    long: _Degrees = None
    media_url: str | list[str] | None = None
    extended_attributes: dict[str, Any] | None = None


_REQUEST: Final = msgspec.json.Decoder(_Request)
_MARKED: Final = re.compile(rb"rahasia|anonim", re.IGNORECASE)
"""Where this is not in an item, wherever a server may put it, nothing is marked."""


def to_report(item: Any, dialect: Dialect) -> Report:
    """The report of one request: its JSON text, or the object. Raises `BadData` that names the field."""
    try:
        found = _REQUEST.decode(item) if isinstance(item, msgspec.Raw) else msgspec.convert(item, _Request)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        plain = _lenient(item, dialect) if isinstance(item, msgspec.Raw) else item
        return _from_fields(plain, dialect)
    private, raw = False, ""
    if dialect.guarded and _may_be_marked(item):
        plain = _lenient(item, dialect) if isinstance(item, msgspec.Raw) else item
        private, raw = _marks(plain)
    service, code = found.service_name or "", found.service_code
    return _report(
        dialect,
        str(found.service_request_id).strip(),
        found.requested_datetime,
        found.updated_datetime or "",
        found.status or "",
        found.status_notes or "",
        found.agency_responsible or "",
        service,
        "" if code is None else str(code),
        found.title or "",
        found.description or "",
        found.address or "",
        found.lat,
        found.long,
        _links(found.media_url, found.extended_attributes),
        private,
        raw or raw_text(item),
    )


def _may_be_marked(item: Any) -> bool:
    return not isinstance(item, msgspec.Raw) or _MARKED.search(bytes(item)) is not None


def _marks(item: Any) -> tuple[bool, str]:
    """Whether an item is *rahasia*, and its JSON text without the person where one asked to stay hidden (else "").

    A name that the reporter asked to keep hidden is not even kept in the item as it came.
    """
    attributes = attributes_of(item)
    private = "rahasia" in attributes
    hidden = private or "anonim" in attributes
    return private, raw_text(without_person(item)) if hidden else ""


def _lenient(item: msgspec.Raw, dialect: Dialect) -> Any:
    try:
        return decode_json(bytes(item))
    except ValueError:
        raise BadData(dialect.channel, "item") from None


def _from_fields(item: Any, dialect: Dialect) -> Report:
    fields = Fields(dialect.channel, item)
    lat, long = (_degrees(fields, name) for name in ("lat", "long"))
    extended = fields.data.get("extended_attributes")
    private, raw = _marks(item) if dialect.guarded else (False, "")
    return _report(
        dialect,
        fields.needed_identifier("service_request_id"),
        fields.needed_text("requested_datetime"),
        fields.text("updated_datetime"),
        fields.text("status"),
        fields.text("status_notes"),
        agency_of(item),
        fields.text("service_name"),
        fields.identifier("service_code"),
        fields.text("title"),
        fields.text("description"),
        fields.text("address"),
        lat,
        long,
        _links(fields.data.get("media_url"), extended if isinstance(extended, dict) else None),
        private,
        raw or raw_text(item),
    )


def _degrees(fields: Fields, key: str) -> _Degrees:
    value = fields.data.get(key)
    if value is None or isinstance(value, str):
        return value
    return fields.number(key)


def agency_of(item: Any) -> str:
    """The office of a request: a text, or what an object such as `{recipient: [..]}` names."""
    value = item.get("agency_responsible") if isinstance(item, dict) else None
    if isinstance(value, str):
        return value
    return ", ".join(list(_texts(value, 0))[:5])


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, dict | list) and depth < 4:
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _texts(inside, depth + 1)


def attributes_of(item: Any) -> frozenset[str]:
    """The marks that are set on a request, wherever a server puts them.

    `attributes` or `extended_attributes` as an object or as a list of `{code, value}`, `attribute[code]`, or the code
    itself among the fields.
    """
    found: set[str] = set()
    if not isinstance(item, dict):
        return frozenset()
    for holder in (item.get("extended_attributes"), item.get("attributes"), item):
        pairs: list[tuple[Any, Any]] = []
        if isinstance(holder, dict):
            pairs = list(holder.items())
            inner = holder.get("attribute")
            if isinstance(inner, list | dict):
                pairs += _listed(inner)
        elif isinstance(holder, list):
            pairs = _listed(holder)
        for name, value in pairs:
            if isinstance(name, str):
                code = name.lower()
                if code not in MARKS:
                    code = code.removeprefix("attribute[").removesuffix("[]").removesuffix("]").strip()
                if code in MARKS and _is_set(value):
                    found.add(code)
    return frozenset(found)


def _is_set(value: Any) -> bool:
    """Whether a mark's value sets it; of several, whether one does."""
    if isinstance(value, dict | list):
        return any(_is_set(one) for one in (value.values() if isinstance(value, dict) else value))
    return str(value).strip().lower() not in _FALSE


def _listed(holder: Any) -> list[tuple[Any, Any]]:
    entries = holder if isinstance(holder, list) else [holder]
    return [
        (entry.get("code", entry.get("name")), entry.get("value"))
        for entry in entries
        if isinstance(entry, dict)
    ]


def without_person(item: Any) -> Any:
    """The item without the fields that name a person, however deep they stand."""
    if isinstance(item, dict):
        return {name: without_person(value) for name, value in item.items() if name not in PERSONAL}
    return [without_person(value) for value in item] if isinstance(item, list) else item


def _report(
    dialect: Dialect,
    external_id: str,
    requested: str,
    updated: str,
    status_word: str,
    notes: str,
    agency: str,
    service: str,
    code: str,
    title: str,
    description: str,
    address: str,
    lat: _Degrees,
    long: _Degrees,
    media: tuple[str, ...],
    private: bool,
    raw: str,
) -> Report:
    channel = dialect.channel
    if not external_id:
        raise BadData(channel, "service_request_id")
    reported_at = _instant(channel, "requested_datetime", requested)
    if updated == requested:
        changed_at: int | None = reported_at  # as most of a city's requests that were never worked on
    else:
        changed_at = _instant(channel, "updated_datetime", updated) if updated.strip() else None
    place = _place(channel, lat, long)
    text, title = description.strip(), title.strip()
    if not (text or title):
        title = service.strip()  # a server that hides the words still says what it is about
    said = mask_both(storable(title), storable(text))
    status, state_raw = _state(dialect.state, status_word, notes, agency)
    return Report(
        id=report_id(channel, external_id),
        channel=channel,
        external_id=external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=reported_at,
        text=said.text,
        title=said.title,
        changed_at=changed_at,
        lat=place[0],
        lon=place[1],
        place_quality=place[2],
        place_hint=cut(mask(storable(address.strip())).text, _WORD_LONGEST) if address else "",
        category=(code if dialect.own_codes else dialect.categories.get(code)) or None,
        category_raw=cut(storable((service or code).strip()), _WORD_LONGEST),
        source_status=status,
        state_raw=state_raw,
        link=dialect.link.replace("{id}", external_id) if dialect.link else None,
        media=media,
        private=private,
        unmasked=said.unmasked,
        raw=raw,
    )


@lru_cache(maxsize=1_024)
def _state(
    read: Callable[[Words], tuple[Status, str]], status: str, notes: str, agency: str
) -> tuple[Status, str]:
    """How a request stands. A city's requests stand in a few ways, so most of them were read before."""
    return read(Words(status, notes, agency))


def _instant(channel: str, key: str, text: str) -> int:
    try:
        return plausible(from_iso(text))
    except (ValueError, OverflowError):
        raise BadData(channel, key) from None


def _place(channel: str, lat: _Degrees, long: _Degrees) -> tuple[float | None, float | None, PlaceQuality]:
    numbers: list[float | None] = []
    for key, value in (("lat", lat), ("long", long)):
        try:
            numbers.append(None if value is None or value == "" else float(value))
        except ValueError:
            if str(value).strip():
                raise BadData(channel, key) from None
            numbers.append(None)
    north, east = numbers
    if north is None or east is None:
        return None, None, PlaceQuality.NONE
    try:
        quality = judge(north, east)
    except ValueError:
        raise BadData(channel, "lat") from None
    return (None, None, quality) if quality is PlaceQuality.NONE else (north, east, quality)


def _links(value: Any, extended: dict[str, Any] | None) -> tuple[str, ...]:
    """Addresses of pictures: a text, a list, or `media_urls` among the extras; only of the web, each once."""
    if not value and not extended:
        return ()
    more = None if extended is None else extended.get("media_urls")
    found = [*_texts(value, 0), *_texts(more, 0)]
    kept = [
        storable(link)
        for link in found
        if link.startswith(("http://", "https://")) and len(link) <= _LINK_LONGEST
    ]
    return tuple(dict.fromkeys(kept))[:MOST_MEDIA]


class _Times(msgspec.Struct):
    requested_datetime: str | None = None
    updated_datetime: str | None = None


_TIMES: Final = msgspec.json.Decoder(_Times)


def all_within(items: Iterable[Any], changed: bool, since: int, until: int) -> bool:
    """Whether every item that tells when it was made (`changed`: when it was changed) lies in a window (ms UTC)."""
    for item in items:
        try:
            found = _TIMES.decode(item) if isinstance(item, msgspec.Raw) else msgspec.convert(item, _Times)
            at = from_iso((found.updated_datetime if changed else found.requested_datetime) or "")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, OverflowError):
            continue
        if not since <= at <= until:
            return False
    return True


def peek_id(item: Any) -> str:
    """The id of a request or an update that could not be read, if it shows one."""
    if isinstance(item, msgspec.Raw):
        try:
            item = decode_json(bytes(item))
        except ValueError:
            return ""
    if not isinstance(item, dict):
        return ""
    value = item.get("update_id", item.get("service_request_id"))
    return str(value)[:200] if isinstance(value, str | int) else ""


# ---------------------------------------------------------------- updates


@dataclass(frozen=True, slots=True)
class Update:
    """What an update of a request says. `about` is the request's id; `names_state` whether it tells of a new state.

    `reply` is None where it has no words and no picture for anybody to read.
    """

    about: str
    names_state: bool
    reply: Reply | None


def to_update(item: Any, dialect: Dialect) -> Update:
    """The update in one entry of `servicerequestupdates`. Raises `BadData` that names the field."""
    channel = dialect.channel
    data = _lenient(item, dialect) if isinstance(item, msgspec.Raw) else item
    fields = Fields(channel, data)
    about, name = fields.needed_identifier("service_request_id"), fields.needed_identifier("update_id")
    at = _instant(channel, "updated_datetime", fields.needed_text("updated_datetime"))
    word = fields.text("status").strip()
    names_state = bool(word) and word.lower() != UNCHANGED
    text = fields.text("description").strip()
    said = mask_both("", storable(text))
    media = _links(fields.data.get("media_url"), None)
    reply = None
    if text or media:
        reply = Reply(
            id=reply_id(channel, name),
            channel=channel,
            external_id=name,
            about=about,
            at=at,
            text=said.text,
            official=True,
            state_raw=Words(word, "", "").joined() if names_state else "",
            media=media,
            unmasked=said.unmasked,
            raw=raw_text(item),
        )
    return Update(about, names_state, reply)
