"""Balai Warga in the training city: the forum tells of its threads by mail, to a mailbox of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.training.channel import Stage, TrainingChannel
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import letters
from smartcity_desk.training.servers.postbox import FAULTS, MailServer, Postbox

NAME: Final = "balai_warga"
SENDER: Final = "balaiwarga@jakarta.go.id"
USER: Final = "balaiwarga-unit@jakarta.go.id"
_LEAD: Final = "[Balai Warga] "
_MARKS: Final = ("Auto-Submitted: auto-generated", "Precedence: bulk", "List-Id: <balai-warga.jakarta.go.id>")


def external_id(number: int, at: int) -> str:
    """The Message-ID of a thread's first mail, without its brackets; ids grow with the time."""
    return f"{at:012x}.topik{number}@jakarta.go.id"


def link_of(record: Citizen) -> str:
    """A thread's address on the portal."""
    return f"https://www.jakarta.go.id/balai-warga/topik/{record.number}"


def _text(record: Citizen) -> str:
    return f"{letters.words_of(record)}\n\nBaca topik ini: {link_of(record)}"


def letters_of(record: Citizen) -> list[tuple[bytes, int]]:
    """The forum's mails about a thread: content and instant of arrival (ms UTC)."""
    subject = letters.subject_of(record, _LEAD)
    first = letters.letter(record, sender=SENDER, subject=subject, text=_text(record), headers=_MARKS)
    found = [(first, record.at)]
    answer = letters.answer_to(record, SENDER, subject)
    if answer is not None:
        found.append((answer, record.at + 40 * MINUTE))
    return found


def published(record: Citizen, _directory: Directory) -> Report:
    """The report as a desk reads it."""
    words = mask_both(letters.subject_of(record, _LEAD), _text(record))
    return Report(
        id=report_id(NAME, record.external_id),
        channel=NAME,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=letters.sent_at(record),
        title=words.title,
        text=words.text,
        link=link_of(record),
        media=letters.enclosed_of(record),
    )


def _server(source: Sequence[Citizen], stage: Stage) -> MailServer:
    box = Postbox(USER, stage.secrets.get("password", ""))
    return MailServer(box, letters.Rounds(source, stage.clock, letters_of))


CHANNEL: Final = TrainingChannel(
    NAME,
    external_id,
    published,
    _server,
    secrets=("password",),
    options={"user": USER, "sender": SENDER, "mode": "mail"},
    faults=FAULTS,
)
