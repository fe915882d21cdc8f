"""The office's list: what it holds, soonest due first."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fastapi import Response
from sqlalchemy import Connection

from smartcity_desk.central.pages import evidence, reading, receipts, words
from smartcity_desk.central.pages.evidence import Mark
from smartcity_desk.central.pages.reading import Case
from smartcity_desk.central.pages.visit import Visit

PAGE: Final = 25


class Shown(StrEnum):
    """Which reports are listed. The values stand in addresses."""

    OPEN = "terbuka"
    WAITING = "menunggu"
    CLOSED = "selesai"


async def show(visit: Visit) -> Response:
    """A page of the list. Whatever the inbox holds is delivered with it, on whichever of its pages it stands."""
    asked = visit.request.query_params.get("tampil", "")
    which = Shown(asked) if asked in set(Shown) else Shown.OPEN
    number = _page_number(visit.request.query_params.get("hal", ""))
    held, closed = await _read(visit)
    if await receipts.write(visit, held):
        held, closed = await _read(visit)
    now = visit.now
    waiting = [case for case in held if case.waits_for_others(now)]
    totals = {Shown.OPEN: len(held), Shown.WAITING: len(waiting), Shown.CLOSED: closed}
    pages = max(1, -(-totals[which] // PAGE))
    number = min(number, pages)
    skip = (number - 1) * PAGE
    if which is Shown.CLOSED:
        shown = await _read_closed(visit, skip)
    else:
        shown = (held if which is Shown.OPEN else waiting)[skip : skip + PAGE]
    return visit.page(
        "inbox.html",
        which=which,
        totals=totals,
        rows=[words.row(case, visit.directory, now) for case in shown],
        number=number,
        pages=pages,
        first=skip + 1,
        last=skip + len(shown),
        marks=[mark for mark in await _marks(visit) if mark.may_object],
    )


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 7 and int(text) > 0 else 1


async def _read(visit: Visit) -> tuple[list[Case], int]:
    def look(connection: Connection) -> tuple[list[Case], int]:
        found = reading.open_cases(connection, visit.office, visit.law(connection))
        return found, reading.closed_count(connection, visit.office)

    return await visit.server.db.read(look)


async def _marks(visit: Visit) -> list[Mark]:
    return await visit.server.db.read(
        lambda connection: evidence.marks(connection, visit.office, visit.law(connection), visit.now)
    )


async def _read_closed(visit: Visit, skip: int) -> list[Case]:
    def look(connection: Connection) -> list[Case]:
        law = visit.law(connection)
        return reading.closed_cases(connection, visit.office, law, skip=skip, most=PAGE)

    return await visit.server.db.read(look)
