"""What became of an answer: one line each, whatever the server has told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.events import (
    Event,
    EventKind,
    NoteAdded,
    RejectCode,
    ReporterAnswered,
    ReportRejected,
    Responded,
)
from smartcity_desk.domain.receipt import Course, Outlet, Receipt, ReceiptState, course_of, fates, unanswered
from tests.domain.builders import ANI, T0, TEBET

K = EventKind
SAID = Event("e1", "r", K.REPORTER_ANSWERED, T0, ANI, ReporterAnswered("Sudah kami terima."), seq=5)
PENDING = replace(SAID, seq=None)
KOTA = Outlet("qlue", "kota", "on", 9)
SENT = Receipt("a", "r", "kota", "update", 5, ReceiptState.SENT, T0 + 1, T0 + 2, T0 + 2, 1)


def courses(events: list[Event], receipts: list[Receipt], outlets: list[Outlet] | None) -> list[Course]:
    return [fate.course for fate in fates("qlue", events, receipts, outlets)]


@pytest.mark.parametrize(
    ("event", "receipts", "outlets", "course"),
    [
        (PENDING, [], [KOTA], Course.HERE),
        (SAID, [], None, Course.UNTOLD),
        (SAID, [], [], Course.UNSET),
        (SAID, [], [replace(KOTA, channel="x")], Course.UNSET),
        (SAID, [], [replace(KOTA, mode="off")], Course.UNSET),
        (SAID, [], [KOTA], Course.EARLIER),
        (SAID, [], [replace(KOTA, since_seq=4)], Course.QUEUED),
        (SAID, [replace(SENT, state=ReceiptState.WAITING, attempts=0)], [KOTA], Course.QUEUED),
        (SAID, [replace(SENT, state=ReceiptState.WAITING, attempts=2)], [KOTA], Course.AGAIN),
        (SAID, [replace(SENT, state=ReceiptState.DRY)], [KOTA], Course.SHOWN),
        (SAID, [replace(SENT, state=ReceiptState.REFUSED)], [KOTA], Course.REFUSED),
        (SAID, [SENT], [KOTA], Course.HANDED),
        (SAID, [SENT], None, Course.HANDED),
    ],
)
def test_each_way_of_an_answer_has_its_word(
    event: Event, receipts: list[Receipt], outlets: list[Outlet] | None, course: Course
) -> None:
    assert courses([event], receipts, outlets) == [course]


def test_only_what_is_told_to_the_reporter_is_an_answer() -> None:
    spam = Event("e2", "r", K.REPORT_REJECTED, T0, ANI, ReportRejected(RejectCode.SPAM, ""), seq=6)
    vague = replace(spam, payload=ReportRejected(RejectCode.TOO_VAGUE, ""))
    note = Event("e3", "r", K.NOTE_ADDED, T0, ANI, NoteAdded("di antara kita"), seq=7)
    assert fates("qlue", [note, spam], [], [KOTA]) == []
    [fate] = fates("qlue", [note, vague], [], [KOTA])
    assert (fate.text, fate.code) == ("", "reject.too_vague")


def test_what_another_reports_event_set_off_stands_by_itself() -> None:
    lead = replace(SENT, id="b", seq=77, queued_at=T0 + 50)
    handed_on = replace(SENT, id="c", seq=5, kind="request", target="mitra", queued_at=T0 + 60)
    found = fates("qlue", [SAID], [SENT, lead, handed_on], [KOTA])
    assert [(fate.text, fate.kind, fate.at) for fate in found] == [
        ("Sudah kami terima.", "update", T0),
        ("", "update", T0 + 50),
        ("", "request", T0 + 60),
    ]


def test_two_targets_are_two_lines() -> None:
    other = replace(SENT, id="b", target="provinsi", state=ReceiptState.REFUSED)
    assert courses([SAID], [SENT, other], [KOTA]) == [Course.HANDED, Course.REFUSED]


RECEIPTS = st.builds(
    Receipt,
    id=st.uuids().map(str),
    report=st.just("r"),
    target=st.sampled_from(["kota", "mitra"]),
    kind=st.sampled_from(["update", "request"]),
    seq=st.integers(1, 6),
    state=st.sampled_from(ReceiptState),
    queued_at=st.integers(T0, T0 + 100),
    next_at=st.just(T0),
    attempts=st.integers(0, 3),
)


@given(st.lists(RECEIPTS, max_size=6), st.integers(0, 4))
def test_no_receipt_is_lost_and_no_answer_is_silent(receipts: list[Receipt], answers: int) -> None:
    said = Responded(TEBET, "Petugas sudah berangkat ke sana.")
    events = [Event(f"e{n}", "r", K.REPORT_RESPONDED, T0 + n, ANI, said, seq=n + 1) for n in range(answers)]
    found = fates("qlue", events, receipts, [KOTA])
    told = [fate.receipt.id for fate in found if fate.receipt is not None]
    assert sorted(told) == sorted(one.id for one in receipts)
    assert sum(bool(fate.text) for fate in found) >= answers
    assert [fate.at for fate in found] == sorted(fate.at for fate in found)
    assert all(fate.course is course_of(fate.receipt) for fate in found if fate.receipt is not None)


def test_channels_without_an_open_outlet_are_known_once_the_server_has_told() -> None:
    off = replace(KOTA, channel="waze", mode="off")
    assert unanswered(["waze", "qlue", "manual", "waze"], [KOTA, off]) == ["manual", "waze"]
    assert unanswered(["qlue"], []) == ["qlue"]
    assert unanswered(["qlue"], None) == []
