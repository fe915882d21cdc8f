"""What a reporter is told out of the events on a report, and what he never is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.answering import TELLING, UNANSWERED, Said, now_said, said
from smartcity_desk.domain.events import (
    PAYLOADS,
    CompletionAnswered,
    CompletionClaimed,
    Event,
    EventKind,
    NoteAdded,
    Payload,
    RejectCode,
    Reopened,
    ReporterAnswered,
    ReportRejected,
    Responded,
    RoutingSent,
)
from tests.domain.builders import ANI, T0, TEBET

K = EventKind
SECRET = "rahasia-unit"
LIFE: tuple[tuple[EventKind, Payload], ...] = (
    (K.NOTE_ADDED, NoteAdded(SECRET)),
    (K.ROUTING_SENT, RoutingSent(TEBET, SECRET)),
    (K.REPORT_RESPONDED, Responded(TEBET, "petugas di lokasi")),
    (K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah selesai")),
    (K.COMPLETION_ACCEPTED, CompletionAnswered(SECRET)),
    (K.COMPLETION_REFUSED, CompletionAnswered(SECRET)),
    (K.REPORT_REOPENED, Reopened(SECRET)),
    (K.REPORTER_ANSWERED, ReporterAnswered("kata unit")),
    *((K.REPORT_REJECTED, ReportRejected(code, SECRET)) for code in RejectCode),
)


def told(*parts: tuple[EventKind, Payload]) -> list[Event]:
    return [
        Event(f"e{n}", "r", kind, T0 + n, ANI, payload, seq=n) for n, (kind, payload) in enumerate(parts, 1)
    ]


def test_an_answer_is_told_in_its_own_words_and_a_completion_once_accepted() -> None:
    events = told(LIFE[2], LIFE[3], LIFE[4])
    assert said(events[:1]) == Said("e1", "petugas di lokasi")
    assert said(events[:2]) is None
    assert said(events) == Said("e2", "sudah selesai")
    assert now_said(events) == Said("e2", "sudah selesai")


def test_who_joins_after_a_reopening_is_told_nothing_old() -> None:
    events = told(LIFE[2], LIFE[6])
    assert said(events) == Said("e2", code="reopened")
    assert now_said(events) is None


def test_a_rejection_has_a_sentence_by_its_code_and_spam_has_none() -> None:
    for code in RejectCode:
        found = said(told((K.REPORT_REJECTED, ReportRejected(code, SECRET))))
        assert found == (None if code in UNANSWERED else Said("e1", code=f"reject.{code.value}"))


@given(st.lists(st.sampled_from(LIFE), max_size=12))
def test_notes_and_reasons_are_never_told(life: list[tuple[EventKind, Payload]]) -> None:
    events = told(*life)
    for found in (said(events), now_said(events)):
        assert found is None or SECRET not in found.text
        assert found is None or bool(found.text) != bool(found.code)
    assert said(events) is None or events[-1].kind in TELLING


def test_every_kind_that_tells_is_an_event_on_a_report() -> None:
    assert set(PAYLOADS) >= TELLING
