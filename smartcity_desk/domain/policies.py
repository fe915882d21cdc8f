"""A policy in the making: one person proposes it, another approves it, and it is never retroactive (capability 25)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.decision import (
    Accepted,
    Action,
    Decision,
    Refused,
    not_too_long,
    plain_events,
    reason_given,
)
from smartcity_desk.domain.events import Event, EventKind, PolicyProposed, PolicyStepped
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.foureyes import somebody_else
from smartcity_desk.domain.ids import policy_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.policy import Ladder, Policy, Rung, Step
from smartcity_desk.domain.times import DAY, LATEST

LONGEST_MS: Final = 366 * DAY
"""No allowance, step or wait is longer: a due date has to be one that somebody lives to see."""
LONGEST_TERM: Final = 60
"""Working days that a term of the objection flow has at most."""


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The fold of one proposed policy. Instants in ms UTC."""

    policy: Policy | None = None
    reason: str = ""
    proposed_at: int | None = None
    proposed_by: str = ""
    approved_at: int | None = None
    approved_by: str = ""
    withdrawn_at: int | None = None
    withdrawn_by: str = ""
    seq: int = 0
    pending: int = 0

    def in_force(self) -> Policy | None:
        """The policy, if two people stand behind it."""
        return self.policy if self.approved_at is not None and self.withdrawn_at is None else None


def fold_policy(events: Iterable[Event]) -> PolicyState:
    """The state of a proposed policy after its events."""
    state = PolicyState()
    for event in canonical(events):
        at, user = event.at, event.actor.user
        if isinstance(event.payload, PolicyProposed):
            if state.policy is None:
                state = replace(
                    state,
                    policy=event.payload.policy,
                    reason=event.payload.reason,
                    proposed_at=at,
                    proposed_by=user,
                )
        elif event.kind is EventKind.POLICY_APPROVED and state.approved_at is None:
            state = replace(state, approved_at=at, approved_by=user)
        elif event.kind is EventKind.POLICY_WITHDRAWN and state.withdrawn_at is None:
            state = replace(state, withdrawn_at=at, withdrawn_by=user)
        state = replace(
            state,
            seq=max(state.seq, event.seq or 0),
            pending=state.pending + (1 if event.seq is None else 0),
        )
    return state


def decide_policy(state: PolicyState, action: Action, law: Law) -> Decision:
    """Whether a policy is proposed, approved or withdrawn."""
    payload = action.payload
    if isinstance(payload, PolicyProposed):
        verdict = _proposed(state, action, payload, law)
    elif state.policy is None:
        verdict = Refused("unknown_subject")
    elif state.approved_at is not None or state.withdrawn_at is not None:
        verdict = Refused("no_change")
    else:
        assert isinstance(payload, PolicyStepped)
        verdict = not_too_long(payload.reason)
        if verdict is None and action.kind is EventKind.POLICY_APPROVED:
            verdict = _approved(state, state.policy, action, law)
    return Accepted(plain_events(action)) if verdict is None else verdict


def _proposed(state: PolicyState, action: Action, payload: PolicyProposed, law: Law) -> Refused | None:
    policy = payload.policy
    if state.policy is not None:
        return Refused("already_proposed")
    if action.report != policy_id(policy.version):
        return Refused("payload_mismatch")
    if law.book.named(policy.version) is not None:
        return Refused("policy_name_taken", {"policy": policy.version})
    return _in_time(policy, action.at, law) or _usable(policy, law) or reason_given(payload.reason)


def _approved(state: PolicyState, policy: Policy, action: Action, law: Law) -> Refused | None:
    return somebody_else(action, state.proposed_by) or _in_time(policy, action.at, law)


def _in_time(policy: Policy, now: int, law: Law) -> Refused | None:
    """Never backwards, and of two versions for one date nobody could say which holds."""
    start = policy.effective_from
    if start < now:
        return Refused("policy_retroactive")
    known = next((one for one in law.book.versions if one.effective_from == start), None)
    return None if known is None else Refused("policy_date_taken", {"policy": known.version})


def _usable(policy: Policy, law: Law) -> Refused | None:
    """Numbers that no clock or rule can work with are refused, with the name of the first."""
    marking, ladder, objection = policy.marking, policy.ladder, policy.objection
    allowances = [*policy.response.values(), *(one.ms for one in policy.categories.values())]
    judged = set(law.book.at(policy.effective_from).response)
    checks = {
        "version": bool(policy.version.strip()) and len(policy.version) <= 60,
        "effective_from": policy.effective_from <= LATEST,
        # A level without an allowance has no clock: no new version may quietly let one go.
        "response": judged <= set(policy.response) and all(0 < ms <= LONGEST_MS for ms in allowances),
        "verification": 0 < policy.verification <= LONGEST_MS,
        "grace": 0 <= policy.grace_ms <= LONGEST_MS and 0 <= policy.grace_percent <= 100,
        "marking": marking.window_days <= 366 and marking.windows <= 12 and marking.prior_weight <= 1000,
        "ladder": _climbs(ladder.territorial) and _climbs(ladder.agency) and _tells(ladder),
        "objection": 1 <= objection.window_days <= LONGEST_TERM
        and 1 <= objection.review_days <= LONGEST_TERM
        and 0 <= objection.extension_days <= LONGEST_TERM
        and 0 <= objection.deemed_served_days <= LONGEST_TERM,
        "review": 0 <= policy.review_percent <= 100,
    }
    wrong = next((name for name, fine in checks.items() if not fine), None)
    return None if wrong is None else Refused("policy_unusable", {"part": wrong})


_HEIGHTS: Final = {rung: height for height, rung in enumerate(Rung)}


def _climbs(steps: tuple[Step, ...]) -> bool:
    """Each step is higher than the one before and no earlier: a rung that came twice would be told once only."""
    afters = [one.after for one in steps]
    heights = [_HEIGHTS[one.to] for one in steps]
    return (
        bool(steps)
        and afters == sorted(afters)
        and afters[0] >= 0
        and afters[-1] <= LONGEST_MS
        and heights == sorted(set(heights))
    )


def _tells(ladder: Ladder) -> bool:
    """Some hour of the day is not quiet, and no wait is longer than a year."""
    hours = (ladder.quiet_from, ladder.quiet_to)
    return (
        all(0 <= hour <= 24 for hour in hours)
        and hours != (0, 24)
        and 0 <= ladder.digest_ms <= LONGEST_MS
        and 0 <= ladder.acknowledged_ms <= LONGEST_MS
    )
