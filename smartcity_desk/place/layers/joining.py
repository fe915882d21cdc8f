"""Rows of a table onto kelurahan: by code where there is one, by name otherwise; numbers added up by area.

Codes are written with and without points, and of a whole hamlet or a village; names are spelled in several ways. A name
that fits no kelurahan, or only a kecamatan, joins nothing: it is counted and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers.content import NAMES, AreaValue, Plain, bad
from smartcity_desk.place.reading import squeezed
from smartcity_desk.place.words import without_street_word

CODE_COLUMNS: Final = ("kode_kelurahan", "kode_kel", "kode_desa", "kode_wilayah", "kode", "code")
NAME_COLUMNS: Final = ("nama_kelurahan", "kelurahan", "nama_kel", "desa", "nama", "name")
VALUE_COLUMNS: Final = (
    "jumlah_penduduk",
    "penduduk",
    "jumlah",
    "total",
    "jml",
    "value",
    "nilai",
    "population",
)
PERIOD_COLUMNS: Final = ("periode_data", "periode", "tahun", "year")
STREET_COLUMNS: Final = ("nama_jalan", "jalan", "street", "koridor", "nama_koridor")
SPEED_COLUMNS: Final = ("kecepatan", "kecepatan_rata_rata", "speed", "value", "nilai")
_TITLES: Final = frozenset(
    {
        *(
            "raya",
            "jend",
            "jendral",
            "jenderal",
            "letjen",
            "letjend",
            "mayjen",
            "mayjend",
            "brigjen",
            "brigjend",
        ),
        *(
            "laksda",
            "laksamana",
            "marsekal",
            "kolonel",
            "kapten",
            "hr",
            "mh",
            "kh",
            "dr",
            "ir",
            "prof",
            "haji",
        ),
    }
)
_WORD: Final = re.compile(r"[a-z0-9]+")
_PEOPLE: Final = re.compile(r"(laki|perempuan|pria|wanita)")
_LETTERS: Final = re.compile(r"[^a-z]+")
_DIGITS: Final = re.compile(r"[^0-9]+")
_CODE_DIGITS: Final = 10
LEAST_JOINED: Final = 0.5
"""A table of which less than this share finds its kelurahan is not one of this city's."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Numbers by kelurahan, the period they are of, and how many rows found no kelurahan or had no number."""

    values: tuple[AreaValue, ...]
    period: str
    rows: int
    unknown: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table say what. Empty ones are looked for by their usual names."""

    code: str = ""
    name: str = ""
    values: tuple[str, ...] = ()
    period: str = ""
    street: str = ""


def folded(name: str) -> str:
    """A name with nothing but its letters: `KRAMAT JATI` and `Kramatjati` are one."""
    return _LETTERS.sub("", name.lower())


def number(value: Plain) -> float | None:
    """A number as tables write it: `1.234`, `1234,5`, `1,234`; None for what is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    text = value.strip().replace("\u00a0", "").replace(" ", "")
    if not re.fullmatch(r"-?[0-9][0-9.,]*", text):
        return None
    if "," in text and "." in text:
        decimal = max(text.rfind(","), text.rfind("."))
        whole = re.sub(r"[.,]", "", text[:decimal])
        text = f"{whole}.{text[decimal + 1 :]}"
    elif re.fullmatch(r"-?[0-9]{1,3}([.,][0-9]{3})+", text):
        text = re.sub(r"[.,]", "", text)
    else:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def join(rows: Sequence[Mapping[str, Plain]], directory: Directory, columns: Columns = Columns()) -> Joined:
    """Add up the numbers of a table by kelurahan, of its newest period only.

    Raises BadData (`layer_columns` when no column fits, `layer_unjoined` when too few rows find their kelurahan).
    """
    if not rows:
        raise bad("empty")
    heads = {key.strip().lower().replace(" ", "_").replace("-", "_"): key for row in rows[:50] for key in row}
    code, name, period = (
        _column(heads, given, usual)
        for given, usual in (
            (columns.code, CODE_COLUMNS),
            (columns.name, NAME_COLUMNS),
            (columns.period, PERIOD_COLUMNS),
        )
    )
    values = [key for key in columns.values if key in heads.values()] or _value_columns(heads)
    if not values or not (code or name):
        raise bad("columns", value=", ".join(list(heads)[:12])[:200])
    newest = max((str(row.get(period) or "") for row in rows), default="") if period else ""
    by_code, by_name = _known(directory)
    sums: dict[str, float] = {}
    counted = unknown = unreadable = 0
    for row in rows:
        if period and str(row.get(period) or "") != newest:
            continue
        counted += 1
        area = _area(row.get(code) if code else None, row.get(name) if name else None, by_code, by_name)
        if area is None:
            unknown += 1
            continue
        found = [one for one in (number(row.get(key)) for key in values) if one is not None]
        if not found:
            unreadable += 1
            continue
        sums[area] = sums.get(area, 0.0) + sum(found)
    if counted == 0 or (counted - unknown) < counted * LEAST_JOINED or not sums:
        raise bad("unjoined", value=unknown, most=counted)
    return Joined(
        tuple(AreaValue(key, sums[key]) for key in sorted(sums)), newest, counted, unknown, unreadable
    )


def _column(heads: Mapping[str, str], given: str, usual: Iterable[str]) -> str:
    if given:
        return given
    return next((heads[one] for one in usual if one in heads), "")


def _value_columns(heads: Mapping[str, str]) -> list[str]:
    for one in VALUE_COLUMNS:
        if one in heads:
            return [heads[one]]
    return [key for head, key in heads.items() if _PEOPLE.search(head) and "kelamin" not in head]


def _known(directory: Directory) -> tuple[Mapping[str, str], Mapping[str, str]]:
    by_code: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for office in directory.offices.values():
        if office.level is OfficeLevel.KELURAHAN:
            by_code[_DIGITS.sub("", office.code)] = office.code
            for name in (*office.aliases, office.name):
                by_name[folded(name)] = office.code
    return by_code, by_name


def _area(code: Plain, name: Plain, by_code: Mapping[str, str], by_name: Mapping[str, str]) -> str | None:
    if code is not None and not isinstance(code, bool):
        text = str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)
        found = by_code.get(_DIGITS.sub("", text)[:_CODE_DIGITS])
        if found is not None:
            return found
    return by_name.get(folded(name)) if isinstance(name, str) else None


# ---------------------------------------------------------------- streets


@dataclass(frozen=True, slots=True)
class Along:
    """Rows of a table of streets as lines: the shapes, what is said of each, and how many rows found no street."""

    shapes: Sequence[Any]
    properties: Sequence[Mapping[str, Plain]]
    unknown: int


def along(rows: Sequence[Mapping[str, Plain]], streets: Features, columns: Columns = Columns()) -> Along:
    """One line a street of the newest period, with the mean of its number (a speed, say) as `value`.

    Raises BadData (`layer_columns`, `layer_unjoined`).
    """
    heads = {key.strip().lower().replace(" ", "_"): key for row in rows[:50] for key in row}
    name = _column(heads, columns.street, STREET_COLUMNS)
    value = _column(heads, columns.values[0] if columns.values else "", SPEED_COLUMNS)
    if not name or not value:
        raise bad("columns", value=", ".join(list(heads)[:12])[:200])
    newest = max((_period(row, heads) for row in rows), default=())
    lines: dict[str, list[Any]] = {}
    for shape, properties in zip(streets.geometries, streets.properties, strict=True):
        said = next((properties[key] for key in NAMES if isinstance(properties.get(key), str)), "")
        if said:
            lines.setdefault(street_key(said), []).append(shape)
    numbers: dict[str, list[float]] = {}
    shown: dict[str, str] = {}
    unknown = 0
    for row in rows:
        street, found = row.get(name), number(row.get(value))
        if _period(row, heads) != newest or not isinstance(street, str) or found is None:
            continue
        key = street_key(street)
        if key not in lines:
            unknown += 1
            continue
        numbers.setdefault(key, []).append(found)
        shown[key] = street
    if not numbers:
        raise bad("unjoined", value=unknown, most=unknown)
    return Along(
        [shapely.union_all(lines[key]) for key in numbers],
        [{"name": shown[key], "value": round(sum(found) / len(found), 1)} for key, found in numbers.items()],
        unknown,
    )


def names_streets(rows: Sequence[Mapping[str, Plain]], columns: Columns = Columns()) -> bool:
    """Whether a table says something of streets by their names."""
    heads = {key.strip().lower().replace(" ", "_"): key for row in rows[:50] for key in row}
    return bool(_column(heads, columns.street, STREET_COLUMNS))


def street_key(name: str) -> str:
    """A street's name without the word for street, titles of those it is named for, and spelling: for comparing.

    `MH Thamrin`, `Jl. M.H. Thamrin` and `Thamrin` are one; `Kramat` and `Kramat Jati` are not.
    """
    plain = without_street_word(name[:120]).lower().replace(".", "")
    words = [word for word in _WORD.findall(plain) if word not in _TITLES]
    return squeezed("".join(words) if words else plain)


def _period(row: Mapping[str, Plain], heads: Mapping[str, str]) -> tuple[float, ...]:
    return tuple(
        number(row.get(heads[one])) or 0.0 for one in ("periode_data", "tahun", "bulan") if one in heads
    )
