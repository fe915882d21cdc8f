"""The wire protocol of the CRM's dashboard: a window of days, and one more call for each report.

Every poll asks for yesterday and today; every hour the last one to two weeks are asked again, because a state is told
nowhere else. A report is taken in when its detail has said whether it is private, so many in one run, the newest first;
what is left is asked for in the next run.

A server that is ill, or not filled yet, answers with correct, empty lists. A whole window in which nothing is proves
nothing: it is asked for again every hour with all that has come since, and at the next poll when anything comes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from smartcity_desk.domain.errors import AuthExpired, DeskError, Forbidden, Rejected
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, to_datetime
from smartcity_desk.sync.channel import (
    READER,
    Fetched,
    Json,
    Position,
    Setup,
    TestResult,
    Unreadable,
    attempt,
    content_key,
    raw_text,
    trial_of,
)
from smartcity_desk.sync.channels.crm import mapping
from smartcity_desk.sync.channels.crm.manifest import MANIFEST
from smartcity_desk.sync.transport import Http

LIST: Final = "/api/public/dashboard/distribution-map"
DETAIL: Final = "/api/public/dashboard/detail"
REASK_EVERY: Final = HOUR
SPAN: Final = 2
"""Days in one question: about a thousand reports."""
FURTHEST: Final = 92
"""Days that are asked for again after a long absence."""
SLICE: Final = 50


@dataclass(slots=True)
class _Run:
    """What one run has done: details `left` to ask for, keys `kept` of what is settled, and whether some is not.

    `found` is whether any answer held anything.
    """

    left: int
    known: frozenset[str]
    kept: set[str]
    behind: bool = False
    found: bool = False


class CrmClient:
    """Speaks `distribution-map` and `detail`."""

    def __init__(self, setup: Setup) -> None:
        self._base = setup.url.rstrip("/")
        self._options = {spec.name: spec.default for spec in MANIFEST.options} | dict(setup.options)

    async def pull(self, position: Position, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """The days of the window, newest first."""
        cursor = dict(position.cursor)
        begin, whole = self._begin(cursor, now)
        run = _Run(int(self._options["details"]), position.boundary, set())
        for first, last in _spans(begin, _day(now)):
            items = await self._list(first, last, http, now)
            run.found = run.found or bool(items)
            async for page in self._days(items, run, http, now):
                # what is settled is settled, also when the run ends here; where the window begins does not move yet
                yield Fetched(
                    Position(cursor, frozenset(run.known | run.kept)),
                    page.reports,
                    page.unreadable,
                    page.seen,
                )
        done: dict[str, Json] = {
            "asked_at": now,
            "reasked_at": now if whole else _whole(cursor, "reasked_at"),
        }
        unfinished = cursor.get("begin")
        if run.behind:
            # the details of older days are still to come: the next run asks for all of the window again
            done = {**done, "reasked_at": 0, "begin": begin.isoformat()}
        elif whole and not run.found:
            done["begin"] = begin.isoformat()
        if not whole and isinstance(unfinished, str):
            done["begin"] = unfinished
            if run.found:
                done["reasked_at"] = 0
        boundary = run.kept if whole else run.known | run.kept
        yield Fetched(Position(done, frozenset(boundary)))

    def _begin(self, cursor: dict[str, Json], now: int) -> tuple[date, bool]:
        """The first day to ask for, and whether that is the whole window."""
        today = _day(now)
        window = today - timedelta(days=int(self._options["days"]) - 1)
        asked = _whole(cursor, "asked_at")
        if now >= _whole(cursor, "reasked_at") + REASK_EVERY or not 0 <= now - asked < DAY:
            since = window if not 0 < asked <= now else min(window, _day(asked) - timedelta(days=1))
            unfinished = cursor.get("begin")
            if isinstance(unfinished, str):
                since = min(since, _date(unfinished) or since)
            return max(since, today - timedelta(days=FURTHEST)), True
        return today - timedelta(days=1), False

    async def _list(self, first: date, last: date, http: Http, now: int) -> list[Any]:
        params = {
            "dateStart": first.isoformat(),
            "dateEnd": last.isoformat(),
            "zoneId": self._options["zone"],
            "isPrivacy": "0",
        }
        answer = await http.get(self._base + LIST, params=params)
        error = http.error_inside(answer.data, now)
        if error is not None:
            raise error
        return mapping.items_of(answer.data)

    async def _days(self, items: list[Any], run: _Run, http: Http, now: int) -> AsyncGenerator[Fetched, None]:
        """The reports of some days whose content is new, in slices."""
        reports: dict[str, Report] = {}
        unreadable: list[Unreadable] = []
        seen = len(items)
        for item in sorted(items, key=lambda one: mapping.time_of(one) or 0, reverse=True):
            raw = raw_text(item)
            key = content_key(raw)
            refused = f"{key}!{READER}"
            settled = next((one for one in (key, refused) if one in run.known or one in run.kept), "")
            if settled:
                run.kept.add(settled)
                continue
            found = attempt(partial(mapping.to_report, item), raw, partial(mapping.peek_id, item))
            if isinstance(found, Unreadable):
                unreadable.append(found)
                # a later version may read it, and then its detail has to say whether it is private
                run.kept.add(refused)
                continue
            if run.left <= 0:
                run.behind = True
                continue
            run.left -= 1
            try:
                reports[found.id] = await self._detailed(item, found.external_id, http, now)
            except DeskError:
                yield Fetched(None, tuple(reports.values()), tuple(unreadable), seen)
                raise
            run.kept.add(key)
            if len(reports) >= SLICE:
                yield Fetched(None, tuple(reports.values()), tuple(unreadable), seen)
                reports, unreadable, seen = {}, [], 0
        yield Fetched(None, tuple(reports.values()), tuple(unreadable), seen)

    async def _detailed(self, item: Any, external_id: str, http: Http, now: int) -> Report:
        """The report with its detail; one whose detail is refused (any 4xx) is private, and has what the list gives."""
        try:
            answer = await http.get(self._base + DETAIL, params={"id": external_id})
            error = http.error_inside(answer.data, now)
            if error is not None:
                raise error
        except (AuthExpired, Forbidden, Rejected):
            return mapping.to_report(item, private=True)
        return mapping.to_report(item, answer.data)

    def rewound(self, since: int) -> dict[str, Json]:
        """The cursor of a walk that was last made at an instant."""
        return {"asked_at": since}

    async def test(self, http: Http, now: int) -> TestResult:
        """Ask for yesterday and today, and for the details of what is shown: only they say what is private."""
        try:
            items = await self._list(_day(now) - timedelta(days=1), _day(now), http, now)
            found = trial_of((item, mapping.to_report) for item in items)
            by_id = {mapping.peek_id(item).strip(): item for item in items}
            shown = [
                await self._detailed(by_id[report.external_id], report.external_id, http, now)
                for report in found.sample
            ]
        except DeskError as problem:
            return TestResult(False, error=problem)
        return replace(found, sample=tuple(shown))


def _spans(begin: date, end: date) -> list[tuple[date, date]]:
    """The days from `begin` to `end` in pieces, the newest first."""
    found: list[tuple[date, date]] = []
    last = end
    while last >= begin:
        first = max(begin, last - timedelta(days=SPAN - 1))
        found.append((first, last))
        last = first - timedelta(days=1)
    return found


def _day(instant: int) -> date:
    """The day in Jakarta."""
    return to_datetime(instant).astimezone(JAKARTA).date()


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whole(cursor: dict[str, Json], key: str) -> int:
    value = cursor.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
