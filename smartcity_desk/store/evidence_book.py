"""What the local file knows of evidence files, and what became of them. Made by `Store.evidence`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from smartcity_desk.store import pictures
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.pictures import Awaited, Claim, Kept, StoredHint, Wanted


class EvidenceBook:
    """Files that claims, answers and objections name. The last four write."""

    def __init__(
        self,
        read: Callable[[], AbstractContextManager[Raw]],
        write: Callable[[], AbstractContextManager[Raw]],
    ) -> None:
        self._read: Final = read
        self._write: Final = write

    def wanted(self, limit: int, now: int) -> list[Wanted]:
        """The files to fetch now."""
        with self._read() as raw:
            return pictures.wanted(raw, limit, now=now)

    def awaited(self, hashes: Sequence[str]) -> dict[str, Awaited]:
        """Those of these files that are still to be fetched."""
        with self._read() as raw:
            return pictures.awaited(raw, hashes)

    def to_examine(self, limit: int) -> list[Claim]:
        """Claims that wait for a person and were not examined yet."""
        with self._read() as raw:
            return pictures.to_examine(raw, limit)

    def of_report(self, report_id: str) -> list[Kept]:
        """The pictures of a report, oldest first."""
        with self._read() as raw:
            return pictures.of_report(raw, report_id)

    def prints(
        self, after: int = 0, awaited: Sequence[int] = ()
    ) -> tuple[list[tuple[int, bytes]], list[int]]:
        """The prints of pictures that came since the number `after`, or are `awaited`; and which to await next."""
        with self._read() as raw:
            return pictures.prints(raw, after, awaited)

    def numbered(self, numbers: Sequence[int]) -> dict[int, Kept]:
        """Pictures by their numbers."""
        with self._read() as raw:
            return pictures.numbered(raw, numbers)

    def hints(self, report_ids: Sequence[str]) -> dict[str, tuple[StoredHint, ...]]:
        """The hints on the claims of some reports; one that is not there was not examined yet."""
        with self._read() as raw:
            return pictures.hints(raw, report_ids)

    def arrived(self, sha256: str, print_: bytes | None) -> None:
        """A file lies in the folder; without a print it is no picture that can be read."""
        with self._write() as raw:
            pictures.arrived(raw, sha256, print_)

    def missed(self, sha256: str, tries: int, now: int) -> None:
        """A file could not be had; it is asked for again later."""
        with self._write() as raw:
            pictures.missed(raw, sha256, tries, now=now)

    def lost(self, sha256: str) -> None:
        """A file is no longer as it was named; it is fetched again at once."""
        with self._write() as raw:
            pictures.lost(raw, sha256)

    def set_hints(self, claim: Claim, hints: Sequence[StoredHint], now: int) -> None:
        """Write down what the examination of a claimed completion suggests."""
        with self._write() as raw:
            pictures.set_hints(raw, claim, hints, now=now)
