"""The duties of keeping: asking every day whether a source still has what it gave, and erasing what is over.

Channels that have the duty to forget (`Manifest.forgets`) are asked again for all ids of what is still here, newest
first, in slices that leave room for the news; where a walk stands is in the file, so a restart goes on. Once a day what
is older than its channel may be kept is erased, and the file is cleared of the words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

from smartcity_desk.config import Settings
from smartcity_desk.domain.errors import AuthExpired, DeskError, Forbidden, RateLimited, StoreProblem
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.store.keeping import Recheck
from smartcity_desk.store.keeping_book import KeepingBook
from smartcity_desk.store.rows import IngestResult
from smartcity_desk.sync import registry
from smartcity_desk.sync.channel import ChannelType, Rechecks
from smartcity_desk.sync.puller import OnWriter, quarantined
from smartcity_desk.sync.transport import Transport

_log = logging.getLogger(__name__)

SLICE: Final = 100
"""Ids asked for at once: what X takes in one request."""
ERASED_AT_ONCE: Final = 100
AGAIN: Final = 15 * MINUTE
REFUSED: Final = 6 * HOUR


class Swept(NamedTuple):
    """What became of a channel's items that are older than it may be kept.

    `kept` are those that are still open, or that an office may need for its defence: their turn comes after that.
    """

    erased: int
    kept: int


class KeepingStore(Protocol):
    """What is needed of the store."""

    @property
    def keeping(self) -> KeepingBook:
        """What may be kept and for how long."""


class Keeper:
    """Does these duties a little at a time. `told` hears what each step changed, with the channel's name."""

    def __init__(
        self,
        store: KeepingStore,
        secrets: registry.Secrets,
        transport: Transport,
        writer: OnWriter,
        *,
        clock: Callable[[], int],
        told: Callable[[str, IngestResult], None],
        placed: Callable[[Sequence[Report]], Sequence[Report]],
    ) -> None:
        self._book = store.keeping
        self._secrets = secrets
        self._transport = transport
        self._writer = writer
        self._clock = clock
        self._told = told
        self._placed = placed

    async def ask_due(self, settings: Settings) -> bool:
        """Ask for one slice of each channel whose day has come. Returns whether any walk goes on."""
        more = False
        for name in registry.enabled(settings):
            entry = registry.CHANNELS[name]
            if not entry.manifest.forgets:
                continue
            state = await self._writer(self._book.recheck, name)
            if is_due(state, self._clock()):
                state = await self.ask(entry, settings, state)
                more = more or state.place is not None
        return more

    async def ask_all(self, name: str, settings: Settings) -> Recheck:
        """Ask for all items of one channel again now, from the newest on. Trouble stands in the result."""
        entry = registry.CHANNELS[registry.manifest(name).name]
        state = Recheck(entry.manifest.name, done_at=(await self._writer(self._book.recheck, name)).done_at)
        while True:
            state = await self.ask(entry, settings, state)
            if state.place is None or state.error:
                return state

    async def ask(self, entry: ChannelType, settings: Settings, state: Recheck) -> Recheck:
        """Ask for the next slice of a channel's items; never raises a `DeskError` but `StoreProblem`."""
        now, name = self._clock(), entry.manifest.name
        if state.place is None:
            state = Recheck(name, begun_at=now, done_at=state.done_at)
        try:
            return await self._slice(entry, settings, state, now)
        except StoreProblem:
            raise
        except DeskError as error:
            refused = isinstance(error, AuthExpired | Forbidden)
            wait = REFUSED if refused else AGAIN
            if isinstance(error, RateLimited) and error.after is not None:
                wait = max(wait, error.after)
            if not state.error:
                _log.warning("%s: asking again for its items failed: %s", name, error.code)
            state = replace(state, error=error.code, next_try_at=now + wait)
            await self._writer(self._book.save, state, now=now)
            return state

    async def _slice(self, entry: ChannelType, settings: Settings, state: Recheck, now: int) -> Recheck:
        about = entry.manifest
        found = await self._writer(registry.setup, about.name, settings, self._secrets)
        client = entry.build(found)
        if not isinstance(client, Rechecks):
            return state
        ids, place = await self._writer(self._book.ids, about.name, state.place, limit=SLICE)
        done = place is None
        if ids:
            http = self._transport.channel(about.name, about.rate)
            async with aclosing(client.recheck(ids, http, now)) as pages:
                async for page in pages:
                    state, result = await self._writer(
                        self._book.save,
                        state,
                        await self._writer(self._placed, page.reports),
                        replied=page.replies,
                        gone=page.gone,
                        quarantined=[quarantined(item) for item in page.unreadable],
                        now=self._clock(),
                    )
                    self._told(about.name, result)
        if state.error:
            _log.info("%s: its items can be asked for again", about.name)
        state = replace(
            state,
            place=place,
            asked=state.asked + len(ids),
            done_at=now if done else state.done_at,
            error="",
            next_try_at=None,
        )
        await self._writer(self._book.save, state, now=now)
        return state

    async def sweep_due(self, settings: Settings) -> None:
        """Erase what is over, once a day. Raises `StoreProblem`."""
        swept = await self._writer(self._book.swept_at)
        if swept is None or self._clock() - swept >= DAY:
            await self.sweep(settings)

    async def sweep(self, settings: Settings) -> dict[str, Swept]:
        """Erase now what has been kept as long as its channel may be; what became of it, by channel."""
        found: dict[str, Swept] = {}
        for name in registry.CHANNELS:
            days = registry.retention_days(name, settings)
            if not days:
                continue
            now = self._clock()
            before, place, kept = now - days * DAY, None, 0
            count = await self._writer(self._book.expire_loose, name, before=before, now=now)
            while True:
                step = await self._writer(
                    self._book.expire, name, place, before=before, now=now, limit=ERASED_AT_ONCE
                )
                count, kept = count + len(step.pks), kept + step.kept
                if step.pks:
                    self._told(name, IngestResult(withdrawn=len(step.pks), pks=step.pks))
                place = step.place
                if place is None:
                    break
            if count:
                _log.info("%s: %d items were kept as long as they may be, and are erased", name, count)
            if count or kept:
                found[name] = Swept(count, kept)
        await self.clear(swept=self._clock())
        return found

    async def clear(self, *, swept: int | None = None) -> None:
        """Clear the file of words that were erased. Raises `StoreProblem`."""
        while await self._writer(self._book.compact):
            pass
        await self._writer(self._book.fold_back, swept=swept)


def is_due(state: Recheck, now: int) -> bool:
    """Whether it is time for a channel: a walk is under way, or the last one began a day ago."""
    if state.next_try_at is not None and now < state.next_try_at:
        return False
    if state.place is not None or state.error:
        return True
    return state.begun_at is None or now - state.begun_at >= DAY
