"""Where things may go: one row a target. Its key comes from the environment, else from a file of the server's own."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, delete, insert, select

from smartcity_desk.central import ledger, schema
from smartcity_desk.domain.errors import ConfigProblem

NAME_SHAPE: Final = r"[a-z][a-z0-9_]{0,39}"
_KEY_MOST: Final = 4_096


class Mode(StrEnum):
    """What a target does: nothing, show what it would send, or send."""

    OFF = "off"
    DRY = "dry"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Target:
    """Another system that speaks Open311.

    `answers` names the channel whose reporters are answered there. `reports` names a channel whose reports are handed
    on as new requests, `office` an office whose reports are, once they are routed to it. `service` is the code of a new
    request, `services` the codes by our category. Only what happens after `since_seq` (and reports after `since_rev`)
    leaves.
    """

    name: str
    url: str
    mode: Mode = Mode.DRY
    jurisdiction: str = ""
    answers: str = ""
    reports: str = ""
    office: str = ""
    service: str = ""
    services: Mapping[str, str] | None = None
    since_seq: int = 0
    since_rev: int = 0

    def service_of(self, category: str | None) -> str:
        """The service code of a new request in a category of ours; "" when the target has none for it."""
        return (self.services or {}).get(category or "", self.service)


def every(connection: Connection) -> list[Target]:
    """All targets by name."""
    query = select(schema.outgoing_target).order_by(schema.outgoing_target.c.name)
    return [_target(row._mapping) for row in connection.execute(query)]


def one(connection: Connection, name: str) -> Target:
    """The target of that name. Raises ConfigProblem (`unknown_target`)."""
    found = next((target for target in every(connection) if target.name == name), None)
    if found is None:
        raise ConfigProblem(name="target", reason="unknown_target", value=name[:60])
    return found


def put(connection: Connection, wanted: Target) -> Target:
    """Keep a target. One that is new, or that was off, starts at the log's present end: nothing older leaves."""
    if not re.fullmatch(NAME_SHAPE, wanted.name):
        raise ConfigProblem(name="target", reason="bad_name", value=wanted.name[:60])
    if not (wanted.answers or wanted.reports or wanted.office):
        raise ConfigProblem(name="target", reason="no_purpose", value=wanted.name)
    parts = urlsplit(wanted.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise ConfigProblem(name="url", reason="bad_url")
    before = {target.name: target for target in every(connection)}.get(wanted.name)
    if before is None or before.mode is Mode.OFF:
        end, reports = ledger.head(connection).seq, ledger.head(connection, "report").seq
        wanted = replace(wanted, since_seq=end, since_rev=reports)
    else:
        wanted = replace(wanted, since_seq=before.since_seq, since_rev=before.since_rev)
    table = schema.outgoing_target
    connection.execute(delete(table).where(table.c.name == wanted.name))
    row = asdict(wanted)
    row["mode"] = wanted.mode.value
    row["services"] = msgspec.json.encode(dict(wanted.services or {})).decode()
    connection.execute(insert(table).values(row))
    return wanted


def _target(row: Mapping[Any, Any]) -> Target:
    values = dict(row)
    values["mode"] = Mode(values["mode"])
    values["services"] = msgspec.json.decode(values["services"], type=dict[str, str])
    return Target(**values)


# ---------------------------------------------------------------- keys


def environment_name(name: str) -> str:
    """The environment variable that may hand a target's key in: SMARTCITY_OUTGOING_LAPOR_KEY for `lapor`."""
    return f"SMARTCITY_OUTGOING_{name.upper()}_KEY"


def key_file(folder: Path, name: str) -> Path:
    """Where a target's key lies, if it does not come by the environment."""
    return folder / f"{name}.key"


def key_of(folder: Path, name: str, environ: Mapping[str, str] | None = None) -> str:
    """A target's key, or "" when it has none.

    Raises ConfigProblem: `key_open` for a file that others may read, `unreadable_file`.
    """
    handed_in = (os.environ if environ is None else environ).get(environment_name(name), "")
    if handed_in:
        return handed_in.strip()
    path = key_file(folder, name)
    try:
        with path.open("rb") as stream:
            if os.name == "posix" and os.fstat(stream.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigProblem(name="key", reason="key_open", value=path.name)
            return stream.read(_KEY_MOST).decode("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigProblem(name="key", reason="unreadable_file", value=path.name) from problem


def keep_key(folder: Path, name: str, key: str) -> None:
    """Write a target's key where only this account reads it; an empty one takes it away."""
    path = key_file(folder, name)
    if not key.strip():
        path.unlink(missing_ok=True)
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(key.strip() + "\n")
    beside.replace(path)
