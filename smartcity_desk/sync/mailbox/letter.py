"""One mail, from its bytes to a letter: who, when, about what, which words, which files. Pure; never raises.

Everything in it is hostile: parts nest without end, headers are broken, charsets lie, names of files are paths. The
standard library's parser takes the structure apart; headers are read raw and decoded one by one (`words`), because
its structured headers raise on what strangers write and cost more than all the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, Final

import msgspec

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.privacy import mask
from smartcity_desk.domain.text import one_line, storable
from smartcity_desk.domain.times import DAY, from_datetime
from smartcity_desk.sync.channel import Enclosure
from smartcity_desk.sync.mailbox import automatic
from smartcity_desk.sync.mailbox.quoting import said
from smartcity_desk.sync.mailbox.words import decoded, header, html_text

MOST_PARTS: Final = 200
DEEPEST: Final = 20
MOST_FILES: Final = 10
FILE_MOST: Final = 15 * 1024 * 1024
FILES_MOST: Final = 30 * 1024 * 1024
"""Bytes of one file, and of all files of a letter, that are kept."""
SMALL_PICTURE: Final = 4 * 1024
"""A picture inside the text that is smaller than this is a logo or a tracking dot."""
TEXT_MOST: Final = 100_000
HEADER_BYTES: Final = 256 * 1024
HOSTILE_BYTES: Final = 512 * 1024
"""Bytes that are parsed of a mail that asks for more work than a letter of a person does; fewer if even that is much.
"""
MOST_WORK: Final = 4_000_000
"""Work that one mail may ask of the parser, in lines that are held against one open part; some seconds' worth."""
WORK_OF_PART: Final = 500
WORK_OF_HEADER: Final = 10
"""What it costs to begin a part, and to take a header, in the same measure."""
STRUCTURE_MOST: Final = 2_000
"""Characters of a header that names types, files and borders: the parser's time grows with their square."""
HEAD_MOST: Final = 16_000
ID_MOST: Final = 180
MOST_REFERENCES: Final = 50
EARLIEST: Final = 788_918_400_000
"""1995 (ms UTC). A letter that says it is older comes from a clock that was never set."""

_IDS: Final = re.compile(r"<([^<>\s]{1,500})>")
_IN_BRACKETS: Final = re.compile(r"<([^<>\s\"(),;:@]{1,100}@[^<>\s\"(),;:@]{1,200})>\s*\Z")
_STRUCTURE: Final = ("content-type", "content-disposition")
_SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
"""Parts that no person attached."""
_CHECKED: Final = "authentication-results"
_DMARC: Final = re.compile(r"\bdmarc\s{0,20}=\s{0,20}([a-z]{1,20})", re.IGNORECASE)
_PLAIN_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9_.:+-]{1,40})", re.IGNORECASE)
_KEPT_IN_MEMO: Final = ("message-id", "date", "subject", "from", "in-reply-to", "references")


class File(msgspec.Struct, frozen=True):
    """A file of a letter as the raw item names it. `name` is masked."""

    name: str
    media_type: str
    size: int
    sha256: str


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """One mail, as it is kept beside its report (JSON): all its words and headers, its files by their hashes.

    `received_at` (INTERNALDATE) and `sent_at` (Date, where it can be true) in ms UTC. `size` is the mail's on the
    server. `said` are the words without quotation and signature, where that is less than `text`. `cut` says that the
    mail was too large to be fetched whole; `skipped` counts files that were not kept. `serial` tells equal letters.
    `dmarc` is what the mail server found of the sender's domain (`pass`, `fail`, …), "" where it says nothing.
    """

    uid: int
    validity: int
    received_at: int
    size: int
    serial: str
    message_id: str = ""
    sent_at: int | None = None
    sender: str = ""
    subject: str = ""
    answers: tuple[str, ...] = ()
    marks: dict[str, str] = {}
    text: str = ""
    said: str = ""
    files: tuple[File, ...] = ()
    skipped: int = 0
    cut: bool = False
    dmarc: str = ""
    head: str = ""


@dataclass(slots=True)
class _Reading:
    """What is found while the parts are walked."""

    is_answer: bool = False
    parts: int = 0
    files: list[Enclosure] = field(default_factory=list)
    bytes_kept: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as a server gave it. `cut` says that `content` is the head and the text part only."""

    uid: int
    validity: int
    received_at: int
    size: int
    content: bytes = field(repr=False)
    cut: bool = False


class _Policy(Compat32):
    """The parser's plain policy, with a bound on the headers that it takes apart again and again."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value, as they stand."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:STRUCTURE_MOST] if name.strip().lower() in _STRUCTURE else value


_POLICY: Final = _Policy()


def read(mail: Mail) -> tuple[Letter, tuple[Enclosure, ...]]:
    """The letter of a mail, and its files. Raises nothing for any bytes that were tried; see the property test."""
    content = _bounded(mail.content)
    try:
        message = message_from_bytes(content, policy=_POLICY)
    except RecursionError:  # parts in parts in parts: the head is still a letter
        message = message_from_bytes(content[: _end_of_head(content)] + b"\n\n", policy=_POLICY)
    headers = _headers(message)
    reading = _Reading(is_answer="in-reply-to" in headers or "references" in headers)
    whole, short = _text(message, reading, 0)
    whole = storable(whole).strip()[:TEXT_MOST]
    short = said(storable(short)[:TEXT_MOST]) if reading.is_answer else whole
    letter = Letter(
        uid=mail.uid,
        validity=mail.validity,
        received_at=mail.received_at,
        size=mail.size,
        serial=_serial(headers, whole, reading, mail),
        message_id=_first_id(headers.get("message-id", "")),
        sent_at=_sent_at(headers.get("date", ""), mail.received_at),
        sender=_address(headers.get("from", "")),
        subject=header(headers.get("subject", "")),
        answers=_answers(headers),
        marks={name: header(headers[name])[:200] for name in automatic.HEADERS if name in headers},
        text=whole,
        said=short if short != whole else "",
        files=tuple(
            File(file.name, file.media_type, len(file.content), file.sha256) for file in reading.files
        ),
        skipped=reading.skipped,
        cut=mail.cut or len(content) < len(mail.content),
        dmarc=found[1].lower() if (found := _DMARC.search(headers.get(_CHECKED, "")[:4_000])) else "",
        head=_head(mail.content),
    )
    return letter, tuple(reading.files)


def _end_of_head(content: bytes) -> int:
    found = [at for at in (content.find(b"\n\n"), content.find(b"\r\n\r\n")) if at >= 0]
    return min(found, default=len(content))


def _bounded(content: bytes) -> bytes:
    """A mail as far as it is worth parsing: nobody writes a head of megabytes, thousands of parts, parts in parts
    in parts, or millions of lines.

    The parser's time grows with all of them; a hostile mail of 25 MB would hold it up for hours.
    """
    if _end_of_head(content[: HEADER_BYTES + 4]) > HEADER_BYTES:
        return content[:HEADER_BYTES]
    most = HOSTILE_BYTES
    while _work(content) > MOST_WORK:
        content, most = content[:most], most // 2
    return content


def _work(content: bytes) -> int:
    """How much work a mail asks of the parser at most: each line is held against the border of each open part."""
    borders = content.lower().count(b"boundary")
    parts, headers = content.count(b"\n--"), content.count(b":")
    return content.count(b"\n") * (1 + borders) + WORK_OF_PART * parts + WORK_OF_HEADER * headers


def _headers(message: Message) -> dict[str, str]:
    """Raw values by small name; the first of equal names, as mail programs show it."""
    found: dict[str, str] = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), storable_raw(value))
    return found


def storable_raw(value: Any) -> str:
    """A raw header's value, its lines joined; bytes beyond ASCII stay half characters for `words.header` to read."""
    return str(value).replace("\r", "").replace("\n", "")


def _head(content: bytes) -> str:
    """The headers as they stand in the mail, for whoever opens the raw item."""
    start = content[: HEAD_MOST + 4].replace(b"\r\n", b"\n")
    return decoded(start[: start.find(b"\n\n")] if b"\n\n" in start else start)


def _serial(headers: dict[str, str], text: str, reading: _Reading, mail: Mail) -> str:
    """A short name of what a letter says, whichever server and copy it is read from.

    What servers add on the way (`Received`, flags, UIDs) is no part of it. Without a date the time of arrival is: a
    form that is filled in twice alike is two letters.
    """
    digest = hashlib.blake2b(digest_size=8)
    for name in _KEPT_IN_MEMO:
        digest.update(headers.get(name, "").encode("utf-8", "surrogatepass") + b"\0")
    digest.update(text.encode() + b"\0")
    for file in reading.files:
        digest.update(file.sha256.encode())
    if not headers.get("date", "").strip():
        digest.update(str(mail.received_at).encode())
    return digest.hexdigest()


def _first_id(value: str) -> str:
    """A Message-ID without its brackets; one that is absurdly long by its hash."""
    found = _IDS.search(value)
    name = found[1] if found else " ".join(value.split())
    name = header(name)
    if len(name) <= ID_MOST:
        return name
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def _answers(headers: dict[str, str]) -> tuple[str, ...]:
    """The letters that this one follows, the thread's first one first (References, then In-Reply-To)."""
    ids = _IDS.findall(headers.get("references", "")[:20_000]) + _IDS.findall(
        headers.get("in-reply-to", "")[:2_000]
    )
    seen = dict.fromkeys(_first_id(f"<{name}>") for name in ids)
    names = list(seen)
    if len(names) > MOST_REFERENCES:
        names = names[:1] + names[1 - MOST_REFERENCES :]
    return tuple(names)


def _address(value: str) -> str:
    """The address of who wrote, in small letters; "" where none can be read."""
    usual = _IN_BRACKETS.search(value)
    if usual is not None and value.isascii():
        return usual[1].lower()[:200]
    try:
        address = parseaddr(header(value))[1]
    except Exception:  # noqa: BLE001 - the parser of addresses stumbles over some broken ones
        return ""
    return storable(address.strip().lower())[:200] if "@" in address else ""


def _sent_at(value: str, received_at: int) -> int | None:
    """When a letter was written: its `Date`, unless that cannot be true.

    Later than its arrival (by more than a day, for clocks in a wrong zone), or before there was any such mail. An old
    date is believed: mailboxes that moved to another server arrived there all at once.
    """
    try:
        at = from_datetime(_with_zone(value))
    except Exception:  # noqa: BLE001 - the parser raises several things for what is no date
        return None
    return at if EARLIEST <= at <= received_at + DAY else None


def _with_zone(value: str) -> Any:
    import datetime as dt

    found = parsedate_to_datetime(value.strip()[:200])
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


# ---------------------------------------------------------------- parts


def _text(part: Message, reading: _Reading, depth: int) -> tuple[str, str]:
    """The words of a part and all inside it: whole, and without what mail programs mark as quotation."""
    reading.parts += 1
    if depth > DEEPEST or reading.parts > MOST_PARTS:
        reading.skipped += 1
        return "", ""
    children = list(_children(part))
    if not children:
        return _leaf(part, reading)
    if part.get_content_type() == "multipart/alternative":
        return _best(children, reading, depth)
    found = [_text(child, reading, depth + 1) for child in children]
    return "\n\n".join(whole for whole, _ in found if whole), "\n\n".join(
        short for _, short in found if short
    )


def _children(part: Message) -> Iterator[Message]:
    payload: Any = part.get_payload() if part.is_multipart() else []
    for child in payload if isinstance(payload, list) else []:
        if isinstance(child, Message):
            yield child


def _best(children: list[Message], reading: _Reading, depth: int) -> tuple[str, str]:
    """Of the same thing in several forms: the first that has words, which is the plain one."""
    best = ("", "")
    for child in children:
        kind = child.get_content_type()
        if best[0] and kind == "text/html":
            continue  # the same words again
        found = _text(child, reading, depth + 1)
        if found[0].strip() and not best[0]:
            best = found
    return best


def _leaf(part: Message, reading: _Reading) -> tuple[str, str]:
    kind = part.get_content_type()
    is_attached = (part.get_content_disposition() or "") == "attachment"
    if kind not in ("text/plain", "text/html") or is_attached:
        _keep(part, reading)
        return "", ""
    content = _bytes(part)
    text = decoded(content[: 4 * TEXT_MOST], _charset(part)).replace("\r\n", "\n")
    if kind == "text/html":
        whole = html_text(text)
        short = html_text(text, without_quotes=True) if reading.is_answer else ""
        return whole, short or whole
    return text, text


def _bytes(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - broken encodings raise several things; the letters as they stand are left
        payload: Any = part.get_payload()
        return str(payload).encode("utf-8", "surrogateescape")
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str:
    usual = _PLAIN_CHARSET.search(str(part.get("content-type", "")))
    if usual is not None:
        return usual[1]
    try:
        found = part.get_param("charset", "")
    except Exception:  # noqa: BLE001
        return ""
    return str(found[2] if isinstance(found, tuple) else found or "")


def _keep(part: Message, reading: _Reading) -> None:
    """Keep a file if it is of a kind that shows something, and neither too large nor one too many."""
    content = _bytes(part)
    media_type = filetypes.media_type(content[: filetypes.START])
    is_picture = media_type is not None and media_type.startswith("image/")
    is_logo = is_picture and bool(part.get("content-id")) and len(content) < SMALL_PICTURE
    if not content or is_logo or part.get_content_type() in _SIGNATURES:
        return
    full = len(reading.files) >= MOST_FILES or reading.bytes_kept + len(content) > FILES_MOST
    if media_type is None or full or len(content) > FILE_MOST:
        reading.skipped += 1
        return
    sha256 = hashlib.sha256(content).hexdigest()
    if all(file.sha256 != sha256 for file in reading.files):
        reading.files.append(Enclosure(sha256, media_type, _name(part), content))
        reading.bytes_kept += len(content)


def _name(part: Message) -> str:
    """How the sender called a file: its last part, masked, never a path (RFC 2231 and 2047)."""
    try:
        found = header(part.get_filename("") or "")
    except Exception:  # noqa: BLE001
        found = ""
    return one_line(mask(re.split(r"[/\\]", found)[-1]).text, 120)
