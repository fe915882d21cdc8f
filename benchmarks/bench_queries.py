"""A million reports: from a click on a saved view to its first page, all counts, a search, and the list of all ids."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from statistics import median
from typing import Final

from benchmarks import bigstore
from benchmarks.figure import Figure, Options
from smartcity_desk.domain.policy import DueBand
from smartcity_desk.domain.query import BUILTIN_VIEWS, Filter, Order, for_user
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind, Status
from smartcity_desk.domain.times import DAY
from smartcity_desk.store import Store
from smartcity_desk.store.engine import connect

NOW: Final = bigstore.NOW
PAGE: Final = 60
_COMPLAINT: Final = frozenset({ReportKind.COMPLAINT})

COMBINED: Final = {
    "two statuses": Filter(kinds=_COMPLAINT, statuses=frozenset({Status.ROUTED, Status.IN_PROGRESS})),
    "closed": Filter(statuses=frozenset({Status.DONE, Status.REJECTED})),
    "category, open": Filter(kinds=_COMPLAINT, statuses=OPEN_STATUSES, categories=frozenset({"banjir"})),
    "channel, day": Filter(channels=frozenset({"x"}), since=NOW - 40 * DAY, before=NOW - 39 * DAY),
    "south, overdue": Filter(
        kinds=_COMPLAINT,
        statuses=OPEN_STATUSES,
        area="31.74",
        due=frozenset({DueBand.OVERDUE}),
        order=Order.DUE,
    ),
    "one kelurahan": Filter(area="31.74.01.1001"),
    "office": Filter(office="31.74.01.1001"),
    "rare, oldest": Filter(
        channels=frozenset({"email"}),
        categories=frozenset({"banjir"}),
        statuses=frozenset({Status.REJECTED}),
        order=Order.OLDEST,
    ),
    "nothing fits": Filter(channels=frozenset({"no such channel"})),
}
"""Views that an operator may save; no index was made for any one of them."""

SEARCHES: Final = {
    "common word": Filter(text="banjir"),
    "rare word": Filter(text="peringatan"),
    "two words, open": Filter(text="banjir sampah", kinds=_COMPLAINT, statuses=OPEN_STATUSES),
    "phrase": Filter(text='"lampu mati"'),
    "prefix": Filter(text="gena*"),
    "no such word": Filter(text="tidakadakataini"),
}


def run(options: Options) -> list[Figure]:
    """Measure on a warm cache, as an operator's desk is after a minute."""
    reports = options.size(bigstore.MILLION)
    path = bigstore.ensure(reports)
    builtin = {view.key: for_user(view.filter, bigstore.USER) for view in BUILTIN_VIEWS}
    with closing(bigstore.open_at(path)) as store:
        control = _bare_page(store, options)
        views = {key: _first_page(store, view, options) for key, view in builtin.items()}
        combined = {key: _first_page(store, view, options) for key, view in COMBINED.items()}
        searches = {key: _first_page(store, view, options) for key, view in SEARCHES.items()}
        eleven = list(builtin.values())
        twenty = eleven + list(COMBINED.values())
        counts = _timed(lambda: store.counts(eleven, now=NOW), options)
        more_counts = _timed(lambda: store.counts(twenty, now=NOW), options)
        open_ids = _timed(lambda: store.ids(builtin["open"], now=NOW), options)
        all_ids = _timed(lambda: store.ids(Filter(), now=NOW), options)
        fresh = _timed(lambda: store.new_since(builtin["new"], reports - 500, now=NOW), options)
    return [
        Figure(
            "view change to first page, built-in views, worst",
            max(views.values()),
            "ms",
            100,
            control=control,
            control_name="one page of rows by primary key, plain sqlite3",
            details=views,
        ),
        Figure(
            "view change to first page, any combination, worst",
            max(combined.values()),
            "ms",
            300,
            control=control,
            control_name="one page of rows by primary key, plain sqlite3",
            details=combined,
        ),
        Figure("search, first page, worst", max(searches.values()), "ms", 150, details=searches),
        Figure("counts of the 11 built-in views", counts, "ms", 300),
        Figure("counts of 20 views", more_counts, "ms", 300),
        Figure("reports since the list was taken", fresh, "ms", 50),
        Figure("ids of all open reports", open_ids, "ms"),
        Figure(
            "ids of all reports", all_ids, "ms", 1000, note="off the interface thread, after the first page"
        ),
    ]


def _timed(call: Callable[[], object], options: Options) -> float:
    """The median in ms, after one call that warms the cache."""
    call()
    times: list[float] = []
    for _ in range(max(3, options.repeats)):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return median(times) * 1000


def _first_page(store: Store, view: Filter, options: Options) -> float:
    return _timed(lambda: store.page_first(replace(view), now=NOW, limit=PAGE), options)


def _bare_page(store: Store, options: Options) -> float:
    with closing(connect(store.path, writable=False)) as raw:
        sql = "SELECT * FROM report r JOIN report_state s ON s.pk = r.pk ORDER BY r.pk DESC LIMIT ?"
        return _timed(lambda: raw.execute(sql, (PAGE,)).fetchall(), options)
