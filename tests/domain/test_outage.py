"""Outages that become windows by themselves: what counts, how they are named, and who ends them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.calamity import CalamityState
from smartcity_desk.domain.events import CalamityDeclared, CalamityEnded, EventKind, PauseCode
from smartcity_desk.domain.outage import (
    CENTRAL,
    LEAST,
    LONGEST,
    REASON,
    Outage,
    OutageKind,
    Window,
    duties,
    is_automatic,
    windows,
)
from smartcity_desk.domain.subjects import Subject
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.domain.asking import Affair
from tests.domain.builders import T0
from tests.domain.mark_world import PEOPLE

K = EventKind
NOW = T0 + 2 * DAY
DESK = {
    who
    for who, actor in PEOPLE.items()
    if actor.role.value in {"operator", "supervisor", "reviewer", "admin"}
}


def outage(since: int, until: int | None, *, place: str = "x", witnessed: bool = True) -> Outage:
    return Outage(place, OutageKind.FAILED, since, until, "transient", witnessed)


def test_only_what_was_witnessed_and_long_enough_is_a_window() -> None:
    assert windows([outage(T0, T0 + LEAST - 1)], NOW) == []
    assert windows([outage(T0, T0 + HOUR, witnessed=False)], NOW) == []
    assert windows([outage(T0, T0 + LEAST)], NOW) == [Window("x", T0, T0 + LEAST)]
    assert windows([outage(NOW - LEAST, None)], NOW) == [Window("x", NOW - LEAST, None)]


def test_outages_close_together_are_one_window_and_places_are_apart() -> None:
    flapping = [outage(T0 + n * 12 * MINUTE, T0 + n * 12 * MINUTE + 8 * MINUTE) for n in range(4)]
    other = outage(T0, T0 + HOUR, place=CENTRAL)
    assert windows([*reversed(flapping), other], NOW) == [
        Window(CENTRAL, T0, T0 + HOUR),
        Window("x", T0, T0 + 44 * MINUTE),
    ]


def test_a_longer_outage_than_a_pause_may_be_is_several_windows() -> None:
    found = windows([outage(T0, None)], T0 + 16 * DAY)
    assert [one.since for one in found] == [T0, T0 + LONGEST, T0 + 2 * LONGEST]
    assert [one.until for one in found] == [T0 + LONGEST, T0 + 2 * LONGEST, None]


@given(st.lists(st.tuples(st.integers(0, 5 * DAY), st.integers(0, DAY)), max_size=20))
def test_windows_never_overlap_and_lie_where_outages_were(spans: list[tuple[int, int]]) -> None:
    given_ = [outage(T0 + since, T0 + since + length) for since, length in spans]
    found = windows(given_, T0 + 10 * DAY)
    for before, after in pairwise(found):
        assert before.until is not None
        assert before.until <= after.since
    for one in found:
        assert any(each.since == one.since for each in given_)
        assert any(each.until == one.until for each in given_)


def told(window: Window, ended: int | None = None) -> dict[str, CalamityState]:
    return {window.id: CalamityState(window.declared(), NOW, "ani", "e", ended)}


def test_two_desks_that_saw_it_begin_within_a_quarter_name_one_window() -> None:
    at = T0 // LEAST * LEAST
    one, two = Window("x", at + 2_000, at + HOUR), Window("x", at + MINUTE, at + HOUR + MINUTE)
    assert one.id == two.id
    assert duties([two], told(one), {}, NOW) == []
    across = Window("x", at - MINUTE, at + HOUR)
    assert across.id != one.id
    assert (
        duties([across], told(one), {}, NOW) == []
    )  # what is declared covers it but for the moments of looking
    longer = Window("x", at - MINUTE, at + 3 * HOUR)
    assert [duty.name for duty in duties([longer], told(one), {}, NOW)] == [longer.id]


def test_a_window_that_lasts_is_declared_and_then_ended_by_whoever_hears_the_place_again() -> None:
    begun = Window("x", NOW - HOUR, None)
    (duty,) = duties([begun], {}, {}, NOW)
    assert (duty.window.declared().until, duty.end) == (None, None)
    assert duties([begun], told(begun), {}, NOW) == []
    over = replace(begun, until=NOW - MINUTE)
    (ended,) = duties([over], told(begun), {"x": NOW}, NOW)
    assert (ended.name, ended.end) == (begun.id, NOW - MINUTE)
    (by_another,) = duties([], told(begun), {"x": NOW - 5}, NOW)
    assert by_another.end == NOW - 5
    assert duties([], told(begun), {"x": begun.since - 1}, NOW) == []
    assert duties([over], told(begun, NOW), {"x": NOW}, NOW) == []


def test_a_declaration_by_hand_is_nobody_else_s_to_end() -> None:
    by_hand = CalamityDeclared(PauseCode.OUTAGE, (), NOW - HOUR, None, "pusat data padam", ("x",))
    known = {"0198c0de-0000-7000-8000-000000000001": CalamityState(by_hand, NOW, "siti", "e")}
    assert duties([], known, {"x": NOW}, NOW) == []


def test_every_desk_may_tell_of_an_outage_that_it_noticed_and_of_no_other() -> None:
    window = Window("jaki", T0, T0 + HOUR)
    said = window.declared()
    affair = Affair(Subject.CALAMITY, window.id)
    may = DESK | {"system"}
    assert affair.codes(K.CALAMITY_DECLARED, said, NOW) == {
        who: "ok" if who in may else "role_not_allowed" for who in PEOPLE
    }
    for other in (
        replace(said, reason="pusat data padam"),
        replace(said, since=T0 - HOUR),
        replace(said, channels=("x",)),
        replace(said, offices=("31.74",)),
        replace(said, code=PauseCode.CALAMITY, channels=()),
    ):
        assert not is_automatic(window.id, other)
        assert affair.code(K.CALAMITY_DECLARED, other, "operator", NOW) == "role_not_allowed"
    future = Window("jaki", NOW + HOUR, NOW + 2 * HOUR)
    ahead = Affair(Subject.CALAMITY, future.id)
    assert ahead.code(K.CALAMITY_DECLARED, future.declared(), "operator", NOW) == "ends_in_the_future"


def test_every_desk_may_end_what_was_noticed_and_nothing_else() -> None:
    window = Window("jaki", T0, None)
    affair = Affair(Subject.CALAMITY, window.id).do(K.CALAMITY_DECLARED, window.declared(), "operator", NOW)
    assert affair.code(K.CALAMITY_DECLARED, window.declared(), "admin", NOW) == "already_declared"
    affair.do(K.CALAMITY_ENDED, CalamityEnded(NOW, REASON), "operator", NOW)
    assert affair.state.exemption().until == NOW
    by_hand = Affair(Subject.CALAMITY, "0198c0de-0000-7000-8000-000000000001").do(
        K.CALAMITY_DECLARED, replace(window.declared(), reason="pusat data padam"), "admin", NOW
    )
    assert by_hand.code(K.CALAMITY_ENDED, CalamityEnded(NOW, REASON), "operator", NOW) == "role_not_allowed"


@pytest.mark.parametrize("place", ["x", CENTRAL])
def test_a_window_knows_itself_again(place: str) -> None:
    window = Window(place, T0, T0 + HOUR)
    assert is_automatic(window.id, window.declared())
    assert not is_automatic(Window("other", T0, None).id, window.declared())
