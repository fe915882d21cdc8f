"""X: replies joined to their report, retweets left out, and what is gone, withheld or edited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from smartcity_desk.domain.errors import BadData, DeskError, Forbidden
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.times import MINUTE, to_iso
from smartcity_desk.sync import http_errors
from smartcity_desk.sync.channel import Fetched, Position, Rechecks, Setup
from smartcity_desk.sync.channels.x import mapping
from smartcity_desk.sync.channels.x.client import MOST_HEADS, XClient
from smartcity_desk.sync.registry import CHANNELS
from smartcity_desk.sync.transport import Answer, Http, Transport
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.x import ACCOUNT_ID, XServer, external_id
from tests.sync.bench import NOW, Clock
from tests.sync.georeport.world import listening
from tests.sync.social.world import CITY, PLACE
from tests.sync.test_mappings import JSON

ROOT_POST, ANSWER, OTHER = "1994000000000000100", "1994000000000000200", "1994000000000000300"


def post(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "text": f"pos {name} 081234567890",
        "created_at": to_iso(NOW),
        "author_id": "7",
        **more,
    }


class Pages:
    """Hands out pages of posts one after the other."""

    place = "x"

    def __init__(self, *pages: list[Any]) -> None:
        self.pages = list(pages)
        self.looked_up: list[list[str]] = []
        self.answers: list[Any] = []

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Any = None, **_: Any
    ) -> Answer:
        query = dict(params or {})
        if "ids" in query:
            self.looked_up.append(query["ids"].split(","))
            return Answer(200, {}, self.answers.pop(0))
        if "/by/username/" in url:
            return Answer(200, {}, {"data": {"id": ACCOUNT_ID}})
        meta = {"next_token": f"t{len(self.pages)}"} if len(self.pages) > 1 else {}
        return Answer(200, {}, {"data": self.pages.pop(0), "meta": meta})

    def error_inside(self, data: Any, now: int) -> DeskError | None:
        return http_errors.from_content(data, self.place, now=now)


def client() -> XClient:
    return XClient(Setup("http://x.invalid", {}, {"token": "t"}, lambda source: f"p-{source}"))


def walked(
    source: Pages, position: Position | None = None
) -> tuple[list[Report], list[Reply], Position, int]:
    async def run() -> tuple[list[Report], list[Reply], Position, int]:
        reports: list[Report] = []
        replies: list[Reply] = []
        where, unreadable = position or Position(), 0
        async for page in client().pull(where, source, NOW):  # type: ignore[arg-type]
            reports += page.reports
            replies += page.replies
            unreadable += len(page.unreadable)
            where = page.position or where
        return reports, replies, where, unreadable

    return asyncio.run(run())


def again(source: Pages, *ids: str) -> Fetched:
    async def run() -> Fetched:
        (page,) = [page async for page in client().recheck(ids, source, NOW)]  # type: ignore[arg-type]
        return page

    return asyncio.run(run())


# ---------------------------------------------------------------- replies


@pytest.mark.parametrize("key", ["referenced_tweets", "referenced_posts"])
def test_an_answer_is_a_reply_to_its_report_also_when_both_come_at_once(key: str) -> None:
    answer = post(ANSWER, conversation_id=ROOT_POST, author_id=ACCOUNT_ID)
    by_reference = post(OTHER, **{key: [{"type": "replied_to", "id": ROOT_POST}]})
    reports, replies, position, _ = walked(
        Pages([by_reference, answer, post(ROOT_POST, conversation_id=ROOT_POST)])
    )
    assert [one.external_id for one in reports] == [ROOT_POST]
    assert [(one.external_id, one.about, one.official) for one in replies] == [
        (ANSWER, ROOT_POST, True),
        (OTHER, ROOT_POST, False),
    ]
    assert replies[1].author == "p-7"
    assert replies[0].text.endswith("[telepon]")
    assert position.boundary == {ROOT_POST}


def test_an_answer_in_a_later_run_finds_its_report_and_an_unknown_conversation_is_a_report() -> None:
    _, _, position, _ = walked(Pages([post(ROOT_POST)]))
    later = post(OTHER, conversation_id="1993000000000000001")
    reports, replies, position, _ = walked(Pages([later, post(ANSWER, conversation_id=ROOT_POST)]), position)
    assert [one.external_id for one in reports] == [OTHER]
    assert [one.about for one in replies] == [ROOT_POST]
    assert position.boundary == {ROOT_POST, OTHER}


def test_an_edited_report_stays_a_report() -> None:
    _, _, position, _ = walked(Pages([post(ROOT_POST)]))
    edited = post(ANSWER, conversation_id=ROOT_POST, edit_history_tweet_ids=[ROOT_POST, ANSWER])
    reports, replies, _, _ = walked(Pages([edited]), position)
    assert ([one.external_id for one in reports], replies) == ([ROOT_POST], [])


def test_what_only_repeats_is_left_out() -> None:
    repeat = post(ANSWER, referenced_tweets=[{"type": "retweeted", "id": ROOT_POST}])
    quote = post(OTHER, referenced_tweets=[{"type": "quoted", "id": ROOT_POST}])
    reports, replies, _, _ = walked(Pages([quote, repeat]))
    assert ([one.external_id for one in reports], replies) == ([OTHER], [])


def test_an_answer_that_cannot_be_read_is_set_aside() -> None:
    broken = post(ANSWER, conversation_id=ROOT_POST) | {"created_at": "kemarin"}
    reports, replies, _, unreadable = walked(Pages([broken, post(ROOT_POST)]))
    assert (len(reports), replies, unreadable) == (1, [], 1)


def test_an_answer_that_breaks_us_costs_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(mapping, "to_reply", breaking)
    reports, replies, _, unreadable = walked(
        Pages([post(ANSWER, conversation_id=ROOT_POST), post(ROOT_POST)])
    )
    assert (len(reports), replies, unreadable) == (1, [], 1)


def test_so_many_reports_are_remembered() -> None:
    many = [post(str(10**18 + n)) for n in range(MOST_HEADS + 7)]
    _, _, position, _ = walked(Pages(many))
    assert len(position.boundary) == MOST_HEADS
    assert str(10**18) not in position.boundary
    assert str(10**18 + MOST_HEADS + 6) in position.boundary


@given(JSON)
def test_any_json_tells_versions_and_references_or_none(data: Any) -> None:
    for item in (data, {"id": data, "conversation_id": data, "edit_history_tweet_ids": data}):
        assert all(one.isdecimal() for one in mapping.versions_of(item))
        assert all(one.isdecimal() for one in mapping.answered(item))
    for key in ("referenced_tweets", "withheld", "errors", "data"):
        assert mapping.is_retweet({key: data}) in (True, False)
        assert mapping.is_withheld({key: data}) in (True, False)
        assert mapping.gone_of({key: data}, ["1"]) in ([], ["1"])
    try:
        mapping.to_reply(data, mapping.read_page({"data": []}), ROOT_POST, "1", lambda _: None)
    except BadData:
        return


# ---------------------------------------------------------------- what is gone


def missing(name: str, kind: str = "resource-not-found") -> dict[str, Any]:
    return {"resource_id": name, "resource_type": "tweet", "type": f"https://api.x.com/2/problems/{kind}"}


def test_what_is_missing_closed_or_withheld_is_gone_and_what_is_not_mentioned_is_not() -> None:
    source = Pages()
    source.answers = [
        {
            "data": [
                post("4", withheld={"country_codes": ["ID"]}),
                post("5", withheld={"country_codes": ["DE"]}),
            ],
            "errors": [
                missing("1"),
                missing("2", "not-authorized-for-resource"),
                missing("9"),
                missing("3", "x"),
            ],
        }
    ]
    page = again(source, "1", "2", "3", "4", "5", "6", "bukan-id")
    assert page.gone == ("1", "2", "4")
    assert (page.position, page.reports) == (None, ())
    assert source.looked_up == [["1", "2", "3", "4", "5", "6"]]


def test_all_gone_at_once_is_an_answer_and_a_refusal_is_none() -> None:
    source = Pages()
    source.answers = [{"errors": [missing("1"), missing("2")]}]
    assert again(source, "1", "2").gone == ("1", "2")
    source.answers = [{"title": "Client Forbidden", "type": "https://x/client-forbidden", "status": 403}]
    with pytest.raises(Forbidden):
        again(source, "1")


def test_an_edited_post_is_read_as_it_is_now() -> None:
    source = Pages()
    old = post(ROOT_POST, edit_history_tweet_ids=[ROOT_POST, ANSWER])
    now = post(ANSWER, edit_history_tweet_ids=[ROOT_POST, ANSWER], text="sudah dibetulkan")
    source.answers = [{"data": [old, post(OTHER)]}, {"data": [now]}]
    page = again(source, ROOT_POST, OTHER)
    assert [(one.external_id, one.text) for one in page.reports] == [(ROOT_POST, "sudah dibetulkan")]
    assert source.looked_up[1] == [ANSWER]
    assert page.gone == ()


@asynccontextmanager
async def asked(server: XServer, clock: Clock) -> AsyncIterator[tuple[XClient, Http]]:
    transport = Transport(clock=clock, sleep=clock.sleep)
    async with listening(server.app()) as url:
        yield XClient(Setup(url, {}, {"token": "t"})), transport.channel("x", CHANNELS["x"].manifest.rate)
    await transport.close()


def test_a_deleted_post_is_found_among_hundreds_over_http(tmp_path: Path) -> None:
    source = [
        Citizen(n, "x", external_id(n, NOW - (300 - n) * MINUTE), NOW - (300 - n) * MINUTE, f"@jakartagoid {n}", n,
                "sampah", PLACE, PLACE, PLACE, n)
        for n in range(250)
    ]  # fmt: skip

    async def run() -> None:
        clock = Clock()
        server = XServer(source, CITY, "t", clock)
        async with asked(server, clock) as (desk, http):
            assert isinstance(desk, Rechecks)
            server.remove(source[0].external_id)
            server.remove(source[249].external_id)
            gone: list[str] = []
            seen = []
            async for page in desk.recheck([one.external_id for one in source], http, NOW):
                gone += page.gone
                seen.append(page.seen)
            assert gone == [source[0].external_id, source[249].external_id]
            assert seen == [100, 100, 50]
            told = [
                report.external_id
                async for page in desk.pull(Position(), http, NOW)
                for report in page.reports
            ]
            assert sorted(told) == sorted(one.external_id for one in source[1:249])

    asyncio.run(run())
