"""What is wrong with a set of boundaries, and what is only worth knowing, before anything is assigned by them.

An error refuses the import; a warning is told. Words for every code are in the catalogue `place`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
import shapely

from smartcity_desk.domain import geo
from smartcity_desk.domain.office import Directory, Office, OfficeLevel
from smartcity_desk.place import plane
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.manifest import Manifest
from smartcity_desk.place.reading import Row, Rows, squeezed
from smartcity_desk.place.tiles import Background

LISTED: Final = 12
"""How many of a sort are named; the number says how many there are."""
_CRUMB_M2: Final = 1.0
"""Smaller overlaps and gaps come from rounding."""
_OVERLAP_SHARE: Final = 0.02
"""Of the smaller kelurahan: with more, a part of it would have two lurah."""
_DISPLACED_M: Final = 3_000.0
_ISLANDS: Final = "31.01."
_AREA_KM2: Final = (600.0, 730.0)
"""Jakarta has 661 km² by its official list."""


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `n` says how many, `items` names the first of them, `params` are for the sentence."""

    level: Level
    code: str
    n: int = 1
    items: tuple[str, ...] = ()
    params: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The result. `facts` are numbers that a person wants to see: counts, areas in km² and m², sizes."""

    edition: str
    findings: tuple[Finding, ...]
    facts: Mapping[str, int | float]

    @property
    def ok(self) -> bool:
        """Whether the edition can be used."""
        return not any(finding.level is Level.ERROR for finding in self.findings)


def check(manifest: Manifest, found: Rows, extra: Mapping[str, Features], directory: Directory) -> Report:
    """Look at everything. `extra` are the other layers by path."""
    findings: list[Finding] = []
    facts: dict[str, int | float] = {}
    rows = found.rows
    _counts(rows, manifest, directory, findings, facts)
    if found.by_name:
        findings.append(Finding(Level.WARNING, "codes_by_name"))
    shapes = np.array([row.geometry for row in rows], object)
    plausible = _axes(shapes, rows, findings)
    _codes(rows, directory, findings)
    if plausible and _valid(shapes, rows, findings):
        flat = plane.to_plane(shapes)
        facts["area_km2"] = round(float(shapely.area(flat).sum()) / 1e6, 2)
        if not _AREA_KM2[0] <= facts["area_km2"] <= _AREA_KM2[1]:
            findings.append(Finding(Level.WARNING, "area", params={"km2": facts["area_km2"]}))
        _overlaps(flat, rows, findings, facts)
        _gaps(flat, findings, facts)
        _displaced(flat, rows, directory, findings)
    for path, layer in extra.items():
        _layer(path, layer, findings, facts)
    for name in ("source", "licence", "as_of"):
        if not getattr(manifest, name):
            findings.append(Finding(Level.WARNING, f"no_{name}"))
    findings.sort(key=lambda finding: finding.level is Level.WARNING)
    return Report(manifest.edition, tuple(findings), facts)


def _several(level: Level, code: str, items: Iterable[str], findings: list[Finding], **params: Any) -> None:
    named = list(items)
    if named:
        findings.append(Finding(level, code, len(named), tuple(named[:LISTED]), params))


def _said(row: Row) -> str:
    return f"{row.code or '—'} {row.name}".strip()


def with_tiles(report: Report, found: Background) -> Report:
    """The report with what was found in the background's file: how many tiles, or why none is drawn."""
    if found.drawn:
        kind = found.type.rpartition("/")[2]
        facts = {f"tiles:{kind}": found.count, "tiles_low": found.low, "tiles_high": found.high}
        return replace(report, facts={**report.facts, **facts})
    finding = Finding(Level.WARNING, "tiles_not_drawn", params={"packed": found.packed})
    return replace(report, findings=(*report.findings, finding))


def _counts(
    rows: Sequence[Row],
    manifest: Manifest,
    directory: Directory,
    findings: list[Finding],
    facts: dict[str, int | float],
) -> None:
    codes = {row.code for row in rows if row.code is not None}
    parents = {code.rpartition(".")[0] for code in codes}
    counted = {
        "kelurahan": len(codes),
        "kecamatan": len(parents),
        "kota": len({code.rpartition(".")[0] for code in parents}),
    }
    levels = Counter(office.level.value for office in directory.offices.values())
    for name, count in counted.items():
        facts[name] = count
        if count != levels[name]:
            findings.append(
                Finding(Level.ERROR, f"count_{name}", params={"here": count, "known": levels[name]})
            )
        claimed = manifest.counts.get(name)
        if claimed is not None and claimed != count:
            findings.append(
                Finding(Level.ERROR, f"claimed_{name}", params={"here": count, "claimed": claimed})
            )


def _axes(shapes: Any, rows: Sequence[Row], findings: list[Finding]) -> bool:
    """Whether the numbers can be degrees, longitude first, around Jakarta."""
    x, y = shapely.get_coordinates(shapes).T
    if np.median(np.abs(x)) > 180 or np.median(np.abs(y)) > 180:
        findings.append(
            Finding(Level.ERROR, "projected", params={"x": round(float(x[0]), 1), "y": round(float(y[0]), 1)})
        )
        return False
    if _mostly_inside(y, x):
        findings.append(Finding(Level.ERROR, "swapped"))
        return False
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        off = ~(
            (bounds[:, 0] >= geo.WEST)
            & (bounds[:, 2] <= geo.EAST)
            & (bounds[:, 1] >= geo.SOUTH)
            & (bounds[:, 3] <= geo.NORTH)
        )
    _several(Level.ERROR, "off_map", (_said(rows[at]) for at in np.flatnonzero(off).tolist()), findings)
    return not off.all()


def _mostly_inside(lon: Any, lat: Any) -> bool:
    inside = (lon >= geo.WEST - 2) & (lon <= geo.EAST + 2) & (lat >= geo.SOUTH - 2) & (lat <= geo.NORTH + 2)
    return bool(inside.mean() > 0.5)


def _codes(rows: Sequence[Row], directory: Directory, findings: list[Finding]) -> None:
    known = {
        office.code: office for office in directory.offices.values() if office.level is OfficeLevel.KELURAHAN
    }
    _several(Level.ERROR, "no_code", (_said(row) for row in rows if row.code is None), findings)
    _several(
        Level.ERROR,
        "unknown",
        (_said(row) for row in rows if row.code is not None and row.code not in known),
        findings,
    )
    times = Counter(row.code for row in rows if row.code is not None)
    _several(Level.ERROR, "double", (code for code, n in sorted(times.items()) if n > 1), findings)
    _several(
        Level.ERROR,
        "missing",
        (f"{code} {office.name}" for code, office in known.items() if code not in times),
        findings,
    )
    _several(
        Level.WARNING,
        "name",
        (
            f"{row.code} {row.name} ≠ {known[row.code].name}"
            for row in rows
            if row.code in known and row.name and not _same(row.name, known[row.code])
        ),
        findings,
    )


def _same(name: str, office: Office) -> bool:
    return squeezed(name) in {squeezed(office.name), *map(squeezed, office.aliases)}


def _valid(shapes: Any, rows: Sequence[Row], findings: list[Finding]) -> bool:
    kinds = shapely.get_type_id(shapes)
    polygon = (kinds == 3) | (kinds == 6)
    _several(
        Level.ERROR, "not_polygon", (_said(rows[at]) for at in np.flatnonzero(~polygon).tolist()), findings
    )
    valid = shapely.is_valid(shapes)
    _several(
        Level.ERROR,
        "invalid",
        (
            f"{_said(rows[at])}: {shapely.is_valid_reason(shapes[at])}"
            for at in np.flatnonzero(~valid).tolist()
        ),
        findings,
    )
    return bool(polygon.all() and valid.all())


def _overlaps(flat: Any, rows: Sequence[Row], findings: list[Finding], facts: dict[str, int | float]) -> None:
    one, other = shapely.STRtree(flat).query(flat, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    shared = shapely.area(shapely.intersection(flat[one], flat[other]))
    smaller = np.minimum(shapely.area(flat[one]), shapely.area(flat[other]))
    facts["overlaps"] = int((shared > _CRUMB_M2).sum())
    facts["overlap_m2"] = round(float(shared[shared > _CRUMB_M2].sum()))
    for level, code, chosen in (
        (Level.ERROR, "overlap_large", shared > _OVERLAP_SHARE * smaller),
        (Level.WARNING, "overlap", (shared > _CRUMB_M2) & (shared <= _OVERLAP_SHARE * smaller)),
    ):
        order = [at for at in np.argsort(-shared) if chosen[at]]
        _several(
            level,
            code,
            (f"{_said(rows[one[at]])} / {_said(rows[other[at]])}: {shared[at]:.0f} m²" for at in order),
            findings,
            m2=round(float(shared[chosen].sum())),
        )


def _gaps(flat: Any, findings: list[Finding], facts: dict[str, int | float]) -> None:
    parts = shapely.get_parts(shapely.union_all(flat))
    rings = np.array([ring for part in parts for ring in part.interiors], object)
    holes = shapely.polygons(rings) if len(rings) else rings
    sizes = shapely.area(holes) if len(rings) else np.empty(0)
    large = np.flatnonzero(sizes > _CRUMB_M2)
    facts["gaps"], facts["gap_m2"] = len(large), round(float(sizes[large].sum()))
    middles = plane.to_degrees(shapely.point_on_surface(holes[large])) if len(large) else []
    named = sorted(zip(sizes[large].tolist(), middles, strict=True), key=lambda one: -one[0])
    _several(
        Level.WARNING,
        "gap",
        (f"{point.y:.5f}, {point.x:.5f}: {size:.0f} m²" for size, point in named),
        findings,
        m2=facts["gap_m2"],
    )


def _displaced(flat: Any, rows: Sequence[Row], directory: Directory, findings: list[Finding]) -> None:
    """Outlines far from where the directory knows the kelurahan: two exchanged codes look like that."""
    far = []
    for row, shape in zip(rows, flat, strict=True):
        office = directory.offices.get(row.code or "")
        if office is None or office.lat is None or office.lon is None or office.code.startswith(_ISLANDS):
            continue
        distance = shapely.distance(shape, plane.to_plane(shapely.Point(office.lon, office.lat)))
        if distance > _DISPLACED_M:
            far.append(f"{_said(row)}: {distance / 1000:.1f} km")
    _several(Level.ERROR, "displaced", far, findings)


def _layer(path: str, layer: Features, findings: list[Finding], facts: dict[str, int | float]) -> None:
    facts[f"layer:{path}"] = len(layer)
    x, y = shapely.get_coordinates(layer.geometries).T
    if _mostly_inside(y, x):
        findings.append(Finding(Level.ERROR, "layer_swapped", params={"path": path}))
    elif not _mostly_inside(x, y):
        findings.append(Finding(Level.ERROR, "layer_off_map", params={"path": path}))
