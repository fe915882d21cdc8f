"""Heaps of a surge: every report in exactly one, the same in any order, the most pressing first."""

from __future__ import annotations

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.grouping import heaps

names = st.sampled_from("abcdefgh")
looks = st.lists(st.tuples(names, st.floats(0.6, 1.0)), max_size=3)


@given(
    st.dictionaries(names, st.integers(0, 5), max_size=8),
    st.dictionaries(names, looks),
    st.sets(names),
    st.integers(),
)
def test_every_report_is_in_one_heap_whatever_the_order(
    at: dict[str, int], alike: dict[str, list[tuple[str, float]]], alarming: set[str], seed: int
) -> None:
    found = heaps(list(at.items()), alike, alarming)
    assert sorted(name for heap in found for name in heap.reports) == sorted(at)
    tied = {frozenset((name, other)) for name, others in alike.items() for other, _ in others}
    for heap in found:
        for name in heap.reports:
            others = [frozenset((name, other)) in tied for other in heap.reports if other != name]
            assert not others or any(others), "nobody is in a heap without somebody who looks like him"
    paired = {name for pair in tied if len(pair) == 2 and pair <= set(at) for name in pair}
    alone = {heap.reports[0] for heap in found if len(heap.reports) == 1}
    assert not any(frozenset(pair) in tied for pair in combinations(sorted(alone & paired), 2))
    assert [heap.alarming for heap in found] == sorted((heap.alarming for heap in found), reverse=True)
    for heap in found:
        assert heap.alarming == bool(alarming & set(heap.reports))
    shuffled = list(at.items())
    Random(seed).shuffle(shuffled)
    assert heaps(shuffled, alike, alarming) == found


def test_three_in_a_row_are_one_heap_and_danger_comes_before_size() -> None:
    told = [("a", 1), ("b", 2), ("c", 3), ("d", 0)]
    found = heaps(told, {"a": [("b", 0.9)], "c": [("b", 0.8)]}, {"d"})
    assert [heap.reports for heap in found] == [("d",), ("a", "b", "c")]


def test_one_doubtful_pair_makes_no_heap_of_two_floods() -> None:
    first, second = "abcd", "wxyz"
    told = [(name, at) for at, name in enumerate(first + second)]
    alike: dict[str, list[tuple[str, float]]] = {}
    for flood in (first, second):
        for one, other in combinations(flood, 2):
            alike.setdefault(one, []).append((other, 0.95))
    bridged = {**alike, "d": [("w", 0.7)]}
    assert [heap.reports for heap in heaps(told, bridged, ())] == [tuple(first), tuple(second)]
    many = {**alike, "d": [(other, 0.7) for other in second], "c": [(other, 0.7) for other in second]}
    assert len(heaps(told, many, ())) == 1
