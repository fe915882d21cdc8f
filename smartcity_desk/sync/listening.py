"""A source that tells by itself when something came is listened to while its channel rests. A wake-up, and no more.

What comes is read by the ordinary round. Nobody depends on being woken: the round runs when it is due, and a source
that cannot be listened to is asked as often as before.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.store.rows import ChannelState
from smartcity_desk.sync import registry
from smartcity_desk.sync.channel import ChannelType, Wakes
from smartcity_desk.sync.puller import position_of
from smartcity_desk.sync.rounds import Context

_log = logging.getLogger(__name__)

SOONEST: Final = 2.0
"""Seconds that a channel rests at least: a source that cries all the time is not asked all the time."""


async def listen(context: Context, entry: ChannelType, state: ChannelState, seconds: float) -> bool:
    """Whether the source said within so many seconds that something came. Never raises a `DeskError`."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        found = await context.writer(registry.setup, entry.manifest.name, context.settings, context.secrets)
        client = entry.build(found)
        if not isinstance(client, Wakes):
            return False
        came = await client.wait(position_of(state, registry.fingerprint(found)), seconds)
    except DeskError as error:
        _log.debug("%s is not listened to: %s", entry.manifest.name, error.code)
        return False
    if came:
        await asyncio.sleep(max(0.0, SOONEST - (loop.time() - begun)))
    return came
