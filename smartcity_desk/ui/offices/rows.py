"""Rows of the grids: one office a row, one item a row, and the tables behind the charts. No table ranks anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from smartcity_desk.domain.charts import Funnel, FunnelPoint, Position
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.offices import words
from smartcity_desk.ui.triage.suggest import fold
from smartcity_desk.ui.widgets.gridmodel import Bar, Cell, Column, Row

if TYPE_CHECKING:
    from smartcity_desk.domain.charts import ControlChart
    from smartcity_desk.domain.equity import MixChart
    from smartcity_desk.domain.figures import OfficeFigures, WindowFigures
    from smartcity_desk.domain.office import Directory
    from smartcity_desk.ui.offices.book import Book


def _told(name: str, width: int, **more: Any) -> Column:
    """A column of the offices' table: its head says in more words what it is."""
    return Column(name, f"offices.column.{name}", width, tip_key=f"offices.tip.{name}", **more)


OFFICE_COLUMNS: Final = (
    Column("office", "offices.column.office", 168, stretch=True, middle=True),
    _told("holder", 112, aside=5),
    _told("n", 52, right=True),
    _told("timely", 58, right=True, aside=1),
    _told("slow", 70, right=True, aside=3),
    _told("silent", 60, right=True, aside=2),
    _told("empty", 70, right=True, aside=4),
    _told("on_time", 252),
    _told("median", 96, right=True, aside=6),
    _told("p90", 86, right=True, aside=7),
    _told("excluded", 100, right=True, aside=8),
    _told("standing", 156),
)
"""n is timely + slow + silent; n and the estimate with its interval never step aside from each other."""


def office_rows(book: Book, directory: Directory, now: int) -> list[Row]:
    """A row for each judged office, by code: the city's areas in their order, then the agencies."""
    target = book.figures.policy.marking.target_percent / 100
    return [
        _office_row(book, code, book.figures.offices[code], directory, target, now)
        for code in sorted(book.figures.offices)
    ]


def _office_row(
    book: Book, code: str, one: OfficeFigures, directory: Directory, target: float, now: int
) -> Row:
    name, latest = words.office(directory, code), one.latest
    counts, enough = latest.tally, latest.interval is not None
    state = words.standing(one.verdict.finding, book.marks.get(code), book.law, now)
    acting = one.holder is not None and one.holder.acting
    since = words.NOTHING if one.holder is None else words.day(one.holder.valid_from)
    cells = (
        Cell(name, order=name.casefold(), tip=f"{name} · {code}"),
        Cell(
            tr("offices.acting.since", since=since) if acting else since,
            "uncertain" if acting else "",
            None if one.holder is None else one.holder.valid_from,
            f"{words.holder(one.holder, directory)}\n{since}",
        ),
        _count(counts.n),
        _count(counts.on_time),
        _count(counts.slow),
        _count(counts.silent),
        _count(counts.empty),
        on_time_cell(latest, target),
        Cell(words.length(latest.median_ms if enough else None), order=latest.median_ms if enough else None),
        Cell(words.length(latest.p90_ms if enough else None), order=latest.p90_ms if enough else None),
        Cell(
            words.percent(latest.excluded_share),
            order=latest.excluded_share,
            tip=tr(
                "offices.of",
                part=formats.number(counts.excluded),
                n=formats.number(counts.n + counts.excluded),
            ),
        ),
        Cell(
            state.text,
            state.tone,
            words.ORDER.index(one.verdict.finding) - (10 if code in book.marks else 0),
        ),
    )
    area = words.area(directory, book.areas[code])
    above = " ".join(words.office(directory, up) for up in directory.ancestors(code))
    return Row(
        code,
        cells,
        spoken(one, name, state.word, directory),
        fold(f"{name} {code} {above} {area} {state.word} {words.holder(one.holder, directory)}"),
        faint=not enough,
    )


def _count(value: int) -> Cell:
    return Cell(formats.number(value), order=value)


def on_time_cell(window: WindowFigures, target: float) -> Cell:
    """The estimate with its interval as a bar; below the least n nothing is said, and it sorts last."""
    found = window.interval
    if found is None or window.estimate is None:
        return Cell(tr("offices.too_few"), "muted", tip=tr("offices.too_few.tip"))
    return Cell(
        f"{words.percent(window.estimate)}  {words.interval(found)}",
        order=window.estimate,
        bar=Bar(found.lower / 1000, found.upper / 1000, window.estimate / 1000, target),
        tip=tr(
            "offices.on_time.tip",
            share=words.percent(window.share),
            estimate=words.percent(window.estimate),
            interval=words.interval(found),
            n=formats.number(window.tally.n),
            target=words.share(target),
        ),
    )


def spoken(one: OfficeFigures, name: str, state: str, directory: Directory) -> str:
    """A row in one utterance."""
    latest = one.latest
    counts = latest.tally
    if latest.interval is None:
        score = tr("offices.spoken.too_few", n=formats.number(counts.n))
    else:
        score = tr(
            "offices.spoken.share",
            share=words.percent(latest.estimate),
            interval=words.interval(latest.interval),
            n=formats.number(counts.n),
            median=words.length(latest.median_ms),
            p90=words.length(latest.p90_ms),
        )
    rest = tr(
        "offices.spoken.rest",
        silent=formats.number(counts.silent),
        slow=formats.number(counts.slow),
        empty=formats.number(counts.empty),
        excluded=words.percent(latest.excluded_share),
        holder=words.holder(one.holder, directory),
    )
    return f"{name}. {state}. {score} {rest}"


# ---------------------------------------------------------------- the tables behind the charts

FUNNEL_COLUMNS: Final = (
    Column("office", "offices.column.office", 168, stretch=True, middle=True),
    Column("n", "offices.column.n", 52, right=True),
    Column("share", "offices.column.share", 84, right=True, sorts=False),
    Column("limits", "offices.column.limits_2", 128, right=True, aside=1, sorts=False),
    Column("limits_3", "offices.column.limits_3", 128, right=True, aside=2, sorts=False),
    Column("position", "offices.column.position", 172),
)
"""The share has no sort of its own here: its limits are another office's by its n."""


def funnel_rows(found: Funnel, directory: Directory) -> list[Row]:
    """A row for each office, by code."""
    return [_funnel_row(point, directory) for point in found.points]


def _funnel_row(point: FunnelPoint, directory: Directory) -> Row:
    name, where, limits = words.office(directory, point.office), words.position(point.position), point.limits
    enough = limits is not None
    share = words.share(point.share if enough else None)
    two = three = words.NOTHING
    if limits is not None:
        two = words.bounds(100 * limits.low_2, 100 * limits.high_2, digits=1)
        three = words.bounds(100 * limits.low_3, 100 * limits.high_3, digits=1)
    return Row(
        point.office,
        (
            Cell(name, order=name.casefold()),
            _count(point.tally.n),
            Cell(share),
            Cell(two),
            Cell(three),
            Cell(where.text, where.tone, list(Position).index(point.position)),
        ),
        tr(
            "offices.spoken.funnel",
            office=name,
            n=formats.number(point.tally.n),
            share=share,
            limits=two,
            position=where.word,
        ),
        faint=not enough,
    )


CONTROL_COLUMNS: Final = (
    Column("week", "offices.column.week", 172, stretch=True, sorts=False),
    Column("n", "offices.column.n", 48, right=True, sorts=False),
    Column("on_time", "offices.column.on_time_n", 84, right=True, aside=1, sorts=False),
    Column("share", "offices.column.share", 80, right=True, sorts=False),
    Column("limits", "offices.column.limits_3", 120, right=True, aside=2, sorts=False),
    Column("signal", "offices.column.signal", 132, sorts=False),
)
SIGNAL_TONES: Final = {
    "none": ("●", "muted"),
    "low": ("▼", "overdue"),
    "high": ("▲", "in_time"),
    "run_low": ("▽", "soon"),
    "run_high": ("△", "in_time"),
}


def control_rows(found: ControlChart) -> list[Row]:
    """A row for each week, oldest first."""
    rows: list[Row] = []
    for point in found.points:
        span = tr(
            "offices.span", since=formats.short_date(point.since), until=formats.short_date(point.until - 1)
        )
        shape, tone = SIGNAL_TONES[point.signal.value]
        signal = tr(f"offices.signal.{point.signal.value}")
        limits = (
            words.NOTHING
            if point.limits is None
            else words.bounds(100 * point.limits.low_3, 100 * point.limits.high_3, digits=1)
        )
        share = words.share(point.share)
        cells = (
            Cell(span),
            Cell(formats.number(point.tally.n)),
            Cell(formats.number(point.tally.on_time)),
            Cell(share),
            Cell(limits),
            Cell(f"{shape} {signal}", tone),
        )
        said = f"{span}. n {point.tally.n}. {share}. {signal}"
        rows.append(Row(str(point.since), cells, said, faint=not point.tally.n))
    return rows


MIX_COLUMNS: Final = (
    Column("office", "offices.column.office", 168, stretch=True, middle=True),
    Column("n", "offices.column.n", 52, right=True),
    Column("missed", "offices.column.missed", 88, right=True, aside=1),
    Column("expected", "offices.column.expected", 88, right=True, aside=2),
    Column("ratio", "offices.column.ratio", 150, right=True, sorts=False),
    Column("position", "offices.column.position", 172),
)
"""The ratio is missed over expected: it stays beside n and the position where those two have no room."""


def mix_rows(found: MixChart, directory: Directory) -> list[Row]:
    """A row for each office, by code."""
    rows: list[Row] = []
    for point in found.points:
        name, where = words.office(directory, point.office), words.mix_position(point.position)
        ratio = (
            words.NOTHING
            if point.ratio is None
            else f"{words.decimal(point.ratio, 2)} ({words.bounds(point.lower, point.upper)})"
        )
        cells = (
            Cell(name, order=name.casefold()),
            _count(point.n),
            _count(point.missed),
            Cell(words.decimal(point.expected), order=point.expected),
            Cell(ratio),
            Cell(where.text, where.tone, list(Position).index(point.position)),
        )
        said = tr(
            "offices.spoken.mix",
            office=name,
            missed=formats.number(point.missed),
            expected=words.decimal(point.expected),
            ratio=ratio,
            position=where.word,
        )
        rows.append(Row(point.office, cells, said, faint=point.ratio is None))
    return rows


def chosen(level: str, area: str, book: Book) -> frozenset[str]:
    """The offices of a level (empty: of all) in an area (empty: in all)."""
    offices = book.law.directory.offices
    return frozenset(
        code
        for code in book.figures.offices
        if (not level or offices[code].level.value == level) and (not area or book.areas[code] == area)
    )


def fits(row: Row, parts: Sequence[str], codes: frozenset[str] | None = None) -> bool:
    """Whether a row is among the codes and has each typed word at the beginning of a word."""
    return (codes is None or row.key in codes) and all(f" {part}" in f" {row.find}" for part in parts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a book in the language spoken when they were made: all offices, and the charts' tables of a level."""

    level: str
    offices: Sequence[Row]
    funnel: Sequence[Row]
    mix: Sequence[Row]


def make_sheet(book: Book, level: str, directory: Directory, now: int) -> Sheet:
    """The words of several hundred rows: on a reader's thread, because they take longer than a step may."""
    funnel, mix = book.funnels.get(level), book.mixes.get(level)
    return Sheet(
        level,
        office_rows(book, directory, now),
        [] if funnel is None else funnel_rows(funnel, directory),
        [] if mix is None else mix_rows(mix, directory),
    )
