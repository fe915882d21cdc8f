"""The ladder's run: what an office is to be told by itself is queued once, under the name of who is logged in.

It runs after a round in which the central server answered, so never on data that may be old, and once a whole minute:
the ids of its actions come from the minute and the steps, so that a restart, a clock that was set back or a second desk
ask for the very same thing (`domain/ladder.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from smartcity_desk.domain.events import MAY_CAUSE, Actor, EventKind, Payload
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.ladder import Digest
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.store.rows import ActResult, OpRow, OpState
from smartcity_desk.sync.puller import OnWriter

TOLD_BY_ANOTHER: Final = frozenset({"notice_already_sent", "notice_too_early", "quiet_hours", "id_reused"})
"""What the central server says to a notice that another desk was quicker with: no trouble of anybody here.

`id_reused` is the very same notice, of the very same minute, under another log-in.
"""
_LOOKED: Final = 2_000


class OfficesOf(Protocol):
    """What is known of offices."""

    def due_notices(self, *, now: int) -> tuple[Digest, ...]:
        """The notices that go by themselves now."""


class ActingStore(Protocol):
    """What one needs of the store who acts by himself, without an operator's hand."""

    def act(
        self,
        kind: EventKind,
        payload: Payload,
        report_ids: Sequence[str],
        *,
        actor: Actor,
        now: int,
        randomness: Callable[[int], bytes],
        action_ids: Sequence[str] | None = None,
    ) -> ActResult:
        """Queue one action."""

    def ops(self, states: Iterable[OpState] | None = None, limit: int = 1000) -> list[OpRow]:
        """The outbox."""

    def dismiss(self, op_ids: Sequence[str], now: int) -> int:
        """Put refused ops away."""


class NoticeStore(ActingStore, Protocol):
    """What the ladder needs of the store."""

    @property
    def offices(self) -> OfficesOf:
        """What is known of offices."""


class Ladder:
    """Remembers only the minute that it ran in; everything else stands in the file."""

    def __init__(self) -> None:
        self._minute = -1

    async def run(self, store: NoticeStore, writer: OnWriter, actor: Actor, now: int) -> int:
        """Queue what is due in this minute; how many notices that were."""
        minute = now // MINUTE
        if minute == self._minute or actor.role not in MAY_CAUSE[EventKind.NOTICE_SENT]:
            return 0
        self._minute = minute
        await writer(put_away, store, now)
        queued = 0
        for digest in await writer(due, store, now):
            queued += await writer(queue, store, digest, actor)
        return queued


def due(store: NoticeStore, now: int) -> tuple[Digest, ...]:
    """The notices to send now."""
    return store.offices.due_notices(now=now)


def queue(store: NoticeStore, digest: Digest, actor: Actor) -> int:
    """Ask for one notice under its own id and at its own minute; 1 if it was new."""
    result = store.act(
        EventKind.NOTICE_SENT,
        digest.notice(),
        [inbox_id(digest.office)],
        actor=actor,
        now=digest.at,
        randomness=_none,
        action_ids=[digest.id],
    )
    return len(result.done)


def put_away(store: NoticeStore, now: int) -> int:
    """Notices that another desk was quicker with leave the outbox without a word."""
    refused = store.ops([OpState.REJECTED], _LOOKED)
    names = [op.id for op in refused if op.kind is EventKind.NOTICE_SENT and op.error_code in TOLD_BY_ANOTHER]
    return store.dismiss(names, now) if names else 0


def _none(size: int) -> bytes:
    raise AssertionError(f"{size} random bytes wanted: the ids of notices are given")
