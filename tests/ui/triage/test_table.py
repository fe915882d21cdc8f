"""The table's model and view: a snapshot that nothing moves, pages that come when looked at, marks by report."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from smartcity_desk import i18n
from smartcity_desk.config import COLUMN_WIDTHS
from smartcity_desk.domain.query import Filter, Order
from smartcity_desk.ui.triage.model import COLUMNS, PAGE, Gone, ReportTable
from smartcity_desk.ui.triage.screen import TriageScreen
from smartcity_desk.ui.triage.view import DRAG_CAP, WIDTHS
from tests.ui.kit import NOW, Kit, make_report, press, until
from tests.ui.triage.conftest import REPORTS, opened

ROLE = Qt.ItemDataRole


def test_model_keeps_qts_rules(kit: Kit, qtmodeltester: object) -> None:
    kit.ingest([make_report(n) for n in range(300)])
    model = ReportTable(kit.desk)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(Filter())
    kit.settle()
    model.set_window(200, 230)
    kit.settle()
    model.take_in()
    kit.settle()
    model.show(Filter(channels=frozenset({"nobody"})))
    kit.settle()
    assert model.rowCount() == 0
    assert tester.model() is model


def test_first_page_then_the_whole_list(kit: Kit) -> None:
    kit.ingest([make_report(n) for n in range(350)])
    model, seen = ReportTable(kit.desk), []
    model.first_page.connect(lambda: seen.append(model.rowCount()))
    model.show(Filter())
    kit.settle()
    assert seen[0] in (100, 350)
    assert model.rowCount() == 350
    assert model.whole
    assert len(model._cache) <= 100 + PAGE  # rows that nobody looked at are not read


def test_a_row_is_fetched_when_it_comes_into_view(triage: TriageScreen, kit: Kit) -> None:
    kit.ingest([make_report(n) for n in range(REPORTS, 900)])
    triage.model.show(Filter())
    kit.settle()
    assert triage.model.entry(880) is None
    assert triage.model.data(triage.model.index(880, 4)) == "memuat …"
    press(triage.view, "End")
    kit.settle()
    assert triage.model.row_data(899) is not None
    assert triage.view.currentIndex().row() == 899
    until(lambda: triage.panel.detail is not None and triage.panel.detail.pk == triage.view.current_pk())


def test_arriving_reports_move_neither_rows_nor_cursor_nor_scroll(triage: TriageScreen, kit: Kit) -> None:
    kit.ingest([make_report(n) for n in range(REPORTS, 300)])
    triage.model.show(Filter())
    kit.settle()
    triage.view.go_to(150)
    triage.view.toggle_mark(149)
    kit.settle()
    before = (triage.model.pks(0, 299), triage.view.current_pk(), triage.view.verticalScrollBar().value())
    kit.ingest([make_report(n) for n in range(300, 312)])
    kit.desk.bridge.reports_changed.emit({"channel": "petabencana", "new": 12})
    until(triage.center.banner.isVisible)
    kit.settle()
    assert triage.center.banner.text() == "12 laporan baru — tekan N"
    assert (
        triage.model.pks(0, 299),
        triage.view.current_pk(),
        triage.view.verticalScrollBar().value(),
    ) == before
    from_top = triage.view.from_top()
    press(triage.view, "N")
    kit.settle()
    assert triage.model.rowCount() == 312
    assert triage.view.current_pk() == before[1]
    assert triage.view.from_top() == from_top
    assert triage.view.marked == {before[0][149]}
    assert not triage.center.banner.isVisible()


def test_a_changed_row_is_told_and_no_other(triage: TriageScreen, kit: Kit) -> None:
    told: list[tuple[int, int]] = []
    triage.model.dataChanged.connect(lambda first, last, *_: told.append((first.row(), last.row())))
    changed = make_report(57, text="Isi yang diperbarui oleh kanalnya", changed_at=NOW)
    kit.ingest([changed])
    kit.desk.bridge.reports_changed.emit(None)
    until(lambda: bool(told))
    kit.settle()
    row = triage.model.row_of(58)
    assert told == [(row, row)]
    assert triage.model.data(triage.model.index(row or 0, COLUMNS.index("text"))) == changed.text


def test_a_vanished_row_stays_as_a_disabled_line(triage: TriageScreen, kit: Kit) -> None:
    pk = triage.model.pk(2)
    assert pk is not None
    triage.model._take([pk], {})
    index = triage.model.index(2, 0)
    assert isinstance(triage.model.entry(2), Gone)
    assert triage.model.flags(index) == Qt.ItemFlag.NoItemFlags
    assert triage.model.data(index) == "laporan ini tidak ada lagi"
    triage.view.go_to(1)
    triage.view.step(1)
    assert triage.view.currentIndex().row() == 3


def test_a_newer_view_wins_over_a_slower_one(triage: TriageScreen, kit: Kit) -> None:
    for key in ("new", "soon", "overdue", "paused", "all", "no_place"):
        triage.on_show.open(key)
    kit.settle()
    wanted = kit.desk.store.ids(triage.on_show.filter, now=kit.now)
    assert triage.model.pks(0, 10_000) == wanted.tolist()
    assert not triage.model.busy


@pytest.mark.parametrize(("clicks", "order"), [(1, Order.OLDEST), (2, Order.NEWEST)])
def test_the_head_sorts_by_indexed_orders_only(
    triage: TriageScreen, kit: Kit, clicks: int, order: Order
) -> None:
    for _ in range(clicks):
        triage.view.sort_requested.emit("age")
        kit.settle()
    assert triage.on_show.filter.order is order
    triage.view.sort_requested.emit("category")
    assert triage.on_show.filter.order is order
    assert "Tenggat atau Umur" in kit.said[-1].text
    triage.view.sort_requested.emit("state")
    kit.settle()
    assert triage.on_show.filter.order is Order.DUE


def test_select_all_is_a_value_and_marks_are_capped(triage: TriageScreen, kit: Kit) -> None:
    press(triage.view, "Ctrl+A")
    assert triage.view.marked is None
    assert triage.center.marks.text() == "Semua 60 laporan yang cocok ditandai"
    press(triage.view, "Esc")
    assert triage.view.marked == frozenset()
    press(triage.view, "X", "J", "J", "X")
    assert triage.view.marked == {triage.model.pk(0), triage.model.pk(2)}
    triage.view.mark_range(0, 1_000_000)
    assert triage.view.marked is not None
    assert len(triage.view.marked) <= DRAG_CAP


def test_one_utterance_says_the_row(triage: TriageScreen) -> None:
    triage.view.toggle_mark(0)
    spoken = triage.model.data(triage.model.index(0, 0), ROLE.AccessibleTextRole)
    assert spoken.startswith("baru, ")
    assert "PetaBencana 400059" in spoken
    assert "nomor 59" in spoken
    assert spoken.endswith("ditandai")
    assert triage.model.data(QModelIndex()) is None


def test_columns_are_remembered(triage: TriageScreen, kit: Kit) -> None:
    head = triage.view.horizontalHeader()
    head.moveSection(head.visualIndex(COLUMNS.index("place")), 0)
    head.resizeSection(COLUMNS.index("channel"), 150)
    triage.view.show_column(COLUMNS.index("age"), False)
    triage.deactivate()
    kit.run(kit.desk.errands.run(kit.desk.settings.save))
    again = opened(kit)
    widths, order, hidden = again.view.columns()
    assert (widths["channel"], order[0], hidden) == (150, "place", ["age"])
    assert kit.desk.settings.get(COLUMN_WIDTHS) == {"channel": 150}  # what nobody chose stays a default
    again.view.horizontalHeader().resizeSection(COLUMNS.index("channel"), WIDTHS["channel"])
    again.deactivate()
    assert kit.desk.settings.get(COLUMN_WIDTHS) == {}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_title_of_a_column_is_cut(kit: Kit, language: str) -> None:
    i18n.set_language(language)
    kit.ingest([make_report(0)])
    screen = opened(kit, "all")
    screen.resize(2400, 1000)
    kit.settle()
    head, model = screen.view.horizontalHeader(), screen.model
    for at, name in enumerate(COLUMNS):
        title = model.headerData(at, Qt.Orientation.Horizontal)
        assert head.fontMetrics().horizontalAdvance(title) + 16 <= head.sectionSize(at), name
        assert model.headerData(at, Qt.Orientation.Horizontal, ROLE.AccessibleTextRole)
        assert title or model.headerData(at, Qt.Orientation.Horizontal, ROLE.ToolTipRole)
    screen.close()


def test_columns_step_aside_so_that_the_text_can_be_read(triage: TriageScreen, kit: Kit) -> None:
    text, office = COLUMNS.index("text"), COLUMNS.index("office")
    head = triage.view.horizontalHeader()
    assert head.isSectionHidden(office)
    assert head.sectionSize(text) >= 300
    triage.resize(1900, 1000)
    kit.settle()
    assert not head.isSectionHidden(office)
    assert head.sectionSize(text) >= 400
    assert triage.view.columns()[2] == []


def test_painting_draws_every_state(triage: TriageScreen, kit: Kit, qtbot: QtBot) -> None:
    picture = triage.view.grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(0, 400, 2) for y in range(40, 400, 2)}
    tokens = kit.desk.theme.tokens
    assert {tokens.surface, tokens.selection} <= colours
    triage.view.dimmed = True
    assert triage.view.grab().toImage() != picture
