"""The figures of offices: what the *Pejabat* screen, the list and the dossier show, each openable down to its items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smartcity_desk.domain.fairness import (
    NOTHING,
    Interval,
    Prior,
    Tally,
    Verdict,
    interval,
    judge,
    prior_of,
    windows,
)
from smartcity_desk.domain.items import Item, Outcome, by_office, in_windows, tally
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import Tenure
from smartcity_desk.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """One office in one window (ms UTC, half-open). Times in ms of the allowance's calendar; None without an answer.

    `interval` is None below the least n: then nothing is said. `share` is what was counted, `estimate` the middle of
    what the interval is about: the share shrunk to the city's mean by the prior. Both in tenths of a percent.
    """

    window: tuple[int, int]
    tally: Tally
    interval: Interval | None
    share: int | None
    estimate: int | None
    median_ms: int | None
    p90_ms: int | None
    excluded_share: int | None
    contested: int
    verified: int
    refused: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class OfficeFigures:
    """One office: its holder now, the judged windows oldest first, and the standing that the rule gives it."""

    office: str
    holder: Tenure | None
    windows: tuple[WindowFigures, ...]
    verdict: Verdict
    open_items: int
    overdue: int

    @property
    def latest(self) -> WindowFigures:
        """The newest window."""
        return self.windows[-1]


@dataclass(frozen=True, slots=True)
class CityFigures:
    """Every judged office at one instant under one policy version, by code."""

    at: int
    policy: Policy
    windows: tuple[tuple[int, int], ...]
    offices: dict[str, OfficeFigures]


def judging_policy(law: Law, now: int) -> Policy:
    """The version whose marking rule judges the windows that end now: the one in force when the first of them began.

    A new target or window is never held against what was done before it (capability 25).
    """
    newest = law.book.at(now)
    return law.book.at(windows(now, newest.marking)[0][0])


def city_figures(found: Iterable[Item], law: Law, now: int, *, policy: Policy | None = None) -> CityFigures:
    """Figures of every judged office of the directory, those without an item included."""
    rule = judging_policy(law, now) if policy is None else policy
    spans = windows(now, rule.marking)
    grouped = by_office(found)
    offices = {
        code: figures_in(code, grouped.get(code, []), law, now, rule, spans)
        for code in law.directory.offices
        if law.scored(code)
    }
    return CityFigures(now, rule, spans, offices)


def office_figures(
    office: str, found: Iterable[Item], law: Law, now: int, *, policy: Policy | None = None
) -> OfficeFigures:
    """Figures of one office from its own items."""
    rule = judging_policy(law, now) if policy is None else policy
    return figures_in(office, list(found), law, now, rule, windows(now, rule.marking))


def figures_in(
    office: str,
    found: Sequence[Item],
    law: Law,
    now: int,
    rule: Policy,
    spans: Sequence[tuple[int, int]],
) -> OfficeFigures:
    """Figures of one office in given windows, such as those of a mark that was raised some time ago."""
    prior = prior_of(rule.marking)
    parts = in_windows(found, spans)
    figures = tuple(
        _window(span, part, prior, rule.marking.least_n) for span, part in zip(spans, parts, strict=True)
    )
    verdict = judge([one.tally for one in figures], rule.marking)
    running = [one for one in found if one.segment.until is None and one.segment.responded_at is None]
    return OfficeFigures(
        office,
        law.holder(office, now),
        figures,
        verdict,
        len(running),
        sum(one.outcome is Outcome.SILENT for one in running),
    )


def _window(span: tuple[int, int], part: list[Item], prior: Prior, least_n: int) -> WindowFigures:
    counts = tally(part) if part else NOTHING
    counted = [one for one in part if one.counts]
    times = sorted(one.charged_ms for one in counted if one.segment.responded_at is not None)
    judged = counts.n + counts.excluded
    return WindowFigures(
        span,
        counts,
        interval(counts, prior) if counts.n >= least_n else None,
        counts.on_time * 1000 // counts.n if counts.n else None,
        (counts.on_time + prior.on_time) * 1000 // (counts.n + prior.weight) if counts.n >= least_n else None,
        quantile(times, 50),
        quantile(times, 90),
        counts.excluded * 1000 // judged if judged else None,
        sum(one.contested for one in part),
        sum(one.segment.accepted_at is not None for one in counted),
        sum(one.segment.refused_at is not None for one in counted),
        tuple(part),
    )


def quantile(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest-rank percentile of ordered values: always one that was measured. None of none."""
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(rank, 1) - 1]
