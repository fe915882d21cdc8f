"""Writing Open311: `POST requests` and `POST servicerequestupdates`, as the strictest server takes them.

A repeat that is refused because it is there already is success: the update carries an id of its own, so a lost answer
costs nothing (channels paper 10.3). What a refusal says is kept for the administrator, shortened and masked. No
address, key or text is ever logged.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec

import smartcity_desk
from smartcity_desk.central.outgoing.targets import Target
from smartcity_desk.domain.privacy import mask
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.text import cut, storable
from smartcity_desk.domain.times import SECOND, from_datetime
from smartcity_desk.georeport import documents
from smartcity_desk.georeport.documents import Holds, Trouble
from smartcity_desk.georeport.states import instant, word_of

USER_AGENT: Final = f"smartcity-desk/{smartcity_desk.__version__} (city monitoring unit; answers)"
TIMEOUT: Final = httpx.Timeout(connect=10.0, read=30.0, write=15.0, pool=30.0)
MOST_SECONDS: Final = 60.0
ANSWER_MOST: Final = 256 * 1024
_DETAIL_LONGEST: Final = 300
_AWAY: Final = frozenset({"offline", "timeout", "cut", f"http_{HTTPStatus.TOO_MANY_REQUESTS.value}"})
_AGAIN: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: `code` is None when it is there now.

    `lasting` says that trying the same again is of no use; `unsure` that it may have arrived all the same. `after` is
    the wait in ms that the server asked for. `answer_id` is the id that the server gave it.
    """

    code: str | None = None
    detail: str = ""
    lasting: bool = False
    unsure: bool = False
    after: int | None = None
    answer_id: str = ""

    @property
    def away(self) -> bool:
        """Whether it tells of the target as a whole, which anything else that is sent now would meet too."""
        return self.code in _AWAY or self.after is not None


def update_form(
    target: Target, key: str, *, name: str, about: str, status: Status, text: str, at: int
) -> dict[str, str]:
    """The fields of an update of a request."""
    return _filled(
        target,
        key,
        service_request_id=about,
        update_id=name,
        updated_datetime=instant(at),
        status=word_of(status),
        description=text,
    )


def request_form(target: Target, key: str, body: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a new request. Of the person who reported it there are none."""
    place = {}
    if body.get("lat") is not None and body.get("long") is not None:
        place = {"lat": f"{body['lat']:.6f}", "long": f"{body['long']:.6f}"}
    return _filled(
        target,
        key,
        service_code=str(body.get("service") or ""),
        description=str(body.get("text") or ""),
        address_string=str(body.get("address") or ""),
        media_url=str(body.get("media") or ""),
        **place,
    )


def _filled(target: Target, key: str, **fields: str) -> dict[str, str]:
    return {
        name: value
        for name, value in (("api_key", key), ("jurisdiction_id", target.jurisdiction), *fields.items())
        if value
    }


def new_client() -> httpx.AsyncClient:
    """A client for outgoing calls: the system's trust store, no redirects, an office's proxy but for this machine."""
    import truststore

    return httpx.AsyncClient(
        verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        timeout=TIMEOUT,
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        mounts={f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")},
    )


async def send_update(http: httpx.AsyncClient, target: Target, form: Mapping[str, str], now: int) -> Outcome:
    """Hand in an update. Sending it twice is safe."""
    return await _post(http, target, "servicerequestupdates", form, Holds.UPDATES, now)


async def send_request(http: httpx.AsyncClient, target: Target, form: Mapping[str, str], now: int) -> Outcome:
    """Hand in a new request. It has no id of ours, so a lost answer leaves it unsure."""
    return await _post(http, target, "requests", form, Holds.REQUESTS, now)


async def reach(http: httpx.AsyncClient, target: Target, now: int) -> tuple[Outcome, list[str]]:
    """Whether a target answers at all: the codes of its services, which anybody may read."""
    params = {"jurisdiction_id": target.jurisdiction} if target.jurisdiction else {}
    outcome, found = await _ask(http, "GET", target, "services", Holds.SERVICES, now, params=params)
    codes = [str(item.get("service_code", "")) for item in found if isinstance(item, dict)]
    return outcome, [code for code in codes if code]


async def _post(
    http: httpx.AsyncClient, target: Target, method: str, form: Mapping[str, str], holds: Holds, now: int
) -> Outcome:
    outcome, found = await _ask(http, "POST", target, method, holds, now, data=dict(form))
    if outcome.code is not None:
        return outcome
    first = found[0] if found and isinstance(found[0], dict) else {}
    given = first.get(holds.value) or first.get("token") or ""
    return Outcome(answer_id=str(given)[:200])


async def _ask(
    http: httpx.AsyncClient,
    verb: str,
    target: Target,
    method: str,
    holds: Holds,
    now: int,
    **more: Any,
) -> tuple[Outcome, list[Any]]:
    url = f"{target.url.rstrip('/')}/{method}.json"
    try:
        async with asyncio.timeout(MOST_SECONDS), http.stream(verb, url, **more) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > ANSWER_MOST:
                    return Outcome("too_large", lasting=True, unsure=True), []
            return _judge(response, bytes(body), holds, now)
    except (TimeoutError, httpx.TimeoutException) as problem:
        return Outcome("timeout", unsure=not isinstance(problem, httpx.ConnectTimeout)), []
    except (httpx.ConnectError, httpx.ProxyError):
        return Outcome("offline"), []
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return Outcome("bad_url", lasting=True), []
    except (httpx.HTTPError, OSError):
        return Outcome("cut", unsure=True), []


def _judge(response: httpx.Response, body: bytes, holds: Holds, now: int) -> tuple[Outcome, list[Any]]:
    status = response.status_code
    trouble = documents.trouble_of(body)
    if 200 <= status < 300:
        try:
            found = documents.read(body, holds) if body.strip() else []
        except documents.Page:
            return Outcome("html", unsure=True), []
        except documents.Unreadable:
            return Outcome("unreadable", unsure=True), []
        if not isinstance(found, Trouble):
            return Outcome(), [_plain(item) for item in found]
        trouble, status = found, found.code or 400
    said = "" if trouble is None else cut(mask(storable(trouble.text)).text, _DETAIL_LONGEST)
    # only a refusal says that: a server that is ill says of its own tables that they exist
    if "already exists" in said.lower() and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome(), []
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or "api key" in said.lower().replace(
        "_", " "
    ):
        return Outcome("key_refused", said), []
    if status in _AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome(
            f"http_{status}", said, after=_asked_wait(response.headers, now), unsure=status >= 500
        ), []
    return Outcome(f"http_{status}", said, lasting=True), []


def _plain(item: Any) -> Any:
    return msgspec.json.decode(item) if isinstance(item, msgspec.Raw) else item


def _asked_wait(headers: Mapping[str, str], now: int) -> int | None:
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return int(value[:9]) * SECOND or None
    try:
        # a date that is over for a clock that runs ahead says nothing: the target would be asked each second
        wait = from_datetime(parsedate_to_datetime(value)) - now
        return wait if wait > 0 else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
