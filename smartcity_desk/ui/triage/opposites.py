"""What does the opposite of an action that was sent: it stays in the log, so only another action can make it good."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.decide import LEASE_MS
from smartcity_desk.domain.events import (
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    EventKind,
    IncidentChanged,
    Paused,
    Payload,
    PlaceSet,
    Reopened,
    Resumed,
    RoutingSent,
)
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.report import Status
from smartcity_desk.i18n import tr

if TYPE_CHECKING:
    from smartcity_desk.store.rows import ReportDetail, RowData

Opposite = Callable[[Payload, "RowData", "ReportDetail", str, int], "tuple[EventKind, Payload] | None"]


def opposite(
    kind: EventKind, payload: Payload, before: RowData, detail: ReportDetail, user: str, now: int
) -> tuple[EventKind, Payload] | None:
    """The action that does the opposite of one that was sent, or None where only a person can say what to do.

    `before` is the report as it was then, `detail` as it is now; `user` is who takes it back.
    """
    maker = _OPPOSITES.get(kind)
    return None if maker is None else maker(payload, before, detail, user, now)


def _category(
    payload: Payload, before: RowData, _d: ReportDetail, _u: str, _n: int
) -> tuple[EventKind, Payload] | None:
    if before.category is None or not isinstance(payload, CategorySet):
        return None
    return EventKind.CATEGORY_SET, CategorySet(before.category, base=payload.category)


def _place(
    payload: Payload, before: RowData, _d: ReportDetail, _u: str, _n: int
) -> tuple[EventKind, Payload] | None:
    if before.place is None or not isinstance(payload, PlaceSet):
        return None
    return EventKind.PLACE_SET, PlaceSet(before.place, base=payload.place)


def _routing(
    payload: Payload, before: RowData, _d: ReportDetail, _u: str, _n: int
) -> tuple[EventKind, Payload] | None:
    if not isinstance(payload, RoutingSent):
        return None
    return EventKind.ROUTING_SENT, RoutingSent(
        before.office or UPT, tr("action.undo.reason"), base=payload.office
    )


def _pause(
    _p: Payload, _b: RowData, detail: ReportDetail, _u: str, now: int
) -> tuple[EventKind, Payload] | None:
    return (EventKind.CLOCK_RESUMED, Resumed(tr("action.undo.reason"))) if detail.state.paused(now) else None


def _resume(
    _p: Payload, _b: RowData, detail: ReportDetail, _u: str, now: int
) -> tuple[EventKind, Payload] | None:
    last = next(
        (event.payload for event in reversed(detail.timeline) if isinstance(event.payload, Paused)), None
    )
    if last is None or last.until <= now:
        return None
    return EventKind.CLOCK_PAUSED, Paused(last.code, last.reason, last.until, base=detail.state.status)


def _reject(
    _p: Payload, _b: RowData, detail: ReportDetail, _u: str, _n: int
) -> tuple[EventKind, Payload] | None:
    if detail.state.status not in (Status.REJECTED, Status.DONE):
        return None
    return EventKind.REPORT_REOPENED, Reopened(tr("action.undo.reason"), base=detail.state.status)


def _claim(
    _p: Payload, _b: RowData, _d: ReportDetail, user: str, _n: int
) -> tuple[EventKind, Payload] | None:
    return EventKind.CLAIM_RELEASED, ClaimReleased(user)


def _release(
    _p: Payload, _b: RowData, _d: ReportDetail, user: str, now: int
) -> tuple[EventKind, Payload] | None:
    return EventKind.CLAIM_TAKEN, ClaimTaken(user, now + LEASE_MS)


def _joined(
    payload: Payload, _b: RowData, detail: ReportDetail, _u: str, _n: int
) -> tuple[EventKind, Payload] | None:
    """Out again, or back to where it was before."""
    present = detail.state.incident
    if not isinstance(payload, IncidentChanged) or present is None or present.incident != payload.incident:
        return None
    said = next((event.payload for event in detail.timeline if event.id == present.event), None)
    before = said.base if isinstance(said, IncidentChanged) else None
    if before is None:
        return EventKind.INCIDENT_SEPARATED, IncidentChanged(payload.incident, base=payload.incident)
    return EventKind.INCIDENT_JOINED, IncidentChanged(before, tr("action.undo.reason"), base=payload.incident)


def _separated(
    _p: Payload, _b: RowData, detail: ReportDetail, _u: str, _n: int
) -> tuple[EventKind, Payload] | None:
    if detail.state.incident is not None:
        return None
    last = next(
        (event for event in reversed(detail.timeline) if event.kind is EventKind.INCIDENT_SEPARATED), None
    )
    if last is None or not isinstance(last.payload, IncidentChanged):
        return None
    return EventKind.INCIDENT_JOINED, IncidentChanged(last.payload.incident, tr("action.undo.reason"))


_OPPOSITES: Final[dict[EventKind, Opposite]] = {
    EventKind.CATEGORY_SET: _category,
    EventKind.PLACE_SET: _place,
    EventKind.ROUTING_SENT: _routing,
    EventKind.CLOCK_PAUSED: _pause,
    EventKind.CLOCK_RESUMED: _resume,
    EventKind.REPORT_REJECTED: _reject,
    EventKind.COMPLETION_ACCEPTED: _reject,
    EventKind.CLAIM_TAKEN: _claim,
    EventKind.CLAIM_RELEASED: _release,
    EventKind.INCIDENT_JOINED: _joined,
    EventKind.INCIDENT_SEPARATED: _separated,
}
