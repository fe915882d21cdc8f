"""Items and figures of offices, out of the segments in the file. Runs on a reader's connection; nothing here writes."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.events import EventKind, SecondReview
from smartcity_desk.domain.fairness import windows
from smartcity_desk.domain.figures import (
    CityFigures,
    OfficeFigures,
    city_figures,
    judging_policy,
    office_figures,
)
from smartcity_desk.domain.items import Item
from smartcity_desk.domain.items import items as items_of
from smartcity_desk.domain.law import Law
from smartcity_desk.store import custody, history, subjects
from smartcity_desk.store.engine import Raw
from smartcity_desk.store.rows import NearReport, SecondReviewRow


def items(raw: Raw, law: Law, *, now: int, since: int | None = None, office: str | None = None) -> list[Item]:
    """The items of segments that were due at or after `since`, by due date."""
    objected = subjects.objected(raw, law, now)
    return items_of(custody.judged(raw, since=since, office=office), law, now, objected)


def open_items(raw: Raw, law: Law, *, now: int) -> list[Item]:
    """The items of reports that an office holds now, by due date: what notices climb from."""
    return items_of(custody.held(raw), law, now, subjects.objected(raw, law, now))


def _since(law: Law, now: int) -> int:
    return windows(now, judging_policy(law, now).marking)[0][0]


def city(raw: Raw, law: Law, *, now: int) -> CityFigures:
    """Figures of every judged office in the windows that end now."""
    return city_figures(items(raw, law, now=now, since=_since(law, now)), law, now)


def office(raw: Raw, law: Law, code: str, *, now: int) -> OfficeFigures:
    """Figures of one office in the windows that end now."""
    found = items(raw, law, now=now, since=_since(law, now), office=code)
    return office_figures(code, found, law, now)


_ABOUT_200_M: Final = 0.002
"""Degrees, a little more in both directions at Jakarta's latitude."""


def near(raw: Raw, lat: float, lon: float, since: int, until: int) -> list[NearReport]:
    """Complaints reported in a span of time within a small box around a point."""
    rows = raw.execute(
        "SELECT r.id, r.reported_at, r.lat, r.lon, s.category FROM report_state s INDEXED BY ix_state_time "
        "JOIN report r ON r.pk = s.pk WHERE s.reported_at BETWEEN ? AND ? AND s.kind = 'complaint' "
        "AND r.lat BETWEEN ? AND ? AND r.lon BETWEEN ? AND ? ORDER BY r.reported_at",
        (since, until, lat - _ABOUT_200_M, lat + _ABOUT_200_M, lon - _ABOUT_200_M, lon + _ABOUT_200_M),
    )
    return [NearReport(*row) for row in rows]


_ANSWERS: Final = (EventKind.COMPLETION_ACCEPTED, EventKind.COMPLETION_REFUSED)


def reviews(raw: Raw) -> list[SecondReviewRow]:
    """Every answer to a completion, oldest first, with the blind second one."""
    second: dict[str, tuple[str, bool, int]] = {}
    for row in raw.execute(
        f"SELECT {history.EVENT_COLUMNS} FROM event WHERE kind = ? ORDER BY seq",
        (EventKind.REVIEW_RECORDED.value,),
    ):
        event = history.event_of(row)
        if isinstance(event.payload, SecondReview):
            second.setdefault(event.payload.event, (event.actor.user, event.payload.accept, event.at))
    found: list[SecondReviewRow] = []
    for name, subject, at, user, kind, place, category in raw.execute(
        "SELECT e.id, e.subject, e.at, e.user, e.kind, s.office, s.category FROM event e "
        "JOIN report r ON r.id = e.subject JOIN report_state s ON s.pk = r.pk "
        "WHERE e.kind IN (?, ?) ORDER BY e.seq",
        tuple(kind.value for kind in _ANSWERS),
    ):
        again = second.get(name, (None, None, None))
        accepted = kind == EventKind.COMPLETION_ACCEPTED.value
        found.append(SecondReviewRow(subject, place, category, name, at, user, accepted, *again))
    return found


def stands(raw: Raw, one: SecondReviewRow) -> bool:
    """Whether an answer is the last one to its report's completion: only that can be reviewed."""
    later = raw.execute(
        "SELECT 1 FROM event WHERE subject = ? AND kind IN (?, ?) AND seq > (SELECT seq FROM event WHERE id = ?)",
        (one.report, *(kind.value for kind in _ANSWERS), one.event),
    ).fetchone()
    return later is None
