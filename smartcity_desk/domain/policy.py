"""Allowances by version and date, and the due date that the triage table shows.

Deadlines are data (`resources/policy/`), never constants in code. What is here is the round-the-clock reading of one
allowance a holder; working-day calendars, grace and declared events come with custody segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.report import CLOSED_STATUSES, ReportKind, Status
from smartcity_desk.domain.times import HOUR

if TYPE_CHECKING:
    from smartcity_desk.domain.state import ReportState


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the allowances: milliseconds to a response per level of the holder.

    `verification` is the unit's own time to look at a claimed completion. `source` names the regulation.
    """

    version: str
    effective_from: int
    response: Mapping[OfficeLevel, int]
    verification: int
    source: str = ""


class DueBand(StrEnum):
    """How near the due date is. Shown as shape + word + colour."""

    OVERDUE = "overdue"
    SOON = "soon"
    IN_TIME = "in_time"
    PAUSED = "paused"
    NONE = "none"


SOON_MS = 2 * HOUR
"""What counts as *segera*: a near breach as the handover digest uses it (capability 18)."""


def due_at(state: ReportState, policy: Policy, directory: Directory) -> int | None:
    """When the present holder's answer is due (ms UTC), or None while there is no clock.

    There is none for context, for closed reports, before the delivery receipt (E8), and after a response. A claimed
    completion is the unit's to verify, so then the unit's own clock runs. While a pause lasts, this is the date if the
    pause lasts to its end: a pause that nobody ends is over by itself, and the report comes back into view (F5).
    """
    if state.kind is ReportKind.CONTEXT or state.status in CLOSED_STATUSES:
        return None
    if state.status is Status.AWAITING_VERIFICATION:
        return None if state.claimed_done_at is None else state.claimed_done_at + policy.verification
    if state.held_since is None:
        return None
    if state.office is None:
        level = OfficeLevel.UPT
    else:
        if state.responded_at is not None:
            return None
        office = directory.offices.get(state.office)
        level = OfficeLevel.KELURAHAN if office is None else office.level
    allowance = policy.response.get(level)
    if allowance is None:
        return None
    return state.held_since + allowance + state.paused_ms + _pause_ahead(state)


def _pause_ahead(state: ReportState) -> int:
    """Milliseconds that the running pause adds if it lasts to its end."""
    if state.pause is None or state.held_since is None:
        return 0
    return max(0, state.pause.until - max(state.pause.since, state.held_since))


def band(due: int | None, paused: bool, now: int) -> DueBand:
    """The band of a due date at `now`."""
    if paused:
        return DueBand.PAUSED
    if due is None:
        return DueBand.NONE
    if due <= now:
        return DueBand.OVERDUE
    return DueBand.SOON if due - now <= SOON_MS else DueBand.IN_TIME
