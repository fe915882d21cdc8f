"""Reports as desks share them: pushed in batches, the newest revision kept, read back in the order of their changes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from smartcity_desk import codec
from smartcity_desk.central import batches, erasing, ledger, replies, schema
from smartcity_desk.central.batches import TEXT_MAX, Page, Pushed, Refusal
from smartcity_desk.central.db import chunks, insert_rows
from smartcity_desk.central.ledger import Head, canonical
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.location import Location, improves
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.report import Report, ReportKind, expired, veiled, withdrawn
from smartcity_desk.domain.state import initial
from smartcity_desk.domain.times import LATEST

CODE_MAX: Final = 60
PATH_MOST: Final = 1_000
FARTHEST_M: Final = 21_000_000
"""Half way round the earth."""


@dataclass(frozen=True, slots=True)
class _Incoming:
    report: Report
    body: str
    digest: str


def _incoming(report: Report) -> _Incoming:
    body = canonical(codec.report_to_wire(report))
    return _Incoming(report, body, hashlib.sha256(body.encode()).hexdigest())


def check(item: Mapping[str, Any]) -> Report | Refusal:
    """A report from its JSON object, or (code, detail) of what is wrong with it."""
    report = batches.read(item, codec.report_from_wire, "unreadable_report")
    if isinstance(report, tuple):
        return report
    if not batches.is_channel(report.channel) or not report.external_id:
        return "unreadable_report", "channel and external_id are needed"
    if report.id != report_id(report.channel, report.external_id):
        return "wrong_id", "the id is not that of channel and external_id"
    if len(report.text) > TEXT_MAX or len(report.title) > TEXT_MAX:
        return "text_too_long", str(TEXT_MAX)
    times = (report.reported_at, report.changed_at, report.withdrawn_at, report.expired_at)
    if not all(at is None or 0 <= at <= LATEST for at in times):
        return "bad_time", "reported_at, changed_at, withdrawn_at or expired_at"
    if (report.lat is None) != (report.lon is None) or not all(
        value is None or math.isfinite(value) for value in (report.lat, report.lon, report.accuracy_m)
    ):
        return "bad_position", "lat and lon, both or neither"
    if len(report.path) > PATH_MOST or not all(
        math.isfinite(value) for vertex in report.path for value in vertex
    ):
        return "bad_path", str(PATH_MOST)
    if report.location is not None and not _is_plain(report.location):
        return "bad_location", "codes of offices and an edition"
    if report.withdrawn_at is not None:
        return withdrawn(report, report.withdrawn_at)  # a tombstone carries nothing, whatever came with it
    if report.expired_at is not None:
        return expired(report, report.expired_at)
    # Desks mask on arrival; an old or broken one must not spread what it missed.
    words = mask_both(report.title, report.text)
    return report if words.unmasked is None else replace(report, title=words.title, text=words.text)


def _is_plain(location: Location) -> bool:
    """Whether an automatic place is made of codes that can be stored and shown."""
    texts = (location.place or "", location.neighbour or "", location.edition)
    return (location.border_m is None or 0 <= location.border_m <= FARTHEST_M) and all(
        len(text) <= CODE_MAX and text.isprintable() for text in texts
    )


def push(connection: Connection, items: Sequence[Mapping[str, Any]], *, user: str, now: int) -> Pushed:
    """Take in a batch: idempotent by id; a revision counts when its `changed_at` is newer, traffic ends, or a place is
    found where there was none. What a source no longer has loses its content here, and never gets it back. An item
    that is here as a reply is not taken in a second time.
    """
    result = Pushed()
    incoming: dict[str, _Incoming] = {}
    for item in items:
        report = check(item)
        if isinstance(report, tuple):
            result.refuse(item, report)
            continue
        earlier = incoming.get(report.id)
        if earlier is not None:
            result.known += 1
            if earlier.report.erased or not (
                report.erased or _newer(report.changed_at, earlier.report.changed_at)
            ):
                continue
        incoming[report.id] = _incoming(report)
    if incoming:
        end = ledger.head(connection, "report", lock=True)
        end = _write(connection, incoming, result, end, user, now)
        ledger.move_head(connection, end, "report")
    return result


def _write(
    connection: Connection, incoming: Mapping[str, _Incoming], result: Pushed, end: Head, user: str, now: int
) -> Head:
    known = _known(connection, sorted(incoming))
    said = replies.known_as_replies(
        connection, [one.report for key, one in incoming.items() if key not in known]
    )
    fresh: list[dict[str, Any]] = []
    changed: list[_Incoming] = []
    rev = end.seq
    for key, one in incoming.items():
        if key in known:
            there = known[key]
            if one.report.withdrawn_at is not None and not there.withdrawn:
                changed.append(there.withdrawn_as(one.report.withdrawn_at))
            elif not there.erased and not one.report.erased and there.is_replaced_by(one):
                changed.append(one)
            else:
                result.known += 1
            continue
        if key in said:
            result.known += 1
            continue
        rev += 1
        fresh.append(row(one.report, one.body, one.digest, rev=rev, user=user, now=now))
    insert_rows(connection, schema.report, fresh)
    result.accepted += len(fresh)
    if changed:
        rev = _revise(connection, changed, rev)
        result.changed += len(changed)
        gone = [one.report for one in changed if one.report.erased]
        erasing.follow(connection, {one.id: one.withdrawn_at or now for one in gone}, now=now)
    return Head(rev, end.hash, now)


def row(report: Report, body: str, digest: str, *, rev: int, user: str, now: int) -> dict[str, Any]:
    """The table row of a report that nobody has touched."""
    return {
        "id": report.id,
        "rev": rev,
        "channel": report.channel,
        "reported_at": report.reported_at,
        "changed_at": report.changed_at,
        "body": body,
        "digest": digest,
        "office": None,
        "status": initial(report).status.value,
        "received_at": now,
        "pushed_by": user,
        "incident": None,
    }


def _revise(connection: Connection, changed: Sequence[_Incoming], rev: int) -> int:
    """Write newer revisions and fold their reports again: a channel's own status is where the fold begins."""
    by_id = {one.report.id: one for one in changed}
    ledger.reports_of(connection, list(by_id), lock=True)
    histories = ledger.events_of(connection, sorted(by_id))
    rows = []
    for key in sorted(by_id):
        rev += 1
        one = by_id[key]
        state = fold(initial(one.report), histories[key])
        rows.append(
            {
                "its_id": key,
                "its_rev": rev,
                "its_at": one.report.reported_at,
                "its_change": one.report.changed_at,
                "its_body": one.body,
                "its_digest": one.digest,
                "its_office": state.office,
                "its_status": state.status.value,
                "its_incident": ledger.incident_of(state),
            }
        )
    table = schema.report
    connection.execute(
        update(table)
        .where(table.c.id == bindparam("its_id"))
        .values(
            rev=bindparam("its_rev"),
            reported_at=bindparam("its_at"),
            changed_at=bindparam("its_change"),
            body=bindparam("its_body"),
            digest=bindparam("its_digest"),
            office=bindparam("its_office"),
            status=bindparam("its_status"),
            incident=bindparam("its_incident"),
        ),
        rows,
    )
    return rev


@dataclass(frozen=True, slots=True)
class _Known:
    digest: str
    changed_at: int | None
    status: str
    body: str

    @property
    def withdrawn(self) -> bool:
        """Whether its source no longer has it. Inside a text of JSON this key could not stand with its own quotes."""
        return '"withdrawn_at":' in self.body

    @property
    def erased(self) -> bool:
        """Whether it is a tombstone."""
        return self.withdrawn or '"expired_at":' in self.body

    def withdrawn_as(self, at: int) -> _Incoming:
        """Its own tombstone: what counts stays as it is here, whatever the desk has beside it."""
        return _incoming(withdrawn(codec.decode(self.body, Report, key="report"), at))

    def is_replaced_by(self, one: _Incoming) -> bool:
        """Whether what was handed in is a newer revision.

        Traffic that is over, or back, has no time of its own for that: a feed only stops or starts to name it.
        """
        if _newer(one.report.changed_at, self.changed_at):
            return self.digest != one.digest
        if self.is_better_located(one):
            return True
        is_same_item = one.report.kind is ReportKind.CONTEXT and one.report.changed_at == self.changed_at
        return is_same_item and one.report.source_status.value != self.status

    def is_better_located(self, one: _Incoming) -> bool:
        """Whether what was handed in is the same report with an automatic place that may stand instead of ours."""
        if (
            one.report.location is None
            or self.digest == one.digest
            or one.report.changed_at != self.changed_at
        ):
            return False
        present = codec.decode(self.body, Report, key="report")
        return improves(one.report.location, present.location) and one.report == replace(
            present, location=one.report.location
        )


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, _Known]:
    table = schema.report
    return {
        row.id: _Known(row.digest, row.changed_at, row.status, row.body)
        for part in chunks(ids)
        for row in connection.execute(
            select(table.c.id, table.c.digest, table.c.changed_at, table.c.status, table.c.body).where(
                table.c.id.in_(part)
            )
        )
    }


def _newer(mine: int | None, theirs: int | None) -> bool:
    return mine is not None and (theirs is None or mine > theirs)


def page(connection: Connection, after: int, limit: int, *, veil: bool = False) -> Page:
    """The reports that are new or changed after a cursor. One that changes while somebody pages comes again.

    With `veil` private ones come without what was said in them.
    """
    table = schema.report
    query = (
        select(table.c.rev, table.c.body).where(table.c.rev > after).order_by(table.c.rev).limit(limit + 1)
    )
    rows = connection.execute(query).all()
    return batches.page(rows, after, limit, lambda row: _veiled(row.body) if veil else row.body)


def _veiled(body: str) -> str:
    if '"private":true' not in body:
        return body
    return canonical(codec.report_to_wire(veiled(codec.decode(body, Report, key="report"))))
