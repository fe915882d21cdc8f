"""Courses of reports in a file: the case that is put together from it, and what happened in comparable ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartcity_desk import directory, knowledge
from smartcity_desk.domain import ids
from smartcity_desk.domain.courses import LEAST_N, SENT, CourseKind
from smartcity_desk.domain.events import (
    Actor,
    CompletionAnswered,
    CompletionClaimed,
    CourseRefused,
    Delivered,
    Event,
    EventKind,
    PauseCode,
    Paused,
    Payload,
    PlaceSet,
    RejectCode,
    ReportRejected,
    Responded,
    Role,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind, Status
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, from_iso
from smartcity_desk.store import Store
from smartcity_desk.store.comparables import PERIOD_MS

NOW = from_iso("2026-11-23T09:00:00+07:00")
TEBET_TIMUR, TEBET_BARAT = "31.74.01.1001", "31.74.01.1002"
CITY = directory.builtin_directory(NOW)
KNOWN = knowledge.load()
SARI = Actor("sari", Role.OPERATOR)
LURAH = Actor("lurah", Role.OFFICIAL, TEBET_TIMUR)
K = EventKind


@pytest.fixture
def store(tmp_path: Path) -> Any:
    made = Store.open(tmp_path / "desk.sqlite3", now=NOW, policy=directory.load_policy())
    made.set_directory(CITY, None, NOW)
    yield made
    made.close()


def report(number: int, text: str = "sampah menumpuk belum diangkut", **changes: Any) -> Report:
    values: dict[str, Any] = {
        "id": ids.report_id("jaki", str(number)),
        "channel": "jaki",
        "external_id": str(number),
        "kind": ReportKind.COMPLAINT,
        "reported_at": NOW - 10 * DAY + number * MINUTE,
        "text": text,
        "category": "sampah",
        **changes,
    }
    return Report(**values)


def put(store: Store, *reports: Report) -> None:
    store.ingest("jaki", reports, checkpoint=None, now=NOW)


def tell(store: Store, one: Report, *steps: tuple[EventKind, Payload, Actor, int]) -> None:
    """Confirmed events of a report, at so many ms after it was reported."""
    first = (store.central.cursor().event_seq or 0) + 1
    events = [
        Event(
            ids.event_id(f"{one.id}/{n}"),
            one.id,
            kind,
            one.reported_at + after,
            by,
            payload,
            first + n,
            f"a{n}",
        )
        for n, (kind, payload, by, after) in enumerate(steps)
    ]
    store.central.apply_events(events, cursor=first + len(events), now=NOW)


def handled(store: Store, number: int, *, good: bool = True, place: str = TEBET_TIMUR) -> None:
    """A report that the kelurahan answered after two hours and said to be done after ten."""
    one, lurah = report(number), Actor("lurah", Role.OFFICIAL, place)
    put(store, one)
    answer = CompletionAnswered("" if good else "belum dikerjakan", Status.AWAITING_VERIFICATION)
    tell(
        store,
        one,
        (K.ROUTING_SENT, RoutingSent(place, "sesuai lokasi"), SARI, HOUR),
        (K.REPORT_DELIVERED, Delivered(place), lurah, HOUR),
        (K.REPORT_RESPONDED, Responded(place, "petugas bekerja hari ini di lokasi"), lurah, 3 * HOUR),
        (K.COMPLETION_CLAIMED, CompletionClaimed(place, "selesai"), lurah, 11 * HOUR),
        (K.COMPLETION_ACCEPTED if good else K.COMPLETION_REFUSED, answer, SARI, 12 * HOUR),
    )


def courses(store: Store, one: Report) -> list[str]:
    detail = store.report(one.id)
    assert detail is not None
    return [course.id for course in store.advice.offer(detail, KNOWN, now=NOW).courses]


def test_comparable_cases_are_counted_per_office_and_per_level(store: Store) -> None:
    for number in range(LEAST_N + 2):
        handled(store, number, good=number != 0)
    handled(store, 50, place=TEBET_BARAT)
    store.advice.count(now=NOW)
    found = store.advice.comparables.pasts
    own = found[SENT, "sampah", TEBET_TIMUR]
    assert (own.n, own.answer_ms, own.looked, own.percent) == (12, 2 * HOUR, 12, 92)
    assert own.done_ms == 11 * HOUR
    few = found[SENT, "sampah", TEBET_BARAT]
    assert (few.n, few.answer_ms, few.percent) == (1, None, None)
    assert found[SENT, "sampah", "@kelurahan"].n == 13  # work that came back is no second case


def test_what_is_older_than_a_year_is_not_comparable(store: Store) -> None:
    handled(store, 1)
    store.advice.count(now=NOW + PERIOD_MS)
    assert store.advice.comparables.pasts == {}
    assert not store.advice.stale(NOW + PERIOD_MS + MINUTE)
    assert store.advice.stale(NOW + PERIOD_MS + 2 * HOUR)
    assert store.advice.stale(NOW)


def test_rejections_pauses_and_hand_backs_are_counted_too(store: Store) -> None:
    for number in range(3):
        one = report(number)
        put(store, one)
        ask = Paused(PauseCode.WAITING_REPORTER, "menunggu alamat", one.reported_at + 2 * DAY)
        tell(
            store,
            one,
            (K.CLOCK_PAUSED, ask, SARI, HOUR),
            (K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM), SARI, 5 * HOUR),
        )
    store.advice.count(now=NOW)
    found = store.advice.comparables.pasts
    assert found[CourseKind.ASK.value, "sampah", ""].n == 3
    assert found[CourseKind.SPAM.value, "sampah", ""].n == 3


def test_an_automatic_place_a_decided_one_and_none_at_all(store: Store) -> None:
    border = Location(PlaceBadge.BORDER, TEBET_TIMUR, TEBET_BARAT, 12, "e1")
    put(store, report(1, location=border), report(2), report(3, place_quality=PlaceQuality.OUTSIDE))
    one, two, three = report(1), report(2), report(3)
    assert courses(store, one)[:2] == [f"crew:{TEBET_TIMUR}", f"crew:{TEBET_BARAT}"]
    assert courses(store, two)[0] == "ask"
    assert courses(store, three)[0] == "outside"
    tell(store, two, (K.PLACE_SET, PlaceSet(TEBET_BARAT), SARI, HOUR))
    assert courses(store, two)[0] == f"crew:{TEBET_BARAT}"


def test_a_kelurahan_in_the_words_is_found_by_a_whole_name_or_after_its_rank(store: Store) -> None:
    for number, (text, first) in enumerate(
        [
            ("sampah menumpuk di Tebet Timur", f"crew:{TEBET_TIMUR}"),
            ("sampah menumpuk di kel. Gambir", "crew:31.71.01.1001"),
            ("sampah menumpuk di Gambir", "ask"),  # a kecamatan and a station are called so too
        ]
    ):
        one = report(number, text)
        put(store, one)
        assert courses(store, one)[0] == first


def test_a_hand_back_goes_where_the_office_says_and_stays_where_it_belongs(store: Store) -> None:
    one = report(1, "lampu jalan mati", category="lampu_jalan")
    put(store, one)
    tell(
        store,
        one,
        (K.PLACE_SET, PlaceSet(TEBET_TIMUR), SARI, MINUTE),
        (K.ROUTING_SENT, RoutingSent(TEBET_TIMUR, "sesuai lokasi"), SARI, HOUR),
        (K.REPORT_DELIVERED, Delivered(TEBET_TIMUR), LURAH, HOUR),
        (K.ROUTING_RETURNED, RoutingReturned(TEBET_TIMUR, "bukan wewenang", "SUDIN-BM-JS"), LURAH, 2 * HOUR),
    )
    assert courses(store, one)[0] == "route:SUDIN-BM-JS"


def test_what_was_set_aside_goes_behind(store: Store) -> None:
    one = report(1, "sampah menumpuk di Tebet Timur")
    put(store, one)
    offered = tuple(courses(store, one))
    refused = CourseRefused(offered[0], 1, offered, "2026", "sudah ditelepon")
    tell(store, one, (K.COURSE_REFUSED, refused, SARI, HOUR))
    assert courses(store, one)[0] != offered[0]


def test_a_look_alike_is_offered_unless_it_is_private(store: Store) -> None:
    there: dict[str, Any] = {
        "lat": -6.23,
        "lon": 106.85,
        "accuracy_m": 8.0,
        "place_quality": PlaceQuality.EXACT,
    }
    text = "pohon besar tumbang menutup jalan Melati 3 depan masjid"
    first, second = report(1, text, **there), report(2, text, **there)
    put(store, first, second)
    detail = store.report(second.id)
    assert detail is not None
    course = store.advice.offer(detail, KNOWN, now=NOW).courses[0]
    assert (course.id, course.member) == (f"join:{first.id}", first.id)
    assert dict(course.reasons[0].params)["number"] == "JAKI-1"
    hidden = report(3, text, private=True, **there)
    put(store, hidden)
    assert not [name for name in courses(store, report(3)) if name.startswith("join")]


def test_a_reporter_who_sends_many_is_counted_within_the_day(store: Store) -> None:
    many = [report(n, "xyzzy plugh", author="a", category=None) for n in range(9)]
    put(store, *many, report(100, "xyzzy", author="b"))
    detail = store.report(many[-1].id)
    assert detail is not None
    assert store.advice.case(detail, KNOWN, store.law(), now=NOW).repeats == 9


def test_traffic_and_closed_reports_await_no_decision(store: Store) -> None:
    closed = report(1, source_status=Status.DONE)
    jam = report(2, kind=ReportKind.CONTEXT)
    put(store, closed, jam)
    assert courses(store, closed) == courses(store, jam) == []
