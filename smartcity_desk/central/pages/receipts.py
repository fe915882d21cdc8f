"""Receipts: that an office's inbox has a report, and that somebody opened it. Written when a page shows it, once.

A receipt starts the office's clock (E8), so it is the same receipt however often a page is served: its id follows from
the stretch of custody that it is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from smartcity_desk import codec
from smartcity_desk.central.actions import perform
from smartcity_desk.central.pages.reading import Case
from smartcity_desk.central.pages.visit import Visit
from smartcity_desk.domain.custody import Stay
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import Delivered, EventKind, Payload, Seen
from smartcity_desk.domain.ids import event_id

AT_ONCE: Final = 500
"""Receipts in one transaction: an inbox that nobody opened for months holds up no other writer for long."""


async def write(visit: Visit, listed: Sequence[Case], opened: Case | None = None) -> bool:
    """Write the receipts that are still missing for what a page shows; whether there were any.

    Only a person's own look counts: not a question for the head of a page, nor a browser that loads ahead.
    """
    headers = visit.request.headers
    ahead = "prefetch" in headers.get("sec-purpose", "") + headers.get("purpose", "")
    if visit.request.method != "GET" or ahead:
        return False
    wanted: list[tuple[Case, EventKind, Payload]] = [
        (case, EventKind.REPORT_DELIVERED, Delivered(case.office)) for case in listed if case.undelivered
    ]
    if opened is not None and _unseen(opened):
        wanted.append((opened, EventKind.REPORT_SEEN, Seen(opened.office)))
    for start in range(0, len(wanted), AT_ONCE):
        await _write(visit, wanted[start : start + AT_ONCE])
    if wanted:
        visit.server.hub.poke()
    return bool(wanted)


def _unseen(case: Case) -> bool:
    return case.open and case.last.stay is Stay.HOLD and case.last.seen_at is None


async def _write(visit: Visit, wanted: Sequence[tuple[Case, EventKind, Payload]]) -> None:
    now = visit.now
    actions = [
        Action(
            event_id(f"page\x1f{kind.value}\x1f{case.last.id}"),
            case.report.id,
            kind,
            payload,
            visit.who.actor,
            now,
        )
        for case, kind, payload in wanted
    ]

    def work(connection: Connection) -> None:
        # Of two pages at once one writes it; the other finds the id taken, which is as good.
        items = [codec.action_to_wire(action) for action in actions]
        perform(connection, visit.who, items, visit.law(connection), now=now)

    await visit.server.db.write(work)
