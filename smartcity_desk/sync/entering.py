"""A report that is entered by hand: made, placed and put into the file, and taken out again while nobody has it.

It needs no network. The central server gets it by the ordinary push, once the time in which it may be taken back is
over. A kelurahan that the operator chose is a decision and is queued as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from smartcity_desk.domain.actor import Actor
from smartcity_desk.domain.entry import Entry
from smartcity_desk.domain.events import EventKind, Payload, PlaceSet
from smartcity_desk.domain.report import Report
from smartcity_desk.store.rows import ActResult, OpRow
from smartcity_desk.sync.channels.manual import mapping
from smartcity_desk.sync.places import Places

_BEHIND_MS: Final = 1_000
"""A decision goes out after its report: the central server refuses one on a report that it has never seen."""


class EntryStore(Protocol):
    """What entering needs of the store."""

    def enter(self, report: Report, *, now: int, until: int | None = None) -> bool:
        """Put a report into the file; whether it is new. It is not handed on before `until`."""

    def take_out(self, report_id: str, now: int) -> bool:
        """Take a held report out again; whether that was possible."""

    def act(
        self,
        kind: EventKind,
        payload: Payload,
        report_ids: Sequence[str],
        *,
        actor: Actor,
        now: int,
        randomness: Callable[[int], bytes],
        hold_ms: int = 0,
        fill_base: bool = False,
    ) -> ActResult:
        """Decide and queue."""

    def undo(self, op_ids: Sequence[str], now: int) -> list[OpRow]:
        """Withdraw ops."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The report, whether it was new, and the ops that came with it."""

    report: Report
    new: bool
    ops: tuple[str, ...] = ()


def made(
    entry: Entry, *, by: str, now: int, pseudonym: Callable[[str], str | None], places: Places | None
) -> Report:
    """The report that an entry is, placed; blocks: the first one reads the boundaries. Raises `DeskError`."""
    report = mapping.to_report(mapping.item_of(entry, by=by, entered_at=now), pseudonym)
    return report if places is None else replace(report, location=places.locate(report))


def keep(
    store: EntryStore,
    report: Report,
    kelurahan: str | None,
    *,
    actor: Actor,
    now: int,
    hold_ms: int,
    randomness: Callable[[int], bytes],
) -> Entered:
    """Put a report into the file, on the writer's thread. The same entry again changes nothing. Raises `StoreProblem`.

    `kelurahan` is what the operator chose: where the point or the words do not say so for certain, it is decided.
    """
    new = store.enter(report, now=now, until=now + hold_ms if hold_ms else None)
    found = report.location
    certain = found is not None and found.place == kelurahan and not found.uncertain
    if not new or kelurahan is None or certain:
        return Entered(report, new)
    result = store.act(
        EventKind.PLACE_SET,
        PlaceSet(kelurahan),
        [report.id],
        actor=actor,
        now=now,
        randomness=randomness,
        hold_ms=hold_ms + _BEHIND_MS if hold_ms else 0,
        fill_base=True,
    )
    return Entered(report, new, tuple(op.id for op in result.done))


def take_back(store: EntryStore, entered: Entered, *, now: int) -> bool:
    """Take an entry back as if it had never been; False once it may have left this desk or somebody worked on it."""
    undone = store.undo(entered.ops, now) if entered.ops else []
    return len(undone) == len(entered.ops) and store.take_out(entered.report.id, now)
