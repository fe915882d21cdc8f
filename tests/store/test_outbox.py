"""An operator's action from the key to a definite answer."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from smartcity_desk.domain.decision import Contradicted, Refused
from smartcity_desk.domain.events import (
    CategorySet,
    Event,
    EventKind,
    NoteAdded,
    PauseCode,
    Paused,
    PlaceSet,
    RejectCode,
    ReportRejected,
    Resumed,
    RoutingSent,
)
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.office import Category, Directory
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import DAY
from smartcity_desk.store import UNKNOWN_REPORT, WAIT_LADDER, OpResult, OpState, Store, next_try, with_base
from smartcity_desk.store.outbox import KEPT_MS
from tests.domain.builders import ANI, BUDI, DIRECTORY, MENTENG, POLICY, T0, TEBET, VIEWER
from tests.store.helpers import HOUR, Central, counter, do, made, one, put, state_of

NOW = T0 + HOUR
K = EventKind


def _states(store: Store) -> list[str]:
    return [row.state.value for row in reversed(store.ops())]


def test_an_action_shows_at_once_and_waits_in_the_outbox(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(1), now=NOW))
    assert (op.state, op.kind, op.payload, op.user, op.at) == (
        OpState.QUEUED,
        K.CATEGORY_SET,
        CategorySet("flood", base=None),
        "ani",
        NOW,
    )
    assert (op.channel, op.external_id, op.title) == ("petabencana", "1", "Banjir nomor 1")
    row = store.rows([1], now=NOW)[1]
    assert (row.category, row.pending) == ("flood", True)
    assert store.count(Filter(pending=True), now=NOW) == 1
    detail = store.report(1)
    assert detail is not None
    assert [event.kind for event in detail.timeline] == [K.CATEGORY_SET]
    assert detail.ops == (op,)


def test_what_cannot_be_done_says_why_and_leaves_no_trace(store: Store) -> None:
    put(store, made(1))
    asked = [made(1).id, "no such report", made(1).id]
    result = store.act(
        K.CATEGORY_SET, CategorySet("no-such"), asked, actor=ANI, now=NOW, randomness=counter()
    )
    assert result.done == ()
    assert dict(result.refused) == {
        made(1).id: Refused("unknown_category", {"category": "no-such"}),
        "no such report": Refused(UNKNOWN_REPORT),
    }
    seen = do(store, K.CATEGORY_SET, CategorySet("flood", base="tree"), made(1), fill_base=False)
    assert seen.refused == ((made(1).id, Contradicted("category", "tree", "flood", None)),)
    assert do(store, K.NOTE_ADDED, NoteAdded("x"), made(1), actor=VIEWER).refused[0][1] == Refused(
        "role_not_allowed", {"role": "viewer"}
    )
    assert store.ops() == []
    assert not store.rows([1], now=NOW)[1].pending


def test_many_reports_at_once_each_on_its_own_base(store: Store) -> None:
    page = [made(n, category=("flood", "tree", None)[n % 3]) for n in range(1, 31)]
    put(store, *page)
    result = do(store, K.CATEGORY_SET, CategorySet("power"), *page)
    assert len(result.done) == 30
    assert {row.payload.base for row in result.done if isinstance(row.payload, CategorySet)} == {
        "flood",
        "tree",
        None,
    }
    assert store.count(Filter(categories=frozenset({"power"})), now=NOW) == 30
    assert len({row.id for row in result.done}) == 30
    assert [row.order for row in result.done] == list(range(1, 31))


def test_a_preview_says_what_would_be_refused_and_writes_nothing(store: Store) -> None:
    put(store, made(1), made(2, source_status=Status.DONE))
    before = store.data_version()
    ids = [made(1).id, made(2).id]
    refused = store.preview(K.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya"), ids, actor=ANI, now=NOW)
    assert [(report_id, type(verdict)) for report_id, verdict in refused] == [(made(2).id, Refused)]
    assert store.data_version() == before


def test_with_base_takes_what_the_state_shows(store: Store) -> None:
    put(store, made(1, category="tree"))
    state = state_of(store, made(1))
    assert with_base(K.CATEGORY_SET, CategorySet("flood"), state) == CategorySet("flood", base="tree")
    assert with_base(K.PLACE_SET, PlaceSet(TEBET), state) == PlaceSet(TEBET, base=None)
    assert with_base(K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM), state) == ReportRejected(
        RejectCode.SPAM, base=Status.NEW
    )
    assert with_base(K.NOTE_ADDED, NoteAdded("x"), state) == NoteAdded("x")


def test_ops_of_a_report_go_one_at_a_time_and_in_order(store: Store) -> None:
    put(store, made(1), made(2))
    for text in ("satu", "dua", "tiga"):
        do(store, K.NOTE_ADDED, NoteAdded(text), made(1))
    do(store, K.NOTE_ADDED, NoteAdded("lain"), made(2))
    central = Central()
    central.know([made(1), made(2)])
    sent: list[list[str]] = []
    while actions := store.central.next_ops(10, NOW):
        assert store.central.next_ops(10, NOW) == [], "what is on its way blocks its report"
        sent.append([action.payload.text for action in actions if isinstance(action.payload, NoteAdded)])
        store.central.settle([central.ask(action) for action in actions], NOW)
    assert sent == [["satu", "lain"], ["dua"], ["tiga"]]
    assert [row.state for row in store.ops()] == [OpState.CONFIRMED] * 4
    assert state_of(store, made(1)).notes == 3
    assert state_of(store, made(1)).pending == 0


def test_the_limit_is_kept_and_the_actor_travels(store: Store) -> None:
    put(store, *(made(n) for n in range(1, 6)))
    do(store, K.NOTE_ADDED, NoteAdded("x"), *(made(n) for n in range(1, 6)), actor=BUDI)
    first = store.central.next_ops(2, NOW)
    assert [action.report for action in first] == [made(1).id, made(2).id]
    assert {action.actor for action in first} == {BUDI}
    assert len(store.central.next_ops(10, NOW)) == 3


def test_a_held_op_waits_and_can_be_hurried(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.NOTE_ADDED, NoteAdded("x"), made(1), hold_ms=5_000))
    assert store.central.next_ops(9, NOW + 4_999) == []
    assert store.central.next_op_at(NOW) == NOW + 5_000
    assert store.central.next_op_at(NOW + 9_000) == NOW + 9_000
    assert store.hurry([op.id], NOW) == 1
    assert [action.id for action in store.central.next_ops(9, NOW)] == [op.id]
    assert store.central.next_op_at(NOW) is None


def test_what_stands_behind_a_waiting_op_is_not_due(store: Store) -> None:
    put(store, made(1))
    first = one(do(store, K.NOTE_ADDED, NoteAdded("satu"), made(1)))
    do(store, K.NOTE_ADDED, NoteAdded("dua"), made(1))
    store.central.next_ops(9, NOW)
    assert store.central.next_op_at(NOW) is None, (
        "the first is on its way, and the second waits for its answer"
    )
    store.central.settle([OpResult(first.id, "unknown", code="no_answer")], NOW)
    assert store.central.next_op_at(NOW) == NOW + WAIT_LADDER[0], (
        "asked sooner, the server would be asked in vain"
    )


def test_without_an_answer_the_same_id_goes_again_later_and_later(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.NOTE_ADDED, NoteAdded("x"), made(1)))
    now = NOW
    for attempt, wait in enumerate([*WAIT_LADDER, WAIT_LADDER[-1]], start=1):
        [action] = store.central.next_ops(9, now)
        assert action.id == op.id
        store.central.settle([OpResult(op.id, "unknown", code="transient", params={"status": 503})], now)
        [row] = store.ops()
        assert (row.state, row.attempts, row.next_try_at) == (OpState.QUEUED, attempt, now + wait)
        assert (row.error_code, row.error_params) == ("transient", {"status": 503})
        assert store.central.next_ops(9, now + wait - 1) == []
        now += wait
    assert state_of(store, made(1)).notes == 1, "its effect stays in view all the while"


def test_being_offline_costs_no_attempt(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.NOTE_ADDED, NoteAdded("x"), made(1)))
    for _ in range(20):
        assert len(store.central.next_ops(9, NOW)) == 1
        store.central.settle([OpResult(op.id, "unknown", code="offline", costs_attempt=False)], NOW)
    [row] = store.ops()
    assert (row.attempts, row.next_try_at) == (0, NOW)
    store.central.settle([OpResult(op.id, "unknown", costs_attempt=False, retry_after=60_000)], NOW)
    assert store.ops()[0].next_try_at == NOW + 60_000


def test_the_ladder_spreads_by_at_most_a_fifth() -> None:
    assert next_try(1, 1_000) == 1_000 + WAIT_LADDER[0]
    assert next_try(0, 0) == WAIT_LADDER[0]
    assert next_try(99, 0, 0.999) < WAIT_LADDER[-1] * 1.2


def test_a_refused_op_loses_its_effect_and_blocks_nobody(store: Store) -> None:
    put(store, made(1))
    first = one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(1)))
    do(store, K.NOTE_ADDED, NoteAdded("x"), made(1))
    store.central.next_ops(9, NOW)
    applied = store.central.settle(
        [OpResult(first.id, "rejected", code="unknown_report", params={"n": 1})], NOW
    )
    assert applied.pks == (1,)
    state = state_of(store, made(1))
    assert (state.category, state.notes, state.pending) == (None, 1, 1)
    assert _states(store) == ["rejected", "queued"]
    assert len(store.central.next_ops(9, NOW)) == 1
    assert store.dismiss([first.id], NOW) == 1


def test_a_late_second_answer_changes_nothing(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.NOTE_ADDED, NoteAdded("x"), made(1)))
    central = Central()
    central.know([made(1)])
    [action] = store.central.next_ops(9, NOW)
    answer = central.ask(action)
    store.central.settle([answer], NOW)
    for late in (
        answer,
        OpResult(op.id, "rejected", code="x"),
        OpResult(op.id, "unknown"),
        central.ask(action),
    ):
        store.central.settle([late], NOW)
    assert _states(store) == ["confirmed"]
    assert state_of(store, made(1)).notes == 1
    assert store.central.settle([OpResult("no such op", "accepted")], NOW).pks == ()


def test_an_acceptance_that_shows_no_events_is_asked_again(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.NOTE_ADDED, NoteAdded("x"), made(1)))
    store.central.next_ops(9, NOW)
    store.central.settle([OpResult(op.id, "accepted")], NOW)
    assert _states(store) == ["queued"]
    assert state_of(store, made(1)).notes == 1


def test_a_lost_answer_is_made_good_by_the_log(store: Store) -> None:
    put(store, made(1))
    one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(1)))
    central = Central()
    central.know([made(1)])
    [action] = store.central.next_ops(9, NOW)
    central.ask(action)
    applied = store.central.apply_events(central.events, cursor=1, now=NOW)
    assert applied.confirmed_ops == (action.id,)
    assert _states(store) == ["confirmed"]
    state = state_of(store, made(1))
    assert (state.category, state.pending, state.seq) == ("flood", 0, 1)


def test_after_a_crash_what_was_on_its_way_goes_again_under_the_same_id(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.NOTE_ADDED, NoteAdded("x"), made(1)))
    store.central.next_ops(9, NOW)
    assert store.central.recover_sending(NOW) == 1
    assert [action.id for action in store.central.next_ops(9, NOW)] == [op.id]


def test_undo_takes_back_what_has_not_been_sent(store: Store) -> None:
    put(store, made(1))
    first = one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(1)))
    second = one(do(store, K.CATEGORY_SET, CategorySet("tree"), made(1)))
    assert store.undo([first.id], NOW) == [], "the second was built on it"
    assert state_of(store, made(1)).category == "tree"
    assert [row.id for row in store.undo([second.id, first.id], NOW)] == [first.id, second.id]
    row = store.rows([1], now=NOW)[1]
    assert (row.category, row.pending) == (None, False)
    assert store.central.next_ops(9, NOW) == []
    assert [row.id for row in store.redo([first.id], NOW + 5)] == [first.id]
    again = store.ops([OpState.QUEUED])[0]
    assert (again.order, again.at) == (3, NOW + 5)
    assert state_of(store, made(1)).category == "flood"
    store.central.next_ops(9, NOW + 5)
    assert store.undo([first.id], NOW) == [], "it may have left the machine"
    assert store.redo([first.id], NOW) == []


def test_redo_of_what_no_longer_fits_stays_withdrawn(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(1)))
    store.undo([op.id], NOW)
    put(store, made(1, category="tree", changed_at=T0 + 1))
    assert store.redo([op.id], NOW) == []
    assert _states(store) == ["withdrawn"]


def test_undo_of_many(store: Store) -> None:
    page = [made(n) for n in range(1, 700)]
    put(store, *page)
    done = do(store, K.CATEGORY_SET, CategorySet("flood"), *page).done
    assert len(store.undo([op.id for op in done], NOW)) == 699
    assert store.count(Filter(pending=True), now=NOW) == 0
    assert len(store.redo([op.id for op in done], NOW)) == 699


def _contradict(store: Store, central: Central) -> str:
    """Another desk has set a category that this one did not see."""
    put(store, made(1))
    central.know([made(1)])
    op = one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(1)))
    theirs = Event(
        event_id("other"), made(1).id, K.CATEGORY_SET, NOW, BUDI, CategorySet("tree"), action="other"
    )
    central._take([theirs])
    [action] = store.central.next_ops(9, NOW)
    answer = central.ask(action)
    assert answer.outcome == "conflict"
    store.central.settle([answer], NOW)
    store.central.apply_events(central.events, cursor=len(central.events), now=NOW)
    return op.id


def test_a_contradiction_goes_to_the_tray_with_three_values(store: Store) -> None:
    op_id = _contradict(store, Central())
    [row] = store.conflicts()
    assert (row.op_id, row.field, row.mine, row.theirs, row.base) == (
        op_id,
        "category",
        "flood",
        "tree",
        None,
    )
    assert (row.kind, row.external_id) == (K.CATEGORY_SET, "1")
    line = store.rows([1], now=NOW)[1]
    assert (line.category, line.conflict, line.pending) == ("tree", True, False)
    assert store.summary().conflicts == 1


def test_theirs_drops_mine_and_keeps_the_record(store: Store) -> None:
    op_id = _contradict(store, Central())
    store.resolve_conflict(op_id, "theirs", NOW, actor=ANI, randomness=os.urandom)
    assert store.conflicts() == []
    line = store.rows([1], now=NOW)[1]
    assert (line.category, line.conflict) == ("tree", False)
    assert _states(store) == ["withdrawn"]
    assert store.redo([op_id], NOW) == [], "it was sent, so it is not simply queued again"
    assert store.resolve_conflict(op_id, "mine", NOW, actor=ANI, randomness=os.urandom).done == ()


def test_mine_is_a_new_op_on_what_is_there_now(store: Store) -> None:
    central = Central()
    op_id = _contradict(store, central)
    op = one(store.resolve_conflict(op_id, "mine", NOW, actor=ANI, randomness=os.urandom))
    assert op.id != op_id
    assert op.payload == CategorySet("flood", base="tree")
    assert store.conflicts() == []
    assert not store.rows([1], now=NOW)[1].conflict
    [action] = store.central.next_ops(9, NOW)
    assert central.ask(action).outcome == "accepted"


def test_mine_that_cannot_be_done_any_more_keeps_waiting(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu", NOW + DAY), made(1)))
    store.central.next_ops(9, NOW)
    store.central.settle(
        [OpResult(op.id, "conflict", field="status", base="new", mine="paused", theirs="done")], NOW
    )
    result = store.resolve_conflict(op.id, "mine", NOW + 2 * DAY, actor=ANI, randomness=os.urandom)
    assert result.done == ()
    assert len(result.refused) == 1
    assert len(store.conflicts()) == 1
    with pytest.raises(ValueError, match="neither"):
        store.resolve_conflict(op.id, "both", NOW, actor=ANI, randomness=os.urandom)


def test_a_conflict_that_the_log_confirms_after_all_is_over(store: Store) -> None:
    put(store, made(1))
    op = one(do(store, K.CATEGORY_SET, CategorySet("flood"), made(1)))
    store.central.next_ops(9, NOW)
    store.central.settle([OpResult(op.id, "conflict", field="category", mine="flood", theirs="x")], NOW)
    event = Event(
        event_id(op.id), made(1).id, K.CATEGORY_SET, NOW, ANI, CategorySet("flood"), seq=1, action=op.id
    )
    store.central.apply_events([event], cursor=1, now=NOW)
    assert store.conflicts() == []
    assert _states(store) == ["confirmed"]
    assert not store.rows([1], now=NOW)[1].conflict


def test_what_was_settled_long_ago_is_forgotten_and_what_waits_never_is(store: Store) -> None:
    put(store, made(1), made(2))
    gone = one(do(store, K.NOTE_ADDED, NoteAdded("x"), made(1)))
    kept = one(do(store, K.NOTE_ADDED, NoteAdded("y"), made(2), hold_ms=KEPT_MS * 2))
    store.central.next_ops(9, NOW)
    store.central.settle([OpResult(gone.id, "rejected", code="x")], NOW)
    store.central.recover_sending(NOW + KEPT_MS)
    assert len(store.ops()) == 2
    store.central.recover_sending(NOW + KEPT_MS + 1)
    assert [row.id for row in store.ops()] == [kept.id]


def test_events_before_their_report_wait_for_it(store: Store) -> None:
    event = Event("e", made(1).id, K.CATEGORY_SET, NOW, BUDI, CategorySet("tree"), seq=1, action="a")
    assert store.central.apply_events([event], cursor=1, now=NOW).pks == ()
    put(store, made(1))
    assert state_of(store, made(1)).category == "tree"


def test_my_op_is_replayed_on_what_others_did_meanwhile(store: Store) -> None:
    put(store, made(1))
    do(store, K.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya"), made(1))
    other = Event(
        "e", made(1).id, K.ROUTING_SENT, NOW, BUDI, RoutingSent(MENTENG, "salah"), seq=1, action="a"
    )
    store.central.apply_events([other], cursor=1, now=NOW)
    state = state_of(store, made(1))
    assert (state.office, state.pending, state.seq) == (TEBET, 1, 1)
    detail = store.report(1)
    assert detail is not None
    assert [event.seq for event in detail.timeline] == [1, None]


def test_two_events_of_one_action_count_in_their_order(store: Store) -> None:
    put(store, made(1))
    from smartcity_desk.domain.events import Delivered, RoutingReturned
    from tests.domain.builders import LURAH

    log = [
        Event(
            "1", made(1).id, K.ROUTING_SENT, NOW, BUDI, RoutingSent(TEBET, "wilayahnya"), seq=1, action="1"
        ),
        Event("2", made(1).id, K.REPORT_DELIVERED, NOW, LURAH, Delivered(TEBET), seq=2, action="2"),
        Event(
            "3",
            made(1).id,
            K.ROUTING_RETURNED,
            NOW,
            LURAH,
            RoutingReturned(TEBET, "bukan"),
            seq=3,
            action="3",
        ),
    ]
    store.central.apply_events(log, cursor=3, now=NOW)
    assert store.count(Filter(returned=True), now=NOW) == 1
    do(store, K.ROUTING_SENT, RoutingSent(MENTENG, "ke Menteng"), made(1))
    detail = store.report(1)
    assert detail is not None
    assert [event.kind for event in detail.timeline[3:]] == [K.ROUTING_RETURN_ACCEPTED, K.ROUTING_SENT]
    assert (detail.state.office, detail.state.return_pending) == (MENTENG, False)
    assert store.count(Filter(returned=True), now=NOW) == 0


def test_pause_and_resume_before_anything_is_sent(store: Store) -> None:
    put(store, made(1))
    do(store, K.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu", NOW + DAY), made(1))
    assert store.rows([1], now=NOW)[1].paused
    do(store, K.CLOCK_RESUMED, Resumed("ada jawaban"), made(1), now=NOW + 1)
    assert not store.rows([1], now=NOW + 2)[1].paused


def test_the_directory_of_another_process_is_used_for_the_next_decision(store: Store) -> None:
    put(store, made(1))
    beside = Store.open(store.path, now=T0, policy=POLICY, migrate=False)
    before = store.data_version()
    wider = Directory.of(
        offices=DIRECTORY.offices.values(), categories=[Category("road", "Jalan", "road")], edition="next"
    )
    beside.set_directory(wider, "etag-2", NOW, policies=[replace(POLICY, response={})])
    beside.close()
    assert store.data_version() > before
    assert store.directory_etag() == "etag-2"
    assert one(do(store, K.CATEGORY_SET, CategorySet("road"), made(1))).state is OpState.QUEUED
    assert store.directory().edition == "next"
    assert store.rows([1], now=NOW)[1].due_at is None, "the new policy gives the unit no time"


def test_the_policy_of_another_process_is_used_although_the_directory_is_the_same(store: Store) -> None:
    put(store, made(1))
    beside = Store.open(store.path, now=T0, policy=POLICY, migrate=False)
    beside.set_directory(DIRECTORY, "etag-2", NOW, policies=[replace(POLICY, response={})])
    beside.close()
    do(store, K.CATEGORY_SET, CategorySet("tree"), made(1))
    assert store.law().book.at(NOW).response == {}
    assert store.rows([1], now=NOW)[1].due_at is None, "the line was folded by the policy in force"
