"""The editions that a profile holds, and which of them is in force.

`editions/<name>/` is a bundle's folder, never changed once it is there. `current` names the one in force and is
replaced whole, so a killed process leaves either the old one or the new one. What an interrupted import left lies in
`incoming/` and is cleared by the next.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from smartcity_desk.domain.errors import BadData, DeskError
from smartcity_desk.locks import InstanceLock
from smartcity_desk.paths import as_store_problem
from smartcity_desk.place import manifest as manifests
from smartcity_desk.place.bundle import write_file
from smartcity_desk.place.manifest import Manifest, check_edition
from smartcity_desk.place.problems import bad

_CURRENT: Final = "current"
_FETCHED: Final = "fetched"
_TAG: Final = re.compile(r'"[0-9a-f]{64}"')
_MOST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition on this machine. `manifest` is None when its folder can no longer be read."""

    name: str
    manifest: Manifest | None
    current: bool


class Editions:
    """The folder of a profile's editions. Nothing is created before something is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"
        self._editions = folder / "editions"

    def path(self, edition: str) -> Path:
        """Where an edition lies, there or not."""
        return self._editions / edition

    def current(self) -> str | None:
        """The name of the edition in force, None when there is none."""
        try:
            with (self.folder / _CURRENT).open(encoding="ascii") as stream:
                name = stream.read(_MOST_NAME).strip()
            return check_edition(name)
        except (OSError, UnicodeDecodeError, BadData):
            return None

    def names(self) -> tuple[str, ...]:
        """The names of all editions, by name."""
        try:
            found = [entry.name for entry in os.scandir(self._editions) if entry.is_dir()]
        except OSError:
            return ()
        return tuple(sorted(found))

    def all(self) -> tuple[Edition, ...]:
        """All editions with what they say of themselves."""
        current = self.current()
        found = []
        for name in self.names():
            manifest = None
            with suppress(DeskError):
                manifest = self.manifest(name)
            found.append(Edition(name, manifest, name == current))
        return tuple(found)

    def manifest(self, edition: str) -> Manifest:
        """What an edition says of itself. Raises BadData (`no_edition`, or what is wrong with its manifest)."""
        try:
            with (self.path(check_edition(edition)) / manifests.NAME).open("rb") as stream:
                data = stream.read(manifests.MOST_MANIFEST + 1)
        except OSError:
            raise bad("no_edition", value=edition) from None
        return manifests.decode(data)

    def use(self, edition: str | None) -> None:
        """Put an edition in force; None goes back to the drawn cells. Raises BadData (`no_edition`), StoreProblem."""
        pointer = self.folder / _CURRENT
        try:
            if edition is None:
                pointer.unlink(missing_ok=True)
                return
            self.manifest(edition)
            part = pointer.with_name(f"{_CURRENT}.{os.getpid()}.part")
            write_file(part, edition.encode("ascii"))
            part.replace(pointer)
            _sync_folder(self.folder)
        except OSError as problem:
            raise as_store_problem(problem, pointer) from problem

    def fetched_tag(self) -> str | None:
        """The tag of the bundle that last came from the central server and was taken in."""
        try:
            tag = (self.folder / _FETCHED).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return tag if _TAG.fullmatch(tag) else None

    def keep_fetched_tag(self, tag: str) -> None:
        """Remember it. Raises StoreProblem."""
        write_file(self.folder / _FETCHED, tag.encode("ascii"))

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """An empty folder to put an edition together in; gone afterwards unless `install` took it.

        One at a time: raises StoreProblem (`second_instance`) while another process imports.
        """
        try:
            self.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise as_store_problem(problem, self.incoming) from problem
        with InstanceLock(self.folder / "import.lock"):
            for left in self.incoming.iterdir():
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=self.incoming))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def install(self, staged: Path, manifest: Manifest) -> bool:
        """Move a checked folder to its place. False when the same edition was there already.

        Raises BadData (`edition_taken`) when another content has that name: reports remember editions by name.
        """
        target = self.path(check_edition(manifest.edition))
        try:
            if target.exists():
                if _content(self.manifest(manifest.edition)) != _content(manifest):
                    raise bad("edition_taken", value=manifest.edition)
                return False
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            staged.replace(target)
            _sync_folder(target.parent)
        except OSError as problem:
            raise as_store_problem(problem, target) from problem
        return True


def _content(manifest: Manifest) -> set[tuple[str, str]]:
    return {(file.path, file.sha256) for file in manifest.files}


def _sync_folder(folder: Path) -> None:
    """Write a folder's own entries down to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
