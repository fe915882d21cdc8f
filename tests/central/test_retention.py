"""What the server kept as long as it may be is erased there and on every desk, and nothing that may be a defence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from smartcity_desk import codec
from smartcity_desk.central import retention, schema
from smartcity_desk.central.retention import Swept
from smartcity_desk.domain.events import EventKind, IncidentChanged, RoutingSent
from smartcity_desk.domain.ids import event_id
from smartcity_desk.domain.report import Report, Status
from smartcity_desk.domain.times import DAY
from tests.central.test_replies import push, read, reply
from tests.central.world import NOW, TEBET, World, report


def old(number: int, status: Status = Status.DONE) -> Report:
    return report(
        number, reported_at=NOW - 400 * DAY + number, source_status=status, changed_at=NOW - 400 * DAY
    )


def erased(world: World) -> set[str]:
    found = world.call("GET", "/v1/reports", user="oki").body["reports"]
    return {one["external_id"] for one in found if codec.report_from_wire(one).expired_at is not None}


def test_old_and_closed_goes_and_all_else_stays(world: World) -> None:
    world.push(old(1), old(2, Status.NEW), report(3, reported_at=NOW - DAY, source_status=Status.DONE))
    push(world, reply(1))
    before = world.call("GET", "/v1/counts", user="oki", day="2026-09-21").body
    cursor = world.call("GET", "/v1/reports", user="oki").body["cursor"]
    assert retention.sweep(world.db, days=365, channel=None, now=NOW) == Swept(1, 1)
    assert erased(world) == {old(1).external_id}
    assert [one.text for one in read(world)] == [""]
    news = world.call("GET", "/v1/reports", user="oki", cursor=cursor).body["reports"]
    assert [one["text"] for one in news] == [""], "every desk is told"
    assert world.call("GET", "/v1/counts", user="oki", day="2026-09-21").body == before
    assert retention.sweep(world.db, days=365, channel=None, now=NOW) == Swept(0, 1)
    assert retention.sweep(world.db, days=365, channel="x", now=NOW) == Swept(0, 0)


def test_nobody_opens_a_report_while_it_is_decided_that_it_may_go(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.push(old(1))
    table, free = schema.report, list[str]()
    needed = retention._needed

    def meanwhile(*asked: Any) -> set[str]:
        if not world.db.sqlite:  # which has one writer at a time
            with world.db._writer.connect() as rival:
                free.extend(rival.execute(select(table.c.id).with_for_update(skip_locked=True)).scalars())
        return needed(*asked)

    monkeypatch.setattr(retention, "_needed", meanwhile)
    assert retention.sweep(world.db, days=365, channel=None, now=NOW) == Swept(1, 0)
    assert free == [], "another transaction could have locked it, and opened it again"


def test_a_sweep_and_a_batch_of_actions_take_their_locks_in_the_same_order(world: World) -> None:
    first, second = sorted((old(1), old(2)), key=lambda report: report.id)
    world.push(
        replace(first, reported_at=second.reported_at + 1), second
    )  # by time it is the other way round
    if world.db.sqlite:  # which has one writer at a time
        return
    table, db = schema.report, world.db
    ask = select(table.c.id).with_for_update(skip_locked=True)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ThreadPoolExecutor(1) as others, db._writer.connect() as rival:
        rival.execute(ask.where(table.c.id == first.id))
        swept = others.submit(retention.sweep, db, days=365, channel=None, now=NOW)
        while not swept.done() and not rival.execute(waits).scalar_one():
            pass
        free = rival.execute(ask.where(table.c.id == second.id)).scalars().all()
        rival.rollback()
    assert free == [second.id], "each would wait for what the other one holds"
    assert swept.result() == Swept(2, 0)


def test_what_was_lately_due_or_joined_to_open_work_stays(world: World) -> None:
    one, two, three = old(1, Status.NEW), old(2), old(3, Status.NEW)
    world.push(one, two, three)
    world.act("oki", world.action(one.id, EventKind.ROUTING_SENT, RoutingSent(TEBET, "wilayahnya")))
    joined = IncidentChanged(event_id("incident"))
    world.act("oki", world.action(two.id, EventKind.INCIDENT_JOINED, joined))
    world.act("oki", world.action(three.id, EventKind.INCIDENT_JOINED, joined))
    assert retention.sweep(world.db, days=30, channel=None, now=NOW).erased == 0
