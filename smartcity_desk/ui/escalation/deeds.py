"""What may be done with a card, by whom, and why not: the domain's own rules, asked with a trial of each deed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.decision import REASON_MIN, Accepted, Action, Contradicted, Refused
from smartcity_desk.domain.events import (
    Actor,
    CountedWindow,
    EventKind,
    ExclusionCode,
    MarkDecided,
    MarkNotified,
    MarkProposed,
    MarkRaised,
    MarkStepped,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOutcome,
    ObjectionTaken,
    Payload,
)
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.marks import (
    UNANSWERED,
    MarkState,
    Objection,
    Standing,
    contested,
    exclusions,
    standing,
)
from smartcity_desk.domain.subjects import Context, decide_subject

if TYPE_CHECKING:
    from smartcity_desk.domain.figures import OfficeFigures
    from smartcity_desk.domain.law import Law
    from smartcity_desk.ui.escalation.board import Card

K = EventKind
NOBODY: Final = "no_actor"
"""The one refusal of the interface's own: nobody is logged in."""


class Deed(StrEnum):
    """What a person does to a mark. The values are the names of the commands, in the order of the flow."""

    RAISE = "raise"
    NOTIFY = "notify"
    SERVED = "served"
    EXTEND = "extend"
    OBJECT = "object"
    TAKE = "take"
    ANSWER = "answer"
    PROPOSE = "propose"
    DECIDE = "decide"
    ARCHIVE = "archive"
    WITHDRAW = "withdraw"

    @property
    def command(self) -> str:
        """Its command in the registry."""
        return f"escalation.{self.value}"


KINDS: Final[dict[Deed, EventKind]] = {
    Deed.RAISE: K.MARK_RAISED,
    Deed.NOTIFY: K.MARK_NOTIFIED,
    Deed.SERVED: K.MARK_SERVED,
    Deed.EXTEND: K.OBJECTION_EXTENDED,
    Deed.OBJECT: K.OBJECTION_FILED,
    Deed.TAKE: K.OBJECTION_TAKEN,
    Deed.ANSWER: K.OBJECTION_DECIDED,
    Deed.PROPOSE: K.MARK_PROPOSED,
    Deed.DECIDE: K.MARK_DECIDED,
    Deed.ARCHIVE: K.MARK_ARCHIVED,
    Deed.WITHDRAW: K.MARK_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A deed on a card: possible for this person at this moment, or why it is not."""

    deed: Deed
    refusal: Refused | Contradicted | None

    @property
    def possible(self) -> bool:
        """Whether it can be done now."""
        return self.refusal is None


def offers(card: Card, actor: Actor | None, law: Law, now: int) -> tuple[Offer, ...]:
    """Every deed on a card, in the order of the flow."""
    return tuple(offer(deed, card, actor, law, now) for deed in Deed)


def offer(deed: Deed, card: Card, actor: Actor | None, law: Law, now: int) -> Offer:
    """One deed on a card. The trial has a reason and whatever else a dialog would ask for.

    The rules weigh what a mark says of itself. Its figures of this moment, which late events change, have a say too.
    """
    if actor is None:
        return Offer(deed, Refused(NOBODY))
    if deed is Deed.RAISE and card.mark is None and not named(card.figures):
        return Offer(deed, Refused("not_named"))
    state = card.mark or MarkState()
    payload = _TRIALS[deed](card, law, now)
    action = Action("", card.mark_id, KINDS[deed], payload, actor, now)
    decision = decide_subject(state, action, Context(law))
    if not isinstance(decision, Accepted):
        return Offer(deed, decision)
    emptied = deed is Deed.PROPOSE and no_longer(card)
    return Offer(deed, Refused("no_longer", {"office": card.office}) if emptied else None)


def no_longer(card: Card) -> bool:
    """Whether a mark's own windows no longer meet the rule: its objections were right."""
    return card.mark is not None and card.figures is not None and not named(card.figures)


def named(figures: OfficeFigures | None) -> bool:
    """Whether the rule names an office: it holds in every window (capability 2)."""
    return figures is not None and figures.verdict.finding is Finding.CANDIDATE


def chosen_objection(card: Card, deed: Deed, law: Law, now: int) -> Objection | None:
    """The objection that a deed means: the oldest that waits for it, else the oldest that waits, else the last."""
    mark = card.mark
    if mark is None or not mark.objections:
        return None
    where = {one.id: standing(mark, one, law, now) for one in mark.objections}
    wanted = (Standing.OPEN,) if deed is Deed.TAKE else (Standing.UNDER_REVIEW,)
    for states in (wanted, UNANSWERED):
        found = [one for one in mark.objections if where[one.id] in states]
        if found:
            return min(found, key=lambda one: one.filed_at)
    return mark.objections[-1]


def free_segments(mark: MarkState, law: Law, now: int) -> tuple[str, ...]:
    """The segments of a mark that an objection may still point at."""
    taken = contested(mark, law, now) | exclusions(mark, law, now).keys()
    return tuple(one for one in mark.segments if one not in taken)


# ---------------------------------------------------------------- trials

_REASON: Final = "x" * REASON_MIN
_DIGEST: Final = "0" * 64


def _raise(card: Card, _law: Law, _now: int) -> Payload:
    """The counts are those of the figures; the names of the items, which no rule looks at, are left to the real one."""
    figures = () if card.figures is None else card.figures.windows
    windows = tuple(
        CountedWindow(
            *one.window,
            on_time=tuple(f"{at}+{n}" for n in range(one.tally.on_time)),
            late=tuple(f"{at}-{n}" for n in range(one.tally.n - one.tally.on_time)),
        )
        for at, one in enumerate(figures)
    )
    version = "" if card.policy is None else card.policy.version
    return MarkRaised(card.office, windows, version, (), _DIGEST)


def _object(card: Card, law: Law, now: int) -> Payload:
    mark = card.mark or MarkState()
    segments = free_segments(mark, law, now) or mark.segments
    return ObjectionFiled("x", segments[:1], _REASON, letter="x")


def _take(card: Card, law: Law, now: int) -> Payload:
    found = chosen_objection(card, Deed.TAKE, law, now)
    return ObjectionTaken("" if found is None else found.id)


def _answer(card: Card, law: Law, now: int) -> Payload:
    found = chosen_objection(card, Deed.ANSWER, law, now)
    name = "" if found is None else found.id
    return ObjectionDecided(name, ObjectionOutcome.REJECTED, (), ExclusionCode.MISROUTED, _REASON)


_TRIALS: Final[dict[Deed, Callable[[Card, Law, int], Payload]]] = {
    Deed.RAISE: _raise,
    Deed.NOTIFY: lambda *_: MarkNotified(_DIGEST),
    Deed.SERVED: lambda *_: MarkStepped(_REASON),
    Deed.EXTEND: lambda *_: ObjectionExtended(_REASON),
    Deed.OBJECT: _object,
    Deed.TAKE: _take,
    Deed.ANSWER: _answer,
    Deed.PROPOSE: lambda *_: MarkProposed(_REASON),
    Deed.DECIDE: lambda *_: MarkDecided("x", _REASON),
    Deed.ARCHIVE: lambda *_: MarkStepped(),
    Deed.WITHDRAW: lambda *_: MarkStepped(_REASON),
}
