"""One raw item to one report, and what cannot be read names its field."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.times import from_iso
from smartcity_desk.sync.channel import Mapped, content_key, raw_text
from smartcity_desk.sync.channels.petabencana import mapping as petabencana
from smartcity_desk.sync.channels.waze import mapping as waze
from smartcity_desk.sync.channels.x import mapping as x
from tests.conftest import ROOT

FIXTURES = ROOT / "tests" / "fixtures" / "channels"


def load(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


def feature(**properties: Any) -> dict[str, Any]:
    item: dict[str, Any] = load("petabencana/reports.geojson.json")["result"]["features"][0]
    item["properties"].update(properties)
    return item


# ---------------------------------------------------------------- petabencana


def test_all_forms_of_petabencana_say_the_same() -> None:
    forms = [
        [petabencana.to_report(item) for item in petabencana.items_of(load(f"petabencana/{name}.json"))]
        for name in ("reports.geojson", "reports.topojson", "reports.quantised.topojson")
    ]
    assert [len(form) for form in forms] == [3, 3, 3]
    for one, two, three in zip(*forms, strict=True):
        assert (one.id, one.text, one.reported_at) == (two.id, two.text, two.reported_at)
        assert (one.lat, one.lon) == (two.lat, two.lon)
        assert three.lat == pytest.approx(one.lat, abs=1e-5)
        assert three.lon == pytest.approx(one.lon, abs=1e-5)
    assert petabencana.items_of(load("petabencana/reports.empty.topojson.json")) == []


def test_a_report_of_petabencana() -> None:
    report = petabencana.to_report(feature())
    assert report.external_id == "318204"
    assert report.reported_at == from_iso("2026-11-22T01:46:23Z")
    assert (report.lat, report.lon, report.place_quality) == (-6.2246, 106.8605, PlaceQuality.EXACT)
    assert (report.category, report.category_raw, report.state_raw) == ("banjir", "flood", "confirmed")
    assert report.media == ("https://gambar.contoh.invalid/318204.jpg",)
    assert report.unmasked is None


def test_words_of_the_channel_pass_through() -> None:
    report = petabencana.to_report(feature(disaster_type="tsunami"))
    assert (report.category, report.category_raw) == (None, "tsunami")


def test_a_phone_number_is_masked_and_kept_apart() -> None:
    report = petabencana.to_report(feature(text="hubungi 0812-3456-7890", title="Pak RT"))
    assert report.text == "hubungi [telepon]"
    assert json.loads(report.unmasked or "") == {"title": "Pak RT", "text": "hubungi 0812-3456-7890"}


def test_report_data_may_be_a_text_of_json() -> None:
    report = petabencana.to_report(feature(disaster_type=None, report_data='{"flood_depth": 40}'))
    assert report.category == "banjir"
    with pytest.raises(BadData, match="report_data"):
        petabencana.to_report(feature(report_data="{broken"))


def test_times_without_zone_are_of_jakarta() -> None:
    report = petabencana.to_report(feature(created_at="2017-02-22T21:58:35"))
    assert report.reported_at == from_iso("2017-02-22T14:58:35Z")
    assert petabencana.to_report(feature(created_at="2017-02-22T00:16:14.17")).reported_at == from_iso(
        "2017-02-21T17:16:14.170Z"
    )


def test_an_item_without_key_has_a_lasting_id_from_its_content() -> None:
    items = load("petabencana/archive.bare.geojson.json")["features"]
    first = [petabencana.to_report(item).external_id for item in items]
    shuffled = [json.loads(json.dumps(dict(reversed(item.items())))) for item in items]
    assert [petabencana.to_report(item).external_id for item in shuffled] == first
    assert len(set(first)) == len(items)
    changed = json.loads(json.dumps(items[0]))
    changed["properties"]["image_url"] = "https://gambar.contoh.invalid/baru.jpg"
    assert petabencana.to_report(changed).external_id == first[0]


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [
        ([0, 0], (None, None, PlaceQuality.NONE)),
        ([-6.2, 106.8], (106.8, -6.2, PlaceQuality.OUTSIDE)),
        ([107.6, -6.9], (-6.9, 107.6, PlaceQuality.OUTSIDE)),
        ([106.8, -6.2, 12.0], (-6.2, 106.8, PlaceQuality.EXACT)),
        ([], (None, None, PlaceQuality.NONE)),
    ],
)
def test_positions_are_kept_and_judged(coordinates: list[float], expected: tuple[Any, ...]) -> None:
    item = feature()
    item["geometry"]["coordinates"] = coordinates
    report = petabencana.to_report(item)
    assert (report.lat, report.lon, report.place_quality) == expected
    assert json.loads(report.raw)["geometry"]["coordinates"] == coordinates


def test_no_geometry_is_no_position() -> None:
    item = feature()
    item["geometry"] = None
    assert petabencana.to_report(item).place_quality is PlaceQuality.NONE


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"created_at": None}, "properties.created_at"),
        ({"created_at": "kemarin"}, "properties.created_at"),
        ({"created_at": 1795311900}, "properties.created_at"),
        ({"created_at": "9999-12-31T23:59:59+00:00"}, "properties.created_at"),
        ({"created_at": "0001-01-01T00:00:00Z"}, "properties.created_at"),
        ({"text": 17}, "properties.text"),
        ({"text": {"id": "x"}}, "properties.text"),
        ({"pkey": {}}, "properties.pkey"),
        ({"image_url": []}, "properties.image_url"),
        ({"report_data": 5}, "properties.report_data"),
        (
            {"disaster_type": "", "report_data": {"flood_depth": "dalam"}},
            "properties.report_data.flood_depth",
        ),
    ],
)
def test_a_field_of_another_type_is_named(change: dict[str, Any], key: str) -> None:
    with pytest.raises(BadData) as caught:
        petabencana.to_report(feature(**change))
    assert (caught.value.channel, caught.value.key) == ("petabencana", key)


@pytest.mark.parametrize("coordinates", ["106.8,-6.2", [106.8], ["106.8", "-6.2"], [True, False], {"x": 1}])
def test_coordinates_of_another_type_are_named(coordinates: Any) -> None:
    item = feature()
    item["geometry"]["coordinates"] = coordinates
    with pytest.raises(BadData) as caught:
        petabencana.to_report(item)
    assert caught.value.key == "geometry.coordinates"


@pytest.mark.parametrize(
    "envelope", [None, [], {}, {"result": None}, {"result": {"type": "X"}}, {"features": []}, "x"]
)
def test_an_unknown_envelope_is_named(envelope: Any) -> None:
    with pytest.raises(BadData):
        petabencana.items_of(envelope)


# ---------------------------------------------------------------- waze


def feed() -> dict[str, Any]:
    found: dict[str, Any] = load("waze/feed.json")
    return found


def test_a_snapshot_of_waze() -> None:
    snapshot = waze.read_snapshot(feed())
    reports = {
        report.external_id: report for report in (waze.MAPPINGS[name](item) for name, item in snapshot.items)
    }
    assert snapshot.ids == set(reports)
    assert len(reports) == 5
    assert all(report.kind is ReportKind.CONTEXT for report in reports.values())
    flood = reports["6a1f8e4c-0000-4000-8000-000000000001"]
    assert (flood.category, flood.text) == ("banjir", "genangan setinggi ban motor, wa [telepon]")
    blocked = reports["9223372036854775807"]
    assert (blocked.state_raw, blocked.category, blocked.place_quality) == (
        "blocked",
        "kemacetan",
        PlaceQuality.COARSE,
    )
    assert (blocked.lat, blocked.lon) == (-6.224, 106.862)
    assert json.loads(blocked.raw)["delay"] == -1
    assert reports["1209385521"].state_raw == "level 3"
    unknown = reports["6a1f8e4c-0000-4000-8000-000000000002"]
    assert (unknown.category, unknown.category_raw) == (None, "ALIEN_LANDING")
    slow = reports["123480250"]
    assert (slow.reported_at, slow.changed_at) == (1795311620000, 1795311947000)


def test_a_missing_section_is_an_empty_one() -> None:
    data = feed()
    del data["irregularities"], data["jams"]
    assert len(waze.read_snapshot(data).ids) == 2


def test_a_section_of_another_type_is_set_aside_whole() -> None:
    snapshot = waze.read_snapshot({**feed(), "jams": {"count": 3}})
    assert [item.key for item in snapshot.unreadable] == ["jams"]
    assert len(snapshot.items) == 3


def test_what_is_no_snapshot_ends_nothing() -> None:
    for data in ({}, {"message": "ok"}, [], None, "x"):
        with pytest.raises(BadData):
            waze.read_snapshot(data)


def test_a_number_in_the_name_of_a_street_is_masked_wherever_the_name_stands() -> None:
    report = waze.alert({**feed()["alerts"][0], "street": "Jl. Contoh hub 081234567890", "city": "Jakarta"})
    assert report.title == "Jl. Contoh hub [telepon]"
    assert report.place_hint == "Jl. Contoh hub [telepon], Jakarta"


def test_one_id_in_two_sections_is_set_aside() -> None:
    data = feed()
    data["irregularities"][0]["id"] = data["jams"][1]["uuid"]
    snapshot = waze.read_snapshot(data)
    assert [item.key for item in snapshot.unreadable] == ["id_twice"]


@pytest.mark.parametrize(
    ("section", "change", "key"),
    [
        ("alerts", {"location": "x"}, "location"),
        ("alerts", {"location": {"x": 106.8}}, "location.y"),
        ("alerts", {"pubMillis": "1795311712000"}, "pubMillis"),
        ("alerts", {"pubMillis": None}, "pubMillis"),
        ("alerts", {"pubMillis": 253_402_300_799_999}, "pubMillis"),
        ("alerts", {"uuid": None}, "id"),
        ("alerts", {"type": 4}, "type"),
        ("jams", {"level": "5"}, "level"),
        ("jams", {"line": "x"}, "line"),
        ("jams", {"line": [1]}, "line"),
        ("jams", {"level": 10**400}, "level"),
        ("alerts", {"location": {"x": 10**400, "y": 1}}, "location.x"),
        ("irregularities", {"detectionDateMillis": -5}, "detectionDateMillis"),
    ],
)
def test_a_field_of_waze_of_another_type_is_named(section: str, change: dict[str, Any], key: str) -> None:
    with pytest.raises(BadData) as caught:
        waze.MAPPINGS[section]({**feed()[section][0], **change})
    assert caught.value.key == key


# ---------------------------------------------------------------- x


def posts(generation: str) -> tuple[Any, ...]:
    page = x.read_page(load(f"x/page.{generation}.json"))
    return tuple(x.to_report(post, page, lambda source: f"p{len(source)}") for post in page.posts)


def test_both_generations_of_names_say_the_same() -> None:
    assert [(r.id, r.text, r.lat, r.place_quality) for r in posts("old")] == [
        (r.id, r.text, r.lat, r.place_quality) for r in posts("new")
    ]


def test_a_post() -> None:
    edited, plain = posts("old")
    assert plain.external_id == "1994000000000000123"
    assert plain.link == "https://x.com/i/status/1994000000000000123"
    assert plain.place_quality is PlaceQuality.COARSE
    assert (plain.lat, plain.lon) == (pytest.approx(-6.235), pytest.approx(106.92))
    assert plain.place_hint == "Duren Sawit, Indonesia"
    assert plain.media == ("https://pbs.contoh.invalid/a.jpg",)
    assert plain.author == "p8"
    assert "88000001" not in (plain.author or "")
    assert plain.changed_at is None
    # the long text counts, masked; an edit keeps the id of the first version and its time
    assert edited.external_id == "1994000000000000500"
    assert edited.text.startswith("Mohon perbaikan jalan berlubang di depan pasar, kontak saya [telepon].")
    assert edited.changed_at == from_iso("2026-11-22T02:40:11Z")
    assert edited.reported_at < edited.changed_at
    assert edited.place_quality is PlaceQuality.EXACT


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"id": None}, "id"),
        ({"id": "abc"}, "id"),
        ({"id": "12345678901234567890"}, "id"),
        ({"created_at": "2026-11-22T01:40:11"}, "created_at"),
        ({"created_at": None}, "created_at"),
        ({"created_at": "2200-01-01T00:00:00Z"}, "created_at"),
        ({"text": ["a"]}, "text"),
        ({"geo": "x"}, "geo"),
        ({"geo": {"coordinates": {"coordinates": ["a", "b"]}}}, "geo.coordinates.coordinates"),
        ({"geo": {"coordinates": {"coordinates": [10**400, 1]}}}, "geo.coordinates.coordinates"),
        ({"edit_history_tweet_ids": [5]}, "edit_history_tweet_ids"),
        ({"note_tweet": 3}, "note_tweet"),
    ],
)
def test_a_field_of_a_post_of_another_type_is_named(change: dict[str, Any], key: str) -> None:
    data = load("x/page.old.json")
    page = x.read_page(data)
    with pytest.raises(BadData) as caught:
        x.to_report({**data["data"][1], **change}, page, lambda _: None)
    assert caught.value.key == key


def test_no_hits_keep_no_mark() -> None:
    for data in ({"meta": {"result_count": 0}}, {"data": [], "meta": {"newest_id": "", "result_count": 0}}):
        page = x.read_page(data)
        assert (page.posts, page.newest_id, page.next_token) == ((), "", "")


# ---------------------------------------------------------------- whatever comes

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def damaged(items: list[Any], data: st.DataObject) -> Any:
    """A good item in which one value, at any depth, was replaced by anything or taken away."""
    item = json.loads(json.dumps(data.draw(st.sampled_from(items))))
    node = item
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return item
        key = data.draw(st.sampled_from(keys))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
            node = node[key]
            continue
        if data.draw(st.booleans()):
            node[key] = data.draw(JSON)
        else:
            del node[key]
        return item


@given(st.data())
def test_a_damaged_item_is_a_report_or_names_its_field(data: st.DataObject) -> None:
    bad = damaged(load("petabencana/reports.geojson.json")["result"]["features"], data)
    cut = damaged(load("waze/feed.json")["alerts"], data)
    jam = damaged(load("waze/feed.json")["jams"], data)
    slow = damaged(load("waze/feed.json")["irregularities"], data)
    source = load("x/page.old.json")
    post = damaged(source["data"], data)
    page = x.read_page(source)
    good = feature(pkey="1")
    for items in (
        [(bad, petabencana.to_report), (good, petabencana.to_report)],
        [(cut, waze.alert), (jam, waze.jam), (slow, waze.irregularity)],
        [(post, lambda item: x.to_report(item, page, lambda _: None))],
    ):
        reports, unreadable, _ = Mapped(items).take(10)
        distinct = len({content_key(raw_text(item)) for item, _ in items})
        assert len(reports) + len(unreadable) == distinct or len({r.id for r in reports}) < distinct
        for item in unreadable:
            assert item.key
            assert item.key != "unexpected"
            assert json.loads(item.raw) is not None or item.raw == "null"


@given(st.data())
def test_both_ways_to_read_a_feature_say_the_same(data: st.DataObject) -> None:
    item = damaged(load("petabencana/reports.geojson.json")["result"]["features"], data)
    text = msgspec.Raw(json.dumps(item).encode())

    def outcome(read: Callable[[], Report]) -> Any:
        try:
            return replace(read(), raw="")
        except BadData as problem:
            return problem.key

    assert outcome(lambda: petabencana.to_report_from_text(text)) == outcome(
        lambda: petabencana.to_report(item)
    )


def test_the_usual_answer_is_kept_as_it_came() -> None:
    body = b'{"statusCode":200,"result":{"type":"FeatureCollection","features":[ {"type" : "Feature", "x":1.50} ]}}'
    features = petabencana.WRAPPED.decode(body).result.features
    assert raw_text(features[0]) == '{"type" : "Feature", "x":1.50}'
    with pytest.raises(BadData, match="properties"):
        petabencana.to_report_from_text(features[0])
    assert petabencana.peek_id(msgspec.Raw(b'{"properties":{"pkey":7}}')) == "7"
    assert petabencana.peek_id(msgspec.Raw(b'{"properties"')) == ""


def test_half_characters_in_a_feature_do_not_cost_it() -> None:
    text = json.dumps(feature()).replace("arus deras", "arus \\ud83d deras").encode()
    assert petabencana.to_report_from_text(msgspec.Raw(text)).text == "Air masuk rumah, arus \ufffd deras"
    broken = json.dumps(feature()).encode().replace(b"arus deras", b"arus \xff deras")
    assert petabencana.to_report_from_text(msgspec.Raw(broken)).text == "Air masuk rumah, arus \ufffd deras"


@given(JSON)
def test_any_json_at_all_is_refused_by_name(data: Any) -> None:
    for mapping in (petabencana.to_report, waze.alert, waze.jam, waze.irregularity):
        with pytest.raises(BadData):
            mapping(data)
    for read in (petabencana.items_of, waze.read_snapshot, x.read_page):
        try:
            read(data)
        except BadData:
            continue


def test_a_jam_lies_along_its_road() -> None:
    item = feed()["jams"][0]
    line = [{"x": 106.8 + n / 1000, "y": -6.2} for n in range(450)]
    found = waze.jam(item | {"line": line}).path
    assert len(found) <= waze.PATH_MOST + 1
    assert found[0] == (-6.2, 106.8)
    assert found[-1] == (-6.2, pytest.approx(106.8 + 0.449))
    assert list(found) == sorted(found, key=lambda vertex: vertex[1]), "in the order of the road"
    assert waze.jam(item | {"line": line[:1]}).path == ()
    assert waze.jam(item | {"line": [line[0], {"x": "?"}, line[1], line[2]]}).path == ()
    assert waze.jam(item | {"line": [line[0], {"x": 0, "y": 0}, line[1], line[2]]}).path == ()
