"""Rows of one office's items: what it had, what came of each, and what does not count, by whom and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.items import Outcome
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.triage.suggest import fold
from smartcity_desk.ui.triage.words import channel_name
from smartcity_desk.ui.widgets.gridmodel import Cell, Column, Row

if TYPE_CHECKING:
    from smartcity_desk.domain.items import Item
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.store.rows import ReportLine
    from smartcity_desk.ui.offices.book import OfficePage

ITEM_COLUMNS: Final = (
    Column("report", "offices.item.report", 128, middle=True),
    Column("category", "offices.item.category", 116, aside=4),
    Column("delivered", "offices.item.delivered", 104, aside=5),
    Column("due", "offices.item.due", 104, aside=1),
    Column("answered", "offices.item.answered", 104, aside=3),
    Column("outcome", "offices.item.outcome", 178),
    Column("charged", "offices.item.charged", 96, right=True, aside=2, tip_key="offices.tip.charged"),
    Column("counted", "offices.item.counted", 112, stretch=True),
)
_OUTCOMES: Final = tuple(Outcome)


def item_rows(page: OfficePage, directory: Directory, now: int, most: int | None = None) -> list[Row]:
    """A row for each item (or for the first `most`), the latest due first. Its key is its segment's id."""
    return [_row(one, page.lines.get(one.segment.report), directory, now) for one in page.items[:most]]


def report_name(line: ReportLine | None, report: str) -> str:
    """Channel and number of a report."""
    if line is None:
        return formats.one_line(report, 12)
    return f"{channel_name(line.report.channel)} {formats.one_line(line.report.external_id, 40)}"


def _row(one: Item, line: ReportLine | None, directory: Directory, now: int) -> Row:
    segment = one.segment
    name = report_name(line, segment.report)
    said = words.outcome(one)
    counted = counted_cell(one)
    kind = words.category(directory, segment.category)
    cells = (
        Cell(name, order=name, tip=partial(_tip, name, line)),
        Cell(kind, order=kind),
        _instant(segment.delivered_at, now),
        _instant(one.due_at, now),
        _instant(segment.responded_at, now),
        Cell(said.text, said.tone, _OUTCOMES.index(one.outcome)),
        Cell(words.length(one.charged_ms), order=one.charged_ms),
        counted,
    )
    find = fold(f"{name} {kind} {said.word} {counted.text}")
    spoken = partial(_spoken, one, name, directory, now)
    return Row(segment.id, cells, spoken, find, faint=not one.counts)


def _spoken(one: Item, name: str, directory: Directory, now: int) -> str:
    """An item in one utterance."""
    return tr(
        "offices.spoken.item",
        report=name,
        category=words.category(directory, one.segment.category),
        outcome=words.outcome(one).word,
        due=formats.near(one.due_at, now),
        charged=words.length(one.charged_ms),
        counted=counted_cell(one).text,
    )


def _tip(name: str, line: ReportLine | None) -> str:
    return name if line is None else f"{name}\n{formats.one_line(line.report.text, 200)}"


def _instant(at: int | None, now: int) -> Cell:
    if at is None:
        return Cell(words.NOTHING)
    return Cell(formats.short(at, now), order=at, tip=partial(formats.date_time, at))


def counted_cell(one: Item) -> Cell:
    """Whether an item stands in n; if not, the code with who set it and why."""
    if one.excluded is not None:
        who, why = words.by_whom(one.excluded.user), words.reason(one.excluded)
        return Cell(
            tr("offices.counted.excluded", code=one.excluded.code.value, who=who),
            "paused",
            f"1{one.excluded.code.value:>4}",
            tr("offices.counted.excluded.tip", code=words.excluded_code(one.excluded), who=who, why=why),
        )
    if one.contested:
        return Cell(tr("offices.counted.contested"), "verify", "2", tr("offices.counted.contested.tip"))
    if one.outcome is Outcome.RUNNING:
        return Cell(tr("offices.counted.running"), "muted", "3", tr("offices.counted.running.tip"))
    return Cell(tr("offices.counted.yes"), order="0")
