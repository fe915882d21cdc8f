"""Whole reports out of the file. Runs on a reader's connection; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.domain.custody import walk
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.incident import answer_of
from smartcity_desk.domain.reply import veiled as veiled_reply
from smartcity_desk.domain.report import Report, Status, veiled
from smartcity_desk.store import history, incidents, outbox, projection, receipts, replies
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.facts import BESIDE, REPORT_COLUMNS, REPORT_WIDTH, report_of
from smartcity_desk.store.rows import ReportDetail, ReportLine, Revision
from smartcity_desk.store.rules import Rules

_STATUSES: Final = {status.value: status for status in Status}
_LINE: Final = (
    f"SELECT {REPORT_COLUMNS}, s.pk, s.status, s.category, s.place, s.office, s.due_at, s.paused, s.claimed_by, "
    "s.claim_until, s.return_pending, s.pending, s.conflict, s.place_doubt, s.incident, "
    "(SELECT f.id FROM report f WHERE f.pk = s.lead), s.members FROM report_state s "
    f"JOIN report r ON r.pk = s.pk {BESIDE}"
)


def _line(row: tuple[Any, ...], now: int) -> ReportLine:
    own = row[REPORT_WIDTH:]
    return ReportLine(
        pk=own[0],
        report=veiled(report_of(row)),
        status=_STATUSES[own[1]],
        category=own[2],
        place=own[3],
        office=own[4],
        due_at=own[5],
        paused=own[6] > now,
        claimed_by=own[7],
        claim_until=own[8],
        return_pending=bool(own[9]),
        pending=bool(own[10]),
        conflict=bool(own[11]),
        place_doubt=bool(own[12]),
        incident=own[13],
        lead=own[14],
        members=own[15],
    )


def lines(raw: Raw, pks: Sequence[int], *, now: int) -> Iterator[ReportLine]:
    """Whole masked reports with their standing, in the order of `pks`."""
    for part in chunks(pks):
        found = {
            row[REPORT_WIDTH]: row
            for row in raw.execute(f"{_LINE} WHERE s.pk IN ({marks(len(part))})", tuple(part))
        }
        yield from (_line(found[pk], now) for pk in part if pk in found)


def by_id(raw: Raw, ids: Sequence[str], *, now: int) -> dict[str, ReportLine]:
    """Whole masked reports with their standing, by id; unknown ones are left out."""
    found: dict[str, ReportLine] = {}
    for part in chunks(list(ids)):
        for row in raw.execute(f"{_LINE} WHERE r.id IN ({marks(len(part))})", tuple(part)):
            line = _line(row, now)
            found[line.report.id] = line
    return found


def _version(body: str, *, hidden: bool) -> Report:
    report = codec.report_from_wire(codec.decode(body, dict[str, Any], key="report"))
    return veiled(replace(report, private=True)) if hidden else report


def detail(raw: Raw, which: str | int, rules: Rules, *, revealed: bool = False) -> ReportDetail | None:
    """Everything about one report, by id or pk; None when it is not here.

    What was said in private is left out unless it was `revealed`, which somebody has to have written down.
    """
    column = "r.pk" if isinstance(which, int) else "r.id"
    row = raw.execute(
        f"SELECT {REPORT_COLUMNS}, r.pk, r.received_at, s.due_at, s.conflict "
        f"FROM report r JOIN report_state s ON s.pk = r.pk {BESIDE} "
        f"WHERE {column} = ?",
        (which,),
    ).fetchone()
    if row is None:
        return None
    report = report_of(row)
    hidden = report.private and not revealed
    pk, received_at, due_at, conflict = row[REPORT_WIDTH:]
    confirmed = history.confirmed_events(raw, [report.id]).get(report.id, [])
    pending = history.pending_events(raw, [report.id]).get(report.id, [])
    subject = projection.subjects(raw, [report.id])[report.id]
    timeline = canonical([*confirmed, *pending])
    together = incidents.of_report(raw, pk)
    tie = incidents.tie(together, report.id)
    told = timeline
    if tie is not None and tie.follows:
        told = history.of_subjects(raw, [tie.lead]).get(tie.lead, [])
    return ReportDetail(
        pk=pk,
        report=veiled(report) if hidden else report,
        received_at=received_at,
        state=subject.state,
        due_at=due_at,
        conflict=bool(conflict),
        timeline=tuple(timeline),
        segments=walk(subject.origin, timeline),
        law=rules.law,
        ops=tuple(outbox.of_report(raw, report.id)),
        revisions=tuple(
            Revision(
                revision,
                replaced_at,
                _version(body, hidden=hidden),
            )
            for revision, replaced_at, body in raw.execute(
                "SELECT revision, replaced_at, body FROM report_revision WHERE report_pk = ? ORDER BY revision",
                (pk,),
            )
        ),
        members=incidents.member_rows(raw, together),
        tie=tie,
        answer=answer_of(told),
        replies=tuple(
            one if revealed else veiled_reply(one, private=hidden)
            for one in replies.of_report(raw, report.id)
        ),
        receipts=receipts.of_report(raw, report.id),
        outlets=receipts.outlets(raw),
    )
