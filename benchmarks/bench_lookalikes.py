"""Look-alikes on the labelled set: how many suggestions are right, how many duplicates are found, how long one takes.

20,000 reports of six channels, of which 22 % are duplicates, some 900 a day as in the city that the papers describe.
Each is asked about at the moment it comes in, against all that came before it. The numbers of the formula were fitted
on `FITTED`; the figures are of `SEED`, which nobody has looked at. The answers lie in `duplicates` and are compared
here; the store never sees them.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import duplicates
from benchmarks.duplicates import NOW, Set
from benchmarks.figure import AT_LEAST, Figure, Options, middle, percentile
from smartcity_desk import directory as builtin
from smartcity_desk.domain.lookalike import SUGGESTED
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import PlaceQuality, Report
from smartcity_desk.place.names import Finder
from smartcity_desk.store import Store

FITTED = 1
SEED = 20_261
REPORTS = 20_000
DAYS = 22.0
LARGE = 250_000
LARGE_DAYS = 60.0
TIMED = 300
ASKED = 6_000
"""Reports that are asked about, spread over the set; each against everything that came before it."""
_LEVELS = (0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
_LOWEST = 0.1
_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One report: how many of its incident came before, and the scores of what was suggested, each with its truth."""

    earlier: int
    suggested: tuple[tuple[float, bool], ...]
    pointed: bool


def run(options: Options) -> list[Figure]:
    """Judge the suggestions on the paper's set and on two harder ones, then time them on a large file."""
    directory = builtin.builtin_directory(NOW)
    count = options.size(REPORTS, 500)
    few = options.size(ASKED // 3, 200)
    plain = judge(SEED, directory, count, options.size(ASKED, 200), 0.0)
    blind = judge(SEED, directory, count, few, 0.0, pictured=False)
    confused = judge(SEED, directory, count, few, duplicates.NEAR_CONFUSERS)
    return [
        *_figures(plain, count),
        _harder("without any photograph", blind),
        _harder("where 6 % of the incidents lie on the street of another of their category", confused),
        _timed(directory, options),
    ]


def judge(
    seed: int, directory: Directory, count: int, asked: int, confusers: float, *, pictured: bool = True
) -> list[Asked]:
    """Ask about every so-manieth report of a set at the moment it came."""
    made = duplicates.make(seed, directory, count, DAYS * count / REPORTS, confusers)
    step = max(1, count // asked)
    found: list[Asked] = []
    with TemporaryDirectory() as folder:
        store = _store(Path(folder), directory, made.reports, made.prints if pictured else {})
        known: defaultdict[int, list[Report]] = defaultdict(list)
        for number, report in enumerate(made.reports):
            incident = made.truth[report.id]
            if number % step == 0:
                got = store.lookalikes.of(report.id, now=report.reported_at, least=_LOWEST)
                right = tuple((one.score, made.truth[one.report] == incident) for one in got)
                pointed = _pointed(report) and any(map(_pointed, known[incident]))
                found.append(Asked(len(known[incident]), right, pointed))
            known[incident].append(report)
        store.close()
    return found


def _pointed(report: Report) -> bool:
    return report.place_quality is PlaceQuality.EXACT


def _store(folder: Path, directory: Directory, reports: Iterable[Report], prints: Mapping[str, int]) -> Store:
    """A file as the desk would have it: without a point, the place that words name is looked for on arrival.

    Words are those of the text and those that the channel gives beside it (`sync.places`). Photographs are fetched.
    """
    path = folder / "desk.sqlite3"
    store = Store.open(path, now=NOW, policy=builtin.load_policy())
    store.set_directory(directory, "bench", NOW)
    finder = Finder(directory)
    page: list[Report] = []
    for report in reports:
        page.append(
            report
            if report.lat is not None
            else replace(report, location=finder.locate(f"{report.place_hint}\n{report.text}"))
        )
        if len(page) == _PAGE:
            store.central.apply_reports(page, cursor=None, now=NOW)
            page.clear()
    store.central.apply_reports(page, cursor=None, now=NOW)
    _fetch(path, prints)
    return store


def _fetch(path: Path, prints: Mapping[str, int]) -> None:
    """Let the photographs be here: only their hashes, since nothing else of them is compared."""
    files = [
        (f"{number:064x}", b"\1" + print_.to_bytes(16) * 2) for number, print_ in enumerate(prints.values())
    ]
    raw = sqlite3.connect(path)
    with raw:
        raw.executemany(
            "INSERT INTO media_file (sha256, kind, size, disk, width, height, facts, print, at) "
            "VALUES (?, 'image/jpeg', 1, 1, 1, 1, '', ?, 0)",
            files,
        )
        raw.executemany(
            "UPDATE media SET state = 'have', sha256 = ? WHERE report_pk = (SELECT pk FROM report WHERE id = ?)",
            [(sha256, report) for (sha256, _), report in zip(files, prints, strict=True)],
        )
    raw.close()


def rates(asked: Sequence[Asked], least: float) -> tuple[float, float]:
    """Share of suggested pairs that are right, and of duplicates for which a right one is suggested, in percent."""
    pairs = [right for one in asked for score, right in one.suggested if score >= least]
    repeats = [one for one in asked if one.earlier]
    found = sum(any(right for score, right in one.suggested if score >= least) for one in repeats)
    return 100 * sum(pairs) / max(1, len(pairs)), 100 * found / max(1, len(repeats))


def _figures(asked: Sequence[Asked], count: int) -> list[Figure]:
    precision, recall = rates(asked, SUGGESTED)
    pointed = [one for one in asked if one.pointed or not one.earlier]
    curve = {level: rates(asked, level) for level in _LEVELS}
    reachable = max((found for _, (right, found) in curve.items() if right >= 95), default=0.0)
    at_80 = max((right for _, (right, found) in curve.items() if found >= 80), default=0.0)
    calibration = Counter(int(10 * score) for one in asked for score, _ in one.suggested)
    truly = Counter(int(10 * score) for one in asked for score, right in one.suggested if right)
    return [
        Figure(
            f"suggested pairs that are right, {count:,} reports",
            precision,
            "%",
            95,
            AT_LEAST,
            note=f"suggested from a probability of {SUGGESTED} on",
            details={f"right at {level}": right for level, (right, _) in curve.items()}
            | {"right where 80 % are found": at_80},
        ),
        Figure(
            f"duplicates for which a right one is suggested, {count:,} reports",
            recall,
            "%",
            80,
            AT_LEAST,
            note="8 % of the reports have no position, or only the middle of a kelurahan, and 3 % a wrong one",
            details={f"found at {level}": found for level, (_, found) in curve.items()}
            | {"found where 95 % are right": reachable},
        ),
        Figure(
            "the same, of duplicates that have a point as well as an earlier one has",
            rates(pointed, SUGGESTED)[1],
            "%",
            details={
                f"true of those said {tenth / 10}": 100 * truly[tenth] / n
                for tenth, n in sorted(calibration.items())
            },
            note="details: what share of the suggestions of each tenth of the score is right",
        ),
    ]


def _harder(what: str, asked: Sequence[Asked]) -> Figure:
    precision, recall = rates(asked, SUGGESTED)
    return Figure(
        f"suggested pairs that are right, {what}", precision, "%", details={"duplicates found": recall}
    )


def _timed(directory: Directory, options: Options) -> Figure:
    """One report against a file of 250,000 in 60 days: four times as dense as the city."""
    count = options.size(LARGE, 2_000)
    made: Set = duplicates.make(SEED + 1, directory, count, LARGE_DAYS)
    with TemporaryDirectory() as folder:
        store = _store(Path(folder), directory, made.reports, made.prints)
        began = time.thread_time()
        store.lookalikes.of(made.reports[-1].id, now=NOW)
        first = (time.thread_time() - began) * 1000
        took: list[float] = []
        for report in made.reports[:: max(1, count // options.size(TIMED, 30))]:
            began = time.thread_time()
            store.lookalikes.of(report.id, now=NOW)
            took.append((time.thread_time() - began) * 1000)
        store.close()
    return Figure(
        f"look-alikes of one report among {count:,}, time of one core, 95 of 100",
        percentile(took, 95),
        "ms",
        50,
        details={"median": middle(took), "worst": max(took), "the first call, which reads the file": first},
    )
