"""What an answer holds: a list of items, however it is wrapped, or an error, however it is written.

JSON is a bare array, an object around one (`service_requests`, `requests`, …), or one object alone; XML a root around
elements. An error is one object, a list of them, something in `errors` or `error`, a `detail` that is a text, a list or
an object, XML of all of these, or a page for people (channels paper 10.2).
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from smartcity_desk.georeport import xml

MOST_ITEMS: Final = 200_000
_LONGEST: Final = 300
_LINES: Final = 8


class Holds(StrEnum):
    """What a list is of; the value is the field that names an item of it."""

    REQUESTS = "service_request_id"
    UPDATES = "update_id"
    SERVICES = "service_code"


_WRAPS: Final = (
    *("service_requests", "requests", "service_request", "request", "service_request_updates"),
    *("request_updates", "servicerequestupdates", "updates", "request_update", "services", "service"),
    *("results", "data"),
)
_ERRORS: Final = ("errors", "error")
_SAID: Final = ("description", "detail", "message", "title", "error")


class Unreadable(ValueError):  # noqa: N818 - what the document is
    """An answer that is none: `key` says what is wrong with it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key: Final = key


class Page(ValueError):  # noqa: N818 - what the document is
    """A page for people where an answer was due."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as the server told it: its number, or None, and its words."""

    code: int | None
    text: str


def is_page(body: bytes) -> bool:
    """Whether a body is a page for people, by its first letters."""
    start = body[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (
        start.startswith(b"<?xml") and b"<html" in start
    )


def is_xml(body: bytes) -> bool:
    """Whether a body is XML, by its first letter."""
    return body[:64].lstrip().startswith(b"<")


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    service_requests: list[msgspec.Raw]


_BARE: Final = msgspec.json.Decoder(list[msgspec.Raw])
_WRAPPED: Final = msgspec.json.Decoder(_Wrapped)
_TAKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read(
    body: bytes, holds: Holds, *, decode: Callable[[bytes], Any] = msgspec.json.decode
) -> list[Any] | Trouble:
    """The items of an answer (objects, or their JSON text as it came), or the error in it.

    `decode` reads JSON that the strict reader refuses. Raises `Unreadable`, and `Page` for a page for people.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    if is_page(body):
        raise Page
    if is_xml(body):
        found = _from_xml(body)
    else:
        plain = _plain(body)
        if plain is not None:
            if plain and bytes(plain[0])[:1] == b"{" and holds.value.encode() in bytes(plain[0]):
                return _counted(plain)
            if not plain:
                return []
        try:
            found = decode(body)
        except (ValueError, RecursionError):
            raise Unreadable("json") from None
    trouble = trouble_in(found, holds)
    if trouble is not None:
        return trouble
    return _counted(_items(found, holds))


def _plain(body: bytes) -> list[msgspec.Raw] | None:
    """The items as text, for the two usual shapes."""
    try:
        if body.lstrip()[:1] == b"[":
            return _BARE.decode(body)
        return _WRAPPED.decode(body).service_requests
    except _TAKEN:
        return None


def _counted(items: list[Any]) -> list[Any]:
    if len(items) > MOST_ITEMS:
        raise Unreadable("too_many")
    return items


def _from_xml(body: bytes) -> Any:
    try:
        document = xml.parse(body)
    except ValueError:
        raise Unreadable("xml") from None
    if document.name == "html":
        raise Page
    if document.name in _ERRORS:
        return {"errors": [value for _, value in document.children] or document.text}
    names = {name for name, _ in document.children}
    if names and not names.issubset(_WRAPS):
        return dict(document.children)  # one thing alone, or an error in the place of a list
    if not names and document.name not in _WRAPS:
        raise Unreadable("envelope")
    return [value for _, value in document.children if value != ""]


def _items(found: Any, holds: Holds) -> list[Any]:
    if isinstance(found, list):
        return found
    if not isinstance(found, dict):
        raise Unreadable("envelope")
    if holds.value in found:
        return [found]
    for name in _WRAPS:
        if name not in found:
            continue
        inside = found[name]
        if inside is None or inside == "":
            return []
        if isinstance(inside, dict) and inside.keys().isdisjoint(_WRAPS):
            return [inside]
        return _items(inside, holds)
    raise Unreadable("envelope")


def trouble_in(found: Any, holds: Holds | None = None) -> Trouble | None:
    """The error that a decoded answer is, or None. An item of the list that is due is never one."""
    if isinstance(found, list):
        first = found[0] if found else None
        if isinstance(first, str):
            return Trouble(None, _joined(found))
        if not isinstance(first, dict) or (holds is not None and holds.value in first):
            return None
        if "code" not in first and "error" not in first:
            return None
        return _of_objects([item for item in found if isinstance(item, dict)])
    if not isinstance(found, dict) or (holds is not None and holds.value in found):
        return None
    for name in _ERRORS:
        inside = found.get(name)
        if isinstance(inside, dict):
            return _of_objects([inside])
        if isinstance(inside, list) and inside:
            return trouble_in(inside) or Trouble(_number(found), _joined(inside))
        if isinstance(inside, str) and inside.strip():
            return Trouble(_number(found), _joined([inside]))
    if _number(found) is not None and any(name in found for name in _SAID):
        return _of_objects([found])
    if set(found) <= {"detail", "message"} and found:
        return _of_objects([found])
    return None


def _of_objects(items: list[dict[str, Any]]) -> Trouble:
    said = [item[name] for item in items for name in _SAID if item.get(name)]
    return Trouble(next((n for item in items if (n := _number(item)) is not None), None), _joined(said))


def _number(item: dict[str, Any]) -> int | None:
    value = item.get("code", item.get("status"))
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        value = int(value.strip()[:6])
    return value if isinstance(value, int) and 100 <= value <= 599 else None


def _joined(said: list[Any]) -> str:
    """The words of an error in one line: texts, and what lists and objects of texts hold."""
    words: list[str] = []

    def gather(value: Any, depth: int) -> None:
        if len(words) >= _LINES or depth > _LINES:
            return
        if isinstance(value, str):
            line = " ".join(value.split())
            if line and line not in words:
                words.append(line)
        elif isinstance(value, dict):
            for inside in value.values():
                gather(inside, depth + 1)
        elif isinstance(value, list):
            for inside in value:
                gather(inside, depth + 1)

    gather(said, 0)
    return "; ".join(words)[:_LONGEST]


def trouble_of(body: bytes) -> Trouble | None:
    """The error that the body of a refusal tells of, or None where it tells nothing that can be read."""
    body = body.removeprefix(codecs.BOM_UTF8)
    if not body.strip() or is_page(body):
        return None
    try:
        found = _from_xml(body) if is_xml(body) else msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    trouble = trouble_in(found)
    return None if trouble is None or not trouble.text else trouble
