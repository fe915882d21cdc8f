"""The wire protocol of the partner feed: one address, asked as it stands, one whole snapshot.

The hub gives the address in two forms; what the one with `format=2` answers (GeoRSS) is told as that.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from typing import Final

from smartcity_desk.domain.errors import ConfigProblem, DeskError
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.sync.channel import Fetched, Mapped, Position, Setup, TestResult, trial_of
from smartcity_desk.sync.channels.waze import mapping
from smartcity_desk.sync.transport import Http

_GEORSS: Final = re.compile(rb"<rss\b|<feed\b|xmlns:(?:georss|linqmap)", re.IGNORECASE)
SKEW: Final = 5 * MINUTE
"""How far ahead of this clock a snapshot may end. One that ends later says nothing about those that follow: a single
wrong time must not shut the feed until that time has come."""


class WazeClient:
    """Speaks the JSON form of the feed. What is absent from a newer snapshot has ended."""

    def __init__(self, setup: Setup) -> None:
        self._url = setup.url

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """One page: the snapshot, unless its end is not newer than the last one's."""
        answer = await http.get(self._url, etag=position.etag, judge=_judge)
        if answer.not_modified:
            yield Fetched(position, not_modified=True)
            return
        error = http.error_inside(answer.data, now)
        if error is not None:
            raise error
        snapshot = mapping.read_snapshot(answer.data)
        last = position.cursor.get("end")
        if snapshot.end is not None and isinstance(last, int) and snapshot.end <= last <= now + SKEW:
            yield Fetched(position, not_modified=True)
            return
        mapped = Mapped(
            ((item, mapping.MAPPINGS[section]) for section, item in snapshot.items),
            known=position.boundary,
            peek_id=mapping.peek_id,
        )
        cursor = position.cursor if snapshot.end is None else {**position.cursor, "end": snapshot.end}
        for page in mapped.slices(
            lambda keys: Fetched(
                Position(cursor, keys, answer.etag),
                unreadable=snapshot.unreadable,
                seen=len(snapshot.items),
                # a section that could not be read says nothing about what has ended
                snapshot_ids=None if snapshot.unreadable else snapshot.ids,
            )
        ):
            yield page

    async def test(self, http: Http, now: int) -> TestResult:
        """Ask for the snapshot once."""
        try:
            answer = await http.get(self._url, judge=_judge)
            error = http.error_inside(answer.data, now)
            if error is not None:
                return TestResult(False, error=error)
            snapshot = mapping.read_snapshot(answer.data)
        except DeskError as problem:
            return TestResult(False, error=problem)
        return trial_of(
            ((item, mapping.MAPPINGS[section]) for section, item in snapshot.items),
            unreadable=snapshot.unreadable,
            newest_at=snapshot.end,
        )


def _judge(status: int, _headers: Mapping[str, str], data: object) -> DeskError | None:
    """The word for a feed in the other form: no page of a gateway, and no reason to ask again and again."""
    if status == HTTPStatus.OK and isinstance(data, bytes) and _GEORSS.search(data[:2_000]):
        return ConfigProblem(name="url", reason="waze_georss", channel="waze")
    return None
