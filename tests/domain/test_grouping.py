"""Heaps of a surge: every report in exactly one, the same in any order, the most pressing first."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.grouping import heaps

names = st.sampled_from("abcdefgh")


@given(
    st.dictionaries(names, st.integers(0, 5), max_size=8),
    st.dictionaries(names, st.lists(names, max_size=3)),
    st.sets(names),
    st.integers(),
)
def test_every_report_is_in_one_heap_whatever_the_order(
    at: dict[str, int], alike: dict[str, list[str]], alarming: set[str], seed: int
) -> None:
    found = heaps(list(at.items()), alike, alarming)
    assert sorted(name for heap in found for name in heap.reports) == sorted(at)
    where = {name: number for number, heap in enumerate(found) for name in heap.reports}
    for name, others in alike.items():
        for other in others:
            if name in at and other in at:
                assert where[name] == where[other]
    assert [heap.alarming for heap in found] == sorted((heap.alarming for heap in found), reverse=True)
    for heap in found:
        assert heap.alarming == bool(alarming & set(heap.reports))
    shuffled = list(at.items())
    Random(seed).shuffle(shuffled)
    assert heaps(shuffled, alike, alarming) == found


def test_a_chain_is_one_heap_and_danger_comes_before_size() -> None:
    told = [("a", 1), ("b", 2), ("c", 3), ("d", 0)]
    found = heaps(told, {"a": ["b"], "c": ["b"]}, {"d"})
    assert [heap.reports for heap in found] == [("d",), ("a", "b", "c")]
