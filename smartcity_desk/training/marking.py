"""Marks of the past, in every state that a trainee should meet: raised where the rule held, and nowhere else.

Each story is told to its end or as far as the past goes. All instants lie in working hours before the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from smartcity_desk import codec
from smartcity_desk.domain.calendar import CalendarKind
from smartcity_desk.domain.custody import Origin, walk
from smartcity_desk.domain.events import (
    Actor,
    Event,
    EventKind,
    ExclusionCode,
    ListPrinted,
    MarkNotified,
    MarkProposed,
    MarkStepped,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOutcome,
    ObjectionTaken,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.figures import OfficeFigures, judging_policy, office_figures
from smartcity_desk.domain.ids import list_id, mark_id
from smartcity_desk.domain.items import Item, Objected, Outcome, items
from smartcity_desk.domain.marks import exclusions
from smartcity_desk.domain.raising import raised
from smartcity_desk.domain.report import ReportKind
from smartcity_desk.domain.times import DAY, HOUR, JAKARTA, MINUTE, to_datetime
from smartcity_desk.training import texts
from smartcity_desk.training.behaviour import OPERATORS, REVIEWERS, Case
from smartcity_desk.training.draw import pick, seeded
from smartcity_desk.training.steps import RANI, RATNA, Open, Steps
from smartcity_desk.training.traits import Traits

K = EventKind
DEWI, DIAN = (Actor(name, Role.REVIEWER) for name in REVIEWERS)
SARI: Final = Actor(OPERATORS[0], Role.OPERATOR)
LATEST: Final = 3 * HOUR
"""The youngest morning in which something is done lies at least so long before the end."""
_WORK: Final = CalendarKind.WORKING_DAYS
_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_FAR_BACK: Final = 45


class Records:
    """What the rule needs of the offices that the truth names: the lives of every report that they ever held."""

    def __init__(self, events: Sequence[Event], cases: Iterable[Case], offices: Iterable[str]) -> None:
        held: dict[str, set[str]] = {office: set() for office in offices}
        for event in events:
            if isinstance(event.payload, RoutingSent) and event.payload.office in held:
                held[event.payload.office].add(event.subject)
        subjects = set[str]().union(*held.values())
        self._held: Final = {office: sorted(names) for office, names in held.items()}
        self._lives: Final[dict[str, list[Event]]] = {name: [] for name in subjects}
        for event in events:
            if event.subject in subjects:
                self._lives[event.subject].append(event)
        self._origins: Final = {case.id: _origin(case) for case in cases if case.id in subjects}

    def figures(
        self, office: str, steps: Steps, at: int, taken_out: Mapping[str, object] | None = None
    ) -> OfficeFigures:
        """The figures of an office as they were at an instant. `taken_out` are segments that count no longer."""
        law = steps.law(at)
        spans = (
            held
            for name in self._held[office]
            for held in walk(self._origins[name], [one for one in self._lives[name] if one.at <= at])
            if held.office == office
        )
        found = items(spans, law, at, Objected({}, frozenset(taken_out or ())))
        return office_figures(office, found, law, at)

    def candidates(self, steps: Steps, at: int) -> dict[str, OfficeFigures]:
        """The offices for which the rule holds at an instant, in both windows."""
        law = steps.law(at)
        if judging_policy(law, at).effective_from > at:
            return {}
        figures = {office: self.figures(office, steps, at) for office in self._held}
        return {office: one for office, one in figures.items() if one.verdict.finding is Finding.CANDIDATE}


def _origin(case: Case) -> Origin:
    record = case.record
    known = record.category if record.disaster and record.channel == "petabencana" else None
    return Origin(case.id, record.channel, ReportKind.COMPLAINT, record.at, known)


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON of plain values."""
    return hashlib.sha256(msgspec.json.encode(codec.builtins(value), order="sorted")).hexdigest()


class Marking:
    """Tells the stories. `told` says which mark went through which."""

    def __init__(self, seed: int, steps: Steps, records: Records, days: int) -> None:
        self.told: Final[dict[str, str]] = {}
        self._seed = seed
        self._steps = steps
        self._records = records
        self._begin = steps.end - days * DAY
        self._mornings = list(self._back())
        self._found: dict[int, dict[str, OfficeFigures]] = {}
        self._listed: list[str] = []

    def all(self) -> None:
        """Tell every story for which there is an office."""
        stories: tuple[tuple[int, Callable[[int, str, OfficeFigures], str | None]], ...] = (
            (2, self._objected),
            (12, self._rejected),
            (0, self._candidate),
            (12, self._withdrawn),
            (12, self._partly),
            (12, self._accepted),
            (1, self._notified),
            (7, self._eligible),
            (12, self._proposed),
        )
        used: set[str] = set()
        for ago, story in stories:
            for office, figures in self._candidates(ago).items():
                if office not in used:
                    used.add(office)
                    name = story(ago, office, figures)
                    if name is not None:
                        self.told[name] = story.__name__.removeprefix("_")
                    break
        self._print()

    # ------------------------------------------------------------ time

    def _back(self) -> Iterator[int]:
        """Nine o'clock of the working days before the end, the latest first."""
        calendars = self._steps.law(self._begin).calendars
        midnight = (self._steps.end + 7 * HOUR) // DAY * DAY - 7 * HOUR
        for ago in range(_FAR_BACK):
            day = midnight - ago * DAY
            morning = calendars.add(_WORK, day, 90 * MINUTE)
            if morning < day + DAY and morning <= self._steps.end - LATEST:
                yield morning

    def _on(self, ago: int, after: int = 0) -> int:
        """The morning so many working days ago, and so much working time after it."""
        morning = self._mornings[ago]
        return self._steps.law(morning).calendars.add(_WORK, morning, after)

    def _candidates(self, ago: int) -> dict[str, OfficeFigures]:
        """Who was a candidate on the morning so many working days ago, in an order of this city's own."""
        if ago >= len(self._mornings):
            return {}
        if ago not in self._found:
            found = self._records.candidates(self._steps, self._mornings[ago])
            order = sorted(found)
            seeded(self._seed, "stories").shuffle(order)
            self._found[ago] = {
                office: found[office]
                for office in order
                if found[office].windows[0].window[0] >= self._begin + DAY
            }
        return self._found[ago]

    # ------------------------------------------------------------ beginnings

    def _raise(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        at = self._mornings[ago]
        payload = raised(figures, judging_policy(self._steps.law(at), at).version, digest)
        name = mark_id(office, payload.windows[-1].until)
        return name if self._steps.take(name, at, K.MARK_RAISED, payload, RATNA) else None

    def _notify(self, name: str | None, at: int) -> str | None:
        if name is None:
            return None
        manifest = digest({"mark": name, "at": at})
        return name if self._steps.take(name, at, K.MARK_NOTIFIED, MarkNotified(manifest), RATNA) else None

    def _served(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """Raised, told and received: the usual beginning. Received on the morning after."""
        name = self._notify(self._raise(ago, office, figures), self._on(ago, 2 * HOUR))
        if name is None:
            return None
        at = self._on(ago - 1)
        self._steps.take(name, at, K.MARK_SERVED, MarkStepped(), self._head(office, at))
        return name

    def _head(self, office: str, at: int) -> Actor:
        holder = self._steps.law(at).holder(office, at)
        assert holder is not None  # spans of an office leave no gap
        return Actor(holder.official, Role.OFFICIAL, office)

    def _file(
        self,
        name: str,
        at: int,
        late: Sequence[Item],
        *,
        code: ExclusionCode | None,
        by: Actor,
        letter: str = "",
    ) -> str:
        objection = self._steps.invented("objection", name)
        rng = seeded(self._seed, "objection", name)
        text = texts.OBJECTION_PLAIN if code is None else pick(rng, texts.OBJECTIONS[code])
        segments = tuple(one.segment.id for one in late)
        filed = ObjectionFiled(objection, segments, text, code, (), letter)
        self._steps.take(name, at, K.OBJECTION_FILED, filed, by)
        return objection

    def _answer(
        self,
        name: str,
        ago: int,
        objection: str,
        said: ObjectionOutcome,
        segments: Sequence[Item],
        code: ExclusionCode | None,
        reason: str,
        by: Actor,
    ) -> None:
        taken = ObjectionTaken(objection)
        decided = ObjectionDecided(objection, said, tuple(one.segment.id for one in segments), code, reason)
        self._steps.all(
            name,
            [
                (self._on(ago), K.OBJECTION_TAKEN, taken, by),
                (self._on(ago, 3 * HOUR), K.OBJECTION_DECIDED, decided, by),
            ],
        )

    # ------------------------------------------------------------ stories

    def _candidate(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """Raised this morning; nobody was told yet."""
        return self._raise(ago, office, figures)

    def _notified(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """Told last; the office will open the notice soon, and will not agree with all of it."""
        name = self._notify(self._raise(ago, office, figures), self._on(0, HOUR))
        if name is None:
            return None
        rng = seeded(self._seed, "later", name)
        opened = self._steps.end + int(rng.uniform(20, 90) * MINUTE)
        filed = opened + int(rng.uniform(2, 8) * HOUR)
        code = ExclusionCode.WAITING_THIRD_PARTY
        segments = tuple(one.segment.id for one in late_items(figures)[:2])
        payload = ObjectionFiled(
            self._steps.invented("objection", name), segments, pick(rng, texts.OBJECTIONS[code]), code
        )
        self._steps.pending.append(Open(opened, name, K.MARK_SERVED, office, {}))
        self._steps.pending.append(Open(filed, name, K.OBJECTION_FILED, office, msgspec.to_builtins(payload)))
        return name

    def _objected(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """In its window, with an objection that waits for a reviewer."""
        name = self._served(ago, office, figures)
        if name is not None:
            late = late_items(figures)[:3]
            at = self._on(0, HOUR)
            code = ExclusionCode.WAITING_THIRD_PARTY
            self._file(name, at, late, code=code, by=self._head(office, at))
        return name

    def _eligible(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """The office never opened the notice: it counts as served, and the window closed."""
        return self._notify(self._raise(ago, office, figures), self._on(ago, 2 * HOUR))

    def _proposed(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """Nobody objected; it stands in the list."""
        name = self._served(ago, office, figures)
        if name is not None:
            self._listed.append(name)
        return name

    def _rejected(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """Objected to by letter, without evidence; it stands in the list."""
        name = self._served(ago, office, figures)
        if name is not None:
            at = self._on(ago - 2)
            year = to_datetime(at).astimezone(JAKARTA).year
            number = 10 + int(seeded(self._seed, "letter", name).random() * 90)
            letter = texts.LETTER.format(number=number, year=year)
            late = late_items(figures)[:2]
            one = self._file(name, at, late, code=ExclusionCode.LONG_WORK, by=SARI, letter=letter)
            outcome, reason = ObjectionOutcome.REJECTED, texts.OBJECTION_REJECTED
            self._answer(name, ago - 3, one, outcome, (), None, reason, DEWI)
            self._listed.append(name)
        return name

    def _partly(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """Two of four items were right to object to; the window was longer because a list of files was missing."""
        name = self._served(ago, office, figures)
        if name is not None:
            at = self._on(ago - 2)
            late = late_items(figures)[:4]
            one = self._file(name, at, late, code=None, by=self._head(office, at))
            longer = ObjectionExtended(texts.EXTENDED)
            self._steps.take(name, self._on(ago - 2, HOUR), K.OBJECTION_EXTENDED, longer, DEWI)
            outcome, reason = ObjectionOutcome.PARTLY, texts.OBJECTION_PARTLY
            code = ExclusionCode.WAITING_THIRD_PARTY
            self._answer(name, ago - 3, one, outcome, late[:2], code, reason, DIAN)
        return name

    def _accepted(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """Every item of the objection is out; the rule holds without them, too."""
        return self._accept(ago, office, figures, late_items(figures)[:3])

    def _withdrawn(self, ago: int, office: str, figures: OfficeFigures) -> str | None:
        """So much is out that the rule holds no longer: the mark is withdrawn."""
        late = late_items(figures)
        for count in range(1, len(late) + 1):
            out = {one.segment.id: None for one in late[:count]}
            at = self._mornings[ago]
            if self._records.figures(office, self._steps, at, out).verdict.finding is not Finding.CANDIDATE:
                name = self._accept(ago, office, figures, late[:count])
                if name is not None:
                    reason = MarkStepped(texts.WITHDRAWN)
                    self._steps.take(name, self._on(ago - 4), K.MARK_WITHDRAWN, reason, RATNA)
                return name
        return None

    def _accept(self, ago: int, office: str, figures: OfficeFigures, late: Sequence[Item]) -> str | None:
        name = self._served(ago, office, figures)
        if name is not None:
            at, code = self._on(ago - 2), ExclusionCode.OUTAGE
            one = self._file(name, at, late, code=code, by=self._head(office, at))
            outcome, reason = ObjectionOutcome.ACCEPTED, texts.OBJECTION_ACCEPTED
            self._answer(name, ago - 3, one, outcome, late, code, reason, DEWI)
        return name

    # ------------------------------------------------------------ the list

    def _print(self) -> None:
        """One numbered list with the marks that nothing speaks against any more, proposed by the deputy."""
        if not self._listed or len(self._mornings) <= 4:
            return
        at = self._on(4)
        law = self._steps.law(at)
        states = [state for name in self._listed if (state := self._steps.mark(name)) is not None]
        day = to_datetime(at).astimezone(JAKARTA)
        number = f"001/ESK/{_ROMAN[day.month - 1]}/{day.year}"
        counted = [
            segment
            for state in states
            for segment in state.segments
            if segment not in exclusions(state, law, at)
        ]
        said = {"number": number, "marks": self._listed, "segments": counted}
        printed = ListPrinted(
            number,
            at - HOUR,
            digest(said),
            digest({"paper": said}),
            tuple(sorted({state.policy for state in states})),
            tuple(self._listed),
            tuple(counted),
        )
        if self._steps.take(list_id(number), at, K.LIST_PRINTED, printed, RANI):
            proposed = MarkProposed(texts.PROPOSED, number)
            for name in self._listed:
                self._steps.take(name, at + HOUR, K.MARK_PROPOSED, proposed, RANI)


def late_items(figures: OfficeFigures) -> list[Item]:
    """What counts against an office, the newest first."""
    late = [
        one
        for window in figures.windows
        for one in window.items
        if one.counts and one.outcome is not Outcome.ON_TIME
    ]
    return sorted(late, key=lambda one: (-one.due_at, one.segment.id))


def mark(
    seed: int, steps: Steps, events: Sequence[Event], cases: Iterable[Case], traits: Traits, days: int
) -> Marking:
    """Tell the stories of the marks on the offices that the truth names and the rule finds."""
    told = Marking(seed, steps, Records(events, cases, sorted(traits.unresponsive)), days)
    told.all()
    return told
