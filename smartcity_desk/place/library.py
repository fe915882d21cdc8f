"""The one door to places: the edition in force, its resolver, outlines, layers, streets and tiles.

Cheap to open; everything is read when first asked for, once per edition, from whichever thread asks. Without an
official edition, and when the one in force cannot be read, the cells drawn from centres stand in.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from smartcity_desk.directory import builtin_directory
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.office import Directory
from smartcity_desk.place import cache, geojson, reading, tiles
from smartcity_desk.place.cells import EDITION as APPROXIMATE
from smartcity_desk.place.cells import cells
from smartcity_desk.place.editions import Editions
from smartcity_desk.place.geojson import MOST_BYTES, Features
from smartcity_desk.place.manifest import File, Kind, Manifest, Role
from smartcity_desk.place.names import Finder
from smartcity_desk.place.problems import bad
from smartcity_desk.place.resolver import Resolver
from smartcity_desk.place.streets import Streets
from smartcity_desk.place.tiles import Background
from smartcity_desk.place.units import Unit

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Layer:
    """A map layer of the edition in force. `path` is its GeoJSON file on this machine (`features` reads it)."""

    id: str
    title: Mapping[str, str]
    kind: Kind
    source: str
    licence: str
    as_of: str
    stale_after_days: int | None
    path: Path

    def features(self) -> Features:
        """What is in it. Raises BadData."""
        return geojson.read(_bytes(self.path), name=self.id)


@dataclass(slots=True, eq=False)
class _Opened:
    """One edition and what has been read of it."""

    edition: str
    manifest: Manifest | None
    folder: Path | None
    lock: threading.RLock = field(default_factory=threading.RLock)
    units: tuple[Unit, ...] | None = None
    background: Background | None = None
    resolver: Resolver | None = None
    streets: Streets | None = None
    finder: Finder | None = None


class PlaceLibrary:
    """Places of one profile. `folder` is the profile's `place` folder; `directory` gives the offices."""

    def __init__(self, folder: Path, directory: Callable[[], Directory] | None = None) -> None:
        self.editions = Editions(folder)
        self._folder = folder
        self._directory = directory or _shipped
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._wanted = ""
        self.trouble: DeskError | None = None
        """Why the edition that should be in force is not, or None."""

    def directory(self) -> Directory:
        """The offices that names and codes are taken from."""
        return self._directory()

    @property
    def edition(self) -> str:
        """The edition in force; `perkiraan` for the drawn cells. Follows what another process put in force."""
        return self._current().edition

    @property
    def approximate(self) -> bool:
        """Whether the drawn cells stand in for official boundaries."""
        return self._current().manifest is None

    @property
    def manifest(self) -> Manifest | None:
        """What the edition in force says of itself; None for the drawn cells."""
        return self._current().manifest

    def resolver(self) -> Resolver:
        """Answers where a point lies."""
        opened = self._current()
        with opened.lock:
            if opened.resolver is None:
                opened.resolver = cache.resolver(
                    self._units(opened),
                    opened.edition,
                    self._folder / "cache",
                    approximate=opened.manifest is None,
                )
            return opened.resolver

    def units(self) -> tuple[Unit, ...]:
        """Every kelurahan with its outline, by code."""
        opened = self._current()
        with opened.lock:
            return self._units(opened)

    def layers(self) -> tuple[Layer, ...]:
        """The map layers of the edition in force; none without one."""
        opened = self._current()
        if opened.manifest is None or opened.folder is None:
            return ()
        about, folder = opened.manifest, opened.folder
        return tuple(_layer(about, file, folder) for file in about.of(Role.LAYER))

    def streets(self) -> Streets:
        """The gazetteer of named streets; an empty one when the edition has none."""
        opened = self._current()
        with opened.lock:
            if opened.streets is None:
                opened.streets = self._read_streets(opened)
            return opened.streets

    def finder(self) -> Finder:
        """Finds place names in text, streets included."""
        opened = self._current()
        with opened.lock:
            if opened.finder is None:
                opened.finder = Finder(self._directory(), self.streets(), edition=opened.edition)
            return opened.finder

    def background(self) -> Background | None:
        """What the tile file of the edition in force holds; None without one, and for one that is broken."""
        path = self.tiles()
        if path is None:
            return None
        opened = self._current()
        with opened.lock:
            if opened.background is None:
                try:
                    opened.background = tiles.look(path)
                except DeskError as problem:
                    _log.error("the background of an edition cannot be read: %s", problem)
                    opened.background = Background("", "")
            return opened.background if opened.background.packed else None

    def tiles(self) -> Path | None:
        """The MBTiles or PMTiles file of the edition in force, if it has one."""
        opened = self._current()
        if opened.manifest is None or opened.folder is None:
            return None
        for file in opened.manifest.of(Role.TILES):
            return opened.folder / file.path
        return None

    def _current(self) -> _Opened:
        wanted = self.editions.current() or APPROXIMATE
        with self._lock:
            if self._opened is None or self._wanted != wanted:
                self._opened, self._wanted = self._open(wanted), wanted
            return self._opened

    def _open(self, edition: str) -> _Opened:
        if edition != APPROXIMATE:
            try:
                manifest = self.editions.manifest(edition)
                opened = _Opened(edition, manifest, self.editions.path(edition))
                self._units(opened)
            except DeskError as problem:
                if self.trouble is None:
                    _log.error("the boundaries in force cannot be read: %s", problem)
                self.trouble = problem
            else:
                self.trouble = None
                return opened
        return _Opened(APPROXIMATE, None, None)

    def _units(self, opened: _Opened) -> tuple[Unit, ...]:
        if opened.units is None:
            if opened.manifest is None or opened.folder is None:
                # A server's directory may know offices without their centres; those that ship have them.
                opened.units = cells(self._directory()) or cells(_shipped())
            else:
                opened.units = read_units(opened.manifest, opened.folder, self._directory())
        return opened.units

    def _read_streets(self, opened: _Opened) -> Streets:
        if opened.manifest is not None and opened.folder is not None:
            for file in opened.manifest.of(Role.STREETS):
                try:
                    found = geojson.read(_bytes(opened.folder / file.path), name=file.path)
                    return Streets.of(found, self._units(opened))
                except DeskError as problem:
                    _log.error("the named streets of an edition cannot be read: %s", problem)
        return Streets()


def read_units(manifest: Manifest, folder: Path, directory: Directory) -> tuple[Unit, ...]:
    """The kelurahan of an edition's folder, by code. Raises BadData."""
    (file,) = manifest.of(Role.KELURAHAN)
    found = reading.rows(geojson.read(_bytes(folder / file.path), name=file.path), directory)
    units = {row.code: Unit(row.code, row.name, row.geometry) for row in found.rows if row.code is not None}
    if not units:
        raise bad("no_kelurahan")
    return tuple(units[code] for code in sorted(units))


def _layer(manifest: Manifest, file: File, folder: Path) -> Layer:
    assert file.kind is not None
    return Layer(
        file.id,
        file.title or {"id": file.id, "en": file.id},
        file.kind,
        file.source or manifest.source,
        file.licence or manifest.licence,
        file.as_of or manifest.as_of,
        file.stale_after_days,
        folder / file.path,
    )


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError:
        raise bad("missing_file", name=path.name) from None


def _shipped() -> Directory:
    return builtin_directory(0)
