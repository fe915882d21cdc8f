"""GeoJSON from anybody's hand: bounded, checked, and as shapely geometries with their properties.

Everything is refused with `BadData` (`problems`). Text stays as it came; whoever shows it makes it harmless.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from smartcity_desk.place.problems import bad

MOST_BYTES: Final = 96 << 20
MOST_FEATURES: Final = 250_000
MOST_POINTS: Final = 4_000_000
_PIECE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_KNOWN_CRS: Final = ("CRS84", "CRS:84", "EPSG:4326", "EPSG::4326", "OGC:1.3:CRS84")


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Geometries (degrees, longitude first, two dimensions) and their properties, side by side."""

    geometries: NDArray[Any]
    properties: Sequence[Mapping[str, Any]]
    left_out: int = 0
    """Features of the source that had no shape, or one that could not be read."""

    def __len__(self) -> int:
        return len(self.geometries)


class _Feature(msgspec.Struct):
    geometry: msgspec.Raw = msgspec.Raw(b"null")
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    type: str = ""
    features: list[_Feature] | None = None
    crs: Any = None


_DECODER: Final = msgspec.json.Decoder(_Collection)


def unpacked(data: bytes, most: int = MOST_BYTES) -> bytes:
    """The bytes themselves, or what a gzip file holds, if that is at most `most`. Raises BadData."""
    if not data.startswith(_GZIP):
        if len(data) > most:
            raise bad("too_large", most=most)
        return data
    unpacker, pieces, size, rest = zlib.decompressobj(wbits=31), [], 0, data
    try:
        while rest and not unpacker.eof:
            piece = unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
            size += len(piece)
            if size > most:
                raise bad("too_large", most=most)
            pieces.append(piece)
    except zlib.error:
        raise bad("damaged") from None
    if not unpacker.eof:
        raise bad("damaged")
    return b"".join(pieces)


def read(data: bytes, *, name: str, most_broken: float = 0.0) -> Features:
    """The features of a GeoJSON collection; those without a geometry are left out. Raises BadData; `name` says where.

    Geometries that cannot be read are left out too while they are at most the share `most_broken`. A coordinate system
    other than WGS 84 is refused when the file names it; `check` looks at the numbers.
    """
    try:
        found = _DECODER.decode(unpacked(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad("json", name=name) from None
    if found.type != "FeatureCollection" or not found.features:
        raise bad("no_features", name=name)
    if len(found.features) > MOST_FEATURES:
        raise bad("too_many", name=name, most=MOST_FEATURES)
    _check_crs(found.crs, name)
    drawn = [
        (bytes(feature.geometry), feature.properties or {})
        for feature in found.features
        if bytes(feature.geometry).strip() != b"null"
    ]
    if not drawn:
        raise bad("no_features", name=name)
    try:
        with np.errstate(all="ignore"):  # a number that is too large leaves its shape out, and warns
            shapes = shapely.force_2d(shapely.from_geojson([text for text, _ in drawn], on_invalid="ignore"))
    except (shapely.errors.GEOSException, ValueError, TypeError):
        raise bad("geometry", name=name) from None
    if np.count_nonzero(shapely.is_missing(shapes)) > most_broken * len(drawn):
        raise bad("geometry", name=name)
    if int(shapely.get_num_coordinates(shapes).sum()) > MOST_POINTS:
        raise bad("too_many", name=name, most=MOST_POINTS)
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise bad("coordinates", name=name)
    full = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not full.any():
        raise bad("no_features", name=name)
    properties = [one for (_, one), kept in zip(drawn, full.tolist(), strict=True) if kept]
    return Features(shapes[full], properties, len(found.features) - len(properties))


def _check_crs(crs: Any, name: str) -> None:
    if crs is None:
        return
    inside = crs.get("properties") if isinstance(crs, dict) else None
    said = str(inside.get("name", "") if isinstance(inside, dict) else crs)[:120]
    if not said.upper().endswith(_KNOWN_CRS):
        raise bad("crs", name=name, value=said)


def write(features: Features) -> bytes:
    """A GeoJSON collection of the same features, seven decimals (a centimetre), one line."""
    shapes = shapely.to_geojson(features.geometries)
    return msgspec.json.encode(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": dict(properties), "geometry": msgspec.Raw(shape.encode())}
                for shape, properties in zip(shapes.tolist(), features.properties, strict=True)
            ],
        }
    )
