"""Pictures and papers of reports: fetched beside the rounds, judged by content, decoded apart, kept under their hash.

Never holds a round up and is never asked by a screen: the store's rows say what is wanted, and each gets an answer that
is written down (`have`, `refused` with a reason, `gone`) or another try later. The disk has a budget and the day one.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from smartcity_desk import config
from smartcity_desk.domain import filetypes
from smartcity_desk.domain.errors import BadData, DeskError, Offline, RateLimited, Rejected
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.georeport.documents import is_page
from smartcity_desk.paths import as_store_problem
from smartcity_desk.store import files
from smartcity_desk.store.media import BETWEEN, Had, MediaState
from smartcity_desk.sync.notice import Notice
from smartcity_desk.sync.outside import Home, Outside

if TYPE_CHECKING:
    from smartcity_desk.config import Settings
    from smartcity_desk.store import Store
    from smartcity_desk.store.media import Wanted
    from smartcity_desk.sync.channel import Enclosure
    from smartcity_desk.sync.darkroom import Darkroom
    from smartcity_desk.sync.puller import OnWriter

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 10 << 20
"""Of one file."""
AT_ONCE: Final = 24
HOSTS_AT_ONCE: Final = 4
DAY_BYTES: Final = 2 << 30
"""What comes in a day, copies included: a flood of links fills no disk over night."""
FREE_BYTES: Final = 1 << 30
"""So much of the disk stays free for everything else."""
YOUNG_SECONDS: Final = 120.0
"""A file this young may belong to a page that is just being written."""
ORPHAN_SECONDS: Final = 3_600.0
SWEEP_EVERY: Final = MINUTE
OFFLINE_WAIT: Final = 5 * MINUTE
_SWEPT: Final = 200
_NAME: Final = re.compile(r"([0-9a-f]{64})(\.(?:view|thumb)\.jpg)?")


@dataclass(slots=True)
class _Room:
    """What the disk still takes, in bytes; counted anew from the store now and then and down in between."""

    left: int
    counted_at: int


class MediaFetcher:
    """The files of one profile's reports: `round` does a little at a time, `sweep` takes away what is erased.

    `settings` are those in force; `wall` gives seconds like the times of files. Close it when done.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        clock: Callable[[], int],
        notify: Callable[[Notice], None] = lambda _: None,
        outside: Outside | None = None,
        darkroom: Darkroom | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._store: Final = store
        self._folder: Final = folder
        self._clock: Final = clock
        self._notify: Final = notify
        self._outside: Final = outside or Outside(clock=clock)
        self._darkroom = darkroom
        self._wall: Final = wall
        self._room: _Room | None = None
        self._swept_at = self._orphans_at = 0

    async def close(self) -> None:
        """Close connections and end the decoding process."""
        await self._outside.close()
        if self._darkroom is not None:
            await asyncio.to_thread(self._darkroom.close)

    # ---------------------------------------------------------------- fetching

    async def round(self, writer: OnWriter, settings: Settings) -> bool:
        """Have the next files. Whether more wait. Raises StoreProblem."""
        if not settings.get(config.PICTURES_FETCHED):
            return False
        wanted = await asyncio.to_thread(self._store.media.wanted, AT_ONCE, self._clock())
        if not wanted and self._darkroom is not None:
            await asyncio.to_thread(self._darkroom.rest)
        if not wanted or not await self._has_room(settings):
            return False
        by_host: dict[str, list[Wanted]] = defaultdict(list)
        for one in wanted:
            by_host[_host(one.url)].append(one)
        gate = asyncio.Semaphore(HOSTS_AT_ONCE)
        away: list[Wanted] = []
        answered = False

        async def of_host(those: list[Wanted]) -> None:
            nonlocal answered
            async with gate:
                for one in those:
                    try:
                        answered = await self._have(one, writer, settings) or answered
                    except Offline:
                        away.append(one)

        tasks = [asyncio.create_task(of_host(those)) for those in by_host.values()]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._miss(away, writer, network=answered)
        self._notify(Notice("media", {"pks": sorted({one.report_pk for one in wanted})}))
        return len(wanted) == AT_ONCE

    async def _miss(self, away: Sequence[Wanted], writer: OnWriter, *, network: bool) -> None:
        """Hosts out of reach: where another one answered meanwhile that uses up a try, else it is our own line."""
        media, now = self._store.media, self._clock()
        if not network:
            await writer(media.postpone, [one.pk for one in away], now + OFFLINE_WAIT)
            return
        for one in away:
            await writer(media.missed, one.pk, one.tries, "offline", now)

    async def _have(self, one: Wanted, writer: OnWriter, settings: Settings) -> bool:
        """One file: here, refused, gone, or later. Whether its server answered. Raises Offline."""
        media = self._store.media
        url = _served_at(one.url, settings)
        closed = self._outside.closed_for(url)
        if closed:
            await writer(media.postpone, [one.pk], self._clock() + closed)
            return False
        try:
            content = await self._content(one, settings)
            had = await asyncio.to_thread(self._keep, content)
        except BadData as problem:
            await writer(media.end, one.pk, MediaState.REFUSED, problem.key, self._clock())
        except Rejected as problem:
            if problem.reason in BETWEEN:
                await writer(media.missed, one.pk, one.tries, problem.reason, self._clock())
                return False
            state = MediaState.GONE if problem.reason == "gone" else MediaState.REFUSED
            await writer(media.end, one.pk, state, problem.reason, self._clock())
        except Offline:
            raise
        except DeskError as problem:
            wait = problem.after or 0 if isinstance(problem, RateLimited) else 0
            await writer(media.missed, one.pk, one.tries, problem.code, self._clock(), min(wait, DAY))
        except OSError as problem:
            _log.warning("a file of a report cannot be kept: %s", problem.strerror)
            await writer(media.missed, one.pk, one.tries, "disk", self._clock())
        else:
            await writer(media.have, one.pk, had, self._clock())
            if self._room is not None:
                self._room.left -= had.disk
        return filetypes.enclosed_hash(one.url) is None

    async def _content(self, one: Wanted, settings: Settings) -> bytes:
        sha256 = filetypes.enclosed_hash(one.url)
        if sha256 is None:
            url = _served_at(one.url, settings)
            found = await self._outside.get(url, most=MOST_BYTES, home=_home(one.channel, settings))
            if is_page(found):
                raise Rejected("page", place="media")
            return found
        content = await asyncio.to_thread(files.read, self._folder, sha256)
        if content is None:
            raise BadData("media", "not_here")  # it came to another desk
        if len(content) > MOST_BYTES:
            raise BadData("media", "too_large", most=MOST_BYTES)
        return content

    def _keep(self, content: bytes) -> Had:
        """Judge a file and keep it with its copies. Blocks. Raises BadData and OSError."""
        media_type = filetypes.media_type(content[: filetypes.START])
        if media_type is None:
            raise BadData("media", "unsupported_type" if content else "empty")
        sha256 = hashlib.sha256(content).hexdigest()
        if media_type == filetypes.PDF:
            files.keep(self._folder, sha256, content)
            return Had(sha256, media_type, len(content), len(content))
        picture = self._room_for_pictures().develop(content)
        path = files.keep(self._folder, sha256, content)
        for which, copy in (("view", picture.view), ("thumb", picture.thumb)):
            files.replace(files.copy_of(self._folder, sha256, which), copy)
        os.utime(path)
        disk = len(content) + len(picture.view) + len(picture.thumb)
        return Had(
            sha256,
            media_type,
            len(content),
            disk,
            picture.width,
            picture.height,
            picture.facts,
            picture.print,
        )

    def _room_for_pictures(self) -> Darkroom:
        if self._darkroom is None:
            from smartcity_desk.sync.darkroom import Darkroom

            self._darkroom = Darkroom()
        return self._darkroom

    async def _has_room(self, settings: Settings) -> bool:
        now = self._clock()
        room = self._room
        if room is None or not 0 <= now - room.counted_at < _COUNT_AGAIN:
            room = self._room = _Room(await asyncio.to_thread(self._count, settings, now), now)
        return room.left > 0

    def _count(self, settings: Settings, now: int) -> int:
        totals = self._store.media.totals(now - DAY)
        budget = (settings.get(config.PICTURES_MB) << 20) - totals.disk
        try:
            free = shutil.disk_usage(self._folder.parent).free - FREE_BYTES
        except OSError:
            free = budget
        return min(budget, free, DAY_BYTES - totals.disk_since)

    # ---------------------------------------------------------------- what came inside items

    def keep_enclosed(self, enclosures: Sequence[Enclosure]) -> None:
        """Lay files that came inside items under their hashes, before the rows that name them. Blocks.

        They are judged later, like everything else. Raises StoreProblem: a page whose files cannot lie is read again.
        """
        for one in enclosures:
            if hashlib.sha256(one.content).hexdigest() != one.sha256 or len(one.content) > files.KEPT_MOST:
                _log.warning("a file inside an item is not what the item says, or too large, and is left out")
                continue
            try:
                files.keep(self._folder, one.sha256, one.content)
            except OSError as problem:
                raise as_store_problem(problem, self._folder) from problem

    # ---------------------------------------------------------------- taking away

    async def tidy(self, writer: OnWriter) -> None:
        """Now and then: take away what is erased, and what nobody names. Raises StoreProblem."""
        now = self._clock()
        if not 0 <= now - self._swept_at < SWEEP_EVERY:
            self._swept_at = now
            await self.sweep(writer)
        if not 0 <= now - self._orphans_at < DAY:
            self._orphans_at = now
            await asyncio.to_thread(self.sweep_orphans)

    async def sweep(self, writer: OnWriter) -> None:
        """Take files off the disk that were erased; a cut in between is made good by the next sweep."""
        hashes = await asyncio.to_thread(self._store.media.to_remove, _SWEPT)
        gone = await asyncio.to_thread(self._remove, hashes)
        if gone:
            await writer(self._store.media.removed, gone)
            self._room = None

    def _remove(self, hashes: Sequence[str]) -> list[str]:
        gone: list[str] = []
        for sha256 in hashes:
            path = files.find(self._folder, sha256)
            try:
                if path is not None and self._wall() - path.stat().st_mtime < YOUNG_SECONDS:
                    continue
                files.remove(self._folder, sha256)
            except OSError as problem:
                _log.warning("an erased file cannot be removed: %s", problem.strerror)
                continue
            gone.append(sha256)
        return gone

    def sweep_orphans(self) -> int:
        """Remove files that no row names: of cut pages, of reports that are gone. Blocks. Returns how many."""
        old = self._wall() - ORPHAN_SECONDS
        found: set[str] = set()
        for path in self._lying():
            match = _NAME.fullmatch(path.name)
            try:
                if path.stat().st_mtime > old:
                    continue
                if match is None:
                    path.unlink()  # the rest of a copy that a power cut left
                else:
                    found.add(match[1])
            except OSError:
                continue
        names = self._store.media.unnamed(sorted(found))
        for sha256 in names:
            try:
                files.remove(self._folder, sha256)
            except OSError as problem:
                _log.warning("a file without a report cannot be removed: %s", problem.strerror)
        return len(names)

    def _lying(self) -> Iterator[Path]:
        if self._folder.is_dir():
            for part in sorted(self._folder.iterdir()):
                if part.is_dir():
                    yield from sorted(part.iterdir())


_COUNT_AGAIN: Final = 600_000
"""Ms after which the room on the disk is counted anew; the day's share grows back with it."""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _home(channel: str, settings: Settings) -> Home | None:
    from smartcity_desk.sync import registry

    entry = registry.CHANNELS.get(channel)
    url = settings.channel(channel).url or ("" if entry is None else entry.manifest.default_url)
    return Home.of(url) if url else None


def _served_at(url: str, settings: Settings) -> str:
    """Where a file is asked for: the training city's pictures lie on this machine, on another port at every start."""
    elsewhere = settings.get(config.TRAINING_PICTURES)
    try:
        parts = urlsplit(url)
        origin = elsewhere.get(parts.hostname or "")
    except ValueError:
        return url
    return f"{origin}{parts.path}" if isinstance(origin, str) else url
