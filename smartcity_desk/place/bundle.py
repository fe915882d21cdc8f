"""A bundle from outside into a folder of our own: every byte counted, every name ours, every checksum held.

Nothing of a foreign archive decides where something is written: only the files that the manifest names are read, under
paths of a closed shape, and unpacking ends at the size that the manifest claims.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final

from smartcity_desk.paths import as_store_problem
from smartcity_desk.place import manifest as manifests
from smartcity_desk.place import tiles
from smartcity_desk.place.manifest import File, Manifest
from smartcity_desk.place.problems import bad

_PIECE: Final = 1 << 20
_ZIP: Final = b"PK\x03\x04"
_MOST_ENTRIES: Final = 1_000
_FIXED: Final = (2020, 1, 1, 0, 0, 0)

Told = Callable[[int, int], None]
"""Progress: how much is done of how much in all. It may raise, which stops what it hears of."""


def is_bundle(path: Path) -> bool:
    """Whether a path is a folder or a zip that has a manifest; a plain GeoJSON file is neither."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(4) == _ZIP
    except OSError:
        return False


def unpack(source: Path, target: Path, told: Told | None = None) -> Manifest:
    """Copy the bundle at `source` (folder or zip) into the empty folder `target` and return its manifest.

    Raises BadData for everything that is wrong with it, StoreProblem when there is no room. What was written by then
    lies in `target`, which the caller owns.
    """
    try:
        with _opened(source) as opened:
            manifest = manifests.decode(opened.whole(manifests.NAME, manifests.MOST_MANIFEST))
            total, done = sum(file.bytes for file in manifest.files), 0
            for file in manifest.files:
                with opened.stream(file.path) as stream:
                    for size in _copied(stream, target / file.path, file):
                        if told is not None:
                            told(done + size, total)
                check_tiles(target, file)
                done += file.bytes
            write_file(target / manifests.NAME, manifests.encode(manifest))
            return manifest
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, zlib.error, lzma.LZMAError):
        raise bad("damaged") from None  # RuntimeError: an encrypted entry, or a method that nobody knows


class _Source(ABC):
    """Files of a bundle by name."""

    def whole(self, name: str, most: int) -> bytes:
        """All of a file that has at most `most` bytes. Raises BadData."""
        with self.stream(name) as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            raise bad("too_large", name=name, most=most)
        return data

    @abstractmethod
    def stream(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file to read. Raises BadData (`missing_file`)."""


class _Folder(_Source):
    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        path = self._root.joinpath(*name.split("/"))
        if path.is_symlink() or not path.is_file() or not path.resolve().is_relative_to(self._root.resolve()):
            raise bad("missing_file", name=name)
        try:
            stream = path.open("rb")
        except OSError:
            raise bad("missing_file", name=name) from None
        with stream:
            yield stream


class _Zip(_Source):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        entries = archive.infolist()
        if len(entries) > _MOST_ENTRIES:
            raise bad("too_many", name=manifests.NAME, most=_MOST_ENTRIES)
        names = [entry.filename for entry in entries]
        # An archive made by packing the folder itself has one folder around everything.
        around = {name.split("/", 1)[0] for name in names}
        self._prefix = f"{next(iter(around))}/" if len(around) == 1 and manifests.NAME not in names else ""

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        try:
            stream = self._archive.open(self._prefix + name)
        except KeyError:
            raise bad("missing_file", name=name) from None
        with stream:
            yield stream


@contextmanager
def _opened(source: Path) -> Iterator[_Source]:
    if source.is_dir():
        yield _Folder(source)
        return
    try:
        archive = zipfile.ZipFile(source)
    except FileNotFoundError:
        raise bad("missing_file", name=source.name) from None
    except OSError:
        raise bad("unreadable", name=source.name) from None
    with archive:
        yield _Zip(archive)


def _copied(stream: IO[bytes], target: Path, file: File) -> Iterator[int]:
    """Copy a file, saying after each piece how much of it is there. Raises BadData, StoreProblem."""
    digest, size = hashlib.sha256(), 0
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("xb") as out:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > file.bytes:
                    raise bad("size", name=file.path)
                digest.update(piece)
                out.write(piece)
                yield size
            out.flush()
            os.fsync(out.fileno())
    except zipfile.BadZipFile:
        raise bad("damaged", name=file.path) from None
    except OSError as problem:
        raise as_store_problem(problem, target) from problem
    if size != file.bytes:
        raise bad("size", name=file.path)
    if digest.hexdigest() != file.sha256:
        raise bad("checksum", name=file.path)


def check_tiles(folder: Path, file: File) -> None:
    """Raises BadData when a tile file can be read neither as MBTiles nor as PMTiles."""
    if file.role is manifests.Role.TILES:
        tiles.look(folder / file.path, file.path)


def write_file(path: Path, data: bytes) -> None:
    """Write a file of our own, down to the disk. Raises StoreProblem."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    except OSError as problem:
        raise as_store_problem(problem, path) from problem


def pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write an edition's folder as one zip, the same bytes for the same content. Raises StoreProblem."""
    part = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in (manifests.NAME, *(file.path for file in manifest.files)):
                entry = zipfile.ZipInfo(name, _FIXED)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                with (folder / name).open("rb") as stream, archive.open(entry, "w", force_zip64=True) as out:
                    shutil.copyfileobj(stream, out, _PIECE)
        with part.open("r+b") as written:
            os.fsync(written.fileno())
        part.replace(target)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise as_store_problem(problem, target) from problem
