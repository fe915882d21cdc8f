"""There is no wire: what a channel has to answer, answered."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from smartcity_desk.sync.channel import Fetched, Position, Setup, TestResult
from smartcity_desk.sync.transport import Http


class ManualClient:
    """Never asked by the engine (`Manifest.polled`); its reports are entered at the desk."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    async def pull(self, position: Position, _http: Http, _now: int) -> AsyncGenerator[Fetched, None]:
        """Nothing new, ever."""
        yield Fetched(position, not_modified=True)

    async def test(self, _http: Http, _now: int) -> TestResult:
        """It works as long as the desk does."""
        return TestResult(True, note_key="channel.manual.note")
