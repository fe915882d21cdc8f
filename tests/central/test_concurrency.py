"""Many at once: numbers follow the order of commit, a claim has one winner, a retry overtaking itself is one effect."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from smartcity_desk import codec
from smartcity_desk.central import actions, admin, ledger, log_reader
from smartcity_desk.central.permissions import Principal
from smartcity_desk.domain.events import CategorySet, EventKind, Role
from smartcity_desk.domain.ids import time_ordered_id
from tests.central.world import LAW, NOW, World, report

K = EventKind


def note(writer: int, number: int, target: str) -> dict[str, Any]:
    name = time_ordered_id(NOW, writer.to_bytes(5, "big") + number.to_bytes(5, "big"))
    return {
        "id": name,
        "report": target,
        "kind": "note.added",
        "at": NOW,
        "payload": {"text": f"{writer}/{number}"},
    }


def operator(name: str) -> Principal:
    return Principal(name, name, Role.OPERATOR, None, "")


def test_a_reader_that_pages_on_never_misses_what_writers_commit(world: World) -> None:
    """Each writer has its own report, so only the log itself can put them in order."""
    writers, batches, size = 8, 15, 3
    targets = [report(number) for number in range(writers)]
    world.push(*targets)
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        after = 0
        while True:
            last_round = done.is_set()
            page = world.db.read_now(lambda connection, after=after: log_reader.page(connection, after, 7))
            seen.extend(json.loads(bytes(body))["seq"] for body in page.bodies)
            after = page.last_seq
            if last_round and not page.more:
                return

    def write(writer: int) -> None:
        for batch in range(batches):
            items = [note(writer, batch * size + number, targets[writer].id) for number in range(size)]
            world.db.write_now(
                lambda connection, items=items: actions.perform(
                    connection, operator(f"w{writer}"), items, LAW, now=NOW
                )
            )

    with ThreadPoolExecutor(writers + 2) as pool:
        readers = [pool.submit(read), pool.submit(read)]
        try:
            for writing in [pool.submit(write, writer) for writer in range(writers)]:
                writing.result()
        finally:
            done.set()
        for reading in readers:
            reading.result()
    everything = list(range(1, writers * batches * size + 1))
    assert sorted(seen) == sorted(everything * 2)
    verdict = world.db.read_now(log_reader.verify)
    assert (verdict.checked, verdict.broken_at) == (len(everything), None)


def test_a_number_that_is_drawn_but_not_committed_holds_back_the_next(world: World) -> None:
    """The hole that a plain sequence would leave: the slow writer's number is the smaller one."""
    if world.db.sqlite:
        return  # one writer at a time there; nothing can stand between
    first, second = report(1), report(2)
    world.push(first, second)
    drawn, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        actions.perform(connection, operator("lambat"), [note(1, 1, first.id)], LAW, now=NOW)
        drawn.set()
        assert go_on.wait(20)

    def quick(connection: Connection) -> None:
        actions.perform(connection, operator("cepat"), [note(2, 1, second.id)], LAW, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        slowly = pool.submit(world.db.write_now, slow)
        assert drawn.wait(20)
        quickly = pool.submit(world.db.write_now, quick)
        try:
            page = world.db.read_now(lambda connection: log_reader.page(connection, 0, 10))
            assert (page.bodies, page.last_seq) == ([], 0)
            assert not quickly.done()
        finally:
            go_on.set()
        slowly.result(20)
        quickly.result(20)
    assert [event["user"] for event in world.all_events()] == ["lambat", "cepat"]


def test_twenty_operators_race_for_every_report_and_each_has_one_holder(world: World) -> None:
    racers, count = [f"op{number:02d}" for number in range(20)], 12
    targets = [report(number) for number in range(count)]
    world.push(*targets)
    admin.add_users(
        world.settings, [admin.NewAccount(name, Role.OPERATOR, password="x" * 12) for name in racers]
    )
    with_tokens = {}
    for name in racers:
        body = {"grant": "password", "user": name, "password": "x" * 12}
        with_tokens[name] = world.call("POST", "/v1/token", body).body["access_token"]

    async def race() -> list[tuple[str, str, int]]:
        async def one(name: str, target: str) -> tuple[str, str, int]:
            answer = await world.acall("POST", "/v1/claims", {"report": target}, token=with_tokens[name])
            if answer.status != 200:
                assert answer.body["code"] == "claimed"
                assert answer.body["params"]["user"] in racers
            return target, name, answer.status

        return await asyncio.gather(*(one(name, target.id) for target in targets for name in racers))

    results = world.run(race())
    assert Counter(status for _, _, status in results) == {200: count, 409: count * (len(racers) - 1)}
    winners = {target: name for target, name, status in results if status == 200}
    events = world.all_events()
    assert {event["subject"]: event["user"] for event in events} == winners
    assert len(events) == count


def test_the_same_batch_sent_many_times_at_once_happens_once(world: World) -> None:
    targets = [report(number) for number in range(6)]
    world.push(*targets)
    batch = [note(1, number, targets[number % 6].id) for number in range(30)]

    async def send() -> list[list[dict[str, Any]]]:
        answers = await asyncio.gather(
            *(world.acall("POST", "/v1/actions", {"actions": batch}, user="oki") for _ in range(8))
        )
        return [answer.body["results"] for answer in answers]

    world.run(world.atoken("oki"))
    answers = world.run(send())
    for results in zip(*answers, strict=True):
        assert Counter(one["outcome"] for one in results) == {"accepted": 1, "duplicate": 7}
        assert len({one["events"][0]["seq"] for one in results}) == 1
    assert len(world.all_events()) == 30


def test_one_id_for_two_reports_at_once_is_used_once(world: World) -> None:
    """No row is locked by both, so only the id itself can tell."""
    first, second = report(1), report(2)
    world.push(first, second)
    pairs = [(note(1, number, first.id), note(1, number, second.id)) for number in range(20)]

    def send(items: list[dict[str, Any]]) -> Callable[[], list[actions.Outcome]]:
        return lambda: world.db.write_now(
            lambda connection: actions.perform(connection, operator("oki"), items, LAW, now=NOW)
        )

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(send([pair[0] for pair in pairs]))
        two = pool.submit(send([pair[1] for pair in reversed(pairs)]))
        outcomes = [*one.result(60), *two.result(60)]
    assert Counter((one.outcome, one.code) for one in outcomes) == {
        ("accepted", None): 20,
        ("rejected", "id_reused"): 20,
    }
    assert len(world.all_events()) == 20


def test_two_that_change_the_same_field_at_once_contradict_each_other(world: World) -> None:
    one = report(1)
    world.push(one)
    first = world.action(one.id, K.CATEGORY_SET, CategorySet("flood"))
    second = world.action(one.id, K.CATEGORY_SET, CategorySet("road"))

    async def both() -> list[str]:
        answers = await asyncio.gather(
            world.acall("POST", "/v1/actions", {"actions": [first]}, user="oki"),
            world.acall("POST", "/v1/actions", {"actions": [second]}, user="oni"),
        )
        return sorted(answer.body["results"][0]["outcome"] for answer in answers)

    world.run(world.atoken("oki"))
    world.run(world.atoken("oni"))
    assert world.run(both()) == ["accepted", "conflict"]


def test_reports_pushed_by_many_desks_at_once_are_each_there_once(world: World) -> None:
    batch = [report(number) for number in range(60)]

    async def push(part: list[Any]) -> dict[str, Any]:
        body = {"reports": [codec.report_to_wire(one) for one in part]}
        return (await world.acall("POST", "/v1/reports", body, user="oki")).body  # type: ignore[no-any-return]

    async def all_at_once() -> list[dict[str, Any]]:
        return await asyncio.gather(*(push(batch[start:] + batch[:start]) for start in range(0, 60, 10)))

    world.run(world.atoken("oki"))
    answers = world.run(all_at_once())
    assert sum(answer["accepted"] for answer in answers) == 60
    assert world.db.read_now(lambda connection: ledger.head(connection, "report")).seq == 60
    ids = [one["id"] for one in world.call("GET", "/v1/reports", user="vina").body["reports"]]
    assert sorted(ids) == sorted(one.id for one in batch)


def test_notes_and_a_revision_of_the_same_reports_do_not_block_each_other(world: World) -> None:
    batch = [report(number, changed_at=NOW) for number in range(20)]
    world.push(*batch)

    async def both() -> None:
        newer = [codec.report_to_wire(replace(one, changed_at=NOW + 1)) for one in reversed(batch)]
        notes = [note(1, number, one.id) for number, one in enumerate(batch)]
        answers = await asyncio.gather(
            world.acall("POST", "/v1/reports", {"reports": newer}, user="oki"),
            *(world.acall("POST", "/v1/actions", {"actions": notes[n::4]}, user="oki") for n in range(4)),
        )
        assert [answer.status for answer in answers] == [200] * 5

    world.run(world.atoken("oki"))
    world.run(both())
    assert len(world.all_events()) == 20
