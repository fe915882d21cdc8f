"""The policy sandbox: the last 90 days seen again under another policy, and every difference with its report.

Custody does not depend on the law, so the segments in the file are read once and their clocks worked out twice. Nothing
is written: applying a policy is two people's act, and it never looks back.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from smartcity_desk.domain.fairness import Finding, judge, windows
from smartcity_desk.domain.items import Item, Outcome, by_office, item, tally
from smartcity_desk.domain.ladder import Ways, climbs
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.policy import Policy, PolicyBook
from smartcity_desk.domain.times import DAY
from smartcity_desk.evidence import words
from smartcity_desk.i18n import tr
from smartcity_desk.saying import date_time
from smartcity_desk.store import Store

DAYS: Final = 90
WEEK: Final = 7 * DAY


_LATE: Final = frozenset({Outcome.SILENT, Outcome.SLOW})
"""What has passed its due date without an answer climbs; nothing else does."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is `marked`, `unmarked`, `outcome`, `notice` or `no_notice`; `report_id` opens its events.

    `before` and `after` are what both policies say, in words.
    """

    kind: str
    office: str
    report: str
    report_id: str
    before: str
    after: str
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What would have been different: counts of all, and the changes, offices first."""

    reports: int
    newly_marked: int
    no_longer_marked: int
    items_changed: int
    notices_more: int
    notices_fewer: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _World:
    """One side of the comparison."""

    law: Law
    items: dict[str, Item]
    notices: dict[str, str]
    marked: dict[str, int]


def under(law: Law, policy: Policy) -> Law:
    """The law with one policy for all times: what would have been if it had always been so."""
    book = PolicyBook([replace(policy, effective_from=0)])
    return Law(book, law.calendars, law.directory, law.exemptions)


def try_policy(
    store: Store, policy: Policy, *, now: int, told: Callable[[float], None] = lambda _: None
) -> Tried:
    """The last 90 days under the present law and under `policy`. Blocks some seconds on a whole city."""
    law = store.law()
    span = max(_reach(law.book.at(now)), _reach(policy))
    segments = store.offices.judged_segments(since=now - DAYS * DAY - span)
    objected = store.offices.objected(now=now)
    told(0.2)

    def world(of: Law) -> _World:
        found = {}
        for segment in segments:
            one = item(segment, of, now, objected)
            if one is not None:
                found[segment.id] = one
        return _World(of, found, _notices(found, of, now), _marked(found, of, now))

    present = world(law)
    told(0.6)
    tried = world(under(law, policy))
    told(0.9)
    changes = [*_marks(present, tried), *_outcomes(present, tried, now), *_told(present, tried)]
    names = {one.report_id for one in changes if one.report_id}
    lines = store.offices.report_rows(sorted(names), now=now)
    shown = tuple(
        replace(one, report=words.number(lines[one.report_id].report)) if one.report_id in lines else one
        for one in changes
    )
    told(1.0)
    return Tried(
        reports=len({segment.report for segment in segments}),
        newly_marked=sum(one.kind == "marked" for one in shown),
        no_longer_marked=sum(one.kind == "unmarked" for one in shown),
        items_changed=sum(one.kind == "outcome" for one in shown),
        notices_more=sum(one.kind == "notice" for one in shown),
        notices_fewer=sum(one.kind == "no_notice" for one in shown),
        changes=shown,
    )


def _reach(policy: Policy) -> int:
    return policy.marking.window_days * policy.marking.windows * DAY


def _marked(found: dict[str, Item], law: Law, now: int) -> dict[str, int]:
    """The offices that the rule would have named in the last 90 days, judged once a week, with the first instant."""
    marking = law.book.at(now).marking
    first: dict[str, int] = {}
    weeks = [(at, windows(at, marking)) for at in range(now - DAYS * DAY // WEEK * WEEK, now + 1, WEEK)]
    for office, items in by_office(found.values()).items():
        items.sort(key=lambda one: one.due_at)
        dues = [one.due_at for one in items]
        for at, spans in weeks:
            parts = [items[bisect_left(dues, since) : bisect_left(dues, until)] for since, until in spans]
            if min(len(part) for part in parts) < marking.least_n:
                continue
            if judge([tally(part) for part in parts], marking).finding is Finding.CANDIDATE:
                first[office] = at
                break
    return first


def _notices(found: dict[str, Item], law: Law, now: int) -> dict[str, str]:
    """The steps of the ladder in the last 90 days, each by its name, with the segment that it is about."""
    ways = Ways(law)
    return {
        climb.key: climb.segment
        for one in found.values()
        if one.excluded is None and not one.contested and one.outcome in _LATE
        for climb in climbs(one, law, ways, now)
        if climb.at >= now - DAYS * DAY
    }


def _marks(present: _World, tried: _World) -> list[Change]:
    directory = present.law.directory
    never = tr("evidence.sandbox.never")
    changes = []
    for office in sorted({*present.marked, *tried.marked}):
        was, would = present.marked.get(office), tried.marked.get(office)
        if (was is None) == (would is None):
            continue
        changes.append(
            Change(
                "marked" if was is None else "unmarked",
                words.office(office, directory),
                "",
                "",
                never if was is None else date_time(was),
                never if would is None else date_time(would),
            )
        )
    return changes


def _outcomes(present: _World, tried: _World, now: int) -> list[Change]:
    changes = []
    for name in sorted({*present.items, *tried.items}):
        was, would = present.items.get(name), tried.items.get(name)
        one = was or would
        assert one is not None
        if max(_due(was), _due(would)) < now - DAYS * DAY:
            continue
        if (None if was is None else was.outcome) is (None if would is None else would.outcome):
            continue
        changes.append(
            Change(
                "outcome",
                words.office(one.segment.office, present.law.directory),
                "",
                one.segment.report,
                _said(was),
                _said(would),
                name,
            )
        )
    return changes


def _due(one: Item | None) -> int:
    return 0 if one is None else one.due_at


def _said(one: Item | None) -> str:
    if one is None:
        return tr("evidence.sandbox.no_item")
    text = tr(f"paper.outcome.{one.outcome.value}")
    if one.outcome is Outcome.RUNNING:
        return text
    return tr("evidence.sandbox.outcome", outcome=text, due=date_time(one.due_at))


def _told(present: _World, tried: _World) -> list[Change]:
    changes = []
    for kind, here, there in (("notice", tried, present), ("no_notice", present, tried)):
        for key in sorted(here.notices.keys() - there.notices.keys()):
            segment = here.notices[key]
            held = here.items[segment].segment
            rung = words.office(key.rsplit("|", 1)[1], present.law.directory)
            changes.append(
                Change(
                    kind,
                    words.office(held.office, present.law.directory),
                    "",
                    held.report,
                    "" if kind == "notice" else rung,
                    rung if kind == "notice" else "",
                    segment,
                )
            )
    return changes
