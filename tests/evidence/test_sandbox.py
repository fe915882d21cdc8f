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
from smartcity_desk.evidence import sandbox
from smartcity_desk.evidence.sandbox import try_policy
from tests.evidence.city import GOOD, NOW, SILENT, Town, town


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
    assert tried.count("marked") == 0
    unmarked = [one for one in tried.changes if one.kind == "unmarked"]
    assert unmarked
    for change in unmarked:
        assert change.office == place.store.directory().offices[SILENT].name


def test_a_shorter_deadline_makes_answers_late_and_each_names_its_report(place: Town) -> None:
    policy = present(place)
    hour = {**policy.response, OfficeLevel.KELURAHAN: HOUR}
    before = place.store.data_version()
    tried = try_policy(place.store, replace(policy, version="x", response=hour), now=NOW)
    changed = [one for one in tried.changes if one.kind == "outcome"]
    assert len(changed) == 8 * 2 + 25 * 2 + 1 * 2, "every answer came after two hours"
    for one in changed:
        [(number, report)] = one.reports
        assert number.startswith("PetaBencana ")
        assert place.store.report(report) is not None
    marked = [one for one in tried.changes if one.kind == "marked"]
    assert {one.office for one in marked} == {place.store.directory().offices[GOOD].name}
    assert all(len(one.reports) >= 20 for one in marked), "a mark opens to the reports that make it"
    assert tried.count("notice") > 0
    assert place.store.data_version() == before, "a sandbox writes nothing"
    finding = place.store.offices.office_figures(SILENT, now=NOW).verdict.finding
    assert finding is Finding.CANDIDATE, "and judges nobody"


def test_all_differences_are_counted_and_the_first_of_each_sort_said(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = present(place)
    hour = replace(policy, version="x", response={**policy.response, OfficeLevel.KELURAHAN: HOUR})
    whole = try_policy(place.store, hour, now=NOW)
    assert whole.unsaid == 0
    for kind in whole.kinds:
        assert whole.count(kind) == sum(one.kind == kind for one in whole.changes)
    monkeypatch.setattr(sandbox, "SAID", 3)
    part = try_policy(place.store, hour, now=NOW)
    assert part.kinds == whole.kinds
    assert set(part.changes) < set(whole.changes)
    assert part.unsaid == len(whole.changes) - len(part.changes) > 0
