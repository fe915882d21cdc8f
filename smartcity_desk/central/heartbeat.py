"""The server's own outages: each minute it writes down that it lives, and after a silence it says that it was gone.

Nobody gets or answers a report while the server is down, so that time counts against no office (F8, E8). The window is
declared in the log under the account `central` of role `system`, by the same rules as a desk's, before anybody is
served; its id follows from its beginning, so a server that starts twice says it once.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from sqlalchemy import Connection, insert, select, update

from smartcity_desk import codec
from smartcity_desk.central import schema
from smartcity_desk.central.actions import perform
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.services import Services
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import EventKind, Role
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.outage import CENTRAL, Outage, OutageKind, windows

ALIVE: Final = "alive_at"
ITSELF: Final = Principal(CENTRAL, "", Role.SYSTEM, None, "")
_log: Final = logging.getLogger(__name__)


async def beat(services: Services, every_s: float) -> None:
    """Write down for ever that the server lives. A long silence between two beats was an outage, too.

    The machine slept, or its database was away: nobody got or answered a report, though the process never ended.
    """
    failing = False
    while True:
        await asyncio.sleep(every_s)
        try:
            await wake(services)
            failing = False
        except Exception as problem:  # noqa: BLE001 - the server serves on; a beat that is missed is an outage later
            if not failing:
                _log.warning("the server could not write down that it lives: %s", type(problem).__name__)
            failing = True


async def wake(services: Services) -> int:
    """Say when the server was gone, if that was long enough; how many windows that made."""
    return await services.db.write(lambda connection: _wake(connection, services))


def _wake(connection: Connection, services: Services) -> int:
    now = services.clock()
    last = connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == ALIVE)).scalar()
    if last is None or not last.isdecimal():
        _alive(connection, now=now)
        return 0
    gone = Outage(CENTRAL, OutageKind.FAILED, int(last), now, witnessed=True)
    actions = [
        Action(
            event_id(f"outage\x1f{window.id}"),
            window.id,
            EventKind.CALAMITY_DECLARED,
            window.declared(),
            ITSELF.actor,
            now,
        )
        for window in windows([gone], now)
    ]
    if actions:
        items = [codec.action_to_wire(action) for action in actions]
        perform(connection, ITSELF, items, services.law(connection), now=now)
        _log.warning("the server was gone for %d minutes: that time is excluded", (now - int(last)) // 60_000)
    _alive(connection, now=now)
    return len(actions)


def _alive(connection: Connection, *, now: int) -> None:
    table = schema.meta
    changed = connection.execute(update(table).where(table.c.key == ALIVE).values(value=str(now))).rowcount
    if not changed:
        connection.execute(insert(table).values(key=ALIVE, value=str(now)))
