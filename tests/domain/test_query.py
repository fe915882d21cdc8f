"""Filters as values, and the views that every desk has."""

from __future__ import annotations

from smartcity_desk.domain.query import BUILTIN_VIEWS, ME, Filter, Order, for_user
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind

VIEWS = {view.key: view for view in BUILTIN_VIEWS}


def test_keys_are_unique_and_all_is_everything() -> None:
    assert len(VIEWS) == len(BUILTIN_VIEWS)
    assert all(view.builtin and not view.name for view in BUILTIN_VIEWS)
    assert VIEWS["all"].filter == Filter()


def test_work_views_show_complaints_only_and_traffic_shows_context_only() -> None:
    for key, view in VIEWS.items():
        kinds = {"all": frozenset[ReportKind](), "traffic": frozenset({ReportKind.CONTEXT})}
        assert view.filter.kinds == kinds.get(key, frozenset({ReportKind.COMPLAINT})), key


def test_a_shared_view_means_whoever_looks() -> None:
    assert for_user(VIEWS["mine"].filter, "ani").claimed_by == "ani"
    assert for_user(VIEWS["new"].filter, "ani") == VIEWS["new"].filter
    assert VIEWS["mine"].filter.claimed_by == ME


def test_dates_sort_where_dates_matter() -> None:
    assert {key for key, view in VIEWS.items() if view.filter.order is Order.DUE} == {"soon", "overdue"}
    for key in ("soon", "overdue", "returned", "no_place", "paused", "open"):
        assert VIEWS[key].filter.statuses == OPEN_STATUSES


def test_filters_are_values() -> None:
    assert hash(Filter(text="banjir")) == hash(Filter(text="banjir"))
    assert Filter(text="banjir") != Filter()
