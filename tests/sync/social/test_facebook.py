"""A desk reads a Facebook page over real HTTP: posts, comments, what is gone, refusals by the codes in their bodies."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import (
    AuthExpired,
    BadData,
    ConfigProblem,
    DeskError,
    Forbidden,
    RateLimited,
    Rejected,
    Transient,
)
from smartcity_desk.domain.report import PlaceQuality
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND, from_iso
from smartcity_desk.sync import registry
from smartcity_desk.sync.channel import Mapped, Setup, content_key, raw_text
from smartcity_desk.sync.channels.facebook import client as walking
from smartcity_desk.sync.channels.facebook import graph, mapping
from smartcity_desk.sync.channels.facebook.watch import MOST, Watch
from smartcity_desk.sync.reread import REPLIES
from smartcity_desk.sync.transport import Answer
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import facebook
from smartcity_desk.training.servers.facebook import PAGE_ID
from tests.conftest import ROOT
from tests.sync.bench import NOW, Bench
from tests.sync.social.world import CITY, REFUSALS, Stand, citizen, people, plain, played, read_of
from tests.sync.test_mappings import JSON, damaged

FEED = json.loads((ROOT / "tests/fixtures/channels/facebook/feed.json").read_text("utf-8"))
CHANNEL = facebook.CHANNEL


def mark(source: str) -> str | None:
    return f"p-{source}"


# ---------------------------------------------------------------- mapping


def test_a_post_with_all_that_it_may_have() -> None:
    report = mapping.to_report(FEED["data"][0], mark)
    assert report.external_id == "100000000000001_200000000000009"
    assert report.reported_at == from_iso("2026-11-22T01:12:54Z")
    assert report.text.endswith("kontak [telepon]")
    assert "0812-3456-7890" in (report.unmasked or "")
    assert (report.lat, report.lon, report.place_quality) == (-6.21, 106.83, PlaceQuality.COARSE)
    assert report.place_hint == "Jembatan Contoh, Jakarta"
    assert report.media == ("https://scontent.contoh.invalid/1.jpg", "https://scontent.contoh.invalid/2.jpg")
    assert report.author == "p-88000004"
    assert not report.private
    assert report.changed_at is None, "a comment moves updated_time"


def test_an_author_who_is_not_named_is_unknown_and_a_hidden_post_private() -> None:
    report = mapping.to_report(FEED["data"][1], mark)
    assert (report.author, report.private, report.text) == (None, True, "🌧️ banjir lagi di RW 03")


def test_no_list_inside_a_post_brings_the_token_into_what_is_kept() -> None:
    link = {"cursors": {"after": "a"}, "next": "https://graph.facebook.com/x?access_token=rahasia"}
    deep: Any = "halo"
    for _ in range(5_000):
        deep = {"data": [deep]}
    post = {
        "id": "1_2",
        "created_time": "2026-11-22T01:12:54+0000",
        "message": "paging itu apa",
        "comments": {"data": [{"id": "3", "likes": {"data": [], "paging": link}}], "paging": link},
        "attachments": {"data": [{"subattachments": {"data": [], "paging": link}}]},
        "place": {"name": "Pasar", "likes": deep},
    }
    (item,) = mapping.read_page({"data": [post]}).items
    assert "rahasia" not in mapping.to_report(item, mark).raw
    assert mapping.to_report(item, mark).text == "paging itu apa"
    assert "rahasia" not in str(mapping.read_several({"1_2": post}))


def test_the_next_page_is_a_cursor_and_never_a_link() -> None:
    assert mapping.read_page(FEED).after == "QVFIUmFmdGVy"
    assert mapping.read_page({**FEED, "paging": {"cursors": {"after": "x"}}}).after == ""
    assert mapping.read_page({"data": []}).after == ""
    with pytest.raises(BadData, match=r"cursors\.after"):
        mapping.read_page({"data": [], "paging": {"next": "https://x.invalid", "cursors": {}}})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"id": None}, "id"),
        ({"created_time": None}, "created_time"),
        ({"created_time": "kemarin"}, "created_time"),
        ({"created_time": True}, "created_time"),
        ({"created_time": 10**15}, "created_time"),
        ({"message": 7}, "message"),
        ({"from": "warga"}, "from"),
        ({"place": []}, "place"),
        ({"place": {"location": {"latitude": "x", "longitude": 1}}}, "place.location.latitude"),
        ({"attachments": {"data": {}}}, "attachments.data"),
    ],
)
def test_a_field_of_another_type_is_named(change: dict[str, Any], key: str) -> None:
    with pytest.raises(BadData) as caught:
        mapping.to_report({**FEED["data"][0], **change}, mark)
    assert caught.value.key == key


@given(st.data())
def test_a_damaged_post_is_a_report_or_names_its_field(data: st.DataObject) -> None:
    item = damaged(FEED["data"], data)
    reports, unreadable, _ = Mapped([(item, lambda one: mapping.to_report(one, mark))]).take(2)
    assert len(reports) + len(unreadable) == 1
    assert all(one.key != "unexpected" for one in unreadable)
    assert content_key(mapping.state_of(item))
    Watch().saw([item], NOW)


@given(JSON)
def test_any_json_is_read_or_refused_by_name(data: Any) -> None:
    for read in (
        lambda: mapping.read_page(data),
        lambda: mapping.to_report(data, mark),
        lambda: mapping.to_reply(data, "1_2", "1", mark),
        lambda: mapping.wrapped_reply(data, mark),
        lambda: mapping.read_several(data),
    ):
        try:
            read()
        except BadData:
            continue
    graph.refusal(400, {}, data, "facebook")
    graph.usage_of({"x-app-usage": raw_text(data), "x-business-use-case-usage": raw_text(data)})
    assert Watch.of(data).waiting() is not None


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "reason"),
    [
        (1, 0, Transient, "graph_1"),
        (2, 0, Transient, "graph_2"),
        (4, 0, RateLimited, "graph_4"),
        (17, 0, RateLimited, "graph_17"),
        (32, 0, RateLimited, "graph_32"),
        (613, 0, RateLimited, "graph_613"),
        (80001, 0, RateLimited, "graph_80001"),
        (3, 0, Forbidden, "permission"),
        (10, 0, Forbidden, "permission"),
        (210, 0, Forbidden, "permission"),
        (102, 0, AuthExpired, "token_refused"),
        (190, 458, AuthExpired, "app_removed"),
        (190, 460, AuthExpired, "password_changed"),
        (190, 463, AuthExpired, "expired"),
        (190, 467, AuthExpired, "invalid"),
        (190, 2069032, ConfigProblem, "page_token_needed"),
        (100, 0, Rejected, "bad_parameter"),
        (100, 33, Rejected, "does_not_exist"),
        (803, 0, Rejected, "does_not_exist"),
        (368, 0, Forbidden, "policy"),
        (9999, 0, Rejected, "graph_9999"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403])
def test_a_code_says_what_to_do_whatever_the_status(
    code: int, subcode: int, kind: type[DeskError], reason: str, status: int
) -> None:
    if (code, status) == (9999, 403):
        kind, reason = Forbidden, "permission"
    usage = {"x-business-use-case-usage": '{"1":[{"call_count":100,"estimated_time_to_regain_access":7}]}'}
    body = facebook.error_body(code, subcode, "Malformed access token RAHASIA")
    error = graph.refusal(status, usage, body, "facebook")
    assert type(error) is kind
    assert error.params["reason"] == reason
    assert "RAHASIA" not in str(error)
    if isinstance(error, RateLimited):
        assert error.after == 7 * MINUTE


def test_how_much_is_used_is_the_largest_figure_and_nonsense_is_none() -> None:
    both = {
        "x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":76.5}',
        "x-business-use-case-usage": '{"1":[{"type":"pages","call_count":60}],"2":"x","3":[7]}',
    }
    assert graph.usage_of(both) == 76.5
    for text in ("", "{", "[]", '"x"', '{"call_count":"9"}', '{"call_count":true}', "[" * 5000):
        assert graph.usage_of({"x-app-usage": text}) == 0.0
    assert (
        graph.wait_of({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":1e9}]}'}) == DAY
    )


# ---------------------------------------------------------------- walks over HTTP


def test_posts_and_comments_arrive_as_the_city_knows_them(tmp_path: Path) -> None:
    source = people(CHANNEL, 230, step=2 * MINUTE)

    async def scene(desk: Bench, stand: Stand) -> None:
        result = await desk.once("facebook")
        assert result.errors == ()
        held = {record.external_id: facebook.published(record, CITY) for record in source}
        assert read_of(desk) == {name: plain(report) for name, report in held.items()}
        replies = desk.store.central.unpushed_replies(2_000)
        assert replies
        assert {reply.about for reply in replies} <= set(held)
        assert any(reply.official for reply in replies)
        assert not any("081234567890" in reply.text for reply in replies)
        assert not any("access_token" in asked or "kunci" in asked for asked in stand.door.asked)
        assert all(one["authorization"] == "Bearer kunci-latihan" for one in stand.door.headers)
        cursor = desk.store.channel_state("facebook").cursor
        assert cursor["feed"] == source[-1].at // SECOND * SECOND
        assert "QVFI" not in json.dumps(cursor), "no cursor lasts"

    played(tmp_path, CHANNEL, scene, source)


def test_the_next_run_asks_from_an_hour_before_the_newest(tmp_path: Path) -> None:
    source = people(CHANNEL, 3)

    async def scene(desk: Bench, stand: Stand) -> None:
        await desk.once("facebook")
        late = citizen(CHANNEL, 50, source[-1].at - 30 * MINUTE)
        source.insert(0, late)
        source.sort(key=lambda record: record.at)
        asked = len(stand.door.asked)
        result = await desk.once("facebook")
        assert result.channels[0].pulled is not None
        assert (result.channels[0].pulled.new, result.channels[0].pulled.changed) == (1, 0)
        since = (source[-1].at // SECOND * SECOND - HOUR) // SECOND
        assert f"since={since}" in stand.door.asked[asked]

    played(tmp_path, CHANNEL, scene, source)


def test_a_later_comment_is_found_by_its_count(tmp_path: Path) -> None:
    source = [citizen(CHANNEL, 7, NOW - 10 * MINUTE)]  # its first comment comes twenty minutes after it

    async def scene(desk: Bench, stand: Stand) -> None:
        await desk.once("facebook")
        assert desk.store.central.unpushed_replies(10) == []
        for _ in range(3):
            desk.clock.now += 20 * MINUTE
            source.append(citizen(CHANNEL, 100 + 4 * len(source), desk.clock.now - 1))
            await desk.once("facebook")
        replies = desk.store.central.unpushed_replies(10)
        assert [reply.about for reply in replies] == [source[0].external_id] * 3
        asked = len([one for one in stand.door.asked if "/comments?" in one])
        await desk.once("facebook")
        assert len([one for one in stand.door.asked if "/comments?" in one]) == asked, (
            "nothing new, nothing asked"
        )

    played(tmp_path, CHANNEL, scene, source, posts="feed")


def test_a_fault_between_pages_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = people(CHANNEL, 150)

    async def scene(desk: Bench, stand: Stand) -> None:
        for fault in ("401", "403", "429", "500", "html", "error_inside", "malformed"):
            stand.door.orders = ["", fault]
            with caplog.at_level(logging.DEBUG):
                result = await desk.once("facebook")
            assert [error.code for _, error in result.errors] == [REFUSALS[fault]], fault
            assert "kunci-latihan" not in caplog.text
            assert len(desk.lines()) == 100, "the page before it is kept"
            assert "feed" not in desk.store.channel_state("facebook").cursor
            desk.clock.now += HOUR
        assert (await desk.once("facebook")).errors == ()
        assert len(desk.lines()) == 150

    played(tmp_path, CHANNEL, scene, source, comments="no")


def test_a_strange_post_is_kept_or_quarantined(tmp_path: Path) -> None:
    source: list[Citizen] = []

    async def scene(desk: Bench, stand: Stand) -> None:
        for turn, fault in enumerate(("skew", "wrong_type", "unknown_enum", "duplicate", "swapped", "zero")):
            source.append(citizen(CHANNEL, 4 * turn, desk.clock.now - MINUTE))
            stand.door.orders = [fault]
            assert (await desk.once("facebook")).errors == ()
            newest = desk.store.channel_state("facebook").cursor["feed"]
            assert isinstance(newest, int)
            assert newest <= desk.clock.now
            assert len(desk.store.quarantine("facebook")) == (fault == "wrong_type")
            desk.clock.now += 5 * MINUTE
        await desk.once("facebook")
        assert len(desk.lines()) == 6, "each came as it is once the fault was over"

    played(tmp_path, CHANNEL, scene, source, posts="feed")


def test_much_used_is_asked_less_and_nearly_all_used_not_at_all(tmp_path: Path) -> None:
    source = people(CHANNEL, 9)

    async def scene(desk: Bench, stand: Stand) -> None:
        stand.server.used = 80
        assert (await desk.once("facebook")).errors == ()
        assert not any("/comments" in asked for asked in stand.door.asked)
        asked = len(stand.door.asked)
        desk.clock.now += 5 * MINUTE
        assert (await desk.once("facebook")).errors == ()
        assert len(stand.door.asked) == asked, "a longer pause"
        desk.clock.now += 16 * MINUTE
        stand.server.used = 96
        result = await desk.once("facebook")
        ((_, error),) = result.errors
        assert isinstance(error, RateLimited)
        assert error.after == 12 * MINUTE
        assert len(stand.door.asked) == asked + 1
        assert len(desk.lines()) == 9

    played(tmp_path, CHANNEL, scene, source)


def test_what_is_deleted_there_is_asked_for_and_gone_here(tmp_path: Path) -> None:
    source = people(CHANNEL, 60)

    async def scene(desk: Bench, stand: Stand) -> None:
        desk.clock.now += 3 * HOUR
        await desk.once("facebook")
        before = {reply.external_id for reply in desk.store.central.unpushed_replies(1_000)}
        gone = [source[3].external_id, source[59].external_id]
        for name in gone:
            stand.server.remove(name)
        comment = next(
            reply.external_id
            for reply in desk.store.central.unpushed_replies(1_000)
            if reply.about not in gone
        )
        stand.server.remove(comment)
        setup = registry.setup("facebook", desk.settings, desk.secrets)
        client = walking.FacebookClient(setup)
        http = desk.engine._context.transport.channel("facebook", CHANNEL_RATE)
        found: list[str] = []
        async for page in client.recheck([record.external_id for record in source], http, desk.clock.now):
            assert page.position is None
            found += page.gone
        assert sorted(found) == sorted(gone)
        found = []
        asked = [name for name in before if not name.startswith(tuple(one.partition("_")[2] for one in gone))]
        async for page in client.recheck(asked, http, desk.clock.now):
            found += page.gone
        assert found == [comment]

    played(tmp_path, CHANNEL, scene, source)


class Graph:
    """Answers questions for many ids: posts by the page and by others, and comments, which have other fields."""

    place = "facebook"

    def __init__(self, posts: dict[str, dict[str, Any]], comments: frozenset[str]) -> None:
        self.posts, self.comments, self.asked = posts, comments, list[list[str]]()

    async def get(self, url: str, *, params: Any = None, **_: Any) -> Answer:
        ids = params["ids"].split(",")
        self.asked.append(ids)
        if "status_type" in params["fields"] and self.comments & set(ids):
            raise Rejected("bad_parameter", place="facebook", status=400)
        return Answer(200, {}, {one: {"id": one, **self.posts.get(one, {})} for one in ids})


def test_an_edited_post_is_found_among_posts_that_tag_the_page_and_comments() -> None:
    page, lately = PAGE_ID, "2026-11-23T01:00:00+0000"

    def edited(name: str) -> dict[str, Any]:
        return {"message": f"baru {name}", "created_time": "2026-11-20T01:00:00+0000", "updated_time": lately}

    own, tagging, comments = f"{page}_1", "555_2", frozenset({"1_9", "1_8"})
    source = Graph({own: edited(own), tagging: edited(tagging)}, comments)
    client = walking.FacebookClient(Setup("http://f.invalid", {"page": page}, {"token": "t"}))

    async def changed(*ids: str) -> list[str]:
        pages = client.recheck(ids, source, NOW)  # type: ignore[arg-type]
        return sorted([report.external_id async for page in pages for report in page.reports])

    assert asyncio.run(changed(tagging, own)) == sorted([own, tagging])
    assert asyncio.run(changed(*comments)) == []
    many = [f"1_{n}" for n in range(100, 220)]
    source.comments, source.asked = frozenset(many), []
    assert asyncio.run(changed(*many)) == []
    assert len(source.asked) == 4, "that they are comments is found out once"


def test_a_post_that_was_deleted_keeps_nobody_elses_comments_back(tmp_path: Path) -> None:
    """The Graph API refuses a question for many ids when one of them is gone."""
    source = people(CHANNEL, 12)

    async def scene(desk: Bench, stand: Stand) -> None:
        await desk.once("facebook")
        heard = len(desk.store.central.unpushed_replies(1_000))
        stand.server.remove(source[5].external_id)
        for _ in range(8):
            desk.clock.now += 30 * MINUTE
            assert (await desk.once("facebook")).errors == ()
        assert len(desk.store.central.unpushed_replies(1_000)) > heard, "the others' comments come in"
        asked = len(stand.door.asked)
        desk.clock.now += 30 * MINUTE
        assert (await desk.once("facebook")).errors == ()
        assert len(stand.door.asked) - asked < 8, "it is not looked for again and again"

    played(tmp_path, CHANNEL, scene, source)


def test_a_token_without_rights_deletes_nothing(tmp_path: Path) -> None:
    source = people(CHANNEL, 2)

    async def scene(desk: Bench, stand: Stand) -> None:
        client = walking.FacebookClient(registry.setup("facebook", desk.settings, desk.secrets))
        http = desk.engine._context.transport.channel("facebook", CHANNEL_RATE)
        stand.server.remove(source[0].external_id)
        stand.door.orders = ["", "", "", "403"]
        pages = client.recheck([record.external_id for record in source], http, NOW)
        with pytest.raises(Forbidden):
            await anext(pages)

    played(tmp_path, CHANNEL, scene, source)


CHANNEL_RATE = registry.CHANNELS["facebook"].manifest.rate


def test_a_page_that_says_so_itself_is_not_read_as_a_complaint(tmp_path: Path) -> None:
    own = {**FEED["data"][0], "from": {"id": facebook.PAGE_ID, "name": "Kota"}}
    assert mapping.is_by(own, facebook.PAGE_ID)
    assert not mapping.is_by(FEED["data"][1], facebook.PAGE_ID)
    assert not mapping.is_by("x", facebook.PAGE_ID)


def test_watched_posts_are_few_and_young() -> None:
    watch = Watch()
    posts = [
        {
            "id": str(n),
            "created_time": (NOW - n * MINUTE) // SECOND,
            "comments": {"summary": {"total_count": 1}},
        }
        for n in range(MOST + 50)
    ]
    old = {"id": "old", "created_time": (NOW - 15 * DAY) // SECOND}
    watch.saw([*posts, old], NOW)
    assert watch.ids() == [str(n) for n in range(MOST)]
    assert len(watch.waiting()) == MOST
    watch.read("0", NOW, whole=True)
    again = Watch.of(watch.kept())
    assert "0" not in again.waiting()
    again.counted({"0": {"comments": {"summary": {"total_count": 0}}}})
    again.counted({"0": {"comments": {"summary": {"total_count": 1}}}})
    assert "0" in again.waiting(), "one was deleted and another came"


def test_a_comment_that_could_not_be_read_is_read_again_with_its_post() -> None:
    comment = {"id": "9_1", "message": "sudah diperbaiki?", "created_time": "2026-11-22T01:12:54+0000"}
    read = REPLIES["facebook"]
    reply = read(json.loads(mapping.aside(comment, "1_9")), mark)
    assert reply is not None
    assert (reply.about, reply.official) == ("1_9", False)
    assert read(FEED["data"][0], mark) is None
