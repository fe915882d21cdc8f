"""A mark on an office and its objections (*sanggahan*): the state machine of domain paper 3.2.

The desk and the central server run these same functions, for every role. States that time brings about (a window that
closes, a review that the unit missed) are read off the clock, never written: nobody can forget to write them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from smartcity_desk.domain.custody import Excluded
from smartcity_desk.domain.decide import (
    Accepted,
    Action,
    Contradicted,
    Decision,
    Refused,
    is_digest,
    not_too_long,
    plain_events,
    reason_given,
)
from smartcity_desk.domain.events import (
    Event,
    EventKind,
    ExclusionCode,
    MarkRaised,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOutcome,
    ObjectionTaken,
    Role,
)
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.policy import ObjectionRules

K = EventKind


class MarkStep(StrEnum):
    """Where a mark stands (domain paper 3.2)."""

    NONE = "none"
    CANDIDATE = "candidate"  # Calon
    NOTIFIED = "notified"  # Diberitahu
    WINDOW = "window"  # Masa sanggah
    OBJECTED = "objected"  # Disanggah
    REVIEWED = "reviewed"  # Ditinjau
    ELIGIBLE = "eligible"  # Layak diusulkan
    PROPOSED = "proposed"  # Diusulkan
    DECIDED = "decided"  # Diputus
    ARCHIVED = "archived"  # Arsip
    WITHDRAWN = "withdrawn"  # Dicabut


class Standing(StrEnum):
    """Where one objection stands."""

    OPEN = "open"  # Disanggah
    UNDER_REVIEW = "under_review"  # Ditinjau
    ACCEPTED = "accepted"  # Diterima
    PARTLY = "partly"  # Diterima sebagian
    REJECTED = "rejected"  # Ditolak
    DEFAULT = "default"  # the unit missed its own term: accepted by default


@dataclass(frozen=True, slots=True)
class Objection:
    """One *sanggahan*. `official` says whether it came from the office itself and not by letter."""

    id: str
    filed_at: int
    filed_by: str
    official: bool
    segments: tuple[str, ...]
    text: str
    code: ExclusionCode | None
    attachments: tuple[str, ...]
    letter: str
    event: str
    taken_at: int | None = None
    taken_by: str | None = None
    decided_at: int | None = None
    decided_by: str | None = None
    outcome: ObjectionOutcome | None = None
    accepted: tuple[str, ...] = ()
    accepted_code: ExclusionCode | None = None
    answer: str = ""
    answer_event: str = ""


@dataclass(frozen=True, slots=True)
class MarkState:
    """The fold of one mark. Instants in ms UTC; None = has not happened."""

    office: str = ""
    windows: tuple[tuple[int, int], ...] = ()
    policy: str = ""
    segments: tuple[str, ...] = ()
    routers: tuple[str, ...] = ()
    evidence: str = ""
    raised_at: int | None = None
    raised_by: str = ""
    notified_at: int | None = None
    notified_by: str = ""
    dossier: str = ""
    served_at: int | None = None
    extended_at: int | None = None
    objections: tuple[Objection, ...] = ()
    proposed_at: int | None = None
    proposed_by: str = ""
    list_number: str = ""
    decided_at: int | None = None
    decided_by: str = ""
    outcome: str = ""
    archived_at: int | None = None
    withdrawn_at: int | None = None
    withdrawn_by: str = ""
    reason: str = ""
    seq: int = 0
    pending: int = 0

    def objection(self, name: str) -> Objection | None:
        """One objection by its id."""
        return next((one for one in self.objections if one.id == name), None)


# ---------------------------------------------------------------- what the clock says


def rules_of(state: MarkState, law: Law) -> ObjectionRules:
    """The lengths that hold for a mark: those of the version it was raised under."""
    found = law.book.named(state.policy)
    return (law.book.at(state.raised_at or 0) if found is None else found).objection


def window_opens(state: MarkState, law: Law) -> int | None:
    """When the window of objection opens: when the office has the notice, or is deemed to have it."""
    if state.notified_at is None:
        return None
    deemed = law.working_days_after(state.notified_at, rules_of(state, law).deemed_served_days)
    return deemed if state.served_at is None else min(state.served_at, deemed)


def window_closes(state: MarkState, law: Law) -> int | None:
    """When the window closes (24.00 in Jakarta of its last working day), extension included."""
    opens = window_opens(state, law)
    if opens is None:
        return None
    rules = rules_of(state, law)
    days = rules.window_days + (rules.extension_days if state.extended_at is not None else 0)
    return law.working_days_after(opens, days)


def review_due(state: MarkState, objection: Objection, law: Law) -> int:
    """When the unit has to have answered an objection."""
    return law.working_days_after(objection.filed_at, rules_of(state, law).review_days)


def standing(state: MarkState, objection: Objection, law: Law, now: int) -> Standing:
    """Where an objection stands at `now`. The unit is bound by its own clock (rule 3)."""
    if objection.outcome is not None:
        return Standing(objection.outcome.value)
    if now >= review_due(state, objection, law):
        return Standing.DEFAULT
    return Standing.OPEN if objection.taken_at is None else Standing.UNDER_REVIEW


def step(state: MarkState, law: Law, now: int) -> MarkStep:
    """Where the mark stands at `now`."""
    if state.raised_at is None:
        return MarkStep.NONE
    for reached, name in (
        (state.archived_at, MarkStep.ARCHIVED),
        (state.withdrawn_at, MarkStep.WITHDRAWN),
        (state.decided_at, MarkStep.DECIDED),
        (state.proposed_at, MarkStep.PROPOSED),
    ):
        if reached is not None:
            return name
    if state.notified_at is None:
        return MarkStep.CANDIDATE
    standings = {standing(state, one, law, now) for one in state.objections}
    if Standing.OPEN in standings:
        return MarkStep.OBJECTED
    if Standing.UNDER_REVIEW in standings:
        return MarkStep.REVIEWED
    opens, closes = window_opens(state, law), window_closes(state, law)
    assert opens is not None
    assert closes is not None
    if now < opens:
        return MarkStep.NOTIFIED
    return MarkStep.WINDOW if now < closes else MarkStep.ELIGIBLE


def contested(state: MarkState, law: Law, now: int) -> frozenset[str]:
    """The segments under an objection that is not answered: they do not count meanwhile (domain paper 2.5)."""
    return frozenset(
        segment
        for one in state.objections
        if standing(state, one, law, now) in (Standing.OPEN, Standing.UNDER_REVIEW)
        for segment in one.segments
    )


def exclusions(state: MarkState, law: Law, now: int) -> dict[str, Excluded]:
    """The segments that objections took out, with the code, who and why: everywhere, and for good (rule 4)."""
    found: dict[str, Excluded] = {}
    for one in state.objections:
        where = standing(state, one, law, now)
        if where in (Standing.ACCEPTED, Standing.PARTLY):
            code = one.accepted_code or one.code or ExclusionCode.MISROUTED
            assert one.decided_at is not None
            for segment in one.accepted:
                found[segment] = Excluded(
                    code, one.decided_by or "", one.answer, one.decided_at, one.answer_event
                )
        elif where is Standing.DEFAULT:
            due = review_due(state, one, law)
            for segment in one.segments:
                found[segment] = Excluded(
                    one.code or ExclusionCode.OUTAGE, "", DEFAULT_REASON, due, one.event
                )
    return found


DEFAULT_REASON: Final = "review_term_missed"
"""The reason of an exclusion that nobody decided: the unit missed its term. A key; the interface has the words."""


# ---------------------------------------------------------------- fold


def fold_mark(events: Iterable[Event]) -> MarkState:
    """The state of a mark after its events, the same in any order of arrival."""
    state = MarkState()
    for event in canonical(events):
        state = apply_mark(state, event)
    return state


def apply_mark(state: MarkState, event: Event) -> MarkState:
    """The state after one more event. Never refuses."""
    changed = _after(state, event, event.payload)
    return replace(
        changed,
        seq=max(state.seq, event.seq or 0),
        pending=state.pending + (1 if event.seq is None else 0),
    )


def _after(state: MarkState, event: Event, payload: Any) -> MarkState:
    at, user = event.at, event.actor.user
    if isinstance(payload, MarkRaised):
        if state.raised_at is not None:
            return state
        return replace(
            state,
            office=payload.office,
            windows=payload.windows,
            policy=payload.policy,
            segments=payload.segments,
            routers=payload.routers,
            evidence=payload.evidence,
            raised_at=at,
            raised_by=user,
            reason=payload.reason,
        )
    if event.kind in _ONCE:
        field = _ONCE[event.kind]
        return state if getattr(state, field) is not None else _stepped(state, event, field)
    if isinstance(payload, ObjectionExtended):
        return state if state.extended_at is not None else replace(state, extended_at=at)
    if isinstance(payload, ObjectionFiled):
        if state.objection(payload.objection) is not None:
            return state
        filed = Objection(
            payload.objection,
            at,
            user,
            event.actor.role is Role.OFFICIAL,
            payload.segments,
            payload.text,
            payload.code,
            payload.attachments,
            payload.letter,
            event.id,
        )
        return replace(state, objections=(*state.objections, filed))
    if isinstance(payload, ObjectionTaken):
        return _objection(state, payload.objection, taken_at=at, taken_by=user)
    if isinstance(payload, ObjectionDecided):
        known = state.objection(payload.objection)
        if known is None or known.outcome is not None:
            return state
        return _objection(
            state,
            payload.objection,
            decided_at=at,
            decided_by=user,
            outcome=payload.outcome,
            accepted=payload.segments,
            accepted_code=payload.code,
            answer=payload.reason,
            answer_event=event.id,
        )
    return state


_ONCE: Final = {
    K.MARK_NOTIFIED: "notified_at",
    K.MARK_SERVED: "served_at",
    K.MARK_PROPOSED: "proposed_at",
    K.MARK_DECIDED: "decided_at",
    K.MARK_ARCHIVED: "archived_at",
    K.MARK_WITHDRAWN: "withdrawn_at",
}


def _stepped(state: MarkState, event: Event, field: str) -> MarkState:
    changes: dict[str, Any] = {field: event.at}
    by = f"{field.removesuffix('_at')}_by"
    if by in MarkState.__dataclass_fields__:
        changes[by] = event.actor.user
    payload: Any = event.payload
    for name in ("dossier", "list_number", "outcome", "reason"):
        value = getattr(payload, name, "")
        if value and (name != "reason" or event.kind is not K.MARK_SERVED):
            changes[name] = value
    return replace(state, **changes)


def _objection(state: MarkState, name: str, **changes: Any) -> MarkState:
    return replace(
        state,
        objections=tuple(replace(one, **changes) if one.id == name else one for one in state.objections),
    )


# ---------------------------------------------------------------- decide


def decide_mark(state: MarkState, action: Action, law: Law) -> Decision:
    """Whether a step of a mark or of an objection happens, for every role. The clock is `action.at`."""
    payload: Any = action.payload
    if action.kind is not K.MARK_RAISED and state.raised_at is None:
        return Refused("no_mark")
    verdict = _RULES[action.kind](state, action, payload, law)
    return Accepted(plain_events(action)) if verdict is None else verdict


def _wrong_step(state: MarkState, law: Law, now: int, *allowed: MarkStep) -> Refused | None:
    here = step(state, law, now)
    return None if here in allowed else Refused("mark_not_there", {"step": here.value})


def _raised(state: MarkState, action: Action, payload: MarkRaised, law: Law) -> Decision | None:
    if state.raised_at is not None:
        return Refused("already_marked")
    if not law.scored(payload.office):
        return Refused("office_not_scored", {"office": payload.office})
    if action.report != mark_id(payload.office, payload.windows[-1][1] if payload.windows else 0):
        return Refused("payload_mismatch")
    if not _windows_fit(payload.windows) or not payload.segments or not is_digest(payload.evidence):
        return Refused("payload_mismatch")
    if law.book.named(payload.policy) is None:
        return Refused("unknown_policy", {"policy": payload.policy})
    return not_too_long(payload.reason)


def _windows_fit(windows: tuple[tuple[int, int], ...]) -> bool:
    return bool(windows) and all(
        since < until and (n == 0 or windows[n - 1][1] == since) for n, (since, until) in enumerate(windows)
    )


def _notified(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    if not is_digest(payload.dossier):
        return Refused("dossier_required")
    return _wrong_step(state, law, action.at, MarkStep.CANDIDATE) or not_too_long(payload.reason)


def _served(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    if action.actor.role is Role.OFFICIAL and action.actor.office != state.office:
        return Refused("not_your_office", {"office": state.office})
    if state.notified_at is None:
        return Refused("mark_not_there", {"step": step(state, law, action.at).value})
    return Refused("no_change") if state.served_at is not None else not_too_long(payload.reason)


def _proposed(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    """Never before the window closed or while an objection is open (rule 1), and never by the marker alone."""
    refusal = reason_given(payload.reason) or _wrong_step(state, law, action.at, MarkStep.ELIGIBLE)
    if refusal is not None:
        return refusal
    if action.actor.user in (state.raised_by, state.notified_by):
        return Refused("four_eyes", {"user": action.actor.user})
    return None


def _decided(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    refusal = reason_given(payload.reason) or _wrong_step(state, law, action.at, MarkStep.PROPOSED)
    if refusal is not None:
        return refusal
    if not payload.outcome.strip():
        return Refused("text_required")
    if action.actor.user == state.proposed_by:
        return Refused("four_eyes", {"user": action.actor.user})
    return not_too_long(payload.outcome)


def _archived(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    return _wrong_step(state, law, action.at, MarkStep.DECIDED, MarkStep.WITHDRAWN) or not_too_long(
        payload.reason
    )


def _withdrawn(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    over = step(state, law, action.at) in (MarkStep.WITHDRAWN, MarkStep.ARCHIVED)
    return Refused("mark_not_there", {"step": "withdrawn"}) if over else reason_given(payload.reason)


def _filed(state: MarkState, action: Action, payload: ObjectionFiled, law: Law) -> Decision | None:
    official = action.actor.role is Role.OFFICIAL
    if official and action.actor.office != state.office:
        return Refused("not_your_office", {"office": state.office})
    if not official and not payload.letter.strip():
        return Refused("letter_required")
    if state.objection(payload.objection) is not None or not payload.objection:
        return Refused("payload_mismatch")
    if not payload.segments or not set(payload.segments) <= set(state.segments):
        return Refused("segment_not_in_mark")
    if not all(is_digest(one) for one in payload.attachments):
        return Refused("payload_mismatch")
    closes = window_closes(state, law)
    if closes is None:
        return Refused("mark_not_there", {"step": step(state, law, action.at).value})
    if action.at >= closes:
        return Refused("window_closed", {"at": closes})
    if state.withdrawn_at is not None or state.proposed_at is not None:
        return Refused("mark_not_there", {"step": step(state, law, action.at).value})
    taken = contested(state, law, action.at) & set(payload.segments)
    if taken:
        return Refused("already_objected")
    return reason_given(payload.text) or not_too_long(payload.letter)


def _extended(state: MarkState, action: Action, payload: ObjectionExtended, law: Law) -> Decision | None:
    if state.extended_at is not None:
        return Refused("already_extended")
    closes = window_closes(state, law)
    if closes is None or action.at >= closes:
        return Refused("mark_not_there", {"step": step(state, law, action.at).value})
    return reason_given(payload.reason)


def _taken(state: MarkState, action: Action, payload: ObjectionTaken, law: Law) -> Decision | None:
    known = state.objection(payload.objection)
    if known is None:
        return Refused("unknown_objection")
    if standing(state, known, law, action.at) is not Standing.OPEN:
        return Refused("objection_answered")
    return _independent(state, known, action)


def _answered(state: MarkState, action: Action, payload: ObjectionDecided, law: Law) -> Decision | None:
    known = state.objection(payload.objection)
    if known is None:
        return Refused("unknown_objection")
    where = standing(state, known, law, action.at)
    if known.outcome is not None:
        if known.outcome is payload.outcome and known.decided_by == action.actor.user:
            return Refused("no_change")
        return Contradicted("objection", None, payload.outcome.value, known.outcome.value)
    if where is Standing.DEFAULT:
        return Refused("review_term_missed", {"at": review_due(state, known, law)})
    if not set(payload.segments) <= set(known.segments):
        return Refused("segment_not_in_mark")
    whole = set(payload.segments) == set(known.segments)
    fits = {
        ObjectionOutcome.ACCEPTED: whole,
        ObjectionOutcome.PARTLY: bool(payload.segments) and not whole,
        ObjectionOutcome.REJECTED: not payload.segments,
    }[payload.outcome]
    if not fits:
        return Refused("payload_mismatch")
    if payload.segments and payload.code is None and known.code is None:
        return Refused("code_required")
    return reason_given(payload.reason) or _independent(state, known, action)


def _independent(state: MarkState, objection: Objection, action: Action) -> Refused | None:
    """The reviewer is not the marker and not the original disposer (rule 3), nor who entered the letter."""
    involved = {state.raised_by, state.notified_by, objection.filed_by, *state.routers}
    return Refused("four_eyes", {"user": action.actor.user}) if action.actor.user in involved else None


_RULES: Final[dict[EventKind, Any]] = {
    K.MARK_RAISED: _raised,
    K.MARK_NOTIFIED: _notified,
    K.MARK_SERVED: _served,
    K.MARK_PROPOSED: _proposed,
    K.MARK_DECIDED: _decided,
    K.MARK_ARCHIVED: _archived,
    K.MARK_WITHDRAWN: _withdrawn,
    K.OBJECTION_FILED: _filed,
    K.OBJECTION_EXTENDED: _extended,
    K.OBJECTION_TAKEN: _taken,
    K.OBJECTION_DECIDED: _answered,
}
MARK_KINDS: Final = frozenset(_RULES)
"""The kinds whose subject is a mark."""
