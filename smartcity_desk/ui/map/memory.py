"""How the map was left: its place, its layers and what fills the areas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smartcity_desk import config
from smartcity_desk.ui.map.grid import MAX_ZOOM
from smartcity_desk.ui.map.layers import FILLS
from smartcity_desk.ui.map.page import JAKARTA, START_ZOOM

if TYPE_CHECKING:
    from smartcity_desk.config import Json, Settings


@dataclass(slots=True)
class Look:
    """What the operator sees besides the reports themselves."""

    lat: float = JAKARTA[0]
    lon: float = JAKARTA[1]
    zoom: int = START_ZOOM
    layers: list[str] = field(default_factory=lambda: ["kelurahan", "kota"])
    color: str = ""
    heat: bool = False
    panel: bool = False

    @classmethod
    def load(cls, settings: Settings) -> Look:
        """As it was left; what the file says wrongly counts as not said."""
        kept, look = settings.get(config.MAP), cls()
        lat, lon, zoom, layers = (kept.get(name) for name in ("lat", "lon", "zoom", "layers"))
        if isinstance(lat, float) and isinstance(lon, float) and -85 < lat < 85 and -180 <= lon <= 180:
            look.lat, look.lon = lat, lon
        if isinstance(zoom, int) and 9 <= zoom <= MAX_ZOOM:
            look.zoom = zoom
        if isinstance(layers, list):
            look.layers = [name for name in layers if isinstance(name, str)][:100]
        if kept.get("color") in FILLS:
            look.color = str(kept["color"])
        look.heat, look.panel = kept.get("heat") is True, kept.get("panel") is True
        return look

    def save(self, settings: Settings) -> None:
        """Put it into the settings; whoever closes the desk saves them."""
        names: list[Json] = list(self.layers)
        kept: dict[str, Json] = {"lat": self.lat, "lon": self.lon, "zoom": self.zoom, "layers": names}
        settings.set(config.MAP, kept | {"color": self.color, "heat": self.heat, "panel": self.panel})
