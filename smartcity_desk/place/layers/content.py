"""What a layer is between its reader and its file: shapes with properties, or numbers by kelurahan; bounded, plain.

Texts from outside are kept as texts of bounded length and number. Nothing here trusts them; the map shows them as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.text import CELL_MOST, storable
from smartcity_desk.place import geojson
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers.known import Draw

PLACE: Final = "layer"
"""Where `BadData` says it comes from."""
MOST_FEATURES: Final = 100_000
MOST_POINTS: Final = 1_500_000
MOST_ROWS: Final = 250_000
MOST_BYTES: Final = 48 << 20
MOST_PROPERTIES: Final = 24
MOST_TEXT: Final = 300
MOST_COLUMNS: Final = 200
MOST_CELL: Final = CELL_MOST
"""A cell of a table may hold a shape as text."""
_MOST_KEY: Final = 40
_LARGEST: Final = 1e15
NAMES: Final = ("name", "nama", "NAME", "NAMA", "Name", "Nama", "title", "label")
"""The properties by which a feature may call itself, the likeliest first."""

Plain = str | int | float | bool | None


def bad(key: str, **params: str | float) -> BadData:
    """The refusal of a layer: `BadData("layer", "layer_…")`, with words in the catalogue `errors`."""
    return BadData(PLACE, f"layer_{key}", **params)


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """What a reader found. `rows` instead of `features` where there is no geometry to be had.

    `as_of` is the day (or instant) of the data in ISO 8601, empty where the source does not say. `left_out` counts what
    the reader could not use.
    """

    features: Features | None = None
    rows: tuple[Mapping[str, Plain], ...] = ()
    name: str = ""
    source: str = ""
    as_of: str = ""
    licence: str = ""
    attribution: str = ""
    left_out: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)


def plain_row(found: Iterable[tuple[object, object]]) -> dict[str, Plain]:
    """A row as it is read: every column and whole cells, for what is meant may stand in the last one."""
    return plain_properties(found, most=MOST_COLUMNS, longest=MOST_CELL)


def plain_properties(
    found: Iterable[tuple[object, object]], *, most: int = MOST_PROPERTIES, longest: int = MOST_TEXT
) -> dict[str, Plain]:
    """Properties as they are kept: few, short, and nothing but texts, numbers and switches."""
    kept: dict[str, Plain] = {}
    for key, value in found:
        if len(kept) >= most:
            break
        name = storable(str(key)[:_MOST_KEY]).strip()
        if not name or name in kept:
            continue
        if isinstance(value, str):
            text = storable(value[:longest]).strip()
            if text:
                kept[name] = text
        elif _is_number(value):
            kept[name] = value
    return kept


def _is_number(value: object) -> TypeGuard[bool | int | float]:
    if isinstance(value, bool):
        return True
    return isinstance(value, int | float) and abs(value) < _LARGEST  # which no NaN is, nor an infinity


def name_of(properties: Mapping[str, Any]) -> str:
    """What a feature calls itself, or empty."""
    for key in NAMES:
        value = properties.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


class AreaValue(msgspec.Struct, frozen=True):
    """A number of one kelurahan, by its code."""

    code: str
    value: float


_AREAS: Final = msgspec.json.Decoder(list[AreaValue])


def encode(features: Features) -> bytes:
    """Shapes as the file of an edition: GeoJSON, seven decimals."""
    return geojson.write(features)


def encode_areas(values: Iterable[AreaValue]) -> bytes:
    """Numbers by kelurahan as the file of an edition, by code."""
    return msgspec.json.encode(sorted(values, key=lambda one: one.code))


def decode_areas(data: bytes) -> list[AreaValue]:
    """Read it back. Raises BadData."""
    try:
        return _AREAS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad("damaged") from None


def file_name(draw: Draw) -> str:
    """What the file of an edition is called."""
    return "areas.json" if draw is Draw.AREA else "data.geojson"
