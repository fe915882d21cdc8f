"""Whether a step of a mark or of an objection happens (domain paper 3.2): one rule a kind, the same for every desk.

The clock is `action.at`. What time alone brings about is read off it in `marks.py`, so a rule never waits for a state
that somebody forgot to write. Who may cause a kind at all stands in `events.MAY_CAUSE`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from itertools import pairwise
from typing import Any, Final

from smartcity_desk.domain.decision import (
    Accepted,
    Action,
    Contradicted,
    Decision,
    Refused,
    not_too_long,
    plain_events,
    reason_given,
)
from smartcity_desk.domain.events import (
    CountedWindow,
    EventKind,
    MarkRaised,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOutcome,
    ObjectionTaken,
    Role,
)
from smartcity_desk.domain.fairness import Finding, Tally, judge
from smartcity_desk.domain.figures import judging_policy
from smartcity_desk.domain.foureyes import somebody_else
from smartcity_desk.domain.ids import is_digest, mark_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import (
    MarkState,
    MarkStep,
    Objection,
    Standing,
    contested,
    exclusions,
    review_due,
    standing,
    step,
    window_closes,
)
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.times import DAY

K = EventKind
NAME_MAX: Final = 64
"""Characters of the name that a desk gives to an objection."""


def decide_mark(state: MarkState, action: Action, law: Law) -> Decision:
    """Whether a step of a mark or of an objection happens, for every role. The clock is `action.at`."""
    if action.kind is not K.MARK_RAISED and state.raised_at is None:
        return Refused("no_mark")
    verdict = _RULES[action.kind](state, action, action.payload, law)
    return Accepted(plain_events(action)) if verdict is None else verdict


def _not_here(state: MarkState, law: Law, now: int) -> Refused:
    return Refused("mark_not_there", {"step": step(state, law, now).value})


def _wrong_step(state: MarkState, law: Law, now: int, *allowed: MarkStep) -> Refused | None:
    return None if step(state, law, now) in allowed else _not_here(state, law, now)


def _raised(state: MarkState, action: Action, payload: MarkRaised, law: Law) -> Decision | None:
    if state.raised_at is not None:
        return Refused("already_marked")
    if not law.scored(payload.office):
        return Refused("office_not_scored", {"office": payload.office})
    policy = law.book.named(payload.policy)
    if policy is None or policy.effective_from > action.at:
        return Refused("unknown_policy", {"policy": payload.policy})
    segments = payload.segments
    fits = (
        _windows_fit(payload.windows, policy, action.at)
        and action.report == mark_id(payload.office, payload.windows[-1].until)
        and len(set(segments)) == len(segments)
        and is_digest(payload.evidence)
    )
    if not fits:
        return Refused("payload_mismatch")
    judging = _judging(payload.windows[-1].until, action.at, law)
    if policy.version not in judging:
        return Refused("other_policy", {"policy": judging[0]})
    if not _named(payload.windows, policy):
        return Refused("not_named")
    return not_too_long(payload.reason)


def _windows_fit(windows: Sequence[CountedWindow], policy: Policy, now: int) -> bool:
    """As many consecutive windows as the rule asks for, each of its length, and all of them over."""
    length = policy.marking.window_days * DAY
    return (
        len(windows) == policy.marking.windows
        and all(one.until - one.since == length for one in windows)
        and all(before.until == after.since for before, after in pairwise(windows))
        and windows[-1].until <= now
    )


def _judging(until: int, now: int, law: Law) -> tuple[str, ...]:
    """The versions that judge windows ending at `until`: two, if another one begins on the day on which it is done."""
    instants = (until, min(now, until + DAY - 1))
    return tuple(dict.fromkeys(judging_policy(law, at).version for at in instants))


def _named(windows: Sequence[CountedWindow], policy: Policy, without: Container[str] = ()) -> bool:
    """Whether the rule names an office by these items, less those that were taken out."""
    if len(windows) != policy.marking.windows:
        return False
    tallies = [_tally(window, without) for window in windows]
    return judge(tallies, policy.marking).finding is Finding.CANDIDATE


def no_longer_named(state: MarkState, law: Law, now: int) -> Refused | None:
    """Refuse to let a mark out that the rule, by the version it was raised under, no longer names.

    Its own items are weighed, less those that objections took out. Nothing leaves on a guess at a version.
    """
    policy = law.book.named(state.policy)
    if policy is None:
        return Refused("unknown_policy", {"policy": state.policy})
    still = _named(state.counted, policy, exclusions(state, law, now))
    return None if still else Refused("no_longer", {"office": state.office})


def _tally(window: CountedWindow, without: Container[str]) -> Tally:
    on_time = sum(name not in without for name in window.on_time)
    late = sum(name not in without for name in window.late)
    return Tally(on_time + late, on_time=on_time, silent=late)  # slow weighs as much as silent


def _notified(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    if not is_digest(payload.dossier):
        return Refused("dossier_required")
    return _wrong_step(state, law, action.at, MarkStep.CANDIDATE) or not_too_long(payload.reason)


def _served(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    """The office opens the notice, or the unit says how it knows that it did: the window begins to run."""
    if action.actor.role is Role.OFFICIAL and action.actor.office != state.office:
        return Refused("not_your_office", {"office": state.office})
    over = state.withdrawn_at is not None or state.archived_at is not None
    if state.notified_at is None or over:
        return _not_here(state, law, action.at)
    if state.served_at is not None:
        return Refused("no_change")
    by_itself = action.actor.role in (Role.OFFICIAL, Role.SYSTEM)
    return not_too_long(payload.reason) if by_itself else reason_given(payload.reason)


def _proposed(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    """Never before the window closed or while an objection is open (rule 1), and never by the marker alone."""
    refusal = (
        reason_given(payload.reason)
        or _wrong_step(state, law, action.at, MarkStep.ELIGIBLE)
        or somebody_else(action, state.raised_by, state.notified_by)
    )
    return refusal or no_longer_named(state, law, action.at)


def _decided(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    refusal = reason_given(payload.reason) or _wrong_step(state, law, action.at, MarkStep.PROPOSED)
    if refusal is not None:
        return refusal
    if not payload.outcome.strip():
        return Refused("text_required")
    return somebody_else(action, state.proposed_by) or not_too_long(payload.outcome)


def _archived(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    return _wrong_step(state, law, action.at, MarkStep.DECIDED) or not_too_long(payload.reason)


def _withdrawn(state: MarkState, action: Action, payload: Any, law: Law) -> Decision | None:
    """From every state, with a reason; nothing comes after it."""
    if state.withdrawn_at is not None:
        return _not_here(state, law, action.at)
    return reason_given(payload.reason)


def _window_open(state: MarkState, law: Law, now: int) -> Refused | None:
    """Whether the office may still be heard: from the notice on, until the window closes or the mark is withdrawn."""
    closes = window_closes(state, law)
    if closes is None or state.withdrawn_at is not None or state.proposed_at is not None:
        return _not_here(state, law, now)
    return Refused("window_closed", {"at": closes}) if now >= closes else None


def _filed(state: MarkState, action: Action, payload: ObjectionFiled, law: Law) -> Decision | None:
    official = action.actor.role is Role.OFFICIAL
    if official and action.actor.office != state.office:
        return Refused("not_your_office", {"office": state.office})
    refusal = _window_open(state, law, action.at)
    if refusal is not None:
        return refusal
    if not official and not payload.letter.strip():
        return Refused("letter_required")
    named = 0 < len(payload.objection) <= NAME_MAX and state.objection(payload.objection) is None
    if not named or not all(is_digest(one) for one in payload.attachments):
        return Refused("payload_mismatch")
    segments = set(payload.segments)
    if not segments or not segments <= set(state.segments):
        return Refused("segment_not_in_mark")
    if segments & (contested(state, law, action.at) | exclusions(state, law, action.at).keys()):
        return Refused("already_objected")
    return reason_given(payload.text) or not_too_long(payload.letter)


def _extended(state: MarkState, action: Action, payload: ObjectionExtended, law: Law) -> Decision | None:
    if state.extended_at is not None:
        return Refused("already_extended")
    return _window_open(state, law, action.at) or reason_given(payload.reason)


def _taken(state: MarkState, action: Action, payload: ObjectionTaken, law: Law) -> Decision | None:
    known = state.objection(payload.objection)
    if known is None:
        return Refused("unknown_objection")
    where = standing(state, known, law, action.at)
    if where is Standing.DEFAULT:
        return Refused("review_term_missed", {"at": review_due(state, known, law)})
    if known.outcome is not None:
        return Refused("objection_answered")
    if where is Standing.UNDER_REVIEW:
        return Refused("no_change")
    return _independent(state, known, action)


def _answered(state: MarkState, action: Action, payload: ObjectionDecided, law: Law) -> Decision | None:
    """The unit's answer, also to an objection against a mark that was withdrawn: its segments hang on it."""
    known = state.objection(payload.objection)
    if known is None:
        return Refused("unknown_objection")
    if known.outcome is not None:
        return _answered_before(known, payload)
    if standing(state, known, law, action.at) is Standing.DEFAULT:
        return Refused("review_term_missed", {"at": review_due(state, known, law)})
    refusal = _independent(state, known, action)
    if refusal is not None:
        return refusal
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
    return reason_given(payload.reason)


def _answered_before(known: Objection, payload: ObjectionDecided) -> Decision:
    """Two reviewers worked without a line: the same answer changes nothing, another one is for a person to settle."""
    assert known.outcome is not None
    if known.outcome is not payload.outcome:
        return Contradicted("objection", None, payload.outcome.value, known.outcome.value)
    same = set(known.accepted) == set(payload.segments)
    return Refused("no_change") if same else Refused("objection_answered")


def _independent(state: MarkState, objection: Objection, action: Action) -> Refused | None:
    """The reviewer is not the marker and not the original disposer (rule 3), nor who entered the letter."""
    return somebody_else(action, state.raised_by, state.notified_by, objection.filed_by, *state.routers)


_Rule = Callable[[MarkState, Action, Any, Law], Decision | None]

_RULES: Final[dict[EventKind, _Rule]] = {
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
