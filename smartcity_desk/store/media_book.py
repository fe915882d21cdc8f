"""The store's own door to the files of reports: what `store.media` may be asked and told.

Reading methods are for a reader's thread, the others for the one writer's, like the store's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from smartcity_desk.store import media
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.media import Had, MediaState, Shown, Totals, Wanted

Opened = Callable[[], AbstractContextManager[Raw]]


class MediaBook:
    """Reads and writes through the connections of one store; each writing method is one transaction."""

    def __init__(self, read: Opened, write: Opened) -> None:
        self._read: Final = read
        self._write: Final = write

    # ---------------------------------------------------------------- reading

    def wanted(self, limit: int, now: int) -> list[Wanted]:
        """The files to have now."""
        with self._read() as raw:
            return media.wanted(raw, limit, now=now)

    def of_report(self, report_pk: int) -> list[Shown]:
        """The files of a report and of its replies."""
        with self._read() as raw:
            return media.of_report(raw, report_pk)

    def totals(self, since: int) -> Totals:
        """How it stands with all of them, and with what came since an instant (ms UTC)."""
        with self._read() as raw:
            return media.totals(raw, since=since)

    def to_remove(self, limit: int) -> list[str]:
        """Hashes of files whose bytes may go."""
        with self._read() as raw:
            return media.to_remove(raw, limit)

    def unnamed(self, hashes: Sequence[str]) -> list[str]:
        """Those of these hashes that no row names."""
        with self._read() as raw:
            known = media.named(raw, hashes)
        return [one for one in hashes if one not in known]

    # ---------------------------------------------------------------- writing

    def have(self, pk: int, file: Had, now: int) -> bool:
        """A file lies in the folder. False when nobody wants it any more."""
        with self._write() as raw:
            return media.have(raw, pk, file, now=now)

    def end(self, pk: int, state: MediaState, reason: str, now: int) -> None:
        """A file is refused or gone."""
        with self._write() as raw:
            media.end(raw, pk, state, reason, now=now)

    def missed(self, pk: int, tries: int, reason: str, now: int, wait: int = 0) -> None:
        """A file could not be had now."""
        with self._write() as raw:
            media.missed(raw, pk, tries, reason, now=now, wait=wait)

    def postpone(self, pks: Sequence[int], until: int) -> None:
        """These are not asked for before an instant."""
        with self._write() as raw:
            media.postpone(raw, pks, until=until)

    def retry(self, now: int, report_pks: Sequence[int] | None = None) -> int:
        """Want again what could not be had. Returns how many files."""
        with self._write() as raw:
            return media.retry(raw, report_pks, now=now)

    def erase(self, report_pks: Sequence[int], now: int) -> int:
        """Forget the files of these reports. Returns how many."""
        with self._write() as raw:
            return media.erase(raw, report_pks, now=now)

    def removed(self, hashes: Sequence[str]) -> None:
        """The bytes of these files are gone."""
        with self._write() as raw:
            media.removed(raw, hashes)
