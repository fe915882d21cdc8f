"""From facts, confirmed events and pending ops to the line that lists show. Runs inside the writer's transaction.

A report that nobody has touched has no stored fold: its state is what its channel said (`domain.state.initial`). All
others carry the whole fold as JSON, so that one more event is one `apply` and not a replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from smartcity_desk import codec
from smartcity_desk.domain.custody import Origin, Segment
from smartcity_desk.domain.fold import canonical, fold
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind, Status
from smartcity_desk.domain.state import ReportState, begin
from smartcity_desk.store import custody, incidents, pictures, twins
from smartcity_desk.store import subjects as others
from smartcity_desk.store.engine import Raw, chunks, marks
from smartcity_desk.store.history import confirmed_events, pending_events
from smartcity_desk.store.rules import Rules

OPEN_VALUES: Final = frozenset(status.value for status in OPEN_STATUSES)
_STATE: Final = msgspec.json.Decoder(ReportState)


@dataclass(frozen=True, slots=True)
class Subject:
    """One report's own facts that the fold starts from, and its stored state."""

    pk: int
    id: str
    channel: str
    reported_at: int
    start: ReportState
    stored: ReportState | None
    lat: float | None = None
    lon: float | None = None
    location: Location | None = None

    @property
    def state(self) -> ReportState:
        """The effective state as stored."""
        return self.start if self.stored is None else self.stored

    @property
    def origin(self) -> Origin:
        """What its custody starts from."""
        start = self.start
        return Origin(
            self.id, self.channel, start.kind, self.reported_at, start.category, start.status, self.location
        )


_STATE_COLUMNS: Final = (
    "pk, reported_at, kind, status, is_open, channel, category, place, office, due_at, paused, return_pending, "
    "pending, conflict, claimed_by, claim_until, place_doubt, lat, lon, incident, lead, members, fold"
)
INSERT_STATE: Final = f"INSERT INTO report_state ({_STATE_COLUMNS}) VALUES ({marks(23)})"
REPLACE_STATE: Final = (
    "UPDATE report_state SET reported_at = ?2, kind = ?3, status = ?4, is_open = ?5, channel = ?6, category = ?7, "
    "place = ?8, office = ?9, due_at = ?10, paused = ?11, return_pending = ?12, pending = ?13, conflict = ?14, "
    "claimed_by = ?15, claim_until = ?16, place_doubt = ?17, lat = ?18, lon = ?19, incident = ?20, lead = ?21, "
    "members = ?22, fold = ?23 WHERE pk = ?1"
)
StateRow = tuple[Any, ...]


def state_row(
    subject: Subject,
    state: ReportState,
    segments: Sequence[Segment],
    rules: Rules,
    *,
    touched: bool,
    conflict: bool,
) -> StateRow:
    """The line of `report_state`. `touched` says whether any event or op counts for the report."""
    due = custody.due_of(segments, rules.law) if segments else custody.first_due(subject.origin, rules.law)
    return (
        subject.pk,
        subject.reported_at,
        state.kind.value,
        state.status.value,
        1 if state.status in OPEN_STATUSES else 0,
        subject.channel,
        state.category,
        state.place,
        state.office,
        due,
        0 if state.pause is None else state.pause.until,
        1 if state.return_pending else 0,
        state.pending,
        1 if conflict else 0,
        state.claimed_by,
        state.claim_until,
        0 if state.place_doubt is None else 1,
        *point_of(subject, state),
        None if state.incident is None else state.incident.incident,
        None,
        0,
        codec.encode(state) if touched else None,
    )


def point_of(subject: Subject, state: ReportState) -> tuple[float | None, float | None]:
    """Where it is drawn: where a person moved it to, else where the channel put it; what is private nowhere."""
    if state.private:
        return None, None
    return (
        subject.lat if state.lat is None else state.lat,
        subject.lon if state.lon is None else state.lon,
    )


LOCATED: Final = "l.badge, l.place, l.neighbour, l.border_m, l.edition"
"""In the order of `location_of`."""


def location_of(row: Sequence[Any]) -> Location | None:
    """The automatic place from its columns (`LOCATED`); None where nobody looked."""
    badge, place, neighbour, border_m, edition = row
    return None if badge is None else Location(PlaceBadge(badge), place, neighbour, border_m, edition)


def subjects(raw: Raw, ids: Sequence[str]) -> dict[str, Subject]:
    """The reports of these ids that are here, by id."""
    found: dict[str, Subject] = {}
    for part in chunks(ids):
        rows = raw.execute(
            "SELECT r.pk, r.id, r.channel, r.reported_at, r.kind, r.source_status, r.category, r.lat, r.lon, "
            f"r.private, s.fold, {LOCATED} "
            "FROM report r JOIN report_state s ON s.pk = r.pk LEFT JOIN located l ON l.report_pk = r.pk "
            f"WHERE r.id IN ({marks(len(part))})",
            tuple(part),
        )
        for (
            pk,
            report_id,
            channel,
            reported_at,
            kind,
            status,
            category,
            lat,
            lon,
            private,
            stored,
            *where,
        ) in rows:
            location = location_of(where)
            found[report_id] = Subject(
                pk,
                report_id,
                channel,
                reported_at,
                begin(
                    ReportKind(kind), Status(status), reported_at, category, location, private=bool(private)
                ),
                None if stored is None else _STATE.decode(stored),
                lat,
                lon,
                location,
            )
    return found


def touched_ids(raw: Raw, ids: Sequence[str]) -> set[str]:
    """Which of these reports have an event, a live op or a waiting conflict."""
    found: set[str] = set()
    (any_,) = raw.execute(
        "SELECT EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM op) OR EXISTS (SELECT 1 FROM conflict)"
    ).fetchone()
    for part in chunks(ids) if any_ else ():
        inside = f"({marks(len(part))})"
        found.update(
            row[0]
            for row in raw.execute(
                f"SELECT subject FROM event WHERE subject IN {inside} "
                "UNION SELECT report_id FROM op INDEXED BY ix_op_live "
                f"WHERE state IN ('queued', 'sending') AND report_id IN {inside} "
                "UNION SELECT report_id FROM conflict INDEXED BY ix_conflict_waiting "
                f"WHERE choice IS NULL AND report_id IN {inside}",
                (*part, *part, *part),
            )
        )
    return found


def waiting_conflicts(raw: Raw, ids: Sequence[str]) -> set[str]:
    """Which of these reports have a conflict that waits for an operator."""
    found: set[str] = set()
    for part in chunks(ids):
        found.update(
            row[0]
            for row in raw.execute(
                "SELECT report_id FROM conflict INDEXED BY ix_conflict_waiting "
                f"WHERE choice IS NULL AND report_id IN ({marks(len(part))})",
                tuple(part),
            )
        )
    return found


def refold(raw: Raw, ids: Iterable[str], rules: Rules) -> list[int]:
    """Fold these subjects afresh: reports with their segments and lines, and whatever else they are.

    Events of reports that are not here are left for later. Returns the pks of the reports, and of those whose place
    in an incident changed with them.
    """
    wanted = sorted(set(ids))
    known = subjects(raw, wanted)
    strangers = [name for name in wanted if name not in known]
    if strangers:
        others.refold(raw, strangers)
    if not known:
        return []
    present = sorted(known)
    confirmed = confirmed_events(raw, present)
    pending = pending_events(raw, present)
    disputed = waiting_conflicts(raw, present)
    rows: list[StateRow] = []
    lines: list[custody.Line] = []
    together: set[str] = set()
    refused: dict[int, frozenset[str]] = {}
    for report_id, subject in known.items():
        events = canonical([*confirmed.get(report_id, ()), *pending.get(report_id, ())])
        segments = custody.of_events(subject.origin, events)
        lines += custody.lines(subject.pk, segments, rules.law)
        state = fold(subject.start, events)
        if targets := twins.join_targets(events):
            refused[subject.pk] = targets
        together.update(one.incident.incident for one in (subject.state, state) if one.incident is not None)
        rows.append(
            state_row(
                subject,
                state,
                segments,
                rules,
                touched=bool(events),
                conflict=report_id in disputed,
            )
        )
    raw.executemany(REPLACE_STATE, rows)
    custody.replace(raw, [row[0] for row in rows], lines)
    twins.refused_anew(raw, [row[0] for row in rows], refused)
    # Another one may lead now, and the clocks of reports that nobody touched may rest or run for it.
    moved = incidents.settle(raw, together, rules.law) if together else []
    return list(dict.fromkeys([*(row[0] for row in rows), *moved]))


def refold_all(raw: Raw, rules: Rules) -> None:
    """Fold everything that has an event or a live op afresh."""
    touched = raw.execute(
        "SELECT DISTINCT subject FROM event UNION SELECT report_id FROM op WHERE state IN ('queued', 'sending')"
    ).fetchall()
    for part in chunks([row[0] for row in touched]):
        refold(raw, part, rules)
        for events in confirmed_events(raw, part).values():
            pictures.note(raw, events)


def refold_spoken_for(raw: Raw, rules: Rules) -> None:
    """Fold those touched complaints afresh whose source's word may have undone a decision (`domain.standing`)."""
    rows = raw.execute(
        "SELECT r.id FROM report_state s JOIN report r ON r.pk = s.pk WHERE s.fold IS NOT NULL "
        "AND s.kind = 'complaint' AND (r.source_status IN ('done', 'rejected') OR r.id IN (SELECT subject FROM event "
        "WHERE kind IN ('report.reopened', 'completion.accepted', 'completion.refused')))"
    ).fetchall()
    for part in chunks([row[0] for row in rows]):
        refold(raw, part, rules)


def recompute_due(raw: Raw, rules: Rules) -> int:
    """Work out every clock again, after the policy or the directory has changed. Returns how many moved."""
    present = custody.recompute(raw, rules.law)
    moved: list[tuple[int | None, int]] = []
    rows = raw.execute(
        "SELECT s.pk, s.due_at, r.id, r.channel, r.kind, r.source_status, r.reported_at, r.category "
        "FROM report_state s JOIN report r ON r.pk = s.pk WHERE s.is_open = 1 AND s.kind = 'complaint' "
        "AND s.lead IS NULL"
    )
    for pk, stored, report_id, channel, kind, status, reported_at, category in rows:
        if pk in present:
            due = present[pk]
        else:
            origin = Origin(report_id, channel, ReportKind(kind), reported_at, category, Status(status))
            due = custody.first_due(origin, rules.law)
        if due != stored:
            moved.append((due, pk))
    raw.executemany("UPDATE report_state SET due_at = ? WHERE pk = ?", moved)
    return len(moved)
