"""A desk reads QLUE's marker lists over real HTTP: every version, what is known, and what was done about a marker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.errors import BadData
from smartcity_desk.domain.report import PlaceQuality, Status
from smartcity_desk.domain.times import DAY, HOUR, MINUTE, SECOND, from_iso
from smartcity_desk.sync.channel import Mapped
from smartcity_desk.sync.channels.qlue import mapping
from smartcity_desk.sync.channels.qlue.client import ASKED_AT_ONCE
from smartcity_desk.sync.reread import REPLIES
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import qlue
from tests.conftest import ROOT
from tests.sync.bench import NOW, Bench
from tests.sync.social.world import CITY, Stand, citizen, nothing_moves, people, plain, played, read_of
from tests.sync.test_mappings import JSON, damaged

FIXTURES = ROOT / "tests/fixtures/channels/qlue"
FIRST = json.loads((FIXTURES / "markers.v1.json").read_text("utf-8"))
THIRD = json.loads((FIXTURES / "markers.v3.json").read_text("utf-8"))
CHANNEL = qlue.CHANNEL
STEP = {
    "tl_by": "Kelurahan",
    "username": "petugas",
    "timestamp": "2026-11-22 10:00:00",
    "status": "process",
    "description": "Menuju lokasi, hub 081234567890",
    "file": "http://foto.contoh.invalid/tl.jpg",
}


def mark(source: str) -> str | None:
    return f"p-{source}"


def test_a_flat_marker() -> None:
    report = mapping.to_report(FIRST[1], mark)
    assert (report.external_id, report.reported_at) == ("412233", from_iso("2026-11-22T01:41:05Z"))
    assert (report.title, report.category, report.state_raw) == ("Banjir", "banjir", "")
    assert report.media == ("https://foto.contoh.invalid/412233.jpg",)
    assert (report.lat, report.lon, report.place_quality) == (-6.2241, 106.8604, PlaceQuality.EXACT)
    assert report.author == "p-warga contoh"
    assert mapping.to_report(FIRST[0], mark).lat == -6.2, "a number as a text"
    nowhere = mapping.to_report(FIRST[2], mark)
    assert (nowhere.lat, nowhere.place_quality, nowhere.author) == (None, PlaceQuality.NONE, None)
    assert (nowhere.category, nowhere.category_raw) == (None, "Rasa baru")


def test_a_nested_marker() -> None:
    report, done = (mapping.to_report(item, mark) for item in THIRD)
    assert (report.external_id, report.category, report.category_raw) == ("512301", "sampah", "Sanitation")
    assert (report.source_status, report.state_raw) == (Status.IN_PROGRESS, "process")
    assert (report.place_hint, report.text) == ("Contoh Barat", "Sampah di pinggir kali")
    assert (done.source_status, done.place_quality) == (Status.DONE, PlaceQuality.NONE)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("wait", Status.NEW),
        ("process", Status.IN_PROGRESS),
        ("complete", Status.DONE),
        ("Red", Status.NEW),
        ("yellow", Status.IN_PROGRESS),
        ("green", Status.DONE),
        ("purple", Status.NEW),
    ],
)
def test_states_and_colours(word: str, status: Status) -> None:
    item = json.loads(json.dumps(THIRD[0]))
    item["profile"]["detail"]["status"] = word
    report = mapping.to_report(item, mark)
    assert (report.source_status, report.state_raw) == (status, word)


def test_a_step_of_the_history_is_an_official_reply_with_a_lasting_id() -> None:
    reply = mapping.to_reply(STEP, "512301", mark)
    assert (reply.about, reply.official, reply.state_raw, reply.author) == ("512301", True, "process", None)
    assert reply.text == "Menuju lokasi, hub [telepon]"
    assert reply.at == from_iso("2026-11-22T03:00:00Z")
    assert reply.media == ("https://foto.contoh.invalid/tl.jpg",)
    assert mapping.to_reply(dict(reversed(STEP.items())), "512301", mark).id == reply.id
    comment = mapping.to_reply({**STEP, "tl_by": "", "status": "", "username": "warga"}, "512301", mark)
    assert (comment.official, comment.author) == (False, "p-warga")
    read = REPLIES["qlue"]
    assert read(json.loads(mapping.aside(STEP, "512301")), mark) == reply
    assert read(THIRD[0], mark) is None


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"post_date": None}, "post_date"),
        ({"post_date": "kemarin"}, "post_date"),
        ({"post_id": None}, "post_id"),
        ({"loc_lat": "utara"}, "loc_lat"),
        ({"loc_lat": float("1e400")}, "loc_lat"),
        ({"post_desc": []}, "post_desc"),
        ({"profile_name": {}}, "profile_name"),
    ],
)
def test_a_field_of_another_type_is_named(change: dict[str, Any], key: str) -> None:
    with pytest.raises(BadData) as caught:
        mapping.to_report({**FIRST[1], **change}, mark)
    assert caught.value.key == key


@given(st.data())
def test_a_damaged_marker_is_a_report_or_names_its_field(data: st.DataObject) -> None:
    items = [damaged(FIRST, data), damaged(THIRD, data)]
    reports, unreadable, _ = Mapped(
        [(one, lambda item: mapping.to_report(item, mark)) for one in items]
    ).take(3)
    assert 1 <= len(reports) + len(unreadable) <= 2
    assert all(one.key != "unexpected" for one in unreadable)
    for item in items:
        mapping.time_of(item), mapping.number_of(item), mapping.peek_id(item)


@given(JSON)
def test_any_json_is_read_or_refused_by_name(data: Any) -> None:
    for read in (
        lambda: mapping.items_of(data),
        lambda: mapping.to_report(data, mark),
        lambda: mapping.to_reply(data, "1", mark),
        lambda: mapping.wrapped_reply(data, mark),
    ):
        try:
            read()
        except BadData:
            continue


# ---------------------------------------------------------------- walks over HTTP


def test_a_list_arrives_as_the_city_knows_it(tmp_path: Path) -> None:
    source = people(CHANNEL, 60)

    async def scene(desk: Bench, stand: Stand) -> None:
        assert (await desk.once("qlue")).errors == ()
        assert read_of(desk) == {one.external_id: plain(qlue.published(one, CITY)) for one in source}
        again = (await desk.once("qlue")).channels[0].pulled
        assert again is not None
        assert (again.new, again.changed) == (0, 0)

    played(tmp_path, CHANNEL, scene, source)


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_what_arrives_later_or_late_is_not_lost(version: str, tmp_path: Path) -> None:
    source = people(CHANNEL, 5, newest=NOW - 3 * HOUR)

    async def scene(desk: Bench, stand: Stand) -> None:
        await desk.once("qlue")
        late = citizen(CHANNEL, 3_000, source[-1].at - 30 * MINUTE)
        source.insert(4, late)
        source.append(citizen(CHANNEL, 3_001, NOW - MINUTE))
        await desk.once("qlue")
        assert sorted(read_of(desk)) == sorted(one.external_id for one in source)
        assert (
            stand.door.asked[0]
            == {
                "v1": "/qluein_marker_level1.php?category=ic_2flod",
                "v2": "/qluein_marker_v2.php?category=ic_2flod",
                "v3": "/qluein_marker_v3.php?category=ic_2flod",
            }[version]
        )

    played(tmp_path, CHANNEL, scene, source, version=version, category="ic_2flod")


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_without_history_only_the_last_hour_is_read(version: str, tmp_path: Path) -> None:
    source = [citizen(CHANNEL, n, NOW - (5 - n) * 20 * MINUTE - SECOND) for n in range(5)]

    async def scene(desk: Bench, stand: Stand) -> None:
        for _ in range(2):
            await desk.once("qlue")
            assert sorted(read_of(desk)) == [one.external_id for one in source[3:]]

    played(tmp_path, CHANNEL, scene, source, version=version, history="no")


def test_a_state_that_moves_brings_what_was_done(tmp_path: Path) -> None:
    source = [citizen(CHANNEL, 33 * n, NOW - HOUR + n) for n in range(ASKED_AT_ONCE + 5)]

    async def scene(desk: Bench, stand: Stand) -> None:
        await desk.once("qlue")
        assert desk.store.central.unpushed_replies(10) == []
        desk.clock.now += 6 * HOUR
        await desk.once("qlue")
        assert {one.source_status for one in read_of(desk).values()} == {Status.IN_PROGRESS}
        assert len(desk.store.central.unpushed_replies(100)) == ASKED_AT_ONCE
        stand.door.orders = ["", "", "500"]  # the third call of the next run
        desk.clock.now += 5 * MINUTE
        assert (await desk.once("qlue")).errors
        desk.clock.now += 5 * MINUTE
        await desk.once("qlue")
        replies = desk.store.central.unpushed_replies(100)
        assert {reply.about for reply in replies} == {one.external_id for one in source}
        assert all(reply.official and reply.state_raw == "process" for reply in replies)
        desk.clock.now += DAY
        for _ in range(2):
            await desk.once("qlue")
        assert len(desk.store.central.unpushed_replies(100)) == 2 * len(source)

    played(tmp_path, CHANNEL, scene, source)


def test_what_is_told_as_replies_is_what_is_new_and_an_empty_list_asks_for_no_history_again(
    tmp_path: Path,
) -> None:
    """Histories are asked for some in each run, so replies go on coming after the list has stood still."""
    source = [citizen(CHANNEL, 33 * n, NOW - 7 * HOUR + n) for n in range(2 * ASKED_AT_ONCE - 2)]

    async def scene(desk: Bench, stand: Stand) -> None:
        told = []
        for fault in ("", "", "", "empty", "", ""):
            stand.door.orders = [fault]
            pulled = (await desk.once("qlue")).channels[0].pulled
            assert pulled is not None
            told.append(pulled.replies)
            desk.clock.now += 5 * MINUTE
        assert told == [ASKED_AT_ONCE, ASKED_AT_ONCE - 2, 0, 0, 0, 0]
        assert len(desk.store.central.unpushed_replies(100)) == len(source)
        assert sum("history" in asked for asked in stand.door.asked) == len(source)

    played(tmp_path, CHANNEL, scene, source)


def test_a_fault_moves_nothing(tmp_path: Path) -> None:
    nothing_moves(tmp_path, CHANNEL, "403", "429", "503", "html", "error_inside", "malformed")


@pytest.mark.parametrize("version", ["v1", "v3"])
def test_a_strange_marker_is_kept_or_quarantined(version: str, tmp_path: Path) -> None:
    source: list[Citizen] = []

    async def scene(desk: Bench, stand: Stand) -> None:
        for turn, fault in enumerate(("skew", "wrong_type", "unknown_enum", "duplicate", "swapped", "zero")):
            source.append(citizen(CHANNEL, turn, desk.clock.now - MINUTE))
            stand.door.orders = [fault]
            assert (await desk.once("qlue")).errors == ()
            assert len(desk.store.quarantine("qlue")) == (fault == "wrong_type")
            desk.clock.now += 5 * MINUTE
        await desk.once("qlue")
        assert len(desk.lines()) == 6, "each came as it is once the fault was over"

    played(tmp_path, CHANNEL, scene, source, version=version)
