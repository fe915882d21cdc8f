"""Replies and tombstones on the wire: once, masked, the last word held, and what is gone gone for everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from smartcity_desk import codec
from smartcity_desk.central import schema
from smartcity_desk.central.db import Database
from smartcity_desk.domain import ids
from smartcity_desk.domain.reply import Reply, withdrawn
from smartcity_desk.domain.report import expired
from smartcity_desk.domain.report import withdrawn as report_withdrawn
from tests.central.conftest import NewDatabase
from tests.central.world import NOW, World, report


def reply(number: int, about: int = 1, **changes: Any) -> Reply:
    """A reply with its own id about a report of the small city."""
    channel, name = report(about).channel, f"r{number}"
    made = Reply(
        ids.reply_id(channel, name), channel, name, report(about).external_id, NOW + number, f"Jawab {number}"
    )
    return replace(made, **changes)


def push(world: World, *replies: Reply | dict[str, Any]) -> dict[str, Any]:
    items = [one if isinstance(one, dict) else codec.reply_to_wire(one) for one in replies]
    body: dict[str, Any] = world.call("POST", "/v1/replies", {"replies": items}, user="oki").body
    return body


def read(world: World, after: int = 0, user: str = "oki") -> list[Reply]:
    found: list[Reply] = []
    more = True
    while more:
        body = world.call("GET", "/v1/replies", user=user, after=after, limit=2).body
        found += [codec.reply_from_wire(one) for one in body["replies"]]
        after, more = body["last"], body["more"]
    return found


def test_a_batch_is_taken_in_once_and_comes_back(world: World) -> None:
    batch = [reply(number) for number in range(5)]
    assert push(world, *batch) == {"accepted": 5, "known": 0, "changed": 0, "rejected": []}
    assert push(world, *batch, reply(5))["known"] == 5
    assert read(world) == [*batch, reply(5)]


def test_the_last_word_holds_and_comes_again(world: World) -> None:
    push(world, reply(1), reply(2))
    assert push(world, reply(1, author="by-another-key"))["known"] == 1
    assert push(world, reply(1, text="Sudah selesai", state_raw="closed"))["changed"] == 1
    assert [one.text for one in read(world, after=2)] == ["Sudah selesai"]


def test_what_is_gone_stays_gone(world: World) -> None:
    push(world, reply(1))
    tombstone = {**codec.reply_to_wire(reply(1)), "withdrawn_at": NOW}
    assert push(world, tombstone)["changed"] == 1
    assert push(world, reply(1))["known"] == 1
    assert read(world) == [withdrawn(reply(1), NOW)]


def test_the_server_masks_what_a_desk_missed(world: World) -> None:
    push(world, reply(1, text="hubungi 081234567890"))
    assert "081234567890" not in read(world)[0].text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": ids.reply_id("x", "other")}, "wrong_id"),
        ({"unmasked": "nama"}, "unmasked_text"),
        ({"raw": "{}"}, "unmasked_text"),
        ({"text": "x" * 100_001}, "text_too_long"),
        ({"at": -1}, "bad_time"),
        ({"withdrawn_at": 10**18}, "bad_time"),
        ({"about": ""}, "unreadable_reply"),
        ({"about": "x" * 1001}, "unreadable_reply"),
        ({"channel": "a\0b"}, "unreadable_reply"),
        ({"media": ["https://example.org/a"] * 51}, "too_many_files"),
        ({"media": "a.jpg"}, "unreadable_reply"),
        ({"official": "yes"}, "unreadable_reply"),
    ],
)
def test_a_bad_reply_is_refused_and_costs_no_other(world: World, changes: dict[str, Any], code: str) -> None:
    answer = push(world, {**codec.reply_to_wire(reply(1)), **changes}, reply(2))
    assert [one["code"] for one in answer["rejected"]] == [code]
    assert answer["accepted"] == 1


def test_an_item_is_a_report_or_a_reply_and_never_both(world: World) -> None:
    world.push(report(1), report(2))
    twice = reply(
        1, external_id=report(2).external_id, id=ids.reply_id(report(2).channel, report(2).external_id)
    )
    assert push(world, twice)["known"] == 1
    push(world, reply(9))
    again = report(3, external_id="r9", id=ids.report_id(report(3).channel, "r9"))
    assert world.push(again)["known"] == 1


def test_a_report_that_is_gone_loses_its_content_and_that_of_its_replies(world: World) -> None:
    world.push(report(1, lat=-6.2, lon=106.8), report(2))
    push(world, reply(1), reply(2, about=2))
    hostile = {**codec.report_to_wire(report(1, text="tetap di sini")), "withdrawn_at": NOW}
    assert world.call("POST", "/v1/reports", {"reports": [hostile]}, user="oki").body["changed"] == 1
    by_id = {one["id"]: one for one in world.call("GET", "/v1/reports", user="oki").body["reports"]}
    assert codec.report_from_wire(by_id[report(1).id]) == report_withdrawn(report(1), NOW)
    assert {one.external_id: one.text for one in read(world)} == {"r1": "", "r2": "Jawab 2"}
    assert world.push(report(1, changed_at=NOW + 5, text="kembali"))["known"] == 1
    everything = world.db.read_now(lambda c: str(c.execute(select(schema.report.c.body)).all()))
    assert report(1).text not in everything.replace(report(2).text, "")


def test_a_desk_whose_time_of_keeping_is_over_takes_nothing_from_the_others(world: World) -> None:
    world.push(report(1))
    assert world.push(expired(report(1), NOW))["known"] == 1
    (kept,) = world.call("GET", "/v1/reports", user="oki").body["reports"]
    assert kept["text"] == report(1).text


def test_a_viewer_does_not_get_what_was_said_in_private(world: World) -> None:
    world.push(report(1, private=True, lat=-6.2, lon=106.8), report(2))
    push(world, reply(1), reply(2, about=2), reply(3, about=2, private=True))
    seen = {one["id"]: one for one in world.call("GET", "/v1/reports", user="vina").body["reports"]}
    assert (seen[report(1).id]["text"], seen[report(1).id]["lat"]) == ("", None)
    assert seen[report(2).id]["text"] == report(2).text
    assert {one.external_id: one.text for one in read(world, user="vina")} == {
        "r1": "",
        "r2": "Jawab 2",
        "r3": "",
    }
    assert {one.text for one in read(world)} == {"Jawab 1", "Jawab 2", "Jawab 3"}


def test_a_database_of_the_second_version_gets_replies(new_database: NewDatabase) -> None:
    url = new_database(True)
    db = Database(url)

    def back(connection: Any) -> None:
        for name in ("reply", "outgoing", "outgoing_target"):
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(text("DELETE FROM head WHERE name IN ('reply', 'outgoing')"))
        connection.execute(text("UPDATE meta SET value = '2' WHERE key = 'version'"))

    db.write_now(back)
    db.close()
    db = Database(url)
    heads = db.read_now(lambda c: set(c.execute(select(schema.head.c.name)).scalars()))
    assert heads == set(schema.HEADS)
    assert db.read_now(lambda c: c.execute(select(schema.reply.c.id)).all()) == []
    db.close()


def test_what_is_gone_leaves_nothing_that_waits_to_go_elsewhere(world: World) -> None:
    world.push(report(1))
    content = codec.encode({"text": report(1).text, "service": "x", "lat": -6.2, "long": 106.8})

    def lines(connection: Any) -> None:
        for name, state in (("a", "waiting"), ("b", "sent")):
            connection.execute(
                insert(schema.outgoing).values(
                    id=name, target="t", kind="request", report=report(1).id, external_id="", seq=1, body=content,
                    state=state, attempts=0, queued_at=NOW, next_at=NOW,
                )
            )  # fmt: skip

    world.db.write_now(lines)
    world.push(report_withdrawn(report(1), NOW))
    left = world.db.read_now(lambda c: c.execute(select(schema.outgoing.c.id, schema.outgoing.c.body)).all())
    assert [row.id for row in left] == ["b"]
    assert report(1).text not in left[0].body
    assert '"service":"x"' in left[0].body
