"""The wire protocol of `GET /reports`: a window of seconds, no cursor, known items left out by content.

What the window no longer reaches is owed, and read from the archive where the unit has one: after the window, because
an archive that is ill must not keep today's flood back; piece by piece, oldest first, each saved as it is done. Without
an archive, or with one that refuses, the span is noted as a gap. Whatever form is asked for, what comes is known by its
content.

A server that is ill, or not filled yet, answers with a correct, empty list: so the window reaches back to the last
answer that held anything.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import msgspec

from smartcity_desk.domain.errors import AuthExpired, BadData, DeskError, Forbidden, Rejected, Transient
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, SECOND, to_datetime
from smartcity_desk.sync.channel import Fetched, Json, Mapped, Position, Setup, TestResult, trial_of
from smartcity_desk.sync.channels.petabencana import cap, mapping
from smartcity_desk.sync.channels.petabencana.manifest import MANIFEST
from smartcity_desk.sync.transport import Answer, Http, decode_json, looks_like_html

_log = logging.getLogger(__name__)

SKEW: Final = 5 * MINUTE
"""How wrong the two clocks may be together; 90 s are seen in practice."""
LATE: Final = 50 * MINUTE
"""How long after its time a report may appear: cards are filled in on the way, and reviewed. Asked for every time, or
what was late when the line went dead is outside the window when it is back. With it a usual window is one hour still.
"""
OVERLAP: Final = 2 * MANIFEST.poll_interval_ms + SKEW + LATE
ARCHIVE_SPAN: Final = 31 * DAY
"""What is asked of the archive at once; 217 days are the most that it gives."""
ARCHIVE_LEAST: Final = DAY
HEARD: Final = "heard_at"
"""Entry of the position: when an answer last held anything (ms UTC); null = never. Without it each one did."""
OWED: Final = "owed"
"""Entry of the position: the span (ms UTC) that the archive is still to be asked for."""
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
        self._archive = self._url + "/archive"
        if self._options.get("archive") == "serverless":
            self._archive = setup.url.rstrip("/") + "/archive/reports"
        key = setup.secrets.get("api_key", "")
        self._key = {"X-Api-Key": key} if key else {}

    def _asked(self) -> dict[str, str]:
        params = {"geoformat": self._options.get("format") or "geojson"}
        for name in ("admin", "disaster"):
            if self._options.get(name):
                params[name] = self._options[name]
        return params

    def _params(self, span: int) -> dict[str, str]:
        return self._asked() | {"timeperiod": str(span // SECOND)}

    def _most(self) -> int:
        return int(self._options.get("window_hours") or MANIFEST.option("window_hours").default) * HOUR

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """One page: the window. The boundary is what it holds; items known from the last one are left out."""
        last = _instant(position.cursor.get("asked_at"))
        heard = _instant(position.cursor[HEARD]) if HEARD in position.cursor else last
        most = self._most()
        gap = (last, now - most) if last is not None and now - last > most else None
        owed = _span(position.cursor.get(OWED))
        if self._options.get("archive"):
            owed = gap if owed is None else (owed[0], max(owed[1], gap[1])) if gap else owed
            gap = None
        span = window(heard, now, most)
        # The same body answers another window only if nothing came or went in between, so the tag may be kept.
        answer = await http.get(self._url, params=self._params(span), etag=position.etag, plain=True)
        stands = position
        if answer.not_modified:
            heard = now if position.boundary else heard
            stands = replace(stands, cursor=_cursor(now, heard, owed))
            yield Fetched(stands, not_modified=True, gap=gap)
        else:
            items, read = self._read(answer, http, now)
            if self._options.get("archive") and items and heard is not None and now - heard > most:
                # it was silent for longer than its window: the archive knows whether that was so
                owed = (heard, now - most) if owed is None else (min(heard, owed[0]), now - most)
            heard = now if items else heard
            stands = replace(stands, cursor=_cursor(now, heard, owed), etag=answer.etag)
            mapped = Mapped(
                ((item, read) for item in items), known=position.boundary, peek_id=mapping.peek_id
            )
            for page in mapped.slices(
                lambda keys: Fetched(replace(stands, boundary=keys), seen=len(items), gap=gap)
            ):
                yield page
            stands = replace(stands, boundary=frozenset(mapped.keys))
        if owed is None:
            return
        try:
            async for page in self._filled(owed, heard, stands, http, now):
                if page.position is not None:
                    owed = _span(page.position.cursor.get(OWED))
                yield page
        except (AuthExpired, Forbidden, Rejected) as refusal:
            _log.warning("%s: the archive refuses: %s", http.place, refusal.code)
            yield Fetched(replace(stands, cursor=_cursor(now, heard, None)), gap=owed)

    async def _filled(
        self, owed: tuple[int, int], heard: int | None, stands: Position, http: Http, now: int
    ) -> AsyncGenerator[Fetched, None]:
        """What the archive has of a span, oldest first. An answer that is too large is asked for in halves."""
        at, span = owed[0] - OVERLAP, ARCHIVE_SPAN
        while at < owed[1]:
            end = min(at + span, owed[1] + OVERLAP)
            params = self._asked() | {"start": _local(at), "end": _local(end)}
            try:
                answer = await http.get(self._archive, params=params, headers=self._key, plain=True)
                items, read = self._read(answer, http, now)
            except BadData as problem:
                if problem.key != "too_large" or span <= ARCHIVE_LEAST:
                    raise
                span //= 2
                continue
            mapped = Mapped(((item, read) for item in items), peek_id=mapping.peek_id)
            # the next run begins where this piece ended; what is owed is the smaller for it
            left = (end, owed[1]) if end < owed[1] else None
            closing = Fetched(replace(stands, cursor=_cursor(now, heard, left)), seen=len(items))
            for page in mapped.slices(partial(_same, closing)):
                yield page
            at = end

    def _read(self, answer: Answer, http: Http, now: int) -> tuple[list[Any], Callable[[Any], Report]]:
        """The items of an answer, whatever its form, and how they are read; drills left out. Raises `DeskError`."""
        items, read = self._unwrapped(answer, http, now)
        return [item for item in items if not mapping.is_drill(item)], read

    def _unwrapped(self, answer: Answer, http: Http, now: int) -> tuple[list[Any], Callable[[Any], Report]]:
        body = answer.data
        if not body.strip():
            raise BadData(http.place, "empty", status=answer.status)
        if cap.looks_like_cap(body):
            return cap.features_of(body, http.place), mapping.to_report
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return list(mapping.WRAPPED.decode(body).result.features), mapping.to_report_from_text
        if looks_like_html(body, answer.headers.get("content-type", "")):
            raise Transient(place=http.place, status=answer.status, reason="html")
        try:
            data = decode_json(body)
        except ValueError:
            raise BadData(http.place, "json", status=answer.status) from None
        error = http.error_inside(data, now)
        if error is not None:
            raise error
        return mapping.items_of(data), mapping.to_report

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
        """Ask for the whole window once: an hour of a dry day would show nothing."""
        try:
            answer = await http.get(self._url, params=self._params(self._most()), plain=True)
            items, read = self._read(answer, http, now)
        except DeskError as problem:
            return TestResult(False, error=problem)
        return trial_of((item, read) for item in items)


def _cursor(asked_at: int, heard_at: int | None, owed: tuple[int, int] | None) -> dict[str, Json]:
    """When the window was asked for, when it last held anything, and what is still to be read from the archive."""
    cursor: dict[str, Json] = {"asked_at": asked_at}
    if heard_at != asked_at:
        cursor[HEARD] = heard_at
    return cursor if owed is None else {**cursor, OWED: list(owed)}


def _instant(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _span(value: Json) -> tuple[int, int] | None:
    """A span (ms UTC) as it lies in a cursor."""
    match value:
        case [int() as since, int() as until] if since < until:
            return since, until
    return None


def _same(closing: Fetched, _keys: frozenset[str]) -> Fetched:
    return closing


def _local(instant: int) -> str:
    """An instant as the service wants it: whole seconds and Jakarta's offset without a colon."""
    return to_datetime(instant).astimezone(JAKARTA).strftime("%Y-%m-%dT%H:%M:%S%z")
