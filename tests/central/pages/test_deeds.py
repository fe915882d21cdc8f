"""What officials do with a report: once, in words, and with nothing lost that was typed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from smartcity_desk.domain.decide import RESPONSE_MIN
from smartcity_desk.domain.events import EventKind, RejectCode, ReportRejected, RoutingSent
from smartcity_desk.domain.times import HOUR
from tests.central.pages.browser import PNG, Browser, Form, Page, route
from tests.central.world import MENTENG, SUDIN, TEBET, World, report

K = EventKind
ONE = report(1).id
HERE = f"/kantor/laporan/{ONE}"
JPEG = b"\xff\xd8\xff\xe0" + b"foto sesudah" * 9
ANSWER = "Sudah kami angkut tadi pagi\r\nbersama PPSU & warga <RT 04>."


@pytest.fixture
def busy(world: World, lurah: Browser) -> Browser:
    """The same with a report to answer, opened."""
    route(world, 1)
    assert lurah.get(HERE).status == 200
    return lurah


def form(browser: Browser, deed: str) -> Form:
    return browser.get(f"{HERE}/{deed}").form(f"/{deed}")


def done(world: World) -> list[dict[str, Any]]:
    """What happened after the report was opened."""
    return [
        event
        for event in world.all_events()
        if event["kind"] not in {"routing.sent", "report.delivered", "report.seen"}
    ]


def photo(
    name: str = "foto", content: bytes = PNG, label: str = "IMG_2041.png"
) -> tuple[str, tuple[str, bytes, str]]:
    return name, (label, content, "image/png")


# ---------------------------------------------------------------- each of them


def test_a_report_is_taken_up_with_one_button(world: World, busy: Browser) -> None:
    page = busy.follow(busy.submit(busy.get(HERE).form("/terima")))
    assert "kantor Anda sudah menerima laporan ini" in page.text
    assert not [one for one in page.forms if one.action.endswith("/terima")]
    (event,) = done(world)
    assert (event["kind"], event["user"], event["payload"]["office"]) == (
        "report.acknowledged",
        "lurah.tebet",
        TEBET,
    )


def test_an_answer_with_a_picture(world: World, busy: Browser) -> None:
    world.clock.at += HOUR
    page = busy.submit(form(busy, "jawab"), [photo()], teks=ANSWER, nomor=" PK-17 ")
    page = busy.follow(page)
    assert "Jawaban Anda tercatat." in page.text
    attached, answered = done(world)
    assert attached["payload"] == {
        "sha256": attached["payload"]["sha256"],
        "media_type": "image/png",
        "size": len(PNG),
        "name": "foto-1.png",
    }
    assert answered["payload"] == {
        "office": TEBET,
        "text": ANSWER.replace("\r\n", "\n"),
        "work_order": "PK-17",
    }
    assert (answered["kind"], answered["at"]) == ("report.responded", world.clock.at)
    assert "bersama PPSU &amp; warga &lt;RT 04&gt;." in page.html
    assert "IMG_2041" not in page.html
    assert busy.get(f"/kantor/berkas/{attached['payload']['sha256']}").raw == PNG


def test_an_answer_counts_from_when_it_came_and_not_from_when_the_form_was_opened(
    world: World, busy: Browser
) -> None:
    opened = form(busy, "jawab")
    world.clock.at += 3 * 60_000
    assert busy.submit(opened, teks=ANSWER).status == 303
    assert done(world)[-1]["at"] == world.clock.at


def test_a_hand_back_names_the_competent_office(world: World, busy: Browser) -> None:
    page = busy.get(f"{HERE}/kembalikan")
    assert f'<option value="{SUDIN}"' in page.html
    assert f'<option value="{TEBET}"' not in page.html
    page = busy.follow(busy.submit(page.form("/kembalikan"), teks="Saluran ini milik sudin", berwenang=SUDIN))
    assert "Pengembalian tercatat." in page.text
    assert "sampai itu tidak dinilai" in page.text
    (event,) = done(world)
    assert event["payload"] == {"office": TEBET, "reason": "Saluran ini milik sudin", "competent": SUDIN}
    assert "/kembalikan" not in " ".join(page.links)
    again = busy.get(f"{HERE}/kembalikan")
    assert (again.status, again.location) == (303, HERE)


def test_a_hand_back_may_leave_the_office_open(world: World, busy: Browser) -> None:
    assert busy.submit(form(busy, "kembalikan"), teks="bukan wewenang kami").status == 303
    assert done(world)[0]["payload"]["competent"] is None


def test_a_completion_with_pictures_before_and_after(world: World, busy: Browser) -> None:
    files = [photo("sebelum"), photo("sesudah", JPEG, "x.jpg")]
    page = busy.follow(busy.submit(form(busy, "selesai"), files, teks="Selesai diangkut."))
    assert "Unit akan memeriksa pekerjaan Anda." in page.text
    assert "menunggu verifikasi unit" in page.text
    before, after, claimed = done(world)
    assert [one["payload"]["name"] for one in (before, after)] == ["sebelum-1.png", "sesudah-1.jpg"]
    assert claimed["kind"] == "completion.claimed"
    assert claimed["payload"]["attachments"] == [after["payload"]["sha256"]]
    assert {f"/kantor/berkas/{one['payload']['sha256']}" for one in (before, after)} <= set(page.links)
    # What waits for the unit's check is nobody's to answer or to hand back meanwhile.
    assert [link.rpartition("/")[2] for link in page.links if link.startswith(f"{HERE}/")] == ["catatan"]


def test_a_note_may_be_left_on_a_closed_report_and_nothing_else_done(world: World, busy: Browser) -> None:
    world.act("oki", world.action(ONE, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM)))
    page = busy.get(HERE)
    assert [link for link in page.links if link.startswith(f"{HERE}/")] == [f"{HERE}/catatan"]
    assert busy.submit(form(busy, "catatan"), teks="tetap kami pantau").status == 303
    assert done(world)[-1]["payload"] == {"text": "tetap kami pantau"}


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("deed", ["jawab", "kembalikan", "selesai", "catatan"])
def test_a_form_that_is_sent_twice_happens_once(world: World, busy: Browser, deed: str) -> None:
    opened = form(busy, deed)
    files = [photo(name) for name in opened.files[:1]]
    first = busy.submit(opened, files, teks=ANSWER)
    events = done(world)
    world.clock.at += 10_000
    second = busy.submit(opened, files, teks=ANSWER)
    assert (first.status, second.status) == (303, 303)
    assert done(world) == events
    assert "tidak dicatat dua kali" in busy.follow(second).text


def test_the_button_pressed_twice_takes_up_once(world: World, busy: Browser) -> None:
    opened = busy.get(HERE).form("/terima")
    assert [busy.submit(opened).status for _ in range(2)] == [303, 303]
    assert len(done(world)) == 1


def test_a_form_sent_many_times_at_once_happens_once(world: World, busy: Browser) -> None:
    opened = form(busy, "jawab")
    sent = [(name, (None, value.encode())) for name, value in opened.filled(teks=ANSWER)]
    files = [*sent, photo()]

    async def crowd() -> list[Page]:
        return list(await asyncio.gather(*(busy.asend("POST", opened.action, files=files) for _ in range(6))))

    assert {page.status for page in world.run(crowd())} == {303}
    assert [event["kind"] for event in done(world)] == ["attachment.added", "report.responded"]


def test_other_words_from_the_same_form_are_another_answer(world: World, busy: Browser) -> None:
    opened = form(busy, "jawab")
    assert busy.submit(opened, teks=ANSWER).status == 303
    assert busy.submit(opened, teks=ANSWER + " Tambahan.").status == 303
    assert len(done(world)) == 2


def test_a_colleagues_same_words_are_his_own(world: World, busy: Browser) -> None:
    body = {"user": "staf.tebet", "role": "official", "office": TEBET, "password": "sebuah sandi panjang"}
    assert world.call("POST", "/v1/users", body, user="admin").status == 201
    opened = form(busy, "catatan")
    colleague = Browser(world)
    colleague.log_in("staf.tebet")
    theirs = form(colleague, "catatan")
    theirs.fields = [
        (name, dict(opened.fields)["aksi"] if name == "aksi" else value) for name, value in theirs.fields
    ]
    assert busy.submit(opened, teks="sudah dicek").status == 303
    assert colleague.submit(theirs, teks="sudah dicek").status == 303
    assert [event["user"] for event in done(world)] == ["lurah.tebet", "staf.tebet"]


@pytest.mark.parametrize("name", ["", "x", "../..", "0" * 36, "A" * 36])
def test_a_form_without_an_id_of_ours_is_refused(world: World, busy: Browser, name: str) -> None:
    assert busy.submit(form(busy, "catatan"), teks="sebuah catatan", aksi=name).status == 400
    assert done(world) == []


# ---------------------------------------------------------------- refused, with everything kept


def test_a_refused_answer_says_why_and_keeps_words_and_pictures(world: World, busy: Browser) -> None:
    page = busy.submit(form(busy, "jawab"), [photo()], teks="sudah <b>")
    assert page.status == 409
    assert f"paling sedikit {RESPONSE_MIN} huruf" in page.text
    assert "sudah &lt;b&gt;</textarea>" in page.html
    assert "Foto 1 sudah terunggah" in page.text
    assert done(world) == []  # no picture without its answer
    again = page.form("/jawab")
    assert again.fields != form(busy, "jawab").fields
    assert busy.submit(again, teks=ANSWER).status == 303
    assert [event["kind"] for event in done(world)] == ["attachment.added", "report.responded"]


def test_the_same_form_mended_is_taken(world: World, busy: Browser) -> None:
    opened = form(busy, "jawab")
    assert busy.submit(opened, teks="pendek").status == 409
    assert busy.submit(opened, teks="pendek").status == 409
    assert busy.submit(opened, teks=ANSWER).status == 303
    assert len(done(world)) == 1


@pytest.mark.parametrize(
    ("deed", "typed", "told"),
    [
        ("kembalikan", {"teks": "x"}, "Alasan wajib diisi"),
        ("kembalikan", {"teks": "bukan wewenang", "berwenang": "TIDAK-ADA"}, "TIDAK-ADA"),
        ("selesai", {"teks": "  "}, "Teks masih kosong"),
        ("catatan", {"teks": ""}, "Teks masih kosong"),
        ("catatan", {"teks": "x" * 20_001}, "terlalu panjang"),
    ],
)
def test_every_refusal_is_a_sentence(
    world: World, busy: Browser, deed: str, typed: dict[str, str], told: str
) -> None:
    page = busy.submit(form(busy, deed), **typed)
    assert page.status == 409
    assert told in page.text
    assert "Belum terkirim" in page.text
    assert done(world) == []


@pytest.mark.parametrize("deed", ["jawab", "selesai", "terima"])
def test_what_is_closed_meanwhile_is_told(world: World, busy: Browser, deed: str) -> None:
    opened = busy.get(HERE).form("/terima") if deed == "terima" else form(busy, deed)
    world.act("oki", world.action(ONE, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM)))
    typed = {} if deed == "terima" else {"teks": ANSWER}
    page = busy.submit(opened, **typed)
    assert page.status == 409
    assert "sudah ditutup (ditolak)" in page.text
    if typed:
        assert "PPSU &amp; warga" in page.html


def test_what_left_the_office_meanwhile_is_told(world: World, busy: Browser) -> None:
    opened = form(busy, "jawab")
    world.act("oki", world.action(ONE, K.ROUTING_SENT, RoutingSent(MENTENG, "wilayah Menteng", TEBET)))
    page = busy.submit(opened, teks=ANSWER)
    assert page.status == 409
    assert "Kelurahan Tebet Timur tidak sedang memegang laporan ini" in page.text
    assert "PPSU &amp; warga" in page.html


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("virus.png", b"MZ\x90\x00 not a picture", "image/png"),
        ("halaman.jpg", b"<html><script>alert(1)</script>", "image/jpeg"),
        ("gambar.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        ("surat.pdf", b"%PDF-1.7 surat", "application/pdf"),
        ("kosong.png", b"", "image/png"),
        ("../../<b>.png", b"teks", "image/png"),
    ],
)
def test_what_is_no_picture_is_not_taken(
    world: World, busy: Browser, name: str, content: bytes, media_type: str
) -> None:
    files = [("foto", (name, content, media_type)), photo()]
    page = busy.submit(form(busy, "jawab"), files, teks=ANSWER, nomor="PK-17")
    assert page.status == 422
    assert "bukan foto yang dikenal" in page.text
    assert "<b>" not in page.html
    assert "PPSU &amp; warga" in page.html
    assert 'value="PK-17"' in page.html
    assert done(world) == []
    assert list(world.settings.attachments.glob("incoming-*")) == []
    assert (
        busy.submit(page.form("/jawab"), teks=ANSWER).status == 303
    )  # with the good one, which came already
    assert len(done(world)) == 2


def test_a_picture_is_what_its_bytes_say(world: World, busy: Browser) -> None:
    files = [("foto", ("foto.bin", JPEG, "application/x-strange"))]
    assert busy.submit(form(busy, "jawab"), files, teks=ANSWER).status == 303
    assert done(world)[0]["payload"]["media_type"] == "image/jpeg"


def test_the_same_picture_twice_is_one(world: World, busy: Browser) -> None:
    assert busy.submit(form(busy, "jawab"), [photo(), photo()], teks=ANSWER).status == 303
    assert [event["kind"] for event in done(world)] == ["attachment.added", "report.responded"]


def test_too_many_pictures_are_told(world: World, busy: Browser) -> None:
    files = [photo(content=PNG + bytes([number])) for number in range(5)]
    page = busy.submit(form(busy, "jawab"), files, teks=ANSWER)
    assert (page.status, "Paling banyak 4 berkas" in page.text) == (422, True)
    assert busy.submit(form(busy, "jawab"), files * 3, teks=ANSWER).status == 400


def test_a_form_names_no_picture_of_another_office(world: World, busy: Browser) -> None:
    route(world, 2, office=MENTENG)
    other = Browser(world)
    other.log_in("lurah.menteng")
    page = other.get(f"/kantor/laporan/{report(2).id}/jawab").form("/jawab")
    assert other.submit(page, [photo(content=JPEG)], teks="x").status == 409
    import hashlib

    theirs = hashlib.sha256(JPEG).hexdigest()
    for name in (theirs, "f" * 64, "x"):
        assert busy.submit(form(busy, "jawab"), teks=ANSWER + name[:1], foto_ada=name).status == 303
    assert [event["kind"] for event in done(world)] == ["report.responded"] * 3
    assert busy.get(f"/kantor/berkas/{theirs}").status == 404
