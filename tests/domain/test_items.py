"""Items and figures: the same in any order of rows, and one event moves nobody who never held the report."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk.domain.calendar import Calendars
from smartcity_desk.domain.custody import Excluded, Segment, segments
from smartcity_desk.domain.events import ExclusionCode, RejectCode
from smartcity_desk.domain.fairness import Tally, windows
from smartcity_desk.domain.figures import city_figures, figures_in, office_figures, quantile
from smartcity_desk.domain.items import (
    REASONS,
    Item,
    Objected,
    Outcome,
    by_office,
    falls_in,
    his,
    in_windows,
    item,
    items,
    tally,
)
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import UPT, Tenure
from smartcity_desk.domain.policy import PolicyBook
from smartcity_desk.domain.times import DAY
from tests.domain.builders import CAKUNG, DIRECTORY, MENTENG, PLN, POLICY, SUDIN, T0, TEBET
from tests.domain.lives import MANY, PATIENCE, Life, any_life, city_law, lives

pytestmark = pytest.mark.timeout(PATIENCE)
many = settings(max_examples=MANY)
LAW = city_law()
NOW = T0 + 40 * DAY
cities = st.lists(lives, min_size=1, max_size=6, unique_by=lambda life: life.report.id)


def all_segments(city: list[Life]) -> list[Segment]:
    return [one for life in city for one in segments(life.origin, life.events)]


def found(city: list[Life], law: Law = LAW) -> list[Item]:
    return items(all_segments(city), law, NOW)


@many
@given(cities, st.integers())
def test_figures_know_no_order_of_rows(city: list[Life], seed: int) -> None:
    rows = found(city)
    mixed = list(rows)
    Random(seed).shuffle(mixed)
    assert tally(mixed) == tally(rows)
    one, other = city_figures(rows, LAW, NOW), city_figures(mixed, LAW, NOW)
    for code, figures in one.offices.items():
        again = other.offices[code]
        assert (figures.verdict, figures.open_items, figures.overdue) == (
            again.verdict,
            again.open_items,
            again.overdue,
        )
        for mine, theirs in zip(figures.windows, again.windows, strict=True):
            assert sorted(mine.items) == sorted(theirs.items)
            assert replace(mine, items=()) == replace(theirs, items=())


@many
@given(cities, any_life, st.data())
def test_another_life_of_one_report_moves_only_offices_that_held_it(
    city: list[Life], other: Life, data: st.DataObject
) -> None:
    changed = data.draw(st.integers(0, len(city) - 1))
    after = list(city)
    after[changed] = Life(city[changed].report, other.events, other.state)
    held = {one.office for one in all_segments([city[changed]])} | {
        one.office for one in all_segments([after[changed]])
    }
    before, now = by_office(found(city)), by_office(found(after))
    for office in {TEBET, MENTENG, CAKUNG, SUDIN} - held:
        assert before.get(office, []) == now.get(office, [])
        assert office_figures(office, before.get(office, []), LAW, NOW) == office_figures(
            office, now.get(office, []), LAW, NOW
        )


@given(cities)
def test_a_tally_adds_up_and_leaves_nothing_uncoded(city: list[Life]) -> None:
    rows = found(city)
    counts = tally(rows)
    assert counts.n == sum(one.counts for one in rows)
    assert counts.excluded == sum(
        one.excluded is not None and one.outcome is not Outcome.RUNNING for one in rows
    )
    assert counts.on_time == sum(one.counts and one.outcome is Outcome.ON_TIME for one in rows)
    for one in rows:
        assert not (one.counts and one.excluded)
        if one.excluded is not None and not one.excluded.user:
            assert one.excluded.reason in REASONS
            assert one.excluded.event or one.excluded.code is ExclusionCode.NEW_HOLDER
    assert sum((tally(part) for part in by_office(rows).values()), Tally()) == counts


@given(cities)
def test_every_item_lies_in_at_most_one_window(city: list[Life]) -> None:
    spans = windows(NOW, LAW.book.at(NOW).marking)
    rows = found(city)
    parts = in_windows(rows, spans)
    assert sum(len(part) for part in parts) == sum(spans[0][0] <= one.due_at < spans[-1][1] for one in rows)
    for part, span in zip(parts, spans, strict=True):
        assert all(falls_in(one, span) for one in part)


@given(lives)
def test_nobody_is_judged_who_is_not_an_office_of_the_city(life: Life) -> None:
    for one in segments(life.origin, life.events):
        if one.office in (UPT, PLN, ""):
            assert item(one, LAW, NOW) is None


@given(lives)
def test_a_report_that_is_rejected_counts_against_nobody_who_held_it(life: Life) -> None:
    for one in segments(life.origin, life.events):
        row = item(one, LAW, NOW)
        if row is not None and one.reject_code is not None:
            assert row.excluded is not None
            assert not row.counts
            if row.excluded.reason == "rejected_spam":
                assert row.excluded.code is ExclusionCode.INVALID


def test_every_reason_that_the_rules_give_by_themselves_is_on_the_list() -> None:
    """The interface has words for each of them."""
    assert {*REASONS} == {
        "return_accepted",
        "return_pending",
        "new_holder",
        "place_uncertain",
        "place_elsewhere",
        "joined",
        *(f"rejected_{code.value}" for code in RejectCode),
    }


@given(lives, st.data())
def test_an_open_objection_is_counted_nowhere_and_an_accepted_one_has_its_code(
    life: Life, data: st.DataObject
) -> None:
    spans = segments(life.origin, life.events)
    rows = items(spans, LAW, NOW)
    if not rows:
        return
    name = data.draw(st.sampled_from(rows)).segment.id
    out = Excluded(ExclusionCode.MISROUTED, "rina", "salah alamat", NOW, "o1")
    pending = items(spans, LAW, NOW, Objected({}, frozenset({name})))
    answered = items(spans, LAW, NOW, Objected({name: out}, frozenset()))
    for before, open_, taken in zip(rows, pending, answered, strict=True):
        if before.segment.id != name:
            assert before == open_ == taken
            continue
        assert open_.contested
        assert not open_.counts
        assert taken.excluded == (before.segment.excluded or out)
        assert not taken.counts


@given(cities)
def test_a_window_s_figures_are_those_of_its_own_items(city: list[Life]) -> None:
    rows = found(city)
    rule = LAW.book.at(NOW)
    figures = figures_in(TEBET, by_office(rows).get(TEBET, []), LAW, NOW, rule, windows(NOW, rule.marking))
    for window in figures.windows:
        counted = [one for one in window.items if one.counts]
        assert window.tally == tally(window.items)
        assert (window.interval is None) == (window.tally.n < rule.marking.least_n)
        assert (window.share is None) == (window.tally.n == 0)
        times = sorted(one.charged_ms for one in counted if one.segment.responded_at is not None)
        if times:
            assert window.median_ms in times
            assert window.p90_ms in times
            assert window.p90_ms >= window.median_ms
        assert window.refused == window.tally.empty
        assert window.verified + window.refused <= len(counted)


@pytest.mark.parametrize(
    ("values", "median", "p90"),
    [([], None, None), ([7], 7, 7), ([1, 2], 1, 2), ([1, 2, 3], 2, 3), (list(range(1, 101)), 50, 90)],
)
def test_percentiles_are_values_that_were_measured(
    values: list[int], median: int | None, p90: int | None
) -> None:
    assert (quantile(values, 50), quantile(values, 90)) == (median, p90)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.none() | st.integers(1, 9), st.sampled_from("abc")),
        min_size=1,
        max_size=4,
    ),
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20)).map(sorted),
)
def test_an_item_is_the_holder_s_who_held_the_office_when_it_began_and_when_it_was_decided(
    spans: list[tuple[int, int | None, str]], instants: list[int]
) -> None:
    """Whatever the tenures look like: gaps, stand-ins, somebody who comes back."""
    tenures = [
        Tenure(TEBET, who, since, None if days is None else since + days) for since, days, who in spans
    ]
    law = Law(PolicyBook([POLICY]), Calendars(), replace(DIRECTORY, tenures=tuple(tenures)))
    starts, decided, now = instants

    def who(at: int) -> str | None:
        """Of those who hold it the latest to come."""
        covering = [one for one in sorted(tenures, key=lambda one: one.valid_from) if one.covers(at)]
        return covering[-1].official if covering else None

    holder = law.holder(TEBET, now)
    assert (None if holder is None else holder.official) == who(now)
    if holder is not None:
        assert his(TEBET, holder, starts, decided, law) == (who(starts) == who(decided) == who(now))
