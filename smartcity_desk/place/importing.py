"""Boundaries and layers from files into a profile: gathered, checked, kept, put in force. All of it or nothing.

A bundle and a plain GeoJSON file take the same way. The file is wrapped into a bundle that names its edition by its
content; layers and streets that are added to an edition make a new one.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import shapely

from smartcity_desk.domain.office import Directory
from smartcity_desk.paths import as_store_problem
from smartcity_desk.place import bundle, cache, checking, geojson, reading, tiles
from smartcity_desk.place import manifest as manifests
from smartcity_desk.place.checking import Report
from smartcity_desk.place.editions import Editions
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.library import read_units
from smartcity_desk.place.manifest import File, Kind, Manifest, Role
from smartcity_desk.place.problems import bad

_KELURAHAN: Final = "kelurahan.geojson"
_STREETS: Final = "streets.geojson"
_KINDS: Final = {0: Kind.POINT, 4: Kind.POINT, 1: Kind.LINE, 2: Kind.LINE, 5: Kind.LINE}
_ADDED: Final = re.compile(r"\.[0-9a-f]{8}$")
_SLUG: Final = re.compile(r"[^a-z0-9_-]+")


_STEPS: Final = 1_000
"""What the whole of an import is for whoever is told of it; copying, reading and checking each have a part of it."""
_COPIED, _ADDED_TO, _READ, _CHECKED = 300, 400, 600, 850


@dataclass(frozen=True, slots=True)
class About:
    """What a plain file cannot say of itself; empty where nobody said it. `as_of` is a date."""

    source: str = ""
    licence: str = ""
    as_of: str = ""
    title: str = ""
    edition: str = ""
    stale_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to bring in. `base` is a bundle or a GeoJSON file of kelurahan; None adds to the edition in force."""

    base: Path | None = None
    layers: Sequence[Path] = ()
    streets: Path | None = None
    tiles: Path | None = None
    about: About = field(default_factory=About)


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of it. `fresh` is False when this very edition was there already."""

    manifest: Manifest
    report: Report
    fresh: bool = False


def bring(
    editions: Editions, wanted: Wanted, directory: Directory, *, told: bundle.Told | None = None
) -> Brought:
    """Check and take in an edition, and put it in force when the check finds no error.

    Raises BadData for what cannot be read at all, StoreProblem when there is no room or another import runs. `told`
    hears of the progress and may raise to stop it; nothing has changed then.
    """
    told = told or _nobody
    with editions.staging() as staged:
        manifest, report, units_ok = _gather(editions, wanted, directory, staged, told)
        if not report.ok or not units_ok:
            return Brought(manifest, report)
        told(_CHECKED, _STEPS)
        # Ready before it is in force: the first report after the switch need not wait for the grids.
        cache.resolver(
            read_units(manifest, staged, directory),
            manifest.edition,
            editions.folder / "cache",
            approximate=False,
        )
        told(_STEPS, _STEPS)
        fresh = editions.install(staged, manifest)
        editions.use(manifest.edition)
        return Brought(manifest, report, fresh)


def look(
    editions: Editions, wanted: Wanted, directory: Directory, *, told: bundle.Told | None = None
) -> Brought:
    """The same check without taking anything in. Raises as `bring` does."""
    with _aside() as staged:
        manifest, report, _ = _gather(editions, wanted, directory, staged, told or _nobody)
        return Brought(manifest, report)


def assemble(
    editions: Editions, wanted: Wanted, directory: Directory, target: Path, *, told: bundle.Told | None = None
) -> Brought:
    """Write what was gathered as a bundle's zip, if the check finds no error. Raises as `bring` does."""
    with _aside() as staged:
        manifest, report, _ = _gather(editions, wanted, directory, staged, told or _nobody)
        if report.ok:
            bundle.pack(staged, manifest, target)
        return Brought(manifest, report, fresh=report.ok)


@contextmanager
def _aside() -> Iterator[Path]:
    opened: AbstractContextManager[str] = tempfile.TemporaryDirectory(prefix="place-")
    with opened as folder:
        yield Path(folder)


def _nobody(_done: int, _total: int) -> None:
    """Nobody wants to hear of the progress."""


def _gather(
    editions: Editions, wanted: Wanted, directory: Directory, staged: Path, told: bundle.Told
) -> tuple[Manifest, Report, bool]:
    base = wanted.base
    if base is None:
        current = editions.current()
        if current is None:
            raise bad("no_base")
        base = editions.path(current)
    whole = bundle.is_bundle(base)
    told(0, _STEPS)

    def copied(done: int, total: int) -> None:
        told(_COPIED * done // max(1, total), _STEPS)

    manifest = bundle.unpack(base, staged, copied) if whole else _wrapped(base, staged, wanted.about)
    told(_COPIED, _STEPS)
    manifest = _with_extras(manifest, wanted, staged)
    told(_ADDED_TO, _STEPS)
    (file,) = manifest.of(Role.KELURAHAN)
    known_as = file.path if whole else base.name
    rows = reading.rows(geojson.read((staged / file.path).read_bytes(), name=known_as), directory)
    if not manifest.counts:
        manifest = msgspec.structs.replace(manifest, counts=_counts(rows))
    manifests.check(manifest)
    bundle.write_file(staged / manifests.NAME, manifests.encode(manifest))
    told(_READ, _STEPS)
    report = checking.check(manifest, rows, _extras(manifest, staged), directory)
    for file in manifest.of(Role.TILES):
        report = checking.with_tiles(report, tiles.look(staged / file.path, file.path))
    return manifest, report, any(row.code is not None for row in rows.rows)


def _counts(rows: reading.Rows) -> dict[str, int]:
    codes = {row.code for row in rows.rows if row.code is not None}
    parents = {code.rpartition(".")[0] for code in codes}
    return {
        "kelurahan": len(codes),
        "kecamatan": len(parents),
        "kota": len({code.rpartition(".")[0] for code in parents}),
    }


def _extras(manifest: Manifest, staged: Path) -> Mapping[str, Features]:
    return {
        file.path: geojson.read((staged / file.path).read_bytes(), name=file.path)
        for file in manifest.files
        if file.role in (Role.LAYER, Role.STREETS)
    }


def _wrapped(source: Path, staged: Path, about: About) -> Manifest:
    """A bundle's manifest around a plain file of kelurahan."""
    file = _taken(source, staged, _KELURAHAN, Role.KELURAHAN)
    title = about.title or source.name.split(".")[0].replace("_", " ")[:80]
    edition = about.edition or f"{_slug(source)}-{file.sha256[:12]}"
    return Manifest(
        format=manifests.FORMAT,
        version=manifests.VERSION,
        edition=edition,
        title={"id": title, "en": title},
        source=about.source,
        licence=about.licence,
        as_of=about.as_of,
        crs=manifests.CRS,
        counts={},
        files=(file,),
    )


def _with_extras(manifest: Manifest, wanted: Wanted, staged: Path) -> Manifest:
    added = [_layer(path, staged, wanted.about) for path in wanted.layers]
    if wanted.streets is not None:
        added.append(_said(_taken(wanted.streets, staged, _STREETS, Role.STREETS), wanted.about))
    if wanted.tiles is not None:
        added.append(_tiles(wanted.tiles, staged, wanted.about))
    if not added:
        return manifest
    roles = {file.role for file in added} - {Role.LAYER}
    ids = {file.id for file in added if file.id}
    kept = [file for file in manifest.files if file.role not in roles and file.id not in ids - {""}]
    files = (*kept, *added)
    digest = hashlib.sha256("".join(sorted(file.path + file.sha256 for file in files)).encode()).hexdigest()
    edition = wanted.about.edition or f"{_ADDED.sub('', manifest.edition)[:50]}.{digest[:8]}"
    return msgspec.structs.replace(manifest, edition=edition, files=files)


def _layer(source: Path, staged: Path, about: About) -> File:
    name = _slug(source)
    file = _taken(source, staged, f"layers/{name}.geojson", Role.LAYER)
    found = geojson.read((staged / file.path).read_bytes(), name=source.name)
    kinds = {_KINDS.get(kind, Kind.POLYGON) for kind in shapely.get_type_id(found.geometries).tolist()}
    kind = next((kind for kind in (Kind.POLYGON, Kind.LINE, Kind.POINT) if kind in kinds), Kind.POINT)
    title = name.replace("_", " ").replace("-", " ").capitalize()
    layer = msgspec.structs.replace(
        file, id=name, title={"id": title, "en": title}, kind=kind, stale_after_days=about.stale_after_days
    )
    return _said(layer, about)


def _said(file: File, about: About) -> File:
    return msgspec.structs.replace(file, source=about.source, licence=about.licence, as_of=about.as_of)


def _taken(source: Path, staged: Path, name: str, role: Role) -> File:
    """A plain file, unpacked if it is gzip, into the folder. Raises BadData, StoreProblem."""
    data = geojson.unpacked(_read(source, geojson.MOST_BYTES))
    if not data:
        raise bad("no_features", name=source.name)
    target = staged / name
    if target.exists():
        target.unlink()
    bundle.write_file(target, data)
    return File(path=name, role=role, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))


def _tiles(source: Path, staged: Path, about: About) -> File:
    ending = ".pmtiles" if source.suffix.lower() == ".pmtiles" else ".mbtiles"
    digest, size = hashlib.sha256(), 0
    target = staged / f"tiles{ending}"
    try:
        with source.open("rb") as stream, target.open("wb") as out:
            while piece := stream.read(1 << 20):
                size += len(piece)
                if size > manifests.MOST_TILES:
                    raise bad("too_large", name=source.name, most=manifests.MOST_TILES)
                digest.update(piece)
                out.write(piece)
    except FileNotFoundError:
        raise bad("missing_file", name=source.name) from None
    except OSError as problem:
        raise as_store_problem(problem, target) from problem
    file = File(path=target.name, role=Role.TILES, sha256=digest.hexdigest(), bytes=size)
    bundle.check_tiles(staged, file)
    return _said(file, about)


def _read(source: Path, most: int) -> bytes:
    try:
        with source.open("rb") as stream:
            data = stream.read(most + 1)
    except FileNotFoundError:
        raise bad("missing_file", name=source.name) from None
    except OSError:
        raise bad("unreadable", name=source.name) from None
    if len(data) > most:
        raise bad("too_large", name=source.name, most=most)
    return data


def _slug(source: Path) -> str:
    return _SLUG.sub("_", source.name.split(".")[0].lower()).strip("_-")[:32] or "layer"
