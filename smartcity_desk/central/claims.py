"""Leases: who works on a report now. Decided and logged by the same rules as every other action."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from smartcity_desk import codec
from smartcity_desk.central import ledger
from smartcity_desk.central.actions import Outcome, perform
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.problems import Problem
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import ClaimReleased, ClaimTaken, EventKind, Payload
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import MINUTE

_FORBIDDEN = frozenset({"role_not_allowed", "takeover_needs_supervisor", "claim_not_yours"})


def take(
    connection: Connection,
    principal: Principal,
    report: str,
    *,
    minutes: int,
    takeover: bool,
    reason: str,
    law: Law,
    now: int,
    randomness: Callable[[int], bytes],
) -> int:
    """Take or renew the lease; returns its end (ms UTC). Of many at once, one gets it.

    Raises Problem: 409 `claimed` with the holder, 404 `unknown_report`, 403, or 409 with the rule's code.
    """
    until = now + minutes * MINUTE
    payload = ClaimTaken(principal.user, until, takeover, reason)
    outcome = _act(connection, principal, report, EventKind.CLAIM_TAKEN, payload, law, now, randomness)
    if outcome.outcome != "accepted":
        raise _problem(connection, report, outcome, now)
    return until


def release(
    connection: Connection,
    principal: Principal,
    report: str,
    *,
    law: Law,
    now: int,
    randomness: Callable[[int], bytes],
) -> None:
    """End the lease early; none there is as good. Raises Problem like `take`."""
    holder = _holder(connection, report, now, lock=True)
    if holder is None:
        return
    payload = ClaimReleased(holder[0])
    outcome = _act(connection, principal, report, EventKind.CLAIM_RELEASED, payload, law, now, randomness)
    if outcome.outcome != "accepted":
        raise _problem(connection, report, outcome, now)


def _act(
    connection: Connection,
    principal: Principal,
    report: str,
    kind: EventKind,
    payload: Payload,
    law: Law,
    now: int,
    randomness: Callable[[int], bytes],
) -> Outcome:
    action = Action(time_ordered_id(now, randomness(10)), report, kind, payload, principal.actor, now)
    return perform(connection, principal, [codec.action_to_wire(action)], law, now=now)[0]


def _holder(connection: Connection, report: str, now: int, *, lock: bool = False) -> tuple[str, int] | None:
    """Who holds a live lease until when, or None. Raises Problem 404."""
    found = ledger.reports_of(connection, [report], lock=lock).get(report)
    if found is None:
        raise Problem(404, "unknown_report")
    state = fold(initial(found), ledger.events_of(connection, [report])[report])
    user = state.claim_holder(now)
    return None if user is None or state.claim_until is None else (user, state.claim_until)


def _problem(connection: Connection, report: str, outcome: Outcome, now: int) -> Problem:
    code = outcome.code or "conflict"
    if code == "unknown_report":
        return Problem(404, code)
    if code == "claimed_by_other":
        holder = _holder(connection, report, now)
        params = {} if holder is None else {"user": holder[0], "until": holder[1]}
        return Problem(409, "claimed", params=params)
    return Problem(403 if code in _FORBIDDEN else 409, code, params=outcome.params)
