"""A policy in the making: one person proposes it, another approves it, and it is never retroactive (capability 25)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from smartcity_desk.domain.decide import Accepted, Action, Decision, Refused, plain_events, reason_given
from smartcity_desk.domain.events import Event, EventKind, PolicyProposed
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.ids import policy_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.times import LATEST


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
    elif action.kind is EventKind.POLICY_APPROVED:
        verdict = _approved(state, action)
    else:
        verdict = None
    return Accepted(plain_events(action)) if verdict is None else verdict


def _proposed(state: PolicyState, action: Action, payload: PolicyProposed, law: Law) -> Refused | None:
    policy = payload.policy
    if state.policy is not None:
        return Refused("already_proposed")
    if action.report != policy_id(policy.version):
        return Refused("payload_mismatch")
    if law.book.named(policy.version) is not None:
        return Refused("policy_name_taken", {"policy": policy.version})
    return _not_retroactive(policy, action.at) or _usable(policy) or reason_given(payload.reason)


def _approved(state: PolicyState, action: Action) -> Refused | None:
    assert state.policy is not None
    if action.actor.user == state.proposed_by:
        return Refused("four_eyes", {"user": action.actor.user})
    return _not_retroactive(state.policy, action.at)


def _not_retroactive(policy: Policy, now: int) -> Refused | None:
    return None if policy.effective_from >= now else Refused("policy_retroactive")


def _usable(policy: Policy) -> Refused | None:
    """Numbers that no clock or rule can work with are refused, with the name of the first."""
    marking, ladder, objection = policy.marking, policy.ladder, policy.objection
    checks = {
        "version": bool(policy.version.strip()) and len(policy.version) <= 60,
        "effective_from": policy.effective_from <= LATEST,
        "response": bool(policy.response) and all(ms > 0 for ms in policy.response.values()),
        "categories": all(one.ms > 0 for one in policy.categories.values()),
        "verification": policy.verification > 0,
        "grace": policy.grace_ms >= 0 and 0 <= policy.grace_percent <= 100,
        "marking": marking.window_days <= 366 and marking.windows <= 12 and marking.prior_weight <= 1000,
        "ladder": _climbs(ladder.territorial)
        and _climbs(ladder.agency)
        and ladder.digest_ms >= 0
        and 0 <= ladder.quiet_from <= 24
        and 0 <= ladder.quiet_to <= 24,
        "objection": objection.window_days >= 1
        and objection.review_days >= 1
        and objection.extension_days >= 0
        and objection.deemed_served_days >= 0,
        "review": 0 <= policy.review_percent <= 100,
    }
    wrong = next((name for name, fine in checks.items() if not fine), None)
    return None if wrong is None else Refused("policy_unusable", {"part": wrong})


def _climbs(steps: tuple[object, ...]) -> bool:
    afters = [getattr(one, "after", -1) for one in steps]
    return bool(steps) and afters == sorted(afters) and afters[0] >= 0
