"""Custody in random lives: no overlap, no gap, the whole lifetime, in whatever order the events arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk import codec
from smartcity_desk.domain.custody import Ending, Segment, Stay, origin_of, segments, walk
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.fold import canonical, fold
from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.report import CLOSED_STATUSES, ReportKind, Status
from smartcity_desk.domain.state import initial
from tests.domain.builders import histories, report
from tests.domain.lives import MANY, PATIENCE, Life, any_life, excluded, lives, soups

pytestmark = pytest.mark.timeout(PATIENCE)
many = settings(max_examples=MANY)


def assert_whole(spans: Sequence[Segment], start: int) -> None:
    """They begin with the report, follow one another to the millisecond, and the last one lasts."""
    assert spans[0].since == start
    assert [one.number for one in spans] == list(range(len(spans)))
    assert len({one.id for one in spans}) == len(spans)
    for one, following in pairwise(spans):
        assert one.until == following.since
        assert one.until >= one.since
        assert one.closed_by == following.opened_by
        assert one.ending is not Ending.OPEN
    last = spans[-1]
    assert (last.until, last.closed_by, last.ending) == (None, None, Ending.OPEN)
    end = last.since + 1
    assert sum((one.until or end) - one.since for one in spans) == end - start


def _had_by(one: Segment) -> str | None:
    """The office that holds a report, or whose claim is being looked at."""
    if one.stay is Stay.VERIFY:
        return one.claimant
    return one.office if one.stay is Stay.HOLD and one.office != UPT else None


def assert_returns_held(spans: Sequence[Segment]) -> None:
    """A hand-back lies in the first segment that tells of it; only the same office's next ones carry it on.

    One that nobody decided stays open while the unit looks at a completion, and when a refusal gives the report back to
    the office: it was at that time still that office's report.
    """
    for before, one in zip((None, *spans), spans, strict=False):
        if one.returned_at is None or one.returned_at >= one.since:
            continue
        assert before is not None
        assert before.until == one.since
        assert before.ending in {Ending.CLAIMED, Ending.REFUSED}
        assert _had_by(before) == _had_by(one)
        assert (before.returned_at, before.returned_by) == (one.returned_at, one.returned_by)


def assert_facts_inside(one: Segment) -> None:
    """What is said of a segment lies in it, and fits its holder."""
    assert (one.office == "") == (one.stay is Stay.REST)
    assert one.office == UPT or one.stay is not Stay.VERIFY
    for at in (
        one.delivered_at,
        one.seen_at,
        one.acknowledged_at,
        one.responded_at,
        one.claimed_at,
    ):
        assert at is None or (at >= one.since and (one.until is None or at <= one.until))
        assert at is None or (one.stay is Stay.HOLD and one.office != UPT), "only an office does these"
    if one.returned_at is not None:
        assert _had_by(one) is not None, "only an office hands back"
        assert one.until is None or one.returned_at <= one.until
    for pause in one.pauses:
        assert one.since <= pause.since < pause.until
        assert one.until is None or pause.until <= one.until
    assert (one.responded_at is None) == (one.responded_by is None) == (one.responder is None)
    assert (one.claimed_at is not None) == (one.ending is Ending.CLAIMED)
    assert one.refused_at is None or one.accepted_at is None


@many
@given(any_life, st.integers())
def test_segments_never_overlap_leave_no_gap_and_add_up_in_any_order_of_arrival(
    life: Life, seed: int
) -> None:
    spans = segments(life.origin, life.events)
    assert_whole(spans, life.report.reported_at)
    for one in spans:
        assert_facts_inside(one)
    assert_returns_held(spans)
    arrived = [*life.events, *life.events[:3]]
    Random(seed).shuffle(arrived)
    assert segments(life.origin, arrived) == spans
    assert walk(life.origin, canonical(arrived)) == spans


@many
@given(lives)
def test_custody_and_the_fold_say_the_same_of_every_lawful_life(life: Life) -> None:
    state = fold(initial(life.report), life.events)
    assert state == life.state
    last = segments(life.origin, life.events)[-1]
    assert (last.stay is Stay.REST) == (state.status in CLOSED_STATUSES)
    assert (last.stay is Stay.VERIFY) == (state.status is Status.AWAITING_VERIFICATION)
    if last.stay is Stay.HOLD:
        assert last.office == (state.office or UPT)
        assert (last.returned_at is not None) == state.return_pending
        if state.office is not None:
            assert (last.responded_at is not None) == (state.responded_at is not None)
    elif last.stay is Stay.VERIFY:
        assert last.claimant == state.office
    if state.status is not Status.REJECTED:
        assert all(one.reject_code is None for one in segments(life.origin, life.events))


@many
@given(lives, st.data())
def test_events_of_the_desk_s_own_count_last_until_they_are_confirmed(
    life: Life, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(life.events)))
    mine = [replace(event, seq=None, order=number) for number, event in enumerate(life.events[cut:])]
    waiting = [*mine, *life.events[:cut]]
    assert segments(life.origin, waiting) == segments(life.origin, life.events)
    assert segments(life.origin, [*waiting, *life.events]) == segments(life.origin, life.events)


@given(histories(), st.sampled_from(list(ReportKind)))
def test_any_events_at_all_make_a_whole(history: list[Event], kind: ReportKind) -> None:
    start = report(kind)
    spans = segments(origin_of(start), history)
    if kind is ReportKind.CONTEXT:
        assert spans == ()
    else:
        assert_whole(spans, start.reported_at)


@given(lives)
def test_a_segment_keeps_its_name_and_its_past_whatever_comes_later(life: Life) -> None:
    """Objections and exclusions name segments: what was once told stays the same but for what is said about it."""
    all_of_them = segments(life.origin, life.events)
    for cut in range(len(life.events)):
        early = segments(life.origin, life.events[:cut])
        for one, later in zip(early[:-1], all_of_them, strict=False):
            same = (
                "id",
                "office",
                "stay",
                "since",
                "until",
                "delivered_at",
                "responded_at",
                "pauses",
                "category",
            )
            assert [getattr(one, name) for name in same] == [getattr(later, name) for name in same]


@given(lives, st.data())
def test_an_exclusion_touches_the_segment_it_names_and_no_other(life: Life, data: st.DataObject) -> None:
    spans = segments(life.origin, life.events)
    named = data.draw(st.sampled_from(spans))
    with_it = segments(life.origin, excluded(life, named.id, named.office).events)
    assert [one._replace(excluded=None) for one in with_it] == list(spans)
    assert [one.id for one in with_it if one.excluded is not None] == [named.id]


@given(soups)
def test_every_segment_survives_the_file(life: Life) -> None:
    for one in segments(life.origin, life.events):
        assert codec.decode(codec.encode(one), Segment, key="segment") == one
