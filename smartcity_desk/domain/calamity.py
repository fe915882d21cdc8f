"""Declared events: a calamity in an area (E7), an outage of the city's or a channel's systems (E8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from smartcity_desk.domain.decide import PAUSE_MAX
from smartcity_desk.domain.decision import (
    SKEW_MS,
    Accepted,
    Action,
    Decision,
    Refused,
    not_too_long,
    plain_events,
    reason_given,
)
from smartcity_desk.domain.events import CalamityDeclared, CalamityEnded, Event, PauseCode, Role
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.law import Exemption
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.outage import is_automatic
from smartcity_desk.domain.times import DAY

_DECLARABLE = frozenset({PauseCode.CALAMITY, PauseCode.OUTAGE})
_SENIOR = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class CalamityState:
    """The fold of one declaration; `declared` is None before it. Instants in ms UTC."""

    declared: CalamityDeclared | None = None
    declared_at: int | None = None
    declared_by: str = ""
    event: str = ""
    ended_at: int | None = None
    ended_by: str | None = None
    seq: int = 0
    pending: int = 0

    def exemption(self) -> Exemption | None:
        """The stop that it means for clocks. One that nobody ends lasts as long as a pause of its code may (F5)."""
        said = self.declared
        if said is None:
            return None
        limit = said.since + PAUSE_MAX[said.code]
        until = min(limit, said.until if self.ended_at is None and said.until is not None else limit)
        if self.ended_at is not None:
            until = min(until, self.ended_at)
        return Exemption(
            said.code,
            said.since,
            max(said.since, until),
            frozenset(said.offices),
            frozenset(said.channels),
            said.reason,
            self.event,
            self.ended_by,
        )


def fold_calamity(events: Iterable[Event]) -> CalamityState:
    """The state of a declaration after its events."""
    state = CalamityState()
    for event in canonical(events):
        payload = event.payload
        if isinstance(payload, CalamityDeclared) and state.declared is None:
            state = replace(
                state,
                declared=payload,
                declared_at=event.at,
                declared_by=event.actor.user,
                event=event.id,
            )
        elif isinstance(payload, CalamityEnded) and state.declared is not None and state.ended_at is None:
            state = replace(state, ended_at=payload.until, ended_by=event.id)
        state = replace(
            state,
            seq=max(state.seq, event.seq or 0),
            pending=state.pending + (1 if event.seq is None else 0),
        )
    return state


def decide_calamity(state: CalamityState, action: Action, directory: Directory) -> Decision:
    """Whether an event is declared or ended."""
    payload: Any = action.payload
    verdict = _by_itself(state, action) or (
        _declared(state, payload, directory)
        if isinstance(payload, CalamityDeclared)
        else _ended(state, action, payload)
    )
    return Accepted(plain_events(action)) if verdict is None else verdict


def _by_itself(state: CalamityState, action: Action) -> Refused | None:
    """A desk tells under any log-in of an outage that it noticed; whatever a person decides to declare is a senior's.

    What is noticed lies in the past: an outage that is yet to come nobody has noticed.
    """
    payload: Any = action.payload
    said = payload if isinstance(payload, CalamityDeclared) else state.declared
    if not is_automatic(action.report, said):
        return None if action.actor.role in _SENIOR else _not_allowed(action)
    if isinstance(payload, CalamityDeclared):
        latest = payload.since if payload.until is None else payload.until
        if latest > action.at + SKEW_MS:
            return Refused("ends_in_the_future")
    return None


def _not_allowed(action: Action) -> Refused:
    return Refused("role_not_allowed", {"role": action.actor.role.value})


def _declared(state: CalamityState, payload: CalamityDeclared, directory: Directory) -> Refused | None:
    if state.declared is not None:
        return Refused("already_declared")
    if payload.code not in _DECLARABLE or (payload.channels and payload.code is not PauseCode.OUTAGE):
        return Refused("payload_mismatch")  # rain falls on every channel's reports
    unknown = [code for code in payload.offices if code not in directory.offices]
    if unknown:
        return Refused("unknown_office", {"office": unknown[0]})
    if payload.until is not None:
        if payload.until <= payload.since:
            return Refused("pause_ends_before_start")
        if payload.until - payload.since > PAUSE_MAX[payload.code] + SKEW_MS:
            return Refused("calamity_too_long", {"days": PAUSE_MAX[payload.code] // DAY})
    return reason_given(payload.reason)


def _ended(state: CalamityState, action: Action, payload: CalamityEnded) -> Refused | None:
    if state.declared is None:
        return Refused("unknown_subject")
    if state.ended_at is not None:
        return Refused("no_change")
    if payload.until < state.declared.since:
        return Refused("pause_ends_before_start")
    if payload.until > action.at + SKEW_MS:
        return Refused("ends_in_the_future")
    return not_too_long(payload.reason)
