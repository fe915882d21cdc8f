"""The rules of a report: (state, action) -> events, or a refusal with its reason. Desk and server run the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from smartcity_desk.domain.decision import (
    SKEW_MS,
    Accepted,
    Action,
    Contradicted,
    Decision,
    Refused,
    made,
    not_allowed,
    not_too_long,
    reason_given,
)
from smartcity_desk.domain.events import (
    Acknowledged,
    AttachmentAdded,
    CategorySet,
    ClaimReleased,
    ClaimTaken,
    CompletionAnswered,
    CompletionClaimed,
    CourseChosen,
    CourseRefused,
    Delivered,
    Event,
    EventKind,
    ExclusionChanged,
    IncidentChanged,
    NoteAdded,
    PauseCode,
    Paused,
    Payload,
    PersonalDataRevealed,
    PlaceSet,
    Reopened,
    ReporterAnswered,
    ReportRejected,
    Responded,
    Resumed,
    ReturnAnswered,
    Role,
    RoutingReturned,
    RoutingSent,
    SecondReview,
    Seen,
)
from smartcity_desk.domain.ids import is_digest, is_uuid
from smartcity_desk.domain.office import UPT, Directory, OfficeLevel
from smartcity_desk.domain.report import CLOSED_STATUSES, ReportKind, Status
from smartcity_desk.domain.state import ReportState
from smartcity_desk.domain.times import DAY, MINUTE

RESPONSE_MIN: Final = 20
"""Characters of a substantive response (domain paper 2.5)."""
LEASE_MS: Final = 10 * MINUTE
"""Length of a claim (capability 13)."""
PAUSE_MAX: Final[dict[PauseCode, int]] = {
    PauseCode.WAITING_REPORTER: 10 * DAY,
    PauseCode.WAITING_THIRD_PARTY: 60 * DAY,
    PauseCode.CALAMITY: 14 * DAY,
    PauseCode.OUTAGE: 7 * DAY,
    PauseCode.LONG_WORK: 180 * DAY,
}
"""Longest pause by reason (F5: maximum length). LAPOR! waits 10 days for a reporter; the others are ours."""
COURSES_MAX: Final = 20
"""Courses that one offer has at most."""


def decide(state: ReportState, action: Action, directory: Directory) -> Decision:
    """Whether the action may happen on this state, and what it makes happen. Pure; never raises on an action's content.

    `claimed_by_other` looks at the lease at `action.at`: what was done before somebody claimed the report still counts.
    An action that asks for what another desk has just done is accepted and changes nothing.
    """
    refusal = not_allowed(action)
    if refusal is not None:
        return refusal
    rule = _RULES.get(action.kind)
    if rule is None:
        return Refused("kind_not_here", {"kind": action.kind.value})
    if state.kind is ReportKind.CONTEXT and action.kind not in _ON_CONTEXT:
        return Refused("traffic_context")
    verdict = rule(state, action, action.payload, directory)
    if verdict is not None:
        return verdict
    return Accepted(_events(state, action))


def _events(state: ReportState, action: Action) -> tuple[Event, ...]:
    kinds: list[tuple[EventKind, Payload]] = [(action.kind, action.payload)]
    if isinstance(action.payload, RoutingSent) and state.return_pending:
        # Sending it on is how the unit accepts a hand-back, sending it back is how it refuses one; the log has to say
        # which, because a refused hand-back charges the office that handed back (F1).
        answer = ReturnAnswered(action.payload.reason)
        if action.payload.office == state.office:
            kinds = [(EventKind.ROUTING_RETURN_REFUSED, answer)]
        else:
            kinds.insert(0, (EventKind.ROUTING_RETURN_ACCEPTED, answer))
    return made(action, kinds)


def _foreign_claim(state: ReportState, action: Action) -> Refused | None:
    holder = state.claim_holder(action.at)
    if holder is None or holder == action.actor.user:
        return None
    if state.claim_since is not None and action.at < state.claim_since:
        return None
    return Refused("claimed_by_other", {"user": holder})


def _own_office(action: Action, office: str, state: ReportState) -> Refused | None:
    if action.actor.role is Role.OFFICIAL and action.actor.office != office:
        return Refused("not_your_office", {"office": office})
    if state.office != office:
        return Refused("not_holder", {"office": office})
    return None


def _inside(action: Action, state: ReportState) -> Refused | None:
    """An official speaks about what his own office holds, and about nothing else."""
    if action.actor.role is Role.OFFICIAL and (
        action.actor.office is None or action.actor.office != state.office
    ):
        return Refused("not_your_office", {"office": state.office or UPT})
    return None


def _is_point(lat: float | None, lon: float | None) -> bool:
    """Both or neither, in degrees. A comparison with not-a-number is false."""
    if lat is None or lon is None:
        return lat is None and lon is None
    return -90 <= lat <= 90 and -180 <= lon <= 180


def _open(state: ReportState) -> Refused | None:
    return Refused("closed", {"status": state.status.value}) if state.status in CLOSED_STATUSES else None


def _status_base(state: ReportState, base: Status | None, mine: str) -> Contradicted | None:
    if base is None or base is state.status:
        return None
    return Contradicted("status", base.value, mine, state.status.value)


def _category(
    state: ReportState, action: Action, payload: CategorySet, directory: Directory
) -> Decision | None:
    if payload.category not in directory.categories:
        return Refused("unknown_category", {"category": payload.category})
    if state.category == payload.category:
        return Refused("no_change") if payload.base == payload.category else None
    if state.category != payload.base:
        return Contradicted("category", payload.base, payload.category, state.category)
    return _foreign_claim(state, action)


def _place(state: ReportState, action: Action, payload: PlaceSet, directory: Directory) -> Decision | None:
    office = directory.offices.get(payload.place)
    if office is None:
        return Refused("unknown_office", {"office": payload.place})
    if office.level is not OfficeLevel.KELURAHAN:
        return Refused("not_a_place", {"office": payload.place})
    if not _is_point(payload.lat, payload.lon):
        return Refused("payload_mismatch")
    if state.place == payload.place:
        says = payload.lat is not None or payload.base != payload.place or state.place_doubt is not None
        return None if says else Refused("no_change")
    if state.place != payload.base:
        return Contradicted("place", payload.base, payload.place, state.place)
    return _foreign_claim(state, action)


def _note(state: ReportState, action: Action, payload: NoteAdded, directory: Directory) -> Decision | None:
    if not payload.text.strip():
        return Refused("text_required")
    return not_too_long(payload.text) or _inside(action, state)


def _answered(
    state: ReportState, action: Action, payload: ReporterAnswered, directory: Directory
) -> Decision | None:
    return not_too_long(payload.text) if payload.text.strip() else Refused("text_required")


def _attachment(
    state: ReportState, action: Action, payload: AttachmentAdded, directory: Directory
) -> Decision | None:
    if not is_digest(payload.sha256) or payload.size < 0:
        return Refused("payload_mismatch")
    return not_too_long(payload.name + payload.media_type) or _inside(action, state)


def _sent(state: ReportState, action: Action, payload: RoutingSent, directory: Directory) -> Decision | None:
    if payload.office not in directory.offices and payload.office != UPT:
        return Refused("unknown_office", {"office": payload.office})
    refusal = reason_given(payload.reason) or _open(state)
    if refusal is not None:
        return refusal
    wanted = None if payload.office == UPT else payload.office
    if state.office == wanted:
        if state.return_pending:
            # Who did not see that the office handed it back has not answered that.
            return _foreign_claim(state, action) if payload.base == wanted else Refused("already_returned")
        return Refused("no_change") if payload.base == wanted else None
    if state.office != payload.base:
        return Contradicted("office", payload.base, payload.office, state.office)
    return _foreign_claim(state, action)


def _returned(
    state: ReportState, action: Action, payload: RoutingReturned, directory: Directory
) -> Decision | None:
    if payload.competent is not None and payload.competent not in directory.offices:
        return Refused("unknown_office", {"office": payload.competent})
    if state.return_pending:
        return Refused("already_returned")
    return _own_office(action, payload.office, state) or _open(state) or reason_given(payload.reason)


def _return_accepted(
    state: ReportState, action: Action, payload: ReturnAnswered, directory: Directory
) -> Decision | None:
    if not state.return_pending:
        return Refused("nothing_returned")
    return _open(state) or not_too_long(payload.reason) or _foreign_claim(state, action)


def _return_refused(
    state: ReportState, action: Action, payload: ReturnAnswered, directory: Directory
) -> Decision | None:
    if not state.return_pending:
        return Refused("nothing_returned")
    return _open(state) or reason_given(payload.reason) or _foreign_claim(state, action)


def _delivered(
    state: ReportState, action: Action, payload: Delivered, directory: Directory
) -> Decision | None:
    return _own_office(action, payload.office, state)


def _seen(state: ReportState, action: Action, payload: Seen, directory: Directory) -> Decision | None:
    return _own_office(action, payload.office, state)


def _acknowledged(
    state: ReportState, action: Action, payload: Acknowledged, directory: Directory
) -> Decision | None:
    return _own_office(action, payload.office, state) or _open(state) or not_too_long(payload.text)


def _responded(
    state: ReportState, action: Action, payload: Responded, directory: Directory
) -> Decision | None:
    refusal = (
        _own_office(action, payload.office, state)
        or _open(state)
        or not_too_long(payload.text)
        or not_too_long(payload.work_order)
    )
    if refusal is not None:
        return refusal
    if len(payload.text.strip()) < RESPONSE_MIN and not payload.work_order.strip():
        return Refused("text_too_short", {"least": RESPONSE_MIN})
    return None


def _rejected(
    state: ReportState, action: Action, payload: ReportRejected, directory: Directory
) -> Decision | None:
    if state.status is Status.REJECTED and payload.base is not Status.REJECTED:
        return (
            None if state.reject_code is payload.code else Refused("closed", {"status": state.status.value})
        )
    return (
        _status_base(state, payload.base, Status.REJECTED.value)
        or _open(state)
        or not_too_long(payload.reason)
        or _foreign_claim(state, action)
    )


def _reopened(state: ReportState, action: Action, payload: Reopened, directory: Directory) -> Decision | None:
    if state.status not in CLOSED_STATUSES:
        return Refused("not_closed")
    return (
        _status_base(state, payload.base, "reopened")
        or reason_given(payload.reason)
        or _foreign_claim(state, action)
    )


def _paused(state: ReportState, action: Action, payload: Paused, directory: Directory) -> Decision | None:
    refusal = reason_given(payload.reason) or _open(state)
    if refusal is not None:
        return refusal
    if payload.until <= action.at:
        return Refused("pause_ends_before_start")
    if payload.until - action.at > PAUSE_MAX[payload.code] + SKEW_MS:
        return Refused("pause_too_long", {"days": PAUSE_MAX[payload.code] // DAY})
    needs_senior = payload.code in (PauseCode.WAITING_THIRD_PARTY, PauseCode.CALAMITY, PauseCode.LONG_WORK)
    if needs_senior and action.actor.role not in (Role.SUPERVISOR, Role.ADMIN):
        return Refused("pause_needs_supervisor", {"code": payload.code.value})
    if state.paused(action.at):
        return Refused("already_paused")
    return _status_base(state, payload.base, "paused") or _foreign_claim(state, action)


def _resumed(state: ReportState, action: Action, payload: Resumed, directory: Directory) -> Decision | None:
    if state.pause is None:
        return Refused("not_paused")
    return not_too_long(payload.reason) or _foreign_claim(state, action)


def _completion_claimed(
    state: ReportState, action: Action, payload: CompletionClaimed, directory: Directory
) -> Decision | None:
    refusal = _own_office(action, payload.office, state) or _open(state) or not_too_long(payload.text)
    if refusal is not None:
        return refusal
    if not all(is_digest(attachment) for attachment in payload.attachments):
        return Refused("payload_mismatch")
    return None if payload.text.strip() else Refused("text_required")


def _completion_accepted(
    state: ReportState, action: Action, payload: CompletionAnswered, directory: Directory
) -> Decision | None:
    if state.status is Status.DONE and payload.base is Status.AWAITING_VERIFICATION:
        return not_too_long(payload.reason)
    conflict = _status_base(state, payload.base, Status.DONE.value)
    if conflict is not None:
        return conflict
    if state.status is not Status.AWAITING_VERIFICATION:
        return Refused("nothing_claimed_done")
    return not_too_long(payload.reason) or _foreign_claim(state, action)


def _completion_refused(
    state: ReportState, action: Action, payload: CompletionAnswered, directory: Directory
) -> Decision | None:
    if state.status is Status.IN_PROGRESS and payload.base is Status.AWAITING_VERIFICATION:
        return reason_given(payload.reason)
    conflict = _status_base(state, payload.base, Status.IN_PROGRESS.value)
    if conflict is not None:
        return conflict
    if state.status is not Status.AWAITING_VERIFICATION:
        return Refused("nothing_claimed_done")
    return reason_given(payload.reason) or _foreign_claim(state, action)


def _claim_taken(
    state: ReportState, action: Action, payload: ClaimTaken, directory: Directory
) -> Decision | None:
    if payload.user != action.actor.user:
        return Refused("claim_not_yours", {"user": payload.user})
    if payload.until - action.at > LEASE_MS + SKEW_MS:
        return Refused("lease_too_long", {"minutes": LEASE_MS // MINUTE})
    holder = state.claim_holder(action.at)
    if holder is None or holder == action.actor.user:
        return None
    if not payload.takeover:
        return Refused("claimed_by_other", {"user": holder})
    if action.actor.role not in (Role.SUPERVISOR, Role.ADMIN):
        return Refused("takeover_needs_supervisor", {"user": holder})
    return reason_given(payload.reason)


def _claim_released(
    state: ReportState, action: Action, payload: ClaimReleased, directory: Directory
) -> Decision | None:
    if state.claimed_by is None:
        return Refused("not_claimed")
    if state.claimed_by != payload.user:
        return Refused("claim_not_yours", {"user": state.claimed_by})
    if payload.user != action.actor.user and action.actor.role not in (
        Role.SUPERVISOR,
        Role.ADMIN,
        Role.SYSTEM,
    ):
        return Refused("takeover_needs_supervisor", {"user": payload.user})
    return None


def _joined(
    state: ReportState, action: Action, payload: IncidentChanged, directory: Directory
) -> Decision | None:
    """The report tells of the same thing as others. In which state it is does not matter: its own life goes on."""
    if not is_uuid(payload.incident):
        return Refused("payload_mismatch")
    if state.private:
        return Refused("private_report")
    present = None if state.incident is None else state.incident.incident
    if present == payload.incident:
        return Refused("no_change") if payload.base == present else None
    if present != payload.base:
        return Contradicted("incident", payload.base, payload.incident, present)
    return not_too_long(payload.reason) or _foreign_claim(state, action)


def _separated(
    state: ReportState, action: Action, payload: IncidentChanged, directory: Directory
) -> Decision | None:
    """The report tells of something of its own after all. `payload.incident` is what the actor takes it out of."""
    if state.incident is None:
        return Refused("not_joined")
    if state.incident.incident != payload.incident:
        return Contradicted("incident", payload.incident, None, state.incident.incident)
    return not_too_long(payload.reason) or _foreign_claim(state, action)


def _excluded(
    state: ReportState, action: Action, payload: ExclusionChanged, directory: Directory
) -> Decision | None:
    """A segment stops or starts to count. The code is in the type: an exclusion without one cannot be said."""
    if not payload.segment:
        return Refused("payload_mismatch")
    if payload.office not in directory.offices:
        return Refused("unknown_office", {"office": payload.office})
    return reason_given(payload.reason)


def _reviewed(
    state: ReportState, action: Action, payload: SecondReview, directory: Directory
) -> Decision | None:
    """The second look is by somebody else, at the answer that stands."""
    if state.answer_event is None or payload.event != state.answer_event:
        return Refused("nothing_to_review")
    if state.answered_by == action.actor.user:
        return Refused("own_work")
    return not_too_long(payload.reason)


def _course(
    state: ReportState, action: Action, payload: CourseChosen | CourseRefused, directory: Directory
) -> Decision | None:
    """A record of what was offered and what was said to it, in any state: the deed itself was judged on its own."""
    offered = payload.offered
    if not 0 < payload.rank <= len(offered) <= COURSES_MAX or offered[payload.rank - 1] != payload.course:
        return Refused("payload_mismatch")
    said = payload.reason if isinstance(payload, CourseRefused) else ""
    return not_too_long("".join(offered) + payload.knowledge + said)


_Rule = Callable[[ReportState, Action, Any, Directory], Decision | None]


def _revealed(
    state: ReportState, action: Action, payload: PersonalDataRevealed, directory: Directory
) -> Decision | None:
    """A record that somebody looked, in any state."""
    return reason_given(payload.reason)


_RULES: Final[dict[EventKind, _Rule]] = {
    EventKind.CATEGORY_SET: _category,
    EventKind.PLACE_SET: _place,
    EventKind.NOTE_ADDED: _note,
    EventKind.PERSONAL_DATA_REVEALED: _revealed,
    EventKind.ATTACHMENT_ADDED: _attachment,
    EventKind.ROUTING_SENT: _sent,
    EventKind.ROUTING_RETURNED: _returned,
    EventKind.ROUTING_RETURN_ACCEPTED: _return_accepted,
    EventKind.ROUTING_RETURN_REFUSED: _return_refused,
    EventKind.REPORT_DELIVERED: _delivered,
    EventKind.REPORT_SEEN: _seen,
    EventKind.REPORT_ACKNOWLEDGED: _acknowledged,
    EventKind.REPORT_RESPONDED: _responded,
    EventKind.REPORT_REJECTED: _rejected,
    EventKind.REPORTER_ANSWERED: _answered,
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
    EventKind.EXCLUSION_SET: _excluded,
    EventKind.EXCLUSION_LIFTED: _excluded,
    EventKind.REVIEW_RECORDED: _reviewed,
    EventKind.COURSE_CHOSEN: _course,
    EventKind.COURSE_REFUSED: _course,
}

_ON_CONTEXT: Final = frozenset(
    {
        EventKind.NOTE_ADDED,
        EventKind.ATTACHMENT_ADDED,
        EventKind.CLAIM_TAKEN,
        EventKind.CLAIM_RELEASED,
        EventKind.PERSONAL_DATA_REVEALED,
    }
)
"""What may be done to traffic context: remarks and claims. Nothing that starts or moves an official's clock."""
