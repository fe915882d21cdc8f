"""What may happen, who may cause it, a refusal that says why. Four cases a kind: yes, nothing new, no, conflict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk import codec
from smartcity_desk.domain import ids
from smartcity_desk.domain.decide import LEASE_MS, PAUSE_MAX, decide
from smartcity_desk.domain.decision import (
    REFUSALS,
    SKEW_MS,
    TEXT_MAX,
    Accepted,
    Action,
    Contradicted,
    Refused,
)
from smartcity_desk.domain.events import (
    MAY_CAUSE,
    PAYLOADS,
    Acknowledged,
    Actor,
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
    ExclusionCode,
    IncidentChanged,
    MarkNotified,
    NoteAdded,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    RejectCode,
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
from smartcity_desk.domain.fold import apply, fold
from smartcity_desk.domain.report import ReportKind, Status
from smartcity_desk.domain.state import Joined, Pause, ReportState, initial
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.domain.asking import refused_by
from tests.domain.builders import (
    ANI,
    BUDI,
    DIRECTORY,
    LURAH,
    LURAH_2,
    MENTENG,
    NOWHERE,
    PLN,
    SITI,
    SUDIN,
    SYSTEM,
    T0,
    TEBET,
    UPT,
    VIEWER,
    action,
    actions,
    histories,
    report,
)

K = EventKind
NOW = T0 + HOUR
WHY = "banjir di sana"
HEX = "a" * 64

NEW = initial(report())
HELD = replace(
    NEW,
    status=Status.ROUTED,
    office=TEBET,
    routed_at=T0 + 1,
    delivered_at=T0 + 2,
    held_since=T0 + 2,
    category="flood",
)
RETURNED = replace(HELD, return_pending=True, return_competent=SUDIN)
CLAIMED_DONE = replace(HELD, status=Status.AWAITING_VERIFICATION, claimed_done_at=T0 + 3, responded_at=T0 + 3)
DONE = replace(CLAIMED_DONE, status=Status.DONE, closed_at=T0 + 4)
ANSWERED = replace(DONE, answered_by="budi", answer_event="e7")
BACK_AT_WORK = replace(HELD, status=Status.IN_PROGRESS)
SPAM = replace(NEW, status=Status.REJECTED, reject_code=RejectCode.SPAM, closed_at=T0 + 4)
PAUSED = replace(HELD, pause=Pause(PauseCode.WAITING_REPORTER, WHY, T0 + 3, NOW + DAY))
BUDIS = replace(NEW, claimed_by="budi", claim_since=NOW - MINUTE, claim_until=NOW + 5 * MINUTE)
CONTEXT = initial(report(ReportKind.CONTEXT))
ONE, OTHER = ids.event_id("one"), ids.event_id("other")
MEMBER = replace(HELD, incident=Joined(ONE, "budi", "", T0 + 3, "e3"))


@dataclass(frozen=True)
class Case:
    """One question and its answer: `accepted`, a refusal's code, or the field in conflict as `conflict:field`."""

    state: ReportState
    kind: EventKind
    payload: Payload
    answer: str
    by: Actor = ANI


def _pause(
    code: PauseCode = PauseCode.WAITING_REPORTER, length: int = DAY, base: Status | None = None
) -> Paused:
    return Paused(code, WHY, NOW + length, base)


def _over(payload: ClaimTaken) -> ClaimTaken:
    return replace(payload, takeover=True, reason=WHY)


LEASE = ClaimTaken("ani", NOW + LEASE_MS)
OUT = ExclusionChanged("e1", TEBET, ExclusionCode.AMBIGUOUS_PLACE, WHY)

CASES: tuple[Case, ...] = (
    Case(NEW, K.CATEGORY_SET, CategorySet("flood"), "accepted"),
    Case(HELD, K.CATEGORY_SET, CategorySet("tree", "flood"), "accepted"),
    Case(HELD, K.CATEGORY_SET, CategorySet("flood", "flood"), "no_change"),
    Case(HELD, K.CATEGORY_SET, CategorySet("flood", None), "accepted"),  # another desk said the same
    Case(NEW, K.CATEGORY_SET, CategorySet("comet"), "unknown_category"),
    Case(HELD, K.CATEGORY_SET, CategorySet("tree", None), "conflict:category"),
    Case(BUDIS, K.CATEGORY_SET, CategorySet("tree"), "claimed_by_other"),
    Case(NEW, K.CATEGORY_SET, CategorySet("tree"), "role_not_allowed", LURAH),
    Case(NEW, K.PLACE_SET, PlaceSet(TEBET), "accepted"),
    Case(replace(NEW, place=TEBET), K.PLACE_SET, PlaceSet(TEBET, TEBET), "no_change"),
    Case(replace(NEW, place=TEBET), K.PLACE_SET, PlaceSet(TEBET, TEBET, -6.23, 106.85), "accepted"),
    Case(replace(NEW, place=TEBET), K.PLACE_SET, PlaceSet(TEBET), "accepted"),
    Case(NEW, K.PLACE_SET, PlaceSet(NOWHERE), "unknown_office"),
    Case(NEW, K.PLACE_SET, PlaceSet(SUDIN), "not_a_place"),
    Case(NEW, K.PLACE_SET, PlaceSet(TEBET, None, -6.2, None), "payload_mismatch"),
    Case(NEW, K.PLACE_SET, PlaceSet(TEBET, None, float("nan"), 106.8), "payload_mismatch"),
    Case(NEW, K.PLACE_SET, PlaceSet(TEBET, None, 106.8, -6.2), "payload_mismatch"),  # swapped
    Case(replace(NEW, place=MENTENG), K.PLACE_SET, PlaceSet(TEBET), "conflict:place"),
    Case(BUDIS, K.PLACE_SET, PlaceSet(TEBET), "claimed_by_other"),
    Case(NEW, K.REPORTER_ANSWERED, ReporterAnswered("sedang ditangani"), "accepted"),
    Case(DONE, K.REPORTER_ANSWERED, ReporterAnswered("terima kasih"), "accepted"),
    Case(NEW, K.REPORTER_ANSWERED, ReporterAnswered(" "), "text_required"),
    Case(NEW, K.REPORTER_ANSWERED, ReporterAnswered("x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(HELD, K.REPORTER_ANSWERED, ReporterAnswered("halo"), "role_not_allowed", LURAH),
    Case(NEW, K.NOTE_ADDED, NoteAdded("dicek"), "accepted"),
    Case(NEW, K.NOTE_ADDED, NoteAdded("   "), "text_required"),
    Case(NEW, K.NOTE_ADDED, NoteAdded("x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(BUDIS, K.NOTE_ADDED, NoteAdded("dicek"), "accepted"),  # a note never fights anybody
    Case(DONE, K.NOTE_ADDED, NoteAdded("warga menelepon lagi"), "accepted"),
    Case(HELD, K.NOTE_ADDED, NoteAdded("dicek"), "accepted", LURAH),
    Case(HELD, K.NOTE_ADDED, NoteAdded("dicek"), "not_your_office", LURAH_2),
    Case(NEW, K.NOTE_ADDED, NoteAdded("dicek"), "not_your_office", Actor("x", Role.OFFICIAL)),
    Case(NEW, K.NOTE_ADDED, NoteAdded("dicek"), "role_not_allowed", VIEWER),
    Case(NEW, K.ATTACHMENT_ADDED, AttachmentAdded(HEX, "image/jpeg", 3), "accepted"),
    Case(NEW, K.ATTACHMENT_ADDED, AttachmentAdded("../../etc/passwd", "image/jpeg", 3), "payload_mismatch"),
    Case(NEW, K.ATTACHMENT_ADDED, AttachmentAdded(HEX, "image/jpeg", -1), "payload_mismatch"),
    Case(HELD, K.ATTACHMENT_ADDED, AttachmentAdded(HEX, "image/jpeg", 3), "not_your_office", LURAH_2),
    Case(NEW, K.ATTACHMENT_ADDED, AttachmentAdded(HEX, "x", 3, "n" * (TEXT_MAX + 1)), "text_too_long"),
    Case(NEW, K.ROUTING_SENT, RoutingSent(TEBET, WHY), "accepted"),
    Case(NEW, K.ROUTING_SENT, RoutingSent(PLN, WHY), "accepted"),
    Case(HELD, K.ROUTING_SENT, RoutingSent(MENTENG, WHY, TEBET), "accepted"),
    Case(HELD, K.ROUTING_SENT, RoutingSent(UPT, WHY, TEBET), "accepted"),  # the unit takes it back
    Case(HELD, K.ROUTING_SENT, RoutingSent(TEBET, WHY, TEBET), "no_change"),
    Case(HELD, K.ROUTING_SENT, RoutingSent(TEBET, WHY), "accepted"),
    Case(NEW, K.ROUTING_SENT, RoutingSent(UPT, WHY), "no_change"),
    Case(NEW, K.ROUTING_SENT, RoutingSent(NOWHERE, WHY), "unknown_office"),
    Case(NEW, K.ROUTING_SENT, RoutingSent(TEBET, " -  "), "reason_required"),
    Case(NEW, K.ROUTING_SENT, RoutingSent(TEBET, "x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(DONE, K.ROUTING_SENT, RoutingSent(MENTENG, WHY, TEBET), "closed"),
    Case(HELD, K.ROUTING_SENT, RoutingSent(MENTENG, WHY), "conflict:office"),
    Case(RETURNED, K.ROUTING_SENT, RoutingSent(TEBET, WHY), "already_returned"),
    Case(BUDIS, K.ROUTING_SENT, RoutingSent(TEBET, WHY), "claimed_by_other"),
    Case(CONTEXT, K.ROUTING_SENT, RoutingSent(TEBET, WHY), "traffic_context"),
    Case(HELD, K.ROUTING_RETURNED, RoutingReturned(TEBET, WHY, SUDIN), "accepted", LURAH),
    Case(RETURNED, K.ROUTING_RETURNED, RoutingReturned(TEBET, WHY), "already_returned", LURAH),
    Case(HELD, K.ROUTING_RETURNED, RoutingReturned(TEBET, WHY, NOWHERE), "unknown_office", LURAH),
    Case(HELD, K.ROUTING_RETURNED, RoutingReturned(TEBET, ""), "reason_required", LURAH),
    Case(HELD, K.ROUTING_RETURNED, RoutingReturned(TEBET, WHY), "not_your_office", LURAH_2),
    Case(HELD, K.ROUTING_RETURNED, RoutingReturned(MENTENG, WHY), "not_holder", LURAH_2),
    Case(HELD, K.ROUTING_RETURNED, RoutingReturned(TEBET, WHY), "role_not_allowed"),
    Case(DONE, K.ROUTING_RETURNED, RoutingReturned(TEBET, WHY), "closed", LURAH),
    Case(RETURNED, K.ROUTING_RETURN_ACCEPTED, ReturnAnswered(), "accepted"),
    Case(HELD, K.ROUTING_RETURN_ACCEPTED, ReturnAnswered(), "nothing_returned"),
    Case(replace(DONE, return_pending=True), K.ROUTING_RETURN_ACCEPTED, ReturnAnswered(), "closed"),
    Case(RETURNED, K.ROUTING_RETURN_ACCEPTED, ReturnAnswered("x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(RETURNED, K.ROUTING_RETURN_REFUSED, ReturnAnswered(WHY), "accepted"),
    Case(RETURNED, K.ROUTING_RETURN_REFUSED, ReturnAnswered("no"), "reason_required"),
    Case(HELD, K.ROUTING_RETURN_REFUSED, ReturnAnswered(WHY), "nothing_returned"),
    Case(RETURNED, K.ROUTING_RETURN_REFUSED, ReturnAnswered(WHY), "role_not_allowed", LURAH),
    Case(HELD, K.REPORT_DELIVERED, Delivered(TEBET), "accepted", SYSTEM),
    Case(HELD, K.REPORT_DELIVERED, Delivered(TEBET), "accepted", LURAH),
    Case(
        HELD, K.REPORT_DELIVERED, Delivered(MENTENG), "not_holder", SYSTEM
    ),  # a late receipt of the former holder
    Case(HELD, K.REPORT_DELIVERED, Delivered(TEBET), "role_not_allowed"),
    Case(HELD, K.REPORT_SEEN, Seen(TEBET), "accepted", LURAH),
    Case(HELD, K.REPORT_SEEN, Seen(TEBET), "not_your_office", LURAH_2),
    Case(HELD, K.REPORT_SEEN, Seen(MENTENG), "not_holder", SYSTEM),
    Case(HELD, K.REPORT_SEEN, Seen(TEBET), "role_not_allowed", VIEWER),
    Case(HELD, K.REPORT_ACKNOWLEDGED, Acknowledged(TEBET), "accepted", LURAH),
    Case(HELD, K.REPORT_ACKNOWLEDGED, Acknowledged(TEBET), "not_your_office", LURAH_2),
    Case(DONE, K.REPORT_ACKNOWLEDGED, Acknowledged(TEBET), "closed", LURAH),
    Case(HELD, K.REPORT_ACKNOWLEDGED, Acknowledged(TEBET, "x" * (TEXT_MAX + 1)), "text_too_long", LURAH),
    Case(HELD, K.REPORT_RESPONDED, Responded(TEBET, "Petugas PPSU sudah di lokasi"), "accepted", LURAH),
    Case(HELD, K.REPORT_RESPONDED, Responded(TEBET, "ok", "SPK-12"), "accepted", LURAH),
    Case(HELD, K.REPORT_RESPONDED, Responded(TEBET, "ok, terima kasih"), "text_too_short", LURAH),
    Case(HELD, K.REPORT_RESPONDED, Responded(TEBET, "x" * 30, "y" * (TEXT_MAX + 1)), "text_too_long", LURAH),
    Case(DONE, K.REPORT_RESPONDED, Responded(TEBET, "Petugas PPSU sudah di lokasi"), "closed", LURAH),
    Case(NEW, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM), "accepted"),
    Case(SPAM, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, base=Status.NEW), "accepted"),
    Case(SPAM, K.REPORT_REJECTED, ReportRejected(RejectCode.DUPLICATE, base=Status.NEW), "closed"),
    Case(SPAM, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, base=Status.REJECTED), "closed"),
    Case(HELD, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, base=Status.NEW), "conflict:status"),
    Case(NEW, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, "x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(CONTEXT, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM), "traffic_context"),
    Case(DONE, K.REPORT_REOPENED, Reopened(WHY, Status.DONE), "accepted"),
    Case(HELD, K.REPORT_REOPENED, Reopened(WHY), "not_closed"),
    Case(DONE, K.REPORT_REOPENED, Reopened("?"), "reason_required"),
    Case(SPAM, K.REPORT_REOPENED, Reopened(WHY, Status.DONE), "conflict:status"),
    Case(HELD, K.CLOCK_PAUSED, _pause(), "accepted"),
    Case(PAUSED, K.CLOCK_PAUSED, _pause(), "already_paused"),
    Case(HELD, K.CLOCK_PAUSED, _pause(length=0), "pause_ends_before_start"),
    Case(HELD, K.CLOCK_PAUSED, _pause(length=11 * DAY), "pause_too_long"),
    Case(HELD, K.CLOCK_PAUSED, _pause(PauseCode.WAITING_THIRD_PARTY), "pause_needs_supervisor"),
    Case(HELD, K.CLOCK_PAUSED, _pause(PauseCode.WAITING_THIRD_PARTY), "accepted", SITI),
    Case(HELD, K.CLOCK_PAUSED, replace(_pause(), reason=""), "reason_required"),
    Case(HELD, K.CLOCK_PAUSED, _pause(base=Status.NEW), "conflict:status"),
    Case(DONE, K.CLOCK_PAUSED, _pause(), "closed"),
    Case(PAUSED, K.CLOCK_RESUMED, Resumed(), "accepted"),
    Case(HELD, K.CLOCK_RESUMED, Resumed(), "not_paused"),
    Case(PAUSED, K.CLOCK_RESUMED, Resumed("x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(PAUSED, K.CLOCK_RESUMED, Resumed(), "role_not_allowed", LURAH),
    Case(HELD, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "selesai", (HEX,)), "accepted", LURAH),
    Case(HELD, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, " "), "text_required", LURAH),
    Case(HELD, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "selesai", ("x",)), "payload_mismatch", LURAH),
    Case(HELD, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "selesai"), "not_your_office", LURAH_2),
    Case(DONE, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "selesai"), "closed", LURAH),
    Case(
        CLAIMED_DONE, K.COMPLETION_ACCEPTED, CompletionAnswered("", Status.AWAITING_VERIFICATION), "accepted"
    ),
    Case(DONE, K.COMPLETION_ACCEPTED, CompletionAnswered("", Status.AWAITING_VERIFICATION), "accepted"),
    Case(HELD, K.COMPLETION_ACCEPTED, CompletionAnswered(), "nothing_claimed_done"),
    Case(
        BACK_AT_WORK,
        K.COMPLETION_ACCEPTED,
        CompletionAnswered("", Status.AWAITING_VERIFICATION),
        "conflict:status",
    ),
    Case(CLAIMED_DONE, K.COMPLETION_ACCEPTED, CompletionAnswered(), "role_not_allowed", LURAH),
    Case(
        CLAIMED_DONE, K.COMPLETION_REFUSED, CompletionAnswered(WHY, Status.AWAITING_VERIFICATION), "accepted"
    ),
    Case(CLAIMED_DONE, K.COMPLETION_REFUSED, CompletionAnswered(""), "reason_required"),
    Case(
        BACK_AT_WORK, K.COMPLETION_REFUSED, CompletionAnswered(WHY, Status.AWAITING_VERIFICATION), "accepted"
    ),
    Case(
        DONE, K.COMPLETION_REFUSED, CompletionAnswered(WHY, Status.AWAITING_VERIFICATION), "conflict:status"
    ),
    Case(HELD, K.COMPLETION_REFUSED, CompletionAnswered(WHY), "nothing_claimed_done"),
    Case(NEW, K.CLAIM_TAKEN, LEASE, "accepted"),
    Case(CONTEXT, K.CLAIM_TAKEN, LEASE, "accepted"),
    Case(BUDIS, K.CLAIM_TAKEN, LEASE, "claimed_by_other"),
    Case(BUDIS, K.CLAIM_TAKEN, _over(LEASE), "takeover_needs_supervisor"),
    Case(BUDIS, K.CLAIM_TAKEN, _over(replace(LEASE, user="siti")), "accepted", SITI),
    Case(BUDIS, K.CLAIM_TAKEN, replace(LEASE, user="siti", takeover=True), "reason_required", SITI),
    Case(NEW, K.CLAIM_TAKEN, replace(LEASE, user="budi"), "claim_not_yours"),
    Case(NEW, K.CLAIM_TAKEN, replace(LEASE, until=NOW + LEASE_MS + SKEW_MS + 1), "lease_too_long"),
    Case(BUDIS, K.CLAIM_RELEASED, ClaimReleased("budi"), "accepted", BUDI),
    Case(BUDIS, K.CLAIM_RELEASED, ClaimReleased("budi"), "takeover_needs_supervisor"),
    Case(BUDIS, K.CLAIM_RELEASED, ClaimReleased("budi"), "accepted", SITI),
    Case(NEW, K.CLAIM_RELEASED, ClaimReleased("ani"), "not_claimed"),
    Case(BUDIS, K.CLAIM_RELEASED, ClaimReleased("ani"), "claim_not_yours"),
    *(
        case
        for kind in (K.EXCLUSION_SET, K.EXCLUSION_LIFTED)
        for case in (
            Case(HELD, kind, OUT, "accepted"),
            Case(HELD, kind, replace(OUT, segment=""), "payload_mismatch"),
            Case(HELD, kind, replace(OUT, office=NOWHERE), "unknown_office"),
            Case(HELD, kind, replace(OUT, reason=""), "reason_required"),
            Case(HELD, kind, OUT, "role_not_allowed", LURAH),
        )
    ),
    Case(ANSWERED, K.REVIEW_RECORDED, SecondReview("e7", accept=True), "accepted"),
    Case(ANSWERED, K.REVIEW_RECORDED, SecondReview("e6", accept=True), "nothing_to_review"),
    Case(DONE, K.REVIEW_RECORDED, SecondReview("e7", accept=True), "nothing_to_review"),
    Case(ANSWERED, K.REVIEW_RECORDED, SecondReview("e7", accept=False), "own_work", BUDI),
    Case(ANSWERED, K.REVIEW_RECORDED, SecondReview("e7", True, "x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(NEW, K.COURSE_CHOSEN, CourseChosen("ask", 2, ("route:X", "ask"), "2026"), "accepted"),
    Case(DONE, K.COURSE_CHOSEN, CourseChosen("ask", 1, ("ask",), "2026"), "accepted"),
    Case(NEW, K.COURSE_CHOSEN, CourseChosen("ask", 1, ("route:X", "ask"), "2026"), "payload_mismatch"),
    Case(NEW, K.COURSE_CHOSEN, CourseChosen("ask", 1, ("ask",), "2026"), "role_not_allowed", LURAH),
    Case(CONTEXT, K.COURSE_CHOSEN, CourseChosen("ask", 1, ("ask",), "2026"), "traffic_context"),
    Case(NEW, K.COURSE_REFUSED, CourseRefused("ask", 1, ("ask",), "2026"), "accepted"),
    Case(NEW, K.COURSE_REFUSED, CourseRefused("ask", 0, ("ask",), "2026"), "payload_mismatch"),
    Case(NEW, K.COURSE_REFUSED, CourseRefused("ask", 1, ("ask",) * 21, "2026"), "payload_mismatch"),
    Case(NEW, K.COURSE_REFUSED, CourseRefused("ask", 1, ("ask",), "2026", WHY * TEXT_MAX), "text_too_long"),
    Case(NEW, K.INCIDENT_JOINED, IncidentChanged(ONE), "accepted"),
    Case(DONE, K.INCIDENT_JOINED, IncidentChanged(ONE), "accepted"),
    Case(MEMBER, K.INCIDENT_JOINED, IncidentChanged(ONE, base=ONE), "no_change"),
    Case(MEMBER, K.INCIDENT_JOINED, IncidentChanged(ONE), "accepted"),  # another desk said the same
    Case(MEMBER, K.INCIDENT_JOINED, IncidentChanged(OTHER, base=ONE), "accepted"),
    Case(MEMBER, K.INCIDENT_JOINED, IncidentChanged(OTHER), "conflict:incident"),
    Case(NEW, K.INCIDENT_JOINED, IncidentChanged(OTHER, base=ONE), "conflict:incident"),
    Case(NEW, K.INCIDENT_JOINED, IncidentChanged("INS-1"), "payload_mismatch"),
    Case(replace(NEW, private=True), K.INCIDENT_JOINED, IncidentChanged(ONE), "private_report"),
    Case(CONTEXT, K.INCIDENT_JOINED, IncidentChanged(ONE), "traffic_context"),
    Case(BUDIS, K.INCIDENT_JOINED, IncidentChanged(ONE), "claimed_by_other"),
    Case(NEW, K.INCIDENT_JOINED, IncidentChanged(ONE, "x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(HELD, K.INCIDENT_JOINED, IncidentChanged(ONE), "role_not_allowed", LURAH),
    Case(MEMBER, K.INCIDENT_SEPARATED, IncidentChanged(ONE), "accepted"),
    Case(MEMBER, K.INCIDENT_SEPARATED, IncidentChanged(OTHER), "conflict:incident"),
    Case(NEW, K.INCIDENT_SEPARATED, IncidentChanged(ONE), "not_joined"),
    Case(MEMBER, K.INCIDENT_SEPARATED, IncidentChanged(ONE, "x" * (TEXT_MAX + 1)), "text_too_long"),
    Case(MEMBER, K.INCIDENT_SEPARATED, IncidentChanged(ONE), "role_not_allowed", LURAH),
    # What is about something else than a report has its rules elsewhere.
    Case(NEW, K.MARK_NOTIFIED, MarkNotified(HEX), "kind_not_here", SITI),
    Case(NEW, K.CATEGORY_SET, NoteAdded("not a category"), "payload_mismatch"),
)


def _answer(case: Case) -> str:
    decision = decide(case.state, action(case.kind, case.payload, by=case.by, at=NOW), DIRECTORY)
    if isinstance(decision, Accepted):
        return "accepted"
    return decision.code if isinstance(decision, Refused) else f"conflict:{decision.field}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.answer}")
def test_golden(case: Case) -> None:
    assert _answer(case) == case.answer


def test_every_kind_with_a_rule_has_four_cases() -> None:
    ruled = {case.kind for case in CASES if case.answer != "kind_not_here"}
    few = {kind: n for kind in ruled if (n := sum(case.kind is kind for case in CASES)) < 4}
    assert not few
    assert len(ruled) == 29


def test_every_refusal_is_in_the_vocabulary_and_can_happen() -> None:
    said = {
        case.answer for case in CASES if case.answer != "accepted" and not case.answer.startswith("conflict")
    }
    assert said == refused_by("decide") | refused_by("decision")
    assert said <= REFUSALS


def test_every_field_that_can_be_in_conflict_is_seen_here() -> None:
    said = {case.answer.removeprefix("conflict:") for case in CASES if case.answer.startswith("conflict:")}
    assert said == {"category", "place", "office", "status", "incident"}


@given(histories(), actions(), st.sampled_from(list(ReportKind)))
def test_decide_never_raises_and_stays_inside_its_vocabulary(
    history: list[Event], wish: Action, kind: ReportKind
) -> None:
    state = fold(initial(report(kind)), history)
    decision = decide(state, wish, DIRECTORY)
    if isinstance(decision, Refused):
        assert decision.code in REFUSALS
    elif isinstance(decision, Contradicted):
        assert decision.theirs != decision.base
        assert decision.mine != decision.theirs, "two that want the same are not in conflict"
    else:
        assert decision.events
        assert len({event.id for event in decision.events}) == len(decision.events)
        for event in decision.events:
            assert event.actor == wish.actor
            assert event.action == wish.id
            assert event.seq is None
            assert wish.actor.role in MAY_CAUSE[event.kind]
            assert isinstance(event.payload, PAYLOADS[event.kind])


@given(histories(), actions())
def test_the_desk_and_the_server_agree_on_events_and_ids(history: list[Event], wish: Action) -> None:
    """What travels is the action; the server decides again, and must name the same events."""
    here = decide(fold(initial(report()), history), wish, DIRECTORY)
    there_state = fold(
        initial(report()), [codec.event_from_wire(codec.event_to_wire(event)) for event in history]
    )
    # Order among this desk's own is not on the wire: the server never sees a pending event.
    if any(event.seq is None for event in history):
        return
    sent = codec.action_from_wire(codec.action_to_wire(wish), wish.actor)
    assert decide(there_state, sent, codec.directory_from_wire(codec.directory_to_wire(DIRECTORY))) == here


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("role", list(Role))
def test_nobody_causes_what_the_table_does_not_give_him(kind: EventKind, role: Role) -> None:
    payload = next((case.payload for case in CASES if isinstance(case.payload, PAYLOADS[kind])), None)
    if payload is None:
        payload = _plain_payload(kind)
    decision = decide(HELD, action(kind, payload, by=Actor("x", role, TEBET), at=NOW), DIRECTORY)
    refused_for_role = isinstance(decision, Refused) and decision.code == "role_not_allowed"
    assert refused_for_role == (role not in MAY_CAUSE[kind])


def _plain_payload(kind: EventKind) -> Payload:
    simple: dict[str, object] = {
        "str": "x", "int": 1, "ExclusionCode": "E1", "tuple[str, ...]": (), "float": 0.0,
    }  # fmt: skip
    cls = PAYLOADS[kind]
    return cls(**{name: simple.get(str(f.type)) for name, f in cls.__dataclass_fields__.items()})  # type: ignore[arg-type]


def test_the_tables_cover_every_kind() -> None:
    assert set(PAYLOADS) == set(MAY_CAUSE) == set(EventKind)
    assert all(Role.VIEWER not in roles for roles in MAY_CAUSE.values())
    assert all(roles for roles in MAY_CAUSE.values())
    assert set(PAUSE_MAX) == set(PauseCode)


@given(histories(), actions())
def test_an_accepted_action_that_comes_again_changes_nothing_of_what_is_shared(
    history: list[Event], wish: Action
) -> None:
    """A server that lost its memory of one action would still not move a holder's clock twice."""
    state = fold(initial(report()), history)
    decision = decide(state, wish, DIRECTORY)
    if not isinstance(decision, Accepted):
        return
    first = state
    for event in decision.events:
        first = apply(first, event)
    twice = first
    for event in decision.events:
        twice = apply(twice, event)
    assert (twice.office, twice.category, twice.place, twice.status) == (
        first.office, first.category, first.place, first.status,
    )  # fmt: skip
    if wish.kind is not K.COMPLETION_REFUSED:
        assert twice.held_since == first.held_since


def test_what_was_done_before_somebody_claimed_the_report_still_counts() -> None:
    early = action(K.CATEGORY_SET, CategorySet("flood"), at=NOW - 2 * MINUTE)
    assert isinstance(decide(BUDIS, early, DIRECTORY), Accepted)
    stale_claim = action(K.CLAIM_TAKEN, ClaimTaken("ani", NOW + MINUTE), at=NOW - 2 * MINUTE)
    refusal = decide(BUDIS, stale_claim, DIRECTORY)
    assert isinstance(refusal, Refused), "an offline claim never takes a live one away"
    assert refusal.code == "claimed_by_other"


def test_a_lease_that_ran_out_blocks_nobody() -> None:
    later = action(K.CATEGORY_SET, CategorySet("flood"), at=NOW + 6 * MINUTE)
    assert isinstance(decide(BUDIS, later, DIRECTORY), Accepted)


@pytest.mark.parametrize("skew", [-90_000, 90_000])
def test_a_clock_that_is_90_seconds_wrong_refuses_nothing(skew: int) -> None:
    until = NOW + skew + LEASE_MS
    ask: list[Callable[[], Action]] = [
        lambda: action(K.CLAIM_TAKEN, ClaimTaken("ani", until), at=NOW),
        lambda: action(K.CLOCK_PAUSED, _pause(length=PAUSE_MAX[PauseCode.WAITING_REPORTER] + skew), at=NOW),
    ]
    for wish in ask:
        assert isinstance(decide(NEW, wish(), DIRECTORY), Accepted)


def test_a_release_that_comes_too_late_names_the_one_who_holds_the_claim_now() -> None:
    found = decide(BUDIS, action(K.CLAIM_RELEASED, ClaimReleased("ani"), at=NOW), DIRECTORY)
    assert found == Refused("claim_not_yours", {"user": "budi"})
