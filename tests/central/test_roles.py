"""Who may do what: the whole table, and what an official never sees."""

from __future__ import annotations

import json

import pytest
from fastapi.routing import APIRoute

from smartcity_desk.central import permissions
from smartcity_desk.central.permissions import OPEN, TABLE
from smartcity_desk.domain.events import (
    CategorySet,
    ClaimTaken,
    EventKind,
    NoteAdded,
    PersonalDataRevealed,
    Responded,
    Role,
    RoutingReturned,
    RoutingSent,
)
from tests.central.world import MENTENG, NOW, TEBET, World, report

K = EventKind
WHO = {
    Role.VIEWER: "vina",
    Role.OPERATOR: "oki",
    Role.SUPERVISOR: "susi",
    Role.REVIEWER: "rere",
    Role.OFFICIAL: "lurah.tebet",
    Role.ADMIN: "admin",
    Role.SYSTEM: "hantaran",
}


def test_every_route_stands_in_the_table_and_nothing_else_does(world: World) -> None:
    served = {
        (method, route.path)
        for route in world.app.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    if not served:  # newer frameworks keep routers whole
        served = {
            (method.upper(), path) for path, item in world.app.openapi()["paths"].items() for method in item
        }
    assert served == set(TABLE)


def test_the_door_lets_in_whom_the_table_names(world: World) -> None:
    closed = [key for key, roles in TABLE.items() if roles is not OPEN]
    assert len(closed) > 20
    for method, path in closed:
        filled = (
            path.replace("{report}", report(1).id).replace("{sha256}", "0" * 64).replace("{user}", "nobody")
        )
        assert world.call(method, filled).status == 401, path
        for role, user in WHO.items():
            if role not in TABLE[method, path]:
                assert world.call(method, filled, user=user).status == 403, (path, role)
            elif path != "/v1/stream":  # it would not end
                assert world.call(method, filled, user=user).status not in {401, 403}, (path, role)
            if path == "/v1/token":
                del world.tokens[user]


def test_only_administrators_manage_accounts_and_the_directory() -> None:
    closed = {key for key, roles in TABLE.items() if roles == permissions.ADMINS}
    assert closed == {
        ("PUT", "/v1/directory"),
        ("GET", "/v1/users"),
        ("POST", "/v1/users"),
        ("PATCH", "/v1/users/{user}"),
        ("DELETE", "/v1/users/{user}/sessions"),
    }
    assert Role.VIEWER not in TABLE["POST", "/v1/actions"]
    assert Role.OFFICIAL not in TABLE["GET", "/v1/reports"]


@pytest.fixture
def told(world: World) -> World:
    """Tebet had report 1 and gave it back; Menteng holds it now. Tebet holds report 2. Report 3 is the unit's."""
    first, second, third = report(1), report(2), report(3)
    world.push(first, second, third)
    world.act(
        "oki",
        world.action(first.id, K.CATEGORY_SET, CategorySet("flood")),  # 1: before anybody held it
        world.action(first.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")),  # 2
        world.action(first.id, K.NOTE_ADDED, NoteAdded("catatan unit saja")),  # 3
        world.action(first.id, K.CLAIM_TAKEN, ClaimTaken("oki", NOW + 60_000)),  # 4
        world.action(second.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")),  # 5
    )
    world.act(
        "lurah.tebet",
        world.action(first.id, K.NOTE_ADDED, NoteAdded("catatan kantor")),  # 6
        world.action(first.id, K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang kami")),  # 7
    )
    world.act(
        "oki", world.action(first.id, K.ROUTING_SENT, RoutingSent(MENTENG, "wilayah Menteng", TEBET))
    )  # 8, 9
    world.act(
        "lurah.menteng",
        world.action(first.id, K.REPORT_RESPONDED, Responded(MENTENG, "Rahasia kantor Menteng saja.")),  # 10
    )
    return world


def test_an_official_sees_his_offices_custody_and_no_more(told: World) -> None:
    assert [event["seq"] for event in told.all_events("oki")] == list(range(1, 11))
    assert [event["seq"] for event in told.all_events("lurah.tebet")] == [2, 5, 6, 7, 8]
    assert [event["seq"] for event in told.all_events("lurah.menteng")] == [9, 10]
    paged = told.all_events("lurah.tebet", limit=1)
    assert [event["seq"] for event in paged] == [2, 5, 6, 7, 8]
    assert told.call("GET", "/v1/events", user="lurah.tebet").body["last_seq"] == 10


def test_an_officials_inbox_is_his_offices_and_names_no_citizen(told: World) -> None:
    own = told.call("GET", "/v1/inbox", user="lurah.tebet", office=TEBET)
    assert [item["report"]["id"] for item in own.body["items"]] == [report(2).id]
    text = json.dumps(own.body)
    assert "pseudonym" not in text
    assert "example.invalid" not in text
    assert own.body["items"][0]["report"]["external_id"] == ""
    foreign = told.call("GET", "/v1/inbox", user="lurah.tebet", office=MENTENG)
    assert (foreign.status, foreign.body["code"]) == (403, "not_your_office")
    desk = told.call("GET", "/v1/inbox", user="vina", office=MENTENG).body["items"]
    assert desk[0]["report"]["author"] == "pseudonym-1"
    assert desk[0]["state"]["claimed_by"] == "oki"
    menteng = told.call("GET", "/v1/inbox", user="lurah.menteng", office=MENTENG).body["items"]
    assert menteng[0]["state"]["claimed_by"] is None
    assert menteng[0]["state"]["notes"] == 0


def test_an_official_reads_no_reports_and_hears_of_none(told: World) -> None:
    for path in ("/v1/reports", "/v1/counts", "/v1/anchor", "/v1/users"):
        answer = told.call("GET", path, user="lurah.tebet", day="2026-09-21")
        assert (answer.status, answer.body["code"]) == (403, "role_not_allowed")


def test_an_official_acts_for_his_own_office_only(told: World) -> None:
    text = "Sudah kami kerjakan sejak pagi tadi."
    results = told.act(
        "lurah.tebet",
        told.action(report(1).id, K.REPORT_RESPONDED, Responded(TEBET, text)),  # held once, not now
        told.action(report(1).id, K.NOTE_ADDED, NoteAdded("masih ingin bicara")),
        told.action(
            report(3).id, K.NOTE_ADDED, NoteAdded("laporan orang lain")
        ),  # never held: does not exist
        told.action(report(2).id, K.REPORT_RESPONDED, Responded(MENTENG, text)),  # in another's name
        told.action(report(2).id, K.CATEGORY_SET, CategorySet("flood")),
        told.action(report(2).id, K.PERSONAL_DATA_REVEALED, PersonalDataRevealed("ingin tahu saja")),
        told.action(report(2).id, K.REPORT_RESPONDED, Responded(TEBET, text)),
    )
    assert [(one["outcome"], one.get("code")) for one in results] == [
        ("rejected", "not_holder"),
        ("rejected", "not_holder"),
        ("rejected", "unknown_report"),
        ("rejected", "not_your_office"),
        ("rejected", "role_not_allowed"),
        ("rejected", "role_not_allowed"),
        ("accepted", None),
    ]


def test_the_notes_of_the_unit_stay_with_the_unit(told: World) -> None:
    seen = json.dumps(told.all_events("lurah.tebet"))
    assert "catatan kantor" in seen
    assert "catatan unit" not in seen
    assert "Rahasia kantor Menteng" not in seen
    assert "claim.taken" not in seen
