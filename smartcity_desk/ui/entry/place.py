"""Where it is: words with the kelurahan that they may mean, a point on a small map, or typed coordinates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from smartcity_desk.domain.entry import PLACE_MOST
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.entry.pickmap import PickMap
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.places import places_of
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.texts import Texts

if TYPE_CHECKING:
    from smartcity_desk.domain.location import Location
    from smartcity_desk.place.names import NameCandidate
    from smartcity_desk.ui.services import Desk

REST_MS: Final = 350
_SHOWN: Final = 6
_CODE: Final = int(Qt.ItemDataRole.UserRole)
_POINT: Final = re.compile(r"\s*(-?\d{1,3}(?:[.,]\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:[.,]\d+)?)\s*")


class PlaceBox(QWidget):
    """Words, candidates, point. `changed` after every change by hand, `found` when the desk has looked.

    A kelurahan counts as chosen when the words leave no other, when the point lies in it, or when a hand chose it.
    """

    changed = Signal()
    found = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.texts = Texts()
        self._by_hand: str | None = None
        self._found: str | None = None
        self._asked = False
        self.words = QLineEdit()
        self.words.setMaxLength(PLACE_MOST)
        self.texts.bind("entry.place.hint", self.words.setPlaceholderText)
        label = basic.label(step=-1, tone="muted")
        label.setBuddy(self.words)
        self.texts.bind("entry.place", label.setText)
        self.texts.bind("entry.place", self.words.setAccessibleName)
        self.said = basic.label(wrap=True)
        self.list = QListWidget()
        self.texts.bind("entry.place.candidates", self.list.setAccessibleName)
        self.list.setMaximumHeight(desk.theme.pixels(112))
        self.list.itemClicked.connect(lambda item: self.choose(str(item.data(_CODE))))
        self.list.itemActivated.connect(lambda item: self.choose(str(item.data(_CODE))))
        self.list.hide()
        self.coordinates = QLineEdit()
        self.coordinates.setMaxLength(60)
        point = basic.label(step=-1, tone="muted")
        point.setBuddy(self.coordinates)
        self.texts.bind("entry.point", point.setText)
        self.texts.bind("entry.point", self.coordinates.setAccessibleName)
        self.texts.bind("entry.point.hint", self.coordinates.setPlaceholderText)
        self.map = PickMap(desk)
        column = basic.column(
            label, self.words, self.said, self.list, point, self.coordinates, self.map, spacing=4
        )
        column.setStretch(6, 1)
        self.setLayout(column)
        self._rest = once(self, REST_MS, self._look)
        self.words.textEdited.connect(lambda _: self._edited(words=True))
        self.coordinates.textEdited.connect(lambda _: self._edited(words=False))
        self.map.picked.connect(self._picked)

    # ------------------------------------------------------------ what stands here

    @property
    def way(self) -> tuple[QWidget, ...]:
        """Its controls in the order of Tab."""
        return (self.words, self.list, self.coordinates, self.map)

    @property
    def point(self) -> tuple[float, float] | None:
        """The point, or None; None too for coordinates that cannot be read."""
        found = _POINT.fullmatch(self.coordinates.text())
        if found is None:
            return None
        lat, lon = (float(text.replace(",", ".")) for text in found.groups())
        return lat, lon

    @property
    def unreadable(self) -> bool:
        """Whether coordinates were typed that are none."""
        return bool(self.coordinates.text().strip()) and self.point is None

    @property
    def kelurahan(self) -> str | None:
        """The code of the kelurahan that was chosen by hand, or that point or words leave alone."""
        return self._by_hand or self._found

    @property
    def chosen(self) -> str | None:
        """The code that a hand chose; None where a machine found it."""
        return self._by_hand

    @property
    def ambiguous(self) -> bool:
        """Whether the words fit several kelurahan and nobody has chosen yet."""
        return self._asked and self.kelurahan is None

    def set(self, text: str, coordinates: str, kelurahan: str | None) -> None:
        """Fill the fields, as from a draft."""
        self.words.setText(text)
        self.coordinates.setText(coordinates)
        self._by_hand = kelurahan if kelurahan in self._desk.directory.offices else None
        self._asked, self._found = False, None
        self.list.hide()
        self._show_point()
        if self._by_hand is not None:
            self._say_chosen(self._by_hand)
        else:
            self.said.setText("")
            self._look()

    # ------------------------------------------------------------ looking

    def _edited(self, *, words: bool) -> None:
        self._by_hand = None
        if not words:
            self._show_point()
        self._rest.start()
        self.changed.emit()

    def _show_point(self) -> None:
        self.map.set_point(self.point)
        if self.point is not None:
            self.map.look_at(*self.point, near=True)

    def _picked(self, lat: float, lon: float) -> None:
        self.coordinates.setText(f"{lat:.6f}, {lon:.6f}")
        self._by_hand = None
        self._look()
        self.changed.emit()

    def _look(self) -> None:
        self._desk.tasks.replace("entry.place", self._read(self.words.text(), self.point))

    async def _read(self, text: str, point: tuple[float, float] | None) -> None:
        library = places_of(self._desk)

        def ask() -> tuple[Location, tuple[NameCandidate, ...]]:
            from smartcity_desk.place.names import location_of

            if point is not None:
                return library.resolver().locate(*point), ()
            finder = library.finder()
            candidates = finder.find(text)
            return location_of(candidates, finder.edition), candidates

        try:
            location, candidates = await self._desk.readers.run(ask)
        except DeskError as problem:
            self._desk.notify.error(problem)
            return
        if alive(self) and self._by_hand is None and (text, point) == (self.words.text(), self.point):
            self._show(location, candidates, point)

    def _show(
        self, location: Location, candidates: tuple[NameCandidate, ...], point: tuple[float, float] | None
    ) -> None:
        directory = self._desk.directory
        self._asked = location.badge is PlaceBadge.AMBIGUOUS
        self._found = None if self._asked else location.place
        self.list.clear()
        if self._asked:
            self._fill(candidates)
            self.said.setText(tr("entry.place.ask"))
            basic.set_tone(self.said, "soon")
        elif self._found is not None:
            name = words.place_name(directory, self._found)
            key = "entry.place.border" if location.badge is PlaceBadge.BORDER else "entry.place.found"
            self.said.setText(tr(key, place=name))
            basic.set_tone(self.said, "uncertain" if location.badge is PlaceBadge.BORDER else "in_time")
            if point is None:
                self._show_office(self._found)
        else:
            outside = point is not None
            self.said.setText(tr("entry.place.outside") if outside else "")
            basic.set_tone(self.said, "soon")
        self.list.setVisible(self._asked)
        self.found.emit()

    def _fill(self, candidates: tuple[NameCandidate, ...]) -> None:
        from smartcity_desk.place.saying import candidate_text

        directory = self._desk.directory
        for one in candidates[:_SHOWN]:
            name = words.place_name(directory, one.code)
            above = [
                formats.one_line(directory.offices[code].name)
                for code in directory.ancestors(one.code)[:2]
                if code in directory.offices
            ]
            item = QListWidgetItem(f"{name} · {', '.join(above)}", self.list)
            item.setToolTip(formats.tip(candidate_text(one)))
            item.setData(_CODE, one.code)
            item.setSizeHint(QSize(0, self.list.fontMetrics().height() + 8))

    def choose(self, code: str) -> None:
        """Take one of the candidates."""
        self._by_hand = code
        self.list.hide()
        self._say_chosen(code)
        self._show_office(code)
        self.changed.emit()

    def _say_chosen(self, code: str) -> None:
        self.said.setText(tr("entry.place.chosen", place=words.place_name(self._desk.directory, code)))
        basic.set_tone(self.said, "in_time")

    def _show_office(self, code: str) -> None:
        office = self._desk.directory.offices.get(code)
        if office is not None and office.lat is not None and office.lon is not None:
            self.map.look_at(office.lat, office.lon, near=False)

    def retranslate(self) -> None:
        """Say every text again."""
        self.texts.retranslate()
        self.map.retranslate()
        if self._by_hand is not None:
            self._say_chosen(self._by_hand)
        else:
            self._look()

    def stop(self) -> None:
        """Nothing more is looked for."""
        self._rest.stop()
