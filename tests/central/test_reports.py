"""Reports on the wire: idempotent, revisions kept, nothing unmasked, pages that never lose one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from smartcity_desk import codec
from smartcity_desk.central import schema
from smartcity_desk.domain.events import CompletionAnswered, CompletionClaimed, EventKind, RoutingSent
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.location import Location, PlaceBadge
from smartcity_desk.domain.report import ReportKind, Status
from smartcity_desk.domain.times import LATEST
from tests.central.world import NOW, TEBET, World, report

K = EventKind


def pages(world: World, cursor: str = "", limit: int = 500) -> tuple[list[str], str]:
    """Return ids in the order they came, and the cursor after the last page."""
    found: list[str] = []
    following: str | None = cursor
    while following is not None:
        body = world.call("GET", "/v1/reports", user="vina", cursor=following, limit=limit).body
        found += [one["id"] for one in body["reports"]]
        following, cursor = body["next"], body["cursor"]
    return found, cursor


def test_a_batch_is_taken_in_once(world: World) -> None:
    batch = [report(number) for number in range(10)]
    assert world.push(*batch) == {"accepted": 10, "known": 0, "changed": 0, "rejected": []}
    assert world.push(*batch, report(10)) == {"accepted": 1, "known": 10, "changed": 0, "rejected": []}
    assert world.push(report(11), report(11)) == {"accepted": 1, "known": 1, "changed": 0, "rejected": []}


def test_what_was_pushed_comes_back_as_it_was(world: World) -> None:
    sent = report(
        1, lat=-6.2, lon=106.8, media=("a.jpg", "b.jpg"), category="flood", title="Banjir — \u202e<b>"
    )
    world.push(sent)
    (got,) = world.call("GET", "/v1/reports", user="vina").body["reports"]
    assert codec.report_from_wire(got) == sent


def test_a_newer_revision_replaces_and_an_older_one_does_not(world: World) -> None:
    world.push(report(1, changed_at=NOW))
    assert world.push(report(1, changed_at=NOW - 1, text="lama"))["known"] == 1
    assert world.push(report(1, changed_at=NOW, text="sama tua"))["known"] == 1
    assert world.push(report(1, text="tanpa waktu"))["known"] == 1
    assert world.push(report(1, changed_at=NOW + 1, text="baru"))["changed"] == 1
    (got,) = world.call("GET", "/v1/reports", user="vina").body["reports"]
    assert got["text"] == "baru"


def test_of_two_revisions_in_one_batch_the_newer_one_stays(world: World) -> None:
    for order in ((1, 2), (2, 1)):
        number = order[0] * 100
        both = [report(number, changed_at=NOW + at, text=f"versi {at}") for at in order]
        world.push(*both)
        (row,) = [
            one
            for one in world.call("GET", "/v1/reports", user="vina").body["reports"]
            if one["id"] == both[0].id
        ]
        assert row["text"] == "versi 2"


def test_a_revision_starts_the_fold_anew(world: World) -> None:
    one = report(1, changed_at=NOW)
    world.push(one)
    world.act("oki", world.action(one.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")))
    world.push(replace(one, changed_at=NOW + 1, source_status=Status.DONE))
    (item,) = world.call("GET", "/v1/inbox", user="oki", office=TEBET).body["items"]
    assert item["state"]["status"] == "routed"  # what the unit did since counts more than the channel's word
    other = report(2, changed_at=NOW)
    world.push(other)
    world.push(replace(other, changed_at=NOW + 1, source_status=Status.DONE))
    rows = world.db.read_now(
        lambda c: dict(c.execute(select(schema.report.c.id, schema.report.c.status)).all())
    )
    assert rows == {one.id: "routed", other.id: "done"}


def test_traffic_that_is_over_is_over_for_every_desk(world: World) -> None:
    jam = report(1, kind=ReportKind.CONTEXT, channel="petabencana", changed_at=NOW)
    over = replace(jam, source_status=Status.ENDED)

    def shared() -> Status:
        (row,) = world.call("GET", "/v1/reports", user="vina").body["reports"]
        return Status(row["source_status"])

    world.push(jam)
    assert world.push(over)["changed"] == 1
    assert shared() is Status.ENDED
    assert world.push(over)["known"] == 1
    assert world.push(jam)["changed"] == 1, "and it may come back"
    assert shared() is Status.NEW
    complaint = report(2, changed_at=NOW)
    world.push(complaint)
    assert world.push(replace(complaint, source_status=Status.DONE))["known"] == 1, "a complaint needs a time"


def bad(number: int, **changes: Any) -> dict[str, Any]:
    return {**codec.report_to_wire(report(number)), **changes}


def test_one_bad_report_does_not_cost_the_others(world: World) -> None:
    items: list[dict[str, Any]] = [
        codec.report_to_wire(report(1)),
        bad(2, id=report_id("petabencana", "3")),
        bad(3, kind="miracle"),
        bad(4, unmasked="nama asli"),
        bad(5, raw="{}"),
        bad(6, text="x" * 100_001),
        bad(7, reported_at=-5),
        bad(8, changed_at=LATEST + 1),
        bad(9, lat=1.0),
        bad(10, reported_at=2**80),
        bad(11, channel="a\0b", id=report_id("a\0b", "11")),
        bad(12, text=7),
        {"id": 5},
        {},
        codec.report_to_wire(report(13)),
    ]
    body = world.call("POST", "/v1/reports", {"reports": items}, user="oki").body
    assert body["accepted"] == 2
    assert [(one["id"], one["code"]) for one in body["rejected"]] == [
        (items[1]["id"], "wrong_id"),
        (items[2]["id"], "unreadable_report"),
        (items[3]["id"], "unmasked_text"),
        (items[4]["id"], "unmasked_text"),
        (items[5]["id"], "text_too_long"),
        (items[6]["id"], "bad_time"),
        (items[7]["id"], "bad_time"),
        (items[8]["id"], "bad_position"),
        (items[9]["id"], "bad_time"),
        (items[10]["id"], "unreadable_report"),
        (items[11]["id"], "unreadable_report"),
        ("5", "unreadable_report"),
        ("", "unreadable_report"),
    ]
    assert pages(world)[0] == [report(1).id, report(13).id]


def test_what_a_desk_failed_to_mask_is_masked_here(world: World) -> None:
    world.push(report(1, text="hubungi saya di 0812-3456-7890 atau budi@example.com ya"))
    raw = world.call("GET", "/v1/reports", user="vina").raw.decode()
    assert "0812" not in raw
    assert "example.com" not in raw
    assert not {"unmasked", "raw"} & set(world.call("GET", "/v1/reports", user="vina").body["reports"][0])
    again = world.push(report(1, text="hubungi saya di 0812-3456-7890 atau budi@example.com ya"))
    assert again["known"] == 1


def test_pages_follow_the_order_of_change(world: World) -> None:
    batch = [report(number, changed_at=NOW) for number in range(25)]
    world.push(*batch)
    ids, cursor = pages(world, limit=10)
    assert ids == [one.id for one in batch]
    assert pages(world, cursor) == ([], cursor)
    world.push(replace(batch[3], changed_at=NOW + 1), report(99))
    later, _ = pages(world, cursor)
    assert sorted(later) == sorted([batch[3].id, report(99).id])


def test_a_report_that_changes_under_a_reader_comes_again(world: World) -> None:
    batch = [report(number, changed_at=NOW) for number in range(4)]
    world.push(*batch)
    first = world.call("GET", "/v1/reports", user="vina", limit=2).body
    world.push(replace(batch[0], changed_at=NOW + 1, text="berubah"))
    rest, _ = pages(world, first["next"])
    assert rest == [batch[2].id, batch[3].id, batch[0].id]


@pytest.mark.parametrize("cursor", ["-1", "x", "1" * 16, "1\0", " "])
def test_a_cursor_that_is_none_is_refused(world: World, cursor: str) -> None:
    answer = world.call("GET", "/v1/reports", user="vina", cursor=cursor)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")


def test_an_inbox_pages_and_leaves_out_what_is_closed(world: World) -> None:
    batch = [report(number) for number in range(7)]
    world.push(*batch)
    world.act(
        "oki", *(world.action(one.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")) for one in batch)
    )
    done = batch[0].id
    claim = CompletionClaimed(TEBET, "selesai dikerjakan")
    world.act("lurah.tebet", world.action(done, K.COMPLETION_CLAIMED, claim))
    world.act("oki", world.action(done, K.COMPLETION_ACCEPTED, CompletionAnswered("sudah dilihat")))
    found, cursor = [], ""
    for _ in range(3):
        body = world.call("GET", "/v1/inbox", user="lurah.tebet", office=TEBET, cursor=cursor, limit=2).body
        found += [item["report"]["id"] for item in body["items"]]
        cursor = body["next"]
    assert cursor is None
    assert found == sorted(one.id for one in batch[1:])


def test_traffic_context_is_taken_in_and_goes_to_nobody(world: World) -> None:
    jam = report(1, kind=ReportKind.CONTEXT)
    world.push(jam)
    (result,) = world.act("oki", world.action(jam.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")))
    assert result["code"] == "traffic_context"


# ---------------------------------------------------------------- automatic places

DRAWN = Location(PlaceBadge.APPROXIMATE, TEBET, None, 700, "perkiraan")
OFFICIAL = Location(PlaceBadge.SURE, TEBET, None, 300, "e1")


def test_the_first_place_holds_for_all_and_only_a_better_one_stands_instead(world: World) -> None:
    assert world.push(report(1))["accepted"] == 1
    assert world.push(report(1, location=DRAWN))["changed"] == 1, "there was none"
    assert world.push(report(1, location=replace(DRAWN, border_m=1)))["known"] == 1
    assert world.push(report(1, location=OFFICIAL))["changed"] == 1, "official boundaries"
    for later in (DRAWN, replace(OFFICIAL, edition="e2"), None):
        assert world.push(report(1, location=later))["known"] == 1
    assert world.push(report(1, location=replace(OFFICIAL, edition="e3"), text="lain"))["known"] == 1
    (got,) = world.call("GET", "/v1/reports", user="vina").body["reports"]
    assert codec.report_from_wire(got).location == OFFICIAL


def test_a_place_brings_no_text_with_it(world: World) -> None:
    assert world.push(report(1, text="asli"))["accepted"] == 1
    assert world.push(report(1, text="lain", location=OFFICIAL))["known"] == 1
    (got,) = world.call("GET", "/v1/reports", user="vina").body["reports"]
    assert (got["text"], got["location"]) == ("asli", None)


@pytest.mark.parametrize(
    "bad",
    [
        replace(OFFICIAL, place="x" * 61),
        replace(OFFICIAL, neighbour="a\0b"),
        replace(OFFICIAL, edition="e\n1"),
        replace(OFFICIAL, border_m=-1),
    ],
)
def test_a_place_that_is_no_place_is_refused(world: World, bad: Location) -> None:
    [(rejected)] = world.push(report(1, location=bad))["rejected"]
    assert rejected["code"] == "bad_location"


def test_a_road_has_an_end(world: World) -> None:
    path = ((-6.2, 106.8),) * 1_001
    [rejected] = world.push(report(1, path=path))["rejected"]
    assert rejected["code"] == "bad_path"
    assert world.push(report(1, path=path[:1_000]))["accepted"] == 1
