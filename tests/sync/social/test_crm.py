"""A desk reads the CRM's dashboard over real HTTP once the unit has confirmed its leave: windows, details, privacy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.config import ChannelSettings, Settings
from smartcity_desk.domain.errors import BadData, ConfigProblem
from smartcity_desk.domain.report import PlaceQuality, Report, Status, veiled
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from smartcity_desk.secrets import SecretStore
from smartcity_desk.sync import registry
from smartcity_desk.sync.channel import Mapped
from smartcity_desk.sync.channels.crm import client, mapping
from smartcity_desk.sync.reread import reread
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.servers import crm
from smartcity_desk.ui.errors_text import of_error
from smartcity_desk.ui.settings.channel_card import Wanted, keep_channel
from tests.conftest import ROOT
from tests.sync.bench import NOW, Bench
from tests.sync.social.world import CITY, Stand, citizen, nothing_moves, people, plain, played, read_of
from tests.sync.test_mappings import JSON, damaged

LIST = json.loads((ROOT / "tests/fixtures/channels/crm/list.json").read_text("utf-8"))
CHANNEL = crm.CHANNEL
DETAIL = {
    "documents": [{"url": "https://crm.contoh.invalid/1.jpg"}, {"url": "file:///etc/passwd"}, 7],
    "village": {
        "name": "Contoh",
        "district": {"name": "Sampel", "city": {"name": "Jakarta Timur", "province": {"name": "DKI"}}},
    },
}


def test_a_report_with_its_detail() -> None:
    report = mapping.to_report(LIST[0], DETAIL)
    assert (report.external_id, report.title) == ("7001001", "JK2611220001")
    assert report.text == "Lampu jalan mati, Lokasi: dekat warung. Hub [telepon]", (
        "his own words stay together"
    )
    assert report.category_raw == "Penerangan Jalan"
    assert report.category == "lampu_jalan"
    assert report.place_hint == "depan pos RW 03, Jl. Contoh, Contoh, Sampel, Jakarta Timur"
    assert (report.source_status, report.state_raw) == (Status.ROUTED, "Disposisi: Kelurahan Contoh")
    assert report.media == ("https://crm.contoh.invalid/1.jpg",)
    assert (report.lat, report.lon) == (-6.2219, 106.9021)
    other = mapping.to_report(LIST[1], private=True)
    assert (other.private, other.source_status) == (True, Status.AWAITING_VERIFICATION)
    assert (other.text, other.category, other.lat) == ("Tumpukan sampah tanpa label", "sampah", None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Menunggu", Status.NEW),
        ("koordinasi", Status.ROUTED),
        ("Disposisi", Status.ROUTED),
        ("PROSES", Status.IN_PROGRESS),
        ("menunggu validasi  dan verifikasi", Status.AWAITING_VERIFICATION),
        ("Selesai", Status.DONE),
        ("Dilempar", Status.NEW),
    ],
)
def test_states(word: str, status: Status) -> None:
    assert mapping.status_of(word) is status


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ("", "", "", "")),
        ("bebas", ("bebas", "", "", "")),
        ("Permasalahan: a Kategori: b Lokasi: c Detail Alamat Laporan: d", ("a", "b", "c", "d")),
        ("Permasalahan: a Lokasi: c", ("a", "", "c", "")),
        ("Permasalahan: a Kategori: b Detail Alamat: d", ("a", "b", "", "d")),
        ("permasalahan : a\nkategori : b", ("a", "b", "", "")),
        ("Kategori: b", ("", "b", "", "")),
        ("Sublokasi: x", ("Sublokasi: x", "", "", "")),
    ],
)
def test_the_one_text_is_taken_apart(content: str, expected: tuple[str, ...]) -> None:
    found = mapping.taken_apart(content)
    assert (found.problem, found.category, found.place, found.address) == expected


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"id": None}, "id"),
        ({"createdAt": "kemarin"}, "createdAt"),
        ({"createdAt": 5}, "createdAt"),
        ({"content": []}, "content"),
        ({"lat": "utara"}, "lat"),
        ({"tstatus": "Proses"}, "tstatus"),
        ({"zone": {"name": 7}}, "zone.name"),
    ],
)
def test_a_field_of_another_type_is_named(change: dict[str, Any], key: str) -> None:
    with pytest.raises(BadData) as caught:
        mapping.to_report({**LIST[0], **change})
    assert caught.value.key == key


@given(st.data())
def test_a_damaged_report_is_a_report_or_names_its_field(data: st.DataObject) -> None:
    item, detail = damaged(LIST, data), damaged([DETAIL], data)
    reports, unreadable, _ = Mapped([(item, lambda one: mapping.to_report(one, detail))]).take(2)
    assert len(reports) + len(unreadable) == 1
    assert all(one.key != "unexpected" for one in unreadable)


@given(JSON)
def test_any_json_is_read_or_refused_by_name(data: Any) -> None:
    mapping.to_report(LIST[0], data)  # whatever a detail is, it takes nothing from its report
    mapping.time_of(data)
    for read in (lambda: mapping.items_of(data), lambda: mapping.to_report(data)):
        try:
            read()
        except BadData:
            continue


# ---------------------------------------------------------------- leave


def test_without_leave_nothing_is_asked_and_the_sentence_says_why(tmp_path: Path) -> None:
    async def scene(desk: Bench, stand: Stand) -> None:
        desk.settings.set_channel("crm", ChannelSettings(True, stand.url, {}))
        ((_, error),) = (await desk.once("crm")).errors
        assert isinstance(error, ConfigProblem)
        assert error.params["reason"] == "not_confirmed"
        assert "izin" in of_error(error).what
        assert stand.door.asked == []
        with pytest.raises(ConfigProblem):
            registry.manifest("crm").check_leave({"confirmed": ""})
        registry.manifest("crm").check_leave({"confirmed": "ya"})
        registry.manifest("x").check_leave({})

    played(tmp_path, CHANNEL, scene, people(CHANNEL, 2))


def test_the_settings_do_not_turn_it_on_without_leave(tmp_path: Path) -> None:
    settings, secrets = Settings(tmp_path / "settings.json"), SecretStore.in_memory()
    about = registry.manifest("crm")
    options = {spec.name: spec.default for spec in about.options}
    with pytest.raises(ConfigProblem):
        keep_channel(about, Wanted(True, "", options, {}), settings, secrets)
    assert not settings.channel("crm").enabled
    keep_channel(about, Wanted(True, "", {**options, "confirmed": "ya"}, {}), settings, secrets)
    assert settings.channel("crm").enabled
    keep_channel(about, Wanted(False, "", options, {}), settings, secrets)
    assert not settings.channel("crm").enabled


# ---------------------------------------------------------------- walks over HTTP


def test_reports_arrive_as_the_city_knows_them_and_private_ones_are(tmp_path: Path) -> None:
    source = people(CHANNEL, 45)  # nothing has been done about them yet

    async def scene(desk: Bench, stand: Stand) -> None:
        assert (await desk.once("crm")).errors == ()
        assert read_of(desk) == {
            one.external_id: plain(veiled(crm.published(one, CITY))) for one in source
        }, "a private report is read veiled"
        assert sum(one.private for one in read_of(desk).values()) == sum(map(crm.is_private, source)) > 0
        asked = stand.server.details
        again = (await desk.once("crm")).channels[0].pulled
        assert again is not None
        assert (again.new, again.changed, stand.server.details) == (0, 0, asked)

    played(tmp_path, CHANNEL, scene, source)


def test_states_of_old_reports_are_asked_again_every_hour(tmp_path: Path) -> None:
    source = [citizen(CHANNEL, 2, NOW - 5 * HOUR)]

    async def scene(desk: Bench, stand: Stand) -> None:
        await desk.once("crm")
        assert next(iter(read_of(desk).values())).state_raw == "Disposisi: Kelurahan Contoh Barat"
        desk.clock.now += 5 * MINUTE
        await desk.once("crm")
        assert len(stand.door.asked) == 7 + 1 + 1, "the window in pieces, one detail, then two days"
        desk.clock.now += 4 * DAY
        source.append(citizen(CHANNEL, 9, desk.clock.now - MINUTE))
        await desk.once("crm")
        assert {one.source_status for one in read_of(desk).values()} == {Status.DONE, Status.NEW}

    played(tmp_path, CHANNEL, scene, source)


def test_details_are_asked_some_at_a_time_and_none_is_forgotten(tmp_path: Path) -> None:
    source = people(CHANNEL, 25, step=8 * HOUR)

    async def scene(desk: Bench, stand: Stand) -> None:
        counts = []
        for _ in range(5):
            await desk.once("crm")
            counts.append(len(desk.lines()))
            desk.clock.now += 5 * MINUTE
        assert counts == [7, 14, 21, 25, 25]

    played(tmp_path, CHANNEL, scene, source, details="7")


def test_a_detail_that_fails_keeps_what_came_before_and_asks_again(tmp_path: Path) -> None:
    source = people(CHANNEL, 6)

    async def scene(desk: Bench, stand: Stand) -> None:
        stand.door.orders = ["", "", "", "503"]
        assert [error.code for _, error in (await desk.once("crm")).errors] == ["transient"]
        assert len(desk.lines()) == 2
        desk.clock.now += 5 * MINUTE
        assert (await desk.once("crm")).errors == ()
        assert len(desk.lines()) == 6

    played(tmp_path, CHANNEL, scene, source)


def test_a_fault_moves_nothing(tmp_path: Path) -> None:
    nothing_moves(tmp_path, CHANNEL, "401", "403", "429", "500", "html", "error_inside", "malformed")


def test_a_strange_report_is_kept_or_quarantined(tmp_path: Path) -> None:
    source: list[Citizen] = []

    async def scene(desk: Bench, stand: Stand) -> None:
        for turn, fault in enumerate(("skew", "wrong_type", "unknown_enum", "duplicate", "swapped", "zero")):
            source[:] = [citizen(CHANNEL, turn, desk.clock.now - MINUTE)]
            stand.door.orders = [fault]
            assert (await desk.once("crm")).errors == ()
            if fault == "zero":
                place = read_of(desk)[source[0].external_id].place_quality
                assert place is PlaceQuality.NONE
            desk.clock.now += 5 * MINUTE
        assert (len(desk.lines()), len(desk.store.quarantine("crm"))) == (5, 1)

    played(tmp_path, CHANNEL, scene, source)


def test_what_a_later_version_can_read_is_asked_for_its_detail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read again from quarantine it is private, because nobody asked; the next poll of that version has to ask."""
    source = [citizen(CHANNEL, 1, NOW - MINUTE)]
    real, ill = mapping.to_report, [True]

    def brittle(item: Any, *rest: Any, **more: Any) -> Report:
        if ill[0]:
            raise BadData("crm", "content")
        return real(item, *rest, **more)

    async def scene(desk: Bench, _stand: Stand) -> None:
        monkeypatch.setattr(mapping, "to_report", brittle)
        for _ in range(2):
            assert (await desk.once("crm")).errors == ()
            desk.clock.now += 5 * MINUTE
        [kept] = desk.store.quarantine("crm")
        assert kept.times == 1, "it is set aside once, and not every five minutes"
        ill[0] = False
        monkeypatch.setattr(client, "READER", "99.0")
        assert reread(desk.store, "crm", None, pseudonym=lambda _: None, now=desk.clock.now).read == 1
        assert [line.report.private for line in desk.lines()] == [True]
        assert (await desk.once("crm")).errors == ()
        assert [line.report.private for line in desk.lines()] == [False]

    played(tmp_path, CHANNEL, scene, source)
