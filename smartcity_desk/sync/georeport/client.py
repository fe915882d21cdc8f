"""The walk over an Open311 server: what is new by time of creation, then what became of the old.

Plain Open311 filters by creation, so a report that changes later would never be seen again. Three ways out are in use,
and an option says which a server has: `updated_after`; `servicerequestupdates`, where every request that an update
names is asked for by its id; or neither, and then the open tickets are asked for again by id, some at each poll, in
turn. The ids that this takes lie in the position, with the walk: a cut walk goes on where it stopped.

A request can be published long after the time that it bears: held for review, entered from paper, private at first.
Each window therefore overlaps the last one by an hour, and once a day the last days are walked over again.

A server that is ill, or not filled yet, answers with a correct, empty list. So a walk that met nothing at all moves no
mark: the next one asks for the same span and what has come since, which costs one more empty answer where all is well.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from smartcity_desk.domain.errors import AuthExpired, BadData, DeskError, Rejected, Transient
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import OPEN_STATUSES, Report
from smartcity_desk.domain.times import DAY, MINUTE
from smartcity_desk.georeport import documents
from smartcity_desk.georeport.documents import Holds, Trouble
from smartcity_desk.sync import http_errors
from smartcity_desk.sync.channel import (
    Fetched,
    Mapped,
    Position,
    Setup,
    TestResult,
    Unreadable,
    attempt,
    content_key,
    raw_text,
    trial_of,
)
from smartcity_desk.sync.georeport import mapping
from smartcity_desk.sync.georeport.mapping import Dialect
from smartcity_desk.sync.georeport.paging import FULL_LEAST, Stretch, Style, is_last, parameters, size_of
from smartcity_desk.sync.georeport.trail import Leg, Trail
from smartcity_desk.sync.transport import Answer, Http, decode_json

BLOCK: Final = 50
"""Ids in one request by id list."""
BLOCKS_A_POLL: Final = 4
SINGLES_A_POLL: Final = 20
"""Requests by id that a poll makes at most; the rest has its turn at the next ones."""
UPDATES_SPAN: Final = 31 * DAY
SKEW: Final = 5 * MINUTE
"""How wrong the two clocks may be together."""
LATE: Final = 45 * MINUTE
"""How long after its time a request usually appears. With it the overlap of a channel that asks every five minutes is
an hour: one page, of which all that is known is left out."""
LOOK_EVERY: Final = DAY
LOOK_BACK: Final = 8 * DAY
"""What is walked over again every day: a week of review, and the day that has passed since."""

UPDATED_AFTER, SERVICE_UPDATES, ASK_AGAIN, NEVER = "updated_after", "servicerequestupdates", "ask", "none"
CHANGES: Final = (ASK_AGAIN, UPDATED_AFTER, SERVICE_UPDATES, NEVER)
PAGE_READ: Final = 256 * 1024
"""Bytes of a page for people in which a word is looked for."""
_JURISDICTION: Final = re.compile(rb"jurisdiction", re.IGNORECASE)
_CREATED: Final = ("start_date", "end_date")
_CHANGED: Final = ("updated_after", "updated_before")


class GeoReportClient:
    """Speaks GeoReport v2 to one server, as one channel that asks it every `poll_ms`: windows overlap."""

    def __init__(self, setup: Setup, dialect: Dialect, poll_ms: int) -> None:
        options = setup.options
        self._base = setup.url.rstrip("/")
        self._dialect = dialect
        self._overlap = 2 * poll_ms + SKEW + LATE
        self._form = options.get("format") or "json"
        self._style = Style(options.get("paging") or Style.PAGE)
        self._size = int(options.get("page_size") or 500)
        self._pages = int(options.get("pages") or 40)
        self._span = int(options.get("days") or 30) * DAY
        self._changes = options.get("changes") or ASK_AGAIN
        self._always = {"jurisdiction_id": options.get("jurisdiction_id", "").strip()}
        self._always["service_code"] = options.get("service_code", "").strip()
        self._always["api_key"] = setup.secrets.get("api_key", "")
        self._always = {name: value for name, value in self._always.items() if value}

    # ------------------------------------------------------------ the walk

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """What was created, then what changed, then what came late; each page with the position that leads on from it.

        What changed is looked at again with what came late, because a change can be published late too.
        """
        trail = Trail.of(position)
        budget = [self._pages]
        looks = self._looks(trail, now)
        async for page in self._walked(trail, trail.created, _CREATED, http, now, budget):
            yield page
        if trail.created.stretches:
            return  # the cap was met: the rest comes at the next poll, before anything else
        if self._changes == UPDATED_AFTER:
            async for page in self._walked(trail, trail.changed, _CHANGED, http, now, budget):
                yield page
        elif self._changes == SERVICE_UPDATES:
            async for page in self._updates(trail, http, now, look_back=looks):
                yield page
        elif self._changes == ASK_AGAIN:
            trail.queue_open(BLOCK * BLOCKS_A_POLL)
        async for page in self._asked_again(trail, http, now):
            yield page
        if looks:
            trail.late.begin(max(now - LOOK_BACK, now - self._span), now)
            if self._changes == UPDATED_AFTER:
                trail.late_changed.begin(max(now - LOOK_BACK, now - self._span), now)
        for leg, names in ((trail.late, _CREATED), (trail.late_changed, _CHANGED)):
            if leg.stretches:
                async for page in self._walked(trail, leg, names, http, now, budget):
                    yield page

    def _looks(self, trail: Trail, now: int) -> bool:
        """Whether the last days are due to be walked over again. A first walk has just done so when it is over."""
        if trail.created.mark is None:
            trail.late.mark = now
        mark = trail.late.mark
        return not trail.late.stretches and (mark is None or not mark <= now < mark + LOOK_EVERY)

    async def _walked(
        self, trail: Trail, leg: Leg, names: tuple[str, str], http: Http, now: int, budget: list[int]
    ) -> AsyncGenerator[Fetched, None]:
        """The pages of a leg, at most as many as the budget has left; a leg that was cut is walked on first."""
        if not leg.stretches:
            # Never walked before, or a clock that ran back: as far as the option says.
            known = leg.mark is not None and leg.mark <= now
            leg.begin((leg.mark or 0) - self._overlap if known else now - self._span, now)
        seen: set[str] = set()
        most = 0
        while leg.stretches and budget[0] > 0:
            budget[0] -= 1
            stretch = leg.stretches[0]
            headers: Mapping[str, str] = {}
            try:
                answer = await self._get(
                    http, "requests", parameters(self._style, stretch, self._size, names)
                )
                items, headers = self._items(answer, Holds.REQUESTS, http, now), answer.headers
            except Rejected as refusal:
                if stretch.page == 1 or refusal.params.get("status") != HTTPStatus.NOT_FOUND:
                    raise
                items = []  # one page past the last
            mapped = self._mapped(items, trail)
            slices = list(mapped.slices(partial(_closing, len(items))))
            fresh = len(mapped.keys - seen)
            seen |= mapped.keys
            most = max(most, len(items))
            is_cut = len(items) >= max(most, FULL_LEAST) and mapping.all_within(
                items, names is _CHANGED, stretch.since - SKEW, stretch.until + SKEW
            )
            leg.stretches[:1] = self._following(stretch, len(items), fresh, headers, is_cut)
            if leg is trail.created or leg is trail.changed:
                trail.saw(mapped.keys)
            leg.found = leg.found or bool(items)
            if not leg.stretches:
                if leg.found or leg is trail.late or leg is trail.late_changed:
                    leg.done()
                else:
                    leg.dropped()
            for part in self._told(trail, slices):
                yield part

    def _following(
        self, stretch: Stretch, count: int, fresh: int, headers: Mapping[str, str], is_cut: bool
    ) -> tuple[Stretch, ...]:
        """What comes in the place of a stretch that was just asked for.

        Servers give less than they are asked for, and say nothing about it. So an answer of some length is never taken
        for whole (`is_cut`) unless its halves hold less, or its server does not heed times at all.
        """
        if not self._style.has_pages:
            return stretch.halves() if is_cut or count >= size_of(self._style, self._size) else ()
        if is_last(stretch, count, fresh, headers):
            return ()
        return (replace(stretch, page=stretch.page + 1),)

    def _mapped(self, items: Iterable[Any], trail: Trail) -> Mapped:
        read = partial(mapping.to_report, dialect=self._dialect)
        return Mapped(((item, read) for item in items), known=trail.known, peek_id=mapping.peek_id)

    def _told(self, trail: Trail, slices: Sequence[Fetched]) -> list[Fetched]:
        """The slices of a page, the last of them with the position behind it."""
        for part in slices:
            for report in part.reports:
                self._note(trail, report)
        return [*slices[:-1], replace(slices[-1], position=trail.position())]

    def _note(self, trail: Trail, report: Report) -> None:
        if self._changes == ASK_AGAIN:
            trail.note(report.external_id, report.source_status in OPEN_STATUSES)

    # ------------------------------------------------------------ what became of the old

    async def _updates(
        self, trail: Trail, http: Http, now: int, *, look_back: bool
    ) -> AsyncGenerator[Fetched, None]:
        """The updates since the last poll: their words as replies, and whom they name to be asked for again."""
        since = trail.updates_until
        since = now - self._span if since is None or since > now else since - self._overlap
        if look_back:
            since = min(since, now - LOOK_BACK)
        window = Stretch(max(since, now - UPDATES_SPAN), now)
        answer = await self._get(
            http, "servicerequestupdates", parameters(Style.NONE, window, self._size, _CREATED)
        )
        items = self._items(answer, Holds.UPDATES, http, now)
        replies: dict[str, Reply] = {}
        unreadable: list[Unreadable] = []
        keys: set[str] = set()
        for item in items:
            raw = raw_text(item)
            key = content_key(raw)
            if key in keys or key in trail.known:
                keys.add(key)
                continue
            keys.add(key)
            update = attempt(
                partial(mapping.to_update, item, self._dialect), raw, partial(mapping.peek_id, item)
            )
            if isinstance(update, Unreadable):
                unreadable.append(update)
                continue
            if update.reply is not None:
                replies[update.reply.id] = update.reply
            if update.names_state:
                trail.ask(update.about)
        trail.saw(keys)
        reach, known = now - UPDATES_SPAN, trail.updates_until is not None
        gap = (since, reach) if since < reach and (items or known) else None
        if items:
            trail.updates_until = now
        elif trail.updates_until is not None:
            # Less far back than an answer reaches: a desk that was off for some days tells of no gap that it has read.
            trail.updates_until = max(trail.updates_until, reach + LOOK_BACK)
        yield Fetched(
            trail.position(),
            unreadable=tuple(unreadable),
            replies=tuple(replies.values()),
            seen=len(items),
            gap=gap,
        )

    async def _asked_again(self, trail: Trail, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """Requests by id, in blocks; one by one where the server knows no id lists."""
        for _ in range(SINGLES_A_POLL if trail.singly else BLOCKS_A_POLL):
            block = trail.pending[: 1 if trail.singly else BLOCK]
            if not block:
                return
            items = await self._by_id(block, trail.singly, http, now)
            wanted = set(block)
            theirs = [item for item in items if mapping.peek_id(item) in wanted]
            if items and not theirs and not trail.singly and len(block) > 1:
                trail.singly = True  # it answered with whatever it likes: id lists mean nothing to it
                continue
            del trail.pending[: len(block)]
            mapped = self._mapped(theirs, trail)
            slices = list(mapped.slices(partial(_closing, len(theirs))))
            trail.saw(mapped.keys)
            for part in self._told(trail, slices):
                yield part

    async def _by_id(self, ids: Sequence[str], singly: bool, http: Http, now: int) -> list[Any]:
        """What the server has of these ids. One that it does not know (any more) is left out: silence is no proof."""
        try:
            if singly:
                answer = await self._get(http, f"requests/{quote(ids[0], safe='')}", {})
            else:
                answer = await self._get(http, "requests", {"service_request_id": ",".join(ids)})
            return self._items(answer, Holds.REQUESTS, http, now)
        except Rejected as refusal:
            if refusal.params.get("status") == HTTPStatus.NOT_FOUND:
                return []
            raise

    # ------------------------------------------------------------ a trial

    async def test(self, http: Http, now: int) -> TestResult:
        """One page of the last days: what would be imported of it."""
        try:
            stretch = Stretch(now - min(self._span, 7 * DAY), now)
            answer = await self._get(http, "requests", parameters(self._style, stretch, 20, _CREATED))
            items = self._items(answer, Holds.REQUESTS, http, now)
        except DeskError as problem:
            return TestResult(False, error=problem)
        read = partial(mapping.to_report, dialect=self._dialect)
        return trial_of((item, read) for item in items)

    # ------------------------------------------------------------ one request

    async def _get(self, http: Http, method: str, params: Mapping[str, str]) -> Answer:
        return await http.get(
            f"{self._base}/{method}.{self._form}",
            params={**params, **self._always},
            headers={"Accept": "application/json" if self._form == "json" else "text/xml, application/xml"},
            plain=True,
            judge=partial(self._judge, http.place),
        )

    def _items(self, answer: Answer, holds: Holds, http: Http, now: int) -> list[Any]:
        """The items of a success. Raises the word for an error that came as one."""
        body: bytes = answer.data
        if not body.strip():
            raise BadData(http.place, "empty", status=answer.status)
        try:
            found = documents.read(body, holds, decode=decode_json)
        except documents.Page:
            raise self._of_page(body, answer.status, http.place) from None
        except documents.Unreadable as problem:
            raise BadData(http.place, problem.key, status=answer.status) from None
        if isinstance(found, Trouble):
            word = http_errors.from_status(
                found.code or 400, http.place, now=now, headers=answer.headers, body={"detail": found.text}
            )
            raise word or Rejected("error_inside", place=http.place, detail=found.text)
        return found

    def _of_page(self, body: bytes, status: int, place: str) -> DeskError:
        """The word for a page for people: a gateway's or a server's under repair, or one that wants a jurisdiction.

        Only a page that names it says so for certain; where none is set, it may be what another page means.
        """
        if "jurisdiction_id" in self._always:
            return Transient(place=place, status=status, reason="html")
        if _JURISDICTION.search(body[:PAGE_READ]):
            return Rejected("jurisdiction_needed", place=place, status=status)
        return Transient(place=place, status=status, reason="open311_page")

    def _judge(self, place: str, status: int, _headers: Mapping[str, str], data: object) -> DeskError | None:
        """The word for a refusal of a request, with what the server says about it; None = as the common table says."""
        if status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            return None
        if isinstance(data, bytes):
            if documents.is_page(data):
                problem = self._of_page(data, status, place)
                # a page that says no more than "not found" is told as that
                return None if status == HTTPStatus.NOT_FOUND and problem.code == Transient.code else problem
            trouble = documents.trouble_of(data)
        else:
            trouble = documents.trouble_in(data)
        if trouble is None or not trouble.text:
            return None
        if "api key" in trouble.text.lower().replace("_", " "):
            return AuthExpired(place=place, reason="api_key")
        detail = http_errors.text_in({"detail": trouble.text})
        return Rejected(f"http_{status}", place=place, status=status, detail=detail)


def _closing(count: int, _keys: frozenset[str]) -> Fetched:
    return Fetched(None, seen=count)
