"""What a round with any place is made of: asked, saved, health told, trouble logged once. And the one of a channel."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from smartcity_desk.config import Settings
from smartcity_desk.domain.errors import AuthExpired, DeskError, Forbidden, StoreProblem
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.routing import Routing
from smartcity_desk.store.central_book import CentralBook
from smartcity_desk.store.rows import (
    ChannelState,
    IngestResult,
    Params,
    Quarantined,
)
from smartcity_desk.sync import registry
from smartcity_desk.sync.again import Aside, Rewinds
from smartcity_desk.sync.backoff import channel_verdict
from smartcity_desk.sync.central import PLACE
from smartcity_desk.sync.channel import ChannelType, Setup
from smartcity_desk.sync.keeping import KeepingStore
from smartcity_desk.sync.media import MediaFetcher
from smartcity_desk.sync.notice import Notice, Notify
from smartcity_desk.sync.notices import Ladder, NoticeStore, OfficesOf
from smartcity_desk.sync.places import Places, PlaceStore
from smartcity_desk.sync.puller import OnWriter, PageStore, Pulled, pull
from smartcity_desk.sync.pusher import Pushed
from smartcity_desk.sync.transport import Transport
from smartcity_desk.sync.uploads import Uploads
from smartcity_desk.sync.watch import DeclaredOf, WatchStore

_log = logging.getLogger(__name__)


class KnownOffices(OfficesOf, DeclaredOf, Protocol):
    """What both the ladder and the watch ask of offices."""


class Compares(Protocol):
    """What is needed of the store's book of pairs."""

    def compare(self, now: int) -> tuple[list[int], bool]:
        """Compare some more reports; the pks of those that now have a pair, and whether more may wait."""


class SyncStore(PageStore, NoticeStore, PlaceStore, WatchStore, KeepingStore, Protocol):
    """What the engine needs of the store."""

    @property
    def central(self) -> CentralBook:
        """What goes between the local file and the central server."""

    @property
    def twins(self) -> Compares:
        """Which reports probably tell of the same thing."""

    @property
    def offices(self) -> KnownOffices:
        """What is known of offices."""

    def record_channel_failure(
        self,
        channel: str,
        code: str,
        params: Params,
        *,
        attempts: int,
        next_try_at: int | None,
        now: int,
        paused_reason: str | None = None,
    ) -> None:
        """Why a place could not be read, and when it is tried again."""

    def record_channel_ok(self, channel: str, *, now: int, next_try_at: int | None = None) -> None:
        """A round is over and all is well."""

    def directory_etag(self) -> str | None:
        """Which directory is here."""

    def set_directory(
        self,
        present: Directory,
        etag: str | None,
        now: int,
        *,
        policies: Sequence[Policy] | None = None,
        routing: Sequence[Routing] | None = None,
    ) -> None:
        """Take in a directory, and the policies and the routing beside it."""

    def held_due(self, now: int) -> int:
        """How many reports that were entered here may be handed on by now."""

    def release_held(self, now: int) -> int:
        """Let them."""


@dataclass(slots=True)
class Context:
    """What every round works with. `share` gives the random part of waits (0 to 1)."""

    store: SyncStore
    settings: Settings
    secrets: registry.Secrets
    transport: Transport
    writer: OnWriter
    clock: Callable[[], int]
    notify: Notify
    chunk_rows: int
    share: Callable[[], float] = random.random
    uploads: Uploads | None = None
    """The files that actions name; None where this process has no folder of them."""
    ladder: Ladder | None = None
    """The run of notices that go by themselves; None where nobody sits at this desk."""
    places: Places | None = None
    """Where reports lie; None where nobody asks."""
    media: MediaFetcher | None = None
    """The files that reports name; None where this process has no folder for them."""
    failing: dict[str, str] = field(default_factory=dict)
    """Places in trouble and the first word for it: what was logged and has not recovered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a round ended. `wait` in ms until the next one; None = only when a person has acted."""

    place: str
    wait: int | None
    pulled: Pulled | None = None
    pushed: Pushed | None = None
    events: int = 0
    error: DeskError | None = None

    @property
    def ok(self) -> bool:
        """Whether the place answered as it should."""
        return self.error is None


def _nowhere(_: object) -> None:
    """What came inside items is left out."""


async def channel_round(context: Context, entry: ChannelType) -> Outcome:
    """Walk one channel once. Never raises a `DeskError`: it comes back, is on record, and was logged if it is new."""
    name, about = entry.manifest.name, entry.manifest
    before: ChannelState | None = None
    try:
        before = await context.writer(context.store.channel_state, name)
        found = await context.writer(registry.setup, name, context.settings, context.secrets)
        pulled = await _walk(
            context, entry, found, context.store, gapped=partial(context.store.health.note_gap, name)
        )
        now = context.clock()
        await context.writer(
            context.store.record_channel_ok, name, next_try_at=now + about.poll_interval_ms, now=now
        )
    except DeskError as error:
        return await failed(context, name, error, before, about.poll_interval_ms)
    if pulled.gap is not None:
        _log.warning(
            "%s: the source no longer gives all of the time that was missed; the span is noted", name
        )
    recovered(context, name, before)
    context.notify(
        Notice("channel", {"channel": name, "ok": True, "next_try_at": now + about.poll_interval_ms})
    )
    return Outcome(name, about.poll_interval_ms, pulled)


async def read_again(context: Context, entry: ChannelType, since: int) -> Outcome:
    """Read a channel once more from an instant on (ms UTC), or from as far back as it can; its position stays.

    Never raises a `DeskError`: it comes back, and the channel's ordinary rounds tell of troubles.
    """
    name = entry.manifest.name
    try:
        found = await context.writer(registry.setup, name, context.settings, context.secrets)
        client = entry.build(found)
        cursor = client.rewound(since) if isinstance(client, Rewinds) else {}
        aside = Aside(context.store, registry.fingerprint(found), cursor)
        return Outcome(name, None, await _walk(context, entry, found, aside))
    except DeskError as error:
        return Outcome(name, None, error=error)


async def _walk(
    context: Context,
    entry: ChannelType,
    found: Setup,
    store: PageStore,
    *,
    gapped: Callable[[int, int], None] = lambda *_: None,
) -> Pulled:
    name = entry.manifest.name
    return await pull(
        name,
        entry.build(found),
        context.transport.channel(name, entry.manifest.rate),
        store,
        context.writer,
        source=registry.fingerprint(found),
        clock=context.clock,
        chunk_rows=context.chunk_rows,
        page_done=lambda result: tell_reports(context, name, result),
        placed=as_they_are if context.places is None else context.places.placed,
        keep=_nowhere if context.media is None else context.media.keep_enclosed,
        forgets=entry.manifest.forgets,
        gapped=gapped,
    )


async def set_aside(context: Context, items: Sequence[tuple[str, str]]) -> None:
    """What a newer server says in words that this version does not know is kept, and the rest goes on."""
    if items:
        await context.writer(
            context.store.ingest,
            PLACE,
            (),
            quarantined=[Quarantined(key, raw) for key, raw in items],
            checkpoint=None,
            now=context.clock(),
        )


async def failed(
    context: Context, place: str, error: DeskError, before: ChannelState | None, poll_interval: int
) -> Outcome:
    """Put a round's trouble on record, tell of it, and say when to try again; logged if it is new."""
    attempts = 0 if before is None else before.attempts
    verdict = channel_verdict(error, attempts, poll_interval, context.share())
    now = context.clock()
    due = None if verdict.wait is None else now + verdict.wait
    if place not in context.failing:
        context.failing[place] = error.code
        if before is None or before.last_error_code is None:
            _log.warning("%s failed: %s", place, _in_short(error))
    if not isinstance(error, StoreProblem):
        await _record(context, place, error, verdict.attempts, due, now)
    data: dict[str, Any] = {
        "ok": False,
        "code": error.code,
        "params": dict(error.params),
        "attempts": verdict.attempts,
        "next_try_at": due,
        "paused": verdict.wait is None,
    }
    if isinstance(error, StoreProblem):
        context.notify(Notice("error", {"code": error.code, "params": dict(error.params)}))
    elif place == PLACE:
        context.notify(Notice("central", data))
    else:
        context.notify(Notice("channel", {"channel": place, **data}))
    if isinstance(error, AuthExpired | Forbidden):
        context.notify(Notice("auth", {"place": place, "code": error.code, "params": dict(error.params)}))
    return Outcome(place, verdict.wait, error=error)


async def _record(
    context: Context, place: str, error: DeskError, attempts: int, due: int | None, now: int
) -> None:
    try:
        await context.writer(
            context.store.record_channel_failure,
            place,
            error.code,
            error.params,
            attempts=attempts,
            next_try_at=due,
            now=now,
            paused_reason=error.code if due is None else None,
        )
    except StoreProblem as problem:
        context.notify(Notice("error", {"code": problem.code, "params": dict(problem.params)}))


def recovered(context: Context, place: str, before: ChannelState | None) -> None:
    """Log that a place works again, if it did not."""
    was = context.failing.pop(place, None)
    if was is None and before is not None:
        was = before.last_error_code
    if was is not None:
        _log.info("%s works again after %s", place, was)


def _in_short(error: DeskError) -> str:
    """Code and harmless parameters; never what the far side wrote."""
    kept = {name: value for name, value in error.params.items() if name != "detail" and value is not None}
    inside = ", ".join(f"{name}={value}" for name, value in kept.items())
    return f"{error.code} ({inside})" if inside else error.code


def as_they_are(reports: Sequence[Report]) -> Sequence[Report]:
    """Where nobody asks where reports lie."""
    return reports


def tell_reports(context: Context, place: str, result: IngestResult) -> None:
    """Tell what a page changed, if anything."""
    changed = result.changed + result.replies + result.withdrawn
    if result.new or changed or result.ended or result.quarantined:
        context.notify(
            Notice(
                "reports",
                {
                    "channel": place,
                    "new": result.new,
                    "changed": changed,
                    "ended": result.ended,
                    "quarantined": result.quarantined,
                    "newest_pk": result.newest_pk,
                    "pks": list(result.pks),
                },
            )
        )
