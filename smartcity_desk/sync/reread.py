"""Quarantined items once more through their channel's mapping, as after an update that understands them.

An item alone lacks what its page gave it (an X post's places and users); what comes out is the same report, perhaps
with less beside it, and the channel's next page completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.report import Report
from smartcity_desk.store.rows import ChannelCheckpoint, IngestResult, Quarantined, QuarantineRow
from smartcity_desk.sync.channels.lapor import mapping as lapor
from smartcity_desk.sync.channels.manual import mapping as manual
from smartcity_desk.sync.channels.open311 import mapping as open311
from smartcity_desk.sync.channels.petabencana import mapping as petabencana
from smartcity_desk.sync.channels.waze import mapping as waze
from smartcity_desk.sync.channels.x import mapping as x

Pseudonym = Callable[[str], str | None]
MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Reread:
    """How many items were read after all, and how many stay in quarantine."""

    read: int
    left: int


class QuarantineStore(Protocol):
    """What is needed of the store."""

    def quarantine(self, channel: str | None = None, limit: int = 200) -> list[QuarantineRow]:
        """What could not be read."""

    def release_quarantine(self, ids: Sequence[int], *, now: int) -> int:
        """Take items out of the list."""

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
    ) -> IngestResult:
        """Take in reports."""


def _petabencana(item: Any, _pseudonym: Pseudonym) -> Report:
    return petabencana.to_report(item)


def _waze(item: Any, _pseudonym: Pseudonym) -> Report:
    """The feed has three lists; an item taken out of them is known by what only its kind has."""
    known = item if isinstance(item, dict) else {}
    if "detectionDateMillis" in known or "seconds" in known:
        return waze.irregularity(item)
    return waze.jam(item) if "line" in known else waze.alert(item)


def _x(item: Any, pseudonym: Pseudonym) -> Report:
    return x.to_report(item, x.read_page({"data": [item]}), pseudonym)


MAPPINGS: Final[dict[str, Callable[[Any, Pseudonym], Report]]] = {
    "open311": lambda item, _: open311.to_report(item),
    "lapor": lambda item, _: lapor.to_report(item),
    "manual": manual.to_report,
    "petabencana": _petabencana,
    "waze": _waze,
    "x": _x,
}
"""One way to read a lone item for each channel of the registry."""


def reread(
    store: QuarantineStore, channel: str, ids: Sequence[int], *, pseudonym: Pseudonym, now: int
) -> Reread:
    """Read these items again; what can be read becomes reports and leaves the quarantine. `now` in ms UTC."""
    wanted = set(ids)
    mapping = MAPPINGS.get(channel)
    rows = [row for row in store.quarantine(channel, MOST) if row.id in wanted]
    found: dict[int, Report] = {}
    for row in rows:
        if mapping is None:
            break
        try:
            found[row.id] = mapping(msgspec.json.decode(row.raw), pseudonym)
        except (BadData, msgspec.DecodeError):
            continue
    if found:
        store.ingest(channel, list(found.values()), checkpoint=None, now=now)
        store.release_quarantine(list(found), now=now)
    return Reread(len(found), len(rows) - len(found))
