"""The wire protocol of `GET /reports`: a window of seconds, no cursor, known items left out by content."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.times import HOUR, JAKARTA, MINUTE, SECOND, to_datetime
from smartcity_desk.sync.channel import Fetched, Json, Mapped, Position, Setup, TestResult, trial_of
from smartcity_desk.sync.channels.petabencana import mapping
from smartcity_desk.sync.channels.petabencana.manifest import MANIFEST
from smartcity_desk.sync.transport import Http

SKEW: Final = 5 * MINUTE
"""How wrong the two clocks may be together; 90 s are seen in practice."""
LATE: Final = 50 * MINUTE
"""How long after its time a report may appear: cards are filled in on the way, and reviewed. Asked for every time, or
what was late when the line went dead is outside the window when it is back. With it a usual window is one hour still.
"""
OVERLAP: Final = 2 * MANIFEST.poll_interval_ms + SKEW + LATE
STEP: Final = HOUR
"""Windows are whole hours, so that the address stays the same from poll to poll and the server's cache answers."""


def window(last: int | None, now: int, most: int) -> int:
    """The span in ms to ask for, up to `most`: all since `last` with the overlap, in whole steps.

    Never asked before, or a clock that ran back: everything the source gives.
    """
    if last is None or last > now:
        return most
    needed = now - last + OVERLAP
    return min(most, -(-needed // STEP) * STEP)


class PetabencanaClient:
    """Speaks `GET /reports`. Status changes are not told by this channel: an item outside the window has not ended."""

    def __init__(self, setup: Setup) -> None:
        self._url = setup.url.rstrip("/") + "/reports"
        self._options = setup.options

    def _params(self, span: int) -> dict[str, str]:
        params = {"geoformat": "geojson", "timeperiod": str(span // SECOND)}
        for name in ("admin", "disaster"):
            if self._options.get(name):
                params[name] = self._options[name]
        return params

    def _most(self) -> int:
        return int(self._options.get("window_hours") or MANIFEST.option("window_hours").default) * HOUR

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """One page: the window. The boundary is what it holds; items known from the last one are left out."""
        last = position.cursor.get("asked_at")
        last = last if isinstance(last, int) else None
        most = self._most()
        span = window(last, now, most)
        # The same body answers another window only if nothing came or went in between, so the tag may be kept.
        answer = await http.get(
            self._url, params=self._params(span), etag=position.etag, shape=mapping.WRAPPED
        )
        gap = (last, now - most) if last is not None and now - last > most else None
        cursor = {**position.cursor, "asked_at": now}
        if answer.not_modified:
            yield Fetched(Position(cursor, position.boundary, position.etag), not_modified=True, gap=gap)
            return
        items: list[Any]
        if isinstance(answer.data, mapping.Wrapped):
            items, read = answer.data.result.features, mapping.to_report_from_text
        else:
            error = http.error_inside(answer.data, now)
            if error is not None:
                raise error
            items, read = mapping.items_of(answer.data), mapping.to_report
        mapped = Mapped(((item, read) for item in items), known=position.boundary, peek_id=mapping.peek_id)
        for page in mapped.slices(
            lambda keys: Fetched(Position(cursor, keys, answer.etag), seen=len(items), gap=gap)
        ):
            yield page

    def rewound(self, since: int) -> dict[str, Json]:
        """The cursor of a walk that was last made at an instant."""
        return {"asked_at": since}

    async def count_of(self, since: int, until: int, http: Http) -> int | None:
        """How many reports the source has of a time; None with a region, which its own counts leave aside.

        `/reports/timeseries` takes `admin` and counts the whole country all the same (sitioss-server).
        """
        if self._options.get("admin"):
            return None
        params = {"start": _local(since), "end": _local(until - SECOND)}
        answer = await http.get(f"{self._url}/timeseries", params=params)
        return mapping.count_in(answer.data, http.place)

    async def test(self, http: Http, now: int) -> TestResult:
        """Ask for the last hour."""
        try:
            answer = await http.get(self._url, params=self._params(HOUR))
            error = http.error_inside(answer.data, now)
            if error is not None:
                return TestResult(False, error=error)
            items = mapping.items_of(answer.data)
        except DeskError as problem:
            return TestResult(False, error=problem)
        return trial_of((item, mapping.to_report) for item in items)


def _local(instant: int) -> str:
    """An instant as the service wants it: whole seconds and Jakarta's offset without a colon."""
    return to_datetime(instant).astimezone(JAKARTA).strftime("%Y-%m-%dT%H:%M:%S%z")
