"""One post of a Facebook page to a report, and one comment to a reply. Pure.

`updated_time` is no time of change: every comment moves it. Who wrote a post is told only to the page's own people, and
of tagging posts not even to them: an author who is not named is unknown, not a person called unknown. A tagged place is
the middle of something named, so its point is coarse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.ids import reply_id, report_id
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import from_iso, plausible
from smartcity_desk.sync.channel import Fields, content_key, raw_text

NAME: Final = "facebook"
MOST_MEDIA: Final = 20
_DEEPEST: Final = 3
"""Levels of attachments inside attachments that are looked at; an album has two."""

_NESTED: Final = 30
"""Levels of an item that are kept: comments of an album of a post have ten."""

Pseudonym = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list: its items, and the cursor behind them ("" at the end)."""

    items: tuple[Any, ...]
    after: str


def read_page(data: Any) -> Page:
    """Take a list apart. The cursor counts only while there is a `next`, whose own text (it holds the token) is unread.

    Raises `BadData` for another envelope.
    """
    envelope = Fields(NAME, data)
    if "data" not in envelope.data:
        raise BadData(NAME, "envelope")
    paging = envelope.child("paging")
    after = ""
    if paging is not None and paging.data.get("next"):
        cursors = paging.child("cursors")
        after = "" if cursors is None else cursors.text("after")
        if not after:
            raise paging.bad("cursors.after")
    return Page(tuple(without_links(item) for item in envelope.list("data")), after)


def read_several(data: Any) -> dict[str, Any]:
    """The answer to a question for several ids: objects by id. Raises `BadData` for another envelope."""
    return {name: without_links(item) for name, item in Fields(NAME, data).data.items()}


def without_links(value: Any, depth: int = 0) -> Any:
    """An item without the `paging` of the lists in it: their `next` holds the token, and items are kept."""
    if isinstance(value, dict | list) and depth > _NESTED:
        return None
    if isinstance(value, dict):
        return {name: without_links(one, depth + 1) for name, one in value.items() if name != "paging"}
    return [without_links(one, depth + 1) for one in value] if isinstance(value, list) else value


def to_report(item: Any, pseudonym: Pseudonym) -> Report:
    """The report of one post. Raises `BadData` that names the field which cannot be read."""
    post = Fields(NAME, item)
    external_id = post.needed_identifier("id")
    created_at = _instant(post, "created_time")
    if created_at is None:
        raise post.bad("created_time")
    lat, lon, quality, hint = _place(post)
    words = mask_both("", storable(post.text("message")))
    return Report(
        id=report_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=created_at,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(storable(hint)).text,
        author=_author(post, pseudonym),
        link=storable(post.text("permalink_url")) or None,
        media=_media(post),
        private=post.data.get("is_hidden") is True,
        unmasked=words.unmasked,
        raw=raw_text(item),
    )


def to_reply(item: Any, about: str, page_id: str, pseudonym: Pseudonym) -> Reply:
    """The reply of one comment under the post `about`. The page's own word is official. Raises `BadData`."""
    comment = Fields(NAME, item)
    external_id = comment.needed_identifier("id")
    at = _instant(comment, "created_time")
    if at is None:
        raise comment.bad("created_time")
    words = mask_both("", storable(comment.text("message")))
    author = comment.child("from")
    attachment = comment.child("attachment")
    return Reply(
        id=reply_id(NAME, external_id),
        channel=NAME,
        external_id=external_id,
        about=about,
        at=at,
        text=words.text,
        official=author is not None and author.identifier("id") == page_id != "",
        author=_author(comment, pseudonym),
        link=storable(comment.text("permalink_url")) or None,
        media=() if attachment is None else tuple(_pictures([attachment.data], 0))[:MOST_MEDIA],
        private=comment.data.get("is_hidden") is True,
        unmasked=words.unmasked,
        raw=raw_text(item),
    )


def wrapped_reply(item: Any, pseudonym: Pseudonym) -> Reply | None:
    """The reply of a comment that was set aside with its post (`aside`); None for what is none. Raises `BadData`."""
    if not isinstance(item, dict) or "comment" not in item:
        return None
    about = Fields(NAME, item).needed_identifier("about")
    return to_reply(item["comment"], about, about.partition("_")[0], pseudonym)


def aside(item: Any, about: str) -> str:
    """A comment that could not be read, with its post, as a text."""
    return raw_text({"about": about, "comment": item})


def is_by(item: Any, page_id: str) -> bool:
    """Whether the page itself wrote a post."""
    author = item.get("from") if isinstance(item, dict) else None
    return isinstance(author, dict) and str(author.get("id", "")) == page_id


def state_of(item: Any) -> str:
    """What of a post's content says that there is something new in it: a picture's address is signed anew each time."""
    known = item if isinstance(item, dict) else {}
    parts = [
        known.get(key) for key in ("id", "message", "created_time", "updated_time", "is_hidden", "place")
    ]
    return content_key(raw_text([*parts, comments_of(item)]))


def comments_of(item: Any) -> int:
    """How many comments a post has, 0 when it does not say."""
    found = item.get("comments") if isinstance(item, dict) else None
    summary = found.get("summary") if isinstance(found, dict) else None
    count = summary.get("total_count") if isinstance(summary, dict) else None
    return count if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 10**9 else 0


def time_of(item: Any, key: str = "created_time") -> int | None:
    """When an item was written (or changed), or None when it does not say."""
    try:
        return _instant(Fields(NAME, item), key)
    except BadData:
        return None


def peek_id(item: Any) -> str:
    """The id of an item that could not be read, if it shows one."""
    value = item.get("id") if isinstance(item, dict) else None
    return str(value)[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _instant(fields: Fields, key: str) -> int | None:
    """A time such as `2026-11-22T01:12:54+0000`, or unix seconds."""
    value = fields.data.get(key)
    if value is None:
        return None
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return plausible(value * 1_000)
        return plausible(from_iso(fields.needed_text(key)))
    except (ValueError, OverflowError):
        raise fields.bad(key) from None


def _author(fields: Fields, pseudonym: Pseudonym) -> str | None:
    author = fields.child("from")
    found = "" if author is None else author.identifier("id")
    return pseudonym(found) if found else None


def _place(post: Fields) -> tuple[float | None, float | None, PlaceQuality, str]:
    place = post.child("place")
    if place is None:
        return None, None, PlaceQuality.NONE, ""
    location = place.child("location")
    name = place.text("name").strip()
    if location is None:
        return None, None, PlaceQuality.NONE, name
    parts = (name, location.text("street").strip(), location.text("city").strip())
    hint = ", ".join(dict.fromkeys(part for part in parts if part))
    return *location.point("latitude", "longitude", coarse=True), hint


def _media(post: Fields) -> tuple[str, ...]:
    attachments = post.child("attachments")
    if attachments is None:
        return ()
    found = dict.fromkeys(_pictures(attachments.list("data"), 0))
    return tuple(found)[:MOST_MEDIA]


def _pictures(attachments: list[Any], depth: int) -> Iterator[str]:
    """The pictures of attachments, albums opened. One of another shape has none."""
    for attachment in attachments[: 2 * MOST_MEDIA]:
        if not isinstance(attachment, dict):
            continue
        inside = attachment.get("subattachments")
        members = inside.get("data") if isinstance(inside, dict) else None
        if isinstance(members, list) and members and depth < _DEEPEST:
            yield from _pictures(members, depth + 1)  # an album's own picture is its first
            continue
        media = attachment.get("media")
        image = media.get("image") if isinstance(media, dict) else None
        source = image.get("src") if isinstance(image, dict) else None
        if isinstance(source, str) and source.startswith(("https://", "http://")):
            yield storable(source)
