"""The policy sandbox: 90 days of 300,000 events under the law that held and under another, rows and all.

The events are those of the training city, at the size that gives so many. The control is the walk through them alone,
which no law changes and nobody can save.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from benchmarks import citystore
from benchmarks.figure import Figure, Options, middle
from smartcity_desk.calendars import load_calendars
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.custody import Origin, walk_offices
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.policy import Policy, PolicyBook
from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.sandbox import replay, under
from smartcity_desk.domain.times import HOUR, from_iso
from smartcity_desk.evidence.sandbox import try_policy, undisturbed
from smartcity_desk.training.history import generate
from smartcity_desk.training.holders import training_directory
from smartcity_desk.training.traits import city_traits

SEED: Final = 1527
EVENTS: Final = 300_000
SCALE: Final = 1.125
"""Of the training city: it has some 267,000 events."""
NOW: Final = from_iso("2026-11-25T10:00:00+07:00")
Histories = list[tuple[Origin, list[Event]]]


def run(options: Options) -> list[Figure]:
    """Measure three questions that somebody may ask, the heaviest against the target."""
    directory = training_directory(SEED, NOW)
    histories = past(directory, SCALE * options.scale)
    count = sum(len(events) for _, events in histories)
    policy = load_policy()
    present = Law(PolicyBook([policy]), load_calendars(), directory)
    control = _walked(histories, options)
    figures = []
    for name, policy_tried in questions(policy).items():
        tried = under(present, policy_tried)
        times, used = [], []
        for _ in range(max(3, options.repeats)):
            began, spent = time.perf_counter(), time.process_time()
            with undisturbed():
                found = replay(histories, present, tried, NOW)
            times.append(time.perf_counter() - began)
            used.append(time.process_time() - spent)
        figures.append(
            Figure(
                f"90 days of {count:,} events again, {name}",
                middle(times),
                "s",
                3.0 if count <= 1.1 * EVENTS else None,
                control=control,
                control_name="custody alone",
                note=f"{len(found.items):,} items, {len(found.marks)} marks and {len(found.notices):,} notices differ; "
                f"{min(used):.2f} s of one processor",
            )
        )
    return [*figures, _from_the_file(options, policy, count)]


def _from_the_file(options: Options, policy: Policy, count: int) -> Figure:
    """What somebody at the desk waits for: the same out of the file, each difference in words with its reports."""
    store = citystore.open_at(citystore.ensure(SCALE * options.scale))
    heaviest = next(iter(questions(policy).values()))
    times = []
    try:
        for _ in range(max(3, options.repeats)):
            began = time.perf_counter()
            found = try_policy(store, heaviest, now=NOW)
            times.append(time.perf_counter() - began)
    finally:
        store.close()
    return Figure(
        "the same at the desk, out of the file and into words",
        middle(times),
        "s",
        3.0 if count <= 1.1 * EVENTS else None,
        note=f"{found.reports:,} reports, {sum(found.kinds.values()):,} differences, "
        f"{len(found.changes):,} of them in words",
    )


def questions(policy: Policy) -> dict[str, Policy]:
    """What is tried: every date of a lurah moves; only the rule is another; only the ladder is."""
    hours = {**policy.response, OfficeLevel.KELURAHAN: 12 * HOUR}
    steps = tuple(replace(step, after=step.after // 2) for step in policy.ladder.territorial)
    return {
        "with half the time for a lurah": replace(policy, version="uji", response=hours),
        "with another target": replace(policy, marking=replace(policy.marking, target_percent=90)),
        "with steps twice as fast": replace(policy, ladder=replace(policy.ladder, territorial=steps)),
    }


def past(directory: Directory, scale: float) -> Histories:
    """The training city's reports with their events, in the order of a server's log."""
    found = generate(SEED, NOW, directory, city_traits(SEED, directory), scale=scale)
    by_report: dict[str, list[Event]] = {case.id: [] for case in found.cases}
    for number, event in enumerate(found.events, start=1):
        if event.subject in by_report:
            by_report[event.subject].append(replace(event, seq=number))
    return [
        (Origin(case.id, case.record.channel, ReportKind.COMPLAINT, case.record.at), by_report[case.id])
        for case in found.cases
    ]


def _walked(histories: Histories, options: Options) -> float:
    times = []
    for _ in range(max(3, options.repeats)):
        began = time.perf_counter()
        for origin, events in histories:
            walk_offices(origin, events)
        times.append(time.perf_counter() - began)
    return middle(times)
