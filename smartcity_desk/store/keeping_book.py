"""What may be kept and for how long, as the rest of the program asks for it. Made by `Store.keeping`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.store import channels, directory, erasing, ingest, keeping, positions, replies
from smartcity_desk.store.engine import Database, Raw
from smartcity_desk.store.keeping import Expired, Place, Recheck
from smartcity_desk.store.rows import IngestResult, Quarantined
from smartcity_desk.store.rules import Rules

_SWEPT: Final = "keeping.swept_at"
Open = Callable[[], AbstractContextManager[Raw]]


class KeepingBook:
    """Asking again, erasing what is over, and clearing up behind it. The first four write."""

    def __init__(self, database: Database, read: Open, write: Open, rules: Callable[[], Rules]) -> None:
        self._database = database
        self._read = read
        self._write = write
        self._rules = rules

    def save(
        self,
        state: Recheck,
        reports: Sequence[Report] = (),
        *,
        replied: Sequence[Reply] = (),
        gone: Sequence[str] = (),
        quarantined: Sequence[Quarantined] = (),
        now: int,
    ) -> tuple[Recheck, IngestResult]:
        """Take in what asking again has shown, and how that stands; the channel's own position is not touched.

        Comes back with its counts grown by what was found here.
        """
        with self._write() as raw:
            written = ingest.write_reports(
                raw, reports, self._rules(), now=now, from_central=False, forgetting=(state.channel,)
            )
            said = replies.write(raw, replied, now=now, from_central=False)
            erased = erasing.withdraw_and_fold(raw, state.channel, gone, self._rules(), now=now)
            kept = channels.add_quarantined(raw, state.channel, quarantined, now=now)
            about = positions.pks_of(raw, sorted(said.about))
            changed = len(written.revised) + said.changed
            state = replace(state, gone=state.gone + len(erased), changed=state.changed + changed)
            keeping.save_recheck(raw, state)
        return state, ingest.result(written, [], kept, said=said, about=about, erased=erased)

    def expire(self, channel: str, place: Place | None, *, before: int, now: int, limit: int) -> Expired:
        """Erase some of a channel's reports from before a time that nobody needs any longer."""
        with self._write() as raw:
            return keeping.expire(raw, channel, place, self._rules(), before=before, now=now, limit=limit)

    def expire_loose(self, channel: str, *, before: int, now: int) -> int:
        """Erase what a channel said before a time and what hangs on no report here. Returns how many."""
        with self._write() as raw:
            return keeping.expire_loose(raw, channel, before=before, now=now)

    def compact(self) -> bool:
        """Take another step of clearing the search index of words that were erased. Returns whether there is more."""
        with self._write() as raw:
            return erasing.compact(raw)

    def fold_back(self, *, swept: int | None = None) -> None:
        """Fold the write-ahead log back into the file and cut it off, as far as no other process reads it now.

        `swept` notes that the daily erasing is done (ms UTC).
        """
        if swept is not None:
            with self._write() as raw:
                directory.put(raw, _SWEPT, str(swept))
        with self._database.outside_transaction() as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def recheck(self, channel: str) -> Recheck:
        """How asking again for a channel's items stands."""
        with self._read() as raw:
            return keeping.recheck(raw, channel)

    def rechecks(self) -> list[Recheck]:
        """The same for every channel whose items were ever asked for again."""
        with self._read() as raw:
            return keeping.rechecks(raw)

    def ids(self, channel: str, place: Place | None, *, limit: int) -> tuple[list[str], Place | None]:
        """The next external ids to ask for again, and the place behind them (None = the walk is over)."""
        with self._read() as raw:
            return keeping.ids(raw, channel, place, limit=limit)

    def swept_at(self) -> int | None:
        """When the daily erasing was done last (ms UTC)."""
        with self._read() as raw:
            found = directory.get(raw, _SWEPT)
            return None if found is None else int(found)
