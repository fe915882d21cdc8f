"""What happened in comparable cases: counted over a year of custody in the file. A reader's work, and never a window's.

One pass over the segments, a second or two on a large file; whoever needs the counts keeps them. Nothing here judges
an office: the counts stand beside a course to say what to expect of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median_low
from typing import Final

import msgspec

from smartcity_desk.domain.courses import LEAST_N, REJECTS, SENT, Comparables, CourseKind, Key, Past
from smartcity_desk.domain.custody import Ending, Segment, Stay
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.office import UPT, Directory
from smartcity_desk.domain.times import DAY
from smartcity_desk.store.engine import Raw

PERIOD_MS: Final = 365 * DAY
_SEGMENT: Final = msgspec.json.Decoder(Segment)
_BY_CODE: Final = {code: kind for kind, code in REJECTS.items()}
_SAMPLE: Final = 2_000
"""Times of one kind that are kept for its median: the newest of them."""


@dataclass(slots=True)
class _Tally:
    n: int = 0
    answers: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    looked: int = 0
    good: int = 0

    def past(self) -> Past:
        """The figures, where there are enough cases for any."""
        if self.n < LEAST_N:
            return Past(self.n)
        return Past(
            self.n,
            median_low(self.answers) if len(self.answers) >= LEAST_N else None,
            median_low(self.ends) if len(self.ends) >= LEAST_N else None,
            self.looked,
            round(100 * self.good / self.looked) if self.looked >= LEAST_N else None,
        )


def count(raw: Raw, directory: Directory, *, now: int) -> Comparables:
    """Count the cases of the last `PERIOD_MS` before `now` (ms UTC)."""
    since = now - PERIOD_MS
    tallies: dict[Key, _Tally] = defaultdict(_Tally)
    levels = {code: office.level.value for code, office in directory.offices.items()}
    # By primary key, newest reports first: no index over a million rows, and the newest times make the medians.
    rows = raw.execute(
        "SELECT facts FROM segment WHERE since >= ? ORDER BY report_pk DESC, number DESC", (since,)
    )
    before = ("", "")
    for (facts,) in rows:
        one = _SEGMENT.decode(facts)
        held = one.stay is Stay.HOLD
        # A refused completion gives the work back to the same office: another turn of the same case.
        _take(tallies, one, levels, again=held and before == (one.report, one.office))
        if held:
            before = (one.report, one.office)
    _joins(raw, tallies, since)
    return Comparables(since, now, {key: tally.past() for key, tally in tallies.items()})


def _take(tallies: dict[Key, _Tally], one: Segment, levels: dict[str, str], *, again: bool) -> None:
    category = one.category or ""
    if one.stay is Stay.VERIFY:
        tally = tallies[CourseKind.VERIFY.value, category, ""]
        tally.n += 1
        _time(tally.answers, one.since, one.until)
        if one.ending in (Ending.ACCEPTED, Ending.REFUSED):
            tally.looked += 1
            tally.good += one.ending is Ending.ACCEPTED
    elif one.stay is Stay.HOLD and one.office not in ("", UPT):
        began = one.delivered_at or one.since
        for scope in (one.office, f"@{levels.get(one.office, '')}"):
            tally = tallies[SENT, category, scope]
            tally.n += not again
            _time(tally.answers, began, one.responded_at)
            _time(tally.ends, began, one.accepted_at)
            if one.accepted_at is not None or one.refused_at is not None:
                tally.looked += 1
                tally.good += one.accepted_at is not None
        if one.returns_refused:
            tally = tallies[CourseKind.REFUSE_RETURN.value, category, ""]
            tally.n += 1
            tally.looked += 1
            tally.good += one.responded_at is not None
            _time(tally.answers, one.returned_at or one.since, one.responded_at)
    for pause in one.pauses:
        kind = CourseKind.ASK if pause.code is PauseCode.WAITING_REPORTER else CourseKind.WAIT
        tally = tallies[kind.value, category, ""]
        tally.n += 1
        _time(tally.answers, pause.since, pause.until)
    if one.ending is Ending.REJECTED and one.reject_code in _BY_CODE:
        tally = tallies[_BY_CODE[one.reject_code].value, category, ""]
        tally.n += 1
        _time(tally.answers, one.since, one.rejected_at)


def _joins(raw: Raw, tallies: dict[Key, _Tally], since: int) -> None:
    """How many reports stand joined to others."""
    rows = raw.execute(
        "SELECT coalesce(category, ''), count(*) FROM report_state WHERE incident IS NOT NULL AND reported_at >= ? "
        "GROUP BY 1",
        (since,),
    )
    for category, number in rows:
        tallies[CourseKind.JOIN.value, category, ""].n += number


def _time(times: list[int], began: int, ended: int | None) -> None:
    if ended is not None and len(times) < _SAMPLE:
        times.append(max(0, ended - began))
