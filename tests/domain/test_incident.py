"""Incidents: who leads, who follows, and that separating gives back exactly what would be without the join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk.domain import ids
from smartcity_desk.domain.custody import Segment, segments
from smartcity_desk.domain.events import (
    CompletionAnswered,
    CompletionClaimed,
    Event,
    EventKind,
    ExclusionCode,
    IncidentChanged,
    RejectCode,
    Reopened,
    ReportRejected,
    Responded,
)
from smartcity_desk.domain.fold import fold
from smartcity_desk.domain.incident import (
    JOINED,
    Member,
    answer_of,
    answers,
    followers,
    following,
    lead,
    member,
    tie,
)
from smartcity_desk.domain.items import Objected, items, tally
from smartcity_desk.domain.report import CLOSED_STATUSES, Status
from smartcity_desk.domain.state import Joined, initial
from smartcity_desk.domain.times import DAY, HOUR
from tests.domain.builders import ANI, BUDI, LURAH, SYSTEM, T0, TEBET, report
from tests.domain.lives import ANSWER, MANY, PATIENCE, Life, city_law, lives

pytestmark = pytest.mark.timeout(PATIENCE)
many = settings(max_examples=MANY)
K = EventKind
ONE, OTHER = ids.event_id("one"), ids.event_id("other")
LAW = city_law()
NOW = T0 + 40 * DAY


# ---------------------------------------------------------------- separating restores


def woven(life: Life, places: Sequence[tuple[int, int]], *, apart: bool) -> Life:
    """The same life with joins and separations in between; with `apart` it is in no incident at the end.

    Nobody asks whether they may happen: what is confirmed has happened.
    """
    inserted: dict[int, list[tuple[EventKind, IncidentChanged]]] = {}
    for where, what in places:
        kind = K.INCIDENT_SEPARATED if what % 3 == 2 else K.INCIDENT_JOINED
        target = OTHER if what >= 3 else ONE
        inserted.setdefault(where % (len(life.events) + 1), []).append(
            (kind, IncidentChanged(target, "mirip"))
        )
    if apart:
        ends = [(K.INCIDENT_SEPARATED, IncidentChanged(name)) for name in (ONE, OTHER)]
        inserted.setdefault(len(life.events), []).extend(ends)
    events: list[Event] = []
    at = life.report.reported_at
    for number in range(len(life.events) + 1):
        for kind, payload in inserted.get(number, ()):
            name = ids.event_id(f"woven-{len(events)}")
            events.append(Event(name, life.report.id, kind, at, BUDI, payload, seq=len(events) + 1))
        if number < len(life.events):
            at = life.events[number].at
            events.append(replace(life.events[number], seq=len(events) + 1))
    return Life(life.report, tuple(events), fold(initial(life.report), events))


places = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=6)


@many
@given(lives, places, st.integers())
def test_after_separating_every_field_and_every_segment_is_what_it_would_be_without_the_join(
    life: Life, where: list[tuple[int, int]], seed: int
) -> None:
    there_and_back = woven(life, where, apart=True)
    same: dict[str, Any] = {"seq": 0, "last_event_at": None}
    assert replace(there_and_back.state, **same) == replace(life.state, **same)
    assert segments(there_and_back.origin, there_and_back.events) == segments(life.origin, life.events)
    arrived = list(there_and_back.events)
    Random(seed).shuffle(arrived)
    assert fold(initial(life.report), arrived) == there_and_back.state


@given(lives, places)
def test_while_joined_a_reports_own_life_goes_on_untouched(life: Life, where: list[tuple[int, int]]) -> None:
    joined = woven(life, where, apart=False)
    same: dict[str, Any] = {"seq": 0, "last_event_at": None, "incident": None}
    assert replace(joined.state, **same) == replace(life.state, **same)
    assert segments(joined.origin, joined.events) == segments(life.origin, life.events)


def test_two_desks_that_say_the_same_are_one_join_and_the_first_said_it() -> None:
    twice = [
        Event(f"e{number}", "r", K.INCIDENT_JOINED, T0 + number, by, IncidentChanged(ONE), seq=number)
        for number, by in ((1, ANI), (2, BUDI))
    ]
    state = fold(initial(report()), twice)
    assert state.incident == Joined(ONE, "ani", "", T0 + 1, "e1")


def test_one_that_was_joined_elsewhere_meanwhile_is_not_torn_out_of_there() -> None:
    told = [
        Event("e1", "r", K.INCIDENT_JOINED, T0, ANI, IncidentChanged(ONE), seq=1),
        Event("e2", "r", K.INCIDENT_JOINED, T0, BUDI, IncidentChanged(OTHER, base=ONE), seq=2),
        Event("e3", "r", K.INCIDENT_SEPARATED, T0, ANI, IncidentChanged(ONE), seq=3),
    ]
    state = fold(initial(report()), told)
    assert state.incident is not None
    assert state.incident.incident == OTHER


@pytest.mark.parametrize("private", [False, True])
def test_what_is_private_is_in_no_incident_whoever_says_so(private: bool) -> None:
    said = Event("e1", "r", K.INCIDENT_JOINED, T0, ANI, IncidentChanged(ONE), seq=1)
    state = fold(initial(report(private=private)), [said])
    assert (member("r", T0, state) is None) == private


# ---------------------------------------------------------------- who leads


def one_member(name: str, at: int = T0, status: Status = Status.NEW, reason: str = "") -> Member:
    return Member(name, at, status, Joined(ONE, "ani", reason, T0 + DAY, f"join-{name}"))


members_of_one = st.lists(
    st.builds(
        one_member,
        st.sampled_from("abcdefgh"),
        st.integers(T0, T0 + 3),
        st.sampled_from([Status.NEW, Status.ROUTED, Status.DONE, Status.REJECTED]),
    ),
    max_size=8,
    unique_by=lambda one: one.report,
)


@given(members_of_one, st.integers())
def test_every_valid_member_leads_or_follows_and_all_sides_agree(members: list[Member], seed: int) -> None:
    valid = [one for one in members if one.status is not Status.REJECTED]
    first = lead(members)
    behind = followers(members)
    assert (first is None) == (not valid)
    assert Counter([*behind, *([] if first is None else [first.report])]) == Counter(
        one.report for one in valid
    )
    if first is not None:
        assert all((first.reported_at, first.report) <= (one.reported_at, one.report) for one in valid)
    shuffled = list(members)
    Random(seed).shuffle(shuffled)
    assert lead(shuffled) == first
    assert followers(shuffled) == behind
    assert following(shuffled) == following(members)


def test_when_the_lead_is_rejected_the_next_one_leads_and_back_again() -> None:
    a, b, c = one_member("a", T0), one_member("b", T0 + 1), one_member("c", T0 + 2)
    assert lead([a, b, c]) == a
    rejected = a._replace(status=Status.REJECTED)
    assert lead([rejected, b, c]) == b
    assert [*followers([rejected, b, c])] == ["c"]
    assert tie([rejected, b, c], "a") is None
    assert lead([a, b, c]) == a


def test_a_report_whose_work_is_done_still_leads() -> None:
    """Else the reporters of a finished thing would wait for an answer that was given."""
    done = one_member("a", T0, Status.DONE)
    assert lead([done, one_member("b", T0 + 1)]) == done


def test_how_one_stands() -> None:
    a, b, c = one_member("a", T0), one_member("b", T0 + 1), one_member("c", T0 + 2)
    mine = tie([c, b, a], "b")
    assert mine is not None
    assert (mine.lead, mine.follows, mine.others, mine.joined) == ("a", True, 2, b.joined)
    own = tie([c, b, a], "a")
    assert own is not None
    assert (own.follows, own.others) == (False, 2)
    assert tie([a], "a") is None, "alone in an incident is by itself"


# ---------------------------------------------------------------- what counts


@given(st.lists(lives, min_size=2, max_size=4, unique_by=lambda life: life.report.id), st.data())
def test_what_follows_is_no_office_s_item_and_separating_gives_the_figures_back(
    told: list[Life], data: st.DataObject
) -> None:
    def together(which: Sequence[Life]) -> dict[str, object]:
        found = [
            Member(
                life.report.id, life.report.reported_at, life.state.status, Joined(ONE, "ani", "", T0, "j")
            )
            for life in which
        ]
        return dict(followers(found))

    spans: list[Segment] = [one for life in told for one in segments(life.origin, life.events)]
    before = items(spans, LAW, NOW)
    joined = together(told)
    during = items(spans, LAW, NOW, Objected({}, frozenset(), joined))  # type: ignore[arg-type]
    assert [one.segment for one in during] == [one.segment for one in before]
    for was, now in zip(before, during, strict=True):
        if was.segment.report not in joined:
            assert now == was, "the lead counts as before"
        else:
            assert not now.counts
            assert now.excluded is not None
            assert was.excluded in (None, now.excluded)
            if was.excluded is None:
                assert (now.excluded.code, now.excluded.user) == (ExclusionCode.DUPLICATE, "ani")
                assert now.excluded.event == "j"
    stays = data.draw(st.lists(st.sampled_from(told), max_size=1))
    after = items(spans, LAW, NOW, Objected({}, frozenset(), together(stays)))  # type: ignore[arg-type]
    assert after == before
    assert tally(after) == tally(before)


def test_the_reason_is_the_person_s_own_or_the_rule_s() -> None:
    told = [one_member("a"), one_member("b", reason=" tempat sama "), one_member("c")]
    found = followers(told)
    assert found["b"].reason == "tempat sama"
    assert found["c"].reason == JOINED


# ---------------------------------------------------------------- what reporters are told


def happened(*told: tuple[EventKind, object]) -> list[Event]:
    return [
        Event(f"e{at}", "a", kind, T0 + at, LURAH, payload, seq=at)  # type: ignore[arg-type]
        for at, (kind, payload) in enumerate(told, start=1)
    ]


SAID = (K.REPORT_RESPONDED, Responded(TEBET, ANSWER))
CLAIM = (K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "lubang sudah ditambal"))
GOOD = (K.COMPLETION_ACCEPTED, CompletionAnswered())


@pytest.mark.parametrize(
    ("told", "event"),
    [
        ([], None),
        ([SAID], "e1"),
        ([SAID, CLAIM], "e1"),  # nobody has looked at it yet
        ([SAID, CLAIM, GOOD], "e2"),
        ([CLAIM, GOOD], "e1"),
        ([SAID, CLAIM, (K.COMPLETION_REFUSED, CompletionAnswered("foto lama"))], "e1"),
        ([CLAIM, GOOD, (K.REPORT_REOPENED, Reopened("ternyata belum"))], None),
    ],
)
def test_which_answer_stands(told: list[tuple[EventKind, object]], event: str | None) -> None:
    found = answer_of(happened(*told))
    assert (None if found is None else found.id) == event


def test_every_reporter_behind_the_lead_gets_its_answer() -> None:
    members = [one_member("a", T0, Status.DONE), one_member("b", T0 + 1), one_member("c", T0 + 2)]
    spam = one_member("d", T0 + 3, Status.REJECTED)
    found = answers([*members, spam], happened(CLAIM, GOOD))
    assert [(one.report, one.status, one.text, one.event) for one in found] == [
        ("b", Status.DONE, "lubang sudah ditambal", "e1"),
        ("c", Status.DONE, "lubang sudah ditambal", "e1"),
    ]
    assert answers(members, []) == ()
    assert answers([spam], happened(CLAIM, GOOD)) == ()


def test_names_are_short_and_mostly_apart() -> None:
    assert ids.incident_name(ONE) == ids.incident_name(ONE)
    assert ids.incident_name(ONE) != ids.incident_name(OTHER)
    assert len(ids.incident_name(ONE)) == len("INS-00000")
    assert ids.is_uuid(ONE)
    assert not ids.is_uuid(ONE.upper())
    assert not ids.is_uuid(f"{ONE}\n")


def test_a_rejected_member_stands_by_itself() -> None:
    state = fold(
        initial(report()),
        [
            Event("e1", "r", K.INCIDENT_JOINED, T0, ANI, IncidentChanged(ONE), seq=1),
            Event("e2", "r", K.REPORT_REJECTED, T0 + HOUR, ANI, ReportRejected(RejectCode.SPAM), seq=2),
        ],
    )
    found = member("r", T0, state)
    assert found is not None
    assert found.status in CLOSED_STATUSES
    assert not found.valid
    assert SYSTEM.user not in found.joined.user
