"""Facts that desks share, whatever kind they are: handed in by batches, read back in pages in the order of changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from smartcity_desk.domain.errors import BadData

Item = TypeVar("Item")
Refusal = tuple[str, str]
"""Code and detail of what is wrong with an item."""

TEXT_MAX: Final = 100_000
CHANNEL_MAX: Final = 60
_AT_THE_DESK: Final = frozenset({"unmasked", "raw"})


@dataclass(slots=True)
class Pushed:
    """What became of a batch. `rejected` holds (id, code, detail)."""

    accepted: int = 0
    known: int = 0
    changed: int = 0
    rejected: list[tuple[str, str, str]] = field(default_factory=list)

    def refuse(self, item: Mapping[str, Any], refusal: Refusal) -> None:
        """Note that an item was not taken, under the name that it came with."""
        self.rejected.append((str(item.get("id", ""))[:64], *refusal))


def read(item: Mapping[str, Any], from_wire: Callable[[object], Item], unreadable: str) -> Item | Refusal:
    """An item from its JSON object, or what is wrong with it: never one with what has to stay at the desk."""
    if any(item.get(name) for name in _AT_THE_DESK):
        return "unmasked_text", "unmasked texts and raw items stay at the desk"
    try:
        return from_wire({key: item[key] for key in item if key not in _AT_THE_DESK})
    except (BadData, ValueError, OverflowError, RecursionError) as problem:
        detail = str(problem.params.get("detail", "")) if isinstance(problem, BadData) else ""
        return unreadable, detail


def is_channel(name: str) -> bool:
    """Whether a channel's name can be stored and is one at all."""
    return "\0" not in name and 0 < len(name) <= CHANNEL_MAX


@dataclass(frozen=True, slots=True)
class Page:
    """Bodies in the order of their last change; `last` is where to go on, now or later."""

    bodies: list[msgspec.Raw]
    last: int
    more: bool


def page(rows: Sequence[Any], after: int, limit: int, body: Callable[[Any], str]) -> Page:
    """The page behind a number, of rows with their `rev` that were asked for with one more than `limit`."""
    shown = rows[:limit]
    return Page(
        [msgspec.Raw(body(row).encode()) for row in shown],
        shown[-1].rev if shown else after,
        len(rows) > limit,
    )
