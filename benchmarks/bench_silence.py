"""How soon a channel that stops is flagged, and how often one that did not: made channels, and the training city's own.

A false flag is a pause between two items at whose end the channel would have been flagged. The delay is from the last
item to the flag, the channel's own interval not counted, over the items of nine to sixteen o'clock.
"""

from __future__ import annotations

import random
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Final

from benchmarks.figure import AT_MOST, Figure, Options, percentile
from smartcity_desk.domain.silence import LEARNT_HOURS, Rhythm, judge, learn
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE

SEEDS: Final = 12
LEARNT_DAYS: Final = LEARNT_HOURS // 24
JUDGED_DAYS: Final = 30
NORMAL: Final = 60
"""Items an hour in the daytime that the promise of a quarter of an hour speaks of: a channel of 1,100 items a day."""
POLL: Final = 2 * MINUTE
WITHIN: Final = 15.0
DAYTIME: Final = (3, 2, 1, 1, 2, 5, 9, 11, 10, 9, 9, 8, 8, 8, 8, 9, 10, 10, 9, 9, 8, 7, 6, 4)
_ZONE: Final = int(JAKARTA.utcoffset(None).total_seconds() * 1000)
_FIRST_DAY: Final = 20_549
_BEGIN: Final = _FIRST_DAY * DAY - _ZONE


@dataclass(frozen=True, slots=True)
class Life:
    """How a made channel strays from pure chance: shapes of gamma laws for days and hours (0: none), and what else."""

    name: str
    day: float = 0.0
    hour: float = 0.0
    holidays: bool = False
    ramadan: bool = False


LIVES: Final = (
    Life("pure chance"),
    Life("restless days and hours", day=12, hour=20),
    Life("very restless", day=8, hour=10),
    Life("holidays", day=12, hour=20, holidays=True),
    Life("a month of Ramadan hours", day=12, hour=20, ramadan=True),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one channel: false flags in 30 days, and the delays to a flag in minutes."""

    false: float
    delays: tuple[float, ...]


def run(options: Options) -> list[Figure]:
    """Every way of life at three volumes and over many seeds; then the channels of the training city."""
    seeds = range(options.size(SEEDS, 2))
    figures = []
    for a_day in (60, 400, 1_100):
        for life in LIVES:
            moved = range(0) if not life.ramadan else range(_FIRST_DAY + LEARNT_DAYS, _FIRST_DAY + 400)
            found = [examine(list(arrivals(seed, a_day, life)), moved) for seed in seeds]
            worst = max(one.false for one in found)
            delays = [delay for one in found for delay in one.delays]
            figures.append(
                Figure(
                    f"false flags in 30 days, {a_day} a day, {life.name}: the worst of {len(seeds)}",
                    worst,
                    "flags",
                    1.0,
                    AT_MOST,
                    details={"mean": fmean(one.false for one in found)},
                    note=f"flagged after {percentile(delays, 50):.0f} min (median), "
                    f"{percentile(delays, 95):.0f} min (95 of 100)",
                )
            )
    steady = examine([_BEGIN + int(number * HOUR / NORMAL) for number in range(86 * 24 * NORMAL)])
    figures.append(
        Figure(
            f"delay to the flag at {NORMAL} items an hour, the channel's interval of 2 min included",
            percentile(steady.delays, 95) + POLL / MINUTE,
            "min",
            WITHIN,
            AT_MOST,
        )
    )
    return figures + _city(options)


def arrivals(seed: int, a_day: float, life: Life) -> Iterator[int]:
    """Instants at which items of a made channel come, over the days that are learnt from and those that are judged."""
    dice = random.Random(f"{seed} {a_day} {life.name}")
    days = LEARNT_DAYS + JUDGED_DAYS
    for day in range(days):
        size = a_day * (0.7 if (day + 3) % 7 >= 5 else 1.0)
        size *= dice.gammavariate(life.day, 1 / life.day) if life.day else 1.0
        weights = DAYTIME
        if life.ramadan and day >= LEARNT_DAYS:
            weights, size = DAYTIME[-2:] + DAYTIME[:-2], size * 0.75
        if life.holidays and dice.random() < 0.05:
            size *= 0.4
        for hour, weight in enumerate(weights):
            mean = size * weight / sum(weights)
            mean *= dice.gammavariate(life.hour, 1 / life.hour) if life.hour else 1.0
            at = dice.expovariate(1.0)
            while at < mean:
                yield _BEGIN + day * DAY + hour * HOUR + int(at / mean * HOUR)
                at += dice.expovariate(1.0)


def examine(instants: Sequence[int], moved: Container[int] = ()) -> Found:
    """Judge the pauses of a channel's last 30 days by what the weeks before them taught; `moved` days are Ramadan's."""
    counts: dict[int, int] = {}
    for at in instants:
        counts[at // HOUR] = counts.get(at // HOUR, 0) + 1
    begin = instants[-1] - JUDGED_DAYS * DAY
    rhythm: Rhythm | None = None
    learnt_at, false, delays = 0, 0, []
    for one, after in pairwise(instants):
        if one < begin:
            continue
        if one - learnt_at >= DAY:
            hour = one // HOUR
            rhythm, learnt_at = learn(counts, max(instants[0] // HOUR, hour - LEARNT_HOURS), hour), one
        verdict = judge(rhythm, counts, one, one, moved=moved)
        if verdict.due_at is None:
            continue
        false += verdict.due_at < after
        if 9 <= (one + _ZONE) // HOUR % 24 < 16:
            delays.append((verdict.due_at - one) / MINUTE)
    return Found(float(false), tuple(delays) or (float("nan"),))


def _city(options: Options) -> list[Figure]:
    """The channels of the training city: ninety days of its past."""
    from smartcity_desk.directory import builtin_directory
    from smartcity_desk.training.arrivals import Spring
    from smartcity_desk.training.traits import city_traits

    end = _BEGIN + 120 * DAY
    directory = builtin_directory(end)
    by_channel: dict[str, list[int]] = {}
    for record in Spring(1, directory, city_traits(1, directory)).past(end, 90, min(1.0, options.scale * 4)):
        by_channel.setdefault(record.channel, []).append(record.at)
    figures = []
    for channel, instants in sorted(by_channel.items()):
        if len(instants) < 500:
            continue
        found = examine(instants)
        figures.append(
            Figure(
                f"false flags in 30 days, training city, {channel}",
                found.false,
                "flags",
                1.0,
                AT_MOST,
                note=f"{len(instants) / 90:.0f} a day; flagged after {percentile(found.delays, 50):.0f} min (median)",
            )
        )
    return figures
