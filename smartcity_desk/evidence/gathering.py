"""Everything that one paper is made from, read once, with the hash that names it.

The instant of a paper is that of its data: the newest event that is here. So the same file gives the same paper today
and tomorrow, and what came later gives another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from smartcity_desk import codec
from smartcity_desk.documents.model import Holder, Origin
from smartcity_desk.domain.custody import Segment, origin_of, walk
from smartcity_desk.domain.events import Event
from smartcity_desk.domain.fairness import windows
from smartcity_desk.domain.figures import OfficeFigures, figures_in, judging_policy
from smartcity_desk.domain.items import Item, Objected, by_office
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.shortcodes import LETTERS
from smartcity_desk.store import ReportLine, Store

Windows = Sequence[tuple[int, int]]
CODE_LENGTH: Final = 7


def short_code(mark: str) -> str:
    """The code that stands on paper for a mark's dossier, and that the desk's search opens."""
    number = int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8], "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, at = divmod(number, len(LETTERS))
        letters.append(LETTERS[at])
    return "".join(letters)


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON of plain values."""
    import msgspec

    return hashlib.sha256(msgspec.json.encode(codec.builtins(value), order="sorted")).hexdigest()


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts at one instant: items by office, reports and events by report, marks, and the law."""

    at: int
    law: Law
    items: Mapping[str, list[Item]]
    marks: Mapping[str, MarkState]
    objected: Objected

    def figures(self, office: str, mark: MarkState | None = None) -> OfficeFigures:
        """The figures of one office in the windows of a mark under its version, or in those that end now."""
        policy = self.policy(mark)
        spans = windows(self.at, policy.marking) if mark is None else mark.windows
        return figures_in(office, self.items.get(office, []), self.law, self.at, policy, spans)

    def policy(self, mark: MarkState | None = None) -> Policy:
        """The version that a mark was raised under, or the one that judges now."""
        named = None if mark is None else self.law.book.named(mark.policy)
        return judging_policy(self.law, self.at) if named is None else named

    def mark_on(self, office: str) -> tuple[str, MarkState] | None:
        """The latest mark on an office, with its id."""
        found = [(name, mark) for name, mark in self.marks.items() if mark.office == office]
        return max(found, key=lambda one: (one[1].raised_at or 0, one[0]), default=None)

    def name(self, office: str) -> str:
        """An office by name; its code where the directory has none."""
        known = self.law.directory.offices.get(office)
        return office if known is None else known.name

    def superior(self, office: str) -> str:
        """The name of the office above, or nothing."""
        known = self.law.directory.offices.get(office)
        return "" if known is None or known.parent is None else self.name(known.parent)

    def holder(self, office: str, at: int | None = None) -> Holder | None:
        """Who holds an office at an instant."""
        tenure = self.law.holder(office, self.at if at is None else at)
        return None if tenure is None else self._holder(tenure)

    def holders(self, office: str) -> tuple[Holder, ...]:
        """Everybody who held an office, earliest first."""
        return tuple(self._holder(tenure) for tenure in self.law.tenures(office))

    def _holder(self, tenure: Any) -> Holder:
        person = self.law.directory.officials.get(tenure.official)
        name = tenure.official if person is None else person.name
        return Holder(name, tenure.valid_from, tenure.valid_to, tenure.acting)

    def policies(self, spans: Windows) -> tuple[str, ...]:
        """The versions in force in some windows, oldest first."""
        since, until = spans[0][0], max(spans[-1][1], self.at)
        first = self.law.book.at(since)
        later = [one for one in self.law.book.versions if since < one.effective_from <= until]
        return tuple(one.version for one in [first, *later])

    def origin(self, spans: Windows, snapshot: object) -> Origin:
        """Where a paper's numbers come from."""
        named = [self.law.book.named(version) for version in self.policies(spans)]
        rules = {
            "policies": [codec.builtins(one) for one in named],
            "calendars": [codec.builtins(one) for one in self.law.calendars.entries],
            "declared": [codec.builtins(one) for one in self.law.exemptions],
        }
        return Origin(
            self.at,
            self.policies(spans),
            digest(rules),
            digest(snapshot),
            self.law.directory.edition,
        )


def gather(store: Store, at: int | None = None, *, now: int, spans: Iterable[Windows] = ()) -> Gathered:
    """Everything about the judged offices as of `at` (ms UTC), or as of the newest event that is here.

    `spans` are further windows that have to be covered, such as those of older marks.
    """
    offices = store.offices
    moment = min(now, offices.newest_event_at() or now) if at is None else at
    law = store.law()
    marks = offices.marks()
    since = [windows(moment, judging_policy(law, moment).marking)[0][0]]
    since += [mark.windows[0][0] for mark in marks.values() if mark.windows]
    since += [one[0][0] for one in spans]
    items = offices.items(now=moment, since=min(since))
    return Gathered(moment, law, by_office(items), marks, offices.objected(now=moment))


@dataclass(frozen=True, slots=True)
class Lives:
    """Reports with their events, their whole custody, and what was replied to them, by id."""

    reports: Mapping[str, ReportLine]
    events: Mapping[str, list[Event]]
    segments: Mapping[str, tuple[Segment, ...]]
    replies: Mapping[str, Sequence[Reply]]


def lives(store: Store, ids: Sequence[str], *, now: int) -> Lives:
    """The lives of some reports."""
    reports = store.offices.report_rows(ids, now=now)
    events = store.offices.subject_events(list(reports))
    return Lives(
        reports,
        events,
        {name: walk(origin_of(line.report), events[name]) for name, line in reports.items()},
        store.offices.replies_of(reports),
    )
