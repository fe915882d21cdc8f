"""Domain values to and from JSON, checked on the way in. One codec for the desk, the central server and the store.

Instants stay whole milliseconds (UTC) inside JSON bodies of the central server's API; `Event.payload` is decoded by its
kind. Anything that does not fit its type raises `BadData("central", <key>)` and names the place.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.events import PAYLOADS, Actor, Event, EventKind, Payload, Role
from smartcity_desk.domain.office import Category, Directory, Office, Official, Tenure
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report

T = TypeVar("T")
Json = dict[str, Any]

_ENCODER: Final = msgspec.json.Encoder()


def encode(value: object) -> str:
    """Compact JSON text of builtins, dataclasses and enums."""
    return _ENCODER.encode(value).decode()


def convert(value: object, kind: type[T], *, key: str) -> T:
    """A value of type `kind` from decoded JSON. Raises `BadData` that names `key`."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise BadData("central", key, detail=str(error)) from error


def decode(text: str | bytes, kind: type[T], *, key: str) -> T:
    """A value of type `kind` from JSON text. Raises `BadData` that names `key`."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadData("central", key, detail=str(error)) from error


def builtins(value: object) -> Any:
    """Dicts, lists, numbers and texts of a dataclass."""
    return msgspec.to_builtins(value)


def payload_to_json(payload: Payload) -> str:
    """JSON text of a payload, for a column."""
    return encode(payload)


def payload_from_json(kind: EventKind, text: str | bytes) -> Payload:
    """The payload of a kind from JSON text. Raises `BadData`."""
    return decode(text, PAYLOADS[kind], key=kind.value)


class WireEvent(msgspec.Struct, omit_defaults=True):
    """An event as it travels and as it is published in OpenAPI."""

    id: str
    subject: str
    kind: EventKind
    at: int
    user: str
    role: Role
    payload: Json
    office: str | None = None
    seq: int | None = None
    action: str | None = None


class WireAction(msgspec.Struct, omit_defaults=True):
    """An action as it travels. The server takes user, role and office from the token, never from the body."""

    id: str
    report: str
    kind: EventKind
    at: int
    payload: Json


def event_to_wire(event: Event) -> Json:
    """The JSON object of an event."""
    wire = WireEvent(
        id=event.id,
        subject=event.subject,
        kind=event.kind,
        at=event.at,
        user=event.actor.user,
        role=event.actor.role,
        office=event.actor.office,
        payload=builtins(event.payload),
        seq=event.seq,
        action=event.action,
    )
    result: Json = msgspec.to_builtins(wire)
    return result


def event_from_wire(value: object) -> Event:
    """An event from its JSON object. Raises `BadData`."""
    wire = convert(value, WireEvent, key="event")
    return Event(
        id=wire.id,
        subject=wire.subject,
        kind=wire.kind,
        at=wire.at,
        actor=Actor(wire.user, wire.role, wire.office),
        payload=convert(wire.payload, PAYLOADS[wire.kind], key=wire.kind.value),
        seq=wire.seq,
        action=wire.action,
    )


def action_to_wire(action: Action) -> Json:
    """The JSON object of an action, without its actor."""
    result: Json = msgspec.to_builtins(
        WireAction(action.id, action.report, action.kind, action.at, builtins(action.payload))
    )
    return result


def action_from_wire(value: object, actor: Actor) -> Action:
    """An action of an authenticated actor from its JSON object. Raises `BadData`."""
    wire = convert(value, WireAction, key="action")
    payload = convert(wire.payload, PAYLOADS[wire.kind], key=wire.kind.value)
    return Action(wire.id, wire.report, wire.kind, payload, actor, wire.at)


def report_to_wire(report: Report) -> Json:
    """The JSON object of a report as desks share it: without the unmasked text and without the raw item."""
    result: Json = msgspec.to_builtins(report)
    del result["unmasked"], result["raw"]
    for name in ("withdrawn_at", "expired_at"):
        if result[name] is None:
            del result[name]  # a report that is no tombstone reads as it did before there were any
    return result


def reply_to_wire(reply: Reply) -> Json:
    """The JSON object of a reply as desks share it: without the unmasked text and without the raw item."""
    result: Json = msgspec.to_builtins(reply)
    del result["unmasked"], result["raw"]
    return result


def reply_from_wire(value: object) -> Reply:
    """A reply from its JSON object. Raises `BadData`."""
    return convert(value, Reply, key="reply")


def report_from_wire(value: object) -> Report:
    """A report from its JSON object. Raises `BadData`."""
    return convert(value, Report, key="report")


def directory_to_wire(directory: Directory) -> Json:
    """The JSON object of `GET /v1/directory`: lists, not maps."""
    return {
        "edition": directory.edition,
        "offices": [builtins(office) for office in directory.offices.values()],
        "officials": [builtins(official) for official in directory.officials.values()],
        "tenures": [builtins(tenure) for tenure in directory.tenures],
        "categories": [builtins(category) for category in directory.categories.values()],
    }


def directory_from_wire(value: object) -> Directory:
    """A directory from its JSON object. Unknown keys are ignored. Raises `BadData`."""
    body = convert(value, dict[str, Any], key="directory")
    return Directory.of(
        edition=str(body.get("edition", "")),
        offices=convert(body.get("offices", []), list[Office], key="offices"),
        officials=convert(body.get("officials", []), list[Official], key="officials"),
        tenures=convert(body.get("tenures", []), list[Tenure], key="tenures"),
        categories=convert(body.get("categories", []), list[Category], key="categories"),
    )
