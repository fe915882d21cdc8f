"""What was kept as long as it may be is erased; nothing that is open, contested or may still be a defence is."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.events import (
    CountedWindow,
    Delivered,
    Event,
    EventKind,
    IncidentChanged,
    MarkDecided,
    MarkRaised,
    Payload,
    RejectCode,
    ReportRejected,
    RoutingSent,
)
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.times import DAY
from smartcity_desk.store import Store
from smartcity_desk.store.keeping import Recheck
from tests.domain.builders import ANI, DIRECTORY, POLICY, T0, TEBET
from tests.store.helpers import made, put
from tests.store.test_erasing import _figures
from tests.store.test_replies import answered, take

K = EventKind
NOW = T0 + 400 * DAY
BEFORE = NOW - 30 * DAY
_numbers = itertools.count(1)


def happened(store: Store, subject: str, kind: EventKind, payload: Payload, at: int) -> None:
    number = next(_numbers)
    event = Event(ids.event_id(f"h{number}"), subject, kind, at, ANI, payload, number, f"h{number}")
    store.central.apply_events([event], cursor=number, now=NOW)


def closed(number: int, **changes: Any) -> Report:
    return made(number, source_status=Status.DONE, **changes)


def sweep(store: Store, before: int = BEFORE) -> set[str]:
    """The external ids of what is a tombstone afterwards."""
    place, more = None, True
    while more:
        step = store.keeping.expire("petabencana", place, before=before, now=NOW, limit=2)
        place, more = step.place, step.place is not None
    with store._read() as raw:
        return {
            name
            for (name,) in raw.execute(
                "SELECT r.external_id FROM erased e JOIN report r ON r.pk = e.report_pk"
            )
        }


def routed(store: Store, report: Report, at: int) -> str:
    """With Tebet Timur and rejected there in the end; the id of the segment."""
    happened(store, report.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya"), at)
    happened(store, report.id, K.REPORT_DELIVERED, Delivered(TEBET), at)
    happened(
        store, report.id, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, "bukan laporan"), at + 2 * DAY
    )
    detail = store.report(report.id)
    assert detail is not None
    return next(one.id for one in detail.segments if one.office == TEBET)


def test_what_is_closed_and_old_goes_and_what_is_open_stays(store: Store) -> None:
    put(store, closed(1), made(2), closed(3, reported_at=NOW - DAY), closed(4))
    take(store, answered(1), answered(1, about="404"))
    before = _figures(store)
    assert sweep(store) == {"1", "4"}
    assert _figures(store) == before
    detail = store.report(closed(1).id)
    assert detail is not None
    assert (detail.report.text, detail.report.expired_at, detail.replies[0].text) == ("", NOW, "")
    assert store.keeping.expire_loose("petabencana", before=BEFORE, now=NOW) == 1
    assert {reply.text for reply in store.central.unpushed_replies(9)} <= {""}


def test_what_goes_here_goes_nowhere_else(store: Store) -> None:
    put(store, closed(1))
    take(store, answered(1))
    store.central.mark_reports_pushed(store.central.unpushed_reports(9))
    store.central.mark_replies_pushed(store.central.unpushed_replies(9))
    sweep(store)
    assert store.central.unpushed_reports(9) == []
    assert store.central.unpushed_replies(9) == []
    store.central.apply_reports([closed(1, changed_at=NOW)], cursor="1", now=NOW)
    detail = store.report(closed(1).id)
    assert detail is not None
    assert detail.report.text == ""


def test_an_item_of_a_mark_that_is_not_over_stays(store: Store) -> None:
    store.set_directory(DIRECTORY, None, T0)
    put(store, made(1), made(2))
    kept, _ = routed(store, made(1), T0 + DAY), routed(store, made(2), T0 + DAY)
    mark = ids.mark_id(TEBET, NOW)
    window = CountedWindow(T0, T0 + 28 * DAY, (), (kept,))
    raised = MarkRaised(TEBET, (window,), POLICY.version, (), "0" * 64)
    happened(store, mark, K.MARK_RAISED, raised, NOW - 60 * DAY)
    assert sweep(store) == {"2"}
    happened(store, mark, K.MARK_DECIDED, MarkDecided("discarded", "tidak cukup"), NOW - DAY)
    assert sweep(store) == {"1", "2"}


def test_what_may_still_be_counted_against_an_office_stays(store: Store) -> None:
    put(store, made(1), made(2))
    routed(store, made(1), NOW - 80 * DAY)
    routed(store, made(2), NOW - 120 * DAY)
    assert sweep(store) == {"2"}


def test_an_incident_stays_whole_while_one_of_it_is_open(store: Store) -> None:
    put(store, closed(1), made(2), closed(3))
    incident = ids.event_id("incident")
    for report in (closed(1), made(2)):
        happened(store, report.id, K.INCIDENT_JOINED, IncidentChanged(incident), T0 + DAY)
    assert sweep(store) == {"3"}
    put(store, made(2, source_status=Status.DONE, changed_at=T0 + 5))
    assert sweep(store) == {"1", "2", "3"}


@settings(max_examples=15)
@given(st.lists(st.integers(1, 60), unique=True, max_size=40), st.integers(1, 7))
def test_a_walk_meets_every_item_once_newest_first(numbers: list[int], limit: int) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "d.sqlite3", now=T0, policy=POLICY)
        reports, replied = numbers[::2], numbers[1::2]
        put(store, *(made(number, reported_at=T0 + number % 5) for number in reports))
        take(store, *(answered(number, about="x") for number in replied))
        seen: list[str] = []
        place, more = None, True
        while more:
            found, place = store.keeping.ids("petabencana", place, limit=limit)
            seen += found
            more = place is not None
        times = [T0 + int(name) % 5 for name in seen[: len(reports)]]
        assert times == sorted(times, reverse=True)
        assert sorted(seen) == sorted([*map(str, reports), *(f"x-{number}" for number in replied)])
        store.close()


def test_where_asking_again_stands_lasts(store: Store) -> None:
    put(store, made(1))
    _, place = store.keeping.ids("petabencana", None, limit=1)
    state, _ = store.keeping.save(
        Recheck("petabencana", begun_at=T0, place=place, asked=1), gone=["1"], now=NOW
    )
    assert state.gone == 1
    assert store.keeping.rechecks() == [state]
    assert store.keeping.recheck("x") == Recheck("x")
