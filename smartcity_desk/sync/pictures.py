"""Evidence: files fetched by their hash and kept, and claimed completions examined as soon as their pictures are here.

Runs beside the rounds and never holds one up: what cannot be had now is asked for again later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.errors import BadData, DeskError
from smartcity_desk.store import files
from smartcity_desk.sync.notice import Notice

if TYPE_CHECKING:
    from smartcity_desk.evidence.completion import Examiner
    from smartcity_desk.store import Store
    from smartcity_desk.store.pictures import Wanted
    from smartcity_desk.sync.central.client import CentralClient
    from smartcity_desk.sync.puller import OnWriter

FETCHED_AT_ONCE: Final = 20
EXAMINED_AT_ONCE: Final = 20
_log: Final = logging.getLogger(__name__)


class Gallery:
    """The evidence of one profile: `fetch` and `examine` do a little at a time and say whether there is more."""

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
        """Fetch the next files. Whether more waits. Raises DeskError when the server is away."""
        store = self._store
        wanted = await asyncio.to_thread(store.evidence.wanted, FETCHED_AT_ONCE, self._clock())
        arrived: list[str] = []
        for one in wanted:
            try:
                content = await asyncio.to_thread(self._at_hand, one.sha256)
                if content is None:
                    content = await central.get_attachment(one.sha256)
                    await asyncio.to_thread(files.keep, self._folder, one.sha256, content)
                print_ = await asyncio.to_thread(_print, one, content)
            except (DeskError, OSError) as problem:
                if isinstance(problem, DeskError) and problem.offline:
                    self._tell(arrived)
                    raise
                if isinstance(problem, OSError):
                    _log.warning("an evidence file cannot be kept: %s", problem.strerror)
                await writer(store.evidence.missed, one.sha256, one.tries, self._clock())
            else:
                await writer(store.evidence.arrived, one.sha256, print_)
                if not one.compared:
                    arrived.append(one.sha256)
        self._tell(arrived)
        return len(wanted) == FETCHED_AT_ONCE

    def _at_hand(self, sha256: str) -> bytes | None:
        """What was filed at this very desk, or came with another event, is not fetched. Raises OSError."""
        try:
            return files.read(self._folder, sha256)
        except BadData:
            _log.warning("an evidence file is not what its name says and is fetched again")
            return None

    def _tell(self, arrived: list[str]) -> None:
        if arrived:
            self._notify(Notice("files", {"files": list(arrived)}))

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
            await writer(self._store.evidence.set_hints, claim, hints, self._clock())
        self._notify(Notice("hints", {"reports": [claim.report for claim in claims]}))
        return len(claims) == EXAMINED_AT_ONCE

    def _make_examiner(self) -> Examiner:
        from smartcity_desk.evidence.completion import Examiner

        return Examiner(self._store, self._find)

    def _find(self, sha256: str) -> Path | None:
        return files.find(self._folder, sha256)


def _print(one: Wanted, content: bytes) -> bytes | None:
    """The print of a picture that others are compared with; None for anything else."""
    from smartcity_desk.photos import prints
    from smartcity_desk.photos.reading import read

    if not one.compared:
        return None
    try:
        return prints.probe(read(content).pixels).print.to_bytes()
    except BadData:
        return None
