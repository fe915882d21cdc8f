"""The wire protocol of a page's posts: pages by cursor, times as the lasting mark, comments where something moved.

Cursors die, so none is kept between runs (channels paper 4.2): the position holds the newest `created_time`, and the
next run asks for all since an hour before it. A run that is cut begins there again. The token goes in a header; the
`next` of an answer, which holds it too, is never read.

Comments move no post up the list. So posts of the last two weeks are remembered with their count of comments; now and
then their counts are asked for, many at once, and comments are read only where one rose.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from smartcity_desk.domain.errors import BadData, DeskError, RateLimited, Rejected
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND
from smartcity_desk.sync.channel import (
    Fetched,
    Json,
    Mapped,
    Position,
    Setup,
    TestResult,
    Unreadable,
    attempt,
    trial_of,
)
from smartcity_desk.sync.channels.facebook import graph, mapping
from smartcity_desk.sync.channels.facebook.manifest import MANIFEST
from smartcity_desk.sync.channels.facebook.watch import Watch
from smartcity_desk.sync.transport import Answer, Http

PAGE_SIZE: Final = 100
OVERLAP: Final = HOUR
COMMENTS_EVERY: Final = 15 * MINUTE
POSTS_ASKED: Final = 25
"""Posts whose comments are read in one run; the others are next."""
COMMENT_PAGES: Final = 5
SEVERAL: Final = 50
"""Ids in one question."""
CHANGED_LATELY: Final = 7 * DAY
"""A post that nothing happened to for longer is as it was read: asked again, it says nothing new."""
SLOWER: Final = 4
"""How many times the usual pause is kept when much of the allowance is used."""

POST_FIELDS: Final = (
    "id,message,created_time,updated_time,from{id,name},permalink_url,"
    "attachments{media_type,media,url,subattachments},place{id,name,location},"
    "comments.limit(0).summary(true),status_type,is_hidden"
)
COMMENT_FIELDS: Final = "id,message,created_time,from{id,name},permalink_url,attachment,is_hidden"
COUNT_FIELDS: Final = "id,updated_time,comments.limit(0).summary(true)"
ALIVE_FIELDS: Final = "id,created_time"


class FacebookClient:
    """Speaks `/{page}/feed`, `/{page}/tagged`, `/{post}/comments` and `?ids=`."""

    def __init__(self, setup: Setup) -> None:
        options = {spec.name: spec.default for spec in MANIFEST.options} | dict(setup.options)
        self._page = options["page"]
        self._base = f"{setup.url.rstrip('/')}/{options['version']}"
        self._options = options
        token = setup.secrets.get("token", "")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pseudonym = setup.pseudonym
        self._used, self._wait = 0.0, 0

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """The posts since the mark, then comments where there are new ones."""
        cursor: dict[str, Json] = dict(position.cursor)
        slow_until = cursor.pop("slow_until", None)
        if isinstance(slow_until, int) and now < slow_until <= now + SLOWER * MANIFEST.poll_interval_ms:
            yield Fetched(position, not_modified=True)
            return
        watch, boundary = Watch.of(cursor.pop("watched", None)), position.boundary
        edges = ("feed", "tagged") if self._options["posts"] == "both" else (self._options["posts"],)
        kept: set[str] = set()
        for edge in edges:
            mark = cursor.get(edge)
            since = mark if isinstance(mark, int) and 0 < mark <= now else None
            async for page in self._posts(edge, since, boundary, watch, kept, http, now):
                if page.position is None:
                    yield page
                    continue
                cursor |= page.position.cursor
                yield Fetched(
                    Position({**cursor, "watched": watch.kept()}, frozenset(boundary | kept)),
                    page.reports,
                    page.unreadable,
                    page.seen,
                    gap=page.gap,
                )
            self._stop_if_spent(http)
        if self._options["comments"] == "yes" and self._used < graph.SLOW:
            async for page in self._comments(watch, cursor, http, now):
                yield Fetched(
                    Position({**cursor, "watched": watch.kept()}, frozenset(kept)),
                    unreadable=page.unreadable,
                    seen=page.seen,
                    replies=page.replies,
                )
        if self._used >= graph.SLOW:
            cursor["slow_until"] = now + SLOWER * MANIFEST.poll_interval_ms
        yield Fetched(Position({**cursor, "watched": watch.kept()}, frozenset(kept)))
        self._stop_if_spent(http)

    async def _posts(
        self,
        edge: str,
        since: int | None,
        known: frozenset[str],
        watch: Watch,
        kept: set[str],
        http: Http,
        now: int,
    ) -> AsyncGenerator[Fetched, None]:
        """The pages of one list, newest first. The last one carries the new mark."""
        begin = (now - int(self._options["days"]) * DAY) if since is None else since - OVERLAP
        newest, oldest, after, seen_cursors = since or 0, now, "", set[str]()
        params = {"fields": POST_FIELDS, "limit": str(PAGE_SIZE), "since": str(begin // SECOND)}
        for turn in range(int(self._options["pages"])):
            more = {"after": after} if after else {}
            page = mapping.read_page(
                (await self._ask(f"/{self._page}/{edge}", {**params, **more}, http)).data
            )
            times = [at for at in map(mapping.time_of, page.items) if at is not None]
            newest = max([newest, *(min(at, now) for at in times)])
            oldest = min([oldest, *times])
            again = bool(page.after) and page.after in seen_cursors
            seen_cursors.add(page.after)
            capped = bool(page.after) and turn + 1 == int(self._options["pages"])
            last = not page.after or again or capped
            items = self._fresh(page.items, known, kept)
            watch.saw(page.items, now, self._page if self._options["own"] == "no" else "")
            read = partial(mapping.to_report, pseudonym=self._pseudonym)
            mapped = Mapped(((item, read) for item in items), peek_id=mapping.peek_id)
            closing = Fetched(
                Position({edge: newest} if newest and not again else {}) if last else None,
                seen=len(page.items),
                gap=(begin, oldest) if capped and begin < oldest else None,
            )
            for part in mapped.slices(partial(_same, closing)):
                yield part
            if again:
                raise BadData(http.place, "repeated_page_token")
            if last:
                return
            after = page.after
            self._stop_if_spent(http)

    def _fresh(self, items: Iterable[Any], known: frozenset[str], kept: set[str]) -> list[Any]:
        """The items that are not as they were last time, and not the page's own unless those are wanted."""
        found = []
        for item in items:
            if self._options["own"] == "no" and mapping.is_by(item, self._page):
                continue
            state = mapping.state_of(item)
            if state not in known and state not in kept:
                found.append(item)
            kept.add(state)
        return found

    # ------------------------------------------------------------ comments

    async def _comments(
        self, watch: Watch, cursor: dict[str, Json], http: Http, now: int
    ) -> AsyncGenerator[Fetched, None]:
        """The comments of posts where there are new ones, of so many posts at most."""
        asked_at = cursor.get("counted_at")
        if not isinstance(asked_at, int) or not 0 <= now - asked_at < COMMENTS_EVERY:
            for part in _parts(watch.ids(), SEVERAL):
                found, gone = await self._alive(part, COUNT_FIELDS, http)
                watch.counted(found)
                for (
                    post
                ) in gone:  # one of them refuses the question for all; the daily one finds out what is gone
                    watch.forget(post)
            cursor["counted_at"] = now
        for post in watch.waiting()[:POSTS_ASKED]:
            try:
                page, whole = await self._comments_of(post, watch.read_to(post), http)
            except Rejected as refusal:
                if refusal.reason != graph.GONE:
                    raise
                watch.forget(post)  # deleted meanwhile: the daily question finds that out
                continue
            watch.read(post, max((reply.at for reply in page.replies), default=0), whole=whole)
            yield page
            if self._used >= graph.SLOW:
                return

    async def _comments_of(self, post: str, since: int, http: Http) -> tuple[Fetched, bool]:
        """The comments of a post since an instant, and whether these are all."""
        params = {
            "fields": COMMENT_FIELDS,
            "filter": "stream",
            "order": "chronological",
            "limit": str(PAGE_SIZE),
        }
        if since:
            params["since"] = str(since // SECOND)
        replies: dict[str, Reply] = {}
        unreadable: list[Unreadable] = []
        seen, after = 0, ""
        for _ in range(COMMENT_PAGES):
            more = {"after": after} if after else {}
            page = mapping.read_page((await self._ask(f"/{post}/comments", {**params, **more}, http)).data)
            seen += len(page.items)
            for item in page.items:
                read = partial(mapping.to_reply, item, post, self._page, self._pseudonym)
                found = attempt(read, mapping.aside(item, post), partial(mapping.peek_id, item))
                if isinstance(found, Unreadable):
                    unreadable.append(found)
                else:
                    replies[found.id] = found
            following = "" if page.after == after else page.after
            after = following
            if not following:
                break
        return Fetched(
            None, unreadable=tuple(unreadable), seen=seen, replies=tuple(replies.values())
        ), not after

    def rewound(self, since: int) -> dict[str, Json]:
        """The cursor of a walk whose newest post was of an instant."""
        return {"feed": since, "tagged": since}

    # ------------------------------------------------------------ what is gone

    async def recheck(self, ids: Sequence[str], http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """Ask for posts and comments again: those that are gone, and posts that something happened to lately."""
        certain, as_posts = False, True
        # Posts that tag the page have their authors' prefix, as comments have their posts': only asking tells which.
        own = [one for one in dict.fromkeys(ids) if one.startswith(f"{self._page}_")]
        others = [one for one in dict.fromkeys(ids) if not one.startswith(f"{self._page}_")]
        for part in (*_parts(own, SEVERAL), *_parts(others, SEVERAL)):
            is_own = part[0].startswith(f"{self._page}_")
            try:
                are_posts = is_own or as_posts
                found, gone = await self._alive(part, POST_FIELDS if are_posts else ALIVE_FIELDS, http)
            except Rejected as refusal:
                if refusal.reason != graph.BAD_PARAMETER:
                    raise
                are_posts, as_posts = False, as_posts and is_own  # comments have no such fields
                found, gone = await self._alive(part, ALIVE_FIELDS, http)
            if gone and not certain:
                # A token that lost its rights is told the same of every id: then the page itself is closed as well.
                await self._ask(f"/{self._page}/feed", {"fields": "id", "limit": "1"}, http)
                certain = True
            read = partial(mapping.to_report, pseudonym=self._pseudonym)
            changed = [
                item
                for item in (found.values() if are_posts else ())
                if (mapping.time_of(item, "updated_time") or 0) > now - CHANGED_LATELY
            ]
            reports, unreadable, _ = Mapped(((item, read) for item in changed), peek_id=mapping.peek_id).take(
                len(changed) + 1
            )
            yield Fetched(None, tuple(reports), tuple(unreadable), len(part), gone=tuple(gone))
            self._stop_if_spent(http)

    async def _alive(self, ids: list[str], fields: str, http: Http) -> tuple[dict[str, Any], list[str]]:
        """What is behind these ids, and those with nothing behind them. One that is gone refuses them all: halve."""
        try:
            answer = await self._several(ids, fields, http)
        except Rejected as refusal:
            if refusal.reason != graph.GONE:
                raise
            if len(ids) == 1:
                return {}, ids
            middle = len(ids) // 2
            one, gone = await self._alive(ids[:middle], fields, http)
            other, more = await self._alive(ids[middle:], fields, http)
            return one | other, gone + more
        found, gone = {}, []
        for name in ids:
            item = answer.get(name)
            error = graph.error_of(item)
            if error is not None and graph.is_gone(error):
                gone.append(name)
            elif isinstance(item, dict) and error is None:
                found[name] = item
        return found, gone

    async def test(self, http: Http, now: int) -> TestResult:
        """Ask for the newest posts."""
        try:
            edge = "tagged" if self._options["posts"] == "tagged" else "feed"
            since = now - int(self._options["days"]) * DAY
            params = {"fields": POST_FIELDS, "limit": "10", "since": str(since // SECOND)}
            page = mapping.read_page((await self._ask(f"/{self._page}/{edge}", params, http)).data)
        except DeskError as problem:
            return TestResult(False, error=problem)
        read = partial(mapping.to_report, pseudonym=self._pseudonym)
        return trial_of((item, read) for item in self._fresh(page.items, frozenset(), set()))

    # ------------------------------------------------------------ asking

    async def _several(self, ids: Sequence[str], fields: str, http: Http) -> dict[str, Any]:
        answer = await self._ask("/", {"ids": ",".join(ids), "fields": fields}, http)
        return mapping.read_several(answer.data)

    async def _ask(self, path: str, params: Mapping[str, str], http: Http) -> Answer:
        answer = await http.get(
            self._base + path,
            params=params,
            headers=self._headers,
            judge=lambda status, headers, data: graph.refusal(status, headers, data, http.place),
        )
        self._used = graph.usage_of(answer.headers)
        self._wait = graph.wait_of(answer.headers)
        return answer

    def _stop_if_spent(self, http: Http) -> None:
        """Raise `RateLimited` when nearly all of the allowance is used; what came before is kept."""
        if self._used >= graph.STOP:
            raise RateLimited(self._wait or graph.STOP_WAIT, place=http.place, reason="usage")


def _same(closing: Fetched, _keys: frozenset[str]) -> Fetched:
    return closing


def _parts(ids: Sequence[str], size: int) -> list[list[str]]:
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
