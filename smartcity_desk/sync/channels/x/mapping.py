"""One post of X, with what the answer includes beside it, to a report. Pure.

Both generations of names are read: `note_tweet`/`note_post`, `edit_history_tweet_ids`/`edit_history_post_ids`,
`includes.tweets`/`includes.posts` (channels paper 3.2). The id of an edited post changes; the report keeps that of the
first version, so that an edit revises the report instead of doubling it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk.domain.errors import BadData, DeskError, Rejected
from smartcity_desk.domain.geo import judge
from smartcity_desk.domain.ids import reply_id, report_id
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import from_iso, plausible
from smartcity_desk.sync.channel import Fields, Unreadable, raw_text

NAME: Final = "x"
_ID_DIGITS: Final = 19
_TIMED_DIGITS: Final = 15
_ID_EPOCH: Final = 1_288_834_974_657
"""Ids of at least 15 digits carry ms since this instant (ms UTC) above their lowest 22 bits."""


_GONE: Final = frozenset({"resource-not-found", "not-authorized-for-resource"})
"""Last parts of an error's `type`: a post that was deleted, and one whose account closed or was suspended."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer taken apart: the posts, the places and media beside them, and where to go on."""

    posts: tuple[Any, ...]
    places: dict[str, Any]
    media: dict[str, Any]
    newest_id: str
    next_token: str
    unreadable: tuple[Unreadable, ...]


def read_page(data: Any) -> Page:
    """Take an answer apart. Without hits `data` may be missing or empty. Raises `BadData` for another envelope.

    Entries of `errors` beside data are normal (a referenced post that is gone) and tell nothing about our posts.
    """
    envelope = Fields(NAME, data)
    if not any(key in envelope.data for key in ("data", "meta", "errors")):
        raise BadData(NAME, "envelope")
    posts = envelope.list("data")
    includes = envelope.child("includes")
    meta = envelope.child("meta")
    newest = "" if meta is None else meta.identifier("newest_id")
    if not newest:
        numbers = [int(found) for found in map(peek_id, posts) if found.isdecimal()]
        newest = str(max(numbers)) if numbers else ""
    return Page(
        tuple(posts),
        _by_key(includes, "places", "id"),
        _by_key(includes, "media", "media_key"),
        newest,
        "" if meta is None else meta.text("next_token"),
        (),
    )


def _by_key(includes: Fields | None, section: str, key: str) -> dict[str, Any]:
    if includes is None:
        return {}
    return {
        member[key]: member
        for member in includes.list(section)
        if isinstance(member, dict) and isinstance(member.get(key), str)
    }


def to_report(item: Any, page: Page, pseudonym: Callable[[str], str | None]) -> Report:
    """The report of one post. Raises `BadData` that names the field which cannot be read."""
    post = Fields(NAME, item)
    current = post.needed_identifier("id")
    if not (current.isascii() and current.isdecimal() and len(current) <= _ID_DIGITS):
        raise post.bad("id")
    created = post.needed_text("created_at")
    try:
        created_at = plausible(from_iso(created))
    except (ValueError, OverflowError):
        raise post.bad("created_at") from None
    history = _history(post)
    first = min([current, *history], key=int)
    edited = first != current
    reported_at = _written_at(first, created_at) if edited else created_at
    lat, lon, quality, hint = _place(post, page)
    words = mask_both("", storable(_long_text(post) or post.text("text")))
    author = post.identifier("author_id")
    return Report(
        id=report_id(NAME, first),
        channel=NAME,
        external_id=first,
        kind=ReportKind.COMPLAINT,
        reported_at=reported_at,
        changed_at=created_at if edited else None,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=storable(hint),
        author=pseudonym(author) if author else None,
        link=f"https://x.com/i/status/{current}",
        media=_media(post, page),
        unmasked=words.unmasked,
        raw=raw_text(item),
    )


def to_reply(
    item: Any, page: Page, about: str, account_id: str, pseudonym: Callable[[str], str | None]
) -> Reply:
    """The reply of a post that answers the report `about`. The city's account speaks officially. Raises `BadData`."""
    said = to_report(item, page, pseudonym)
    return Reply(
        id=reply_id(NAME, said.external_id),
        channel=NAME,
        external_id=said.external_id,
        about=about,
        at=said.reported_at,
        text=said.text,
        official=bool(account_id) and Fields(NAME, item).identifier("author_id") == account_id,
        author=said.author,
        link=said.link,
        media=said.media,
        unmasked=said.unmasked,
        raw=said.raw,
    )


def aside(item: Any, about: str, account_id: str) -> str:
    """A reply that could not be read, with the report that it answers, as a text."""
    return raw_text({"about": about, "account_id": account_id, "post": item})


def wrapped_reply(item: Any, pseudonym: Callable[[str], str | None]) -> Reply | None:
    """The reply of a post that was set `aside`; None for what is none. Raises `BadData`."""
    if not isinstance(item, dict) or "post" not in item:
        return None
    wrapped = Fields(NAME, item)
    page = read_page({"data": [item["post"]]})
    about, account_id = wrapped.needed_identifier("about"), wrapped.identifier("account_id")
    return to_reply(item["post"], page, about, account_id, pseudonym)


def versions_of(item: Any) -> list[str]:
    """The ids of a post's versions that it tells of, the first one first; empty when it shows none. Never raises."""
    known = item if isinstance(item, dict) else {}
    ids = [peek_id(item)]
    for key in ("edit_history_post_ids", "edit_history_tweet_ids"):
        versions = known.get(key)
        ids += [one for one in versions if isinstance(one, str)] if isinstance(versions, list) else []
    return sorted({one for one in ids if _is_id(one)}, key=int)


def first_id(item: Any) -> str:
    """The id that the report of a post keeps, "" when it shows none."""
    return next(iter(versions_of(item)), "")


def answered(item: Any) -> tuple[str, ...]:
    """What a post may be an answer to: the post that its conversation began with, and the one that it replies to."""
    known = item if isinstance(item, dict) else {}
    own = first_id(item)
    begun = known.get("conversation_id")
    found = [begun] if isinstance(begun, str) else []
    found += [one for kind, one in _references(known) if kind == "replied_to"]
    return tuple(dict.fromkeys(one for one in found if _is_id(one) and one != own))


def is_retweet(item: Any) -> bool:
    """Whether a post only repeats another one."""
    return any(kind == "retweeted" for kind, _ in _references(item if isinstance(item, dict) else {}))


def _references(known: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key in ("referenced_posts", "referenced_tweets"):
        members = known.get(key)
        for one in members if isinstance(members, list) else ():
            if isinstance(one, dict) and isinstance(one.get("type"), str):
                found.append((one["type"], str(one.get("id", ""))))
    return found


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS


def gone_of(data: Any, asked: Iterable[str]) -> list[str]:
    """Which of the posts that were asked for may no longer be kept.

    Deleted or of a closed account (`errors` names them), or withheld here. One that is mentioned nowhere is neither.
    """
    wanted, found = set(asked), []
    body = data if isinstance(data, dict) else {}
    errors, posts = body.get("errors"), body.get("data")
    for error in errors if isinstance(errors, list) else ():
        if not isinstance(error, dict):
            continue
        kind = error.get("type")
        name = str(error.get("resource_id") or error.get("value") or "")
        if isinstance(kind, str) and kind.rsplit("/", 1)[-1] in _GONE and name in wanted:
            found.append(name)
    for post in posts if isinstance(posts, list) else ():
        if is_withheld(post) and peek_id(post) in wanted:
            found.append(peek_id(post))
    return list(dict.fromkeys(found))


def is_withheld(item: Any) -> bool:
    """Whether a post is withheld for a right of somebody, or in this country (XX and XY mean all)."""
    withheld = item.get("withheld") if isinstance(item, dict) else None
    if not isinstance(withheld, dict):
        return False
    countries = withheld.get("country_codes")
    return (
        not isinstance(countries, list)
        or not countries
        or bool({"ID", "XX", "XY"} & set(map(str, countries)))
    )


def time_of_id(name: str) -> int | None:
    """When a post was written, by its id, which holds the time (since November 2010); None for one that does not."""
    return (int(name) >> 22) + _ID_EPOCH if _is_id(name) and len(name) >= _TIMED_DIGITS else None


def _written_at(first: str, edited_at: int) -> int:
    """When the first version of an edited post was written, by its id."""
    at = time_of_id(first)
    return at if at is not None and at <= edited_at else edited_at


def _long_text(post: Fields) -> str:
    """The whole text of a post over 280 characters; `text` then holds only its beginning."""
    for key in ("note_post", "note_tweet"):
        note = post.child(key)
        if note is not None and note.text("text"):
            return note.text("text")
    return ""


def _history(post: Fields) -> list[str]:
    found = post.list("edit_history_post_ids") or post.list("edit_history_tweet_ids")
    if any(not isinstance(part, str) or not part.isascii() or not part.isdecimal() for part in found):
        raise post.bad("edit_history_tweet_ids")
    return [part for part in found if isinstance(part, str)]


def _place(post: Fields, page: Page) -> tuple[float | None, float | None, PlaceQuality, str]:
    """A point if the device sent one; else the middle of the named place's box, which is coarse."""
    geo = post.child("geo")
    if geo is None:
        return None, None, PlaceQuality.NONE, ""
    place = page.places.get(geo.text("place_id"))
    named = None if place is None else Fields(NAME, place, "includes.places.")
    hint = "" if named is None else named.text("full_name") or named.text("name")
    point = geo.child("coordinates")
    if point is not None:
        pair = _numbers(point, "coordinates", 2)
        return *_judged(pair[1], pair[0], point, coarse=False), hint
    shape = None if named is None else named.child("geo")
    if shape is None or shape.data.get("bbox") is None:
        return None, None, PlaceQuality.NONE, hint
    west, south, east, north = _numbers(shape, "bbox", 4)
    return *_judged((south + north) / 2, (west + east) / 2, shape, coarse=True), hint


def _numbers(fields: Fields, key: str, count: int) -> list[float]:
    values = fields.data.get(key)
    if (
        not isinstance(values, list)
        or len(values) != count
        or any(isinstance(part, bool) or not isinstance(part, int | float) for part in values)
    ):
        raise fields.bad(key)
    try:
        return [float(part) for part in values]
    except OverflowError:
        raise fields.bad(key) from None


def _judged(
    lat: float, lon: float, fields: Fields, *, coarse: bool
) -> tuple[float | None, float | None, PlaceQuality]:
    try:
        quality = judge(lat, lon, coarse=coarse)
    except ValueError:
        raise fields.bad("coordinates") from None
    return (None, None, quality) if quality is PlaceQuality.NONE else (lat, lon, quality)


def _media(post: Fields, page: Page) -> tuple[str, ...]:
    attachments = post.child("attachments")
    if attachments is None:
        return ()
    found: list[str] = []
    for key in attachments.list("media_keys"):
        medium = page.media.get(key) if isinstance(key, str) else None
        url = None if medium is None else medium.get("url") or medium.get("preview_image_url")
        if isinstance(url, str):
            found.append(storable(url))
    return tuple(found)


def error_of(data: Any, place: str) -> DeskError | None:
    """The refusal of an answer that came with HTTP 200, has `errors` and no data at all, or None."""
    if not isinstance(data, dict) or "data" in data or "meta" in data:
        return None
    errors = data.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    if not errors:
        return None
    kind = first.get("type")
    code = kind.rsplit("/", 1)[-1] if isinstance(kind, str) else "error_inside"
    return Rejected(code, place=place)


def user_id(data: Any) -> str:
    """The id in the answer of a look-up by name, "" when there is none."""
    found = data.get("data") if isinstance(data, dict) else None
    value = found.get("id") if isinstance(found, dict) else None
    return value if isinstance(value, str) and value.isdecimal() and len(value) <= _ID_DIGITS else ""


def peek_id(item: Any) -> str:
    """The id of a post that could not be read, if it shows one."""
    value = item.get("id") if isinstance(item, dict) else None
    return str(value)[:200] if isinstance(value, str | int) else ""
