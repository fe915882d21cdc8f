"""The client of LAPOR!: today over Open311. What speaks to the server can be replaced without touching the rest.

The operator's own integration papers are not public. When they are here, a class that yields pages of reports like
`GeoReportClient` takes its place as `wire`; the mapping of states, privacy and links stays.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from smartcity_desk.sync.channel import Client, Fetched, Position, Setup, TestResult
from smartcity_desk.sync.channels.lapor import mapping
from smartcity_desk.sync.channels.lapor.manifest import JURISDICTION, MANIFEST
from smartcity_desk.sync.georeport.client import GeoReportClient
from smartcity_desk.sync.transport import Http


class LaporClient:
    """Hands everything to its wire. Without an option the jurisdiction is LAPOR!'s own."""

    def __init__(self, setup: Setup, wire: Client | None = None) -> None:
        options = {"jurisdiction_id": JURISDICTION, **setup.options}
        own = Setup(setup.url, options, setup.secrets, setup.pseudonym)
        self._wire = wire or GeoReportClient(own, mapping.dialect(options), MANIFEST.poll_interval_ms)

    def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """Pages after `position`."""
        return self._wire.pull(position, http, now)

    async def test(self, http: Http, now: int) -> TestResult:
        """One page of the last days."""
        return await self._wire.test(http, now)
