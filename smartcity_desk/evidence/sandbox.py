"""The policy sandbox in words: the last 90 days under another policy, and every difference with what it opens to.

`domain.sandbox` compares; here the file is read and the rows get their names. Nothing is written: applying a policy is
two people's act, and it never looks back.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.sandbox import (
    DAYS,
    Difference,
    ItemChange,
    MarkChange,
    NoticeChange,
    Side,
    compare,
    under,
)
from smartcity_desk.domain.times import DAY
from smartcity_desk.evidence import words
from smartcity_desk.i18n import tr
from smartcity_desk.saying import date_time
from smartcity_desk.store import Store

OPENED: Final = 200
"""Reports behind one mark that are named; a mark rests on some dozens."""
SAID: Final = 700
"""So many differences of a sort (marks, items, notices) are put into words: more than anybody reads, and soon."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is `marked`, `unmarked`, `outcome`, `due`, `notice`, `no_notice` or `notice_time`.

    `before` and `after` are what both policies say, in words. `reports` are (number, id) of what it opens to: each
    report opens to its events.
    """

    kind: str
    office: str
    before: str
    after: str
    reports: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What would have been different: how many reports were looked at, and the changes, offices first.

    `changes` are the first `SAID` of each sort; `kinds` counts all of them.
    """

    reports: int
    difference: Difference
    kinds: Mapping[str, int]
    changes: tuple[Change, ...]

    def count(self, *kinds: str) -> int:
        """How many differences there are of some kinds."""
        return sum(self.kinds.get(kind, 0) for kind in kinds)

    @property
    def unsaid(self) -> int:
        """How many differences are in no words."""
        return sum(self.kinds.values()) - len(self.changes)


def try_policy(store: Store, policy: Policy, *, now: int) -> Tried:
    """The last 90 days under the present law and under `policy`. Blocks some seconds on a whole city."""
    law = store.law()
    reach = max(one.marking.window_days * one.marking.windows for one in (*law.book.versions, policy))
    with undisturbed():
        segments = store.offices.judged_segments(since=now - (DAYS + 7 + reach) * DAY)
        objected = store.offices.objected(now=now)
        found = compare(segments, law, under(law, policy), now, objected=objected)
    directory = law.directory
    by_segment = {one.id: one.report for one in segments}
    changes = [
        *(_mark(one, directory, by_segment) for one in found.marks[:SAID]),
        *(_item(one, directory) for one in found.items[:SAID]),
        *(_notice(one, directory) for one in found.notices[:SAID]),
    ]
    kinds = Counter(map(_mark_kind, found.marks))
    kinds.update(map(_item_kind, found.items))
    kinds.update(map(_notice_kind, found.notices))
    ids = {report for one in changes for _, report in one.reports}
    lines = store.offices.report_rows(sorted(ids), now=now)
    named = {name: words.number(line.report) for name, line in lines.items()}
    shown = tuple(
        replace(one, reports=tuple((named.get(report, ""), report) for _, report in one.reports))
        for one in changes
    )
    return Tried(len(set(by_segment.values())), found, kinds, shown)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nobody look for loops meanwhile: half a million objects come that have none, and each look costs as much."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _mark_kind(one: MarkChange) -> str:
    return "marked" if one.after is Finding.CANDIDATE else "unmarked"


def _item_kind(one: ItemChange) -> str:
    return "outcome" if one.outcome_changed else "due"


def _notice_kind(one: NoticeChange) -> str:
    return "notice" if one.before is None else "no_notice" if one.after is None else "notice_time"


def _mark(one: MarkChange, directory: Directory, by_segment: dict[str, str]) -> Change:
    reports = dict.fromkeys(by_segment[name] for name in one.segments[:OPENED] if name in by_segment)
    return Change(
        _mark_kind(one),
        words.office(one.office, directory),
        tr("evidence.sandbox.mark", at=date_time(one.at), finding=tr(f"paper.finding.{one.before.value}")),
        tr("evidence.sandbox.mark", at=date_time(one.at), finding=tr(f"paper.finding.{one.after.value}")),
        tuple(("", report) for report in reports),
    )


def _item(one: ItemChange, directory: Directory) -> Change:
    return Change(
        _item_kind(one),
        words.office(one.office, directory),
        _side(one.before),
        _side(one.after),
        (("", one.report),),
    )


def _side(side: Side | None) -> str:
    if side is None:
        return tr("evidence.sandbox.no_item")
    outcome = tr(f"paper.outcome.{side.outcome.value}")
    return tr("evidence.sandbox.outcome", outcome=outcome, due=date_time(side.due_at))


def _notice(one: NoticeChange, directory: Directory) -> Change:
    rung = words.office(one.to, directory)

    def said(at: int | None) -> str:
        return "–" if at is None else tr("evidence.sandbox.notice", office=rung, at=date_time(at))

    return Change(
        _notice_kind(one),
        words.office(one.holder, directory),
        said(one.before),
        said(one.after),
        (("", one.report),),
    )
