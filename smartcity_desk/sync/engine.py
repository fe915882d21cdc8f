"""The engine: rounds with every channel and the central server, once or for ever. Knows no processes and no screens.

Pausing: without a network every place asks again every few seconds and no attempt is used up; a place that refused its
credential stands still until a person acts; an operator may take the whole engine off the line.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

from smartcity_desk.config import CENTRAL_URL, Settings
from smartcity_desk.domain.errors import AuthExpired, DeskError, Forbidden, StoreProblem
from smartcity_desk.domain.times import DAY, JAKARTA, MINUTE, SECOND, from_iso
from smartcity_desk.store.keeping import Recheck
from smartcity_desk.store.rows import ChannelState
from smartcity_desk.sync import registry
from smartcity_desk.sync.central import PLACE
from smartcity_desk.sync.central.client import CentralClient
from smartcity_desk.sync.central.round import central_round
from smartcity_desk.sync.central.session import Session
from smartcity_desk.sync.channel import ChannelType, CountsDays
from smartcity_desk.sync.keeping import Keeper, Swept
from smartcity_desk.sync.layers.rounds import Layers
from smartcity_desk.sync.listening import listen
from smartcity_desk.sync.media import MediaFetcher
from smartcity_desk.sync.notice import Notice, Notify
from smartcity_desk.sync.notices import Ladder
from smartcity_desk.sync.pictures import Gallery
from smartcity_desk.sync.places import Places
from smartcity_desk.sync.rounds import (
    Context,
    Outcome,
    SyncStore,
    as_they_are,
    channel_round,
    read_again,
    tell_reports,
)
from smartcity_desk.sync.transport import Transport
from smartcity_desk.sync.uploads import Uploads
from smartcity_desk.sync.watch import EVERY, Watch

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)

DIRECTORY_EVERY: Final = 10 * MINUTE
GALLERY_SECONDS: Final = 5
MEDIA_SECONDS: Final = 10
LAYERS: Final = "layers"
"""What wakes the loop of the city's layers."""
GAUGES: Final = "gauges"
"""What wakes the loop of the gauges: a flood waits for no other layer's slow server."""
PLACES_SECONDS: Final = 10
KEEPING_SECONDS: Final = 5
"""Between two slices of ids that are asked for again: a hundred thousand posts in some ninety minutes."""
KEEPING_REST_SECONDS: Final = 60
TWINS_SECONDS: Final = 5
TWINS_PAUSE_SECONDS: Final = 0.05
"""Between two goes of comparing reports: the one thread of the store has other things to do."""
STREAM_RETRY: Final = 5 * SECOND
STREAM_REFUSED: Final = 5 * MINUTE
FOLLOW_ROWS: Final = 200
"""Rows a transaction while a desk is open: an operator's action waits behind one of them at most."""
BULK_ROWS: Final = 2_000
"""Rows a transaction when nobody waits."""
TURN_SECONDS: Final = 0.0005


def take_short_turns() -> None:
    """Let threads of this process hand over to each other ten times as soon; for one that has no window.

    Whoever writes waits for its turn after each statement, while the loop maps what comes next.
    """
    sys.setswitchinterval(TURN_SECONDS)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one round with everything did."""

    channels: tuple[Outcome, ...]
    central: Outcome | None

    @property
    def errors(self) -> tuple[tuple[str, DeskError], ...]:
        """The places that failed, and why."""
        every = (*self.channels, *(() if self.central is None else (self.central,)))
        return tuple((outcome.place, outcome.error) for outcome in every if outcome.error is not None)


class Engine:
    """Runs rounds. The store is only ever touched on this engine's one writer thread.

    `clock` gives ms UTC. `notify` is called on the event loop's thread. `with_notices` lets the ladder of escalation
    run after each round with the central server: a desk's child does, a single round from a script does not; the same
    goes for `with_twins`, which compares reports with each other. Close it when done.
    """

    def __init__(
        self,
        store: SyncStore,
        settings: Settings,
        secrets: registry.Secrets,
        *,
        clock: Callable[[], int],
        notify: Notify = lambda _: None,
        transport: Transport | None = None,
        chunk_rows: int = BULK_ROWS,
        gallery: Gallery | None = None,
        media: MediaFetcher | None = None,
        uploads: Uploads | None = None,
        with_notices: bool = False,
        with_twins: bool = False,
        places: Places | None = None,
        layers: Layers | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._clock = clock
        self._notify = notify
        self._transport = transport or Transport(clock=clock)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync-store")
        self._context = Context(
            store=store,
            settings=settings,
            secrets=secrets,
            transport=self._transport,
            writer=self._on_writer,
            clock=clock,
            notify=notify,
            chunk_rows=chunk_rows,
            uploads=uploads,
            media=media,
            ladder=Ladder() if with_notices else None,
            places=places,
        )
        self._keeper = Keeper(
            store,
            secrets,
            self._transport,
            self._on_writer,
            clock=clock,
            told=lambda place, result: tell_reports(self._context, place, result),
            placed=as_they_are if places is None else places.placed,
        )
        self._gallery = gallery
        self._media = media
        self._layers = layers
        self._watch = watch
        self._with_twins = with_twins
        self._central: CentralClient | None = None
        self._central_url = ""
        self._directory_at: int | None = None
        self._offline = False
        self._wakes: dict[str, asyncio.Event] = {}
        self._forced: set[str] = set()

    def _on_writer(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        return asyncio.get_running_loop().run_in_executor(self._thread, partial(method, *args, **kwargs))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._context.settings

    def central(self) -> CentralClient | None:
        """The client of the central server that the settings name, or None when they name none."""
        url = self.settings.get(CENTRAL_URL)
        if not url:
            self._central = None
        elif self._central is None or url != self._central_url:
            self._central = CentralClient(
                Session(url, self._context.secrets, self._transport, clock=self._clock, renewed=self._renewed)
            )
            self._central_url, self._directory_at = url, None
        return self._central

    def _renewed(self, name: str, value: str) -> None:
        if not self._context.secrets.persistent:
            self._notify(Notice("secret", {"name": name, "value": value}))

    # ------------------------------------------------------------ once

    async def run_once(
        self, channels: Sequence[str] | None = None, *, with_central: bool = True
    ) -> RunResult:
        """One round with these channels (all that are on, by default) and the central server, if somebody is logged in.

        Errors come back in the result. Raises `ConfigProblem` for a channel that does not exist.
        """
        names = registry.enabled(self.settings) if channels is None else list(channels)
        entries = [registry.CHANNELS[registry.manifest(name).name] for name in names]
        outcomes = [await channel_round(self._context, entry) for entry in entries]
        central = self.central() if with_central else None
        if central is None or not central.session.has_token():
            return RunResult(tuple(outcomes), None)
        await self._context.writer(self._context.store.central.recover_sending, self._clock())
        return RunResult(tuple(outcomes), await self._central_round(central))

    async def recheck(self, name: str) -> Recheck:
        """Ask for all items of a channel again now, and clear the file of what is gone. Raises `ConfigProblem`."""
        state = await self._keeper.ask_all(name, self.settings)
        await self._keeper.clear()
        return state

    async def sweep(self) -> dict[str, Swept]:
        """Erase now what has been kept as long as its channel may be; what became of it, by channel."""
        return await self._keeper.sweep(self.settings)

    async def read_again(self, name: str, since: int) -> Outcome:
        """Read a channel once more from an instant on (ms UTC), as far back as its source gives; its position stays.

        Raises `ConfigProblem` for a channel that does not exist.
        """
        outcome = await read_again(self._context, registry.CHANNELS[registry.manifest(name).name], since)
        self._notify(Notice("reread", {"channel": name, **_told(outcome)}))
        return outcome

    async def _central_round(self, central: CentralClient) -> Outcome:
        now = self._clock()
        due = self._directory_at is None or now - self._directory_at >= DIRECTORY_EVERY
        outcome = await central_round(self._context, central, with_directory=due)
        if due and outcome.ok:
            self._directory_at = now
        return outcome

    # ------------------------------------------------------------ for ever

    async def follow(self, stop: asyncio.Event) -> None:
        """Keep everything up to date until `stop` is set; then the round at hand is broken off, and nothing is lost."""
        await self._context.writer(self._context.store.central.recover_sending, self._clock())
        channels = registry.polled()
        self._wakes = {name: asyncio.Event() for name in (*channels, PLACE, "stream", LAYERS, GAUGES)}
        loops = [asyncio.create_task(self._channel_loop(name), name=name) for name in channels]
        loops.append(asyncio.create_task(self._central_loop(), name=PLACE))
        if self._gallery is not None:
            loops.append(asyncio.create_task(self._gallery_loop(self._gallery), name="pictures"))
        if self._media is not None:
            loops.append(asyncio.create_task(self._media_loop(self._media), name="media"))
        loops.append(asyncio.create_task(self._stream_loop(), name="stream"))
        if self._context.places is not None:
            loops.append(asyncio.create_task(self._places_loop(self._context.places), name="places"))
        if self._with_twins:
            loops.append(asyncio.create_task(self._twins_loop(), name="twins"))
        if self._watch is not None:
            loops.append(asyncio.create_task(self._watch_loop(self._watch), name="watch"))
        if self._layers is not None:
            for name in (LAYERS, GAUGES):
                loops.append(asyncio.create_task(self._layers_loop(self._layers, name), name=name))
        loops.append(asyncio.create_task(self._keeping_loop(), name="keeping"))
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([*loops, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()  # a loop ends only by a mistake of ours: let it be seen
        finally:
            for task in (*loops, stopping):
                task.cancel()
            await asyncio.gather(*loops, stopping, return_exceptions=True)
            self._wakes = {}

    def wake(self, *places: str) -> None:
        """Ask these places (all, by default) as soon as possible, also those that stand still."""
        for name in places or tuple(self._wakes):
            self._forced.add(name)
            if name in self._wakes:
                self._wakes[name].set()

    def ask_layer(self, name: str, *, force: bool = False) -> None:
        """Ask for one of the city's layers as soon as possible; `force` takes a collapse in count as the truth."""
        if self._layers is not None:
            self._layers.want(name, force=force)
            self.wake(LAYERS, GAUGES)

    def set_offline(self, offline: bool) -> None:
        """Take the engine off the line, or put it back."""
        self._offline = offline
        self.wake()

    def reload(self, settings: Settings) -> None:
        """Work with other settings from the next round on."""
        self._context.settings = settings
        self.wake()

    def tokens_changed(self) -> None:
        """Somebody logged in: look into the secret store again."""
        if self._central is not None:
            self._central.session.forget_cached()
        self.wake(PLACE, "stream")

    async def _channel_loop(self, name: str) -> None:
        entry = registry.CHANNELS[name]
        started = True
        while True:
            if self._offline or name not in registry.enabled(self.settings):
                await self._rest(name, None)
                continue
            state = await self._context.writer(self._context.store.channel_state, name)
            now = self._clock()
            wait = None if state.paused_reason else max(0, (state.next_try_at or now) - now)
            # A start is a new chance for a channel that stood still: somebody may have mended it meanwhile.
            if (started and wait is None) or name in self._forced:
                wait = 0
            started = False
            if wait != 0:
                if wait is not None and entry.manifest.wakes and state.last_error_code is None:
                    await self._rest_listening(entry, state, wait)
                else:
                    await self._rest(name, wait)
                continue
            self._forced.discard(name)
            outcome = await channel_round(self._context, entry)
            if not outcome.ok:
                await self._rest(name, outcome.wait)

    async def _central_loop(self) -> None:
        while True:
            central = self.central()
            if self._offline or central is None or not central.session.has_token():
                await self._rest(PLACE, None)
                continue
            outcome = await self._central_round(central)
            wait = outcome.wait
            if outcome.ok and wait is not None and central.session.may_push:
                # an action that an operator may still take back goes out when that time is over
                now = self._clock()
                due = await self._context.writer(
                    self._context.store.central.next_op_at, now, central.session.known_people()
                )
                wait = wait if due is None else min(wait, max(due - now, 50))
            await self._rest(PLACE, wait)

    async def _gallery_loop(self, gallery: Gallery) -> None:
        """Fetch pictures and examine claims while there is a server to ask; the central loop tells of troubles."""
        while True:
            more, central = False, self.central()
            if not self._offline and central is not None and central.session.has_token():
                with suppress(DeskError):
                    more = await gallery.round(central, self._on_writer)
            await asyncio.sleep(0 if more else GALLERY_SECONDS)

    async def _media_loop(self, media: MediaFetcher) -> None:
        """Have what reports name, and take away what is erased."""
        while True:
            more = False
            with suppress(StoreProblem):  # whoever writes next meets the same trouble, and tells of it
                await media.tidy(self._on_writer)
                more = not self._offline and await media.round(self._on_writer, self.settings)
            await asyncio.sleep(0 if more else MEDIA_SECONDS)

    async def _places_loop(self, places: Places) -> None:
        """Place what came before the boundaries in force, page by page; other boundaries start it anew."""
        after: int | None = 0
        while True:
            changed, after = await self._on_writer(places.catch_up, self._context.store, after or 0)
            if changed:
                self._notify(Notice("events", {"count": 0, "pks": changed}))
            await asyncio.sleep(PLACES_SECONDS if after is None else 0)

    async def _twins_loop(self) -> None:
        """Compare what has come with what is here, a little at a time."""
        while True:
            more = False
            with suppress(StoreProblem):  # whoever writes next meets the same trouble, and tells of it
                changed, more = await self._on_writer(self._context.store.twins.compare, self._clock())
                if changed:
                    self._notify(Notice("events", {"count": 0, "pks": changed}))
            await asyncio.sleep(TWINS_PAUSE_SECONDS if more else TWINS_SECONDS)

    async def _keeping_loop(self) -> None:
        """Ask every day for what sources still have, and erase what is over, slowly: news go first."""
        more = False
        while True:
            await asyncio.sleep(KEEPING_SECONDS if more else KEEPING_REST_SECONDS)
            with suppress(StoreProblem):  # whoever writes next meets the same trouble, and tells of it
                more = not self._offline and await self._keeper.ask_due(self.settings)
                await self._keeper.sweep_due(self.settings)

    async def _watch_loop(self, watch: Watch) -> None:
        """Watch over the channels, once a minute, while this desk is on the line."""
        while True:
            await asyncio.sleep(EVERY / SECOND)
            if self._offline:
                continue
            with suppress(StoreProblem):  # whoever writes next meets the same trouble, and tells of it
                queued = await watch.round(
                    registry.enabled(self.settings), self.central(), self._on_writer, self.source_counts
                )
                if queued:
                    self.wake(PLACE)

    async def source_counts(self, day: str) -> dict[str, int]:
        """What sources themselves count of a day (YYYY-MM-DD in Jakarta), by channel; the silent are left out."""
        since = from_iso(day, naive_zone=JAKARTA)
        found: dict[str, int] = {}
        for name in registry.enabled(self.settings):
            entry = registry.CHANNELS[name]
            with suppress(DeskError):
                client = entry.build(
                    await self._on_writer(registry.setup, name, self.settings, self._context.secrets)
                )
                if isinstance(client, CountsDays):
                    http = self._transport.channel(name, entry.manifest.rate)
                    count = await client.count_of(since, since + DAY, http)
                    if count is not None:
                        found[name] = count
        return found

    async def _layers_loop(self, layers: Layers, name: str) -> None:
        """Ask for the layers that are due; those that stand still get a new chance when a person wakes them."""
        again, water = True, name == GAUGES
        while True:
            rest = None
            if not self._offline:
                rest = await layers.round(self._transport, self.settings, again=again, water=water)
            await self._rest(name, rest)
            again = name in self._forced
            self._forced.discard(name)

    async def _stream_loop(self) -> None:
        """Listen to the server's stream; each new number is a reason to ask. The central loop tells of troubles."""
        while True:
            central = self.central()
            if self._is_offline() or central is None or not central.session.has_token():
                await self._rest("stream", None)
                continue
            after = (await self._context.writer(self._context.store.central.cursor)).event_seq
            try:
                async for signal in central.stream(after):
                    if signal.name in ("claim", "presence"):
                        self._notify(Notice(signal.name, dict(signal.data)))
                    elif signal.name == "seq":
                        self.wake(PLACE)
                    if self._is_offline():
                        break
                wait = STREAM_RETRY
            except DeskError as error:
                _log.debug("stream ended: %s", error.code)
                # A refused log-in is not knocked at again and again: a person acts, or the round renews the token.
                wait = STREAM_REFUSED if isinstance(error, AuthExpired | Forbidden) else STREAM_RETRY
            central.forget_server()  # it may have been started anew between two rounds
            await self._rest("stream", wait)

    def _is_offline(self) -> bool:
        return self._offline

    async def _rest_listening(self, entry: ChannelType, state: ChannelState, wait: int) -> None:
        """Wait for `wait` ms, or until somebody wakes this place: the source itself may."""
        name = entry.manifest.name

        def heard(task: asyncio.Task[bool]) -> None:
            if task.cancelled():
                return
            if (mistake := task.exception()) is not None:
                _log.error("listening to %s broke", name, exc_info=mistake)
            elif task.result():
                self.wake(name)

        listening = asyncio.create_task(listen(self._context, entry, state, wait / SECOND))
        listening.add_done_callback(heard)
        try:
            await self._rest(name, wait)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _rest(self, name: str, wait: int | None) -> None:
        """Wait for `wait` ms (None = for ever), or until somebody wakes this place."""
        wake = self._wakes[name]
        try:
            await asyncio.wait_for(wake.wait(), None if wait is None else max(wait, 0) / SECOND)
        except TimeoutError:
            return
        finally:
            wake.clear()

    async def close(self) -> None:
        """Close connections and the thread. The store stays open: it is not ours."""
        await self._transport.close()
        if self._media is not None:
            await self._media.close()
        self._thread.shutdown(wait=True)


def _told(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None or outcome.pulled is None:
        error = outcome.error
        return {"ok": False, "code": "error" if error is None else error.code}
    return {"ok": True, "new": outcome.pulled.new, "seen": outcome.pulled.seen}
