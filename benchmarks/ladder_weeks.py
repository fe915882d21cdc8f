"""Weeks of reports that nobody answers, told of by the ladder and by an oracle that shares nothing with it.

The oracle counts in whole minutes and plain loops, and knows one policy: a day for an answer, notices to the office at
once and to its camat a day later, four hours between two digests, silence from nine to six.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Final

from smartcity_desk.domain.calendar import Calendars
from smartcity_desk.domain.custody import Ending, Segment, Stay
from smartcity_desk.domain.decision import Accepted, Action, Decision
from smartcity_desk.domain.events import Actor, Event, EventKind, NoticeSent, Role
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.items import items
from smartcity_desk.domain.ladder import Digest, due_now
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import Category, Directory, Office, OfficeLevel
from smartcity_desk.domain.outward import InboxState, fold_inbox
from smartcity_desk.domain.policy import Policy, PolicyBook
from smartcity_desk.domain.subjects import Context, decide_subject
from smartcity_desk.domain.times import DAY, HOUR, MINUTE

SINCE: Final = 1_795_885_200_000  # a midnight in Jakarta
WEEK: Final = 7 * DAY
CAMAT: Final = {"K1": "C1", "K2": "C1", "K3": "C2"}
LAW: Final = Law(
    PolicyBook([Policy("minggu", 0, {OfficeLevel.KELURAHAN: DAY}, DAY)]),
    Calendars(),
    Directory.of(
        offices=[
            Office("P", "Provinsi", OfficeLevel.PROVINSI),
            *(Office(code, code, OfficeLevel.KECAMATAN, "P") for code in ("C1", "C2")),
            *(Office(code, code, OfficeLevel.KELURAHAN, camat) for code, camat in CAMAT.items()),
        ],
        categories=[
            Category("tree", "Pohon tumbang", "green"),
            Category("wire", "Kabel putus", "utility", life_safety=True),
        ],
    ),
)
SENDER: Final = Actor("pusat", Role.SYSTEM)


@dataclass(slots=True)
class Story:
    """One segment's life, known in advance. Instants in ms; None = it never happens."""

    name: str
    office: str
    delivered: int
    urgent: bool
    seen: int | None = None
    stopped: int | None = None
    """Answered, or sent elsewhere: either way it climbs no further."""
    answered: bool = True

    def segment(self, true: int) -> Segment:
        """What is known of it at an instant of the true clock."""
        over = self.stopped if self.stopped is not None and self.stopped <= true else None
        return Segment(
            self.name,
            self.name,
            1,
            self.office,
            Stay.HOLD,
            self.delivered,
            None if self.answered else over,
            "jaki",
            "wire" if self.urgent else "tree",
            None,
            self.name,
            None,
            Ending.OPEN,
            "ani",
            delivered_at=self.delivered,
            acknowledged_at=self.seen if self.seen is not None and self.seen <= true else None,
            responded_at=over if self.answered else None,
        )


@dataclass(slots=True)
class Run:
    """One look at the ladder: when it truly is, and what the machine's clock says."""

    true: int
    clock: int
    double: bool = False
    lost: bool = False
    """The answer of the server never arrives: the desk does not know that it told anybody."""


def stories(dice: random.Random, count: int) -> list[Story]:
    """Reports of a week. Some are answered late or early, some seen only, some come back as a new segment."""
    found = []
    for number in range(count):
        delivered = SINCE + dice.randrange(WEEK)
        story = Story(f"s{number}", dice.choice(list(CAMAT)), delivered, dice.random() < 0.2)
        if dice.random() < 0.4:
            story.seen = delivered + dice.randrange(3 * DAY)
        if dice.random() < 0.5:
            story.stopped = delivered + dice.randrange(4 * DAY)
            story.answered = dice.random() < 0.8
            if story.answered and dice.random() < 0.3:  # the work was not done: it all begins again
                found.append(Story(f"s{number}b", story.office, story.stopped + HOUR, story.urgent))
        found.append(story)
    return found


def runs(dice: random.Random) -> list[Run]:
    """When somebody looks in that week: often, with gaps, with a clock that is set forward and back."""
    true, offset, found = SINCE, 0, []
    while true < SINCE + WEEK + 2 * DAY:
        rest = dice.random()
        true += dice.randrange(10 * MINUTE, 150 * MINUTE) if rest < 0.95 else dice.randrange(2 * DAY)
        if dice.random() < 0.1:
            offset = dice.choice([0, 0, 0, 90_000, -90_000, 3 * HOUR, -3 * HOUR, 2 * DAY, -2 * DAY])
        found.append(Run(true, true + offset, dice.random() < 0.2, dice.random() < 0.1))
    end = SINCE + WEEK + 2 * DAY  # then all is well again, for as long as the longest silence
    found += [Run(end + n * 3 * HOUR, end + n * 3 * HOUR) for n in range(5 * 8)]
    return found


# ---------------------------------------------------------------- the oracle

Told = tuple[int, str, bool, frozenset[str]]
"""When (by the machine's clock), who, whether for a life, and which steps as `segment>office`."""


@dataclass(slots=True)
class Oracle:
    """Knows what everybody was told, and says what is to be told at a minute."""

    told: set[str] = field(default_factory=set)
    plain: dict[str, list[int]] = field(default_factory=dict)

    def look(self, known: list[Story], run: Run) -> list[Told]:
        """What goes out at a run."""
        minute = run.clock // MINUTE * MINUTE
        boxes: dict[tuple[str, bool], set[str]] = {}
        for story in known:
            if story.delivered > run.true or (story.stopped is not None and story.stopped <= run.true):
                continue
            put_off = False
            for office, after in ((story.office, DAY), (CAMAT[story.office], 2 * DAY)):
                at = story.delivered + after
                if story.seen is not None and story.seen <= run.true and story.seen < at and not put_off:
                    at, put_off = at + DAY, True
                name = f"{story.name}>{office}"
                if at <= minute and name not in self.told:
                    boxes.setdefault((office, story.urgent), set()).add(name)
        found: list[Told] = []
        for (office, urgent), names in sorted(boxes.items()):
            if not urgent:
                hour = (minute // HOUR + 7) % 24
                near = any(abs(minute - sent) < 4 * HOUR for sent in self.plain.get(office, ()))
                if hour >= 21 or hour < 6 or near:
                    continue
                self.plain.setdefault(office, []).append(minute)
            self.told |= names
            found.append((minute, office, urgent, frozenset(names)))
        return found


def steps(story: Story) -> list[tuple[str, int]]:
    """The automatic steps of a story that nobody ever answered, with the latest instant at which each falls due."""
    late = DAY if story.seen is not None else 0
    return [
        (f"{story.name}>{office}", story.delivered + after + late)
        for office, after in ((story.office, DAY), (CAMAT[story.office], 2 * DAY))
    ]


# ---------------------------------------------------------------- the product


@dataclass(slots=True)
class Server:
    """The boxes as the central server has them: it decides by the product's rules, and an action once."""

    logs: dict[str, list[Event]] = field(default_factory=dict)
    boxes: dict[str, InboxState] = field(default_factory=dict)
    answers: dict[str, tuple[int, Decision]] = field(default_factory=dict)

    def take(self, digest: Digest) -> Decision:
        """The answer to a digest, and to the same action for ever."""
        known = self.answers.get(digest.id)
        if known is not None:
            assert known[0] == digest.at, "one id for two actions"
            return known[1]
        action = Action(
            digest.id, inbox_id(digest.office), EventKind.NOTICE_SENT, digest.notice(), SENDER, digest.at
        )
        box = self.boxes.get(digest.office, InboxState())
        answer = decide_subject(box, action, Context(LAW))
        self.answers[digest.id] = (digest.at, answer)
        if isinstance(answer, Accepted):
            log = self.logs.setdefault(digest.office, [])
            log.extend(replace(event, seq=len(log) + 1) for event in answer.events)
            self.boxes[digest.office] = fold_inbox(log)
        return answer


def look(known: list[Story], run: Run, boxes: dict[str, InboxState]) -> tuple[Digest, ...]:
    """What the product would send at a run, for what it knows was sent."""
    segments = [story.segment(run.true) for story in known if story.delivered <= run.true]
    return due_now(items(segments, LAW, run.clock), LAW, boxes, run.clock)


def told(digest: Digest) -> Told:
    """A digest as the oracle says it."""
    names = frozenset(f"{one.segment}>{one.to}" for one in digest.climbs)
    return digest.at, digest.office, digest.urgent, names


@dataclass(slots=True)
class Outcome:
    """What a week came to."""

    notices: int = 0
    duplicates: int = 0
    missing: int = 0
    different: int = 0
    broken: int = 0
    """Digests in quiet hours or too near to another."""


def one_desk(known: list[Story], plan: list[Run]) -> Outcome:
    """A single desk that is switched off, restarted and put to other times, held to the oracle run by run."""
    server, oracle, found = Server(), Oracle(), Outcome()
    for run in plan:
        sent = []
        for digest in look(known, run, server.boxes):
            if not isinstance(server.take(digest), Accepted):
                found.different += 1
            sent.append(told(digest))
        found.notices += len(sent)
        found.different += sorted(sent, key=str) != sorted(oracle.look(known, run), key=str)
    return _weighed(found, server, known, plan)


def two_desks(known: list[Story], plan: list[Run]) -> Outcome:
    """Two desks at once, each with what it last heard; answers get lost; the server arbitrates."""
    server, found = Server(), Outcome()
    heard: list[dict[str, InboxState]] = [{}, {}]
    for number, run in enumerate(plan):
        for desk in (0, 1) if run.double else (number % 2,):
            if not run.lost:
                heard[desk] = dict(server.boxes)
            for digest in look(known, run, heard[desk]):
                found.notices += isinstance(server.take(digest), Accepted)
    return _weighed(found, server, known, plan)


def _weighed(found: Outcome, server: Server, known: list[Story], plan: list[Run]) -> Outcome:
    names: list[str] = []
    for office, log in server.logs.items():
        plain: list[int] = []
        for event in log:
            assert isinstance(event.payload, NoticeSent)
            names += [f"{key.split('|')[0]}>{office}" for key in event.payload.keys]
            if not event.payload.urgent:
                hour = (event.at // HOUR + 7) % 24
                found.broken += hour >= 21 or hour < 6 or any(abs(event.at - one) < 4 * HOUR for one in plain)
                plain.append(event.at)
    found.duplicates += len(names) - len(set(names))
    end = plan[-1].true
    wanted = {
        name
        for story in known
        if story.stopped is None
        for name, at in steps(story)
        if at <= end - DAY  # a night and four hours pass before the last of them can go
    }
    found.missing += len(wanted - set(names))
    return found


def week(seed: int, count: int = 10) -> Outcome:
    """One simulated week, once with one desk and once with two."""
    dice = random.Random(seed)
    known, plan = stories(dice, count), runs(dice)
    one, two = one_desk(known, plan), two_desks(known, plan)
    return Outcome(
        one.notices + two.notices,
        one.duplicates + two.duplicates,
        one.missing + two.missing,
        one.different,
        one.broken + two.broken,
    )
