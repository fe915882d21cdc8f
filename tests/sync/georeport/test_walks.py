"""A desk reads an Open311 server over real HTTP: every style of page, and what became of the old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from smartcity_desk.domain.events import Actor, EventKind, RejectCode, ReportRejected, Role
from smartcity_desk.domain.report import Report, Status, veiled
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, from_iso, to_iso
from smartcity_desk.georeport.states import instant
from smartcity_desk.sync import transport
from smartcity_desk.sync.georeport import client as walking
from smartcity_desk.sync.georeport import trail
from smartcity_desk.sync.georeport.trail import Trail
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import lapor, open311
from smartcity_desk.training.servers.georeport import Flavour, Open311Server
from smartcity_desk.ui.errors_text import of_code, of_error
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import NOW, Bench, bench
from tests.sync.georeport.world import CITY, KEY, citizen, listening, people, server_of

Scene = Callable[[Bench, Open311Server, str], Coroutine[Any, Any, None]]


def played(
    folder: Path,
    scene: Scene,
    source: list[Citizen],
    flavour: Flavour | None = None,
    channel: str = "open311",
    **options: Any,
) -> None:
    async def run() -> None:
        async with bench(folder) as desk:
            server = server_of(source, desk.clock, flavour, channel)
            async with listening(server.app()) as url:
                desk.channel(channel, url + server.path, **options)
                await scene(desk, server, url + server.path)

    asyncio.run(run())


def plain(report: Report) -> Report:
    return replace(report, raw="", unmasked=None, location=None)


def read_of(desk: Bench) -> dict[str, Report]:
    return {line.report.id: plain(line.report) for line in desk.lines()}


async def told(url: str, **form: str) -> httpx.Response:
    """An update as a foreign system hands it in."""
    async with httpx.AsyncClient() as http:
        return await http.post(f"{url}/servicerequestupdates.json", data={"api_key": KEY, **form})


STYLES = [
    ("page", "page", "json", False),
    ("page", "page", "xml", False),
    ("page", "per_page", "json", True),
    ("max_requests", "max_requests", "json", True),
    ("max_requests", "max_requests", "xml", False),
    ("limit", "limit", "json", False),
    ("none", "none", "json", False),
]


@pytest.mark.parametrize(("served", "asked", "form", "wrapped"), STYLES)
def test_every_style_of_page_gives_every_report_once(
    served: str, asked: str, form: str, wrapped: bool, tmp_path: Path
) -> None:
    source = people(57)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        result = await desk.once("open311")
        assert result.errors == ()
        assert result.channels[0].pulled.new == 57
        expected = {record.id: open311.published(record, CITY) for record in source}
        assert read_of(desk) == {key: plain(report) for key, report in expected.items()}
        again = await desk.once("open311")
        assert (again.channels[0].pulled.new, again.channels[0].pulled.changed) == (0, 0)

    played(
        tmp_path,
        scene,
        source,
        Flavour(served, wrapped=wrapped),
        paging=asked,
        page_size="20",
        format=form,
        categories="*",
    )


def test_a_server_without_pages_is_asked_in_halves(tmp_path: Path) -> None:
    source = people(1_300)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        result = await desk.once("open311")
        assert result.errors == ()
        assert len(desk.lines()) == 1_300

    played(tmp_path, scene, source, Flavour("none"), paging="none")


def test_a_cut_walk_goes_on_where_it_stopped(tmp_path: Path) -> None:
    source = people(100)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        found = []
        for _ in range(5):  # the last two: the hour behind the mark, in two parts as well
            await desk.once("open311")
            found.append(len(desk.lines()))
            desk.clock.now += 5 * MINUTE
        assert found == [40, 80, 100, 100, 100]
        state = desk.store.channel_state("open311")
        assert "walk" not in state.cursor["created"]

    played(tmp_path, scene, source, page_size="20", pages="2", changes="none")


def test_what_comes_late_inside_the_overlap_is_found(tmp_path: Path) -> None:
    source = people(3, newest=NOW - 60 * MINUTE)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        await desk.once("open311")
        source.append(citizen(50, NOW - 8 * MINUTE))  # entered after the walk, dated before its end
        desk.clock.now += 5 * MINUTE
        result = await desk.once("open311")
        assert result.channels[0].pulled.new == 1

    played(tmp_path, scene, source, changes="none")


@pytest.mark.parametrize("channel", ["open311", "lapor"])
def test_what_is_published_days_after_its_time_is_found_within_a_day(channel: str, tmp_path: Path) -> None:
    source = people(3, channel, newest=NOW - 60 * MINUTE)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        async def later(hours: int) -> list[int]:
            found = []
            for _ in range(hours):
                desk.clock.now += 60 * MINUTE
                result = await desk.once(channel)
                assert result.errors == ()
                found.append(result.channels[0].pulled.new)
            return found

        await desk.once(channel)
        source.append(citizen(50, NOW - 45 * MINUTE, channel))
        assert await later(1) == [1]  # late by less than an hour: in the very next window
        source.append(citizen(51, NOW - 3 * DAY, channel))
        source.append(citizen(52, NOW - 6 * DAY, channel))
        assert await later(24) == [0] * 22 + [2, 0]
        source.append(citizen(53, NOW - 2 * DAY, channel))
        assert sum(await later(24)) == 1

    played(tmp_path, scene, source, channel=channel, changes="none")


def test_a_look_at_the_last_days_goes_on_where_it_was_cut_and_news_go_first(tmp_path: Path) -> None:
    source = people(100, newest=NOW - DAY)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        async def rounds(count: int) -> list[int]:
            found = []
            for _ in range(count):
                result = await desk.once("open311")
                assert result.errors == ()
                found.append(result.channels[0].pulled.new)
                desk.clock.now += 5 * MINUTE
            return found

        assert sum(await rounds(3)) == 100
        source[:0] = [citizen(1_000 + n, NOW - 2 * DAY + n * MINUTE) for n in range(50)]
        desk.clock.now += DAY
        source.append(citizen(2_000, desk.clock.now - MINUTE))
        found = await rounds(5)
        assert found[0] >= 1
        assert sum(found) == 51
        assert len([new for new in found if new]) > 1  # one round asks for no more than its pages
        assert "walk" not in desk.store.channel_state("open311").cursor["late"]

    played(tmp_path, scene, source, page_size="20", pages="3", changes="none")


def test_a_change_that_is_published_late_is_learned(tmp_path: Path) -> None:
    """The server takes changes in by night: until then its window by time of change does not hold them."""
    born, changed_at = NOW - 20 * DAY, NOW + 2 * 60 * MINUTE
    is_known = False

    def answer(asked: Asked) -> Reply:
        since = from_iso(asked.query.get("updated_after") or asked.query["start_date"])
        at = changed_at if is_known and "updated_after" in asked.query else born
        state = {"status": "closed", "updated_datetime": to_iso(changed_at)} if is_known else {}
        if asked.query["page"] != "1":
            return Reply.json([])
        late = [item("a", requested_datetime=to_iso(born), **state)] if since <= at else []
        return Reply.json([item("b"), *late])  # there is always something, so each walk moves its mark

    async def run() -> None:
        nonlocal is_known
        async with serving(answer) as server, bench(tmp_path) as desk:
            desk.channel("open311", server.url, changes="updated_after")
            found = []
            for hour in range(26):
                is_known = hour >= 10
                result = await desk.once("open311")
                assert result.errors == ()
                (line,) = (one for one in desk.lines() if one.report.external_id == "a")
                found.append(line.report.source_status)
                desk.clock.now += 60 * MINUTE
            assert found == [Status.NEW] * 24 + [Status.DONE] * 2

    asyncio.run(run())


def test_an_open_ticket_is_asked_for_again_and_changes_here(tmp_path: Path) -> None:
    source = people(60, newest=NOW - 3 * DAY)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        await desk.once("open311")
        desk.clock.now += MINUTE
        name = source[7].external_id
        answer = await told(
            url,
            service_request_id=name,
            update_id="u-1",
            updated_datetime=instant(desk.clock.now),
            status="FIXED",
            description="Sudah diangkut",
        )
        assert answer.status_code == 200
        desk.clock.now += 5 * MINUTE
        result = await desk.once("open311")
        assert result.errors == ()
        (changed,) = [line.report for line in desk.lines() if line.report.external_id == name]
        assert (changed.source_status, changed.state_raw) == (Status.DONE, "closed · Sudah diangkut")
        assert changed.changed_at == desk.clock.now - 5 * MINUTE
        kept = desk.store.channel_state("open311").cursor
        assert name not in kept["open"]
        assert len(kept["open"]) == 59

    played(tmp_path, scene, source, changes="ask")


@pytest.mark.parametrize("changes", ["servicerequestupdates", "updated_after"])
def test_what_became_of_an_old_ticket_is_learned(changes: str, tmp_path: Path) -> None:
    source = people(5, newest=NOW - 3 * DAY)

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        await desk.once("open311")
        desk.clock.now += MINUTE
        name = source[2].external_id
        await told(
            url,
            service_request_id=name,
            update_id="u-2",
            updated_datetime=instant(desk.clock.now),
            status="NO_FURTHER_ACTION",
            description="Bukan wewenang, telepon 0812-3456-7890",
        )
        desk.clock.now += 5 * MINUTE
        result = await desk.once("open311")
        assert result.errors == ()
        assert result.channels[0].pulled.changed == 1
        (changed,) = [line.report for line in desk.lines() if line.report.external_id == name]
        assert changed.source_status is Status.DONE
        detail = desk.store.report(changed.id)
        assert detail is not None
        words = [one.text for one in detail.replies]
        assert words == (["Bukan wewenang, telepon [telepon]"] if changes.startswith("service") else [])
        again = await desk.once("open311")
        assert (again.channels[0].pulled.changed, again.channels[0].pulled.new) == (0, 0)

    played(tmp_path, scene, source, changes=changes)


def test_lapor_over_its_own_jurisdiction(tmp_path: Path) -> None:
    source = people(60, "lapor")

    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        result = await desk.once("lapor")
        assert result.errors == ()
        assert read_of(desk) == {record.id: veiled(lapor.published(record, CITY)) for record in source}
        private = [report.external_id for report in read_of(desk).values() if report.private]
        assert sorted(private) == [one.external_id for one in source if lapor.is_secret(one)]
        assert all(report.author is None for report in read_of(desk).values())

    played(tmp_path, scene, source, Flavour(jurisdiction=lapor.JURISDICTION), "lapor")


def test_balai_warga_is_a_service_of_its_own_jurisdiction_whose_updates_are_answers(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "servicerequestupdates" in asked.path:
            update = {"update_id": "u1", "service_request_id": "7", "status": "in_progress"}
            return Reply.json(
                [update | {"updated_datetime": to_iso(NOW), "description": "Sudah kami teruskan"}]
            )
        return Reply.json([item(7, description="Taman RW 03 tak terawat")])

    async def run() -> list[Asked]:
        async with serving(answer) as server, bench(tmp_path) as desk:
            desk.channel("balai_warga", server.url, mode="open311")
            result = await desk.once("balai_warga")
            assert result.errors == ()
            (line,) = desk.lines()
            assert line.report.text == "Taman RW 03 tak terawat"
            detail = desk.store.report(line.report.id)
            assert detail is not None
            (reply,) = detail.replies
            assert (reply.text, reply.official) == ("Sudah kami teruskan", True)
            return server.asked

    for asked in asyncio.run(run()):
        assert asked.query["jurisdiction_id"] == "jakarta.go.id"
        assert asked.query["service_code"] == "balai-warga"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_without_its_jurisdiction_the_server_shows_a_page_and_the_desk_says_why(
    form: str, tmp_path: Path
) -> None:
    async def scene(desk: Bench, server: Open311Server, url: str) -> None:
        result = await desk.once("open311")
        assert [error.params["reason"] for _, error in result.errors] == ["jurisdiction_needed"]

    played(tmp_path, scene, people(2), Flavour(jurisdiction="kota"), format=form)


GATEWAY: Final = b"<html><head><title>Bad Gateway</title></head><body>nginx</body></html>"
WANTING: Final = b"<!DOCTYPE html><html><body>Missing <b>Jurisdiction_ID</b></body></html>"


@pytest.mark.parametrize(
    ("page", "status", "options", "code", "reason"),
    [
        (GATEWAY, 200, {}, "transient", "open311_page"),
        (GATEWAY, 400, {}, "transient", "open311_page"),
        (GATEWAY, 502, {}, "transient", None),
        (GATEWAY, 404, {}, "rejected", "http_404"),
        (GATEWAY, 200, {"jurisdiction_id": "kota"}, "transient", "html"),
        (WANTING, 200, {}, "rejected", "jurisdiction_needed"),
        (WANTING, 404, {}, "rejected", "jurisdiction_needed"),
        (WANTING, 200, {"jurisdiction_id": "kota"}, "transient", "html"),
    ],
)
def test_a_page_is_told_as_what_it_is(
    page: bytes, status: int, options: dict[str, str], code: str, reason: str | None, tmp_path: Path
) -> None:
    """A gateway's page says nothing of a jurisdiction, and an administrator who sets one in vain loses a night."""

    def check(desk: Bench, result: Any) -> None:
        ((_, error),) = result.errors
        assert (error.code, error.params["reason"]) == (code, reason)

    asking(tmp_path, lambda _: Reply(page, status, {"Content-Type": "text/html"}), check, **options)


# ---------------------------------------------------------------- what other servers do


def asking(folder: Path, answer: Callable[[Asked], Reply], check: Any, **options: Any) -> list[Asked]:
    """One pull against a server that says what a test tells it to; what it was asked."""

    async def run() -> list[Asked]:
        async with serving(answer) as server, bench(folder) as desk:
            desk.channel("open311", server.url + "/v2/", **options)
            result = await desk.once("open311")
            check(desk, result)
            return server.asked

    return asyncio.run(run())


def item(name: object, **changes: Any) -> dict[str, Any]:
    return {
        "service_request_id": name,
        "status": "open",
        "requested_datetime": to_iso(NOW - MINUTE),
        **changes,
    }


def fine(count: int) -> Any:
    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        assert len(desk.lines()) == count

    return check


def test_times_go_out_in_utc_and_whole_seconds_and_the_key_with_them(tmp_path: Path) -> None:
    asked = asking(tmp_path, lambda _: Reply.json([]), fine(0), jurisdiction_id="kota.id", changes="none")
    (one,) = asked
    assert one.path == "/v2/requests.json"
    assert one.query == {
        "start_date": "2026-10-24T02:00:00Z",
        "end_date": "2026-11-23T02:00:00Z",
        "page": "1",
        "page_size": "500",
        "jurisdiction_id": "kota.id",
    }


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("style", ["none", "limit", "max_requests"])
def test_a_server_that_gives_less_than_it_is_asked_for_loses_nothing(
    style: str, newest_first: bool, tmp_path: Path
) -> None:
    """It gives 25 at most, whatever is asked for, and does not say so."""
    made = {n: NOW - n * HOUR for n in range(1, 301)}

    def answer(asked: Asked) -> Reply:
        since, until = from_iso(asked.query["start_date"]), from_iso(asked.query["end_date"])
        found = sorted(
            (n for n, at in made.items() if since <= at <= until), key=lambda n: made[n], reverse=newest_first
        )
        return Reply.json([item(n, requested_datetime=to_iso(made[n])) for n in found[:25]])

    asking(tmp_path, answer, fine(300), changes="none", paging=style)


@pytest.mark.parametrize(("there", "requests"), [(19, 1), (300, 3)])
def test_a_whole_answer_costs_two_more_questions_at_most(there: int, requests: int, tmp_path: Path) -> None:
    made = {n: NOW - n * HOUR for n in range(1, there + 1)}

    def answer(asked: Asked) -> Reply:
        since, until = from_iso(asked.query["start_date"]), from_iso(asked.query["end_date"])
        return Reply.json(
            [item(n, requested_datetime=to_iso(at)) for n, at in made.items() if since <= at <= until]
        )

    asked = asking(tmp_path, answer, fine(there), changes="none", paging="limit", days="14")
    assert len(asked) == requests


def test_a_server_that_heeds_no_times_is_not_asked_for_ever(tmp_path: Path) -> None:
    made = [item(n, requested_datetime=to_iso(NOW - n * HOUR)) for n in range(1, 60)]
    asked = asking(tmp_path, lambda _: Reply.json(made), fine(59), changes="none", paging="limit")
    assert len(asked) < 15


def test_a_server_that_knows_no_pages_gives_the_same_and_is_asked_no_further(tmp_path: Path) -> None:
    asked = asking(tmp_path, lambda _: Reply.json([item("a"), item("b")]), fine(2), changes="none")
    assert [one.query["page"] for one in asked] == ["1", "2"]


def test_a_page_past_the_last_is_the_end(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.query["page"] == "1":
            return Reply.json([item("a")])
        return Reply.json({"code": 404, "detail": "Invalid page."}, 404)

    asking(tmp_path, answer, fine(1), changes="none")


def test_a_missing_first_page_is_an_error(tmp_path: Path) -> None:
    def check(desk: Bench, result: Any) -> None:
        ((_, error),) = result.errors
        assert (error.code, error.params["status"], error.params["detail"]) == ("rejected", 404, "Not Found")

    asking(tmp_path, lambda _: Reply.json({"code": 404, "detail": "Not Found"}, 404), check)


def test_a_server_that_knows_no_id_lists_is_asked_one_by_one(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("requests.json"):
            if "service_request_id" in asked.query:
                return Reply.json([item("quite-another")])
            return Reply.json([item("a"), item("b")] if asked.query["page"] == "1" else [])
        return Reply.json([item(asked.path.split("/")[-1].removesuffix(".json"), status="closed")])

    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        assert {line.report.source_status for line in desk.lines()} == {Status.DONE}
        assert desk.store.channel_state("open311").cursor["singly"] is True

    asking(tmp_path, answer, check)


def test_one_that_is_gone_is_no_proof_of_anything(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "service_request_id" in asked.query:
            return Reply.json([{"code": 404, "description": "service_request_id not found"}], 404)
        return Reply.json([item("a")] if asked.query["page"] == "1" else [])

    asking(tmp_path, answer, fine(1))


def test_an_update_of_a_foreign_office_reads_as_a_reply(tmp_path: Path) -> None:
    update = {
        "update_id": 9002,
        "service_request_id": "a",
        "status": "closed",
        "updated_datetime": "2026-11-22T11:40:00+07:00",
        "description": "Selesai, hub 081234567890",
        "media_url": ["https://foto.example.invalid/1.jpg"],
    }

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("servicerequestupdates.json"):
            silent = {**update, "update_id": "9003", "status": "unchanged", "description": ""}
            return Reply.json([update, {**silent, "media_url": ""}, {"update_id": "9004"}])
        if "service_request_id" in asked.query:
            return Reply.json([item("a", status="closed")])
        return Reply.json([item("a")] if asked.query["page"] == "1" else [])

    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        assert [line.report.source_status for line in desk.lines()] == [Status.DONE]
        assert [row.key for row in desk.store.quarantine("open311")] == ["service_request_id"]

    asked = asking(tmp_path, answer, check, changes="servicerequestupdates")
    assert [one.query.get("service_request_id") for one in asked].count("a") == 1


def test_no_state_of_the_server_undoes_a_decision_here(tmp_path: Path) -> None:
    """A revision counts by its time of change; a later one is the server's own word, beside the unit's decision."""
    states = iter((("in_progress", NOW - MINUTE), ("open", NOW - 2 * MINUTE), ("closed", NOW)))
    now_there: list[Any] = []

    def answer(asked: Asked) -> Reply:
        if asked.query.get("page") == "1":
            status, at = next(states)
            now_there[:] = [item("a", status=status, updated_datetime=to_iso(at))]
            return Reply.json(now_there)
        return Reply.json([])

    async def run() -> None:
        async with serving(answer) as server, bench(tmp_path) as desk:
            desk.channel("open311", server.url, changes="none")
            found = []
            for _ in range(3):
                result = await desk.once("open311")
                assert result.errors == ()
                (line,) = desk.lines()
                found.append((line.report.source_status, line.status))
                if len(found) == 1:
                    desk.store.act(
                        EventKind.REPORT_REJECTED,
                        ReportRejected(RejectCode.TOO_VAGUE, "tidak jelas"),
                        [line.report.id],
                        actor=Actor("ani", Role.OPERATOR),
                        now=desk.clock.now,
                        randomness=lambda n: bytes(n),
                    )
                desk.clock.now += 5 * MINUTE
            assert found == [
                (Status.IN_PROGRESS, Status.IN_PROGRESS),
                (Status.IN_PROGRESS, Status.REJECTED),
                (Status.DONE, Status.REJECTED),
            ]

    asyncio.run(run())


def test_a_source_whose_answers_are_too_large_is_told_of_in_words_and_loses_nothing(tmp_path: Path) -> None:
    """It goes on asking by itself, and its position stays until an answer can be taken."""
    ill, born = False, [item("a")]

    def answer(asked: Asked) -> Reply:
        if ill:
            return Reply(b"[", announce=transport.MOST_BYTES + 1)
        since = from_iso(asked.query["start_date"])
        there = [one for one in born if from_iso(one["requested_datetime"]) >= since]
        return Reply.json(there if asked.query["page"] == "1" else [])

    async def run() -> None:
        nonlocal ill
        async with serving(answer) as server, bench(tmp_path) as desk:
            desk.channel("open311", server.url, changes="none")
            assert (await desk.once("open311")).errors == ()
            ill = True
            for hour in range(1, 6):
                desk.clock.now += 60 * MINUTE
                born.append(item(f"b{hour}", requested_datetime=to_iso(desk.clock.now - MINUTE)))
                ((_, error),) = (await desk.once("open311")).errors
            (health,) = desk.store.health.look(["open311"], desk.clock.now)
            state = health.state
            assert (state.last_error_code, state.last_error_params["key"]) == ("bad_data", "too_large")
            words = of_code(state.last_error_code, state.last_error_params)
            assert words == of_error(error)
            assert words.next != of_code("bad_data", {"key": "json", "channel": "open311"}).next
            assert state.paused_reason is None
            assert state.next_try_at is not None
            assert MINUTE <= state.next_try_at - desk.clock.now <= 20 * MINUTE
            ill = False
            assert (await desk.once("open311")).errors == ()
            found = {line.report.external_id for line in desk.lines()}
            assert found == {"a", *(f"b{hour}" for hour in range(1, 6))}
            (health,) = desk.store.health.look(["open311"], desk.clock.now)
            assert health.state.last_error_code is None

    asyncio.run(run())


def test_the_trail_is_bounded_and_forgets_what_it_cannot_read() -> None:
    walked = Trail()
    for number in range(trail.OPEN_MOST + 10):
        walked.note(str(number), True)
    assert len(walked.open) == trail.OPEN_MOST
    assert next(iter(walked.open)) == "10"
    walked.note("11", False)
    assert "11" not in walked.open
    walked.queue_open(2)
    assert walked.pending == ["10", "12"]
    assert list(walked.open)[-2:] == ["10", "12"]
    known = walked.position()
    assert Trail.of(known).position() == known
    broken = replace(
        known, cursor={"created": {"mark": "x", "walk": [[1, 2]]}, "open": 7, "pending": [1, "a"]}
    )
    assert Trail.of(broken).pending == ["a"]
    assert Trail.of(broken).created.mark is None
    assert walking.BLOCKS_A_POLL * walking.BLOCK < trail.OPEN_MOST
