"""A web process that is really killed: the map comes back by itself, and in the end the table goes on without it."""

from __future__ import annotations

import os
import signal

from PySide6.QtCore import Qt

from smartcity_desk.i18n import tr
from smartcity_desk.ui.commands import TRIAGE
from smartcity_desk.ui.map.view import CRASHES_MOST
from smartcity_desk.ui.notify import Level
from tests.ui.kit import until
from tests.ui.map.conftest import REPORTS, OpenMap

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def killed(city_map: OpenMap) -> int:
    """Kill the process that draws the page, wait until the desk has noticed, and return which it was."""
    assert city_map.face.stage.view is not None
    page, ends = city_map.face.stage.view.web.page(), list[object]()
    process = page.renderProcessPid()
    assert process > 0
    page.renderProcessTerminated.connect(
        lambda *how: ends.append(how), Qt.ConnectionType.SingleShotConnection
    )
    os.kill(process, KILL)
    until(lambda: bool(ends))
    return process


def test_a_killed_map_comes_back_and_after_three_times_the_table_goes_on(city_map: OpenMap) -> None:
    face, screen = city_map.face, city_map.screen
    city_map.kit.desk.bridge.navigate.connect(screen.show_face)
    city_map.after(lambda: face.go_to(-6.21, 106.84, 15))
    face.layering.set_color("late")
    until(lambda: "late" in city_map.js("desk.laid().join()"))
    view, seen = face.stage.view, set()
    assert view is not None
    for _ in range(CRASHES_MOST):
        seen.add(killed(city_map))
        city_map.drawn.clear()
        until(lambda: view.ready and bool(city_map.drawn))
        until(lambda: "late" in city_map.js("desk.laid().join()"))
        assert (round(face.look.lat, 3), round(face.look.lon, 3), face.look.zoom) == (-6.21, 106.84, 15)
        assert city_map.js("deskMap.getZoom()") == 15
    assert len(seen) == CRASHES_MOST
    assert face.isVisible()

    killed(city_map)
    assert not view.ready
    assert not face.isVisible()
    assert screen.view.isVisible()
    assert screen.model.rowCount() == REPORTS
    warning = [message for message in city_map.kit.said if message.level is Level.WARNING]
    assert [message.text for message in warning] == [tr("map.gave_up.said")]
    screen.view.go_to(7)
    assert screen.view.current_pk() == screen.model.pk(7)

    # Where the map was it says why, and nothing starts it again.
    screen.show_face("map")
    screen.activate()
    city_map.kit.settle()
    assert face.stage._gone.isVisible()
    assert "Ctrl+1" in face.stage._gone.text()
    face.restyle()
    city_map.kit.settle()
    assert not view.ready
    assert not face.line.isVisible()
    screen.show_face(TRIAGE)
