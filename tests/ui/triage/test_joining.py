"""G joins, Shift+G takes apart, I opens the lead: what the dialogs count, what the panel tells, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt

from smartcity_desk.domain.events import EventKind, IncidentChanged, RoutingSent
from smartcity_desk.domain.ids import event_id, incident_name
from smartcity_desk.domain.lookalike import Reason, ReasonCode
from smartcity_desk.domain.report import PlaceQuality, Report
from smartcity_desk.domain.times import HOUR, MINUTE
from smartcity_desk.store import RowData
from smartcity_desk.ui.report.panel import actions_for
from smartcity_desk.ui.triage import likeness, words
from smartcity_desk.ui.triage.joining import JoinDialog
from smartcity_desk.ui.triage.popover import Popover
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import NOW, OPERATOR, TEBET_TIMUR, Kit, make_report, press, until
from tests.ui.triage.conftest import dialog, gone, opened

K = EventKind
ONE = event_id("one")
HOLE = "Lubang besar di Jl. Tebet Raya dekat pasar, motor jatuh tadi malam"


def told(n: int, text: str = HOLE, **fields: Any) -> Report:
    """A report of one hole in the road."""
    values: dict[str, Any] = {
        "text": text,
        "lat": -6.2265 + n * 0.00003,
        "lon": 106.8531,
        "accuracy_m": 20.0,
        "place_quality": PlaceQuality.EXACT,
        "reported_at": NOW - 3 * HOUR + n * MINUTE,
        "category": "jalan_rusak",
        "author": f"p{n}",
    }
    return make_report(900 + n, **{**values, **fields})


FIRST, SECOND, THIRD = (
    told(0),
    told(1, "ada lubang gede di jl tebet raya dkt pasar, bahaya utk motor"),
    told(2),
)


@pytest.fixture
def screen(kit: Kit) -> Iterator[TriageScreen]:
    kit.ingest([make_report(n) for n in range(6)])
    kit.ingest([FIRST, SECOND, THIRD])
    found = opened(kit)
    yield found
    kit.settle()
    found.close()


def row(kit: Kit, report: Report) -> RowData:
    [pk] = kit.desk.store.pks_of([report.id])
    return kit.desk.store.rows([pk], now=kit.now)[pk]


def go_to(kit: Kit, screen: TriageScreen, report: Report) -> None:
    """The report under the cursor, read as it stands now."""
    screen.on_show.open("all")
    kit.settle()
    screen.open_report(report.id)
    kit.settle()
    until(lambda: screen.panel.detail is not None and screen.panel.detail.report.id == report.id)


def join(kit: Kit, *reports: Report, reason: str = "tempat sama") -> None:
    done = kit.desk.store.act(
        K.INCIDENT_JOINED,
        IncidentChanged(ONE, reason),
        [one.id for one in reports],
        actor=OPERATOR,
        now=kit.now,
        randomness=kit.desk.randomness,
        hold_ms=60_000,
        fill_base=True,
    )
    assert not done.refused


def counted(box: object) -> bool:
    return isinstance(box, JoinDialog) and box.plan is not None


def test_g_offers_what_looks_alike_and_enter_joins_it(kit: Kit, screen: TriageScreen) -> None:
    go_to(kit, screen, THIRD)
    press(screen, "G")
    box = dialog()
    assert isinstance(box, JoinDialog)
    until(lambda: counted(box))
    offered = [box.list.item(at) for at in range(box.list.count())]
    assert {str(item.data(int(Qt.ItemDataRole.UserRole))) for item in offered} >= {FIRST.id, SECOND.id}
    for item in offered:
        item.setCheckState(Qt.CheckState.Checked)
    until(lambda: box.plan is not None and len(box.plan.reports) == len(offered) + 1)
    assert "tenggat berhenti" in box.sums.text()
    press(box, "Return")
    gone()
    kit.settle()
    found = row(kit, FIRST)
    assert found.members == len(offered)
    detail = kit.desk.store.report(THIRD.id)
    assert detail is not None
    assert detail.state.incident is not None
    assert detail.state.incident.reason, "what it rests on is written down"
    press(screen, "Z")
    kit.settle()
    assert row(kit, FIRST).members == 0


def test_several_marked_ones_are_joined_with_each_other(kit: Kit, screen: TriageScreen) -> None:
    screen.view.set_marked(frozenset(kit.desk.store.pks_of([FIRST.id, SECOND.id, THIRD.id])))
    press(screen, "G")
    box = dialog()
    until(lambda: counted(box))
    assert isinstance(box, JoinDialog)
    assert box.list.isHidden()
    assert "3 laporan digabung ke insiden baru" in box.sums.text()
    press(box, "Return")
    gone()
    kit.settle()
    assert row(kit, FIRST).members == 2
    assert screen.view.marked == frozenset()


def test_one_alone_says_how_to_join_and_does_nothing(kit: Kit, screen: TriageScreen) -> None:
    lonely = make_report(950, text="Pohon tumbang menutup gang", lat=None, lon=None, category="pohon")
    kit.ingest([lonely])
    screen.on_show.open("all")
    kit.settle()
    go_to(kit, screen, lonely)
    press(screen, "G")
    box = dialog()
    assert isinstance(box, JoinDialog)
    until(lambda: counted(box))
    box.finish()
    assert "tandai beberapa laporan" in box.trouble.text()
    press(box, "Esc")
    gone()


def test_the_panel_tells_who_leads_and_what_reporters_hear(kit: Kit, screen: TriageScreen) -> None:
    join(kit, FIRST, SECOND, THIRD)
    go_to(kit, screen, SECOND)
    part = screen.panel.together
    until(part.isVisible)
    assert incident_name(ONE) in part.head.text()
    assert "Tenggat berjalan di sana" in part.stands.text()
    assert "utama" in part.members[0].accessibleName()
    assert "tempat sama" in part.members[1].toolTip()
    assert screen.panel.detail is not None
    assert screen.panel.detail.due_at is None
    press(screen, "I")
    kit.settle()
    until(lambda: screen.panel.detail is not None and screen.panel.detail.report.id == FIRST.id)
    assert "2 laporan lain mengikuti" in part.stands.text()


def test_members_open_by_a_click(kit: Kit, screen: TriageScreen) -> None:
    join(kit, FIRST, SECOND)
    go_to(kit, screen, FIRST)
    until(screen.panel.together.isVisible)
    screen.panel.together.members[0].click()
    kit.settle()
    until(lambda: screen.panel.detail is not None and screen.panel.detail.report.id == SECOND.id)


def test_look_alikes_are_told_with_their_reasons(kit: Kit, screen: TriageScreen) -> None:
    go_to(kit, screen, FIRST)
    part = screen.panel.together
    until(lambda: part.isVisible() and part.suggestions[0].isVisible())
    assert "%" in part.suggestions[0].accessibleName()
    assert "Mungkin ganda" in part.similar_head.text()


def compare(kit: Kit) -> None:
    """What the sync child does beside the window."""
    while kit.desk.store.twins.compare(kit.now)[1]:
        pass


def test_the_view_of_duplicates_empties_by_one_key_a_report(kit: Kit, screen: TriageScreen) -> None:
    compare(kit)
    screen.on_show.open("alike")
    kit.settle()
    assert {one.id for at in range(screen.model.rowCount()) if (one := screen.model.row_data(at))} == {
        SECOND.id,
        THIRD.id,
    }
    screen.open_report(THIRD.id)
    kit.settle()
    until(lambda: screen.panel.together.suggestions[0].isVisible())
    assert "Alt+G" in screen.panel.together.similar_head.text()
    press(screen, "Alt+G")
    kit.settle()
    assert any("dugaan ditolak" in said.text for said in kit.said)
    assert kit.desk.store.twins.refused(THIRD.id) == {FIRST.id, SECOND.id}
    until(lambda: screen.panel.detail is not None and screen.panel.detail.report.id == SECOND.id)
    press(screen, "Z")
    kit.settle()
    assert kit.desk.store.twins.refused(THIRD.id) == frozenset()
    press(screen, "Shift+Z")
    kit.settle()
    assert kit.desk.store.twins.refused(THIRD.id) == {FIRST.id, SECOND.id}
    go_to(kit, screen, THIRD)
    press(screen, "G")
    box = dialog()
    assert isinstance(box, JoinDialog)
    assert box.list.isHidden(), "what was refused is offered no more"
    press(box, "Esc")
    gone()


def test_marked_ones_are_refused_together(kit: Kit, screen: TriageScreen) -> None:
    compare(kit)
    screen.view.set_marked(frozenset(kit.desk.store.pks_of([SECOND.id, THIRD.id])))
    press(screen, "Alt+G")
    kit.settle()
    assert kit.desk.store.twins.refused(SECOND.id) == {FIRST.id, THIRD.id}
    assert screen.view.marked == frozenset()


def test_where_nothing_is_suggested_there_is_nothing_to_refuse(kit: Kit, screen: TriageScreen) -> None:
    lonely = make_report(951, text="Pohon tumbang menutup gang", lat=None, lon=None, category="pohon")
    kit.ingest([lonely])
    go_to(kit, screen, lonely)
    press(screen, "Alt+G")
    kit.settle()
    assert any("Tidak ada dugaan ganda" in said.text for said in kit.said)


def test_rows_say_how_they_stand(kit: Kit) -> None:
    kit.ingest([FIRST, SECOND, THIRD])
    join(kit, FIRST, SECOND, THIRD)
    first, second = row(kit, FIRST), row(kit, SECOND)
    assert words.badges(first, NOW).endswith("❐2")
    assert "2 laporan lain mengikuti" in words.spoken(first, kit.desk.directory, NOW, False)
    assert words.state_words(second, NOW)[2] == "mengikuti"
    assert "report.lead" in actions_for(second)
    assert "report.separate" in actions_for(first)


def test_shift_g_takes_one_out_or_the_whole_apart(kit: Kit, screen: TriageScreen) -> None:
    join(kit, FIRST, SECOND, THIRD)
    go_to(kit, screen, SECOND)
    press(screen, "Shift+G")
    box = dialog()
    press(box, "Return")
    gone()
    kit.settle()
    assert row(kit, FIRST).members == 1
    assert row(kit, SECOND).lead is None
    go_to(kit, screen, FIRST)
    press(screen, "Shift+G")
    box = dialog()
    press(box, "2")
    gone()
    kit.settle()
    assert row(kit, FIRST).members == 0
    assert row(kit, THIRD).lead is None
    press(screen, "Z")
    kit.settle()
    assert row(kit, FIRST).members == 1


def test_a_join_that_was_sent_is_taken_back_by_its_opposite(kit: Kit, screen: TriageScreen) -> None:
    screen.view.set_marked(frozenset(kit.desk.store.pks_of([FIRST.id, SECOND.id])))
    press(screen, "G")
    box = dialog()
    until(lambda: counted(box))
    press(box, "Return")
    gone()
    kit.settle()
    kit.now += 10 * MINUTE
    assert len(kit.desk.store.central.next_ops(10, kit.now)) == 2
    press(screen, "Z")
    kit.settle()
    ops = [op.kind for op in kit.desk.store.ops()]
    assert ops.count(K.INCIDENT_SEPARATED) == 2
    assert row(kit, SECOND).lead is None


def test_a_dialog_on_one_that_follows_says_so(kit: Kit, screen: TriageScreen) -> None:
    join(kit, FIRST, SECOND)
    go_to(kit, screen, SECOND)
    press(screen, "R")
    box = dialog()
    assert isinstance(box, Popover)
    assert "I membuka laporan utamanya" in box.subject.text()
    press(box, "Esc")
    gone()
    done = kit.desk.store.act(
        K.ROUTING_SENT,
        RoutingSent(TEBET_TIMUR, "wilayahnya"),
        [SECOND.id],
        actor=OPERATOR,
        now=kit.now,
        randomness=kit.desk.randomness,
        fill_base=True,
    )
    assert done.done, "what is done to it stays with it"


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_reason_has_words(kit: Kit, code: ReasonCode) -> None:
    params: dict[str, str | int] = {
        "distance_m": 80,
        "error_m": 20,
        "apart_ms": HOUR,
        "category": "sampah",
        "group": "jalan",
        "other": "air",
        "words": "lubang",
        "street": "tebet raya",
        "rt": 1,
        "rw": 2,
        "number": "7",
        "others": 2,
        "landmark": "pasar",
        "bits": 3,
    }
    said = likeness.reasons([Reason(code, 1.0, params)], kit.desk.directory)
    assert said
    assert "incident.reason" not in said
    assert "{" not in said
