"""Reports of a surge put into heaps that tell of one thing each, the most pressing heap first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Heap(NamedTuple):
    """Reports that look alike, earliest first. `alarming` says that the words of one of them tell of danger to life."""

    reports: tuple[str, ...]
    alarming: bool


def heaps(
    reports: Sequence[tuple[str, int]], alike: Mapping[str, Iterable[str]], alarming: Iterable[str]
) -> tuple[Heap, ...]:
    """The heaps of these reports (id, time in ms UTC): whatever looks alike is in one, however long the chain.

    Danger to life comes first, then the larger heap, then the earlier one. Look-alikes that are not among the reports
    tie nothing together.
    """
    at = dict(reports)
    parent = {name: name for name in at}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for name, others in alike.items():
        for other in others:
            if name in at and other in at:
                parent[root(name)] = root(other)
    pressing = {root(name) for name in alarming if name in at}
    together: dict[str, list[str]] = {}
    for name in at:
        together.setdefault(root(name), []).append(name)
    found = [
        Heap(tuple(sorted(names, key=lambda one: (at[one], one))), key in pressing)
        for key, names in together.items()
    ]
    return tuple(
        sorted(
            found, key=lambda heap: (not heap.alarming, -len(heap.reports), at[heap.reports[0]], heap.reports)
        )
    )
