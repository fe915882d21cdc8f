"""One command judged on the effective state of each subject, report or not: accepted with its events, or why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action, Contradicted, Decision, Refused
from smartcity_desk.domain.events import (
    Actor,
    CategorySet,
    CompletionAnswered,
    Event,
    EventKind,
    IncidentChanged,
    Paused,
    Payload,
    PlaceSet,
    Reopened,
    ReportRejected,
    RoutingSent,
)
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.state import ReportState
from smartcity_desk.domain.subjects import Context, Subject, decide_subject, subject_of
from smartcity_desk.store import pictures, projection, subjects
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.rows import LOOK_NEEDED, UNKNOWN_REPORT
from smartcity_desk.store.rules import Rules


@dataclass(slots=True)
class Verdicts:
    """What one command comes to on each subject: accepted ones with their events, the others with why."""

    accepted: list[tuple[Action, tuple[Event, ...]]] = field(default_factory=list)
    refused: list[tuple[str, Refused | Contradicted]] = field(default_factory=list)

    def take(self, action: Action, decision: Decision) -> None:
        """Take in one decision."""
        if isinstance(decision, Accepted):
            self.accepted.append((action, decision.events))
        else:
            self.refused.append((action.report, decision))


def judge(
    raw: Raw,
    kind: EventKind,
    payload: Payload,
    ids: Sequence[str],
    rules: Rules,
    *,
    actor: Actor,
    now: int,
    fill_base: bool,
    new_id: Callable[[], str],
) -> Verdicts:
    """Decide one command on each subject. With `fill_base` its base is what each of them shows now.

    Completions are accepted in bulk only where an examination found nothing: a hint takes a look (capability 5).
    """
    wanted = list(dict.fromkeys(ids))
    verdicts = Verdicts()
    about = subject_of(kind)
    if about is not Subject.REPORT:
        context = Context(rules.law, lambda name: _mark(raw, name))
        states = subjects.states(raw, wanted, about)
        for name in wanted:
            action = Action(new_id(), name, kind, payload, actor, now)
            verdicts.take(action, decide_subject(states[name], action, context))
        return verdicts
    known = projection.subjects(raw, wanted)
    many = kind is EventKind.COMPLETION_ACCEPTED and len(wanted) > 1
    unseen = pictures.hinted(raw, wanted) if many else set()
    for report_id in wanted:
        subject = known.get(report_id)
        if subject is None:
            verdicts.refused.append((report_id, Refused(UNKNOWN_REPORT)))
            continue
        based = with_base(kind, payload, subject.state) if fill_base else payload
        action = Action(new_id(), report_id, kind, based, actor, now)
        decision = decide(subject.state, action, rules.directory)
        if report_id in unseen and isinstance(decision, Accepted):
            decision = Refused(LOOK_NEEDED)
        verdicts.take(action, decision)
    return verdicts


def decide_again(raw: Raw, action: Action, rules: Rules) -> Decision:
    """The decision on an action as things stand now."""
    about = subject_of(action.kind)
    if about is not Subject.REPORT:
        context = Context(rules.law, lambda name: _mark(raw, name))
        return decide_subject(subjects.state(raw, action.report, about), action, context)
    subject = projection.subjects(raw, [action.report]).get(action.report)
    if subject is None:
        return Refused(UNKNOWN_REPORT)
    return decide(subject.state, action, rules.directory)


def _mark(raw: Raw, name: str) -> MarkState | None:
    found = subjects.state(raw, name, Subject.MARK)
    return found if isinstance(found, MarkState) and found.raised_at is not None else None


def with_base(kind: EventKind, payload: Payload, state: ReportState) -> Payload:
    """The payload with `base` (if its kind has one) set to the value that `state` shows."""
    if isinstance(payload, IncidentChanged):
        present = None if state.incident is None else state.incident.incident
        if kind is EventKind.INCIDENT_SEPARATED:  # it leaves whatever it is in
            return replace(payload, incident=present or payload.incident, base=present)
        return replace(payload, base=present)
    if isinstance(payload, CategorySet):
        return replace(payload, base=state.category)
    if isinstance(payload, PlaceSet):
        return replace(payload, base=state.place)
    if isinstance(payload, RoutingSent):
        return replace(payload, base=state.office)
    if isinstance(payload, ReportRejected | Reopened | Paused | CompletionAnswered):
        return replace(payload, base=state.status)
    return payload
