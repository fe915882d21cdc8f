"""The notices that the office was sent: which reports, on which step, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from fastapi import Response
from sqlalchemy import Connection, select

from smartcity_desk import codec
from smartcity_desk.central import ledger, schema
from smartcity_desk.central.db import chunks
from smartcity_desk.central.pages import formats, weighing, words
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.domain.events import Event, NoticeSent, RoutingSent
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.outward import rung_of
from smartcity_desk.i18n import tr, trn

MOST: Final = 50
"""Notices on the page, the latest ones."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a notice; `link` is the report's id where the office may open it."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice."""

    title: str
    at: str
    urgent: bool
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class _About:
    report: str
    holder: str
    own: bool


async def show(visit: Visit) -> Response:
    """The latest notices to the office."""

    def look(connection: Connection) -> tuple[list[Event], dict[str, _About]]:
        box = inbox_id(visit.office)
        sent = [
            event
            for event in ledger.events_of(connection, [box])[box]
            if isinstance(event.payload, NoticeSent) and event.payload.office == visit.office
        ][-MOST:]
        return sent, _about(
            connection, [_segment(key) for event in sent for key in _keys(event)], visit.office
        )

    sent, about = await visit.server.db.read(look)
    shown = [_notice(event, about, visit.directory, visit.now) for event in reversed(sent)]
    return visit.page("notices.html", notices=shown)


def _keys(event: Event) -> tuple[str, ...]:
    return event.payload.keys if isinstance(event.payload, NoticeSent) else ()


def _segment(key: str) -> str:
    return key.partition("|")[0]


def _about(connection: Connection, segments: Sequence[str], office: str) -> dict[str, _About]:
    """The report of each segment, by the event that opened it, and whether this office ever held it."""
    log, held = schema.event_log, schema.custody
    opened: dict[str, tuple[str, str]] = {}
    for part in chunks(sorted(set(segments))):
        for row in connection.execute(select(log.c.id, log.c.subject, log.c.body).where(log.c.id.in_(part))):
            payload = codec.event_from_wire(msgspec.json.decode(row.body)).payload
            opened[row.id] = (row.subject, payload.office if isinstance(payload, RoutingSent) else "")
    own: set[str] = set()
    for part in chunks(sorted({name for name, _ in opened.values()})):
        query = select(held.c.report).where(held.c.office == office, held.c.report.in_(part))
        own.update(connection.execute(query).scalars())
    return {segment: _About(name, holder, name in own) for segment, (name, holder) in opened.items()}


def _notice(event: Event, about: dict[str, _About], directory: Directory, now: int) -> Notice:
    payload = event.payload
    assert isinstance(payload, NoticeSent)
    lines = [_line(key, about.get(_segment(key)), directory) for key in payload.keys]
    return Notice(trn("page.notices.count", len(lines)), formats.near(event.at, now), payload.urgent, lines)


def _line(key: str, about: _About | None, directory: Directory) -> Line:
    rung = rung_of(key)
    step = "" if rung is None else tr(f"page.rung.{rung.value}")
    if about is None:
        return Line(tr("page.notices.line", number=_segment(key)[:8].upper(), step=step), "")
    number = weighing.short(about.report)
    if about.own or not about.holder:
        return Line(tr("page.notices.line", number=number, step=step), about.report if about.own else "")
    holder = words.office_name(directory, about.holder)
    return Line(tr("page.notices.line_of", number=number, step=step, office=holder), "")
