"""Kelurahan out of a GeoJSON layer, whatever its author called code and name.

The code is the Kemendagri code (`31.71.01.1001`), with or without dots. Where a layer has several columns of codes the
one that the directory knows best is taken (a BPS code looks the same and means another place); where it has none, the
names decide, because a kelurahan's name is unique within the province.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.place.geojson import Features

CODE_KEYS: Final = (
    *(
        "code",
        "kode",
        "kode_kelurahan",
        "kode_kel",
        "kel_kode",
        "kd_kelurahan",
        "kd_kel",
        "kodekel",
        "id_kel",
    ),
    *(
        "id_kelurahan",
        "kode_desa",
        "kd_desa",
        "kdepum",
        "kode_kemendagri",
        "kode_wilayah",
        "kemendagri",
        "kdcpum",
    ),
    *("kode_desa_kelurahan", "village_code", "kode_bps", "id"),
)
NAME_KEYS: Final = (
    *(
        "name",
        "nama",
        "nama_kelurahan",
        "nama_kel",
        "nm_kelurahan",
        "nm_kel",
        "kelurahan",
        "kel_name",
        "wadmkd",
    ),
    *("namobj", "nama_desa", "desa", "desa_kelurahan", "village", "village_name", "name_4", "kel"),
)
_DOTTED: Final = re.compile(r"(\d{2})\.?(\d{2})\.?(\d{2})\.?(\d{4})(?:\.0)?")
_LETTERS: Final = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One feature of a kelurahan layer. `code` is None when there is none, `name` empty."""

    code: str | None
    name: str
    geometry: Any


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A kelurahan layer. `by_name` says that its codes were found by the names."""

    rows: tuple[Row, ...]
    by_name: bool


def dotted(value: object) -> str | None:
    """A kelurahan's code with its dots, from text or number, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    found = _DOTTED.fullmatch(str(value).strip()[:40])
    return None if found is None else ".".join(found.groups())


def squeezed(name: str) -> str:
    """A name without case, blanks and signs: two spellings that differ only there are one."""
    return _LETTERS.sub("", name.lower())


def known_names(directory: Directory) -> dict[str, str]:
    """Codes of kelurahan by squeezed name and alias; an alias that two could mean is left out."""
    found: dict[str, str] = {}
    offices = [office for office in directory.offices.values() if office.level is OfficeLevel.KELURAHAN]
    for office in offices:
        found[squeezed(office.name)] = office.code
    doubtful: set[str] = set()
    for office in offices:
        for alias in map(squeezed, office.aliases):
            if found.setdefault(alias, office.code) != office.code:
                doubtful.add(alias)
    names = {squeezed(office.name) for office in offices}
    return {name: code for name, code in found.items() if name not in doubtful or name in names}


def rows(features: Features, directory: Directory) -> Rows:
    """The rows of a kelurahan layer."""
    tables = [{key.strip().lower(): value for key, value in one.items()} for one in features.properties]
    known = {office.code for office in directory.offices.values() if office.level is OfficeLevel.KELURAHAN}
    column = max(_code_columns(tables), key=lambda one: sum(code in known for code in one), default=None)
    names = [_name(table) for table in tables]
    by_name = column is None or not any(code in known for code in column)
    if by_name:
        spelled = known_names(directory)
        guessed = [spelled.get(squeezed(name)) for name in names]
        if column is None or any(code is not None for code in guessed):
            column = guessed
        else:
            by_name = False
    assert column is not None
    return Rows(
        tuple(
            Row(code, name, geometry)
            for code, name, geometry in zip(column, names, features.geometries.tolist(), strict=True)
        ),
        by_name,
    )


def _code_columns(tables: list[dict[str, Any]]) -> Iterator[list[str | None]]:
    for key in CODE_KEYS:
        column = [dotted(table.get(key)) for table in tables]
        if any(code is not None for code in column):
            yield column


def _name(table: Mapping[str, Any]) -> str:
    for key in NAME_KEYS:
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()[:120]
    return ""
