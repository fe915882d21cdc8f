"""Surges in a simulated month of Jakarta at three volumes: how soon each is seen, and how often nothing rings a bell.

The month has hours and weekends, rainy afternoons that double everything, duplicates that follow an incident, and fires
that several neighbours report at once. Surges are put in at random hours, each in one kecamatan: so many more reports
an hour than six times the usual rate, for three hours. The rule has seen four ordinary weeks before.

And what the board of a surge makes of it: heaps of a labelled hour of rain (`surgeset`), against what they really tell
of. The board reads the file as it does on screen; the labels stay here.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks import duplicates, surgeset
from benchmarks.duplicates import Set
from benchmarks.figure import AT_LEAST, Figure, Options, middle, percentile
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.grouping import Heap
from smartcity_desk.domain.office import Directory
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
BOARDS = (60, 150, 300)
"""Reports of a surge; a board lists at most 300, and 20,000 in an hour over the whole city are 450 a kecamatan."""
KECAMATAN = ("31.71.04", "31.72.03", "31.73.02", "31.74.05", "31.75.06")
"""Others than those on which the share was fitted."""


def run(options: Options) -> list[Figure]:
    """Simulate months; count false bells and time the true ones."""
    figures: list[Figure] = []
    days = max(3, round(30 * options.scale))
    for volume in VOLUMES:
        figures += _measure(volume, days, options)
    directory = builtin_directory(duplicates.NOW)
    for count in BOARDS:
        figures.append(_grouped(directory, options.size(count, 20)))
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


# ---------------------------------------------------------------- the board


def _grouped(directory: Directory, count: int) -> Figure:
    """How many members of the board's heaps belong there, over several hours of rain."""
    right = members = grouped = repeated = 0
    took: list[float] = []
    for number, kecamatan in enumerate(KECAMATAN):
        made = surgeset.make(SEED + number, directory, kecamatan, count)
        found, seconds = _board(directory, made, kecamatan, count)
        took.append(seconds)
        times = Counter(made.truth.values())
        for heap in found:
            told = Counter(made.truth[name] for name in heap.reports)
            if len(heap.reports) > 1:
                right, members = right + max(told.values()), members + len(heap.reports)
            again = [made.truth[name] for name in heap.reports if times[made.truth[name]] > 1]
            repeated += len(again)
            grouped += sum(told[thing] > 1 for thing in again)
    return Figure(
        f"members of a surge's heaps that belong there, {count} reports in an hour",
        100 * right / max(1, members),
        "%",
        90,
        AT_LEAST,
        note="a heap is of what most of its members tell of; labelled hours of rain in five kecamatan",
        details={
            "of those told of several times, in a heap with another, %": 100 * grouped / max(1, repeated),
            "s until the board is there, median": middle(took),
        },
    )


def _board(directory: Directory, made: Set, kecamatan: str, count: int) -> tuple[tuple[Heap, ...], float]:
    """The heaps that the desk shows of these reports, and how long they take."""
    from smartcity_desk.domain.surge import Surge
    from smartcity_desk.place.library import PlaceLibrary
    from smartcity_desk.store import Store
    from smartcity_desk.sync.places import Places
    from smartcity_desk.ui.triage import surge

    now = duplicates.NOW
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "desk.sqlite3", now=now, policy=load_policy())
        store.set_directory(directory, "bench", now)
        places = Places(PlaceLibrary(Path(folder) / "place", lambda: directory))
        store.central.apply_reports(places.placed(made.reports), cursor=None, now=now)
        seen = Surge(kecamatan, now - HOUR, count, 5.0, count / 5.0, HOUR, 0)
        began = time.perf_counter()
        found = surge.gather(store, seen, now)
        seconds = time.perf_counter() - began
        store.close()
    return found.heaps, seconds
