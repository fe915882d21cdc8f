"""What the screen knows of offices: read and worked out on a reader's thread, plain values, kept until it changes.

A book is the whole city without its items: those of one office are read when it is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.agreement import Agreement, Share, agreement, shares
from smartcity_desk.domain.charts import ControlChart, Funnel, control_chart, funnel, weeks
from smartcity_desk.domain.equity import (
    ExclusionChart,
    MixChart,
    Screened,
    TakenOut,
    exclusions,
    observed_expected,
)
from smartcity_desk.domain.events import ObjectionOutcome
from smartcity_desk.domain.fairness import Tally
from smartcity_desk.domain.figures import CityFigures, OfficeFigures, judging_policy, office_figures
from smartcity_desk.domain.items import Item, Outcome, in_windows, tally
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState, Standing, standing
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.times import DAY

if TYPE_CHECKING:
    from smartcity_desk.store import Store
    from smartcity_desk.store.rows import ReportLine, SecondReviewRow

CITY: Final = "31"
"""The area of offices that belong to no single city: agencies of the whole province."""
CONTROL_WEEKS: Final = 13
CORNER_DAYS: Final = 182
"""How far back the unit's own exclusions are looked at: small favours need long periods to be seen."""
ANY: Final = ""
"""All levels together."""

_LEVELS: Final = (
    OfficeLevel.KELURAHAN,
    OfficeLevel.KECAMATAN,
    OfficeLevel.KOTA,
    OfficeLevel.SUDIN,
    OfficeLevel.DINAS,
)


@dataclass(frozen=True, slots=True)
class Book:
    """Figures of every judged office at `at`, the charts by level (`ANY` = all together), and the live marks by office.

    The windows' items are left out: `decided` says how many there were.
    """

    at: int
    law: Law
    figures: CityFigures
    areas: Mapping[str, str]
    levels: tuple[OfficeLevel, ...]
    funnels: Mapping[str, Funnel]
    mixes: Mapping[str, MixChart]
    marks: Mapping[str, MarkState]
    decided: int


@dataclass(frozen=True, slots=True)
class OfficePage:
    """One office opened: its figures, its items by due date (newest first), their reports, its marks, its weeks."""

    at: int
    law: Law
    figures: OfficeFigures
    items: tuple[Item, ...]
    lines: Mapping[str, ReportLine]
    marks: tuple[MarkState, ...]
    control: ControlChart


@dataclass(frozen=True, slots=True)
class Corner:
    """What a supervisor looks at: the unit's own exclusions, objections and their answers, and whether two agree.

    Marks per marker (hit = objected to), answered objections per marker and counted segments per category likewise.
    """

    at: int
    days: int
    exclusions: ExclusionChart
    marks: int
    objected: tuple[Share, ...]
    accepted: tuple[Share, ...]
    objected_by_category: tuple[Share, ...]
    accepted_by_category: tuple[Share, ...]
    agreement: Agreement
    answers: int
    second: int
    review_percent: int


def area_of(directory: Directory, code: str) -> str:
    """The city that an office lies in or works for; `CITY` for agencies of the whole province."""
    for one in (code, *directory.ancestors(code)):
        found = directory.offices.get(one)
        if found is not None and found.level is OfficeLevel.KOTA:
            return one
    name = directory.offices[code].name if code in directory.offices else ""
    for other in directory.offices.values():
        if other.level is OfficeLevel.KOTA and other.name in name:
            return other.code
    return CITY


def read_book(store: Store, now: int) -> Book:
    """The city at `now`. Blocks for a second where there are many reports."""
    offices = store.offices
    law = store.law()
    figures = offices.city_figures(now=now)
    directory, least = law.directory, figures.policy.marking.least_n
    groups: dict[str, list[str]] = {ANY: list(figures.offices)}
    for code in figures.offices:
        groups.setdefault(directory.offices[code].level.value, []).append(code)
    cells = {code: by_category(one.latest.items) for code, one in figures.offices.items()}
    return Book(
        at=now,
        law=law,
        figures=replace(
            figures, offices={code: _without_items(one) for code, one in figures.offices.items()}
        ),
        areas={code: area_of(directory, code) for code in figures.offices},
        levels=tuple(level for level in _LEVELS if level.value in groups),
        funnels={
            level: funnel({code: figures.offices[code].latest.tally for code in codes}, least)
            for level, codes in groups.items()
        },
        mixes={
            level: observed_expected({code: cells[code] for code in codes}, least)
            for level, codes in groups.items()
        },
        marks=live_marks(offices.marks().values()),
        decided=sum(len(window.items) for one in figures.offices.values() for window in one.windows),
    )


def _without_items(one: OfficeFigures) -> OfficeFigures:
    return replace(one, windows=tuple(replace(window, items=()) for window in one.windows))


def by_category(found: Iterable[Item]) -> dict[str, Tally]:
    """The counts of some items by category; a report without one counts under the empty code."""
    groups: dict[str, list[Item]] = {}
    for one in found:
        groups.setdefault(one.segment.category or "", []).append(one)
    return {category: tally(items) for category, items in groups.items()}


def live_marks(marks: Iterable[MarkState]) -> dict[str, MarkState]:
    """The mark of each office that is neither withdrawn nor archived; of several the latest."""
    found: dict[str, MarkState] = {}
    for mark in sorted(marks, key=lambda mark: mark.raised_at or 0):
        if mark.raised_at is not None and mark.withdrawn_at is None and mark.archived_at is None:
            found[mark.office] = mark
    return found


def read_page(store: Store, code: str, now: int, *, first: int | None = None) -> OfficePage:
    """One office at `now`, with the reports of its items, or of the `first` ones: `with_lines` brings the others.

    Raises KeyError for an office that the directory does not know.
    """
    law = store.law()
    spans = weeks(now, CONTROL_WEEKS)
    found = store.offices.items(now=now, since=spans[0][0], office=code)
    figures = office_figures(code, found, law, now)
    since = figures.windows[0].window[0]
    items = tuple(reversed([one for one in found if one.due_at >= since]))
    marks = [mark for mark in store.offices.marks().values() if mark.office == code and mark.raised_at]
    return OfficePage(
        at=now,
        law=law,
        figures=_without_items(figures),
        items=items,
        lines=_lines(store, items[:first], now),
        marks=tuple(sorted(marks, key=lambda mark: -(mark.raised_at or 0))),
        control=_control(found, law, now),
    )


def with_lines(page: OfficePage, store: Store) -> OfficePage:
    """The page with the reports of all its items."""
    return replace(page, lines=_lines(store, page.items, page.at))


def _lines(store: Store, items: Iterable[Item], now: int) -> dict[str, ReportLine]:
    return store.offices.report_rows(list({one.segment.report for one in items}), now=now)


def read_control(store: Store, code: str, now: int) -> ControlChart:
    """The last weeks of one office."""
    since = weeks(now, CONTROL_WEEKS)[0][0]
    return _control(store.offices.items(now=now, since=since, office=code), store.law(), now)


def _control(found: Sequence[Item], law: Law, now: int) -> ControlChart:
    spans = weeks(now, CONTROL_WEEKS)
    parts = in_windows(found, spans)
    buckets = [(span, tally(part)) for span, part in zip(spans, parts, strict=True)]
    return control_chart(buckets, judging_policy(law, now).marking.least_n)


def read_corner(store: Store, now: int) -> Corner:
    """The unit's own hand in the figures. Reads half a year, so it may take some seconds."""
    offices, law = store.offices, store.law()
    marking = judging_policy(law, now).marking
    decided = [
        one
        for one in offices.items(now=now, since=now - CORNER_DAYS * DAY)
        if one.due_at < now and not one.contested and one.outcome is not Outcome.RUNNING
    ]
    marks = [mark for mark in offices.marks().values() if mark.raised_at is not None]
    reviews = offices.reviews()
    segments = offices.segments(sorted({name for mark in marks for name in mark.segments}))
    category = {name: one.category or "" for name, one in segments.items()}
    return Corner(
        at=now,
        days=CORNER_DAYS,
        exclusions=exclusions(screened(decided, law), marking.least_n),
        marks=len(marks),
        objected=shares((mark.raised_by, bool(mark.objections)) for mark in marks),
        accepted=shares(_answers_by_marker(marks, law, now)),
        objected_by_category=shares(_objected_by_category(marks, category)),
        accepted_by_category=shares(_answers_by_category(marks, category, law, now)),
        agreement=agreement(pairs(reviews)),
        answers=len(reviews),
        second=sum(row.second_accepted is not None for row in reviews),
        review_percent=law.book.at(now).review_percent,
    )


def screened(found: Iterable[Item], law: Law) -> list[Screened]:
    """What counts and what was taken out, by office with its area."""
    groups: dict[str, list[Item]] = {}
    for one in found:
        groups.setdefault(one.segment.office, []).append(one)
    return [
        Screened(
            code,
            area_of(law.directory, code),
            tally(items),
            tuple(
                TakenOut(one.excluded.code.value, one.excluded.user, one.outcome is not Outcome.ON_TIME)
                for one in items
                if one.excluded is not None
            ),
        )
        for code, items in groups.items()
    ]


_UPHELD: Final = (Standing.ACCEPTED, Standing.PARTLY, Standing.DEFAULT)
"""An objection that the unit did not answer in time is upheld as well."""
_OPEN: Final = (Standing.OPEN, Standing.UNDER_REVIEW)


def _answers_by_marker(marks: Iterable[MarkState], law: Law, now: int) -> Iterable[tuple[str, bool]]:
    for mark in marks:
        for objection in mark.objections:
            where = standing(mark, objection, law, now)
            if where not in _OPEN:
                yield mark.raised_by, where in _UPHELD


def _objected_by_category(
    marks: Iterable[MarkState], category: Mapping[str, str]
) -> Iterable[tuple[str, bool]]:
    for mark in marks:
        objected = {name for objection in mark.objections for name in objection.segments}
        for name in mark.segments:
            yield category.get(name, ""), name in objected


def _answers_by_category(
    marks: Iterable[MarkState], category: Mapping[str, str], law: Law, now: int
) -> Iterable[tuple[str, bool]]:
    for mark in marks:
        for objection in mark.objections:
            where = standing(mark, objection, law, now)
            if where in _OPEN:
                continue
            upheld = objection.segments if where is Standing.DEFAULT else objection.accepted
            for name in objection.segments:
                yield category.get(name, ""), name in upheld


def pairs(reviews: Iterable[SecondReviewRow]) -> list[tuple[str, str]]:
    """First and blind second review of each completion that had both, in the words of their outcome."""
    said = {True: ObjectionOutcome.ACCEPTED.value, False: ObjectionOutcome.REJECTED.value}
    return [
        (said[row.accepted], said[row.second_accepted]) for row in reviews if row.second_accepted is not None
    ]
