"""Incidents: reports of one and the same thing. One clock carries them all, and nothing of any of them is rewritten.

Whoever joins a report says so in an event on that report; the incident itself is no more than the id in those events.
Who *leads* is computed and never stored as a fact: the earliest valid member. The others follow it: they have no clock
of their own while they do (domain paper F3), they stand in no list of work, and what offices did with them counts as
E3. Their own lives go on underneath, so separating one gives back exactly what it would be without the join.

A rejected member asks nobody for work, so it neither leads nor follows: when the lead is rejected, the next one leads.
Private reports and traffic are in no incident at all (`fold`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from smartcity_desk.domain.custody import Excluded
from smartcity_desk.domain.events import (
    CompletionClaimed,
    Event,
    EventKind,
    ExclusionCode,
    ReporterAnswered,
    Responded,
)
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.state import Joined, ReportState

JOINED: Final = "joined"
"""Why a follower's items do not count, where who joined it gave no reason: a key, not a text."""


class Member(NamedTuple):
    """One report of an incident: when it was reported (ms UTC), how it stands by itself, and who joined it."""

    report: str
    reported_at: int
    status: Status
    joined: Joined

    @property
    def valid(self) -> bool:
        """Whether it may lead or follow."""
        return self.status is not Status.REJECTED


class Tie(NamedTuple):
    """How one report stands in its incident: `lead` is the report that carries the clock, maybe itself.

    `others` is how many valid members there are beside it.
    """

    joined: Joined
    lead: str
    lead_reported_at: int
    follows: bool
    others: int


def member(report: str, reported_at: int, state: ReportState) -> Member | None:
    """The report as a member, or None when it is joined to nothing."""
    if state.incident is None:
        return None
    return Member(report, reported_at, state.status, state.incident)


def order(one: Member) -> tuple[int, str]:
    """What decides who leads: the time of the report, then its id, so that every side agrees."""
    return one.reported_at, one.report


def lead(members: Iterable[Member]) -> Member | None:
    """The earliest valid member; None when there is none."""
    return min((one for one in members if one.valid), key=order, default=None)


def following(members: Sequence[Member]) -> list[Member]:
    """The valid members beside the lead, earliest first."""
    return sorted((one for one in members if one.valid), key=order)[1:]


def tie(members: Sequence[Member], report: str) -> Tie | None:
    """How a report stands among the members of its incident; None for one that stands by itself."""
    first = lead(members)
    own = next((one for one in members if one.report == report), None)
    if first is None or own is None or not own.valid:
        return None
    others = len(following(members))
    if not others:
        return None
    return Tie(own.joined, first.report, first.reported_at, own is not first, others)


def followers(members: Sequence[Member]) -> dict[str, Excluded]:
    """What the items of the reports that follow count as, by report."""
    return {one.report: excluded(one.joined) for one in following(members)}


def excluded(joined: Joined) -> Excluded:
    """The exclusion of whatever offices did with a report that follows: who joined it, why, and by which event."""
    return Excluded(
        ExclusionCode.DUPLICATE, joined.user, joined.reason.strip() or JOINED, joined.at, joined.event
    )


class Answer(NamedTuple):
    """What one reporter is to be told: the text, where the lead stands, and the event that says it."""

    report: str
    status: Status
    text: str
    event: str


def answer_of(events: Iterable[Event]) -> Event | None:
    """The event of a report (in canonical order) that holds what its reporter may be told now.

    A completion is told once a person has accepted it; a reopened report has no answer until somebody gives one.
    """
    said: Event | None = None
    claimed: Event | None = None
    for event in events:
        if event.kind in (EventKind.REPORT_RESPONDED, EventKind.REPORTER_ANSWERED):
            said = event
        elif event.kind is EventKind.COMPLETION_CLAIMED:
            claimed = event
        elif event.kind is EventKind.COMPLETION_ACCEPTED:
            said, claimed = claimed or said, None
        elif event.kind is EventKind.COMPLETION_REFUSED:
            claimed = None
        elif event.kind is EventKind.REPORT_REOPENED:
            said = claimed = None
    return said


def answers(members: Sequence[Member], events: Iterable[Event]) -> tuple[Answer, ...]:
    """What every follower's reporter is to be told, out of the lead's events in canonical order.

    None while the lead has no answer. How it reaches them is the channels' affair.
    """
    first = lead(members)
    said = None if first is None else answer_of(events)
    if (
        first is None
        or said is None
        or not isinstance(said.payload, Responded | CompletionClaimed | ReporterAnswered)
    ):
        return ()
    return tuple(Answer(one.report, first.status, said.payload.text, said.id) for one in following(members))
