"""Joining 300 reports and taking them apart again, in a file of the size that is promised."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import citystore
from benchmarks.figure import Figure, Options, middle
from smartcity_desk.domain.events import Actor, EventKind, IncidentChanged, Role
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.query import Filter
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind
from smartcity_desk.store import Store

K = EventKind
SARI: Final = Actor("sari", Role.OPERATOR)
MEMBERS: Final = 300
ROUNDS: Final = 5


def run(options: Options) -> list[Figure]:
    """Join the oldest open reports of the training city, look at the items, and separate them."""
    path = citystore.ensure(options.scale)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "desk.sqlite3"
        shutil.copyfile(path, copy)
        store = citystore.open_at(copy)
        try:
            return _measured(store, max(2, round(MEMBERS * min(1.0, options.scale * 4))))
        finally:
            store.close()


def _measured(store: Store, members: int) -> list[Figure]:
    now = citystore.NOW
    wanted = Filter(kinds=frozenset({ReportKind.COMPLAINT}), statuses=OPEN_STATUSES, joined=False)
    rows = [row for row in store.page_first(wanted, now=now, limit=2 * members) if not row.members]
    ids = [row.id for row in rows][:members]
    plans, joins, apart, figures = [], [], [], []
    before = store.offices.city_figures(now=now)
    for _ in range(ROUNDS):
        since = time.perf_counter()
        plan = store.join_plan(ids)
        plans.append(time.perf_counter() - since)
        incident = time_ordered_id(now, os.urandom(10))
        since = time.perf_counter()
        done = store.act(
            K.INCIDENT_JOINED,
            IncidentChanged(incident, "tempat dan waktu sama"),
            plan.reports,
            actor=SARI,
            now=now,
            randomness=os.urandom,
            fill_base=True,
        )
        joins.append(time.perf_counter() - since)
        assert len(done.done) == len(plan.reports) >= len(ids) - 1, done.refused[:3]
        since = time.perf_counter()
        store.offices.objected(now=now)
        figures.append(time.perf_counter() - since)
        since = time.perf_counter()
        store.act(
            K.INCIDENT_SEPARATED,
            IncidentChanged(""),
            ids,
            actor=SARI,
            now=now,
            randomness=os.urandom,
            fill_base=True,
        )
        apart.append(time.perf_counter() - since)
    assert store.offices.city_figures(now=now) == before, "what was joined and separated counts as before"
    name = f"{len(ids)} reports"
    return [
        Figure(f"join {name}", middle(joins) * 1000, "ms", target=1000),
        Figure(f"separate {name}", middle(apart) * 1000, "ms", target=1000),
        Figure(f"plan a join of {name}", middle(plans) * 1000, "ms", target=100),
        Figure("what follows, for the figures", middle(figures) * 1000, "ms"),
    ]
