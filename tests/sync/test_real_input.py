"""What nobody here wrote, served over HTTP, through the real engine into a real store: all of it, and nothing twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.domain.report import PlaceQuality, ReportKind, Status
from smartcity_desk.domain.times import JAKARTA, MINUTE, to_datetime
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import Bench, bench

X = {"channel/x/token": "rahasia"}


def through(
    folder: Path,
    channel: str,
    reply: Reply | Callable[[Asked], Reply],
    check: Callable[[Bench, Any], None],
    **options: str,
) -> None:
    """Serve one answer, ask twice, and look at what is in the store after each."""

    async def scenario() -> None:
        async with (
            bench(folder, X) as desk,
            serving(lambda asked: reply if isinstance(reply, Reply) else reply(asked)) as server,
        ):
            desk.channel(channel, server.url, **options)
            first = await desk.once()
            check(desk, first)
            count = len(desk.lines())
            desk.clock.now += 2 * MINUTE
            await desk.once()
            assert len(desk.lines()) == count

    asyncio.run(scenario())


def test_the_2017_archive_arrives_whole_and_once(shared: Path, tmp_path: Path) -> None:
    content = (shared / "data/reports/petabencana_2017_sample.geojson").read_bytes()
    features = json.loads(content)["features"]

    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        assert (result.channels[0].pulled.new, result.channels[0].pulled.quarantined) == (147, 0)
        lines = desk.lines()
        assert len(lines) == len({line.report.id for line in lines}) == 147
        assert sorted(line.report.text for line in lines) == sorted(
            feature["properties"]["text"].strip() for feature in features
        )
        # the archive's own column of days (`hari`) is the day in Jakarta
        days = sorted(
            to_datetime(line.report.reported_at).astimezone(JAKARTA).date().isoformat() for line in lines
        )
        assert days == sorted(feature["properties"]["hari"] for feature in features)
        assert sum(line.report.place_quality is PlaceQuality.EXACT for line in lines) == 142
        assert sum(line.report.place_quality is PlaceQuality.OUTSIDE for line in lines) == 5
        assert all(line.report.kind is ReportKind.COMPLAINT and line.status is Status.NEW for line in lines)

    through(tmp_path, "petabencana", Reply(content), check)


@pytest.mark.parametrize(
    "name", ["reports.geojson.json", "reports.topojson.json", "archive.geojson.json", "reports.cap.xml"]
)
def test_answers_of_the_real_petabencana_server(name: str, shared: Path, tmp_path: Path) -> None:
    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        found = {line.report.external_id: line.report for line in desk.lines()}
        assert set(found) == {"1", "2", "3"}
        assert (found["2"].lat, found["2"].lon) == (-6.172, 106.822)
        assert found["2"].category == "banjir"

    through(
        tmp_path,
        "petabencana",
        Reply((shared / "data/samples/cognicity-server-live" / name).read_bytes()),
        check,
    )


@pytest.mark.parametrize("name", ["reports.empty.geojson.json", "reports.empty.topojson.json"])
def test_empty_answers_of_the_real_petabencana_server(name: str, shared: Path, tmp_path: Path) -> None:
    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        assert desk.lines() == []

    through(
        tmp_path,
        "petabencana",
        Reply((shared / "data/samples/cognicity-server-live" / name).read_bytes()),
        check,
    )


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("error-400-missing.json", 400, "rejected"),
        ("error-400-validation.json", 400, "rejected"),
        ("error-400-window.json", 400, "rejected"),
        ("error-400-window.json", 200, "rejected"),
        ("error-404.json", 404, "rejected"),
        ("error-404.json", 200, "rejected"),
        ("error-404-route.json", 404, "rejected"),
        ("error-404-route.json", 200, "bad_data"),
        ("timeseries.json", 200, "bad_data"),
    ],
)
def test_errors_of_the_real_petabencana_server(
    name: str, status: int, code: str, shared: Path, tmp_path: Path
) -> None:
    def check(desk: Bench, result: Any) -> None:
        assert [error.code for _, error in result.errors] == [code]
        assert desk.lines() == []

    content = (shared / "data/samples/cognicity-server-live" / name).read_bytes()
    through(tmp_path, "petabencana", Reply(content, status), check)


def test_the_genuine_waze_feed_arrives_whole(shared: Path, tmp_path: Path) -> None:
    content = (shared / "data/samples/waze/jakarta-ccp-feed-2017-05-03.json").read_bytes()
    feed = json.loads(content)

    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        assert (result.channels[0].pulled.new, result.channels[0].pulled.quarantined) == (285 + 965 + 37, 0)
        found = {line.report.external_id: line for line in desk.lines()}
        for section, key, count in (
            ("alerts", "uuid", 285),
            ("jams", "uuid", 965),
            ("irregularities", "id", 37),
        ):
            ids = {str(item[key]) for item in feed[section]}
            assert len(ids) == count
            assert ids <= set(found)
        assert all(line.report.kind is ReportKind.CONTEXT and line.due_at is None for line in found.values())
        told = {line.report.text for line in found.values() if line.report.text}
        said = {item["reportDescription"].strip() for item in feed["alerts"] if item.get("reportDescription")}
        assert len(told) == len(said), "users' own words, masked at most"
        blocked = [item for item in feed["jams"] if item["delay"] == -1]
        assert blocked
        assert all(found[str(item["uuid"])].report.state_raw == "blocked" for item in blocked)

    through(tmp_path, "waze", Reply(content), check)


def x_answers(shared: Path, name: str, status: int = 200) -> Callable[[Asked], Reply]:
    content = (shared / "data/samples/x" / name).read_bytes()
    return lambda _: Reply(content, status)


def test_search_answer_of_the_simulator(shared: Path, tmp_path: Path) -> None:
    posts = json.loads((shared / "data/samples/x/simulator-search-recent.json").read_bytes())["data"]
    page = x_answers(shared, "simulator-search-recent.json")

    def check(desk: Bench, result: Any) -> None:
        assert result.errors == ()
        assert {line.report.external_id for line in desk.lines()} == {post["id"] for post in posts}
        assert {line.report.text for line in desk.lines()} == {post["text"] for post in posts}
        assert desk.store.channel_state("x").cursor["since_id"] == "180"

    def second_page_is_empty(asked: Asked) -> Reply:
        return Reply.json({"meta": {"result_count": 0}}) if "next_token" in asked.query else page(asked)

    through(tmp_path, "x", second_page_is_empty, check, mode="search")


def test_the_same_page_for_ever_is_named_and_its_posts_are_kept(shared: Path, tmp_path: Path) -> None:
    def check(desk: Bench, result: Any) -> None:
        assert [error.params["key"] for _, error in result.errors] == ["repeated_page_token"]
        assert len(desk.lines()) == 10
        assert "since_id" not in desk.store.channel_state("x").cursor

    through(tmp_path, "x", x_answers(shared, "simulator-search-recent.json"), check, mode="search")


def test_documents_of_x(shared: Path, tmp_path: Path) -> None:
    for number, name in enumerate(("docs-post-lookup.json", "docs-place-expansion.json")):
        posts = json.loads((shared / "data/samples/x" / name).read_bytes())["data"]
        dated = [post["id"] for post in posts if "created_at" in post]

        def check(desk: Bench, result: Any, dated: list[str] = dated, posts: list[Any] = posts) -> None:
            assert result.errors == ()
            assert sorted(line.report.external_id for line in desk.lines()) == sorted(dated)
            kept = desk.store.quarantine("x")
            assert len(dated) + len(kept) == len(posts)
            assert {row.key for row in kept} <= {"created_at"}, (
                "a post without its time is set aside, not guessed"
            )

        folder = tmp_path / str(number)
        folder.mkdir()
        through(folder, "x", x_answers(shared, name), check, mode="search")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("simulator-error-401.json", 401, "auth_expired"),
        ("simulator-error-429.json", 429, "rate_limited"),
        ("simulator-error-invalid-request.json", 400, "rejected"),
        ("simulator-error-user-not-found.json", 200, "rejected"),
        ("simulator-error-401.json", 200, "auth_expired"),
        ("simulator-error-invalid-request.json", 200, "rejected"),
    ],
)
def test_errors_of_the_simulator(name: str, status: int, code: str, shared: Path, tmp_path: Path) -> None:
    def check(desk: Bench, result: Any) -> None:
        assert [error.code for _, error in result.errors] == [code]
        assert desk.lines() == []

    through(tmp_path, "x", x_answers(shared, name, status), check, mode="search")
