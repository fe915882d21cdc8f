"""Custody segments in the file: written with the fold of their report, read for figures, dossiers and *Mengapa?*.

A report that nobody has touched has no segments here: the unit holds it since it was reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from smartcity_desk import codec
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.clock import clock, due_at
from smartcity_desk.domain.custody import Origin, Segment, Stay, origin_of, walk
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.report import OPEN_STATUSES, Report, ReportKind, Status
from smartcity_desk.store.engine import Raw, chunks, marks

_SEGMENT: Final = msgspec.json.Decoder(Segment)
_COLUMNS: Final = "report_pk, number, id, office, stay, since, until, due_at, facts"
_INSERT: Final = f"INSERT INTO segment ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
Line = tuple[Any, ...]


def first_due(origin: Origin, law: Law) -> int | None:
    """When the unit's first look at an untouched report is due; the same as walking no events, and much cheaper."""
    if origin.kind is ReportKind.CONTEXT or origin.status not in OPEN_STATUSES:
        return None
    if origin.status is Status.AWAITING_VERIFICATION:
        return None  # a completion claimed at the source has no time of its claim, so no clock of ours runs
    if not law.exemptions:
        allowance = law.book.at(origin.at).allowance(OfficeLevel.UPT, None)
        if allowance is None:
            return None
        if allowance.calendar is CalendarKind.ROUND_THE_CLOCK:
            return origin.at + allowance.ms
    return due_of(walk(origin, ()), law)


def first_dues(law: Law) -> Callable[[Report], int | None]:
    """`first_due` for many reports: what a policy allows the unit is looked up once."""
    around: dict[str, int | None] = {}

    def due(report: Report) -> int | None:
        at = report.reported_at
        if report.kind is ReportKind.COMPLAINT and report.source_status is Status.NEW and not law.exemptions:
            policy = law.book.at(at)
            if policy.version not in around:
                allowance = policy.allowance(OfficeLevel.UPT, None)
                plain = allowance is not None and allowance.calendar is CalendarKind.ROUND_THE_CLOCK
                around[policy.version] = allowance.ms if allowance is not None and plain else None
            ms = around[policy.version]
            if ms is not None:
                return at + ms
        return first_due(origin_of(report), law)

    return due


def due_of(segments: Sequence[Segment], law: Law) -> int | None:
    """When the present holder's move is due, or None."""
    if not segments:
        return None
    last = segments[-1]
    return due_at(last, clock(last, law))


def lines(pk: int, segments: Sequence[Segment], law: Law) -> list[Line]:
    """The lines of a report's segments."""
    return [
        (
            pk,
            one.number,
            one.id,
            one.office,
            one.stay.value,
            one.since,
            one.until,
            clock(one, law).due_at,
            codec.encode(one),
        )
        for one in segments
    ]


def replace(raw: Raw, pks: Iterable[int], fresh: Iterable[Line]) -> None:
    """Put the lines of these reports in the place of what was there."""
    raw.executemany("DELETE FROM segment WHERE report_pk = ?", [(pk,) for pk in pks])
    raw.executemany(_INSERT, fresh)


def of_events(origin: Origin, events: Sequence[Event]) -> tuple[Segment, ...]:
    """The segments of a report whose events are in canonical order; none where nothing was done."""
    return walk(origin, events) if events else ()


def of_report(raw: Raw, pk: int) -> tuple[Segment, ...]:
    """The stored segments of a report."""
    rows = raw.execute("SELECT facts FROM segment WHERE report_pk = ? ORDER BY number", (pk,))
    return tuple(_SEGMENT.decode(row[0]) for row in rows)


def judged(raw: Raw, *, since: int | None = None, office: str | None = None) -> Iterator[Segment]:
    """Segments of offices that have a clock and were due at or after `since` (ms UTC), in order of due date."""
    conditions = ["stay = ?", "office NOT IN ('', 'UPT')", "due_at IS NOT NULL"]
    values: list[Any] = [Stay.HOLD.value]
    if office is not None:
        conditions.append("office = ?")
        values.append(office)
    if since is not None:
        conditions.append("due_at >= ?")
        values.append(since)
    order = "due_at" if office is None else "office, due_at"
    rows = raw.execute(f"SELECT facts FROM segment WHERE {' AND '.join(conditions)} ORDER BY {order}", values)
    for row in rows:
        yield _SEGMENT.decode(row[0])


def held(raw: Raw) -> Iterator[Segment]:
    """Segments with a clock of whoever holds a report now, in order of due date."""
    rows = raw.execute(
        "SELECT facts FROM segment INDEXED BY ix_segment_open WHERE stay = 'hold' AND due_at IS NOT NULL "
        "AND until IS NULL AND office NOT IN ('', 'UPT') ORDER BY due_at"
    )
    for row in rows:
        yield _SEGMENT.decode(row[0])


def named(raw: Raw, ids: Sequence[str]) -> dict[str, Segment]:
    """Segments by id; unknown ones are left out."""
    found: dict[str, Segment] = {}
    for part in chunks(list(ids)):
        for row in raw.execute(f"SELECT facts FROM segment WHERE id IN ({marks(len(part))})", tuple(part)):
            one = _SEGMENT.decode(row[0])
            found[one.id] = one
    return found


def recompute(raw: Raw, law: Law) -> dict[int, int | None]:
    """Work out every clock again under another law. Returns the present due date of each report that has segments."""
    moved: list[tuple[int | None, int, int]] = []
    present: dict[int, int | None] = {}
    rows = raw.execute("SELECT report_pk, number, due_at, facts FROM segment ORDER BY report_pk, number")
    for pk, number, stored, facts in rows:
        one = _SEGMENT.decode(facts)
        found = clock(one, law)
        if found.due_at != stored:
            moved.append((found.due_at, pk, number))
        present[pk] = due_at(one, found)
    raw.executemany("UPDATE segment SET due_at = ? WHERE report_pk = ? AND number = ?", moved)
    return present
