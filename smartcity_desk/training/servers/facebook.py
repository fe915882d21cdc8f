"""A page of the Graph API: feed, tagging posts, comments, several ids at once, codes in bodies (channels paper 4)."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask, mask_both
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import DAY, MINUTE, SECOND, from_iso, to_datetime
from smartcity_desk.training.channel import Refusal, Stage, TrainingChannel
from smartcity_desk.training.published import author_id, picture_url, pictures_of, point_of
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.common import Clock, json_response, moment, whole_number

NAME: Final = "facebook"
PAGE_ID: Final = "100000000000001"
CITY: Final = "Kota Latihan"
DEEPEST: Final = 365 * DAY
MOST_POSTS: Final = 600
"""Ranked posts of a year at most."""
MOST_IDS: Final = 50
FIRST_COMMENT: Final = 20 * MINUTE
_POST_FIELDS: Final = frozenset(
    (
        *("id", "message", "created_time", "updated_time", "from", "permalink_url", "attachments", "place"),
        *("comments", "status_type", "is_hidden"),
    )
)
_COMMENT_FIELDS: Final = frozenset(
    ("id", "message", "created_time", "from", "permalink_url", "attachment", "is_hidden")
)
_WORDS: Final = (
    "Terima kasih, laporan sudah kami teruskan.",
    "Di gang sebelah juga begitu sejak kemarin.",
    "Mohon segera ditindak, hubungi saya 081234567890",
)


class GraphError(Exception):
    """A request that is answered with an error of the Graph API."""

    def __init__(self, status: int, code: int, subcode: int = 0, text: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.body = error_body(code, subcode, text)


def error_body(code: int, subcode: int = 0, text: str = "") -> dict[str, Any]:
    """An error as the Graph API writes it."""
    error: dict[str, Any] = {"message": text or "An error on order", "type": "OAuthException", "code": code}
    if subcode:
        error["error_subcode"] = subcode
    return {"error": {**error, "fbtrace_id": "AbCdEfGh"}}


class FacebookServer:
    """Serves the posts of `source`, oldest first, which may grow meanwhile. `token` is the page's own.

    `used` is the share of the allowance that the headers tell, in per cent.
    """

    path: Final = ""

    def __init__(self, source: Sequence[Citizen], directory: Directory, token: str, clock: Clock) -> None:
        self._source = source
        self._directory = directory
        self._token = token
        self._clock = clock
        self._removed: set[str] = set()
        self.used = 5

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/{version}/", self._several),
            Route("/{version}/{owner}/feed", self._feed),
            Route("/{version}/{owner}/tagged", self._tagged),
            Route("/{version}/{owner}/comments", self._comments),
        ]
        return Starlette(routes=routes, exception_handlers={404: _no_route, GraphError: self._refused})

    def remove(self, external_id: str) -> None:
        """Delete a post with its comments, or one comment."""
        self._removed.add(external_id)

    # ------------------------------------------------------------ calls

    async def _feed(self, request: Request) -> Response:
        return self._posts(request, tagged=False)

    async def _tagged(self, request: Request) -> Response:
        return self._posts(request, tagged=True)

    def _posts(self, request: Request, *, tagged: bool) -> Response:
        self._enter(request, PAGE_ID)
        now = moment(request, self._clock)
        fields = _fields(request, _POST_FIELDS)
        since = _seconds(request, "since")
        begin = max(now - DEEPEST, since or 0)
        first = bisect_left(self._source, begin, key=lambda record: record.at)
        found = [
            self._post(record, now, tagged=tagged)
            for record in self._source[first:]
            if record.at <= now and self._is_there(record.external_id) and (not tagged or _tags(record))
        ]
        newest_first = found[-MOST_POSTS:][::-1]
        return self._page(request, newest_first, fields)

    async def _comments(self, request: Request) -> Response:
        record = self._known(request.path_params["owner"])
        self._enter(request, record.external_id)
        now = moment(request, self._clock)
        since = _seconds(request, "since")
        found = [
            comment
            for comment in self._replies(record, now)
            if since is None or from_iso(comment["created_time"]) >= since
        ]
        return self._page(request, found, _fields(request, _COMMENT_FIELDS))

    async def _several(self, request: Request) -> Response:
        self._enter(request, PAGE_ID)
        wanted = [part for part in request.query_params.get("ids", "").split(",") if part]
        if not 1 <= len(wanted) <= MOST_IDS:
            raise GraphError(400, 100, text="(#100) Param ids must hold 1 to 50 ids")
        now = moment(request, self._clock)
        found: dict[str, Any] = {}
        for name in wanted:
            comments = [] if name.startswith(f"{PAGE_ID}_") else self._comment(name, now)
            if comments:
                found[name] = _only(comments[0], _fields(request, _COMMENT_FIELDS))
            else:
                post = self._post(self._known(name), now, tagged=False)
                found[name] = _only(post, _fields(request, _POST_FIELDS))
        return json_response(found, headers=self._usage())

    # ------------------------------------------------------------ what calls share

    def _enter(self, request: Request, owner: str) -> None:
        if request.headers.get("authorization", "") != f"Bearer {self._token}":
            raise GraphError(400, 190, 467, "Error validating access token: Malformed access token")
        if "owner" in request.path_params and request.path_params["owner"] != owner:
            raise _nothing(request.path_params["owner"])

    def _known(self, name: str) -> Citizen:
        found = [record for record in self._source if record.external_id == name]
        if not found or not self._is_there(name):
            raise _nothing(name)
        return found[0]

    def _is_there(self, name: str) -> bool:
        return name not in self._removed

    def _comment(self, name: str, now: int) -> list[dict[str, Any]]:
        post = f"{PAGE_ID}_{name.partition('_')[0]}"
        return [comment for comment in self._replies(self._known(post), now) if comment["id"] == name]

    def _usage(self) -> dict[str, str]:
        figures = {"call_count": self.used, "total_time": 3, "total_cputime": 3}
        wait = 12 if self.used >= 95 else 0
        business = {PAGE_ID: [{"type": "pages", **figures, "estimated_time_to_regain_access": wait}]}
        return {"x-app-usage": json.dumps(figures), "x-business-use-case-usage": json.dumps(business)}

    async def _refused(self, _request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, GraphError)
        return json_response(refusal.body, refusal.status, headers=self._usage())

    def _page(self, request: Request, found: Sequence[dict[str, Any]], fields: frozenset[str]) -> Response:
        size = whole_number(request.query_params.get("limit", "25")) or 25
        after = request.query_params.get("after", "")
        start = whole_number(after.removeprefix("QVFI")) if after else 0
        if start is None or size > 100:
            raise GraphError(400, 100, text="(#100) Invalid parameter")
        part = [_only(item, fields) for item in found[start : start + size]]
        body: dict[str, Any] = {"data": part}
        if part:
            following = f"QVFI{start + size}"
            body["paging"] = {"cursors": {"before": f"QVFI{start}", "after": following}}
            if start + size < len(found):
                address = request.url.include_query_params(access_token=self._token, after=following)
                body["paging"]["next"] = str(address)
        return json_response(body, headers=self._usage())

    # ------------------------------------------------------------ objects

    def _post(self, record: Citizen, now: int, *, tagged: bool) -> dict[str, Any]:
        comments = list(self._replies(record, now))
        post = post_of(record, self._directory)
        if tagged:
            post.pop("from", None)
        changed = max([record.at, *(from_iso(comment["created_time"]) for comment in comments)])
        return post | {
            "updated_time": _written(changed),
            "comments": {"data": [], "summary": {"order": "ranked", "total_count": len(comments)}},
        }

    def _replies(self, record: Citizen, now: int) -> Iterator[dict[str, Any]]:
        post = record.external_id.partition("_")[2]
        for turn in range(record.number % 4):
            at, name = record.at + (turn + 1) * FIRST_COMMENT, f"{post}_{turn + 1}"
            if at > now or not self._is_there(name):
                continue
            comment: dict[str, Any] = {
                "id": name,
                "message": _WORDS[turn % len(_WORDS)],
                "created_time": _written(at),
                "permalink_url": f"https://www.facebook.com/{PAGE_ID}/posts/{post}?comment_id={turn + 1}",
                "is_hidden": False,
            }
            if turn == 0:
                comment["from"] = {"id": PAGE_ID, "name": CITY}
            yield comment


def post_of(record: Citizen, directory: Directory) -> dict[str, Any]:
    """A citizen's post as the page tells of it, without what changes."""
    post: dict[str, Any] = {
        "id": record.external_id,
        "message": record.text,
        "created_time": _written(record.at),
        "permalink_url": _link(record),
        "status_type": "mobile_status_update",
        "is_hidden": False,
    }
    if record.number % 2 == 0:
        post["from"] = {"id": author_id(record), "name": f"Warga {record.author}"}
    if record.lat is not None:
        post["place"] = {
            "id": f"3{record.number:014}",
            "name": _place_name(record, directory),
            "location": {
                "city": CITY,
                "country": "Indonesia",
                "latitude": record.lat,
                "longitude": record.lon,
            },
        }
    picture = picture_url(record)
    if picture is not None:
        image = {"height": 720, "width": 960, "src": picture}
        photo = {"media_type": "photo", "media": {"image": image}, "url": f"{_link(record)}?photo=1"}
        post["attachments"] = {"data": [photo]}
    return post


def _link(record: Citizen) -> str:
    return f"https://www.facebook.com/{PAGE_ID}/posts/{record.external_id.partition('_')[2]}"


def _place_name(record: Citizen, directory: Directory) -> str:
    return f"Sekitar {directory.offices[record.placed].name}"


def _tags(record: Citizen) -> bool:
    return record.number % 5 == 0


def _written(at: int) -> str:
    """`2026-11-22T01:12:54+0000`: whole seconds."""
    return to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _fields(request: Request, known: frozenset[str]) -> frozenset[str]:
    """The names of the fields that are asked for. An unknown one is an error, as there."""
    text = request.query_params.get("fields", "id,message,created_time")
    names: list[str] = []
    depth, start = 0, 0
    for at, letter in enumerate(f"{text},"):
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and depth == 0:
            names.append(text[start:at])
            start = at + 1
    bare = {name.partition("{")[0].partition(".")[0] for name in names if name}
    strange = sorted(bare - known)
    if strange:
        raise GraphError(400, 100, text=f"(#100) Tried accessing nonexisting field ({strange[0]})")
    return frozenset(bare | {"id"})


def _only(item: dict[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in fields}


def _seconds(request: Request, name: str) -> int | None:
    value = request.query_params.get(name)
    if value is None:
        return None
    number = whole_number(value)
    if number is None:
        raise GraphError(400, 100, text=f"(#100) Invalid parameter {name}")
    return number * SECOND


def _nothing(name: str) -> GraphError:
    text = f"Unsupported get request. Object with ID '{name}' does not exist, or cannot be loaded"
    return GraphError(400, 100, 33, text)


async def _no_route(_request: Request, _: Exception) -> Response:
    return json_response(error_body(2500, text="Unknown path components"), 400)


# ---------------------------------------------------------------- the channel of the city


def external_id(number: int, _at: int) -> str:
    """A post's id behind its page's."""
    return f"{PAGE_ID}_{200_000_000_000_000 + number}"


def published(record: Citizen, directory: Directory) -> Report:
    """The report as a desk reads it: whole seconds, and a tagged place is coarse."""
    words = mask_both("", storable(record.text))
    lat, lon, quality = point_of(record, coarse=True)
    hint = "" if record.lat is None else f"{_place_name(record, directory)}, {CITY}"
    return Report(
        id=record.id,
        channel=record.channel,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=record.at // SECOND * SECOND,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=mask(storable(hint)).text,
        link=_link(record),
        media=pictures_of(record),
    )


class FacebookSpoils:
    """How the Graph API refuses: with a code in the body, whatever the status."""

    _CODES: Final = {401: (190, 463), 403: (10, 0), 429: (4, 0), 500: (2, 0), 503: (1, 0)}

    def refusal(self, status: int) -> Refusal:
        """With the headers of usage, which say how many minutes to wait."""
        figures = {"call_count": 100, "total_cputime": 20, "total_time": 20}
        wait = 5 if status == 429 else 0
        usage = {PAGE_ID: [{"type": "pages", **figures, "estimated_time_to_regain_access": wait}]}
        headers = ((b"x-business-use-case-usage", msgspec.json.encode(usage)),) if wait else ()
        return Refusal(b"application/json", msgspec.json.encode(error_body(*self._CODES[status])), headers)

    def error_inside(self) -> bytes:
        """An error with status 200."""
        return msgspec.json.encode(error_body(1))

    def items(self, data: Any) -> list[Any]:
        """The posts or comments."""
        found = data.get("data")
        return list(found) if isinstance(found, list) else []

    def put(self, data: Any, items: list[Any]) -> Any:
        """The answer with other items."""
        return {**data, "data": items} if "data" in data else data

    def spoil(self, fault: str, item: Any) -> Any:
        """One item with a fault in it."""
        if fault == "skew":
            item["created_time"] = _written(from_iso(item["created_time"]) + 90_000)
        elif fault == "wrong_type":
            item["created_time"] = {"never": ["a", "time"]}
        elif fault == "unknown_enum":
            item["status_type"] = "NEVER_SEEN_BEFORE"
        else:
            lat, lon = (0, 0) if fault == "zero" else (106.8, -6.2)
            item["place"] = {"name": "Di sini", "location": {"latitude": lat, "longitude": lon}}
        return item


def _server(source: Sequence[Citizen], stage: Stage) -> FacebookServer:
    return FacebookServer(source, stage.directory, stage.secrets["token"], stage.clock)


CHANNEL: Final = TrainingChannel(
    NAME,
    external_id,
    published,
    _server,
    FacebookSpoils(),
    secrets=("token",),
    options={"page": PAGE_ID},
)
