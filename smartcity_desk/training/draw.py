"""Random draws that give the same number on every machine, from generators that the caller seeds."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def seeded(*parts: str | int) -> Random:
    """A generator of its own for these words; the same words give the same draws in every process."""
    text = "\x1f".join(str(part) for part in parts)
    return Random(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big"))


def poisson(rng: Random, mean: float) -> int:
    """A count with this mean; above 40 by its normal approximation."""
    if mean <= 0:
        return 0
    if mean > 40:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit = math.exp(-mean)
    count, product = 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def spread(rng: Random, median: float, sigma: float, low: float, high: float) -> float:
    """A log-normal value with this median, kept inside low..high."""
    return min(high, max(low, median * math.exp(sigma * rng.gauss(0.0, 1.0))))


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of the options; cheaper than `Random.choice`, which matters a few hundred thousand times."""
    return options[int(rng.random() * len(options))]
