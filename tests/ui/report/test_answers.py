"""The panel says of each answer whether it reached the reporter's channel, in words for every way it can go."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from smartcity_desk import i18n
from smartcity_desk.domain.events import EventKind, ReporterAnswered
from smartcity_desk.domain.receipt import Course, Fate, Outlet, Receipt, ReceiptState
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.ui.report import answers
from smartcity_desk.ui.report.answers import course_words
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import NOW, OPERATOR, Kit, make_report, until
from tests.ui.triage.conftest import opened
from tests.ui.triage.test_replied import go

REFUSED = Receipt(
    "a", make_report(0).id, "kota", "update", 1, ReceiptState.REFUSED, NOW - HOUR, NOW, NOW - MINUTE, 1,
    "http_404", "service_request_id <b>tidak</b> dikenal\u202e",
)  # fmt: skip


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("course", Course)
def test_every_course_has_words(course: Course, language: str) -> None:
    i18n.set_language(language)
    fate = Fate(NOW, course, "Sudah", receipt=None if course < Course.QUEUED else REFUSED)
    assert len(course_words(fate, "qlue", NOW)) > 8


@pytest.mark.parametrize(
    ("code", "detail", "said"),
    [
        ("offline", "", "tidak tersambung"),
        ("http_404", "tidak ada", "kode 404: “tidak ada”"),
        (None, "", ""),
        ("aneh\nsekali", "", "kode aneh sekali"),
    ],
)
def test_why_it_failed_is_said_in_words_and_quoted(code: str | None, detail: str, said: str) -> None:
    assert answers.why(replace(REFUSED, code=code, detail=detail)) == said


def said(kit: Kit) -> None:
    kit.desk.store.act(
        EventKind.REPORTER_ANSWERED,
        ReporterAnswered("Petugas kami sudah berangkat."),
        [make_report(0).id],
        actor=OPERATOR,
        now=kit.now,
        randomness=kit.desk.randomness,
    )


def shown(screen: TriageScreen) -> str:
    labels = screen.panel.answers.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if not label.isHidden())


@pytest.fixture
def screen(kit: Kit) -> TriageScreen:
    kit.ingest([make_report(0), make_report(1)])
    said(kit)
    screen = opened(kit)
    go(screen, kit, 0)
    return screen


def look(screen: TriageScreen, kit: Kit) -> None:
    kit.desk.bridge.reports_changed.emit(None)
    until(lambda: not screen.freshness._rows_timer.isActive())
    kit.settle()
    until(lambda: not screen.current._timer.isActive())
    kit.settle()


def test_the_panel_follows_an_answer_to_its_channel(screen: TriageScreen, kit: Kit) -> None:
    assert "Petugas kami sudah berangkat." in shown(screen)
    assert "menunggu di komputer ini" in shown(screen)
    store = kit.desk.store
    [op] = store.central.next_ops(1, kit.now)
    from smartcity_desk.domain.events import Event
    from smartcity_desk.domain.ids import event_id

    confirmed = Event(
        event_id(op.id), op.report, EventKind.REPORTER_ANSWERED, op.at, op.actor, op.payload, 1, op.id
    )
    store.central.apply_events([confirmed], cursor=1, now=kit.now)
    store.central.apply_receipts([], [], cursor=0)
    look(screen, kit)
    assert "belum dikirim: kanal keluar belum diatur" in shown(screen)
    store.central.apply_receipts([REFUSED], [Outlet("petabencana", "kota", "on", 1)], cursor=1)
    look(screen, kit)
    assert "ditolak" in shown(screen)
    assert "kode 404: “service_request_id <b>tidak</b> dikenal”" in shown(screen)
    sent = replace(REFUSED, state=ReceiptState.SENT, code=None, detail="")
    store.central.apply_receipts([sent], [], cursor=2)
    look(screen, kit)
    assert "✓ diserahkan ke PetaBencana hari ini" in shown(screen)
    screen.close()


def test_a_report_without_an_answer_has_no_such_part(screen: TriageScreen, kit: Kit) -> None:
    assert screen.panel.answers.isVisible()
    go(screen, kit, 1)
    assert screen.panel.answers.isHidden()
    screen.close()
