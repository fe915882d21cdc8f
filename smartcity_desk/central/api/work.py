"""The daily work: the log, reports, actions, claims, an office's inbox, and the stream that tells of news."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from smartcity_desk.central import actions, claims, log_reader, replies, reports
from smartcity_desk.central.actions import Outcome
from smartcity_desk.central.batches import Pushed
from smartcity_desk.central.directories import OFFICE_SHAPE
from smartcity_desk.central.outgoing import receipts
from smartcity_desk.central.problems import Problem
from smartcity_desk.central.routing import PROBLEM, Route, answer
from smartcity_desk.central.services import Caller, Server
from smartcity_desk.central.wire import (
    BIGGEST,
    EVENTS_MOST,
    PAGE_MOST,
    STREAM_EVENT,
    UUID_SHAPE,
    ActionsAnswer,
    ActionsAsked,
    Claim,
    ClaimAsked,
    EventsPage,
    Inbox,
    ReceiptsPage,
    RepliesAsked,
    RepliesPage,
    ReportsAsked,
    ReportsPage,
    ReportsTaken,
)
from smartcity_desk.codec import builtins
from smartcity_desk.domain.events import Role

router = APIRouter(route_class=Route, tags=["work"])

After = Annotated[int, Query(ge=0, le=BIGGEST, description="the last number that the reader has")]


@router.get("/v1/events", response_model=EventsPage)
async def events(
    server: Server, caller: Caller, after: After = 0, limit: Annotated[int, Query(ge=1, le=EVENTS_MOST)] = 500
) -> Response:
    """A page of the log. An official gets what concerns his office's custody."""
    office = caller.confined_to
    page = await server.db.read(lambda connection: log_reader.page(connection, after, limit, office=office))
    return answer({"events": page.bodies, "last_seq": page.last_seq, "more": page.more})


@router.get(
    "/v1/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `seq`, `reports`, `claim`, `presence`.",
            "content": {"text/event-stream": {"schema": STREAM_EVENT}},
        }
    },
)
async def stream(
    server: Server,
    caller: Caller,
    after: After = 0,
    last_event_id: Annotated[
        str, Header(description="as browsers and clients send it when they come back")
    ] = "",
) -> Response:
    """News as it happens. Comments keep the line open; a session that ends ends the stream."""
    if last_event_id.isascii() and last_event_id.isdecimal():
        after = max(after, min(int(last_event_id), BIGGEST))
    return StreamingResponse(
        server.hub.listen(caller, after), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


@router.post("/v1/actions", response_model=ActionsAnswer)
async def act(server: Server, caller: Caller, asked: Annotated[ActionsAsked, Body()]) -> Response:
    """Decide a batch in its order. The same action again gets the same answer again."""
    items: list[dict[str, Any]] = [item.model_dump() for item in asked.actions]
    now = server.clock()

    def work(connection: Connection) -> list[Outcome]:
        return actions.perform(connection, caller, items, server.law(connection), now=now)

    outcomes = await server.db.write(work)
    server.hub.poke()
    return answer({"results": [outcome.wire() for outcome in outcomes], "server_time": now})


@router.post("/v1/reports", response_model=ReportsTaken)
async def push_reports(server: Server, caller: Caller, asked: Annotated[ReportsAsked, Body()]) -> Response:
    """Take in reports that a desk pulled: idempotent by id, a newer `changed_at` is a new revision."""
    now = server.clock()
    done = await server.db.write(
        lambda connection: reports.push(connection, asked.reports, user=caller.user, now=now)
    )
    server.hub.poke()
    return _taken(done)


@router.get("/v1/reports", response_model=ReportsPage)
async def read_reports(
    server: Server,
    caller: Caller,
    cursor: Annotated[
        str, Query(pattern=r"^[0-9]{0,15}$", description="as a page gave it; empty = from the start")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = 500,
) -> Response:
    """Reports in the order of their last change: fills a new workstation, and later tells it what is new.

    A viewer gets private ones without their words.
    """
    after, veil = int(cursor or "0"), caller.role is Role.VIEWER
    page = await server.db.read(lambda connection: reports.page(connection, after, limit, veil=veil))
    here = str(page.last)
    return answer({"reports": page.bodies, "next": here if page.more else None, "cursor": here})


@router.post("/v1/replies", response_model=ReportsTaken)
async def push_replies(server: Server, caller: Caller, asked: Annotated[RepliesAsked, Body()]) -> Response:
    """Take in replies that a desk pulled: idempotent by id, the last word holds, and what is gone stays gone."""
    now = server.clock()
    done = await server.db.write(
        lambda connection: replies.push(connection, asked.replies, user=caller.user, now=now)
    )
    return _taken(done)


def _taken(done: Pushed) -> Response:
    refused = [{"id": name, "code": code, "detail": detail} for name, code, detail in done.rejected]
    return answer(
        {"accepted": done.accepted, "known": done.known, "changed": done.changed, "rejected": refused}
    )


@router.get("/v1/replies", response_model=RepliesPage)
async def read_replies(
    server: Server, caller: Caller, after: After = 0, limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = 500
) -> Response:
    """Replies in the order of their last change. A viewer gets those about private reports without their words."""
    veil = caller.role is Role.VIEWER
    page = await server.db.read(lambda connection: replies.page(connection, after, limit, veil=veil))
    return answer({"replies": page.bodies, "last": page.last, "more": page.more})


@router.get("/v1/receipts", response_model=ReceiptsPage)
async def read_receipts(
    server: Server, _caller: Caller, after: After = 0, limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = 500
) -> Response:
    """What became of answers that were to leave, in the order of the last changes, and where answers go at all."""
    page, outlets = await server.db.read(
        lambda connection: (receipts.page(connection, after, limit), receipts.outlets(connection))
    )
    return answer(
        {
            "receipts": [builtins(one) for one in page.receipts],
            "outlets": [builtins(one) for one in outlets],
            "last": page.last,
            "more": page.more,
        }
    )


@router.get("/v1/inbox", response_model=Inbox)
async def inbox(
    server: Server,
    caller: Caller,
    office: Annotated[str, Query(pattern=OFFICE_SHAPE)],
    cursor: Annotated[str, Query(pattern=rf"^$|{UUID_SHAPE}")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Response:
    """Open reports that an office holds. Listing them marks nothing; a receipt is an action."""
    confined = caller.confined_to
    if confined is not None and office != confined:
        raise Problem(403, "not_your_office")
    veil = caller.role is Role.VIEWER
    page = await server.db.read(
        lambda connection: log_reader.inbox(
            connection, office, cursor, limit, confined=confined is not None, veil=veil
        )
    )
    return answer({"office": office, "items": page.items, "next": page.next})


@router.post("/v1/claims", response_model=Claim, responses={404: PROBLEM, 409: PROBLEM})
async def claim(server: Server, caller: Caller, asked: Annotated[ClaimAsked, Body()]) -> Response:
    """Take or renew the lease on a report. Of many at once, one gets it; the others learn who."""
    now = server.clock()

    def work(connection: Connection) -> int:
        return claims.take(
            connection,
            caller,
            asked.report,
            minutes=asked.minutes,
            takeover=asked.takeover,
            reason=asked.reason,
            law=server.law(connection),
            now=now,
            randomness=server.randomness,
        )

    until = await server.db.write(work)
    server.hub.poke()
    return answer({"report": asked.report, "user": caller.user, "until": until})


@router.delete("/v1/claims/{report}", status_code=204, responses={404: PROBLEM, 409: PROBLEM})
async def release(
    server: Server, caller: Caller, report: Annotated[str, Path(pattern=UUID_SHAPE)]
) -> Response:
    """End the lease on a report. None there is as good."""
    now = server.clock()

    def work(connection: Connection) -> None:
        law = server.law(connection)
        claims.release(connection, caller, report, law=law, now=now, randomness=server.randomness)

    await server.db.write(work)
    server.hub.poke()
    return Response(status_code=204)
