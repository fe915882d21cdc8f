"""When an answer is due, and how much of a holder's time may be charged to him.

The clock of an office starts with its own delivery receipt (E8, F11) and runs in the calendar of its allowance. It
stands still in pauses and declared events; after each of them at least the grace time is left (F13). Everything is
worked out anew from segments, so that a late event, another category or another policy lose no pause (F12).
"""

from __future__ import annotations

from typing import NamedTuple

from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.custody import Segment, Stay
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import Allowance, Policy


class Stop(NamedTuple):
    """A time in which the clock stood still, with the events that began and ended it."""

    since: int
    until: int
    code: PauseCode
    reason: str
    opened_by: str
    closed_by: str | None
    declared: bool


class Clock(NamedTuple):
    """One segment's clock. All None while it has not begun: no receipt, or nobody's time.

    `due_at` is the due date if every pause that still lasts goes to its limit. `grace_from` is the end of the last
    pause after which less than the grace time was left.
    """

    starts_at: int | None = None
    policy: Policy | None = None
    allowance: Allowance | None = None
    stops: tuple[Stop, ...] = ()
    due_at: int | None = None
    grace_from: int | None = None


NONE = Clock()


def clock(segment: Segment, law: Law) -> Clock:
    """The clock of a segment under a law."""
    start = started(segment)
    if start is None:
        return NONE
    policy = law.book.at(start)
    allowance = allowance_of(segment, policy, law)
    if allowance is None:
        return NONE
    stops = stops_of(segment, law) if segment.pauses or law.exemptions else ()
    if not stops and allowance.calendar is CalendarKind.ROUND_THE_CLOCK:
        return Clock(start, policy, allowance, (), start + allowance.ms)
    due, grace_from = _due(start, allowance, policy.grace(allowance.ms), stops, law)
    return Clock(start, policy, allowance, stops, due, grace_from)


def started(segment: Segment) -> int | None:
    """When the holder's own time began: for an office its receipt, for the unit the start of the segment."""
    if segment.stay is Stay.REST or (segment.stay is Stay.VERIFY and segment.claimant is None):
        return None  # a completion claimed at the source has no time of its claim
    return segment.since if segment.office == UPT else segment.delivered_at


def allowance_of(segment: Segment, policy: Policy, law: Law) -> Allowance | None:
    """The time that a holder has for an answer; the unit's time to look at a completion is its own."""
    if segment.stay is Stay.VERIFY:
        return Allowance(policy.verification)
    return policy.allowance(law.level(segment.office), segment.category)


def stops_of(segment: Segment, law: Law) -> tuple[Stop, ...]:
    """Pauses and declared events that touch a segment, by time. They may overlap; time is subtracted once."""
    found = [
        Stop(one.since, one.until, one.code, one.reason, one.opened_by, one.closed_by, False)
        for one in segment.pauses
        if one.until > one.since
    ]
    for declared in law.exemptions:
        if segment.until is not None and declared.since >= segment.until:
            break
        if declared.until <= segment.since or declared.until <= declared.since:
            continue
        if declared.channels and segment.channel not in declared.channels:
            continue
        if declared.offices and not declared.offices & law.within(segment.office):
            continue
        if declared.code is PauseCode.CALAMITY and law.life_safety(segment.category):
            continue
        found.append(
            Stop(
                declared.since,
                declared.until,
                declared.code,
                declared.reason,
                declared.event,
                declared.ended_by,
                True,
            )
        )
    found.sort()
    return tuple(found)


def merged(stops: tuple[Stop, ...]) -> list[tuple[int, int]]:
    """The times of stops as disjoint stretches, in order."""
    found: list[tuple[int, int]] = []
    for stop in stops:
        if found and stop.since <= found[-1][1]:
            if stop.until > found[-1][1]:
                found[-1] = (found[-1][0], stop.until)
        else:
            found.append((stop.since, stop.until))
    return found


def _due(
    start: int, allowance: Allowance, grace: int, stops: tuple[Stop, ...], law: Law
) -> tuple[int, int | None]:
    left = allowance.ms
    at = start
    grace_from: int | None = None
    calendars, kind = law.calendars, allowance.calendar
    for since, until in merged(stops):
        if until <= at:
            continue
        if since > at:
            due = calendars.add(kind, at, left)
            if due <= since:
                return due, grace_from
            left -= calendars.worked(kind, at, since)
        at = until
        if left < grace:
            left, grace_from = grace, until
    return calendars.add(kind, at, left), grace_from


def charged(segment: Segment, found: Clock, law: Law, until: int) -> int:
    """Milliseconds of the allowance's calendar that count against the holder up to `until`."""
    if found.starts_at is None or found.allowance is None:
        return 0
    kind, calendars = found.allowance.calendar, law.calendars
    end = until if segment.until is None else min(until, segment.until)
    total = calendars.worked(kind, found.starts_at, end)
    for since, over in merged(found.stops):
        total -= calendars.worked(kind, max(since, found.starts_at), min(over, end))
    return max(0, total)


def due_at(segment: Segment, found: Clock) -> int | None:
    """When the holder's move is due, or None when it is not his: he has answered, or the segment is over."""
    if segment.until is not None or segment.stay is Stay.REST:
        return None
    if segment.office != UPT and segment.responded_at is not None:
        return None
    return found.due_at
