"""Numbers that never came, where a channel numbers its items one after the other.

Whether it does is seen in the numbers themselves: of the newest ones nearly all have to be there. A channel of which
this desk sees only a part (one province of a country) has holes everywhere, and its numbers say nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import pairwise
from typing import Final

LEAST: Final = 50
"""Numbers below which nothing is said."""
DENSE: Final = 0.97
"""Share of the numbers between the first and the last that has to be there."""
MOST: Final = 50
"""Ranges that are named at most, the newest first."""
_DIGITS: Final = 18


def missing(ids: Iterable[str], elsewhere: Container[str] = ()) -> tuple[tuple[int, int], ...]:
    """The ranges (first, last) that are missing between the external ids of a channel's newest items, newest first.

    `elsewhere` are ids that came but could not be read. Nothing where the ids are no consecutive numbers.
    """
    numbers = sorted({int(one) for one in ids if one.isascii() and one.isdigit() and len(one) <= _DIGITS})
    if len(numbers) < LEAST or len(numbers) < DENSE * (numbers[-1] - numbers[0] + 1):
        return ()
    found: list[tuple[int, int]] = []
    for before, after in pairwise(numbers):
        first: int | None = None
        for number in range(before + 1, after + 1):
            gone = number < after and str(number) not in elsewhere
            if gone and first is None:
                first = number
            elif not gone and first is not None:
                found.append((first, number - 1))
                first = None
    return tuple(found[::-1][:MOST])
