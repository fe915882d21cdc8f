"""Whether two people who look at the same thing say the same: Cohen's kappa, and shares with their intervals.

Kappa is a fraction of whole numbers; only its standard error has a root. Both are the same in any order of the pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Final

LEAST_KAPPA: Final = Fraction(6, 10)
"""Below this a supervisor is warned (capability 4)."""

_Z: Final = 1.959963984540054
"""What leaves 2.5 % of a normal distribution on either side."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far first and second reviews agree beyond chance, with a 95 % interval.

    `kappa` and what follows from it are None without a pair, or where both always say one and the same thing: then
    chance explains everything and nothing can be told. `low` is the warning.
    """

    n: int
    agreed: int
    kappa: float | None
    error: float | None
    lower: float | None
    upper: float | None
    low: bool


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n` cases of one key, with a 95 % interval (Wilson), each between 0 and 1."""

    key: str
    n: int
    hits: int
    share: float
    lower: float
    upper: float


def agreement(pairs: Iterable[tuple[str, str]]) -> Agreement:
    """Cohen's kappa of pairs (first, second review); its standard error by Fleiss, Cohen and Everitt 1969."""
    cells = Counter(pairs)
    n = cells.total()
    agreed = sum(number for (first, second), number in cells.items() if first == second)
    rows, columns = _margins(cells)
    by_chance = sum(rows[label] * columns[label] for label in rows)
    if n * n == by_chance:
        return Agreement(n, agreed, None, None, None, None, low=False)
    kappa = Fraction(n * agreed - by_chance, n * n - by_chance)
    error = sqrt(_variance(cells, rows, columns, kappa))
    return Agreement(
        n,
        agreed,
        float(kappa),
        error,
        max(-1.0, float(kappa) - _Z * error),
        min(1.0, float(kappa) + _Z * error),
        low=kappa < LEAST_KAPPA,
    )


def _margins(cells: Counter[tuple[str, str]]) -> tuple[Counter[str], Counter[str]]:
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (first, second), number in cells.items():
        rows[first] += number
        columns[second] += number
    return rows, columns


def _variance(
    cells: Counter[tuple[str, str]], rows: Counter[str], columns: Counter[str], kappa: Fraction
) -> Fraction:
    n = cells.total()
    rest = 1 - kappa
    chance = Fraction(sum(rows[label] * columns[label] for label in rows), n * n)
    spread = Fraction(0)
    for (first, second), number in cells.items():
        if first == second:
            spread += Fraction(number, n) * (1 - Fraction(rows[first] + columns[first], n) * rest) ** 2
        else:
            spread += Fraction(number, n) * (Fraction(columns[first] + rows[second], n) * rest) ** 2
    return (spread - (kappa - chance * rest) ** 2) / (n * (1 - chance) ** 2)


def shares(cases: Iterable[tuple[str, bool]]) -> tuple[Share, ...]:
    """The share of hits by key, in the keys' order: objections accepted per marker, marks objected to per category."""
    numbers: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for key, hit in cases:
        numbers[key] += 1
        hits[key] += hit
    return tuple(_share(key, numbers[key], hits[key]) for key in sorted(numbers))


def _share(key: str, n: int, hits: int) -> Share:
    weight = n + _Z * _Z
    middle = (hits + _Z * _Z / 2) / weight
    half = _Z * sqrt(hits * (n - hits) / n + _Z * _Z / 4) / weight
    return Share(key, n, hits, hits / n, max(0.0, middle - half), min(1.0, middle + half))
