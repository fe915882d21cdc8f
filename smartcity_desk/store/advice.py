"""Decision alternatives for a report in the file: its case put together, and the courses that the rules offer.

Called on a reader's thread, like the store's other readers. Comparable cases are counted by `count` and kept; until
then the courses stand without them and say that they are being counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartcity_desk.domain.alternatives import Counsel, courses
from smartcity_desk.domain.courses import Case, Comparables, Course, Twin
from smartcity_desk.domain.events import CategorySet, CourseRefused, PauseCode, Paused
from smartcity_desk.domain.geo import distance_m
from smartcity_desk.domain.ids import incident_name
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.lookalike import Suggestion
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.report import OPEN_STATUSES, PlaceQuality, Report, ReportKind
from smartcity_desk.domain.state import ReportState
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.domain.topics import plain
from smartcity_desk.store import comparables, details
from smartcity_desk.store.engine import Raw, marks

if TYPE_CHECKING:
    from smartcity_desk.knowledge import Knowledge
    from smartcity_desk.store.rows import ReportDetail

FRESH_MS: Final = HOUR
"""How long counted cases are good enough."""
_REPEATS_READ: Final = 3_000
"""Reports of a day among which the reporter's own are looked for."""
Likes = Callable[[str, int], Iterable[Suggestion]]
"""The look-alikes of a report (id, now)."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered for a report: courses, best first, under one edition of the knowledge.

    `counted` says whether comparable cases have been counted yet.
    """

    report: str
    courses: tuple[Course, ...]
    edition: str
    policy: str
    counted: bool

    @property
    def knowledge(self) -> str:
        """What the record of a choice names: the version of the routing knowledge and the edition of all of it."""
        return f"{self.policy}/{self.edition}"


class AdviceReader:
    """Advises on the reports of one store."""

    def __init__(
        self, read: Callable[[], AbstractContextManager[Raw]], law: Callable[[], Law], likes: Likes
    ) -> None:
        self._read: Final = read
        self._law: Final = law
        self._likes: Final = likes
        self._counted = Comparables()
        self._places: tuple[Directory, dict[str, list[tuple[tuple[str, ...], str]]]] | None = None

    @property
    def comparables(self) -> Comparables:
        """What has been counted last; nothing before the first time."""
        return self._counted

    def stale(self, now: int) -> bool:
        """Whether comparable cases are to be counted (again)."""
        return not 0 <= now - self._counted.until < FRESH_MS

    def count(self, *, now: int) -> None:
        """Count comparable cases; takes a second or two on a large file."""
        directory = self._law().directory
        with self._read() as raw:
            self._counted = comparables.count(raw, directory, now=now)

    def offer(
        self,
        detail: ReportDetail,
        knowledge: Knowledge,
        *,
        now: int,
        likes: Sequence[Suggestion] | None = None,
    ) -> Offer:
        """The courses of a report as it stands at `now`; none for what asks for no decision.

        `likes` are its look-alikes where somebody has them already; otherwise they are looked for.
        """
        law = self._law()
        routing = knowledge.routing.at(detail.report.reported_at)
        counted = self._counted
        found: tuple[Course, ...] = ()
        if detail.report.kind is ReportKind.COMPLAINT and detail.state.status in OPEN_STATUSES:
            counsel = Counsel(law.directory, routing, knowledge.texts, counted)
            if likes is None:
                likes = tuple(self._likes(detail.report.id, now))
            found = courses(self.case(detail, knowledge, law, now=now, likes=likes), counsel)
        return Offer(detail.report.id, found, knowledge.edition, routing.version, counted.until > 0)

    def case(
        self,
        detail: ReportDetail,
        knowledge: Knowledge,
        law: Law,
        *,
        now: int,
        likes: Sequence[Suggestion] = (),
    ) -> Case:
        """What is known of a report, as far as it matters to what can be done with it."""
        report, state, directory = detail.report, detail.state, law.directory
        text = report.text if report.text.startswith(report.title) else f"{report.title}\n{report.text}"
        category = directory.categories.get(state.category or "")
        badge, candidates = _where(report, state)
        with self._read() as raw:
            twins = self._twins(raw, report, likes, now)
            repeats = _repeats(raw, report)
        return Case(
            reading=knowledge.reader.read(text),
            status=state.status,
            category=state.category,
            by_person=any(isinstance(event.payload, CategorySet) for event in detail.timeline),
            life_safety=category is not None and category.life_safety,
            place=state.place,
            badge=badge,
            candidates=candidates,
            named=self._named(directory, f"{text} {report.place_hint}"),
            holder=state.office,
            age_ms=now - report.reported_at,
            left_ms=None if detail.due_at is None else detail.due_at - now,
            channel=report.channel,
            private=report.private,
            twins=twins,
            incident=None if state.incident is None else state.incident.incident,
            calamity=_calamity(law, report, state, now),
            returned=state.return_pending,
            competent=state.return_competent if state.return_competent in directory.offices else None,
            responded=state.responded_at is not None,
            paused=state.paused(now),
            asked=any(
                isinstance(event.payload, Paused) and event.payload.code is PauseCode.WAITING_REPORTER
                for event in detail.timeline
            ),
            repeats=repeats,
            media=len(report.media) + state.attachments,
            refused=frozenset(
                event.payload.course for event in detail.timeline if isinstance(event.payload, CourseRefused)
            ),
        )

    def _twins(self, raw: Raw, report: Report, likes: Sequence[Suggestion], now: int) -> tuple[Twin, ...]:
        if not likes:
            return ()
        known = details.by_id(raw, [one.report for one in likes], now=now)
        held = dict(
            raw.execute(
                f"SELECT r.id, s.incident FROM report r JOIN report_state s ON s.pk = r.pk "
                f"WHERE r.id IN ({marks(len(likes))}) AND s.incident IS NOT NULL",
                tuple(one.report for one in likes),
            )
        )
        found = []
        for one in likes:
            line = known.get(one.report)
            if line is None or line.report.private:
                continue
            metres = _metres(report, line.report)
            incident = held.get(one.report)
            number = f"{line.report.channel.upper()}-{line.report.external_id}"
            called = number if incident is None else incident_name(incident)
            found.append(Twin(one.report, called, round(100 * one.score), metres, incident))
        return tuple(found)

    def _named(self, directory: Directory, text: str) -> tuple[str, ...]:
        """The kelurahan that a text names outright: by a name of two words or more, or by one after *kelurahan*."""
        if self._places is None or self._places[0] is not directory:
            self._places = (directory, _names(directory))
        names = self._places[1]
        words = plain(text)
        found: dict[str, None] = {}
        for at, word in enumerate(words):
            sure = at > 0 and words[at - 1] == "kelurahan"
            for name, code in names.get(word, ()):
                if tuple(words[at : at + len(name)]) == name and (len(name) > 1 or sure):
                    found[code] = None
        return tuple(found)


def _names(directory: Directory) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Names of kelurahan by their first word."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for code, office in sorted(directory.offices.items()):
        if office.level is OfficeLevel.KELURAHAN:
            for name in (office.name, *office.aliases):
                words = tuple(plain(name))
                if words:
                    found.setdefault(words[0], []).append((words, code))
    return found


def _where(report: Report, state: ReportState) -> tuple[PlaceBadge, tuple[str | None, ...]]:
    """How sure the place is, and the kelurahan in question. What a person decided is sure."""
    if state.place is not None and state.place_doubt is None:
        return PlaceBadge.SURE, ()
    found = report.location
    if found is not None:
        return found.badge, found.candidates
    if report.place_quality is PlaceQuality.OUTSIDE:
        return PlaceBadge.OUTSIDE, ()
    return PlaceBadge.NONE, ()


def _calamity(law: Law, report: Report, state: ReportState, now: int) -> str:
    """The declared event that holds where and when the report is, or empty."""
    for one in law.exemptions:
        if not one.since <= now < one.until or (one.channels and report.channel not in one.channels):
            continue
        if not one.offices or (state.place is not None and one.offices & law.within(state.place)):
            return one.reason
    return ""


def _metres(one: Report, other: Report) -> int | None:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return round(distance_m(one.lat, one.lon, other.lat, other.lon))


def _repeats(raw: Raw, report: Report) -> int:
    """How many reports the same reporter sent in the day up to this one."""
    if report.author is None:
        return 0
    row = raw.execute(
        "SELECT count(*) FROM (SELECT pk FROM report_state WHERE reported_at BETWEEN ? AND ? "
        "ORDER BY reported_at DESC LIMIT ?) s JOIN report r ON r.pk = s.pk WHERE r.author = ?",
        (report.reported_at - DAY, report.reported_at, _REPEATS_READ, report.author),
    ).fetchone()
    return int(row[0])
