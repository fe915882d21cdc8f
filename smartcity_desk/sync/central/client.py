"""What this program asks of the central server: what is read there, and what is handed in. Times in ms UTC."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from smartcity_desk import codec
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import BadData, Rejected, Transient
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.store.files import KEPT_MOST
from smartcity_desk.store.rows import OpResult
from smartcity_desk.sync.central import PLACE, answers
from smartcity_desk.sync.central.answers import (
    DirectoryFound,
    EventsPage,
    ReceiptsPage,
    RepliesPage,
    ReportsPage,
    Signal,
)
from smartcity_desk.sync.central.session import Session
from smartcity_desk.sync.transport import read_bounded, write_bounded

BUNDLE_MOST: Final = 768 * 1024 * 1024
"""Largest place bundle: what a desk would take from a file as well."""
ACTIONS_MOST: Final = 500
REPORTS_MOST: Final = 1000


class CentralClient:
    """The central server's API under one log-in. Every call raises a word of the vocabulary when it fails."""

    def __init__(self, session: Session) -> None:
        self.session: Final = session
        self._stored: set[str] = set()  # files that this server took from us
        self.forget_server()

    def forget_server(self) -> None:
        """The server was away: what comes back may be a newer one, or one restored from a copy. See anew what it is."""
        self.same_log = False  # whether the server was seen to hold what this desk has read of it
        self.has_replies = self.has_receipts = True  # until one from before there were any says otherwise
        self._stored.clear()

    # ------------------------------------------------------------ reading

    async def directory(self, etag: str | None) -> DirectoryFound | None:
        """The directory as it is now, or None when it is still the one of `etag`."""
        answer = await self.session.call("GET", "/v1/directory", etag=etag, kind="bulk")
        return None if answer.not_modified else answers.directory(answer)

    async def events(self, after: int, limit: int) -> EventsPage:
        """Confirmed events after a number of the server's order."""
        return answers.events(await self._after("/v1/events", after, limit), after)

    async def reports(self, cursor: str | None, limit: int) -> ReportsPage:
        """Reports in the order of their last change at the server."""
        params = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        answer = await self.session.call(
            "GET", "/v1/reports", params=params, kind="bulk", shape=answers.REPORTS
        )
        return answers.reports(answer.data, cursor)

    async def replies(self, after: int, limit: int) -> RepliesPage:
        """Replies after a number, in the order of their last change at the server."""
        return answers.replies(await self._after("/v1/replies", after, limit), after)

    async def receipts(self, after: int, limit: int) -> ReceiptsPage:
        """What became of answers, after a number, in the order of the last changes at the server."""
        return answers.receipts(await self._after("/v1/receipts", after, limit), after)

    async def _after(self, path: str, after: int, limit: int) -> Any:
        params = {"after": str(after), "limit": str(limit)}
        return (await self.session.call("GET", path, params=params, kind="bulk")).data

    async def counts(self, day: str) -> Mapping[str, Any]:
        """What the server has of one day in Jakarta (YYYY-MM-DD), for reconciliation."""
        answer = await self.session.call("GET", "/v1/counts", params={"day": day})
        return answers.mapping(answer.data, "counts")

    async def anchor(self, day: str) -> Mapping[str, Any]:
        """The log's last number and hash at a day's end."""
        answer = await self.session.call("GET", "/v1/anchor", params={"day": day})
        return answers.mapping(answer.data, "anchor")

    async def stream(self, after: int) -> AsyncIterator[Signal]:
        """What the server tells by itself. It is a wake-up and nothing else: what counts is fetched as always."""
        from httpx_sse import EventSource, SSEError

        asked = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        async with self.session.open(
            "/v1/stream", params={"after": str(after)}, headers=asked, kind="stream"
        ) as response:
            try:
                async for event in EventSource(response).aiter_sse():
                    yield answers.signal(event.event, event.data)
            except SSEError:
                raise Transient(place=PLACE, reason="html") from None

    # ------------------------------------------------------------ writing

    async def push_reports(self, reports: Sequence[Report]) -> dict[str, str]:
        """Hand in reports that this desk pulled, at most `REPORTS_MOST`. Refused ones come back: id -> code."""
        body = {"reports": [codec.report_to_wire(report) for report in reports]}
        answer = await self.session.call("POST", "/v1/reports", body=body, kind="bulk")
        return answers.refused(answer.data, "reports")

    async def push_replies(self, replies: Sequence[Reply]) -> dict[str, str]:
        """Hand in replies that this desk pulled, at most `REPORTS_MOST`. Refused ones come back: id -> code."""
        body = {"replies": [codec.reply_to_wire(reply) for reply in replies]}
        answer = await self.session.call("POST", "/v1/replies", body=body, kind="bulk")
        return answers.refused(answer.data, "replies")

    async def push_actions(self, actions: Sequence[Action]) -> list[OpResult]:
        """Hand in actions, at most `ACTIONS_MOST`. One result an action; one without an answer is `unknown`."""
        body = {"actions": [codec.action_to_wire(action) for action in actions]}
        answer = await self.session.call("POST", "/v1/actions", body=body, kind="bulk")
        self.session.compare_clocks(answer.data)
        return answers.results(answer.data, [action.id for action in actions])

    async def claim(self, report: str, *, minutes: int = 10) -> tuple[str, int]:
        """Take a lease at once: (user, until). Raises `Rejected` with the holder in its parameters."""
        answer = await self.session.call("POST", "/v1/claims", body={"report": report, "minutes": minutes})
        return answers.lease(answer.data)

    async def release(self, report: str) -> None:
        """Give a lease back."""
        await self.session.call("DELETE", f"/v1/claims/{quote(report, safe='')}")

    # ------------------------------------------------------------ files

    async def put_attachment(self, content: bytes, media_type: str, sha256: str) -> None:
        """Store a file under its hash. What was stored by this client is not sent again."""
        if self.has_attachment(sha256):
            return
        await self.session.call(
            "POST",
            "/v1/attachments",
            content=content,
            headers={"Content-Type": media_type, "X-SHA256": sha256},
            kind="bulk",
        )
        self._stored.add(sha256)

    def has_attachment(self, sha256: str) -> bool:
        """Whether this client has stored that file."""
        return sha256 in self._stored

    async def get_attachment(self, sha256: str) -> bytes:
        """A file by its hash, and nothing else under that name. Raises `Rejected` where the server has not got it."""
        async with self.session.open(f"/v1/attachments/{quote(sha256, safe='')}") as response:
            content = await read_bounded(response, KEPT_MOST, PLACE)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BadData(PLACE, "attachment")
        return content

    async def place_bundle(
        self, target: Path, etag: str | None, told: Callable[[int], None] = lambda _: None
    ) -> str | None:
        """Write the server's place bundle to `target` and return its tag; None when it is the one of `etag`.

        `told` hears how many bytes have come. Raises `Rejected` (`no_place_bundle`) where the server has none.
        """
        known = {} if etag is None else {"If-None-Match": etag}
        async with self.session.open(
            "/v1/place/bundle",
            headers={"Accept-Encoding": "identity", **known},
            also=frozenset({304, 404}),
        ) as response:
            if response.status_code == 304:
                return None
            if response.status_code == 404:
                raise Rejected("no_place_bundle", place=PLACE)
            digest = await write_bounded(response, target, BUNDLE_MOST, PLACE, told)
            tag = str(response.headers.get("etag", ""))
            if tag != f'"{digest}"':
                raise BadData(PLACE, "place_checksum", name=target.name)
            return tag
