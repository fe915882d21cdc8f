"""The parameters of the marking rule (domain paper 3.3): policy data, so that each version can be judged again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marking:
    """Against what an office is held, over which windows, and what is believed of it before the first report.

    `windows` consecutive windows of `window_days` days end at the same Jakarta midnight. Below `least_n` counted
    items in one of them nothing is said. The city's mean enters as `prior_weight` pseudo-reports of which
    `prior_on_time` were on time: two whole numbers that a version of the policy fixes, so that no report of one office
    moves another (`docs/decisions/0014-exact-fair-marks.md`). Raises `ValueError` for a rule that cannot be computed.
    """

    target_percent: int = 80
    window_days: int = 28
    windows: int = 2
    least_n: int = 20
    prior_weight: int = 20
    prior_on_time: int = 17

    def __post_init__(self) -> None:
        if not 0 < self.target_percent < 100:
            raise ValueError("a target lies between 0 and 100 percent")
        if min(self.window_days, self.windows, self.least_n) < 1:
            raise ValueError("a window has a day and an item at least")
        if not 0 < self.prior_on_time < self.prior_weight:
            raise ValueError("a prior has a pseudo-report on time and one that was not")
