"""What the screen knows of marks, read on a reader's thread; plain values, and the cards that they make at an instant.

The city's figures are a second of work and are kept; marks, what waits in the outbox and the figures of the few marked
offices are read after every deed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.events import EventKind
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.figures import OfficeFigures, figures_in, judging_policy
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.items import Item
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import (
    UNANSWERED,
    MarkState,
    MarkStep,
    review_due,
    standing,
    step,
    window_closes,
    window_opens,
)
from smartcity_desk.domain.outward import OUTWARD_KINDS
from smartcity_desk.domain.policy import Policy
from smartcity_desk.store.shown import OpState

if TYPE_CHECKING:
    from smartcity_desk.domain.calamity import CalamityState
    from smartcity_desk.domain.outward import ListState
    from smartcity_desk.evidence.dossier import Subject
    from smartcity_desk.evidence.gathering import Gathered
    from smartcity_desk.store import Store
    from smartcity_desk.store.rows import OpRow
    from smartcity_desk.ui.escalation.case import Case
    from smartcity_desk.ui.escalation.rising import Rising

_OPS_MOST: Final = 2_000
WAITING: Final = (OpState.QUEUED, OpState.SENDING)


class Column(StrEnum):
    """The three columns, from left to right."""

    RISING = "rising"
    HEARING = "hearing"
    READY = "ready"


_HEARING: Final = (
    MarkStep.OBJECTED,
    MarkStep.REVIEWED,
    MarkStep.NONE,
    MarkStep.CANDIDATE,
    MarkStep.NOTIFIED,
    MarkStep.WINDOW,
)
"""The unit is bound by its own clock: objections that wait for an answer stand first."""
_READY: Final = (
    MarkStep.ELIGIBLE,
    MarkStep.PROPOSED,
    MarkStep.DECIDED,
    MarkStep.ARCHIVED,
    MarkStep.WITHDRAWN,
)
OVER: Final = frozenset({MarkStep.ARCHIVED, MarkStep.WITHDRAWN})
"""Steps after which nothing comes; their cards are shown on demand."""


@dataclass(frozen=True, slots=True)
class City:
    """Every judged office at `at`: what the rule says now, and what will climb. Figures carry items for candidates."""

    at: int
    policy: Policy
    windows: tuple[tuple[int, int], ...]
    candidates: Mapping[str, OfficeFigures]
    offices: int
    rising: tuple[Rising, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """Marks with the figures of their own windows, and this desk's actions on them that have no answer yet."""

    at: int
    law: Law
    city: City | None
    marks: Mapping[str, MarkState]
    figures: Mapping[str, OfficeFigures]
    waiting: Mapping[str, tuple[OpRow, ...]]
    lists: Mapping[str, ListState]
    calamities: Mapping[str, CalamityState]


@dataclass(frozen=True, slots=True)
class Card:
    """One card at an instant. `mark` is None for a candidate that nobody has marked, and for what will climb.

    `deadline` is what its holder has to do next by (ms UTC). `earlier` is a mark on the office that is over.
    """

    key: str
    column: Column
    office: str
    step: MarkStep = MarkStep.NONE
    mark_id: str = ""
    mark: MarkState | None = None
    figures: OfficeFigures | None = None
    policy: Policy | None = None
    deadline: int | None = None
    waiting: tuple[OpRow, ...] = ()
    earlier: MarkState | None = None
    rising: Rising | None = None

    @property
    def held_until(self) -> int | None:
        """Until when an outward act of this desk can still be stopped; what has begun to go out cannot."""
        held = [op.not_before for op in self.waiting if op.kind in OUTWARD_KINDS and not op.sent]
        return max(held, default=None)


def read_city(store: Store, now: int) -> City:
    """What the rule says of every office at `now`. Blocks for seconds where there are many reports."""
    from smartcity_desk.ui.escalation.rising import read_rising

    law = store.law()
    found = store.offices.city_figures(now=now)
    candidates = {
        code: one for code, one in found.offices.items() if one.verdict.finding is Finding.CANDIDATE
    }
    rising = read_rising(store, law, now)
    return City(now, found.policy, found.windows, candidates, len(found.offices), rising)


def read_board(store: Store, now: int, city: City | None) -> Board:
    """Marks, what waits, lists and declared events as they are now: some ms an office that is marked."""
    offices, law = store.offices, store.law()
    marks = {name: mark for name, mark in offices.marks().items() if mark.raised_at is not None}
    figures = {}
    for name, mark in marks.items():
        if step(mark, law, now) not in OVER:
            found = offices.items(now=now, since=mark.windows[0][0], office=mark.office)
            figures[name] = _without_items(mark_figures(mark, found, law, now))
    waiting: dict[str, list[OpRow]] = {}
    for op in store.ops(WAITING, _OPS_MOST):
        waiting.setdefault(op.report_id, []).append(op)
    return Board(
        at=now,
        law=law,
        city=city,
        marks=marks,
        figures=figures,
        waiting={name: tuple(ops) for name, ops in waiting.items()},
        lists=offices.printed_lists(),
        calamities=offices.calamities(),
    )


def mark_policy(mark: MarkState, law: Law) -> Policy:
    """The version that a mark was raised under."""
    return law.book.named(mark.policy) or law.book.at(mark.raised_at or 0)


def mark_figures(mark: MarkState, found: Sequence[Item], law: Law, now: int) -> OfficeFigures:
    """The figures of a mark: in its own windows and under its own version, objections taken into account."""
    return figures_in(mark.office, found, law, now, mark_policy(mark, law), mark.windows)


def fresh_figures(store: Store, office: str, now: int) -> tuple[OfficeFigures, Policy]:
    """The figures of one office as the rule judges it now, with their items: what a new mark is written from."""
    return store.offices.office_figures(office, now=now), judging_policy(store.law(), now)


def _without_items(one: OfficeFigures) -> OfficeFigures:
    return replace(one, windows=tuple(replace(window, items=()) for window in one.windows))


# ---------------------------------------------------------------- cards


def cards(board: Board, now: int, *, over: bool = False) -> dict[Column, list[Card]]:
    """The cards of each column at `now`; with `over` also of marks after which nothing comes."""
    found: dict[Column, list[Card]] = {column: [] for column in Column}
    for card in (*_marked(board, now, over), *_fresh(board), *_climbing(board)):
        found[card.column].append(card)
    found[Column.RISING].sort(key=_what_waits_first)
    found[Column.HEARING].sort(key=_in_order(_HEARING))
    found[Column.READY].sort(key=_in_order(_READY))
    return found


def _what_waits_first(card: Card) -> tuple[bool, int, str]:
    return card.rising is None or not card.rising.waiting, card.deadline or 0, card.key


def _in_order(steps: Sequence[MarkStep]) -> Callable[[Card], tuple[int, int, str]]:
    def key(card: Card) -> tuple[int, int, str]:
        later = card.deadline if card.deadline is not None else 0
        return steps.index(card.step), later, card.office

    return key


def _marked(board: Board, now: int, over: bool) -> Iterable[Card]:
    law = board.law
    for name, mark in board.marks.items():
        where = step(mark, law, now)
        if where in OVER and not over:
            continue
        yield Card(
            key=f"mark:{name}",
            column=Column.READY if where in _READY else Column.HEARING,
            office=mark.office,
            step=where,
            mark_id=name,
            mark=mark,
            figures=board.figures.get(name),
            policy=mark_policy(mark, law),
            deadline=deadline(mark, where, law, now),
            waiting=board.waiting.get(name, ()),
        )


def deadline(mark: MarkState, where: MarkStep, law: Law, now: int) -> int | None:
    """What ends next at this step: the wait for service, the window, or the unit's own term to answer."""
    if where in (MarkStep.OBJECTED, MarkStep.REVIEWED):
        return min(
            review_due(mark, one, law)
            for one in mark.objections
            if standing(mark, one, law, now) in UNANSWERED
        )
    if where is MarkStep.NOTIFIED:
        return window_opens(mark, law)
    return window_closes(mark, law) if where is MarkStep.WINDOW else None


def _fresh(board: Board) -> Iterable[Card]:
    """Candidates by the rule whom no mark that is alive names, nor one for these very windows."""
    city = board.city
    if city is None:
        return
    alive = {mark.office for mark in board.marks.values() if not _is_over(mark)}
    for office, figures in city.candidates.items():
        name = mark_id(office, city.windows[-1][1])
        if office in alive or name in board.marks:
            continue
        past = [mark for mark in board.marks.values() if mark.office == office]
        yield Card(
            key=f"new:{office}",
            column=Column.HEARING,
            office=office,
            mark_id=name,
            figures=figures,
            policy=city.policy,
            waiting=board.waiting.get(name, ()),
            earlier=max(past, key=lambda mark: mark.raised_at or 0, default=None),
        )


def _is_over(mark: MarkState) -> bool:
    return mark.withdrawn_at is not None or mark.archived_at is not None


def _climbing(board: Board) -> Iterable[Card]:
    for one in () if board.city is None else board.city.rising:
        yield Card(
            key=f"notice:{one.key}",
            column=Column.RISING,
            office=one.digest.office,
            deadline=one.digest.at,
            waiting=tuple(op for op in board.waiting.get(one.inbox, ()) if op.kind is EventKind.NOTICE_SENT),
            rising=one,
        )


def card_of(case: Case, now: int, board: Board | None) -> Card:
    """The card of a dossier on show, whether the board has it or not."""
    mark = case.mark
    where = MarkStep.NONE if mark is None else step(mark, case.law, now)
    waiting = () if board is None else board.waiting.get(case.subject.mark_id, ())
    return Card(
        key=f"mark:{case.subject.mark_id}",
        column=Column.READY if where in _READY else Column.HEARING,
        office=case.subject.office,
        step=where,
        mark_id=case.subject.mark_id,
        mark=mark,
        figures=case.figures,
        policy=case.policy,
        deadline=None if mark is None else deadline(mark, where, case.law, now),
        waiting=waiting,
    )


def subject_in(name: str, office: str, spans: tuple[tuple[int, int], ...], gathered: Gathered) -> Subject:
    """The dossier of a card in what was gathered: that of its mark, or of its windows where there is none."""
    from smartcity_desk.evidence.dossier import Subject

    mark = gathered.marks.get(name)
    if mark is not None and mark.raised_at is not None:
        return Subject(office, name, mark, mark.windows)
    return Subject(office, name, None, spans)
