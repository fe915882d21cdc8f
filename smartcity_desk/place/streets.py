"""Named streets of an edition: which kelurahan a street of that name runs through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely

from smartcity_desk.place import plane
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.reading import NAME_KEYS, squeezed
from smartcity_desk.place.units import Unit
from smartcity_desk.place.words import without_street_word

_LEAST_M: Final = 15.0
"""A street that only touches a kelurahan at a crossing does not run through it."""
_SHORTEST: Final = 4
"""Letters of a name that says something: there is an `A1` in every housing estate."""


@dataclass(frozen=True, slots=True)
class Streets:
    """Codes of kelurahan by a street's squeezed name, the longest stretch first."""

    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.known)

    @classmethod
    def of(cls, features: Features, units: Sequence[Unit]) -> Streets:
        """The streets of a gazetteer layer, laid over the kelurahan."""
        names = [_name(one) for one in features.properties]
        kept = [at for at, name in enumerate(names) if len(name) >= _SHORTEST]
        lines = plane.to_plane(features.geometries[kept])
        outlines = plane.to_plane(np.array([unit.geometry for unit in units], object))
        line, unit = shapely.STRtree(outlines).query(lines, predicate="intersects")
        shapely.prepare(outlines)
        whole = shapely.covers(outlines[unit], lines[line])
        length = shapely.length(lines[line])
        parted = np.flatnonzero(~whole)
        length[parted] = shapely.length(shapely.intersection(lines[line[parted]], outlines[unit[parted]]))
        found: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        for at, number, metres in zip(line.tolist(), unit.tolist(), length.tolist(), strict=True):
            found[names[kept[at]]][units[number].code] += metres
        return cls({name: _runs(through) for name, through in found.items()})


def _runs(through: Mapping[str, float]) -> tuple[str, ...]:
    ordered = sorted(through, key=lambda code: (-through[code], code))
    kept = tuple(code for code in ordered if through[code] >= _LEAST_M)
    return kept or tuple(ordered[:1])


def _name(properties: Mapping[str, Any]) -> str:
    for key in (*NAME_KEYS, "nama_jalan", "street", "jalan"):
        value = properties.get(key)
        if isinstance(value, str) and value.strip():
            return squeezed(without_street_word(value[:120]))
    return ""
