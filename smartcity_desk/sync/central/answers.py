"""What the central server says, as values. What one item of a page cannot be read as never costs the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from smartcity_desk import codec
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import Actor, Event, Role
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.receipt import Outlet, Receipt
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.routing import Routing
from smartcity_desk.store.rows import OpResult, Params
from smartcity_desk.sync.central import PLACE
from smartcity_desk.sync.channel import raw_text
from smartcity_desk.sync.transport import Answer

Item = TypeVar("Item")
Unreadable = tuple[tuple[str, str], ...]
"""What this version cannot read: key and raw text."""

_NOT_KNOWN_YET: Final = "unknown_report"


@dataclass(frozen=True, slots=True)
class Me:
    """Who is logged in, as the server knows him."""

    user: str
    name: str
    role: Role
    office: str | None

    @property
    def actor(self) -> Actor:
        """The actor of this account's actions."""
        return Actor(self.user, self.role, self.office)


@dataclass(frozen=True, slots=True)
class DirectoryFound:
    """A directory, the policies and the routing beside it, and the tag of them all."""

    directory: Directory
    policies: tuple[Policy, ...]
    etag: str | None
    routing: tuple[Routing, ...] = ()


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Confirmed events in the server's order."""

    events: tuple[Event, ...]
    unreadable: Unreadable
    last_seq: int
    more: bool


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Reports that other desks pulled. `cursor` is where to go on, now (`more`) or later."""

    reports: tuple[Report, ...]
    unreadable: Unreadable
    cursor: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class RepliesPage:
    """Other desks' replies. `last` is where to go on, now (with `more`) or later."""

    replies: tuple[Reply, ...]
    unreadable: Unreadable
    last: int
    more: bool


@dataclass(frozen=True, slots=True)
class ReceiptsPage:
    """What became of answers, and where answers go. `last` is where to go on, now (with `more`) or later."""

    receipts: tuple[Receipt, ...]
    outlets: tuple[Outlet, ...]
    unreadable: Unreadable
    last: int
    more: bool


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that the server's stream told: `seq`, `claim` or `presence`, with its data."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


class WireReports(msgspec.Struct):
    """A page of reports as the server sends it."""

    reports: list[Report]
    next: str | None = None
    cursor: str | None = None


REPORTS: Final = msgspec.json.Decoder(WireReports)
"""Reads a page of reports in one go, where all of it fits."""


def me(data: Any) -> Me:
    """Who a token is. Raises `BadData`."""
    body = mapping(data, "me")
    try:
        role = Role(str(body.get("role")))
    except ValueError:
        raise BadData(PLACE, "role") from None
    user, name, office = body.get("user"), body.get("name"), body.get("office")
    if not isinstance(user, str) or not user:
        raise BadData(PLACE, "user")
    return Me(user, name if isinstance(name, str) else "", role, office if isinstance(office, str) else None)


def tokens(data: Any) -> tuple[str, str]:
    """The access and the refresh token of a log-in. Raises `BadData`."""
    body = mapping(data, "token")
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
        raise BadData(PLACE, "token")
    return access, refresh


def directory(answer: Answer) -> DirectoryFound:
    """The directory and what stands beside it. Raises `BadData`."""
    body = mapping(answer.data, "directory")
    policies, routing = body.get("policies") or [], body.get("routing") or []
    return DirectoryFound(
        codec.directory_from_wire(answer.data),
        tuple(codec.convert(policies, list[Policy], key="policies")),
        answer.etag,
        tuple(codec.convert(routing, list[Routing], key="routing")),
    )


def events(data: Any, after: int) -> EventsPage:
    """A page of events behind a number. Raises `BadData`, also for one that leads nowhere."""
    body = mapping(data, "events")
    found, unreadable = _each(body, "events", codec.event_from_wire)
    last = body.get("last_seq")
    if not isinstance(last, int) or isinstance(last, bool) or last < 0:
        raise BadData(PLACE, "last_seq")
    more = body.get("more") is True
    if more and last <= after:
        raise BadData(PLACE, "last_seq")  # a page that leads nowhere would be asked for again for ever
    return EventsPage(found, unreadable, max(last, after), more)


def reports(data: Any, cursor: str | None) -> ReportsPage:
    """A page of reports behind a cursor, whether it came in one go (`REPORTS`) or not. Raises `BadData`."""
    if isinstance(data, WireReports):
        more = data.next is not None and data.next != cursor
        return ReportsPage(tuple(data.reports), (), data.next or data.cursor or cursor, more)
    # Something in the page does not fit: one by one, so that one report cannot hold up the others.
    body = mapping(data, "reports")
    found, unreadable = _each(body, "reports", codec.report_from_wire)
    following, later = body.get("next"), body.get("cursor")
    more = isinstance(following, str) and following != cursor
    reached = following if isinstance(following, str) else later
    return ReportsPage(found, unreadable, reached if isinstance(reached, str) else cursor, more)


def replies(data: Any, after: int) -> RepliesPage:
    """A page of replies behind a number. Raises `BadData`."""
    body = mapping(data, "replies")
    found, unreadable = _each(body, "replies", codec.reply_from_wire)
    last, more = _reached(body, after)
    return RepliesPage(found, unreadable, last, more)


def receipts(data: Any, after: int) -> ReceiptsPage:
    """A page of what became of answers, behind a number. Raises `BadData`."""
    body = mapping(data, "receipts")
    found, unreadable = _each(body, "receipts", lambda item: codec.convert(item, Receipt, key="receipt"))
    outlets = codec.convert(_list(body, "outlets"), list[Outlet], key="outlets")
    last, more = _reached(body, after)
    return ReceiptsPage(found, tuple(outlets), unreadable, last, more)


def refused(data: Any, key: str) -> dict[str, str]:
    """What the server did not take of a page: id -> code. Raises `BadData`."""
    return {
        item["id"]: str(item.get("code") or "rejected")
        for item in _list(mapping(data, key), "rejected")
        if isinstance(item, dict) and isinstance(item.get("id"), str)
    }


def results(data: Any, asked: Sequence[str]) -> list[OpResult]:
    """One answer to each of these actions, in their order; one without an answer is `unknown`. Raises `BadData`."""
    found: dict[str, OpResult] = {}
    for item in _list(mapping(data, "actions"), "results"):
        result = _result(item)
        if result is not None:
            found[result.op_id] = result
    return [found.get(name) or OpResult(name, "unknown", code="no_answer") for name in asked]


def lease(data: Any) -> tuple[str, int]:
    """Who holds a report, and until when (ms UTC). Raises `BadData`."""
    body = mapping(data, "claim")
    user, until = body.get("user"), body.get("until")
    if not isinstance(user, str) or not isinstance(until, int):
        raise BadData(PLACE, "claim")
    return user, until


def signal(name: str, text: str) -> Signal:
    """One line of the stream. What cannot be read still wakes."""
    try:
        found = codec.decode(text, dict[str, Any], key="stream")
    except BadData:
        found = {}
    return Signal(name, found)


def mapping(data: Any, key: str) -> Mapping[str, Any]:
    """An answer that is an object. Raises `BadData` for anything else."""
    if not isinstance(data, dict):
        raise BadData(PLACE, key)
    return data


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    found = body.get(key)
    if not isinstance(found, list):
        raise BadData(PLACE, key)
    return found


def _each(
    body: Mapping[str, Any], key: str, read: Callable[[Any], Item]
) -> tuple[tuple[Item, ...], Unreadable]:
    """The items of a page that can be read, and beside them those that cannot."""
    found: list[Item] = []
    unreadable: list[tuple[str, str]] = []
    for item in _list(body, key):
        try:
            found.append(read(item))
        except BadData as problem:
            unreadable.append((problem.key, raw_text(item)))
    return tuple(found), tuple(unreadable)


def _reached(body: Mapping[str, Any], after: int) -> tuple[int, bool]:
    """Where a page ends and whether there are more; one that leads nowhere would be asked for again for ever."""
    last, more = body.get("last"), body.get("more") is True
    if not isinstance(last, int) or isinstance(last, bool) or last < after or (more and last == after):
        raise BadData(PLACE, "last")
    return last, more


def _result(item: Any) -> OpResult | None:
    """The answer to one action; None when it names no action. What cannot be read is `unknown`, never an acceptance."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        return None
    op_id, outcome = item["id"], item.get("outcome")
    code, params = _text(item, "code"), _params(item.get("params"))
    if outcome in ("accepted", "duplicate"):
        try:
            events = tuple(codec.event_from_wire(event) for event in item.get("events") or [])
        except BadData:
            # Accepted, but shown in words that this version cannot read; the events come with the log.
            return OpResult(op_id, "unknown", code="unreadable_answer")
        seq = item.get("seq")
        return OpResult(op_id, outcome, events, seq if isinstance(seq, int) else None)
    if outcome == "conflict":
        return OpResult(
            op_id,
            "conflict",
            field=_text(item, "field"),
            base=_text(item, "base"),
            mine=_text(item, "mine"),
            theirs=_text(item, "theirs"),
            code=code,
            params=params,
        )
    if outcome == "rejected":
        if code == _NOT_KNOWN_YET:
            # Reports go first, so this one is on its way (another desk's page, a page that was refused for now).
            return OpResult(op_id, "unknown", code=code)
        return OpResult(op_id, "rejected", code=code or "rejected", params=params)
    return OpResult(op_id, "unknown", code="unreadable_answer")


def _text(item: dict[str, Any], key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) else None


def _params(value: Any) -> Params:
    if not isinstance(value, dict):
        return {}
    return {
        str(name): part for name, part in value.items() if part is None or isinstance(part, str | int | float)
    }
