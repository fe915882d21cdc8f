"""The charts: one selection with the table, a table and a sentence for each, the theme's colours, and loaded late."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from smartcity_desk.domain.charts import Funnel
from smartcity_desk.ui import restyle, theme
from smartcity_desk.ui.offices.charts.frame import ChartFrame
from smartcity_desk.ui.offices.screen import OfficesScreen
from tests.ui.kit import Kit, press, until
from tests.ui.offices import seed
from tests.ui.offices.conftest import opened, settle


def canvas(screen: OfficesScreen) -> object:
    return screen.overview.charts.funnel.canvas


def placed(screen: OfficesScreen) -> dict[str, float]:
    """Share by office, of those that the funnel draws."""
    book = screen.book
    assert book is not None
    found: Funnel = book.funnels[""]
    return {point.office: point.share or 0.0 for point in found.points if point.limits is not None}


def test_the_drawing_part_is_not_loaded_with_the_screen() -> None:
    code = (
        "import sys; import smartcity_desk.ui.offices.screen, smartcity_desk.ui.offices.page, "
        "smartcity_desk.ui.offices.corner; sys.exit('pyqtgraph' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_offices_with_enough_data_are_drawn_and_no_others(screen: OfficesScreen, city: Kit) -> None:
    drawn = list(canvas(screen).drawn)
    assert set(drawn) == set(placed(screen))
    assert seed.LOW not in drawn
    assert seed.CANDIDATE in drawn
    assert len(canvas(screen).scatter.points()) == len(drawn)
    star = next(
        spot
        for spot in canvas(screen).scatter.points()
        if spot.pos().y() == placed(screen)[seed.CANDIDATE] and spot.symbol() == "star"
    )
    assert star.brush().color() == city.desk.theme.color("candidate")


def test_the_table_and_the_charts_have_one_selection(screen: OfficesScreen, city: Kit) -> None:
    overview = screen.overview
    overview.choose(seed.CANDIDATE)
    settle(city, screen)
    assert canvas(screen).current == seed.CANDIDATE
    assert overview.charts.mix.canvas.current == seed.CANDIDATE
    assert overview.charts.funnel.grid.current_key == seed.CANDIDATE
    assert "Tebet Timur" in overview.charts.funnel.readout.text()
    assert "35,7 %" in overview.charts.funnel.readout.text()
    canvas(screen).picked.emit(seed.EMPTY)
    assert overview.current == seed.EMPTY
    assert overview.grid.table.row_of(seed.EMPTY) == overview.grid.currentIndex().row()
    assert "Manggarai" in canvas(screen).accessibleDescription()


def test_keys_walk_the_points_and_open_one(screen: OfficesScreen, city: Kit) -> None:
    chart = canvas(screen)
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    press(chart, "Home")
    first = screen.overview.current
    assert first == chart.drawn[0]
    press(chart, "Right", "Right", "Left")
    assert screen.overview.current == chart.drawn[1]
    press(chart, "End")
    assert screen.overview.current == chart.drawn[-1]
    press(chart, "Return")
    assert screen._at_office()
    assert screen.office.code == chart.drawn[-1]
    settle(city, screen)


def test_the_pointer_names_a_point_chooses_it_and_opens_it(screen: OfficesScreen, city: Kit) -> None:
    chart, frame = canvas(screen), screen.overview.charts.funnel
    screen.overview.choose(seed.LOW)
    at = chart.place_of(seed.CANDIDATE).toPoint()
    QTest.mouseMove(chart.viewport(), at + QPoint(1, 1))
    QTest.mouseMove(chart.viewport(), at)
    assert "Tebet Timur" in frame.readout.text()
    assert screen.overview.current == seed.LOW
    button = Qt.MouseButton.LeftButton
    QTest.mouseClick(chart.viewport(), button, pos=at)
    assert screen.overview.current == seed.CANDIDATE
    assert not screen._at_office()
    QTest.mouseClick(chart.viewport(), button, pos=at)
    assert screen._at_office()
    settle(city, screen)


def test_a_filter_makes_the_others_faint_and_out_of_reach(screen: OfficesScreen, city: Kit) -> None:
    overview = screen.overview
    overview.filter.setText("tebet")
    overview.apply_filter()
    settle(city, screen)
    drawn = set(canvas(screen).drawn)
    assert drawn == {code for code in placed(screen) if code.startswith("31.74.01")}
    assert len(canvas(screen).scatter.points()) == len(placed(screen))


def test_a_level_compares_its_own_offices(screen: OfficesScreen, city: Kit) -> None:
    overview = screen.overview
    overview.level.setCurrentIndex(overview.level.findData("kecamatan"))
    settle(city, screen)
    assert overview.charts.funnel._waiting.isVisible()
    assert "Triase" in overview.charts.funnel._waiting.text()
    overview.level.setCurrentIndex(overview.level.findData("kelurahan"))
    settle(city, screen)
    assert len(overview.charts.funnel.grid.table.shown) == 267
    assert canvas(screen).isVisible()


@pytest.mark.parametrize("name", ["funnel", "control", "mix"])
def test_each_chart_has_a_table_and_a_sentence(screen: OfficesScreen, city: Kit, name: str) -> None:
    charts = screen.overview.charts
    if name != "funnel":
        charts.set_side(name)
    screen.overview.choose(seed.CANDIDATE)
    settle(city, screen)
    frame: ChartFrame = getattr(charts, name)
    assert frame.canvas.isVisible()
    assert frame.summary.text()
    assert frame.summary.text() in frame.canvas.accessibleName()
    frame.canvas.setFocus()
    press(frame.canvas, "T")
    assert frame.grid.isVisible()
    assert frame.grid.hasFocus()
    shown = {row.key for row in frame.grid.table.shown}
    assert set(frame.canvas.drawn) <= shown
    press(frame.grid, "T")
    assert frame.canvas.isVisible()


def test_the_weeks_are_those_of_the_chosen_office(screen: OfficesScreen, city: Kit) -> None:
    control = screen.overview.charts.control
    screen.overview.choose(seed.CANDIDATE)
    settle(city, screen)
    assert "Tebet Timur" in control.summary.text()
    weeks = [row for row in control.grid.table.shown if row.cells[1].text != "0"]
    assert sum(int(row.cells[1].text) for row in weeks) == 54
    screen.overview.choose("31.01.01.1001")
    settle(city, screen)
    assert control._waiting.isVisible()
    assert "belum ada butir" in control._waiting.text()


def test_the_mix_tells_who_missed_more_than_explained(screen: OfficesScreen, city: Kit) -> None:
    charts = screen.overview.charts
    charts.set_side("mix")
    screen.overview.choose(seed.CANDIDATE)
    settle(city, screen)
    row = charts.mix.grid.table.row(charts.mix.grid.table.row_of(seed.CANDIDATE) or 0)
    assert row is not None
    assert row.cells[2].text == "18"
    assert "lebih dari harapan" in row.cells[-1].text
    assert len(charts.mix.canvas._interval) == 1


@pytest.mark.parametrize("width", [1190, 1286, 1840])
def test_no_table_of_a_chart_cuts_its_last_column(city: Kit, width: int) -> None:
    screen = opened(city, width)
    charts = screen.overview.charts
    charts.set_tables(on=True)
    for side in ("control", "mix"):
        charts.set_side(side)
        settle(city, screen)
        for frame in charts.frames:
            if not frame.grid.isVisible():
                continue
            head = frame.grid.horizontalHeader()
            last = head.count() - 1
            end = head.sectionViewportPosition(last) + head.sectionSize(last)
            assert end <= frame.grid.viewport().width(), (side, frame.grid.name_key)
    assert not charts.mix.grid.horizontalHeader().isSectionHidden(4)  # the ratio, which is judged by
    screen.close()


@pytest.mark.parametrize("name", theme.SCHEMES)
def test_colours_are_the_themes(screen: OfficesScreen, city: Kit, name: str) -> None:
    restyle.set_theme(city.desk, name)
    settle(city, screen)
    chart = canvas(screen)
    assert chart.backgroundBrush().color() == city.desk.theme.color("surface")
    colors = {spot.brush().color().name() for spot in chart.scatter.points()}
    allowed = {
        city.desk.theme.color(token).name() for token in ("muted", "soon", "overdue", "in_time", "candidate")
    }
    assert colors <= allowed


def test_charts_and_table_take_turns_where_there_is_no_room_for_both(
    screen: OfficesScreen, city: Kit
) -> None:
    overview = screen.overview
    assert overview.charts.isVisible()
    assert overview.grid.isVisible()
    press(overview.grid, "G")
    assert not overview.charts.isVisible()
    press(overview.grid, "G")
    restyle.set_percent(city.desk, 200)
    settle(city, screen)
    assert not overview.charts.isVisible()
    assert overview.grid.isVisible()
    press(overview.grid, "G")
    settle(city, screen)
    assert overview.charts.isVisible()
    assert not overview.grid.isVisible()
    assert canvas(screen).hasFocus()
    press(canvas(screen), "J")
    assert overview.grid.currentIndex().row() == 1
    press(canvas(screen), "G")
    assert overview.grid.isVisible()
    restyle.set_percent(city.desk, 100)
    settle(city, screen)


def test_what_is_chosen_for_the_charts_is_remembered(screen: OfficesScreen, city: Kit) -> None:
    press(screen.overview.grid, "C", "T")
    again = OfficesScreen(city.desk)
    assert again.overview.charts.side_name == "mix"
    assert again.overview.charts.as_tables


def test_windows_with_charts_come_and_go(city: Kit) -> None:
    for _ in range(3):
        made = opened(city)
        until(lambda made=made: made.overview.charts.mix.canvas is not None)  # type: ignore[misc]
        made.close()
        made.deleteLater()
        city.settle()
