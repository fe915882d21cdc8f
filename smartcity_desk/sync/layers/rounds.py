"""Keeping layers up to date: which is due, asking it, taking it in, and what is remembered when that fails.

A failure never costs the edition in force. Waits follow the ladder of the channels; a refused token waits for a person.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from smartcity_desk.config import Settings
from smartcity_desk.domain import waterlevel
from smartcity_desk.domain.errors import AuthExpired, BadData, ConfigProblem, DeskError, Forbidden
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.domain.waterlevel import Watch
from smartcity_desk.place.geojson import Features
from smartcity_desk.place.layers import gauges
from smartcity_desk.place.layers.content import Brought
from smartcity_desk.place.layers.known import Reader
from smartcity_desk.place.layers.making import make
from smartcity_desk.place.layers.plans import Plan, plans, secret_name
from smartcity_desk.place.layers.shelf import LayerShelf
from smartcity_desk.sync.backoff import channel_verdict, jittered
from smartcity_desk.sync.layers import arcgis, overpass, satudata, water
from smartcity_desk.sync.layers.tables import ColumnMap
from smartcity_desk.sync.layers.wire import Wire
from smartcity_desk.sync.notice import Notice, Notify
from smartcity_desk.sync.registry import Secrets
from smartcity_desk.sync.transport import Transport

_log = logging.getLogger(__name__)

LONGEST_REST: Final = HOUR
"""However far the next layer is, settings are looked at again after this."""
LONGEST_REFUSED: Final = DAY
"""A definite no is asked again after this, also by a layer that is asked once a week."""
HISTORIES: Final = 6
"""Gauges whose earlier readings are asked for in one round: those above normal of which the desk knows one reading."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How asking for one layer went. `fresh`: another edition is in force now. `wait` as in a channel's verdict."""

    layer: str
    fresh: bool = False
    count: int = 0
    error: DeskError | None = None
    wait: int | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing went wrong."""
        return self.error is None


class Layers:
    """The layers of one profile. `directory` gives the offices that tables are joined on; `base` the base map's bytes,
    `streets` its lines, for tables that only name a street.

    Everything that computes or writes runs in a thread; only asking happens on the loop.
    """

    def __init__(
        self,
        shelf: LayerShelf,
        directory: Callable[[], Directory],
        secrets: Secrets,
        *,
        clock: Callable[[], int],
        notify: Notify = lambda _: None,
        base: Callable[[], int] = lambda: 0,
        streets: Callable[[], Features | None] = lambda: None,
    ) -> None:
        self.shelf = shelf
        self._directory = directory
        self._secrets = secrets
        self._clock = clock
        self._notify = notify
        self._base = base
        self._streets = streets
        self._wanted: dict[str, bool] = {}
        """What a person asked for, and whether a collapse in count is to be taken as the truth."""
        self._rng = random.Random()  # noqa: S311 - spreading out retries needs no secrecy

    def want(self, name: str, *, force: bool = False) -> None:
        """Let the next round ask for a layer, due or not; `force` as in `ask`."""
        self._wanted[name] = force

    def due(
        self, settings: Settings, now: int, *, again: bool = False, water: bool | None = None
    ) -> tuple[list[Plan], int]:
        """The layers to ask for now, and how long (ms) nothing else is due. `again`: also those that had trouble.

        What a person wants is always among them. `water`: only gauges, or all but gauges.
        """
        wanted: list[Plan] = []
        rest = LONGEST_REST
        for one in plans(settings):
            if not one.enabled or not one.ready:
                self._wanted.pop(one.name, None)  # whoever turns it on later has not accepted what it lost
                continue
            if water is not None and (one.reader is Reader.WATER) is not water:
                continue
            state = self.shelf.state(one.name)
            if one.name in self._wanted or (again and state.error):
                wanted.append(one)
                continue
            if state.paused:
                continue
            at = state.next_try_at if state.next_try_at is not None else 0
            if state.ok_at and not state.error:
                at = min(at or now, state.ok_at + one.every)
            if at <= now:
                wanted.append(one)
            else:
                rest = min(rest, at - now)
        return wanted, rest

    async def round(
        self, transport: Transport, settings: Settings, *, again: bool = False, water: bool | None = None
    ) -> int:
        """Ask for what is due, one after another; the rest (ms) until something is due again. `water` as in `due`."""
        wanted, rest = await asyncio.to_thread(self.due, settings, self._clock(), again=again, water=water)
        for one in wanted:
            outcome = await self.ask(transport, one, force=self._wanted.pop(one.name, False))
            rest = min(rest, LONGEST_REST if outcome.wait is None else outcome.wait)
        return max(rest, 1_000)

    async def ask(self, transport: Transport, wanted: Plan, *, force: bool = False) -> Outcome:
        """Ask for one layer now. Errors come back in the outcome; `force` takes a collapse in count as the truth."""
        name = wanted.name
        state = await asyncio.to_thread(self.shelf.state, name)
        try:
            if not wanted.ready:
                raise ConfigProblem(name="layer", reason="layer_not_set", value=name)
            fresh = await self._ask(transport, wanted, state.mark, force=force)
        except DeskError as problem:
            return await self._failed(wanted, problem, state.attempts)
        except Exception:  # noqa: BLE001 - a mistake of ours in reading costs this layer its turn, and no other one
            _log.exception("an answer broke the reading of layer %s", name)
            return await self._failed(wanted, BadData("layer", "unexpected"), state.attempts)
        wait = jittered(wanted.every, self._rng.random() / 4)
        await asyncio.to_thread(self.shelf.planned, name, self._clock() + wait)
        if state.error:
            _log.info("layer %s answers again", name)
        about = await asyncio.to_thread(self.shelf.about, name)
        count = 0 if about is None else about.count
        self._notify(Notice("layer", {"layer": name, "ok": True, "fresh": fresh, "count": count}))
        return Outcome(name, fresh, count, wait=wait)

    async def _failed(self, wanted: Plan, problem: DeskError, attempts: int) -> Outcome:
        now = self._clock()
        verdict = channel_verdict(problem, attempts, min(wanted.every, LONGEST_REFUSED), self._rng.random())
        until = None if verdict.wait is None else now + verdict.wait
        news = await asyncio.to_thread(
            self.shelf.failed, wanted.name, problem, attempts=verdict.attempts, next_try_at=until, now=now
        )
        if news:
            _log.warning("layer %s: %s", wanted.name, problem.code)
        told = {"layer": wanted.name, "ok": False, "code": problem.code, "params": dict(problem.params)}
        self._notify(Notice("layer", told | {"next_try_at": until, "paused": until is None}))
        return Outcome(wanted.name, error=problem, wait=verdict.wait)

    async def _ask(self, transport: Transport, wanted: Plan, known: str, *, force: bool) -> bool:
        token = self._secrets.get(secret_name(wanted.name)) or ""
        wire = Wire(transport, self._clock, token)
        mapping = ColumnMap.of(wanted.mapping)
        mark = ""
        if wanted.reader is Reader.WATER:
            return await self._ask_gauges(wire, wanted, force=force)
        if wanted.reader is Reader.ARCGIS:
            found = await arcgis.fetch(wire, wanted.url, wanted.part, known)
            if found is None:
                await asyncio.to_thread(self.shelf.seen, wanted.name, self._clock(), known)
                return False
            brought, mark = found
        elif wanted.reader is Reader.OVERPASS:
            brought = await overpass.fetch(wire, wanted.url, wanted.part)
        else:
            brought = await satudata.fetch(wire, wanted.url, wanted.part, mapping)
        return await asyncio.to_thread(self._take, wanted, brought, mapping, mark, force)

    def _take(self, wanted: Plan, brought: Brought, mapping: ColumnMap, mark: str, force: bool) -> bool:
        own = wanted.url == wanted.about.url
        if not own and not brought.source:
            brought = replace(brought, source=urlsplit(wanted.url).hostname or "")
        streets = self._streets() if brought.features is None else None
        columns = mapping.areas()
        made = make(wanted.about, brought, self._directory(), columns=columns, streets=streets, asked=own)
        return self.shelf.put(
            wanted.name,
            made.new,
            now=self._clock(),
            base=self._base(),
            force=force,
            mark=mark,
            by_itself=True,
        )

    async def _ask_gauges(self, wire: Wire, wanted: Plan, *, force: bool) -> bool:
        found = await water.fetch(wire, wanted.url)
        # The levels count before the map does: a feed that lost half of its gauges is no edition, but it is a flood.
        watches = await asyncio.to_thread(gauges.remember, self.shelf, found.stations, self._clock())
        fresh = await asyncio.to_thread(self._take, wanted, water.layer(found), ColumnMap(), "", force)
        await self._look_back(wire, wanted.url, list(watches.values()))
        return fresh

    async def _look_back(self, wire: Wire, url: str, watches: Sequence[Watch]) -> None:
        """The earlier readings of gauges that were above normal when first seen: since when, and rising or falling."""
        root = water.history_url(url)
        if root is None:
            return
        now = self._clock()
        lonely = [one for one in watches if one.siaga != waterlevel.NORMAL and len(one.readings) == 1]
        for one in lonely[:HISTORIES]:
            try:
                told = await water.history(wire, root, one.station.key, now - waterlevel.KEPT, now)
            except (AuthExpired, Forbidden):
                return
            except DeskError as problem:
                _log.debug("no earlier readings: %s", problem.code)
                return
            known = waterlevel.with_history(one, told.readings)
            await asyncio.to_thread(gauges.replace, self.shelf, known)
