"""Questions to the network that a person asks by pressing a button. They block: call them in `Desk.errands`.

Each runs a short loop of its own in that thread, so that neither HTTP nor its import is ever felt on screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from smartcity_desk.config import Settings
from smartcity_desk.domain.actor import Actor
from smartcity_desk.domain.errors import DeskError, Transient
from smartcity_desk.secrets import SecretStore

if TYPE_CHECKING:
    from smartcity_desk.sync.channel import TestResult


class CentralDoor:
    """The central server for log-in, log-out and a trial. Tokens go straight to the secret store."""

    def __init__(self, secrets: SecretStore, clock: Callable[[], int]) -> None:
        self._secrets = secrets
        self._clock = clock

    def log_in(self, url: str, user: str, password: str, device: str) -> tuple[Actor, str]:
        """Trade a password for tokens; return who that is, and the name to show. Raises DeskError."""

        async def call() -> tuple[Actor, str]:
            from smartcity_desk.sync.central.session import Session
            from smartcity_desk.sync.transport import Transport

            transport = Transport(clock=self._clock)
            try:
                me = await Session(url, self._secrets, transport, clock=self._clock).login(
                    user, password, device
                )
            finally:
                await transport.close()
            return me.actor, me.name or me.user

        return asyncio.run(call())

    def log_out(self, url: str) -> None:
        """End the session here, and at the server if it can be reached. Never raises a DeskError."""

        async def call() -> None:
            from smartcity_desk.sync.central.session import Session
            from smartcity_desk.sync.transport import Transport

            transport = Transport(clock=self._clock)
            try:
                await Session(url, self._secrets, transport, clock=self._clock).logout()
            finally:
                await transport.close()

        asyncio.run(call())

    def probe(self, url: str) -> int:
        """Ask a server whether it is one; return how far its clock is ahead of ours (ms). Raises DeskError."""

        async def call() -> int:
            from smartcity_desk.sync.central.session import Session
            from smartcity_desk.sync.transport import Transport

            transport = Transport(clock=self._clock)
            try:
                session = Session(url, self._secrets, transport, clock=self._clock)
                if not await session.health():
                    raise Transient(place="central", reason="not_a_central_server")
            finally:
                await transport.close()
            return session.clock_offset or 0

        return asyncio.run(call())


def fetch_place(
    url: str,
    secrets: SecretStore,
    clock: Callable[[], int],
    target: Path,
    tag: str | None,
    told: Callable[[int], None],
    renewed: Callable[[str, str], None],
) -> str | None:
    """Write the server's place bundle to a file; its tag, or None when it is the one of `tag`. Raises DeskError.

    `told` hears how many bytes have come, and may raise to stop it; `renewed` hears of a session that was renewed.
    """

    async def call() -> str | None:
        from smartcity_desk.sync.central.client import CentralClient
        from smartcity_desk.sync.central.session import Session
        from smartcity_desk.sync.transport import Transport

        transport = Transport(clock=clock)
        try:
            session = Session(url, secrets, transport, clock=clock, renewed=renewed)
            return await CentralClient(session).place_bundle(target, tag, told)
        finally:
            await transport.close()

    return asyncio.run(call())


def try_channel(name: str, settings: Settings, secrets: SecretStore, clock: Callable[[], int]) -> TestResult:
    """Make one cheap request to a channel as it is set up now. Never raises a DeskError."""

    async def call() -> TestResult:
        from smartcity_desk.sync import registry
        from smartcity_desk.sync.channel import TestResult
        from smartcity_desk.sync.transport import Transport

        transport = Transport(clock=clock)
        try:
            entry = registry.CHANNELS[name]
            client = entry.build(registry.setup(name, settings, secrets))
            return await client.test(transport.channel(name, entry.manifest.rate), clock())
        except DeskError as problem:
            return TestResult(ok=False, error=problem)
        finally:
            await transport.close()

    return asyncio.run(call())
