"""*Mengapa?*: why an answer is due when it is, in at most twelve lines, each naming the event that it rests on.

Lines are keys and parameters; the interface has the words. Parameters that end in `_at` are instants (ms UTC), those
that end in `_ms` lengths.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.clock import Clock, Stop, clock, merged
from smartcity_desk.domain.custody import Ending, Segment, Stay
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.incident import Tie
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import UPT

MOST: Final = 12

Value = str | int


class Line(NamedTuple):
    """One line: the key of its words, what to fill in, and the id of the event (or of the report) behind it."""

    key: str
    params: dict[str, Value]
    event: str


def why(segment: Segment, law: Law, now: int, tie: Tie | None = None) -> tuple[Line, ...]:
    """The lines for one segment under a law, as of `now`. Never more than `MOST`, and never none.

    With the `tie` of its report, one that follows another says which clock runs for it instead of its own.
    """
    lines = [_opened(segment)]
    if tie is not None and tie.follows:
        return (*lines, *_follows(tie))
    if segment.stay is Stay.REST:
        return tuple(lines)
    if segment.office != UPT:
        lines.append(_delivered(segment))
    found = clock(segment, law)
    if found.starts_at is None or found.allowance is None or found.policy is None or found.due_at is None:
        if found.starts_at is None and segment.office != UPT and segment.delivered_at is None:
            return tuple(lines)
        if segment.stay is Stay.HOLD:
            lines.append(Line("why.no_allowance", {"office": segment.office}, segment.opened_by))
        return tuple(lines)
    lines.append(_allowance(segment, found))
    after = [
        *_leads(tie),
        *_days_off(segment, found, law),
        *_grace(found),
        *_changed(segment, found),
        *_handed_back(segment),
        _due(segment, found, now),
        *_ended(segment),
    ]
    lines += _stops(
        [stop for stop in found.stops if stop.since < found.due_at], MOST - len(lines) - len(after)
    )
    return (*lines, *after)


def _opened(segment: Segment) -> Line:
    params: dict[str, Value] = {"opened_at": segment.since, "office": segment.office}
    if segment.stay is Stay.REST:
        return Line("why.closed", {"closed_at": segment.since}, segment.opened_by)
    if segment.stay is Stay.VERIFY:
        if segment.claimant is None:
            return Line("why.claimed_at_source", {"opened_at": segment.since}, segment.opened_by)
        return Line("why.claimed", params | {"claimant": segment.claimant}, segment.opened_by)
    if segment.opened_by == segment.report:
        return Line("why.reported", params, segment.report)
    if segment.office == UPT:
        return Line("why.unit_holds", params, segment.opened_by)
    given_back = segment.delivered_by == segment.opened_by
    return Line("why.given_back" if given_back else "why.routed", params, segment.opened_by)


def _follows(tie: Tie) -> list[Line]:
    joined = tie.joined
    params: dict[str, Value] = {"incident": incident_name(joined.incident), "joined_at": joined.at}
    key = "why.joined"
    if joined.reason.strip():
        key, params["reason"] = "why.joined_because", joined.reason
    carried: dict[str, Value] = {"incident": params["incident"], "opened_at": tie.lead_reported_at}
    return [Line(key, params, joined.event), Line("why.follows", carried, tie.lead)]


def _leads(tie: Tie | None) -> list[Line]:
    if tie is None:
        return []
    params: dict[str, Value] = {"incident": incident_name(tie.joined.incident), "count": tie.others}
    return [Line("why.leads", params, tie.joined.event)]


def _delivered(segment: Segment) -> Line:
    if segment.delivered_at is None:
        return Line("why.not_delivered", {"office": segment.office}, segment.opened_by)
    key = "why.told_again" if segment.delivered_by == segment.opened_by else "why.delivered"
    return Line(key, {"delivered_at": segment.delivered_at}, segment.delivered_by or segment.opened_by)


def _working(found: Clock) -> str:
    """The end of a key whose length is of working time, and not of the clock on the wall."""
    assert found.allowance is not None
    return "_working" if found.allowance.calendar is CalendarKind.WORKING_DAYS else ""


def _allowance(segment: Segment, found: Clock) -> Line:
    assert found.policy is not None
    assert found.allowance is not None
    params: dict[str, Value] = {"allowance_ms": found.allowance.ms, "policy": found.policy.version}
    key = "why.allowance"
    if segment.stay is Stay.VERIFY:
        key = "why.allowance_verify"
    elif segment.office != UPT and segment.category in found.policy.categories:
        key = "why.allowance_category"
        params["category"] = segment.category or ""
    return Line(f"{key}{_working(found)}", params, segment.delivered_by or segment.opened_by)


def _stops(stops: list[Stop], room: int) -> list[Line]:
    """Pauses and declared events one by one; of more than there is room for, the earliest are told together."""
    told = stops if len(stops) <= room else stops[len(stops) - room + 1 :]
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


def _grace(found: Clock) -> list[Line]:
    if found.grace_from is None:
        return []
    assert found.policy is not None
    assert found.allowance is not None
    grace = found.policy.grace(found.allowance.ms)
    ended = next(stop for stop in found.stops if stop.until == found.grace_from)
    params: dict[str, Value] = {"from_at": found.grace_from, "grace_ms": grace}
    return [Line(f"why.grace{_working(found)}", params, ended.closed_by or ended.opened_by)]


def _changed(segment: Segment, found: Clock) -> list[Line]:
    if found.changed is None:
        return []
    params: dict[str, Value] = {"changed_at": found.changed.at, "category": segment.category or ""}
    return [Line("why.recategorised", params, found.changed.event)]


def _handed_back(segment: Segment) -> list[Line]:
    if segment.returned_at is not None and segment.returned_by is not None and segment.until is None:
        return [Line("why.returned", {"returned_at": segment.returned_at}, segment.returned_by)]
    if segment.return_refused_by is not None:
        return [
            Line("why.return_refused", {"times": segment.returns_refused}, segment.return_refused_by),
        ]
    return []


def _due(segment: Segment, found: Clock, now: int) -> Line:
    assert found.due_at is not None
    lasting = [
        stop
        for stop in found.stops
        if stop.since <= now < stop.until and stop.since < found.due_at and not stop.closed_by
    ]
    if lasting and segment.until is None:
        return Line("why.due_if_paused", {"due_at": found.due_at}, lasting[-1].opened_by)
    return Line("why.due", {"due_at": found.due_at}, segment.delivered_by or segment.opened_by)


def _ended(segment: Segment) -> list[Line]:
    if segment.responded_at is not None and segment.responded_by is not None:
        return [Line("why.answered", {"answered_at": segment.responded_at}, segment.responded_by)]
    if segment.until is not None and segment.closed_by is not None:
        return [Line(f"why.left.{segment.ending.value}", {"left_at": segment.until}, segment.closed_by)]
    return []


_WORKING: Final = ("", "_working")
_ENDINGS: Final = tuple(
    ending.value for ending in Ending if ending not in (Ending.OPEN, Ending.CLAIMED, Ending.REOPENED)
)
"""How a segment ends without an answer: a claim is one, and the rest of a closed report has no clock."""
KEYS: Final = (
    "why.reported",
    "why.unit_holds",
    "why.routed",
    "why.given_back",
    "why.claimed",
    "why.claimed_at_source",
    "why.closed",
    "why.joined",
    "why.joined_because",
    "why.follows",
    "why.leads",
    "why.not_delivered",
    "why.told_again",
    "why.delivered",
    "why.no_allowance",
    *(f"why.allowance{end}" for end in _WORKING),
    *(f"why.allowance_category{end}" for end in _WORKING),
    "why.allowance_verify",
    "why.earlier_stops",
    "why.paused",
    "why.declared",
    "why.days_off",
    *(f"why.grace{end}" for end in _WORKING),
    "why.recategorised",
    "why.returned",
    "why.return_refused",
    "why.due",
    "why.due_if_paused",
    "why.answered",
    *(f"why.left.{ending}" for ending in _ENDINGS),
)
"""Every key that a line may have: the catalogues are checked against it."""
