"""*Pilihan keputusan*: shown beside a report, taken by key, recorded with the deed, and gone with one switch."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication

from smartcity_desk import config
from smartcity_desk.domain.events import (
    CourseChosen,
    CourseRefused,
    EventKind,
    IncidentChanged,
    NoteAdded,
    PauseCode,
    Paused,
    RejectCode,
    ReportRejected,
    RoutingSent,
)
from smartcity_desk.store import OpRow, OpState
from smartcity_desk.ui.outbox.models import deed_words
from smartcity_desk.ui.triage.choosers import RouteDialog
from smartcity_desk.ui.triage.joining import JoinDialog
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import TEBET_TIMUR, Kit, make_report, press, until
from tests.ui.triage.conftest import dialog, gone

K = EventKind


def queued(kit: Kit) -> list[OpRow]:
    """The ops that wait, oldest first."""
    return kit.desk.store.ops([OpState.QUEUED])[::-1]


def titles(triage: TriageScreen) -> list[str]:
    """What the section shows, course by course, wherever its words were broken."""
    rows = triage.panel.courses._rows
    return [" ".join(row.button.text().split()) for row in rows if not row.isHidden()]


def open_report(triage: TriageScreen, kit: Kit, text: str, **fields: Any) -> str:
    """A new report under the cursor, with its courses."""
    report = make_report(900, text=text, reported_at=kit.now - 60_000, category=None, **fields)
    kit.ingest([report])
    triage.open_report(report.id)
    kit.settle()
    until(lambda: triage.panel.courses.offer is not None)
    kit.settle()
    return report.id


SAMPAH = {"text": "sampah menumpuk dan belum diangkut", "place_hint": "Tebet Timur"}


def test_three_courses_at_least_with_their_keys_and_nothing_is_done(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, **SAMPAH)
    shown = titles(triage)
    assert len(shown) >= 3
    assert shown[0] == "Alt+1 Turunkan PPSU: Kelurahan Tebet Timur"
    assert queued(kit) == []


def test_a_key_that_is_quicker_than_the_courses_decides_nothing_and_says_so(
    triage: TriageScreen, kit: Kit
) -> None:
    open_report(triage, kit, **SAMPAH)
    press(triage, "J")
    assert triage.panel.courses.offer is None
    press(triage, "Alt+1")
    assert (
        kit.said[-1].text == "Pilihan keputusan laporan ini sedang dihitung. Lihat dahulu, lalu tekan lagi."
    )
    assert QApplication.activeModalWidget() is None
    kit.settle()
    until(lambda: not triage.panel.courses_coming)
    said = len(kit.said)
    press(triage, "Alt+1")
    dialog().reject()
    gone()
    kit.settle()
    assert len(kit.said) == said
    assert queued(kit) == []


def test_details_say_authority_past_risk_text_and_why(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, **SAMPAH)
    row = triage.panel.courses._rows[0]
    assert row._details.isHidden()
    press(triage, "Alt+D")
    lines = row._details.text().splitlines()
    assert [line.split(":")[0] for line in lines] == ["Dasar", "Kasus serupa", "Risiko", "Teks", "Mengapa"]
    assert "kurang dari 10" in lines[1]
    press(triage, "Alt+D")
    assert row._details.isHidden()


def test_a_key_opens_the_ordinary_decision_filled_in_and_enter_does_it(
    triage: TriageScreen, kit: Kit
) -> None:
    report = open_report(triage, kit, **SAMPAH)
    press(triage, "Alt+1")
    shown = dialog()
    assert isinstance(shown, RouteDialog)
    assert shown.pick.current() == TEBET_TIMUR
    assert queued(kit) == []  # the key alone does nothing
    press(triage, "Return")
    gone()
    kit.settle()
    sent, record = queued(kit)
    assert isinstance(sent.payload, RoutingSent)
    assert (sent.report_id, sent.payload.office) == (report, TEBET_TIMUR)
    assert sent.payload.reason.startswith(
        "Mohon PPSU diturunkan hari ini: Sampah menumpuk di Kelurahan Tebet"
    )
    assert isinstance(record.payload, CourseChosen)
    assert (record.payload.course, record.payload.rank) == (f"crew:{TEBET_TIMUR}", 1)
    assert record.payload.offered[0] == record.payload.course
    assert record.payload.knowledge.startswith("2026-default/")


def test_esc_leaves_it_undone_and_unrecorded(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, **SAMPAH)
    press(triage, "Alt+1")
    dialog()
    press(triage, "Esc")
    gone()
    kit.settle()
    assert queued(kit) == []


def test_the_outbox_says_which_course_it_was(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, **SAMPAH)
    _, record = take(triage, kit, "crew", "Return")
    assert deed_words(record, kit.desk.directory) == "pilihan diambil: Turunkan PPSU: Kelurahan Tebet Timur"


def test_z_takes_back_the_deed_and_its_record_and_shift_z_brings_both(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, **SAMPAH)
    press(triage, "Alt+1")
    dialog()
    press(triage, "Return")
    gone()
    kit.settle()
    press(triage, "Z")
    kit.settle()
    assert queued(kit) == []
    press(triage, "Shift+Z")
    kit.settle()
    assert [op.kind for op in queued(kit)] == [K.ROUTING_SENT, K.COURSE_CHOSEN]


def take(triage: TriageScreen, kit: Kit, kind: str, *keys: str) -> list[OpRow]:
    """Take the course of a kind by its key and go through its dialog."""
    offer = triage.panel.courses.offer
    assert offer is not None
    rank = next(at for at, one in enumerate(offer.courses, 1) if one.kind.value == kind)
    press(triage, f"Alt+{rank}")
    dialog()
    for key in keys:
        press(triage, key)
    gone()
    kit.settle()
    return queued(kit)


def test_asking_the_reporter_stops_the_clock_with_the_question(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, "sampah menumpuk dan belum diangkut", place_hint="")
    asked, record = take(triage, kit, "ask", "Ctrl+Return")
    assert isinstance(asked.payload, Paused)
    assert asked.payload.code is PauseCode.WAITING_REPORTER
    assert "sebutkan lokasi" in asked.payload.reason
    assert record.kind is K.COURSE_CHOSEN


def test_rejections_and_no_action_open_theirs(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, "jalan rusak di Margonda Depok", place_hint="")
    rejected, _ = take(triage, kit, "outside", "Ctrl+Return")
    assert isinstance(rejected.payload, ReportRejected)
    assert rejected.payload.code is RejectCode.OUTSIDE_CITY
    assert "depok" in rejected.payload.reason


def test_no_action_is_a_note(triage: TriageScreen, kit: Kit) -> None:
    open_report(triage, kit, **SAMPAH)
    note, record = take(triage, kit, "no_action", "Ctrl+Return")
    assert isinstance(note.payload, NoteAdded)
    assert isinstance(record.payload, CourseChosen)
    assert record.payload.course == "no_action"


def test_a_look_alike_is_joined_with_one_clock(triage: TriageScreen, kit: Kit) -> None:
    there: dict[str, Any] = {"lat": -6.2301, "lon": 106.8546, "accuracy_m": 8.0, "author": "a"}
    text = "pohon besar tumbang menutup jalan Melati 3 depan masjid"
    first = make_report(901, text=text, reported_at=kit.now - 300_000, category=None, **there)
    kit.ingest([first])
    second = open_report(triage, kit, text, **{**there, "author": "b", "lat": -6.23012})
    offer = triage.panel.courses.offer
    assert offer is not None
    assert offer.courses[0].kind.value == "join"
    press(triage, "Alt+1")
    shown = dialog()
    assert isinstance(shown, JoinDialog)
    until(lambda: shown.plan is not None)
    assert queued(kit) == []
    press(triage, "Ctrl+Return")
    gone()
    kit.settle()
    ops = queued(kit)
    joined = [op for op in ops if isinstance(op.payload, IncidentChanged)]
    assert {op.report_id for op in joined} == {first.id, second}
    assert len({op.payload.incident for op in joined}) == 1  # type: ignore[union-attr]


def test_bukan_ini_is_recorded_with_its_reason_and_puts_the_course_last(
    triage: TriageScreen, kit: Kit
) -> None:
    open_report(triage, kit, **SAMPAH)
    before = triage.panel.courses.offer
    assert before is not None
    press(triage, "Alt+0")
    dialog()
    press(triage, "Return")
    gone()
    kit.settle()
    [op] = queued(kit)
    assert isinstance(op.payload, CourseRefused)
    assert (op.payload.course, op.payload.rank) == (before.courses[0].id, 1)
    until(lambda: triage.panel.courses.offer is not before)
    kit.settle()
    after = triage.panel.courses.offer
    assert after is not None
    assert after.courses[0].id != before.courses[0].id


def test_switched_off_it_is_gone_and_all_else_is_as_before(triage: TriageScreen, kit: Kit) -> None:
    report = open_report(triage, kit, **SAMPAH)
    kit.desk.settings.set(config.COURSES_SHOWN, False)
    kit.desk.bridge.settings_changed.emit(config.COURSES_SHOWN.name)
    kit.settle()
    assert triage.panel.courses.isHidden()
    assert triage.panel.courses.offer is None
    assert not any(kit.desk.commands.enabled(f"course.{n}") for n in range(1, 7))
    press(triage, "Alt+1")
    kit.settle()
    assert queued(kit) == []
    press(triage, "R")
    dialog()
    press(triage, "Return")
    press(triage, "Return")
    gone()
    kit.settle()
    [op] = queued(kit)
    assert (op.report_id, op.kind) == (report, K.ROUTING_SENT)


def test_a_closed_report_awaits_no_decision(triage: TriageScreen, kit: Kit) -> None:
    from smartcity_desk.domain.report import Status

    report = make_report(902, text="jalan rusak", source_status=Status.DONE, reported_at=kit.now - 60_000)
    kit.ingest([report])
    triage.on_show.open("all")
    triage.open_report(report.id)
    kit.settle()
    assert triage.panel.courses.isHidden()
    assert triage.panel.courses.offer is None
