"""A channel read once more from the beginning of what its source still gives, beside its ordinary walk.

For a day whose counts differ: what is here already is known and stays as it is, what was missed comes in. The channel's
own position is not touched, so the ordinary walk goes on where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from smartcity_desk.domain.report import Report
from smartcity_desk.store.rows import ChannelCheckpoint, ChannelState, IngestResult, QuarantineRow
from smartcity_desk.sync.channel import Json
from smartcity_desk.sync.puller import SOURCE, PageStore


@runtime_checkable
class Rewinds(Protocol):
    """A client that can begin at an instant; any other begins with everything that its source gives."""

    def rewound(self, since: int) -> Mapping[str, Json]:
        """The cursor from which a walk gives again all that was reported since an instant (ms UTC)."""


@dataclass(frozen=True, slots=True)
class Aside:
    """The store as a walk sees it that begins elsewhere and leaves the channel's own position alone."""

    store: PageStore
    source: str
    cursor: Mapping[str, Json]

    def ingest(
        self,
        channel: str,
        reports: Sequence[Report],
        *,
        checkpoint: ChannelCheckpoint | None,  # noqa: ARG002 - where the page leads is left aside
        now: int,
        **more: Any,
    ) -> IngestResult:
        """What the page holds, without where it leads."""
        return self.store.ingest(channel, reports, checkpoint=None, now=now, **more)

    def channel_state(self, channel: str) -> ChannelState:
        """Where the walk begins."""
        return ChannelState(channel, {**self.cursor, SOURCE: self.source})

    def quarantine_page(self, channel: str, after: int, limit: int) -> list[QuarantineRow]:
        """What could not be read, by id."""
        return self.store.quarantine_page(channel, after, limit)

    def release_quarantine(self, ids: Sequence[int], *, now: int) -> int:
        """Take items out of the list."""
        return self.store.release_quarantine(ids, now=now)
