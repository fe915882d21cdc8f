"""The city's directory at the server, with its policies and routing: every edition kept, the newest one in force."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, insert, select

from smartcity_desk import codec
from smartcity_desk.central import schema
from smartcity_desk.central.db import lock_name
from smartcity_desk.central.ledger import canonical
from smartcity_desk.domain.errors import BadData, ConfigProblem
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.routing import Routing


@dataclass(frozen=True, slots=True)
class Edition:
    """A directory with its policies as it is sent: `body` is the JSON, `etag` its hash."""

    version: int
    etag: str
    body: str
    directory: Directory


OFFICE_SHAPE: Final = r"^[A-Za-z0-9._-]{1,60}$"
OFFICE_CODE: Final = re.compile(OFFICE_SHAPE.replace("$", r"\Z"))
_EMPTY: Final = canonical({**codec.directory_to_wire(Directory()), "policies": []})
NONE_YET: Final = Edition(0, hashlib.sha256(_EMPTY.encode()).hexdigest(), _EMPTY, Directory())


def wire(directory: Directory, policies: Sequence[Policy], routing: Sequence[Routing] = ()) -> dict[str, Any]:
    """The JSON object of `GET /v1/directory`. A city without routing of its own says nothing of it."""
    body = {**codec.directory_to_wire(directory), "policies": [codec.builtins(policy) for policy in policies]}
    return {**body, "routing": [codec.builtins(one) for one in routing]} if routing else body


def read(value: object) -> tuple[Directory, list[Policy]]:
    """Directory and policies from their JSON object. Raises BadData."""
    body = codec.convert(value, dict[str, Any], key="directory")
    policies = codec.convert(body.get("policies", []), list[Policy], key="policies")
    directory = codec.directory_from_wire(body)
    if not all(OFFICE_CODE.fullmatch(code) for code in directory.offices):
        raise BadData("central", "offices", detail="code")  # columns and addresses have to hold it
    return directory, policies


def routing_of(value: object) -> list[Routing] | None:
    """The versions of the routing knowledge from the same object; None where it says nothing of it. Raises BadData."""
    body = codec.convert(value, dict[str, Any], key="directory")
    if "routing" not in body:
        return None
    found = codec.convert(body["routing"], list[Routing], key="routing")
    if not all(rule.basis.strip() and rule.source.strip() for one in found for rule in one.rules):
        raise BadData("central", "routing", detail="a rule without its basis or its source")
    return found


class Directories:
    """The edition in force. One query tells whether the cached one still is."""

    def __init__(self) -> None:
        self._cached = NONE_YET
        self._lock = threading.Lock()

    def current(self, connection: Connection) -> Edition:
        """The newest edition, or an empty one when none was ever loaded."""
        newest = connection.execute(select(func.max(schema.directory.c.version))).scalar() or 0
        with self._lock:
            if newest == self._cached.version:
                return self._cached
        query = select(schema.directory).where(schema.directory.c.version == newest)
        row = connection.execute(query).one()
        directory, _ = read(msgspec.json.decode(row.body))
        with self._lock:
            self._cached = Edition(newest, row.etag, row.body, directory)
            return self._cached


def load(
    connection: Connection,
    directory: Directory,
    policies: Sequence[Policy],
    *,
    by: str,
    now: int,
    routing: Sequence[Routing] | None = None,
) -> tuple[int, str]:
    """Put an edition in force; the same content again is no new edition. Returns version and entity tag.

    Without `routing` that of the edition before it stays.
    """
    lock_name(connection, "directory")
    query = select(schema.directory).order_by(schema.directory.c.version.desc()).limit(1)
    newest = connection.execute(query).one_or_none()
    if routing is None and newest is not None:
        routing = routing_of(msgspec.json.decode(newest.body))
    body = canonical(wire(directory, policies, routing or ()))
    etag = hashlib.sha256(body.encode()).hexdigest()
    if newest is not None and newest.etag == etag:
        return newest.version, etag
    version = 1 if newest is None else newest.version + 1
    connection.execute(
        insert(schema.directory).values(version=version, etag=etag, body=body, loaded_at=now, loaded_by=by)
    )
    return version, etag


def add_routing(connection: Connection, routing: Routing, *, by: str, now: int) -> tuple[int, str]:
    """Put a version of the routing knowledge beside the ones that are there, as a new edition.

    Raises ConfigProblem: `no_directory`, and `version_taken` for a version that is there with another content.
    """
    lock_name(connection, "directory")
    query = select(schema.directory.c.body).order_by(schema.directory.c.version.desc()).limit(1)
    body = connection.execute(query).scalar()
    if body is None:
        raise ConfigProblem(name="routing", reason="no_directory")
    value = msgspec.json.decode(body)
    present = routing_of(value) or []
    same = next((one for one in present if one.version == routing.version), None)
    if same is not None and same != routing:
        raise ConfigProblem(name="routing", reason="version_taken", value=routing.version[:60])
    directory, policies = read(value)
    every = present if same is not None else [*present, routing]
    return load(connection, directory, policies, by=by, now=now, routing=every)
