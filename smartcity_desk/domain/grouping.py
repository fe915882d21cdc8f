"""Reports of a surge put into heaps that tell of one thing each, the most pressing heap first.

In heavy rain everything looks a little like everything: one doubtful pair must not make one heap of two floods. So the
surest pairs come first, and two heaps become one only if a good share of their reports look alike across.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

LEAST: Final = 0.6
"""How probable a pair has to be to tie two heaps (`lookalike.likeness`); the share below keeps the weak ones out."""
_SHARE: Final = 0.3
"""Share of the pairs across two heaps that have to look alike; fitted on `benchmarks/surgeset.py` and rounded."""
_KNOWN: Final = 10
"""Look-alikes that are known of one report: of more pairs across than these nobody can ask a share."""


class Heap(NamedTuple):
    """Reports that look alike, earliest first. `alarming` says that the words of one of them tell of danger to life."""

    reports: tuple[str, ...]
    alarming: bool


def heaps(
    reports: Sequence[tuple[str, int]],
    alike: Mapping[str, Iterable[tuple[str, float]]],
    alarming: Iterable[str],
) -> tuple[Heap, ...]:
    """The heaps of these reports (id, time in ms UTC); `alike` has the look-alikes of a report, each with its score.

    Danger to life comes first, then the larger heap, then the earlier one. Look-alikes that are not among the reports
    tie nothing together.
    """
    at = dict(reports)
    scores: dict[tuple[str, str], float] = {}
    tied: dict[str, set[str]] = {name: set() for name in at}
    for name, others in alike.items():
        for other, score in others:
            if name != other and name in at and other in at:
                pair = (min(name, other), max(name, other))
                scores[pair] = max(score, scores.get(pair, 0.0))
                tied[name].add(other)
                tied[other].add(name)
    heap_of = {name: {name} for name in at}
    for one, other in sorted(scores, key=lambda pair: (-scores[pair], pair)):
        mine, theirs = heap_of[one], heap_of[other]
        if mine is theirs or not _together(mine, theirs, tied):
            continue
        mine |= theirs
        for name in theirs:
            heap_of[name] = mine
    pressing = set(alarming)
    unique = {id(heap): heap for heap in heap_of.values()}.values()
    found = [
        Heap(tuple(sorted(names, key=lambda one: (at[one], one))), not pressing.isdisjoint(names))
        for names in unique
    ]
    return tuple(
        sorted(
            found, key=lambda heap: (not heap.alarming, -len(heap.reports), at[heap.reports[0]], heap.reports)
        )
    )


def _together(mine: set[str], theirs: set[str], tied: Mapping[str, set[str]]) -> bool:
    """Whether enough pairs across two heaps look alike."""
    few, many = sorted((mine, theirs), key=len)
    across = sum(len(tied[name] & many) for name in few)
    return across >= _SHARE * min(len(few) * len(many), _KNOWN * len(few))
