"""A server of Open311 GeoReport v2: requests, services and updates, to read and to write, in JSON and XML.

It is as strict as the strictest real one about what it is told (times without fractions, states in capitals, a known
service, the right key), and answers the way the others do: pages or only so many, a bare array or an envelope.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import DAY, JAKARTA, from_iso, to_datetime, to_iso
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.common import Clock, json_response, moment, whole_number

PATH: Final = "/open311/v2"
_WINDOW: Final = 90 * DAY
_MOST: Final = 1_000
_PAGE: Final = 500
_BODY_MOST: Final = 64 * 1024
_STRICT_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
STATES: Final = frozenset(
    (
        *(
            "OPEN",
            "FIXED",
            "IN_PROGRESS",
            "ACTION_SCHEDULED",
            "INVESTIGATING",
            "DUPLICATE",
            "REOPEN",
            "CLOSED",
        ),
        *("NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION", "INTERNAL_REFERRAL", "FOR_TRIAGE", "CANCELLED"),
    )
)
_CLOSING: Final = {
    "FIXED": "closed",
    "CLOSED": "closed",
    "CANCELLED": "closed",
    "NO_FURTHER_ACTION": "closed",
}


class Refused(Exception):  # noqa: N818 - an answer, not a fault of ours
    """A request that is answered with an error."""

    def __init__(self, status: int, *said: str) -> None:
        super().__init__(status)
        self.status = status
        self.said = said


@dataclass(frozen=True, slots=True)
class Flavour:
    """What differs between real servers. `style` is `page`, `max_requests`, `limit` or `none`.

    `jurisdiction` has to be named where it is not empty; without it people get a page. `wrapped` puts lists into an
    envelope. `updates` says whether there is a list of updates, `changes` whether `updated_after` is understood.
    """

    style: str = "page"
    jurisdiction: str = ""
    wrapped: bool = False
    updates: bool = True
    changes: bool = True


@dataclass(slots=True)
class _Life:
    """What became of a request: its state, its note, and when that was (ms UTC)."""

    status: str
    notes: str
    at: int


Item = Callable[[Citizen, Directory], dict[str, Any]]


@dataclass(slots=True)
class _Posted:
    requests: list[dict[str, Any]] = field(default_factory=list)
    updates: dict[str, dict[str, Any]] = field(default_factory=dict)
    lives: dict[str, _Life] = field(default_factory=dict)


class Open311Server:
    """Serves the records of `source`, oldest first, which may grow while it runs. `key` opens what is written."""

    path: Final = PATH

    def __init__(
        self,
        source: Sequence[Citizen],
        directory: Directory,
        clock: Clock,
        *,
        item: Item,
        services: Sequence[dict[str, Any]],
        key: str = "",
        flavour: Flavour | None = None,
    ) -> None:
        self._source = source
        self._directory = directory
        self._clock = clock
        self._key = key
        self._flavour = flavour or Flavour()
        self._item = item
        self._services = list(services)
        self._posted = _Posted()
        self._by_id: dict[str, Citizen] = {}
        self._indexed = 0

    @property
    def updates(self) -> list[dict[str, Any]]:
        """The updates that were handed in, in their order."""
        return list(self._posted.updates.values())

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests that were handed in, in their order."""
        return self._posted.requests

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route(PATH + "/discovery.{form}", self._discover),
            Route(PATH + "/services.{form}", self._list_services),
            Route(PATH + "/services/{code}.{form}", self._define),
            Route(PATH + "/requests.{form}", self._list, methods=["GET"]),
            Route(PATH + "/requests.{form}", self._create, methods=["POST"]),
            Route(PATH + "/requests/{id}.{form}", self._one),
            Route(PATH + "/servicerequestupdates.{form}", self._list_updates, methods=["GET"]),
            Route(PATH + "/servicerequestupdates.{form}", self._update, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={404: _no_route, Refused: self._refused})

    # ------------------------------------------------------------ reading

    async def _discover(self, request: Request) -> Response:
        self._enter(request, request.query_params)
        found = {"changeset": to_iso(self._clock()), "contact": "latihan", "endpoints": []}
        return self._answer(request, "discovery", "", [found])

    async def _list_services(self, request: Request) -> Response:
        self._enter(request, request.query_params)
        return self._answer(request, "services", "service", self._services)

    async def _define(self, request: Request) -> Response:
        self._enter(request, request.query_params)
        code = request.path_params["code"]
        if code not in {service["service_code"] for service in self._services}:
            raise Refused(404, "service_code was not found")
        return self._answer(request, "service_definition", "", [{"service_code": code, "attributes": []}])

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        self._enter(request, query)
        wanted = [name for name in query.get("service_request_id", "").split(",") if name]
        if wanted:
            return self._answer(request, "service_requests", "request", self._of(wanted))
        now = moment(request, self._clock)
        found = self._between(query, now)
        headers: dict[str, str] = {}
        if self._flavour.style == "page":
            page, size = max(1, whole_number(query.get("page")) or 1), self._size(query)
            pages = max(1, -(-len(found) // size))
            if page > pages:
                raise Refused(404, "Invalid page.")
            headers = {
                "X-Page-Count": str(pages),
                "X-Page-Size": str(size),
                "X-Result-Count": str(len(found)),
            }
            found = found[(page - 1) * size : page * size]
        elif self._flavour.style in ("max_requests", "limit"):
            found = found[: min(whole_number(query.get(self._flavour.style)) or 100, _MOST)]
        else:
            found = found[:_MOST]
        items = [self._told(one) for one in found]
        return self._answer(request, "service_requests", "request", items, headers)

    def _size(self, query: Mapping[str, str]) -> int:
        asked = whole_number(query.get("page_size")) or whole_number(query.get("per_page"))
        return min(asked or 20, _PAGE)

    def _between(self, query: Mapping[str, str], now: int) -> Sequence[Citizen | dict[str, Any]]:
        """What was asked for, newest first: created in a window, or changed after an instant."""
        if "updated_after" in query and self._flavour.changes:
            since, until = _time(query, "updated_after", 0), _time(query, "updated_before", now)
            names = [name for name, life in self._posted.lives.items() if since <= life.at <= until]
            fresh = [one for one in self._created(since, until) if _id(one) not in self._posted.lives]
            named = [self._find(name) for name in names]
            return [*[one for one in named if one is not None], *fresh]
        until = _time(query, "end_date", now)
        return self._created(_time(query, "start_date", until - _WINDOW), min(until, now))

    def _created(self, since: int, until: int) -> list[Citizen | dict[str, Any]]:
        first = bisect_left(self._source, since, key=lambda record: record.at)
        last = bisect_left(self._source, until + 1, key=lambda record: record.at)
        made = [one for one in self._posted.requests if since <= from_iso(one["requested_datetime"]) <= until]
        return [*reversed(made), *reversed(self._source[first:last])]

    async def _one(self, request: Request) -> Response:
        self._enter(request, request.query_params)
        found = self._of([request.path_params["id"]])
        if not found:
            raise Refused(404, "service_request_id was not found")
        return self._answer(request, "service_requests", "request", found)

    def _of(self, names: Iterable[str]) -> list[dict[str, Any]]:
        found = [self._find(name) for name in names]
        return [self._told(one) for one in found if one is not None]

    def _find(self, name: str) -> Citizen | dict[str, Any] | None:
        while self._indexed < len(self._source):
            record = self._source[self._indexed]
            self._by_id[record.external_id] = record
            self._indexed += 1
        made = next((one for one in self._posted.requests if one["service_request_id"] == name), None)
        return made or self._by_id.get(name)

    def _told(self, one: Citizen | dict[str, Any]) -> dict[str, Any]:
        item = dict(one) if isinstance(one, dict) else self._item(one, self._directory)
        life = self._posted.lives.get(_id(one))
        if life is not None:
            item |= {"status": life.status, "status_notes": life.notes, "updated_datetime": written(life.at)}
        return item

    async def _list_updates(self, request: Request) -> Response:
        query = request.query_params
        self._enter(request, query)
        if not self._flavour.updates:
            raise Refused(404, "Not Found")
        for name in ("start_date", "end_date"):
            if name in query and not _STRICT_TIME.fullmatch(query[name]):
                raise Refused(400, "Error in input", f"found value isn't a datetime ($data->{{{name}}})")
        since, until = _time(query, "start_date", 0), _time(query, "end_date", moment(request, self._clock))
        found = [
            one
            for one in self._posted.updates.values()
            if since <= from_iso(one["updated_datetime"]) <= until
        ]
        return self._answer(request, "service_request_updates", "request_update", found)

    # ------------------------------------------------------------ writing

    async def _create(self, request: Request) -> Response:
        form = await _form(request)
        self._enter(request, form)
        self._open(form)
        services = {service["service_code"]: service["service_name"] for service in self._services}
        code = form.get("service_code", "")
        if code not in services:
            raise Refused(400, f"Service code {code[:60]} is invalid")
        if not form.get("address_string") and not ("lat" in form and "long" in form):
            raise Refused(400, "no value given for required entry lat or address_string")
        if not 1 <= len(form.get("description", "")) <= 4000:
            raise Refused(400, "description is needed, with 4000 letters at most")
        name = str(9_000_001 + len(self._posted.requests))
        at = written(self._clock())
        self._posted.requests.append(
            {
                "service_request_id": name,
                "status": "open",
                "status_notes": "",
                "service_name": services[code],
                "service_code": code,
                "description": form["description"],
                "agency_responsible": "",
                "service_notice": "",
                "requested_datetime": at,
                "updated_datetime": at,
                "address": form.get("address_string", ""),
                "lat": float(form["lat"]) if "lat" in form else None,
                "long": float(form["long"]) if "long" in form else None,
                "media_url": form.get("media_url", ""),
            }
        )
        made = {"service_request_id": name, "service_notice": "Server latihan", "account_id": None}
        return self._answer(request, "service_requests", "request", [made], status=201)

    async def _update(self, request: Request) -> Response:
        form = await _form(request)
        self._enter(request, form)
        self._open(form)
        name, about = form.get("update_id", ""), form.get("service_request_id", "")
        if not name or self._find(about) is None:
            raise Refused(400, "Error in input", "service_request_id and update_id are needed")
        if not _STRICT_TIME.fullmatch(form.get("updated_datetime", "")):
            raise Refused(400, "Error in input", "found value isn't a datetime ($data->{updated_datetime})")
        if form.get("status") not in STATES:
            raise Refused(400, "Error in input", "found value is not the required value ($data->{status})")
        if name in self._posted.updates:
            raise Refused(400, "Bad request: already exists")
        state = form["status"]
        self._posted.updates[name] = {
            "update_id": name,
            "service_request_id": about,
            "status": state.lower(),
            "updated_datetime": form["updated_datetime"],
            "description": form.get("description", ""),
            "media_url": form.get("media_url", ""),
        }
        text = form.get("description", "")
        self._posted.lives[about] = _Life(_CLOSING.get(state, "open"), text, self._clock())
        return self._answer(request, "service_request_updates", "request_update", [{"update_id": name}])

    # ------------------------------------------------------------ what calls share

    def _enter(self, request: Request, given: Mapping[str, str]) -> None:
        if request.path_params["form"] not in ("json", "xml"):
            raise Refused(404, "Not Found")
        wanted = self._flavour.jurisdiction
        if wanted and given.get("jurisdiction_id") != wanted:
            raise Refused(404 if given.get("jurisdiction_id") else 400)

    def _open(self, form: Mapping[str, str]) -> None:
        if self._key and form.get("api_key") != self._key:
            raise Refused(400, "Invalid API key")

    def _answer(
        self,
        request: Request,
        root: str,
        each: str,
        items: list[dict[str, Any]],
        headers: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        if request.path_params["form"] == "xml":
            content = (
                f'<?xml version="1.0" encoding="utf-8"?>\n{_xml(root, {each: items} if each else items[0])}'
            )
            return Response(
                content.encode(), status, {"content-type": "text/xml; charset=utf-8", **(headers or {})}
            )
        if not each:
            return json_response(items[0], status, headers=headers)
        return json_response({root: items} if self._flavour.wrapped else items, status, headers=headers)

    async def _refused(self, request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Refused)
        if not problem.said:  # the page that people get who name no jurisdiction
            page = (
                "<!DOCTYPE html><html><head><title>Open311</title></head><body>jurisdiction_id?</body></html>"
            )
            return Response(page.encode(), problem.status, {"content-type": "text/html; charset=utf-8"})
        errors = [{"code": problem.status, "description": line} for line in problem.said]
        if request.path_params.get("form") == "xml":
            return Response(_xml("errors", {"error": errors}), problem.status, {"content-type": "text/xml"})
        if "already exists" in problem.said[0]:
            return json_response({"errors": errors[0]}, problem.status)
        return json_response(errors, problem.status)


def _id(one: Citizen | dict[str, Any]) -> str:
    return str(one["service_request_id"]) if isinstance(one, dict) else one.external_id


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_MOST:
            raise Refused(413, "too large")
    return {name: values[-1] for name, values in parse_qs(bytes(body).decode("utf-8", "replace")).items()}


def _time(given: Mapping[str, str], name: str, otherwise: int) -> int:
    if name not in given:
        return otherwise
    try:
        return from_iso(given[name])
    except ValueError:
        raise Refused(400, f"{name} is no datetime") from None


def written(at: int) -> str:
    """A time as the 6aika server writes it: microseconds, and the server's own offset."""
    return to_datetime(at).astimezone(JAKARTA).isoformat(timespec="microseconds")


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inside = "".join(
            "".join(_xml(key, each) for each in entry) if isinstance(entry, list) else _xml(key, entry)
            for key, entry in value.items()
        )
        return f"<{name}>{inside}</{name}>"
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(_ILLEGAL.sub('', text))}</{name}>"


async def _no_route(_request: Request, _: Exception) -> Response:
    return json_response({"code": 404, "detail": "Not Found"}, 404)
