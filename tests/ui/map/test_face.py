"""The map on screen: the table's list and marks, always; a crash is over by itself; keys do all of it."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from smartcity_desk import config
from smartcity_desk.ui.map import view as views
from smartcity_desk.ui.map.timebar import STEPS
from tests.ui.kit import HOUR, NOW, press, until
from tests.ui.map.conftest import REPORTS, OpenMap, placed
from tests.ui.triage.conftest import dialog, gone


def test_the_map_shows_the_tables_list(city_map: OpenMap) -> None:
    drawn = city_map.drawn[-1]
    assert (drawn.total, drawn.off) == (REPORTS, 0)
    city_map.after(lambda: city_map.screen.on_show.search_for("banjir"))
    until(lambda: city_map.drawn[-1].total == city_map.screen.model.rowCount() == REPORTS // 5)
    city_map.after(lambda: city_map.screen.on_show.open("all"))
    until(lambda: city_map.drawn[-1].total == city_map.screen.model.rowCount() == REPORTS)


def test_a_click_puts_the_tables_cursor_there(city_map: OpenMap) -> None:
    wanted = city_map.screen.model.pk(17)
    assert wanted is not None
    place = city_map.face.viewer.book.position(wanted)
    assert place is not None
    city_map.after(lambda: city_map.face.go_to(*place, 17))
    city_map.js(
        f"deskMap.fire('click', {{latlng: L.latLng({place[0]}, {place[1]}), originalEvent: {{}}}}); 1"
    )
    until(lambda: city_map.screen.view.current_pk() == wanted)
    panel = city_map.screen.panel
    until(lambda: panel.detail is not None and panel.detail.pk == wanted)


def test_a_lasso_makes_the_tables_marks(city_map: OpenMap) -> None:
    city_map.after(city_map.face.fit)
    city_map.after(lambda: city_map.kit.desk.commands.run("map.area"))
    assert len(city_map.screen.view.marked or ()) == REPORTS
    target = city_map.screen.target()
    assert target is not None
    assert len(target.pks) == REPORTS
    city_map.face.use("lasso")
    assert city_map.face.tool == "lasso"
    press(city_map.screen, "Esc")
    assert city_map.face.tool == ""
    city_map.after(lambda: press(city_map.screen, "Esc"))
    assert city_map.screen.view.marked == frozenset()


def test_marks_made_in_the_table_are_on_the_map(city_map: OpenMap) -> None:
    pks = frozenset(city_map.screen.model.pks(0, 4))
    city_map.after(lambda: city_map.screen.view.set_marked(pks))
    assert {int(pk) for pk in city_map.js("desk.marks().join()").split(",")} == pks


def test_keys_move_and_zoom(city_map: OpenMap) -> None:
    before = (city_map.face.look.lat, city_map.face.look.lon, city_map.face.look.zoom)
    city_map.after(lambda: press(city_map.face, "+"))
    until(lambda: city_map.face.look.zoom == before[2] + 1)
    city_map.after(lambda: press(city_map.face, "Right"))
    until(lambda: city_map.face.look.lon > before[1])
    city_map.after(lambda: press(city_map.face, "Up"))
    until(lambda: city_map.face.look.lat > before[0])
    press(city_map.face, "J")
    assert city_map.screen.view.currentIndex().row() == 1


def test_the_time_shows_a_stretch(city_map: OpenMap) -> None:
    reported = [NOW - 30 * HOUR + n * 60_000 for n in range(REPORTS)]

    def inside() -> int:
        since, end = city_map.face.time.stretch()
        assert end - since == 24 * HOUR
        return sum(since <= at < end for at in reported)

    press(city_map.face, "U")
    until(lambda: city_map.drawn[-1].total == inside() == 0)
    city_map.face.time.slider.setValue(STEPS - 26)
    until(lambda: city_map.drawn[-1].total == inside() == REPORTS)
    city_map.face.time.slider.setValue(STEPS)
    until(lambda: city_map.drawn[-1].total == 0)
    press(city_map.face, "U")
    until(lambda: city_map.drawn[-1].total == REPORTS)


def test_news_is_read_and_drawn(city_map: OpenMap) -> None:
    city_map.kit.ingest([placed(REPORTS)])
    city_map.kit.desk.bridge.reports_changed.emit({"pks": frozenset({REPORTS + 1}), "new": 1})
    until(lambda: city_map.face.viewer.book.newest == REPORTS + 1)
    assert city_map.drawn[-1].total == REPORTS  # the list on show has not taken it in, so the map has not
    taken = city_map.after(lambda: city_map.kit.desk.commands.run("triage.take_new"))
    assert taken.total == REPORTS + 1


def test_a_point_is_moved_by_hand(city_map: OpenMap) -> None:
    pk = city_map.screen.view.current_pk()
    assert pk is not None
    assert city_map.kit.desk.commands.run("map.move")
    city_map.js("deskMap.fire('click', {latlng: L.latLng(-6.2265, 106.8534), originalEvent: {}}); 1")
    asked = dialog()
    assert "-6.22650, 106.85340" in " ".join(label.text() for label in asked.findChildren(QLabel))
    city_map.kit.now += 1_000
    press(asked, "Return")
    gone()
    city_map.kit.settle()
    detail = city_map.kit.desk.store.report(pk)
    assert detail is not None
    assert detail.state.place is not None
    until(lambda: city_map.face.viewer.book.position(pk) is not None)
    until(lambda: abs((city_map.face.viewer.book.position(pk) or (0, 0))[0] + 6.2265) < 1e-5)


def test_layers_are_drawn_and_forgotten(city_map: OpenMap) -> None:
    until(lambda: bool(city_map.face.layering.list.boxes))
    laid = "desk.laid().sort().join()"
    until(lambda: city_map.js(laid) == "kelurahan,kota")
    city_map.face.layering.list.boxes["kecamatan"].setChecked(True)
    city_map.face.layering.set_color("late")
    until(lambda: city_map.js(laid) == "kecamatan,kelurahan,kota,late")
    city_map.face.layering.list.boxes["kota"].setChecked(False)
    city_map.face.layering.set_color("")
    until(lambda: city_map.js(laid) == "kecamatan,kelurahan")
    assert city_map.face.layering.approximate
    until(lambda: "peta perkiraan" in city_map.face.caption.text())


def test_a_new_theme_has_its_own_page(city_map: OpenMap) -> None:
    from smartcity_desk.ui import restyle

    city_map.after(lambda: restyle.set_theme(city_map.kit.desk, "dark"))
    assert "/dark/" in city_map.js("location.href")
    assert city_map.drawn[-1].total == REPORTS


def test_the_map_comes_back_where_it_was_after_a_crash(city_map: OpenMap) -> None:
    city_map.after(lambda: city_map.face.go_to(-6.21, 106.84, 15))
    place = (city_map.face.look.lat, city_map.face.look.lon, city_map.face.look.zoom)
    kill = views.QWebEnginePage.RenderProcessTerminationStatus.CrashedTerminationStatus
    view = city_map.face.stage.view
    assert view is not None
    city_map.after(lambda: view._crashed(kill, 11))
    look = city_map.face.look
    assert (round(look.lat, 4), round(look.lon, 4), look.zoom) == (round(place[0], 4), round(place[1], 4), 15)


def test_crashes_long_apart_are_not_counted_together(city_map: OpenMap) -> None:
    kill = views.QWebEnginePage.RenderProcessTerminationStatus.CrashedTerminationStatus
    view = city_map.face.stage.view
    assert view is not None
    for _ in range(3):
        view._crashed(kill, 11)
    city_map.kit.now += views.CRASH_SPAN_MS + 1
    city_map.after(lambda: view._crashed(kill, 11))
    assert city_map.face.stage._pages.currentWidget() is view


def test_how_the_map_was_left_is_remembered(city_map: OpenMap) -> None:
    city_map.after(lambda: city_map.face.go_to(-6.25, 106.9, 14))
    city_map.face.toggle_heat()
    city_map.face.deactivate()
    kept = city_map.kit.desk.settings.get(config.MAP)
    assert (kept["zoom"], kept["heat"]) == (14, True)
    assert abs(float(str(kept["lat"])) + 6.25) < 0.01
