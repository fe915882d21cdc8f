"""What this desk has for the central server: the reports it pulled, then its operators' actions.

Reports go first, because the server refuses an action on a report that it has never seen; then the files that an action
names. An action keeps its key over every attempt; an answer that never came leaves it queued, and the server recognises
it when it comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from smartcity_desk.domain import filetypes
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import BadData, DeskError, RateLimited, Rejected, Transient
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.store.central_book import CentralBook
from smartcity_desk.store.rows import OpResult
from smartcity_desk.sync.puller import OnWriter
from smartcity_desk.sync.uploads import Shelf, Uploads

_log = logging.getLogger(__name__)

Item = TypeVar("Item", Report, Reply)

BATCH_ACTIONS: Final = 250
BATCH_REPORTS: Final = 500
NOT_FOUND: Final = 404
BATCH_CHARACTERS: Final = 1_500_000
"""Texts in one request: far below what the server takes, and quick to repeat after a cut."""


class Insider(Protocol):
    """What the pusher needs of a log-in."""

    async def people(self) -> tuple[str, ...]:
        """Whose actions go out under it."""


class Receiver(Shelf, Protocol):
    """What the pusher needs of the central client."""

    has_replies: bool
    """Whether the server takes and gives replies, as far as is known."""

    async def push_reports(self, reports: Sequence[Report]) -> dict[str, str]:
        """Refused ones: id -> code."""

    async def push_replies(self, replies: Sequence[Reply]) -> dict[str, str]:
        """Refused ones: id -> code."""

    async def push_actions(self, actions: Sequence[Action]) -> list[OpResult]:
        """One result an action."""

    @property
    def session(self) -> Insider:
        """The log-in."""


@dataclass(slots=True)
class Pushed:
    """Totals of one round."""

    reports: int = 0
    actions: int = 0
    confirmed: int = 0
    conflicts: int = 0
    rejected: int = 0
    replies: int = 0

    def __add__(self, other: Pushed) -> Pushed:
        return Pushed(
            self.reports + other.reports,
            self.actions + other.actions,
            self.confirmed + other.confirmed,
            self.conflicts + other.conflicts,
            self.rejected + other.rejected,
            self.replies + other.replies,
        )


async def push(
    central: Receiver,
    book: CentralBook,
    writer: OnWriter,
    *,
    clock: Callable[[], int],
    share: Callable[[], float],
    uploads: Uploads | None = None,
    settled: Callable[[Sequence[OpResult], Sequence[int]], None] = lambda _results, _pks: None,
) -> Pushed:
    """Send all that is due and was decided by who is logged in. What somebody else decided waits for his own log-in.

    Without `uploads` no files are at hand, and actions go without theirs.

    Raises `DeskError` when the server cannot be asked; what was answered is saved.
    """
    total = Pushed()
    await _push_reports(central, book, writer, total)
    await _push_replies(central, book, writer, total)
    if await writer(book.next_op_at, clock()) is None:
        return total
    people = await central.session.people()
    while actions := await writer(book.next_ops, BATCH_ACTIONS, clock(), people):
        results = await _ask(central, book, writer, actions, uploads, clock, share)
        changed = await writer(book.settle, results, clock(), jitter=share())
        total.actions += len(results)
        for result in results:
            total.confirmed += result.outcome in ("accepted", "duplicate")
            total.conflicts += result.outcome == "conflict"
            total.rejected += result.outcome == "rejected"
        settled(results, changed.pks)
    return total


async def _ask(
    central: Receiver,
    book: CentralBook,
    writer: OnWriter,
    actions: Sequence[Action],
    uploads: Uploads | None,
    clock: Callable[[], int],
    share: Callable[[], float],
) -> list[OpResult]:
    """The server's answers to a batch. A request that failed leaves all of it queued under the same keys."""
    try:
        stopped = {} if uploads is None else await _send_files(central, uploads, actions)
        ready = [action for action in actions if action.id not in stopped]
        return [*stopped.values(), *(await _ask_or_split(central, ready) if ready else ())]
    except DeskError as error:
        unanswered = [_unanswered(action, error) for action in actions]
        await writer(book.settle, unanswered, clock(), jitter=share())
        raise
    except asyncio.CancelledError:
        # Stopped between question and answer: whether it arrived is unknown, and costs nothing.
        unanswered = [OpResult(action.id, "unknown", costs_attempt=False) for action in actions]
        await asyncio.shield(writer(book.settle, unanswered, clock()))
        raise


async def _send_files(central: Receiver, uploads: Uploads, actions: Sequence[Action]) -> dict[str, OpResult]:
    """Bring the files of these actions to the server; answers for those that cannot go, by their ids.

    A server that is ill over one file costs the actions with files an attempt and the others nothing: a large file on a
    poor line must not hold up the whole outbox, and is not tried twice in one round.
    """
    stopped: dict[str, OpResult] = {}
    trouble: DeskError | None = None
    for action in actions:
        if not filetypes.named_in(action.payload):
            continue
        try:
            code = await uploads.send(central, action) if trouble is None else None
        except (Transient, BadData) as error:
            code, trouble = None, error
        if code is not None:
            stopped[action.id] = OpResult(action.id, "rejected", code=code)
        elif trouble is not None:
            stopped[action.id] = OpResult(action.id, "unknown", code=trouble.code, params=trouble.params)
    return stopped


def _unanswered(action: Action, error: DeskError) -> OpResult:
    return OpResult(
        action.id,
        "unknown",
        code=error.code,
        params=error.params,
        # Only an ill server uses up an action's patience: with no network, no log-in or a closed door it just waits.
        costs_attempt=isinstance(error, Transient),
        retry_after=error.after if isinstance(error, RateLimited) else None,
    )


async def _ask_or_split(central: Receiver, actions: Sequence[Action]) -> list[OpResult]:
    """A batch that is refused as a whole is asked again in halves, until the one that spoils it stands alone."""
    try:
        return await central.push_actions(actions)
    except Rejected as refusal:
        if len(actions) == 1:
            return [OpResult(actions[0].id, "rejected", code=refusal.reason)]
    half = len(actions) // 2
    return await _ask_or_split(central, actions[:half]) + await _ask_or_split(central, actions[half:])


async def _push_reports(central: Receiver, book: CentralBook, writer: OnWriter, total: Pushed) -> None:
    while reports := await writer(book.unpushed_reports, BATCH_REPORTS):
        for batch in batches(reports, lambda report: len(report.text) + len(report.title)):
            refused = await _hand_in(central.push_reports, batch)
            # A refused one is answered, too: asking again with the same text would be refused again.
            await writer(book.mark_reports_pushed, batch)
            total.reports += len(batch)
            _tell_refused("reports", len(batch), refused)


async def _push_replies(central: Receiver, book: CentralBook, writer: OnWriter, total: Pushed) -> None:
    """Hand in replies; they wait where the server is from before there were any."""
    while central.has_replies and (replies := await writer(book.unpushed_replies, BATCH_REPORTS)):
        for batch in batches(replies, lambda reply: len(reply.text)):
            try:
                refused = await _hand_in(central.push_replies, batch)
            except Rejected:
                central.has_replies = False
                return
            await writer(book.mark_replies_pushed, batch)
            total.replies += len(batch)
            _tell_refused("replies", len(batch), refused)


def _tell_refused(what: str, count: int, refused: Mapping[str, str]) -> None:
    if refused:
        codes = ", ".join(sorted(set(refused.values())))
        _log.warning("central server refused %d of %d %s: %s", len(refused), count, what, codes)


async def _hand_in(
    hand: Callable[[Sequence[Item]], Awaitable[dict[str, str]]], items: Sequence[Item]
) -> dict[str, str]:
    """Ask in one request; one that is refused as a whole is asked again in halves.

    Raises `Rejected` only where the server knows no such request.
    """
    try:
        return await hand(items)
    except Rejected as refusal:
        if refusal.params.get("status") == NOT_FOUND:
            raise
        if len(items) == 1:
            return {items[0].id: refusal.reason}
    half = len(items) // 2
    return {**await _hand_in(hand, items[:half]), **await _hand_in(hand, items[half:])}


def batches(items: Sequence[Item], letters: Callable[[Item], int]) -> list[list[Item]]:
    """Items in requests of bounded size, in their order; one that is too long for all goes alone."""
    found: list[list[Item]] = [[]]
    size = 0
    for item in items:
        weight = letters(item) + 600
        if found[-1] and size + weight > BATCH_CHARACTERS:
            found.append([])
            size = 0
        found[-1].append(item)
        size += weight
    return found
