"""A surge offers itself and takes no focus; its board joins, answers all and lets a supervisor declare."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from smartcity_desk.domain.events import CalamityDeclared, EventKind, ReporterAnswered
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.report import PlaceQuality, Report
from smartcity_desk.domain.surge import Surge
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.ui.escalation.events import DeclareDialog
from smartcity_desk.ui.triage.choosers import NoteDialog
from smartcity_desk.ui.triage.screen import TriageScreen
from smartcity_desk.ui.triage.surge import SurgeBoard
from tests.ui.kit import NOW, SUPERVISOR, TEBET_TIMUR, Kit, focus_of, make_report, press, until
from tests.ui.triage.conftest import dialog, gone, opened

K = EventKind
KECAMATAN = TEBET_TIMUR[:8]
HERE = Location(PlaceBadge.SURE, TEBET_TIMUR, None, 400, "uji")
FLOOD = "Banjir setinggi lutut di Jl. Tebet Timur Dalam, mobil tidak bisa lewat"
DANGER = "Banjir naik terus, air masuk rumah, ada lansia terjebak"


def wave(n: int, text: str = FLOOD) -> Report:
    return make_report(
        700 + n,
        text=text,
        lat=-6.2301 + n * 0.00002,
        lon=106.8501,
        accuracy_m=15.0,
        place_quality=PlaceQuality.EXACT,
        reported_at=NOW - 9 * MINUTE + n * 20_000,
        category="banjir",
        author=f"w{n}",
        location=HERE,
    )


WAVE = [*(wave(n) for n in range(14)), wave(20, DANGER)]


@pytest.fixture
def screen(kit: Kit) -> Iterator[TriageScreen]:
    kit.ingest([make_report(n) for n in range(4)])
    kit.ingest(WAVE)
    found = opened(kit)
    yield found
    kit.settle()
    found.close()


def board(kit: Kit, screen: TriageScreen) -> SurgeBoard:
    screen.surge.look()
    until(lambda: screen.surge.current is not None)
    press(screen, "Shift+I")
    box = dialog()
    assert isinstance(box, SurgeBoard)
    until(lambda: box.list.count() > 0)
    return box


def test_a_wave_offers_itself_without_taking_the_focus(kit: Kit, screen: TriageScreen) -> None:
    before = focus_of(screen)
    screen.surge.look()
    until(lambda: screen.surge.current is not None)
    assert screen.surge.isVisible()
    assert "Lonjakan" in screen.surge.said.text()
    assert "biasanya" in screen.surge.said.text()
    assert "bahaya jiwa" in screen.surge.said.text()
    assert focus_of(screen) is before
    screen.surge.away.click()
    assert screen.surge.isHidden()
    screen.surge.look()
    kit.settle()
    assert screen.surge.isHidden(), "a line that was put away stays away"


def test_without_a_surge_the_key_says_so(kit: Kit) -> None:
    kit.ingest([make_report(n) for n in range(4)])
    screen = opened(kit)
    screen.surge.look()
    kit.settle()
    assert screen.surge.isHidden()
    press(screen, "Shift+I")
    kit.settle()
    assert "Tidak ada lonjakan" in kit.said[-1].text
    screen.close()


def test_the_board_puts_danger_on_top_and_joins_each_heap(kit: Kit, screen: TriageScreen) -> None:
    box = board(kit, screen)
    assert box.list.item(0).text().startswith("▲")
    press(box, "A")
    until(lambda: box.list.count() < len(WAVE))
    pks = kit.desk.store.pks_of([one.id for one in WAVE])
    assert max(row.members for row in kit.desk.store.rows(pks, now=NOW).values()) >= 10
    press(box, "Esc")
    gone()


def test_ticking_a_heap_ticks_its_reports_and_g_joins_them(kit: Kit, screen: TriageScreen) -> None:
    box = board(kit, screen)
    press(box, "G")
    until(lambda: "Centang" in box.trouble.text())
    heads = [
        box.list.item(at) for at in range(box.list.count()) if "laporan serupa" in box.list.item(at).text()
    ]
    heads[-1].setCheckState(Qt.CheckState.Checked)
    assert len(box.chosen) > 1
    chosen, lines = box.chosen, box.list.count()
    press(box, "G")
    until(lambda: 0 < box.list.count() < lines)
    detail = kit.desk.store.report(chosen[0])
    assert detail is not None
    assert len(detail.members) == len(chosen)
    press(box, "Esc")
    gone()


def test_one_reply_to_all_is_an_answer_to_each_reporter(kit: Kit, screen: TriageScreen) -> None:
    box = board(kit, screen)
    press(box, "B")
    until(lambda: isinstance(dialog(), NoteDialog))
    reply = dialog()
    assert isinstance(reply, NoteDialog)
    reply.finish()
    until(lambda: dialog() is box)
    notes = [op for op in kit.desk.store.ops() if isinstance(op.payload, ReporterAnswered)]
    assert len(notes) == len(WAVE)
    press(box, "Esc")
    gone()


def test_only_a_supervisor_declares_and_the_area_is_ticked(kit: Kit, screen: TriageScreen) -> None:
    box = board(kit, screen)
    assert box.buttons["declare"].isHidden()
    press(box, "Esc")
    gone()
    kit.desk.actor = SUPERVISOR
    box = board(kit, screen)
    press(box, "D")
    until(lambda: isinstance(dialog(), DeclareDialog))
    asked = dialog()
    assert isinstance(asked, DeclareDialog)
    said = asked.said()
    assert isinstance(said, CalamityDeclared)
    assert said.offices == (KECAMATAN,)
    assert said.since <= NOW
    press(asked, "Esc")
    until(lambda: dialog() is box)
    press(box, "Esc")
    gone()


def test_an_empty_board_says_why(kit: Kit, screen: TriageScreen) -> None:
    quiet = Surge("31.71.06", NOW - HOUR, 9, 1.0, 9.0, HOUR)
    screen.surge.show_surges((quiet,))
    press(screen, "Shift+I")
    box = dialog()
    assert isinstance(box, SurgeBoard)
    until(lambda: "Tidak ada laporan terbuka" in box.note.text())
    press(box, "Esc")
    gone()
