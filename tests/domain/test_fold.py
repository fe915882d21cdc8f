"""The same state whatever the order of arrival, and whatever comes twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.decide import decide
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.events import (
    CategorySet,
    Event,
    EventKind,
    NoteAdded,
    RejectCode,
    ReportRejected,
    RoutingSent,
)
from smartcity_desk.domain.fold import canonical, fold
from smartcity_desk.domain.report import ReportKind, Status
from smartcity_desk.domain.state import evolve, initial
from smartcity_desk.domain.times import HOUR
from tests.domain.builders import (
    ANI,
    DIRECTORY,
    MENTENG,
    T0,
    TEBET,
    Life,
    action,
    actions,
    histories,
    lived,
    report,
)

K = EventKind


@given(histories(), st.randoms(use_true_random=False), st.sampled_from(list(ReportKind)))
def test_any_order_and_any_repetition_give_the_same_state(
    history: list[Event], random, kind: ReportKind
) -> None:
    start = initial(report(kind))
    expected = fold(start, history)
    shuffled = history + random.choices(history, k=len(history)) if history else []
    random.shuffle(shuffled)
    assert fold(start, shuffled) == expected


@given(histories())
def test_evolving_is_replacing(history: list[Event]) -> None:
    state = fold(initial(report(ReportKind.COMPLAINT)), history)
    assert evolve(state) == state
    assert evolve(state, office=MENTENG, seq=7) == replace(state, office=MENTENG, seq=7)
    with pytest.raises(KeyError):
        evolve(state, nobody_has_this=1)


@given(histories(), st.data())
def test_a_confirmation_replaces_its_pending_event_in_any_order(
    history: list[Event], data: st.DataObject
) -> None:
    pending = [event for event in history if event.seq is None]
    confirmed = [event for event in history if event.seq is not None]
    top = len(confirmed)
    also = [replace(event, seq=top + 1 + n, order=0) for n, event in enumerate(pending)]
    everything = data.draw(st.permutations(history + also))
    start = initial(report())
    assert fold(start, everything) == fold(start, confirmed + also)
    assert fold(start, everything).pending == 0


@given(histories())
def test_fold_is_total_and_its_times_make_sense(history: list[Event]) -> None:
    state = fold(initial(report()), history)
    assert state.paused_ms >= 0
    assert state.pending == sum(event.seq is None for event in history)
    assert state.seq == max((event.seq or 0 for event in history), default=0)
    assert (state.claimed_by is None) == (state.claim_until is None) == (state.claim_since is None)


@given(histories(), histories())
def test_folding_in_two_parts_is_folding_at_once(first: list[Event], second: list[Event]) -> None:
    """The store folds a confirmed prefix once and goes on from there."""
    confirmed = [event for event in first if event.seq is not None]
    top = len(confirmed)
    later = [
        replace(event, id=f"{event.id}-2", seq=top + event.seq) for event in second if event.seq is not None
    ]
    start = initial(report())
    assert fold(fold(start, confirmed), later) == fold(start, confirmed + later)


@given(st.lists(actions(), max_size=30), st.sampled_from(list(ReportKind)))
def test_what_the_rules_let_happen_folds_back_to_the_state_they_saw(
    wishes: list[Action], kind: ReportKind
) -> None:
    start = initial(report(kind))
    events, state = lived(wishes, start)
    assert fold(start, reversed(events)) == state


@given(st.lists(actions(), max_size=30))
def test_traffic_context_never_gets_a_clock_whoever_says_so(wishes: list[Action]) -> None:
    start = initial(report(ReportKind.CONTEXT))
    _, state = lived(wishes, start)
    assert state.held_since is None
    assert state.office is None
    assert state.status is Status.NEW
    assert state.pause is None


@given(histories())
def test_traffic_context_has_no_holder_time_even_from_a_foreign_log(history: list[Event]) -> None:
    state = fold(initial(report(ReportKind.CONTEXT)), history)
    assert (state.office, state.held_since, state.pause) == (None, None, None)


def test_pending_actions_are_replayed_on_whatever_the_server_says() -> None:
    start = initial(report())
    mine = action(K.CATEGORY_SET, CategorySet("flood"), number=1)
    decision = decide(start, mine, DIRECTORY)
    assert isinstance(decision, Accepted)
    pending = replace(decision.events[0], order=1)
    theirs = Event(
        id="theirs",
        subject=mine.report,
        kind=K.ROUTING_SENT,
        at=T0,
        actor=ANI,
        payload=RoutingSent(TEBET, "banjir di sana"),
        seq=7,
    )
    state = fold(start, [pending, theirs])
    assert (state.category, state.office, state.pending, state.seq) == ("flood", TEBET, 1, 7)
    assert fold(start, [pending]).office is None


def test_pending_events_of_one_action_stay_in_their_order() -> None:
    life = Life()
    life.do(K.ROUTING_SENT, RoutingSent(TEBET, "banjir di sana"))
    life.state = replace(life.state, return_pending=True)
    for number in range(
        40
    ):  # ids are hashes: without an order of their own half of these would stand on their heads
        wish = action(K.ROUTING_SENT, RoutingSent(MENTENG, "pindah ke sana", base=TEBET), number=number)
        decision = decide(life.state, wish, DIRECTORY)
        assert isinstance(decision, Accepted)
        assert [event.kind for event in canonical(reversed(decision.events))] == [
            K.ROUTING_RETURN_ACCEPTED,
            K.ROUTING_SENT,
        ]


def test_two_desks_that_say_the_same_do_it_once() -> None:
    life = Life()
    life.do(K.ROUTING_SENT, RoutingSent(TEBET, "banjir di sana"))
    life.state = replace(life.state, delivered_at=T0 + HOUR, held_since=T0 + HOUR, paused_ms=5)
    before = life.state
    life.do(K.ROUTING_SENT, RoutingSent(TEBET, "banjir di sana juga", base=None))
    assert (life.state.held_since, life.state.delivered_at, life.state.paused_ms, life.state.routed_at) == (
        before.held_since, before.delivered_at, before.paused_ms, before.routed_at,
    )  # fmt: skip
    life.do(K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, base=Status.ROUTED))
    closed = life.state.closed_at
    life.do(K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, base=Status.ROUTED))
    assert life.state.closed_at == closed


def test_notes_and_attachments_only_ever_append() -> None:
    life = Life()
    for n in range(3):
        life.do(K.NOTE_ADDED, NoteAdded(f"catatan {n}"))
    assert life.state.notes == 3
    assert life.state == replace(initial(report()), notes=3, last_event_at=life.at, seq=3)


def test_canonical_order_is_by_seq_then_by_outbox() -> None:
    base = Event(id="a", subject="s", kind=K.NOTE_ADDED, at=T0, actor=ANI, payload=NoteAdded("x"))
    rows = [
        replace(base, id="late", seq=9, at=T0),
        replace(base, id="early", seq=2, at=T0 + 5 * HOUR),
        replace(base, id="second", order=2, at=T0 - HOUR),
        replace(base, id="first", order=1, at=T0 + HOUR),
    ]
    assert [event.id for event in canonical(rows)] == ["early", "late", "first", "second"]
