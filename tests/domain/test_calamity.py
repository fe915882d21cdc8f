"""Declared events: who declares them, how long they last, and what they mean for clocks."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.calamity import fold_calamity
from smartcity_desk.domain.decision import SKEW_MS
from smartcity_desk.domain.events import (
    CalamityDeclared,
    CalamityEnded,
    Event,
    EventKind,
    MarkStepped,
    PauseCode,
    Payload,
)
from smartcity_desk.domain.subjects import Subject
from smartcity_desk.domain.times import DAY, HOUR
from tests.domain.asking import Affair, in_any_order
from tests.domain.builders import T0, TEBET
from tests.domain.mark_world import PEOPLE

K = EventKind
NAME = "0198c0de-0000-7000-8000-000000000001"
FLOOD = CalamityDeclared(PauseCode.CALAMITY, ("31.74",), T0, T0 + 2 * DAY, "banjir besar di selatan")
OUTAGE = CalamityDeclared(PauseCode.OUTAGE, (), T0, None, "pusat data padam", ("jaki",))
MAY = {"marker", "notifier", "proposer", "supervisor", "admin", "system"}


def affair() -> Affair:
    return Affair(Subject.CALAMITY, NAME)


def declared(payload: CalamityDeclared = FLOOD) -> Affair:
    return affair().do(K.CALAMITY_DECLARED, payload, "supervisor", T0)


def test_who_declares_and_who_ends() -> None:
    codes = affair().codes(K.CALAMITY_DECLARED, FLOOD, T0)
    assert codes == {who: "ok" if who in MAY else "role_not_allowed" for who in PEOPLE}
    over = CalamityEnded(T0 + HOUR, "air surut")
    codes = declared().codes(K.CALAMITY_ENDED, over, T0 + HOUR)
    assert codes == {who: "ok" if who in MAY else "role_not_allowed" for who in PEOPLE}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (FLOOD, "ok"),
        (replace(FLOOD, until=None), "ok"),
        (replace(FLOOD, offices=()), "ok"),  # the whole city
        (replace(FLOOD, offices=(TEBET, "99.99")), "unknown_office"),
        (replace(FLOOD, code=PauseCode.LONG_WORK), "payload_mismatch"),
        (replace(FLOOD, code=PauseCode.WAITING_REPORTER), "payload_mismatch"),
        (replace(FLOOD, channels=("jaki",)), "payload_mismatch"),
        (OUTAGE, "ok"),
        (replace(FLOOD, until=T0), "pause_ends_before_start"),
        (replace(FLOOD, until=T0 - 1), "pause_ends_before_start"),
        (replace(FLOOD, until=T0 + 14 * DAY + SKEW_MS), "ok"),
        (replace(FLOOD, until=T0 + 14 * DAY + SKEW_MS + 1), "calamity_too_long"),
        (replace(OUTAGE, until=T0 + 8 * DAY), "calamity_too_long"),
        (replace(FLOOD, reason="  "), "reason_required"),
        (replace(FLOOD, reason="b" * 20_001), "text_too_long"),
        (replace(FLOOD, since=T0 - 3 * DAY, until=T0 - DAY), "ok"),  # found out afterwards
        (MarkStepped("banjir"), "payload_mismatch"),
    ],
)
def test_what_is_declared(payload: Payload, code: str) -> None:
    assert affair().code(K.CALAMITY_DECLARED, payload, "supervisor", T0) == code


def test_it_is_declared_once_and_ended_once() -> None:
    one = declared()
    assert set(one.codes(K.CALAMITY_DECLARED, FLOOD, T0 + 1).values()) == {
        "already_declared",
        "role_not_allowed",
    }
    one.do(K.CALAMITY_ENDED, CalamityEnded(T0 + HOUR), "supervisor", T0 + HOUR)
    assert one.code(K.CALAMITY_ENDED, CalamityEnded(T0 + HOUR), "admin", T0 + 2 * HOUR) == "no_change"
    assert affair().code(K.CALAMITY_ENDED, CalamityEnded(T0), "admin", T0) == "unknown_subject"


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (T0 - 1, "pause_ends_before_start"),
        (T0, "ok"),
        (T0 + HOUR, "ok"),
        (T0 + HOUR + SKEW_MS, "ok"),
        (T0 + HOUR + SKEW_MS + 1, "ends_in_the_future"),  # nobody knows when the water will be gone
    ],
)
def test_it_was_over_when_it_was_over(until: int, code: str) -> None:
    assert declared().code(K.CALAMITY_ENDED, CalamityEnded(until), "supervisor", T0 + HOUR) == code


def test_the_end_has_no_flood_of_words() -> None:
    long = CalamityEnded(T0 + HOUR, "b" * 20_001)
    assert declared().code(K.CALAMITY_ENDED, long, "supervisor", T0 + HOUR) == "text_too_long"


@pytest.mark.parametrize(
    ("said", "ended", "until"),
    [
        (FLOOD, None, T0 + 2 * DAY),
        (replace(FLOOD, until=None), None, T0 + 14 * DAY),  # nobody ended it: as long as a pause may last
        (OUTAGE, None, T0 + 7 * DAY),
        (replace(FLOOD, until=T0 + 14 * DAY + SKEW_MS), None, T0 + 14 * DAY),
        (FLOOD, T0 + HOUR, T0 + HOUR),
        (FLOOD, T0 + 5 * DAY, T0 + 5 * DAY),  # it lasted longer than was thought
        (FLOOD, T0 + 40 * DAY, T0 + 14 * DAY),
        (FLOOD, T0, T0),
    ],
)
def test_what_it_means_for_clocks(said: CalamityDeclared, ended: int | None, until: int) -> None:
    one = declared(said)
    if ended is not None:
        one.do(K.CALAMITY_ENDED, CalamityEnded(ended), "supervisor", max(T0, ended))
    found = one.state.exemption()
    assert (found.code, found.since, found.until) == (said.code, T0, until)
    assert (found.offices, found.channels) == (frozenset(said.offices), frozenset(said.channels))
    assert found.event == one.events[0].id
    assert found.ended_by == (None if ended is None else one.events[-1].id)


def test_nothing_declared_means_nothing() -> None:
    assert fold_calamity([]).exemption() is None
    stray = Event("e", NAME, K.CALAMITY_ENDED, T0, PEOPLE["supervisor"], CalamityEnded(T0), seq=1)
    assert fold_calamity([stray]).exemption() is None


said_ones = st.builds(
    CalamityDeclared,
    code=st.sampled_from([PauseCode.CALAMITY, PauseCode.OUTAGE]),
    offices=st.sampled_from([(), ("31.74",), (TEBET,)]),
    since=st.integers(T0 - DAY, T0 + DAY),
    until=st.none() | st.integers(T0 - 2 * DAY, T0 + 20 * DAY),
    reason=st.just("banjir"),
)
ends = st.builds(CalamityEnded, until=st.integers(T0 - 2 * DAY, T0 + 20 * DAY))


@given(st.lists(said_ones | ends, max_size=6), st.randoms(use_true_random=False))
def test_the_fold_is_the_same_in_any_order(payloads: list[Payload], dice: random.Random) -> None:
    events = [
        Event(
            ids.event_id(f"a{n}"),
            NAME,
            K.CALAMITY_DECLARED if isinstance(payload, CalamityDeclared) else K.CALAMITY_ENDED,
            T0 + n,
            PEOPLE["supervisor"],
            payload,
            seq=n + 1,
        )
        for n, payload in enumerate(payloads)
    ]
    in_any_order(Subject.CALAMITY, events, dice)
    found = fold_calamity(events).exemption()
    if found is not None:
        assert found.since <= found.until <= found.since + 14 * DAY
