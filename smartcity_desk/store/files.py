"""Evidence files of a profile: whole files under their own SHA-256, beside the database and named by nothing else.

What is taken in from a person's disk follows the rule of `domain.filetypes`; what is read back is held to its hash.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.errors import BadData

PLACE: Final = "file"
"""Where `BadData` says it comes from."""
KEPT_MOST: Final = 32 << 20
"""No file of ours is larger, whoever sent it."""
COPIES: Final = ("view", "thumb")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that may be evidence, as it was looked at. `size` in bytes."""

    path: Path
    media_type: str
    size: int


def path_of(folder: Path, sha256: str) -> Path:
    """Where a file lies: below the first two signs of its hash."""
    return folder / sha256[:2] / sha256


def copy_of(folder: Path, sha256: str, which: str) -> Path:
    """Where a copy of our own lies beside a picture: `view` to look at, `thumb` small; a JPEG without metadata."""
    return path_of(folder, sha256).with_name(f"{sha256}.{which}.jpg")


def remove(folder: Path, sha256: str) -> None:
    """Take a file and its copies off the disk; what is not there is fine. Raises OSError."""
    for path in (path_of(folder, sha256), *(copy_of(folder, sha256, which) for which in COPIES)):
        path.unlink(missing_ok=True)


def find(folder: Path, sha256: str) -> Path | None:
    """Where a file lies, or None where it is not here."""
    path = path_of(folder, sha256)
    return path if path.is_file() else None


def read(folder: Path, sha256: str) -> bytes | None:
    """A file whose bytes are those of its hash, or None where it is not here.

    Raises OSError, and BadData (`changed`) when something else lies in its place.
    """
    path = find(folder, sha256)
    if path is None:
        return None
    with path.open("rb") as stream:
        content = stream.read(KEPT_MOST + 1)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BadData(PLACE, "changed")
    return content


def keep(folder: Path, sha256: str, content: bytes) -> Path:
    """Keep a file under its hash, whole and on the disk, or not at all. Raises OSError."""
    path = path_of(folder, sha256)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(path, content)
    return path


def look(path: Path) -> Chosen:
    """What somebody chose, by its first bytes and its size. Blocks.

    Raises OSError, and BadData: `no_file` (a folder, a device), `unsupported_type`, `too_large`.
    """
    with _opened(path) as stream:
        return _looked(path, stream.read(filetypes.START), os.fstat(stream.fileno()).st_size)


def take_in(path: Path, folder: Path) -> str:
    """Copy what somebody chose below `folder` under its own hash and return that. Blocks. Raises as `look` does."""
    with _opened(path) as stream:
        content = stream.read(filetypes.MOST_BYTES + 1)
    _looked(path, content[: filetypes.START], len(content))
    sha256 = hashlib.sha256(content).hexdigest()
    with suppress(BadData):
        if read(folder, sha256) is not None:
            return sha256
    keep(folder, sha256, content)
    return sha256


def copy_out(folder: Path, sha256: str, target: Path) -> None:
    """Copy a file to where a person wants it, if its bytes are those of its hash. Blocks.

    Raises OSError, and BadData: `changed`, `no_file` where it is not here.
    """
    content = read(folder, sha256)
    if content is None:
        raise BadData(PLACE, "no_file")
    replace(target, content)


def replace(path: Path, content: bytes) -> None:
    """Put bytes in place of `path` in one step: a reader, or a power cut, sees all of them or none. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened, and a rename lasts without it
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if not path.is_file():
        path.stat()  # what is not there says so itself
        raise BadData(PLACE, "no_file")
    with path.open("rb") as stream:
        yield stream


def _looked(path: Path, start: bytes, size: int) -> Chosen:
    media_type = filetypes.media_type(start)
    if media_type is None:
        raise BadData(PLACE, "unsupported_type")
    if size > filetypes.MOST_BYTES:
        raise BadData(PLACE, "too_large", most=filetypes.MOST_BYTES >> 20)
    return Chosen(path, media_type, size)
