"""Who is told of what nobody answered: the steps, what puts them off or stops them, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from smartcity_desk.domain.custody import Ending, Excluded, PauseSpan, Segment, Stay, origin_of, segments
from smartcity_desk.domain.decision import Accepted, Action
from smartcity_desk.domain.events import (
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    EventKind,
    ExclusionCode,
    PauseCode,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.ids import inbox_id
from smartcity_desk.domain.items import Item, Objected, items
from smartcity_desk.domain.ladder import (
    Digest,
    Ways,
    boxes_of,
    climbs,
    due_now,
    forecast,
    minute_up,
    proposals,
    recipient,
)
from smartcity_desk.domain.law import Exemption, Law
from smartcity_desk.domain.office import Category, Directory, OfficeLevel
from smartcity_desk.domain.outward import InboxState, decide_notice, fold_inbox
from smartcity_desk.domain.policy import Ladder, PolicyBook, Rung, Step
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.domain.builders import (
    DIRECTORY,
    LURAH,
    MENTENG,
    POLICY,
    SITI,
    SUDIN,
    SYSTEM,
    TEBET,
    Life,
    report,
)
from tests.domain.mark_world import CALENDARS, wib

CAMAT, KOTA = "31.74.01", "31.74"
CITY = Directory(
    DIRECTORY.edition,
    DIRECTORY.offices,
    DIRECTORY.officials,
    (),
    {**DIRECTORY.categories, "wire": Category("wire", "Kabel putus", "utility", life_safety=True)},
)
RULE = replace(
    POLICY,
    response={
        **POLICY.response,
        OfficeLevel.KECAMATAN: DAY,
        OfficeLevel.KOTA: DAY,
        OfficeLevel.DINAS: DAY,
    },
)
LAW = Law(PolicyBook([RULE]), CALENDARS, CITY)
DUE = wib("11-10 09:00")


def held(name: str = "s1", office: str = TEBET, due: int = DUE, **facts: Any) -> Segment:
    """A segment that an office has had in its inbox since a day (a sudin: a week) before `due`."""
    at = due - (7 * DAY if office == SUDIN else DAY)
    plain: dict[str, Any] = {
        "id": name,
        "report": f"r-{name}",
        "number": 1,
        "office": office,
        "stay": Stay.HOLD,
        "since": at,
        "until": None,
        "channel": "jaki",
        "category": "tree",
        "place": None,
        "opened_by": name,
        "closed_by": None,
        "ending": Ending.OPEN,
        "router": "ani",
        "delivered_at": at,
    }
    return Segment(**{**plain, **facts})


def seen(*those: Segment, now: int, law: Law = LAW, objected: Objected | None = None) -> list[Item]:
    return items(those, law, now) if objected is None else items(those, law, now, objected)


def steps(segment: Segment, law: Law = LAW) -> list[tuple[Rung, str, int]]:
    (one,) = seen(segment, now=DUE + 300 * DAY, law=law)
    return [(step.rung, step.to, step.at) for step in climbs(one, law, Ways(law), DUE + 300 * DAY)]


def sent(digests: Sequence[Digest]) -> dict[str, str]:
    """Who is told of which segments."""
    found = {one.office: " ".join(sorted(one.segments)) for one in digests}
    assert len(found) == len(digests), "one digest an office"
    return found


def keep(boxes: dict[str, InboxState], digests: Sequence[Digest], law: Law = LAW) -> dict[str, InboxState]:
    """The boxes after these digests went, each of them held to the rules of the server."""
    after = dict(boxes)
    for one in digests:
        action = Action(one.id, inbox_id(one.office), EventKind.NOTICE_SENT, one.notice(), SYSTEM, one.at)
        box = after.get(one.office, InboxState())
        decision = decide_notice(box, replace(action, actor=SITI), law)
        assert isinstance(decision, Accepted), decision
        (event,) = decision.events
        news = fold_inbox([replace(event, seq=1)])
        after[one.office] = InboxState(
            one.office,
            box.keys | news.keys,
            tuple(sorted(box.digests + news.digests)),
            tuple(sorted(box.plain + news.plain)),
        )
    return after


# ---------------------------------------------------------------- rungs


def test_the_two_ladders() -> None:
    assert steps(held()) == [
        (Rung.OFFICE, TEBET, DUE),
        (Rung.KECAMATAN, CAMAT, DUE + DAY),
        (Rung.KOTA, KOTA, DUE + 3 * DAY),
        (Rung.SEKDA, "SEKDA", DUE + 7 * DAY),
        (Rung.GUBERNUR, "GUBERNUR", DUE + 14 * DAY),
    ]
    assert steps(held(office=SUDIN)) == [
        (Rung.OFFICE, SUDIN, DUE),
        (Rung.DINAS, "SDA", DUE + 2 * DAY),
        (Rung.ASISTEN, "ASISTEN", DUE + 5 * DAY),
        (Rung.SEKDA, "SEKDA", DUE + 10 * DAY),
        (Rung.GUBERNUR, "GUBERNUR", DUE + 17 * DAY),
    ]


@pytest.mark.parametrize(
    ("office", "told"),
    [
        (
            CAMAT,
            [CAMAT, KOTA, "SEKDA", "GUBERNUR"],
        ),  # who has it is told as the office, not once more as its own chief
        (KOTA, [KOTA, "SEKDA", "GUBERNUR"]),
        ("SDA", ["SDA", "ASISTEN", "SEKDA", "GUBERNUR"]),
        (MENTENG, [MENTENG, "SEKDA", "GUBERNUR"]),  # its camat is not in the directory
    ],
)
def test_a_rung_on_which_nobody_stands_is_left_out(office: str, told: list[str]) -> None:
    assert [to for _, to, _ in steps(held(office=office))] == told


def test_rungs_mean_offices_of_the_directory() -> None:
    assert [recipient(LAW, TEBET, rung) for rung in Rung] == [
        TEBET,
        CAMAT,
        KOTA,
        None,
        "ASISTEN",
        "SEKDA",
        "GUBERNUR",
    ]
    assert recipient(LAW, SUDIN, Rung.DINAS) == "SDA"
    assert recipient(LAW, SUDIN, Rung.KOTA) is None


def test_a_step_falls_on_a_whole_minute() -> None:
    assert steps(held(due=DUE + 1))[0][2] == DUE + MINUTE
    assert [minute_up(at) for at in (0, 1, MINUTE, MINUTE + 1)] == [0, MINUTE, MINUTE, 2 * MINUTE]


def test_each_segment_climbs_by_the_version_that_its_clock_runs_under() -> None:
    later = replace(
        RULE,
        version="baru",
        effective_from=DUE,
        ladder=Ladder(territorial=(Step(Rung.OFFICE, HOUR), Step(Rung.SEKDA, 2 * HOUR))),
    )
    law = Law(PolicyBook([RULE, later]), CALENDARS, CITY)
    assert steps(held(), law) == steps(held())
    assert [(rung, at) for rung, _, at in steps(held(due=DUE + 2 * DAY), law)] == [
        (Rung.OFFICE, DUE + 2 * DAY + HOUR),
        (Rung.SEKDA, DUE + 2 * DAY + 2 * HOUR),
    ]


# ---------------------------------------------------------------- what puts a step off


@pytest.mark.parametrize(
    ("acknowledged", "days"),
    [
        (None, [0, 1, 3, 7, 14]),
        (DUE - 20 * HOUR, [1, 1, 3, 7, 14]),  # before it was due: the notice to the office itself
        (DUE - 1, [1, 1, 3, 7, 14]),
        (DUE, [0, 2, 3, 7, 14]),  # in the very instant: that step has come, the next one waits
        (DUE + HOUR, [0, 2, 3, 7, 14]),
        (DUE + 2 * DAY, [0, 1, 4, 7, 14]),
        (DUE + 13 * DAY, [0, 1, 3, 7, 15]),
        (DUE + 20 * DAY, [0, 1, 3, 7, 14]),
    ],
)
def test_an_acknowledgement_puts_off_one_step_once(acknowledged: int | None, days: list[int]) -> None:
    found = steps(held(acknowledged_at=acknowledged))
    assert [(at - DUE) // DAY for _, _, at in found] == days


def test_nobody_above_is_told_before_who_stands_below() -> None:
    close = replace(RULE, ladder=Ladder(territorial=(Step(Rung.OFFICE, 0), Step(Rung.KECAMATAN, HOUR))))
    law = Law(PolicyBook([close]), CALENDARS, CITY)
    assert [at - DUE for _, _, at in steps(held(acknowledged_at=DUE - 1), law)] == [DAY, DAY]


def pause(since: int, until: int) -> PauseSpan:
    return PauseSpan(PauseCode.WAITING_THIRD_PARTY, since, until, "menunggu PLN", "p1")


def test_nothing_climbs_while_the_clock_stands_still_and_nothing_fires_when_it_runs_again() -> None:
    """F13: after a stop at least the grace is left, here four hours."""
    found = steps(held(pauses=(pause(DUE + 2 * HOUR, DUE + 5 * DAY),)))
    assert found[0][2] == DUE, "it was told before"
    assert found[1][2] == DUE + 5 * DAY + 22 * HOUR
    short = steps(held(pauses=(pause(DUE + 23 * HOUR, DUE + 5 * DAY),)))
    assert short[1][2] == DUE + 5 * DAY + 4 * HOUR
    assert steps(held(pauses=(pause(DUE + 25 * HOUR, DUE + 26 * HOUR),)))[1][2] == DUE + DAY, "it had climbed"


def test_a_flood_holds_notices_but_not_where_lives_are_at_stake() -> None:
    flood = Exemption(
        PauseCode.CALAMITY, DUE + HOUR, DUE + 3 * DAY, frozenset({KOTA}), frozenset(), "banjir", "e1"
    )
    law = Law(PolicyBook([RULE]), CALENDARS, CITY, [flood])
    assert steps(held(), law)[1][2] == DUE + 3 * DAY + 23 * HOUR
    assert steps(held(category="wire"), law)[1][2] == DUE + DAY


# ---------------------------------------------------------------- what climbs at all


def test_a_silent_report_is_told_of_once_on_each_rung() -> None:
    segment = held()
    assert due_now(seen(segment, now=DUE - 1), LAW, {}, DUE - 1) == ()
    first = due_now(seen(segment, now=DUE), LAW, {}, DUE)
    assert sent(first) == {TEBET: "s1"}
    boxes = keep({}, first)
    assert due_now(seen(segment, now=DUE + HOUR), LAW, boxes, DUE + HOUR) == ()
    up = due_now(seen(segment, now=DUE + DAY), LAW, boxes, DUE + DAY)
    assert sent(up) == {CAMAT: "s1"}
    boxes = keep(boxes, up)
    for days in range(2, 30):
        now = DUE + days * DAY
        assert due_now(seen(segment, now=now), LAW, boxes, now) == (), "the rest needs a person"


@pytest.mark.parametrize(
    "facts",
    [
        {"responded_at": DUE + HOUR},
        {"until": DUE + HOUR, "ending": Ending.ROUTED},
        {"until": DUE + HOUR, "responded_at": DUE + HOUR, "ending": Ending.CLAIMED},
        {"excluded": Excluded(ExclusionCode.AMBIGUOUS_PLACE, "siti", "batas", DUE, "e9")},
        {"returned_at": DUE - HOUR},  # handed back, and the unit has not answered
    ],
)
def test_what_is_answered_gone_excluded_or_handed_back_does_not_climb(facts: dict[str, Any]) -> None:
    now = DUE + 2 * DAY
    assert due_now(seen(held(**facts), now=now), LAW, {}, now) == ()
    assert len(due_now(seen(held(), now=now), LAW, {}, now)) == 2
    assert proposals(seen(held(**facts), now=DUE + 20 * DAY), LAW, {}, DUE + 20 * DAY) == ()


def test_what_is_contested_or_taken_out_by_an_objection_does_not_climb() -> None:
    now = DUE + 2 * DAY
    out = Excluded(ExclusionCode.MISROUTED, "rere", "terbukti", DUE, "e1")
    for objected in (Objected({}, frozenset({"s1"})), Objected({"s1": out}, frozenset())):
        found = seen(held("s1"), held("s2"), now=now, objected=objected)
        assert sent(due_now(found, LAW, {}, now)) == {TEBET: "s2", CAMAT: "s2"}
        later = seen(held("s1"), now=DUE + 20 * DAY, objected=objected)
        assert proposals(later, LAW, {}, DUE + 20 * DAY) == ()


def test_work_that_was_not_done_begins_anew() -> None:
    """A refused completion is a new segment: new steps, also where the old ones were told."""
    at = wib("11-02 08:00")
    life = Life(report(reported_at=at))
    life.at = at
    life.do(EventKind.ROUTING_SENT, RoutingSent(TEBET, "banjir di sana"), at=at)
    life.do(EventKind.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM, at=at)
    due = at + DAY
    origin = origin_of(report(reported_at=at))
    known = segments(origin, life.events)
    boxes = keep({}, due_now(items(known, LAW, due), LAW, {}, due))
    assert set(boxes) == {TEBET}
    life.do(
        EventKind.COMPLETION_CLAIMED, CompletionClaimed(TEBET, "sudah selesai"), by=LURAH, at=due + 2 * HOUR
    )
    known = segments(origin, life.events)
    assert due_now(items(known, LAW, due + 5 * DAY), LAW, boxes, due + 5 * DAY) == ()
    life.do(EventKind.COMPLETION_REFUSED, CompletionAnswered("foto lama"), by=SITI, at=due + 3 * HOUR)
    known = segments(origin, life.events)
    again = due + 3 * HOUR + DAY
    assert due_now(items(known, LAW, again - 1), LAW, boxes, again - 1) == ()
    (digest,) = due_now(items(known, LAW, again), LAW, boxes, again)
    assert digest.segments == (life.events[-1].id,)
    assert not set(digest.keys) & boxes[TEBET].keys


def test_a_hand_back_waits_for_the_unit_and_a_refused_one_climbs() -> None:
    at = wib("11-02 08:00")
    life = Life(report(reported_at=at))
    life.at = at
    life.do(EventKind.ROUTING_SENT, RoutingSent(TEBET, "banjir di sana"), at=at)
    life.do(EventKind.REPORT_DELIVERED, Delivered(TEBET), by=SYSTEM, at=at)
    life.do(EventKind.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang"), by=LURAH, at=at + HOUR)
    origin, due = origin_of(report(reported_at=at)), at + DAY
    assert due_now(items(segments(origin, life.events), LAW, due), LAW, {}, due) == ()
    life.do(EventKind.ROUTING_SENT, RoutingSent(TEBET, "ini wewenang kelurahan", TEBET), at=at + 2 * HOUR)
    assert sent(due_now(items(segments(origin, life.events), LAW, due), LAW, {}, due)) == {
        TEBET: life.events[0].id
    }


# ---------------------------------------------------------------- persons


def test_nothing_above_a_camat_goes_without_a_person() -> None:
    those = [held("s1"), held("s2", SUDIN), held("s3", CAMAT), held("s4", KOTA), held("s5", "SDA")]
    now = DUE + 30 * DAY
    found = seen(*those, now=now)
    automatic = due_now(found, LAW, {}, now)
    assert {one.rung for digest in automatic for one in digest.climbs} == {Rung.OFFICE, Rung.KECAMATAN}
    assert not any(digest.needs_person for digest in automatic)
    asked = proposals(found, LAW, {}, now)
    assert sent(asked) == {
        KOTA: "s1 s3",
        "SDA": "s2",
        "ASISTEN": "s2 s5",
        "SEKDA": "s1 s2 s3 s4 s5",
        "GUBERNUR": "s1 s2 s3 s4 s5",
    }
    assert all(digest.needs_person for digest in asked)
    boxes = keep({}, asked)
    assert proposals(found, LAW, boxes, now) == (), "once a person has said so it is told like any other"


def test_nothing_leaves_for_the_governor_while_an_objection_is_open() -> None:
    now = DUE + 20 * DAY
    found = seen(held("s1"), held("s2", MENTENG), now=now)
    until = now + 3 * HOUR
    asked = proposals(found, LAW, {}, now, {TEBET: until})
    assert sent(asked) == {KOTA: "s1", "SEKDA": "s1 s2", "GUBERNUR": "s2"}
    assert sent(proposals(found, LAW, {}, until, {TEBET: until}))["GUBERNUR"] == "s1 s2"
    ahead = [one for one in forecast(found, LAW, {}, now, {TEBET: until}) if one.office == "GUBERNUR"]
    assert [(one.at, one.segments, one.needs_person) for one in ahead] == [(until, ("s1",), True)]
    assert forecast(found, LAW, keep({}, asked), now, {TEBET: now + 30 * DAY}) == tuple(
        one for one in forecast(found, LAW, keep({}, asked), now, {}) if one.office != "GUBERNUR"
    )


# ---------------------------------------------------------------- digests


def test_an_office_gets_one_digest_of_all_that_is_due() -> None:
    those = [held(f"s{n}", due=DUE + n * MINUTE) for n in range(5)]
    now = DUE + 4 * MINUTE
    (digest,) = due_now(seen(*those, now=now), LAW, {}, now)
    assert digest.segments == ("s0", "s1", "s2", "s3", "s4")
    assert (digest.at, digest.urgent, digest.needs_person) == (now, False, False)
    boxes = keep({}, [digest])
    late = held("s9", due=now + MINUTE)
    for at, count in ((now + MINUTE, 0), (now + 4 * HOUR - MINUTE, 0), (now + 4 * HOUR, 1)):
        found = due_now(seen(*those, late, now=at), LAW, boxes, at)
        assert len(found) == count


def test_nobody_is_woken_but_for_a_life() -> None:
    night = wib("11-10 22:00")
    calm, wire = held("s1", due=night), held("s2", due=night, category="wire")
    digests = due_now(seen(calm, wire, now=night), LAW, {}, night)
    assert [(one.segments, one.urgent) for one in digests] == [(("s2",), True)]
    boxes = keep({}, digests)
    more = held("s3", due=night + HOUR, category="wire")
    again = due_now(seen(calm, wire, more, now=night + HOUR), LAW, boxes, night + HOUR)
    assert [one.segments for one in again] == [("s3",)], "lives wait for no digest"
    boxes = keep(boxes, again)
    morning = wib("11-11 06:00")
    (digest,) = due_now(seen(calm, wire, more, now=morning), LAW, boxes, morning)
    assert digest.segments == ("s1",)


def test_after_a_time_off_everything_goes_at_once_and_nothing_twice() -> None:
    those = [held(f"s{n}", due=DUE + n * 7 * HOUR) for n in range(9)]
    now = DUE + 10 * DAY
    digests = due_now(seen(*those, now=now), LAW, {}, now)
    everything = " ".join(f"s{n}" for n in range(9))
    assert sent(digests) == {TEBET: everything, CAMAT: everything}
    assert due_now(seen(*those, now=now), LAW, keep({}, digests), now) == ()
    assert due_now(seen(*those, now=now - 5 * DAY), LAW, keep({}, digests), now - 5 * DAY) == (), (
        "nor after the clock went back"
    )


def test_two_runs_in_one_minute_ask_for_the_same_action() -> None:
    segment = held()
    ids = {due_now(seen(segment, now=DUE + ms), LAW, {}, DUE + ms)[0].id for ms in (0, 1, MINUTE - 1)}
    assert len(ids) == 1
    (digest,) = due_now(seen(segment, now=DUE), LAW, {}, DUE)
    assert digest.id != replace(digest, at=DUE + MINUTE).id
    assert digest.id != replace(digest, urgent=True).id
    assert digest.id != replace(digest, office="X").id
    assert digest.id != replace(digest, climbs=(digest.climbs[0]._replace(key="y"),)).id
    assert digest.id[14] == "7"


def test_boxes_are_known_by_their_office() -> None:
    box = InboxState(TEBET, frozenset({"k"}))
    assert boxes_of([box, InboxState()]) == {TEBET: box}
