"""Bulk loading of a past: for the training city, and for a city that moves in with its archive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from smartcity_desk import codec
from smartcity_desk.central import attachments, ledger, schema
from smartcity_desk.central.db import Database, insert_rows
from smartcity_desk.central.ledger import Change, Head, canonical
from smartcity_desk.central.others import seen_by
from smartcity_desk.central.reports import row
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain import filetypes
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.events import Actor, Event
from smartcity_desk.domain.fold import apply
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.state import ReportState, initial
from smartcity_desk.domain.subjects import Subject, fold_subject, subject_of

_SLICE = 20_000


@dataclass(frozen=True, slots=True)
class PastFile:
    """A file that events of the past name, and who sent it when (ms UTC)."""

    data: bytes
    actor: Actor
    at: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much went in."""

    reports: int
    events: int


def load_history(
    db: Database, reports: Iterable[Report], events: Iterable[Event], *, by: str = "history"
) -> Loaded:
    """Write reports, then events in the given order, in one transaction; `seq` and the chain are assigned here.

    The events are taken as having happened: nothing is decided. Each one's own time is its time of record, as far as
    that does not run backwards. Raises ConfigProblem (`not_empty`) if the log has events already.
    """

    def work(connection: Connection) -> Loaded:
        log_end = ledger.head(connection, lock=True)
        if log_end.seq or connection.execute(select(func.count()).select_from(schema.report)).scalar_one():
            raise ConfigProblem(name="database", reason="not_empty")
        states = _reports(connection, reports, by)
        first = dict(states)
        count = _events(connection, events, states)
        ledger.project(
            connection,
            {
                key: state
                for key, state in states.items()
                if (state.office, state.status, state.incident)
                != (first[key].office, first[key].status, first[key].incident)
            },
        )
        return Loaded(len(states), count)

    return db.write_now(work)


def load_files(db: Database, settings: CentralSettings, files: Iterable[PastFile]) -> int:
    """Keep the files of a past under their hashes; returns how many. Raises ConfigProblem for what is no picture."""
    rows: dict[str, dict[str, Any]] = {}
    for file in files:
        sha256 = hashlib.sha256(file.data).hexdigest()
        media_type = filetypes.media_type(file.data[: filetypes.START])
        if media_type is None:
            raise ConfigProblem(name="attachment", reason="unsupported_type")
        place = attachments.path(settings, sha256)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write_bytes(file.data)
        rows[sha256] = {
            "sha256": sha256,
            "media_type": media_type,
            "size": len(file.data),
            "user": file.actor.user,
            "office": file.actor.office,
            "at": file.at,
        }

    def work(connection: Connection) -> int:
        insert_rows(connection, schema.attachment, list(rows.values()))
        return len(rows)

    return db.write_now(work)


def _reports(connection: Connection, reports: Iterable[Report], by: str) -> dict[str, ReportState]:
    end = ledger.head(connection, "report", lock=True)
    states: dict[str, ReportState] = {}
    rows: list[dict[str, Any]] = []
    for number, report in enumerate(reports, end.seq + 1):
        body = canonical(codec.report_to_wire(report))
        digest = hashlib.sha256(body.encode()).hexdigest()
        rows.append(row(report, body, digest, rev=number, user=by, now=report.reported_at))
        states[report.id] = initial(report)
    if rows:
        insert_rows(connection, schema.report, rows)
        ledger.move_head(connection, Head(rows[-1]["rev"], end.hash, end.at), "report")
    return states


def _events(connection: Connection, events: Iterable[Event], states: dict[str, ReportState]) -> int:
    changes: list[Change] = []
    others: dict[str, list[Event]] = {}
    count = 0
    for event in events:
        before = states.get(event.subject)
        if subject_of(event.kind) is not Subject.REPORT:
            known = others.setdefault(event.subject, [])
            seen = _seen_by(known)
            known.append(event)
            changes.append(Change(event, seen, _seen_by(known)))
        elif before is None:  # of a report that this server has not got
            changes.append(Change(event, None, None))
        else:
            after = apply(before, event)
            states[event.subject] = after
            changes.append(Change(event, before.office, after.office))
        if len(changes) == _SLICE:
            count += len(ledger.append(connection, changes))
            changes = []
    return count + len(ledger.append(connection, changes))


def _seen_by(events: list[Event]) -> str | None:
    return seen_by(fold_subject(subject_of(events[0].kind), events)) if events else None
