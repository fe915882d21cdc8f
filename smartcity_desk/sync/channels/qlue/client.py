"""The wire protocol of the marker lists: one bare array, newest first, no pages and no mark.

Version 1 says nothing of what became of a marker, so reading ends at what is known: an hour before the newest marker of
the last answer. Versions 2 and 3 name a state, so all of the list is looked at, and what is as it was is left out. What
was done about a marker is asked for when its state has moved, some markers in each run.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, Final

from smartcity_desk.domain.errors import BadData, DeskError, Rejected
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.times import HOUR
from smartcity_desk.sync.channel import (
    Fetched,
    Json,
    Mapped,
    Position,
    Setup,
    TestResult,
    Unreadable,
    attempt,
    trial_of,
)
from smartcity_desk.sync.channels.qlue import mapping
from smartcity_desk.sync.channels.qlue.manifest import MANIFEST
from smartcity_desk.sync.transport import Http

PATHS: Final = {
    "v1": "/qluein_marker_level1.php",
    "v2": "/qluein_marker_v2.php",
    "v3": "/qluein_marker_v3.php",
}
HISTORY: Final = "/web_list_history_progress.php"
OVERLAP: Final = HOUR
ASKED_AT_ONCE: Final = 20
MOST_WAITING: Final = 500
"""Markers whose history is still to be asked for; beyond that the oldest are left."""


class QlueClient:
    """Speaks the marker lists of all versions and the history call."""

    def __init__(self, setup: Setup) -> None:
        self._base = setup.url.rstrip("/")
        self._options = {spec.name: spec.default for spec in MANIFEST.options} | dict(setup.options)
        self._pseudonym = setup.pseudonym

    async def _list(self, http: Http, now: int) -> list[Any]:
        version, category = self._options["version"], self._options["category"]
        params = {"category": category} if category else None
        answer = await http.get(self._base + PATHS[version], params=params)
        error = http.error_inside(answer.data, now)
        if error is not None:
            raise error
        return mapping.items_of(answer.data)

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """The list, then what was done about the markers whose state moved."""
        cursor: dict[str, Json] = dict(position.cursor)
        items = await self._list(http, now)
        taken = self._due(items, cursor, now)
        times = [at for at in map(mapping.time_of, items) if at is not None and at <= now]
        if "from" not in cursor:
            cursor["from"] = 0 if self._options["history"] == "yes" else now - OVERLAP
        cursor["newest"] = max([_whole(cursor, "newest"), *times])
        cursor["newest_id"] = max([_whole(cursor, "newest_id"), *map(mapping.number_of, items)])
        waiting = _names(cursor.get("waiting"))
        read = partial(mapping.to_report, pseudonym=self._pseudonym)
        mapped = Mapped(((item, read) for item in taken), known=position.boundary, peek_id=mapping.peek_id)
        keys: frozenset[str] = frozenset()

        def closing(found: frozenset[str]) -> Fetched:
            nonlocal keys
            # an empty list proves nothing: what is known stays known, or each history would be asked for again
            keys = found or position.boundary
            return Fetched(None, seen=len(items))

        for part in mapped.slices(closing):
            if self._options["progress"] == "yes":
                waiting = _queued(waiting, part.reports)
            yield part
        cursor["waiting"] = list[Json](waiting)
        yield Fetched(Position(dict(cursor), keys))
        for name in tuple(waiting[:ASKED_AT_ONCE]):
            replies, unreadable = await self._history(name, http, now)
            waiting = waiting[1:]
            cursor["waiting"] = list[Json](waiting)
            yield Fetched(Position(dict(cursor), keys), unreadable=tuple(unreadable), replies=tuple(replies))

    def _due(self, items: list[Any], cursor: dict[str, Json], now: int) -> list[Any]:
        """The markers to look at: of version 1 those behind what is known, of the others all since the beginning."""
        if "from" not in cursor:
            begin = 0 if self._options["history"] == "yes" else now - OVERLAP
            return [item for item in items if _since(item, begin)]
        begin = _whole(cursor, "from")
        if self._options["version"] != "v1":
            return [item for item in items if _since(item, begin)]
        edge, last = max(begin, _whole(cursor, "newest") - OVERLAP), _whole(cursor, "newest_id")
        return [item for item in items if _since(item, edge) or mapping.number_of(item) > last]

    async def _history(self, name: str, http: Http, now: int) -> tuple[list[Reply], list[Unreadable]]:
        """What was done about a marker. A server without this call has nothing to say."""
        try:
            answer = await http.get(self._base + HISTORY, params={"pid": name})
            error = http.error_inside(answer.data, now)
            if error is not None:
                raise error
            steps = mapping.items_of(answer.data)
        except (Rejected, BadData):
            return [], []
        replies: dict[str, Reply] = {}
        unreadable: list[Unreadable] = []
        for step in steps:
            found = attempt(partial(mapping.to_reply, step, name, self._pseudonym), mapping.aside(step, name))
            if isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                replies[found.id] = found
        return list(replies.values()), unreadable

    async def test(self, http: Http, now: int) -> TestResult:
        """Ask for the list once."""
        try:
            items = await self._list(http, now)
        except DeskError as problem:
            return TestResult(False, error=problem)
        read = partial(mapping.to_report, pseudonym=self._pseudonym)
        return trial_of((item, read) for item in items)


def _since(item: Any, begin: int) -> bool:
    """Whether a marker was set since an instant; one that does not say when is looked at, and set aside."""
    at = mapping.time_of(item)
    return at is None or at >= begin


def _queued(waiting: list[str], reports: tuple[Report, ...]) -> list[str]:
    """The markers whose history is due, with those of a page whose state moved behind them."""
    moved = [report.external_id for report in reports if report.source_status is not Status.NEW]
    return list(dict.fromkeys([*waiting, *moved]))[-MOST_WAITING:]


def _names(value: Json) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _whole(cursor: dict[str, Json], key: str) -> int:
    value = cursor.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
