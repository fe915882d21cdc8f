"""The bands that the file answers are the bands of the rules, at every moment of a pause and after it."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from smartcity_desk.domain import ids
from smartcity_desk.domain.events import EventKind, PauseCode, Paused
from smartcity_desk.domain.policy import DueBand, band
from smartcity_desk.domain.query import Filter, Order
from smartcity_desk.domain.times import HOUR
from smartcity_desk.store import Store
from tests.domain.builders import ANI, DIRECTORY, POLICY, T0, report


def test_a_pause_that_nobody_ends_comes_back_into_its_band_by_itself(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "desk.sqlite3", now=T0, policy=POLICY)
    store.set_directory(DIRECTORY, None, T0)
    reports = [
        report(id=ids.report_id("petabencana", str(n)), external_id=str(n), reported_at=T0 + n * HOUR)
        for n in range(10)
    ]
    store.ingest("petabencana", reports, checkpoint=None, now=T0)
    pause = Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", T0 + 20 * HOUR)
    chosen = [reports[n].id for n in (0, 3, 7)]
    done = store.act(
        EventKind.CLOCK_PAUSED,
        pause,
        chosen,
        actor=ANI,
        now=T0 + 8 * HOUR,
        randomness=os.urandom,
        fill_base=True,
    )
    assert not done.refused
    seen: set[DueBand] = set()
    for now in range(T0 + 8 * HOUR, T0 + 32 * HOUR, HOUR):
        rows = store.rows(list(store.ids(Filter(), now=now)), now=now).values()
        bands = {row.pk: band(row.due_at, row.paused, now) for row in rows}
        seen |= set(bands.values())
        for size in range(1, len(DueBand) + 1):
            for due in itertools.combinations(DueBand, size):
                wanted = {pk for pk, its in bands.items() if its in due}
                for order in Order:
                    view = Filter(due=frozenset(due), order=order)
                    found = list(store.ids(view, now=now))
                    assert set(found) == wanted, (now, due, order)
                    assert len(found) == len(wanted) == store.count(view, now=now)
    assert seen >= {DueBand.PAUSED, DueBand.OVERDUE, DueBand.SOON, DueBand.IN_TIME}
    store.close()
