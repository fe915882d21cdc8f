"""Nothing is lost, at a size that a test can wait for: all faults, one kill."""

from __future__ import annotations

import pytest

from benchmarks import troubled
from benchmarks.bench_lost import through


def test_with_every_fault_and_a_kill_each_item_is_kept_or_in_quarantine() -> None:
    count = through(4_000, kills=1)
    assert (count.lost, count.wrong, count.items) == (0, 0, 4_000)
    assert count.kept + count.quarantined - count.both == count.items
    assert count.quarantined > 40
    assert count.repeats > 4_000
    assert count.kills == 1


@pytest.mark.parametrize(
    "kind", ["emoji", "rtl", "odd", "nowhere", "swapped", "late", "twice", "edited", "huge"]
)
def test_a_small_run_has_every_kind_of_item(kind: str) -> None:
    assert kind in {troubled.kind_of(number) for number in range(2_800)}


def test_every_fault_comes_up_and_so_does_an_outage() -> None:
    found = {troubled.fault_of(turn, troubled.START) for turn in range(400)}
    assert found == {None, *troubled.FAULTS}
    assert troubled.fault_of(1, troubled.START + troubled.OUTAGE_EVERY - 1) == "drop"
