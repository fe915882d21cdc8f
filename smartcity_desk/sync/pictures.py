"""Evidence pictures: fetched by their hash, kept as files, and claimed completions examined as soon as theirs are here.

Runs beside the rounds and never holds one up: what cannot be had now is asked for again later.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.errors import BadData, DeskError
from smartcity_desk.sync.notice import Notice

if TYPE_CHECKING:
    from smartcity_desk.evidence.completion import Examiner
    from smartcity_desk.store import Store
    from smartcity_desk.sync.central import CentralClient
    from smartcity_desk.sync.puller import OnWriter

FETCHED_AT_ONCE: Final = 20
EXAMINED_AT_ONCE: Final = 20
_log: Final = logging.getLogger(__name__)


def path_of(folder: Path, sha256: str) -> Path:
    """Where a picture lies: below the first two signs of its hash."""
    return folder / sha256[:2] / sha256


def keep(folder: Path, sha256: str, content: bytes) -> Path:
    """Keep a picture under its hash, whole or not at all. Raises OSError."""
    path = path_of(folder, sha256)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{sha256}.{os.getpid()}.new")
    fresh.write_bytes(content)
    fresh.replace(path)
    return path


class Gallery:
    """The pictures of one profile: `fetch` and `examine` do a little at a time and say whether there is more."""

    def __init__(
        self, store: Store, folder: Path, *, clock: Callable[[], int], notify: Callable[[Notice], None]
    ) -> None:
        self._store: Final = store
        self._folder: Final = folder
        self._clock: Final = clock
        self._notify: Final = notify
        self._examiner: Examiner | None = None

    async def round(self, central: CentralClient, writer: OnWriter) -> bool:
        """Fetch some, then examine some. Whether more waits. Raises DeskError when the server is away."""
        more = await self.fetch(central, writer)
        return await self.examine(writer) or more

    async def fetch(self, central: CentralClient, writer: OnWriter) -> bool:
        """Fetch the next pictures. Whether more waits. Raises DeskError when the server is away."""
        store = self._store
        wanted = await asyncio.to_thread(store.evidence.wanted, FETCHED_AT_ONCE, self._clock())
        for one in wanted:
            try:
                content = await central.get_attachment(one.sha256)
                print_ = await asyncio.to_thread(self._take, one.sha256, content)
            except (DeskError, OSError) as problem:
                if isinstance(problem, DeskError) and problem.offline:
                    raise
                if isinstance(problem, OSError):
                    _log.warning("a picture cannot be kept: %s", problem.strerror)
                await writer(store.picture_missed, one.sha256, one.tries, self._clock())
            else:
                await writer(store.picture_arrived, one.sha256, print_)
        return len(wanted) == FETCHED_AT_ONCE

    def _take(self, sha256: str, content: bytes) -> bytes | None:
        """Keep a picture and return its print, or None for what is no picture that can be read. Raises OSError."""
        from smartcity_desk.photos import prints
        from smartcity_desk.photos.reading import read

        keep(self._folder, sha256, content)
        try:
            return prints.probe(read(content).pixels).print.to_bytes()
        except BadData:
            return None

    async def examine(self, writer: OnWriter) -> bool:
        """Examine the next claims. Whether more waits."""
        claims = await asyncio.to_thread(self._store.evidence.to_examine, EXAMINED_AT_ONCE)
        if not claims:
            return False
        if self._examiner is None:
            self._examiner = await asyncio.to_thread(self._make_examiner)
        examiner = self._examiner
        for claim in claims:
            hints = await asyncio.to_thread(examiner.examine, claim)
            await writer(self._store.set_hints, claim, hints, self._clock())
        self._notify(Notice("hints", {"reports": [claim.report for claim in claims]}))
        return len(claims) == EXAMINED_AT_ONCE

    def _make_examiner(self) -> Examiner:
        from smartcity_desk.evidence.completion import Examiner

        return Examiner(self._store, self._find)

    def _find(self, sha256: str) -> Path | None:
        path = path_of(self._folder, sha256)
        return path if path.is_file() else None
