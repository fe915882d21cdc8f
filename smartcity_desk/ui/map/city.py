"""The city's own layers on the map: what is offered, and each as the page draws it; gauges with siaga, word and sign.

Runs in a reader's thread. Every text from outside is cut, made plain and travels as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk.domain import waterlevel
from smartcity_desk.domain.times import DAY
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.formats import one_line
from smartcity_desk.ui.layers import title_of
from smartcity_desk.ui.map.areas import collection, step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smartcity_desk.domain.waterlevel import Watch
    from smartcity_desk.place.geojson import Features
    from smartcity_desk.place.layers.shelf import About, LayerShelf
    from smartcity_desk.ui.map.areas import Areas

OWN: Final = "city."
"""What the keys of these layers begin with."""
POPULATION: Final = "penduduk"
"""The layer that the fill by people reads; it has no line of its own."""
SPEED: Final = "lalu_lintas"
_THIN: Final = 0.00002
"""Two metres, in degrees: what no zoom of the map shows. Leaflet thins further by zoom."""
_THIN_FROM: Final = 20_000
_SPEEDS: Final = (15, 25, 40)
"""Kilometres an hour: standing, slow, flowing, free."""
_TONES: Final = ("accent", "candidate", "verify", "soon", "in_time", "uncertain", "paused")
_OWN_TONES: Final = {
    "serat_optik": "accent",
    "menara": "candidate",
    "pos_polisi": "verify",
    "spbu": "soon",
    "restoran": "paused",
}
_SIAGA_TONES: Final = {1: "overdue", 2: "soon", 3: "uncertain", 4: "in_time"}
_SIGNS: Final = {1: "1", 2: "2", 3: "3", 4: "–"}
_AREA_LOOKS: Final = 5
_MOST_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """A layer that has something to show. `edition` changes whenever the page has to draw it anew."""

    name: str
    about: About
    edition: str
    stale: bool
    age: str


class CityLayers:
    """Reads the shelf. `areas` gives the outlines that numbers by kelurahan are drawn on."""

    def __init__(self, shelf: LayerShelf, areas: Callable[[], Areas]) -> None:
        self.shelf = shelf
        self._areas = areas

    def standing(self, now: int) -> list[Standing]:
        """Every layer with an edition, in the order of the portal."""
        found = []
        for name in self.shelf.names():
            about = self.shelf.about(name)
            if about is not None:
                found.append(self._stands(name, about, now))
        return found

    def _stands(self, name: str, about: About, now: int) -> Standing:
        old_at = about.old_at()
        stale, edition = now - old_at > about.stale_after, about.edition
        age = tr("map.layer.read", age=formats.ago(old_at, now)) if about.stale_after < DAY else ""
        if about.draw.value == "level":
            watches = self._watches()
            silent = sum(waterlevel.is_stale(one.station.reading, now) for one in watches.values())
            edition = f"{edition}.{silent}"
        return Standing(name, about, f"{edition}.{stale}", stale, age)

    def title(self, name: str, about: About) -> str:
        """What the list calls a layer."""
        return title_of(name, about)

    def people(self) -> dict[str, float] | None:
        """People by kelurahan as the unit's own layer says, or None without one."""
        about = self.shelf.about(POPULATION)
        if about is None or about.draw.value != "area":
            return None
        return {one.code: one.value for one in self.shelf.areas(POPULATION)}

    def answer(self, key: str, now: int) -> bytes | None:
        """A layer as GeoJSON, or None for one that is not there. Raises DeskError."""
        name = key.removeprefix(OWN)
        about = self.shelf.about(name) if name in self.shelf.names() else None
        if about is None:
            return None
        if about.draw.value == "area":
            return self._filled(name)
        features = self.shelf.features(name)
        if about.draw.value == "level":
            return self._gauges(features, now)
        return _shapes(features, name)

    def _watches(self) -> Mapping[str, Watch]:
        from smartcity_desk.place.layers import gauges

        return gauges.watches(self.shelf)

    def _gauges(self, features: Features, now: int) -> bytes:
        import shapely

        watches = self._watches()
        parts: list[tuple[str, dict[str, object]]] = []
        for shape, properties in zip(
            shapely.to_geojson(features.geometries).tolist(), features.properties, strict=True
        ):
            watch = watches.get(str(properties.get("key", "")))
            if watch is None:
                parts.append((shape, {"look": "none", "name": _said(properties, "")}))
                continue
            stale = waterlevel.is_stale(watch.station.reading, now)
            look = "stale" if stale else f"siaga{watch.siaga}"
            parts.append((shape, {"look": look, "name": gauge_tip(watch, now)}))
        return collection(parts)

    def _filled(self, name: str) -> bytes:
        areas, values = self._areas(), {one.code: one.value for one in self.shelf.areas(name)}
        steps = quantiles(list(values.values()))
        parts: list[tuple[str, dict[str, object]]] = []
        for code, called, shape in zip(areas.codes, areas.names, areas.shapes, strict=True):
            value = values.get(code)
            look = "" if value is None else f"step{step(value, steps)}"
            words = "" if value is None else formats.number(round(value))
            parts.append(
                (shape, {"look": look, "name": "\n".join(filter(None, (one_line(called, 60), words)))})
            )
        return collection(parts)


def look_of(name: str, draw: str, order: int, *, stale: bool) -> dict[str, object]:
    """How the page draws a layer; one beyond its age is hatched and dashed, whatever it is. Gauges lie on top."""
    if draw == "level":
        return {"named": True, "radius": 9, "front": True, "looks": gauge_looks()}
    tone = _OWN_TONES.get(name, _TONES[order % len(_TONES)])
    edge: dict[str, object] = {"line": "border", "weight": 0.5}
    if draw == "area":
        looks: dict[str, dict[str, object]] = {
            f"step{at}": edge | {"fill": tone, "strength": 0.1 + 0.14 * at} for at in range(_AREA_LOOKS + 1)
        }
        looks[""] = edge
    else:
        plain: dict[str, object] = {"line": tone, "weight": 2.5 if draw == "line" else 2}
        if draw != "line":
            plain |= {"fill": tone, "strength": 0.35}
        looks = {"": plain}
        for at, speed in enumerate(("overdue", "soon", "accent", "in_time")):
            looks[f"speed{at}"] = {"line": speed, "weight": 4, "opacity": 0.85}
    if stale:
        for look in looks.values():
            look |= {"dash": "4 4", "opacity": 0.6, "hatch": True}
    return {"named": True, "radius": 5, "points": draw == "point", "looks": looks}


def gauge_looks() -> dict[str, dict[str, object]]:
    """A gauge by its siaga: a colour, a sign inside, and from siaga 3 on its word beside it."""
    looks: dict[str, dict[str, object]] = {}
    for siaga, tone in _SIAGA_TONES.items():
        looks[f"siaga{siaga}"] = {
            "line": tone,
            "weight": 2 if siaga == waterlevel.NORMAL else 3,
            "fill": "surface",
            "strength": 0.95,
            "sign": _SIGNS[siaga],
            "word": "" if siaga == waterlevel.NORMAL else tr(f"map.siaga.{siaga}"),
        }
    old: dict[str, object] = {"line": "muted", "weight": 2, "fill": "muted", "strength": 0.6, "hatch": True}
    looks["stale"] = old | {"dash": "3 3", "sign": "?", "word": tr("map.water.old")}
    looks["none"] = {"line": "muted", "weight": 2, "fill": "surface", "strength": 0.9, "sign": "·"}
    looks[""] = looks["none"]
    return looks


def gauge_tip(watch: Watch, now: int) -> str:
    """Name, siaga and level, which way it goes, and how old the reading is."""
    from smartcity_desk.place.saying import centimetres

    station, reading = watch.station, watch.station.reading
    name = one_line(station.name, 60)
    if station.river:
        name = f"{name} ({one_line(station.river, 40)})"
    lines = [name]
    siaga = tr(f"map.siaga.{watch.siaga}")
    lines.append(tr("map.water.level", siaga=siaga, level=centimetres(reading.level)))
    moved = waterlevel.trend(watch.readings, station.before)
    if moved is not None:
        lines.append(trend_words(moved))
    lines.append(tr("map.water.read", time=formats.near(reading.at, now), age=formats.ago(reading.at, now)))
    if waterlevel.is_stale(reading, now):
        lines.append(tr("map.water.stale"))
    return "\n".join(lines)


def trend_words(moved: waterlevel.Trend) -> str:
    """`naik 21 cm sejak 08.10`: whole centimetres; less than one is steady."""
    by = formats.number(round(abs(moved.by) / 10))
    if abs(moved.by) < 10:
        return tr("layer.water.level")
    rising = moved.by > 0
    if moved.since is None:
        return tr("layer.water.rise_only", by=by) if rising else tr("layer.water.fall_only", by=by)
    since = formats.clock(moved.since)
    if rising:
        return tr("layer.water.rise", by=by, since=since)
    return tr("layer.water.fall", by=by, since=since)


def quantiles(values: list[float]) -> list[int]:
    """Four bounds that part the values into fifths."""
    ordered = sorted(values)
    if not ordered:
        return []
    return [int(ordered[len(ordered) * at // _AREA_LOOKS]) for at in range(1, _AREA_LOOKS)]


def _shapes(features: Features, name: str) -> bytes:
    import shapely

    shapes = features.geometries
    if int(shapely.get_num_coordinates(shapes).sum()) > _THIN_FROM:
        shapes = shapely.simplify(shapes, _THIN, preserve_topology=True)
    return collection(
        [
            (
                shape,
                {"look": _speed_look(properties) if name == SPEED else "", "name": _said(properties, name)},
            )
            for shape, properties in zip(
                shapely.to_geojson(shapes).tolist(), features.properties, strict=True
            )
        ]
    )


def _speed_look(properties: Mapping[str, Any]) -> str:
    value = properties.get("value")
    return f"speed{step(value, _SPEEDS)}" if isinstance(value, int | float) else ""


def _said(properties: Mapping[str, Any], layer: str) -> str:
    """What the pointer is told of a feature: its name, and a few short facts under it."""
    from smartcity_desk.place.layers.content import NAMES, name_of

    name = one_line(name_of(properties), 120)
    value = properties.get("value")
    if layer == SPEED and isinstance(value, int | float):
        return tr("map.speed", name=name, speed=formats.number(round(value)))
    facts = [
        f"{one_line(str(key), 30)}: {one_line(str(value), 60)}"
        for key, value in properties.items()
        if key not in NAMES and key not in _UNSAID and isinstance(value, str | int | float) and value != name
    ]
    return "\n".join(part for part in (name, *facts[:_MOST_SAID]) if part)


_UNSAID: Final = frozenset({"osm", "OBJECTID", "objectid", "FID", "id", "gid", "amenity"})
