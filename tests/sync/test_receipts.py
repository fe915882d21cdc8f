"""What became of an answer comes from the central server to every desk, with the normal pull."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from smartcity_desk.central import admin, schema
from smartcity_desk.central.outgoing import receipts, sending, targets
from smartcity_desk.central.outgoing.targets import Mode, Target
from smartcity_desk.central.outgoing.wire import Outcome
from smartcity_desk.domain.events import EventKind, ReporterAnswered
from smartcity_desk.domain.receipt import Course, fates
from tests.fakes.central_server import Running, central_server
from tests.sync.bench import NOW, Bench
from tests.sync.test_central import ACTOR, desk_of, run, take_in


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with central_server(tmp_path / "central") as running:
        yield running


def course(desk: Bench, report: str) -> list[Course]:
    detail = desk.store.report(report)
    return [
        one.course for one in fates(detail.report.channel, detail.timeline, detail.receipts, detail.outlets)
    ]


def test_an_answer_is_followed_from_the_outbox_to_its_refusal(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as mine, desk_of(tmp_path, server.url, "oni") as other:
            (report,) = take_in(mine, 1)
            result = mine.store.act(
                EventKind.REPORTER_ANSWERED,
                ReporterAnswered("Petugas kami sudah berangkat."),
                [report],
                actor=ACTOR,
                now=mine.clock.now,
                randomness=lambda size: b"\x07" * size,
            )
            assert result.refused == ()
            assert course(mine, report) == [Course.HERE]
            assert (await mine.once()).errors == ()
            assert course(mine, report) == [Course.UNSET]
            assert mine.store.central.outlets() == ()

            def queue(connection: Any) -> None:
                wanted = Target("kota", "http://127.0.0.1:9", mode=Mode.ON, answers="petabencana")
                targets.put(connection, wanted)
                line = {
                    "id": "a", "target": "kota", "kind": "update", "report": report, "external_id": "x", "seq": 1,
                    "body": '{"status":"new","text":"","at":0}', "state": "waiting", "attempts": 0, "rev": 0,
                    "queued_at": NOW, "next_at": NOW,
                }  # fmt: skip
                connection.execute(insert(schema.outgoing), [line])
                receipts.stamp(connection, ["a"])

            def refuse(connection: Any) -> None:
                (taken,) = sending.take(connection, now=NOW)
                outcome = Outcome("http_404", "nomor tidak dikenal", lasting=True)
                sending.settle(connection, taken, outcome, now=NOW + 1)

            with admin.opened(server.settings) as db:
                db.write_now(queue)
            assert (await mine.once()).errors == ()
            assert course(mine, report) == [Course.QUEUED]
            before = mine.store.data_version()
            mine.notices.clear()
            with admin.opened(server.settings) as db:
                db.write_now(refuse)
            for desk in (mine, other):
                assert (await desk.once()).errors == ()
                assert course(desk, report) == [Course.REFUSED]
                (row,) = desk.store.refused_answers()
                assert (row.receipt.detail, row.receipt.target) == ("nomor tidak dikenal", "kota")
            assert mine.store.data_version() > before
            told = [one for one in mine.told("reports") if one["pks"]]
            assert told, "the screens are told which line changed"

    run(scenario)
