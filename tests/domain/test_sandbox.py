"""The last days under two laws: what differs is named down to its events, and each side is what its law would do."""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartcity_desk.domain.custody import Ending, Excluded, Segment, Stay, origin_of, segments, walk_offices
from smartcity_desk.domain.events import (
    Delivered,
    EventKind,
    ExclusionCode,
    Responded,
    RoutingSent,
)
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.figures import office_figures
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.items import Objected, Outcome, items
from smartcity_desk.domain.ladder import due_now, proposals
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marking import Marking
from smartcity_desk.domain.office import OfficeLevel, Tenure
from smartcity_desk.domain.outward import InboxState
from smartcity_desk.domain.policy import Ladder, Policy, PolicyBook, Rung, Step
from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.sandbox import Difference, Side, compare, judgements, replay, under
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, to_datetime
from tests.domain.builders import LURAH, MENTENG, SUDIN, SYSTEM, TEBET, Life, histories, report
from tests.domain.mark_world import CALENDARS, wib
from tests.domain.test_ladder import CITY, LAW, RULE, held, keep

NOW = wib("11-25 10:00")
SHORT = replace(RULE, version="uji", response={**RULE.response, OfficeLevel.KELURAHAN: 12 * HOUR})


def tried(policy: Policy = SHORT, law: Law = LAW) -> Law:
    return under(law, policy)


def got(name: str, at: int, **facts: Any) -> Segment:
    """A segment that Tebet got into its inbox at an instant; under LAW it has a day."""
    return held(name, due=at + DAY, delivered_by=f"{name}-d", **facts)


# ---------------------------------------------------------------- items


def test_the_same_law_twice_makes_no_difference() -> None:
    those = [got(f"s{n}", NOW - n * 7 * HOUR, responded_at=NOW - n * 5 * HOUR) for n in range(40)]
    found = compare(those, LAW, under(LAW, RULE), NOW)
    assert (found.items, found.marks, found.notices) == ((), (), ())
    assert found.before == found.after
    assert found.before.on_time + found.before.slow == 36


def test_a_shorter_time_moves_dates_and_turns_answers_late() -> None:
    at = NOW - 10 * DAY
    those = [
        got("quick", at, responded_at=at + HOUR, responded_by="quick-r"),
        got("slow", at + 1, responded_at=at + 20 * HOUR, responded_by="slow-r"),
        got("gone", at + 2, until=at + 18 * HOUR, closed_by="gone-c", ending=Ending.ROUTED),
        got("sudin", at, office=SUDIN),
    ]
    found = compare(those, LAW, tried(), NOW)
    gone, quick, slow = found.items
    assert [(one.segment, one.report, one.office, one.events) for one in (quick, slow, gone)] == [
        ("quick", "r-quick", TEBET, ("quick", "quick-d", "quick-r")),
        ("slow", "r-slow", TEBET, ("slow", "slow-d", "slow-r")),
        ("gone", "r-gone", TEBET, ("gone", "gone-d", "gone-c")),
    ]
    assert (quick.before, quick.after) == (
        Side(at + DAY, Outcome.ON_TIME, None),
        Side(at + 12 * HOUR, Outcome.ON_TIME, None),
    )
    assert not quick.outcome_changed, "its date moved, and it was in time all the same"
    assert slow.outcome_changed
    assert slow.after is not None
    assert slow.after.outcome is Outcome.SLOW
    assert gone.before is None, "it had left before it was due"
    assert gone.after == Side(at + 2 + 12 * HOUR, Outcome.SILENT, None)
    assert gone.outcome_changed
    assert (found.before.on_time, found.before.slow, found.before.silent) == (2, 0, 1)
    assert (found.after.on_time, found.after.slow, found.after.silent) == (1, 1, 2)


def test_what_objections_took_out_or_hold_open_is_so_on_both_sides() -> None:
    at = NOW - 10 * DAY
    those = [got("out", at), got("open", at), got("said", at)]
    gone = Excluded(ExclusionCode.MISROUTED, "rere", "terbukti", NOW, "e")
    those[2] = those[2]._replace(excluded=gone._replace(code=ExclusionCode.DUPLICATE))
    objected = Objected({"out": gone}, frozenset({"open"}))
    found = compare(those, LAW, tried(), NOW, objected=objected)
    assert (found.before.excluded, found.after.excluded) == (2, 2)
    assert found.before.silent == found.after.silent == 0
    assert {
        one.segment: (one.after or one.before).excluded for one in found.items if one.segment != "open"
    } == {  # type: ignore[union-attr]
        "out": ExclusionCode.MISROUTED,
        "said": ExclusionCode.DUPLICATE,
    }
    assert {one.segment for one in found.notices} == {"out", "said"}, "they climbed until they were taken out"


def test_the_period_is_the_last_days_and_what_was_due_in_them() -> None:
    those = [got("old", NOW - 93 * DAY), got("in", NOW - 80 * DAY), got("ahead", NOW - HOUR)]
    found = compare(those, LAW, tried(), NOW)
    assert [one.segment for one in found.items] == ["in"]
    assert found.since == NOW - 90 * DAY
    assert [one.segment for one in compare(those, LAW, tried(), NOW, days=100).items] == ["old", "in"]


# ---------------------------------------------------------------- histories


def test_a_history_is_walked_whatever_the_order_of_its_events() -> None:
    at = NOW - 5 * DAY
    life = Life(report(reported_at=at))
    life.do(EventKind.ROUTING_SENT, RoutingSent(TEBET, "banjir di sana"), at=at + HOUR)
    life.do(EventKind.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM, at=at + 2 * HOUR)
    answer = Responded(TEBET, "Petugas PPSU sudah di lokasi")
    life.do(EventKind.REPORT_RESPONDED, answer, by=LURAH, at=at + 20 * HOUR)
    origin = origin_of(report(reported_at=at))
    whole = replay([(origin, life.events)], LAW, tried(), NOW)
    (row,) = whole.items
    assert row.events == tuple(event.id for event in life.events)
    assert (row.before, row.after) == (
        Side(at + 26 * HOUR, Outcome.ON_TIME, None),
        Side(at + 14 * HOUR, Outcome.SLOW, None),
    )
    pending = [replace(event, seq=None, order=event.seq or 0) for event in life.events]
    for events in (life.events[::-1], pending, [*life.events, life.events[0]]):
        assert replay([(origin, events)], LAW, tried(), NOW) == whole
    context = origin_of(report(ReportKind.CONTEXT, reported_at=at))
    assert replay([(context, life.events)], LAW, tried(), NOW).items == ()


@given(histories())
def test_only_what_an_office_had_in_its_inbox_is_looked_at(events: list[Any]) -> None:
    origin = origin_of(report())
    wanted = [one for one in segments(origin, events) if one.delivered_at is not None]
    assert list(walk_offices(origin, canonical(events))) == wanted
    assert all(one.stay is Stay.HOLD for one in wanted)


def test_nobody_s_collector_stays_switched_off() -> None:
    assert gc.isenabled()
    compare([got("s", NOW - 5 * DAY)], LAW, tried(), NOW)
    assert gc.isenabled()
    gc.disable()
    try:
        compare([got("s", NOW - 5 * DAY)], LAW, tried(), NOW)
        assert not gc.isenabled()
    finally:
        gc.enable()


# ---------------------------------------------------------------- judgements


@given(st.integers(0, 40 * DAY), st.integers(1, 100))
def test_judgements_are_the_monday_midnights_of_the_period(after: int, days: int) -> None:
    now = wib("11-01 00:00") + after
    since = now - days * DAY
    found = judgements(since, now)
    first = to_datetime(since).astimezone(JAKARTA).date()
    mondays = [first + timedelta(n) for n in range(days + 2)]
    wanted = [day for day in mondays if day.weekday() == 0]
    instants = [wib("01-01 00:00") + (day - date(2026, 1, 1)).days * DAY for day in wanted]
    assert list(found) == [at for at in instants if since < at <= now]


def many(count: int, late: int, until: int, *, name: str = "s", window: int = 28) -> list[Segment]:
    """So many items of Tebet, due evenly in the window that ends at `until`; answered after 20 hours, or never."""
    found = []
    for number in range(count):
        at = until - window * DAY + number * window * DAY // count - 12 * HOUR
        silent = number < late
        found.append(got(f"{name}{number}", at, responded_at=None if silent else at + 20 * HOUR))
    return found


MONDAY = wib("11-23 00:00")
TWO = [*many(30, 3, MONDAY, name="b"), *many(30, 3, MONDAY - 28 * DAY, name="a")]


def test_a_shorter_time_makes_candidates_and_names_the_segments_that_do() -> None:
    found = compare(TWO, LAW, tried(), NOW)
    assert (MONDAY, TEBET) in found.after.marked
    assert found.before.marked == ()
    row = next(one for one in found.marks if one.at == MONDAY)
    assert (row.office, row.before, row.after) == (TEBET, Finding.CLEAR, Finding.CANDIDATE)
    assert [tally.on_time for tally in row.before_tallies] == [27, 27]
    assert [tally.on_time for tally in row.after_tallies] == [0, 0]
    assert set(row.segments) >= {one.id for one in TWO if one.responded_at is not None}
    assert {one.at for one in found.marks} == {at for at, _ in found.after.marked}


def test_another_target_or_least_n_makes_candidates_of_the_same_items() -> None:
    strict = replace(RULE, version="uji", marking=Marking(target_percent=97))
    found = compare(TWO, LAW, tried(strict), NOW)
    row = next(one for one in found.marks if one.at == MONDAY)
    assert (row.before, row.after, row.segments) == (Finding.CLEAR, Finding.CANDIDATE, ())
    assert row.before_tallies == row.after_tallies
    few = replace(strict, marking=Marking(target_percent=97, least_n=31))
    assert compare(TWO, tried(strict), tried(few), NOW).after.marked == ()
    assert found.items == ()


def test_a_lurah_is_not_marked_for_what_another_left_behind() -> None:
    half = MONDAY - 14 * DAY
    turned = replace(CITY, tenures=(Tenure(TEBET, "lama", 0, half), Tenure(TEBET, "baru", half)))
    law = Law(PolicyBook([RULE]), CALENDARS, turned)
    found = compare(TWO, law, tried(law=law), NOW)
    assert (MONDAY, TEBET) not in found.after.marked
    assert all(at <= half for at, _ in found.after.marked)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
@example(71, True)  # answered after the judgement, when the office had another holder
@example(224, True)
def test_each_side_marks_whom_the_figures_mark(seed: int, turns: bool) -> None:
    """`figures` looks at one instant with items made for it; the sandbox at all of them with items made once."""
    dice = random.Random(seed)
    marking = Marking(window_days=7, windows=2, least_n=3, prior_weight=4, prior_on_time=3)
    short = replace(SHORT, marking=marking)
    tenures = []
    for office in (TEBET, MENTENG, SUDIN):
        cut = NOW - dice.randrange(30) * DAY
        tenures += (
            [Tenure(office, "a", 0, cut), Tenure(office, dice.choice(["a", "b"]), cut)] if turns else []
        )
        if turns and dice.random() < 0.5:
            tenures.append(Tenure(office, "c", cut - 3 * DAY, cut + 2 * DAY, acting=True))
    newer = replace(
        RULE,
        version="baru",
        effective_from=NOW - dice.randrange(30) * DAY,
        marking=replace(marking, target_percent=50, window_days=dice.choice([5, 7])),
    )
    book = PolicyBook([replace(RULE, marking=marking), newer])
    law = Law(book, CALENDARS, replace(CITY, tenures=tuple(tenures)))
    those = []
    for number in range(dice.randrange(20, 90)):
        office = dice.choice([TEBET, TEBET, MENTENG, SUDIN])
        at = NOW - dice.randrange(30 * DAY)
        answered = dice.choice([None, at + dice.randrange(9 * DAY)])
        segment = held(f"s{number}", office, at + (7 * DAY if office == SUDIN else DAY))
        those.append(segment._replace(responded_at=None if (answered or 0) > NOW else answered))
    found = compare(those, law, under(law, short), NOW, days=20)
    for side, rules in ((found.before, law), (found.after, under(law, short))):
        marked = set()
        for at in found.judged_at:
            # What was answered later nobody knew: whose item it is was decided at its due date.
            then = [one._replace(responded_at=None) if (one.responded_at or 0) > at else one for one in those]
            known = items(then, rules, at)
            for office in (TEBET, MENTENG, SUDIN):
                own = [one for one in known if one.segment.office == office]
                figures = office_figures(office, own, rules, at)
                if figures.verdict.finding is Finding.CANDIDATE:
                    marked.add((at, office))
        assert set(side.marked) == marked
    changed = {(one.at, one.office) for one in found.marks}
    assert changed == set(found.before.marked) ^ set(found.after.marked)
    for row in found.marks:
        assert (row.before is Finding.CANDIDATE) != (row.after is Finding.CANDIDATE)


# ---------------------------------------------------------------- notices


def told(found: Difference) -> dict[str, tuple[int | None, int | None]]:
    return {one.key: (one.before, one.after) for one in found.notices}


def test_another_ladder_tells_others_and_at_other_times() -> None:
    at = wib("11-09 09:00")
    steps = (Step(Rung.OFFICE, 2 * HOUR), Step(Rung.SEKDA, 7 * DAY))
    flat = replace(RULE, version="uji", ladder=Ladder(territorial=steps))
    found = compare([got("s", at, report="r")], LAW, tried(flat), NOW)
    due = at + DAY
    assert told(found) == {
        f"s|office|{TEBET}": (due, due + 2 * HOUR),
        "s|kecamatan|31.74.01": (due + DAY, None),
        "s|kota|31.74": (due + 3 * DAY, None),
        "s|gubernur|GUBERNUR": (due + 14 * DAY, None),
    }
    assert [(one.segment, one.report, one.holder, one.to, one.needs_person) for one in found.notices] == [
        ("s", "r", TEBET, TEBET, False),
        ("s", "r", TEBET, "31.74.01", False),
        ("s", "r", TEBET, "31.74", True),
        ("s", "r", TEBET, "GUBERNUR", True),
    ]
    assert (found.before.notices, found.before.proposals) == (2, 3)
    assert (found.after.notices, found.after.proposals) == (1, 1)


def test_what_was_answered_before_its_digest_could_go_was_never_told() -> None:
    night = wib("11-09 22:00")
    quick = got("q", night - DAY, responded_at=wib("11-10 05:00"))
    late = got("l", night - DAY, responded_at=wib("11-10 06:30"))
    awake = replace(RULE, version="uji", ladder=Ladder(quiet_from=0, quiet_to=0))
    found = compare([quick, late], LAW, tried(awake), NOW)
    assert told(found) == {
        f"q|office|{TEBET}": (None, night),
        f"l|office|{TEBET}": (wib("11-10 06:00"), night),
    }


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_each_side_tells_what_runs_of_those_days_would_have_told(seed: int) -> None:
    dice = random.Random(seed)
    start = NOW - 3 * DAY
    whole = []
    for number in range(7):
        due = start + dice.randrange(1, 60) * HOUR
        facts: dict[str, Any] = {"category": dice.choice(["tree", "wire"])}
        if dice.random() < 0.6:
            facts["responded_at"] = min(NOW, due + dice.randrange(-5, 40) * HOUR + 7)
        if dice.random() < 0.4:
            facts["acknowledged_at"] = due - HOUR  # known from the beginning on
        whole.append(held(f"s{number}", dice.choice([TEBET, SUDIN]), due, **facts))
    quick = replace(
        RULE, ladder=Ladder((Step(Rung.OFFICE, 0), Step(Rung.KECAMATAN, 9 * HOUR), Step(Rung.SEKDA, DAY)))
    )
    law = Law(PolicyBook([quick]), CALENDARS, CITY)
    nobody = under(
        law,
        replace(
            quick,
            version="diam",
            ladder=Ladder((Step(Rung.OFFICE, 366 * DAY),), (Step(Rung.OFFICE, 366 * DAY),)),
        ),
    )
    boxes: dict[str, InboxState] = {}
    asked: dict[str, int] = {}
    for at in range(start, NOW + 1, MINUTE):
        known = [
            one._replace(responded_at=None if (one.responded_at or 0) > at else one.responded_at)
            for one in whole
        ]
        then = items(known, law, at)
        boxes = keep(boxes, due_now(then, law, boxes, at), law)
        for one in proposals(then, law, boxes, at):
            for key in one.keys:
                asked.setdefault(key, at)
    found = compare(whole, law, nobody, NOW, days=3)
    automatic = {one.key for one in found.notices if not one.needs_person}
    assert automatic == {key for box in boxes.values() for key in box.keys}
    times = {one.before for one in found.notices if not one.needs_person}
    assert times == {at for box in boxes.values() for at in box.digests}
    assert {one.key: one.before for one in found.notices if one.needs_person} == asked


def test_a_policy_is_tried_as_if_it_had_always_held() -> None:
    later = replace(SHORT, effective_from=NOW + DAY)
    law = tried(later)
    assert law.book.at(0) == law.book.at(NOW) == later
    assert (law.calendars, law.directory, law.exemptions) == (LAW.calendars, LAW.directory, LAW.exemptions)
    assert len(compare([got("s", NOW - 5 * DAY)], LAW, law, NOW).items) == 1


def test_a_stand_in_s_days_are_asked_for_at_each_side_s_own_date() -> None:
    """She was away for a day. Under one law the answer was due before she left, under the other while she was."""
    at = wib("11-16 08:00")
    away, back = at + 18 * HOUR, at + 2 * DAY
    law = holders(
        Tenure(TEBET, "a", 0, away), Tenure(TEBET, "b", away, back, acting=True), Tenure(TEBET, "a", back)
    )
    (row,) = compare([got("s", at)], law, tried(law=law), NOW).items
    assert row.before == Side(at + DAY, Outcome.SILENT, ExclusionCode.NEW_HOLDER)
    assert row.after == Side(at + 12 * HOUR, Outcome.SILENT, None)


def test_a_judgement_knows_no_answer_that_came_after_it() -> None:
    """Nobody had answered on Monday, so the item was hers; that a stand-in answered on Wednesday came later."""
    away, back = MONDAY + DAY, MONDAY + 3 * DAY
    rule = replace(RULE, marking=Marking(window_days=7, windows=1, least_n=5))
    law = holders(
        Tenure(TEBET, "a", 0, away),
        Tenure(TEBET, "b", away, back, acting=True),
        Tenure(TEBET, "a", back),
        rule=rule,
    )
    those = [got(f"s{n}", MONDAY - 2 * DAY - n * HOUR, responded_at=MONDAY + 2 * DAY) for n in range(20)]
    found = compare(those, law, under(law, rule), NOW + 7 * DAY)
    assert found.before.marked == ((MONDAY, TEBET),)


def test_what_was_told_before_the_period_is_not_told_in_it() -> None:
    since = NOW - 90 * DAY
    found = compare([got("s", since - DAY - HOUR)], LAW, under(LAW, RULE), NOW)
    assert (found.before.notices, found.before.proposals) == (1, 3), "its camat, and who stands above"


def holders(*tenures: Tenure, rule: Policy = RULE) -> Law:
    return Law(PolicyBook([rule]), CALENDARS, replace(CITY, tenures=tenures))
