"""Letters of invented people: how a report of the city looks as mail, and what else lies in a real mailbox."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from email.header import Header
from email.utils import format_datetime
from functools import cache
from typing import Final

from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import JAKARTA, MINUTE, SECOND, to_datetime
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.common import Clock

ADDRESS: Final = "dki@jakarta.go.id"
SUBJECT_LETTERS: Final = 60
KEPT: Final = 400
"""Letters that lie in the mailbox when the city starts; older ones were filed away."""
_MOTIFS: Final = 8
_ANSWER_ONE_IN: Final = 9
_MACHINE_ONE_IN: Final = 13
_ANSWERS: Final = (
    "Sampai sekarang belum ada petugas yang datang.",
    "Tambahan: kejadiannya tepat di depan gang.",
    "Terima kasih, sudah ada yang mengecek tadi pagi.",
)


def words_of(record: Citizen) -> str:
    """What a citizen wrote, as it stands in a letter."""
    return storable(record.text).replace("\r\n", "\n").strip()


def subject_of(record: Citizen, lead: str = "") -> str:
    """A letter's subject: the first words, on one line."""
    return " ".join(f"{lead}{words_of(record)}".split())[:SUBJECT_LETTERS].strip()


def sent_at(record: Citizen) -> int:
    """When a letter says that it was written (ms UTC): its header knows whole seconds."""
    return record.at // SECOND * SECOND


@cache
def motif(number: int) -> bytes:
    """A small picture (PNG) of stripes: one of a few, so that they are drawn once."""
    width, height = 96, 64
    rows = b"".join(
        b"\0" + bytes((40 * number + 3 * (x ^ y)) & 255 for x in range(width) for _ in range(3))
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def picture_of(record: Citizen) -> bytes | None:
    """The picture that a letter brings, or None."""
    return motif(record.number % _MOTIFS) if record.picture else None


def enclosed_of(record: Citizen) -> tuple[str, ...]:
    """How a report names its letter's picture."""
    content = picture_of(record)
    return () if content is None else ("enclosed:" + hashlib.sha256(content).hexdigest(),)


def letter(
    record: Citizen,
    *,
    sender: str,
    subject: str,
    text: str,
    headers: Sequence[str] = (),
    picture: bool = True,
) -> bytes:
    """A report as a mail."""
    head = [
        f"From: {sender}",
        f"To: {ADDRESS}",
        f"Subject: {Header(subject, 'utf-8', header_name='Subject').encode(linesep=chr(10))}",
        f"Message-ID: <{record.external_id}>",
        f"Date: {format_datetime(to_datetime(record.at).astimezone(JAKARTA))}",
        *headers,
    ]
    return _joined(head, text, picture_of(record) if picture else None)


def _joined(head: Sequence[str], text: str, picture: bytes | None) -> bytes:
    body = base64.encodebytes(text.encode()).decode()
    plain = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{body}"
    lines = "\n".join((*head, "MIME-Version: 1.0")) + "\n"
    if picture is None:
        return (lines + plain).replace("\n", "\r\n").encode()
    image = base64.encodebytes(picture).decode()
    return (
        (
            f"{lines}Content-Type: multipart/mixed; boundary=warga\n\n--warga\n{plain}\n--warga\n"
            f"Content-Type: image/png; name=foto.png\nContent-Disposition: attachment; filename=foto.png\n"
            f"Content-Transfer-Encoding: base64\n\n{image}\n--warga--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )


def answer_to(record: Citizen, sender: str, subject: str) -> bytes | None:
    """What a citizen writes after some letters, as an answer on the own thread; None for most."""
    if record.number % _ANSWER_ONE_IN:
        return None
    at = record.at + 40 * MINUTE
    head = [
        f"From: {sender}",
        f"To: {ADDRESS}",
        f"Subject: {Header('Re: ' + subject, 'utf-8', header_name='Subject').encode(linesep=chr(10))}",
        f"Message-ID: <balasan.{record.external_id}>",
        f"In-Reply-To: <{record.external_id}>",
        f"References: <{record.external_id}>",
        f"Date: {format_datetime(to_datetime(at).astimezone(JAKARTA))}",
    ]
    quoted = "\n".join(f"> {line}" for line in words_of(record).split("\n"))
    text = f"{_ANSWERS[record.number % len(_ANSWERS)]}\n\nPada hari itu warga menulis:\n{quoted}\n"
    return _joined(head, text, None)


def machines_letter(record: Citizen) -> bytes | None:
    """What no citizen wrote: an absence note or a bounce beside some letters; None for most."""
    if record.number % _MACHINE_ONE_IN:
        return None
    is_bounce = record.number % 2 == 0
    head = [
        "Return-Path: <>" if is_bounce else "Auto-Submitted: auto-replied",
        f"From: {'MAILER-DAEMON' if is_bounce else 'kantor'}@surat.example",
        f"To: {ADDRESS}",
        f"Subject: {'Undelivered Mail Returned to Sender' if is_bounce else 'Balasan otomatis: sedang cuti'}",
        f"Message-ID: <mesin.{record.external_id}>",
        f"Date: {format_datetime(to_datetime(record.at).astimezone(JAKARTA))}",
    ]
    return _joined(head, "Surat ini dibuat oleh mesin.\n", None)


class Rounds:
    """Gives the letters of `source` (oldest first) as their time comes, each once. `of` makes those of one report."""

    def __init__(
        self, source: Sequence[Citizen], clock: Clock, of: Callable[[Citizen], Sequence[tuple[bytes, int]]]
    ) -> None:
        self._source = source
        self._clock = clock
        self._of = of
        self._given: int | None = None
        self._later: list[tuple[bytes, int]] = []

    def __call__(self) -> Sequence[tuple[bytes, int]]:
        """What is due and was not given before."""
        now = self._clock()
        end = bisect_right(self._source, now, key=lambda record: record.at)
        begin = max(0, end - KEPT) if self._given is None else self._given
        self._given = max(begin, end)
        waiting = [*self._later]
        for record in self._source[begin:end]:
            waiting += self._of(record)
        waiting.sort(key=lambda pair: pair[1])
        self._later = [pair for pair in waiting if pair[1] > now]
        return [pair for pair in waiting if pair[1] <= now]
