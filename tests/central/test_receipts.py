"""What became of answers is told to desks in the order of the changes, by a database of any earlier version too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, text

from smartcity_desk.central import schema
from smartcity_desk.central.db import Database
from smartcity_desk.central.outgoing import receipts, sending, targets
from smartcity_desk.central.outgoing.targets import Mode, Target
from smartcity_desk.central.outgoing.wire import Outcome
from smartcity_desk.domain.times import MINUTE
from tests.central.conftest import NewDatabase
from tests.central.world import NOW, World, report


def line(name: str, **values: Any) -> dict[str, Any]:
    """A line of the queue."""
    return {
        "id": name, "target": "kota", "kind": "update", "report": report(1).id, "external_id": "x", "seq": 1,
        "body": '{"status":"new","text":"rahasia dapur","at":0}', "state": "waiting", "attempts": 0,
        "queued_at": NOW, "next_at": NOW, "rev": 0, **values,
    }  # fmt: skip


def put(world: World, *names: str) -> None:
    """A target that sends, and lines that wait for it."""

    def work(connection: Any) -> None:
        targets.put(connection, Target("kota", "http://127.0.0.1:9", mode=Mode.ON, answers="open311"))
        connection.execute(insert(schema.outgoing), [line(name) for name in names])
        receipts.stamp(connection, names)

    world.db.write_now(work)


def read(world: World, after: int = 0, user: str = "oki") -> dict[str, Any]:
    answer = world.call("GET", "/v1/receipts", user=user, after=after, limit=2)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def test_a_desk_reads_on_where_it_stopped_and_sees_changes_again(world: World) -> None:
    put(world, "a", "b", "c")
    first = read(world)
    assert ([one["id"] for one in first["receipts"]], first["more"]) == (["a", "b"], True)
    assert [one["state"] for one in first["receipts"]] == ["waiting", "waiting"]
    second = read(world, first["last"])
    assert ([one["id"] for one in second["receipts"]], second["more"]) == (["c"], False)
    assert first["outlets"] == [{"channel": "open311", "target": "kota", "mode": "on", "since_seq": 0}]
    assert "rahasia dapur" not in str(first), "what was sent is in the log already"

    def refuse(connection: Any) -> None:
        taken = sending.take(connection, now=NOW)
        found = next(one for one in taken if one.id == "a")
        sending.settle(connection, found, Outcome("http_404", "tidak dikenal", lasting=True), now=NOW + 5)

    world.db.write_now(refuse)
    (changed,) = read(world, second["last"])["receipts"]
    assert (changed["id"], changed["state"], changed["code"]) == ("a", "refused", "http_404")
    assert (changed["detail"], changed["settled_at"], changed["attempts"]) == ("tidak dikenal", NOW + 5, 1)
    third = read(world, second["last"])
    assert world.db.write_now(lambda c: sending.retry(c, [], now=NOW + MINUTE)) == 1
    (again,) = read(world, third["last"])["receipts"]
    assert (again["id"], again["state"], again["code"]) == ("a", "waiting", None)


def test_what_is_being_sent_waits_for_who_looks_from_outside(world: World) -> None:
    put(world, "a")
    world.db.write_now(lambda c: sending.take(c, now=NOW))
    (shown,) = read(world)["receipts"]
    assert shown["state"] == "waiting"


def test_a_request_that_nobody_knows_of_is_told_as_refused(world: World) -> None:
    put(world, "a")
    lost = {"kind": "request", "state": "sending", "next_at": NOW - 1}

    def work(connection: Any) -> None:
        connection.execute(schema.outgoing.update().values(lost))
        sending.take(connection, now=NOW)

    last = read(world)["last"]
    world.db.write_now(work)
    (told,) = read(world, last)["receipts"]
    assert (told["state"], told["code"]) == ("refused", sending.UNSURE)


def test_officials_are_not_told(world: World) -> None:
    assert world.call("GET", "/v1/receipts", user="lurah.tebet").status == 403


def test_a_database_of_the_third_version_numbers_what_it_has(new_database: NewDatabase) -> None:
    url = new_database(True)
    db = Database(url)

    def back(connection: Any) -> None:
        rows = [line("later", queued_at=NOW + 1), line("sooner")]
        connection.execute(insert(schema.outgoing), rows)
        connection.execute(text("DROP INDEX outgoing_rev"))
        connection.execute(text("ALTER TABLE outgoing DROP COLUMN rev"))
        connection.execute(text("DELETE FROM head WHERE name = 'outgoing'"))
        connection.execute(text("UPDATE meta SET value = '3' WHERE key = 'version'"))

    db.write_now(back)
    db.close()
    db = Database(url)
    page = db.read_now(lambda c: receipts.page(c, 0, 10))
    assert ([one.id for one in page.receipts], page.last) == (["sooner", "later"], 2)
    assert db.read_now(lambda c: c.execute(select(schema.head.c.seq).where(schema.head.c.name == "outgoing"))
                       .scalar()) == 2  # fmt: skip
    db.close()
