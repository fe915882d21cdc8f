"""The wire protocol of recent search and mentions: `since_id`, page tokens, and a mark that moves last.

The documented rule (channels paper 3.1): ask with `since_id`, follow the page tokens with the same `since_id`, and
take `newest_id` of the **first** page as the new mark once the last page is in the database. Between pages the position
keeps the walk itself (old mark, next token, the mark to come), so a walk that was cut, or that met the page cap, goes
on where it stopped.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from functools import partial
from http import HTTPStatus
from typing import Final

from smartcity_desk.domain.errors import BadData, DeskError, Rejected
from smartcity_desk.sync.channel import Fetched, Json, Mapped, Position, Setup, TestResult, trial_of
from smartcity_desk.sync.channels.x import mapping
from smartcity_desk.sync.channels.x.manifest import MANIFEST
from smartcity_desk.sync.transport import Answer, Http

PAGE_SIZE: Final = 100
_ID: Final = re.compile(r"[0-9]{1,19}")
_STALE_MARK: Final = frozenset({"invalid-request", "http_400"})

_SEARCH: Final = "/2/tweets/search/recent"
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
                continue
            page = mapping.read_page(data)
            walk = dict(cursor)
            walk.setdefault("newest_id", page.newest_id or "")  # of the first page; later pages are older
            following = page.next_token
            again = bool(following) and following in seen_tokens
            if following and not again:
                walk["next_token"] = following
                reached = walk
            elif again:
                # The source goes in circles: keep the old mark and start the walk afresh next time.
                reached = _mark(cursor, _text(cursor, "since_id"))
            else:
                reached = _mark(cursor, _later(_text(walk, "newest_id"), _text(cursor, "since_id")))
            mapped = Mapped(
                (
                    (post, partial(mapping.to_report, page=page, pseudonym=self._pseudonym))
                    for post in page.posts
                ),
                peek_id=mapping.peek_id,
            )
            closing = Fetched(Position(reached), unreadable=page.unreadable, seen=len(page.posts))
            for part in mapped.slices(partial(_same, closing)):
                yield part
            if again:
                raise BadData(http.place, "repeated_page_token")
            if not following:
                return
            cursor = walk

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
        new_names = self._options.get("fields") == "post.fields"
        references = "referenced_posts" if new_names else "referenced_tweets"
        long_text = "note_post" if new_names else "note_tweet"
        history = "edit_history_post_ids" if new_names else "edit_history_tweet_ids"
        params = {
            "max_results": str(size),
            self._options.get("fields")
            or "tweet.fields": f"{_POST_FIELDS},{long_text},{history},{references}",
            "expansions": "geo.place_id,attachments.media_keys",
            "place.fields": "id,full_name,name,country_code,place_type,geo",
            "media.fields": "media_key,type,url,preview_image_url",
        }
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


def _same(closing: Fetched, _keys: frozenset[str]) -> Fetched:
    return closing


def _text(cursor: dict[str, Json], key: str) -> str:
    value = cursor.get(key)
    return value if isinstance(value, str) else ""


def _mark(cursor: dict[str, Json], since: str) -> dict[str, Json]:
    """A position between walks: the account and the mark."""
    kept: dict[str, Json] = {"account_id": cursor["account_id"]} if cursor.get("account_id") else {}
    return {**kept, "since_id": since} if since else kept


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
        return _mark(cursor, _text(cursor, "since_id"))
    if _text(cursor, "since_id"):
        return _mark(cursor, "")
    return None
