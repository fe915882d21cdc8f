"""Which layers lie under the reports: switched on and off, coloured, listed, and told to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from smartcity_desk import i18n
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.ui.map.layerlist import LayerList, about_offer
from smartcity_desk.ui.map.layers import FILLS, GROUND

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from smartcity_desk.ui.map.layers import LayerBook, Offer
    from smartcity_desk.ui.map.memory import Look
    from smartcity_desk.ui.services import Desk

_WAYS: Final = ("", *FILLS)


class Layering(QObject):
    """The layers of one map. `look` holds what is switched on; `book` reads, in a reader's thread."""

    changed = Signal()
    """The page has to be told the layers, and their names, anew."""
    colored = Signal(str)
    """The areas are filled by something else now; empty for nothing."""

    def __init__(self, desk: Desk, book: LayerBook, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._book = book
        self._look = look
        self.offers: tuple[Offer, ...] = ()
        self.approximate = False
        """Whether the borders are cells from centres."""
        self.edition = ""
        """The edition of the boundaries on show, empty before they are read."""
        self._filled = 0
        self.list = LayerList(desk, parent)
        self.list.switched.connect(self.switch)
        self.list.setVisible(look.panel)

    async def read(self) -> None:
        """Look at the shelf: what there is, how old, in which edition."""
        readers = self._desk.readers
        try:
            offers = await readers.run(self._book.offers, self._desk.clock())
            areas = await readers.run(self._book.book.areas)
        except DeskError as problem:
            self._desk.notify.error(problem)
            return
        self.offers, self.approximate, self.edition = offers, areas.approximate, areas.edition
        self.list.show_offers(offers, frozenset(self._look.layers))
        self.changed.emit()

    def refill(self) -> None:
        """The reports are other ones: what is made of them has to be drawn anew."""
        self._filled += 1
        self.changed.emit()

    def ages(self) -> bool:
        """Whether a layer is on whose look follows the clock."""
        return any(offer.kind == "level" and offer.key in self._look.layers for offer in self.offers)

    def wanted(self) -> list[dict[str, object]]:
        """The layers that the page is to draw."""
        look, wanted = self._look, list[dict[str, object]]()
        if look.color:
            filled = next((one.edition for one in self.offers if one.key == look.color), "")
            edition = f"{self.edition}.{self._filled}.{filled}.{i18n.language()}"
            wanted.append(
                {"key": look.color, "edition": edition} | self._book.look_of(look.color, 0, stale=False)
            )
        for order, offer in enumerate(self.offers):
            if offer.key in look.layers and not offer.missing:
                again = f"{self.edition}.{self._filled}" if offer.key == "waze" else self.edition
                if offer.edition:
                    again = f"{self.edition}.{offer.edition}.{i18n.language()}"
                drawn = self._book.look_of(offer.key, order, stale=offer.stale, kind=offer.kind)
                wanted.append({"key": offer.key, "edition": again} | drawn)
        return wanted

    def sources(self) -> list[str]:
        """Where what is shown comes from, a line a layer."""
        shown = {*self._look.layers, self._look.color}
        return [
            f"{offer.title}: {about_offer(offer)}"
            for offer in self.offers
            if offer.key in shown and not offer.missing
        ]

    def credit(self) -> str:
        """Whose pictures lie under everything, as their licence wants it said; empty without them."""
        shown = (offer for offer in self.offers if offer.key == GROUND and not offer.missing)
        return next((f"{one.title}: {one.source}" for one in shown if GROUND in self._look.layers), "")

    def switch(self, key: str, on: bool) -> None:
        """Show a layer, or take it away. Only one thing can fill the areas."""
        if key in FILLS:
            self.set_color(key if on else "")
            return
        rest = [name for name in self._look.layers if name != key]
        self._look.layers = [*rest, key] if on else rest
        self.changed.emit()

    def show(self, key: str) -> None:
        """Switch a layer on, as if its box had been ticked."""
        if key not in self._look.layers:
            self.switch(key, True)
            self.list.tick(key, True)

    def set_color(self, color: str) -> None:
        """What fills the areas; empty for nothing."""
        self._look.color = color
        for name in FILLS:
            self.list.tick(name, name == color)
        self.changed.emit()
        self.colored.emit(color)

    def next_color(self) -> None:
        """The next way to fill the areas."""
        self.set_color(_WAYS[(_WAYS.index(self._look.color) + 1) % len(_WAYS)])

    def toggle_panel(self) -> bool:
        """Show or hide the list of layers; tell which."""
        self._look.panel = not self._look.panel
        self.list.setVisible(self._look.panel)
        return self._look.panel
