"""The city's directory at the server: every edition kept, the newest one in force and cached."""

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
from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy


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


def wire(directory: Directory, policies: Sequence[Policy]) -> dict[str, Any]:
    """The JSON object of `GET /v1/directory`."""
    return {**codec.directory_to_wire(directory), "policies": [codec.builtins(policy) for policy in policies]}


def read(value: object) -> tuple[Directory, list[Policy]]:
    """Directory and policies from their JSON object. Raises BadData."""
    body = codec.convert(value, dict[str, Any], key="directory")
    policies = codec.convert(body.get("policies", []), list[Policy], key="policies")
    directory = codec.directory_from_wire(body)
    if not all(OFFICE_CODE.fullmatch(code) for code in directory.offices):
        raise BadData("central", "offices", detail="code")  # columns and addresses have to hold it
    return directory, policies


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
    connection: Connection, directory: Directory, policies: Sequence[Policy], *, by: str, now: int
) -> tuple[int, str]:
    """Put an edition in force; the same content again is no new edition. Returns version and entity tag."""
    lock_name(connection, "directory")
    body = canonical(wire(directory, policies))
    etag = hashlib.sha256(body.encode()).hexdigest()
    query = select(schema.directory.c.version, schema.directory.c.etag)
    newest = connection.execute(query.order_by(schema.directory.c.version.desc()).limit(1)).one_or_none()
    if newest is not None and newest.etag == etag:
        return newest.version, etag
    version = 1 if newest is None else newest.version + 1
    connection.execute(
        insert(schema.directory).values(version=version, etag=etag, body=body, loaded_at=now, loaded_by=by)
    )
    return version, etag
