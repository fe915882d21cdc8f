"""Marks, objections, policies and lists at the server: the rules hold there too, and an official sees his own only."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from smartcity_desk import codec
from smartcity_desk.central import actions
from smartcity_desk.central.permissions import Principal
from smartcity_desk.domain.events import (
    CalamityDeclared,
    EventKind,
    ExclusionCode,
    ListPrinted,
    MarkNotified,
    MarkProposed,
    MarkRaised,
    MarkStepped,
    ObjectionDecided,
    ObjectionFiled,
    ObjectionOutcome,
    PauseCode,
    PolicyProposed,
    PolicyStepped,
    Role,
)
from smartcity_desk.domain.ids import list_id, mark_id, policy_id
from smartcity_desk.domain.times import DAY, HOUR
from tests.central.world import LAW, MENTENG, NOW, POLICY, TEBET, World
from tests.domain.marked import counted

K = EventKind
HASH = "ab" * 32
WINDOWS = ((NOW - 56 * DAY, NOW - 28 * DAY), (NOW - 28 * DAY, NOW))
MARK = mark_id(TEBET, NOW)


def raised(office: str = TEBET) -> MarkRaised:
    return MarkRaised(office, counted(WINDOWS, ("s1", "s2")), POLICY.version, ("oki",), HASH)


def one(world: World, user: str, subject: str, kind: EventKind, payload: Any) -> dict[str, Any]:
    (result,) = world.act(user, world.action(subject, kind, payload))
    return result


def notified(world: World) -> None:
    assert one(world, "susi", MARK, K.MARK_RAISED, raised())["outcome"] == "accepted"
    assert one(world, "susi", MARK, K.MARK_NOTIFIED, MarkNotified(HASH))["outcome"] == "accepted"


def objection(name: str = "o1", segments: tuple[str, ...] = ("s1",)) -> ObjectionFiled:
    return ObjectionFiled(name, segments, "Bukan wewenang kami", ExclusionCode.MISROUTED)


def test_nobody_is_marked_by_a_desk_whom_the_rule_does_not_name(world: World) -> None:
    mark = raised()
    few = tuple(replace(window, late=window.late[:19]) for window in mark.windows)
    for windows in (few, (mark.windows[0], few[1])):
        asked = one(world, "susi", MARK, K.MARK_RAISED, replace(mark, windows=windows))
        assert (asked["outcome"], asked["code"]) == ("rejected", "not_named")
    assert one(world, "susi", MARK, K.MARK_RAISED, mark)["outcome"] == "accepted"


@pytest.mark.parametrize("answered", [True, False])
def test_nobody_is_proposed_whose_mark_objections_have_emptied(world: World, answered: bool) -> None:
    """Of 30 items in the window 20 have to be left. What the unit does not answer in its term is out as well."""
    notified(world)
    first = raised().windows[0].late
    for name, segments in (("o1", first[:10]), ("o2", first[10:11])):
        assert one(world, "lurah.tebet", MARK, K.OBJECTION_FILED, objection(name, segments))["outcome"] == (
            "accepted"
        )
    code = ExclusionCode.MISROUTED
    wholly = ObjectionDecided("o1", ObjectionOutcome.ACCEPTED, first[:10], code, "terbukti dari surat")
    assert one(world, "rere", MARK, K.OBJECTION_DECIDED, wholly)["outcome"] == "accepted"
    if answered:
        refused = ObjectionDecided("o2", ObjectionOutcome.REJECTED, (), None, "tidak terbukti")
        assert one(world, "rere", MARK, K.OBJECTION_DECIDED, refused)["outcome"] == "accepted"
    world.clock.at += 10 * DAY
    printed = ListPrinted("4/2026", NOW, HASH, HASH, (POLICY.version,), (MARK,), ())
    for asked in (
        one(world, "admin", list_id("4/2026"), K.LIST_PRINTED, printed),
        one(world, "admin", MARK, K.MARK_PROPOSED, MarkProposed("sesuai data jendela")),
    ):
        assert (asked["outcome"], asked.get("code")) == (
            ("accepted", None) if answered else ("rejected", "no_longer")
        )


def test_an_official_knows_a_mark_from_the_notice_on_and_objects_to_single_segments(world: World) -> None:
    assert one(world, "susi", MARK, K.MARK_RAISED, raised())["outcome"] == "accepted"
    early = one(world, "lurah.tebet", MARK, K.OBJECTION_FILED, objection())
    assert early["code"] == "unknown_report", "that there is a mark is not his to learn before the notice"
    assert one(world, "susi", MARK, K.MARK_NOTIFIED, MarkNotified(HASH))["outcome"] == "accepted"
    foreign = one(world, "lurah.menteng", MARK, K.OBJECTION_FILED, objection())
    assert foreign["code"] == "unknown_report"
    assert one(world, "lurah.tebet", MARK, K.MARK_SERVED, MarkStepped())["outcome"] == "accepted"
    assert one(world, "lurah.tebet", MARK, K.OBJECTION_FILED, objection())["outcome"] == "accepted"
    kinds = [event["kind"] for event in world.all_events("lurah.tebet")]
    assert kinds == ["mark.notified", "mark.served", "objection.filed"]
    assert world.all_events("lurah.menteng") == []


def test_the_marker_and_the_disposer_do_not_review_and_nothing_leaves_meanwhile(world: World) -> None:
    notified(world)
    assert one(world, "lurah.tebet", MARK, K.OBJECTION_FILED, objection())["outcome"] == "accepted"
    answer = ObjectionDecided("o1", ObjectionOutcome.ACCEPTED, ("s1",), ExclusionCode.MISROUTED, "terbukti")
    assert one(world, "susi", MARK, K.OBJECTION_DECIDED, answer)["code"] == "role_not_allowed"
    world.clock.at += 10 * DAY
    printed = ListPrinted("1/2026", NOW, HASH, HASH, (POLICY.version,), (MARK,), ())
    proposed = one(world, "susi", MARK, K.MARK_PROPOSED, MarkProposed("tidak menjawab"))
    assert proposed["code"] == "four_eyes", "who marked does not propose"
    assert one(world, "susi", list_id("1/2026"), K.LIST_PRINTED, printed)["outcome"] == "accepted"
    again = one(world, "susi", list_id("1/2026"), K.LIST_PRINTED, replace(printed, document="cd" * 32))
    assert again["code"] == "list_number_taken"


def test_a_list_with_an_open_objection_is_refused_by_the_server(world: World) -> None:
    notified(world)
    assert one(world, "lurah.tebet", MARK, K.OBJECTION_FILED, objection())["outcome"] == "accepted"
    printed = ListPrinted("2/2026", NOW, HASH, HASH, (POLICY.version,), (MARK,), ())
    refused = one(world, "susi", list_id("2/2026"), K.LIST_PRINTED, printed)
    assert (refused["code"], refused["params"]["step"]) == ("mark_not_ready", "objected")
    assert (
        one(world, "susi", list_id("3/2026"), K.LIST_PRINTED, replace(printed, number="3/2026", snapshot=""))[
            "code"
        ]
        == "snapshot_required"
    )


def test_the_unit_cannot_set_its_own_clock_back(world: World) -> None:
    notified(world)
    filed_at = world.clock.at
    assert one(world, "lurah.tebet", MARK, K.OBJECTION_FILED, objection())["outcome"] == "accepted"
    world.clock.at += 10 * DAY
    answer = ObjectionDecided("o1", ObjectionOutcome.REJECTED, (), None, "tidak terbukti")
    (late,) = world.act("rere", world.action(MARK, K.OBJECTION_DECIDED, answer, at=filed_at + HOUR))
    assert late["code"] == "review_term_missed", "the answer counts from when it came"


def test_a_policy_takes_two_people_and_changes_the_law_for_what_begins_later(world: World) -> None:
    tried = replace(POLICY, version="uji", effective_from=NOW + DAY, verification=1 * HOUR)
    name = policy_id("uji")
    assert one(world, "susi", name, K.POLICY_PROPOSED, PolicyProposed(tried, "lebih cepat"))["outcome"] == (
        "accepted"
    )
    assert one(world, "susi", name, K.POLICY_APPROVED, PolicyStepped())["code"] == "four_eyes"
    assert one(world, "rere", name, K.POLICY_APPROVED, PolicyStepped())["outcome"] == "accepted"
    services = world.app.state.services
    law = world.run(services.db.read(services.law))
    assert [law.book.at(NOW).version, law.book.at(NOW + 2 * DAY)] == [POLICY.version, tried]
    assert one(world, "lurah.tebet", name, K.POLICY_WITHDRAWN, PolicyStepped())["code"] == "unknown_report"


def test_a_declared_event_is_part_of_the_law_once_it_is_in_the_log(world: World) -> None:
    services = world.app.state.services
    assert world.run(services.db.read(services.law)).exemptions == ()
    name = world.new_id()
    flood = CalamityDeclared(PauseCode.CALAMITY, ("31.74",), NOW, NOW + DAY, "banjir besar")
    assert one(world, "oki", name, K.CALAMITY_DECLARED, flood)["code"] == "role_not_allowed"
    assert one(world, "susi", name, K.CALAMITY_DECLARED, flood)["outcome"] == "accepted"
    (declared,) = world.run(services.db.read(services.law)).exemptions
    assert (declared.offices, declared.until) == (frozenset({"31.74"}), NOW + DAY)


def test_of_two_who_mark_the_same_at_once_one_does(world: World) -> None:
    principals = [Principal(user, user, Role.SUPERVISOR, None, user) for user in ("susi", "sinta")]
    outcomes: list[str] = []

    def mark(principal: Principal) -> None:
        item = {
            "id": f"mark-{principal.user}",
            "report": mark_id(MENTENG, NOW),
            "kind": K.MARK_RAISED.value,
            "at": NOW,
            "payload": codec.builtins(raised(MENTENG)),
        }
        (result,) = world.db.write_now(
            lambda connection: actions.perform(connection, principal, [item], LAW, now=NOW)
        )
        outcomes.append(result.outcome if result.code is None else result.code)

    threads = [threading.Thread(target=mark, args=(principal,)) for principal in principals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "already_marked"]
