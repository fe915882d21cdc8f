"""A late page of a channel changes what the channel says of a report, not what the unit has decided."""

from __future__ import annotations

from smartcity_desk.domain.events import (
    CompletionAnswered,
    EventKind,
    PauseCode,
    Paused,
    RejectCode,
    Reopened,
    ReportRejected,
)
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import Status
from smartcity_desk.store import Store, projection
from tests.domain.builders import POLICY, T0
from tests.store.helpers import HOUR, do, made, put, raw_of

LATE = T0 + 3 * HOUR


def standing(store: Store) -> tuple[Status, Status]:
    """The status here, and the source's."""
    detail = store.report(made(1).id)
    assert detail is not None
    [row] = store.page_first(Filter(), now=LATE)
    assert row.status is detail.state.status
    return detail.state.status, detail.report.source_status


def says(store: Store, status: Status, at: int = LATE) -> None:
    put(store, made(1, source_status=status, changed_at=at, state_raw=status.value), now=at)


def test_done_at_the_source_leaves_a_rejected_report_rejected(store: Store) -> None:
    put(store, made(1))
    do(store, EventKind.REPORT_REJECTED, ReportRejected(RejectCode.NOT_A_COMPLAINT), made(1))
    says(store, Status.DONE)
    assert standing(store) == (Status.REJECTED, Status.DONE)
    says(store, Status.NEW, LATE + 1)
    assert standing(store) == (Status.REJECTED, Status.NEW)


def test_a_report_that_was_taken_up_again_stays_open(store: Store) -> None:
    put(store, made(1, source_status=Status.DONE))
    do(store, EventKind.REPORT_REOPENED, Reopened("masih menumpuk"), made(1))
    for at, status in enumerate((Status.NEW, Status.DONE, Status.REJECTED), LATE):
        says(store, status, at)
        assert standing(store) == (Status.NEW, status)
        assert store.self_check()[-1].ok


def test_a_paused_report_is_not_closed_and_the_sources_word_is_there_to_be_seen(store: Store) -> None:
    put(store, made(1))
    until = T0 + 48 * HOUR
    do(store, EventKind.CLOCK_PAUSED, Paused(PauseCode.WAITING_REPORTER, "menunggu foto", until), made(1))
    says(store, Status.DONE)
    assert standing(store) == (Status.AWAITING_VERIFICATION, Status.DONE)
    assert store.self_check()[-1].ok
    do(store, EventKind.COMPLETION_ACCEPTED, CompletionAnswered(), made(1))
    says(store, Status.NEW, LATE + 1)
    assert standing(store) == (Status.DONE, Status.NEW)


def test_without_a_decision_the_source_speaks(store: Store) -> None:
    put(store, made(1))
    says(store, Status.DONE)
    assert standing(store) == (Status.DONE, Status.DONE)


def test_a_file_in_which_a_source_had_undone_a_decision_is_put_right(store: Store) -> None:
    put(store, made(1), made(2))
    do(store, EventKind.REPORT_REJECTED, ReportRejected(RejectCode.NOT_A_COMPLAINT), made(1))
    says(store, Status.DONE)
    path = store.path
    store.close()
    with raw_of(path) as raw:
        raw.execute("UPDATE report_state SET status = 'done' WHERE status = 'rejected'")
        raw.commit()
    again = Store.open(path, now=LATE, policy=POLICY)
    try:
        assert again.page_first(Filter(statuses=frozenset({Status.DONE})), now=LATE)
        with again._write() as raw:
            projection.refold_spoken_for(raw, again._rules)
        assert again.page_first(Filter(statuses=frozenset({Status.DONE})), now=LATE) == []
    finally:
        again.close()
