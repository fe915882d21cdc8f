"""Actions: decided once, answered for ever, nothing overwritten silently."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from smartcity_desk.central import actions, admin, ledger, schema
from smartcity_desk.domain.decide import LEASE_MS
from smartcity_desk.domain.events import (
    AttachmentAdded,
    CategorySet,
    ClaimTaken,
    CompletionClaimed,
    Delivered,
    EventKind,
    NoteAdded,
    Responded,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.times import DAY
from tests.central.world import MENTENG, NOW, TEBET, World, report

K = EventKind
ONE = report(1)


def test_an_accepted_action_is_an_event_in_the_log(world: World) -> None:
    world.push(ONE)
    asked = world.action(ONE.id, K.CATEGORY_SET, CategorySet("flood"))
    (result,) = world.act("oki", asked)
    assert (result["outcome"], result["seq"]) == ("accepted", 1)
    (event,) = world.all_events()
    assert event == result["events"][0]
    assert event["id"] == event_id(asked["id"])
    assert (event["user"], event["role"], event["at"], event["action"]) == (
        "oki",
        "operator",
        NOW,
        asked["id"],
    )


def test_the_same_action_again_is_a_duplicate_with_the_first_answer(world: World) -> None:
    world.push(ONE)
    asked = world.action(ONE.id, K.NOTE_ADDED, NoteAdded("sudah ditelepon"))
    (first,) = world.act("oki", asked)
    again = world.act("oki", asked, asked)
    assert [one["outcome"] for one in again] == ["duplicate", "duplicate"]
    assert again[0]["events"] == again[1]["events"] == first["events"]
    assert again[0]["seq"] == first["seq"]
    assert len(world.all_events()) == 1


def test_twice_in_one_batch_is_one_effect(world: World) -> None:
    world.push(ONE)
    asked = world.action(ONE.id, K.NOTE_ADDED, NoteAdded("satu kali"))
    first, second = world.act("oki", asked, dict(asked))
    assert (first["outcome"], second["outcome"]) == ("accepted", "duplicate")
    assert first["events"] == second["events"]
    assert len(world.all_events()) == 1


def test_conflict_and_refusal_keep_their_answer(world: World) -> None:
    world.push(ONE)
    world.act("oki", world.action(ONE.id, K.CATEGORY_SET, CategorySet("flood")))
    stale = world.action(ONE.id, K.CATEGORY_SET, CategorySet("road", base=None))
    unknown = world.action(ONE.id, K.CATEGORY_SET, CategorySet("nonsense", base="flood"))
    first = world.act("oni", stale, unknown)
    assert first[0] == {
        "id": stale["id"],
        "outcome": "conflict",
        "field": "category",
        "base": None,
        "mine": "road",
        "theirs": "flood",
        "events": [],
    }
    assert (first[1]["outcome"], first[1]["code"]) == ("rejected", "unknown_category")
    # What made them fail is gone, the answer is not.
    world.act("oki", world.action(ONE.id, K.CATEGORY_SET, CategorySet("road", base="flood")))
    assert world.act("oni", stale, unknown) == first
    assert len(world.all_events()) == 2


def test_an_id_used_for_something_else_is_refused(world: World) -> None:
    world.push(ONE)
    asked = world.action(ONE.id, K.NOTE_ADDED, NoteAdded("yang pertama"))
    world.act("oki", asked)
    other = {**asked, "payload": {"text": "yang kedua"}}
    assert [one["code"] for one in world.act("oki", other)] == ["id_reused"]
    # Nor does another account learn what became of it.
    (foreign,) = world.act("oni", asked)
    assert (foreign["outcome"], foreign["code"], foreign["events"]) == ("rejected", "id_reused", [])
    assert world.act("oki", asked)[0]["outcome"] == "duplicate"


def test_a_batch_is_decided_in_order_and_one_refusal_stops_nobody(world: World) -> None:
    world.push(ONE)
    batch = [
        world.action(ONE.id, K.CATEGORY_SET, CategorySet("flood")),
        world.action(ONE.id, K.CATEGORY_SET, CategorySet("road", base=None)),  # saw what is no longer there
        world.action(ONE.id, K.ROUTING_SENT, RoutingSent(TEBET, "x")),  # no reason
        world.action(ONE.id, K.CATEGORY_SET, CategorySet("road", base="flood")),
        {"id": world.new_id(), "report": ONE.id, "kind": "no.such", "at": NOW, "payload": {}},
        {"id": world.new_id()},
        world.action("00000000-0000-5000-8000-000000000000", K.NOTE_ADDED, NoteAdded("siapa?")),
        world.action(ONE.id, K.NOTE_ADDED, NoteAdded("terakhir")),
    ]
    results = world.act("oki", *batch)
    assert [one["id"] for one in results] == [one["id"] for one in batch]
    assert [(one["outcome"], one.get("code")) for one in results] == [
        ("accepted", None),
        ("conflict", None),
        ("rejected", "reason_required"),
        ("accepted", None),
        ("rejected", "unreadable_action"),
        ("rejected", "unreadable_action"),
        ("rejected", "unknown_report"),
        ("accepted", None),
    ]
    assert [event["seq"] for event in world.all_events()] == [1, 2, 3]


def test_an_action_that_was_early_may_come_again_after_its_report(world: World) -> None:
    asked = world.action(ONE.id, K.NOTE_ADDED, NoteAdded("laporannya menyusul"))
    assert world.act("oki", asked)[0]["code"] == "unknown_report"
    world.push(ONE)
    assert world.act("oki", asked)[0]["outcome"] == "accepted"


def test_a_hand_back_that_is_sent_on_is_two_events_of_one_action(world: World) -> None:
    world.push(ONE)
    world.act("oki", world.action(ONE.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")))
    world.act(
        "lurah.tebet",
        world.action(ONE.id, K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang", MENTENG)),
    )
    asked = world.action(ONE.id, K.ROUTING_SENT, RoutingSent(MENTENG, "wilayah Menteng", base=TEBET))
    (result,) = world.act("oki", asked)
    assert [event["kind"] for event in result["events"]] == ["routing.return_accepted", "routing.sent"]
    assert result["seq"] == 4
    assert world.act("oki", asked)[0]["events"] == result["events"]


def test_the_actor_is_the_tokens_and_not_the_bodys(world: World) -> None:
    world.push(ONE)
    asked = world.action(ONE.id, K.NOTE_ADDED, NoteAdded("atas nama siapa")) | {
        "user": "admin",
        "role": "admin",
    }
    assert world.act("oki", asked)[0]["events"][0]["user"] == "oki"


def test_a_time_in_the_future_becomes_the_servers_and_the_claimed_one_is_kept(world: World) -> None:
    world.push(ONE)
    near = world.action(ONE.id, K.NOTE_ADDED, NoteAdded("jam agak cepat"), at=NOW + actions.FUTURE_MS)
    far = world.action(ONE.id, K.NOTE_ADDED, NoteAdded("jam sangat cepat"), at=NOW + actions.FUTURE_MS + 1)
    results = world.act("oki", near, far)
    assert [one["events"][0]["at"] for one in results] == [near["at"], NOW]
    rows = world.db.read_now(
        lambda c: c.execute(select(schema.action.c.id, schema.action.c.claimed_at)).all()
    )
    assert {(row.id, row.claimed_at) for row in rows} == {(near["id"], near["at"]), (far["id"], far["at"])}
    assert world.act("oki", far)[0]["outcome"] == "duplicate"


def test_an_official_cannot_have_answered_yesterday(world: World) -> None:
    world.push(ONE)
    sent = world.action(ONE.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet"), at=NOW - DAY)
    (first,) = world.act("oki", sent)
    assert first["events"][0]["at"] == NOW - DAY, "the unit works without a network, and said when"
    answer = Responded(TEBET, "Petugas sudah membersihkan saluran di gang itu.")
    (late,) = world.act("lurah.tebet", world.action(ONE.id, K.REPORT_RESPONDED, answer, at=NOW - DAY + 1))
    assert late["events"][0]["at"] == NOW, "whoever is measured by the clock does not set it"


def test_a_fast_clock_cannot_take_a_lease_that_still_runs(world: World) -> None:
    world.push(ONE)
    world.act("oki", world.action(ONE.id, K.CLAIM_TAKEN, ClaimTaken("oki", NOW + LEASE_MS)))
    world.clock.at = NOW + LEASE_MS - 1000
    at = world.clock.at + 4 * 60_000
    (result,) = world.act("oni", world.action(ONE.id, K.CLAIM_TAKEN, ClaimTaken("oni", at + LEASE_MS), at=at))
    assert (result["outcome"], result["code"]) == ("rejected", "claimed_by_other")


def test_numbers_and_texts_that_no_column_could_hold(world: World) -> None:
    world.push(ONE)
    results = world.act(
        "oki",
        world.action(ONE.id, K.NOTE_ADDED, NoteAdded("nol \0 di tengah")),
        world.action(ONE.id, K.NOTE_ADDED, NoteAdded("waktu"), at=2**70),
        world.action(ONE.id, K.NOTE_ADDED, NoteAdded("waktu"), at=-1),
        world.action("a\0b", K.NOTE_ADDED, NoteAdded("laporan")),
        world.action(ONE.id, K.PLACE_SET, NoteAdded("bukan tempat")),
        world.action(ONE.id, K.ATTACHMENT_ADDED, AttachmentAdded("\0" * 64, "image/png", 2**70)),
    )
    assert [one.get("code") for one in results] == [
        None,
        "unreadable_action",
        "unreadable_action",
        "unknown_report",
        "unreadable_action",
        "payload_mismatch",
    ]
    assert world.all_events()[0]["payload"] == {"text": "nol \0 di tengah"}


def test_the_log_is_a_chain_that_shows_tampering(world: World) -> None:
    world.push(ONE, report(2))
    for number in range(5):
        world.act("oki", world.action(ONE.id, K.NOTE_ADDED, NoteAdded(f"catatan {number}")))
    previous = "0" * 64
    for event in world.all_events():
        text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256((previous + text).encode()).hexdigest()
    assert world.db.read_now(ledger.head).hash == previous
    verdict = admin.verify_log(world.settings)
    assert (verdict.checked, verdict.broken_at) == (5, None)


def test_the_log_cannot_be_edited(world: World) -> None:
    world.push(ONE)
    world.act("oki", world.action(ONE.id, K.NOTE_ADDED, NoteAdded("tetap")))
    log = schema.event_log
    for statement in (update(log).values(body="{}"), log.delete()):
        with pytest.raises(DBAPIError, match="append-only"):
            world.db.write_now(lambda connection, do=statement: connection.execute(do))


def test_receipts_and_answers_of_an_office(world: World) -> None:
    world.push(ONE)
    world.act("oki", world.action(ONE.id, K.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")))
    world.act("hantaran", world.action(ONE.id, K.REPORT_DELIVERED, Delivered(TEBET)))
    text = "Tim kami sudah di lokasi sejak pagi."
    (result,) = world.act("lurah.tebet", world.action(ONE.id, K.REPORT_RESPONDED, Responded(TEBET, text)))
    assert result["outcome"] == "accepted"
    strange = CompletionClaimed(TEBET, "selesai, foto menyusul", ("\0" * 64, "nol", "a" * 64))
    (named,) = world.act("lurah.tebet", world.action(ONE.id, K.COMPLETION_CLAIMED, strange))
    assert (named["outcome"], named["code"]) == ("rejected", "payload_mismatch")
    (item,) = world.call("GET", "/v1/inbox", user="oki", office=TEBET).body["items"]
    assert (item["state"]["status"], item["state"]["delivered_at"]) == ("in_progress", NOW)
