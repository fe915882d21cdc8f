"""The wire protocol of recent search and mentions: `since_id`, page tokens, and a mark that moves last.

The documented rule (channels paper 3.1): ask with `since_id`, follow the page tokens with the same `since_id`, and
take `newest_id` of the **first** page as the new mark once the last page is in the database. Between pages the position
keeps the walk itself (old mark, next token, the mark to come), so a walk that was cut, or that met the page cap, goes
on where it stopped.

X gives back seven days of a search and the last 800 mentions. A mark that is older than that is refused, or the walk
ends before it reaches it: what lies between is gone for this desk, and the span is noted as a gap.

A post that answers one of the last reports is a reply to it; one whose conversation is not known here is a report as
every other. Which reports those are stands in the position's boundary. What only repeats another post is left out.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from smartcity_desk.domain.errors import BadData, DeskError, Rejected
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import DAY
from smartcity_desk.sync.channel import (
    Fetched,
    Json,
    Mapped,
    Position,
    Setup,
    TestResult,
    Unreadable,
    attempt,
    raw_text,
    trial_of,
)
from smartcity_desk.sync.channels.x import mapping
from smartcity_desk.sync.channels.x.manifest import MANIFEST
from smartcity_desk.sync.transport import Answer, Http

PAGE_SIZE: Final = 100
_ID: Final = re.compile(r"[0-9]{1,19}")
_STALE_MARK: Final = frozenset({"invalid-request", "http_400"})

_SEARCH: Final = "/2/tweets/search/recent"
_LOOK_UP: Final = "/2/tweets"
SEARCHED: Final = 7 * DAY
MENTIONS_MOST: Final = 800
"""How far back X answers: so long in a search, so many mentions."""
LOST: Final = "lost_id"
"""Entry of the position: a mark that X no longer takes."""
MOST_HEADS: Final = 2_000
"""Reports of which the answers are known as such: some days of mentions; what comes later is a report of its own."""
_POST_FIELDS: Final = (
    "id,text,created_at,author_id,conversation_id,in_reply_to_user_id,lang,geo,attachments,entities,"
    "edit_controls,possibly_sensitive,withheld,public_metrics"
)


class XClient:
    """Speaks `/2/users/{id}/mentions` or `/2/tweets/search/recent`, with the old or the new names of fields."""

    def __init__(self, setup: Setup) -> None:
        self._base = setup.url.rstrip("/")
        self._options = setup.options
        token = setup.secrets.get("token", "")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pseudonym = setup.pseudonym

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """The pages of one walk, at most as many as the option says; the rest of the walk is in the position."""
        cursor: dict[str, Json] = dict(position.cursor)
        path, cursor = await self._path(cursor, http, now)
        seen_tokens: set[str] = set()
        heads = position.boundary
        for _ in range(int(self._options.get("pages") or 40)):
            token = _text(cursor, "next_token")
            if token:
                seen_tokens.add(token)
            try:
                data = (await self._ask(path, cursor, http, now)).data
            except Rejected as refusal:
                restart = _without_stale(cursor, refusal)
                if restart is None:
                    raise
                cursor = restart
                seen_tokens.clear()
                continue
            page = mapping.read_page(data)
            posts, replies, set_aside, heads = self._sorted(page, heads, _text(cursor, "account_id"))
            walk = dict(cursor)
            # Of the first page; later pages are older. One that holds nothing proves nothing, whatever it names.
            walk.setdefault("newest_id", page.newest_id if page.posts else "")
            _note_reach(walk, page)
            following = page.next_token
            again = bool(following) and following in seen_tokens
            if following and not again:
                walk["next_token"] = following
                reached = walk
            elif again:
                # The source goes in circles: keep the old mark and start the walk afresh next time.
                reached = _afresh(cursor)
            else:
                reached = _mark(cursor, _later(_text(walk, "newest_id"), _text(cursor, "since_id")))
            mapped = Mapped(
                ((post, partial(mapping.to_report, page=page, pseudonym=self._pseudonym)) for post in posts),
                peek_id=mapping.peek_id,
            )
            closing = Fetched(
                Position(reached, heads),
                unreadable=(*page.unreadable, *set_aside),
                seen=len(page.posts),
                replies=tuple(replies),
                gap=None if following else _gap(walk, path, now),
            )
            for part in mapped.slices(partial(_same, closing)):
                yield part
            if again:
                raise BadData(http.place, "repeated_page_token")
            if not following:
                return
            cursor = walk

    def _sorted(
        self, page: mapping.Page, heads: frozenset[str], account_id: str
    ) -> tuple[list[Any], list[Reply], list[Unreadable], frozenset[str]]:
        """A page's posts: those that are reports, the replies, what cannot be read, and the reports known then.

        Oldest first, so that a reply finds the report that came with it.
        """
        known = set(heads)
        posts: list[Any] = []
        replies: list[Reply] = []
        unreadable: list[Unreadable] = []
        for post in sorted(page.posts, key=lambda one: int(mapping.first_id(one) or 0)):
            if mapping.is_retweet(post):
                continue
            about = next((one for one in mapping.answered(post) if one in known), "")
            if not about:
                posts.append(post)
                known.add(mapping.first_id(post))
                continue
            read = partial(mapping.to_reply, post, page, about, account_id, self._pseudonym)
            raw = mapping.aside(post, about, account_id)
            found = attempt(read, raw, partial(mapping.peek_id, post))
            if isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                replies.append(found)
        newest = sorted((one for one in known if _ID.fullmatch(one)), key=int)[-MOST_HEADS:]
        return posts, replies, unreadable, frozenset(newest)

    async def recheck(self, ids: Sequence[str], http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """Ask for posts again, a hundred at a time: those gone or withheld, and edited ones as they are now."""
        wanted = [one for one in dict.fromkeys(ids) if _ID.fullmatch(one)]
        for start in range(0, len(wanted), PAGE_SIZE):
            part = wanted[start : start + PAGE_SIZE]
            data = await self._look_up(part, http, now)
            gone = mapping.gone_of(data, part)
            found = data.get("data") if isinstance(data, dict) else None
            edited = {
                versions[-1]
                for versions in map(mapping.versions_of, found if isinstance(found, list) else ())
                if len(versions) > 1 and versions[0] not in gone
            }
            reports: list[Report] = []
            replies: list[Reply] = []
            unreadable: list[Unreadable] = []
            if edited:
                page = mapping.read_page(await self._look_up(sorted(edited), http, now))
                for post in page.posts:
                    if mapping.is_withheld(post):
                        continue
                    item = attempt(
                        partial(self._edited, post, page), raw_text(post), partial(mapping.peek_id, post)
                    )
                    if isinstance(item, Unreadable):
                        unreadable.append(item)
                    elif isinstance(item, Reply):
                        replies.append(item)
                    else:
                        reports.append(item)
            yield Fetched(
                None, tuple(reports), tuple(unreadable), len(part), replies=tuple(replies), gone=tuple(gone)
            )

    def _edited(self, post: Any, page: mapping.Page) -> Report | Reply:
        """An edited post as it is now."""
        about = mapping.answered(post)[:1]
        if about:
            return mapping.to_reply(post, page, about[0], "", self._pseudonym)
        return mapping.to_report(post, page, self._pseudonym)

    async def _look_up(self, ids: Sequence[str], http: Http, now: int) -> Any:
        """The answer to a question for posts by id. That some of them are missing is no error of the answer."""
        params = {**self._fields(), "ids": ",".join(ids)}
        data = (await http.get(self._base + _LOOK_UP, params=params, headers=self._headers)).data
        if not mapping.gone_of(data, ids):
            error = mapping.error_of(data, http.place) or http.error_inside(data, now)
            if error is not None:
                raise error
        return data

    async def test(self, http: Http, now: int) -> TestResult:
        """Ask for the smallest page."""
        try:
            path, cursor = await self._path({}, http, now)
            answer = await self._ask(path, cursor, http, now, size=10)
            page = mapping.read_page(answer.data)
        except DeskError as problem:
            return TestResult(False, error=problem)
        read = partial(mapping.to_report, page=page, pseudonym=self._pseudonym)
        return trial_of(((post, read) for post in page.posts), unreadable=page.unreadable)

    async def _path(self, cursor: dict[str, Json], http: Http, now: int) -> tuple[str, dict[str, Json]]:
        """The path to ask; the account's id is looked up once and kept, because every look-up costs.

        A stand-in for X that knows no accounts is searched. X itself says that the account is unknown, and a person
        puts the option right: falling back there would silently cost five times as much a post.
        """
        if self._options.get("mode") == "search":
            return _SEARCH, cursor
        kept = _text(cursor, "account_id") or await self._account_id(http, now)
        if not kept:
            if self._base == MANIFEST.default_url:
                raise Rejected("unknown_account", place=http.place)
            return _SEARCH, cursor
        return f"/2/users/{kept}/mentions", {**cursor, "account_id": kept}

    async def _account_id(self, http: Http, now: int) -> str:
        """The id of the account in the options, or nothing when the source does not know it."""
        account = self._options.get("account") or "jakartagoid"
        try:
            answer = await http.get(f"{self._base}/2/users/by/username/{account}", headers=self._headers)
        except Rejected as refusal:
            if refusal.params.get("status") != HTTPStatus.NOT_FOUND:
                raise
            return ""
        found = mapping.user_id(answer.data)
        error = None if found else http.error_inside(answer.data, now)
        if error is not None and not isinstance(error, Rejected):
            raise error
        return found or ""

    async def _ask(
        self, path: str, cursor: dict[str, Json], http: Http, now: int, size: int = PAGE_SIZE
    ) -> Answer:
        params = {**self._fields(), "max_results": str(size)}
        if path == _SEARCH:
            params["query"] = self._options.get("query") or "@jakartagoid"
        since, token = _text(cursor, "since_id"), _text(cursor, "next_token")
        if since:
            params["since_id"] = since
        if token:
            params["next_token" if path == _SEARCH else "pagination_token"] = token
        answer = await http.get(self._base + path, params=params, headers=self._headers)
        error = mapping.error_of(answer.data, http.place) or http.error_inside(answer.data, now)
        if error is not None:
            raise error
        return answer

    def _fields(self) -> dict[str, str]:
        """What is asked for of each post, in the names that the option says."""
        new_names = self._options.get("fields") == "post.fields"
        references = "referenced_posts" if new_names else "referenced_tweets"
        long_text = "note_post" if new_names else "note_tweet"
        history = "edit_history_post_ids" if new_names else "edit_history_tweet_ids"
        return {
            self._options.get("fields")
            or "tweet.fields": f"{_POST_FIELDS},{long_text},{history},{references}",
            "expansions": "geo.place_id,attachments.media_keys",
            "place.fields": "id,full_name,name,country_code,place_type,geo",
            "media.fields": "media_key,type,url,preview_image_url",
        }


def _same(closing: Fetched, _keys: frozenset[str]) -> Fetched:
    return closing


def _note_reach(walk: dict[str, Json], page: mapping.Page) -> None:
    """Note in a walk how many posts it has seen, and the oldest of them."""
    walk["seen"] = _whole(walk, "seen") + len(page.posts)
    ids = [one for one in (_text(walk, "oldest"), *map(mapping.first_id, page.posts)) if _ID.fullmatch(one)]
    walk["oldest"] = min(ids, key=int, default="")


def _gap(walk: dict[str, Json], path: str, now: int) -> tuple[int, int] | None:
    """The span between the mark of the last walk and the oldest post that this one was given, if it did not meet it."""
    lost, since = _text(walk, LOST), _text(walk, "since_id")
    if not lost and (path == _SEARCH or _whole(walk, "seen") < MENTIONS_MOST):
        return None
    begin = mapping.time_of_id(lost or since)
    end = mapping.time_of_id(_text(walk, "oldest")) or now - SEARCHED
    return (begin, end) if begin is not None and begin < end else None


def _whole(cursor: dict[str, Json], key: str) -> int:
    value = cursor.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(cursor: dict[str, Json], key: str) -> str:
    value = cursor.get(key)
    return value if isinstance(value, str) else ""


def _mark(cursor: dict[str, Json], since: str) -> dict[str, Json]:
    """A position between walks: the account and the mark."""
    kept: dict[str, Json] = {"account_id": cursor["account_id"]} if cursor.get("account_id") else {}
    return {**kept, "since_id": since} if since else kept


def _afresh(cursor: dict[str, Json]) -> dict[str, Json]:
    """The position from which a walk that broke off begins again."""
    lost = _text(cursor, LOST)
    return _mark(cursor, _text(cursor, "since_id")) | ({LOST: lost} if lost else {})


def _later(one: str, other: str) -> str:
    """The larger of two ids; a server that answers with an older mark does not turn the desk back."""
    valid = [found for found in (one, other) if _ID.fullmatch(found)]
    return max(valid, key=int, default="")


def _without_stale(cursor: dict[str, Json], refusal: Rejected) -> dict[str, Json] | None:
    """The cursor for a fresh start when the server no longer takes ours, or None when that is not the trouble.

    Page tokens die after a while; a `since_id` of more than seven days ago is refused. The walk then starts at the
    front and reads all that the source still gives; what is known already is known.
    """
    if refusal.params.get("status") != 400 and refusal.reason not in _STALE_MARK:
        return None
    if _text(cursor, "next_token"):
        return _afresh(cursor)
    if _text(cursor, "since_id"):
        return _mark(cursor, "") | {LOST: _text(cursor, "since_id")}
    return None
