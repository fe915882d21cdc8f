"""X's recent search, mentions and look-ups: Bearer, `since_id`, pages of tokens, rate headers (channels paper 3)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.privacy import mask_both
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.text import storable
from smartcity_desk.domain.times import DAY, MINUTE, SECOND, from_iso, to_iso
from smartcity_desk.training.channel import Refusal as Spoiled
from smartcity_desk.training.channel import TrainingChannel
from smartcity_desk.training.published import (
    author_id,
    author_mark,
    box_of,
    picture_url,
    pictures_of,
    place_name,
    place_of,
)
from smartcity_desk.training.record import Citizen, X
from smartcity_desk.training.servers.common import Clock, json_response, later, moment, whole_number

ACCOUNT: Final = "jakartagoid"
ACCOUNT_ID: Final = "2244000001"
CALLS: Final = 450
PERIOD: Final = 15 * MINUTE
MENTIONS_DEPTH: Final = 800
SEARCH_DEPTH: Final = 7 * DAY
SETTLING: Final = 30 * SECOND
"""A search ends this long ago when the request names no end."""
X_EPOCH: Final = 1_288_834_974_657
"""Start of the clock inside X's ids (ms UTC), so that ids sort by time as the real ones do."""
PROBLEM: Final = "application/problem+json"
_ID: Final = re.compile(r"[0-9]{1,19}")
_DEFAULT: Final = ("id", "text")
_FIELDS: Final = frozenset(
    (
        *(
            "attachments",
            "author_id",
            "conversation_id",
            "created_at",
            "edit_controls",
            "entities",
            "geo",
            "id",
        ),
        *("in_reply_to_user_id", "lang", "note_post", "note_tweet", "possibly_sensitive", "public_metrics"),
        *("referenced_posts", "referenced_tweets", "text", "withheld", "source", "reply_settings", "article"),
        *(
            "context_annotations",
            "edit_history_tweet_ids",
            "edit_history_post_ids",
            "card_uri",
            "community_id",
        ),
    )
)


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """A request that is answered with a problem."""

    def __init__(self, status: int, title: str, kind: str, detail: str, errors: Sequence[Any] = ()) -> None:
        super().__init__(title)
        self.status = status
        self.body: dict[str, Any] = {"title": title, "detail": detail, "type": kind, "status": status}
        if errors:
            self.body = {"errors": list(errors), **self.body}
            if status == 400:
                del self.body["status"]  # as the simulator sends it


class XServer:
    """Serves the records of `source`, oldest first, which may grow meanwhile. `token` is the one Bearer that opens."""

    path: Final = ""

    def __init__(self, source: Sequence[Citizen], directory: Directory, token: str, clock: Clock) -> None:
        self._source = source
        self._directory = directory
        self._token = token
        self._clock = clock
        self._spent: dict[str, tuple[int, int]] = {}
        self._removed: set[str] = set()

    def remove(self, external_id: str) -> None:
        """Delete a post: no list has it any more, and a look-up says that there is none."""
        self._removed.add(external_id)

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/2/users/by/username/{name}", self._by_name),
            Route("/2/users/{id}/mentions", self._mentions),
            Route("/2/tweets/search/recent", self._search),
            Route("/2/tweets", self._look_up),
        ]
        return Starlette(routes=routes, exception_handlers={404: _no_route, Refusal: self._refused})

    # ------------------------------------------------------------ calls

    async def _by_name(self, request: Request) -> Response:
        headers = self._enter(request, "by_name")
        name = request.path_params["name"]
        if name.lower() != ACCOUNT:
            error = _not_found("username", "username", name)
            return json_response({"errors": [error]}, headers=headers)
        user = {"id": ACCOUNT_ID, "name": "Kota Latihan", "username": ACCOUNT}
        return json_response({"data": user}, headers=headers)

    async def _mentions(self, request: Request) -> Response:
        headers = self._enter(request, "mentions")
        wanted = request.path_params["id"]
        if not _ID.fullmatch(wanted):
            raise _invalid("id", wanted, f"The `id` query parameter value [{wanted}] is not valid")
        if wanted != ACCOUNT_ID:
            return json_response({"errors": [_not_found("user", "id", wanted)]}, headers=headers)
        now = moment(request, self._clock)
        found = self._until(now)[-MENTIONS_DEPTH:]
        return json_response(self._page(request, found, 5), headers=headers)

    async def _search(self, request: Request) -> Response:
        headers = self._enter(request, "search")
        query = request.query_params.get("query", "")
        if not query.strip():
            raise _invalid("query", "", "The `query` query parameter can not be empty")
        if len(query) > 4096:
            raise _invalid("query", query[:40], "The `query` query parameter is too long")
        now = moment(request, self._clock)
        oldest = now - SEARCH_DEPTH
        since = request.query_params.get("since_id", "")
        if _ID.fullmatch(since) and len(since) > 15 and (int(since) >> 22) + X_EPOCH < oldest:
            text = f"'since_id' must be a tweet id created after {to_iso(oldest)}."
            raise _invalid("since_id", since, text)
        words = [word.lower() for word in query.split() if word[0] in "@#" or word.isalnum()]
        words = [word for word in words if word not in {"or", "and"}]
        found = [
            record
            for record in self._until(now - SETTLING)
            if record.at >= oldest and all(word in record.text.lower() for word in words)
        ]
        return json_response(self._page(request, found, 10), headers=headers)

    async def _look_up(self, request: Request) -> Response:
        headers = self._enter(request, "look_up")
        wanted = [part for part in request.query_params.get("ids", "").split(",") if part]
        if not 1 <= len(wanted) <= 100 or not all(_ID.fullmatch(part) for part in wanted):
            raise _invalid("ids", ",".join(wanted)[:60], "The `ids` query parameter must hold 1 to 100 ids")
        known = {
            record.external_id: record for record in self._source if record.external_id not in self._removed
        }
        found = [known[part] for part in wanted if part in known]
        names = _Names(request)
        body: dict[str, Any] = {"data": [self._post(record, names) for record in found]} if found else {}
        missing = [_not_found("tweet", "ids", part) for part in wanted if part not in known]
        if missing:
            body["errors"] = missing
        return json_response({**body, **self._includes(request, found)}, headers=headers)

    # ------------------------------------------------------------ what calls share

    def _enter(self, request: Request, call: str) -> dict[str, str]:
        """Check the Bearer and the budget. The headers of the answer."""
        if request.headers.get("authorization", "") != f"Bearer {self._token}":
            raise Refusal(401, "Unauthorized", "about:blank", "Unauthorized")
        now = self._clock()
        begun, used = self._spent.get(call, (now, 0))
        if now >= begun + PERIOD or now < begun:
            begun, used = now, 0
        self._spent[call] = (begun, used + 1)
        headers = {
            "x-rate-limit-limit": str(CALLS),
            "x-rate-limit-remaining": str(max(0, CALLS - used - 1)),
            "x-rate-limit-reset": str((begun + PERIOD) // SECOND),
        }
        request.state.limits = headers
        if used >= CALLS:
            kind = "https://api.twitter.com/2/problems/rate-limit-exceeded"
            error = {
                "code": 88,
                "message": "Rate limit exceeded",
                "title": "Rate Limit Exceeded",
                "type": kind,
            }
            raise Refusal(429, kind, kind, "Rate limit exceeded", [error])
        return headers

    async def _refused(self, request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        headers = getattr(request.state, "limits", {})
        return json_response(refusal.body, refusal.status, kind=PROBLEM, headers=headers)

    def _until(self, end: int) -> Sequence[Citizen]:
        found = self._source[: bisect_left(self._source, end + 1, key=lambda record: record.at)]
        if not self._removed:
            return found
        return [record for record in found if record.external_id not in self._removed]

    def _page(self, request: Request, found: Sequence[Citizen], least: int) -> dict[str, Any]:
        query = request.query_params
        size = 10
        if "max_results" in query:
            number = whole_number(query["max_results"])
            if number is None or not least <= number <= 100:
                text = f"The `max_results` query parameter value is not between {least} and 100"
                raise _invalid("max_results", query["max_results"], text)
            size = number
        chosen = self._chosen(request, found)
        names = _Names(request)
        token = query.get("pagination_token") or query.get("next_token")
        if token:
            below = _open(token)
            chosen = [record for record in chosen if int(record.external_id) < below]
        page = list(reversed(chosen[-size:]))
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta["newest_id"], meta["oldest_id"] = page[0].external_id, page[-1].external_id
        if len(chosen) > size:
            meta["next_token"] = _sealed(page[-1])
        if token and page:
            meta["previous_token"] = _sealed(page[0])
        body: dict[str, Any] = {"meta": meta}
        if page:
            body = {
                "data": [self._post(record, names) for record in page],
                **self._includes(request, page),
                **body,
            }
        return body

    def _chosen(self, request: Request, found: Sequence[Citizen]) -> Sequence[Citizen]:
        """What lies between the ids and times of the request."""
        query = request.query_params
        for name, keep in (("since_id", 1), ("until_id", -1)):
            if name in query:
                if not _ID.fullmatch(query[name]):
                    raise _invalid(name, query[name], f"The `{name}` query parameter value is not valid")
                mark = int(query[name])
                found = [record for record in found if (int(record.external_id) - mark) * keep > 0]
        for name, keep in (("start_time", 1), ("end_time", -1)):
            if name in query:
                try:
                    edge = from_iso(query[name].replace(" ", "+"))
                except ValueError:
                    raise _invalid(
                        name, query[name], f"The `{name}` query parameter is no RFC 3339 time"
                    ) from None
                found = [record for record in found if (record.at - edge) * keep >= 0]
        return found

    # ------------------------------------------------------------ objects

    def _post(self, record: Citizen, names: _Names) -> dict[str, Any]:
        whole = {
            "id": record.external_id,
            "text": record.text,
            "created_at": to_iso(record.at),
            "author_id": author_id(record),
            "conversation_id": record.external_id,
            "lang": "in",
            "possibly_sensitive": False,
            "public_metrics": {
                "retweet_count": record.number % 3,
                "reply_count": record.number % 2,
                "like_count": record.number % 7,
                "quote_count": 0,
                "bookmark_count": 0,
                "impression_count": 20 + record.number % 500,
            },
        }
        geo: dict[str, Any] = {}
        if record.lat is not None:
            geo["coordinates"] = {"type": "Point", "coordinates": [record.lon, record.lat]}
        if record.box:
            geo["place_id"] = place_id(record.box)
        if geo:
            whole["geo"] = geo
        if record.picture:
            whole["attachments"] = {"media_keys": [f"3_{record.external_id}"]}
        asked = {name: value for name, value in whole.items() if name in names.fields}
        return {**asked, names.history: [record.external_id]}

    def _includes(self, request: Request, page: Iterable[Citizen]) -> dict[str, Any]:
        wanted = request.query_params.get("expansions", "").split(",")
        found: dict[str, list[Any]] = {}
        if "author_id" in wanted:
            users = {author_id(record): record.author for record in page}
            found["users"] = [
                {"id": key, "username": f"warga_{number}", "name": f"Warga {number}", "verified": False}
                for key, number in users.items()
            ]
        if "geo.place_id" in wanted:
            boxes = sorted({record.box for record in page if record.box})
            found["places"] = [self._place(code) for code in boxes]
        if "attachments.media_keys" in wanted:
            found["media"] = [
                {"media_key": f"3_{record.external_id}", "type": "photo", "url": picture_url(record)}
                for record in page
                if record.picture
            ]
        found = {name: members for name, members in found.items() if members}
        return {"includes": found} if found else {}

    def _place(self, code: str) -> dict[str, Any]:
        return {
            "id": place_id(code),
            "full_name": place_name(self._directory, code),
            "name": self._directory.offices[code].name,
            "country": "Indonesia",
            "country_code": "ID",
            "place_type": "city",
            "geo": {"type": "Feature", "bbox": list(box_of(self._directory, code)), "properties": {}},
        }


class _Names:
    """The old or the new names of fields, as the request uses them (channels paper 3.2)."""

    def __init__(self, request: Request) -> None:
        query = request.query_params
        new = "post.fields" in query
        asked = query.get("post.fields") or query.get("tweet.fields") or ""
        words = [word for word in asked.split(",") if word]
        strange = [word for word in words if word not in _FIELDS]
        if strange:
            name = "post.fields" if new else "tweet.fields"
            raise _invalid(
                name,
                strange[0],
                f"The `{name}` query parameter value [{strange[0]}] is not one of the fields",
            )
        self.fields = frozenset((*_DEFAULT, *words))
        self.history = "edit_history_post_ids" if new else "edit_history_tweet_ids"


def place_id(code: str) -> str:
    """A place's id: 16 hexadecimal digits."""
    return f"07d9f5{int(code.replace('.', '')):010x}"


def _sealed(record: Citizen) -> str:
    """A page token: opaque to clients."""
    return "b26v" + base64.b32encode(record.external_id.encode()).decode().rstrip("=").lower()


def _open(token: str) -> int:
    body = token.removeprefix("b26v").upper()
    try:
        return int(base64.b32decode(body + "=" * (-len(body) % 8)).decode("ascii"))
    except (binascii.Error, ValueError):
        raise _invalid("pagination_token", token[:60], "The `pagination_token` is not valid") from None


def _invalid(name: str, value: str, text: str) -> Refusal:
    error = {"message": text, "parameters": {name: [value] if value else []}}
    return Refusal(
        400,
        "Invalid Request",
        "https://api.twitter.com/2/problems/invalid-request",
        "One or more parameters to your request was invalid.",
        [error],
    )


def _not_found(kind: str, parameter: str, value: str) -> dict[str, Any]:
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


async def _no_route(_request: Request, _: Exception) -> Response:
    body = {"title": "Not Found", "detail": "Not Found", "type": "about:blank", "status": 404}
    return json_response(body, 404, kind=PROBLEM)


# ---------------------------------------------------------------- the channel of the city


def external_id(number: int, at: int) -> str:
    """An id as X makes them: milliseconds since its epoch, and 22 bits that keep equal milliseconds in order."""
    return str(((at - X_EPOCH) << 22) | (number & 0x3FFFFF))


def published(record: Citizen, directory: Directory) -> Report:
    """The report as a desk reads it."""
    words = mask_both("", storable(record.text))
    lat, lon, quality, hint = place_of(record, directory)
    return Report(
        id=record.id,
        channel=record.channel,
        external_id=record.external_id,
        kind=ReportKind.COMPLAINT,
        reported_at=record.at,
        text=words.text,
        lat=lat,
        lon=lon,
        place_quality=quality,
        place_hint=hint,
        author=author_mark(record),
        link=f"https://x.com/i/status/{record.external_id}",
        media=pictures_of(record),
    )


_TITLES: Final = {
    401: ("Unauthorized", "about:blank"),
    403: ("Client Forbidden", "https://api.x.com/2/problems/client-forbidden"),
    429: ("Too Many Requests", "https://api.x.com/2/problems/rate-limit-exceeded"),
    500: ("Internal Server Error", "about:blank"),
    503: ("Service Unavailable", "about:blank"),
}


class XSpoils:
    """How X spoils an answer."""

    def refusal(self, status: int) -> Spoiled:
        """A problem, with the limits beside it when they are spent."""
        title, kind = _TITLES[status]
        body = json.dumps({"title": title, "detail": title, "type": kind, "status": status}).encode()
        limits = (
            (b"x-rate-limit-limit", b"450"),
            (b"x-rate-limit-remaining", b"0"),
            (b"x-rate-limit-reset", b"0"),
        )
        return Spoiled(PROBLEM.encode(), body, limits if status == 429 else ())

    def error_inside(self) -> bytes:
        """An error with status 200."""
        return b'{"errors":[{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}]}'

    def lists(self, path: str) -> bool:
        """Whether an answer at this path is a list of posts, and not the account that is looked up before."""
        return not path.startswith("/2/users/by/")

    def items(self, data: Any) -> list[Any]:
        """The posts."""
        return list(data.get("data", []))

    def put(self, data: Any, items: list[Any]) -> Any:
        """The answer with other posts."""
        data["data"] = items
        return data

    def repeat_token(self, data: Any) -> Any:
        """The answer with a page token that leads in circles."""
        data.setdefault("meta", {})["next_token"] = "the-same-again"  # noqa: S105 - a page token
        return data

    def spoil(self, fault: str, item: Any) -> Any:
        """One post with a fault in it."""
        if fault == "skew":
            item["created_at"] = later(item["created_at"])
        elif fault == "wrong_type":
            item["created_at"] = {"never": ["a", "time"]}
        elif fault == "unknown_enum":
            item["type"] = "NEVER_SEEN_BEFORE"
        else:
            point = [0, 0] if fault == "zero" else [-6.2, 106.8]
            item["geo"] = {"coordinates": {"type": "Point", "coordinates": point}}
        return item


CHANNEL: Final = TrainingChannel(
    X,
    external_id,
    published,
    lambda source, stage: XServer(source, stage.directory, stage.secrets["token"], stage.clock),
    XSpoils(),
    secrets=("token",),
)
