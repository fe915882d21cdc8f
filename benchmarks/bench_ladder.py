"""The escalation ladder: 10,000 open reports at once, and 1,000 weeks in which clocks, desks and lines misbehave."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

from benchmarks.figure import Figure, Options, middle
from benchmarks.ladder_weeks import Outcome, week
from smartcity_desk.calendars import load_calendars
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.custody import Ending, PauseSpan, Segment, Stay
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.items import Item, items
from smartcity_desk.domain.ladder import due_now, forecast, proposals
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.outward import InboxState
from smartcity_desk.domain.policy import PolicyBook
from smartcity_desk.domain.times import DAY, HOUR, from_iso

SEED: Final = 12
OPEN: Final = 10_000
WEEKS: Final = 1_000
NOW: Final = from_iso("2026-11-25T10:00:00+07:00")


def run(options: Options) -> list[Figure]:
    """Measure the evaluation, then live the weeks."""
    law = Law(PolicyBook([load_policy()]), load_calendars(), builtin_directory(NOW))
    segments = open_segments(law, options.size(OPEN))
    boxes = already_told(items(segments, law, NOW), law)
    clocks, _ = _timed(options, lambda: items(segments, law, NOW))
    found = items(segments, law, NOW)
    whole, of_whole = _timed(options, lambda: due_now(items(segments, law, NOW), law, boxes, NOW))
    ahead, of_ahead = _timed(options, lambda: forecast(found, law, boxes, NOW))
    asked, of_asked = _timed(options, lambda: proposals(found, law, boxes, NOW))
    began = time.perf_counter()
    total = weeks(options.size(WEEKS))
    took = time.perf_counter() - began
    return [
        Figure(
            f"{len(segments):,} open reports evaluated, from their segments",
            whole,
            "ms",
            500,
            control=clocks,
            control_name="their clocks alone",
            note=f"{of_whole:.0f} ms of one processor",
            details={"steps to send": float(sum(len(one.climbs) for one in due_now(found, law, boxes, NOW)))},
        ),
        Figure(
            "the next 24 hours of them",
            ahead,
            "ms",
            500,
            control=clocks,
            control_name="their clocks alone",
            note=f"{of_ahead:.0f} ms of one processor",
        ),
        Figure("what waits for a person's word", asked, "ms", note=f"{of_asked:.0f} ms of one processor"),
        Figure(
            f"notices told twice in {options.size(WEEKS):,} weeks",
            total.duplicates,
            "notices",
            0,
            note=f"{total.notices:,} digests in {took:.0f} s, with restarts, set clocks, lost answers and two desks",
        ),
        Figure("notices never told", total.missing, "notices", 0),
        Figure("looks at which the oracle would have sent something else", total.different, "looks", 0),
        Figure("digests at night or within four hours of another", total.broken, "digests", 0),
    ]


def weeks(count: int) -> Outcome:
    """What so many weeks came to."""
    total = Outcome()
    for number in range(count):
        one = week(SEED * WEEKS + number)
        total.notices += one.notices
        total.duplicates += one.duplicates
        total.missing += one.missing
        total.different += one.different
        total.broken += one.broken
    return total


def open_segments(law: Law, count: int) -> list[Segment]:
    """Segments of open reports all over the city: most of them overdue, some seen, some paused."""
    dice = random.Random(SEED)
    offices = sorted(code for code in law.directory.offices if law.scored(code))
    categories = sorted(law.directory.categories)
    found = []
    for number in range(count):
        at = NOW - dice.randrange(30 * DAY)
        pause = PauseSpan(PauseCode.WAITING_REPORTER, at + HOUR, at + DAY, "menunggu", f"p{number}")
        found.append(
            Segment(
                f"s{number}",
                f"r{number}",
                1,
                dice.choice(offices),
                Stay.HOLD,
                at - HOUR,
                None,
                "jaki",
                dice.choice(categories),
                None,
                f"s{number}",
                None,
                Ending.OPEN,
                "ani",
                delivered_at=at,
                acknowledged_at=at + dice.randrange(3 * DAY) if dice.random() < 0.3 else None,
                pauses=(pause,) if dice.random() < 0.1 else (),
            )
        )
    return found


def already_told(found: list[Item], law: Law) -> dict[str, InboxState]:
    """The boxes after a run some hours ago: most of what is due was told then."""
    return {
        digest.office: InboxState(digest.office, frozenset(digest.keys), (digest.at,), (digest.at,))
        for digest in due_now(found, law, {}, NOW - 3 * HOUR)
        if not digest.urgent
    }


def _timed(options: Options, deed: Callable[[], object]) -> tuple[float, float]:
    """How long it takes, and how long one processor is at it: on a busy machine the first says little."""
    times, used = [], []
    for _ in range(max(5, options.repeats)):
        began, spent = time.perf_counter(), time.process_time()
        deed()
        times.append(time.perf_counter() - began)
        used.append(time.process_time() - spent)
    return middle(times) * 1000, min(used) * 1000
