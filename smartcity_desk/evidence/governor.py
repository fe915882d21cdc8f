"""The Governor's list: offices proposed for evaluation, silent reports of small offices, and what it replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from smartcity_desk.documents.model import (
    EscalationList,
    Figure,
    Letterhead,
    ListRow,
    Method,
    Moment,
    ObjectionMark,
    Overview,
    Quote,
    Signature,
    SilentReport,
    Superseded,
)
from smartcity_desk.domain.fairness import Finding, windows
from smartcity_desk.domain.figures import OfficeFigures
from smartcity_desk.domain.items import Outcome
from smartcity_desk.domain.marks import MarkState, MarkStep, standing, step
from smartcity_desk.domain.outward import ListState
from smartcity_desk.domain.times import JAKARTA, to_datetime
from smartcity_desk.evidence import words
from smartcity_desk.evidence.figures import SNAPSHOT, figure, window_figures
from smartcity_desk.evidence.gathering import Gathered, short_code
from smartcity_desk.i18n import tr
from smartcity_desk.store import Store

LISTED: Final = frozenset({MarkStep.ELIGIBLE, MarkStep.PROPOSED})
"""What stands in a list: ready to be proposed, or proposed and not decided yet."""
HELD_BACK: Final = frozenset({MarkStep.NOTIFIED, MarkStep.WINDOW, MarkStep.OBJECTED, MarkStep.REVIEWED})
_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@dataclass(frozen=True, slots=True)
class Listed:
    """A mark that stands in the list, with its figures as they are now, objections taken into account."""

    name: str
    mark: MarkState
    figures: OfficeFigures


def next_number(lists: Mapping[str, ListState], at: int) -> str:
    """The number of the next list of the year: `003/ESK/XI/2026`."""
    day = to_datetime(at).astimezone(JAKARTA)
    taken = [
        int(one.printed.number.split("/", 1)[0])
        for one in lists.values()
        if one.printed is not None
        and one.printed.number.endswith(f"/{day.year}")
        and one.printed.number.split("/", 1)[0].isdecimal()
    ]
    return f"{max(taken, default=0) + 1:03d}/ESK/{_ROMAN[day.month - 1]}/{day.year}"


def listed(gathered: Gathered) -> list[Listed]:
    """The marks that may stand in a list. One that objections have taken below the rule stands in none."""
    found = []
    for name, mark in gathered.marks.items():
        if step(mark, gathered.law, gathered.at) not in LISTED:
            continue
        figures = gathered.figures(mark.office, mark)
        if figures.verdict.finding is Finding.CANDIDATE:
            found.append(Listed(name, mark, figures))
    return sorted(found, key=lambda one: one.mark.office)


def superseded(gathered: Gathered, lists: Mapping[str, ListState]) -> list[tuple[str, ListState]]:
    """Printed lists with a segment that an objection has taken out since: the next one says so (3.2, rule 4)."""
    taken = gathered.objected.excluded
    found = []
    for name, one in lists.items():
        printed = one.printed
        if printed is None:
            continue
        hit = [segment for segment in printed.segments if segment in taken]
        if any(taken[segment].at > printed.data_at for segment in hit):
            found.append((name, one))
    return sorted(found, key=lambda one: one[1].printed_at or 0)


def build(
    store: Store,
    gathered: Gathered,
    *,
    number: str,
    printed_at: int,
    letterhead: Letterhead,
    signatures: Sequence[Signature],
    language: str,
) -> EscalationList:
    """The list as of the gathered instant, under a number and a date that belong to it for ever."""
    law, at = gathered.law, gathered.at
    policy = gathered.policy()
    spans = windows(at, policy.marking)
    rows = listed(gathered)
    lists = store.offices.printed_lists()
    figures = {code: gathered.figures(code) for code in law.directory.offices if law.scored(code)}
    return EscalationList(
        number=number,
        printed_at=printed_at,
        origin=gathered.origin(spans, snapshot(gathered, rows)),
        letterhead=letterhead,
        method=Method.of(policy.marking, policy.version),
        windows=spans,
        rows=tuple(_row(gathered, one) for one in rows),
        signatures=tuple(signatures),
        addressee=tr("evidence.addressee"),
        overview=_overview(gathered, figures),
        silent=tuple(_silent(store, gathered, figures, {one.mark.office for one in rows})),
        supersedes=tuple(
            Superseded(
                one.printed.number,
                one.printed_at or 0,
                Quote(tr("evidence.superseded"), tuple(_objection_events(gathered, one))),
            )
            for _, one in superseded(gathered, lists)
            if one.printed is not None
        ),
        language=language,
    )


def snapshot(gathered: Gathered, rows: Sequence[Listed]) -> object:
    """The data behind a list, as plain values: what its hash is taken of."""
    return {
        "at": gathered.at,
        "rows": [
            [
                one.name,
                one.mark,
                [
                    [item.segment, item.outcome, item.due_at, item.excluded, item.contested]
                    for part in one.figures.windows
                    for item in part.items
                ],
            ]
            for one in rows
        ],
        "offices": {
            code: [[item.segment.id, item.outcome, item.excluded] for item in found]
            for code, found in sorted(gathered.items.items())
        },
    }


def counted_segments(rows: Sequence[Listed]) -> tuple[str, ...]:
    """The segments that the list's figures count, for finding out later which prints contained one."""
    return tuple(
        item.segment.id for one in rows for part in one.figures.windows for item in part.items if item.counts
    )


def _row(gathered: Gathered, one: Listed) -> ListRow:
    law, mark = gathered.law, one.mark
    policy = gathered.policy(mark)
    return ListRow(
        code=short_code(one.name),
        office=mark.office,
        office_name=gathered.name(mark.office),
        superior=gathered.superior(mark.office),
        holder=gathered.holder(mark.office),
        windows=tuple(window_figures(part, policy) for part in one.figures.windows),
        state=step(mark, law, gathered.at),
        objections=tuple(
            ObjectionMark(standing(mark, said, law, gathered.at), said.answer_event or said.event)
            for said in mark.objections
        ),
        manifest=mark.dossier,
        events=(one.name,),
    )


def _overview(gathered: Gathered, figures: Mapping[str, OfficeFigures]) -> Overview:
    enough = sum(one.verdict.finding is not Finding.NOT_ENOUGH for one in figures.values())
    held = [
        name for name, mark in gathered.marks.items() if step(mark, gathered.law, gathered.at) in HELD_BACK
    ]
    return Overview(
        offices=Figure(len(figures), source=f"directory:{gathered.law.directory.edition}"),
        enough=Figure(enough, source=SNAPSHOT),
        not_enough=Figure(len(figures) - enough, source=SNAPSHOT),
        held_back=figure(len(held), held),
    )


def _silent(
    store: Store, gathered: Gathered, figures: Mapping[str, OfficeFigures], rows: AbstractSet[str]
) -> list[SilentReport]:
    """Each report without an answer in time, of offices with too few for a share: no score, only the reports.

    An office that stands in the list by a mark of earlier windows is not told of twice.
    """
    directory = gathered.law.directory
    found = [
        item
        for one in figures.values()
        if one.verdict.finding is Finding.NOT_ENOUGH and one.office not in rows
        for part in one.windows
        for item in part.items
        if item.counts and item.outcome is Outcome.SILENT
    ]
    lines = store.offices.report_rows(list({item.segment.report for item in found}), now=gathered.at)
    shown = []
    for item in sorted(found, key=lambda one: (one.segment.office, one.due_at, one.segment.id)):
        segment = item.segment
        assert segment.delivered_at is not None
        received = segment.delivered_by or segment.opened_by
        shown.append(
            SilentReport(
                office=segment.office,
                office_name=gathered.name(segment.office),
                number=words.number(lines[segment.report].report),
                category=words.category(segment.category, directory),
                place=words.office(segment.place, directory) if segment.place else "–",
                delivered=Moment(segment.delivered_at, (received,)),
                due=Moment(item.due_at, (received,)),
            )
        )
    return shown


def _objection_events(gathered: Gathered, one: ListState) -> list[str]:
    assert one.printed is not None
    taken = gathered.objected.excluded
    return list(dict.fromkeys(taken[name].event for name in one.printed.segments if name in taken))
