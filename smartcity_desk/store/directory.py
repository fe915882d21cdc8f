"""The city's directory, the policy in force, and small facts about the file itself. Runs on the caller's connection."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.office import Category, Directory, Office, OfficeLevel, Official, Tenure
from smartcity_desk.domain.policy import Policy
from smartcity_desk.store.engine import Raw

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from smartcity_desk.domain.routing import Routing

T = TypeVar("T", bound="DataclassInstance")

KEPT_EDITIONS: Final = 8
"""Earlier editions that stay, so that a document of last month can still be read with its names."""


def save(raw: Raw, directory: Directory, etag: str | None, *, now: int) -> None:
    """Make this edition the present one; earlier ones stay beside it for a while.

    The last received is the present one, also where this machine's clock was set back since the one before.
    """
    from smartcity_desk import codec

    (newest,) = raw.execute("SELECT coalesce(max(received_at), 0) FROM directory").fetchone()
    raw.execute(
        "INSERT INTO directory (edition, received_at, etag, body) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (edition) DO UPDATE SET received_at = excluded.received_at, etag = excluded.etag, "
        "body = excluded.body",
        (directory.edition, max(now, newest + 1), etag, codec.encode(codec.directory_to_wire(directory))),
    )
    raw.execute(
        "DELETE FROM directory WHERE edition NOT IN "
        "(SELECT edition FROM directory ORDER BY received_at DESC, rowid DESC LIMIT ?)",
        (KEPT_EDITIONS,),
    )


@dataclass(frozen=True, slots=True)
class Present:
    """Which directory is the present one. A policy comes with it: another one makes the time of receipt another."""

    edition: str
    received_at: int
    etag: str | None


def present(raw: Raw) -> Present | None:
    """The present directory's label, or None before the first one."""
    row = raw.execute(
        "SELECT edition, received_at, etag FROM directory ORDER BY received_at DESC, rowid DESC LIMIT 1"
    ).fetchone()
    return None if row is None else Present(*row)


def load(raw: Raw) -> Directory:
    """The present directory; an empty one before the first."""
    row = raw.execute("SELECT body FROM directory ORDER BY received_at DESC, rowid DESC LIMIT 1").fetchone()
    if row is None:
        return Directory()
    return _directory_of(row[0])


def get(raw: Raw, key: str) -> str | None:
    """A small fact about the file."""
    row = raw.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def put(raw: Raw, key: str, value: str | None) -> None:
    """Write a small fact; None forgets it."""
    if value is None:
        raw.execute("DELETE FROM meta WHERE key = ?", (key,))
    else:
        raw.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )


def stored_policies(raw: Raw) -> str | None:
    """The policies that the central server gave, as they lie in the file; they go before the one that ships."""
    return get(raw, "policies")


def save_policies(raw: Raw, policies: Sequence[Policy]) -> None:
    """Make these the policies in force."""
    from smartcity_desk import codec

    put(raw, "policies", codec.encode(policies))


def stored_routing(raw: Raw) -> str | None:
    """The versions of the routing knowledge that the central server gave, as they lie in the file."""
    return get(raw, "routing")


def save_routing(raw: Raw, routing: Sequence[Routing]) -> None:
    """Keep these versions; none forgets those that were there."""
    from smartcity_desk import codec

    put(raw, "routing", codec.encode(routing) if routing else None)


LAW_CHANGES: Final = "law.changes"
"""Key of the count of changes to what the law is made of; whoever holds rules compares it."""


def declared(raw: Raw) -> tuple[tuple[str, str], ...]:
    """Declared events and proposed policies, as (kind, fold) in a fixed order: part of the law."""
    rows = raw.execute("SELECT kind, fold FROM subject WHERE kind IN ('calamity', 'policy') ORDER BY id")
    return tuple((str(kind), str(fold)) for kind, fold in rows)


# Every start reads this, before anything is on screen: what the codec checked on its way in is built plainly here.


def _directory_of(text: str) -> Directory:
    """A directory as `save` wrote it. Raises `BadData`."""
    try:
        body = json.loads(text)
        return Directory.of(
            edition=str(body["edition"]),
            offices=[
                _made(Office, one, level=OfficeLevel(one["level"]), aliases=tuple(one["aliases"]))
                for one in body["offices"]
            ],
            officials=[_made(Official, one) for one in body["officials"]],
            tenures=[_made(Tenure, one) for one in body["tenures"]],
            categories=[
                _made(Category, one, competent=OfficeLevel(one["competent"])) for one in body["categories"]
            ],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadData("central", "directory", detail=str(error)) from error


def _made(kind: type[T], body: Mapping[str, Any], **read: object) -> T:
    """A dataclass from its JSON object; what this version does not know is passed over."""
    known = kind.__dataclass_fields__
    return kind(**({name: value for name, value in body.items() if name in known} | read))
