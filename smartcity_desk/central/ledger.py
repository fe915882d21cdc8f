"""The log of events: numbered in commit order, chained by hash, and the only writer of what follows from it.

`seq` is drawn while the row `head('event')` is locked, and the lock is let go by the commit itself. So a number is
visible before a greater one can be drawn, and a reader that pages by `after=` never has to look back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from smartcity_desk import codec
from smartcity_desk.central import schema
from smartcity_desk.central.db import chunks, insert_rows
from smartcity_desk.domain import filetypes
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.state import ReportState

_CANONICAL: Final = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Change:
    """An event that is to be written, and the office that held the report before and after it."""

    event: Event
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """An event as it stands in the log: its number, and the JSON that was hashed."""

    seq: int
    event: Event
    body: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: number, hash, and the server's time of its last event (ms UTC)."""

    seq: int
    hash: str
    at: int


def canonical(value: object) -> str:
    """JSON text with sorted keys and no blanks: the form that is hashed."""
    return _CANONICAL.encode(value).decode()


def link(previous: str, body: str) -> str:
    """The hash of an event: SHA-256 over the previous hash (hex) followed by the event's canonical JSON."""
    return hashlib.sha256((previous + body).encode()).hexdigest()


def head(connection: Connection, name: str = "event", *, lock: bool = False) -> Head:
    """The end of a numbered list; with `lock`, nobody else draws a number until this transaction ends."""
    query = select(schema.head.c.seq, schema.head.c.hash, schema.head.c.at).where(schema.head.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).one()
    return Head(row.seq, row.hash, row.at)


def move_head(connection: Connection, end: Head, name: str = "event") -> None:
    """Write a list's new end. The caller holds the lock."""
    connection.execute(
        update(schema.head).where(schema.head.c.name == name).values(seq=end.seq, hash=end.hash, at=end.at)
    )


def append(connection: Connection, changes: Sequence[Change], *, now: int | None = None) -> list[Written]:
    """Write events in this order, number and chain them, and keep custody in step. Call it last before the commit.

    `recorded_at` is `now`, or each event's own time when there is none; it never runs backwards along `seq`, whatever
    the clocks do.
    """
    if not changes:
        return []
    end = head(connection, lock=True)
    written, rows, end = _numbered(changes, end, now)
    insert_rows(connection, schema.event_log, rows)
    _keep_custody(connection, changes, written)
    _keep_attachments(connection, written)
    move_head(connection, end)
    return written


def _numbered(
    changes: Sequence[Change], end: Head, now: int | None
) -> tuple[list[Written], list[dict[str, Any]], Head]:
    seq, chain, at = end.seq, end.hash, end.at
    written: list[Written] = []
    rows: list[dict[str, Any]] = []
    for change in changes:
        seq += 1
        at = max(at, change.event.at if now is None else now)
        event = change.event
        body = canonical({**codec.event_to_wire(event), "seq": seq})
        chain = link(chain, body)
        written.append(Written(seq, event, body))
        rows.append(
            {
                "seq": seq,
                "id": event.id,
                "subject": event.subject,
                "kind": event.kind.value,
                "at": event.at,
                "user": event.actor.user,
                "office": event.actor.office,
                "action": event.action,
                "body": body,
                "recorded_at": at,
                "hash": chain,
            }
        )
    return written, rows, Head(seq, chain, at)


def _keep_custody(connection: Connection, changes: Sequence[Change], written: Sequence[Written]) -> None:
    """Close the old office's window and open the new one's; both contain the event that moved the report."""
    opened: dict[str, dict[str, Any]] = {}
    fresh: list[dict[str, Any]] = []
    closed: list[dict[str, Any]] = []
    for change, done in zip(changes, written, strict=True):
        if change.before == change.after:
            continue
        subject, seq = done.event.subject, done.seq
        mine = opened.pop(subject, None)
        if mine is not None:
            mine["to_seq"] = seq
        elif change.before is not None:
            closed.append({"its_report": subject, "its_end": seq})
        if change.after is not None:
            opened[subject] = {"report": subject, "from_seq": seq, "office": change.after, "to_seq": None}
            fresh.append(opened[subject])
    if closed:
        connection.execute(
            update(schema.custody)
            .where(schema.custody.c.report == bindparam("its_report"), schema.custody.c.to_seq.is_(None))
            .values(to_seq=bindparam("its_end")),
            closed,
        )
    insert_rows(connection, schema.custody, fresh)


def _keep_attachments(connection: Connection, written: Iterable[Written]) -> None:
    rows: list[dict[str, Any]] = []
    for done in written:
        named = filetypes.named_in(done.event.payload)
        rows += [
            {"sha256": sha256, "seq": done.seq, "report": done.event.subject} for sha256 in sorted(named)
        ]
    insert_rows(connection, schema.attachment_use, rows)


def events_of(connection: Connection, subjects: Sequence[str]) -> dict[str, list[Event]]:
    """The confirmed events of some reports, each list in `seq` order."""
    found: dict[str, list[Event]] = {subject: [] for subject in subjects}
    for part in chunks(subjects):
        query = (
            select(schema.event_log.c.subject, schema.event_log.c.body)
            .where(schema.event_log.c.subject.in_(part))
            .order_by(schema.event_log.c.subject, schema.event_log.c.seq)
        )
        for row in connection.execute(query):
            found[row.subject].append(codec.event_from_wire(msgspec.json.decode(row.body)))
    return found


def reports_of(connection: Connection, ids: Sequence[str], *, lock: bool = False) -> dict[str, Report]:
    """Reports by id; with `lock`, nobody else changes them until this transaction ends. Locks go in order of id."""
    found: dict[str, Report] = {}
    for part in chunks(sorted(set(ids))):
        query = select(schema.report.c.id, schema.report.c.body).where(schema.report.c.id.in_(part))
        query = query.order_by(schema.report.c.id)
        for row in connection.execute(query.with_for_update() if lock else query):
            found[row.id] = codec.decode(row.body, Report, key="report")
    return found


def project(connection: Connection, states: dict[str, ReportState]) -> None:
    """Write holder, status and incident of reports for the pages. The caller holds their rows."""
    if states:
        connection.execute(
            update(schema.report)
            .where(schema.report.c.id == bindparam("its_id"))
            .values(
                office=bindparam("its_office"),
                status=bindparam("its_status"),
                incident=bindparam("its_incident"),
            ),
            [
                {
                    "its_id": key,
                    "its_office": states[key].office,
                    "its_status": states[key].status.value,
                    "its_incident": incident_of(states[key]),
                }
                for key in sorted(states)
            ],
        )


def incident_of(state: ReportState) -> str | None:
    """The id of the incident that a report was joined to."""
    return None if state.incident is None else state.incident.incident
