"""*Mungkin ganda*: pairs that wait for an operator, and everything that takes one off the list again."""

from __future__ import annotations

from dataclasses import replace

from smartcity_desk.domain.events import CourseRefused, EventKind, IncidentChanged, RejectCode, ReportRejected
from smartcity_desk.domain.query import BUILTIN_VIEWS, Filter, Order
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.store import Store
from smartcity_desk.store.twin_book import AT_ONCE
from tests.domain.builders import T0
from tests.store.helpers import do, made, one, put, raw_of
from tests.store.test_lookalikes import AGAIN, ELSEWHERE, HOLE, NOW, point

VIEW = next(view.filter for view in BUILTIN_VIEWS if view.key == "alike")
K = EventKind
THIRD = point(4, "lubang jalan Jl. Melati III RT 3/RW 5", north=8, channel="lapor")
INCIDENT = "0198f000-0000-7000-8000-000000000001"


def compare(store: Store, now: int = NOW) -> list[int]:
    """Compare until nothing waits."""
    found: list[int] = []
    while True:
        pks, more = store.twins.compare(now)
        if not more:
            return found
        found += pks


def shown(store: Store, wanted: Filter = VIEW) -> set[str]:
    found = {row.id for row in store.page_first(wanted, now=NOW, limit=100)}
    assert store.count(wanted, now=NOW) == len(found)
    return found


def refuse(store: Store, report: Report, *targets: str) -> str:
    offered = tuple(f"join:{target}" for target in targets)
    payload = CourseRefused(offered[0], 1, offered, "uji")
    return one(do(store, K.COURSE_REFUSED, payload, report)).id


def test_the_later_report_of_a_pair_waits_until_it_is_joined(store: Store) -> None:
    put(store, HOLE, AGAIN, ELSEWHERE)
    assert shown(store) == set()
    compare(store)
    assert shown(store) == {AGAIN.id}
    assert shown(store, replace(VIEW, alike=False)) == {HOLE.id, ELSEWHERE.id}
    joined = do(store, K.INCIDENT_JOINED, IncidentChanged(INCIDENT), HOLE, AGAIN)
    assert not joined.refused
    assert shown(store) == set()
    store.undo([op.id for op in joined.done], NOW)
    assert shown(store) == {AGAIN.id}


def test_three_of_one_thing_wait_until_all_are_together(store: Store) -> None:
    put(store, HOLE, AGAIN, THIRD)
    compare(store)
    assert shown(store) == {AGAIN.id, THIRD.id}
    do(store, K.INCIDENT_JOINED, IncidentChanged(INCIDENT), HOLE, AGAIN)
    assert shown(store) == {THIRD.id}
    do(store, K.INCIDENT_JOINED, IncidentChanged(INCIDENT), THIRD)
    assert shown(store) == set()


def test_a_refusal_is_remembered_whoever_says_it_and_taken_back_with_it(store: Store) -> None:
    put(store, HOLE, AGAIN)
    compare(store)
    from_later = refuse(store, AGAIN, HOLE.id)
    assert shown(store) == set()
    assert store.twins.refused(AGAIN.id) == {HOLE.id}
    assert store.twins.refused(HOLE.id) == {AGAIN.id}
    assert store.twins.of(HOLE.id, now=NOW) == ()
    from_earlier = refuse(store, HOLE, AGAIN.id)
    store.undo([from_later], NOW)
    assert shown(store) == set()
    store.undo([from_earlier], NOW)
    assert shown(store) == {AGAIN.id}


def test_a_refusal_from_before_the_comparison_counts_too(store: Store) -> None:
    put(store, HOLE, AGAIN)
    refuse(store, AGAIN, HOLE.id)
    compare(store)
    assert shown(store) == set()


def test_refusing_an_incident_refuses_all_that_is_in_it(store: Store) -> None:
    put(store, HOLE, AGAIN, THIRD)
    compare(store)
    do(store, K.INCIDENT_JOINED, IncidentChanged(INCIDENT), HOLE, AGAIN)
    refuse(store, THIRD, INCIDENT)
    assert shown(store) == set()


def test_what_is_closed_or_rejected_waits_for_nobody(store: Store) -> None:
    put(store, HOLE, AGAIN, THIRD)
    compare(store)
    do(
        store,
        K.REPORT_REJECTED,
        ReportRejected(RejectCode.SPAM, "iklan yang berulang", base=Status.NEW),
        HOLE,
    )
    assert shown(store) == {THIRD.id}
    do(
        store,
        K.REPORT_REJECTED,
        ReportRejected(RejectCode.SPAM, "iklan yang berulang", base=Status.NEW),
        THIRD,
    )
    assert shown(store) == set()


def test_what_was_here_before_is_compared_newest_first_and_what_comes_goes_before_it(store: Store) -> None:
    strangers = [made(100 + n, lat=None, lon=None, text=f"lain {n}") for n in range(2 * AT_ONCE)]
    put(store, HOLE, AGAIN, *strangers)
    assert store.twins.compare(NOW) == ([], True)
    put(store, THIRD)
    (third,) = store.pks_of([THIRD.id])
    assert store.twins.compare(NOW) == ([third], True)
    compare(store)
    assert shown(store) == {AGAIN.id, THIRD.id}
    assert store.twins.compare(NOW) == ([], False)


def test_what_a_source_says_anew_of_a_report_is_compared_anew(store: Store) -> None:
    put(store, HOLE, AGAIN, THIRD)
    compare(store)
    other = replace(AGAIN, text="Pohon tumbang menimpa kabel listrik di taman", changed_at=NOW)
    put(store, other, now=NOW)
    (again,) = store.pks_of([AGAIN.id])
    assert again in compare(store), "the line that lost its mark is drawn anew"
    assert shown(store) == {THIRD.id}, "the pair of the other two is as it was"
    put(store, replace(AGAIN, changed_at=NOW + HOUR), now=NOW + HOUR)
    compare(store)
    assert shown(store) == {AGAIN.id, THIRD.id}


def test_a_refusal_outlives_a_comparing_anew(store: Store) -> None:
    put(store, HOLE, AGAIN)
    compare(store)
    refuse(store, AGAIN, HOLE.id)
    put(store, replace(AGAIN, text=f"{AGAIN.text} dalam sekali", changed_at=NOW), now=NOW)
    compare(store)
    assert store.twins.refused(AGAIN.id) == {HOLE.id}
    assert shown(store) == set()


def test_a_revision_that_changes_nothing_of_what_is_compared_costs_no_comparison(store: Store) -> None:
    put(store, HOLE, AGAIN)
    compare(store)
    with raw_of(store.path) as raw:
        raw.execute("DELETE FROM twin")
        raw.commit()
    put(store, replace(AGAIN, source_status=Status.IN_PROGRESS, state_raw="proses", changed_at=NOW), now=NOW)
    assert compare(store) == []
    assert store.twins.compare(NOW) == ([], False)


def test_a_file_from_before_revisions_were_looked_at_begins_with_the_next_one(store: Store) -> None:
    put(store, HOLE, AGAIN)
    compare(store)
    put(store, replace(AGAIN, text="Pohon tumbang di taman", changed_at=NOW), now=NOW)
    with raw_of(store.path) as raw:
        raw.execute("UPDATE meta SET value = json_remove(value, '$.revised') WHERE key = 'twins'")
        raw.commit()
    assert compare(store) == []
    assert shown(store) == {AGAIN.id}
    put(store, replace(AGAIN, text="Pohon tumbang di taman kota", changed_at=NOW + 1), now=NOW)
    compare(store)
    assert shown(store) == set()


def test_old_pairs_of_closed_reports_go(store: Store) -> None:
    put(store, HOLE, AGAIN)
    compare(store)
    do(
        store,
        K.REPORT_REJECTED,
        ReportRejected(RejectCode.SPAM, "iklan yang berulang", base=Status.NEW),
        AGAIN,
    )
    later = made(7, reported_at=T0 + 70 * DAY)
    put(store, later)
    compare(store, now=T0 + 70 * DAY)
    with raw_of(store.path) as raw:
        assert raw.execute("SELECT count(*) FROM twin").fetchone() == (0,)


def test_a_report_that_is_taken_out_takes_its_pairs_along(store: Store) -> None:
    put(store, HOLE)
    store.enter(AGAIN, now=NOW, until=NOW + HOUR)
    compare(store)
    assert shown(store) == {AGAIN.id}
    assert store.take_out(AGAIN.id, NOW)
    assert shown(store) == set()
    assert all(row.ok for row in store.self_check())


def test_what_turns_private_or_loses_its_words_is_in_no_pair(store: Store) -> None:
    put(store, HOLE, AGAIN, THIRD)
    compare(store)
    put(store, replace(AGAIN, private=True, changed_at=NOW), now=NOW)
    assert shown(store) == {THIRD.id}
    store.ingest(THIRD.channel, [], checkpoint=None, now=NOW, gone=[THIRD.external_id])
    assert shown(store) == set()


def test_the_list_goes_with_every_order_and_with_words(store: Store) -> None:
    put(store, HOLE, AGAIN, THIRD)
    compare(store)
    for order in Order:
        assert shown(store, replace(VIEW, order=order)) == {AGAIN.id, THIRD.id}
    assert shown(store, replace(VIEW, text="lobang")) == {AGAIN.id}
    assert store.new_since(VIEW, 1, now=NOW) == 2
