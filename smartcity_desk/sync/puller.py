"""One walk over a channel: each page's rows and the position behind them, in one transaction of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final, ParamSpec, Protocol, TypeVar

from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.store.rows import (
    ChannelCheckpoint,
    ChannelState,
    IngestResult,
    Quarantined,
    QuarantineRow,
)
from smartcity_desk.sync.channel import UNFETCHED, Client, Enclosure, Fetched, Json, Position, Unreadable
from smartcity_desk.sync.transport import Http

P = ParamSpec("P")
R = TypeVar("R")

SOURCE: Final = "source"
"""Cursor entry that names the source; positions of another address or query mean nothing here."""
GAPS: Final = "gaps"
MOST_GAPS: Final = 20
QUARANTINE_PAGE: Final = 20
"""Items held at a time: one may be as large as a whole answer."""


class OnWriter(Protocol):
    """Runs a method of the store on the one writer thread."""

    def __call__(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """The method's result."""


class PageStore(Protocol):
    """What the puller needs of the store."""

    def ingest(
        self,
        channel: str,
        reports: Sequence[Report],
        *,
        quarantined: Sequence[Quarantined] = (),
        checkpoint: ChannelCheckpoint | None,
        now: int,
        ended: Sequence[str] = (),
        snapshot_ids: frozenset[str] | None = None,
        replies: Sequence[Reply] = (),
        gone: Sequence[str] = (),
        forgets: bool = False,
    ) -> IngestResult:
        """Rows, states, search index, quarantine and position together."""

    def channel_state(self, channel: str) -> ChannelState:
        """Where the channel stands."""

    def quarantine_page(self, channel: str, after: int, limit: int) -> list[QuarantineRow]:
        """What could not be read, by id."""

    def release_quarantine(self, ids: Sequence[int], *, now: int) -> int:
        """Take items out of the list."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """Totals of one walk. `gap` is a span (ms UTC) that the source no longer gives and nobody has read."""

    channel: str
    pages: int = 0
    seen: int = 0
    new: int = 0
    changed: int = 0
    ended: int = 0
    quarantined: int = 0
    replies: int = 0
    withdrawn: int = 0
    not_modified: bool = False
    gap: tuple[int, int] | None = None


def _unheard(_since: int, _until: int) -> None:
    """Nobody keeps a list of spans."""


async def pull(
    channel: str,
    client: Client,
    http: Http,
    store: PageStore,
    writer: OnWriter,
    *,
    source: str,
    clock: Callable[[], int],
    chunk_rows: int,
    page_done: Callable[[IngestResult], None],
    placed: Callable[[Sequence[Report]], Sequence[Report]] = lambda reports: reports,
    keep: Callable[[Sequence[Enclosure]], None] = lambda _: None,
    forgets: bool = False,
    gapped: Callable[[int, int], None] = _unheard,
) -> Pulled:
    """Walk a channel to the end. Raises `DeskError`; every page before that is saved together with its position.

    A page is written in pieces of `chunk_rows`, so that an operator's action never waits long for the file; the
    position comes with the last piece, so a page cut in the middle is asked for again. While one is being written the
    next ones are fetched and mapped, and those that are there when the writer is free are written together, up to
    `chunk_rows`. `placed` says where reports lie; it runs on the writer's thread. `forgets` is whether the channel has
    the duty to forget. `gapped` hears of each span that the source no longer gives once that is in the file, on the
    writer's thread, also where the walk fails further on. `keep` lays files that came inside items on the disk before
    their rows are written: a cut in between leaves a file that is swept.
    """
    total = Pulled(channel)
    state = await writer(store.channel_state, channel)
    position, gaps = position_of(state, source), gaps_of(state, source)

    def take_in(page: Fetched, piece: Sequence[Report], is_last: bool) -> IngestResult:
        return store.ingest(
            channel,
            placed(piece),
            quarantined=[quarantined(item) for item in page.unreadable] if is_last else (),
            checkpoint=_checkpoint(page, source, gaps) if is_last else None,
            now=clock(),
            snapshot_ids=page.snapshot_ids if is_last else None,
            replies=page.replies if is_last else (),
            gone=page.gone if is_last else (),
            forgets=forgets,
        )

    async def write(page: Fetched) -> list[IngestResult]:
        done: list[IngestResult] = []
        if page.files:
            await asyncio.to_thread(keep, page.files)
        for piece, is_last in _pieces(page, chunk_rows):
            result = await writer(take_in, page, piece, is_last)
            page_done(result)
            done.append(result)
        if page.gap is not None:
            await writer(gapped, *page.gap)
        if page.settled:
            await writer(_settle, store, channel, frozenset(page.settled), clock())
        return done

    writing: asyncio.Task[list[IngestResult]] | None = None
    waiting: Fetched | None = None
    try:
        async with aclosing(client.pull(position, http, clock())) as pages:
            async for page in pages:
                total = replace(
                    total,
                    pages=total.pages + (page.position is not None),
                    seen=total.seen + page.seen,
                    not_modified=page.not_modified,
                    gap=page.gap or total.gap,
                )
                both = page if waiting is None else _joined(waiting, page, chunk_rows)
                if both is None and writing is not None and waiting is not None:
                    total = _added(total, await writing)
                    writing = asyncio.create_task(write(waiting))
                waiting = both or page
                if writing is not None and not writing.done() and len(waiting.reports) < chunk_rows:
                    continue  # the writer is busy: go on reading, and hand it more at once
                if writing is not None:
                    total = _added(total, await writing)
                writing, waiting = asyncio.create_task(write(waiting)), None
                await asyncio.sleep(0)  # let it reach the writer's thread before the next page is mapped
    finally:
        # Also after an error further on: what was handed out before it is valid and has to be in the file.
        if writing is not None:
            total = _added(total, await writing)
        if waiting is not None:
            total = _added(total, await write(waiting))
    return total


def _joined(first: Fetched, second: Fetched, most: int) -> Fetched | None:
    """Two pages as one, of at most so many reports; None where each has to be written by itself.

    That is so where a page tells more than what is new, and where both tell of one report: each word of it counts.
    """
    if not (_is_plain(first) and _is_plain(second)) or len(first.reports) + len(second.reports) > most:
        return None
    if not {report.id for report in first.reports}.isdisjoint(report.id for report in second.reports):
        return None
    return Fetched(
        second.position or first.position,
        (*first.reports, *second.reports),
        (*first.unreadable, *second.unreadable),
        first.seen + second.seen,
        replies=(*first.replies, *second.replies),
    )


def _is_plain(page: Fetched) -> bool:
    special = page.snapshot_ids is not None or page.gap is not None or page.not_modified
    return not (special or page.gone or page.files or page.settled)


def _settle(store: PageStore, channel: str, names: frozenset[str], now: int) -> None:
    """Take items out of quarantine that the source had refused and has handed out after all."""
    after, done = 0, list[int]()
    while rows := store.quarantine_page(channel, after, QUARANTINE_PAGE):
        after = rows[-1].id
        done += [
            row.id for row in rows if row.key == UNFETCHED and str(row.params.get("external_id", "")) in names
        ]
    store.release_quarantine(done, now=now)


def _checkpoint(page: Fetched, source: str, gaps: list[Json]) -> ChannelCheckpoint | None:
    if page.position is None:
        return None
    return ChannelCheckpoint(
        _cursor(page.position, page.gap, source, gaps), page.position.boundary, page.position.etag
    )


def position_of(state: ChannelState, source: str) -> Position:
    """Where the last walk over this source ended; the beginning, if it was another source."""
    if state.cursor.get(SOURCE) != source:
        return Position()
    cursor = {name: value for name, value in state.cursor.items() if name not in {SOURCE, GAPS}}
    return Position(cursor, state.boundary, state.etag)


def gaps_of(state: ChannelState, source: str) -> list[Json]:
    """The spans of a source (from, to; ms UTC) that it no longer gave when it was asked again."""
    found = state.cursor.get(GAPS)
    return list(found) if state.cursor.get(SOURCE) == source and isinstance(found, list) else []


def _cursor(
    position: Position, gap: tuple[int, int] | None, source: str, gaps: list[Json]
) -> dict[str, Json]:
    """What is saved: the channel's own position, whose it is, and the spans that stayed unread, newest last."""
    if gap is not None:
        gaps.append(list(gap))
    return {**position.cursor, SOURCE: source, **({GAPS: gaps[-MOST_GAPS:]} if gaps else {})}


def _pieces(page: Fetched, rows: int) -> list[tuple[tuple[Report, ...], bool]]:
    starts = range(0, max(len(page.reports), 1), rows)
    return [(page.reports[start : start + rows], start + rows >= len(page.reports)) for start in starts]


def quarantined(item: Unreadable) -> Quarantined:
    """An item that could not be read, as the store keeps it."""
    params: dict[str, str | int | float | None] = {"field": item.key}
    if item.external_id:
        params["external_id"] = item.external_id
    return Quarantined(item.key, item.raw, params)


def _added(total: Pulled, results: list[IngestResult]) -> Pulled:
    return replace(
        total,
        new=total.new + sum(result.new for result in results),
        changed=total.changed + sum(result.changed for result in results),
        ended=total.ended + sum(result.ended for result in results),
        quarantined=total.quarantined + sum(result.quarantined for result in results),
        replies=total.replies + sum(result.replies for result in results),
        withdrawn=total.withdrawn + sum(result.withdrawn for result in results),
    )
