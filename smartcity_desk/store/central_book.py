"""What goes between the local file and the central server, both ways, and how far. Made by `Store.central`.

Called on the writer's thread. Every method that writes is one transaction: what a page brings, and where the reading of
its kind stands after it, are kept together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager
from typing import Final

from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.receipt import Outlet, Receipt
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.store import answers, directory, ingest, outbox, positions, receipts, replies
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.rows import Applied, CentralCursor, EventMark, IngestResult, OpResult
from smartcity_desk.store.rules import Rules

_EVENT_SEQ: Final = "central.event_seq"
_REPORT_CURSOR: Final = "central.report_cursor"
_REPLY_CURSOR: Final = "central.reply_cursor"
Open = Callable[[], AbstractContextManager[Raw]]


class CentralBook:
    """The server's pages on their way in, and this desk's reports, replies and ops on their way out."""

    def __init__(self, read: Open, write: Open, rules: Callable[[], Rules]) -> None:
        self._read = read
        self._write = write
        self._rules = rules

    # ---------------------------------------------------------------- in

    def apply_events(self, events: Sequence[Event], *, cursor: int, now: int) -> Applied:
        """Take in a page of confirmed events and where the reading of them stands; ops that they confirm are done."""
        with self._write() as raw:
            applied = answers.apply_events(raw, events, self._rules(), now=now)
            before = int(directory.get(raw, _EVENT_SEQ) or 0)
            directory.put(raw, _EVENT_SEQ, str(max(before, cursor)))
        return applied

    def apply_reports(
        self, reports: Sequence[Report], *, cursor: str | None, now: int, forgetting: Container[str] = ()
    ) -> IngestResult:
        """Take in reports that another desk pulled, and where the reading of them stands.

        `forgetting` are the channels of which nothing that was changed may be kept.
        """
        with self._write() as raw:
            written = ingest.write_reports(
                raw, reports, self._rules(), now=now, from_central=True, forgetting=forgetting
            )
            directory.put(raw, _REPORT_CURSOR, cursor)
        return ingest.result(written, [], 0)

    def apply_replies(self, found: Sequence[Reply], *, cursor: int, now: int) -> IngestResult:
        """Take in replies that another desk pulled, and where the reading of them stands."""
        with self._write() as raw:
            said = replies.write(raw, found, now=now, from_central=True)
            directory.put(raw, _REPLY_CURSOR, str(cursor))
            about = positions.pks_of(raw, sorted(said.about))
        return IngestResult(replies=said.new + said.changed, pks=tuple(about))

    def apply_receipts(
        self, found: Sequence[Receipt], outlets: Sequence[Outlet], *, cursor: int
    ) -> list[int]:
        """Take in what became of answers, where answers go, and where the reading of it stands. Returns changed pks."""
        with self._write() as raw:
            about = receipts.write(raw, found)
            receipts.keep_outlets(raw, outlets)
            directory.put(raw, receipts.CURSOR, str(cursor))
            return positions.pks_of(raw, sorted(about))

    def settle(self, results: Sequence[OpResult], now: int, *, jitter: float = 0.0) -> Applied:
        """Take in the answers to ops. `jitter` in [0, 1) spreads the next tries of those without one."""
        with self._write() as raw:
            return answers.settle(raw, results, self._rules(), now=now, jitter=jitter)

    # ---------------------------------------------------------------- how far

    def cursor(self) -> CentralCursor:
        """How far events and reports have been read."""
        with self._read() as raw:
            return CentralCursor(int(directory.get(raw, _EVENT_SEQ) or 0), directory.get(raw, _REPORT_CURSOR))

    def reply_cursor(self) -> int:
        """How far replies have been read."""
        with self._read() as raw:
            return int(directory.get(raw, _REPLY_CURSOR) or 0)

    def receipt_cursor(self) -> int:
        """How far receipts have been read."""
        with self._read() as raw:
            return int(directory.get(raw, receipts.CURSOR) or 0)

    def outlets(self) -> tuple[Outlet, ...] | None:
        """Where answers to reporters go, as the server has it set; None while it has not told."""
        with self._read() as raw:
            return receipts.outlets(raw)

    def newest_event(self) -> EventMark | None:
        """The confirmed event with the highest number, or None."""
        with self._read() as raw:
            found = raw.execute("SELECT seq, id FROM event ORDER BY seq DESC LIMIT 1").fetchone()
            return None if found is None else EventMark(*found)

    # ---------------------------------------------------------------- out

    def unpushed_reports(self, limit: int) -> list[Report]:
        """Reports that the server has not confirmed as they stand, oldest first; masked, without raw items."""
        with self._read() as raw:
            return ingest.unpushed(raw, limit)

    def mark_reports_pushed(self, reports: Sequence[Report]) -> None:
        """The server has answered about these. One that has changed here since then stays unpushed."""
        with self._write() as raw:
            ingest.mark_pushed(raw, reports)

    def unpushed_replies(self, limit: int) -> list[Reply]:
        """Replies that the server has not confirmed as they stand, oldest first; masked, without raw items."""
        with self._read() as raw:
            return replies.unpushed(raw, limit)

    def mark_replies_pushed(self, found: Sequence[Reply]) -> None:
        """The server has answered about these. One that has changed here since then stays unpushed."""
        with self._write() as raw:
            replies.mark_pushed(raw, found)

    def next_op_at(self, now: int, users: Sequence[str] | None = None) -> int | None:
        """When the next queued op (of these `users`, if given) may go out (ms UTC), or None with nothing to send."""
        with self._read() as raw:
            return outbox.unsettled_wait(raw, now=now, users=users)

    def next_ops(self, limit: int, now: int, users: Sequence[str] | None = None) -> list[Action]:
        """The actions to send now (of these `users` only, if given); they are `sending` from here on."""
        with self._write() as raw:
            return outbox.next_ops(raw, limit, now=now, users=users)

    def recover_sending(self, now: int) -> int:
        """At start-up: what was on its way is queued again; what was settled long ago is forgotten."""
        with self._write() as raw:
            outbox.purge(raw, now=now)
            return outbox.recover_sending(raw)
