"""*Mungkin ganda*: pairs of reports that probably tell of the same thing, kept so that a view of them costs nothing.

A pair lies in the file once, the later report first: that is the one to be joined. Whether a pair is still in question
is worked out by the query (`OPEN`), so that joining, rejecting and closing need no bookkeeping; only what an operator
has refused is marked, out of the events, in the transaction that brings them. `twin_book` finds the pairs.

The first page of a start asks for `OPEN`, so this module loads nothing of what writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from smartcity_desk.store.engine import Raw, marks

if TYPE_CHECKING:
    from smartcity_desk.domain.events import Event

_ON_REPORT, _ON_OTHER = 1, 2
OPEN: Final = (
    "SELECT DISTINCT t.report_pk AS pk FROM twin t CROSS JOIN report_state m ON m.pk = t.report_pk "
    "CROSS JOIN report_state o ON o.pk = t.other_pk WHERE t.refused = 0 AND m.is_open = 1 AND m.lead IS NULL "
    "AND o.status <> 'rejected' AND (m.incident IS NULL OR o.incident IS NOT m.incident) "
    "AND NOT EXISTS (SELECT 1 FROM report p WHERE p.pk IN (t.report_pk, t.other_pk) AND p.private = 1) "
    "AND NOT EXISTS (SELECT 1 FROM erased e WHERE e.report_pk IN (t.report_pk, t.other_pk))"
)
"""The reports of which an open pair waits for an operator. What is private, or has no words any more, is in none."""


def join_targets(events: Iterable[Event]) -> frozenset[str]:
    """The reports and incidents that somebody refused to join with the report of these events."""
    from smartcity_desk.domain.courses import CourseKind
    from smartcity_desk.domain.events import CourseRefused

    join = f"{CourseKind.JOIN.value}:"
    refused = (event.payload.course for event in events if isinstance(event.payload, CourseRefused))
    return frozenset(course.removeprefix(join) for course in refused if course.startswith(join))


def refused_anew(raw: Raw, pks: Sequence[int], refused: Mapping[int, frozenset[str]]) -> None:
    """Mark the pairs of these reports as their events say now; `refused` has the targets of those that have any."""
    rows = [(pk,) for pk in pks]
    raw.executemany(
        f"UPDATE twin SET refused = refused & ~{_ON_REPORT} WHERE report_pk = ? AND refused & {_ON_REPORT}",
        rows,
    )
    raw.executemany(
        f"UPDATE twin SET refused = refused & ~{_ON_OTHER} WHERE other_pk = ? AND refused & {_ON_OTHER}", rows
    )
    for pk, targets in refused.items():
        inside = f"({marks(len(targets))})"
        meant = (
            f"(SELECT pk FROM report WHERE id IN {inside} "
            f"UNION SELECT pk FROM report_state INDEXED BY ix_state_incident WHERE incident IN {inside})"
        )
        for mine, other, bit in (
            ("report_pk", "other_pk", _ON_REPORT),
            ("other_pk", "report_pk", _ON_OTHER),
        ):
            raw.execute(
                f"UPDATE twin SET refused = refused | {bit} WHERE {mine} = ? AND {other} IN {meant}",
                (pk, *targets, *targets),
            )
