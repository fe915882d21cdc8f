"""What an office may read of a report: its text without who reported it, how it stands, its own share of the life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from smartcity_desk import codec
from smartcity_desk.central import incidents, ledger, schema
from smartcity_desk.central.db import chunks
from smartcity_desk.central.permissions import shows
from smartcity_desk.domain.clock import Clock, clock, due_at
from smartcity_desk.domain.custody import Segment, Stay, origin_of, segments
from smartcity_desk.domain.events import AttachmentAdded, CompletionClaimed, Event
from smartcity_desk.domain.incident import Tie, answer_of, following
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.report import CLOSED_STATUSES, OPEN_STATUSES, Report, Status

REPLIES_MOST: Final = 300
"""Replies that one page shows: a post that is much talked about must not become a page of megabytes."""
Window = tuple[int, int | None]
"""The numbers of the events between which an office held a report, both included; None while it does."""


@dataclass(frozen=True, slots=True)
class Case:
    """One report in the eyes of `office`. `life` holds every event and never leaves whole: `shown` may.

    `last` is the present stretch of custody, whose clock is `clock`; `own` are the office's, at least one. `tie` is how
    it stands among the reports of one and the same thing, None where it stands by itself.
    """

    report: Report
    status: Status
    holder: str | None
    office: str
    life: tuple[Event, ...]
    windows: tuple[Window, ...]
    last: Segment
    own: tuple[Segment, ...]
    clock: Clock
    tie: Tie | None = None

    @property
    def segment(self) -> Segment:
        """The office's own last stretch of custody."""
        return self.own[-1]

    @property
    def held(self) -> bool:
        """Whether the office holds the report now."""
        return self.holder == self.office

    @property
    def open(self) -> bool:
        """Whether the office holds it and it is not closed: something may be done."""
        return self.held and self.status in OPEN_STATUSES

    @property
    def working(self) -> bool:
        """Whether the work on it is the office's, and not the unit's to check."""
        return self.open and self.status is not Status.AWAITING_VERIFICATION

    @property
    def returned(self) -> bool:
        """Whether the office handed it back and the unit has not answered."""
        return self.working and self.last.returned_at is not None

    @property
    def refused(self) -> bool:
        """Whether the unit did not accept that it is done, and it is to be done again."""
        return self.working and any(one.refused_at is not None for one in self.own)

    @property
    def shown(self) -> tuple[Event, ...]:
        """The events that the office may see, oldest first."""
        return tuple(
            event
            for event in self.life
            if shows(event, self.office)
            and any(
                since <= (event.seq or 0) and (until is None or (event.seq or 0) <= until)
                for since, until in self.windows
            )
        )

    @property
    def follows(self) -> bool:
        """Whether another report of the same thing carries the clock."""
        return self.tie is not None and self.tie.follows

    @property
    def due_at(self) -> int | None:
        """When the present holder's move is due, whoever that is."""
        return None if self.follows else due_at(self.last, self.clock)

    @property
    def undelivered(self) -> bool:
        """Whether the office has it and there is no receipt yet: its clock has not begun."""
        return self.open and self.last.stay is Stay.HOLD and self.last.delivered_at is None

    def paused(self, now: int) -> bool:
        """Whether the clock stands still at `now`, by a pause or by declaration."""
        return any(stop.since <= now < stop.until for stop in self.clock.stops)

    def waits_for_others(self, now: int) -> bool:
        """Whether the next move is somebody else's."""
        return self.open and (not self.working or self.returned or self.follows or self.paused(now))


def cases(connection: Connection, ids: Sequence[str], office: str, law: Law) -> list[Case]:
    """The reports of these ids that the office holds or held, in the order of the ids; others do not exist for it."""
    windows = _windows(connection, ids, office)
    mine = [name for name in ids if name in windows]
    reports = _reports(connection, mine)
    lives = ledger.events_of(connection, list(reports))
    ties = incidents.ties(connection, reports)
    found = []
    for name in mine:
        if name not in reports:  # a mark, or a box of notices
            continue
        report, holder, status = reports[name]
        life = tuple(lives[name])
        spans = segments(origin_of(report), life)
        own = tuple(span for span in spans if span.office == office)
        if own:
            last = spans[-1]
            found.append(
                Case(
                    report,
                    status,
                    holder,
                    office,
                    life,
                    windows[name],
                    last,
                    own,
                    clock(last, law),
                    ties.get(name),
                )
            )
    return found


def _reports(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Report, str | None, Status]]:
    """Reports with their holders and statuses, by id."""
    table = schema.report
    found: dict[str, tuple[Report, str | None, Status]] = {}
    for part in chunks(ids):
        query = select(table.c.id, table.c.body, table.c.office, table.c.status).where(table.c.id.in_(part))
        for row in connection.execute(query):
            found[row.id] = (codec.decode(row.body, Report, key="report"), row.office, Status(row.status))
    return found


def case(connection: Connection, name: str, office: str, law: Law) -> Case | None:
    """One report, or None where there is none for this office."""
    found = cases(connection, [name], office, law)
    return found[0] if found else None


def _windows(connection: Connection, ids: Sequence[str], office: str) -> dict[str, tuple[Window, ...]]:
    table = schema.custody
    found: dict[str, list[Window]] = {}
    for part in chunks(ids):
        query = (
            select(table.c.report, table.c.from_seq, table.c.to_seq)
            .where(table.c.office == office, table.c.report.in_(part))
            .order_by(table.c.from_seq)
        )
        for row in connection.execute(query):
            found.setdefault(row.report, []).append((row.from_seq, row.to_seq))
    return {name: tuple(spans) for name, spans in found.items()}


def open_cases(connection: Connection, office: str, law: Law) -> list[Case]:
    """Every open report that the office holds: soonest due first, then what is answered, then what is verified."""
    table = schema.report
    query = select(table.c.id).where(
        table.c.office == office, table.c.status.in_([status.value for status in OPEN_STATUSES])
    )
    return sorted(cases(connection, connection.execute(query).scalars().all(), office, law), key=_urgency)


def _urgency(case: Case) -> tuple[int, int, str]:
    if case.follows:
        return (3, case.last.since, case.report.id)
    if not case.working:
        return (2, case.last.since, case.report.id)
    due = case.due_at
    return (1, case.last.since, case.report.id) if due is None else (0, due, case.report.id)


def closed_count(connection: Connection, office: str) -> int:
    """How many closed reports the office was the last to hold."""
    return int(connection.execute(_closed(office, func.count())).scalar_one())


def closed_cases(connection: Connection, office: str, law: Law, *, skip: int, most: int) -> list[Case]:
    """A page of closed reports that the office was the last to hold, the latest to come first."""
    query = _closed(office, schema.report.c.id).order_by(schema.custody.c.from_seq.desc(), schema.report.c.id)
    ids = connection.execute(query.offset(skip).limit(most)).scalars().all()
    return cases(connection, ids, office, law)


def _closed(office: str, what: ColumnElement[Any]) -> Select[Any]:
    table, held = schema.report, schema.custody
    return (
        select(what)
        .select_from(table.join(held, (held.c.report == table.c.id) & held.c.to_seq.is_(None)))
        .where(
            held.c.office == office,
            table.c.office == office,
            table.c.status.in_([status.value for status in CLOSED_STATUSES]),
        )
    )


SIMILAR_MOST: Final = 50
"""Reports of the same thing that one page shows."""


@dataclass(frozen=True, slots=True)
class Leading:
    """How the report stands that carries the clock of an incident: for one that follows it. `answer` is its answer."""

    report: Report
    status: Status
    holder: str | None
    answer: Event | None


def leading(connection: Connection, case: Case) -> Leading | None:
    """The report that this one follows, as far as its reporter is told of it too."""
    if case.tie is None or not case.tie.follows:
        return None
    name = case.tie.lead
    report, holder, status = _reports(connection, [name])[name]
    return Leading(report, status, holder, answer_of(ledger.events_of(connection, [name])[name]))


def similar(connection: Connection, case: Case) -> list[Report]:
    """What else was said of the same thing: the reports that follow this one, earliest first, masked as all texts are.

    The office answers them all with its one answer, whether or not they ever lay in its inbox.
    """
    if case.tie is None or case.tie.follows:
        return []
    (members,) = incidents.members(connection, [case.report.id]).values()
    names = [one.report for one in following(members)][:SIMILAR_MOST]
    reports = _reports(connection, names)
    return [reports[name][0] for name in names]


@dataclass(frozen=True, slots=True)
class File:
    """A file that an event names. `media_type` is None while its bytes have not come."""

    sha256: str
    name: str
    media_type: str | None

    @property
    def is_picture(self) -> bool:
        """Whether browsers show it in place."""
        return is_picture(self.media_type)


def is_picture(media_type: str | None) -> bool:
    """Whether browsers show files of a type in place."""
    return media_type in {"image/jpeg", "image/png", "image/gif", "image/webp"}


def files(connection: Connection, events: Sequence[Event]) -> dict[str, list[File]]:
    """The files that events name, by event id; one that an event just named before is not named again."""
    named: dict[str, list[tuple[str, str]]] = {}
    known: set[str] = set()
    for event in events:
        payload = event.payload
        if isinstance(payload, AttachmentAdded):
            named[event.id] = [(payload.sha256, payload.name)]
        elif isinstance(payload, CompletionClaimed):
            named[event.id] = [(sha256, "") for sha256 in payload.attachments if sha256 not in known]
        known.update(sha256 for sha256, _ in named.get(event.id, ()))
    kinds: dict[str, str] = {}
    table = schema.attachment
    for part in chunks(sorted(known)):
        query = select(table.c.sha256, table.c.media_type).where(table.c.sha256.in_(part))
        kinds.update((row.sha256, row.media_type) for row in connection.execute(query))
    return {
        name: [File(sha256, label, kinds.get(sha256)) for sha256, label in those]
        for name, those in named.items()
    }
