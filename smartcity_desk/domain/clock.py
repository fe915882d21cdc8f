"""When an answer is due, and how much of a holder's time may be charged to him.

The clock of an office starts with its own delivery receipt (E8, F11) and runs in the calendar of its allowance. It
stands still in pauses and declared events; after each of them at least the grace time is left (F13). Everything is
worked out anew from segments, so that a late event, another category or another policy lose no pause (F12).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.custody import Recategorised, Segment, Stay
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.law import Exemption, Law
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
    pause after which less than the grace time was left. `changed` is the change of category that would have made the
    date earlier than the office could know, and did not.
    """

    starts_at: int | None = None
    policy: Policy | None = None
    allowance: Allowance | None = None
    stops: tuple[Stop, ...] = ()
    due_at: int | None = None
    grace_from: int | None = None
    changed: Recategorised | None = None


NONE = Clock()

# Looking a member up in its class is slow in Python 3.11, and clocks are worked out by the hundred thousand.
_VERIFY: Final = Stay.VERIFY
_REST: Final = Stay.REST
_ROUND_THE_CLOCK: Final = CalendarKind.ROUND_THE_CLOCK
_CALAMITY: Final = PauseCode.CALAMITY


def clock(segment: Segment, law: Law) -> Clock:
    """The clock of a segment under a law."""
    start = started(segment)
    if start is None:
        return NONE
    policy = law.book.at(start)
    if segment.stay is _VERIFY:
        allowance: Allowance | None = law.verification(policy)
    else:
        allowance = law.allowance(policy, segment.office, segment.category)
    if allowance is None:
        return NONE
    if segment.recategorised and _other_time(segment, law, policy, allowance):
        return _recategorised(segment, law, start, policy)
    declared = law.declared(start, segment.until) if law.exemptions else ()
    stops = stops_of(segment, law, start, declared) if segment.pauses or declared else ()
    if not stops and allowance.calendar is _ROUND_THE_CLOCK:
        return Clock(start, policy, allowance, (), start + allowance.ms)
    due, grace_from = _due(start, allowance, policy, stops, law)
    return Clock(start, policy, allowance, stops, due, grace_from)


def started(segment: Segment) -> int | None:
    """When the holder's own time began: for an office its receipt, for the unit the start of the segment."""
    stay = segment.stay
    if stay is _REST or (stay is _VERIFY and segment.claimant is None):
        return None  # a completion claimed at the source has no time of its claim
    return segment.since if segment.office == UPT else segment.delivered_at


def stops_of(segment: Segment, law: Law, start: int, declarations: tuple[Exemption, ...]) -> tuple[Stop, ...]:
    """Pauses, and those of some declared events that touch a clock, by time. They may overlap; time is subtracted once.

    A declared event is for the offices it names and what lies below them. A calamity is for the reports from there as
    well (F7: area and time), whoever holds them; it never stops a life-safety category, for which only a pause of that
    one report does. What was over before the clock began is nothing to it.
    """
    found = [
        Stop(max(start, one.since), one.until, one.code, one.reason, one.opened_by, one.closed_by, False)
        for one in segment.pauses
        if one.until > start
    ]
    for declared in declarations:
        if declared.until <= start or declared.until <= declared.since:
            continue
        if declared.channels and segment.channel not in declared.channels:
            continue
        calamity = declared.code is _CALAMITY
        if calamity and law.life_safety(segment.category):
            continue
        if (
            declared.offices
            and not declared.offices & law.within(segment.office)
            and not (calamity and segment.place is not None and declared.offices & law.within(segment.place))
        ):
            continue
        found.append(
            Stop(
                max(start, declared.since),
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


def merged(stops: Iterable[Stop]) -> list[tuple[int, int]]:
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
    start: int, allowance: Allowance, policy: Policy, stops: tuple[Stop, ...], law: Law
) -> tuple[int, int | None]:
    """When an allowance that begins at `start` is used up, and after which stop less than the grace was left."""
    left = allowance.ms
    grace = policy.grace(left)
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


def _other_time(segment: Segment, law: Law, policy: Policy, allowance: Allowance) -> bool:
    """Whether a corrected category had another time than the present one; most have the same."""
    grave = law.life_safety(segment.category)
    return any(
        law.allowance(policy, segment.office, one.before) != allowance or law.life_safety(one.before) != grave
        for one in segment.recategorised
    )


def _recategorised(segment: Segment, law: Law, start: int, policy: Policy) -> Clock:
    """The clock of a segment whose category was corrected while the office held it.

    The present category's allowance runs from the start, and every pause with it (F12). But no office can keep a date
    that nobody could tell it: a correction leaves it the new allowance from then on, unless it had less before. The
    papers are silent here; an answer that was in time when it was given stays in time.
    """
    found = _under(segment, law, start, policy, start)
    changes = [one for one in segment.recategorised if one.at > start]
    for index, change in enumerate(changes):
        if not index:
            found = _under(segment._replace(category=change.before), law, start, policy, start)
        after = segment.category if change is changes[-1] else changes[index + 1].before
        corrected = segment._replace(category=after)
        stood, found = found.due_at, _under(corrected, law, start, policy, start)
        anew = _under(corrected, law, change.at, policy, start)
        if found.due_at is None or anew.due_at is None:
            continue
        kept = anew.due_at if stood is None else min(stood, anew.due_at)
        if kept > found.due_at:
            found = found._replace(due_at=kept, changed=change)
    return found


def _under(segment: Segment, law: Law, since: int, policy: Policy, start: int) -> Clock:
    """The clock of a segment whose allowance counts from `since`; NONE where its category has none."""
    allowance = law.allowance(policy, segment.office, segment.category)
    if allowance is None:
        return NONE
    stops = stops_of(segment, law, start, law.declared(start, segment.until))
    due, grace_from = _due(since, allowance, policy, stops, law)
    return Clock(start, policy, allowance, stops, due, grace_from)


def charged(segment: Segment, found: Clock, law: Law, until: int) -> int:
    """Milliseconds of the allowance's calendar that count against the holder up to `until`.

    What the grace after a pause or a correction gave is not charged: the allowance is used up at the due date and never
    before, so who answers by then has used no more than it.
    """
    if found.starts_at is None or found.allowance is None or found.due_at is None:
        return 0
    end = until if segment.until is None else min(until, segment.until)
    if found.grace_from is None and found.changed is None:
        return _running(found, law, found.starts_at, end)
    if end <= found.due_at:
        return min(found.allowance.ms, _running(found, law, found.starts_at, end))
    return found.allowance.ms + _running(found, law, found.due_at, end)


def _running(found: Clock, law: Law, since: int, until: int) -> int:
    """How much of the allowance's calendar lies in [since, until) and in no stop."""
    assert found.allowance is not None
    kind, calendars = found.allowance.calendar, law.calendars
    total = calendars.worked(kind, since, until)
    for begin, over in merged(found.stops):
        total -= calendars.worked(kind, max(begin, since), min(over, until))
    return total


def due_at(segment: Segment, found: Clock) -> int | None:
    """When the holder's move is due, or None when it is not his: he has answered, or the segment is over."""
    if segment.until is not None or segment.stay is _REST:
        return None
    if segment.office != UPT and segment.responded_at is not None:
        return None
    return found.due_at
