"""Kelurahan, kecamatan and kota as the page draws them: outlines thinned for the eye, and what fills them.

Runs in a reader's thread. Outlines are worked out once an edition; the fill is only a word beside each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.formats import one_line

if TYPE_CHECKING:
    from smartcity_desk.domain.figures import CityFigures
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.place.library import PlaceLibrary

_THIN_DEGREES: Final = 0.00015
"""Some 16 m: nobody can see the difference at the zooms at which whole areas are looked at."""
LEAST_N: Final = 20
"""Below so many closed reports no share is shown (domain paper: data belum cukup)."""
LATE_STEPS: Final = (1, 3, 6, 11, 21)
SHARE_STEPS: Final = (500, 700, 850, 950)
PEOPLE_STEPS: Final = (5_000, 10_000, 15_000, 20_000, 30_000)
LATE: Final = "late"
SHARE: Final = "share"
PEOPLE: Final = "people"


@dataclass(slots=True)
class Areas:
    """The outlines of one edition as GeoJSON texts, by code."""

    edition: str
    approximate: bool
    codes: tuple[str, ...]
    names: tuple[str, ...]
    shapes: tuple[str, ...]
    middles: tuple[tuple[float, float], ...]
    km2: tuple[float, ...]
    kecamatan: tuple[str, ...] = ()
    kota: tuple[str, ...] = ()

    @classmethod
    def of(cls, library: PlaceLibrary) -> Areas:
        """Read and thin the outlines of the edition in force. Blocks: half a second for official ones."""
        import shapely

        units, edition, approximate = library.units(), library.edition, library.approximate
        if not units:
            return cls(edition, approximate, (), (), (), (), ())
        geometries = np.array([unit.geometry for unit in units], dtype=object)
        thin = shapely.coverage_simplify(geometries, _THIN_DEGREES)
        inner = shapely.get_coordinates(shapely.point_on_surface(geometries))
        # A square degree near the equator, in square kilometres: good to a percent, and only shades depend on it.
        km2 = shapely.area(geometries) * 111.32**2 * np.cos(np.radians(inner[:, 1]))
        return cls(
            edition,
            approximate,
            tuple(unit.code for unit in units),
            tuple(unit.name for unit in units),
            tuple(shapely.to_geojson(thin)),
            tuple((float(lat), float(lon)) for lon, lat in inner),
            tuple(float(value) for value in km2),
            _outlines(thin, [unit.kecamatan for unit in units]),
            _outlines(thin, [unit.kota for unit in units]),
        )

    def lines(self, level: str) -> bytes:
        """The borders of a level as GeoJSON."""
        shapes = {"kelurahan": self.shapes, "kecamatan": self.kecamatan, "kota": self.kota}[level]
        return collection([(shape, {"look": ""}) for shape in shapes])

    def filled(self, looks: Mapping[str, tuple[str, str]]) -> bytes:
        """The kelurahan with what fills each: by code, a look and the words that stand beside the pointer."""
        parts = []
        for code, name, shape in zip(self.codes, self.names, self.shapes, strict=True):
            look, words = looks.get(code, ("", ""))
            text = "\n".join(part for part in (one_line(name, 60), words) if part)
            parts.append((shape, {"look": look, "name": text}))
        return collection(parts)

    def labels(self, directory: Directory) -> bytes:
        """Names with a place and a rank: 0 kota, 1 kecamatan, 2 kelurahan."""
        found = [
            [one_line(name, 40), round(lat, 5), round(lon, 5), 2]
            for name, (lat, lon) in zip(self.names, self.middles, strict=True)
        ]
        for rank, digits in ((1, 2), (0, 1)):
            groups: dict[str, list[tuple[float, float]]] = {}
            for code, middle in zip(self.codes, self.middles, strict=True):
                groups.setdefault(".".join(code.split(".")[: digits + 1]), []).append(middle)
            for code, middles in groups.items():
                office = directory.offices.get(code)
                if office is not None:
                    lat, lon = np.mean(np.array(middles), axis=0).tolist()
                    found.append([one_line(office.name, 40), round(lat, 5), round(lon, 5), rank])
        return json.dumps(found).encode()


def _outlines(shapes: Any, groups: Sequence[str]) -> tuple[str, ...]:
    import shapely

    names = np.array(groups)
    found = [shapely.boundary(shapely.coverage_union_all(shapes[names == name])) for name in np.unique(names)]
    return tuple(shapely.to_geojson(found))


def collection(parts: Sequence[tuple[str, Mapping[str, object]]]) -> bytes:
    """A GeoJSON collection of geometries that are JSON already, and properties that are not."""
    features = (
        f'{{"type":"Feature","geometry":{shape},"properties":{json.dumps(properties)}}}'
        for shape, properties in parts
    )
    return ('{"type":"FeatureCollection","features":[' + ",".join(features) + "]}").encode()


def step(value: float, steps: Sequence[int]) -> int:
    """In which of the steps a value falls: 0 below the first."""
    return sum(value >= least for least in steps)


def late_looks(counts: Mapping[str, int]) -> dict[str, tuple[str, str]]:
    """Fill by how many reports of the list are overdue, by kelurahan."""
    return {
        code: (f"late{step(count, LATE_STEPS)}", trn("map.area.late", count))
        for code, count in counts.items()
    }


def share_looks(figures: CityFigures) -> dict[str, tuple[str, str]]:
    """Fill by the share that was on time in the newest window, with n; hatched below the least n."""
    looks = {}
    for code, office in figures.offices.items():
        n, on_time = office.latest.tally.n, office.latest.tally.on_time
        if n < LEAST_N:
            looks[code] = ("few", tr("map.area.few", n=formats.number(n)))
        else:
            share = on_time * 1000 // n
            words = tr("map.area.share", share=formats.number(share // 10), n=formats.number(n))
            looks[code] = (f"share{step(share, SHARE_STEPS)}", words)
    return looks


def people_looks(
    areas: Areas, directory: Directory, known: Mapping[str, float] | None = None
) -> dict[str, tuple[str, str]]:
    """Fill by people a square kilometre: as the unit's own layer knows them, else from the facts that ship."""
    looks = {}
    for code, km2 in zip(areas.codes, areas.km2, strict=True):
        office = directory.offices.get(code)
        people = None if office is None else office.population
        if known is not None:
            people = round(known[code]) if code in known else None
        if people and km2 > 0:
            dense = people / km2
            words = tr("map.area.people", people=formats.number(people), dense=formats.number(round(dense)))
            looks[code] = (f"people{step(dense, PEOPLE_STEPS)}", words)
    return looks


@dataclass(slots=True)
class AreaBook:
    """The areas of the edition in force, read again when another one comes."""

    library: Callable[[], PlaceLibrary]
    _areas: Areas | None = field(default=None, repr=False)

    def areas(self) -> Areas:
        """Blocks when they have to be read."""
        library = self.library()
        kept = self._areas
        if kept is None or kept.edition != library.edition:
            kept = Areas.of(library)
            self._areas = kept
        return kept
