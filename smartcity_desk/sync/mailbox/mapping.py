"""A letter to a report, or to a reply on one. Pure.

The Message-ID is the external id; without one, or where another letter has it already, `uidvalidity:uid`. There is no
place but what the words say. Subject and words are masked; the author is a keyed mark of the address, nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.ids import reply_id, report_id
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.text import cut
from smartcity_desk.domain.times import plausible
from smartcity_desk.sync.channel import ENCLOSED, UNFETCHED
from smartcity_desk.sync.mailbox.letter import Letter, Mail, read

TITLE_MOST: Final = 300
SHOWN_MOST: Final = 20_000
"""Characters of a report's text; the whole of it is in the raw item."""
TOO_LARGE: Final = "[surat besar: lampiran tidak diambil]"
LEFT_OUT: Final = "[lampiran yang tidak diambil: {n}]"
"""Said in the text, so that whoever reads it looks into the mailbox: films, documents, files that are too large."""

_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Box:
    """How letters of one channel are read. `home` is the domain of the unit: who writes from there is an office.

    `named_author` is off where the sender is a machine that writes for others.
    """

    channel: str
    pseudonym: Callable[[str], str | None]
    home: str = ""
    named_author: bool = True


def external_id(letter: Letter, *, namesake: bool = False) -> str:
    """The id of a letter; `namesake` says that another one has its Message-ID."""
    return letter.message_id if letter.message_id and not namesake else f"{letter.validity}:{letter.uid}"


def to_report(letter: Letter, box: Box, name: str) -> Report:
    """The report of a letter. Raises `BadData` for a letter with neither words nor files, or without a time."""
    if not (letter.text or letter.subject or letter.files):
        raise BadData(box.channel, "text")
    text = letter.text or letter.subject
    words = mask_both(cut(letter.subject, TITLE_MOST), cut(text, SHOWN_MOST))
    return Report(
        id=report_id(box.channel, name),
        channel=box.channel,
        external_id=name,
        kind=ReportKind.COMPLAINT,
        reported_at=_at(letter, box),
        title=words.title,
        text=_noted(words.text, letter),
        author=_author(letter, box),
        media=tuple(ENCLOSED + file.sha256 for file in letter.files),
        unmasked=words.unmasked,
        raw=raw_of(letter),
    )


def to_reply(letter: Letter, box: Box, name: str, about: str) -> Reply:
    """The reply that a letter is on the report `about`. Raises `BadData` as `to_report` does."""
    text = letter.said or letter.text
    if not (text or letter.subject or letter.files):
        raise BadData(box.channel, "text")
    words = mask_both("", cut(text, SHOWN_MOST))
    return Reply(
        id=reply_id(box.channel, name),
        channel=box.channel,
        external_id=name,
        about=about,
        at=_at(letter, box),
        text=_noted(words.text, letter),
        official=_is_official(letter, box),
        author=_author(letter, box),
        media=tuple(ENCLOSED + file.sha256 for file in letter.files),
        unmasked=words.unmasked,
        raw=raw_of(letter),
    )


def _is_official(letter: Letter, box: Box) -> bool:
    """Whether an office wrote it: from the unit's own domain, and the mail server did not find that forged (DMARC)."""
    domain = letter.sender.partition("@")[2]
    is_home = bool(box.home) and (domain == box.home or domain.endswith(f".{box.home}"))
    return is_home and letter.dmarc != "fail"


def raw_of(letter: Letter) -> str:
    """The raw item: the letter as JSON."""
    return _ENCODER.encode(letter).decode()


def of_raw(item: object, channel: str) -> Letter:
    """The letter of a raw item, or of one that went to quarantine as it came (`mail_of`). Raises `BadData`."""
    if isinstance(item, dict) and UNFETCHED in item:
        raise BadData(
            channel, UNFETCHED
        )  # there is nothing to read but its name; the mailbox has to be asked
    try:
        if isinstance(item, dict) and "mail" in item:
            return read(
                Mail(
                    int(item["uid"]),
                    int(item["validity"]),
                    int(item["received_at"]),
                    int(item["size"]),
                    str(item["mail"]).encode("latin-1"),
                )
            )[0]
        return msgspec.convert(item, Letter)
    except (KeyError, ValueError, TypeError, msgspec.ValidationError):
        raise BadData(channel, "mail") from None


def mail_of(mail: Mail, most: int) -> str:
    """A mail that broke the reading, as JSON: its bytes one to one as letters of Latin-1, at most `most` of them."""
    item = {
        "uid": mail.uid,
        "validity": mail.validity,
        "received_at": mail.received_at,
        "size": mail.size,
        "mail": mail.content[:most].decode("latin-1"),
    }
    return _ENCODER.encode(item).decode()


def name_of(uid: int, validity: int, why: str) -> str:
    """A mail that the server does not hand out, as JSON: its number, and how asking for it ended."""
    return _ENCODER.encode({"uid": uid, "validity": validity, UNFETCHED: why}).decode()


def _at(letter: Letter, box: Box) -> int:
    try:
        return plausible(letter.received_at if letter.sent_at is None else letter.sent_at)
    except ValueError:
        raise BadData(box.channel, "received_at") from None


def _author(letter: Letter, box: Box) -> str | None:
    return box.pseudonym(letter.sender) if box.named_author and letter.sender else None


def _noted(text: str, letter: Letter) -> str:
    note = TOO_LARGE if letter.cut else LEFT_OUT.format(n=letter.skipped) if letter.skipped else ""
    return f"{text}\n\n{note}".strip() if note else text
