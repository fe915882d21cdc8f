"""What the local file knows of offices: custody, figures, marks and their objections, notices, printed lists.

Called on a reader's thread, like the store's other readers. Figures are worked out from the segments each time: half a
second for a city, so whoever shows them keeps what he got until something has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

from smartcity_desk.domain.calamity import CalamityState
from smartcity_desk.domain.custody import Segment
from smartcity_desk.domain.events import Event, EventKind
from smartcity_desk.domain.figures import CityFigures, OfficeFigures
from smartcity_desk.domain.items import Item, Objected
from smartcity_desk.domain.ladder import Digest, boxes_of, due_now, minute_of
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.outward import InboxState, ListState
from smartcity_desk.domain.policies import PolicyState
from smartcity_desk.domain.reply import Reply, veiled
from smartcity_desk.domain.reviews import drawn
from smartcity_desk.domain.subjects import Subject
from smartcity_desk.store import custody, details, history, replies, scores, subjects
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.rows import NearReport, ReportLine, SecondReviewRow


class OfficeReader:
    """Reads through the connections of one store."""

    def __init__(self, read: Callable[[], AbstractContextManager[Raw]], law: Callable[[], Law]) -> None:
        self._read: Final = read
        self._law: Final = law

    def segments(self, ids: Sequence[str]) -> dict[str, Segment]:
        """Custody segments by id; unknown ones are left out."""
        with self._read() as raw:
            return custody.named(raw, ids)

    def items(self, *, now: int, since: int | None = None, office: str | None = None) -> list[Item]:
        """What counts for or against offices at `now`, of segments that were due at or after `since`, by due date."""
        law = self._law()
        with self._read() as raw:
            return scores.items(raw, law, now=now, since=since, office=office)

    def open_items(self, *, now: int) -> list[Item]:
        """The items of reports that an office holds at `now`, due or not, by due date."""
        law = self._law()
        with self._read() as raw:
            return scores.open_items(raw, law, now=now)

    def due_notices(self, *, now: int) -> tuple[Digest, ...]:
        """The notices that go by themselves now: each step once, gathered, and none at night but for life."""
        law = self._law()
        with self._read() as raw:
            items = scores.open_items(raw, law, now=minute_of(now))
            boxes = boxes_of(subjects.every(raw, Subject.INBOX).values())
        return due_now(items, law, boxes, now)

    def judged_segments(self, *, since: int) -> list[Segment]:
        """The segments of offices that were due at or after `since` (ms UTC), as bare facts."""
        with self._read() as raw:
            return list(custody.judged(raw, since=since))

    def city_figures(self, *, now: int) -> CityFigures:
        """The figures of every judged office, each with the items it is made of."""
        law = self._law()
        with self._read() as raw:
            return scores.city(raw, law, now=now)

    def office_figures(self, office: str, *, now: int) -> OfficeFigures:
        """The figures of one office."""
        law = self._law()
        with self._read() as raw:
            return scores.office(raw, law, office, now=now)

    def objected(self, *, now: int) -> Objected:
        """What objections took out, and what they hold open."""
        law = self._law()
        with self._read() as raw:
            return subjects.objected(raw, law, now)

    def marks(self) -> dict[str, MarkState]:
        """Every mark by id, the latest touched first."""
        with self._read() as raw:
            return subjects.every(raw, Subject.MARK)

    def calamities(self) -> dict[str, CalamityState]:
        """Every declared event by id, the latest touched first."""
        with self._read() as raw:
            return subjects.every(raw, Subject.CALAMITY)

    def proposed_policies(self) -> dict[str, PolicyState]:
        """Every proposed policy by id, the latest touched first."""
        with self._read() as raw:
            return subjects.every(raw, Subject.POLICY)

    def inboxes(self) -> dict[str, InboxState]:
        """The boxes of notices by id."""
        with self._read() as raw:
            return subjects.every(raw, Subject.INBOX)

    def printed_lists(self) -> dict[str, ListState]:
        """The numbered lists by id, the latest first."""
        with self._read() as raw:
            return subjects.every(raw, Subject.LIST)

    def subject_events(self, ids: Sequence[str]) -> dict[str, list[Event]]:
        """The events of subjects in canonical order: confirmed ones, then the desk's own."""
        with self._read() as raw:
            return history.of_subjects(raw, ids)

    def newest_event_at(self) -> int | None:
        """When the newest event that is here happened, or None."""
        with self._read() as raw:
            return history.newest_at(raw)

    def events_of_kind(self, kind: EventKind, *, after: int = 0) -> list[Event]:
        """The confirmed events of a kind with a number above `after`, in order."""
        with self._read() as raw:
            return history.of_kind(raw, kind, after)

    def durations(self) -> list[tuple[str, int]]:
        """How long each accepted completion took: (category, ms from the receipt to the claim)."""
        with self._read() as raw:
            return [
                (one.category, one.claimed_at - one.delivered_at)
                for one in custody.judged(raw)
                if one.category is not None
                and one.accepted_at is not None
                and one.claimed_at is not None
                and one.delivered_at is not None
            ]

    def reports_near(self, lat: float, lon: float, *, since: int, until: int) -> list[NearReport]:
        """Complaints reported in a span of time (ms UTC) within some 200 m of a point, with their category."""
        with self._read() as raw:
            return scores.near(raw, lat, lon, since, until)

    def reviews(self) -> list[SecondReviewRow]:
        """Every answer to a completion with the blind second one, where there is one."""
        with self._read() as raw:
            return scores.reviews(raw)

    def next_review(self, user: str) -> SecondReviewRow | None:
        """The oldest answer of the sample that nobody has looked at again and that is not this user's own."""
        law = self._law()
        with self._read() as raw:
            return next(
                (
                    one
                    for one in scores.reviews(raw)
                    if one.second_user is None
                    and one.user != user
                    and drawn(one.event, law.book.at(one.at).review_percent)
                    and scores.stands(raw, one)
                ),
                None,
            )

    def replies_of(self, reports: Mapping[str, ReportLine]) -> dict[str, tuple[Reply, ...]]:
        """What was replied to these reports, as it may be shown to everybody: masked, and nothing said in private."""
        with self._read() as raw:
            return {
                name: tuple(veiled(one, private=line.report.private) for one in replies.of_report(raw, name))
                for name, line in reports.items()
            }

    def report_rows(self, ids: Sequence[str], *, now: int) -> dict[str, ReportLine]:
        """Whole masked reports by id."""
        with self._read() as raw:
            return details.by_id(raw, ids, now=now)
