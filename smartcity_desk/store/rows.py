"""What the store hands out and takes in: frozen values, no database objects. This module imports no database code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as fresh  # two rows have a column of their own named field
from pathlib import Path
from typing import Any, Final, Literal

from smartcity_desk.domain.custody import Segment
from smartcity_desk.domain.decision import Contradicted, Refused
from smartcity_desk.domain.events import Event, EventKind, Payload
from smartcity_desk.domain.incident import Tie
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.receipt import Outlet, Receipt
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.state import Joined, ReportState
from smartcity_desk.store.shown import OpState as OpState  # noqa: PLC0414 - it belongs to these names
from smartcity_desk.store.shown import RowData as RowData  # noqa: PLC0414 - it belongs to these names
from smartcity_desk.store.shown import Summary as Summary  # noqa: PLC0414 - it belongs to these names

Params = Mapping[str, str | int | float | None]

UNKNOWN_REPORT: Final = "unknown_report"
"""Refusal code of an action on a report that this desk does not have; the central server uses the same word."""
LOOK_NEEDED: Final = "look_needed"
"""Refusal code of a completion that may not be accepted in bulk: it has a hint, or was not examined yet."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report of a headless list: the whole masked report and where it stands. `lead` is the report it follows."""

    pk: int
    report: Report
    status: Status
    category: str | None
    place: str | None
    office: str | None
    due_at: int | None
    paused: bool
    claimed_by: str | None
    claim_until: int | None
    return_pending: bool
    pending: bool
    conflict: bool
    place_doubt: bool
    incident: str | None = None
    lead: str | None = None
    members: int = 0


@dataclass(frozen=True, slots=True)
class OpRow:
    """One action in the outbox. `order` is its position; channel, external id and title name its report, if known."""

    id: str
    report_id: str
    kind: EventKind
    payload: Payload
    user: str
    at: int
    state: OpState
    order: int
    attempts: int
    not_before: int
    next_try_at: int
    sent: bool
    error_code: str | None
    error_params: Params
    settled_at: int | None
    channel: str
    external_id: str
    title: str


@dataclass(frozen=True, slots=True)
class ActResult:
    """What became of one command on many reports: the ops queued, and (report id, why) for the others."""

    done: tuple[OpRow, ...]
    refused: tuple[tuple[str, Refused | Contradicted], ...]


Outcome = Literal["accepted", "duplicate", "conflict", "rejected", "unknown"]


@dataclass(frozen=True, slots=True)
class OpResult:
    """The central server's answer to one op, or that there was none (`unknown`).

    `costs_attempt` is False when the network was away: then the op goes out again as soon as it is back. `retry_after`
    is the wait in ms that the server asked for.
    """

    op_id: str
    outcome: Outcome
    events: tuple[Event, ...] = ()
    seq: int | None = None
    field: str | None = None
    base: str | None = None
    mine: str | None = None
    theirs: str | None = None
    code: str | None = None
    params: Params = fresh(default_factory=dict)
    costs_attempt: bool = True
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One contradiction that waits for an operator: my value, theirs, and the one that mine was based on."""

    op_id: str
    report_id: str
    kind: EventKind
    field: str
    mine: str | None
    theirs: str | None
    base: str | None
    at: int
    channel: str
    external_id: str
    title: str


@dataclass(frozen=True, slots=True)
class ChannelCheckpoint:
    """What a page leaves behind for the next one; saved in the page's own transaction."""

    cursor: Mapping[str, Any] = fresh(default_factory=dict)
    boundary: frozenset[str] = frozenset()
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """Where a channel stands. `cursor` is the channel's own JSON; `boundary` the keys at the end of its last range."""

    channel: str
    cursor: Mapping[str, Any] = fresh(default_factory=dict)
    boundary: frozenset[str] = frozenset()
    etag: str | None = None
    last_ok_at: int | None = None
    last_error_at: int | None = None
    last_error_code: str | None = None
    last_error_params: Params = fresh(default_factory=dict)
    last_item_at: int | None = None
    next_try_at: int | None = None
    attempts: int = 0
    paused_reason: str | None = None
    fetched_total: int = 0
    last_new_at: int | None = None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An item that could not be read: the item as it came, what is wrong with it (`key`) and the details."""

    key: str
    raw: str
    params: Params = fresh(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A quarantined item as it lies in the file. `times` counts how often it came."""

    id: int
    channel: str
    key: str
    params: Params
    raw: str
    at: int
    last_at: int
    times: int


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What a page changed. `pks` are the lines to repaint: new, revised and ended ones, and those replied to.

    `replies` are new or changed ones, `withdrawn` the reports that lost their content or that of a reply.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0
    quarantined: int = 0
    pks: tuple[int, ...] = ()
    newest_pk: int = 0
    replies: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page of confirmed events changed: how many were new, the lines to repaint, and the ops that landed."""

    events: int = 0
    pks: tuple[int, ...] = ()
    confirmed_ops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CentralCursor:
    """How far this desk has read the central server."""

    event_seq: int = 0
    report_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EventMark:
    """One confirmed event by its number in the central server's order and its id."""

    seq: int
    id: str


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier version of a report that its channel has replaced at `replaced_at`."""

    revision: int
    replaced_at: int
    report: Report


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One report of an incident in a list of them, as it stands by itself. `text` is the masked text's beginning."""

    pk: int
    id: str
    channel: str
    external_id: str
    reported_at: int
    status: Status
    office: str | None
    title: str
    text: str
    lat: float | None
    lon: float | None
    joined: Joined


@dataclass(frozen=True, slots=True)
class JoinPlan:
    """What joining some reports comes to: into which incident (None = a new one), and which reports change.

    `lead` would carry the clock; the clocks of `clocks` reports would rest for it, those of `offices` (None = the unit)
    with how many each. `closed` open reports would follow a lead that is closed already.
    """

    incident: str | None
    reports: tuple[str, ...]
    lead: str | None = None
    clocks: int = 0
    offices: tuple[tuple[str | None, int], ...] = ()
    closed: int = 0


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """Everything about one report that may be shown without a reason. `timeline` is in canonical order.

    `segments` are who held it, `law` what their clocks are worked out by. `members` are the reports of its incident,
    itself among them, earliest first; `tie` is how it stands there, None for one that stands by itself. `answer` is
    what its reporter may be told: its own, or that of the report it follows. `receipts` say what became of answers, and
    `outlets` where answers go at all; None while the central server has not told.
    """

    pk: int
    report: Report
    received_at: int
    state: ReportState
    due_at: int | None
    conflict: bool
    timeline: tuple[Event, ...]
    segments: tuple[Segment, ...]
    law: Law
    ops: tuple[OpRow, ...]
    revisions: tuple[Revision, ...]
    members: tuple[MemberRow, ...] = ()
    tie: Tie | None = None
    answer: Event | None = None
    replies: tuple[Reply, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    outlets: tuple[Outlet, ...] | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Something that was refused on its way out; channel, external id and title name its report, if it is here."""

    receipt: Receipt
    channel: str
    external_id: str
    title: str


@dataclass(frozen=True, slots=True)
class NearReport:
    """A report near a place: when it was reported (ms UTC), where, and what it is about."""

    id: str
    at: int
    lat: float
    lon: float
    category: str | None


@dataclass(frozen=True, slots=True)
class SecondReviewRow:
    """An answer to a claimed completion, and the blind second one. `second_*` are None where nobody looked again."""

    report: str
    office: str | None
    category: str | None
    event: str
    at: int
    user: str
    accepted: bool
    second_user: str | None = None
    second_accepted: bool | None = None
    second_at: int | None = None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the self-check: `name` is a stable key, `ok` the verdict, `params` what was found."""

    name: str
    ok: bool
    params: Params = fresh(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """A damaged file was set aside at `set_aside`; `saved` ops live on in the new one, `doubtful` of them withdrawn
    because the damaged file held two answers about them."""

    set_aside: Path
    saved: int
    doubtful: int
