"""Custody and clocks worked out anew: 100,000 lives of the training city, and single ones.

The city has what costs time: sudin and long works count in working days, the unit verifies, some reports are paused,
and a flood, an outage and a bad day at one channel are declared. The control reads the same events and does nothing.
Nothing here waits for anything, so it is the processor's time that is taken: what else a machine does is left out.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from benchmarks.figure import Figure, Options, middle, percentile
from smartcity_desk.calendars import load_calendars
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.clock import clock
from smartcity_desk.domain.custody import Origin, origin_of, walk
from smartcity_desk.domain.events import Event, PauseCode
from smartcity_desk.domain.figures import city_figures
from smartcity_desk.domain.items import items
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policy import Allowance, PolicyBook
from smartcity_desk.domain.times import DAY, HOUR, from_iso
from smartcity_desk.domain.why import why
from smartcity_desk.training.channels import as_report
from smartcity_desk.training.history import generate
from smartcity_desk.training.holders import training_directory
from smartcity_desk.training.traits import city_traits

REPORTS: Final = 100_000
SEED: Final = 20_260_810
NOW: Final = from_iso("2026-08-10T08:00:00+07:00")
SINGLE: Final = 2_000
_WORKING_DAY: Final = 7 * HOUR + HOUR // 2
_WORKING: Final = (OfficeLevel.SUDIN, OfficeLevel.DINAS, OfficeLevel.KOTA)

Life = tuple[Origin, list[Event]]


def run(options: Options) -> list[Figure]:
    """Measure a whole recomputation, one report, and what is built upon them."""
    lives, law = city(options.size(REPORTS, 500))
    events = sum(len(life) for _, life in lives)
    gc.collect()
    gc.freeze()  # the lives stay for good: no collection looks through them again
    rounds = max(3, options.repeats)
    whole, bare, judged = [], [], []
    for _ in range(rounds):  # in turns, so that a busy minute of the machine falls on both
        bare.append(_seconds(lambda: _bare(lives)))
        whole.append(_seconds(lambda: _recompute(lives, law)))
    segments = [one for origin, life in lives for one in walk(origin, life)]
    for _ in range(rounds):
        judged.append(_seconds(lambda: city_figures(items(segments, law, NOW), law, NOW)))
    one = _single(lives, law)
    gc.unfreeze()
    return [
        Figure(
            f"custody and clocks of {len(lives):,} reports",
            middle(whole),
            "s",
            2 * len(lives) / REPORTS,
            control=middle(bare),
            control_name="reading the events",
            note=f"{events / len(lives):.1f} events and {len(segments) / len(lives):.1f} segments a report",
            details={"least": min(whole), "most": max(whole)},
        ),
        Figure("one report: custody, clocks and Mengapa?, p99", percentile(one, 99), "ms", 1),
        Figure("items and figures of the whole city", middle(judged), "s", note="from segments in memory"),
    ]


def city(reports: int) -> tuple[list[Life], Law]:
    """So many lives with their events in central order, and a law that costs something."""
    directory = training_directory(SEED, NOW)
    traits = city_traits(SEED, directory)
    history = generate(SEED, NOW, directory, traits, scale=reports / 36_000)
    events: dict[str, list[Event]] = defaultdict(list)
    for event in history.events:
        events[event.subject].append(event)
    lives = [(origin_of(as_report(case.record, directory)), events[case.id]) for case in history.cases]
    policy = load_policy()
    policy = replace(
        policy,
        response=dict(policy.response) | dict.fromkeys(_WORKING, 5 * _WORKING_DAY),
        calendars=dict.fromkeys(_WORKING, CalendarKind.WORKING_DAYS),
        categories={"road": Allowance(60 * _WORKING_DAY, CalendarKind.WORKING_DAYS)},
    )
    law = Law(PolicyBook([policy]), load_calendars(), directory, _declared())
    return lives[:reports], law


def _declared() -> list[Exemption]:
    def one(code: PauseCode, days: int, hours: int, offices: set[str], channels: set[str]) -> Exemption:
        since = NOW - days * DAY
        until = since + hours * HOUR
        return Exemption(code, since, until, frozenset(offices), frozenset(channels), "dinyatakan", "x")

    return [
        one(PauseCode.CALAMITY, 60, 48, {"31.74"}, set()),
        one(PauseCode.OUTAGE, 40, 2, set(), set()),
        one(PauseCode.OUTAGE, 17, 26, set(), {"jaki"}),
    ]


def _recompute(lives: list[Life], law: Law) -> None:
    for origin, events in lives:
        for segment in walk(origin, events):
            clock(segment, law)


def _bare(lives: list[Life]) -> None:
    for _, events in lives:
        for event in events:
            _ = event.kind, event.at, event.payload


def _single(lives: list[Life], law: Law) -> list[float]:
    """Milliseconds of one report after the other, the ones with the longest lives first."""
    times = []
    for origin, events in sorted(lives, key=lambda life: -len(life[1]))[:SINGLE]:
        began = time.process_time()
        for segment in walk(origin, events):
            why(segment, law, NOW)
        times.append((time.process_time() - began) * 1000)
    return times


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
