"""Views, search, the report panel and what comes from outside."""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from smartcity_desk import i18n
from smartcity_desk.config import SAVED_VIEWS, Settings
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.query import BUILTIN_VIEWS, Filter, for_user
from smartcity_desk.ui.triage.screen import TriageScreen
from smartcity_desk.ui.triage.teaching import as_query
from smartcity_desk.ui.triage.views import Views
from tests.ui import crawl
from tests.ui.kit import Kit, focus_of, make_report, press, show, type_in, until
from tests.ui.triage.conftest import REPORTS, dialog, gone, opened


def test_every_view_has_its_count_and_opens_by_digit(triage: TriageScreen, kit: Kit) -> None:
    for at, view in enumerate(BUILTIN_VIEWS):
        expected = kit.desk.store.count(for_user(view.filter, "sari"), now=kit.now)
        assert triage.sidebar.count_of(view.key) == expected, view.key
        if at < 9:
            press(triage.view if not triage.center.teaching else triage, str(at + 1))
            kit.settle()
            assert triage.on_show.view.key == view.key
            assert triage.model.rowCount() == expected


def test_counts_follow_the_data(triage: TriageScreen, kit: Kit) -> None:
    before = triage.sidebar.count_of("all")
    kit.ingest([make_report(n) for n in range(REPORTS, REPORTS + 7)])
    kit.desk.bridge.reports_changed.emit(None)
    until(lambda: triage.sidebar.count_of("all") == REPORTS + 7)
    assert before == REPORTS


@pytest.mark.parametrize("view", [view.key for view in BUILTIN_VIEWS])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_an_empty_view_teaches(kit: Kit, view: str, language: str) -> None:
    i18n.set_language(language)
    screen = opened(kit, view)
    assert screen.center.teaching
    assert len(screen.center.teach_text.text()) > 20
    screen.on_show.focus_search()
    press(screen, "Esc")
    assert QApplication.focusWidget() is not None
    screen.close()


def test_search_finds_while_typing_and_esc_leaves(triage: TriageScreen, kit: Kit) -> None:
    press(triage.view, "/")
    assert focus_of(triage) is triage.center.search
    type_in(triage, "lampu jal")
    until(lambda: triage.on_show.filter.text == "lampu jal*" and triage.model.whole and not triage.model.busy)
    assert triage.model.rowCount() == 12
    press(triage, "Return")
    assert focus_of(triage) is triage.view
    press(triage, "J", "Esc")
    kit.settle()
    assert triage.on_show.filter.text == ""
    assert triage.model.rowCount() == REPORTS
    assert triage.center.search.text() == ""


def test_a_search_in_vain_offers_all_reports(triage: TriageScreen, kit: Kit) -> None:
    triage.on_show.open("paused")
    kit.settle()
    triage.on_show.search_for("lampu")
    kit.settle()
    assert triage.center.teaching
    assert triage.center.teach_button.text() == "Cari di semua laporan"
    triage.center.teach_button.click()
    kit.settle()
    assert triage.on_show.view.key == "all"
    assert triage.model.rowCount() == 12


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("banjir", "banjir*"),
        ("banjir ", "banjir"),
        ('"lampu mati"', '"lampu mati"'),
        ("  ", ""),
        ("a", "a"),
        ("x-y", "x-y"),
    ],
)
def test_what_is_typed_becomes_a_query(typed: str, query: str) -> None:
    assert as_query(typed) == query


def test_a_view_is_saved_renamed_and_deleted(triage: TriageScreen, kit: Kit) -> None:
    triage.on_show.search_for("banjir ")
    kit.settle()
    press(triage.view, "Ctrl+S")
    dialog()
    type_in(triage, "Banjir kota")
    press(triage, "Return")
    gone()
    kit.settle()
    stored = Settings.load(kit.desk.settings._path).get(SAVED_VIEWS)
    assert isinstance(stored[0], dict)
    assert stored[0]["name"] == "Banjir kota"
    assert Views(kit.desk.settings).all[-1].filter == Filter(text="banjir")
    assert triage.sidebar.count_of("own1") == 12
    press(triage.view, "F2")
    dialog()
    type_in(triage, "Air")
    press(triage, "Return")
    gone()
    kit.settle()
    assert triage.on_show.view.name == "Air"
    press(triage.view, "Ctrl+Delete")
    kit.settle()
    assert Views(kit.desk.settings).get("own1") is None
    assert triage.on_show.view.key == "new"


def test_keys_are_commands_again_after_a_view_was_saved_or_a_search_found_nothing(kit: Kit) -> None:
    screen = opened(kit)
    press(screen, "/")
    type_in(screen, "zzz")
    press(screen, "Return")
    kit.settle()
    assert screen.center.teaching
    assert focus_of(screen) is not screen.center.search
    press(screen, "/", "Ctrl+S")
    dialog()
    type_in(screen, "Hampa")
    press(screen, "Return")
    gone()
    kit.settle()
    assert screen.on_show.view.name == "Hampa"
    assert focus_of(screen) is not screen.center.search
    press(screen, "F2")
    dialog()
    type_in(screen, "Kosong")
    press(screen, "Return")
    gone()
    kit.settle()
    assert "Kosong" in screen.center.teach_title.text()
    assert screen.sidebar.count_of(screen.on_show.view.key) == 0
    press(screen, "1")
    kit.settle()
    assert screen.on_show.view.key == BUILTIN_VIEWS[0].key
    screen.close()


def test_a_stored_view_that_makes_no_sense_is_passed_over(kit: Kit) -> None:
    kit.desk.settings.set(
        SAVED_VIEWS, [3, {"key": "own1"}, {"key": "own2", "name": "x", "filter": {"statuses": ["?"]}}]
    )
    assert Views(kit.desk.settings).all == list(BUILTIN_VIEWS)


def test_an_office_opens_as_a_view_of_its_own(triage: TriageScreen, kit: Kit) -> None:
    kit.desk.bridge.open_office.emit("31.74.01.1001")
    kit.settle()
    assert triage.on_show.filter.office == "31.74.01.1001"
    assert "Kel. Tebet" in triage.center.teach_title.text()


def test_a_report_is_opened_by_its_id_wherever_it_is(triage: TriageScreen, kit: Kit) -> None:
    triage.on_show.open("paused")
    kit.settle()
    kit.desk.bridge.open_report.emit(make_report(7).id)
    kit.settle()
    row = triage.model.row_data(triage.view.currentIndex().row())
    assert row is not None
    assert row.external_id == "400007"
    kit.desk.bridge.open_report.emit("no such report")
    kit.settle()
    assert "tidak ada di komputer ini" in kit.said[-1].text


# -- the report panel ------------------------------------------------------------------------------------------

HOSTILE = (
    "<b>tebal</b><img src=x onerror=alert(1)> \u202egnirts desrever\u202c =1+1 " + "\u2066<script>\u2069"
)


def test_hostile_text_is_text(kit: Kit) -> None:
    kit.ingest(
        [
            make_report(
                1,
                text=HOSTILE,
                title="<h1>judul</h1>\u202e",
                external_id="=cmd|'1'!A1\u200e",
                link="javascript:x",
            )
        ]
    )
    screen = opened(kit, "all")
    until(lambda: screen.panel.detail is not None)
    kit.settle()
    texts = [label.text() for label in screen.panel.findChildren(QLabel)]
    assert any("<b>tebal</b><img src=x" in text for text in texts)
    assert any("<h1>judul</h1>" in text for text in texts)
    hidden = {"\u202e", "\u202c", "\u2066", "\u2069", "\u200e"}
    assert not any(hidden & set(text) for text in texts)
    assert all(label.textFormat().name == "PlainText" for label in screen.panel.findChildren(QLabel))
    shown = [screen.model.data(screen.model.index(0, column)) for column in range(8)]
    assert not any(hidden & set(text) for text in shown)
    screen.close()


def test_a_hundred_thousand_characters_are_quick(kit: Kit) -> None:
    kit.ingest([make_report(1, text="panjang sekali " * 7_000), make_report(0)])
    screen = opened(kit, "all")
    began = time.perf_counter()
    screen.grab()
    screen.view.step(1)
    screen.grab()
    assert time.perf_counter() - began < 1.0
    screen.view.go_to(0)
    until(lambda: screen.panel._more.isVisible())
    assert screen.panel._more.text() == "Tampilkan semua 105.000 karakter"
    assert len(screen.panel._text.text()) < 3_000
    screen.panel._more.click()
    assert len(screen.panel._text.text()) == 100_000
    screen.close()


def test_the_panel_says_what_happened_and_how_far_it_got(triage: TriageScreen, kit: Kit) -> None:
    press(triage.view, "Shift+K")
    kit.settle()
    until(lambda: triage.panel.detail is not None and len(triage.panel.detail.timeline) == 1)
    texts = "\n".join(
        label.text() for label in triage.panel.findChildren(QLabel) if label.isVisibleTo(triage.panel)
    )
    assert "dipegang sari" in texts
    assert "⇡ tersimpan di komputer ini" in texts
    assert "masuk dari PetaBencana" in texts
    assert "sejak itu ada di" in texts
    kit.desk.store.central.next_ops(5, kit.now + 60_000)
    triage.freshness.refresh()
    until(lambda: any("⇡ terkirim" in label.text() for label in triage.panel.findChildren(QLabel)))


def test_enter_goes_to_the_report_and_esc_comes_back(triage: TriageScreen, kit: Kit) -> None:
    press(triage.view, "Return")
    assert focus_of(triage) is triage.panel
    press(triage, "Esc")
    assert focus_of(triage) is triage.view


# -- the whole screen ------------------------------------------------------------------------------------------


def test_everything_is_named_and_reached_by_key(triage: TriageScreen) -> None:
    assert crawl.nameless(triage) == []
    assert crawl.out_of_reach(triage) == []


@pytest.mark.parametrize(("spoken", "other"), [("id", "en"), ("en", "id")])
def test_the_language_changes_at_once(triage: TriageScreen, kit: Kit, spoken: str, other: str) -> None:
    i18n.set_language(other)
    triage.retranslate()
    kit.settle()
    i18n.set_language(spoken)
    kit.desk.bridge.language_changed.emit()
    kit.settle()
    assert crawl.strangers(triage, spoken, other) == []


def test_a_broken_file_is_told_and_the_rows_stay(
    triage: TriageScreen, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object, **__: object) -> None:
        raise StoreProblem("damaged")

    monkeypatch.setattr(type(kit.desk.store), "ids", damaged)
    monkeypatch.setattr(type(kit.desk.store), "page_first", damaged)
    triage.on_show.open("new")
    kit.settle()
    assert triage.model.rowCount() == REPORTS
    assert not triage.model.busy
    assert kit.said[-1].level.value == "error"


def test_a_report_that_the_cursor_had_only_just_reached_is_read_on_return(
    triage: TriageScreen, kit: Kit
) -> None:
    press(triage.view, "J")
    pk = triage.view.current_pk()
    triage.deactivate()  # before the cursor has rested
    kit.settle()
    assert triage.panel.detail is None
    triage.activate()
    until(lambda: triage.panel.detail is not None)
    assert triage.panel.detail.pk == pk


def test_nothing_is_read_while_the_screen_is_hidden(triage: TriageScreen, kit: Kit) -> None:
    press(triage.view, "J")
    kit.settle()
    triage.deactivate()
    kit.ingest([make_report(n) for n in range(200, 220)])
    kit.desk.bridge.reports_changed.emit(None)
    kit.settle()
    assert not triage.center.banner.isVisible()
    triage.activate()
    until(triage.center.banner.isVisible)
    kit.settle()
    assert triage.center.banner.text() == "20 laporan baru — tekan N"


def test_nothing_is_cut_at_twice_the_text_size(kit: Kit) -> None:
    from smartcity_desk.ui import theme

    kit.ingest([make_report(n) for n in range(REPORTS)])
    kit.desk.theme = theme.make("dark", percent=200)
    theme.apply(kit.desk.theme)
    screen = opened(kit, "all")
    show(screen, 1366, 768)
    kit.settle()
    for button in screen.panel._buttons.values():
        if button.isVisible():
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())
    assert screen.view.verticalHeader().defaultSectionSize() == 56
    screen.close()
