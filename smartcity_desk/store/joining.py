"""What joining reports would come to, before anybody does it. Runs on a reader's connection; nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from smartcity_desk.domain.report import CLOSED_STATUSES, OPEN_STATUSES, ReportKind, Status
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.rows import JoinPlan

_STATUSES: Final = {status.value: status for status in Status}


class _Line(NamedTuple):
    """A report that is to be joined, or stands where others are to be joined to."""

    report: str
    reported_at: int
    status: Status
    joinable: bool
    incident: str | None
    lead: int | None
    office: str | None
    has_clock: bool

    @property
    def valid(self) -> bool:
        """Whether it may lead or follow."""
        return self.joinable and self.status is not Status.REJECTED

    @property
    def leads(self) -> bool:
        """Whether it stands for an incident, maybe of itself alone."""
        return self.incident is not None and self.lead is None and self.valid


_LINE: Final = (
    "SELECT r.id, s.reported_at, s.status, s.kind, r.private, s.incident, s.lead, s.office, s.due_at "
    "FROM report_state s JOIN report r ON r.pk = s.pk"
)


def _line(row: tuple[Any, ...]) -> _Line:
    report, reported_at, status, kind, private, name, lead, office, due = row
    joinable = kind == ReportKind.COMPLAINT.value and not private
    return _Line(report, reported_at, _STATUSES[status], joinable, name, lead, office, due is not None)


def plan(raw: Raw, ids: Sequence[str]) -> JoinPlan:
    """What joining these reports comes to, as things stand.

    They go into the largest incident that one of them is in already, else into a new one. Who names the lead of another
    incident means all of it; who names a follower means that one report.
    """
    named = _lines(raw, "r.id", list(dict.fromkeys(ids)))
    present = {one.incident for one in named if one.incident is not None}
    inside = {one.report: one for one in _lines(raw, "s.incident", sorted(present))}
    sizes = Counter(one.incident for one in inside.values())
    target = max(sizes, key=lambda name: (sizes[name], str(name)), default=None)
    led = {one.incident for one in named if one.leads and one.incident != target}
    moving = {one.report: one for one in named if one.incident is None or one.incident != target}
    moving |= {one.report: one for one in inside.values() if one.incident in led}
    together = {one.report: one for one in inside.values() if target is not None and one.incident == target}
    together |= moving
    valid = [one for one in together.values() if one.valid]
    first = min(valid, key=lambda one: (one.reported_at, one.report), default=None)
    resting = [one for one in valid if one is not first and one.has_clock]
    behind_closed = first is not None and first.status in CLOSED_STATUSES
    return JoinPlan(
        target,
        tuple(moving),
        None if first is None else first.report,
        len(resting),
        tuple(Counter(one.office for one in resting).most_common()),
        sum(one is not first and one.status in OPEN_STATUSES for one in valid) if behind_closed else 0,
    )


def _lines(raw: Raw, column: str, values: Sequence[str]) -> list[_Line]:
    found: list[_Line] = []
    for part in chunks(values):
        rows = raw.execute(f"{_LINE} WHERE {column} IN ({marks(len(part))})", tuple(part))
        found += [_line(row) for row in rows]
    return found
