"""The vocabulary of decision alternatives: what is known of a case, the courses on offer, and what they rest on.

Everything that is said to a person is a key with parameters, or a text from the unit's own templates; the points of a
course are the sum of its reasons, so that whoever reads them can add them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.events import PauseCode, RejectCode
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.report import Status

if TYPE_CHECKING:
    from smartcity_desk.domain.topics import Reading

LEAST_N: Final = 10
"""Comparable cases from which on a share or a median is told (capability 16)."""
OFFERED_MOST: Final = 6
OFFERED_LEAST: Final = 3


class CourseKind(StrEnum):
    """What can be done with a report. What follows from each is an ordinary action of the desk."""

    ROUTE = "route"  # send it to an office of the city
    CREW = "crew"  # send it to the kelurahan, for its own crew (PPSU) today
    REFER = "refer"  # hand it to a holder outside the city's offices: PLN, PAM, Telkom
    JOIN = "join"  # it tells of the same thing as another report or incident
    ASK = "ask"  # ask the reporter, and stop the clock meanwhile
    OUTSIDE = "outside"  # it lies outside the city
    SPAM = "spam"
    NOT_COMPLAINT = "not_complaint"
    VAGUE = "vague"
    WAIT = "wait"  # stop the clock for what nobody here can hasten
    REFUSE_RETURN = "refuse_return"  # the office that handed it back is competent
    VERIFY = "verify"  # look at the claimed completion
    NO_ACTION = "no_action"


TO_OFFICE: Final = frozenset({CourseKind.ROUTE, CourseKind.CREW, CourseKind.REFER})
REJECTS: Final[Mapping[CourseKind, RejectCode]] = {
    CourseKind.OUTSIDE: RejectCode.OUTSIDE_CITY,
    CourseKind.SPAM: RejectCode.SPAM,
    CourseKind.NOT_COMPLAINT: RejectCode.NOT_A_COMPLAINT,
    CourseKind.VAGUE: RejectCode.TOO_VAGUE,
}
"""Courses that end a report, with the code that they end it under."""
PAUSES: Final[Mapping[CourseKind, PauseCode]] = {CourseKind.ASK: PauseCode.WAITING_REPORTER}
"""Courses that stop the clock under one code; a wait says its own."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something to say, as a key and its parameters. `points` is what it adds to a course, where it is a reason."""

    key: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    points: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """What happened in comparable cases: how many, median ms to the answer and to the verified end, share verified.

    With fewer than `LEAST_N` there are no figures. `percent` is of the completions that somebody looked at. `city` says
    that the cases are the whole city's, because the office alone has too few.
    """

    n: int = 0
    answer_ms: int | None = None
    done_ms: int | None = None
    looked: int = 0
    percent: int | None = None
    city: bool = False

    @property
    def enough(self) -> bool:
        """Whether there are enough cases to tell figures of."""
        return self.n >= LEAST_N


Key = tuple[str, str, str]
"""What was done, the category, and where: an office's code, `@` and a level (all of it), or empty for the city."""
SENT: Final = "sent"
"""What was done when a report was sent to an office, whichever course that was."""


@dataclass(frozen=True, slots=True)
class Comparables:
    """Counted pasts of reports from `since` to `until` (ms UTC). Empty while they are being counted."""

    since: int = 0
    until: int = 0
    pasts: Mapping[Key, Past] = field(default_factory=dict)

    def of(self, kind: CourseKind, category: str | None, office: str = "", level: str = "") -> Past:
        """The past of a course for a category: of the office if that has enough cases, else of all of its level."""
        done = SENT if kind in TO_OFFICE or kind is CourseKind.NO_ACTION else kind.value
        near = self.pasts.get((done, category or "", office)) if office else None
        if near is not None and near.enough:
            return near
        wide = self.pasts.get((done, category or "", f"@{level}" if level else ""))
        if wide is None:
            return near or Past()
        return replace(wide, city=True)


@dataclass(frozen=True, slots=True)
class Twin:
    """Another report that may tell of the same thing. `score` in percent; `reasons` are phrases of the comparison."""

    report: str
    number: str
    score: int
    metres: int | None = None
    incident: str | None = None
    reasons: tuple[Phrase, ...] = ()

    @property
    def target(self) -> str:
        """What would be joined: the incident, if the other one is in one."""
        return self.incident or self.report


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one report, as far as it matters to what can be done with it.

    `candidates` are the kelurahan in question, best first, None for outside the city; `named` those that the text
    names. `left_ms` is the time to the present due date (negative = over), None without one. `repeats` counts the
    reporter's reports of the last day. `asked` says that the reporter has been asked before. `refused` are courses that
    somebody has set aside for this report.
    """

    reading: Reading
    status: Status = Status.NEW
    category: str | None = None
    by_person: bool = False
    life_safety: bool = False
    place: str | None = None
    badge: PlaceBadge = PlaceBadge.NONE
    candidates: tuple[str | None, ...] = ()
    named: tuple[str, ...] = ()
    holder: str | None = None
    age_ms: int = 0
    left_ms: int | None = None
    channel: str = ""
    private: bool = False
    twins: tuple[Twin, ...] = ()
    incident: str | None = None
    calamity: str = ""
    returned: bool = False
    competent: str | None = None
    responded: bool = False
    paused: bool = False
    asked: bool = False
    repeats: int = 0
    media: int = 0
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Course:
    """One course: what, to whom, on what authority, what it risks, what it would say, and why it stands where it does.

    `target` is an office, a report or an incident, or empty. `category` is the one it supposes. `member` is a report of
    what would be joined.
    """

    kind: CourseKind
    target: str
    basis: Phrase
    risk: Phrase
    text: str
    reasons: tuple[Phrase, ...]
    past: Past
    category: str | None = None
    member: str = ""

    @property
    def id(self) -> str:
        """What names it in a record: `route:31.74.01.1001`, `ask`."""
        return f"{self.kind.value}:{self.target}" if self.target else self.kind.value

    @property
    def points(self) -> int:
        """The sum of its reasons."""
        return sum(reason.points for reason in self.reasons)
