"""What a damaged file still holds of the operator's work: read row by row, and where that fails, byte by byte.

An op's action stands in its row as JSON right behind its state, so that even a file without a readable first page gives
it back. A byte search may meet several ages of one row; then the op is kept but not sent until somebody looks.
"""

from __future__ import annotations

import json
import mmap
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.report import Report
from smartcity_desk.store import directory, facts, history, outbox
from smartcity_desk.store.engine import Raw, connect, marks

MOST_REPORTS: Final = 20_000
"""Reports that the central server does not have yet, newest first; the rest is fetched again from where it came."""
TAKEN_OVER: Final = "recovered.from"
"""The damaged file whose work lies in this one."""
_OP_COLUMNS: Final = (
    "position, id, report_id, kind, at, state, action, events, not_before, next_try_at, attempts, sent, error_code, "
    "error_params, settled_at"
)
_CONFLICT_COLUMNS: Final = "op_id, report_id, field, mine, theirs, base, at, choice, chosen_at, chosen_by"
_QUARANTINE_COLUMNS: Final = "channel, key, params, raw, digest, at, last_at, times, released_at"
_DIRECTORY_COLUMNS: Final = "edition, received_at, etag, body"
_KEPT: Final = ("queued", "sending", "conflict", "rejected")
_PLAIN: Final = re.compile(
    rb'(queued|sending|confirmed|rejected|conflict|withdrawn)(\{"id":"[0-9a-f-]{36}","report":")'
)
_LONGEST: Final = 1 << 16
Line = tuple[Any, ...]


@dataclass(slots=True)
class Saved:
    """What could be read of the file `name`: lines as they were, and actions that only the bytes gave back."""

    name: str = ""
    ops: list[Line] = field(default_factory=list)
    conflicts: list[Line] = field(default_factory=list)
    quarantine: list[Line] = field(default_factory=list)
    directory: list[Line] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    found: list[Action] = field(default_factory=list)
    doubtful: list[Action] = field(default_factory=list)


def read(path: Path) -> Saved:
    """All that the damaged file gives back. Never raises on what is in it."""
    saved = Saved(path.name)
    seen: set[str] = set()
    whole = False
    with suppress(sqlite3.Error), closing(connect(path, writable=True)) as raw:
        lines, whole = _table(raw, "op", _OP_COLUMNS, "position")
        seen = {line[1] for line in lines}
        saved.ops = [line for line in lines if line[5] in _KEPT]
        saved.conflicts = [
            line for line in _table(raw, "conflict", _CONFLICT_COLUMNS, "rowid")[0] if line[7] is None
        ]
        saved.quarantine = [
            line for line in _table(raw, "quarantine", _QUARANTINE_COLUMNS, "id")[0] if line[8] is None
        ]
        # Without its entity tag: the policy that came with it is not here, so both are asked for again.
        saved.directory = [
            (*line[:2], None, *line[3:]) for line in _table(raw, "directory", _DIRECTORY_COLUMNS, "rowid")[0]
        ]
        saved.reports = _unpushed(raw)
    if not whole:
        _search_bytes(path, seen, saved)
    return saved


def _table(raw: Raw, table: str, columns: str, key: str) -> tuple[list[Line], bool]:
    """The readable lines of a table in the order of its key, from both ends; and whether nothing was unreadable."""
    try:
        return raw.execute(f"SELECT {columns} FROM {table} ORDER BY {key}").fetchall(), True
    except sqlite3.Error:
        found: dict[Any, Line] = {}
        for direction in ("ASC", "DESC"):
            with suppress(sqlite3.Error):
                for line in raw.execute(
                    f"SELECT {key}, {columns} FROM {table} NOT INDEXED ORDER BY {key} {direction}"
                ):
                    found[line[0]] = line[1:]
        return [found[at] for at in sorted(found)], False


def _unpushed(raw: Raw) -> list[Report]:
    found: list[Report] = []
    with suppress(sqlite3.Error, ValueError):
        for row in raw.execute(
            f"SELECT {facts.REPORT_COLUMNS}, p.raw, p.unmasked FROM {facts.REPORTS} "
            "JOIN report_private p ON p.report_pk = r.pk WHERE r.pushed <> 1 ORDER BY r.pk DESC LIMIT ?",
            (MOST_REPORTS,),
        ):
            found.append(
                replace(
                    facts.report_of(row), raw=row[facts.REPORT_WIDTH], unmasked=row[facts.REPORT_WIDTH + 1]
                )
            )
    return found[::-1]


def _search_bytes(path: Path, seen: set[str], saved: Saved) -> None:
    states: dict[str, set[str]] = {}
    actions: dict[str, Action] = {}
    for part in (path, path.with_name(f"{path.name}-wal")):
        for state, action in _actions_in(part):
            states.setdefault(action.id, set()).add(state)
            actions[action.id] = action
    for op_id in sorted(actions.keys() - seen):
        ages = states[op_id]
        if ages & {"queued", "sending", "conflict"}:
            settled = ages & {"confirmed", "withdrawn", "rejected"}
            (saved.doubtful if settled else saved.found).append(actions[op_id])


def _actions_in(path: Path) -> Iterator[tuple[str, Action]]:
    try:
        size = path.stat().st_size
    except OSError:
        return
    if size == 0:
        return
    decoder = json.JSONDecoder()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for hit in _PLAIN.finditer(content):
            start = hit.start(2)
            text = content[start : start + _LONGEST].decode("utf-8", "replace")
            with suppress(ValueError, DeskError):
                _, end = decoder.raw_decode(text)
                yield hit.group(1).decode(), outbox.decode_action(text[:end])


def write(raw: Raw, saved: Saved, now: int, refold: Callable[[Raw, list[str]], object]) -> int:
    """Put what was saved into a new file, and that it was. Returns how many ops live on."""
    directory.put(raw, TAKEN_OVER, saved.name)
    waiting = {line[0] for line in saved.conflicts}
    raw.executemany(_insert("conflict", _CONFLICT_COLUMNS), saved.conflicts)
    raw.executemany(_insert("quarantine", _QUARANTINE_COLUMNS), saved.quarantine)
    raw.executemany(_insert("directory", _DIRECTORY_COLUMNS), saved.directory)
    position = 0
    for line in saved.ops:
        position += 1
        state = line[5]
        if state == "sending" or (state == "conflict" and line[1] not in waiting):
            state = "queued"  # asked again under the same id, the server gives the same answer
        raw.execute(_insert("op", _OP_COLUMNS), (position, *line[1:5], state, *line[6:]))
    for actions, state in ((saved.found, "queued"), (saved.doubtful, "withdrawn")):
        for action in actions:
            position += 1
            raw.execute(_insert("op", _OP_COLUMNS), _line(position, action, state, now))
    refold(raw, [line[2] for line in saved.ops] + [action.report for action in saved.found])
    return position


def _insert(table: str, columns: str) -> str:
    return f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks(columns.count(',') + 1)})"


def _line(position: int, action: Action, state: str, now: int) -> Line:
    events = [
        Event(
            event_id(action.id),
            action.report,
            action.kind,
            action.at,
            action.actor,
            action.payload,
            action=action.id,
        )
    ]
    settled = now if state == "withdrawn" else None
    return (
        position,
        action.id,
        action.report,
        action.kind.value,
        action.at,
        state,
        outbox.encode_action(action),
        history.encode_events(events),
        0,
        0,
        0,
        0 if state == "withdrawn" else 1,
        None,
        None,
        settled,
    )
