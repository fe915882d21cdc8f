"""The client of Balai Warga: the way in that the settings name."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from smartcity_desk.sync.channel import Client, Fetched, Position, Setup, TestResult
from smartcity_desk.sync.channels.balai_warga import mapping
from smartcity_desk.sync.channels.balai_warga.manifest import FILE, MANIFEST, OPEN311
from smartcity_desk.sync.georeport.client import GeoReportClient
from smartcity_desk.sync.mailbox.client import MailboxClient, Rules, access_of, matcher
from smartcity_desk.sync.transport import Http


def build(setup: Setup) -> Client:
    """The client of one profile."""
    mode = setup.options.get("mode", "")
    if mode == FILE:
        return FilesOnly()
    if mode == OPEN311:
        return GeoReportClient(setup, mapping.DIALECT, MANIFEST.poll_interval_ms)
    # The forum's mails are a machine's: what would be left out elsewhere is what is wanted here.
    rules = Rules(
        wants=matcher(setup.options.get("sender", "")),
        machines=True,
        counts_others=False,
        finish=mapping.with_link,
    )
    return MailboxClient(partial(access_of, mapping.NAME, setup), mapping.box(setup.pseudonym), rules)


class FilesOnly:
    """There is nothing to ask: an operator imports the forum's tables."""

    async def pull(self, position: Position, _http: Http, _now: int) -> AsyncGenerator[Fetched, None]:
        """Nothing new, ever."""
        yield Fetched(position, not_modified=True)

    async def test(self, _http: Http, _now: int) -> TestResult:
        """It works as long as the desk does."""
        return TestResult(True, note_key="channel.balai_warga.note")
