"""Every kind of event has words in both languages, and every due date says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartcity_desk import directory, i18n
from smartcity_desk.calendars import load_calendars
from smartcity_desk.domain.custody import origin_of, walk
from smartcity_desk.domain.events import (
    PAYLOADS,
    Actor,
    AttachmentAdded,
    CategorySet,
    ClaimTaken,
    CompletionAnswered,
    CourseChosen,
    CourseRefused,
    Event,
    EventKind,
    NoteAdded,
    PauseCode,
    Paused,
    PlaceSet,
    RejectCode,
    ReportRejected,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.policy import PolicyBook
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.state import Pause, ReportState, initial
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.store import ReportDetail
from smartcity_desk.ui.report import timeline
from tests.ui.kit import NOW, OPERATOR, TEBET_TIMUR, make_report

CITY = directory.builtin_directory(NOW)
LAW = Law(PolicyBook([directory.load_policy()]), load_calendars(), CITY)


class Nothing:
    """Stands for payloads that have no words of their own."""

    text = ""
    reason = ""


def event(kind: EventKind, payload: object, seq: int | None = 1, actor: Actor = OPERATOR) -> Event:
    return Event("e", "r", kind, NOW - HOUR, actor, payload, seq, "a")  # type: ignore[arg-type]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_words(kind: EventKind, language: str) -> None:
    i18n.set_language(language)
    assert PAYLOADS[kind]
    assert len(timeline.event_words(event(kind, Nothing()), CITY)) > 3


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        (EventKind.CATEGORY_SET, CategorySet("banjir"), "kategori: Banjir"),
        (EventKind.PLACE_SET, PlaceSet(TEBET_TIMUR), "lokasi: Tebet Timur"),
        (
            EventKind.ROUTING_SENT,
            RoutingSent(TEBET_TIMUR, "sesuai wilayah"),
            "diteruskan ke Kel. Tebet Timur: sesuai wilayah",
        ),
        (EventKind.ROUTING_SENT, RoutingSent("UPT", "kembali dulu"), "diteruskan ke unit ini: kembali dulu"),
        (
            EventKind.ROUTING_RETURNED,
            RoutingReturned(TEBET_TIMUR, "bukan", "DINAS-SDA"),
            "dikembalikan, menyebut Dinas Sumber Daya Air: bukan",
        ),
        (
            EventKind.COURSE_CHOSEN,
            CourseChosen(f"crew:{TEBET_TIMUR}", 1, (f"crew:{TEBET_TIMUR}",), "x"),
            "pilihan diambil: Turunkan PPSU: Kelurahan Tebet Timur",
        ),
        (
            EventKind.COURSE_REFUSED,
            CourseRefused("ask", 1, ("ask",), "x", "sudah ditelepon"),
            "pilihan disisihkan: Tanya pelapor: sudah ditelepon",
        ),
        (
            EventKind.COURSE_CHOSEN,
            CourseChosen("join:018f0000-0000-7000-8000-000000000000", 1, ("x",), "x"),
            "pilihan diambil: Gabung: INS-EQB3C",
        ),
        (
            EventKind.COURSE_CHOSEN,
            CourseChosen("join:3f2a91c0-0000-5000-8000-000000000000", 1, ("x",), "x"),
            "pilihan diambil: Gabung: 3f2a91c0",
        ),
        (EventKind.COURSE_REFUSED, CourseRefused("baru:1", 1, ("x",), "x"), "pilihan disisihkan: baru:1"),
        (
            EventKind.COURSE_REFUSED,
            CourseRefused("refuse_return", 1, ("x",), "x"),
            "pilihan disisihkan: Tolak pengembalian",
        ),
        (EventKind.NOTE_ADDED, NoteAdded("<b>\u202ehalo</b>"), "catatan: <b>halo</b>"),
        (EventKind.REPORT_REJECTED, ReportRejected(RejectCode.SPAM), "ditolak: Spam"),
        (EventKind.CLAIM_TAKEN, ClaimTaken("sari", NOW), "dipegang sari"),
        (EventKind.COMPLETION_REFUSED, CompletionAnswered("foto lama"), "klaim selesai ditolak: foto lama"),
        (
            EventKind.ATTACHMENT_ADDED,
            AttachmentAdded("0" * 64, "image/png", 3, "foto.png"),
            "lampiran foto.png",
        ),
    ],
)
def test_words(kind: EventKind, payload: object, words: str) -> None:
    assert timeline.event_words(event(kind, payload), CITY) == words


def detail(
    state: ReportState | None = None,
    due_at: int | None = None,
    report: Report | None = None,
    events: tuple[Event, ...] = (),
) -> ReportDetail:
    found = report or make_report(1)
    segments = walk(origin_of(found), events)
    return ReportDetail(1, found, NOW, state or initial(found), due_at, False, events, segments, LAW, (), ())


def test_who_did_it() -> None:
    lurah = Actor("lurah.x", Role.OFFICIAL, TEBET_TIMUR)
    assert (
        timeline.actor_words(event(EventKind.REPORT_SEEN, Nothing(), actor=lurah), CITY) == "Kel. Tebet Timur"
    )
    assert (
        timeline.actor_words(event(EventKind.REPORT_SEEN, Nothing(), actor=Actor("x", Role.SYSTEM)), CITY)
        == "sistem"
    )


def test_a_long_history_is_cut_at_its_old_end() -> None:
    events = tuple(event(EventKind.NOTE_ADDED, NoteAdded(f"n{n}"), seq=n + 1) for n in range(200))
    shown = timeline.lines(replace(detail(), timeline=events), CITY, "sari")
    assert len(shown) == timeline.SHOWN + 2
    assert shown[1].text == "… dan 140 peristiwa sebelumnya"
    assert shown[-1].text == "catatan: n199"
    assert shown[-1].way == "✓ diterima server"


BASE = initial(make_report(1))
ROUTED = event(EventKind.ROUTING_SENT, RoutingSent(TEBET_TIMUR, "wilayah"))


@pytest.mark.parametrize(
    ("kind", "events", "words"),
    [
        (ReportKind.COMPLAINT, (), "Dilaporkan"),
        (ReportKind.CONTEXT, (), "Info lalu lintas"),
        (ReportKind.COMPLAINT, (ROUTED,), "Diteruskan ke Kelurahan Tebet Timur"),
    ],
)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_why(kind: ReportKind, events: tuple[Event, ...], words: str, language: str) -> None:
    i18n.set_language(language)
    sentence = timeline.why(detail(report=replace(make_report(1), kind=kind), events=events), CITY, NOW)
    assert sentence
    assert len(sentence.splitlines()) <= 12
    assert language == "en" or words in sentence


@pytest.mark.parametrize(
    ("state", "due", "tone", "shape"),
    [
        (BASE, NOW - HOUR, "overdue", "▲"),
        (BASE, NOW + HOUR, "soon", "◆"),
        (BASE, NOW + DAY, "in_time", "●"),
        (BASE, None, "muted", ""),
        (replace(BASE, pause=Pause(PauseCode.OUTAGE, "x", NOW, NOW + DAY)), NOW, "paused", "‖"),
    ],
)
def test_the_due_line_has_shape_word_and_colour(
    state: ReportState, due: int | None, tone: str, shape: str
) -> None:
    found, words = timeline.due_words(detail(state, due), NOW)
    assert found == tone
    assert words.startswith(shape)
    assert len(words) > len(shape) + 5


def test_a_pause_says_its_code_and_end() -> None:
    words = timeline.event_words(
        event(EventKind.CLOCK_PAUSED, Paused(PauseCode.OUTAGE, "listrik padam", NOW)), CITY
    )
    assert words == "dijeda (Gangguan sistem, 23 Nov 2026 09.00 WIB): listrik padam"
