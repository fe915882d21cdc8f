"""The city's mailbox in the training city: citizens' letters, their answers, and what machines write beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask_both, pseudonym
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.training.channel import Stage, TrainingChannel
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import letters
from smartcity_desk.training.servers.postbox import FAULTS, MailServer, Postbox

NAME: Final = "email"
_KEY: Final = b"training city, no secret"


def external_id(number: int, at: int) -> str:
    """A Message-ID without its brackets; ids grow with the time."""
    return f"{at:012x}.{number}@surat.example"


def sender_of(record: Citizen) -> str:
    """A citizen's address."""
    return f"warga{record.author}@surat.example"


def letters_of(record: Citizen) -> list[tuple[bytes, int]]:
    """A report's letter, and those that come with it or after it: content and instant of arrival (ms UTC)."""
    sender, subject = sender_of(record), letters.subject_of(record)
    found = [
        (letters.letter(record, sender=sender, subject=subject, text=letters.words_of(record)), record.at)
    ]
    answer = letters.answer_to(record, sender, subject)
    if answer is not None:
        found.append((answer, record.at + 40 * MINUTE))
    machines = letters.machines_letter(record)
    if machines is not None:
        found.append((machines, record.at))
    return found


def published(record: Citizen, _directory: Directory) -> Report:
    """The report as a desk reads it."""
    subject = letters.subject_of(record)
    words = mask_both(subject, letters.words_of(record) or subject)
    return Report(
        id=report_id(NAME, record.external_id),
        channel=NAME,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=letters.sent_at(record),
        title=words.title,
        text=words.text,
        author=pseudonym(_KEY, NAME, sender_of(record)),
        media=letters.enclosed_of(record),
    )


def _server(source: Sequence[Citizen], stage: Stage) -> MailServer:
    box = Postbox(letters.ADDRESS, stage.secrets.get("password", ""))
    return MailServer(box, letters.Rounds(source, stage.clock, letters_of))


CHANNEL: Final = TrainingChannel(
    NAME,
    external_id,
    published,
    _server,
    secrets=("password",),
    options={"user": letters.ADDRESS},
    faults=FAULTS,
)
