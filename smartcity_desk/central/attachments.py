"""Files by their SHA-256: bytes on disk outside the database, named by nothing but their hash.

What a file is, is read from its first bytes; a header that says otherwise is a lie and refused. Only pictures and PDF.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import Connection, insert, select

from smartcity_desk.central import log_reader, schema
from smartcity_desk.central.db import Database
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain import filetypes

TYPES: Final = tuple(filetypes.ENDINGS)
_UNSAID: Final = frozenset({"", "application/octet-stream"})


@dataclass(frozen=True, slots=True)
class Received:
    """A body that came in: where it lies, its hash, its size, its first bytes."""

    path: Path
    sha256: str
    size: int
    start: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is kept. `fresh` when it was not there before."""

    media_type: str
    fresh: bool


def path(settings: CentralSettings, sha256: str) -> Path:
    """Where a file lies."""
    return settings.attachments / sha256[:2] / sha256


async def receive(chunks: AsyncIterator[bytes], settings: CentralSettings) -> Received:
    """Write a body to a file of its own beside the others, hashing as it comes. `keep` moves or drops it."""
    file, name = await asyncio.to_thread(_incoming, settings.attachments)
    digest, size, start = hashlib.sha256(), 0, b""
    try:
        async for chunk in chunks:
            if len(start) < filetypes.START:
                start = (start + chunk)[: filetypes.START]
            digest.update(chunk)
            size += len(chunk)
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(_finish, file)
    except BaseException:
        file.close()
        name.unlink(missing_ok=True)
        raise
    return Received(name, digest.hexdigest(), size, start)


def _incoming(folder: Path) -> tuple[BinaryIO, Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="incoming-", dir=folder)
    return os.fdopen(handle, "wb"), Path(name)


def _finish(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


async def keep(
    db: Database,
    settings: CentralSettings,
    received: Received,
    sha256: str,
    declared: str,
    principal: Principal,
    *,
    now: int,
) -> Stored:
    """Put a received file in its place. Raises Problem: 400 `hash_mismatch`, 415 `unsupported_type`."""
    try:
        if received.sha256 != sha256:
            raise Problem(400, "hash_mismatch")
        media_type = filetypes.media_type(received.start)
        if media_type is None or (declared not in _UNSAID and declared != media_type):
            raise Problem(415, "unsupported_type")
        place = path(settings, sha256)
        await asyncio.to_thread(_move, received.path, place)
    finally:
        received.path.unlink(missing_ok=True)

    def work(connection: Connection) -> bool:
        table = schema.attachment
        if connection.execute(select(table.c.sha256).where(table.c.sha256 == sha256)).first() is not None:
            return False
        connection.execute(
            insert(table).values(
                sha256=sha256,
                media_type=media_type,
                size=received.size,
                user=principal.user,
                office=principal.office,
                at=now,
            )
        )
        return True

    return Stored(media_type, await db.write(work))


def _move(source: Path, place: Path) -> None:
    place.parent.mkdir(mode=0o700, exist_ok=True)
    source.replace(place)
    # The action that names the file may be accepted next: it must not outlive the file, nor the file's new folder.
    for folder in (place.parent, place.parent.parent):
        _on_disk(folder)


def _on_disk(folder: Path) -> None:
    """See to it that the names in a folder outlive a power cut."""
    if os.name == "posix":  # elsewhere a folder cannot be opened, and a rename lasts without it
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def find(connection: Connection, sha256: str, principal: Principal) -> str | None:
    """The media type of a file that this account may read, or None."""
    table = schema.attachment
    media_type = connection.execute(select(table.c.media_type).where(table.c.sha256 == sha256)).scalar()
    office = principal.confined_to
    if media_type is None or (
        office is not None and not log_reader.may_see_attachment(connection, sha256, office)
    ):
        return None
    return str(media_type)
