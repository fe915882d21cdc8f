"""The policy sandbox (capability 25): the last 90 days once more, under the rules that held and under others.

Custody does not depend on the law, so a history is walked once and its clocks are worked out twice. Both sides are
judged with what is known today: an exclusion that came later counts from the beginning on both, and the office-holder
is the one of each judgement. What a side would have told is what its ladder tells from empty boxes, so that only the
rules make a difference. Every row names the segment it is about and the events that made it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import Final, NamedTuple

from smartcity_desk.domain.clock import Clock, clock
from smartcity_desk.domain.custody import Excluded, Origin, Segment, Stay, walk_offices
from smartcity_desk.domain.events import Event, ExclusionCode
from smartcity_desk.domain.fairness import Finding, Tally, judge, most_on_time, prior_of, spans, windows
from smartcity_desk.domain.figures import judging_policy
from smartcity_desk.domain.fold import canonical
from smartcity_desk.domain.items import (
    NEW_HOLDER,
    NO_OBJECTIONS,
    Item,
    Objected,
    Outcome,
    excluded_by,
    his,
    outcome_of,
)
from smartcity_desk.domain.ladder import Climb, Ways, climbs, minute_of, schedule
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.policy import Policy, PolicyBook, Rung
from smartcity_desk.domain.times import DAY

DAYS: Final = 90
RHYTHM_DAYS: Final = 7
"""A judgement each week, always at the same Jakarta midnight."""
_MONDAY: Final = 4
"""Days after the epoch's Thursday."""


class Side(NamedTuple):
    """An item under one of the laws: when the answer was due, what it counts as, and why it does not count."""

    due_at: int
    outcome: Outcome
    excluded: ExclusionCode | None


class ItemChange(NamedTuple):
    """A segment that is something else under the other law. None = no item there: it left before it was due.

    `events` opened it, delivered it, and answered it, as far as they happened.
    """

    segment: str
    report: str
    office: str
    events: tuple[str, ...]
    before: Side | None
    after: Side | None

    @property
    def outcome_changed(self) -> bool:
        """Whether it counts as something else."""
        before, after = self.before, self.after
        return before is None or after is None or before[1:] != after[1:]


class MarkChange(NamedTuple):
    """An office that one law would have made a candidate at a judgement (ms UTC) and the other not.

    Tallies are those of each law's windows, oldest first. `segments` make the difference: counted, timely, or in
    another window under one of the laws only; none where the rule itself is another.
    """

    at: int
    office: str
    before: Finding
    after: Finding
    before_tallies: tuple[Tally, ...]
    after_tallies: tuple[Tally, ...]
    segments: tuple[str, ...]


class NoticeChange(NamedTuple):
    """A step of the ladder that was told under one law only, or at another time. None = never.

    With `needs_person` it is the time at which somebody would have been asked.
    """

    key: str
    segment: str
    report: str
    holder: str
    to: str
    rung: Rung
    needs_person: bool
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What one law came to in the period. `marked` are (judgement, office), `notices` and `proposals` count steps."""

    on_time: int
    slow: int
    silent: int
    excluded: int
    marked: tuple[tuple[int, str], ...]
    notices: int
    proposals: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The last days under two laws, `before` the present one. Items by due date, marks by time, notices by time."""

    since: int
    now: int
    judged_at: tuple[int, ...]
    before: Totals
    after: Totals
    items: tuple[ItemChange, ...]
    marks: tuple[MarkChange, ...]
    notices: tuple[NoticeChange, ...]


def under(law: Law, policy: Policy) -> Law:
    """The law in which a policy had always held: what a sandbox tries."""
    return Law(PolicyBook([policy]), law.calendars, law.directory, law.exemptions)


def replay(
    histories: Iterable[tuple[Origin, Sequence[Event]]],
    present: Law,
    tried: Law,
    now: int,
    *,
    objected: Objected = NO_OBJECTIONS,
    days: int = DAYS,
) -> Difference:
    """The last days of these reports under both laws. Events may come in any order."""
    found = (segment for origin, events in histories for segment in walk_offices(origin, _ordered(events)))
    return compare(found, present, tried, now, objected=objected, days=days)


def _ordered(events: Sequence[Event]) -> Sequence[Event]:
    """Events in canonical order; those of a log are so already, and there are hundreds of thousands of them."""
    last = 0
    for event in events:
        seq = event.seq
        if seq is None or seq <= last:
            return canonical(events)
        last = seq
    return events


def compare(
    segments: Iterable[Segment],
    present: Law,
    tried: Law,
    now: int,
    *,
    objected: Objected = NO_OBJECTIONS,
    days: int = DAYS,
) -> Difference:
    """`replay` for segments that are known already; both laws have the same directory."""
    since = now - days * DAY
    first, second = _Replay(present, since, now, objected), _Replay(tried, since, now, objected)
    changes = _weigh(segments, first, second)
    judged_at = judgements(since, now)
    marked, would = first.marked(judged_at), second.marked(judged_at)
    told, heard = first.told(), second.told()
    return Difference(
        since,
        now,
        judged_at,
        first.totals(marked, told),
        second.totals(would, heard),
        tuple(changes),
        tuple(_mark_change(at, office, first, second) for at, office in sorted(marked ^ would)),
        _notice_changes(told, heard),
    )


def judgements(since: int, now: int) -> tuple[int, ...]:
    """The Jakarta midnights between Sunday and Monday in (since, now], oldest first."""
    today = spans(now, 1, 1)[0][1]
    weekday = (-(-today // DAY) - _MONDAY) % RHYTHM_DAYS
    newest = today - weekday * DAY
    count = (newest - since - 1) // (RHYTHM_DAYS * DAY) + 1 if newest > since else 0
    return tuple(newest - k * RHYTHM_DAYS * DAY for k in range(count - 1, -1, -1))


# ---------------------------------------------------------------- items


def _weigh(segments: Iterable[Segment], first: _Replay, second: _Replay) -> list[ItemChange]:
    """Put every segment into both replays; the rows of those that differ in the period, by due date."""
    changes: list[tuple[int, str, ItemChange]] = []
    hold = Stay.HOLD
    scored = {code for code in first.law.directory.offices if first.law.scored(code)}
    for segment in segments:
        if segment.stay is not hold or segment.delivered_at is None or segment.office not in scored:
            continue
        mine, other = clock(segment, first.law), clock(segment, second.law)
        label = first.label(segment, mine)
        same = mine.due_at == other.due_at and mine.allowance == other.allowance and mine.stops == other.stops
        against = label if same else second.label(segment, other, label)
        if label is not None:
            first.take(segment, mine, *label)
        if against is not None:
            second.take(segment, other, *against)
        if same or (label is None and against is None):
            continue
        due = mine.due_at if label is not None else other.due_at
        assert due is not None
        before, after = _side(mine, label), _side(other, against)
        if first.since <= due <= first.now and before != after:
            row = ItemChange(segment.id, segment.report, segment.office, _events(segment), before, after)
            changes.append((due, segment.id, row))
    changes.sort()
    return [row for _, _, row in changes]


_Label = tuple[Outcome, Excluded | None]


def _side(found: Clock, label: _Label | None) -> Side | None:
    if label is None:
        return None
    outcome, excluded = label
    assert found.due_at is not None
    return Side(found.due_at, outcome, None if excluded is None else excluded.code)


def _events(segment: Segment) -> tuple[str, ...]:
    events = (segment.opened_by, segment.delivered_by, segment.responded_by or segment.closed_by)
    return tuple([one for one in events if one is not None])


_Row = tuple[int, str, bool, int | None, int, int | None]
"""What a judgement needs of an item that may count: when it was due, its segment, whether the answer came in time, when
a late one came, when the clock began, when the answer came. A plain tuple, because there are tens of thousands.
"""
_SEGMENT: Final = 1
_TIMELY: Final = 2
_SLOW_AT: Final = 3
_STARTS_AT: Final = 4
_ANSWERED_AT: Final = 5


class _Replay:
    """One law's side of the period: what counts, who is marked, what is told."""

    def __init__(self, law: Law, since: int, now: int, objected: Objected) -> None:
        self.law: Final = law
        self.since: Final = since
        self.now: Final = now
        self._objected = objected
        self._rows: dict[str, list[_Row]] = {}
        self._offices: dict[str, _Office] = {}
        self._late: list[Item] = []
        self._counts = dict.fromkeys(Outcome, 0)
        self._excluded = 0

    def label(self, segment: Segment, found: Clock, known: _Label | None = None) -> _Label | None:
        """What a segment counts as, and why not; None when it is no item. `known` is its label under another law."""
        outcome = outcome_of(segment, found, self.law, self.now)
        if outcome is None:
            return None
        if known is not None and segment.responded_at is not None:
            return outcome, known[1]  # decided by its answer, whenever it was due
        return outcome, excluded_by(segment, found, self.law, self.now, self._objected)

    def take(self, segment: Segment, found: Clock, outcome: Outcome, excluded: Excluded | None) -> None:
        """Take an item in."""
        if segment.id in self._objected.contested:
            return
        due, starts, answered = found.due_at, found.starts_at, segment.responded_at
        assert due is not None
        assert starts is not None
        if self.since <= due < self.now:
            if excluded is None:
                self._counts[outcome] += 1
            else:
                self._excluded += 1
        if excluded is None or excluded.reason == NEW_HOLDER:
            timely = outcome is Outcome.ON_TIME
            slow_at = answered if outcome is Outcome.SLOW else None
            row = (due, segment.id, timely, slow_at, starts, answered)
            self._rows.setdefault(segment.office, []).append(row)
        if due <= self.now and (answered is None or answered > due):
            empty = segment.refused_at is not None
            self._late.append(Item(segment, found, outcome, empty, excluded, False, 0, None))

    def totals(self, marked: set[tuple[int, str]], told: Mapping[str, tuple[int, Climb]]) -> Totals:
        """What the law came to."""
        counts = self._counts
        automatic = sum(step.automatic for _, step in told.values())
        return Totals(
            counts[Outcome.ON_TIME],
            counts[Outcome.SLOW],
            counts[Outcome.SILENT],
            self._excluded,
            tuple(sorted(marked)),
            automatic,
            len(told) - automatic,
        )

    # ------------------------------------------------------------ judgements

    def marked(self, judged_at: Sequence[int]) -> set[tuple[int, str]]:
        """The judgements and the offices for which the rule holds in every window then."""
        self._offices = {
            office: _Office(rows, self.law, office) for office, rows in sorted(self._rows.items())
        }
        return {(at, office) for at in judged_at for office in self._candidates(at)}

    def _candidates(self, at: int) -> Iterator[str]:
        marking = judging_policy(self.law, at).marking
        prior, parts = prior_of(marking), windows(at, marking)
        for name, office in self._offices.items():
            for window in parts:
                n, timely = office.sums(window, at)
                if n < marking.least_n:
                    break
                most = most_on_time(n, prior, marking.target_percent)
                if most is None or timely > most:
                    break
            else:
                yield name

    def windows(self, name: str, at: int) -> list[list[_Row]]:
        """What counts in each window of an office at a judgement, oldest first."""
        marking = judging_policy(self.law, at).marking
        office = self._offices.get(name)
        return [[] if office is None else office.counted(window, at) for window in windows(at, marking)]

    def finding(self, parts: Sequence[Sequence[_Row]], at: int) -> tuple[Finding, tuple[Tally, ...]]:
        """What the rule says of these windows, with their tallies."""
        tallies = tuple(_tally(part, at) for part in parts)
        return judge(tallies, judging_policy(self.law, at).marking).finding, tallies

    # ------------------------------------------------------------ notices

    def told(self) -> dict[str, tuple[int, Climb]]:
        """Every step that is told in the period, and when; for those above a camat, when a person is asked."""
        start, end = minute_of(self.since), minute_of(self.now)
        ways = Ways(self.law)
        over: dict[str, int] = {}
        plain: dict[str, list[Climb]] = {}
        found: dict[str, tuple[int, Climb]] = {}
        for one in self._late:
            until = _climbs_until(one)
            for step in climbs(one, self.law, ways, min(end, until - 1)):
                if step.at < start:
                    continue
                if step.automatic and not step.urgent:
                    over[step.key] = until
                    plain.setdefault(step.to, []).append(step)
                else:
                    found[step.key] = (step.at, step)
        for office, steps in plain.items():
            for digest in schedule(
                office, steps, (), self.law, start, end, lambda step, at: over[step.key] > at, lambda *_: None
            ):
                for step in digest.climbs:
                    found[step.key] = (digest.at, step)
        return found


_ENDLESS: Final = 1 << 62


def _climbs_until(one: Item) -> int:
    """When an item stopped to climb: answered, gone, or excluded."""
    segment, excluded = one.segment, one.excluded
    ends = (segment.responded_at, segment.until, None if excluded is None else excluded.at)
    return min((at for at in ends if at is not None), default=_ENDLESS)


class _Office:
    """One office's rows by due date, with running sums over them, as long as nobody else came to hold it."""

    __slots__ = ("_dues", "_law", "_name", "_rows", "_sums", "_turns")

    def __init__(self, rows: list[_Row], law: Law, name: str) -> None:
        rows.sort(key=itemgetter(0, 1))
        self._rows = rows
        self._law = law
        self._name = name
        self._dues = [row[0] for row in rows]
        self._sums = list(accumulate((row[_TIMELY] for row in rows), initial=0))
        earliest = min(row[_STARTS_AT] for row in rows)
        ends = {at for one in law.tenures(name) for at in (one.valid_from, one.valid_to)}
        self._turns = sorted(at for at in ends if at is not None and at > earliest)

    def sums(self, window: tuple[int, int], at: int) -> tuple[int, int]:
        """How many count in a window at a judgement, and how many of them were in time."""
        if not self._turns or self._turns[0] > at:
            low, high = bisect_left(self._dues, window[0]), bisect_left(self._dues, window[1])
            return high - low, self._sums[high] - self._sums[low]
        rows = self.counted(window, at)
        return len(rows), sum(row[_TIMELY] for row in rows)

    def counted(self, window: tuple[int, int], at: int) -> list[_Row]:
        """The rows that count in a window at a judgement: what a former holder left is not in it."""
        rows = self._rows[bisect_left(self._dues, window[0]) : bisect_left(self._dues, window[1])]
        holder = self._law.holder(self._name, at)
        turned = bisect_right(self._turns, at)
        if holder is None or not turned:
            return rows
        return [
            row
            for row in rows
            if bisect_right(self._turns, row[_STARTS_AT]) == turned
            or his(self._name, holder, row[_STARTS_AT], _decided(row, at), self._law)
        ]


def _decided(row: _Row, at: int) -> int:
    answered = row[_ANSWERED_AT]
    return answered if answered is not None and answered <= at else row[0]


def _tally(part: Sequence[_Row], at: int) -> Tally:
    timely = sum(row[_TIMELY] for row in part)
    late = [row[_SLOW_AT] for row in part]
    slow = sum(answered is not None and answered <= at for answered in late)
    return Tally(len(part), timely, len(part) - timely - slow, slow)


def _mark_change(at: int, office: str, first: _Replay, second: _Replay) -> MarkChange:
    mine, other = first.windows(office, at), second.windows(office, at)
    before, before_tallies = first.finding(mine, at)
    after, after_tallies = second.finding(other, at)
    differing = sorted(_places(mine) ^ _places(other))
    segments = tuple(dict.fromkeys(name for name, *_ in differing))
    return MarkChange(at, office, before, after, before_tallies, after_tallies, segments)


def _places(parts: Sequence[Sequence[_Row]]) -> set[tuple[str, int, bool]]:
    return {
        (row[_SEGMENT], number, row[_TIMELY]) for number, part in enumerate(reversed(parts)) for row in part
    }


# ---------------------------------------------------------------- rows


def _notice_changes(
    told: Mapping[str, tuple[int, Climb]], heard: Mapping[str, tuple[int, Climb]]
) -> tuple[NoticeChange, ...]:
    rows = []
    for key in told.keys() | heard.keys():
        mine, other = told.get(key), heard.get(key)
        before, after = None if mine is None else mine[0], None if other is None else other[0]
        known = mine or other
        if before == after or known is None:
            continue
        step = known[1]
        rows.append(
            NoticeChange(
                key,
                step.segment,
                step.report,
                step.holder,
                step.to,
                step.rung,
                not step.automatic,
                before,
                after,
            )
        )
    rows.sort(key=lambda row: (row.before or row.after or 0, row.key))
    return tuple(rows)
