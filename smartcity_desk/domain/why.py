"""*Mengapa?*: why an answer is due when it is, in at most twelve lines, each naming the event that it rests on.

Lines are keys and parameters; the interface has the words. Parameters that end in `_at` are instants (ms UTC), those
that end in `_ms` lengths.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.clock import Clock, Stop, clock, merged
from smartcity_desk.domain.custody import Ending, Segment, Stay
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import UPT

MOST: Final = 12
_STOP_LINES: Final = 3
"""Pauses told one by one; of more, the earliest are told together."""

Value = str | int


class Line(NamedTuple):
    """One line: the key of its words, what to fill in, and the id of the event (or of the report) behind it."""

    key: str
    params: dict[str, Value]
    event: str


def why(segment: Segment, law: Law, now: int) -> tuple[Line, ...]:
    """The lines for one segment under a law, as of `now`. Never more than `MOST`, and never none."""
    lines = [_opened(segment)]
    if segment.stay is Stay.REST:
        lines.append(Line("why.closed", {"closed_at": segment.since}, segment.opened_by))
        return tuple(lines)
    if segment.office != UPT:
        lines.append(_delivered(segment))
    found = clock(segment, law)
    if found.starts_at is None or found.allowance is None or found.policy is None:
        if segment.office == UPT or segment.delivered_at is not None:
            lines.append(Line("why.no_allowance", {"office": segment.office}, segment.opened_by))
        return tuple(lines)
    lines.append(_allowance(segment, found))
    lines += _stops(found.stops)
    lines += _days_off(segment, found, law)
    if found.grace_from is not None:
        grace = found.policy.grace(found.allowance.ms)
        ended = max(found.stops, key=lambda stop: stop.until == found.grace_from)
        lines.append(
            Line(
                "why.grace",
                {"from_at": found.grace_from, "grace_ms": grace},
                ended.closed_by or ended.opened_by,
            )
        )
    if segment.returns_refused:
        lines.append(Line("why.return_refused", {"times": segment.returns_refused}, segment.opened_by))
    lines.append(_due(segment, found, now))
    if segment.responded_at is not None:
        lines.append(Line("why.answered", {"answered_at": segment.responded_at}, segment.responded_by or ""))
    elif segment.until is not None:
        lines.append(
            Line(f"why.left.{segment.ending.value}", {"left_at": segment.until}, segment.closed_by or "")
        )
    assert len(lines) <= MOST
    return tuple(lines)


def _opened(segment: Segment) -> Line:
    params: dict[str, Value] = {"opened_at": segment.since, "office": segment.office}
    if segment.stay is Stay.VERIFY:
        return Line("why.claimed", params | {"claimant": segment.claimant or ""}, segment.opened_by)
    if segment.opened_by == segment.report:
        return Line("why.reported", params, segment.report)
    if segment.office == UPT:
        return Line("why.unit_holds", params, segment.opened_by)
    return Line("why.routed", params | {"user": segment.router}, segment.opened_by)


def _delivered(segment: Segment) -> Line:
    if segment.delivered_at is None:
        return Line("why.not_delivered", {}, segment.opened_by)
    key = "why.told_again" if segment.delivered_by == segment.opened_by else "why.delivered"
    return Line(key, {"delivered_at": segment.delivered_at}, segment.delivered_by or segment.opened_by)


def _allowance(segment: Segment, found: Clock) -> Line:
    assert found.policy is not None
    assert found.allowance is not None
    working = found.allowance.calendar is CalendarKind.WORKING_DAYS
    return Line(
        "why.allowance_working" if working else "why.allowance",
        {
            "allowance_ms": found.allowance.ms,
            "policy": found.policy.version,
            "category": segment.category or "",
            "office": segment.office,
        },
        segment.delivered_by or segment.opened_by,
    )


def _stops(stops: tuple[Stop, ...]) -> list[Line]:
    told = stops[-_STOP_LINES:]
    earlier = stops[: len(stops) - len(told)]
    lines: list[Line] = []
    if earlier:
        total = sum(until - since for since, until in merged(earlier))
        lines.append(
            Line("why.earlier_stops", {"count": len(earlier), "stopped_ms": total}, earlier[0].opened_by)
        )
    for stop in told:
        lines.append(
            Line(
                "why.declared" if stop.declared else "why.paused",
                {
                    "from_at": stop.since,
                    "until_at": stop.until,
                    "stopped_ms": stop.until - stop.since,
                    "code": stop.code.value,
                    "reason": stop.reason,
                },
                stop.opened_by,
            )
        )
    return lines


def _days_off(segment: Segment, found: Clock, law: Law) -> list[Line]:
    assert found.allowance is not None
    if found.allowance.calendar is not CalendarKind.WORKING_DAYS or found.due_at is None:
        return []
    assert found.starts_at is not None
    days = law.calendars.names(found.starts_at, found.due_at)
    if not days:
        return []
    names = ", ".join(dict.fromkeys(day.name for day in days[:6]))
    event = segment.delivered_by or segment.opened_by
    return [Line("why.days_off", {"count": len(days), "names": names}, event)]


def _due(segment: Segment, found: Clock, now: int) -> Line:
    assert found.due_at is not None
    event = segment.delivered_by or segment.opened_by
    lasting = [stop for stop in found.stops if stop.since <= now < stop.until and not stop.closed_by]
    if lasting and segment.until is None:
        return Line("why.due_if_paused", {"due_at": found.due_at}, lasting[-1].opened_by)
    return Line("why.due", {"due_at": found.due_at}, event)


_ENDINGS: Final = tuple(ending.value for ending in Ending)
KEYS: Final = (
    "why.reported",
    "why.unit_holds",
    "why.routed",
    "why.claimed",
    "why.closed",
    "why.not_delivered",
    "why.told_again",
    "why.delivered",
    "why.no_allowance",
    "why.allowance",
    "why.allowance_working",
    "why.earlier_stops",
    "why.paused",
    "why.declared",
    "why.days_off",
    "why.grace",
    "why.return_refused",
    "why.due",
    "why.due_if_paused",
    "why.answered",
    *(f"why.left.{ending}" for ending in _ENDINGS if ending != Ending.OPEN.value),
)
"""Every key that a line may have: the catalogues are checked against it."""
