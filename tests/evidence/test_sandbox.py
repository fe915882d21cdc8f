"""Another policy on a copy: what would have been marked, answered in time, told; and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.times import HOUR
from smartcity_desk.evidence.sandbox import try_policy
from tests.evidence.city import NOW, SILENT, Town, town


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as made:
        yield made


def present(place: Town) -> Policy:
    return place.store.law().book.at(NOW)


def test_the_same_policy_changes_nothing(place: Town) -> None:
    tried = try_policy(place.store, replace(present(place), version="sama"), now=NOW)
    assert tried.changes == ()
    assert tried.reports == 106


def test_a_lower_target_unmarks_and_opens_to_the_office(place: Town) -> None:
    policy = present(place)
    lower = replace(policy, version="x", marking=replace(policy.marking, target_percent=40))
    tried = try_policy(place.store, lower, now=NOW)
    assert (tried.newly_marked, tried.no_longer_marked) == (0, 1)
    [change] = [one for one in tried.changes if one.kind == "unmarked"]
    assert change.office == place.store.directory().offices[SILENT].name


def test_a_shorter_deadline_makes_answers_late_and_each_names_its_report(place: Town) -> None:
    policy = present(place)
    hour = {**policy.response, OfficeLevel.KELURAHAN: HOUR}
    before = place.store.data_version()
    tried = try_policy(place.store, replace(policy, version="x", response=hour), now=NOW)
    changed = [one for one in tried.changes if one.kind == "outcome"]
    assert len(changed) == 8 * 2 + 25 * 2 + 1 * 2, "every answer came after two hours"
    assert tried.items_changed == len(changed)
    assert all(one.report.startswith("PetaBencana ") and one.report_id for one in changed)
    assert tried.newly_marked == 1
    assert tried.notices_more > 0
    assert place.store.data_version() == before, "a sandbox writes nothing"
    finding = place.store.offices.office_figures(SILENT, now=NOW).verdict.finding
    assert finding is Finding.CANDIDATE, "and judges nobody"
