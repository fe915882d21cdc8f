"""The list of layers beside the map: each with its source, day, licence and age; old ones and missing ones say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QScrollArea, QVBoxLayout, QWidget

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartcity_desk.ui.map.layers import Offer
    from smartcity_desk.ui.services import Desk


class LayerList(QScrollArea):
    """`switched` brings a key and whether it is wanted. Space switches, Tab and the arrows go on."""

    switched = Signal(str, bool)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(desk.theme.pixels(250))
        self.boxes: dict[str, QCheckBox] = {}
        self._offers: Sequence[Offer] = ()
        self._on: frozenset[str] = frozenset()
        self.retranslate()

    def show_offers(self, offers: Sequence[Offer], on: frozenset[str]) -> None:
        """Show these layers, those in `on` switched on."""
        self._offers, self._on = offers, on
        inside = basic.frame(ground="surface")
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(2)
        head = basic.label(tr("map.layers.title"), tone="muted", step=-1, bold=True)
        layout.addWidget(head)
        self.boxes = {}
        for offer in offers:
            if offer.missing:
                continue
            box = QCheckBox(offer.title.replace("&", "&&"), inside)
            box.setChecked(offer.key in on)
            box.toggled.connect(lambda wanted, key=offer.key: self.switched.emit(key, wanted))
            about = about_offer(offer)
            box.setAccessibleDescription(about)
            self.boxes[offer.key] = box
            layout.addSpacing(4)
            layout.addWidget(box)
            layout.addWidget(basic.label(about, tone="soon" if offer.stale else "muted", step=-1, wrap=True))
        missing = [offer for offer in offers if offer.missing]
        if missing:
            layout.addSpacing(10)
            layout.addWidget(basic.label(tr("map.layers.missing"), tone="muted", step=-1, bold=True))
            for offer in missing:
                layout.addWidget(basic.label(f"○ {offer.title}", tone="muted", wrap=True))
            layout.addWidget(basic.label(tr("map.layers.missing.how"), tone="muted", step=-1, wrap=True))
        layout.addStretch(1)
        before = self.takeWidget()
        self.setWidget(inside)
        if before is not None:
            before.deleteLater()

    def tick(self, key: str, on: bool) -> None:
        """Show a layer as switched on or off, without switching it; one without a line is left out."""
        box = self.boxes.get(key)
        if box is not None:
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)

    def retranslate(self) -> None:
        """Every text anew; the offers come again from who read them."""
        self.setAccessibleName(tr("map.layers.title"))


def about_offer(offer: Offer) -> str:
    """Source, day, licence and age of a layer, and whether it is too old."""
    parts = [offer.source]
    if offer.as_of:
        parts.append(tr("map.layer.as_of", day=formats.dated(offer.as_of)))
    if offer.licence:
        parts.append(offer.licence)
    if offer.age:
        parts.append(offer.age)
    if offer.age_days is not None:
        parts.append(trn("map.layer.age", offer.age_days))
    text = " · ".join(part for part in parts if part)
    return f"{tr('map.layer.stale')} · {text}" if offer.stale else text
