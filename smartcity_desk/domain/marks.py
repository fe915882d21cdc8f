"""A mark on an office and its objections (*sanggahan*): the state machine of domain paper 3.2.

Here is what it is and what the clock says of it; who may take which step stands in `mark_rules.py`. States that time
brings about (a window that closes, a review that the unit missed) are read off the clock, never written: nobody can
forget to write them. The desk and the central server run these same functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from smartcity_desk.domain.custody import Excluded
from smartcity_desk.domain.events import (
    CountedWindow,
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


OVER: Final = frozenset({MarkStep.DECIDED, MarkStep.ARCHIVED, MarkStep.WITHDRAWN})
"""After these nobody needs the items of a mark as evidence any longer, unless an objection is without an answer."""
UNANSWERED: Final = frozenset({Standing.OPEN, Standing.UNDER_REVIEW})


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
    counted: tuple[CountedWindow, ...] = ()
    policy: str = ""
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

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """The judged windows: from and to, ms UTC, half-open, oldest first."""
        return tuple(window.span for window in self.counted)

    @property
    def segments(self) -> tuple[str, ...]:
        """The items that were counted, window by window."""
        return tuple(name for window in self.counted for name in window.segments)

    def objection(self, name: str) -> Objection | None:
        """One objection by its id."""
        return next((one for one in self.objections if one.id == name), None)


# ---------------------------------------------------------------- what the clock says


def rules_of(state: MarkState, law: Law) -> ObjectionRules:
    """The lengths that hold for a mark: those of the version it was raised under."""
    found = law.book.named(state.policy)
    return (law.book.at(state.raised_at or 0) if found is None else found).objection


def _deemed_served(state: MarkState, law: Law) -> int | None:
    if state.notified_at is None:
        return None
    return law.working_days_after(state.notified_at, rules_of(state, law).deemed_served_days)


def window_opens(state: MarkState, law: Law) -> int | None:
    """When the window of objection opens: when the office has the notice, or is deemed to have it."""
    deemed = _deemed_served(state, law)
    if deemed is None or state.served_at is None or state.notified_at is None:
        return deemed
    return min(max(state.served_at, state.notified_at), deemed)


def window_closes(state: MarkState, law: Law) -> int | None:
    """When the window closes: 24.00 in Jakarta of its last working day, counted from the day of service."""
    opens = window_opens(state, law)
    if opens is None:
        return None
    rules = rules_of(state, law)
    days = rules.window_days + (rules.extension_days if state.extended_at is not None else 0)
    # Deemed served at 24.00 is served on the day that ends there, not on the one that begins.
    day = opens - 1 if opens == _deemed_served(state, law) else opens
    return law.working_days_after(day, days)


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
        (state.withdrawn_at, MarkStep.WITHDRAWN),  # from every state, and nothing comes after it
        (state.archived_at, MarkStep.ARCHIVED),
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
    """The segments under an objection that is not answered: they do not count meanwhile (domain paper 2.5).

    Also of a mark that was withdrawn: the unit does not get rid of an objection that way.
    """
    return frozenset(
        segment
        for one in state.objections
        if standing(state, one, law, now) in UNANSWERED
        for segment in one.segments
    )


def named(state: MarkState) -> frozenset[str]:
    """Every segment that a mark or an objection to it names."""
    objected = (segment for one in state.objections for segment in one.segments)
    return frozenset((*state.segments, *objected))


def open_objections(marks: Iterable[MarkState], law: Law, now: int) -> dict[str, int]:
    """Offices with an objection that is not answered, and when the last of theirs is over by default at the latest."""
    found: dict[str, int] = {}
    for state in marks:
        for one in state.objections:
            if standing(state, one, law, now) in UNANSWERED:
                found[state.office] = max(found.get(state.office, 0), review_due(state, one, law))
    return found


def exclusions(state: MarkState, law: Law, now: int) -> dict[str, Excluded]:
    """The segments that objections took out, with the code, who and why: everywhere, and for good (rule 4)."""
    found: dict[str, Excluded] = {}
    for one in state.objections:
        where = standing(state, one, law, now)
        if where in (Standing.ACCEPTED, Standing.PARTLY):
            code = one.accepted_code or one.code or UNCODED
            assert one.decided_at is not None
            for segment in one.accepted:
                found[segment] = Excluded(
                    code, one.decided_by or "", one.answer, one.decided_at, one.answer_event
                )
        elif where is Standing.DEFAULT:
            due = review_due(state, one, law)
            for segment in one.segments:
                found[segment] = Excluded(one.code or UNCODED, "", DEFAULT_REASON, due, one.event)
    return found


UNCODED: Final = ExclusionCode.OUTAGE
"""The code of an exclusion by default where the office gave none: what failed to work was the unit's own review."""
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
            counted=payload.windows,
            policy=payload.policy,
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
        begun = state.objection(payload.objection)
        if begun is None or begun.taken_at is not None:
            return state
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


MARK_KINDS: Final = frozenset(
    {
        K.MARK_RAISED,
        K.MARK_NOTIFIED,
        K.MARK_SERVED,
        K.MARK_PROPOSED,
        K.MARK_DECIDED,
        K.MARK_ARCHIVED,
        K.MARK_WITHDRAWN,
        K.OBJECTION_FILED,
        K.OBJECTION_EXTENDED,
        K.OBJECTION_TAKEN,
        K.OBJECTION_DECIDED,
    }
)
"""The kinds whose subject is a mark."""
