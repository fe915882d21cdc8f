"""What the first screen shows of the store: its rows and its totals. A start loads this and not the rest of `rows`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartcity_desk.domain.report import PlaceQuality, ReportKind, Status


@dataclass(frozen=True, slots=True)
class RowData:
    """One line of the triage table. `text` is the masked text's beginning. Instants in ms UTC.

    What is private comes without its words. `withdrawn` and `expired` are tombstones: gone at the source, or kept as
    long as it may be. `place_doubt` = a machine placed it, and not surely;
    `neighbour` is then the other place in question. `lead` is the report (pk) that it follows; `members` follow it.
    `unread` = a citizen has replied and nobody has read it at this desk.
    """

    pk: int
    id: str
    channel: str
    external_id: str
    kind: ReportKind
    reported_at: int
    status: Status
    category: str | None
    place: str | None
    place_quality: PlaceQuality
    place_hint: str
    office: str | None
    due_at: int | None
    paused: bool
    claimed_by: str | None
    claim_until: int | None
    return_pending: bool
    pending: bool
    conflict: bool
    title: str
    text: str
    media_count: int
    private: bool
    place_doubt: bool = False
    neighbour: str | None = None
    lead: int | None = None
    members: int = 0
    withdrawn: bool = False
    expired: bool = False
    unread: bool = False


class OpState(StrEnum):
    """Where an action of this desk stands on its way to the central server."""

    QUEUED = "queued"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals for the status bar."""

    reports: int
    newest_pk: int
    ops: Mapping[OpState, int]
    conflicts: int
    quarantined: int
    last_ok_at: int | None
