"""Marks on an office: the evidence that the Governor sees, objecting to single items, and notices."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest

from smartcity_desk.central import ledger
from smartcity_desk.central.pages import evidence as pages_evidence
from smartcity_desk.domain.events import (
    AttachmentAdded,
    EventKind,
    ExclusionCode,
    MarkRaised,
    MarkStepped,
    NoteAdded,
    ObjectionDecided,
    ObjectionFiled,
    ObjectionOutcome,
    ObjectionTaken,
    Responded,
    RoutingSent,
)
from smartcity_desk.domain.figures import figures_in
from smartcity_desk.domain.ids import mark_id
from smartcity_desk.domain.items import items
from smartcity_desk.domain.marks import fold_mark
from smartcity_desk.domain.times import DAY, HOUR
from tests.central.pages.browser import PNG, Browser, Page
from tests.central.pages.scene import Scene
from tests.central.world import MENTENG, NOW, TEBET, World, report
from tests.domain.marked import counted

K = EventKind
FIRST = 3000


@dataclass
class Marked:
    """A mark on Tebet Timur, notified two hours ago."""

    world: World
    scene: Scene
    lurah: Browser
    id: str
    segments: list[str]

    @property
    def here(self) -> str:
        return f"/kantor/usulan/{self.id}"

    def form(self, segment: str = "") -> Any:
        return self.lurah.get(f"{self.here}/sanggah?butir={segment}").form("/sanggah")

    def events(self) -> list[dict[str, Any]]:
        return [event for event in self.world.all_events() if event["subject"] == self.id]

    def object(self, segment: str, **typed: str) -> Page:
        form = self.form(segment)
        return self.lurah.submit(form, **{"teks": "bukan wewenang kelurahan", "kode": "E1", **typed})


@pytest.fixture
def marked(world: World, lurah: Browser, scene: Scene) -> Marked:
    name, segments = scene.mark(FIRST, notified_at=NOW - 2 * HOUR)
    return Marked(world, scene, lurah, name, segments)


# ---------------------------------------------------------------- evidence


def test_an_office_finds_the_mark_that_it_was_notified_of(marked: Marked) -> None:
    page = marked.lurah.get("/kantor/usulan")
    assert marked.here in page.links
    assert "Sanggahan diterima sampai" in page.text
    assert marked.here in marked.lurah.get("/kantor/").links
    assert "24.00 WIB" in page.text


def test_a_mark_says_state_window_n_interval_and_deadlines(marked: Marked) -> None:
    text = marked.lurah.get(marked.here).text
    for told in (
        "Diberitahu",
        "Ini usulan, bukan putusan.",
        "Masa sanggah sampai",
        "Dihitung (n) 22 22",
        "Tepat waktu 8 8",
        "Lambat 7 7",
        "Diam (tanpa jawaban) 7 7",
        "Bagian tepat waktu 36,3\u00a0% 36,3\u00a0%".replace("\u00a0", " "),
        "Target 80,0 % 80,0 %",
        "Saat calon dibuat",
        f"Sidik berkas bukti {'d' * 16}",
        "dihitung 44 butir",
        "Tidak tepat waktu (28)",
        "Tepat waktu (16)",
    ):
        assert told in text, told
    assert not re.search(r"\b(malas|lalai|bersalah)\b", text, re.IGNORECASE)


def test_the_figures_are_those_of_the_domain(marked: Marked) -> None:
    law, world = marked.scene.law, marked.world

    def look(connection: Any) -> Any:
        return pages_evidence.gather(connection, marked.id, TEBET, law, NOW)

    found = world.db.read_now(look)
    own = [one for life in found.lives.values() for one in life.segments if one.office == TEBET]
    mark = fold_mark(event for event in _raw_events(world, marked.id))
    expected = figures_in(TEBET, items(own, law, NOW), law, NOW, law.book.versions[0], mark.windows)
    assert found.figures == expected
    assert sorted(one.segment.id for one in found.items) == sorted(marked.segments)


def _raw_events(world: World, name: str) -> list[Any]:
    from smartcity_desk.central import ledger

    events: list[Any] = world.db.read_now(lambda connection: ledger.events_of(connection, [name]))[name]
    return events


def test_too_little_data_is_said_and_no_share_drawn_from_it(
    world: World, lurah: Browser, scene: Scene
) -> None:
    """Three of the 22 items of each window are contested, and count for nothing until they are answered."""
    name, segments = scene.mark(FIRST, notified_at=NOW - 2 * HOUR)
    contested = (*segments[10:13], *segments[32:35])
    objection = ObjectionFiled("o1", contested, "Bukan wilayah kami.", ExclusionCode.MISROUTED)
    scene.act("lurah.tebet", name, K.OBJECTION_FILED, objection, NOW - HOUR)
    text = lurah.get(f"/kantor/usulan/{name}").text
    assert "data belum cukup (n = 19, perlu 20)" in text
    assert "diperkirakan" not in text


def test_an_item_shows_the_whole_life_of_its_report_and_no_citizen(marked: Marked) -> None:
    scene, one = marked.scene, report(FIRST + 10)
    scene.act("oki", one.id, K.NOTE_ADDED, NoteAdded("catatan unit saja"), NOW - DAY)
    scene.act("oki", one.id, K.ROUTING_SENT, RoutingSent(MENTENG, "dipindah", TEBET), NOW - DAY)
    scene.act(
        "lurah.menteng",
        one.id,
        K.REPORT_RESPONDED,
        Responded(MENTENG, "Dikerjakan Menteng hari ini."),
        NOW - HOUR,
    )
    page = marked.lurah.get(f"{marked.here}/butir/{marked.segments[10]}")
    assert page.status == 200
    for told in (
        "Diam",
        "Dikerjakan Menteng hari ini.",
        "Kelurahan Menteng",
        "unit (UPT)",
        "Jawaban ditunggu sampai",
    ):
        assert told in page.text, told
    for hidden in ("catatan unit", "pseudonym", "example.invalid", f"petabencana/{FIRST + 10}", "oki"):
        assert hidden not in page.html
    # Outside the evidence it stays another office's affair.
    assert "Dikerjakan Menteng" not in marked.lurah.get(f"/kantor/laporan/{one.id}").html


def test_pictures_of_the_evidence_are_shown_with_it(marked: Marked) -> None:
    sha256 = hashlib.sha256(PNG).hexdigest()
    world, one = marked.world, report(FIRST + 10)
    marked.scene.act("oki", one.id, K.ROUTING_SENT, RoutingSent(MENTENG, "dipindah", TEBET), NOW - DAY)
    world.call("POST", "/v1/attachments", user="oki", content=PNG, headers={"X-SHA256": sha256})
    marked.scene.act(
        "oki", one.id, K.ATTACHMENT_ADDED, AttachmentAdded(sha256, "image/png", len(PNG)), NOW - HOUR
    )
    page = marked.lurah.get(f"{marked.here}/butir/{marked.segments[10]}")
    address = f"{marked.here}/berkas/{sha256}"
    assert f'<img src="{address}"' in page.html
    assert marked.lurah.get(address).raw == PNG
    assert marked.lurah.get(f"/kantor/berkas/{sha256}").status == 404
    assert marked.lurah.get(f"{marked.here}/berkas/{'0' * 64}").status == 404
    other = Browser(world)
    other.log_in("lurah.menteng")
    assert other.get(address).status == 404


def test_the_units_own_delays_stand_beside(marked: Marked) -> None:
    late = report(FIRST + 1)
    text = marked.lurah.get(marked.here).text
    assert "Tidak ada." in text.split("Keterlambatan unit sendiri")[1][:80]
    scene = marked.scene
    one = scene.push(9000, scene.windows()[0][0] + DAY)
    scene.send(one, scene.windows()[0][0] + 3 * DAY)
    text = marked.lurah.get(marked.here).text.split("Keterlambatan unit sendiri")[1]
    assert re.search(rf"{one.id[:8].upper()}: disposisi unit terlambat 1 hari 22 jam", text)
    assert late.id[:8].upper() not in text.split("Sanggahan")[0]


def test_a_mark_of_another_office_or_before_its_notice_does_not_exist(marked: Marked) -> None:
    other = Browser(marked.world)
    other.log_in("lurah.menteng")
    paths = ("", f"/butir/{marked.segments[0]}", "/sanggah")
    for path in paths:
        assert other.get(marked.here + path).status == 404
    form = {"kunci": dict(other.get("/kantor/").form("/keluar").fields)["kunci"], "aksi": report(1).id}
    for path in ("/sanggah", "/terima"):
        assert other.send("POST", marked.here + path, data=form).status == 404
    assert marked.here not in other.get("/kantor/usulan").links
    assert marked.lurah.get(f"{marked.here}/butir/{report(1).id}").status == 404
    assert marked.lurah.get(f"{marked.here}/butir/..%2f..").status == 404
    windows = ((NOW - 70 * DAY, NOW - 42 * DAY), (NOW - 42 * DAY, NOW - 14 * DAY))
    name = mark_id(TEBET, windows[-1][1])
    raised = MarkRaised(TEBET, counted(windows, marked.segments[:3]), "test", (), "e" * 64)
    marked.scene.act("susi", name, K.MARK_RAISED, raised, NOW - HOUR)
    assert marked.lurah.get(f"/kantor/usulan/{name}").status == 404
    assert f"/kantor/usulan/{name}" not in marked.lurah.get("/kantor/usulan").links


# ---------------------------------------------------------------- the notice


def test_an_office_says_that_it_has_the_notice_once(marked: Marked) -> None:
    form = marked.lurah.get(marked.here).form("/terima")
    page = marked.lurah.follow(marked.lurah.submit(form))
    assert "Masa sanggah dimulai." in page.text
    assert "Masa sanggah" in page.text
    assert not [one for one in page.forms if one.action.endswith("/terima")]
    assert marked.lurah.submit(form).status == 303
    assert [event["kind"] for event in marked.events()].count("mark.served") == 1
    # Opening the page alone starts no term.
    marked.lurah.get(marked.here)
    assert len(marked.events()) == 3


def test_a_notice_that_somebody_else_took_is_told(marked: Marked) -> None:
    form = marked.lurah.get(marked.here).form("/terima")
    marked.scene.act("susi", marked.id, K.MARK_SERVED, MarkStepped("telepon"), NOW)
    page = marked.lurah.submit(form)
    assert (page.status, "Ini sudah tercatat." in page.text) == (409, True)


# ---------------------------------------------------------------- objecting


def test_an_objection_with_a_code_and_evidence(marked: Marked) -> None:
    form = marked.form(marked.segments[9])
    assert ("butir", marked.segments[9]) in form.fields
    files = [
        ("bukti", ("surat.pdf", b"%PDF-1.7 surat tugas", "application/pdf")),
        ("bukti", ("a.png", PNG, "image/png")),
    ]
    page = marked.lurah.submit(form, files, teks="Saluran ini <milik> sudin.", kode="E1")
    page = marked.lurah.follow(page)
    assert "Sanggahan Anda tercatat." in page.text
    assert "Saluran ini &lt;milik&gt; sudin." in page.html
    assert "E1 salah alamat" in page.text
    assert "Unit menjawab paling lambat" in page.text
    assert "Sedang disanggah 1 0" in page.text
    event = marked.events()[-1]
    assert event["kind"] == "objection.filed"
    assert event["payload"]["segments"] == [marked.segments[9]]
    assert event["payload"]["code"] == "E1"
    assert len(event["payload"]["attachments"]) == 2
    for sha256 in event["payload"]["attachments"]:
        assert marked.lurah.get(f"{marked.here}/berkas/{sha256}").status == 200
    # What is objected to already is offered no more.
    assert ("butir", marked.segments[9]) not in marked.form(marked.segments[9]).fields


def test_an_objection_is_filed_once(marked: Marked) -> None:
    form = marked.form(marked.segments[9])
    answers = [marked.lurah.submit(form, teks="bukan wewenang kelurahan", kode="E1").status for _ in range(2)]
    assert answers == [303, 303]
    assert [event["kind"] for event in marked.events()].count("objection.filed") == 1


def test_free_text_alone_is_taken(marked: Marked) -> None:
    page = marked.lurah.follow(marked.object(marked.segments[9], kode=""))
    assert "tanpa kode" in page.text
    assert marked.events()[-1]["payload"]["code"] is None


def test_several_items_in_one_objection(marked: Marked) -> None:
    form = marked.form(marked.segments[9])
    form.fields.append(("butir", marked.segments[11]))
    assert marked.lurah.submit(form, teks="bukan wewenang kelurahan").status == 303
    assert marked.events()[-1]["payload"]["segments"] == [marked.segments[9], marked.segments[11]]


def test_a_refused_objection_keeps_everything(marked: Marked) -> None:
    form = marked.form(marked.segments[9])
    page = marked.lurah.submit(form, [("bukti", ("a.png", PNG, "image/png"))], teks="x", kode="E3")
    assert page.status == 409
    assert "Alasan wajib diisi" in page.text
    again = page.form("/sanggah")
    assert {("butir", marked.segments[9]), ("kode", "E3"), ("teks", "x")} <= set(again.fields)
    assert [name for name, _ in again.fields].count("bukti_ada") == 1
    assert marked.lurah.submit(again, teks="laporan yang sama dua kali").status == 303
    assert len(marked.events()[-1]["payload"]["attachments"]) == 1


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ({"butir": ""}, 409, "tidak termasuk usulan ini"),
        ({"butir": "0" * 36}, 409, "tidak termasuk usulan ini"),
        ({"kode": "E12"}, 400, "tidak terbaca"),
        ({"kode": "E5 E6"}, 400, "tidak terbaca"),
        ({"teks": ""}, 409, "Alasan wajib diisi"),
    ],
)
def test_what_an_objection_may_not_say(marked: Marked, typed: dict[str, str], status: int, told: str) -> None:
    page = marked.object(marked.segments[9], **typed)
    assert (page.status, told in page.text) == (status, True)
    assert [event["kind"] for event in marked.events()].count("objection.filed") == 0


def test_what_was_replied_to_an_item_is_evidence_and_who_said_it_is_not(marked: Marked) -> None:
    one = report(FIRST + 10)
    scene = marked.scene
    sent_at = next(
        event["at"]
        for event in marked.world.all_events()
        if event["subject"] == one.id and event["kind"] == "routing.sent"
    )
    scene.reply(
        one, "r1", sent_at + HOUR, "Lampunya masih mati, Pak", author="pseudonim-7f", link="https://x.id/9"
    )
    scene.reply(one, "r2", sent_at + 2 * HOUR, "Sudah diteruskan ke dinas", official=True)
    scene.reply(one, "r3", sent_at + 3 * HOUR, "Saya Zulkarnaen", private=True)
    page = marked.lurah.get(f"{marked.here}/butir/{marked.segments[10]}")
    told = [page.text.index(words) for words in ("Lampunya masih mati, Pak", "Sudah diteruskan ke dinas")]
    assert told == sorted(told)
    assert page.text.count("Balasan warga") == 1
    assert page.text.count("Kabar resmi dari kanal") == 1
    for hidden in ("pseudonim-7f", "x.id/9", "Zulkarnaen"):
        assert hidden not in page.html


def test_nothing_that_was_replied_to_a_private_item_is_on_its_page(
    world: World, lurah: Browser, scene: Scene
) -> None:
    name, segments = scene.mark(FIRST, notified_at=NOW - 2 * HOUR)
    named = report(FIRST + 10).id
    one = scene.db.read_now(lambda connection: ledger.reports_of(connection, [named]))[named]
    scene.reply(one, "r1", NOW - 40 * DAY, "Lampunya masih mati, Pak")
    world.push(replace(one, private=True, changed_at=NOW))
    page = lurah.get(f"/kantor/usulan/{name}/butir/{segments[10]}")
    assert page.status == 200
    assert "Lampunya masih mati" not in page.html


def test_an_objection_names_an_item(marked: Marked) -> None:
    form = marked.form()
    page = marked.lurah.submit(form, teks="bukan wewenang kelurahan")
    assert (page.status, "Pilih paling sedikit satu butir." in page.text) == (422, True)


def test_after_the_window_nobody_objects(marked: Marked) -> None:
    form = marked.form(marked.segments[9])
    marked.world.clock.at += 8 * DAY
    page = marked.lurah.submit(form, teks="bukan wewenang kelurahan", kode="E1")
    assert page.status == 409
    assert "Masa sanggah sudah berakhir" in page.text
    page = marked.lurah.get(marked.here)
    assert "Layak diusulkan" in page.text
    assert f"{marked.here}/sanggah" not in page.links
    assert marked.lurah.get(f"{marked.here}/sanggah").location == marked.here


def test_an_accepted_objection_takes_its_item_out_with_code_and_reason(marked: Marked) -> None:
    marked.object(marked.segments[9])
    name = marked.events()[-1]["payload"]["objection"]
    scene = marked.scene
    scene.act("rere", marked.id, K.OBJECTION_TAKEN, ObjectionTaken(name), NOW)
    assert "sedang ditinjau" in marked.lurah.get(marked.here).text
    answer = ObjectionDecided(
        name, ObjectionOutcome.ACCEPTED, (marked.segments[9],), ExclusionCode.MISROUTED, "memang milik sudin"
    )
    scene.act("rere", marked.id, K.OBJECTION_DECIDED, answer, NOW)
    text = marked.lurah.get(marked.here).text
    assert "Dihitung (n) 21 22" in text
    assert "Sanggahan diterima" in text
    assert "Tidak dihitung: E1 salah alamat; memang milik sudin (unit (UPT))." in text
    assert "rere" not in text


def test_a_term_that_the_unit_missed_is_told_as_its_own(marked: Marked) -> None:
    marked.object(marked.segments[9])
    marked.world.clock.at += 6 * DAY
    text = marked.lurah.get(marked.here).text
    assert "Unit melewati tenggat peninjauan sanggahan" in text
    assert "unit melewati tenggat peninjauannya" in text
    assert "Dihitung (n) 21 22" in text


# ---------------------------------------------------------------- notices


def test_notices_name_their_reports_latest_first(marked: Marked) -> None:
    assert "Belum ada pemberitahuan" in marked.lurah.get("/kantor/pemberitahuan").text
    morning = (NOW + 7 * HOUR) // DAY * DAY - 7 * HOUR + 10 * HOUR
    scene = marked.scene
    scene.notice(marked.segments[10:13:2], morning - DAY)
    scene.notice([marked.segments[14]], morning, urgent=True)
    page = marked.lurah.get("/kantor/pemberitahuan")
    assert page.text.index("1 laporan menunggu jawaban") < page.text.index("2 laporan menunggu jawaban")
    assert "menyangkut keselamatan jiwa" in page.text
    assert f"/kantor/laporan/{report(FIRST + 10).id}" in page.links
    assert "kepada kantor pemegang" in page.text
    other = Browser(marked.world)
    other.log_in("lurah.menteng")
    assert "Belum ada pemberitahuan" in other.get("/kantor/pemberitahuan").text


def test_a_notice_about_a_lower_office_names_it_and_opens_nothing(marked: Marked) -> None:
    scene = marked.scene
    morning = (NOW + 7 * HOUR) // DAY * DAY - 7 * HOUR + 10 * HOUR
    scene.notice([marked.segments[10]], morning, office=MENTENG)
    other = Browser(marked.world)
    other.log_in("lurah.menteng")
    page = other.get("/kantor/pemberitahuan")
    number = report(FIRST + 10).id[:8].upper()
    assert f"Laporan {number} di Kelurahan Tebet Timur" in page.text
    assert not [link for link in page.links if "/kantor/laporan/" in link]
