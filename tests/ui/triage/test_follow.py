"""A list with nothing under the hand takes new reports in by itself; any other list only says that they wait."""

from __future__ import annotations

from smartcity_desk.domain.events import EventKind, RejectCode, ReportRejected
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.ui.triage.screen import TriageScreen
from tests.ui.kit import OPERATOR, Kit, make_report, press, until
from tests.ui.triage.conftest import REPORTS, opened


def arrive(kit: Kit, first: int, last: int) -> None:
    kit.ingest([make_report(n) for n in range(first, last)])
    kit.desk.bridge.reports_changed.emit({"channel": "petabencana", "new": last - first})


def test_an_empty_view_fills_by_itself(kit: Kit) -> None:
    screen = opened(kit, "new")
    assert screen.center.teaching
    arrive(kit, 0, 50)
    until(lambda: screen.model.rowCount() == 50)
    kit.settle()
    assert not screen.center.teaching
    assert not screen.center.banner.isVisible()
    assert screen.view.currentIndex().row() == 0
    assert screen.view.hasFocus()
    until(lambda: screen.panel.detail is not None and screen.panel.detail.pk == screen.model.pk(0))
    arrive(kit, 50, 500)  # the first fill comes in pages: it stands on the newest report until it is full
    until(lambda: screen.model.rowCount() == 500)
    kit.settle()
    assert screen.view.currentIndex().row() == 0
    assert screen.view.verticalScrollBar().value() == 0
    screen.close()


def test_what_leaves_a_view_while_it_first_fills_leaves_the_list(kit: Kit) -> None:
    screen = opened(kit, "new")
    arrive(kit, 0, 30)
    until(lambda: screen.model.rowCount() == 30)
    kit.settle()
    row = screen.model.row_data(5)
    assert row is not None
    kit.desk.store.act(
        EventKind.REPORT_REJECTED,
        ReportRejected(RejectCode.SPAM, ""),
        [row.id],
        actor=OPERATOR,
        now=kit.now,
        randomness=kit.desk.randomness,
        fill_base=True,
    )
    kit.desk.bridge.reports_changed.emit(None)  # as when the central server's events come after the reports
    until(lambda: screen.model.rowCount() == 29)
    kit.settle()
    assert screen.view.currentIndex().row() == 0
    screen.close()


def test_the_report_on_show_stays_on_show_while_the_list_takes_in_around_it(
    triage: TriageScreen, kit: Kit
) -> None:
    looked_at = triage.view.current_pk()
    arrive(kit, REPORTS, REPORTS + 3)
    until(lambda: triage.model.rowCount() == REPORTS + 3)
    kit.settle()
    assert triage.view.current_pk() == looked_at
    assert triage.view.currentIndex().row() == 3
    assert triage.view.verticalScrollBar().value() == 0
    assert not triage.center.banner.isVisible()
    arrive(kit, REPORTS + 3, REPORTS + 40)  # more than fit above it: it would leave the screen
    until(triage.center.banner.isVisible)
    kit.settle()
    assert triage.model.rowCount() == REPORTS + 3
    assert triage.view.current_pk() == looked_at


def test_a_report_that_left_the_view_is_not_pulled_from_under_the_eyes(kit: Kit) -> None:
    kit.ingest([make_report(n) for n in range(10)])
    screen = opened(kit, "new")
    looked_at = screen.view.current_pk()
    screen.model.kept_back.connect(lambda: kept.append(True))
    kept: list[bool] = []
    screen.model.take_in(unless_gone=-1)
    until(lambda: bool(kept))
    kit.settle()
    assert not screen.model.busy
    assert (screen.model.rowCount(), screen.view.current_pk()) == (10, looked_at)
    screen.close()


def test_a_hand_on_the_list_makes_new_reports_wait(triage: TriageScreen, kit: Kit) -> None:
    press(triage.view, "J")
    arrive(kit, REPORTS, REPORTS + 1)
    until(triage.center.banner.isVisible)
    kit.settle()
    assert triage.model.rowCount() == REPORTS
    press(triage.view, "N")
    until(lambda: triage.model.rowCount() == REPORTS + 1)


def test_an_old_list_is_no_first_fill(kit: Kit) -> None:
    screen = opened(kit, "all")
    arrive(kit, 0, 10)
    until(lambda: screen.model.rowCount() == 10)
    kit.settle()
    kit.now += MINUTE
    arrive(kit, 10, 200)
    until(screen.center.banner.isVisible)
    kit.settle()
    assert screen.model.rowCount() == 10
    screen.close()
