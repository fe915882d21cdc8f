"""Where a walk over an Open311 server stands, as it lies in a channel's position between two pages."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from smartcity_desk.domain.times import LATEST
from smartcity_desk.sync.channel import Json, Position
from smartcity_desk.sync.georeport.paging import Stretch, stretches

KNOWN_MOST: Final = 5_000
"""Items whose content is remembered, so that an overlap does not map them again."""
OPEN_MOST: Final = 5_000
"""Open tickets that are remembered to be asked for again; the oldest ones go first."""
PENDING_MOST: Final = 5_000


@dataclass(slots=True)
class Leg:
    """One kind of walk: `mark` (ms UTC) is where the last whole one ended, `goal` where the one under way will.

    `stretches` are those still to go, in order; `found` is whether the walk under way has met anything.
    """

    mark: int | None = None
    goal: int | None = None
    stretches: list[Stretch] = field(default_factory=list)
    found: bool = False

    def begin(self, since: int, until: int) -> None:
        """A new walk."""
        self.stretches, self.goal, self.found = stretches(min(since, until), until), until, False

    def done(self) -> None:
        """The walk is over: its end is the mark that the next one starts from."""
        self.mark, self.goal = self.goal, None

    def dropped(self) -> None:
        """The walk is over and proves nothing: the next one starts from the old mark again."""
        self.goal = None

    @classmethod
    def of(cls, value: Any) -> Leg:
        """The leg in a cursor."""
        found = value if isinstance(value, dict) else {}
        mark, goal = _instant(found.get("mark")), _instant(found.get("goal"))
        walk = [part for part in map(_stretch, _list(found.get("walk"))) if part is not None]
        if not walk or goal is None:
            return cls(mark)
        # a walk that an earlier version cut says nothing of it, and is taken at its word
        return cls(mark, goal, walk, found.get("found", True) is True)

    def cursor(self) -> dict[str, Json]:
        """The leg as it lies in a cursor."""
        found: dict[str, Json] = {} if self.mark is None else {"mark": self.mark}
        if self.stretches:
            found["goal"] = self.goal
            found["walk"] = [[part.since, part.until, part.page] for part in self.stretches]
            found["found"] = self.found
        return found


@dataclass(slots=True)
class Trail:
    """What is still to be asked.

    `created` and `changed` are the walks by time of creation and of change, `late` and `late_changed` the same over
    days that were walked before; `updates_until` is the end (ms UTC) of the last look at updates. `open` are ids of
    tickets that were open when last seen, longest unasked first; `pending` those that are asked for next; `singly` says
    that the server knows no id lists. `known` are content keys.
    """

    created: Leg = field(default_factory=Leg)
    changed: Leg = field(default_factory=Leg)
    late: Leg = field(default_factory=Leg)
    late_changed: Leg = field(default_factory=Leg)
    updates_until: int | None = None
    open: OrderedDict[str, None] = field(default_factory=OrderedDict)
    pending: list[str] = field(default_factory=list)
    singly: bool = False
    known: frozenset[str] = frozenset()
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, position: Position) -> Trail:
        """The trail in a position. What cannot be read there is as if it had never been."""
        cursor = position.cursor
        return cls(
            created=Leg.of(cursor.get("created")),
            changed=Leg.of(cursor.get("changed")),
            late=Leg.of(cursor.get("late")),
            late_changed=Leg.of(cursor.get("late_changed")),
            updates_until=_instant(cursor.get("updates_until")),
            open=OrderedDict.fromkeys(_texts(cursor.get("open"))[-OPEN_MOST:]),
            pending=_texts(cursor.get("pending"))[:PENDING_MOST],
            singly=cursor.get("singly") is True,
            known=position.boundary,
        )

    def position(self) -> Position:
        """Where to go on from here."""
        cursor: dict[str, Json] = {"created": self.created.cursor()}
        for name, leg in (
            ("changed", self.changed),
            ("late", self.late),
            ("late_changed", self.late_changed),
        ):
            if leg.mark is not None or leg.stretches:
                cursor[name] = leg.cursor()
        if self.updates_until is not None:
            cursor["updates_until"] = self.updates_until
        if self.open:
            cursor["open"] = list(self.open)
        if self.pending:
            cursor["pending"] = list(self.pending)
        if self.singly:
            cursor["singly"] = True
        # While a walk is under way, or met nothing, the keys of the last one still stand for the overlap with it.
        stands = self.created.stretches or self.changed.stretches or not self._seen
        keys = self.known | self._seen if stands else frozenset(self._seen)
        return Position(cursor, keys if len(keys) <= KNOWN_MOST else frozenset())

    def saw(self, keys: set[str]) -> None:
        """Items that need no second look while they stay as they are."""
        if len(self._seen) <= KNOWN_MOST:
            self._seen |= keys

    def note(self, name: str, is_open: bool) -> None:
        """How a ticket was found just now."""
        self.open.pop(name, None)
        if is_open:
            self.open[name] = None
            if len(self.open) > OPEN_MOST:
                self.open.popitem(last=False)

    def queue_open(self, most: int) -> None:
        """Put the open tickets that were asked for longest ago next, and at the end of the line."""
        for name in list(self.open)[: max(0, most - len(self.pending))]:
            self.ask(name)
            self.open.move_to_end(name)

    def ask(self, name: str) -> None:
        """This one is to be asked for by its id."""
        if len(self.pending) < PENDING_MOST and name not in self.pending:
            self.pending.append(name)


def _instant(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LATEST else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in _list(value) if isinstance(item, str)]


def _stretch(value: Any) -> Stretch | None:
    numbers = _list(value)
    if len(numbers) != 3 or any(_instant(number) is None for number in numbers):
        return None
    return Stretch(*numbers)
