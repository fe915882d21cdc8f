"""The table of offices: an interval and n beside each share, no rank, every filter and order by key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import i18n
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.ui import restyle
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.offices import book as books
from smartcity_desk.ui.offices import corner, items, page, rows
from smartcity_desk.ui.offices.screen import OfficesScreen
from smartcity_desk.ui.widgets.gridmodel import Cell, Column, GridModel, Row
from tests.ui import crawl
from tests.ui.kit import Kit, press, type_in
from tests.ui.offices import seed
from tests.ui.offices.conftest import opened, settle

TABLES = (
    rows.OFFICE_COLUMNS,
    rows.FUNNEL_COLUMNS,
    rows.CONTROL_COLUMNS,
    rows.MIX_COLUMNS,
    items.ITEM_COLUMNS,
    page.WINDOW_COLUMNS,
    corner.AREA_COLUMNS,
    corner.COUNT_COLUMNS,
    corner.SHARE_COLUMNS,
)


def cells(screen: OfficesScreen, code: str) -> dict[str, Cell]:
    """A row of the table by column."""
    grid = screen.overview.grid
    at = grid.table.row_of(code)
    assert at is not None
    row = grid.table.row(at)
    assert row is not None
    return {column.name: cell for column, cell in zip(grid.table.columns, row.cells, strict=True)}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_column_has_its_words(language: str) -> None:
    i18n.set_language(language)
    for column in (column for table in TABLES for column in table):
        assert i18n.has_text(column.title_key), column.title_key
        assert not column.tip_key or i18n.has_text(column.tip_key), column.tip_key


def test_every_judged_office_has_a_row_by_code_and_none_has_a_rank(screen: OfficesScreen, city: Kit) -> None:
    table = screen.overview.grid.table
    keys = [row.key for row in table.shown]
    assert keys == sorted(keys)
    levels = [city.desk.directory.offices[key].level for key in keys]
    assert levels.count(OfficeLevel.KELURAHAN) == 267
    assert levels.count(OfficeLevel.KECAMATAN) == 44
    assert {OfficeLevel.SUDIN, OfficeLevel.DINAS} <= set(levels)
    assert OfficeLevel.THIRD_PARTY not in levels
    names = {column.name for column in table.columns}
    assert names & {"rank", "no", "place"} == set()
    assert not screen.overview.grid.verticalHeader().isVisible()


def test_a_score_stands_with_interval_n_and_the_counts_that_make_it(screen: OfficesScreen) -> None:
    shown = cells(screen, seed.CANDIDATE)
    assert [shown[name].text for name in ("n", "timely", "slow", "silent")] == ["28", "10", "8", "10"]
    bar = shown["on_time"].bar
    assert bar is not None
    assert bar.at is not None
    assert bar.lower < bar.at < bar.upper < 0.8
    assert bar.mark == 0.8
    assert shown["on_time"].text == "56,2 %  (44,4–67,7)"
    assert "35,7 %" in shown["on_time"].tip_text
    assert shown["standing"].text == "⚑ disanggah"
    assert shown["standing"].tone == "candidate"


def test_below_the_least_n_nothing_is_said(screen: OfficesScreen) -> None:
    shown = cells(screen, seed.LOW)
    assert shown["n"].text == "6"
    assert shown["on_time"].text == "data belum cukup"
    assert shown["on_time"].bar is None
    assert {shown[name].text for name in ("median", "p90")} == {"—"}
    assert "data belum cukup" in shown["standing"].text
    row = screen.overview.grid.table.row(screen.overview.grid.table.row_of(seed.LOW) or 0)
    assert row is not None
    assert row.faint
    assert "%" not in row.utterance.split("dikecualikan")[0]


def test_holders_acting_and_new_are_told(screen: OfficesScreen) -> None:
    acting = cells(screen, seed.ACTING)["holder"]
    assert acting.text.startswith("Plt · ")
    assert "Plt. Lurah" in acting.tip_text
    assert cells(screen, seed.NEW_HOLDER)["holder"].text == "13 Nov 2026"
    assert cells(screen, seed.NEW_HOLDER)["excluded"].text == "75,0 %"
    assert cells(screen, seed.MISROUTED)["excluded"].text == "32,2 %"


def test_sorting_by_the_estimate_leaves_those_without_one_last_both_ways(screen: OfficesScreen) -> None:
    overview = screen.overview
    press(overview.grid, "S")  # away from the order by code
    while overview.grid.table.sort_column != "on_time":
        press(overview.grid, "S")
    for _ in range(2):
        known = [
            row.cells[overview.grid.table.column_at("on_time")].order for row in overview.grid.table.shown
        ]
        numbers = [value for value in known if value is not None]
        assert known[: len(numbers)] == numbers
        assert numbers == sorted(numbers, reverse=overview.grid.table.descending)
        assert set(known[len(numbers) :]) == {None}
        press(overview.grid, "Shift+S")
    assert "rentang" in overview.sort.toolTip()
    assert "Taksiran" in overview.sort.text()


def test_n_and_interval_never_step_aside_from_the_estimate(screen: OfficesScreen, city: Kit) -> None:
    grid = screen.overview.grid
    for width in (1366, 900, 640):
        screen.resize(width, 768)
        settle(city, screen)
        shown = {
            column.name
            for at, column in enumerate(grid.table.columns)
            if not grid.horizontalHeader().isSectionHidden(at)
        }
        assert {"office", "n", "on_time", "standing"} <= shown, width
    assert "p90" not in shown


def test_keys_move_filter_and_come_back(screen: OfficesScreen, city: Kit) -> None:
    overview = screen.overview
    first = overview.current
    press(overview.grid, "J", "J", "K")
    assert overview.grid.currentIndex().row() == 1
    press(overview.grid, "/")
    assert overview.filter.hasFocus()
    type_in(overview.filter, "tebet timur")
    press(overview.filter, "Return")
    assert overview.grid.hasFocus()
    assert [row.key for row in overview.grid.table.shown] == [seed.CANDIDATE]
    assert overview.current == seed.CANDIDATE
    press(overview.grid, "Esc")
    assert overview.filter.text() == ""
    assert len(overview.grid.table.shown) > 300
    assert overview.current == seed.CANDIDATE
    assert first != seed.CANDIDATE


@pytest.mark.parametrize(
    ("typed", "found"), [("tebet", 8), ("disanggah", 1), ("31.74.01.1001", 1), ("plt", 1)]
)
def test_the_filter_finds_by_name_district_standing_code_and_holder(
    screen: OfficesScreen, typed: str, found: int
) -> None:
    screen.overview.filter.setText(typed)
    screen.overview.apply_filter()
    assert len(screen.overview.grid.table.shown) == found


def test_a_filter_without_a_match_teaches(screen: OfficesScreen) -> None:
    overview = screen.overview
    press(overview.grid, "/")
    type_in(overview.filter, "tidakada")
    press(overview.filter, "Return")
    assert overview._teach.hasFocus()
    assert "tidakada" in overview.teach_text.text()
    assert "Esc" in overview.teach_text.text()
    press(overview._teach, "Esc")
    assert overview.grid.isVisible()
    assert len(overview.grid.table.shown) > 300


def test_level_and_area_go_round_by_key_and_are_remembered(screen: OfficesScreen, city: Kit) -> None:
    overview = screen.overview
    press(overview.grid, "L", "L")
    press(overview.grid, "W")
    settle(city, screen)
    assert overview.chosen_level == "kecamatan"
    area = overview.area.currentData()
    shown = {row.key for row in overview.grid.table.shown}
    directory = city.desk.directory
    assert all(directory.offices[code].level is OfficeLevel.KECAMATAN for code in shown)
    assert {books.area_of(directory, code) for code in shown} == {area}
    press(overview.grid, "S")
    again = OfficesScreen(city.desk)
    again.activate()
    settle(city, again)
    assert again.overview.chosen_level == "kecamatan"
    assert again.overview.area.currentData() == area
    assert again.overview.grid.table.sort_column == "office"
    assert {row.key for row in again.overview.grid.table.shown} == shown
    again.deactivate()


def test_widths_that_a_hand_has_chosen_are_remembered(screen: OfficesScreen, city: Kit) -> None:
    grid = screen.overview.grid
    grid.horizontalHeader().resizeSection(grid.table.column_at("holder"), 150)
    assert OfficesScreen(city.desk).overview.grid.widths == {"holder": 150}


def test_news_are_read_while_the_old_rows_stay_dimmed(screen: OfficesScreen, city: Kit) -> None:
    overview = screen.overview
    overview.choose(seed.LOW)
    before = overview.grid.currentIndex().row()
    made = seed.Seed.empty()
    made.number = 50_000
    made.window(seed.LOW, seed.spans()[-1], on_time=30)
    made.pour(city.desk.store)
    overview.set_busy(busy=True)
    overview._dim.timeout.emit()
    assert overview.grid.dimmed
    assert overview.line.isVisible()
    assert overview.grid.table.total > 300
    city.desk.bridge.reports_changed.emit(None)
    assert screen._gather.isActive()
    screen.refresh()
    settle(city, screen)
    assert not overview.grid.dimmed
    assert not overview.line.isVisible()
    assert cells(screen, seed.LOW)["n"].text == "36"
    assert overview.current == seed.LOW
    assert overview.grid.currentIndex().row() == before


def test_what_is_hidden_is_not_read_and_what_is_fresh_is_kept(
    screen: OfficesScreen, city: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = books.read_book
    monkeypatch.setattr(books, "read_book", lambda store, now: read.append(now) or real(store, now))
    screen.deactivate()
    screen.activate()
    settle(city, screen)
    assert read == []
    screen.deactivate()
    city.desk.bridge.reports_changed.emit(None)
    assert not screen._gather.isActive()
    screen.activate()
    settle(city, screen)
    assert len(read) == 1


def test_trouble_is_told_and_the_figures_stay(
    screen: OfficesScreen, city: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_store: object, _now: int) -> None:
        raise StoreProblem("damaged")

    monkeypatch.setattr(books, "read_book", broken)
    screen.refresh()
    city.settle()
    assert city.said[-1].level is Level.ERROR
    assert city.said[-1].detail
    assert screen.overview.grid.table.total > 300
    assert not screen.overview.grid.dimmed


def test_an_empty_file_says_what_fills_it(kit: Kit) -> None:
    made = opened(kit)
    assert len(made.overview.grid.table.shown) > 300
    text = made.overview.charts.funnel._waiting.text()
    assert made.overview.charts.funnel._waiting.isVisible()
    assert "Triase" in text
    made.close()


@pytest.mark.parametrize(("spoken", "other"), [("id", "en"), ("en", "id")])
def test_a_switch_of_language_leaves_nothing_of_the_other(city: Kit, spoken: str, other: str) -> None:
    i18n.set_language(other)
    made = opened(city)
    made.open_office(seed.CANDIDATE)
    settle(city, made)
    made.office.open_item()
    settle(city, made)
    made.show_corner()
    settle(city, made)
    restyle.set_language(city.desk, spoken)
    settle(city, made)
    assert crawl.strangers(made, spoken, other) == []
    grids = [made.overview.grid, made.office.items, made.office.windows, *made.corner.grids]  # type: ignore[union-attr]
    grids += [frame.grid for frame in made.overview.charts.frames]
    texts = {cell.text for grid in grids for row in grid.table.shown for cell in row.cells}
    assert [text for text in texts if crawl.speaks(text, other) and not crawl.speaks(text, spoken)] == []
    made.close()


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_row_is_spoken_in_one_utterance(screen: OfficesScreen, city: Kit, language: str) -> None:
    restyle.set_language(city.desk, language)
    settle(city, screen)
    at = screen.overview.grid.table.row_of(seed.CANDIDATE)
    assert at is not None
    row = screen.overview.grid.table.row(at)
    assert row is not None
    for part in ("Tebet Timur", "28", "10", "Lurah", "disanggah" if language == "id" else "objected"):
        assert part in row.utterance


COLUMNS = (Column("a", "offices.column.n", 10), Column("b", "offices.column.n", 10, sorts=False))


@given(st.lists(st.none() | st.integers(0, 3), max_size=30), st.booleans())
def test_equal_values_keep_the_rows_own_order(values: list[int | None], descending: bool) -> None:
    model = GridModel(COLUMNS)
    model.set_rows([Row(str(n), (Cell(order=value), Cell())) for n, value in enumerate(values)])
    model.sort_by("a", descending=descending)
    shown = [int(row.key) for row in model.shown]
    known = [n for n in shown if values[n] is not None]
    assert shown == known + [n for n, value in enumerate(values) if value is None]
    sign = -1 if descending else 1
    keys = [(sign * (values[n] or 0), n) for n in known]
    assert keys == sorted(keys)
    model.sort_by("b")
    assert [int(row.key) for row in model.shown] == list(range(len(values)))
