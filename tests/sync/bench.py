"""What the tests of this package put together: an engine on a real store, with a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from smartcity_desk.config import CENTRAL_URL, ChannelSettings, Settings
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.times import HOUR, from_iso
from smartcity_desk.secrets import SecretStore
from smartcity_desk.store import Store
from smartcity_desk.store.rows import ReportLine
from smartcity_desk.sync.engine import Engine, RunResult
from smartcity_desk.sync.notice import Notice
from smartcity_desk.sync.transport import Transport

NOW = from_iso("2026-11-23T02:00:00Z")
POLICY = Policy("test", 0, dict.fromkeys(OfficeLevel, 24 * HOUR), 24 * HOUR)


class Clock:
    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += int(seconds * 1000)
        await asyncio.sleep(0)


class Bench:
    def __init__(self, folder: Path, secrets: Mapping[str, str] | None = None) -> None:
        self.clock = Clock()
        self.store = Store.open(folder / "desk.sqlite3", now=self.clock.now, policy=POLICY)
        self.settings = Settings(folder / "settings.json")
        self.secrets = SecretStore.in_memory(secrets or {})
        self.notices: list[Notice] = []
        self.engine = self.new_engine()

    def new_engine(self, **more: Any) -> Engine:
        return Engine(
            self.store,
            self.settings,
            self.secrets,
            clock=self.clock,
            notify=self.notices.append,
            transport=Transport(clock=self.clock, sleep=self.clock.sleep),
            **more,
        )

    def channel(self, name: str, url: str, **options: Any) -> None:
        self.settings.set_channel(name, ChannelSettings(True, url, options))

    def central(self, url: str) -> None:
        self.settings.set(CENTRAL_URL, url)

    async def once(self, *channels: str) -> RunResult:
        return await self.engine.run_once(list(channels) or None)

    def lines(self, **conditions: Any) -> list[ReportLine]:
        return list(self.store.iterate(Filter(**conditions), now=self.clock.now))

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [dict(notice.data) for notice in self.notices if notice.kind == kind]


@asynccontextmanager
async def bench(folder: Path, secrets: Mapping[str, str] | None = None) -> AsyncIterator[Bench]:
    made = Bench(folder, secrets)
    try:
        yield made
    finally:
        await made.engine.close()
        made.store.close()
