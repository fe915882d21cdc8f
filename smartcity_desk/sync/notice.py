"""What the engine tells whoever watches it: facts with a kind, small enough for a pipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

KINDS: Final = (
    "reports",  # channel, new, changed, ended, quarantined, newest_pk, pks
    "events",  # count, seq, pks
    "outbox",  # confirmed, conflicts, rejected, waiting, pks
    "files",  # files: hashes of an objection's evidence that are here now
    "media",  # pks: reports whose pictures or papers came, or were refused
    "channel",  # channel, ok, code, params, attempts, next_try_at, paused
    "silent",  # channel: nothing came for longer than chance explains
    "reread",  # channel, ok, new, seen or code
    "central",  # ok, code, params, clock_offset, next_try_at
    "directory",  # edition
    "auth",  # place: a person has to renew a credential there
    "layer",  # layer, ok, fresh, count, code, params, next_try_at, paused
    "claim",  # report, user, until
    "presence",  # as the server tells it
    "secret",  # name, value: a renewed token that the watcher has to keep, because no keyring does; never logged
    "error",  # code, params: the local data cannot be used
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One fact. `kind` is one of `KINDS`, which also names the data that each kind carries."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


Notify: TypeAlias = Callable[[Notice], None]
