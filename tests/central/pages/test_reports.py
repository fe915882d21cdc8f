"""The list and the report: what stands there, for whom, and what being looked at does."""

from __future__ import annotations

import re

import pytest

from smartcity_desk.central import attachments
from smartcity_desk.domain.events import (
    AttachmentAdded,
    EventKind,
    NoteAdded,
    PauseCode,
    Paused,
    RejectCode,
    Reopened,
    ReportRejected,
    Responded,
    ReturnAnswered,
    RoutingReturned,
    RoutingSent,
)
from smartcity_desk.domain.times import DAY, HOUR, MINUTE
from tests.central.pages.browser import PNG, Browser, Page, route
from tests.central.pages.scene import Scene
from tests.central.world import MENTENG, NOW, TEBET, World, report

K = EventKind
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp.exe\u202c {{ 7*7 }} {% raw %} &lt;b&gt; "
    "'\"><a href='javascript:alert(3)'>x</a>"
)


def titles(page: Page) -> list[str]:
    return re.findall(r'<h2><a href="/kantor/laporan/[^"]*">([^<]*)</a></h2>', page.html)


def signs(page: Page) -> list[str]:
    return [
        " ".join(re.sub(r"<[^>]*>", "", found).split())
        for found in re.findall(r'<p class="sign[^>]*>(.*?)</p>', page.html, re.DOTALL)
    ]


def kinds(world: World) -> list[tuple[str, str]]:
    return [(event["kind"], event["subject"]) for event in world.all_events()]


def address(number: int) -> str:
    return f"/kantor/laporan/{report(number).id}"


# ---------------------------------------------------------------- the list


def test_the_list_says_how_each_report_stands_soonest_due_first(lurah: Browser, scene: Scene) -> None:
    def sent(number: int, ago: int, text: str) -> object:
        one = scene.push(number, NOW - 3 * DAY, text=text)
        scene.send(one, NOW - ago)
        return one

    sent(1, 5 * HOUR, "dalam waktu")
    sent(2, 30 * HOUR, "lewat")
    sent(3, 23 * HOUR, "segera")
    answered = sent(4, 10 * HOUR, "dijawab")
    scene.answer(answered, NOW - HOUR)
    paused = sent(5, 2 * HOUR, "dijeda")
    scene.act(
        "oki",
        paused.id,
        K.CLOCK_PAUSED,
        Paused(PauseCode.WAITING_REPORTER, "tunggu pelapor", NOW + DAY),
        NOW - HOUR,
    )
    scene.claim(sent(6, 6 * HOUR, "diperiksa"), NOW - 2 * HOUR, accepted=None)
    scene.claim(sent(7, 7 * HOUR, "ditolak unit"), NOW - 3 * HOUR, accepted=False)
    scene.claim(sent(8, 8 * HOUR, "selesai"), NOW - 3 * HOUR, accepted=True)
    returned = sent(9, 3 * HOUR, "dikembalikan")
    scene.act(
        "lurah.tebet", returned.id, K.ROUTING_RETURNED, RoutingReturned(TEBET, "bukan wewenang"), NOW - HOUR
    )

    page = lurah.get("/kantor/")
    found = dict(zip(titles(page), signs(page), strict=True))
    assert list(found) == [
        "lewat",
        "segera",
        "dalam waktu",
        "dikembalikan",
        "ditolak unit",
        "dijeda",
        "dijawab",
        "diperiksa",
    ]
    assert found["lewat"] == "▲ lewat tenggat 6 jam"
    assert found["segera"] == "◆ segera, sisa 1 jam"
    assert found["dalam waktu"] == "● dalam waktu, sisa 19 jam"
    assert found["dijeda"] == "‖ dijeda"
    assert found["dijawab"] == "◐ sudah dijawab, belum dinyatakan selesai"
    assert found["diperiksa"] == "◌ menunggu verifikasi unit"
    assert "Pengembalian menunggu jawaban unit" in page.text
    assert "Pernyataan selesai ditolak unit" in page.text
    assert "Unit memeriksa paling lambat" in page.text
    assert titles(lurah.get("/kantor/?tampil=menunggu")) == ["dikembalikan", "dijeda", "diperiksa"]
    closed = lurah.get("/kantor/?tampil=selesai")
    assert (titles(closed), signs(closed)) == (["selesai"], ["✓ selesai"])
    for tab in ("Terbuka 8", "Menunggu pihak lain 3", "Selesai 1"):
        assert tab in page.text


def test_a_long_list_has_pages_that_miss_and_double_nothing(lurah: Browser, scene: Scene) -> None:
    for number in range(60):
        scene.send(scene.push(number, NOW - 2 * DAY, text=f"laporan {number}"), NOW - DAY + number * MINUTE)
    pages = [titles(lurah.get(f"/kantor/?hal={number}")) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 10]
    assert [title for page in pages for title in page] == [f"laporan {number}" for number in range(60)]
    assert "1–25 dari 60" in lurah.get("/kantor/").text
    for odd in ("0", "-1", "x", "9" * 30, "٣", "1e3", "99"):
        page = lurah.get(f"/kantor/?hal={odd}")
        assert page.status == 200
        assert titles(page) == (pages[2] if odd == "99" else pages[0])
    closing = [f"laporan {number}" for number in range(59, 29, -1)]
    for number in range(30, 60):
        scene.act("oki", report(number).id, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM), NOW)
    assert titles(lurah.get("/kantor/?tampil=selesai")) == closing[:25]
    assert titles(lurah.get("/kantor/?tampil=selesai&hal=2")) == closing[25:]


def test_an_empty_list_says_why(lurah: Browser) -> None:
    assert "Tidak ada laporan terbuka." in lurah.get("/kantor/").text
    assert "Tidak ada laporan yang menunggu" in lurah.get("/kantor/?tampil=menunggu").text
    assert "Belum ada laporan yang selesai." in lurah.get("/kantor/?tampil=selesai").text
    assert "Tidak ada laporan terbuka." in lurah.get("/kantor/?tampil=apa-saja").text


# ---------------------------------------------------------------- receipts


def test_a_served_list_delivers_what_it_holds_once(world: World, lurah: Browser) -> None:
    route(world, *range(1, 31))
    before = len(world.all_events())
    lurah.get("/kantor/?tampil=selesai&hal=2")
    receipts = kinds(world)[before:]
    assert sorted(receipts) == sorted(("report.delivered", report(number).id) for number in range(1, 31))
    for _ in range(3):
        lurah.get("/kantor/")
    Browser(world).log_in()
    assert len(world.all_events()) == before + 30
    first = world.all_events()[before]
    assert (first["role"], first["office"], first["at"]) == ("official", TEBET, world.clock.at)


def test_a_report_that_is_opened_is_delivered_and_seen_once(world: World, lurah: Browser) -> None:
    route(world, 1)
    for _ in range(2):
        assert lurah.get(address(1)).status == 200
    assert kinds(world)[1:] == [("report.delivered", report(1).id), ("report.seen", report(1).id)]


def test_each_stretch_of_custody_has_its_own_receipt(world: World, lurah: Browser) -> None:
    route(world, 1)
    lurah.get(address(1))
    world.act(
        "oki",
        world.action(report(1).id, K.ROUTING_SENT, RoutingSent(MENTENG, "coba Menteng", TEBET)),
        world.action(report(1).id, K.ROUTING_SENT, RoutingSent(TEBET, "ternyata Tebet", MENTENG)),
    )
    lurah.get(address(1))
    found = [kind for kind, _ in kinds(world)]
    assert (found.count("report.delivered"), found.count("report.seen")) == (2, 2)


def test_looking_ahead_or_asking_for_the_head_is_no_receipt(world: World, lurah: Browser) -> None:
    route(world, 1)
    for headers in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}):
        lurah.get(address(1), headers)
        lurah.get("/kantor/", headers)
    head = lurah.send("HEAD", address(1))
    assert (head.status, head.raw) == (200, b"")
    assert len(world.all_events()) == 1


def test_a_receipt_through_the_api_is_not_written_again(world: World, lurah: Browser, scene: Scene) -> None:
    scene.send(scene.push(1, NOW - DAY), NOW - HOUR)
    lurah.get("/kantor/")
    assert [kind for kind, _ in kinds(world)].count("report.delivered") == 1


def test_pages_served_at_once_write_one_receipt(world: World, lurah: Browser) -> None:
    import asyncio

    route(world, *range(1, 6))

    async def crowd() -> list[Page]:
        return list(await asyncio.gather(*(lurah.asend("GET", "/kantor/") for _ in range(6))))

    assert {page.status for page in world.run(crowd())} == {200}
    assert [kind for kind, _ in kinds(world)].count("report.delivered") == 5


def test_what_the_unit_holds_or_closed_gets_no_receipt(world: World, lurah: Browser) -> None:
    route(world, 1)
    world.act("oki", world.action(report(1).id, K.REPORT_REJECTED, ReportRejected(RejectCode.SPAM)))
    page = lurah.get(address(1))
    assert "ditutup tanpa tindakan" in page.text
    assert [kind for kind, _ in kinds(world)] == ["routing.sent", "report.rejected"]


# ---------------------------------------------------------------- the report


def test_a_report_of_another_office_does_not_exist(world: World, lurah: Browser) -> None:
    route(world, 1, office=MENTENG)
    world.push(report(2))
    for path in (address(1), address(2), address(3), f"{address(1)}/jawab"):
        assert lurah.get(path).status == 404
    form = {
        "kunci": dict(lurah.get("/kantor/").form("/keluar").fields)["kunci"],
        "aksi": report(1).id,
        "teks": "x" * 30,
    }
    for deed in ("jawab", "kembalikan", "selesai", "catatan", "terima"):
        assert lurah.send("POST", f"{address(1)}/{deed}", data=form).status == 404
    assert [kind for kind, _ in kinds(world)] == ["routing.sent"]
    assert titles(lurah.get("/kantor/")) == []


def test_hostile_words_are_shown_as_words(world: World, lurah: Browser) -> None:
    one = report(
        1, text=HOSTILE, title="", place_hint=HOSTILE, media=("javascript:alert(1)", "https://a.example/<b>")
    )
    world.push(one)
    world.act("oki", world.action(one.id, K.ROUTING_SENT, RoutingSent(TEBET, HOSTILE)))
    for path in ("/kantor/", address(1), f"{address(1)}/jawab"):
        page = lurah.get(path)
        assert page.status == 200
        assert "<script" not in page.html
        assert "onerror" not in re.sub(r"&lt;.*?&gt;", "", page.html)
        assert "\u202e" not in page.html
        assert "{{ 7*7 }}" in page.html
        assert "&amp;lt;b&amp;gt;" in page.html
        assert not [link for link in page.links if link.startswith("javascript:")]
    assert "https://a.example/<b>" in lurah.get(address(1)).links


def test_a_reports_page_names_no_citizen_and_nothing_of_the_unit(world: World, lurah: Browser) -> None:
    route(world, 1)
    world.act("oki", world.action(report(1).id, K.NOTE_ADDED, NoteAdded("catatan unit saja")))
    page = lurah.get(address(1))
    for hidden in ("pseudonym", "example.invalid", "petabencana/1", "catatan unit", "Oki", "oki"):
        assert hidden not in page.html
    assert "Banjir di gang 1" in page.text
    assert "identitas pelapor tidak ditampilkan" in page.text


def test_mengapa_names_an_event_in_each_line_and_leads_to_it(lurah: Browser, scene: Scene) -> None:
    one = scene.push(1, NOW - 3 * DAY)
    scene.send(one, NOW - 30 * HOUR)
    scene.act(
        "oki",
        one.id,
        K.CLOCK_PAUSED,
        Paused(PauseCode.WAITING_REPORTER, "tunggu pelapor", NOW - 8 * HOUR),
        NOW - 20 * HOUR,
    )
    page = lurah.get(address(1))
    lines = re.findall(r"<li>([^<]*) <span class=\"event\">(.*?)</span></li>", page.html)
    assert 4 <= len(lines) <= 12
    for text, event in lines:
        assert text
        assert "peristiwa " in event
    anchors = {link[1:] for link in page.links if link.startswith("#p-")}
    assert anchors
    assert all(f'id="{anchor}"' in page.html for anchor in anchors)
    assert "menunggu pelapor" in page.text
    assert any(text.startswith("Jawaban ditunggu sampai 22 Sep 2026 03.13") for text, _ in lines)


def test_a_report_that_left_the_office_is_still_read_and_no_more_acted_on(
    world: World, lurah: Browser
) -> None:
    route(world, 1)
    lurah.get(address(1))
    world.act(
        "oki", world.action(report(1).id, K.ROUTING_SENT, RoutingSent(MENTENG, "wilayah Menteng", TEBET))
    )
    text = "Rahasia kantor Menteng saja."
    world.act("lurah.menteng", world.action(report(1).id, K.REPORT_RESPONDED, Responded(MENTENG, text)))
    page = lurah.get(address(1))
    assert page.status == 200
    assert "tidak lagi di kantor Anda" in page.text
    assert text not in page.html
    assert [form.action for form in page.forms] == ["/kantor/keluar"]
    assert lurah.get(f"{address(1)}/jawab").location == address(1)


def test_a_reopened_report_is_open_again(world: World, lurah: Browser) -> None:
    route(world, 1)
    lurah.get(address(1))
    world.act(
        "oki",
        world.action(report(1).id, K.REPORT_REJECTED, ReportRejected(RejectCode.TOO_VAGUE)),
        world.action(report(1).id, K.REPORT_REOPENED, Reopened("ternyata jelas")),
    )
    assert "dalam waktu" in lurah.get(address(1)).text
    assert [kind for kind, _ in kinds(world)].count(
        "report.delivered"
    ) == 1  # it was told by the reopening itself


def test_every_event_that_an_office_may_see_has_words(world: World, lurah: Browser, scene: Scene) -> None:
    one = scene.push(1, NOW - 3 * DAY)
    scene.send(one, NOW - 20 * HOUR)
    scene.act(
        "lurah.tebet",
        one.id,
        K.ROUTING_RETURNED,
        RoutingReturned(TEBET, "bukan wewenang", MENTENG),
        NOW - 19 * HOUR,
    )
    scene.act("oki", one.id, K.ROUTING_RETURN_REFUSED, ReturnAnswered("memang wilayah ini"), NOW - 18 * HOUR)
    scene.answer(one, NOW - 17 * HOUR)
    scene.claim(one, NOW - 16 * HOUR, accepted=False)
    scene.claim(one, NOW - 10 * HOUR, accepted=True)
    text = lurah.get(address(1)).text
    for told in (
        "Diteruskan ke Kelurahan Tebet Timur",
        "Yang berwenang: Kelurahan Menteng.",
        "Unit tidak menyetujui pengembalian",
        "Dijawab.",
        "Unit belum menerima pernyataan selesai",
        "Unit menerima: selesai",
    ):
        assert told in text
    assert "Peristiwa lain" not in text


# ---------------------------------------------------------------- files


def upload(world: World, user: str, content: bytes) -> str:
    import hashlib

    sha256 = hashlib.sha256(content).hexdigest()
    answer = world.call("POST", "/v1/attachments", user=user, content=content, headers={"X-SHA256": sha256})
    assert answer.status in {200, 201}
    return sha256


def test_pictures_of_the_report_are_shown_to_its_office_alone(world: World, lurah: Browser) -> None:
    route(world, 1)
    sha256 = upload(world, "oki", PNG)
    attached = AttachmentAdded(sha256, "image/png", len(PNG), "<b>foto.png")
    world.act("oki", world.action(report(1).id, K.ATTACHMENT_ADDED, attached))
    page = lurah.get(address(1))
    assert f'<img src="/kantor/berkas/{sha256}"' in page.html
    assert "<b>foto" not in page.html
    file = lurah.get(f"/kantor/berkas/{sha256}")
    assert (file.status, file.headers["content-type"], file.raw) == (200, "image/png", PNG)
    assert "sandbox" in file.headers["content-security-policy"]
    assert file.headers["cache-control"] == "private, no-cache"
    again = lurah.get(f"/kantor/berkas/{sha256}", {"If-None-Match": file.headers["etag"]})
    assert (again.status, again.raw) == (304, b"")
    other = Browser(world)
    other.log_in("lurah.menteng")
    assert other.get(f"/kantor/berkas/{sha256}").status == 404
    assert other.get(f"/kantor/berkas/{sha256}", {"If-None-Match": file.headers["etag"]}).status == 404
    assert lurah.get(f"/kantor/berkas/{'0' * 64}").status == 404


def test_papers_are_handed_out_and_not_opened_in_place(world: World, lurah: Browser) -> None:
    route(world, 1)
    pdf = b"%PDF-1.7 surat"
    sha256 = upload(world, "oki", pdf)
    missing = "a" * 64
    world.act(
        "oki",
        world.action(
            report(1).id,
            K.ATTACHMENT_ADDED,
            AttachmentAdded(sha256, "application/pdf", len(pdf), "surat.pdf"),
        ),
        world.action(
            report(1).id, K.ATTACHMENT_ADDED, AttachmentAdded(missing, "image/png", 9, "hilang.png")
        ),
    )
    page = lurah.get(address(1))
    assert "Buka berkas surat.pdf" in page.text
    assert "Berkas hilang.png belum sampai di server" in page.text
    file = lurah.get(f"/kantor/berkas/{sha256}")
    assert file.headers["content-disposition"] == f'attachment; filename="{sha256[:16]}.pdf"'
    attachments.path(world.settings, sha256).unlink()
    assert lurah.get(f"/kantor/berkas/{sha256}").status == 404


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_due_date_reads_in_both_languages(world: World, lurah: Browser, language: str) -> None:
    route(world, 1)
    page = lurah.get(f"{address(1)}?bahasa={language}")
    assert ("dalam waktu, sisa 1 hari" if language == "id" else "in time, 1 day left") in page.text
    assert ("22 Sep 2026 21.13 WIB" if language == "id" else "22 Sep 2026 21:13 WIB") in page.text
