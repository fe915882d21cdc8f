"""From what a reader found to what becomes an edition: checked, joined where it has no shapes, and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import JAKARTA, from_iso, plausible
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import checking, content, joining
from smartcity_desk.place.layers.content import Brought, bad, name_of, plain_properties, plain_row
from smartcity_desk.place.layers.joining import Columns
from smartcity_desk.place.layers.known import Draw, Known, Reader
from smartcity_desk.place.layers.shelf import New

_SAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a file; empty where the file or the table says it."""

    source: str = ""
    licence: str = ""
    as_of: str = ""
    title: str = ""
    stale_after: int | None = None
    swapped: bool = False
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A layer ready to be kept, and what there is to say of it before that."""

    new: New
    samples: tuple[str, ...]
    notes: Mapping[str, int]
    """How many were left out or mended, by reason: `left_out`, `elsewhere`, `mended`, `undrawable`, `unjoined`."""


def make(
    about: Known,
    brought: Brought,
    directory: Directory,
    *,
    columns: Columns | None = None,
    said: Said | None = None,
    streets: Features | None = None,
    asked: bool = False,
) -> Made:
    """Blocks. `asked`: it came from the layer's own source, whose name and licence then count. Raises BadData."""
    said = said or Said()
    columns = columns or Columns()
    draw = said.draw or about.draw
    if draw is Draw.AREA:
        return _areas(about, brought, directory, columns, said, asked=asked)
    if brought.features is None:
        brought = _along_streets(brought, streets, columns)
    assert brought.features is not None
    features = checking.turned(brought.features) if said.swapped else brought.features
    if about.reader is Reader.FILE and said.draw is None:
        draw = checking.kind_of(features.geometries)
    checked = checking.check(features, draw)
    kept = Features(
        checked.features.geometries,
        [plain_properties(one.items()) for one in checked.features.properties],
    )
    notes = {
        "left_out": brought.left_out,
        "elsewhere": checked.elsewhere,
        "mended": checked.mended,
        "undrawable": checked.undrawable,
        **brought.notes,
    }
    data = content.encode(kept)
    points = int(shapely.get_num_coordinates(kept.geometries).sum())
    samples = [name for name in (name_of(one) for one in kept.properties[:200]) if name]
    return Made(
        _new(about, brought, said, draw, data, len(kept), points, notes, asked=asked),
        tuple(dict.fromkeys(samples))[:_SAMPLES],
        _told(notes),
    )


def _areas(
    about: Known,
    brought: Brought,
    directory: Directory,
    columns: Columns,
    said: Said,
    *,
    asked: bool,
) -> Made:
    rows: Sequence[Mapping[str, Any]] = brought.rows
    if not rows and brought.features is not None:
        rows = [plain_row(one.items()) for one in brought.features.properties]
    joined = joining.join(rows, directory, columns)
    notes = {"left_out": brought.left_out, "unjoined": joined.unknown, "unreadable": joined.unreadable}
    data = content.encode_areas(joined.values)
    samples = [directory.offices[one.code].name for one in joined.values[:_SAMPLES]]
    return Made(
        _new(about, brought, said, Draw.AREA, data, len(joined.values), 0, notes, asked=asked),
        tuple(samples),
        _told(notes),
    )


def _along_streets(brought: Brought, streets: Features | None, columns: Columns) -> Brought:
    """Rows that name a street, as lines along the streets of that name in the boundaries' bundle."""
    from dataclasses import replace

    if streets is None and joining.names_streets(brought.rows, columns):
        raise bad("no_streets")
    if streets is None:
        raise bad("columns", value=", ".join(list(brought.rows[0])[:12])[:200] if brought.rows else "—")
    found = joining.along(brought.rows, streets, columns)
    made = np.empty(len(found.shapes), object)
    made[:] = found.shapes
    return replace(brought, features=Features(made, found.properties), notes={"unjoined": found.unknown})


def _dated(text: str) -> str:
    """A date that a person wrote. Raises ConfigProblem for what is none."""
    if not _date_or_nothing(text):
        raise ConfigProblem(name="as_of", reason="bad_layer_date", value=text[:40])
    return text


def _date_or_nothing(text: str) -> str:
    try:
        plausible(from_iso(text, naive_zone=JAKARTA))
    except (ValueError, OverflowError):
        return ""
    return text


def _told(notes: Mapping[str, int]) -> dict[str, int]:
    return {key: n for key, n in notes.items() if n}


def _new(
    about: Known,
    brought: Brought,
    said: Said,
    draw: Draw,
    data: bytes,
    count: int,
    points: int,
    notes: Mapping[str, int],
    *,
    asked: bool,
) -> New:
    return New(
        draw=draw,
        data=data,
        count=count,
        points=points,
        source=said.source or brought.source or (about.source if asked else ""),
        licence=said.licence or brought.licence or (about.licence if asked else ""),
        attribution=brought.attribution,
        as_of=_dated(said.as_of) if said.as_of else _date_or_nothing(brought.as_of),
        stale_after=said.stale_after or about.stale_after,
        title=said.title,
        left_out=sum(n for key, n in notes.items() if key != "mended"),
    )
