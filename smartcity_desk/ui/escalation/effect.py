"""How many clocks a declared event moves, before it is declared. No widget here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartcity_desk.domain.calamity import CalamityState
from smartcity_desk.domain.clock import clock
from smartcity_desk.domain.items import item
from smartcity_desk.domain.law import Law

if TYPE_CHECKING:
    from smartcity_desk.domain.events import CalamityDeclared
    from smartcity_desk.domain.items import Item
    from smartcity_desk.domain.law import Exemption
    from smartcity_desk.store import Store


@dataclass(frozen=True, slots=True)
class Effect:
    """Due dates that move, those of them that still run, items that were late and no longer are, and whose they are."""

    moved: int
    running: int
    cleared: int
    offices: tuple[str, ...]


def effect(found: Iterable[Item], changed: Law, now: int) -> Effect:
    """What another law means for some items."""
    moved = running = cleared = 0
    offices: dict[str, None] = {}
    for one in found:
        after = clock(one.segment, changed).due_at
        if after == one.due_at:
            continue
        moved += 1
        offices[one.segment.office] = None
        running += one.segment.until is None and one.segment.responded_at is None
        judged = item(one.segment, changed, now)
        cleared += judged is None or judged.outcome is not one.outcome
    return Effect(moved, running, cleared, tuple(offices))


def of_declaration(store: Store, said: CalamityDeclared, now: int) -> Effect:
    """What declaring an event would move. Blocks."""
    law = store.law()
    planned = CalamityState(said, now, "", "planned").exemption()
    assert planned is not None
    found = store.offices.items(now=now, since=said.since)
    return effect(found, _with(law, planned), now)


def of_end(store: Store, name: str, state: CalamityState, until: int, now: int) -> Effect:
    """What ending a declared event at an instant would move. Blocks."""
    from dataclasses import replace

    law, said = store.law(), state.declared
    assert said is not None
    ended = replace(state, ended_at=until, ended_by=name).exemption()
    assert ended is not None
    others = [one for one in law.exemptions if one.event != state.event]
    changed = Law(law.book, law.calendars, law.directory, [*others, ended])
    return effect(store.offices.items(now=now, since=said.since), changed, now)


def _with(law: Law, one: Exemption) -> Law:
    return Law(law.book, law.calendars, law.directory, [*law.exemptions, one])
