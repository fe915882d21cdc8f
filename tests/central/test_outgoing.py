"""Answers and reports leave for other systems: only what is meant for them, each once, and not before they may."""

from __future__ import annotations

import asyncio
import logging
import stat
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from smartcity_desk.central import admin, schema
from smartcity_desk.central.outgoing import feed, sending, targets, wire
from smartcity_desk.central.outgoing.sending import Sender
from smartcity_desk.central.outgoing.targets import Mode, Target
from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.domain.events import (
    CompletionAnswered,
    CompletionClaimed,
    EventKind,
    IncidentChanged,
    NoteAdded,
    PlaceSet,
    RejectCode,
    Reopened,
    ReporterAnswered,
    ReportRejected,
    Responded,
    RoutingSent,
)
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import HOUR, SECOND
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.georeport import Open311Server
from tests.central.world import MENTENG, NOW, SUDIN, TEBET, Answer, World, report
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.georeport.world import KEY, listening, people, server_of

K = EventKind
RESPONSE = "Petugas sudah di lokasi dan mulai mengangkut sampah, hub 0812-3456-7890."


def of_channel(record: Citizen, **changes: Any) -> Report:
    """A citizen's report of the Open311 server as the central server has it."""
    return report(
        record.number,
        id=report_id("open311", record.external_id),
        channel="open311",
        external_id=record.external_id,
        lat=record.lat,
        lon=record.lon,
        **changes,
    )


class Scene:
    """A central server, an Open311 server on loopback, and who carries things from one to the other."""

    def __init__(self, world: World, server: Open311Server, url: str, keys: Path) -> None:
        self.world = world
        self.server = server
        self.url = url
        self.keys = keys
        self.sender = Sender(world.db, keys, clock=world.clock, poll_s=0.01)

    async def act(self, user: str, name: str, kind: EventKind, payload: Any) -> None:
        body = {"actions": [self.world.action(name, kind, payload)]}
        answer: Answer = await self.world.acall("POST", "/v1/actions", body, user=user)
        (result,) = answer.body["results"]
        assert result["outcome"] == "accepted", result

    async def push(self, *reports: Report) -> None:
        from smartcity_desk import codec

        body = {"reports": [codec.report_to_wire(one) for one in reports]}
        answer = await self.world.acall("POST", "/v1/reports", body, user="oki")
        assert answer.body["rejected"] == []

    def target(self, **changes: Any) -> Target:
        values: dict[str, Any] = {"name": "kota", "url": self.url, "mode": Mode.ON, "answers": "open311"}
        wanted = Target(**{**values, **changes})
        return self.world.db.write_now(lambda connection: targets.put(connection, wanted))

    def rows(self) -> list[dict[str, Any]]:
        return self.world.db.read_now(sending.listed)

    async def answered(self, name: str, text: str = RESPONSE) -> None:
        """Route to an office, which responds."""
        await self.act("oki", name, K.ROUTING_SENT, RoutingSent(TEBET, "Sesuai lokasi"))
        await self.act("lurah.tebet", name, K.REPORT_RESPONDED, Responded(TEBET, text))


@pytest.fixture
def scene(world: World, tmp_path: Path) -> Any:
    def play(story: Any, count: int = 4) -> None:
        async def run() -> None:
            source = people(count, newest=NOW - HOUR)
            server = server_of(source, world.clock)
            targets.keep_key(tmp_path / "keys", "kota", KEY)
            async with listening(server.app()) as origin:
                made = Scene(world, server, origin + server.path, tmp_path / "keys")
                await made.push(*(of_channel(record) for record in source))
                try:
                    await story(made, [report_id("open311", record.external_id) for record in source])
                finally:
                    await made.sender.close()

        world.run(run())

    return play


def test_an_answer_goes_back_to_the_citizens_channel(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        await made.act("oki", names[0], K.NOTE_ADDED, NoteAdded("nomor pribadi lurah 0812-1111-2222"))
        await made.answered(names[0])
        assert await made.sender.round() == 1
        (told,) = made.server.updates
        assert told["description"] == "Petugas sudah di lokasi dan mulai mengangkut sampah, hub [telepon]."
        assert told["status"] == "in_progress"
        assert told["updated_datetime"].endswith("Z")
        (row,) = made.rows()
        assert (row["state"], row["answer_id"], row["id"]) == ("sent", told["update_id"], told["update_id"])
        assert await made.sender.round() == 0, "each thing once"

    scene(story)


def test_a_completion_is_told_once_a_person_has_accepted_it(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        await made.act("oki", names[0], K.ROUTING_SENT, RoutingSent(TEBET, "Sesuai lokasi"))
        done = CompletionClaimed(TEBET, "Sampah sudah diangkut dan lokasi bersih kembali.")
        await made.act("lurah.tebet", names[0], K.COMPLETION_CLAIMED, done)
        await made.sender.round()
        assert made.server.updates == []
        await made.act("oki", names[0], K.COMPLETION_ACCEPTED, CompletionAnswered("foto cocok, catatan unit"))
        await made.sender.round()
        (told,) = made.server.updates
        assert (told["status"], told["description"]) == ("closed", done.text)

    scene(story)


def test_a_rejection_is_told_in_a_fixed_sentence_and_spam_not_at_all(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        why = "pelapor ini sering mengada-ada"
        await made.act("oki", names[0], K.REPORT_REJECTED, ReportRejected(RejectCode.OUTSIDE_CITY, why))
        await made.act("oki", names[1], K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM, why))
        await made.act("oki", names[0], K.REPORT_REOPENED, Reopened("salah tekan"))
        while await made.sender.round():
            pass
        told = [(one["status"], one["description"]) for one in made.server.updates]
        assert told == [
            ("no_further_action", "Lokasi laporan ini berada di luar wilayah kota."),
            ("open", "Laporan Anda dibuka kembali dan ditangani lagi."),
        ]

    scene(story)


def test_every_reporter_of_an_incident_gets_the_leads_answer_and_so_does_who_joins_later(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        incident = "0190a0a0-0000-7000-8000-000000000001"
        for name in names[:3]:
            await made.act("oki", name, K.INCIDENT_JOINED, IncidentChanged(incident, "sama"))
        await made.act("oki", names[0], K.REPORTER_ANSWERED, ReporterAnswered("Kami tangani bersama."))
        while await made.sender.round():
            pass
        about = {one["service_request_id"]: one["description"] for one in made.server.updates}
        assert len(about) == 3
        assert set(about.values()) == {"Kami tangani bersama."}
        await made.act("oki", names[3], K.INCIDENT_JOINED, IncidentChanged(incident, "sama juga"))
        while await made.sender.round():
            pass
        assert len({one["service_request_id"] for one in made.server.updates}) == 4
        assert len(made.server.updates) == 4

    scene(story)


def test_nothing_leaves_before_somebody_wants_it_and_nothing_older(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        await made.answered(names[0])
        assert await made.sender.round() == 0
        made.target(mode=Mode.DRY)
        await made.answered(names[1])
        assert await made.sender.round() == 0
        assert made.server.updates == []
        (shown,) = made.rows()
        assert (shown["state"], shown["report"]) == ("dry", names[1])
        made.target(mode=Mode.ON)
        await made.answered(names[2])
        assert await made.sender.round() == 1
        made.target(mode=Mode.OFF)
        await made.answered(names[3])
        assert await made.sender.round() == 0
        made.target(mode=Mode.ON)
        assert await made.sender.round() == 0, "what was said while it was off stays here"
        assert made.world.db.write_now(lambda c: sending.retry(c, [shown["id"]], now=NOW)) == 1
        assert await made.sender.round() == 1

    scene(story)


def test_only_the_targets_own_channel_is_answered(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target(answers="lapor")
        await made.answered(names[0])
        assert await made.sender.round() == 0
        assert made.rows() == []

    scene(story)


def test_a_wrong_key_waits_and_is_visible_and_a_right_one_gets_through(
    scene: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        caplog.set_level(logging.INFO)
        made.target()
        targets.keep_key(made.keys, "kota", "kunci-salah")
        await made.answered(names[0])
        assert await made.sender.round() == 1
        (row,) = made.rows()
        assert (row["state"], row["code"], row["detail"]) == ("waiting", "key_refused", "Invalid API key")
        assert await made.sender.round() == 0
        targets.keep_key(made.keys, "kota", KEY)
        made.world.clock.at += sending.FIRST_WAIT
        assert await made.sender.round() == 1
        assert made.rows()[0]["state"] == "sent"
        said = " ".join(record.getMessage() for record in caplog.records if "outgoing" in record.name)
        assert said == "outgoing kota: key_refused outgoing kota: works again"
        assert "kunci" not in caplog.text
        whole = made.world.db.read_now(lambda c: str(c.execute(select(schema.outgoing_target)).all()))
        assert KEY not in whole

    scene(story)


def test_what_is_there_already_counts_as_sent(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        await made.answered(names[0])
        await made.sender.round()
        (row,) = made.rows()
        table = schema.outgoing  # the answer was lost: the line looks as if it had never been sent
        made.world.db.write_now(lambda c: c.execute(table.update().values(state="waiting", answer_id=None)))
        assert await made.sender.round() == 1
        assert [one["state"] for one in made.rows()] == ["sent"]
        assert len(made.server.updates) == 1
        assert row["id"] == made.server.updates[0]["update_id"]

    scene(story)


def test_the_second_word_waits_for_the_first(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target(url="http://127.0.0.1:9")
        await made.act("oki", names[0], K.REPORTER_ANSWERED, ReporterAnswered("satu"))
        await made.act("oki", names[0], K.REPORTER_ANSWERED, ReporterAnswered("dua"))
        assert await made.sender.round() == 1
        assert await made.sender.round() == 0
        made.target()
        made.world.clock.at += sending.FIRST_WAIT
        assert await made.sender.round() == 1
        assert await made.sender.round() == 1
        assert [one["description"] for one in made.server.updates] == ["satu", "dua"]

    scene(story)


def test_a_target_that_is_away_rests_and_the_others_go_on(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        targets.keep_key(made.keys, "mati", KEY)
        made.target(name="mati", url="http://127.0.0.1:9")
        for name in names:
            await made.act("oki", name, K.REPORTER_ANSWERED, ReporterAnswered("satu"))
        assert await made.sender.round() == len(names) + 1, "one look at who is away is enough"
        assert len(made.server.updates) == len(names)
        waiting = [(one["state"], one["attempts"]) for one in made.rows() if one["target"] == "mati"]
        assert sorted(waiting) == [*[("waiting", 0)] * (len(names) - 1), ("waiting", 1)]
        assert await made.sender.round() == 0, "it rests"

        made.world.clock.at += sending.FIRST_WAIT
        assert await made.sender.round() == 1
        made.world.clock.at += sending.FIRST_WAIT
        assert await made.sender.round() == 0, "twice away rests twice as long"
        made.target(name="mati")
        made.world.clock.at += sending.FIRST_WAIT
        assert await made.sender.round() == len(names)
        assert {one["state"] for one in made.rows()} == {"sent"}

    scene(story)


def test_a_line_is_sent_only_while_its_lease_holds(scene: Any) -> None:
    """A round of slow servers can take longer than a lease: then the line may be another process's by now."""

    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        await made.act("oki", names[0], K.REPORTER_ANSWERED, ReporterAnswered("satu"))
        await made.act("oki", names[1], K.REPORTER_ANSWERED, ReporterAnswered("dua"))
        db, clock = made.world.db, made.world.clock
        db.write_now(lambda c: feed.take_in(c, now=clock.at))
        first, second = db.write_now(lambda c: sending.take(c, now=clock.at))
        clock.at += sending.LEASE - 1
        kept = db.write_now(lambda c: sending.keep(c, first, now=clock.at))
        assert kept is not None
        assert kept.leased_until == clock.at + sending.LEASE
        clock.at += 1
        assert [one.id for one in db.write_now(lambda c: sending.take(c, now=clock.at))] == [second.id]
        assert db.write_now(lambda c: sending.keep(c, second, now=clock.at)) is None
        db.write_now(lambda c: sending.put_back(c, second, now=clock.at))
        assert db.write_now(lambda c: sending.take(c, now=clock.at)) == [], (
            "what is another's is not let go of"
        )

    scene(story)


def test_a_round_leaves_what_another_process_has_taken_meanwhile(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target()
        for name in names[:2]:
            await made.act("oki", name, K.REPORTER_ANSWERED, ReporterAnswered("satu"))
        db, clock, real = made.world.db, made.world.clock, sending.send

        async def slow(*args: Any) -> wire.Outcome:
            outcome = await real(*args)
            clock.at += sending.LEASE
            await db.write(lambda c: sending.take(c, now=clock.at))  # the other process
            return outcome

        monkeypatch.setattr(sending, "send", slow)
        assert await made.sender.round() == 1
        assert len(made.server.updates) == 1
        assert sorted(one["state"] for one in made.rows()) == ["sending", "sent"]

    scene(story)


def test_a_referral_becomes_a_request_at_the_third_partys_server(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target(answers="", office=SUDIN, service="lainnya", services={"flood": "sampah"})
        await made.act("oki", names[0], K.ROUTING_SENT, RoutingSent(SUDIN, "wewenang di sana"))
        await made.act("oki", names[1], K.ROUTING_SENT, RoutingSent(TEBET, "wewenang di sana"))
        while await made.sender.round():
            pass
        (made_there,) = made.server.requests
        assert made_there["description"] == "Banjir di gang 0"
        assert (made_there["service_code"], made_there["lat"]) == ("lainnya", -6.2)
        assert "requestor" not in str(made_there)
        (row,) = made.rows()
        assert (row["kind"], row["answer_id"]) == ("request", made_there["service_request_id"])

    scene(story)


def test_a_referral_without_a_place_is_refused_and_goes_once_a_person_says_where(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target(answers="", office=SUDIN, service="lainnya")
        nowhere = report(7, id=report_id("manual", "7"), channel="manual", external_id="7", place_hint="")
        await made.push(nowhere)
        await made.act("oki", nowhere.id, K.ROUTING_SENT, RoutingSent(SUDIN, "wewenang di sana"))
        while await made.sender.round():
            pass
        (row,) = made.rows()
        assert (row["state"], row["code"]) == ("refused", "http_400")
        await made.act("oki", nowhere.id, K.PLACE_SET, PlaceSet(TEBET))
        while await made.sender.round():
            pass
        (there,) = made.server.requests
        assert there["lat"] is None
        assert "Tebet Timur" in there["address"]
        (row,) = made.rows()
        assert (row["state"], row["code"], row["attempts"]) == ("sent", None, 1)
        # what is there is not handed in again, and neither is what has gone to somebody else
        await made.act("oki", nowhere.id, K.PLACE_SET, PlaceSet(MENTENG, base=TEBET, lat=-6.19, lon=106.83))
        while await made.sender.round():
            pass
        assert len(made.server.requests) == 1

    scene(story)


def test_reports_of_a_channel_are_handed_on_but_no_private_one(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target(answers="", reports="manual", service="lainnya")
        entered = [
            report(
                n,
                id=report_id("manual", str(n)),
                channel="manual",
                external_id=str(n),
                private=n == 2,
                **more,
            )
            for n, more in ((1, {"lat": -6.2, "lon": 106.8}), (2, {}), (3, {"place_hint": "Jl. Contoh 3"}))
        ]
        await made.push(*entered)
        while await made.sender.round():
            pass
        assert [one["description"] for one in made.server.requests] == [
            "Banjir di gang 1",
            "Banjir di gang 3",
        ]
        assert made.server.requests[0]["lat"] == -6.2
        assert made.server.requests[1]["address"] == "Jl. Contoh 3"

    scene(story)


def test_a_request_that_cannot_be_taken_is_refused_for_good_and_seen(scene: Any) -> None:
    async def story(made: Scene, names: list[str]) -> None:
        made.target(answers="", reports="manual", service="tidakada")
        await made.push(report(1, id=report_id("manual", "1"), channel="manual", external_id="1"))
        while await made.sender.round():
            pass
        (row,) = made.rows()
        assert (row["state"], row["code"]) == ("refused", "http_400")
        assert row["detail"] == "Service code tidakada is invalid"
        assert made.world.db.read_now(sending.counts) == {"kota": {"refused": 1}}

    scene(story)


# ---------------------------------------------------------------- the wire and the waits


TARGET = Target("x", "http://127.0.0.1:1", Mode.ON, "kota.id", answers="open311")


def sent(reply: Reply, kind: str = feed.UPDATE) -> tuple[wire.Outcome, Asked]:
    async def run() -> tuple[wire.Outcome, Asked]:
        async with serving(lambda _: reply) as server, wire.new_client() as http:
            target = Target("x", server.url + "/v2/", Mode.ON, "kota.id", answers="open311")
            send = wire.send_update if kind == feed.UPDATE else wire.send_request
            outcome = await send(http, target, {"a": "b c"}, NOW)
            return outcome, server.asked[0]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply.json([{"update_id": 9002}]), wire.Outcome(answer_id="9002")),
        (Reply(b"<requests><update_id>7</update_id></requests>"), wire.Outcome(answer_id="7")),
        (Reply(b""), wire.Outcome()),
        (Reply.json({"errors": {"code": 400, "description": "Bad request: already exists"}}, 400), wire.Outcome()),
        (Reply.json({"errors": {"code": 400, "description": "Bad request: already exists"}}), wire.Outcome()),
        (Reply.json({}, 503, Retry_After="Mon, 01 Jan 2001 00:00:00 GMT"), wire.Outcome("http_503", unsure=True)),
        (Reply.json({}, 429, Retry_After="0"), wire.Outcome("http_429")),
        (
            Reply.json({"errors": {"description": "relation already exists"}}, 500),
            wire.Outcome("http_500", "relation already exists", unsure=True),
        ),
        (Reply.json([{"code": 400, "description": "no"}], 400), wire.Outcome("http_400", "no", lasting=True)),
        (Reply.json({"code": 400, "detail": "no"}), wire.Outcome("http_400", "no", lasting=True)),
        (Reply.json(["Invalid API key"], 400), wire.Outcome("key_refused", "Invalid API key")),
        (Reply.json({}, 403), wire.Outcome("key_refused")),
        (Reply.html(404), wire.Outcome("http_404", lasting=True)),
        (Reply.html(), wire.Outcome("html", unsure=True)),
        (Reply(b"{", 200), wire.Outcome("unreadable", unsure=True)),
        (Reply.json({}, 302, Location="http://127.0.0.1:1/x"), wire.Outcome("http_302", lasting=True)),
        (Reply.json({}, 429, Retry_After="7"), wire.Outcome("http_429", after=7 * SECOND)),
        (Reply.json({}, 503), wire.Outcome("http_503", unsure=True)),
        (Reply(b"[]", drop=True), wire.Outcome("cut", unsure=True)),
        (Reply(b"x" * (wire.ANSWER_MOST + 1)), wire.Outcome("too_large", lasting=True, unsure=True)),
    ],
)  # fmt: skip
def test_what_an_answer_means(reply: Reply, outcome: wire.Outcome) -> None:
    found, asked = sent(reply)
    assert found == outcome
    assert (asked.method, asked.path, asked.body) == ("POST", "/v2/servicerequestupdates.json", b"a=b+c")


def test_a_server_that_is_away(scene: Any) -> None:
    async def run() -> wire.Outcome:
        async with wire.new_client() as http:
            return await wire.send_update(http, TARGET, {}, NOW)

    assert asyncio.run(run()) == wire.Outcome("offline")


def test_waits_grow_and_end() -> None:
    waits = [sending.wait_after(n) for n in range(1, 40)]
    assert waits[:3] == [30 * SECOND, 60 * SECOND, 120 * SECOND]
    assert waits == sorted(waits)
    assert waits[-1] == sending.LONGEST_WAIT
    assert sending.wait_after(1, 90 * HOUR) == sending.LONGEST_WAIT
    assert sending.wait_after(9, 0) == SECOND


def test_a_new_request_of_which_nobody_knows_is_not_sent_twice(world: World) -> None:
    target = Target("x", "http://127.0.0.1:1", Mode.ON, reports="manual", service="a")
    world.db.write_now(lambda c: targets.put(c, target))
    one = report(1, id=report_id("manual", "1"), channel="manual", external_id="1")
    rows = list(feed._request(one, None, (None, None), target, 1, NOW))
    world.db.write_now(lambda c: feed._insert(c, rows))
    assert len(world.db.write_now(lambda c: sending.take(c, now=NOW))) == 1
    assert world.db.write_now(lambda c: sending.take(c, now=NOW + SECOND)) == [], "somebody has it"
    assert world.db.write_now(lambda c: sending.take(c, now=NOW + sending.LEASE)) == []
    (row,) = world.db.read_now(sending.listed)
    assert (row["state"], row["code"]) == ("refused", sending.UNSURE)
    assert world.db.write_now(lambda c: feed._insert(c, rows)) == 0, "queued once for ever"


# ---------------------------------------------------------------- targets and keys


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Dengan Spasi"}, "bad_name"),
        ({"answers": ""}, "no_purpose"),
        ({"url": "ftp://x.invalid"}, "bad_url"),
        ({"url": "https://x.invalid/?api_key=1"}, "bad_url"),
        ({"url": "https://u:p@x.invalid/"}, "bad_url"),
    ],
)
def test_a_target_that_cannot_be(changes: dict[str, Any], reason: str, world: World) -> None:
    values: dict[str, Any] = {"name": "kota", "url": "https://x.invalid/v2", "answers": "open311"}
    with pytest.raises(ConfigProblem) as problem:
        world.db.write_now(lambda c: targets.put(c, Target(**{**values, **changes})))
    assert problem.value.params["reason"] == reason


def test_a_key_comes_by_environment_or_from_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert targets.key_of(folder, "kota", {}) == ""
    targets.keep_key(folder, "kota", " rahasia ")
    assert stat.S_IMODE(targets.key_file(folder, "kota").stat().st_mode) == 0o600
    assert targets.key_of(folder, "kota", {}) == "rahasia"
    assert targets.key_of(folder, "kota", {"SMARTCITY_OUTGOING_KOTA_KEY": "lain"}) == "lain"
    targets.key_file(folder, "kota").chmod(0o644)
    with pytest.raises(ConfigProblem) as problem:
        targets.key_of(folder, "kota", {})
    assert problem.value.params["reason"] == "key_open"
    targets.keep_key(folder, "kota", "")
    assert targets.key_of(folder, "kota", {}) == ""


def test_a_database_of_version_two_gets_the_queue(world: World) -> None:
    def older(connection: Any) -> None:
        for table in (schema.outgoing, schema.outgoing_target, schema.reply):
            table.drop(connection)
        connection.execute(schema.head.delete().where(schema.head.c.name.in_(("reply", "outgoing"))))
        connection.execute(schema.meta.update().values(value="2"))

    world.db.write_now(older)
    with admin.opened(world.settings) as db:
        assert db.read_now(targets.every) == []
        assert db.read_now(sending.listed) == []
