"""Evidence files go to the server before the action that names them, so that it never has one without its evidence."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final, Protocol

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import BadData, Rejected
from smartcity_desk.store import files

_log = logging.getLogger(__name__)

_REFUSALS: Final = {
    "unsupported_type": "unsupported_type",
    "http_415": "unsupported_type",
    "body_too_large": "body_too_large",
    "http_413": "body_too_large",
    "hash_mismatch": "hash_mismatch",
}
"""What is said of a file for good, and the word for it; `http_…` is what a proxy before the server says."""


class Shelf(Protocol):
    """What is needed of the central client."""

    def has_attachment(self, sha256: str) -> bool:
        """Whether this client has stored that file."""

    async def put_attachment(self, content: bytes, media_type: str, sha256: str) -> None:
        """Store a file under its hash."""


class Uploads:
    """The files below `folder`, on their way to the server."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    async def send(self, central: Shelf, action: Action) -> str | None:
        """Store the files that an action names; the code of the refusal if the server wants one of them never.

        A file that is not here does not hold the action up: it was filed at another desk, and the server may have it.
        Raises `DeskError` when the server cannot be asked.
        """
        for sha256 in filetypes.named_in(action.payload):
            if central.has_attachment(sha256):
                continue
            content = await asyncio.to_thread(self._read, sha256)
            if content is None:
                continue
            # What the rule does not take is sent under no name: that no is the server's to say.
            kind = filetypes.media_type(content[: filetypes.START]) or "application/octet-stream"
            try:
                await central.put_attachment(content, kind, sha256)
            except Rejected as refusal:
                if refusal.reason not in _REFUSALS:
                    raise
                return _REFUSALS[refusal.reason]
        return None

    def _read(self, sha256: str) -> bytes | None:
        try:
            return files.read(self._folder, sha256)
        except BadData:
            _log.warning("an evidence file is not what its name says and is not sent")
        except OSError as problem:
            _log.warning("an evidence file cannot be read and is not sent: %s", problem.strerror)
        return None
