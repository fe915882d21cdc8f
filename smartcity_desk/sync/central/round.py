"""One round with the central server: what waits here goes up, then what is new there comes down, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from smartcity_desk.domain.errors import DeskError, Forbidden, Rejected
from smartcity_desk.store.rows import ChannelState, IngestResult, OpResult
from smartcity_desk.sync import registry
from smartcity_desk.sync.central import PLACE
from smartcity_desk.sync.central.answers import ReportsPage
from smartcity_desk.sync.central.client import CentralClient
from smartcity_desk.sync.notice import Notice
from smartcity_desk.sync.pusher import NOT_FOUND, Pushed, push
from smartcity_desk.sync.rounds import Context, Outcome, failed, recovered, set_aside, tell_reports

EVENTS_PAGE: Final = 500
REPORTS_PAGE: Final = 1_000
ROLE_NOT_ALLOWED: Final = "role_not_allowed"
CENTRAL_POLL_MS: Final = 15_000
"""How often the central server is asked although its stream is silent."""


async def central_round(context: Context, central: CentralClient, *, with_directory: bool) -> Outcome:
    """Push, then pull. Never raises a `DeskError`."""
    before: ChannelState | None = None
    pushed = Pushed()
    try:
        before = await context.writer(context.store.channel_state, PLACE)
        await _check_log(context, central)
        if with_directory:
            await _pull_directory(context, central)
        if central.session.may_push:
            pushed = await _push(context, central)
        events = await _pull_events(context, central)
        await _pull_reports(context, central)
        await _pull_replies(context, central)
        await _pull_receipts(context, central)
        if central.session.may_push and await _climb(context, central):
            pushed += await _push(context, central)
        now = context.clock()
        await context.writer(
            context.store.record_channel_ok, PLACE, next_try_at=now + CENTRAL_POLL_MS, now=now
        )
    except DeskError as error:
        central.forget_server()
        return await failed(context, PLACE, error, before, CENTRAL_POLL_MS)
    recovered(context, PLACE, before)
    context.notify(Notice("central", {"ok": True, "clock_offset": central.session.clock_offset}))
    return Outcome(PLACE, CENTRAL_POLL_MS, pushed=pushed, events=events)


async def _climb(context: Context, central: CentralClient) -> bool:
    """Let the ladder run on what was just read; whether there is something new to send."""
    if context.ladder is None:
        return False
    actor = await central.session.actor()
    queued = await context.ladder.run(context.store, context.writer, actor, context.clock())
    if queued:
        context.notify(
            Notice("outbox", {"confirmed": 0, "conflicts": 0, "rejected": 0, "waiting": queued, "pks": []})
        )
    return queued > 0


async def _check_log(context: Context, central: CentralClient) -> None:
    """See once, and after each trouble, that the server still holds the newest event that this desk knows.

    Raises `Rejected("other_log")` where it does not.

    A server that was made anew, or restored from a copy, gives numbers out again. Its events would be taken for known
    ones, and two histories would mix; so nothing is sent and nothing is read until a person has decided.
    """
    if central.same_log:
        return
    newest = await context.writer(context.store.central.newest_event)
    if newest is not None:
        page = await central.events(newest.seq - 1, 1)
        if not any(event.id == newest.id for event in page.events):
            raise Rejected("other_log", place=PLACE, seq=newest.seq)
    central.same_log = True


async def _push(context: Context, central: CentralClient) -> Pushed:
    """Send what waits. An account whose role only reads keeps its pulled reports to itself and goes on reading."""
    if await context.writer(context.store.held_due, context.clock()):
        await context.writer(context.store.release_held, context.clock())
    try:
        return await push(
            central,
            context.store.central,
            context.writer,
            clock=context.clock,
            share=context.share,
            uploads=context.uploads,
            settled=lambda results, pks: _tell_outbox(context, results, pks),
        )
    except Forbidden as refusal:
        if refusal.params.get("reason") != ROLE_NOT_ALLOWED:
            raise
    central.session.may_push = False
    return Pushed()


async def _pull_directory(context: Context, central: CentralClient) -> None:
    found = await central.directory(await context.writer(context.store.directory_etag))
    if found is not None:
        now = context.clock()
        await context.writer(
            context.store.set_directory,
            found.directory,
            found.etag,
            now,
            policies=found.policies,
            routing=found.routing,
        )
        context.notify(Notice("directory", {"edition": found.directory.edition}))


async def _pull_events(context: Context, central: CentralClient) -> int:
    total = 0
    after = (await context.writer(context.store.central.cursor)).event_seq
    while True:
        page = await central.events(after, EVENTS_PAGE)
        await set_aside(context, page.unreadable)
        if page.events or page.last_seq > after:
            applied = await context.writer(
                context.store.central.apply_events, page.events, cursor=page.last_seq, now=context.clock()
            )
            total += applied.events
            context.notify(
                Notice("events", {"count": applied.events, "seq": page.last_seq, "pks": list(applied.pks)})
            )
        if not page.more:
            return total
        after = page.last_seq


async def _pull_reports(context: Context, central: CentralClient) -> None:
    """Read what is new, one page ahead of what is being written: a new workstation has a whole city to read."""
    cursor = (await context.writer(context.store.central.cursor)).report_cursor
    writing: asyncio.Task[None] | None = None
    try:
        while True:
            page = await central.reports(cursor, REPORTS_PAGE)
            if writing is not None:
                await writing
            writing = asyncio.create_task(_take_in(context, page, cursor))
            if not page.more:
                return
            cursor = page.cursor
    finally:
        if writing is not None:
            await writing


async def _pull_replies(context: Context, central: CentralClient) -> None:
    """Read what other desks pulled; a server from before there were replies has none to give."""
    after = await context.writer(context.store.central.reply_cursor)
    more = central.has_replies
    while more:
        try:
            page = await central.replies(after, REPORTS_PAGE)
        except Rejected as refusal:
            if refusal.params.get("status") != NOT_FOUND:
                raise
            central.has_replies = False
            return
        await set_aside(context, page.unreadable)
        if page.last > after:
            result = await context.writer(
                context.store.central.apply_replies, page.replies, cursor=page.last, now=context.clock()
            )
            tell_reports(context, PLACE, result)
        after, more = page.last, page.more


async def _pull_receipts(context: Context, central: CentralClient) -> None:
    """Read what became of answers; a server from before it was told of tells nothing."""
    if not central.has_receipts:
        return
    after = await context.writer(context.store.central.receipt_cursor)
    known, more = await context.writer(context.store.central.outlets), True
    while more:
        try:
            page = await central.receipts(after, REPORTS_PAGE)
        except Rejected as refusal:
            if refusal.params.get("status") != NOT_FOUND:
                raise
            central.has_receipts = False
            return
        await set_aside(context, page.unreadable)
        if page.last > after or page.outlets != known:
            pks = await context.writer(
                context.store.central.apply_receipts, page.receipts, page.outlets, cursor=page.last
            )
            known = page.outlets
            tell_reports(context, PLACE, IngestResult(changed=len(pks), pks=tuple(pks)))
        after, more = page.last, page.more


async def _take_in(context: Context, page: ReportsPage, before: str | None) -> None:
    await set_aside(context, page.unreadable)
    for start in range(0, max(len(page.reports), 1), context.chunk_rows):
        piece = page.reports[start : start + context.chunk_rows]
        is_last = start + context.chunk_rows >= len(page.reports)
        if piece or page.cursor != before:
            result = await context.writer(
                context.store.central.apply_reports,
                piece,
                cursor=page.cursor if is_last else before,
                now=context.clock(),
                forgetting=registry.FORGETTING,
            )
            tell_reports(context, PLACE, result)


def _tell_outbox(context: Context, results: Sequence[OpResult], pks: Sequence[int]) -> None:
    counts = {"accepted": 0, "duplicate": 0, "conflict": 0, "rejected": 0, "unknown": 0}
    for result in results:
        counts[result.outcome] += 1
    context.notify(
        Notice(
            "outbox",
            {
                "confirmed": counts["accepted"] + counts["duplicate"],
                "conflicts": counts["conflict"],
                "rejected": counts["rejected"],
                "waiting": counts["unknown"],
                "pks": list(pks),
            },
        )
    )
