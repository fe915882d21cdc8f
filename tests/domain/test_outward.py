"""What leaves the unit: each step told once, rarely and by day, and no list without its data."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.decision import SKEW_MS
from smartcity_desk.domain.events import Event, EventKind, ListPrinted, MarkStepped, NoticeSent, Payload
from smartcity_desk.domain.marks import MarkState
from smartcity_desk.domain.outward import (
    OUTWARD_HOLD_MS,
    OUTWARD_KINDS,
    fold_inbox,
    fold_list,
    free_from,
    notice_key,
    quiet,
    quiet_ends,
    rung_of,
)
from smartcity_desk.domain.policy import Ladder, Rung
from smartcity_desk.domain.subjects import Context, Subject
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.domain.asking import Affair, in_any_order
from tests.domain.builders import TEBET
from tests.domain.mark_world import FILED_AT, HASH, LATER, LAW, MARK, PEOPLE, PLACES, filing, wib

K = EventKind
NOON = wib("11-25 12:00")
NIGHT = wib("11-25 23:30")
CAMAT = "31.74.01"
PERSONS = {"marker", "notifier", "proposer", "supervisor", "admin"}
SENDERS = PERSONS | {"operator", "reviewer", "disposer", "clerk", "system"}
LADDER = Ladder()


def box(office: str = TEBET) -> Affair:
    return Affair(Subject.INBOX, ids.inbox_id(office))


def notice(*segments: str, rung: Rung = Rung.OFFICE, office: str = TEBET, urgent: bool = False) -> NoticeSent:
    keys = tuple(notice_key(segment, rung, office) for segment in segments)
    return NoticeSent(office, keys, tuple(segments), urgent)


# ---------------------------------------------------------------- notices


def test_who_tells_an_office_and_who_a_camat() -> None:
    wanted = {who: "ok" if who in SENDERS else "role_not_allowed" for who in PEOPLE}
    assert box().codes(K.NOTICE_SENT, notice("s1"), NOON) == wanted
    up = notice("s1", rung=Rung.KECAMATAN, office=CAMAT)
    assert box(CAMAT).codes(K.NOTICE_SENT, up, NOON) == wanted


@pytest.mark.parametrize("rung", [Rung.KOTA, Rung.DINAS, Rung.ASISTEN, Rung.SEKDA, Rung.GUBERNUR])
def test_no_step_above_a_camat_without_a_person(rung: Rung) -> None:
    up = notice("s1", rung=rung, office="X")
    assert box("X").codes(K.NOTICE_SENT, up, NOON) == {
        who: "ok" if who in PERSONS else "notice_needs_person" if who in SENDERS else "role_not_allowed"
        for who in PEOPLE
    }
    smuggled = NoticeSent("X", (*notice("s2", office="X").keys, *up.keys), ("s1", "s2"))
    assert box("X").code(K.NOTICE_SENT, smuggled, "system", NOON) == "notice_needs_person"


def test_each_step_is_told_once() -> None:
    one = box().do(K.NOTICE_SENT, notice("s1", "s2"), "system", NOON)
    later = NOON + DAY
    assert one.code(K.NOTICE_SENT, notice("s1", "s2"), "system", later) == "notice_already_sent"
    assert one.code(K.NOTICE_SENT, notice("s2", "s3"), "admin", later) == "notice_already_sent"
    assert one.code(K.NOTICE_SENT, notice("s1", urgent=True), "admin", later) == "notice_already_sent"
    assert one.code(K.NOTICE_SENT, notice("s3"), "system", later) == "ok"
    assert one.code(K.NOTICE_SENT, notice("s1", rung=Rung.KECAMATAN), "system", later) == "ok"


def test_an_office_hears_at_most_once_in_four_hours() -> None:
    one = box().do(K.NOTICE_SENT, notice("s1"), "system", NOON)
    end = NOON + 4 * HOUR
    decision = one.ask(K.NOTICE_SENT, notice("s2"), "system", end - 1)
    assert decision.code == "notice_too_early"  # type: ignore[union-attr]
    assert decision.params == {"at": end}  # type: ignore[union-attr]
    assert one.code(K.NOTICE_SENT, notice("s2"), "system", end) == "ok"
    assert box(CAMAT).code(
        K.NOTICE_SENT, notice("s2", rung=Rung.KECAMATAN, office=CAMAT), "system", NOON + 1
    ) == ("ok"), "each office has its own time"
    late = box().do(K.NOTICE_SENT, notice("s1"), "system", wib("11-25 18:30"))
    decision = late.ask(K.NOTICE_SENT, notice("s2"), "system", wib("11-25 20:59"))
    assert decision.params == {"at": wib("11-26 06:00")}  # type: ignore[union-attr]


def test_a_digest_that_a_fast_clock_dated_ahead_silences_nobody_until_then() -> None:
    one = box().do(K.NOTICE_SENT, notice("s1"), "system", NOON + 300 * DAY)
    assert one.code(K.NOTICE_SENT, notice("s2"), "system", NOON) == "ok"
    near = box().do(K.NOTICE_SENT, notice("s1"), "system", NOON + HOUR)
    assert near.code(K.NOTICE_SENT, notice("s2"), "system", NOON) == "notice_too_early"
    assert near.code(K.NOTICE_SENT, notice("s2"), "system", NOON + 5 * HOUR) == "ok"


@pytest.mark.parametrize(
    ("clock", "code"),
    [
        ("11-25 20:59", "ok"),
        ("11-25 21:00", "quiet_hours"),
        ("11-25 23:59", "quiet_hours"),
        ("11-26 00:00", "quiet_hours"),
        ("11-26 05:59", "quiet_hours"),
        ("11-26 06:00", "ok"),
    ],
)
def test_nobody_is_woken_but_for_a_life(clock: str, code: str) -> None:
    assert box().code(K.NOTICE_SENT, notice("s1"), "system", wib(clock)) == code
    assert box().code(K.NOTICE_SENT, notice("s1"), "admin", wib(clock)) == code, "nor by a supervisor"
    one = box().do(K.NOTICE_SENT, notice("s1"), "system", wib("11-25 20:30"))
    for n in range(2):  # one after the other, at night, right after a digest
        one.do(K.NOTICE_SENT, notice(f"u{n}", urgent=True), "system", wib(clock) + n)
    assert one.code(K.NOTICE_SENT, notice("s2"), "system", wib("11-26 06:00")) == "ok", (
        "what was urgent holds no other digest back"
    )


@pytest.mark.parametrize(
    "payload",
    [
        NoticeSent(TEBET, (), ()),
        NoticeSent(TEBET, ("s1",), ("s1",)),
        NoticeSent(TEBET, ("s1|office",), ("s1",)),
        NoticeSent(TEBET, ("s1|lantai|" + TEBET,), ("s1",)),
        NoticeSent(TEBET, ("s1|office|" + CAMAT,), ("s1",)),
        NoticeSent(TEBET, ("s1|office|" + TEBET,) * 2, ("s1",)),
        NoticeSent(TEBET, ("s1|office|" + TEBET,), ("s1", "s2")),
        NoticeSent(TEBET, ("s1|office|" + TEBET,), ()),
        notice("s1", office=CAMAT),  # in the box of another
        MarkStepped("pesan"),
    ],
)
def test_a_notice_tells_what_it_is_about(payload: Payload) -> None:
    assert box().code(K.NOTICE_SENT, payload, "admin", NOON) == "payload_mismatch"


def test_a_key_names_its_rung() -> None:
    assert rung_of(notice_key("s1", Rung.SEKDA, "SEKDA")) is Rung.SEKDA
    assert rung_of("s1|sekda") is None
    assert rung_of("s1|tangga|SEKDA") is None


@pytest.mark.parametrize(
    ("quiet_from", "quiet_to", "hours"),
    [
        (21, 6, {21, 22, 23, 0, 1, 2, 3, 4, 5}),
        (0, 6, {0, 1, 2, 3, 4, 5}),
        (24, 6, {0, 1, 2, 3, 4, 5}),
        (21, 24, {21, 22, 23}),
        (8, 8, set()),
        (0, 24, set()),  # a day without a waking hour would silence everybody for ever
    ],
)
def test_quiet_hours_are_jakarta_s(quiet_from: int, quiet_to: int, hours: set[int]) -> None:
    rule = Ladder(quiet_from=quiet_from, quiet_to=quiet_to)
    start = wib("11-25 00:00")
    assert {hour for hour in range(24) if quiet(rule, start + hour * HOUR)} == hours
    for minute in range(0, 24 * 60, 30):
        at = start + minute * MINUTE
        end = quiet_ends(rule, at)
        assert at <= end <= at + DAY
        assert not quiet(rule, end)
        assert end == at or all(quiet(rule, one) for one in range(at, end, 30 * MINUTE))


@given(
    plain=st.lists(st.integers(0, 4 * DAY), max_size=6).map(sorted),
    at=st.integers(0, 4 * DAY),
    digest=st.integers(0, 9),
    hours=st.tuples(st.integers(0, 24), st.integers(0, 24)),
)
def test_the_first_free_instant_is_free_and_the_first(
    plain: list[int], at: int, digest: int, hours: tuple[int, int]
) -> None:
    rule = Ladder(digest_ms=digest * HOUR, quiet_from=hours[0], quiet_to=hours[1])

    def free(one: int) -> bool:
        return not quiet(rule, one) and all(abs(one - sent) >= rule.digest_ms for sent in plain)

    found = free_from(plain, rule, at)
    assert found >= at
    assert free(found)
    assert not any(free(one) for one in range(at, found, 10 * MINUTE))
    assert found == at or not free(found - 1)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, DAY)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_a_box_is_the_same_in_any_order(sent: list[tuple[int, bool, int]], dice: random.Random) -> None:
    events = [
        Event(
            ids.event_id(f"a{n}"),
            ids.inbox_id(TEBET),
            K.NOTICE_SENT,
            NOON + at,
            PEOPLE["system"],
            notice(f"s{segment}", urgent=urgent),
            seq=n + 1,
        )
        for n, (segment, urgent, at) in enumerate(sent)
    ]
    in_any_order(Subject.INBOX, events, dice)
    state = fold_inbox(events)
    assert state.plain == tuple(sorted(NOON + at for _, urgent, at in sent if not urgent))
    assert len(state.digests) == len(sent)
    assert state.office == (TEBET if sent else "")


# ---------------------------------------------------------------- lists

NUMBER = "003/ESK/XI/2026"
PRINTED = ListPrinted(NUMBER, NOON, HASH, "cd" * 32, ("test",), (MARK,), ("s1", "s2"))


def a_list(place: str = "unopposed", number: str = NUMBER) -> tuple[Affair, int]:
    state, now = PLACES[place].make().state, PLACES[place].now

    def mark_of(name: str) -> MarkState | None:
        return state if name == MARK and state.raised_at is not None else None

    return Affair(Subject.LIST, ids.list_id(number), Context(LAW, mark_of)), max(now, NOON)


def test_who_prints() -> None:
    one, now = a_list()
    assert one.codes(K.LIST_PRINTED, PRINTED, now) == {
        who: "ok" if who in PERSONS else "role_not_allowed" for who in PEOPLE
    }


@pytest.mark.parametrize("place", PLACES)
def test_only_marks_that_may_be_proposed_stand_in_a_list(place: str) -> None:
    state = PLACES[place].make().state
    one = Affair(Subject.LIST, ids.list_id(NUMBER), Context(LAW, lambda _: state))
    if place == "none":
        one, _ = a_list(place)
    now = PLACES[place].now
    printed = replace(PRINTED, data_at=now)
    codes = {code for who, code in one.codes(K.LIST_PRINTED, printed, now).items() if who in PERSONS}
    ready = place in {"unopposed", "heard", "missed", "proposed", "decided"}
    assert codes == {"no_mark" if place == "none" else "ok" if ready else "mark_not_ready"}


@pytest.mark.parametrize(("out", "code"), [(10, "ok"), (11, "no_longer")])
def test_a_mark_that_objections_have_emptied_stands_in_no_list(out: int, code: str) -> None:
    """Of 30 items in the window 20 have to be left; nobody answered, so what was objected to is out."""
    case = PLACES["window"].make()
    gone = case.state.counted[0].late[:out]
    state = case.do("file", "lurah", FILED_AT, filing("o1", gone, letter="")).state
    one = Affair(Subject.LIST, ids.list_id(NUMBER), Context(LAW, lambda _: state))
    assert one.code(K.LIST_PRINTED, replace(PRINTED, data_at=LATER), "admin", LATER) == code


def test_nothing_is_printed_without_its_data() -> None:
    one, now = a_list()
    for missing in (
        replace(PRINTED, snapshot=""),
        replace(PRINTED, document=""),
        replace(PRINTED, snapshot="AB" * 32),
    ):
        assert {one.code(K.LIST_PRINTED, missing, who, now) for who in PERSONS} == {"snapshot_required"}


@pytest.mark.parametrize(
    "payload",
    [
        replace(PRINTED, number=""),
        replace(PRINTED, number="004/ESK/XI/2026"),
        replace(PRINTED, data_at=PLACES["unopposed"].now + SKEW_MS + 1),
        MarkStepped("cetak"),
    ],
)
def test_a_list_says_which_it_is(payload: Payload) -> None:
    one, now = a_list()
    assert one.code(K.LIST_PRINTED, payload, "admin", now) == "payload_mismatch"


def test_a_number_has_a_length() -> None:
    long = "9" * 61
    one, now = a_list(number=long)
    assert one.code(K.LIST_PRINTED, replace(PRINTED, number=long), "admin", now) == "payload_mismatch"


def test_a_number_names_one_list_for_ever() -> None:
    one, now = a_list()
    one.do(K.LIST_PRINTED, PRINTED, "supervisor", now)
    again = replace(PRINTED, document="ef" * 32)
    assert {one.code(K.LIST_PRINTED, again, who, now + 1) for who in PERSONS} == {"list_number_taken"}
    first = one.events[0]
    second = replace(first, id="x", payload=again, seq=2)
    assert fold_list([second, first]).printed == PRINTED
    assert fold_list([]).printed is None
    in_any_order(Subject.LIST, [first, second], random.Random(4))


def test_the_outward_acts_can_be_stopped_for_a_minute() -> None:
    assert {K.MARK_NOTIFIED, K.MARK_PROPOSED, K.LIST_PRINTED} == OUTWARD_KINDS
    assert OUTWARD_HOLD_MS == 60_000
