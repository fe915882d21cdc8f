"""The watch over channels: who fell silent, which outages become exclusion windows, and what others count of a day.

It runs beside the rounds, once a minute. Windows are declared only right after the central server answered, so never
on data that may be old; their ids follow from what was seen (`domain/outage.py`), so that a restart or a second desk
declares the very same ones.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

from smartcity_desk.domain.calamity import CalamityState
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import MAY_CAUSE, Actor, CalamityEnded, EventKind, Payload
from smartcity_desk.domain.outage import CENTRAL, LONGEST, REASON, Outage, duties, windows
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.store.health import day_name
from smartcity_desk.store.rows import ChannelState, OpState
from smartcity_desk.sync.central.client import CentralClient
from smartcity_desk.sync.notice import Notice, Notify
from smartcity_desk.sync.notices import ActingStore
from smartcity_desk.sync.puller import OnWriter

EVERY: Final = MINUTE
COUNTED_EVERY: Final = HOUR
COUNTED_DAYS: Final = 3
"""Days whose counts are asked for again: what comes late changes them."""
FRESH: Final = 2 * MINUTE
TOLD_BY_ANOTHER: Final = frozenset({"already_declared", "no_change", "id_reused"})
"""What the central server says to a window that another desk was quicker with."""
_KINDS: Final = frozenset({EventKind.CALAMITY_DECLARED, EventKind.CALAMITY_ENDED})
_LOOKED: Final = 2_000

SourceCounts = Callable[[str], Awaitable[Mapping[str, int]]]
"""What sources themselves count of a day (YYYY-MM-DD in Jakarta), by channel."""


class HealthOf(Protocol):
    """What is needed of the store's book of health."""

    def watch(self, names: Sequence[str], now: int) -> list[str]:
        """Judge whether channels are silent; those that have just fallen silent."""

    def outages(self, since: int) -> list[Outage]:
        """Outages that lasted at or after an instant."""

    def heard(self) -> dict[str, int]:
        """When the places that answer now last did."""

    def note_gap(self, channel: str, since: int, until: int) -> None:
        """The source no longer gives a span that nobody read."""

    def count_days(
        self, day: str, *, source: Mapping[str, int], central: Mapping[str, int], now: int
    ) -> None:
        """Write down what others count of a day."""


class DeclaredOf(Protocol):
    """What is known of declarations."""

    def calamities(self) -> dict[str, CalamityState]:
        """Every declared event by id."""


class WatchStore(ActingStore, Protocol):
    """What the watch needs of the store."""

    @property
    def health(self) -> HealthOf:
        """How channels do."""

    @property
    def offices(self) -> DeclaredOf:
        """What is known of declarations."""

    def channel_state(self, channel: str) -> ChannelState:
        """Where a place stands."""


class Watch:
    """Remembers only when it last asked for counts. `randomness` gives the random part of new ids."""

    def __init__(
        self,
        store: WatchStore,
        *,
        clock: Callable[[], int],
        notify: Notify,
        randomness: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._clock = clock
        self._notify = notify
        self._randomness = randomness
        self._counted_at: int | None = None

    async def round(
        self,
        names: Sequence[str],
        central: CentralClient | None,
        writer: OnWriter,
        source_counts: SourceCounts,
    ) -> int:
        """One look at everything; returns how many actions were queued. Raises `StoreProblem`."""
        now = self._clock()
        for name in await writer(self._store.health.watch, names, now):
            self._notify(Notice("silent", {"channel": name}))
        queued = 0
        if central is not None and central.session.has_token():
            state = await writer(self._store.channel_state, CENTRAL)
            if state.last_error_code is None and now - (state.last_ok_at or 0) < FRESH:
                actor = await self._actor(central)
                if actor is not None:
                    queued = await writer(declare, self._store, actor, now, self._randomness)
                await self._count(names, central, writer, source_counts, now)
        return queued

    @staticmethod
    async def _actor(central: CentralClient) -> Actor | None:
        try:
            return await central.session.actor()
        except DeskError:  # the central round tells of it
            return None

    async def _count(
        self,
        names: Sequence[str],
        central: CentralClient,
        writer: OnWriter,
        source_counts: SourceCounts,
        now: int,
    ) -> None:
        if self._counted_at is not None and now - self._counted_at < COUNTED_EVERY:
            return
        self._counted_at = now
        for back in range(COUNTED_DAYS):
            day = day_name(now - back * DAY)
            try:
                found = await central.counts(day)
            except DeskError:
                return
            reports = found.get("reports")
            told = {
                name: n
                for name, n in (reports.items() if isinstance(reports, dict) else ())
                if isinstance(name, str) and isinstance(n, int) and not isinstance(n, bool)
            }
            counted = {name: told.get(name, 0) for name in names} | told
            source = await source_counts(day)
            await writer(self._store.health.count_days, day, source=source, central=counted, now=now)


def declare(store: WatchStore, actor: Actor, now: int, randomness: Callable[[int], bytes]) -> int:
    """Queue what is to be said of windows now, under the name of who is logged in; how many actions that were."""
    if actor.role not in MAY_CAUSE[EventKind.CALAMITY_DECLARED]:
        return 0
    put_away(store, now)
    wanted = windows(store.health.outages(now - LONGEST), now)
    queued = 0
    for duty in duties(wanted, store.offices.calamities(), store.health.heard(), now):
        payload: Payload
        if duty.end is None:
            kind, payload = EventKind.CALAMITY_DECLARED, duty.window.declared()
        else:
            kind, payload = EventKind.CALAMITY_ENDED, CalamityEnded(duty.end, REASON)
        result = store.act(kind, payload, [duty.name], actor=actor, now=now, randomness=randomness)
        queued += len(result.done)
    return queued


def put_away(store: WatchStore, now: int) -> None:
    """Windows that another desk was quicker with leave the outbox without a word."""
    names = [
        op.id
        for op in store.ops([OpState.REJECTED], _LOOKED)
        if op.kind in _KINDS
        and op.error_code in TOLD_BY_ANOTHER
        and getattr(op.payload, "reason", "") == REASON
    ]
    if names:
        store.dismiss(names, now)
