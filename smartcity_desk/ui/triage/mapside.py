"""The map in the table's place: made when it is first shown, over the same list, marks and cursor."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smartcity_desk.ui.commands import MAP
from smartcity_desk.ui.report.minimap import point_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartcity_desk.ui.map.face import MapFace
    from smartcity_desk.ui.report.panel import ReportPanel
    from smartcity_desk.ui.services import Desk
    from smartcity_desk.ui.triage.center import Center
    from smartcity_desk.ui.triage.current import CurrentReport
    from smartcity_desk.ui.triage.deeds import Deeds
    from smartcity_desk.ui.triage.model import ReportTable

_NEAR: Final = 17
"""The zoom at which one report is looked at."""
_AROUND: Final = 14
"""The zoom at which a gauge is seen with the streets that it speaks for."""


class MapSide(QObject):
    """Goes between the table and the map. `view_name` says what the list is called, `deeds` moves a report."""

    def __init__(
        self,
        desk: Desk,
        model: ReportTable,
        center: Center,
        panel: ReportPanel,
        current: CurrentReport,
        view_name: Callable[[], str],
        deeds: Callable[[], Deeds],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._desk = desk
        self._model = model
        self._center = center
        self._panel = panel
        self._current = current
        self._view_name = view_name
        self._deeds = deeds
        self._window = window
        self._made: MapFace | None = None
        self.shown = False
        """Whether it stands in the table's place."""
        panel.minimap.opened.connect(self.open_current)

    @cached_property
    def face(self) -> MapFace:
        """The map itself. The first need makes it: it takes a browser's engine."""
        from smartcity_desk.ui.map.face import MapFace

        face = MapFace(self._desk, self._model, self._center.view, self._view_name, self._center)
        face.chosen.connect(self._chosen)
        face.moved_to.connect(self._move_point)
        self._made = face
        return face

    def show_face(self, key: str) -> None:
        """The table, or the map in its place."""
        self.shown = key == MAP
        self._center.show_map(self.face if self.shown else None)

    def start(self) -> None:
        """Somebody looks."""
        if self.shown:
            self.face.activate()

    def stop(self) -> None:
        """Nobody looks."""
        if self.shown:
            self.face.deactivate()

    def show_current(self) -> None:
        """Ring the report under the table's cursor."""
        if self.shown:
            self.face.show_current(self._center.view.current_pk())

    def follow_reports(self, ids: frozenset[str]) -> None:
        """Reports that the operator has just acted on."""
        if self._made is not None:
            self._made.points.follow_reports(ids)

    def has_focus(self) -> bool:
        """Whether keys go to the map."""
        return self.shown and self.face.hasFocus()

    def lay_down(self) -> bool:
        """Lay down a tool of the map; tell whether there was one."""
        return self.shown and self.face.lay_down()

    def open_current(self) -> None:
        """The large map, where the report in hand lies."""
        detail = self._panel.detail
        point = None if detail is None else point_of(detail)
        self._desk.bridge.navigate.emit(MAP)
        if point is not None:
            self.face.go_to(*point, _NEAR)

    def open_gauge(self, lat: float, lon: float) -> None:
        """The map where a gauge stands, with the layer of all gauges on."""
        self._desk.bridge.navigate.emit(MAP)
        self.face.show_layer("city.pintu_air")
        self.face.go_to(lat, lon, _AROUND)

    def begin_move(self) -> None:
        """Take the point of the report in hand, to put it down elsewhere."""
        self.open_current()
        self.face.use("move")

    def _chosen(self, pk: int, mark: bool) -> None:
        row = self._model.row_of(pk)
        if row is None:
            return
        self._center.view.go_to(row)
        if mark:
            self._center.view.toggle_mark(row)

    def _move_point(self, lat: float, lon: float) -> None:
        row = self._current.row
        if row is None:
            return
        from smartcity_desk.ui.map.moving import move_point

        work = move_point(self._desk, self._deeds(), row, lat, lon, self._window)
        self._desk.tasks.spawn(work, name="map.move")

    def retranslate(self) -> None:
        """Every text anew."""
        if self._made is not None:
            self._made.retranslate()

    def restyle(self) -> None:
        """The new theme."""
        if self._made is not None:
            self._made.restyle()
