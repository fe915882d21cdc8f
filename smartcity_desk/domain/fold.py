"""(initial state, events) -> state. Total, and the same whatever the order in which the events arrived.

Confirmed events count in the central server's order (`seq`), then this desk's own pending ones in outbox order: the
pending ones are replayed on whatever base the server gives, as in a rebase. An event that is present twice (the pending
one and its confirmation share an id) counts once, as confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from smartcity_desk.domain.events import (
    Acknowledged,
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionClaimed,
    Delivered,
    Event,
    EventKind,
    IncidentChanged,
    Paused,
    PlaceSet,
    ReportRejected,
    Responded,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.report import CLOSED_STATUSES, ReportKind, Status
from smartcity_desk.domain.standing import DECIDING, while_held
from smartcity_desk.domain.state import Joined, Pause, ReportState, evolve


def canonical(events: Iterable[Event]) -> list[Event]:
    """Each event once, in the one order that counts."""
    unique: dict[str, Event] = {}
    for event in events:
        known = unique.get(event.id)
        if known is None or _rank(event) < _rank(known):
            unique[event.id] = event
    return sorted(unique.values(), key=_rank)


def _rank(event: Event) -> tuple[int, int, int, str]:
    if event.seq is not None:
        return (0, event.seq, 0, event.id)
    return (1, event.order, event.at, event.id)


def fold(initial: ReportState, events: Iterable[Event]) -> ReportState:
    """The state after all events, in canonical order."""
    state = initial
    for event in canonical(events):
        state = apply(state, event)
    return state


def apply(state: ReportState, event: Event) -> ReportState:
    """The state after one more event. Never refuses: a confirmed event has happened."""
    step = _STEPS.get(event.kind)
    changed = state if step is None else step(state, event, event.payload)
    return evolve(
        changed,
        last_event_at=event.at if state.last_event_at is None else max(state.last_event_at, event.at),
        seq=max(state.seq, event.seq or 0),
        pending=state.pending + (1 if event.seq is None else 0),
        decided=state.decided or event.kind in DECIDING,
    )


def _sources_word(state: ReportState) -> bool:
    """Whether a complaint's status is still its source's: no ground to pass over the first decision about it."""
    return not state.decided and state.kind is ReportKind.COMPLAINT


def _first(known: int | None, at: int) -> int:
    return at if known is None else known


def _category(state: ReportState, event: Event, payload: CategorySet) -> ReportState:
    return evolve(state, category=payload.category)


def _place(state: ReportState, event: Event, payload: PlaceSet) -> ReportState:
    if payload.lat is None:
        return evolve(state, place=payload.place, place_doubt=None)
    return evolve(state, place=payload.place, place_doubt=None, lat=payload.lat, lon=payload.lon)


def _note(state: ReportState, event: Event, payload: object) -> ReportState:
    return evolve(state, notes=state.notes + 1)


def _attachment(state: ReportState, event: Event, payload: object) -> ReportState:
    return evolve(state, attachments=state.attachments + 1)


def _new_custody(state: ReportState, office: str | None, status: Status, since: int | None) -> ReportState:
    """A new holder starts with his own time: pauses, receipts and answers of the former one are not his (F11)."""
    return evolve(
        state,
        office=office,
        status=status,
        held_since=since if state.kind is ReportKind.COMPLAINT else None,
        delivered_at=None,
        acknowledged_at=None,
        responded_at=None,
        claimed_done_at=None,
        closed_at=None,
        pause=None,
        paused_ms=0,
        return_pending=False,
        return_competent=None,
    )


def _sent(state: ReportState, event: Event, payload: RoutingSent) -> ReportState:
    if state.kind is ReportKind.CONTEXT:
        return state  # traffic context never enters an official's clock, whoever says so
    if payload.office == UPT:
        return _new_custody(
            state, None, Status.NEW, event.at
        )  # taken back: the unit holds it, and its own time runs
    if payload.office == state.office and state.status not in CLOSED_STATUSES:
        return state  # two desks said the same: the second one must not give the office its time again
    return evolve(_new_custody(state, payload.office, Status.ROUTED, None), routed_at=event.at)


def _delivered(state: ReportState, event: Event, payload: Delivered) -> ReportState:
    if state.office != payload.office or state.delivered_at is not None:
        return state
    return evolve(state, delivered_at=event.at, held_since=event.at)


def _acknowledged(state: ReportState, event: Event, payload: Acknowledged) -> ReportState:
    if state.office != payload.office or state.acknowledged_at is not None:
        return state
    return evolve(state, acknowledged_at=event.at)


def _responded(state: ReportState, event: Event, payload: Responded) -> ReportState:
    if state.office != payload.office:
        return state
    status = Status.IN_PROGRESS if state.status is Status.ROUTED else state.status
    return evolve(state, status=status, responded_at=_first(state.responded_at, event.at))


def _returned(state: ReportState, event: Event, payload: RoutingReturned) -> ReportState:
    if state.office != payload.office:
        return state
    return evolve(state, return_pending=True, return_competent=payload.competent)


def _return_accepted(state: ReportState, event: Event, payload: object) -> ReportState:
    if not state.return_pending:
        return state
    return _new_custody(state, None, Status.NEW, event.at)


def _return_refused(state: ReportState, event: Event, payload: object) -> ReportState:
    return evolve(state, return_pending=False, return_competent=None)


def _rejected(state: ReportState, event: Event, payload: ReportRejected) -> ReportState:
    if state.status in CLOSED_STATUSES and not _sources_word(state):
        return state  # two desks said the same, or the traffic is over
    ended = _end_pause(state, event.at)
    return evolve(
        ended,
        status=Status.REJECTED,
        reject_code=payload.code,
        closed_at=event.at,
        return_pending=False,
        return_competent=None,
    )


def _reopened(state: ReportState, event: Event, payload: object) -> ReportState:
    if state.status not in CLOSED_STATUSES and not _sources_word(state):
        return state
    if state.kind is ReportKind.CONTEXT:
        return state
    holder = state.office
    status = Status.NEW if holder is None else Status.ROUTED
    started = _new_custody(state, holder, status, event.at)
    return evolve(
        started,
        delivered_at=event.at if holder is not None and state.delivered_at is not None else None,
        held_since=event.at if holder is None or state.delivered_at is not None else None,
        reject_code=None,
        reopened=state.reopened + 1,
    )


def _paused(state: ReportState, event: Event, payload: Paused) -> ReportState:
    if state.kind is ReportKind.CONTEXT or state.paused(event.at):
        return state
    if state.status in CLOSED_STATUSES:
        if not _sources_word(state):
            return state
        state = evolve(state, status=while_held(state.status))  # only a machine says that it is closed
    over = _end_pause(state, event.at)
    return evolve(over, pause=Pause(payload.code, payload.reason, event.at, payload.until))


def _end_pause(state: ReportState, at: int) -> ReportState:
    if state.pause is None:
        return state
    ended = min(at, state.pause.until)
    # Time before the holder's own time began was never his, so pausing it gives him nothing.
    began = ended if state.held_since is None else max(state.pause.since, state.held_since)
    return evolve(state, pause=None, paused_ms=state.paused_ms + max(0, ended - began))


def _resumed(state: ReportState, event: Event, payload: object) -> ReportState:
    return _end_pause(state, event.at)


def _completion_claimed(state: ReportState, event: Event, payload: CompletionClaimed) -> ReportState:
    if state.office != payload.office or state.status in CLOSED_STATUSES:
        return state
    return evolve(
        state,
        status=Status.AWAITING_VERIFICATION,
        claimed_done_at=_first(state.claimed_done_at, event.at),
        responded_at=_first(state.responded_at, event.at),
    )


def _completion_accepted(state: ReportState, event: Event, payload: object) -> ReportState:
    if state.status is not Status.AWAITING_VERIFICATION and not _sources_word(state):
        return state
    return evolve(
        _end_pause(state, event.at),
        status=Status.DONE,
        closed_at=event.at,
        return_pending=False,
        return_competent=None,
        answered_by=event.actor.user,
        answer_event=event.id,
    )


def _completion_refused(state: ReportState, event: Event, payload: object) -> ReportState:
    """The work is still to do: the answer that failed is no answer, and the holder's time starts afresh."""
    if state.status is not Status.AWAITING_VERIFICATION and not _sources_word(state):
        return state
    return evolve(
        state,
        status=Status.IN_PROGRESS,
        claimed_done_at=None,
        responded_at=None,
        held_since=event.at,
        paused_ms=0,
        refused_completions=state.refused_completions + 1,
        answered_by=event.actor.user,
        answer_event=event.id,
    )


def _claim_taken(state: ReportState, event: Event, payload: ClaimTaken) -> ReportState:
    since = state.claim_since if state.claim_holder(event.at) == payload.user else event.at
    return evolve(state, claimed_by=payload.user, claim_since=since, claim_until=payload.until)


def _claim_released(state: ReportState, event: Event, payload: ClaimReleased) -> ReportState:
    if state.claimed_by != payload.user:
        return state
    return evolve(state, claimed_by=None, claim_since=None, claim_until=None)


def _joined(state: ReportState, event: Event, payload: IncidentChanged) -> ReportState:
    if state.kind is ReportKind.CONTEXT or state.private:
        return state  # traffic carries no clock, and what is private stands by itself, whoever says so
    if state.incident is not None and state.incident.incident == payload.incident:
        return state  # two desks said the same: the first one said it
    joined = Joined(payload.incident, event.actor.user, payload.reason, event.at, event.id)
    return evolve(state, incident=joined)


def _separated(state: ReportState, event: Event, payload: IncidentChanged) -> ReportState:
    if state.incident is None or state.incident.incident != payload.incident:
        return state  # it has been joined elsewhere meanwhile
    return evolve(state, incident=None)


_Step = Callable[[ReportState, Event, Any], ReportState]

_STEPS: Final[dict[EventKind, _Step]] = {
    EventKind.CATEGORY_SET: _category,
    EventKind.PLACE_SET: _place,
    EventKind.NOTE_ADDED: _note,
    EventKind.ATTACHMENT_ADDED: _attachment,
    EventKind.ROUTING_SENT: _sent,
    EventKind.ROUTING_RETURNED: _returned,
    EventKind.ROUTING_RETURN_ACCEPTED: _return_accepted,
    EventKind.ROUTING_RETURN_REFUSED: _return_refused,
    EventKind.REPORT_DELIVERED: _delivered,
    EventKind.REPORT_ACKNOWLEDGED: _acknowledged,
    EventKind.REPORT_RESPONDED: _responded,
    EventKind.REPORT_REJECTED: _rejected,
    EventKind.REPORT_REOPENED: _reopened,
    EventKind.CLOCK_PAUSED: _paused,
    EventKind.CLOCK_RESUMED: _resumed,
    EventKind.COMPLETION_CLAIMED: _completion_claimed,
    EventKind.COMPLETION_ACCEPTED: _completion_accepted,
    EventKind.COMPLETION_REFUSED: _completion_refused,
    EventKind.CLAIM_TAKEN: _claim_taken,
    EventKind.CLAIM_RELEASED: _claim_released,
    EventKind.INCIDENT_JOINED: _joined,
    EventKind.INCIDENT_SEPARATED: _separated,
}
"""Kinds that are not here leave the report's own state alone (seen receipts, marks, objections, calamities)."""
