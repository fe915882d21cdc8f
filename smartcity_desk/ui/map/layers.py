"""The layers that the map offers: borders, what fills areas, the portal's own, and those that are not loaded yet.

Each says where it comes from, of which day it is, under which licence, and whether it is older than it may be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from smartcity_desk import i18n
from smartcity_desk.domain.times import DAY, to_datetime
from smartcity_desk.i18n import tr
from smartcity_desk.place import tiles
from smartcity_desk.place.layers.known import KNOWN
from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.layers import title_of
from smartcity_desk.ui.map import areas, city
from smartcity_desk.ui.map.areas import AreaBook, collection
from smartcity_desk.ui.map.city import OWN, POPULATION, CityLayers

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartcity_desk.domain.office import Directory
    from smartcity_desk.place.layers.shelf import LayerShelf
    from smartcity_desk.place.library import Layer, PlaceLibrary
    from smartcity_desk.store import Store
    from smartcity_desk.ui.map.answers import Viewer

BORDERS: Final = ("kelurahan", "kecamatan", "kota")
FILLS: Final = (areas.LATE, areas.SHARE, areas.PEOPLE)
_OWN: Final = "bundle."
GROUND: Final = "latar"
"""The pictures under everything else."""
_TONES: Final = ("accent", "candidate", "verify", "soon", "in_time", "uncertain", "overdue")


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the layer list. `age_days` None where no date is known; `missing` says that there is nothing yet.

    `age` says it in words where days are too coarse; `edition` changes when the page has to draw the layer anew.
    """

    key: str
    title: str
    source: str = ""
    as_of: str = ""
    licence: str = ""
    age_days: int | None = None
    stale: bool = False
    missing: bool = False
    kind: str = "polygon"
    age: str = ""
    edition: str = ""


def age_of(as_of: str, now: int) -> int | None:
    """Whole days since a date (ISO 8601), or None when it is none."""
    try:
        made = date.fromisoformat(as_of[:10])
    except ValueError:
        return None
    return max(0, (to_datetime(now).date() - made).days)


@dataclass(slots=True)
class LayerBook:
    """Reads layers for the page, in a reader's thread."""

    library: Callable[[], PlaceLibrary]
    directory: Callable[[], Directory]
    store: Store
    viewer: Viewer
    shelf: LayerShelf
    book: AreaBook = field(init=False)
    own: CityLayers = field(init=False)

    def __post_init__(self) -> None:
        self.book = AreaBook(self.library)
        self.own = CityLayers(self.shelf, self.book.areas)

    def offers(self, now: int) -> tuple[Offer, ...]:
        """All layers, those that are missing at the end. Blocks on the first call."""
        found = self.book.areas()
        library = self.library()
        about = library.manifest
        source, as_of, licence = tr("map.layer.own"), "", ""
        if about is not None:
            source, as_of = one_line(about.source, 80), one_line(about.as_of, 20)
            licence = one_line(about.licence, 60)
        offers = [
            Offer(level, tr(f"map.layer.{level}"), source, as_of, licence) for level in BORDERS if found.codes
        ]
        offers[:0] = self._ground(as_of, licence)
        standing = {one.name: one for one in self.own.standing(now)}
        offers.append(self._people(standing.get(POPULATION), now))
        offers.append(Offer("waze", tr("map.layer.waze"), tr("map.layer.waze.source"), kind="point"))
        bundled = library.layers()
        for layer in bundled:
            age = age_of(layer.as_of, now)
            stale = age is not None and layer.stale_after_days is not None and age > layer.stale_after_days
            offers.append(
                Offer(
                    _OWN + layer.id,
                    _title(layer),
                    one_line(layer.source, 80),
                    one_line(layer.as_of, 40),
                    one_line(layer.licence, 60),
                    age,
                    stale,
                    kind=layer.kind.value,
                )
            )
        offers += [self._offer(one, now) for name, one in standing.items() if name != POPULATION]
        there = {layer.id for layer in bundled} | set(standing)
        # The shipped facts stand in for people, and the jams of Waze for traffic.
        expected = [name for name in KNOWN if name not in (POPULATION, city.SPEED)]
        offers += [Offer(name, title_of(name), missing=True) for name in expected if name not in there]
        return tuple(offers)

    def _ground(self, as_of: str, licence: str) -> list[Offer]:
        found = self.library().background()
        if found is None:
            return []
        if not found.drawn:
            return [Offer(GROUND, tr("map.layer.latar.not_drawn"), missing=True)]
        source = one_line(found.attribution or found.name, 120) or tr("map.layer.latar.source")
        return [Offer(GROUND, tr("map.layer.latar"), source, as_of, licence, kind="tiles")]

    def tile(self, z: int, x: int, y: int) -> tuple[bytes, str] | None:
        """A picture of the background and its type, or None."""
        path = self.library().tiles()
        return None if path is None else tiles.tile(path, z, x, y)

    def _offer(self, one: city.Standing, now: int) -> Offer:
        about = one.about
        return Offer(
            OWN + one.name,
            self.own.title(one.name, about),
            one_line(about.attribution or about.source, 80),
            "" if one.age else one_line(about.as_of, 40),
            one_line(about.licence, 60),
            None if one.age else max(0, now - about.old_at()) // DAY,
            one.stale,
            kind=about.draw.value,
            age=one.age,
            edition=one.edition,
        )

    def _people(self, one: city.Standing | None, now: int) -> Offer:
        if one is None:
            return Offer(areas.PEOPLE, tr("map.layer.people"), tr("map.layer.people.source"), "2014")
        return replace(self._offer(one, now), key=areas.PEOPLE, title=tr("map.layer.people"), kind="polygon")

    def answer(self, key: str, now: int) -> bytes | None:
        """A layer as GeoJSON, or None for one that does not exist. Raises DeskError."""
        if key in BORDERS:
            return self.book.areas().lines(key)
        if key in FILLS:
            return self._filled(key, now)
        if key == "waze":
            return self._traffic(now)
        if key.startswith(OWN):
            return self.own.answer(key, now)
        for layer in self.library().layers():
            if _OWN + layer.id == key:
                return _bundled(layer)
        return None

    def labels(self) -> bytes:
        """Names of areas with their places."""
        return self.book.areas().labels(self.directory())

    def _filled(self, key: str, now: int) -> bytes:
        found = self.book.areas()
        if key == areas.LATE:
            counts = dict.fromkeys(found.codes, 0) | self.viewer.late_by_place(now)
            return found.filled(areas.late_looks(counts))
        if key == areas.SHARE:
            return found.filled(areas.share_looks(self.store.offices.city_figures(now=now)))
        return found.filled(areas.people_looks(found, self.directory(), self.own.people()))

    def _traffic(self, now: int) -> bytes:
        points = self.viewer.book.traffic(now)
        parts: list[tuple[str, dict[str, object]]] = [
            (f'{{"type":"Point","coordinates":[{lon:.6f},{lat:.6f}]}}', {"look": ""}) for lat, lon in points
        ]
        for path in self.store.roads(now - DAY):
            along = [[lon, lat] for lat, lon in json.loads(path)]
            parts.append((json.dumps({"type": "LineString", "coordinates": along}), {"look": "road"}))
        return collection(parts)

    def look_of(self, key: str, order: int, *, stale: bool, kind: str = "") -> dict[str, object]:
        """How the page draws a layer: `order` tells layers of a bundle apart by colour and dash."""
        if key in BORDERS:
            rank = BORDERS.index(key)
            line = {"line": "outline", "weight": (0.8, 1.6, 2.6)[rank], "opacity": (0.6, 0.8, 0.9)[rank]}
            return {"pane": "areas", "looks": {"": line}}
        if key in FILLS:
            return {"pane": "fills", "named": True, "looks": fill_looks(key)}
        if key == GROUND:
            ground = self.library().background()
            if ground is None:
                return {}
            about = {"low": ground.low, "high": ground.high, "bounds": ground.bounds}
            return {"pane": "ground", "tiles": about}
        if key == "waze":
            look = {"line": "surface", "fill": "candidate", "strength": 0.9}
            road = {"line": "candidate", "weight": 4, "opacity": 0.9}
            return {"radius": 5, "looks": {"": look, "road": road}}
        if key.startswith(OWN):
            return city.look_of(key.removeprefix(OWN), kind, order, stale=stale)
        tone = _TONES[order % len(_TONES)]
        bundled: dict[str, object] = {"line": tone, "weight": 2, "fill": tone, "strength": 0.35}
        if stale:
            bundled |= {"dash": "4 4", "opacity": 0.6, "hatch": True}
        return {"named": True, "radius": 5, "looks": {"": bundled}}


def fill_looks(key: str) -> dict[str, dict[str, object]]:
    """The looks of a fill by their names; the legend shows the same."""
    strengths = (0.0, 0.18, 0.32, 0.46, 0.6, 0.75)
    edge: dict[str, object] = {"line": "border", "weight": 0.5}
    if key == areas.LATE:
        return {f"late{at}": edge | {"fill": "overdue", "strength": s} for at, s in enumerate(strengths)} | {
            "": edge
        }
    if key == areas.PEOPLE:
        return {
            f"people{at}": edge | {"fill": "accent", "strength": s + 0.06} for at, s in enumerate(strengths)
        } | {"": edge}
    tones = (("overdue", 0.6), ("overdue", 0.3), ("soon", 0.35), ("in_time", 0.3), ("in_time", 0.6))
    looks = {f"share{at}": edge | {"fill": tone, "strength": s} for at, (tone, s) in enumerate(tones)}
    hatched = edge | {"fill": "muted", "strength": 0.5, "hatch": True}
    return looks | {"few": hatched, "": hatched}


def _title(layer: Layer) -> str:
    title = layer.title.get(i18n.language()) or layer.title.get("id") or layer.id
    return one_line(title, 60)


def _bundled(layer: Layer) -> bytes:
    import shapely

    features = layer.features()
    shapes = shapely.to_geojson(features.geometries)
    return collection(
        [
            (shape, {"look": "", "name": _name(properties)})
            for shape, properties in zip(shapes, features.properties, strict=True)
        ]
    )


_NAMES: Final = ("name", "nama", "NAME", "NAMA", "Name", "Nama", "title", "label")


def _name(properties: object) -> str:
    """What a feature calls itself, as plain text on one line."""
    if isinstance(properties, dict):
        for key in _NAMES:
            value = properties.get(key)
            if isinstance(value, str) and value.strip():
                return one_line(value, 120)
    return ""
