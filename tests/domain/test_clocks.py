"""Clocks in random lives: no stop makes a date earlier, no time is charged twice, and every date can be told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.clock import Clock, charged, clock, due_at, merged
from smartcity_desk.domain.custody import Segment, Stay, segments
from smartcity_desk.domain.events import Event, EventKind, PauseCode, Paused
from smartcity_desk.domain.items import Outcome, item
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.domain.why import KEYS, MOST, why
from tests.domain.builders import SITI, T0
from tests.domain.lives import MANY, PATIENCE, WORKING, Life, any_life, city_law, exemptions, instants, lives

pytestmark = pytest.mark.timeout(PATIENCE)
many = settings(max_examples=MANY)
some_laws = st.lists(exemptions, max_size=3).map(lambda found: city_law(*found))


def clocks(life: Life, law: Law) -> dict[str, tuple[Segment, Clock]]:
    return {one.id: (one, clock(one, law)) for one in segments(life.origin, life.events)}


def never_earlier(before: int | None, after: int | None) -> None:
    assert (before is None) == (after is None)
    assert before is None or after is None or after >= before


@many
@given(any_life, some_laws, instants)
def test_no_time_is_charged_that_was_not_the_holder_s(life: Life, law: Law, now: int) -> None:
    for one, found in clocks(life, law).values():
        used = charged(one, found, law, now)
        later = charged(one, found, law, now + DAY)
        end = now if one.until is None else min(now, one.until)
        assert 0 <= used <= max(0, end - one.since)
        assert used <= later <= used + DAY
        if found.due_at is None:
            assert used == 0
            continue
        assert found.starts_at is not None
        assert found.allowance is not None
        assert found.due_at >= found.starts_at
        if one.until is None or one.until >= found.due_at:
            assert charged(one, found, law, found.due_at) == found.allowance.ms, (
                "used up then, and not before"
            )
        if now < found.due_at:
            assert used <= found.allowance.ms


@many
@given(any_life, st.data())
def test_a_pause_more_never_makes_a_date_earlier(life: Life, data: st.DataObject) -> None:
    law = city_law()
    where = data.draw(st.integers(0, len(life.events)))
    at = life.events[where - 1].at if where else life.report.reported_at
    length = data.draw(st.sampled_from([1, HOUR, 30 * HOUR, 9 * DAY]))
    pause = Event(
        ids.event_id("pause"),
        life.report.id,
        EventKind.CLOCK_PAUSED,
        at,
        SITI,
        Paused(PauseCode.WAITING_THIRD_PARTY, "menunggu", at + length),
    )
    events = [*life.events[:where], pause, *life.events[where:]]
    paused = replace(life, events=tuple(replace(one, seq=seq) for seq, one in enumerate(events, 1)))
    before, after = clocks(life, law), clocks(paused, law)
    assert before.keys() == after.keys()
    for name, (_, found) in before.items():
        never_earlier(found.due_at, after[name][1].due_at)


@many
@given(any_life, st.lists(exemptions, max_size=2), exemptions)
def test_a_declaration_more_never_makes_a_date_earlier(
    life: Life, others: list[Exemption], one_more: Exemption
) -> None:
    before, after = clocks(life, city_law(*others)), clocks(life, city_law(*others, one_more))
    for name, (_, found) in before.items():
        never_earlier(found.due_at, after[name][1].due_at)


@given(any_life, exemptions, st.integers(0, 14 * DAY))
def test_ending_a_calamity_restores_clocks_exactly(life: Life, one: Exemption, lasted: int) -> None:
    """Ended after so long, it is what would have been declared for so long; taken back whole, it was never there."""
    ended = replace(one, until=min(one.until, one.since + lasted), ended_by="y")
    short = replace(ended, ended_by=None)
    for name, (_, found) in clocks(life, city_law(ended)).items():
        same = clocks(life, city_law(short))[name][1]
        assert (found.due_at, found.grace_from) == (same.due_at, same.grace_from)
    void = replace(one, until=one.since, ended_by="y")
    assert clocks(life, city_law(void)) == clocks(life, city_law())


@many
@given(any_life, some_laws)
def test_after_a_stop_nothing_is_due_within_the_grace(life: Life, law: Law) -> None:
    for one, found in clocks(life, law).values():
        if found.due_at is None or one.recategorised:
            continue
        assert found.policy is not None
        assert found.allowance is not None
        grace = found.policy.grace(found.allowance.ms)
        for since, until in merged(found.stops):
            assert not since < found.due_at <= until, "nothing is due while time stands still"
            if until <= found.due_at:
                assert law.calendars.worked(found.allowance.calendar, until, found.due_at) >= grace
                assert found.due_at - until >= grace


@given(any_life)
def test_where_nothing_stopped_it_the_date_is_the_allowance_from_the_start(life: Life) -> None:
    law = city_law()
    for one, found in clocks(life, law).values():
        if found.due_at is None or found.stops or found.changed:
            continue
        assert found.starts_at is not None
        assert found.allowance is not None
        assert found.policy is law.book.at(found.starts_at)
        kind = found.allowance.calendar
        assert found.due_at == law.calendars.add(kind, found.starts_at, found.allowance.ms)
        if kind is CalendarKind.ROUND_THE_CLOCK:
            assert found.due_at == found.starts_at + found.allowance.ms
        if one.stay is Stay.VERIFY:
            assert found.allowance.ms == found.policy.verification


@given(any_life, some_laws)
def test_a_correction_of_the_category_never_takes_time_away_that_was_promised(life: Life, law: Law) -> None:
    """Of what was left under the old category, the new allowance from the correction on is left, or all of it."""
    for one, found in clocks(life, law).values():
        if not one.recategorised or found.due_at is None or found.starts_at is None:
            continue
        last = one.recategorised[-1]
        assume(last.at > found.starts_at)
        before = clock(one._replace(category=last.before, recategorised=one.recategorised[:-1]), law)
        assert found.allowance is not None
        anew = (
            last.at + found.allowance.ms
            if before.due_at is None
            else min(before.due_at, last.at + found.allowance.ms)
        )
        assert found.due_at >= anew


@many
@given(any_life, some_laws, instants)
def test_every_date_can_be_told_in_twelve_lines_each_with_its_event(life: Life, law: Law, now: int) -> None:
    known = {life.report.id, "x", *(event.id for event in life.events)}
    for one in segments(life.origin, life.events):
        lines = why(one, law, now)
        assert 1 <= len(lines) <= MOST
        assert {line.event for line in lines} <= known
        assert {line.key for line in lines} <= set(KEYS)
        told = [line.params["due_at"] for line in lines if "due_at" in line.params]
        due = clock(one, law).due_at
        assert told == ([] if due is None else [due])


@given(any_life, some_laws)
def test_the_holder_s_move_is_due_where_it_is_his_and_nowhere_else(life: Life, law: Law) -> None:
    spans = segments(life.origin, life.events)
    for one in spans[:-1]:
        assert due_at(one, clock(one, law)) is None
    last = spans[-1]
    found = clock(last, law)
    if last.stay is Stay.REST or last.responded_at is not None:
        assert due_at(last, found) is None
    else:
        assert due_at(last, found) == found.due_at


@many
@given(lives, some_laws, instants)
def test_in_time_is_what_used_no_more_than_the_allowance(life: Life, law: Law, now: int) -> None:
    for one in segments(life.origin, life.events):
        found = item(one, law, now)
        if found is None:
            continue
        assert law.scored(one.office)
        assert found.clock.allowance is not None
        within = found.charged_ms <= found.clock.allowance.ms
        if found.outcome is Outcome.ON_TIME:
            assert one.responded_at is not None
            assert within
        elif found.outcome is Outcome.SLOW:
            assert one.responded_at is not None
            assert one.responded_at > found.due_at
            assert not within or one.responded_at > now
        elif found.outcome is Outcome.SILENT:
            assert one.responded_at is None
            assert found.due_at < now
            assert one.until is None or one.until > found.due_at
        else:
            assert one.responded_at is None
            assert found.due_at >= now
            assert within


def test_the_city_of_these_tests_has_what_they_speak_of() -> None:
    assert WORKING.effective_from < T0
    assert {one.calendar for one in WORKING.categories.values()} == set(CalendarKind)
