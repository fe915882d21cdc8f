"""One office: its score opens to its events in two actions; what does not count says by whom and why; the way back."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from smartcity_desk.domain.custody import Stay
from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.items import Outcome
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.offices.bars import bar_lines
from smartcity_desk.ui.offices.screen import OfficesScreen
from tests.ui.kit import NOW, Kit, press, type_in, until
from tests.ui.offices import seed
from tests.ui.offices.conftest import settle


def open_office(city: Kit, screen: OfficesScreen, code: str) -> None:
    screen.overview.choose(code)
    press(screen.overview.grid, "Return")
    settle(city, screen)


def item_cells(screen: OfficesScreen, key: str) -> dict[str, str]:
    grid = screen.office.items
    at = grid.table.row_of(key)
    assert at is not None
    row = grid.table.row(at)
    assert row is not None
    return {column.name: cell.text for column, cell in zip(grid.table.columns, row.cells, strict=True)}


def test_a_score_opens_to_its_events_in_two_actions(screen: OfficesScreen, city: Kit) -> None:
    screen.overview.choose(seed.CANDIDATE)
    press(screen.overview.grid, "Return")  # one
    settle(city, screen)
    assert screen.office.items.hasFocus()
    press(screen.office.items, "Return")  # two
    settle(city, screen)
    detail = screen.office.detail
    item = detail.item
    assert item is not None
    assert detail.detail is not None
    events = {event.id[:8] for event in detail.detail.timeline}
    shown = set(re.findall(r"\b[0-9a-f]{8}\b", "\n".join(detail.events.words)))
    assert events <= shown
    named = set(re.findall(r"\[([0-9a-f]{8})\]", "\n".join(detail.why.words)))
    assert named
    assert named <= shown
    assert 1 <= len(detail.why.words) <= 12


def test_the_counts_are_those_of_the_items(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    page = screen.office.page
    assert page is not None
    newest = page.figures.latest
    inside = [one for one in page.items if newest.window[0] <= one.due_at < newest.window[1] and one.counts]
    assert len(inside) == newest.tally.n == 28
    assert sum(one.outcome is Outcome.SILENT for one in inside) == newest.tally.silent
    row = screen.office.windows.table.row(0)
    assert row is not None
    assert [cell.text for cell in row.cells[1:6]] == ["28", "10", "8", "10", "0"]


def test_what_does_not_count_says_the_code_by_whom_and_why(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.FAVOURED)
    page = screen.office.page
    assert page is not None
    taken = next(one for one in page.items if one.excluded is not None)
    assert item_cells(screen, taken.segment.id)["counted"] == "E11 · ratna"
    screen.office.items.go_to_key(taken.segment.id)
    press(screen.office.items, "Return")
    settle(city, screen)
    counted = screen.office.detail.counted.text()
    for part in ("E11", "lokasi meragukan", "ratna", "surat camat"):
        assert part in counted


def test_what_follows_from_the_events_needs_nobody(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.MISROUTED)
    page = screen.office.page
    assert page is not None
    back = [one for one in page.items if one.excluded is not None]
    assert len(back) == 20
    assert item_cells(screen, back[0].segment.id)["counted"] == "E1 · dari peristiwanya"
    open_office_again(city, screen, seed.NEW_HOLDER)
    page = screen.office.page
    assert page is not None
    early = next(one for one in page.items if one.excluded is not None)
    assert item_cells(screen, early.segment.id)["counted"].startswith("E10")


def open_office_again(city: Kit, screen: OfficesScreen, code: str) -> None:
    screen.open_office(code)
    settle(city, screen)


def test_empty_stands_beside_the_outcome(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.EMPTY)
    page = screen.office.page
    assert page is not None
    empty = next(one for one in page.items if one.empty)
    assert item_cells(screen, empty.segment.id)["outcome"] == "● tepat waktu □ kosong"


def test_contested_items_count_nowhere_meanwhile(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    page = screen.office.page
    assert page is not None
    held = [one for one in page.items if one.contested]
    assert len(held) == 1
    assert item_cells(screen, held[0].segment.id)["counted"] == "◌ disanggah"
    row = screen.office.windows.table.row(1)
    assert row is not None
    assert row.cells[screen.office.windows.table.column_at("contested")].text == "1"


def test_marks_and_objections_are_told_in_words(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    told = "\n".join(screen.office.facts.marks.words)
    for part in (
        "⚑ disanggah",
        "Ditandai ratna",
        "Diberitahu",
        "diterima sebagian",
        "Jawaban dewi: Satu di antaranya benar.",
        "belum ditinjau",
        "E6",
        "Menunggu PLN sejak awal.",
    ):
        assert part in told
    assert screen.office.standing.text() == "⚑ disanggah"


def test_the_rule_is_told_with_the_number_that_it_comes_down_to(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    told = screen.office.facts.rule.words
    assert any("10 dari n 28 tepat waktu" in line and "berlaku" in line for line in told)
    assert "⚑ Berlaku pada semua jendela: calon usulan evaluasi." in told
    assert "Ini bahan usulan evaluasi, bukan putusan tentang seseorang." in told
    open_office_again(city, screen, seed.LOW)
    told = screen.office.facts.rule.words
    assert any("n 6, data belum cukup" in line for line in told)
    assert not any("tepat waktu;" in line for line in told)


def test_holders_stand_by_date(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.ACTING)
    lines = screen.office.facts.holders.words
    assert lines[0] == "Plt. Lurah Bukit Duri"
    assert len(lines) == 2
    assert "Plt. Lurah Bukit Duri" in screen.office.holder.text()


def test_custody_is_shown_without_overlap_and_adds_up(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    page = screen.office.page
    assert page is not None
    paused = next(one for one in page.items if one.segment.pauses)
    screen.office.items.go_to_key(paused.segment.id)
    press(screen.office.items, "Return")
    settle(city, screen)
    detail = screen.office.detail.detail
    assert detail is not None
    lines = screen.office.detail.bars.lines
    stays = [one for one in detail.segments if one.stay is not Stay.REST]
    assert len(lines) == len(stays)
    assert [line.own for line in lines].count(True) == 1
    for before, after in pairwise(lines):
        assert before.until == pytest.approx(after.since)
    own = next(line for line in lines if line.own)
    assert own.due is not None
    (pause,) = own.pauses
    assert own.since <= pause[0] < pause[1] <= own.until
    assert all(line.name in screen.office.detail.bars.accessibleDescription() for line in lines)
    assert bar_lines((), "", None, city.desk.directory, NOW) == []


def test_the_cursor_takes_the_open_item_along(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    office = screen.office
    press(office.items, "Return")
    settle(city, screen)
    first = office.detail.item
    press(office.detail, "J")
    settle(city, screen)
    assert office.detail.item is not first
    assert office.detail.detail is not None
    assert office.detail.detail.report.id == office.detail.item.segment.report  # type: ignore[union-attr]
    press(office.detail, "I")
    assert office.side_name == "facts"


def test_esc_goes_back_step_by_step(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    office = screen.office
    press(office.items, "Return")
    settle(city, screen)
    assert office.detail.hasFocus()
    press(office.detail, "Esc")
    assert office.items.hasFocus()
    press(office.items, "/")
    type_in(office.filter, "diam")
    press(office.filter, "Return")
    assert {one.cells[5].text for one in office.items.table.shown} == {"▲ diam"}
    assert office.count.text() == "20 dari 56"
    press(office.items, "/")
    press(office.filter, "Esc")
    assert len(office.items.table.shown) == 56
    press(office.filter, "Esc")
    assert office.items.hasFocus()
    press(office.items, "Esc")
    assert screen._at_overview()
    assert screen.overview.current == seed.CANDIDATE
    assert screen.overview.grid.hasFocus()


def test_an_office_without_items_teaches(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, "31.01.01.1001")
    assert screen.office._teach.isVisible()
    assert "Triase" in screen.office._teach.text()
    press(screen.office._teach, "Esc")
    assert screen._at_overview()


def test_a_report_is_opened_in_triage(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    asked: list[str] = []
    city.desk.bridge.open_report.connect(asked.append)
    press(screen.office.items, "O")
    item = screen.office.current_item
    assert item is not None
    assert asked == [item.segment.report]


def test_another_screen_may_ask_for_an_office(screen: OfficesScreen, city: Kit) -> None:
    city.desk.bridge.open_figures.emit(seed.EMPTY)
    settle(city, screen)
    assert screen.office.code == seed.EMPTY
    assert screen.office.name.text() == "Kel. Manggarai Selatan"
    city.desk.bridge.open_figures.emit("no such office")
    assert screen.office.code == seed.EMPTY


def test_news_reach_the_open_office_and_its_open_item(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.LOW)
    press(screen.office.items, "Return")
    settle(city, screen)
    item = screen.office.detail.item
    assert item is not None
    made = seed.Seed.empty()
    made.number = 50_000
    made.window(seed.LOW, seed.spans()[-1], on_time=5)
    made.pour(city.desk.store)
    screen.refresh()
    settle(city, screen)
    assert screen.office.count.text() == "17 butir"
    assert screen.office.items.current_key == item.segment.id
    assert screen.office.detail.item is not None
    assert screen.office.detail.item.segment.id == item.segment.id


# -- the dossier ------------------------------------------------------------------------------------------------


def test_a_dossier_shows_how_far_it_is_and_where_it_lies(
    screen: OfficesScreen, city: Kit, tmp_path: Path
) -> None:
    asked: list[str] = []
    go_on = threading.Event()

    def make(office: str, tell: Callable[[float], bool]) -> Path:
        asked.append(office)
        assert tell(0.5)
        go_on.wait(20)
        return tmp_path / "berkas.pdf"

    city.desk.dossier = make
    open_office(city, screen, seed.CANDIDATE)
    screen.office.say_dossier()
    assert screen.office.dossier_button.isEnabled()
    press(screen.office.items, "D")
    strip = screen.office.strip
    until(lambda: strip.bar.value() == 500)
    assert strip.isVisible()
    assert "Tebet Timur" in strip.words.text()
    assert "lagi" in strip.words.text()
    assert not city.desk.commands.enabled("office.dossier")
    go_on.set()
    city.settle()
    assert not strip.isVisible()
    assert asked == [seed.CANDIDATE]
    assert "berkas.pdf" in city.said[-1].text
    assert city.said[-1].deed is not None
    assert city.desk.commands.enabled("office.dossier")


def test_a_dossier_can_be_called_off(screen: OfficesScreen, city: Kit) -> None:
    def make(_office: str, tell: Callable[[float], bool]) -> Path | None:
        while tell(0.01):
            time.sleep(0.001)
        return None

    city.desk.dossier = make
    screen.overview.choose(seed.CANDIDATE)
    press(screen.overview.grid, "D")
    assert screen._at_office()
    until(lambda: screen.office.strip.isVisible())
    screen.office.strip.cancel.click()
    city.settle()
    assert not screen.office.strip.isVisible()
    assert "dibatalkan" in city.said[-1].text
    settle(city, screen)


def test_trouble_with_a_dossier_is_told(screen: OfficesScreen, city: Kit) -> None:
    def make(_office: str, _tell: Callable[[float], bool]) -> Path | None:
        raise StoreProblem("disk_full")

    city.desk.dossier = make
    open_office(city, screen, seed.CANDIDATE)
    press(screen.office.items, "D")
    city.settle()
    assert city.said[-1].level is Level.ERROR
    assert not screen.office.dossier.busy


def test_a_desk_that_cannot_make_one_says_so(screen: OfficesScreen, city: Kit) -> None:
    open_office(city, screen, seed.CANDIDATE)
    assert not screen.office.dossier_button.isEnabled()
    assert screen.office.dossier_button.toolTip()
    assert not city.desk.commands.enabled("office.dossier")
