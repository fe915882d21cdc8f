"""Surges in a simulated month of Jakarta at three volumes: how soon each is seen, and how often nothing rings a bell.

The month has hours and weekends, rainy afternoons that double everything, duplicates that follow an incident, and fires
that several neighbours report at once. Surges are put in at random hours, each in one kecamatan: so many more reports
an hour than six times the usual rate, for three hours. The rule has seen four ordinary weeks before.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence
from random import Random

from benchmarks.figure import Figure, Options, percentile
from smartcity_desk.domain.surge import LEARNT_DAYS, Usual, learn, surges
from smartcity_desk.domain.times import DAY, HOUR, MINUTE

SEED = 20_260_117
AREAS = 44
VOLUMES = (500, 1_000, 3_000)
STRENGTHS = (30, 90)
"""Reports an hour. 20,000 in an hour over the whole city are 450 in each kecamatan."""
SURGES = 40
NOW = 1_795_000_000_000 // DAY * DAY
_HOURS = (3, 2, 1, 1, 2, 5, 9, 11, 10, 9, 9, 8, 8, 8, 8, 9, 10, 10, 9, 9, 8, 7, 6, 4)
_LOCAL = 7 * HOUR
_STEP = MINUTE
_LASTING = 3 * HOUR


def run(options: Options) -> list[Figure]:
    """Simulate months; count false bells and time the true ones."""
    figures: list[Figure] = []
    days = max(3, round(30 * options.scale))
    for volume in VOLUMES:
        figures += _measure(volume, days, options)
    return figures


def _measure(volume: int, days: int, options: Options) -> list[Figure]:
    random = Random(SEED + volume)
    shares = [random.gammavariate(2.0, 1.0) for _ in range(AREAS)]
    whole = sum(shares)
    names = [f"31.{number:02}.01" for number in range(AREAS)]
    rates = {name: volume * share / whole for name, share in zip(names, shares, strict=True)}
    begin = NOW - (LEARNT_DAYS + days) * DAY
    arrivals = {name: sorted(_usual(random, rate, begin, LEARNT_DAYS + days)) for name, rate in rates.items()}
    start = NOW - days * DAY
    usual = learn(((name, at) for name, each in arrivals.items() for at in each if at < start), start)
    bells: list[tuple[str, int]] = []
    took: list[float] = []
    for now in range(start, NOW, _STEP):
        began = time.thread_time()
        bells += [(surge.area, now) for surge in surges(_lately(arrivals, now), usual, now)]
        took.append((time.thread_time() - began) * 1000)
    false = _episodes(bells)
    figures = [
        Figure(
            f"false surges in {days} days, {volume:,} reports a day",
            float(false),
            "bells",
            max(1.0, round(days / 30)),
            details={"asking once, ms, 95 of 100": percentile(took, 95)},
            note=f"{AREAS} areas, asked every minute",
        )
    ]
    for strength in STRENGTHS:
        delays, missed = _seeded(random, arrivals, rates, usual, strength, start, days, options)
        figures.append(
            Figure(
                f"{strength} more an hour in one area, seen after, 95 of 100, {volume:,} a day",
                percentile(delays, 95),
                "min",
                10.0 if strength == STRENGTHS[-1] else None,
                note="never seen within the hour counts as 60",
                details={"median": percentile(delays, 50), "not seen": float(missed)},
            )
        )
    return figures


def _usual(random: Random, rate: float, begin: int, days: int) -> list[int]:
    """An area's reports: by the hour, with followers, rainy afternoons, and now and then a fire."""
    found: list[int] = []
    for day in range(days):
        midnight = begin + day * DAY - _LOCAL
        weekend = (midnight + _LOCAL) // DAY % 7 in (2, 3)
        rain = random.random() < 0.25
        for hour, weight in enumerate(_HOURS):
            mean = rate * 0.78 * weight / sum(_HOURS) * (0.75 if weekend else 1.08)
            if rain and 14 <= hour < 19:
                mean *= 2.0
            for _ in range(_poisson(random, mean)):
                at = midnight + hour * HOUR + int(random.random() * HOUR)
                found.append(at)
                if random.random() < 0.2:
                    found += [
                        at + int(random.expovariate(1 / (6 * HOUR))) for _ in range(_poisson(random, 1.4))
                    ]
        if random.random() < 2 / AREAS:
            at = midnight + int(random.random() * DAY)
            found += [at + int(random.expovariate(1 / (25 * MINUTE))) for _ in range(random.randrange(2, 8))]
    return found


def _poisson(random: Random, mean: float) -> int:
    count, passed = 0, random.expovariate(1.0)
    while passed < mean:
        count += 1
        passed += random.expovariate(1.0)
    return count


def _lately(arrivals: dict[str, list[int]], now: int) -> dict[str, Sequence[int]]:
    return {
        name: each[bisect_left(each, now - HOUR) : bisect_left(each, now + 1)]
        for name, each in arrivals.items()
    }


def _episodes(bells: list[tuple[str, int]], gap: int = 2 * HOUR) -> int:
    """Bells that ring on are one."""
    count = 0
    last: dict[str, int] = {}
    for area, at in bells:
        if at - last.get(area, -gap - 1) > gap:
            count += 1
        last[area] = at
    return count


def _seeded(
    random: Random,
    arrivals: dict[str, list[int]],
    rates: dict[str, float],
    usual: Usual,
    strength: int,
    start: int,
    days: int,
    options: Options,
) -> tuple[list[float], int]:
    """Minutes from the onset to the bell, for surges at random hours in areas drawn by their volume."""
    names = list(rates)
    delays: list[float] = []
    missed = 0
    for _ in range(options.size(SURGES, 5)):
        area = random.choices(names, [rates[name] for name in names])[0]
        onset = start + int(random.random() * (days * DAY - _LASTING))
        mean = usual.at(area, onset) * 5 + strength
        extra = [
            onset + int(random.random() * _LASTING) for _ in range(_poisson(random, mean * _LASTING / HOUR))
        ]
        each = sorted([*arrivals[area], *extra])
        delay = next(
            (
                minute
                for minute in range(1, 61)
                if surges(_lately({area: each}, onset + minute * MINUTE), usual, onset + minute * MINUTE)
            ),
            None,
        )
        missed += delay is None
        delays.append(60.0 if delay is None else float(delay))
    return delays, missed
