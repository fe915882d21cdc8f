"""Filters as SQL: which index walks, in which order, and what is left to check on the way.

Every statement names its index. The wide ones hold all columns that a filter can ask about, so a rare combination
walks an index and never the table. Where a filter orders by due date, the reports with a running clock come first and
those without follow, newest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from smartcity_desk.domain.office import UPT
from smartcity_desk.domain.policy import SOON_MS, DueBand
from smartcity_desk.domain.query import Filter, Order, Presence
from smartcity_desk.domain.report import OPEN_STATUSES, ReportKind, Status
from smartcity_desk.store import news, twins
from smartcity_desk.store.search import match_query

_RUNNING: Final = frozenset({DueBand.OVERDUE, DueBand.SOON, DueBand.IN_TIME})
_NEWEST: Final = "s.reported_at DESC, s.pk DESC"
_OLDEST: Final = "s.reported_at, s.pk"


@dataclass(frozen=True, slots=True)
class Statement:
    """One walk: `FROM … WHERE …` without its select list, and the order of its rows; empty where `source` has one."""

    source: str
    where: str
    params: tuple[Any, ...]
    order: str

    def pks(self, limit: int | None = None) -> tuple[str, tuple[Any, ...]]:
        """The statement that gives pks in order, at most `limit`."""
        order = f" ORDER BY {self.order}" if self.order else ""
        sql = f"SELECT s.pk FROM {self.source} WHERE {self.where}{order}"
        return (sql, self.params) if limit is None else (f"{sql} LIMIT ?", (*self.params, limit))

    def count(self, cap: int | None = None) -> tuple[str, tuple[Any, ...]]:
        """The statement that counts, at most `cap`."""
        if cap is None:
            return f"SELECT count(*) FROM {self.source} WHERE {self.where}", self.params
        return (
            f"SELECT count(*) FROM (SELECT 1 FROM {self.source} WHERE {self.where} LIMIT ?)",
            (*self.params, cap),
        )


@dataclass(slots=True)
class _Where:
    parts: list[str]
    params: list[Any]

    def add(self, part: str, *params: Any) -> None:
        self.parts.append(part)
        self.params.extend(params)

    def one_of(self, column: str, values: Iterable[str]) -> None:
        ordered = sorted(values)
        if len(ordered) == 1:
            self.add(f"{column} = ?", ordered[0])
        else:
            self.add(f"{column} IN ({', '.join('?' * len(ordered))})", *ordered)


def walks(view: Filter, *, now: int) -> list[Statement]:
    """The walks that, one after another, give the filter's reports in its order."""
    if view.text.strip():
        return _search(view, now)
    if view.order is not Order.DUE:
        order = _NEWEST if view.order is Order.NEWEST else _OLDEST
        return [_walk(view, now, view.due, order, _index_for_order(view))]
    wanted = view.due or frozenset(DueBand)
    result: list[Statement] = []
    if wanted & _RUNNING:
        result.append(_walk(view, now, wanted & _RUNNING, "s.due_at, s.paused, s.pk", "ix_state_due"))
    if wanted - _RUNNING:
        still = wanted - _RUNNING
        result.append(_walk(view, now, still, _NEWEST, _index_for_order(view, still)))
    return result


def counting(view: Filter, *, now: int) -> Statement | None:
    """The cheapest walk that counts; None when the filter has no condition at all."""
    if view.text.strip():
        return _search(view, now)[0]
    if view == Filter(order=view.order):
        return None
    if view.due and view.due <= _RUNNING and _small_index(view, view.due) is None:
        return _walk(view, now, view.due, "", "ix_state_due")
    return _walk(view, now, view.due, "", _index_for_count(view))


def arrived_since(view: Filter, newest_pk: int, *, now: int) -> Statement:
    """The reports of the filter that arrived after one that the caller has seen."""
    if view.text.strip():
        found = _search(view, now)[0]
        return Statement(found.source, f"{found.where} AND s.pk > ?", (*found.params, newest_pk), "")
    where = _conditions(view, now, view.due)
    where.add("s.pk > ?", newest_pk)
    return Statement("report_state s NOT INDEXED", " AND ".join(where.parts), tuple(where.params), "")


_FOUND: Final = (
    "(SELECT rowid AS pk FROM report_fts WHERE report_fts MATCH ? UNION "
    "SELECT n.pk FROM reply_fts CROSS JOIN reply p ON p.pk = reply_fts.rowid JOIN report n ON n.id = p.report_id "
    "WHERE reply_fts MATCH ? AND n.private = 0 ORDER BY 1 {} LIMIT -1) found "
    "CROSS JOIN report_state s ON s.pk = found.pk"
)
"""Reports with all the words in their own text, or in one reply. The two lists are merged as they come, so that the
first page of a common word costs no more than its rows: the limit, which is none, keeps SQLite from dropping the order
inside, and a second order outside would gather all hits before the first."""
_FOUND_ORDER: Final = {Order.NEWEST: "", Order.OLDEST: "", Order.DUE: "s.due_at IS NULL, s.due_at, s.pk DESC"}
"""A search goes by order of arrival, which is the index's own; by time of report it would sort every hit."""


def _search(view: Filter, now: int) -> list[Statement]:
    match = match_query(view.text)
    if match is None:
        return [_nothing()]
    where = _conditions(view, now, view.due)
    source = _FOUND.format("ASC" if view.order is Order.OLDEST else "DESC")
    params = (match, match, *where.params)
    return [Statement(source, " AND ".join(where.parts) or "1", params, _FOUND_ORDER[view.order])]


def _nothing() -> Statement:
    return Statement("report_state s", "0", (), "s.pk")


def _walk(view: Filter, now: int, due: frozenset[DueBand], order: str, index: str) -> Statement:
    source = f"report_state s INDEXED BY {index}"
    if view.alike:
        # few at any moment: they are looked up and sorted, and no index is walked past all the others
        source = f"({twins.OPEN}) twin CROSS JOIN report_state s NOT INDEXED ON s.pk = twin.pk"
        view = replace(view, alike=None)
    elif view.unread:
        source = f"({news.UNREAD}) unread CROSS JOIN report_state s NOT INDEXED ON s.pk = unread.pk"
        view = replace(view, unread=None)
    where = _conditions(view, now, due, index)
    parts = where.parts or ["1"]
    return Statement(source, " AND ".join(parts), tuple(where.params), order)


def _index_for_order(view: Filter, due: frozenset[DueBand] | None = None) -> str:
    """The index whose order is the time of report and that has the fewest entries to pass over."""
    small = _small_index(view, view.due if due is None else due)
    if small is not None:
        return small
    if len(view.kinds) == 1 and len(view.statuses) == 1 and (_only_status(view) or _is_rare(view)):
        return "ix_state_status"
    return "ix_state_open" if _is_open(view) else "ix_state_time"


def _is_rare(view: Filter) -> bool:
    """Claimed completions and live traffic are few at any moment, whatever else is asked about them."""
    return view.statuses == {Status.AWAITING_VERIFICATION} or (
        view.kinds == {ReportKind.CONTEXT} and view.statuses == {Status.NEW}
    )


def _index_for_count(view: Filter) -> str:
    small = _small_index(view, view.due)
    if small is not None:
        return small
    if _only_status(view):
        return "ix_state_status" if view.kinds or view.statuses else "ix_state_time"
    return "ix_state_open" if _is_open(view) else "ix_state_time"


def _small_index(view: Filter, due: frozenset[DueBand]) -> str | None:
    """A partial index whose few entries hold everything that the filter can match."""
    if view.claimed_by is not None:
        return "ix_state_claim"
    if view.returned:
        return "ix_state_returned"
    if view.pending:
        return "ix_state_pending"
    if due == {DueBand.PAUSED}:
        return "ix_state_paused"
    if view.office is not None and view.office != UPT:
        return "ix_state_office"
    if view.doubtful and view.statuses and view.statuses <= OPEN_STATUSES:
        return "ix_state_doubt"
    return None


def _only_status(view: Filter) -> bool:
    """Whether kind, status and time are all that the filter asks about."""
    return view == Filter(
        kinds=view.kinds,
        statuses=view.statuses,
        joined=view.joined,
        since=view.since,
        before=view.before,
        order=view.order,
    )


def _is_open(view: Filter) -> bool:
    return bool(view.statuses) and view.statuses <= OPEN_STATUSES


def _conditions(view: Filter, now: int, due: frozenset[DueBand], index: str = "") -> _Where:
    where = _Where([], [])
    _kind_and_status(view, bool(due) and due <= _RUNNING, index, where)
    if view.channels:
        where.one_of("s.channel", view.channels)
    if view.categories:
        where.one_of("s.category", view.categories)
    _office_and_place(view, where)
    if view.claimed_by is not None:
        where.add("s.claimed_by = ? AND s.claim_until > ?", view.claimed_by, now)
    if view.returned is not None:
        where.add(f"s.return_pending = {int(view.returned)}")
    if view.pending is not None:
        where.add("s.pending > 0" if view.pending else "s.pending = 0")
    if view.doubtful is not None:
        where.add(f"s.place_doubt = {int(view.doubtful)}")
    if view.joined is not None:
        where.add("s.lead IS NOT NULL" if view.joined else "s.lead IS NULL")
    if view.alike is not None:
        where.add(f"s.pk {'' if view.alike else 'NOT '}IN ({twins.OPEN})")
    if view.unread is not None:
        where.add(f"s.pk {'' if view.unread else 'NOT '}IN ({news.UNREAD})")
    if view.since is not None:
        where.add("s.reported_at >= ?", view.since)
    if view.before is not None:
        where.add("s.reported_at < ?", view.before)
    if due and due != frozenset(DueBand):
        _due(due, now, where)
    return where


def _kind_and_status(view: Filter, running: bool, index: str, where: _Where) -> None:
    """What a due date implies is left out: the table's check says that only an open complaint has one.

    The status index wants values for both its leading columns, so that each pair is one range; the index of open
    reports wants its own condition.
    """
    by_status = index == "ix_state_status"
    if by_status or (
        0 < len(view.kinds) < len(ReportKind) and not (running and ReportKind.COMPLAINT in view.kinds)
    ):
        where.one_of("s.kind", [kind.value for kind in view.kinds or ReportKind])
    if by_status:
        where.one_of("s.status", [status.value for status in view.statuses or Status])
        return
    implied = running and view.statuses >= OPEN_STATUSES
    if index in ("ix_state_open", "ix_state_doubt") or (view.statuses == OPEN_STATUSES and not implied):
        where.add("s.is_open = 1")
    if view.statuses and view.statuses != OPEN_STATUSES and not implied:
        where.one_of("s.status", [status.value for status in view.statuses])


def _office_and_place(view: Filter, where: _Where) -> None:
    if view.office == UPT:
        # what nobody else holds is the unit's; traffic is nobody's
        where.add("s.office IS NULL AND s.kind = 'complaint'")
    elif view.office is not None:
        where.add("s.office = ?", view.office)
    if view.area is not None:
        # the code itself and everything below it; "/" is the character after "."
        where.add(
            "(s.place = ? OR (s.place >= ? AND s.place < ?))", view.area, f"{view.area}.", f"{view.area}/"
        )
    if view.place is not Presence.ANY:
        where.add("s.place IS NOT NULL" if view.place is Presence.WITH else "s.place IS NULL")


def _due(due: frozenset[DueBand], now: int, where: _Where) -> None:
    """Bands are ranges of the due date around `now`, and a clock that is paused at `now` is in none of them."""
    soon = now + SOON_MS
    alternatives: list[tuple[str, Sequence[int]]] = []
    runs = "s.paused <= ?"
    if due >= _RUNNING:
        alternatives.append((f"(s.due_at IS NOT NULL AND {runs})", (now,)))
    elif {DueBand.OVERDUE, DueBand.SOON} <= due:
        alternatives.append((f"(s.due_at <= ? AND {runs})", (soon, now)))
    elif {DueBand.SOON, DueBand.IN_TIME} <= due:
        alternatives.append((f"(s.due_at > ? AND {runs})", (now, now)))
    else:
        if DueBand.OVERDUE in due:
            alternatives.append((f"(s.due_at <= ? AND {runs})", (now, now)))
        if DueBand.SOON in due:
            alternatives.append((f"(s.due_at > ? AND s.due_at <= ? AND {runs})", (now, soon, now)))
        if DueBand.IN_TIME in due:
            alternatives.append((f"(s.due_at > ? AND {runs})", (soon, now)))
    if DueBand.PAUSED in due:
        alternatives.append(("(s.paused > 0 AND s.paused > ?)", (now,)))
    if DueBand.NONE in due:
        alternatives.append((f"({runs} AND s.due_at IS NULL)", (now,)))
    params = [value for _, values in alternatives for value in values]
    joined = " OR ".join(part for part, _ in alternatives)
    where.add(joined if len(alternatives) == 1 else f"({joined})", *params)
