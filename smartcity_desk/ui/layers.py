"""The desk's shelf of the city's layers, and what layers are called. Cheap to make; what it is asked reads files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcity_desk.i18n import has_text, tr
from smartcity_desk.ui.formats import one_line

if TYPE_CHECKING:
    from smartcity_desk.place.layers.shelf import About, LayerShelf
    from smartcity_desk.ui.services import Desk


def shelf_of(desk: Desk) -> LayerShelf:
    """The layers of this desk's profile."""
    from smartcity_desk.place.layers.shelf import LayerShelf

    return LayerShelf(desk.paths.layers)


def title_of(name: str, about: About | None = None) -> str:
    """What a layer is called: as its import says, else by the catalogue, else by its name."""
    if about is not None and about.title:
        return one_line(about.title, 60)
    return tr(f"map.layer.{name}") if has_text(f"map.layer.{name}") else name
