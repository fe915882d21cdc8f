"""What a mark on an office rests on, from the server's own log: the same items, figures and lives as in its dossier.

The official sees exactly the evidence that the Governor sees, less who reported (domain paper 3.2, rule 5). So here an
office sees the whole life of a report that counts against it, also what happened at other desks; what stays inside the
unit is in neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from smartcity_desk.central import incidents, ledger, schema
from smartcity_desk.domain.clock import clock
from smartcity_desk.domain.custody import Segment, Stay, origin_of, segments
from smartcity_desk.domain.disclosure import NO_EVIDENCE
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.figures import OfficeFigures, figures_in
from smartcity_desk.domain.items import Item, Objected, items
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import (
    MARK_KINDS,
    MarkState,
    MarkStep,
    Objection,
    Standing,
    contested,
    exclusions,
    fold_mark,
    review_due,
    standing,
    step,
    window_closes,
    window_opens,
)
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.report import Report


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that the office was notified of, at one instant under one law. Instants in ms UTC."""

    id: str
    state: MarkState
    step: MarkStep
    opens_at: int | None
    closes_at: int | None
    now: int
    contested: frozenset[str]

    @property
    def may_object(self) -> bool:
        """Whether the office may still object."""
        over = self.state.withdrawn_at is not None or self.state.proposed_at is not None
        return self.closes_at is not None and self.now < self.closes_at and not over

    @property
    def open_segments(self) -> frozenset[str]:
        """The segments that may be objected to: counted in the mark, and not under an objection already."""
        return frozenset(self.state.segments) - self.contested if self.may_object else frozenset()


def marks(connection: Connection, office: str, law: Law, now: int) -> list[Mark]:
    """The marks that an office was notified of, the latest first."""
    states = {
        name: fold_mark(event for event in events if event.kind in MARK_KINDS)
        for name, events in ledger.events_of(connection, _subjects(connection, office)).items()
    }
    found = [
        Mark(
            name,
            state,
            step(state, law, now),
            window_opens(state, law),
            window_closes(state, law),
            now,
            contested(state, law, now),
        )
        for name, state in states.items()
        if state.office == office and state.notified_at is not None
    ]
    return sorted(found, key=lambda one: (-(one.state.raised_at or 0), one.id))


def _subjects(connection: Connection, office: str) -> list[str]:
    """What an office may know of that is no report."""
    held, report = schema.custody, schema.report
    query = select(held.c.report).where(
        held.c.office == office, ~select(report.c.id).where(report.c.id == held.c.report).exists()
    )
    return sorted(set(connection.execute(query).scalars()))


@dataclass(frozen=True, slots=True)
class Life:
    """One report whole: what was said, what happened, who held it."""

    report: Report
    events: tuple[Event, ...]
    segments: tuple[Segment, ...]

    @property
    def told(self) -> tuple[Event, ...]:
        """The events that are evidence, oldest first."""
        return tuple(event for event in self.events if event.kind not in NO_EVIDENCE)


@dataclass(frozen=True, slots=True)
class OwnDelay:
    """A term that the unit itself missed on one of these reports. `until` is None while it lasts."""

    report: str
    stay: Stay
    due_at: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A mark with everything it rests on."""

    mark: Mark
    policy: Policy
    figures: OfficeFigures
    lives: Mapping[str, Life]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item of the windows, counted or not."""
        return tuple(one for part in self.figures.windows for one in part.items)

    def item(self, segment: str) -> Item | None:
        """One item by its segment."""
        return next((one for one in self.items if one.segment.id == segment), None)

    def own_delays(self, law: Law) -> list[OwnDelay]:
        """What the unit itself missed on these reports (rule 6), oldest first."""
        found = []
        for name in {one.segment.report for one in self.items}:
            for held in self.lives[name].segments:
                if held.office != UPT or held.stay is Stay.REST:
                    continue
                due = clock(held, law).due_at
                if due is not None and due < (self.mark.now if held.until is None else held.until):
                    found.append(OwnDelay(name, held.stay, due, held.until))
        return sorted(found, key=lambda one: (one.due_at, one.report))


def gather(connection: Connection, name: str, office: str, law: Law, now: int) -> Evidence | None:
    """The evidence of a mark on this office, or None where there is none for it."""
    known = marks(connection, office, law, now)
    mark = next((one for one in known if one.id == name), None)
    if mark is None:
        return None
    lives = _lives(connection, office)
    own = [held for life in lives.values() for held in life.segments if held.office == office]
    taken: dict[str, Any] = {}
    for one in known:
        taken |= exclusions(one.state, law, now)
    held_open = frozenset(segment for one in known for segment in one.contested)
    joined = incidents.following(connection, lives)
    found = items(own, law, now, Objected(taken, held_open, joined))
    policy = law.book.named(mark.state.policy) or law.book.at(mark.state.raised_at or now)
    figures = figures_in(office, found, law, now, policy, mark.state.windows)
    return Evidence(mark, policy, figures, lives)


def _lives(connection: Connection, office: str) -> dict[str, Life]:
    held, report = schema.custody, schema.report
    query = select(held.c.report).join(report, report.c.id == held.c.report).where(held.c.office == office)
    names = sorted(set(connection.execute(query).scalars()))
    reports, events = ledger.reports_of(connection, names), ledger.events_of(connection, names)
    return {
        name: Life(reports[name], tuple(events[name]), segments(origin_of(reports[name]), events[name]))
        for name in names
    }


@dataclass(frozen=True, slots=True)
class Filed:
    """An objection and where it stands. `due_at` is when the unit has to have answered."""

    objection: Objection
    standing: Standing
    due_at: int


def objections(mark: Mark, law: Law) -> list[Filed]:
    """The objections against a mark, oldest first."""
    return [
        Filed(one, standing(mark.state, one, law, mark.now), review_due(mark.state, one, law))
        for one in mark.state.objections
    ]


def names_file(connection: Connection, subjects: Sequence[str], sha256: str) -> bool:
    """Whether an event on one of these subjects names a file."""
    use = schema.attachment_use
    reports = connection.execute(select(use.c.report).where(use.c.sha256 == sha256)).scalars()
    return not set(subjects).isdisjoint(reports)


def media_types(connection: Connection, hashes: Sequence[str]) -> dict[str, str]:
    """The types of files that the server has, by hash."""
    table = schema.attachment
    rows = connection.execute(select(table.c.sha256, table.c.media_type).where(table.c.sha256.in_(hashes)))
    return {row.sha256: row.media_type for row in rows}
