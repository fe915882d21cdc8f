"""The two ladders (capability 12): who is told of what nobody answered, when, and what needs a person's word first.

A pure function of open items, the law, and what each box was told already. Steps count from the due date, in time that
no pause or declared event takes away. Everything stands on whole minutes: whoever looks once a minute sends exactly
what the forecast listed. A step has one name for ever (`outward.notice_key`), so restarts, clock changes and double
runs tell nothing twice; what could not go at its time goes at the next, so they miss nothing either.
"""

from __future__ import annotations

import hashlib
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from smartcity_desk.domain.clock import Stop, merged
from smartcity_desk.domain.events import NoticeSent
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.items import NEW_HOLDER, Item, item
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import OfficeLevel
from smartcity_desk.domain.outward import InboxState, free_from, notice_key
from smartcity_desk.domain.policy import AUTOMATIC_RUNGS, Policy, Rung
from smartcity_desk.domain.times import DAY, MINUTE

_TERRITORIAL: Final = frozenset({OfficeLevel.KELURAHAN, OfficeLevel.KECAMATAN, OfficeLevel.KOTA})
_LEVELS: Final = {
    Rung.KECAMATAN: OfficeLevel.KECAMATAN,
    Rung.KOTA: OfficeLevel.KOTA,
    Rung.DINAS: OfficeLevel.DINAS,
}
NO_BOXES: Final[Mapping[str, InboxState]] = {}
NO_OBJECTIONS: Final[Mapping[str, int]] = {}


class Climb(NamedTuple):
    """One step of one segment: `to` is told at `at` (ms UTC, a whole minute) at the earliest. `key` is its name."""

    at: int
    to: str
    rung: Rung
    segment: str
    report: str
    holder: str
    urgent: bool
    automatic: bool
    key: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What one office (or SEKDA, ASISTEN, GUBERNUR) is told at `at`, in one notice.

    With `needs_person` it is a proposal: it goes when a supervisor says so, and `at` is when it can be asked for.
    """

    office: str
    at: int
    urgent: bool
    needs_person: bool
    climbs: tuple[Climb, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of its steps."""
        return tuple(one.key for one in self.climbs)

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments it tells of, each once."""
        return tuple(dict.fromkeys(one.segment for one in self.climbs))

    @property
    def id(self) -> str:
        """The id of the action that sends it at `at`: two runs in one minute ask for the very same thing."""
        said = "\x1f".join((self.office, "!" if self.urgent else "", *self.keys))
        return time_ordered_id(self.at, hashlib.blake2b(said.encode(), digest_size=10).digest())

    def notice(self) -> NoticeSent:
        """What the action says."""
        return NoticeSent(self.office, self.keys, self.segments, self.urgent)


# ---------------------------------------------------------------- steps


class Way(NamedTuple):
    """One rung above an office: who stands on it, how long after the due date, and the end of the step's key."""

    to: str
    rung: Rung
    after: int
    automatic: bool
    suffix: str


class Ways:
    """The rungs above each office under each policy, looked up once."""

    __slots__ = ("_known", "_law")

    def __init__(self, law: Law) -> None:
        self._law = law
        self._known: dict[tuple[str, int], tuple[Way, ...]] = {}

    def above(self, office: str, policy: Policy) -> tuple[Way, ...]:
        """The rungs of an office's ladder, lowest first, without those on which nobody stands or it does itself."""
        name = (office, policy.effective_from)
        found = self._known.get(name)
        if found is None:
            territorial = self._law.level(office) in _TERRITORIAL
            steps = policy.ladder.territorial if territorial else policy.ladder.agency
            told = ((recipient(self._law, office, step.to), step) for step in steps)
            found = self._known[name] = tuple(
                Way(to, step.to, step.after, step.to in AUTOMATIC_RUNGS, notice_key("", step.to, to))
                for to, step in told
                if to is not None
            )
        return found


def recipient(law: Law, office: str, rung: Rung) -> str | None:
    """The code that a rung means for an office; None where nobody stands on it, or the office itself does."""
    if rung is Rung.OFFICE:
        return office
    level = _LEVELS.get(rung)
    if level is None:
        return rung.value.upper()  # no office of the directory: the Sekda, his assistant, the Governor
    offices = law.directory.offices
    above = law.directory.ancestors(office)
    return next((code for code in above if code in offices and offices[code].level is level), None)


def climbs(one: Item, law: Law, ways: Ways, until: int, only: bool | None = None) -> list[Climb]:
    """The steps of an item up to an instant, whether it still climbs or not, lowest first and never out of order.

    An acknowledgement puts off the first step that was to come after it, and no other. `only` asks for the automatic
    ones (True) or those that need a person (False).
    """
    segment, found = one.segment, one.clock
    policy, due, stops = found.policy, found.due_at, found.stops
    assert policy is not None
    assert due is not None
    seen, last = segment.acknowledged_at, due
    urgent = law.life_safety(segment.category)
    steps: list[Climb] = []
    for to, rung, after, automatic, suffix in ways.above(segment.office, policy):
        at = _after(due, after, stops, policy) if stops else due + after
        if seen is not None and at > seen:
            seen = None
            at = _after(due, after + policy.ladder.acknowledged_ms, stops, policy)
        if at > last:
            last = at
        at = -(-last // MINUTE) * MINUTE
        if at > until:
            break
        if only is not None and automatic is not only:
            continue
        steps.append(
            Climb(
                at,
                to,
                rung,
                segment.id,
                segment.report,
                segment.office,
                urgent,
                automatic,
                segment.id + suffix,
            )
        )
    return steps


def _after(due: int, ms: int, stops: tuple[Stop, ...], policy: Policy) -> int:
    """So long after the due date, stops left out. After a stop at least the grace is left: nothing fires at once."""
    at, left = due, ms
    for since, until in merged(stops):
        if until <= at:
            continue
        if since > at:
            if at + left <= since:
                break
            left -= since - at
        at, left = until, max(left, policy.grace(ms))
    return at + left


def minute_of(now: int) -> int:
    """The whole minute for which a run at `now` looks: its items, boxes and actions are those of this instant."""
    return now // MINUTE * MINUTE


def minute_up(at: int) -> int:
    """The first whole minute that is not before an instant."""
    return -(-at // MINUTE) * MINUTE


def _all(
    items: Iterable[Item], law: Law, until: int, objections: Mapping[str, int], only: bool | None = None
) -> Iterator[tuple[Item, list[Climb]]]:
    """The steps of what nobody has answered and an office still has.

    None reaches the Governor before the last objection of the office is over.
    """
    ways = Ways(law)
    for one in items:
        segment = one.segment
        if (
            segment.until is not None
            or segment.responded_at is not None
            or one.contested
            or one.due_at > until
        ):
            continue
        steps = climbs(one, law, ways, until, only)
        if segment.office in objections:
            over = minute_up(objections[segment.office])
            held = (
                step._replace(at=max(step.at, over)) if step.rung is Rung.GUBERNUR else step for step in steps
            )
            steps = [step for step in held if step.at <= until]
        yield one, steps


# ---------------------------------------------------------------- now


def boxes_of(states: Iterable[InboxState]) -> dict[str, InboxState]:
    """Boxes of notices by office."""
    return {state.office: state for state in states if state.office}


def due_now(items: Iterable[Item], law: Law, boxes: Mapping[str, InboxState], now: int) -> tuple[Digest, ...]:
    """The digests to send now: one plain and one urgent an office at most, each step for the first time.

    `items` are those of open segments at `minute_of(now)`. Ask for each digest as an action with its `id` and `at`.
    """
    at = minute_of(now)
    found = []
    for digest in _waiting(items, law, boxes, at, NO_OBJECTIONS, automatic=True):
        box = boxes.get(digest.office)
        if digest.urgent or _free(() if box is None else box.plain, law, at) == at:
            found.append(digest)
    return tuple(found)


def proposals(
    items: Iterable[Item],
    law: Law,
    boxes: Mapping[str, InboxState],
    now: int,
    objections: Mapping[str, int] = NO_OBJECTIONS,
) -> tuple[Digest, ...]:
    """The steps above a camat that wait for a person's word, by whom they would tell.

    `objections` are the offices with an open one and until when (`marks.open_objections`).
    """
    return tuple(_waiting(items, law, boxes, minute_of(now), objections, automatic=False))


def _waiting(
    items: Iterable[Item],
    law: Law,
    boxes: Mapping[str, InboxState],
    at: int,
    objections: Mapping[str, int],
    *,
    automatic: bool,
) -> Iterator[Digest]:
    groups: dict[tuple[str, bool], list[Climb]] = {}
    for one, steps in _all(items, law, at, objections, automatic):
        if one.excluded is not None:
            continue
        for step in steps:
            if not _told(step, boxes):
                groups.setdefault((step.to, step.urgent), []).append(step)
    for office, urgent in sorted(groups):
        yield Digest(office, at, urgent, not automatic, tuple(sorted(groups[office, urgent])))


def _told(climb: Climb, boxes: Mapping[str, InboxState]) -> bool:
    box = boxes.get(climb.to)
    return box is not None and climb.key in box.keys


def _free(plain: Sequence[int], law: Law, at: int) -> int:
    """The first whole minute from `at` on at which a plain digest may go, under the rules of each day."""
    versions = law.book.versions
    while True:
        found = free_from(plain, law.book.at(at).ladder, at)
        changes = [one.effective_from for one in versions[1:] if at < one.effective_from <= found]
        if changes:
            found = min(changes)
        elif found % MINUTE == 0:
            return found
        at = minute_up(found)


# ---------------------------------------------------------------- what will come


def forecast(
    items: Iterable[Item],
    law: Law,
    boxes: Mapping[str, InboxState],
    now: int,
    objections: Mapping[str, int] = NO_OBJECTIONS,
    horizon: int = DAY,
) -> tuple[Digest, ...]:
    """What the runs from now to `now + horizon` send, and which proposals come up, if no event intervenes.

    `items` are those of open segments at `minute_of(now)`, not yet due ones as well. What waits for a person already
    is not listed again: that is what `proposals` says.
    """
    start = minute_of(now)
    end = start + horizon
    plain: dict[str, list[Climb]] = {}
    others: dict[tuple[int, str, bool, bool], list[Climb]] = {}
    turns = Turns(law, start, end)
    for one, steps in _all(items, law, end, objections):
        if not turns.take(one):
            continue
        for step in steps:
            if _told(step, boxes):
                continue
            if step.automatic and not step.urgent:
                plain.setdefault(step.to, []).append(step)
                continue
            at = turns.first(step)
            if at is None or (at == start and not step.automatic):
                continue  # nobody is asked anew for what waits already
            others.setdefault((at, step.to, step.urgent, not step.automatic), []).append(step)
    found = [
        Digest(office, at, urgent, needs_person, tuple(sorted(those)))
        for (at, office, urgent, needs_person), those in others.items()
    ]
    for office, those in plain.items():
        box = boxes.get(office)
        sent = () if box is None else box.plain
        found += schedule(office, those, sent, law, start, end, turns.counts, turns.after)
    return tuple(sorted(found, key=lambda one: (one.at, one.office, one.urgent, one.needs_person)))


class Turns:
    """Which items count when, as far as a change of office-holders ahead can turn it (F10)."""

    __slots__ = ("_end", "_items", "_law", "_start", "_turns")

    def __init__(self, law: Law, start: int, end: int) -> None:
        self._law = law
        self._start = start
        self._end = end
        self._turns: dict[str, tuple[int, ...]] = {}
        self._items: dict[str, Item] = {}

    def take(self, one: Item) -> bool:
        """Take an item in; whether it may count at any time of the forecast."""
        office = one.segment.office
        if office not in self._turns:
            ends = {at for tenure in self._law.tenures(office) for at in (tenure.valid_from, tenure.valid_to)}
            self._turns[office] = tuple(
                sorted(minute_up(at) for at in ends if at is not None and self._start < at <= self._end)
            )
        if not self._turns[office]:
            return one.excluded is None
        self._items[one.segment.id] = one
        return one.excluded is None or one.excluded.reason == NEW_HOLDER

    def counts(self, climb: Climb, at: int) -> bool:
        """Whether the item of a step counts at an instant."""
        one = self._items.get(climb.segment)
        if one is None:
            return True
        then = item(one.segment, self._law, at)
        return then is not None and then.excluded is None

    def first(self, climb: Climb) -> int | None:
        """The first instant at which a step is due and its item counts."""
        begin = max(climb.at, self._start)
        later = (at for at in self._turns[climb.holder] if at > begin)
        return next((at for at in (begin, *later) if self.counts(climb, at)), None)

    def after(self, climb: Climb, at: int) -> int | None:
        """The next instant at which it may be otherwise."""
        return next((turn for turn in self._turns[climb.holder] if turn > at), None)


def schedule(
    office: str,
    those: Iterable[Climb],
    plain: Sequence[int],
    law: Law,
    start: int,
    end: int,
    counts: Callable[[Climb, int], bool],
    turn: Callable[[Climb, int], int | None],
) -> list[Digest]:
    """The plain digests that one office gets from `start` to `end`, one run a minute, in order.

    `counts` says whether a step is still to be told at an instant, `turn` when that may be otherwise again, if ever.
    """
    coming = sorted(those)
    sent = list(plain)
    waiting: list[Climb] = []
    found: list[Digest] = []
    taken = 0
    at = start
    while waiting or taken < len(coming):
        if not waiting:
            at = max(at, coming[taken].at)
        at = _free(sent, law, at)
        if at > end:
            break
        while taken < len(coming) and coming[taken].at <= at:
            waiting.append(coming[taken])
            taken += 1
        ready: list[Climb] = []
        held: list[Climb] = []
        turns = [one.at for one in coming[taken : taken + 1]]
        for one in waiting:
            if counts(one, at):
                ready.append(one)
            elif (then := turn(one, at)) is not None:
                held.append(one)
                turns.append(then)
        if ready:
            found.append(Digest(office, at, False, False, tuple(ready)))
            insort(sent, at)
        waiting = held
        at = min(turns, default=end)
    return found
