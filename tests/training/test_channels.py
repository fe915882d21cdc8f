"""Each channel server speaks what the channels paper documents; what a desk reads from it is what the past holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND, from_iso, to_iso
from smartcity_desk.sync.channels.petabencana import mapping as petabencana_mapping
from smartcity_desk.sync.channels.waze import mapping as waze_mapping
from smartcity_desk.sync.channels.x import mapping as x_mapping
from smartcity_desk.training.channels import as_report
from smartcity_desk.training.city import City
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers.petabencana import PetabencanaServer
from smartcity_desk.training.servers.waze import WazeServer
from smartcity_desk.training.servers.x import ACCOUNT_ID, CALLS, XServer
from tests.training.conftest import NOW, SEED, Clock

Ask = Callable[..., httpx.Response]
TOKEN = "rahasia-latihan"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ALL_FIELDS = {
    "tweet.fields": "created_at,author_id,conversation_id,lang,geo,attachments,public_metrics",
    "expansions": "author_id,geo.place_id,attachments.media_keys",
}


@pytest.fixture
def petabencana(city: City, clock: Clock) -> Any:
    return PetabencanaServer(city.sources["petabencana"], clock).app()


@pytest.fixture
def x(city: City, clock: Clock) -> Any:
    return XServer(city.sources["x"], city.directory, TOKEN, clock).app()


def comparable(report: Report) -> Report:
    """Without what stays at a desk, and without the pseudonym, whose key is the desk's own."""
    return replace(report, raw="", unmasked=None, author=None)


# ---------------------------------------------------------------- PetaBencana


def features(answer: httpx.Response) -> list[dict[str, Any]]:
    body = answer.json()
    assert set(body) == {"statusCode", "result"}
    assert body["statusCode"] == 200
    assert body["result"]["type"] == "FeatureCollection"
    found: list[dict[str, Any]] = body["result"]["features"]
    return found


def test_petabencana_answers_a_window_newest_first(ask: Ask, petabencana: Any, city: City) -> None:
    found = features(
        ask(petabencana, f"/reports?geoformat=geojson&timeperiod={7 * DAY // SECOND}&admin=ID-JK")
    )
    times = [feature["properties"]["created_at"] for feature in found]
    assert times == sorted(times, reverse=True)
    expected = [record.external_id for record in city.sources["petabencana"] if record.at >= NOW - 7 * DAY]
    assert [feature["properties"]["pkey"] for feature in found] == expected[::-1]
    assert all(time.endswith("Z") and len(time) == 24 for time in times)
    assert features(ask(petabencana, "/reports?geoformat=geojson&timeperiod=604800&admin=ID-JB")) == []


def test_petabencana_has_the_genuine_fields(ask: Ask, petabencana: Any, shared: Path) -> None:
    text = (shared / "data/samples/cognicity-server-live/reports.geojson.json").read_text(encoding="utf-8")
    (genuine, *_) = json.loads(text)["result"]["features"]
    for feature in features(ask(petabencana, "/reports?geoformat=geojson&timeperiod=2592000")):
        assert set(feature) == set(genuine)
        assert set(feature["properties"]) == set(genuine["properties"])
        assert set(feature["properties"]["tags"]) == set(genuine["properties"]["tags"])
        assert feature["properties"]["pkey"].isdecimal()


def test_a_desk_reads_from_petabencana_what_the_past_holds(ask: Ask, petabencana: Any, city: City) -> None:
    for form in ("geojson", "topojson"):
        answer = ask(petabencana, f"/reports?geoformat={form}&timeperiod=2592000")
        read = [petabencana_mapping.to_report(item) for item in petabencana_mapping.items_of(answer.json())]
        held = {record.id: as_report(record, city.directory) for record in city.sources["petabencana"]}
        assert len(read) > 20
        assert [comparable(report) for report in read] == [held[report.id] for report in read]


def test_petabencana_windows_of_its_own_when_none_is_asked(ask: Ask, petabencana: Any, city: City) -> None:
    found = features(ask(petabencana, "/reports?geoformat=geojson"))
    assert len(found) == sum(
        record.at
        >= NOW - {"flood": 3, "earthquake": 12, "wind": 2, "haze": 6, "fire": 6}[record.disaster] * HOUR
        for record in city.sources["petabencana"]
    )


def test_petabencana_tags_and_caches_for_a_minute(
    ask: Ask, petabencana: Any, city: City, clock: Clock
) -> None:
    path = "/reports?geoformat=geojson&timeperiod=86400"
    first = ask(petabencana, path)
    assert ask(petabencana, path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    while not any(record.at >= NOW for record in city.sources["petabencana"]):
        city.arrive()
    clock.now += 30 * SECOND
    assert ask(petabencana, path).content == first.content
    clock.now += 31 * SECOND
    fresh = ask(petabencana, path, headers={"If-None-Match": first.headers["etag"]})
    assert fresh.status_code == 200
    assert len(features(fresh)) > len(features(first))


def test_petabencana_topojson_by_default_and_empty(ask: Ask, petabencana: Any, clock: Clock) -> None:
    body = ask(petabencana, "/reports?timeperiod=604800").json()["result"]
    assert body["type"] == "Topology"
    assert "transform" not in body
    assert body["objects"]["output"]["geometries"][0]["type"] == "Point"
    clock.now += 40 * DAY
    empty = ask(petabencana, "/reports").json()["result"]
    assert (empty["objects"]["output"]["geometries"], empty["bbox"]) == ([], [None] * 4)


def test_petabencana_cap_is_an_atom_feed(ask: Ask, petabencana: Any) -> None:
    from xml.etree import ElementTree as ET

    answer = ask(petabencana, "/reports?geoformat=cap&timeperiod=604800")
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.text)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert root.find(".//{urn:oasis:names:tc:emergency:cap:1.2}circle") is not None


@pytest.mark.parametrize(
    ("path", "status", "keys"),
    [
        ("/reports?admin=XX-YY", 400, {"statusCode", "error", "message", "validation"}),
        ("/reports?disaster=rain", 400, {"statusCode", "error", "message", "validation"}),
        ("/reports?geoformat=kml", 400, {"statusCode", "error", "message", "validation"}),
        ("/reports?timeperiod=week", 400, {"statusCode", "error", "message", "validation"}),
        ("/reports?timeperiod=2592001", 400, {"status", "message"}),
        ("/reports/archive?start=2026-11-01", 400, {"statusCode", "error", "message", "validation"}),
        (
            "/reports/archive?start=2025-11-01T00:00:00%2B0700&end=2026-11-01T00:00:00%2B0700",
            400,
            {"statusCode", "error", "message", "validation"},
        ),
        ("/reports/999", 404, {"statusCode", "found", "result"}),
        ("/nope", 404, {"message", "url"}),
    ],
)
def test_petabencana_refuses_in_its_own_shapes(
    ask: Ask, petabencana: Any, path: str, status: int, keys: set[str]
) -> None:
    answer = ask(petabencana, path)
    assert (answer.status_code, set(answer.json())) == (status, keys)


def test_petabencana_archive_and_series(ask: Ask, petabencana: Any, city: City) -> None:
    span = "start=2026-10-20T00:00:00%2B0700&end=2026-11-01T00:00:00%2B0700"
    found = features(ask(petabencana, f"/reports/archive?{span}&geoformat=geojson"))
    start, end = from_iso("2026-10-20T00:00:00+07:00"), from_iso("2026-11-01T00:00:00+07:00")
    assert len(found) == sum(start <= record.at <= end for record in city.sources["petabencana"]) > 0
    series = ask(petabencana, f"/reports/timeseries?{span}").json()["result"]
    assert all(isinstance(row["count"], str) for row in series)
    assert sum(int(row["count"]) for row in series) >= len(found)
    known = city.sources["petabencana"][0].external_id
    assert features(ask(petabencana, f"/reports/{known}?geoformat=geojson"))[0]["properties"]["pkey"] == known


def test_petabencana_report_data_is_an_object_or_its_text(ask: Ask, petabencana: Any) -> None:
    found = features(ask(petabencana, "/reports?geoformat=geojson&timeperiod=2592000"))
    kinds = {type(feature["properties"]["report_data"]) for feature in found}
    assert kinds == {dict, str}


# ---------------------------------------------------------------- X


def walk(ask: Ask, app: Any, path: str, **params: str) -> list[dict[str, Any]]:
    """All pages, newest first."""
    found: list[dict[str, Any]] = []
    token = ""
    while True:
        more = {"pagination_token": token} if token else {}
        body = ask(app, path, headers=BEARER, params={**params, **more}).json()
        found += body.get("data", [])
        if "next_token" not in body["meta"]:
            return found
        assert body["meta"]["next_token"] != token
        token = body["meta"]["next_token"]


def test_x_mentions_in_pages_back_to_the_mark(ask: Ask, x: Any, city: City) -> None:
    path = f"/2/users/{ACCOUNT_ID}/mentions"
    found = walk(ask, x, path, max_results="100")
    assert [post["id"] for post in found] == [
        record.external_id for record in reversed(city.sources["x"][-800:])
    ]
    mark = city.sources["x"][-251].external_id
    newer = walk(ask, x, path, max_results="100", since_id=mark)
    assert [post["id"] for post in newer] == [
        record.external_id for record in reversed(city.sources["x"][-250:])
    ]
    page = ask(x, path, headers=BEARER, params={"since_id": mark, "max_results": "100"}).json()
    assert page["meta"]["newest_id"] == city.sources["x"][-1].external_id
    assert page["meta"]["result_count"] == 100
    assert page["meta"]["oldest_id"] == page["data"][-1]["id"]


def test_x_without_hits_has_no_data(ask: Ask, x: Any, city: City) -> None:
    newest = city.sources["x"][-1].external_id
    body = ask(x, f"/2/users/{ACCOUNT_ID}/mentions", headers=BEARER, params={"since_id": newest}).json()
    assert body == {"meta": {"result_count": 0}}


def test_x_search_reaches_seven_days_and_settles_for_thirty_seconds(
    ask: Ask, x: Any, city: City, clock: Clock
) -> None:
    found = walk(ask, x, "/2/tweets/search/recent", query="@jakartagoid -is:retweet", max_results="100")
    week = [record for record in city.sources["x"] if NOW - 7 * DAY <= record.at <= NOW - 30 * SECOND]
    assert [post["id"] for post in found] == [record.external_id for record in reversed(week)]
    (fresh, *_) = [record for record in city.arrive(20) if record.channel == "x"]
    path = "/2/tweets/search/recent?query=@jakartagoid"
    assert fresh.external_id not in ask(x, path, headers=BEARER).text
    clock.now += 31 * SECOND
    assert fresh.external_id in ask(x, path + "&max_results=100", headers=BEARER).text
    old = city.sources["x"][0].external_id
    refused = ask(x, "/2/tweets/search/recent", headers=BEARER, params={"query": "x", "since_id": old})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameters"] == {"since_id": [old]}


def test_x_fields_by_default_and_by_both_names(ask: Ask, x: Any) -> None:
    path = f"/2/users/{ACCOUNT_ID}/mentions"
    (plain, *_) = ask(x, path, headers=BEARER).json()["data"]
    assert set(plain) == {"id", "text", "edit_history_tweet_ids"}
    (new, *_) = ask(x, path, headers=BEARER, params={"post.fields": "created_at,note_post"}).json()["data"]
    assert set(new) == {"id", "text", "created_at", "edit_history_post_ids"}
    body = ask(x, path, headers=BEARER, params={**ALL_FIELDS, "max_results": "100"}).json()
    assert {"users", "places", "media"} == set(body["includes"])
    assert {"id", "username", "name", "verified"} == set(body["includes"]["users"][0])
    west, south, east, north = body["includes"]["places"][0]["geo"]["bbox"]
    assert west < east
    assert south < north
    whole = max(body["data"], key=len)
    assert {"created_at", "author_id", "conversation_id", "lang", "public_metrics"} <= set(whole)
    assert all(user["username"].startswith("warga_") for user in body["includes"]["users"])


def test_x_has_no_field_that_the_real_one_lacks(ask: Ask, x: Any, shared: Path) -> None:
    text = (shared / "data/samples/x/simulator-search-recent.json").read_text(encoding="utf-8")
    (genuine, *_) = json.loads(text)["data"]
    body = ask(
        x, "/2/tweets/search/recent", headers=BEARER, params={**ALL_FIELDS, "query": "@jakartagoid"}
    ).json()
    for post in body["data"]:
        assert set(post) - {"geo", "attachments"} == set(genuine)
        assert set(post["public_metrics"]) == set(genuine["public_metrics"])


def test_a_desk_reads_from_x_what_the_past_holds(ask: Ask, x: Any, city: City) -> None:
    held = {record.id: as_report(record, city.directory) for record in city.sources["x"]}
    path = f"/2/users/{ACCOUNT_ID}/mentions"
    params = {**ALL_FIELDS, "max_results": "100", "expansions": "geo.place_id,attachments.media_keys"}
    qualities: set[PlaceQuality] = set()
    token = ""
    for _ in range(8):
        more = {"pagination_token": token} if token else {}
        body = ask(x, path, headers=BEARER, params={**params, **more}).json()
        page = x_mapping.read_page(body)
        for post in page.posts:
            read = x_mapping.to_report(post, page, lambda _: None)
            assert comparable(read) == comparable(held[read.id])
            qualities.add(read.place_quality)
        token = body["meta"].get("next_token", "")
    assert {PlaceQuality.EXACT, PlaceQuality.COARSE, PlaceQuality.NONE} <= qualities


def test_x_looks_up_names_and_lists_what_is_missing(ask: Ask, x: Any, city: City) -> None:
    user = ask(x, "/2/users/by/username/jakartagoid", headers=BEARER).json()
    assert user["data"]["id"] == ACCOUNT_ID
    nobody = ask(x, "/2/users/by/username/nobody", headers=BEARER)
    assert nobody.status_code == 200
    assert nobody.json()["errors"][0]["type"].endswith("/resource-not-found")
    known = city.sources["x"][0].external_id
    body = ask(x, f"/2/tweets?ids={known},1", headers=BEARER).json()
    assert [post["id"] for post in body["data"]] == [known]
    assert body["errors"][0]["resource_id"] == "1"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/2/tweets/search/recent?query=", "query"),
        ("/2/tweets/search/recent", "query"),
        ("/2/tweets/search/recent?query=x&max_results=5", "max_results"),
        (f"/2/users/{ACCOUNT_ID}/mentions?max_results=101", "max_results"),
        (f"/2/users/{ACCOUNT_ID}/mentions?since_id=abc", "since_id"),
        (f"/2/users/{ACCOUNT_ID}/mentions?pagination_token=%21%21", "pagination_token"),
        (f"/2/users/{ACCOUNT_ID}/mentions?tweet.fields=mood", "tweet.fields"),
        (f"/2/users/{ACCOUNT_ID}/mentions?start_time=yesterday", "start_time"),
        ("/2/users/me/mentions", "id"),
        ("/2/tweets?ids=", "ids"),
    ],
)
def test_x_refuses_wrong_parameters_with_a_problem(ask: Ask, x: Any, path: str, parameter: str) -> None:
    answer = ask(x, path, headers=BEARER)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].endswith("/invalid-request")
    assert parameter in body["errors"][0]["parameters"]


def test_x_wants_its_bearer(ask: Ask, x: Any) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
        answer = ask(x, f"/2/users/{ACCOUNT_ID}/mentions", headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {
            "title": "Unauthorized",
            "detail": "Unauthorized",
            "type": "about:blank",
            "status": 401,
        }


def test_x_counts_calls_and_starts_afresh_after_fifteen_minutes(
    city: City, ask: Ask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import smartcity_desk.training.servers.x as module

    monkeypatch.setattr(module, "CALLS", 3)
    assert CALLS == 450
    app = XServer(city.sources["x"], city.directory, TOKEN, clock).app()
    path = f"/2/users/{ACCOUNT_ID}/mentions"
    left = [ask(app, path, headers=BEARER).headers["x-rate-limit-remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = ask(app, path, headers=BEARER)
    assert refused.status_code == 429
    assert refused.json()["type"].endswith("/rate-limit-exceeded")
    assert "retry-after" not in refused.headers
    assert int(refused.headers["x-rate-limit-reset"]) * SECOND == (NOW + 15 * MINUTE) // SECOND * SECOND
    clock.now += 15 * MINUTE
    assert ask(app, path, headers=BEARER).status_code == 200


# ---------------------------------------------------------------- Waze


@pytest.fixture
def waze(directory: Directory, clock: Clock) -> WazeServer:
    return WazeServer(directory, SEED, "rahasia", clock)


def test_waze_answers_only_at_its_secret_address(ask: Ask, waze: WazeServer) -> None:
    assert ask(waze.app(), waze.path).status_code == 200
    for path in ("/", waze.path.replace("rahasia", "tebakan"), waze.path.replace("format=1", "format=3")):
        answer = ask(waze.app(), path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")


def test_waze_snapshot_covers_a_minute_and_is_renewed_every_two(waze: WazeServer) -> None:
    first = waze.snapshot(NOW)
    assert first["endTimeMillis"] - first["startTimeMillis"] == MINUTE
    assert 0 <= NOW - first["endTimeMillis"] < 2 * MINUTE
    assert first["endTime"] == "2026-11-22 01:46:00:000"
    assert waze.snapshot(first["endTimeMillis"] + 2 * MINUTE - 1) == first
    later = waze.snapshot(NOW + 20 * MINUTE)
    ids = {alert["uuid"] for alert in first["alerts"]}
    still = {alert["uuid"] for alert in later["alerts"]}
    assert ids & still
    assert ids - still
    assert still - ids
    same = {alert["uuid"]: alert for alert in later["alerts"]}
    assert all(same[alert["uuid"]] == alert for alert in first["alerts"] if alert["uuid"] in same)


def test_waze_has_more_in_the_evening_than_at_night(waze: WazeServer) -> None:
    evening = waze.snapshot(from_iso("2026-11-20T17:30:00+07:00"))
    night = waze.snapshot(from_iso("2026-11-20T03:30:00+07:00"))
    assert len(evening["alerts"]) > 3 * len(night["alerts"]) > 0


def test_waze_types_are_those_of_the_genuine_feed(waze: WazeServer, shared: Path) -> None:
    text = (shared / "data/samples/waze/jakarta-ccp-feed-2017-05-03.json").read_text(encoding="utf-8")
    genuine = json.loads(text)
    snapshot = waze.snapshot(NOW)
    for section in ("alerts", "jams", "irregularities"):
        known = {key: type(value) for thing in genuine[section] for key, value in thing.items()}
        needed = set.intersection(*(set(thing) for thing in genuine[section]))
        for thing in snapshot.get(section, []):
            assert needed - {"segments"} <= set(thing) | {"causeType"}, section
            for key, value in thing.items():
                if key in known and key not in {"speed", "speedKMH", "regularSpeed"}:
                    assert isinstance(value, known[key]), (section, key)
    assert set(genuine) - {"irregularities"} <= set(snapshot)


def test_a_desk_reads_waze_as_context(waze: WazeServer) -> None:
    snapshot = waze_mapping.read_snapshot(waze.snapshot(NOW))
    reports = [waze_mapping.MAPPINGS[section](item) for section, item in snapshot.items]
    assert len(reports) > 10
    assert snapshot.unreadable == ()
    assert {report.kind for report in reports} == {ReportKind.CONTEXT}
    assert all(report.place_quality in {PlaceQuality.EXACT, PlaceQuality.COARSE} for report in reports)


def test_ids_of_x_carry_their_time(city: City) -> None:
    for record in city.sources["x"][:50]:
        assert (int(record.external_id) >> 22) + 1_288_834_974_657 == record.at
        assert to_iso(record.at).endswith("Z")
    assert isinstance(city.sources["x"][0], Citizen)
