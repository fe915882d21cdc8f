"""Walking a source page by page, cut and repeated at will: nothing lost, nothing doubled, and the mark moves last."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcity_desk.domain.errors import BadData, DeskError, RateLimited, Rejected, Transient
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND, to_iso
from smartcity_desk.sync import http_errors
from smartcity_desk.sync.channel import Client, Position, Setup
from smartcity_desk.sync.channels.petabencana.client import PetabencanaClient, window
from smartcity_desk.sync.channels.x import client as x_client
from smartcity_desk.sync.channels.x.client import XClient
from smartcity_desk.sync.transport import Answer
from tests.conftest import ROOT
from tests.fakes.http_server import Asked, Reply, serving
from tests.sync.bench import NOW, bench

FIXTURES = ROOT / "tests" / "fixtures" / "channels"


@dataclass
class Keeper:
    """Stands for the store: pages and their positions kept together, or not at all."""

    position: Position = field(default_factory=Position)
    reports: dict[str, Report] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)

    async def walk(
        self, client: Client, http: Any, now: int, die_after: int | None = None
    ) -> DeskError | None:
        pages = 0
        try:
            async for page in client.pull(self.position, http, now):
                if die_after is not None and pages >= die_after:
                    return None  # the process ended before this page was saved
                self.reports.update((report.id, report) for report in page.reports)
                self.unreadable.extend(item.raw for item in page.unreadable)
                self.gaps += [] if page.gap is None else [page.gap]
                if page.position is not None:
                    self.position = page.position
                pages += 1
        except DeskError as error:
            return error
        return None


class FakeX:
    """Recent search as documented: newest first, `since_id`, tokens that stay good, pages of any size."""

    place = "x"

    def __init__(self, page_size: int) -> None:
        self.posts: list[int] = []
        self.page_size = page_size
        self.asked: list[dict[str, str]] = []
        self.fail_at: set[int] = set()
        self.double = False
        self.forget_tokens = False
        self.oldest_mark = 0
        self.repeat_token = False

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
    ) -> Answer:
        query = dict(params or {})
        self.asked.append(query)
        if len(self.asked) in self.fail_at:
            raise Transient(place="x", status=503)
        since = int(query.get("since_id", 0))
        if since and since < self.oldest_mark:
            raise Rejected("invalid-request", place="x", status=400)
        token = query.get("next_token", "") or query.get("pagination_token", "")
        if token and self.forget_tokens:
            self.forget_tokens = False
            raise Rejected("invalid-request", place="x", status=400)
        below = int(token.removeprefix("t")) if token else 10**19
        found = sorted((number for number in self.posts if since < number < below), reverse=True)
        page, rest = found[: self.page_size], found[self.page_size :]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": str(page[0]), "oldest_id": str(page[-1])}
        if rest or self.repeat_token:
            meta["next_token"] = "t7" if self.repeat_token else f"t{page[-1]}"
        shown = [*page, *page] if self.double else page
        data = [{"id": str(number), "text": f"pos {number}", "created_at": to_iso(NOW)} for number in shown]
        random.Random(len(self.asked)).shuffle(data)
        return Answer(200, {}, {"meta": meta, **({"data": data} if data else {})})

    def error_inside(self, data: Any, now: int) -> DeskError | None:
        return http_errors.from_content(data, self.place, now=now)


def client(**options: str) -> XClient:
    return XClient(
        Setup("http://x.invalid", {"mode": "search", "query": "q", "pages": "3", **options}, {"token": "t"})
    )


@settings(max_examples=200)
@given(st.data())
def test_any_walk_loses_and_doubles_nothing(data: st.DataObject) -> None:
    async def scenario() -> None:
        source = FakeX(data.draw(st.integers(1, 5), label="page size"))
        source.double = data.draw(st.booleans(), label="doubled")
        keeper, number = Keeper(), 0
        for _ in range(data.draw(st.integers(1, 6), label="rounds")):
            for _ in range(data.draw(st.integers(0, 12), label="arrivals")):
                number += data.draw(st.integers(1, 5))
                source.posts.append(number)
            start = len(source.asked)
            source.fail_at = {
                start + step for step in data.draw(st.sets(st.integers(1, 6), max_size=2), label="503s")
            }
            source.forget_tokens = data.draw(st.booleans(), label="tokens die")
            await keeper.walk(
                client(), source, NOW, data.draw(st.none() | st.integers(0, 3), label="die after")
            )
        source.fail_at, source.forget_tokens = set(), False
        for _ in range(60):
            before = keeper.position
            await keeper.walk(client(), source, NOW)
            if keeper.position == before:
                break
        assert sorted(int(report.external_id) for report in keeper.reports.values()) == source.posts
        assert keeper.unreadable == []
        if source.posts:
            assert keeper.position.cursor["since_id"] == str(source.posts[-1])
            assert "next_token" not in keeper.position.cursor

    asyncio.run(scenario())


def test_the_mark_is_the_newest_of_the_first_page_and_moves_after_the_last() -> None:
    async def scenario() -> None:
        source, keeper = FakeX(2), Keeper()
        source.posts = [10, 20, 30, 40, 50]
        source.fail_at = {2}
        assert isinstance(await keeper.walk(client(), source, NOW), Transient)
        assert "since_id" not in keeper.position.cursor
        assert keeper.position.cursor["newest_id"] == "50"
        source.posts.append(60)  # arrives between the pages: of the next walk, not of this one
        assert await keeper.walk(client(), source, NOW) is None
        assert dict(keeper.position.cursor) == {"since_id": "50"}
        assert "since_id" not in source.asked[-1]
        await keeper.walk(client(), source, NOW)
        assert source.asked[-1]["since_id"] == "50"
        assert len(keeper.reports) == 6

    asyncio.run(scenario())


def test_the_page_cap_ends_a_walk_that_goes_on_later() -> None:
    async def scenario() -> None:
        source, keeper = FakeX(1), Keeper()
        source.posts = list(range(1, 11))
        await keeper.walk(client(pages="3"), source, NOW)
        assert len(source.asked) == 3
        assert len(keeper.reports) == 3
        for _ in range(3):
            await keeper.walk(client(pages="3"), source, NOW)
        assert len(keeper.reports) == 10
        assert dict(keeper.position.cursor) == {"since_id": "10"}

    asyncio.run(scenario())


def test_a_repeated_token_ends_the_walk_without_moving_the_mark() -> None:
    async def scenario() -> None:
        source, keeper = FakeX(2), Keeper()
        source.posts = [1, 2]
        await keeper.walk(client(), source, NOW)
        source.posts += [13, 14, 15, 16, 17]
        source.repeat_token = True
        asked = len(source.asked)
        error = await keeper.walk(client(pages="40"), source, NOW)
        assert isinstance(error, BadData)
        assert error.key == "repeated_page_token"
        assert len(source.asked) - asked <= 3, "not for ever"
        assert dict(keeper.position.cursor) == {"since_id": "2"}
        source.repeat_token = False
        assert await keeper.walk(client(pages="40"), source, NOW) is None
        assert sorted(int(report.external_id) for report in keeper.reports.values()) == source.posts

    asyncio.run(scenario())


def test_a_mark_too_old_for_the_source_starts_afresh() -> None:
    async def scenario() -> None:
        source, keeper = FakeX(5), Keeper()
        source.posts = [1, 2]
        await keeper.walk(client(), source, NOW)
        source.posts, source.oldest_mark = [102, 103], 100
        assert await keeper.walk(client(), source, NOW) is None
        assert sorted(int(report.external_id) for report in keeper.reports.values()) == [1, 2, 102, 103]
        assert dict(keeper.position.cursor) == {"since_id": "103"}

    asyncio.run(scenario())


def snowflake(at: int) -> int:
    """The id of a post of an instant (ms UTC)."""
    return (at - 1_288_834_974_657) << 22


@pytest.mark.parametrize("tokens_die", [False, True])
def test_what_lies_between_a_mark_that_is_too_old_and_what_is_still_given_is_a_gap(tokens_die: bool) -> None:
    """The desk was off for a month: nobody has read three weeks, and nobody will."""

    async def scenario() -> None:
        source, keeper = FakeX(1), Keeper()
        source.posts = [snowflake(NOW)]
        await keeper.walk(client(), source, NOW)
        back = NOW + 30 * DAY
        source.posts = [snowflake(back - 6 * DAY), snowflake(back - DAY), snowflake(back)]
        source.oldest_mark = snowflake(back - 7 * DAY)
        assert await keeper.walk(client(pages="2"), source, back) is None
        assert keeper.gaps == [], "the walk is not over"
        source.forget_tokens = tokens_die
        while "next_token" in keeper.position.cursor:
            assert await keeper.walk(client(pages="6"), source, back) is None
        assert keeper.gaps == [(NOW, back - 6 * DAY)]
        assert dict(keeper.position.cursor) == {"since_id": str(source.posts[-1])}
        assert await keeper.walk(client(), source, back) is None
        assert len(keeper.gaps) == 1

    asyncio.run(scenario())


def test_a_week_without_a_post_is_no_gap_but_what_lies_before_it_is() -> None:
    async def scenario() -> None:
        source, keeper = FakeX(5), Keeper()
        source.posts = [snowflake(NOW)]
        await keeper.walk(client(), source, NOW)
        source.posts, source.oldest_mark = [], snowflake(NOW + 23 * DAY)
        assert await keeper.walk(client(), source, NOW + 30 * DAY) is None
        assert keeper.gaps == [(NOW, NOW + 23 * DAY)]

    asyncio.run(scenario())


@pytest.mark.parametrize(("arrived", "is_gap"), [(7, False), (8, True)])
def test_mentions_end_after_so_many_and_what_lies_before_them_is_a_gap(
    arrived: int, is_gap: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x_client, "MENTIONS_MOST", 8)

    async def scenario() -> None:
        source, keeper = FakeX(3), Keeper()
        mentions = client(mode="mentions", pages="40")
        keeper.position = Position({"account_id": "9", "since_id": str(snowflake(NOW))})
        times = [NOW + (50 + number) * HOUR for number in range(arrived)]
        source.posts = [snowflake(at) for at in times]
        assert await keeper.walk(mentions, source, NOW + 100 * HOUR) is None
        assert keeper.gaps == ([(NOW, times[0])] if is_gap else [])

    asyncio.run(scenario())


def test_a_refusal_for_good_is_told_and_not_walked_around() -> None:
    async def scenario() -> None:
        source, keeper = FakeX(5), Keeper()
        keeper.position = Position({"since_id": "5"})
        source.oldest_mark = 10**18

        async def refuse(url: str, **_: Any) -> Answer:
            source.asked.append({})
            raise Rejected("invalid-request", place="x", status=400)

        source.get = refuse  # type: ignore[method-assign]
        assert isinstance(await keeper.walk(client(), source, NOW), Rejected)
        assert len(source.asked) == 2
        assert dict(keeper.position.cursor) == {"since_id": "5"}

    asyncio.run(scenario())


# ---------------------------------------------------------------- the window


@settings(max_examples=100)
@given(
    arrivals=st.lists(st.integers(0, 40 * MINUTE), max_size=30),
    pauses=st.lists(st.integers(SECOND, 9 * HOUR), min_size=1, max_size=12),
    skew=st.integers(-90, 90),
    failures=st.sets(st.integers(0, 12), max_size=6),
)
def test_a_window_that_slides_loses_and_doubles_nothing(
    arrivals: list[int], pauses: list[int], skew: int, failures: set[int]
) -> None:
    template = json.loads((FIXTURES / "petabencana/reports.geojson.json").read_text("utf-8"))["result"][
        "features"
    ][0]

    class Source:
        place = "petabencana"

        def __init__(self) -> None:
            self.now = NOW
            self.made: list[tuple[int, Any]] = []

        async def get(self, url: str, *, params: Any = None, **_: Any) -> Answer:
            since = self.now - int(params["timeperiod"]) * SECOND
            items = [item for at, item in self.made if since <= at <= self.now]
            random.Random(self.now).shuffle(items)
            body = {
                "statusCode": 200,
                "result": {"type": "FeatureCollection", "features": [*items, *items[:2]]},
            }
            return Answer(200, {}, json.dumps(body).encode())

        def error_inside(self, data: Any, now: int) -> DeskError | None:
            return None

    async def scenario() -> None:
        source, keeper, taken = Source(), Keeper(), list[str]()
        at = NOW
        for number, step in enumerate(arrivals):
            at += step
            item = json.loads(json.dumps(template))
            item["properties"].update(pkey=str(number), created_at=to_iso(at))
            source.made.append((at, item))
        for turn, pause in enumerate([*pauses, 3 * HOUR]):
            source.now += pause
            before = set(keeper.reports)
            if turn in failures and turn < len(pauses):
                continue
            async for page in PetabencanaClient(Setup("http://p.invalid")).pull(
                keeper.position,
                source,  # type: ignore[arg-type]
                source.now + skew * SECOND,
            ):
                taken.extend(report.id for report in page.reports)
                keeper.reports.update((report.id, report) for report in page.reports)
                assert page.position is not None
                keeper.position = page.position
            assert before <= set(keeper.reports)
        past = [item for at, item in source.made if at <= source.now]
        assert len(keeper.reports) == len(past)

    asyncio.run(scenario())


@given(
    st.none() | st.integers(NOW - 90 * 24 * HOUR, NOW + HOUR), st.sampled_from([HOUR, 24 * HOUR, 168 * HOUR])
)
def test_a_window_reaches_back_over_two_polls_and_more(last: int | None, most: int) -> None:
    span = window(last, NOW, most)
    assert 0 < span <= most
    assert span % HOUR == 0
    if last is not None and last <= NOW:
        assert span >= min(most, NOW - last + 2 * MINUTE + 90 * SECOND)


# ---------------------------------------------------------------- X through the engine, over HTTP


def x_server(pages: dict[str, Any], heard: list[Asked]) -> Any:
    def handler(asked: Asked) -> Reply:
        heard.append(asked)
        if asked.headers.get("authorization") != "Bearer rahasia":
            return Reply.json({"title": "Unauthorized", "type": "about:blank", "status": 401}, 401)
        if asked.path.startswith("/2/users/by/username/"):
            return Reply((FIXTURES / "x/user.json").read_bytes())
        found = pages[asked.path]
        return found if isinstance(found, Reply) else Reply.json(found)

    return handler


SECRETS = {"channel/x/token": "rahasia"}
MENTIONS = "/2/users/2244994945/mentions"


@pytest.mark.parametrize("names", ["tweet.fields", "post.fields"])
def test_mentions_are_the_usual_way_and_the_account_is_looked_up_once(names: str, tmp_path: Path) -> None:
    heard: list[Asked] = []
    page = json.loads(
        (FIXTURES / f"x/page.{'old' if names == 'tweet.fields' else 'new'}.json").read_text("utf-8")
    )

    async def scenario() -> None:
        async with bench(tmp_path, SECRETS) as desk, serving(x_server({MENTIONS: page}, heard)) as server:
            desk.channel("x", server.url, fields=names)
            for _ in range(2):
                assert (await desk.once()).errors == ()
            assert [asked.path for asked in heard] == ["/2/users/by/username/jakartagoid", MENTIONS, MENTIONS]
            assert names in heard[1].query
            assert ("note_tweet" if names == "tweet.fields" else "note_post") in heard[1].query[names]
            assert heard[2].query["since_id"] == "1994000000000000999"
            lines = desk.lines()
            assert len(lines) == 2
            assert all(line.report.author and "88000" not in line.report.author for line in lines)

    asyncio.run(scenario())


def test_search_when_it_is_chosen(tmp_path: Path) -> None:
    heard: list[Asked] = []
    page = json.loads((FIXTURES / "x/page.old.json").read_text("utf-8"))

    async def scenario() -> None:
        path = "/2/tweets/search/recent"
        async with bench(tmp_path, SECRETS) as desk, serving(x_server({path: page}, heard)) as server:
            desk.channel("x", server.url, mode="search", query="@jakartagoid banjir")
            assert (await desk.once()).errors == ()
            assert heard[0].query["query"] == "@jakartagoid banjir"
            assert "lang" not in heard[0].query["query"]

    asyncio.run(scenario())


def test_without_a_token_x_stands_still_and_asks(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path) as desk:
            desk.channel("x", "https://api.x.invalid")
            result = await desk.once()
            assert [error.code for _, error in result.errors] == ["auth_expired"], "and nothing was asked"
            assert desk.store.channel_state("x").paused_reason == "auth_expired"
            (told,) = desk.told("auth")
            assert (told["place"], told["code"]) == ("x", "auth_expired")

    asyncio.run(scenario())


def test_a_server_on_this_machine_is_asked_without_a_token_too(tmp_path: Path) -> None:
    heard: list[Asked] = []

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(x_server({}, heard)) as server:
            desk.channel("x", server.url)
            result = await desk.once()
            assert [error.code for _, error in result.errors] == ["auth_expired"], "it said so itself"
            assert "authorization" not in heard[0].headers

    asyncio.run(scenario())


@pytest.mark.parametrize("status", [200, 404])
def test_an_account_that_the_source_does_not_know_is_searched_for(status: int, tmp_path: Path) -> None:
    page = json.loads((FIXTURES / "x/page.old.json").read_text("utf-8"))
    unknown = Reply((FIXTURES / "x/error.inside.json").read_bytes(), status)

    def handler(asked: Asked) -> Reply:
        return unknown if asked.path.startswith("/2/users/") else Reply.json(page)

    async def scenario() -> None:
        async with bench(tmp_path, SECRETS) as desk, serving(handler) as server:
            desk.channel("x", server.url)
            assert (await desk.once()).errors == ()
            assert [asked.path for asked in server.asked][1] == "/2/tweets/search/recent"
            assert len(desk.lines()) == 2

    asyncio.run(scenario())


class NoSuchAccount:
    """X itself, which does not know the account."""

    place = "x"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, url: str, **_: Any) -> Answer:
        self.asked.append(url)
        raise Rejected("http_404", place="x", status=404)


def test_x_itself_says_that_an_account_is_unknown_instead_of_costing_more() -> None:
    server = NoSuchAccount()
    client = XClient(Setup("https://api.x.com", {"account": "jakartagoidd"}))
    error = asyncio.run(Keeper().walk(client, server, NOW))
    assert isinstance(error, Rejected)
    assert error.reason == "unknown_account"
    assert server.asked == ["https://api.x.com/2/users/by/username/jakartagoidd"]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (
            Reply(
                (FIXTURES / "x/error.429.json").read_bytes(),
                429,
                {"x-rate-limit-reset": str(NOW // 1000 + 300)},
            ),
            "rate_limited",
        ),
        (Reply((FIXTURES / "x/error.inside.json").read_bytes()), "rejected"),
        (Reply.json({"type": "about:blank", "status": 401}, 401), "auth_expired"),
        (Reply.json({"type": "https://api.x.com/2/problems/client-forbidden"}, 403), "forbidden"),
    ],
)
def test_errors_of_x(reply: Reply, code: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bench(tmp_path, SECRETS) as desk, serving(x_server({MENTIONS: reply}, [])) as server:
            desk.channel("x", server.url)
            result = await desk.once()
            error = result.errors[0][1]
            assert error.code == code
            if isinstance(error, RateLimited):
                assert error.after == 300 * SECOND
                due = desk.store.channel_state("x").next_try_at
                assert due is not None
                assert 300 * SECOND <= due - desk.clock.now <= 360 * SECOND

    asyncio.run(scenario())


def test_an_empty_answer_keeps_the_mark(tmp_path: Path) -> None:
    pages: dict[str, Any] = {MENTIONS: json.loads((FIXTURES / "x/page.old.json").read_text("utf-8"))}

    async def scenario() -> None:
        async with bench(tmp_path, SECRETS) as desk, serving(x_server(pages, [])) as server:
            desk.channel("x", server.url)
            await desk.once()
            for empty in (
                {"meta": {"result_count": 0}},
                {"data": [], "meta": {"newest_id": "", "result_count": 0}},
            ):
                pages[MENTIONS] = empty
                assert (await desk.once()).errors == ()
                assert desk.store.channel_state("x").cursor["since_id"] == "1994000000000000999"

    asyncio.run(scenario())


@pytest.mark.parametrize("minutes", [1, 12, 55, 173, 60 * 24])
def test_a_report_that_is_late_by_fifty_minutes_is_in_the_window_however_long_the_line_was_dead(
    minutes: int,
) -> None:
    """A full run of a million items lost eighty that had come late just before an outage."""
    asked_at = NOW - minutes * MINUTE
    reported_at = asked_at - 49 * MINUTE
    assert NOW - window(asked_at, NOW, 168 * HOUR) <= reported_at
