"""One dossier as the screen shows it: read on a reader's thread, plain values; and its rows in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk.domain.charts import control_chart
from smartcity_desk.domain.figures import figures_in, judging_policy
from smartcity_desk.domain.items import falls_in
from smartcity_desk.domain.marks import MarkState, standing
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import formats
from smartcity_desk.ui.escalation import words
from smartcity_desk.ui.escalation.board import mark_policy
from smartcity_desk.ui.offices import words as offices
from smartcity_desk.ui.offices.book import OfficePage
from smartcity_desk.ui.offices.rows import on_time_cell
from smartcity_desk.ui.report import timeline
from smartcity_desk.ui.triage.suggest import fold
from smartcity_desk.ui.widgets.gridmodel import Cell, Column, Row

if TYPE_CHECKING:
    from smartcity_desk.domain.events import Event
    from smartcity_desk.domain.figures import OfficeFigures
    from smartcity_desk.domain.law import Law
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.domain.policy import Policy
    from smartcity_desk.evidence.dossier import Subject
    from smartcity_desk.store import Store
    from smartcity_desk.store.rows import OpRow

WINDOW_COLUMNS: Final = (
    Column("window", title_key="offices.column.window", width=190, stretch=True, sorts=False),
    Column("n", title_key="offices.column.n", width=50, right=True, sorts=False),
    Column("timely", title_key="offices.column.timely", width=60, right=True, aside=1, sorts=False),
    Column("slow", title_key="offices.column.slow", width=64, right=True, aside=3, sorts=False),
    Column("silent", title_key="offices.column.silent", width=60, right=True, aside=2, sorts=False),
    Column("empty", title_key="offices.column.empty", width=66, right=True, aside=4, sorts=False),
    Column("on_time", title_key="offices.column.on_time", width=260, sorts=False),
    Column("excluded", title_key="escalation.column.excluded", width=104, right=True, aside=5, sorts=False),
    Column("contested", title_key="offices.column.contested", width=90, right=True, aside=6, sorts=False),
)
OBJECTION_COLUMNS: Final = (
    Column("filed", title_key="escalation.objection.filed", width=120, sorts=False),
    Column("standing", title_key="escalation.objection.standing", width=210, sorts=False),
    Column("items", title_key="escalation.objection.items", width=90, sorts=False),
    Column("code", title_key="escalation.objection.code", width=180, aside=1, sorts=False),
    Column("text", title_key="escalation.objection.text", width=220, stretch=True, sorts=False),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A dossier at `at`: items (newest due first), reports and figures in `page`, and what happened to the mark."""

    at: int
    law: Law
    subject: Subject
    policy: Policy
    page: OfficePage
    events: tuple[Event, ...]
    ops: Mapping[str, OpRow]
    list_numbers: tuple[str, ...]

    @property
    def mark(self) -> MarkState | None:
        """The mark, if there is one."""
        return self.subject.mark

    @property
    def figures(self) -> OfficeFigures:
        """The figures of the dossier's own windows."""
        return self.page.figures


def read_case(store: Store, subject: Subject, now: int) -> Case:
    """A dossier as it stands at `now`: some ms of an ordinary file."""
    law, offices_ = store.law(), store.offices
    mark = offices_.marks().get(subject.mark_id)
    if mark is not None and mark.raised_at is not None:
        from smartcity_desk.evidence.finding import of_mark

        subject = of_mark(subject.mark_id, mark)
    policy = judging_policy(law, now) if subject.mark is None else mark_policy(subject.mark, law)
    since = subject.spans[0][0]
    found = offices_.items(now=now, since=since, office=subject.office)
    figures = figures_in(subject.office, found, law, now, policy, subject.spans)
    inside = [one for one in found if any(falls_in(one, span) for span in subject.spans)]
    items = tuple(reversed(inside))
    page = OfficePage(
        at=now,
        law=law,
        figures=figures,
        items=items,
        lines=offices_.report_rows(list({one.segment.report for one in items}), now=now),
        marks=() if subject.mark is None else (subject.mark,),
        control=control_chart((), policy.marking.least_n),
    )
    events = offices_.subject_events([subject.mark_id])[subject.mark_id]
    waiting = [op for op in store.ops(limit=2_000) if op.report_id == subject.mark_id]
    lists = offices_.printed_lists()
    numbers = [
        (one.printed_at or 0, one.printed.number)
        for one in lists.values()
        if one.printed is not None and subject.mark_id in one.printed.marks
    ]
    return Case(
        at=now,
        law=law,
        subject=subject,
        policy=policy,
        page=page,
        events=tuple(events),
        ops={op.id: op for op in waiting},
        list_numbers=tuple(number for _, number in sorted(numbers, reverse=True)),
    )


# ---------------------------------------------------------------- rows


def window_rows(figures: OfficeFigures, policy: Policy) -> list[Row]:
    """A row for each window, the oldest first as on paper."""
    found = []
    for at, window in enumerate(figures.windows):
        counts = window.tally
        span = tr(
            "offices.span",
            since=formats.day_month(window.window[0]),
            until=formats.short_date(window.window[1] - 1),
        )
        name = f"{words.ROMAN[at % len(words.ROMAN)]} · {span}"
        numbers = (counts.n, counts.on_time, counts.slow, counts.silent, counts.empty)
        cells = (
            Cell(name),
            *(Cell(formats.number(value)) for value in numbers),
            on_time_cell(window, policy.marking.target_percent / 100),
            Cell(formats.number(counts.excluded)),
            Cell(formats.number(window.contested)),
        )
        found.append(
            Row(
                str(at),
                cells,
                f"{span}. {words.window_line(at, window)}",
                faint=window.interval is None,
            )
        )
    return found


def objection_rows(mark: MarkState, law: Law, now: int) -> list[Row]:
    """A row for each objection, the oldest first. Its key is its id."""
    found = []
    for one in mark.objections:
        said = words.standing(standing(mark, one, law, now))
        code = (
            tr("offices.objection.no_code")
            if one.code is None
            else tr("offices.code.with", code=one.code.value, words=offices.code_word(one.code.value))
        )
        text = formats.one_line(one.text, 300)
        items = trn("offices.objection.segments", len(one.segments))
        cells = (
            Cell(formats.short(one.filed_at, now), tip=formats.date_time(one.filed_at)),
            Cell(said.text, said.tone),
            Cell(items),
            Cell(code, "" if one.code is not None else "uncertain"),
            Cell(text, tip=text),
        )
        spoken = f"{formats.near(one.filed_at, now)}. {said.word}. {items}. {code}. {text}"
        found.append(Row(one.id, cells, spoken, fold(text)))
    return found


def story_lines(case: Case, directory: Directory, now: int) -> list[tuple[str, str, str, str]]:
    """What happened to the mark, the newest first, each with who did it and how far it has come."""
    found = []
    for event in reversed(case.events):
        op = case.ops.get(event.action or "")
        way, tone = "", ""
        if event.seq is None:
            said = (
                words.way(op, now)
                if op is not None
                else offices.Said("⇡", tr("escalation.way.kept"), "muted")
            )
            way, tone = said.text, said.tone
        who = timeline.actor_words(event, directory)
        tail = " · ".join(part for part in (who, way) if part)
        quote = _quote(event)
        text = f"{words.act(event.kind)}{': ' + quote if quote else ''}\n{tail}"
        found.append((formats.short(event.at, now), text, tone, formats.date_time(event.at)))
    return found


def _quote(event: Event) -> str:
    """The words that went with an event."""
    payload: Any = event.payload
    parts = [getattr(payload, name, "") for name in ("outcome", "text", "reason", "letter", "list_number")]
    return " · ".join(formats.one_line(str(part), 300) for part in parts if part)
