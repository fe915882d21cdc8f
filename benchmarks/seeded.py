"""The seeded city of domain paper 3.3: how many reports an office gets, and what becomes of them. For judging rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from smartcity_desk.domain.fairness import Tally

SEED: Final = 20_141_215
"""Fixed once and for all: a seed that is chosen for its figures measures nothing."""

OFFICES: Final = 267
UNRESPONSIVE: Final = 10
AREAS: Final = (44, 31, 56, 65, 65, 6)
"""Kelurahan of the five cities and Kepulauan Seribu (domain paper 2.1)."""

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class City:
    """One draw. Arrays are (window, office); the first `UNRESPONSIVE` offices are the unresponsive ones.

    `taken`/`taken_on_time` are the items that were coded and so do not count, `eligible`/`on_time` those that do.
    """

    mean: NDArray[np.float64]
    eligible: Counts
    on_time: Counts
    taken: Counts
    taken_on_time: Counts

    @property
    def all(self) -> Counts:
        """Items before anything is taken out."""
        return self.eligible + self.taken

    @property
    def all_on_time(self) -> Counts:
        """Items on time before anything is taken out."""
        return self.on_time + self.taken_on_time

    def tallies(self, window: int) -> list[Tally]:
        """What each office had in a window."""
        return [
            Tally(n, on_time, silent=n - on_time, excluded=taken)
            for n, on_time, taken in zip(
                self.eligible[window].tolist(),
                self.on_time[window].tolist(),
                self.taken[window].tolist(),
                strict=True,
            )
        ]


def draw(random: np.random.Generator, windows: int) -> City:
    """A city over so many 28-day windows, with the paper's draws.

    Volume gamma(1.2, 45/1.2), Poisson per window; on time beta(45, 5), the unresponsive uniform(0.35, 0.60); not
    attributable beta(2, 8), of which 25 % close on time and 90 % are coded.
    """
    mean = random.gamma(1.2, 45 / 1.2, OFFICES)
    timely = random.beta(45, 5, OFFICES)
    timely[:UNRESPONSIVE] = random.uniform(0.35, 0.60, UNRESPONSIVE)
    foreign = random.beta(2, 8, OFFICES)
    reports = random.poisson(mean, (windows, OFFICES))
    not_theirs = random.binomial(reports, foreign)
    coded = random.binomial(not_theirs, 0.9)
    theirs = random.binomial(reports - not_theirs, timely)
    kept = random.binomial(not_theirs - coded, 0.25)
    return City(mean, reports - coded, theirs + kept, coded, random.binomial(coded, 0.25))


def equal(random: np.random.Generator) -> list[Tally]:
    """One window of a city in which every office is on time with 90 %, whatever its size."""
    reports = random.poisson(random.gamma(1.2, 45 / 1.2, OFFICES))
    on_time = random.binomial(reports, 0.9)
    return [Tally(n, k, silent=n - k) for n, k in zip(reports.tolist(), on_time.tolist(), strict=True)]
