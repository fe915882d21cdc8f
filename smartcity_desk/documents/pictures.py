"""Pictures and files of a dossier: read one by one, held against their hashes, pictures made small for print.

A picture is printed from a copy without any metadata (no place, no telephone, no owner), and only when its bytes are
those whose hash is on record. Memory stays bounded whatever the number and size: a few workers, one picture each.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, repeat
from pathlib import Path
from typing import Final

from smartcity_desk.documents.embedding import stand_in
from smartcity_desk.documents.model import Attachment, Content, Photo

WORKERS: Final = 4
Small = Callable[[bytes], tuple[bytes, int, int]]
"""Makes a picture small for print, in a process of its own where its bytes are a stranger's: a JPEG and its size.

Raises OSError where it cannot work, and anything else for what is no picture."""


class Found(StrEnum):
    """What became of a picture or a file."""

    READY = "ready"
    MISSING = "missing"  # its bytes are not at hand
    CHANGED = "changed"  # they are not the ones on record
    UNREADABLE = "unreadable"  # they are no picture, or too large a one


@dataclass(frozen=True, slots=True)
class Printed:
    """A picture as it goes on paper. `file` stands in for it beside the templates; `sha256` is of the printed copy."""

    found: Found
    file: str = ""
    sha256: str = ""
    width: int = 0
    height: int = 0


def prepare(photos: Iterable[Photo], folder: Path, small: Small) -> dict[str, Printed]:
    """Printable copies of pictures in `folder`, by the hash of the original. Their contents are read in threads."""
    unique = {photo.sha256: photo for photo in photos}
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1), "paper-picture") as workers:
        made = workers.map(_print_copy, count(), unique.values(), repeat(folder), repeat(small))
        return dict(zip(unique, made, strict=True))


def check(attachment: Attachment, target: Path | None = None) -> Found:
    """Hold a file against its hash; with `target`, write it there when it is the one on record."""
    if attachment.content is None:
        return Found.MISSING
    try:
        content = _bytes_of(attachment.content)
    except OSError:
        return Found.MISSING
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        return Found.CHANGED
    if target is not None:
        target.write_bytes(content)
    return Found.READY


def _bytes_of(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.read_bytes() if isinstance(content, Path) else content()


def _print_copy(number: int, photo: Photo, folder: Path, small: Small) -> Printed:
    if photo.content is None:
        return Printed(Found.MISSING)
    try:
        original = _bytes_of(photo.content)
    except OSError:
        return Printed(Found.MISSING)
    if hashlib.sha256(original).hexdigest() != photo.sha256:
        return Printed(Found.CHANGED)
    try:
        jpeg, width, height = small(original)
    except OSError:
        raise  # no paper may say of a picture what is wrong with this machine
    except Exception:  # noqa: BLE001 - bytes from outside break decoders in every way there is
        return Printed(Found.UNREADABLE)
    name, sha256 = f"photo-{number}", hashlib.sha256(jpeg).hexdigest()
    (folder / f"{name}.pdf").write_bytes(stand_in(sha256, width, height))
    (folder / f"{name}.jpg").write_bytes(jpeg)
    return Printed(Found.READY, f"{name}.pdf", sha256, width, height)


def files(printed: Iterable[Printed], folder: Path) -> dict[str, Path]:
    """Where the printed copies lie, by their own hashes: what stands in for them on paper."""
    return {
        one.sha256: (folder / one.file).with_suffix(".jpg") for one in printed if one.found is Found.READY
    }
