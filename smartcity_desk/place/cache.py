"""The grids of a resolver on disk, under the SHA-256 of what they were made from: loading beats making them again.

A file that cannot be read, or was made otherwise, is made again. It is this machine's own and never exchanged.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from smartcity_desk.place.grid import Grid
from smartcity_desk.place.resolver import Prepared, Resolver
from smartcity_desk.place.units import Unit

_log: Final = logging.getLogger(__name__)
VERSION: Final = 2
"""Goes up with every change of what the grids hold or how they are made."""
_SCALARS: Final = {"x": float, "y": float, "cell": float, "wide": int, "high": int}


def resolver(units: Sequence[Unit], edition: str, folder: Path, *, approximate: bool) -> Resolver:
    """A resolver whose grids come from `folder`, or are made and kept there. Never fails because of the folder."""
    path = folder / f"grid-{digest(units, approximate)}.npz"
    prepared = _read(path)
    if prepared is not None:
        with suppress(IndexError, ValueError):
            return Resolver(units, edition, approximate=approximate, prepared=prepared)
    made = Resolver(units, edition, approximate=approximate)
    try:
        _write(path, made.prepared)
    except OSError as problem:
        _log.warning("the grids of an edition cannot be kept: %s", type(problem).__name__)
    return made


def digest(units: Sequence[Unit], approximate: bool) -> str:
    """Names the grids by all that they are made from."""
    said = hashlib.sha256(f"{VERSION} {approximate} {shapely.geos_version_string}".encode())
    for unit in units:
        said.update(unit.code.encode())
        said.update(shapely.to_wkb(unit.geometry))
    return said.hexdigest()[:32]


def _read(path: Path) -> Prepared | None:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return Prepared(_grid(kept, "near"), _grid(kept, "far"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as problem:
        _log.warning("the kept grids cannot be read and are made again: %s", type(problem).__name__)
        return None


def _grid(kept: Any, name: str) -> Grid:
    values: dict[str, Any] = {}
    for field in fields(Grid):
        value = kept[f"{name}_{field.name}"]
        kind: Callable[[Any], Any] | None = _SCALARS.get(field.name)
        values[field.name] = value if kind is None else kind(value)
    return Grid(**values)


def _write(path: Path, prepared: Prepared) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    values: dict[str, Any] = {
        f"{name}_{field.name}": np.asarray(getattr(grid, field.name))
        for name, grid in (("near", prepared.near), ("far", prepared.far))
        for field in fields(Grid)
    }
    handle, name = tempfile.mkstemp(prefix="grid-", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez_compressed(stream, **values)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
