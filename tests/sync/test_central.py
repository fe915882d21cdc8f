"""Desks and a real central server: actions go there once, events come to everybody, and a bad line changes nothing."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk import knowledge
from smartcity_desk.central import admin
from smartcity_desk.config import machine_user
from smartcity_desk.domain import ids
from smartcity_desk.domain.errors import AuthExpired, DeskError, Rejected
from smartcity_desk.domain.events import Actor, CategorySet, EventKind, NoteAdded, Role, RoutingSent
from smartcity_desk.domain.reply import Reply as Said
from smartcity_desk.domain.routing import RouteRule, Routing
from smartcity_desk.domain.times import DAY, SECOND
from smartcity_desk.secrets import CENTRAL_REFRESH, CENTRAL_TOKEN
from smartcity_desk.store.rows import OpState
from smartcity_desk.sync.central.client import CentralClient
from smartcity_desk.sync.engine import DIRECTORY_EVERY
from tests.central.world import CITY, PASSWORD, POLICY, TEBET
from tests.central.world import report as city_report
from tests.fakes.central_server import Line, Running, bad_line, central_server
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import NOW, Bench, bench

_counter = itertools.count(1)
ACTOR, ONI = Actor("oki", Role.OPERATOR), Actor("oni", Role.OPERATOR)


@asynccontextmanager
async def desk_of(folder: Path, url: str, user: str = "oki") -> Any:
    home = folder / f"desk-{next(_counter)}"
    home.mkdir()
    async with bench(home) as desk:
        desk.central(url)
        client = desk.engine.central()
        assert client is not None
        await client.session.login(user, PASSWORD)
        yield desk


def note(desk: Bench, report_id: str, text: str = "catatan", actor: Actor = ACTOR) -> str:
    result = desk.store.act(
        EventKind.NOTE_ADDED,
        NoteAdded(text),
        [report_id],
        actor=actor,
        now=desk.clock.now,
        randomness=random.Random(next(_counter)).randbytes,
    )
    assert result.refused == ()
    return result.done[0].id


def act(desk: Bench, kind: EventKind, payload: Any, report_id: str, actor: Actor = ACTOR) -> str:
    result = desk.store.act(
        kind,
        payload,
        [report_id],
        actor=actor,
        now=desk.clock.now,
        randomness=random.Random(next(_counter)).randbytes,
    )
    assert result.refused == (), result.refused
    return result.done[0].id


def take_in(desk: Bench, count: int) -> list[str]:
    reports = [city_report(number) for number in range(count)]
    desk.store.ingest("petabencana", reports, checkpoint=None, now=desk.clock.now)
    return [report.id for report in reports]


def said(report_id: str, name: str = "c1") -> Said:
    """A reply about one of the reports that were taken in."""
    about = next(one for one in map(city_report, range(9)) if one.id == report_id)
    return Said(
        ids.reply_id(about.channel, name), about.channel, name, about.external_id, NOW, "Sudah ditangani"
    )


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scenario())  # type: ignore[arg-type]


def test_an_action_goes_there_and_comes_back_on_every_desk(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as mine, desk_of(tmp_path, server.url, "oni") as other:
            first = take_in(mine, 3)[0]
            result = await mine.once()
            assert result.errors == ()
            assert mine.store.directory().edition
            assert result.central.pushed.reports == 3
            act(mine, EventKind.CATEGORY_SET, CategorySet("flood"), first)
            act(mine, EventKind.ROUTING_SENT, RoutingSent(TEBET, "di wilayahnya"), first)
            result = await mine.once()
            assert result.errors == ()
            assert result.central.pushed.confirmed == 2
            assert mine.store.ops([OpState.QUEUED, OpState.SENDING]) == []
            assert (await other.once()).errors == ()
            assert len(other.lines()) == 3, "a new workstation is filled"
            for desk in (mine, other):
                detail = desk.store.report(first)
                assert detail is not None
                assert (detail.state.category, detail.state.office, detail.state.pending) == (
                    "flood",
                    TEBET,
                    0,
                )
            assert other.store.central.unpushed_reports(10) == [], (
                "what came from there does not go there again"
            )

    run(scenario)


def test_a_policy_that_begins_later_is_in_force_when_its_time_comes(server: Running, tmp_path: Path) -> None:
    later = NOW + DAY

    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            strict = replace(POLICY, version="strict", effective_from=later)
            admin.load_directory(server.settings, CITY, [POLICY, strict])
            assert (await desk.once()).errors == ()
            book = desk.store.law().book
            assert [book.at(at).version for at in (NOW, later - 1, later)] == ["test", "test", "strict"]
            assert desk.store.directory_etag() is not None, "both came at once, so nothing is asked for again"

    run(scenario)


def test_whose_work_is_what_comes_from_the_server_with_its_date(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            assert (await desk.once()).errors == ()
            assert desk.store.routing() == ""
            rule = RouteRule("sampah", TEBET, "nota dinas", "nota dinas 4/2026")
            city = Routing("kota-1", NOW, (rule,), {"31.74": "JS"}, "uji")
            admin.add_routing(server.settings, city)
            desk.clock.now += DIRECTORY_EVERY
            assert (await desk.once()).errors == ()
            known = knowledge.load(None, desk.store.routing())
            assert known.routing.at(NOW) == city
            assert known.routing.at(NOW - DAY).version == "2026-default"
            assert known.edition != knowledge.load().edition
            # another directory says nothing of it, and it stays; the server forgets it, and it goes
            admin.load_directory(server.settings, replace(CITY, edition="x"), [POLICY])
            desk.clock.now += DIRECTORY_EVERY
            assert (await desk.once()).errors == ()
            assert knowledge.load(None, desk.store.routing()).routing.at(NOW) == city
            admin.load_directory(server.settings, CITY, [POLICY], routing=[])
            desk.clock.now += DIRECTORY_EVERY
            assert (await desk.once()).errors == ()
            assert desk.store.routing() == ""

    run(scenario)


def test_what_one_operator_decided_is_not_sent_in_the_name_of_the_next(
    server: Running, tmp_path: Path
) -> None:
    """Shifts change at one desk: Oki decides without a network, Oni logs in, and the network comes back."""

    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            first, second = take_in(desk, 2)
            await desk.once()
            mine = note(desk, first, "dari Oki")
            client = desk.engine.central()
            await client.session.logout()
            await client.session.login("oni", PASSWORD)
            hers = note(desk, second, "dari Oni", ONI)
            before_any_server = note(desk, second, "dari mesin", Actor(machine_user(), Role.OPERATOR))
            assert (await desk.once()).errors == ()
            assert [row.id for row in desk.store.ops([OpState.QUEUED])] == [mine]
            assert {row.id for row in desk.store.ops([OpState.CONFIRMED])} == {hers, before_any_server}
            assert desk.store.central.next_op_at(desk.clock.now, client.session.known_people()) is None, (
                "nothing to hurry for"
            )
            await client.session.logout()
            await client.session.login("oki", PASSWORD)
            assert (await desk.once()).errors == ()
            assert desk.store.ops([OpState.QUEUED]) == []
            detail = desk.store.report(first)
            assert [event.actor.user for event in detail.timeline] == ["oki"]

    run(scenario)


def test_two_desks_that_contradict_each_other(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as mine, desk_of(tmp_path, server.url, "oni") as other:
            report_id = take_in(mine, 1)[0]
            await mine.once()
            await other.once()
            act(mine, EventKind.CATEGORY_SET, CategorySet("flood"), report_id)
            act(other, EventKind.CATEGORY_SET, CategorySet("road"), report_id, ONI)
            await mine.once()
            result = await other.once()
            assert result.central.pushed.conflicts == 1
            conflict = other.store.conflicts()[0]
            assert (conflict.field, conflict.mine, conflict.theirs, conflict.base) == (
                "category",
                "road",
                "flood",
                None,
            )
            detail = other.store.report(report_id)
            assert detail is not None
            assert detail.state.category == "flood"
            assert other.told("outbox")[-1]["conflicts"] == 1

    run(scenario)


def test_a_server_with_another_history_is_named_and_nothing_mixes(server: Running, tmp_path: Path) -> None:
    """A server made anew, or restored from an older copy, gives numbers out again."""

    async def scenario() -> None:
        with central_server(new_folder(tmp_path)) as anew:
            async with desk_of(tmp_path, server.url) as desk:
                first = take_in(desk, 1)[0]
                await desk.once()
                note(desk, first)
                assert (await desk.once()).errors == ()
                known = desk.store.central.newest_event()
                assert known is not None
                waiting = note(desk, first, "untuk server yang benar")
                desk.central(anew.url)
                client = desk.engine.central()
                assert client is not None
                await client.session.login("oki", PASSWORD)
                result = await desk.once()
                assert [error.params.get("reason") for _, error in result.errors] == ["other_log"]
                assert [row.id for row in desk.store.ops([OpState.QUEUED])] == [waiting]
                assert desk.store.central.newest_event() == known

    run(scenario)


def test_a_server_that_was_replaced_while_the_desk_ran_is_found_out(server: Running, tmp_path: Path) -> None:
    line = Line()

    async def scenario() -> None:
        with central_server(new_folder(tmp_path)) as anew:
            async with bad_line(server.url, line, 1) as proxy, desk_of(tmp_path, proxy.url) as desk:
                first = take_in(desk, 1)[0]
                await desk.once()
                note(desk, first)
                assert (await desk.once()).errors == ()
                known = desk.store.central.newest_event()
                line.down = True
                assert not (await desk.once()).central.ok
                line.down, line.elsewhere = False, anew.url
                client = desk.engine.central()
                assert client is not None
                await client.session.login("oki", PASSWORD)
                waiting = note(desk, first, "untuk server yang benar")
                desk.clock.now += DAY
                result = await desk.once()
                assert [error.params.get("reason") for _, error in result.errors] == ["other_log"]
                assert [row.id for row in desk.store.ops([OpState.QUEUED])] == [waiting]
                assert desk.store.central.newest_event() == known

    run(scenario)


def test_a_server_that_learns_of_replies_is_asked_for_them_without_a_new_start(
    server: Running, tmp_path: Path
) -> None:
    line = Line()

    async def scenario() -> None:
        async with bad_line(server.url, line, 1) as proxy, desk_of(tmp_path, proxy.url) as desk:
            client = desk.engine.central()
            assert client is not None
            client.has_replies = client.has_receipts = False  # as an older server had it
            line.down = True
            assert not (await desk.once()).central.ok
            line.down = False
            first = take_in(desk, 1)[0]
            desk.store.add("petabencana", (), replies=[said(first)], now=desk.clock.now)
            desk.clock.now += DAY
            assert (await desk.once()).errors == ()
            assert desk.store.central.unpushed_replies(9) == []
            assert client.has_receipts

    run(scenario)


def new_folder(folder: Path) -> Path:
    made = folder / "anew"
    made.mkdir()
    return made


def test_a_wrong_password_and_a_right_one(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            desk.central(server.url)
            client = desk.engine.central()
            assert client is not None
            assert await client.session.health()
            assert client.session.clock_offset is not None
            with pytest.raises(AuthExpired):
                await client.session.login("oki", "salah sekali")
            assert not client.session.has_token()
            me = await client.session.login("oki", PASSWORD)
            assert (me.user, me.role) == ("oki", Role.OPERATOR)
            assert (await client.session.me()).actor == Actor("oki", Role.OPERATOR)
            assert desk.told("secret"), "with no keyring, the desk is told to keep the tokens"
            await client.session.logout()
            assert not client.session.has_token()

    run(scenario)


def test_an_access_token_is_renewed_by_itself(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            desk.secrets.set(CENTRAL_TOKEN, "sda_kedaluwarsa")
            desk.engine.tokens_changed()
            before = desk.secrets.get(CENTRAL_REFRESH)
            assert (await desk.once()).errors == ()
            assert desk.secrets.get(CENTRAL_TOKEN) != "sda_kedaluwarsa"
            assert desk.secrets.get(CENTRAL_REFRESH) != before

    run(scenario)


def test_many_callers_renew_once(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            desk.secrets.set(CENTRAL_TOKEN, "sda_kedaluwarsa")
            client = desk.engine.central()
            assert client is not None
            client.session.forget_cached()
            told = len(desk.told("secret"))
            found = await asyncio.gather(*(client.session.me() for _ in range(6)))
            assert {me.user for me in found} == {"oki"}
            assert len(desk.told("secret")) == told + 2, "one pair of tokens"

    run(scenario)


def test_a_revoked_session_stands_still_and_keeps_what_waits(
    server: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smartcity_desk.sync")

    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            report_id = take_in(desk, 1)[0]
            await desk.once()
            op = note(desk, report_id)
            admin.end_sessions(server.settings, "oki")
            for _ in range(2):
                result = await desk.once()
                assert [error.code for _, error in result.errors] == ["auth_expired"]
            waiting = desk.store.ops([OpState.QUEUED])
            assert [(row.id, row.attempts) for row in waiting] == [(op, 0)]
            assert desk.told("auth")[0]["place"] == "central"
            client = desk.engine.central()
            assert client is not None
            await client.session.login("oki", PASSWORD)
            assert (await desk.once()).errors == ()
            assert desk.store.ops([OpState.QUEUED]) == []
        said = [record.getMessage() for record in caplog.records]
        assert len([line for line in said if "central failed" in line]) == 1
        assert len([line for line in said if "central works again" in line]) == 1

    run(scenario)


def test_a_viewer_may_read_and_not_act(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as source:
            report_id = take_in(source, 1)[0]
            await source.once()
            async with desk_of(tmp_path, server.url, "vina") as desk:
                result = await desk.once()
                assert result.errors == ()
                assert len(desk.lines()) == 1
                note(desk, report_id)
                result = await desk.once()
                assert result.errors == ()
                assert [row.attempts for row in desk.store.ops([OpState.QUEUED])] == [0]
                act(source, EventKind.CATEGORY_SET, CategorySet("flood"), report_id)
                await source.once()
                assert (await desk.once()).errors == ()
                assert desk.store.report(report_id).state.category == "flood", "it goes on reading"

    run(scenario)


def test_the_cable_is_pulled_and_put_back(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        line = Line()
        async with bad_line(server.url, line, 1) as proxy, desk_of(tmp_path, proxy.url) as desk:
            ids = take_in(desk, 5)
            await desk.once()
            line.down = True
            ops = [note(desk, report_id) for report_id in ids]
            for _ in range(4):
                desk.clock.now += DAY
                assert not (await desk.once()).central.ok
            line.down = False
            desk.clock.now += DAY
            assert (await desk.once()).errors == ()
            assert {row.id for row in desk.store.ops([OpState.CONFIRMED])} == set(ops)

    run(scenario)


@pytest.mark.parametrize("seed", range(6))
def test_a_line_that_drops_repeats_and_delays_loses_and_doubles_nothing(
    seed: int, server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        dice = random.Random(seed)
        line = Line(lost=0.2, unanswered=0.3, repeated=0.3, delay=0.01)
        async with bad_line(server.url, line, seed) as proxy, desk_of(tmp_path, server.url) as desk:
            desk.central(proxy.url)
            ids = take_in(desk, 12)
            done: list[str] = []
            for _ in range(12):
                for report_id in dice.sample(ids, 4):
                    done.append(note(desk, report_id, f"n{len(done)}"))
                await desk.once()
                desk.clock.now += DAY + 6 * 3600 * SECOND  # past every step of the ladder
            line.lost = line.unanswered = 0.0
            for _ in range(30):
                desk.clock.now += 2 * DAY
                result = await desk.once()
                if result.errors == () and not desk.store.ops([OpState.QUEUED, OpState.SENDING]):
                    break
            assert {row.id for row in desk.store.ops([OpState.CONFIRMED])} == set(done)
            async with desk_of(tmp_path, server.url, "oni") as other:
                assert (await other.once()).errors == ()
                texts: list[str] = []
                for report_id in ids:
                    mine, theirs = desk.store.report(report_id), other.store.report(report_id)
                    assert mine is not None
                    assert theirs is not None
                    assert mine.state == theirs.state
                    texts += [
                        event.payload.text
                        for event in theirs.timeline
                        if isinstance(event.payload, NoteAdded)
                    ]
                assert Counter(texts) == Counter(f"n{number}" for number in range(len(done)))

    run(scenario)


# ---------------------------------------------------------------- what only a strange server does


def test_an_event_that_this_version_cannot_read_is_kept_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = {
        "id": "e2", "subject": city_report(0).id, "kind": "note.added", "at": 1_790_000_000_000, "user": "oni",
        "role": "operator", "payload": {"text": "terbaca"}, "seq": 2,
    }  # fmt: skip
    strange = {**good, "id": "e1", "seq": 1, "kind": "dream.seen", "payload": {"x": 1}}

    def handler(asked: Asked) -> Reply:
        if asked.path == "/v1/events":
            fresh = int(asked.query["after"]) < 2
            return Reply.json({"events": [strange, good] if fresh else [], "last_seq": 2, "more": False})
        if asked.path == "/v1/directory":
            return Reply.json({"edition": "1", "offices": []})
        if asked.path in ("/v1/replies", "/v1/receipts"):
            return Reply.json({"code": "not_found"}, 404)  # from before there were any
        return Reply.json({"reports": [], "next": None, "accepted": 0, "rejected": []})

    async def scenario() -> None:
        async with bench(tmp_path, {CENTRAL_TOKEN: "t"}) as desk, serving(handler) as server:
            desk.central(server.url)
            report_id = take_in(desk, 1)[0]
            desk.store.ingest("petabencana", (), checkpoint=None, now=NOW, replies=[said(report_id)])
            assert (await desk.once()).errors == ()
            assert (await desk.once()).errors == ()
            detail = desk.store.report(report_id)
            assert detail is not None
            assert detail.state.notes == 1
            assert desk.store.central.cursor().event_seq == 2
            assert len(desk.store.quarantine("central")) == 1
            assert len(desk.store.central.unpushed_replies(10)) == 1, "they wait for a server that takes them"

    run(scenario)


def test_what_one_desk_pulled_of_replies_and_tombstones_comes_to_the_others(
    server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as mine, desk_of(tmp_path, server.url, "oni") as other:
            first, second = take_in(mine, 2)
            mine.store.ingest(
                "petabencana", (), checkpoint=None, now=NOW, replies=[said(first), said(second, "c2")]
            )
            result = await mine.once()
            assert (result.errors, result.central.pushed.replies) == ((), 2)
            assert (await other.once()).errors == ()
            for desk in (mine, other):
                detail = desk.store.report(first)
                assert detail is not None
                assert [one.text for one in detail.replies] == ["Sudah ditangani"]
                assert desk.store.central.unpushed_replies(10) == []
            gone = mine.store.ingest(
                "petabencana", (), checkpoint=None, now=NOW, gone=[city_report(0).external_id]
            )
            assert gone.withdrawn == 1
            assert (await mine.once()).errors == ()
            assert (await other.once()).errors == ()
            detail = other.store.report(first)
            assert detail is not None
            assert (detail.report.text, detail.report.withdrawn_at) == ("", NOW)
            assert [one.text for one in detail.replies] == [""]
            kept = other.store.report(second)
            assert kept is not None
            assert kept.report.text

    run(scenario)


@pytest.mark.parametrize(
    "body",
    [
        {"events": [], "last_seq": 0, "more": True},
        {"events": "x", "last_seq": 1, "more": False},
        {"events": [], "more": False},
        [],
    ],
)
def test_an_answer_that_leads_nowhere_ends_the_round(body: Any, tmp_path: Path) -> None:
    def handler(asked: Asked) -> Reply:
        return Reply.json(body if asked.path == "/v1/events" else {"edition": "1", "offices": []})

    async def scenario() -> None:
        async with bench(tmp_path, {CENTRAL_TOKEN: "t"}) as desk, serving(handler) as server:
            desk.central(server.url)
            result = await desk.once()
            assert [error.code for _, error in result.errors] == ["bad_data"]

    run(scenario)


@pytest.mark.parametrize(
    ("reply", "code", "attempts"),
    [
        (Reply.json({"code": "x"}, 500), "transient", 1),
        (Reply.html(200), "transient", 1),
        (Reply(drop=True), "offline", 0),  # nobody knows whether it arrived: the same key again
        (Reply.json({"code": "x"}, 429, Retry_After="90"), "rate_limited", 0),
        (Reply.json({"code": "role"}, 403), "forbidden", 0),
    ],
)
def test_a_failed_push_leaves_actions_queued_under_their_keys(
    reply: Reply, code: str, attempts: int, server: Running, tmp_path: Path
) -> None:
    state = {"ill": True}
    heard: list[Asked] = []

    async def scenario() -> None:
        async with bad_line(server.url, Line(), 1) as proxy:

            def handler(asked: Asked) -> Reply | Awaitable[Reply]:
                if asked.path == "/v1/actions":
                    heard.append(asked)
                    if state["ill"]:
                        return reply
                return proxy.handler(asked)

            async with serving(handler) as front, desk_of(tmp_path, front.url) as desk:
                report_id = take_in(desk, 1)[0]
                await desk.once()
                op = note(desk, report_id)
                result = await desk.once()
                assert [error.code for _, error in result.errors] == [code]
                row = desk.store.ops([OpState.QUEUED])[0]
                assert (row.id, row.attempts, row.error_code) == (op, attempts, code)
                if code == "rate_limited":
                    assert row.next_try_at >= desk.clock.now + 90 * SECOND
                state["ill"] = False
                desk.clock.now += DAY
                assert (await desk.once()).errors == ()
                assert [row.id for row in desk.store.ops([OpState.CONFIRMED])] == [op]
                keys = {asked.json()["actions"][0]["id"] for asked in heard}
                assert keys == {op}

    run(scenario)


def test_one_action_that_spoils_a_batch_stands_alone(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bad_line(server.url, Line(), 1) as proxy:

            def handler(asked: Asked) -> Reply | Awaitable[Reply]:
                if asked.path == "/v1/actions" and b"racun" in asked.body:
                    return Reply.json({"code": "validation"}, 422)
                return proxy.handler(asked)

            async with serving(handler) as front, desk_of(tmp_path, front.url) as desk:
                ids = take_in(desk, 9)
                await desk.once()
                for number, report_id in enumerate(ids):
                    note(desk, report_id, "racun" if number == 4 else "biasa")
                assert (await desk.once()).errors == ()
                assert len(desk.store.ops([OpState.CONFIRMED])) == 8
                assert [row.error_code for row in desk.store.ops([OpState.REJECTED])] == ["validation"]

    run(scenario)


def test_no_server_and_nobody_logged_in_are_no_errors(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            assert (await desk.once()).central is None
            desk.central("http://127.0.0.1:9")
            assert (await desk.once()).central is None
            desk.secrets.set(CENTRAL_TOKEN, "t")
            result = await desk.once()
            assert [error.code for _, error in result.errors] == ["offline"]

    run(scenario)


def test_claims_are_taken_at_once(server: Running, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as mine, desk_of(tmp_path, server.url, "oni") as other:
            report_id = take_in(mine, 1)[0]
            await mine.once()
            client: CentralClient = mine.engine.central()
            user, until = await client.claim(report_id)
            assert user == "oki"
            assert until > 0
            with pytest.raises(Rejected) as caught:
                await other.engine.central().claim(report_id)
            assert caught.value.reason
            await client.release(report_id)
            assert (await other.engine.central().claim(report_id))[0] == "oni"
            assert (await client.counts("2026-09-21"))["day"] == "2026-09-21"
            assert "hash" in await client.anchor("2026-09-21")

    run(scenario)


def test_a_file_is_stored_under_its_hash(server: Running, tmp_path: Path) -> None:
    import hashlib

    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            content = b"\x89PNG\r\n\x1a\n" + b"x" * 100
            client: CentralClient = desk.engine.central()
            await client.put_attachment(content, "image/png", hashlib.sha256(content).hexdigest())
            with pytest.raises(DeskError):
                await client.put_attachment(content, "image/png", "0" * 64)

    run(scenario)
