"""Replies as desks share them: pushed in batches, the last word kept, read back in the order of their changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from smartcity_desk import codec
from smartcity_desk.central import batches, ledger, schema
from smartcity_desk.central.batches import TEXT_MAX, Page, Pushed, Refusal
from smartcity_desk.central.db import chunks, insert_rows
from smartcity_desk.central.ledger import Head, canonical
from smartcity_desk.domain import ids
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.reply import Reply, veiled, withdrawn
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import LATEST

NAME_MAX: Final = 1_000
MEDIA_MOST: Final = 50
LIST: Final = "reply"


@dataclass(frozen=True, slots=True)
class _Incoming:
    reply: Reply
    body: str
    digest: str


def _incoming(reply: Reply) -> _Incoming:
    body = canonical(codec.reply_to_wire(reply))
    # An author's pseudonym comes from the key of the desk that pulled: it makes no other reply.
    content = canonical(codec.reply_to_wire(replace(reply, author=None)))
    return _Incoming(reply, body, hashlib.sha256(content.encode()).hexdigest())


def check(item: Mapping[str, Any]) -> Reply | Refusal:
    """A reply from its JSON object, or (code, detail) of what is wrong with it."""
    reply = batches.read(item, codec.reply_from_wire, "unreadable_reply")
    if isinstance(reply, tuple):
        return reply
    if not batches.is_channel(reply.channel):
        return "unreadable_reply", "channel is needed"
    if not all(0 < len(name) <= NAME_MAX for name in (reply.external_id, reply.about)):
        return "unreadable_reply", "external_id and about are needed"
    if reply.id != ids.reply_id(reply.channel, reply.external_id):
        return "wrong_id", "the id is not that of channel and external_id"
    if len(reply.text) > TEXT_MAX or len(reply.state_raw) > NAME_MAX or len(reply.link or "") > TEXT_MAX:
        return "text_too_long", str(TEXT_MAX)
    if len(reply.media) > MEDIA_MOST:
        return "too_many_files", str(MEDIA_MOST)
    if not all(at is None or 0 <= at <= LATEST for at in (reply.at, reply.withdrawn_at)):
        return "bad_time", "at or withdrawn_at"
    if reply.withdrawn_at is not None:
        return withdrawn(reply, reply.withdrawn_at)
    # Desks mask on arrival; an old or broken one must not spread what it missed.
    words = mask_both("", reply.text)
    return reply if words.unmasked is None else replace(reply, text=words.text)


def push(connection: Connection, items: Sequence[Mapping[str, Any]], *, user: str, now: int) -> Pushed:
    """Take in a batch: idempotent by id; the last word holds, and what is gone stays gone.

    An item that is here as a report is not taken in a second time.
    """
    result = Pushed()
    incoming: dict[str, _Incoming] = {}
    for item in items:
        reply = check(item)
        if isinstance(reply, tuple):
            result.refuse(item, reply)
            continue
        if reply.id in incoming:
            result.known += 1
            if incoming[reply.id].reply.withdrawn_at is not None:
                continue
        incoming[reply.id] = _incoming(reply)
    if incoming:
        end = ledger.head(connection, LIST, lock=True)
        ledger.move_head(connection, _write(connection, incoming, result, end, user, now), LIST)
    return result


def _write(
    connection: Connection, incoming: Mapping[str, _Incoming], result: Pushed, end: Head, user: str, now: int
) -> Head:
    known = _known(connection, sorted(incoming))
    as_reports = _known_as_reports(
        connection, [one.reply for key, one in incoming.items() if key not in known]
    )
    fresh: list[dict[str, Any]] = []
    changed: list[_Incoming] = []
    rev = end.seq
    for key, one in incoming.items():
        if key in known:
            digest, gone = known[key]
            if gone or digest == one.digest:
                result.known += 1
            else:
                changed.append(one)
        elif key in as_reports:
            result.known += 1
        else:
            rev += 1
            fresh.append(_row(one, rev=rev, user=user, now=now))
    insert_rows(connection, schema.reply, fresh)
    result.accepted += len(fresh)
    result.changed += len(changed)
    return Head(_revise(connection, changed, rev), end.hash, now)


def _row(one: _Incoming, *, rev: int, user: str, now: int) -> dict[str, Any]:
    reply = one.reply
    return {
        "id": reply.id,
        "rev": rev,
        "report": ids.report_id(reply.channel, reply.about),
        "at": reply.at,
        "body": one.body,
        "digest": one.digest,
        "received_at": now,
        "pushed_by": user,
    }


def _revise(connection: Connection, changed: Sequence[_Incoming], rev: int) -> int:
    rows = []
    for one in sorted(changed, key=lambda each: each.reply.id):
        rev += 1
        rows.append(
            {
                "its_id": one.reply.id,
                "its_rev": rev,
                "its_report": ids.report_id(one.reply.channel, one.reply.about),
                "its_at": one.reply.at,
                "its_body": one.body,
                "its_digest": one.digest,
            }
        )
    if rows:
        connection.execute(
            update(schema.reply)
            .where(schema.reply.c.id == bindparam("its_id"))
            .values(
                rev=bindparam("its_rev"),
                report=bindparam("its_report"),
                at=bindparam("its_at"),
                body=bindparam("its_body"),
                digest=bindparam("its_digest"),
            ),
            rows,
        )
    return rev


def _known(connection: Connection, names: Sequence[str]) -> dict[str, tuple[str, bool]]:
    table = schema.reply
    return {
        row.id: (row.digest, '"withdrawn_at":null' not in row.body)
        for part in chunks(names)
        for row in connection.execute(
            select(table.c.id, table.c.digest, table.c.body).where(table.c.id.in_(part))
        )
    }


def _known_as_reports(connection: Connection, replies: Sequence[Reply]) -> set[str]:
    by_report = {ids.report_id(one.channel, one.external_id): one.id for one in replies}
    return {by_report[name] for name in _there(connection, schema.report, sorted(by_report))}


def known_as_replies(connection: Connection, reports: Sequence[Report]) -> set[str]:
    """The ids of those of these reports whose items are here as replies."""
    by_reply = {ids.reply_id(one.channel, one.external_id): one.id for one in reports}
    return {by_reply[name] for name in _there(connection, schema.reply, sorted(by_reply))}


def _there(connection: Connection, table: Any, names: Sequence[str]) -> list[str]:
    return [
        name
        for part in chunks(names)
        for name in connection.execute(select(table.c.id).where(table.c.id.in_(part))).scalars()
    ]


def about(connection: Connection, report: str, most: int) -> tuple[list[Reply], bool]:
    """Of the newest `most` replies about a report those that say something, oldest first; and whether there are more.

    What was said in private is among them: whoever shows them asks `veiled`, or may read it.
    """
    table = schema.reply
    query = select(table.c.body).where(table.c.report == report).order_by(table.c.at.desc(), table.c.id)
    bodies = connection.execute(query.limit(most + 1)).scalars().all()
    found = [codec.decode(body, Reply, key="reply") for body in reversed(bodies[:most])]
    return [one for one in found if one.text], len(bodies) > most


def empty_of(connection: Connection, reports: Mapping[str, int], *, now: int) -> None:
    """Take the words out of all that was replied about reports whose own content went (id -> when)."""
    table = schema.reply
    gone: list[_Incoming] = []
    for part in chunks(sorted(reports)):
        query = select(table.c.report, table.c.body).where(table.c.report.in_(part))
        for row in connection.execute(query):
            reply = codec.decode(row.body, Reply, key="reply")
            if reply.withdrawn_at is None:
                gone.append(_incoming(withdrawn(reply, reports[row.report])))
    if gone:
        end = ledger.head(connection, LIST, lock=True)
        ledger.move_head(connection, Head(_revise(connection, gone, end.seq), end.hash, now), LIST)


def page(connection: Connection, after: int, limit: int, *, veil: bool = False) -> Page:
    """The replies that are new or changed after a number. With `veil` private ones come without their words."""
    table = schema.reply
    query = select(table.c.rev, table.c.report, table.c.body).where(table.c.rev > after)
    rows = connection.execute(query.order_by(table.c.rev).limit(limit + 1)).all()
    private = _private(connection, {row.report for row in rows}) if veil else frozenset()

    def body(row: Any) -> str:
        return _veiled(row.body, private=row.report in private) if veil else str(row.body)

    return batches.page(rows, after, limit, body)


def _private(connection: Connection, reports: set[str]) -> frozenset[str]:
    table = schema.report
    return frozenset(
        row.id
        for part in chunks(sorted(reports))
        for row in connection.execute(select(table.c.id, table.c.body).where(table.c.id.in_(part)))
        if '"private":true' in row.body
    )


def _veiled(body: str, *, private: bool) -> str:
    reply = codec.decode(body, Reply, key="reply")
    shown = veiled(reply, private=private)
    return body if shown is reply else canonical(codec.reply_to_wire(shown))
