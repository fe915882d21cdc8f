"""What somebody asks for and what is said to it: the words that the rules of every subject share.

The rules of a report stand in `decide`, those of other subjects beside their folds; `subjects` is the door to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from smartcity_desk.domain.events import MAY_CAUSE, PAYLOADS, Actor, Event, EventKind, Payload
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.times import MINUTE

REASON_MIN: Final = 5
"""Characters that a reason needs at least: enough for a word, so that a blank or a dash is refused."""
TEXT_MAX: Final = 20_000
SKEW_MS: Final = 5 * MINUTE
"""How far what a desk says of a time may exceed its limit before it is refused: clocks differ."""


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody asks for. `id` is time-ordered and is the idempotency key for life. `at` in ms UTC."""

    id: str
    report: str
    kind: EventKind
    payload: Payload
    actor: Actor
    at: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The action happens: these events, in this order."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Contradicted:
    """The value that the action was based on is not the value there. An operator has to choose."""

    field: str
    base: str | None
    mine: str | None
    theirs: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The action cannot happen; `code` is one of `REFUSALS`, words are the interface's."""

    code: str
    params: dict[str, str | int] = field(default_factory=dict)


Decision = Accepted | Contradicted | Refused

REFUSALS: Final = frozenset(
    {
        "role_not_allowed",
        "not_your_office",
        "payload_mismatch",
        "kind_not_here",
        "reason_required",
        "text_required",
        "text_too_short",
        "text_too_long",
        "unknown_category",
        "unknown_office",
        "not_a_place",
        "no_change",
        "traffic_context",
        "closed",
        "not_closed",
        "not_holder",
        "nothing_returned",
        "already_returned",
        "nothing_claimed_done",
        "already_paused",
        "not_paused",
        "pause_too_long",
        "pause_ends_before_start",
        "pause_needs_supervisor",
        "claimed_by_other",
        "claim_not_yours",
        "not_claimed",
        "lease_too_long",
        "takeover_needs_supervisor",
        "nothing_to_review",
        "own_work",
        "private_report",
        "not_joined",
        # marks, objections, and what else is not a report
        "no_mark",
        "already_marked",
        "office_not_scored",
        "not_named",
        "no_longer",
        "mark_not_there",
        "unknown_policy",
        "other_policy",
        "dossier_required",
        "four_eyes",
        "letter_required",
        "segment_not_in_mark",
        "window_closed",
        "already_objected",
        "already_extended",
        "unknown_objection",
        "objection_answered",
        "review_term_missed",
        "code_required",
        "unknown_subject",
        "calamity_too_long",
        "already_declared",
        "ends_in_the_future",
        "policy_retroactive",
        "policy_name_taken",
        "policy_date_taken",
        "policy_unusable",
        "already_proposed",
        "notice_needs_person",
        "notice_already_sent",
        "notice_too_early",
        "quiet_hours",
        "snapshot_required",
        "list_number_taken",
        "mark_not_ready",
    }
)


def not_allowed(action: Action) -> Refused | None:
    """What is refused whatever the state is: a payload of another kind, and a role that may not cause this one."""
    if not isinstance(action.payload, PAYLOADS[action.kind]):
        return Refused("payload_mismatch")
    if action.actor.role not in MAY_CAUSE[action.kind]:
        return Refused("role_not_allowed", {"role": action.actor.role.value})
    return None


def plain_events(action: Action) -> tuple[Event, ...]:
    """The one event of an action that says just what it asks for."""
    return made(action, [(action.kind, action.payload)])


def made(action: Action, kinds: Sequence[tuple[EventKind, Payload]]) -> tuple[Event, ...]:
    """The events of an action, in this order; their ids follow from its own."""
    return tuple(
        Event(
            id=event_id(action.id, index),
            subject=action.report,
            kind=kind,
            at=action.at,
            actor=action.actor,
            payload=payload,
            action=action.id,
            order=index,
        )
        for index, (kind, payload) in enumerate(kinds)
    )


def reason_given(text: str) -> Refused | None:
    """A reason of at least a word, and no flood."""
    if len(text.strip()) < REASON_MIN:
        return Refused("reason_required", {"least": REASON_MIN})
    return not_too_long(text)


def not_too_long(text: str) -> Refused | None:
    """A text within what every side stores."""
    return Refused("text_too_long", {"most": TEXT_MAX}) if len(text) > TEXT_MAX else None
