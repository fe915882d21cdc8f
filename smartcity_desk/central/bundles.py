"""The place bundle that a server hands to its desks: one file, opaque to the server, under its own SHA-256.

What is in it is checked by whoever loads it and again by every desk. An edition that is replaced stays on the disk
until the next but one is loaded, so a download that is under way ends well.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain.errors import ConfigProblem

_CURRENT: Final = "current"
_SHA: Final = re.compile(r"[0-9a-f]{64}")
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Bundle:
    """The file in force."""

    path: Path
    sha256: str
    size: int


def current(settings: CentralSettings) -> Bundle | None:
    """The bundle in force, None when none was loaded."""
    try:
        sha256 = (settings.place / _CURRENT).read_text(encoding="ascii").strip()
        if not _SHA.fullmatch(sha256):
            return None
        path = settings.place / f"{sha256}.zip"
        return Bundle(path, sha256, path.stat().st_size)
    except (OSError, UnicodeDecodeError):
        return None


def load(settings: CentralSettings, source: Path) -> Bundle:
    """Copy a checked bundle beside the server's data and put it in force; a running server notices by itself.

    Raises ConfigProblem: `unreadable_file`, `too_large`.
    """
    settings.place.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = current(settings)
    handle, name = tempfile.mkstemp(prefix="incoming-", dir=settings.place)
    part = Path(name)
    try:
        sha256, size = _copied(source, handle, settings.place_bytes)
        path = settings.place / f"{sha256}.zip"
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    pointer = settings.place / f"{_CURRENT}.part"
    pointer.write_text(sha256, encoding="ascii")
    pointer.replace(settings.place / _CURRENT)
    for old in settings.place.glob("*.zip"):
        if old != path and (before is None or old != before.path):
            with suppress(OSError):
                old.unlink()
    return Bundle(path, sha256, size)


def _copied(source: Path, handle: int, most: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as out:
        try:
            with source.open("rb") as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    if size > most:
                        raise ConfigProblem(name="place", reason="too_large", most=most)
                    digest.update(piece)
                    out.write(piece)
        except OSError as problem:
            raise ConfigProblem(name="place", reason="unreadable_file") from problem
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest(), size
